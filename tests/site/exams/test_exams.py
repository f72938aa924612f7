"""The page of an exam: what it is; an exam built from a blueprint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.core.exam.runs import find_run, read_run
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.site.audit.models import record
from examgen.site.jobs.models import State
from examgen.site.sittings import sitting_confirmation as separation
from examgen.sitting.setting_aside import in_use
from tests.site.conftest import OTHER, UNIT, Browser, done

BLUEPRINT = {
    "exam": "web-exam",
    "title": {"th": "ทดสอบ", "en": "<script>alert(1)</script>"},
    "units": [UNIT],
    "items": 6,
    "criteria": {"all": 1},
    "statuses": ["draft"],
    "time_min": 10,
    "pass": {"percent": 60},
}


def write(workspace: Path, name: str, unit: str = UNIT, **changed: Any) -> None:
    path = workspace / "item_bank" / unit / "blueprints" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({**BLUEPRINT, **changed}, allow_unicode=True), "utf-8")


@pytest.fixture
def built(workspace: Path, browser: Browser) -> Path:
    write(workspace, "small")
    job = done(browser("assembler", UNIT).post(f"/blueprints/{UNIT}/small/build/"))
    assert job.state == State.DONE, job.message
    return workspace


def test_an_exam_is_built_and_shown(built: Path, browser: Browser) -> None:
    client = browser("assembler", UNIT)
    page = client.page("/exams/web-exam/")
    assert "No item of this exam was approved by a subject-matter expert" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "/exams/web-exam/" in client.page("/exams/")


def test_shared_items_are_told_before_the_build_before_printing_and_on_both_pages(
    built: Path, browser: Browser
) -> None:
    client = browser("assembler", UNIT)
    write(built, "same", exam="same-exam")
    address = f"/blueprints/{UNIT}/same/"

    def trial() -> str:
        for _ in range(60):
            page = client.page(address)
            if 'hx-trigger="load' not in page:
                break
        return page.split('id="trial"')[1].split('id="buttons"')[0]

    assert "cannot be scored" not in trial(), "the other is not printed"
    printed(built / "output/web-exam")
    said = trial()
    assert "Once same-exam is printed: web-exam cannot be scored before same-exam has been sat" in said
    assert "Use only items that no exam before asked" in said
    write(built, "other", exam="other-exam", exposure={"administrations": 1})
    address = f"/blueprints/{UNIT}/other/"
    said = trial()
    assert "1 form can be built as asked" in said
    assert "cannot be scored" not in said
    assert done(client.post(f"/blueprints/{UNIT}/same/build/")).state == State.DONE
    page = client.page("/exams/same-exam/")
    assert "web-exam cannot be scored before same-exam has been sat" in page
    assert "build it anew from its blueprint" in page
    assert "web-exam cannot be scored before same-exam has been sat" in client.page(
        "/exams/same-exam/papers/"
    )
    printed(built / "output/same-exam")
    for one in ("same-exam", "web-exam"):
        assert "neither can be scored before both have been sat" in client.page(f"/exams/{one}/")
        assert "neither can be scored before both have been sat" in client.page(f"/exams/{one}/held/")
    assert client.post("/exams/web-exam/held/", {"day": "2026-11-20"}).status_code == 302
    for page in (client.page("/exams/web-exam/"), client.page("/exams/same-exam/")):
        assert "web-exam cannot be scored before same-exam has been sat" in page
        assert "If nobody will sit same-exam, state that on its page" in page
    assert client.post("/exams/same-exam/held/", {"never": "1"}).status_code == 302
    assert "cannot be scored" not in client.page("/exams/web-exam/") + client.page("/exams/same-exam/")


def printed(folder: Path) -> None:
    """The package as if its papers had been printed."""
    path = folder / "exam.yaml"
    said = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump({**said, "printing": {"papers": {}}}, allow_unicode=True), "utf-8")


def test_nobody_builds_of_units_or_over_exams_that_are_not_theirs(built: Path, browser: Browser) -> None:
    write(built, "both", units=[UNIT, OTHER], exam="both")
    assert browser("assembler", UNIT).post(f"/blueprints/{UNIT}/both/build/").status_code == 422
    write(built, "mine", OTHER, units=[OTHER], criteria={}, exam="web-exam", level=4)
    answer = browser("assembler", OTHER).post(f"/blueprints/{OTHER}/mine/build/")
    assert answer.status_code == 422
    assert b"another name" in answer.content


def test_an_exam_in_use_is_set_aside_by_who_may(built: Path, browser: Browser, person: Any) -> None:
    both = person("assembler,approver", UNIT)
    client, assembler = browser(user=both), browser("assembler", UNIT)
    write(built, "small", seed=7)
    exam = built / "output" / "web-exam"
    before = (exam / "exam.yaml").read_bytes()
    (exam / "papers" / "booklet-A.pdf").write_bytes(b"printed")
    sitting = built / "output" / "web-exam" / "sitting"
    sitting.mkdir(parents=True)
    page = f"/blueprints/{UNIT}/small/"
    shown = assembler.page(page)
    assert "have been printed" in shown
    assert "Build the exam" not in shown, "a name of its own, or in the place of the other"
    assert "Name it web-exam-2" in shown
    assert "Set it aside and build" in shown
    refused = done(assembler.post(f"{page}build/"))
    assert refused.state == State.REFUSED
    assert "set that one aside" in refused.message["en"]
    assert done(assembler.post(f"{page}build/")).state == State.REFUSED
    assert assembler.post(f"{page}build/", {"replace": "web"}).status_code == 422
    assert assembler.post(f"{page}build/", {"replace": ""}).status_code == 422
    assert browser("assembler", OTHER).post(f"{page}build/", {"replace": "web-exam"}).status_code == 403
    assert (exam / "exam.yaml").read_bytes() == before
    job = done(assembler.post(f"{page}build/", {"replace": "web-exam"}))
    assert job.state == State.DONE, job.message
    aside = built / "output" / "web-exam.earlier-1"
    assert (aside / "exam.yaml").read_bytes() == before != (exam / "exam.yaml").read_bytes()
    assert (aside / "papers" / "booklet-A.pdf").is_file()
    assert (built / "output" / "web-exam.earlier-1" / "sitting").is_dir()
    assert not sitting.exists()
    assert client.get("/exams/web-exam.earlier-1/").status_code == 200
    # who had a hand in it before it was set aside still has
    record(both, "answers.upload", "web-exam")
    small_run(aside)
    run = read_run(1, find_run(aside / "results", "1"))
    assert [one.who for one in separation.scorers(aside.name, run)] == [both.username]
    assert separation.against(both, aside.name, run)
    small_run(exam)
    assert in_use(built, "web-exam").runs == 1
    write(built, "small", seed=8)
    assert assembler.post(f"{page}build/", {"replace": "web-exam"}).status_code == 422
    assert done(client.post(f"{page}build/", {"replace": "web-exam"})).state == State.DONE
    assert (built / "output" / "web-exam.earlier-2").is_dir()


def small_run(exam: Path) -> None:
    """The exam scored once."""
    answers = exam.parents[1] / "answers.csv"
    simulations.simulate(exam, 5, 1, answers)
    sittings.score(exam, [answers])

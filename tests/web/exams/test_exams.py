"""The page of an exam: what it is, its figures, its package checked; an exam built from a blueprint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from examgen.web.jobs import worker
from examgen.web.jobs.models import Job, State
from tests.web.conftest import OTHER, UNIT

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


def done(client: Client, address: str) -> Job:
    """The job that a button asks for, done."""
    answer = client.post(address)
    assert answer.status_code == 302, answer.content.decode()
    worker.work(is_once=True)
    return Job.objects.get(pk=answer.headers["location"].strip("/").rpartition("/")[2])


@pytest.fixture
def built(workspace: Path, browser: Callable[..., Client]) -> Path:
    write(workspace, "small")
    job = done(browser("assembler", UNIT), f"/blueprints/{UNIT}/small/build/")
    assert job.state == State.DONE, job.message
    return workspace


def test_an_exam_is_built_shown_and_checked(built: Path, browser: Callable[..., Client]) -> None:
    client = browser("assembler", UNIT)
    page = client.get("/exams/web-exam/").content.decode()
    assert "no subject-matter expert" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "/exams/web-exam/" in client.get("/exams/").content.decode()
    figures = client.get("/exams/web-exam/figures/").content.decode()
    assert "demands are met" in figures
    assert "How sure the judgement is" in figures
    assert "key letter" not in figures
    assert done(client, "/exams/web-exam/verify/").state == State.DONE
    (built / "output/web-exam/secure/key.csv").write_text("changed")
    job = done(client, "/exams/web-exam/verify/")
    assert job.state == State.REFUSED
    assert any("key.csv" in one["en"] for one in job.problems)


def test_an_exam_of_another_unit_is_not_shown(built: Path, browser: Callable[..., Client]) -> None:
    for role in ("assembler", "grader", "approver", "auditor"):
        client = browser(role, OTHER)
        assert client.get("/exams/web-exam/").status_code == 403
        assert client.get("/exams/web-exam/figures/").status_code == 403
        assert b"web-exam" not in client.get("/exams/").content
    assert browser("auditor").post("/exams/web-exam/verify/").status_code == 403


def test_nobody_builds_of_units_or_over_exams_that_are_not_theirs(
    built: Path, browser: Callable[..., Client]
) -> None:
    write(built, "both", units=[UNIT, OTHER], exam="both")
    assert browser("assembler", UNIT).post(f"/blueprints/{UNIT}/both/build/").status_code == 422
    write(built, "mine", OTHER, units=[OTHER], criteria={}, exam="web-exam", level=4)
    answer = browser("assembler", OTHER).post(f"/blueprints/{OTHER}/mine/build/")
    assert answer.status_code == 422
    assert b"another name" in answer.content


def test_a_level_that_is_not_assessed_so_is_refused_in_plain_words(
    workspace: Path, browser: Callable[..., Client]
) -> None:
    write(workspace, "seven", OTHER, units=[OTHER], level=7, exam="seven", criteria={})
    job = done(browser("assembler"), f"/blueprints/{OTHER}/seven/build/")
    assert job.state == State.REFUSED
    assert any("level" in one["en"] for one in job.problems)
    assert not (workspace / "output/seven").exists()

"""The first page: what waits for somebody, by role, and where to begin where nothing does."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from examgen.site.jobs.models import Job, State
from tests.site.conftest import UNIT, Browser, done
from tests.site.sittings.conftest import AT, EXAM, FAULTY, PLAIN, built, exam, scored, unsat
from tests.site.sittings.test_decisions import release

__all__ = ["built", "exam", "unsat"]


def waiting(page: str) -> list[tuple[str, str]]:
    """The address and the words of each thing that waits."""
    section = page.partition("What waits for you")[2].partition("</section>")[0]
    return re.findall(r'<li><a href="([^"]+)">([^<]+)</a>', section)


def put(workspace: Path, name: str, status: str) -> None:
    path = workspace / "item_bank" / UNIT / "items" / f"{name.rpartition('-')[0]}.yaml"
    before, item = path.read_text("utf-8").split(f"- id: {name}\n")
    item = re.sub("status: [a-z]+", f"status: {status}", item, count=1)
    path.write_text(f"{before}- id: {name}\n{item}", "utf-8")


def test_items_wait_for_who_reviews_them(workspace: Path, browser: Browser) -> None:
    reviewer, writer = browser("reviewer", UNIT), browser("writer", UNIT)
    assert "Nothing waits for you." in reviewer.page("/")
    for name in ("DG401.01-101", "DG401.01-102"):
        put(workspace, name, "review")
    assert waiting(reviewer.page("/")) == [(f"/bank/{UNIT}/review/", "2 items to review")]
    assert "look at the items of your units</a>" in reviewer.page("/"), "the way stays where something waits"
    assert "items to review" not in writer.page("/")
    few = f'<a href="/bank/{UNIT}/coverage/">see for which criteria the bank has few items</a>'
    assert few in writer.page("/")
    assert few not in reviewer.page("/")
    assert "2 items wait for you" in reviewer.page(f"/bank/{UNIT}/review/")


def test_an_item_that_came_back_waits_for_writers(workspace: Path, browser: Browser) -> None:
    reviewer, writer = browser("reviewer", UNIT), browser("writer", UNIT)
    put(workspace, "DG401.01-101", "review")
    page = reviewer.page(f"/bank/{UNIT}/DG401.01-101/")
    shown = re.search(r'name="hash" value="(\w+)"', page)
    assert shown
    sent = {"to": "draft", "hash": shown[1], "comment": "two keys"}
    assert reviewer.post(f"/bank/{UNIT}/DG401.01-101/status/", sent).status_code == 302
    assert waiting(writer.page("/")) == [
        (f"/bank/{UNIT}/DG401.01-101/", "1 item of an unknown writer was returned to be corrected")
    ]
    page = writer.page("/").partition("Items that you wrote, and those returned")[2]
    assert "<h3>1 item of an unknown writer was returned to be corrected " in page
    assert "“two keys”" in page
    assert "All that you wrote" not in page
    assert "two keys" in writer.page(f"/bank/{UNIT}/?status=returned")
    put(workspace, "DG401.01-101", "review")
    assert "came back" not in writer.page("/")


def test_who_came_waits_for_the_invigilator_until_it_is_recorded(exam: Path, browser: Browser) -> None:
    invigilator, roster = browser("invigilator"), exam / "sitting/roster.csv"
    assert waiting(invigilator.page("/")) == []
    roster.write_text("candidate_id,name,status\n0001,a,\n0002,b,present\n", "utf-8")
    invigilator = browser("invigilator")
    assert waiting(invigilator.page("/")) == [(f"{AT}/roster/", "record whether 1 candidate came")]
    assert "record whether" not in browser("grader").page("/")


def test_answer_files_that_no_run_has_wait_beside_rows(exam: Path, browser: Browser) -> None:
    grader = browser("grader")
    scored(grader, FAULTY)
    late = SimpleUploadedFile("late.csv", FAULTY.split(b"\n")[0] + b"\n0009,A,A,B,C,D\n")
    assert grader.post(f"{AT}/answers/", {"given": late}).status_code == 302
    found = waiting(grader.page("/"))
    assert (f"{AT}/answers/", "score again: the answer files changed after run 1") in found
    assert (f"{AT}/aside/", "decide 3 rows") in found
    scored(grader)
    assert waiting(grader.page("/")) == [(f"{AT}/aside/", "decide 3 rows")]


def test_rows_and_a_release_wait_for_graders_and_approvers(exam: Path, browser: Browser) -> None:
    grader, approver = browser("grader"), browser("approver")
    scored(grader, FAULTY)
    assert waiting(grader.page("/")) == [(f"{AT}/aside/", "decide 3 rows")]
    said = "run 1 waits for this: decide 3 rows (Grader)"
    assert f'<a href="{AT}/runs/1/">{said}</a> <span class="help">{EXAM}</span>' in approver.page("/")
    step = "Next: decide 3 rows (Grader)"
    assert step in approver.page("/exams/")
    for n in (1, 2, 3):
        seen = grader.page(f"{AT}/aside/1/{n}/").split('name="seen" value="')[1].split('"')[0]
        grader.post(f"{AT}/aside/1/{n}/", {"seen": seen, "what": "void", "reason": "nobody's"})
    assert waiting(grader.page("/")) == [(f"{AT}/runs/", "score again with the decisions")]
    assert "run 1 waits for this: score again with the decisions (Grader)" in approver.page("/")
    assert "to release" not in approver.page("/")
    assert "Next: score again with the decisions (Grader)" in approver.page("/exams/")
    scored(grader)
    assert "What waits for others" not in approver.page("/")
    assert "run 2 waits for an approver to release it" in grader.page("/")
    found = waiting(approver.page("/"))
    assert (f"{AT}/runs/2/release/", "run 2 to release") in found
    analyst = browser("psychometrician")
    assert waiting(analyst.page("/")) == [(f"{AT}/results/analysis/", "run 2 to analyse")]
    done(analyst.post(f"{AT}/results/analysis/make/"))
    assert waiting(analyst.page("/")) == []
    for address, _ in [*found, *waiting(grader.page("/"))]:
        assert approver.get(address).status_code in (200, 302)


def test_a_failed_job_waits_until_it_is_asked_for_again(
    served: Path, db: None, person: Any, browser: Browser
) -> None:
    writer = person("writer", UNIT)
    job = Job.objects.create(kind="bank.read", about=UNIT, by=writer, state=State.REFUSED)
    assert waiting(browser(user=writer).page("/")) == [(f"/work/{job.id}/", "a job that was not done")]
    Job.objects.create(kind="bank.read", about=UNIT, by=writer, state=State.DONE)
    assert "a job that was not done" not in browser(user=writer).page("/")


def test_exams_are_shown_with_their_day(unsat: Path, browser: Browser) -> None:
    day = timezone.localdate() + timedelta(days=9)
    plan = {"date": day.isoformat(), "centres": [{"name": "c", "rooms": [{"name": "r", "seats": 4}]}]}
    (unsat / "sitting").mkdir(exist_ok=True)
    (unsat / "sitting/sitting.yaml").write_text(yaml.safe_dump(plan), "utf-8")
    page = browser("invigilator").page("/")
    assert "Your exams" in page
    assert f'<time datetime="{day.isoformat()}">' in page
    assert EXAM in page
    assert "Your exams" not in browser("writer").page("/")


def test_an_exam_that_cannot_be_read_keeps_nobody_from_the_first_page(unsat: Path, browser: Browser) -> None:
    assert EXAM in browser("grader").page("/")
    (unsat / "exam.yaml").write_text("items: [", "utf-8")
    for role in ("grader", "reviewer"):
        assert browser(role, UNIT).get("/").status_code == 200


def test_a_sitting_that_is_over_waits_for_the_statement_that_it_was_held(
    unsat: Path, browser: Browser
) -> None:
    day = timezone.localdate() - timedelta(days=2)
    plan = {"date": day.isoformat(), "centres": [{"name": "c", "rooms": [{"name": "r", "seats": 4}]}]}
    (unsat / "sitting").mkdir(exist_ok=True)
    (unsat / "sitting/sitting.yaml").write_text(yaml.safe_dump(plan), "utf-8")
    assert waiting(browser("invigilator").page("/")) == [(f"{AT}/held/", "say that the sitting was held")]
    assert "was held" not in browser("grader").page("/")


def test_an_exam_that_is_long_done_with_leaves_the_first_page(
    exam: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    grader, approver = browser("grader"), browser("approver")
    scored(grader, PLAIN)
    assert EXAM in grader.page("/")
    assert done(release(approver, exam)).state == State.DONE
    assert EXAM in grader.page("/"), "it is done with, and not long ago"
    monkeypatch.setattr("examgen.site.exams.views._LONG", timedelta(days=-1))
    assert "Your exams" not in grader.page("/")
    assert EXAM in grader.page("/exams/")

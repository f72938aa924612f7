"""What a psychometrician proposes of an item becomes work of who decides on it, and is answered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from examgen.scoring.score import score
from examgen.site.audit.models import Entry
from examgen.site.jobs.models import State
from tests.site.conftest import Browser, done

UNIT, EXAM = "T-1", "T-EXAM"
ITEM = "E1.01-001"
PAGE = f"/reviews/unit/{UNIT}/statistics/{ITEM}/"
WHY = "ยากเกินไปสำหรับระดับนี้"


@pytest.fixture
def sat(analysed_site: Path, browser: Browser) -> Path:
    """The exam as it was scored, analysed and not released."""
    exam = analysed_site / "output" / EXAM
    shutil.rmtree(exam / "results")
    shutil.rmtree(exam / "sitting")  # whose record has the release
    score(exam, [analysed_site / "answers.csv"])
    analyst = browser("psychometrician", UNIT)
    assert done(analyst.post(f"/exams/{EXAM}/results/analysis/make/")).state == State.DONE
    return analysed_site


def sent(to: str) -> dict[str, str]:
    return {"to": to, "exam": EXAM, "reason": WHY}


def test_a_revision_that_is_proposed_waits_for_reviewers_until_it_is_answered(
    sat: Path, browser: Browser
) -> None:
    analyst, reviewer = browser("psychometrician", UNIT), browser("reviewer", UNIT)
    page = analyst.page(PAGE)
    assert "Propose what is to become of this item" in page
    assert "options and keys are read by writers and reviewers" in page
    assert "What the item asks" in page
    assert "What the item asks" not in reviewer.page(PAGE)
    assert analyst.post(f"{PAGE}propose/", {**sent("revise"), "reason": ""}).status_code == 422
    assert reviewer.post(f"{PAGE}propose/", sent("revise")).status_code == 403
    assert "proposes to revise or retire" not in reviewer.page("/")
    assert analyst.post(f"{PAGE}propose/", sent("revise")).status_code == 302
    assert f"your proposal on {ITEM}: revise the item" in analyst.page("/"), "it waits for others"
    page = analyst.page(PAGE)
    assert "Why you take it back" in page
    assert f'<a href="{PAGE}">Statistics of the item' not in page, "one is there"
    assert "1 item that a psychometrician proposes to revise or retire" in reviewer.page("/")
    assert WHY in reviewer.page(f"/bank/{UNIT}/{ITEM}/")
    assert "1 item<" in reviewer.page(f"/bank/{UNIT}/?status=proposed")
    assert "proposed: revise the item" in analyst.page(f"/exams/{EXAM}/results/analysis/")
    number = Entry.objects.get(what="item.propose").number
    assert browser("grader", UNIT).post(f"{PAGE}propose/{number}/", {"reason": "no"}).status_code == 403
    reviewer.post(f"{PAGE}propose/{number}/", {"reason": ""})
    assert "proposes to revise or retire" in reviewer.page("/"), "an answer has its reason"
    reviewer.post(f"{PAGE}propose/{number}/", {"reason": "โจทย์ตรงเกณฑ์แล้ว"})
    assert "proposes to revise or retire" not in reviewer.page("/")
    assert "โจทย์ตรงเกณฑ์แล้ว" in analyst.page(PAGE)
    assert reviewer.post(f"{PAGE}propose/{number}/", {"reason": "again"}).status_code == 404


def test_an_item_that_is_not_to_count_waits_for_graders(sat: Path, browser: Browser) -> None:
    analyst, grader = browser("psychometrician", UNIT), browser("grader", UNIT)
    corrections = f"/exams/{EXAM}/corrections/"
    assert "Corrections are the work of the graders" in analyst.page(corrections)
    analyst.post(f"{PAGE}propose/", sent("uncounted"))
    assert "1 item that a psychometrician proposes not to count" in grader.page("/")
    page = grader.page(corrections)
    assert WHY in page
    assert "question" in page
    assert "proposes to revise or retire" not in browser("reviewer", UNIT).page("/")
    number = Entry.objects.get(what="item.propose").number
    assert analyst.post(f"{PAGE}propose/{number}/", {"reason": "ถอน"}).status_code == 302, "its own"
    assert "proposes not to count" not in grader.page("/")


def test_the_page_of_a_bank_says_what_was_sat_and_is_not_released(sat: Path, browser: Browser) -> None:
    page = browser("psychometrician", UNIT).page(f"/reviews/unit/{UNIT}/statistics/")
    assert f"asked in {EXAM}, which is not released yet" in page
    assert "not released yet" not in browser("writer", UNIT).page(f"/reviews/unit/{UNIT}/statistics/")

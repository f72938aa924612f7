"""The line of steps on the page of an exam: what is done, what is next and whose it is."""

from __future__ import annotations

import re
from pathlib import Path

from tests.site.conftest import Browser
from tests.site.sittings.conftest import AT, EXAM, FAULTY, PLAIN, built, exam, scored, unsat

__all__ = ["built", "exam", "unsat"]


def steps(page: str) -> dict[str, str]:
    """The words of each step and its state."""
    line = page.partition('<ol class="steps">')[2].partition("</ol>")[0]
    found = re.findall(r'<li class="(\w+)"[^>]*>(?:<a href="[^"]+">)?([^<]+)', line)
    return {words.strip(): state for state, words in found}


def test_what_was_not_sat_waits_for_who_says_so(unsat: Path, browser: Browser) -> None:
    page = browser("invigilator").page(f"/exams/{EXAM}/")
    assert steps(page) == {
        "build the forms": "done",
        "set day and candidates": "next",
        "print the papers": "later",
        "say that it was sat": "later",
        "take in the answers": "later",
        "score the answers": "later",
        "decide rows": "later",
        "release the results": "later",
    }
    assert "Next: set day and candidates (Coordinator)" in page
    assert 'class="button" href' not in page.partition('<ol class="steps">')[2].partition("</section>")[0]


def test_each_step_becomes_the_next_for_who_may_do_it(exam: Path, browser: Browser) -> None:
    said = (exam / "exam.yaml").read_text("utf-8")
    (exam / "exam.yaml").write_text(f"{said}\nprinting: {{}}\n", "utf-8")
    grader, approver = browser("grader"), browser("approver")
    page = grader.page(f"/exams/{EXAM}/")
    assert steps(page)["take in the answers"] == "next"
    assert f'<a class="button" href="{AT}/answers/">Next: take in the answers</a>' in page
    scored(grader, FAULTY)
    page = grader.page(f"/exams/{EXAM}/")
    assert (steps(page)["score the answers"], steps(page)["decide 3 rows"]) == ("done", "next")
    assert f'<a class="button" href="{AT}/aside/">Next: decide 3 rows</a>' in page
    notes = page.find("note warning")
    assert notes == -1 or page.index("Next: decide") < notes, "the next step is seen first"
    assert "Next: decide 3 rows (Grader)" in approver.page(f"/exams/{EXAM}/")


def test_what_is_scored_whole_waits_for_its_release(exam: Path, browser: Browser) -> None:
    said = (exam / "exam.yaml").read_text("utf-8")
    (exam / "exam.yaml").write_text(f"{said}\nprinting: {{}}\n", "utf-8")
    scored(browser("grader"), PLAIN)
    assert steps(browser("approver").page(f"/exams/{EXAM}/"))["release the results"] == "next"

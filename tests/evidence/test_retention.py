"""A whole sitting past its times: first contacts and answers go, then results by person; what counts stays."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from examgen.evidence.removal import Retained, retention
from tests.evidence.people import NAME, OTHER, PHONE, examgen, numbers, ok, table
from tests.evidence.test_persons import digests

FIRST, SECOND = date(2026, 12, 24), date(2027, 1, 24)
"""After 30 and after 60 days."""


def says(place: Path, text: str = "{contacts_days: 30, results_days: 60}") -> None:
    (place / "examgen.yaml").write_text(f"retention: {text}\n", "utf-8")


def traces(exam: Path, *texts: str) -> set[str]:
    """Files of a package that hold one of the texts."""
    files = (path for path in exam.rglob("*") if path.is_file())
    return {
        path.relative_to(exam).as_posix()
        for path in files
        if any(one.encode() in path.read_bytes() for one in texts)
    }


def steps(done: Retained) -> list[int]:
    return [due.step for due, _ in done.done]


def test_nothing_is_due_before_its_time(place: Path) -> None:
    says(place)
    before = digests(place, "output")
    assert steps(retention(place, today=date(2026, 12, 21))) == []
    assert digests(place, "output") == before


def test_after_the_first_time_contacts_answers_and_letters_go(place: Path) -> None:
    says(place)
    exam = place / "output/X"
    ok(place, "report", exam, "--kind", "candidate", "--html", "--no-pdf")
    bank = digests(place, "item_bank", "bp.yaml", "examgen.yaml", "output/X/exam.yaml")
    results = digests(exam, "results")
    assert steps(retention(place, today=FIRST)) == [1]
    assert not [*(exam / "sitting/answers").glob("*")]
    assert not [*exam.glob("reports/run-*/candidate*")]
    for name in ("secure/candidates.csv", "sitting/roster.csv"):
        rows = table(exam / name)
        assert {row["name"] for row in rows} == {""}
        assert {row["candidate_id"] for row in rows} >= {*numbers()}
    assert digests(place, "item_bank", "bp.yaml", "examgen.yaml", "output/X/exam.yaml") == bank
    assert digests(exam, "results") == results
    assert traces(exam, PHONE) <= {name for name in traces(exam, PHONE) if name.startswith("results/")}
    ok(place, "verify", exam)
    ok(place, "report", exam, "--kind", "cohort", "--no-pdf")
    assert steps(retention(place, today=FIRST)) == [], "once is enough"


def test_after_the_second_time_criteria_items_and_acts_stay(place: Path) -> None:
    says(place)
    exam = place / "output/X"
    retention(place, today=FIRST)
    refused = retention(place, today=SECOND)
    assert "analyse" in str(refused.problems[0].message), "statistics of items are not lost"
    ok(place, "analyse", "exam", exam, "--no-pdf")
    items = digests(exam, "analysis")
    coverage = table(exam / "results/pc_coverage.csv")
    assert steps(retention(place, today=SECOND)) == [2]
    left = digests(exam, "analysis")
    assert {name: one for name, one in items.items() if not name.endswith("scores.csv")} == left
    assert table(exam / "results/pc_coverage.csv") == coverage
    named = traces(exam, OTHER, NAME)
    assert named <= {"sitting/record.jsonl", *(name for name in named if name.endswith("audit.json"))}
    assert "results-removed" in (exam / "sitting/record.jsonl").read_text("utf-8")
    ok(place, "verify", exam)
    for words in (["report", exam], ["score", exam], ["export", exam, "--format", "results"]):
        status, text = examgen(place, *words)
        assert status == 1
        assert "removed at the end of their retention period" in text


def test_the_command_shows_what_it_would_do_and_does_nothing(place: Path) -> None:
    says(place)
    before = digests(place, "output")
    said = json.loads(ok(place, "retention", "--dry-run", "--json"))
    assert said == {"sittings": [], "refused": []}
    assert digests(place, "output") == before
    done = retention(place, dry_run=True, today=FIRST)
    assert "sitting/answers/plain.csv" in done.done[0][1].files
    assert digests(place, "output") == before


def test_an_open_case_keeps_everything_of_its_sitting(place: Path) -> None:
    says(place)
    exam = place / "output/X"
    (place / "proof.txt").write_text("proof", "utf-8")
    ok(place, "case", "open", exam, "--as", "complaint", "--from", "somebody", "--about", "noise", "--by", "clerk",
       "--received", "2026-11-25", "--file", "proof.txt")  # fmt: skip
    before = digests(place, "output")
    for day in (FIRST, SECOND):  # an appeal may need the answers, and a decision another scoring
        refused = retention(place, today=day)
        assert steps(refused) == []
        assert "C1" in str(refused.problems[0].message)
    assert digests(place, "output") == before


@pytest.mark.parametrize(
    "text", ["{}", "{contacts_days: 10}", "{contacts_days: 90, results_days: 60}", "{least: 9}"]
)
def test_a_rule_that_says_nothing_or_too_little_is_refused(place: Path, text: str) -> None:
    says(place, text)
    assert examgen(place, "retention")[0] in (1, 2)


def test_a_release_without_a_day_counts_from_the_day_on_which_it_went_on_record(place: Path) -> None:
    says(place)
    ok(
        place,
        "release",
        "output/X",
        "--run",
        1,
        "--by",
        "committee",
        "--reason",
        "third",
        "--open-looks",
        "later",
    )
    today = date.today()
    assert steps(retention(place, dry_run=True, today=today + timedelta(days=30))) == []
    assert steps(retention(place, dry_run=True, today=today + timedelta(days=31))) == [1]

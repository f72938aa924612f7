"""Who would wait if a run were released: people, not rows; what a release refuses, and says of who has no result."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from examgen.core.problems import Refused
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.ledger_lines import not_used, set_aside
from examgen.reports.writing import ReportOptions
from examgen.scoring import score as sittings
from examgen.scoring.before_release import WithoutResult, waiting_of
from examgen.scoring.options import ScoringOptions
from examgen.scoring.releases import release
from examgen.scoring.runs import read_scored, run_of
from tests.sittings import HEAD, releases_of, small_package, write_table

SAID = {"reason": "เห็นจากภาพ", "by": "สมศรี", "date": "2026-11-20"}
PLAIN = ScoringOptions(signals=False, processes=1)


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    return small_package(tmp_path / "exam")


def decided(folder: Path, *lines: tuple[int, str]) -> Path:
    rows = [["a.csv", str(line), who, *SAID.values()] for line, who in lines]
    return write_table(folder / "who.csv", rows, ["file", "line", "candidate_id", *SAID])


def waiting(exam: Path) -> WithoutResult:
    return waiting_of(run_of(exam / "results", None))


ROWS = [
    ["01", "A", *"ABCD"], ["02", "A", *"ABCD"], ["", "A", *"ABCD"], ["03", "Z", *"ABCD"], ["๐๓", "Z", *"ABCC"],
    ["02", "Z", *"ABCD"],
]  # fmt: skip


def test_people_wait_and_not_rows(exam: Path, tmp_path: Path) -> None:
    """Of five rows that are set aside two are one person's, one is of somebody who is scored, one nobody's."""
    answers = write_table(tmp_path / "a.csv", ROWS, HEAD)
    sittings.score(exam, [answers], options=PLAIN)
    assert waiting(exam) == WithoutResult(1, 1, None, 0)
    ends = decided(tmp_path, (4, "-"), (5, "-"), (6, "-"), (7, "-"))
    sittings.score(exam, [answers], options=PLAIN.model_copy(update={"identities": (ends,)}))
    assert waiting(exam) == WithoutResult(0, 0, None, 0)
    said = [str(one) for one in waiting(exam).lines()]
    assert said == ["The run has no roster, so absent candidates cannot be listed"]


def test_a_row_of_nobody_is_not_listed_under_a_scored_number(exam: Path, tmp_path: Path) -> None:
    answers = write_table(tmp_path / "a.csv", [*ROWS[:2], ["๐๒", "Z", *"ABCD"], ["04", "Z", *"ABCD"]], HEAD)
    ends = decided(tmp_path, (4, "-"))
    sittings.score(exam, [answers], options=PLAIN.model_copy(update={"identities": (ends,)}))
    run = read_scored(exam)
    assert [(one.line, one.candidate_id) for one in set_aside(run)] == [("5", "04")]
    assert [(one.line, one.candidate_id) for one in not_used(run)] == [("4", "๐๒")]


def test_attendance_that_is_not_recorded_is_said(exam: Path, tmp_path: Path) -> None:
    people = [["01", ""], ["02", ""], ["03", ""], ["04", "absent"], ["05", ""], ["06", "present"]]
    roster = write_table(tmp_path / "r.csv", people, ["candidate_id", "status"])
    answers = write_table(tmp_path / "a.csv", ROWS, HEAD)
    sittings.score(exam, [answers], options=PLAIN.model_copy(update={"roster": roster}))
    found = waiting(exam)
    assert found == WithoutResult(2, 1, 6, 1, missing=1, no_row=("05", "06"), with_row=3)  # 03 by a row
    assert release(exam, 1, "Committee", "minutes 7/2569").waiting == found
    said = [str(one) for one in found.lines()]
    assert said[0] == "1 candidate gets no result because their rows are set aside or not used"
    assert said[1] == "1 candidate was present but has no row, and so has no result"
    assert said[-2] == "3 of 6 candidates on the list have a row of answers. No row: 05, 06"
    assert said[-1] == "attendance is not recorded for 1 candidate without a row, who counts as absent"


def test_a_row_that_may_be_somebodys_is_counted_as_theirs(exam: Path, tmp_path: Path) -> None:
    people = [["550001", "present"], ["730002", "present"]]
    roster = write_table(tmp_path / "r.csv", people, ["candidate_id", "status"])
    rows = [["550001", "A", *"ABCD"], ["73002", "A", *"ABCD"]]
    answers = write_table(tmp_path / "a.csv", rows, HEAD)
    sittings.score(exam, [answers], options=PLAIN.model_copy(update={"roster": roster}))
    assert "may_be_in_quarantine" in (exam / "results/unreconciled.csv").read_text("utf-8")
    assert waiting(exam) == WithoutResult(1, 0, 2, 0, no_row=("730002",), with_row=1)


def test_a_run_with_nobody_in_it_is_not_released(exam: Path, tmp_path: Path) -> None:
    sittings.score(exam, [write_table(tmp_path / "a.csv", [["01", "Z", *"ABCD"]], HEAD)], options=PLAIN)
    with pytest.raises(Refused, match="run 1 has no scored candidate"):
        release(exam, 1, "Committee", "minutes 7/2569")
    assert not releases_of(exam)


def test_a_release_is_not_before_what_it_rests_on(exam: Path, tmp_path: Path) -> None:
    answers = write_table(tmp_path / "a.csv", ROWS[:2], HEAD)
    path = tmp_path / "c.yaml"
    made = [{"kind": "drop", "form": "A", "question": 1, "only_here": True, **SAID}]
    path.write_text(yaml.safe_dump(made, allow_unicode=True), "utf-8")
    sittings.score(exam, [answers], options=PLAIN)
    sittings.score(exam, [answers], options=PLAIN.model_copy(update={"corrections": path}))
    release(exam, 1, "Committee", "minutes 7/2569", date(2026, 11, 19))
    with pytest.raises(Refused, match="2026-11-18 is before 2026-11-20, the day of a correction"):
        release(exam, 2, "Committee", "minutes 8/2569", date(2026, 11, 18))
    release(exam, 2, "Committee", "minutes 8/2569", date(2026, 11, 20))
    with pytest.raises(Refused, match="the day of release 2"):
        release(exam, 1, "Committee", "minutes 9/2569", date(2026, 11, 19))


def test_who_was_made_nobody_after_a_release_is_told_with_the_reason(exam: Path, tmp_path: Path) -> None:
    answers = write_table(tmp_path / "a.csv", ROWS[:2], HEAD)
    sittings.score(exam, [answers], options=PLAIN)
    release(exam, 1, "Committee", "minutes 7/2569")
    wanted = PLAIN.model_copy(update={"identities": (decided(tmp_path, (3, "-")),)})
    sittings.score(exam, [answers], options=wanted.model_copy(update={"without": ("candidates",)}))
    done = release(exam, 2, "Committee", "minutes 8/2569")
    assert done.moved is not None
    assert done.moved.only_before == 1
    [gone] = done.gone
    assert (gone.candidate_id, gone.where) == ("02", "a.csv:3")
    assert "not to use" in gone.why
    asked = ReportOptions(lang="en", pdf=False, out=tmp_path / "reports")
    with pytest.raises(Refused, match="run 2 scored no candidate 02, 77") as refused:
        candidate_reports(exam, tmp_path, asked, CandidateReportOptions(ids=("02", "77"), html=True))
    assert [(one.source, one.code, one.item) for one in refused.value.problems] == [
        ("a.csv:3", "set-aside", "02"),
        ("run 2", "no-row", "77"),
    ]


def test_the_only_row_of_somebody_that_was_voided_is_a_row(exam: Path, tmp_path: Path) -> None:
    roster = write_table(tmp_path / "r.csv", [["01"], ["02"]], ["candidate_id"])
    answers = write_table(tmp_path / "a.csv", [["01", "A", *"ABCD"], ["02", "A", *"ABCD"]], HEAD)
    options = PLAIN.model_copy(update={"roster": roster, "identities": (decided(tmp_path, (3, "-")),)})
    sittings.score(exam, [answers], options=options)
    [only] = set_aside(read_scored(exam))
    assert (only.candidate_id, only.what, only.reason) == ("02", "in_quarantine", "voided_by_grader")
    found = waiting(exam)
    assert (found.people, found.unrecorded, found.no_row) == (1, 0, ())

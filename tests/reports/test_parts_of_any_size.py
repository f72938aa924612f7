"""A run is read, and its reports are written, a part at a time: the files are the same whatever a part holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from examgen.analyses import administrations
from examgen.analyses.administrations import responses_of
from examgen.core.responses import table
from examgen.reports import tables
from examgen.reports.cohort_report import report as cohort_report
from examgen.reports.writing import ReportOptions, report
from examgen.scoring.runs import read, result_tables
from tests.reports.scored_samples import Answer, blank, first, sat

KINDS = ("cohort", "centre", "committee")


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seventy people; cells with quotes, commas and lines of their own, spellings that differ, an apostrophe."""
    people: dict[str, Answer] = {f"{n:03d}": first(n % 13) for n in range(69)}
    people["069"] = blank
    places = ("Centre 1", "CENTRE  1", 'The "old"\nhall, left', "", "'=1+1")
    extra = {
        who: {"centre": places[n % 5], "room": f"R{n % 3}", "name": f"Name {n}\n" if n % 7 == 0 else ""}
        for n, who in enumerate(people)
    }
    folder = tmp_path_factory.mktemp("parts") / "exam"
    sat(folder, people, extra=extra)
    return folder


def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_tables, "BYTES_AT_ONCE", 97)
    monkeypatch.setattr(read, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(cohort_report, "PEOPLE_AT_ONCE", 2)
    monkeypatch.setattr(administrations, "CHUNK", 5)
    monkeypatch.setattr(table, "_ROWS_AT_ONCE", 7)


def written(exam: Path, folder: Path) -> dict[str, bytes]:
    for kind in KINDS:
        report(exam, exam.parent, kind, ReportOptions(out=folder / kind, pdf=False))
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_parts_of_another_size_give_the_same_reports(
    exam: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = written(exam, tmp_path / "whole")
    in_small_parts(monkeypatch)
    assert written(exam, tmp_path / "parts") == whole
    assert {"cohort/report.html", "cohort/tables.xlsx", "committee/list.csv"} <= set(whole)


def test_parts_of_another_size_give_the_same_people_and_answers(
    exam: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, answers = read.read_scored(exam), responses_of(exam)
    in_small_parts(monkeypatch)
    again, answered = read.read_scored(exam), responses_of(exam)
    for one, other in ((run.candidates, again.candidates), (run.criteria, again.criteria)):
        assert one.columns == other.columns
        assert one.rows() == other.rows()
    assert run.candidates["name"][0] == "Name 0\n", "a line feed in a cell ends no line"
    assert len(set(run.candidates["centre"])) == 4, "two spellings are one centre"
    assert np.array_equal(answers.chosen.cells, answered.chosen.cells)
    assert answers.columns == answered.columns

"""A run is read, and its reports are written, a part at a time: the files are the same whatever a part holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from examgen.analysis import administrations
from examgen.analysis import exam as exam_analysis
from examgen.analysis.administrations import responses_of
from examgen.core.candidate_numbers import canonical_number
from examgen.core.text.thai import dictionary_order
from examgen.reports.analysis_report.writing import write_report
from examgen.reports.committee_report.report import committee_book
from examgen.reports.writing import ReportOptions, report
from examgen.scoring.runs import read_scored
from examgen.stats import irt_forms, matrix
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
    monkeypatch.setattr(administrations, "CHUNK", 5)
    monkeypatch.setattr(matrix, "_AT_ONCE", 4)


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


def test_the_list_is_in_the_order_that_people_count_numbers_in(exam: Path) -> None:
    run = read_scored(exam)
    ids = [f"{('A', 'b', 'Z', '')[n % 4]}-{'0' * (n % 3)}{n * 37 % 101}" for n in range(70)]
    people, criteria = (
        table.with_columns(pl.Series("candidate_id", ids)) for table in (run.candidates, run.criteria)
    )
    run = run._replace(candidates=people.with_columns(centre=pl.lit("")), criteria=criteria)
    [centre] = committee_book(run).centres
    wanted = sorted(ids, key=lambda who: dictionary_order(canonical_number(who)))
    assert [one.candidate_id for one in centre.people] == wanted


def test_parts_of_another_size_give_the_same_people_and_answers(
    exam: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, answers = read_scored(exam), responses_of(exam)
    in_small_parts(monkeypatch)
    again, answered = read_scored(exam), responses_of(exam)
    for one, other in ((run.candidates, again.candidates), (run.criteria, again.criteria)):
        assert one.columns == other.columns
        assert one.rows() == other.rows()
    assert run.candidates["name"][0] == "Name 0\n", "a line feed in a cell ends no line"
    assert len(set(run.candidates["centre"])) == 4, "two spellings are one centre"
    assert np.array_equal(answers.chosen.cells, answered.chosen.cells)
    assert answers.columns == answered.columns


def test_parts_of_another_size_give_the_same_analysis(
    exam: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def analysed(folder: Path) -> dict[str, bytes]:
        write_report(exam, exam_analysis.analyse_exam(exam), exam.parent, folder, pdf=False)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    whole = analysed(tmp_path / "whole")
    in_small_parts(monkeypatch)
    assert analysed(tmp_path / "parts") == whole


def test_of_very_many_answers_a_sample_is_modelled_and_everybody_counted(
    exam: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = exam_analysis.analyse_exam(exam).document
    monkeypatch.setattr(irt_forms, "MOST_CELLS", 12 * 25)
    found = exam_analysis.analyse_exam(exam).document
    [said] = [one["message"] for one in found["notes"] if one["code"] == "model-of-a-sample"]
    assert "24 of the 70 candidates" in said
    assert found["irt"]["model"]["n_candidates"] < whole["irt"]["model"]["n_candidates"]
    assert found["forms"] == whole["forms"]
    counted = ("n", "facility", "item_rest", "omitted")
    assert {one["name"]: [one[name] for name in counted] for one in found["items"]} == {
        one["name"]: [one[name] for name in counted] for one in whole["items"]
    }

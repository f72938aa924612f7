"""A cohort's report: every number equals the result files, in the contents, the tables and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bs4 import BeautifulSoup, Tag

from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words
from examgen.rendering.templates.filling import fill
from examgen.reports.cohort_report.figures import distribution_figure
from examgen.reports.cohort_report.page import cohort_page
from examgen.reports.cohort_report.report import (
    MOST_MARGINS,
    Distribution,
    Margin,
    cohort_report,
    distribution,
)
from examgen.reports.cohort_report.rows import rows_of
from examgen.reports.committee_report.report import committee_book
from examgen.reports.ledger_lines import ledger_words
from examgen.reports.localisation import ReportLanguage
from examgen.reports.tables import cohort_tables
from examgen.scoring import score as sittings
from examgen.scoring.form_cut_scores import Cut
from examgen.scoring.reconcile import COUNTS
from examgen.scoring.runs import read_scored
from examgen.scoring.scored_run import ScoredRun
from examgen.sitting.correcting import weight
from tests.papers.pages import TEMPLATES
from tests.reports.scored_samples import blank, first, right, sat, unbroken
from tests.sittings import small_package, table

WORDS = Words(messages(TEMPLATES))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    """Eighty candidates with 0 … 12 right, two with nothing marked."""
    people = {f"{n:03d}": first(n * 7 % 13) for n in range(1, 79)} | {"101": blank, "102": blank}
    return sat(tmp_path_factory.mktemp("large") / "exam", people)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    return sat(tmp_path_factory.mktemp("small") / "exam", {"1": right, "2": blank, "3": first(7)})


def html_of(run: ScoredRun, lang: Any = "both", words: Words = WORDS, faces: Any = None) -> str:
    context = cohort_page(run, cohort_report(run), lang, words, faces)
    return fill("report-cohort.html", context, TEMPLATES, line_setter(TEMPLATES))


def scores_of(run: ScoredRun, **cuts: Cut | None) -> tuple[Distribution, Tag]:
    """The distribution with these cuts of its forms, and its figure in English."""
    found = distribution(rows_of(run), cuts)
    assert found is not None
    return found, BeautifulSoup(distribution_figure(ReportLanguage("en", WORDS), found, True), "html.parser")


def said_of(figure: Tag) -> str:
    return figure.find_all("desc")[0].get_text().rpartition(": ")[2]


def places(figure: Tag) -> dict[str, float]:
    """What the axis below says → where."""
    words = [one for one in figure.find_all("text") if one.get("font-size") == "10.5"]
    return {one.get_text(): float(str(one["x"])) for one in words if one["text-anchor"] == "middle"}


def test_the_widest_error_is_shaded_about_a_cut_that_is_the_same_in_per_cent(small: ScoredRun) -> None:
    found, figure = scores_of(small, A=Cut(23.4, 3.12, 39.0), B=Cut(24.0, 4.0, 40.0))
    assert found.cuts == (60, 60)
    assert found.margins == (Margin("", 60, 10),)
    assert said_of(figure) == "50–70"
    assert "cut ± widest SEM" in figure.get_text()
    x = places(figure)
    band = figure.find("rect", fill="#f3e3c3")
    assert isinstance(band, Tag)
    assert [float(str(band[name])) for name in ("x", "width")] == pytest.approx(
        [x["50"], x["70"] - x["50"]], abs=0.02
    )


@pytest.mark.parametrize("apart", [0.0, 4e-11, 4e-9])
def test_cuts_are_the_same_as_the_scoring_compares_them(small: ScoredRun, apart: float) -> None:
    found, _ = scores_of(small, A=Cut(20.0, 2.0, 40.0), B=Cut(20.0 + apart, 3.0, 40.0))
    assert len(found.margins) == (2 if apart > 1e-9 else 1)


def test_each_form_has_its_error_where_cuts_differ(small: ScoredRun) -> None:
    found, figure = scores_of(small, A=Cut(20.0, 4.0, 40.0), B=Cut(12.0, 1.0, 20.0), C=None)
    assert [one.form for one in found.margins] == ["A", "B"]
    assert said_of(figure) == "A 40–60, B 55–65"
    assert figure.find("rect", fill="#f3e3c3") is None
    x = places(figure)
    lines = [one for one in figure.find_all("line") if one["stroke"] == "#444" and one["y1"] == one["y2"]]
    ends = [[float(str(one[name])) for name in ("x1", "x2")] for one in lines[:2]]
    assert ends[0] == [x["40"], x["60"]]
    assert ends[1] == pytest.approx([(x["50"] + x["60"]) / 2, (x["60"] + x["70"]) / 2], abs=0.02)
    named = {one.get_text(): float(str(one.get("y", "0"))) - 4 for one in figure.find_all("text")}
    assert [named[form] for form in "AB"] == [float(str(one["y1"])) for one in lines[:2]]
    bars = [float(str(one["y"])) for one in figure.find_all("rect", fill="#1f5a8c")[:-1]]
    assert all(float(str(one["y1"])) < min(bars) for one in lines[:2])
    assert "cut ± one SEM" in figure.get_text()


def test_of_many_forms_with_other_cuts_none_has_its_error(small: ScoredRun) -> None:
    cuts: dict[str, Cut | None] = {f"F{n}": Cut(10.0 + n, 2.0, 40.0) for n in range(MOST_MARGINS + 1)}
    found, figure = scores_of(small, **cuts)
    assert found.cuts == (25, 40)
    assert found.margins == ()
    assert "SEM" not in figure.get_text()
    cuts.pop("F0")
    assert len(scores_of(small, **cuts)[0].margins) == MOST_MARGINS


@pytest.mark.parametrize("language", ["th", "en"])
def test_equals_stand_by_number_and_forms_in_their_order_however_they_are_written(
    tmp_path: Path, language: str
) -> None:
    """Form B is that of whom the answers have first."""
    package = small_package(tmp_path / "exam")
    key = {(one["form"], one["question"]): one["key"] for one in table(package / "secure" / "key.csv")}
    people = {"๖๙-0002": "B", "690001": "A", "690003": "A", "๖๙๐๐๐๐": "B"}
    rows = (f"{who},{form},{key[form, '1']},{key[form, '2']},,\n" for who, form in people.items())
    (tmp_path / "a.csv").write_text("candidate_id,form,1,2,3,4\n" + "".join(rows), "utf-8")
    sittings.score(package, [tmp_path / "a.csv"])
    run = read_scored(package)
    found, [centre] = cohort_report(run), committee_book(run).centres
    for listed in (found.near, centre.people):
        assert [one.candidate_id for one in listed or ()] == ["๖๙๐๐๐๐", "690001", "๖๙-0002", "690003"]
    assert list(found.cuts) == ["A", "B"]
    assert {"th": "ชุด A, B: คะแนนจุดตัด", "en": "Forms A, B: cut"}[language] in unbroken(html_of(run, language))


@pytest.mark.parametrize("who", ["๖๙-0002", "690002"])
def test_whom_a_correction_moves_as_far_stand_by_number(who: str) -> None:
    """As the site lists them."""
    rows = [{"candidate_id": one, "change": "1"} for one in ("690003", who, "690001")]
    assert [one["candidate_id"] for one in sorted(rows, key=weight)] == ["690001", who, "690003"]


def test_the_page_names_nobody(large: ScoredRun) -> None:
    """Trainers read it: the committee's book names people."""
    cells = {one.get_text() for one in BeautifulSoup(html_of(large), "html.parser").select("th, td")}
    assert cells.isdisjoint(large.candidates["candidate_id"])


def test_every_code_of_the_files_has_its_words() -> None:
    assert list(COUNTS) == list(ledger_words(WORDS))


def test_the_band_holds_the_bars_of_those_near_the_cut_and_no_other(large: ScoredRun) -> None:
    """Between bars, as the cut: the bars within the band are the scores of the list for a second look."""
    found = cohort_report(large).distribution
    assert found is not None
    assert found.single
    figure = BeautifulSoup(distribution_figure(ReportLanguage("en", WORDS), found, True), "html.parser")
    band = figure.find_all("rect", fill="#f3e3c3")[0]
    left, right = float(str(band["x"])), float(str(band["x"])) + float(str(band["width"]))
    x = places(figure)
    unit = (x["12"] - x["0"]) / 12
    within = {n for n in range(13) if left <= x["0"] + n * unit <= right}
    near = (
        large.candidates.filter(pl.col("second_look") == "yes")["score"]
        .cast(pl.String)
        .cast(pl.Int64)
        .to_list()
    )
    assert within == set(near)
    whole = [x["0"] + (min(near) - 0.5) * unit, x["0"] + (max(near) + 0.5) * unit]
    assert [left, right] == pytest.approx(whole, abs=0.05)


def test_no_range_of_scores_lies_beyond_the_full_score(small: ScoredRun) -> None:
    found, figure = scores_of(small, A=Cut(20.0, 4.0, 40.0), B=Cut(12.0, 1.0, 20.0))
    full = (small.candidates["percent"].cast(pl.String).cast(pl.Float64) == 100).sum()
    assert full
    assert (found.bars[-1].low, found.bars[-1].n) == (95, full)
    assert sum(bar.n for bar in found.bars) == small.candidates.height
    said = figure.find_all("desc")[0].get_text()
    assert f"95–100: {full}" in said
    assert "105" not in said
    tables = cohort_tables(cohort_report(small)._replace(distribution=found))["distribution"]
    assert tables["below_percent"].max() == 100
    assert tables.columns == ["from_percent", "below_percent", "candidates", "passed"]


def test_a_range_of_whole_scores_ends_with_the_greatest_that_it_holds(large: ScoredRun) -> None:
    found = cohort_report(large).distribution
    assert found is not None
    alone = cohort_tables(cohort_report(large))["distribution"]
    assert alone["to_points"].to_list() == alone["from_points"].to_list()
    ranges = found._replace(single=False, step=5, bars=tuple(one for one in found.bars if one.low % 5 == 0))
    told = cohort_tables(cohort_report(large)._replace(distribution=ranges))["distribution"]
    assert told["to_points"].to_list() == [4, 9, 12]
    assert told["below_points"].to_list() == [5, 10, 12]
    figure = BeautifulSoup(distribution_figure(ReportLanguage("en", WORDS), ranges, True), "html.parser")
    said = figure.find_all("desc")[0].get_text()
    assert "<" not in said
    halves = cohort_tables(cohort_report(large)._replace(distribution=ranges._replace(whole=False)))
    assert halves["distribution"]["to_points"].null_count() == 3

"""The report of coverage: every number as in the result files, read back from page and tables."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from examgen.core.resources import template_folders
from examgen.core.scored_run import ScoredRun
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import NO_BREAK_SPACE, Words
from examgen.rendering.templates.filling import fill
from examgen.reports.cohort_report.report import cohort_report
from examgen.reports.coverage_report.page import coverage_page, unit_page
from examgen.reports.coverage_report.report import (
    ItemUse,
    UnitSitting,
    coverage_report,
    sitting_of,
    unit_coverage,
    with_uses,
)
from examgen.reports.decisions import met_from_words
from examgen.reports.tables import COVERAGE, tables_of
from examgen.reports.tables import UNIT as UNIT_TABLES
from tests.reports.scored_samples import blank, first, items_of, long_unit, right, sat, unbroken
from tests.samples import item_data

FOLDERS = template_folders(Path())
WORDS = Words(messages(FOLDERS))
UNIT = long_unit(14)
ASKED = items_of(UNIT, 2)[:24]
"""Of 12 of the 14 criteria."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    people = {"1": right, "2": first(11), "3": first(5), "4": blank}
    folder = tmp_path_factory.mktemp("coverage") / "exam"
    return sat(folder, people, items=ASKED, unit=UNIT, n_items=24, criteria={"all": {"min": 0}})


def _page(run: ScoredRun, lang: str = "both") -> str:
    page = coverage_page(run, coverage_report(run), lang, WORDS, {"400": "f"})  # type: ignore[arg-type]
    return fill("report-standard.html", page, FOLDERS, line_setter(FOLDERS))


def _rows(html: str) -> dict[str, list[str]]:
    """Code → cells of the table, as they are read."""
    found = {}
    for row in re.findall(r"<tr class=\"(?:unit|element|pc).*?</tr>", html, re.S):
        code = re.search(r'class="code">([^<]*)<', row)
        assert code
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
        found[code[1]] = [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]
    return found


def test_the_table_has_the_numbers_of_the_file(run: ScoredRun) -> None:
    table = tables_of(COVERAGE, coverage_report(run))["criteria"]
    shown = _rows(_page(run))
    lines = {row["pc"]: row for row in table.iter_rows(named=True)}
    for row in run.coverage.iter_rows(named=True):
        line, cells = lines[row["pc"]], shown[row["pc"]]
        for name in ("met", "insufficient", "items_A"):
            assert str(line[name]) == row[name]
        assert line["judged"] == int(row["met"]) + int(row["not_met"])
        assert line["mean_percent"] == (float(row["mean_percent"]) if row["mean_percent"] else None)
        assert cells[0] == row["items_A"]
        assert cells[1] == (f"{line['met']}/{line['judged']}" if line["judged"] else "–")
        assert cells[4] == (f"{line['mean_percent']:.1f} %" if row["mean_percent"] else "–")


@pytest.mark.parametrize("each", [2, 3])
def test_units_and_elements_are_those_of_the_file(tmp_path: Path, run: ScoredRun, each: int) -> None:
    if each == 3:
        items, asked = items_of(UNIT, 3)[:24], {"all": {"min": 0}}
        people = {"1": right, "2": first(11)}
        run = sat(tmp_path / "exam", people, items=items, unit=UNIT, n_items=24, criteria=asked)
    shown = _rows(_page(run))
    for row in run.standard.iter_rows(named=True):
        if row["part"] != "all":
            cells = shown[row["element"] or row["unit"]]
            assert cells[0] == f"{row['asked_A']}/{row['criteria']}"
            # the same words in the same row as in the report of the cohort: the same number
            place = (row["unit"], row["element"])
            (met,) = (
                one.met
                for one in cohort_report(run).heat.rows
                if one.place.level != "pc" and (one.place.unit, one.place.element) == place
            )
            said = (f"{met.n}/{met.of}", f"{100 * met.n / met.of:.1f} %") if met.of else ("–", "–")
            assert (cells[1], cells[2].replace("\u00a0", " ")) == said


def test_what_was_never_asked_is_named(run: ScoredRun) -> None:
    found = coverage_report(run)
    assert [one.code for one in found.never] == ["E2.03", "E2.04"]
    assert found.n_criteria == 14
    html = _page(run, "en")
    listed = html[html.index("never asked") : html.index("Standard, paper and cohort</")]
    assert re.findall(r'class="code">([^<]*)<', listed) == ["E2.03", "E2.04"]


def test_days_and_administrations_since(run: ScoredRun) -> None:
    unit = run.exam.units[0]
    now = sitting_of(run, str(unit.code))
    old = UnitSitting("old", date(2025, 1, 1), 5, {"E2.03": 1}, {})
    uses = [ItemUse(now.name, date(2026, 1, 1), "E1.01", "x"), ItemUse("pilot", None, "E2.03", "y")]
    found = unit_coverage(unit, with_uses([now, old], uses))
    assert [one.name for one in found.sittings] == ["pilot", "old", now.name]
    by_code = {one.code: one for one in found.criteria}
    assert (by_code["E2.03"].since, by_code["E2.03"].days, by_code["E2.03"].times) == (1, 365, 2)
    assert (by_code["E2.04"].since, by_code["E2.04"].days, by_code["E2.04"].last) == (None, None, "")
    assert by_code["E1.01"].items == (0, 0, 2)
    assert [one.code for one in found.waiting] == ["E2.04", "E2.03"]


def test_the_page_of_a_unit_has_the_numbers_of_its_tables(run: ScoredRun) -> None:
    unit = run.exam.units[0]
    sittings = [
        sitting_of(run, str(unit.code), date(2026, 1, 1)),
        UnitSitting("b", date(2026, 3, 1), 9, {"E1.01": 7}, {}),
    ]
    found = unit_coverage(unit, sittings, date(2026, 3, 31))
    html = fill(
        "report-unit.html", unit_page(found, "en", WORDS, {"400": "f"}), FOLDERS, line_setter(FOLDERS)
    )
    table = tables_of(UNIT_TABLES, found)["not_asked_since"]
    for row in table.filter(table["administrations_since"] > 0).iter_rows(named=True):
        cells = re.search(rf">{row['pc']}</span>.*?</tr>", html, re.S)
        assert cells
        assert f"<td>{row['administrations_since']}</td><td>{row['days_since']}</td>" in cells[0]
    assert table.filter(table["pc"] == "E1.02")["days_since"].to_list() == [89]


def test_a_unit_without_administrations(run: ScoredRun) -> None:
    found = unit_coverage(run.exam.units[0], [])
    html = fill("report-unit.html", unit_page(found, "th", WORDS), FOLDERS, line_setter(FOLDERS))
    assert "statistics.csv" in html
    assert all(one.since is None for one in found.criteria)


def test_a_share_of_nothing_is_a_dash_with_its_reason(tmp_path: Path) -> None:
    html = _of(tmp_path, items_of(UNIT, 1))
    assert "Nobody was judged in any criterion, for too few items" in html
    assert "ไม่มีผู้ใดตัดสินได้ในเกณฑ์ใดเลย" in unbroken(html)
    assert _tile(html, "criteria met, of those judged") == "–"
    assert _tile(html, "criteria judged, of all that the standard states") == f"0.0{NO_BREAK_SPACE}%"
    assert "0.0 %" not in _rows(html)["T-1"]


def test_shares_count_what_was_judged_and_say_how_much_that_is(tmp_path: Path) -> None:
    html = _of(tmp_path, [*items_of(UNIT, 3)[:36], item_data("E2.03", 1)])
    assert "12 of 13 judgements of candidates in criteria could be made" in html
    assert "ตัดสินได้ 12 จาก 13 ครั้ง" in unbroken(html)
    assert "ไม่นับว่าผ่านและไม่นับว่าไม่ผ่าน" in unbroken(html)
    assert _tile(html, "criteria met, of those judged") == f"100.0{NO_BREAK_SPACE}%"
    n_criteria = sum(len(one["criteria"]) for one in UNIT["elements"])
    share = f"{100 * 12 / n_criteria:.1f}{NO_BREAK_SPACE}%"
    assert _tile(html, "criteria judged, of all that the standard states") == share


def _of(tmp_path: Path, items: list[dict[str, Any]]) -> str:
    """The page of one candidate who has all right."""
    size = len(items)
    run = sat(
        tmp_path / "exam", {"1": right}, items=items, unit=UNIT, n_items=size, criteria={"all": {"min": 0}}
    )
    return _page(run)


def test_of_forms_that_ask_other_criteria_nothing_false_is_said(tmp_path: Path) -> None:
    """Each form leaves out a criterion that the other asks: no form asks every one, and yet nothing is left."""
    unit = long_unit(3)
    items = items_of(unit, 3)
    run = sat(
        tmp_path / "exam", {"1": right}, items=items, unit=unit, n_items=9, criteria={"all": {"min": 0}}
    )
    row = pl.col("pc")
    columns = (
        pl.when(row == lacking).then(pl.lit("0")).otherwise(pl.lit("3")).alias(f"items_{form}")
        for form, lacking in (("A", "E1.01"), ("B", "E1.02"))
    )
    of_parts = (pl.lit("2").alias(f"asked_{form}") for form in "AB")
    html = _page(
        run._replace(
            coverage=run.coverage.with_columns(columns), standard=run.standard.with_columns(of_parts)
        ),
        "en",
    )
    assert "Nothing: every criterion of the standard is asked by at least one form." in html
    assert "form asks every criterion" not in html


def test_units_with_levels_of_their_own_are_told_apart(run: ScoredRun) -> None:
    judgement = {**run.audit["options"]["judgement"], "units": {"T-2": 72.5}}
    audit = {**run.audit, "options": {**run.audit["options"], "judgement": judgement}}
    first = run.exam.units[0]
    units = (first, first.model_copy(update={"code": "T-2"}))
    said = met_from_words(WORDS, run._replace(audit=audit, exam=run.exam.model_copy(update={"units": units})))
    of_each = "The decision is on all units together; the status of each rests on its own points."
    assert said.en.endswith(f"and met from this share of its points on: T-1 60 %, T-2 72.5 %. {of_each}")
    assert "T-1 60 %, T-2 72.5 % ผลการตัดสินเป็นผลรวมของทุกหน่วยสมรรถนะ" in said.th
    certain = {**judgement, "certainty": {"percent": 90}}
    options = {**run.audit["options"], "judgement": certain}
    both = run._replace(
        audit={**run.audit, "options": options}, exam=run.exam.model_copy(update={"units": units})
    )
    assert "its points: T-1 60 %, T-2 72.5 %. It is judged" in met_from_words(WORDS, both).en
    own = run._replace(audit=audit, exam=run.exam.model_copy(update={"units": units[1:]}))
    assert "is met from 72.5 % of its points on" in met_from_words(WORDS, own).en


def test_a_report_of_nobody_has_dashes(run: ScoredRun) -> None:
    empty = run._replace(
        candidates=run.candidates.clear(),
        coverage=run.coverage.with_columns(pl.lit("").alias(name) for name in ("candidates", "met", "not_met", "insufficient", "mean_percent")),
        standard=run.standard.with_columns(pl.lit("").alias(name) for name in ("met_of_asked", "met_of_all")),
    )  # fmt: skip
    html = _page(empty)
    assert "No candidate was scored" in html
    assert "Nobody was judged" not in html
    assert _tile(html, "criteria met, of those judged") == "–"


def _tile(html: str, name: str) -> str:
    found = re.search(rf"<b>([^<]*)</b> <span>(?:(?!</p>).)*{name}", html, re.S)
    assert found
    return found[1]

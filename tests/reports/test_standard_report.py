"""The report of coverage: every number as in the result files, read back from page and tables."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from examgen.core.resources import template_folders
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words
from examgen.rendering.templates.filling import fill
from examgen.reports.coverage_report.page import coverage_page
from examgen.reports.coverage_report.report import (
    coverage_report,
)
from examgen.reports.decisions import met_from_words
from examgen.scoring.scored_run import ScoredRun
from tests.reports.scored_samples import blank, first, items_of, long_unit, right, sat

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
    assert "is met at 72.5 % of its points or more" in met_from_words(WORDS, own).en

"""`examgen analyse decisions` beside `es.decisions`: total scores and responses, the same numbers, notes and
refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.commands.conftest import Run, run
from tests.stats.both_ways import asked, same_or_refused

__all__ = ["run"]

RIGHT = np.random.default_rng(2).random((120, 12)) < np.linspace(0.3, 0.9, 120)[:, None]
ITEMS = pl.DataFrame(
    {"id": [f"c{n}" for n in range(120)]} | {f"i{n}": RIGHT[:, n].astype(int) for n in range(12)}
)
TOTALS = ITEMS.select("id", total=pl.sum_horizontal(pl.exclude("id")))


def but(table: pl.DataFrame, column: str, value: object) -> pl.DataFrame:
    """The table with another value in the fourth row of a column."""
    return table.with_columns(
        pl.when(pl.int_range(pl.len()) == 3).then(pl.lit(value)).otherwise(column).alias(column)
    )


FULL = {"max_score": 12}
TABLES: dict[str, tuple[pl.DataFrame, dict[str, Any], set[str]]] = {
    "totals": (TOTALS, {"cut": 7, **FULL}, {"kr21"}),
    "totals by another name": (TOTALS.rename({"total": "points"}), {"cut": 7, **FULL}, {"kr21"}),
    "totals and a reliability": (TOTALS, {"cut": [5, 7], **FULL, "reliability": 0.8}, set()),
    "a blank": (but(TOTALS, "total", None), {"cut": 7, **FULL}, {"left-out"}),
    "half a point": (but(TOTALS, "total", 7.5), {"cut": 7, **FULL}, {"not-number-right"}),
    "an id twice": (but(TOTALS, "id", "c5"), {"cut": 7, **FULL}, {"ids-repeated"}),
    "a share as a cut": (TOTALS, {"cut": 0.6, **FULL}, {"cut-below-1"}),
    "a share as a cut of responses": (ITEMS, {"cut": 0.6}, {"cut-below-1"}),
    "responses": (ITEMS, {"cut": 7}, set()),
    "a cut off the scale": (TOTALS, {"cut": 60, **FULL}, {"cut-outside"}),
    "totals without a full score": (TOTALS, {"cut": 7}, {"no-full-score"}),
    "99": (but(TOTALS, "total", 99), {"cut": 7, **FULL}, {"ends"}),
    "-1": (but(TOTALS, "total", -1), {"cut": 7, **FULL}, {"ends"}),
    "no total at all": (TOTALS.with_columns(total=pl.lit(None)), {"cut": 7, **FULL}, {"no-totals"}),
    "shares as totals": (TOTALS.with_columns(pl.col("total") / 12), {"cut": 7, **FULL}, {"shares"}),
    "99 of 100": (but(TOTALS, "total", 99), {"cut": 7, "max_score": 100}, {"far-scores"}),
    "a total among items": (ITEMS.join(TOTALS, on="id", maintain_order="left"), {"cut": 14}, {"is-sum"}),
    "texts": (TOTALS.with_columns(pl.col("total").cast(pl.String) + ",0"), {"cut": 7, **FULL}, {"kr21"}),
    "N/A": (but(TOTALS.cast(pl.String), "total", "N/A"), {"cut": 7, **FULL}, {"left-out"}),
    "a word": (but(TOTALS.cast(pl.String), "total", "x"), {"cut": 7, **FULL}, {"not-a-number"}),
    "no end": (but(TOTALS, "total", np.inf), {"cut": 7, **FULL}, {"not-a-number"}),
    "totals beside ids in two words": (TOTALS.rename({"id": "Student ID"}), {"cut": 7, **FULL}, {"kr21"}),
    "ids with and without zeros": (but(TOTALS.with_columns(id=pl.int_range(120).cast(pl.String)), "id", "007"),
                                   {"cut": 7, **FULL}, {"ids-alike"}),
    "a cut between two scores": (ITEMS, {"cut": 6.5}, {"cut-between"}),
    "one column": (TOTALS.drop("id"), {"cut": 7, **FULL}, {"kr21"}),
    "a blank in one column": (but(TOTALS, "total", None).drop("id"), {"cut": 7, **FULL}, {"left-out"}),
    "one item": (ITEMS.select("id", "i3"), {"cut": 1}, {"no-full-score"}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables(run: Run, tmp_path: Path, name: str) -> None:
    table, options, codes = TABLES[name]
    ran = asked(run, tmp_path, "decisions", table, **options)
    assert codes <= same_or_refused(ran, lambda: es.decisions(table, **options))
    if table[table.columns[-1]].dtype.is_integer():
        assert codes <= same_or_refused(
            ran, lambda: es.decisions(es.read_responses(tmp_path / "x.csv"), **options)
        )


def test_codes_for_no_total(run: Run, tmp_path: Path) -> None:
    """Totals with a code are left out, those below 0 count, and a code that no total has is told."""
    path, totals = tmp_path / "x.csv", but(but(TOTALS, "total", 99).reverse(), "total", -1)
    options = {"cut": 7, "max_score": 12, "min_score": -1}
    ran = asked(run, tmp_path, "decisions", totals, **options, omitted=[99, 98])
    found = same_or_refused(ran, lambda: es.decisions(es.read_responses(path, missing=[99, 98]), **options))
    assert {"left-out", "codes-not-met"} <= found
    result = es.decisions(es.read_responses(path, missing=[99, -1]), **options)
    assert result.n_persons == len(totals) - 2


@pytest.mark.parametrize("total", ["24.5", "150"])
def test_totals_that_are_no_scores_of_items(tmp_path: Path, total: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"id,total\na,3\nb,{total}")
    with pytest.raises(es.ArgumentError, match=f"`{total}` is not a score of an item. If the column holds t"):
        es.read_responses(path)


def test_abilities_that_vary_widely_are_told_as_irt_tells_them() -> None:
    theta = np.random.default_rng(3).normal(0, 3.5, (400, 1))
    right = (theta - np.linspace(-2, 2, 12) > np.random.default_rng(4).logistic(size=(400, 12))).astype(int)
    codes = [one.code for one in es.decisions(right, 6, model="rasch").notes]
    assert "wide-ability" in codes


def test_totals_below_0_are_told(run: Run, tmp_path: Path) -> None:
    table = pl.DataFrame({"id": [f"c{n}" for n in range(105)], "total": [n % 21 - 1.5 for n in range(105)]})
    options = {"cut": 10, "reliability": 0.8, "min_score": -2, "max_score": 30}
    ran = asked(run, tmp_path, "decisions", table, **options)
    assert "below-0" in same_or_refused(ran, lambda: es.decisions(table, **options))

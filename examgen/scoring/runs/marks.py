"""A run's kept responses → what its tables do not show: multiple marks on request, unmarked criteria."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from examgen.core.responses import table as response_table
from examgen.core.responses.rows import BLANK, INVALID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from examgen.core.exam.package import Package
    from examgen.scoring.key import Key

UNMARKED = "_unmarked"
"""The suffix of a column that says whether the questions of a criterion have no mark at all."""


def items_of_several_answers(asked: Package, scoring: Mapping[str, Any]) -> frozenset[str]:
    """The items that ask for several answers: several are right, and the rule does not accept any of them."""
    if scoring.get("several", "any") == "any":
        return frozenset()
    return frozenset(
        item for item, key in zip(asked.key["item"], asked.key["key"], strict=True) if "|" in key
    )


def without_asked_ones(
    candidates: pl.DataFrame, folder: Path, key: Key, items: frozenset[str]
) -> pl.DataFrame:
    """candidates.csv, with multiple marks on `items` counted as `answered` instead of `multiple`."""
    if not items or not candidates.height:
        return candidates
    is_asked = np.isin(key.items, [n for n, item in enumerate(key.item_ids) if item in items])
    is_asked &= np.arange(key.items.shape[1]) < key.n_questions[:, None]
    number, counts = {name: n for n, name in enumerate(key.names)}, []
    for rows in response_table.read_rows(folder / response_table.NAME, number):
        is_several = (rows.marks < INVALID) & (np.bitwise_count(rows.marks) > 1)
        counts.append((is_several & is_asked[rows.form][:, : rows.marks.shape[1]]).sum(axis=1))
    n = pl.Series(np.concatenate(counts))
    found = {
        name: candidates[name].cast(pl.String).replace("", None).cast(pl.Int64) + sign * n
        for name, sign in (("answered", 1), ("multiple", -1))
    }
    return candidates.with_columns(column.cast(pl.String).alias(name) for name, column in found.items())


def with_unmarked(criteria: pl.DataFrame, folder: Path, key: Key) -> pl.DataFrame:
    """pc_results.csv with one more column for each criterion: true if the form asks the criterion and none of
    its scored questions has a mark."""
    if not criteria.height:
        return criteria
    number, parts = {name: n for n, name in enumerate(key.names)}, []
    for rows in response_table.read_rows(folder / response_table.NAME, number):
        width = rows.marks.shape[1]
        counts = (key.points[rows.form] > 0)[:, :width]
        of, is_marked = key.criterion[rows.form][:, :width], rows.marks != BLANK
        parts.append(
            np.stack(
                [
                    (counts & (of == n)).any(axis=1) & ~(counts & (of == n) & is_marked).any(axis=1)
                    for n in range(len(key.criteria))
                ],
                axis=1,
            )
        )
    found = np.concatenate(parts)
    known = set(criteria.columns)
    names = [pc if f"{pc}_correct" in known else f"{unit}:{pc}" for unit, _, pc in key.criteria]
    return criteria.with_columns(pl.Series(f"{name}{UNMARKED}", found[:, n]) for n, name in enumerate(names))

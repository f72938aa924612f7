"""Scored rows → tables whose numbers are numbers, for Parquet files and workbooks.

The columns of the CSV files; counts and points are whole numbers, or decimal ones where any of the exam is;
per cent are decimal numbers; what is empty in the CSV is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.reports.result_layout import (
    DECISIONS,
    RESULT_FILES,
    SECOND_LOOK,
    Judged,
    ResultLayout,
    TotalPlaces,
    result_columns,
)
from examgen.responses import KINDS, Ints, ResultRows, Texts


class _Meanings(NamedTuple):
    """Columns that one number of a row gives: `values[i][start[form] + number]`."""

    start: Ints
    values: tuple[pl.Series, ...]

    def of(self, form: Ints, numbers: Ints) -> Iterator[pl.Series]:
        places = pl.Series(self.start[form] + numbers)
        return (column.gather(places) for column in self.values)


class FrameMaker:
    """Tables of the results of an exam, a batch at a time; all of a kind have the same columns and types."""

    def __init__(self, layout: ResultLayout) -> None:
        """Looks up what each score means."""
        self.layout = layout
        self._forms = pl.Series(layout.forms, dtype=pl.String)
        self._totals = TotalPlaces(layout)
        self._total = _total_meanings(layout)
        self._criteria = _judged_meanings(layout.criteria)
        self._groups = _judged_meanings(layout.groups)

    def frames(self, rows: ResultRows) -> dict[str, pl.DataFrame]:
        """A table for each of `RESULT_FILES`."""
        sums = [rows.units[:, list(members)].sum(axis=1) for members in self.layout.members]
        ends = [_texts(rows.ids), self._forms.gather(pl.Series(rows.form.astype(np.int64)))]
        found = (
            [*ends, *self._candidates(rows)],
            [*ends, *_judged(self._criteria, rows.form, list(rows.units.T))],
            [*ends, *_judged(self._groups, rows.form, sums)],
        )
        return {
            which: pl.DataFrame([s.alias(name) for s, name in zip(columns, self._names(which), strict=True)])
            for which, columns in zip(RESULT_FILES, found, strict=True)
        }

    def _names(self, which: str) -> list[str]:
        """No name twice: a column that came in under one of ours is numbered."""
        names: list[str] = []
        for name in result_columns(self.layout, which):
            n, free = 2, name
            while free in names:
                n, free = n + 1, f"{name}_{n}"
            names.append(free)
        return names

    def _candidates(self, rows: ResultRows) -> Iterator[pl.Series]:
        n = len(rows.ids)
        meanings = list(self._total.of(rows.form, self._totals.of(rows)))
        yield from meanings[:3]
        yield _choice(DECISIONS, rows.passed if self.layout.decided else None, n)
        kinds = rows.kinds
        if kinds is None:
            kinds = np.zeros((n, len(KINDS)), np.int64)
            kinds[:, 0] = np.asarray(self.layout.n_questions, np.int64)[rows.form]
        yield from (pl.Series(column.astype(np.int64)) for column in kinds.T)
        if self.layout.second_look:
            yield _choice(SECOND_LOOK, rows.second_look, n)
        yield from meanings[3:]
        for column in rows.extras:
            yield pl.Series(column if column is not None else [None] * n, dtype=pl.String)


def _texts(ids: Texts) -> pl.Series:
    return pl.Series(ids.tolist(), dtype=pl.Binary).cast(pl.String)


def _choice(
    names: Sequence[str], found: np.ndarray[tuple[int], np.dtype[np.bool_]] | None, n: int
) -> pl.Series:
    if found is None:
        return pl.Series([None] * n, dtype=pl.String)
    return pl.Series(names).gather(pl.Series(found.astype(np.int64)))


def _judged(meanings: Sequence[_Meanings], form: Ints, numbers: Sequence[Ints]) -> Iterator[pl.Series]:
    for meaning, number in zip(meanings, numbers, strict=True):
        yield from meaning.of(form, number)


def _judged_meanings(judged: Judged) -> list[_Meanings]:
    found = []
    whole = all(_is_whole(scale.points) for scales in judged.scales for scale in scales)
    for k, scales in enumerate(judged.scales):
        sizes = [len(scale.status) for scale in scales]
        start = np.cumsum([0, *sizes[:-1]]) - np.array([scale.least_units for scale in scales])
        points = [text if scale.n_items else None for scale in scales for text in scale.points]
        percent = [text for scale in scales for text in scale.percent]
        status = pl.Series([text for scale in scales for text in scale.status], dtype=pl.String)
        values = (_numbers(points, whole), _numbers(percent, False), status)
        found.append(_Meanings(start.astype(np.int64)[judged.shape[:, k]], values))
    return found


def _total_meanings(layout: ResultLayout) -> _Meanings:
    """`score, max_score, percent` and the trailing columns, by `TotalPlaces`."""
    times = (1 + layout.decided) * (1 + layout.second_look)
    total = layout.total
    known: dict[tuple[int, int], int] = {}
    lines: list[tuple[str | None, ...]] = []
    start = []
    for form, leading in enumerate(total.leading):
        trailing = total.trailing[form] if total.trailing_names else ((),) * len(leading)
        key = (id(leading), id(trailing) if total.trailing_names else 0)
        if key not in known:
            known[key] = len(lines)
            together = zip(leading, trailing, strict=True)
            lines += [(*first, *last) for first, last in together for _ in range(times)]
        start.append(known[key])
    columns = list(zip(*lines, strict=True))
    whole = _is_whole(columns[0]) and _is_whole(columns[1])
    values = [_numbers(columns[0], whole), _numbers(columns[1], whole), _numbers(columns[2], False)]
    values += [_numbers(column, _is_whole(column)) for column in columns[3:]]
    return _Meanings(np.array(start, np.int64), tuple(values))


def _is_whole(texts: Sequence[str | None]) -> bool:
    return all(text is None or text == "" or text.removeprefix("-").isdigit() for text in texts)


def _numbers(texts: Sequence[str | None], whole: bool) -> pl.Series:
    """Texts as numbers; as they are where one of them is not a number."""
    column = pl.Series([text or None for text in texts], dtype=pl.String)
    try:
        return column.cast(pl.Int64 if whole else pl.Float64)
    except pl.exceptions.InvalidOperationError:
        return column

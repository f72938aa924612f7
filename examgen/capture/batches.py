"""Rows read with care, and rows proven → one batch of arrays in the order of their lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from examgen.capture.layout import AnswerLayout
from examgen.capture.rows import Row
from examgen.responses.rows import INVALID, Batch, Cells, Ints, Marks

_Value = TypeVar("_Value", bound=np.generic)


class BatchMaker:
    """What turns rows of one exam into batches; `n_extras` is the number of extra columns of the file."""

    def __init__(self, layout: AnswerLayout, n_extras: int) -> None:
        numbers = list(layout.options.values())
        self._form = {form: k for k, form in enumerate(layout.options)}
        self._width = max(map(len, numbers))
        self._alike = len(set(map(len, numbers))) == 1
        self._n_extras = n_extras
        self._beyond = np.zeros((len(numbers), self._width), np.uint8)
        for row, options in zip(self._beyond, numbers, strict=True):
            row[: len(options)] = [0xFF & ~((1 << number) - 1) for number in options]

    def batch(self, rows: Sequence[Row]) -> Batch:
        """The rows as arrays, with their text."""
        form = np.array([self._form[row.form] for row in rows], np.int64)
        marks = self._marks(rows, form)
        odd = np.flatnonzero(~_are_plain(marks))
        ids = [row.candidate_id.encode() for row in rows]
        return Batch(
            line=np.array([row.line for row in rows], np.int64),
            ids=np.array(ids, f"S{max([1, *map(len, ids)])}"),
            form=form,
            marks=marks,
            plain=self._alike and not len(odd),
            odd=odd if self._alike else None,
            extras=tuple(Cells.of(row.extras[k] for row in rows) for k in range(self._n_extras)),
            raws={place: row.raw for place, row in enumerate(rows)},
        )

    def _marks(self, rows: Sequence[Row], form: npt.NDArray[np.int64]) -> Marks:
        joined = bytearray().join(row.marks.ljust(self._width, b"\0") for row in rows)
        marks = np.frombuffer(joined, np.uint8).reshape(len(rows), self._width)
        # Some rows at a time, so that what is not an option of theirs takes little memory.
        for start in range(0, len(rows), 8192):
            part = marks[start : start + 8192]
            part[(part & self._beyond[form[start : start + 8192]]) != 0] = INVALID
        return marks


def _are_plain(marks: Marks) -> npt.NDArray[np.bool_]:
    """Which rows have one letter at each question."""
    is_letter = (marks != 0) & (marks < INVALID) & ((marks & (marks - 1)) == 0)
    return np.asarray(is_letter.all(axis=1))


def without(batch: Batch, keep: npt.NDArray[np.bool_]) -> Batch:
    """The rows of a proven batch that are kept."""
    places = np.flatnonzero(keep)
    extras = tuple(column.taken(places.tolist()) for column in batch.extras)
    odd = None if batch.odd is None else np.flatnonzero(np.isin(places, batch.odd))
    return Batch(
        batch.line[keep], batch.ids[keep], batch.form[keep], batch.marks[keep], batch.plain, extras, odd=odd
    )


def _odd(batch: Batch) -> Ints:
    """The places of rows of which it is not known that they are plain."""
    return np.arange(0 if batch.plain else batch.size) if batch.plain or batch.odd is None else batch.odd


def merged(proven: Batch, careful: Batch) -> Batch:
    """Both in the order of their lines."""
    if not proven.size or not careful.size:
        return proven if proven.size else careful
    # Either batch is in order, so those that were read with care, mostly few, are put between the others.
    places = np.searchsorted(proven.line, careful.line)
    own = places + np.arange(careful.size)
    between = places.tolist()
    odd = _odd(proven)
    return Batch(
        line=_put_between(proven.line, careful.line, between),
        ids=_put_between(proven.ids, careful.ids, between),
        form=_put_between(proven.form, careful.form, between),
        marks=_put_between(proven.marks, careful.marks, between),
        plain=proven.plain and careful.plain,
        odd=np.sort(np.concatenate([odd + np.searchsorted(places, odd, "right"), own.take(_odd(careful))])),
        extras=tuple(
            _interleaved(first, second, between)
            for first, second in zip(proven.extras, careful.extras, strict=True)
        ),
        raws={int(own[k]): raw for k, raw in careful.raws.items()},
    )


def _put_between(
    first: npt.NDArray[_Value], second: npt.NDArray[_Value], places: Sequence[int]
) -> npt.NDArray[_Value]:
    """The rows of the first with those of the second, each before that in its place."""
    pieces: list[npt.NDArray[_Value]] = []
    start = 0
    for n, place in enumerate(places):
        pieces += (first[start:place], second[n : n + 1])
        start = place
    return np.concatenate([*pieces, first[start:]])


def _interleaved(first: Cells, second: Cells, places: Sequence[int]) -> Cells:
    own = first.pieces()
    found: list[bytes] = []
    start = 0
    for place, text in zip(places, second.pieces(), strict=True):
        found += own[start:place]
        found.append(text)
        start = place
    return Cells.of_bytes([*found, *own[start:]])

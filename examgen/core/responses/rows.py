"""Rows of answers as arrays, a byte for each mark: what capture hands to scoring.

64-bit hashes of marks and candidate ids, by which equal ones are found among millions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.candidate_numbers import canonical_numbers

BLANK = 0
INVALID = 0x80
"""Mark that is not an option of the item; other values have bit k set where letter k is marked."""

KINDS = ("answered", "blank", "multiple", "invalid")

Marks = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.bytes_]


@dataclass(frozen=True)
class AnswerRows:
    """Rows of answers, in the order of the files and of their lines; no row of them was set aside by itself.

    `file` (n,) are numbers of answer files, `line` (n,) lines there, from 1. `ids` (n,) are candidate numbers
    as UTF-8, as they were read. `form` (n,) are numbers of forms, as the layout orders them. `marks` (n, most
    questions of any form) are bit masks, 0 past the form's last question. `extras` are the other columns by
    name, null where a file has no such column. `raws` has by place the text of rows that were read with care.
    """

    file: Ints
    line: Ints
    ids: Texts
    form: Ints
    marks: Marks
    extras: Mapping[str, pl.Series]
    raws: Mapping[int, str]
    numbered: Ints | None = None
    """How many marks of each row are written as numbers; None where nobody knows any longer."""
    mixed: npt.NDArray[np.bool_] | None = None
    """Which rows have Latin and Thai letters; None where nobody knows any longer."""

    @classmethod
    def joined(cls, parts: Sequence[AnswerRows], n_questions: int) -> AnswerRows:
        """The rows of all parts, one after the other."""
        none, marks = np.empty(0, np.int64), np.empty((0, n_questions), np.uint8)
        parts = [cls(none, none, np.empty(0, "S1"), none, marks, {}, {}, none, none.astype(np.bool_)), *parts]
        names = dict.fromkeys(name for one in parts for name in one.extras)
        extras = {
            name: pl.concat(
                one.extras[name] if name in one.extras else pl.Series([None] * len(one), dtype=pl.String)
                for one in parts
            )
            for name in names
        }
        starts = accumulate(map(len, parts), initial=0)
        raws = {
            start + place: text
            for start, one in zip(starts, parts, strict=False)
            for place, text in one.raws.items()
        }
        arrays = (np.concatenate([getattr(one, name) for one in parts]) for name in _ARRAYS)
        file, line, ids, form, marks, numbered, mixed = arrays
        return cls(file, line, ids, form, marks, extras, raws, numbered, mixed)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.line)

    @cached_property
    def numbers(self) -> pl.Series:
        """The candidate numbers as they are compared."""
        return pl.Series(canonical_numbers(self.ids).tolist(), dtype=pl.Binary)

    def places_of(self, candidates: Collection[str]) -> dict[str, list[int]]:
        """The rows of some candidates, by their numbers as they are compared; who has none is left out."""
        wanted = pl.Series([one.encode("utf-8", "surrogatepass") for one in candidates], dtype=pl.Binary)
        found: dict[str, list[int]] = {}
        for place in self.numbers.is_in(wanted.implode()).arg_true().to_list():
            found.setdefault(self.numbers[place].decode(), []).append(place)
        return found

    def some(self, places: npt.NDArray[Any]) -> AnswerRows:
        """The rows in these places, without their texts."""
        extras = {name: column.gather(places) for name, column in self.extras.items()}
        own = (self.file[places], self.line[places], self.ids[places], self.form[places])
        return AnswerRows(*own, self.marks[places], extras, {})


_ARRAYS = ("file", "line", "ids", "form", "marks", "numbered", "mixed")


class QuarantinedRow(NamedTuple):
    """A row that is not scored: its line, its candidate as far as readable, the reason, its text."""

    line: int
    candidate_id: str | None
    reason: str
    raw: str
    undecided: tuple[int, ...] = ()
    """Questions whose marks a person has yet to decide."""
    form: str = ""
    marks: bytes = b""
    """Of a row that has such: the form, and a byte for each question."""
    extras: tuple[str, ...] = ()
    """The extra columns, where the row has as many as the heading."""


class FileStructure(NamedTuple):
    """How an answer file was recognised.

    `label` is said back to the grader: `wide, 40 answers, comma, UTF-8 with BOM`; `extra_names` are the
    columns that are passed through; `size` its bytes on disk; `hidden` the rows that a workbook hides,
    `comments` those on its cells, as `(line, cell, text)`, and `unread` its other sheets.
    """

    name: str
    label: str
    extra_names: tuple[str, ...]
    size: int
    hidden: frozenset[int] = frozenset()
    comments: tuple[tuple[int, str, str], ...] = ()
    unread: tuple[str, ...] = ()


def row_texts(marks: Marks) -> pl.Series:
    """(n,) the bytes of rows of marks (n, questions), without the zeros at their ends."""
    texts = np.ascontiguousarray(marks).view(f"S{max(1, marks.shape[1])}").ravel()
    return pl.Series(texts.tolist(), dtype=pl.Binary)

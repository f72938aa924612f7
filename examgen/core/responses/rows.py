"""Rows of answers as arrays, one byte for each mark, as passed from capture to scoring."""

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
"""The value of a mark that is not an option of the item. In other values, bit k is set if letter k is
marked."""

KINDS = ("answered", "blank", "multiple", "invalid")

Marks = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.bytes_]


@dataclass(frozen=True)
class AnswerRows:
    """Rows of answers, in the order of the files and of their lines. It contains no row that was quarantined
    on its own.

    `file` (n,) are indices of answer files, `line` (n,) line numbers there, from 1. `ids` (n,) are candidate
    numbers in UTF-8, as read. `form` (n,) are indices of forms, in the order of the layout. `marks` (n,
    number of questions of the longest form) are bit masks, 0 past the form's last question. `extras` are the
    other columns by name, null if a file has no such column. `raws` has, by position, the text of the rows
    whose text is not simply their line in the file.
    """

    file: Ints
    line: Ints
    ids: Texts
    form: Ints
    marks: Marks
    extras: Mapping[str, pl.Series]
    raws: Mapping[int, str]
    numbered: Ints | None = None
    """The number of marks in each row that are written as numbers; None if no longer known."""
    mixed: npt.NDArray[np.bool_] | None = None
    """Whether each row has both Latin and Thai letters; None if no longer known."""

    @classmethod
    def joined(cls, parts: Sequence[AnswerRows], n_questions: int) -> AnswerRows:
        """Returns the rows of all parts, concatenated."""
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
        """The candidate numbers in canonical form."""
        return pl.Series(canonical_numbers(self.ids).tolist(), dtype=pl.Binary)

    def places_of(self, candidates: Collection[str]) -> dict[str, list[int]]:
        """Returns the positions of the rows of some candidates, by canonical candidate number. Candidates
        without rows are left out."""
        wanted = pl.Series([one.encode("utf-8", "surrogatepass") for one in candidates], dtype=pl.Binary)
        found: dict[str, list[int]] = {}
        for place in self.numbers.is_in(wanted.implode()).arg_true().to_list():
            found.setdefault(self.numbers[place].decode(), []).append(place)
        return found

    def some(self, places: npt.NDArray[Any]) -> AnswerRows:
        """Returns the rows at these positions, without their texts."""
        extras = {name: column.gather(places) for name, column in self.extras.items()}
        own = (self.file[places], self.line[places], self.ids[places], self.form[places])
        return AnswerRows(*own, self.marks[places], extras, {})


_ARRAYS = ("file", "line", "ids", "form", "marks", "numbered", "mixed")


class QuarantinedRow(NamedTuple):
    """A row that is not scored: its line, its candidate as far as readable, the reason and its text."""

    line: int
    candidate_id: str | None
    reason: str
    raw: str
    undecided: tuple[int, ...] = ()
    """The questions with marks that a person has yet to decide on."""
    form: str = ""
    marks: bytes = b""
    """The form, and a byte for each question, if the row has them."""
    extras: tuple[str, ...] = ()
    """The extra columns, if the row has as many columns as the heading."""


class FileStructure(NamedTuple):
    """The recognised structure of an answer file.

    `label` describes it to the grader: `wide, 40 answers, comma, UTF-8 with BOM`. `extra_names` are the
    columns that are passed through; `size` is the file size in bytes. For a workbook, `hidden` are its hidden
    rows, `comments` the comments on its cells as `(line, cell, text)`, and `unread` the sheets that were not
    read.
    """

    name: str
    label: str
    extra_names: tuple[str, ...]
    size: int
    hidden: frozenset[int] = frozenset()
    comments: tuple[tuple[int, str, str], ...] = ()
    unread: tuple[str, ...] = ()


def row_texts(marks: Marks) -> pl.Series:
    """Returns the bytes (n,) of each row of marks (n, questions), without trailing zeros."""
    texts = np.ascontiguousarray(marks).view(f"S{max(1, marks.shape[1])}").ravel()
    return pl.Series(texts.tolist(), dtype=pl.Binary)

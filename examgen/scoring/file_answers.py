"""The scored rows of one answer file as checks of them see them, and how messages name rows and questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.capture.answer_files import AnswerFile
from examgen.core.responses.rows import AnswerRows, Ints, Texts
from examgen.core.words import Message, joined, tell, tell_n
from examgen.scoring.answer_rows import ReadAnswers, RowSource
from examgen.scoring.earn import earn
from examgen.scoring.key import Key

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
MOST_NAMED = 4
"""The most questions, numbers or texts that a message names."""


class OtherColumn(NamedTuple):
    """A column of a file without a role in scoring: its heading, the unique name under which results have it,
    and its cells as trimmed texts, empty for none.
    """

    heading: str
    name: str
    cells: pl.Series


@dataclass(frozen=True)
class FileAnswers:
    """One of the answer files that are scored, with its rows; `places` (n,) are their indices in all rows."""

    source: RowSource
    read: ReadAnswers
    key: Key
    file: AnswerFile

    @property
    def rows(self) -> AnswerRows:
        """The rows of all files."""
        return self.read.rows

    @property
    def where(self) -> dict[str, str]:
        """The value by which messages name the file."""
        return {"file": self.file.structure.name}

    @cached_property
    def places(self) -> Ints:
        """The indices of the rows of this file."""
        return np.flatnonzero(self.rows.file == self.file.number)

    @cached_property
    def columns(self) -> list[OtherColumn]:
        """The columns that have no role."""
        names = zip(self.file.structure.extra_names, self.file.columns.extras, strict=True)
        return [
            OtherColumn(
                self.file.columns.names[column],
                name,
                self.rows.extras[name].gather(self.places).fill_null("").str.strip_chars(),
            )
            for name, column in names
        ]

    def at(self, rows: Ints | Sequence[int]) -> dict[str, str]:
        """Return the values by which messages name rows: `file` and `lines`."""
        return {**self.where, "lines": lines_shown(self.rows.line[rows].tolist())}

    def id_at(self, row: int) -> str:
        """Return the candidate number of a row."""
        return str(self.rows.ids[row].decode("utf-8", "replace"))

    def shares(self, rows: Ints) -> Floats:
        """Return the share of the points of its form that each of some rows earns."""
        forms = self.rows.form[rows]
        units = earn(self.key, forms, self.rows.marks[rows]).units.sum(axis=1)
        return np.asarray(units / np.maximum(self.key.max_total[forms], 1))


def has_list(source: RowSource) -> bool:
    """Return whether it is known who the candidates are."""
    return bool(source.layout.assignment.dealt) or len(source.layout.assignment.roster) > 0


def number_texts(ids: Texts) -> pl.Series:
    """Return candidate numbers as texts."""
    return pl.Series(ids.tolist(), dtype=pl.Binary).cast(pl.String, strict=False).fill_null("")


def lines_shown(lines: Sequence[int]) -> str:
    """Return the first few line numbers as text."""
    return ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")


def few_shown(texts: Sequence[Message | str]) -> Message:
    """Return the first few texts, and … for the others."""
    return joined([*texts[:MOST_NAMED], *(["…"] if len(texts) > MOST_NAMED else [])])


def question_shown(n: int, form: str = "") -> Message:
    """Return a question as text: its number, and its form unless it is empty."""
    return tell("question {n} of form {form}", n=n, form=form) if form else tell("question {n}", n=n)


def questions_shown(places: Iterable[int], form: str = "") -> Message:
    """Return the first few questions at these 0-based places as text, with the form unless it is empty."""
    return first_of(question_shown(n + 1, form) for n in places)


def first_of(questions: Iterable[Message]) -> Message:
    """Return the first few questions and the number of the others as text."""
    shown = [*questions]
    n_more = len(shown) - MOST_NAMED
    more = [tell_n("{n} more question", "{n} more questions", n_more)] if n_more > 0 else []
    return joined([*shown[:MOST_NAMED], *more])

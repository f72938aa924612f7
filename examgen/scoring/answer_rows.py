"""Answer files of a package → all of their rows in memory, a byte for each mark.

Files are read in parts, by this process or by those of an executor; the rows are the same, and in the same
order, whoever reads them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.files import AnswerFile, parts_of, said_back
from examgen.capture.grader_decisions import Met
from examgen.capture.parts import NotUtf8, is_read_as_utf8, read_part
from examgen.core.candidate_numbers import canonical_numbers
from examgen.core.files import Progress
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.processes import in_order, left
from examgen.core.responses.rows import Batch, Cells, FileStructure, Ints, Marks, Part, QuarantinedRow, Texts
from examgen.core.words import tell

PART_BYTES = 32 << 20
"""What one task reads at most, half of it where there are few: so little that workers end together, so much
that beginning, which takes some milliseconds, hardly counts."""
_TOGETHER = 4
"""Files of many parts are cut into a multiple of so many: two workers, or four, then end together."""


class RowSource(NamedTuple):
    """Where rows come from: answer files in parts, or what a run has `kept` of them."""

    files: tuple[AnswerFile, ...]
    parts: tuple[Part, ...]
    layout: AnswerLayout
    kept: ReadAnswers | None = None


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


class SetAside(NamedTuple):
    """A row that is not scored, and the number of its answer file."""

    file: int
    row: QuarantinedRow


class ReadAnswers(NamedTuple):
    """Answer files once they are read: rows of answers, and rows that were set aside when they were read.

    By file `n_rows` is the number of both, `structures` how it was recognised, `met` the rows by line that
    a grader has decided something on. `encodings` name what each was read as.
    """

    rows: AnswerRows
    set_aside: Sequence[SetAside]
    n_rows: tuple[int, ...]
    structures: tuple[FileStructure, ...]
    encodings: tuple[str, ...]
    met: tuple[Mapping[int, Met], ...]

    def with_rows(self, which: npt.NDArray[np.bool_]) -> ReadAnswers:
        """The answers with some of the rows."""
        return self if which.all() else self._replace(rows=self.rows.some(np.flatnonzero(which)))


def cut(files: Sequence[AnswerFile]) -> tuple[Part, ...]:
    """All files in parts."""
    parts: list[Part] = []
    for file in files:
        n = -(-file.structure.size // (PART_BYTES // 2))
        if n > _TOGETHER // 2:
            n = -(-file.structure.size // (_TOGETHER * PART_BYTES)) * _TOGETHER
        parts += parts_of(file, n)
    return tuple(parts)


# ── a part ───────────────────────────────────────────────────────────────────────────────────


class PartRead(NamedTuple):
    """A part as it was read; lines may be counted from its own first.

    `lines` is the number of its lines. `is_utf8` means that all bytes were checked to be UTF-8, `is_guess`
    that some are not ASCII and were read as UTF-8 only because that is possible.
    """

    rows: AnswerRows
    set_aside: list[QuarantinedRow]
    lines: int
    encoding: Any
    met: dict[int, Met]
    is_utf8: bool
    is_guess: bool


def _read(source: RowSource, task: tuple[int, bool]) -> PartRead | ExamgenError:
    """A part by its number, or why it cannot be read. With True, it is read as UTF-8 if that is possible,
    whatever the encoding of the rest of its file."""
    number, guess = task
    if guess:
        with suppress(NotUtf8, ExamgenError):
            return _read_part(source, number, guess=True)
    try:
        return _read_part(source, number, guess=False)
    except ExamgenError as error:
        return error


def _read_part(source: RowSource, number: int, guess: bool) -> PartRead:
    part = source.parts[number]
    file = source.files[part.file]
    width = max(source.layout.sizes.values())
    none, extras = np.empty(0, np.int64), {name: texts_of(Cells(b"")) for name in file.structure.extra_names}
    marks = np.empty((0, width), np.uint8)
    rows = [AnswerRows(none, none, np.empty(0, "S1"), none, marks, extras, {}, none)]
    set_aside, met = list[QuarantinedRow](), dict[int, Met]()
    lines, encoding, is_guess = 0, None, False
    for chunk in read_part(file, part, source.layout, guess=guess):
        lines, encoding, is_guess = chunk.lines, chunk.encoding, chunk.is_guess
        met.update(chunk.met)
        set_aside += chunk.set_aside
        if chunk.batch is not None and chunk.batch.size:
            rows.append(_rows_of(chunk.batch, file, width))
    return PartRead(_joined(rows), set_aside, lines, encoding, met, guess, is_guess)


def _rows_of(batch: Batch, file: AnswerFile, width: int) -> AnswerRows:
    """The rows of a batch, with so many marks each."""
    extras = map(texts_of, batch.extras)
    return AnswerRows(
        np.full(batch.size, file.number),
        batch.line,
        batch.ids,
        batch.form,
        np.pad(batch.marks[:, :width], ((0, 0), (0, max(0, width - batch.marks.shape[1])))),
        dict(zip(file.structure.extra_names, extras, strict=True)),
        batch.raws,
        batch.numbered,
    )


def _joined(parts: Sequence[AnswerRows]) -> AnswerRows:
    """The rows of all parts, one after the other."""
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
    file, line, ids, form, marks, numbered = (
        np.concatenate([getattr(one, name) for one in parts])
        for name in ("file", "line", "ids", "form", "marks", "numbered")
    )
    return AnswerRows(file, line, ids, form, marks, extras, raws, numbered)


# ── all parts ────────────────────────────────────────────────────────────────────────────────


def read_answers(
    source: RowSource,
    executor: Executor | None,
    scratch: Path,
    progress: Progress,
) -> ReadAnswers:
    """All rows; `scratch` is a folder that workers reach. Raises Refused with what is wrong with any part."""
    if source.kept is not None:
        return source.kept
    parts = _parts(source, executor, scratch, progress)
    _check_not_empty(source, parts)
    # lines of a part that knows its own are numbered already
    first_lines: list[int] = []
    before: dict[int, int] = {}
    for part, one in zip(source.parts, parts, strict=True):
        first_lines.append(0 if part.line is not None else before.get(part.file, 0))
        before[part.file] = (part.line - 1 if part.line is not None else first_lines[-1]) + one.lines
    set_aside = [
        SetAside(part.file, row._replace(line=row.line + first))
        for part, one, first in zip(source.parts, parts, first_lines, strict=True)
        for row in one.set_aside
    ]
    n_rows, encodings = [0] * len(source.files), [list[Any]() for _ in source.files]
    met: list[dict[int, Met]] = [{} for _ in source.files]
    for part, one in zip(source.parts, parts, strict=True):
        n_rows[part.file] += len(one.rows) + len(one.set_aside)
        met[part.file] |= one.met
        if one.encoding:
            encodings[part.file].append(one.encoding)
    # what is not UTF-8 tells what all of the file is written in
    named = [min(found, key=lambda one: bool(one.name == "UTF-8"), default=None) for found in encodings]
    pairs = list(zip(source.files, named, strict=True))
    return ReadAnswers(
        _joined(
            [
                replace(one.rows, line=one.rows.line + first)
                for one, first in zip(parts, first_lines, strict=True)
            ]
        ),
        set_aside,
        tuple(n_rows),
        tuple(said_back(file, one) if one else file.structure for file, one in pairs),
        tuple("UTF-8" if one is None else str(one.name) for one in named),
        tuple(met),
    )


def _parts(source: RowSource, executor: Executor | None, scratch: Path, progress: Progress) -> list[PartRead]:
    """Every part as it was read; raises Refused with all that is wrong."""
    found: list[PartRead] = []
    problems: list[Problem] = []
    tasks = [(number, True) for number in range(len(source.parts))]
    with left(executor, scratch, source) as means:
        for number, one in enumerate(in_order(executor, _read, tasks, means), 1):
            if isinstance(one, ExamgenError):
                problems.extend(one.problems)
            else:
                found.append(one)
            if len(tasks) > 1:
                progress(tell("read part {number} of {n}", number=number, n=len(tasks)))
    if problems:
        raise Refused(tell("answer files cannot be read"), list(dict.fromkeys(problems)))
    # parts are read again that were taken for UTF-8, where not all of the file is that
    for file in source.files:
        own = [number for number, part in enumerate(source.parts) if part.file == file.number]
        guessed = [number for number in own if found[number].is_guess]
        if not guessed or all(found[number].is_utf8 for number in own) or is_read_as_utf8(file):
            continue
        for number in guessed:
            again = _read(source, (number, False))
            if isinstance(again, ExamgenError):
                raise Refused(tell("answer files cannot be read"), again.problems)
            found[number] = again
    return found


def _check_not_empty(source: RowSource, parts: Sequence[PartRead]) -> None:
    """Raises Refused with the files that have no row."""
    has_rows = {
        part.file for part, one in zip(source.parts, parts, strict=True) if len(one.rows) or one.set_aside
    }
    empty = [
        Problem(file.structure.name, "no-rows", tell("has a header but no rows of answers"))
        for file in source.files
        if file.number not in has_rows
    ]
    if empty:
        raise Refused(
            tell("{n} of {rows_n} answer files cannot be read", n=len(empty), rows_n=len(source.files)), empty
        )


def texts_of(cells: Cells) -> pl.Series:
    """The texts of a column; a lone surrogate becomes `\\udc81`, as results are written."""
    column = pl.Series(cells.pieces(), dtype=pl.Binary)
    try:
        return column.cast(pl.String)
    except pl.exceptions.InvalidOperationError:
        return pl.Series(
            [text.encode("utf-8", "backslashreplace").decode() for text in cells], dtype=pl.String
        )

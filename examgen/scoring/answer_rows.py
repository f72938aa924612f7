"""Answer files of a package → all of their rows in memory, a byte for each mark.

This process cuts the files into chunks, and reads them itself or lets the workers of an executor read them.
The rows and their order are the same in both cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_files import AnswerFile
from examgen.capture.answer_layout import LIMITS, AnswerLayout
from examgen.capture.file_chunks import Chunk, ChunkRows, chunks, context_of, read_chunk
from examgen.capture.grader_decisions import Met
from examgen.capture.rows import ReadingContext
from examgen.core.files import Progress
from examgen.core.problems import ExamgenError, Problem, Refused
from examgen.core.processes import in_order, left
from examgen.core.responses.rows import AnswerRows, QuarantinedRow
from examgen.core.words import tell

_TOLD_EVERY = 64
"""The number of chunks after which progress is reported."""


@dataclass(frozen=True)
class RowSource:
    """The source of rows: answer files, or what a run has `kept` of them."""

    files: tuple[AnswerFile, ...]
    layout: AnswerLayout
    kept: ReadAnswers | None = None

    @cached_property
    def contexts(self) -> list[ReadingContext]:
        """The context for reading the rows of each file."""
        return [context_of(file, self.layout) for file in self.files]


class SetAside(NamedTuple):
    """A row that is not scored, with the number of its answer file."""

    file: int
    row: QuarantinedRow


class ReadAnswers(NamedTuple):
    """Answer files that have been read: rows of answers, and rows that were set aside during reading.

    By file, `n_rows` is the number of both, and `met` are the rows, by line, that a grader has decided on.
    """

    rows: AnswerRows
    set_aside: Sequence[SetAside]
    n_rows: tuple[int, ...]
    met: tuple[Mapping[int, Met], ...]

    def with_rows(self, which: npt.NDArray[np.bool_]) -> ReadAnswers:
        """Return the answers with only some of the rows."""
        return self if which.all() else self._replace(rows=self.rows.some(np.flatnonzero(which)))


def read_answers(
    source: RowSource,
    executor: Executor | None,
    scratch: Path,
    progress: Progress,
) -> ReadAnswers:
    """Return all rows; `scratch` is a folder that workers can reach. Raises Refused with every fault of any
    file.
    """
    if source.kept is not None:
        return source.kept
    problems: list[Problem] = []
    rows: list[AnswerRows] = []
    set_aside: list[SetAside] = []
    n_rows, met = [0] * len(source.files), [dict[int, Met]() for _ in source.files]
    with left(executor, scratch, source) as means:
        for n, (file, found) in enumerate(in_order(executor, _read, _tasks(source), means), 1):
            if isinstance(found, ExamgenError):
                problems += found.problems
                continue
            rows.append(found.rows)
            set_aside += [SetAside(file, row) for row in found.set_aside]
            n_rows[file] += len(found.rows) + len(found.set_aside)
            met[file] |= found.met
            if n % _TOLD_EVERY == 0:
                progress(tell("{n:,} rows are read", n=sum(n_rows)))
    if problems:
        raise Refused.because("answer files cannot be read", list(dict.fromkeys(problems)))
    _check_not_empty(source, n_rows)
    joined = AnswerRows.joined(rows, max(source.layout.sizes.values()))
    return ReadAnswers(joined, set_aside, tuple(n_rows), tuple(met))


def _tasks(source: RowSource) -> Iterator[tuple[int, Chunk | ExamgenError]]:
    """Yield the chunks of all files with the file numbers, or the reason why a file cannot be read
    further.
    """
    for file in source.files:
        try:
            for chunk in chunks(file, source.layout, LIMITS):
                yield file.number, chunk
        except ExamgenError as error:
            yield file.number, error


def _read(source: RowSource, task: tuple[int, Chunk | ExamgenError]) -> tuple[int, ChunkRows | ExamgenError]:
    number, chunk = task
    if isinstance(chunk, ExamgenError):
        return number, chunk
    try:
        return number, read_chunk(source.files[number], chunk, source.contexts[number])
    except ExamgenError as error:
        return number, error


def _check_not_empty(source: RowSource, n_rows: Sequence[int]) -> None:
    """Raise Refused with the files that have no row."""
    empty = [
        Problem(file.structure.name, "no-rows", tell("has a header but no rows of answers"))
        for file in source.files
        if not n_rows[file.number]
    ]
    if empty:
        raise Refused.because(
            "{n} of {rows_n} answer files cannot be read", empty, n=len(empty), rows_n=len(source.files)
        )

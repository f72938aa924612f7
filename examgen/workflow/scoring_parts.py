"""Parts of answer files → spooled rows → result files, by as many processes as there are.

Each stage hands its parts to the workers and takes what they return in the order of the parts, so that what
comes out does not depend on who did it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from examgen import capture, scoring
from examgen.problems import Problem, Refused
from examgen.responses import FileStructure, Ints, Part
from examgen.workflow import scoring_tasks as tasks
from examgen.workflow.files import Progress
from examgen.workflow.processes import results
from examgen.workflow.settling import Settled

PART_BYTES = 16 << 20
"""What one task reads: so little that workers end together, so much that beginning costs nothing."""
ALONE_BYTES = 8 << 20
"""Answers of up to so many bytes are read sooner than a worker is there."""


class ReadParts(NamedTuple):
    """All parts as they were read; `first_line` is the number of the line before each part's first."""

    parts: tuple[Part, ...]
    found: tuple[tasks.PartRead, ...]
    first_line: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Rows of answers of each part."""
        return tuple(one.rows for one in self.found)

    def rows_of(self, file: int) -> int:
        """Rows that were read of a file, set aside or not."""
        pairs = zip(self.parts, self.found, strict=True)
        return sum(one.rows + one.set_aside for part, one in pairs if part.file == file)

    def structure_of(self, file: capture.AnswerFile) -> FileStructure:
        """How a file was recognised, now that all of its text is known."""
        pairs = zip(self.parts, self.found, strict=True)
        last = [one.encoding for part, one in pairs if part.file == file.number and one.encoding]
        names = {one.name: one for one in last}
        other = [one for name, one in names.items() if name != "UTF-8"]
        return capture.said_back(file, other[0] if other else last[0]) if last else file.structure

    def counts(self) -> Ints:
        """Rows by form and by units over the least, (forms, totals)."""
        return np.asarray(sum(one.counts for one in self.found), dtype=np.int64)


def cut(files: Sequence[capture.AnswerFile]) -> tuple[Part, ...]:
    """All files in parts."""
    return tuple(
        part for file in files for part in capture.parts_of(file, -(-file.structure.size // PART_BYTES))
    )


def begin_reading(
    executor: Executor | None, folder: Path, reading: tasks.Reading
) -> Iterator[tasks.PartRead | tasks.Failed]:
    """Has the parts read; what is returned waits for them."""
    tasks.leave(folder, tasks.READING, reading)
    return results(executor, tasks.read, ((folder, number) for number in range(len(reading.parts))))


def end_reading(
    begun: Iterator[tasks.PartRead | tasks.Failed], reading: tasks.Reading, progress: Progress
) -> ReadParts:
    """All parts, read; raises Refused with what is wrong with any of them."""
    found: list[tasks.PartRead] = []
    problems: list[Problem] = []
    for number, one in enumerate(begun, 1):
        if isinstance(one, tasks.Failed):
            problems.extend(one.problems)
        else:
            found.append(one)
        if len(reading.parts) > 1:
            progress(f"read part {number} of {len(reading.parts)}")
    if problems:
        raise Refused("answer files cannot be read", problems)
    _refuse_empty(reading, found)
    return ReadParts(reading.parts, tuple(found), _first_lines(reading.parts, found))


def _refuse_empty(reading: tasks.Reading, found: Sequence[tasks.PartRead]) -> None:
    rows = [0] * len(reading.files)
    for part, one in zip(reading.parts, found, strict=True):
        rows[part.file] += one.rows + one.set_aside
    problems = [
        Problem(file.structure.name, "no-rows", "there is a header but no row of answers")
        for file, n in zip(reading.files, rows, strict=True)
        if not n
    ]
    if problems:
        raise Refused(f"{len(problems)} of {len(rows)} answer file(s) cannot be read", problems)


def _first_lines(parts: Sequence[Part], found: Sequence[tasks.PartRead]) -> tuple[int, ...]:
    lines: list[int] = []
    before: dict[int, int] = {}
    for part, one in zip(parts, found, strict=True):
        # lines of a part that knows its own are numbered already
        lines.append(0 if part.line is not None else before.get(part.file, 0))
        before[part.file] = (part.line - 1 if part.line is not None else lines[-1]) + one.lines
    return tuple(lines)


class Measured(NamedTuple):
    """What all parts give: by part the bytes of each file and the rows scored; and the sums of the audit."""

    sizes: tuple[tuple[int, ...], ...]
    scored: tuple[int, ...]
    passed: int
    second_look: int
    tally: scoring.CriterionTally


def measure(executor: Executor | None, folder: Path, writing: tasks.Writing, settled: Settled) -> Measured:
    """How long the files will be, and how many pass."""
    tasks.leave(folder, tasks.WRITING, writing)
    calls = ((folder, number, dropped) for number, dropped in enumerate(settled.dropped))
    found = list(results(executor, tasks.measure, calls))
    tally = found[0].tally
    for one in found[1:]:
        tally.merge(one.tally)
    return Measured(
        tuple(one.sizes for one in found),
        tuple(one.scored for one in found),
        sum(one.passed for one in found),
        sum(one.second_look for one in found),
        tally,
    )


def write(
    executor: Executor | None,
    folder: Path,
    writing: tasks.Writing,
    settled: Settled,
    sizes: Sequence[Sequence[int]],
    progress: Progress,
) -> dict[str, str]:
    """Writes the files of rows, each part in its place; returns their SHA-256 by name."""
    heads = [writing.writer.header(name) for name in writing.files]
    lengths = np.array([list(map(len, heads)), *sizes], dtype=np.int64)
    ends = np.cumsum(lengths, axis=0)
    for name, head, end in zip(writing.files, heads, ends[-1].tolist(), strict=True):
        with (writing.target / f"{name}.csv").open("wb") as file:
            file.write(head)
            file.truncate(end)
    starts = (row.tolist() for row in ends[:-1])
    calls = (
        (folder, number, dropped, offsets)
        for (number, dropped), offsets in zip(enumerate(settled.dropped), starts, strict=True)
    )
    done = results(executor, tasks.write, calls)
    return _hashed_behind(writing, lengths, done, progress)


def _hashed_behind(
    writing: tasks.Writing, lengths: Ints, done: Iterable[int], progress: Progress
) -> dict[str, str]:
    """SHA-256 of files that are still being written: each part's bytes as soon as they are there."""
    names = [f"{name}.csv" for name in writing.files]
    files = [(writing.target / name).open("rb", buffering=0) for name in names]
    digests = [hashlib.sha256() for _ in names]
    try:
        for n, file in enumerate(files):
            _hash(file, digests[n].update, int(lengths[0, n]))
        for number in done:
            for n, file in enumerate(files):
                _hash(file, digests[n].update, int(lengths[number + 1, n]))
            if len(lengths) > 2:
                progress(f"wrote part {number + 1} of {len(lengths) - 1}")
    finally:
        for file in files:
            file.close()
    return {name: digest.hexdigest() for name, digest in zip(names, digests, strict=True)}


def _hash(file: BinaryIO, update: Callable[[bytes], None], size: int) -> None:
    buffer = bytearray(1 << 20)
    while size:
        read = file.readinto(memoryview(buffer)[: min(size, len(buffer))])  # type: ignore[attr-defined]
        if not read:
            raise EOFError("a result file is shorter than it was measured")
        update(memoryview(buffer)[:read])  # type: ignore[arg-type]
        size -= read

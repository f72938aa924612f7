"""Parts of answer files → spooled rows → result files, by as many processes as there are.

Each stage hands its parts to the workers and takes what they return in the order of the parts, so that what
comes out does not depend on who did it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen import capture
from examgen.problems import Problem, Refused
from examgen.responses import FileStructure, Ints, Part
from examgen.workflow import scoring_tasks as tasks
from examgen.workflow.files import Progress
from examgen.workflow.processes import results
from examgen.workflow.settling import Settled

PART_BYTES = 16 << 20
"""What one task reads: so little that workers end together, so much that beginning costs nothing."""
_HASHED_AT_ONCE = 1 << 20
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
        return tuple(one.sums.rows for one in self.found)

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


def write_text(
    executor: Executor | None, folder: Path, reading: tasks.Reading, read: ReadParts, settled: Settled
) -> tuple[tasks.PartSums, ...]:
    """Has the text of every part say just the rows that are scored; returns the sums of these rows."""
    sums = [one.sums for one in read.found]
    left = [n for n, dropped in enumerate(settled.dropped) if len(dropped) or not reading.writing.at_once]
    calls = [(folder, n, settled.dropped[n]) for n in left]
    for n, found in zip(left, results(executor, tasks.text, calls), strict=True):
        sums[n] = _left_over(sums[n], found) if reading.writing.at_once else found
    return tuple(sums)


def _left_over(read: tasks.PartSums, dropped: tasks.PartSums) -> tasks.PartSums:
    """The sums of a part without those of the rows that are not scored; sizes are those that are left."""
    read.tally.take_out(dropped.tally)
    return tasks.PartSums(
        read.rows - dropped.rows,
        read.passed - dropped.passed,
        read.second_look - dropped.second_look,
        read.tally,
        dropped.sizes,
    )


def put_together(
    executor: Executor | None,
    folder: Path,
    target: Path,
    writing: tasks.Writing,
    sizes: Sequence[Sequence[int]],
    progress: Progress,
) -> dict[str, str]:
    """Makes the result files of the texts of all parts; returns their SHA-256 by name."""
    heads = [writing.writer.header(name) for name in writing.files]
    ends = np.cumsum(np.array([list(map(len, heads)), *sizes], dtype=np.int64), axis=0)
    for name, head, end in zip(writing.files, heads, ends[-1].tolist(), strict=True):
        with (target / f"{name}.csv").open("wb") as file:
            file.write(head)
            file.truncate(end)
    calls = [(folder, n, target, offsets.tolist()) for n, offsets in enumerate(ends[:-1])]
    done = results(executor, tasks.put, calls)
    digests = [hashlib.sha256(head) for head in heads]
    for n in range(len(sizes)):
        for digest, name in zip(digests, writing.files, strict=True):
            _hash(tasks.place(folder, name, n), digest.update)
        if len(sizes) > 1:
            progress(f"wrote part {n + 1} of {len(sizes)}")
    for _ in done:
        pass
    return {f"{name}.csv": one.hexdigest() for name, one in zip(writing.files, digests, strict=True)}


def _hash(path: Path, update: Callable[[memoryview], None]) -> None:
    buffer = memoryview(bytearray(_HASHED_AT_ONCE))
    with path.open("rb", buffering=0) as file:
        while n := file.readinto(buffer):
            update(buffer[:n])

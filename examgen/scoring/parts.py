"""Parts of answer files → spooled rows → result files, by as many processes as there are.

Each stage hands its parts to the workers and takes what they return in the order of the parts, so that what
comes out does not depend on who did it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from blake3 import blake3

from examgen.capture.cells import LETTERS_WRITTEN
from examgen.capture.files import AnswerFile, parts_of, said_back
from examgen.capture.parts import is_read_as_utf8, not_understood
from examgen.core.files import Progress, make_room
from examgen.core.problems import Problem, Refused
from examgen.core.processes import results
from examgen.core.responses.rows import FileStructure, Ints, Part
from examgen.core.words import option, tell, tell_n
from examgen.scoring import tasks
from examgen.scoring.plan import ScoringPlan
from examgen.scoring.repeats import ResolvedRepeats
from examgen.scoring.spooled import repeated

PART_BYTES = 32 << 20
"""What one task reads at most, half of it where there are few: so little that workers end together, so much
that beginning, which takes some milliseconds, hardly counts."""
_TOGETHER = 4
"""Files of many parts are cut into a multiple of so many: two workers, or four, then end together."""
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

    @property
    def repeated(self) -> tuple[Ints, ...] | None:
        """By part, the places of rows whose candidate has others, where the order of the ids tells."""
        return repeated([one.ascent for one in self.found], self.sizes)

    def rows_of(self, file: int) -> int:
        """Rows that were read of a file, set aside or not."""
        pairs = zip(self.parts, self.found, strict=True)
        return sum(one.rows + one.set_aside for part, one in pairs if part.file == file)

    def structure_of(self, file: AnswerFile) -> FileStructure:
        """How a file was recognised, now that all of its text is known."""
        found = self._encodings(file)
        return said_back(file, found[0]) if found else file.structure

    def encoding_of(self, file: AnswerFile) -> str:
        """What a text was read as, by name."""
        return next((str(one.name) for one in self._encodings(file)), "UTF-8")

    def _encodings(self, file: AnswerFile) -> list[Any]:
        """What the parts of a file were read as, UTF-8 last."""
        pairs = zip(self.parts, self.found, strict=True)
        found = [one.encoding for part, one in pairs if part.file == file.number and one.encoding]
        return sorted(found, key=lambda one: bool(one.name == "UTF-8"))

    def counts(self) -> Ints:
        """Rows by form and by units over the least, (forms, totals)."""
        return np.asarray(sum(one.counts for one in self.found), dtype=np.int64)


def cut(files: Sequence[AnswerFile]) -> tuple[Part, ...]:
    """All files in parts."""
    parts: list[Part] = []
    for file in files:
        n = -(-file.structure.size // (PART_BYTES // 2))
        if n > _TOGETHER // 2:
            n = -(-file.structure.size // (_TOGETHER * PART_BYTES)) * _TOGETHER
        parts += parts_of(file, n)
    return tuple(parts)


def read_parts(
    executor: Executor | None,
    folder: Path,
    plan: ScoringPlan,
    progress: Progress,
    refuse_unreadable: bool = False,
) -> ReadParts:
    """All parts, read by the workers; raises Refused with what is wrong with any of them.

    With `refuse_unreadable`, a file is refused of which many rows are not understood.
    """
    tasks.share(folder, tasks.PLAN, plan)
    found: list[tasks.PartRead] = []
    problems: list[Problem] = []
    calls = ((folder, number) for number in range(len(plan.parts)))
    for number, one in enumerate(results(executor, tasks.read, calls), 1):
        if isinstance(one, tasks.FailedPart):
            problems.extend(one.problems)
        else:
            found.append(one)
        if len(plan.parts) > 1:
            progress(tell("read part {number} of {n}", number=number, n=len(plan.parts)))
    if problems:
        raise Refused(tell("answer files cannot be read"), list(dict.fromkeys(problems)))
    # parts are read again that were taken for UTF-8, where not all of the file is that
    for file in plan.files:
        own = [number for number, part in enumerate(plan.parts) if part.file == file.number]
        guessed = [number for number in own if found[number].is_guess]
        if not guessed or all(found[number].is_utf8 for number in own) or is_read_as_utf8(file):
            continue
        for number in guessed:
            again = tasks.read(folder, number, guess=False)
            if isinstance(again, tasks.FailedPart):
                raise Refused(tell("answer files cannot be read"), again.problems)
            found[number] = again
    if plan.kept is None:
        rows = [0] * len(plan.files)
        for part, one in zip(plan.parts, found, strict=True):
            rows[part.file] += one.rows + one.set_aside
        empty = [
            Problem(file.structure.name, "no-rows", tell("has a header but no rows of answers"))
            for file, n in zip(plan.files, rows, strict=True)
            if not n
        ]
        if empty:
            raise Refused(
                tell("{n} of {rows_n} answer files cannot be read", n=len(empty), rows_n=len(rows)), empty
            )
    lines: list[int] = []
    before: dict[int, int] = {}
    for part, one in zip(plan.parts, found, strict=True):
        # lines of a part that knows its own are numbered already
        lines.append(0 if part.line is not None else before.get(part.file, 0))
        before[part.file] = (part.line - 1 if part.line is not None else lines[-1]) + one.lines
    read = ReadParts(plan.parts, tuple(found), tuple(lines))
    if refuse_unreadable:
        _refuse_unreadable(plan, read)
    return read


_FEWEST_UNREADABLE, _SHARE_UNREADABLE = 3, 10


def _refuse_unreadable(plan: ScoringPlan, read: ReadParts) -> None:
    """Refuses files of which more than one row in ten, and more than two or all, are not understood: what
    is not understood of so many is no fault of theirs."""
    problems: list[Problem] = []
    for file in plan.files:
        parts = [
            (one, line)
            for part, one, line in zip(read.parts, read.found, read.first_line, strict=True)
            if part.file == file.number
        ]
        n, rows = sum(one.n_unreadable for one, _ in parts), read.rows_of(file.number)
        if n < max(2, min(_FEWEST_UNREADABLE, rows)) or n * _SHARE_UNREADABLE <= rows:
            continue
        examples = [
            f"line {row.line + line}, `{name[:40]}`: {cell[:60]!r}"
            for one, line in parts
            for row in one.unreadable
            for name, cell in not_understood(file, row.raw)[:2]
        ]
        message = tell(
            "{n:,} of {rows:,} rows contain mostly unreadable marks ({examples}). Accepted are "
            "letters ({letters}) and the text of an option as printed for the candidate's form, "
            "with or without its letter. Correct the file, assign its columns with {columns}, "
            "or choose with {unreadable} whether these rows are set aside (aside) or scored as "
            "they are (score)",
            n=n,
            rows=rows,
            examples="; ".join(examples[:4]),
            letters=LETTERS_WRITTEN,
            columns=option("columns"),
            unreadable=option("unreadable"),
        )
        problems.append(Problem(file.structure.name, "not-understood", message))
    if problems:
        raise Refused(
            tell_n(
                "{n} of {reading_n} answer files cannot be understood",
                "{n} of {reading_n} answer files cannot be understood",
                len(problems),
                reading_n=len(plan.files),
            ),
            problems,
        )


def measured_sums(
    executor: Executor | None, folder: Path, plan: ScoringPlan, settled: ResolvedRepeats
) -> tuple[tasks.PartSums, ...]:
    """By part, the sums of the rows that are scored, by the plan with the cohort."""
    tasks.share(folder, tasks.COHORT_PLAN, plan)
    calls = [(folder, n, dropped) for n, dropped in enumerate(settled.dropped)]
    return tuple(results(executor, tasks.measure, calls))


def kept_sums(
    executor: Executor | None, folder: Path, read: ReadParts, settled: ResolvedRepeats
) -> tuple[tasks.PartSums, ...]:
    """By part, the sums of the rows that are scored: of all rows, without those that are not."""
    sums = [one.sums for one in read.found]
    out = [n for n, dropped in enumerate(settled.dropped) if len(dropped)]
    calls = [(folder, n, settled.dropped[n]) for n in out]
    for n, found in zip(out, results(executor, tasks.left_out, calls), strict=True):
        sums[n] = sums[n].without(found)
    return tuple(sums)


class Writes(NamedTuple):
    """Files of rows that are being written: their paths, the bytes of their heads and of each part, and what
    waits for each part."""

    paths: tuple[Path, ...]
    lengths: Sequence[Sequence[int]]
    done: Iterator[int]


def begin_writing(
    executor: Executor | None,
    folder: Path,
    target: Path,
    plan: ScoringPlan,
    plan_file: str,
    read: ReadParts,
    settled: ResolvedRepeats,
    sums: Sequence[tasks.PartSums],
) -> Writes:
    """Has the files of rows written, each part in its place, by a plan that is in that file of the folder."""
    heads = [plan.writer.header(name) for name in plan.tables]
    lengths = np.array([list(map(len, heads)), *(one.sizes for one in sums)], dtype=np.int64)
    ends = np.cumsum(lengths, axis=0)
    paths = tuple(target / f"{name}.csv" for name in plan.tables)
    for path, head, end in zip(paths, heads, ends[-1].tolist(), strict=True):
        with path.open("wb", buffering=0) as file:
            file.write(head)
            make_room(file.fileno(), end)
    calls = [
        (folder, number, dropped, target, offsets, plan_file)
        for (number, dropped), offsets in zip(enumerate(settled.dropped), ends[:-1].tolist(), strict=True)
    ]
    return Writes(paths, lengths.tolist(), results(executor, tasks.write, calls))


def end_writing(writes: Writes, progress: Progress) -> dict[str, str]:
    """The digests of the files by name, once they are written."""
    n_parts = len(writes.lengths) - 1
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("rb", buffering=0)) for path in writes.paths]
        digests = [blake3() for _ in files]
        _hash(files, digests, writes.lengths[0])
        for number in writes.done:
            _hash(files, digests, writes.lengths[number + 1])
            if n_parts > 1:
                progress(tell("wrote part {number} of {n_parts}", number=number + 1, n_parts=n_parts))
    return {path.name: one.hexdigest() for path, one in zip(writes.paths, digests, strict=True)}


def _hash(files: Sequence[FileIO], digests: Sequence[Any], sizes: Sequence[int]) -> None:
    """The next bytes of files that others are still writing behind them."""
    buffer = memoryview(bytearray(_HASHED_AT_ONCE))
    for file, digest, size in zip(files, digests, sizes, strict=True):
        left = size
        while left:
            n = file.readinto(buffer[: min(left, len(buffer))])
            if not n:
                raise EOFError("a result file is shorter than it was measured")
            digest.update(buffer[:n])
            left -= n

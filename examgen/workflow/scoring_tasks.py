"""What is done to one part of the answers, in whatever process: it is read, measured, written.

A task takes the folder of the scoring under way and the number of its part, and leaves its rows in that
folder; what all tasks share stands there as well. So any `concurrent.futures.Executor` whose workers see the
folder does, and the bytes that come out are the same.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from examgen import capture, scoring
from examgen.analysis import hashes
from examgen.problems import ExamgenError, Problem
from examgen.reports.result_rows import RowWriter
from examgen.responses import Batch, Ints, Part, ResultRows
from examgen.spool import Block, Spool, blocks

READING, WRITING = "reading.pickle", "writing.pickle"


class Reading(NamedTuple):
    """What every part is read and scored with."""

    files: tuple[capture.AnswerFile, ...]
    parts: tuple[Part, ...]
    layout: capture.AnswerLayout
    key: scoring.Key
    careful: bool


class PartRead(NamedTuple):
    """What was found in a part: its rows of answers, rows set aside and lines, its encoding, and the rows
    that a grader has decided something on; `counts` (forms, totals) are rows by form and by units over the
    least that the form can give."""

    rows: int
    set_aside: int
    lines: int
    counts: Ints
    encoding: Any
    met: dict[int, Any]


class Failed(NamedTuple):
    """A part that cannot be read, as the user is told it."""

    message: str
    problems: tuple[Problem, ...]
    kind: type[ExamgenError]


def place(folder: Path, what: str, part: int) -> Path:
    """Where a part's `rows`, `hashes` or rows set `aside` stand."""
    return folder / f"{what}-{part:05d}"


def leave(folder: Path, name: str, value: Any) -> None:
    """Puts what all tasks share where they find it."""
    (folder / name).write_bytes(pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL))


@lru_cache(maxsize=4)
def _found(path: Path) -> Any:
    # written by this very scoring
    return pickle.loads(path.read_bytes())


def shared(folder: Path, name: str) -> Any:
    """What all tasks of a scoring share."""
    return _found(folder / name)


def part_of(folder: Path, number: int) -> Part:
    """A part by its number."""
    reading: Reading = _found(folder / READING)
    return reading.parts[number]


def read(folder: Path, number: int) -> PartRead | Failed:
    """Reads and scores a part; its rows, hashes of ids and rows set aside are left in the folder."""
    with_: Reading = _found(folder / READING)
    try:
        return _read(folder, number, with_)
    except ExamgenError as error:
        return Failed(error.message, error.problems, type(error))


def _read(folder: Path, number: int, with_: Reading) -> PartRead:
    part, key = with_.parts[number], with_.key
    counts = np.zeros((len(key.names), key.most_total + 1), dtype=np.int64)
    n_rows = n_aside = n_lines = 0
    encoding: Any = None
    met: dict[int, Any] = {}
    with (
        Spool(place(folder, "rows", number)) as rows,
        Spool(place(folder, "hashes", number)) as ids,
        Spool(place(folder, "aside", number)) as aside,
    ):
        for chunk in capture.read_part(with_.files[part.file], part, with_.layout, with_.careful):
            n_lines, encoding = chunk.lines, chunk.encoding
            met.update(chunk.met)
            if chunk.set_aside:
                aside.append({"rows": [tuple(row) for row in chunk.set_aside]})
                n_aside += len(chunk.set_aside)
            if chunk.batch is not None and chunk.batch.size:
                block = _scored(chunk.batch, key)
                _count(counts, key, block)
                ids.append({"id": hashes.id_hash(chunk.batch.ids)})
                rows.append(block)
                n_rows += chunk.batch.size
    return PartRead(n_rows, n_aside, n_lines, counts, encoding, met)


def _scored(batch: Batch, key: scoring.Key) -> Block:
    earned = scoring.earn(key, batch.form, batch.marks, batch.plain)
    return {
        "ids": batch.ids,
        "line": batch.line.astype(np.int64),
        "form": batch.form.astype(np.int32),
        "units": _small(earned.units),
        "kinds": None if earned.kinds is None else earned.kinds.astype(np.int16),
        "marks": hashes.marks_hash(batch.form, batch.marks),
        "extras": batch.extras,
        "raws": dict(batch.raws),
    }


def _small(units: Any) -> Any:
    fits = units.size and int(units.max()) < 2**15 and int(units.min()) >= -(2**15)
    return units.astype(np.int16) if fits else units


def _count(counts: Ints, key: scoring.Key, block: Block) -> None:
    least = key.least_total[block["form"]]
    # a total below the least is told as the least
    total = np.maximum(block["units"].sum(axis=1, dtype=np.int64) - least, 0)
    flat = block["form"].astype(np.int64) * counts.shape[1] + total
    counts += np.bincount(flat, minlength=counts.size).reshape(counts.shape)


# ── writing ──────────────────────────────────────────────────────────────────────────────────


class Writing(NamedTuple):
    """What every part is judged and written with; `files` are those that rows go into, in `target`."""

    standard: scoring.Standard | None
    second_look: bool
    writer: RowWriter
    target: Path
    files: tuple[str, ...]
    extra_places: tuple[tuple[int | None, ...], ...]


class PartMeasured(NamedTuple):
    """What a part adds to the result files, in bytes, and to the counts of the audit."""

    sizes: tuple[int, ...]
    scored: int
    passed: int
    second_look: int
    tally: Any


def kept_rows(folder: Path, number: int, dropped: Ints) -> Iterator[Block]:
    """The rows of a part that are scored: all but those in the places of `dropped` (ascending)."""
    start = 0
    for block in blocks(place(folder, "rows", number)):
        size = len(block["line"])
        inside = dropped[np.searchsorted(dropped, start) : np.searchsorted(dropped, start + size)] - start
        start += size
        yield _without(block, inside) if len(inside) else block


def _without(block: Block, places: Ints) -> Block:
    keep = np.ones(len(block["line"]), dtype=np.bool_)
    keep[places] = False
    kept = np.flatnonzero(keep).tolist()
    found = {name: value[keep] for name, value in block.items() if isinstance(value, np.ndarray)}
    extras = tuple([column[i] for i in kept] for column in block["extras"])
    return {**block, **found, "extras": extras}


def measure(folder: Path, number: int, dropped: Ints) -> PartMeasured:
    """What the rows of a part will take in the files, and how they are judged."""
    with_: Reading = _found(folder / READING)
    to: Writing = _found(folder / WRITING)
    tally = scoring.CriterionTally(with_.key)
    file = with_.parts[number].file
    sizes = np.zeros(len(to.files), dtype=np.int64)
    scored = passed = second = 0
    for block in kept_rows(folder, number, dropped):
        rows = result_rows(block, to, file)
        told = to.writer.sizes(rows)
        sizes += np.array([getattr(told, name) for name in to.files])
        tally.add(block["form"], block["units"])
        scored += len(block["line"])
        passed += 0 if rows.passed is None else int(np.count_nonzero(rows.passed))
        second += 0 if rows.second_look is None else int(np.count_nonzero(rows.second_look))
    return PartMeasured(tuple(sizes.tolist()), scored, passed, second, tally)


def write(folder: Path, number: int, dropped: Ints, offsets: Sequence[int]) -> int:
    """Writes the rows of a part into the result files, from these offsets on; returns the part's number."""
    file = _found(folder / READING).parts[number].file
    to: Writing = _found(folder / WRITING)
    at = list(offsets)
    files = [os.open(to.target / f"{name}.csv", os.O_WRONLY) for name in to.files]
    try:
        for block in kept_rows(folder, number, dropped):
            rows = result_rows(block, to, file)
            for n, name in enumerate(to.files):
                data = getattr(to.writer, name)(rows)
                _write_at(files[n], data, at[n])
                at[n] += len(data)
    finally:
        for file in files:
            os.close(file)
    return number


def _write_at(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, offset)
        view, offset = view[done:], offset + done


def result_rows(block: Block, to: Writing, file: int) -> ResultRows:
    """The rows of a block, judged."""
    passed = second = None
    if to.standard is not None:
        decided = scoring.decide(to.standard, block["form"], block["units"])
        passed, second = decided.passed, decided.second_look if to.second_look else None
    nothing: list[str | None] = [None] * len(block["line"])
    extras = tuple(
        block["extras"][place] if place is not None else nothing for place in to.extra_places[file]
    )
    return ResultRows(block["ids"], block["form"], block["units"], block["kinds"], passed, second, extras)

"""Rows of all parts → what becomes of candidates that have several: found by hashes, judged by their rows.

Takes what the tasks left in the folder of the scoring; returns the places of rows that are not scored, and
those of them that are set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.responses import Ints, Part, SetAside
from examgen.spool import blocks
from examgen.workflow.processes import results
from examgen.workflow.scoring_tasks import place

AT_ONCE = 500_000
"""Hashes sorted at a time: more rows are looked at in several passes, each by whom it comes to, so that
memory does not grow."""

Hashes = npt.NDArray[np.uint64]


class Settled(NamedTuple):
    """By part, the places of rows that are not scored (ascending); identical repeats among them; and the
    rows that are set aside, by part and line, without their text where they were proven."""

    dropped: tuple[Ints, ...]
    identical_repeats: int
    set_aside: Mapping[int, Sequence[SetAside]]
    totals: Sequence[tuple[int, int]]
    """Form and total in units of each row that is not scored."""


class _Row(NamedTuple):
    """A row of a candidate that has several, and what it earned."""

    part: int
    at: int
    line: int
    ids: bytes
    form: int
    marks: int
    total: int
    raw: str | None


def settle(folder: Path, executor: Executor | None, parts: Sequence[Part], sizes: Sequence[int]) -> Settled:
    """What becomes of candidates with several rows.

    Identical ones are kept once, the first; of rows that differ in form or marks none is scored. `sizes` are
    the numbers of rows of the parts.
    """
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    of_candidate: dict[bytes, list[_Row]] = {}
    for row in _rows_at(folder, _repeated(folder, executor, starts), starts):
        of_candidate.setdefault(row.ids, []).append(row)
    dropped: list[list[int]] = [[] for _ in parts]
    aside: dict[int, list[SetAside]] = {}
    totals: list[tuple[int, int]] = []
    repeats = 0
    for rows in of_candidate.values():
        if len(rows) == 1:
            continue
        same = len({(row.form, row.marks) for row in rows}) == 1
        for row in rows[1:] if same else rows:
            dropped[row.part].append(row.at)
            totals.append((row.form, row.total))
        repeats += len(rows) - 1 if same else 0
        if not same:
            one_file = len({parts[row.part].file for row in rows}) == 1
            reason = "conflicting_rows" if one_file else "candidate_in_two_files"
            for row in rows:
                said = SetAside(row.line, row.ids.decode(), reason, row.raw or "")
                aside.setdefault(row.part, []).append(said)
    return Settled(
        tuple(np.array(sorted(places), dtype=np.int64) for places in dropped),
        repeats,
        {part: sorted(rows, key=lambda row: row.line) for part, rows in aside.items()},
        totals,
    )


def _repeated(folder: Path, executor: Executor | None, starts: Ints) -> Ints:
    """The places, over all parts, of rows whose hash of the id is not the only one of its value."""
    passes = max(1, -(-int(starts[-1]) // AT_ONCE))
    calls = [(folder, len(starts) - 1, n, passes) for n in range(passes)]
    values = np.sort(np.concatenate(list(results(executor, repeated_hashes, calls))))
    if not len(values):
        return np.empty(0, dtype=np.int64)
    return np.concatenate(list(_places(folder, starts, values)))


def repeated_hashes(folder: Path, n_parts: int, n: int, passes: int) -> Hashes:
    """The hashes that occur more than once, of those whose remainder by the number of passes is `n`."""
    found = np.concatenate([_NONE, *_hashes(folder, n_parts, n, passes)])
    found.sort()
    return np.unique(found[1:][found[1:] == found[:-1]])


_NONE: Hashes = np.empty(0, dtype=np.uint64)


def _hashes(folder: Path, n_parts: int, n: int, passes: int) -> Iterator[Hashes]:
    for part in range(n_parts):
        for block in blocks(place(folder, "hashes", part)):
            values = block["id"]
            yield values if passes == 1 else values[values % np.uint64(passes) == n]


def _places(folder: Path, starts: Ints, values: Hashes) -> Iterator[Ints]:
    for part, start in enumerate(starts[:-1].tolist()):
        before = start
        for block in blocks(place(folder, "hashes", part)):
            nearest = np.minimum(np.searchsorted(values, block["id"]), len(values) - 1)
            yield np.flatnonzero(values[nearest] == block["id"]) + before
            before += len(block["id"])


def _rows_at(folder: Path, places: Ints, starts: Ints) -> Iterator[_Row]:
    """The rows at these places (ascending), in their order."""
    for part, start in enumerate(starts[:-1].tolist()):
        inside = places[np.searchsorted(places, start) : np.searchsorted(places, starts[part + 1])] - start
        if len(inside):
            yield from _rows_of(folder, part, inside)


def _rows_of(folder: Path, part: int, places: Ints) -> Iterator[_Row]:
    start = 0
    for block in blocks(place(folder, "rows", part)):
        size = len(block["line"])
        for at in places[np.searchsorted(places, start) : np.searchsorted(places, start + size)].tolist():
            i = at - start
            yield _Row(
                part,
                at,
                int(block["line"][i]),
                bytes(block["ids"][i]),
                int(block["form"][i]),
                int(block["marks"][i]),
                int(block["units"][i].sum()),
                block["raws"].get(i),
            )
        start += size

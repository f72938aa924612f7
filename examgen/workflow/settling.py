"""Rows of all parts → what becomes of candidates that have several: found by hashes, judged by their rows.

Takes what the tasks left in the folder of the scoring; returns the places of rows that are not scored, and
those of them that are set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.responses import Ints, Part, SetAside, Texts
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


def nobody_twice(parts: Sequence[Part]) -> Settled:
    """What becomes of candidates where each is known to have one row."""
    return Settled(tuple(np.empty(0, dtype=np.int64) for _ in parts), 0, {}, [])


class _Rows(NamedTuple):
    """Rows whose candidate may have several, in the order of their places: where they stand, who and what
    they say; `raws` are the texts of those that were read with care."""

    part: Ints
    at: Ints
    line: Ints
    ids: Texts
    form: Ints
    marks: Hashes
    total: Ints
    raws: Mapping[tuple[int, int], str]


def settle(folder: Path, executor: Executor | None, parts: Sequence[Part], sizes: Sequence[int]) -> Settled:
    """What becomes of candidates with several rows.

    Identical ones are kept once, the first; of rows that differ in form or marks none is scored. `sizes` are
    the numbers of rows of the parts.
    """
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    rows = _rows_at(folder, _repeated(folder, executor, starts), starts)
    _, first, candidate, several = np.unique(
        rows.ids, return_index=True, return_inverse=True, return_counts=True
    )
    lead = first[candidate]
    differs = (rows.form != rows.form[lead]) | (rows.marks != rows.marks[lead])
    contradicted = np.zeros(len(first), dtype=np.bool_)
    contradicted[candidate[differs]] = True
    conflicting = contradicted[candidate]
    repeats = (several[candidate] > 1) & ~conflicting & (lead != np.arange(len(lead)))
    dropped = conflicting | repeats
    return Settled(
        tuple(rows.at[dropped & (rows.part == part)] for part in range(len(parts))),
        int(np.count_nonzero(repeats)),
        _set_aside(rows, candidate, np.flatnonzero(conflicting), parts),
        list(zip(rows.form[dropped].tolist(), rows.total[dropped].tolist(), strict=True)),
    )


def _set_aside(
    rows: _Rows, candidate: Ints, conflicting: Ints, parts: Sequence[Part]
) -> dict[int, list[SetAside]]:
    """By part, rows that contradict others of their candidate."""
    files: dict[int, set[int]] = {}
    for n in conflicting.tolist():
        files.setdefault(int(candidate[n]), set()).add(parts[rows.part[n]].file)
    found: dict[int, list[SetAside]] = {}
    for n in conflicting.tolist():
        part, at = int(rows.part[n]), int(rows.at[n])
        one_file = len(files[int(candidate[n])]) == 1
        reason = "conflicting_rows" if one_file else "candidate_in_two_files"
        row = SetAside(int(rows.line[n]), rows.ids[n].decode(), reason, rows.raws.get((part, at), ""))
        found.setdefault(part, []).append(row)
    return found


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
    again = found[1:] == found[:-1]
    again[1:] &= ~again[:-1]  # once each; by np.unique it takes long to load what that asks of numpy
    return np.asarray(found[1:][again])


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


def _rows_at(folder: Path, places: Ints, starts: Ints) -> _Rows:
    """The rows at these places (ascending)."""
    found: list[tuple[Any, ...]] = []
    raws: dict[tuple[int, int], str] = {}
    for part, start in enumerate(starts[:-1].tolist()):
        inside = places[np.searchsorted(places, start) : np.searchsorted(places, starts[part + 1])] - start
        if len(inside):
            found += _rows_of(folder, part, inside, raws)
    none = np.empty(0, dtype=np.int64)
    nobody = none, none, none, np.empty(0, dtype="S1"), none, np.empty(0, dtype=np.uint64), none
    part_, at, line, ids, form, marks, total = map(np.concatenate, zip(nobody, *found, strict=True))
    return _Rows(part_, at, line, ids, form, marks, total, raws)


def _rows_of(
    folder: Path, part: int, places: Ints, raws: dict[tuple[int, int], str]
) -> Iterator[tuple[Any, ...]]:
    before = 0
    for block in blocks(place(folder, "rows", part)):
        size = len(block["line"])
        at = places[np.searchsorted(places, before) : np.searchsorted(places, before + size)]
        own = at - before
        if len(own):
            kept = block["raws"]
            raws.update({(part, n): kept[n - before] for n in at.tolist() if n - before in kept})
            total = block["units"][own].sum(axis=1, dtype=np.int64)
            whose = block["ids"][own], block["form"][own].astype(np.int64), block["marks"][own]
            yield np.full(len(own), part), at, block["line"][own], *whose, total
        before += size

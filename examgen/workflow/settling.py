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
    rows = _repeated(folder, executor, len(parts), sum(sizes))
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


def _repeated(folder: Path, executor: Executor | None, n_parts: int, n_rows: int) -> _Rows:
    """Rows whose hash of the id is not the only one of its value, in the order of their places."""
    passes = max(1, -(-n_rows // AT_ONCE))
    calls = [(folder, n_parts, n, passes) for n in range(passes)]
    values = np.sort(np.concatenate(list(results(executor, repeated_hashes, calls))))
    wanted = range(n_parts if len(values) else 1)
    found = list(results(executor, repeated_rows, [(folder, part, values) for part in wanted]))
    columns = [np.concatenate(column) for column in zip(*(own for own, _ in found), strict=True)]
    raws = {(part, at): raw for part, (_, own) in enumerate(found) for at, raw in own.items()}
    part, at, line, ids, form, marks, total = columns
    return _Rows(part, at, line, ids, form, marks, total, raws)


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


def repeated_rows(folder: Path, part: int, values: Hashes) -> tuple[tuple[Any, ...], dict[int, str]]:
    """The rows of a part whose hash of the id is among the values (ascending): the columns of `_Rows`, and
    the texts of those that were read with care, by place."""
    none = np.empty(0, dtype=np.int64)
    found: list[tuple[Any, ...]] = [
        (none, none, none, np.empty(0, dtype="S1"), none, np.empty(0, dtype=np.uint64), none)
    ]
    raws: dict[int, str] = {}
    before = 0
    hashed = blocks(place(folder, "hashes", part))
    for own_hashes, block in zip(hashed, blocks(place(folder, "rows", part)), strict=True):
        own = np.flatnonzero(_among(values, own_hashes["id"]))
        if len(own):
            kept = block["raws"]
            raws.update({before + n: kept[n] for n in own.tolist() if n in kept})
            whose = block["ids"][own], block["form"][own].astype(np.int64), block["marks"][own]
            total = block["units"][own].sum(axis=1, dtype=np.int64)
            found.append((np.full(len(own), part), own + before, block["line"][own], *whose, total))
        before += len(block["line"])
    return tuple(map(np.concatenate, zip(*found, strict=True))), raws


def _among(values: Hashes, found: Hashes) -> npt.NDArray[np.bool_]:
    """Which of the hashes are among the values (ascending)."""
    if not len(values):
        return np.zeros(len(found), dtype=np.bool_)
    nearest = np.minimum(np.searchsorted(values, found), len(values) - 1)
    return np.asarray(values[nearest] == found)

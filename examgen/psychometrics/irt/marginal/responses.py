"""0/1 scores → the form in which marginal likelihood reads them: packed, sorted by pattern, alike ones once.

Candidates with the same pattern of answered items share the part of log P(x | θ) that does not depend on what
they answered. A pattern of many candidates becomes a part of its own (its posteriors are found on a grid of
the weighted sum); all others go in chunks, which carry the patterns that occur in them.

Answers are packed eight to a byte. A product of N × J answers with a vector costs one look-up for each byte
in a table of the 256 sums it can stand for: some three times as fast as in float64, in a sixty-fourth of its
memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.rows import hash_columns, word_columns

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
"""(⌈J / 8⌉, N): byte k of a candidate holds items 8k … 8k + 7, the first of them lowest."""
_BITS = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(np.float64)
_SLICE = 1 << 15
"""Candidates at a time: what is gathered stays in the cache."""
Ints = NDArray[np.int64]
PIECE = 1024
"""Rows at a time where posteriors are not interpolated."""
_MANY = 400
_MANY_PER_ITEM = 6
"""From so many candidates on, and so many for each item, a pattern's posteriors are interpolated."""
_FEW_ITEMS = 12
"""Up to so many items equal rows are counted, not kept: there are not many different ones."""


def packed(answers: NDArray[np.bool_]) -> Codes:
    """(N, J) answers as bytes."""
    return np.ascontiguousarray(np.packbits(answers, axis=1, bitorder="little").T)


def unpacked(codes: Codes, n_items: int) -> Floats:
    """(N, J) answers again, as 0.0 and 1.0."""
    rows = np.ascontiguousarray(codes.T)
    return np.unpackbits(rows, axis=1, count=n_items, bitorder="little").astype(np.float64)


def row_sums(codes: Codes, weights: Floats) -> Floats:
    """(N,) X @ weights."""
    n_bytes, n = codes.shape
    out = np.zeros(n)
    tables = np.concatenate([weights, np.zeros(8 * n_bytes - len(weights))]).reshape(-1, 8) @ _BITS.T
    for start in range(0, n, _SLICE):
        rows = slice(start, start + _SLICE)
        for table, byte in zip(tables, codes[:, rows], strict=True):
            out[rows] += table.take(byte)
    return out


def column_sums(codes: Codes, weights: Floats, n_items: int) -> Floats:
    """(J,) X' @ weights."""
    n_bytes, n = codes.shape
    by_byte = np.zeros((n_bytes, 256))
    for start in range(0, n, _SLICE):
        rows = slice(start, start + _SLICE)
        for k, byte in enumerate(codes[:, rows]):
            by_byte[k] += np.bincount(byte, weights[rows], 256)
    return np.asarray((by_byte @ _BITS).ravel()[:n_items])


class PatternRows(NamedTuple):
    """Rows `start` … `stop`, sorted by pattern."""

    start: int
    stop: int
    masks: Codes
    """(⌈J / 8⌉, P) items answered in each pattern."""
    first: Ints
    """(P,) first row of each pattern, counted from `start`."""
    interpolated: bool
    """One pattern of many candidates."""


class PackedResponses(NamedTuple):
    """What `mml_logistic` needs of J items' scores; n rows, of which each stands for `weights` candidates."""

    n_items: int
    n_candidates: int
    """With at least one answer."""
    common_slope: bool
    right: Floats
    """(J,) how many were right."""
    taken: Floats
    """(J,) how many answered."""
    codes: Codes
    """(⌈J / 8⌉, n) right answers; with a common slope empty."""
    sums: Floats
    """(n,) items right, which is all that a common slope needs."""
    weights: Floats
    """(n,)."""
    parts: tuple[PatternRows, ...]
    windows: list[tuple[int, int]]
    """For each part, nodes where its posteriors lay last: a hint that is checked when it is used."""


def prepare(scores: NDArray[np.int8], common_slope: bool = False) -> PackedResponses:
    """Scores of one group of candidates in the form that `mml_logistic` reads.

    Parameters
    ----------
    scores : (N, J) int8; 1 right, 0 wrong, negative missing. Rows without any answer are left out.
    common_slope : keep only patterns and sums, which suffice where all slopes are equal.
    """
    n_items = scores.shape[1]
    if scores.size and scores.min() >= 0:
        codes, n = _packed(scores, 1), len(scores)
        masks = packed(np.ones((1, n_items), dtype=np.bool_)).repeat(n, axis=1)
        answered, taken = np.full(n, float(n_items)), np.full(n_items, float(n))
        pattern = np.zeros(n, dtype=np.int64)
    else:
        masks = _packed(scores, 0)
        answered = row_sums(masks, np.ones(n_items))
        present = answered > 0
        codes, masks, answered = _packed(scores, 1)[:, present], masks[:, present], answered[present]
        taken = column_sums(masks, np.ones(len(answered)), n_items)
        pattern = np.unique(_keys(masks), return_inverse=True)[1].astype(np.int64)
    n = len(answered)
    right = column_sums(codes, np.ones(n), n_items)
    sums = row_sums(codes, np.ones(n_items))
    rows, weights = _different(pattern, codes, sums, common_slope)
    codes, masks, pattern = codes[:, rows], masks[:, rows], pattern[rows]
    sums, answered = sums[rows], answered[rows]
    order, parts = _parts(pattern, sums / np.maximum(answered, 1), masks, common_slope)
    kept = codes[:, :0] if common_slope else np.ascontiguousarray(codes[:, order])
    return PackedResponses(
        n_items,
        n,
        common_slope,
        right,
        taken,
        kept,
        sums[order],
        weights[order],
        parts,
        [(0, 0)] * len(parts),
    )


def _packed(scores: NDArray[np.int8], least: int) -> Codes:
    """Which scores are at least `least`, a slice of candidates at a time."""
    size = 1 << 16
    pieces = [packed(scores[k : k + size] >= least) for k in range(0, max(len(scores), 1), size)]
    return np.concatenate(pieces, axis=1)


def _keys(codes: Codes) -> NDArray[np.uint64]:
    """(n,) one number for each different column; two columns share one with a chance of 2**-64."""
    rows = np.ascontiguousarray(codes.T)
    return hash_columns(word_columns(rows), np.zeros(len(rows), dtype=np.int64))


def _different(pattern: Ints, codes: Codes, sums: Floats, common_slope: bool) -> tuple[Ints, Floats]:
    """Rows that differ in what matters, and how many candidates each stands for."""
    n = len(sums)
    width = int(sums.max(initial=0)) + 1
    if common_slope:
        key = pattern * width + sums.astype(np.int64)
    elif codes.shape[0] * 8 <= _FEW_ITEMS + 4 and n > 64:
        value = codes[0].astype(np.int64)
        for byte in codes[1:]:
            value = value * 256 + byte
        key = pattern * 65536 + value
    else:
        return np.arange(n), np.ones(n)
    _, rows, counts = np.unique(key, return_index=True, return_counts=True)
    return rows.astype(np.int64), counts.astype(np.float64)


def _parts(
    pattern: Ints, facility: Floats, masks: Codes, common_slope: bool
) -> tuple[Ints, tuple[PatternRows, ...]]:
    """Order of rows, and the parts they fall into."""
    n = len(pattern)
    counts = np.bincount(pattern, minlength=1)
    many = (counts >= max(_MANY, _MANY_PER_ITEM * 8 * len(masks))) & (not common_slope)
    large = many[pattern] if n else np.zeros(0, dtype=bool)
    n_small, n_patterns = int((~large).sum()), int(((counts > 0) & ~many).sum())
    each_its_own = 2 * n_patterns > n_small
    lead = (
        np.where(large, pattern, len(counts))
        if each_its_own
        else np.where(large, pattern, pattern + len(counts))
    )
    order = np.lexsort((facility, lead)) if n_small else np.argsort(pattern, kind="stable")
    pattern = pattern[order]
    parts = []
    start = 0
    while start < n:
        if many[pattern[start]]:
            stop = start + int(counts[pattern[start]])
            first = np.zeros(1, dtype=np.int64)
        else:
            stop = min(start + PIECE, n)
            own = np.ones(stop - start, dtype=bool)
            if not each_its_own:
                own[1:] = pattern[start + 1 : stop] != pattern[start : stop - 1]
            first = np.flatnonzero(own)
        held = np.ascontiguousarray(masks[:, order[start + first]])
        parts.append(PatternRows(start, stop, held, first, bool(many[pattern[start]])))
        start = stop
    return order, tuple(parts)

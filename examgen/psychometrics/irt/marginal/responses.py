"""Scores → the form in which marginal likelihood reads them: packed, sorted by pattern, alike ones once.

Each item has a column of 0 and 1 for every category above the lowest; of 0/1 items that is one, "right".
Candidates with the same pattern of answered items share the part of log P(x | θ) that does not depend on what
they answered. They go in parts of a thousand, sorted by score, so that a part needs only the nodes near its
abilities. Where the likelihood depends on answers through a weighted sum alone, a pattern of many candidates
becomes a part of its own (its posteriors are found on a grid of that sum).

Columns are packed eight to a byte. A product of N × C columns with a vector costs one look-up for each byte
in a table of the 256 sums it can stand for: some three times as fast as in float64, in a sixty-fourth of its
memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from examgen.core.responses.rows import hash_columns, word_columns
from examgen.stats.quadrature import Ability

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Needs = Literal["answers", "weighted sum", "sum"]
Codes = NDArray[np.uint8]
"""(⌈C / 8⌉, N): byte k of a candidate holds columns 8k … 8k + 7, the first of them lowest."""
_BITS = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(np.float64)
_SLICE = 1 << 15
"""Candidates at a time: what is gathered stays in the cache."""
PIECE = 1024
"""Rows at a time where posteriors are not interpolated."""
_NEGLIGIBLE = 1e-14
"""A node whose posterior weight is below this for a whole part is left out next time."""
_LEAST = {8: 1e-250, 4: 1e-25}
"""A likelihood below this, beside the greatest of a part, is too near the end of float64, or of float32."""
_MANY = 400
_MANY_PER_ITEM = 6
"""From so many candidates on, and so many for each item, a pattern's posteriors are interpolated."""
_SHARED = 256
"""Where all answers are needed, so many candidates a pattern are worth an order by patterns."""
_FEW_BYTES = 2
"""Up to so many bytes a row, equal rows are counted, not kept: there are not many different ones."""


def packed(columns: NDArray[np.bool_]) -> Codes:
    """(N, C) columns as bytes."""
    return np.ascontiguousarray(np.packbits(columns, axis=1, bitorder="little").T)


def unpacked(codes: Codes, n_columns: int, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """(N, C) columns again, as 0.0 and 1.0."""
    rows = np.ascontiguousarray(codes.T)
    return np.unpackbits(rows, axis=1, count=n_columns, bitorder="little").astype(dtype)


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


def column_sums(codes: Codes, weights: Floats, n_columns: int) -> Floats:
    """(C,) X' @ weights."""
    n_bytes, n = codes.shape
    by_byte = np.zeros((n_bytes, 256))
    for start in range(0, n, _SLICE):
        rows = slice(start, start + _SLICE)
        for k, byte in enumerate(codes[:, rows]):
            by_byte[k] += np.bincount(byte, weights[rows], 256)
    return np.asarray((by_byte @ _BITS).ravel()[:n_columns])


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


class Responses(NamedTuple):
    """Scores of one group of candidates on J items; n rows, of which each stands for `weights` candidates."""

    n_items: int
    n_candidates: int
    """With at least one answer."""
    common_slope: bool
    """Only the sums are kept: all slopes are equal."""
    item_of: Ints
    """(C,) item of each column; the columns of an item stand together."""
    right: Floats
    """(C,) how many candidates each column has: of 0/1 items, how many were right."""
    taken: Floats
    """(J,) how many answered."""
    codes: Codes
    """(⌈C / 8⌉, n) columns; with a common slope empty."""
    sums: Floats
    """(n,) sums of scores, which is all that a common slope needs."""
    weights: Floats
    """(n,)."""
    parts: tuple[PatternRows, ...]
    windows: list[tuple[int, int]]
    """For each part, nodes where its posteriors lay last: a hint that is checked when it is used."""

    @property
    def n_single_rows(self) -> int:
        """Rows whose posteriors are not interpolated."""
        return sum(part.stop - part.start for part in self.parts if not part.interpolated)

    def anew(self) -> Responses:
        """The same for other nodes."""
        return self._replace(windows=[(0, 0)] * len(self.parts))


def prepare(
    scores: NDArray[np.int8], needs: Needs, n_categories: NDArray[np.integer] | None = None
) -> Responses:
    """Scores of one group of candidates in the form that marginal likelihood reads.

    Parameters
    ----------
    scores : (N, J) int8; 0 … n_categories − 1, negative missing. Rows without any answer are left out.
    needs : what the likelihood takes of the answers at each pattern: all of them (`answers`), Σ a_j x_j
        (`weighted sum`), or Σ x_j where all slopes are equal (`sum`).
    n_categories : (J,) two for each item, by default.
    """
    n_items = scores.shape[1]
    n_steps = np.ones(n_items, dtype=np.int64) if n_categories is None else np.asarray(n_categories) - 1
    item_of = np.repeat(np.arange(n_items), n_steps)
    category = np.arange(len(item_of)) - np.repeat(np.cumsum(n_steps) - n_steps, n_steps) + 1
    binary = len(item_of) == n_items and bool((n_steps == 1).all())

    def packed_where(held: Callable[[NDArray[np.int8]], NDArray[np.bool_]]) -> Codes:
        size = 1 << 16
        pieces = [packed(held(scores[k : k + size])) for k in range(0, max(len(scores), 1), size)]
        return np.concatenate(pieces, axis=1)

    codes = packed_where((lambda some: some == 1) if binary else (lambda some: some[:, item_of] == category))
    if scores.size and scores.min() >= 0:
        n = len(scores)
        masks = packed(np.ones((1, n_items), dtype=np.bool_)).repeat(n, axis=1)
        answered, taken = np.full(n, float(n_items)), np.full(n_items, float(n))
        pattern = np.zeros(n, dtype=np.int64)
    else:
        masks = packed_where(lambda some: some >= 0)
        answered = row_sums(masks, np.ones(n_items))
        present = answered > 0
        codes, masks, answered = codes[:, present], masks[:, present], answered[present]
        n = len(answered)
        taken = column_sums(masks, np.ones(n), n_items)
        # one number for each different column; two patterns share one with a chance of 2**-64
        rows_of_masks = np.ascontiguousarray(masks.T)
        keys = hash_columns(word_columns(rows_of_masks), np.zeros(n, dtype=np.int64))
        pattern = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    right = column_sums(codes, np.ones(n), len(item_of))
    sums = row_sums(codes, category.astype(np.float64))
    # rows that differ in what matters, and how many candidates each stands for
    rows, weights, key = np.arange(n), np.ones(n), None
    if needs == "sum":
        key = pattern * (int(sums.max(initial=0)) + 1) + sums.astype(np.int64)
    elif len(codes) <= _FEW_BYTES and n > 64:
        value = codes[0].astype(np.int64)
        for byte in codes[1:]:
            value = value * 256 + byte
        key = pattern * 65536 + value
    if key is not None:
        _, rows, counts = np.unique(key, return_index=True, return_counts=True)
        weights = counts.astype(np.float64)
    codes, masks, pattern = codes[:, rows], masks[:, rows], pattern[rows]
    sums, answered = sums[rows], answered[rows]
    order, parts = _parts(pattern, sums / np.maximum(answered, 1), masks, needs)
    common_slope = needs == "sum"
    return Responses(
        n_items, n, common_slope, item_of, right, taken,
        codes[:, :0] if common_slope else np.ascontiguousarray(codes[:, order]),
        sums[order], weights[order], parts, [(0, 0)] * len(parts),
    )  # fmt: skip


def _parts(
    pattern: Ints, mean_score: Floats, masks: Codes, needs: Needs
) -> tuple[Ints, tuple[PatternRows, ...]]:
    """Order of rows, and the parts they fall into."""
    n = len(pattern)
    counts = np.bincount(pattern, minlength=1)
    many = (counts >= max(_MANY, _MANY_PER_ITEM * 8 * len(masks))) & (needs == "weighted sum")
    large = many[pattern] if n else np.zeros(0, dtype=bool)
    n_small, n_patterns = int((~large).sum()), int(((counts > 0) & ~many).sum())
    # patterns that are shared by few are not worth an order of their own
    shared = _SHARED if needs == "answers" else 2
    each_its_own = n_patterns > 1 and shared * n_patterns > n_small
    lead = (
        np.where(large, pattern, len(counts))
        if each_its_own
        else np.where(large, pattern, pattern + len(counts))
    )
    order = np.lexsort((mean_score, lead)) if n_small else np.argsort(pattern, kind="stable")
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


def posteriors(
    responses: Responses,
    k: int,
    part: PatternRows,
    prior: Ability,
    lowest: Floats,
    linear: Callable[[slice], Floats],
) -> tuple[slice, Floats, Floats, Floats]:
    """Of part k, or a piece of it: the nodes that matter, patterns (P, J), posterior shares (n, nodes), and
    log P(x) (n,). In float32 where `lowest` is.

    `lowest` (J, Q): log probability of each item's lowest category; `linear`: what the answers of the rows
    add to these, (n, nodes), at some of the nodes. The window of the last time is tried first. Where log
    posteriors are negligible at its edges they are so beyond: they are concave, or nearly.
    """
    masks = unpacked(part.masks, responses.n_items, lowest.dtype)
    log_weights, least = prior.log_weights.astype(lowest.dtype), _LEAST[lowest.dtype.itemsize]
    n_nodes, n_rows = len(prior.nodes), part.stop - part.start
    low, high = responses.windows[k] if prior.concave else (0, 0)
    if high == 0 or high > n_nodes:
        low, high = 0, n_nodes
    while True:
        at = slice(low, high)
        base = log_weights[at] + masks @ lowest[:, at]
        if 1 < len(part.first) < n_rows:
            base = np.repeat(base, np.diff(np.append(part.first, n_rows)), axis=0)
        share = linear(at)
        share += base
        # One shift for the whole part is faster than one a row, and enough where abilities are alike.
        top = share.max()
        share -= top
        np.exp(share, out=share)
        total = share @ np.ones(share.shape[1], share.dtype)
        if total.min() < least:
            share = linear(at)
            share += base
            top = share.max(axis=1)
            share -= top[:, None]
            np.exp(share, out=share)
            total = share @ np.ones(share.shape[1], share.dtype)
        share *= (1.0 / total)[:, None]
        numbers = np.ones(n_rows, share.dtype) @ share
        if (low == 0 or numbers[0] < _NEGLIGIBLE) and (high == n_nodes or numbers[-1] < _NEGLIGIBLE):
            break
        low, high = max(low - 8, 0), min(high + 8, n_nodes)
    near = np.flatnonzero(numbers > _NEGLIGIBLE)
    responses.windows[k] = (max(low + int(near[0]) - 2, 0), min(low + int(near[-1]) + 3, n_nodes))
    return at, masks, share, top + np.log(total)


def by_pattern(part: PatternRows, values: Floats) -> Floats:
    """(P, …) sums of the rows (n, …) of each pattern."""
    return values if len(part.first) == len(values) else np.add.reduceat(values, part.first, axis=0)

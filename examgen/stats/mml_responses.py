"""Scores → the form in which marginal likelihood reads them, and posteriors of ability at the nodes.

Each item has a column of 0 and 1 for every category above the lowest; of 0/1 items that is one, "right".
Candidates with the same pattern of answered items share the part of log P(x | θ) that does not depend on what
they answered. They go in parts of a thousand, sorted by score, so that a part needs only the nodes near its
abilities.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.irt_curves import answer_patterns
from examgen.stats.quadrature import Ability

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
PIECE = 1024
"""Rows at a time."""
_NEGLIGIBLE = 1e-14
"""A node whose posterior weight is below this for a whole part is left out next time."""
_LEAST = {8: 1e-250, 4: 1e-25}
"""A likelihood below this, beside the greatest of a part, is too near the end of float64, or of float32."""
_SHARED = 256
"""So many candidates a pattern are worth an order by patterns."""


class PatternRows(NamedTuple):
    """Rows `start` … `stop`, sorted by pattern."""

    start: int
    stop: int
    masks: Flags
    """(P, J) items answered in each pattern."""
    first: Indices
    """(P,) first row of each pattern, counted from `start`."""


class Responses(NamedTuple):
    """Scores of one group of candidates on J items; n rows."""

    item_of: Indices
    """(C,) item of each column; the columns of an item stand together."""
    taken: Floats
    """(J,) how many answered."""
    columns: Flags
    """(n, C)."""
    parts: tuple[PatternRows, ...]
    windows: list[tuple[int, int]]
    """For each part, nodes where its posteriors lay last: a hint that is checked when it is used."""

    @property
    def n_items(self) -> int:
        """J."""
        return len(self.taken)

    @property
    def n_candidates(self) -> int:
        """With at least one answer."""
        return len(self.columns)

    def anew(self) -> Responses:
        """The same for other nodes."""
        return self._replace(windows=[(0, 0)] * len(self.parts))


def prepare(scores: NDArray[np.int8], n_categories: NDArray[np.integer]) -> Responses:
    """Scores of one group of candidates in the form that marginal likelihood reads.

    Parameters
    ----------
    scores : (N, J) int8; 0 … n_categories − 1, negative missing. Rows without any answer are left out.
    n_categories : (J,).
    """
    n_steps = np.asarray(n_categories) - 1
    item_of = np.repeat(np.arange(scores.shape[1]), n_steps)
    category = np.arange(len(item_of)) - np.repeat(np.cumsum(n_steps) - n_steps, n_steps) + 1
    answered = scores >= 0
    if not answered.all():
        present = answered.any(axis=1)
        scores, answered = scores[present], answered[present]
    patterns, pattern, _ = answer_patterns(answered)
    n, mean_score = (
        len(scores),
        np.where(answered, scores, 0).sum(axis=1) / np.maximum(answered.sum(axis=1), 1),
    )
    # patterns that are shared by few are not worth an order of their own
    each_its_own = len(patterns) > 1 and _SHARED * len(patterns) > n
    order = np.lexsort((mean_score, np.zeros(n) if each_its_own else pattern))
    pattern, parts = pattern[order], []
    for start in range(0, n, PIECE):
        stop = min(start + PIECE, n)
        new = np.ones(stop - start, dtype=np.bool_)
        if not each_its_own:
            new[1:] = pattern[start + 1 : stop] != pattern[start : stop - 1]
        first = np.flatnonzero(new)
        parts.append(PatternRows(start, stop, patterns[pattern[start + first]], first))
    columns = scores[np.ix_(order, item_of)] == category.astype(np.int8)
    return Responses(
        item_of, answered.sum(axis=0).astype(np.float64), columns, tuple(parts), [(0, 0)] * len(parts)
    )


def posteriors(
    responses: Responses,
    k: int,
    part: PatternRows,
    prior: Ability,
    lowest: Floats,
    linear: Callable[[slice], Floats],
) -> tuple[slice, Floats, Floats, Floats]:
    """Of part k: the nodes that matter, patterns (P, J), posterior shares (n, nodes), and log P(x) (n,). In
    float32 where `lowest` is.

    `lowest` (J, Q): log probability of each item's lowest category; `linear`: what the answers of the rows
    add to these, (n, nodes), at some of the nodes. The window of the last time is tried first. Where log
    posteriors are negligible at its edges they are so beyond: they are concave, or nearly.
    """
    masks = part.masks.astype(lowest.dtype)
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

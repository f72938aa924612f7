"""Search for the pairs of candidates with a small p, without computing it exactly for every pair.

The number of answers that two candidates have in common is an element of a matrix product. Otherwise the
generalised binomial test depends only on their two abilities if both answered all items. The smallest number
of matches within the limit is tabulated over a grid of abilities, and the p of a pair is computed exactly if
its matches come within one of the smallest number at the four corners of its cell. A candidate with more than
two blanks has a separate table for the items answered. If the other candidate left b of these blank, the
probability of M matches is at least that of M + b on all of them, so that the threshold is lowered by b.

ω needs two more products and is computed for every pair.

Candidates of different forms are compared on the items that both forms have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats import answer_matches as numerics
from examgen.stats.poisson_binomial import at_least

Singles = NDArray[np.float32]
SYMMETRIC = ("gbt",)
"""Indices that do not depend on which of the two candidates is called the source."""
INDICES = ("gbt", "omega")
LEAST_ITEMS = 3
"""With fewer common items, candidates are not compared."""
MOST_FORMS = 20
"""With more forms, all are treated as one form with all items."""
BLOCK = 1000
"""The number of rows that are compared with all others at a time."""
MOST_KEPT = 200_000
"""The maximum number of pairs that are kept; if there are more, those with the smallest p are kept and the
limit is lowered."""
_EXACT = 4000
_CELL = 0.1
_MOST_NODES = 121
_MARGIN = 1
_FEW_BLANKS = 2
_ROWS = 500
_SINGLE = 1e-3
"""More than rounding of float32 does to ω."""


class ComparedAnswers(NamedTuple):
    """The data on which pairs are compared."""

    answers: numerics.ChosenOptions
    model: numerics.ChoiceModel
    theta: numerics.Floats
    """(N,) abilities."""
    form: numerics.Ints
    """(N,) number of each candidate's form."""
    has: numerics.Bools
    """(F, J) the items on each form."""

    def on(self, items: numerics.Bools) -> ComparedAnswers:
        """Return the same data for some of the items only."""
        answers = self.answers.part(slice(None), items)
        return self._replace(answers=answers, model=self.model.part(items))


class ScreenedPairs(NamedTuple):
    """Pairs, by rows, whose p of the chosen index is within `limit`, and the number of pairs compared."""

    pairs: numerics.CandidatePairs
    p: numerics.Floats
    limit: float
    n_compared: int
    n_exact: int
    """The number of pairs for which p was computed exactly."""
    is_cut: bool
    """Whether there were so many pairs that some within the limit may be missing."""


def search(
    compared: ComparedAnswers, groups: Sequence[numerics.Ints], index: str, limit: float
) -> ScreenedPairs:
    """Return the pairs within each group of rows whose `index` (one of `INDICES`) has p ≤ limit. For a
    symmetric index each pair is compared once, for others in both directions."""
    kept, kept_p = numerics.joined([]), np.zeros(0)
    n_compared, n_exact, is_cut = 0, 0, False
    near = _near_by_matches if index == "gbt" else _near_by_omega
    for items, rows, others in _meetings(compared, groups):
        n = len(rows) * (len(rows) - 1) // 2 if rows is others else len(rows) * len(others)
        n_compared += n if index in SYMMETRIC else 2 * n
        own, p_most = compared.on(items), limit
        for pairs in near(own, rows, others, p_most):
            p = _p(own, pairs, index)
            n_exact += len(p)
            kept = numerics.joined([kept, pairs.part(p <= p_most)])
            kept_p = np.concatenate([kept_p, p[p <= p_most]])
            if len(kept_p) > MOST_KEPT:
                best = np.argsort(kept_p, kind="stable")[: MOST_KEPT // 2]
                kept, kept_p = kept.part(best), kept_p[best]
                limit, is_cut = float(kept_p[-1]), True
    order = np.lexsort((kept.copier, kept.source, kept_p))
    return ScreenedPairs(kept.part(order), kept_p[order], limit, n_compared, n_exact, is_cut)


def _meetings(
    compared: ComparedAnswers, groups: Sequence[numerics.Ints]
) -> Iterator[tuple[numerics.Bools, numerics.Ints, numerics.Ints]]:
    """Items and the rows that are compared on them: of each form among themselves (the same object twice),
    and with those of every other form."""
    for group in groups:
        forms = np.unique(compared.form[group])
        rows = {form: group[compared.form[group] == form] for form in forms.tolist()}
        for one in forms.tolist():
            for other in forms[forms >= one].tolist():
                items = compared.has[one] & compared.has[other]
                if np.count_nonzero(items) >= LEAST_ITEMS and (one != other or len(rows[one]) > 1):
                    yield items, rows[one], rows[other]


# ── pairs that come near the limit ───────────────────────────────────────────────────────────


def _near_by_matches(
    own: ComparedAnswers, rows: numerics.Ints, others: numerics.Ints, limit: float
) -> Iterator[numerics.CandidatePairs]:
    """Pairs that may have a p of GBT within the limit, part by part."""
    theta, answered = own.theta, own.answers.answered
    everyone = np.concatenate([rows, others])
    low, high = float(theta[everyone].min()), float(theta[everyone].max())
    nodes = np.linspace(low, high, min(max(int(np.ceil((high - low) / _CELL)) + 1, 2), _MOST_NODES))
    cell = np.clip(np.searchsorted(nodes, theta, side="right") - 1, 0, len(nodes) - 2)
    least, n_items = _bounds(own, cell, nodes, np.unique(everyone), limit)
    theirs, given = _indicators(own.answers.part(others)), answered[others].astype(np.float32)
    has_blanks = not answered[everyone].all()
    step = max(BLOCK * BLOCK * 10 // max(len(others), 1), 100)
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        first = start if rows is others else 0
        rest = others[first:]
        matches = _indicators(own.answers.part(block)) @ theirs[first:].T
        # what is missing of the matches on all items: those that one of the two left blank
        if has_blanks:
            matches -= answered[block].astype(np.float32) @ given[first:].T
        else:
            matches -= len(own.model.a)
        near = matches + n_items[block][:, None] >= least[block][:, cell[rest]]
        if has_blanks:
            near &= matches + n_items[rest] >= least[rest][:, cell[block]].T
        if rows is others:
            near &= np.arange(len(rest)) > np.arange(len(block))[:, None]
        a, b = np.nonzero(near)
        yield numerics.CandidatePairs(block[a], rest[b])


def _bounds(
    own: ComparedAnswers, cell: numerics.Ints, nodes: numerics.Floats, rows: numerics.Ints, limit: float
) -> tuple[Singles, Singles]:
    """From how many matches on a pair is looked at: for each candidate with one of an ability in each cell
    (N, G − 1), and on how many items (N,). One less than the least number within the limit at the ends.

    Candidates with few blanks have those of all items, at the corners of their own cell; the others their
    own, on the items that they answered.
    """
    answered, at_nodes = own.answers.answered, own.model.chances(nodes)
    corners = _critical_matches(at_nodes, at_nodes, limit)
    at_ends = np.minimum(corners[:-1], corners[1:])
    table = np.minimum(at_ends[:, :-1], at_ends[:, 1:]) - _MARGIN
    least = np.zeros((len(own.theta), len(nodes) - 1), dtype=np.float32)
    least[rows] = table[cell[rows]]
    size = np.full(len(own.theta), answered.shape[1], dtype=np.float32)
    gaps = rows[np.count_nonzero(~answered[rows], axis=1) > _FEW_BLANKS]
    for start in range(0, len(gaps), _ROWS):
        some = gaps[start : start + _ROWS]
        chances = own.model.chances(own.theta[some]) * answered[some][:, :, None]
        found = _critical_matches(chances, at_nodes, limit)
        least[some] = np.minimum(found[:, :-1], found[:, 1:]) - _MARGIN
        size[some] = np.count_nonzero(answered[some], axis=1)
    return least, size


def _critical_matches(ones: numerics.Floats, others: numerics.Floats, limit: float) -> Singles:
    """(n, G) the least number of matches with a tail within the limit, of chances (n, J, K) and (G, J, K)."""
    least = np.empty(len(ones) * len(others), dtype=np.float32)
    for start in range(0, len(least), _EXACT):
        a, b = np.divmod(np.arange(start, min(start + _EXACT, len(least))), len(others))
        same = np.minimum(np.einsum("njk,njk->nj", ones[a], others[b]), 1.0)
        least[start : start + _EXACT] = np.count_nonzero(at_least(same) > limit, axis=1)
    return least.reshape(len(ones), len(others))


def _near_by_omega(
    own: ComparedAnswers, rows: numerics.Ints, others: numerics.Ints, limit: float
) -> Iterator[numerics.CandidatePairs]:
    """Pairs that may have a p of ω within the limit, in both directions, part by part."""
    from scipy.special import ndtri

    least = -float(ndtri(limit)) - _SINGLE
    for sources, copiers in [(rows, others)] if rows is others else [(rows, others), (others, rows)]:
        theirs = _indicators(own.answers.part(sources)).T
        for start in range(0, len(copiers), BLOCK):
            block = copiers[start : start + BLOCK]
            # (n, J · K) chances of options of the items that were answered
            chances = own.model.chances(own.theta[block]) * own.answers.part(block).answered[:, :, None]
            chance = np.asarray(chances.reshape(len(block), -1), dtype=np.float32)
            matches, expected = _indicators(own.answers.part(block)) @ theirs, chance @ theirs
            variance = np.maximum(expected - (chance * chance) @ theirs, 0)
            near = (matches - expected) >= least * np.sqrt(variance)
            near &= (block[:, None] != sources) & (variance > 0)
            c, s = np.nonzero(near)
            yield numerics.CandidatePairs(sources[s], block[c])


def _indicators(answers: numerics.ChosenOptions) -> Singles:
    """(n, J · K) one where an option was chosen: the product of two rows is their number of matches."""
    n_rows, n_items = answers.cells.shape
    n_options = answers.right.shape[1]
    out = np.zeros((n_rows, n_items * n_options), dtype=np.float32)
    who, where = np.nonzero(answers.cells >= 0)
    out[who, where * n_options + answers.cells[who, where]] = 1
    return out


# ── exact figures ────────────────────────────────────────────────────────────────────────────


def _blocks(
    own: ComparedAnswers, pairs: numerics.CandidatePairs
) -> Iterator[tuple[slice, numerics.ChosenOptions, numerics.Floats, numerics.CandidatePairs]]:
    """Some thousands of pairs at a time, with the answers and chances of their candidates alone."""
    for start in range(0, len(pairs.source), _EXACT):
        at = slice(start, start + _EXACT)
        rows, place = np.unique(np.concatenate(pairs.part(at)), return_inverse=True)
        of_rows = numerics.CandidatePairs(*np.split(place.reshape(-1), 2))
        yield at, own.answers.part(rows), own.model.chances(own.theta[rows]), of_rows


def _p(own: ComparedAnswers, pairs: numerics.CandidatePairs, index: str) -> numerics.Floats:
    p = np.empty(len(pairs.source))
    for at, answers, chances, some in _blocks(own, pairs):
        by_gbt = index == "gbt"
        p[at] = (
            numerics.gbt(answers, chances, some)[0] if by_gbt else numerics.omega(answers, chances, some).p
        )
    return p


def measure(compared: ComparedAnswers, pairs: numerics.CandidatePairs) -> dict[str, NDArray[Any]]:
    """Return the exact figures of each pair on the items common to both forms: `p_gbt`, `p_omega`, `matches`,
    matches `expected` by GBT, `same_wrong`, `n_items` that both answered, and `omega`. NaN if undefined."""
    n = len(pairs.source)
    p_gbt, p_omega, expected, z = np.full((4, n), np.nan)
    matches, wrong, n_items = np.zeros((3, n), dtype=np.int64)
    both = np.stack([compared.form[pairs.source], compared.form[pairs.copier]], axis=1)
    kinds, which = np.unique(both, axis=0, return_inverse=True)
    for number, (one, other) in enumerate(kinds.tolist()):
        items = compared.has[one] & compared.has[other]
        if np.count_nonzero(items) < LEAST_ITEMS:
            continue
        places = np.flatnonzero(which.reshape(-1) == number)
        for at, answers, chances, some in _blocks(compared.on(items), pairs.part(places)):
            to = places[at]
            by_omega = numerics.omega(answers, chances, some)
            matches[to], z[to], p_omega[to] = by_omega.matches, by_omega.z, by_omega.p
            p_gbt[to], expected[to] = numerics.gbt(answers, chances, some)
            theirs, mine = answers.cells[some.source], answers.cells[some.copier]
            n_items[to] = np.count_nonzero((theirs >= 0) & (mine >= 0), axis=1)
            same = (theirs == mine) & (theirs >= 0)
            wrong[to] = np.count_nonzero(same & ~answers.is_right()[some.source], axis=1)
    return {
        "p_gbt": p_gbt, "p_omega": p_omega, "matches": matches, "expected": expected, "same_wrong": wrong,
        "n_items": n_items, "omega": z,
    }  # fmt: skip


def connected(first: numerics.Ints, second: numerics.Ints) -> list[list[int]]:
    """Return the groups of rows that are connected by pairs, each ascending, ordered by first row."""
    root: dict[int, int] = {}

    def top(row: int) -> int:
        while root.setdefault(row, row) != row:
            root[row] = row = root[root[row]]
        return row

    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        low, high = sorted((top(a), top(b)))
        root[high] = low
    groups: dict[int, list[int]] = {}
    for row in sorted(root):
        groups.setdefault(top(row), []).append(row)
    return list(groups.values())

"""All pairs of candidates → those whose index has a p within a limit, without reckoning each pair.

How many answers two have in common is a product of matrices. Beyond that the generalised binomial test
depends on their two abilities alone, where both answered all: the least number of matches within the limit
is tabled over a grid of abilities, and a pair is reckoned exactly where it comes within one match of the
least of the four corners of its cell. Who left more than two items blank has a table of his own, on the items
that he answered. Where the other left b of these blank, the chance of M matches is at least that of M + b on
all of them, so the pair is reckoned exactly from b matches less on.

ω needs two more products and is reckoned for every pair.

Candidates of different forms are compared on the items that both forms have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.copying.answers import Bools, ChoiceModel, ChosenOptions, Floats, Ints
from examgen.psychometrics.copying.matches import CandidatePairs, gbt, omega
from examgen.psychometrics.signals.tails import at_least

Singles = NDArray[np.float32]
SYMMETRIC = ("gbt",)
"""Indices that are the same whichever of the two is called the source."""
INDICES = ("omega", "gbt")
LEAST_ITEMS = 3
"""On fewer common items nothing is compared."""
MOST_FORMS = 20
BLOCK = 1000
"""Rows that are compared with all others at a time."""
MOST_KEPT = 200_000
"""Pairs that are kept: with more, those of the smallest p, and the limit falls to theirs."""
_EXACT = 4000
_CELL = 0.1
_MOST_NODES = 121
_MARGIN = 1
_FEW_BLANKS = 2
_ROWS = 500
_SINGLE = 1e-3
"""More than rounding of float32 does to ω."""


class CopyingData(NamedTuple):
    """Everything that pairs are compared on."""

    answers: ChosenOptions
    model: ChoiceModel
    theta: Floats
    """(N,)"""
    form: Ints
    """(N,) which candidates had the same items."""
    has: Bools
    """(F, J) items of each form."""


class ScreenedPairs(NamedTuple):
    """Pairs with a p of the ruling index within `limit`, by rows, and how many pairs were compared."""

    pairs: CandidatePairs
    p: Floats
    limit: float
    n_compared: int
    n_exact: int
    """Pairs that the screening left to be reckoned exactly."""
    is_cut: bool
    """Whether there were so many that some within the limit may be left out."""


def search(sitting: CopyingData, groups: Sequence[Ints], index: str, limit: float) -> ScreenedPairs:
    """Pairs within each of the groups of rows whose `index` (of `INDICES`) has p ≤ limit; of a symmetric
    index each pair once, of the others in both directions."""
    kept = CandidatePairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    kept_p, n_compared, n_exact, is_cut = np.zeros(0), 0, 0, False
    for one, other, rows, others in _meetings(sitting, groups):
        same = rows is others
        n = len(rows) * (len(rows) - 1) // 2 if same else len(rows) * len(others)
        n_compared += n if index in SYMMETRIC else 2 * n
        part = _RowSets(sitting, sitting.has[one] & sitting.has[other], rows, others)
        for pairs, p, n_left in part.found(index, limit):
            kept = CandidatePairs(*(np.concatenate(both) for both in zip(kept, pairs, strict=True)))
            kept_p, n_exact = np.concatenate([kept_p, p]), n_exact + n_left
            if len(kept_p) > MOST_KEPT:
                best = np.argsort(kept_p, kind="stable")[: MOST_KEPT // 2]
                kept, kept_p = kept.part(best), kept_p[best]
                limit, is_cut = float(kept_p[-1]), True
    order = np.lexsort((kept.copier, kept.source, kept_p))
    return ScreenedPairs(kept.part(order), kept_p[order], limit, n_compared, n_exact, is_cut)


def _meetings(sitting: CopyingData, groups: Sequence[Ints]) -> Iterator[tuple[int, int, Ints, Ints]]:
    """Forms and rows that are compared: each form with itself and with every other one."""
    for group in groups:
        forms = np.unique(sitting.form[group])
        rows = {form: group[sitting.form[group] == form] for form in forms.tolist()}
        for one in forms.tolist():
            for other in forms[forms >= one].tolist():
                enough = np.count_nonzero(sitting.has[one] & sitting.has[other]) >= LEAST_ITEMS
                if enough and (one != other or len(rows[one]) > 1):
                    yield one, other, rows[one], rows[other]


class _RowSets:
    """Two sets of rows on the items that both have; the same object twice for the pairs of one set."""

    def __init__(self, sitting: CopyingData, items: Bools, rows: Ints, others: Ints) -> None:
        self.sitting, self.items = sitting, items
        self.rows, self.others = rows, others
        self.answers = sitting.answers.part(slice(None), items)
        self.model = sitting.model.part(items)

    def found(self, index: str, limit: float) -> Iterator[tuple[CandidatePairs, Floats, int]]:
        """Pairs with p ≤ limit, part by part."""
        if index == "gbt":
            yield from self._by_matches(limit)
            return
        ways = [(self.rows, self.others)]
        if self.rows is not self.others:
            ways.append((self.others, self.rows))
        for sources, copiers in ways:
            yield from self._by_omega(sources, copiers, limit)

    def _by_matches(self, limit: float) -> Iterator[tuple[CandidatePairs, Floats, int]]:
        same = self.rows is self.others
        theta, answered = self.sitting.theta, self.answers.answered
        everyone = np.concatenate([self.rows, self.others])
        low, high = float(theta[everyone].min()), float(theta[everyone].max())
        nodes = np.linspace(low, high, min(max(int(np.ceil((high - low) / _CELL)) + 1, 2), _MOST_NODES))
        cell = np.clip(np.searchsorted(nodes, theta, side="right") - 1, 0, len(nodes) - 2)
        least, n_items = _bounds(self.answers, self.model, theta, cell, nodes, np.unique(everyone), limit)
        theirs, given = chosen(self.answers.part(self.others)), answered[self.others].astype(np.float32)
        blank = not answered[everyone].all()
        step = max(BLOCK * BLOCK * 10 // max(len(self.others), 1), 100)
        for start in range(0, len(self.rows), step):
            block = self.rows[start : start + step]
            first = start if same else 0
            others = self.others[first:]
            matches = chosen(self.answers.part(block)) @ theirs[first:].T
            # what is missing of the matches on all items: those that one of the two left blank
            matches -= answered[block].astype(np.float32) @ given[first:].T if blank else len(self.model.a)
            near = matches + n_items[block][:, None] >= least[block][:, cell[others]]
            if blank:
                near &= matches + n_items[others] >= least[others][:, cell[block]].T
            if same:
                near &= np.arange(len(others)) > np.arange(len(block))[:, None]
            a, b = np.nonzero(near)
            yield self._kept("gbt", CandidatePairs(block[a], others[b]), limit)

    def _by_omega(
        self, sources: Ints, copiers: Ints, limit: float
    ) -> Iterator[tuple[CandidatePairs, Floats, int]]:
        from scipy.special import ndtri

        least = -float(ndtri(limit)) - _SINGLE
        for start in range(0, len(copiers), BLOCK):
            block = copiers[start : start + BLOCK]
            # (n, J · K) chances of options of the items that were answered
            theta = self.sitting.theta[block]
            chances = self.model.chances(theta) * self.answers.part(block).answered[:, :, None]
            chance = np.asarray(chances.reshape(len(theta), -1), dtype=np.float32)
            own = chosen(self.answers.part(block))
            for first in range(0, len(sources), 5 * BLOCK):
                others = sources[first : first + 5 * BLOCK]
                theirs = chosen(self.answers.part(others)).T
                matches, expected = own @ theirs, chance @ theirs
                variance = np.maximum(expected - (chance * chance) @ theirs, 0)
                near = (matches - expected) >= least * np.sqrt(variance)
                near &= (block[:, None] != others) & (variance > 0)
                c, s = np.nonzero(near)
                yield self._kept("omega", CandidatePairs(others[s], block[c]), limit)

    def _kept(self, index: str, pairs: CandidatePairs, limit: float) -> tuple[CandidatePairs, Floats, int]:
        p = np.empty(len(pairs.source))
        for start in range(0, len(p), _EXACT):
            part = slice(start, start + _EXACT)
            p[part] = _of_matches(index, self.answers, self.model, self.sitting.theta, pairs.part(part))
        kept = p <= limit
        return pairs.part(kept), p[kept], len(p)


def _of_matches(
    index: str, answers: ChosenOptions, model: ChoiceModel, theta: Floats, pairs: CandidatePairs
) -> Floats:
    rows, place = np.unique(np.concatenate(pairs), return_inverse=True)
    source, copier = np.split(place.reshape(-1), 2)
    own, chances = answers.part(rows), model.chances(theta[rows])
    if index == "gbt":
        return gbt(own, chances, CandidatePairs(source, copier))[0]
    return omega(own, chances, CandidatePairs(source, copier)).p


def chosen(answers: ChosenOptions) -> Singles:
    """(n, J · K) one where an option was chosen: the product of two rows is their number of matches."""
    n_rows, n_items = answers.cells.shape
    n_options = answers.right.shape[1]
    out = np.zeros((n_rows, n_items * n_options), dtype=np.float32)
    who, where = np.nonzero(answers.cells >= 0)
    out[who, where * n_options + answers.cells[who, where]] = 1
    return out


def _bounds(
    answers: ChosenOptions,
    model: ChoiceModel,
    theta: Floats,
    cell: Ints,
    nodes: Floats,
    rows: Ints,
    limit: float,
) -> tuple[Singles, Singles]:
    """From how many matches on a pair is looked at: for each candidate with one of an ability in each cell
    (N, G − 1), and on how many items (N,). One less than the least number within the limit at the ends.

    Candidates with few blanks have those of all items, at the corners of their own cell; the others their
    own, on the items that they answered.
    """
    n_items = answers.cells.shape[1]
    answered = answers.answered
    corners = critical_matches(model.chances(nodes), model.chances(nodes), limit)
    at_ends = np.minimum(corners[:-1], corners[1:])
    table = np.minimum(at_ends[:, :-1], at_ends[:, 1:]) - _MARGIN
    least = np.zeros((len(theta), len(nodes) - 1), dtype=np.float32)
    least[rows] = table[cell[rows]]
    size = np.full(len(theta), n_items, dtype=np.float32)
    own = rows[np.count_nonzero(~answered[rows], axis=1) > _FEW_BLANKS]
    at_nodes = model.chances(nodes)
    for start in range(0, len(own), _ROWS):
        some = own[start : start + _ROWS]
        chances = model.chances(theta[some]) * answered[some][:, :, None]
        found = critical_matches(chances, at_nodes, limit)
        least[some] = np.minimum(found[:, :-1], found[:, 1:]) - _MARGIN
        size[some] = np.count_nonzero(answered[some], axis=1)
    return least, size


def critical_matches(ones: Floats, others: Floats, limit: float) -> Singles:
    """(n, G) the least number of matches with a tail within the limit, of chances (n, J, K) and (G, J, K)."""
    n, n_others = len(ones), len(others)
    least = np.empty(n * n_others, dtype=np.float32)
    for start in range(0, len(least), _EXACT):
        a, b = np.divmod(np.arange(start, min(start + _EXACT, len(least))), n_others)
        same = np.minimum(np.einsum("njk,njk->nj", ones[a], others[b]), 1.0)
        least[start : start + _EXACT] = np.count_nonzero(at_least(same) > limit, axis=1)
    return least.reshape(n, n_others)


class CopyingIndices(NamedTuple):
    """Indices of ordered pairs; p is NaN where an index has none."""

    p: dict[str, Floats]
    matches: Ints
    expected: Floats
    """Matches expected by GBT."""
    z: Floats
    """ω itself."""
    same_wrong: Ints
    n_items: Ints
    """Items that both answered."""


def measure(sitting: CopyingData, pairs: CandidatePairs) -> CopyingIndices:
    """The indices of each pair, exactly, on the items that the forms of both have."""
    n = len(pairs.source)
    p = {name: np.full(n, np.nan) for name in INDICES}
    matches, wrong, n_items = (np.zeros(n, dtype=np.int64) for _ in range(3))
    expected, z = np.full(n, np.nan), np.full(n, np.nan)
    both = np.stack([sitting.form[pairs.source], sitting.form[pairs.copier]], axis=1)
    kinds, which = np.unique(both, axis=0, return_inverse=True)
    for number, (one, other) in enumerate(kinds.tolist()):
        items = sitting.has[one] & sitting.has[other]
        at = np.flatnonzero(which.reshape(-1) == number)
        if np.count_nonzero(items) < LEAST_ITEMS:
            continue
        for start in range(0, len(at), _EXACT):
            some = at[start : start + _EXACT]
            rows, place = np.unique(np.concatenate(pairs.part(some)), return_inverse=True)
            own = CandidatePairs(*np.split(place.reshape(-1), 2))
            answers = sitting.answers.part(rows, items)
            chances = sitting.model.part(items).chances(sitting.theta[rows])
            by_omega = omega(answers, chances, own)
            matches[some], z[some], p["omega"][some] = by_omega.matches, by_omega.z, by_omega.p
            p["gbt"][some], expected[some] = gbt(answers, chances, own)
            theirs, mine = answers.cells[own.source], answers.cells[own.copier]
            n_items[some] = np.count_nonzero((theirs >= 0) & (mine >= 0), axis=1)
            wrong[some] = np.count_nonzero(
                (theirs == mine) & (theirs >= 0) & ~answers.is_right()[own.source], axis=1
            )
    return CopyingIndices(p, matches, expected, z, wrong, n_items)

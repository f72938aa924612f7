"""Indices of answer copying, ω and GBT: how likely the number of equal answers of two candidates is by
chance.

An item has K options, of which some are right; items for which only right or wrong is known have two, wrong
(0) and right (1). The probability of choosing an option is that of the nominal response model (Bock 1972) or
of the logistic model, at an ability estimated beforehand. Only items that both answered are compared; two
blanks do not match. Answers are assumed independent given the abilities of the two.

References
----------
Wollack, J. A. (1997). A nominal response model approach for detecting answer copying. Applied Psychological
    Measurement, 21(4), 307–320.
van der Linden, W. J., & Sotaridona, L. (2006). Detecting answer copying when the regular response process
    follows a known response model. Journal of Educational and Behavioral Statistics, 31(3), 283–304.

Search for the pairs of candidates with a small p, without computing it exactly for every pair.

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

from examgen.stats.distributions import at_least, normal_upper
from examgen.stats.irt_abilities import map as greatest
from examgen.stats.irt_models import Note, dichotomous
from examgen.stats.matrix import Bools, Cells, Chosen, Floats, Ints
from examgen.stats.mml_fit import fit_mml
from examgen.stats.mml_nominal import fit_nominal

LEAST_SAME_WRONG = 5
"""On a form that is not short, two candidates with identical answers, at least this many of them wrong, do
not agree by chance."""
LEAST_BITS = 24.0
"""A form is short if the base-2 logarithms of its items' numbers of options sum to less. With 12 items scored
right or wrong, a quarter of 350 candidates have the same answers as another candidate."""
PRIOR_VARIANCE = {"nominal": 10.0, "2pl": 5.0}
"""The prior variance of abilities by model, as in CopyDetect; it is so wide that estimates are nearly ML."""
_FARTHEST = 30.0
_MOST_STEPS = 100


# ── answers ──────────────────────────────────────────────────────────────────────────────────


class ChosenOptions(NamedTuple):
    """Answers to J items with at most K options."""

    cells: Cells
    """(N, J) index of the option chosen; −1 if there is no answer that can be compared."""
    right: Bools
    """(J, K) whether the option is right."""

    @property
    def answered(self) -> Bools:
        """(N, J) whether the item was answered."""
        return np.asarray(self.cells >= 0)

    def is_right(self) -> Bools:
        """Return whether each item was answered with a right option (N, J)."""
        return np.asarray(self.right[np.arange(self.cells.shape[1]), self.cells] & (self.cells >= 0))

    def part(self, rows: Ints | slice, items: Ints | Bools | slice = slice(None)) -> ChosenOptions:
        """Return the answers of some candidates to some items."""
        return ChosenOptions(self.cells[rows][:, items], self.right[items])


def options_compared(chosen: Chosen) -> ChosenOptions:
    """Return the options chosen; marks that are not options of the item count as no answer."""
    right = np.zeros((len(chosen.options), max(2, *map(len, chosen.options), 0)), dtype=np.bool_)
    cells = chosen.cells.copy()
    for j, (names, key) in enumerate(zip(chosen.options, chosen.keys, strict=True)):
        right[j, list(key)] = True
        others = [place for place, name in enumerate(names) if not name.strip("*")]
        cells[np.isin(cells[:, j], others), j] = -1
    return ChosenOptions(np.maximum(cells, np.int8(-1)), right)


def scores_compared(scored: Cells, chosen: Chosen | None) -> ChosenOptions:
    """Return right and wrong answers; a blank is scored as wrong, but nobody can copy it, so it is not
    compared."""
    cells = scored if chosen is None else np.where(chosen.cells >= 0, scored, np.int8(-1)).astype(np.int8)
    right = np.tile(np.array([False, True]), (cells.shape[1], 1))
    return ChosenOptions(np.maximum(cells, np.int8(-1)), right)


# ── the model of what is usual ───────────────────────────────────────────────────────────────


class ChoiceModel(NamedTuple):
    """Probabilities of options by ability: P(k | θ) ∝ exp(a_k θ + c_k), raised to the lower asymptote if
    there is one."""

    a: Floats
    """(J, K)"""
    c: Floats
    """(J, K) intercepts; −inf for an option that the item does not have."""
    guessing: Floats
    """(J,) lower asymptote of option 1, only for items scored right or wrong; else 0."""

    def chances(self, theta: Floats) -> Floats:
        """Return the probabilities (n, J, K) at each of n abilities; they sum to 1 over the options of an
        item."""
        z = theta[:, None, None] * self.a + self.c
        z -= z.max(axis=2, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=2, keepdims=True)
        if self.guessing.any():
            z *= 1.0 - self.guessing[:, None]
            z[:, :, 1] += self.guessing
        return np.asarray(z)

    def part(self, items: Ints | Bools) -> ChoiceModel:
        """Return the model of some of the items."""
        return ChoiceModel(self.a[items], self.c[items], self.guessing[items])


def logistic_model(a: Floats, b: Floats, guessing: Floats | None = None) -> ChoiceModel:
    """Return the logistic model of right and wrong answers: P(1 | θ) = c + (1 − c) / (1 + exp(−a(θ − b)))."""
    nothing = np.zeros_like(a)
    return ChoiceModel(
        np.stack([nothing, a], axis=1),
        np.stack([nothing, -a * b], axis=1),
        nothing if guessing is None else guessing,
    )


def nominal_model(a: Floats, c: Floats) -> ChoiceModel:
    """Return the nominal response model of options; NaN if an item has no such option."""
    there = np.isfinite(a) & np.isfinite(c)
    return ChoiceModel(np.where(there, a, 0.0), np.where(there, c, -np.inf), np.zeros(len(a)))


def usual_choices(
    answers: ChosenOptions, name: str
) -> tuple[ChoiceModel, Bools, Sequence[Note], list[int], int]:
    """Fit the nominal model to options, or the 2PL to right and wrong answers.

    Also returns which items (J,) can be compared, the notes of the fit, the items whose curve is a step
    (which are not compared, as a chance match would have almost no probability), and the number of candidates
    excluded because another had exactly the same answers.

    Of several rows with identical answers, at least `LEAST_SAME_WRONG` of them wrong, only one is used.
    Otherwise, if many candidates had the same stolen key, its answers would look normal in the model. With a
    short form all rows are used, because the exclusion of equal rows would favour able candidates.
    """
    rows = np.arange(len(answers.cells))
    if sum(np.log2(len(np.unique(own[own >= 0])) or 1) for own in answers.cells.T) >= LEAST_BITS:
        n_wrong = np.count_nonzero(answers.answered & ~answers.is_right(), axis=1)
        _, first, which = np.unique(answers.cells, axis=0, return_index=True, return_inverse=True)
        rows = np.flatnonzero((first[which.reshape(-1)] == rows) | (n_wrong < LEAST_SAME_WRONG))
    usual, n_same = answers.part(rows), len(answers.cells) - len(rows)
    if name == "nominal":
        keys = [frozenset(np.flatnonzero(row).tolist()) for row in answers.right]
        nominal = fit_nominal(usual.cells, keys)
        beyond = ((0, 0), (0, answers.right.shape[1] - nominal[0].shape[1]))
        a, c = (np.pad(one, beyond, constant_values=np.nan) for one in nominal[:2])
        used = np.asarray(np.isfinite(a).any(axis=1))
        return nominal_model(a, c), used, nominal.notes, [], n_same
    fit = fit_mml(usual.cells, "2pl", standard_errors=False)
    a, d = fit.parameters.a, fit.parameters.d[:, 0]
    used = np.asarray(np.isfinite(a) & np.isfinite(d))
    steep = [one.item for one in fit.notes if one.code == "slope-to-infinity"]
    endless = [place for place in steep if place is not None]
    used[endless] = False
    model = logistic_model(np.where(used, a, 1.0), np.zeros(len(a)))
    model.c[:, 1] = np.where(used, d, 0.0)
    return model, used, fit.notes, endless, n_same


def abilities_of(answers: ChosenOptions, model: ChoiceModel, name: str) -> Floats:
    """Return the abilities (N,) under the wide prior of the model."""
    variance = PRIOR_VARIANCE[name]
    if model.guessing.any():
        items = dichotomous(model.a[:, 1], model.c[:, 1], model.guessing)
        return np.nan_to_num(greatest(answers.cells, items, sd=float(np.sqrt(variance))).theta)
    return abilities(answers.cells, model, variance)


def abilities(cells: Cells, model: ChoiceModel, variance: float) -> Floats:
    """Return the abilities (N,) of greatest posterior density under N(0, variance), for models without lower
    asymptotes.

    The log posterior is concave in θ, so that Newton steps of length at most 1 converge to its only maximum.
    """
    theta, answered = np.zeros(len(cells)), cells >= 0
    chosen = np.where(answered, model.a[np.arange(len(model.a)), cells], 0.0).sum(axis=1)
    for _ in range(_MOST_STEPS):
        chance = model.chances(theta)
        mean = np.einsum("njk,jk->nj", chance, model.a)
        spread = np.einsum("njk,jk->nj", chance, model.a**2) - mean**2
        slope = chosen - np.where(answered, mean, 0.0).sum(axis=1) - theta / variance
        bend = np.where(answered, np.maximum(spread, 0.0), 0.0).sum(axis=1) + 1.0 / variance
        step = np.clip(slope / bend, -1.0, 1.0)
        theta = np.clip(theta + step, -_FARTHEST, _FARTHEST)
        if np.abs(step).max(initial=0.0) < 1e-11:
            break
    return theta


# ── pairs ────────────────────────────────────────────────────────────────────────────────────


class CandidatePairs(NamedTuple):
    """Ordered pairs of candidates, by row number."""

    source: Ints
    copier: Ints

    def part(self, of: Ints | Bools | slice) -> CandidatePairs:
        """Return some of the pairs."""
        return CandidatePairs(self.source[of], self.copier[of])


def joined(pairs: Sequence[CandidatePairs]) -> CandidatePairs:
    """Return the pairs of several sets as one."""
    nothing = np.zeros(0, dtype=np.int64)
    return CandidatePairs(*(np.concatenate(ends) for ends in zip((nothing, nothing), *pairs, strict=True)))


class Omega(NamedTuple):
    """ω of each pair: the copier's matches with the source's answers, compared with those expected at the
    copier's ability."""

    matches: Ints
    expected: Floats
    sd: Floats
    z: Floats
    """(matches − expected) / sd; NaN if nothing can be compared."""
    p: Floats
    """Upper tail of the normal distribution."""


def omega(answers: ChosenOptions, chances: Floats, pairs: CandidatePairs) -> Omega:
    """Return ω (Wollack 1997, eq. 5–8). `chances` (N, J, K) are the probabilities of options at each
    candidate's ability."""
    theirs, mine = answers.cells[pairs.source], answers.cells[pairs.copier]
    both = (theirs >= 0) & (mine >= 0)
    items = np.arange(theirs.shape[1])
    agree = np.where(both, chances[pairs.copier[:, None], items, theirs], 0.0)
    matches = np.count_nonzero(both & (theirs == mine), axis=1)
    expected, sd = agree.sum(axis=1), np.sqrt((agree * (1.0 - agree)).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(sd > 0, (matches - expected) / sd, np.nan)
    return Omega(matches, expected, sd, z, normal_upper(z))


def gbt(answers: ChosenOptions, chances: Floats, pairs: CandidatePairs) -> tuple[Floats, Floats]:
    """Return p (n,) of the generalised binomial test and the expected matches. p is the exact tail
    probability of the number of matches (van der Linden & Sotaridona 2006), and the same for either direction
    of a pair."""
    theirs, mine = answers.cells[pairs.source], answers.cells[pairs.copier]
    both = (theirs >= 0) & (mine >= 0)
    chance = np.einsum("njk,njk->nj", chances[pairs.source], chances[pairs.copier])
    chance = np.minimum(np.where(both, chance, 0.0), 1.0)
    matches = np.count_nonzero(both & (theirs == mine), axis=1)
    return at_least(chance)[np.arange(len(matches)), matches], chance.sum(axis=1)


# ── the search for pairs ──────────────────────────────────────────────────────────────────────────────


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

    answers: ChosenOptions
    model: ChoiceModel
    theta: Floats
    """(N,) abilities."""
    form: Ints
    """(N,) number of each candidate's form."""
    has: Bools
    """(F, J) the items on each form."""

    def on(self, items: Bools) -> ComparedAnswers:
        """Return the same data for some of the items only."""
        answers = self.answers.part(slice(None), items)
        return self._replace(answers=answers, model=self.model.part(items))


class ScreenedPairs(NamedTuple):
    """Pairs, by rows, whose p of the chosen index is within `limit`, and the number of pairs compared."""

    pairs: CandidatePairs
    p: Floats
    limit: float
    n_compared: int
    n_exact: int
    """The number of pairs for which p was computed exactly."""
    is_cut: bool
    """Whether there were so many pairs that some within the limit may be missing."""


def search(compared: ComparedAnswers, groups: Sequence[Ints], index: str, limit: float) -> ScreenedPairs:
    """Return the pairs within each group of rows whose `index` (one of `INDICES`) has p ≤ limit. For a
    symmetric index each pair is compared once, for others in both directions."""
    kept, kept_p = joined([]), np.zeros(0)
    n_compared, n_exact, is_cut = 0, 0, False
    near = _near_by_matches if index == "gbt" else _near_by_omega
    for items, rows, others in _meetings(compared, groups):
        n = len(rows) * (len(rows) - 1) // 2 if rows is others else len(rows) * len(others)
        n_compared += n if index in SYMMETRIC else 2 * n
        own, p_most = compared.on(items), limit
        for pairs in near(own, rows, others, p_most):
            p = _p(own, pairs, index)
            n_exact += len(p)
            kept = joined([kept, pairs.part(p <= p_most)])
            kept_p = np.concatenate([kept_p, p[p <= p_most]])
            if len(kept_p) > MOST_KEPT:
                best = np.argsort(kept_p, kind="stable")[: MOST_KEPT // 2]
                kept, kept_p = kept.part(best), kept_p[best]
                limit, is_cut = float(kept_p[-1]), True
    order = np.lexsort((kept.copier, kept.source, kept_p))
    return ScreenedPairs(kept.part(order), kept_p[order], limit, n_compared, n_exact, is_cut)


def _meetings(compared: ComparedAnswers, groups: Sequence[Ints]) -> Iterator[tuple[Bools, Ints, Ints]]:
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
    own: ComparedAnswers, rows: Ints, others: Ints, limit: float
) -> Iterator[CandidatePairs]:
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
        yield CandidatePairs(block[a], rest[b])


def _bounds(
    own: ComparedAnswers, cell: Ints, nodes: Floats, rows: Ints, limit: float
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


def _critical_matches(ones: Floats, others: Floats, limit: float) -> Singles:
    """(n, G) the least number of matches with a tail within the limit, of chances (n, J, K) and (G, J, K)."""
    least = np.empty(len(ones) * len(others), dtype=np.float32)
    for start in range(0, len(least), _EXACT):
        a, b = np.divmod(np.arange(start, min(start + _EXACT, len(least))), len(others))
        same = np.minimum(np.einsum("njk,njk->nj", ones[a], others[b]), 1.0)
        least[start : start + _EXACT] = np.count_nonzero(at_least(same) > limit, axis=1)
    return least.reshape(len(ones), len(others))


def _near_by_omega(own: ComparedAnswers, rows: Ints, others: Ints, limit: float) -> Iterator[CandidatePairs]:
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
            yield CandidatePairs(sources[s], block[c])


def _indicators(answers: ChosenOptions) -> Singles:
    """(n, J · K) one where an option was chosen: the product of two rows is their number of matches."""
    n_rows, n_items = answers.cells.shape
    n_options = answers.right.shape[1]
    out = np.zeros((n_rows, n_items * n_options), dtype=np.float32)
    who, where = np.nonzero(answers.cells >= 0)
    out[who, where * n_options + answers.cells[who, where]] = 1
    return out


# ── exact figures ────────────────────────────────────────────────────────────────────────────


def _blocks(
    own: ComparedAnswers, pairs: CandidatePairs
) -> Iterator[tuple[slice, ChosenOptions, Floats, CandidatePairs]]:
    """Some thousands of pairs at a time, with the answers and chances of their candidates alone."""
    for start in range(0, len(pairs.source), _EXACT):
        at = slice(start, start + _EXACT)
        rows, place = np.unique(np.concatenate(pairs.part(at)), return_inverse=True)
        of_rows = CandidatePairs(*np.split(place.reshape(-1), 2))
        yield at, own.answers.part(rows), own.model.chances(own.theta[rows]), of_rows


def _p(own: ComparedAnswers, pairs: CandidatePairs, index: str) -> Floats:
    p = np.empty(len(pairs.source))
    for at, answers, chances, some in _blocks(own, pairs):
        by_gbt = index == "gbt"
        p[at] = gbt(answers, chances, some)[0] if by_gbt else omega(answers, chances, some).p
    return p


def measure(compared: ComparedAnswers, pairs: CandidatePairs) -> dict[str, NDArray[Any]]:
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
            by_omega = omega(answers, chances, some)
            matches[to], z[to], p_omega[to] = by_omega.matches, by_omega.z, by_omega.p
            p_gbt[to], expected[to] = gbt(answers, chances, some)
            theirs, mine = answers.cells[some.source], answers.cells[some.copier]
            n_items[to] = np.count_nonzero((theirs >= 0) & (mine >= 0), axis=1)
            same = (theirs == mine) & (theirs >= 0)
            wrong[to] = np.count_nonzero(same & ~answers.is_right()[some.source], axis=1)
    return {
        "p_gbt": p_gbt, "p_omega": p_omega, "matches": matches, "expected": expected, "same_wrong": wrong,
        "n_items": n_items, "omega": z,
    }  # fmt: skip


def connected(first: Ints, second: Ints) -> list[list[int]]:
    """Return the groups of rows that are connected by pairs, each ascending, ordered by first row."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    ends = tuple(np.split(place.reshape(-1), 2))
    links = coo_array((np.ones(len(first)), ends), shape=(len(rows),) * 2)
    n, group = connected_components(links, directed=False)
    found = [rows[group == k].tolist() for k in range(n)]
    return sorted(found)

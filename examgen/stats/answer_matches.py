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
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.distributions import normal_upper
from examgen.stats.irt_abilities import map as greatest
from examgen.stats.irt_models import Note, dichotomous
from examgen.stats.matrix import Chosen
from examgen.stats.mml_fit import fit_mml
from examgen.stats.mml_nominal import fit_nominal
from examgen.stats.poisson_binomial import at_least

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Cells = NDArray[np.int8]
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

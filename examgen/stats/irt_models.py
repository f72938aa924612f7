"""Item response models: the parameters of items, and the curves that follow from them.

Everything is on the logistic metric, without the constant 1.7 (D = 1), in the parametrisation of mirt:

- dichotomous: P(1 | θ) = c + (1 − c) / (1 + exp(−(aθ + d))); difficulty b = −d / a
- graded (Samejima, 1969): P(X ≥ k | θ) = 1 / (1 + exp(−(aθ + d_k))), d_1 > d_2 > …; thresholds b_k = −d_k / a
- partial credit (Masters, 1982; with a free slope Muraki, 1992): P(X = k | θ) ∝ exp(k a θ + d_k), d_0 = 0;
  steps b_k = −(d_k − d_{k−1}) / a

`Estimated` records which parameters a model estimates, for degrees of freedom.

Curves of item response models: category probabilities with derivatives, log-likelihoods of answers,
probabilities of sum scores, information and reliability.

Probabilities keep their relative precision in the tails.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from examgen.stats.matrix import Bools, Cells, Floats, Ints
from examgen.stats.results import Note as Sentence

DICHOTOMOUS, GRADED, PARTIAL_CREDIT = 0, 1, 2


class ItemParameters(NamedTuple):
    """Parameters of J items with at most M + 1 categories, and the curves that follow from them."""

    kind: Cells
    """(J,) DICHOTOMOUS, GRADED or PARTIAL_CREDIT."""
    a: Floats
    """(J,) slopes."""
    d: Floats
    """(J, M) intercepts of categories 1 … M; NaN beyond an item's own categories."""
    c: Floats
    """(J,) lower asymptotes; 0 unless 3PL."""

    @property
    def b(self) -> Floats:
        """(J, M) difficulties, thresholds or steps; NaN beyond an item's categories, ±inf if a = 0."""
        steps = self.d.copy()
        pcm = self.kind == PARTIAL_CREDIT
        steps[pcm, 1:] -= self.d[pcm, :-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-steps / self.a[:, None])

    @property
    def n_categories(self) -> Ints:
        """(J,) the number of categories of each item."""
        return np.asarray(1 + np.count_nonzero(~np.isnan(self.d), axis=1), dtype=np.int64)

    @property
    def usable(self) -> Bools:
        """(J,) whether each item has parameters; items excluded from a fit have NaN."""
        known = np.isfinite(self.a) & np.isfinite(self.d[:, 0])
        return np.asarray(known & np.isfinite(self.c))

    def part(self, items: Ints | Bools | Sequence[int]) -> ItemParameters:
        """Return the parameters of some of the items."""
        at = items if isinstance(items, np.ndarray) else list(items)
        return ItemParameters._make(one[at] for one in self)

    def curves(self, theta: Floats, order: int = 0) -> CurveDerivatives:
        """Return the category probabilities at each ability, and their derivatives up to `order` (0 … 3).

        With P* = 1 / (1 + exp(−z)): P*' = a P*Q*, P*'' = a² P*Q* (1 − 2P*), P*''' = a³ P*Q* (1 − 6P*Q*).
        Partial credit, with m, v and μ₃ the moments of the score k under P: P' = a P (k − m),
        P'' = a² P ((k − m)² − v), P''' = a³ P ((k − m)³ − 3v (k − m) − μ₃).

        Parameters
        ----------
        theta : ndarray, shape (n,)
            Finite abilities.
        order : int

        Returns
        -------
        CurveDerivatives
            All items must be usable.
        """
        shape = (len(theta), len(self.a), self.d.shape[1] + 1)
        made = [np.zeros(shape if k <= order else (0, 0, 0)) for k in range(4)]
        for kind, fill in ((DICHOTOMOUS, _dichotomous), (GRADED, _graded), (PARTIAL_CREDIT, _partial_credit)):
            items = np.flatnonzero(self.kind == kind)
            if len(items):
                fill(self.part(items), theta, made[: order + 1], items)
        return CurveDerivatives(*made)

    def probabilities(self, theta: Floats) -> Floats:
        """Return the probability (n, J, K) of each category at each ability; 0 beyond an item's categories,
        NaN for items without parameters."""
        usable = self.usable
        if usable.all():
            return self.curves(theta).p
        p = np.full((len(theta), len(usable), self.d.shape[1] + 1), np.nan)
        p[:, usable] = self.part(usable).curves(theta).p
        return p

    def expected_scores(self, theta: Floats) -> Floats:
        """Return the expected item scores (n, J) at each ability; their sum over items is the test
        characteristic curve."""
        p = self.probabilities(theta)
        return np.asarray(p @ np.arange(p.shape[2]))

    def scores_and_slopes(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return the expected item scores (Q, J) at each ability, and their derivatives by ability."""
        made = self.curves(theta, 1)
        k = np.arange(float(made.p.shape[2]))
        return made.p @ k, made.d1 @ k

    def ability_at(self, cut: float, limit: float = 8.0, points: Floats | float = 1.0) -> float:
        """Return the ability at which the expected score equals the cut, by bisection; NaN if it is beyond
        ±limit. `points` (J,) is the value of each item's score in points."""

        def above(theta: float) -> float:
            return float((self.expected_scores(np.array([theta])) * points).sum()) - cut

        low, high = -limit, limit
        if not above(low) < 0 <= above(high):
            return math.nan
        for _ in range(80):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if above(middle) >= 0 else (middle, high)
        return 0.5 * (low + high)

    def log_probabilities(self, theta: Floats) -> Floats:
        """Return the logarithms (n, J, K) of the category probabilities; 0 beyond an item's categories."""
        p = self.curves(theta).p
        own = np.arange(p.shape[2]) < self.n_categories[:, None]
        return np.asarray(np.where(own, np.log(np.maximum(p, TINY)), 0.0))

    def item_information(self, theta: ArrayLike) -> Floats:
        """Return the Fisher information of each item: Σ_k P_k'² / P_k.

        Parameters
        ----------
        theta : array_like, shape (Q,)

        Returns
        -------
        ndarray, shape (Q, J)
            ≥ 0. NaN for items without parameters, and if theta is not finite.

        References
        ----------
        Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores.
        Psychometrika Monograph 17, ch. 6. Birnbaum, A. (1968), eq. 17.4.9.
        """
        at = np.atleast_1d(np.asarray(theta, dtype=np.float64))
        usable, known = np.flatnonzero(self.usable), np.flatnonzero(np.isfinite(at))
        own = self.part(usable)
        out = np.full((len(at), len(self.a)), np.nan)
        for rows in row_chunks(len(known), len(usable) * (self.d.shape[1] + 1)):
            made = own.curves(at[known[rows]], 1)
            ratio = made.d1 / np.where(made.p > 0, made.p, 1.0)
            out[np.ix_(known[rows], usable)] = (made.d1 * ratio).sum(axis=2)
        return out

    def information(self, theta: ArrayLike) -> Floats:
        """Return the test information (Q,): the sum over the items that have parameters; NaN if none has."""
        items = self.item_information(theta)[:, self.usable]
        return np.asarray(items.sum(axis=1) if items.shape[1] else np.full(len(items), np.nan))

    def sem(self, theta: ArrayLike) -> Floats:
        """Return the standard error of ability (Q,) on the test: 1 / √information; infinite if there is no
        information."""
        information = self.information(theta)
        with np.errstate(divide="ignore"):
            return np.asarray(1.0 / np.sqrt(information))

    def reliability(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Return the reliability over a normal distribution of ability, if all items are answered: ∫ σ² I(θ)
        / (σ² I(θ) + 1) φ(θ; mean, sd) dθ.

        Parameters
        ----------
        mean, sd : float
            Mean and standard deviation of ability in the population.

        Returns
        -------
        float
            0 … 1; NaN without items, or if sd is not positive and finite.

        References
        ----------
        Green, B. F., Bock, R. D., Humphreys, L. G., Linn, R. L., & Reckase, M. D. (1984). Technical
        guidelines for assessing computerized adaptive tests. Journal of Educational Measurement 21, 347–360.
        Equal to `mirt::marginal_rxx` in R with a standard deviation of 1.
        """
        if not (np.isfinite(sd) and sd > 0 and np.isfinite(mean)) or not self.usable.any():
            return np.nan
        z = np.linspace(-10.0, 10.0, 1001)
        weights = np.exp(-0.5 * z**2)
        weights /= weights.sum()
        information = self.information(mean + sd * z)
        return float((sd**2 * information / (sd**2 * information + 1.0)) @ weights)


def dichotomous(a: Floats, d: Floats, c: Floats | None = None) -> ItemParameters:
    """Return the parameters of 0/1 items from vectors."""
    a, d = np.asarray(a, dtype=np.float64), np.asarray(d, dtype=np.float64)
    return ItemParameters(
        np.full(len(a), DICHOTOMOUS, dtype=np.int8),
        a,
        d[:, None],
        np.zeros(len(a)) if c is None else np.asarray(c, dtype=np.float64),
    )


def logistic(z: Floats) -> Floats:
    """Return 1 / (1 + exp(−z)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))


class Fit(NamedTuple):
    """An item response model fitted to responses.

    An item that cannot be estimated (nobody or everybody right, nobody took it) is excluded from the fit: its
    parameters are NaN, and a note explains why. A lack of convergence is always noted.
    """

    model: str
    """`rasch-cml`, `rasch`, `1pl`, `2pl`, `3pl`, `grm` or `pcm`."""
    parameters: ItemParameters
    se_a: Floats
    """(J,) standard errors; NaN if a parameter is fixed or the item was excluded."""
    se_d: Floats
    """(J, M) standard errors of the intercepts."""
    se_b: Floats
    """(J, M) standard errors of b by the delta method."""
    se_c: Floats
    mean: Floats
    """(G,) mean of ability, one for each group; 0 if fixed."""
    sd: Floats
    """(G,) standard deviation of ability; 1 if fixed. NaN under conditional likelihood."""
    se_mean: Floats
    se_sd: Floats
    log_likelihood: float
    """Without the prior. Conditional for `rasch-cml`."""
    log_prior: float
    n_parameters: int
    n_candidates: int
    """The number of candidates with at least one answer to a fitted item."""
    converged: bool
    iterations: int
    covariance: Floats
    """Covariance of the free parameters, in the order of `free`; empty if standard errors were not requested.
    """
    free: tuple[tuple[str, int, int], ...]
    """(parameter, item or group, step) of each row of `covariance`: `a`, `d`, `c`, `mean`, `sd`."""
    notes: tuple[Note, ...]

    @property
    def settled(self) -> bool:
        """Whether the numbers can be used: the fit converged, or would have but for the infinite slope of a
        single item. With two such items, usually the same item twice, the ability scale depends on them
        alone."""
        doubts = [note for note in self.notes if note.code in UNSETTLED]
        if self.converged or not doubts:
            return self.converged and not doubts
        return len(doubts) == 1 and doubts[0].code == "slope-to-infinity" and doubts[0].item is not None

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2.0 * self.n_parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's information criterion."""
        return float(np.log(self.n_candidates)) * self.n_parameters - 2.0 * self.log_likelihood


def without_estimates(model: str, parameters: ItemParameters, **figures: Any) -> Fit:
    """Return a fit without estimates, except for the figures given."""
    nothing, unknown = np.full(len(parameters.a), np.nan), np.full(1, np.nan)
    steps = np.full(parameters.d.shape, np.nan)
    fit = Fit(
        model, parameters, nothing, steps, steps, nothing, unknown, unknown, unknown, unknown, np.nan, 0.0,
        0, 0, False, 0, np.empty((0, 0)), (), (),
    )  # fmt: skip
    return fit._replace(**figures)


class Note(NamedTuple):
    """A message about a fit, an item or a group that the user must know."""

    code: str
    """`all-right`, `all-wrong`, `no-answers`, `not-converged`, `slope-to-infinity`, `negative-slope` …"""
    item: int | None
    """Index of the item; None if the note is about the whole fit."""
    message: Sentence
    """A sentence without the item's name, which is added for display."""
    group: int | None = None
    """Index of the group; None for all groups. Its name is added for display."""


UNSETTLED = frozenset({"not-converged", "slope-to-infinity", "endless-variance"})
"""Codes of notes on a fit without a maximum, or whose maximum was not reached; its numbers should not be
used."""


class Estimated(NamedTuple):
    """Which parameters were estimated, not fixed."""

    a: Bools
    """(J,)"""
    d: Bools
    """(J, M)"""
    c: Bools
    shared_slope: bool
    """Whether all items have one slope."""
    n_group: int
    """The number of free parameters of the ability distribution (mean, standard deviation)."""

    @property
    def per_item(self) -> Ints:
        """(J,) the number of parameters of each item; a shared slope counts for each, as in mirt."""
        of_item = self.a.astype(np.int64) + self.c + np.count_nonzero(self.d, axis=1)
        return np.asarray(of_item, dtype=np.int64)

    @property
    def total(self) -> int:
        """The number of all parameters; a shared slope counts once."""
        n = int(self.per_item.sum()) + self.n_group
        return n - max(int(np.count_nonzero(self.a)) - 1, 0) if self.shared_slope else n


def estimated(model: str, parameters: ItemParameters, fixed: ItemParameters | None = None) -> Estimated:
    """Return which parameters the named model estimates.

    Parameters
    ----------
    model : str
        `rasch`, `1pl`, `2pl`, `3pl`, `grm`, `pcm` or `gpcm`. The slopes of `rasch` and `pcm` are 1
        and the variance of ability is free; else slopes are free and ability is N(0, 1).
    parameters : ItemParameters
    fixed : ItemParameters
        Anchors: parameters that are not NaN were not estimated. A fixed intercept frees the mean of ability,
        a fixed slope its standard deviation; in `1pl` a slope fixed for one item is that of all.

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if model not in ("rasch", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm"):
        raise ValueError(f"no model estimated by marginal likelihood is named {model}")
    known = np.isfinite(parameters.a)
    guessing = known & (parameters.kind == DICHOTOMOUS)
    slope = known if model not in ("rasch", "pcm") else np.zeros_like(known)
    found = Estimated(
        a=slope,
        d=~np.isnan(parameters.d) & known[:, None],
        c=guessing if model == "3pl" else np.zeros_like(known),
        shared_slope=model == "1pl",
        n_group=1 if model in ("rasch", "pcm") else 0,
    )
    if fixed is None:
        return found
    slope_known = bool(np.isfinite(fixed.a if model == "1pl" else fixed.a[known]).any())
    place_known = bool(np.isfinite(fixed.d[known]).any())
    slope_free = np.zeros_like(known) if model == "1pl" and slope_known else found.a & np.isnan(fixed.a)
    return Estimated(
        a=slope_free,
        d=found.d & np.isnan(fixed.d),
        c=found.c & np.isnan(fixed.c),
        shared_slope=found.shared_slope,
        n_group=int(place_known) + int(slope_known or model in ("rasch", "pcm")),
    )


# ── curves ────────────────────────────────────────────────────────────────────────────────────────────


TINY = 1e-300
CHUNK_CELLS = 100_000
"""The number of array cells processed at a time: 0.8 MB, which fits in the cache."""


class CurveDerivatives(NamedTuple):
    """Probabilities of categories (n, J, K) and their first to third derivatives by ability.

    0 beyond an item's own categories; derivatives that were not requested are empty.
    """

    p: Floats
    d1: Floats
    d2: Floats
    d3: Floats


def answer_patterns(there: Bools) -> tuple[Bools, Ints, Ints]:
    """Return the distinct patterns of answered items, the pattern of each row, and the number of rows with
    each."""
    n, n_items = there.shape
    if not there.size:
        return (
            np.ones((min(n, 1), n_items), dtype=np.bool_),
            np.zeros(n, dtype=np.int64),
            np.full(min(n, 1), n),
        )
    packed = np.packbits(there, axis=1)
    rows = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, first, which, counts = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)
    return there[first], which.reshape(-1).astype(np.int64), counts


def linked(given: Bools) -> bool:
    """Return whether all rows of a table (rows, items) are connected by shared items.

    Rows are candidates or distinct patterns; each must have an item.
    """
    from scipy.sparse.csgraph import connected_components

    items = given[:, given.any(axis=0)].astype(np.float32)
    return bool(connected_components(items.T @ items > 0, directed=False, return_labels=False) < 2)


def row_chunks(n_rows: int, n_cells_in_a_row: int, most: int = CHUNK_CELLS) -> Iterator[slice]:
    """Yield slices of rows such that an array with so many cells in a row has at most `most` cells."""
    step = max(1, most // max(1, n_cells_in_a_row))
    for start in range(0, n_rows, step):
        yield slice(start, min(n_rows, start + step))


def log_likelihoods(scores: Cells, log_p: Floats) -> Floats:
    """Return the log-likelihood (n, Q) of each row of scores (negative if missing) at each of Q abilities."""
    out = np.zeros((len(scores), len(log_p)))
    for k in range(log_p.shape[2]):
        out += (scores == k).astype(np.float64) @ log_p[:, :, k].T
    return out


def _star(z: Floats) -> tuple[Floats, Floats]:
    """P* and Q* without overflow, each with its full relative precision."""
    e = np.exp(-np.abs(z))
    large, small = 1.0 / (1.0 + e), e / (1.0 + e)
    up = z >= 0
    return np.where(up, large, small), np.where(up, small, large)


def _star_derivatives(p: Floats, q: Floats, a: Floats, order: int) -> list[Floats]:
    w = p * q
    made = [a * w, a**2 * w * (q - p), a**3 * w * (1.0 - 6.0 * w)]
    return made[:order]


def _dichotomous(parameters: ItemParameters, theta: Floats, made: list[Floats], items: Ints) -> None:
    c = parameters.c
    p, q = _star(theta[:, None] * parameters.a + parameters.d[:, 0])
    made[0][:, items, 1] = c + (1.0 - c) * p
    made[0][:, items, 0] = (1.0 - c) * q
    for out, derivative in zip(made[1:], _star_derivatives(p, q, parameters.a, len(made) - 1), strict=True):
        out[:, items, 1] = (1.0 - c) * derivative
        out[:, items, 0] = -out[:, items, 1]


def _graded(parameters: ItemParameters, theta: Floats, made: list[Floats], items: Ints) -> None:
    own = ~np.isnan(parameters.d)
    z = theta[:, None, None] * parameters.a[:, None] + np.where(own, parameters.d, 0.0)
    p, q = _star(z)
    p, q = np.where(own, p, 0.0), np.where(own, q, 1.0)
    made[0][:, items, 0] = q[:, :, 0]
    # differences of the smaller tail, which has the digits
    last = p[:, :, -1:]
    lower = np.where(p[:, :, :-1] > 0.5, q[:, :, 1:] - q[:, :, :-1], p[:, :, :-1] - p[:, :, 1:])
    made[0][:, items, 1:] = np.maximum(np.concatenate([lower, last], axis=2), 0.0)
    steps = _star_derivatives(p, q, parameters.a[:, None], len(made) - 1)
    for out, derivative in zip(made[1:], steps, strict=True):
        edges = np.concatenate([np.zeros((*p.shape[:2], 1)), derivative, np.zeros((*p.shape[:2], 1))], axis=2)
        out[:, items] = edges[:, :, :-1] - edges[:, :, 1:]


def _partial_credit(parameters: ItemParameters, theta: Floats, made: list[Floats], items: Ints) -> None:
    a, k = parameters.a[:, None], np.arange(parameters.d.shape[1] + 1.0)
    d = np.concatenate([np.zeros((len(a), 1)), np.where(np.isnan(parameters.d), -np.inf, parameters.d)], 1)
    z = k * a * theta[:, None, None] + d
    p = np.exp(z - z.max(axis=2, keepdims=True))
    p /= p.sum(axis=2, keepdims=True)
    made[0][:, items] = p
    from_mean = k - (p @ k)[:, :, None]
    variance = (p * from_mean**2).sum(axis=2, keepdims=True)
    third = (p * from_mean**3).sum(axis=2, keepdims=True)
    derivatives = [
        a * p * from_mean,
        a**2 * p * (from_mean**2 - variance),
        a**3 * p * (from_mean**3 - 3.0 * variance * from_mean - third),
    ]
    for out, derivative in zip(made[1:], derivatives[: len(made) - 1], strict=True):
        out[:, items] = derivative


# ── sum scores ───────────────────────────────────────────────────────────────────────────────


def sum_score_likelihoods(p: Floats, greatest: Ints) -> Floats:
    """Return the probability (S + 1, Q) of each sum score at each node.

    Parameters
    ----------
    p : ndarray, shape (Q, J, K)
        Category probabilities, 0 beyond an item's categories.
    greatest : ndarray of int, shape (J,)
        The highest score of each item; S is their sum.
    """
    return _with_items(np.ones((1, len(p))), p, greatest, range(p.shape[1]))


def leave_one_out(p: Floats, greatest: Ints) -> Iterator[tuple[int, Floats]]:
    """Yield for each item the sum score probabilities (S − greatest[item] + 1, Q) of all other items.

    The items are halved recursively: before an item of one half is reached, the other half is included. This
    takes J log₂ J steps and adds only non-negative terms, so that small probabilities remain precise.
    """

    def halves(so_far: Floats, items: range) -> Iterator[tuple[int, Floats]]:
        if len(items) == 1:
            yield items[0], so_far
        elif items:
            first, second = items[: len(items) // 2], items[len(items) // 2 :]
            yield from halves(_with_items(so_far, p, greatest, second), first)
            yield from halves(_with_items(so_far, p, greatest, first), second)

    yield from halves(np.ones((1, len(p))), range(p.shape[1]))


def _with_items(so_far: Floats, p: Floats, greatest: Ints, items: range) -> Floats:
    for item in items:
        top = int(greatest[item])
        longer = np.zeros((len(so_far) + top, so_far.shape[1]))
        for k in range(top + 1):
            longer[k : k + len(so_far)] += so_far * p[:, item, k]
        so_far = longer
    return so_far


# ── information ──────────────────────────────────────────────────────────────────────────────


def empirical_reliability(theta: ArrayLike, se: ArrayLike) -> float:
    """Return the reliability of estimated abilities: var(θ̂) / (var(θ̂) + mean(se²)), as mirt's
    `empirical_rxx`.

    Appropriate for EAP. Candidates without a finite estimate and standard error are excluded. The variance
    has the divisor n − 1. NaN with fewer than two candidates, or if variance and errors are 0.
    """
    estimate, error = np.asarray(theta, dtype=np.float64), np.asarray(se, dtype=np.float64)
    known = np.isfinite(estimate) & np.isfinite(error)
    if np.count_nonzero(known) < 2:
        return np.nan
    variance, noise = float(np.var(estimate[known], ddof=1)), float(np.mean(error[known] ** 2))
    return variance / (variance + noise) if variance + noise > 0 else np.nan

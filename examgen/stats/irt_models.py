"""Item response models: the parameters of items, and the curves that follow from them.

Everything is on the logistic metric, without the constant 1.7 (D = 1), in the parametrisation of mirt:

- dichotomous: P(1 | θ) = c + (1 − c) / (1 + exp(−(aθ + d))); difficulty b = −d / a
- graded (Samejima, 1969): P(X ≥ k | θ) = 1 / (1 + exp(−(aθ + d_k))), d_1 > d_2 > …; thresholds b_k = −d_k / a
- partial credit (Masters, 1982; with a free slope Muraki, 1992): P(X = k | θ) ∝ exp(k a θ + d_k), d_0 = 0;
  steps b_k = −(d_k − d_{k−1}) / a

`Estimated` records which parameters a model estimates, for degrees of freedom.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.results import Note as Sentence

Floats = NDArray[np.float64]
DICHOTOMOUS, GRADED, PARTIAL_CREDIT = 0, 1, 2
Bools = NDArray[np.bool_]


class ItemParameters(NamedTuple):
    """Parameters of J items with at most M + 1 categories."""

    kind: NDArray[np.int8]
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
    def per_item(self) -> NDArray[np.int64]:
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

"""Bock's nominal response model by marginal maximum likelihood: probabilities of options by ability.

P(X_j = k | θ) = exp(a_jk θ + c_jk) / Σ_h exp(a_jh θ + c_jh), θ ~ N(0, 1), Σ_k a_jk = Σ_k c_jk = 0 over the
options of item j that somebody chose (Bock 1972, eq. 2 and 6). An item of two options is the two-parameter
logistic model. The direction of θ, which the likelihood leaves open, is that in which right answers rise.

Parameters are estimated as differences from the first option that occurs, by the same ascent as in the other
marginal models.

References
----------
Bock, R. D. (1972). Estimating item parameters and latent ability when responses are scored in two or more
    nominal categories. Psychometrika, 37, 29–51.
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm. Psychometrika, 46, 443–459.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from examgen.stats.irt_models import Note
from examgen.stats.matrix import Cells, Floats
from examgen.stats.mml_curves import LinearLogits
from examgen.stats.mml_fit import consecutive, told
from examgen.stats.mml_problem import MarginalProblem, maximise_posterior
from examgen.stats.quadrature import normal_grid
from examgen.stats.results import note_of

STEEPEST, FARTHEST = 8.0, 15.0
"""The maximum absolute differences of slopes and of intercepts. For an option that hardly anybody chose, the
likelihood may increase without bound."""
RIDGE_SD = 10.0
"""Standard deviation of a normal prior with mean 0 on differences of slopes. Compared with ten or more
choices its effect is negligible, but it is enough to make the estimate finite for an option that one or two
chose."""
LEAST_CANDIDATES = 300
"""With fewer candidates there is a note, as parameters of rare options are then uncertain (de Ayala, 2009,
chapter 9)."""
TEXTS: dict[str, str] = {
    "few-candidates": "{n} candidates are few for the nominal response model. Use {least} or more",
    "one-option": "excluded, because all candidates who answered chose the same option",
}
"""The messages by code."""


class Nominal(LinearLogits):
    """The nominal response model: for each item slopes a_1 … a_{K−1}, then intercepts c_1 … c_{K−1}, relative
    to option 0."""

    def n_slots(self, n_categories: int) -> int:
        """Return the number of slots: a slope and an intercept for each option but the first."""
        return 2 * (n_categories - 1)

    def weights(self, n_slots: int, nodes: Floats) -> Floats:
        """Return the weights: θ for option k's slope, and 1 for its intercept."""
        by_c = np.eye(n_slots // 2 + 1)[:, 1:, None] * np.ones_like(nodes)
        return np.concatenate([by_c * nodes, by_c], axis=1)

    def log_prior(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the log density of the normal prior on the slopes (sd `RIDGE_SD`), and its derivatives."""
        value, first, second = np.zeros((3, *x.shape))
        half = x.shape[1] // 2
        value[:, :half] = -0.5 * (x[:, :half] / RIDGE_SD) ** 2
        first[:, :half] = -x[:, :half] / RIDGE_SD**2
        second[:, :half] = -1.0 / RIDGE_SD**2
        return value, first, second


class NominalFit(NamedTuple):
    """A nominal response model fitted to choices."""

    a: Floats
    """(J, K) slopes, which sum to 0 over an item's options; NaN for options that nobody chose and for
    excluded items."""
    c: Floats
    """(J, K) intercepts, with the same sum and missing values."""
    log_likelihood: float
    """Log-likelihood without the prior."""
    n_candidates: int
    converged: bool
    iterations: int
    notes: tuple[Note, ...]


def fit_nominal(
    choices: Cells,
    keys: Sequence[frozenset[int]],
) -> NominalFit:
    """Fit the nominal response model to options chosen.

    Parameters
    ----------
    choices : array_like, shape (N, J)
        Index of the option chosen; negative or NaN is missing, assumed at random.
    keys
        Indices of the right options of each item, which determine the direction of ability.
    """
    n_items = choices.shape[1]
    width = max(int(choices.max(initial=0)) + 1, 2)
    seen = np.stack([(choices == k).any(axis=0) for k in range(width)], axis=1)
    used = np.flatnonzero(seen.sum(axis=1) > 1).tolist()
    a, c = np.full((2, n_items, width), np.nan)
    notes = []
    for j in np.flatnonzero(seen.sum(axis=1) < 2).tolist():
        is_one = seen[j].any()
        notes.append(
            Note("one-option", j, note_of(TEXTS, "one-option", {})) if is_one else told("no-answers", j)
        )
    if not len(used):
        return NominalFit(a, c, float("nan"), 0, False, 0, (*notes, told("nothing-to-fit")))
    coded = consecutive(choices)[0][:, used]
    coded = coded[(coded >= 0).any(axis=1)]
    n_options = seen[used].sum(axis=1)
    slots = 2 * (int(n_options.max()) - 1)
    # An item of fewer options has its intercepts in slots where another has slopes: one range for both.
    limit = np.full(slots, FARTHEST)
    limit[: int(n_options.min()) - 1] = STEEPEST
    problem = MarginalProblem(
        [coded], n_options, Nominal(), normal_grid(), np.arange(slots) < 2 * (n_options[:, None] - 1),
        -limit, limit, np.zeros((1, 2), dtype=np.bool_),
    )  # fmt: skip
    start = np.zeros((len(used), slots))  # right options rise with ability
    for place, j in enumerate(used):
        right = np.isin(np.flatnonzero(seen[j]), list(keys[j])).astype(np.float64)
        n = np.bincount(coded[coded[:, place] >= 0, place]) + 0.5
        start[place, : 2 * len(n) - 2] = *(right[1:] - right[0]), *np.log(n[1:] / n[0])
    maximum = maximise_posterior(problem, start, np.array([[0.0, 1.0]]))
    for place, j in enumerate(used):
        n_free = int(n_options[place]) - 1
        for table, at in ((a, 0), (c, n_free)):
            own = np.concatenate([[0.0], maximum.state.x[place, at : at + n_free]])
            table[j, seen[j]] = own - own.mean()
    if len(coded) < LEAST_CANDIDATES:
        values = {"n": len(coded), "least": LEAST_CANDIDATES}
        notes.append(Note("few-candidates", None, note_of(TEXTS, "few-candidates", values)))
    if not maximum.converged:
        notes.append(told("not-converged", steps=maximum.iterations))
    return NominalFit(
        a, c, maximum.state.log_likelihood, len(coded), maximum.converged, maximum.iterations, tuple(notes)
    )

"""The three-parameter logistic model by marginal maximum likelihood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import tell
from examgen.psychometrics.irt.marginal import priors
from examgen.psychometrics.irt.marginal.ascent import TOLERANCE
from examgen.psychometrics.irt.marginal.category_curves import Asymptotes, sigmoid
from examgen.psychometrics.irt.marginal.fitting import (
    STEEPEST,
    answered_by,
    easiness,
    hindrance,
    left_out,
    nothing,
    result,
    seen,
)
from examgen.psychometrics.irt.marginal.priors import Prior, on_logit
from examgen.psychometrics.irt.marginal.problem import (
    MarginalProblem,
    evaluate,
    marginal_problem,
    maximise_posterior,
    same_maximum,
    settled,
)
from examgen.psychometrics.irt.marginal.two_parameter import fit_logistic
from examgen.stats.irt_models import Fit, ItemParameters, Note, dichotomous
from examgen.stats.quadrature import normal_grid

Floats = NDArray[np.float64]
SLOTS = (("a", 0), ("d", 0), ("c", 0))
USUAL_C = 0.15
C_AT_ZERO = tell("the lower asymptote is estimated as 0, so the data show no guessing")
ROUGH = 1e-2
"""What the second ascent may leave to gain before it is compared with the first."""
SMALL = 500_000
"""Up to this number of cells of the scores, two starts are tried."""


def fit_asymptotes(
    scores: NDArray[np.int8],
    prior_c: Prior | None = None,
    fixed: ItemParameters | None = None,
    standard_errors: bool = True,
) -> Fit:
    """Fit P(1 | θ) = c + (1 − c) / (1 + exp(−(aθ + d))) to 0/1 scores, θ ~ N(0, 1).

    Maximises Σ_i log Σ_q w_q P(x_i | θ_q) + Σ_j log p(c_j) over a, d, c. Without a prior, c may end at 0, the
    bound of its range; the fit then has a note, and no standard error for it. The likelihood without a prior
    is often nearly flat; see the notes `singular-information` and `poorly-determined`.

    Parameters
    ----------
    scores
        (N, J); 0 or 1, negative where missing. Only the answered items of a candidate contribute.
    prior_c
        `LogitNormal(mean, sd)` or `BetaPrior(p, q)` for every free c; None for none.
    fixed
        Parameters that are not estimated; NaN is free. With a fixed slope the standard deviation of ability
        is estimated, with a fixed intercept its mean.
    standard_errors
        Whether to compute them, from the observed information of the log posterior (Louis, 1982); else NaN.

    Raises
    ------
    ValueError
        For scores that are not a matrix or exceed 1, or a prior without a maximum.

    References
    ----------
    Bock, R. D., & Aitkin, M. (1981). Psychometrika, 46, 443–459.
    Birnbaum, A. (1968). In F. M. Lord & M. R. Novick, Statistical theories of mental test scores, ch. 17.
    Mislevy, R. J. (1986). Bayes modal estimation in item response models. Psychometrika, 51, 177–195.
    """
    if scores.ndim != 2:
        raise ValueError(tell("scores must be a matrix of candidates and items"))
    if scores.size and scores.max() > 1:
        raise ValueError(tell("this model needs scores of 0 and 1. For more categories use grm or pcm"))
    prior_c = None if prior_c is None else priors.checked(prior_c)
    n_items = scores.shape[1]
    if fixed is None:
        fixed = dichotomous(*np.full((3, n_items), np.nan))
    elif fixed.a.shape != (n_items,) or fixed.d.shape[:1] != (n_items,):
        raise ValueError(
            tell(
                "the fixed parameters are for {n} items, but the scores have {n_items}",
                n=len(fixed.a),
                n_items=n_items,
            )
        )
    what = seen(scores)
    given = np.stack([fixed.a, fixed.d[:, 0], fixed.c], axis=1)
    known = np.asarray(np.isfinite(given).all(axis=1))
    use = (what.lowest < what.highest) | (known & (what.highest >= 0))
    notes = [note for note in left_out(what) if not known[note.item or 0]]
    everything = dichotomous(fixed.a.copy(), fixed.d[:, 0].copy(), fixed.c.copy())
    items = np.nonzero(use)[0]
    anchored = np.isfinite(fixed.a).any() or np.isfinite(fixed.d).any()
    if (obstacle := hindrance("3pl", what, len(items), bool(anchored))) is not None:
        return nothing("3pl", everything, int(what.answered.sum()), [*notes, obstacle])
    scores, given = answered_by(scores, what, items), given[items]

    grid, logit, free = normal_grid(), on_logit(prior_c), ~np.isfinite(given)
    problem = marginal_problem(
        [scores], np.full(len(items), 2, dtype=np.intp), Asymptotes(logit, prior_c), grid, free,
        *ends(logit), np.array([[(~free[:, 1]).any(), (~free[:, 0]).any()]]),
    )  # fmt: skip
    if logit:
        with np.errstate(divide="ignore"):
            given[:, 2] = np.clip(np.log(given[:, 2]) - np.log1p(-given[:, 2]), -40.0, 40.0)
    group = np.array([[0.0, 1.0]])
    rough = np.where(free, rough_start(scores, prior_c, logit), given)
    starts = [_from_two_parameters(problem, scores, logit, rough, group)]
    if prior_c is None and scores.size < SMALL:
        # Without a prior there may be several maxima: take the better of two ascents.
        starts.append(rough)
    maximum = maximise_posterior(problem, starts[0], group, information=standard_errors)
    for x in starts[1:]:
        near = maximise_posterior(problem, x, group, information=False, tolerance=ROUGH, newton_steps=False)
        if same_maximum(problem, maximum, near):
            continue
        other = maximise_posterior(problem, near.state.x, near.state.group, information=standard_errors)
        # if both ascents reach the same maximum, take the first, not the one that rounding favours
        maximum = other if other.state.value > maximum.state.value + TOLERANCE else maximum

    x, scale = maximum.state.x, np.ones_like(maximum.state.x)
    c = sigmoid(x[:, 2]) if logit else x[:, 2]
    if logit:
        scale[:, 2] = c * (1.0 - c)
    everything.a[items], everything.d[items, 0] = x[:, 0], x[:, 1]
    everything.c[items] = np.where(np.isfinite(fixed.c[items]), fixed.c[items], c)
    slot, item = np.nonzero(free.T)
    for s, j, held in zip(slot, item, maximum.held, strict=False):
        if held and s == 2 and everything.c[items[j]] < 0.5:
            notes.append(Note("c-at-zero", int(items[j]), C_AT_ZERO))
    fit = result(
        "3pl", problem, maximum, SLOTS, items, everything, scale,
        standard_errors=standard_errors, notes=notes, n_candidates=len(scores),
    )  # fmt: skip
    poor = []
    for j in np.nonzero(np.nan_to_num(fit.se_c) > 0.25)[0]:
        words = tell(
            "the data hardly determine the lower asymptote (standard error {error:.2f}). Use a "
            "model with fewer parameters",
            error=fit.se_c[j],
        )
        poor.append(Note("poorly-determined", int(j), words, (f"{fit.se_c[j]:.2f}",)))
    return fit._replace(notes=(*fit.notes, *poor))


def ends(logit: bool) -> tuple[Floats, Floats]:
    """(3,) lower and upper bounds of slope, intercept and c (or its logit)."""
    lower = np.array([-STEEPEST, -np.inf, -40.0 if logit else 0.0])
    upper = np.array([STEEPEST, np.inf, 40.0 if logit else 0.95])
    return lower, upper


def _from_two_parameters(
    problem: MarginalProblem, scores: NDArray[np.int8], logit: bool, rough: Floats, group: Floats
) -> Floats:
    """Starting values: item parameters fitted to the expected counts of a rough two-parameter fit."""
    two = fit_logistic(scores, "2pl", None, problem.grid, False, 20, 1.0).parameters
    x = rough.copy()
    if not problem.group_free.any() and np.nansum(np.sign(two.a)) < 0:
        # One item with an infinite slope may have reversed the scale.
        two = two._replace(a=-two.a)
    known = problem.free[:, :2].all(axis=1) & np.isfinite(two.a) & (np.abs(two.a) < 5.0)
    x[known, 0], x[known, 1] = two.a[known], two.d[known, 0]
    plain = x.copy()
    plain[known, 2] = -40.0 if logit else 0.0
    return settled(problem, evaluate(problem, plain, group), x, 6)


def rough_start(scores: NDArray[np.int8], prior: Prior | None, logit: bool) -> Floats:
    """(J, 3) rough parameters, from proportions right and correlations."""
    right, slope = easiness(scores, np.ones(scores.shape[1], dtype=np.intp))
    c = USUAL_C if prior is None else min(max(priors.mode(prior), 0.01), 0.5)
    a = slope * 1.2
    low = np.minimum(c, 0.7 * right)
    share = np.clip((right - low) / (1.0 - low), 0.02, 0.98)
    d = np.log(share / (1.0 - share)) * np.sqrt(1.0 + a**2 / 2.9)
    third = np.log(low / (1.0 - low)) if logit else low
    return np.stack([a, d, third], axis=1)

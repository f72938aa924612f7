"""Cut scores of forms and a fitted model → abilities at the cuts, with errors, and how far they lie apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from examgen.workflow.analyses.documents import Document, plain

if TYPE_CHECKING:
    from examgen.analysis.irt.items import Fit, ItemParameters

_STEP = 1e-5
LEVEL = 0.05
"""Error of the intervals of all pairs of forms together (Bonferroni)."""


class CutAbilities(NamedTuple):
    """Cuts on the scale of ability."""

    at: dict[str, float | None]
    """By form, the ability at which its expected score is the cut."""
    errors: dict[str, float | None]
    """Standard errors: of the parameters alone, for the cut in points is what it is."""
    apart: Document | None
    """The two forms that lie farthest apart; None of fewer than two cuts, and without errors."""


def cut_abilities(
    fit: Fit, cuts: Mapping[str, float | None], counted: Mapping[str, Sequence[int]]
) -> CutAbilities:
    """Inverse of each form's test characteristic curve at its cut, with standard errors by the delta method.

    With T(θ, β) the expected score of a form, θ(β) solves T = cut, so that dθ/dβ = −(∂T/∂β)/(∂T/∂θ), and
    V(θ) = (dθ/dβ)′ V(β) (dθ/dβ), V(β) the covariance of all free parameters; of a difference of two forms by
    the difference of their gradients, so that errors that both share count once.
    """
    at = {form: ability_at(cut, fit, counted[form]) for form, cut in cuts.items()}
    gradients = {
        form: _gradient(fit, theta, counted[form])
        for form, theta in at.items()
        if theta is not None and len(fit.covariance)
    }
    errors = {form: plain(_error(gradients[form], fit)) if form in gradients else None for form in at}
    return CutAbilities(at, errors, _apart(at, gradients, fit))


def _apart(at: Mapping[str, float | None], gradients: Mapping[str, Any], fit: Fit) -> Document | None:
    from examgen.intervals import normal_quantile

    known = [(theta, form) for form, theta in at.items() if theta is not None]
    if len(known) < 2 or len(gradients) < len(known):
        return None
    (low, easier), (high, harder) = min(known), max(known)
    error = _error(gradients[harder] - gradients[easier], fit)
    if not math.isfinite(error):
        return None
    n_pairs = len(list(combinations(known, 2)))
    half = normal_quantile(1 - LEVEL / (2 * n_pairs)) * error
    return {
        "lower": easier,
        "higher": harder,
        "logits": high - low,
        "se": error,
        "logits_low": high - low - half,
        "logits_high": high - low + half,
        "n_pairs": n_pairs,
    }


def _error(gradient: Any, fit: Fit) -> float:
    return float(np.sqrt(max(float(gradient @ fit.covariance @ gradient), 0.0)))


def _gradient(fit: Fit, theta: float, places: Sequence[int]) -> Any:
    """(free parameters,) of the ability at which the expected score of the items stays the same."""

    def total(parameters: ItemParameters, at: float) -> float:
        from examgen.analysis.irt.items import expected_scores

        return float(expected_scores(parameters, np.array([at]))[0, list(places)].sum())

    by_theta = (total(fit.parameters, theta + _STEP) - total(fit.parameters, theta - _STEP)) / (2 * _STEP)
    found = np.zeros(len(fit.free))
    own = set(places)
    for n, (name, item, step) in enumerate(fit.free):
        of_all = name == "a" and fit.model == "1pl"
        if name not in ("a", "d", "c", "u") or not (of_all or item in own):
            continue
        ends = [total(_moved(fit, name, None if of_all else item, step, by), theta) for by in (_STEP, -_STEP)]
        found[n] = -(ends[0] - ends[1]) / (2 * _STEP) / by_theta
    return found


def _moved(fit: Fit, name: str, item: int | None, step: int, by: float) -> ItemParameters:
    """The parameters with one of them moved; the slope of all items where `item` is None."""
    values = getattr(fit.parameters, name).copy()
    if item is None:
        values += by
    elif values.ndim > 1:
        values[item, step] += by
    else:
        values[item] += by
    return fit.parameters._replace(**{name: values})


def ability_at(cut: float | None, fit: Fit, places: Sequence[int]) -> float | None:
    """The ability at which a form's expected score is the cut; None beyond ±6."""
    from examgen.analysis.irt.items import expected_scores

    if cut is None:
        return None
    grid = np.linspace(-6.0, 6.0, 1201)
    curves = expected_scores(fit.parameters, grid)[:, list(places)]
    if not np.isfinite(curves).all():
        return None
    total = curves.sum(axis=1)
    above = np.flatnonzero(total >= cut)
    if not len(above) or above[0] == 0:
        return None
    k = int(above[0])
    share = (cut - total[k - 1]) / (total[k] - total[k - 1])
    return float(grid[k - 1] + share * (grid[k] - grid[k - 1]))

"""Item parameters and abilities → how often decisions agree: Lee (2010) on sum scores, Rudner (2001) on θ.

References
----------
Lee, W.-C. (2010). Classification consistency and accuracy for complex assessments using item response theory.
    Journal of Educational Measurement, 47, 1–17.
Rudner, L. M. (2001). Computing the expected proportions of misclassified examinees. Practical Assessment,
    Research, and Evaluation, 7(14).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Cells
from examgen.psychometrics.decisions.consistency import Floats, States, level_at, levels_of
from examgen.psychometrics.irt.curves import category_probabilities
from examgen.psychometrics.irt.items import ItemParameters
from examgen.psychometrics.irt.lord_wingersky import sum_score_likelihoods

Bools = NDArray[np.bool_]
_AT_ONCE = 2_048


def lee(parameters: ItemParameters, theta: Floats, weights: Floats, cuts: Sequence[float]) -> States:
    """True states from abilities (Q,): the points of a quadrature, or the ability of each candidate.

    `weights` (Q,) sum to 1; `cuts` are sum scores. The recursion of Lord & Wingersky (1984) gives the
    probability of each sum score, which is added up from each cut upwards (Lee, 2010, eq. 5–9). The true
    level is that of the expected score.
    """
    distinct, which = np.unique(theta, return_inverse=True)
    of_distinct = np.zeros(len(distinct))
    np.add.at(of_distinct, which.ravel(), weights)
    greatest = np.count_nonzero(np.isfinite(parameters.d), axis=1)
    at_least, expected = [], []
    for start in range(0, len(distinct), _AT_ONCE):
        p = category_probabilities(parameters, distinct[start : start + _AT_ONCE])
        scores = sum_score_likelihoods(p, greatest)
        at_least.append(np.stack([scores[max(math.ceil(cut), 0) :].sum(axis=0) for cut in cuts], axis=1))
        expected.append((p @ np.arange(p.shape[2])).sum(axis=1))
    return States(of_distinct, levels_of(np.concatenate(at_least)), level_at(np.concatenate(expected), cuts))


def rudner(theta: Floats, se: Floats, cuts: Sequence[float]) -> States:
    """True states from the ability estimates (N,) of the candidates and their standard errors `se` (N,).

    The estimate of another administration is normal about each, with its standard error (Rudner, 2001, p. 2);
    `cuts` are abilities.
    """
    from scipy.special import ndtr

    at_least = ndtr((theta[:, None] - np.asarray(cuts, dtype=np.float64)) / se[:, None])
    return States(np.full(len(theta), 1.0 / len(theta)), levels_of(at_least), level_at(theta, cuts))


def is_known(parameters: ItemParameters) -> Bools:
    """(J,) items that have a slope and an intercept."""
    return np.asarray(np.isfinite(parameters.a) & np.isfinite(parameters.d[:, 0]))


def with_constants(parameters: ItemParameters, cells: Cells) -> ItemParameters | None:
    """The parameters with constants for items that all had right or all wrong in `cells` (N, J); None where
    others lack parameters, or all do."""
    unknown = ~is_known(parameters)
    constant = cells.min(axis=0) == cells.max(axis=0)
    if (unknown & ~constant).any() or unknown.all():
        return None
    if not unknown.any():
        return parameters
    a, d = parameters.a.copy(), parameters.d.copy()
    a[unknown] = 0.0
    d[unknown, 0] = np.where(cells[:, unknown].max(axis=0, initial=0) > 0, 40.0, -40.0)
    return parameters._replace(a=a, d=d, c=np.where(unknown, 0.0, parameters.c))


def ability_at(parameters: ItemParameters, cut: float, limit: float = 8.0) -> float:
    """The ability at which the expected score equals the cut, by bisection; NaN if it is beyond ±limit."""

    def above(theta: float) -> float:
        p = category_probabilities(parameters, np.array([theta]))
        return float((p @ np.arange(p.shape[2])).sum()) - cut

    low, high = -limit, limit
    if not above(low) < 0 <= above(high):
        return math.nan
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if above(middle) >= 0 else (middle, high)
    return 0.5 * (low + high)

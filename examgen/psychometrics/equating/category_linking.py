"""Parameters of items with ordered categories, or of any kind, in two calibrations → the line that carries
one ability scale to the other.

As `irt_linking` for items that are right or wrong, whose results these are where all items are such.

References
----------
Baker (1992), Applied Psychological Measurement 16, 87–96; Cohen & Kim (1998), Applied Psychological
Measurement 22, 116–130, for the graded response model. Kim & Lee (2006), An extension of four IRT linking
methods for mixed-format tests, Journal of Educational Measurement 43, 53–76. Kolen & Brennan (2014), ch. 6.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.equating.irt_linking import CurveCriterion, Link, Method, best_link
from examgen.stats.irt_curves import curves, usable_items
from examgen.stats.irt_models import PARTIAL_CREDIT, ItemParameters

Floats = NDArray[np.float64]


def carried_parameters(parameters: ItemParameters, link: Link) -> ItemParameters:
    """Items of the new calibration on the old scale: a / A, A b + B."""
    a = parameters.a / link.slope
    scores = np.arange(1.0, parameters.d.shape[1] + 1.0)
    times = np.where(parameters.kind[:, None] == PARTIAL_CREDIT, scores, 1.0)
    return parameters._replace(a=a, d=parameters.d - times * (a * link.intercept)[:, None])


def link_parameters(
    old: ItemParameters,
    new: ItemParameters,
    method: Method,
    criterion: CurveCriterion,
    slope: float | None = None,
) -> Link:
    """The line from the new scale to the old one, by items of any kind.

    Parameters
    ----------
    old, new : ItemParameters
        The same J items in both calibrations (graded, partial credit, right or wrong), of the same kinds and
        categories, slopes above 0.
    method : {'mean-mean', 'mean-sigma', 'haebara', 'stocking-lord'}
        The moments are those of slopes and of all thresholds or steps b. Haebara compares the curves of all
        categories, the lowest too; Stocking and Lord the expected scores of the test.
    criterion : CurveCriterion
        Of `haebara` and `stocking-lord`.
    slope : float, optional
        A slope that is known (1 between two scales of Rasch or partial credit models with slopes of 1).

    Raises
    ------
    ValueError
        Where the items do not fit together, or the constants are not defined.
    """
    if not len(old.a) or old.d.shape != new.d.shape or (old.kind != new.kind).any():
        raise ValueError(
            "the items of both calibrations must be the same, of the same kinds, and at least one"
        )
    if (np.isnan(old.d) != np.isnan(new.d)).any():
        raise ValueError("an item has another number of categories in the two calibrations")
    if not (usable_items(old).all() and usable_items(new).all() and min(old.a.min(), new.a.min()) > 0):
        raise ValueError("every item must have parameters in both calibrations, and a slope above 0")
    own = ~np.isnan(old.d)
    b_old, b_new = old.b[own], new.b[own]

    def by_moments(use_sigma: bool) -> Link:
        a = slope
        if a is None and use_sigma:
            spread = float(b_old.std()), float(b_new.std())
            if min(spread) <= 1e-9 * max(1.0, float(np.abs(b_old).max()), float(np.abs(b_new).max())):
                raise ValueError("difficulties do not differ")
            a = spread[0] / spread[1]
        elif a is None:
            a = float(new.a.mean() / old.a.mean())
        return Link(a, float(b_old.mean() - a * b_new.mean()))

    if method in ("mean-mean", "mean-sigma"):
        return by_moments(method == "mean-sigma")
    if float(np.median(np.abs(b_old))) > 2.0 * float(np.abs(criterion.grid.nodes).max()):
        raise ValueError("the abilities of the criterion do not reach the items")
    starts = [by_moments(False)]
    if slope is None and min(b_old.std(), b_new.std()) > 1e-6:
        starts.append(by_moments(True))
    shown = _category_curves if method == "haebara" else _expected_scores
    return best_link(partial(shown, old), partial(shown, new), method, criterion, starts, slope is not None)


def _category_curves(parameters: ItemParameters, theta: Floats) -> tuple[Floats, Floats]:
    """(Q, J K) probabilities of all categories, and their derivatives by ability."""
    made = curves(parameters, theta, 1)
    return made.p.reshape(len(theta), -1), made.d1.reshape(len(theta), -1)


def _expected_scores(parameters: ItemParameters, theta: Floats) -> tuple[Floats, Floats]:
    """(Q, J) expected item scores, and their derivatives by ability."""
    made = curves(parameters, theta, 1)
    k = np.arange(float(made.p.shape[2]))
    return made.p @ k, made.d1 @ k

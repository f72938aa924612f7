"""Totals, and where there are responses a model of the items → the methods that tell how decisions agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from examgen.core.responses.matrix import Cells
from examgen.psychometrics.decisions import abilities
from examgen.psychometrics.decisions.strong_true_scores import (
    NoTrueScores,
    ScaledTotals,
    TrueStates,
    hanson_brennan,
    huynh,
    livingston_lewis,
    subkoviak,
)
from examgen.psychometrics.irt.abilities import eap
from examgen.psychometrics.irt.items import ItemParameters
from examgen.psychometrics.irt.quadrature import normal_grid

METHODS = (
    "livingston-lewis", "hanson-brennan", "subkoviak", "huynh", "lee", "lee-quadrature", "rudner",
)  # fmt: skip
_NODES, _FINE = 121, 1201
"""Nodes of the quadrature for abilities; Lee's method needs more, to place the change of level exactly."""

Method = Callable[[Sequence[float]], TrueStates]
"""Cuts → true states; raises NoTrueScores."""


class AbilityModel(NamedTuple):
    """Parameters of every item, the scores (N, J) they are of, and the distribution of ability."""

    parameters: ItemParameters
    cells: Cells
    mean: float
    sd: float
    flat: bool = False
    """Whether the answers show no variance of abilities."""


def methods_of(
    totals: ScaledTotals, cells: Cells | None, model: AbilityModel | None, n_beta: int
) -> dict[str, Method]:
    """Every method that can be asked, by its name in `METHODS`; those by abilities only with a model.

    Parameters
    ----------
    totals : ScaledTotals
    cells : ndarray of int8, shape (N, J), optional
        The scores behind the totals, where they are known.
    model : AbilityModel, optional
    n_beta : {4, 2}
        Parameters of the beta distribution of true scores.
    """
    found: dict[str, Method] = {
        "livingston-lewis": lambda cuts: livingston_lewis(totals, cuts, n_beta),
        "hanson-brennan": lambda cuts: hanson_brennan(_items_of_one_point(totals, cells), cuts, n_beta),
        "subkoviak": lambda cuts: subkoviak(_items_of_one_point(totals, cells), cuts),
        "huynh": lambda cuts: huynh(_items_of_one_point(totals, cells), cuts),
    }
    if model is None:
        return found
    theta, se = eap(model.cells, model.parameters, normal_grid(_NODES, mean=model.mean, sd=model.sd))[:2]
    even = np.full(len(theta), 1.0 / len(theta))
    nodes, shares = normal_grid(_FINE, mean=model.mean, sd=model.sd)

    def rudner(cuts: Sequence[float]) -> TrueStates:
        if model.flat:
            raise NoTrueScores("no-true-variance")
        at = [abilities.ability_at(model.parameters, cut) for cut in cuts]
        if not all(map(math.isfinite, at)):
            raise NoTrueScores("no-ability")
        return TrueStates(abilities.rudner(theta, se, at), {"theta_cuts": at})

    return found | {
        "lee": lambda cuts: TrueStates(abilities.lee(model.parameters, theta, even, cuts), {}),
        "lee-quadrature": lambda cuts: TrueStates(abilities.lee(model.parameters, nodes, shares, cuts), {}),
        "rudner": rudner,
    }


def _items_of_one_point(totals: ScaledTotals, cells: Cells | None) -> ScaledTotals:
    """The totals if they are numbers right of items of one point; raises NoTrueScores if not."""
    counts = totals.least == 0 and totals.most == round(totals.most)
    counts = counts and bool((totals.values == np.round(totals.values)).all())
    if not counts or (cells is not None and (cells.max(initial=0) > 1 or totals.most != cells.shape[1])):
        raise NoTrueScores("not-number-right")
    return totals

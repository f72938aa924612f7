"""How exactly n candidates tell an item's facility, item–rest correlation and Rasch difficulty.

Facility: √(p(1 − p)/n), the binomial standard error (Lord & Novick 1968, ch. 23).
Item–rest correlation of a scored item: Tate (1954, *Annals of Mathematical Statistics* 25, 603–607), the
point-biserial in large samples: var(r) = (1 − r²)² (1 − 3r²/2 + r²/(4p(1 − p)))/n.
Rasch difficulty, the other items and the ability's distribution known: the answer of a candidate with rest
score s is a Bernoulli variable with P̄ₛ = E[P(θ) | s], so that the expected information of one candidate is
Σₛ πₛ E[P(1 − P) | s]² / (P̄ₛ(1 − P̄ₛ)), with πₛ by Lord & Wingersky (1984). With endless other items this is
E[P(1 − P)], what is reached where abilities are known (Wright & Stone 1979, ch. 6).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from examgen.psychometrics.irt.lord_wingersky import sum_score_likelihoods
from examgen.psychometrics.irt.quadrature import Floats, normal_grid

_FLATTEST = 1e-12


class Assumed(NamedTuple):
    """What is assumed before anybody has answered: proportion right, item–rest correlation, how far an item's
    difficulty lies from the candidates' mean, their spread, and the number of other items on the scale."""

    facility: float = 0.5
    item_rest: float = 0.25
    difficulty: float = 1.5
    sd: float = 1.0
    others: int = 30


def facility_error(n: int, assumed: Assumed) -> float:
    """Standard error of the proportion right of n candidates."""
    p = assumed.facility
    return math.sqrt(p * (1 - p) / n)


def item_rest_error(n: int, assumed: Assumed) -> float:
    """Standard error of the correlation of an item with the rest of the form."""
    p, r = assumed.facility, assumed.item_rest
    return math.sqrt(((1 - r * r) ** 2 * (1 - 1.5 * r * r + r * r / (4 * p * (1 - p)))) / n)


def difficulty_error(n: int, assumed: Assumed) -> float:
    """Standard error of the Rasch difficulty."""
    return math.sqrt(1 / (n * information_each(assumed)))


ERRORS = {"facility": facility_error, "item-rest": item_rest_error, "b": difficulty_error}
"""By what is to be known: its standard error."""


def candidates_for(what: str, error: float, assumed: Assumed) -> int:
    """The fewest candidates by whom it is known to this standard error."""
    return max(2, math.ceil((ERRORS[what](1, assumed) / error) ** 2 - 1e-9))


def information_each(assumed: Assumed) -> float:
    """Expected information of one candidate about the difficulty, given the rest score."""
    grid = normal_grid(121, max(6.0, 5 * assumed.sd), 0.0, assumed.sd)
    # difficulties of the other items: evenly over the middle of a normal distribution
    others = np.linspace(-1.5, 1.5, assumed.others) if assumed.others > 1 else np.zeros(assumed.others)
    right = _right(grid.nodes[:, None] - others)
    likelihood = sum_score_likelihoods(
        np.stack([1 - right, right], axis=2), np.ones(assumed.others, dtype=np.int64)
    )
    of_score = likelihood * grid.weights  # (S + 1, Q)
    share = of_score.sum(axis=1)
    p = _right(grid.nodes - assumed.difficulty)
    seen = share > _FLATTEST
    mean = (of_score @ p)[seen] / share[seen]
    slope = (of_score @ (p * (1 - p)))[seen] / share[seen]
    return float((share[seen] * slope**2 / (mean * (1 - mean))).sum())


def expected_facility(assumed: Assumed) -> float:
    """The proportion right of an item of that difficulty."""
    grid = normal_grid(121, max(6.0, 5 * assumed.sd), 0.0, assumed.sd)
    return float(grid.weights @ _right(grid.nodes - assumed.difficulty))


def _right(x: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-x))
    return result

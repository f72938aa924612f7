"""How many candidates there are → which method to take; a conversion with its errors → whether scores as they
are would err less."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.psychometrics.equating.scores import Floats

ENOUGH_LINEAR, ENOUGH_RANKS, ENOUGH_ARC = 400, 1_500, 100
"""Candidates of each form: rules of thumb of Kolen & Brennan (2014, section 8.3) for linear and for
equipercentile equating; below the last, the circle-arc or no equating at all (Livingston & Kim 2009)."""


class Advice(NamedTuple):
    """What the method and identity are estimated to err by, in points of Y."""

    method: str
    """The one that errs less: `identity` or the method of the conversion."""
    error: float
    """Root mean square error of the conversion over the candidates of X."""
    identity_error: float
    """That of scores as they are."""


def method_for(n_least: int, design: str) -> str:
    """The method for a design (`eg` or `neat`) whose smaller sample has so many candidates."""
    eg = design == "eg"
    if n_least >= ENOUGH_RANKS:
        return "equipercentile" if eg else "frequency-estimation"
    if n_least >= ENOUGH_ARC:
        return "linear" if eg else "tucker"
    return "circle-arc" if eg else "chained-circle-arc"


def advise(points: Floats, candidates: Floats, conversion: Floats, se: Floats, method: str) -> Advice | None:
    """The method that is estimated to err less: identity (scores as they are), or that of the conversion.

    Over the candidates of X, the mean square of what the conversion adds to scores estimates the squared
    difference of the forms, by which identity errs, and the conversion's own squared error together (Kolen &
    Brennan 2014, section 8.3; Skaggs 2005; Livingston & Kim 2009).

    Parameters
    ----------
    points, candidates, conversion, se : ndarray, shape (K,)
        Scores on X, how many candidates have each, its equivalents on Y and their standard errors. X and Y
        are of the same scale.
    method : str

    Returns
    -------
    Advice or None
        None where the error is not known at a score that somebody has.
    """
    if not np.isfinite(se[candidates > 0]).all():
        return None
    own = float(candidates @ np.nan_to_num(se) ** 2 / candidates.sum())
    identity = max(float(candidates @ (conversion - points) ** 2 / candidates.sum()) - own, 0.0)
    return Advice("identity" if identity <= own else method, float(np.sqrt(own)), float(np.sqrt(identity)))

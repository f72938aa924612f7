"""Tests of differential item functioning → for which of two groups each item is easier, among candidates of
like ability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.dif.logistic import LogisticDif
from examgen.psychometrics.dif.mantel_haenszel import MantelHaenszelDif
from examgen.psychometrics.dif.methods import Dif
from examgen.psychometrics.dif.sibtest import SibtestDif

Floats = NDArray[np.float64]
FOCAL, REFERENCE, NEITHER, CROSSING = 1, -1, 0, 2
_NOUGHT = 1e-9


def favoured(found: Dif, groups: tuple[str, str], totals: tuple[float, float]) -> list[str | None]:
    """Of each item the group that it favours, `crossing`, or None where there is no telling.

    Parameters
    ----------
    found, totals
        As `direction` takes them.
    groups : (str, str)
        The names of the reference and of the focal group.
    """
    words = {REFERENCE: groups[0], FOCAL: groups[1], NEITHER: None, CROSSING: "crossing"}
    return [words[one] for one in direction(found, totals).tolist()]


def direction(found: Dif, totals: tuple[float, float]) -> NDArray[np.int64]:
    """(J,) FOCAL, REFERENCE, NEITHER where there is no telling, CROSSING where it changes between two totals.

    Parameters
    ----------
    found : result of `analyse_dif`
        Of two groups.
    totals : (float, float)
        Low and high: of `logistic` the two ends between which regression lines may cross.
    """
    if isinstance(found, LogisticDif):
        terms = found.coefficients
        low, high = (_sign(terms[:, 2] + terms[:, 3] * total) for total in totals)
        known = np.isfinite(terms).all(axis=1)
        return np.where(known, np.where(low == high, low, CROSSING), NEITHER)
    if isinstance(found, MantelHaenszelDif):
        # an odds ratio of 0 or infinity has no delta
        never = np.where(np.isposinf(found.mh_alpha), REFERENCE, NEITHER)
        endless = np.where(found.mh_alpha == 0, FOCAL, never)
        return np.where(np.isfinite(found.mh_delta), _sign(found.mh_delta), endless)
    if isinstance(found, SibtestDif):
        return _sign(-found.beta)
    return _sign(found.std_p_dif)


def _sign(values: Floats) -> NDArray[np.int64]:
    """Signs; 0 of what is nought but for rounding, or unknown."""
    return (values > _NOUGHT).astype(np.int64) - (values < -_NOUGHT)

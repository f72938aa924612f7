"""Item parameters and abilities → moments of scores, and mean squares turned into Z."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from examgen.stats.irt_curves import Floats, curves
from examgen.stats.irt_models import ItemParameters

_LEAST_VARIANCE = np.sqrt(1e-5)
_MOST_Q = 1.4142


def moments(parameters: ItemParameters, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, variance and fourth central moment of item scores, (n, J) each, at each (finite) ability.

    A variance whose square is below 1e-5 is √1e-5, as in mirt.
    """
    p = curves(parameters, theta).p
    if p.shape[2] == 2:
        right, wrong = p[:, :, 1], p[:, :, 0]
        variance = right * wrong
        fourth = variance * (wrong**3 + right**3)
        mean = right
    else:
        k = np.arange(float(p.shape[2]))
        mean = p @ k
        squares = (k - mean[:, :, None]) ** 2
        variance, fourth = (p * squares).sum(axis=2), (p * squares**2).sum(axis=2)
    return mean, np.where(variance**2 < 1e-5, _LEAST_VARIANCE, variance), fourth


def finite_abilities(theta: ArrayLike, n: int) -> Floats:
    """(n,) abilities; an infinite one becomes the greatest finite one + 0.1, or the least − 0.1; NaN stays,
    and infinite ones become NaN where none is finite.

    Raises
    ------
    ValueError
        If there are not n.
    """
    ability = np.array(theta, dtype=np.float64)
    if ability.shape != (n,):
        raise ValueError(f"abilities {ability.shape} of {n} candidates")
    finite = ability[np.isfinite(ability)]
    ability[np.isposinf(ability)] = finite.max() + 0.1 if len(finite) else np.nan
    ability[np.isneginf(ability)] = finite.min() - 0.1 if len(finite) else np.nan
    return ability


def standardised(mean_square: Floats, q: Floats) -> Floats:
    """Z = (m^⅓ − 1) 3/q + q/3 (Wright & Masters, 1982, p. 100); q above √2 is √2; NaN where q is 0 or NaN."""
    known = np.isfinite(mean_square) & (q > 0)
    by = np.where(known, np.minimum(q, _MOST_Q), 1.0)
    z = (np.cbrt(np.where(known, mean_square, 1.0)) - 1.0) * (3.0 / by) + by / 3.0
    return np.asarray(np.where(known, z, np.nan))

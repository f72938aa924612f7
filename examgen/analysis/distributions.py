"""Tails and quantiles of the distributions that tests refer to.

By scipy, which takes a quarter of a second to import: only when a tail is asked for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def chi_square_tail(statistic: ArrayLike, df: ArrayLike) -> Floats:
    """P(χ² with `df` degrees of freedom > statistic); NaN where df is below 1 or the statistic is NaN."""
    from scipy.special import chdtrc

    df = np.asarray(df, dtype=np.float64)
    return np.where(df >= 1, chdtrc(np.maximum(df, 1.0), np.asarray(statistic, dtype=np.float64)), np.nan)


def normal_two_sided(z: ArrayLike) -> Floats:
    """P(|Z| > |z|) of a standard normal Z."""
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(np.asarray(z, dtype=np.float64)) / np.sqrt(2.0)))


def normal_upper(z: ArrayLike) -> Floats:
    """P(Z > z) of a standard normal Z."""
    from scipy.special import erfc

    return np.asarray(erfc(np.asarray(z, dtype=np.float64) / np.sqrt(2.0)) / 2)


def f_quantile(p: float, df1: float, df2: float) -> float:
    """The quantile of an F distribution with real degrees of freedom."""
    from scipy.special import fdtri

    return float(fdtri(df1, df2, p))

"""Tails and quantiles of the distributions that tests refer to; which of several p-values are beyond chance.

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


def holm(p: Floats, level: float) -> NDArray[np.bool_]:
    """(T,) which of T hypotheses fall: the chance that any true one is among them is at most `level`.

    As R's `p.adjust(p, "holm") <= level`.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of
    Statistics, 6.
    """
    fallen = np.zeros(len(p), dtype=np.bool_)
    for done, place in enumerate(np.argsort(p, kind="stable").tolist()):
        if not p[place] <= level / (len(p) - done):
            break
        fallen[place] = True
    return fallen

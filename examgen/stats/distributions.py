"""Tails and quantiles of the distributions used by tests, and correction of p values for several tests.

scipy takes a quarter of a second to import, and is therefore imported only when needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def chi_square_tail(statistic: ArrayLike, df: ArrayLike) -> Floats:
    """Return P(χ² with `df` degrees of freedom > statistic); NaN if df is below 1 or the statistic is NaN."""
    from scipy.special import chdtrc

    df = np.asarray(df, dtype=np.float64)
    return np.where(df >= 1, chdtrc(np.maximum(df, 1.0), np.asarray(statistic, dtype=np.float64)), np.nan)


def normal_two_sided(z: ArrayLike) -> Floats:
    """Return P(|Z| > |z|) for a standard normal Z."""
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(np.asarray(z, dtype=np.float64)) / np.sqrt(2.0)))


def normal_upper(z: ArrayLike) -> Floats:
    """Return P(Z > z) for a standard normal Z."""
    from scipy.special import erfc

    return np.asarray(erfc(np.asarray(z, dtype=np.float64) / np.sqrt(2.0)) / 2)


def f_quantile(p: float, df1: float, df2: float) -> float:
    """Return the quantile of an F distribution with real degrees of freedom."""
    from scipy.special import fdtri

    return float(fdtri(df1, df2, p))


def adjusted(p: Floats, method: str | None, n_tests: int | None = None) -> Floats:
    """Return p values corrected for multiple tests, as R's `p.adjust`; NaN stays NaN.

    Parameters
    ----------
    p : ndarray of float, shape (T,)
    method : {None, 'bonferroni', 'holm', 'bh'}
    n_tests : int, optional
        The number of tests of which these are the smallest p; by default the number of finite values in `p`.
        `holm` and `bonferroni` are then the same as if all p were known; `bh` is at least that value, since
        unknown p cannot lower it.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6.
    Benjamini & Hochberg (1995), Controlling the false discovery rate, J. R. Statist. Soc. B 57.
    """
    if method is None:
        return p
    known = np.flatnonzero(np.isfinite(p))
    n = len(known) if n_tests is None else n_tests
    order = known[np.argsort(p[known], kind="stable")]
    ranked, rank, out = p[order], np.arange(1, len(order) + 1), np.full(len(p), np.nan)
    if method == "bonferroni":
        out[order] = ranked * n
    elif method == "holm":
        out[order] = np.maximum.accumulate(ranked * (n + 1 - rank))
    elif method == "bh":
        out[order] = np.minimum.accumulate((ranked * n / rank)[::-1])[::-1]
    else:
        raise ValueError(f"adjust is {method!r}; it must be 'bh', 'holm', 'bonferroni' or None")
    return np.asarray(np.minimum(out, 1.0))

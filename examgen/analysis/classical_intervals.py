"""Intervals of proportions and of correlations."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from examgen.analysis.distributions import normal_quantile
from examgen.analysis.irt import Floats


def wilson(share: Floats, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a proportion of `n`: those p with |share − p| ≤ z √(p (1 − p) / n). NaN where n is 0.

    References
    ----------
    Wilson, E. B. (1927). Probable inference. Journal of the American Statistical Association, 22.
    """
    z = normal_quantile(0.5 + level / 2)
    n = np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(np.maximum(share * (1 - share), 0) / n + z * z / (4 * n * n))
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


def fisher(r: Floats, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Interval of a correlation over `n` candidates: tanh(artanh r ± z / √(n − 3)). NaN with n ≤ 3 or |r| =
    1.

    References
    ----------
    Fisher, R. A. (1921). On the probable error of a coefficient of correlation. Metron, 1.
    """
    z = normal_quantile(0.5 + level / 2)
    n = np.asarray(n, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.arctanh(np.where(np.abs(r) < 1 - 1e-12, r, np.nan))
        half = z / np.sqrt(np.where(n > 3, n - 3, np.nan))
        return np.tanh(middle - half), np.tanh(middle + half)

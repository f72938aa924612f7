"""Standard errors of item parameters, or a fit → the covariance of slopes, difficulties and asymptotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.equating.irt_linking import Items

Floats = NDArray[np.float64]


class ItemErrors(NamedTuple):
    """Standard errors of J items, (J,) each; NaN where unknown."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats
    """Of the intercept −ab, from which the covariance of a and b follows."""


def table_covariance(items: Items, errors: ItemErrors) -> Floats | None:
    """The covariance (3J, 3J) of a, b and c from their standard errors; None if no b has one.

    With the error of d = −ab, var d = b² var a + a² var b + 2ab cov(a, b) gives the covariance of a and b;
    otherwise it is taken as 0.
    """
    a, b, n = items.a, items.b, len(items.a)
    if np.isnan(errors.b).all():
        return None
    variances = [np.nan_to_num(known, nan=0.0) ** 2 for known in errors[:3]]
    out = np.diag(np.concatenate(variances))
    with np.errstate(divide="ignore", invalid="ignore"):
        both = (errors.d**2 - b**2 * variances[0] - a**2 * variances[1]) / (2.0 * a * b)
    most = np.sqrt(variances[0] * variances[1])
    both = np.where(np.isfinite(both) & (np.abs(both) <= most), both, 0.0)
    rows = np.arange(n)
    out[rows, n + rows] = out[n + rows, rows] = both
    out[np.ix_(rows[np.isnan(errors.b)] + n, np.arange(3 * n))] = np.nan
    return out


def fit_covariance(
    covariance: Floats,
    free: Sequence[tuple[str, int, int]],
    places: NDArray[np.int64],
    items: Items,
    *,
    shared_slope: bool,
) -> Floats | None:
    """The covariance (3J, 3J) of a, b and c, from that of a, d and c, b = −d/a; None where there is none.

    Parameters
    ----------
    covariance, free
        Those of a fit.
    places : ndarray of int, shape (J,)
        Which items of the fit.
    items : Items
        Their parameters.
    shared_slope : bool
        Whether all have one slope, which stands there once.
    """
    if not covariance.size:
        return None
    n = len(places)
    row = {int(place): k for k, place in enumerate(places)}
    change = np.zeros((3 * n, len(free)))
    for column, (what, item, _) in enumerate(free):
        if what == "a":
            own = list(range(n)) if shared_slope else [row[item]] if item in row else []
            change[own, column] = 1.0
            change[[n + k for k in own], column] = -items.b[own] / items.a[own]
        elif item in row and what == "d":
            change[n + row[item], column] = -1.0 / items.a[row[item]]
        elif item in row and what == "c":
            change[2 * n + row[item], column] = 1.0
    return np.asarray(change @ covariance @ change.T)

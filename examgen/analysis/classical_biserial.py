"""Biserial and polyserial correlations from moments (no likelihood), as `CTT::polyserial(ml = FALSE)`."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from examgen.analysis.classical_sums import Sums
from examgen.analysis.irt import Floats
from examgen.item_responses import Cells

_NORMAL = NormalDist()


def densities(scores: Cells, sums: Sums) -> tuple[Floats, Floats]:
    """(J,) s / Σ_k φ(τ_k) of each item's categories, s with divisor n, and (J, …) the items whose seen
    categories leave one out.

    τ_k are the normal quantiles of the cumulative proportions; for 0/1 this is √(pq) / φ(z_p). Categories
    that nobody got do not count: 0, 2, 3 are ranks 0, 1, 2. NaN where an item has one category only.
    """
    found = np.full(len(sums.n), np.nan)
    gaps = np.zeros(len(sums.n))
    for j in np.flatnonzero((sums.n > 0) & (sums.greatest > sums.least)):
        if sums.greatest[j] == 1 and sums.least[j] == 0:
            counts = np.array([sums.n[j] - sums.score[j], sums.score[j]])
        else:
            column = scores[:, j]
            counts = np.bincount(column[column >= 0]).astype(np.float64)
            gaps[j] = (counts[int(sums.least[j]) :] == 0).any()
            counts = counts[counts > 0]
        ranks = np.arange(len(counts))
        share = counts / counts.sum()
        mean = float(share @ ranks)
        spread = float(share @ np.square(ranks - mean)) ** 0.5
        found[j] = spread / sum(
            _NORMAL.pdf(_NORMAL.inv_cdf(p)) for p in np.cumsum(counts)[:-1] / counts.sum()
        )
    return found, gaps


def ranks(column: Cells) -> Floats:
    """A column's scores as the ranks of the categories that were seen, NaN where missing."""
    found = np.full(len(column), np.nan)
    held = column >= 0
    found[held] = np.unique(column[held], return_inverse=True)[1]
    return found


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's, over the pairs that are whole; NaN where one does not vary."""
    held = ~(np.isnan(x) | np.isnan(y))
    if np.count_nonzero(held) < 2:
        return float("nan")
    x, y = x[held] - x[held].mean(), y[held] - y[held].mean()
    spread = float(x @ x) * float(y @ y)
    return float(x @ y) / spread**0.5 if spread > 1e-20 else float("nan")

"""Scores of one administration → the statistics of each item that go back to the bank."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.core.responses.matrix import MISSING_KINDS, NOT_ADMINISTERED, Cells
from examgen.stats.irt_models import Floats

_CHUNK = 2_048
"""Candidates in a chunk: few enough for the cache of the processor."""
_LEAST = 1e-12
"""A variance below this counts as zero: partial points are not whole numbers, so sums are rounded."""


class ObservedItems(NamedTuple):
    """The observed statistics of J items.

    `n` (J,) counts the candidates who were given the item, `facility` (J,) is the proportion of points that
    they earned, and `item_rest` (J,) the item–rest correlation; NaN where undefined.
    """

    n: Floats
    facility: Floats
    item_rest: Floats


def observed(
    cells: Cells, worth: Floats, counted: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> ObservedItems:
    """Facility and item–rest correlation of each item, with the number of candidates who were given it.

    The facility of item j is the mean of x_j, the proportion of its points that a candidate earned, over the
    n_j candidates who were given the item. A blank counts as wrong, reached or not, as it does in the score.
    The item–rest correlation is that of x_j with T − w_j x_j. T = Σ w_k x_k is summed over the items that the
    candidate was given; w_k is 1 for items that count and 0 for pilot items.

    Parameters
    ----------
    cells : (N, J) int8
        Categories (score categories, or places of options), or codes for kinds of missing responses.
    worth : (J, K)
        The proportion of the points, 0 to 1, that each category is worth.
    counted : (J,)
        Whether the item is part of the total.

    Returns
    -------
    ObservedItems
        `facility` is NaN if nobody was given the item; `item_rest` is NaN also if the item or the rest does
        not vary.

    References
    ----------
    Crocker, L., & Algina, J. (1986). Introduction to classical and modern test theory, chapter 14: item
    difficulty; corrected item–total correlation (after Henrysson, S., 1963, Psychometrika 28, 211–218).
    """
    n_items, kinds = worth.shape[0], len(MISSING_KINDS)
    table = np.hstack([np.zeros((n_items, kinds)), worth])
    first = np.arange(n_items, dtype=np.int32) * table.shape[1] + kinds
    weights = counted.astype(np.float64)
    n, x, xx, t, tt, xt = np.zeros((6, n_items))
    for start in range(0, len(cells), _CHUNK):
        part = cells[start : start + _CHUNK]
        shares = table.take(part + first)
        total = shares @ weights
        x += shares.sum(axis=0)
        xx += np.einsum("ij,ij->j", shares, shares)
        xt += total @ shares
        given = part != NOT_ADMINISTERED
        if given.all():
            n, t, tt = n + len(part), t + total.sum(), tt + total @ total
            continue
        own = given.astype(np.float64)
        n, t, tt = n + own.sum(axis=0), t + total @ own, tt + total**2 @ own
    with np.errstate(divide="ignore", invalid="ignore"):
        # n² times the variances and the covariance: exact whole numbers if scores are 0 and 1
        var_x, var_t, cov = n * xx - x * x, n * tt - t * t, n * xt - x * t
        var_rest = np.where(counted, var_t - 2 * cov + var_x, var_t)
        with_rest = np.where(counted, cov - var_x, cov)
        varies = (var_x > _LEAST * n * n) & (var_rest > _LEAST * n * n)
        item_rest = np.where(varies, with_rest / np.sqrt(np.where(varies, var_x * var_rest, 1.0)), np.nan)
        facility = np.where(n > 0, x / n, np.nan)
    return ObservedItems(n, facility, np.clip(item_rest, -1.0, 1.0))

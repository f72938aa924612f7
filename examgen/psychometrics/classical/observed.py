"""Scores of items → what one administration has observed of each: the numbers that go back to the bank."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.core.responses.matrix import MISSING_KINDS, NOT_ADMINISTERED, Cells
from examgen.psychometrics.irt.items import Floats

_CHUNK = 2_048
"""So few that what is worked on stays near."""
_LEAST = 1e-12
"""A variance below that is none: partial points are not whole numbers."""


class ObservedItems(NamedTuple):
    """Of each item: `n` (J,) candidates that it was given to, its `facility` (J,) among them, and its
    `item_rest` (J,) correlation; NaN where undefined."""

    n: Floats
    facility: Floats
    item_rest: Floats


def observed(
    cells: Cells, worth: Floats, counted: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> ObservedItems:
    """What candidates showed of items, each item against what they have of the others.

    The facility of item j is the mean of x_j, the share of its points that a candidate has, over the n_j
    candidates that it was given to: a blank is not a right answer, whether it was reached or not, as in the
    score. The item–rest correlation is that of x_j with T − w_j x_j, where T = Σ w_k x_k over the items that
    were given to the candidate, and w_k is 1 for items that count, 0 for a pilot item.

    Parameters
    ----------
    cells : (N, J) int8
        Categories (score categories, or places of options), or kinds of missing.
    worth : (J, K)
        The share of the points, 0 to 1, that each category is worth.
    counted : (J,)
        Whether the item is part of the total.

    Returns
    -------
    ObservedItems
        `facility` is NaN where nobody was given the item; `item_rest` also where the item or the rest does
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
        # n² times the variances and the covariance: whole numbers, exactly, where scores are 0 and 1
        var_x, var_t, cov = n * xx - x * x, n * tt - t * t, n * xt - x * t
        var_rest = np.where(counted, var_t - 2 * cov + var_x, var_t)
        with_rest = np.where(counted, cov - var_x, cov)
        varies = (var_x > _LEAST * n * n) & (var_rest > _LEAST * n * n)
        item_rest = np.where(varies, with_rest / np.sqrt(np.where(varies, var_x * var_rest, 1.0)), np.nan)
        facility = np.where(n > 0, x / n, np.nan)
    return ObservedItems(n, facility, np.clip(item_rest, -1.0, 1.0))

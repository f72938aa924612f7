"""A test of the Rasch model by conditional likelihoods of groups of candidates. As in eRm.

References
----------
Andersen, E. B. (1973). A goodness of fit test for the Rasch model. Psychometrika, 38, 123–140.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.distributions import chi_square_tail
from examgen.analysis.irt.conditional.counts import counted, estimable
from examgen.analysis.irt.conditional.rasch import fit_cml
from examgen.analysis.irt.items import Fit, Floats, Note
from examgen.words import tell

Ints = NDArray[np.int64]


class LikelihoodRatio(NamedTuple):
    """A likelihood-ratio test; NaN where it cannot be made, and a note says why."""

    statistic: float
    df: int
    p: float
    log_likelihoods: Floats
    """Of each group, conditional."""
    left_out: tuple[int, ...]
    """Items that some group cannot estimate: neither the groups' models nor the whole's has them."""
    notes: tuple[Note, ...]


class Parts(NamedTuple):
    """Models of groups of candidates, on the items that all groups can estimate."""

    fits: tuple[Fit, ...]
    whole: Fit | None
    """Of all candidates, on the same items; None where there are not two groups and two items."""
    items: Ints
    left_out: tuple[int, ...]
    notes: tuple[Note, ...]


def groups_by(scores: NDArray[np.int8], split: str | Sequence[int] | NDArray[np.integer]) -> Ints:
    """Groups of candidates.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    split : `median`, `mean`, `score`, or a group number for each candidate
        `median`: number right up to the median, against above. `mean`: up to the mean, against above. With
        missing answers, as in eRm, within each pattern of answered items (there the mean itself is above).
        `score`: each number right is a group.

    Returns
    -------
    ndarray of int, shape (N,)
        -1 for a candidate without answers to the items that can be estimated.
    """
    if not isinstance(split, str):
        own = np.asarray(split, dtype=np.int64)
        if own.shape != (len(scores),):
            raise ValueError("a group number is needed for each candidate")
        return own
    items, _ = estimable(scores)
    data = counted(scores[:, items])
    if split == "score":
        none_or_all = (data.score == 0) | (data.score == data.answered.sum(axis=1)[data.pattern])
        return np.where((data.pattern < 0) | none_or_all, -1, data.score)
    if split not in ("median", "mean"):
        raise ValueError("split must be `median`, `mean`, `score` or group numbers")
    found = np.full(len(scores), -1, dtype=np.int64)
    missing = bool((scores[:, items] < 0).any())
    for pattern in range(len(data.answered)):
        rows = np.flatnonzero(data.pattern == pattern) if missing else np.arange(len(scores))
        if not len(rows):
            continue
        right = data.score[rows]
        if split == "median":
            found[rows] = right > np.median(right)
        else:
            found[rows] = right >= right.mean() if missing else right > right.mean()
    return found


def parts_of(scores: NDArray[np.int8], groups: Ints) -> Parts:
    """Conditional fits of each group, and of all, on the items that every group can estimate.

    Groups are numbered from 0; a negative number leaves a candidate out.
    """
    names = np.unique(groups[groups >= 0])
    items, notes = estimable(scores)
    whole_items = items
    fits: tuple[Fit, ...] = ()
    if len(names) < 2:
        note = tell("all candidates are in one group: there is nothing to compare")
        return Parts((), None, items, (), (*notes, Note("one-group", None, note)))
    while len(items) > 1:
        rows = [scores[groups == name][:, items] for name in names]
        fits = tuple(fit_cml(part, standard_errors=False) for part in rows)
        known = np.all([~np.isnan(fit.parameters.d[:, 0]) for fit in fits], axis=0)
        if known.all():
            break
        items = items[known]
    left_out = tuple(int(j) for j in np.setdiff1d(whole_items, items))
    sentence = tell("has no finite difficulty in one of the groups: left out of the test")
    notes = (*notes, *(Note("not-in-every-group", j, sentence) for j in left_out))
    if len(items) < 2:
        note = tell("fewer than two items can be estimated in every group: the test cannot be made")
        return Parts((), None, items, left_out, (*notes, Note("too-few-items", None, note)))
    whole = fit_cml(scores[groups >= 0][:, items], standard_errors=False)
    notes = (*notes, *(n for fit in (*fits, whole) for n in fit.notes if n.item is None))
    return Parts(fits, whole, items, left_out, notes)


def andersen(
    scores: NDArray[np.int8], split: str | Sequence[int] | NDArray[np.integer] = "median"
) -> LikelihoodRatio:
    """Andersen's test: do groups of candidates have the same difficulties?

    LR = 2 (Σ_g log L_g − log L), χ² with Σ_g (K − 1) − (K − 1) degrees of freedom.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    split
        See `groups_by`.
    """
    parts = parts_of(scores, groups_by(scores, split))
    if parts.whole is None:
        return LikelihoodRatio(np.nan, 0, np.nan, np.zeros(0), parts.left_out, parts.notes)
    logs = np.array([fit.log_likelihood for fit in parts.fits])
    statistic = max(0.0, 2.0 * float(logs.sum() - parts.whole.log_likelihood))
    df = sum(fit.n_parameters for fit in parts.fits) - parts.whole.n_parameters
    p = float(chi_square_tail(statistic, df))
    return LikelihoodRatio(statistic, df, p, logs, parts.left_out, parts.notes)

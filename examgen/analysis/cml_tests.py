"""Tests of the Rasch model by conditional likelihoods of parts: of candidates, of items. As in eRm.

References
----------
Andersen, E. B. (1973). A goodness of fit test for the Rasch model. Psychometrika, 38, 123–140.
Martin-Löf, P. (1973). Statistiska modeller. University of Stockholm. Fischer, G. H., & Molenaar, I. W.
(1995). Rasch models. Springer, chapter 5 (Wald test of an item, Martin-Löf test).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.cml import fit_cml
from examgen.analysis.cml_counts import counted, estimable
from examgen.analysis.distributions import chi_square_tail, normal_two_sided
from examgen.analysis.irt import Fit, Floats, Note

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


class Wald(NamedTuple):
    """Item by item, easiness in the first group less easiness in the second."""

    z: Floats
    """(J,) NaN for items that a group cannot estimate."""
    p: Floats
    """(J,) two-sided."""
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


def parts_of(scores: NDArray[np.int8], groups: Ints, *, standard_errors: bool = False) -> Parts:
    """Conditional fits of each group, and of all, on the items that every group can estimate.

    Groups are numbered from 0; a negative number leaves a candidate out.
    """
    names = np.unique(groups[groups >= 0])
    items, notes = estimable(scores)
    whole_items = items
    fits: tuple[Fit, ...] = ()
    if len(names) < 2:
        note = "all candidates are in one group: there is nothing to compare"
        return Parts((), None, items, (), (*notes, Note("one-group", None, note)))
    while len(items) > 1:
        rows = [scores[groups == name][:, items] for name in names]
        fits = tuple(fit_cml(part, standard_errors) for part in rows)
        known = np.all([~np.isnan(fit.parameters.d[:, 0]) for fit in fits], axis=0)
        if known.all():
            break
        items = items[known]
    left_out = tuple(int(j) for j in np.setdiff1d(whole_items, items))
    sentence = "has no finite difficulty in one of the groups: left out of the test"
    notes = (*notes, *(Note("not-in-every-group", j, sentence) for j in left_out))
    if len(items) < 2:
        note = "fewer than two items can be estimated in every group: the test cannot be made"
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


def wald(scores: NDArray[np.int8], split: str | Sequence[int] | NDArray[np.integer] = "median") -> Wald:
    """The Wald test of each item between two groups of candidates (the first two, where there are more).

    z = (β_1 − β_2) / √(se_1² + se_2²), β easiness with sum zero over the items that both can estimate.
    """
    parts = parts_of(scores, groups_by(scores, split), standard_errors=True)
    z = np.full(scores.shape[1], np.nan)
    if parts.whole is None:
        return Wald(z, z.copy(), parts.notes)
    first, second = parts.fits[:2]
    difference = first.parameters.d[:, 0] - second.parameters.d[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        z[parts.items] = difference / np.hypot(first.se_d[:, 0], second.se_d[:, 0])
    return Wald(z, normal_two_sided(z), parts.notes)


def martin_loef(
    scores: NDArray[np.int8], split: str | Sequence[int] | NDArray[np.integer] = "median"
) -> LikelihoodRatio:
    """The Martin-Löf test: do two (or more) sets of items measure the same ability?

    LR = 2 (Σ n_{rs…} log(n_{rs…}/N) + Σ_g log L_g − Σ n_r log(n_r/N) − log L), where n_r counts candidates
    with r right and n_{rs…} those with r, s … right in the sets; df = Π(K_g + 1) − (K + 1) − (G − 1).

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
        Without missing answers: with them the test cannot be made.
    split : `median`, `mean`, or a set number for each item
        Items with more right answers than the median (mean) of all items against the others.
    """
    items, notes = estimable(scores)
    cells = scores[:, items]
    if len(items) < 2 or (cells < 0).any():
        if len(items) >= 2:
            note = "the Martin-Löf test needs complete answers"
            notes = (*notes, Note("missing-answers", None, note))
        return _no_test(notes)
    sets = _item_sets(scores, split)[items]
    members = [np.flatnonzero(sets == name) for name in np.unique(sets)]
    fits = [fit_cml(cells[:, own], standard_errors=False) for own in members]
    if len(members) < 2 or any(np.isnan(fit.parameters.d).any() or len(fit.se_a) < 2 for fit in fits):
        note = "two sets are needed, of two or more items that can be compared with each other"
        return _no_test((*notes, Note("too-few-items", None, note)))
    whole = fit_cml(cells, standard_errors=False)
    by_set = np.stack([cells[:, own].sum(axis=1, dtype=np.int64) for own in members], axis=1)
    joint = np.unique(by_set, axis=0, return_counts=True)[1]
    total = np.unique(by_set.sum(axis=1), return_counts=True)[1]
    logs = np.array([fit.log_likelihood for fit in fits])
    statistic = 2.0 * float(_entropy(joint) + logs.sum() - _entropy(total) - whole.log_likelihood)
    df = int(np.prod([len(own) + 1 for own in members])) - (len(items) + 1) - len(members) + 1
    return LikelihoodRatio(statistic, df, float(chi_square_tail(statistic, df)), logs, (), notes)


def _item_sets(scores: NDArray[np.int8], split: str | Sequence[int] | NDArray[np.integer]) -> Ints:
    """(J,) set of each item, by the right answers of the items that can be estimated."""
    if not isinstance(split, str):
        own = np.asarray(split, dtype=np.int64)
        if own.shape != (scores.shape[1],):
            raise ValueError("a set number is needed for each item")
        return own
    if split not in ("median", "mean"):
        raise ValueError("split must be `median`, `mean` or set numbers")
    items, _ = estimable(scores)
    right = scores.sum(axis=0, dtype=np.int64)
    middle = np.median(right[items]) if split == "median" else right[items].mean()
    return np.asarray(right > middle, dtype=np.int64)


def _entropy(counts: Ints) -> float:
    return float(np.sum(counts * np.log(counts / counts.sum())))


def _no_test(notes: tuple[Note, ...]) -> LikelihoodRatio:
    return LikelihoodRatio(np.nan, 0, np.nan, np.zeros(0), (), notes)

"""Standard error of measurement at each number right: Lord's binomial, and Keats's correction of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Scores, score_cells
from examgen.core.words import tell
from examgen.psychometrics.classical.statistics import classical
from examgen.stats.irt_models import Floats, Note


class ConditionalSem(NamedTuple):
    """Standard errors at each number right 0 … k; NaN where undefined."""

    score: NDArray[np.int64]
    """(k + 1,)"""
    n_candidates: NDArray[np.int64]
    """(k + 1,) with just that total; those with missing scores are left out."""
    lord: Floats
    """(k + 1,) √(x (k − x) / (k − 1))."""
    keats: Floats
    """(k + 1,) Lord's times √((1 − alpha) / (1 − KR-21)): so their mean square is that of the overall SEM."""
    notes: tuple[Note, ...]


def conditional_sem(scores: Scores, *, prorate: bool = True) -> ConditionalSem:
    """Conditional standard errors of 0/1 scores (N, J), negative = missing.

    Lord takes the items for a random sample from a pool, so that his errors are those of KR-21; Keats brings
    them down to the errors of alpha, where items differ in difficulty. Both are NaN with one item and for
    partial scores; Keats's also where alpha or KR-21 is undefined. At x = 0 and x = k both are 0.

    References
    ----------
    Lord, F. M. (1955). Estimating test reliability. Educational and Psychological Measurement, 15; (1957). Do
    tests of the same length have the same standard error of measurement? Ibid., 17. Keats, J. A. (1957).
    Estimation of error variances of test scores. Psychometrika, 22, eq. 9.
    """
    scores = score_cells(scores)
    found = classical(scores, prorate=prorate)
    k = scores.shape[1]
    x = np.arange(k + 1)
    unknown = np.full(k + 1, np.nan)
    whole = scores[(scores >= 0).all(axis=1)] if scores.size and scores.min() < 0 else scores
    if scores.size and int(scores.max()) > 1:
        note = Note("partial-scores", None, tell("the errors of Lord and Keats need 0/1 scores"))
        return ConditionalSem(x, np.zeros(k + 1, np.int64), unknown, unknown, (*found.notes, note))
    counts = np.bincount(whole.sum(axis=1, dtype=np.int64), minlength=k + 1) if k else np.zeros(1, np.int64)
    if k < 2:
        return ConditionalSem(x, counts, unknown, unknown, found.notes)
    lord = np.sqrt(x * (k - x) / (k - 1))
    left, of_lord = 1 - found.test.alpha, 1 - found.test.kr21
    keats = lord * np.sqrt(left / of_lord) if of_lord > 0 and left >= 0 else unknown
    return ConditionalSem(x, counts, lord, keats, found.notes)

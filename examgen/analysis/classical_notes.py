"""What a user must know of classical statistics: why a number is missing, or says little."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from examgen.analysis.classical_factor import Factor
from examgen.analysis.classical_items import Parts
from examgen.analysis.classical_sums import MOST_ITEMS
from examgen.analysis.irt import Note

FEW_CANDIDATES = 50
"""Below it correlations and reliabilities say little: the 95 % interval of a correlation of 0.3 is ± 0.26."""


def notes_on(parts: Parts, factor: Factor | None, *, singular: bool, prorated: bool) -> tuple[Note, ...]:
    """Of items first, in their order, then of the whole."""
    return (*_of_items(parts), *_of_data(parts, prorated), *_of_reliability(parts, factor, singular=singular))


def _of_items(parts: Parts) -> Iterator[Note]:
    found = parts.sums
    for j in np.flatnonzero(~parts.live).tolist():
        n, score = int(found.n[j]), int(found.least[j])
        if n == 0:
            yield Note("no-answers", j, "nobody has a score on it: nothing can be said")
        elif n == 1:
            yield Note("one-answer", j, "only one candidate has a score on it: it has no variance")
        elif found.least[j] == 0:
            yield Note(
                "all-wrong",
                j,
                f"all {n} candidates scored 0: no correlation, and alpha is that of the others",
            )
        else:
            right = "right" if score == 1 else f"with {score} points"
            yield Note(
                "all-right",
                j,
                f"all {n} candidates are {right}: no correlation, and alpha is that of the others",
            )


def _of_data(parts: Parts, prorated: bool) -> Iterator[Note]:
    found = parts.sums
    n = int(np.count_nonzero(found.answered))
    if n == 0:
        yield Note("no-answers", None, "there is no score at all")
        return
    if n < len(found.points):
        left = len(found.points) - n
        yield Note(
            "empty-candidates",
            None,
            f"{left} candidates have no score on any item and are left out",
            (f"{left}",),
        )
    if n < FEW_CANDIDATES:
        yield Note(
            "few-candidates",
            None,
            f"{n} candidates: correlations and reliabilities are rough, see their intervals",
            (f"{n}",),
        )
    if not found.complete:
        missing = found.points.size * len(found.n) - int(found.n.sum())
        rule = "the mean of a candidate's other scores" if prorated else "0"
        message = (
            f"{missing} scores are missing: covariances are over those who have both items, and "
            f"a missing score counts as {rule} in the total"
        )
        yield Note("missing-scores", None, message, (f"{missing}",))


def _of_reliability(parts: Parts, factor: Factor | None, *, singular: bool) -> Iterator[Note]:
    k, width = int(parts.live.sum()), len(parts.live)
    if parts.matrices is None:
        message = (
            f"{width} items are more than {MOST_ITEMS}: lambda 2, lambda 6, omega, split halves and "
            "corrected correlations are not computed, nor alpha where scores are missing"
        )
        yield Note("too-many-items", None, message, (f"{width}", f"{MOST_ITEMS}"))
    if not np.count_nonzero(parts.sums.answered):
        return
    if k < 2:
        yield Note(
            "too-few-items", None, f"{k} item(s) vary: there is no alpha or other reliability", (f"{k}",)
        )
    elif math.isnan(parts.alpha):
        yield Note("no-alpha", None, _why_no_alpha(parts))
    elif parts.alpha < 0:
        yield Note("negative-alpha", None, "alpha is negative: items go against each other; see the keys")
    if singular:
        inverse = "rest on a generalised inverse and say little"
        if np.isnan(parts.communality).any():
            inverse = "are not computed for so many items"
        message = (
            "the items' correlations are singular (fewer candidates than items, or items that repeat "
            f"others): lambda 6 and r_cor {inverse}"
        )
        yield Note("singular-correlations", None, message)
    if factor is not None and k > 1 and not math.isnan(parts.alpha):
        yield from _of_factor(k, factor)


def _why_no_alpha(parts: Parts) -> str:
    if parts.matrices is not None and np.isnan(parts.matrices.covariance).any():
        return "some pairs of items have no two candidates in common: no alpha, lambda or omega can be found"
    if parts.matrices is None and not parts.sums.complete:
        return "alpha of missing scores needs the covariances of all items, which are too many"
    if not parts.sums.complete:
        return "covariances of different candidates contradict each other: there is no alpha"
    return "the total does not vary: there is no alpha"


def _of_factor(k: int, factor: Factor) -> Iterator[Note]:
    if k < 3:
        yield Note("too-few-items", None, "one factor needs three items that vary: there is no omega")
    elif not factor.converged:
        yield Note("no-omega", None, "no factor was found: there is no omega")
    elif factor.heywood:
        message = (
            "one factor explains an item whole (a Heywood case): it does not fit these few "
            "candidates or items, and omega says little"
        )
        yield Note("heywood", None, message)

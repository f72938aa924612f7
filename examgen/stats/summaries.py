"""Columns and rows of judgements that only summarise the others: their mean, median or sum.

And numbers on two scales. All are told by their values, so that no name of a column is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from examgen.stats.checklists import SUMMARY_NAMES
from examgen.stats.matrix import Bools, Floats
from examgen.stats.plain_text import plain_text
from examgen.stats.results import Note, sentences

_STATISTICS: Mapping[str, Callable[..., Floats]] = {"mean": np.mean, "median": np.median, "sum": np.sum}
NAMES = frozenset(map(plain_text, SUMMARY_NAMES))
"""Names of rows that are hardly those of a person, as `plain_text` writes them."""
_BY_CHANCE = 1e-4
"""Chance at most with which a column like the others would be told."""
_BY_CHANCE_OF_STEPS = 1e-3
_SLACK = 1e-6
_DECIMALS = 5
_SIDE = 10
"""Numbers at least on each of two scales."""
_MOST_FULL = 40
"""The most points of a scale that is told from percentages; of more points they are nearly every number."""
TEXTS: dict[str, str] = {
    "is-summary.mean": "{names}: every value is the mean of the others, or that mean rounded. Leave it out "
    "if it only summarises the others",
    "is-summary.median": "{names}: every value is the median of the others. Leave it out if it only "
    "summarises the others",
    "is-summary.sum": "{names}: every value is the sum of the others. Leave it out if it only summarises "
    "the others",
    "two-scales": "{scores}: all {n} numbers above {full} are percentages of {full} points, and {below} "
    "other numbers are not. If some are points and some percentages, put all on one scale",
}
"""The messages by code, which ends before a dot."""
note = sentences(TEXTS)


def _are_near(own: Floats, found: Floats) -> Bools:
    """Whether each number is the other one, rounded to the decimals that it is written with."""
    decimals = np.full(own.shape, _DECIMALS)
    for n in range(_DECIMALS - 1, -1, -1):
        decimals[np.abs(np.round(own, n) - own) < _SLACK] = n
    return np.abs(own - found) <= 0.5 * 10.0**-decimals + _SLACK


def summary_of(table: Floats, place: int, *, is_named: bool = False) -> str | None:
    """Return the statistic of the other rows that row `place` of a table is in every column, or None.

    Told if such agreement would be rare by chance, as judged by how often each other row is that statistic of
    the rest; or, if the name of the row says that it is a summary, in any case.

    Parameters
    ----------
    table : (n, k), a row for each judge or candidate; turned, one for each item or assessor; NaN where there
        is no number
    place : the index of the row
    is_named : whether the name of the row says that it is a summary
    """
    known = np.isfinite(table).all(axis=0)
    own, others = table[place, known], np.delete(table[:, known], place, axis=0)
    if len(others) < 2 or not known.any():
        return None
    for name, statistic in _STATISTICS.items():
        if not _are_near(own, statistic(others, axis=0)).all() or (name == "sum" and not own.any()):
            continue
        if is_named:
            return name
        if len(np.unique(own)) < 3 or (own == others).all(axis=1).any():
            return None
        rest = [np.delete(others, n, axis=0) for n in range(min(len(others), 60))]
        again = [_are_near(others[n], statistic(one, axis=0)) for n, one in enumerate(rest) if len(one)]
        usual = max((float(one.sum()) + 1) / (one.size + 2) for one in again)
        if usual ** len(own) * len(table) < _BY_CHANCE:
            return name
    return None


def summaries(table: Floats, names: Sequence[str], *, all_rows: bool = False) -> Iterator[Note]:
    """Yield a note on each row of a table (n, k) that is a summary of the others: the last, those with the
    name of a summary, or any (`all_rows`)."""
    for place, name in enumerate(names):
        is_named = plain_text(name) in NAMES
        if not (all_rows or is_named or place == len(names) - 1):
            continue
        if found := summary_of(table, place, is_named=is_named):
            yield note(f"is-summary.{found}", names=name)


def two_scales(
    scores: NDArray[np.float64], name: str, counts: NDArray[np.float64] | None = None
) -> Iterator[Note]:
    """Yield a note if some of the numbers are points and the others percentages of them: all above a full
    score are such percentages, and those up to it are not."""
    persons = np.ones(len(scores)) if counts is None else counts
    is_known = np.isfinite(scores) & (persons > 0)
    own, persons = scores[is_known], persons[is_known]
    if not len(own) or own.min() < 0 or own.max() > 100 or (own != np.rint(own)).any():
        return
    for full in range(2, _MOST_FULL + 1):
        grid = np.floor(100 * np.arange(full + 1) / full + 0.5)
        above = own > full
        n, below = persons[above].sum(), persons[~above & ~np.isin(own, grid)].sum()
        if min(n, below) < _SIDE or not np.isin(own[above], grid).all() or len(np.unique(own[above])) < 3:
            continue
        share = np.count_nonzero(grid > full) / (100 - full)
        top = own[~above].max()
        if share ** len(np.unique(own[above])) * _MOST_FULL < _BY_CHANCE_OF_STEPS and 2 * top > full:
            yield note("two-scales", scores=name, n=int(n), full=full, below=int(below))
            return

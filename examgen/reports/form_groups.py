"""A scored run → its candidates grouped by form, and comparisons of these groups if they are large enough.

Pure. A difference between forms mixes their difficulty with the ability of the candidates who took them; it
is adjusted for neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from examgen.core.exam.names import base_form
from examgen.core.text.thai import dictionary_order
from examgen.rendering.parts import (
    CONFIDENCE,
    MIN_N,
    NO_DIFFERENCE,
    Difference,
    Proportion,
    difference,
    proportion,
)
from examgen.reports.cohort_report.rows import Bools, CohortRows, Floats
from examgen.scoring.form_cut_scores import Cut
from examgen.stats.distributions import t_quantile

SMALL = "small"
"""The verdict on a group that is too small to be compared."""
UNRATED = ""
"""The verdict if the exam has no pass rule."""
MOST_PAIRS = 6
"""The maximum number of forms compared in pairs. If there are more, each is compared with all others
together."""


class Mean(NamedTuple):
    """The mean of scores in per cent, their standard deviation (n − 1), and the 95 % interval of the mean by
    Student's t. A value is None if undefined."""

    value: float | None
    sd: float | None
    low: float | None
    high: float | None


class CandidateGroup(NamedTuple):
    """The candidates of a centre or of a form."""

    name: str
    """The name of the centre or form; empty if unknown."""
    n: int
    mean: Mean
    passed: Proportion | None
    verdict: str
    """`within`, `below-95`, `above-99.8` and so on; `small`; empty if nothing is compared."""
    cut: Cut | None = None
    forms: tuple[tuple[str, int], ...] = ()
    """For a centre: each form taken there, with its number of candidates."""


class Contrast(NamedTuple):
    """One form minus another, or minus all others (`other` is empty): the mean in per cent, and the pass rate
    from −1 to 1."""

    form: str
    other: str
    mean: Difference
    passed: Difference


class Gap(NamedTuple):
    """Two forms whose means differ by more than chance, the higher mean first. If there are many forms, one
    is compared with all others together, and that group has no name."""

    high: CandidateGroup
    low: CandidateGroup


def mean_of(percent: Floats) -> Mean:
    """Return the mean of scores (N,) in per cent, without an interval if all scores are equal."""
    n = len(percent)
    if not n:
        return Mean(None, None, None, None)
    mean = float(percent.mean())
    if n < 2:
        return Mean(mean, None, None, None)
    sd = float(percent.std(ddof=1))
    if percent.min() == percent.max():
        return Mean(mean, 0.0, None, None)
    half = t_quantile(0.5 + CONFIDENCE / 2, n - 1) * sd / n**0.5
    return Mean(mean, sd, mean - half, mean + half)


def group_of(name: str, percent: Floats, passed: Bools | None) -> CandidateGroup:
    """Return the group of the candidates with these scores; `passed` is None without a pass rule."""
    share = None if passed is None else proportion(int(passed.sum()), len(passed))
    return CandidateGroup(name, len(percent), mean_of(percent), share, UNRATED)


# ── forms ────────────────────────────────────────────────────────────────────────────────────


def forms_of(rows: CohortRows, cuts: Mapping[str, Cut | None]) -> Iterator[CandidateGroup]:
    """Yield the group of each form; a personal form counts under the form that it was drawn from."""
    by_form: dict[str, set[Cut | None]] = {}
    for name, cut in cuts.items():
        by_form.setdefault(base_form(name), set()).add(cut)
    for n, form in sorted(enumerate(rows.forms), key=lambda pair: dictionary_order(pair[1])):
        who = rows.form == n
        one = group_of(form, rows.percent[who], None if rows.passed is None else rows.passed[who])
        own = by_form[form]
        yield one._replace(
            verdict=SMALL if one.n < MIN_N else UNRATED, cut=own.pop() if len(own) == 1 else None
        )


def contrasts_of(rows: CohortRows, forms: Sequence[CandidateGroup]) -> Iterator[Contrast]:
    """Yield the contrasts of forms with enough candidates: in pairs or, if there are many forms, each against
    all others."""
    large = [one for one in forms if one.n >= MIN_N]
    if len(large) < 2:
        return
    for one, other, mine, others in _sides(rows, large):
        rates = NO_DIFFERENCE
        if one.passed is not None and other.passed is not None:
            rates = difference(one.passed, other.passed)
        yield Contrast(one.name, other.name, _welch(mine, others), rates)


def _sides(
    rows: CohortRows, large: Sequence[CandidateGroup]
) -> Iterator[tuple[CandidateGroup, CandidateGroup, Floats, Floats]]:
    """Yield the comparisons: two groups, and the scores of each."""
    percent = {one.name: rows.percent[rows.form == rows.forms.index(one.name)] for one in large}
    if len(large) <= MOST_PAIRS:
        for a, b in combinations(large, 2):
            yield a, b, percent[a.name], percent[b.name]
        return
    for one in large:
        rest = rows.form != rows.forms.index(one.name)
        all_others = group_of("", rows.percent[rest], None if rows.passed is None else rows.passed[rest])
        yield one, all_others, percent[one.name], rows.percent[rest]


def gap_of(rows: CohortRows, forms: Sequence[CandidateGroup]) -> Gap | None:
    """Return the two groups farthest apart among those whose means differ by more than chance; None if there
    are none.

    All comparisons together have a false-alarm rate of at most 5 %, of which each has an equal share
    (Bonferroni).
    """
    large = [one for one in forms if one.n >= MIN_N]
    sides = list(_sides(rows, large)) if len(large) > 1 else []
    found = []
    for one, other, mine, others in sides:
        value, low, high = _welch(mine, others, 1 - (1 - CONFIDENCE) / len(sides))
        assert value is not None
        if low is not None and high is not None and (low > 0 or high < 0):
            found.append((abs(value), Gap(one, other) if value > 0 else Gap(other, one)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _welch(a: Floats, b: Floats, confidence: float = CONFIDENCE) -> Difference:
    """Return the difference of two means with Welch's interval; degrees of freedom are rounded down.

    References
    ----------
    Welch, B. L. (1947). The generalization of "Student's" problem when several different population
    variances are involved. Biometrika, 34, 28–35.
    """
    value = float(a.mean() - b.mean())
    u, v = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    if u + v == 0:
        return Difference(value, None, None)
    df = (u + v) ** 2 / (u**2 / (len(a) - 1) + v**2 / (len(b) - 1))
    half = t_quantile(0.5 + confidence / 2, int(df)) * (u + v) ** 0.5
    return Difference(value, value - half, value + half)

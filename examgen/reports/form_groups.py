"""A scored run → its candidates in groups by form, each form beside the others, as far as numbers allow.

Pure. A difference of forms mixes how hard they are with who sat them; nothing is adjusted for either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from examgen.core.exam.names import base_form
from examgen.core.text.thai import dictionary_order
from examgen.core.uncertainty import t_quantile
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
from examgen.scoring.runs.form_cuts import Cut

SMALL = "small"
"""The verdict on a group that is too small to be compared."""
UNRATED = ""
"""The verdict where the exam has no pass rule."""
MOST_PAIRS = 6
"""More forms than these are each compared with all the others together, in place of by pairs."""


class Mean(NamedTuple):
    """The mean of scores in per cent, the standard deviation (of n - 1), and the 95 % interval of the mean by
    Student's t; None where it is undefined."""

    value: float | None
    sd: float | None
    low: float | None
    high: float | None


class CandidateGroup(NamedTuple):
    """The candidates of a centre or of a form."""

    name: str
    """Empty where it is not known."""
    n: int
    mean: Mean
    passed: Proportion | None
    verdict: str
    """`within`, `below-95`, `above-99.8` and so on; `small`; empty where nothing is compared."""
    cut: Cut | None = None
    forms: tuple[tuple[str, int], ...] = ()
    """Of a centre: each form that was sat there, and by how many."""


class Contrast(NamedTuple):
    """One form less another, or (`other` empty) less all other forms: mean in per cent, pass rate 0 to 1."""

    form: str
    other: str
    mean: Difference
    passed: Difference


class Gap(NamedTuple):
    """Two forms, the higher mean first, whose means differ by more than chance; of many forms one (`low` or
    `high` without a name is all the others together)."""

    high: CandidateGroup
    low: CandidateGroup


def mean_of(percent: Floats) -> Mean:
    """The mean of scores and its interval; none where all scores are one, which tell of no spread."""
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
    """The candidates with these scores as a group of that name."""
    share = None if passed is None else proportion(int(passed.sum()), len(passed))
    return CandidateGroup(name, len(percent), mean_of(percent), share, UNRATED)


# ── forms ────────────────────────────────────────────────────────────────────────────────────


def forms_of(rows: CohortRows, cuts: Mapping[str, Cut | None]) -> Iterator[CandidateGroup]:
    """Each form, those of candidates' own under the form they were drawn from."""
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
    """Forms of enough candidates by pairs, or, where they are many, each against all others."""
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
    """What is compared: two groups and the scores of each."""
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
    """The two that are farthest apart of those whose means differ by more than chance; None where none do.

    Every pair that is looked at has its share of the 5 % of false alarms that all of them may have together
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
    """The difference of two means with Welch's interval, of degrees of freedom rounded down.

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

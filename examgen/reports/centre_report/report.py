"""A scored run → `CentreReport`: centres and forms compared, as far as their numbers allow.

Pure. Centres are sorted by name, never by rate; groups of fewer than `MIN_N` candidates are counted but not
compared.
"""

from __future__ import annotations

from functools import cache
from math import lgamma, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.core.coded_columns import number_of_each, texts_of
from examgen.core.exam.names import base_form
from examgen.core.text.thai import dictionary_order
from examgen.rendering.parts import MIN_N, Proportion, proportion
from examgen.reports.cohort_report.rows import CohortRows, Floats, rows_of
from examgen.reports.form_groups import (
    SMALL,
    UNRATED,
    CandidateGroup,
    Contrast,
    Gap,
    Mean,
    contrasts_of,
    forms_of,
    gap_of,
    group_of,
    mean_of,
)
from examgen.scoring.form_cut_scores import cuts_of

if TYPE_CHECKING:
    from examgen.scoring.scored_run import ScoredRun

LEVELS = (0.95, 0.998)
"""The shares of centres within the limits if all centres were alike, as in Spiegelhalter's funnel plots."""
_REACH = 12
_CLOSE = 1e-9
_GRID = 100


# ── limits of a funnel ───────────────────────────────────────────────────────────────────────


@cache
def limits(n: int, rate: float, level: float) -> tuple[float, float]:
    """Return the exact binomial limits of the number who pass among n, for a rate of 0 … 1, as real numbers.

    A count x is below the limits if P(X ≤ x) < (1 - level) / 2, and above them if P(X ≥ x) is. The limits are
    interpolated between two counts: they are smooth in n, and give the same verdict for
    every whole number.

    References
    ----------
    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in
    Medicine, 24, 1185–1202, appendix A.1.1.
    """
    if not 0 < rate < 1:
        return n * rate, n * rate
    tail = (1 - level) / 2
    return _lower(n, rate, tail), n - _lower(n, 1 - rate, tail)


def _lower(n: int, rate: float, tail: float) -> float:
    """Return r - (F(r) - tail) / f(r), at least 0, for the least r with F(r) ≥ tail; F is Binomial(n,
    rate)."""
    first = max(0, int(n * rate - _REACH * sqrt(n * rate * (1 - rate)) - _REACH))
    last = min(n, int(n * rate + _REACH * sqrt(n * rate * (1 - rate)) + _REACH))
    # P(X = k) for k = first … last, from the first value by ratios
    k = np.arange(first, last, dtype=np.float64)
    ratios = np.log((n - k) / (k + 1)) + log(rate / (1 - rate))
    start = lgamma(n + 1) - lgamma(first + 1) - lgamma(n - first + 1)
    start += first * log(rate) + (n - first) * log(1 - rate)
    mass: Floats = np.exp(start + np.concatenate([[0.0], np.cumsum(ratios)]))
    below = np.cumsum(mass)
    at = int(np.searchsorted(below, tail))
    return max(0.0, first + at - (float(below[at]) - tail) / float(mass[at]))


def verdict(passed: int, n: int, rate: float) -> str:
    """Return the verdict on a count: `within`, or `below-` or `above-` with the widest level that it
    exceeds."""
    found = "within"
    for level in LEVELS:
        low, high = limits(n, rate, level)
        if passed < low - _CLOSE:
            found = f"below-{100 * level:g}"
        elif passed > high + _CLOSE:
            found = f"above-{100 * level:g}"
    return found


# ── the report ───────────────────────────────────────────────────────────────────────────────


class CentreReport(NamedTuple):
    """The content of the report on centres and forms."""

    n: int
    mean: Mean
    passed: Proportion | None
    centres: tuple[CandidateGroup, ...]
    """The centres by name; candidates without a known centre come last."""
    compared: int
    """The number of named centres with at least `MIN_N` candidates; with fewer than two there is no funnel
    plot."""
    funnel: tuple[tuple[float, tuple[tuple[int, float, float], ...]], ...]
    """For each level, the limits of the pass rate (0 to 1) by number of candidates."""
    forms: tuple[CandidateGroup, ...]
    """The forms that somebody took."""
    printed: int
    """The number of forms in the exam."""
    contrasts: tuple[Contrast, ...]
    gap: Gap | None

    @property
    def outside(self) -> dict[str, int]:
        """The number of centres outside the limits, by verdict."""
        found = [one.verdict for one in self.centres if one.verdict.startswith(("below", "above"))]
        return {verdict: found.count(verdict) for verdict in sorted(set(found))}


def centre_report(run: ScoredRun) -> CentreReport:
    """Return the report on a run with any number of candidates, even none."""
    rows = rows_of(run)
    rate = None if rows.passed is None else proportion(int(rows.passed.sum()), rows.n)
    centres = _centres(run, rows, rate)
    large = [one.n for one in centres if one.verdict not in (SMALL, UNRATED)]
    funnel = []
    if len(large) > 1 and rate is not None and rate.share is not None:
        sizes = np.linspace(MIN_N, max(large), _GRID).round().astype(int).tolist()
        for level in LEVELS:
            ends = [(n, limits(n, rate.share, level)) for n in sorted({*sizes, MIN_N, max(large)})]
            funnel.append((level, tuple((n, low / n, high / n) for n, (low, high) in ends)))
    forms = tuple(forms_of(rows, cuts_of(run)))
    return CentreReport(
        n=rows.n,
        mean=mean_of(rows.percent),
        passed=rate,
        centres=tuple(centres),
        compared=len(large),
        funnel=tuple(funnel),
        forms=forms,
        printed=len({base_form(form.name) for form in run.exam.forms}),
        contrasts=tuple(contrasts_of(rows, forms)),
        gap=gap_of(rows, forms),
    )


def _centres(run: ScoredRun, rows: CohortRows, rate: Proportion | None) -> list[CandidateGroup]:
    """Return each centre with its verdict and the number of candidates by form; empty if the run has no
    centres."""
    every = set(texts_of(run.candidates["centre"]))
    named = sorted(every - {""}, key=dictionary_order)
    if not named:
        return []
    names = [*named, *([""] if "" in every else [])]
    member = number_of_each(run.candidates["centre"], names)
    ends = np.cumsum(np.bincount(member, minlength=len(names)))[:-1]
    parts = np.split(np.argsort(member, kind="stable"), ends)
    several = sum(len(part) >= MIN_N for name, part in zip(names, parts, strict=True) if name) > 1
    by_name = sorted(range(len(rows.forms)), key=lambda n: dictionary_order(rows.forms[n]))
    found = []
    for name, part in zip(names, parts, strict=True):
        one = group_of(name, rows.percent[part], None if rows.passed is None else rows.passed[part])
        said = UNRATED
        if one.n < MIN_N:
            said = SMALL
        elif several and name and one.passed is not None and rate is not None and rate.share is not None:
            said = verdict(one.passed.n, one.n, rate.share)
        counts = np.bincount(rows.form[part], minlength=len(rows.forms)).tolist()
        forms = tuple((rows.forms[n], counts[n]) for n in by_name if counts[n])
        found.append(one._replace(verdict=said, forms=forms))
    return found

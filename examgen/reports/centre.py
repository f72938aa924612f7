"""A scored run → `CentreReport`: centres and forms beside each other, as far as their numbers allow.

Pure. Centres stand in the order of their names, never of their rates; fewer than `MIN_N` candidates are
counted and not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from examgen.reports.centre_limits import LEVELS, limits, t_quantile, verdict
from examgen.reports.cohort_rows import Bools, Cut, Floats, Rows, cuts_of, rows_of
from examgen.reports.proportions import (
    NO_DIFFERENCE,
    Difference,
    Proportion,
    difference,
    proportion,
)
from examgen.reports.report_parts import CONFIDENCE, MIN_N
from examgen.thai import dictionary_order

if TYPE_CHECKING:
    from examgen.scored_run import ScoredRun

SMALL = "small"
"""The verdict on a group that is too small to be compared."""
UNRATED = ""
"""The verdict where the exam has no pass rule."""
MOST_PAIRS = 6
"""More forms than these are each compared with all the others together, in place of by pairs."""
_GRID = 100


class Mean(NamedTuple):
    """The mean of scores in per cent, the standard deviation (of n - 1), and the 95 % interval of the mean by
    Student's t; None where it is undefined."""

    value: float | None
    sd: float | None
    low: float | None
    high: float | None


class Group(NamedTuple):
    """The candidates of a centre or of a form."""

    name: str
    """Empty where it is not known."""
    n: int
    mean: Mean
    passed: Proportion | None
    verdict: str
    """`within`, `below-95`, `above-99.8` and so on; `small`; empty where nothing is compared."""
    cut: Cut | None = None


class Curve(NamedTuple):
    """Limits of the pass rate, 0 to 1, by the number of candidates."""

    level: float
    points: tuple[tuple[int, float, float], ...]


class Contrast(NamedTuple):
    """One form less another, or (`other` empty) less all other forms: mean in per cent, pass rate 0 to 1."""

    form: str
    other: str
    mean: Difference
    passed: Difference


class CentreReport(NamedTuple):
    """Everything that the report of centres and forms says."""

    n: int
    mean: Mean
    passed: Proportion | None
    centres: tuple[Group, ...]
    """In the order of their names; those whose name is not known stand last."""
    compared: int
    """Centres with a name and at least `MIN_N` candidates; with fewer than two no funnel is drawn."""
    funnel: tuple[Curve, ...]
    forms: tuple[Group, ...]
    contrasts: tuple[Contrast, ...]

    @property
    def outside(self) -> dict[str, int]:
        """How many centres are outside, by verdict."""
        found = [one.verdict for one in self.centres if one.verdict.startswith(("below", "above"))]
        return {verdict: found.count(verdict) for verdict in sorted(set(found))}


def centre_report(run: ScoredRun) -> CentreReport:
    """Centres and forms of a run, of however many candidates, none included."""
    rows = rows_of(run)
    rate = None if rows.passed is None else proportion(int(rows.passed.sum()), rows.n)
    centres = tuple(_centres(run.candidates["centre"], rows, rate))
    large = [one.n for one in centres if one.verdict not in (SMALL, UNRATED)]
    forms = tuple(_forms(run, rows))
    return CentreReport(
        n=rows.n,
        mean=mean_of(rows.percent),
        passed=rate,
        centres=centres,
        compared=len(large),
        funnel=tuple(_funnel(large, rate)),
        forms=forms,
        contrasts=tuple(_contrasts(rows, forms)),
    )


def mean_of(percent: Floats) -> Mean:
    """The mean of scores and its interval."""
    n = len(percent)
    if not n:
        return Mean(None, None, None, None)
    mean = float(percent.mean())
    if n < 2:
        return Mean(mean, None, None, None)
    sd = float(percent.std(ddof=1))
    half = t_quantile(0.5 + CONFIDENCE / 2, n - 1) * sd / n**0.5
    return Mean(mean, sd, mean - half, mean + half)


# ── centres ──────────────────────────────────────────────────────────────────────────────────


def _centres(column: pl.Series, rows: Rows, rate: Proportion | None) -> Iterator[Group]:
    named = sorted((name for name in column.unique().to_list() if name), key=dictionary_order)
    names = [*named, *([""] if (column == "").any() else [])]
    if not named:
        return  # nothing tells centres apart
    number = {name: n for n, name in enumerate(names)}
    member = column.replace_strict(number, return_dtype=pl.Int64).to_numpy()
    order = np.argsort(member, kind="stable")
    ends = np.cumsum(np.bincount(member, minlength=len(names)))[:-1]
    parts = np.split(order, ends)
    several = sum(len(part) >= MIN_N for name, part in zip(names, parts, strict=True) if name) > 1
    for name, part in zip(names, parts, strict=True):
        one = _group(name, rows.percent[part], None if rows.passed is None else rows.passed[part])
        yield one._replace(verdict=_verdict(one, rate, several))


def _group(name: str, percent: Floats, passed: Bools | None) -> Group:
    share = None if passed is None else proportion(int(passed.sum()), len(passed))
    return Group(name, len(percent), mean_of(percent), share, UNRATED)


def _verdict(one: Group, rate: Proportion | None, several: bool) -> str:
    if one.n < MIN_N:
        return SMALL
    if not several or not one.name or one.passed is None or rate is None or rate.share is None:
        return UNRATED
    return verdict(one.passed.n, one.n, rate.share)


def _funnel(sizes: Sequence[int], rate: Proportion | None) -> Iterator[Curve]:
    if len(sizes) < 2 or rate is None or rate.share is None:
        return
    grid = sorted({*np.linspace(MIN_N, max(sizes), _GRID).round().astype(int).tolist(), MIN_N, max(sizes)})
    for level in LEVELS:
        ends = [(n, limits(n, rate.share, level)) for n in grid]
        yield Curve(level, tuple((n, low / n, high / n) for n, (low, high) in ends))


# ── forms ────────────────────────────────────────────────────────────────────────────────────


def _forms(run: ScoredRun, rows: Rows) -> Iterator[Group]:
    """Each form, those of candidates' own under the form they were drawn from."""
    cuts: dict[str, set[Cut | None]] = {}
    for name, cut in cuts_of(run).items():
        cuts.setdefault(name.partition("-")[0], set()).add(cut)
    for n, form in sorted(enumerate(rows.forms), key=lambda pair: dictionary_order(pair[1])):
        who = rows.form == n
        one = _group(form, rows.percent[who], None if rows.passed is None else rows.passed[who])
        own = cuts[form]
        yield one._replace(
            verdict=SMALL if one.n < MIN_N else UNRATED, cut=own.pop() if len(own) == 1 else None
        )


def _contrasts(rows: Rows, forms: Sequence[Group]) -> Iterator[Contrast]:
    large = [one for one in forms if one.n >= MIN_N]
    if len(large) < 2:
        return
    percent = {one.name: rows.percent[rows.form == rows.forms.index(one.name)] for one in large}
    if len(large) <= MOST_PAIRS:
        for a, b in combinations(large, 2):
            yield Contrast(
                a.name, b.name, _welch(percent[a.name], percent[b.name]), _rates(a.passed, b.passed)
            )
        return
    for one in large:
        rest = rows.form != rows.forms.index(one.name)
        passed = None if rows.passed is None else proportion(int(rows.passed[rest].sum()), int(rest.sum()))
        yield Contrast(
            one.name, "", _welch(percent[one.name], rows.percent[rest]), _rates(one.passed, passed)
        )


def _rates(a: Proportion | None, b: Proportion | None) -> Difference:
    return NO_DIFFERENCE if a is None or b is None else difference(a, b)


def _welch(a: Floats, b: Floats) -> Difference:
    """The difference of two means with Welch's 95 % interval, of degrees of freedom rounded down.

    References
    ----------
    Welch, B. L. (1947). The generalization of "Student's" problem when several different population
    variances are involved. Biometrika, 34, 28–35.
    """
    value = float(a.mean() - b.mean())
    u, v = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    if u + v == 0:
        return Difference(value, value, value)
    df = (u + v) ** 2 / (u**2 / (len(a) - 1) + v**2 / (len(b) - 1))
    half = t_quantile(0.5 + CONFIDENCE / 2, int(df)) * (u + v) ** 0.5
    return Difference(value, value - half, value + half)

"""The rules of judging and passing, prepared for the forms of a key: how what candidates earn is judged, and
what every number of units means for a criterion, also if a judgement must be certain.

The interval is that of the proportion right: of `n` items that earn from `least` to `max` units, `u` units
count as n (u − least) / (max − least) items right, and its ends are converted back into units. With items of
one point each, of which wrong ones cost nothing, that is the number right.

Certainty only withholds: what is met by points alone becomes met or undecided, and what is not met by points
alone becomes not met or undecided. Whole numbers of items are judged exactly, by binomial sums of integers;
parts of items, Jeffreys' prior and large numbers of items by the incomplete beta function.

References
----------
Novick, M. R., & Lewis, C. (1974). Prescribing test length for criterion-referenced measurement. In C. W.
Harris, M. C. Alkin, & W. J. Popham (Eds.), Problems in criterion-referenced measurement (CSE Monograph 3):
the posterior probability that the true share reaches the criterion, Beta(a + x, b + n - x).
Jeffreys, H. (1946). An invariant form for the prior probability in estimation problems. Proceedings of the
Royal Society A, 186, 453-461: the prior Beta(1/2, 1/2).
Brown, L. D., Cai, T. T., & DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical
Science, 16(2), 101-133: the intervals of Wilson, and of Clopper and Pearson, here one-sided.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from examgen.core.exam.names import base_form
from examgen.core.exam.package import Package, cuts_of
from examgen.core.models.decisions import Judgement, PassRule, ReportRule
from examgen.core.problems import Refused
from examgen.core.responses.rows import AnswerRows
from examgen.scoring.criteria import Shapes, Units, group_shapes, groups_of, shapes_of
from examgen.scoring.decisions import Standard, decide, passing_standard
from examgen.scoring.earn import Earned
from examgen.scoring.exact_arithmetic import (
    Ints,
    fraction_text,
    least_points,
    percent_text,
    points_text,
)
from examgen.scoring.key import Key
from examgen.scoring.recorded_decisions import cut_record, rule_with_cut
from examgen.scoring.results import (
    CriterionScale,
    JudgedColumns,
    ResultLayout,
    ResultPlace,
    ResultRows,
    ScoreScale,
    criteria_met,
)
from examgen.scoring.scales import score_scale
from examgen.stats.distributions import INTERVALS, normal_quantile

if TYPE_CHECKING:
    from examgen.core.models.decisions import CutFile, ScaledScore


# ── one judgement ────────────────────────────────────────────────────────────────────────────

MOST_EXACT = 60
"""The most items for which binomial sums are computed with integers; for more items, no such sum equals a
percentage.
"""
_ROUNDING = Fraction(1, 10**12)


class JudgementEnds(NamedTuple):
    """A result is not met below `not_met` units, met from `met` units on, and undecided between them."""

    not_met: int
    met: int


class CertaintyRule(NamedTuple):
    """The certainty that is required: a share, and the method by which it is computed."""

    certainty: Fraction
    by: str
    """`uniform`, `jeffreys`, `wilson` or `clopper_pearson`."""


def ends_of(n_items: int, most: int, least: int, judgement: Judgement, percent: Decimal) -> JudgementEnds:
    """Return where not met ends and met begins, for `n_items` items that give from `least` to `most`
    units.
    """
    reached = least_points(percent, most)
    asked = judgement.certainty
    if asked is None or not n_items or most <= least:
        return JudgementEnds(reached, reached)
    by = str(judgement.interval) if asked.by == "interval" else asked.prior or "uniform"
    return _ends(n_items, most, least, percent, CertaintyRule(Fraction(asked.percent) / 100, by))


@lru_cache(100_000)
def _ends(n_items: int, most: int, least: int, percent: Decimal, rule: CertaintyRule) -> JudgementEnds:
    reached, spread = least_points(percent, most), most - least
    standard = (Fraction(percent) * most / 100 - least) / spread

    def right(units: int) -> Fraction:
        return Fraction(n_items * (units - least), spread)

    def is_below(units: int) -> bool:
        """Return whether it is certain enough that the true share is below the standard, by the share
        wrong.
        """
        return standard > 0 and _is_above(n_items - right(units), n_items, 1 - standard, rule)

    return JudgementEnds(
        _first(least, reached, lambda units: not is_below(units)),
        _first(max(reached, least), most + 1, lambda units: _is_above(right(units), n_items, standard, rule)),
    )


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the first of low … high − 1 for which the test holds, as it does for all after it; `high` if
    there is none.
    """
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _is_above(right: Fraction, n: int, standard: Fraction, rule: CertaintyRule) -> bool:
    """Whether it is certain enough that the true share is the standard or more."""
    if standard <= 0:
        return True
    if rule.by == "wilson":
        # the lower end is the p below x / n with (x − n p)² = z² n p (1 − p)
        above, z = right - n * standard, Fraction(normal_quantile(float(rule.certainty)))
        return above >= 0 and above**2 >= z**2 * n * standard * (1 - standard)
    return _chance(right, n, standard, rule.by) >= rule.certainty


_BETA = {
    "uniform": (Fraction(1), Fraction(1)),
    "jeffreys": (Fraction(1, 2), Fraction(1, 2)),
    "clopper_pearson": (Fraction(1), Fraction(0)),
}
"""What is added to the numbers of items wrong and right. For the interval: its lower end is at s or above if
so many right or more have at most the chance 1 − certainty when the true share is s.
"""


def _chance(right: Fraction, n: int, standard: Fraction, by: str) -> Fraction:
    """I_{1−s}(n − x + α, x + β): for a prior Beta(β, α), the posterior probability of s or more."""
    more_wrong, more_right = _BETA[by]
    a, b = n - right + more_wrong, right + more_right
    if not b:
        return Fraction(0)
    if a.denominator == b.denominator == 1 and n <= MOST_EXACT:
        return _at_most(int(b) - 1, int(a + b) - 1, standard)
    from scipy.special import betainc

    return Fraction(float(betainc(float(a), float(b), float(1 - standard)))) + _ROUNDING


def _at_most(k: int, n: int, p: Fraction) -> Fraction:
    """The chance of at most k of n, each with chance p."""
    yes, whole = p.numerator, p.denominator
    ways = sum(comb(n, x) * yes**x * (whole - yes) ** (n - x) for x in range(k + 1))
    return Fraction(ways, whole**n)


def criterion_scale(
    n_items: int,
    max_units: int,
    least_units: int,
    unit: int,
    judgement: Judgement,
    percent: Decimal | None = None,
) -> CriterionScale:
    """Return the meaning of each number of units if `n_items` items give at most `max_units`.

    `unit` units make a point; `percent` replaces the percentage of the judgement if a unit has its own.
    Without items or points there is a single entry, without points, percentage or interval.
    """
    if not n_items or not max_units:
        return CriterionScale(n_items, 0, 0, ("",), (None,), (None,), (None,), ("not_assessed",))
    every = range(least_units, max_units + 1)
    # the ends of the interval in per cent of `max_units`; below 0 where wrong answers cost points
    spread = max_units - least_units
    right = n_items * np.arange(spread + 1) / spread
    low, high = (
        tuple(
            fraction_text(100 * (least_units + spread * Fraction(end)) / max_units) for end in column.tolist()
        )
        for column in INTERVALS[judgement.interval](right, n_items, float(judgement.confidence) / 100)
    )
    own = judgement.percent if percent is None else percent
    ends = ends_of(n_items, max_units, least_units, judgement, own)
    status = ["insufficient"] * len(every)
    if n_items >= judgement.min_items:
        status = [
            "met" if units >= ends.met else "not_met" if units < ends.not_met else "undecided"
            for units in every
        ]
    return CriterionScale(
        n_items,
        max_units,
        least_units,
        points=tuple(points_text(units, unit) for units in every),
        percent=tuple(percent_text(units, max_units) for units in every),
        low=low,
        high=high,
        status=tuple(status),
    )


def scales_of(
    shapes: Shapes, unit: int, judgement: Judgement, units: Sequence[str]
) -> list[list[CriterionScale]]:
    """Return the scale of each form and criterion (or group); equal scales are one object.

    `units` are the codes of the units to which the criteria or groups belong; a unit may have its own
    percentage.
    """
    made: dict[tuple[int, int, int, Decimal], CriterionScale] = {}

    def scale(n_items: int, most: int, least: int, percent: Decimal) -> CriterionScale:
        shape = (n_items, most, least, percent)
        if shape not in made:
            made[shape] = criterion_scale(n_items, most, least, unit, judgement, percent)
        return made[shape]

    percents = [judgement.percent_of(code) for code in units]
    rows = zip(*(part.tolist() for part in shapes), strict=True)
    return [[scale(*shape) for shape in zip(*row, percents, strict=True)] for row in rows]


# ── the rules of an exam ─────────────────────────────────────────────────────────────────────


COVERAGE = ("criteria_met", "met_of_asked", "met_of_all")
"""Columns for each candidate: the number of criteria met, and its share of those that the form asks and of
all in the standard, in per cent with two decimals.
"""


class JudgingRules(NamedTuple):
    """How an exam is judged according to its blueprint, with the cut scores that were set when it was
    built.
    """

    passing: PassRule | None
    judgement: Judgement
    report: ReportRule
    standard: Standard | None

    @property
    def second_look(self) -> bool:
        """Whether candidates near a cut are marked."""
        return self.standard is not None and self.standard.near is not None

    @property
    def needs_cohort(self) -> bool:
        """Whether what is reported about a candidate depends on the others."""
        return bool(self.report.rank or self.report.percentile or self.report.t_score)


def rules_of(
    asked: Package, key: Key, scaled: ScaledScore | None = None, cut: CutFile | None = None
) -> JudgingRules:
    """Return the rules of a package. Raises Refused if they cannot be applied to its forms.

    `scaled` replaces the scaled scores of its blueprint, `cut` what its pass rule requires of the total.
    """
    said = asked.manifest["blueprint"]
    rule = said.get("pass") if cut is None else rule_with_cut(said.get("pass"), cut)
    passing = PassRule.model_validate(rule) if rule else None
    cuts = cuts_of(asked.manifest if cut is None else {"cuts": cut_record(cut)["forms"]}, key.names)
    report = ReportRule.model_validate(said.get("report") or {})
    if scaled is not None:
        report = report.model_copy(update={"scaled": scaled})
    return JudgingRules(
        passing,
        Judgement.model_validate(said.get("judgement") or {}),
        report,
        passing_standard(passing, key, cuts) if passing else None,
    )


def result_layout(key: Key, rules: JudgingRules, scaled: Path | None = None) -> ResultLayout:
    """Return the layout of the result tables, as yet without ranks in the cohort. `scaled` is the file of the
    conversion. Raises Refused if that lacks a total.
    """
    shapes = shapes_of(key)
    units = [unit for unit, _, _ in key.criteria]
    criteria = [ResultPlace("pc", unit, element, pc) for unit, element, pc in key.criteria]
    elements, whole_units = groups_of(key.criteria)
    places = [ResultPlace("element", *name) for name in elements.names]
    places += [ResultPlace("unit", unit) for unit, _ in whole_units.names]
    grouped = Shapes(
        *map(np.hstack, zip(group_shapes(shapes, elements), group_shapes(shapes, whole_units), strict=True))
    )
    return ResultLayout(
        forms=key.names,
        n_questions=tuple(key.n_questions.tolist()),
        criteria=judged_columns(criteria, scales_of(shapes, key.unit, rules.judgement, units)),
        groups=judged_columns(
            places,
            scales_of(grouped, key.unit, rules.judgement, [place.unit for place in places]),
        ),
        members=(*elements.members, *whole_units.members),
        total=_totals(key, rules, scaled),
        decided=rules.passing is not None,
        second_look=rules.second_look,
        extra_names=COVERAGE if rules.report.coverage else (),
    )


def _totals(
    key: Key, rules: JudgingRules, scaled: Path | None = None, cohort: Sequence[Ints] = ()
) -> ScoreScale:
    """Return the meaning of each total; `cohort` counts the candidates of each form by total."""
    base = {name: base_form(name) for name in key.names}
    try:
        return score_scale(key, rules.report, cohort, base, key.printed_points.tolist())
    except Refused as refused:
        if scaled is None:
            raise
        # the faults of a conversion are reported for the file that contains it
        fields = [(problem.field or "").removeprefix("report.scaled.") for problem in refused.problems]
        told = [
            problem._replace(source=str(scaled), field=field)
            for problem, field in zip(refused.problems, fields, strict=True)
        ]
        raise Refused(refused.message, told) from refused


def judge(
    layout: ResultLayout, key: Key, rules: JudgingRules, rows: AnswerRows, earned: Earned
) -> tuple[ResultLayout, ResultRows]:
    """Judge the scored rows. Returns the layout, completed now that the totals of all candidates are known,
    and the rows of the results.
    """
    decided = None if rules.standard is None else decide(rules.standard, rows.form, earned.units)
    extras = [*rows.extras.values()]
    if rules.report.coverage:
        extras = [*_coverage(layout, key, rows.form, earned.units), *extras]
    passed, second_look = (None, None) if decided is None else decided
    found = ResultRows(
        rows.ids,
        rows.form,
        earned.units,
        earned.kinds,
        passed,
        second_look if rules.second_look else None,
        tuple(extras),
    )
    if rules.needs_cohort:
        places = layout.total_places(rows.form, earned.units)
        spans = (key.max_total - key.least_total + 1).tolist()
        cohort = [np.bincount(places[rows.form == form], minlength=span) for form, span in enumerate(spans)]
        layout = layout._replace(total=_totals(key, rules, cohort=cohort))
    return layout._replace(extra_names=(*layout.extra_names, *rows.extras)), found


def _coverage(layout: ResultLayout, key: Key, form: Ints, units: Units) -> list[pl.Series]:
    """The columns `COVERAGE` of rows."""
    met = criteria_met(layout.criteria, form, units).sum(axis=1).tolist()
    asked = np.count_nonzero(key.n_items, axis=1)[form].tolist()
    whole = len(key.criteria)
    columns = (
        map(str, met),
        (percent_text(n, of) if of else "" for n, of in zip(met, asked, strict=True)),
        (percent_text(n, whole) for n in met),
    )
    return [pl.Series(column, dtype=pl.String) for column in columns]


def judged_columns(
    places: Sequence[ResultPlace], scales: Sequence[Sequence[CriterionScale]]
) -> JudgedColumns:
    """Return the different scales of each place, and which of them each form uses."""
    columns = list(zip(*scales, strict=True))
    different: list[tuple[CriterionScale, ...]] = []
    shape = np.zeros((len(scales), len(places)), dtype=np.int32)
    for k, column in enumerate(columns):
        number: dict[int, int] = {}
        found = {id(scale): scale for scale in column}
        for form, scale in enumerate(column):
            shape[form, k] = number.setdefault(id(scale), len(number))
        different.append(tuple(found.values()))
    return JudgedColumns(tuple(places), tuple(different), shape)

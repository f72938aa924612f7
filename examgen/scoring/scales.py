"""Forms, the reporting rules of the blueprint, and the cohort → the meaning of each total, as texts.

Counts of a cohort by score give the standing of each score: rank, percentile rank, T-score.

Scores are integers (of whatever unit), so that every figure except the normal quantile is exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import isqrt, lcm
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.core.problems import Problem, Refused
from examgen.core.words import tell
from examgen.scoring.criteria import FormCriteria, whole_shapes
from examgen.scoring.exact_arithmetic import (
    Ints,
    fraction_text,
    half_up,
    percent_text,
    points_text,
    scaled_text,
)
from examgen.scoring.results import ScoreScale
from examgen.stats.distributions import normal_quantile

if TYPE_CHECKING:
    from examgen.core.models.decisions import ReportRule, ScaledScore

MEAN, SPREAD = 50, 10
NAMES = ("scaled", "rank", "percentile", "t_score")
_MOST_NAMED = 20


class CohortStanding(NamedTuple):
    """The standing of one score in the cohort, as texts; `t_score` is empty if it is undefined or not
    requested.
    """

    rank: str
    percentile: str
    t_score: str


def standings(counts: Mapping[int, int], t_score: str | None = None) -> dict[int, CohortStanding]:
    """Return the standing of each score that occurs, from the counts of candidates by score.

    `rank` is 1 plus the number of candidates above, so that ties share the better rank and the next ranks are
    skipped (1, 2, 2, 4). `percentile` is the percentile rank,

        PR = 100 (below + same / 2) / N

    with two decimals. `t_score` is `linear`, 50 + 10 (x − M) / S with the mean and the standard deviation of
    the cohort itself (divided by N: the cohort is everybody who sat, not a sample of them), empty if all have
    the same score; or `normalised`, 50 + 10 Φ⁻¹(PR / 100), McCall's T. Two decimals, a half rounded up.

    References
    ----------
    Crocker, L., & Algina, J. (1986). Introduction to classical and modern test theory, chapter 19
    (percentile ranks, linear and normalised scores).
    McCall, W. A. (1922). How to measure in education. Macmillan.
    """
    have = {score: counts[score] for score in sorted(counts) if counts[score]}
    n = sum(have.values())
    total = sum(score * same for score, same in have.items())
    squares = sum(score * score * same for score, same in have.items())
    found, below = {}, 0
    for score, same in have.items():
        percentile, t_text = Fraction(2 * below + same, 2 * n), ""
        if t_score == "linear":
            t_text = _linear_t(score, n, total, squares)
        elif t_score == "normalised":
            z = Fraction(normal_quantile(float(percentile)))
            t_text = scaled_text(half_up(100 * (MEAN + SPREAD * z)), 2)
        found[score] = CohortStanding(str(1 + n - below - same), fraction_text(100 * percentile), t_text)
        below += same
    return found


def _linear_t(score: int, n: int, total: int, squares: int) -> str:
    """Return the T-score from z = d / √v with d = N x − Σ, v = N Σ² − (Σ)²; exact, because its hundredths
    come from an integer square root.
    """
    distance = n * score - total
    variance = n * squares - total**2
    if not variance:
        return ""
    scale = 100 * SPREAD
    square = 4 * (scale * distance) ** 2
    twice = isqrt(square // variance)  # twice the distance in hundredths, rounded down
    is_half = twice % 2 == 1 and twice * twice * variance == square
    nearest = twice // 2 if is_half and distance < 0 else (twice + 1) // 2
    return scaled_text(100 * MEAN + (nearest if distance >= 0 else -nearest), 2)


class WholeForm(NamedTuple):
    """A form as a whole: the form whose conversion it uses, its points as printed, and its lowest and highest
    number of units.
    """

    base: str
    printed: int
    least: int
    most: int

    @property
    def totals(self) -> range:
        """Every total in units."""
        return range(self.least, self.most + 1)


def score_scale(
    asked: FormCriteria,
    report: ReportRule,
    counts: Sequence[Ints],
    base: Mapping[str, str] | None = None,
    printed: Sequence[int] | None = None,
) -> ScoreScale:
    """Return the meaning of each total on each form.

    `counts` are those of the cohort by form, from the form's lowest total on (empty if nobody sat); `base`
    names the form from which an individual form was drawn, whose conversion it shares; `printed` are the
    points of each form before any question was dropped, by default those after. Standings (rank, percentile
    rank, T-score) are over all forms together: by the scaled score if there is one, otherwise by points if
    all forms give the same, otherwise by percentage. Totals that nobody has have no standing, and their texts
    are empty. Raises Refused if scaled scores are required and a total of a form has none.
    """
    base, unit = base or {}, asked.unit
    whole = whole_shapes(asked)
    least, most = whole.least_units.tolist(), whole.max_units.tolist()
    points = [units // unit for units in most] if printed is None else printed
    forms = [
        WholeForm(base.get(name, name), *ends)
        for name, *ends in zip(asked.names, points, least, most, strict=True)
    ]
    # whole numbers that rise with what candidates are compared by
    values = _scaled_of_each(forms, report.scaled, unit) if report.scaled else {}
    if not values:
        # points where all forms give the same, else the percentage; a form that gives no points has one
        # total, which is taken as nought
        common = lcm(*(form.most for form in forms if form.most))
        values = {
            form: [units * (common // form.most if form.most else 0) for units in form.totals]
            for form in dict.fromkeys(forms)
        }
    names = tuple(name for name in NAMES if getattr(report, name))
    stood: dict[int, CohortStanding] = {}
    if set(names) - {"scaled"}:
        cohort = Counter[int]()
        for form, own in zip(forms, counts, strict=bool(len(counts))):
            for at in np.flatnonzero(own).tolist():
                cohort[values[form][at]] += int(own[at])
        stood = standings(cohort, report.t_score)
    # `score, max_score, percent` of every total; no percentage where there are no points to be had
    leading: dict[tuple[int, int], tuple[tuple[str, str, str], ...]] = {}
    for low, high in {form[2:] for form in forms}:
        full = points_text(high, unit)
        leading[low, high] = tuple(
            (points_text(units, unit), full, percent_text(units, high) if high else "")
            for units in range(low, high + 1)
        )
    decimals = report.scaled.decimals if report.scaled else 0
    trailing: dict[WholeForm, tuple[tuple[str, ...], ...]] = {}
    for form, own_values in values.items():
        texts = [
            {"scaled": scaled_text(value, decimals), **(stood[value]._asdict() if value in stood else {})}
            for value in own_values
        ]
        trailing[form] = tuple(tuple(one.get(name, "") for name in names) for one in texts)
    return ScoreScale(
        tuple(form.least for form in forms),
        tuple(leading[form[2:]] for form in forms),
        names,
        tuple(trailing[form] for form in forms),
    )


# ── scaled scores ────────────────────────────────────────────────────────────────────────────


def _scaled_of_each(forms: Sequence[WholeForm], rule: ScaledScore, unit: int) -> dict[WholeForm, list[int]]:
    """Return the scaled score of every total of each form, in units of its last decimal."""
    distinct = list(dict.fromkeys(forms))
    if problems := [problem for form in distinct for problem in _gaps(form, rule, unit)]:
        raise Refused.because("points cannot be converted into scaled scores", problems)
    unknown = sorted(rule.forms.keys() - {form.base for form in forms})
    if unknown:
        message = tell("{unknown} is not a form of this exam", unknown=", ".join(unknown))
        problem = Problem("blueprint", "scaled-form-unknown", message, field="report.scaled.forms")
        raise Refused.because("points cannot be converted into scaled scores", [problem])
    scaled: dict[WholeForm, list[int]] = {}
    for form in distinct:
        scaled[form] = []
        for units in form.totals:
            steps = rule.steps(form.base, Fraction(units, unit), form.printed, Fraction(form.most, unit))
            assert steps is not None, "the gaps of tables were looked for"
            scaled[form].append(steps)
    return scaled


def _gaps(form: WholeForm, rule: ScaledScore, unit: int) -> Iterator[Problem]:
    """Yield the faults of totals of a form that have no scaled score."""
    conversion = rule.conversion(form.base)
    field = f"report.scaled.forms.{form.base}" if form.base in rule.forms else "report.scaled"
    if not conversion.is_given:
        message = tell(
            "form {base} has no conversion. Add it to `forms`, or give one conversion for all forms",
            base=form.base,
        )
        yield Problem("blueprint", "scaled-form-missing", message, field="report.scaled.forms")
    elif conversion.table:
        in_proportion = (conversion.points or form.printed) * unit != form.most
        full = Fraction(form.most, unit)
        points = {
            units: rule.made_for(form.base, Fraction(units, unit), form.printed, full)
            for units in form.totals
        }
        missing = [
            units
            for units, own in points.items()
            if (conversion.at(own) is None if in_proportion else own not in conversion.exact)
        ]
        if missing:
            named = ", ".join(points_text(units, unit) for units in missing[:_MOST_NAMED])
            more = tell(" and {n} more", n=len(missing) - _MOST_NAMED) if len(missing) > _MOST_NAMED else ""
            message = tell(
                "the table has no scaled score for {named}{more} points on form {base}",
                named=named,
                more=more,
                base=form.base,
            )
            if in_proportion:
                message = tell(
                    "{message}. If the table was made after questions were dropped, write `points: {points}`",
                    message=message,
                    points=form.most // unit,
                )
            yield Problem("blueprint", "scaled-score-missing", message, field=f"{field}.table")

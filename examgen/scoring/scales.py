"""Forms, what the blueprint asks to be told, and the cohort → what each total means, as texts.

Counts of a cohort by score → where each score stands in it: rank, percentile rank, T-score.

Scores are whole numbers (of whatever unit), so that every figure but the normal quantile is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import isqrt, lcm
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import ScoreScale
from examgen.core.uncertainty import normal_quantile
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

if TYPE_CHECKING:
    from examgen.core.models.decisions import ReportRule, ScaledScore

MEAN, SPREAD = 50, 10


class CohortStanding(NamedTuple):
    """Texts of one score's place in the cohort; `t_score` is empty where it is undefined or not asked."""

    rank: str
    percentile: str
    t_score: str


class Cohort(NamedTuple):
    """Candidates by score: their number, the sum of the scores and of their squares."""

    n: int
    total: int
    squares: int


class CohortPlace(NamedTuple):
    """A score, how many have it, and how many have less."""

    score: int
    same: int
    below: int


def standings(counts: Mapping[int, int], t_score: str | None = None) -> dict[int, CohortStanding]:
    """Where each score stands that somebody has: counts of candidates by score.

    `rank` is 1 and the number of those above, so that ties share the better rank and as many are left out
    after them (1, 2, 2, 4). `percentile` is the percentile rank,

        PR = 100 (below + same / 2) / N

    with two decimals. `t_score` is `linear`, 50 + 10 (x − M) / S with the mean and the standard deviation of
    the cohort itself (divided by N: the cohort is everybody who sat, not a sample of them), empty where all
    have the same score; or `normalised`, 50 + 10 Φ⁻¹(PR / 100), McCall's T. Two decimals, a half rounded up.

    References
    ----------
    Crocker, L., & Algina, J. (1986). Introduction to classical and modern test theory, chapter 19
    (percentile ranks, linear and normalised scores).
    McCall, W. A. (1922). How to measure in education. Macmillan.
    """
    have = {score: counts[score] for score in sorted(counts) if counts[score]}
    cohort = Cohort(
        sum(have.values()),
        sum(score * n for score, n in have.items()),
        sum(score * score * n for score, n in have.items()),
    )
    t_text = T_SCORES[t_score]
    found, below = {}, 0
    for score, same in have.items():
        place = CohortPlace(score, same, below)
        rank = 1 + cohort.n - below - same
        percentile = fraction_text(100 * _percentile(place, cohort))
        found[score] = CohortStanding(str(rank), percentile, t_text(place, cohort))
        below += same
    return found


def _percentile(place: CohortPlace, cohort: Cohort) -> Fraction:
    return Fraction(2 * place.below + place.same, 2 * cohort.n)


def _no_t(place: CohortPlace, cohort: Cohort) -> str:
    return ""


def _linear_t(place: CohortPlace, cohort: Cohort) -> str:
    """From z = d / √v with d = N x − Σ, v = N Σ² − (Σ)²; its hundredths by a whole root, so exactly."""
    distance = cohort.n * place.score - cohort.total
    variance = cohort.n * cohort.squares - cohort.total**2
    if not variance:
        return ""
    scale = 100 * SPREAD
    square = 4 * (scale * distance) ** 2
    twice = isqrt(square // variance)  # twice the distance in hundredths, rounded down
    is_half = twice % 2 == 1 and twice * twice * variance == square
    nearest = twice // 2 if is_half and distance < 0 else (twice + 1) // 2
    return scaled_text(100 * MEAN + (nearest if distance >= 0 else -nearest), 2)


def _normalised_t(place: CohortPlace, cohort: Cohort) -> str:
    z = normal_quantile(float(_percentile(place, cohort)))
    return scaled_text(half_up(100 * (MEAN + SPREAD * Fraction(z))), 2)


T_SCORES: dict[str | None, Callable[[CohortPlace, Cohort], str]] = {
    None: _no_t,
    "linear": _linear_t,
    "normalised": _normalised_t,
}


NAMES = ("scaled", "rank", "percentile", "t_score")
_MOST_NAMED = 20


class WholeForm(NamedTuple):
    """A form as a whole: the form whose conversion it has, its points as it was printed, its least and most
    units."""

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
    """What each total means on each form.

    `counts` are those of the cohort by form, from the form's least total on (none: nobody sat); `base`
    names the form that a personal form was drawn from, whose conversion it shares; `printed` are the points
    of each form before any question was dropped, those that can be had if left out. Standings (rank,
    percentile rank, T-score) are over all forms together: by the scaled score where there is one, else by
    points where all forms give the same, else by per cent. Totals that nobody has stand nowhere: their
    texts are empty. Raises Refused where scaled scores are asked and a total of a form has none.
    """
    forms = _wholes(asked, base or {}, printed)
    numbers = _scaled_of_each(forms, report.scaled, asked.unit) if report.scaled else None
    names = tuple(name for name in NAMES if getattr(report, name))
    values = numbers or _comparable(forms)
    stood: dict[int, CohortStanding] = {}
    if set(names) - {"scaled"}:
        stood = standings(_cohort(forms, values, counts), report.t_score)
    leading = {shape: _leading(shape, asked.unit) for shape in {form[2:] for form in forms}}
    decimals = report.scaled.decimals if report.scaled else 0
    trailing = {
        form: tuple(_trailing(names, value, stood, decimals) for value in values[form]) for form in values
    }
    return ScoreScale(
        tuple(form.least for form in forms),
        tuple(leading[form[2:]] for form in forms),
        names,
        tuple(trailing[form] for form in forms),
    )


def _wholes(asked: FormCriteria, base: Mapping[str, str], printed: Sequence[int] | None) -> list[WholeForm]:
    whole = whole_shapes(asked)
    least, most = whole.least_units.tolist(), whole.max_units.tolist()
    points = [units // asked.unit for units in most] if printed is None else printed
    rows = zip(asked.names, points, least, most, strict=True)
    return [WholeForm(base.get(name, name), *ends) for name, *ends in rows]


def _leading(shape: tuple[int, int], unit: int) -> tuple[tuple[str, str, str], ...]:
    """`score, max_score, percent` of every total; no percentage where there are no points to be had."""
    least, most = shape
    whole = points_text(most, unit)
    return tuple(
        (points_text(units, unit), whole, percent_text(units, most) if most else "")
        for units in range(least, most + 1)
    )


def _trailing(
    names: Sequence[str], value: int, stood: Mapping[int, CohortStanding], decimals: int
) -> tuple[str, ...]:
    standing = stood.get(value)
    texts = {"scaled": scaled_text(value, decimals), **(standing._asdict() if standing else {})}
    return tuple(texts.get(name, "") for name in names)


def _comparable(forms: Sequence[WholeForm]) -> dict[WholeForm, list[int]]:
    """Whole numbers that rise with points where all forms give the same, else with the percentage.

    A form that gives no points has one total, which is taken as nought.
    """
    common = lcm(*(form.most for form in forms if form.most))
    return {
        form: [units * (common // form.most if form.most else 0) for units in form.totals]
        for form in dict.fromkeys(forms)
    }


def _cohort(
    forms: Sequence[WholeForm], values: Mapping[WholeForm, Sequence[int]], counts: Sequence[Ints]
) -> dict[int, int]:
    """How many candidates have each value, over all forms."""
    found: dict[int, int] = {}
    for form, own in zip(forms, counts, strict=bool(len(counts))):
        for at in np.flatnonzero(own).tolist():
            value = values[form][at]
            found[value] = found.get(value, 0) + int(own[at])
    return found


# ── scaled scores ────────────────────────────────────────────────────────────────────────────


def _scaled_of_each(forms: Sequence[WholeForm], rule: ScaledScore, unit: int) -> dict[WholeForm, list[int]]:
    distinct = list(dict.fromkeys(forms))
    if problems := [problem for form in distinct for problem in _gaps(form, rule, unit)]:
        raise Refused(tell("points cannot be turned into scaled scores"), problems)
    unknown = sorted(rule.forms.keys() - {form.base for form in forms})
    if unknown:
        message = tell("{unknown}: no form of this exam has that name", unknown=", ".join(unknown))
        problem = Problem("blueprint", "scaled-form-unknown", message, field="report.scaled.forms")
        raise Refused(tell("points cannot be turned into scaled scores"), [problem])
    return {form: [_scaled(rule, form, u, unit) for u in form.totals] for form in distinct}


def _scaled(rule: ScaledScore, form: WholeForm, units: int, unit: int) -> int:
    """The scaled score of units on a form, in units of its last decimal."""
    found = rule.steps(form.base, Fraction(units, unit), form.printed, Fraction(form.most, unit))
    assert found is not None, "the gaps of tables were looked for"
    return found


def _gaps(form: WholeForm, rule: ScaledScore, unit: int) -> Iterator[Problem]:
    """Totals of a form that have no scaled score."""
    conversion = rule.conversion(form.base)
    field = f"report.scaled.forms.{form.base}" if form.base in rule.forms else "report.scaled"
    if not conversion.is_given:
        message = tell(
            "form {base} has no conversion: name it among `forms`, or give one for all", base=form.base
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
                    "{message}: write `points: {points}` if it was made after questions were dropped",
                    message=message,
                    points=form.most // unit,
                )
            yield Problem("blueprint", "scaled-score-missing", message, field=f"{field}.table")

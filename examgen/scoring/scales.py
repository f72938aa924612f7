"""Forms, what the blueprint asks to be told, and the cohort → what each total means, as texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.problems import Problem, Refused
from examgen.responses import ScoreScale
from examgen.scoring.asked import Asked, whole_shapes
from examgen.scoring.exact import Ints, percent_text, points_text, scaled_text
from examgen.scoring.standing import Standing, standings

if TYPE_CHECKING:
    from examgen.models import ReportRule, ScaledScore

NAMES = ("scaled", "rank", "percentile", "t_score")
_MOST_NAMED = 20


class Whole(NamedTuple):
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
    asked: Asked,
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
    stood: dict[int, Standing] = {}
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


def _wholes(asked: Asked, base: Mapping[str, str], printed: Sequence[int] | None) -> list[Whole]:
    whole = whole_shapes(asked)
    least, most = whole.least_units.tolist(), whole.max_units.tolist()
    points = [units // asked.unit for units in most] if printed is None else printed
    rows = zip(asked.names, points, least, most, strict=True)
    return [Whole(base.get(name, name), *ends) for name, *ends in rows]


def _leading(shape: tuple[int, int], unit: int) -> tuple[tuple[str, str, str], ...]:
    """`score, max_score, percent` of every total; no percentage where there are no points to be had."""
    least, most = shape
    whole = points_text(most, unit)
    return tuple(
        (points_text(units, unit), whole, percent_text(units, most) if most else "")
        for units in range(least, most + 1)
    )


def _trailing(
    names: Sequence[str], value: int, stood: Mapping[int, Standing], decimals: int
) -> tuple[str, ...]:
    standing = stood.get(value)
    texts = {"scaled": scaled_text(value, decimals), **(standing._asdict() if standing else {})}
    return tuple(texts.get(name, "") for name in names)


def _comparable(forms: Sequence[Whole]) -> dict[Whole, list[int]]:
    """Whole numbers that rise with points where all forms give the same, else with the percentage.

    A form that gives no points has one total, which is taken as nought.
    """
    common = lcm(*(form.most for form in forms if form.most))
    return {
        form: [units * (common // form.most if form.most else 0) for units in form.totals]
        for form in dict.fromkeys(forms)
    }


def _cohort(
    forms: Sequence[Whole], values: Mapping[Whole, Sequence[int]], counts: Sequence[Ints]
) -> dict[int, int]:
    """How many candidates have each value, over all forms."""
    found: dict[int, int] = {}
    for form, own in zip(forms, counts, strict=bool(len(counts))):
        for at in np.flatnonzero(own).tolist():
            value = values[form][at]
            found[value] = found.get(value, 0) + int(own[at])
    return found


# ── scaled scores ────────────────────────────────────────────────────────────────────────────


def _scaled_of_each(forms: Sequence[Whole], rule: ScaledScore, unit: int) -> dict[Whole, list[int]]:
    distinct = list(dict.fromkeys(forms))
    if problems := [problem for form in distinct for problem in _gaps(form, rule, unit)]:
        raise Refused("points cannot be turned into scaled scores", problems)
    unknown = sorted(rule.forms.keys() - {form.base for form in forms})
    if unknown:
        message = f"{', '.join(unknown)}: no form of this exam has that name"
        problem = Problem("blueprint", "scaled-form-unknown", message, field="report.scaled.forms")
        raise Refused("points cannot be turned into scaled scores", [problem])
    return {form: [_scaled(rule, form, u, unit) for u in form.totals] for form in distinct}


def _scaled(rule: ScaledScore, form: Whole, units: int, unit: int) -> int:
    """The scaled score of units on a form, in units of its last decimal."""
    found = rule.steps(form.base, Fraction(units, unit), form.printed, Fraction(form.most, unit))
    assert found is not None, "the gaps of tables were looked for"
    return found


def _gaps(form: Whole, rule: ScaledScore, unit: int) -> Iterator[Problem]:
    """Totals of a form that have no scaled score."""
    conversion = rule.conversion(form.base)
    field = f"report.scaled.forms.{form.base}" if form.base in rule.forms else "report.scaled"
    if not conversion.is_given:
        message = f"form {form.base} has no conversion: name it among `forms`, or give one for all"
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
            more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
            message = f"the table has no scaled score for {named}{more} points on form {form.base}"
            if in_proportion:
                message += (
                    f": write `points: {form.most // unit}` if it was made after questions were dropped"
                )
            yield Problem("blueprint", "scaled-score-missing", message, field=f"{field}.table")

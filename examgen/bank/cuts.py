"""Computes the cut score of each form exactly from the Angoff ratings of a bank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor, lcm, sqrt
from typing import NamedTuple

from examgen.bank.reviews.ratings import Rating, RatingPanel, by_panel, estimated
from examgen.core.models.decisions import METHOD_WORDS, AngoffRule, FormCut
from examgen.core.models.form import Form, PrintedItem
from examgen.core.problems import Problem, Refused
from examgen.core.words import tell

DECIMALS = 4
UNRATED = "item-unrated"
"""Code of the problem that a scored item has no rating."""


class Panelled(NamedTuple):
    """The ratings of the panel that sets the cut score on one unit's items, as integers over a common
    `denominator`.

    `mean` has the mean rating of each item, `by_judge` each judge's rating of each item.
    """

    panel: str
    denominator: int
    mean: Mapping[str, int]
    by_judge: Mapping[str, Mapping[str, int]]


def form_cuts(
    forms: Sequence[Form],
    ratings: Mapping[str, Sequence[Rating]],
    rule: AngoffRule,
    levels: Mapping[str, int | None],
) -> dict[str, FormCut]:
    """Return the cut score of each form: the sum over its scored items of points times the judges' mean
    rating.

    `ratings` has for each unit the ratings of its current items; `levels` the level of its candidates. The
    standard error is that of `angoff_cut`, s / √n over the sums of those judges who rated more than half of
    the scored items of the unit; panels of several units are independent, and their squared errors add up.
    All figures are rounded half up to four decimals, and the rounded cut is the cut. Raises Refused with
    every scored item that has no rating, or if an adjustment needs a standard error that does not exist.

    References
    ----------
    Angoff (1971) and the standard error over judges as in `examgen.bank.reviews.ratings.angoff_cut`.
    """
    panels = rated_panels(forms, ratings, rule, levels)
    cuts = {form.name: judged_cut(parts_of(form, panels), rule.adjust_se) for form in forms}
    if rule.adjust_se and any(cut.se is None for cut in cuts.values()):
        message = tell(
            "needs a standard error, so at least two judges must have rated more than half of the scored "
            "items of each unit"
        )
        problem = Problem("blueprint", "angoff-no-error", message, field="pass.angoff.adjust_se")
        raise Refused.because("the cut score cannot be adjusted", [problem])
    return cuts


def rated_panels(
    forms: Sequence[Form],
    ratings: Mapping[str, Sequence[Rating]],
    rule: AngoffRule,
    levels: Mapping[str, int | None],
) -> dict[str, Panelled]:
    """Return the panel of each unit on the forms. Raises Refused if a scored item has no rating."""
    scored = {form.name: [one for one in form.items if one.points] for form in forms}
    units = dict.fromkeys(one.unit for items in scored.values() for one in items)
    problems: list[Problem] = []
    panels: dict[str, Panelled] = {}
    for unit in units:
        found = _panel(unit, ratings.get(unit, ()), rule, levels.get(unit))
        if isinstance(found, Problem):
            problems.append(found)
        else:
            panels[unit] = found
    problems += _unrated(scored, panels)
    if problems:
        raise Refused.because("the recorded ratings set no cut score for these forms", problems)
    return panels


def _panel(unit: str, ratings: Sequence[Rating], rule: AngoffRule, level: int | None) -> Panelled | Problem:
    """Return the panel of a unit that the rule selects by level, kind and round (by default the last
    round).
    """
    own = {
        panel: found
        for panel, found in by_panel(ratings).items()
        if panel.kind != "ioc" and panel.level == level and panel.kind in (rule.kind, rule.kind or panel.kind)
    }
    kinds = sorted({panel.kind for panel in own})
    if len(kinds) > 1:
        message = tell(
            "{unit} has ratings of several kinds ({kinds}). Choose one, for example "
            "angoff: {{kind: angoff}}.",
            unit=unit,
            kinds=" and ".join(kinds),
        )
        return Problem("blueprint", "angoff-two-kinds", message, field="pass.angoff.kind")
    rounds = [panel.round for panel in own]
    wanted = rule.round or max(rounds, default=1)
    asked = RatingPanel(rule.kind or (kinds[0] if kinds else "angoff"), level, wanted)
    rated = own.get(asked, ())
    values: dict[str, dict[str, Fraction]] = {}
    for rating in rated:
        if rating.value is not None:
            values.setdefault(rating.item, {})[rating.expert] = Fraction(str(rating.value))
    said = {"kind": METHOD_WORDS[asked.kind], "round": asked.round, "level": asked.level}
    name = (
        tell("{kind} rating in round {round}", **said)
        if asked.level is None
        else tell("{kind} rating of level {level} in round {round}", **said)
    )
    return panelled(name, values)


def panelled(name: str, values: Mapping[str, Mapping[str, Fraction]]) -> Panelled:
    """Return a panel of that name; `values` has for each item the rating of each judge, as a share of the
    item's points.
    """
    means = {item: sum(said.values(), start=Fraction(0)) / len(said) for item, said in values.items()}
    every = [value for said in values.values() for value in said.values()]
    denominator = lcm(*(value.denominator for value in [*every, *means.values()]))
    by_judge: dict[str, dict[str, int]] = {}
    for item, said in values.items():
        for judge, value in said.items():
            by_judge.setdefault(judge, {})[item] = int(value * denominator)
    whole = {item: int(mean * denominator) for item, mean in means.items()}
    return Panelled(name, denominator, whole, by_judge)


def _unrated(
    scored: Mapping[str, Sequence[PrintedItem]], panels: Mapping[str, Panelled]
) -> Iterator[Problem]:
    """Yield one problem for each scored item without a rating."""
    forms: dict[tuple[str, str], list[str]] = {}
    for name, items in scored.items():
        for one in items:
            if one.unit in panels and one.item.id not in panels[one.unit].mean:
                forms.setdefault((one.unit, one.item.id), []).append(name)
    for (unit, item), names in sorted(forms.items()):
        on = tell("form {form}", form=names[0])
        if len(names) > 1:
            on = tell("form {form} and {n} more", form=names[0], n=len(names) - 1)
        message = tell(
            "is on {on} but its present wording has no {panel}. Have it rated.",
            panel=panels[unit].panel,
            on=on,
        )
        yield Problem(unit, UNRATED, message, item)


Part = tuple[Panelled, Mapping[str, int]]
"""A panel, and the points of the items of a form that it rated."""


def parts_of(form: Form, panels: Mapping[str, Panelled]) -> list[Part]:
    """Return the panel of each unit with the points of its scored items on a form."""
    found: list[Part] = []
    for unit, panel in panels.items():
        points = {one.item.id: one.points for one in form.items if one.unit == unit and one.points}
        if points:
            found.append((panel, points))
    return found


def judged_cut(parts: Sequence[Part], adjust_se: Decimal = Decimal(0)) -> FormCut:
    """Return the cut score of a form over all its panels, adjusted by `adjust_se` standard errors if it has
    one.
    """
    judged, most = Fraction(0), 0
    squares: list[float] = []
    judges: list[int] = []
    for panel, points in parts:
        most += sum(points.values())
        judged += Fraction(sum(panel.mean[item] * worth for item, worth in points.items()), panel.denominator)
        whole = estimated(list(panel.by_judge.values()), list(points))
        sums = [sum(said[item] * worth for item, worth in points.items()) for said in whole if said]
        n = len(sums)
        judges.append(n)
        if n > 1:
            # n Σx² − (Σx)² over n²(n − 1): the variance with n − 1, divided by n
            spread = n * sum(one * one for one in sums) - sum(sums) ** 2
            squares.append(float(Fraction(spread) / (n * n * (n - 1) * panel.denominator**2)))
    se = rounded(Fraction(sqrt(sum(squares)))) if len(squares) == len(parts) else None
    return moved(rounded(judged), se, min(judges, default=0), adjust_se, most)


def moved(judged: Decimal, se: Decimal | None, judges: int, adjust_se: Decimal, most: int) -> FormCut:
    """Return the cut score to use: the judged one, adjusted by a number of standard errors and limited to the
    points of the form.
    """
    found = rounded(Fraction(judged) + Fraction(adjust_se) * Fraction(se or 0))
    return FormCut(cut=min(max(found, Decimal(0)), Decimal(most)), judged=judged, se=se, judges=judges)


def rounded(value: Fraction) -> Decimal:
    """Round half up to four decimals, without trailing zeros."""
    whole = floor(value * 10**DECIMALS + Fraction(1, 2))
    return Decimal(whole).scaleb(-DECIMALS).normalize() + 0

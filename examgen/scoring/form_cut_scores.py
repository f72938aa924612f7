"""A scored run → the cut on the total of each of its forms, its standard error, and its scale.

Also reads rows of pc_scale.csv for each form, however many forms there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from examgen.core.coded_columns import texts_of
from examgen.core.exam.names import base_form
from examgen.core.models.decisions import ANGOFF, FROM_FILE
from examgen.core.text.thai import dictionary_order
from examgen.core.uncertainty import TotalScale, lord_square

if TYPE_CHECKING:
    from examgen.core.models.decisions import FormCut
    from examgen.core.models.form import Exam
    from examgen.scoring.counted_key import AlikeForms
    from examgen.scoring.scored_run import ScoredRun

T = TypeVar("T")

BY_FORM = (ANGOFF, FROM_FILE)
"""The values of a pass rule in place of a cut if each form has its own."""


def total_cut(rule: Mapping[str, Any] | None, of_form: FormCut | None, most: Decimal) -> Decimal | None:
    """Return the cut on the total in points, the higher of two; None if there is none."""
    if rule is None:
        return None
    cuts = []
    if rule["percent"] is not None:
        cuts.append(Decimal(str(rule["percent"])) * most / 100)
    if rule["cut"] in BY_FORM and of_form is not None:
        cuts.append(Decimal(of_form.cut))
    elif rule["cut"] is not None and rule["cut"] not in BY_FORM:
        cuts.append(Decimal(str(rule["cut"])))
    return max(cuts, default=None)


def cut_of_form(exam: Exam, form: str) -> FormCut | None:
    """Return the cut that an exam has for a form; an individual form has that of the form from which it was
    drawn.
    """
    return exam.cuts.get(form) or exam.cuts.get(base_form(form))


class Cut(NamedTuple):
    """The cut on the total of a form, in points out of `most`, with the standard error of measurement at it,
    if any.
    """

    points: float
    sem: float | None
    most: float

    @property
    def percent(self) -> float:
        """The cut in per cent of the maximum points."""
        return 100 * self.points / self.most


def of_forms(
    by_line: Mapping[str, T],
    forms: Sequence[str],
    place: tuple[str, str, str],
    alike: AlikeForms | None,
) -> list[T | None]:
    """Return the value of a place (level, unit, code) for each of the forms; None if it has none.

    `by_line` has the values by the `forms` cell of their rows. A row for more than 50 forms names only the
    first and the last of them; the others have the value of the form that asks the place in the same way.
    """
    if len(by_line) == 1:
        return [next(iter(by_line.values()))] * len(forms)
    named = {name: found for cell, found in by_line.items() for name in cell.split(" ")}

    def of(form: str) -> T | None:
        first = form if alike is None else alike.first_of(place, form)
        return next((named[name] for name in (form, first, base_form(form)) if name in named), None)

    return [of(form) for form in forms]


def cuts_of(run: ScoredRun) -> dict[str, Cut | None]:
    """Return the cut of each form that somebody sat, in the order of forms; None if the total decides
    nothing.

    The standard error is that of the second look: a number of points, or Lord's at the cut, `lord_square` on
    the scale of the form.
    """
    rule = run.audit["options"]["pass"]
    scales = total_scales(run)
    found: dict[str, Cut | None] = {}

    @cache  # booklets with orders of their own are 200,000 forms, and few of them differ in this
    def cut_on(base: FormCut | None, text: str, scale: TotalScale | None) -> Cut | None:
        most = Decimal(text)
        cut = total_cut(rule, base, most)
        if cut is None:
            return None
        return Cut(float(cut), None if scale is None else sem_at_cut(rule, cut, scale), float(most))

    sat = run.candidates.select("form", "max_score").unique(maintain_order=True).rows()
    bases = sorted({base_form(form) for form, _ in sat}, key=dictionary_order)
    place = {base: n for n, base in enumerate(bases)}
    for form, text in sorted(sat, key=lambda one: (place[base_form(one[0])], len(one[0]), one[0])):
        found[form] = cut_on(cut_of_form(run.exam, form), text, scales.get(form))
    return found


def sem_at_cut(rule: Mapping[str, Any], cut: Decimal, scale: TotalScale) -> float | None:
    """Return the standard error at the cut in points, by which scoring marks second looks; None if there is
    none.
    """
    said = _error_said(rule)
    if said != "lord":
        return float(str(said)) or None
    if not 0 < cut < scale.full:
        return None
    return sqrt(lord_square(Fraction(cut), scale)) or None


def looks_again(rule: Mapping[str, Any] | None) -> bool:
    """Return whether a rule requires second looks; with an error of 0 points it does not."""
    said = _error_said(rule)
    return said == "lord" or float(str(said)) > 0


def _error_said(rule: Mapping[str, Any] | None) -> object:
    return ((rule or {}).get("second_look") or {}).get("sem", "lord")


def total_scales(run: ScoredRun) -> dict[str, TotalScale]:
    """Return the scale of the total of each form that somebody sat and that the key has."""
    forms = texts_of(run.candidates["form"])
    return {form: run.key.total_scale(form) for form in forms if form in run.key.number}

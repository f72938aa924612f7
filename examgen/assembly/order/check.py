"""An exam → every fault in how its forms are printed, found from the forms alone.

Checks that items of a stimulus are together, options and items in their order, pilot items apart, and
shared items near each other. It shares no code with what prints the forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, pairwise
from statistics import fmean, median

from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.problems import Problem
from examgen.core.words import Message, tell

NEAR_PLACES = 5
"""The maximum difference in position of an item between two forms, counted from the start of its section.

More is allowed if the section has a stimulus with many items, or if shared items take more than half of the
section, so that not all can have their positions.
"""

PrintedGroup = list[PrintedItem]
Rank = tuple[bool, float]
"""The rank of a group: whether it belongs to the pilot items at the end, and its position by
`order.items`."""


def print_problems(exam: Exam) -> list[Problem]:
    """Return the problems of the printed order; empty if all requirements of the blueprint are met."""
    if exam.instruments:
        return [*_of_instruments(exam)]
    ranked = [(form, _ranked(exam, form)) for form in exam.forms]
    problems = [problem for form, groups in ranked for problem in _of_form(exam, form, groups)]
    # Items that must be near the same position in all forms.
    uses = Counter(p.item.id for form in exam.forms for p in form.items)
    near = {name for name, n in uses.items() if n > 1}
    if not near or exam.blueprint.order.items == "easy_to_hard":  # by facility each has its place
        return problems
    # Of each item in a section: how far into it, the form, questions before it, of how many, how far it may
    # be off.
    standing: dict[tuple[str, Rank], list[tuple[float, str, int, int, float]]] = {}
    for form, groups in ranked:
        for rank, members in groupby(groups, key=lambda pair: pair[0]):
            here = [group for _, group in members]
            printed = [p for group in here for p in group]
            bound = sum(len(group) for group in here if any(p.item.id in near for p in group))
            longest = max(len(group) for group in here)
            allowed = NEAR_PLACES + longest - 1 + max(0.0, bound - len(printed) / 2)
            for before, p in enumerate(printed):
                if p.item.id in near:
                    place = ((before + 0.5) / len(printed), form.name, before, len(printed), allowed)
                    standing.setdefault((p.item.id, rank), []).append(place)
    for (name, _), places in sorted(standing.items()):
        one, other = (pick(places, key=lambda place: place[0]) for pick in (min, max))
        apart = (other[0] - one[0]) * max(one[3], other[3])
        if apart > max(place[4] for place in places) + 1e-9:
            message = tell(
                "is {apart:.0f} places apart in forms {form} and {other_form} (question "
                "{before} of {of} and {other_before} of {other_of} of its section)",
                apart=apart,
                form=one[1],
                other_form=other[1],
                before=one[2] + 1,
                of=one[3],
                other_before=other[2] + 1,
                other_of=other[3],
            )
            field = "anchor" if name in exam.anchor else "overlap"
            problems.append(Problem("forms", "shared-apart", message, name, field))
    return problems


def _of_instruments(exam: Exam) -> Iterator[Problem]:
    """Yield problems with tasks that are not in the order of their instruments or not worth their own
    points."""
    order = {name: n for n, name in enumerate(exam.tasks)}
    for form in exam.forms:
        places = [order.get(p.item.id, -1) for p in form.items]
        if -1 in places or places != sorted(places):
            message = tell("tasks are not in the order of their instruments")
            yield Problem(f"form {form.name}", "task-order", message)
            continue
        for p in form.items:
            points = exam.tasks[p.item.id].points
            if p.points != points[-1] or p.order != tuple(sorted(p.item.options)):
                message = tell("is not worth the points of its anchors ({points})", points=points[-1])
                yield Problem(f"form {form.name}", "points", message, p.item.id)


def _ranked(exam: Exam, form: Form) -> list[tuple[Rank, PrintedGroup]]:
    """Return the groups of a form in printed order, each with its rank."""
    keyed = groupby(form.items, key=lambda p: (p.unit, p.item.shared_stimulus or p.question))
    groups = [list(members) for _, members in keyed]
    apart = exam.blueprint.pilot is None or exam.blueprint.pilot.place == "end"
    parts = [apart and all(p.points == 0 for p in group) for group in groups]
    if exam.blueprint.order.items == "easy_to_hard":
        known: list[float | None] = []
        for group in groups:
            facilities = [exam.evidence[p.item.id].facility for p in group if p.item.id in exam.evidence]
            some = [facility for facility in facilities if facility is not None]
            known.append(fmean(some) if some else None)
        pairs = list(zip(known, parts, strict=True))
        middle = {
            here: median([value for value, part in pairs if value is not None and part == here] or [0.0])
            for here in (False, True)
        }
        values = [-(middle[part] if value is None else value) for value, part in pairs]
    else:
        # the place of each criterion, where that is by criterion or by element
        places: dict[str, float] = {}
        elements = [element for unit in exam.units for element in unit.elements]
        if exam.blueprint.order.items == "by_criterion":
            criteria = (criterion for unit in exam.units for criterion in unit.criteria)
            places = {criterion.code: float(n) for n, criterion in enumerate(criteria)}
        elif exam.blueprint.order.items == "by_element":
            places = {pc.code: float(n) for n, element in enumerate(elements) for pc in element.criteria}
        values = [min(places.get(p.item.pc, 0.0) for p in group) for group in groups]
    return list(zip(zip(parts, values, strict=True), groups, strict=True))


def _of_form(exam: Exam, form: Form, ranked: list[tuple[Rank, PrintedGroup]]) -> Iterator[Problem]:
    blueprint = exam.blueprint

    def problem(code: str, message: Message, field: str, item: str | None = None) -> Problem:
        return Problem(f"form {form.name}", code, message, item, field)

    as_written = blueprint.order.options == "as_written"
    for p in form.items:
        for place, option in enumerate(sorted(p.item.options)):
            moved = p.order[place : place + 1] != (option,)
            if moved and (as_written or option in p.item.anchored):
                why = tell("options are printed as written") if as_written else tell("it is anchored")
                message = tell(
                    "option {option} is not in place {place}, but {why}",
                    option=option,
                    place=place + 1,
                    why=why,
                )
                yield problem("option-moved", message, "order.options", p.item.id)
    seen: set[tuple[str, str | None]] = set()
    for key, members in groupby(form.items, key=lambda p: (p.unit, p.item.shared_stimulus)):
        names = [p.item.id for p in members]
        if key[1] is not None and (key in seen or names != sorted(names)):
            message = tell("items of stimulus {key} are not together in the order of the bank", key=key[1])
            yield problem("stimulus-apart", message, "stimuli")
        seen.add(key)
    for p in form.items:
        if p.points not in (0, 1) or (p.points == 0 and blueprint.pilot is None):
            message = tell(
                "counts {points}. Scored items count 1; pilot items of a blueprint that uses them count 0.",
                points=p.points,
            )
            yield problem("points", message, "pilot", p.item.id)
    parts = [part for (part, _), _ in ranked]
    if parts != sorted(parts):
        yield problem("pilot-place", tell("pilot items are not at the end"), "pilot.place")
    for ((part, value), first), ((other_part, other_value), second) in pairwise(ranked):
        if part == other_part and value > other_value + 1e-9:
            message = tell(
                "question {question} should be before question {first_question}",
                question=second[0].question,
                first_question=first[0].question,
            )
            yield problem("item-order", message, "order.items")

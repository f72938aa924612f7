"""An exam → every fault of how its forms are printed, counted from the forms alone.

Stimuli together, options and items in their order, pilot items apart,
shared items near each other. It shares no code with what prints the forms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from statistics import fmean, median
from typing import NamedTuple

from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.problems import Problem
from examgen.core.words import Message, tell

NEAR_PLACES = 5
"""How many questions apart an item may stand in two forms, reckoned from where its section begins.

More where a stimulus of many items stands in the way, or where shared items take more than half of the
section, so that they cannot all have the place they should.
"""

Group = list[PrintedItem]


class _Rank(NamedTuple):
    """Where a group belongs: pilot items at the end or not, and its place by `order.items`."""

    part: bool
    value: float


class _View(NamedTuple):
    """A form as it is judged: its groups in printed order, and the rank of each."""

    exam: Exam
    form: Form
    groups: list[Group]
    ranks: list[_Rank]

    def problem(self, code: str, message: Message, field: str, item: str | None = None) -> Problem:
        """A problem of this form."""
        return Problem(f"form {self.form.name}", code, message, item, field)


def print_problems(exam: Exam) -> list[Problem]:
    """Problems of the printed order; empty where all that the blueprint asks of it is kept."""
    places = _places(exam)
    views = [_view(exam, form, places) for form in exam.forms]
    problems = [problem for view in views for check in _CHECKS for problem in check(view)]
    anchor: list[Problem] = []
    rule = exam.blueprint.anchor
    if not (rule is None or rule.place != "same"):
        numbers = [{p.item.id: p.question for p in form.items} for form in exam.forms]
        for name in exam.anchor:
            found = sorted({form[name] for form in numbers if name in form})
            if len(found) > 1:
                message = tell(
                    "anchor item is question {found}: not the same in every form",
                    found=" and ".join(map(str, found)),
                )
                anchor.append(Problem("forms", "anchor-place", message, name, "anchor.place"))
    return [*problems, *anchor, *_shared(exam, views)]


# ── ranks ────────────────────────────────────────────────────────────────────────────────────


def _places(exam: Exam) -> dict[str, float]:
    """The place of each criterion by `order.items`, where that is by criterion or by element."""
    match exam.blueprint.order.items:
        case "by_criterion":
            pcs = (criterion.code for unit in exam.units for criterion in unit.criteria)
            return {pc: float(n) for n, pc in enumerate(pcs)}
        case "by_element":
            elements = (element for unit in exam.units for element in unit.elements)
            return {pc.code: float(n) for n, element in enumerate(elements) for pc in element.criteria}
        case _:
            return {}


def _view(exam: Exam, form: Form, places: Mapping[str, float]) -> _View:
    keyed = groupby(form.items, key=lambda p: (p.unit, p.item.shared_stimulus or p.question))
    groups = [list(members) for _, members in keyed]
    apart = exam.blueprint.pilot is None or exam.blueprint.pilot.place == "end"
    parts = [apart and all(p.points == 0 for p in group) for group in groups]
    if exam.blueprint.order.items == "easy_to_hard":
        known = [_facility(group, exam) for group in groups]
        middle = {
            part: median(
                [
                    value
                    for value, here in zip(known, parts, strict=True)
                    if value is not None and here == part
                ]
                or [0.0]
            )
            for part in (False, True)
        }
        values = [
            -(middle[part] if value is None else value) for value, part in zip(known, parts, strict=True)
        ]
    else:
        values = [min(places.get(p.item.pc, 0.0) for p in group) for group in groups]
    return _View(exam, form, groups, [_Rank(*pair) for pair in zip(parts, values, strict=True)])


def _facility(group: Group, exam: Exam) -> float | None:
    evidence = [exam.evidence[p.item.id].facility for p in group if p.item.id in exam.evidence]
    known = [facility for facility in evidence if facility is not None]
    return fmean(known) if known else None


# ── one form ─────────────────────────────────────────────────────────────────────────────────


def _options(view: _View) -> Iterator[Problem]:
    as_written = view.exam.blueprint.order.options == "as_written"
    for p in view.form.items:
        for place, option in enumerate(sorted(p.item.options)):
            moved = p.order[place : place + 1] != (option,)
            if moved and (as_written or option in p.item.anchored):
                why = tell("options are printed as written") if as_written else tell("it is anchored")
                message = tell(
                    "option {option} is not at place {place}, but {why}",
                    option=option,
                    place=place + 1,
                    why=why,
                )
                yield view.problem("option-moved", message, "order.options", p.item.id)


def _stimuli(view: _View) -> Iterator[Problem]:
    seen: set[tuple[str, str | None]] = set()
    for key, members in groupby(view.form.items, key=lambda p: (p.unit, p.item.shared_stimulus)):
        names = [p.item.id for p in members]
        if key[1] is not None and (key in seen or names != sorted(names)):
            message = tell(
                "items of stimulus {key} do not stand together in the order of the bank", key=key[1]
            )
            yield view.problem("stimulus-apart", message, "stimuli")
        seen.add(key)


def _pilots(view: _View) -> Iterator[Problem]:
    rule = view.exam.blueprint.pilot
    for p in view.form.items:
        if p.points not in (0, 1) or (p.points == 0 and rule is None):
            message = tell(
                "counts {points}: scored items count 1, pilot items of a blueprint that asks them 0",
                points=p.points,
            )
            yield view.problem("points", message, "pilot", p.item.id)
    parts = [rank.part for rank in view.ranks]
    if parts != sorted(parts):
        yield view.problem("pilot-place", tell("pilot items do not stand at the end"), "pilot.place")


def _order(view: _View) -> Iterator[Problem]:
    ranked = zip(view.ranks, view.groups, strict=True)
    for (one, first), (other, second) in pairwise(ranked):
        if one.part == other.part and one.value > other.value + 1e-9:
            message = tell(
                "question {question} should stand before question {first_question}",
                question=second[0].question,
                first_question=first[0].question,
            )
            yield view.problem("item-order", message, "order.items")


_CHECKS: tuple[Callable[[_View], Iterator[Problem]], ...] = (
    _options,
    _stimuli,
    _pilots,
    _order,
)


# ── items that forms share ───────────────────────────────────────────────────────────────────


class _Standing(NamedTuple):
    """Where an item stands in its section: questions before it, of how many, and how far it may be off."""

    form: str
    before: int
    of: int
    allowed: float

    @property
    def fraction(self) -> float:
        """How far into its section it stands, 0 to 1."""
        return (self.before + 0.5) / self.of


def _shared(exam: Exam, views: Sequence[_View]) -> Iterator[Problem]:
    """Items of several forms that stand far apart in two of them; by facility each has its place."""
    near = _near_items(exam)
    if not near or exam.blueprint.order.items == "easy_to_hard":
        return
    standing: dict[tuple[str, _Rank], list[_Standing]] = {}
    for view in views:
        for name, rank, where in _standings(view, near):
            standing.setdefault((name, rank), []).append(where)
    for (name, _), places in sorted(standing.items()):
        one, other = (pick(places, key=lambda where: where.fraction) for pick in (min, max))
        apart = (other.fraction - one.fraction) * max(one.of, other.of)
        if apart > max(where.allowed for where in places) + 1e-9:
            message = tell(
                "stands {apart:.0f} places apart in forms {form} and {other_form}: question "
                "{before} of {of} and {other_before} of {other_of} of its section",
                apart=apart,
                form=one.form,
                other_form=other.form,
                before=one.before + 1,
                of=one.of,
                other_before=other.before + 1,
                other_of=other.of,
            )
            field = "anchor.place" if name in exam.anchor else "order.shared"
            yield Problem("forms", "shared-apart", message, name, field)


def _near_items(exam: Exam) -> set[str]:
    """Items that are to stand near each other in all forms."""
    uses = Counter(p.item.id for form in exam.forms for p in form.items)
    anchor = set(exam.anchor) if exam.blueprint.anchor else set()
    near = {name for name, n in uses.items() if n > 1 and name not in anchor}
    near = near if exam.blueprint.order.shared == "near" else set()
    return near | anchor if exam.blueprint.anchor and exam.blueprint.anchor.place != "any" else near


def _standings(view: _View, near: set[str]) -> Iterator[tuple[str, _Rank, _Standing]]:
    ranked = zip(view.ranks, view.groups, strict=True)
    for rank, members in groupby(ranked, key=lambda pair: pair[0]):
        groups = [group for _, group in members]
        printed = [p for group in groups for p in group]
        bound = sum(len(group) for group in groups if any(p.item.id in near for p in group))
        longest = max(len(group) for group in groups)
        allowed = NEAR_PLACES + longest - 1 + max(0.0, bound - len(printed) / 2)
        for before, p in enumerate(printed):
            if p.item.id in near:
                yield p.item.id, rank, _Standing(view.form.name, before, len(printed), allowed)

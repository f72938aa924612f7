"""A pass rule and the forms of a key → each part of the rule alone, held against what a candidate earned.

Each part is made ready by `passing_standard`, as the whole rule is: what a part says of a candidate cannot
differ from how the decision was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.scored_run import PartHeld, RulePlace
from examgen.scoring.asked import Asked, group_shapes, groups_of, shapes_of, sums
from examgen.scoring.decisions import Cuts, Hurdle, is_named, passing_standard
from examgen.scoring.judging import UNREACHABLE

if TYPE_CHECKING:
    from examgen.models import PassRule
    from examgen.scoring.exact import Ints

_LEVELS = {"criteria": "pc", "elements": "element", "units": "unit"}


class _Things(NamedTuple):
    """What a part is about: criteria, elements or units, and how many items each form asks of them (F, K)."""

    places: tuple[RulePlace, ...]
    n_items: Ints


class RulePart(NamedTuple):
    """One part of a rule; `things` is None for the total."""

    hurdle: Hurdle
    things: _Things | None
    counts: bool
    """Whether so many of the things are enough."""


def rule_parts(rule: PassRule, asked: Asked, cuts: Cuts | None = None) -> tuple[RulePart, ...]:
    """The parts in the order in which they are told: total, criteria, elements, units, so many of them."""
    return tuple(_parts(rule, asked, cuts))


def _parts(rule: PassRule, asked: Asked, cuts: Cuts | None) -> Iterator[RulePart]:
    if rule.percent is not None or rule.cut is not None:
        yield RulePart(passing_standard(rule, asked, cuts).hurdles[0], None, counts=False)
    for kind in _LEVELS:
        for pattern, percent in getattr(rule, kind).items():
            yield RulePart(_alone(rule, asked, **{kind: {pattern: percent}}), _things(kind, asked), False)
    if rule.at_least is not None:
        yield RulePart(_alone(rule, asked, at_least=rule.at_least), _things(rule.at_least.of, asked), True)


def _alone(rule: PassRule, asked: Asked, **part: object) -> Hurdle:
    """What one part of the rule asks, made ready as if there were no other."""
    nothing: dict[str, object] = {
        "percent": None,
        "cut": None,
        "criteria": {},
        "elements": {},
        "units": {},
        "at_least": None,
    }
    [hurdle] = passing_standard(rule.model_copy(update={**nothing, **part}), asked).hurdles
    return hurdle


def _things(kind: str, asked: Asked) -> _Things:
    shapes, level = shapes_of(asked), _LEVELS[kind]
    if kind == "criteria":
        return _Things(tuple(RulePlace(level, unit, pc) for unit, _, pc in asked.criteria), shapes.n_items)
    groups = getattr(groups_of(asked.criteria), kind)
    places = tuple(RulePlace(level, unit, code) for unit, code in groups.names)
    return _Things(places, group_shapes(shapes, groups).n_items)


def part_held(part: RulePart, form: int, units: npt.NDArray[np.int64], min_items: int) -> PartHeld:
    """Whether a part holds for what somebody earned on a form: units by criterion, (C,)."""
    hurdle = part.hurdle
    found = units if hurdle.matrix is None else sums(units[None, :], hurdle.matrix)[0]
    least = hurdle.least[0 if len(hurdle.least) == 1 else form]
    reached = found >= least
    held = int(reached.sum()) >= hurdle.needed
    if part.things is None:
        return PartHeld(held, int(reached.sum()), 1, (), ())
    n_items, places = part.things.n_items[form], part.things.places
    counted = (np.abs(least) < UNREACHABLE) & (n_items > 0)
    few = counted & (n_items < min_items)
    n_reached, n_asked = int((reached & counted).sum()), int(counted.sum())
    return PartHeld(held, n_reached, n_asked, _of(places, counted & ~reached), _of(places, few))


def _of(places: Sequence[RulePlace], chosen: npt.NDArray[np.bool_]) -> tuple[RulePlace, ...]:
    return tuple(place for place, is_so in zip(places, chosen.tolist(), strict=True) if is_so)


class ThinPlace(NamedTuple):
    """A place that a part of the rule can fail somebody by, on fewer items than a judgement asks."""

    form: str
    field: str
    """`elements`, `units`, `criteria` or `at_least`, as the rule has it."""
    place: RulePlace
    n_items: int


def thin_places(
    rule: PassRule, asked: Asked, min_items: int, fields: Sequence[str] = ("elements", "units", "at_least")
) -> list[ThinPlace]:
    """Places that the rule asks something of, on forms that ask fewer than `min_items` of them."""
    found = []
    for field in fields:
        said = getattr(rule, field)
        if not said:
            continue
        kind = rule.at_least.of if field == "at_least" and rule.at_least is not None else field
        patterns = rule.at_least.among if field == "at_least" and rule.at_least is not None else said
        things = _things(kind, asked)
        for k, place in enumerate(things.places):
            names = (place.code, f"{place.code}.*", f"{_element_of(asked, place)}.*")
            if any(is_named(pattern, names) for pattern in patterns):
                column = things.n_items[:, k].tolist()
                found += [
                    ThinPlace(form, field, place, n)
                    for form, n in zip(asked.names, column, strict=True)
                    if 0 < n < min_items
                ]
    return found


def _element_of(asked: Asked, place: RulePlace) -> str:
    """The element that a criterion belongs to; the code itself of what is none."""
    if place.level != "pc":
        return place.code
    return next(element for unit, element, pc in asked.criteria if (unit, pc) == (place.unit, place.code))

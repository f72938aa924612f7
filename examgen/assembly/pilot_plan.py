"""Items to be tried out, seats and forms → which items go into which sitting, and the blueprint of each.

Alone, the items to be tried are the whole form: an anchor of some of them is in every form of every sitting
and joins the forms to one scale, each other item is in one form. Beside scored items (`beside`, a blueprint
of items that are in use), these are the same in all forms, and each form has pilot items of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from examgen.core.models.base import Status
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.item import Item

_MINUTES_AN_ITEM = 1.5


class Wanted(NamedTuple):
    """What is to be tried, and what there is room for."""

    items: tuple[Item, ...]
    own: int
    """Items that are in one form alone, at most so many in each."""
    anchor: int
    forms: int
    """At most so many in a sitting."""


class Sitting(NamedTuple):
    """Forms that are given together: `own` items in each that no other has."""

    forms: int
    own: int
    items: tuple[str, ...]


class Dealt(NamedTuple):
    """The items of each sitting, the anchor of all, and those for which a form would not be full."""

    sittings: tuple[Sitting, ...]
    anchor: tuple[str, ...]
    left: tuple[str, ...]


def dealt(wanted: Wanted) -> Dealt:
    """Sittings of as many full forms as can be made; every item in one form, those of a stimulus in the same
    sitting, enemies as far as there are forms to part them."""
    at_war = {
        item.id
        for item in wanted.items
        for other in wanted.items
        if item is not other and item.is_enemy(other)
    }
    free = [item for item in wanted.items if item.shared_stimulus is None and item.id not in at_war]
    anchor = tuple(sorted(item.id for item in _in_turn(free)[: wanted.anchor]))
    groups: dict[str, list[Item]] = {}
    for item in _in_turn([item for item in wanted.items if item.id not in anchor]):
        groups.setdefault(item.shared_stimulus or f" {item.id}", []).append(item)
    groups = sorted(groups.values(), key=len, reverse=True)
    sittings: list[Sitting] = []
    left: list[str] = []
    while groups:
        room = wanted.forms * wanted.own
        taken: list[Item] = []
        later: list[list[Item]] = []
        for group in groups:
            fits = len(taken) + len(group) <= room and len(group) <= wanted.own
            if fits and all(sum(item.is_enemy(other) for other in taken) < wanted.forms for item in group):
                taken.extend(group)
            else:
                later.append(group)
        forms, own = _full(len(taken), _least(taken), wanted.forms, wanted.own)
        if not forms:
            left += [item.id for group in groups for item in group]
            break
        alone = [item.id for item in reversed(taken) if item.shared_stimulus is None]
        bound = [item.id for item in reversed(taken) if item.shared_stimulus is not None]
        over = [*alone, *bound][: (len(taken) - forms * own)]
        left += over
        sittings.append(Sitting(forms, own, tuple(item.id for item in taken if item.id not in over)))
        groups = later
    return Dealt(tuple(sittings), anchor, tuple(left))


def _least(taken: Sequence[Item]) -> int:
    """How many forms there must be to part enemies, and the instances of each model."""
    at_war = any(item.is_enemy(other) for item in taken for other in taken if item is not other)
    models = Counter(item.model.id for item in taken if item.model is not None)
    return max([2 if at_war else 1, *models.values()])


def _full(n: int, least_forms: int, most_forms: int, most_own: int) -> tuple[int, int]:
    """How many forms of how many items each hold the most of n items; of equals, the fewest forms."""
    best = (0, 0)
    for forms in range(least_forms, most_forms + 1):
        own = min(most_own, n // forms)
        if own and forms * own > best[0] * best[1]:
            best = forms, own
    return best


def _in_turn(items: Iterable[Item]) -> list[Item]:
    """One of each criterion, then the next of each, so that whatever is cut off has all of them."""
    by_pc: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda item: item.id):
        by_pc.setdefault(item.pc, []).append(item)
    rounds = range(max(map(len, by_pc.values()), default=0))
    return [own[n] for n in rounds for own in by_pc.values() if n < len(own)]


class Named(NamedTuple):
    """What the blueprints of a plan are called, and of what they are."""

    exam: str
    title: dict[str, str]
    unit: str
    level: int | None
    statuses: tuple[Status, ...]


def blueprint_of(
    sitting: Sitting, number: int, plan: Dealt, named: Named, beside: Blueprint | None, seed: int
) -> dict[str, Any]:
    """The blueprint of a sitting as data: `build` finds its forms."""
    others = [name for one in plan.sittings if one is not sitting for name in one.items]
    others = sorted([*others, *plan.left])
    sets: list[dict[str, Any]] = [{"name": "other sittings", "items": others, "max": 0}] if others else []
    if beside is not None:
        data = beside.model_dump(mode="json", by_alias=True, exclude_unset=True)
        data |= {"forms": sitting.forms, "overlap": 0, "seed": seed, "exam": f"{named.exam}-{number}"}
        data |= {"pilot": {"items": sitting.own, "statuses": list(named.statuses)}}
        data.pop("anchor", None)
        if sitting.forms > 1:
            data["anchor"] = {"items": beside.items, "mirror": False}
        return {**data, "sets": [*data.get("sets", []), *sets]}
    size = len(plan.anchor) + sitting.own
    if plan.anchor:
        sets.insert(0, {"name": "anchor", "items": list(plan.anchor), "min": len(plan.anchor)})
    several = (
        {"anchor": {"items": len(plan.anchor), "mirror": False}} if sitting.forms > 1 and plan.anchor else {}
    )
    return {
        "exam": f"{named.exam}-{number}",
        "title": named.title,
        "units": [named.unit],
        **({"level": named.level} if named.level is not None else {}),
        "forms": sitting.forms,
        "items": size,
        **several,
        "sets": sets,
        "statuses": list(named.statuses),
        "overlap": 0,
        "time_min": max(10, 5 * -(-round(size * _MINUTES_AN_ITEM) // 5)),
        "seed": seed,
    }

"""Pool and blueprint → the requirements on each form: named constraints, groups, anchor, goal.

Terms follow van der Linden (2005), Linear Models for Optimal Test Design.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, inf

import numpy as np

from examgen.assembly.measures import DECIMALS, GRID, NORMAL, QUANTITIES, Floats, information
from examgen.assembly.task import Anchor, Goal, ItemGroup, LinearConstraint, Task
from examgen.assembly.usable import Pool
from examgen.core.models.blueprint import Blueprint, matches
from examgen.core.models.field_types import CATEGORY_WORDS, STATUS_WORDS, Quota
from examgen.core.models.item import Item, Kin
from examgen.core.words import Message, tell

SPREAD = tell("spread of facility")
ANCHOR_ITEMS = tell("items of the anchor")
Constraint = Callable[[Pool, Blueprint], Iterator[LinearConstraint]]

MIRRORED = ("criteria", "cognitive", "unit_mix", "level_mix", "status_mix")
"""Families of quotas that an anchor repeats in proportion to its size."""


# ── what a coordinator calls a quota: the English is the blueprint's own word ────────────────


def criterion_name(pattern: str) -> Message:
    """Return the name of a quota for a criterion, or for all criteria of an element (`A4012.*`)."""
    return (
        tell("{element}", element=pattern)
        if pattern.endswith("*")
        else tell("{criterion}", criterion=pattern)
    )


def category_name(category: str) -> Message:
    """Return the name of a quota for a cognitive category."""
    return tell("{category}", category=CATEGORY_WORDS[category])


def unit_name(code: str) -> Message:
    """Return the name of a quota for one of several units of competency."""
    return tell("{mixed_unit}", mixed_unit=code)


def level_name(level: int) -> Message:
    """Return the name of a quota for items that suit a level."""
    return tell("level {mixed}", mixed=level)


def status_name(status: str) -> Message:
    """Return the name of a quota for items with a status."""
    return tell("status {mixed}", mixed=STATUS_WORDS[status])


def _count(
    name: str,
    field: str,
    items: Sequence[int],
    least: int,
    greatest: int,
    elastic: bool = True,
    subject: tuple[str, str] | None = None,
) -> LinearConstraint:
    """Return a constraint on the number of these items. Without `subject`, the subject is taken from the
    field."""
    family, _, key = field.partition(".")
    ones = (1,) * len(items)
    return LinearConstraint(
        name, field, tuple(items), ones, least, greatest, elastic, subject or (family, key)
    )


def length(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Yield the constraints on the number of scored items and of pilot items in a form."""
    yield _count(tell("items of a form"), "items", pool.scored, blueprint.items, blueprint.items, False)
    if blueprint.pilot:
        pilots = [n for n, item in enumerate(pool.items) if item.id in pool.pilots]
        size = blueprint.pilot.items
        yield _count(tell("pilot items of a form"), "pilot", pilots, size, size)


def criteria(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Yield the quotas for a criterion, for an element (`A4012.*`), or for each criterion (`all`)."""
    for pattern, quota in blueprint.criteria.items():
        field = f"criteria.{pattern}"
        if pattern == "all":
            for pc in pool.places:
                yield _quota(blueprint, criterion_name(pc), field, quota, _of_pc(pool, pc), pc)
        else:
            named = [n for n, item in _scored(pool) if matches(pattern, item.pc, pool.element(item))]
            yield _quota(blueprint, criterion_name(pattern), field, quota, named)


def _quota(
    blueprint: Blueprint, name: str, field: str, quota: Quota, items: Sequence[int], criterion: str = ""
) -> LinearConstraint:
    subject = ("criteria", criterion) if criterion else None
    return _count(name, field, items, *quota.bounds(blueprint.items), subject=subject)


def _scored(pool: Pool) -> Iterator[tuple[int, Item]]:
    return ((n, pool.items[n]) for n in pool.scored)


def _of_pc(pool: Pool, pc: str) -> list[int]:
    return [n for n, item in _scored(pool) if item.pc == pc]


def judged_criteria(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Yield constraints that give each criterion used in the pass rule enough items to be judged."""
    rule = blueprint.pass_rule.criteria if blueprint.pass_rule else {}
    for pc, place in pool.places.items():
        if any(matches(pattern, pc, place.element) for pattern in rule):
            name = tell("{criterion}, which counts for passing (judgement.min_items)", criterion=pc)
            least, greatest = blueprint.judgement.min_items, blueprint.items
            own = _of_pc(pool, pc)
            yield _count(name, "pass.criteria", own, least, greatest, subject=("criteria", pc))


def mixes(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Yield the quotas for cognitive categories, units, levels that items suit, and statuses."""
    for category, quota in blueprint.cognitive.items():
        held = [n for n, item in _scored(pool) if item.cognitive == category]
        yield _quota(blueprint, category_name(category), f"cognitive.{category}", quota, held)
    for unit, quota in blueprint.unit_mix.items():
        held = [n for n, item in _scored(pool) if pool.places[item.pc].unit == unit]
        yield _quota(blueprint, unit_name(unit), f"unit_mix.{unit}", quota, held)
    for level, quota in blueprint.level_mix.items():
        held = [n for n, item in _scored(pool) if level in item.levels]
        yield _quota(blueprint, level_name(level), f"level_mix.{level}", quota, held)
    for status, quota in blueprint.status_mix.items():
        held = [n for n, item in _scored(pool) if item.status == status]
        yield _quota(blueprint, status_name(status), f"status_mix.{status}", quota, held)


def named_sets(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Yield the bounds on the number of items from each named set."""
    position = {item.id: n for n, item in enumerate(pool.items)}
    for one in blueprint.sets:
        if not one.together:
            members = [position[name] for name in one.items if name in position]
            greatest = len(one.items) if one.max is None else one.max
            subject = ("sets", one.name)
            yield _count(set_name(one.name), "sets", members, one.min, greatest, subject=subject)


def set_name(name: str) -> Message:
    """Return the name of a constraint on a set of the blueprint."""
    return tell("set “{name}”", name=name)


def enemies(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Yield constraints that keep enemy items out of the same form, whichever of the two names the other, and
    that allow one item of each set of kin."""
    position = {item.id: n for n, item in enumerate(pool.items)}
    pairs = {
        (min(n, position[enemy]), max(n, position[enemy]))
        for n, item in enumerate(pool.items)
        for enemy in item.enemies
        if enemy in position and enemy != item.id
    }
    for one, other in sorted(pairs):
        name = tell("enemies {one} and {other}", one=pool.items[one].id, other=pool.items[other].id)
        yield _count(name, "enemies", [one, other], 0, 1, False)
    found: dict[Kin, list[int]] = {}
    for n, item in enumerate(pool.items):
        for kin in item.kin:
            found.setdefault(kin, []).append(n)
    for kin, members in sorted(found.items()):
        if len(members) > 1:
            yield _count(kin_name(kin), "enemies", members, 0, 1, False)


def kin_name(kin: Kin) -> Message:
    """Return the name of a set of items of which a form may contain only one: a family, or the instances of a
    model."""
    if kin.kind == "family":
        return tell("items of family {family}", family=kin.name)
    return tell("instances of model {model}", model=kin.name)


def quantities(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Yield the bounds on means and sums of quantities over the scored items."""
    for name, quantity in blueprint.quantities.items():
        values = [QUANTITIES[name](pool.items[n], pool.known(pool.items[n]), blueprint) for n in pool.scored]
        for part, bounds, times in (("mean", quantity.mean, blueprint.items), ("sum", quantity.sum, 1)):
            if bounds:
                field = f"quantities.{name}.{part}"
                row = [value or 0.0 for value in values]
                yield _weighed(
                    pool, f"{part} of {name}", field, row, bounds.least * times, bounds.greatest * times
                )


def _weighed(
    pool: Pool, name: str, field: str, values: Sequence[float], least: float, greatest: float
) -> LinearConstraint:
    rounded = tuple(round(float(value), DECIMALS) for value in values)
    return LinearConstraint(name, field, tuple(pool.scored), rounded, least, greatest, True)


def statistics(pool: Pool, blueprint: Blueprint) -> Iterator[LinearConstraint]:
    """Yield the constraints on mean facility, its spread, and the information needed for a bounded standard
    error."""
    rule = blueprint.statistics
    if rule is None:
        return
    known = [pool.known(pool.items[n]) for n in pool.scored]
    if rule.facility:
        target, n = rule.facility.target, blueprint.items
        facilities = [one.facility or 0.0 for one in known]
        low, high = (target - rule.facility.within) * n, (target + rule.facility.within) * n
        yield _weighed(pool, tell("mean facility"), "statistics.facility", facilities, low, high)
        if spread := rule.facility.spread:
            squares = [(value - target) ** 2 for value in facilities]
            low = n * max(spread.least, 0) ** 2
            high = n * spread.greatest**2
            yield _weighed(pool, SPREAD, "statistics.facility.spread", squares, low, high)
    if rule.sem:
        at_cut = information(known, [rule.sem.at])[:, 0].tolist()
        name = tell("standard error at θ = {at:g}", at=rule.sem.at)
        yield _weighed(pool, name, "statistics.sem", at_cut, rule.sem.max**-2, inf)


CONSTRAINTS: tuple[Constraint, ...] = (
    length,
    criteria,
    judged_criteria,
    mixes,
    named_sets,
    enemies,
    quantities,
    statistics,
)


def constraints(pool: Pool, blueprint: Blueprint) -> list[LinearConstraint]:
    """Return all linear constraints on each form."""
    return [row for rule in CONSTRAINTS for row in rule(pool, blueprint)]


def reliability_cut(pool: Pool, blueprint: Blueprint, curve: Floats | None = None) -> LinearConstraint:
    """Return a constraint that every form with the required reliability meets and a form with this
    information does not.

    E[1 / (I + 1)] is convex in the items of a form, so its tangent at any curve (on `measures.GRID`) lies
    below it (a cutting plane: Kelley 1960). The first cut is tangent at the constant curve.
    """
    assert blueprint.statistics is not None
    assert blueprint.statistics.reliability is not None
    least = blueprint.statistics.reliability.min
    at = np.full(len(GRID), least / (1 - least)) if curve is None else curve
    slopes = NORMAL / (at + 1) ** 2
    # Σ w/(at+1) − slopes·(I − at) ≤ 1 − least
    bound = float(NORMAL @ (1 / (at + 1)) + slopes @ at) - (1 - least)
    known = [pool.known(pool.items[n]) for n in pool.scored]
    values = (information(known, GRID.tolist()) @ slopes).tolist()
    return _weighed(
        pool, tell("reliability of {least:g}", least=least), "statistics.reliability", values, bound, inf
    )


def groups(pool: Pool, blueprint: Blueprint) -> list[ItemGroup]:
    """Return the groups of items with the same stimulus, and of items that the blueprint keeps together."""
    members: dict[tuple[str, str], list[int]] = {}
    for n, item in enumerate(pool.items):
        if item.shared_stimulus is not None:
            members.setdefault((pool.places[item.pc].unit, item.shared_stimulus), []).append(n)
    found = [
        ItemGroup(
            tell("items of stimulus {stimulus}", stimulus=stimulus),
            "shared_stimulus",
            tuple(items),
            *_of_stimulus(blueprint, items),
        )
        for (_, stimulus), items in sorted(members.items())
    ]
    position = {item.id: n for n, item in enumerate(pool.items)}
    for one in blueprint.sets:
        if one.together:
            items = sorted(position[name] for name in one.items if name in position)
            # if one of them is missing from the pool, none can be used
            found.append(ItemGroup(set_name(one.name), "sets", tuple(items), len(one.items), len(one.items)))
    return [group for group in found if group.items]


def _of_stimulus(blueprint: Blueprint, items: Sequence[int]) -> tuple[int, int]:
    rule = blueprint.stimuli
    if rule.min is None and rule.max is None:
        return len(items), len(items)
    return rule.min or 1, rule.max or len(items)


def anchor(pool: Pool, blueprint: Blueprint, rows: Sequence[LinearConstraint]) -> Anchor | None:
    """Return the anchor, whose items all count. If the blueprint requires it, the anchor mirrors the quotas
    of the form."""
    if blueprint.anchor is None:
        return None
    size = blueprint.anchor.items
    own = [_count(ANCHOR_ITEMS, "anchor", pool.scored, size, size, False)]
    if blueprint.anchor.mirror:
        own += [
            row._replace(
                name=_in_anchor(row),
                field="anchor",
                least=floor(row.least * size / blueprint.items),
                greatest=min(size, ceil(row.greatest * size / blueprint.items)),
            )
            for row in rows
            if row.field.split(".")[0] in MIRRORED
        ]
    return Anchor(size, tuple(own))


def _in_anchor(row: LinearConstraint) -> Message:
    family, key = row.subject
    if family == "cognitive":
        return tell("{category} in the anchor", category=CATEGORY_WORDS[key])
    if family == "level_mix":
        return tell("level {level} in the anchor", level=key)
    if family == "status_mix":
        return tell("status {status} in the anchor", status=STATUS_WORDS[key])
    return tell("{code} in the anchor", code=key)


def goal(pool: Pool, blueprint: Blueprint) -> Goal | None:
    """Return the target information of the forms; None if the blueprint has none."""
    rule = blueprint.statistics.information if blueprint.statistics else None
    if rule is None:
        return None
    values = information([pool.known(item) for item in pool.items], rule.at)
    values[[item.id in pool.pilots for item in pool.items]] = 0
    within = float(rule.within) / 100
    if rule.shape is not None:
        return Goal("relative", rule.at, values, rule.shape, within)
    return Goal("absolute", rule.at, values, rule.target or (), within)


def task(pool: Pool, blueprint: Blueprint, cuts: Sequence[LinearConstraint] = ()) -> Task:
    """Return all requirements on the forms; `cuts` are additional constraints."""
    rows = constraints(pool, blueprint)
    overlap = blueprint.overlap
    return Task(
        n_items=len(pool.items),
        n_forms=blueprint.n_forms,
        rows=(*rows, *cuts),
        groups=tuple(groups(pool, blueprint)),
        shared_least=overlap.min,
        shared_greatest=blueprint.printed_items if overlap.max is None else overlap.max,
        anchor=anchor(pool, blueprint, rows),
        most_uses=blueprint.exposure.forms,
        goal=goal(pool, blueprint),
    )


def base_task(pool: Pool, blueprint: Blueprint) -> Task:
    """Return the task of a blueprint, with the first cut for its reliability, if any."""
    rule = blueprint.statistics
    return task(pool, blueprint, [reliability_cut(pool, blueprint)] if rule and rule.reliability else ())

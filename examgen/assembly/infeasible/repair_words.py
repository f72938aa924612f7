"""Changes of a blueprint and items to be written → a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from examgen.assembly.capacity.supplies import Wanted
from examgen.assembly.constraints import (
    SPREAD,
    criterion_name,
    level_name,
    status_name,
    unit_name,
)
from examgen.assembly.infeasible.amended import Change
from examgen.assembly.infeasible.parts import QUANTITIES, both, bounds, named, number
from examgen.assembly.task import LinearConstraint
from examgen.core.models.base import CATEGORY_WORDS, COGNITIVE, STATUS_WORDS
from examgen.core.models.blueprint import Blueprint
from examgen.core.words import Message, either, joined, noted, tell, tell_n

INF = float("inf")

Near = Sequence[tuple[LinearConstraint, float]]
Curve = Sequence[tuple[float, float]]


def sentence(
    blueprint: Blueprint,
    changes: Sequence[Change],
    wanted: Sequence[Wanted],
    near: Near,
    curve: Curve,
) -> Message:
    """All of a repair in one sentence; `near` and `curve` are what the items written should be like."""
    said = [_change(blueprint, change) for change in changes]
    if wanted:
        said.append(_writing(wanted, near, curve))
    return reduce(lambda first, then: tell("{first}; and {then}", first=first, then=then), said)


# ── changes ──────────────────────────────────────────────────────────────────────────────────


def _change(blueprint: Blueprint, change: Change) -> Message:
    family = str(change.path[0])
    if family in _QUOTAS:
        return _quota(_of(family, change.path[1]), change)
    if family == "quantities" or change.field == "statistics.facility.spread":
        return _interval(change)
    if family == "sets":
        values = {
            "name": blueprint.sets[int(change.path[1])].name,
            "after": change.after,
            "before": change.before,
        }
        if change.path[2] == "min":
            return tell("ask for at least {after} of the set “{name}” instead of {before}", **values)
        return tell("ask for at most {after} of the set “{name}” instead of {before}", **values)
    if family == "overlap":
        said: Message | None = None
        old, new = change.before, change.after
        if new["max"] != old["max"] and old["max"]:
            said = tell_n(
                "let any two forms share up to {n} item instead of {before}",
                "let any two forms share up to {n} items instead of {before}",
                new["max"],
                before=old["max"],
            )
        elif new["max"] != old["max"]:
            said = tell_n(
                "let any two forms share up to {n} item instead of none",
                "let any two forms share up to {n} items instead of none",
                new["max"],
            )
        if new["min"] != old["min"]:
            less = tell(
                "ask any two forms to share at least {after} instead of {before}",
                after=new["min"],
                before=old["min"],
            )
            said = both(said, less if new["min"] else tell("do not ask that forms share items"))
        assert said is not None
        return said
    if family == "statuses":
        return _admitted(change)
    if change.field == "exclude_last" and change.after == 0:
        return tell("also use items asked in the last administrations")
    before, after = _text(change.before), _text(change.after)
    if change.field not in _PLAIN:
        return tell(
            "set {field} to {after} instead of {before}", field=change.field, after=after, before=before
        )
    one, many = _PLAIN[change.field]
    return tell_n(one, many or one, 1 if after == "1" else 2, after=after, before=before)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


_QUOTAS = ("criteria", "cognitive", "unit_mix", "level_mix", "status_mix")

_PLAIN: dict[str, tuple[str, str | None]] = {
    "items": (
        noted("make each form {after} item long instead of {before}"),
        "make each form {after} items long instead of {before}",
    ),
    "forms": (noted("build {after} form instead of {before}"), "build {after} forms instead of {before}"),
    "anchor.items": (
        noted("make the anchor {after} item instead of {before}"),
        "make the anchor {after} items instead of {before}",
    ),
    "anchor.mirror": (noted("let the anchor have another mix than the form (mirror: false)"), None),
    "exposure.forms": (
        noted("let an item be in up to {after} form instead of {before}"),
        "let an item be in up to {after} forms instead of {before}",
    ),
    "exposure.share": (
        noted("let an item be in up to {after} % of the forms instead of {before} %"),
        None,
    ),
    "exposure.administrations": (
        noted("use items asked in fewer than {after} administrations so far instead of fewer than {before}"),
        None,
    ),
    "exclude_last": (
        noted("exclude the items of the last {after} administration instead of {before}"),
        "exclude the items of the last {after} administrations instead of {before}",
    ),
    "judgement.min_items": (
        noted("judge a criterion on {after} item instead of {before} (judgement.min_items)"),
        "judge a criterion on {after} items instead of {before} (judgement.min_items)",
    ),
    "pilot.items": (
        noted("ask for {after} pilot item instead of {before}"),
        "ask for {after} pilot items instead of {before}",
    ),
    "statistics.information.within": (
        noted(
            "let the information differ from what is asked by up to {after} % instead of {before} %",
        ),
        None,
    ),
    "statistics.facility.within": (
        noted("let the mean facility be within {after} of its target instead of {before}"),
        None,
    ),
    "statistics.sem.max": (noted("allow a standard error of up to {after} instead of {before}"), None),
    "statistics.reliability.min": (
        noted("ask for a reliability of at least {after} instead of {before}"),
        None,
    ),
}
"""By field, what is to be changed; in English another form where it is not one."""


def _of(family: str, key: Any) -> Message:
    if family == "criteria" and key == "all":
        return tell("each criterion")
    if family == "cognitive":
        return tell("category {category}", category=CATEGORY_WORDS[key])
    if family == "level_mix":
        return level_name(key)
    if family == "status_mix":
        return status_name(key)
    return unit_name(key) if family == "unit_mix" else criterion_name(key)


def _quota(of: Message, change: Change) -> Message:
    old, new = (_quota_bounds(end) for end in (change.before, change.after))
    return tell("ask for {new} of {of} instead of {old}", new=new, of=of, old=old)


def _quota_bounds(quota: dict[str, int | str]) -> Message:
    low, high = quota.get("min", 0), quota.get("max", INF)
    if isinstance(low, int) and isinstance(high, int | float):
        return bounds(low, high, items=True) if low or high < INF else tell("any number")
    if "max" not in quota:
        return tell("at least {value}", value=low)
    if "min" not in quota:
        return tell("at most {value}", value=high)
    return tell("{low} to {high}", low=low, high=high)


def _interval(change: Change) -> Message:
    old, new = (bounds(end.get("min", -INF), end.get("max", INF)) for end in (change.before, change.after))
    return tell("let the {of} be {new} instead of {old}", of=named(SPREAD, change.field), new=new, old=old)


def _admitted(change: Change) -> Message:
    """`statuses` with one status more."""
    new = [STATUS_WORDS[status] for status in change.after if status not in change.before]
    return tell("also use items of status {statuses}", statuses=joined(new))


# ── items to be written ──────────────────────────────────────────────────────────────────────


def _writing(wanted: Sequence[Wanted], near: Near, curve: Curve) -> Message:
    """`write 5 items at level 4: 3 of E1.01, 2 of E1.02`, and what they should be like on average."""
    kinds: dict[tuple[object, ...], list[Wanted]] = {}
    for one in wanted:
        kinds.setdefault((one.pc is None, one.levels, one.categories, one.statuses), []).append(one)
    between = "; " if any(len(same) > 1 for same in kinds.values()) else ", "
    said = tell("write {items}", items=joined([_lines(same) for same in kinds.values()], between))
    about_each = [text for row, value in near if (text := like(row.field, value)) is not None]
    if curve:
        points = joined(tell("{value} at θ = {at:g}", value=number(value), at=at) for at, value in curve)
        about_each.append(tell("mean information of about {points}", points=points))
    about = reduce(both, about_each) if about_each else None
    return said if about is None else tell("{write}, with {about}", write=said, about=about)


def like(field: str, value: float) -> Message | None:
    """What an item brings to a quantity, where a writer can do anything about it."""
    steps = field.split(".")
    quantity = QUANTITIES[steps[1] if steps[0] == "quantities" else "facility"]
    if steps[0] == "quantities" or field == "statistics.facility":
        return tell("a mean {quantity} of about {value}", quantity=quantity, value=number(value))
    return None


def _lines(same: Sequence[Wanted]) -> Message:
    """Items of one kind, by criterion where there are several."""
    one, n = same[0], sum(line.n_items for line in same)
    # ` at level 4 of status operational (apply)`.
    said = []
    if one.levels:
        said.append(tell(" at level {levels}", levels=", ".join(str(level) for level in one.levels)))
    if one.statuses and one.statuses != ("pilot",):
        statuses = either(STATUS_WORDS[status] for status in one.statuses)
        said.append(tell(" of status {statuses}", statuses=statuses))
    if one.categories:
        said.append(tell(" ({categories})", categories=categories(one.categories)))
    kind = joined(said, "")
    if one.pc is None:
        return tell_n("{n} pilot item{kind}", "{n} pilot items{kind}", n, kind=kind)
    if len(same) == 1:
        return tell_n("{n} item of {pc}{kind}", "{n} items of {pc}{kind}", n, pc=one.pc, kind=kind)
    if len({line.n_items for line in same}) == 1:
        return tell_n(
            "{n} item{kind}: {each} each of {pcs}",
            "{n} items{kind}: {each} each of {pcs}",
            n,
            kind=kind,
            each=one.n_items,
            pcs=", ".join(str(line.pc) for line in same),
        )
    by = joined(tell("{items} of {pc}", items=line.n_items, pc=line.pc) for line in same)
    return tell_n("{n} item{kind}: {by}", "{n} items{kind}: {by}", n, kind=kind, by=by)


def categories(names: Sequence[str]) -> Message:
    """Of which categories an item may be."""
    left = [one for one in COGNITIVE if one not in names]
    if len(left) == 1:
        return tell("any category but {category}", category=CATEGORY_WORDS[left[0]])
    return either(CATEGORY_WORDS[one] for one in names)

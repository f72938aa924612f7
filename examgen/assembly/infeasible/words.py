"""Causes, changes to a blueprint and items to write → the sentences that a coordinator reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

from examgen.assembly.constraints import (
    SPREAD,
    category_name,
    criterion_name,
    level_name,
    set_name,
    status_name,
    unit_name,
)
from examgen.assembly.infeasible.causes import (
    ANCHOR,
    FORMS,
    GOAL,
    LEAST_SHARED,
    MOST_SHARED,
    MOST_USES,
    Cause,
    TaskPart,
    different_items,
    is_quota,
    row_of,
)
from examgen.assembly.infeasible.fields import FieldChange
from examgen.assembly.infeasible.repairs import Case, Repair
from examgen.assembly.infeasible.writing import Wanted
from examgen.assembly.measures import QUANTITY_NAMES
from examgen.assembly.supply import forms_in_words
from examgen.assembly.task import LinearConstraint
from examgen.assembly.usable import why_not
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import CATEGORY_WORDS, COGNITIVE, STATUS_WORDS
from examgen.core.words import Message, either, joined, tell, tell_n

# ── numbers and names ────────────────────────────────────────────────────────────────────────


def number(value: float) -> str:
    """Return a count, or a quantity with four significant digits."""
    if abs(value) == inf:
        return "∞"
    return str(int(value)) if value == int(value) else f"{value:.4g}"


def n_forms(n: int) -> Message:
    """Return a number of forms in words: `1 form`, `2 forms`."""
    return tell_n("{n} form", "{n} forms", n)


def bounds(least: float | str | None, greatest: float | str | None) -> Message:
    """Return bounds in words: `exactly 5`, `at least 5`, `3 to 5` …; a percentage (`"20%"`) stays as
    written."""
    has_least, has_greatest = least not in (None, 0, -inf), greatest not in (None, inf)
    low, high = (end if isinstance(end, str) else number(end or 0) for end in (least, greatest))
    if has_greatest and least == greatest:
        return tell("exactly {value}", value=low)
    if has_least and has_greatest:
        return tell("{low} to {high}", low=low, high=high)
    if has_greatest:
        return tell("at most {value}", value=high)
    return tell("at least {value}", value=low) if has_least else tell("any number")


def quota_name(name: str, field: str) -> str:
    """Return the name of a quota for a coordinator: words for a quantity, the code for a criterion."""
    family, *keys = field.split(".")
    if family == "criteria":
        return str(name)
    if family != "quantities":
        return name
    words = QUANTITY_NAMES[keys[0]]
    return (
        tell("total {quantity}", quantity=words)
        if keys[1] == "sum"
        else tell("mean {quantity}", quantity=words)
    )


def _in_measure(row: LinearConstraint, value: float, blueprint: Blueprint) -> float:
    """Return a bound or sum of a row in the unit of the blueprint.

    A row has the sum over the form for a mean, the sum of squares for a spread, information for a standard
    error, and the tangent for a reliability.
    """
    rule = blueprint.statistics
    if row.field == "statistics.facility.spread":
        return inf if value == inf else max(0.0, value / blueprint.items) ** 0.5
    if row.field == "statistics.sem":
        return value**-0.5 if value > 0 else inf
    if row.field == "statistics.reliability" and rule and rule.reliability:
        # the reliability falls short by at least as much as the row
        return max(0.0, rule.reliability.min - (row.least - value))
    mean = row.field.endswith(".mean") or row.field == "statistics.facility"
    return value / blueprint.items if mean else value


def _part_name(case: Case, part: TaskPart) -> Message | str:
    """Return a part of the task in words, with what it requires."""
    task, row = case.task, row_of(case.task, part)
    if row is not None and row.is_length:
        return tell_n("{n} item in a form", "{n} items in a form", case.blueprint.items)
    if row is not None and row.field == "enemies":
        return row.name
    if row is not None:
        ends = [_in_measure(row, end, case.blueprint) for end in (row.least, row.greatest)]
        if row.field == "statistics.sem":  # information at least is an error at most
            ends = [-inf, ends[0]]
        if row.counts_items and row.greatest >= case.blueprint.items > row.least:
            ends[1] = inf
        return tell("{name} ({bounds})", name=quota_name(row.name, row.field), bounds=bounds(*ends))
    if part.kind == "group":
        return task.groups[part.number].name
    if part == ANCHOR and task.anchor is not None:
        return tell_n("an anchor of {n} item", "an anchor of {n} items", task.anchor.size)
    if part == GOAL and task.goal is not None:
        within = number(100 * task.goal.within)
        if task.goal.kind == "relative":
            return tell("information of the requested shape within {within} %", within=within)
        return tell("information within {within} % of its target", within=within)
    if part == MOST_USES:
        return tell("an item in at most {forms}", forms=n_forms(task.most_uses or 0))
    if part == LEAST_SHARED:
        return tell("any two forms share at least {n}", n=task.shared_least)
    if part == MOST_SHARED:
        return tell("any two forms share at most {n}", n=task.shared_greatest)
    return n_forms(task.n_forms)


_FIELDS = {
    FORMS: "forms",
    MOST_SHARED: "overlap",
    LEAST_SHARED: "overlap",
    ANCHOR: "anchor",
    MOST_USES: "exposure.forms",
    GOAL: "statistics.information",
}


def field_of(case: Case, part: TaskPart) -> str:
    """Return the field of the blueprint that a part comes from."""
    if (row := row_of(case.task, part)) is not None:
        return row.field
    return case.task.groups[part.number].field if part.kind == "group" else _FIELDS[part]


# ── causes ───────────────────────────────────────────────────────────────────────────────────

Sentence = tuple[str, str, Message]
"""A stable code, a field of the blueprint, and a sentence."""
MOST_NAMED = 8
"""The maximum number of parts of a cause that are named."""


def sentence(case: Case, cause: Cause) -> Sentence:
    """Return a cause as a stable code, a field of the blueprint, and a sentence."""
    if cause.kind == "short":
        return _short(case, cause)
    if cause.kind in ("over", "under"):
        return _sums(case, cause)
    if cause.kind == "reach":
        return _reach(case, cause)
    names: list[str] = [_part_name(case, part) for part in cause.parts]
    if (more := len(names) - MOST_NAMED) > 1:
        names[MOST_NAMED:] = [tell("and {n} more like these", n=more)]
    said = tell("these constraints cannot all be met: {parts}", parts=joined(names, "; "))
    if cause.smallest:
        said = tell(
            "these constraints cannot all be met: {parts}. Dropping any one of them resolves this conflict.",
            parts=joined(names, "; "),
        )
    first = cause.parts[0]
    code = "quotas-clash" if first == GOAL or is_quota(case.task, first) else "forms-impossible"
    return code, field_of(case, first), said


def _short(case: Case, cause: Cause) -> Sentence:
    task, row = case.task, case.task.rows[cause.parts[0].number]
    (family, key), least, there = row.subject, int(row.least), int(cause.there)
    items = tell_n("item of {name}", "items of {name}", least, name=quota_name(row.name, row.field))
    if family == "items":
        items = tell_n("item", "items", least)
    elif family == "pilot":
        items = tell_n("pilot item", "pilot items", least)
    elif family == "cognitive":
        items = tell_n(
            "item of category {category}", "items of category {category}", least, category=CATEGORY_WORDS[key]
        )
    asked = tell("the blueprint requires {least} {items}", least=least, items=items)
    if task.n_forms > 1:
        asked = tell(
            "the blueprint requires {least} {items} in each of {forms}, so {needed} different items",
            least=least,
            items=items,
            forms=forms_in_words(case.blueprint),
            needed=int(cause.asked),
        )
    # why others of the form or of the criterion cannot be used
    same = [item for item in case.bank.items if row.is_length or (item.pc == key and key in case.pool.places)]
    unusable = why_not(case.bank, case.blueprint)
    why = [unusable[item.id] for item in same if item.id in unusable]
    usable = tell("the bank has {there} that can be used", there=there)
    if why:
        usable = tell(
            "the bank has {there} that can be used ({n} in all: {reasons})",
            there=there,
            n=len(same),
            reasons=joined(tell("{n} {reason}", n=why.count(one), reason=one) for one in dict.fromkeys(why)),
        )
    n = int(cause.asked) - there
    write = tell("add {n} more to the set", n=n) if row.field == "sets" else tell("write {n} more", n=n)
    highest = max(n for n in range(least) if different_items(n, task) <= there)
    words = {"asked": asked, "held": usable, "write": write, "highest": highest}
    said = tell("{asked}, but {held}. Please {write}.", **words)
    if highest:
        said = tell("{asked}, but {held}. Please {write}, or require {highest} in each form.", **words)
    return "bank-too-small", row.field, said


def _sums(case: Case, cause: Cause) -> Sentence:
    """Return the sentence on counts that add up to more, or to less, than the count that includes them
    all."""
    whole, *rows = (case.task.rows[part.number] for part in cause.parts)
    over, end = cause.kind == "over", "least" if cause.kind == "over" else "greatest"
    # the field shows that the criterion is required because it counts for passing
    names = [row.subject[1] if row.field == "pass.criteria" else row.name for row in rows]
    addends: list[str] = [
        joined([name, number(getattr(row, end))], " ") for name, row in zip(names, rows, strict=True)
    ]
    n = number(cause.there if over else cause.asked)
    all_items = tell("the {n} of {name}", n=n, name=quota_name(whole.name, whole.field))
    values = {
        "total": number(cause.asked if over else cause.there),
        "whole": tell("the {n} items of a form", n=n) if whole.is_length else all_items,
        "addends": joined([*addends[:MOST_NAMED], *["…"] * (len(rows) > MOST_NAMED)], " + "),
    }
    said = tell("the maximum counts add up to {total}, fewer than {whole} ({addends})", **values)
    if over:
        said = tell("the minimum counts add up to {total}, more than {whole} ({addends})", **values)
    if over and not cause.is_contradiction:
        said = tell("{said}; no usable item counts for two of these", said=said)
    elif not cause.is_contradiction:
        said = tell("{said}; every usable item counts for one of these", said=said)
    families = {row.field.partition(".")[0] for row in rows}
    field = rows[0].field if len({row.field for row in rows}) == 1 or len(families) > 1 else families.pop()
    field = field if over or whole.is_length else whole.field
    code = f"quotas-{cause.kind}-{'length' if whole.is_length else 'quota'}"
    return code if cause.is_contradiction else "quotas-clash", field, said


def _reach(case: Case, cause: Cause) -> Sentence:
    """Return the sentence on a quantity or a curve that even the best items do not reach, in the unit of the
    blueprint."""
    row, goal, field = row_of(case.task, cause.parts[0]), case.task.goal, field_of(case, cause.parts[0])
    code, what = (
        "quantity-out-of-reach",
        tell("information at θ = {at:g}", at=goal.points[cause.point] if goal else 0),
    )
    if row is None:
        code, asked, there = "information-out-of-reach", cause.asked, cause.there
    else:
        what = joined([quota_name(row.name, field)])
        asked, there = (_in_measure(row, value, case.blueprint) for value in (cause.asked, cause.there))
    values = {"what": what, "asked": number(asked), "there": number(there)}
    said = tell(
        "the blueprint requires {what} of at most {asked}, but the usable items give at least {there}",
        **values,
    )
    if there < asked:
        said = tell(
            "the blueprint requires {what} of at least {asked}, but the usable items give at most {there}",
            **values,
        )
    return code, field, said


# ── repairs ──────────────────────────────────────────────────────────────────────────────────

_NAMES: dict[str, Callable[[Any], Message]] = {
    "criteria": criterion_name,
    "cognitive": category_name,
    "unit_mix": unit_name,
    "level_mix": level_name,
    "status_mix": status_name,
}
_LABELS = {
    "items": tell("items in a form"),
    "forms": tell("number of forms"),
    "anchor.items": tell("items in the anchor"),
    "exposure.forms": tell("most forms that have the same item"),
    "exposure.administrations": tell(
        "administrations after which an item is not used (exposure.administrations)"
    ),
    "exclude_last": tell("last administrations whose items are not used (exclude_last)"),
    "judgement.min_items": tell("items on which a criterion is judged (judgement.min_items)"),
    "pilot.items": tell("pilot items of a form"),
    "statistics.information.within": tell("allowed difference of the information from its target, in %"),
    "statistics.facility.within": tell("allowed difference of the mean facility from its target"),
    "statistics.sem.max": tell("highest standard error"),
    "statistics.reliability.min": tell("lowest reliability"),
    "statistics.facility.spread": SPREAD,
    "overlap.min": tell("fewest items that two forms share"),
    "overlap.max": tell("most items that two forms share"),
}


def repair_sentence(blueprint: Blueprint, repair: Repair) -> Message:
    """Return a repair as a sentence with a line for each change."""
    lines = [_change(blueprint, change) for change in repair.changes]
    if repair.is_spread:
        lines = [tell("spread the items of a form over all criteria in proportion"), *lines]
    if repair.wanted:
        lines.append(
            tell("write {items}", items=items_to_write(repair.wanted, repair.near, repair.information))
        )
    return joined(lines, ";\n")


def _change(blueprint: Blueprint, change: FieldChange) -> Message:
    family, *keys = map(str, change.path)
    old, new = change.before, change.after
    if family == "statuses":
        more = joined(STATUS_WORDS[status] for status in new if status not in old)
        return tell("also use items of status {statuses}", statuses=more)
    if change.path == ("anchor", "mirror"):
        return tell("let the anchor have another mix than the form (mirror: false)")
    field = ".".join(map(str, change.path))
    if family == "overlap":
        [end] = [end for end in ("min", "max") if old[end] != new[end]]
        field, old, new = f"overlap.{end}", old[end], new[end]
    if family == "sets":
        what: Message | str = set_name(blueprint.sets[int(keys[0])].name)
        old, new = {keys[1]: old}, {keys[1]: new}
    elif family in _NAMES:
        key: Any = change.path[1]
        what = tell("each criterion") if key == "all" else _NAMES[family](key)
    elif family == "quantities":
        what = quota_name("", field)
    else:
        what = _LABELS[field]
    return tell("{what}: {new} instead of {old}", what=what, new=_value(new), old=_value(old))


def _value(value: float | Mapping[str, Any]) -> Message | str:
    return bounds(value.get("min"), value.get("max")) if isinstance(value, Mapping) else number(value)


# ── items to write ───────────────────────────────────────────────────────────────────────────


def items_to_write(
    lines: Sequence[Wanted], near: Sequence[tuple[str, float]] = (), curve: Sequence[tuple[float, float]] = ()
) -> Message:
    """Return the items to write in words, as in `5 items: 3 of E1.01, 2 of E1.02 (level 4)`, with their
    desired averages."""
    kinds: dict[str, list[Wanted]] = {}
    for line in lines:
        kinds.setdefault(_kind(line), []).append(line)
    parts = []
    for kind, same in kinds.items():
        counts = joined(tell("{of} {n}", of=line.pc or tell("pilot items"), n=line.n_items) for line in same)
        parts.append(tell("{of} ({kind})", of=counts, kind=kind) if kind else counts)
    about = [words for field, value in near if (words := _like(field, value)) is not None]
    if curve:
        points = joined(tell("{value} at θ = {at:g}", value=number(value), at=at) for at, value in curve)
        about.append(tell("mean information of about {points}", points=points))
    n = sum(line.n_items for line in lines)
    items = tell_n("{n} item: {lines}", "{n} items: {lines}", n, lines=joined(parts, "; "))
    if len(lines) == 1 and lines[0].pc:
        [kind] = kinds
        items = tell_n("{n} item of {pc}", "{n} items of {pc}", n, pc=lines[0].pc)
        items = tell("{of} ({kind})", of=items, kind=kind) if kind else items
    return tell("{write}, with {about}", write=items, about=joined(about)) if about else items


def _kind(line: Wanted) -> Message:
    """Return the requirements on items of a line, if they matter: `level 4, apply`."""
    kind: list[Message] = []
    if line.levels:
        kind.append(tell("level {levels}", levels=", ".join(map(str, line.levels))))
    if line.statuses and line.pc is not None:
        kind.append(tell("status {statuses}", statuses=either(STATUS_WORDS[one] for one in line.statuses)))
    rest = [one for one in COGNITIVE if one not in line.categories]
    if line.categories and len(rest) == 1:
        kind.append(tell("any category except {category}", category=CATEGORY_WORDS[rest[0]]))
    elif line.categories:
        kind.append(either(CATEGORY_WORDS[one] for one in line.categories))
    return joined(kind)


def _like(field: str, value: float) -> Message | None:
    """Return the mean that new items should have for a quantity, in words; None if a writer cannot influence
    it."""
    family, _, rest = field.partition(".")
    if family != "quantities" and field != "statistics.facility":
        return None
    quantity = QUANTITY_NAMES[rest.partition(".")[0]]
    return tell("a mean {quantity} of about {value}", quantity=quantity, value=number(value))

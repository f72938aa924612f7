"""Causes of infeasibility, changes of a blueprint, items to write → the sentences a coordinator reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import inf
from typing import Any, NamedTuple

from examgen.assembly.constraints import (
    ANCHOR_ITEMS,
    SPREAD,
    criterion_name,
    level_name,
    status_name,
    unit_name,
)
from examgen.assembly.infeasible.changes import QUOTAS, FieldChange
from examgen.assembly.infeasible.clashes import Cause
from examgen.assembly.infeasible.counting import CountingReason, greatest_count
from examgen.assembly.infeasible.parts import (
    ANCHOR,
    FORMS,
    GOAL,
    OVERLAP,
    SHARED,
    USES,
    TaskPart,
    counts_items,
    is_length,
    row_of,
)
from examgen.assembly.infeasible.writing import Wanted
from examgen.assembly.task import LinearConstraint, Task
from examgen.assembly.usable import Bank, Pool
from examgen.core.models.base import CATEGORY_WORDS, COGNITIVE, STATUS_WORDS
from examgen.core.models.blueprint import Blueprint
from examgen.core.words import Message, either, joined, noted, tell, tell_n


class InfeasibleCase(NamedTuple):
    """Bank, blueprint and task that the sentences explain, and why unusable items do not count."""

    bank: Bank
    pool: Pool
    blueprint: Blueprint
    task: Task
    unusable: Mapping[str, Message]


# ── numbers ──────────────────────────────────────────────────────────────────────────────────


def number(value: float) -> str:
    """A count, or a quantity in four digits."""
    if abs(value) == inf:
        return "∞"
    return str(int(value)) if value == int(value) else f"{value:.4g}"


def n_forms(n: int | None) -> Message:
    """A number of forms in words: `1 form`, `2 forms`."""
    return tell_n("{n} form", "{n} forms", n or 0)


def both(first: Message | None, then: Message) -> Message:
    """`a and b`, in Thai without a space before `b`; only `then` if `first` is None."""
    return then if first is None else tell("{first} and {then}", first=first, then=then)


_BOUNDS = {
    "equal": (noted("exactly {n}"), noted("exactly {value}")),
    "least": (noted("at least {n}"), noted("at least {value}")),
    "greatest": (noted("at most {n}"), noted("at most {value}")),
    "between": (noted("{n} to {most}"), noted("{low} to {high}")),
}


def bounds(least: float | str, greatest: float | str, items: bool = False) -> Message:
    """`exactly 5`, `at least 5`, `3 to 5` …; for items, the Thai has a classifier. A share (`"20%"`) stays as
    it is written."""
    low, high = (end if isinstance(end, str) else number(end) for end in (least, greatest))
    if least == greatest:
        kind, value = "equal", low
    elif greatest == inf:
        kind, value = "least", low
    elif least in (-inf, 0):
        kind, value = "greatest", high
    else:
        kind, value = "between", low
    return tell(_BOUNDS[kind][not items], n=value, value=value, most=high, low=low, high=high)


def _in_measure(row: LinearConstraint, value: float, blueprint: Blueprint) -> float:
    """A bound or sum of a row as the blueprint states it: a row has the sum over the form for a mean, the sum
    of squares for a spread, information for an error, and the tangent for a reliability."""
    rule = blueprint.statistics
    if row.field == "statistics.facility.spread":
        return inf if value == inf else max(0.0, value / blueprint.items) ** 0.5
    if row.field == "statistics.sem":
        return value**-0.5 if value > 0 else inf
    if row.field == "statistics.reliability" and rule and rule.reliability:
        # the reliability falls short by at least as much as the row
        return max(0.0, rule.reliability.min - (row.least - value))
    mean = row.field.startswith("quantities.") and row.field.endswith(".mean")
    return value / blueprint.items if mean or row.field == "statistics.facility" else value


def _row_bounds(case: InfeasibleCase, row: LinearConstraint) -> Message:
    """The bounds of a row as the blueprint states them; a count cannot exceed the form."""
    counted = counts_items(row)
    greatest = inf if counted and row.greatest >= case.blueprint.items > row.least else row.greatest
    if row.field in ("statistics.sem", "statistics.reliability"):
        return bounds(row.least, greatest)
    low, high = (_in_measure(row, end, case.blueprint) for end in (row.least, greatest))
    return bounds(low, high, counted)


# ── names of rows and parts ──────────────────────────────────────────────────────────────────

QUANTITIES = {
    "facility": tell("{facility}", facility="facility"),
    "reading_length": tell("reading length"),
    "time_s": tell("expected time in seconds"),
    "times_used": tell("number of times used"),
}


def named(name: str, field: str) -> str:
    """The name of a quota for a coordinator; a quantity is put into words."""
    if not field.startswith("quantities."):
        return name
    _, quantity, part = field.split(".")
    of = QUANTITIES[quantity]
    return tell("total {quantity}", quantity=of) if part == "sum" else tell("mean {quantity}", quantity=of)


_COUNTED = {
    "items": (noted("item"), "items"),
    "pilot": (noted("pilot item"), "pilot items"),
    "anchor": (noted("item in the anchor"), "items in the anchor"),
    "pass": (
        noted("item of {criterion}, which counts for passing (judgement.min_items)"),
        "items of {criterion}, which counts for passing (judgement.min_items)",
    ),
    "sets": (noted("item of the {set}"), "items of the {set}"),
    "cognitive": (noted("item of category {category}"), "items of category {category}"),
    "level_mix": (noted("item for level {level}"), "items for level {level}"),
    "status_mix": (noted("item of status {status}"), "items of status {status}"),
    "": (noted("item of {name}"), "items of {name}"),
}
"""The items that a row counts, by the family of its field or subject."""


def _counted(row: LinearConstraint, n: int = 2) -> Message:
    """Name the items that a row counts, in the plural if n is not 1: `items of E1.01`, `item`, `pilot
    items`."""
    family, key = row.subject
    in_anchor = row.field == "anchor" and bool(key)
    kind = "pass" if row.field == "pass.criteria" else family
    items = tell_n(
        *_COUNTED.get(kind, _COUNTED[""]),
        n,
        criterion=key,
        set=row.name,
        category=CATEGORY_WORDS.get(key, key),
        level=key,
        status=STATUS_WORDS.get(key, key),
        name=key if in_anchor else named(row.name, row.field),
    )
    return tell("{items} in the anchor", items=items) if in_anchor else items


def _forms(case: InfeasibleCase) -> Message:
    """`2 forms sharing no item`."""
    blueprint, counted = case.blueprint, n_forms(case.task.n_forms)
    most = blueprint.overlap.max
    if most is None:
        return counted
    forms = tell("{forms} without shared items", forms=counted)
    if most:
        forms = tell_n(
            "{forms} sharing at most {n} item", "{forms} sharing at most {n} items", most, forms=counted
        )
    return tell("{forms}, not counting the anchor", forms=forms) if blueprint.anchor else forms


_FIELDS = {
    FORMS: "forms",
    OVERLAP: "overlap",
    SHARED: "overlap",
    ANCHOR: "anchor",
    USES: "exposure.forms",
    GOAL: "statistics.information",
}


def field_of(case: InfeasibleCase, part: TaskPart) -> str:
    """The field of the blueprint from which a part comes."""
    if (row := row_of(case.task, part)) is not None:
        return row.field
    return case.task.groups[part.number].field if part.kind == "group" else _FIELDS[part]


def _part_name(case: InfeasibleCase, part: TaskPart) -> str | None:
    """A part with what it asks for; None when another part says it."""
    task, row = case.task, row_of(case.task, part)
    if row is not None and is_length(row):
        return tell_n("{n} item in a form", "{n} items in a form", case.blueprint.items)
    if row is not None and row.field == "enemies":
        return row.name
    if row is not None:
        return tell("{name} ({bounds})", name=named(row.name, row.field), bounds=_row_bounds(case, row))
    if part.kind == "group":
        return task.groups[part.number].name
    if part == FORMS:
        return _forms(case)
    if part == ANCHOR and task.anchor is not None:
        return tell_n("an anchor of {n} item", "an anchor of {n} items", task.anchor.size)
    if part == GOAL and task.goal is not None:
        within = number(100 * task.goal.within)
        if task.goal.kind == "relative":
            return tell("information of the requested shape within {within} %", within=within)
        return tell("information within {within} % of its target", within=within)
    if part == USES:
        return tell("an item in at most {forms}", forms=n_forms(task.most_uses))
    if part == SHARED:
        return tell("any two forms share at least {n}", n=task.shared_least)
    return None


MOST_LIKE = 3
"""How many groups, and how many enemies, are named one by one."""


def _parts_named(case: InfeasibleCase, parts: Sequence[TaskPart]) -> list[str]:
    """The names of the parts; if there are many groups or enemies, the rest is counted."""
    quotas: list[str] = []
    alike: dict[str, list[str]] = {"enemies": [], "group": []}
    for part in parts:
        kind = "group" if part.kind == "group" else field_of(case, part)
        if (text := _part_name(case, part)) is not None:
            alike.get(kind, quotas).append(text)
    for names in alike.values():
        if (more := len(names) - MOST_LIKE) > 0:
            names[MOST_LIKE:] = [tell("and {n} more like these", n=more)]
    return [*quotas, *alike["enemies"], *alike["group"]]


# ── causes ───────────────────────────────────────────────────────────────────────────────────

Sentence = tuple[str, str, Message]
"""A stable code, a field of the blueprint, and what is said."""


def sentence(case: InfeasibleCase, cause: Cause) -> Sentence:
    """A cause as a stable code, a field of the blueprint, and a sentence on the reason or the clash."""
    reason = cause.reason
    if reason is None:
        return _clash(case, cause)
    if reason.kind == "shortage":
        return _shortage(case, reason)
    if reason.kind == "parts-over-whole":
        return _over_whole(case, reason)
    if reason.kind == "parts-under-whole":
        return _under_whole(case, reason)
    if reason.kind == "no-such-count":
        row = _row(case, reason.parts[0])
        said = tell(
            "the blueprint requires {asked} {items}, but items that belong together "
            "({sets}) give {ends}. Require that number, or write single items.",
            asked=_row_bounds(case, row),
            items=_counted(row),
            sets=joined(_parts_named(case, reason.parts[1:])),
            ends=either(number(end) for end in (reason.there, reason.above) if abs(end) < inf),
        )
        return "count-impossible", row.field, said
    if reason.kind in ("out-of-reach", "curve-out-of-reach"):
        return _beyond(case, reason)
    code, field, text = _TOO_LONG[reason.kind if reason.there else f"{reason.kind}-none"]
    forms = n_forms(case.task.most_uses)
    return code, field, tell(text, asked=number(reason.asked), there=number(reason.there), forms=forms)


_NO_ROOM = noted("any two forms should share {asked} items, but a form has room for {there}")
_TOO_LONG = {
    "anchor-over-length": (
        "anchor-too-long",
        "anchor",
        noted("the anchor has {asked} items, but a form has only {there}"),
    ),
    "sharing-over-length": ("overlap-impossible", "overlap", _NO_ROOM),
    "sharing-over-length-none": ("overlap-impossible", "overlap", _NO_ROOM),
    "sharing-over-uses": (
        "overlap-impossible",
        "overlap",
        noted(
            "any two forms should share {asked} items, but an item may be in {forms}, so "
            "they can share only {there}"
        ),
    ),
    "sharing-over-uses-none": (
        "overlap-impossible",
        "overlap",
        noted(
            "any two forms should share {asked} items, but an item may be in {forms}, so they can share none"
        ),
    ),
}
"""Code, field and sentence of what a form has no room for, by the kind of reason."""


def _clash(case: InfeasibleCase, cause: Cause) -> Sentence:
    """Parts that cannot all be met, at the one that a coordinator looks at first: a quota, the goal, the
    rest, the length."""

    def rank(part: TaskPart) -> tuple[int, TaskPart]:
        row = row_of(case.task, part)
        if row is not None and row.elastic:
            return 0, part
        return (3 if is_length(row) or part == FORMS else 1 if part == GOAL else 2), part

    parts = joined(_parts_named(case, cause.parts), "; ")
    said = tell("these constraints cannot all be met: {parts}", parts=parts)
    if cause.smallest:
        said = tell(
            "these constraints cannot all be met: {parts}. Dropping any one of them resolves this conflict.",
            parts=parts,
        )
    first = min(cause.parts, key=rank)
    return "quotas-clash" if rank(first)[0] < 2 else "forms-impossible", field_of(case, first), said


def _row(case: InfeasibleCase, part: TaskPart) -> LinearConstraint:
    """The row that a reason is about; for the anchor, a row of its size."""
    if part == ANCHOR and case.task.anchor is not None:
        size = case.task.anchor.size
        return LinearConstraint(ANCHOR_ITEMS, "anchor", (), (), size, size, False, ("anchor", ""))
    row = row_of(case.task, part)
    assert row is not None
    return row


def _shortage(case: InfeasibleCase, reason: CountingReason) -> Sentence:
    row, task = _row(case, reason.parts[0]), case.task
    needed, there, least = int(reason.asked), int(reason.there), int(row.least)
    several = task.n_forms > 1 and row.field != "anchor"
    asked = tell("the blueprint requires {least} {items}", least=least, items=_counted(row, least))
    if several:
        asked = tell(
            "the blueprint requires {least} {items} in each of {forms}, so {needed} different items",
            least=least,
            items=_counted(row, least),
            forms=_forms(case),
            needed=needed,
        )
    n = needed - there
    if row.field == "sets":
        usable = tell("only {there} of the listed items can be used", there=there)
        write = tell("add {n} more to the set", n=n)
    else:
        usable, write = _usable(case, row, there), tell("write {n} more", n=n)
    highest = greatest_count(there, task) if several else there
    parts = {"asked": asked, "held": usable, "write": write, "highest": highest}
    if not highest:
        said = tell("{asked}, but {held}. Please {write}.", **parts)
    elif several:
        said = tell("{asked}, but {held}. Please {write}, or require {highest} in each form.", **parts)
    else:
        said = tell("{asked}, but {held}. Please {write}, or require {highest}.", **parts)
    return "bank-too-small", row.field, said


def _usable(case: InfeasibleCase, row: LinearConstraint, there: int) -> Message:
    """How many items can be used, and why others of the form or of the criterion cannot."""
    pc = row.subject[1]
    same = [item for item in case.bank.items if row.field == "items" or item.pc == pc]
    told = pc in case.pool.places or row.field == "items"
    why = [case.unusable[item.id] for item in same if told and item.id in case.unusable]
    if not why:
        return tell("the bank has {there} that can be used", there=there)
    return tell(
        "the bank has {there} that can be used ({n} in all: {reasons})",
        there=there,
        n=len(same),
        reasons=joined(tell("{n} {reason}", n=why.count(one), reason=one) for one in dict.fromkeys(why)),
    )


def _whole(case: InfeasibleCase, part: TaskPart, n: float) -> Message:
    """The whole whose parts do not add up to it."""
    row = _row(case, part)
    if part == ANCHOR:
        return tell("the {n} items of the anchor", n=int(row.least))
    if is_length(row):
        return tell("the {n} items of a form", n=number(n))
    return tell("the {n} of {name}", n=number(n), name=named(row.name, row.field))


MOST_ADDENDS = 8


def _addends(rows: Sequence[LinearConstraint], over: bool) -> Message:
    """`E1.01 5 + E1.02 6`: each with its least, or its greatest."""
    sums = []
    for row in rows[:MOST_ADDENDS]:
        # the field says why a criterion is asked that counts for passing
        name = row.subject[1] if row.field == "pass.criteria" else named(row.name, row.field)
        sums.append(joined([name, number(row.least if over else row.greatest)], " "))
    return joined(sums + ["…"] * (len(rows) > MOST_ADDENDS), " + ")


def _field_of_rows(rows: Sequence[LinearConstraint]) -> str:
    """The field that rows share (`criteria`, `cognitive`), or that of the first."""
    families = {row.field.partition(".")[0] for row in rows}
    one_field = len({row.field for row in rows}) == 1 or len(families) > 1
    return rows[0].field if one_field else families.pop()


def _over_whole(case: InfeasibleCase, reason: CountingReason) -> Sentence:
    """Parts whose least counts add up to more than a whole."""
    part, *others = reason.parts
    rows = [row for one in others if (row := row_of(case.task, one)) is not None]
    values = {
        "asked": number(reason.asked),
        "whole": _whole(case, part, reason.there),
        "addends": _addends(rows, over=True),
    }
    said = tell("the minimum counts add up to {asked}, more than {whole} ({addends})", **values)
    if len({row.field.partition(".")[0] for row in rows}) > 1:
        said = tell(
            "the minimum counts add up to {asked}, more than {whole} ({addends}); no usable item counts "
            "for two of these",
            **values,
        )
    code = "quotas-over-length" if part == ANCHOR or is_length(_row(case, part)) else "quotas-over-quota"
    return code, "anchor" if part == ANCHOR else _field_of_rows(rows), said


def _under_whole(case: InfeasibleCase, reason: CountingReason) -> Sentence:
    """Parts whose greatest counts add up to less than a whole: quotas, enemies, or what several forms leave
    of the bank."""
    part, *others = reason.parts
    whole, there = _whole(case, part, reason.asked), number(reason.there)
    rows = [row for one in others if (row := row_of(case.task, one)) is not None and row.elastic]
    length = part == ANCHOR or is_length(_row(case, part))
    field = "anchor" if part == ANCHOR else _row(case, part).field
    if rows and length and part != ANCHOR:
        field = _field_of_rows(rows)
    if len(rows) == len(others):
        said = tell(
            "the maximum counts add up to {there}, fewer than {whole} ({addends})",
            there=there,
            whole=whole,
            addends=_addends(rows, over=False),
        )
        return "quotas-under-length" if length else "quotas-under-quota", field, said
    said = tell(
        "each form can have at most {there}, but needs {whole} ({parts})",
        there=there,
        whole=whole,
        parts=joined(_parts_named(case, others)),
    )
    return "quotas-clash" if rows or not length else "forms-impossible", field, said


_BEYOND = {
    ("curve", True): noted(
        "the blueprint requires information of at least {asked} at θ = {at}, but "
        "the usable items give at most {there}"
    ),
    ("curve", False): noted(
        "the blueprint requires information of at most {asked} at θ = {at}, but "
        "the usable items give at least {there}"
    ),
    # a bound, not a form's reliability: a lower demand may be out of reach too
    ("reliability", True): noted(
        "the blueprint requires a reliability of at least {asked}, but the usable "
        "items cannot give more than {there}"
    ),
    ("quantity", True): noted(
        "the blueprint requires a {what} of at least {asked}, but the usable items give at most {there}"
    ),
    ("quantity", False): noted(
        "the blueprint requires a {what} of at most {asked}, but the usable items give at least {there}"
    ),
}
"""What not even the best items reach, and whether they come to too little."""


def _beyond(case: InfeasibleCase, reason: CountingReason) -> Sentence:
    """A quantity or a curve that not even the best items reach, in the blueprint's own measure."""
    asked, there, goal = reason.asked, reason.there, case.task.goal
    code, field, kind, values = "information-out-of-reach", "statistics.information", "curve", {}
    if reason.kind == "curve-out-of-reach" and goal is not None:
        values = {"at": number(goal.points[reason.point])}
    else:
        row = _row(case, reason.parts[0])
        asked, there = (_in_measure(row, value, case.blueprint) for value in (asked, there))
        code, field, values = "quantity-out-of-reach", row.field, {"what": named(row.name, row.field)}
        kind = "reliability" if row.field == "statistics.reliability" else "quantity"
    text = _BEYOND[kind, kind == "reliability" or there < asked]
    return code, field, tell(text, asked=number(asked), there=number(there), **values)


# ── changes ──────────────────────────────────────────────────────────────────────────────────

_PLAIN: dict[str, tuple[str, str] | str] = {
    "items": (
        noted("make each form {after} item long instead of {before}"),
        "make each form {after} items long instead of {before}",
    ),
    "forms": (noted("build {after} form instead of {before}"), "build {after} forms instead of {before}"),
    "anchor.items": (
        noted("make the anchor {after} item instead of {before}"),
        "make the anchor {after} items instead of {before}",
    ),
    "anchor.mirror": noted("let the anchor have another mix than the form (mirror: false)"),
    "exposure.forms": (
        noted("let an item be in up to {after} form instead of {before}"),
        "let an item be in up to {after} forms instead of {before}",
    ),
    "exposure.administrations": noted(
        "raise exposure.administrations from {before} to {after}, so that items of earlier exams may "
        "come again"
    ),
    "exclude_last": (
        noted("exclude the items of the last {after} administration instead of {before}"),
        "exclude the items of the last {after} administrations instead of {before}",
    ),
    "exclude_last.all": noted("also use items from the last administrations"),
    "judgement.min_items": (
        noted("judge a criterion on {after} item instead of {before} (judgement.min_items)"),
        "judge a criterion on {after} items instead of {before} (judgement.min_items)",
    ),
    "pilot.items": (
        noted("use {after} pilot item instead of {before}"),
        "ask for {after} pilot items instead of {before}",
    ),
    "sets.min": noted("use at least {after} of the set “{name}” instead of {before}"),
    "sets.max": noted("use at most {after} of the set “{name}” instead of {before}"),
    "statistics.information.within": noted(
        "let the information differ from the target by up to {after} % instead of {before} %"
    ),
    "statistics.facility.within": noted(
        "let the mean facility be within {after} of its target instead of {before}"
    ),
    "statistics.sem.max": noted("allow a standard error of up to {after} instead of {before}"),
    "statistics.reliability.min": noted("require a reliability of at least {after} instead of {before}"),
}
"""How to change a field, in English also for numbers other than one."""

_QUOTA_NAMES: dict[str, Callable[[Any], Message]] = {
    "criteria": criterion_name,
    "cognitive": lambda category: tell("category {category}", category=CATEGORY_WORDS[category]),
    "unit_mix": unit_name,
    "level_mix": level_name,
    "status_mix": status_name,
}

Near = Sequence[tuple[str, float]]
Curve = Sequence[tuple[float, float]]


def repair_sentence(
    blueprint: Blueprint,
    changes: Sequence[FieldChange],
    wanted: Sequence[Wanted] = (),
    near: Near = (),
    curve: Curve = (),
) -> Message:
    """A repair, a line for each change; `near` and `curve` say what the new items should be like."""
    lines = [_change(blueprint, change) for change in changes]
    if wanted:
        lines.append(_writing(wanted, near, curve))
    return reduce(lambda first, then: tell("{first};\n{then}", first=first, then=then), lines)


def _change(blueprint: Blueprint, change: FieldChange) -> Message:
    family, old, new = str(change.path[0]), change.before, change.after
    if family in QUOTAS:
        return tell(
            "use {new} of {of} instead of {old}",
            new=quota_bounds(new),
            of=_quota_of(change),
            old=quota_bounds(old),
        )
    if family == "quantities" or change.field == "statistics.facility.spread":
        was, is_ = (bounds(ends.get("min", -inf), ends.get("max", inf)) for ends in (old, new))
        name = named(SPREAD, change.field)
        return tell("let the {of} be {new} instead of {old}", of=name, new=is_, old=was)
    if family == "overlap":
        return _overlap(old, new)
    if family == "statuses":
        more = joined(STATUS_WORDS[status] for status in new if status not in old)
        return tell("also use items of status {statuses}", statuses=more)
    field, name = change.field, ""
    if family == "sets":
        field, name = f"sets.{change.path[2]}", blueprint.sets[int(change.path[1])].name
    if field == "exclude_last" and new == 0:
        field = "exclude_last.all"
    text = _PLAIN[field]
    one, several = (text, text) if isinstance(text, str) else text
    return tell_n(one, several, int(new), after=number(new), before=number(old), name=name)


def _overlap(old: Mapping[str, Any], new: Mapping[str, Any]) -> Message:
    """What two forms may share, what they need not share any more, or both."""
    wider: Message | None = None
    if new["max"] != old["max"]:
        instead_of_none = (
            noted("let any two forms share up to {n} item instead of none"),
            "let any two forms share up to {n} items instead of none",
        )
        instead = (
            noted("let any two forms share up to {n} item instead of {before}"),
            "let any two forms share up to {n} items instead of {before}",
        )
        wider = tell_n(*(instead if old["max"] else instead_of_none), new["max"], before=old["max"])
    if new["min"] == old["min"] and wider is not None:
        return wider
    less = tell("do not require forms to share items")
    if new["min"]:
        less = tell(
            "require any two forms to share at least {after} instead of {before}",
            after=new["min"],
            before=old["min"],
        )
    return both(wider, less)


def spread_sentence(blueprint: Blueprint, changes: Sequence[FieldChange]) -> Message:
    """All criteria moved in proportion to the length of a form, in one sentence."""
    return tell_n(
        "spread the {n} item of a form over all criteria in proportion: {changes}",
        "spread the {n} items of a form over all criteria in proportion: {changes}",
        blueprint.items,
        changes=joined(
            tell("{of}: {new}", of=_quota_of(change), new=quota_bounds(change.after)) for change in changes
        ),
    )


def _quota_of(change: FieldChange) -> Message:
    key: Any = change.path[1]
    return tell("each criterion") if key == "all" else _QUOTA_NAMES[str(change.path[0])](key)


def quota_bounds(quota: Mapping[str, int | str]) -> Message:
    """How many items a quota asks, in words."""
    low, high = quota.get("min", 0), quota.get("max", inf)
    if not low and high == inf:
        return tell("any number")
    return bounds(low, high, items=not isinstance(low, str) and not isinstance(high, str))


# ── items to be written ──────────────────────────────────────────────────────────────────────


def _writing(wanted: Sequence[Wanted], near: Near, curve: Curve) -> Message:
    """`write 5 items at level 4: 3 of E1.01, 2 of E1.02`, and what they should be like on average."""
    kinds: dict[tuple[object, ...], list[Wanted]] = {}
    for one in wanted:
        kinds.setdefault((one.pc is None, one.levels, one.categories, one.statuses), []).append(one)
    between = "; " if len(kinds) < len(wanted) else ", "
    said = tell("write {items}", items=joined(map(_of_kind, kinds.values()), between))
    about = [text for field, value in near if (text := like(field, value)) is not None]
    if curve:
        points = joined(tell("{value} at θ = {at:g}", value=number(value), at=at) for at, value in curve)
        about.append(tell("mean information of about {points}", points=points))
    return with_about(said, about)


def _of_kind(same: Sequence[Wanted]) -> Message:
    """`3 items of E1.01 at level 4 of status operational (apply)`: lines that differ in their criterion."""
    one, n = same[0], sum(line.n_items for line in same)
    traits = []
    if one.levels:
        traits.append(tell(" at level {levels}", levels=", ".join(str(level) for level in one.levels)))
    if one.statuses and one.statuses != ("pilot",):
        traits.append(tell(" of status {statuses}", statuses=either(STATUS_WORDS[s] for s in one.statuses)))
    if one.categories:
        traits.append(tell(" ({categories})", categories=categories(one.categories)))
    kind = joined(traits, "")
    if one.pc is None:
        return tell_n("{n} pilot item{kind}", "{n} pilot items{kind}", n, kind=kind)
    if len(same) == 1:
        return tell_n("{n} item of {pc}{kind}", "{n} items of {pc}{kind}", n, pc=one.pc, kind=kind)
    if len({line.n_items for line in same}) == 1:
        pcs = ", ".join(str(line.pc) for line in same)
        return tell_n(
            "{n} item{kind} ({each} each of {pcs})",
            "{n} items{kind} ({each} each of {pcs})",
            n,
            kind=kind,
            each=one.n_items,
            pcs=pcs,
        )
    by = joined(tell("{items} of {pc}", items=line.n_items, pc=line.pc) for line in same)
    return tell_n("{n} item{kind} ({by})", "{n} items{kind} ({by})", n, kind=kind, by=by)


def with_about(said: Message, about: Sequence[Message]) -> Message:
    """What to write, with what the items should be like."""
    return tell("{write}, with {about}", write=said, about=reduce(both, about)) if about else said


def like(field: str, value: float) -> Message | None:
    """The mean that new items should have in a quantity; None if a writer cannot influence it."""
    family, _, rest = field.partition(".")
    if family != "quantities" and field != "statistics.facility":
        return None
    quantity = QUANTITIES[rest.partition(".")[0]]
    return tell("a mean {quantity} of about {value}", quantity=quantity, value=number(value))


def categories(names: Sequence[str]) -> Message:
    """The categories that an item may have, in words."""
    left = [one for one in COGNITIVE if one not in names]
    if len(left) == 1:
        return tell("any category except {category}", category=CATEGORY_WORDS[left[0]])
    return either(CATEGORY_WORDS[one] for one in names)

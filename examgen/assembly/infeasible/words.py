"""Causes of infeasibility, changes of a blueprint, items to write → the sentences a coordinator reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import inf
from typing import Any, NamedTuple

from examgen.assembly.capacity.supplies import Wanted
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
    return str(int(value)) if value == int(value) else f"{value:.4g}"


def n_forms(n: int | None) -> Message:
    """A number of forms in words: `1 form`, `2 forms`."""
    return tell_n("{n} form", "{n} forms", n or 0)


def both(first: Message | None, then: Message) -> Message:
    """`a and b`, in Thai without a space before `b`; only `then` if `first` is None."""
    return then if first is None else tell("{first} and {then}", first=first, then=then)


def bounds(least: float, greatest: float, items: bool = False) -> Message:
    """`exactly 5`, `at least 5`, `3 to 5` …; for items, the Thai has a classifier."""
    low, high = number(least) if least > -inf else "", number(greatest) if greatest < inf else ""
    if least == greatest:
        return tell("exactly {n}", n=low) if items else tell("exactly {value}", value=low)
    if greatest == inf:
        return tell("at least {n}", n=low) if items else tell("at least {value}", value=low)
    if least in (-inf, 0):
        return tell("at most {n}", n=high) if items else tell("at most {value}", value=high)
    if items:
        return tell("{n} to {most}", n=low, most=high)
    return tell("{low} to {high}", low=low, high=high)


def _in_measure(row: LinearConstraint, value: float, blueprint: Blueprint) -> float:
    """A bound or sum of a row as the blueprint states it: a row has the sum over the form for a mean, and the
    sum of squares for a spread."""
    if row.field == "statistics.facility.spread":
        return inf if value == inf else max(0.0, value / blueprint.items) ** 0.5
    mean = row.field.startswith("quantities.") and row.field.endswith(".mean")
    return value / blueprint.items if mean or row.field == "statistics.facility" else value


def _row_bounds(case: InfeasibleCase, row: LinearConstraint) -> Message:
    """The bounds of a row as the blueprint states them; a count cannot exceed the form."""
    counted = counts_items(row)
    greatest = inf if counted and row.greatest >= case.blueprint.items > row.least else row.greatest
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


def _counted(row: LinearConstraint, n: int = 2) -> Message:
    """Name the items that a row counts, in the plural if n is not 1: `items of E1.01`, `item`, `pilot
    items`."""
    if row.field == "anchor" and row.subject == ("anchor", ""):
        return tell_n("item in the anchor", "items in the anchor", n)
    family, key = row.subject
    if row.field == "items":
        return tell_n("item", "items", n)
    if row.field == "pilot":
        return tell_n("pilot item", "pilot items", n)
    if row.field == "pass.criteria":
        return tell_n(
            "item of {criterion}, which counts for passing (judgement.min_items)",
            "items of {criterion}, which counts for passing (judgement.min_items)",
            n,
            criterion=key,
        )
    if family == "sets":
        return tell_n("item of the {set}", "items of the {set}", n, set=row.name)
    if family == "cognitive":
        said = tell_n(
            "item of category {category}", "items of category {category}", n, category=CATEGORY_WORDS[key]
        )
    elif family == "level_mix":
        said = tell_n("item for level {level}", "items for level {level}", n, level=key)
    elif family == "status_mix":
        said = tell_n("item of status {status}", "items of status {status}", n, status=STATUS_WORDS[key])
    else:
        name = named(row.name, row.field) if row.field != "anchor" else key
        said = tell_n("item of {name}", "items of {name}", n, name=name)
    return tell("{items} in the anchor", items=said) if row.field == "anchor" else said


def _forms(case: InfeasibleCase) -> Message:
    """`2 forms sharing no item`."""
    blueprint, counted = case.blueprint, n_forms(case.task.n_forms)
    most = blueprint.overlap.max
    if most is None:
        return counted
    said = tell("{forms} without shared items", forms=counted)
    if most:
        said = tell_n(
            "{forms} sharing at most {n} item", "{forms} sharing at most {n} items", most, forms=counted
        )
    return tell("{forms}, not counting the anchor", forms=said) if blueprint.anchor else said


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
    named_parts: dict[str, list[str]] = {"quota": [], "enemies": [], "group": []}
    for part in parts:
        row, text = row_of(case.task, part), _part_name(case, part)
        sort = "enemies" if row is not None and row.field == "enemies" else "quota"
        if text is not None:
            named_parts["group" if part.kind == "group" else sort].append(text)
    for sort in ("enemies", "group"):
        if (more := len(named_parts[sort]) - MOST_LIKE) > 0:
            named_parts[sort][MOST_LIKE:] = [tell("and {n} more like these", n=more)]
    return [text for texts in named_parts.values() for text in texts]


def field_of(case: InfeasibleCase, part: TaskPart) -> str:
    """The field of the blueprint from which a part comes."""
    if (row := row_of(case.task, part)) is not None:
        return row.field
    if part.kind == "group":
        return case.task.groups[part.number].field
    fields = {
        FORMS: "forms",
        OVERLAP: "overlap",
        SHARED: "overlap",
        ANCHOR: "anchor",
        USES: "exposure.forms",
    }
    return fields.get(part, "statistics.information")


# ── causes ───────────────────────────────────────────────────────────────────────────────────


def sentence(case: InfeasibleCase, cause: Cause) -> tuple[str, str, Message]:
    """A cause as a stable code, a field of the blueprint, and a sentence on the reason or the clash."""
    reason = cause.reason
    if reason is None:

        def rank(part: TaskPart) -> tuple[int, TaskPart]:
            """The order in which a coordinator looks at parts: quotas, the goal, the rest, the length."""
            row = row_of(case.task, part)
            if row is not None and row.elastic:
                return 0, part
            return (3 if is_length(row) or part == FORMS else 1 if part == GOAL else 2), part

        parts = joined(_parts_named(case, cause.parts), "; ")
        said = tell("these constraints cannot all be met: {parts}", parts=parts)
        if cause.smallest:
            said = tell(
                "these constraints cannot all be met: {parts}. Dropping any one of them "
                "resolves this conflict.",
                parts=parts,
            )
        subject = min(cause.parts, key=rank)
        asked = rank(subject)[0] < 2
        return "quotas-clash" if asked else "forms-impossible", field_of(case, subject), said
    if reason.kind == "shortage":
        return _shortage(case, reason)
    if reason.kind in ("parts-over-whole", "parts-under-whole"):
        return _of_whole(case, reason)
    if reason.kind == "no-such-count":
        return _no_such_count(case, reason)
    if reason.kind in ("out-of-reach", "curve-out-of-reach"):
        return _beyond(case, reason)
    values = {"asked": number(reason.asked), "there": number(reason.there)}
    if reason.kind == "anchor-over-length":
        said = tell("the anchor has {asked} items, but a form has only {there}", **values)
        return "anchor-too-long", "anchor", said
    if reason.kind == "sharing-over-length":
        said = tell("any two forms should share {asked} items, but a form has room for {there}", **values)
    elif reason.there:
        said = tell(
            "any two forms should share {asked} items, but an item may be in {forms}, so "
            "they can share only {there}",
            forms=n_forms(case.task.most_uses),
            **values,
        )
    else:
        said = tell(
            "any two forms should share {asked} items, but an item may be in {forms}, so they can share none",
            forms=n_forms(case.task.most_uses),
            **values,
        )
    return "overlap-impossible", "overlap", said


def _row(case: InfeasibleCase, part: TaskPart) -> LinearConstraint:
    """The row that a reason is about; for the anchor, a row of its size."""
    if part == ANCHOR and case.task.anchor is not None:
        size = case.task.anchor.size
        return LinearConstraint(ANCHOR_ITEMS, "anchor", (), (), size, size, False, ("anchor", ""))
    row = row_of(case.task, part)
    assert row is not None
    return row


_ASKED = {
    ("one", "quota"): noted("the blueprint requires {least} {items}"),
    ("several", "quota"): noted(
        "the blueprint requires {least} {items} in each of {forms}, so {needed} different items"
    ),
    ("one", "all"): noted("{criterion}: the blueprint requires {least} {items}"),
    ("several", "all"): noted(
        "{criterion}: the blueprint requires {least} {items} in each of {forms}, so {needed} different items"
    ),
}
"""What a quota asks for: one that names its items, or one for all criteria."""


def _shortage(case: InfeasibleCase, reason: CountingReason) -> tuple[str, str, Message]:
    row, task = _row(case, reason.parts[0]), case.task
    needed, there, least = int(reason.asked), int(reason.there), int(row.least)
    several = task.n_forms > 1 and row.field != "anchor"
    for_all = row.field == "criteria.all"
    of = "several" if several else "one"
    asked = tell(
        _ASKED[of, "all" if for_all else "quota"],
        criterion=row.name,
        least=least,
        items=tell_n("item", "items", least) if for_all else _counted(row, least),
        forms=_forms(case),
        needed=needed,
    )
    # `12`, `2 for other levels`, where the bank holds items for the row that are of no use.
    pc = row.subject[1]
    same = [item for item in case.bank.items if row.field == "items" or item.pc == pc]
    told = pc in case.pool.places or row.field == "items"
    why = [case.unusable[item.id] for item in same if item.id in case.unusable] if told else []
    n = needed - there
    if row.field == "sets":
        held, write = (
            tell("only {there} of the listed items can be used", there=there),
            tell("add {n} more to the set", n=n),
        )
    else:
        held, write = tell("the bank has {there} that can be used", there=there), tell("write {n} more", n=n)
        if why:
            counts = (tell("{n} {reason}", n=why.count(one), reason=one) for one in dict.fromkeys(why))
            held = tell(
                "the bank has {there} that can be used ({n} in all: {reasons})",
                there=there,
                n=len(same),
                reasons=joined(counts),
            )
    highest = greatest_count(there, task) if several else there
    parts = {"asked": asked, "held": held, "write": write, "highest": highest}
    if not highest:
        said = tell("{asked}, but {held}. Please {write}.", **parts)
    elif several:
        said = tell("{asked}, but {held}. Please {write}, or require {highest} in each form.", **parts)
    else:
        said = tell("{asked}, but {held}. Please {write}, or require {highest}.", **parts)
    return "bank-too-small", row.field, said


def _of_whole(case: InfeasibleCase, reason: CountingReason) -> tuple[str, str, Message]:
    """Parts that add up to more than a whole, or to less."""
    over = reason.kind == "parts-over-whole"
    part, *others = reason.parts
    own, rows = _row(case, part), [row for one in others if (row := row_of(case.task, one)) is not None]
    soft = rows if over else [row for row in rows if row.elastic]
    length = part == ANCHOR or is_length(own)
    n = number(reason.there if over else reason.asked)
    if part == ANCHOR:
        whole = tell("the {n} items of the anchor", n=int(own.least))
    elif length:
        whole = tell("the {n} items of a form", n=n)
    else:
        whole = tell("the {n} of {name}", n=n, name=named(own.name, own.field))
    # the field that the parts share (`criteria`, `cognitive`), or that of the first
    families = dict.fromkeys(row.field.partition(".")[0] for row in soft)
    if part == ANCHOR:
        field = "anchor"
    elif not soft or not (over or length):
        field = own.field
    else:
        one_field = len({row.field for row in soft}) == 1 or len(families) > 1
        field = soft[0].field if one_field else next(iter(families))
    sums = []
    for row in rows[:8]:
        # the field says why a criterion is asked that counts for passing
        name = row.subject[1] if row.field == "pass.criteria" else named(row.name, row.field)
        sums.append(joined([name, number(row.least if over else row.greatest)], " "))
    addends = joined(sums + (["…"] if len(rows) > 8 else []), " + ")
    if over:
        values = {"asked": number(reason.asked), "whole": whole, "addends": addends}
        said = tell("the minimum counts add up to {asked}, more than {whole} ({addends})", **values)
        if len(families) > 1:
            said = tell(
                "the minimum counts add up to {asked}, more than {whole} ({addends}); no usable item counts "
                "for two of these",
                **values,
            )
        return "quotas-over-length" if length else "quotas-over-quota", field, said
    there = number(reason.there)
    if len(soft) < len(others):  # enemies, or what several forms leave of the bank
        said = tell(
            "each form can have at most {there}, but needs {whole} ({parts})",
            there=there,
            whole=whole,
            parts=joined(_parts_named(case, others)),
        )
    else:
        said = tell(
            "the maximum counts add up to {there}, fewer than {whole} ({addends})",
            there=there,
            whole=whole,
            addends=addends,
        )
    if len(soft) < len(others):
        return "quotas-clash" if soft or not length else "forms-impossible", field, said
    return "quotas-under-length" if length else "quotas-under-quota", field, said


def _no_such_count(case: InfeasibleCase, reason: CountingReason) -> tuple[str, str, Message]:
    row = _row(case, reason.parts[0])
    values = {
        "criterion": row.name,
        "asked": _row_bounds(case, row),
        "sets": joined(_parts_named(case, reason.parts[1:])),
        "ends": either(number(end) for end in (reason.there, reason.above) if abs(end) < inf),
    }
    if row.field == "criteria.all":
        said = tell(
            "{criterion}: the blueprint requires {asked} items, but items that belong "
            "together ({sets}) give {ends}. Require that number, or write single items.",
            **values,
        )
    else:
        said = tell(
            "the blueprint requires {asked} {items}, but items that belong together "
            "({sets}) give {ends}. Require that number, or write single items.",
            items=_counted(row),
            **values,
        )
    return "count-impossible", row.field, said


def _beyond(case: InfeasibleCase, reason: CountingReason) -> tuple[str, str, Message]:
    """A quantity or a curve that not even the best items reach, in the blueprint's own measure."""
    asked, there = reason.asked, reason.there
    low = there < asked
    if reason.kind == "curve-out-of-reach":
        goal = case.task.goal
        assert goal is not None
        values = {"at": number(goal.points[reason.point]), "asked": number(asked), "there": number(there)}
        if low:
            said = tell(
                "the blueprint requires information of at least {asked} at θ = {at}, but "
                "the usable items give at most {there}",
                **values,
            )
        else:
            said = tell(
                "the blueprint requires information of at most {asked} at θ = {at}, but "
                "the usable items give at least {there}",
                **values,
            )
        return "information-out-of-reach", "statistics.information", said
    row, rule = _row(case, reason.parts[0]), case.blueprint.statistics
    if row.field == "statistics.sem":
        low, asked, there = False, asked**-0.5, there**-0.5 if there > 0 else inf
    elif row.field == "statistics.reliability" and rule and rule.reliability:
        # the row is a tangent: the reliability falls short by at least as much as the row
        low, least = True, rule.reliability.min
        asked, there = least, max(0.0, least - (asked - there))
    else:
        asked, there = (_in_measure(row, value, case.blueprint) for value in (asked, there))
    values = {
        "what": named(row.name, row.field),
        "asked": number(asked),
        "there": "∞" if there == inf else number(there),
    }
    if row.field == "statistics.reliability":
        # a bound, not a form's reliability: a lower demand may be out of reach too
        said = tell(
            "the blueprint requires a reliability of at least {asked}, but the usable "
            "items cannot give more than {there}",
            **values,
        )
    elif low:
        said = tell(
            "the blueprint requires a {what} of at least {asked}, but the usable items give at most {there}",
            **values,
        )
    else:
        said = tell(
            "the blueprint requires a {what} of at most {asked}, but the usable items give at least {there}",
            **values,
        )
    return "quantity-out-of-reach", row.field, said


# ── changes ──────────────────────────────────────────────────────────────────────────────────

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
    "exposure.administrations": (
        noted(
            "raise exposure.administrations from {before} to {after}, so that items of earlier exams may "
            "come again"
        ),
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
        noted("use {after} pilot item instead of {before}"),
        "ask for {after} pilot items instead of {before}",
    ),
    "statistics.information.within": (
        noted("let the information differ from the target by up to {after} % instead of {before} %"),
        None,
    ),
    "statistics.facility.within": (
        noted("let the mean facility be within {after} of its target instead of {before}"),
        None,
    ),
    "statistics.sem.max": (noted("allow a standard error of up to {after} instead of {before}"), None),
    "statistics.reliability.min": (
        noted("require a reliability of at least {after} instead of {before}"),
        None,
    ),
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
    said = [_change(blueprint, change) for change in changes]
    if wanted:
        said.append(_writing(wanted, near, curve))
    return reduce(lambda first, then: tell("{first};\n{then}", first=first, then=then), said)


def _change(blueprint: Blueprint, change: FieldChange) -> Message:
    family, old, new = str(change.path[0]), change.before, change.after
    if family in QUOTAS:
        was, is_ = quota_bounds(old), quota_bounds(new)
        return tell("use {new} of {of} instead of {old}", new=is_, of=_quota_of(change), old=was)
    if family == "quantities" or change.field == "statistics.facility.spread":
        was, is_ = (bounds(ends.get("min", -inf), ends.get("max", inf)) for ends in (old, new))
        name = named(SPREAD, change.field)
        return tell("let the {of} be {new} instead of {old}", of=name, new=is_, old=was)
    if family == "sets":
        values = {"name": blueprint.sets[int(change.path[1])].name, "after": new, "before": old}
        if change.path[2] == "min":
            return tell("use at least {after} of the set “{name}” instead of {before}", **values)
        return tell("use at most {after} of the set “{name}” instead of {before}", **values)
    if family == "overlap":
        said: Message | None = None
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
                "require any two forms to share at least {after} instead of {before}",
                after=new["min"],
                before=old["min"],
            )
            said = both(said, less if new["min"] else tell("do not require forms to share items"))
        assert said is not None
        return said
    if family == "statuses":
        more = [STATUS_WORDS[status] for status in new if status not in old]
        return tell("also use items of status {statuses}", statuses=joined(more))
    if change.field == "exclude_last" and new == 0:
        return tell("also use items from the last administrations")
    before, after = (
        number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
        for value in (old, new)
    )
    if change.field not in _PLAIN:
        return tell(
            "set {field} to {after} instead of {before}", field=change.field, after=after, before=before
        )
    one, many = _PLAIN[change.field]
    return tell_n(one, many or one, 1 if after == "1" else 2, after=after, before=before)


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
    if isinstance(low, int) and isinstance(high, int | float):
        return bounds(low, high, items=True) if low or high < inf else tell("any number")
    if "max" not in quota:
        return tell("at least {value}", value=low)
    if "min" not in quota:
        return tell("at most {value}", value=high)
    return tell("{low} to {high}", low=low, high=high)


# ── items to be written ──────────────────────────────────────────────────────────────────────


def _writing(wanted: Sequence[Wanted], near: Near, curve: Curve) -> Message:
    """`write 5 items at level 4: 3 of E1.01, 2 of E1.02`, and what they should be like on average."""
    kinds: dict[tuple[object, ...], list[Wanted]] = {}
    for one in wanted:
        kinds.setdefault((one.pc is None, one.levels, one.categories, one.statuses), []).append(one)
    lines: list[Message] = []
    for same in kinds.values():
        one, n = same[0], sum(line.n_items for line in same)
        # ` at level 4 of status operational (apply)`.
        like_this = []
        if one.levels:
            like_this.append(tell(" at level {levels}", levels=", ".join(str(level) for level in one.levels)))
        if one.statuses and one.statuses != ("pilot",):
            statuses = either(STATUS_WORDS[status] for status in one.statuses)
            like_this.append(tell(" of status {statuses}", statuses=statuses))
        if one.categories:
            like_this.append(tell(" ({categories})", categories=categories(one.categories)))
        kind = joined(like_this, "")
        if one.pc is None:
            lines.append(tell_n("{n} pilot item{kind}", "{n} pilot items{kind}", n, kind=kind))
        elif len(same) == 1:
            lines.append(tell_n("{n} item of {pc}{kind}", "{n} items of {pc}{kind}", n, pc=one.pc, kind=kind))
        elif len({line.n_items for line in same}) == 1:
            lines.append(
                tell_n(
                    "{n} item{kind} ({each} each of {pcs})",
                    "{n} items{kind} ({each} each of {pcs})",
                    n,
                    kind=kind,
                    each=one.n_items,
                    pcs=", ".join(str(line.pc) for line in same),
                )
            )
        else:
            by = joined(tell("{items} of {pc}", items=line.n_items, pc=line.pc) for line in same)
            lines.append(tell_n("{n} item{kind} ({by})", "{n} items{kind} ({by})", n, kind=kind, by=by))
    between = "; " if any(len(same) > 1 for same in kinds.values()) else ", "
    said = tell("write {items}", items=joined(lines, between))
    about_each = [text for field, value in near if (text := like(field, value)) is not None]
    if curve:
        points = joined(tell("{value} at θ = {at:g}", value=number(value), at=at) for at, value in curve)
        about_each.append(tell("mean information of about {points}", points=points))
    return tell("{write}, with {about}", write=said, about=reduce(both, about_each)) if about_each else said


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

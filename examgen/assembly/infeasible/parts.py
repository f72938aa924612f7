"""A task → its constraints as parts that can be named, dropped and relaxed one by one.

Takes a `Task`; returns tasks without some of the parts, which is what a deletion filter needs.

Parts of a task → what a coordinator calls them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import inf
from typing import Literal, NamedTuple

from examgen.assembly.constraints import ANCHOR_ITEMS
from examgen.assembly.task import LinearConstraint, Task
from examgen.core.models.base import CATEGORY_WORDS, STATUS_WORDS
from examgen.core.models.blueprint import Blueprint
from examgen.core.words import Message, tell, tell_n

PartKind = Literal[
    "row",
    "group",
    "anchor",
    "anchor-row",
    "forms",
    "overlap-greatest",
    "overlap-least",
    "most-uses",
    "goal",
]

INF = float("inf")


class Part(NamedTuple):
    """One constraint of a task; `number` is the position of a row or group, 0 where there is but one."""

    kind: PartKind
    number: int = 0


FORMS = Part("forms")
"""That there is more than one form: dropped, the forms may be alike, so that one will do."""
ANCHOR = Part("anchor")
GOAL = Part("goal")
OVERLAP = Part("overlap-greatest")
SHARED = Part("overlap-least")
USES = Part("most-uses")


def all_parts(task: Task) -> tuple[Part, ...]:
    """Every part that asks something, in the order of the task."""
    parts = [Part("row", n) for n, row in enumerate(task.rows) if binds(row)]
    parts += [Part("group", n) for n in range(len(task.groups))]
    if task.anchor is not None:
        parts += [ANCHOR, *(Part("anchor-row", n) for n in range(len(task.anchor.rows)))]
    if task.goal is not None:
        parts.append(GOAL)
    if task.n_forms > 1:
        # What is asked of several forms together.
        together = [FORMS]
        if limits_sharing(task):
            together.append(OVERLAP)
        if task.shared_least > 0:
            together.append(SHARED)
        if task.most_uses is not None and task.most_uses < task.n_forms:
            together.append(USES)
        parts += together
    return tuple(parts)


def binds(row: LinearConstraint) -> bool:
    """Whether a row asks anything of the items at all."""
    return row.least > -INF or row.greatest < INF


def row_of(task: Task, part: Part) -> LinearConstraint | None:
    """The row that a part is, if it is one."""
    if part.kind == "row":
        return task.rows[part.number]
    if part.kind == "anchor-row" and task.anchor is not None:
        return task.anchor.rows[part.number]
    return None


def elastic(task: Task, part: Part) -> bool:
    """Whether the part is a quota that a coordinator may relax, not a rule of the trade."""
    row = row_of(task, part)
    return row is not None and row.elastic


def counts_items(row: LinearConstraint) -> bool:
    """Whether a row counts items; a quantity of no items at all would look as if it did."""
    return row.counts and not row.field.startswith(("quantities.", "statistics."))


def is_length(row: LinearConstraint) -> bool:
    """Whether the row is the number of items of a form."""
    return row.field == "items"


def length_row(task: Task) -> LinearConstraint | None:
    """The row that says how many items a form has."""
    return next((row for row in task.rows if is_length(row)), None)


def longest(task: Task) -> float:
    """Items of the longest form: those that count, and pilot items that stand apart."""
    length = length_row(task)
    if length is None or length.greatest == INF or len(length.items) == task.n_items:
        return INF if length is None else length.greatest
    apart = set(range(task.n_items)) - set(length.items)
    rows = [
        r for r in task.rows if counts_items(r) and r.greatest < INF and r.items and apart.issuperset(r.items)
    ]
    rest = len(apart) - sum(len(row.items) for row in rows)
    return length.greatest + sum(min(row.greatest, len(row.items)) for row in rows) + max(rest, 0)


def limits_sharing(task: Task) -> bool:
    """Whether two forms may not be all alike."""
    return task.shared_greatest < min(task.n_items, longest(task))


def is_size(task: Task, row: LinearConstraint) -> bool:
    """Whether a row of the anchor says no more than how many items it has."""
    size = task.anchor.size if task.anchor else None
    return counts_items(row) and not row.elastic and row.least == row.greatest == size


def without(task: Task, dropped: Collection[Part]) -> Task:
    """The task with some parts dropped; rows and groups keep their positions."""
    gone = set(dropped)
    rows = tuple(_free(row) if Part("row", n) in gone else row for n, row in enumerate(task.rows))
    groups = tuple(
        group._replace(least=0, greatest=len(group.items)) if Part("group", n) in gone else group
        for n, group in enumerate(task.groups)
    )
    anchor = task.anchor
    if anchor is not None:
        kept = [_free(r) if Part("anchor-row", n) in gone else r for n, r in enumerate(anchor.rows)]
        anchor = anchor._replace(rows=tuple(kept))
    task = task._replace(rows=rows, groups=groups, anchor=anchor)
    if ANCHOR in gone and task.anchor is not None:
        # its items may still be shared: to drop a part must never ask for more
        task = task._replace(anchor=None, shared_greatest=task.shared_greatest + task.anchor.size)
    if GOAL in gone:
        task = task._replace(goal=None)
    if OVERLAP in gone:
        task = task._replace(shared_greatest=task.n_items)
    if SHARED in gone:
        task = task._replace(shared_least=0)
    if USES in gone:
        task = task._replace(most_uses=None)
    if FORMS in gone:
        task = task._replace(n_forms=1, shared_least=0)
    return task


def only(task: Task, kept: Collection[Part]) -> Task:
    """The task with these parts and no others."""
    keep = set(kept)
    return without(task, [part for part in all_parts(task) if part not in keep])


def _free(row: LinearConstraint) -> LinearConstraint:
    return row._replace(least=-INF, greatest=INF)


LeftOut = Callable[[LinearConstraint], tuple[int, Message] | None]
"""Of the items that the bank holds for a row: how many, and why some are of no use; None where all are."""


class Words(NamedTuple):
    """The blueprint and task that sentences are about."""

    blueprint: Blueprint
    task: Task
    left_out: LeftOut


def number(value: float) -> str:
    """A count, or a quantity in four digits."""
    return str(int(value)) if value == int(value) else f"{value:.4g}"


def n_forms(n: int | None) -> Message:
    """`1 form`, `2 forms`."""
    return tell_n("{n} form", "{n} forms", n or 0)


def both(first: Message | None, then: Message) -> Message:
    """`a and b`, in Thai without a blank before what follows; `then` alone where nothing stands before it."""
    return then if first is None else tell("{first} and {then}", first=first, then=then)


# ── names ────────────────────────────────────────────────────────────────────────────────────

QUANTITIES = {
    "facility": tell("{facility}", facility="facility"),
    "reading_length": tell("reading length"),
    "time_s": tell("expected time in seconds"),
    "age_days": tell("age in days"),
    "times_used": tell("number of times used"),
}


def name(row: LinearConstraint) -> str:
    """What a coordinator calls a row."""
    return named(row.name, row.field)


def named(name: str, field: str) -> str:
    """The name of a quota; of a quantity in words."""
    if not field.startswith("quantities."):
        return name
    _, quantity, part = field.split(".")
    of = QUANTITIES[quantity]
    return tell("total {quantity}", quantity=of) if part == "sum" else tell("mean {quantity}", quantity=of)


def decided(row: LinearConstraint) -> str:
    """The criterion alone of a row that says that it decides on passing."""
    return row.name.partition(" decides on passing")[0]


def kind(row: LinearConstraint, n: int = 2) -> Message:
    """What a row counts: `items of E1.01`, `item`, `pilot items`."""
    family, _, key = row.field.partition(".")
    if family == "items":
        return tell_n("item", "items", n)
    if family == "pilot":
        return tell_n("pilot item", "pilot items", n)
    if family == "anchor":
        return _anchored(row, n)
    if family == "pass":
        return tell_n(
            "item of {criterion}, which decides on passing (judgement.min_items)",
            "items of {criterion}, which decides on passing (judgement.min_items)",
            n,
            criterion=decided(row),
        )
    if family == "cognitive":
        word = CATEGORY_WORDS[key]
        return tell_n("item of category {category}", "items of category {category}", n, category=word)
    if family == "level_mix":
        return tell_n("item for level {level}", "items for level {level}", n, level=key)
    if family == "status_mix":
        return tell_n("item of status {status}", "items of status {status}", n, status=STATUS_WORDS[key])
    if family == "sets":
        return tell_n("item of the {set}", "items of the {set}", n, set=row.name)
    return tell_n("item of {name}", "items of {name}", n, name=name(row))


def _anchored(row: LinearConstraint, n: int) -> Message:
    """What a row of the anchor counts; its name says which quota of the form it mirrors."""
    if row.name == ANCHOR_ITEMS:
        return tell_n("item in the anchor", "items in the anchor", n)
    of = row.name.removesuffix(" in the anchor")
    family, _, key = of.partition(" ")
    if of in CATEGORY_WORDS:
        return tell_n(
            "item of category {category} in the anchor",
            "items of category {category} in the anchor",
            n,
            category=CATEGORY_WORDS[of],
        )
    if family == "status":
        return tell_n(
            "item of status {status} in the anchor",
            "items of status {status} in the anchor",
            n,
            status=STATUS_WORDS[key],
        )
    if family == "level":
        return tell_n(
            "item of level {level} in the anchor", "items of level {level} in the anchor", n, level=key
        )
    return tell_n("item of {code} in the anchor", "items of {code} in the anchor", n, code=of)


def in_measure(row: LinearConstraint, value: float, blueprint: Blueprint) -> float:
    """A bound or sum of a row as the blueprint states it: a mean is kept as a sum over the form, a spread
    as a sum of squares."""
    if row.field == "statistics.facility.spread":
        return inf if value == inf else max(0.0, value / blueprint.items) ** 0.5
    mean = row.field.startswith("quantities.") and row.field.endswith(".mean")
    return value / blueprint.items if mean or row.field == "statistics.facility" else value


def bounds(least: float, greatest: float, items: bool = False) -> Message:
    """`exactly 5`, `at least 5`, `3 to 5` …; Thai says of what, where it is items."""
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


def row_bounds(words: Words, row: LinearConstraint, least: float, greatest: float) -> Message:
    """The bounds of a row as the blueprint states them; a count cannot exceed the form."""
    if counts_items(row) and greatest >= words.blueprint.items > least:
        greatest = inf
    low, high = (in_measure(row, end, words.blueprint) for end in (least, greatest))
    return bounds(low, high, counts_items(row))


def forms(words: Words) -> Message:
    """`2 forms sharing no item`; for candidates what the exposure ceiling asks of their forms."""
    blueprint, counted = words.blueprint, n_forms(words.task.n_forms)
    if blueprint.forms == "per_candidate":
        return tell(
            "the candidates' forms, an item in at most {share} % of them", share=candidates_share(blueprint)
        )
    most = blueprint.overlap.max
    if most is None:
        return counted
    said = tell("{forms} sharing no item", forms=counted)
    if most:
        said = tell_n(
            "{forms} sharing at most {n} item", "{forms} sharing at most {n} items", most, forms=counted
        )
    return tell("{forms} besides the anchor", forms=said) if blueprint.anchor else said


def candidates_share(blueprint: Blueprint) -> str:
    """The most of the candidates' forms in which an item may be, in percent."""
    return number(float(blueprint.exposure.share or 100))


def part_name(words: Words, part: Part) -> str | None:
    """A part with what it asks; None where another part says it."""
    task, blueprint = words.task, words.blueprint
    row = row_of(task, part)
    if row is not None and is_length(row):
        return tell_n("{n} item in a form", "{n} items in a form", blueprint.items)
    if row is not None and row.field == "enemies":
        return name(row)
    if row is not None:
        asked = row_bounds(words, row, row.least, row.greatest)
        return tell("{name} ({bounds})", name=name(row), bounds=asked)
    if part.kind == "group":
        return task.groups[part.number].name
    if part == FORMS:
        return forms(words)
    if part == ANCHOR:
        size = task.anchor.size if task.anchor else 0
        return tell_n("an anchor of {n} item", "an anchor of {n} items", size)
    if part == GOAL and task.goal is not None:
        within = number(100 * task.goal.within)
        if task.goal.kind == "relative":
            return tell("information in the shape asked, within {within} %", within=within)
        return tell("information within {within} % of its target", within=within)
    if part == USES and blueprint.forms != "per_candidate":  # else said of the forms
        return tell("an item in at most {forms}", forms=n_forms(task.most_uses))
    if part == SHARED:
        return tell("any two forms share at least {n}", n=task.shared_least)
    return None


MOST_LIKE = 3
"""Groups or enemies that are named one by one."""


def parts_named(words: Words, parts: Sequence[Part]) -> list[str]:
    """The parts by name, rules about single items together where they are many."""
    said: list[str] = []
    for kind in ("quota", "enemies", "group"):
        same = [part for part in parts if _sort(words, part) == kind]
        texts = [text for part in same if (text := part_name(words, part)) is not None]
        if kind != "quota" and len(texts) > MOST_LIKE:
            rest = tell("and {n} more like these", n=len(texts) - MOST_LIKE)
            texts = [*texts[:MOST_LIKE], rest]
        said += texts
    return said


def _sort(words: Words, part: Part) -> str:
    row = row_of(words.task, part)
    if row is not None and row.field == "enemies":
        return "enemies"
    return "group" if part.kind == "group" else "quota"


def field_of(words: Words, part: Part) -> str:
    """The field of the blueprint that asks a part."""
    row = row_of(words.task, part)
    if row is not None:
        return row.field
    if part.kind == "group":
        return words.task.groups[part.number].field
    fields = {
        FORMS: "forms",
        OVERLAP: "overlap",
        SHARED: "overlap",
        ANCHOR: "anchor",
        USES: "exposure.forms",
        GOAL: "statistics.information",
    }
    if part == USES and words.blueprint.forms == "per_candidate":
        return "exposure.share"
    return fields[part]

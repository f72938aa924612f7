"""How many forms a bank supports → sentences for a coordinator."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from examgen.assembly.capacity.count import FormCapacity, Further, RunsOut, WritingPlan
from examgen.assembly.constraints import criterion_name
from examgen.assembly.infeasible.words import categories, like, n_forms, named, with_about
from examgen.assembly.infeasible.writing import Wanted
from examgen.core.models.base import STATUS_WORDS
from examgen.core.models.blueprint import Blueprint
from examgen.core.words import Message, either, joined, noted, tell, tell_n


def sentences(found: FormCapacity, blueprint: Blueprint) -> list[Message]:
    """Say how many forms are possible, what runs out first, what more items would allow, and what to
    write."""
    plans = [plan for plan in found.plans if plan.lines]
    return [
        joined([heading(blueprint), how_many(found)], ": "),
        *bottleneck(found),
        *_further(found),
        *map(to_write, plans),
    ]


def heading(blueprint: Blueprint) -> Message:
    """The forms that are counted."""
    level = "" if blueprint.level is None else tell(" at level {levels}", levels=blueprint.level)
    return tell_n(
        "{exam}{level}, forms of {n} item{sharing}",
        "{exam}{level}, forms of {n} items{sharing}",
        blueprint.items,
        exam=blueprint.exam,
        level=level,
        sharing=_sharing(blueprint),
    )


def to_write(plan: WritingPlan) -> Message:
    """Say what to write for a number of forms, and whether more is needed than that."""
    forms, lines = n_forms(plan.forms), _lines(plan)
    if plan.tried is False:
        return tell_n(
            "for {forms} write more than {n} item ({lines}); the exact number was not found",
            "for {forms} write more than {n} items ({lines}); the exact number was not found",
            plan.n_items,
            forms=forms,
            lines=lines,
        )
    return tell_n(
        "for {forms} write {n} item: {lines}",
        "for {forms} write {n} items: {lines}",
        plan.n_items,
        forms=forms,
        lines=lines,
    )


def bottleneck(found: FormCapacity) -> list[Message]:
    """Name the limit that is reached first."""
    runs_out: list[Message] = []
    held = {(one.name, one.field): one for one in found.supplies if one.forms == found.bound}
    same: dict[tuple[int, int], list[str]] = {}
    short = [
        None if one.together else held.get((one.names[0], one.fields[0])) for one in found.runs_out_first
    ]
    for supply in short:
        if supply is not None:
            same.setdefault((supply.usable, supply.least), []).append(_name(supply.name, supply.field))
    if same:
        names = (
            tell(
                "{names} ({usable} usable, {least} in each form)", names=joined(names), usable=n, least=least
            )
            for (n, least), names in same.items()
        )
        runs_out.append(
            tell_n(
                "bottleneck, enough for {n} form: {names}",
                "bottleneck, enough for {n} forms: {names}",
                found.bound,
                names=joined(names, "; "),
            )
        )
    for one, supply in zip(found.runs_out_first, short, strict=True):
        if supply is None:
            runs_out.append(_too_many(one, found.bound + 1))
    if not found.runs_out_first and not found.unlimited:
        runs_out.append(
            tell_n(
                "no quota explains why {n} form is impossible. Check families, sets, overlap and anchor.",
                "no quota explains why {n} forms are impossible. Check families, sets, overlap and anchor.",
                found.bound + 1,
            )
        )
    return runs_out


# ── how many ─────────────────────────────────────────────────────────────────────────────────


def _sharing(blueprint: Blueprint) -> Message:
    """` that share no item beside an anchor of 5`; nothing where they may share all."""
    most, said = blueprint.overlap.max, []
    if most == 0:
        said.append(tell(" that share no item"))
    elif most is not None:
        said.append(tell_n(" that share at most {n} item", "_that share at most {n} items", most))
    if blueprint.anchor:
        said.append(tell(" in addition to an anchor of {n}", n=blueprint.anchor.items))
    return joined(said, "")


_HOW_MANY = {
    "unlimited": (
        noted("nothing limits the number of forms; {n} form was built and no more were tried"),
        "nothing limits the number of forms; {n} forms were built and no more were tried",
    ),
    "untried": (
        noted("{n} form built, {more} proven impossible; numbers above {n} were not tried"),
        "{n} forms built, {more} proven impossible; numbers above {n} were not tried",
    ),
    "exact": (
        noted("the bank supports {n} form ({n} built, {more} proven impossible)"),
        "the bank supports {n} forms ({n} built, {more} proven impossible)",
    ),
    "solver": (
        noted(
            "the bank supports {n} form ({n} built, {more} proven impossible by the "
            "solver, although the counts allow {bound})"
        ),
        "the bank supports {n} forms ({n} built, {more} proven impossible by the "
        "solver, although the counts allow {bound})",
    ),
    "open": (
        noted("{n} form built, {more} proven impossible; the numbers between could not be decided"),
        "{n} forms built, {more} proven impossible; the numbers between could not be decided",
    ),
}
"""How far the search came, and what is proven."""


def how_many(found: FormCapacity) -> Message:
    """How many forms the bank supports."""
    built, bound = found.built, found.bound
    forms, more = built.forms, bound + 1
    if bound == 0:
        return tell("the bank does not support a single form")
    if built.limit is not None and forms == built.limit:
        case = "unlimited" if found.unlimited else "untried"
    elif forms == bound:
        case = "exact"
    else:
        more = min(more, built.impossible or more)
        case = "solver" if built.impossible == forms + 1 else "open"
    return tell_n(*_HOW_MANY[case], forms, more=more, bound=bound)


# ── what runs out, what more items buy ───────────────────────────────────────────────────────


def _too_many(one: RunsOut, forms: int) -> Message:
    names = tuple(dict.fromkeys(_name(*both) for both in zip(one.names, one.fields, strict=True)))
    if len(names) > 1:
        return tell_n(
            "{n} form cannot meet these together: {names}",
            "{n} forms cannot meet these together: {names}",
            forms,
            names=joined(names),
        )
    return tell_n(
        "{n} form cannot meet this requirement: {name}",
        "{n} forms cannot meet this requirement: {name}",
        forms,
        name=names[0],
    )


def _name(name: str, field: str) -> str:
    """A quota as people call it; a criterion by its code."""
    if field.startswith("criteria"):
        return str(name)
    is_code = field.startswith("pass") and not isinstance(name, Message)
    return criterion_name(name) if is_code else named(name, field)


def _further(found: FormCapacity) -> Iterator[Message]:
    # what was tried without forms is not promised
    limit = min((plan.forms for plan in found.plans if plan.tried is False), default=inf)
    helps: list[Further] = [one for one in found.further if one.gains]
    for one in helps:
        if one.gains[0].forms >= limit:
            continue
        gains = joined(
            tell_n(
                "{n} more item gives {forms}",
                "{n} more items give {forms}",
                gain.items,
                forms=n_forms(gain.forms),
            )
            for gain in one.gains
            if gain.forms < limit
        )
        yield joined([_name(one.name, one.field), gains], ": ")
    if found.further and not helps:
        yield tell("new items for only one of these give no additional form, because they run out together")


# ── what to write ────────────────────────────────────────────────────────────────────────────


def _lines(plan: WritingPlan) -> Message:
    """`A4012.02 4, A4012.03 4; any category but remember`: what holds for all is said once."""
    # categories and statuses that a line needs; empty where any will do
    kinds: list[Message] = []
    for line in plan.lines:
        told = [categories(line.categories)] if line.categories else []
        kinds.append(joined([*told, _status(line)] if line.statuses else told))
    alike = len(set(kinds)) == 1
    said = joined(
        tell("{of} {n} ({kind})", of=line.pc or tell("pilot items"), n=line.n_items, kind=kind)
        if kind and not alike
        else tell("{of} {n}", of=line.pc or tell("pilot items"), n=line.n_items)
        for line, kind in zip(plan.lines, kinds, strict=True)
    )
    if alike and kinds[0]:
        said = joined([said, kinds[0]], "; ")
    said = with_about(said, [text for field, value in plan.near if (text := like(field, value)) is not None])
    if plan.tried:
        return tell("{lines} (tested by building forms with placeholders)", lines=said)
    return said


def _status(line: Wanted) -> Message:
    return tell("status {statuses}", statuses=either(STATUS_WORDS[name] for name in line.statuses))

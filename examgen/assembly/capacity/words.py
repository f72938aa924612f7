"""How many forms a bank supports → sentences for a coordinator."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from examgen.assembly.capacity.count import FormCapacity, WritingPlan
from examgen.assembly.infeasible.words import items_to_write, n_forms, quota_name
from examgen.core.models.blueprint import Blueprint
from examgen.core.words import Message, joined, tell, tell_n


def sentences(found: FormCapacity, blueprint: Blueprint) -> list[Message]:
    """Return sentences on how many forms are possible, what runs out first, what more items would allow, and
    what to write."""
    plans = [plan for plan in found.plans if plan.lines]
    return [
        joined([heading(blueprint), how_many(found)], ": "),
        *bottleneck(found),
        *_further(found),
        *map(to_write, plans),
    ]


def heading(blueprint: Blueprint) -> Message:
    """Return a heading that describes the forms."""
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
    """Return a sentence on what to write for a number of forms, and whether even more is needed."""
    # the heading states the level
    lines = [line._replace(levels=()) for line in plan.lines]
    words = {"forms": n_forms(plan.forms), "items": items_to_write(lines, plan.near)}
    if plan.tried is False:
        return tell("for {forms} write more than {items}; the exact number was not found", **words)
    if plan.tried:
        return tell("for {forms} write {items} (tested by building forms with placeholders)", **words)
    return tell("for {forms} write {items}", **words)


def bottleneck(found: FormCapacity) -> Iterator[Message]:
    """Yield sentences on the limit that is reached first."""
    there = {(one.name, one.field): one for one in found.supplies if one.forms == found.bound}
    same: dict[tuple[int, int], list[str]] = {}
    for one in found.runs_out_first:
        if not one.together and (supply := there.get((one.names[0], one.fields[0]))):
            same.setdefault((supply.usable, supply.least), []).append(quota_name(supply.name, supply.field))
    if same:
        names = (
            tell(
                "{names} ({usable} usable, {least} in each form)", names=joined(names), usable=n, least=least
            )
            for (n, least), names in same.items()
        )
        yield tell_n(
            "bottleneck, enough for {n} form: {names}",
            "bottleneck, enough for {n} forms: {names}",
            found.bound,
            names=joined(names, "; "),
        )
    for one in found.runs_out_first:
        if one.together or (one.names[0], one.fields[0]) not in there:
            words = [quota_name(*both) for both in zip(one.names, one.fields, strict=True)]
            yield tell_n(
                "{n} form cannot meet these together: {names}",
                "{n} forms cannot meet these together: {names}",
                found.bound + 1,
                names=joined(dict.fromkeys(words)),
            )
    if not found.runs_out_first and not found.unlimited:
        yield tell_n(
            "no quota explains why {n} form is impossible. Check families, sets, overlap and anchor.",
            "no quota explains why {n} forms are impossible. Check families, sets, overlap and anchor.",
            found.bound + 1,
        )


# ── how many ─────────────────────────────────────────────────────────────────────────────────


def _sharing(blueprint: Blueprint) -> Message:
    """Return the overlap in words, as in ` that share no item in addition to an anchor of 5`; empty if forms
    may share all items."""
    most, said = blueprint.overlap.max, []
    if most == 0:
        said.append(tell(" that share no item"))
    elif most is not None:
        said.append(tell_n(" that share at most {n} item", " that share at most {n} items", most))
    if blueprint.anchor:
        said.append(tell(" in addition to an anchor of {n}", n=blueprint.anchor.items))
    return joined(said, "")


def how_many(found: FormCapacity) -> Message:
    """Return a sentence on how many forms the bank supports: the number built and the number proven
    impossible."""
    built, bound = found.built, found.bound
    more = min(bound + 1, built.impossible or bound + 1)
    if bound == 0:
        return tell("the bank does not support a single form")
    if found.unlimited and built.forms == built.limit:
        return tell_n(
            "nothing limits the number of forms; {n} form was built and no more were tried",
            "nothing limits the number of forms; {n} forms were built and no more were tried",
            built.forms,
        )
    if more == built.forms + 1:
        return tell_n(
            "the bank supports {n} form ({n} built, {more} proven impossible)",
            "the bank supports {n} forms ({n} built, {more} proven impossible)",
            built.forms,
            more=more,
        )
    return tell_n(
        "{n} form built, {more} proven impossible; the numbers between could not be decided",
        "{n} forms built, {more} proven impossible; the numbers between could not be decided",
        built.forms,
        more=more,
    )


# ── what runs out, what more items buy ───────────────────────────────────────────────────────


def _further(found: FormCapacity) -> Iterator[Message]:
    # numbers for which no forms were found are not promised
    limit = min((plan.forms for plan in found.plans if plan.tried is False), default=inf)
    helps = [one for one in found.further if one.gains]
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
        yield joined([quota_name(one.name, one.field), gains], ": ")
    if found.further and not helps:
        yield tell("new items for only one of these give no additional form, because they run out together")

"""Causes why there are no forms → a sentence each, with code and field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple

from examgen.assembly.constraints import ANCHOR_ITEMS
from examgen.assembly.infeasible.clashes import Cause
from examgen.assembly.infeasible.parts import (
    ANCHOR,
    FORMS,
    GOAL,
    Part,
    Words,
    candidates_share,
    decided,
    field_of,
    forms,
    in_measure,
    is_length,
    kind,
    n_forms,
    name,
    number,
    parts_named,
    row_bounds,
    row_of,
)
from examgen.assembly.infeasible.reasons import Reason, greatest_count
from examgen.assembly.task import LinearConstraint
from examgen.core.words import Message, either, joined, noted, tell, tell_n

# ── causes ───────────────────────────────────────────────────────────────────────────────────


class Sentence(NamedTuple):
    """A cause in words: a stable code, the field of the blueprint, the sentence."""

    code: str
    field: str
    said: Message


def sentence(words: Words, cause: Cause) -> Sentence:
    """The plain reason where there is one, else what clashes."""
    if cause.reason is None:
        subject = min(cause.parts, key=lambda part: _subject_rank(words, part))
        named = joined(parts_named(words, cause.parts), "; ")
        said = tell("these cannot be met together: {parts}", parts=named)
        if cause.smallest:
            said = tell(
                "these cannot be met together: {parts} – leave out any one of them and the rest can be met",
                parts=named,
            )
        asked = any(_subject_rank(words, part)[0] < 2 for part in cause.parts)
        return Sentence("quotas-clash" if asked else "forms-impossible", field_of(words, subject), said)
    return _REASONS[cause.reason.kind](words, cause.reason)


def _subject_rank(words: Words, part: Part) -> tuple[int, Part]:
    """What a coordinator looks at first: a quota, the goal, the rest, the length."""
    row = row_of(words.task, part)
    if row is not None and row.elastic:
        return 0, part
    if (row is not None and is_length(row)) or part == FORMS:
        return 3, part
    return (1 if part == GOAL else 2), part


def _row(words: Words, part: Part) -> LinearConstraint:
    if part == ANCHOR and words.task.anchor is not None:
        size = words.task.anchor.size
        return LinearConstraint(ANCHOR_ITEMS, "anchor", (), (), size, size, False)
    row = row_of(words.task, part)
    assert row is not None
    return row


def _shortage(words: Words, reason: Reason) -> Sentence:
    row, task = _row(words, reason.subject), words.task
    needed, there = int(reason.asked), int(reason.there)
    several = task.n_forms > 1 and row.field != "anchor"
    highest = greatest_count(there, task) if several else there
    for_all, least = row.field == "criteria.all", int(row.least)
    of = "one"
    if several:
        of = "candidates" if words.blueprint.forms == "per_candidate" else "several"
    n = needed - there
    parts = {
        "asked": tell(
            _ASKED[of, "all" if for_all else "quota"],
            criterion=row.name,
            least=least,
            items=tell_n("item", "items", least) if for_all else kind(row, least),
            forms=forms(words),
            share=candidates_share(words.blueprint),
            needed=needed,
        ),
        "held": _held(words, row, there),
        "write": (
            tell("name {n} more in the set", n=n) if row.field == "sets" else tell("write {n} more", n=n)
        ),
        "highest": highest,
    }
    if not highest:
        said = tell("{asked}; {held}: {write}", **parts)
    elif several:
        said = tell("{asked}; {held}: {write}, or ask for {highest} in each form", **parts)
    else:
        said = tell("{asked}; {held}: {write}, or ask for {highest}", **parts)
    return Sentence("bank-too-small", row.field, said)


_ASKED = {
    ("one", "quota"): noted("the blueprint asks for {least} {items}"),
    ("several", "quota"): noted(
        "the blueprint asks for {least} {items} in each of {forms} = {needed} different items"
    ),
    ("candidates", "quota"): noted(
        "the blueprint asks for {least} {items} in each of the candidates' forms, an item in at most {share} "
        "% of them = {needed} different items"
    ),
    ("one", "all"): noted("{criterion}: the blueprint asks for {least} {items}"),
    ("several", "all"): noted(
        "{criterion}: the blueprint asks for {least} {items} in each of {forms} = {needed} different items"
    ),
    ("candidates", "all"): noted(
        "{criterion}: the blueprint asks for {least} {items} in each of the candidates' forms, an item in at "
        "most {share} % of them = {needed} different items"
    ),
}
"""What is asked, of a quota that says of which items, and of one of all criteria."""


def _held(words: Words, row: LinearConstraint, there: int) -> Message:
    if row.field == "sets":
        return tell("of those it names {there} can be used", there=there)
    unused = words.left_out(row)
    if unused is None:
        return tell("the bank has {there} usable", there=there)
    n, reasons = unused
    return tell("the bank has {there} usable ({n} in all: {reasons})", there=there, n=n, reasons=reasons)


def _addends(words: Words, parts: Sequence[Part], least: bool) -> Message:
    texts: list[str] = []
    for part in parts:
        row = row_of(words.task, part)
        if row is not None:
            bound = number(row.least if least else row.greatest)
            short = decided(row)  # the field says the rest
            texts.append(joined([name(row) if short == row.name else short, bound], " "))
    return joined(texts[:8] + (["…"] if len(texts) > 8 else []), " + ")


def _family(words: Words, parts: Sequence[Part], whole: LinearConstraint) -> str:
    """The field that the parts of a whole share (`criteria`, `cognitive`), or that of the first."""
    fields = [row.field for part in parts if (row := row_of(words.task, part)) is not None]
    families = {field.partition(".")[0] for field in fields}
    if not fields:
        return whole.field
    return fields[0] if len(set(fields)) == 1 or len(families) > 1 else families.pop()


def _whole(words: Words, part: Part, bound: float) -> Message:
    row = words.task.anchor if part == ANCHOR else None
    if row is not None:
        return tell("the {n} items of the anchor", n=row.size)
    own, n = _row(words, part), number(bound)
    return (
        tell("the {n} items of a form", n=n)
        if is_length(own)
        else tell("the {n} of {name}", n=n, name=name(own))
    )


def _over(words: Words, reason: Reason) -> Sentence:
    whole, parts = reason.subject, reason.parts[1:]
    length = whole == ANCHOR or is_length(_row(words, whole))
    values = {
        "asked": number(reason.asked),
        "whole": _whole(words, whole, reason.there),
        "addends": _addends(words, parts, True),
    }
    said = tell("the minimum counts add up to {asked}, more than {whole} ({addends})", **values)
    families = {
        row.field.partition(".")[0] for part in parts if (row := row_of(words.task, part)) is not None
    }
    if len(families) > 1:
        said = tell(
            "the minimum counts add up to {asked}, more than {whole} ({addends}); no usable item counts for "
            "two of these",
            **values,
        )
    field = "anchor" if whole == ANCHOR else _family(words, parts, _row(words, whole))
    return Sentence("quotas-over-length" if length else "quotas-over-quota", field, said)


def _under(words: Words, reason: Reason) -> Sentence:
    whole, there = reason.subject, number(reason.there)
    parts = [part for part in reason.parts[1:] if row_of(words.task, part) is not None]
    soft = [part for part in parts if _row(words, part).elastic]
    length = whole == ANCHOR or is_length(_row(words, whole))
    asked = _whole(words, whole, reason.asked)
    if len(soft) < len(reason.parts) - 1:  # enemies, or what several forms leave of the bank
        said = tell(
            "no more than {there} can be had in each form, fewer than {whole}: {parts}",
            there=there,
            whole=asked,
            parts=joined(parts_named(words, reason.parts[1:])),
        )
    else:
        said = tell(
            "the maximum counts add up to {there}, fewer than {whole} ({addends})",
            there=there,
            whole=asked,
            addends=_addends(words, parts, False),
        )
    row = words.task.rows[0] if whole == ANCHOR else _row(words, whole)
    field = "anchor" if whole == ANCHOR else _family(words, soft, row) if length else row.field
    if not soft and length:
        return Sentence("forms-impossible", field, said)
    return Sentence("quotas-under-length" if length else "quotas-under-quota", field, said)


def _no_such_count(words: Words, reason: Reason) -> Sentence:
    row = _row(words, reason.subject)
    values = {
        "criterion": row.name,
        "asked": row_bounds(words, row, row.least, row.greatest),
        "sets": joined(parts_named(words, reason.parts[1:])),
        "ends": either(number(end) for end in (reason.there, reason.above) if abs(end) < inf),
    }
    if row.field == "criteria.all":
        said = tell(
            "{criterion}: the blueprint asks for {asked} items; items that go together ({sets}) give {ends}: "
            "ask for that many, or write items that stand alone",
            **values,
        )
    else:
        said = tell(
            "the blueprint asks for {asked} {items}; items that go together ({sets}) give {ends}: ask for "
            "that many, or write items that stand alone",
            items=kind(row),
            **values,
        )
    return Sentence("count-impossible", row.field, said)


def _beyond(words: Words, reason: Reason) -> Sentence:
    row = _row(words, reason.subject)
    low, asked, there = _as_asked(words, row, reason)
    values = {"what": name(row), "asked": asked, "there": there}
    if row.field == "statistics.reliability":
        # a bound, not a form's reliability: a lower demand may be out of reach too
        said = tell(
            "the blueprint asks for a reliability of at least {asked}; the usable items cannot give more "
            "than {there}, if as much",
            **values,
        )
    elif low:
        said = tell(
            "the blueprint asks for a {what} of at least {asked}; the highest that the usable items can give "
            "is {there}",
            **values,
        )
    else:
        said = tell(
            "the blueprint asks for a {what} of at most {asked}; the lowest that the usable items can give "
            "is {there}",
            **values,
        )
    return Sentence("quantity-out-of-reach", row.field, said)


def _as_asked(words: Words, row: LinearConstraint, reason: Reason) -> tuple[bool, str, str]:
    """Whether too little can be had, what is asked and what can be had, in the blueprint's own measure."""
    rule = words.blueprint.statistics
    if row.field == "statistics.sem":
        return False, number(reason.asked**-0.5), number(reason.there**-0.5) if reason.there > 0 else "∞"
    if row.field == "statistics.reliability" and rule and rule.reliability:
        # the row is a tangent: what is missing of it is missing of the reliability, or more
        least = rule.reliability.min
        return True, number(least), number(max(0.0, least - (reason.asked - reason.there)))
    asked, there = (in_measure(row, value, words.blueprint) for value in (reason.asked, reason.there))
    return reason.there < reason.asked, number(asked), number(there)


def _curve(words: Words, reason: Reason) -> Sentence:
    goal = words.task.goal
    assert goal is not None
    values = {
        "at": number(goal.points[reason.point]),
        "asked": number(reason.asked),
        "there": number(reason.there),
    }
    if reason.there < reason.asked:
        said = tell(
            "the blueprint asks for information of at least {asked} at θ = {at}; the usable items can give "
            "{there}",
            **values,
        )
    else:
        said = tell(
            "the blueprint asks for information of at most {asked} at θ = {at}; the usable items can give "
            "{there}",
            **values,
        )
    return Sentence("information-out-of-reach", "statistics.information", said)


def _sharing(words: Words, reason: Reason) -> Sentence:
    values = {
        "asked": number(reason.asked),
        "there": number(reason.there),
        "forms": n_forms(words.task.most_uses),
    }
    if reason.kind == "sharing-over-length":
        said = tell("any two forms are to share {asked} items, but a form has room for {there}", **values)
    elif reason.there:
        said = tell(
            "any two forms are to share {asked} items, but an item may be in {forms}, so they can share only "
            "{there}",
            **values,
        )
    else:
        said = tell(
            "any two forms are to share {asked} items, but an item may be in {forms}, so they can share none",
            **values,
        )
    return Sentence("overlap-impossible", "overlap", said)


def _anchor(words: Words, reason: Reason) -> Sentence:
    said = tell(
        "the anchor has {asked} items, more than the {there} of a form",
        asked=number(reason.asked),
        there=number(reason.there),
    )
    return Sentence("anchor-too-long", "anchor", said)


_REASONS: dict[str, Callable[[Words, Reason], Sentence]] = {
    "shortage": _shortage,
    "parts-over-whole": _over,
    "parts-under-whole": _under,
    "no-such-count": _no_such_count,
    "out-of-reach": _beyond,
    "curve-out-of-reach": _curve,
    "sharing-over-length": _sharing,
    "sharing-over-uses": _sharing,
    "anchor-over-length": _anchor,
}

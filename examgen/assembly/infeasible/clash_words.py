"""Causes why there are no forms → a sentence each, in English and Thai, with code and field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple

from examgen.assembly.infeasible.clashes import Cause
from examgen.assembly.infeasible.parts import (
    ANCHOR,
    FORMS,
    GOAL,
    NOTHING,
    Part,
    Said,
    Words,
    field_of,
    forms,
    in_measure,
    is_length,
    joined,
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

# ── causes ───────────────────────────────────────────────────────────────────────────────────


class Sentence(NamedTuple):
    """A cause in words: a stable code, the field of the blueprint, the sentence."""

    code: str
    field: str
    said: Said


def sentence(words: Words, cause: Cause) -> Sentence:
    """The plain reason where there is one, else what clashes."""
    if cause.reason is None:
        return _clash(words, cause)
    return _REASONS[cause.reason.kind](words, cause.reason)


_SMALLEST = Said(
    " – leave out any one of them and the rest can be met",
    " – หากตัดเงื่อนไขใดเงื่อนไขหนึ่งออก ที่เหลือจะเป็นไปได้",
)


def _clash(words: Words, cause: Cause) -> Sentence:
    subject = min(cause.parts, key=lambda part: _subject_rank(words, part))
    named = parts_named(words, cause.parts)
    said = (
        Said("these cannot be met together: ", "เงื่อนไขต่อไปนี้เป็นไปพร้อมกันไม่ได้: ")
        + joined(named, "; ", "; ")
        + (_SMALLEST if cause.smallest else NOTHING)
    )
    asked = any(_subject_rank(words, part)[0] < 2 for part in cause.parts)
    return Sentence("quotas-clash" if asked else "forms-impossible", field_of(words, subject), said)


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
        return LinearConstraint("items of the anchor", "anchor", (), (), size, size, False)
    row = row_of(words.task, part)
    assert row is not None
    return row


def _named(row: LinearConstraint) -> tuple[Said, Said]:
    """A head where the field does not name the criterion (`all`), and what the row counts."""
    what = kind(row)
    if row.field != "criteria.all":
        return NOTHING, what
    return Said(f"{row.name}: ", ""), Said(" items", what.th)


def _shortage(words: Words, reason: Reason) -> Sentence:
    row, task = _row(words, reason.subject), words.task
    least, needed, there = int(row.least), int(reason.asked), int(reason.there)
    several = task.n_forms > 1 and row.field != "anchor"
    head, what = _named(row)
    items = what.en.replace(" items", " item", 1) if least == 1 else what.en
    each = Said(" in each form", "ชุดละ ") if several else Said("", " ")
    a_form = each.th if several else "จำนวน "
    asked = Said(f"the blueprint asks for {least}{items}", f"ผังข้อสอบกำหนด{what.th} {a_form}{least} ข้อ")
    if several:
        every = forms(words)
        of = every.th if every.th.startswith("ผู้") else f" {every.th}"
        asked += Said(
            f" in each of {every.en} = {needed} different items",
            f" สำหรับ{of} รวมต้องใช้ข้อสอบต่างกัน {needed} ข้อ",
        )
    held = _held(row, there) + words.left_out(row)
    highest = greatest_count(there, task) if several else there
    lower = (
        Said(f", or ask for {highest}{each.en}", f" หรือลดเหลือ{each.th}{highest} ข้อ") if highest else NOTHING
    )
    return Sentence("bank-too-small", row.field, head + asked + held + _lacking(row, needed - there) + lower)


def _held(row: LinearConstraint, there: int) -> Said:
    if row.field == "sets":
        return Said(f"; of those it names {there} can be used", f" แต่ในกลุ่มมีข้อที่ใช้ได้ {there} ข้อ")
    return Said(f"; the bank has {there} usable", f" แต่คลังข้อสอบมีข้อที่ใช้ได้ {there} ข้อ")


def _lacking(row: LinearConstraint, n: int) -> Said:
    """What to do about it: an item that is written is in no set until the blueprint names it."""
    if row.field == "sets":
        return Said(f": name {n} more in the set", f": ต้องระบุข้อในกลุ่มเพิ่ม {n} ข้อ")
    return Said(f": write {n} more", f": ต้องเขียนเพิ่ม {n} ข้อ")


def _addends(words: Words, parts: Sequence[Part], least: bool) -> Said:
    texts = []
    for part in parts:
        row = row_of(words.task, part)
        if row is not None:
            bound = number(row.least if least else row.greatest)
            short = row.name.partition(" decides on passing")[0]  # the field says the rest
            texts.append(
                (name(row) if short == row.name else Said(short, short)) + Said(f" {bound}", f" {bound}")
            )
    shown = texts[:8] + ([Said("…", "…")] if len(texts) > 8 else [])
    return Said(" (", " (") + joined(shown, " + ", " + ") + Said(")", ")")


def _apart(words: Words, parts: Sequence[Part]) -> Said:
    """Why counts of two families may be added up: this bank has no item that counts for both."""
    families = {
        row.field.partition(".")[0] for part in parts if (row := row_of(words.task, part)) is not None
    }
    if len(families) < 2:
        return NOTHING
    return Said("; no usable item counts for two of these", " โดยไม่มีข้อสอบที่ใช้ได้ข้อใดนับได้ในสองรายการพร้อมกัน")


def _family(words: Words, parts: Sequence[Part], whole: LinearConstraint) -> str:
    """The field that the parts of a whole share (`criteria`, `cognitive`), or that of the first."""
    fields = [row.field for part in parts if (row := row_of(words.task, part)) is not None]
    families = {field.partition(".")[0] for field in fields}
    if not fields:
        return whole.field
    return fields[0] if len(set(fields)) == 1 or len(families) > 1 else families.pop()


def _whole(words: Words, part: Part, bound: float) -> Said:
    row = words.task.anchor if part == ANCHOR else None
    if row is not None:
        return Said(f"the {row.size} items of the anchor", f"ข้อสอบร่วม (anchor) {row.size} ข้อ")
    own = _row(words, part)
    if is_length(own):
        return Said(f"the {number(bound)} items of a form", f"จำนวนข้อของชุดซึ่งมี {number(bound)} ข้อ")
    return Said(f"the {number(bound)} of ", f" {number(bound)} ข้อของ") + name(own)


def _over(words: Words, reason: Reason) -> Sentence:
    whole, parts = reason.subject, reason.parts[1:]
    length = whole == ANCHOR or is_length(_row(words, whole))
    asked = number(reason.asked)
    said = (
        Said(f"the minimum counts add up to {asked}, more than ", f"จำนวนขั้นต่ำรวมกันเป็น {asked} ข้อ มากกว่า")
        + _whole(words, whole, reason.there)
        + _addends(words, parts, True)
        + _apart(words, parts)
    )
    field = "anchor" if whole == ANCHOR else _family(words, parts, _row(words, whole))
    return Sentence("quotas-over-length" if length else "quotas-over-quota", field, said)


def _under(words: Words, reason: Reason) -> Sentence:
    whole, there = reason.subject, number(reason.there)
    parts = [part for part in reason.parts[1:] if row_of(words.task, part) is not None]
    soft = [part for part in parts if _row(words, part).elastic]
    length = whole == ANCHOR or is_length(_row(words, whole))
    whole_said = Said(", fewer than ", " น้อยกว่า") + _whole(words, whole, reason.asked)
    if len(soft) < len(reason.parts) - 1:  # enemies, or what several forms leave of the bank
        named = joined(parts_named(words, reason.parts[1:]), th=", ")
        said = (
            Said(f"no more than {there} can be had in each form", f"แต่ละชุดมีได้ไม่เกิน {there} ข้อ") + whole_said
        )
        said += Said(": ", ": ") + named
    else:
        said = Said(f"the maximum counts add up to {there}", f"จำนวนสูงสุดรวมกันได้เพียง {there} ข้อ") + whole_said
        said += _addends(words, parts, False)
    row = words.task.rows[0] if whole == ANCHOR else _row(words, whole)
    field = "anchor" if whole == ANCHOR else _family(words, soft, row) if length else row.field
    if not soft and length:
        return Sentence("forms-impossible", field, said)
    return Sentence("quotas-under-length" if length else "quotas-under-quota", field, said)


def _no_such_count(words: Words, reason: Reason) -> Sentence:
    row = _row(words, reason.subject)
    ends = [number(end) for end in (reason.there, reason.above) if abs(end) < inf]
    sets = joined(parts_named(words, reason.parts[1:]), th=", ")
    asked, (head, what) = row_bounds(words, row, row.least, row.greatest), _named(row)
    said = (
        head
        + Said(f"the blueprint asks for {asked.en}{what.en}", f"ผังข้อสอบกำหนด{what.th} {asked.th}")
        + Said("; items that go together (", " แต่ข้อสอบที่ต้องใช้ด้วยกัน (")
        + sets
        + Said(f") give {' or '.join(ends)}", f") ให้ได้เพียง {' หรือ '.join(ends)} ข้อ")
        + Said(
            ": ask for that many, or write items that stand alone", ": ให้กำหนดตามจำนวนนั้น หรือเขียนข้อสอบเดี่ยวเพิ่ม"
        )
    )
    return Sentence("count-impossible", row.field, said)


def _beyond(words: Words, reason: Reason) -> Sentence:
    row = _row(words, reason.subject)
    low, asked, there = _as_asked(words, row, reason)
    ends = Said("at least", "อย่างน้อย") if low else Said("at most", "ไม่เกิน")
    best = Said("highest", "สูงสุด") if low else Said("lowest", "ต่ำสุด")
    given = Said(
        f"the {best.en} that the usable items can give is {there}",
        f"แต่ข้อสอบที่ใช้ได้ให้ค่า{best.th}ได้เพียง {there}",
    )
    what = name(row)
    if row.field == "statistics.reliability":
        # a bound, not a form's reliability: a lower demand may be out of reach too
        what = Said("reliability", "ความเที่ยง (reliability)")
        given = Said(
            f"the usable items cannot give more than {there}, if as much",
            f"แต่ข้อสอบที่ใช้ได้ให้ค่าได้ไม่เกิน {there} หรืออาจต่ำกว่านั้น",
        )
    said = Said(
        f"the blueprint asks for a {what.en} of {ends.en} {asked}; {given.en}",
        f"ผังข้อสอบกำหนด{what.th} {ends.th} {asked} {given.th}",
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
    more = reason.there < reason.asked
    at, asked, there = number(goal.points[reason.point]), number(reason.asked), number(reason.there)
    ends = Said("at least", "อย่างน้อย") if more else Said("at most", "ไม่เกิน")
    said = Said(
        f"the blueprint asks for information of {ends.en} {asked} at θ = {at}; "
        f"the usable items can give {there}",
        f"ผังข้อสอบกำหนดสารสนเทศของแบบทดสอบที่ θ = {at} {ends.th} {asked} แต่ข้อสอบที่ใช้ได้ให้ได้ {there}",
    )
    return Sentence("information-out-of-reach", "statistics.information", said)


def _sharing(words: Words, reason: Reason) -> Sentence:
    asked, there = number(reason.asked), number(reason.there)
    can = Said(f"only {there}", f"ซ้ำกันได้เพียง {there} ข้อ") if reason.there else Said("none", "ซ้ำกันไม่ได้เลย")
    if reason.kind == "sharing-over-uses":
        why = Said(
            f"an item may be in {n_forms(words.task.most_uses)}, so they can share {can.en}",
            f"ข้อสอบแต่ละข้อใช้ได้เพียง {words.task.most_uses} ชุด จึง{can.th}",
        )
    else:
        why = Said(f"a form has room for {there}", f"ชุดหนึ่งรับได้เพียง {there} ข้อ")
    said = (
        Said(f"any two forms are to share {asked} items, but ", f"สองชุดใด ๆ ต้องมีข้อซ้ำกัน {asked} ข้อ แต่") + why
    )
    return Sentence("overlap-impossible", "overlap", said)


def _anchor(words: Words, reason: Reason) -> Sentence:
    asked, there = number(reason.asked), number(reason.there)
    said = Said(
        f"the anchor has {asked} items, more than the {there} of a form",
        f"ข้อสอบร่วม (anchor) มี {asked} ข้อ มากกว่าจำนวนข้อของชุดซึ่งมี {there} ข้อ",
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

"""A task → its constraints as parts that can be named, dropped and relaxed one by one.

Takes a `Task`; returns tasks without some of the parts, which is what a deletion filter needs.

Parts of a task → what a coordinator calls them, in English and Thai.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import inf
from typing import Literal, NamedTuple

from examgen.assembly.task import LinearConstraint, Task
from examgen.models.blueprint import Blueprint
from examgen.text.thai import COGNITIVE_TH, STATUS_TH

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
        parts += _of_several(task)
    return tuple(parts)


def _of_several(task: Task) -> list[Part]:
    """What is asked of several forms together."""
    parts = [FORMS]
    if limits_sharing(task):
        parts.append(OVERLAP)
    if task.shared_least > 0:
        parts.append(SHARED)
    if task.most_uses is not None and task.most_uses < task.n_forms:
        parts.append(USES)
    return parts


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
    task = _without_rows(task, gone)
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


def _without_rows(task: Task, gone: set[Part]) -> Task:
    rows = tuple(_free(row) if Part("row", n) in gone else row for n, row in enumerate(task.rows))
    groups = tuple(
        group._replace(least=0, greatest=len(group.items)) if Part("group", n) in gone else group
        for n, group in enumerate(task.groups)
    )
    anchor = task.anchor
    if anchor is not None:
        kept = [_free(r) if Part("anchor-row", n) in gone else r for n, r in enumerate(anchor.rows)]
        anchor = anchor._replace(rows=tuple(kept))
    return task._replace(rows=rows, groups=groups, anchor=anchor)


def _free(row: LinearConstraint) -> LinearConstraint:
    return row._replace(least=-INF, greatest=INF)


class Said(NamedTuple):
    """A text in English and Thai."""

    en: str
    th: str

    def __add__(self, other: object) -> Said:
        assert isinstance(other, Said)
        return Said(self.en + other.en, self.th + other.th)


NOTHING = Said("", "")
LeftOut = Callable[[LinearConstraint], Said]
"""What a row has no use of, of the items that the bank holds."""


class Words(NamedTuple):
    """The blueprint and task that sentences are about."""

    blueprint: Blueprint
    task: Task
    left_out: LeftOut


def joined(parts: Sequence[Said], en: str = ", ", th: str = " ") -> Said:
    """Texts one after the other."""
    return Said(en.join(one.en for one in parts), th.join(one.th for one in parts))


def number(value: float) -> str:
    """A count, or a quantity in four digits."""
    return str(int(value)) if value == int(value) else f"{value:.4g}"


def n_forms(n: int | None) -> str:
    """`1 form`, `2 forms`."""
    return "1 form" if n == 1 else f"{n} forms"


# ── names ────────────────────────────────────────────────────────────────────────────────────

QUANTITIES = {
    "facility": Said("facility", "ค่าความง่าย (facility)"),
    "reading_length": Said("reading length", "ความยาวข้อความ (reading_length)"),
    "time_s": Said("expected time in seconds", "เวลาที่คาดว่าใช้เป็นวินาที (time_s)"),
    "age_days": Said("age in days", "อายุของข้อสอบเป็นวัน (age_days)"),
    "times_used": Said("number of times used", "จำนวนครั้งที่เคยใช้ (times_used)"),
}


def name(row: LinearConstraint) -> Said:
    """What a coordinator calls a row."""
    family, _, rest = row.field.partition(".")
    thai = {
        "items": "จำนวนข้อของชุด",
        "pilot": "จำนวนข้อสอบทดลองใช้ (pilot) ของชุด",
        "anchor": f"จำนวน{_anchor_th(row.name)}",
        "criteria": criterion_th(row.name),
        "unit_mix": f"หน่วยสมรรถนะ {row.name}",
        "cognitive": f"พฤติกรรม{COGNITIVE_TH.get(rest, rest)}",
        "level_mix": f"ข้อของระดับ {rest}",
        "status_mix": f"ข้อสถานะ{STATUS_TH.get(rest, rest)}",
        "pass.criteria": "เกณฑ์ " + row.name.replace("decides on passing", "ที่ใช้ตัดสินการผ่าน"),
        "sets": row.name.replace("set ", "กลุ่มข้อ "),
        "enemies": row.name.replace("enemies ", "ข้อที่ห้ามอยู่ชุดเดียวกัน ").replace(" and ", " กับ "),
        "statistics.facility": "ค่าความง่ายเฉลี่ย (facility)",
        "statistics.information": "สารสนเทศของแบบทดสอบ",
        "statistics.facility.spread": "การกระจายของค่าความง่าย (facility)",
        "statistics.sem": row.name.replace("standard error at", "ความคลาดเคลื่อนมาตรฐานที่"),
        "statistics.reliability": row.name.replace("reliability of", "ความเที่ยง (reliability)"),
    }
    if family == "quantities":
        quantity, _, part = rest.partition(".")
        measure = Said("total ", "ผลรวมของ") if part == "sum" else Said("mean ", "ค่าเฉลี่ยของ")
        return measure + QUANTITIES.get(quantity, Said(quantity, quantity))
    return Said(row.name, thai.get(row.field, thai.get(family, row.name)))


def criterion_th(pattern: str) -> str:
    """A criterion, or an element with all of its own."""
    return f"สมรรถนะย่อย {pattern}" if pattern.endswith("*") else f"เกณฑ์ {pattern}"


def _anchor_th(row_name: str) -> str:
    part, inside, _ = row_name.partition(" in the anchor")
    if not inside:
        return "ข้อสอบร่วม (anchor)"
    family, _, value = part.partition(" ")
    if part in COGNITIVE_TH:
        of = f"ที่วัดพฤติกรรม{COGNITIVE_TH[part]}"
    elif family == "status":
        of = f"สถานะ{STATUS_TH.get(value, value)}"
    else:
        of = f"ระดับ {value}" if family == "level" else f"ของ {part}"
    return f"ข้อสอบร่วม (anchor) {of}"


def kind(row: LinearConstraint) -> Said:
    """What a row counts: ` items of E1.01`, ` items`, ` pilot items`."""
    family, thai = row.field.partition(".")[0], name(row).th
    if family == "anchor":
        of = "category " if row.name.partition(" ")[0] in COGNITIVE_TH else ""
        within = "in the anchor" if row.name == "items of the anchor" else f"of {of}{row.name}"
        return Said(f" items {within}", _anchor_th(row.name))
    kinds = {
        "items": Said(" items", "ข้อสอบ"),
        "pilot": Said(" pilot items", "ข้อสอบทดลองใช้ (pilot)"),
        "pass": Said(f" items of {row.name.replace(' decides', ', which decides')}", f"ข้อสอบของ{thai}"),
        "cognitive": Said(f" items of category {row.name}", f"ข้อสอบวัด{thai}"),
        "level_mix": Said(f" items for {row.name}", thai),
        "status_mix": Said(f" items of {row.name}", thai),
        "sets": Said(f" items of the {row.name}", f"ข้อสอบของ{thai}"),
    }
    return kinds.get(family, Said(f" items of {row.name}", f"ข้อสอบของ{thai}"))


def in_measure(row: LinearConstraint, value: float, blueprint: Blueprint) -> float:
    """A bound or sum of a row as the blueprint states it: a mean is kept as a sum over the form, a spread
    as a sum of squares."""
    if row.field == "statistics.facility.spread":
        return inf if value == inf else max(0.0, value / blueprint.items) ** 0.5
    mean = row.field.startswith("quantities.") and row.field.endswith(".mean")
    return value / blueprint.items if mean or row.field == "statistics.facility" else value


def bounds(least: float, greatest: float, unit: str = "") -> Said:
    """`exactly 5`, `at least 5`, `3 to 5` …; `unit` is what Thai counts in."""
    if least == greatest:
        only = number(least)
        return Said(f"exactly {only}", f"{only}{unit}พอดี" if unit else f"เท่ากับ {only}")
    if greatest == inf:
        return Said(f"at least {number(least)}", f"อย่างน้อย {number(least)}{unit}")
    if least in (-inf, 0):
        return Said(f"at most {number(greatest)}", f"ไม่เกิน {number(greatest)}{unit}")
    return Said(f"{number(least)} to {number(greatest)}", f"{number(least)} ถึง {number(greatest)}{unit}")


def row_bounds(words: Words, row: LinearConstraint, least: float, greatest: float) -> Said:
    """The bounds of a row as the blueprint states them; a count cannot exceed the form."""
    if counts_items(row) and greatest >= words.blueprint.items > least:
        greatest = inf
    low, high = (in_measure(row, end, words.blueprint) for end in (least, greatest))
    return bounds(low, high, " ข้อ" if counts_items(row) else "")


def forms(words: Words) -> Said:
    """`2 forms sharing no item`; for candidates what the exposure ceiling asks of their forms."""
    n, blueprint = words.task.n_forms, words.blueprint
    if blueprint.forms == "per_candidate":
        share = number(float(blueprint.exposure.share or 100))
        return Said(
            f"the candidates' forms, an item in at most {share} % of them",
            f"ผู้เข้าสอบแต่ละคน โดยข้อสอบแต่ละข้อใช้ได้ไม่เกิน {share} % ของชุดทั้งหมด",
        )
    most = blueprint.overlap.max
    if most is None:
        return Said(n_forms(n), f"{n} ชุด")
    plural = "" if most == 1 else "s"
    said = Said(
        f"{n_forms(n)} sharing at most {most} item{plural}" if most else f"{n_forms(n)} sharing no item",
        f"{n} ชุดที่มีข้อซ้ำกันได้ไม่เกิน {most} ข้อ" if most else f"{n} ชุดที่ไม่มีข้อซ้ำกัน",
    )
    return said + Said(" besides the anchor", " นอกจากข้อสอบร่วม (anchor)") if blueprint.anchor else said


def part_name(words: Words, part: Part) -> Said | None:
    """A part with what it asks; None where another part says it."""
    task, blueprint = words.task, words.blueprint
    row = row_of(task, part)
    if row is not None and is_length(row):
        return Said(f"{blueprint.items} items in a form", f"ชุดละ {blueprint.items} ข้อ")
    if row is not None and row.field == "enemies":
        return name(row)
    if row is not None:
        return name(row) + Said(" (", " (") + row_bounds(words, row, row.least, row.greatest) + Said(")", ")")
    if part.kind == "group":
        group = task.groups[part.number]
        return Said(group.name, _group_th(group.name))
    if part == USES and blueprint.forms == "per_candidate":
        return None  # said of the forms
    size = task.anchor.size if task.anchor else 0
    within = number(100 * task.goal.within) if task.goal else ""
    relative = task.goal is not None and task.goal.kind == "relative"
    named = {
        FORMS: forms(words),
        ANCHOR: Said(f"an anchor of {size} items", f"ข้อสอบร่วม (anchor) {size} ข้อ"),
        GOAL: Said(
            f"information in the shape asked, within {within} %"
            if relative
            else f"information within {within} % of its target",
            f"สารสนเทศของแบบทดสอบตาม{'รูปร่าง' if relative else 'ค่า'}ที่กำหนด ต่างได้ไม่เกิน {within} %",
        ),
        USES: Said(
            f"an item in at most {n_forms(task.most_uses)}", f"ข้อสอบแต่ละข้อใช้ได้ไม่เกิน {task.most_uses} ชุด"
        ),
        SHARED: Said(
            f"any two forms share at least {task.shared_least}",
            f"สองชุดใด ๆ มีข้อซ้ำกันอย่างน้อย {task.shared_least} ข้อ",
        ),
    }
    return named.get(part)


def _group_th(text: str) -> str:
    return text.replace("items of stimulus ", "ข้อสอบของสถานการณ์ ").replace("set ", "กลุ่มข้อ ")


MOST_LIKE = 3
"""Groups or enemies that are named one by one."""


def parts_named(words: Words, parts: Sequence[Part]) -> list[Said]:
    """The parts by name, rules about single items together where they are many."""
    said = []
    for kind in ("quota", "enemies", "group"):
        same = [part for part in parts if _sort(words, part) == kind]
        texts = [text for part in same if (text := part_name(words, part)) is not None]
        if kind != "quota" and len(texts) > MOST_LIKE:
            more = len(texts) - MOST_LIKE
            rest = Said(f"and {more} more like these", f"และอีก {more} รายการในลักษณะเดียวกัน")
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

"""Changes of a blueprint and items to be written → a sentence each, in English and Thai."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from examgen.assembly.supply.stand_ins import Wanted
from examgen.assembly.task import LinearConstraint
from examgen.assembly.why.amending import Change
from examgen.assembly.why.part_words import NOTHING, QUANTITY_TH, Said, bounds, joined, name, number
from examgen.models import Blueprint
from examgen.thai import COGNITIVE_TH, STATUS_TH

INF = float("inf")

Near = Sequence[tuple[LinearConstraint, float]]
Curve = Sequence[tuple[float, float]]


def sentence(
    blueprint: Blueprint,
    changes: Sequence[Change],
    wanted: Sequence[Wanted],
    near: Near,
    curve: Curve,
) -> Said:
    """All of a repair in one sentence; `near` and `curve` are what the items written should be like."""
    said = [_change(blueprint, change) for change in changes]
    if wanted:
        said.append(_writing(wanted, near, curve))
    return joined(said, "; and ", " และ ")


# ── changes ──────────────────────────────────────────────────────────────────────────────────


def _change(blueprint: Blueprint, change: Change) -> Said:
    family = str(change.path[0])
    if family in _QUOTAS:
        return _quota(_of(family, change.path[1]), blueprint, change)
    if family == "quantities" or change.field == "statistics.facility.spread":
        return _interval(change)
    if family == "sets":
        return _set(blueprint, change)
    if family == "overlap":
        return _overlap(change)
    if family == "statuses":
        return _admitted(change)
    if change.field == "exclude_last" and change.after == 0:
        return Said("use what was asked in the last administrations too", "ใช้ข้อที่ออกสอบในครั้งล่าสุดด้วย")
    before, after = _text(change.before), _text(change.after)
    if change.field not in _PLAIN:
        return Said(
            f"set {change.field} to {after} instead of {before}",
            f"ปรับ {change.field} เป็น {after} จากเดิม {before}",
        )
    en, th = _PLAIN[change.field]
    plural = "" if after == "1" else "s"
    return Said(en.format(after, before, plural), th.format(after, before))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


_QUOTAS = ("criteria", "cognitive", "unit_mix", "level_mix", "status_mix")

_PLAIN = {
    "items": ("make each form {0} items long instead of {1}", "ให้แต่ละชุดมี {0} ข้อ แทน {1} ข้อ"),
    "forms": ("build {0} form{2} instead of {1}", "จัด {0} ชุด แทน {1} ชุด"),
    "anchor.items": ("make the anchor {0} item{2} instead of {1}", "ให้ข้อร่วม (anchor) มี {0} ข้อ แทน {1} ข้อ"),
    "anchor.mirror": (
        "let the anchor differ from the form in its mix (mirror: false)",
        "ไม่ต้องให้ข้อร่วม (anchor) มีสัดส่วนเหมือนทั้งชุด (mirror: false)",
    ),
    "exposure.forms": (
        "let an item be in up to {0} form{2} instead of {1}",
        "ให้ข้อหนึ่งอยู่ได้ถึง {0} ชุด แทน {1} ชุด",
    ),
    "exposure.share": (
        "let an item be in up to {0} % of the forms instead of {1} %",
        "ให้ข้อหนึ่งอยู่ได้ถึง {0} % ของชุดทั้งหมด แทน {1} %",
    ),
    "exposure.administrations": (
        "use items that were asked in fewer than {0} administrations instead of {1}",
        "ใช้ข้อที่เคยสอบน้อยกว่า {0} ครั้ง แทน {1} ครั้ง",
    ),
    "exclude_last": (
        "exclude the items of the last {0} administrations instead of {1}",
        "งดใช้เฉพาะข้อที่ออกสอบใน {0} ครั้งล่าสุด แทน {1} ครั้ง",
    ),
    "judgement.min_items": (
        "judge a criterion on {0} item{2} instead of {1} (judgement.min_items)",
        "ตัดสินแต่ละเกณฑ์จาก {0} ข้อ แทน {1} ข้อ (judgement.min_items)",
    ),
    "pilot.items": ("ask {0} pilot item{2} instead of {1}", "ใช้ข้อทดลอง (pilot) {0} ข้อ แทน {1} ข้อ"),
    "statistics.information.within": (
        "let information differ by {0} % instead of {1} %",
        "ให้สารสนเทศ (information) ต่างได้ {0} % แทน {1} %",
    ),
    "statistics.facility.within": (
        "let the mean facility be within {0} of its target instead of {1}",
        "ให้ค่าความง่ายเฉลี่ยห่างจากเป้าได้ {0} แทน {1}",
    ),
    "statistics.sem.max": (
        "allow a standard error of {0} instead of {1}",
        "ยอมให้ความคลาดเคลื่อนมาตรฐานเป็น {0} แทน {1}",
    ),
    "statistics.reliability.min": (
        "ask a reliability of {0} instead of {1}",
        "กำหนดความเที่ยง (reliability) {0} แทน {1}",
    ),
}


def _of(family: str, key: object) -> Said:
    if family == "criteria" and key == "all":
        return Said("each criterion", "แต่ละเกณฑ์")
    row = LinearConstraint(str(key), f"{family}.{key}", (), (), 0, 0, True)
    if family in ("level_mix", "status_mix"):
        row = row._replace(name=f"{family.removesuffix('_mix')} {key}")
    return name(row)


def _quota(of: Said, blueprint: Blueprint, change: Change) -> Said:
    old, new = (_quota_bounds(end, blueprint) for end in (change.before, change.after))
    return Said(f"ask {new.en} of {of.en} instead of {old.en}", f"กำหนด {of.th} {new.th} แทน {old.th}")


def _quota_bounds(quota: dict[str, int | str], blueprint: Blueprint) -> Said:
    low, high = quota.get("min", 0), quota.get("max", INF)
    if isinstance(low, int) and isinstance(high, int | float):
        said = bounds(low, high)
        return said + Said("", " ข้อ") if low or high < INF else Said("any number", "กี่ข้อก็ได้")
    if "max" not in quota:
        return Said(f"at least {low}", f"อย่างน้อย {low}")
    if "min" not in quota:
        return Said(f"at most {high}", f"ไม่เกิน {high}")
    return Said(f"{low} to {high}", f"{low} ถึง {high}")


def _interval(change: Change) -> Said:
    row = LinearConstraint("spread of facility", change.field, (), (), 0, 0, True)
    if change.path[0] == "quantities":
        row = row._replace(name=f"{change.path[2]} of {change.path[1]}")
    of = name(row)
    old, new = (bounds(end.get("min", -INF), end.get("max", INF)) for end in (change.before, change.after))
    return Said(f"let the {of.en} be {new.en} instead of {old.en}", f"ให้{of.th} {new.th} แทน {old.th}")


def _set(blueprint: Blueprint, change: Change) -> Said:
    one = blueprint.sets[int(change.path[1])]
    ends = {"min": Said("at least", "อย่างน้อย"), "max": Said("at most", "ไม่เกิน")}[str(change.path[2])]
    return Said(
        f"ask {ends.en} {change.after} of the set “{one.name}” instead of {change.before}",
        f"กำหนดกลุ่มข้อ “{one.name}” {ends.th} {change.after} ข้อ แทน {change.before} ข้อ",
    )


def _overlap(change: Change) -> Said:
    said = []
    old, new = change.before, change.after
    if new["max"] != old["max"]:
        plural = "" if new["max"] == 1 else "s"
        said.append(
            Said(
                f"let any two forms share up to {new['max']} item{plural} instead of {old['max'] or 'none'}",
                f"ให้สองชุดใด ๆ ซ้ำกันได้ถึง {new['max']} ข้อ แทน {old['max']} ข้อ",
            )
        )
    if new["min"] != old["min"]:
        free = Said("do not ask that forms share items", "ไม่ต้องกำหนดให้แต่ละชุดมีข้อซ้ำกัน")
        less = Said(
            f"ask any two forms to share at least {new['min']} instead of {old['min']}",
            f"กำหนดให้สองชุดใด ๆ ซ้ำกันอย่างน้อย {new['min']} ข้อ แทน {old['min']} ข้อ",
        )
        said.append(less if new["min"] else free)
    return joined(said, " and ", " และ")


def _admitted(change: Change) -> Said:
    """`statuses` with one status more."""
    new = [status for status in change.after if status not in change.before]
    return Said(
        f"also use items of status {', '.join(new)}", f"ใช้ข้อสถานะ{'และ'.join(STATUS_TH[s] for s in new)}ด้วย"
    )


# ── items to be written ──────────────────────────────────────────────────────────────────────


def _writing(wanted: Sequence[Wanted], near: Near, curve: Curve) -> Said:
    like = [text for row, value in near if (text := _like(row, value)) is not None]
    if curve:
        points = [
            Said(f"{number(value)} at θ = {at:g}", f"{number(value)} ที่ θ = {at:g}") for at, value in curve
        ]
        mean = Said("information on average ", "สารสนเทศเฉลี่ยต่อข้อราว ")
        like.append(mean + joined(points, ", ", " "))
    about = Said(", of about ", " ที่มี") + joined(like, " and ", " และ") if like else NOTHING
    lines = joined([_line(one) for one in wanted], ", ", ", ")
    return Said("write ", "เขียนข้อสอบเพิ่ม ") + lines + about


def _like(row: LinearConstraint, value: float) -> Said | None:
    """What an item brings to a quantity, where a writer can do anything about it."""
    steps = row.field.split(".")
    quantity = steps[1] if steps[0] == "quantities" else "facility"
    if steps[0] == "quantities" or row.field == "statistics.facility":
        return Said(f"{quantity} {number(value)}", f"{QUANTITY_TH[quantity]} ราว {number(value)}")
    return None


def _line(one: Wanted) -> Said:
    plural = "" if one.n_items == 1 else "s"
    pilot = one.pc is None
    said = Said(f"{one.n_items} {'pilot ' if pilot else ''}item{plural}", "ข้อทดลอง" if pilot else "")
    if one.pc is not None:
        said += Said(f" of {one.pc}", f"{one.pc}")
    if one.levels:
        levels = ", ".join(str(level) for level in one.levels)
        said += Said(f" at level {levels}", f" ระดับ {levels}")
    if one.categories:
        thai = "หรือ".join(COGNITIVE_TH[c] for c in one.categories)
        said += Said(f" ({' or '.join(one.categories)})", f" ({thai})")
    return said + Said("", f" จำนวน {one.n_items} ข้อ")

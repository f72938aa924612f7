"""Changes of a blueprint and items to be written → a sentence each, in English and Thai."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from examgen.assembly.capacity.supplies import Wanted
from examgen.assembly.infeasible.amended import Change
from examgen.assembly.infeasible.parts import (
    NOTHING,
    QUANTITIES,
    Said,
    bounds,
    criterion_th,
    joined,
    name,
    number,
)
from examgen.assembly.task import LinearConstraint
from examgen.models.base import COGNITIVE
from examgen.models.blueprint import Blueprint
from examgen.text.thai import COGNITIVE_TH, STATUS_TH

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
    return joined(said, "; and ", " และ")


# ── changes ──────────────────────────────────────────────────────────────────────────────────


def _change(blueprint: Blueprint, change: Change) -> Said:
    family = str(change.path[0])
    if family in _QUOTAS:
        return _quota(_of(family, change.path[1]), change)
    if family == "quantities" or change.field == "statistics.facility.spread":
        return _interval(change)
    if family == "sets":
        return _set(blueprint, change)
    if family == "overlap":
        return _overlap(change)
    if family == "statuses":
        return _admitted(change)
    if change.field == "exclude_last" and change.after == 0:
        return Said("also use items asked in the last administrations", "ใช้ข้อสอบที่ออกสอบในครั้งล่าสุดด้วย")
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
    "items": ("make each form {0} item{2} long instead of {1}", "ปรับให้แต่ละชุดมี {0} ข้อ จากเดิม {1} ข้อ"),
    "forms": ("build {0} form{2} instead of {1}", "จัด {0} ชุด จากเดิม {1} ชุด"),
    "anchor.items": (
        "make the anchor {0} item{2} instead of {1}",
        "ปรับให้ข้อสอบร่วม (anchor) มี {0} ข้อ จากเดิม {1} ข้อ",
    ),
    "anchor.mirror": (
        "let the anchor have another mix than the form (mirror: false)",
        "ไม่กำหนดให้ข้อสอบร่วม (anchor) มีสัดส่วนเหมือนทั้งชุด (mirror: false)",
    ),
    "exposure.forms": (
        "let an item be in up to {0} form{2} instead of {1}",
        "ให้ข้อสอบแต่ละข้อใช้ได้ไม่เกิน {0} ชุด จากเดิม {1} ชุด",
    ),
    "exposure.share": (
        "let an item be in up to {0} % of the forms instead of {1} %",
        "ให้ข้อสอบแต่ละข้อใช้ได้ไม่เกิน {0} % ของชุดทั้งหมด จากเดิม {1} %",
    ),
    "exposure.administrations": (
        "use items asked in fewer than {0} administrations so far instead of fewer than {1}",
        "ใช้ข้อสอบที่เคยออกสอบน้อยกว่า {0} ครั้ง จากเดิมน้อยกว่า {1} ครั้ง",
    ),
    "exclude_last": (
        "exclude the items of the last {0} administration{2} instead of {1}",
        "งดใช้เฉพาะข้อสอบที่ออกสอบใน {0} ครั้งล่าสุด จากเดิม {1} ครั้ง",
    ),
    "judgement.min_items": (
        "judge a criterion on {0} item{2} instead of {1} (judgement.min_items)",
        "ตัดสินแต่ละเกณฑ์จากข้อสอบ {0} ข้อ จากเดิม {1} ข้อ (judgement.min_items)",
    ),
    "pilot.items": (
        "ask for {0} pilot item{2} instead of {1}",
        "ใช้ข้อสอบทดลองใช้ (pilot) {0} ข้อ จากเดิม {1} ข้อ",
    ),
    "statistics.information.within": (
        "let the information differ from what is asked by up to {0} % instead of {1} %",
        "ให้สารสนเทศของแบบทดสอบต่างจากที่กำหนดได้ไม่เกิน {0} % จากเดิม {1} %",
    ),
    "statistics.facility.within": (
        "let the mean facility be within {0} of its target instead of {1}",
        "ให้ค่าความง่ายเฉลี่ย (facility) ห่างจากเป้าหมายได้ไม่เกิน {0} จากเดิม {1}",
    ),
    "statistics.sem.max": (
        "allow a standard error of up to {0} instead of {1}",
        "ยอมให้ความคลาดเคลื่อนมาตรฐานสูงถึง {0} จากเดิม {1}",
    ),
    "statistics.reliability.min": (
        "ask for a reliability of at least {0} instead of {1}",
        "กำหนดความเที่ยง (reliability) อย่างน้อย {0} จากเดิม {1}",
    ),
}


def _of(family: str, key: object) -> Said:
    if family == "criteria" and key == "all":
        return Said("each criterion", "แต่ละเกณฑ์")
    row = LinearConstraint(str(key), f"{family}.{key}", (), (), 0, 0, True)
    if family == "cognitive":
        return Said(f"category {key}", name(row).th)
    if family in ("level_mix", "status_mix"):
        row = row._replace(name=f"{family.removesuffix('_mix')} {key}")
    return name(row)


def _quota(of: Said, change: Change) -> Said:
    old, new = (_quota_bounds(end) for end in (change.before, change.after))
    return Said(
        f"ask for {new.en} of {of.en} instead of {old.en}", f"ปรับ{of.th} เป็น {new.th} จากเดิม {old.th}"
    )


def _quota_bounds(quota: dict[str, int | str]) -> Said:
    low, high = quota.get("min", 0), quota.get("max", INF)
    if isinstance(low, int) and isinstance(high, int | float):
        return bounds(low, high, " ข้อ") if low or high < INF else Said("any number", "กี่ข้อก็ได้")
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
    return Said(
        f"let the {of.en} be {new.en} instead of {old.en}", f"ปรับ{of.th} เป็น {new.th} จากเดิม {old.th}"
    )


def _set(blueprint: Blueprint, change: Change) -> Said:
    one = blueprint.sets[int(change.path[1])]
    ends = {"min": Said("at least", "อย่างน้อย"), "max": Said("at most", "ไม่เกิน")}[str(change.path[2])]
    return Said(
        f"ask for {ends.en} {change.after} of the set “{one.name}” instead of {change.before}",
        f"ปรับกลุ่มข้อ “{one.name}” เป็น{ends.th} {change.after} ข้อ จากเดิม {change.before} ข้อ",
    )


def _overlap(change: Change) -> Said:
    said = []
    old, new = change.before, change.after
    if new["max"] != old["max"]:
        plural = "" if new["max"] == 1 else "s"
        said.append(
            Said(
                f"let any two forms share up to {new['max']} item{plural} instead of {old['max'] or 'none'}",
                f"ให้สองชุดใด ๆ มีข้อซ้ำกันได้ไม่เกิน {new['max']} ข้อ จากเดิม"
                + (f" {old['max']} ข้อ" if old["max"] else "ไม่มีข้อซ้ำ"),
            )
        )
    if new["min"] != old["min"]:
        free = Said("do not ask that forms share items", "ไม่กำหนดให้แต่ละชุดต้องมีข้อซ้ำกัน")
        less = Said(
            f"ask any two forms to share at least {new['min']} instead of {old['min']}",
            f"กำหนดให้สองชุดใด ๆ มีข้อซ้ำกันอย่างน้อย {new['min']} ข้อ จากเดิม {old['min']} ข้อ",
        )
        said.append(less if new["min"] else free)
    return joined(said, " and ", " และ")


def _admitted(change: Change) -> Said:
    """`statuses` with one status more."""
    new = [status for status in change.after if status not in change.before]
    return Said(
        f"also use items of status {', '.join(new)}",
        f"ใช้ข้อสอบสถานะ{'และ'.join(STATUS_TH[s] for s in new)}ด้วย",
    )


# ── items to be written ──────────────────────────────────────────────────────────────────────


def _writing(wanted: Sequence[Wanted], near: Near, curve: Curve) -> Said:
    """`write 5 items at level 4: 3 of E1.01, 2 of E1.02`, and what they should be like on average."""
    about_each = [text for row, value in near if (text := like(row.field, value)) is not None]
    if curve:
        points = [
            Said(f"{number(value)} at θ = {at:g}", f"{number(value)} ที่ θ = {at:g}") for at, value in curve
        ]
        about_each.append(Said("mean information of about ", "สารสนเทศข้อละราว ") + joined(points, ", ", ", "))
    about = Said(", with ", " โดยเฉลี่ยมี") + joined(about_each, " and ", " และ") if about_each else NOTHING
    kinds: dict[tuple[object, ...], list[Wanted]] = {}
    for one in wanted:
        kinds.setdefault((one.pc is None, one.levels, one.categories, one.statuses), []).append(one)
    between = "; " if any(len(same) > 1 for same in kinds.values()) else ", "
    lines = joined([_lines(same) for same in kinds.values()], between, "; ")
    total = "" if len(wanted) == 1 else f" {sum(one.n_items for one in wanted)} ข้อ"
    return Said("write ", f"เขียนข้อสอบเพิ่ม{total}: ") + lines + about


def like(field: str, value: float) -> Said | None:
    """What an item brings to a quantity, where a writer can do anything about it."""
    steps = field.split(".")
    quantity = QUANTITIES[steps[1] if steps[0] == "quantities" else "facility"]
    if steps[0] == "quantities" or field == "statistics.facility":
        return Said("a mean ", "") + quantity + Said(f" of about {number(value)}", f" ราว {number(value)}")
    return None


def _lines(same: Sequence[Wanted]) -> Said:
    """Items of one kind, by criterion where there are several."""
    one, n = same[0], sum(line.n_items for line in same)
    kind = _kind(one)
    items = f"{n} {'' if one.pc else 'pilot '}item{'' if n == 1 else 's'}"
    if one.pc is None:
        return Said(f"{items}{kind.en}", f"ข้อสอบทดลองใช้ (pilot){kind.th} จำนวน {n} ข้อ")
    if len(same) == 1:
        return Said(f"{items} of {one.pc}{kind.en}", f"{criterion_th(one.pc)}{kind.th} จำนวน {n} ข้อ")
    if len({line.n_items for line in same}) == 1:
        names = ", ".join(str(line.pc) for line in same)
        by = Said(f"{one.n_items} each of {names}", f"เกณฑ์ละ {one.n_items} ข้อ ได้แก่ {names}")
    else:
        by = joined([Said(f"{o.n_items} of {o.pc}", f"{o.pc} {o.n_items} ข้อ") for o in same], th=", ")
        by = Said("", "ได้แก่ " if kind.th else "") + by
    return Said(f"{items}{kind.en}: ", f"{kind.th} ".lstrip()) + by


def _kind(one: Wanted) -> Said:
    """` at level 4 of status operational (apply)`."""
    said = NOTHING
    if one.levels:
        levels = ", ".join(str(level) for level in one.levels)
        said += Said(f" at level {levels}", f" ระดับ {levels}")
    if one.statuses and one.statuses != ("pilot",):
        thai = "หรือ".join(STATUS_TH[status] for status in one.statuses)
        said += Said(f" of status {' or '.join(one.statuses)}", f" สถานะ{thai}")
    if one.categories:
        said += Said(" (", " (") + _categories(one.categories) + Said(")", ")")
    return said


def _categories(names: Sequence[str]) -> Said:
    left = [one for one in COGNITIVE if one not in names]
    if len(left) == 1:
        return Said(f"any category but {left[0]}", f"พฤติกรรมใดก็ได้ ยกเว้น{COGNITIVE_TH[left[0]]}")
    return Said(" or ".join(names), "หรือ".join(COGNITIVE_TH[one] for one in names))

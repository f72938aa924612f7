"""How many forms a bank supports → sentences for a coordinator, in English and Thai."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from examgen.assembly.capacity.count import Capacity, Further, Gain, Plan, RunsOut
from examgen.assembly.capacity.supplies import Supply, Wanted
from examgen.assembly.infeasible import parts, repair_words
from examgen.assembly.infeasible.parts import Said
from examgen.assembly.task import LinearConstraint
from examgen.models.base import COGNITIVE, Status
from examgen.models.blueprint import Blueprint
from examgen.text.thai import COGNITIVE_TH, STATUS_TH

Language = Literal["en", "th"]
LANGUAGES: tuple[Language, ...] = ("en", "th")


def sentences(found: Capacity, blueprint: Blueprint, language: Language) -> list[str]:
    """How many forms, what runs out first, what more items would buy, what to write."""
    say = _THAI if language == "th" else _ENGLISH
    return [
        f"{say.exam(blueprint)}: {_how_many(found, say)}",
        *_runs_out(found, say),
        *_further(found, say),
        *(say.plan(plan, _list_of(plan, say)) for plan in found.plans if plan.lines),
    ]


def why(line: Wanted, plan: Plan, found: Capacity) -> str:
    """Why these items are to be written, in Thai and English, a line each."""
    return "\n".join(_why(line, plan, found, say) for say in (_THAI, _ENGLISH))


def asks(plan: Plan, blueprint: Blueprint, language: Language) -> str:
    """What an order is for: `4 forms of 40 items that share no item`, and from when its items count."""
    say = _THAI if language == "th" else _ENGLISH
    later = "" if "draft" in blueprint.statuses else say.later(blueprint.statuses)
    return say.asks(plan.forms, blueprint) + later


class _Words(NamedTuple):
    """The sentences of one language."""

    exam: Callable[[Blueprint], str]
    none: str
    unlimited: Callable[[int], str]
    supported: Callable[[int], str]
    refuted: Callable[[int, int, int], str]
    open: Callable[[int, int], str]
    limit: Callable[[int, int], str]
    first: Callable[[str, int], str]
    supply: Callable[[str, int, int], str]
    together: Callable[[Sequence[str], int], str]
    unexplained: Callable[[int], str]
    gain: Callable[[str, str], str]
    step: Callable[[Gain], str]
    alone: str
    plan: Callable[[Plan, str], str]
    tried: Callable[[bool | None], str]
    asks: Callable[[int, Blueprint], str]
    later: Callable[[Sequence[Status]], str]
    why: Callable[[Supply, Wanted, Plan], str]
    why_others: Callable[[Plan], str]
    categories: Callable[[Sequence[str]], str]
    status: Callable[[Sequence[Status]], str]
    near: Callable[[Sequence[str]], str]
    said: Callable[[Said], str]
    pilots: str


def _how_many(found: Capacity, say: _Words) -> str:
    built, bound = found.built, found.bound
    if bound == 0:
        return say.none
    if built.limit is not None and built.forms == built.limit:
        return say.unlimited(built.forms) if found.unlimited else say.limit(built.forms, bound)
    if built.forms == bound:
        return say.supported(bound)
    if built.impossible == built.forms + 1:
        return say.refuted(built.forms, built.impossible, bound)
    return say.open(built.forms, min(bound, (built.impossible or bound + 1) - 1))


def _runs_out(found: Capacity, say: _Words) -> Iterator[str]:
    held = {(one.name, one.field): one for one in found.supplies}
    same: dict[tuple[int, int], list[str]] = {}
    for one in found.runs_out_first:
        if _is_counted(one, held):
            supply = held[one.names[0], one.fields[0]]
            called = _name(supply.name, supply.field, say)
            same.setdefault((supply.usable, supply.least), []).append(called)
    if same:
        names = (say.supply(", ".join(names), *counts) for counts, names in same.items())
        yield say.first("; ".join(names), found.bound)
    for one in found.runs_out_first:
        if not _is_counted(one, held):
            all_called = (_name(*both, say) for both in zip(one.names, one.fields, strict=True))
            yield say.together(tuple(dict.fromkeys(all_called)), found.bound + 1)
    if not found.runs_out_first and not found.unlimited:
        yield say.unexplained(found.bound + 1)


def _name(name: str, field: str, say: _Words) -> str:
    """A quota as the language calls it; a criterion by its code."""
    if field.startswith("criteria"):
        return name
    return say.said(parts.name(LinearConstraint(name, field, (), (), 0, 0, True)))


def _is_counted(one: RunsOut, held: dict[tuple[str, str], Supply]) -> bool:
    return not one.together and (one.names[0], one.fields[0]) in held


def _further(found: Capacity, say: _Words) -> Iterator[str]:
    helps: list[Further] = [one for one in found.further if one.gains]
    for one in helps:
        yield say.gain(_name(one.name, one.field, say), ", ".join(say.step(gain) for gain in one.gains))
    if found.further and not helps:
        yield say.alone


def _list_of(plan: Plan, say: _Words) -> str:
    """`A4012.02 4, A4012.03 4; any category but remember`: what holds for all is said once."""
    kinds = {_kind(line, say) for line in plan.lines}
    texts = []
    for line in plan.lines:
        kind = _kind(line, say)
        texts.append(
            f"{line.pc or say.pilots} {line.n_items}" + (f" ({kind})" if kind and len(kinds) > 1 else "")
        )
    one = next(iter(kinds)) if len(kinds) == 1 else ""
    like = [text for field, value in plan.near if (text := repair_words.like(field, value)) is not None]
    near = say.near([say.said(text) for text in like]) if like else ""
    return ", ".join(texts) + (f"; {one}" if one else "") + near + say.tried(plan.tried)


def _kind(line: Wanted, say: _Words) -> str:
    """Categories and statuses that a line needs; empty where any will do."""
    told = [say.categories(line.categories)] if line.categories else []
    return ", ".join([*told, say.status(line.statuses)] if line.statuses else told)


def _why(line: Wanted, plan: Plan, found: Capacity, say: _Words) -> str:
    supply = next((one for one in found.supplies if one.name == line.pc and one.least), None)
    reason = say.why(supply, line, plan) if supply else say.why_others(plan)
    like = [text for field, value in plan.near if (text := repair_words.like(field, value)) is not None]
    reason += say.near([say.said(text) for text in like]) if like and line.pc else ""
    if line.statuses:
        reason = f"{reason}; {say.status(line.statuses)}"
    return f"{reason}; {say.categories(line.categories)}" if len(line.categories) > 1 else reason


# ── English ──────────────────────────────────────────────────────────────────────────────────


def _forms(n: int) -> str:
    return f"{n} form" if n == 1 else f"{n} forms"


def _items(n: int) -> str:
    return f"{n} item" if n == 1 else f"{n} items"


def _sharing(blueprint: Blueprint) -> str:
    most = blueprint.overlap.max
    beside = f" beside an anchor of {blueprint.anchor.items}" if blueprint.anchor else ""
    if most is None:
        return beside
    return f" that share {_items(most) if most else 'no item'}{' at most' if most else ''}{beside}"


def _asks_en(n_forms: int, blueprint: Blueprint) -> str:
    at = f" at level {blueprint.level}" if blueprint.level is not None else ""
    return f"{_forms(n_forms)} of {_items(blueprint.items)}{at}{_sharing(blueprint) if n_forms > 1 else ''}"


def _exam_en(blueprint: Blueprint) -> str:
    at = f" at level {blueprint.level}" if blueprint.level is not None else ""
    return f"{blueprint.exam}{at}, forms of {_items(blueprint.items)}{_sharing(blueprint)}"


def _categories_en(names: Sequence[str]) -> str:
    if len(names) == len(COGNITIVE) - 1:
        return f"any category but {next(name for name in COGNITIVE if name not in names)}"
    return _or(names)


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


_ENGLISH = _Words(
    exam=_exam_en,
    none="the bank supports not even one form",
    unlimited=lambda n: f"nothing limits the number of forms; {_forms(n)} were built, more were not tried",
    supported=lambda n: f"the bank supports {_forms(n)} ({n} built, {n + 1} proven impossible)",
    refuted=lambda n, no, bound: (
        f"the bank supports {_forms(n)} ({n} built, {no} proven impossible by the solver, though counts "
        f"allow {bound})"
    ),
    open=lambda n, bound: (
        f"{_forms(n)} built, {bound + 1} proven impossible; in between the search ended without an answer"
    ),
    limit=lambda n, bound: (
        f"{_forms(n)} built, {bound + 1} proven impossible; more than {n} were not tried"
    ),
    first=lambda names, n: f"runs out first, enough for {_forms(n)}: {names}",
    supply=lambda names, usable, least: f"{names} ({usable} usable, {least} in each form)",
    together=lambda names, n: (
        f"{_forms(n)} cannot meet {'these together' if len(names) > 1 else 'this'}: {', '.join(names)}"
    ),
    unexplained=lambda n: f"no quota tells why {_forms(n)} are impossible: look at sets, overlap and anchor",
    gain=lambda name, steps: f"{name}: {steps}",
    step=lambda gain: f"{_items(gain.items)} more give {_forms(gain.forms)}",
    alone="items written for one of these alone give no form more: they run out together",
    plan=lambda plan, lines: f"for {_forms(plan.forms)} write {_items(plan.n_items)}: {lines}",
    tried=lambda tried: (
        ""
        if tried is None
        else "; with stand-ins for them forms were built"
        if tried
        else " at the least; that is not enough: with stand-ins for them no forms were found"
    ),
    asks=_asks_en,
    later=lambda names: f"; an item counts once its status is {_or(names)}",
    why=lambda one, line, plan: (
        f"{one.usable} usable, {one.least} in each form; {line.n_items} more for {_forms(plan.forms)}"
    ),
    why_others=lambda plan: f"needed with the others for {_forms(plan.forms)}",
    categories=_categories_en,
    status=lambda names: f"status {_or(names)}",
    near=lambda texts: f", with {' and '.join(texts)}",
    said=lambda said: said.en,
    pilots="pilot items",
)  # fmt: skip


# ── Thai ─────────────────────────────────────────────────────────────────────────────────────


def _sharing_th(blueprint: Blueprint) -> str:
    most = blueprint.overlap.max
    beside = f" นอกจากข้อสอบร่วม (anchor) {blueprint.anchor.items} ข้อ" if blueprint.anchor else ""
    if most is None:
        return beside
    return (f" มีข้อซ้ำระหว่างชุดได้ไม่เกิน {most} ข้อ" if most else " ไม่มีข้อซ้ำระหว่างชุด") + beside


def _asks_th(n_forms: int, blueprint: Blueprint) -> str:
    at = f" ระดับ {blueprint.level}" if blueprint.level is not None else ""
    sharing = _sharing_th(blueprint) if n_forms > 1 else ""
    return f"แบบทดสอบ {n_forms} ชุด ชุดละ {blueprint.items} ข้อ{at}{sharing}"


def _exam_th(blueprint: Blueprint) -> str:
    at = f" ระดับ {blueprint.level}" if blueprint.level is not None else ""
    return f"{blueprint.exam}{at} ชุดละ {blueprint.items} ข้อ{_sharing_th(blueprint)}"


def _categories_th(names: Sequence[str]) -> str:
    if len(names) == len(COGNITIVE) - 1:
        return f"พฤติกรรมใดก็ได้ ยกเว้น{next(COGNITIVE_TH[n] for n in COGNITIVE if n not in names)}"
    return " หรือ".join(COGNITIVE_TH[name] for name in names)


_THAI = _Words(
    exam=_exam_th,
    none="คลังข้อสอบไม่พอจัดแม้แต่ชุดเดียว",
    unlimited=lambda n: f"ไม่มีสิ่งใดจำกัดจำนวนชุด จัดได้จริงแล้ว {n} ชุด ยังไม่ได้ลองมากกว่านี้",
    supported=lambda n: f"คลังข้อสอบรองรับได้ {n} ชุด (จัดได้จริงแล้ว และพิสูจน์แล้วว่า {n + 1} ชุดเป็นไปไม่ได้)",
    refuted=lambda n, no, bound: (
        f"คลังข้อสอบรองรับได้ {n} ชุด (จัดได้จริงแล้ว และพิสูจน์แล้วว่า {no} ชุดเป็นไปไม่ได้ "
        f"แม้จำนวนข้อจะพอสำหรับ {bound} ชุด)"
    ),
    open=lambda n, bound: (
        f"จัดได้จริงแล้ว {n} ชุด พิสูจน์แล้วว่า {bound + 1} ชุดเป็นไปไม่ได้ จำนวนระหว่างนั้นการค้นหาสิ้นสุดลงก่อนได้คำตอบ"
    ),
    limit=lambda n, bound: (
        f"จัดได้จริงแล้ว {n} ชุด พิสูจน์แล้วว่า {bound + 1} ชุดเป็นไปไม่ได้ ยังไม่ได้ลองมากกว่า {n} ชุด"
    ),
    first=lambda names, n: f"ส่วนที่หมดก่อน (พอสำหรับ {n} ชุด): {names}",
    supply=lambda names, usable, least: f"{names} (ใช้ได้ {usable} ข้อ ใช้ชุดละ {least} ข้อ)",
    together=lambda names, n: (
        f"จัด {n} ชุดให้เป็นไปตามข้อกำหนด{'เหล่านี้พร้อมกัน' if len(names) > 1 else 'นี้'}ไม่ได้: {', '.join(names)}"
    ),
    unexplained=lambda n: (
        f"ข้อกำหนดจำนวนข้อไม่ได้บอกว่าเหตุใดจึงจัด {n} ชุดไม่ได้: "
        "โปรดดูกลุ่มข้อสอบ ข้อซ้ำ และข้อสอบร่วม (anchor)"
    ),
    gain=lambda name, steps: f"{name}: {steps}",
    step=lambda gain: f"เขียนเพิ่ม {gain.items} ข้อ จะได้ {gain.forms} ชุด",
    alone="เขียนเพิ่มเพียงส่วนเดียวไม่ทำให้ได้ชุดเพิ่ม เพราะหลายส่วนหมดพร้อมกัน",
    plan=lambda plan, lines: f"สำหรับ {plan.forms} ชุด ต้องเขียนเพิ่ม {plan.n_items} ข้อ: {lines}",
    tried=lambda tried: (
        "" if tried is None else f" (ลองใช้ข้อสอบสมมติแทนข้อเหล่านี้แล้ว {'จัดชุดได้' if tried else 'ยังจัดชุดไม่ได้'})"
    ),
    asks=_asks_th,
    later=lambda names: f" ข้อสอบจะใช้ได้เมื่อมีสถานะ{'หรือ'.join(STATUS_TH[name] for name in names)}",
    why=lambda one, line, plan: (
        f"ใช้ได้ {one.usable} ข้อ ใช้ชุดละ {one.least} ข้อ ต้องเพิ่ม {line.n_items} ข้อสำหรับ {plan.forms} ชุด"
    ),
    why_others=lambda plan: f"ต้องใช้ร่วมกับข้ออื่นสำหรับ {plan.forms} ชุด",
    categories=_categories_th,
    status=lambda names: f"สถานะ{'หรือ'.join(STATUS_TH[name] for name in names)}",
    near=lambda texts: f" โดยเฉลี่ยมี{' และ'.join(texts)}",
    said=lambda said: said.th,
    pilots="ข้อสอบทดลองใช้ (pilot)",
)  # fmt: skip

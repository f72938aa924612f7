"""A blueprint that cannot be met → why, and the cheapest changes that would meet it, in plain words.

Each cause is a `Problem` at its line of the blueprint; each repair has been tried by the solver before it is
offered. Everything is there as sentences in English and Thai, and as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from examgen.assembly.infeasible import clashes
from examgen.assembly.infeasible.clash_words import sentence
from examgen.assembly.infeasible.clashes import Clash
from examgen.assembly.infeasible.parts import NOTHING, Said, Words, field_of
from examgen.assembly.infeasible.tried import Case, Mend, Solve, exposed, mends
from examgen.assembly.task import LinearConstraint, Solution, Task
from examgen.assembly.usable import Bank, Pool, why_not
from examgen.models.blueprint import Blueprint
from examgen.problems import Problem
from examgen.text.thai import STATUS_TH
from examgen.yamlfile import Document

UNEXPLAINED = "quotas-unexplained"


class Why(NamedTuple):
    """One cause: where it stands, a sentence, and the parts that clash."""

    source: str
    code: str
    field: str
    said: Said
    parts: tuple[str, ...]
    smallest: bool
    """Whether it is proven that the parts clash, and that none of them can be left out of the clash."""

    def as_dict(self) -> dict[str, Any]:
        """The cause as a JSON object."""
        return {
            "source": self.source,
            "code": self.code,
            "field": self.field,
            "message": self.said.en,
            "th": self.said.th,
            "clash": list(self.parts),
            "smallest": self.smallest,
        }


class Explanation(NamedTuple):
    """Why there are no forms, and what would give them, the cheapest first."""

    causes: tuple[Why, ...]
    repairs: tuple[Mend, ...]

    @property
    def found(self) -> bool:
        """Whether a cause was found, which is then proven, not only that there are no forms."""
        return all(one.code != UNEXPLAINED for one in self.causes)

    @property
    def advice(self) -> tuple[Said, ...]:
        """The repairs as sentences."""
        return tuple(one.said for one in self.repairs)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The causes as problems of the blueprint's file."""
        return tuple(Problem(one.source, one.code, one.said.en, field=one.field) for one in self.causes)

    def as_dict(self) -> dict[str, Any]:
        """The explanation as a JSON object."""
        return {
            "causes": [one.as_dict() for one in self.causes],
            "repairs": [one.as_dict() for one in self.repairs],
        }


def explain(
    bank: Bank,
    pool: Pool,
    blueprint: Blueprint,
    task: Task,
    document: Document,
    solve: Solve,
) -> Explanation:
    """Every cause found, never none, and the repairs that work.

    `task` is that of pool and blueprint; `solve` makes the forms of a task, for as many candidates as the
    blueprint names, and raises `Infeasible` or `SearchEnded` where a repair gives none.
    """
    task = exposed(task, blueprint)
    case = Case(bank, pool, blueprint, task, solve)
    clash = clashes.find(task)
    return Explanation(
        tuple(_causes(case, clash, document)),
        tuple(mends(case, clash or Clash((), False))),
    )


def plainly(bank: Bank, pool: Pool, blueprint: Blueprint, task: Task, document: Document) -> list[Problem]:
    """The causes that counting or the quickest proof finds, without repairs; none where neither tells."""
    task = exposed(task, blueprint)
    clash = clashes.plain(task)
    whys = _causes(Case(bank, pool, blueprint, task, _no_solver), clash, document) if clash else ()
    return [Problem(one.source, one.code, one.said.en, field=one.field) for one in whys]


def _no_solver(task: Task, blueprint: Blueprint) -> Solution:
    raise NotImplementedError("no repair is tried")


# ── causes ───────────────────────────────────────────────────────────────────────────────────


def _causes(case: Case, clash: Clash | None, document: Document) -> list[Why]:
    if clash is None:
        return [_unexplained(document)]
    reasons = why_not(case.bank, case.blueprint)
    words = Words(case.blueprint, case.task, lambda row: _left_out(case, row, reasons))
    told: set[Said] = set()
    whys: list[Why] = []
    for cause in clash.causes:
        code, field, said = sentence(words, cause)
        if said in told:  # the anchor's size stands in the task twice
            continue
        told.add(said)
        if code == "bank-too-small" and not any(one.code == code for one in whys):
            said += _passed_over(case)
        parts = dict.fromkeys(field_of(words, part) for part in cause.parts)
        whys.append(Why(document.at(path_of(field)), code, field, said, tuple(parts), cause.smallest))
    return whys


def path_of(field: str) -> tuple[str, ...]:
    """Where the file has a field: patterns of criteria have dots of their own."""
    steps = field.split(".")
    if steps[0] in ("criteria", "unit_mix"):
        return (steps[0], ".".join(steps[1:])) if len(steps) > 1 else (steps[0],)
    return tuple(steps)


def _unexplained(document: Document) -> Why:
    said = Said(
        "these forms are impossible, which is proven; which constraints stand in the way was not found "
        "within the limits of the search: widen the narrowest, or write more items",
        "พิสูจน์แล้วว่าจัดชุดเหล่านี้ไม่ได้ แต่ค้นไม่พบภายในขีดจำกัดว่าเงื่อนไขใดขัดกัน: ให้ผ่อนเงื่อนไขที่แคบที่สุด หรือเขียนข้อสอบเพิ่ม",
    )
    return Why(document.at(["items"]), UNEXPLAINED, "items", said, (), False)


def _left_out(case: Case, row: LinearConstraint, reasons: Mapping[str, str]) -> Said:
    """` (12 in all: 2 for other levels)` where items exist that may not be used."""
    if row.name in case.pool.places:
        same = [item for item in case.bank.items if item.pc == row.name]
    elif row.field == "items":
        same = list(case.bank.items)
    else:
        return NOTHING
    held = [reasons[item.id] for item in same if item.id in reasons]
    if not held:
        return NOTHING
    en = ", ".join(f"{held.count(reason)} {reason}" for reason in dict.fromkeys(held))
    th = " ".join(f"{_reason_th(reason)} {held.count(reason)} ข้อ" for reason in dict.fromkeys(held))
    return Said(f" ({len(same)} in all: {en})", f" (ทั้งหมด {len(same)} ข้อ: {th})")


_TO_BE_REVIEWED = ("draft", "review")


def _passed_over(case: Case) -> Said:
    """How items come into use that nobody has approved yet, where their status alone keeps them out."""
    blueprint = case.blueprint
    new = [status for status in _TO_BE_REVIEWED if status not in blueprint.statuses]
    admitted = blueprint.model_copy(update={"statuses": (*blueprint.statuses, *new)})
    barred = why_not(case.bank, admitted)
    held = [item.status for item in case.bank.items if item.status in new and item.id not in barred]
    if not held:
        return NOTHING
    counts = [(status, held.count(status)) for status in new if status in held]
    used = [status for status in blueprint.statuses if any(one.status == status for one in case.bank.items)]
    write = f"`statuses: [{', '.join([*used, *(status for status, _ in counts)])}]`"
    en = ", ".join(f"{n} {status}" for status, n in counts)
    th = " ".join(f"สถานะ{STATUS_TH[status]} {n} ข้อ" for status, n in counts)
    n = f"{len(held)} items are" if len(held) > 1 else "1 item is"
    return Said(
        f"; {n} left out only for {'its' if len(held) == 1 else 'their'} status ({en}): have that reviewed "
        f"(`examgen bank status`), or write {write} for a trial",
        f" มีข้อที่ใช้ไม่ได้เพราะสถานะเพียงอย่างเดียว ({th}): ให้ผู้เชี่ยวชาญตรวจแล้วเลื่อนสถานะ (`examgen bank status`) "
        f"หรือใส่ {write} เพื่อทดลองจัดชุด",
    )


_REASONS_TH = {
    "out of scope": "นอกขอบเขต",
    "for other levels": "เป็นของระดับอื่น",
    "over the exposure ceiling": "ใช้เกินเพดานที่กำหนด",
    "without a facility": "ไม่มีค่าความง่าย",
    "without item parameters": "ไม่มีค่าพารามิเตอร์ของข้อ",
}


def _reason_th(reason: str) -> str:
    if reason.startswith("status "):
        return f"สถานะ{STATUS_TH[reason.removeprefix('status ')]}"
    if reason.startswith("asked in the last "):
        return f"ออกสอบใน {reason.removeprefix('asked in the last ').split()[0]} ครั้งล่าสุด"
    if reason.startswith("without a "):
        return f"ไม่มีค่า{_quantity_th(reason.removeprefix('without a '))}"
    if reason.endswith(" out of bounds"):
        return f"{_quantity_th(reason.removesuffix(' out of bounds'))}นอกช่วงที่กำหนด"
    return _REASONS_TH.get(reason, reason)


_QUANTITIES_TH = {
    "facility": "ค่าความง่าย",
    "reading_length": "ความยาวของข้อ",
    "time_s": "เวลาที่คาด",
    "age_days": "อายุของข้อ",
    "times_used": "จำนวนครั้งที่ใช้",
}


def _quantity_th(name: str) -> str:
    return _QUANTITIES_TH.get(name, name)

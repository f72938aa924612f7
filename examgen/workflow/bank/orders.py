"""What is to be written → a workbook for the item writers of each unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from examgen.assembly.capacity.count import Plan
from examgen.assembly.capacity.words import asks
from examgen.bank.workbook.columns import both
from examgen.bank.workbook.orders import Purpose, ToWrite, write_order
from examgen.models.base import STATUS_WORDS
from examgen.models.blueprint import Blueprint
from examgen.models.item import BankUnit
from examgen.problems import BlueprintNotMet, WrongUsage
from examgen.storage import write_files
from examgen.words import tell
from examgen.workflow.bank.spreadsheets import ids_named


def purpose_of(blueprint: Blueprint, n_forms: int) -> Purpose:
    """What the items of an order are wanted for."""
    plan = Plan(n_forms, (), None)
    asked = asks(plan, blueprint)
    return Purpose(blueprint.exam, blueprint.title.th, blueprint.title.en, asked.th, asked.en)


def write_order_files(
    shelves: Sequence[BankUnit],
    orders: Sequence[ToWrite],
    purpose: Purpose,
    bank_folder: Path,
    path: Path,
    replace: bool = False,
) -> list[Path]:
    """The workbooks of an order: FILE.xlsx, or FILE-<UNIT>.xlsx for each unit where several lack items."""
    _must_be_workbook(path)
    mine = {str(shelf.unit.code): _of_unit(shelf, orders, shelf is shelves[0]) for shelf in shelves}
    lacking = [shelf for shelf in shelves if mine[str(shelf.unit.code)]]
    files = {}
    for shelf in lacking:
        code = str(shelf.unit.code)
        place = path if len(lacking) == 1 else path.with_name(f"{path.stem}-{code}{path.suffix}")
        check_order_path(place, replace)
        files[place] = write_order(shelf, mine[code], purpose, ids_named(bank_folder / code, shelf))
    write_files(files)
    return list(files)


def _of_unit(shelf: BankUnit, orders: Sequence[ToWrite], first: bool) -> list[ToWrite]:
    """The orders that a unit can fill: its criteria, and, of the first, what any criterion will do for."""
    codes = {criterion.code for criterion in shelf.unit.criteria}
    return [order for order in orders if order.pc in codes or (order.pc is None and first)]


def check_order_path(path: Path, replace: bool = False) -> None:
    """Refuses a name under which no order can be written; `build` asks before anything is solved."""
    _must_be_workbook(path)
    if path.exists() and not replace:
        raise WrongUsage(
            tell(
                "{path} is there already, maybe with someone's work: name another, or --replace it", path=path
            )
        )


def _must_be_workbook(path: Path) -> None:
    if path.suffix.lower() != ".xlsx":
        raise WrongUsage(tell("{path} must end in .xlsx", path=path))


def order_of(
    refusal: BlueprintNotMet,
    shelves: Sequence[BankUnit],
    blueprint: Blueprint,
    bank_folder: Path,
    path: Path,
    replace: bool,
) -> list[Path]:
    """The order of the cheapest repair that needs nothing but items; `Refused` where there is none."""
    repairs: Sequence[Mapping[str, Any]] = refusal.details.get("repairs", ())
    alone = [one for one in repairs if one["write"] and not one["change"]]
    if not alone:
        message = tell("no order was written: no items alone would meet this blueprint")
        raise BlueprintNotMet(
            tell("{message}; {message_2}", message=refusal.message, message_2=message),
            refusal.problems,
            refusal.details,
            refusal.advice,
        )
    orders = [
        ToWrite(
            one["pc"],
            tuple(one["levels"]),
            one["cognitive"][0] if len(one["cognitive"]) == 1 else None,
            one["n"],
            _why(one, refusal.details, alone[0]),
            tuple(one["cognitive"]),
        )
        for one in alone[0]["write"]
    ]
    purpose = purpose_of(blueprint, blueprint.n_forms)
    return write_order_files(shelves, orders, purpose, bank_folder, path, replace)


def _why(one: Mapping[str, Any], details: Mapping[str, Any], repair: Mapping[str, Any]) -> str:
    """For whoever writes them, in Thai and English: the cause that names the criterion, or else the whole
    repair; and the statuses that will do, where not any will."""
    fields = (f"criteria.{one['pc']}", "criteria.all")
    causes = [
        cause
        for cause in details["causes"]
        if cause["field"] in fields and (one["pc"] or "?") in f"{cause['message']} {cause['field']}"
    ]
    said = causes[0] if causes else repair
    lines = [said["th"], said["message"]]
    if one["statuses"]:
        lines.append(" / ".join(both(STATUS_WORDS[name]) for name in one["statuses"]))
    return "\n".join(lines)

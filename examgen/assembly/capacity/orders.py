"""How many parallel forms the bank supports under a blueprint, and the order for what is to be written: a
workbook for the item writers of each unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from examgen.assembly.blueprints import read_blueprint, shelves_of, unread
from examgen.assembly.capacity.count import FormCapacity, WritingPlan, capacity
from examgen.assembly.capacity.words import asks, sentences, why
from examgen.assembly.compliance import check_blueprint
from examgen.assembly.search.solver import solve
from examgen.assembly.usable import bank_of, pool_of
from examgen.bank.spreadsheets import ids_named
from examgen.bank.workbook.columns import both
from examgen.bank.workbook.orders import Purpose, ToWrite, write_order
from examgen.core.files import Progress, quiet
from examgen.core.models.bank_unit import BankUnit
from examgen.core.models.base import STATUS_WORDS
from examgen.core.models.blueprint import Blueprint
from examgen.core.problems import BlueprintNotMet, Problem, Refused, WrongUsage
from examgen.core.storage import write_files
from examgen.core.words import Message, command, option, tell


class BankCapacity(NamedTuple):
    """The answer, and what it is about."""

    blueprint: Blueprint
    shelves: tuple[BankUnit, ...]
    found: FormCapacity
    told: list[Message]
    target: int
    """The forms that an order is for: as many as were asked for, else one more than the bank supports."""
    problems: tuple[Problem, ...] = ()
    """What of the statistics could not be read, and which are history."""

    @property
    def order(self) -> WritingPlan | None:
        """What is to be written for the target; None where nothing is, or nothing helps."""
        return next((plan for plan in self.found.plans if plan.forms == self.target), None)


def bank_capacity(
    blueprint_path: Path, workspace: Path, forms: int | None = None, progress: Progress = quiet
) -> BankCapacity:
    """How many forms, what runs out first, what to write for `forms`, or for what the blueprint asks."""
    blueprint, document = read_blueprint(blueprint_path, workspace / "item_bank")
    shelves, warnings = shelves_of(workspace, blueprint)
    check_blueprint(blueprint, [shelf.unit for shelf in shelves], document)
    if blueprint.forms == "per_candidate":
        # what is asked is how many forms there can be that share nothing
        blueprint = blueprint.model_copy(update={"forms": 1, "candidates": None})
    wanted = forms if forms is not None else blueprint.n_forms
    found = capacity(pool_of(bank_of(shelves), blueprint), blueprint, solve, wanted, progress)
    told = sentences(found, blueprint)
    target = forms if forms is not None else max(blueprint.n_forms, found.bound + 1)
    return BankCapacity(blueprint, tuple(shelves), found, told, target, unread(warnings))


def write_orders(answer: BankCapacity, workspace: Path, path: Path, replace: bool = False) -> list[Path]:
    """The order as a workbook; one for each unit that lacks items, where there are several."""
    plan = answer.order
    if answer.target <= answer.found.bound:
        raise Refused(
            tell("no order was written: the bank has the items for {target} form(s)", target=answer.target)
        )
    if plan is None:
        raise Refused(
            tell(
                "no order was written: no number of items would be enough for {target} form(s)",
                target=answer.target,
            )
        )
    if plan.tried is False:
        raise Refused(
            tell(
                "no order was written: {n_items} item(s) are lacking by count, and with stand-ins for them "
                "no {forms} forms were found; {command} of the blueprint with `forms: {forms}` says what "
                "would do",
                n_items=plan.n_items,
                forms=plan.forms,
                command=command("build"),
            )
        )
    orders = [
        ToWrite(
            line.pc,
            line.levels,
            line.categories[0] if len(line.categories) == 1 else None,
            line.n_items,
            why(line, plan, answer.found),
            line.categories,
        )
        for line in plan.lines
    ]
    return write_order_files(
        answer.shelves,
        orders,
        purpose_of(answer.blueprint, plan.forms),
        workspace / "item_bank",
        path,
        replace,
    )


def purpose_of(blueprint: Blueprint, n_forms: int) -> Purpose:
    """What the items of an order are wanted for."""
    plan = WritingPlan(n_forms, (), None)
    asked = asks(plan, blueprint)
    return Purpose(blueprint.exam, blueprint.title.th, blueprint.title.en, asked.th, asked.en)


def write_order_files(
    shelves: Sequence[BankUnit],
    orders: Sequence[ToWrite],
    purpose: Purpose,
    bank_folder: Path,
    path: Path,
    replace: bool,
) -> list[Path]:
    """The workbooks of an order: FILE.xlsx, or FILE-<UNIT>.xlsx for each unit where several lack items."""
    _must_be_workbook(path)
    # The orders that a unit can fill: its criteria, and, of the first, what any criterion will do for.
    mine: dict[str, list[ToWrite]] = {}
    for shelf in shelves:
        codes = {criterion.code for criterion in shelf.unit.criteria}
        any_pc = [None] if shelf is shelves[0] else []
        mine[str(shelf.unit.code)] = [one for one in orders if one.pc in (*codes, *any_pc)]
    lacking = [shelf for shelf in shelves if mine[str(shelf.unit.code)]]
    files = {}
    for shelf in lacking:
        code = str(shelf.unit.code)
        place = path if len(lacking) == 1 else path.with_name(f"{path.stem}-{code}{path.suffix}")
        check_order_path(place, replace)
        files[place] = write_order(shelf, mine[code], purpose, ids_named(bank_folder / code, shelf))
    write_files(files)
    return list(files)


def check_order_path(path: Path, replace: bool) -> None:
    """Refuses a name under which no order can be written; `build` asks before anything is solved."""
    _must_be_workbook(path)
    if path.exists() and not replace:
        raise WrongUsage(
            tell(
                "{path} is there already, maybe with someone's work: name another, or {replace} it",
                path=path,
                replace=option("replace"),
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

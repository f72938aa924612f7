"""How many parallel forms the bank supports under a blueprint, and the order for what is to be written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from examgen.assembly.capacity.count import Capacity, Plan, capacity
from examgen.assembly.capacity.words import sentences, why
from examgen.assembly.gate import check_blueprint
from examgen.assembly.search.solver import solve
from examgen.assembly.usable import bank_of, pool_of
from examgen.bank.workbook.orders import ToWrite
from examgen.models.blueprint import Blueprint
from examgen.models.item import BankUnit
from examgen.problems import Problem, Refused
from examgen.words import Message, tell
from examgen.workflow.bank.orders import purpose_of, write_order_files
from examgen.workflow.blueprints import read_blueprint
from examgen.workflow.exams import shelves_of, unread
from examgen.workflow.files import Progress, quiet


class BankCapacity(NamedTuple):
    """The answer, and what it is about."""

    blueprint: Blueprint
    shelves: tuple[BankUnit, ...]
    found: Capacity
    told: list[Message]
    target: int
    """The forms that an order is for: as many as were asked for, else one more than the bank supports."""
    problems: tuple[Problem, ...] = ()
    """What of the statistics could not be read, and which are history."""

    @property
    def order(self) -> Plan | None:
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
                "no order was written: {n_items} item(s) are lacking by count, and with stand-ins "
                "for them no {forms} forms were found; `examgen build` of the blueprint with `forms: "
                "{forms}` says what would do",
                n_items=plan.n_items,
                forms=plan.forms,
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

"""A blueprint that cannot be met → the causes, and the cheapest changes with which it can be met.

Each cause is a `Problem` at its line of the blueprint. Each repair is tried with the solver before it is
offered. Causes and repairs are available as sentences and as data.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from examgen.assembly.infeasible import causes
from examgen.assembly.infeasible.causes import Solve
from examgen.assembly.infeasible.repairs import Case, FindForms, Repair, repairs, spread_repairs
from examgen.assembly.infeasible.words import field_of, repair_sentence, sentence
from examgen.assembly.infeasible.writing import writable
from examgen.assembly.usable import Bank, why_not
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import STATUS_WORDS, Status
from examgen.core.problems import Problem
from examgen.core.words import Message, command, joined, tell, tell_n
from examgen.core.yamlfile import Document

UNEXPLAINED = "quotas-unexplained"
TOO_SMALL = "bank-too-small"
CONTRADICTIONS = ("quotas-over-length", "quotas-under-length", "quotas-over-quota", "quotas-under-quota")
"""Codes of causes in which numbers of the blueprint contradict each other, whatever the bank contains."""


class Explanation(NamedTuple):
    """Why there are no forms, and repairs that make them possible, as sentences and as data."""

    problems: tuple[Problem, ...]
    """The causes, as problems of the blueprint's file."""
    advice: tuple[Message, ...]
    """The repairs as sentences."""
    data: dict[str, Any]
    """`causes`, `repairs`, and `left_out`: if the bank is too small, the number of items that only lack the
    approval of experts, by status."""

    @property
    def found(self) -> bool:
        """Whether a proven cause was found; otherwise it is only proven that there are no forms."""
        return all(one.code != UNEXPLAINED for one in self.problems)

    @property
    def contradicts(self) -> bool:
        """Whether numbers of the blueprint contradict each other."""
        return any(one.code in CONTRADICTIONS for one in self.problems)


def explain(
    bank: Bank, blueprint: Blueprint, document: Document, find_forms: FindForms, solve: Solve
) -> Explanation:
    """Return the causes (at least one) and the repairs that work.

    `find_forms` finds the forms of a pool and a blueprint, `solve` those of a task; both raise `Infeasible`
    or `SearchEnded` if there are none.
    """
    case = Case.of_blueprint(bank, blueprint, find_forms, solve)
    found = causes.find(case.task, solve, [one.kind for one in writable(case.pool, blueprint, case.task)])
    unexplained = tell(
        "these forms are proven impossible, but the search found no cause within its "
        "limits. Widen the narrowest constraints, or write more items."
    )
    told = [sentence(case, cause) for cause in found] or [(UNEXPLAINED, "items", unexplained)]
    codes = [code for code, _, _ in told]
    left_out = _left_out(case) if TOO_SMALL in codes else {}
    if left_out:
        code, field, said = told[codes.index(TOO_SMALL)]
        said = tell("{said} {passed_over}", said=said, passed_over=_passed_over(left_out))
        told[codes.index(TOO_SMALL)] = code, field, said
    problems = [Problem(document.at(path_of(field)), code, said, field=field) for code, field, said in told]
    clashes = [dict.fromkeys(field_of(case, part) for part in cause.parts) for cause in found]
    offered = [(one, repair_sentence(blueprint, one)) for one in repairs(case, found)]
    return Explanation(
        tuple(problems),
        tuple(said for _, said in offered),
        {
            "causes": [
                {"source": one.source, "code": one.code, "field": one.field, "message": one.message.en}
                | {"th": one.message.th, "clash": [*clash], "smallest": smallest}
                for one, clash, smallest in zip(
                    problems, clashes or [{}], [cause.smallest for cause in found] or [False], strict=True
                )
            ],
            "repairs": [repair_data(one, said) for one, said in offered],
            "left_out": left_out,
        },
    )


def path_of(field: str) -> tuple[str, ...]:
    """Return the path of a field in the file; patterns of criteria may contain dots themselves."""
    family, _, rest = field.partition(".")
    return (family, rest) if rest and family in ("criteria", "unit_mix") else tuple(field.split("."))


def proportional(
    bank: Bank, blueprint: Blueprint, find_forms: FindForms, solve: Solve
) -> list[dict[str, Any]]:
    """Return the repairs, as data, that make the criteria add up to the length of a form; empty if none gives
    forms."""
    case = Case.of_blueprint(bank, blueprint, find_forms, solve)
    return [repair_data(one, repair_sentence(blueprint, one)) for one in spread_repairs(case)]


def repair_data(repair: Repair, said: Message) -> dict[str, Any]:
    """Return a repair as a JSON object."""
    return {
        "message": said.en,
        "th": said.th,
        "cost": repair.cost,
        "spread": repair.is_spread,
        "change": [{"path": [*one.path], "from": one.before, "to": one.after} for one in repair.changes],
        "write": [
            {
                "n": one.n_items,
                "pc": one.pc,
                "levels": list(one.levels),
                "cognitive": list(one.categories),
                "statuses": list(one.statuses),
            }
            for one in repair.wanted
        ],
        "near": dict(repair.near),
        "information": [list(point) for point in repair.information],
    }


def _left_out(case: Case) -> dict[Status, int]:
    """Return the number of items that are excluded only because no expert has approved them, by status."""
    blueprint = case.blueprint
    to_review: tuple[Status, ...] = ("draft", "review")
    new = [status for status in to_review if status not in blueprint.statuses]
    barred = why_not(case.bank, blueprint.model_copy(update={"statuses": (*blueprint.statuses, *new)}))
    waiting = [item.status for item in case.bank.items if item.status in new and item.id not in barred]
    return {status: waiting.count(status) for status in new if status in waiting}


def _passed_over(counts: dict[Status, int]) -> Message:
    """Return a sentence on how to use items that are excluded only because of their status."""
    return tell_n(
        "{n} item is excluded only because of its status ({counts}). Have it reviewed "
        "({command}) or, for a trial, allow that status.",
        "{n} items are excluded only because of their status ({counts}). Have them "
        "reviewed ({command}) or, for a trial, allow that status.",
        sum(counts.values()),
        counts=joined(tell("{n} {status}", n=n, status=STATUS_WORDS[one]) for one, n in counts.items()),
        command=command("bank status"),
    )

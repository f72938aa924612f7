"""A blueprint that cannot be met → why, and the cheapest changes that would meet it, in plain words.

Each cause is a `Problem` at its line of the blueprint; each repair has been tried by the solver before it is
offered. Everything is there as sentences and as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from examgen.assembly.infeasible import clashes
from examgen.assembly.infeasible.clash_words import sentence
from examgen.assembly.infeasible.clashes import Clash
from examgen.assembly.infeasible.parts import Words, field_of
from examgen.assembly.infeasible.tried import Case, Mend, Solve, exposed, mends
from examgen.assembly.task import LinearConstraint, Solution, Task
from examgen.assembly.usable import Bank, Pool, why_not
from examgen.core.models.base import STATUS_WORDS
from examgen.core.models.blueprint import Blueprint
from examgen.core.problems import Problem
from examgen.core.words import Message, joined, tell, tell_n
from examgen.core.yamlfile import Document

UNEXPLAINED = "quotas-unexplained"


class Why(NamedTuple):
    """One cause: where it stands, a sentence, and the parts that clash."""

    source: str
    code: str
    field: str
    said: Message
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
    def advice(self) -> tuple[Message, ...]:
        """The repairs as sentences."""
        return tuple(one.said for one in self.repairs)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The causes as problems of the blueprint's file."""
        return tuple(Problem(one.source, one.code, one.said, field=one.field) for one in self.causes)

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
    return [Problem(one.source, one.code, one.said, field=one.field) for one in whys]


def _no_solver(task: Task, blueprint: Blueprint) -> Solution:
    raise NotImplementedError("no repair is tried")


# ── causes ───────────────────────────────────────────────────────────────────────────────────


def _causes(case: Case, clash: Clash | None, document: Document) -> list[Why]:
    if clash is None:
        unexplained = tell(
            "these forms are impossible, which is proven; which constraints stand in the way was not found "
            "within the limits of the search: widen the narrowest, or write more items"
        )
        return [Why(document.at(["items"]), UNEXPLAINED, "items", unexplained, (), False)]
    reasons = why_not(case.bank, case.blueprint)
    words = Words(case.blueprint, case.task, lambda row: _left_out(case, row, reasons))
    told: set[Message] = set()
    whys: list[Why] = []
    for cause in clash.causes:
        code, field, said = sentence(words, cause)
        if said in told:  # the anchor's size stands in the task twice
            continue
        told.add(said)
        if code == "bank-too-small" and not any(one.code == code for one in whys):
            # How items come into use that nobody has approved yet, where their status alone keeps them out.
            blueprint = case.blueprint
            new = [status for status in _TO_BE_REVIEWED if status not in blueprint.statuses]
            admitted = blueprint.model_copy(update={"statuses": (*blueprint.statuses, *new)})
            barred = why_not(case.bank, admitted)
            held = [item.status for item in case.bank.items if item.status in new and item.id not in barred]
            if not held:
                passed_over = None
            else:
                counts = [(status, held.count(status)) for status in new if status in held]
                used = [
                    status
                    for status in blueprint.statuses
                    if any(one.status == status for one in case.bank.items)
                ]
                passed_over = tell_n(
                    "{n} item is left out only for its status ({counts}): have that reviewed (`examgen bank "
                    "status`), or write {write} for a trial",
                    "{n} items are left out only for their status ({counts}): have that reviewed (`examgen "
                    "bank status`), or write {write} for a trial",
                    len(held),
                    counts=joined(
                        tell("{n} {status}", n=n, status=STATUS_WORDS[status]) for status, n in counts
                    ),
                    write=f"`statuses: [{', '.join([*used, *(status for status, _ in counts)])}]`",
                )
            said = tell("{said}; {passed_over}", said=said, passed_over=passed_over) if passed_over else said
        parts = dict.fromkeys(field_of(words, part) for part in cause.parts)
        whys.append(Why(document.at(path_of(field)), code, field, said, tuple(parts), cause.smallest))
    return whys


def path_of(field: str) -> tuple[str, ...]:
    """Where the file has a field: patterns of criteria have dots of their own."""
    steps = field.split(".")
    if steps[0] in ("criteria", "unit_mix"):
        return (steps[0], ".".join(steps[1:])) if len(steps) > 1 else (steps[0],)
    return tuple(steps)


def _left_out(
    case: Case, row: LinearConstraint, reasons: Mapping[str, Message]
) -> tuple[int, Message] | None:
    """`12`, `2 for other levels`, where items exist that may not be used."""
    if row.name in case.pool.places:
        same = [item for item in case.bank.items if item.pc == row.name]
    elif row.field == "items":
        same = list(case.bank.items)
    else:
        return None
    held = [reasons[item.id] for item in same if item.id in reasons]
    counts = [tell("{n} {reason}", n=held.count(one), reason=one) for one in dict.fromkeys(held)]
    return (len(same), joined(counts)) if held else None


_TO_BE_REVIEWED = ("draft", "review")

"""A task without forms → why: plain reasons by counting, then the smallest sets of constraints that clash.

An elastic filter finds constraints that cannot hold together, a deletion filter drops from them all that can
be dropped (see Chinneck 2008, Feasibility and Infeasibility in Optimization, ch. 6). Each test is a model
of `relaxation`: what it refutes is proven. What is left is smallest in this sense: drop any one of its parts,
and the others can be met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from examgen.assembly.infeasible.counting import CountingReason, counting, of_one_criterion
from examgen.assembly.infeasible.parts import (
    ANCHOR,
    FORMS,
    GOAL,
    OVERLAP,
    SHARED,
    USES,
    TaskPart,
    all_parts,
    elastic,
    is_length,
    only,
    row_of,
    without,
)
from examgen.assembly.infeasible.relaxation import Freedom, Level, least_change, refuted
from examgen.assembly.task import SearchEnded, Task

MOST_CAUSES = 12


class Proof(NamedTuple):
    """A model that may refute a task."""

    level: Level
    integer: bool

    def refutes(self, task: Task) -> bool | None:
        """Whether the model proves that there are no forms; None where it is too large or gives up."""
        return refuted(task, self.level, self.integer)


PROOFS = (Proof("aggregate", False), Proof("one", True), Proof("aggregate", True), Proof("each", True))
"""From the quickest to the strongest; the last decides."""


class Cause(NamedTuple):
    """Constraints that cannot hold together, which is proven."""

    parts: tuple[TaskPart, ...]
    reason: CountingReason | None
    """The plain reason behind them, where counting finds it."""
    smallest: bool
    """Whether it is proven that they can hold once any one of them is dropped."""


class Clash(NamedTuple):
    """Why a task has no forms: causes that share no quota, the plain ones first."""

    causes: tuple[Cause, ...]
    complete: bool
    """Whether nothing else is known to stand in the way once the quotas named here are dropped."""


def find(task: Task) -> Clash | None:
    """The causes why a task has no forms; None where no model proves that it has none."""
    causes = [_of_reason(task, reason) for reason in counting(task)]
    causes = [cause for n, cause in enumerate(causes) if cause.parts not in [c.parts for c in causes[:n]]]
    # what a coordinator asked, not the forms and rules that all causes share
    quotas = [[part for part in cause.parts if elastic(task, part)] for cause in causes]
    rest = without(task, [part for asked in quotas for part in asked])
    while len(causes) < MOST_CAUSES and all(quotas):
        test = next((test for test in PROOFS if test.refutes(rest)), None)
        if test is None:
            return Clash(tuple(causes), True) if causes else None
        causes.append(_smallest(rest, _candidates(rest, test), None))
        quotas.append([part for part in causes[-1].parts if elastic(task, part)])
        rest = without(rest, quotas[-1])
    return Clash(tuple(causes), False)


def plain(task: Task, proofs: Sequence[Proof] = PROOFS) -> Clash | None:
    """Return the clash that counting or the quickest proof finds; None also if only a longer search would
    tell. It is made small by these proofs."""
    causes = [_of_reason(task, reason, proofs) for reason in counting(task)]
    if not causes and PROOFS[0].refutes(task):
        causes = [_smallest(task, _candidates(task, PROOFS[0]), None, proofs)]
    return Clash(tuple(causes), False) if causes else None


def _of_reason(task: Task, reason: CountingReason, proofs: Sequence[Proof] = PROOFS) -> Cause:
    """The smallest clash that a reason shows. Quotas of one criterion that contradict each other are told as
    such even where too few items by themselves stand in the way: no item that is written would help."""
    cause = _smallest(task, reason.parts, reason, proofs)
    rows = [row for part in reason.parts if (row := row_of(task, part)) is not None]
    contradict = reason.kind == "parts-over-whole" and len(rows) == 2 and of_one_criterion(*rows)
    return cause if not contradict or len(cause.parts) == 2 else Cause(reason.parts, reason, False)


def _candidates(task: Task, test: Proof) -> tuple[TaskPart, ...]:
    """Elastic filter: parts that clash by this test, all that is hard and the quotas that had to give way.

    Quotas that give way in the cheapest solution are made hard, until nothing gives way any more.
    """
    free = {part: 1 + part.number * 1e-4 for part in all_parts(task) if elastic(task, part)}
    hard = [part for part in all_parts(task) if part not in free]
    while True:
        try:
            given = least_change(task, test.level, test.integer, Freedom(parts=free))
        except SearchEnded:
            return (*hard, *free)
        if given is None:
            return tuple(hard)
        if not given.parts:  # what a tolerance lets pass
            return (*hard, *free)
        for part in given.parts:
            del free[part]
            hard.append(part)


def _smallest(
    task: Task, parts: Sequence[TaskPart], reason: CountingReason | None, proofs: Sequence[Proof] = PROOFS
) -> Cause:
    """Deletion filter: what is left of the parts when all that can be dropped is, kind by kind."""

    def rank(part: TaskPart) -> tuple[int, int, int]:
        """The order in which parts are dropped: what says least to a coordinator goes first."""
        singles = {FORMS: 0, SHARED: 1, USES: 2, OVERLAP: 3, GOAL: 4, ANCHOR: 6}
        row = row_of(task, part)
        if row is None:
            return (singles[part], 0, 0) if part in singles else (7, 0, part.number)
        if part.kind == "anchor-row":
            return 5, -len(row.items), part.number
        if is_length(row):
            return 10, 0, part.number
        return (9 if row.elastic else 8), -len(row.items), part.number

    kept = sorted(set(parts), key=rank)
    for test in proofs:
        if test.refutes(only(task, kept)):
            before = kept
            for kind in dict.fromkeys(part.kind for part in before):
                chunk = [part for part in before if part.kind == kind]
                kept = _drop(kept, chunk, lambda few, test=test: bool(test.refutes(only(task, few))))  # type: ignore[misc]
    ordered = tuple(sorted(kept, key=lambda part: (part not in parts[:1], -rank(part)[0], part)))
    holds = (proofs[-1].refutes(only(task, [p for p in kept if p != part])) is False for part in kept)
    return Cause(ordered, reason, all(holds))


def _drop(
    kept: list[TaskPart], chunk: list[TaskPart], clash: Callable[[list[TaskPart]], bool]
) -> list[TaskPart]:
    """The parts without those of the chunk that are not needed for a clash, many at once where that works."""
    rest = [part for part in kept if part not in chunk]
    if clash(rest):
        return rest
    if len(chunk) == 1:
        return kept
    half = len(chunk) // 2
    return _drop(_drop(kept, chunk[:half], clash), chunk[half:], clash)

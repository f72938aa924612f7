"""A task → what no forms can better, by the linear relaxation of all its forms at once."""

from __future__ import annotations

from examgen.assembly.search.aggregate import Aggregate
from examgen.assembly.search.highs import Answer, solve
from examgen.assembly.task import Infeasible


def relaxation(model: Aggregate) -> Answer:
    """The linear relaxation, solved."""
    answer = solve(model.model._replace(integer=model.model.integer & False))
    if answer.status in ("infeasible", "unbounded"):  # nothing here is unbounded
        raise Infeasible
    if answer.status != "optimal":
        raise AssertionError(f"the linear relaxation ends {answer.status}")
    return answer


def goal_of(relaxed: Answer) -> float:
    """The goal in the relaxation: its last column."""
    return float(relaxed.values[-1])

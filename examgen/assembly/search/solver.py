"""Task → forms, by the solver that suits it.

Tasks without a goal go to the exact model as long as it is small enough: it proves what it finds. Others go
to select – deal – polish, which is near the bound in seconds; on small tasks the exact model then starts from
its forms. Where one ends without an answer the other is asked. The choice rests on the task alone, never on a
clock: the same forms on any machine.
"""

from __future__ import annotations

from examgen.assembly.search import exact, fast
from examgen.assembly.task import SearchEnded, Solution, Task

LARGEST_EXACT = 5_000
"""Items × forms up to which the exact model comes first, where there is no goal."""
LARGEST_BETTERED = 1_200
"""Items × forms up to which it betters what the other has found."""
FEW_NODES = 20
SOME_NODES = 50
"""Nodes of a first run: on the real banks more only settle ties between forms that are as good."""


def solve(task: Task, seed: int) -> Solution:
    """The best forms found. Raises `Infeasible` where it is proven that there are none, `SearchEnded`
    where neither solver has found any, nor a proof."""
    if task.goal is None and task.n_items * task.n_forms <= LARGEST_EXACT:
        try:
            return exact.solve(task, seed, max_nodes=SOME_NODES)
        except SearchEnded:
            pass
    try:
        found = fast.assemble(task, seed)
    except SearchEnded:
        return exact.solve(task, seed)
    if task.goal is None or task.n_items * task.n_forms > LARGEST_BETTERED:
        return found
    try:
        better = exact.solve(task, seed, max_nodes=FEW_NODES, start=found)
    except SearchEnded:
        return found
    return better._replace(path=f"{found.path}, then {better.path}")

"""Task → forms, by a solver that suits it.

Small tasks without a goal go to the exact model, which proves its results. Others go to select – deal –
polish, which is near the bound in seconds; for small tasks, the exact model then starts from its forms. If
one solver ends without an answer, the other is used. The choice depends only on the task, never on a clock,
so forms are the same on any machine.
"""

from __future__ import annotations

from examgen.assembly.search import exact, fast
from examgen.assembly.task import SearchEnded, Solution, Task

LARGEST_EXACT = 5_000
"""The maximum product of items and forms for which the exact model is used first, without a goal."""
LARGEST_BETTERED = 1_200
"""The maximum product of items and forms for which the exact model improves the forms that the other solver
found."""
FEW_NODES = 20
SOME_NODES = 50
"""The maximum number of nodes of a first run; on the real banks, more only settle ties between equally good
forms."""


def solve(task: Task, seed: int) -> Solution:
    """Return the best forms found. Raises `Infeasible` if it is proven that there are none, and `SearchEnded`
    if neither solver finds any or a proof."""
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

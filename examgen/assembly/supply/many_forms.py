"""A task whose number of forms is open → what its relaxations say of any number, and of items to write.

Where forms share no item one model is asked again and again (`like_forms`); else one is made for each
question (`relaxed`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from examgen.assembly.supply.like_forms import LikeForms, alike
from examgen.assembly.supply.stand_ins import Writable
from examgen.assembly.supply.supplies import MOST_FORMS, Supply, by_counting
from examgen.assembly.task import SearchEnded, Task
from examgen.assembly.why.relaxed import Freedom, least_change, refuted
from examgen.assembly.why.repairs import Repair, Write, repaired

MOST_WHOLE = 400
"""Items up to which the bound is sought in whole numbers where forms may share, or share an anchor."""


def forms_of_task(task: Task, n_forms: int) -> Task:
    """The same for so many forms."""
    return task._replace(n_forms=n_forms, shared_least=task.shared_least if n_forms > 1 else 0)


def writes(kinds: Sequence[Writable], counts: Sequence[int]) -> tuple[Write, ...]:
    """What is to be written, as repairs have it."""
    return tuple(Write(one.kind, n) for one, n in zip(kinds, counts, strict=True) if n)


class ManyForms:
    """A task of any number of forms, and what its relaxation answers."""

    def __init__(self, task: Task, held: Sequence[Supply], kinds: Sequence[Writable]) -> None:
        self.task, self.held, self.kinds = task, held, kinds
        self.like = LikeForms(task, [one.kind for one in kinds]) if alike(task) else None

    def possible(self, n_forms: int, written: Sequence[int] = ()) -> bool:
        """Whether the relaxation allows so many forms, with so many items of each kind written."""
        if self.like:
            return self.like.possible(n_forms, written)
        there = forms_of_task(self.task, n_forms)
        if written:
            return not refuted(
                repaired(there, Repair((), writes(self.kinds, written), 0.0)), "aggregate", False
            )
        return not refuted(there, "aggregate", False)

    def fewest(self, n_forms: int, allowed: Collection[int]) -> tuple[int, ...] | None:
        """The fewest items to write, by kind; None where no number of them is known to be enough."""
        try:
            if self.like:
                return self.like.fewest(n_forms, allowed)
            # of kinds that serve as well, the first: they stand in the order in which a writer is freest
            costs = tuple(1 + n * 1e-5 for n in range(len(allowed)))
            chosen = sorted(allowed)
            freedom = Freedom(kinds=tuple(self.kinds[n].kind for n in chosen), costs=costs)
            given = least_change(forms_of_task(self.task, n_forms), "aggregate", True, freedom)
        except SearchEnded:
            return None
        if given is None:
            return None
        counts = dict(zip(chosen, given.written, strict=True))
        return tuple(counts.get(n, 0) for n in range(len(self.kinds)))

    def most_forms(self) -> int:
        """The greatest number of forms that is not proven impossible; 0 where not even one is possible."""
        bound = _last(self.possible, by_counting(self.held))
        if self.like or self.task.n_items > MOST_WHOLE or bound == MOST_FORMS:
            return bound
        # an anchor is dealt out in parts by the linear program, which allows a form too many
        return _last(lambda n: not refuted(forms_of_task(self.task, n), "aggregate", True), bound)


def _last(possible: Callable[[int], bool], high: int) -> int:
    """The greatest number up to `high` that is possible; what is possible is so for all that are smaller."""
    if high == 0 or possible(high):
        return high
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if possible(middle) else (low, middle)
    return low

"""A task whose number of forms is open → what its relaxations say of any number, and of items to write.

Where forms share no item one model is asked again and again (`LikeForms`); else one is made for each
question (`relaxation`).

For forms that share no item the relaxation over all of them is that of one form in which an item counts for
at most one part in F (see van der Linden 2005, ch. 6): what is true of all forms is true of their mean.
Number of forms, items to be written and constraints to be dropped are bounds of columns, so that each
question starts from the answer to the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import ceil, inf

import numpy as np

from examgen.assembly.capacity.supplies import MOST_FORMS, Supply, Writable, by_counting
from examgen.assembly.infeasible.parts import GOAL, TaskPart, all_parts, elastic
from examgen.assembly.infeasible.relaxation import Freedom, ItemKind, least_change, refuted
from examgen.assembly.infeasible.repairs import Repair, Write, repaired
from examgen.assembly.search.highs import (
    INFINITE,
    Floats,
    MipAnswer,
    MipColumns,
    MipRows,
    new_highs,
    pass_model,
    run,
)
from examgen.assembly.task import Goal, Infeasible, SearchEnded, Task

_TOLERANCE = 1e-6
_PREFER = 1e-5
"""How much dearer each next kind is: of kinds that serve as well the first is written."""


def alike(task: Task) -> bool:
    """Whether forms of this task share no item, so that a mean form stands for all of them."""
    return task.anchor is None and task.shared_greatest == 0


class LikeForms:
    """The model of a mean form, and the questions that it answers."""

    def __init__(self, task: Task, new: Sequence[ItemKind]) -> None:
        self.task = task
        self.columns, rows = MipColumns(), MipRows()
        self.items = self.columns.add((task.n_items,), integer=False)
        self.new = self.columns.add((len(new),), upper=0.0, integer=False)
        self.slack: dict[TaskPart, list[int]] = {}
        added: list[list[tuple[int, float]]] = [[] for _ in self.task.rows]
        for column, kind in zip(self.new.tolist(), new, strict=True):
            for number, coefficient in kind.rows:
                added[number].append((column, coefficient))
        for number, row in enumerate(self.task.rows):
            part = TaskPart("row", number)
            slacks = self._slack(part, row.least > -inf, row.greatest < inf) if row.elastic else []
            columns = [*self.items[list(row.items)].tolist(), *(c for c, _ in added[number])]
            values = [*row.coefficients, *(v for _, v in added[number])]
            rows.add(
                [*columns, *(c for c, _ in slacks)],
                [*values, *(v for _, v in slacks)],
                row.least,
                row.greatest,
            )
        used = self.columns.add((len(task.groups),), integer=False)
        for group, column in zip(task.groups, used, strict=True):
            rows.add_group(self.items[list(group.items)], int(column), group.least, group.greatest)
        if task.goal is not None:
            self._goal(rows, task.goal, new)
        model = self.columns.model(rows)
        self.every = np.arange(len(self.columns), dtype=np.int32)
        self.lower, self.upper = model.lower, model.upper
        self.highs = new_highs()
        pass_model(self.highs, model)

    # ── rows ─────────────────────────────────────────────────────────────────────────────────

    def _slack(self, part: TaskPart, below: bool, above: bool) -> list[tuple[int, float]]:
        """Columns by which a row may be missed; they are held at 0 until it may be."""
        signs = ([1.0] if below else []) + ([-1.0] if above else [])
        columns = self.columns.add((len(signs),), upper=0.0, integer=False).tolist()
        self.slack.setdefault(part, []).extend(columns)
        return list(zip(columns, signs, strict=True))

    def _goal(self, rows: MipRows, goal: Goal, new: Sequence[ItemKind]) -> None:
        level = int(self.columns.add((1,), upper=INFINITE, integer=False)[0])
        columns = np.concatenate([self.items, self.new])
        for k, target in enumerate(goal.targets):
            values = np.append(goal.values[:, k], [kind.values[k] if kind.values else 0.0 for kind in new])
            (down, plus), (up, minus) = self._slack(GOAL, True, True)
            if goal.kind == "relative":
                cap = -target * (1 + goal.within)
                rows.add([*columns, level, down], [*values, -target, plus], 0.0, INFINITE)
                rows.add([*columns, level, up], [*values, cap, minus], -INFINITE, 0.0)
            else:
                least, greatest = target * (1 - goal.within), target * (1 + goal.within)
                rows.add([*columns, down, up], [*values, plus, minus], least, greatest)

    # ── questions ────────────────────────────────────────────────────────────────────────────

    def possible(self, n_forms: int, written: Sequence[int] = ()) -> bool:
        """Whether so many forms are not refuted, with so many items of each kind written."""
        upper = self.upper.copy()
        if written:
            upper[self.new] = np.array(written) / n_forms
        return self._answer(n_forms, upper).status != "infeasible"

    def fewest(self, n_forms: int, allowed: Collection[int]) -> tuple[int, ...] | None:
        """Items to write of each kind, few in all, only `allowed` ones; None where none are enough.

        Rounded up kind by kind, then one taken off wherever it is not needed.
        """
        upper, costs = self.upper.copy(), np.zeros(len(self.columns))
        upper[self.new[sorted(allowed)]] = INFINITE
        costs[self.new] = 1 + np.arange(len(self.new)) * _PREFER
        answer = self._answer(n_forms, upper, costs)
        if answer.status == "infeasible":
            return None
        if not answer.values.size:
            raise SearchEnded(answer.status)
        uses = answer.values[self.new] * n_forms
        counts = [ceil(float(n) - _TOLERANCE) if n > _TOLERANCE else 0 for n in uses]
        for kind in [n for n in reversed(range(len(counts))) if uses[n] % 1 > _TOLERANCE]:
            fewer = [count - (n == kind) for n, count in enumerate(counts)]
            if counts[kind] and sum(counts) - sum(uses) >= 1 - _TOLERANCE and self.possible(n_forms, fewer):
                counts = fewer
        return tuple(counts)

    def clash(self, n_forms: int) -> tuple[TaskPart, ...]:
        """Quotas, and the goal, that so many forms cannot meet together: none of them can be left out.

        Empty where what is not a quota stands in the way: groups, enemies, too few items. The quotas that
        give way at the least cost are made hard until nothing can give way, then each that is not needed is
        dropped (see Chinneck 2008, ch. 6).
        """
        parts = [part for part in all_parts(self.task) if elastic(self.task, part) or part == GOAL]
        free, hard = list(parts), list[TaskPart]()
        while free:
            try:
                given = self._given(n_forms, free)
            except Infeasible:
                break
            if not given:
                return ()
            hard += given
            free = [part for part in free if part not in given]
        for part in list(hard):
            rest = [other for other in hard if other != part]
            if self._refuted_by(n_forms, rest, parts):
                hard = rest
        return tuple(sorted(hard)) if self._refuted_by(n_forms, hard, parts) else ()

    def _given(self, n_forms: int, free: Sequence[TaskPart]) -> list[TaskPart]:
        """The parts that give way at the least cost; `Infeasible` where that is not enough."""
        upper, costs = self.upper.copy(), np.zeros(len(self.columns))
        for n, part in enumerate(free):
            upper[self.slack[part]] = INFINITE
            costs[self.slack[part]] = 1 + n * _PREFER
        answer = self._answer(n_forms, upper, costs)
        if answer.status == "infeasible":
            raise Infeasible
        return [part for part in free if answer.values[self.slack[part]].max() > _TOLERANCE]

    def _refuted_by(self, n_forms: int, hard: Collection[TaskPart], parts: Sequence[TaskPart]) -> bool:
        upper = self.upper.copy()
        for part in parts:
            if part not in hard:
                upper[self.slack[part]] = INFINITE
        return self._answer(n_forms, upper).status == "infeasible"

    def _answer(self, n_forms: int, upper: Floats | None = None, costs: Floats | None = None) -> MipAnswer:
        bounds = self.upper.copy() if upper is None else upper
        bounds[self.items] = 1 / n_forms
        n_columns = len(self.columns)
        self.highs.changeColsBounds(n_columns, self.every, self.lower, bounds)
        self.highs.changeColsCost(n_columns, self.every, np.zeros(n_columns) if costs is None else costs)
        return run(self.highs)


MOST_WHOLE = 400
"""Items up to which the bound is sought in whole numbers where forms may share, or share an anchor."""


def forms_of_task(task: Task, n_forms: int) -> Task:
    """Return the task with another number of forms."""
    return task._replace(n_forms=n_forms, shared_least=task.shared_least if n_forms > 1 else 0)


def writes(kinds: Sequence[Writable], counts: Sequence[int]) -> tuple[Write, ...]:
    """Return the items to write, as repairs list them."""
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

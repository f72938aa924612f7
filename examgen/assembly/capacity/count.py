"""Pool and blueprint → how many parallel forms there can be, what runs out first, what to write for more.

*Bound*: the linear relaxation over all forms at once (`relaxation`, level `aggregate`). For equal forms it
is the relaxation of one form in which each item is used at most for its share of the forms. A number that it
refutes is proven impossible, and so is every greater number: any set of forms can lose a form. *Built*: the
most forms that a solver has found, searched from the bound downwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from examgen.assembly.capacity.many_forms import ManyForms, forms_of_task, writes
from examgen.assembly.capacity.supplies import (
    MOST_FORMS,
    Supply,
    Wanted,
    Writable,
    drawn,
    supplies,
    wanted,
    writable,
)
from examgen.assembly.constraints import reliability_cut
from examgen.assembly.constraints import task as task_of
from examgen.assembly.infeasible import clashes
from examgen.assembly.infeasible.counting import different_items
from examgen.assembly.infeasible.parts import GOAL, row_of
from examgen.assembly.infeasible.repairs import Repair, Write, repaired
from examgen.assembly.search.recount import recount
from examgen.assembly.task import Infeasible, SearchEnded, Solution, Task
from examgen.assembly.usable import Pool
from examgen.core.models.base import COGNITIVE
from examgen.core.models.blueprint import Blueprint
from examgen.core.words import tell, tell_n

MOST_CHOICES = 400_000
"""Forms are built only up to this product of items and forms."""
MOST_SHARING = 16
"""The most forms that are built if they may share items: each pair must be checked."""
SMALL = 20_000
"""Up to this product of items and forms, every number of forms is tried, and plans with stand-ins too."""
MOST_TRIES = 8
MOST_TRIES_LARGE = 4
MOST_FURTHER = 16
STEPS = 3
"""How many forms beyond the bound the supply of a single criterion is computed."""
MOST_CLASHING = 400
"""Up to this number of items, the smallest clash is searched for if forms may share items."""

Solve = Callable[[Task, int], Solution]
Progress = Callable[[str], None]


class FormsBuilt(NamedTuple):
    """How far a solver came: the most forms found, the fewest proven impossible, and where it gave up."""

    forms: int
    impossible: int | None
    ended: tuple[int, ...]
    """Numbers of forms for which it found neither the forms nor a proof that there are none."""
    limit: int | None
    """The most forms that were tried, if more might be possible; else None."""


class RunsOut(NamedTuple):
    """Quotas that prevent one more form: each by itself, or together."""

    names: tuple[str, ...]
    fields: tuple[str, ...]
    together: bool


class Gain(NamedTuple):
    """A number of further items, and the number of forms that they allow."""

    items: int
    forms: int


class Further(NamedTuple):
    """How many more forms new items for one quota would give."""

    name: str
    field: str
    own: tuple[Gain, ...]
    """How many forms that quota would then allow, regardless of other quotas."""
    gains: tuple[Gain, ...]
    """How many forms the bank would support with only these new items; empty if they do not help, because
    other items run out as well."""


class WritingPlan(NamedTuple):
    """The fewest items to write for a number of forms."""

    forms: int
    lines: tuple[Wanted, ...]
    tried: bool | None
    """Whether forms were found with stand-ins for these items; None if that was not tried."""
    near: tuple[tuple[str, float], ...] = ()
    """What each of these items should add to a quantity, by field, if an ordinary item would not do."""

    @property
    def n_items(self) -> int:
        """The number of items to write."""
        return sum(line.n_items for line in self.lines)


class FormCapacity(NamedTuple):
    """How many parallel forms a bank supports under a blueprint."""

    n_usable: int
    bound: int
    """The proven upper limit of forms; `MOST_FORMS` means as many as anybody can ask for."""
    built: FormsBuilt
    supplies: tuple[Supply, ...]
    runs_out_first: tuple[RunsOut, ...]
    further: tuple[Further, ...]
    plans: tuple[WritingPlan, ...]
    """Plans for one more form, for two more, and for the number asked for, if new items make it possible."""

    @property
    def unlimited(self) -> bool:
        """Whether nothing limits the number of forms."""
        return self.bound >= MOST_FORMS


def _quiet(message: str) -> None:
    """Discards messages of progress."""


def capacity(
    pool: Pool, blueprint: Blueprint, solve: Solve, more: int | None = None, progress: Progress = _quiet
) -> FormCapacity:
    """How many forms there can be, and what would give more; `more` is a further number to plan for."""

    def counted(task: Task, seed: int) -> Solution:
        """Calls the solver, and accepts its forms only after a recount."""
        found = solve(task, seed)
        if faults := recount(task, found):
            raise AssertionError(f"the solver's forms break constraints: {faults[0]}")
        return found

    task = base_task(pool, blueprint)
    held = supplies(pool, task)
    bank = ManyForms(task, held, writable(pool, blueprint, task))
    bound = bank.most_forms()
    progress(tell_n("at most {n} form, by the upper bound", "at most {n} forms, by the upper bound", bound))
    built = search(task, bound, blueprint.seed, counted, progress)
    if bound >= MOST_FORMS:
        return FormCapacity(len(pool.items), bound, built, held, (), (), ())
    progress(tell("bottleneck, and how many items to write"))
    beyond = dict.fromkeys([bound + 1, bound + 2, *([more] if more and more > bound else [])])
    drafts = [draft for n in beyond if (draft := _draft(bank, n, pool))]
    further: list[Further] = []
    near = _plainest([one for one in bank.held if one.forms is not None and one.forms <= bound + 1])
    for one in sorted(near, key=lambda one: one.forms or 0)[:MOST_FURTHER]:
        own = (
            Gain(max(0, different_items(one.least, forms_of_task(bank.task, n)) - one.usable), n)
            for n in range(bound + 1, bound + 1 + STEPS)
        )
        further.append(Further(one.name, one.field, tuple(own), tuple(_gains(bank, bound, one))))
    return FormCapacity(
        len(pool.items),
        bound,
        built,
        held,
        runs_out(bank, bound),
        tuple(further),
        tuple(_tried(task, *draft, blueprint.seed, counted) for draft in drafts),
    )


def base_task(pool: Pool, blueprint: Blueprint) -> Task:
    """The task for one form; it applies to any number of forms."""
    cuts = (
        [reliability_cut(pool, blueprint)]
        if blueprint.statistics and blueprint.statistics.reliability
        else []
    )
    return task_of(pool, blueprint, cuts)


# ── how many forms ───────────────────────────────────────────────────────────────────────────


def search(task: Task, bound: int, seed: int, solve: Solve, progress: Progress = _quiet) -> FormsBuilt:
    """The most forms found: searches down from the bound in growing steps, then up again between them."""
    top = min(bound, _most_built(task))
    limit = top if top < bound else None
    small = task.n_items * top <= SMALL
    low, high, n_forms, step = 0, top + 1, top, 1 if small else max(1, top // 20)
    impossible: int | None = None
    ended: list[int] = []
    for _ in range(MOST_TRIES if small else MOST_TRIES_LARGE):
        if n_forms <= low:
            break
        progress(tell_n("trying {n} form", "trying {n} forms", n_forms))
        try:
            solve(forms_of_task(task, n_forms), seed)
            low = n_forms
        except Infeasible:
            high = impossible = n_forms
        except SearchEnded:
            high = n_forms
            ended.append(n_forms)
        n_forms = (low + high) // 2 if low else max(high - step, 1)
        step *= 2
    open_ = sorted(n for n in ended if low < n < (impossible or n + 1))
    return FormsBuilt(low, impossible, tuple(open_), limit)


def _most_built(task: Task) -> int:
    """The most forms that are tried: a question about a bank is not worth hours."""
    most = max(1, MOST_CHOICES // max(task.n_items, 1))
    return most if task.shared_greatest == 0 else min(most, MOST_SHARING)


# ── what runs out ────────────────────────────────────────────────────────────────────────────


def runs_out(bank: ManyForms, bound: int) -> tuple[RunsOut, ...]:
    """Why one more form is impossible: single quotas by counting, else the smallest clash."""
    if short := _plainest([one for one in bank.held if one.forms == bound]):
        poorest = sorted(short, key=lambda one: one.usable / max(one.least, 1))
        return tuple(RunsOut((one.name,), (one.field,), False) for one in poorest)
    there = forms_of_task(bank.task, bound + 1)
    if bank.like:
        causes = [bank.like.clash(bound + 1)]
    elif bank.task.n_items <= MOST_CLASHING:
        clash = clashes.find(there)
        causes = [cause.parts for cause in clash.causes] if clash else []
    else:
        causes = []
    found = []
    for parts in causes:
        named: list[tuple[str, str]] = []
        for part in parts:
            row = row_of(there, part)
            if row is not None and row.elastic:
                named.append((row.name, row.field))
            elif part == GOAL:
                named.append((tell("information"), "statistics.information"))
        if named:
            names, fields = zip(*named, strict=True)
            found.append(RunsOut(names, fields, len(named) > 1))
    return tuple(found)


def _plainest(held: Sequence[Supply]) -> list[Supply]:
    """The supplies without those that have enough as soon as the supplies inside them do."""

    def implied(one: Supply) -> bool:
        taken: set[int] = set()
        least = 0
        for other in sorted(held, key=lambda other: len(other.items)):
            inside = set(other.items)
            smaller = len(other.items) < len(one.items) and inside <= set(one.items)
            if smaller and not inside & taken:
                taken |= inside
                least += other.least
        return least >= one.least

    return [one for one in held if not implied(one)]


# ── what further items would buy ─────────────────────────────────────────────────────────────


def _gains(bank: ManyForms, bound: int, one: Supply) -> Iterator[Gain]:
    mine = [n for n, kind in enumerate(bank.kinds) if _serves(kind, one, bank.task)]
    elsewhere = [
        other.forms
        for other in bank.held
        if other.forms is not None and not any(_serves(bank.kinds[n], other, bank.task) for n in mine)
    ]
    for n_forms in range(bound + 1, bound + 1 + STEPS):
        # if another quota is short as well, no program needs to be solved
        short = min(elsewhere, default=n_forms) < n_forms
        counts = None if short or not mine else bank.fewest(n_forms, mine)
        if counts is None:
            return
        yield Gain(sum(counts), n_forms)


def _serves(kind: Writable, supply: Supply, task: Task) -> bool:
    """Whether an item of this kind adds to the supply."""
    if supply.name in kind.pcs:
        return not kind.pilot
    return any(
        task.rows[n].name == supply.name and task.rows[n].field == supply.field for n, _ in kind.kind.rows
    )


def _draft(bank: ManyForms, n_forms: int, pool: Pool) -> tuple[WritingPlan, tuple[Write, ...]] | None:
    """The fewest new items with which the task has `n_forms` forms, as a plan and as `Write` repairs; None
    when no number of them is enough."""
    counts = bank.fewest(n_forms, range(len(bank.kinds)))
    if counts is None:
        return None
    free = []
    for category in COGNITIVE:
        same = [0] * len(counts)
        for n, count in enumerate(counts):
            if count and (other := _in_category(bank.kinds, n, category)) is not None:
                same[other] += count
        if sum(same) == sum(counts) and bank.possible(n_forms, same):
            free.append(category)
    lines = wanted(bank.kinds, counts, pool, tuple(free))
    near = drawn(bank.task) if any(line.pc for line in lines) else ()
    return WritingPlan(n_forms, lines, None, near), writes(bank.kinds, counts)


def _in_category(kinds: Sequence[Writable], number: int, category: str) -> int | None:
    """The place of the kind that differs from this one only in its category; None when there is none."""
    one = kinds[number]
    same = (one.pcs, one.levels, one.statuses, one.pilot)
    alike = (n for n, k in enumerate(kinds) if (k.pcs, k.levels, k.statuses, k.pilot) == same)
    return number if one.pilot else next((n for n in alike if category in kinds[n].categories), None)


def _tried(task: Task, plan: WritingPlan, written: tuple[Write, ...], seed: int, solve: Solve) -> WritingPlan:
    """The plan with `tried` set: whether the solver builds its forms with stand-ins for the missing items.

    A plan that is too large to try comes back as it is.
    """
    if plan.forms > _most_built(task) or (task.n_items + plan.n_items) * plan.forms > SMALL:
        return plan
    there = repaired(forms_of_task(task, plan.forms), Repair((), written, 0.0))
    try:
        solve(there, seed)
    except (Infeasible, SearchEnded):
        return plan._replace(tried=False)
    return plan._replace(tried=True)

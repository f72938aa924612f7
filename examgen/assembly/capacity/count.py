"""Pool and blueprint → how many parallel forms there can be, what runs out first, what to write for more.

*Bound*: the linear relaxation over all forms at once (`relaxation`, level `aggregate`); a number that it
refutes is proven impossible, and so is every greater number: any set of forms can lose a form. *Built*: the
most forms that a solver has found, searched from the bound downwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from examgen.assembly.capacity.supplies import MOST_FORMS, Supply, by_counting, supplies
from examgen.assembly.constraints import reliability_cut
from examgen.assembly.constraints import task as task_of
from examgen.assembly.infeasible import clashes
from examgen.assembly.infeasible.counting import different_items, last
from examgen.assembly.infeasible.parts import FORMS, GOAL, limited, row_of
from examgen.assembly.infeasible.relaxation import Freedom, least_change, refuted
from examgen.assembly.infeasible.repairs import Repair, Write, repaired
from examgen.assembly.infeasible.writing import (
    MEASURED,
    Wanted,
    Writable,
    quantities_of_new,
    wanted,
    writable,
)
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
MOST_TRIES, MOST_TRIES_LARGE = 8, 4
MOST_FURTHER = 16
STEPS = 3
"""How many forms beyond the bound the supply of a single criterion is computed."""
MOST_WHOLE = 400
"""Up to this number of items, forms that may share are counted in whole items, and clashes searched for."""

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
    bound = most_forms(task, by_counting(held))
    progress(tell_n("at most {n} form, by the upper bound", "at most {n} forms, by the upper bound", bound))
    built = search(task, bound, blueprint.seed, counted, progress)
    if bound >= MOST_FORMS:
        return FormCapacity(len(pool.items), bound, built, held, (), (), ())
    progress(tell("bottleneck, and how many items to write"))
    kinds = writable(pool, blueprint, task)
    beyond = range(bound + 1, bound + 1 + STEPS)
    near = _plainest([one for one in held if one.forms is not None and one.forms <= bound + 1])
    further = [
        Further(
            one.name,
            one.field,
            tuple(
                Gain(max(0, different_items(one.least, forms_of_task(task, n)) - one.usable), n)
                for n in beyond
            ),
            tuple(_gains(task, held, kinds, one, beyond)),
        )
        for one in sorted(near, key=lambda one: one.forms or 0)[:MOST_FURTHER]
    ]
    planned = dict.fromkeys([*beyond[:2], *([more] if more and more > bound else [])])
    plans = (_plan(task, kinds, n, pool, blueprint.seed, counted) for n in planned)
    return FormCapacity(
        len(pool.items),
        bound,
        built,
        held,
        runs_out(task, held, bound),
        tuple(further),
        tuple(plan for plan in plans if plan is not None),
    )


def base_task(pool: Pool, blueprint: Blueprint) -> Task:
    """The task for one form; it applies to any number of forms."""
    rule = blueprint.statistics
    cuts = [reliability_cut(pool, blueprint)] if rule and rule.reliability else []
    return task_of(pool, blueprint, cuts)


def forms_of_task(task: Task, n_forms: int) -> Task:
    """Return the task with another number of forms."""
    return limited(task, {FORMS: (n_forms, n_forms)})


# ── how many forms ───────────────────────────────────────────────────────────────────────────


def _share_none(task: Task) -> bool:
    """Whether forms share no item: then the linear relaxation is as good as whole numbers."""
    return task.anchor is None and task.shared_greatest == 0


def most_forms(task: Task, bound: int) -> int:
    """The greatest number of forms, up to a bound, that is not proven impossible; 0 where not even one is."""

    def most(high: int, integer: bool) -> int:
        return last(lambda n: not refuted(forms_of_task(task, n), "aggregate", integer), 0, high)

    if bound == MOST_FORMS and not refuted(forms_of_task(task, bound), "aggregate", False):
        return bound
    bound = most(bound, False)
    # an anchor is dealt out in parts by the linear program, which allows a form too many
    return bound if _share_none(task) or task.n_items > MOST_WHOLE else most(bound, True)


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


def runs_out(task: Task, held: Sequence[Supply], bound: int) -> tuple[RunsOut, ...]:
    """Why one more form is impossible: single quotas by counting, else the smallest clash."""
    if short := _plainest([one for one in held if one.forms == bound]):
        poorest = sorted(short, key=lambda one: one.usable / max(one.least, 1))
        return tuple(RunsOut((one.name,), (one.field,), False) for one in poorest)
    there = forms_of_task(task, bound + 1)
    clash = clashes.plain(there, clashes.PROOFS[:1])
    if clash is None and task.n_items <= MOST_WHOLE:
        clash = clashes.find(there)
    found = []
    for cause in clash.causes if clash else ():
        named: list[tuple[str, str]] = []
        for part in sorted(cause.parts):
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


def _gains(
    task: Task, held: Sequence[Supply], kinds: Sequence[Writable], one: Supply, beyond: Sequence[int]
) -> Iterator[Gain]:
    """What new items for this supply alone give, up to the form for which another one is short, too."""
    mine = [kind for kind in kinds if _serves(kind, one, task)]
    elsewhere = [
        other.forms
        for other in held
        if other.forms is not None and not any(_serves(kind, other, task) for kind in mine)
    ]
    for n_forms in beyond:
        short = min(elsewhere, default=n_forms) < n_forms
        counts = None if short else fewest(task, mine, n_forms)
        if counts is None:
            return
        yield Gain(sum(counts), n_forms)


def _serves(kind: Writable, supply: Supply, task: Task) -> bool:
    """Whether an item of this kind adds to the supply."""
    if supply.name in kind.pcs:
        return not kind.pilot
    rows = (task.rows[n] for n, _ in kind.kind.rows)
    return any((row.name, row.field) == (supply.name, supply.field) for row in rows)


def fewest(task: Task, kinds: Sequence[Writable], n_forms: int) -> tuple[int, ...] | None:
    """The fewest items to write, by kind; None where no number of them is known to be enough."""
    # of kinds that serve as well, the first: they stand in the order in which a writer is freest
    costs = tuple(1 + n * 1e-5 for n in range(len(kinds)))
    freedom = Freedom(kinds=tuple(one.kind for one in kinds), costs=costs)
    try:
        change = least_change(forms_of_task(task, n_forms), "aggregate", not _share_none(task), freedom)
    except SearchEnded:
        return None
    return change.written if change else None


def _with_items(task: Task, n_forms: int, kinds: Sequence[Writable], counts: Sequence[int]) -> Task:
    """The task of so many forms, with stand-ins for items to write."""
    written = tuple(Write(one.kind, n) for one, n in zip(kinds, counts, strict=True) if n)
    return repaired(forms_of_task(task, n_forms), Repair((), written, 0.0))


def _plan(
    task: Task, kinds: Sequence[Writable], n_forms: int, pool: Pool, seed: int, solve: Solve
) -> WritingPlan | None:
    """The fewest new items for so many forms; None when no number of them is enough, or when they would have
    to measure better than those of the bank, at which no writer can aim.

    Whether the solver builds these forms with stand-ins is tried unless that would take long.
    """
    counts = fewest(task, kinds, n_forms)
    if counts is None:
        return None
    free = []
    for category in COGNITIVE:
        same = [0] * len(counts)
        for n, count in enumerate(counts):
            if count and (other := _in_category(kinds, n, category)) is not None:
                same[other] += count
        whole = sum(same) == sum(counts)
        if whole and not refuted(_with_items(task, n_forms, kinds, same), "aggregate", False):
            free.append(category)
    lines = wanted(kinds, counts, pool, tuple(free))
    near = quantities_of_new(task) if any(line.pc for line in lines) else ()
    if any(field in MEASURED for field, _ in near):
        return None
    tried: bool | None = None
    there = _with_items(task, n_forms, kinds, counts)
    if n_forms <= _most_built(task) and there.n_items * n_forms <= SMALL:
        try:
            solve(there, seed)
            tried = True
        except (Infeasible, SearchEnded):
            tried = False
    return WritingPlan(n_forms, lines, tried, near)


def _in_category(kinds: Sequence[Writable], number: int, category: str) -> int | None:
    """The place of the kind that differs from this one only in its category; None when there is none."""
    one = kinds[number]
    same = (one.pcs, one.levels, one.statuses, one.pilot)
    alike = (n for n, k in enumerate(kinds) if (k.pcs, k.levels, k.statuses, k.pilot) == same)
    return number if one.pilot else next((n for n in alike if category in kinds[n].categories), None)

"""Pool and blueprint → how many parallel forms are possible, what runs out first, and what to write for
more.

*Bound*: the linear relaxation over all forms at once (`infeasible.model`). A number that it refutes is
proven impossible, and so is every greater number, because any set of forms can lose a form. *Built*: the
largest number of forms that a solver has found, searching downwards from the bound.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import NamedTuple

from examgen.assembly.constraints import base_task
from examgen.assembly.infeasible import causes
from examgen.assembly.infeasible.causes import GOAL, Solve, different_items, row_of
from examgen.assembly.infeasible.model import Move, fewest_in_a_form, least_change, refuted
from examgen.assembly.infeasible.writing import (
    MEASURED,
    Wanted,
    Writable,
    quantities_of_new,
    wanted,
    with_items,
    writable,
)
from examgen.assembly.search.recount import recount
from examgen.assembly.task import Infeasible, SearchEnded, Solution, Task
from examgen.assembly.usable import Pool
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.field_types import COGNITIVE
from examgen.core.words import tell, tell_n

MOST_FORMS = 999
"""The maximum number of forms that a blueprint can require."""
MOST_CHOICES = 400_000
"""Forms are built only up to this product of items and forms."""
MOST_SHARING = 16
"""The maximum number of forms that are built if they may share items, because each pair must be checked."""
SMALL = 20_000
"""Up to this product of items and forms, the search starts with single steps, and plans are tried with
placeholders."""
MOST_TRIES, MOST_TRIES_LARGE = 8, 4
MOST_FURTHER = 16
STEPS = 3
"""The number of forms beyond the bound for which the needs of a single criterion are computed."""
MOST_WHOLE = 400
"""Up to this number of items, forms that may share are counted in whole items."""

Progress = Callable[[str], None]


class Supply(NamedTuple):
    """The supply of items for a demand: the usable items, and the minimum number of them in a form."""

    name: str
    field: str
    items: tuple[int, ...]
    least: int
    """The minimum set by its own quota, or more if other quotas require it."""
    forms: int | None
    """The number of forms that these items allow if nothing else runs out; None for any number."""

    @property
    def usable(self) -> int:
        """The number of usable items."""
        return len(self.items)


class FormsBuilt(NamedTuple):
    """How far a solver came: the largest number of forms found, the smallest number proven impossible, and
    the undecided numbers."""

    forms: int
    impossible: int | None
    ended: tuple[int, ...]
    """Numbers of forms for which it found neither the forms nor a proof that there are none."""
    limit: int | None
    """The largest number of forms that was tried, if the bound is higher; otherwise None."""


class RunsOut(NamedTuple):
    """Quotas that prevent one more form, either individually or only in combination."""

    names: tuple[str, ...]
    fields: tuple[str, ...]
    together: bool


class Gain(NamedTuple):
    """A number of further items, and the number of forms that they allow."""

    items: int
    forms: int


class Further(NamedTuple):
    """How many more forms are possible with new items for one quota."""

    name: str
    field: str
    own: tuple[Gain, ...]
    """The new items that this quota alone needs for each number of forms, regardless of other quotas."""
    gains: tuple[Gain, ...]
    """The new items that suffice for each number of forms if only these are written; empty if they do not
    help, because other items run out as well."""


class WritingPlan(NamedTuple):
    """The fewest items to write for a number of forms."""

    forms: int
    lines: tuple[Wanted, ...]
    tried: bool | None
    """Whether forms were found with placeholders for these items; None if that was not tried."""
    near: tuple[tuple[str, float], ...] = ()
    """The value of each quantity that new items need, by field, if a typical item would not do."""

    @property
    def n_items(self) -> int:
        """The number of items to write."""
        return sum(line.n_items for line in self.lines)


class FormCapacity(NamedTuple):
    """How many parallel forms a bank supports under a blueprint."""

    n_usable: int
    bound: int
    """The proven upper bound of the number of forms; `MOST_FORMS` means that there is no limit."""
    built: FormsBuilt
    supplies: tuple[Supply, ...]
    runs_out_first: tuple[RunsOut, ...] = ()
    further: tuple[Further, ...] = ()
    plans: tuple[WritingPlan, ...] = ()
    """Plans for one more form, for two more, and for the requested number, if new items make them
    possible."""

    @property
    def unlimited(self) -> bool:
        """Whether nothing limits the number of forms."""
        return self.bound >= MOST_FORMS


def _quiet(message: str) -> None:
    """Ignore progress messages."""


def capacity(
    pool: Pool, blueprint: Blueprint, solve: Solve, more: int | None = None, progress: Progress = _quiet
) -> FormCapacity:
    """Return how many forms are possible, and which new items would allow more. `more` is a further number of
    forms to plan for."""

    def counted(task: Task, seed: int) -> Solution:
        """Call the solver, and accept its forms only after a recount."""
        found = solve(task, seed)
        if faults := recount(task, found):
            raise AssertionError(f"the solver's forms break constraints: {faults[0]}")
        return found

    task = base_task(pool, blueprint)
    there = supplies(pool, task)
    bound = most_forms(task, min([MOST_FORMS, *(one.forms for one in there if one.forms is not None)]))
    progress(tell_n("at most {n} form, by the upper bound", "at most {n} forms, by the upper bound", bound))
    built = search(task, bound, blueprint.seed, counted, progress)
    if bound >= MOST_FORMS:
        return FormCapacity(len(pool.items), bound, built, there)
    progress(tell("bottleneck, and how many items to write"))
    kinds, beyond = writable(pool, blueprint, task), range(bound + 1, bound + 1 + STEPS)
    scarce = sorted(
        (one.forms, n) for n, one in enumerate(there) if one.forms is not None and one.forms <= bound + 1
    )
    near = _not_implied([there[n] for _, n in scarce])[:MOST_FURTHER]
    planned = dict.fromkeys([*beyond[:2], *([more] if more and more > bound else [])])
    plans = (_plan(task, kinds, n, pool, blueprint.seed, counted) for n in planned)
    return FormCapacity(
        len(pool.items),
        bound,
        built,
        there,
        tuple(_runs_out(task, there, bound, counted)),
        tuple(_further(task, kinds, one, beyond) for one in near),
        tuple(plan for plan in plans if plan is not None),
    )


# ── supplies ─────────────────────────────────────────────────────────────────────────────────


def supplies(pool: Pool, task: Task) -> tuple[Supply, ...]:
    """Return the supplies for the whole form, then for each criterion in scope, then for every other quota of
    items."""
    rows = [row for row in task.rows if row.counts]
    wholes = [row for row in rows if row.is_length or row.field == "pilot"]
    demands = [(row.name, row.field, row.items, int(row.least)) for row in wholes]
    for pc in pool.places:
        items = tuple(n for n in pool.scored if pool.items[n].pc == pc)
        asking = [
            (int(row.least), row.field) for row in rows if row.subject == ("criteria", pc) and row.least > 0
        ]
        least, field = max(asking, default=(0, ""), key=lambda one: one[0])
        demands.append((pc, field, items, least))
    demands += [
        (row.name, row.field, row.items, int(row.least))
        for row in rows
        if row.least > 0 and row not in wholes and row.subject not in {("criteria", pc) for pc in pool.places}
    ]
    counts = Task(task.n_items, 1, tuple(row for row in rows if row.elastic or row in wholes))
    needed = fewest_in_a_form(counts, [items for _, _, items, _ in demands])
    found = []
    for (name, field, items, asked), fewest in zip(demands, needed, strict=True):
        least = max(asked, ceil(fewest - 1e-6))

        def is_enough(n_forms: int, least: int = least, usable: int = len(items)) -> bool:
            return different_items(least, task._replace(n_forms=n_forms)) <= usable

        most = last(is_enough)
        found.append(Supply(name, field, items, least, None if most == MOST_FORMS else most))
    return tuple(found)


def last(possible: Callable[[int], bool], most: int = MOST_FORMS) -> int:
    """Return the largest possible number of forms, if every smaller number is possible too."""
    return bisect_left(range(1, most + 1), True, key=lambda n: not possible(n))


# ── how many forms ───────────────────────────────────────────────────────────────────────────


def most_forms(task: Task, bound: int) -> int:
    """Return the largest number of forms, up to a bound, that is not proven impossible; 0 if not even one
    is."""

    def is_open(n_forms: int, integer: bool = False) -> bool:
        return not refuted(task._replace(n_forms=n_forms), integer)

    if bound and not is_open(bound):
        bound = last(is_open, bound)
    # the linear program can split an anchor, which allows one form too many
    whole = (task.anchor is not None or task.shared_greatest > 0) and task.n_items <= MOST_WHOLE
    return last(lambda n: is_open(n, integer=True), bound) if whole and bound < MOST_FORMS else bound


def search(task: Task, bound: int, seed: int, solve: Solve, progress: Progress = _quiet) -> FormsBuilt:
    """Return the largest number of forms found, searching down from the bound in growing steps and then up
    again between them."""
    top = min(bound, _most_built(task))
    small = task.n_items * top <= SMALL
    low, high, n_forms, step = 0, top + 1, top, 1 if small else max(1, top // 20)
    impossible: int | None = None
    ended: list[int] = []
    for _ in range(MOST_TRIES if small else MOST_TRIES_LARGE):
        if n_forms <= low:
            break
        progress(tell_n("trying {n} form", "trying {n} forms", n_forms))
        try:
            solve(task._replace(n_forms=n_forms), seed)
            low = n_forms
        except Infeasible:
            high = impossible = n_forms
        except SearchEnded:
            high = n_forms
            ended.append(n_forms)
        n_forms = (low + high) // 2 if low else max(high - step, 1)
        step *= 2
    undecided = sorted(n for n in ended if low < n < (impossible or n + 1))
    return FormsBuilt(low, impossible, tuple(undecided), top if top < bound else None)


def _most_built(task: Task) -> int:
    """Return the maximum number of forms to try, which limits the time of the search."""
    most = max(1, MOST_CHOICES // max(task.n_items, 1))
    return most if task.shared_greatest == 0 else min(most, MOST_SHARING)


# ── what runs out, and what further items would give ─────────────────────────────────────────


def _runs_out(task: Task, there: Sequence[Supply], bound: int, solve: Solve) -> Iterator[RunsOut]:
    """Yield the reasons why one more form is impossible: single quotas by counting, or else minimal
    conflicts."""
    if short := _not_implied([one for one in there if one.forms == bound]):
        for one in sorted(short, key=lambda one: one.usable / max(one.least, 1)):
            yield RunsOut((one.name,), (one.field,), False)
        return
    wider = task._replace(n_forms=bound + 1)
    for cause in causes.find(wider, solve):
        rows = [row_of(wider, part) for part in sorted(cause.parts)]
        named = [(row.name, row.field) for row in rows if row is not None and row.elastic]
        named += [(tell("information"), "statistics.information")] * (GOAL in cause.parts)
        if named:
            names, fields = zip(*named, strict=True)
            yield RunsOut(names, fields, len(named) > 1)


def _not_implied(there: Sequence[Supply]) -> list[Supply]:
    """Return the supplies without those that suffice as soon as the supplies inside them do."""

    def is_implied(one: Supply) -> bool:
        taken: set[int] = set()
        least = 0
        for other in sorted(there, key=lambda other: len(other.items)):
            inside = set(other.items)
            if inside < set(one.items) and not inside & taken:
                taken |= inside
                least += other.least
        return least >= one.least

    return [one for one in there if not is_implied(one)]


def _further(task: Task, kinds: Sequence[Writable], one: Supply, beyond: Sequence[int]) -> Further:
    """Return the effect of new items for this supply alone, by counting and by the model."""

    def serves(kind: Writable) -> bool:
        rows = (task.rows[n] for n, _ in kind.kind.rows)
        return (one.name in kind.pcs and not kind.pilot) or (one.name, one.field) in (
            (r.name, r.field) for r in rows
        )

    own = [Gain(max(0, different_items(one.least, task._replace(n_forms=n)) - one.usable), n) for n in beyond]
    mine, gains = [kind for kind in kinds if serves(kind)], list[Gain]()
    for n_forms in beyond:
        if (counts := fewest(task, mine, n_forms)) is None:
            break
        gains.append(Gain(sum(counts), n_forms))
    return Further(one.name, one.field, tuple(own), tuple(gains))


# ── what to write ────────────────────────────────────────────────────────────────────────────


def fewest(task: Task, kinds: Sequence[Writable], n_forms: int) -> list[int] | None:
    """Return the smallest numbers of items to write, by kind; None if no numbers are known to suffice."""
    # among equivalent kinds the first is preferred, because it restricts the writer least
    costs = {Move("write", n): 1 + n * 1e-5 for n in range(len(kinds))}
    integer = task.anchor is not None or task.shared_greatest > 0
    try:
        moves = least_change(task._replace(n_forms=n_forms), costs, [one.kind for one in kinds], integer)
    except SearchEnded:
        return None
    return None if moves is None else [int(moves.get(move, 0)) for move in costs]


def _may_all_be(
    task: Task, kinds: Sequence[Writable], counts: Sequence[int], n_forms: int, category: str
) -> bool:
    """Return whether all items to write may be of one category, as far as the linear relaxation shows."""
    moved = []
    for kind, count in zip(kinds, counts, strict=True):
        same = (kind.pcs, kind.levels, kind.statuses, kind.pilot)
        alike = (k for k in kinds if k.pilot or category in k.categories)
        other = next((k for k in alike if (k.pcs, k.levels, k.statuses, k.pilot) == same), None)
        if count and other is None:
            return False
        moved += [(other.kind, count)] if other and count else []
    return not refuted(with_items(task._replace(n_forms=n_forms), moved))


def _plan(
    task: Task, kinds: Sequence[Writable], n_forms: int, pool: Pool, seed: int, solve: Solve
) -> WritingPlan | None:
    """Return the smallest set of new items for this number of forms.

    Returns None if no number of items suffices, or if new items would need better statistics than those of
    the bank, which no writer can plan. Forms with placeholders are also tried, unless that would take long.
    """
    if (counts := fewest(task, kinds, n_forms)) is None:
        return None
    lines = wanted(
        kinds, counts, pool, [name for name in COGNITIVE if _may_all_be(task, kinds, counts, n_forms, name)]
    )
    near = quantities_of_new(task) if any(line.pc for line in lines) else ()
    if any(field in MEASURED for field, _ in near):
        return None
    tried: bool | None = None
    wider = with_items(
        task._replace(n_forms=n_forms), [(one.kind, n) for one, n in zip(kinds, counts, strict=True)]
    )
    if n_forms <= _most_built(task) and wider.n_items * n_forms <= SMALL:
        try:
            solve(wider, seed)
            tried = True
        except (Infeasible, SearchEnded):
            tried = False
    return WritingPlan(n_forms, lines, tried, near)

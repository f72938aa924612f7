"""A task and a seed → forms near the optimum, for tasks of any size: select, deal, polish, pair.

*Select* (`select`): a MIP over all forms at once determines how many of them contain each item, and which
items are in the anchor. The linear relaxation of all forms leaves few items in fractions. Columns that it
decides by a wide margin (reduced cost) are fixed, and a MIP decides on the others. If that fails, fewer and
fewer are fixed, and finally none: then "infeasible" is a proof.

*Deal* (`deal`): the items are distributed among the forms. Sets are dealt whole, shared items to forms that
share little, and the others class by class, each item to the form with the fewest of its class, then the
fewest items, then the lowest curve. Quotas by class come out even; other rows and the curves are left to
polishing.

*Polish* (`local_search.py`): swaps repair what the forms violate and bring all curves to one course.

*Pair* (`pairing.py`): a MIP deals the items of the worst form and another form again.

If forms still violate a constraint, everything is repeated with other draws.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from examgen.assembly.search.aggregate import (
    Aggregate,
    aggregate,
    goal_of,
    greatest_length,
    most_uses,
    relaxation,
)
from examgen.assembly.search.highs import Floats, Integers, MipAnswer, solve
from examgen.assembly.search.local_search import NONE, alike, growths, polish, swap
from examgen.assembly.search.pairing import redeal
from examgen.assembly.search.recount import achieved, recount
from examgen.assembly.search.state import FormsState, form_arrays, narrowed
from examgen.assembly.task import Goal, Infeasible, SearchEnded, Solution, Task

CORES = (12, 24, 100)
"""The number of columns that the MIP may decide on, for each row over many items, in successive attempts."""
MANY_ITEMS = 8
GAP = 0.001
FEW_SELECTED = 200
"""The permitted gap of a relative goal, and the number of items in all forms below which it is widened in
proportion."""
MAX_NODES = 100
MOST_NODES = 300
"""The maximum number of nodes if all columns are free."""
PLAIN_GAP = 0.0005
PLAIN_TIE = 0.002
"""The permitted gap, and the largest sum of the drawn weights, without a goal or with an absolute one: in
shared items, or as a proportion of the target."""
TIE = 0.0002
"""The largest sum of the drawn weights, as a proportion of the goal; this limits the loss through
randomness."""
MARGIN = 0.0012
"""How far the sum of all forms stays below the cap, so that single forms may differ from it."""
SHARING = 1.5
"""Factor of the margin if forms share items, which leaves fewer swaps."""
MANY = 600
"""The number of items in all forms from which the margin needs no increase."""

INSIDE = 0.5
"""The distance of a sum of quantities from its bounds, in mean coefficients; also for a count whose range is
at least WIDE."""
WIDE = 3


class Selection(NamedTuple):
    """The items selected for all forms together."""

    anchor: Integers
    """Positions of the anchor's items."""
    uses: Integers
    """(items,): the number of forms that contain the item, not counting the anchor."""
    reserve: Integers
    """Items that were not selected, in the order of the cost of using them instead of a selected one."""
    bound: float | None


def margin(task: Task, attempt: int = 0) -> float:
    """Return how far below the cap selection stays; more for few items, which are harder to bring in line."""
    if task.goal is None or task.goal.kind == "absolute" or task.n_forms == 1:
        return 0.0
    few = float(max(1.0, MANY / max(1, task.n_forms * greatest_length(task)))) ** 0.5
    few *= SHARING if task.shared_greatest else 1.0
    return float(min(MARGIN * few * 1.5**attempt, task.goal.within / 2))


def select(task: Task, seed: int, attempt: int = 0) -> Selection:
    """Return the items of all forms together, near the optimum. Raises `Infeasible` only if it is proven."""
    chance = np.random.Generator(np.random.PCG64([seed, attempt]))
    weights = chance.integers(1, 1_000, task.n_items) / 1_000
    if task.goal is not None and task.goal.kind == "relative":
        model = aggregate(task)
        relaxed = relaxation(model)
        bound = goal_of(relaxed)
        model = model.weighed(weights * (TIE * bound / max(1.0, float(relaxed.values[model.uses].sum()))))
        lower = model.capped(task.goal.within - margin(task, attempt))
        for part in (eased(task, lower), lower):
            if found := _settled(task, part, relaxed, bound):
                return found
        return _whole(task, model, relaxed, bound)
    # Without a goal, or with an absolute one: the weights decide, and the relaxation depends on them.
    model = aggregate(task).weighed(weights * (PLAIN_TIE / max(1, task.n_forms * greatest_length(task))))
    try:
        part = eased(task, model)
        relaxed = relaxation(part)
        if found := _settled(task, part, relaxed, _least_deviation(task, relaxed)):
            return found
    except Infeasible:
        pass
    relaxed = relaxation(model)
    return _whole(task, model, relaxed, _least_deviation(task, relaxed))


def eased(task: Task, model: Aggregate) -> Aggregate:
    """Return the model with quantities and wide counts kept slightly inside their bounds, to leave room for
    swaps."""
    if task.n_forms == 1:
        return model
    bounds = np.empty((len(task.rows), 2))
    for n, row in enumerate(task.rows):
        width, room = row.greatest - row.least, 0.0
        if row.items and not (width < WIDE and row.counts):
            room = min(INSIDE * float(np.abs(row.coefficients).mean()), width / 4)
        bounds[n] = row.least + room, row.greatest - room
    return model.bounded(bounds[:, 0], bounds[:, 1])


def _least_deviation(task: Task, relaxed: MipAnswer) -> float | None:
    """Return the smallest possible deviation; weights may have increased that of the relaxation."""
    if task.goal is None:
        return None
    return 0.0 if goal_of(relaxed) < 1e-9 else goal_of(relaxation(aggregate(task)))


def _settled(task: Task, model: Aggregate, relaxed: MipAnswer, bound: float | None) -> Selection | None:
    """Solve the MIP with most columns fixed, then with fewer and fewer; None if no attempt finds a
    solution."""
    n_broad = sum(len(row.items) > MANY_ITEMS for row in task.rows)
    for core in CORES:
        size = max(200, core * n_broad)
        # The model with all columns settled but those of the least reduced cost, and those of whole groups.
        settled = np.rint(relaxed.values)
        cost = np.abs(relaxed.reduced_costs)
        cost[np.abs(settled - relaxed.values) > 1e-6] = -1
        cost[model.used] = -1
        cost[-1] = -1
        free = np.zeros(len(cost), dtype=bool)
        free[np.argsort(cost, kind="stable")[:size]] = True
        free |= cost < 0
        whole = model.model
        lower, upper = np.where(free, whole.lower, settled), np.where(free, whole.upper, settled)
        answer = solve(whole._replace(lower=lower, upper=upper), None, mip_max_nodes=MAX_NODES, **_gaps(task))
        if answer.values.size:
            return _selection(model, relaxed, answer.values, bound)
        if size >= len(relaxed.values):
            break
    return None


def _gaps(task: Task) -> dict[str, float]:
    if task.goal is not None and task.goal.kind == "relative":
        return {"mip_rel_gap": GAP * max(1.0, FEW_SELECTED / max(1, task.n_forms * greatest_length(task)))}
    return {"mip_rel_gap": 0.0, "mip_abs_gap": PLAIN_GAP}


def _whole(task: Task, model: Aggregate, relaxed: MipAnswer, bound: float | None) -> Selection:
    """Solve the MIP with no column fixed. Raises Infeasible if it has no solution."""
    answer = solve(model.model, None, mip_max_nodes=MOST_NODES, **_gaps(task))
    if answer.status in ("infeasible", "unbounded"):  # nothing here is unbounded
        raise Infeasible
    if not answer.values.size:
        raise SearchEnded("no items were found that the forms could hold together")
    return _selection(model, relaxed, answer.values, bound)


def _selection(model: Aggregate, relaxed: MipAnswer, values: Floats, bound: float | None) -> Selection:
    values = np.rint(values).astype(np.int64)
    anchor, uses = [], np.zeros(len(model.kind_of), dtype=np.int64)
    order = np.argsort(model.kind_of, kind="stable")
    last = np.cumsum(np.bincount(model.kind_of))
    taken = values[model.uses].any(axis=1)
    if len(model.anchor):
        taken |= values[model.anchor] > 0
    for kind in np.flatnonzero(taken):
        items = order[last[kind - 1] if kind else 0 : last[kind]]
        n_anchor = int(values[model.anchor[kind]]) if len(model.anchor) else 0
        anchor += items[:n_anchor].tolist()
        # uses of a kind go to its items as evenly as they can
        items, total = items[n_anchor:], int(values[model.uses[kind]].sum())
        if total and len(items):
            uses[items] = total // len(items)
            uses[items[: total % len(items)]] += 1
    costs = relaxed.reduced_costs[model.uses[:, 0]][model.kind_of]
    unused = uses == 0
    unused[anchor] = False
    ranked = np.argsort(costs, kind="stable")
    ranked = ranked[unused[ranked]]
    # The second of a kind comes after the first of every kind, and so on.
    by_kind = np.argsort(model.kind_of[ranked], kind="stable")
    starts = np.flatnonzero(np.diff(model.kind_of[ranked][by_kind], prepend=-1))
    copy = np.empty(len(ranked), dtype=np.int64)
    copy[by_kind] = np.arange(len(ranked)) - np.repeat(starts, np.diff(np.append(starts, len(ranked))))
    reserve = ranked[np.argsort(copy, kind="stable")]
    return Selection(np.array(sorted(anchor), dtype=np.int64), uses, reserve, bound)


def deal(standing: FormsState, uses: Integers, chance: np.random.Generator) -> None:
    """Distribute the items among the forms, each to as many forms as `uses` (items,) states."""
    plan = standing.plan
    dealer = _Dealer(standing, chance)
    left = uses.copy()
    blocks: list[list[int]] = []
    for group, (least, greatest) in enumerate(zip(plan.group_least, plan.group_greatest, strict=True)):
        items = plan.member_item[plan.member_group == group]
        total = int(uses[items].sum())
        if total:
            # parts of the group, as few as its size and its uses allow, or as its least fills
            fewest = max(ceil(total / max(1, int(greatest))), int(uses[items].max()))
            filled = total // max(1, int(least)) if least > greatest // 2 + 1 else fewest
            parts: list[list[int]] = [[] for _ in range(max(fewest, filled))]
            for item in sorted(items.tolist(), key=lambda i: (-int(uses[i]), i)):
                for part in sorted(parts, key=len)[: int(uses[item])]:
                    part.append(item)
            blocks += [sorted(part) for part in parts if part]
    for members in sorted(blocks, key=lambda block: (-len(block), block)):
        block = np.array([item for item in members if left[item] > 0])  # an item may be in several groups
        if len(block):
            dealer.give(block)
            left[block] -= 1
    worth = plan.values.sum(axis=1)
    drawn = chance.integers(0, 1 << 30, plan.n_items)
    for item in np.lexsort((drawn, -worth, plan.assigned_class, -left)):
        for _ in range(int(left[item])):
            dealer.give(np.array([item]))


class _Dealer:
    """The counts of items during dealing."""

    def __init__(self, standing: FormsState, chance: np.random.Generator) -> None:
        plan = standing.plan
        self.standing, self.plan = standing, plan
        n_classes = int(plan.assigned_class.max(initial=-1)) + 1
        self.by_class = np.zeros((plan.n_forms, n_classes), dtype=np.int64)
        self.counts = np.zeros(plan.n_forms, dtype=np.int64)
        self.turn = chance.permutation(plan.n_forms)
        self.worth = np.zeros(plan.n_forms)
        self.rising = np.all(plan.broad >= 0, axis=0)

    def give(self, block: Integers) -> None:
        """Add the block to the form that needs it most and contains none of it."""
        standing, plan, classes = self.standing, self.plan, self.plan.assigned_class[block]
        held = standing.held[:, block].any(axis=1)
        crowd = self.by_class[:, classes].max(axis=1)
        # How many more items than allowed a form would share with others that hold the block.
        holders, shared = standing.held[:, block[0]], np.zeros(plan.n_forms)
        if holders.any():
            after = standing.shared[:, holders] + len(block)
            shared = np.maximum(0, after - plan.shared_greatest).sum(axis=1) * 1e3 + after.sum(axis=1)
        # What the block would break in counts that are full, and in narrow rows.
        load = standing.loads + plan.broad[block].sum(axis=0)
        over = np.maximum(0, load - plan.broad_greatest)
        over = (over - np.maximum(0, standing.loads - plan.broad_greatest))[:, self.rising].sum(axis=1)
        rows = plan.entry_row[np.isin(plan.entry_item, block)]
        if len(rows):
            entries = np.isin(plan.entry_row, rows)
            inside = standing.held[:, plan.entry_item[entries]] | np.isin(plan.entry_item[entries], block)
            sums = inside * plan.entry_value[entries]
            for number in np.unique(rows):
                mine = plan.entry_row[entries] == number
                over = over + np.maximum(0, sums[:, mine].sum(axis=1) - plan.narrow_greatest[number])
        form = int(np.lexsort((self.turn, self.worth, self.counts, crowd, over, shared, held))[0])
        for item in block:
            if not standing.held[form, item]:
                standing.add(form, int(item))
        np.add.at(self.by_class[form], classes, 1)
        self.counts[form] += len(block)
        self.worth[form] += float(plan.values[block].sum())


LOWER = (0.0, 0.001, 0.004, 0.01, 0.03)
"""How much lower than the selected mean the course is, by attempt, because there is little choice near the
optimum."""
RESERVE = 1.0
"""The number of reserve items that are kept, as a proportion of the selected ones."""
FEWEST = 200
"""The minimum number of reserve items."""
LEAST_GIVE = 1e-5
SHAKES = 6
"""The maximum number of times that the forms are shaken if their curves are too far apart."""
SHAKEN = 3
"""The maximum number of random swaps in one shake."""
PAIRS = 12
"""The maximum number of pairs of forms that are dealt again while a form violates a constraint."""
NEARER = 4
"""The maximum number of pairs dealt again to bring the curves closer, if there are at most FEW items; with
more, swaps are better."""
FEW = 60
SPARE = 60
"""The number of free items that a pair may use besides its own."""
GIVE = 0.0005
"""The distance of a curve from its target, as a proportion of it, below which it is no longer polished."""


def assemble(task: Task, seed: int) -> Solution:
    """Return forms that violate no constraint, after a recount.

    Raises `Infeasible` if it is proven that there are none, and `SearchEnded` if none were found.
    """
    seed %= 1 << 64
    for attempt in range(len(LOWER)):
        selection = select(task, seed, attempt)
        chance = np.random.Generator(np.random.PCG64([seed, attempt, 1]))
        forms = _dealt_forms(task, selection, attempt, chance)
        anchor = tuple(selection.anchor.tolist())
        reached = achieved(task, forms)
        solution = Solution(forms, anchor, "select-deal-polish", reached, selection.bound)
        if not recount(task, solution):
            return solution
    raise SearchEnded("forms were found only with constraints broken")


def _dealt_forms(
    task: Task, selection: Selection, attempt: int, chance: np.random.Generator
) -> tuple[tuple[int, ...], ...]:
    # The selected items, the best of the others, and whole groups.
    n_selected = int((selection.uses > 0).sum())
    inside = selection.uses > 0
    inside[selection.reserve[: max(FEWEST, int(RESERVE * n_selected))]] = True
    for group in task.groups:
        members = list(group.items)
        if inside[members].any():
            inside[members] = True
    inside[selection.anchor] = False
    pool = np.flatnonzero(inside)
    plan = form_arrays(*narrowed(task, selection.anchor, pool), most_uses(task))
    uses = selection.uses[pool]
    # Where each curve should be, over the target: the mean of all that is selected, or the target.
    if task.goal is None:
        course = np.zeros(0)
    else:
        total = (uses[:, None] * plan.values).sum(axis=0) / task.n_forms
        mean: Floats = (plan.base + total).round(9)
        if task.goal.kind == "absolute":
            course = np.where(np.abs(mean - 1) < 4 * GIVE, 1.0, mean)
        else:
            course = mean * (1 - LOWER[attempt])
    # How far a curve may be from the course, as a share of it, before it is polished no more.
    give = 1.0
    if task.goal is not None:
        give = margin(task, attempt) / 2.4 or min(GIVE, task.goal.within / 4) or GIVE
    standing = FormsState(plan, course, np.maximum(give * course, LEAST_GIVE))
    deal(standing, uses, chance)
    _finish(standing, task.goal, chance)
    items = (np.sort(np.concatenate([pool[held], selection.anchor])) for held in standing.held)
    return tuple(tuple(form.tolist()) for form in items)


def _finish(standing: FormsState, goal: Goal | None, chance: np.random.Generator) -> None:
    """Polish the forms. Deal forms again that violate a constraint; shake, and then deal again, if curves are
    too far off."""
    polish(standing)
    for _ in range(PAIRS):
        misfits = [standing.misfit(form) for form in range(standing.plan.n_forms)]
        if not any(misfits):
            break
        if redeal(standing, _pair(int(np.argmax(misfits)), standing, chance), _spare(standing, chance)):
            polish(standing)
    else:
        return
    for _ in range(SHAKES):
        if _within(standing, goal):
            return
        _shake(standing, chance)
    for _ in range(NEARER):
        if _within(standing, goal) or standing.plan.n_items > FEW:
            return
        bends = [standing.bend(form) for form in range(standing.plan.n_forms)]
        forms = _pair(int(np.argmax(bends)), standing, chance)
        if redeal(standing, forms, _spare(standing, chance), 1.0):
            polish(standing)


def _within(standing: FormsState, goal: Goal | None) -> bool:
    """Return whether the curves are as close to each other, or to the target, as the goal requires."""
    if goal is None:
        return True
    if goal.kind == "absolute":
        return bool(np.abs(standing.curves - 1).max() <= goal.within)
    return bool(standing.curves.max() <= (1 + goal.within) * standing.curves.min())


def _pair(form: int, standing: FormsState, chance: np.random.Generator) -> list[int]:
    """Return the form and another one, drawn at random."""
    others = [other for other in range(standing.plan.n_forms) if other != form]
    return [form, int(chance.choice(others))] if others else [form]


def _spare(standing: FormsState, chance: np.random.Generator) -> Integers:
    """Return a random sample of the items that forms may still use."""
    free = np.flatnonzero(standing.uses < standing.plan.most_uses)
    return np.sort(chance.choice(free, min(SPARE, len(free)), replace=False))


def _shake(standing: FormsState, chance: np.random.Generator) -> None:
    """Make a few random swaps in the worst form and polish; undo everything unless it is an improvement."""
    before, cost = standing.held.copy(), _cost(standing)
    worst = max(range(standing.plan.n_forms), key=lambda form: (standing.bend(form), -form))
    swaps = alike(standing, worst)
    misfits, _ = growths(standing, worst, swaps, True)
    fine = np.flatnonzero((misfits < 1e-9) & (swaps.other != NONE))
    if not len(fine):
        return
    for n in chance.choice(fine, min(SHAKEN, len(fine)), replace=False):
        out, into, other = int(swaps.out[n]), int(swaps.into[n]), int(swaps.other[n])
        mine, theirs = standing.held[worst], standing.held[other]
        if mine[out] and theirs[into] and not mine[into] and not theirs[out]:
            swap(standing, worst, out, into, other)
    polish(standing)
    if _cost(standing) >= cost:
        for form, held in enumerate(before):
            if np.any(held != standing.held[form]):
                standing.replace(form, np.flatnonzero(held))


def _cost(standing: FormsState) -> tuple[float, float]:
    """Return the misfit of all forms, and the distance between the lowest and the highest curve."""
    misfit = sum(standing.misfit(form) for form in range(standing.plan.n_forms))
    over = standing.curves / standing.course
    return misfit, float(over.max() - over.min())

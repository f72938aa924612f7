"""A task and a seed → forms near the optimum, for tasks of any size: select, deal, polish, pair.

*Select* (`selecting.py`): a MIP over all forms at once says how many of them hold each item. *Deal*
(`dealing.py`): the items are parted among the forms. *Polish* (`polishing.py`): swaps mend what the forms
miss and bring all curves on one course. *Pair* (`pairing.py`): the worst form and another are dealt anew by a
MIP. Where forms still miss something, all is begun again with other draws.
"""

from __future__ import annotations

import numpy as np

from examgen.assembly.search.aggregate import most_uses
from examgen.assembly.search.dealing import deal
from examgen.assembly.search.highs import Floats, Integers
from examgen.assembly.search.narrowing import narrowed
from examgen.assembly.search.pairing import redeal
from examgen.assembly.search.polishing import polish
from examgen.assembly.search.selecting import Selection, margin, select
from examgen.assembly.search.standing import Layout, Standing, layout
from examgen.assembly.search.swapping import NONE, alike, growths, swap
from examgen.assembly.search.verifying import achieved, recount
from examgen.assembly.task import Goal, SearchEnded, Solution, Task

LOWER = (0.0, 0.001, 0.004, 0.01, 0.03)
"""How much lower than what is selected the course lies, by attempt: near the optimum is little choice."""
RESERVE = 1.0
"""Items kept besides those selected, as a share of these."""
FEWEST = 200
"""But no fewer than these."""
LEAST_GIVE = 1e-5
MOST_SWAPS = 4_000
SHAKES = 6
"""How often forms above the cap are shaken."""
SHAKEN = 3
"""How many swaps by chance that takes."""
PAIRS = 12
"""How many pairs of forms are dealt anew while some miss something."""
NEARER = 4
"""How many are, to bring the curves nearer to each other, where there are few items; else swaps do better."""
FEW = 60
SPARE = 60
"""Free items that a pair may use besides its own."""
GIVE = 0.0005
"""How far a curve may be from its target, as a share of it, before it is polished no more."""


def assemble(task: Task, seed: int) -> Solution:
    """Forms that break no constraint, recounted.

    Raises `Infeasible` where it is proven that there are none, `SearchEnded` where none were found.
    """
    seed %= 1 << 64
    for attempt in range(len(LOWER)):
        selection = select(task, seed, attempt)
        forms = _forms(task, selection, attempt, np.random.Generator(np.random.PCG64([seed, attempt, 1])))
        anchor = tuple(selection.anchor.tolist())
        reached = achieved(task, forms)
        solution = Solution(forms, anchor, "select-deal-polish", reached, selection.bound)
        if not recount(task, solution):
            return solution
    raise SearchEnded("forms were found only with constraints broken")


def _forms(
    task: Task, selection: Selection, attempt: int, chance: np.random.Generator
) -> tuple[tuple[int, ...], ...]:
    narrow = narrowed(task, selection.anchor, _pool(task, selection))
    plan = layout(narrow, most_uses(task))
    uses = selection.uses[narrow.pool]
    course = _course(task, plan, uses, attempt)
    standing = Standing(plan, course, np.maximum(_give(task, attempt) * course, LEAST_GIVE))
    deal(standing, uses, chance)
    _finish(standing, task.goal, chance)
    forms = []
    for held in standing.held:
        items = np.concatenate([narrow.pool[held], narrow.anchor])
        forms.append(tuple(int(i) for i in np.sort(items)))
    return tuple(forms)


def _pool(task: Task, selection: Selection) -> Integers:
    """What is selected, the best of what is not, and whole groups."""
    n_selected = int((selection.uses > 0).sum())
    inside = selection.uses > 0
    inside[selection.reserve[: max(FEWEST, int(RESERVE * n_selected))]] = True
    for group in task.groups:
        members = list(group.items)
        if inside[members].any():
            inside[members] = True
    inside[selection.anchor] = False
    return np.flatnonzero(inside)


def _give(task: Task, attempt: int) -> float:
    """How far a curve may be from the course, as a share of it, before it is polished no more."""
    if task.goal is None:
        return 1.0
    return margin(task, attempt) / 2.4 or min(GIVE, task.goal.within / 4) or GIVE


def _course(task: Task, plan: Layout, uses: Integers, attempt: int) -> Floats:
    """Where each curve should be, over the target: the mean of all that is selected, or the target."""
    if task.goal is None:
        return np.zeros(0)
    total = (uses[:, None] * plan.values).sum(axis=0) / task.n_forms
    mean: Floats = (plan.base + total).round(9)
    if task.goal.kind == "absolute":
        return np.where(np.abs(mean - 1) < 4 * GIVE, 1.0, mean)
    return mean * (1 - LOWER[attempt])


def _finish(standing: Standing, goal: Goal | None, chance: np.random.Generator) -> None:
    """Polish; deal forms anew that miss something; shake, then deal anew, where curves are too far off."""
    polish(standing, MOST_SWAPS)
    for _ in range(PAIRS):
        misfits = [standing.misfit(form) for form in range(standing.plan.n_forms)]
        if not any(misfits):
            break
        if redeal(standing, _pair(int(np.argmax(misfits)), standing, chance), _spare(standing, chance)):
            polish(standing, MOST_SWAPS)
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
            polish(standing, MOST_SWAPS)


def _within(standing: Standing, goal: Goal | None) -> bool:
    """Whether the curves are as near to each other, or to the target, as the goal asks."""
    if goal is None:
        return True
    if goal.kind == "absolute":
        return bool(np.abs(standing.curves - 1).max() <= goal.within)
    return bool(standing.curves.max() <= (1 + goal.within) * standing.curves.min())


def _pair(form: int, standing: Standing, chance: np.random.Generator) -> list[int]:
    """The form and another, drawn."""
    others = [other for other in range(standing.plan.n_forms) if other != form]
    return [form, int(chance.choice(others))] if others else [form]


def _spare(standing: Standing, chance: np.random.Generator) -> Integers:
    """Some of the items that forms may still take, drawn."""
    free = np.flatnonzero(standing.uses < standing.plan.most_uses)
    return np.sort(chance.choice(free, min(SPARE, len(free)), replace=False))


def _shake(standing: Standing, chance: np.random.Generator) -> None:
    """Let the worst form make a few swaps by chance, polish, and keep that if it is for the better."""
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
    polish(standing, MOST_SWAPS)
    if _cost(standing) >= cost:
        for form, held in enumerate(before):
            if np.any(held != standing.held[form]):
                standing.replace(form, np.flatnonzero(held))


def _cost(standing: Standing) -> tuple[float, float]:
    """What all forms miss, and the distance between the lowest and the highest curve over the course."""
    misfit = sum(standing.misfit(form) for form in range(standing.plan.n_forms))
    over = standing.curves / standing.course
    return misfit, float(over.max() - over.min())

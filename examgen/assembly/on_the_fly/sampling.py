"""A task, a number of candidates and an exposure ceiling → a form for each of them (linear on the fly).

One linear program gives the evenest exposure that the constraints allow, a few small MIPs some forms to
begin from; these are dealt to the candidates and their items change places until the forms are far apart
and exposures near the evenest. Every form meets every constraint, by recount. No clock: the same forms for
a seed on any machine.

Sources: see van der Linden (2005), Linear Models for Optimal Test Design, on linear on the fly; for the
quality, Chen, Ankenmann & Spray (2003), Journal of Educational Measurement 40, 129–145: average overlap
follows from the exposures, and is least where they are even.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.on_the_fly.exchanges import DrawnForms, FormTables, drawn, rules
from examgen.assembly.on_the_fly.mixing import come_back, mix, part, settle, spread
from examgen.assembly.on_the_fly.overlap_bound import Evenest, average_overlap, evenest
from examgen.assembly.on_the_fly.sampled import BLANK, Sampled, most_forms, recount
from examgen.assembly.on_the_fly.start import (
    FORMS,
    first_form,
    highest_level_model,
    narrowed,
    some_forms,
    with_goal_as_rows,
)
from examgen.assembly.search import exact
from examgen.assembly.search.highs import solve
from examgen.assembly.seeded_random import SeededRandom
from examgen.assembly.task import Infeasible, SearchEnded, Task

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

LEVELS = (0.9, 0.8, 0.65, 0.5)
"""Of a relative goal: shares of the highest level, tried in turn; nearer to 1 the informative items are
used up.
"""
SMALL = 3_000
"""Up to so many items times candidates the exact model is asked where sampling ends without forms."""
SETTLINGS = 6
MANY = 0.05
"""The share of forms that stay outside their bounds at which all begin again, with nothing slackened."""


class _Level(NamedTuple):
    """Of a relative goal: that of the forms, and what none can better; None for others."""

    reached: float | None
    highest: float | None


def sample(task: Task, n_candidates: int, exposure: float | None, seed: int) -> Sampled:
    """A form for each candidate, each under all rows, groups and the goal of the task.

    No item is in more than `most_forms(exposure, n_candidates)` forms. The task's number of forms, their
    overlap and `most_uses` are not looked at; an anchor, which all forms hold, cannot be had.

    Raises `Infeasible` where it is proven that there are no such forms, `SearchEnded` where none were found.
    """
    if task.anchor is not None:
        raise ValueError("forms for each candidate have no anchor")
    if n_candidates < 1:
        raise ValueError("forms are for one candidate at least")
    if task.n_items == 0:
        raise Infeasible("there are no items")
    ceiling = most_forms(exposure, n_candidates)
    try:
        sampled = _sample(task, n_candidates, ceiling, seed)
    except SearchEnded:
        if task.n_items * n_candidates > SMALL:
            raise
        # The same by the exact model, for few candidates and items.
        shared = task._replace(
            n_forms=n_candidates, shared_least=0, shared_greatest=task.n_items, most_uses=ceiling
        )
        solution = exact.solve(shared, seed)
        level = _Level(None, None)
        if task.goal is not None and task.goal.kind == "relative":
            level = _Level(solution.objective, _highest_level(task, ceiling / n_candidates))
        forms = _dealt([np.array(form, np.int64) for form in solution.forms], n_candidates, task.n_items)
        # The evenest rates at a level that forms are known to reach, if but to the solver's tolerance.
        reached = with_goal_as_rows(task, (level.reached or 0.0) * (1 - 1e-7))
        try:
            even = evenest(reached, n_candidates, ceiling)
        except Infeasible:
            even = Evenest(np.zeros(task.n_items), 0.0)
        sampled = _sampled(forms, task.n_items, even, level)
    if faults := recount(task, sampled, exposure):
        raise AssertionError(f"the forms drawn break the task: {faults[0]}")
    return sampled


def _sample(task: Task, n_candidates: int, ceiling: int, seed: int) -> Sampled:
    """Forms at the first level of the goal at which they are found."""
    if task.goal is None or task.goal.kind == "absolute":
        return _at_level(task, _Level(None, None), n_candidates, ceiling, seed)
    highest = _highest_level(task, ceiling / n_candidates)
    for share in LEVELS:
        try:
            return _at_level(task, _Level(share * highest, highest), n_candidates, ceiling, seed)
        except (Infeasible, SearchEnded):
            continue
    raise SearchEnded("no level of the goal was found that all forms reach")


def _highest_level(task: Task, reach: float) -> float:
    """What no forms can better: the highest level of the relaxation with no item used above `reach`."""
    answer = solve(highest_level_model(task, reach))
    if answer.status == "infeasible":
        raise Infeasible("no exposure of the items meets the constraints and the ceiling")
    if answer.status != "optimal":
        raise SearchEnded(f"the linear program of the goal ended as {answer.status}")
    return answer.objective


def _at_level(task: Task, level: _Level, n_candidates: int, ceiling: int, seed: int) -> Sampled:
    """Forms that reach this level of the goal."""
    form = with_goal_as_rows(task, level.reached or 0.0)
    even = evenest(form, n_candidates, ceiling)
    draw = np.random.Generator(np.random.PCG64(SeededRandom(seed).draw("sampling")))
    few = some_forms(form, first_form(form), min(FORMS, n_candidates), draw)
    tables = rules(form)
    begun = _dealt(few, n_candidates, task.n_items)
    # Forms far apart, of those to begin from; those that do not come back inside bounds begin again.
    try:
        # a little inside the bounds of quantities, where forms find room to change
        rates = evenest(narrowed(form), n_candidates, ceiling).rates
    except (Infeasible, SearchEnded):
        rates = even.rates
    state = drawn(tables, begun.copy(), rates)
    mix(tables, state, ceiling, draw)
    astray = come_back(tables, state, ceiling, draw)
    if len(astray) > MANY * len(begun):
        astray = np.arange(len(begun))
    if len(astray):
        state.forms[astray] = begun[astray]
        state = drawn(tables, state.forms, rates)
        part(tables, state, astray, ceiling, draw)
    if _settled(tables, state, even, ceiling, draw):
        return _sampled(state.forms, task.n_items, even, level)
    if level.reached is None:
        state = drawn(tables, spread(form, np.sort(state.forms, axis=1), ceiling), even.rates)
        part(tables, state, np.arange(n_candidates), ceiling, draw)
        if _settled(tables, state, even, ceiling, draw):
            return _sampled(state.forms, task.n_items, even, level)
    raise SearchEnded("the exposure of some items does not come down to the ceiling")


def _dealt(begun: list[Whole], n_candidates: int, n_items: int) -> Whole:
    """(candidates, length): the forms in turn, so that candidates near each other begin from different
    ones.
    """
    longest = max(map(len, begun))
    padded = [np.pad(form, (0, longest - len(form)), constant_values=n_items) for form in begun]
    forms: Whole = np.array(padded, np.int64)[np.arange(n_candidates) % len(begun)]
    return forms


def _settled(
    tables: FormTables, state: DrawnForms, even: Evenest, ceiling: int, draw: np.random.Generator
) -> bool:
    """Bring exposures as near the evenest as they come; returns whether none is above the ceiling."""
    rates = even.rates.copy()
    for _ in range(SETTLINGS):
        settle(tables, state, rates, ceiling, draw)
        above = np.maximum(state.counts[:-1] - ceiling, 0)
        if not above.any():
            return True
        # to ask as much of every item does not suffice: ask more of those in too many forms
        rates -= 2 * above / len(state.forms)
    return False


def _sampled(forms: Whole, n_items: int, even: Evenest, level: _Level) -> Sampled:
    """The forms in order and what is known of them."""
    forms = np.sort(forms, axis=1)
    uses = np.bincount(forms.ravel(), minlength=n_items + 1)[:n_items]
    return Sampled(
        np.where(forms == n_items, BLANK, forms),
        uses,
        average_overlap(uses, len(forms)),
        even.least_overlap,
        len(np.unique(forms, axis=0)),
        level.reached,
        level.highest,
    )

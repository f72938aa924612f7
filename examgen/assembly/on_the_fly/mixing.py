"""A few forms, dealt to many candidates → forms far apart that meet every constraint, exposures near those
wanted.

In a form with narrow bounds on its quantities the items that weigh most hardly ever leave. So the bounds
are slackened first, and exposures may go where they like; then the threshold falls, then the slack. A form
that a change leaves outside its bounds may only come nearer, so that all but a few come back of themselves.

Forms, some of whose items are in too many of them → as many forms with no item above the ceiling, or the
proof.

Column generation (Gilmore & Gomory 1961, Operations Research 9, 849–859): a linear program says how often
each of the known forms should be given so that exposure above the ceiling is least; its prices say what a
new form would have to be like to help. Where none can help, no forms keep the ceiling, however they are
chosen.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from examgen.assembly.on_the_fly.exchanges import (
    PARTS,
    DrawnForms,
    ExchangeLimits,
    FormTables,
    Proposal,
    excess,
    exchange,
    in_parts,
    kinds,
    outside,
)
from examgen.assembly.on_the_fly.start import one_form_model
from examgen.assembly.search.highs import INFINITE, MipColumns, MipRows, solve
from examgen.assembly.task import Infeasible, SearchEnded, Task

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

TURNS = 16
"""Changes proposed to each place of a form."""
PATIENCE = 4
"""How many times as many may be proposed to forms that have not come back by then."""
AT_ONCE = 2_500
"""Forms that change together; exposures are counted anew after each lot."""
WIDE, SLACK = 6_000, 2_000
"""How far the quantities of a form may go at first and later, in thousandths of their spreads, added up."""
WAVE = 64
"""Steps in which the slack falls to nothing."""
HOT, COOL = 0.3, 0.6
"""The shares of the run at which the threshold begins and ends to fall; from then on forms come back."""
START, END = 1.0, 0.01
"""The threshold at first and at last, as shares of the mean exposure."""
KNOWN = 400
"""Forms to choose from at first, at most."""
NEW = 40
NODES = 200
_NOTHING = 1e-6


def spread(task: Task, forms: Whole, ceiling: int) -> Whole:
    """Forms in the shape of those given, (forms, length), as near the ceiling or below it as is found.

    Raises `Infeasible` where it is proven that none keep the ceiling, `SearchEnded` where neither is found.
    """
    n_forms, reach = len(forms), ceiling / len(forms)
    known = np.unique(forms, axis=0)
    known = known[:: -(-len(known) // KNOWN)]
    for _ in range(NEW):
        held = _held(known, task.n_items)
        columns, rows = _choice(held, 1.0, reach, False)
        answer = solve(columns.model(rows))
        if answer.status != "optimal":
            raise SearchEnded(f"the linear program of the forms ended as {answer.status}")
        if answer.objective < _NOTHING:
            # Whole numbers of the forms that the program takes; of all, where these do not keep the ceiling.
            given = known[answer.values[: len(held)] > _NOTHING]
            chosen = given[_times(_held(given, task.n_items), n_forms, ceiling, NODES)]
            if _held(chosen, task.n_items).sum(axis=0).max() > ceiling:
                chosen = known[_times(held, n_forms, ceiling, NODES // 5)]
            return chosen
        # A form that costs less at these prices of exposure and of a form; by duality no forms keep
        # the ceiling where all cost more than it allows.
        prices, most = np.clip(-answer.row_duals[:-1], 0.0, 1.0), float(answer.row_duals[-1])
        found = solve(one_form_model(task, prices, 1.0), mip_max_nodes=NODES, mip_rel_gap=0.0)
        if len(found.values) and found.bound - reach * float(prices.sum()) > _NOTHING:
            raise Infeasible("no forms meet the constraints and keep the ceiling")
        if not len(found.values) or found.objective > most - _NOTHING / 10:
            raise SearchEnded("no forms were found that keep the ceiling, and no proof that there are none")
        new = np.flatnonzero(found.values[: task.n_items] > 0.5)
        padded = np.pad(new, (0, max(0, known.shape[1] - len(new))), constant_values=task.n_items)
        if len(padded) > known.shape[1]:
            known = np.pad(known, ((0, 0), (0, len(padded) - known.shape[1])), constant_values=task.n_items)
        known = np.concatenate([known, padded[None, :]])
    raise SearchEnded("no forms were found that keep the ceiling, and no proof that there are none")


def _held(forms: Whole, n_items: int) -> Floats:
    """(forms, items): 1 where the form holds the item."""
    held = np.zeros((len(forms), n_items + 1))
    held[np.arange(len(forms))[:, None], forms] = 1.0
    return held[:, :n_items]


def _choice(held: Floats, total: float, most: float, whole: bool) -> tuple[MipColumns, MipRows]:
    """How often each form is given, `total` in all; what the items are above `most` costs 1 each."""
    n_known, n_items = held.shape
    columns, rows = MipColumns(), MipRows()
    times = columns.add((n_known,), 0.0, 0.0, total, whole)
    above = columns.add((n_items,), 1.0, 0.0, INFINITE, False)
    for item in range(n_items):
        of = np.flatnonzero(held[:, item])
        rows.add(np.append(times[of], above[item]), np.append(np.ones(len(of)), -1.0), -INFINITE, most)
    rows.add(times, 1.0, total, total)
    return columns, rows


def _times(held: Floats, n_forms: int, ceiling: int, nodes: int) -> Whole:
    """Which form each candidate gets: the excess as small as whole numbers make it, forms dealt in turn."""
    columns, rows = _choice(held, float(n_forms), float(ceiling), True)
    answer = solve(columns.model(rows), mip_max_nodes=nodes, mip_abs_gap=0.5)
    if not len(answer.values):
        raise SearchEnded("the known forms could not be shared out")
    times = np.rint(answer.values[: len(held)]).astype(np.int64)
    turns = np.concatenate([np.arange(count) for count in times])
    which = np.repeat(np.arange(len(held)), times)
    return which[np.argsort(turns, kind="stable")]


def mix(tables: FormTables, state: DrawnForms, ceiling: int, draw: np.random.Generator) -> None:
    """Change the forms for as long as their length asks; some are outside their bounds then."""
    turns, steps = kinds(tables, state.forms.shape[1]), TURNS * state.forms.shape[1]
    for step in range(steps):
        cooled = min(1.0, max(0.0, (step / steps - HOT) / (COOL - HOT)))
        threshold = int(_mean(state) * START * (END / START) ** cooled)
        slack = int(WIDE - (WIDE - SLACK) * cooled) if cooled < 1.0 else _wave(step)
        limits = ExchangeLimits(ceiling, threshold, slack, cooled == 1.0)
        _change_all(tables, state, turns[step % len(turns)], limits, draw)


def come_back(tables: FormTables, state: DrawnForms, ceiling: int, draw: np.random.Generator) -> Whole:
    """Change the forms that are outside their bounds until they are inside; returns those that stay
    outside.
    """
    turns, steps = kinds(tables, state.forms.shape[1]), PATIENCE * TURNS * state.forms.shape[1]
    astray = outside(tables, state)
    for step in range(steps):
        if not len(astray):
            break
        slack = SLACK if step < steps // 2 else _wave(step)
        limits = ExchangeLimits(ceiling, PARTS + _mean(state), slack, True)
        exchange(tables, state, turns[step % len(turns)](tables, state, astray, draw), limits)
        astray = astray[excess(tables, state.sums[astray]) > 0]
    return astray


def part(
    tables: FormTables, state: DrawnForms, forms: Whole, ceiling: int, draw: np.random.Generator
) -> None:
    """Change some forms for as long as their length asks, none of which leaves its bounds: numbers of
    forms.
    """
    turns, steps = kinds(tables, state.forms.shape[1]), TURNS * state.forms.shape[1]
    limits = ExchangeLimits(ceiling, PARTS + _mean(state), 0, True)
    for step in range(steps):
        for first in range(0, len(forms), AT_ONCE):
            some = forms[first : first + AT_ONCE]
            exchange(tables, state, turns[step % len(turns)](tables, state, some, draw), limits)


def settle(
    tables: FormTables, state: DrawnForms, rates: Floats, ceiling: int, draw: np.random.Generator
) -> None:
    """Change forms that meet every constraint a little longer, towards these rates (items,)."""
    turns, steps = kinds(tables, state.forms.shape[1]), TURNS * state.forms.shape[1] // 4
    state.wanted[:] = in_parts(rates, len(state.forms))
    for step in range(steps):
        _change_all(
            tables,
            state,
            turns[step % len(turns)],
            ExchangeLimits(ceiling, int(_mean(state) * END), 0, True),
            draw,
        )


def _change_all(
    tables: FormTables,
    state: DrawnForms,
    proposal: Proposal,
    limits: ExchangeLimits,
    draw: np.random.Generator,
) -> None:
    for first in range(0, len(state.forms), AT_ONCE):
        forms = np.arange(first, min(first + AT_ONCE, len(state.forms)))
        exchange(tables, state, proposal(tables, state, forms, draw), limits)


def _wave(step: int) -> int:
    """Slack that falls to nothing and begins anew: forms are drawn in, and those that stick are let go
    again.
    """
    return SLACK * (WAVE - 1 - step % WAVE) // WAVE


def _mean(state: DrawnForms) -> int:
    """The mean exposure, in parts of a form."""
    return state.forms.size * PARTS // len(state.counts)

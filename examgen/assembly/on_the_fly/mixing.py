"""A few forms, dealt to many candidates → forms far apart that meet every constraint, exposures near those
wanted.

In a form with narrow bounds on its quantities the items that weigh most hardly ever leave. So the bounds
are slackened first, and exposures may go where they like; then the threshold falls, then the slack. A form
that a change leaves outside its bounds may only come nearer, so that all but a few come back of themselves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from examgen.assembly.on_the_fly.exchanging import (
    PARTS,
    Drawn,
    Limits,
    Rules,
    excess,
    exchange,
    in_parts,
    outside,
)
from examgen.assembly.on_the_fly.moves import Proposal, kinds

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


def mix(tables: Rules, state: Drawn, ceiling: int, draw: np.random.Generator) -> None:
    """Change the forms for as long as their length asks; some are outside their bounds then."""
    turns, steps = kinds(tables, state.forms.shape[1]), TURNS * state.forms.shape[1]
    for step in range(steps):
        cooled = min(1.0, max(0.0, (step / steps - HOT) / (COOL - HOT)))
        threshold = int(_mean(state) * START * (END / START) ** cooled)
        slack = int(WIDE - (WIDE - SLACK) * cooled) if cooled < 1.0 else _wave(step)
        limits = Limits(ceiling, threshold, slack, cooled == 1.0)
        _change_all(tables, state, turns[step % len(turns)], limits, draw)


def come_back(tables: Rules, state: Drawn, ceiling: int, draw: np.random.Generator) -> Whole:
    """Change the forms that are outside their bounds until they are inside; returns those that stay
    outside.
    """
    turns, steps = kinds(tables, state.forms.shape[1]), PATIENCE * TURNS * state.forms.shape[1]
    astray = outside(tables, state)
    for step in range(steps):
        if not len(astray):
            break
        slack = SLACK if step < steps // 2 else _wave(step)
        limits = Limits(ceiling, PARTS + _mean(state), slack, True)
        exchange(tables, state, turns[step % len(turns)](tables, state, astray, draw), limits)
        astray = astray[excess(tables, state.sums[astray]) > 0]
    return astray


def part(tables: Rules, state: Drawn, forms: Whole, ceiling: int, draw: np.random.Generator) -> None:
    """Change some forms for as long as their length asks, none of which leaves its bounds: numbers of
    forms.
    """
    turns, steps = kinds(tables, state.forms.shape[1]), TURNS * state.forms.shape[1]
    limits = Limits(ceiling, PARTS + _mean(state), 0, True)
    for step in range(steps):
        for first in range(0, len(forms), AT_ONCE):
            some = forms[first : first + AT_ONCE]
            exchange(tables, state, turns[step % len(turns)](tables, state, some, draw), limits)


def settle(tables: Rules, state: Drawn, rates: Floats, ceiling: int, draw: np.random.Generator) -> None:
    """Change forms that meet every constraint a little longer, towards these rates (items,)."""
    turns, steps = kinds(tables, state.forms.shape[1]), TURNS * state.forms.shape[1] // 4
    state.wanted[:] = in_parts(rates, len(state.forms))
    for step in range(steps):
        _change_all(
            tables, state, turns[step % len(turns)], Limits(ceiling, int(_mean(state) * END), 0, True), draw
        )


def _change_all(
    tables: Rules, state: Drawn, proposal: Proposal, limits: Limits, draw: np.random.Generator
) -> None:
    for first in range(0, len(state.forms), AT_ONCE):
        forms = np.arange(first, min(first + AT_ONCE, len(state.forms)))
        exchange(tables, state, proposal(tables, state, forms, draw), limits)


def _wave(step: int) -> int:
    """Slack that falls to nothing and begins anew: forms are drawn in, and those that stick are let go
    again.
    """
    return SLACK * (WAVE - 1 - step % WAVE) // WAVE


def _mean(state: Drawn) -> int:
    """The mean exposure, in parts of a form."""
    return state.forms.size * PARTS // len(state.counts)

"""Forms → changes that might be made to them, drawn by chance for many forms at once; `exchanging` makes the
good.

One item or two go for others of their class; a set comes in for loose items, goes for them, or for another
set.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from examgen.assembly.on_the_fly.exchanging import Drawn, Move, Rules, pressure

Whole = npt.NDArray[np.int64]

TRIES = 2
"""Items drawn for each place, of which the one is proposed that too few forms hold."""

Proposal = Callable[[Rules, Drawn, Whole, np.random.Generator], Move]


def kinds(tables: Rules, length: int) -> tuple[Proposal, ...]:
    """The proposals for forms of this length, in the order in which they take turns."""
    classes = range(len(tables.classes))
    turns = [_swapping(kind, 1) for kind in (0, 1, 0, 1, 2, 0, 1, 3) if kind in classes]
    turns.append(_swapping(min(1, classes[-1]), 2))
    if len(_usable_sets(tables, length)):
        wide = min(1, classes[-1])
        turns[2:2] = [_bringing(wide)]
        turns[5:5] = [_dropping(wide)]
        turns.append(_trade)
    return tuple(turns)


def _swapping(kind: int, m: int) -> Proposal:
    return lambda tables, state, forms, draw: _swap(tables, state, forms, draw, kind, m)


def _bringing(kind: int) -> Proposal:
    return lambda tables, state, forms, draw: _bring(tables, state, forms, draw, kind)


def _dropping(kind: int) -> Proposal:
    return lambda tables, state, forms, draw: _drop(tables, state, forms, draw, kind)


def _below(draw: np.random.Generator, sizes: Whole) -> Whole:
    """A number below each of the sizes."""
    numbers: Whole = draw.integers(0, 1 << 32, sizes.shape) * sizes >> 32
    return numbers


def _swap(tables: Rules, state: Drawn, forms: Whole, draw: np.random.Generator, kind: int, m: int) -> Move:
    """m items of a form for others of their class."""
    slots = _below(draw, np.full((len(forms), m), state.forms.shape[1]))
    out = state.forms[forms[:, None], slots]
    return Move(forms, slots, _partners(tables, state, out, draw, kind))


def _partners(tables: Rules, state: Drawn, items: Whole, draw: np.random.Generator, kind: int) -> Whole:
    """For each item another of its class: of a few drawn, the one that too few forms hold."""
    classes, excess = tables.classes[kind], pressure(state)
    first, size = classes.first[classes.of[items]], classes.size[classes.of[items]]
    best: Whole = classes.order[first + _below(draw, size)]
    for _ in range(TRIES - 1):
        other = classes.order[first + _below(draw, size)]
        best = np.where(excess[other] < excess[best], other, best)
    return best


def _bring(tables: Rules, state: Drawn, forms: Whole, draw: np.random.Generator, kind: int) -> Move:
    """Some items of a set, for loose items of their classes."""
    items = _of_a_set(tables, len(forms), _size(tables, state.forms.shape[1], draw), draw)
    return Move(forms, _loose_slots(tables, state, forms, items, draw, kind), items)


def _drop(tables: Rules, state: Drawn, forms: Whole, draw: np.random.Generator, kind: int) -> Move:
    """The items of a set that a form holds, for others of their classes."""
    forms, slots = _held(tables, state, forms, _size(tables, state.forms.shape[1], draw), draw)
    out = state.forms[forms[:, None], slots]
    return Move(forms, slots, _partners(tables, state, out, draw, kind))


def _trade(tables: Rules, state: Drawn, forms: Whole, draw: np.random.Generator) -> Move:
    """The items of a set that a form holds, for as many of another set."""
    m = _size(tables, state.forms.shape[1], draw)
    forms, slots = _held(tables, state, forms, m, draw)
    return Move(forms, slots, _of_a_set(tables, len(forms), m, draw))


def _usable_sets(tables: Rules, length: int) -> Whole:
    """The sets of which a form of this length can hold something."""
    return np.flatnonzero(
        (tables.set_greatest >= np.maximum(tables.set_least, 1)) & (tables.set_least <= length)
    )


def _size(tables: Rules, length: int, draw: np.random.Generator) -> int:
    """How many items of a set come or go: the least of one set, now and then one more."""
    usable = _usable_sets(tables, length)
    number = usable[int(draw.integers(len(usable)))]
    least, greatest = int(tables.set_least[number]), int(tables.set_greatest[number])
    return max(1, min(least + int(draw.integers(4) == 0), greatest, length))


def _of_a_set(tables: Rules, n_forms: int, m: int, draw: np.random.Generator) -> Whole:
    """(forms, m): items of a set for each form, a set that may have m; padded where it has fewer."""
    fit = np.flatnonzero((tables.set_least <= m) & (tables.set_greatest >= m))
    members = tables.members[fit[_below(draw, np.full(n_forms, len(fit)))]]
    keys = draw.integers(1, 1 << 31, members.shape) * (members < tables.n_items)
    chosen = np.argsort(-keys, axis=1, kind="stable")[:, :m]
    return np.take_along_axis(members, chosen, axis=1)


def _held(
    tables: Rules, state: Drawn, forms: Whole, m: int, draw: np.random.Generator
) -> tuple[Whole, Whole]:
    """The forms that hold m items of a set, and where these items stand, (forms, m)."""
    keys = draw.integers(1, 1 << 31, (len(forms), len(tables.set_least))) * (state.held[forms] == m)
    number = keys.argmax(axis=1)
    some = np.flatnonzero(keys.max(axis=1) > 0)
    forms, number = forms[some], number[some]
    among = tables.sets[state.forms[forms], number[:, None]]
    return forms, np.argsort(-among, axis=1, kind="stable")[:, :m]


def _loose_slots(
    tables: Rules, state: Drawn, forms: Whole, items: Whole, draw: np.random.Generator, kind: int
) -> Whole:
    """For each item a slot with an item of its class that is in no set; the first where there is none."""
    of, loose = tables.classes[kind].of, tables.sets.sum(axis=1) == 0
    held = state.forms[forms]
    keys = draw.integers(1, 1 << 15, held.shape, np.int16) * loose[held]
    classes, rows = of[held], np.arange(len(forms))
    slots = np.empty(items.shape, np.int64)
    for place, item in enumerate(items.T):
        slots[:, place] = np.argmax(keys * (classes == of[item][:, None]), axis=1)
        keys[rows, slots[:, place]] = 0
    return slots

"""Forms and changes proposed to them → the changes made that keep every constraint, for many forms at once.

A change takes m items out of a form and puts m others in. It is made where every count, group and pair of
enemies holds after it, where its quantities come no farther outside their bounds than the slack or than
they were, where no item comes to more forms than the ceiling, and where exposures do not go away from the
rates wanted by more than a threshold (threshold accepting: Dueck & Scheuer 1990, Journal of Computational
Physics 90, 161–175). Sums are whole numbers of billionths, so that nothing hangs on the last bits of a
machine.

Forms → changes that might be made to them, drawn by chance for many forms at once; `exchanging` makes the
good.

One item or two go for others of their class; a set comes in for loose items, goes for them, or for another
set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.task import LinearConstraint, Task

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Small = npt.NDArray[np.int16]
Truths = npt.NDArray[np.bool_]

UNIT = 10**9
TOLERANCE = 100
"""Of a row, in billionths: a tenth of what a recount allows."""
PARTS = 256
"""Exposures wanted are counted in parts of a form."""

_FAR = 4 * 10**18


class Classes(NamedTuple):
    """Items that stand for each other in some of the rows."""

    of: Whole
    """(items + 1,): the class of an item."""
    order: Whole
    """(items,): items by class; `first` and `size` say where each class stands."""
    first: Whole
    size: Whole


class Rules(NamedTuple):
    """The constraints of one form as tables over items; their last line, of no item, is blank."""

    n_items: int
    sums: Whole
    """(items + 1, rows), in billionths; rows that count come first, quantities after them."""
    least: Whole
    greatest: Whole
    n_counts: int
    """Rows that count."""
    spread: Whole
    """(quantities,): mean deviation of what an item adds to each."""
    enemies: Whole
    """(items + 1, most enemies of an item), padded with the number of items."""
    sets: Small
    """(items + 1, groups): 1 where the item is in the group."""
    set_least: Small
    set_greatest: Small
    members: Whole
    """(groups, most items of one), padded with the number of items."""
    classes: tuple[Classes, ...]
    """Items alike in every count; in the exact and the narrow ones; in the exact ones; in nothing."""


class Drawn(NamedTuple):
    """Forms and what they add up to; the arrays change as items change places."""

    forms: Whole
    """(forms, length) positions; the number of items where a form is shorter."""
    member: Truths
    """(forms, items + 1)."""
    sums: Whole
    """(forms, rows)."""
    held: Small
    """(forms, groups): items of each group."""
    counts: Whole
    """(items + 1,): forms that hold each item."""
    wanted: Whole
    """(items + 1,): forms that should hold each item, in parts."""


class Move(NamedTuple):
    """Changes proposed, at most one for a form: out of these slots, these items in; both (forms, m)."""

    forms: Whole
    slots: Whole
    items: Whole


class Limits(NamedTuple):
    """What a change may do."""

    ceiling: int
    """The most forms that may hold an item."""
    threshold: int
    """How far exposures may go the wrong way, in parts of a form, for each item that comes in."""
    slack: int
    """How far the quantities of a form may be outside their bounds, in thousandths of their spreads, added
    up.
    """
    homing: bool
    """Whether a form whose quantities are inside their bounds must stay there."""


def rules(task: Task) -> Rules:
    """The tables of a task without a goal."""
    rows = sorted((row for row in task.rows if not _is_enmity(row)), key=lambda row: not row.counts)
    n_counts = sum(row.counts for row in rows)
    sums = np.zeros((task.n_items + 1, len(rows)), np.int64)
    for number, row in enumerate(rows):
        whole = np.rint(np.array(row.coefficients) * UNIT).astype(np.int64)
        np.add.at(sums[:, number], np.array(row.items, np.int64), whole)
    sets = np.zeros((task.n_items + 1, len(task.groups)), np.int16)
    for number, group in enumerate(task.groups):
        sets[list(group.items), number] = 1
    return Rules(
        task.n_items,
        sums,
        np.array([_billionths(row.least) - TOLERANCE for row in rows], np.int64),
        np.array([_billionths(row.greatest) + TOLERANCE for row in rows], np.int64),
        n_counts,
        _spread(sums[:-1, n_counts:]),
        _table(_enemies(task), task.n_items),
        sets,
        np.array([group.least for group in task.groups], np.int16),
        np.array([min(group.greatest, len(group.items)) for group in task.groups], np.int16),
        _table([group.items for group in task.groups], task.n_items),
        _classes(sums[:-1], rows),
    )


def _is_enmity(row: LinearConstraint) -> bool:
    return len(row.items) == 2 and row.counts and row.least <= 0 and row.greatest == 1


def _billionths(bound: float) -> int:
    return round(min(max(bound * UNIT, -_FAR), _FAR))


def _spread(sums: Whole) -> Whole:
    n_items = max(len(sums), 1)
    spread: Whole = np.abs(sums - sums.sum(axis=0) // n_items).sum(axis=0) // n_items
    return np.maximum(spread, 1)


def _enemies(task: Task) -> list[list[int]]:
    of: list[list[int]] = [[] for _ in range(task.n_items + 1)]
    for row in filter(_is_enmity, task.rows):
        one, other = row.items
        of[one].append(other)
        of[other].append(one)
    return of


def _table(lines: Sequence[Sequence[int]], blank: int) -> Whole:
    table = np.full((len(lines), max(map(len, lines), default=0)), blank, np.int64)
    for number, line in enumerate(lines):
        table[number, : len(line)] = line
    return table


def _classes(sums: Whole, rows: list[LinearConstraint]) -> tuple[Classes, ...]:
    counts = [n for n, row in enumerate(rows) if row.counts]
    exact = [n for n in counts if rows[n].least == rows[n].greatest]
    narrow = [n for n in counts if len(rows[n].items) * 8 <= len(sums)]
    kinds = dict.fromkeys((tuple(counts), tuple(sorted({*exact, *narrow})), tuple(exact), ()))
    made = {classes.of.tobytes(): classes for classes in (_alike(sums[:, list(kind)]) for kind in kinds)}
    return tuple(made.values())


def _alike(lines: Whole) -> Classes:
    of = (
        np.unique(lines, axis=0, return_inverse=True)[1].ravel()
        if lines.size
        else np.zeros(len(lines), np.int64)
    )
    size = np.bincount(of, minlength=1)
    return Classes(np.append(of, 0), np.argsort(of, kind="stable"), np.cumsum(size) - size, size)


def drawn(tables: Rules, forms: Whole, rates: Floats) -> Drawn:
    """What these forms add up to, and the rates of exposure wanted, (items,)."""
    member = np.zeros((len(forms), tables.n_items + 1), np.bool_)
    member[np.arange(len(forms))[:, None], forms] = True
    member[:, -1] = False
    return Drawn(
        forms,
        member,
        _total(tables.sums, forms),
        _total(tables.sets, forms),
        np.bincount(forms.ravel(), minlength=tables.n_items + 1),
        in_parts(rates, len(forms)),
    )


def in_parts(rates: Floats, n_forms: int) -> Whole:
    """(items + 1,): how many forms should hold each item, in parts."""
    return np.append(np.rint(rates * (n_forms * PARTS)).astype(np.int64), 0)


def _total(table: npt.NDArray[np.signedinteger], forms: Whole) -> npt.NDArray[np.signedinteger]:
    """(forms, rows): lines of the table added up, slot by slot: all at once would not fit the memory."""
    total = np.zeros((len(forms), table.shape[1]), table.dtype)
    for slot in forms.T:
        total += table[slot]
    return total


def outside(tables: Rules, state: Drawn) -> Whole:
    """The forms of which a quantity is outside its bounds; counts never are."""
    return np.flatnonzero(excess(tables, state.sums) > 0)


def excess(tables: Rules, sums: Whole) -> Whole:
    """(forms,): how far quantities are outside their bounds, in thousandths of their spreads, added up."""
    first = tables.n_counts
    quantities = sums[:, first:]
    beyond = np.maximum(tables.least[first:] - quantities, quantities - tables.greatest[first:])
    # rounded up: what is outside by little is outside
    total: Whole = -(-np.maximum(beyond, 0) // (tables.spread // 1000 + 1)).sum(axis=1)
    return total


def pressure(state: Drawn) -> Whole:
    """(items + 1,): how many forms too many hold each item, in parts."""
    return state.counts * PARTS - state.wanted


def exchange(tables: Rules, state: Drawn, move: Move, limits: Limits) -> int:
    """Make those changes that the limits allow; returns how many."""
    move, out = _towards_wanted(tables, state, move, limits)
    before = state.sums[move.forms]
    sums = before + _change(tables.sums, move.items, out)
    held = state.held[move.forms] + _change(tables.sets, move.items, out)
    first = tables.n_counts
    peace = np.ones(len(out), np.bool_)
    for coming in move.items.T:
        for enemy in tables.enemies[coming].T:
            stays = state.member[move.forms, enemy] & (out != enemy[:, None]).all(axis=1)
            comes = (move.items == enemy[:, None]).any(axis=1)
            peace &= ~(stays | comes)
    excess_before = excess(tables, before)
    most = np.maximum(excess_before, limits.slack)
    kept = np.flatnonzero(
        ((sums[:, :first] >= tables.least[:first]) & (sums[:, :first] <= tables.greatest[:first])).all(axis=1)
        & (excess(tables, sums) <= (np.where(excess_before == 0, 0, most) if limits.homing else most))
        & ((held == 0) | ((held >= tables.set_least) & (held <= tables.set_greatest))).all(axis=1)
        & peace
    )
    kept = kept[_below(state.counts, move.items[kept], limits.ceiling)]
    _make(state, _of(move, kept), out[kept], sums[kept], held[kept])
    return len(kept)


def _of(move: Move, kept: Whole) -> Move:
    return Move(move.forms[kept], move.slots[kept], move.items[kept])


def _towards_wanted(tables: Rules, state: Drawn, move: Move, limits: Limits) -> tuple[Move, Whole]:
    """Changes that bring in new items, none twice, and exposures not far the wrong way; the items that go
    out.
    """
    out = state.forms[move.forms[:, None], move.slots]
    over = pressure(state)
    rise = over[move.items].sum(axis=1) - over[out].sum(axis=1)
    m = move.items.shape[1]
    kept = rise <= (limits.threshold - PARTS) * m
    kept &= ~state.member[move.forms[:, None], move.items].any(axis=1) & (out < tables.n_items).all(axis=1)
    for one in range(m):
        for other in range(one):
            kept &= (move.items[:, one] != move.items[:, other]) & (
                move.slots[:, one] != move.slots[:, other]
            )
    places = np.flatnonzero(kept)
    return _of(move, places), out[places]


def _change(table: npt.NDArray[np.signedinteger], items: Whole, out: Whole) -> npt.NDArray[np.signedinteger]:
    """(forms, rows): what sums over a table change by."""
    change = table[items[:, 0]] - table[out[:, 0]]
    for place in range(1, items.shape[1]):
        change += table[items[:, place]] - table[out[:, place]]
    return change


def _below(counts: Whole, items: Whole, ceiling: int) -> Truths:
    """Which changes may be made so that no item comes to more forms than the ceiling: the first ones."""
    order = np.argsort(items, axis=None, kind="stable")
    coming = items.ravel()[order]
    rank = np.arange(len(coming)) - np.searchsorted(coming, coming)
    below = np.empty(items.size, np.bool_)
    below[order] = counts[coming] + rank < ceiling
    kept: Truths = np.asarray(below.reshape(items.shape).all(axis=1))
    return kept


def _make(state: Drawn, move: Move, out: Whole, sums: Whole, held: Small) -> None:
    rows, size = move.forms[:, None], len(state.counts)
    state.forms[rows, move.slots] = move.items
    state.member[rows, out] = False
    state.member[rows, move.items] = True
    state.sums[move.forms] = sums
    state.held[move.forms] = held
    state.counts[:] += np.bincount(move.items.ravel(), minlength=size)
    state.counts[:] -= np.bincount(out.ravel(), minlength=size)


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
        turns[2:2] = [(lambda tables, state, forms, draw: _bring(tables, state, forms, draw, wide))]
        turns[5:5] = [(lambda tables, state, forms, draw: _drop(tables, state, forms, draw, wide))]
        turns.append(_trade)
    return tuple(turns)


def _swapping(kind: int, m: int) -> Proposal:
    return lambda tables, state, forms, draw: _swap(tables, state, forms, draw, kind, m)


def _drawn_below(draw: np.random.Generator, sizes: Whole) -> Whole:
    """A number below each of the sizes."""
    numbers: Whole = draw.integers(0, 1 << 32, sizes.shape) * sizes >> 32
    return numbers


def _swap(tables: Rules, state: Drawn, forms: Whole, draw: np.random.Generator, kind: int, m: int) -> Move:
    """m items of a form for others of their class."""
    slots = _drawn_below(draw, np.full((len(forms), m), state.forms.shape[1]))
    out = state.forms[forms[:, None], slots]
    return Move(forms, slots, _partners(tables, state, out, draw, kind))


def _partners(tables: Rules, state: Drawn, items: Whole, draw: np.random.Generator, kind: int) -> Whole:
    """For each item another of its class: of a few drawn, the one that too few forms hold."""
    classes, excess = tables.classes[kind], pressure(state)
    first, size = classes.first[classes.of[items]], classes.size[classes.of[items]]
    best: Whole = classes.order[first + _drawn_below(draw, size)]
    for _ in range(TRIES - 1):
        other = classes.order[first + _drawn_below(draw, size)]
        best = np.where(excess[other] < excess[best], other, best)
    return best


def _bring(tables: Rules, state: Drawn, forms: Whole, draw: np.random.Generator, kind: int) -> Move:
    """Some items of a set, for loose items of their classes."""
    items = _of_a_set(tables, len(forms), _size(tables, state.forms.shape[1], draw), draw)
    # For each item a slot with an item of its class that is in no set; the first where there is none.
    of, loose = tables.classes[kind].of, tables.sets.sum(axis=1) == 0
    held = state.forms[forms]
    keys = draw.integers(1, 1 << 15, held.shape, np.int16) * loose[held]
    classes, rows = of[held], np.arange(len(forms))
    slots = np.empty(items.shape, np.int64)
    for place, item in enumerate(items.T):
        slots[:, place] = np.argmax(keys * (classes == of[item][:, None]), axis=1)
        keys[rows, slots[:, place]] = 0
    return Move(forms, slots, items)


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
    members = tables.members[fit[_drawn_below(draw, np.full(n_forms, len(fit)))]]
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

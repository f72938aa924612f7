"""Forms and changes proposed to them → the changes made that keep every constraint, for many forms at once.

A change takes m items out of a form and puts m others in. It is made where every count, group and pair of
enemies holds after it, where its quantities come no farther outside their bounds than the slack or than
they were, where no item comes to more forms than the ceiling, and where exposures do not go away from the
rates wanted by more than a threshold (threshold accepting: Dueck & Scheuer 1990, Journal of Computational
Physics 90, 161–175). Sums are whole numbers of billionths, so that nothing hangs on the last bits of a
machine.

Changes are drawn by chance: one item or two go for others of their class; a set comes in for loose items,
goes for them, or for another set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
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

TRIES = 2
"""Items drawn for each place, of which the one is proposed that too few forms hold."""

_FAR = 4 * 10**18


class Classes(NamedTuple):
    """Items that stand for each other in some of the rows."""

    of: Whole
    """(items + 1,): the class of an item."""
    order: Whole
    """(items,): items by class; `first` and `size` say where each class stands."""
    first: Whole
    size: Whole


class FormTables(NamedTuple):
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


class DrawnForms(NamedTuple):
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


class ExchangeLimits(NamedTuple):
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


def rules(task: Task) -> FormTables:
    """The tables of a task without a goal."""
    rows: list[LinearConstraint] = []
    enemies: list[list[int]] = [[] for _ in range(task.n_items + 1)]
    for row in task.rows:
        if len(row.items) == 2 and row.counts and row.least <= 0 and row.greatest == 1:
            one, other = row.items
            enemies[one].append(other)
            enemies[other].append(one)
        else:
            rows.append(row)
    rows.sort(key=lambda row: not row.counts)
    n_counts = sum(row.counts for row in rows)
    sums = np.zeros((task.n_items + 1, len(rows)), np.int64)
    for number, row in enumerate(rows):
        whole = np.rint(np.array(row.coefficients) * UNIT).astype(np.int64)
        np.add.at(sums[:, number], np.array(row.items, np.int64), whole)
    sets = np.zeros((task.n_items + 1, len(task.groups)), np.int16)
    for number, group in enumerate(task.groups):
        sets[list(group.items), number] = 1
    quantities, n_items = sums[:-1, n_counts:], max(task.n_items, 1)
    spread: Whole = np.abs(quantities - quantities.sum(axis=0) // n_items).sum(axis=0) // n_items
    counts = [n for n, row in enumerate(rows) if row.counts]
    exact = [n for n in counts if rows[n].least == rows[n].greatest]
    narrow = [n for n in counts if len(rows[n].items) * 8 <= task.n_items]
    classes: dict[bytes, Classes] = {}
    for kind in dict.fromkeys((tuple(counts), tuple(sorted({*exact, *narrow})), tuple(exact), ())):
        lines, of = sums[:-1, list(kind)], np.zeros(task.n_items, np.int64)
        if lines.size:
            of = np.unique(lines, axis=0, return_inverse=True)[1].ravel()
        size, of_all = np.bincount(of, minlength=1), np.append(of, 0)
        classes[of_all.tobytes()] = Classes(
            of_all, np.argsort(of, kind="stable"), np.cumsum(size) - size, size
        )
    return FormTables(
        task.n_items,
        sums,
        np.array([_billionths(row.least) - TOLERANCE for row in rows], np.int64),
        np.array([_billionths(row.greatest) + TOLERANCE for row in rows], np.int64),
        n_counts,
        np.maximum(spread, 1),
        _table(enemies, task.n_items),
        sets,
        np.array([group.least for group in task.groups], np.int16),
        np.array([min(group.greatest, len(group.items)) for group in task.groups], np.int16),
        _table([group.items for group in task.groups], task.n_items),
        tuple(classes.values()),
    )


def _billionths(bound: float) -> int:
    return round(min(max(bound * UNIT, -_FAR), _FAR))


def _table(lines: Sequence[Sequence[int]], blank: int) -> Whole:
    table = np.full((len(lines), max(map(len, lines), default=0)), blank, np.int64)
    for number, line in enumerate(lines):
        table[number, : len(line)] = line
    return table


def drawn(tables: FormTables, forms: Whole, rates: Floats) -> DrawnForms:
    """What these forms add up to, and the rates of exposure wanted, (items,)."""
    member = np.zeros((len(forms), tables.n_items + 1), np.bool_)
    member[np.arange(len(forms))[:, None], forms] = True
    member[:, -1] = False
    return DrawnForms(
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


def outside(tables: FormTables, state: DrawnForms) -> Whole:
    """The forms of which a quantity is outside its bounds; counts never are."""
    return np.flatnonzero(excess(tables, state.sums) > 0)


def excess(tables: FormTables, sums: Whole) -> Whole:
    """(forms,): how far quantities are outside their bounds, in thousandths of their spreads, added up."""
    first = tables.n_counts
    quantities = sums[:, first:]
    beyond = np.maximum(tables.least[first:] - quantities, quantities - tables.greatest[first:])
    # rounded up: what is outside by little is outside
    total: Whole = -(-np.maximum(beyond, 0) // (tables.spread // 1000 + 1)).sum(axis=1)
    return total


def pressure(state: DrawnForms) -> Whole:
    """(items + 1,): how many forms too many hold each item, in parts."""
    return state.counts * PARTS - state.wanted


def exchange(tables: FormTables, state: DrawnForms, move: Move, limits: ExchangeLimits) -> None:
    """Make those changes that the limits allow."""
    # New items come in, none twice, and exposures go not far the wrong way.
    forms, slots, items = move
    out, over, m = state.forms[forms[:, None], slots], pressure(state), items.shape[1]
    kept = over[items].sum(axis=1) - over[out].sum(axis=1) <= (limits.threshold - PARTS) * m
    kept &= ~state.member[forms[:, None], items].any(axis=1) & (out < tables.n_items).all(axis=1)
    for one in range(m):
        for other in range(one):
            kept &= (items[:, one] != items[:, other]) & (slots[:, one] != slots[:, other])
    forms, slots, items, out = forms[kept], slots[kept], items[kept], out[kept]
    # The form holds after it what it must.
    before = state.sums[forms]
    sums = before + _change(tables.sums, items, out)
    held = state.held[forms] + _change(tables.sets, items, out)
    first = tables.n_counts
    peace = np.ones(len(out), np.bool_)
    for coming in items.T:
        for enemy in tables.enemies[coming].T:
            stays = state.member[forms, enemy] & (out != enemy[:, None]).all(axis=1)
            comes = (items == enemy[:, None]).any(axis=1)
            peace &= ~(stays | comes)
    excess_before = excess(tables, before)
    most = np.maximum(excess_before, limits.slack)
    fine = np.flatnonzero(
        ((sums[:, :first] >= tables.least[:first]) & (sums[:, :first] <= tables.greatest[:first])).all(axis=1)
        & (excess(tables, sums) <= (np.where(excess_before == 0, 0, most) if limits.homing else most))
        & ((held == 0) | ((held >= tables.set_least) & (held <= tables.set_greatest))).all(axis=1)
        & peace
    )
    # No item comes to more forms than the ceiling: the first changes are made.
    order = np.argsort(items[fine], axis=None, kind="stable")
    coming = items[fine].ravel()[order]
    rank = np.arange(len(coming)) - np.searchsorted(coming, coming)
    below = np.empty(len(coming), np.bool_)
    below[order] = state.counts[coming] + rank < limits.ceiling
    made = fine[below.reshape(-1, m).all(axis=1)]
    forms, slots, items, out = forms[made], slots[made], items[made], out[made]
    rows, size = forms[:, None], len(state.counts)
    state.forms[rows, slots] = items
    state.member[rows, out] = False
    state.member[rows, items] = True
    state.sums[forms] = sums[made]
    state.held[forms] = held[made]
    state.counts[:] += np.bincount(items.ravel(), minlength=size)
    state.counts[:] -= np.bincount(out.ravel(), minlength=size)


def _change(table: npt.NDArray[np.signedinteger], items: Whole, out: Whole) -> npt.NDArray[np.signedinteger]:
    """(forms, rows): what sums over a table change by."""
    change = table[items[:, 0]] - table[out[:, 0]]
    for place in range(1, items.shape[1]):
        change += table[items[:, place]] - table[out[:, place]]
    return change


# ── proposals ────────────────────────────────────────────────────────────────────────────────

Proposal = Callable[[FormTables, DrawnForms, Whole, np.random.Generator], Move]


def kinds(tables: FormTables, length: int) -> tuple[Proposal, ...]:
    """The proposals for forms of this length, in the order in which they take turns."""
    classes = range(len(tables.classes))
    wide = min(1, classes[-1])
    turns: list[Proposal] = [
        partial(_swap, kind=kind, m=1) for kind in (0, 1, 0, 1, 2, 0, 1, 3) if kind in classes
    ]
    turns.append(partial(_swap, kind=wide, m=2))
    if len(_usable_sets(tables, length)):
        turns[2:2] = [partial(_bring, kind=wide)]
        turns[5:5] = [partial(_drop, kind=wide)]
        turns.append(_trade)
    return tuple(turns)


def _drawn_below(draw: np.random.Generator, sizes: Whole) -> Whole:
    """A number below each of the sizes."""
    numbers: Whole = draw.integers(0, 1 << 32, sizes.shape) * sizes >> 32
    return numbers


def _swap(
    tables: FormTables, state: DrawnForms, forms: Whole, draw: np.random.Generator, kind: int, m: int
) -> Move:
    """m items of a form for others of their class."""
    slots = _drawn_below(draw, np.full((len(forms), m), state.forms.shape[1]))
    out = state.forms[forms[:, None], slots]
    return Move(forms, slots, _partners(tables, state, out, draw, kind))


def _partners(
    tables: FormTables, state: DrawnForms, items: Whole, draw: np.random.Generator, kind: int
) -> Whole:
    """For each item another of its class: of a few drawn, the one that too few forms hold."""
    classes, excess = tables.classes[kind], pressure(state)
    first, size = classes.first[classes.of[items]], classes.size[classes.of[items]]
    best: Whole = classes.order[first + _drawn_below(draw, size)]
    for _ in range(TRIES - 1):
        other = classes.order[first + _drawn_below(draw, size)]
        best = np.where(excess[other] < excess[best], other, best)
    return best


def _bring(tables: FormTables, state: DrawnForms, forms: Whole, draw: np.random.Generator, kind: int) -> Move:
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


def _drop(tables: FormTables, state: DrawnForms, forms: Whole, draw: np.random.Generator, kind: int) -> Move:
    """The items of a set that a form holds, for others of their classes."""
    forms, slots = _held(tables, state, forms, _size(tables, state.forms.shape[1], draw), draw)
    out = state.forms[forms[:, None], slots]
    return Move(forms, slots, _partners(tables, state, out, draw, kind))


def _trade(tables: FormTables, state: DrawnForms, forms: Whole, draw: np.random.Generator) -> Move:
    """The items of a set that a form holds, for as many of another set."""
    m = _size(tables, state.forms.shape[1], draw)
    forms, slots = _held(tables, state, forms, m, draw)
    return Move(forms, slots, _of_a_set(tables, len(forms), m, draw))


def _usable_sets(tables: FormTables, length: int) -> Whole:
    """The sets of which a form of this length can hold something."""
    return np.flatnonzero(
        (tables.set_greatest >= np.maximum(tables.set_least, 1)) & (tables.set_least <= length)
    )


def _size(tables: FormTables, length: int, draw: np.random.Generator) -> int:
    """How many items of a set come or go: the least of one set, now and then one more."""
    usable = _usable_sets(tables, length)
    number = usable[int(draw.integers(len(usable)))]
    least, greatest = int(tables.set_least[number]), int(tables.set_greatest[number])
    return max(1, min(least + int(draw.integers(4) == 0), greatest, length))


def _of_a_set(tables: FormTables, n_forms: int, m: int, draw: np.random.Generator) -> Whole:
    """(forms, m): items of a set for each form, a set that may have m; padded where it has fewer."""
    fit = np.flatnonzero((tables.set_least <= m) & (tables.set_greatest >= m))
    members = tables.members[fit[_drawn_below(draw, np.full(n_forms, len(fit)))]]
    keys = draw.integers(1, 1 << 31, members.shape) * (members < tables.n_items)
    chosen = np.argsort(-keys, axis=1, kind="stable")[:, :m]
    return np.take_along_axis(members, chosen, axis=1)


def _held(
    tables: FormTables, state: DrawnForms, forms: Whole, m: int, draw: np.random.Generator
) -> tuple[Whole, Whole]:
    """The forms that hold m items of a set, and where these items stand, (forms, m)."""
    keys = draw.integers(1, 1 << 31, (len(forms), len(tables.set_least))) * (state.held[forms] == m)
    number = keys.argmax(axis=1)
    some = np.flatnonzero(keys.max(axis=1) > 0)
    forms, number = forms[some], number[some]
    among = tables.sets[state.forms[forms], number[:, None]]
    return forms, np.argsort(-among, axis=1, kind="stable")[:, :m]

"""Forms and changes proposed to them → the changes made that keep every constraint, for many forms at once.

A change takes m items out of a form and puts m others in. It is made where every count, group and pair of
enemies holds after it, where its quantities come no farther outside their bounds than the slack or than
they were, where no item comes to more forms than the ceiling, and where exposures do not go away from the
rates wanted by more than a threshold (threshold accepting: Dueck & Scheuer 1990, Journal of Computational
Physics 90, 161–175). Sums are whole numbers of billionths, so that nothing hangs on the last bits of a
machine.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    kept = np.flatnonzero(
        ((sums[:, :first] >= tables.least[:first]) & (sums[:, :first] <= tables.greatest[:first])).all(axis=1)
        & (excess(tables, sums) <= _most_excess(excess(tables, before), limits))
        & ((held == 0) | ((held >= tables.set_least) & (held <= tables.set_greatest))).all(axis=1)
        & _at_peace(tables, state, move, out)
    )
    kept = kept[_below(state.counts, move.items[kept], limits.ceiling)]
    _make(state, _of(move, kept), out[kept], sums[kept], held[kept])
    return len(kept)


def _most_excess(before: Whole, limits: Limits) -> Whole:
    most = np.maximum(before, limits.slack)
    return np.where(before == 0, 0, most) if limits.homing else most


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


def _at_peace(tables: Rules, state: Drawn, move: Move, out: Whole) -> Truths:
    """Whether no item that comes in has an enemy that stays or comes with it."""
    peace = np.ones(len(out), np.bool_)
    for coming in move.items.T:
        for enemy in tables.enemies[coming].T:
            stays = state.member[move.forms, enemy] & (out != enemy[:, None]).all(axis=1)
            comes = (move.items == enemy[:, None]).any(axis=1)
            peace &= ~(stays | comes)
    return peace


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

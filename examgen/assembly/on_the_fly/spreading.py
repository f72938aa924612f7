"""Forms, some of whose items are in too many of them → as many forms with no item above the ceiling, or the
proof.

Column generation (Gilmore & Gomory 1961, Operations Research 9, 849–859): a linear program says how often
each of the known forms should be given so that exposure above the ceiling is least; its prices say what a
new form would have to be like to help. Where none can help, no forms keep the ceiling, however they are
chosen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.assembly.on_the_fly.one_form import one_form_model
from examgen.assembly.search.highs import INFINITE, Columns, Rows, solve
from examgen.assembly.task import Infeasible, SearchEnded, Task

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

KNOWN = 400
"""Forms to choose from at first, at most."""
NEW = 40
NODES = 200
_NOTHING = 1e-6


class _Prices(NamedTuple):
    """What the linear program ends with."""

    excess: float
    """Exposure above the ceiling, added up, in shares of the forms."""
    of_items: Floats
    """(items,), from 0 to 1: what a share of exposure of each costs."""
    shares: Floats
    """(known forms,): how often each is given."""
    of_form: float
    """What a new form must cost less than to help."""


def spread(task: Task, forms: Whole, ceiling: int) -> Whole:
    """Forms in the shape of those given, (forms, length), as near the ceiling or below it as is found.

    Raises `Infeasible` where it is proven that none keep the ceiling, `SearchEnded` where neither is found.
    """
    n_forms, reach = len(forms), ceiling / len(forms)
    known = np.unique(forms, axis=0)
    known = known[:: -(-len(known) // KNOWN)]
    for _ in range(NEW):
        prices = _priced(_held(known, task.n_items), reach)
        if prices.excess < _NOTHING:
            return _shared_out(known, prices.shares, task.n_items, n_forms, ceiling)
        new = _cheaper(task, prices, reach)
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


def _choice(held: Floats, total: float, most: float, whole: bool) -> tuple[Columns, Rows]:
    """How often each form is given, `total` in all; what the items are above `most` costs 1 each."""
    n_known, n_items = held.shape
    columns, rows = Columns(), Rows()
    times = columns.add((n_known,), 0.0, 0.0, total, whole)
    above = columns.add((n_items,), 1.0, 0.0, INFINITE, False)
    for item in range(n_items):
        of = np.flatnonzero(held[:, item])
        rows.add(np.append(times[of], above[item]), np.append(np.ones(len(of)), -1.0), -INFINITE, most)
    rows.add(times, 1.0, total, total)
    return columns, rows


def _priced(held: Floats, reach: float) -> _Prices:
    columns, rows = _choice(held, 1.0, reach, False)
    answer = solve(columns.model(rows))
    if answer.status != "optimal":
        raise SearchEnded(f"the linear program of the forms ended as {answer.status}")
    of_items = np.clip(-answer.row_duals[:-1], 0.0, 1.0)
    return _Prices(answer.objective, of_items, answer.values[: len(held)], float(answer.row_duals[-1]))


def _cheaper(task: Task, prices: _Prices, reach: float) -> Whole:
    """A form that costs less; by duality no forms keep the ceiling where all cost more than it allows."""
    answer = solve(one_form_model(task, prices.of_items, 1.0), mip_max_nodes=NODES, mip_rel_gap=0.0)
    if len(answer.values) and answer.bound - reach * float(prices.of_items.sum()) > _NOTHING:
        raise Infeasible("no forms meet the constraints and keep the ceiling")
    if not len(answer.values) or answer.objective > prices.of_form - _NOTHING / 10:
        raise SearchEnded("no forms were found that keep the ceiling, and no proof that there are none")
    return np.flatnonzero(answer.values[: task.n_items] > 0.5)


def _shared_out(known: Whole, shares: Floats, n_items: int, n_forms: int, ceiling: int) -> Whole:
    """Whole numbers of the forms that the linear program takes; of all, where these do not keep the
    ceiling.
    """
    given = known[shares > _NOTHING]
    forms = given[_times(_held(given, n_items), n_forms, ceiling, NODES)]
    if _held(forms, n_items).sum(axis=0).max() > ceiling:
        forms = known[_times(_held(known, n_items), n_forms, ceiling, NODES // 5)]
    return forms


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

"""What the tests of differential item functioning share: purification, columns of blocks, classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import tell
from examgen.stats.irt_models import Note

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Classes = NDArray[np.str_]

MOST_ROUNDS = 10
"""Rounds of purification, as difR's `nrIter`."""
Result = TypeVar("Result")


class Purified(NamedTuple, Generic[Result]):
    """The last round of a purification."""

    result: Result
    anchor: Bools
    """(J,) items that the last round was matched on (each item's own total has the item, too)."""
    rounds: int
    """0: nothing was flagged at first, or purification was not asked for."""
    converged: bool
    """Whether the last two rounds flagged the same items."""

    @property
    def notes(self) -> list[Note]:
        """That they did not, if so."""
        words = tell("The flagged items still changed after ten rounds of purification.")
        return [] if self.converged else [Note("not-converged", None, words)]


def purify(
    compute: Callable[[Bools], Result], flagged: Callable[[Result], Bools], matched: Bools, asked: bool
) -> Purified[Result]:
    """Analyse, take the flagged items out of the anchor, analyse again, until the same items are flagged.

    `matched` (J,) are the items of the anchor at first. At most ten rounds, after which the last one stands
    (Candell & Drasgow, 1988; difR's rule).
    """
    anchor = matched
    result = compute(anchor)
    flags = flagged(result)
    if not asked or not flags.any():
        return Purified(result, anchor, 0, True)
    for done in range(1, MOST_ROUNDS + 1):
        anchor = matched & ~flags
        result = compute(anchor)
        now = flagged(result)
        if (now == flags).all():
            return Purified(result, anchor, done, True)
        flags = now
    return Purified(result, anchor, MOST_ROUNDS, False)


def joined(
    n_items: int,
    names: Sequence[str],
    blocks: Sequence[Mapping[str, Floats | Ints]],
    widths: Mapping[str, int],
) -> dict[str, Floats]:
    """Columns (J,) of all items from those of blocks of them, whose places are the column `item`; NaN for
    items of no block. `widths`: of columns that are tables (J, width)."""
    out = {}
    for name in names:
        out[name] = np.full((n_items, widths[name]) if name in widths else n_items, np.nan)
        for block in blocks:
            out[name][block["item"]] = block[name]
    return out


def divide(a: Floats, b: Floats) -> Floats:
    """a / b, NaN where b is 0."""
    out = np.full(np.broadcast(a, b).shape, np.nan)
    return np.asarray(np.divide(a, b, out=out, where=np.asarray(b) != 0))


def classes(values: Floats, cuts: tuple[float, float]) -> Classes:
    """A, B or C by two cuts of the absolute value; empty where it is NaN."""
    size = np.abs(values)
    return np.where(np.isnan(size), "", np.where(size < cuts[0], "A", np.where(size < cuts[1], "B", "C")))

"""The digits printed beside the rows of a sheet → whether each row is where the sheet has it.

Rows and bars are equally spaced. If a scanner lost as many lines as a row is high, and doubled as many
further down, everything between is one row off, and bars and rings fit as well as before. The last digit of
each question's number, and the digits 0 to 9 beside the candidate number, reveal it. Their font is not known:
each digit is compared with those of other rows, with equal and with neighbouring values.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.scanning.reading.medians import median
from examgen.scanning.reading.placing import PlacedSheet, cut_outs, grid_of, jacobians
from examgen.scanning.sheet_layout import ITEM, NUMBER, SheetPageLayout

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

HALF_MM, PER_MM = (1.05, 1.5), 5.0
"""Half the size of the area examined around a digit, across and down; and samples per millimetre."""
ENDS_MM, MIDDLE_MM = 0.3, 0.85
"""The distance from the space of its first bubble to the end of a question's number on the left, and from
there to the centre of its last digit."""
BESIDE_MM, SMALLER = 1.6, 2.4 / 3.1
"""The distance of the digits' centres to the left of the candidate number; and their size as a share of the
others'."""
STEPS = (1, 2, -1, -2)
"""The numbers of rows by which rows may be off."""
LEAST_LIKE, SHARP = 0.2, 0.7
"""The minimum typical similarity between equal digits of a page for any statement, and the similarity from
which the page is sharp."""
ALONE, TWO = (0.35, 0.50), (0.18, 0.38)
"""How much more similar to another digit than to its own value a digit is if its row is off: for one row
alone, and on average for each of two neighbours; on sharp pages, and on others."""
THREE_OF_NUMBER = 0.4
"""The same for three rows of the candidate number: there each row has only one digit, and writing may cover
two of them."""


class PrintedFigures(NamedTuple):
    """The digits of a page, in the order of rows."""

    at: NDArray[np.float64]
    """(n, 2): the centres, in mm."""
    size: NDArray[np.float64]
    value: Indices
    of_item: NDArray[np.bool_]
    apart: Floats
    """(10, n, n): 0 if the second has this value and the first may be compared with it, otherwise -4."""
    rows: tuple[Floats, Floats]
    """(rows, n) for questions and for the candidate number: means over the digits of each row."""


@lru_cache(maxsize=64)
def _printed(page: SheetPageLayout) -> PrintedFigures:
    found: list[tuple[float, float, float, int, bool]] = []
    for choice in page.choices:
        at = page.bubbles[choice.bubbles]
        if choice.group == ITEM and len(at) > 1 and np.ptp(at[:, 1]) == 0:
            x = at[:, 0].min() - np.diff(np.sort(at[:, 0])).min() / 2 - ENDS_MM - MIDDLE_MM
            found.append((float(x), float(at[0, 1]), 1.0, choice.place % 10, True))
        elif choice.group == NUMBER and choice.place == 1 and np.ptp(at[:, 0]) == 0:
            x = page.areas["number 1"].x - BESIDE_MM
            for i, y in zip(choice.bubbles, at[:, 1], strict=True):
                if page.value[i].isdecimal():
                    found.append((x, float(y), SMALLER, int(page.value[i]), False))
    found.sort(key=lambda one: (one[4], one[1]))
    table = np.array([one[:4] for one in found], np.float64).reshape(-1, 4)
    is_item = np.array([one[4] for one in found], np.bool_)
    y, value = table[:, 1], table[:, 3].astype(np.intp)
    # those of the candidate number are held against those of questions alone: each of them is there once, and
    # dust on the scanner's glass, which draws a line down through all of them, makes them alike
    may = (y[:, None] != y[None]) & (is_item[:, None] | is_item[None])
    apart = np.array([np.where(may & (value == figure), 0, -4) for figure in range(10)], np.float32)
    rows = [[is_item & (y == one) for one in np.unique(y[is_item])]]
    rows.append([~is_item & (y == one) for one in np.unique(y[~is_item])])
    items, number = (np.array([row / row.sum() for row in part], np.float32) for part in rows)
    return PrintedFigures(table[:, :2], table[:, 2], value, is_item, apart, (items, number))


def out_of_step(image: Grey, page: SheetPageLayout, placed: PlacedSheet) -> bool:
    """Return whether rows of the page show the digits of rows above or below them."""
    figures = _printed(page)
    if len(figures.value) < 11:
        return False
    # Of each figure to each, less what all figures have in common.
    grid = grid_of(*HALF_MM, PER_MM)
    jacobian = jacobians(placed.placement.homography, figures.at) * figures.size[:, None, None]
    cuts = cut_outs(image, placed.placement.pixels(figures.at), jacobian, grid)
    cuts -= cuts.mean(axis=1, keepdims=True)
    cuts /= np.maximum(np.linalg.norm(cuts, axis=1, keepdims=True), 1.0)
    cuts -= median(cuts.T)
    cuts /= np.maximum(np.linalg.norm(cuts, axis=1, keepdims=True), 1e-3)
    like = np.asarray(cuts @ cuts.T, np.float32)
    likest = (like + figures.apart).max(axis=2)
    n = np.arange(len(like))
    own = likest[figures.value, n]
    usual = float(median(own))
    if usual < LEAST_LIKE:
        return False
    other = likest[(figures.value + np.array(STEPS)[:, None]) % 10, n]
    # a digit that occurs only once is not judged
    off = np.where((own > -2) & (other > -2), other - own, 0).astype(np.float32)
    sharp = 0 if usual > SHARP else 1
    items, number = (means.reshape(-1, len(n)) @ off.T for means in figures.rows)
    return bool(
        (items > ALONE[sharp]).any()
        or (_running(items, 2) > TWO[sharp]).any()
        or (_running(number, 3) > THREE_OF_NUMBER).any()
    )


def _running(rows: Floats, n: int) -> Floats:
    """Return the mean of every n consecutive rows."""
    return np.asarray(sum(rows[k : len(rows) - n + 1 + k] for k in range(n)) / np.float32(n), np.float32)

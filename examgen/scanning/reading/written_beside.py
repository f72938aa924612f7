"""A question with nothing marked but with writing to its right, which is probably an answer.

The space between the last bubble of a question and the next thing on its line is compared with the same space
of the other questions of its column: what the form prints is in all of them. If there is ink in many, it is a
streak, a shadow, or print that differs from line to line, and is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from examgen.scanning.page_reading import RowReading
from examgen.scanning.reading.measuring import Bubbles
from examgen.scanning.reading.placing import PlacedSheet, cut_outs, grid_of
from examgen.scanning.sheet_layout import ITEM, SheetPageLayout

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

FROM_MM, TO_MM, HALF_MM = 3.2, 12.0, 2.6
"""From the centre of the last bubble: where the space begins and ends; and half its height."""
LEAST_MM = 5.0
"""A narrower space has no room for a letter."""
PER_MM = 4.0
PAPER_SHARE = 0.7
"""The quantile of the samples of the space that is its paper."""
INK, WRITTEN = 0.25, 0.05
"""The minimum darkness of ink above paper and print, and the minimum share of ink in writing."""
FEWEST, MOST_WRITTEN = 6, 0.25
"""The minimum number of questions in a column for knowing its print, and the maximum share of them with ink;
above it, ink is ignored."""


def written_beside(
    image: Grey, page: SheetPageLayout, placed: PlacedSheet, bubbles: Bubbles, rows: Sequence[RowReading]
) -> tuple[RowReading, ...]:
    """Return the rows of a page; blank rows with writing to their right are in doubt."""
    blank = {row.question for row in rows if row.state == "blank"}
    written = set[int]()
    for questions, lasts, width in _columns(page) if blank else ():
        if blank.isdisjoint(questions):
            continue
        has_ink = _ink(image, page, placed, bubbles, lasts, width) > WRITTEN
        if has_ink.mean() <= MOST_WRITTEN:
            written |= {question for question, ink in zip(questions, has_ink, strict=True) if ink}
    doubtful = blank & written
    return tuple(
        RowReading(row.question, "?", "uncertain", 0.0, "beside") if row.question in doubtful else row
        for row in rows
    )


@lru_cache(maxsize=16)
def _columns(page: SheetPageLayout) -> tuple[tuple[tuple[int, ...], NDArray[np.intp], float], ...]:
    """Return each column of questions with space to its right: its questions, their last bubbles, and the
    width of the space (mm)."""
    found: dict[tuple[float, float], list[tuple[int, int]]] = {}
    for choice in page.choices:
        places = page.bubbles[choice.bubbles]
        if choice.group != ITEM or np.ptp(places[:, 1]) > 1.0:
            continue
        last = int(choice.bubbles[places[:, 0].argmax()])
        x, y = page.bubbles[last]
        beside = page.bubbles[
            (abs(page.bubbles[:, 1] - y) < HALF_MM + 2.1) & (page.bubbles[:, 0] > x + 1.0), 0
        ]
        end = min(TO_MM, float((beside - x).min(initial=np.inf)) - FROM_MM)
        if end - FROM_MM >= LEAST_MM:
            found.setdefault((round(float(x), 1), round(end, 1)), []).append((choice.place, last))
    return tuple(
        (tuple(place for place, _ in those), np.array([last for _, last in those]), end - FROM_MM)
        for (_, end), those in found.items()
        if len(those) >= FEWEST
    )


def _ink(
    image: Grey,
    page: SheetPageLayout,
    placed: PlacedSheet,
    bubbles: Bubbles,
    lasts: NDArray[np.intp],
    width: float,
) -> Floats:
    """Return (n,): the share of the space to the right of each of these bubbles that is ink."""
    jacobian = bubbles.jacobian[lasts]
    middle = np.array([FROM_MM + width / 2, 0.0])
    centres = placed.centres(page)[lasts] + jacobian @ middle
    values = cut_outs(image, centres, jacobian, grid_of(width / 2, HALF_MM, PER_MM))
    paper = np.quantile(values, PAPER_SHARE, axis=1, keepdims=True)
    darkness = (paper - values) / bubbles.depth[lasts]
    printed = np.median(darkness, axis=0)
    return np.asarray((darkness - printed > INK).mean(axis=1), np.float32)

"""What is in the bubbles → what was marked, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.scanning.layout import FORM, ITEM, PageLayout, SheetLayout
from examgen.scanning.page_reading import (
    BLANK,
    MARKED,
    UNCERTAIN,
    FormState,
    NumberState,
    RowReading,
    RowState,
)
from examgen.scanning.reading.measuring import Measures

BLANK_MEAN, BLANK_CELL, BLANK_RING = 0.07, 0.2, 0.2
STRONG_MEAN, STRONG_CELL = 0.28, 0.3


class Decided(NamedTuple):
    """What was marked on a page."""

    darkness: NDArray[np.float32]
    state: NDArray[np.uint8]
    margin: NDArray[np.float32]
    rows: tuple[RowReading, ...]
    number: str
    number_state: NumberState
    form: str
    form_state: FormState


def decide(measures: Measures, layout: SheetLayout, page: PageLayout) -> Decided:
    """State of every bubble, reading of every question, number and form."""
    m, c2, c5, ring = measures.mean, measures.cells[:, -2], measures.cells[:, -5], measures.ring
    blank = np.minimum.reduce([BLANK_MEAN - m, BLANK_CELL - c2, BLANK_RING - ring])
    strong = np.minimum(m - STRONG_MEAN, c5 - STRONG_CELL)
    state = np.where(blank > 0, BLANK, np.where(strong > 0, MARKED, UNCERTAIN)).astype(np.uint8)
    margin = np.where(blank > 0, blank, np.where(strong > 0, strong, -np.maximum(blank, strong)))
    rows: list[RowReading] = []
    number, form = "", ""
    form_state: FormState = "none"
    for choice in page.choices:
        read, told = _told([page.value[i] for i in choice.bubbles], state[choice.bubbles])
        if choice.group == ITEM:
            rows.append(RowReading(choice.place, read, told, float(margin[choice.bubbles].min())))
        elif choice.group == FORM:
            form, form_state = read, told
        else:
            number += {"marked": read, "blank": " "}.get(told, "?")
    number = number.rstrip()
    known: NumberState = "blank"
    if number:
        known = "uncertain" if set(number) & {" ", "?"} else "marked"
    return Decided(m, state, margin.astype(np.float32), tuple(rows), number, known, form, form_state)


def _told(values: Sequence[str], state: NDArray[np.uint8]) -> tuple[str, RowState]:
    if (state == UNCERTAIN).any():
        return "?", "uncertain"
    marked = [value for value, one in zip(values, state, strict=True) if one == MARKED]
    states: tuple[RowState, ...] = ("blank", "marked", "multiple")
    return "|".join(marked), states[min(len(marked), 2)]

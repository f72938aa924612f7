"""The layout of a sheet, a PDF of printed sheets → the sides of paper that people fill, and their pixels.

A side knows which of its bubbles are filled in print, and which ones its person means to mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.candidate_numbers import canonical_number
from examgen.scanning.sheet_layout import FORM, ITEM, NUMBER, BubbleRow, SheetLayout, SheetPageLayout

Bools = NDArray[np.bool_]
Pixels = NDArray[np.uint8]

MM_PER_INCH = 25.4
PRINTED_DPI = 300
"""Sheets are rasterised and filled at this density."""


class Side(NamedTuple):
    """One side of one sheet before it is filled: whose it is, and what is to be marked on it."""

    sheet: int
    """Which sheet of the batch, from 0: with the seed, all that happens to it."""
    layout: SheetLayout
    page: SheetPageLayout
    serial: str
    """Empty on a sheet that is nobody's."""
    candidate_id: str
    form: str
    printed: Bools
    """(n_bubbles,): those that are filled in print."""
    meant: Bools
    """(n_bubbles,): those that the person means to mark."""

    def by_hand(self) -> tuple[BubbleRow, ...]:
        """What the person marks a bubble of: all questions, and where nothing is printed, who they are."""
        personal = bool(self.serial)
        return tuple(
            choice
            for choice in self.page.choices
            if choice.group == ITEM or not (personal or self.printed[choice.bubbles].any())
        )


def side_of(
    layout: SheetLayout,
    page: SheetPageLayout,
    sheet: int,
    serial: str,
    candidate_id: str,
    form: str,
    answers: Sequence[str],
) -> Side:
    """A side of a sheet whose person answers question n with the letters of `answers[n - 1]`.

    Without a serial the person marks number and form by hand. A number that does not suit the bubbles is
    not marked at all, as in print.
    """
    heading = np.zeros(len(page.value), np.bool_)
    number = [_bubbles(page, NUMBER, n, char) for n, char in enumerate(canonical_number(candidate_id), 1)]
    if all(number):
        heading[[i for one in number for i in one]] = True
    heading[[*_bubbles(page, FORM, 0, form)]] = True
    meant = np.zeros_like(heading)
    for i in np.flatnonzero(page.group == ITEM):
        question = int(page.place[i])
        meant[i] = question <= len(answers) and page.value[i] in answers[question - 1]
    printed = heading if serial else np.zeros_like(heading)
    return Side(sheet, layout, page, serial, candidate_id, form, printed, meant | (heading & ~printed))


def _bubbles(page: SheetPageLayout, group: int, place: int, value: str) -> tuple[int, ...]:
    here = np.flatnonzero((page.group == group) & (page.place == place))
    return tuple(int(i) for i in here if page.value[i] == value)


def said(page: SheetPageLayout, marked: Bools, group: int) -> tuple[str, ...]:
    """What marks say of each choice of a group, in their order: `A`, `A|C`, or nothing."""
    return tuple(
        "|".join(page.value[i] for i in choice.bubbles if marked[i])
        for choice in page.choices
        if choice.group == group
    )


def raster(document: Any, number: int, dpi: int = PRINTED_DPI) -> Pixels:
    """A page of a document that pypdfium2 has open, in grey."""
    page = document[number]
    bitmap = page.render(scale=dpi / 72, grayscale=True)
    pixels = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
    bitmap.close()
    page.close()
    return pixels

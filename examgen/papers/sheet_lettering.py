"""A page of the answer sheet → the letters and figures on it that belong to the geometry, and their places.

They are given as few SVG texts in which every character has its own place: WeasyPrint draws one text of
600 characters nine times faster than 600 texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from examgen.papers import sheet_design as sizes
from examgen.papers.glyphs import width_em
from examgen.papers.sheet_design import Bubble, SheetDesign, SheetPage

LABEL_MM, FIGURE_MM = 2.4, 3.1
"""Font sizes: of what stands in a bubble or beside the number, of letters and numbers of items."""
WIDEST_MM = 3.2
"""What a label of several characters may take of the inside of a bubble."""
CAPITAL_EM = 0.708
"""Height of capitals and figures."""

BLACK, LIGHT = "#000", "#a8a8a8"


class Lettering(NamedTuple):
    """An SVG text: where each character begins on its baseline, in mm; size in mm, colour, weight."""

    text: str
    x: str
    y: str
    size: float
    colour: str = BLACK
    weight: int = 400


Placed = tuple[str, float, float]
"""A character, where it begins, its baseline."""


def lettering(design: SheetDesign, page: SheetPage) -> list[Lettering]:
    """Labels of the bubbles, letters over the columns, numbers of the items, figures beside the number."""
    single = [bubble for bubble in page.bubbles if len(bubble.label) == 1]
    return [
        _joined((_centred(b.label, b.x, b.y, LABEL_MM) for b in single), LABEL_MM, LIGHT),
        *(_longer(bubble) for bubble in page.bubbles if len(bubble.label) > 1),
        _joined(_heads(design, page), FIGURE_MM, BLACK, 700),
        _joined(_item_numbers(page), FIGURE_MM),
        *_row_figures(design),
    ]


def _joined(places: Iterable[Placed], size: float, colour: str = BLACK, weight: int = 400) -> Lettering:
    characters, xs, ys = zip(*places, strict=True)
    return Lettering("".join(characters), _list(xs), _list(ys), size, colour, weight)


def _list(lengths: Iterable[float]) -> str:
    return " ".join(f"{length:.3f}".rstrip("0").rstrip(".") for length in lengths)


def _centred(text: str, x: float, y: float, size: float) -> Placed:
    """So that the text stands in the middle of a bubble at x, y."""
    return text, x - width_em(text) * size / 2, y + CAPITAL_EM * size / 2


def _longer(bubble: Bubble) -> Lettering:
    size = min(LABEL_MM, WIDEST_MM / width_em(bubble.label))
    text, x, y = _centred(bubble.label, bubble.x, bubble.y, size)
    return Lettering(text, _list([x]), _list([y]), round(size, 3), LIGHT)


def _heads(design: SheetDesign, page: SheetPage) -> Iterator[Placed]:
    for column in page.columns:
        for x, letter in column.letters:
            yield letter, x - width_em(letter) * FIGURE_MM / 2, design.size.items_top - 3.2


def _item_numbers(page: SheetPage) -> Iterator[Placed]:
    for column in page.columns:
        for y, number in column.numbers:
            figures = str(number)
            x = column.number_x - 0.3 - width_em(figures) * FIGURE_MM
            for i, figure in enumerate(figures):
                yield figure, x + width_em(figures[:i]) * FIGURE_MM, y + CAPITAL_EM * FIGURE_MM / 2


def _row_figures(design: SheetDesign) -> Iterator[Lettering]:
    """0 to 9 in black at the left of a number that begins with a digit: the figures in bubbles are light."""
    first = design.area("number 1")
    if first.width <= sizes.PITCH_MM:
        rows = range(10)
        places = (
            _centred(str(row), first.x - 1.6, sizes.NUMBER_TOP + row * sizes.PITCH_MM, LABEL_MM)
            for row in rows
        )
        yield _joined(places, LABEL_MM)

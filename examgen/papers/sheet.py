"""Number of items, letters and forms → geometry of the answer sheet, in mm from the top left of A4.

Everything that a reader of scans must find is a number here and is drawn from it: four corner
bullseyes, a timing bar at both sides of every row of bubbles (one more at the left, between the
heading and the items, so that a mirrored page is told apart), the bubbles. The frame "for officials"
leaves room for a QR code of 24 mm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

PAGE_MM = (210.0, 297.0)
ITEMS_PER_PAGE = 120
N_DIGITS = 13
MOST_FORMS = 16
"""More forms than this are written by hand: no bubbles are drawn for them."""

BUBBLE_MM = 4.2
PITCH_MM = 6.0
CORNERS = ((13.0, 13.0), (197.0, 13.0), (13.0, 284.0), (197.0, 284.0))
BAR_X = (13.0, 197.0)
DIGITS_ORIGIN = (115.0, 36.0)
FORMS_ORIGIN = (53.0, 54.0)
FORMS_PER_ROW = 8
MIRROR_BAR_Y = 95.2
ITEMS_TOP = 101.0
ITEMS_HEIGHT = 174.0
LEFT, RIGHT = 20.0, 190.0


class Bubble(NamedTuple):
    """A place to mark: its centre, the letter in it, and what it stands for."""

    x: float
    y: float
    label: str
    group: str
    """`digit`, `form` or `item`."""
    name: str
    """Place of the digit, form, or number of the item."""


class Block(NamedTuple):
    """A column of items: its frame, where its numbers end, and the letters over its bubbles."""

    x: float
    width: float
    number_x: float
    letters: tuple[tuple[float, str], ...]
    numbers: tuple[tuple[float, int], ...]
    rules: tuple[float, ...]
    """Where a fine line parts each five items from the next."""


class SheetPage(NamedTuple):
    """One side of paper."""

    number: int
    bubbles: tuple[Bubble, ...]
    bars: tuple[tuple[float, float], ...]
    blocks: tuple[Block, ...]
    bottom: float
    """Lower edge of the frames of the blocks."""


def sheet_pages(n_items: int, letters: str, forms: Sequence[str]) -> tuple[SheetPage, ...]:
    """The pages of the answer sheet, each for up to 120 items."""
    numbers = range(1, n_items + 1)
    heading = (*_digits(), *_forms(forms))
    return tuple(
        _page(page, numbers[start : start + ITEMS_PER_PAGE], letters, heading)
        for page, start in enumerate(range(0, n_items, ITEMS_PER_PAGE), 1)
    )


def _digits() -> Iterator[Bubble]:
    x, y = DIGITS_ORIGIN
    for place in range(N_DIGITS):
        for digit in range(10):
            yield Bubble(x + place * PITCH_MM, y + digit * PITCH_MM, str(digit), "digit", str(place + 1))


def _forms(forms: Sequence[str]) -> Iterator[Bubble]:
    x, y = FORMS_ORIGIN
    for i, form in enumerate(forms if len(forms) <= MOST_FORMS else ()):
        row, column = divmod(i, FORMS_PER_ROW)
        yield Bubble(x + column * 7.2, y + row * PITCH_MM, form[:2], "form", form)


def _page(number: int, items: Sequence[int], letters: str, heading: Sequence[Bubble]) -> SheetPage:
    n_blocks = min(4, max(2, -(-len(items) // 20)))
    rows = -(-len(items) // n_blocks)
    rows += -rows % 5
    pitch = min(8.0, ITEMS_HEIGHT / (rows - 1))
    blocks = tuple(
        _block(b, n_blocks, items[b * rows : (b + 1) * rows], letters, pitch) for b in range(n_blocks)
    )
    item_bubbles = (
        Bubble(x, y, letter, "item", str(item))
        for block in blocks
        for y, item in block.numbers
        for x, letter in block.letters
    )
    bubbles = (*heading, *item_bubbles)
    return SheetPage(number, bubbles, _bars(bubbles), blocks, ITEMS_TOP + (rows - 1) * pitch + 3.0)


def _block(index: int, n_blocks: int, items: Sequence[int], letters: str, pitch: float) -> Block:
    gap = 3.0
    width = (RIGHT - LEFT - gap * (n_blocks - 1)) / n_blocks
    x = LEFT + index * (width + gap)
    across = min(10.5, (width - 10.0) / len(letters))
    number_x = x + (width - across * len(letters) - 8.0) / 2 + 6.5
    ys = tuple(ITEMS_TOP + row * pitch for row in range(len(items)))
    return Block(
        x=x,
        width=width,
        number_x=number_x,
        letters=tuple((number_x + 1.5 + across * (i + 0.5), letter) for i, letter in enumerate(letters)),
        numbers=tuple(zip(ys, items, strict=True)),
        rules=tuple(y - pitch / 2 for y in ys[5::5]),
    )


def _bars(bubbles: Sequence[Bubble]) -> tuple[tuple[float, float], ...]:
    rows = sorted({round(bubble.y, 3) for bubble in bubbles})
    return ((BAR_X[0], MIRROR_BAR_Y), *((x, y) for y in rows for x in BAR_X))

"""Paper, number of items, letters, forms, candidate number → the positions of everything on the sheet, in mm.

Everything that a reader of scans must find is defined here as numbers, from which it is drawn. The origin
is the top left of the page, x to the right, y down. Sizes follow a trial of readers on simulated scans:
bullseyes of 7 mm, 13 mm from every edge, 2.5 mm clear around them; bars of 4 × 2 mm; bubbles of 4.2 mm, 6
mm apart.

How a reader determines the position of the page:

- *skew, scale, perspective*: from the four bullseyes;
- *a missing corner*: three bullseyes are a triangle with a right angle and two unequal sides. The
  missing one is opposite the right angle, and completes the parallelogram;
- *turned by 90 or 270 degrees*: the bullseyes are closer to one another across the page than down it;
- *turned by 180 degrees*: above the first row of bubbles there are four bars on the left and none on the
  right ("side" bars), and the rows are not where they would be on an upside-down sheet;
- *mirrored*, left to right or top to bottom: also by the side bars.

In each of these cases, at least four bars would be on white paper (a test checks this for every sheet). The
bars of the rows, one on each side of each row of bubbles, locate the row if the paper was folded or slipped.
The QR code identifies the sheet.

The letters and figures on a page that belong to the geometry are drawn as few SVG texts in which every
character has its own position: WeasyPrint draws one text of 600 characters nine times faster than 600 texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from examgen.core.models.papers import CandidateNumber, PaperSize
from examgen.core.text.characters import LETTERS
from examgen.rendering.glyphs import width_em

ITEMS_PER_PAGE = 100
MOST_FORMS = 16
"""The maximum number of forms with bubbles; with more, the form is written by hand."""

BUBBLE_MM, OUTLINE_MM, PITCH_MM = 4.2, 0.25, 6.0
BULLSEYE_MM, RING_MM, DOT_MM, CORNER_MM = 7.0, 1.2, 3.0, 13.0
CLEAR_MM = 2.5
"""White space around a bullseye and around a bar."""
BAR_MM = (4.0, 2.0)
SIDE_BARS = (22.0, 28.0, 34.0, 40.0)
QR_MM, QR_AT = 24.0, (24.0, 8.0)
PATCHES = (0.1, 0.2, 0.3, 0.4, 0.5)
PATCH_MM = 5.0
NUMBER_TOP = 51.6
"""y of the first row of bubbles of the candidate number and of the forms."""
LETTERS_OF_A_PLACE = ("ABCDEFGHI", "JKLMNOPQR", "STUVWXYZ")
"""The letters of the three columns of bubbles of a place that holds a letter."""
FORM_PITCH_MM, FORMS_PER_ROW = 7.2, 8
MARGIN_MM = 20.0
BOX_MM = 6.8
"""Height of the boxes in which a number or form is written."""

LABEL_MM, FIGURE_MM = 2.4, 3.1
"""Font sizes: of characters in bubbles or beside the number, and of the letters and numbers of items."""
WIDEST_MM = 3.2
"""Maximum width of a label of several characters inside a bubble."""
CAPITAL_EM = 0.708
"""Height of capitals and figures in em."""

BLACK, LIGHT = "#000", "#a8a8a8"

Group = Literal["number", "form", "item"]


class SheetSize(NamedTuple):
    """The paper of a sheet, with the y of its first row of items and the largest y of the last."""

    name: Literal["A4", "Letter"]
    width: float
    height: float
    items_top: float
    items_bottom: float

    @property
    def left(self) -> float:
        """Left edge of the area between the marks."""
        return MARGIN_MM

    @property
    def right(self) -> float:
        """Right edge of the area between the marks."""
        return self.width - MARGIN_MM


A4 = SheetSize("A4", 210.0, 297.0, 118.0, 272.0)
LETTER = SheetSize("Letter", 215.9, 279.4, 115.2, 259.2)


class Bubble(NamedTuple):
    """A place to mark: its centre, and the meaning of a mark in it."""

    x: float
    y: float
    group: Group
    place: int
    """The position in the candidate number or the number of the question, from 1; 0 for a form."""
    value: str
    """A digit or letter of the number, the name of a form, or the letter A to E of an answer."""
    label: str
    """The text printed in the bubble."""


class SheetMark(NamedTuple):
    """A bullseye, a timing bar or a patch: its centre and its name."""

    x: float
    y: float
    name: str


class Area(NamedTuple):
    """A rectangle: the upper left corner, width, height."""

    name: str
    x: float
    y: float
    width: float
    height: float


class AnswerColumn(NamedTuple):
    """A column of items: its frame, the right edge of its numbers, and the letters above its bubbles."""

    x: float
    width: float
    number_x: float
    letters: tuple[tuple[float, str], ...]
    numbers: tuple[tuple[float, int], ...]
    rules: tuple[float, ...]
    """The y of each fine line that separates groups of five items."""


class SheetPage(NamedTuple):
    """One side of paper."""

    number: int
    bubbles: tuple[Bubble, ...]
    bars: tuple[SheetMark, ...]
    columns: tuple[AnswerColumn, ...]
    bottom: float
    """Lower edge of the frames of the columns."""


class SheetDesign(NamedTuple):
    """An answer sheet: what all its pages share, and its pages."""

    size: SheetSize
    letters: str
    forms: tuple[str, ...]
    """The forms that have a bubble; empty if there are more than 16."""
    corners: tuple[SheetMark, ...]
    patches: tuple[SheetMark, ...]
    areas: tuple[Area, ...]
    """Areas that are written by hand or printed for a candidate: name, room, seat, signature, form, the
    number and each of its places (`number 1` …), and serial. The area `how` is for the instructions."""
    pages: tuple[SheetPage, ...]

    def area(self, name: str) -> Area:
        """Return the area with this name."""
        return next(area for area in self.areas if area.name == name)


def sheet_size(paper: PaperSize) -> SheetSize:
    """Return the paper size of the sheet for a booklet of this size: Letter with Letter, otherwise A4."""
    return LETTER if paper == "Letter" else A4


def sheet_design(
    size: SheetSize, n_items: int, letters: str, forms: Sequence[str], number: CandidateNumber
) -> SheetDesign:
    """Return the design of an answer sheet; each page holds up to 100 items."""
    left, right = size.left, size.right
    # the candidate number at the right, from the edge of its first place; a short one leaves its heading room
    columns = {place: _columns_of(number, place) for place in range(1, number.length + 1)}
    edge = _mm(right - PITCH_MM * max(sum(map(len, columns.values())), 12))
    heading: list[Bubble] = []
    boxes: list[Area] = []
    x = edge
    for place, columns_of_place in columns.items():
        boxes.append(Area(f"number {place}", _mm(x), 41.2, PITCH_MM * len(columns_of_place), BOX_MM))
        for i, values in enumerate(columns_of_place):
            for row, value in enumerate(values):
                y = _mm(NUMBER_TOP + row * PITCH_MM)
                heading.append(Bubble(_mm(x + (i + 0.5) * PITCH_MM), y, "number", place, value, value))
        x += PITCH_MM * len(columns_of_place)
    # the forms at the left
    marked = tuple(forms) if len(forms) <= MOST_FORMS else ()
    per_row = min(FORMS_PER_ROW, int((edge - 3.0 - left) / FORM_PITCH_MM))
    for i, form in enumerate(marked):
        row, column = divmod(i, per_row)
        x, y = left + (column + 0.5) * FORM_PITCH_MM, NUMBER_TOP + row * PITCH_MM
        heading.append(Bubble(_mm(x), _mm(y), "form", 0, form, form))
    top = NUMBER_TOP + -(-len(marked) // per_row) * PITCH_MM - 2.4
    areas = (
        Area("name", 79.0, 21.4, _mm(right - 79.0), 7.0),
        Area("room", 64.0, 29.4, 35.0, 6.0),
        Area("seat", 110.0, 29.4, 17.0, 6.0),
        Area("signature", 146.0, 29.4, _mm(right - 146.0), 6.0),
        Area("serial", left, 35.9, 32.0, 4.0),
        Area("form", left + 22.0, 41.2, 16.0, BOX_MM),
        Area("number", edge, 41.2, _mm(right - edge), BOX_MM),
        *boxes,
        Area("how", left, _mm(top), _mm(edge - 4.0 - left), _mm(size.items_top - 8.4 - top)),
    )
    far, foot = _mm(size.width - CORNER_MM), _mm(size.height - CORNER_MM)
    numbers = range(1, n_items + 1)
    return SheetDesign(
        size=size,
        letters=letters,
        forms=marked,
        corners=(
            SheetMark(CORNER_MM, CORNER_MM, "top left"),
            SheetMark(far, CORNER_MM, "top right"),
            SheetMark(CORNER_MM, foot, "bottom left"),
            SheetMark(far, foot, "bottom right"),
        ),
        patches=tuple(
            SheetMark(_mm(left + PATCH_MM / 2 + i * PATCH_MM), foot, f"{grey:.0%}")
            for i, grey in enumerate(PATCHES)
        ),
        areas=areas,
        pages=tuple(
            _page(size, page, numbers[start : start + ITEMS_PER_PAGE], letters, heading)
            for page, start in enumerate(range(0, n_items, ITEMS_PER_PAGE), 1)
        ),
    )


def _page(
    size: SheetSize, number: int, items: Sequence[int], letters: str, heading: Sequence[Bubble]
) -> SheetPage:
    """Return a page with these items, in two to four columns."""
    n_columns = min(4, max(2, -(-len(items) // 20)))
    rows = -(-len(items) // n_columns)
    rows += -rows % 5
    pitch = min(8.0, (size.items_bottom - size.items_top) / (rows - 1))
    gap = 3.0
    width = (size.right - size.left - gap * (n_columns - 1)) / n_columns
    across = min(10.5, (width - 10.0) / len(letters))
    columns = []
    for i, start in enumerate(range(0, len(items), rows)):
        x = size.left + i * (width + gap)
        number_x = x + (width - across * len(letters) - 8.0) / 2 + 8.0
        own = items[start : start + rows]
        ys = [size.items_top + row * pitch for row in range(len(own))]
        columns.append(
            AnswerColumn(
                x=_mm(x),
                width=_mm(width),
                number_x=_mm(number_x),
                letters=tuple((_mm(number_x + across * (n + 0.5)), one) for n, one in enumerate(letters)),
                numbers=tuple((_mm(y), item) for y, item in zip(ys, own, strict=True)),
                rules=tuple(_mm(y - pitch / 2) for y in ys[5::5]),
            )
        )
    asked = (
        Bubble(x, y, "item", item, LETTERS[i], letter)
        for column in columns
        for y, item in column.numbers
        for i, (x, letter) in enumerate(column.letters)
    )
    bubbles = (*heading, *asked)
    near, far = CORNER_MM, _mm(size.width - CORNER_MM)
    side = (SheetMark(near, y, "side") for y in SIDE_BARS)
    of_rows = (SheetMark(x, y, "row") for y in sorted({bubble.y for bubble in bubbles}) for x in (near, far))
    bottom = _mm(size.items_top + (rows - 1) * pitch + 3.2)
    return SheetPage(number, bubbles, (*side, *of_rows), tuple(columns), bottom)


def values_of(number: CandidateNumber, place: int) -> str:
    """Return the characters that a place of the number can hold, each of which has a bubble."""
    return "".join(_columns_of(number, place))


def _columns_of(number: CandidateNumber, place: int) -> tuple[str, ...]:
    return LETTERS_OF_A_PLACE if place in number.letters else ("0123456789",)


def _mm(length: float) -> float:
    """Return the length rounded to a thousandth, so that rounding errors do not make rows differ."""
    return round(length, 3)


class Lettering(NamedTuple):
    """An SVG text: the start of each character on its baseline, in mm, with font size in mm, colour and
    weight."""

    text: str
    x: str
    y: str
    size: float
    colour: str = BLACK
    weight: int = 400


Placed = tuple[str, float, float]
"""A character, the x where it begins, and its baseline."""


def lettering(design: SheetDesign, page: SheetPage) -> list[Lettering]:
    """Return the texts of a page: labels of bubbles, letters above the columns, numbers of items, and figures
    beside the candidate number."""
    single = [bubble for bubble in page.bubbles if len(bubble.label) == 1]
    found = [_joined((_centred(b.label, b.x, b.y, LABEL_MM) for b in single), LABEL_MM, LIGHT)]
    for bubble in page.bubbles:
        if len(bubble.label) > 1:
            size = min(LABEL_MM, WIDEST_MM / width_em(bubble.label))
            text, x, y = _centred(bubble.label, bubble.x, bubble.y, size)
            found.append(Lettering(text, _list([x]), _list([y]), round(size, 3), LIGHT))
    heads: list[Placed] = []
    numbers: list[Placed] = []
    for column in page.columns:
        for x, letter in column.letters:
            heads.append((letter, x - width_em(letter) * FIGURE_MM / 2, design.size.items_top - 3.2))
        for y, number in column.numbers:
            figures = str(number)
            x = column.number_x - 0.3 - width_em(figures) * FIGURE_MM
            for i, figure in enumerate(figures):
                place = x + width_em(figures[:i]) * FIGURE_MM, y + CAPITAL_EM * FIGURE_MM / 2
                numbers.append((figure, *place))
    found += [_joined(heads, FIGURE_MM, BLACK, 700), _joined(numbers, FIGURE_MM)]
    first = design.area("number 1")
    if first.width <= PITCH_MM:
        rows = range(10)
        places = (_centred(str(row), first.x - 1.6, NUMBER_TOP + row * PITCH_MM, LABEL_MM) for row in rows)
        found.append(_joined(places, LABEL_MM))
    return found


def _joined(places: Iterable[Placed], size: float, colour: str = BLACK, weight: int = 400) -> Lettering:
    characters, xs, ys = zip(*places, strict=True)
    return Lettering("".join(characters), _list(xs), _list(ys), size, colour, weight)


def _list(lengths: Iterable[float]) -> str:
    return " ".join(f"{length:.3f}".rstrip("0").rstrip(".") for length in lengths)


def _centred(text: str, x: float, y: float, size: float) -> Placed:
    """Return the position at which the text is centred on a bubble at x, y."""
    return text, x - width_em(text) * size / 2, y + CAPITAL_EM * size / 2

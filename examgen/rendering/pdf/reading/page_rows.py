"""Letters of pages → the lines of their text, and the rows of their tables, each a line with bars around its
cells.

A line that goes on in the next one because it is full is joined with it: Thai is broken between words, where
no blank stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product, takewhile
from typing import TYPE_CHECKING, NamedTuple

from examgen.rendering.pdf.reading.letters import (
    GAP,
    THAI,
    Letter,
    PageLine,
    is_mark,
    lines_of,
    without_doubled_letters,
)
from examgen.rendering.pdf.reading.ruled import TableCell, by_row, rules_of, tables_of

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

_BEGINS = re.compile(
    "[^\\w\\s(),;\"'\u201c\u2018&/]|\\(?(?:[\\d\u0e50-\u0e59]{1,2}(?:\\.\\d+)*|[\u0e01-\u0e2e])[.)]"
    "|[A-Z]{1,5}[-A-Z]*\\d{2,}|\\d{3,}\\.\\d"
)
"""What a line of its own begins with: a bullet, the number of a list or a heading, a code."""
_PITCH = 4
"""Heights of letters from a line to the next one of a text, at most."""
_ROOM = 8
"""Heights of a line that its last word may have left empty."""
_SQUARES = 40
"""Along each side of a table, by which its cells are looked up."""


class TextLine(NamedTuple):
    """A line of text, how high on the page it stands, and on which page."""

    text: str
    bottom: float
    page: int


class TableRow(NamedTuple):
    """A row of a table that lines rule: the texts of its cells, where its columns begin, and on which page it
    begins."""

    cells: tuple[str, ...]
    lefts: tuple[int, ...]
    page: int


Part = TextLine | TableRow


def parts_of(page: PdfPage, text: PdfTextPage, number: int) -> list[Part]:
    """The lines of the page of that number, and the rows of its tables where they stand among them."""
    tables = [_RuledTable(cells) for cells in tables_of(rules_of(page))]
    order: list[_RuledTable | list[Letter]] = []
    table: _RuledTable | None = None
    for letter in without_doubled_letters(text):
        if not is_mark(letter):
            table = next((one for one in tables if one.takes(letter)), None)
        elif table is not None:
            table.goes_with(letter)
        if table is None:
            if not order or isinstance(order[-1], _RuledTable):
                order.append([])
            order[-1].append(letter)  # type: ignore[union-attr]
        elif table not in order:
            order.append(table)
    parts: list[Part] = []
    for one in order:
        parts += one.rows(number) if isinstance(one, _RuledTable) else _joined(list(lines_of(one)), number)
    return parts


class _RuledTable:
    """A table that is being filled: letters by the cell that they stand in."""

    def __init__(self, cells: Sequence[TableCell]) -> None:
        self.box = TableCell(
            min(one.left for one in cells),
            min(one.bottom for one in cells),
            max(one.right for one in cells),
            max(one.top for one in cells),
        )
        self.cells: dict[TableCell, list[Letter]] = {one: [] for one in cells}
        self.last: TableCell | None = None
        # a page may have thousands of both letters and cells: cells are looked up by squares of the table
        self.near: dict[tuple[int, int], list[TableCell]] = {}
        for one in cells:
            (first, lowest), (last, highest) = self.square(*one[:2]), self.square(*one[2:])
            for square in product(range(first, last + 1), range(lowest, highest + 1)):
                self.near.setdefault(square, []).append(one)

    def square(self, x: float, y: float) -> tuple[int, int]:
        """The square of the table that a point lies in."""
        left, bottom, right, top = self.box
        return int(_SQUARES * (x - left) / (right - left)), int(_SQUARES * (y - bottom) / (top - bottom))

    def takes(self, letter: Letter) -> bool:
        """Whether the letter stands in a cell, which has it then."""
        x, y = (letter.left + letter.right) / 2, (letter.bottom + letter.top) / 2
        if not self.box.holds(x, y):
            return False
        cell = self.last
        if cell is None or not cell.holds(x, y):
            cell = next((one for one in self.near.get(self.square(x, y), ()) if one.holds(x, y)), None)
        if cell is None:
            return False
        self.cells[cell].append(letter)
        self.last = cell
        return True

    def goes_with(self, mark: Letter) -> None:
        """Adds a mark to the letter before it: it may reach over the edge of the cell."""
        if self.last is not None:
            self.cells[self.last].append(mark)

    def rows(self, page: int) -> list[Part]:
        """The rows; of a frame around text, which has one column, its lines."""
        filled = {cell: lines for cell, letters in self.cells.items() if (lines := list(lines_of(letters)))}
        table = by_row(list(filled))
        if not table or len(table[0]) < 2:
            return [part for row in table for cell in row if cell for part in _joined(filled[cell], page)]
        lefts = tuple(
            round(min(row[n].left for row in table if row[n]))  # type: ignore[union-attr]
            for n in range(len(table[0]))
        )
        rows: list[Part] = []
        for row in table:
            cells = []
            for cell in row:
                text = ""
                for line in filled[cell] if cell else ():
                    text = _together(text, " ".join(line.text.replace("|", " ").split()))
                cells.append(text)
            rows.append(TableRow(tuple(cells), lefts, page))
        return rows


def _joined(lines: list[PageLine], page: int) -> list[TextLine]:
    """The lines, each with those that go on with it because it is full."""
    reach = max((one.right for one in lines), default=0.0)
    told: list[TextLine] = []
    for n, line in enumerate(lines):
        if n and _goes_on(lines[n - 1], line, lines, reach):
            told[-1] = TextLine(_together(told[-1].text, line.text), line.bottom, page)
        else:
            told.append(TextLine(line.text, line.bottom, page))
    return told


def text_of_parts(parts: Sequence[Part]) -> str:
    """The text of a document: each row of a table a line, with bars around its cells."""
    return "\n".join(
        part.text if isinstance(part, TextLine) else f"| {' | '.join(part.cells)} |" for part in parts
    )


def one_after_the_other(pages: Sequence[Sequence[Part]]) -> list[Part]:
    """The parts of all pages; a table that goes on over the end of a page is one."""
    parts: list[Part] = []
    for page in pages:
        last = takewhile(lambda one: isinstance(one, TableRow), reversed(parts))
        above = [one for one in last if isinstance(one, TableRow)][::-1]
        first = takewhile(lambda one: isinstance(one, TableRow), page)
        rows = [one for one in first if isinstance(one, TableRow)]
        has_same_columns = (
            above
            and rows
            and len(above[-1].lefts) == len(rows[0].lefts)
            and all(abs(a - b) <= 2 for a, b in zip(above[-1].lefts, rows[0].lefts, strict=True))
        )
        if has_same_columns:
            del parts[len(parts) - len(above) :]
            parts += [*_gone_on(above, rows), *page[len(rows) :]]
        else:
            parts += page
    return parts


def _gone_on(above: list[TableRow], below: list[TableRow]) -> list[TableRow]:
    """The rows of a table on two pages: heads that are printed again are told once, and a row that the end
    of the page cuts is one."""
    pairs = zip(above, below, strict=False)
    heads = sum(1 for _ in takewhile(lambda pair: pair[0].cells == pair[1].cells, pairs))
    above, below = list(above), below[heads:]
    if not below:
        return above
    others = [*above[heads or 1 : -1], *below[1:]]
    filled = [n for n in range(len(above[0].cells)) if others and all(row.cells[n] for row in others)]
    first, last = below[0], above[-1]
    if any(not first.cells[n] or not last.cells[n] for n in filled):
        cells = (_together(a, b) for a, b in zip(last.cells, first.cells, strict=True))
        above[-1] = last._replace(cells=tuple(cells))
        return above + below[1:]
    # a cell over several rows, which the end of the page cuts, is whole: those of its column begin with a
    # code or a number, and what stands on top of the next page does not
    for n, text in enumerate(below[0].cells):
        begun = [m for m, row in enumerate(above) if m >= (heads or 1) and row.cells[n]]
        if not text or _BEGINS.match(text) or not begun:
            continue
        if all(_BEGINS.match(above[m].cells[n]) for m in begun):
            row = above[begun[-1]]
            above[begun[-1]] = row._replace(cells=_with(row.cells, n, _together(row.cells[n], text)))
            below[0] = below[0]._replace(cells=_with(below[0].cells, n, ""))
    return above + (below if any(below[0].cells) else below[1:])


def _with(cells: tuple[str, ...], n: int, text: str) -> tuple[str, ...]:
    return (*cells[:n], text, *cells[n + 1 :])


def _together(above: str, below: str) -> str:
    """The two parts of a text; Thai has no blank where it is broken."""
    is_thai = above and below and THAI.match(above[-1]) and THAI.match(below[0])
    return above + below if is_thai else f"{above} {below}".strip()


def _goes_on(line: PageLine, below: PageLine, lines: Sequence[PageLine], reach: float) -> bool:
    """Whether a line was broken at its end: the next one stands right below, and begins with a word that it
    had no room for, to the end of its column or to what stands beside it."""
    stands_below = 0 < line.bottom - below.bottom < _PITCH * line.height
    if not stands_below or not line.left - _ROOM * line.height < below.left < line.right:
        return False
    if _BEGINS.match(below.text):
        return False
    beside = (
        one.left
        for one in lines
        if one.left > line.right and abs(one.bottom - line.bottom) < _PITCH * line.height and one.text
    )
    is_thai = THAI.match(below.text)
    word = min(below.word, _ROOM * line.height) if is_thai else below.word
    return min([reach, *beside]) - line.right < word + GAP * line.height

"""Rows of located cells, read from a workbook or a CSV file, before they are compared with the bank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from examgen.bank.workbook.columns import field_of, heading_of
from examgen.core.problems import Problem, Severity
from examgen.core.words import Message, command, tell

HEADING_LINES = 20
"""The number of lines at the top in which headings are searched for."""

_FEWEST_HEADINGS = 3
_FIRST = ("id", "pcs", "levels", "cognitive", "status", "stem", "options.a")


class ItemCell(NamedTuple):
    """A cell: its text and location, the fault that prevents reading it as text, a note on non-text content,
    and the heading of its column.
    """

    text: str
    where: str
    fault: tuple[str, Message] | None = None
    note: str = ""
    heading: str | None = None

    def problem(
        self,
        code: str,
        message: Message,
        item: str | None = None,
        field: str | None = None,
        severity: Severity = "error",
    ) -> Problem:
        """Return a problem located at this cell."""
        return Problem(self.where, code, message, item, field, severity, self.heading)


class ItemRow(NamedTuple):
    """A line of the file: where it begins, and its cells by field."""

    where: str
    cells: dict[str, ItemCell]
    hidden: bool = False


class RecordedItem(NamedTuple):
    """An item as exported: the hash of all its data, and the digest of each cell."""

    whole: str
    cells: dict[str, str]


class ExportRecord(NamedTuple):
    """The exported unit, and its items at that time."""

    unit: str
    items: dict[str, RecordedItem]


class ItemTable(NamedTuple):
    """Every line with an item, the record of the export, and the problems."""

    rows: tuple[ItemRow, ...]
    record: ExportRecord | None
    problems: tuple[Problem, ...]


class SheetGrid(NamedTuple):
    """One sheet, sparse: lines by number, with their cells by column."""

    name: str
    lines: Mapping[int, Mapping[int, ItemCell]]
    hidden: frozenset[int] = frozenset()


class Heads(NamedTuple):
    """The headings of a sheet: the last line they take up, the field of each column, and each heading as
    written, in one language or both.
    """

    last: int
    fields: dict[int, str]
    problems: list[Problem]
    written: dict[int, str]


def rows_of(grid: SheetGrid) -> tuple[list[ItemRow], list[Problem]] | None:
    """Return the lines below the headings of a sheet; None if it has no headings."""
    heads = find_heads(grid)
    if heads is None:
        return None
    rows = []
    for number in sorted(n for n in grid.lines if n > heads.last):
        line = grid.lines[number]
        cells = {field: line[n] for n, field in heads.fields.items() if n in line}
        if any(cell.text.strip() or cell.fault for cell in cells.values()):
            # The line with every column that the sheet has: an empty cell is there too.
            full = {
                field: (cells.get(field) or ItemCell("", place(grid.name, number, n)))._replace(
                    heading=heads.written[n]
                )
                for n, field in heads.fields.items()
            }
            rows.append(ItemRow(place(grid.name, number, min(heads.fields)), full, number in grid.hidden))
    return rows, heads.problems


def place(sheet: str, row: int, column: int) -> str:
    """Return the location of a cell, such as `FILE.xlsx:sheet!B3`."""
    return f"{sheet}!{column_letter(column)}{row}"


def column_letter(column: int) -> str:
    """Return the letters of a column: A for 1, AA for 27."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def find_heads(grid: SheetGrid) -> Heads | None:
    """Return the headings: the first line that names enough fields, and the second language on the line below
    it.
    """
    top = sorted(grid.lines)[:HEADING_LINES]
    for n, number in enumerate(top):
        fields = _fields(grid.lines[number])
        if len(set(fields.values())) < _FEWEST_HEADINGS or not {"stem", "id"} & set(fields.values()):
            continue
        last = number
        if n + 1 < len(top) and _says_the_same(fields, more := _fields(grid.lines[top[n + 1]])):
            last, fields = top[n + 1], more | fields
        # Fields by column, with problems for a field that two columns name and for unknown headings
        problems = []
        for column, cell in sorted(grid.lines[number].items()):
            if column not in fields and (text := cell.text.strip()):
                message = tell("column {cell!r} is not an item column and was not read", cell=text)
                problems.append(Problem(cell.where, "column-unknown", message, severity="notice"))
        kept: dict[int, str] = {}
        for column, field in sorted(fields.items()):
            if field in kept.values():
                first = next(n for n, other in kept.items() if other == field)
                message = tell(
                    "means “{heading}”, as column {column_letter} does. Keep one of them.",
                    heading=heading_of(field),
                    column_letter=column_letter(first),
                )
                where, shown = place(grid.name, number, column), _written(grid, (number,), column)
                problems.append(Problem(where, "column-twice", message, field=field, heading=shown or None))
            else:
                kept[column] = field
        written = {n: _written(grid, dict.fromkeys((number, last)), n) for n in kept}
        return Heads(last, kept, problems, written)
    return None


def _written(grid: SheetGrid, numbers: Iterable[int], column: int) -> str:
    """Return the text above a column, on one line."""
    texts = (grid.lines[number][column].text for number in numbers if column in grid.lines[number])
    return " ".join(" ".join(texts).split())


def _says_the_same(one: Mapping[int, str], other: Mapping[int, str]) -> bool:
    """Return whether a second line names the same fields in at least three columns."""
    both = [one[n] == other[n] for n in one.keys() & other.keys()]
    return len(both) >= _FEWEST_HEADINGS and all(both)


def _fields(line: Mapping[int, ItemCell]) -> dict[int, str]:
    named = ((n, field_of(cell.text)) for n, cell in line.items() if cell.text.strip())
    return {n: field for n, field in named if field}


def no_headings(name: str, sheets: Sequence[str]) -> Problem:
    """Return the problem that no sheet of a file has headings."""
    where = tell(" on any sheet ({sheets})", sheets=", ".join(sheets)) if sheets else ""
    message = tell(
        "has no header row{where}. Write {first} … on the first line, each in Thai or in "
        "English, or begin with {command}.",
        where=where,
        first=", ".join(map(heading_of, _FIRST)),
        command=command("bank export"),
    )
    return Problem(name, "no-headings", message)

"""Rows of located cells, read from a workbook or a CSV file, before they are compared with the bank."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
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


Lines = Mapping[int, Mapping[int, ItemCell]]
"""The filled cells of a sheet, by the numbers of their line and column."""


class Heads(NamedTuple):
    """The headings of a sheet: the last line they take up, the field of each column, each heading as written,
    in one language or both, and the faults of headings.
    """

    last: int
    fields: dict[int, str]
    written: dict[int, str]
    problems: list[Problem]


def rows_of(sheet: str, lines: Lines, heads: Heads, hidden: Container[int] = ()) -> Iterator[ItemRow]:
    """Yield the filled lines below the headings of a sheet, each with every column that the sheet has."""
    for number in sorted(n for n in lines if n > heads.last):
        line = lines[number]
        cells = {
            field: line.get(n, ItemCell("", place(sheet, number, n)))._replace(heading=heads.written[n])
            for n, field in heads.fields.items()
        }
        if any(cell.text.strip() or cell.fault for cell in cells.values()):
            yield ItemRow(place(sheet, number, min(heads.fields)), cells, number in hidden)


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


def find_heads(sheet: str, lines: Lines) -> Heads | None:
    """Return the headings: the first line that names enough fields, and the second language on the line below
    it.
    """
    top = sorted(lines)[:HEADING_LINES]
    for n, number in enumerate(top):
        fields = _fields(lines[number])
        named = set(fields.values())
        if len(named) < _FEWEST_HEADINGS or not {"stem", "id"} & named:
            continue
        last, below = number, _fields(lines[top[n + 1]]) if n + 1 < len(top) else {}
        both = [fields[column] == below[column] for column in fields.keys() & below.keys()]
        if len(both) >= _FEWEST_HEADINGS and all(both):
            last, fields = top[n + 1], below | fields

        def written(column: int, *numbers: int) -> str:
            texts = (lines[one][column].text for one in numbers if column in lines[one])
            return " ".join(" ".join(texts).split())

        problems = []
        for column, cell in sorted(lines[number].items()):
            if column not in fields and (text := cell.text.strip()):
                message = tell("column {cell!r} is not an item column and was not read", cell=text)
                problems.append(Problem(cell.where, "column-unknown", message, severity="notice"))
        first: dict[str, int] = {}
        for column, field in sorted(fields.items()):
            if first.setdefault(field, column) != column:
                message = tell(
                    "means “{heading}”, as column {column_letter} does. Keep one of them.",
                    heading=heading_of(field),
                    column_letter=column_letter(first[field]),
                )
                where, shown = place(sheet, number, column), written(column, number) or None
                problems.append(Problem(where, "column-twice", message, field=field, heading=shown))
        kept = {column: field for field, column in first.items()}
        lines_of_heads = dict.fromkeys((number, last))
        return Heads(last, kept, {column: written(column, *lines_of_heads) for column in kept}, problems)
    return None


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

"""`bank import` of tables: a spreadsheet of other people's columns → its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from examgen.bank.workbook.reading import otherwise_seen, shown_number
from examgen.core.files import read_input
from examgen.core.problems import Problem, Refused, has_errors
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import LARGEST_BYTES, Table, number_text
from examgen.core.tables.sheets import WorkbookFault, open_workbook
from examgen.core.words import Message, either, joined, listed, option, tell, tell_n
from examgen.core.yamlfile import read_document
from examgen.interchange.questions import QuestionFile
from examgen.interchange.tables.columns import (
    KEY_IS,
    NO_OPTIONS,
    ROLES,
    ColumnOptions,
    QuestionColumns,
    QuestionRow,
    asks_of,
    columns_of,
    heading_of,
    missing_places,
    rows_of,
)
from examgen.interchange.tables.rows import read_rows

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

TABLE = "table"
"""The name of the format."""


def read_table(path: Path, columns: Path | None) -> QuestionFile:
    """The questions of a CSV, XLSX or Parquet file, by the headings of its columns and what `columns` says.

    Of a workbook every sheet with headings of questions is read, others are named. Raises Refused where a
    column cannot be told: with all columns, and the lines of the file that says what they are.
    """
    said = _said(columns) if columns else NO_OPTIONS
    reading = QuestionFile(TABLE)
    data = read_input(path)
    tables = open_tables(path.name, data)
    otherwise = _otherwise_seen(data) if data.startswith(b"PK") else {}
    if not tables:
        message = tell("the file is empty. It needs headings and one question per row.")
        raise Refused(tell("{path} has no rows", path=path.name), [Problem(path.name, "empty-file", message)])

    def told(table: Table) -> tuple[int, int, int]:
        found = _headed(table, said)
        return (
            len(found.lacking),
            len(found.unknown),
            -len(found.options) - sum(map(len, found.roles.values())),
        )

    sheets = [table for table in tables if table.label.startswith("sheet ")]
    if not sheets:  # of the ways to part the lines of a text the one whose headings tell most
        _read(min(tables, key=told), said, path.name, reading, {})
        return reading
    usable = [one for one in sheets if not _headed(one, said).lacking]
    for table in usable or sheets[:1]:
        name = path.name if len(sheets) == 1 else f"{path.name}, {table.label}"
        _read(table, said, name, reading, otherwise)
    if usable and len(usable) < len(sheets):
        others = listed(one.label for one in sheets if one not in usable)
        reading.notes.append(tell("{sheets} contain no questions that can be read", sheets=others))
    return reading


def _headed(table: Table, said: ColumnOptions) -> QuestionColumns:
    """Which column of a table is what, by its headings and what is said of them."""
    rows = _rows(table)
    return columns_of(rows[heading_of(rows, said)].cells, said)


def _rows(table: Table, width: int | None = None) -> list[QuestionRow]:
    records = [table.header, *table.body(width or len(table.header.fields))]
    return [row for row in rows_of(records) if any(cell.strip() for cell in row.cells)]


def _otherwise_seen(data: bytes) -> dict[tuple[str, int], Message]:
    """Return, by sheet and row, the first cell of a workbook that displays something else than it stores."""
    found: dict[tuple[str, int], Message] = {}
    with suppress(WorkbookFault):  # which the reader of tables tells
        for sheet in open_workbook(data, LARGEST_BYTES, values=True, rich_text=True).values():
            for number, written in sheet.rows():
                why = ((cell.coordinate, _seen_as(cell)) for cell in written)
                if faulty := next(((name, fault) for name, fault in why if fault is not None), None):
                    cell_why = tell("its cell {cell} {why}", cell=faulty[0], why=faulty[1])
                    found[sheet.title, number] = cell_why
    return found


def _seen_as(cell: ReadOnlyCell) -> Message | None:
    """Why a person sees something else in a cell than is read of it."""
    value = cell.value
    if (why := otherwise_seen(cell)) is not None or not isinstance(value, int | float):
        return why
    is_padded = not str(cell.number_format).strip("0")  # as tables are read, too
    if isinstance(value, bool) or is_padded or (shown := shown_number(cell)) == number_text(value):
        return None
    return tell(
        "contains the number {value!r}, shown as {shown!r}. Format the cell as text and type it again.",
        value=value,
        shown=shown,
    )


def _read(
    table: Table,
    said: ColumnOptions,
    name: str,
    reading: QuestionFile,
    otherwise: Mapping[tuple[str, int], Message],
) -> None:
    """Reads a table into the reading. Raises Refused where a column cannot be told."""
    rows = _rows(table)
    at = heading_of(rows, said)
    header = rows[at].cells
    if len(header) != len(table.header.fields):
        rows = _rows(table, len(header))
        at = heading_of(rows, said)
    below = [row._replace(otherwise=otherwise.get((table.sheet, row.line))) for row in rows[at + 1 :]]
    columns = columns_of(header, said)
    if lost := missing_places(header, said):
        message = tell(
            "{columns} refers to {lost}. The columns are {there}.",
            lost=listed(lost),
            there=_shown(header),
            columns=option("columns", command="bank import"),
        )
        raise Refused(
            tell("{name}: the columns are not recognised", name=name),
            [Problem(name, "columns-unknown", message)],
        )
    if asks := asks_of(header, below, columns):
        source = f"{name}:{rows[at].line}"
        problems = []
        if asks.headings:
            message = tell(
                "unknown column {headings}. The columns are {there}.",
                headings=either(f"`{one}`" for one in asks.headings),
                there=_shown(header),
            )
            problems.append(Problem(source, "columns-unknown", message))
        if asks.lacking:
            message = tell(
                "no column for {lacking}. The columns are {there}.",
                lacking=listed(asks.lacking),
                there=_shown(header),
            )
            problems.append(Problem(source, "columns-lacking", message))
        raise Refused(
            tell("{source}: the columns are not recognised", source=source),
            problems,
            advice=[
                tell(
                    "use the column headings of the workbook for item writers, or describe "
                    "the columns in a file ({columns}), where `leave` lists columns to "
                    "skip:\n{lines}",
                    lines=asks.lines,
                    columns=option("columns", "FILE", command="bank import"),
                )
            ],
        )
    read_rows(below, columns, said, name, reading)
    left = [
        header[column] or str(column + 1)
        for column in columns.roles.get("leave", ())
        if any(column < len(row.cells) and row.cells[column].strip() for row in below)
    ]
    if left:
        reading.notes.append(
            tell_n(
                "column {left} is skipped",
                "columns {left} are skipped",
                len(left),
                left=listed(f"`{one}`" for one in left),
            )
        )


def _shown(header: Sequence[str]) -> str:
    return joined(f"`{name.strip()[:40]}`" for name in header if name.strip())


def _said(path: Path) -> ColumnOptions:
    """Read a columns file. Raises Refused with every fault."""
    data: Any = read_document(path, tell("the columns file")).data
    source = str(path)
    known = (*ROLES, "key_is", "heading")
    if not isinstance(data, Mapping):
        message = tell("write {example}", example="`stem: Question`, `options: [A, B, C, D]`, `key: Answer`")
        raise Refused(
            tell("{source} does not describe columns", source=source),
            [Problem(source, "columns-file", message)],
        )
    problems = [
        Problem(
            source,
            "field-unknown",
            tell("`{name}` is unknown. Use {fields}.", name=name, fields=", ".join(known)),
            field=str(name),
        )
        for name in data
        if name not in known
    ]
    roles = {name: data[name] for name in ROLES if data.get(name) is not None}
    for name, places in roles.items():
        for place in places if isinstance(places, list) else [places]:
            if isinstance(place, bool) or not isinstance(place, str | int) or place in ("?", ""):
                message = tell(
                    "`{name}` is {place!r}. Write a heading, or the number of a column from 1.",
                    name=name,
                    place=place,
                )
                problems.append(Problem(source, "columns-file", message, field=name))
    key_is, heading = data.get("key_is"), data.get("heading")
    if key_is is not None and key_is not in KEY_IS:
        message = tell("`key_is` must be {known}", known=either(KEY_IS))
        problems.append(Problem(source, "columns-file", message, field="key_is"))
    if heading is not None and not (isinstance(heading, int) and heading > 0):
        message = tell("`heading` must be the number of a line, from 1")
        problems.append(Problem(source, "columns-file", message, field="heading"))
    if problems:
        raise has_errors(source, problems)
    return ColumnOptions(roles, key_is, heading)

"""Reads tables for `bank import`: spreadsheets of questions with columns of any name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, ValidationInfo, create_model

from examgen.bank.workbook.reading import otherwise_seen, shown_number
from examgen.core.files import read_input
from examgen.core.foreign import Archive, xml
from examgen.core.models.field_types import Model
from examgen.core.problems import Problem, Refused, has_errors
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import LARGEST_BYTES, Table, number_text
from examgen.core.tables.sheets import WorkbookFault, open_workbook
from examgen.core.words import Message, either, joined, listed, option, tell, tell_n
from examgen.core.yamlfile import read_document, validate
from examgen.interchange.markup import shortened
from examgen.interchange.question_context import Rubric, under
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

_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b[^<>]*\bhidden="(?:1|true)"')
TABLE = "table"
"""The name of the format."""


def read_table(path: Path, columns: Path | None) -> QuestionFile:
    """Read the questions of a CSV, XLSX or Parquet file, by the headings of its columns and the file
    `columns`.

    In a workbook, every sheet with headings of questions is read; the others are listed. Raises Refused if a
    column is not recognised, with all columns and a draft of the file that describes them.
    """
    said = _said(columns) if columns else NO_OPTIONS
    reading = QuestionFile(TABLE)
    data = read_input(path)
    tables = open_tables(path.name, data, may_be_struck=True)
    looks = _looks(data, reading) if data.startswith(b"PK") else _SheetLooks({}, {}, frozenset())
    if not tables:
        message = tell("the file is empty. It needs headings and one question per row.")
        raise Refused.because(
            "{path} has no rows", [Problem(path.name, "empty-file", message)], path=path.name
        )

    def told(table: Table) -> tuple[int, int, int]:
        found = _headed(table, said)
        return (
            len(found.lacking),
            len(found.unknown),
            -len(found.options) - sum(map(len, found.roles.values())),
        )

    sheets = [table for table in tables if table.label.startswith("sheet ")]
    if hidden := [table for table in sheets if table.sheet in looks.hidden]:
        names = listed(one.label for one in hidden)
        reading.notes.append(tell("hidden sheets are not read: {sheets}", sheets=names))
        sheets = [table for table in sheets if table not in hidden]
    if not sheets:  # of the ways to part the lines of a text the one whose headings tell most
        _read(min(tables, key=told), said, path.name, reading, looks)
        return reading
    usable = [one for one in sheets if not _headed(one, said).lacking]
    for table in usable or sheets[:1]:
        name = path.name if len(sheets) == 1 else f"{path.name}, {table.label}"
        _read(table, said, name, reading, looks)
    if usable and len(usable) < len(sheets):
        others = listed(one.label for one in sheets if one not in usable)
        reading.notes.append(tell("{sheets} contain no questions that can be read", sheets=others))
    return reading


def _headed(table: Table, said: ColumnOptions) -> QuestionColumns:
    """Return the meaning of each column of a table, by its heading and the user's description."""
    rows = _rows(table)
    return columns_of(rows[heading_of(rows, said)].cells, said)


def _rows(table: Table, width: int | None = None) -> list[QuestionRow]:
    records = [table.header, *table.body(width or len(table.header.fields))]
    return [row for row in rows_of(records) if any(cell.strip() for cell in row.cells)]


class _SheetLooks(NamedTuple):
    """The visible features of a workbook besides its values, by sheet and row.

    `otherwise` has a cell that displays something other than its value; `emphasised` has the columns (from 0)
    of cells with their own background, colour or bold letters.
    """

    otherwise: dict[tuple[str, int], Message]
    emphasised: dict[tuple[str, int], frozenset[int]]
    hidden: frozenset[str]


def _looks(data: bytes, reading: QuestionFile) -> _SheetLooks:
    """Return the visible features of a workbook; its comments are added to the notes."""
    found = _SheetLooks({}, {}, frozenset())
    with suppress(WorkbookFault):  # which the reader of tables tells
        sheets = open_workbook(data, LARGEST_BYTES, values=True, rich_text=True)
        found = found._replace(hidden=frozenset(name for name, one in sheets.items() if not one.is_visible))
        for sheet in sheets.values():
            for number, written in sheet.rows():
                at = (sheet.title, number)
                found.emphasised[at] = frozenset(one.column - 1 for one in written if _is_emphasised(one))
                why = ((cell.coordinate, _seen_as(cell)) for cell in written)
                if faulty := next(((name, fault) for name, fault in why if fault is not None), None):
                    found.otherwise[at] = tell("its cell {cell} {why}", cell=faulty[0], why=faulty[1])
            for number in sheet.hidden:
                found.otherwise[sheet.title, number] = tell("its row is hidden. Show it, or delete it.")
    with suppress(Refused):
        archive = Archive(data, TABLE)
        parts = [
            name for name in archive.members if name.startswith("xl/worksheets/") and name.endswith(".xml")
        ]
        if any(_HIDDEN_COLUMN.search(archive.read(name)) for name in parts):
            reading.notes.append(tell("has hidden columns, which are read, too"))
        comments = [
            f"{one.get('ref')}: {' '.join(''.join(one.itertext()).split())[:80]}"
            for member in archive.members
            if re.match(r"xl/(?:comments/?)?comments?\d*\.xml$", member)
            for one in xml(archive.read(member), member).iter("{*}comment")
        ]
        if comments:
            reading.notes.append(
                tell("comments on cells are left out: {comments}", comments=joined(comments, "; "))
            )
    return found


def _is_emphasised(cell: ReadOnlyCell) -> bool:
    """Return whether a cell has a background, or letters that are bold or not black."""
    if not cell.has_style or cell.value is None:
        return False
    colour = cell.font.color
    is_coloured = colour is not None and colour.type == "rgb" and str(colour.rgb)[2:] != "000000"
    return bool(_has_ground(cell) or is_coloured or cell.font.b)


def _has_ground(cell: ReadOnlyCell) -> bool:
    """Return whether a cell has a background that is not white."""
    fill: Any = cell.fill  # a gradient has no type of pattern
    kind = getattr(fill, "fill_type", "gradient")
    return kind not in (None, "none") and not (kind == "solid" and str(fill.fgColor.rgb)[2:] == "FFFFFF")


def _seen_as(cell: ReadOnlyCell) -> Message | None:
    """Return why a person sees something other than the value of a cell; None if not."""
    value = cell.value
    colour = cell.font.color if cell.has_style else None
    is_white = colour is not None and (
        str(colour.rgb)[2:] == "FFFFFF" or (colour.type, colour.theme) == ("theme", 0)
    )
    if value is not None and (is_white and not _has_ground(cell)):
        return tell("has white letters. Set them in black, or delete them.")
    if str(cell.number_format).strip("@") in (";;;", ";;", ";"):
        return tell("has a format that hides its value. Format the cell as text.")
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
    looks: _SheetLooks,
) -> None:
    """Add the questions of a table to the reading. Raises Refused if a column is not recognised."""
    rows = _rows(table)
    at = heading_of(rows, said)
    header = rows[at].cells
    if len(header) != len(table.header.fields):
        rows = _rows(table, len(header))
        at = heading_of(rows, said)
    below = [
        row._replace(
            otherwise=looks.otherwise.get((table.sheet, row.line)),
            emphasised=looks.emphasised.get((table.sheet, row.line), frozenset()),
        )
        for row in rows[at + 1 :]
    ]
    columns = columns_of(header, said)
    if lost := missing_places(header, said):
        message = tell(
            "{columns} refers to {lost}. The columns are {there}.",
            lost=listed(lost),
            there=_shown(header),
            columns=option("columns", command="bank import"),
        )
        raise Refused.because(
            "{name}: the columns are not recognised", [Problem(name, "columns-unknown", message)], name=name
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
    n = len(reading.questions)
    read_rows(below, columns, said, name, reading)
    rubric = Rubric()
    if above := " / ".join(cell.strip() for row in rows[:at] for cell in row.cells if cell.strip()):
        reading.notes.append(
            tell("lines above the headings are left out: {lines}", lines=shortened(above, 300))
        )
        rubric.read(above)
    reading.questions[n:] = [under(one, rubric.over_next()) for one in reading.questions[n:]]
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


def _places(value: Any, info: ValidationInfo) -> Any:
    for place in value if isinstance(value, list) else [value]:
        if isinstance(place, bool) or not isinstance(place, str | int) or place in ("?", ""):
            raise ValueError(
                tell(
                    "`{name}` is {place!r}. Write a heading, or the number of a column from 1.",
                    name=info.field_name,
                    place=place,
                )
            )
    return value


_FIELDS: dict[str, Any] = {
    **dict.fromkeys(ROLES, (Annotated[Any, AfterValidator(_places)], None)),
    "key_is": (Literal[KEY_IS] | None, None),
    "heading": (Annotated[int, Field(strict=True, gt=0)] | None, None),
}
_ColumnsFile: Any = create_model("ColumnsFile", __base__=Model, **_FIELDS)


def _said(path: Path) -> ColumnOptions:
    """Read a columns file. Raises Refused with every fault."""
    document = read_document(path, tell("the columns file"))
    found, problems = validate(document, [], document.data, _ColumnsFile)
    if found is None:
        raise has_errors(path, problems)
    said = found.model_dump(exclude_none=True)
    key_is, heading = said.pop("key_is", None), said.pop("heading", None)
    return ColumnOptions(said, key_is, heading)

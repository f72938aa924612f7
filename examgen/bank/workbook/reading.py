"""Reads a workbook or a CSV file into an `ItemTable`: texts with their location, and a fault for every cell
that is not plain text.

A CSV file may be UTF-8, UTF-16 or CP874, with comma, semicolon, tab or bar as separator.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from typing import Any

from openpyxl.cell.rich_text import CellRichText

from examgen.bank.workbook.columns import ITEM_SHEET, RECORD_MARK, RECORD_SHEET, RECORD_VERSION
from examgen.bank.workbook.table import (
    ExportRecord,
    Heads,
    ItemCell,
    ItemRow,
    ItemTable,
    Lines,
    RecordedItem,
    find_heads,
    no_headings,
    place,
    rows_of,
)
from examgen.bank.workbook.texts import restore
from examgen.core.problems import Problem, Refused
from examgen.core.tables.sheets import Sheet, WorkbookFault, open_workbook
from examgen.core.words import Message, tell

_DELIMITERS = ",;\t|"


def read_csv(data: bytes, name: str) -> ItemTable:
    """Return the lines of a CSV file, parted by the sign with which most headings are known."""
    text, notices = _decoded(data, name)
    headed: list[tuple[Heads, Lines]] = []
    faults: list[Problem] = []
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            records = list(reader)
        except csv.Error as error:
            message = tell(
                "is not valid CSV here ({error}). Close the quotes, or save it as .xlsx.", error=error
            )
            faults.append(Problem(f"{name}:line {reader.line_num}", "csv-broken", message))
            continue
        lines = {
            row: {
                column: ItemCell(restore(value), place(name, row, column))
                for column, value in enumerate(record, 1)
                if value
            }
            for row, record in enumerate(records, 1)
        }
        if heads := find_heads(name, lines):
            headed.append((heads, lines))
        elif delimiter == _DELIMITERS[0]:
            faults.append(no_headings(name, []))
    if not headed:
        return ItemTable((), None, (*notices, faults[0]))
    best, cells = max(headed, key=lambda pair: len(pair[0].fields))
    return ItemTable(tuple(rows_of(name, cells, best)), None, (*notices, *best.problems))


def _decoded(data: bytes, name: str) -> tuple[str, list[Problem]]:
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp874"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        if encoding == "cp874":
            message = tell("was read as CP874 (Thai Windows). Check the texts, or save it as “CSV UTF-8”.")
            return text, [Problem(name, "encoding", message, severity="notice")]
        return text, []
    message = tell("is not UTF-8, UTF-16 or CP874 text. Save it as “CSV UTF-8” or as .xlsx.")
    raise Refused.because("nothing was imported", [Problem(name, "encoding", message)])


MOST_BYTES = 256 * 2**20
"""The maximum unpacked size of a workbook in bytes."""

_OLE = b"\xd0\xcf\x11\xe0"
_BUILTIN_SHOWN = re.compile(r"^(General|@|0+|0\.0+|#,##0|#,##0\.0+|0%|0\.0+%)$")


def read_table(data: bytes, name: str) -> ItemTable:
    """Return the lines of a workbook (.xlsx, .xlsm) or a CSV file, recognised by its bytes."""
    if not data.startswith((b"PK", _OLE)):
        return read_csv(data, name)
    try:
        return _read_workbook(data, name)
    except WorkbookFault as fault:
        code = {"too-large": "too-big", "cell-too-long": fault.code}.get(fault.code, "not-a-workbook")
        where = f"{name}:{fault.place}" if fault.place else name
        raise Refused.because("nothing was imported", [Problem(where, code, fault.message)]) from fault


def _read_workbook(data: bytes, name: str) -> ItemTable:
    sheets = open_workbook(data, MOST_BYTES, rich_text=True)  # a formula as a formula
    rows: list[ItemRow] = []
    problems: list[Problem] = []
    read = []
    record, faults = _record(sheets, name)
    for sheet in sheets.values():
        at = f"{name}:{sheet.title}"
        lines = _lines(sheet, at) if sheet.is_visible else {}
        if (heads := find_heads(at, lines)) is None:
            continue
        if record and ITEM_SHEET in sheets and sheet.title != ITEM_SHEET:
            message = tell(
                "was not read, because items are read only from “{item_sheet}”", item_sheet=ITEM_SHEET
            )
            problems.append(Problem(at, "sheet-not-read", message, severity="notice"))
            continue
        _part_merged(sheet, at, lines, heads)
        rows += rows_of(at, lines, heads, sheet.hidden)
        problems += heads.problems
        read.append(sheet.title)
    if not read:
        problems.append(no_headings(name, list(sheets)))
    return ItemTable(tuple(rows), record, (*problems, *faults))


def _lines(sheet: Sheet, name: str) -> dict[int, dict[int, ItemCell]]:
    """Return the cells that are not empty."""
    lines = {
        row: {
            cell.column: _cell(cell, place(name, row, cell.column))
            for cell in written
            if cell.value is not None
        }
        for row, written in sheet.rows()
    }
    return {row: line for row, line in lines.items() if line}


def _part_merged(sheet: Sheet, name: str, lines: dict[int, dict[int, ItemCell]], heads: Heads) -> None:
    """Put the fault of merged cells below the headings into the first known column of their range."""
    for merged in sheet.merged:
        row = max(merged.top, heads.last + 1)
        known = [n for n in heads.fields if merged.left <= n <= merged.right]
        if merged.bottom > heads.last and known:
            message = tell(
                "the cells {cells} are merged. Unmerge them and fill in each cell.", cells=merged.name
            )
            cell = ItemCell("", place(name, row, merged.left), ("cell-merged", message))
            lines.setdefault(row, {})[min(known)] = cell


def _cell(cell: Any, where: str) -> ItemCell:
    value, fault, note = cell.value, None, ""
    text = _marked_up(value)
    if cell.data_type == "f":
        fault = "cell-formula", tell("contains a formula. Write the text (paste as values).")
    elif cell.data_type == "e":
        fault = "cell-error", tell("contains the error {error}. Write the text.", error=value)
    elif isinstance(value, bool):
        text, note = text.upper(), tell("is TRUE or FALSE")
    elif isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        message = tell(
            "contains the date {date}, because the spreadsheet converted what was typed. "
            "Format the cell as text and type it again.",
            date=value,
        )
        fault = "cell-date", message
    elif (seen := otherwise_seen(cell)) is not None:
        fault = "cell-number" if isinstance(value, int | float) else "cell-format", seen
    elif isinstance(value, int | float):
        text, note = shown_number(cell), tell("is a number")
    elif text != str(value):
        note = tell("has bold or italic words")
    return ItemCell(text if cell.data_type in "fe" else restore(text), where, fault, note)


def otherwise_seen(cell: Any) -> Message | None:
    """Return why a person sees something other than the value of a cell, such as raised, lowered or
    struck-out characters, or a number with its own format; None if not.
    """
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = str(cell.number_format)
        if _BUILTIN_SHOWN.match(shown.split(";", maxsplit=1)[0]):
            return None
        return tell(
            "contains the number {value!r}, shown as {shown!r}. Format the cell as text and type it again.",
            value=value,
            shown=shown,
        )
    if not isinstance(value, str | list):
        return None
    runs = value if isinstance(value, list) else []
    fonts = [run.font for run in runs if not isinstance(run, str) and run.font is not None]
    if raised := [one for one in fonts if one.vertAlign in ("superscript", "subscript")]:
        return tell(
            "has {characters}. Write them with their own signs (10³, H₂O) or as a formula ($10^3$).",
            characters=tell("raised characters")
            if raised[0].vertAlign == "superscript"
            else tell("lowered characters"),
        )
    if any(one.strike for one in fonts) or (cell.has_style and cell.font.strike):
        return tell("has struck-out characters. Delete them.")
    if cell.has_style and cell.font.vertAlign in ("superscript", "subscript"):
        return tell("is raised or lowered as a whole. Format the cell as plain text.")
    return None


def shown_number(cell: Any) -> str:
    """Return a number as its cell shows it, for the common formats."""
    value, form = cell.value, str(cell.number_format).split(";", maxsplit=1)[0]
    if form in ("General", "@"):
        return str(int(value)) if float(value).is_integer() else f"{value:.15g}"
    percent = form.endswith("%")
    whole, _, fraction = form.rstrip("%").partition(".")
    shown = f"{value:{',' if ',' in whole else ''}.{len(fraction)}{'%' if percent else 'f'}}"
    return shown.zfill(len(whole)) if whole.strip("0") == "" and value >= 0 else shown


def _marked_up(value: object) -> str:
    """Return the text of a cell, with bold and italic runs as Markdown."""
    if not isinstance(value, CellRichText):
        return str(value)
    runs: list[list[str]] = []
    for run in value:
        font = None if isinstance(run, str) else run.font
        mark = "" if font is None else ("**" if font.b else "") + ("*" if font.i else "")
        if runs and runs[-1][0] == mark:
            runs[-1][1] += str(run)
        else:
            runs.append([mark, str(run)])
    if len(runs) == 1:  # all of it in one style says nothing about any word
        return runs[0][1]
    marked = ""
    for mark, text in runs:
        words = text.strip()  # the mark is at the words, not at the blanks around them
        marked += text.replace(words, f"{mark}{words}{mark[::-1]}", 1) if mark and words else text
    return marked


def _record(sheets: dict[str, Sheet], name: str) -> tuple[ExportRecord | None, list[Problem]]:
    """Return the hidden record of the export; None if there is none."""
    if RECORD_SHEET not in sheets:
        return None, []
    lines = [[restore(str(value or "")) for value in line] for line in sheets[RECORD_SHEET].values()]
    if (
        len(lines) < 2
        or lines[0][:2] != [RECORD_MARK, RECORD_VERSION]
        or lines[1][:3] != ["id", "item", "whole"]
    ):
        message = tell(
            "its export data is from another version of examgen. Export again and copy your lines."
        )
        return None, [Problem(f"{name}:{RECORD_SHEET}", "record-unknown", message)]
    fields = lines[1][3:]
    items = {
        line[0]: RecordedItem(line[2], dict(zip(fields, line[3:], strict=False)))
        for line in lines[2:]
        if line[0]
    }
    return ExportRecord(lines[0][2], items), []

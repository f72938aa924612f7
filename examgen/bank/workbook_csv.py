"""Bytes of a CSV file → `Table`: UTF-8, UTF-16 or CP874; comma, semicolon, tab or bar."""

from __future__ import annotations

import csv
import io

from examgen.bank.workbook_table import Cell, Grid, Table, find_heads, no_headings, place, rows_of
from examgen.bank.workbook_text import restore
from examgen.problems import Problem, Refused

_DELIMITERS = ",;\t|"


def read_csv(data: bytes, name: str) -> Table:
    """The lines of a CSV file."""
    text, notices = _decoded(data, name)
    grids = [grid for delimiter in _DELIMITERS if (grid := _grid(text, delimiter, name))]
    headed = [(len(heads.fields), grid) for grid in grids if (heads := find_heads(grid))]
    if not headed:
        return Table((), None, (*notices, _unreadable(text, name) or no_headings(name, [])))
    best = max(headed, key=lambda pair: pair[0])[1]
    rows, problems = rows_of(best) or ([], [])
    return Table(tuple(rows), None, (*notices, *problems))


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
            message = "was read as CP874 (Thai Windows): look at the texts, or save it as “CSV UTF-8”"
            return text, [Problem(name, "encoding", message, severity="notice")]
        return text, []
    message = "is neither UTF-8, UTF-16 nor CP874 text: save it as “CSV UTF-8” or as .xlsx"
    raise Refused("nothing was imported", [Problem(name, "encoding", message)])


def _grid(text: str, delimiter: str, name: str) -> Grid | None:
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    lines = {
        row: {
            column: Cell(restore(value), place(name, row, column))
            for column, value in enumerate(record, 1)
            if value
        }
        for row, record in enumerate(records, 1)
    }
    return Grid(name, lines)


def _unreadable(text: str, name: str) -> Problem | None:
    """Where the quotes of the file do not close."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        message = f"is not a CSV here ({error}): close the quotes, or save it as .xlsx"
        return Problem(f"{name}:line {reader.line_num}", "csv-broken", message)
    return None

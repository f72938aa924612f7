"""Reads any table into columns, each as the distinct texts of its cells and an index for every row.

Reads CSV in any known encoding and delimiter, gzip, XLSX and Parquet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.problems import Problem, Refused
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import TableRecord, drop_invisible, unwrap, visible
from examgen.core.words import tell, tell_n

_ROWS = 20_000
MOST_COLUMNS = 100_000
"""The maximum number of columns of a table. A spreadsheet has 16,384; a file with twenty thousand items has
been analysed."""
_MOST_NAMED = 20
_FAULTS = {
    "undecodable": tell("contains bytes that are not text in the encoding of the file"),
    "broken_quote": tell("has a quotation mark that is never closed"),
}


class CodedColumn(NamedTuple):
    """A column of a table; `texts[codes[row]]` is the cell of a row, trimmed."""

    name: str
    texts: tuple[str, ...]
    codes: NDArray[np.int32]
    spaced: tuple[str, ...] = ()
    """Texts that occur both with and without space around them."""


class CodedTable(NamedTuple):
    """A table as read. `lines` has the line number of each row in the file."""

    label: str
    columns: tuple[CodedColumn, ...]
    lines: NDArray[np.int64] | range

    @property
    def n_rows(self) -> int:
        """The number of rows below the header."""
        return len(self.lines)


def read_coded(name: str, data: bytes, first: str = "") -> CodedTable:
    """Reads the only table of a file. Raises Refused with every row whose number of fields differs from the
    header.

    `first` is the name given to a first column without a name, such as the row names that R and pandas write.
    """
    tables = [table for table in open_tables(name, data) if not table.header.fault]
    if not tables:
        raise _refused(
            name, [Problem(name, "empty-file", tell("contains no table. Expected are a header and rows"))]
        )
    widest = max(tables, key=lambda table: len(table.header.fields))
    if others := [
        t for t in tables if t is not widest and len(t.header.fields) == len(widest.header.fields) > 1
    ]:
        labels = " and ".join(table.label for table in [widest, *others])
        message = tell("can be read in several ways ({labels}). Keep one table in the file", labels=labels)
        raise _refused(name, [Problem(name, "ambiguous-table", message)])
    names = _names(name, widest.header, first)
    codes = [_Codes() for _ in names]
    blocks: list[list[NDArray[np.int32]]] = [[] for _ in names]
    lines: list[int] = []
    problems: list[Problem] = []

    def good_rows() -> Iterator[Sequence[str]]:
        for record in widest.body(len(widest.header.fields)):
            fields = record.fields
            if len(fields) > len(names) and not any(map(_trimmed, fields[len(names) :])):
                fields = fields[: len(names)]
            if record.fault or len(fields) != len(names):
                message = tell(
                    "has {n} fields, but the header has {width}. Write the same number",
                    n=len(fields),
                    width=len(names),
                )
                message = _FAULTS.get(record.fault or "", message)
                problems.append(Problem(f"{name}:{record.line}", "row-unreadable", message))
                continue
            lines.append(record.line)
            yield fields

    rows = good_rows()
    while block := list(islice(rows, _ROWS)):
        for column, numbers, cells in zip(blocks, codes, zip(*block, strict=True), strict=True):
            column.append(np.fromiter(map(numbers.__getitem__, cells), np.int32, len(block)))
    if problems:
        raise _refused(name, problems)
    columns = tuple(
        CodedColumn(
            column, tuple(numbers.texts), np.concatenate([*block, np.empty(0, np.int32)]), numbers.spaced
        )
        for column, numbers, block in zip(names, codes, blocks, strict=True)
    )
    return CodedTable(widest.label, columns, np.array(lines, dtype=np.int64))


def _names(name: str, header: TableRecord, first: str) -> tuple[str, ...]:
    where = f"{name}:{header.line}" if header.line else name
    if len(header.fields) > MOST_COLUMNS:
        message = tell(
            "has {n:,} columns. At most {most:,} are allowed",
            n=len(header.fields),
            most=MOST_COLUMNS,
        )
        raise _refused(name, [Problem(where, "columns-too-many", message)])
    names = [visible(_trimmed(cell)) for cell in header.fields]
    while names and not names[-1]:
        names.pop()  # spreadsheets write delimiters past the end
    if names and not names[0] and first not in names:
        names[0] = first
    places: dict[str, list[int]] = defaultdict(list)
    for place, column in enumerate(names, start=1):
        places[column].append(place)
    problems = [
        Problem(
            where,
            "column-twice",
            tell(
                "columns {at} have the same name. Rename one of them",
                at=", ".join(map(str, at[:_MOST_NAMED])) + (", …" if len(at) > _MOST_NAMED else ""),
            ),
            field=c,
        )
        for c, at in places.items()
        if c and len(at) > 1
    ]
    problems += [
        Problem(
            where,
            "column-without-name",
            tell("column {place} has no name. Name it, or remove it", place=place),
        )
        for place in places.get("", [])
    ]
    if problems:
        raise _refused(name, problems)
    return tuple(names)


class _Codes(dict[str, int]):
    """The index of each cell, in order of first appearance. Cells that differ only in surrounding space have
    the same index."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, int] = {}

    def __missing__(self, cell: str) -> int:
        code = self[cell] = self.texts.setdefault(_trimmed(cell), len(self.texts))
        return code

    @property
    def spaced(self) -> tuple[str, ...]:
        """Texts that occur with different surrounding space."""
        often = Counter(self.values())
        return tuple(text for text, code in self.texts.items() if text and often[code] > 1)


def _trimmed(cell: str) -> str:
    return unwrap(drop_invisible(cell).strip())


def _refused(name: str, problems: Sequence[Problem]) -> Refused:
    return Refused(
        tell_n(
            "{name} cannot be read: {n} error", "{name} cannot be read: {n} errors", len(problems), name=name
        ),
        problems,
    )

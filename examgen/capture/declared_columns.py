"""Tables that people submit, declared by their columns → lines of values, and each fault with its place.

A kind of file is a tuple of `Column`s, of which the first identifies the line. `open_declared` finds the
table of a file whose heading has them, in any order, among others and below titles; its lines return each
cell as read by its column. Encodings, delimiters and workbooks are those of `core/tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from examgen.capture.cells import (
    UNDECIDED,
    fold,
    is_damaged,
    question_number,
    read_id,
    read_mark,
    says_totals,
)
from examgen.capture.columns import named_column, printable, refusal_at
from examgen.capture.grader_decisions import clean_text
from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.papers import CandidateNumber
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import BLANK, INVALID
from examgen.core.tables.opening import open_tables
from examgen.core.tables.records import UNREADABLE, Table, TableRecord, visible
from examgen.core.words import Message, joined, tell, tell_n
from examgen.stats.checklists import CANDIDATE_NAMES

MOST_TITLES = 20
"""The most lines of titles above a heading."""
CELL_CHARACTERS = 32_767
"""The most characters in a cell, which is the limit of spreadsheets."""
_LONGEST_HEADING = 200
_LINE_FAULTS = {
    "undecodable": tell("contains bytes or control characters that are not text. Write the line again"),
    "broken_quote": tell("has a quotation mark that is not closed, or text after a closing one"),
}


class CellFault(NamedTuple):
    """A fault of a cell or a line: its code and message."""

    code: str
    message: Message


class Column(NamedTuple):
    """A column: the headings it may have, best first, and the reader of its cells.

    `read` takes the cell as written in the file and returns its value or a `CellFault`. A column that a table
    lacks has empty cells, which are no fault.
    """

    field: str
    heads: Sequence[Sequence[str]]
    read: Callable[[str], Any] = clean_text
    is_needed: bool = False

    def is_in(self, table: Table) -> bool:
        """Return whether the first line of a table has one of the headings."""
        heads = {fold(cell) for cell in table.header.fields}
        return any(fold(name) in heads for tier in self.heads for name in tier)


# ── cells ────────────────────────────────────────────────────────────────────────────────────


def candidate_number(cell: str, number: CandidateNumber | None = None) -> str | CellFault:
    """Return a candidate number, or the fault; with `number`, an answer sheet must be able to express it."""
    candidate_id = read_id(cell)
    if "\ufffd" in cell:
        message = tell("the candidate number contains a damaged character (�). Write it again")
        return CellFault("undecodable", message)
    if not any(map(str.isalnum, candidate_id)):
        message = tell("has no candidate number. Write one with at least one letter or digit")
        return CellFault("no-candidate-id", message)
    if is_damaged(candidate_id):
        message = tell(
            "{id}: a spreadsheet has changed the candidate number. Format the column as "
            "text and write it again",
            id=candidate_id,
        )
        return CellFault("candidate-id-damaged", message)
    if says_totals(candidate_id):
        message = tell(
            "{id} is a total of the lines above, not a candidate. Remove the line", id=candidate_id
        )
        return CellFault("totals-line", message)
    if number is not None and (fault := number.fault(canonical_number(candidate_id))):
        return CellFault("candidate-number", tell("{id} {fault}", id=candidate_id, fault=fault))
    return candidate_id


def filled(code: str, message: Message) -> Callable[[str], str | CellFault]:
    """Return a reader for texts; an empty cell is a fault with that code and message."""
    return lambda cell: clean_text(cell) or CellFault(code, message)


CANDIDATE = Column("candidate_id", CANDIDATE_NAMES, candidate_number, True)
"""The first column of most lists."""


# ── lines ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table. A cell that is part of a merged cell is empty."""

    table: DeclaredTable
    record: TableRecord
    readers: Sequence[tuple[str, int, Callable[[str], Any]]]
    """The columns that are present: field, place and reader."""
    blank: Mapping[str, Any]
    """The values of columns that the table lacks."""
    faults: list[Problem] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The file or sheet, and the line."""
        return f"{self.table.source}:{self.record.line}"

    def cell(self, field: str) -> str:
        """Return a cell as it is written; empty if there is no such column."""
        place = self.table.places.get(field)
        return "" if place is None else self.record.fields[place]

    def text(self, field: str) -> str:
        """Return the normalised text of a cell."""
        return clean_text(self.cell(field))

    def is_merged(self, field: str) -> bool:
        """Return whether a cell is part of a merged cell."""
        return self.table.places.get(field, -1) in self.record.merged

    def values(self) -> dict[str, Any]:
        """Return the value of each column; None for a cell with a fault, which is added to `faults`."""
        values = dict(self.blank)
        merged = self.record.merged
        for name, place, read in self.readers:
            value = read(self.record.fields[place])
            if place in merged:
                self.fault(*_MERGED, name)
            elif isinstance(value, CellFault):
                self.fault(*value, name)
            values[name] = None if isinstance(value, CellFault) else value
        return values

    def fault(self, code: str, message: Message, field: str | None = None) -> None:
        """Add a fault of the line, or of one of its fields."""
        place = self.table.places.get(field or "")
        heading = None if place is None else clean_text(self.table.heads[place])
        self.faults.append(Problem(self.source, code, message, field=field, heading=heading))


_HEADER_REPEATED = CellFault("header-repeated", tell("repeats the header. Remove the line"))
_MERGED = CellFault("cell-merged", tell("is part of a merged cell. Unmerge it and fill in each cell"))


class DeclaredTable(NamedTuple):
    """A table with declared columns, from its heading on."""

    source: str
    """The file, or the sheet in it."""
    columns: Sequence[Column]
    heads: Sequence[str]
    places: Mapping[str, int]
    """The places of the columns that are present, by field."""
    table: Table

    @property
    def others(self) -> list[int]:
        """The places of columns that are not declared."""
        return [place for place in range(len(self.heads)) if place not in self.places.values()]

    def lacks(self, fields: Sequence[str]) -> Problem:
        """Return the fault that columns are missing."""
        source = place_of(self.source, self.table.header)
        return Problem(source, "column-missing", _missing(self.table.header, fields))

    def lines(self, problems: list[Problem]) -> Iterator[Line]:
        """Yield the lines that are not blank. Appends to `problems` the faults of unreadable lines, and the
        faults recorded on each line when the next line is requested.
        """
        first = self.places[self.columns[0].field]
        heading = fold(self.heads[first])
        readers = [
            (column.field, self.places[column.field], column.read)
            for column in self.columns
            if column.field in self.places
        ]
        absent = {column.field: column.read("") for column in self.columns if column.field not in self.places}
        blank = {name: None if isinstance(value, CellFault) else value for name, value in absent.items()}
        for record in self.table.body(len(self.heads)):
            if not any(map(clean_text, record.fields)):
                continue
            line = Line(self, record, readers, blank)
            if fault := _line_fault(record, self.heads):
                line.fault(*fault)
            elif fold(record.fields[first]) == heading:
                line.fault(*_HEADER_REPEATED)
            else:
                yield line
            problems += line.faults


def _line_fault(record: TableRecord, heads: Sequence[str]) -> CellFault | None:
    """Return the fault of a line that has more or fewer fields than the heading, or a cell longer than
    spreadsheets allow; None if there is none.
    """
    if record.fault:
        return CellFault(
            record.fault.replace("_", "-"), _LINE_FAULTS.get(record.fault, tell("cannot be read"))
        )
    n, width = len(record.fields), len(heads)
    if n != width:
        message = tell("has {n} fields, but the header has {width}. Write the same number", n=n, width=width)
        return CellFault("too-few-fields" if n < width else "too-many-fields", message)
    if len(record.raw) <= CELL_CHARACTERS:
        return None
    longest = max(range(width), key=lambda place: len(record.fields[place]))
    if (length := len(record.fields[longest])) <= CELL_CHARACTERS:
        return None
    message = tell(
        "`{role}` has {n:,} characters. A cell may have at most {most:,}",
        role=heads[longest].strip()[:_LONGEST_HEADING] or f"column {longest + 1}",
        n=length,
        most=CELL_CHARACTERS,
    )
    return CellFault("cell-too-long", message)


# ── headings ─────────────────────────────────────────────────────────────────────────────────


class NotAHeading(Refused):
    """Raised if a line is not a heading of the kind that is wanted; it may be a title above one."""


T = TypeVar("T")
ReadHeading = Callable[[str, TableRecord], T]
"""Returns the columns of a heading, given its place and the line; raises `NotAHeading`, or Refused if it is a
heading with a fault.
"""


def open_declared(
    name: str, data: bytes, columns: Sequence[Column], title: Message | None = None
) -> DeclaredTable:
    """Return the only table of a file that has the columns. Raises Refused if there is none; `title` then
    says what the file is not.
    """
    shown = visible(name)
    try:
        tables = open_tables(shown, data)
        wanted = [column.field for column in columns if column.is_needed]
        table, places = headed_table(shown, tables, partial(_needed_places, columns), len, wanted)
    except Refused as refused:
        raise Refused(title or refused.message, refused.problems) from refused
    return DeclaredTable(shown, columns, table.header.fields, places, table)


def headed_table(
    name: str, tables: Sequence[Table], read: ReadHeading[T], size: Callable[[T], int], wanted: Sequence[str]
) -> tuple[Table, T]:
    """Return the table that has a heading, from the heading on, and its columns; of several, the one with
    most columns by `size`. `wanted` are the columns that it should have. Raises Refused if there is none, or
    more than one.
    """
    headed: list[tuple[Table, T]] = []
    refusals: list[tuple[int, Refused]] = []
    for table in tables:
        try:
            headed.append(_headed(name, table, read, wanted))
        except Refused as refused:
            refusals.append((len(table.header.fields), refused))
    if headed:
        # a table of one column looks the same with every delimiter
        most = max(size(columns) for _, columns in headed)
        first, *others = [pair for pair in headed if size(pair[1]) == most]
        if others and len(first[0].header.fields) > 1:
            labels = joined((table.label for table, _ in [first, *others]), tell(" and "))
            message = tell(
                "can be read in several ways ({labels}). Keep one table in the file", labels=labels
            )
            raise refusal_at(name, "ambiguous-table", message)
        return first
    if not refusals:
        message = tell("is empty. Expected are the columns {columns}", columns=", ".join(wanted))
        raise refusal_at(name, "empty-file", message)
    raise max(refusals, key=lambda entry: (not isinstance(entry[1], NotAHeading), entry[0]))[1]


def _headed(name: str, table: Table, read: ReadHeading[T], wanted: Sequence[str]) -> tuple[Table, T]:
    """Return the table from its heading on."""
    refusals: list[NotAHeading] = []
    for way in headed_ways(table):
        source = place_of(name, way.header)
        if not _is_readable(way.header):
            if not refusals:
                raise _unreadable(source, way.header, wanted)
            continue
        try:
            return way, read(source, way.header)
        except NotAHeading as refused:
            refusals.append(refused)
    raise refusals[0]


def headed_ways(table: Table) -> Iterator[Table]:
    """Yield the table from each line on that may be its heading: the first, and those that follow only
    titles.
    """
    above: list[Sequence[str]] = []
    for heading in heading_lines(table):
        if not above or are_titles(above, heading):
            yield _from_heading(table, heading)
        above.append(heading.fields)


def heading_lines(table: Table) -> Iterator[TableRecord]:
    """Yield the lines among which the heading may be; all except the first without empty cells at the end."""
    yield table.header
    # a spreadsheet writes titles as wide as the heading, which on a form runs over lines within quotes
    width = len(table.header.fields) if len(table.header.fields) > 1 else 0
    with suppress(Refused):  # a damaged part of a workbook is told when it is read
        yield from map(without_blank_end, islice(table.body(width), MOST_TITLES))


def without_blank_end(record: TableRecord) -> TableRecord:
    """Return the line without empty cells at its end."""
    end = max((i + 1 for i, cell in enumerate(record.fields) if cell.strip()), default=0)
    return record._replace(fields=record.fields[:end])


def _from_heading(table: Table, heading: TableRecord) -> Table:
    """Return the table with another line as its heading, and the lines below that."""

    def below(width: int) -> Iterator[TableRecord]:
        return (record for record in table.body(width) if record.line > heading.line)

    return table if heading is table.header else table._replace(header=heading, body=below)


def are_titles(above: Sequence[Sequence[str]], header: TableRecord) -> bool:
    """Return whether the lines above a heading are titles: none has as many cells as the heading, or more
    than one mark, unless it has only the numbers of the questions.
    """
    n_heads = sum(bool(cell.strip()) for cell in header.fields)
    for fields in above:
        written = [cell for cell in fields if cell.strip()]
        pairs = zip(map(question_number, fields), map(question_number, header.fields), strict=False)
        if written and sum(one is not None and one == other for one, other in pairs) == len(written):
            continue
        n_marks = sum(read_mark(cell) not in (BLANK, INVALID, UNDECIDED) for cell in written)
        if len(written) > max(1, min(3, n_heads // 2)) or n_marks > 1:
            return False
    return True


def place_of(name: str, header: TableRecord) -> str:
    """Return the place of a header, for messages."""
    return f"{name}:{header.line}" if header.line else name


def _is_readable(heading: TableRecord) -> bool:
    """Return whether a line is text, and no cell is longer than spreadsheets allow."""
    is_long = len(heading.raw) > CELL_CHARACTERS and max(map(len, heading.fields)) > CELL_CHARACTERS
    return not (heading.fault or is_long or UNREADABLE.search(heading.raw))


def _unreadable(source: str, heading: TableRecord, wanted: Sequence[str]) -> Refused:
    message = tell(
        "the header cannot be read ({header!r}). Write {columns}",
        header=visible(heading.raw)[:80],
        columns=", ".join(wanted),
    )
    return refusal_at(source, "unreadable-header", message)


def places_in(
    columns: Sequence[Column], source: str, header: TableRecord
) -> tuple[dict[str, int], list[str], list[Problem]]:
    """Return the place of each column in a heading, the required fields that it lacks, and a fault for each
    field that several columns could be.
    """
    folded = [fold(cell) for cell in header.fields]
    places: dict[str, int] = {}
    lacking: list[str] = []
    problems: list[Problem] = []
    for column in columns:
        try:
            place = named_column(folded, column.heads, column.field, source)
        except Refused as refused:
            problems += refused.problems
            continue
        if place is not None:
            places[column.field] = place
        elif column.is_needed:
            lacking.append(column.field)
    return places, lacking, problems


def _needed_places(columns: Sequence[Column], source: str, header: TableRecord) -> dict[str, int]:
    places, lacking, problems = places_in(columns, source, header)
    if columns[0].field in lacking:
        raise not_a_heading(source, header, lacking)
    if lacking:
        problems.append(Problem(source, "column-missing", _missing(header, lacking)))
    if problems:
        raise Refused.because("{source}: {message}", problems, source=source, message=problems[0].message)
    return places


def not_a_heading(source: str, header: TableRecord, lacking: Sequence[str]) -> NotAHeading:
    """Return the error that the column that identifies a line is missing."""
    if lacking[0] == CANDIDATE.field:
        message = tell(
            "no column of candidate numbers. The headings are {shown}. Name one of them "
            "'candidate number', within the first {lines} lines",
            shown=", ".join(cell.strip()[:30] for cell in header.fields[:6]),
            lines=MOST_TITLES,
        )
        code = "no-candidate-column"
    else:
        code, message = "column-missing", _missing(header, lacking)
    refused = refusal_at(source, code, message)
    return NotAHeading(refused.message, refused.problems)


def _missing(header: TableRecord, lacking: Sequence[str]) -> Message:
    shown = ", ".join(f"`{cell.strip()[:30]}`" for cell in header.fields[:8])
    names = ", ".join(f"`{name}`" for name in lacking)
    return printable(
        tell_n(
            "no column {names} among {shown}. Add it",
            "no columns {names} among {shown}. Add them",
            len(lacking),
            names=names,
            shown=shown,
        )
    )

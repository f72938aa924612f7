"""An answer file → chunks of its lines, each of which is read independently: rows that are scored, and rows
that are set aside.

An open quotation mark never swallows a line that is a record by itself, so a text is cut before such lines,
and wherever no quotation is open. The lines of a chunk are cut into cells and read column by column
(`rows.py`), and so are the rows of a workbook. Only some megabytes of a file are in memory at a time, except
for a table with a line for each answer: its rows may be anywhere, so it is one chunk.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import pairwise
from typing import NamedTuple

from examgen.capture.answer_files import AnswerFile, file_tables
from examgen.capture.answer_layout import LIMITS, AnswerLayout, ReadingLimits
from examgen.capture.answers import Answers, read_rows
from examgen.capture.cells import question_number, read_mark
from examgen.capture.grader_decisions import Met
from examgen.capture.quarantine_reasons import WITH_MARKS
from examgen.capture.rows import ReadingContext, RecordSorter, Rows, reading
from examgen.core.responses.rows import INVALID, AnswerRows, QuarantinedRow
from examgen.core.tables.encodings import streamed
from examgen.core.tables.records import TableRecord, drop_invisible, unwrap, visible
from examgen.core.tables.streams import (
    LineBlock,
    source_blocks,
    whole_lines,
    with_one_line_end,
    without_end_marks,
)
from examgen.core.tables.text import (
    MOST_CHARACTERS,
    MOST_LINES,
    SPACE,
    leaves_open,
    may_hold,
    readable,
    records,
    stands_alone,
    suspects,
)

Stretch = tuple[int, int]
"""The first and the last line of what may be one record."""

_ROWS_AT_ONCE = 4096
"""The most rows of a workbook in memory at a time."""
_MOST_LINES = 1 << 20
"""The most lines of a text that are held until one of them is a record by itself."""


class Chunk(NamedTuple):
    """Lines of a text, the first of which has number `line`, or records of a workbook.

    `cut` has, by index, the lines that were too long and of which only the beginning is present, with their
    size in bytes.
    """

    line: int
    lines: Sequence[bytes] = ()
    cut: Mapping[int, int] = {}
    records: Sequence[TableRecord] = ()


class ChunkRows(NamedTuple):
    """The rows of a chunk that are scored, and those set aside; `met` are the rows with a grader's decision,
    by line.
    """

    rows: AnswerRows
    set_aside: list[QuarantinedRow]
    met: Mapping[int, Met]


def chunks(file: AnswerFile, layout: AnswerLayout, limits: ReadingLimits = LIMITS) -> Iterator[Chunk]:
    """Yield the rows of a file, in order. Raises Refused if the file is found to be damaged."""
    is_long = file.columns.structure == "long"
    if file.container == "text":
        yield from _text_chunks(file, limits, is_long)
        return
    found: list[TableRecord] = []
    for record in file_tables(file, layout).body(file.columns.width):
        if record.line >= file.first_line:
            found.append(record)
            if len(found) == _ROWS_AT_ONCE and not is_long:
                yield Chunk(found[0].line, records=found)
                found = []
    if found:
        yield Chunk(found[0].line, records=found)


def _text_chunks(file: AnswerFile, limits: ReadingLimits, is_long: bool) -> Iterator[Chunk]:
    width, delimiter = file.columns.width, file.delimiter
    line, lines, cut = file.first_line, list[bytes](), dict[int, int]()
    for block in file_lines(file, limits):
        n_before = len(lines)
        lines += block.data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        cut |= {n_before + block.data.count(b"\n", 0, place): size for place, size in block.cut.items()}
        if is_long:
            continue
        # Delimiters and quotes are the same bytes in every code that is streamed.
        end = len(lines)
        if any(b'"' in one for one in lines) and len(lines) < _MOST_LINES:
            places = range(len(lines) - 1, max(0, n_before - 1), -1)
            texts = ((n, lines[n].decode("latin-1")) for n in places)
            end = next((n for n, text in texts if n in cut or stands_alone(text, delimiter, width)), 0)
        if end:
            yield Chunk(line, lines[:end], {n: size for n, size in cut.items() if n < end})
            line, lines = line + end, lines[end:]
            cut = {n - end: size for n, size in cut.items() if n >= end}
    if lines:
        yield Chunk(line, lines, cut)


def read_chunk(file: AnswerFile, chunk: Chunk, context: ReadingContext) -> ChunkRows:
    """Return the rows of a chunk. Raises Refused if a second header with other columns begins in it."""
    sorter = RecordSorter(file.columns.width, file.delimiter if file.container == "text" else ",")
    for record in chunk.records:
        sorter.add(record)
    start = 0
    for place, size in (*sorted(chunk.cut.items()), (len(chunk.lines), 0)):
        # What is cut off a line nobody has seen; no record goes over it.
        _sort(file, chunk.lines[start:place], chunk.line + start, sorter)
        if size:
            sorter.add(_beginning(file, chunk.line + place, chunk.lines[place], size))
        start = place + 1
    rows = sorter.rows()
    answers = read_rows(rows, sorter.misfits, context)
    decided = context.layout.grader_decisions.lines(file.structure.name)
    met = dict(_met(rows, sorter.misfits, answers, context, decided)) if decided else {}
    return ChunkRows(answers.scored(context, file), answers.set_aside(context), met)


def read_file(file: AnswerFile, layout: AnswerLayout, limits: ReadingLimits = LIMITS) -> Iterator[ChunkRows]:
    """Return an iterator over all rows of a file, chunk by chunk."""
    context = context_of(file, layout)
    return (read_chunk(file, chunk, context) for chunk in chunks(file, layout, limits))


def context_of(file: AnswerFile, layout: AnswerLayout) -> ReadingContext:
    """Return the context for reading the rows of a file."""
    context = reading(file.structure.name, file.columns, layout, is_typed=file.container != "text")
    return context._replace(first_line=file.first_line)


def _sort(file: AnswerFile, lines: Sequence[bytes], first: int, sorter: RecordSorter) -> None:
    """Add the records in lines to a sorter; `first` is the number of the first line."""
    text, delimiter, width = file.encoding.text(b"\n".join(lines)), file.delimiter, file.columns.width
    own = text.split("\n") if lines else []
    if '"' in text or suspects(text, file.encoding):
        found = records(own, first, delimiter, width, is_last=True).records
        for record in readable(found, text, file.encoding):
            sorter.add(record)
        return
    nothing = delimiter + SPACE
    for number, line in enumerate(own, first):
        if not line.strip(nothing):
            continue
        if line.count(delimiter) == width - 1:
            sorter.add_line(number, line)
        else:
            sorter.add(TableRecord(number, line.split(delimiter), line))


def _beginning(file: AnswerFile, number: int, line: bytes, size: int) -> TableRecord:
    """Return a line that is too long as a record of its beginning."""
    head = file.encoding.beginning(line)
    raw = f"{visible(head)} … [a line of {size:,} bytes, of which this is the beginning]"
    fields = [visible(field).strip('"') for field in head.split(file.delimiter)[:-1]]
    return TableRecord(number, fields, raw, "line_too_long")


def _met(
    rows: Rows,
    misfits: Sequence[TableRecord],
    answers: Answers,
    how: ReadingContext,
    decided: Collection[int],
) -> Iterator[tuple[int, Met]]:
    """Yield the records with a decision, by line, as they are in the file, and what became of them."""
    by_line = {row.line: row for row in answers.rows if row.line in decided}
    own = (rows.record(n) for n, line in enumerate(rows.line.tolist()) if line in decided)
    for record in (*own, *(one for one in misfits if one.line in decided)):
        whose, line = how.candidate(record), record.line
        if (row := by_line.get(line)) is None:
            yield line, Met(record.raw, whose, None, inside=True)
            continue
        form, as_read = (None, b"") if row.reason else (row.form, row.as_read)
        waits = row.reason in WITH_MARKS
        yield line, Met(record.raw, whose, form, False, row.raw or record.raw, as_read, waits)


def raw_rows(file: AnswerFile, lines: Collection[int], limits: ReadingLimits = LIMITS) -> dict[int, str]:
    """Return the original text of lines, by line number from 1."""
    wanted = sorted({line for line in lines if line >= file.first_line})
    found: dict[int, str] = {}
    before = file.first_line - 1
    for item in file_lines(file, limits):
        if len(found) == len(wanted):
            break
        last = before + item.data.count(b"\n") + (not item.data.endswith(b"\n"))
        if here := wanted[len(found) : bisect_right(wanted, last)]:
            texts = item.data.split(b"\n")
            found.update((line, file.encoding.text(texts[line - before - 1])) for line in here)
        before = last
    return found


def not_understood(file: AnswerFile, raw: str) -> list[tuple[str, str]]:
    """Return the headings and texts of the cells that are not marks, of a row as in quarantine.csv."""
    columns = file.columns
    found: list[tuple[str, str]] = []
    for fields in _records(file, raw):
        places = columns.questions or (columns.answer or 0,)
        cells = [(columns.names[i], fields[i]) for i in places if i < min(len(fields), columns.width)]
        found += [(name, cell) for name, cell in cells if read_mark(cell) == INVALID]
    return found


def answer_cells(file: AnswerFile, raw: str) -> list[str]:
    """Return the cells that answer questions 1, 2, …, or the characters of the answer string, of a row as in
    quarantine.csv.
    """
    columns = file.columns
    by_number: dict[int, str] = {}
    for fields in _fields(file, raw):
        if columns.structure == "wide":
            return [fields[i] for i in columns.questions]
        answer = fields[columns.answer or 0]
        if columns.question is None:
            return [*drop_invisible(unwrap(answer))]
        by_number[question_number(fields[columns.question]) or 0] = answer
    return [by_number.get(n, "") for n in range(1, 1 + max(by_number, default=0))]


def other_cells(file: AnswerFile, raws: Iterable[str]) -> dict[str, set[str]]:
    """Return the different texts of rows in the columns that are passed through, by heading."""
    texts: dict[str, set[str]] = {}
    for raw in raws:
        for fields in _fields(file, raw):
            for i in file.columns.extras:
                texts.setdefault(file.columns.names[i], set()).add(fields[i].strip())
    return texts


def _fields(file: AnswerFile, raw: str) -> Iterator[list[str]]:
    """Yield the cells of each record of a row that has as many cells as the heading."""
    yield from (fields for fields in _records(file, raw) if len(fields) == file.columns.width)


def _records(file: AnswerFile, raw: str) -> Iterator[list[str]]:
    """Yield the cells of each record of a row; a cell may be as long as a line."""
    delimiter = file.delimiter if file.container == "text" else ","
    if '"' not in raw:
        yield from (line.split(delimiter) for line in raw.split("\n"))
        return
    csv.field_size_limit(1 << 30)
    yield from csv.reader(StringIO(raw), delimiter=delimiter)


def quoted_notes(file: AnswerFile, broken: Sequence[tuple[int, str]]) -> list[Stretch]:
    """Return the stretches between lines with broken quotation marks that may be part of a note rather than
    rows; `broken` are those lines by ascending number, with their texts.

    A line that is a record by itself is read as one, even after an open quotation mark, so that a part of a
    file can be read without the lines before it. If a later line, which is no record, closes the quotation,
    and one record of all these lines has exactly the right number of fields, it is impossible to tell whether
    the lines between are rows or a note into which rows were copied.
    """
    if file.container != "text" or file.columns.structure != "wide":
        return []
    delimiter, width = file.delimiter, file.columns.width
    near = [
        (first, last)
        for (first, one), (last, other) in pairwise(broken)
        if 1 < last - first < MOST_LINES and may_hold(one, other, delimiter, width)
    ]
    if not near:
        return []
    raws = raw_rows(file, {line for first, last in near for line in range(first, last + 1)})
    found: list[Stretch] = []
    for first, last in near:
        lines = [raws.get(n, "") for n in range(first, last + 1)]
        is_short = sum(map(len, lines)) + len(lines) <= MOST_CHARACTERS
        if is_short and all(leaves_open(line, delimiter) for line in lines[1:-1]):
            found.append((first, last))
    return found


def file_lines(file: AnswerFile, limits: ReadingLimits) -> Iterator[LineBlock]:
    """Yield the lines of the body of a whole file."""
    blocks = streamed(source_blocks(file.source, limits.block, file.encoding.mark), file.encoding)
    n_above = file.first_line - 1
    for block in whole_lines(with_one_line_end(without_end_marks(blocks)), limits.longest_line):
        start = 0
        while n_above and start < len(block.data):
            start = (block.data.find(b"\n", start) + 1) or len(block.data)
            n_above -= 1
        if start < len(block.data):
            cut = {place - start: size for place, size in block.cut.items() if place >= start}
            yield LineBlock(block.data[start:], cut) if start else block

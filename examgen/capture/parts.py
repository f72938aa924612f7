"""A part of an answer file → chunks of rows: a batch of those that are scored, and those set aside.

The lines of a text are cut into cells some thousand at a time, and read column by column (`rows.py`); so are
the rows of a workbook. As a line that is a record by itself is never swallowed by an open quote, a part can
be read without the lines before it: it begins and ends where such a line begins. Whatever the file holds,
some megabytes of it are in memory at a time, but for a table with a line for each answer, whose rows may lie
anywhere.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import pairwise
from typing import NamedTuple

from examgen.capture.answer_layout import LIMITS, AnswerLayout, ReadingLimits
from examgen.capture.answers import Answers, read_rows
from examgen.capture.cells import question_number, read_mark
from examgen.capture.files import AnswerFile, encoding_of, file_tables, parts_of
from examgen.capture.grader_decisions import Met
from examgen.capture.reasons import WITH_MARKS
from examgen.capture.rows import ReadingContext, RecordSorter, Rows, reading
from examgen.core.problems import Refused
from examgen.core.responses.rows import INVALID, Batch, Part, QuarantinedRow
from examgen.core.tables.encodings import UTF8, Encoding, streamed
from examgen.core.tables.records import UNREADABLE, TableRecord, drop_invisible, unwrap, visible
from examgen.core.tables.streams import (
    LineBlock,
    end_of_text,
    part_blocks,
    source_blocks,
    whole_lines,
    with_one_line_end,
    without_end_marks,
)
from examgen.core.tables.text import (
    MOST_CHARACTERS,
    MOST_LINES,
    SPACE,
    QuotedLines,
    leaves_open,
    may_hold,
    stands_alone,
)

Stretch = tuple[int, int]
"""The first and the last line of what may be one record."""

_ROWS_AT_ONCE = 4096
"""Rows of a workbook in memory at a time."""
_NO_END = 1 << 62
_NOT_UTF8 = re.compile("[\ud800-\udfff]")
"""What bytes become that are not UTF-8."""


class NotUtf8(Exception):
    """Text that was taken for UTF-8 is none, or nobody can tell."""


class Chunk(NamedTuple):
    """Rows of some lines of a part; None where no row of them is scored.

    `lines` is the number of lines of the part that were read up to here. `encoding` is what the part was
    read as so far. `met` are the rows so far that a grader has decided something on, by line. `is_guess` says
    that there is more than ASCII, taken for UTF-8 without a look at the whole file.
    """

    batch: Batch | None
    set_aside: list[QuarantinedRow]
    lines: int
    encoding: Encoding = UTF8
    met: Mapping[int, Met] = {}
    is_guess: bool = False


def read_part(
    file: AnswerFile, part: Part, layout: AnswerLayout, limits: ReadingLimits = LIMITS, guess: bool = False
) -> Iterator[Chunk]:
    """The rows of a part, in order.

    Raises Refused where a second header of other columns begins, or the file proves damaged. With `guess`
    the text is taken for UTF-8 where the whole file would have to be looked at to know its encoding, and
    NotUtf8 is raised where the part is not.
    """
    is_text, is_long = file.container == "text", file.columns.structure == "long"
    lines = TextPart(file, part, limits, guess) if is_text else WorkbookPart(file, layout)
    how = reading(file.structure.name, file.columns, layout, is_typed=not is_text)
    decided = layout.grader_decisions.lines(file.structure.name)
    met: dict[int, Met] = {}
    try:
        for is_last in lines.read():
            if is_long and not is_last:
                continue
            taken, lines.sorter = lines.sorter, lines.sorter.emptied()
            rows = taken.rows()
            answers = read_rows(rows, taken.misfits, how)
            batch, set_aside = answers.batch(how), answers.set_aside(how)
            if decided:
                met.update(_met(rows, taken.misfits, answers, how, decided))
            yield Chunk(batch, set_aside, lines.n_lines, lines.encoding, met, lines.is_guess)
    except Refused:
        if part.line is None:
            # Only from the beginning of the file on are its lines known, which the refusal tells.
            for _ in read_part(file, parts_of(file, 1)[0], layout, limits):
                pass
        raise


def _met(
    rows: Rows,
    misfits: Sequence[TableRecord],
    answers: Answers,
    how: ReadingContext,
    decided: Collection[int],
) -> Iterator[tuple[int, Met]]:
    """The records that something was decided on, by line, as they stand in the file, and what they became."""
    places = {line: place for place, line in enumerate(answers.lines) if line in decided}
    own = (rows.record(n) for n, line in enumerate(rows.line.tolist()) if line in decided)
    for record in (*own, *(one for one in misfits if one.line in decided)):
        whose, line = how.candidate(record), record.line
        place = places.get(line)
        if place is None:
            yield line, Met(record.raw, whose, None, inside=True)
            continue
        reason, form = answers.reasons[place], answers.forms[place]
        as_read = answers.as_read.get(line, b"") if not reason else b""
        waits = reason in WITH_MARKS
        whole = answers.raws[place] or record.raw
        yield line, Met(record.raw, whose, None if reason else form, False, whole, as_read, waits)


def is_read_as_utf8(file: AnswerFile) -> bool:
    """Whether a text is read as UTF-8, after a look at all of it where nothing else tells."""
    return (file.encoding or encoding_of(file.source)).codec == UTF8.codec


def raw_rows(file: AnswerFile, lines: Collection[int], limits: ReadingLimits = LIMITS) -> dict[int, str]:
    """Lines of a text word for word, by their numbers from 1."""
    wanted = sorted({line for line in lines if line >= file.first_line})
    found: dict[int, str] = {}
    before, encoding = file.first_line - 1, file.encoding
    for item in file_lines(file, limits):
        if len(found) == len(wanted):
            break
        if encoding is None and not item.data.isascii():
            encoding = encoding_of(file.source)
        last = before + item.data.count(b"\n") + (not item.data.endswith(b"\n"))
        if here := wanted[len(found) : bisect_right(wanted, last)]:
            texts = item.data.split(b"\n")
            found.update((line, (encoding or UTF8).text(texts[line - before - 1])) for line in here)
        before = last
    return found


def not_understood(file: AnswerFile, raw: str) -> list[tuple[str, str]]:
    """The headings and texts of the cells of a row, as it stands in quarantine.csv, that are not marks."""
    columns = file.columns
    found: list[tuple[str, str]] = []
    for fields in _records(file, raw):
        places = columns.questions or (columns.answer or 0,)
        cells = [(columns.names[i], fields[i]) for i in places if i < min(len(fields), columns.width)]
        found += [(name, cell) for name, cell in cells if read_mark(cell) == INVALID]
    return found


def answer_cells(file: AnswerFile, raw: str) -> list[str]:
    """The cells of a row, as it stands in quarantine.csv, that answer questions 1, 2, …; or the characters of
    its answers."""
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
    """By heading the different texts of rows in the columns that are passed through."""
    texts: dict[str, set[str]] = {}
    for raw in raws:
        for fields in _fields(file, raw):
            for i in file.columns.extras:
                texts.setdefault(file.columns.names[i], set()).add(fields[i].strip())
    return texts


def _fields(file: AnswerFile, raw: str) -> Iterator[list[str]]:
    """The cells of each record of a row that has as many as the heading."""
    yield from (fields for fields in _records(file, raw) if len(fields) == file.columns.width)


def _records(file: AnswerFile, raw: str) -> Iterator[list[str]]:
    """The cells of each record of a row; one may be as long as a line."""
    delimiter = file.delimiter if file.container == "text" else ","
    if '"' not in raw:
        yield from (line.split(delimiter) for line in raw.split("\n"))
        return
    csv.field_size_limit(1 << 30)
    yield from csv.reader(StringIO(raw), delimiter=delimiter)


def quoted_notes(file: AnswerFile, broken: Sequence[tuple[int, str]]) -> list[Stretch]:
    """The stretches between lines with broken quotes that may stand in a note, and are no rows then; `broken`
    are those lines by number, ascending, and their texts.

    A line that is a record by itself is read as one, whatever quote is open before it: so a part of a file
    can be read without the lines before it. Where a quote that is open there is closed further down, by a
    line that is no record, and exactly so that one record of all these lines has the fields that it should,
    nobody can tell whether the lines between are rows or a note: such as are copied into one.
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
    """The lines of the body of a whole file."""
    blocks = streamed(source_blocks(file.source, limits.block, file.start), file.encoding or UTF8)
    return whole_lines(with_one_line_end(without_end_marks(blocks)), limits.longest_line)


# ── records of a part ────────────────────────────────────────────────────────────────────────


class WorkbookPart:
    """The records of a table of a workbook or Parquet file."""

    encoding, is_guess = UTF8, False

    def __init__(self, file: AnswerFile, layout: AnswerLayout) -> None:
        self._file, self._layout = file, layout
        self.n_lines = 0
        self.sorter = RecordSorter(file.columns.width, ",")

    def read(self) -> Iterator[bool]:
        """Reads some records at a time; says whether these are the last."""
        file = self._file
        rows = file_tables(file, self._layout).body(file.columns.width)
        for record in rows:
            if record.line >= file.first_line:
                self.sorter.add(record)
                self.n_lines = record.line - file.first_line + 1
                if len(self.sorter.lines) == _ROWS_AT_ONCE:
                    yield False
        yield True


class TextPart:
    """The records of a part of a text.

    `n_lines` are those that were read, `encoding` what they were read as, `is_guess` whether there is more
    than ASCII among them, taken for UTF-8.
    """

    def __init__(self, file: AnswerFile, part: Part, limits: ReadingLimits, guess: bool) -> None:
        self._file, self._part, self._limits = file, part, limits
        self._guess = guess and file.encoding is None
        self._is_decided = file.encoding is not None or self._guess
        self._before = (part.line or 1) - 1
        self._waiting: list[str] = []
        self.sorter = RecordSorter(file.columns.width, file.delimiter)
        self.encoding = file.encoding or UTF8
        self.n_lines, self.is_guess = 0, False

    def read(self) -> Iterator[bool]:
        """Reads some lines at a time; says whether these are the last."""
        blocks = self._lines()
        following: tuple[list[bytes], dict[int, int]] | None = next(blocks, ([], {}))
        while following is not None:
            (lines, cut), following = following, next(blocks, None)
            start = 0
            for place, size in sorted(cut.items()):
                # What is cut off a line nobody has seen; no record goes over it.
                if self._guess:
                    raise NotUtf8
                self._sort(lines[start:place], is_last=True)
                self._add_cut(lines[place], size)
                start = place + 1
            self._sort(lines[start:], is_last=following is None)
            yield following is None

    def _lines(self) -> Iterator[tuple[list[bytes], dict[int, int]]]:
        """The lines of the part, block by block, and the sizes of those that were cut, by place: from the
        first line at its start that is a record by itself, to the first such line behind its end."""
        has_begun = self._part.start == self._file.start
        first = 0 if has_begun else 1  # the end of a line that begins before the part
        for data, cut_at, mark in self._blocks():
            lines = data.split(b"\n")
            if not lines[-1]:
                lines.pop()
            cut = {data.count(b"\n", 0, place): size for place, size in cut_at.items()}
            # The first line that begins behind the end of the part; there may be some such blocks.
            end = len(lines) if mark is None else data.count(b"\n", 0, mark - 1) + 1 if mark else 0
            start: int | None = first if has_begun else self._first_alone(lines, first, cut)
            first = 0
            if start is None:
                continue
            if not has_begun and start >= end:
                return
            has_begun = True
            stop = self._first_alone(lines, max(start, end), cut)
            last = len(lines) if stop is None else stop
            yield lines[start:last], {n - start: size for n, size in cut.items() if start <= n < last}
            if stop is not None:
                return

    def _blocks(self) -> Iterator[LineBlock]:
        file, part = self._file, self._part
        if file.is_gzip or self.encoding.is_wide:
            return file_lines(file, self._limits)
        start = part.start if part.start == file.start else part.start - 1
        end = _NO_END if part.end is None else part.end
        last = end_of_text(file.path, self._limits.block)
        blocks = part_blocks(file.source, self._limits.block, start, end, last)
        return whole_lines(with_one_line_end(blocks), self._limits.longest_line)

    def _first_alone(self, lines: Sequence[bytes], start: int, cut: Collection[int]) -> int | None:
        """The first line from a place on that is a record by itself."""
        width, delimiter = self._file.columns.width, self._file.delimiter
        for place in range(start, len(lines)):
            # A record has its delimiters: shorter lines, of which there may be millions, are soon passed.
            # Delimiters and quotes are the same bytes in every code that is streamed.
            line = lines[place]
            if (
                len(line) >= width - 1
                and place not in cut
                and stands_alone(line.decode("latin-1"), delimiter, width)
            ):
                return place
        return None

    def _add_cut(self, line: bytes, size: int) -> None:
        """Takes a line that is too long, of which only the beginning is there."""
        head = self.encoding.beginning(line)
        raw = f"{visible(head)} … [a line of {size:,} bytes, of which this is the beginning]"
        fields = [visible(field).strip('"') for field in head.split(self._file.delimiter)[:-1]]
        self.n_lines += 1
        self.sorter.add(TableRecord(self._before + self.n_lines, fields, raw, "line_too_long"))

    def _sort(self, more: Sequence[bytes], is_last: bool) -> None:
        """Takes the records of lines, but for one that waits for lines to come."""
        data = b"\n".join(more)
        if not data.isascii():
            if not self._is_decided:
                self.encoding, self._is_decided = encoding_of(self._file.source), True
            self.is_guess = self._guess
        added = self.encoding.text(data).split("\n") if more else []
        lines = [*self._waiting, *added] if self._waiting else added
        text = "\n".join(lines)
        suspects = _suspects(text, self.encoding)
        if self._guess and UNREADABLE in suspects and _NOT_UTF8.search(text):
            raise NotUtf8
        width, delimiter = self._file.columns.width, self._file.delimiter
        quoted = QuotedLines(lines, delimiter, width, is_last)
        first, nothing = self._before + self.n_lines + 1, delimiter + SPACE
        sorter, place, n_delimiters = self.sorter, 0, width - 1
        while place < len(lines):
            line, used = lines[place], 1
            if '"' in line:
                fields, used = quoted.record(place)
                if not used:
                    break
                record = _quoted_record(first + place, lines[place : place + used], fields, delimiter)
            elif not line.strip(nothing):
                record = None
            elif line.count(delimiter) == n_delimiters and not suspects:
                sorter.add_line(first + place, line)
                record = None
            else:
                record = TableRecord(first + place, line.split(delimiter), line)
            if record is not None:
                sorter.add(
                    _undecodable(record) if any(one.search(record.raw) for one in suspects) else record
                )
            place += used
        self._waiting = lines[place:]
        self.n_lines += place


def _quoted_record(
    number: int, lines: Sequence[str], fields: Sequence[str] | None, delimiter: str
) -> TableRecord | None:
    """A record with quotes; with a fault where they are broken, None where it holds nothing."""
    if fields is None:
        guess = [field.strip('"') for field in lines[0].split(delimiter)]
        return TableRecord(number, guess, lines[0], "broken_quote")
    if any(field.strip(SPACE) for field in fields):
        return TableRecord(number, fields, "\n".join(lines))
    return None


def _suspects(text: str, encoding: Encoding) -> list[re.Pattern[str]]:
    """What the encoding cannot hold and the text does."""
    # What can be printed holds nothing that is none, and ASCII no vowel: both are soon told.
    printable, ascii_only = text.replace("\n", "").isprintable(), text.isascii()
    return [
        pattern
        for pattern in encoding.suspect
        if not (printable and (pattern is UNREADABLE or ascii_only)) and pattern.search(text)
    ]


def _undecodable(record: TableRecord) -> TableRecord:
    fields = [visible(field) for field in record.fields]
    return TableRecord(record.line, fields, visible(record.raw), "undecodable")

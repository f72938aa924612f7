"""A part of an answer file → chunks of rows: batches of arrays, and rows set aside.

Lines of a text whose bytes prove well formed become arrays at once; runs of the others are read with care,
and both are merged in the order of their lines. As a line that is a record by itself is never swallowed by an
open quote, runs can be read one by one, and a part ends where such a line begins. Whatever the file holds,
some megabytes of it are in memory at a time. Of a workbook, or a table with a line for each answer, no row
can be proven.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import islice, pairwise
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_layout import LIMITS, AnswerLayout, ReadingLimits
from examgen.capture.cells import read_mark
from examgen.capture.columns import AnswerColumns
from examgen.capture.fast.grid import RowGrid, grid_of
from examgen.capture.fast.lines import NotUtf8, is_utf8
from examgen.capture.fast.proof import ProvenRows, nothing_proven, prove
from examgen.capture.fast.single_letters import AnswerWriting
from examgen.capture.files import AnswerFile, encoding_of, file_tables, parts_of
from examgen.capture.grader_decisions import Met
from examgen.capture.reasons import proof_suffices, proven_suspects
from examgen.capture.rows import (
    AnswerRow,
    BatchMaker,
    Fault,
    ReadingContext,
    fault,
    merged,
    reading,
    without,
)
from examgen.capture.structures import RowReader, read_rows, row_reader
from examgen.core.problems import Refused
from examgen.core.responses.rows import INVALID, Batch, Ints, Part, QuarantinedRow
from examgen.core.tables.encodings import UTF8, Encoding, streamed
from examgen.core.tables.records import TableRecord, visible
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
    leaves_open,
    may_hold,
    readable,
    records,
    stands_alone,
)

Flags = npt.NDArray[np.bool_]
Stretch = tuple[int, int]
"""The first and the last line of what may be one record."""

_ROWS_AT_ONCE = 4096
_NO_END = 1 << 62
_LINE = attrgetter("line")
_made: list[tuple[AnswerLayout, tuple[AnswerColumns, str, str], RowGrid | None]] = []
"""The grid made last: that of thousands of personal forms takes half a second, and parts come in hundreds."""


def read_part(
    file: AnswerFile,
    part: Part,
    layout: AnswerLayout,
    careful: bool = False,
    limits: ReadingLimits = LIMITS,
    guess: bool = False,
) -> Iterator[Chunk]:
    """The rows of a part, in order; with `careful` every row is read with care, with the same result.

    Raises Refused where a second header of other columns begins, or the file proves damaged. With `guess`
    the text is taken for UTF-8 where the whole file would have to be looked at to know its encoding, and
    NotUtf8 is raised where the part is not.
    """
    try:
        if file.container != "text":
            rows = file_tables(file, layout).body(file.columns.width)
            below = (record for record in rows if record.line >= file.first_line)
            yield from _table_chunks(file, below, layout)
        elif file.columns.structure == "long":
            yield from _table_chunks(
                file, TextPart(file, part, layout, True, limits, guess).records(), layout
            )
        else:
            yield from TextPart(file, part, layout, careful, limits, guess).chunks()
    except Refused:
        if part.line is None:
            # Only from the beginning of the file on are its lines known, which the refusal tells.
            for _ in read_part(file, parts_of(file, 1)[0], layout, careful, limits):
                pass
        raise


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
    delimiter = file.delimiter if file.container == "text" else ","
    found: list[tuple[str, str]] = []
    for fields in csv.reader(StringIO(raw), delimiter=delimiter):
        places = columns.questions or (columns.answer or 0,)
        cells = [(columns.names[i], fields[i]) for i in places if i < min(len(fields), columns.width)]
        found += [(name, cell) for name, cell in cells if read_mark(cell) == INVALID]
    return found


# ── tables of which no row can be proven ─────────────────────────────────────────────────────


def _table_chunks(file: AnswerFile, found: Iterable[TableRecord], layout: AnswerLayout) -> Iterator[Chunk]:
    columns, name = file.columns, file.structure.name
    how = reading(name, columns, layout)
    decided = layout.grader_decisions.lines(name)
    maker = BatchMaker(layout, len(columns.extras))
    seen = _Seen(found, decided)
    rows = read_rows(seen, how)
    known: dict[int, Met] = {}
    n_lines = file.first_line - 1
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        good = [row for row in some if isinstance(row, AnswerRow)]
        bad = [QuarantinedRow(*row) for row in some if isinstance(row, Fault)]
        n_lines = max(n_lines, some[-1].line)
        by_line = {row.line: row for row in some}
        for number, record in seen.kept.items():
            if number in by_line or number not in known:
                one = met(record, by_line.get(number), how)
                known[number] = one._replace(inside=number not in by_line)
        lines = n_lines - file.first_line + 1
        yield Chunk(maker.batch(good) if good else None, bad, lines, file.encoding or UTF8, known)


class _Seen:
    """Records as they pass by; those on lines that something was decided on are kept."""

    def __init__(self, found: Iterable[TableRecord], lines: Collection[int]) -> None:
        self._found, self._lines = found, lines
        self.kept: dict[int, TableRecord] = {}

    def __iter__(self) -> Iterator[TableRecord]:
        for record in self._found:
            if record.line in self._lines:
                self.kept[record.line] = record
            yield record


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


def met(record: TableRecord, found: AnswerRow | Fault | None, how: ReadingContext) -> Met:
    """A record as it stands in the file, and the form that it is scored by."""
    own = fault(record, how, "").candidate_id or ""
    form = found.form if isinstance(found, AnswerRow) else None
    as_read = found.as_read if isinstance(found, AnswerRow) else b""
    waits = isinstance(found, Fault) and bool(found.undecided)
    whole = found.raw if found is not None else ""
    return Met(record.raw, own, form, whole=whole, as_read=as_read, waits=waits)


def file_lines(file: AnswerFile, limits: ReadingLimits) -> Iterator[LineBlock]:
    """The lines of the body of a whole file."""
    blocks = streamed(source_blocks(file.source, limits.block, file.start), file.encoding or UTF8)
    return whole_lines(with_one_line_end(without_end_marks(blocks)), limits.longest_line)


def _grid_for(file: AnswerFile, layout: AnswerLayout, encoding: str) -> RowGrid | None:
    asked = (file.columns, file.delimiter, encoding)
    for known, wanted, grid in _made[:1]:
        if known is layout and wanted == asked:
            return grid
    grid = grid_of(file.columns, file.delimiter, layout, encoding)
    _made[:] = [(layout, asked, grid)]
    return grid


class Pending(NamedTuple):
    """Lines that wait to be read; places are those of `LineBlock`."""

    data: bytes
    cut: dict[int, int]
    mark: int | None

    def with_more(self, lines: LineBlock) -> Pending:
        """These lines with the next ones behind them."""
        if not self.data:
            return Pending(*lines)
        moved = {place + len(self.data): size for place, size in lines.cut.items()}
        mark = self.mark if lines.mark is None else lines.mark + len(self.data)
        return Pending(self.data + lines.data, {**self.cut, **moved}, mark)

    def up_to(self, end: int) -> Pending:
        """The lines before a place."""
        return Pending(self.data[:end], {place: n for place, n in self.cut.items() if place < end}, None)

    def behind(self, start: int) -> Pending:
        """The lines from a place on."""
        cut = {place - start: n for place, n in self.cut.items() if place >= start}
        return Pending(self.data[start:], cut, None if self.mark is None else max(0, self.mark - start))


class TextPart:
    """The lines of a part on their way to chunks."""

    def __init__(
        self,
        file: AnswerFile,
        part: Part,
        layout: AnswerLayout,
        careful: bool,
        limits: ReadingLimits,
        guess: bool,
    ) -> None:
        self._file, self._part, self._limits = file, part, limits
        columns, name = file.columns, file.structure.name
        self._reading = reading(name, columns, layout)
        self._decided = layout.grader_decisions.lines(name)
        self._met: dict[int, Met] = {}
        self._maker = BatchMaker(layout, len(columns.extras))
        self._layout, self._careful = layout, careful
        self._guess, self._guessed = guess and file.encoding is None, False
        self._before = (part.line or 1) - 1
        self._n_lines = self._taken = 0
        self._set_encoding(file.encoding or UTF8)

    def _set_encoding(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._grid: RowGrid | None = None
        self._writing: AnswerWriting | None = None
        if not self._careful and proof_suffices():
            self._grid = _grid_for(self._file, self._layout, encoding.stream)

    def chunks(self) -> Iterator[Chunk]:
        """The rows of the part."""
        read = row_reader(self._reading)
        for pending, is_last in self._stretches():
            yield self._chunk(pending, is_last, read)

    def records(self) -> Iterator[TableRecord]:
        """The records of the part, all read with care."""
        for pending, is_last in self._stretches():
            proof = nothing_proven(pending.data)
            found, n_lines = self._careful_records(pending, proof, proof.proven, is_last)
            self._take(pending, proof, n_lines)
            yield from found

    def _stretches(self) -> Iterator[tuple[Pending, bool]]:
        """Lines of the part, and whether none follows; what is not taken comes again with the next."""
        is_decided = self._file.encoding is not None or self._guess
        items = _with_last(self._lines())
        if self._part.start != self._file.start:
            items = self._from_first_row(items)
        pending = Pending(b"", {}, None)
        for item, is_last in items:
            if not is_decided and not item.data.isascii():
                self._set_encoding(encoding_of(self._file.source))
                is_decided = True
            pending = pending.with_more(item)
            # Where the first row of the next part begins.
            end = None
            if pending.mark is not None:
                start = pending.mark and pending.data.find(b"\n", pending.mark - 1) + 1
                if start or not pending.mark:
                    end = self._first_alone(pending.data, start, pending.cut)
            yield (pending, is_last) if end is None else (pending.up_to(end), True)
            if end is not None:
                return
            pending = pending.behind(self._taken)

    def _check_utf8(self, pending: Pending, proof: ProvenRows) -> None:
        """Raises NotUtf8 where the lines are not that; those that were proven are."""
        if pending.cut:
            raise NotUtf8  # what was cut off a line nobody has seen
        if pending.data.isascii():
            return
        self._guessed = True
        left = np.flatnonzero(~proof.proven)
        bounds = zip(proof.starts[left].tolist(), proof.ends[left].tolist(), strict=True)
        if not is_utf8(b"\n".join([pending.data[start:end] for start, end in bounds])):
            raise NotUtf8

    def _take(self, pending: Pending, proof: ProvenRows, n_lines: int) -> None:
        """Counts the first `n_lines` lines as read."""
        self._n_lines += n_lines
        self._taken = len(pending.data) if n_lines == len(proof.starts) else int(proof.starts[n_lines])

    def _lines(self) -> Iterator[LineBlock]:
        file, part = self._file, self._part
        if file.is_gzip or self._encoding.is_wide:
            return file_lines(file, self._limits)
        start = part.start if part.start == file.start else part.start - 1
        end = _NO_END if part.end is None else part.end
        last = end_of_text(file.path, self._limits.block)
        blocks = part_blocks(file.source, self._limits.block, start, end, last)
        return whole_lines(with_one_line_end(blocks), self._limits.longest_line)

    def _from_first_row(self, items: Iterator[tuple[LineBlock, bool]]) -> Iterator[tuple[LineBlock, bool]]:
        """The lines of a part that begins within a file, from the first on that is a record by itself."""
        skip_fragment = True
        for (data, cut, mark), is_last in items:
            start = data.find(b"\n") + 1 or len(data) if skip_fragment else 0
            skip_fragment = False
            row = self._first_alone(data, start, cut)
            if row is None:
                continue
            if mark is not None and row >= mark:
                return
            rest = Pending(data, cut, mark).behind(row)
            yield LineBlock(*rest), is_last
            yield from items
            return

    def _first_alone(self, data: bytes, start: int, cut: dict[int, int]) -> int | None:
        """The first line from a line's start on that is a record by itself."""
        # A record has its delimiters: shorter lines, of which there may be millions, are passed over at once.
        width = self._file.columns.width
        long_enough = re.compile(rb"^[^\n]{%d,}" % (width - 1), re.MULTILINE)
        while (found := long_enough.search(data, start)) is not None:
            # Delimiters and quotes are the same bytes in every code that is streamed.
            line = found[0].decode("latin-1")
            if found.start() not in cut and stands_alone(line, self._file.delimiter, width):
                return found.start()
            start = found.end() + 1
        return None

    def _chunk(self, pending: Pending, is_last: bool, read: RowReader) -> Chunk:
        """The rows of the lines, but of a record that waits for lines to come."""
        data = pending.data
        proof = nothing_proven(data) if self._grid is None else prove(data, self._grid, writing=self._writing)
        self._writing = proof.writing
        if self._guess:
            self._check_utf8(pending, proof)
        proven, batch, n_lines = proof.proven, proof.batch, len(proof.starts)
        before = self._before + self._n_lines
        if doubted := self._doubted(pending, proof):
            proven = proven.copy()
            proven[doubted] = False
            batch = without(batch, proven[batch.line])
        batch = batch._replace(line=batch.line + (before + 1))
        set_aside: list[QuarantinedRow] = []
        if batch.size < n_lines:
            found, n_lines = self._careful_records(pending, proof, proven, is_last)
            rows: list[AnswerRow] = []
            for record in found:
                row = read(record)
                if record.line in self._decided:
                    self._met[record.line] = met(record, row, self._reading)
                if isinstance(row, AnswerRow):
                    rows.append(row)
                else:
                    set_aside.append(QuarantinedRow(*row))
            batch = merged(batch, self._maker.batch(rows)) if rows else batch
        self._take(pending, proof, n_lines)
        scored = batch if batch.size else None
        return Chunk(scored, set_aside, self._n_lines, self._encoding, self._met, self._guessed)

    def _doubted(self, pending: Pending, proof: ProvenRows) -> list[int]:
        """Lines that are read with care whatever their bytes prove."""
        found = [int(np.searchsorted(proof.starts, place)) for place in pending.cut]
        n_lines = len(proof.starts)
        if self._decided:
            first = self._before + self._n_lines + 1
            found += [line - first for line in self._decided if first <= line < first + n_lines]
        if (batch := proof.batch).size:
            found += batch.line[proven_suspects(batch, self._file.columns)].tolist()
        return found

    def _careful_records(
        self, pending: Pending, proof: ProvenRows, proven: Flags, is_last: bool
    ) -> tuple[list[TableRecord], int]:
        """Records of the lines that are not proven, and how many lines need not wait."""
        data, starts, ends = pending.data, proof.starts, proof.ends
        first, n_lines = self._before + self._n_lines + 1, len(starts)
        long = {int(np.searchsorted(starts, place)): size for place, size in pending.cut.items()}
        result: list[TableRecord] = []
        plain = ~proven
        for a, b in _quoted_runs(data, starts, ends, proven, long):
            plain[a:b] = False
            stretch = data[starts[a] : ends[b - 1]]
            if a in long:
                head = self._encoding.beginning(stretch)
                raw = f"{visible(head)} … [a line of {long[a]:,} bytes, of which this is the beginning]"
                fields = [visible(field).strip('"') for field in head.split(self._file.delimiter)[:-1]]
                result.append(TableRecord(first + a, fields, raw, "line_too_long"))
                continue
            text = self._encoding.text(stretch)
            lines, closed = text.split("\n"), is_last or b < n_lines
            found, n_read = records(lines, first + a, self._file.delimiter, self._file.columns.width, closed)
            result.extend(readable(found, text, self._encoding))
            if n_read < len(lines):
                n_lines = a + n_read
        # Of lines without quotes each is one by itself.
        rows = np.flatnonzero(plain & (ends > starts))
        if len(rows):
            bounds = zip(starts[rows].tolist(), ends[rows].tolist(), strict=True)
            text = self._encoding.text(b"\n".join([data[start:end] for start, end in bounds]))
            found = _unquoted_records(text.split("\n"), (rows + first).tolist(), self._file.delimiter)
            result.extend(readable(found, text, self._encoding))
        return sorted(result, key=_LINE), n_lines


def _unquoted_records(lines: Sequence[str], numbers: Sequence[int], delimiter: str) -> list[TableRecord]:
    """The records of lines that have no quote, by their numbers."""
    nothing = delimiter + SPACE
    return [
        TableRecord(number, line.split(delimiter), line)
        for number, line in zip(numbers, lines, strict=True)
        if line.strip(nothing)
    ]


# ── stretches of lines ───────────────────────────────────────────────────────────────────────


def _with_last(items: Iterable[LineBlock]) -> Iterator[tuple[LineBlock, bool]]:
    """The items, and of each whether it is the last; one without lines where there is none."""
    items = iter(items)
    item = next(items, LineBlock(b"", {}, None))
    for after in items:
        yield item, False
        item = after
    yield item, True


def _quoted_runs(
    data: bytes, starts: Ints, ends: Ints, proven: Flags, alone: Collection[int]
) -> Iterator[tuple[int, int]]:
    """The stretches of lines that are not proven in which a quote stands, and the lines `alone`."""
    if not alone and b'"' not in data:
        return
    changes = np.flatnonzero(np.diff(np.concatenate([[True], proven, [True]]))).tolist()
    for first, last in zip(changes[0::2], changes[1::2], strict=True):
        around = [place for line in alone if first <= line < last for place in (line, line + 1)]
        for a, b in pairwise(sorted({first, last, *around})):
            if a in alone or data.find(b'"', int(starts[a]), int(ends[b - 1])) >= 0:
                yield a, b

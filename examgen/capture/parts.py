"""A part of an answer file → chunks of rows: batches of arrays, and rows set aside."""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice, pairwise

from examgen.capture.batches import BatchMaker
from examgen.capture.cells import read_mark
from examgen.capture.files import AnswerFile, file_tables, parts_of
from examgen.capture.layout import LIMITS, AnswerLayout, Limits
from examgen.capture.overlays import Met
from examgen.capture.rows import Fault, Row, reading
from examgen.capture.structures import read_rows
from examgen.capture.tabular.encodings import UTF8
from examgen.capture.tabular.heads import encoding_of
from examgen.capture.tabular.records import Record
from examgen.capture.tabular.text import MOST_CHARACTERS, MOST_LINES, leaves_open, may_hold
from examgen.capture.text_parts import Chunk, TextPart, file_lines, met
from examgen.problems import Refused
from examgen.responses.rows import INVALID, Part, SetAside

_ROWS_AT_ONCE = 4096


def read_part(
    file: AnswerFile,
    part: Part,
    layout: AnswerLayout,
    careful: bool = False,
    limits: Limits = LIMITS,
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


def is_utf8(file: AnswerFile) -> bool:
    """Whether a text is read as UTF-8, after a look at all of it where nothing else tells."""
    return (file.encoding or encoding_of(file.source)).codec == UTF8.codec


def raw_rows(file: AnswerFile, lines: Collection[int], limits: Limits = LIMITS) -> dict[int, str]:
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


def _table_chunks(file: AnswerFile, found: Iterable[Record], layout: AnswerLayout) -> Iterator[Chunk]:
    columns, name = file.columns, file.structure.name
    how = reading(name, columns, layout)
    decided = layout.overlays.lines(name)
    maker = BatchMaker(layout, len(columns.extras))
    seen = _Seen(found, decided)
    rows = read_rows(seen, how)
    known: dict[int, Met] = {}
    n_lines = file.first_line - 1
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        good = [row for row in some if isinstance(row, Row)]
        bad = [SetAside(*row) for row in some if isinstance(row, Fault)]
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

    def __init__(self, found: Iterable[Record], lines: Collection[int]) -> None:
        self._found, self._lines = found, lines
        self.kept: dict[int, Record] = {}

    def __iter__(self) -> Iterator[Record]:
        for record in self._found:
            if record.line in self._lines:
                self.kept[record.line] = record
            yield record


Stretch = tuple[int, int]
"""The first and the last line of what may be one record."""


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
    texts = {(a, b): [raws.get(n, "") for n in range(a, b + 1)] for a, b in near}
    return [pair for pair in near if _is_one(texts[pair], delimiter)]


def _is_one(lines: Sequence[str], delimiter: str) -> bool:
    short = sum(map(len, lines)) + len(lines) <= MOST_CHARACTERS
    return short and all(leaves_open(line, delimiter) for line in lines[1:-1])

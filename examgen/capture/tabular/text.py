"""Lines of delimited text → records; the head of a text → one table per delimiter it may be written with.

Follows RFC 4180 for quotes, with any line end, in time proportional to the text. A quoted field may run over
lines only where the record that results is whole and swallows no line that is a record itself.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal, NamedTuple, overload

import numpy as np

from examgen.capture.cells import RecordTable, TableRecord, visible
from examgen.capture.tabular.encodings import Encoding, encoding_counted, encoding_shown, streamed
from examgen.core.responses.cell_texts import UNREADABLE
from examgen.core.words import joined, tell

MOST_LINES = 500
MOST_CHARACTERS = 100_000
"""Longest record looked for behind an open quote."""

DELIMITERS = {",": tell("comma"), ";": tell("semicolon"), "\t": tell("tab"), "|": tell("pipe")}
SPACE = " \t\u00a0\u3000\ufeff"
_WINDOW = 10 * MOST_LINES
"""Lines of a whole text whose records stand in memory at a time; a record has at most `MOST_LINES`."""
_BLOCK = 1 << 24
"""Bytes that are searched for ends of lines at a time."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)

State = Literal["whole", "open", "broken"]


class _Split(NamedTuple):
    """The fields that end in a text, and whether a quote is still open at its end, or broken."""

    fields: list[str]
    state: State


def stands_alone(line: str, delimiter: str, width: int | None) -> bool:
    """Whether the line is a record of that many fields by itself, which no open quote may swallow."""
    if '"' not in line:
        return width is not None and line.count(delimiter) + 1 == width
    fields, state = _split(line, delimiter, 0)
    return state == "whole" and len(fields) == width and not _ends_another(line, fields)


def _ends_another(line: str, fields: Sequence[str]) -> bool:
    """Whether a line, cut into fields, looks like the end of a record that opened a quote before it."""
    return line.count('"') % 2 == 1 and any(field.endswith('"') for field in fields)


def _split(text: str, delimiter: str, start: int) -> _Split:
    with suppress(csv.Error):
        return _Split(next(csv.reader((text,), delimiter=delimiter, strict=True)), "whole")
    # Text behind a quote, or a quote that is open: which of both it is, and what stands before it.
    fields: list[str] = []
    quoted = delimiter + '"'
    while True:
        if text.startswith('"', start):
            end = text.find('"', start + 1)
            while end >= 0 and text.startswith('"', end + 1):
                end = text.find('"', end + 2)
            if end < 0:
                return _Split(fields, "open")
            fields.append(text[start + 1 : end].replace('""', '"'))
            if end + 1 == len(text):
                return _Split(fields, "whole")
            if text[end + 1] != delimiter:
                return _Split(fields, "broken")
            start = end + 2
        else:
            # Fields without quotes are cut at once, up to the next that begins with one.
            end = text.find(quoted, start)
            fields += text[start : end if end >= 0 else None].split(delimiter)
            if end < 0:
                return _Split(fields, "whole")
            start = end + 1


def may_hold(first: str, last: str, delimiter: str, width: int) -> bool:
    """Whether a record may begin on one line, with a quote that stays open, and end on the other, which is no
    record by itself: exactly so many fields, whatever stands between within the quote."""
    fields, state = _split(first, delimiter, 0)
    added, end = _continued(last, delimiter)
    if state != "open" or end != "whole" or len(fields) + len(added) != width:
        return False
    return last.count(delimiter) + 1 != width


def leaves_open(line: str, delimiter: str) -> bool:
    """Whether a quote that is open before a line is open behind it as well."""
    return '"' not in line or _continued(line, delimiter).state == "open"


class QuotedLines:
    """Records with quotes among some lines, asked for in the order of the lines.

    Each line is looked at once, however many quotes are open before it. `width` is the number of fields of
    a record, None for a header; `is_last` says that no line follows.
    """

    def __init__(self, lines: Sequence[str], delimiter: str, width: int | None, is_last: bool) -> None:
        self._lines, self._delimiter, self._width, self._is_last = lines, delimiter, width, is_last
        self._start = self._end = 0
        # Of lines from `_start` on that leave an open quote open: characters and fields up to each of them.
        self._characters = [0]
        self._n_fields = [0]
        # The line that ends such a quote, the fields that end on it, and whether it may end a record.
        self._stop: tuple[int, int, bool] | None = None

    def record(self, index: int) -> tuple[list[str] | None, int]:
        """What begins on line `index`: its fields (None where it is broken) and its number of lines, 0 where
        those that are there do not tell yet."""
        fields, state = _split(self._lines[index], self._delimiter, 0)
        if state != "open":
            is_whole = state == "whole" and not _ends_another(self._lines[index], fields)
            return fields if is_whole else None, 1
        self._go_on(index)
        if not self._is_near(index):
            return None, 1
        if self._end == len(self._lines):
            return None, 1 if self._is_last else 0
        line, n_fields, may_end = self._stop or (0, 0, False)
        if not may_end:
            return None, 1
        between = self._n_fields[-1] - self._n_fields[index + 1 - self._start]
        if self._width not in (None, len(fields) + between + n_fields):
            return None, 1
        text = "\n".join(self._lines[index : line + 1])
        return _split(text, self._delimiter, 0).fields, line + 1 - index

    def _go_on(self, index: int) -> None:
        """Moves `_end` to the first line that ends a quote left open on line `index`, or is too far off."""
        if self._end < index + 1:
            self._start = self._end = index + 1
            self._characters, self._n_fields = [0], [0]
        while self._end < len(self._lines) and self._is_near(index):
            if self._stop is not None and self._stop[0] == self._end:
                return
            line = self._lines[self._end]
            added, state = _continued(line, self._delimiter) if '"' in line else _Split([], "open")
            alone = stands_alone(line, self._delimiter, self._width)
            if state != "open" or alone:
                self._stop = self._end, len(added), state == "whole" and not alone
                return
            self._characters.append(self._characters[-1] + len(line) + 1)
            self._n_fields.append(self._n_fields[-1] + len(added))
            self._end += 1

    def _is_near(self, index: int) -> bool:
        """Whether a record of line `index` may run to line `_end`."""
        between = self._characters[-1] - self._characters[index + 1 - self._start]
        return self._end - index < MOST_LINES and len(self._lines[index]) + between <= MOST_CHARACTERS


def _continued(line: str, delimiter: str) -> _Split:
    """The fields that end on a line in which a quote is open at the start."""
    return _split('"' + line, delimiter, 0)


class DelimitedHead(NamedTuple):
    """The header of a text as one delimiter gives it; its rows begin after `n_lines` lines."""

    delimiter: str
    header: TableRecord
    n_lines: int


class Records(NamedTuple):
    """Records of some lines, and how many of the lines they take: fewer than all where a quote is open at
    their end and more lines must be seen."""

    records: list[TableRecord]
    n_lines: int


def text_tables(data: bytes) -> list[RecordTable]:
    """A whole text seen with each delimiter; empty where there is no line with anything on it."""
    encoding = encoding_shown(data) or encoding_counted(lambda: [data])
    lines = text_lines(data, encoding)

    def body(head: DelimitedHead, width: int) -> Iterator[TableRecord]:
        at = head.n_lines
        while at < len(lines):
            window = lines[at : at + _WINDOW]
            is_last = at + len(window) == len(lines)
            found = records(window, at + 1, head.delimiter, width, is_last)
            yield from readable(found.records, "\n".join(window[: found.n_lines]), encoding)
            at += found.n_lines

    return [
        RecordTable(
            joined((DELIMITERS[head.delimiter], encoding.name)),
            head.header,
            partial(body, head),
            delimiter=head.delimiter,
            codec=encoding.codec,
        )
        for head in heads(lines, is_last=True)
    ]


def text_lines(data: bytes, encoding: Encoding) -> Sequence[str]:
    """The lines of a text from its first byte on."""
    text = b"".join(block or b"" for block in streamed([data[encoding.mark :]], encoding))
    return _Lines(text.rstrip(b"\x1a").replace(b"\r\n", b"\n").replace(b"\r", b"\n"), encoding)


class _Lines(Sequence[str]):
    """Lines that become text when they are asked for: of a list of two million people they would take as much
    memory as all that is read from them."""

    def __init__(self, text: bytes, encoding: Encoding) -> None:
        self._text, self._encoding = text, encoding
        ends = [np.empty(0, np.int64)]
        for start in range(0, len(text), _BLOCK):
            block = np.frombuffer(text, np.uint8, min(_BLOCK, len(text) - start), start)
            ends.append(np.flatnonzero(block == ord("\n")) + start)
        self._ends = np.append(np.concatenate(ends), len(text))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if not isinstance(at, slice):
            return self[at : at + 1][0] if at >= 0 else self[len(self) + at]
        start, stop, _ = at.indices(len(self))
        if start >= stop:
            return []
        first = int(self._ends[start - 1]) + 1 if start else 0
        return self._encoding.text(self._text[first : int(self._ends[stop - 1])]).split("\n")


def heads(lines: Sequence[str], is_last: bool, start: int = 0) -> list[DelimitedHead]:
    """The header with each delimiter, on the first line from `start` on that is not empty; `is_last` says
    that no line follows those given."""
    first = _first_written(lines, start)
    if first == len(lines):
        return []
    delimiters = list(DELIMITERS)
    if named := _SEPARATOR_LINE.fullmatch(lines[first].strip(" \n")):
        delimiters = [named[1]] if named[1] in DELIMITERS else delimiters
        first = _first_written(lines, first + 1)
    found_heads: list[DelimitedHead] = []
    for delimiter in delimiters:
        found = records(
            lines[first : first + MOST_LINES + 1], first + 1, delimiter, None, True, most=1
        ).records
        found_heads += [DelimitedHead(delimiter, one, one.line + one.raw.count("\n")) for one in found]
    return found_heads


def _first_written(lines: Sequence[str], start: int) -> int:
    """The first line with more on it than space and delimiters; the number of lines where there is none."""
    nothing = SPACE + "".join(DELIMITERS)
    return next((i for i in range(start, len(lines)) if lines[i].strip(nothing)), len(lines))


def readable(found: Sequence[TableRecord], text: str, encoding: Encoding) -> Iterator[TableRecord]:
    """The records of a text, with a fault on those that hold what is none in the encoding."""
    # What can be printed holds nothing that is none, and ASCII no vowel: both are soon told.
    printable, ascii_only = text.replace("\n", "").isprintable(), text.isascii()
    suspect = [
        pattern
        for pattern in encoding.suspect
        if not (printable and (pattern is UNREADABLE or ascii_only)) and pattern.search(text)
    ]
    if not suspect:
        yield from found
        return
    for record in found:
        if any(pattern.search(record.raw) for pattern in suspect):
            fields = [visible(field) for field in record.fields]
            yield TableRecord(record.line, fields, visible(record.raw), "undecodable")
        else:
            yield record


def records(
    lines: Sequence[str], line: int, delimiter: str, width: int | None, is_last: bool, most: int | None = None
) -> Records:
    """The records of the lines, the first of which has number `line`, or the first `most` of them.

    Lines with nothing but space and delimiters are none.
    """
    quoted = QuotedLines(lines, delimiter, width, is_last)
    nothing = delimiter + SPACE
    found: list[TableRecord] = []
    index = 0
    while index < len(lines) and (most is None or len(found) < most):
        text = lines[index]
        used = 1
        if '"' in text:
            fields, used = quoted.record(index)
            if not used:
                break
            if fields is None:
                guess = [field.strip('"') for field in text.split(delimiter)]
                found.append(TableRecord(line + index, guess, text, "broken_quote"))
            elif any(field.strip(SPACE) for field in fields):
                found.append(TableRecord(line + index, fields, "\n".join(lines[index : index + used])))
        elif text.strip(nothing):
            found.append(TableRecord(line + index, text.split(delimiter), text))
        index += used
    return Records(found, index)


def unquoted_records(lines: Sequence[str], numbers: Sequence[int], delimiter: str) -> list[TableRecord]:
    """The records of lines that have no quote, by their numbers."""
    nothing = delimiter + SPACE
    return [
        TableRecord(number, line.split(delimiter), line)
        for number, line in zip(numbers, lines, strict=True)
        if line.strip(nothing)
    ]

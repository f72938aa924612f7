"""Lines of delimited text → records; the head of a text → one table for each delimiter it may have.

Follows RFC 4180 for quotes, with any line end, in time proportional to the text. A quoted field may run over
lines only where the record that results is whole and swallows no line that is a record itself.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal, NamedTuple

from examgen.core.tables.encodings import Encoding, encoding_counted, encoding_shown, streamed
from examgen.core.tables.records import UNREADABLE, Table, TableRecord, visible
from examgen.core.words import joined, tell

MOST_LINES = 500
MOST_CHARACTERS = 100_000
"""Longest record looked for behind an open quote."""

DELIMITERS = {",": tell("comma"), ";": tell("semicolon"), "\t": tell("tab"), "|": tell("pipe")}
SPACE = " \t\u00a0\u3000\ufeff"
_WINDOW = 10 * MOST_LINES
"""Lines of a whole text whose records are in memory at a time; a record has at most `MOST_LINES`."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


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


class TextLines:
    """The lines of a text, which become text when they are read: as text, those of a list of two million
    people would take several times the memory."""

    def __init__(self, data: bytes, encoding: Encoding, is_whole: bool = True) -> None:
        """Where the data is not all of the text, its last line is left out."""
        text = b"".join(streamed([data[encoding.mark :]], encoding))
        self._lines = text.rstrip(b"\x1a").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if not is_whole:
            self._lines.pop()
        self._encoding = encoding

    def __len__(self) -> int:
        return len(self._lines)

    def between(self, start: int, stop: int | None = None) -> list[str]:
        """The lines from a place on, up to another or the last."""
        lines = self._lines[start:stop]
        return self._encoding.text(b"\n".join(lines)).split("\n") if lines else []

    def first_written(self, start: int) -> int:
        """The first line with more on it than space and delimiters; the number of lines where none has."""
        nothing = SPACE + "".join(DELIMITERS)
        places = range(start, len(self))
        return next((n for n in places if self._encoding.text(self._lines[n]).strip(nothing)), len(self))


def text_tables(data: bytes) -> list[Table]:
    """A whole text seen with each delimiter; empty where there is no line with anything on it."""
    encoding = encoding_shown(data) or encoding_counted(lambda: [data])
    return tables_of(TextLines(data, encoding), encoding)


def tables_of(lines: TextLines, encoding: Encoding) -> list[Table]:
    """Lines of a text seen with each delimiter."""

    def body(head: DelimitedHead, width: int) -> Iterator[TableRecord]:
        at = head.n_lines
        while at < len(lines):
            window = lines.between(at, at + _WINDOW)
            found = records(window, at + 1, head.delimiter, width, at + len(window) == len(lines))
            yield from readable(found.records, "\n".join(window[: found.n_lines]), encoding)
            at += found.n_lines

    return [
        Table(
            joined((DELIMITERS[head.delimiter], encoding.name)),
            head.header,
            partial(body, head),
            delimiter=head.delimiter,
            codec=encoding.codec,
        )
        for head in heads(lines)
    ]


def heads(lines: TextLines, start: int = 0) -> list[DelimitedHead]:
    """The header with each delimiter, on the first line from `start` on that is not empty."""
    first = lines.first_written(start)
    if first == len(lines):
        return []
    delimiters = list(DELIMITERS)
    if named := _SEPARATOR_LINE.fullmatch(lines.between(first, first + 1)[0].strip(" \n")):
        delimiters = [named[1]] if named[1] in DELIMITERS else delimiters
        first = lines.first_written(first + 1)
    near = lines.between(first, first + MOST_LINES + 1)
    return [
        DelimitedHead(delimiter, one, one.line + one.raw.count("\n"))
        for delimiter in delimiters
        for one in records(near, first + 1, delimiter, None, True, most=1).records
    ]


def readable(found: Sequence[TableRecord], text: str, encoding: Encoding) -> Iterator[TableRecord]:
    """The records of a text, with a fault on those that hold what is none in the encoding."""
    suspect = suspects(text, encoding)
    for record in found:
        if any(pattern.search(record.raw) for pattern in suspect):
            fields = [visible(field) for field in record.fields]
            yield TableRecord(record.line, fields, visible(record.raw), "undecodable")
        else:
            yield record


def suspects(text: str, encoding: Encoding) -> list[re.Pattern[str]]:
    """What the encoding cannot hold and the text does."""
    # What can be printed holds nothing that is none, and ASCII no vowel: both are soon told.
    printable, ascii_only = text.replace("\n", "").isprintable(), text.isascii()
    return [
        pattern
        for pattern in encoding.suspect
        if not (printable and (pattern is UNREADABLE or ascii_only)) and pattern.search(text)
    ]


def records(
    lines: Sequence[str], line: int, delimiter: str, width: int | None, is_last: bool, most: int | None = None
) -> Records:
    """The records of the lines, the first of which has number `line`, or the first `most` of them.

    `width` is the number of fields of a record, None for a header; `is_last` says that no line follows. Lines
    with nothing but space and delimiters are none.
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


# ── quotes ───────────────────────────────────────────────────────────────────────────────────


class _Split(NamedTuple):
    """The fields that end in a text, and whether a quote is still open at its end, or broken."""

    fields: list[str]
    state: Literal["whole", "open", "broken"]


def stands_alone(line: str, delimiter: str, width: int | None) -> bool:
    """Whether the line is a record of that many fields by itself, which no open quote may swallow."""
    if '"' not in line:
        return width is not None and line.count(delimiter) + 1 == width
    fields, state = _split(line, delimiter)
    return state == "whole" and len(fields) == width and not _ends_another(line, fields)


def may_hold(first: str, last: str, delimiter: str, width: int) -> bool:
    """Whether a record may begin on one line, with a quote that stays open, and end on the other, which is no
    record by itself: exactly so many fields, whatever stands between within the quote."""
    fields, state = _split(first, delimiter)
    added, end = _continued(last, delimiter)
    if state != "open" or end != "whole" or len(fields) + len(added) != width:
        return False
    return last.count(delimiter) + 1 != width


def leaves_open(line: str, delimiter: str) -> bool:
    """Whether a quote that is open before a line is open behind it as well."""
    return '"' not in line or _continued(line, delimiter).state == "open"


def _ends_another(line: str, fields: Sequence[str]) -> bool:
    """Whether a line, cut into fields, looks like the end of a record that opened a quote before it."""
    return line.count('"') % 2 == 1 and any(field.endswith('"') for field in fields)


def _continued(line: str, delimiter: str) -> _Split:
    """The fields that end on a line in which a quote is open at the start."""
    return _split('"' + line, delimiter)


def _split(text: str, delimiter: str) -> _Split:
    with suppress(csv.Error):
        return _Split(next(csv.reader((text,), delimiter=delimiter, strict=True)), "whole")
    # Text behind a quote, or a quote that is open: which of both it is, and what stands before it.
    fields: list[str] = []
    quoted = delimiter + '"'
    start = 0
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


class QuotedLines:
    """Records with quotes among some lines, read in the order of the lines; each line is looked at once,
    however many quotes are open before it."""

    def __init__(self, lines: Sequence[str], delimiter: str, width: int | None, is_last: bool) -> None:
        self._lines, self._delimiter, self._width, self._is_last = lines, delimiter, width, is_last
        self._stop = 0
        self._may_end = False
        self._n_ended: dict[int, int] = {}
        """Of lines that a quote runs over: the fields that end on them."""

    def record(self, index: int) -> tuple[list[str] | None, int]:
        """What begins on a line: its fields (None where it is broken) and its number of lines, 0 where those
        that are there do not tell yet."""
        lines = self._lines
        fields, state = _split(lines[index], self._delimiter)
        if state != "open":
            is_whole = state == "whole" and not _ends_another(lines[index], fields)
            return fields if is_whole else None, 1
        if self._stop <= index:
            self._find_stop(index + 1)
        stop = self._stop
        if (
            stop - index >= MOST_LINES
            or sum(map(len, lines[index:stop])) + stop - index - 1 > MOST_CHARACTERS
        ):
            return None, 1
        if stop == len(lines):
            return None, 1 if self._is_last else 0
        n_fields = len(fields) + sum(self._n_ended.get(n, 0) for n in range(index + 1, stop + 1))
        if not self._may_end or self._width not in (None, n_fields):
            return None, 1
        return _split("\n".join(lines[index : stop + 1]), self._delimiter).fields, stop + 1 - index

    def _find_stop(self, start: int) -> None:
        """Finds the first line from `start` on that ends a quote left open before it, or is a record."""
        for n in range(start, len(self._lines)):
            line = self._lines[n]
            added, state = _continued(line, self._delimiter) if '"' in line else _Split([], "open")
            if added:
                self._n_ended[n] = len(added)
            is_alone = stands_alone(line, self._delimiter, self._width)
            if state != "open" or is_alone:
                self._stop, self._may_end = n, state == "whole" and not is_alone
                return
        self._stop = len(self._lines)

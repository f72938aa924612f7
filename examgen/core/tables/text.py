"""Splits lines of delimited text into records, and the head of a text into one table for each possible
delimiter.

Follows RFC 4180 for quotes, with any line ending, in time proportional to the text. A quoted field may span
several lines only if the resulting record is complete and includes no line that is a record itself.
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
"""The length of the longest record that is looked for after an open quote."""

DELIMITERS = {",": tell("comma"), ";": tell("semicolon"), "\t": tell("tab"), "|": tell("pipe")}
SPACE = " \t\u00a0\u3000\ufeff"
_WINDOW = 10 * MOST_LINES
"""The number of lines of a text whose records are in memory at a time; a record has at most `MOST_LINES`."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


class DelimitedHead(NamedTuple):
    """The header of a text, split by one delimiter. Its rows begin after `n_lines` lines."""

    delimiter: str
    header: TableRecord
    n_lines: int


class Records(NamedTuple):
    """The records of some lines, and the number of lines they use. It is less than all if a quote is still
    open at the end and more lines are needed."""

    records: list[TableRecord]
    n_lines: int


class TextLines:
    """The lines of a text, decoded only when they are read: as text, the lines of a list of two million
    people would take several times the memory."""

    def __init__(self, data: bytes, encoding: Encoding, is_whole: bool = True) -> None:
        """Leaves out the last line if the data is not the whole text."""
        text = b"".join(streamed([data[encoding.mark :]], encoding))
        self._lines = text.rstrip(b"\x1a").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if not is_whole:
            self._lines.pop()
        self._encoding = encoding

    def __len__(self) -> int:
        return len(self._lines)

    def between(self, start: int, stop: int | None = None) -> list[str]:
        """Returns the lines from one index up to another, or to the last."""
        lines = self._lines[start:stop]
        return self._encoding.text(b"\n".join(lines)).split("\n") if lines else []

    def first_written(self, start: int) -> int:
        """Returns the index of the first line with anything other than space and delimiters; the number of
        lines if there is none."""
        nothing = SPACE + "".join(DELIMITERS)
        places = range(start, len(self))
        return next((n for n in places if self._encoding.text(self._lines[n]).strip(nothing)), len(self))


def text_tables(data: bytes) -> list[Table]:
    """Returns the tables of a whole text, one for each delimiter; empty if all its lines are blank."""
    encoding = encoding_shown(data) or encoding_counted(lambda: [data])
    return tables_of(TextLines(data, encoding), encoding)


def tables_of(lines: TextLines, encoding: Encoding) -> list[Table]:
    """Returns the tables of some lines, one for each delimiter."""

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
    """Returns the header for each delimiter, on the first line from `start` on that is not blank."""
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
    """Yields the records of a text, marking those with characters that are invalid in the encoding."""
    suspect = suspects(text, encoding)
    for record in found:
        if any(pattern.search(record.raw) for pattern in suspect):
            fields = [visible(field) for field in record.fields]
            yield TableRecord(record.line, fields, visible(record.raw), "undecodable")
        else:
            yield record


def suspects(text: str, encoding: Encoding) -> list[re.Pattern[str]]:
    """Returns the patterns of invalid characters of the encoding that occur in the text."""
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
    """Returns the records of the lines, or the first `most` of them. The first line has number `line`.

    `width` is the number of fields of a record, None for a header. `is_last` means that no lines follow.
    Lines with only space and delimiters are not records.
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
    """The fields that end in a text, and whether a quote is open at its end or broken."""

    fields: list[str]
    state: Literal["whole", "open", "broken"]


def stands_alone(line: str, delimiter: str, width: int | None) -> bool:
    """Returns whether the line is a record of `width` fields by itself, so that an open quote must not
    include it."""
    if '"' not in line:
        return width is not None and line.count(delimiter) + 1 == width
    fields, state = _split(line, delimiter)
    return state == "whole" and len(fields) == width and not _ends_another(line, fields)


def may_hold(first: str, last: str, delimiter: str, width: int) -> bool:
    """Returns whether a record may begin on the first line, with a quote left open, and end on the last,
    which is no record by itself. Together they must have `width` fields, whatever the quote contains between
    them."""
    fields, state = _split(first, delimiter)
    added, end = _continued(last, delimiter)
    if state != "open" or end != "whole" or len(fields) + len(added) != width:
        return False
    return last.count(delimiter) + 1 != width


def leaves_open(line: str, delimiter: str) -> bool:
    """Returns whether a quotation mark that is open before the line is still open after it."""
    return '"' not in line or _continued(line, delimiter).state == "open"


def _ends_another(line: str, fields: Sequence[str]) -> bool:
    """Returns whether a line, split into fields, looks like the end of a record that opened a quote on an
    earlier line."""
    return line.count('"') % 2 == 1 and any(field.endswith('"') for field in fields)


def _continued(line: str, delimiter: str) -> _Split:
    """Returns the fields that end on a line before which a quote is open."""
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
    """Reads records with quotes, in the order of the lines. Each line is examined once, however many quotes
    are open before it."""

    def __init__(self, lines: Sequence[str], delimiter: str, width: int | None, is_last: bool) -> None:
        self._lines, self._delimiter, self._width, self._is_last = lines, delimiter, width, is_last
        self._stop = 0
        self._may_end = False
        self._n_ended: dict[int, int] = {}
        """The number of fields that end on each line that a quoted field reaches."""

    def record(self, index: int) -> tuple[list[str] | None, int]:
        """Returns the record that begins on a line: its fields (None if its quotes are broken) and its number
        of lines (0 if more lines are needed)."""
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
        """Finds the first line from `start` on that ends an open quote, or is a record by itself."""
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

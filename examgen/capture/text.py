"""Lines of delimited text → records; the head of a text → one table per delimiter it may be written with.

Follows RFC 4180 for quotes, with any line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from examgen.capture.encodings import Encoding, encoding_counted, encoding_shown, streamed
from examgen.capture.quotes import MOST_LINES, QuotedLines
from examgen.capture.records import Record, Table, visible
from examgen.cell_texts import UNREADABLE

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SPACE = " \t\u00a0\u3000\ufeff"
_WINDOW = 10 * MOST_LINES
"""Lines of a whole text whose records stand in memory at a time; a record has at most `MOST_LINES`."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


class Head(NamedTuple):
    """The header of a text as one delimiter gives it; its rows begin after `n_lines` lines."""

    delimiter: str
    header: Record
    n_lines: int


class Records(NamedTuple):
    """Records of some lines, and how many of the lines they take: fewer than all where a quote is open at
    their end and more lines must be seen."""

    records: list[Record]
    n_lines: int


def text_tables(data: bytes) -> list[Table]:
    """A whole text seen with each delimiter; empty where there is no line with anything on it."""
    encoding = encoding_shown(data) or encoding_counted(lambda: [data])
    lines = text_lines(data, encoding)
    return [_table(lines, head, encoding) for head in heads(lines, is_last=True)]


def text_lines(data: bytes, encoding: Encoding) -> list[str]:
    """The lines of a text from its first byte on."""
    text = b"".join(block or b"" for block in streamed([data[encoding.mark :]], encoding))
    one_end = text.rstrip(b"\x1a").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return encoding.text(one_end).split("\n")


def heads(lines: Sequence[str], is_last: bool, start: int = 0) -> list[Head]:
    """The header with each delimiter, on the first line from `start` on that is not empty; `is_last` says
    that no line follows those given."""
    first = _first_written(lines, start)
    if first == len(lines):
        return []
    delimiters = list(DELIMITERS)
    if found := _SEPARATOR_LINE.fullmatch(lines[first].strip(" \n")):
        delimiters = [found[1]] if found[1] in DELIMITERS else delimiters
        first = _first_written(lines, first + 1)
    found_heads = (_head(lines[first : first + MOST_LINES + 1], first, delimiter) for delimiter in delimiters)
    return [head for head in found_heads if head is not None]


def _first_written(lines: Sequence[str], start: int) -> int:
    """The first line with more on it than space and delimiters; the number of lines where there is none."""
    nothing = SPACE + "".join(DELIMITERS)
    return next((i for i in range(start, len(lines)) if lines[i].strip(nothing)), len(lines))


def _head(lines: Sequence[str], first: int, delimiter: str) -> Head | None:
    found = records(lines, first + 1, delimiter, None, is_last=True, most=1).records
    return Head(delimiter, found[0], found[0].line + found[0].raw.count("\n")) if found else None


def _table(lines: Sequence[str], head: Head, encoding: Encoding) -> Table:
    def body(width: int) -> Iterator[Record]:
        at = head.n_lines
        while at < len(lines):
            window = lines[at : at + _WINDOW]
            is_last = at + len(window) == len(lines)
            found = records(window, at + 1, head.delimiter, width, is_last)
            yield from readable(found.records, "\n".join(window[: found.n_lines]), encoding)
            at += found.n_lines

    return Table(f"{DELIMITERS[head.delimiter]}, {encoding.name}", head.header, body)


def readable(found: Sequence[Record], text: str, encoding: Encoding) -> Iterator[Record]:
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
            yield Record(record.line, fields, visible(record.raw), "undecodable")
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
    found: list[Record] = []
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
                found.append(Record(line + index, guess, text, "broken_quote"))
            elif any(field.strip(SPACE) for field in fields):
                found.append(Record(line + index, fields, "\n".join(lines[index : index + used])))
        elif text.strip(nothing):
            found.append(Record(line + index, text.split(delimiter), text))
        index += used
    return Records(found, index)


def unquoted_records(lines: Sequence[str], numbers: Sequence[int], delimiter: str) -> list[Record]:
    """The records of lines that have no quote, by their numbers."""
    nothing = delimiter + SPACE
    return [
        Record(number, line.split(delimiter), line)
        for number, line in zip(numbers, lines, strict=True)
        if line.strip(nothing)
    ]

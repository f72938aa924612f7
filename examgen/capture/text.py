"""Bytes of delimited text → one table per delimiter that its header could be written with.

Follows RFC 4180 for quotes, with any line end. A quoted field may run over lines only where the
record that results is whole and swallows no line that is a record itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from examgen.capture.records import UNREADABLE, Record, Table, visible

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
MOST_LINES = 500
MOST_CHARACTERS = 100_000
"""Longest record looked for behind an open quote."""

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8 with BOM"),
    (b"\xff\xfe", "utf-16-le", "UTF-16"),
    (b"\xfe\xff", "utf-16-be", "UTF-16"),
)
# Thai, full-width and typographic characters as UTF-8 has them; rare by accident in CP874.
_UTF8_WORDS = re.compile(rb"\xe0[\xb8\xb9][\x80-\xbf]|\xef[\xbc\xbd][\x80-\xbf]|\xe2\x80[\x80-\xbf]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
# A Thai vowel or tone mark over something that is not Thai: the text is of another code page.
_MISPLACED = re.compile("(?:^|[^\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", re.MULTILINE)
_SPACE = " \t\u00a0\u3000\ufeff"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


def text_tables(data: bytes) -> list[Table]:
    """The text seen with each delimiter; empty where there is no line with anything on it."""
    text, encoding = decode(data)
    lines = text.rstrip("\x1a").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return []
    delimiters = list(DELIMITERS)
    if found := _SEPARATOR_LINE.fullmatch(lines[first].strip(" \n")):
        delimiters = [found[1]] if found[1] in DELIMITERS else delimiters
        first = next((i for i, line in enumerate(lines[first + 1 :], first + 1) if line.strip()), len(lines))
    suspect = _suspect(text, encoding)
    return [
        table for delimiter in delimiters if (table := _table(lines, first, delimiter, encoding, suspect))
    ]


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; bytes that are no text become lone surrogates."""
    for bom, codec, name in _BOMS:
        if data.startswith(bom):
            return _decode(data[len(bom) :], codec), name
    if wide := _utf16_without_bom(data):
        return _decode(data, wide), "UTF-16 without BOM"
    try:
        return data.decode(), "UTF-8"
    except UnicodeDecodeError:
        as_utf8 = 3 * len(_UTF8_WORDS.findall(data))
        is_utf8 = 2 * as_utf8 > len(_NOT_ASCII.findall(data))
        return (_decode(data, "utf-8"), "UTF-8") if is_utf8 else (_decode(data, "cp874"), "CP874")


def _decode(data: bytes, codec: str) -> str:
    if not codec.startswith("utf-16"):
        return data.decode(codec, "surrogateescape")
    cut = chr(0xDC00 + data[-1]) if len(data) % 2 else ""
    return data[: len(data) // 2 * 2].decode(codec, "surrogatepass") + cut


def _utf16_without_bom(data: bytes) -> str | None:
    sample = data[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) / 8 and even * 20 < odd:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) / 8 and odd * 20 < even else None


def _suspect(text: str, encoding: str) -> tuple[re.Pattern[str], ...]:
    patterns = (UNREADABLE, _MISPLACED) if encoding == "CP874" else (UNREADABLE,)
    return tuple(pattern for pattern in patterns if pattern.search(text))


def _table(
    lines: list[str], first: int, delimiter: str, encoding: str, suspect: tuple[re.Pattern[str], ...]
) -> Table | None:
    header = next(_records(lines, first, delimiter, None), None)
    if header is None:
        return None

    def body(width: int) -> Iterator[Record]:
        after = first + header.raw.count("\n") + 1
        for record in _records(lines, after, delimiter, width):
            if suspect and any(pattern.search(record.raw) for pattern in suspect):
                fields = [visible(field) for field in record.fields]
                yield Record(record.line, fields, visible(record.raw), "undecodable")
            else:
                yield record

    return Table(f"{DELIMITERS[delimiter]}, {encoding}", header, body)


def _records(lines: list[str], first: int, delimiter: str, width: int | None) -> Iterator[Record]:
    """The records from line `first` on; lines with nothing but space and delimiters are none."""
    index = first
    nothing = delimiter + _SPACE
    while index < len(lines):
        line = lines[index]
        used = 1
        if '"' in line:
            fields, used = _quoted(lines, index, delimiter, width)
            raw = "\n".join(lines[index : index + used])
            if fields is None:
                guess = [field.strip('"') for field in line.split(delimiter)]
                yield Record(index + 1, guess, raw, "broken_quote")
            elif any(field.strip(_SPACE) for field in fields):
                yield Record(index + 1, fields, raw)
        elif line.strip(nothing):
            yield Record(index + 1, line.split(delimiter), line)
        index += used


def _quoted(lines: list[str], index: int, delimiter: str, width: int | None) -> tuple[list[str] | None, int]:
    """The fields of the record that starts here and how many lines it takes; None where broken."""
    text = lines[index]
    fields, is_open = split_record(text, delimiter)
    if not is_open:
        return fields, 1
    n_quotes = text.count('"')
    for used, line in enumerate(lines[index + 1 : index + MOST_LINES], 2):
        if _stands_alone(line, delimiter, width) or len(text) > MOST_CHARACTERS:
            break
        text += "\n" + line
        n_quotes += line.count('"')
        # An odd number of quotes cannot be whole; not looking keeps long notes linear.
        if n_quotes % 2 == 0:
            fields, is_open = split_record(text, delimiter)
            if not is_open:
                is_whole = fields is not None and width in (None, len(fields))
                return (fields, used) if is_whole else (None, 1)
    return None, 1


def _stands_alone(line: str, delimiter: str, width: int | None) -> bool:
    fields, _ = split_record(line, delimiter)
    return width is not None and fields is not None and len(fields) == width


def split_record(text: str, delimiter: str) -> tuple[list[str] | None, bool]:
    """The fields, None where quotes are broken; and whether a quote is still open at the end."""
    fields: list[str] = []
    start = 0
    while True:
        if text.startswith('"', start):
            end = _closing_quote(text, start + 1)
            if end < 0:
                return None, True
            fields.append(text[start + 1 : end].replace('""', '"'))
            if end + 1 == len(text):
                return fields, False
            if text[end + 1] != delimiter:
                return None, False
            start = end + 2
        else:
            end = text.find(delimiter, start)
            if end < 0:
                fields.append(text[start:])
                return fields, False
            fields.append(text[start:end])
            start = end + 1


def _closing_quote(text: str, start: int) -> int:
    end = text.find('"', start)
    while end >= 0 and text.startswith('"', end + 1):
        end = text.find('"', end + 2)
    return end

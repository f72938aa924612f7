"""Rows of text cells, as which every kind of file is read, and the tables made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from examgen.core.problems import Problem, Refused
from examgen.core.words import Message

NO_COLUMNS: frozenset[int] = frozenset()

UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters, and the surrogates that stand for invalid bytes."""

LARGEST_BYTES = 2 * 1024**3
"""The maximum number of bytes to which a file may unpack."""

EXACT = 10**15
"""Spreadsheets keep fifteen digits; a number from here on may have lost digits."""

INVISIBLE = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_NOTHING = dict.fromkeys(map(ord, INVISIBLE))
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)


class TableRecord(NamedTuple):
    """One row: the line (or row of a sheet) at which it starts, its cells, and its original text.

    A fault is `broken_quote` or `undecodable`. For a workbook or Parquet file, `odd` are the columns whose
    cells are neither text nor whole numbers, such as fractions and dates, and `merged` those whose cells are
    empty because they are part of a merged block.
    """

    line: int
    fields: Sequence[str]
    raw: str
    fault: str | None = None
    odd: frozenset[int] = NO_COLUMNS
    merged: frozenset[int] = NO_COLUMNS


class Table(NamedTuple):
    """One way to read a file as a header and rows; `body` takes the width of the header.

    `label` describes it to the reader: `comma, UTF-8 with BOM`, `sheet 'Sheet1' of a workbook`.
    """

    label: Message
    header: TableRecord
    body: Callable[[int], Iterator[TableRecord]]
    sheet: str = ""
    """The name of the sheet in a workbook."""
    delimiter: str = ""
    codec: str = ""
    """The codec with which a text file is decoded."""
    hidden: frozenset[int] = frozenset()
    """The hidden rows of a workbook."""
    struck: str = ""
    """The first cell of a workbook with struck-out text, as `B2`; empty if there is none."""
    comments: tuple[tuple[int, str, str], ...] = ()
    """The comments on cells of a workbook: row, cell and text."""


def refusal(name: str, code: str, message: Message) -> Refused:
    """Returns the refusal of one file."""
    return Refused.because("{name}: {message}", [Problem(name, code, message)], name=name, message=message)


def visible(text: str) -> str:
    r"""The text with bytes that are not text, and control characters, written out as `\xNN`."""
    return UNREADABLE.sub(_escape, text) if UNREADABLE.search(text) else text


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC00 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def unwrap(cell: str) -> str:
    """Returns the text inside `="007"`, a notation that makes spreadsheets keep leading zeros."""
    found = _EXCEL_TEXT.fullmatch(cell) if cell.startswith("=") else None
    return found[1] if found else cell


def drop_invisible(text: str) -> str:
    """Returns the text without zero-width and direction characters."""
    return text if text.isascii() else text.translate(_NOTHING)


def number_text(value: float, exact: int = EXACT) -> str:
    """Returns a number as text: a whole number as its digits, and one with more digits than are exact as
    `1.230000E+20`."""
    if abs(value) >= exact:
        return f"{value:.6E}"
    return str(int(value)) if value == int(value) else repr(value)

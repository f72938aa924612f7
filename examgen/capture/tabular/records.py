"""What every kind of answer file is turned into first: tables of records of text cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from examgen.responses.cell_texts import UNREADABLE

NO_COLUMNS: frozenset[int] = frozenset()


class Cells(list[str]):
    """The cells of a row of a workbook or Parquet file, as texts.

    `odd` are the columns of cells that are not texts but numbers with a fraction, dates and the like;
    `merged` those of cells that are part of another one, and so are empty.
    """

    odd: frozenset[int] = NO_COLUMNS
    merged: frozenset[int] = NO_COLUMNS


class Record(NamedTuple):
    """One row: the line (or row number) it starts at, its cells, and its text word for word; of a workbook
    or Parquet file which cells are `odd` or `merged` (`Cells`)."""

    line: int
    fields: Sequence[str]
    raw: str
    fault: str | None = None
    odd: frozenset[int] = NO_COLUMNS
    merged: frozenset[int] = NO_COLUMNS


@dataclass(frozen=True, slots=True)
class Table:
    """One way to see a file as a header and rows; `body` is given the width of the header.

    `label` says it to the grader: `comma, UTF-8 with BOM`, `sheet 'Sheet1' of a workbook`.
    """

    label: str
    header: Record
    body: Callable[[int], Iterator[Record]]


def visible(text: str) -> str:
    r"""The text with bytes that are not text, and control characters, written out as `\xNN`."""
    return UNREADABLE.sub(_escape, text) if UNREADABLE.search(text) else text


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC00 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

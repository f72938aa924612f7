"""Delimited text without persons: the cells that change, every other byte as it was.

Lines that nothing changes in are never taken apart and put together again: quotes, empty cells, ends of lines
and the encoding stay as whoever wrote the file had them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from io import StringIO
from typing import overload

from examgen.capture.tabular.encodings import UTF8, Encoding, encoding_counted, encoding_shown
from examgen.evidence.persons.rows import changed_cells, text_of
from examgen.evidence.persons.spelling import Spellings

_DELIMITERS = ",;\t|"
_END = re.compile(r"[\r\n]*\Z")


def encoding_of(data: bytes) -> Encoding:
    """How a text is written."""
    return encoding_shown(data) or (UTF8 if data.isascii() else encoding_counted(lambda: [data]))


def decoded(data: bytes, encoding: Encoding) -> str:
    """The text; bytes that are none become lone surrogates."""
    errors = "surrogatepass" if encoding.is_wide else "surrogateescape"
    return data[encoding.mark :].decode(encoding.codec, errors)


def encoded(text: str, data: bytes, encoding: Encoding) -> bytes:
    """A text as those bytes were written."""
    errors = "surrogatepass" if encoding.is_wide else "surrogateescape"
    return data[: encoding.mark] + text.encode(encoding.codec, errors)


@cache
def _cells(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'("(?:[^"]|"")*"[^{mark}]*|[^{mark}]*)(?:{mark}|\Z)')


@cache
def _records(delimiter: str) -> re.Pattern[str]:
    """A record of a table: a quote opens a cell only where the cell begins."""
    mark = re.escape(delimiter)
    field = rf'(?:"(?:[^"]|"")*"[^{mark}\n]*|"?[^{mark}\n]*)'
    return re.compile(rf"{field}(?:{mark}{field})*(?:\n|\Z)")


def delimiter_of(text: str) -> str:
    """What stands between the cells of a table: what most of its first lines are parted by."""
    return max(_DELIMITERS, key=text[:4000].count)


class Records(Sequence[list[str]]):
    """The records of a table, each taken apart when it is asked for: what its cells say."""

    def __init__(self, text: str) -> None:
        self.delimiter = delimiter_of(text)
        self.written = [*StringIO(text, "\n")]
        """Word for word."""
        if '"' not in text:
            return
        self.written = [one for one in _records(self.delimiter).findall(text) if one]
        if "".join(self.written) != text:  # quotes that no writer of tables sets so
            self.written = text.splitlines(keepends=True)

    def __len__(self) -> int:
        return len(self.written)

    @overload
    def __getitem__(self, place: int) -> list[str]: ...
    @overload
    def __getitem__(self, place: slice) -> list[list[str]]: ...
    def __getitem__(self, place: int | slice) -> list[str] | list[list[str]]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(len(self)))]
        body = self._body(place)
        if '"' not in body:
            return body.split(self.delimiter)
        try:
            return self._said(body)
        except csv.Error:  # not as a table is written: a text as any other
            return [body]

    def is_whole(self) -> bool:
        """Whether all records can be taken apart."""
        try:
            for n, one in enumerate(self.written):
                if '"' in one and ("\r" in one.rstrip("\r\n") or len(one) > csv.field_size_limit()):
                    self._said(self._body(n))
        except csv.Error:
            return False
        return True

    def _said(self, body: str) -> list[str]:
        return next(csv.reader([body], delimiter=self.delimiter), [])

    def cells(self, place: int) -> list[str]:
        """The cells of a record word for word."""
        body = self._body(place)
        if '"' not in body:
            return body.split(self.delimiter)
        cells = _cells(self.delimiter).findall(body)
        has_more = len(cells) > 1 and not body.endswith(self.delimiter) and cells[-1] == ""
        return cells[:-1] if has_more else cells

    def _body(self, place: int) -> str:
        return _END.sub("", self.written[place])


def without_persons(data: bytes, spellings: Spellings, theirs: Mapping[int, str] | None = None) -> bytes:
    """The bytes of a table without the persons; the same bytes where nothing changes. `theirs` has, by the
    number of a line from 1, what takes the place of the number in it."""
    encoding = encoding_of(data)
    text = decoded(data, encoding)
    table = Records(text)
    of_rows: dict[int, str] = {}
    if theirs:
        line = 1
        for n, record in enumerate(table.written):
            if line in theirs:
                of_rows[n] = theirs[line]
            line += record.count("\n")
    changed = changed_cells(table, spellings, of_rows, {*spellings.may_stand_at(table.written), *of_rows})
    is_whole = table.is_whole()
    if not changed and is_whole:
        return data
    # an empty cell as the tables of examgen have it, or as the others in this file
    empty = (
        '""'
        if encoding.mark == 3 or re.search(r'(?:^|[,;\t|])""(?:[,;\t|\r\n]|\Z)', text, re.MULTILINE)
        else ""
    )
    delimiter, records = table.delimiter, [*table.written]
    rows: dict[int, dict[int, str]] = {}
    for (n, column), put in changed.items():
        rows.setdefault(n, {})[column] = put
    for n, puts in rows.items():
        record, written = records[n], table.cells(n)
        if len(written) != len(table[n]):  # quotes that no writer of tables sets so
            records[n] = text_of(record, spellings)
            continue
        cells = [_as_cell(puts[c], delimiter, empty) if c in puts else cell for c, cell in enumerate(written)]
        end = _END.search(record)
        records[n] = delimiter.join(cells) + (end[0] if end else "")
    plain = "".join(records)
    if not is_whole:  # some of it is a text, in which a number may go on in the next line
        plain = spellings.in_text(plain)
    return data if plain == text else encoded(plain, data, encoding)


def _as_cell(text: str, delimiter: str, empty: str) -> str:
    if not text:
        return empty
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text

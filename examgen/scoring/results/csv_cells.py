"""Texts → cells of CSV in UTF-8, byte for byte as `storage.csv_bytes` writes them; needs only numpy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt
from numpy.strings import str_len

from examgen.core.responses.rows import Cells, Ints, Texts
from examgen.scoring.results.text_columns import (
    Column,
    TextColumn,
    column,
    column_of,
    cut_column,
    fixed_column,
    replaced,
)

BOM = b"\xef\xbb\xbf"
_FORMULA = b"=+-@\t\r"
"""First bytes of a text that a spreadsheet would run."""
_FORMULA_MARKS = [b"%c" % mark for mark in _FORMULA]
_QUOTED = b',"\r\n'
_MOST_KEPT = 1 << 16
"""Different cells of a column that are remembered."""


def _marked(letters: bytes) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[list(letters)] = True
    return table


_BEGINS_ODD = _marked(_FORMULA + b"\0")
_IS_QUOTED = _marked(_QUOTED)


def csv_cell(text: str | None) -> bytes:
    """One cell; nothing for None. A lone surrogate is written as `\\udc81`."""
    return b"" if text is None else csv_cell_of(text.encode("utf-8", "backslashreplace"))


def csv_cell_of(data: bytes) -> bytes:
    """The cell of a text in UTF-8."""
    if data[:1] and data[0] in _FORMULA:
        data = b"'" + data
    if data and not (b"," in data or b'"' in data or b"\r" in data or b"\n" in data):
        return data
    return b'"' + data.replace(b'"', b'""') + b'"'


def csv_line(texts: Sequence[str | None]) -> bytes:
    """Texts as one line."""
    return b",".join(map(csv_cell, texts)) + b"\n"


def csv_head(names: Sequence[str]) -> bytes:
    """The first line of a file, with BOM; no two names become one where one is led by an apostrophe."""
    heads: list[str] = []
    for name in names:
        head = f"'{name}" if name[:1] and name[0] in _FORMULA.decode() else name
        while head != name and head in (*heads, *names):
            head = f"'{head}"
        heads.append(head)
    return BOM + csv_line(heads)


def id_cells(ids: Texts) -> Column:
    """The cell of each id; ids that need no care are found without looking at each."""
    odd = _odd(ids)
    cells = column_of(ids)
    return replaced(cells, odd, list(map(csv_cell_of, ids[odd].tolist()))) if len(odd) else cells


def id_length(ids: Texts) -> int:
    """The bytes of the cells of all ids."""
    longer = sum(len(csv_cell_of(data)) - len(data) for data in ids[_odd(ids)].tolist())
    return int(str_len(ids).sum()) + longer


def _odd(ids: Texts) -> Ints:
    """Places of ids that are empty, hold a mark of CSV or begin as a formula does."""
    letters = np.ascontiguousarray(ids).view(np.uint8).reshape(len(ids), ids.itemsize)
    odd = _BEGINS_ODD.take(letters[:, 0])
    data = ids.tobytes()
    if any(mark in data for mark in (b",", b'"', b"\r", b"\n")):
        odd |= _IS_QUOTED[letters].any(axis=1)
    return np.flatnonzero(odd)


class ColumnCells:
    """The cells of an extra column, each led by its comma."""

    def __init__(self) -> None:
        """Nothing remembered yet."""
        self._kept = _KeptCells()

    def cells(self, texts: Sequence[str | None] | None, n: int, end: bytes = b"") -> Column:
        """A cell of each text, with one byte or none behind it; empty cells where there is no column."""
        if texts is None:
            return fixed_column(b"," + end, n)
        if isinstance(texts, Cells) and _are_plain(texts):
            return _plain(texts, end)
        return column([cell + end for cell in self._cells(texts)])

    def _cells(self, texts: Sequence[str | None]) -> list[bytes]:
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        return list(map(self._kept.__getitem__, texts))

    def length(self, texts: Sequence[str | None] | None, n: int) -> int:
        """The bytes of these cells."""
        if texts is None:
            return n
        if isinstance(texts, Cells) and _are_plain(texts):
            # the end of each text is as long as its comma
            return len(texts.data)
        return sum(map(len, self._cells(texts)))


class _KeptCells(dict[str | None, bytes]):
    """Text → its cell, made when it is first met."""

    def __missing__(self, text: str | None) -> bytes:
        cell = self[text] = b"," + csv_cell(text)
        return cell


def _are_plain(column: Cells) -> bool:
    """Whether each text is a cell as it stands; there is one at least."""
    data = column.data
    if not data or any(mark in data for mark in (b",", b'"', b"\r", b"\n", b"\xed")):
        return False
    is_end = np.frombuffer(data, np.uint8) == ord(Cells.END)
    if data[0] in _FORMULA or is_end[0] or (is_end[1:] & is_end[:-1]).any():
        return False
    return not any(mark in data and Cells.END + mark in data for mark in _FORMULA_MARKS)


def _plain(texts: Cells, end: bytes) -> Column:
    """Texts that are cells as they stand, each between its comma and the end."""
    # where a text begins, the end of the one before it makes room for the comma
    data = b"," + (texts.data.replace(Cells.END, end) if end else texts.data)
    behind = np.flatnonzero(np.frombuffer(texts.data, np.uint8) == ord(Cells.END)) + 1
    begins = np.concatenate([[0], behind[:-1]])
    found = cut_column(data, begins, behind - begins + len(end))
    if isinstance(found, TextColumn):
        found.items.view(np.uint8)[:: found.items.itemsize] = ord(",")
        return found
    return [b"," + text[1:] for text in found]


def csv_table(names: Sequence[str], rows: Iterable[Sequence[object]], numbers: Collection[str] = ()) -> bytes:
    """A small table: numbers as they are, texts as cells, None as nothing.

    `numbers` are the columns whose texts are numbers of our own, no formula when they are less than 0.
    """
    own = [name in numbers for name in names]
    lines = [csv_head(names)]
    for row in rows:
        cells = []
        for cell, is_number in zip(row, own, strict=True):
            if isinstance(cell, int):
                cells.append(b"%d" % cell)
            elif cell is not None and is_number:
                cells.append(str(cell).encode())
            else:
                cells.append(csv_cell(None if cell is None else str(cell)))
        lines.append(b",".join(cells) + b"\n")
    return b"".join(lines)

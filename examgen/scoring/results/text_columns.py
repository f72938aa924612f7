"""Columns of texts, a text for each row → the lines that they make side by side; needs only numpy.

No text becomes an object of Python: each is copied from the array of its column to its place in the lines, in
two thirds of the time that joining takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.strings import str_len

from examgen.core.responses.rows import Ints, Texts

_WIDEST = 512
"""Bytes of the longest text that is copied so: a column takes as many for each of its texts."""
_AT_ONCE = 1 << 21
"""Bytes of the texts, all filled up to the longest, that are copied at a time."""


class TextColumn(NamedTuple):
    """Texts of rows: each is the first `lengths` bytes of its item, whatever stands behind; both (n,)."""

    items: Texts
    lengths: npt.NDArray[np.integer]

    def pieces(self) -> list[bytes]:
        """The texts one by one."""
        width, data = self.items.itemsize, self.items.tobytes()
        bounds = zip(range(0, len(data), width), self.lengths.tolist(), strict=True)
        return [data[start : start + length] for start, length in bounds]


Column = TextColumn | list[bytes]
"""A list where a text is too long to be copied as others are."""


def column(texts: list[bytes]) -> Column:
    """The column of some texts."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return texts if int(lengths.max(initial=0)) > _WIDEST else TextColumn(np.array(texts, "S"), lengths)


def fixed_column(text: bytes, n: int) -> Column:
    """The same text in each of n rows."""
    return TextColumn(np.full(n, text), np.full(n, len(text)))


def column_of(items: Texts) -> Column:
    """The column of an array of texts of which none ends with a zero."""
    if items.itemsize > _WIDEST:
        texts: list[bytes] = items.tolist()
        return texts
    return TextColumn(items, str_len(items))


def cut_column(data: bytes, begins: Ints, lengths: Ints) -> Column:
    """The texts of the data that begin at these places and are so long."""
    widest = int(lengths.max(initial=1))
    if widest > _WIDEST:
        bounds = zip(begins.tolist(), (begins + lengths).tolist(), strict=True)
        return [data[begin:end] for begin, end in bounds]
    windows = np.ndarray((len(data),), f"S{widest}", data + bytes(widest), 0, (1,))
    return TextColumn(windows[begins], lengths)


def replaced(whole: Column, places: Ints, texts: list[bytes]) -> Column:
    """The column with other texts in these places."""
    more = column(texts)
    if isinstance(whole, list) or isinstance(more, list):
        pieces = whole if isinstance(whole, list) else whole.pieces()
        for place, text in zip(places.tolist(), texts, strict=True):
            pieces[place] = text
        return pieces
    items = whole.items.astype(f"S{max(whole.items.itemsize, more.items.itemsize)}")
    items[places], whole.lengths[places] = more
    return TextColumn(items, whole.lengths)


def joined(columns: Sequence[Column]) -> memoryview:
    """The texts of each row side by side, row after row."""
    copied = [one for one in columns if isinstance(one, TextColumn)]
    if len(copied) < len(columns):
        cells: list[bytes] = [b""] * (
            len(columns[0] if isinstance(columns[0], list) else columns[0].lengths) * len(columns)
        )
        for place, one in enumerate(columns):
            cells[place :: len(columns)] = one if isinstance(one, list) else one.pieces()
        return memoryview(b"".join(cells))
    n, k, widest = len(copied[0].lengths), len(copied), max(one.items.itemsize for one in copied)
    lengths = np.stack([one.lengths for one in copied], axis=1, dtype=np.int64).ravel()
    starts = np.cumsum(lengths)
    starts -= lengths
    size = int(lengths.sum())
    lines = np.empty(size + widest, np.uint8)
    # An item is written to its place whole, and what stands behind its text then by the items that follow:
    # numpy assigns to places in their order.
    windows = np.ndarray((size + 1,), f"S{widest}", lines, 0, (1,))
    step = max(1, _AT_ONCE // (k * widest))
    for start in range(0, n, step):
        rows = slice(start, min(start + step, n))
        items = np.empty((rows.stop - start) * k, f"S{widest}")
        for place, one in enumerate(copied):
            own = one.items[rows]
            np.ndarray(own.shape, own.dtype, items, place * widest, (k * widest,))[:] = own
        windows[starts[start * k : rows.stop * k]] = items
    return lines.data[:size]

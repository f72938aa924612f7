"""Marks and candidate ids → 64-bit hashes by which equal ones are found among millions, batch by batch."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

from examgen.responses.rows import Ints, Marks, Texts

Hashes = npt.NDArray[np.uint64]

MOST_BYTES = 32_768
# drawn by Python's own generator: numpy's takes longer to load than to hash a hundred thousand rows
_DRAWN = np.frombuffer(random.Random(2569).randbytes(2 * MOST_BYTES), "<u8").astype(np.uint64)
_FIRST, _SECOND = _DRAWN.reshape(2, MOST_BYTES // 8, 1) | np.uint64(1 << 62 | 1)
_FORM, _LAST = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_FOLD, _HALF, _SPREAD = np.uint64(44), np.uint64(32), np.uint64(29)


def marks_hash(form: Ints, marks: Marks) -> Hashes:
    """(n,) hashes of rows of marks (n, questions) on their forms (n,): the same marks, the same hash.

    Columns of 0 past the last question change nothing, so that a row has one hash however wide its batch is.

    Each word of eight marks goes through a bijection of its own: it is multiplied by a random odd number,
    its upper bits are folded onto the lower, it is multiplied by another. The sum over words and form goes
    through one more. So rows that differ in one word, or in the form alone, never collide. Rows that differ
    in several collide where the differences cancel in the sum. In a sum of plain products they cancel easily:
    marks in the upper bytes reach only the upper bits. The fold brings them down, and the product before it
    keeps two changed marks of a word from undoing each other in the fold (as they do without: 81 collisions
    among 1,950,000 rows). At least 52 bits of each difference then depend on the multipliers, and two rows
    collide about as seldom as under a random function, with 2**-64: 3e-8 for any two of 1,000,000 different
    rows, 3e-6 of 10,000,000. That is argued, and measured (`docs/signals.md`), not proven, and it is no
    safeguard against one who forges marks to collide.
    """
    return hash_columns(word_columns(marks), form)


def id_hash(ids: Texts) -> Hashes:
    """(n,) hashes of candidate ids as UTF-8, the same whatever the width of the array; as `marks_hash`."""
    texts = np.ascontiguousarray(ids)
    letters = texts.view(np.uint8).reshape(len(texts), texts.dtype.itemsize)
    return hash_columns(word_columns(letters), np.zeros(len(texts), dtype=np.int64))


def word_columns(cells: Marks) -> Hashes:
    """(words, n): each row's bytes (n, cells) as words of eight, the first byte lowest, 0 past the last cell.

    A row is a column of the answer, so that work on all rows runs along memory.
    """
    n, width = cells.shape
    whole = width // 8
    columns = np.empty((max(-(-width // 8), 1), n), dtype=np.uint64)
    if whole:
        columns[:whole] = cells[:, : whole * 8].view("<u8").T
    if len(columns) > whole:
        last = np.zeros((n, 8), dtype=np.uint8)
        last[:, : width - whole * 8] = cells[:, whole * 8 :]
        columns[whole] = last.view("<u8")[:, 0]
    return columns


def hash_columns(columns: Hashes, form: Ints) -> Hashes:
    """The hashes of `marks_hash` from what `word_columns` gives."""
    words = columns * _FIRST[: len(columns)]
    words ^= words >> _FOLD
    words *= _SECOND[: len(columns)]
    found = np.asarray(np.add.reduce(words, axis=0), dtype=np.uint64)
    found += form.astype(np.uint64) * _FORM
    found ^= found >> _HALF
    found *= _LAST
    found ^= found >> _SPREAD
    return found

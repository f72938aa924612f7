"""Rows of answers as arrays: what capture hands to scoring, a batch of some thousand rows at a time; and
64-bit hashes of marks and candidate ids, by which equal ones are found among millions.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

BLANK = 0
INVALID = 0x80
"""Mark that is not an option of the item; other values have bit k set where letter k is marked."""

KINDS = ("answered", "blank", "multiple", "invalid")

Marks = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.bytes_]
Hashes = npt.NDArray[np.uint64]
MOST_BYTES = 32_768
# drawn by Python's own generator: numpy's takes longer to load than to hash a hundred thousand rows
_DRAWN = np.frombuffer(random.Random(2569).randbytes(2 * MOST_BYTES), "<u8").astype(np.uint64)
_FIRST, _SECOND = _DRAWN.reshape(2, MOST_BYTES // 8, 1) | np.uint64(1 << 62 | 1)
_FORM, _LAST = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_FOLD, _HALF, _SPREAD = np.uint64(44), np.uint64(32), np.uint64(29)


class Part(NamedTuple):
    """A stretch of one answer file that can be read by itself: whole rows, in the order of the file.

    Of a file that is cut, `start` and `end` are bytes: the part holds the rows from the first line that
    begins at `start` or later and is a record by itself, up to the first such line at `end` or later. `line`
    is the number of the line at `start`, None where it is known only after the parts before it are read.
    """

    file: int
    path: Path
    start: int
    end: int | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Cells(Sequence[str]):
    """Texts of a column, that stay bytes on their way from the answer file to the results: in `data` each is
    in UTF-8, ended by a byte that is in no text."""

    data: bytes

    END = b"\xff"

    @classmethod
    def of(cls, texts: Iterable[str]) -> Cells:
        """These texts; a lone surrogate stays one."""
        return cls.of_bytes([text.encode("utf-8", "surrogatepass") for text in texts])

    @classmethod
    def of_bytes(cls, texts: Sequence[bytes]) -> Cells:
        """These texts in UTF-8."""
        return cls(cls.END.join([*texts, b""]))

    def pieces(self) -> list[bytes]:
        """The texts in UTF-8."""
        found = self.data.split(self.END)
        del found[-1]
        return found

    def taken(self, places: Iterable[int]) -> Cells:
        """The texts in these places."""
        found = self.pieces()
        return Cells.of_bytes([found[place] for place in places])

    def __len__(self) -> int:
        """How many texts there are."""
        return self.data.count(self.END)

    def __iter__(self) -> Iterator[str]:
        """Text by text."""
        return (piece.decode("utf-8", "surrogatepass") for piece in self.pieces())

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        """One text or several; to take many one by one takes long."""
        return list(self)[place]


class Batch(NamedTuple):
    """Rows of one part, in the order of their lines; no row in two batches.

    `line` (n,) counts lines of the file from 1, or from the part's first line where `Part.line` is None.
    `ids` (n,) are candidate ids as UTF-8, as they were read (no neutralising). `form` (n,) are numbers of
    forms, as the layout orders them. `marks` (n, most questions of any form) are bit masks of
    `examgen.core.tables`, 0 past the form's last question. `extras` has, for each extra column, the texts (n)
    of the cells, None where the file has none. `raws` has the text word for word of rows that are not one
    line, by place in the batch; that of other rows is their line.
    """

    line: Ints
    ids: Texts
    form: Ints
    marks: Marks
    extras: tuple[Cells, ...] = ()
    raws: Mapping[int, str] = {}
    numbered: Ints = np.empty(0, np.int64)
    """How many marks of each row are written as numbers."""

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.line)


class QuarantinedRow(NamedTuple):
    """A row that is not scored: its line, its candidate as far as readable, the reason, its text."""

    line: int
    candidate_id: str | None
    reason: str
    raw: str
    undecided: tuple[int, ...] = ()
    """Questions whose marks a person has yet to decide."""
    form: str = ""
    marks: bytes = b""
    """Of a row that has such: the form, and a byte for each question."""
    extras: tuple[str, ...] = ()
    """The extra columns, where the row has as many as the heading."""


class FileStructure(NamedTuple):
    """How an answer file was recognised.

    `label` is said back to the grader: `wide, 40 answers, comma, UTF-8 with BOM`; `extra_names` are the
    columns that are passed through; `size` its bytes on disk.
    """

    name: str
    label: str
    extra_names: tuple[str, ...]
    size: int


# ── hashes ───────────────────────────────────────────────────────────────────────────────────


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
    rows, 3e-6 of 10,000,000. That is argued, and measured (`docs/scoring.md`), not proven, and it is no
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

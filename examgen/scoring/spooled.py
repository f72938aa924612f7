"""Rows of a part as they were left on disk between the steps of a scoring, block by block → some of them.

Ids in the order of their rows → whether they ever descend, and which rows share theirs with a neighbour.
Where ids never descend, as where a list was printed, all rows of a candidate stand side by side: whoever has
several is found without looking at all pairs.
"""

from __future__ import annotations

import math
import pickle
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import Cells, Ints, Texts

Block = dict[str, Any]
_SIZES = struct.Struct("<QQ")
_AT_ONCE = 1 << 20
"""Bytes that are kept until they are written together: many small pieces take several times as long."""
_LARGE = 1 << 17
"""An array of so many bytes is written by itself, without a copy of it."""


class Spool:
    """A file of blocks; each is a mapping of names to arrays, or to whatever can be pickled."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._waiting: list[bytes] = []
        self._size = 0

    def append(self, block: Mapping[str, Any]) -> None:
        """Writes a block behind those that are there."""
        arrays = {
            name: np.ascontiguousarray(value)
            for name, value in block.items()
            if isinstance(value, np.ndarray) and value.dtype != object
        }
        others = {name: value for name, value in block.items() if name not in arrays}
        heads = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
        head = pickle.dumps((heads, others), protocol=pickle.HIGHEST_PROTOCOL)
        size = sum(array.nbytes for array in arrays.values())
        self._waiting += [_SIZES.pack(len(head), size), head]
        for array in arrays.values():
            if array.nbytes < _LARGE:
                self._waiting.append(array.tobytes())
                self._size += array.nbytes
            else:
                self._write()
                self._write_all(array.data.cast("B"))
        if self._size >= _AT_ONCE:
            self._write()

    def _write(self) -> None:
        self._write_all(memoryview(b"".join(self._waiting)))
        self._waiting, self._size = [], 0

    def _write_all(self, data: memoryview) -> None:
        while data:
            data = data[self._file.write(data) :]

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._write()
        finally:
            self._file.close()


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of a spool; their arrays cannot be written to."""
    with path.open("rb", buffering=0) as file:
        while sizes := file.read(_SIZES.size):
            head, body = _SIZES.unpack(sizes)
            # only what this process family has written is read back
            heads, block = pickle.loads(_whole(file, head))
            data, at = _whole(file, body), 0  # a map of the file takes longer, page by page
            for name, kind, shape in heads:
                dtype = np.dtype(kind)
                count = math.prod(shape)
                block[name] = np.frombuffer(data, dtype, count, at).reshape(shape)
                at += count * dtype.itemsize
            yield block


def _whole(file: Any, size: int) -> bytes:
    data = file.read(size)
    while len(data) < size:
        more = file.read(size - len(data))
        if not more:
            raise EOFError("a spool ends in the middle of a block")
        data += more
    return bytes(data)


_WRITTEN = ("ids", "form", "marks", "units", "kinds", "passed", "second_look")
"""What is written of a row, beside its line and its extra columns."""


def as_range(lines: Ints) -> Ints | range:
    """Numbers of lines, as a range where none is left out."""
    first, last = int(lines[0]), int(lines[-1])
    return range(first, last + 1) if last - first + 1 == len(lines) else lines


def lines_at(block: Block, places: Ints) -> Ints:
    """The lines of some rows of a block."""
    line = block["line"]
    return places + line.start if isinstance(line, range) else line[places]


def lines_of(block: Block) -> Ints:
    """The lines of all rows of a block."""
    line = block["line"]
    return np.arange(line.start, line.stop) if isinstance(line, range) else line


def with_places(path: Path, places: Ints) -> Iterator[tuple[Block, Ints]]:
    """The blocks of a part's rows, each with those of the places (ascending) that lie in it, counted from its
    first row."""
    start = 0
    for block in blocks(path):
        n_rows = len(block["line"])
        yield block, within(places, start, n_rows)
        start += n_rows


def within(places: Ints, start: int, n_rows: int) -> Ints:
    """Those of the places (ascending) that lie in so many rows from `start` on, counted from there."""
    first, end = np.searchsorted(places, [start, start + n_rows])
    return places[first:end] - start


def some_rows(block: Block, places: Ints, keep: bool) -> Block:
    """What is written of the rows in these places, or of all others."""
    if not keep:
        others = np.ones(len(block["line"]), dtype=np.bool_)
        others[places] = False
        places = np.flatnonzero(others)
    found = {name: None if block[name] is None else block[name].take(places, axis=0) for name in _WRITTEN}
    extras = tuple(column.taken(places.tolist()) for column in block["extras"])
    return {**found, "line": lines_at(block, places), "extras": extras}


def together(found: Sequence[Block]) -> Sequence[Block]:
    """Some rows of each of many blocks as one, where they have the same columns."""
    if len({block["kinds"] is None for block in found}) != 1:
        return found
    whole = {
        name: None if found[0][name] is None else np.concatenate([block[name] for block in found])
        for name in _WRITTEN
    }
    extras = zip(*(block["extras"] for block in found), strict=True)
    return [{**whole, "extras": tuple(Cells(b"".join(own.data for own in column)) for column in extras)}]


class IdAscent(NamedTuple):
    """Ids of a part that never descend: the first, the last (empty where there is none), and the places of
    the rows that have the id of the row before them."""

    first: bytes
    last: bytes
    again: Ints


class Order:
    """The order of ids that come block by block."""

    def __init__(self) -> None:
        """Before the first row."""
        self._first = self._last = b""
        self._n_rows = 0
        self._again: list[Ints] = []
        self.holds = True
        """Whether no id was less than the one before it so far."""

    def add(self, ids: Texts) -> None:
        """The ids of the next rows, one or more."""
        if not self.holds:
            return
        again = np.flatnonzero(~_ascends(ids)) + 1
        self.holds = self._last <= ids[0] and bool((ids[again] == ids[again - 1]).all())
        if not self.holds:
            return
        behind = [self._n_rows] if ids[0] == self._last else []
        self._again += [np.array(behind, np.int64), again + self._n_rows]
        self._first, self._last = self._first or bytes(ids[0]), bytes(ids[-1])
        self._n_rows += len(ids)

    def ascent(self) -> IdAscent | None:
        """What there was, if it never descends."""
        return (
            IdAscent(self._first, self._last, np.concatenate([_NONE, *self._again])) if self.holds else None
        )


_NONE: Ints = np.empty(0, np.int64)
_WORD = 8


def _ascends(ids: Texts) -> npt.NDArray[np.bool_]:
    """Which ids come after the one before them, (n - 1,); compared eight bytes at once, as numbers, where
    they are whole words, which takes a fifth of the time of texts."""
    if ids.itemsize % _WORD or not ids.flags.c_contiguous:
        return np.asarray(ids[1:] > ids[:-1])
    words = ids.view(">u8").reshape(len(ids), ids.itemsize // _WORD)
    found = np.zeros(len(ids) - 1, np.bool_)
    for k in range(words.shape[1] - 1, -1, -1):
        numbers = words[:, k].astype(np.uint64)
        found &= numbers[1:] == numbers[:-1]
        found |= numbers[1:] > numbers[:-1]
    return found


def repeated(found: Sequence[IdAscent | None], sizes: Sequence[int]) -> tuple[Ints, ...] | None:
    """By part, the places of the rows that share their id; None where ids descend. `sizes` are rows."""
    shared: list[Ints] = []
    before: tuple[int, bytes] | None = None
    for number, (one, size) in enumerate(zip(found, sizes, strict=True)):
        if one is None or (size and before and one.first < before[1]):
            return None
        shared.append(_both(one.again))
        if not size:
            continue
        if before and one.first == before[1]:
            shared[before[0]] = _with(shared[before[0]], sizes[before[0]] - 1)
            shared[number] = _with(shared[number], 0)
        before = number, one.last
    return tuple(shared)


def _both(again: Ints) -> Ints:
    """The rows and those before them."""
    if not len(again):
        return again
    is_shared = np.zeros(int(again[-1]) + 1, np.bool_)
    is_shared[again] = is_shared[again - 1] = True
    return np.flatnonzero(is_shared)


def _with(places: Ints, place: int) -> Ints:
    """The places and one more that is the first or the last of all."""
    if len(places) and place in (places[0], places[-1]):
        return places
    return np.concatenate([places, [place]] if place else [[0], places])

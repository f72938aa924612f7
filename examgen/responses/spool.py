"""Arrays that do not stay in memory: blocks written one behind the other to a file, and read back so."""

from __future__ import annotations

import math
import pickle
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

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

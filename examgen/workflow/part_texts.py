"""Lines of result files that were written by part: some taken out again, all put together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import numpy as np

from examgen.responses import Ints

_BUFFER = 1 << 20
_QUOTE, _LINE_END = ord('"'), ord("\n")


def write_whole(file: BinaryIO, data: bytes) -> None:
    """All of the data, in however many pieces the system takes it."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def without_lines(path: Path, places: Ints) -> int:
    """Takes the records in these places (from 0, ascending) out of a CSV file that has no header.

    Returns how long it is then. A line end within quotes ends no record.
    """
    new = path.with_name(f"{path.name}~")
    size, record, rest = 0, 0, b""
    with path.open("rb", buffering=0) as old, new.open("wb", buffering=0) as out:
        while data := old.read(_BUFFER):
            data = rest + data
            ends = _record_ends(data)
            first, last = np.searchsorted(places, (record, record + len(ends))).tolist()
            kept = _without(data, ends, places[first:last] - record)
            write_whole(out, kept)
            size += len(kept)
            record += len(ends)
            rest = data[int(ends[-1]) :] if len(ends) else data
    new.replace(path)
    return size


def _record_ends(data: bytes) -> Ints:
    """Where records end that begin at the beginning of the data, each behind its line end."""
    array = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(array == _LINE_END)
    if b'"' in data:
        quotes = np.searchsorted(np.flatnonzero(array == _QUOTE), ends)
        ends = ends[quotes % 2 == 0]
    return ends + 1


def _without(data: bytes, ends: Ints, places: Ints) -> bytes:
    """The whole records of the data but those in these places."""
    pieces, start = [], 0
    for place in places.tolist():
        pieces.append(data[start : int(ends[place - 1]) if place else 0])
        start = int(ends[place])
    return b"".join((*pieces, data[start : int(ends[-1]) if len(ends) else 0]))


def copy_into(source: Path, target: Path, offset: int) -> None:
    """A whole file into another one, to that offset; where the system can, without passing through here."""
    with source.open("rb", buffering=0) as read, target.open("r+b", buffering=0) as write:
        left = os.fstat(read.fileno()).st_size
        done = 0
        if hasattr(os, "copy_file_range"):
            try:
                while done < left:
                    n = os.copy_file_range(read.fileno(), write.fileno(), left - done, done, offset + done)
                    if not n:
                        break
                    done += n
            except OSError:
                pass  # another file system, or one that cannot: what is left is copied here
        read.seek(done)
        write.seek(offset + done)
        while data := read.read(_BUFFER):
            write_whole(write, data)

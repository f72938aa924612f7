"""Reads text files of any size, plain or gzip, as blocks of whole lines of some megabytes."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import NamedTuple

from examgen.core.tables.opening import damaged_gzip
from examgen.core.tables.records import refusal
from examgen.core.words import tell

MOST_UNPACKED = 64 * 1024**3
"""The maximum size of an unpacked gzip file. A larger one is not a table but a zip bomb."""
_MOST_KEPT = 1000
"""The number of bytes that are kept of a line that is too long."""
_WINDOW = 4096
"""The number of bytes at the end of a block that are searched for a line end."""
END_MARK = b"\x1a"
"""The mark with which DOS programs end a text file."""


class TableSource(NamedTuple):
    """A file to read, its name in messages, and whether it is gzip."""

    path: Path
    name: str
    is_gzip: bool


class LineBlock(NamedTuple):
    """A block of whole lines; only the last line of a file may lack its end.

    `cut` has the offset and the original length in bytes of each line that was too long and of which only the
    start is kept.
    """

    data: bytes
    cut: dict[int, int]


def source_blocks(source: TableSource, size: int, start: int = 0) -> Iterator[bytes]:
    """Yields the bytes from `start` on, unpacked. Raises Refused for a damaged gzip file."""
    with gzip.open(source.path) if source.is_gzip else source.path.open("rb", buffering=0) as file:
        if start:
            file.seek(start)
        n_read = 0
        while True:
            try:
                block = file.read(size if source.is_gzip else _aligned(file, size))
            except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
                raise damaged_gzip(source.name, fault) from fault
            if not block:
                return
            yield block
            n_read += len(block)
            if source.is_gzip and n_read > MOST_UNPACKED:
                raise refusal(source.name, "too-large", tell("the unpacked file exceeds 64 GiB. Split it"))


def _aligned(file: gzip.GzipFile | FileIO, size: int) -> int:
    """Returns a number of bytes, at most `size`, after which a line ends, so that lines need not be joined
    across blocks."""
    window = min(size, _WINDOW)
    place = file.tell()
    file.seek(size - window, os.SEEK_CUR)
    end = file.read(window).rfind(b"\n") + 1
    file.seek(place)
    return size - window + end if end else size


def without_end_marks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the blocks without the end marks at the end of the file."""
    held = 0
    for block in blocks:
        kept = block.rstrip(END_MARK)
        while kept and held:
            n = min(held, 1 << 16)
            yield END_MARK * n
            held -= n
        if kept:
            yield kept
        held += len(block) - len(kept)


def with_one_line_end(blocks: Iterable[bytes]) -> Iterator[bytes]:
    r"""The blocks with every "\r\n" and "\r" written "\n", a pair cut by the end of a block too."""
    held = b""
    for block in blocks:
        text = held + block
        held = b"\r" if text.endswith(b"\r") else b""
        yield text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if held:
        yield b"\n"


def whole_lines(blocks: Iterable[bytes], longest_line: int) -> Iterator[LineBlock]:
    """Yields the blocks, cut at line ends."""
    rest, long = b"", 0
    n_kept = min(_MOST_KEPT, longest_line)
    for text in blocks:
        block = text
        if long:
            # Of a line that is too long only the start is kept, whatever it takes to find its end.
            end = block.find(b"\n")
            if end < 0:
                long += len(block)
                continue
            yield LineBlock(rest + b"\n", {0: long + end})
            rest, block, long = b"", block[end + 1 :], 0
        end = block.rfind(b"\n") + 1
        if end:
            data = b"".join((rest, memoryview(block)[:end])) if rest or end < len(block) else block
            yield _shortened(data, longest_line)
        rest = block[end:] if end else rest + block
        if len(rest) > longest_line:
            long, rest = len(rest), rest[:n_kept]
    if long:
        yield LineBlock(rest, {0: long})
    elif rest:
        yield _shortened(rest, longest_line)


def _shortened(data: bytes, longest_line: int) -> LineBlock:
    """Returns the lines, with those that are too long shortened."""
    step = max(1, longest_line // 2)
    # No line is too long without a stretch of half that length in which none ends.
    if all(data.find(b"\n", at, at + step) >= 0 for at in range(0, len(data) - step + 1, step)):
        return LineBlock(data, {})
    kept: list[bytes] = []
    cut: dict[int, int] = {}
    start = place = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        line = data[start:end]
        if len(line) > longest_line:
            cut[place] = len(line)
            line = line[: min(_MOST_KEPT, longest_line)]
        kept.append(line + b"\n" if end < len(data) else line)
        place += len(kept[-1])
        start = end + 1
    return LineBlock(b"".join(kept), cut)

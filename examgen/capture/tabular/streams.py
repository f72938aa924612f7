r"""A text file on disk → blocks of UTF-8 whose lines end in "\n", and whole lines of them.

Takes files of any size, plain or gzip, and holds some blocks of them at a time. None among the blocks marks
the place where a part of the file ends.
"""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.capture.layout import Limits
from examgen.capture.tabular.sheets import refusal
from examgen.words import tell

MOST_UNPACKED = 64 * 1024**3
"""Bytes that a gzip file may unpack to: what is larger is not a table but a trap."""
_MOST_KEPT = 1000
"""Bytes that stay of a line that is too long."""
_WINDOW = 4096
"""Bytes at the end of a block in which the end of a line is looked for."""
END_MARK = b"\x1a"
"""What programs of DOS end a text file with."""


class Source(NamedTuple):
    """Where bytes come from: a file, and what it is called in messages."""

    path: Path
    name: str
    is_gzip: bool


def source_blocks(source: Source, size: int, start: int = 0) -> Iterator[bytes]:
    """The bytes from `start` on, unpacked; raises Refused for a damaged gzip file."""
    with _opened(source) as file:
        if start:
            file.seek(start)
        read = 0
        while block := _read(source, file, size if source.is_gzip else _aligned(file, size)):
            yield block
            read += len(block)
            if source.is_gzip and read > MOST_UNPACKED:
                raise refusal(
                    source.name, "too-large", tell("the file unpacks to more than 64 GiB: split it")
                )


def _opened(source: Source) -> gzip.GzipFile | FileIO:
    return gzip.open(source.path) if source.is_gzip else source.path.open("rb", buffering=0)


def _aligned(file: gzip.GzipFile | FileIO, size: int) -> int:
    """A number of bytes, not more, after which a line ends, so that lines need not be put together."""
    window = min(size, _WINDOW)
    place = file.tell()
    file.seek(size - window, os.SEEK_CUR)
    end = file.read(window).rfind(b"\n") + 1
    file.seek(place)
    return size - window + end if end else size


def _read(source: Source, file: gzip.GzipFile | FileIO, size: int) -> bytes:
    try:
        return file.read(size)
    except EOFError as fault:
        raise refusal(source.name, "damaged-gzip", tell("the gzip file is cut off: copy it again")) from fault
    except (zlib.error, gzip.BadGzipFile) as fault:
        message = tell("the gzip file is damaged ({fault}): copy it again", fault=fault)
        raise refusal(source.name, "damaged-gzip", message) from fault


def end_of_text(path: Path, size: int) -> int:
    """The byte behind the last that is no end mark."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - size)
            file.seek(start)
            kept = file.read(end - start).rstrip(END_MARK)
            if kept:
                return start + len(kept)
            end = start
    return 0


def part_blocks(source: Source, size: int, start: int, end: int, last: int) -> Iterator[bytes | None]:
    """The bytes from `start` to `last` of a plain file, with None at `end`."""
    place = start
    for whole in source_blocks(source, size, start):
        block = whole[: last - place]
        if place < end <= place + len(block):
            yield block[: end - place]
            yield None
            yield block[end - place :]
        elif block:
            yield block
        place += len(block)
        if place >= last:
            return


def without_end_marks(blocks: Iterable[bytes | None]) -> Iterator[bytes | None]:
    """The blocks without the end marks that nothing follows."""
    held = 0
    for block in blocks:
        if not block:
            yield block
            continue
        kept = block.rstrip(END_MARK)
        while kept and held:
            n = min(held, 1 << 16)
            yield END_MARK * n
            held -= n
        if kept:
            yield kept
        held += len(block) - len(kept)


def with_one_line_end(blocks: Iterable[bytes | None]) -> Iterator[bytes | None]:
    r"""The blocks with every "\r\n" and "\r" written "\n", a pair cut by the end of a block too."""
    held = b""
    for block in blocks:
        if not block:
            yield block
            continue
        text = held + block if held else block
        held = b""
        if b"\r" in text:
            if text.endswith(b"\r"):
                text, held = text[:-1], b"\r"
            # to take all of one character out takes a tenth of the time
            pairs = _are_pairs(text)
            text = text.replace(b"\r", b"") if pairs else text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield text
    if held:
        yield b"\n"


def _are_pairs(text: bytes) -> bool:
    """Whether a line feed follows each carriage return."""
    codes = np.frombuffer(text, np.uint8)
    behind = np.flatnonzero(codes == ord("\r")) + 1
    return not text.endswith(b"\r") and bool((codes[behind] == ord("\n")).all())


class Lines(NamedTuple):
    """Whole lines; only the last of a file may lack its end.

    `cut` are the places of lines that were too long, of which only the start is here, and how many bytes
    they have. `mark` is the place in `data` from which on lines begin behind the marked place; None where
    none does.
    """

    data: bytes
    cut: dict[int, int]
    mark: int | None


def whole_lines(blocks: Iterable[bytes | None], limits: Limits) -> Iterator[Lines]:
    """The blocks, cut at line ends."""
    rest, mark = b"", None
    long = 0
    n_kept = min(_MOST_KEPT, limits.longest_line)
    for text in blocks:
        if text is None:
            mark = len(rest)
            continue
        block = text
        if long:
            # Of a line that is too long only the start is kept, whatever it takes to find its end.
            end = block.find(b"\n")
            if end < 0:
                long += len(block)
                continue
            yield Lines(rest + b"\n", {0: long + end}, _mark_in(mark, rest))
            mark = None if mark is None else max(0, mark - len(rest) - 1)
            rest, block, long = b"", block[end + 1 :], 0
        end = block.rfind(b"\n") + 1
        if end:
            data = b"".join((rest, memoryview(block)[:end])) if rest or end < len(block) else block
            yield _shortened(Lines(data, {}, mark if mark is not None and mark < len(data) else None), limits)
            mark = None if mark is None else max(0, mark - len(data))
        rest = block[end:] if end else rest + block
        if len(rest) > limits.longest_line:
            long, rest = len(rest), rest[:n_kept]
            mark = None if mark is None else min(mark, len(rest))
    if long:
        yield Lines(rest, {0: long}, _mark_in(mark, rest))
    elif rest:
        yield _shortened(Lines(rest, {}, _mark_in(mark, rest)), limits)


def _mark_in(mark: int | None, data: bytes) -> int | None:
    return mark if mark is not None and mark <= len(data) else None


def _shortened(lines: Lines, limits: Limits) -> Lines:
    """The lines with those that are too long cut."""
    data, _, mark = lines
    step = max(1, limits.longest_line // 2)
    # No line is too long without a stretch of half that length in which none ends.
    if all(data.find(b"\n", at, at + step) >= 0 for at in range(0, len(data) - step + 1, step)):
        return lines
    kept: list[bytes] = []
    cut: dict[int, int] = {}
    start = place = 0
    new_mark = None
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        if mark is not None and new_mark is None and start >= mark:
            new_mark = place
        line = data[start:end]
        if len(line) > limits.longest_line:
            cut[place] = len(line)
            line = line[: min(_MOST_KEPT, limits.longest_line)]
        kept.append(line + b"\n" if end < len(data) else line)
        place += len(kept[-1])
        start = end + 1
    return Lines(b"".join(kept), cut, new_mark)

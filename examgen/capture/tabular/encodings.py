"""Bytes of a text file → its encoding, decided for the whole file, and its text in blocks of UTF-8 whose
lines end in LF, and whole lines of them.

A byte order mark decides, or the zeros of UTF-16; else UTF-8 or CP874, whichever most characters that are
not ASCII are of. Bytes that are not text in the encoding come out so that no strict decoder takes them.
Files are of any size, plain or gzip, and some blocks of them are held at a time. None among the blocks marks
the place where a part of the file ends.
"""

from __future__ import annotations

import codecs
import gzip
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from examgen.capture.answer_layout import ReadingLimits
from examgen.capture.tabular.containers import refusal
from examgen.core.responses.cell_texts import UNREADABLE
from examgen.core.words import tell

# A Thai vowel or tone mark over something that is not Thai: the text is of another code page.
MISPLACED = re.compile("(?:^|[^\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", re.MULTILINE)


class Encoding(NamedTuple):
    """How text is written: Python's codec, what it is called, and the bytes of its mark at the start."""

    codec: str
    name: str
    mark: int = 0

    @property
    def is_wide(self) -> bool:
        """Whether every character takes two bytes or more."""
        return self.codec.startswith("utf-16")

    @property
    def stream(self) -> str:
        """The codec of what `streamed` gives: UTF-16 is turned to UTF-8 on the way."""
        return "utf-8" if self.is_wide else self.codec

    def text(self, data: bytes) -> str:
        """The text of bytes of the stream; what is not text becomes lone surrogates."""
        return data.decode(self.stream, self._errors)

    def beginning(self, data: bytes) -> str:
        """The text of bytes of the stream that may end within a character."""
        return codecs.getincrementaldecoder(self.stream)(self._errors).decode(data)

    @property
    def _errors(self) -> str:
        return "surrogatepass" if self.is_wide else "surrogateescape"

    @property
    def suspect(self) -> tuple[re.Pattern[str], ...]:
        """What a row cannot hold that is text in this encoding."""
        return (UNREADABLE, MISPLACED) if self.codec == "cp874" else (UNREADABLE,)


_STRETCH = 4096
"""Bytes that are looked at together; a multiple of 8."""
_HIGH = 0x8080_8080_8080_8080

MOST_UNPACKED = 64 * 1024**3
"""Bytes that a gzip file may unpack to: what is larger is not a table but a trap."""
_MOST_KEPT = 1000
"""Bytes that stay of a line that is too long."""
_WINDOW = 4096
"""Bytes at the end of a block in which the end of a line is looked for."""
END_MARK = b"\x1a"
"""What programs of DOS end a text file with."""

UTF8 = Encoding("utf-8", "UTF-8")
CP874 = Encoding("cp874", "CP874")
_MARKED = (
    (b"\xef\xbb\xbf", Encoding("utf-8", tell("UTF-8 with BOM"), 3)),
    (b"\xff\xfe", Encoding("utf-16-le", "UTF-16", 2)),
    (b"\xfe\xff", Encoding("utf-16-be", "UTF-16", 2)),
)


def encoding_shown(head: bytes) -> Encoding | None:
    """The encoding that the first bytes of a file prove; None where all of its bytes must be seen."""
    for mark, encoding in _MARKED:
        if head.startswith(mark):
            return encoding
    sample = head[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) / 8 and even * 20 < odd:
        return Encoding("utf-16-le", "UTF-16 without BOM")
    if even > len(sample) / 8 and odd * 20 < even:
        return Encoding("utf-16-be", "UTF-16 without BOM")
    return None


class Census(NamedTuple):
    """What the bytes of a whole file would be as UTF-8."""

    is_utf8: bool
    is_ascii: bool


def census(blocks: Iterable[bytes]) -> Census:
    """The bytes of a whole file, looked at."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_ascii = True
    try:
        for block in blocks:
            if block.isascii():
                # The last block may still have ended within a character.
                decoder.decode(b"\n" if block else b"")
            else:
                is_ascii = False
                # The stretches that are not ASCII, a line feed for what is left out between two.
                n = len(block) // _STRETCH
                words = np.frombuffer(block, np.uint64, n * _STRETCH // 8).reshape(n, _STRETCH // 8)
                has_high = ((np.bitwise_or.reduce(words, axis=1) & np.uint64(_HIGH)) != 0).tolist()
                pieces = [
                    block[k * _STRETCH : (k + 1) * _STRETCH] if high else b"\n"
                    for k, high in enumerate(has_high)
                ]
                decoder.decode(b"".join(pieces) + block[n * _STRETCH :])
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return Census(is_utf8=False, is_ascii=False)
    return Census(is_utf8=True, is_ascii=is_ascii)


def is_utf8(data: bytes) -> bool:
    """Whether bytes are whole characters of UTF-8; where all that is not ASCII is Thai, that is soon told."""
    if data.isascii():
        return True
    if 3 * thai_characters(data) == int(np.count_nonzero(np.frombuffer(data, np.uint8) >= 0x80)):
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def thai_characters(data: bytes) -> int:
    """How many characters of Thai stand in UTF-8."""
    codes = np.frombuffer(data, np.uint8)
    is_thai = codes[:-2] == 0xE0
    is_thai &= (codes[1:-1] & 0xFE) == 0xB8
    is_thai &= (codes[2:] & 0xC0) == 0x80
    return int(np.count_nonzero(is_thai))


class NotUtf8(Exception):
    """Text that was taken for UTF-8 is none, or nobody can tell."""


def encoding_counted(blocks: Callable[[], Iterable[bytes]]) -> Encoding:
    """UTF-8 or CP874, whichever most characters that are not ASCII are of; `blocks` gives the bytes anew each
    time it is called."""
    if census(blocks()).is_utf8:
        return UTF8
    # Thai, full-width and typographic characters of UTF-8 are rare by accident in CP874.
    words = n_not_ascii = 0
    last = b""
    for block in blocks():
        if not block.isascii():
            codes = np.frombuffer(last + block, np.uint8)
            first, second, third = codes[:-2], codes[1:-1], codes[2:]
            is_word = (first == 0xE0) & ((second & 0xFE) == 0xB8)
            is_word |= (first == 0xEF) & ((second & 0xFE) == 0xBC)
            is_word |= (first == 0xE2) & (second == 0x80)
            words += int(np.count_nonzero(is_word & ((third & 0xC0) == 0x80)))
            n_not_ascii += int(np.count_nonzero(np.frombuffer(block, np.uint8) & 0x80))
        # A character may be cut by the end of the block; after ASCII there is none to be cut.
        last = b"" if block[-1:].isascii() else (last + block)[-2:]
    return UTF8 if 2 * 3 * words > n_not_ascii else CP874


def streamed(blocks: Iterable[bytes | None], encoding: Encoding) -> Iterator[bytes | None]:
    """The text block by block in a code that has ASCII in single bytes; None, which marks a place, is passed
    on."""
    if not encoding.is_wide:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding.codec)("surrogatepass")
    odd = b""
    for block in blocks:
        if block is None:
            yield block
            continue
        data = odd + block
        even = len(data) // 2 * 2
        odd = data[even:]
        yield decoder.decode(data[:even]).encode("utf-8", "surrogatepass")
    # Half a character at the end of a file that was cut is not text.
    rest = decoder.decode(b"", True) + (chr(0xDC00 + odd[0]) if odd else "")
    yield rest.encode("utf-8", "surrogatepass")


class AnswerSource(NamedTuple):
    """Where bytes come from: a file, and what it is called in messages."""

    path: Path
    name: str
    is_gzip: bool


def source_blocks(source: AnswerSource, size: int, start: int = 0) -> Iterator[bytes]:
    """The bytes from `start` on, unpacked; raises Refused for a damaged gzip file."""
    with gzip.open(source.path) if source.is_gzip else source.path.open("rb", buffering=0) as file:
        if start:
            file.seek(start)
        read = 0
        while True:
            try:
                block = file.read(size if source.is_gzip else _aligned(file, size))
            except EOFError as fault:
                message = tell("the gzip file is incomplete. Copy it again")
                raise refusal(source.name, "damaged-gzip", message) from fault
            except (zlib.error, gzip.BadGzipFile) as fault:
                message = tell("the gzip file is damaged ({fault}). Copy it again", fault=fault)
                raise refusal(source.name, "damaged-gzip", message) from fault
            if not block:
                return
            yield block
            read += len(block)
            if source.is_gzip and read > MOST_UNPACKED:
                raise refusal(source.name, "too-large", tell("the unpacked file exceeds 64 GiB. Split it"))


def _aligned(file: gzip.GzipFile | FileIO, size: int) -> int:
    """A number of bytes, not more, after which a line ends, so that lines need not be put together."""
    window = min(size, _WINDOW)
    place = file.tell()
    file.seek(size - window, os.SEEK_CUR)
    end = file.read(window).rfind(b"\n") + 1
    file.seek(place)
    return size - window + end if end else size


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


def part_blocks(source: AnswerSource, size: int, start: int, end: int, last: int) -> Iterator[bytes | None]:
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
            codes = np.frombuffer(text, np.uint8)
            behind = np.flatnonzero(codes == ord("\r")) + 1
            pairs = not text.endswith(b"\r") and bool((codes[behind] == ord("\n")).all())
            text = text.replace(b"\r", b"") if pairs else text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        yield text
    if held:
        yield b"\n"


class LineBlock(NamedTuple):
    """Whole lines; only the last of a file may lack its end.

    `cut` are the places of lines that were too long, of which only the start is here, and how many bytes
    they have. `mark` is the place in `data` from which on lines begin behind the marked place; None where
    none does.
    """

    data: bytes
    cut: dict[int, int]
    mark: int | None


def whole_lines(blocks: Iterable[bytes | None], limits: ReadingLimits) -> Iterator[LineBlock]:
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
            yield LineBlock(rest + b"\n", {0: long + end}, _mark_in(mark, rest))
            mark = None if mark is None else max(0, mark - len(rest) - 1)
            rest, block, long = b"", block[end + 1 :], 0
        end = block.rfind(b"\n") + 1
        if end:
            data = b"".join((rest, memoryview(block)[:end])) if rest or end < len(block) else block
            yield _shortened(
                LineBlock(data, {}, mark if mark is not None and mark < len(data) else None), limits
            )
            mark = None if mark is None else max(0, mark - len(data))
        rest = block[end:] if end else rest + block
        if len(rest) > limits.longest_line:
            long, rest = len(rest), rest[:n_kept]
            mark = None if mark is None else min(mark, len(rest))
    if long:
        yield LineBlock(rest, {0: long}, _mark_in(mark, rest))
    elif rest:
        yield _shortened(LineBlock(rest, {}, _mark_in(mark, rest)), limits)


def _mark_in(mark: int | None, data: bytes) -> int | None:
    return mark if mark is not None and mark <= len(data) else None


def _shortened(lines: LineBlock, limits: ReadingLimits) -> LineBlock:
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
    return LineBlock(b"".join(kept), cut, new_mark)

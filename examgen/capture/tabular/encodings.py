"""Bytes of a text file → its encoding, decided for the whole file, and its text in blocks.

A byte order mark decides, or the zeros of UTF-16; else UTF-8 or CP874, whichever most characters that are
not ASCII are of. Bytes that are not text in the encoding come out so that no strict decoder takes them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from examgen.responses.cell_texts import UNREADABLE

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

UTF8 = Encoding("utf-8", "UTF-8")
CP874 = Encoding("cp874", "CP874")
_MARKED = (
    (b"\xef\xbb\xbf", Encoding("utf-8", "UTF-8 with BOM", 3)),
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
                decoder.decode(_not_ascii(block))
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
    return UTF8 if census(blocks()).is_utf8 or _is_mostly_utf8(blocks()) else CP874


def _is_mostly_utf8(blocks: Iterable[bytes]) -> bool:
    """Whether Thai, full-width and typographic characters of UTF-8, rare by accident in CP874, are most."""
    words = n_not_ascii = 0
    last = b""
    for block in blocks:
        if not block.isascii():
            words += _utf8_words(last + block)
            n_not_ascii += int(np.count_nonzero(np.frombuffer(block, np.uint8) & 0x80))
        # A character may be cut by the end of the block; after ASCII there is none to be cut.
        last = b"" if block[-1:].isascii() else (last + block)[-2:]
    return 2 * 3 * words > n_not_ascii


def _not_ascii(block: bytes) -> bytes:
    """The stretches of a block that are not ASCII, a line feed for what is left out between two."""
    n = len(block) // _STRETCH
    words = np.frombuffer(block, np.uint64, n * _STRETCH // 8).reshape(n, _STRETCH // 8)
    has_high = ((np.bitwise_or.reduce(words, axis=1) & np.uint64(_HIGH)) != 0).tolist()
    pieces = [block[k * _STRETCH : (k + 1) * _STRETCH] if high else b"\n" for k, high in enumerate(has_high)]
    return b"".join(pieces) + block[n * _STRETCH :]


def _utf8_words(data: bytes) -> int:
    if len(data) < 3:
        return 0
    codes = np.frombuffer(data, np.uint8)
    first, second, third = codes[:-2], codes[1:-1], codes[2:]
    is_word = (first == 0xE0) & ((second & 0xFE) == 0xB8)
    is_word |= (first == 0xEF) & ((second & 0xFE) == 0xBC)
    is_word |= (first == 0xE2) & (second == 0x80)
    return int(np.count_nonzero(is_word & ((third & 0xC0) == 0x80)))


def streamed(blocks: Iterable[bytes | None], encoding: Encoding) -> Iterator[bytes | None]:
    """The text block by block in a code that has ASCII in single bytes; None, which marks a place, is passed
    on."""
    return _from_utf16(blocks, encoding) if encoding.is_wide else iter(blocks)


def _from_utf16(blocks: Iterable[bytes | None], encoding: Encoding) -> Iterator[bytes | None]:
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

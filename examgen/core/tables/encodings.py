"""Determines the encoding of a text from all of its bytes.

A byte order mark, or the zeros of UTF-16, determines it. Otherwise it is UTF-8 or CP874 (TIS-620), whichever
fits most of the non-ASCII characters. Bytes that are invalid in the encoding become lone surrogates.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from examgen.core.tables.records import UNREADABLE
from examgen.core.words import tell

# A Thai vowel or tone mark over something that is not Thai: the text is of another code page.
MISPLACED = re.compile("(?:^|[^\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", re.MULTILINE)


class Encoding(NamedTuple):
    """A text encoding: Python's codec, its name for users, and the length in bytes of the mark at the
    start."""

    codec: str
    name: str
    mark: int = 0

    @property
    def is_wide(self) -> bool:
        """Whether every character takes two bytes or more."""
        return self.codec.startswith("utf-16")

    @property
    def stream(self) -> str:
        """The codec of the output of `streamed`, which converts UTF-16 to UTF-8."""
        return "utf-8" if self.is_wide else self.codec

    def text(self, data: bytes) -> str:
        """Decodes bytes of the stream. Invalid bytes become lone surrogates."""
        return data.decode(self.stream, self._errors)

    def beginning(self, data: bytes) -> str:
        """Decodes bytes of the stream that may end within a character."""
        return codecs.getincrementaldecoder(self.stream)(self._errors).decode(data)

    @property
    def _errors(self) -> str:
        return "surrogatepass" if self.is_wide else "surrogateescape"

    @property
    def suspect(self) -> tuple[re.Pattern[str], ...]:
        """The patterns of characters that a row of valid text in this encoding does not contain."""
        return (UNREADABLE, MISPLACED) if self.codec == "cp874" else (UNREADABLE,)


UTF8 = Encoding("utf-8", "UTF-8")
CP874 = Encoding("cp874", "CP874")
_MARKED = (
    (b"\xef\xbb\xbf", Encoding("utf-8", tell("UTF-8 with BOM"), 3)),
    (b"\xff\xfe", Encoding("utf-16-le", "UTF-16", 2)),
    (b"\xfe\xff", Encoding("utf-16-be", "UTF-16", 2)),
)
_WORD = re.compile(rb"\xe0[\xb8\xb9][\x80-\xbf]|\xef[\xbc\xbd][\x80-\xbf]|\xe2\x80[\x80-\xbf]")
"""A Thai, full-width or typographic character in UTF-8, a byte sequence that is rare in CP874."""
_HIGH = bytes(range(0x80, 0x100))


def encoding_shown(head: bytes) -> Encoding | None:
    """Returns the encoding that the first bytes of a file prove; None if all of its bytes must be
    examined."""
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


def are_utf8(blocks: Iterable[bytes]) -> bool:
    """Returns whether the bytes of a whole file are valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def encoding_counted(blocks: Callable[[], Iterable[bytes]]) -> Encoding:
    """Returns UTF-8 or CP874, whichever fits most of the non-ASCII characters. Each call of `blocks` must
    give the bytes from the start."""
    if are_utf8(blocks()):
        return UTF8
    n_words = n_high = 0
    last = b""  # a character may be cut by the end of a block
    for block in blocks():
        n_words += sum(1 for _ in _WORD.finditer(last + block))
        n_high += len(block) - len(block.translate(None, _HIGH))
        last = (last + block)[-2:]
    return UTF8 if 2 * 3 * n_words > n_high else CP874


def streamed(blocks: Iterable[bytes], encoding: Encoding) -> Iterator[bytes]:
    """Yields the text block by block in an encoding that has ASCII in single bytes."""
    if not encoding.is_wide:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding.codec)("surrogatepass")
    odd = b""
    for block in blocks:
        data = odd + block
        even = len(data) // 2 * 2
        odd = data[even:]
        yield decoder.decode(data[:even]).encode("utf-8", "surrogatepass")
    # Half a character at the end of a file that was cut is not text.
    rest = decoder.decode(b"", True) + (chr(0xDC00 + odd[0]) if odd else "")
    yield rest.encode("utf-8", "surrogatepass")

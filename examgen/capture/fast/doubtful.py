"""Bytes of lines → which lines the careful path may read otherwise than as they stand; numpy only.

Text → the same with a character in each empty cell; numpy only.
"""

from __future__ import annotations

import re

import numpy as np

from examgen.capture.fast.lines import Bytes, Flags, Lines, of_lines
from examgen.capture.tabular.encodings import is_utf8

_LINE_FEED = 10
_AT_A_TIME = 1 << 16
"""Bytes that are looked at together, so that they stay in the processor's cache."""


_MARK = b"\x01"


def filled(data: bytes, delimiter: int, filler: bytes) -> bytes | None:
    """The text, which ends in a line feed, with the character in each cell that is empty and no first one;
    None where the character, or one that no proven row has, is in it already."""
    if filler in data or _MARK in data:
        return None
    text = np.frombuffer(data, np.uint8)
    is_delimiter = text == delimiter
    is_before_empty = text[1:] == _LINE_FEED
    is_before_empty |= is_delimiter[1:]
    is_before_empty &= is_delimiter[:-1]
    down_to_mark = is_before_empty.view(np.uint8)
    down_to_mark *= np.uint8(delimiter - _MARK[0])
    marked = text.copy()
    marked[:-1] -= down_to_mark
    return marked.tobytes().replace(_MARK, bytes([delimiter]) + filler)


_TAB, _QUOTE, _DELETE = b'\t"\x7f'


def doubtful_lines(lines: Lines, delimiter: int, encoding: str) -> Flags:
    """Which lines hold a quote, a control character other than a tab that delimits, or bytes that are not
    text in the encoding; lines end in line feeds alone."""
    text = np.frombuffer(lines.data, np.uint8)
    doubtful = np.zeros(lines.size, np.bool_)
    if _n_controls(text, delimiter) != lines.size or b'"' in lines.data or b"\x7f" in lines.data:
        is_odd = (text < 32) | (text == _QUOTE) | (text == _DELETE)
        is_odd[lines.ends] = False
        if delimiter == _TAB:
            is_odd &= text != _TAB
        doubtful |= of_lines(lines, np.flatnonzero(is_odd))
    if not lines.data.isascii():
        doubtful |= _unreadable(lines, text, encoding)
    return doubtful


def _n_controls(text: Bytes, delimiter: int) -> int:
    """How many control characters there are, line feeds included; tabs only where they do not delimit."""
    pieces = (text[i : i + _AT_A_TIME] for i in range(0, len(text), _AT_A_TIME))
    n_controls = sum(int(np.count_nonzero(piece < 32)) for piece in pieces)
    return n_controls - int(np.count_nonzero(text == _TAB)) if delimiter == _TAB else n_controls


def _unreadable(lines: Lines, text: Bytes, encoding: str) -> Flags:
    """Which lines have bytes that are not text in the encoding, or that the careful path has doubts about."""
    high = text >= 0x80
    if encoding == "cp874":
        # A Thai vowel or tone mark over what is not Thai: the text may be of another code page.
        places = np.flatnonzero(high)
        # What is before the first byte is the last one, a line feed.
        character, before = text[places], text[places - 1]
        doubtful = _UNKNOWN_CP874[character] | (_OVER_CP874[character] & ~_THAI_CP874[before])
        return of_lines(lines, places[doubtful])
    bad = np.zeros(lines.size, np.bool_)
    if not is_utf8(lines.data):
        rows = np.flatnonzero(of_lines(lines, np.flatnonzero(high)))
        bad[rows] = [not is_utf8(lines.data[lines.starts[row] : lines.ends[row]]) for row in rows.tolist()]
    return bad


_CP874 = [bytes([byte]).decode("cp874", "surrogateescape") for byte in range(256)]
_UNKNOWN_CP874 = np.array(["\ud800" <= character <= "\udfff" for character in _CP874])
_THAI_CP874 = np.array(["\u0e01" <= character <= "\u0e4e" for character in _CP874])
_OVER_CP874 = np.array([re.match("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", c) is not None for c in _CP874])

"""Bytes of whole lines → where the lines lie and which have bytes that prove nothing; windows on the bytes.

Every function works on all lines at once; places are counted in bytes from the beginning of the data.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.responses import Ints

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

WINDOW = 256
"""How far from a place the end of a field is looked for."""

_NEWLINE, _RETURN, _TAB, _QUOTE, _DELETE = b'\n\r\t"\x7f'


class Lines(NamedTuple):
    """Lines of `data`: `starts`, `ends` (the place of the line feed) and `stops` (before a carriage return
    that belongs to it), all (n,); `tainted` (n,) says which hold a quote, a control character or bytes that
    are not text."""

    data: bytes
    starts: Ints
    ends: Ints
    stops: Ints
    tainted: Flags

    @property
    def size(self) -> int:
        """The number of lines."""
        return len(self.starts)


def lines_of(data: bytes, delimiter: int, encoding: str) -> Lines:
    """The lines of data; the last may lack its line feed."""
    whole = data if data.endswith(b"\n") or not data else data + b"\n"
    text = np.frombuffer(whole, np.uint8)
    n_controls = _n_controls(text, delimiter)
    ends = _equal_ends(whole, text, n_controls)
    if ends is None:
        ends = np.flatnonzero(text == _NEWLINE)
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1] + 1
    returned = (text[np.maximum(ends - 1, 0)] == _RETURN) & (ends > starts)
    stops = ends - returned
    tainted = np.zeros(len(ends), np.bool_)
    n_returned = np.count_nonzero(returned)
    if n_controls != len(ends) + n_returned or b'"' in whole or b"\x7f" in whole:
        controls = (text < 32) | (text == _QUOTE) | (text == _DELETE)
        controls[ends] = controls[stops] = False
        if delimiter == _TAB:
            controls &= text != _TAB
        tainted[np.searchsorted(ends, np.flatnonzero(controls))] = True
    if not whole.isascii():
        tainted |= _unreadable(whole, text, starts, ends, encoding)
    return Lines(whole, starts, ends, stops, tainted)


_AT_A_TIME = 1 << 16
"""Bytes compared at a time: the answer stays in the processor's cache."""


def _n_controls(text: Bytes, delimiter: int) -> int:
    """How many control characters there are, line feeds included; tabs only where they do not delimit."""
    pieces = (text[i : i + _AT_A_TIME] for i in range(0, len(text), _AT_A_TIME))
    n_controls = sum(int(np.count_nonzero(piece < 32)) for piece in pieces)
    return n_controls - int(np.count_nonzero(text == _TAB)) if delimiter == _TAB else n_controls


def _equal_ends(data: bytes, text: Bytes, n_controls: int) -> Ints | None:
    """The line ends where all lines are of one length and hold no control character; else None."""
    length = data.find(b"\n") + 1
    if not length or len(data) % length:
        return None
    ends = np.arange(length - 1, len(data), length)
    ended = text[length - 1 :: length] == _NEWLINE
    n_returned = np.count_nonzero(text[length - 2 :: length] == _RETURN) if length > 1 else 0
    return ends if ended.all() and n_controls == len(ends) + n_returned else None


def _unreadable(data: bytes, text: Bytes, starts: Ints, ends: Ints, encoding: str) -> Flags:
    """Which lines have bytes that are not text in the encoding, or that the careful path has doubts about."""
    bad = np.zeros(len(ends), np.bool_)
    if encoding == "cp874":
        # A Thai vowel or tone mark over what is not Thai: the text may be of another code page.
        high = np.flatnonzero(text >= 0x80)
        # What is before the first byte is the last one, a line feed.
        character, before = text[high], text[high - 1]
        doubtful = _UNKNOWN_CP874[character] | (_OVER_CP874[character] & ~_THAI_CP874[before])
        bad[np.searchsorted(ends, high[doubtful])] = True
        return bad
    if _decodes(data):
        return bad
    rows = sorted(set(np.searchsorted(ends, np.flatnonzero(text >= 0x80)).tolist()))
    bad[rows] = [not _decodes(data[starts[row] : ends[row]]) for row in rows]
    return bad


def _decodes(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


_CP874 = [bytes([byte]).decode("cp874", "surrogateescape") for byte in range(256)]
_UNKNOWN_CP874 = np.array(["\ud800" <= character <= "\udfff" for character in _CP874])
_THAI_CP874 = np.array(["\u0e01" <= character <= "\u0e4e" for character in _CP874])
_OVER_CP874 = np.array([re.match("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", c) is not None for c in _CP874])


def windows(lines: Lines, places: Ints, width: int) -> Bytes:
    """The bytes from each place on, as a matrix (n, width), zeros behind the data; places are no further
    than one byte behind its end."""
    last = len(lines.data) - width
    if last < 0:
        return _windows(lines.data + bytes(2 * width), places, width)
    if int(places.max(initial=0)) <= last:
        return _windows(lines.data, places, width)
    matrix = _windows(lines.data, np.minimum(places, last), width)
    over = np.flatnonzero(places > last)
    matrix[over] = _windows(lines.data[last:] + bytes(width + 1), places[over] - last, width)
    return matrix


def _windows(data: bytes, places: Ints, width: int) -> Bytes:
    of_width = np.ndarray((len(data) - width + 1,), f"V{width}", data, 0, (1,))
    return of_width[places].view(np.uint8).reshape(len(places), width)


def next_byte(lines: Lines, places: Ints, byte: int) -> Ints:
    """Where the byte stands next, from each place on; the end of the data where it is not within reach."""
    if not len(places):
        return places
    guess = lines.data.find(byte, int(places[0])) - int(places[0])
    if not 0 <= guess < WINDOW:
        return _next_far(lines, places, byte)
    near = windows(lines, places, guess + 1) == byte
    here = near[:, guess]
    found = places + guess
    if np.count_nonzero(near) == len(places) and here.all():
        return found
    rows = np.flatnonzero(~here | near[:, :guess].any(axis=1))
    found[rows] = _next_far(lines, places[rows], byte)
    return found


def _next_far(lines: Lines, places: Ints, byte: int, reach: int = WINDOW // 8) -> Ints:
    is_byte = windows(lines, places, reach) == byte
    step = is_byte.argmax(axis=1)
    reached = is_byte[np.arange(len(places)), step]
    found = np.where(reached, places + step, len(lines.data))
    if reach < WINDOW and not reached.all():
        found[~reached] = _next_far(lines, places[~reached], byte, WINDOW)
    return found


def texts_at(lines: Lines, starts: Ints, lengths: Ints, longest: int) -> npt.NDArray[np.bytes_]:
    """The texts at the starts, cut at `longest` bytes; their item size is a multiple of 8."""
    lengths = np.clip(lengths, 0, longest)
    width = max(8, -(-int(lengths.max(initial=0)) // 8) * 8)
    matrix = windows(lines, starts, width)
    if len(lengths) and (lengths == lengths[0]).all():
        matrix[:, int(lengths[0]) :] = 0
    else:
        matrix *= np.arange(width) < lengths[:, None]
    return matrix.view(f"S{width}").reshape(len(starts))

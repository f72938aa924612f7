"""Bytes of whole lines → where they lie, windows on the bytes, and which of them the careful path may read
otherwise than as they stand; the same lines without quotes that enclose whole fields. numpy only.

Functions work on all lines at once; places are counted in bytes from the beginning of the data. R, pandas and
many systems quote every field, or every text. Such quotes say nothing; a line in which a quote stands
otherwise, or encloses a delimiter, keeps all of its own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import Ints

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

WINDOW = 256
"""How far from a place the end of a field is looked for."""

_AT_A_TIME = 1 << 16
"""Bytes that are looked at together, so that they stay in the processor's cache."""
_LONG = 64
"""Bytes between two quotes from which on each place is no longer looked at by itself."""

_TAB, _NEWLINE, _RETURN, _QUOTE, _DELETE = b'\t\n\r"\x7f'
_MARK = b"\x01"
_NUMBERS = np.arange(256, dtype=np.uint8)


_CP874 = [bytes([byte]).decode("cp874", "surrogateescape") for byte in range(256)]
_UNKNOWN_CP874 = np.array(["\ud800" <= character <= "\udfff" for character in _CP874])
_THAI_CP874 = np.array(["\u0e01" <= character <= "\u0e4e" for character in _CP874])
_OVER_CP874 = np.array([re.match("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]", c) is not None for c in _CP874])


class ByteLines(NamedTuple):
    """Lines of `data`: `starts`, `ends` (the place of the line feed) and `stops` (before a carriage return
    that belongs to it), all (n,)."""

    data: bytes
    starts: Ints
    ends: Ints
    stops: Ints

    @property
    def size(self) -> int:
        """The number of lines."""
        return len(self.starts)


def lines_of(data: bytes) -> ByteLines:
    """The lines of data; the last may lack its line feed."""
    whole = data if data.endswith(b"\n") or not data else data + b"\n"
    text = np.frombuffer(whole, np.uint8)
    ends = np.flatnonzero(text == _NEWLINE)
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1] + 1
    if b"\r" not in whole:
        return ByteLines(whole, starts, ends, ends)
    returned = (text[np.maximum(ends - 1, 0)] == _RETURN) & (ends > starts)
    return ByteLines(whole, starts, ends, ends - returned)


def even_lines(data: bytes) -> ByteLines | None:
    """The lines of data as they are if all are as long as the first; None where they are not.

    Whether a line feed stands within one of them nobody has seen: `are_even` says it.
    """
    length = data.find(b"\n") + 1
    text = np.frombuffer(data, np.uint8)
    if not length or len(data) % length or not (text[length - 1 :: length] == _NEWLINE).all():
        return None
    ends = np.arange(length - 1, len(data), length)
    returned = text[length - 2 :: length] == _RETURN if length > 1 else 0
    return ByteLines(data, ends - (length - 1), ends, ends - returned)


def are_even(lines: ByteLines) -> bool:
    """Whether `even_lines` are the lines of their data."""
    return bool(np.count_nonzero(np.frombuffer(lines.data, np.uint8) == _NEWLINE) == lines.size)


def of_lines(lines: ByteLines, places: Ints) -> Flags:
    """Which lines have one of the places."""
    found = np.zeros(lines.size, np.bool_)
    found[np.searchsorted(lines.ends, places)] = True
    return found


def ended_texts(lines: ByteLines, starts: Ints, lengths: Ints, end: bytes) -> bytes:
    """The texts at the starts one behind the other, with a byte behind each."""
    longest = int(lengths.max(initial=0))
    if longest >= len(_NUMBERS) - 1:
        bounds = zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
        return end.join([*(lines.data[start:finish] for start, finish in bounds), b""])
    matrix = windows(lines, starts, longest + 1)
    matrix[np.arange(len(starts)), lengths] = ord(end)
    return matrix[_NUMBERS[: longest + 1] <= lengths.astype(np.uint8)[:, None]].tobytes()


def windows(lines: ByteLines, places: Ints, width: int) -> Bytes:
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


def next_byte(lines: ByteLines, places: Ints, byte: int) -> Ints:
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


def _next_far(lines: ByteLines, places: Ints, byte: int, reach: int = WINDOW // 8) -> Ints:
    is_byte = windows(lines, places, reach) == byte
    step = is_byte.argmax(axis=1)
    reached = is_byte[np.arange(len(places)), step]
    found = np.where(reached, places + step, len(lines.data))
    if reach < WINDOW and not reached.all():
        left = np.flatnonzero(~reached)
        found[left] = _next_far(lines, np.minimum(places[left] + reach, len(lines.data)), byte, 2 * reach)
    return found


def last_byte(lines: ByteLines, places: Ints, byte: int) -> Ints:
    """Where the byte stands before each place, mostly the last time, but perhaps within the field that ends
    there; elsewhere where it is not within reach."""
    if not len(places):
        return places
    text = np.frombuffer(lines.data, np.uint8)
    guess = int(places[0]) - lines.data.rfind(byte, 0, max(int(places[0]), 0))
    found = places - guess
    rows = np.flatnonzero(text.take(found, mode="clip") != byte)
    for reach in range(1, WINDOW // 8) if len(rows) else ():
        is_here = text.take(places[rows] - reach, mode="clip") == byte
        found[rows[is_here]] = places[rows[is_here]] - reach
        rows = rows[~is_here]
        if not len(rows):
            break
    return found


def texts_at(lines: ByteLines, starts: Ints, lengths: Ints, longest: int) -> npt.NDArray[np.bytes_]:
    """The texts at the starts, cut at `longest` bytes (255 at most); their item size is a multiple of 8."""
    lengths = np.minimum(np.maximum(lengths, 0), longest)
    width = max(8, -(-int(lengths.max(initial=0)) // 8) * 8)
    matrix = windows(lines, starts, width)
    if len(lengths) and (lengths == lengths[0]).all():
        matrix[:, int(lengths[0]) :] = 0
    else:
        matrix *= _NUMBERS[:width] < lengths.astype(np.uint8)[:, None]
    return matrix.view(f"S{width}").reshape(len(starts))


def filled(data: bytes, delimiter: int, filler: bytes) -> bytes | None:
    """The text, which ends in a line feed, with the character in each cell that is empty and no first one;
    None where the character, or one that no proven row has, is in it already."""
    if filler in data or _MARK in data:
        return None
    text = np.frombuffer(data, np.uint8)
    is_delimiter = text == delimiter
    is_before_empty = text[1:] == _NEWLINE
    is_before_empty |= is_delimiter[1:]
    is_before_empty &= is_delimiter[:-1]
    down_to_mark = is_before_empty.view(np.uint8)
    down_to_mark *= np.uint8(delimiter - _MARK[0])
    marked = text.copy()
    marked[:-1] -= down_to_mark
    return marked.tobytes().replace(_MARK, bytes([delimiter]) + filler)


def doubtful_lines(lines: ByteLines, delimiter: int, encoding: str) -> Flags:
    """Which lines hold a quote, a control character other than a tab that delimits, or bytes that are not
    text in the encoding; lines end in line feeds alone."""
    text = np.frombuffer(lines.data, np.uint8)
    doubtful = np.zeros(lines.size, np.bool_)
    # Control characters, line feeds included; tabs only where they do not delimit.
    pieces = (text[i : i + _AT_A_TIME] for i in range(0, len(text), _AT_A_TIME))
    n_controls = sum(int(np.count_nonzero(piece < 32)) for piece in pieces)
    if delimiter == _TAB:
        n_controls -= int(np.count_nonzero(text == _TAB))
    if n_controls != lines.size or b'"' in lines.data or b"\x7f" in lines.data:
        is_odd = (text < 32) | (text == _QUOTE) | (text == _DELETE)
        is_odd[lines.ends] = False
        if delimiter == _TAB:
            is_odd &= text != _TAB
        doubtful |= of_lines(lines, np.flatnonzero(is_odd))
    if not lines.data.isascii():
        doubtful |= _unreadable(lines, text, encoding)
    return doubtful


def _unreadable(lines: ByteLines, text: Bytes, encoding: str) -> Flags:
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


def without_quotes(data: bytes, delimiter: int) -> bytes:
    """The lines, each ended by a line feed, without the quotes of fields that hold neither quote, delimiter
    nor line feed; lines that have any other quote as they are."""
    # a boundary before the first line and behind the last byte of a field is a byte like any other
    text = np.frombuffer(b"\n" + data, np.uint8)
    is_quote = text == _QUOTE
    is_end = (text == delimiter) | (text == _NEWLINE)
    opens, closes = np.zeros_like(is_quote), np.zeros_like(is_quote)
    np.logical_and(is_quote[1:], is_end[:-1], out=opens[1:])
    np.logical_and(is_quote[:-1], is_end[1:], out=closes[:-1])
    bad = (is_quote & ~(opens | closes)) | (opens & closes)
    faults = np.flatnonzero(bad) if bad.any() else np.empty(0, np.int64)
    faults = np.concatenate([faults, _unpaired(text, is_end, opens, closes)])
    if not len(faults):
        return data.translate(None, b'"')

    # All lines without quotes, but for those with one of the places.
    kept: list[bytes] = []
    start = 0
    for place in (np.unique(faults) - 1).tolist():
        if place < start:
            continue
        begin = data.rfind(b"\n", start, max(place, start)) + 1 or start
        end = data.find(b"\n", place) + 1 or len(data)
        kept += [data[start:begin].translate(None, b'"'), data[begin:end]]
        start = end
    return b"".join([*kept, data[start:].translate(None, b'"')])


def _unpaired(text: Bytes, is_end: Flags, opens: Flags, closes: Flags) -> Ints:
    """Places of quotes that open or close a field without the other, or around a delimiter."""
    # nearly all fields have one character or none: what opens them is told by a look two bytes on
    short = np.zeros_like(opens)
    short[:-2] = opens[:-2] & closes[2:]
    short[:-1] |= opens[:-1] & closes[1:]
    closed = np.zeros_like(closes)
    closed[2:] = opens[:-2] & closes[2:]
    closed[1:] |= opens[:-1] & closes[1:]
    first, last = np.flatnonzero(opens & ~short), np.flatnonzero(closes & ~closed)
    if not len(first) and not len(last):
        return first
    ends = np.flatnonzero(text == _NEWLINE)
    lines = [np.searchsorted(ends, places) for places in (first, last)]
    counts = [np.bincount(line, minlength=len(ends) + 1) for line in lines]
    uneven = counts[0] != counts[1]
    faults = [first[uneven[lines[0]]], last[uneven[lines[1]]]]
    first, last = first[~uneven[lines[0]]], last[~uneven[lines[1]]]
    wrong = last < first
    # Whether a delimiter or line feed stands between the quotes of a pair.
    begin, finish = first[~wrong], last[~wrong]
    longest = int((finish - begin).max(initial=0))
    if longest > _LONG:
        before = np.concatenate([[0], np.cumsum(is_end)])
        wrong[~wrong] = before[finish] != before[begin]
    else:
        holds = np.zeros(len(begin), np.bool_)
        for n in range(1, longest):
            holds |= (begin + n < finish) & is_end[np.minimum(begin + n, finish)]
        wrong[~wrong] = holds
    return np.concatenate([*faults, first[wrong]])


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

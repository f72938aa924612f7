"""Bytes of whole lines → where the lines lie, and windows on the bytes.

Every function works on all lines at once; places are counted in bytes from the beginning of the data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.responses.rows import Ints

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

WINDOW = 256
"""How far from a place the end of a field is looked for."""

_NEWLINE, _RETURN = b"\n\r"
_NUMBERS = np.arange(256, dtype=np.uint8)


class Lines(NamedTuple):
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


def lines_of(data: bytes) -> Lines:
    """The lines of data; the last may lack its line feed."""
    whole = data if data.endswith(b"\n") or not data else data + b"\n"
    text = np.frombuffer(whole, np.uint8)
    ends = np.flatnonzero(text == _NEWLINE)
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1] + 1
    if b"\r" not in whole:
        return Lines(whole, starts, ends, ends)
    returned = (text[np.maximum(ends - 1, 0)] == _RETURN) & (ends > starts)
    return Lines(whole, starts, ends, ends - returned)


def even_lines(data: bytes) -> Lines | None:
    """The lines of data as they are if all are as long as the first; None where they are not.

    Whether a line feed stands within one of them nobody has seen: `are_even` says it.
    """
    length = data.find(b"\n") + 1
    text = np.frombuffer(data, np.uint8)
    if not length or len(data) % length or not (text[length - 1 :: length] == _NEWLINE).all():
        return None
    ends = np.arange(length - 1, len(data), length)
    returned = text[length - 2 :: length] == _RETURN if length > 1 else 0
    return Lines(data, ends - (length - 1), ends, ends - returned)


def are_even(lines: Lines) -> bool:
    """Whether `even_lines` are the lines of their data."""
    return bool(np.count_nonzero(np.frombuffer(lines.data, np.uint8) == _NEWLINE) == lines.size)


def of_lines(lines: Lines, places: Ints) -> Flags:
    """Which lines have one of the places."""
    found = np.zeros(lines.size, np.bool_)
    found[np.searchsorted(lines.ends, places)] = True
    return found


def ended_texts(lines: Lines, starts: Ints, lengths: Ints, end: bytes) -> bytes:
    """The texts at the starts one behind the other, with a byte behind each."""
    longest = int(lengths.max(initial=0))
    if longest >= len(_NUMBERS) - 1:
        bounds = zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
        return end.join([*(lines.data[start:finish] for start, finish in bounds), b""])
    matrix = windows(lines, starts, longest + 1)
    matrix[np.arange(len(starts)), lengths] = ord(end)
    return matrix[_NUMBERS[: longest + 1] <= lengths.astype(np.uint8)[:, None]].tobytes()


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
        left = np.flatnonzero(~reached)
        found[left] = _next_far(lines, np.minimum(places[left] + reach, len(lines.data)), byte, 2 * reach)
    return found


def last_byte(lines: Lines, places: Ints, byte: int) -> Ints:
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


def texts_at(lines: Lines, starts: Ints, lengths: Ints, longest: int) -> npt.NDArray[np.bytes_]:
    """The texts at the starts, cut at `longest` bytes (255 at most); their item size is a multiple of 8."""
    lengths = np.clip(lengths, 0, longest)
    width = max(8, -(-int(lengths.max(initial=0)) // 8) * 8)
    matrix = windows(lines, starts, width)
    if len(lengths) and (lengths == lengths[0]).all():
        matrix[:, int(lengths[0]) :] = 0
    else:
        matrix *= _NUMBERS[:width] < lengths.astype(np.uint8)[:, None]
    return matrix.view(f"S{width}").reshape(len(starts))

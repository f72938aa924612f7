"""Lines of a text that are of one length → one behind the other, and where all lines lie; numpy only.

Nothing is searched for but the ends of the other lines.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.responses import Ints

_LINES_AT_ONCE = 256
"""Lines whose ends are looked at together, the more the longer none is odd."""

_FEW = 16
"""Lines that may all be odd, when half of what follows is not."""

_LINE_FEED = 10


class EvenLines(NamedTuple):
    """Lines of one length one behind the other in `text`, and which they are of all lines (None: all)."""

    text: bytes
    numbers: Ints | None
    starts: Ints
    ends: Ints


def taken_out(text: bytes, length: int) -> EvenLines | None:
    """The lines of that length, as far as a line feed stands at their ends; None where they are few."""
    view = memoryview(text)
    odd: list[int] = []
    odd_lengths: list[int] = []
    kept: list[memoryview] = []
    begin = at = n_lines = 0
    step = _LINES_AT_ONCE
    while at < len(text):
        ends = text[at + length - 1 : at + length * step : length]
        n_even = len(ends) - len(ends.lstrip(b"\n"))
        at, n_lines = at + n_even * length, n_lines + n_even
        if n_even == step:
            step *= 2
            continue
        if at == len(text):
            break
        kept.append(view[begin:at])
        begin = text.find(b"\n", at) + 1
        odd.append(n_lines)
        odd_lengths.append(begin - at)
        at, n_lines, step = begin, n_lines + 1, _LINES_AT_ONCE
        if 2 * len(odd) > n_lines + _FEW:
            return None
    if not odd:
        starts = np.arange(0, len(text), length)
        return EvenLines(text, None, starts, starts + (length - 1))
    kept.append(view[begin:])
    lengths = np.full(n_lines, length)
    lengths[odd] = odd_lengths
    behind = np.cumsum(lengths)
    is_even = np.ones(n_lines, np.bool_)
    is_even[odd] = False
    return EvenLines(b"".join(kept), np.flatnonzero(is_even), behind - lengths, behind - 1)


def without_line_feeds(text: bytes, starts: Ints, ends: Ints) -> bool:
    """Whether no line feed stands within a line."""
    return all(
        text.find(b"\n", start) == end for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    )


def with_filler(data: bytes, delimiter: int, filler: bytes) -> tuple[bytes, Ints]:
    """The text with a character in each cell that is empty and no first one, and where these stand."""
    text = np.frombuffer(data, np.uint8)
    is_delimiter = text == delimiter
    is_end = is_delimiter | (text == _LINE_FEED)
    added = np.flatnonzero(is_delimiter[:-1] & is_end[1:])
    added += np.arange(1, len(added) + 1)
    kept = np.ones(len(text) + len(added), np.bool_)
    kept[added] = False
    out = np.full(len(kept), filler[0], np.uint8)
    out[kept] = text
    return out.tobytes(), added

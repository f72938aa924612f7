"""Whole lines of a quoted table → the same lines without their quotes, where these enclose whole fields.

R, pandas and many systems quote every field, or every text. Such quotes say nothing; a line in which a quote
stands otherwise, or encloses a delimiter, keeps all of its own. numpy only.
"""

from __future__ import annotations

import numpy as np

from examgen.capture.fast.lines import Bytes, Flags
from examgen.responses.rows import Ints

_QUOTE, _LINE_FEED = 34, 10


def without_quotes(data: bytes, delimiter: int) -> bytes:
    """The lines, each ended by a line feed, without the quotes of fields that hold neither quote, delimiter
    nor line feed; lines that have any other quote as they are."""
    # a boundary before the first line and behind the last byte of a field is a byte like any other
    text = np.frombuffer(b"\n" + data, np.uint8)
    is_quote = text == _QUOTE
    is_end = (text == delimiter) | (text == _LINE_FEED)
    opens, closes = np.zeros_like(is_quote), np.zeros_like(is_quote)
    np.logical_and(is_quote[1:], is_end[:-1], out=opens[1:])
    np.logical_and(is_quote[:-1], is_end[1:], out=closes[:-1])
    bad = (is_quote & ~(opens | closes)) | (opens & closes)
    faults = np.flatnonzero(bad) if bad.any() else np.empty(0, np.int64)
    faults = np.concatenate([faults, _unpaired(text, is_end, opens, closes)])
    if not len(faults):
        return data.translate(None, b'"')
    return _but_for(data, np.unique(faults) - 1)


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
    ends = np.flatnonzero(text == _LINE_FEED)
    lines = [np.searchsorted(ends, places) for places in (first, last)]
    counts = [np.bincount(line, minlength=len(ends) + 1) for line in lines]
    uneven = counts[0] != counts[1]
    faults = [first[uneven[lines[0]]], last[uneven[lines[1]]]]
    first, last = first[~uneven[lines[0]]], last[~uneven[lines[1]]]
    wrong = last < first
    wrong[~wrong] = _holds_end(is_end, first[~wrong], last[~wrong])
    return np.concatenate([*faults, first[wrong]])


def _holds_end(is_end: Flags, first: Ints, last: Ints) -> Flags:
    """Whether a delimiter or line feed stands between two places."""
    holds = np.zeros(len(first), np.bool_)
    longest = int((last - first).max(initial=0))
    if longest > _LONG:
        before = np.concatenate([[0], np.cumsum(is_end)])
        return np.asarray(before[last] != before[first])
    for n in range(1, longest):
        inside = first + n < last
        holds |= inside & is_end[np.minimum(first + n, last)]
    return holds


_LONG = 64


def _but_for(data: bytes, faults: Ints) -> bytes:
    """The lines without quotes, but for those with one of the places."""
    pieces: list[bytes] = []
    start = 0
    for place in faults.tolist():
        if place < start:
            continue
        begin = data.rfind(b"\n", start, max(place, start)) + 1 or start
        end = data.find(b"\n", place) + 1 or len(data)
        pieces += [data[start:begin].translate(None, b'"'), data[begin:end]]
        start = end
    return b"".join([*pieces, data[start:].translate(None, b'"')])

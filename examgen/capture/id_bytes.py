"""Bytes of ids → which the careful path takes as they are, and which it may take for a date or a sum.

ASCII letters and digits, `-`, `_` and `/`; in UTF-8 also Thai consonants and digits. What is said of ids here
may be said of more of them than it holds for, never of fewer: those are read with care.
"""

from __future__ import annotations

import numpy as np

from examgen.capture.cells import MONTHS
from examgen.capture.line_bytes import Bytes, Flags
from examgen.responses import Texts

_LETTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_THAI = 0xE0
"""First byte of Thai characters: consonants are E0 B8 81 to E0 B8 AE, digits E0 B9 90 to E0 B9 99."""
_HIGH = 0x80


def _among(letters: bytes) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(letters)] = True
    return table


_BEGINS_ID = _among(_LETTERS)
_BEGINS_THAI_ID = _among(_LETTERS + b"\xe0")

_BETWEEN = _among(b"-_/")
_AS_NUMBER = np.array([1 << 16, 1 << 8, 1])
_MONTHS = np.array([int.from_bytes(month.lower().encode(), "big") for month in MONTHS])
_BEHIND_A_DAY = ((3, 2), (2, 1), (0, 3))
"""Where a month begins, and what stands between: behind a day of two digits, of one, of none."""
_BEHIND_A_THAI_DAY = ((7, 6), (5, 4), (4, 3))
"""The same where a digit, or both, are Thai."""

_TOTALS_BEGIN = _among(b"acgmstACGMST")
_TOTALS = np.array(
    [int.from_bytes(word.encode(), "big") for word in ["ave", "cou", "gra", "mea", "sub", "sum", "tot"]]
)
_THAI_TOTALS = np.array([int.from_bytes(word.encode()[2::3], "big") for word in ("รว", "ยอ", "ผล")])
"""How words for sums begin that have no vowel among their first characters."""
_LOW_LINE = ord("_")


def are_written(characters: Bytes, encoding: str) -> Flags:
    """Which texts, rows of bytes with zeros behind them, are written in characters of ids, the first being a
    letter or a digit."""
    known = _in_ids(characters)
    if encoding != "utf-8" or characters.max(initial=0) < _HIGH:
        fits: Flags = _BEGINS_ID.take(characters[:, 0])
    else:
        fits = _BEGINS_THAI_ID.take(characters[:, 0])
        is_high = characters >= _HIGH
        known |= is_high
        # where no text begins within a character, none goes on from one text to the next
        if not fits.all() or 3 * _n_thai(characters.reshape(-1)) != np.count_nonzero(is_high):
            fits &= _are_thai(characters)
    return fits if known.all() else fits & known.all(axis=1)


def _in_ids(characters: Bytes) -> Flags:
    """Which characters of ASCII are letters, digits, `-`, `_`, `/` or 0, which texts are filled up with. None
    of these can stand in what a spreadsheet makes of an id (1.1E+12, a date with its time, #N/A)."""
    known: Flags = characters - np.uint8(ord("/")) <= ord("9") - ord("/")
    known |= (characters | np.uint8(0x20)) - np.uint8(ord("a")) < 26
    for character in b"-_\0":
        known |= characters == character
    return known


def _n_thai(characters: Bytes) -> int:
    return int(np.count_nonzero(_thai(characters[:-2], characters[1:-1], characters[2:])))


def _thai(first: Bytes, second: Bytes, third: Bytes) -> Flags:
    """Where three bytes are a consonant or a digit of Thai."""
    is_letter: Flags = (second == 0xB8) & (third - np.uint8(0x81) <= 0xAE - 0x81)
    is_letter |= (second == 0xB9) & (third - np.uint8(0x90) < 10)
    is_letter &= first == _THAI
    return is_letter


def _are_thai(characters: Bytes) -> Flags:
    """Which rows have no bytes that are not ASCII but those of Thai consonants and digits."""
    is_letter = _thai(characters[:, :-2], characters[:, 1:-1], characters[:, 2:])
    # no byte that begins one stands within another, so each takes three of the bytes for itself
    return np.asarray(
        3 * np.count_nonzero(is_letter, axis=1) == np.count_nonzero(characters >= _HIGH, axis=1)
    )


def like_dates(characters: Bytes) -> Flags:
    """Which ids begin as what a spreadsheet makes of a day or a month (`7-Jan`, `Jan-07`) does; there are
    eight characters of each or more."""
    like = np.zeros(len(characters), np.bool_)
    is_thai = characters.max(initial=0) >= _HIGH
    for begin, between in (*_BEHIND_A_DAY, *(_BEHIND_A_THAI_DAY if is_thai else ())):
        if begin + 3 > characters.shape[1]:
            continue
        is_between = _BETWEEN.take(characters[:, between])
        if is_between.any():
            letters = (characters[:, begin : begin + 3] | 0x20).astype(np.int64)
            like |= is_between & np.isin(letters @ _AS_NUMBER, _MONTHS)
    return like


def may_say_totals(ids: Texts) -> Flags:
    """Which ids of those characters may be words for sums; their item size is a multiple of 8."""
    characters = ids.view(np.uint8).reshape(len(ids), ids.itemsize)
    first = characters[:, 0]
    may = _TOTALS_BEGIN.take(first)
    if may.any():
        letters = characters[:, :3] | 0x20
        # low lines do not count in words
        lined = (characters[:, 1:3] == _LOW_LINE).any(axis=1)
        may &= lined | np.isin(letters.astype(np.int64) @ _AS_NUMBER, _TOTALS)
    if (is_thai := first == _THAI).any():
        two = characters[:, 2].astype(np.int64) << 8 | characters[:, 5]
        may |= is_thai & ((characters[:, 3] == _LOW_LINE) | np.isin(two, _THAI_TOTALS))
    return may

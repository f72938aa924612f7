"""Marks and key → what each candidate earned; candidates are rows of matrices, never a loop.

There is one general way, the look-up of every mark in its question's table, and a quick one that counts, for
rows on which each question has two scores at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from examgen.responses import BLANK, INVALID, KINDS, Earned, Marks
from examgen.scoring.asked import Bools, Units, shapes_of, summing, sums
from examgen.scoring.counting import counted, counting, units_kind, words
from examgen.scoring.key import Ints, Key
from examgen.scoring.rules import MARKS

CHUNK = 8_192
"""Candidates scored at a time, so that the matrices stay small."""

FEW_FORMS = 100
"""Up to so many forms, each is summed by one matrix product, which is the fastest for many candidates."""


# ── earning ──────────────────────────────────────────────────────────────────────────────────


def earn(
    key: Key,
    form: npt.NDArray[np.integer],
    marks: Marks,
    plain: bool,
    careful: bool = False,
    odd: Ints | None = None,
) -> Earned:
    """What rows earned: numbers of forms (n,) and marks (n, questions) as in `examgen.responses.Batch`.

    `plain` says that every mark is one letter that the item has. Where it does not, `odd` may say in which
    places rows stand of which that is not known; without it that is known of none. With `careful` every mark
    is looked up in its table, to the same result.
    """
    units = np.empty((len(form), key.n_items.shape[1]), dtype=units_kind(key))
    kinds = None if plain else _all_answered(key, form)
    odd = np.arange(0 if plain else len(form)) if plain or odd is None else odd
    for start in range(0, len(form), CHUNK):
        rows = slice(start, start + CHUNK)
        of, own = form[rows].astype(np.int64, copy=False), _own_width(marks[rows], key)
        some = odd[np.searchsorted(odd, start) : np.searchsorted(odd, start + CHUNK)] - start
        units[rows] = _looked_up(key, of, own) if careful else _units(key, of, own, some)
        if kinds is not None:
            kinds[some + start] = _kinds(key, of[some], own[some])
    return Earned(units, kinds)


def total_of(key: Key, units: npt.NDArray[np.integer]) -> Ints:
    """Totals (n,) of units (n, C), as they are told: none below 0 where the rule cuts the total there."""
    total = sums(units, _each_once(key)).astype(np.int64)
    return np.maximum(total, 0) if key.floor_total else total


def total_places(key: Key, form: Ints, units: npt.NDArray[np.integer]) -> Ints:
    """How far each total is above the least of its form; a total below that is told as the least."""
    total = sums(units, _each_once(key)).astype(np.int64)
    least = _least_total(key)
    if least.any():
        total -= least.take(form)
    return np.maximum(total, 0)


@lru_cache(maxsize=4)
def _each_once(key: Key) -> npt.NDArray[np.floating]:
    """(C,) that sums units."""
    return summing(np.ones((len(key.criteria), 1), dtype=np.int64), shapes_of(key))[:, 0]


@lru_cache(maxsize=4)
def _least_total(key: Key) -> Ints:
    return key.least_total


def _own_width(marks: Marks, key: Key) -> Marks:
    """The marks with as many columns as the longest form has questions."""
    width = key.table.shape[1]
    if marks.shape[1] >= width:
        return marks[:, :width]
    return np.pad(marks, ((0, 0), (0, width - marks.shape[1])))


def _units(key: Key, form: Ints, marks: Marks, odd: Ints) -> Units:
    """Units (n, C): each row by the quickest way that holds for it; `odd` as in `earn`."""
    letters = counting(key, letters_only=True)
    if len(odd) * 4 > len(form) or not letters.holds[form].all():
        return _units_of_any(key, form, marks, odd)
    units = counted(letters, form, marks, letters_only=True).T
    if len(odd):
        units[odd] = _units_of_any(key, form[odd], marks[odd], np.arange(len(odd)))
    return units


def _units_of_any(key: Key, form: Ints, marks: Marks, odd: Ints) -> Units:
    """Units (n, C) where many rows are odd, or the key asks that some are looked up."""
    of_any, of_letters = counting(key, letters_only=False), counting(key, letters_only=True)
    by_any = of_any.holds[form]
    if by_any.all():
        return counted(of_any, form, marks, letters_only=False).T
    by_letters = of_letters.holds[form] & ~by_any
    asked = odd[by_letters[odd]]
    by_letters[asked] = _letters_only(key, form[asked], marks[asked])
    units = np.empty((len(form), key.n_items.shape[1]), dtype=units_kind(key))
    for how, holds, letters_only in ((of_any, by_any, False), (of_letters, by_letters, True)):
        rows = np.flatnonzero(holds)
        units[rows] = counted(how, form[rows], marks[rows], letters_only).T
    rows = np.flatnonzero(~(by_any | by_letters))
    units[rows] = _looked_up(key, form[rows], marks[rows])
    return units


# ── looking up ───────────────────────────────────────────────────────────────────────────────


def _looked_up(key: Key, form: Ints, marks: Marks) -> Units:
    """Units (n, C) by the tables; float64 carries whole numbers exactly up to 2**53."""
    criteria = key.n_items.shape[1]
    units: Units = np.zeros((len(form), criteria), dtype=units_kind(key))
    values = key.tables.astype(np.float64).ravel()
    for rows, n in _by_form(form):
        places = key.table[n].astype(np.int64) * MARKS + marks[rows]
        earned = values.take(places)
        if n.ndim == 0:
            sums = np.zeros((earned.shape[1], criteria))
            sums[np.arange(len(sums)), key.criterion[n]] = 1
            units[rows] = earned @ sums
            continue
        cells = np.arange(len(rows))[:, None] * criteria + key.criterion[n]
        found = np.bincount(cells.ravel(), weights=earned.ravel(), minlength=len(rows) * criteria)
        units[rows] = found.reshape(-1, criteria)
    return units


def _by_form(form: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Rows and the form of all of them; or all rows and the form of each, where there are many forms."""
    forms = np.flatnonzero(np.bincount(form))
    if len(forms) > FEW_FORMS:
        yield np.arange(len(form)), form
        return
    for n in forms:
        yield np.flatnonzero(form == n), np.asarray(n)


# ── kinds of marks ───────────────────────────────────────────────────────────────────────────


def _all_answered(key: Key, form: npt.NDArray[np.integer]) -> Units:
    """Counts (n, 4) of marks as `KINDS` where every mark is a letter."""
    kind = _kinds_kind(key)
    kinds = np.zeros((len(form), len(KINDS)), dtype=kind)
    kinds[:, 0] = key.n_questions.astype(kind)[form]
    return kinds


def _kinds_kind(key: Key) -> type[np.signedinteger[Any]]:
    return np.int8 if key.table.shape[1] <= np.iinfo(np.int8).max else np.int32


def _kinds(key: Key, form: Ints, marks: Marks) -> Units:
    """Counts (n, 4) of marks as `KINDS`."""
    size = key.n_questions[form]
    kinds = np.zeros((len(form), len(KINDS)), dtype=_kinds_kind(key))
    if marks.max(initial=0) < INVALID and not (marks & (marks - np.uint8(1))).any():
        # letters and blanks alone, as nearly always
        kinds[:, 0] = _count(marks != BLANK)
        kinds[:, 1] = size - kinds[:, 0]
        return kinds
    kinds[:, 0] = _count((np.bitwise_count(marks) == 1) & (marks < INVALID))
    others = np.flatnonzero(kinds[:, 0] != size)
    some, size = marks[others], size[others]
    blank = _count(some == BLANK) - (marks.shape[1] - size)
    invalid = _count(some >= INVALID)
    kinds[others, 1:] = np.stack([blank, size - kinds[others, 0] - blank - invalid, invalid], axis=1)
    return kinds


def _count(flags: Bools) -> Ints:
    """How many are set in each row."""
    return np.asarray(np.bitwise_count(words(flags)).sum(axis=0, dtype=np.int64))


def _letters_only(key: Key, form: Ints, marks: Marks) -> Bools:
    """Rows whose every mark is one letter that the item has."""
    lacking = (np.uint8(0xFF) << key.n_options).astype(np.uint8).take(form, axis=0)
    good = (np.bitwise_count(marks) == 1) & ((marks & lacking) == 0)
    return np.asarray(_count(good) == key.n_questions[form])

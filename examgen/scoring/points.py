"""Marks and key → what each candidate earned; candidates are rows of matrices, never a loop.

There is one general way, the look-up of every mark in its question's table, and a quick one that counts, for
rows on which each question has two scores at most.

A hit is a letter that earns the higher score of a question. One bit a question says whether it was hit, and
the bits of a criterion are counted eight bytes at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from itertools import groupby
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from examgen.core.responses.rows import BLANK, INVALID, KINDS, Earned, Marks
from examgen.scoring.criteria import shapes_of, summing, sums
from examgen.scoring.key import Bools, Ints, Key, Units
from examgen.scoring.rules import MARKS, N_LETTERS

MOST_GAINS = 4
"""With more different amounts to be gained, counting is slower than looking up."""

MOST_BITS = 2**28
"""With more bits of masks, as of very many long forms, these would take more than 32 MB."""

CHUNK = 8_192
"""Candidates scored at a time, so that the matrices stay small."""

FEW_FORMS = 100
"""Up to so many forms, each is summed by one matrix product, which is the fastest for many candidates."""

Rest = ParamSpec("Rest")
Found = TypeVar("Found")


def _for_its_key(find: Callable[Concatenate[Key, Rest], Found]) -> Callable[Concatenate[Key, Rest], Found]:
    """The same, found once for a key as long as somebody has that: of 200,000 orders it is large."""
    of_keys: WeakKeyDictionary[Key, dict[tuple[Any, ...], Found]] = WeakKeyDictionary()

    @wraps(find)
    def found(key: Key, /, *args: Rest.args, **named: Rest.kwargs) -> Found:
        own = of_keys.setdefault(key, {})
        asked = (*args, *sorted(named.items()))
        if asked not in own:
            own[asked] = find(key, *args, **named)
        return own[asked]

    return found


Words = npt.NDArray[np.uint64]
_BITS = 64


class Plane(NamedTuple):
    """Of eight bytes of questions, those of one criterion on which a hit earns so much more."""

    word: int
    criterion: int
    gain: int


class Counting(NamedTuple):
    """Forms on which each question has at most two scores, the higher one for single letters only.

    `holds` (F,) says of which forms that is true. `hits` (F,) are, as one value each, the letters that earn
    the higher score of each question; `base` (C, F) what all rows have anyway.
    `planes` say what hits add to it, by word; `questions` (planes, F) are the bits of each.
    """

    holds: Bools
    hits: npt.NDArray[np.void]
    base: npt.NDArray[np.signedinteger[Any]]
    planes: tuple[Plane, ...]
    questions: Words


@_for_its_key
def counting(key: Key, letters_only: bool) -> Counting:
    """How rows of single letters alone are counted, or any rows whatever."""
    low, hit, gain = _two_scores(key, letters_only)
    gained, lows = gain[key.table], low[key.table]
    holds = np.asarray((gained >= 0).all(axis=1))
    gains = [value for value in sorted(set(gained[holds].ravel().tolist())) if value > 0]
    n_forms, n_criteria = key.n_items.shape
    if len(gains) > MOST_GAINS or key.table.size * n_criteria * len(gains) > MOST_BITS:
        holds, gains = np.zeros_like(holds), []
    base = np.zeros((n_criteria, n_forms), dtype=units_kind(key))
    planes: dict[Plane, Words] = {}
    for criterion in range(n_criteria):
        asked = key.criterion == criterion
        base[criterion] = np.where(asked & holds[:, None], lows, 0).sum(axis=1)
        for more in gains:
            bits = words(asked & (gained == more))
            planes |= {Plane(n, criterion, more): bits[n] for n in np.flatnonzero(bits.any(axis=1)).tolist()}
    in_order = tuple(sorted(planes))
    questions = np.array([planes[plane] for plane in in_order], dtype=np.uint64).reshape(-1, n_forms)
    return Counting(holds, _as_values(hit[key.table])[:, 0], base, in_order, questions)


@_for_its_key
def units_kind(key: Key) -> type[np.signedinteger[Any]]:
    """The smallest type that has what a row can earn of a criterion, and how far that is above the least."""
    most = int((key.max_units - key.least_units).max(initial=0))
    kinds = (np.int8, np.int16, np.int32)
    return next((kind for kind in kinds if most <= np.iinfo(kind).max), np.int64)


def _as_values(cells: Marks) -> npt.NDArray[np.void]:
    """Each row (n, width) as one value, (n, 1): to copy it takes much less time than the bytes of a row."""
    return np.ascontiguousarray(cells).view(f"V{cells.shape[1]}")


def _two_scores(key: Key, letters_only: bool) -> tuple[Units, Marks, Units]:
    """Of each table (T,): the lower score, the letters that earn the higher, and how much more that is.

    The last is -1 where the table is of another kind.
    """
    n_options = np.zeros(len(key.tables), dtype=np.int64)
    n_options[key.table] = key.n_options
    letters = key.tables[:, 1 << np.arange(N_LETTERS)]
    printed = np.arange(N_LETTERS) < n_options[:, None]
    shown = np.where(printed, letters, letters[:, :1])
    low, high = shown.min(axis=1) if letters_only else key.tables[:, INVALID], shown.max(axis=1)
    is_hit = printed & (letters == high[:, None]) & (high > low)[:, None]
    two = (~printed | is_hit | (letters == low[:, None])).all(axis=1)
    if not letters_only:
        others = np.delete(np.arange(MARKS), 1 << np.arange(N_LETTERS))
        two &= (key.tables[:, others] == low[:, None]).all(axis=1)
    hit = (is_hit << np.arange(N_LETTERS)).sum(axis=1).astype(np.uint8)
    return low, hit, np.where(two, high - low, -1).astype(np.int32)


def counted(
    how: Counting, form: Ints, marks: Marks, letters_only: bool
) -> npt.NDArray[np.signedinteger[Any]]:
    """Units (C, n) by the number of hits."""
    if not letters_only and (marks & (marks - np.uint8(1))).any():
        marks = marks * (np.bitwise_count(marks) == 1)
    # (C, n); mostly there is nothing to be had anyway
    units = np.zeros((len(how.base), len(form)), how.base.dtype)
    if how.base.any():
        units = how.base.take(form, axis=1)
    # which questions of each row were hit, as bits (words, n)
    cells = how.hits.take(form).view(np.uint8).reshape(marks.shape)
    np.bitwise_and(cells, marks, out=cells)
    bits, hit = how.questions.take(form, axis=1), words(cells)
    start = 0
    for word, planes in groupby(how.planes, lambda plane: plane.word):
        end = start + len(list(planes))
        bits[start:end] &= hit[word]
        start = end
    # 64 at most
    counts = np.bitwise_count(bits).view(np.int8)
    for plane, count in zip(how.planes, counts, strict=True):
        units[plane.criterion] += count if plane.gain == 1 else count * units.dtype.type(plane.gain)
    return units


def words(flags: npt.NDArray[np.uint8] | Bools) -> Words:
    """What is not 0 in each row (n, questions) as bits, (words, n)."""
    n, width = flags.shape
    wide = np.zeros((n, -(-width // _BITS) * _BITS), dtype=np.uint8)
    own = _as_values(flags.view(np.uint8))
    np.ndarray(own.shape, own.dtype, wide, 0, (wide.shape[1], width))[:] = own
    # of all rows at once: row by row it takes several times as long
    packed = np.packbits(wide.ravel(), bitorder="little").view(np.uint64)
    return np.ascontiguousarray(packed.reshape(n, wide.shape[1] // _BITS).T)


# ── earning ──────────────────────────────────────────────────────────────────────────────────


def earn(
    key: Key,
    form: npt.NDArray[np.integer],
    marks: Marks,
    plain: bool,
    careful: bool = False,
    odd: Ints | None = None,
) -> Earned:
    """What rows earned: numbers of forms (n,) and marks (n, questions), as in `core.responses.rows.Batch`.

    `plain` says that every mark is one letter that the item has. Where it does not, `odd` may say in which
    places rows stand of which that is not known; without it that is known of none. With `careful` every mark
    is looked up in its table, to the same result.
    """
    units = np.empty((len(form), key.n_items.shape[1]), dtype=units_kind(key))
    kinds = None
    if not plain:
        # as where every mark is a letter
        kinds = np.zeros((len(form), len(KINDS)), dtype=_kinds_kind(key))
        kinds[:, 0] = key.n_questions.astype(kinds.dtype)[form]
    width = key.table.shape[1]
    odd = np.arange(0 if plain else len(form)) if plain or odd is None else odd
    for start in range(0, len(form), CHUNK):
        rows = slice(start, start + CHUNK)
        # as many columns as the longest form has questions
        of, own = form[rows].astype(np.int64, copy=False), marks[rows, :width]
        if own.shape[1] < width:
            own = np.pad(own, ((0, 0), (0, width - own.shape[1])))
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
    """How far each total is above the least total of its form; 0 for a total below that."""
    total = sums(units, _each_once(key)).astype(np.int64)
    least = _least_total(key)
    if least.any():
        total -= least.take(form)
    return np.maximum(total, 0)


@_for_its_key
def _each_once(key: Key) -> npt.NDArray[np.floating]:
    """(C,) that sums units."""
    return summing(np.ones((len(key.criteria), 1), dtype=np.int64), shapes_of(key))[:, 0]


@_for_its_key
def _least_total(key: Key) -> Ints:
    return key.least_total


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

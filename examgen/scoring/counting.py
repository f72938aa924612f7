"""Key → how hits are counted on forms whose questions have at most two scores each; and the counting.

A hit is a letter that earns the higher score of a question. One bit a question says whether it was hit, and
the bits of a criterion are counted eight bytes at a time.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.responses import INVALID, Marks
from examgen.scoring.key import Bools, Ints, Key, Units
from examgen.scoring.rules import MARKS, N_LETTERS

MOST_GAINS = 4
"""With more different amounts to be gained, counting is slower than looking up."""

MOST_BITS = 2**28
"""With more bits of masks, as of very many long forms, these would take more than 32 MB."""

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
    the higher score of each question, padded to whole words of bits; `base` (C, F) what all rows have anyway.
    `planes` say what hits add to it, by word; `questions` (planes, F) are the bits of each.
    """

    holds: Bools
    hits: npt.NDArray[np.void]
    base: npt.NDArray[np.signedinteger[Any]]
    planes: tuple[Plane, ...]
    questions: Words


@lru_cache(maxsize=4)
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
    return Counting(holds, _as_values(hit[key.table]), base, in_order, questions)


@lru_cache(maxsize=4)
def units_kind(key: Key) -> type[np.signedinteger[Any]]:
    """The smallest type that has what a row can earn of a criterion, and how far that is above the least."""
    most = int((key.max_units - key.least_units).max(initial=0))
    kinds = (np.int8, np.int16, np.int32)
    return next((kind for kind in kinds if most <= np.iinfo(kind).max), np.int64)


def _as_values(cells: Marks) -> npt.NDArray[np.void]:
    """Each row (F, Q) as one value, 0 up to the end of a word of bits."""
    wide = np.zeros((len(cells), -(-cells.shape[1] // _BITS) * _BITS), dtype=np.uint8)
    wide[:, : cells.shape[1]] = cells
    return np.asarray(wide.view(f"V{wide.shape[1]}")[:, 0])


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
    if not letters_only:
        marks = marks * (np.bitwise_count(marks) == 1)
    units = how.base.take(form, axis=1)
    bits, hit = how.questions.take(form, axis=1), _hit(how, form, marks)
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


def _hit(how: Counting, form: Ints, marks: Marks) -> Words:
    """Which questions of each row were hit, as bits (words, n)."""
    n, width = len(marks), how.hits.itemsize
    cells: Marks = np.empty((n, width), dtype=np.uint8)
    cells[:, : marks.shape[1]] = marks
    # what stands past the marks meets a 0
    cells &= how.hits.take(form).view(np.uint8).reshape(n, width)
    bits = np.packbits(cells.ravel(), bitorder="little").view(np.uint64)
    return np.ascontiguousarray(bits.reshape(n, width // _BITS).T)


def words(flags: npt.NDArray[np.uint8] | Bools) -> Words:
    """What is not 0 in each row (n, questions) as bits, (words, n)."""
    packed = np.packbits(flags, axis=1, bitorder="little")
    wide = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
    wide[:, : packed.shape[1]] = packed
    return np.ascontiguousarray(wide.view(np.uint64).T)

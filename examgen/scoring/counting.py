"""Key → how hits are counted on forms whose questions have at most two scores each; and the counting.

A hit is a letter that earns the higher score of a question. One bit a question says whether it was hit, and
the bits of a criterion are counted eight bytes at a time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

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


class Plane(NamedTuple):
    """Of eight bytes of questions, those (F,) of one criterion on which a hit earns so much more."""

    gain: int
    criterion: int
    word: int
    questions: Words


class Counting(NamedTuple):
    """Forms on which each question has at most two scores, the higher one for single letters only.

    `holds` (F,) says of which forms that is true. `hits` (F, Q) are the letters that earn the higher score,
    `base` (C, F) what all rows have anyway, `planes` what the hits add to it.
    """

    holds: Bools
    hits: Marks
    base: Units
    planes: tuple[Plane, ...]


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
    base = np.zeros((n_criteria, n_forms), dtype=np.int32)
    planes = []
    for criterion in range(n_criteria):
        asked = key.criterion == criterion
        base[criterion] = np.where(asked, lows, 0).sum(axis=1)
        for value in gains:
            bits = words(asked & (gained == value))
            planes += [Plane(value, criterion, n, bits[n]) for n in np.flatnonzero(bits.any(axis=1)).tolist()]
    return Counting(holds, hit[key.table], base, tuple(planes))


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
        others = np.setdiff1d(np.arange(MARKS), 1 << np.arange(N_LETTERS))
        two &= (key.tables[:, others] == low[:, None]).all(axis=1)
    hit = (is_hit << np.arange(N_LETTERS)).sum(axis=1).astype(np.uint8)
    return low, hit, np.where(two, high - low, -1).astype(np.int32)


def counted(how: Counting, form: Ints, marks: Marks, letters_only: bool) -> Units:
    """Units (C, n) by the number of hits."""
    if not letters_only:
        marks = marks * (np.bitwise_count(marks) == 1)
    hit = words(marks & how.hits.take(form, axis=0))
    units = how.base.take(form, axis=1)
    for gain, criterion, word, questions in how.planes:
        count = np.bitwise_count(hit[word] & questions.take(form)).astype(np.int32)
        units[criterion] += count if gain == 1 else count * gain
    return units


def words(flags: npt.NDArray[np.uint8] | Bools) -> Words:
    """What is not 0 in each row (n, questions) as bits, (words, n)."""
    packed = np.packbits(flags, axis=1, bitorder="little")
    wide = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
    wide[:, : packed.shape[1]] = packed
    return np.ascontiguousarray(wide.view(np.uint64).T)

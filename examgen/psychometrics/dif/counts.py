"""Scores, groups and a matching variable → counts of right and wrong answers to each item at each level.

Mantel–Haenszel, logistic regression and standardisation need only these counts, not a row for each candidate.
As in difR, candidates are matched on the total score of the anchor items (a missing score counts as 0), and
the studied item is always part of its own total: an item that purification removed from the anchor is added
back for its own analysis. Its counts follow from those at the anchor's totals: right answers move up one
level.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import CellsInParts, score_ranges
from examgen.core.words import tell, tell_n
from examgen.stats.irt_models import Note

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Cells = NDArray[np.int8]

SMALL_GROUP = 100
"""With fewer candidates in a group, the asymptotics of the tests do not hold well."""
_BLOCK = 2_000_000
_MOST_IN_A_BYTE = 255
_CHUNK = 100_000
"""Cells at a time: what is made of them stays in the cache, and its memory is used again."""


class DifSample(NamedTuple):
    """The candidates and items of an analysis of differential item functioning."""

    cells: Cells
    """(N, J) scores, negative where missing."""
    group: Ints
    """(N,) 0 the reference group, 1, 2 … the focal groups; every number up to the highest occurs."""
    external: Floats | None
    """(N,) matching variable of the caller; None: the total is used."""
    usable: Bools
    """(J,) items that are scored 0 or 1 only, and on which both scores occur."""
    notes: tuple[Note, ...]

    @property
    def n_groups(self) -> int:
        """The number of groups: the reference group and all focal groups."""
        return int(self.group.max(initial=-1)) + 1

    @property
    def in_total(self) -> Bools:
        """(J,) items that may make the total: no score is above 1, which is no answer of right or wrong."""
        return np.asarray(score_ranges(self.cells)[1] <= 1)


class Strata(NamedTuple):
    """Answers to a block of B items among G groups at L levels of the matching variable."""

    items: Ints
    """(B,) places of the items among all."""
    levels: Floats
    """(L,) levels of the matching variable, ascending."""
    right: Floats
    """(B, G, L) number of candidates whose answer is right."""
    wrong: Floats
    """(B, G, L) number of candidates whose answer is wrong."""


def sample(scores: Cells, groups: NDArray[np.integer], matching: Floats | None = None) -> DifSample:
    """Check shapes, leave out candidates in no group, and find the items that can be analysed.

    Parameters
    ----------
    scores : ndarray of int8, shape (N, J)
    groups : ndarray of int, shape (N,)
        0 reference, 1, 2 … focal; negative: in no group, left out.
    matching : ndarray of float, shape (N,), optional
        Candidates without a finite value are left out.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """
    cells, group = scores, groups
    keep = group >= 0
    if matching is not None:
        matching = np.asarray(matching, dtype=np.float64)
        if matching.shape != group.shape:
            raise ValueError(
                f"matching {matching.shape} must have a value for each of {len(cells)} candidates"
            )
        keep &= np.isfinite(matching)
    if not keep.all():
        cells, group = cells[keep], group[keep]
        matching = None if matching is None else matching[keep]
    notes = []
    sizes = np.bincount(group, minlength=2) if len(group) else np.zeros(2, dtype=np.int64)
    for place, n in enumerate(sizes.tolist()):
        if n == 0:
            words = tell("it has no candidates, so no comparison is possible.")
            notes.append(Note("group-empty", None, words, group=place))
        elif n < SMALL_GROUP:
            words = tell_n(
                "it has only {n} candidate, so real differences may be missed.",
                "it has only {n} candidates, so real differences may be missed.",
                n,
            )
            notes.append(Note("small-group", None, words, group=place))
    # every number up to the highest occurs, but 0 perhaps
    present = sizes > 0
    present[0] = True
    dense = np.cumsum(present)[group] - 1
    usable, of_items = _usable(cells)
    notes += of_items
    if matching is None and len(cells) and cells.min(initial=0) < 0:
        words = tell("Missing answers add nothing to the total used for matching.")
        notes.append(Note("missing-answers", None, words))
    return DifSample(cells, dense, matching, usable, tuple(notes))


def comparable(found: DifSample) -> bool:
    """Whether there is a reference group and at least one focal group."""
    return found.n_groups > 1 and bool((found.group == 0).any())


def _usable(cells: Cells) -> tuple[Bools, list[Note]]:
    """(J,) flags of dichotomous items with right and wrong answers, and a note on each other item."""
    lowest, highest = score_ranges(cells)
    cases = (
        ("no-answers", highest < 0, tell("There are no answers to compare.")),
        (
            "not-dichotomous",
            highest > 1,
            tell(
                "It has scores above 1, but this method needs right and wrong answers. The item "
                "is excluded, also from the total."
            ),
        ),
        ("all-wrong", highest == 0, tell("No candidate is right, so there is no difference.")),
        (
            "all-right",
            (highest == 1) & (lowest == 1),
            tell("All candidates are right, so there is no difference."),
        ),
    )
    odd = np.zeros(len(highest), dtype=np.bool_)
    notes = []
    for code, where, words in cases:
        odd |= where
        notes += [Note(code, int(j), words) for j in np.flatnonzero(where)]
    return ~odd, notes


def strata(found: DifSample, anchor: Bools) -> Iterator[Strata]:
    """The counts of all usable items, in blocks that fit into memory.

    Parameters
    ----------
    found : DifSample
        Scores, groups and usable items, as `sample` returns them.
    anchor : ndarray of bool, shape (J,)
        Items whose scores make the total; ignored when the sample has a matching variable of its own.
    """
    if found.external is None:
        base = total(found.cells, anchor)
        there = np.bincount(base, minlength=1) > 0
        if not anchor.all():
            there = np.append(there, False) | np.append(False, there)
        levels, numbers = np.flatnonzero(there), np.cumsum(there) - 1
        place, own = numbers[base], anchor
        above = np.minimum(np.searchsorted(levels, levels + 1), len(levels) - 1)
    else:
        levels, place = np.unique(found.external, return_inverse=True)
        own, above = np.ones(len(anchor), dtype=np.bool_), np.arange(len(levels))
    n_cells = found.n_groups * len(levels)
    code = found.group * len(levels) + place
    items = np.flatnonzero(found.usable)
    for start in range(0, len(items), max(1, _BLOCK // max(n_cells, 1))):
        some = items[start : start + max(1, _BLOCK // max(n_cells, 1))]
        right, wrong = (
            counts.reshape(len(some), found.n_groups, len(levels))
            for counts in _count(found.cells, code, n_cells, some)
        )
        away = ~own[some]
        if away.any():
            moved = np.zeros_like(right[away])
            moved[..., above[:-1]] = right[away][..., :-1]
            right[away] = moved
        yield Strata(some, levels.astype(np.float64), right, wrong)


def total(cells: Cells, anchor: Bools) -> Ints:
    """(N,) right answers to the anchor items, which are scored 0 or 1."""
    out = np.empty(len(cells), dtype=np.int64)
    counted = _words(anchor[None])
    size = max(1, _CHUNK // max(1, len(anchor)))
    for start in range(0, len(cells), size):
        rows = slice(start, start + size)
        numbers = np.bitwise_count(_words(cells[rows] > 0) & counted).astype(np.float32)
        # a product of small numbers: sums of short rows take longer
        out[rows] = numbers @ np.ones(numbers.shape[1], np.float32)
    return out


def _count(cells: Cells, code: Ints, n_cells: int, items: Ints) -> tuple[Floats, Floats]:
    """Numbers of right and of wrong answers, each (items, n_cells).

    Rows in order of their cell are added up eight items at a time, a byte each of a word of 64 bits, and no
    more than 255 of them before the bytes become numbers.
    """
    if isinstance(cells, CellsInParts):
        sums = np.zeros((2, len(items), n_cells))
        for rows in cells.stretches():
            sums += _count(cells[rows], code[rows], n_cells, items)
        return sums[0], sums[1]
    sizes = np.bincount(code, minlength=n_cells)
    present = np.flatnonzero(sizes)
    first = (np.cumsum(sizes) - sizes)[present]
    begin = np.union1d(first, np.arange(0, len(cells), _MOST_IN_A_BYTE))
    order = np.argsort(code.astype(np.uint16) if n_cells <= 1 << 16 else code, kind="stable")
    complete, some = cells.min(initial=0) >= 0, len(items) < cells.shape[1]
    n_words = -(-len(items) // 8)
    right, answers = np.empty((2, len(begin), n_words), dtype=np.uint64)
    size = _MOST_IN_A_BYTE * max(1, _CHUNK // (_MOST_IN_A_BYTE * cells.shape[1]))
    for start in range(0, len(cells), size):
        chunk = cells.take(order[start : start + size], axis=0)
        chunk = chunk.take(items, axis=1) if some else chunk
        of_chunk = slice(*np.searchsorted(begin, (start, start + size)))
        np.add.reduceat(_words(chunk > 0), begin[of_chunk] - start, axis=0, out=right[of_chunk])
        if not complete:
            np.add.reduceat(_words(chunk >= 0), begin[of_chunk] - start, axis=0, out=answers[of_chunk])

    def of_cells(bytes_: NDArray[np.uint64]) -> Floats:
        counts = bytes_.view(np.uint8)[:, : len(items)]
        out = np.zeros((len(items), n_cells))
        out[:, present] = np.add.reduceat(counts, np.searchsorted(begin, first), axis=0, dtype=np.float64).T
        return out

    rights = of_cells(right)
    return rights, (sizes if complete else of_cells(answers)) - rights


def _words(flags: Bools) -> NDArray[np.uint64]:
    """(n, ⌈J / 8⌉) flags (n, J), eight to a word of 64 bits, a byte each."""
    n, n_items = flags.shape
    if n_items % 8:
        padded = np.zeros((n, -(-n_items // 8) * 8), dtype=np.bool_)
        padded[:, :n_items] = flags
        flags = padded
    return np.ascontiguousarray(flags).view(np.uint64)

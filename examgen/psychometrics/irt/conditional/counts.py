"""What conditional likelihood needs of responses: who has an answer to which items, and how many right.

Candidates are counted by *pattern* (the items that they have an answer to) and by number right. Under the
Rasch model nothing else of them matters for the items, save each item's number of right answers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import score_ranges
from examgen.core.words import tell
from examgen.stats.irt_curves import answer_patterns
from examgen.stats.irt_models import Note

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_ITEMS = 2_000
"""With more items that can be estimated there is no conditional fit: work grows with the cube."""

_FIRST_ROWS = 256


class PatternCounts(NamedTuple):
    """Candidates counted by pattern of answered items and number right; K items, G patterns."""

    answered: Bools
    """(G, K)."""
    counts: Floats
    """(G, K + 1) candidates with 0 … K right. Nobody with none or all right: they tell nothing of items."""
    right: Floats
    """(K,) right answers of the candidates who count."""
    pattern: Ints
    """(N,) pattern of each candidate, -1 without an answer."""
    score: Ints
    """(N,) number right."""


def counted(cells: NDArray[np.int8]) -> PatternCounts:
    """Counts of 0/1 cells (N, K), negative where missing."""
    n_items = cells.shape[1]
    if cells.size and cells.min() >= 0:
        score = np.asarray(np.add.reduce(cells, axis=1, dtype=np.int16), dtype=np.int64)
        answered = np.ones((1, n_items), dtype=np.bool_)
        right = cells.sum(axis=0, dtype=np.int64)
        pattern = np.zeros(len(cells), dtype=np.int64)
    else:
        answered, pattern, _ = answer_patterns(cells >= 0)
        ones = cells == 1
        score, right = ones.sum(axis=1), ones.sum(axis=0)
    n_answered, width = answered.sum(axis=1), n_items + 1
    table = np.bincount(pattern * width + score, minlength=len(answered) * width).astype(np.float64)
    counts: Floats = table.reshape(len(answered), width)
    rows = np.arange(len(answered))
    full = counts[rows, n_answered]
    counts[:, 0] = counts[rows, n_answered] = 0.0
    pattern = np.where(n_answered[pattern] > 0, pattern, -1) if len(answered) else pattern
    return PatternCounts(
        answered, counts, np.asarray(right - full @ answered, dtype=np.float64), pattern, score
    )


def estimable(scores: NDArray[np.int8]) -> tuple[Ints, tuple[Note, ...]]:
    """The items (columns) that have finite difficulties relative to each other, and why others have not.

    An item is left out when nobody answered it, when nobody or everybody who did was right, when it has a
    score above 1, and when a comparison with the others is one-sided: for finite conditional estimates there
    must be, for every division of the items in two sets, a candidate who was right on an item of the first
    and wrong on one of the second, and one the other way round (Fischer, 1981). That is so when the graph
    with an arrow from i to j where somebody was right on i and wrong on j is strongly connected. Of several
    connected parts the one with most items is kept, of parts of one size the one with the first item.
    """
    notes: list[Note] = []
    lowest, highest = score_ranges(scores)
    with_zero, with_one, with_more = lowest == 0, highest == 1, highest > 1
    for wrong, code, sentence in (
        (
            with_more,
            "more-than-two-scores",
            tell("has scores above 1, but the Rasch model needs 0 and 1"),
        ),
        (~with_more & ~with_zero & ~with_one, "no-answers", tell("has no answers")),
        (~with_more & with_one & ~with_zero, "all-right", tell("was answered right by all candidates")),
        (~with_more & with_zero & ~with_one, "all-wrong", tell("was answered wrong by all candidates")),
    ):
        left_out = tell(
            "{sentence}, so it is excluded because its difficulty cannot be estimated", sentence=sentence
        )
        notes += [Note(code, int(j), left_out) for j in np.flatnonzero(wrong)]
    items = np.flatnonzero(with_zero & with_one & ~with_more)
    if len(items) > MOST_ITEMS:
        note = tell(
            "{n:,} items are too many for conditional likelihood. The limit is {most_items:,}",
            n=len(items),
            most_items=MOST_ITEMS,
        )
        return items[:0], (*notes, Note("too-many-items", None, note))
    if len(items):
        part, linked = _parts(scores[:, items] if len(items) < scores.shape[1] else scores)
        sizes = np.bincount(part)
        kept = part == np.argmax(sizes)
        alone = np.flatnonzero(~kept)
        unlinked = tell(
            "no candidate connects it with the items of the fit, so it is excluded because "
            "there is no common scale"
        )
        separated = tell(
            "candidates who were right on one side and wrong on the other, between it and the "
            "items of the fit, all were so in one direction. It is excluded, because its "
            "relative difficulty is infinite"
        )
        for j in alone:
            code, words = ("separation", separated) if linked[part[j]] else ("not-linked", unlinked)
            notes.append(Note(code, int(items[j]), words))
        items = items[kept]
    if len(items) < 2:
        note = tell("fewer than two items can be compared, so nothing can be estimated")
        return items[:0], (*notes, Note("too-few-items", None, note))
    return items, tuple(notes)


def _parts(cells: NDArray[np.int8]) -> tuple[Ints, Bools]:
    """(K,) number of the strongly connected part of each item; (parts,) whether linked to the greatest.

    Rows are looked at in growing batches, since as a rule the first few hundred connect all.
    """
    n_items = cells.shape[1]
    arrows = np.zeros((n_items, n_items), dtype=np.bool_)
    start, size = 0, _FIRST_ROWS
    while start < len(cells):
        batch = cells[start : start + size]
        arrows |= ((batch == 1).astype(np.float32).T @ (batch == 0).astype(np.float32)) > 0
        if _reached(arrows, 0).all() and _reached(arrows.T, 0).all():
            return np.zeros(n_items, dtype=np.int64), np.ones(1, dtype=np.bool_)
        start, size = start + size, min(2 * size, 65_536)
    part = np.full(n_items, -1, dtype=np.int64)
    while (part < 0).any():
        item = int(np.argmin(part))
        together = _reached(arrows, item) & _reached(arrows.T, item) & (part < 0)
        part[together] = part.max() + 1
    greatest = int(np.argmax(np.bincount(part) == np.bincount(part).max()))
    near = _reached(arrows | arrows.T, int(np.argmax(part == greatest)))
    linked = np.zeros(part.max() + 1, dtype=np.bool_)
    linked[part[near]] = True
    return part, linked


def _reached(arrows: Bools, start: int) -> Bools:
    """(K,) the items that arrows lead to from one item, itself included."""
    found = np.zeros(len(arrows), dtype=np.bool_)
    found[start] = True
    fresh = found
    while fresh.any():
        fresh = arrows[fresh].any(axis=0) & ~found
        found = found | fresh
    return found

"""How the person of a page marks → which of what else there is cannot be a mark of theirs.

Writing, as graders and clerks write across a sheet, is told from marks by two signs together: its strokes run
on out of the bubble, and nowhere do they fill a spot as this person fills bubbles. It can be told only of
persons who fill bubbles; of others it may be a tick.

A place of the candidate number, and the form, has exactly one mark, unlike a question. So it is read where
all but one of its bubbles can be no mark of this hand: where they are *writing*, or *pale*, as what an eraser
leaves or a scanner adds, far lighter than this person's marks wherever they are darkest. Where two bubbles
may be marks, or none, a person decides. No list of candidates is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.scanning.reading.measuring import Measures, darkest
from examgen.scanning.reading.medians import median
from examgen.scanning.sheet_layout import ITEM, SheetPageLayout

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
Spots = Callable[[Indices], Floats]
"""Indices of bubbles → how dark the most evenly filled spot in or beside each is (`Bubbles.spots`)."""

LEAST_TOP = 0.07
"""Darkness from which the darkest bubble of a choice is taken for a mark when its person's are measured."""
FEWEST, ENOUGH = 4, 8
"""Marks from which a person's hand is known; from which it is known that they do not fill bubbles."""
LEAST_USUAL, MOST_SPREAD = 0.15, 0.35
"""Darkness of the usual mark at least, and spread of a person's marks at most as a share of it, where one
mark is told from what is no mark: thin ticks, rings and dots are too much like what erasers leave."""
RUNS_ON, UNFILLED = (0.25, 0.4), 0.55
"""Writing: the darkest sector 3 mm from the middle has at least the first share of the usual mark, the best
filled spot at most the second share of the usual one. Of a number more must run on, for there writing is
passed over: the edge of the next bubble's mark is no stroke."""
FILLS, USUAL_SPOT = 0.6, 0.9
"""Share of the mean of the usual mark that the usual spot of a person who fills bubbles has at least; share
of the second-darkest cell of it that it has mostly."""
PALE = 0.55
"""Share of a person's usual mark below which nothing is a mark, of the mean and of the second-darkest cell:
one person's marks differ by less, at least where they are darkest."""
PALE_RING = 0.35
"""Share of the usual mark that a line around such a bubble may have: whoever rings a bubble means it."""
FLAT = (0.12, 0.35)
"""Shares of the usual mark, of mean and second-darkest cell, below which a bubble has nothing in it."""
FULL, LIGHT, DRAWN = 0.6, 0.35, (0.45, 0.75)
"""Shares of the usual mark that the only mark has at least: of the mean, where something else is there; where
all else is flat; and of the second-darkest cell, which tells the same pencil: the second where it is small,
too, as a hair or a grain is. A grain of dust has 0.3; marks of three hands that are right have 0.4."""
LEAST_MEAN, ABOVE_NOISE = 0.05, (8.0, 6.0)
"""Darkness of the only mark at least; by how many standard deviations of unmarked bubbles it is above the
next, in its mean or its second-darkest cell."""
MOST_SPILL = 0.30
"""Mean darkness around a mark at most: more is a hole or a blot."""
SEEN_OUTLINE, MOST_UNSEEN = 0.35, 0.3
"""Share of the usual darkness of the printed ring from which it is to be seen; share of the bubbles of a
choice of which it may be hidden where one mark is told from what is no mark."""
FADED = 0.06
"""Usual darkness of the printed ring at least: of fainter rings nothing is seen, as on scans whose light grey
has become white."""
HALF_SEEN, NOISE_OUTLINE = 0.6, 8.0
"""Share of it that a blank bubble has at least where the sheet is quiet: what covers half of a bubble may
cover its mark; standard deviations of rings by which it may be lighter than the usual one."""
MOST_DARK = 1.6
"""Share of the usual mark that the only mark has at most: more is no mark of this hand."""
CROSSED_OUT = 0.15
"""Share of the usual mark, 3 mm from its middle, from which a mark may be crossed out: where anything else is
there that a hand drew, it may be that which counts."""
EVEN = 2.0
"""Times its mean that the second-darkest cell of what an eraser left is at most: a thin stroke has more."""
STAYS = 0.3
"""Share of the usual mark that a light one may have 3 mm from its middle."""


class Hand(NamedTuple):
    """The usual mark of a person: medians over the darkest bubbles of choices."""

    n: int
    """Marks that it is known by."""
    mean: float
    cell: float
    """Second-darkest cell."""
    spot: float
    spread: float
    """Standard deviation of the mean, as a share of the usual."""

    @property
    def fills(self) -> bool:
        """Whether the person fills bubbles."""
        return self.spot > FILLS * self.mean

    @property
    def is_even(self) -> bool:
        """Whether marks are dark enough, and alike enough, to tell them from all else."""
        return self.mean >= LEAST_USUAL and self.spread <= MOST_SPREAD


def hand_of(measures: Measures, page: SheetPageLayout, spots: Spots, by_items: bool) -> Hand | None:
    """The person's hand by the marks of all choices, or of questions alone; None where they are too few.

    Its spot is that of questions, or else of number and form.
    """
    mean = measures.mean
    tops = darkest(mean, page)
    marks = tops[mean[tops] > LEAST_TOP]
    of_items = page.group[marks] == ITEM
    if by_items:
        marks = of_spot = marks[of_items]
    else:
        of_spot = marks[~of_items]
    if len(marks) < FEWEST:
        return None
    spot = float(median(spots(of_spot))) if len(of_spot) else 0.0
    usual = float(median(mean[marks]))
    spread = 1.4826 * float(median(abs(mean[marks] - usual))) / usual
    return Hand(len(marks), usual, float(median(measures.cells[marks, -2])), spot, spread)


def is_even(mean: Floats, cell: Floats) -> NDArray[np.bool_]:
    """Whether what is in bubbles may be what an eraser left, by their means and second-darkest cells."""
    return cell < EVEN * mean


def unseen(measures: Measures) -> NDArray[np.bool_]:
    """Bubbles whose printed ring is not to be seen."""
    return measures.outline < SEEN_OUTLINE * _usual_outline(measures)


def half_seen(measures: Measures) -> NDArray[np.bool_]:
    """Bubbles of whose printed ring half is not to be seen, as far as the noise of the sheet lets it be told;
    those among them of which nothing is."""
    usual = _usual_outline(measures)
    noise = 1.4826 * float(median(abs(measures.outline - usual)))
    share = min(max(1 - NOISE_OUTLINE * noise / usual, SEEN_OUTLINE), HALF_SEEN)
    return measures.outline < share * usual


def is_faded(measures: Measures) -> bool:
    """Whether the printed rings of the page are not to be seen."""
    return float(median(measures.outline)) < FADED


def _usual_outline(measures: Measures) -> float:
    return max(float(median(measures.outline)), FADED)


# ── writing that looks like an answer ────────────────────────────────────────────────────────


def written(marked: Indices, measures: Measures, page: SheetPageLayout, spots: Spots) -> Indices:
    """Return the bubbles of questions whose mark may be writing."""
    cell = measures.cells[:, -2]
    marked = marked[(page.group[marked] == ITEM) & (measures.far[marked] > RUNS_ON[0] * cell[marked])]
    if not len(marked):
        return marked
    unfilled = spots(marked) < UNFILLED * USUAL_SPOT * cell[marked]
    if not unfilled.any():
        return marked[unfilled]
    hand = hand_of(measures, page, spots, by_items=True)
    is_ticker = hand is not None and hand.n >= ENOUGH and not hand.fills
    return marked[:0] if is_ticker else marked[unfilled]


# ── the only mark of a choice ────────────────────────────────────────────────────────────────


def is_understood(measures: Measures, page: SheetPageLayout, spots: Spots) -> bool:
    """Whether number and form can be read of a person whose answers cannot: one who fills bubbles evenly."""
    hand = hand_of(measures, page, spots, by_items=False)
    return hand is not None and hand.is_even and hand.fills


def only_marks(choices: Indices, measures: Measures, page: SheetPageLayout, spots: Spots) -> dict[int, int]:
    """Return, for the choices of the number and the form in which a single bubble can be marked, that
    bubble."""
    choices = np.array([n for n in choices if page.choices[n].group != ITEM], np.intp)
    hand = hand_of(measures, page, spots, by_items=False) if len(choices) else None
    if hand is None or not hand.is_even:
        return {}
    found = {int(n): _only_mark(page.choices[n].bubbles, measures, hand, spots) for n in choices}
    return {n: bubble for n, bubble in found.items() if bubble is not None}


def _only_mark(here: Indices, measures: Measures, hand: Hand, spots: Spots) -> int | None:
    if unseen(measures)[here].mean() > MOST_UNSEEN:
        return None
    mean, cell, ring, far = (
        of[here] for of in (measures.mean, measures.cells[:, -2], measures.ring, measures.far)
    )
    ringed = ring > PALE_RING * hand.cell
    pale = (mean < PALE * hand.mean) & (cell < PALE * hand.cell) & ~ringed
    flat = (mean < FLAT[0] * hand.mean) & (cell < FLAT[1] * hand.cell) & ~ringed
    writing = np.zeros(len(here), np.bool_)
    if hand.fills:
        runs_on = np.flatnonzero(~pale & (far > RUNS_ON[1] * hand.cell))
        darker = np.maximum(cell[runs_on] / hand.cell, 1.0)
        writing[runs_on] = spots(here[runs_on]) < UNFILLED * hand.spot * darker
    is_alone = flat.sum() == len(here) - 1
    left = np.flatnonzero(~flat if is_alone else ~pale & ~writing)
    if len(left) != 1:
        return None
    top = int(left[0])
    if measures.spill[here[top]] > MOST_SPILL or mean[top] > MOST_DARK * hand.mean:
        return None
    others = ~flat
    others[top] = False
    if far[top] > CROSSED_OUT * hand.cell and (others & ~(pale & is_even(mean, cell))).any():
        return None
    if is_alone and (writing[top] or (mean[top] < FULL * hand.mean and far[top] > STAYS * hand.cell)):
        return None
    rest = ~writing
    rest[top] = False
    above = (of[top] - of[rest].max(initial=0.0) for of in (mean, cell))
    noise = measures.noise, measures.cell_noise
    stands_out = any(gap > n * one for gap, n, one in zip(above, ABOVE_NOISE, noise, strict=True))
    enough = mean[top] > max(LEAST_MEAN, (LIGHT if is_alone else FULL) * hand.mean)
    drawn = DRAWN[0 if mean[top] > FULL * hand.mean else 1]
    return int(here[top]) if stands_out and enough and cell[top] > drawn * hand.cell else None

"""How the person of a page marks → which other content cannot be a mark of theirs.

Writing, as when graders and clerks write across a sheet, is distinguished from marks by two signs together:
its strokes run out of the bubble, and nowhere do they fill a spot as this person fills bubbles. This works
only for people who fill bubbles; for others it may be a tick.

A place of the candidate number, and the form, has exactly one mark, unlike a question. So it is read if all
but one of its bubbles cannot be a mark of this person: they are *writing*, or *pale* like an eraser's residue
or what a scanner adds, far lighter than this person's marks wherever they are darkest. If two bubbles may be
marks, or none, a person decides. No list of candidates is used.
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
"""Takes indices of bubbles and returns how dark the most evenly filled spot in or beside each is
(`Bubbles.spots`)."""

LEAST_TOP = 0.07
"""The minimum darkness with which the darkest bubble of a choice counts as a mark when the person's marks are
measured."""
FEWEST, ENOUGH = 4, 8
"""The minimum number of marks for knowing how a person marks, and for knowing that they do not fill
bubbles."""
LEAST_USUAL, MOST_SPREAD = 0.15, 0.35
"""The minimum darkness of the usual mark, and the maximum spread of a person's marks as a share of it, for
distinguishing one mark from other content. Thin ticks, rings and dots are too similar to an eraser's
residue."""
RUNS_ON, UNFILLED = (0.25, 0.4), 0.55
"""Writing: the darkest sector 3 mm from the centre has at least the first share of
the mark's second-darkest cell (for a number, the second share of the usual one), and the best-filled spot at
most `UNFILLED` of the usual one. The limit is higher for
a number, because writing there is ignored and the edge of the next bubble's mark is no stroke."""
FILLS, USUAL_SPOT = 0.6, 0.9
"""The minimum darkness of the usual spot of a person who fills bubbles, as a share of the mean of the usual
mark; and its typical share of the second-darkest cell."""
PALE = 0.55
"""The share of a person's usual mark, in mean and second-darkest cell, below which nothing is a mark. One
person's marks differ by less, at least where they are darkest."""
PALE_RING = 0.35
"""The maximum darkness of a line around such a bubble, as a share of the usual mark. A person who rings a
bubble means it."""
FLAT = (0.12, 0.35)
"""The shares of the usual mark, in mean and second-darkest cell, below which a bubble is empty."""
FULL, LIGHT, DRAWN = 0.6, 0.35, (0.45, 0.75)
"""The minimum shares of the usual mark for the only mark: of the mean, if there is other content, and if
everything else is flat; and of the second-darkest cell, which shows that it is the same pencil, with the
higher value if the mark is small, as a hair or a grain is. A grain of dust has 0.3; right marks of three
hands have 0.4."""
LEAST_MEAN, ABOVE_NOISE = 0.05, (8.0, 6.0)
"""The minimum darkness of the only mark, and how many standard deviations of unmarked bubbles it exceeds the
next one by, in its mean or its second-darkest cell."""
MOST_SPILL = 0.30
"""The maximum mean darkness around a mark; more is a hole or a blot."""
SEEN_OUTLINE, MOST_UNSEEN = 0.35, 0.3
"""The minimum darkness of a visible printed ring, as a share of the usual one; and the maximum share of
bubbles of a choice with a hidden ring for distinguishing one mark from other content."""
FADED = 0.06
"""The minimum usual darkness of the printed rings. Fainter rings show nothing, as in scans whose light grey
has become white."""
HALF_SEEN, NOISE_OUTLINE = 0.6, 8.0
"""The minimum share of it that a blank bubble has on a quiet sheet, because what covers half of a bubble may
cover its mark; and the standard deviations of rings by which it may be lighter than the usual one."""
MOST_DARK = 1.6
"""The maximum darkness of the only mark, as a share of the usual one. A darker one is not by this person."""
CROSSED_OUT = 0.15
"""The darkness 3 mm from its centre, as a share of the usual mark, from which a mark may be crossed out. If
anything else was drawn there, that may be the intended mark."""
EVEN = 2.0
"""The maximum second-darkest cell of an eraser's residue, as a multiple of its mean. A thin stroke has
more."""
STAYS = 0.3
"""The maximum darkness of a light mark 3 mm from its centre, as a share of the usual mark."""


class Hand(NamedTuple):
    """The usual mark of a person: medians over the darkest bubbles of choices."""

    n: int
    """The number of marks that it is based on."""
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
        """Whether marks are dark and similar enough to be distinguished from everything else."""
        return self.mean >= LEAST_USUAL and self.spread <= MOST_SPREAD


def hand_of(measures: Measures, page: SheetPageLayout, spots: Spots, by_items: bool) -> Hand | None:
    """Return how the person marks, from the marks of all choices or of questions alone; None if there are too
    few.

    The spot is that of questions (`by_items`), otherwise of number and form.
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
    """Return whether the content of bubbles may be an eraser's residue, from their means and second-darkest
    cells."""
    return cell < EVEN * mean


def unseen(measures: Measures) -> NDArray[np.bool_]:
    """Return which bubbles have a printed ring that is not visible."""
    return measures.outline < SEEN_OUTLINE * _usual_outline(measures)


def half_seen(measures: Measures) -> NDArray[np.bool_]:
    """Return which bubbles have a printed ring of which half or more is not visible, as far as the noise of
    the sheet allows."""
    usual = _usual_outline(measures)
    noise = 1.4826 * float(median(abs(measures.outline - usual)))
    share = min(max(1 - NOISE_OUTLINE * noise / usual, SEEN_OUTLINE), HALF_SEEN)
    return measures.outline < share * usual


def is_faded(measures: Measures) -> bool:
    """Return whether the printed rings of the page are not visible."""
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
    """Return whether number and form can be read although the answers cannot, because the person fills
    bubbles evenly."""
    hand = hand_of(measures, page, spots, by_items=False)
    return hand is not None and hand.is_even and hand.fills


def only_marks(choices: Indices, measures: Measures, page: SheetPageLayout, spots: Spots) -> dict[int, int]:
    """Return, for the choices of the number and the form in which only one bubble can be marked, that
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

"""How the person of a page marks questions → the rows in which exactly one bubble has a mark like theirs.

A row is *plain* if one bubble stands out from the others, far above the noise of the page, and the others
have next to nothing: less than an eraser leaves. If most rows with any content are plain, they show how this
person marks: how darkly, how fully, whether strokes run out of the bubble. A plain row with such a mark is
read, whether the person fills bubbles, crosses them or marks them with a light pencil. A mark unlike it is in
doubt: it may be erased, crossed out, or an accident.

Beside a mark of somebody who fills bubbles, a crossed-out mark does not count, nor does a small stroke.

If nothing is marked, bubbles differ by noise alone. All rows together distinguish that from faint marks: a
sheet without marks is blank, not doubtful.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.scanning.reading.measuring import Measures
from examgen.scanning.reading.medians import median
from examgen.scanning.sheet_layout import ITEM, SheetPageLayout

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

ENOUGH, MOSTLY = 8, 0.6
"""The minimum number of plain rows for knowing how a person marks, and their minimum share of the rows with
any content."""
ONE_COLUMN = 0.8
"""The maximum share of them in one column of bubbles. What a scanner adds runs down the page."""
STREAK, FEWEST_DARK = 0.5, 4
"""Marks in one column that are paler than this share of the page's dark marks (at least so many) are no
marks: the shadow of a fold, or a streak of the scanner."""
STANDS_OUT = (6.0, 0.03), (6.0, 0.06)
"""How many standard deviations of unmarked bubbles, and by how much at least, a mark exceeds the next bubble
of its row: in its mean, and in its second-darkest cell."""
REST = (0.3, 0.4)
"""The maximum darkness of the other bubbles as shares of the mark, in mean and second-darkest cell."""
REST_RING, REST_OUTSIDE = 0.25, 0.4
"""The maximum darkness of a line around another bubble, and of a stroke beside it, as shares of the
second-darkest cell of the mark."""
REST_FAR = 0.6
"""The same for the darkest sector 3 mm from the centre of another bubble: a mark beside it."""
LEAST_RING, LEAST_OUTSIDE, LEAST_FAR = 0.05, 0.2, 0.35
"""The darkness that these may have in any case, because of noise and of what the form prints beside its first
and last rows."""
BLANK_OF = (0.15, 0.3)
"""The maximum darkness of a blank row as shares of the usual mean and second-darkest cell."""
BEYOND_NOISE = 2.0
"""The maximum number of standard deviations of unmarked bubbles by which one bubble of a blank row exceeds
the next, in both its mean and its second-darkest cell."""
GAP, GAP_VARIES = 1.1, 2.0
"""The gap in rows of noise alone, and how much larger it may be by chance, divided by the root of their
number."""
QUIETEST = 0.004, 0.025, 0.01
"""The minimum standard deviations assumed for unmarked bubbles: of mean, second-darkest cell and ring. Paper
is uneven."""
LEAST = (0.04, 0.10)
"""The minimum darkness of the usual mark, in the same two. Fainter marks cannot be distinguished from uneven
paper."""
OF_MEAN, OF_CELL = 0.5, 0.55
"""The minimum mean and second-darkest cell of a mark, as shares of the usual mark. One person's marks differ
by less, and an eraser's residue is nearly always paler."""
RESIDUE, OF_RESIDUE = (0.15, 0.7), 1.5
"""The range of the mean, as shares of the usual one, in which a bubble beside a mark shows an eraser's
residue; and the limit below which a lone mark may be erased, too, as a multiple of the darkest residue,
because an eraser leaves more in some places."""
SPREADS = 3.0
"""A mark whose second-darkest cell is more than this number of standard deviations below the usual one is
paler than the person's marks: one pencil is equally dark where it is darkest."""
LEAST_SPREAD = 0.02
"""The minimum standard deviation of a person's marks, as a share of the usual one."""
RINGED, OF_RING = (8.0, 0.12), (0.6, 1.6)
"""How many standard deviations, and by how much at least, a line around a bubble stands out; and its minimum
and maximum as shares of the usual one."""
HOLLOW = 0.5
"""The maximum darkness of the inside of a ringed bubble, as a share of the line around it; otherwise it is
filled over the edge."""
SPILLED = 2.0
"""The weight of the paper around a bubble compared with its inside: it is about twice as large."""
INSIDE = 0.35
"""The minimum share of the usual mark's ink that is in its bubble. A person who marks farther beside may mean
another bubble."""
OF_INK = (0.3, 0.2, 0.75)
"""The minimum shares of the usual mark for one that is smaller or drawn beside its bubble: of its ink, inside
and around; of its mean; and of its second-darkest cell. An eraser makes a mark paler, not smaller."""
DARKER, FULLER, MORE_SPREADS = 1.45, 1.6, 3.0
"""The maximum multiples of the usual second-darkest cell and mean that a mark has, or standard deviations
above them. A darker one was made with something else, or is crossed out by somebody who marks with thin
strokes."""
STRAYS, STRAYS_MORE = 0.1, 2.0
"""The maximum darkness 3 mm from the centre at two opposite sides: a share of the usual second-darkest cell
or, for a person who draws over the edge, a multiple of the upper quartile of their marks. A mark that is
larger than its bubble is as dark all around: it is filled over the edge, not crossed out. Nor is a pencil
mark crossed out that is no darker than the others, within a standard deviation, because crossing out would
add to it."""
PENCIL = 0.03
"""The standard deviation of the second-darkest cell, as a share of the usual one, above which marks are from
a pencil. Ink is as dark where it runs over ink."""
STRUCK = 0.25
"""The minimum darkness, as a share of the usual second-darkest cell, of strokes that cross out a mark of
somebody who fills bubbles, whatever the tool, if there is paper between them (`BETWEEN`). Of 461 lone
marks of three hands that the exception for pencils lets pass, 18 were crossed out."""
ENDS, ENDS_SPREADS = 0.2, 2.5
"""The minimum darkness of the ends of strokes just outside the bubble, as a share of the usual second-darkest
cell, and the standard deviations by which the mark is darker than the person's others, if small strokes
cross it out: ink over ink. Of 169,000 lone marks of four hands, this puts 117 right ones in doubt, and 7
of 8 that were crossed out in this way."""
LINES, LINES_USUAL = 0.15, 0.03
"""The same for thin lines that run on at two opposite sides of a mark of any darkness, if three quarters of
the person's own marks have less than the second value. Of the same marks, this puts some 130 right ones in
doubt, and 8 of 21 that were crossed out and passed before."""
DIGIT_CROSSED_OUT = 0.3
"""The minimum darkness of such strokes, as a share of the usual second-darkest cell, if a digit of the number
is crossed out: its bubbles are closer to one another."""
BESIDE, BESIDE_FULL, BETWEEN = 0.15, 0.8, 0.5
"""The same for a crossed-out mark beside one that is not; its minimum mean as a share of the usual one; and
the maximum darkness between the strokes as a share of theirs: there is paper, unlike in a blot."""
LITTLE = 0.4
"""The maximum mean, as a share of the usual one and of the mark, of a bubble beside a usual mark that is not
another mark. A person who fills bubbles and means two fills both."""
FILLS = 0.75
"""The minimum mean of a usual mark, as a share of its second-darkest cell, for a person who fills bubbles.
Crosses and ticks have less, and their strokes leave a bubble without crossing anything out."""
SPILLS, SPILLS_MORE = 0.3, 1.6
"""The maximum mean beyond 2.6 mm from the centre, likewise, of a mark that is darker or paler than others, as
a hole or a blot is."""


class Usual(NamedTuple):
    """Statistics of one measure over a person's marks: median, and standard deviation by the median
    deviation."""

    middle: float
    spread: float

    @classmethod
    def of(cls, marks: Floats) -> Usual:
        """Return the statistics of these marks."""
        middle = float(median(marks))
        return cls(middle, max(1.4826 * float(median(np.abs(marks - middle))), LEAST_SPREAD * abs(middle)))

    def above(self, share: float, spreads: float) -> float:
        """Return the higher of a multiple of the median and a number of standard deviations above it."""
        return max(share * self.middle, self.middle + spreads * self.spread)


class UsualMark(NamedTuple):
    """The usual mark of a person, from the plain rows of a page."""

    mean: Usual
    cell: Usual
    """Of the second-darkest cell."""
    ink: float
    """Median of the mean plus the weighted darkness around it."""
    across: float
    spill: float
    lines: float
    """`across`, `spill` and `lines` are upper quartiles."""
    residue: float
    """The highest mean of an eraser's residue beside a mark of the page; 0 if there is little."""

    @property
    def is_pencil(self) -> bool:
        """Whether the person's marks differ in darkness as those of a pencil do."""
        return self.cell.spread > PENCIL * self.cell.middle

    @property
    def fills(self) -> bool:
        """Whether the person fills bubbles."""
        return self.mean.middle >= FILLS * self.cell.middle

    @property
    def least_same_cell(self) -> float:
        """The minimum second-darkest cell of a mark that is not paler than the person's."""
        return max(OF_CELL * self.cell.middle, self.cell.middle - SPREADS * self.cell.spread)

    def spare(self, measures: Measures, which: Indices) -> Floats:
        """Return how much each bubble is marked like the person's marks, in darkness; a value of 0 or less is
        unlike them."""
        mean, cell = measures.mean[which], measures.cells[which, -2]
        filled = np.minimum(mean - OF_MEAN * self.mean.middle, cell - OF_CELL * self.cell.middle)
        ink = mean + SPILLED * measures.spill[which]
        same_ink = np.minimum.reduce(
            [
                ink - OF_INK[0] * self.ink,
                mean - OF_INK[1] * self.mean.middle,
                cell - OF_INK[2] * self.cell.middle,
            ]
        )
        not_paler = cell - self.least_same_cell
        not_darker = self.cell.middle + self.cell.spread - cell
        across = np.maximum(max(STRAYS * self.cell.middle, STRAYS_MORE * self.across), measures.rim[which])
        not_crossed = across - measures.across[which]
        if self.is_pencil:
            arms, rim = measures.arms[which], measures.rim[which]
            struck = (arms > STRUCK * self.cell.middle) & (rim < BETWEEN * arms) & self.fills
            not_crossed = np.where(struck, not_crossed, np.maximum(not_crossed, not_darker))
        is_darker = cell > self.cell.above(1, ENDS_SPREADS)
        crossed_over = is_darker & (measures.ends[which] > ENDS * self.cell.middle)
        if self.lines < LINES_USUAL * self.cell.middle:
            crossed_over |= measures.lines[which] > LINES * self.cell.middle
        not_crossed = np.where(crossed_over, -1, not_crossed)
        spill = max(SPILLS, SPILLS_MORE * self.spill) - measures.spill[which]
        bounds = [
            np.maximum(mean - OF_RESIDUE * self.residue, not_paler),
            self.cell.above(DARKER, MORE_SPREADS) - cell,
            self.mean.above(FULLER, MORE_SPREADS) - mean,
            not_crossed,
            np.maximum(spill, np.minimum(not_paler, not_darker)),
        ]
        return np.asarray(np.minimum.reduce([np.maximum(filled, same_ink), *bounds]), np.float32)

    def are_crossed(self, measures: Measures, which: Indices) -> NDArray[np.bool_]:
        """Return which of these bubbles have dark strokes at two sides that this person's marks do not
        have."""
        most = max(DIGIT_CROSSED_OUT * self.cell.middle, STRAYS_MORE * self.across)
        return np.asarray(measures.across[which] > most, np.bool_)

    def is_paler(self, measures: Measures, bubble: int) -> bool:
        """Return whether a bubble is filled like the person's marks but so much paler that it may be
        erased."""
        mean, cell = measures.mean[bubble], measures.cells[bubble, -2]
        return bool(mean > OF_MEAN * self.mean.middle and cell < self.least_same_cell)

    def only_mark(self, measures: Measures, here: Indices) -> int | None:
        """Return the only bubble of a row that a person who fills bubbles has marked as usual, if every other
        one is crossed out or has little: a stray stroke, or a mark that was begun. None if there is no
        such bubble."""
        if not self.fills:
            return None
        mean, across = measures.mean[here], measures.across[here]
        crossed = across > max(BESIDE * self.cell.middle, STRAYS_MORE * self.across)
        crossed &= measures.arms[here] > STRAYS * self.cell.middle
        crossed &= (mean > BESIDE_FULL * self.mean.middle) & (measures.rim[here] < BETWEEN * across)
        clean = (self.spare(measures, here) > 0) & (across < STRAYS * self.cell.middle)
        # a stroke that runs on into the next bubble is the answer of neither
        clean &= mean > OF_MEAN * self.mean.middle
        top = clean.argmax()
        little = mean < LITTLE * min(self.mean.middle, float(mean[top]))
        little &= measures.ring[here] < REST_RING * self.cell.middle
        if clean.sum() != 1 or not (clean | crossed | little).all():
            return None
        return int(here[top])


class PlainRows(NamedTuple):
    """The plain rows of a page."""

    choices: Indices
    """(k,): the indices of the plain choices."""
    tops: Indices
    """(k,): the bubble that stands out in each."""
    quiet: Indices
    """Rows of the page in which no bubble is darker than noise may be."""
    usual: UsualMark | None
    """None if it is not known how the person marks."""

    def of_items(self, page: SheetPageLayout) -> Indices:
        """Return the bubbles that stand out in questions."""
        return np.asarray(self.tops[page.group[self.tops] == ITEM], np.intp)


def plain_rows(measures: Measures, page: SheetPageLayout) -> PlainRows:
    """Return the choices in which only one bubble has content; those of questions show how the person
    marks."""
    mean, cell, ring = measures.mean, measures.cells[:, -2], measures.ring
    tops, rest = _darkest(np.asarray(mean + cell / 2, np.float32), page)
    stands, flat = (np.ones(len(tops), np.bool_) for _ in range(2))
    for of, noise, (times, least) in zip(
        (mean, cell), (measures.noise, measures.cell_noise), STANDS_OUT, strict=True
    ):
        limit = max(times * noise, least)
        stands &= of[tops] - np.maximum(rest(of), 0) > limit
        flat &= of[tops] < limit
    plain = stands & (rest(mean) < REST[0] * mean[tops]) & (rest(cell) < REST[1] * cell[tops])
    plain &= rest(ring) < np.maximum(REST_RING * cell[tops], LEAST_RING)
    plain &= rest(measures.outside) < np.maximum(REST_OUTSIDE * cell[tops], LEAST_OUTSIDE)
    plain &= rest(measures.far) < np.maximum(REST_FAR * cell[tops], LEAST_FAR)
    of_items = page.group[page.table[:, 0]] == ITEM
    found = PlainRows(np.flatnonzero(plain), tops[plain], np.flatnonzero(flat), None)
    marks = tops[plain & of_items]
    streak = _streak(mean[marks], marks, page)
    if not _are_enough(marks[~streak], int((stands & of_items).sum() - streak.sum()), page):
        return found
    marks = marks[~streak]
    usual_mean = Usual.of(mean[marks])
    beside = rest(mean)[of_items & (mean[tops] > OF_MEAN * usual_mean.middle)]
    erased = beside[(beside > RESIDUE[0] * usual_mean.middle) & (beside < RESIDUE[1] * usual_mean.middle)]
    usual = UsualMark(
        mean=usual_mean,
        cell=Usual.of(cell[marks]),
        ink=float(median(mean[marks] + SPILLED * measures.spill[marks])),
        across=_upper_quartile(measures.across[marks]),
        spill=_upper_quartile(measures.spill[marks]),
        lines=_upper_quartile(measures.lines[marks]),
        residue=float(erased.max(initial=0.0)),
    )
    is_seen = usual.mean.middle > LEAST[0] and usual.cell.middle > LEAST[1]
    is_inside = usual.mean.middle > INSIDE * usual.ink
    return found._replace(usual=usual) if is_seen and is_inside else found


def _upper_quartile(values: Floats) -> float:
    return float(np.sort(values)[(3 * len(values)) // 4])


class RingedRows(NamedTuple):
    """Questions in which exactly one bubble is ringed; empty if the person does not draw rings."""

    choices: Indices
    tops: Indices
    """(k,): the ringed bubble in each."""
    spare: Floats
    """(k,): how much its ring is like the others."""


NO_RINGS = RingedRows(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, np.float32))


def ringed(measures: Measures, page: SheetPageLayout, plain: PlainRows) -> RingedRows:
    """Return the ringed rows of a page; none if its person is known to mark differently in more rows."""
    ring = measures.ring
    tops, rest = _darkest(ring, page)
    stands = ring[tops] - rest(ring) > max(RINGED[0] * measures.ring_noise[1], RINGED[1])
    stands &= page.group[page.table[:, 0]] == ITEM
    alone = stands & (rest(ring) < REST[1] * ring[tops]) & (rest(measures.mean) < RINGED[1])
    alone &= rest(measures.outside) < REST_OUTSIDE * ring[tops]
    which = np.flatnonzero(alone)
    tops = tops[which]
    if not _are_enough(tops, int(stands.sum()), page):
        return NO_RINGS
    n_hollow = int((measures.mean[tops] < HOLLOW * ring[tops]).sum())
    if plain.usual is not None and n_hollow < plain.of_items(page).size:
        return NO_RINGS
    usual = float(median(ring[tops]))
    spare = np.minimum(ring[tops] - OF_RING[0] * usual, OF_RING[1] * usual - ring[tops])
    return RingedRows(which, tops, np.asarray(spare, np.float32))


def _darkest(values: Floats, page: SheetPageLayout) -> tuple[Indices, Callable[[Floats], Floats]]:
    """Return the bubble of each choice with the highest value, and a function that returns the highest of
    other values among the rest of the choice."""
    table = page.table
    real = table >= 0
    tops = table[np.arange(len(table)), np.where(real, values[table], -9).argmax(axis=1)]
    others = real & (table != tops[:, None])

    def rest(of: Floats) -> Floats:
        return np.asarray(np.where(others, of[table], -9).max(axis=1, initial=-9), np.float32)

    return tops, rest


def _are_enough(marks: Indices, n_stands: int, page: SheetPageLayout) -> bool:
    """Return whether these marks of questions, among `n_stands` rows in which something stands out, show a
    habit."""
    return len(marks) >= max(ENOUGH, MOSTLY * n_stands) and not _stand_in_one_column(marks, page)


def _stand_in_one_column(marks: Indices, page: SheetPageLayout) -> bool:
    in_columns = np.unique(page.bubbles[marks, 0].round(), return_counts=True)[1]
    return bool(in_columns.max() > ONE_COLUMN * len(marks))


def _streak(mean: Floats, marks: Indices, page: SheetPageLayout) -> NDArray[np.bool_]:
    """Return which of these marks are the shadow of a fold or a streak of the scanner."""
    dark = np.sort(mean)[-FEWEST_DARK:][0] if len(marks) else 0.0
    pale = mean < STREAK * dark
    is_streak = pale.sum() >= FEWEST_DARK and _stand_in_one_column(marks[pale], page)
    return pale if is_streak else np.zeros_like(pale)


def are_blank(
    measures: Measures, page: SheetPageLayout, plain: PlainRows, ringed_rows: Indices
) -> NDArray[np.bool_]:
    """Return (n choices,): the quiet rows in which nothing is marked; rows with a ringed bubble are excluded.

    Their darkest bubble is compared with the next, in standard deviations of unmarked bubbles, by mean,
    second-darkest cell or ring, whichever differs most. In rows of noise alone that gap is about `GAP` on
    average; if somebody marked, however faintly, it is larger in most rows, and then none of them is blank.
    If it is known how the person marks, a blank row also has only a small share of such a mark, and no bubble
    that stands out from noise.
    """
    found = np.zeros(len(page.choices), np.bool_)
    of_items = page.group[page.table[:, 0]] == ITEM
    quiet = np.setdiff1d(plain.quiet, ringed_rows)
    rows = quiet[of_items[quiet]]
    table = page.table[rows]
    mean, cell = measures.mean, measures.cells[:, -2]

    def ordered(of: Floats) -> Floats:
        return np.sort(np.where(table >= 0, of[table], np.float32(-9)), axis=1)

    if len(rows) >= ENOUGH:
        noises = np.maximum((measures.noise, measures.cell_noise, measures.ring_noise[1]), QUIETEST)
        gaps = []
        for of, noise in zip((mean, cell, measures.ring), noises, strict=True):
            two = ordered(of)[:, -2:]
            gaps.append((two[:, 1] - two[:, 0]) / noise)
        # a tenth of the rows may hold something that was erased, or an accident
        gap = np.sort(np.max(gaps, axis=0))[: int(0.9 * len(rows))].clip(0.0, 4.0).mean()
        found[rows] = gap < GAP + GAP_VARIES / len(rows) ** 0.5
    if plain.usual is not None:
        # a person's usual mark is also that of the number and the form
        noise_alone = found | ~of_items if len(rows) >= ENOUGH else np.ones_like(found)
        rows = quiet
        table = page.table[rows]
        share = (ordered(mean)[:, -1] < BLANK_OF[0] * plain.usual.mean.middle) & (
            ordered(cell)[:, -1] < BLANK_OF[1] * plain.usual.cell.middle
        )
        tops = table[np.arange(len(rows)), np.where(table >= 0, mean[table], np.float32(-9)).argmax(axis=1)]
        stands_out = of_items[rows]
        for of, noise in ((mean, measures.noise), (cell, measures.cell_noise)):
            stands_out &= of[tops] - ordered(of)[:, -2] > BEYOND_NOISE * noise
        found[rows] = share & noise_alone[rows] & ~stands_out
    return found

"""How the person of a page marks questions → in which rows one bubble alone is marked as they mark.

A row is *plain* where one bubble stands out from the others, far above the noise of the page, and the others
hold next to nothing: less than what an eraser leaves. If most rows that hold anything are plain, they show
how this person marks: how darkly, how fully, whether strokes run out of the bubble. A plain row whose mark is
like that is read, whether the person fills bubbles, crosses them or marks them with a light pencil. A mark
that is unlike it is in doubt: it may be erased, crossed out, or an accident.

Beside a mark of somebody who fills bubbles, one that is crossed out does not count, and no small stroke does.

Where nobody has marked, bubbles differ by noise alone. That is told from faint marks by all rows together: a
sheet on which nothing is marked is empty, not doubtful.
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
"""Plain rows from which it is known how a person marks, and their share of the rows that hold anything."""
ONE_COLUMN = 0.8
"""Share of them in one column of bubbles at most: what a scanner adds runs down the page."""
STREAK, FEWEST_DARK = 0.5, 4
"""Share of the dark marks of a page, so many at least, below which marks that stand in one column are none:
the shadow of a fold, a streak of the scanner."""
STANDS_OUT = (6.0, 0.03), (6.0, 0.06)
"""By how many standard deviations of unmarked bubbles, and by how much at least, a mark is above the next
bubble of its row: in its mean, in its second-darkest cell."""
REST = (0.3, 0.4)
"""Shares of the mark that the others have at most, of mean and second-darkest cell."""
REST_RING, REST_OUTSIDE = 0.25, 0.4
"""Shares of the second-darkest cell of the mark that a line around another bubble, and a stroke beside it,
have at most."""
REST_FAR = 0.6
"""The same of the darkest sector 3 mm from the middle of another bubble: a mark beside it."""
LEAST_RING, LEAST_OUTSIDE, LEAST_FAR = 0.05, 0.2, 0.35
"""What they may have in any case: of noise, and of what the form prints beside its first and last rows."""
BLANK_OF = (0.15, 0.3)
"""Shares of the usual mean and second-darkest cell that a row holds at most where it is blank."""
BEYOND_NOISE = 2.0
"""Standard deviations of unmarked bubbles by which one bubble of a blank row is above the next at most, in
both its mean and its second-darkest cell."""
GAP, GAP_VARIES = 1.1, 2.0
"""The gap in rows of noise alone; how much more it may be by chance, over the root of their number."""
QUIETEST = 0.004, 0.025, 0.01
"""Standard deviations of unmarked bubbles at least, of mean, second-darkest cell, ring: paper is uneven."""
LEAST = (0.04, 0.10)
"""Darkness of the usual mark at least, of the same two: fainter marks are not told from what papers show."""
OF_MEAN, OF_CELL = 0.5, 0.55
"""Shares of the usual mark that a mark has at least: of its mean, of its second-darkest cell. One person's
marks differ by less, and what an eraser leaves is nearly always paler."""
RESIDUE, OF_RESIDUE = (0.15, 0.7), 1.5
"""Shares of the usual mean between which a bubble beside a mark shows what an eraser left of another one; how
many times the most of it a lone mark has at most that may be erased, too: one eraser leaves less here, more
there."""
SPREADS = 3.0
"""Standard deviations of the second-darkest cell below the usual one from which such a mark is paler than its
person's: one pencil is alike where it is darkest."""
LEAST_SPREAD = 0.02
"""Standard deviation of a person's marks at least, as a share of the usual one."""
RINGED, OF_RING = (8.0, 0.12), (0.6, 1.6)
"""By how many standard deviations, and by how much at least, a line around a bubble stands out; shares of the
usual one that it has at least and at most."""
HOLLOW = 0.5
"""Share of the line around a bubble that its inside has at most where it is ringed, and not filled over the
edge."""
SPILLED = 2.0
"""How much the paper around a bubble counts beside its inside: it is about twice as large."""
INSIDE = 0.35
"""Share of the ink of the usual mark that lies in its bubble at least: whoever marks farther beside may mean
another bubble."""
OF_INK = (0.3, 0.2, 0.75)
"""Shares of the usual mark that one has at least that is smaller, or drawn beside its bubble: of its ink,
inside and around; of its mean; and of its second-darkest cell. An eraser makes a mark paler, not smaller."""
DARKER, FULLER, MORE_SPREADS = 1.45, 1.6, 3.0
"""Multiples of the usual second-darkest cell and mean that a mark has at most, or standard deviations above
them: more was made with something else, or is crossed out by somebody who marks with thin strokes."""
STRAYS, STRAYS_MORE = 0.1, 2.0
"""How dark it is 3 mm from the middle at two opposite sides at most: a share of the usual second-darkest
cell, or, of who draws over the edge, that many times what a quarter of their marks have there. A mark that is
larger than its bubble is as dark all around: it is not crossed out, but filled over the edge. Neither is a
pencil's mark that is no darker than the others, within a standard deviation: what crosses out adds to it."""
PENCIL = 0.03
"""Standard deviation of the second-darkest cell, as a share of the usual one, above which marks are a
pencil's: ink is as dark where it runs over ink."""
STRUCK = 0.25
"""Share of the usual second-darkest cell that strokes have from which they cross out what somebody marked who
fills bubbles, whatever the tool, where there is paper between them (`BETWEEN`): of 461 lone marks of three
hands that the pencil's exception lets pass 18 were crossed out."""
ENDS, ENDS_SPREADS = 0.2, 2.5
"""Share of the usual second-darkest cell that the ends of strokes have just outside the bubble, and standard
deviations by which its mark is darker than the person's others, where small strokes cross it out: ink over
ink. Of 169,000 lone marks of four hands 117 right ones are asked for it, and 7 of 8 that were crossed out so.
"""
LINES, LINES_USUAL = 0.15, 0.03
"""The same of thin lines that run on at two opposite sides of a mark, whatever its darkness, of somebody of
whose own marks three of four have less than the second. Of the same marks some 130 right ones are asked for
it, and 8 of 21 that were crossed out and passed before."""
DIGIT_CROSSED_OUT = 0.3
"""Share of the usual second-darkest cell that such strokes have at least where a digit of the number is
crossed out: its bubbles stand nearer to one another."""
BESIDE, BESIDE_FULL, BETWEEN = 0.15, 0.8, 0.5
"""The same of a mark that is crossed out beside one that is not; share of the usual mean that it has at
least; share of the strokes that there is between them at most: paper, where a blot has none."""
LITTLE = 0.4
"""Share of the usual mean, and of that of the mark, that a bubble beside a usual mark has at most where it is
no other mark: whoever fills bubbles and means two fills both."""
FILLS = 0.75
"""Share of its second-darkest cell that the mean of a usual mark has at least where a person fills bubbles:
crosses and ticks have less, and their strokes leave a bubble without crossing anything out."""
SPILLS, SPILLS_MORE = 0.3, 1.6
"""The mean beyond 2.6 mm from the middle at most, likewise, of a mark that is darker or paler than others, as
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
        """A multiple of the usual one, and so many standard deviations above it."""
        return max(share * self.middle, self.middle + spreads * self.spread)


class UsualMark(NamedTuple):
    """The usual mark of a person, by the plain rows of a page."""

    mean: Usual
    cell: Usual
    """Of the second-darkest cell."""
    ink: float
    """Median of the mean with what lies around it."""
    across: float
    spill: float
    lines: float
    """Upper quartiles."""
    residue: float
    """The mean of the most that an eraser left beside a mark of the page; 0 where it left little."""

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
        """The second-darkest cell of a mark at least that is not paler than the person's."""
        return max(OF_CELL * self.cell.middle, self.cell.middle - SPREADS * self.cell.spread)

    def spare(self, measures: Measures, which: Indices) -> Floats:
        """Return how far each bubble is marked as the person marks, in darkness; a value not above 0 is
        unlike it."""
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
        """Which of these bubbles have strokes at two sides, dark ones, that this person's marks have not."""
        most = max(DIGIT_CROSSED_OUT * self.cell.middle, STRAYS_MORE * self.across)
        return np.asarray(measures.across[which] > most, np.bool_)

    def is_paler(self, measures: Measures, bubble: int) -> bool:
        """Whether a bubble is filled as the person fills, and so much paler that it may be erased."""
        mean, cell = measures.mean[bubble], measures.cells[bubble, -2]
        return bool(mean > OF_MEAN * self.mean.middle and cell < self.least_same_cell)

    def only_mark(self, measures: Measures, here: Indices) -> int | None:
        """The one bubble of a row that somebody who fills bubbles has marked as usual, where every other is
        crossed out, or holds little: a stray stroke, a mark that was begun."""
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
    """(k,): of the page."""
    tops: Indices
    """(k,): the bubble that stands out in each."""
    quiet: Indices
    """Rows of the page in which no bubble is darker than noise may be."""
    usual: UsualMark | None
    """None where it is not known how the person marks."""

    def of_items(self, page: SheetPageLayout) -> Indices:
        """The bubbles that stand out in questions."""
        return np.asarray(self.tops[page.group[self.tops] == ITEM], np.intp)


def plain_rows(measures: Measures, page: SheetPageLayout) -> PlainRows:
    """The choices in which one bubble alone holds anything; those of questions show how the person marks."""
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
    """Questions in which one bubble alone is ringed; empty where the person does not draw rings."""

    choices: Indices
    tops: Indices
    """(k,): the ringed bubble in each."""
    spare: Floats
    """(k,): by how much its ring is like the others."""


NO_RINGS = RingedRows(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, np.float32))


def ringed(measures: Measures, page: SheetPageLayout, plain: PlainRows) -> RingedRows:
    """The ringed rows of a page; none where it is known that its person marks otherwise in more rows."""
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
    """The bubble of each choice with the highest value; and a function that gives of other values the highest
    among the rest of the choice."""
    table = page.table
    real = table >= 0
    tops = table[np.arange(len(table)), np.where(real, values[table], -9).argmax(axis=1)]
    others = real & (table != tops[:, None])

    def rest(of: Floats) -> Floats:
        return np.asarray(np.where(others, of[table], -9).max(axis=1, initial=-9), np.float32)

    return tops, rest


def _are_enough(marks: Indices, n_stands: int, page: SheetPageLayout) -> bool:
    """Whether these marks of questions, of so many rows in which something stands out, show a habit."""
    return len(marks) >= max(ENOUGH, MOSTLY * n_stands) and not _stand_in_one_column(marks, page)


def _stand_in_one_column(marks: Indices, page: SheetPageLayout) -> bool:
    in_columns = np.unique(page.bubbles[marks, 0].round(), return_counts=True)[1]
    return bool(in_columns.max() > ONE_COLUMN * len(marks))


def _streak(mean: Floats, marks: Indices, page: SheetPageLayout) -> NDArray[np.bool_]:
    """Which of these marks, of these means, are the shadow of a fold or a streak of the scanner."""
    dark = np.sort(mean)[-FEWEST_DARK:][0] if len(marks) else 0.0
    pale = mean < STREAK * dark
    is_streak = pale.sum() >= FEWEST_DARK and _stand_in_one_column(marks[pale], page)
    return pale if is_streak else np.zeros_like(pale)


def are_blank(
    measures: Measures, page: SheetPageLayout, plain: PlainRows, ringed_rows: Indices
) -> NDArray[np.bool_]:
    """(n choices,): quiet rows in which nothing is marked; rows in which a bubble is ringed are none.

    Their darkest bubble is held against the next, in standard deviations of unmarked bubbles, by mean,
    second-darkest cell or ring, whichever is most. In rows of noise alone that gap is about `GAP` on average;
    where somebody marked, however faintly, it is more in most rows, and then none of them is blank. Where it
    is known how the person marks, a blank row also holds but a small share of such a mark, and no bubble that
    stands out from noise.
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

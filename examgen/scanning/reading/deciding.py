"""Measures of the bubbles → the marks, and how certain they are.

A bubble is *blank* if its inside is flat and as light as paper, nothing is drawn around it, and the ring
printed on the form is visible. It is *marked* if it is dark over much of its inside. Limits are absolute, and
stricter if the sheet itself allows: for blanks by the noise of its own unmarked bubbles, for marks by how its
person marks. Everything in between is *uncertain*.

A question is read if one bubble is marked and every other is blank, or so much lighter than the mark that it
can only be a residue left by an eraser. If it is known how the person marks (`typical_marks.py`), their marks
are compared with one another instead of with absolute limits. Two marks are *multiple* only if they are
alike. Everything else goes to a person: nothing is guessed. Number and form, which have one mark each, are
treated in `marking_style.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.models.papers import is_thai_id
from examgen.scanning.page_reading import (
    BLANK,
    MARKED,
    NOTHING,
    UNCERTAIN,
    DoubtKind,
    FormState,
    NumberState,
    RowReading,
    RowState,
)
from examgen.scanning.reading.marking_style import (
    CROSSED_OUT,
    LIGHT,
    MOST_SPILL,
    PALE,
    Indices,
    Spots,
    half_seen,
    is_even,
    is_faded,
    is_understood,
    only_marks,
    unseen,
    written,
)
from examgen.scanning.reading.measuring import Measures
from examgen.scanning.reading.medians import median
from examgen.scanning.reading.typical_marks import (
    BLANK_OF,
    ENOUGH,
    LEAST_RING,
    ONE_COLUMN,
    STANDS_OUT,
    STREAK,
    PlainRows,
    RingedRows,
    UsualMark,
    are_blank,
    plain_rows,
    ringed,
)
from examgen.scanning.sheet_layout import FORM, ITEM, BubbleRow, SheetLayout, SheetPageLayout

Floats = NDArray[np.float32]

BLANK_MEAN, BLANK_CELL = (0.015, 0.07), (0.05, 0.20)
"""The maximum darkness of a blank bubble, on the quietest and on the noisiest sheet: of its inside, and of
its second-darkest cell."""
BLANK_OF_USUAL = (0.25, 0.4)
"""The maximum darkness of a blank bubble as shares of a person's usual mark, for the same two. On a noisy
sheet a light mark would otherwise pass for noise."""
NOISE_MEAN, NOISE_CELL = 5.0, 8.0
"""How many standard deviations of the sheet's unmarked bubbles are added to half of the lower limits
above."""
RAISED, LEAST_RAISED = (1.5, 2.0, 5.0), (0.005, 0.02, 0.02)
"""The minimum standard deviations, and darkness, by which a bubble stands out from the next of its row and is
no longer blank: mean and second-darkest cell together, or the closed line around it."""
OF_OWN = (0.2, 0.3)
"""The minimum darkness, as shares of the second-darkest cell of a person's usual mark, with which a line
around a bubble of an otherwise blank row stands out, and a stroke beyond its ring."""
FAINT_SHARE, FAINT_LEAST = 0.15, 4
"""If a bubble stands out in more blank rows of a page than this share and number, none of them is blank: the
person marks too faintly, or too far beside the bubbles, to be read."""
BESIDE = 0.15
"""How much darker it must be beyond the ring of a bubble than beyond the next of its row for the bubble to
stand out: a stroke touches it from outside."""
BLANK_RING, NOISE_RING = (0.03, 0.13), 8.0
"""The maximum darkness of a closed line around a blank bubble, on the quietest and on the noisiest sheet, and
how many standard deviations above the usual one it may be."""
STRONG_MEAN, STRONG_CELL = (0.20, 0.65), (0.22, 0.65)
"""The minimum darkness of a mark, for a person who marks lightly and for others: of its inside, and of its
fifth-darkest cell."""
OF_USUAL = 0.8
"""The minimum darkness of a mark as a share of the person's usual mark."""
RESIDUE = 0.3
"""The maximum darkness of an eraser's residue as a share of the mark made instead."""
ALIKE, CROSSED = 0.93, 0.03
"""Two marks are read as two if the lighter has this share of the darker, in mean and second-darkest cell, and
nothing beyond their printed rings is darker than the second value. Otherwise one of them may be erased or
crossed out: of 1,509 rows with two full marks on sheets of three hands, 447 had two intended marks."""
USUAL = (0.45, 0.48)
"""The assumed usual mark of a person with fewer than `ENOUGH` marks."""
LIGHTEST = (0.12, 0.15)
"""The same, as assumed when judging whether a bubble is blank."""
TWO = 0.4
"""The minimum darkness of each of two marks. The residue of a dark mark is as dark as a light one."""


LIKELY = 0.6
"""A bubble with at least this share of the darkest bubble of a doubtful row is likely to be intended, too."""
PRINTED_ROWS = 4
"""The minimum number of rows without a mark, one below another, for recognising print: one letter is the
darkest in nearly all of them (`ONE_COLUMN`)."""

DOUBTFUL_SHARE, DOUBTFUL_LEAST = 0.3, 8
"""If more rows of a page are in doubt than this share and number, all are: if a third of a person's marks
cannot be understood, the rest is not understood either. The same then holds for number and form, unless
the person fills bubbles."""

MOSTLY_BLANK = 0.5
"""If more than this share of a page's rows is blank, the doubtful rows are counted among the others alone."""

PRINT = 0.03
"""If more than this share of an unmarked bubble's samples is print, something is printed there."""
BARE = 0.05
"""The maximum darkness beyond the rings of a row if nothing is drawn beside its bubbles."""
DARK = 0.4
"""The minimum darkness of the second-darkest cell of a person's usual mark for a scan that shows no rings to
show the mark."""
FEWEST_IN_COLUMN = 8
"""The minimum number of unmarked bubbles in a column for judging whether its rings are visible."""


class DecidedMarks(NamedTuple):
    """The marks of a page."""

    darkness: Floats
    state: NDArray[np.uint8]
    margin: Floats
    rows: tuple[RowReading, ...]
    number: str
    number_state: NumberState
    form: str
    form_state: FormState
    unseen: float
    """Share of the unmarked bubbles whose printed ring is not visible."""
    unseen_column: float
    """The highest such share of a column, where a ring counts only if something is printed in its place."""
    all_doubtful: bool
    """Whether so many rows are in doubt that all are."""


class _States(NamedTuple):
    """The state of each bubble by itself."""

    state: NDArray[np.uint8]
    margin: Floats
    unseen: NDArray[np.bool_]
    """Whether the printed ring is not visible."""
    half_seen: NDArray[np.bool_]
    """Whether half of the ring is not visible."""
    hand: tuple[float, float]
    """The darkness of the person's marks: mean and second-darkest cell."""


def decide(measures: Measures, layout: SheetLayout, page: SheetPageLayout, spots: Spots) -> DecidedMarks:
    """Decide the state of every bubble, and the readings of every question, the number and the form."""
    plain = plain_rows(measures, page)
    rings = ringed(measures, page, plain)
    if len(rings.choices):
        plain = plain._replace(usual=None)
    nothing = are_blank(measures, page, plain, rings.choices)
    marks = plain.of_items(page)
    crossed_out = _crossed_out(plain, measures, page)
    alone = _with_own_marks(
        _alone(measures, page, spots, marks), plain, rings, nothing, crossed_out, measures, page
    )
    state, margin = alone.state.copy(), alone.margin.copy()
    rows: list[RowReading] = []
    number, form = "", ""
    form_state: FormState = "none"
    real = page.table >= 0
    states = np.where(real, alone.state[page.table], BLANK)
    n_marked, n_doubts = (states == MARKED).sum(axis=1).tolist(), (states == UNCERTAIN).sum(axis=1).tolist()
    margins = np.where(real, alone.margin[page.table], np.float32(9)).min(axis=1).tolist()
    raised = _raised(measures, page, real, plain, nothing)
    quiet = [n for n in np.setdiff1d(plain.quiet, rings.choices) if page.choices[n].group == ITEM]
    blanks = [n for n in np.flatnonzero((states == BLANK).all(axis=1)) if page.choices[n].group == ITEM]
    n_raised = sum(raised[n] > 0 for n in blanks)
    if len(quiet) >= ENOUGH and not nothing[quiet].any():
        faint = set(quiet)
    else:
        faint = set(blanks) if n_raised > max(FAINT_LEAST, FAINT_SHARE * len(blanks)) else set()
    # where the darkest bubbles of quiet rows stand in one column, they are print or a streak, and no marks
    tops = np.where(real, measures.mean[page.table], -9).argmax(axis=1)[quiet]
    biased = set(quiet) if quiet and np.bincount(tops).max() > ONE_COLUMN * len(quiet) else set()
    printed = _printed_letters(measures, page, (states == MARKED).any(axis=1))
    several = (np.array(n_doubts) > 0) | (np.array(n_marked) > 1)
    only = only_marks(np.flatnonzero(several), measures, page, spots)
    for n in crossed_out:
        only.pop(n, None)
    first = page.table[np.arange(len(real)), (states == MARKED).argmax(axis=1)].tolist()
    for n, choice in enumerate(page.choices):
        read: str
        told: RowState
        if not n_doubts[n] and n_marked[n] < 2:
            read, told, sure = ("", "blank", margins[n])
            if n_marked[n]:
                read, told = page.value[first[n]], "marked"
            elif raised[n] or n in faint:
                read, told, sure = "?", "uncertain", 0.0
                top = raised[n] - 1 if raised[n] else choice.bubbles[np.argmax(measures.mean[choice.bubbles])]
                state[top], margin[top] = UNCERTAIN, 0.0
        else:
            read, told, sure = _chosen(choice, measures, alone, page.value)
            if choice.group == ITEM and told == "uncertain" and plain.usual is not None:
                top = plain.usual.only_mark(measures, choice.bubbles)
                if top is not None:
                    only[n] = top
                    sure = float(plain.usual.spare(measures, choice.bubbles).max())
        if n in only and told != "marked":
            read, told = page.value[only[n]], "marked"
            state[choice.bubbles] = BLANK
            state[only[n]] = MARKED
        elif told == "marked" and n_doubts[n]:
            # what an eraser left beside a mark is blank
            rest = state[choice.bubbles] != MARKED
            state[choice.bubbles[rest]] = BLANK
        if choice.group == ITEM:
            row = RowReading(choice.place, read, told, sure)
            if told == "uncertain":
                doubt, top, likely = _why(choice, measures, alone, plain.usual, page.value, n in biased)
                if top is not None:
                    likely = _offered(choice, top, measures, alone.hand[0], page.value, printed)
                row = row._replace(doubt=doubt, likely=likely)
            rows.append(row)
        elif choice.group == FORM:
            form, form_state = read, told
        else:
            number += {"marked": read, "blank": " "}.get(told, "?")
    doubtful = sum(row.state == "uncertain" for row in rows)
    blank = sum(row.state == "blank" for row in rows)
    if plain.usual is not None:
        all_doubtful = False
    elif blank > MOSTLY_BLANK * len(rows):
        all_doubtful = doubtful > max(DOUBTFUL_LEAST, DOUBTFUL_SHARE * (len(rows) - blank))
    else:
        all_doubtful = doubtful > max(DOUBTFUL_LEAST, DOUBTFUL_SHARE * len(rows))
    if all_doubtful:
        rows = [
            row
            if row.doubt
            else RowReading(row.question, "?", "uncertain", row.margin, "page", row.read or NOTHING)
            for row in rows
        ]
        if not is_understood(measures, page, spots):
            number = "?" * len(number.rstrip())
            form, form_state = ("?", "uncertain") if form else (form, form_state)
    number = number.rstrip()
    number_state: NumberState = "marked"
    if not layout.number_length:
        number_state = "none"
    elif not number:
        number_state = "blank"
    elif set(number) & {" ", "?"}:
        number_state = "uncertain"
    elif layout.number_check == "thai_id" and not is_thai_id(number):
        number_state = "check_wrong"
    empty = alone.state != MARKED
    # The column in which most rings are not seen.
    _, column = np.unique(page.bubbles[:, 0].round(), return_inverse=True)
    # A ring that has faded is not beside its place: nothing else is printed there.
    beside = alone.unseen & (measures.print_share > PRINT)
    of, hidden = np.bincount(column[empty]), np.bincount(column[empty], beside[empty])
    shares = hidden[of >= FEWEST_IN_COLUMN] / of[of >= FEWEST_IN_COLUMN]
    return DecidedMarks(
        darkness=measures.mean,
        state=state,
        margin=margin,
        rows=tuple(rows),
        number=number,
        number_state=number_state,
        form=form,
        form_state=form_state,
        unseen=float(alone.unseen[empty].mean()) if empty.any() else 0.0,
        unseen_column=float(shares.max(initial=0.0)),
        all_doubtful=all_doubtful,
    )


def _alone(measures: Measures, page: SheetPageLayout, spots: Spots, marks: Indices) -> _States:
    """Return the state of each bubble by itself; `marks` are those that show how dark the person marks."""
    m, c2, c5 = measures.mean, measures.cells[:, -2], measures.cells[:, -5]
    blank_mean = np.clip(BLANK_MEAN[0] / 2 + NOISE_MEAN * measures.noise, *BLANK_MEAN)
    blank_cell = np.clip(BLANK_CELL[0] / 2 + NOISE_CELL * measures.cell_noise, *BLANK_CELL)
    usual_mean, usual_cell = _usual(m, c5, marks, USUAL)
    hand = _usual(m, c2, marks, LIGHTEST)
    blank_mean = np.minimum(blank_mean, BLANK_OF_USUAL[0] * hand[0])
    blank_cell = np.minimum(blank_cell, BLANK_OF_USUAL[1] * hand[1])
    strong_mean = np.clip(OF_USUAL * usual_mean, *STRONG_MEAN)
    strong_cell = np.clip(OF_USUAL * usual_cell, *STRONG_CELL)
    blank_ring = ring_limit(measures)
    blank: Floats = np.minimum.reduce([blank_mean - np.abs(m), blank_cell - c2, blank_ring - measures.ring])
    hidden = half_seen(measures)
    blank = np.where(hidden, np.minimum(blank, -0.01), blank)
    strong: Floats = np.minimum.reduce([m - strong_mean, c5 - strong_cell])
    strong = np.where(measures.spill > MOST_SPILL, np.minimum(strong, -0.01), strong)
    state = np.where(blank > 0, BLANK, np.where(strong > 0, MARKED, UNCERTAIN))
    margin = np.where(blank > 0, blank, np.where(strong > 0, strong, -np.maximum(blank, strong)))
    state[written(np.flatnonzero(state == MARKED), measures, page, spots)] = UNCERTAIN
    return _States(state.astype(np.uint8), margin.astype(np.float32), unseen(measures), hidden, hand)


def ring_limit(measures: Measures) -> float:
    """Return the maximum darkness of a closed line around a blank bubble on this sheet."""
    usual, noise = measures.ring_noise
    return float(np.clip(usual + NOISE_RING * noise, *BLANK_RING))


def _raised(
    measures: Measures,
    page: SheetPageLayout,
    real: NDArray[np.bool_],
    plain: PlainRows,
    nothing: NDArray[np.bool_],
) -> list[int]:
    """Return, for each choice, one more than the index of a bubble that stands out from the others, 0 for
    none.

    Something too light to be a mark by itself may be a thin or very light mark if the rest of its row is
    flat, and a stroke along a ring may be a mark that missed the bubble.
    """
    rows = np.arange(len(real))
    items = page.group[page.table[:, 0]] == ITEM

    def above_next(values: Floats, top: NDArray[np.intp]) -> Floats:
        found = np.where(real, values[page.table], np.float32(-9))
        high = found[rows, top].copy()
        found[rows, top] = -9
        return np.where(real.sum(axis=1) > 1, high - found.max(axis=1), 0.0).astype(np.float32)

    by_cell_of_usual = plain.usual.cell.middle if plain.usual else 0.0
    cell, ring = measures.cells[:, -2], measures.ring
    by_cell = np.where(real, cell[page.table], -9).argmax(axis=1)
    by_ring = np.where(real, ring[page.table], -9).argmax(axis=1)
    filled = (above_next(measures.mean, by_cell) > max(RAISED[0] * measures.noise, LEAST_RAISED[0])) & (
        above_next(cell, by_cell) > max(RAISED[1] * measures.cell_noise, LEAST_RAISED[1])
    )
    ringed = above_next(ring, by_ring) > max(
        RAISED[2] * measures.ring_noise[1], LEAST_RAISED[2], OF_OWN[0] * by_cell_of_usual
    )
    by_outside = np.where(real, measures.outside[page.table], -9).argmax(axis=1)
    touched = items & (above_next(measures.outside, by_outside) > max(BESIDE, OF_OWN[1] * by_cell_of_usual))
    top = np.where(filled, by_cell, np.where(ringed, by_ring, by_outside))
    found = page.table[rows, top] + 1
    return [int(i) for i in np.where((filled & ~nothing) | ringed | touched, found, 0)]


def _with_own_marks(
    alone: _States,
    plain: PlainRows,
    rings: RingedRows,
    nothing: NDArray[np.bool_],
    crossed_out: set[int],
    measures: Measures,
    page: SheetPageLayout,
) -> _States:
    """Return the states with blank rows made blank. In a plain row whose mark is like the person's marks,
    that bubble is marked and the others are blank; if it is unlike them, it is in doubt, however dark it
    is."""
    state, margin = alone.state.copy(), alone.margin.copy()
    # where light grey has become white, dark marks have not
    faded = is_faded(measures) and plain.usual is not None and plain.usual.cell.middle > DARK
    for row in np.flatnonzero(nothing):
        here = page.choices[row].bubbles
        is_bare = faded and measures.outside[here].max() < BARE
        here = here[state[here] == UNCERTAIN]
        if page.choices[row].group == ITEM and not is_bare:
            here = here[~alone.half_seen[here]]
        state[here], margin[here] = BLANK, np.abs(margin[here])
    if plain.usual is None:
        found = zip(*rings, strict=True)
    else:
        found = zip(plain.choices, plain.tops, plain.usual.spare(measures, plain.tops), strict=True)
    for row, top, spare in found:
        here = page.choices[row].bubbles
        if page.choices[row].group != ITEM and row not in crossed_out:
            # it may be printed; a grain in an empty place would be a digit more
            is_grain = plain.usual is not None and measures.mean[top] < LIGHT * plain.usual.mean.middle
            if spare <= 0 or is_grain:
                continue
        if spare <= 0:
            state[top], margin[top] = UNCERTAIN, spare
        else:
            sure = state[here] != UNCERTAIN
            state[here] = BLANK
            state[top] = MARKED
            margin[here] = np.where(sure, margin[here], spare)
    return alone._replace(state=state, margin=margin)


def _crossed_out(plain: PlainRows, measures: Measures, page: SheetPageLayout) -> set[int]:
    """Return the places of the number, and the form, whose only mark may be crossed out."""
    if plain.usual is None:
        return set()
    crossed = plain.choices[plain.usual.are_crossed(measures, plain.tops)].tolist()
    return {row for row in crossed if page.choices[row].group != ITEM}


def _usual(mean: Floats, cell: Floats, marks: Indices, unknown: tuple[float, float]) -> tuple[float, float]:
    """Return how dark a person's marks are, as medians; if there are few marks, the assumed values."""
    if len(marks) < ENOUGH:
        return unknown
    return float(median(mean[marks])), float(median(cell[marks]))


def _chosen(
    choice: BubbleRow, measures: Measures, alone: _States, values: Sequence[str]
) -> tuple[str, RowState, float]:
    """Read a choice in which not every bubble is clear: its value, its state, its margin.

    The margin is the lowest among its bubbles and the tests that decided.
    """
    here = choice.bubbles
    state, m = alone.state[here], measures.mean[here]
    margin = float(alone.margin[here].min())
    marked = here[state == MARKED]
    if len(marked) == 1:
        top = int(marked[0])
        doubts = here[state == UNCERTAIN]
        spare = min((_spare(measures, top, int(i), alone.hand) for i in doubts), default=1.0)
        if not is_even(measures.mean[doubts], measures.cells[doubts, -2]).all():
            spare = min(spare, CROSSED_OUT * float(measures.cells[top, -2]) - float(measures.across[top]))
        if spare > 0:
            sure = [float(alone.margin[i]) for i in here if alone.state[i] != UNCERTAIN]
            return values[top], "marked", min(*sure, spare)
    if len(marked) > 1 and not (state == UNCERTAIN).any():
        alike = min(
            float(of[marked].min() / of[marked].max()) for of in (measures.mean, measures.cells[:, -2])
        )
        clean = CROSSED - float(measures.outside[marked].max())
        if alike > ALIKE and clean > 0 and measures.mean[marked].min() > TWO:
            return "|".join(values[i] for i in marked), "multiple", min(margin, alike - ALIKE, clean)
    return "?", "uncertain", float(min(margin, abs(m).max()))


def _why(
    choice: BubbleRow,
    measures: Measures,
    alone: _States,
    usual: UsualMark | None,
    values: Sequence[str],
    is_quiet: bool,
) -> tuple[DoubtKind, int | None, str]:
    """Return why a row is in doubt; the bubble that is marked if the darkest one is intended (None if it may
    as well be erased or crossed out); and, without such a bubble, what else is likely."""
    here = choice.bubbles
    mean, cell, ring = measures.mean[here], measures.cells[here, -2], measures.ring[here]
    ink = mean + cell / 2
    if (alone.state[here] == BLANK).all():
        return "faint", None, NOTHING
    top = int(ink.argmax())
    if ring.max() > max(2 * cell.max(), LEAST_RING):
        return "ringed", None, values[here[ring.argmax()]]
    if is_quiet:
        return "faint", None, NOTHING
    alike = (mean > LIKELY * mean[top]) & (cell > LIKELY * cell[top]) & (mean > BLANK_MEAN[0])
    if alike.sum() > 1:
        both = [values[i] for i in here[alike]]
        are_usual = usual is not None and bool((usual.spare(measures, here[alike]) > 0).all())
        return "several", None, "|".join(both) if are_usual else ""
    fills = usual is None or mean[top] > OF_USUAL * usual.mean.middle
    if measures.across[here[top]] > max(CROSSED_OUT * cell[top], measures.rim[here[top]]):
        return "crossed", None if fills else int(here[top]), ""
    if usual is not None and usual.is_paler(measures, here[top]):
        return "erased", None, ""
    if mean[top] < BLANK_MEAN[0] and alone.half_seen[here].any():
        return "hidden", None, NOTHING
    return ("faint" if cell[top] < PALE * alone.hand[1] else "partly"), int(here[top]), ""


def _offered(
    choice: BubbleRow,
    top: int,
    measures: Measures,
    usual: float,
    values: Sequence[str],
    printed: frozenset[int],
) -> str:
    """Return the suggestion for a doubtful row whose darkest bubble is `top`; `usual` is the mean of a usual
    mark.

    It is the letter of that bubble if it exceeds the next one as a mark does: beyond the noise of the page
    or, if shadows make that large, by more than the others differ among themselves; and, if not far beyond
    noise, by more than a blank row of this person may contain. It is `NOTHING` if neither mean nor
    second-darkest cell exceeds the others, or if print explains it, and empty in all cases between.
    """
    others = choice.bubbles[choice.bubbles != top]
    mean, cell = measures.mean, measures.cells[:, -2]
    gaps = np.array([of[top] - of[others].max() for of in (mean, cell)])
    apart = np.array([np.ptp(of[others]) for of in (mean, cell)])
    noise = np.array((measures.noise, measures.cell_noise))
    in_row = gaps > np.maximum(apart, LEAST_RAISED[:2])
    on_page = gaps > np.maximum(RAISED[:2] * noise, LEAST_RAISED[:2])
    far_above = gaps[0] > max(STANDS_OUT[0][0] * noise[0], STANDS_OUT[0][1])
    if in_row.all() or on_page.all() or far_above:
        least = STREAK if top in printed else 0.0 if far_above else BLANK_OF[0]
        return values[top] if gaps[0] > least * usual else ""
    is_flat = mean[choice.bubbles].max() < BLANK_OF_USUAL[0] * usual
    return NOTHING if is_flat and (top in printed or not in_row.any()) else ""


def _printed_letters(
    measures: Measures, page: SheetPageLayout, has_mark: NDArray[np.bool_]
) -> frozenset[int]:
    """Return the bubbles of questions that are the darkest of their rows because of print: the same letter is
    darkest in nearly all unmarked rows that are one below another."""
    tops = defaultdict[tuple[float, ...], list[tuple[BubbleRow, int]]](list)
    found: set[int] = set()
    for n, choice in enumerate(page.choices):
        if choice.group == ITEM and not has_mark[n]:
            places = page.bubbles[choice.bubbles]
            across = int(np.ptp(places[:, 1]) > np.ptp(places[:, 0]))
            ink = measures.mean[choice.bubbles] + measures.cells[choice.bubbles, -2] / 2
            tops[across, *places[:, across].round()].append((choice, int(ink.argmax())))
    for rows in tops.values():
        letter, n = Counter(letter for _, letter in rows).most_common(1)[0]
        if n >= PRINTED_ROWS and n > ONE_COLUMN * len(rows):
            found |= {int(choice.bubbles[letter]) for choice, _ in rows}
    return frozenset(found)


def _spare(measures: Measures, top: int, other: int, hand: tuple[float, float]) -> float:
    """Return how much lighter a doubtful bubble is than an eraser's residue beside the mark `top`, and than
    any mark of this person."""
    mean, cell = measures.mean[other], measures.cells[other, -2]
    return float(
        min(
            RESIDUE * measures.mean[top] - mean,
            1.3 * RESIDUE * measures.cells[top, -2] - cell,
            PALE * hand[0] - mean,
            PALE * hand[1] - cell,
            ring_limit(measures) - measures.ring[other],
        )
    )

"""A sheet whose place in the scan is known → the content of each bubble, as darkness between paper and black.

Each bubble is cut out once, rotated and scaled to millimetres of the sheet, with samples 0.22 mm apart up to
3.5 mm from its centre; one gather operation cuts out all bubbles. Every number is a mean of samples under a
mask, so that one matrix product gives all numbers. Grey levels become darkness: 0 for the paper around the
bubble, 1 for the black of the timing bars beside its row. The strip of grey patches shows how the scanner
distorts the scale in between, and that is corrected. The print of the form in a bubble (its ring, its letter)
is measured on certainly unmarked bubbles of the same sheet and subtracted.
"""

from __future__ import annotations

import itertools
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.scanning.reading.medians import median
from examgen.scanning.reading.placing import (
    Bars,
    PlacedSheet,
    cut_outs,
    fives,
    grid_of,
    jacobians,
    peaks,
    projected,
)
from examgen.scanning.sheet_layout import SheetLayout, SheetPageLayout

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Lengths = NDArray[np.float64]

STEP_MM = 0.22
SIDE = 32
CELLS = 4
"""The number of cells along a side of the inner square."""
SECTORS = 12
RADII_MM = (1.55, 1.9, 2.25, 2.6, 3.0, 3.45)
"""Edges of the rings around a bubble of 4.2 mm in which a circle around it is detected."""
BUBBLE_MM = 4.2
THIN, ENDS_THIN = 5, 9
"""The maximum numbers of the twelve sectors that strokes fill: strokes that run on, and strokes that end just
outside the bubble."""
PAPER_SHARE = 0.65
"""The quantile of the samples outside a bubble that counts as paper: some samples are stray marks."""
FEWEST_IN_LINE, PRINTED_BESIDE = 4, 0.05
"""The minimum number of unmarked bubbles in a line for recognising print beside all of them, and the minimum
darkness of that print."""
FAINT_PRINT = 0.1
"""The darkness of the faintest visible print."""
INKED = 0.5
"""If the surroundings of a bubble are darker than this share of the paper's grey level elsewhere in the row,
they are ink."""
MOST_PRINT = 0.22
"""The maximum darkness that the printed letter may add to a cell."""
SPOT_MM, SPOT_PARTS = (1.1, 1.6), 10
"""The radii of the ring that shows whether a spot is filled, and the number of its parts."""
SPOTS_MM = (-1.32, -0.88, -0.44, 0.0, 0.44, 0.88, 1.32)
"""The centres of spots, across and down."""
N_CELLS, N_RINGS = CELLS * CELLS, len(RADII_MM) - 1


NODE_MM = 16.0
"""The vertical distance of the grid nodes that have displacements; horizontally, they are at the columns."""
POOL_MM = np.array([3.0, 12.0])
"""Rings are pooled around a node with normal weights of these standard deviations, across and down. The
timing bars have already shown how rows move, and columns move alike over many rows."""
SHIFTS = 4
"""The number of samples to either side within which a ring is searched."""
DARK_RING = 0.45
"""The maximum darkness of print in the rings; anything darker is a mark."""
LEAST_RING = 0.02
"""Pooled rings that are less dark than this do not show their position."""
FOLD_MM = 0.2
"""A difference of displacement between neighbouring nodes that only a fold can make."""
BESIDE_MM = np.array([3.0, 3.0])
"""Like `POOL_MM`, for a bubble beside a fold."""
NEIGHBOURS_MM, LEAST_APART_MM, TELLS = 11.0, 0.12, 0.03
"""The maximum distance of neighbours, the minimum difference of displacement that counts, and the minimum
clearness of a neighbour's own ring."""
LEAST_GAIN, HIDDEN, LEAST_HIDDEN = 0.03, 0.3, -0.01
"""The minimum gain in a ring's darkness at the position that a neighbour suggests; the clearness below which
a ring is hidden; and the minimum gain for a hidden ring, which may be slightly negative because a mark can
make the ring less dark."""
CURLED = 0.05
"""If a larger share of nodes lies beyond the range of the search, a surface is fitted to the page first."""
LEAST_BEND_MM, FEW, MUCH_MM = 0.08, 5, 0.3
"""If at most `FEW` nodes are displaced by more than `LEAST_BEND_MM`, the page is left as it is, unless one is
displaced by `MUCH_MM`: a separate column beside a fold has two nodes."""


class Measures(NamedTuple):
    """The content of the bubbles of a page, as arrays over them, without the print of the form."""

    mean: Floats
    """Darkness of the inner disc."""
    cells: Floats
    """(n, 16): darkness of the cells of the inner square, ascending."""
    ring: Floats
    """Darkness of a closed line around the bubble: the third-lightest of twelve sectors, each at its darkest
    radius."""
    outside: Floats
    """Darkness of the second-darkest sector beyond the printed ring: a stroke that leaves the bubble."""
    far: Floats
    """Darkness of the darkest sector beyond 3 mm from the centre: a stroke that runs on."""
    across: Floats
    """Like `far`, if a stroke runs on at both sides: the lighter of two opposite sectors. A stroke that
    crosses out a mark leaves it at two sides; the form's own print is at one side only."""
    arms: Floats
    """Like `across`, for strokes that leave the bubble and run on, dark from 2.6 mm on: how much darker they
    are than the sectors between them. A ring around the mark has none."""
    ends: Floats
    """The same just outside the bubble, at 2.25 to 2.6 mm, where small strokes drawn over a mark end; 0 if
    the sectors between them are half as dark, as in a mark filled over the edge."""
    lines: Floats
    """Like `arms`, for thin strokes exactly opposite each other; 0 for others."""
    rim: Floats
    """Darkness of the third-lightest sector between 2.6 and 3 mm from the centre. A mark that is larger than
    its bubble is dark all around it; between strokes that run on there is paper."""
    spill: Floats
    """Mean darkness beyond 2.6 mm from the centre. It is higher for a hole or a blot than for handwriting."""
    outline: Floats
    """How much darker the printed ring is than the areas inside and outside it."""
    print_share: Floats
    """Share of the samples in and around the bubble that are at least as dark as faint print."""
    noise: float
    """Standard deviation of `mean` among unmarked bubbles."""
    cell_noise: float
    """Standard deviation of the second-darkest cell among unmarked bubbles."""
    ring_noise: tuple[float, float]
    """Median and standard deviation of `ring` among unmarked bubbles."""


@cache
def _masks() -> tuple[NDArray[np.float64], Floats, NDArray[np.intp]]:
    """Return the grid (m, 2) in mm, the masks (m, 1 + 16 + sectors × rings), and the indices of samples
    outside the bubble."""
    half = (SIDE - 1) / 2 * STEP_MM
    grid = grid_of(half, half, 1 / STEP_MM)
    grid = grid[np.hypot(*grid.T) < RADII_MM[-1] + 0.05]
    x, y = grid.T
    r, angle = np.hypot(x, y), np.arctan2(y, x) % (2 * np.pi)
    masks = [r < 1.62]
    edge = 6 * STEP_MM
    column, row = (np.floor((axis + edge) / (3 * STEP_MM) + 1e-6).astype(int) for axis in (x, y))
    for i in range(CELLS):
        for j in range(CELLS):
            masks.append((row == i) & (column == j))
    sector = (angle / (2 * np.pi) * SECTORS).astype(int) % SECTORS
    for k in range(N_RINGS):
        for s in range(SECTORS):
            masks.append((r >= RADII_MM[k]) & (r < RADII_MM[k + 1]) & (sector == s))
    masks += [(r > 1.8) & (r < 2.15), ((r > 1.25) & (r < 1.6)) | ((r > 2.35) & (r < 2.7))]
    weights = np.array([mask / mask.sum() for mask in masks], np.float32).T.copy()
    return grid, weights, np.flatnonzero((r > 2.5) & (r < 3.5))[::5]


@cache
def _spot_masks() -> Floats:
    """Return the masks (m, spots × parts) of the parts of a ring around the centre of each spot."""
    x, y = _masks()[0].T
    masks = []
    for dx, dy in itertools.product(SPOTS_MM, repeat=2):
        if np.hypot(dx, dy) < SPOTS_MM[-1] + 0.2:
            r, angle = np.hypot(x - dx, y - dy), np.arctan2(y - dy, x - dx) % (2 * np.pi)
            part = (angle / (2 * np.pi) * SPOT_PARTS).astype(int) % SPOT_PARTS
            masks += [(r > SPOT_MM[0]) & (r < SPOT_MM[1]) & (part == k) for k in range(SPOT_PARTS)]
    return np.array([mask / mask.sum() for mask in masks], np.float32).T.copy()


class Bubbles(NamedTuple):
    """The bubbles of a page, cut out of the scan."""

    values: Floats
    """(n, m): grey levels of the samples."""
    paper: Floats
    black: Floats
    slope: Floats
    """(n, 2): how much lighter the paper gets per millimetre to the right and down, as at the edge of a
    shadow."""
    jacobian: Lengths
    """(n, 2, 2): pixels per millimetre at each bubble."""

    def rings(self) -> Floats:
        """Return (n, shifts²): how much darker a ring is than its surroundings, at each shift.

        A mark counts no more than dark print does.
        """
        light = np.maximum(self.values, self.paper[:, None] - DARK_RING * self.depth)
        return np.asarray((light @ _ring_masks()) / -self.depth, np.float32)

    def clear(self) -> Floats:
        """Return (n,): how clear each ring is. A ring hidden by a mark says nothing about its position."""
        mean = (self.paper - self.values.mean(axis=1)) / self.depth[:, 0]
        return np.asarray(np.clip(1.2 - 6 * mean, 0.02, 1.0), np.float32)

    def share_darker(self, darkness: float) -> Floats:
        """Return (n,): the share of samples that are darker than `darkness`."""
        limit = self.paper[:, None] - darkness * self.depth
        return np.asarray((self.values < limit).mean(axis=1), np.float32)

    def under(self, weights: Floats) -> Floats:
        """Return (n, k): the mean darkness under each of the masks (m, k), whose weights sum to one."""
        grid = _masks()[0].astype(np.float32)
        paper = self.paper[:, None] + self.slope @ (grid.T @ weights)
        return np.asarray((paper - self.values @ weights) / self.depth, np.float32)

    def spots(self, which: NDArray[np.intp]) -> Floats:
        """Return (k,): the darkness of the most evenly filled spot in or beside each of these bubbles.

        The lightest part of a spot counts, because lines that cross a spot do not fill it.
        """
        if not len(which):
            return np.zeros(0, np.float32)
        values, paper, black, slope, jacobian = self
        some = Bubbles(values[which], paper[which], black[which], slope[which], jacobian[which])
        parts = some.under(_spot_masks()).reshape(len(which), -1, SPOT_PARTS)
        return np.asarray(parts.min(axis=2).max(axis=1), np.float32)

    @property
    def depth(self) -> Floats:
        """(n, 1): the difference between paper and black, at least 24 grey levels."""
        return np.asarray(np.maximum(self.paper - self.black, 24.0)[:, None], np.float32)


def cut_bubbles(image: Grey, layout: SheetLayout, page: SheetPageLayout, placed: PlacedSheet) -> Bubbles:
    """Cut out all bubbles of a page at the positions given by the sheet's placement."""
    jacobian = jacobians(placed.placement.homography, page.bubbles)
    every = np.arange(len(page.bubbles))
    values = cut_samples(image, layout, page, placed, jacobian, every)
    return bubbles_of(values, page, blacks(page, placed.bars), jacobian)


def cut_moved(
    image: Grey, layout: SheetLayout, page: SheetPageLayout, placed: PlacedSheet, before: Bubbles
) -> Bubbles:
    """Cut out again the bubbles that have a displacement of their own; the others are taken from `before`."""
    if placed.own is None or not placed.own.any():
        return before
    moved = np.flatnonzero(placed.own.any(axis=1))
    values = before.values.copy()
    values[moved] = cut_samples(image, layout, page, placed, before.jacobian[moved], moved)
    return bubbles_of(values, page, before.black, before.jacobian)


def cut_samples(
    image: Grey,
    layout: SheetLayout,
    page: SheetPageLayout,
    placed: PlacedSheet,
    jacobian: Lengths,
    which: NDArray[np.intp],
) -> Floats:
    """Return (n, m): the grey levels of the samples in and around these bubbles."""
    # the masks are drawn for bubbles of 4.2 mm
    return cut_outs(image, placed.centres(page)[which], jacobian * (layout.diameter / BUBBLE_MM), _masks()[0])


def bubbles_of(values: Floats, page: SheetPageLayout, black: Floats, jacobian: Lengths) -> Bubbles:
    """Return the bubbles for their samples (n, m) and the black level at each (n,)."""
    _, _, outside = _masks()
    # The paper is measured around a bubble. If much of that is marked, its lightest samples show whether the
    # paper is as light as elsewhere in the choice: in the shadow of a hand it is not.
    around = values[:, outside]
    n = around.shape[1]
    at, high = int(PAPER_SHARE * n), int(0.9 * n)
    ordered = np.sort(around)
    own, light = ordered[:, at], ordered[:, high]
    light = light - median(light - own)
    real = page.table >= 0
    rows = np.sort(np.where(real, own[page.table], np.float32(999)), axis=1)
    middle = rows[np.arange(len(rows)), real.sum(axis=1) // 2]
    usual = np.empty_like(own)
    usual[page.table[real]] = np.broadcast_to(middle[:, None], real.shape)[real]
    paper = np.maximum(own, np.minimum(light, 0.95 * usual))
    # No shadow is as dark, from one bubble to the next, as a broad line around a bubble.
    paper = np.asarray(np.where(own < INKED * usual, 0.95 * usual, paper), np.float32)
    # A slope counts if it exceeds a hundredth of the paper per millimetre and the four sides agree.
    masks, indices = _sides()
    slope = np.zeros((len(values), 2), np.float32)
    left, right, above, below = (values @ masks).T
    # means quickly find where a slope is possible; medians show that it is not a mark
    maybe = np.flatnonzero(np.maximum(abs(right - left), abs(below - above)) > 0.03 * paper)
    if len(maybe):
        left, right, above, below = (median(values[maybe[:, None], side]) for side in indices)
        steps = np.stack(((right - left), (below - above)), axis=1) / (2 * 2.85)
        # with a straight slope, both pairs of sides have the same mean
        straight = abs(left + right - above - below) < 0.04 * 2 * paper[maybe]
        steep = abs(steps).max(axis=1) > 0.01 * paper[maybe]
        slope[maybe] = np.where((straight & steep)[:, None], steps, 0)
    return Bubbles(values, paper, black, slope, jacobian)


def measure(page: SheetPageLayout, strip: Lengths, bubbles: Bubbles) -> Measures:
    """Measure all bubbles of a page; `strip` has the samples of its grey patches."""
    _, weights, _ = _masks()
    values = bubbles.under(weights)
    exponent = tone(page, strip)
    values = (np.sign(values) * np.abs(values) ** np.float32(exponent)).astype(np.float32)
    mean, cells, rings = values[:, 0], values[:, 1 : 1 + N_CELLS], values[:, 1 + N_CELLS : -2]

    # Bubbles of which nearly all are unmarked: all but the darkest of each choice.
    idle = np.ones(len(mean), np.bool_)
    idle[darkest(mean, page)[(page.table >= 0).sum(axis=1) > 1]] = False
    own = _own_print(np.hstack((mean[:, None], cells)), page, idle)
    mean, cells = mean - own[:, 0], np.sort(cells - own[:, 1:], axis=1)
    around = rings - _middle(rings[idle])
    for line in _lines(page):
        # What is printed beside all bubbles of a line, as a rule below the last one, is no stroke.
        blank = line[idle[line]]
        if len(blank) >= FEWEST_IN_LINE and around[blank, -SECTORS:].max(axis=1).min() > PRINTED_BESIDE:
            beside = _middle(around[blank])
            if beside[-SECTORS:].max() > PRINTED_BESIDE:
                around[line] -= np.maximum(beside, 0)
    around = around.reshape(-1, N_RINGS, SECTORS)
    ring = _third_lightest(around.max(axis=1))
    outside = np.partition(around[:, 2:].max(axis=1), -2, axis=1)[:, -2]
    far = around[:, -1]
    return Measures(
        mean=mean,
        cells=cells,
        ring=ring,
        outside=outside,
        far=far.max(axis=1),
        across=_at_two_sides(far),
        arms=_at_two_sides(np.minimum(far, around[:, -2])) - np.maximum(_third_lightest(far), 0),
        ends=_strokes(around[:, 2], ENDS_THIN),
        lines=_strokes(np.minimum(far, around[:, -2]), THIN),
        rim=_third_lightest(around[:, -2]),
        spill=around[:, 3:].mean(axis=(1, 2)),
        outline=values[:, -2] - values[:, -1],
        print_share=bubbles.share_darker(FAINT_PRINT),
        noise=_spread(mean[idle]),
        cell_noise=_spread(cells[idle, -2]),
        ring_noise=(float(median(ring[idle])), _spread(ring[idle])),
    )


def _third_lightest(sectors: Floats) -> Floats:
    return np.asarray(np.partition(sectors, 2, axis=1)[:, 2], np.float32)


def _strokes(sectors: Floats, at_most: int) -> Floats:
    """Return the darkness of strokes in two opposite sectors (n, 12): how much darker they are than the
    sectors between them. 0 if more than `at_most` sectors are half as dark, as in a mark that is larger
    than its bubble."""
    opposite = np.minimum(sectors[:, : SECTORS // 2], sectors[:, SECTORS // 2 :]).max(axis=1)
    most_between = np.partition(sectors, -1 - at_most, axis=1)[:, -1 - at_most]
    between = np.maximum(_third_lightest(sectors), 0)
    return np.where(most_between < opposite / 2, opposite - between, 0).astype(np.float32)


def _at_two_sides(sectors: Floats) -> Floats:
    """Return the darkness of the lighter of two opposite sectors (n, 12), for the pair with the highest."""
    opposite = np.max([np.roll(sectors, SECTORS // 2 + turn, axis=1) for turn in (-2, -1, 0, 1, 2)], axis=0)
    return np.asarray(np.minimum(sectors, opposite).max(axis=1), np.float32)


@lru_cache(maxsize=64)
def _lines(page: SheetPageLayout) -> tuple[NDArray[np.intp], ...]:
    """Return the bubbles of each line across the page."""
    _, line = np.unique(page.bubbles[:, 1].round(1), return_inverse=True)
    return tuple(np.flatnonzero(line == n) for n in range(line.max() + 1))


# ── finding the bubbles by their printed rings ───────────────────────────────────────────────


@cache
def _ring_masks() -> Floats:
    """Return the masks (m, shifts²) of the printed ring minus the areas inside and outside it, at each
    shift."""
    grid, _, _ = _masks()
    steps = np.arange(-SHIFTS, SHIFTS + 1) * STEP_MM
    masks = []
    for dy in steps:
        for dx in steps:
            r = np.hypot(grid[:, 0] - dx, grid[:, 1] - dy)
            ring, inner, outer = (r > 1.8) & (r < 2.15), (r > 1.25) & (r < 1.6), (r > 2.35) & (r < 2.7)
            masks.append(ring / ring.sum() - (inner | outer) / (inner | outer).sum())
    return np.array(masks, np.float32).T.copy()


def settled(
    layout: SheetLayout, page: SheetPageLayout, placed: PlacedSheet, bubbles: Bubbles
) -> tuple[PlacedSheet, bool] | None:
    """Place the sheet again by the printed rings of its bubbles, and return it with whether it was so far off
    that another pass is worthwhile; None if the bubbles are where they should be.

    Timing bars show only the sides of the page. Paper that is not flat, lenses and folds down the page move
    the bubbles between them. Correlations with a ring are pooled over neighbours, so that marks and noise do
    not move a bubble.
    """
    nodes, at, near = _pools(page)
    weights = near * bubbles.clear()
    pooled = ((weights / weights.sum(axis=1, keepdims=True)) @ bubbles.rings()).astype(np.float64)
    side = 2 * SHIFTS + 1
    steps, height = peaks(pooled.reshape(-1, side, side))
    steps[height < LEAST_RING] = 0.0
    far: NDArray[np.bool_] = np.abs(steps).max(axis=1) > SHIFTS - 1
    curled = bool(far.mean() > CURLED)
    if far.any() and (~far).sum() > 24:
        # if many nodes are far off, a ring that seems near may be the wrong side of another
        steps = np.where(curled | far[:, None], _surface(at, steps, ~far), steps)
    shifts = steps * STEP_MM * (layout.diameter / BUBBLE_MM)
    most = np.abs(shifts).max(axis=1)
    if (most > LEAST_BEND_MM).sum() <= FEW and most.max() < MUCH_MM:
        return None
    pixels = np.einsum("nij,nj->ni", jacobians(placed.placement.homography, at), shifts)
    bends = pixels.reshape(len(nodes[1]), len(nodes[0]), 2)
    if placed.placement.bends.shape == bends.shape:
        bends = bends + placed.placement.bends
    return placed._replace(placement=placed.placement._replace(nodes=nodes, bends=bends)), curled


def _surface(at: Lengths, steps: Lengths, known: NDArray[np.bool_]) -> Lengths:
    """Return the steps at all nodes, by a third-order surface through the known nodes.

    Some nodes have missed their ring, so those far from the surface have little weight (iteratively
    reweighted least squares with Cauchy weights).
    """
    x, y = ((at - at.mean(axis=0)) / 100.0).T
    terms = np.stack([x**i * y**j for i in range(4) for j in range(4 - i)], axis=1)
    weight = known.astype(float)
    fitted = steps
    for _ in range(8):
        root = np.sqrt(weight)[:, None]
        fitted = terms @ np.linalg.lstsq(terms * root, steps * root, rcond=None)[0]
        away = np.hypot(*(steps - fitted).T)
        weight = known / (1 + (away / max(1.5 * float(median(away[known])), 0.2)) ** 2)
    return np.asarray(np.clip(fitted, -12.0, 12.0), np.float64)


def is_folded(placed: PlacedSheet, bubbles: Bubbles) -> bool:
    """Return whether displacements of neighbouring rows or columns differ so much that there is a fold or a
    slip."""
    bends, residuals = placed.placement.bends, placed.placement.residuals
    per_mm = float(np.sqrt(abs(np.linalg.det(bubbles.jacobian)).mean()))
    steps_across = abs(np.diff(bends, axis=1)).max(initial=0.0)
    steps_down = abs(np.diff(residuals, axis=0)).max(initial=0.0)
    return bool(max(steps_across, steps_down) >= FOLD_MM * per_mm)


def beside_folds(
    layout: SheetLayout, page: SheetPageLayout, placed: PlacedSheet, bubbles: Bubbles
) -> PlacedSheet:
    """Return a folded page with its bubbles moved to their own rings.

    A grid cannot follow a fold that crosses it diagonally. There, a bubble's own ring and the rings above and
    below it decide if they are clear.
    """
    clear = bubbles.clear()
    weights = _beside(page) * clear
    hidden = np.flatnonzero(clear < HIDDEN)
    weights[hidden, hidden] *= clear[hidden]
    local = ((weights / weights.sum(axis=1, keepdims=True)) @ bubbles.rings()).astype(np.float64)
    side = 2 * SHIFTS + 1
    steps, height = peaks(local.reshape(-1, side, side))
    gain = height - local[:, side * side // 2]
    shifts = steps * STEP_MM * (layout.diameter / BUBBLE_MM)
    sure = (gain > LEAST_RING) & (np.hypot(*shifts.T) > LEAST_BEND_MM) & (np.abs(steps).max(axis=1) < SHIFTS)
    own = np.einsum("nij,nj->ni", bubbles.jacobian, np.where(sure[:, None], shifts, 0.0))
    return placed._replace(own=own) if sure.any() else placed


def as_neighbours(
    image: Grey,
    layout: SheetLayout,
    page: SheetPageLayout,
    placed: PlacedSheet,
    bubbles: Bubbles,
    strained: NDArray[np.bool_],
) -> PlacedSheet:
    """Return the sheet with bubbles beside a fold or a slip moved like one of their neighbours (bubbles or
    bars).

    A bubble moves if its ring is darker at the position that the neighbour suggests; bubbles that are
    `strained` stay. A hidden ring cannot show on which side of the fold a marked bubble lies, nor can a ring
    that has moved beyond the range of the search. But such a ring can decide between the moves of its
    neighbours.
    """
    unit, clear = layout.diameter / BUBBLE_MM, bubbles.clear()
    flat = projected(placed.placement.homography, page.bubbles)
    own = np.zeros_like(flat) if placed.own is None else placed.own.copy()
    per_mm = np.sqrt(abs(np.linalg.det(bubbles.jacobian)))
    tells = np.concatenate((clear > TELLS, placed.bars.found))
    one, two = neighbours(page)
    moves = np.concatenate((~strained, np.zeros(len(page.bars), np.bool_)))
    heard = moves[one] & tells[two]
    one, two = one[heard], two[heard]
    for _ in range(2):
        moved = np.vstack((placed.placement.pixels(page.bubbles) + own - flat, placed.bars.shifts))
        apart = np.hypot(*(moved[two] - moved[one]).T) > LEAST_APART_MM * per_mm[one]
        lost = clear < HIDDEN
        lost[one[~apart]] = False
        which, by = one[apart], two[apart]
        if not len(which):
            break
        some = np.unique(which)
        # how much darker the rings would be than their surroundings
        centres = np.concatenate((flat[some] + moved[some], flat[which] + moved[by]))
        of = np.concatenate((some, which))
        values = cut_outs(image, centres, bubbles.jacobian[of] * unit, _masks()[0])
        light = np.maximum(values, bubbles.paper[of, None] - DARK_RING * bubbles.depth[of])
        ring = _ring_masks()[:, 2 * SHIFTS * (SHIFTS + 1)]
        seen = np.asarray((light @ ring) / -bubbles.depth[of, 0], np.float64)
        gain = seen[len(some) :] - seen[np.searchsorted(some, which)]
        least = np.where(lost, LEAST_HIDDEN, LEAST_GAIN)
        order = np.argsort(gain)
        better = order[(gain > least[which])[order]]
        own[which[better]] += (moved[by] - moved[which])[better]
    return placed._replace(own=own)


@lru_cache(maxsize=16)
def neighbours(page: SheetPageLayout) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pairs of neighbours among bubbles and bars, each pair in both orders; bars are numbered
    after bubbles."""
    places = np.vstack((page.bubbles, page.bars))
    away = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    one, two = np.nonzero((away > 1.0) & (away < NEIGHBOURS_MM))
    return one, two


@lru_cache(maxsize=16)
def _beside(page: SheetPageLayout) -> Floats:
    """Return (n, n): the weight of each bubble's ring for the position of each bubble."""
    away = (((page.bubbles[:, None] - page.bubbles[None]) / BESIDE_MM) ** 2).sum(axis=2)
    return np.asarray(np.exp(-away / 2), np.float32)


@lru_cache(maxsize=64)
def _pools(page: SheetPageLayout) -> tuple[tuple[Lengths, Lengths], Lengths, Floats]:
    """Return the lines of the grid across and down, its nodes (k, 2), and the weights of the bubbles at each
    (k, n)."""
    # columns less than 2 mm apart are one column
    across = np.unique(page.bubbles[:, 0])
    columns = [part.mean() for part in np.split(across, np.flatnonzero(np.diff(across) > 2.0) + 1)]
    first, last = page.bubbles[:, 1].min(), page.bubbles[:, 1].max()
    nodes = np.array(columns), np.linspace(first, last, max(2, round((last - first) / NODE_MM) + 1))
    at = np.stack([axis.ravel() for axis in np.meshgrid(*nodes)], axis=1)
    away = (((at[:, None] - page.bubbles[None]) / POOL_MM) ** 2).sum(axis=2)
    return nodes, at, (np.exp(-away / 2) + 1e-3 * np.exp(-away / 32) + 1e-12).astype(np.float32)


@cache
def _sides() -> tuple[Floats, tuple[NDArray[np.intp], ...]]:
    """Return the samples to the left, to the right, above and below a bubble, as masks (m, 4) and as
    indices."""
    x, y = _masks()[0].T
    r = np.hypot(x, y)
    ring = (r > 2.5) & (r < 3.4)
    sides = tuple(ring & (to > 0.75 * r) for to in (-x, x, -y, y))
    return (
        np.array([side / side.sum() for side in sides], np.float32).T.copy(),
        tuple(np.flatnonzero(side) for side in sides),
    )


def blacks(page: SheetPageLayout, bars: Bars) -> Floats:
    """Return (n,): the black level at each bubble, from the bars beside its row, smoothed by a median of five
    rows."""
    left = page.bars[:, 0] < page.corners[:, 0].mean()
    ends = []
    for chosen in (left & bars.found, ~left & bars.found):
        order = np.argsort(page.bars[chosen, 1])
        y, black = page.bars[chosen, 1][order], bars.black[chosen][order]
        steady = np.sort(black[fives(len(black))], axis=0)[2]
        ends.append(np.interp(page.bubbles[:, 1], y, steady))
    sides = page.bars[left, 0].mean(), page.bars[~left, 0].mean()
    share = (page.bubbles[:, 0] - sides[0]) / (sides[1] - sides[0])
    return np.asarray((1 - share) * ends[0] + share * ends[1], np.float32)


def patches(image: Grey, page: SheetPageLayout, placed: PlacedSheet) -> Lengths:
    """Return (n patches, m): the darkness of the samples of each grey patch as scanned."""
    if not len(page.patches):
        return np.zeros((0, 1))
    half = min(page.patch_size) / 2 - 0.9
    grid = grid_of(half, half, 4.0)
    centres = placed.placement.pixels(page.patches)
    cuts = cut_outs(image, centres, jacobians(placed.placement.homography, page.patches), grid)
    found = placed.bars.found
    order = np.argsort(-page.bars[found, 1])[:4]
    black, white = median(placed.bars.black[found][order]), median(placed.bars.white[found][order])
    return np.asarray((white - cuts) / max(white - black, 1.0), np.float64)


def tone(page: SheetPageLayout, strip: Lengths) -> float:
    """Return the exponent that gives the grey patches their printed darkness; 1 if too few can be used."""
    measured = median(strip)
    use = (page.patch_grey >= 0.15) & (measured > 0.03) & (measured < 0.97)
    if use.sum() < 3:
        return 1.0
    exponent = median(np.log(page.patch_grey[use]) / np.log(measured[use]))
    return float(np.clip(exponent, 0.65, 1.6))


def darkest(mean: Floats, page: SheetPageLayout) -> NDArray[np.intp]:
    """Return the darkest bubble of each choice."""
    at = np.where(page.table < 0, -np.inf, mean[page.table]).argmax(axis=1)
    return np.asarray(page.table[np.arange(len(at)), at], np.intp)


def _own_print(values: Floats, page: SheetPageLayout, idle: NDArray[np.bool_]) -> Floats:
    """Return (n, 17): how much darkness each bubble's printed letter adds to its mean and cells.

    It is the median of the unmarked bubbles with that letter, or of all unmarked ones if fewer than four have
    it.
    """
    general = _middle(values[idle]) if idle.any() else np.zeros(values.shape[1])
    n_idle = np.bincount(page.label_code, weights=idle)
    letters = np.tile(general, (len(n_idle), 1))
    for code in np.flatnonzero(n_idle >= 4):
        letters[code] = _middle(values[idle & (page.label_code == code)])
    return np.asarray(np.clip(letters, 0.0, MOST_PRINT)[page.label_code], np.float32)


def _middle(values: Floats) -> Floats:
    """Return the upper median of each column."""
    at = len(values) // 2
    return np.asarray(np.partition(values, at, axis=0)[at], np.float32)


def _spread(values: Floats) -> float:
    return float(1.4826 * median(abs(values - median(values)))) if len(values) else 0.0

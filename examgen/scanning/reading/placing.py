"""Corner marks and timing bars → where the sheet is in the scan, in which orientation, or why it is not read.

All marks are examined in small cut-outs that are rotated and scaled to the sheet's own millimetres, so that
one drawn template fits marks of any size, rotation and perspective.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.page_reading import Placement
from examgen.scanning.reading.corners import Quad, bullseye
from examgen.scanning.reading.medians import median
from examgen.scanning.sheet_layout import SheetPageLayout

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Points = NDArray[np.float64]

CLOCKWISE = (0, 1, 3, 2)
"""Indices of the corners of a layout, clockwise from the upper left."""
WAYS = tuple((mirrored, turns) for mirrored in (False, True) for turns in (0, 2, 1, 3))
"""The ways to fit a sheet to four marks: whether mirrored, and how often turned; the likeliest first."""
DOUBTLESS = 0.97
"""The share of bars above which a pose is certainly right: in any other pose, bars are not where they should
be."""
POSE_SEEN = 0.55
"""The minimum share of bars that must be roughly where a pose puts them for it to be examined closely."""
BARS_FOUND = 0.7
"""The minimum share of bars that must be found for a page to be read."""
SIDE_FOUND = 0.5
"""The same for each side."""
PER_MM = 4.0
"""Samples per millimetre in cut-outs of marks."""
BAR_STEP_MM = 0.5
"""The step with which a bar is searched; its centre of gravity gives the rest."""
FINE_PER_MM = 8.0
SOME = 6
"""One of this many samples is used to estimate the black and white of a cut-out."""
REACH_MM = 2.25
"""The maximum distance of a bar from where the corner marks put it."""
BAR_DEPTH = 0.14
"""The minimum darkness of a bar, as a share of the paper around it."""
BAR_SHAPE = 1.5
"""The minimum darkness of a bar compared with its surroundings, in standard deviations of the cut-out."""
CORNER_SCORE = 0.55
WILD_MM, AGREE_MM = 0.5, 0.15


class Pose(NamedTuple):
    """A way to fit the sheet's corners to the four marks."""

    homography: Points
    """mm → pixels."""
    turns: int
    """How often the scan must be turned clockwise by 90 degrees to be upright."""
    mirrored: bool
    seen: float
    """Share of the timing bars that are roughly where this pose puts them."""
    sided: int
    """For the bars without an opposite one: how many more are seen where this pose puts them than where its
    mirror image would. Without them, a sheet and its mirror image have the same bars."""
    quad: Quad


class Bars(NamedTuple):
    """The timing bars as found."""

    shifts: Points
    """(n, 2): from where the homography puts them to where they are, in pixels."""
    found: NDArray[np.bool_]
    black: NDArray[np.float64]
    """(n,): grey level inside."""
    white: NDArray[np.float64]
    """(n,): grey level of the paper around."""


def poses(image: Grey, quad: Quad, page: SheetPageLayout, contrast: float) -> list[Pose]:
    """Return the eight ways to fit a sheet to four marks, the one that agrees best with its bars first.

    Returns only one if the bars leave no doubt about it.
    """
    found = []
    lone, opposite = _lone(page)
    for mirrored, turns in WAYS:
        marks = np.roll(quad.points, turns, axis=0)
        if mirrored:
            marks = marks[[1, 0, 3, 2]]
        corners = np.empty((4, 2))
        corners[list(CLOCKWISE)] = marks
        homography = _laid(page.corners, corners)
        seen = _seen(image, homography, np.vstack((page.bars, opposite)), page, contrast)
        own, other = seen[: len(page.bars)], seen[len(page.bars) :]
        sided = int(own[lone].sum()) - int(other.sum())
        found.append(Pose(homography, turns, mirrored, float(own.mean()), sided, quad))
        if not mirrored and found[-1].seen > DOUBTLESS and sided > 1:
            return found[-1:]
    return sorted(found, key=lambda pose: -pose.seen)


def _laid(mm: Points, pixels: Points) -> Points:
    """Return the projective map that takes four points to four points."""
    found = cv2.getPerspectiveTransform(mm.astype(np.float32), pixels.astype(np.float32))
    return np.asarray(found, np.float64)


@lru_cache(maxsize=64)
def _lone(page: SheetPageLayout) -> tuple[NDArray[np.intp], Points]:
    """Return the bars without an opposite one, and the positions opposite them."""
    opposite = page.bars * [-1, 1] + [2 * page.corners[:, 0].mean(), 0]
    away = np.hypot(*(opposite[:, None] - page.bars[None]).transpose(2, 0, 1)).min(axis=1)
    lone = np.flatnonzero(away > max(page.bar_size))
    return lone, opposite[lone]


def _seen(
    image: Grey, homography: Points, bars: Points, page: SheetPageLayout, contrast: float
) -> NDArray[np.bool_]:
    """Return whether a bar is roughly at each of these places."""
    half_x, half_y = page.bar_size[0] / 2, page.bar_size[1] / 2
    shifts = np.array([[0, 0], [0, -half_y], [0, half_y], [-half_x - 1.5, 0], [half_x + 1.5, 0]])
    x, y = projected(homography, (bars[:, None] + shifts).reshape(-1, 2)).round().astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < image.shape[1]) & (y < image.shape[0])
    grey = (
        np.where(inside, image[np.where(inside, y, 0), np.where(inside, x, 0)], 0)
        .reshape(-1, len(shifts))
        .astype(int)
    )
    white, black = grey[:, 3:].min(axis=1), grey[:, :3].min(axis=1)
    return np.asarray((white - black > 0.25 * contrast) & (white - black > BAR_DEPTH * white), np.bool_)


def projected(homography: Points, places: Points) -> Points:
    """Map (n, 2) points by a projective map."""
    moved = places @ homography[:, :2].T + homography[:, 2]
    away = moved[:, 2:]
    return np.asarray((moved[:, :2] / np.where(abs(away) < 1e-9, 1e-9, away)).clip(-1e6, 1e6), np.float64)


# ── cut-outs in the sheet's own millimetres ──────────────────────────────────────────────────


def jacobians(homography: Points, places: Points) -> Points:
    """Return (n, 2, 2): the pixels that correspond to a millimetre to the right and one down, at each
    point."""
    h = homography
    w = places @ h[2, :2] + h[2, 2]
    at = projected(h, places)
    found = np.empty((len(places), 2, 2))
    for k in (0, 1):
        found[:, :, k] = (h[:2, k] - at * h[2, k]) / w[:, None]
    return found


def cut_outs(image: Grey, centres: Points, jacobian: Points, grid: Points) -> Floats:
    """Return `greys` as floating-point numbers."""
    return greys(image, centres, jacobian, grid).astype(np.float32)


def greys(image: Grey, centres: Points, jacobian: Points, grid: Points) -> Grey:
    """Return (n, m): the image at each centre (pixels) plus each offset of the grid (m, 2) (mm); beyond its
    edges, the nearest value."""
    n, m = len(centres), len(grid)
    affine = np.concatenate((jacobian, centres[:, :, None]), axis=2).transpose(1, 0, 2).reshape(2 * n, 3)
    maps = (affine.astype(np.float32) @ np.vstack((grid.T, np.ones(m))).astype(np.float32)).reshape(2, n, m)
    cut = cv2.remap(image, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


@cache
def grid_of(half_x: float, half_y: float, per_mm: float) -> Points:
    """Return (m, 2): the offsets in mm of a grid around a centre, row by row."""
    x = np.arange(-half_x, half_x + 1e-9, 1 / per_mm)
    y = np.arange(-half_y, half_y + 1e-9, 1 / per_mm)
    return np.stack([axis.ravel() for axis in np.meshgrid(x, y)], axis=1)


# ── corners below a pixel ────────────────────────────────────────────────────────────────────


def refined(image: Grey, pose: Pose, page: SheetPageLayout) -> tuple[Points, NDArray[np.bool_]]:
    """Return the homography by corners found with subpixel precision, and which of the four were found."""
    homography, found = pose.homography, np.zeros(4, np.bool_)
    for reach in (3.0, 1.25):
        centres = projected(homography, page.corners)
        jacobian = jacobians(homography, page.corners)
        template = bullseye(page.bullseye, PER_MM, 1.0)
        half = (template.shape[0] - 1) / 2 / PER_MM + reach
        grid = grid_of(half, half, PER_MM)
        side = round(np.sqrt(len(grid)))
        cuts = greys(image, centres, jacobian, grid).reshape(4, side, side)
        for i in range(4):
            scores = np.asarray(cv2.matchTemplate(cuts[i], template, cv2.TM_CCOEFF_NORMED), np.float32)
            # its shift from the middle, by parabolas through the peak
            _, best, _, (x, y) = cv2.minMaxLoc(scores)
            found[i] = CORNER_SCORE < best <= 1.01
            if found[i]:
                across, down = scores[y, x - 1 : x + 2], scores[y - 1 : y + 2, x]
                shift = np.array([x + _vertex(across), y + _vertex(down)]) - scores.shape[0] // 2
                centres[i] += jacobian[i] @ (shift / PER_MM)
        if found.sum() < 3:
            return pose.homography, found
        if found.sum() == 3:
            gone = int(np.argmin(found))
            # opposite in the order top left, top right, bottom left, bottom right
            others = [i for i in range(4) if i not in (gone, 3 - gone)]
            if pose.quad.seen == 3:
                centres[gone] = centres[others].sum(axis=0) - centres[3 - gone]
        homography = _laid(page.corners, centres)
    return homography, found


def _vertex(three: NDArray[np.float32]) -> float:
    if len(three) < 3:
        return 0.0
    bend = float(three[0] - 2 * three[1] + three[2])
    return float(min(max(0.5 * (three[0] - three[2]) / bend, -0.5), 0.5)) if bend < 0 else 0.0


# ── bars ─────────────────────────────────────────────────────────────────────────────────────


@cache
def _bar_masks(width: float, height: float) -> tuple[Points, Floats, int, int]:
    """Return the grid of a bar's cut-out, masks (m, n shifts), each the mean around a bar minus that inside
    it, and the numbers of shifts along a side and in total."""
    half_x, half_y = width / 2 + 1.0 + REACH_MM, height / 2 + 1.0 + REACH_MM
    grid = grid_of(half_x, half_y, PER_MM)
    steps = np.arange(-REACH_MM, REACH_MM + 1e-9, BAR_STEP_MM)
    masks = []
    for dy in steps:
        for dx in steps:
            x, y = abs(grid[:, 0] - dx), abs(grid[:, 1] - dy)
            inside = (x < width / 2 - 0.1) & (y < height / 2 - 0.1)
            near = (x < width / 2 + 0.85) & (y < height / 2 + 0.85)
            around = near & ~((x < width / 2 + 0.15) & (y < height / 2 + 0.15))
            masks.append(around / around.sum() - inside / inside.sum())
    return grid, np.array(masks, np.float32).T.copy(), len(steps), len(masks)


def find_bars(image: Grey, homography: Points, page: SheetPageLayout, contrast: float) -> Bars:
    """Find the timing bars near where a homography puts them."""
    centres = projected(homography, page.bars)
    jacobian = jacobians(homography, page.bars)
    grid, masks, side, _ = _bar_masks(*page.bar_size)
    cuts = cut_outs(image, centres, jacobian, grid)
    scores = (cuts @ masks).reshape(-1, side, side)
    steps, height = peaks(scores)
    some = np.sort(cuts[:, ::SOME], axis=1)
    black, white = some[:, some.shape[1] // 40], some[:, -some.shape[1] // 10]
    at_edge = (abs(steps) >= (side - 1) / 2 - 0.01).any(axis=1)
    seen = centres + np.einsum("nij,nj->ni", jacobian, steps * BAR_STEP_MM)
    shifts = _centred(image, seen, jacobian, height, page.bar_size) - centres
    shape = height > BAR_SHAPE * cuts.std(axis=1)
    found = shape & (height > 0.2 * contrast) & (height > BAR_DEPTH * white) & ~at_edge
    return Bars(shifts, found, black.astype(np.float64), white.astype(np.float64))


def peaks(scores: Floats | Points) -> tuple[Points, Points]:
    """Return the steps in x and y from the middle of maps (n, side, side) to their peaks, (n, 2), and the
    heights."""
    n, side, _ = scores.shape
    y, x = np.divmod(scores.reshape(n, -1).argmax(axis=1), side)
    rows, inner_x, inner_y = np.arange(n), x.clip(1, side - 2), y.clip(1, side - 2)
    across = [scores[rows, inner_y, inner_x + k] for k in (-1, 0, 1)]
    down = [scores[rows, inner_y + k, inner_x] for k in (-1, 0, 1)]
    steps = np.stack((inner_x + _vertices(*across), inner_y + _vertices(*down)), axis=1) - (side - 1) / 2
    return steps, scores[rows, y, x].astype(np.float64)


def _vertices(one: Points, two: Points, three: Points) -> Points:
    bend = (one - 2 * two + three).astype(np.float64)
    with np.errstate(all="ignore"):
        return np.where(bend < 0, np.clip(0.5 * (one - three) / bend, -1, 1), 0.0)


@cache
def _middle(width: float, height: float) -> NDArray[np.intp]:
    """Return the samples inside a bar, as indices of the fine grid around it."""
    x, y = abs(grid_of(width / 2 + 0.75, height / 2 + 0.75, FINE_PER_MM)).T
    return np.flatnonzero((x < width / 2 - 0.4) & (y < height / 2 - 0.4))[::3]


def _centred(
    image: Grey, centres: Points, jacobian: Points, height: Points, size: tuple[float, float]
) -> Points:
    """Return the centres of bars (n, 2), moved to the centre of gravity of the dark area around them.

    A box correlated with a box has a roof-shaped peak, which no parabola fits.
    """
    grid = grid_of(size[0] / 2 + 0.75, size[1] / 2 + 0.75, FINE_PER_MM)
    cuts = cut_outs(image, centres, jacobian, grid)
    black = median(cuts[:, _middle(*size)])[:, None]
    weight = (black + height[:, None]) - cuts
    weight /= np.maximum(height[:, None], 1.0)
    np.minimum(weight, 1, out=weight)
    np.maximum(weight, 0, out=weight)
    weight -= 0.1
    np.maximum(weight, 0, out=weight)
    steps = weight @ grid.astype(np.float32) / np.maximum(weight.sum(axis=1), 1e-6)[:, None]
    moved: Points = centres + np.einsum("nij,nj->ni", jacobian, np.clip(steps, -0.6, 0.6))
    return moved


class PlacedSheet(NamedTuple):
    """A sheet located in a scan."""

    placement: Placement
    bars: Bars
    own: Points | None = None
    """(n, 2): how far bubbles beside a fold are from where the placement puts them, in pixels."""

    def centres(self, page: SheetPageLayout) -> Points:
        """Return (n, 2): the positions of the bubbles in pixels."""
        places = self.placement.pixels(page.bubbles)
        return places if self.own is None else places + self.own


def place(image: Grey, pose: Pose, page: SheetPageLayout, contrast: float) -> PlacedSheet | None:
    """Place a sheet by its corners and then by its bars; None if too few of them are found."""
    homography, corners = refined(image, pose, page)
    if corners.sum() < 3:
        return None
    bars = find_bars(image, homography, page, contrast)
    for _ in range(3):
        if corners.all() and bars.found.mean() > 0.97:
            break
        if bars.found.sum() < 8:
            break
        mm = np.vstack((page.bars[bars.found], np.repeat(page.corners[corners], 4, axis=0)))
        seen = projected(homography, page.bars[bars.found]) + bars.shifts[bars.found]
        pixels = np.vstack((seen, np.repeat(projected(homography, page.corners[corners]), 4, axis=0)))
        per_mm = float(np.sqrt(abs(_area(homography, page))))
        fitted, _ = cv2.findHomography(mm, pixels, cv2.RANSAC, per_mm)
        if fitted is None:
            break
        better = np.asarray(fitted, np.float64)
        again = find_bars(image, better, page, contrast)
        if again.found.sum() <= bars.found.sum() and corners.all():
            break
        homography, bars = better, again
    left = page.bars[:, 0] < page.corners[:, 0].mean()
    if bars.found.mean() < BARS_FOUND or min(bars.found[left].mean(), bars.found[~left].mean()) < SIDE_FOUND:
        return None
    rows = np.unique(page.bars[:, 1])
    residuals = np.zeros((len(rows), 2, 2))
    for side, chosen in enumerate((left, ~left)):
        known = chosen & bars.found
        order = np.argsort(page.bars[known, 1])
        y, shifts = page.bars[known, 1][order], _steadied(bars.shifts[known][order], homography, page)
        for axis in (0, 1):
            residuals[:, side, axis] = np.interp(rows, y, shifts[:, axis])
    sides = (float(page.bars[left, 0].mean()), float(page.bars[~left, 0].mean()))
    return PlacedSheet(Placement(homography, rows, sides, residuals), bars)


def _area(homography: Points, page: SheetPageLayout) -> float:
    """Return the square pixels per square millimetre in the middle of the sheet."""
    return float(np.linalg.det(jacobians(homography, page.corners.mean(axis=0)[None])[0]))


def _steadied(shifts: Points, homography: Points, page: SheetPageLayout) -> Points:
    """Return the displacements of the bars of a side, each averaged with its four neighbours if they agree.

    Folds and slips stay as sharp as they are. A bar that is out of step with its neighbours by half a
    millimetre is ignored.
    """
    if len(shifts) < 5:
        return shifts
    per_mm = np.sqrt(abs(_area(homography, page)))
    five = shifts[fives(len(shifts))]
    middle = np.sort(five, axis=0)[2]
    wild = (abs(shifts - middle) > WILD_MM * per_mm).any(axis=1, keepdims=True)
    own = np.where(wild, middle, shifts)
    agree = (abs(five - own) < AGREE_MM * per_mm).all(axis=2, keepdims=True)
    return np.asarray(np.where(agree, five, own).mean(axis=0), np.float64)


@cache
def fives(n: int) -> NDArray[np.intp]:
    """Return (5, n): for each of n, the indices of its two predecessors, itself, and its two successors,
    limited to the ends."""
    return (np.arange(n) + np.arange(-2, 3)[:, None]).clip(0, n - 1)


def distinct(pages: Iterable[SheetPageLayout]) -> list[SheetPageLayout]:
    """Return pages that differ in corners or bars, one of each."""
    found: dict[bytes, SheetPageLayout] = {}
    for page in pages:
        found.setdefault(page.corners.tobytes() + page.bars.tobytes(), page)
    return list(found.values())

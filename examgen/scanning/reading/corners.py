"""Grey pixels → where the four bullseyes of a sheet may be: the best quadrilaterals, most likely first.

Marks are found by normalised correlation with a drawn bullseye (Lewis, *Fast normalized cross-correlation*,
Vision Interface 1995) in a small copy of the page: first in a window at each corner, where scanners usually
put them; if that finds nothing, in the whole page at several scales. Each search gives several peaks, and
their shape decides: four marks of a sheet form a parallelogram of its proportions, and three of them
determine the fourth.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from math import atan2, dist, hypot, log
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.sheet_layout import SheetPageLayout

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]

SMALL_PER_MM = 1.9
"""The minimum pixels per millimetre of the copy in which marks are searched."""
CLEAR_MM = 1.5
"""The width of the white around the drawn bullseye."""
WINDOWS_MM = (30.0, 52.0)
"""The sides of the windows at the corners; the second is used if the first is not enough."""
BEYOND_MM = 4.0
"""How far the page is assumed to continue beyond the edges of the scan."""
PEAKS = 3
LEAST_SCORE = 0.5
"""The minimum correlation of a peak that may be a bullseye."""
SCALES = (1.08, 0.94, 0.82, 0.71, 0.62, 0.54, 0.47)
"""The sizes of the sheet that the search of the whole page tries, as shares of the picture."""
STEPS = (0.03, 0.01)
"""The steps by which an unseen mark is moved, first and then, as shares of the sheet."""
MOST_MARKS, MOST_QUADS = 18, 6


class Quad(NamedTuple):
    """Four corner marks in the picture, clockwise from any of them, and their score."""

    points: Points
    """(4, 2), pixels."""
    score: float
    gone: int | None = None
    """The index of the mark that was not seen and was placed by the parallelogram; None if all were seen."""

    @property
    def seen(self) -> int:
        """The number of marks that were seen."""
        return 4 if self.gone is None else 3


def smaller(image: Grey, per_mm: float, least_per_mm: float = SMALL_PER_MM) -> tuple[Grey, float]:
    """Halve the page until it is as small as the search needs, and return it with the factor."""
    factor = 1.0
    while per_mm / (2 * factor) >= least_per_mm:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        image = cv2.resize(
            image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA
        ).astype(np.uint8, copy=False)
        factor *= 2
    return image, factor


@cache
def bullseye(size: tuple[float, float, float], per_mm: float, clear_mm: float = CLEAR_MM) -> Grey:
    """Return a drawn bullseye on white, smoothed as in a scan; sizes as in `SheetPageLayout.bullseye`."""
    outer, ring, dot = size
    over = 8
    n = int(np.ceil((outer + 2 * clear_mm) * per_mm)) | 1
    axis = (np.arange(n * over) + 0.5) / over - n / 2
    r = np.hypot(axis[:, None], axis[None, :]) / per_mm
    black = (r < dot / 2) | ((r < outer / 2) & (r > outer / 2 - ring))
    drawn = 255 * (1 - black.reshape(n, over, n, over).mean((1, 3)))
    smooth = cv2.GaussianBlur(drawn, (0, 0), max(0.5, 0.12 * per_mm))
    return np.asarray(smooth.round(), np.uint8)


# ── where a scanner leaves them ──────────────────────────────────────────────────────────────


def quads_at_corners(
    small: Grey, per_mm: float, page: SheetPageLayout, contrast: float, window_mm: float
) -> list[Quad]:
    """Return the quadrilaterals of the peaks in a window at each corner."""
    reach = min(round(window_mm * per_mm), min(small.shape) // 2)
    # a mark at the very edge of a scan has no white beyond it
    pad = round(BEYOND_MM * per_mm)
    small = np.asarray(cv2.copyMakeBorder(small, pad, pad, pad, pad, cv2.BORDER_REPLICATE), np.uint8)
    reach += pad
    template = bullseye(page.bullseye, round(per_mm, 1))
    if reach <= template.shape[0]:
        return []
    height, width = small.shape
    peaks = []
    for top, left in ((0, 0), (0, width - reach), (height - reach, width - reach), (height - reach, 0)):
        found = bullseyes_in(small[top : top + reach, left : left + reach], template, PEAKS, contrast)
        peaks.append([(x + left - pad, y + top - pad, score) for x, y, score in found])
    return _best(_of_windows(peaks), page)


def bullseyes_in(
    window: Grey, template: Grey, most: int, contrast: float
) -> list[tuple[float, float, float]]:
    """Return the best positions of the template's centre, each with its correlation.

    In grey, a bubble with its letter looks much like a bullseye, so that anything paler than the black of the
    page is weighted down.
    """
    scores = cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED)
    cv2.patchNaNs(scores, 0)
    half, apart = template.shape[0] // 2, template.shape[0] // 2
    found = []
    for _ in range(3 * most):
        _, score, _, (x, y) = cv2.minMaxLoc(scores)
        if not LEAST_SCORE <= score <= 1.01:
            break
        under = window[y : y + 2 * half + 1, x : x + 2 * half + 1]
        white, black = int(under.max()), int(under.min())
        depth = min(1.0, max((white - black) / (0.7 * contrast), 1.5 * (1 - black / max(white, 1))))
        if score * depth >= LEAST_SCORE:
            found.append((x + half, y + half, score * depth))
        scores[max(y - apart, 0) : y + apart + 1, max(x - apart, 0) : x + apart + 1] = -1
    return sorted(found, key=lambda peak: -peak[2])[:most]


def _of_windows(peaks: list[list[tuple[float, float, float]]]) -> Iterator[Quad]:
    for chosen in itertools.product(*peaks):
        yield Quad(np.array([one[:2] for one in chosen], float), sum(one[2] for one in chosen))
    for gone in range(4):
        others = [peaks[(gone + k) % 4] for k in (1, 2, 3)]
        for one, two, three in itertools.product(*others):
            points = np.zeros((4, 2))
            for k, mark in enumerate((one, two, three), 1):
                points[(gone + k) % 4] = mark[:2]
            points[gone] = np.array(one[:2]) + np.array(three[:2]) - np.array(two[:2])
            yield Quad(points, one[2] + two[2] + three[2], gone)


def _best(quads: Iterator[Quad], page: SheetPageLayout, slack: float = 1.0) -> list[Quad]:
    """Return the quadrilaterals that a sheet may have, the best first."""
    spread = np.ptp(page.corners, axis=0)
    across, down = float(spread[0]), float(spread[1])
    found = []
    for quad in quads:
        fault = _fault(quad.points, across / down) / slack
        if fault < 0.1:
            # three marks count as three, and a little less than a bad fourth
            found.append(quad._replace(score=quad.score - 8 * fault))
    return sorted(found, key=lambda quad: -quad.score)[:MOST_QUADS]


def _fault(points: Points, proportion: float) -> float:
    """Return how far four points are from a rectangle of the sheet's proportions, lying or standing; 0 for
    none."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points.tolist()
    one, two = hypot(bx - ax, by - ay), hypot(cx - bx, cy - by)
    three, four = hypot(dx - cx, dy - cy), hypot(ax - dx, ay - dy)
    longest = max(one, two, three, four)
    if not longest or min(one, two, three, four) < 0.3 * longest:
        return 9.0
    across, down = (one + three) / 2, (two + four) / 2
    shape = abs(log(min(across, down) / max(across, down) / proportion))
    bend = hypot(ax - bx + cx - dx, ay - by + cy - dy) / longest
    unequal = abs(one - three) / longest + abs(two - four) / longest
    # the area is positive where they run clockwise
    area = (bx - ax) * (cy - by) - (by - ay) * (cx - bx)
    square = abs(area / (one * two) - 1)
    return max(shape, bend, unequal / 2, square) if area > 0 else 9.0


# ── anywhere ─────────────────────────────────────────────────────────────────────────────────


def quads_anywhere(small: Grey, page: SheetPageLayout, height_mm: float, contrast: float) -> list[Quad]:
    """Return the quadrilaterals of bullseyes of any size anywhere, for photographs and for sheets fed
    askew."""
    full = max(small.shape) / height_mm
    per_mm = 2.2
    template = bullseye(page.bullseye, per_mm)
    found: list[tuple[float, float, float, float]] = []
    for share in SCALES:
        shrink = per_mm / (full * share)
        size = (round(small.shape[1] * shrink), round(small.shape[0] * shrink))
        if min(size) <= template.shape[0] or shrink > 2.5:
            continue
        copy = cv2.resize(small, size, interpolation=cv2.INTER_AREA if shrink < 0.7 else cv2.INTER_LINEAR)
        for x, y, score in bullseyes_in(copy.astype(np.uint8, copy=False), template, 10, contrast):
            found.append(((x + 0.5) / shrink - 0.5, (y + 0.5) / shrink - 0.5, full * share, score))
    # what looks like a small bullseye is often a bubble with its letter
    found.sort(key=lambda mark: -mark[3] * mark[2] ** 0.25)
    kept: list[tuple[float, float, float, float]] = []
    for mark in found:
        if all(np.hypot(mark[0] - one[0], mark[1] - one[1]) > 5 * one[2] for one in kept):
            kept.append(mark)
    marks = kept[:MOST_MARKS]
    return _best(_of_marks(marks), page, slack=4.0)


def _of_marks(marks: list[tuple[float, float, float, float]]) -> Iterator[Quad]:
    # thousands of quadrilaterals: of so few numbers each, plain ones are quicker than arrays
    for four in itertools.combinations(marks, 4):
        sizes = [mark[2] for mark in four]
        if max(sizes) < 1.9 * min(sizes):
            points = [mark[:2] for mark in four]
            order = _clockwise(points)
            yield Quad(np.array([points[i] for i in order]), sum(mark[3] for mark in four))
    for three in itertools.combinations(marks, 3):
        sizes = [mark[2] for mark in three]
        if max(sizes) < 1.5 * min(sizes):
            points = [mark[:2] for mark in three]
            sides = [dist(points[i - 1], points[i - 2]) for i in range(3)]
            right = sides.index(max(sides))  # the right angle lies opposite the longest side
            x, y = (sum(axis) - 2 * axis[right] for axis in zip(*points, strict=True))
            points.append((x, y))
            order = _clockwise(points)
            yield Quad(np.array([points[i] for i in order]), sum(mark[3] for mark in three), order.index(3))


def moved(quad: Quad, step: float) -> Iterator[Quad]:
    """Yield the quadrilateral with the unseen mark moved: in a photograph it is not where a parallelogram
    puts it."""
    if quad.gone is None:
        return
    size = float(np.ptp(quad.points, axis=0).max())
    for x, y in itertools.product(range(-4, 5), repeat=2):
        if x or y:
            points = quad.points.copy()
            points[quad.gone] += size * step * np.array([x, y])
            yield quad._replace(points=points)


def _clockwise(points: Sequence[tuple[float, float]]) -> list[int]:
    """Return the order of points around their centre."""
    x, y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return sorted(range(len(points)), key=lambda i: atan2(points[i][1] - y, points[i][0] - x))

"""A sheet that was read and its picture → whether the picture also shows a side of another sheet.

Two corner marks at the distance of those of a sheet are a side of one. A single one is a corner that is in
the picture by chance, as when sheet after sheet is photographed on a table; that sheet will have its own
picture.
"""

from __future__ import annotations

from itertools import combinations
from math import hypot

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.reading.corners import bullseye, bullseyes_in, smaller
from examgen.scanning.reading.placing import jacobians, projected
from examgen.scanning.sheet_layout import SheetPageLayout

Grey = NDArray[np.uint8]

OWN_MM = 6.0
"""How far beyond its corner marks a sheet extends; no mark of another one is nearer."""
ROOM_MM = 13.0
"""How far the picture must extend beyond that to have room for a mark of another sheet."""
PER_MM = 2.2
"""Pixels per millimetre of the sheet that is searched."""
SIZES = (1.5, 1.25, 1.05, 0.88, 0.74)
"""The sizes that are tried, as shares of the size of the sheet that was read."""
LEAST_SCORE = 0.7
"""The minimum correlation of a peak that is a bullseye, and not a bubble with its letter."""
MOST_MARKS = 8
"""The maximum number of peaks for each side of the picture at each size."""
SAME_SIZE = 1.25
"""The maximum ratio of the sizes of two marks of one sheet as found, and of their distance to the one
expected for that size."""

Mark = tuple[float, float, float]
"""x and y in the halved picture, and pixels per millimetre."""


def shows_second_sheet(
    image: Grey, homography: NDArray[np.float64], page: SheetPageLayout, white: float, contrast: float
) -> bool:
    """Return whether two corner marks of another sheet are visible beside the sheet that was read."""
    per_mm = float(np.sqrt(abs(np.linalg.det(jacobians(homography, page.corners.mean(axis=0)[None])[0]))))
    (left, top), (right, bottom) = page.corners.min(axis=0) - OWN_MM, page.corners.max(axis=0) + OWN_MM
    own = projected(homography, np.array([(left, top), (right, top), (right, bottom), (left, bottom)]))
    height, width = image.shape
    # a mark at the edge of what the sheet covers is whole only with what is beyond that edge
    more, room = OWN_MM * per_mm, (OWN_MM + ROOM_MM) * per_mm
    x0, y0 = (own.min(axis=0) + more).clip(0, [width, height]).round().astype(int).tolist()
    x1, y1 = (own.max(axis=0) - more).clip(0, [width, height]).round().astype(int).tolist()
    beside = ((0, 0, width, y0), (0, y1, width, height), (0, 0, x0, height), (x1, 0, width, height))
    sides = [side for side in beside if min(side[2] - side[0], side[3] - side[1]) >= room]
    if not sides:
        return False
    # halved, as far as the smallest marks that are looked for allow: the copies below are quickly made of it
    image, factor = smaller(image, per_mm * min(SIZES), PER_MM)
    own, per_mm = (own + 0.5) / factor - 0.5, per_mm / factor
    template = bullseye(page.bullseye, PER_MM)
    pad = template.shape[0] // 2
    marks: list[Mark] = []
    for a, b, c, d in (tuple(round(edge / factor) for edge in side) for side in sides):
        for size in SIZES:
            scale = PER_MM / (per_mm * size)
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            copy = cv2.resize(image[b:d, a:c], None, fx=scale, fy=scale, interpolation=how)
            # the sheet that was read is none of it
            cv2.fillPoly(copy, [((own - [a, b] + 0.5) * scale - 0.5).round().astype(np.int32)], float(white))
            # a mark at the very edge of a picture has no white beyond it
            copy = cv2.copyMakeBorder(copy, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
            peaks = bullseyes_in(np.asarray(copy, np.uint8), template, MOST_MARKS, contrast)
            marks += [
                ((x - pad + 0.5) / scale - 0.5 + a, (y - pad + 0.5) / scale - 0.5 + b, per_mm * size)
                for x, y, score in peaks
                if score >= LEAST_SCORE
            ]
    across, down = np.ptp(page.corners, axis=0).tolist()
    lengths = (across, down, hypot(across, down))
    # two marks that are as far from one another as two corners of a sheet of their size
    for (x, y, one), (u, v, other) in combinations(marks, 2):
        if max(one, other) > SAME_SIZE * min(one, other):
            continue
        apart = hypot(x - u, y - v) / ((one + other) / 2)
        if any(1 / SAME_SIZE < apart / side < SAME_SIZE for side in lengths):
            return True
    return False

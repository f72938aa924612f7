"""A scanned page and the doubtful bubbles on it → pictures: each row, the head of the sheet, the sheet.

Pictures are grey WebP, upright. A row is cut along its own bubbles, so that it is level however the paper was
placed in the scanner, and includes its surroundings above and below. Lengths are in diameters of a bubble
(4.2 mm on our sheets).
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from examgen.scanning.gallery.in_doubt import Doubt, DoubtBubbles

LEFT, RIGHT, HEIGHT = 2.0, 1.3, 4.6
"""The crop of a row: the margin before the first bubble in addition to half the distance to the next one (for
the number of the question), the margin after the last bubble, and the height."""
OWN = 1.5
"""The height of the row itself, in the middle of the crop."""
HEAD = (1.5, 6.5, 1.5, 1.5)
"""The margins of the crop of a head: left of the bubbles, above them (name, number as written), right,
below."""
MOST_PX_MM = 7.0
"""The maximum pixels per millimetre of a row: those of a scan with 180 dots per inch."""
HEAD_PX_MM = 4.0
BUBBLE_MM = 4.2
QUALITY, SHEET_QUALITY = 45, 30

_BLACK, _PAPER = 0.5, 60.0
"""The percentiles of a page that represent its print and its paper."""
_RANGE, _MOST_CONTRAST = 200.0, 2.0
_SHOWN_PAPER = 232.0
"""The grey level at which paper is shown."""

_TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
"""Degrees clockwise → the constant of Pillow, which turns the other way."""

Box = tuple[float, float, float, float]
"""Left, top, width, height as shares of a picture."""


class CropPicture(NamedTuple):
    """A picture as WebP, and its size in pixels."""

    data: bytes
    width: int
    height: int


class Crop(NamedTuple):
    """The picture of a doubt, the part of its height that is the row itself, and its position on the
    sheet."""

    picture: CropPicture
    middle: tuple[float, float]
    """The top and height of the row, as shares of the crop's height."""
    frame: Box
    spots: tuple[tuple[float, float], ...] = ()
    """For a row, the centres of its bubbles on the sheet, as shares of its width and height."""
    along: tuple[float, ...] = ()
    """The same along the crop, as shares of its width."""
    radius: float = 0.0
    """The radius of the bubbles, as a share of the width of the sheet."""


class PagePictures(NamedTuple):
    """All pictures of one page: the crops in the order of its doubts, and the sheet."""

    crops: tuple[Crop, ...]
    sheet: CropPicture | None


def page_pictures(
    grey: NDArray[np.uint8], rotation: int, doubts: Sequence[Doubt], sheet_height: int
) -> PagePictures:
    """Return the pictures of a page, which is (height, width), 0 black to 255 white, and turned by
    `rotation`.

    `sheet_height` is the height of the sheet's picture in pixels, 0 for none.
    """
    image = Image.fromarray(grey)
    upright = image.transpose(_TURNS[rotation]) if rotation else image
    # By how much the page's print must be drawn apart from its paper to stand out as in a good scan.
    few = grey[::7, ::7]
    black, paper = np.percentile(few, (_BLACK, _PAPER)) if few.size else (0.0, 255.0)
    contrast = float(np.clip(_RANGE / max(1.0, paper - black), 1.0, _MOST_CONTRAST))
    wide, high = image.width - 1.0, image.height - 1.0
    crops: list[Crop] = []
    for one in doubts:
        # the bubbles in pixels of the page that was turned clockwise
        x, y = np.asarray(one.bubbles.x, float), np.asarray(one.bubbles.y, float)
        u, v = {0: (x, y), 90: (high - y, x), 180: (wide - x, high - y), 270: (y, wide - x)}[rotation]
        bubbles = one.bubbles._replace(x=tuple(map(float, u)), y=tuple(map(float, v)))
        crops.append((_row if one.kind == "mark" else _head)(upright, bubbles, contrast))
    sheet = None
    if sheet_height:
        height = min(sheet_height, upright.height)
        width = max(8, round(upright.width * height / upright.height))
        small = upright.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)
        sheet = _webp(small, SHEET_QUALITY)
    return PagePictures(tuple(crops), sheet)


def _plainer(crop: Image.Image, contrast: float) -> Image.Image:
    """Return a crop with its paper, which is most of it, as light as in every other, and its marks in
    proportion.

    A light pencil mark is as visible in a dark scan as in a light one, and nothing is bleached.
    """
    grey = np.asarray(crop, np.float32)
    levels = (grey - np.median(grey)) * contrast + _SHOWN_PAPER
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _row(upright: Image.Image, bubbles: DoubtBubbles, contrast: float) -> Crop:
    diameter = 2 * bubbles.radius
    angle = math.atan2(bubbles.y[-1] - bubbles.y[0], bubbles.x[-1] - bubbles.x[0])
    if abs(angle) > math.pi / 4:  # not a row: a reading that is wrong, shown as it lies
        angle = 0.0
    across = np.array([math.cos(angle), math.sin(angle)])
    down = np.array([-across[1], across[0]])
    length = math.hypot(bubbles.x[-1] - bubbles.x[0], bubbles.y[-1] - bubbles.y[0])
    before = LEFT * diameter + length / max(1, len(bubbles.x) - 1) / 2
    wide, high = before + length + RIGHT * diameter, HEIGHT * diameter
    start = np.array([bubbles.x[0], bubbles.y[0]]) - before * across - high / 2 * down
    per_px = max(1.0, diameter / BUBBLE_MM / MOST_PX_MM)
    size = (max(8, round(wide / per_px)), max(8, round(high / per_px)))
    step_x, step_y = across * per_px, down * per_px
    coefficients = (step_x[0], step_y[0], start[0], step_x[1], step_y[1], start[1])
    cut = upright.transform(
        size,
        Image.Transform.AFFINE,
        tuple(map(float, coefficients)),
        Image.Resampling.BICUBIC,
        fillcolor=255,
    )
    middle = ((HEIGHT - OWN) / 2 / HEIGHT, OWN / HEIGHT)
    ends = [(bubbles.x[n], bubbles.y[n]) for n in (0, -1)]
    left, right = (min(x for x, _ in ends) - diameter, max(x for x, _ in ends) + diameter)
    top, bottom = (min(y for _, y in ends) - 0.75 * diameter, max(y for _, y in ends) + 0.75 * diameter)
    frame = _share(upright, left, top, right, bottom)
    places = [*zip(bubbles.x, bubbles.y, strict=True)]
    spots = tuple((round(x / upright.width, 4), round(y / upright.height, 4)) for x, y in places)
    along = tuple(round(float((np.array(place) - start) @ across) / wide, 4) for place in places)
    radius = round(bubbles.radius / upright.width, 5)
    return Crop(_webp(_plainer(cut, contrast), QUALITY), middle, frame, spots, along, radius)


def _head(upright: Image.Image, bubbles: DoubtBubbles, contrast: float) -> Crop:
    diameter = 2 * bubbles.radius
    left, above, right, below = (length * diameter for length in HEAD)
    box = (
        max(0, round(min(bubbles.x) - left)),
        max(0, round(min(bubbles.y) - above)),
        min(upright.width, round(max(bubbles.x) + right)),
        min(upright.height, round(max(bubbles.y) + below)),
    )
    cut = upright.crop(box)
    per_px = max(1.0, diameter / BUBBLE_MM / HEAD_PX_MM)
    small = cut.resize(
        (max(8, round(cut.width / per_px)), max(8, round(cut.height / per_px))), Image.Resampling.BOX
    )
    return Crop(_webp(_plainer(small, contrast), QUALITY), (0.0, 1.0), _share(upright, *box))


def _share(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Box:
    """Return a box in shares of the page, limited to the page."""
    x, y = (sorted((0.0, min(1.0, max(0.0, at)), 1.0))[1] for at in (left / image.width, top / image.height))
    width, height = (right - left) / image.width, (bottom - top) / image.height
    return (round(x, 4), round(y, 4), round(min(width, 1 - x), 4), round(min(height, 1 - y), 4))


def _webp(image: Image.Image, quality: int) -> CropPicture:
    out = io.BytesIO()
    image.convert("L").save(out, "WEBP", quality=quality, method=2)
    return CropPicture(out.getvalue(), *image.size)

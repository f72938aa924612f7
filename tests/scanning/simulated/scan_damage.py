"""What happens to paper before it is scanned: copies, toner, folds, torn corners, holes, dirt, writing."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from examgen.scanning.filled_sheets import Pixels
from tests.scanning.simulated.distortions import Level
from tests.scanning.simulated.drawing import BlankSheet, take_light
from tests.scanning.simulated.people import Random

HOLES_APART = 80.0
"""mm between the centres of punched holes (ISO 838), which are 6 mm wide and 12 mm from the edge."""


class Fold(NamedTuple):
    """A fold: where it crosses the page, and how it was pressed flat again."""

    angle: float
    """Of its normal, radians."""
    offset: float
    """Of the line from the origin along the normal, mm."""
    width: float
    """mm at each side that do not lie flat."""
    lost: float
    """mm of paper that the fold hides, less where it was pulled flat."""


def printed_paper(raster: Pixels, level: Level, rng: Random) -> Pixels:
    """The sheet as its printer made it: with less than full black, or a copy of it with specks."""
    toner = rng.uniform(*level.toner)
    curve = 255 - (255 - np.arange(256)) * toner
    is_copy = rng.random() < level.copied
    if is_copy:  # a copier drives greys apart
        curve = 255 / (1 + np.exp(-(np.arange(256) - rng.uniform(95, 150)) / rng.uniform(28, 45)))
        curve = 255 - (255 - np.maximum(curve, 255 - 255 * toner)) * (curve < 252)
    pixels = cv2.LUT(raster, np.clip(curve, 0, 255).astype(np.uint8)).astype(np.uint8, copy=False)
    if is_copy:
        _specks(pixels, int(rng.integers(100, 900)), 1, rng)
    return pixels


def folds(level: Level, width: float, height: float, rng: Random) -> tuple[Fold, ...]:
    """Folds of a page of that size: across the middle, or anywhere and askew."""
    if rng.random() >= level.fold:
        return ()
    found = []
    for _ in range(int(rng.integers(1, 3))):
        angle = rng.normal(0.0, 0.04) + rng.choice([0.0, np.pi / 2]) + (rng.random() < 0.15) * 0.7
        share = rng.choice([0.5, 1 / 3, rng.uniform(0.1, 0.9)]) + rng.normal(0.0, 0.01)
        through = np.array([width, height]) * share
        offset = float(through @ [np.cos(angle), np.sin(angle)])
        found.append(Fold(float(angle), offset, rng.uniform(0.8, 4.0), rng.uniform(0.1, 0.9)))
    return tuple(found)


def wear(paper: BlankSheet, level: Level, folded: tuple[Fold, ...], background: int, rng: Random) -> None:
    """Creases, a torn or turned-down corner, holes, dirt, in the pixels of a page."""
    for fold in folded:
        # toner rubbed off along the line, light on one side of it and shade on the other
        height, width = (side / paper.scale for side in paper.pixels.shape[:2])
        normal = np.array([np.cos(fold.angle), np.sin(fold.angle)])
        along = np.array([-normal[1], normal[0]]) * (width + height)
        middle = normal * fold.offset
        path = np.stack([middle - along, middle + along])
        for away, thickness, darkness in ((0.6, 1.6, 0.10), (0.0, 0.5, 0.22), (0.0, 0.25, -0.5)):
            amount = darkness * rng.uniform(0.4, 1.2)
            take_light(paper, [path + normal * away], thickness, amount)
    corner, holes, dirt, over = rng.random(4)
    if dirt < level.dirt:
        _dirt(paper, rng)
    grey = paper.pixels.ndim == 2
    if over < level.written_over:
        # a mark or a remark in pen, large, most often above the answers
        height, width = paper.pixels.shape[:2]
        x = int(rng.uniform(0.25, 0.8) * width)
        y = int((rng.uniform(0.05, 0.35) if rng.random() < 0.7 else rng.uniform(0.4, 0.95)) * height)
        text = str(rng.choice(["37/40", "OK", "28", "15+", "??", "R. 201"]))
        size = rng.uniform(0.8, 2.2) * paper.scale / 6
        colour = int(rng.integers(40, 130)) if grey else (60, 40, 190)
        cv2.putText(paper.pixels, text, (x, y), cv2.FONT_HERSHEY_SCRIPT_COMPLEX, size, colour, 6, cv2.LINE_AA)
    if holes < level.holes:
        height, width = (side / paper.scale for side in paper.pixels.shape[:2])
        from_edge = rng.normal(12.0, 1.5)
        from_edge = from_edge if rng.random() < 0.8 else width - from_edge
        middle = height / 2 + rng.normal(0.0, 4.0)
        for down in (middle - HOLES_APART / 2, middle + HOLES_APART / 2):
            centre = round(from_edge * paper.scale), round(down * paper.scale)
            shade = background if grey else (background,) * 3
            cv2.circle(paper.pixels, centre, round(3.0 * paper.scale), shade, -1, cv2.LINE_AA)
    if corner < level.corner:
        _lose_corner(paper, background, rng)


def _lose_corner(paper: BlankSheet, background: int, rng: Random) -> None:
    """A corner torn off, or turned down so that the white back shows."""
    height, width = paper.pixels.shape[:2]
    a, b = rng.uniform(10.0, 38.0, 2) * paper.scale
    triangle = np.array([[0, 0], [a, 0], [b * 0.1, b * 0.1] if rng.random() < 0.3 else [0, 0], [0, b]])
    if rng.random() < 0.5:
        triangle[:, 0] = width - triangle[:, 0]
    if rng.random() < 0.5:
        triangle[:, 1] = height - triangle[:, 1]
    points = triangle.astype(np.int32)
    turned_down = rng.random() < 0.3
    inner = None
    if turned_down:
        # where the corner comes to lie when the paper is folded along the line from one end to the other
        line = (points[3] - points[1]).astype(float)
        line /= np.hypot(*line)
        away = (points[0] - points[1]).astype(float)
        inner = np.asarray(points[1] + 2 * (away @ line) * line - away)
    shade = background if paper.pixels.ndim == 2 else (background,) * 3
    cv2.fillPoly(paper.pixels, [points], shade)
    if inner is not None:
        back = np.array([points[1], inner, points[3]], np.int32)
        white = 246 if paper.pixels.ndim == 2 else (246, 247, 248)
        cv2.fillPoly(paper.pixels, [back], white)
        edge = 150 if paper.pixels.ndim == 2 else (150, 150, 150)
        cv2.polylines(paper.pixels, [back], True, edge, 3, cv2.LINE_AA)


def _dirt(paper: BlankSheet, rng: Random) -> None:
    """Specks, and at times the ring of a cup or a smudge of a finger."""
    _specks(paper.pixels, int(rng.integers(10, 120)), 3, rng)
    height, width = (side / paper.scale for side in paper.pixels.shape[:2])
    what = rng.random()
    centre = rng.uniform([0, 0], [width, height])
    if what < 0.2:
        angle = np.linspace(0, 2 * np.pi * rng.uniform(0.6, 1.0), 60)
        radius = rng.uniform(28, 42) + np.cumsum(rng.normal(0, 0.1, 60))
        path = centre + np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        take_light(paper, [path], rng.uniform(1.0, 4.0), rng.uniform(0.05, 0.22), soft=1.5)
    elif what < 0.7:
        path = centre + rng.normal(0.0, 9.0, (6, 2)).cumsum(axis=0) * 0.6
        take_light(paper, [path], rng.uniform(5.0, 14.0), rng.uniform(0.03, 0.15), soft=5.0)


def _specks(pixels: Pixels, n: int, largest: int, rng: Random) -> None:
    height, width = pixels.shape[:2]
    xs, ys = rng.integers(0, width, n).tolist(), rng.integers(0, height, n).tolist()
    sizes, shades = rng.integers(0, largest + 1, n).tolist(), rng.integers(20, 190, n).tolist()
    for x, y, size, shade in zip(xs, ys, sizes, shades, strict=True):
        colour = shade if pixels.ndim == 2 else (shade, shade, shade)
        cv2.circle(pixels, (x, y), size, colour, -1, cv2.LINE_AA)

"""Sides of sheets and their printed pixels → simulated scans, each with the truth of every bubble.

Everything follows from the seed and the number of the sheet: neither the order in which pages are made nor
the number of processes changes a pixel. Seeds from 900,000 on are for measuring alone: who tunes a reader
looks at none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from examgen.core.candidate_numbers import places
from examgen.scanning.filled_sheets import Bools, Pixels, Side, raster
from tests.scanning.simulated import people
from tests.scanning.simulated.distortions import LEVELS
from tests.scanning.simulated.drawing import BlankSheet, draw, figure, scribble
from tests.scanning.simulated.people import COUNTING, Marks
from tests.scanning.simulated.scan_damage import folds, printed_paper, wear
from tests.scanning.simulated.scanners import Floats, SimulatedScan, scanned

PRINTED_DPI = 300
"""Sheets are rasterised and filled at this density."""
_INSIDE_MM = 1.45
"""Radius of what is taken for the inside of a bubble when darkness is measured."""
_PARTS = 12
"""Of the ring of a bubble, each of which tells where its middle is."""


class SimulationOptions(NamedTuple):
    """What is to be simulated."""

    level: int
    seed: int
    marks: Marks = "usual"
    dpi: int | None = None
    """Of every scan; drawn by level where it is not given."""


class SimulatedPage(NamedTuple):
    """A scan of one side, and what is true of it. Arrays are over its bubbles in the order of sheet.json."""

    side: Side
    scan: SimulatedScan
    made: tuple[str, ...]
    """What was made in each: kinds, `printed` for what came filled, joined by `+`; empty for nothing."""
    tool: tuple[str, ...]
    counts: Bools
    """Whether it is marked: what a right reading says. Erasures, strays and what was taken back are not."""
    darkness: NDArray[np.float32]
    """Light that is missing inside, as a share of what the empty bubble gives back, before it is scanned."""
    xy: Floats
    """(n, 2): centres in pixels of the scan; whole numbers are the centres of pixels."""
    ends: Floats
    """(n, 2, 2): where the middle of each would be by those two parts of its ring that disagree most, pixels:
    twice `xy`, but for bubbles that a fold, a slip or lost lines cross."""
    corners: Floats
    """(4, 2): centres of the bullseyes in pixels, in the order of `layout.CORNERS`."""


def simulated_page(side: Side, raster: Pixels, wanted: SimulationOptions) -> SimulatedPage:
    """One side filled and scanned; `raster` is its page as printed: grey, at `PRINTED_DPI`."""
    person = np.random.default_rng([wanted.seed, side.sheet, 0])
    rng = np.random.default_rng([wanted.seed, side.sheet, side.page.page])
    level = LEVELS[wanted.level]
    habit = people.habit_of(wanted.level, wanted.marks, person)
    pixels = printed_paper(raster, level, rng)
    if rng.random() < level.colour:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    paper = BlankSheet(pixels, PRINTED_DPI / 25.4)
    before = _insides(paper, side)
    made = people.made_on(side, habit, wanted.level, wanted.marks, rng)
    if wanted.level:
        # What is written by hand besides marks: a signature; without a serial, name, room, seat and number.
        areas = side.page.areas
        names = ["signature"] if side.serial else ["name", "room", "seat", "signature"]
        for name in names:
            if name in areas and rng.random() < 0.9:
                scribble(paper, areas[name], habit, rng)
        if not side.serial:
            for place, char in enumerate(places(side.candidate_id), 1):
                if f"number {place}" in areas:
                    figure(paper, char, areas[f"number {place}"], habit, rng)
            if "form" in areas:
                figure(paper, side.form[:2], areas["form"], habit, rng)
    for one in made:
        x, y = side.page.bubbles[one.bubble]
        draw(paper, one, x, y, rng)
    darkness = 1 - _insides(paper, side) / np.maximum(before, 1.0)
    folded = folds(level, side.layout.width, side.layout.height, rng)
    background = 255 if rng.random() < 0.6 else int(rng.integers(0, 60)) if wanted.level > 1 else 250
    wear(paper, level, folded, background, rng)
    # a raster has whole pixels, and the page is stretched to fill them
    width, height = (of / paper.scale for of in (pixels.shape[1], pixels.shape[0]))
    stretched = width / side.layout.width, height / side.layout.height
    at = np.concatenate([side.page.bubbles, side.page.corners]) * stretched
    angle = np.arange(_PARTS) * 2 * np.pi / _PARTS
    ring = np.stack((np.cos(angle), np.sin(angle)), axis=1) * side.layout.diameter / 2
    scan = scanned(paper, at, wanted.level, folded, background, rng, wanted.dpi, ring)
    # Of each bubble what was made in it and with what, and whether it counts.
    n = len(side.page.bubbles)
    kinds: list[list[str]] = [["printed"] if printed else [] for printed in side.printed]
    tools = [""] * n
    counts = side.printed.copy()
    for one in made:
        kinds[one.bubble].append(one.kind)
        tools[one.bubble] = one.habit.tool
        counts[one.bubble] |= one.kind in COUNTING
    return SimulatedPage(
        side=side,
        scan=scan,
        made=tuple("+".join(kind) for kind in kinds),
        tool=tuple(tools),
        counts=counts,
        darkness=np.where(side.printed, 1.0, darkness),
        xy=scan.places[:n],
        ends=scan.ends[:n],
        corners=scan.places[n:],
    )


def _insides(paper: BlankSheet, side: Side) -> NDArray[np.float32]:
    """Mean light of the inside of each bubble, from some sixty points."""
    steps = np.linspace(-_INSIDE_MM, _INSIDE_MM, 9)
    dx, dy = (grid.ravel() for grid in np.meshgrid(steps, steps))
    inside = dx**2 + dy**2 <= _INSIDE_MM**2
    xs = (side.page.bubbles[:, :1] + dx[inside]) * paper.scale
    ys = (side.page.bubbles[:, 1:] + dy[inside]) * paper.scale
    values = paper.pixels[ys.astype(np.intp), xs.astype(np.intp)]
    if values.ndim == 3:
        values = values @ np.array([0.114, 0.587, 0.299])
    return np.asarray(values.mean(axis=1), np.float32)


Means = tuple[pypdfium2.PdfDocument, Sequence[tuple[int, Side]], SimulationOptions]
"""What a worker makes pages with: the printed sheets, what is to be filled with its page of these, from 0."""


def task_means(pdf: Path, sides: Sequence[tuple[int, Side]], wanted: SimulationOptions) -> Means:
    """In the worker: the PDF is opened there."""
    return pypdfium2.PdfDocument(pdf), sides, wanted


def page_of_task(means: Means, number: int) -> SimulatedPage:
    """The page of a number."""
    document, sides, wanted = means
    at, side = sides[number]
    return simulated_page(side, raster(document, at, PRINTED_DPI), wanted)

"""Simulated scans: repeatable, true about where bubbles came to lie and about what was made in them."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.scanning.layout import ITEM, SheetLayout
from examgen.scanning.simulated.pages import SimulatedPage, Wanted, simulated_page, simulated_pages
from examgen.scanning.simulated.sheets import PRINTED_DPI, Side, said, side_of
from tests.scanning.test_reading import Printed, printed  # noqa: F401

PER_MM = PRINTED_DPI / 25.4
SEED = 4
ANSWERS = [("A", "B", "C", "D", "", "AC")[n % 6] for n in range(40)]


def nobodys(layout: SheetLayout, sheet: int) -> Side:
    return side_of(layout, layout.pages[0], sheet, "", "1234567890123", "B", ANSWERS)


@pytest.fixture(scope="module")
def raster(printed: Printed) -> NDArray[np.uint8]:  # noqa: F811
    size = round(printed.layout.width * PER_MM), round(printed.layout.height * PER_MM)
    return np.asarray(cv2.resize(printed.blank, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def darkest_centre(page: SimulatedPage, place: NDArray[np.float64], around: int) -> NDArray[np.float64]:
    """The middle of what is dark near a place, in pixels."""
    image = page.scan.image
    grey = (image if image.ndim == 2 else image[..., 1]).astype(float)
    x, y = (round(v) for v in place)
    part = grey[y - around : y + around + 1, x - around : x + around + 1]
    dark = np.maximum(np.median(part) - part - 40, 0)
    rows, columns = np.mgrid[: dark.shape[0], : dark.shape[1]]
    return np.array([(dark * columns).sum(), (dark * rows).sum()]) / dark.sum() + [x - around, y - around]


@pytest.mark.parametrize("level", range(6))
def test_bubbles_lie_where_the_truth_says(printed: Printed, level: int) -> None:  # noqa: F811
    """A page of nothing but discs where bubbles are: the middle of each is found in the scan."""
    layout = printed.layout
    dots = np.full((round(layout.height * PER_MM), round(layout.width * PER_MM)), 255, np.uint8)
    for x, y in (layout.pages[0].bubbles * PER_MM - 0.5) * 16:
        cv2.circle(dots, (round(x), round(y)), round(1.2 * PER_MM * 16), 0, -1, cv2.LINE_AA, 4)
    blank = nobodys(layout, level)._replace(meant=np.zeros(len(layout.pages[0].value), np.bool_))
    page = simulated_page(blank, dots, Wanted(level, SEED, "tidy", dpi=150))
    per_mm = page.scan.dpi / 25.4
    asked = np.flatnonzero(layout.pages[0].group == ITEM)[::3]
    away = [darkest_centre(page, page.xy[i], round(2.2 * per_mm)) - page.xy[i] for i in asked]
    distances = np.hypot(*np.transpose(away)) / per_mm
    assert np.median(distances) < 0.05
    assert np.quantile(distances, 0.9) < 0.12


def test_a_seed_gives_the_same_pixels_in_any_order(
    printed: Printed,  # noqa: F811
    raster: NDArray[np.uint8],
) -> None:
    sides = [nobodys(printed.layout, n) for n in range(2)]
    once = [*simulated_pages(((side, raster) for side in sides), 2, SEED)]
    again = [*simulated_pages(((side, raster) for side in reversed(sides)), 2, SEED)][::-1]
    assert [page.scan.jpeg for page in once] == [page.scan.jpeg for page in again]
    assert once[0].scan.jpeg != once[1].scan.jpeg
    other = simulated_page(sides[0], raster, Wanted(2, SEED + 1))
    assert other.scan.jpeg != once[0].scan.jpeg


def test_what_counts_is_dark_and_what_was_meant(
    printed: Printed,  # noqa: F811
    raster: NDArray[np.uint8],
) -> None:
    page = simulated_page(nobodys(printed.layout, 0), raster, Wanted(0, SEED, "tidy"))
    assert said(page.side.page, page.counts, ITEM) == tuple("|".join(letters) for letters in ANSWERS)
    assert page.darkness[page.counts].min() > 0.4
    assert np.abs(page.darkness[[not kind for kind in page.made]]).max() < 0.02
    grey = page.scan.image[page.xy[:, 1].round().astype(int), page.xy[:, 0].round().astype(int)]
    assert grey[page.counts].max() < 170 < np.median(grey[~page.counts])


def test_every_kind_of_mark_is_made(printed: Printed, raster: NDArray[np.uint8]) -> None:  # noqa: F811
    found: Counter[str] = Counter()
    tools: Counter[str] = Counter()
    for n in range(12):
        page = simulated_page(nobodys(printed.layout, n), raster, Wanted(1, SEED, "odd", dpi=150))
        found.update(kind for made in page.made for kind in made.split("+"))
        tools.update(page.tool)
        lone = [i for i, made in enumerate(page.made) if made in ("erased", "stray", "cancelled")]
        assert not page.counts[lone].any()
    assert {"disc", "tick", "cross", "ring", "erased", "stray"} <= set(found)
    assert {"pencil", "red", "green"} <= set(tools)

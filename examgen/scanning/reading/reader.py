"""A page's grey pixels and the layouts it may have → `PageReading`."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.layout import FORM, ITEM, PageLayout, SheetLayout
from examgen.scanning.page_reading import (
    BLANK,
    MARKED,
    UNCERTAIN,
    Identity,
    PageReading,
    Placement,
    RowReading,
)
from examgen.scanning.reading.codes import Code, read_code

Grey = NDArray[np.uint8]
_LOW, _HIGH = 0.18, 0.45


def read_page(image: Grey, layouts: Mapping[str, SheetLayout], scale: float = 1.0) -> PageReading:
    """What a scanned page says, as one of the sheets in `layouts` (by geometry, `layouts_by_geometry`).

    `image` is grey, (H, W), any size and any way up; `scale` is that of `decode`: how many pixels of the
    stored scan a pixel of `image` stands for. Whatever is in the image, a reading with an outcome comes
    back; nothing is raised.
    """
    try:
        return _read(np.asarray(image), layouts, scale)
    except Exception:  # the promise of this function; the outcome says that it is our fault
        return PageReading("set_aside", "reader-fault")


def _read(image: Grey, layouts: Mapping[str, SheetLayout], scale: float) -> PageReading:
    if min(image.shape[:2], default=0) < 600:
        return PageReading("set_aside", "low-resolution")
    layout = next(iter(layouts.values()))
    corners = _corners(image, layout.pages[0])
    found = None
    for turns in range(4):
        homography = cv2.getPerspectiveTransform(
            layout.pages[0].corners.astype(np.float32), _turned(corners, turns).astype(np.float32)
        )
        if _bars_seen(image, homography, layout.pages[0]) > 0.7:
            found = turns, homography
    if found is None:
        return PageReading("set_aside", "not-our-sheet")
    turns, homography = found
    code = read_code(image, homography, layout.pages[0].qr)
    if code is None:
        code = Code(Identity(), layout.geometry, 1, len(layout.pages))
    identity, geometry, number, n_pages = code
    if geometry not in layouts:
        return PageReading("set_aside", "unknown-geometry", 90 * turns, identity, geometry)
    layout = layouts[geometry]
    page = layout.pages[number - 1]
    at = Placement(homography, np.zeros(0), (0.0, 1.0), np.zeros((0, 2, 2)))
    places = at.pixels(page.bubbles)
    radius = float(
        np.hypot(*(at.pixels(page.bubbles[:1] + np.array((layout.diameter / 2, 0.0))) - places[:1])[0])
    )
    darkness = _darkness(image, places, radius)
    margin = np.minimum(abs(darkness - _LOW), abs(darkness - _HIGH))
    state = np.where(darkness < _LOW, BLANK, np.where(darkness > _HIGH, MARKED, UNCERTAIN)).astype(np.uint8)
    half = (scale - 1) / 2
    stored = np.array([[scale, 0, half], [0, scale, half], [0, 0, 1]])
    return PageReading(
        "read", "", 90 * turns,
        identity._replace(**_numbers(layout, page, state)),
        geometry, number, n_pages,
        *((places + 0.5) * scale - 0.5).astype(np.float32).T, radius * scale,
        darkness.astype(np.float32), state, margin.astype(np.float32), tuple(_rows(page, state, margin)),
        at._replace(homography=stored @ homography),
    )  # fmt: skip


def _corners(image: Grey, page: PageLayout) -> NDArray[np.float64]:
    height, width = image.shape
    per_mm = max(height, width) / 297
    size = int(9 * per_mm) | 1
    template = np.full((size, size), 255, np.uint8)
    centre, (outer, ring, dot) = (size // 2, size // 2), page.bullseye
    cv2.circle(template, centre, round(outer / 2 * per_mm), 0, -1)
    cv2.circle(template, centre, round((outer / 2 - ring) * per_mm), 255, -1)
    cv2.circle(template, centre, round(dot / 2 * per_mm), 0, -1)
    reach = int(45 * per_mm)
    found = []
    for top in (0, height - reach):
        for left in (0, width - reach):
            window = image[top : top + reach, left : left + reach]
            scores = cv2.matchTemplate(window, template, cv2.TM_CCOEFF_NORMED)
            x, y = cv2.minMaxLoc(scores)[3]
            found.append((left + x + size // 2, top + y + size // 2))
    return np.array(found, np.float64)


def _turned(corners: NDArray[np.float64], turns: int) -> NDArray[np.float64]:
    """The corners as they are named on the sheet, where the scan must be turned clockwise so many times."""
    order = ((0, 1, 2, 3), (2, 0, 3, 1), (3, 2, 1, 0), (1, 3, 0, 2))[turns]
    return corners[list(order)]


def _bars_seen(image: Grey, homography: NDArray[np.float64], page: PageLayout) -> float:
    def grey(dx: float) -> NDArray[np.uint8]:
        at = cv2.perspectiveTransform((page.bars + np.array((dx, 0.0)))[None].astype(np.float32), homography)[
            0
        ]
        x, y = np.clip(at.round().astype(int), 0, np.array(image.shape[::-1]) - 1).T
        return image[y, x]

    inside, outside = grey(0.0).astype(int), np.minimum(grey(-3.5), grey(3.5)).astype(int)
    return float(np.mean(outside - inside > 40))


def _darkness(image: Grey, places: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    half = radius * 0.6
    sums = cv2.integral(image)
    x0, y0 = np.clip((places - half).round().astype(int), 0, np.array(image.shape[::-1]) - 1).T
    x1, y1 = np.clip((places + half).round().astype(int), 1, np.array(image.shape[::-1])).T
    mean = (sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]) / ((x1 - x0) * (y1 - y0))
    white = np.percentile(image, 80)
    return np.clip(1 - mean / max(white, 1), 0, 1) - 0.03


def _rows(page: PageLayout, state: NDArray[np.uint8], margin: NDArray[np.float64]) -> list[RowReading]:
    rows = []
    for choice in page.choices:
        if choice.group == ITEM:
            read, row_state = _told([page.value[i] for i in choice.bubbles], state[choice.bubbles])
            rows.append(RowReading(choice.place, read, row_state, float(margin[choice.bubbles].min())))  # type: ignore[arg-type]
    return rows


def _told(values: list[str], state: NDArray[np.uint8]) -> tuple[str, str]:
    marked = [value for value, one in zip(values, state, strict=True) if one == MARKED]
    if (state == UNCERTAIN).any():
        return "?", "uncertain"
    return "|".join(marked), ("blank", "marked", "multiple")[min(len(marked), 2)]


def _numbers(layout: SheetLayout, page: PageLayout, state: NDArray[np.uint8]) -> dict[str, str]:
    number, form = "", ("", "none")
    for choice in page.choices:
        told = _told([page.value[i] for i in choice.bubbles], state[choice.bubbles])
        if choice.group == FORM:
            form = told
        elif choice.group != ITEM:
            number += {"marked": told[0], "blank": " "}.get(told[1], "?")
    number = number.rstrip()
    known = "marked" if number and not set(number) & {" ", "?"} else "uncertain" if number else "blank"
    return {"number": number, "number_state": known, "form": form[0], "form_state": form[1]}

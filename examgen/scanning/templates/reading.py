"""The grey pixels of a page and the form that somebody else printed → `PageReading`.

Where the form lies is told by its print; what is in its bubbles is measured and decided as on our own sheets.
Those have timing bars for black and white room around each bubble. Here black is that of the print of the
form, what the blank prints beside a bubble is taken off, and of samples that lie in another bubble nothing is
made."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.page_reading import PageReading, Placement, SheetIdentity
from examgen.scanning.reading.deciding import decide
from examgen.scanning.reading.measuring import (
    BUBBLE_MM,
    Bubbles,
    Floats,
    bend_nodes,
    bubbles_of,
    cut_samples,
    measure,
    sample_places,
    settled,
)
from examgen.scanning.reading.placing import Bars, PlacedSheet, cut_outs, jacobians
from examgen.scanning.reading.reader import (
    BLANK_SHARE,
    GREY_SHARE,
    LEAST_CONTRAST,
    LEAST_PAPER,
    UNSEEN_COLUMN,
    UNSEEN_SHARE,
    percentiles,
)
from examgen.scanning.sheet_layout import FormPrint, SheetLayout, SheetPageLayout, choices_of
from examgen.scanning.templates.registering import Registration, bent, registered

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]

LEAST_INK = 15
"""Grey levels by which print is darker than what is around it: a page with hardly any of it is blank."""
NOT_THERE, PALE = 0.15, 0.6
"""Share of the bubbles without a mark whose rings are not seen from which on the sheet is of a similar form:
of the right one it is below 0.04 on the worst scans, of one with half of the questions 0.21. From the second
on the rings are all too pale to be seen, and each row tells."""
LEAST_PIXELS = 6.0
"""Pixels that a bubble has across at least."""
BOX = 0.94
"""A box is taken for a circle this much smaller, so that the middles of its sides lie in the ring of one."""
MOST_PRINT = 0.6
"""The most darkness that what others print in bubbles may give a cell: bold letters."""
OUTSIDE_MM, OTHERS_MM = 2.35, 0.3
"""Samples of a bubble of 4.2 mm from here on are beside it; how far the line of another bubble reaches."""
BLACK_SHARE = 0.25
"""Grey of black print, as a share of the paper around it, at most: thin print is never quite black."""
TILES_MM, ALONE = 15.0, 0.5
"""How far a tile tells of displacements around it; weight of there being none."""
SCALES = (0.86, 0.91, 0.96, 1.0, 1.05, 1.1, 1.16)
"""Shares of the size that bubbles of a form without a blank are seen to have, which are tried."""
SETTLED = 2
"""How often the rings of bubbles may move them."""
_NO_BARS = Bars(np.zeros((0, 2)), np.zeros(0, np.bool_), np.zeros(0), np.zeros(0))


class BubbleKind(NamedTuple):
    """Bubbles of a form that are of one size."""

    which: NDArray[np.intp]
    unit: tuple[float, float]
    """Millimetres across and down that are one of a bubble of 4.2 mm."""
    page: SheetPageLayout
    """These bubbles alone, in those units."""


def read_form_page(image: Grey, layout: SheetLayout, scale: float = 1.0) -> PageReading:
    """The reading of a page as a form of somebody else; what it promises, `reader.read_page` promises."""
    try:
        return _read(np.ascontiguousarray(image), layout, scale)
    except Exception:  # as of our own sheets: the outcome says that it is our bug
        return _aside("reader-fault")


def _read(image: Grey, layout: SheetLayout, scale: float) -> PageReading:
    form, page = layout.form, layout.pages[0]
    assert form is not None
    if min(image.shape) < 100:
        return _aside("low-resolution")
    factor = min(1.0, 800 / max(image.shape))
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    if percentiles(np.asarray(small, np.uint8), (70.0,))[0] < LEAST_PAPER:
        return _aside("too-dark")
    if float(np.mean(cv2.blur(small, (31, 31)).astype(np.int16) - small > LEAST_INK)) < BLANK_SHARE:
        return PageReading("blank", "blank-page")
    found = registered(image, layout)
    if found is None or not found.is_sure(form):
        return _aside("form-does-not-fit")
    aside = PageReading("set_aside", "", 90 * found.turns, geometry=layout.geometry, sheet_page=1, n_pages=1)
    per_mm = _per_mm(found.homography, layout)
    if per_mm * form.sizes.min() < LEAST_PIXELS:
        return aside._replace(reason="low-resolution")
    black, paper = _levels(image, found, layout)
    if paper < LEAST_PAPER or paper - black < LEAST_CONTRAST:
        return aside._replace(reason="too-dark")
    if not form.one_bit and _is_one_bit(image):
        return aside._replace(reason="one-bit")
    placements: list[Placement] = []
    middles: list[Points] = []
    parts: list[Bubbles] = []
    kinds = bubble_kinds(page, form, None) if found.bubble is None else _sized(image, layout, found, black)
    for kind in kinds:
        placed, bubbles = _placed(image, layout, kind, found, black)
        placements.append(_in_mm(placed.placement, kind.unit))
        middles.append(placed.centres(kind.page))
        parts.append(bubbles)
    order = np.argsort(np.concatenate([kind.which for kind in kinds]))
    joined = Bubbles(*(np.concatenate(arrays)[order] for arrays in zip(*parts, strict=True)))
    places = np.concatenate(middles)[order]
    decided = decide(measure(page, np.zeros((0, 1)), joined, MOST_PRINT), layout, page, joined.spots)
    identity = SheetIdentity(
        exam=layout.exam,
        number=decided.number,
        number_state=decided.number_state,
        form=decided.form,
        form_state=decided.form_state,
    )
    aside = aside._replace(identity=identity)
    if decided.all_doubtful and decided.unseen > UNSEEN_SHARE:
        return aside._replace(reason="too-many-doubtful-rows")
    if NOT_THERE < decided.unseen < PALE and not form.is_drawn:
        return aside._replace(reason="form-does-not-fit")
    if decided.unseen_column > UNSEEN_COLUMN:
        return aside._replace(reason="circles-not-seen")
    half = (scale - 1) / 2
    stored = np.array([[scale, 0, half], [0, scale, half], [0, 0, 1]])
    placement = placements[0]
    at = ((places + 0.5) * scale - 0.5).astype(np.float32)
    return aside._replace(
        outcome="read",
        x=at[:, 0],
        y=at[:, 1],
        radius=float(np.sqrt(np.median(form.sizes.prod(axis=1))) / 2 * per_mm * scale),
        darkness=decided.darkness,
        state=decided.state,
        margin=decided.margin,
        rows=decided.rows,
        placement=placement._replace(homography=stored @ placement.homography, bends=placement.bends * scale),
    )


def _aside(reason: str) -> PageReading:
    return PageReading("set_aside", reason)


def _per_mm(homography: Points, layout: SheetLayout) -> float:
    middle = np.array([(layout.width / 2, layout.height / 2)])
    return float(np.sqrt(abs(np.linalg.det(jacobians(homography, middle)[0]))))


def _levels(image: Grey, found: Registration, layout: SheetLayout) -> tuple[float, float]:
    """The grey of black print and of paper: where the blank is darkest, and where it is white."""
    form = layout.form
    assert form is not None
    per_mm = min(form.per_mm, 5.0)
    shape = round(layout.width * per_mm), round(layout.height * per_mm)
    to_mm = np.array([[1 / per_mm, 0, 0.5 / per_mm], [0, 1 / per_mm, 0.5 / per_mm], [0, 0, 1]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(
        image, found.homography @ to_mm, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    laid = np.asarray(warped, np.uint8)
    blank = np.asarray(cv2.resize(form.blank, shape, interpolation=cv2.INTER_AREA), np.uint8)
    white = np.asarray(cv2.erode(blank, np.ones((7, 7), np.uint8))) > 225
    paper = float(np.median(laid[white])) if white.sum() > 500 else percentiles(laid, (70.0,))[0]
    # the darkest print of the blank, where there is so much of it that none is thin
    solid = np.asarray(cv2.dilate(blank, np.ones((3, 3), np.uint8))) < 90
    if not form.is_drawn and solid.sum() > 60:
        black = percentiles(np.ascontiguousarray(laid[solid][None]), (25.0,))[0]
    else:
        black = percentiles(laid, (0.3,))[0]
    return min(black, BLACK_SHARE * paper), paper


def _is_one_bit(image: Grey) -> bool:
    few = image[::5, ::5]
    return int(np.count_nonzero(few - np.uint8(26) < 204)) < GREY_SHARE * few.size


# ── bubbles of one size, in units in which they are circles of 4.2 mm ────────────────────────


@lru_cache(maxsize=32)
def bubble_kinds(
    page: SheetPageLayout, form: FormPrint, seen: tuple[float, float] | None
) -> tuple[BubbleKind, ...]:
    """The bubbles of a form by their size; `seen` is that of the most frequent ones where it is not as
    said."""
    kinds = []
    wide, high = np.array(seen) / np.median(form.sizes, axis=0) if seen else (1.0, 1.0)
    keys = np.column_stack((form.sizes.round(3), form.boxed))
    for key in np.unique(keys, axis=0):
        which = np.flatnonzero((keys == key).all(axis=1))
        box = BOX if key[2] else 1.0
        unit = float(key[0] * wide * box / BUBBLE_MM), float(key[1] * high * box / BUBBLE_MM)
        group, place = page.group[which], page.place[which]
        choices, table = choices_of(group, place)
        part = dataclasses.replace(
            page,
            corners=page.corners / unit,
            bubbles=page.bubbles[which] / unit,
            group=group,
            place=place,
            value=tuple(page.value[i] for i in which),
            label=tuple(page.label[i] for i in which),
            choices=choices,
            table=table,
            label_code=np.unique(page.label_code[which], return_inverse=True)[1].astype(np.intp),
        )
        kinds.append(BubbleKind(which, unit, part))
    return tuple(kinds)


def _sized(image: Grey, layout: SheetLayout, found: Registration, black: float) -> tuple[BubbleKind, ...]:
    """The bubbles of a form without a blank, in the size about that seen in which their rings are darkest."""
    form = layout.form
    assert form is not None
    assert found.bubble is not None
    best, kept = -1.0, bubble_kinds(layout.pages[0], form, found.bubble)
    for scale in (BOX,) if found.boxed else SCALES:
        wide, high = (scale * side for side in found.bubble)
        kinds = bubble_kinds(layout.pages[0], form, (wide, high))
        kind = max(kinds, key=lambda one: len(one.which))
        bubbles = _cut(image, layout, kind, _start(found, kind, (layout.width, layout.height)), black, None)
        weights = bubbles.clear()
        seen = float(((weights / weights.sum()) @ bubbles.rings()).max())
        if seen > best:
            best, kept = seen, kinds
    return kept


def _start(found: Registration, kind: BubbleKind, size: tuple[float, float]) -> PlacedSheet:
    """The sheet as its print puts it, in the units of these bubbles."""
    scale = np.diag([kind.unit[0], kind.unit[1], 1.0])
    _, bottom = kind.page.corners.max(axis=0)
    right = kind.page.corners[:, 0].max()
    placement = Placement(
        found.homography @ scale, np.array([0.0, bottom]), (0.0, float(right)), np.zeros((2, 2, 2))
    )
    if not len(found.at):
        own = found.own[kind.which] if found.own is not None else None
        return PlacedSheet(placement, _NO_BARS, own)
    # what tiles of the print tell of paper that is not flat
    nodes, at = bend_nodes(kind.page)
    away = ((at * kind.unit)[:, None] - found.at[None]) / TILES_MM
    near = np.exp(-(away**2).sum(axis=2) / 2)
    shifts = near @ found.shifts / (near.sum(axis=1, keepdims=True) + ALONE)
    shifts += bent(found.bend, at * kind.unit, size)
    pixels = np.einsum("nij,nj->ni", jacobians(found.homography, at * kind.unit), shifts)
    bends = pixels.reshape(len(nodes[1]), len(nodes[0]), 2)
    return PlacedSheet(placement._replace(nodes=nodes, bends=bends), _NO_BARS)


def _placed(
    image: Grey, layout: SheetLayout, kind: BubbleKind, found: Registration, black: float
) -> tuple[PlacedSheet, Bubbles]:
    """The sheet placed also by the rings of these bubbles, and the bubbles cut out there, cleaned."""
    own = dataclasses.replace(layout, diameter=BUBBLE_MM, pages=(kind.page,))
    placed = _start(found, kind, (layout.width, layout.height))
    for _ in range(SETTLED):
        better = settled(own, kind.page, placed, _cut(image, layout, kind, placed, black, None))
        if better is None:
            break
        placed, is_far = better
        if not is_far:
            break
    return placed, _cut(image, layout, kind, placed, black, layout.form)


def _cut(
    image: Grey,
    layout: SheetLayout,
    kind: BubbleKind,
    placed: PlacedSheet,
    black: float,
    form: FormPrint | None,
) -> Bubbles:
    """The bubbles, cut out; with the form, without what it prints beside them and what is in others."""
    page = kind.page
    own = dataclasses.replace(layout, diameter=BUBBLE_MM, pages=(page,))
    jacobian = jacobians(placed.placement.homography, page.bubbles)
    values = cut_samples(image, own, page, placed, jacobian, np.arange(len(page.bubbles)))
    levels = np.full(len(values), black, np.float32)
    if form is None:
        return bubbles_of(values, page, levels, jacobian)
    covered, ink = beside(layout.pages[0], form, kind.unit, tuple(kind.which.tolist()))
    radius = np.hypot(*sample_places().T)
    outside = (radius > 2.5) & ~covered
    # the paper around each, of the samples that lie in no bubble and on no print
    clean = outside & (ink < 0.05)
    n = clean.sum(axis=1)
    ordered = np.sort(np.where(clean, values, np.float32(999)), axis=1)
    paper = ordered[np.arange(len(values)), (0.65 * n).astype(int).clip(0, ordered.shape[1] - 1)]
    known = n > 8
    paper = np.where(known, paper, np.median(paper[known]) if known.any() else values.max(axis=1))
    depth = np.maximum(paper - black, 24.0)[:, None]
    without = np.minimum(values + ink * depth, np.maximum(values, paper[:, None]))
    values = np.where(radius > OUTSIDE_MM, without, values)
    values = np.where(covered, paper[:, None], values).astype(np.float32)
    return bubbles_of(values, page, levels, jacobian)


@lru_cache(maxsize=32)
def beside(
    page: SheetPageLayout, form: FormPrint, unit: tuple[float, float], which: tuple[int, ...]
) -> tuple[NDArray[np.bool_], Floats]:
    """(n, m) for the samples of these bubbles: whether one lies in another bubble; how dark the blank prints
    there,
    from 0 to 1."""
    own = list(which)
    grid = sample_places() * unit
    covered = np.zeros((len(own), len(grid)), np.bool_)
    for k, i in enumerate(own):
        away = np.abs(page.bubbles - page.bubbles[i])
        near = np.flatnonzero((away < (3.6 * np.array(unit) + form.sizes)).all(axis=1))
        for j in near[near != i]:
            offset = (grid - (page.bubbles[j] - page.bubbles[i])) / (form.sizes[j] / 2 + OTHERS_MM)
            covered[k] |= (np.abs(offset).max(axis=1) if form.boxed[j] else np.hypot(*offset.T)) < 1
    # never what is in the bubble itself, however near the next one is
    covered[:, np.hypot(*sample_places().T) < OUTSIDE_MM] = False
    if form.is_drawn:
        return covered, np.zeros(covered.shape, np.float32)
    blurred = np.asarray(cv2.GaussianBlur(form.blank, (0, 0), 0.12 * form.per_mm), np.uint8)
    centres = (page.bubbles[own] * form.per_mm) - 0.5
    jacobian = np.tile(np.diag([form.per_mm, form.per_mm]), (len(own), 1, 1))
    cuts = cut_outs(blurred, centres, jacobian, grid)
    paper = np.percentile(blurred, 80)
    black = min(float(np.percentile(blurred, 1)), 0.4 * paper)
    return covered, np.clip((paper - cuts) / (paper - black), 0, 1).astype(np.float32)


def _in_mm(placement: Placement, unit: tuple[float, float]) -> Placement:
    """A placement for places in millimetres."""
    across, down = unit
    return placement._replace(
        homography=placement.homography @ np.diag([1 / across, 1 / down, 1.0]),
        rows=placement.rows * down,
        sides=(placement.sides[0] * across, placement.sides[1] * across),
        nodes=(placement.nodes[0] * across, placement.nodes[1] * down),
    )

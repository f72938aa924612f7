"""A scan and the blank of its form → where the form lies in the scan, and how well it fits.

Several guesses are made: the picture is the page, the light area of the picture is the page, the print of the
picture covers what the print of the blank covers, each in four rotations; and features of the print that
agree (SIFT, Lowe 2004, with a robust homography). Each guess is tried by correlation of whole pages in a
small copy; the best are refined tile by tile, in ever smaller tiles. How well a form fits is the correlation
of its tiles with those of the scan."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.reading.placing import projected
from examgen.scanning.sheet_layout import FormPrint, SheetLayout
from examgen.scanning.templates.seen_bubbles import by_bubbles

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Points = NDArray[np.float64]

COARSE = 240.0
"""Pixels of the long side of a page in the first look."""
REACH = 0.08
"""Of the long side of the page, how far a guess may be off in the first look."""
TRIED = 3
"""Guesses that are refined."""
STAGES = ((480.0, 3, 0.014), (900.0, 5, 0.010), (1100.0, 7, 0.008), (1300.0, 8, 0.006), (1300.0, 9, 0.004))
"""Of each refinement: pixels of the long side, tiles along it, how far each is looked for (of the long
side)."""
GRID = 16
"""Pixels between the places at which the map of paper that is not flat is reckoned."""
BENT_BY, STIFF = 16, 0.15
"""Tiles from which on paper may not be flat; how much a bend must be asked for."""
MARGIN = 0.03
"""Of the long side: what is looked at beyond the page."""
MOST_DARK = 40.0
"""Grey levels that print is taken to be darker than what is around it at most, so that marks count for no
more."""
LEAST_PRINT = 5.0
"""Standard deviation of the grey levels of a tile of the blank that shows its place."""
FAR = 0.08
"""What correlation at the end of the reach must have more than in the middle: rows of bubbles repeat."""
TILE_FITS = 0.35
"""Correlation from which a tile is where it should be."""
FITS, DRAWN_FITS = (0.42, 0.6), (0.5, 0.5)
"""Median correlation of tiles, and share of tiles that fit, from which on a scan is of the form; of a form
without a blank, share of its bubbles that are seen."""
FEATURES, FEATURE_PIXELS = 4000, 1000.0
LIGHT_SHARE = 0.15
"""Of a picture that the page covers at least."""


class Registration(NamedTuple):
    """Where a form lies in a scan."""

    homography: Points
    """mm of the form → pixels of the scan."""
    fit: float
    """Median correlation of the tiles of the blank with those of the scan."""
    share: float
    """Share of the tiles that are where they should be."""
    turns: int
    """How often the scan must be turned clockwise by 90 degrees to stand upright."""
    at: Points
    """(k, 2): middles of the tiles that were found, mm."""
    shifts: Points
    """(k, 2): by how much each lies elsewhere than the homography says, mm."""
    bend: Points | None = None
    """(10, 2): a surface of third order, by which paper that is not flat lies elsewhere (`bent`), mm."""
    own: Points | None = None
    """(n, 2): the same of each bubble, pixels, of a form of which bubbles alone are known."""
    bubble: tuple[float, float] | None = None
    """Width and height over all of its bubbles as they are seen, mm."""
    boxed: bool = False
    """Whether these are seen to be boxes."""

    def is_sure(self, form: FormPrint) -> bool:
        """Whether the scan is one of the form."""
        fit, share = DRAWN_FITS if form.is_drawn else FITS
        return self.fit >= fit and self.share >= share


def registered(image: Grey, layout: SheetLayout) -> Registration | None:
    """The form in the scan; None where no guess comes near."""
    form = layout.form
    assert form is not None
    size = layout.width, layout.height
    if form.is_drawn:
        return _by_bubbles(image, layout)
    guesses = [
        (score, homography)
        for guess in _guesses(image, layout)
        if (found := _first_look(image, form, size, guess)) is not None
        for score, homography in [found]
    ]
    if not guesses:
        return None
    guesses.sort(key=lambda one: -one[0])
    best: Registration | None = None
    tried: list[Points] = []
    for _, guess in guesses:
        if any(_is_near(guess, other, size) for other in tried):
            continue
        tried.append(guess)
        way = _refined(image, form, size, guess)
        if way is not None and (best is None or way.fit * way.share > best.fit * best.share):
            best = way
        if len(tried) == TRIED or (best is not None and best.share > 0.9 and best.fit > 0.7):
            break
    return best


def _by_bubbles(image: Grey, layout: SheetLayout) -> Registration | None:
    """The form by its bubbles alone."""
    factor = min(1.0, 400.0 / max(image.shape))
    light = _light_area(_smaller(image, factor))
    corners = (light + 0.5) / factor - 0.5 if light is not None else None
    seen = by_bubbles(image, corners, layout, _guesses(image, layout))
    if seen is None:
        return None
    turns = _turns(seen.homography, (layout.width, layout.height))
    nothing = np.zeros((0, 2))
    return Registration(
        seen.homography,
        seen.share,
        seen.share,
        turns,
        nothing,
        nothing,
        None,
        seen.own,
        seen.size,
        seen.boxed,
    )


def _corners(size: tuple[float, float]) -> Points:
    """The corners of the page, clockwise from the upper left."""
    width, height = size
    return np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)])


def _is_near(one: Points, other: Points, size: tuple[float, float]) -> bool:
    away = projected(one, _corners(size)) - projected(other, _corners(size))
    side = np.ptp(projected(one, _corners(size)), axis=0).max()
    return bool(np.hypot(*away.T).max() < 0.02 * side)


# ── guesses ──────────────────────────────────────────────────────────────────────────────────


def _guesses(image: Grey, layout: SheetLayout) -> list[Points]:
    form = layout.form
    assert form is not None
    corners = _corners((layout.width, layout.height))
    height, width = image.shape
    frame = np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]) - 0.5
    quads = [frame]
    factor = min(1.0, 400.0 / max(image.shape))
    small = _smaller(image, factor)
    if (light := _light_area(small)) is not None:
        quads.append((light + 0.5) / factor - 0.5)
    found = [_perspective(corners, np.roll(quad, turns, axis=0)) for quad in quads for turns in range(4)]
    printed, k = _printed_box(small), 400.0 / max(form.blank.shape)
    own = _printed_box(_smaller(form.blank, k))
    if printed is not None and own is not None:
        box, mine = (printed + 0.5) / factor - 0.5, own / k / form.per_mm
        found += [_perspective(mine, np.roll(box, turns, axis=0)) for turns in range(4)]
    if not form.is_drawn and (by_features := _by_features(image, form)) is not None:
        found.append(by_features)
    return found


def _perspective(mm: Points, pixels: Points) -> Points:
    """The projective map that takes four places to four."""
    found = cv2.getPerspectiveTransform(mm.astype(np.float32), pixels.astype(np.float32))
    return np.asarray(found, np.float64)


def _smaller(image: Grey, factor: float) -> Grey:
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _light_area(small: Grey) -> Points | None:
    """The corners, clockwise, of the one large light area of a picture, as paper on a table is."""
    blurred = cv2.medianBlur(np.asarray(small), 7)
    _, light = cv2.threshold(blurred, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    light = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    outlines, _ = cv2.findContours(light, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return None
    hull = cv2.convexHull(max(outlines, key=cv2.contourArea))
    area = cv2.contourArea(hull)
    if area < LIGHT_SHARE * small.size:
        return None
    for share in (0.02, 0.03, 0.05, 0.08):
        quad = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, True), True)[:, 0].astype(np.float64)
        if len(quad) == 4:
            return _clockwise(quad)
    return _clockwise(cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float64))


def _clockwise(quad: Points) -> Points:
    """Four corners clockwise, that nearest to the upper left first."""
    middle = quad.mean(axis=0)
    ordered = quad[np.argsort(np.arctan2(*(quad - middle).T[::-1]))]
    return np.roll(ordered, -int(np.argmin(ordered.sum(axis=1))), axis=0)


def _printed_box(small: Grey) -> Points | None:
    """The corners, clockwise, of the smallest upright rectangle around what is printed."""
    ink = (cv2.blur(small, (25, 25)).astype(np.int16) - small) > 40
    ink[:4], ink[-4:], ink[:, :4], ink[:, -4:] = False, False, False, False
    down, across = ink.sum(axis=1), ink.sum(axis=0)
    if ink.sum() < 50:
        return None
    y0, y1 = np.searchsorted(np.cumsum(down) / down.sum(), (0.003, 0.997))
    x0, x1 = np.searchsorted(np.cumsum(across) / across.sum(), (0.003, 0.997))
    if y1 - y0 < 20 or x1 - x0 < 20:
        return None
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)


def _sift(image: Grey) -> tuple[Any, Any]:
    """Places that can be told from others, and what tells them."""
    points, found = cv2.SIFT_create(FEATURES).detectAndCompute(image, None)  # type: ignore[attr-defined]
    return points, found


@lru_cache(maxsize=8)
def _features(form: FormPrint) -> tuple[Points, Floats]:
    """Features of the blank: places in mm, descriptors."""
    factor = min(1.0, FEATURE_PIXELS / max(form.blank.shape))
    small = _smaller(form.blank, factor)
    points, found = _sift(small)
    if found is None:
        return np.zeros((0, 2)), np.zeros((0, 128), np.float32)
    return np.array([one.pt for one in points]) / factor / form.per_mm, np.asarray(found, np.float32)


def _by_features(image: Grey, form: FormPrint) -> Points | None:
    places, own = _features(form)
    factor = min(1.0, FEATURE_PIXELS / max(image.shape))
    small = _smaller(image, factor)
    points, found = _sift(small)
    if found is None or len(own) < 12 or len(found) < 12:
        return None
    pairs = cv2.BFMatcher().knnMatch(np.asarray(found, np.float32), own, k=2)
    good = [one for one, *two in pairs if two and one.distance < 0.8 * two[0].distance]
    if len(good) < 12:
        return None
    mm = np.array([places[one.trainIdx] for one in good])
    pixels = (np.array([points[one.queryIdx].pt for one in good]) + 0.5) / factor - 0.5
    homography, inside = cv2.findHomography(mm, pixels, cv2.USAC_MAGSAC, 4.0 / factor)
    if homography is None or not np.isfinite(homography).all() or inside.sum() < 10:
        return None
    return np.asarray(homography, np.float64)


# ── correlation ──────────────────────────────────────────────────────────────────────────────


def _edges(image: Grey, reach: int) -> Floats:
    """By how much each pixel is darker than what is around it, at most as thin print is."""
    wide = 2 * reach + 1
    dark = cv2.blur(image, (wide, wide)).astype(np.float32) - image
    return np.asarray(np.clip(dark, -10.0, MOST_DARK), np.float32)


class _Copy(NamedTuple):
    """The page at some scale, with a margin around it."""

    edges: Floats
    per_mm: float
    margin: int


@lru_cache(maxsize=32)
def _blank_copy(form: FormPrint, size: tuple[float, float], long_side: float) -> _Copy:
    per_mm = long_side / max(size)
    shape = max(8, round(size[0] * per_mm)), max(8, round(size[1] * per_mm))
    small = cv2.resize(form.blank, shape, interpolation=cv2.INTER_AREA)
    margin = round(MARGIN * long_side)
    framed = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    return _Copy(_edges(np.asarray(framed, np.uint8), round(long_side / 80)), per_mm, margin)


def bent(bend: Points | None, places: Points, size: tuple[float, float]) -> Points:
    """(n, 2): by how much paper that is not flat is moved at places of the form, mm."""
    return np.zeros_like(places) if bend is None else _terms(places, size) @ bend


def _terms(places: Points, size: tuple[float, float]) -> Points:
    x, y = ((places - np.array(size) / 2) / (max(size) / 2)).T
    return np.stack([x**i * y**j for i in range(4) for j in range(4 - i)], axis=1)


def _scan_copy(
    image: Grey,
    homography: Points,
    like: _Copy,
    extra: int,
    bend: Points | None = None,
    size: tuple[float, float] = (1.0, 1.0),
) -> Floats:
    """The scan, laid as the blank copy lies, with a further margin."""
    margin = like.margin + extra
    to_mm = np.array(
        [
            [1 / like.per_mm, 0, (0.5 - margin) / like.per_mm],
            [0, 1 / like.per_mm, (0.5 - margin) / like.per_mm],
            [0, 0, 1],
        ]
    )
    height, width = (n + 2 * extra for n in like.edges.shape)
    # what is made smaller is smoothed before
    corners = projected(homography @ to_mm, np.array([(0.0, 0.0), (width, 0.0), (0.0, height)]))
    factor = max(1.0, float(np.hypot(*(corners[2] - corners[0])) / height))
    source = image
    if factor > 1.5:
        source = _smaller(image, 1 / factor)
        k_x, k_y = source.shape[1] / image.shape[1], source.shape[0] / image.shape[0]
        homography = np.array([[k_x, 0, (k_x - 1) / 2], [0, k_y, (k_y - 1) / 2], [0, 0, 1]]) @ homography
    if bend is None:
        laid = cv2.warpPerspective(
            source, homography @ to_mm, (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
    else:
        # the map at some places, linear between them
        x, y = (np.arange(0, n + GRID, GRID, dtype=np.float64) for n in (width, height))
        places = projected(to_mm, np.stack([axis.ravel() for axis in np.meshgrid(x, y)], axis=1))
        pixels = projected(homography, places + bent(bend, places, size)).astype(np.float32)
        coarse = pixels.reshape(len(y), len(x), 2)
        across, down = (np.arange(n, dtype=np.float32) / GRID for n in (width, height))
        at = np.meshgrid(across, down)
        maps = cv2.remap(coarse, at[0], at[1], cv2.INTER_LINEAR)
        laid = cv2.remap(
            source, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    return _edges(np.asarray(laid, np.uint8), round(max(like.edges.shape) / 80))


def _first_look(
    image: Grey, form: FormPrint, size: tuple[float, float], guess: Points
) -> tuple[float, Points] | None:
    """How well the whole page fits where it is moved best, and the guess so moved."""
    if not np.isfinite(guess).all() or abs(np.linalg.det(guess)) < 1e-12:
        return None
    laid = projected(guess, _corners(size))
    if cv2.contourArea(laid.astype(np.float32)) < 0.02 * image.size:
        return None
    like = _blank_copy(form, size, COARSE)
    reach = round(REACH * COARSE)
    scan = _scan_copy(image, guess, like, reach)
    blurred, blank = cv2.GaussianBlur(scan, (0, 0), 1.2), cv2.GaussianBlur(like.edges, (0, 0), 1.2)
    scores = cv2.matchTemplate(blurred, blank, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(scores)
    step = np.array([[1, 0, (x - reach) / like.per_mm], [0, 1, (y - reach) / like.per_mm], [0, 0, 1.0]])
    return float(best), guess @ step


@lru_cache(maxsize=32)
def _tiles(
    form: FormPrint, size: tuple[float, float], long_side: float, along: int
) -> tuple[tuple[int, int, int], ...]:
    """Tiles of the blank that show print: upper left corner (in its copy) and side, pixels."""
    like = _blank_copy(form, size, long_side)
    side = max(12, round(long_side / along))
    height, width = (n - 2 * like.margin for n in like.edges.shape)
    found = []
    n_x, n_y = max(1, round(width / (0.75 * side))), max(1, round(height / (0.75 * side)))
    for x in np.linspace(0, max(0, width - side), n_x).round().astype(int):
        for y in np.linspace(0, max(0, height - side), n_y).round().astype(int):
            x0, y0 = like.margin + x, like.margin + y
            if like.edges[y0 : y0 + side, x0 : x0 + side].std() > LEAST_PRINT:
                found.append((int(x0), int(y0), side))
    return tuple(found)


def _refined(image: Grey, form: FormPrint, size: tuple[float, float], guess: Points) -> Registration | None:
    homography = guess
    bend: Points | None = None
    found: Registration | None = None
    for stage, (long_side, along, reach_share) in enumerate(STAGES):
        like = _blank_copy(form, size, long_side)
        reach = min(max(3, round(reach_share * long_side)), like.margin)
        tiles = _tiles(form, size, long_side, along)
        if not tiles:
            return found
        scan = _scan_copy(image, homography, like, reach, bend, size)
        at, shifts, scores = [], [], []
        steps = np.arange(-reach, reach + 1) / reach
        far = (FAR * (steps[:, None] ** 2 + steps[None] ** 2)).astype(np.float32)
        for x, y, side in tiles:
            window = scan[y : y + side + 2 * reach, x : x + side + 2 * reach]
            blank = like.edges[y : y + side, x : x + side]
            score = np.asarray(cv2.matchTemplate(window, blank, cv2.TM_CCOEFF_NORMED))
            _, _, _, (dx, dy) = cv2.minMaxLoc(score - far)
            at.append((x + side / 2 - like.margin, y + side / 2 - like.margin))
            sub = _peak(np.asarray(score, np.float32), dx, dy)
            shifts.append((dx + sub[0] - reach, dy + sub[1] - reach))
            scores.append(float(score[dy, dx]))
        mm = np.array(at) / like.per_mm
        moved = np.array(shifts) / like.per_mm
        score_of = np.array(scores)
        fits = score_of > TILE_FITS
        found = Registration(
            homography,
            float(np.median(score_of)),
            float(fits.mean()),
            _turns(homography, size),
            mm[fits],
            moved[fits],
            bend,
        )
        if stage == len(STAGES) - 1:
            return found
        if stage < 2:
            better = _moved(homography, mm[fits], moved[fits], score_of[fits], max(size), stage)
            homography = homography if better is None else better
        elif fits.sum() >= BENT_BY:
            here = mm[fits] + moved[fits]
            bend = _surface(mm[fits], moved[fits] + bent(bend, here, size), score_of[fits], size)
    return found


def _surface(at: Points, moved: Points, scores: Points, size: tuple[float, float]) -> Points:
    """The surface of third order through what tiles are moved by; those that lie far from it count for
    little."""
    terms = _terms(at, size)
    # higher terms only where tiles ask for them
    stiff = np.diag([STIFF * (i + j) for i in range(4) for j in range(4 - i)])
    weight = scores.copy()
    fitted = np.zeros((terms.shape[1], 2))
    for _ in range(6):
        root = np.sqrt(weight)[:, None]
        left, right = np.vstack((terms * root, stiff)), np.vstack((moved * root, np.zeros((len(stiff), 2))))
        fitted = np.linalg.lstsq(left, right, rcond=None)[0]
        away = np.hypot(*(moved - terms @ fitted).T)
        weight = scores / (1 + (away / max(1.5 * float(np.median(away)), 0.15)) ** 2)
    return np.asarray(fitted, np.float64)


def _peak(scores: Floats, x: int, y: int) -> tuple[float, float]:
    """By how much the peak is beside that pixel."""

    def vertex(three: Floats) -> float:
        if len(three) < 3:
            return 0.0
        bend = float(three[0] - 2 * three[1] + three[2])
        return float(np.clip(0.5 * (three[0] - three[2]) / bend, -0.5, 0.5)) if bend < 0 else 0.0

    across = scores[y, x - 1 : x + 2] if 0 < x < scores.shape[1] - 1 else scores[y, :0]
    down = scores[y - 1 : y + 2, x] if 0 < y < scores.shape[0] - 1 else scores[:0, x]
    return vertex(across), vertex(down)


def _moved(
    homography: Points, at: Points, shifts: Points, scores: Points, longest: float, stage: int
) -> Points | None:
    """The homography that takes tiles to where they were found."""
    if len(at) < 3:
        if not len(at):
            return None
        dx, dy = np.average(shifts, axis=0, weights=scores)
        return np.asarray(homography @ np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1.0]]), np.float64)
    to = at + shifts
    near = (0.012, 0.008)[stage] * longest
    if len(at) >= 8:
        change, inside = cv2.findHomography(at, to, cv2.RANSAC, near)
        if change is not None and np.isfinite(change).all() and inside.sum() >= max(6, 0.4 * len(at)):
            return np.asarray(homography @ change, np.float64)
    change, inside = cv2.estimateAffine2D(at, to, method=cv2.RANSAC, ransacReprojThreshold=near)
    if change is None or not np.isfinite(change).all() or abs(np.linalg.det(change[:, :2]) - 1) > 0.3:
        return None
    return np.asarray(homography @ np.vstack((change, (0.0, 0.0, 1.0))), np.float64)


def _turns(homography: Points, size: tuple[float, float]) -> int:
    """How often the scan must be turned clockwise by 90 degrees for the form to stand upright."""
    middle, right = projected(
        homography, np.array([(size[0] / 2, size[1] / 2), (size[0] / 2 + 1, size[1] / 2)])
    )
    angle = float(np.degrees(np.arctan2(*(right - middle)[::-1])))
    return round(-angle / 90) % 4

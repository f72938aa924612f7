"""A filled page → its scan: pixels as a scanner or a phone delivers them, and where each bubble came to lie.

Pixels of the scan are mapped to millimetres of the page: lens, slip in the feeder, perspective or skew,
folds, paper that is not flat. The map is computed at the points of a grid, and the picture drawn linearly
between them; where a bubble came to lie is that of the picture, solved backwards, to less than 0.01 mm. Whole
numbers of pixels are centres of pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.filled_sheets import Pixels, ScannedPage
from tests.scanning.simulated.distortions import BARREL, CAST, CURL, LEVELS, PHONE, SHADOW, TILT, Level
from tests.scanning.simulated.drawing import BlankSheet
from tests.scanning.simulated.people import Random
from tests.scanning.simulated.scan_damage import Fold

Floats = NDArray[np.float64]

MM_PER_INCH = 25.4
_GRID = 16
"""Pixels between the points at which the map is computed; between them it is linear."""
_CLOSE = 1e-9
"""Of the distance between those points: nearer is the same place."""
_MOST_LOST = 5
"""Lines of pixels lost at one place."""


class Slip(NamedTuple):
    """Paper that slipped while it was fed: from row `at` on, over `over` rows, it was `lost` rows ahead."""

    at: float
    over: float
    lost: float


class Wave(NamedTuple):
    """Displacement of the paper along one axis, a sine along the other or the same one."""

    moves: int
    along: int
    amplitude: float
    """mm."""
    length: float
    """mm."""
    phase: float


class Warp(NamedTuple):
    """Pixels of the scan → millimetres of the page."""

    homography: Floats
    """(3, 3), to millimetres of the page as it would lie flat."""
    size: tuple[int, int]
    """Height and width of the scan."""
    barrel: float = 0.0
    slips: tuple[Slip, ...] = ()
    folds: tuple[Fold, ...] = ()
    waves: tuple[Wave, ...] = ()

    def page(self, pixels: Floats) -> Floats:
        """(n, 2) pixels → (n, 2) millimetres."""
        points = pixels
        if self.barrel:
            middle = np.array([self.size[1], self.size[0]]) / 2
            away = (points - middle) / np.hypot(*middle)
            points = points + away * self.barrel * (away**2).sum(axis=1, keepdims=True) * np.hypot(*middle)
        for slip in self.slips:
            share = np.clip((points[:, 1] - slip.at) / slip.over, 0.0, 1.0)
            points = np.stack([points[:, 0], points[:, 1] + slip.lost * share], axis=1)
        points = projected(self.homography, points)
        for fold in self.folds:
            normal = np.array([np.cos(fold.angle), np.sin(fold.angle)])
            from_line = points @ normal - fold.offset
            points = points + np.outer(np.tanh(from_line / fold.width) * fold.lost / 2, normal)
        for wave in self.waves:
            moved = wave.amplitude * np.sin(2 * np.pi * points[:, wave.along] / wave.length + wave.phase)
            points = points + np.outer(moved, np.eye(2)[wave.moves])
        return points


class SimulatedScan(NamedTuple):
    """A scan as it is stored, and the truth of it."""

    page: ScannedPage
    places: Floats
    """(n, 2): pixels of the places asked for."""
    ends: Floats
    """(n, 2, 2): where a place would be by those two of its parts that disagree most, pixels. Twice the place
    itself but on a fold, a slip or lost lines: what they cross lies in several places."""
    rotation: int
    """Degrees clockwise that it must be turned by to stand upright."""


def projected(homography: Floats, points: Floats) -> Floats:
    """(n, 2) points through a projective map."""
    mapped = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)


def scanned(
    paper: BlankSheet,
    places: Floats,
    level: int,
    folded: tuple[Fold, ...],
    background: int,
    rng: Random,
    dpi: int | None = None,
    parts: Floats | None = None,
) -> SimulatedScan:
    """The scan of a page at a level.

    `places` (n, 2) are what is to be known of it, in mm, and `parts` (k, 2) where the parts of what is there
    lie, mm from it. `background` is what the scanner sees where there is no paper. `dpi` is drawn
    where it is not given.
    """
    bounds = LEVELS[level]
    dpi = dpi or int(rng.choice(bounds.dpi))
    page_mm = paper.pixels.shape[1] / paper.scale, paper.pixels.shape[0] / paper.scale
    warp = (_phone_warp if level == PHONE else _scanner_warp)(bounds, page_mm, dpi, folded, rng)
    pixels, scale = paper.pixels, paper.scale
    if dpi / MM_PER_INCH < 0.9 * scale:
        # each pixel of a scanner gathers the light of all that it covers
        height, width = (round(side * dpi / MM_PER_INCH / scale) for side in pixels.shape[:2])
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        scale = dpi / MM_PER_INCH
    sampled = _sampled(warp)
    image = _taken(pixels, sampled * scale - 0.5, warp.size, background, rng, phone=level == PHONE)
    image = _exposed(image, bounds, rng, phone=level == PHONE)
    image = _noisy(image, bounds, dpi, rng)
    drawn = places * [pixels.shape[1] / page_mm[0], pixels.shape[0] / page_mm[1]] / scale
    found = _found(sampled, drawn)
    loses_lines = rng.random() < bounds.lost_lines
    if parts is None or not (warp.slips or warp.folds or loses_lines):
        parts = np.zeros((1, 2))  # what keeps its shape lies where its middle does
    steps = _steps(warp, drawn, parts)
    around = _found(sampled, _around(drawn, parts), _around(found, steps))
    found = np.concatenate((found, around))
    if loses_lines:
        image, found = _without_lines(image, found, rng)
    if rng.random() < bounds.streaks:
        for _ in range(int(rng.integers(1, 4))):
            column, wide = int(rng.uniform(0.02, 0.98) * image.shape[1]), int(rng.integers(1, 3))
            part = image[:, column : column + wide]
            part[:] = (part * rng.uniform(0.65, 0.95)).astype(np.uint8)
    fed = rng.random()
    turned = 180 if fed < bounds.upside_down else 0  # degrees clockwise
    if bounds.upside_down <= fed < bounds.upside_down + bounds.sideways:
        turned = int(rng.choice([90, 270]))
    found, around = found[: len(drawn)], found[len(drawn) :].reshape(len(drawn), -1, 2) - steps
    # of each place those two of its parts that are farthest from one another
    parts_at = np.concatenate((found[:, None], around), axis=1)
    away = ((parts_at[:, :, None] - parts_at[:, None]) ** 2).sum(axis=3)
    one, two = np.divmod(away.reshape(len(drawn), -1).argmax(axis=1), parts_at.shape[1])
    every = np.arange(len(drawn))
    ends = np.stack((parts_at[every, one], parts_at[every, two]), axis=1)
    found = np.concatenate((found, ends.reshape(-1, 2)))
    for _ in range(turned // 90):
        found = np.stack([image.shape[0] - 1 - found[:, 1], found[:, 0]], axis=1)
        image = np.rot90(image, -1)
    image = np.ascontiguousarray(image)
    quality = int(rng.integers(bounds.jpeg[0], bounds.jpeg[1] + 1))
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    size = image.shape[0], image.shape[1]
    found, ends = found[: len(drawn)], found[len(drawn) :].reshape(-1, 2, 2)
    page = ScannedPage(jpeg.tobytes(), dpi, size, image.ndim == 3)
    return SimulatedScan(page, found, ends, (360 - turned) % 360)


# ── where things come to lie ─────────────────────────────────────────────────────────────────


def _scanner_warp(
    level: Level, page_mm: tuple[float, float], dpi: int, folded: tuple[Fold, ...], rng: Random
) -> Warp:
    width, height = page_mm
    per_mm = dpi / MM_PER_INCH
    more = rng.uniform(0.0, level.margin, 2) if level.margin else np.zeros(2)
    size = round((height + more[1]) * per_mm), round((width + more[0]) * per_mm)
    skew = np.radians(rng.uniform(-level.skew, level.skew))
    scale = 1 + rng.uniform(-level.scale, level.scale)
    fed = scale * (1 + rng.uniform(-level.stretch, level.stretch))
    cos, sin = np.cos(skew), np.sin(skew)
    shift = rng.uniform(-level.shift, level.shift, 2)
    # pixel → mm from the middle of the scan → turned and scaled → mm of the page
    to_mm = np.array([[1 / per_mm, 0, 0.5 / per_mm], [0, 1 / per_mm, 0.5 / per_mm], [0, 0, 1]])
    away = np.array([[1, 0, -(width + more[0]) / 2], [0, 1, -(height + more[1]) / 2], [0, 0, 1]])
    turn = np.array([[cos / scale, sin / fed, 0], [-sin / scale, cos / fed, 0], [0, 0, 1]])
    home = np.array([[1, 0, width / 2 + shift[0]], [0, 1, height / 2 + shift[1]], [0, 0, 1]])
    slips: tuple[Slip, ...] = ()
    if rng.random() < level.slip:
        lost = rng.uniform(0.4, 1.6) * per_mm * rng.choice([-1.0, 1.0])
        slips = (Slip(rng.uniform(0.1, 0.9) * size[0], rng.uniform(2.0, 8.0) * per_mm, float(lost)),)
    return Warp(home @ turn @ away @ to_mm, size, 0.0, slips, folded, _waves(level.wave, rng))


def _waves(amplitude: float, rng: Random) -> tuple[Wave, ...]:
    if not amplitude:
        return ()
    return tuple(
        Wave(
            moves=int(rng.integers(2)),
            along=int(rng.integers(2)),
            amplitude=rng.uniform(0.0, amplitude) / 2,
            length=rng.uniform(70.0, 260.0),
            phase=rng.uniform(0.0, 2 * np.pi),
        )
        for _ in range(2)
    )


def _phone_warp(
    level: Level, page_mm: tuple[float, float], dpi: int, folded: tuple[Fold, ...], rng: Random
) -> Warp:
    """A camera above the paper, tilted about both axes and turned a little."""
    width, height = page_mm
    per_mm = dpi / MM_PER_INCH
    size = round(height * 1.13 * per_mm), round(max(width * 1.13, height * 1.13 * 0.75) * per_mm)
    tilt = np.radians(np.clip(rng.normal(0.0, TILT / 2.5, 2), -TILT, TILT))
    roll = np.radians(rng.uniform(-level.skew, level.skew))
    distance = rng.uniform(330.0, 480.0)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    x, y, z = float(tilt[0]), float(tilt[1]), float(roll)
    about_x = [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]
    about_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    about_z = [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]
    rotation = np.array(about_x) @ np.array(about_y) @ np.array(about_z)
    flat = np.c_[corners - [width / 2, height / 2], np.zeros(4)] @ rotation.T
    seen = flat[:, :2] * (distance / (distance + flat[:, 2:]))
    seen -= (seen.min(axis=0) + seen.max(axis=0)) / 2
    # as large as the picture takes, with a little of the table around it
    room = np.array([size[1], size[0]]) * rng.uniform(0.90, 0.97)
    seen *= float(np.min(room / (seen.max(axis=0) - seen.min(axis=0))))
    seen += np.array([size[1], size[0]]) / 2 + rng.uniform(-0.01, 0.01, 2) * size[0]
    homography = cv2.getPerspectiveTransform(seen.astype(np.float32), corners.astype(np.float32))
    curl = Wave(
        int(rng.integers(2)), 0, rng.uniform(0.0, CURL) / 2, rng.uniform(250, 500), rng.uniform(0, 6.3)
    )
    waves = (curl, *_waves(level.wave, rng))
    return Warp(np.asarray(homography, np.float64), size, rng.uniform(-BARREL, BARREL), (), folded, waves)


def _sampled(warp: Warp) -> Floats:
    """(h, w, 2): millimetres of the page at the points of the grid."""
    xs, ys = _grid(warp.size)
    return warp.page(np.stack([xs.ravel(), ys.ravel()], axis=1)).reshape(*xs.shape, 2)


def _found(sampled: Floats, places: Floats, first: Floats | None = None) -> Floats:
    """(n, 2): the pixels at which the picture, linear between points of the grid, shows places of the page.

    By Newton's method, from pixels near them on, or from the nearest point of the grid.
    """
    height, width = sampled.shape[:2]
    if first is None:
        nearest = [((sampled - place) ** 2).sum(axis=2).argmin() for place in places]
        at = np.stack(np.divmod(nearest, width)[::-1], axis=1).astype(np.float64)
    else:
        at = (first + 0.5) / _GRID + 0.5
    for _ in range(60):
        i, j = np.clip(at.astype(int), 0, [width - 2, height - 2]).T
        x, y = (at - np.stack((i, j), axis=1)).T[:, :, None]
        corners = sampled[j, i], sampled[j, i + 1], sampled[j + 1, i], sampled[j + 1, i + 1]
        above, below = (one * (1 - x) + two * x for one, two in (corners[:2], corners[2:]))
        along = (corners[1] - corners[0]) * (1 - y) + (corners[3] - corners[2]) * y
        missing = places - above * (1 - y) - below * y
        slopes = np.stack((along, below - above), axis=2)
        step = np.clip(np.linalg.solve(slopes, missing[:, :, None])[:, :, 0], -0.5, 0.5)
        at += step
        if abs(step).max(initial=0.0) < _CLOSE:
            break
    return (at - 0.5) * _GRID - 0.5


def _around(places: Floats, steps: Floats) -> Floats:
    """(n · k, 2): so many steps, (k, 2) or of each its own (n, k, 2), away from (n, 2) places."""
    return (places[:, None] + steps).reshape(-1, 2)


def _steps(warp: Warp, places: Floats, parts: Floats) -> Floats:
    """(n, k, 2): pixels from places to their parts where the paper keeps its shape."""
    if not parts.any():
        return np.zeros((len(places), len(parts), 2))
    flat = _sampled(warp._replace(slips=(), folds=()))
    middle = _found(flat, places)
    around = _found(flat, _around(places, parts), np.repeat(middle, len(parts), axis=0))
    return around.reshape(len(places), len(parts), 2) - middle[:, None]


def _taken(
    pixels: Pixels, points: Floats, size: tuple[int, int], background: int, rng: Random, phone: bool
) -> Pixels:
    """The page, by its pixels at the points of the grid, over what lies behind it."""
    map_x, map_y = (_full(points[:, :, axis], size) for axis in (0, 1))
    if not phone:
        shade = background if pixels.ndim == 2 else (background,) * 3
        found = cv2.remap(pixels, map_x, map_y, cv2.INTER_LINEAR, borderValue=shade)
        return np.asarray(found, np.uint8)
    height, width = size
    small = rng.normal(0.0, 1.0, (height // 40 + 2, 6 if rng.random() < 0.5 else width // 40 + 2))
    grain = cv2.resize(small, (width // 8, height // 8), interpolation=cv2.INTER_CUBIC)
    warmth = rng.uniform(0.0, 0.45)
    colour = (rng.uniform(30, 150) * np.array([1 - warmth, 1 - warmth / 2, 1])).astype(np.float32)
    top = np.clip(colour * (1 + 0.12 * np.asarray(grain)[..., None]), 0, 255).astype(np.uint8)
    table = np.asarray(cv2.resize(top, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(
        cv2.remap(pixels, map_x, map_y, cv2.INTER_LINEAR, dst=table, borderMode=cv2.BORDER_TRANSPARENT),
        np.uint8,
    )


def _grid(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Points every `_GRID` pixels, one more at each side than the picture has."""
    xs, ys = (_GRID * (np.arange(-1, side // _GRID + 2) + 0.5) - 0.5 for side in (size[1], size[0]))
    found = np.meshgrid(xs, ys)
    return found[0], found[1]


def _full(grid: Floats, size: tuple[int, int]) -> NDArray[np.float32]:
    """Values between the points of a grid."""
    height, width = (side * _GRID for side in grid.shape)
    found = cv2.resize(grid.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(found[_GRID : _GRID + size[0], _GRID : _GRID + size[1]], np.float32)


# ── light and noise ──────────────────────────────────────────────────────────────────────────


def _exposed(image: Pixels, level: Level, rng: Random, phone: bool) -> Pixels:
    """Black and white as the sensor gives them, times the light that falls on each place."""
    black, white = rng.uniform(*level.black), rng.uniform(*level.white)
    gamma = rng.uniform(0.9, 1.12) if level.light else 1.0
    curve = black + (white - black) * (np.arange(256) / 255) ** gamma
    image = np.asarray(cv2.LUT(image, np.clip(curve, 0, 255).astype(np.uint8)), np.uint8)
    if not level.light:
        return image
    size = image.shape[0], image.shape[1]
    light = _light(size, level, rng)
    if phone:
        light *= _shadow(size, light.shape, rng)
    field = _full(light, size)
    if image.ndim == 2:
        return np.asarray(cv2.multiply(image, field, dtype=cv2.CV_8U), np.uint8)
    warm = rng.uniform(-CAST, CAST) * (1.0 if phone else 0.2)  # lamps go from blue to yellow
    cast = np.minimum([1 - warm, 1 - abs(warm) * rng.uniform(0.0, 0.4), 1 + warm], 1.0)
    channels = [*cv2.split(image)]
    for channel in range(3):
        channels[channel] = cv2.multiply(channels[channel], field, scale=cast[channel], dtype=cv2.CV_8U)
    return np.asarray(cv2.merge(channels), np.uint8)


def _light(size: tuple[int, int], level: Level, rng: Random) -> Floats:
    """Light on the points of the grid, at most 1: a slope, a slow swell, at times a dark edge."""
    xs, ys = _grid(size)
    x, y = xs / size[1], ys / size[0]
    angle, swell = rng.uniform(0, 2 * np.pi, 2)
    slope = 0.5 + 0.5 * (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)) * 1.4
    slow = 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.3, 0.9) * (x if swell > np.pi else y) + swell)
    missing = rng.uniform(0.2, 1.0) * level.light
    light = 1 - missing * (0.65 * slope + 0.35 * slow)
    if rng.random() < level.dark_edge:
        edge = (x, 1 - x, y, 1 - y)[int(rng.integers(4))]
        light *= 1 - rng.uniform(0.25, 0.7) * np.exp(-np.maximum(edge, 0) / rng.uniform(0.006, 0.03))
    return np.asarray(np.clip(light, 0.05, 1.0), np.float64)


def _shadow(size: tuple[int, int], shape: tuple[int, ...], rng: Random) -> Floats:
    """The soft shadow of a hand or a head from one side, and light falling off towards the corners."""
    xs, ys = _grid(size)
    x, y = xs / size[1] - 0.5, ys / size[0] - 0.5
    light = 1 - rng.uniform(0.0, 0.2) * (x**2 + y**2)
    if rng.random() < 2 / 3:
        angle = rng.uniform(0, 2 * np.pi)
        from_line = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.15, 0.35)
        from_line = from_line + 0.06 * np.sin(rng.uniform(4, 12) * (y * np.cos(angle) - x * np.sin(angle)))
        light = light * (1 - rng.uniform(*SHADOW) / (1 + np.exp(-from_line / rng.uniform(0.008, 0.05))))
    return np.asarray(light.reshape(shape), np.float64)


def _noisy(image: Pixels, level: Level, dpi: int, rng: Random) -> Pixels:
    """Blurred by optics, then with the noise of the sensor, a part of it spread over its neighbours."""
    blur, noise = rng.uniform(*level.blur) * dpi / 100, rng.uniform(*level.noise)
    if blur > 0.2:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.uint8)
    if noise <= 0:
        return image
    grains = np.empty(image.shape[:2], np.int16)
    cv2.setRNGSeed(int(rng.integers(2**31 - 1)))
    cv2.randn(grains, np.zeros(1), np.full(1, noise * 8))
    if rng.random() < 0.5:
        grains = np.asarray(cv2.blur(grains, (2, 2)), np.int16) * np.int16(2)
    if image.ndim == 3:
        grains = np.asarray(cv2.merge([grains] * 3), np.int16)
    return np.asarray(cv2.addWeighted(image, 1.0, grains, 1 / 8, 0.0, dtype=cv2.CV_8U), np.uint8)


# ── faults of scanners ───────────────────────────────────────────────────────────────────────


def _without_lines(image: Pixels, places: Floats, rng: Random) -> tuple[Pixels, Floats]:
    """Some lines of pixels lost on the way from the scanner, or sent twice."""
    rows = np.arange(image.shape[0])
    y = places[:, 1].copy()
    for _ in range(int(rng.integers(1, 4))):
        at, n = int(rng.uniform(0.05, 0.95) * len(rows)), int(rng.integers(1, _MOST_LOST + 1))
        if rng.random() < 0.7:
            rows = np.delete(rows, slice(at, at + n))
            y -= np.clip(y - at, 0, n)
        else:
            rows = np.insert(rows, at, rows[at : at + n])
            y += n * (y >= at)
    return image[rows], np.stack([places[:, 0], y], axis=1)

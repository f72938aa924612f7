"""What people make on paper → pixels: strokes of pencils and pens, erasures, writing, drawn into a page.

A page is grey, (H, W), or blue, green, red, (H, W, 3). A stroke takes light away by its darkness, the grain
of the paper where it is pencil, and its colour where it is ink. Lengths are in mm, darkness is 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.scanning.filled_sheets import Pixels
from examgen.scanning.sheet_layout import SheetArea
from tests.scanning.simulated.people import Habit, PaperMark, Random, Tool

Path = NDArray[np.float64]
"""(n, 2): the points of a stroke in mm of the page."""

_LIGHT_LEFT: dict[Tool, tuple[float, float, float]] = {
    "pencil": (0.14, 0.14, 0.14), "black": (0.06, 0.06, 0.07), "blue": (0.62, 0.22, 0.12),
    "red": (0.22, 0.14, 0.80), "green": (0.28, 0.50, 0.10), "felt": (0.10, 0.08, 0.08),
}  # fmt: skip
"""Of blue, green and red light, where a stroke takes all it can."""
_GREY = np.array([0.114, 0.587, 0.299])
"""Shares of blue, green and red in grey (ITU-R BT.601)."""


class BlankSheet(NamedTuple):
    """A page that is drawn on, and its pixels in a millimetre."""

    pixels: Pixels
    scale: float


def draw(paper: BlankSheet, made: PaperMark, x: float, y: float, rng: Random) -> None:
    """Draws what was made about a bubble whose centre is at x, y."""
    habit = made.habit
    centre = np.array([x, y]) + rng.normal(0.0, habit.aside, 2)
    match made.kind:
        case "erased":
            # what the eraser left of a mark, the smear beside it, and print that it took away
            residue = rng.uniform(0.3, 1.0) * habit.residue
            kind = "disc" if habit.kind in ("disc", "scribble") else habit.kind
            left = habit._replace(darkness=residue, width=habit.width * 1.2)
            share = rng.uniform(0.0, 0.25)
            box = _box(paper, centre[None], rng.uniform(1.5, 2.5))
            if box is not None:
                part = paper.pixels[box]
                part[:] = part + ((255 - part) * share).astype(np.uint8)
            _strokes(paper, made._replace(kind=kind, habit=left), centre, rng)
            away = rng.normal(0.0, 0.8, 2)
            smear = [centre + away + _line(rng.uniform(1.5, 3.0), rng.normal(0.2, 0.3), rng)]
            take_light(paper, smear, rng.uniform(1.5, 3.0), residue * rng.uniform(0.05, 0.3), soft=0.8)
        case "whitened":
            _strokes(paper, made._replace(kind="disc"), centre, rng)
            # correction fluid or tape, which covers the print too and is not quite as white as paper
            points = centre + _line(rng.uniform(1.2, 2.2), rng.normal(0.0, 0.2), rng)
            if (box := _box(paper, points, 3.5)) is not None:
                cover = _cover(paper, [points], rng.uniform(4.2, 5.0), box)
                part = paper.pixels[box].astype(np.float32)
                over = cover if part.ndim == 2 else cover[..., None]
                paper.pixels[box] = (part + (rng.uniform(236, 252) - part) * over * 0.97).astype(np.uint8)
        case "cancelled":
            _strokes(paper, made._replace(kind="disc"), centre, rng)
            _strokes(paper, made._replace(kind="cross", habit=habit._replace(radius=3.2)), centre, rng)
        case "stray":
            # the point touched the paper near a bubble: a dot or a short line
            place = centre + rng.normal(0.0, 1.6, 2)
            path = place + _line(rng.uniform(0.1, 1.2), rng.uniform(0, np.pi), rng)
            _ink(paper, [path], 0.4, made.habit.darkness * rng.uniform(0.4, 0.9), made.habit.tool, rng)
        case _:
            _strokes(paper, made, centre, rng)


# ── strokes ──────────────────────────────────────────────────────────────────────────────────


def _strokes(paper: BlankSheet, made: PaperMark, centre: Path, rng: Random) -> None:
    habit = made.habit
    layers = _paths(made, rng)
    for layer, paths in enumerate(layers):
        darkness = habit.darkness * (1.0 if layer == 0 else 0.35)
        _ink(paper, [path + centre for path in paths], habit.width, darkness, habit.tool, rng)


def _paths(made: PaperMark, rng: Random) -> list[list[Path]]:
    """The strokes of a mark about 0, 0, layer by layer."""
    habit = made.habit
    size = habit.radius
    match made.kind:
        case "disc":
            first = _spiral(habit, rng) if rng.random() < 0.4 else _zigzag(habit, rng)
            return [[first], [_zigzag(habit, rng)]]
        case "scribble":
            return [[_zigzag(habit, rng)]]
        case "dot":
            return [[_spiral(habit._replace(radius=min(size, 0.9), spacing=0.7), rng)]]
        case "half":
            # to and fro across one half of the bubble
            n = max(3, int(habit.radius / (habit.width * habit.spacing)) + 1)
            across = np.linspace(0.1, min(habit.radius, 1.7), n)
            along = np.sqrt(np.maximum(1.8**2 - across**2, 0.0))
            points = np.stack([np.repeat(across, 2), np.repeat(along, 2)], axis=1)
            points[1::2, 1] *= -1
            return [[(points + rng.normal(0.0, 0.07, points.shape)) @ _turn(rng.uniform(0, 2 * np.pi))]]
        case "tick":
            tick = np.array([[-0.7, -0.05], [-0.15, 0.7], [0.15, 0.25], [1.1, -1.25]]) * size
            return [[(tick + rng.normal(0.0, 0.08 * size, tick.shape)) @ _turn(rng.normal(0.0, 0.15))]]
        case "cross":
            one = rng.normal(np.pi / 4, 0.12)
            return [[_line(size, one, rng), _line(size, one + rng.normal(np.pi / 2, 0.12), rng)]]
        case "ring":
            radius = rng.uniform(1.9, 2.9)
            start = rng.uniform(0, 2 * np.pi)
            angle = np.linspace(start, start + rng.uniform(1.85, 2.2) * np.pi, 30)
            out = radius + np.cumsum(rng.normal(0.0, 0.04, 30))
            return [[np.stack([out * np.cos(angle) * rng.uniform(0.85, 1.15), out * np.sin(angle)], axis=1)]]
        case _:
            return [[_line(size, rng.uniform(0, np.pi), rng)]]


def _zigzag(habit: Habit, rng: Random) -> Path:
    """To and fro across a disc, overshooting it."""
    radius = max(0.2, habit.radius - habit.width / 2)
    n = max(3, int(2 * radius / (habit.width * habit.spacing)) + 1)
    across = np.linspace(-radius, radius, n) * (1 - 0.5 / n)
    along = np.sqrt(np.maximum(radius**2 - across**2, 0.0)) + rng.uniform(-0.1, habit.overshoot, n)
    points = np.empty((2 * n, 2))
    points[:, 0] = np.repeat(across, 2) + rng.normal(0.0, 0.06, 2 * n)
    side = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    points[0::2, 1] = along * side
    points[1::2, 1] = -along * side
    points[:, 1] += rng.normal(0.0, 0.08, 2 * n)
    return points @ _turn(rng.normal(0.7, 0.5))


def _spiral(habit: Habit, rng: Random) -> Path:
    radius = max(0.15, habit.radius - habit.width / 2)
    turns = max(1.5, radius / (habit.width * habit.spacing))
    angle = np.linspace(0.0, 2 * np.pi * turns, int(14 * turns))
    out = np.linspace(0.05, radius, len(angle)) + rng.normal(0.0, 0.05, len(angle))
    closing = np.linspace(angle[-1], angle[-1] + 2 * np.pi, 14)
    angle = np.concatenate([angle, closing]) + rng.uniform(0, 2 * np.pi)
    out = np.concatenate([out, np.full(14, radius) + rng.normal(0.0, 0.05, 14)])
    return np.stack([out * np.cos(angle), out * np.sin(angle)], axis=1)


def _line(size: float, angle: float, rng: Random) -> Path:
    ends = np.array([[-size, 0.0], [0.0, rng.normal(0.0, 0.1)], [size, 0.0]])
    return (ends + rng.normal(0.0, 0.1, ends.shape)) @ _turn(angle)


def _turn(angle: float) -> Path:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, sin], [-sin, cos]])


# ── what is not an answer ────────────────────────────────────────────────────────────────────


def scribble(paper: BlankSheet, area: SheetArea, habit: Habit, rng: Random) -> None:
    """Something like a signature, across an area and out of it."""
    n = int(rng.integers(8, 16))
    steps = np.linspace(0.0, 1.0, 12 * n)
    beat = np.interp(steps, np.linspace(0, 1, n), np.cumsum(rng.uniform(1.5, 5.0, n)))
    tall = np.interp(steps, np.linspace(0, 1, n), rng.uniform(0.1, 0.75, n))
    x = area.x + (0.05 + 0.75 * rng.uniform(0.6, 1.0) * steps) * area.width + 1.6 * np.cos(beat)
    y = area.y + area.height * (0.65 + tall * np.sin(beat))
    _ink(paper, [np.stack([x, y], axis=1)], 0.4, habit.darkness, habit.tool, rng)


def figure(paper: BlankSheet, char: str, area: SheetArea, habit: Habit, rng: Random) -> None:
    """A figure or letter by hand in its box."""
    scale = paper.scale
    size = 0.75 * area.height * scale / 22
    at = (
        int((area.x + area.width / 2 + rng.normal(-1.5, 0.3)) * scale),
        int((area.y + area.height * rng.uniform(0.75, 0.9)) * scale),
    )
    lines = max(2, round(0.4 * scale))
    box = _box(paper, np.array([[area.x + area.width / 2, area.y + area.height / 2]]), area.height)
    if box is None:
        return
    rows, columns = box
    drawn = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    place = at[0] - columns.start, at[1] - rows.start
    cv2.putText(drawn, char, place, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, size, 255, lines, cv2.LINE_AA)
    _darken(paper, box, drawn.astype(np.float32) * (habit.darkness / 255), habit.tool, rng)


# ── pixels ───────────────────────────────────────────────────────────────────────────────────


def _ink(
    paper: BlankSheet, paths: Sequence[Path], width: float, darkness: float, tool: Tool, rng: Random
) -> None:
    box = _box(paper, np.concatenate(list(paths)), width + 0.3)
    if box is not None:
        _darken(paper, box, _cover(paper, paths, width, box) * np.float32(darkness), tool, rng)


def take_light(
    paper: BlankSheet, paths: Sequence[Path], width: float, amount: float, soft: float = 0.0
) -> None:
    """Darkens a page along strokes by a share, or where that is negative lightens it; edges soft by mm."""
    box = _box(paper, np.concatenate(list(paths)), width + 2 * soft)
    if box is None:
        return
    drawn = _drawn(paper, paths, width, box)
    if soft:
        drawn = np.asarray(cv2.blur(drawn, (int(soft * paper.scale) | 1,) * 2), np.uint8)
    left = np.asarray(cv2.LUT(drawn, (255 - abs(amount) * np.arange(256)).astype(np.uint8)), np.uint8)
    part = paper.pixels[box]
    if part.ndim == 3:
        left = np.asarray(cv2.merge([left] * 3), np.uint8)
    if amount < 0:
        part[:] = cv2.bitwise_not(cv2.multiply(cv2.bitwise_not(part), left, scale=1 / 255))
    else:
        part[:] = cv2.multiply(part, left, scale=1 / 255)


def _box(paper: BlankSheet, points: Path, margin: float) -> tuple[slice, slice] | None:
    """The pixels about some points, none where they lie off the page."""
    height, width = paper.pixels.shape[:2]
    left, top = ((points.min(axis=0) - margin) * paper.scale).astype(int)
    right, bottom = ((points.max(axis=0) + margin) * paper.scale).astype(int) + 1
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    return (slice(top, bottom), slice(left, right)) if left < right and top < bottom else None


def _cover(
    paper: BlankSheet, paths: Sequence[Path], width: float, box: tuple[slice, slice]
) -> NDArray[np.float32]:
    """How far strokes cover the pixels of a box, 0 to 1."""
    return _drawn(paper, paths, width, box).astype(np.float32) / np.float32(255)


def _drawn(paper: BlankSheet, paths: Sequence[Path], width: float, box: tuple[slice, slice]) -> Pixels:
    """How far strokes cover the pixels of a box, 0 to 255."""
    rows, columns = box
    drawn = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    offset = np.array([columns.start, rows.start]) + 0.5
    lines = [np.round((path * paper.scale - offset) * 16).astype(np.int32) for path in paths]
    thickness = max(1, round(width * paper.scale))
    cv2.polylines(drawn, lines, False, 255, thickness, cv2.LINE_AA, 4)
    return drawn


def _darken(
    paper: BlankSheet, box: tuple[slice, slice], cover: NDArray[np.float32], tool: Tool, rng: Random
) -> None:
    """Takes light from the pixels of a box; `cover` is 0 to 1."""
    if tool == "pencil":
        cover = cover * _grain(cover.shape, rng)
    part = paper.pixels[box]
    left = np.array(_LIGHT_LEFT[tool], np.float32)
    if part.ndim == 2:
        part[:] = part * (1 - cover * np.float32(1 - float(left @ _GREY)))
    else:
        part[:] = part * (1 - cover[..., None] * (1 - left))


_TILE = 1024


def _grain(shape: tuple[int, ...], rng: Random) -> NDArray[np.float32]:
    """How much graphite the tooth of the paper takes, about 0.5 to 1."""
    height, width = shape
    top, left = rng.integers(0, _TILE - min(_TILE, max(height, width)) + 1, 2)
    tile = _grain_tile()
    if height > _TILE or width > _TILE:
        tile = np.tile(tile, (height // _TILE + 1, width // _TILE + 1))
        top = left = 0
    return tile[top : top + height, left : left + width]


@cache
def _grain_tile() -> NDArray[np.float32]:
    rng = np.random.default_rng(5)
    fine = cv2.GaussianBlur(rng.standard_normal((_TILE, _TILE), dtype=np.float32), (0, 0), 1.0)
    coarse = cv2.GaussianBlur(rng.standard_normal((_TILE, _TILE), dtype=np.float32), (0, 0), 3.0)
    mixed = fine / fine.std() + coarse / coarse.std()
    return np.asarray(np.clip(0.9 + 0.11 * mixed, 0.35, 1.0), np.float32)

"""The picture of a blank → a `Form`: its bubbles, how they are grouped, what each group is, and what is
unsure.

A bubble is a white region that print encloses, of the size of many others. Bubbles of one size that follow
one another at one distance are a row; rows with the same columns at one distance are a field. Which field is
the candidate number and which are questions is told by what is printed in the bubbles, alike along the rows
or along the columns, and by how many there are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from examgen.core.problems import Refused
from examgen.core.text.characters import LETTERS
from examgen.core.words import Message, listed, noted, tell, tell_n
from examgen.scanning.templates.fitting import marked_share
from examgen.scanning.templates.form import (
    SCHEMA,
    VERSION,
    Bubble,
    Form,
    IgnoredField,
    NumberField,
    QuestionsField,
)
from examgen.scanning.templates.upright import turns_needed

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]

SIZES_MM = (1.4, 11.0)
"""Inner width and height of a bubble."""
ASPECT = 3.0
INK = (10, 22, 45)
"""Grey levels by which print is darker than what is around it: outlines in pale colours need few, those that
letters touch many."""
LIKE_SHARE, LIKE_MM = 0.09, 0.25
"""How far bubbles of one size differ."""
FEWEST = 4
"""Bubbles of a size."""
WIDER = 1.35
"""How much larger a distance is where a new field begins."""
FARTHEST = 6.0
"""Widths, or heights, of a bubble between the middles of neighbours of a field at most."""
STRAIGHT_MM = 0.45
"""How far a bubble may be from its place in a lattice."""
GLYPH, LESS = 6.0, 0.12
"""Standard deviation of grey levels in bubbles that something is printed in; how much more alike print is
along rows than along columns, or the other way round, where that tells a field's kind."""
FILLED = 0.4
"""Of the paper, how dark it is where a mark hides a bubble."""
A4, LETTER = (210.0, 297.0), (215.9, 279.4)
PAPER_SHARE = 0.03
MOST_MARKED = 0.04
"""Share of the bubbles of a blank that are dark: more are on a sheet that was filled in."""
TURNED = noted(
    "the blank did not lie upright, by the numbers beside its questions: it was turned clockwise by "
    "{degrees} degrees: look whether it is upright now"
)
NO_NUMBER = noted("no candidate number was found: whose a sheet is must be told by the file or by a list")
NO_QUESTIONS = noted("no questions were found: name them in form.yaml")
MISSING = {NO_NUMBER: "number", NO_QUESTIONS: "questions"}
"""What is said where a kind of field was not found, and that kind."""
EQUAL_MM = 5.0
"""Fields whose first rows differ by less are at one height."""
FILLED_SHEET = noted(
    "this sheet is filled in, and marks hide bubbles: learn the form from a blank where there is one, else "
    "look at every field"
)
UNKNOWN_WAY = noted("nothing tells which way up the blank is: look whether it is upright")


class Learnt(NamedTuple):
    """A form, its blank as it was set straight, and what was found, in words."""

    form: Form
    blank: Grey
    found: tuple[Message, ...]
    unsure: tuple[Message, ...]


class Lattice(NamedTuple):
    """Bubbles in rows and columns: first and last middle, how many, and their size, mm."""

    x: tuple[float, float]
    y: tuple[float, float]
    columns: int
    rows: int
    size: tuple[float, float]
    boxed: bool
    alike: float
    """By how much more alike what is printed in its bubbles is along columns than along rows; 0 if nothing
    is."""
    miss: float
    """How far the worst of its bubbles is from its place, mm."""

    @property
    def area(self) -> float:
        """Of the frame of a bubble, mm²."""
        return self.size[0] * self.size[1]

    @property
    def middle(self) -> tuple[float, float]:
        """Of all its bubbles."""
        return sum(self.x) / 2, sum(self.y) / 2


def learn(blank: Grey, name: str, width: float, letters: Sequence[str] = LETTERS) -> Learnt:
    """The form that a blank shows, turned upright where the numbers of its questions tell that it is not;
    `width` is that of the picture, mm."""
    lattices, straight, per_mm = _seen_lattices(blank, width)
    turns = turns_needed(lattices, straight, per_mm)
    said: list[Message] = []
    if turns:
        turned = np.ascontiguousarray(np.rot90(blank, -turns))
        turned_width = width if turns == 2 else width * blank.shape[0] / blank.shape[1]
        again = _seen_lattices(turned, turned_width)
        if turns_needed(*again) == 0:
            (lattices, straight, per_mm), width = again, turned_width
            said.append(tell(TURNED, degrees=90 * turns))
        else:
            turns = None
    if turns is None:
        said.append(tell(UNKNOWN_WAY))
    learnt = _described(lattices, straight, name, width, per_mm, letters)
    unsure = learnt.unsure
    if marked_share(learnt.form, learnt.blank) > MOST_MARKED:
        # marks hide bubbles and make others: what else is unsure is so for them
        unsure = (tell(FILLED_SHEET), *(one for one in unsure if one.msgid in MISSING))
    sizes = sorted({len(one.letters) for one in learnt.form.questions})
    if sizes and tuple(letters) != tuple(LETTERS) and len(letters) != sizes[-1]:
        said.append(
            tell(
                "{n} letters are named, {letters}, and the questions have {sizes} answers: look whether the "
                "fields are right, and correct their letters",
                n=len(letters), letters=listed(letters), sizes=listed(map(str, sizes)),
            )
        )  # fmt: skip
    return learnt._replace(unsure=(*said, *unsure))


def _seen_lattices(blank: Grey, width: float) -> tuple[list[Lattice], Grey, float]:
    """Lattices of bubbles, the blank set straight, pixels for a millimetre."""
    straight = blank
    found: list[_Found] = []
    for _ in range(2):
        found = _bubbles(straight, straight.shape[1] / width)
        angle = _skew(found)
        if abs(angle) < 0.05:
            break
        straight = _turned(straight, angle)
    sizes = _sizes(found)
    per_mm = straight.shape[1] / width
    lattices: list[Lattice] = []
    taken = np.zeros((0, 4))
    for size in sizes:
        whole = _beside(_completed(_beside(size, taken), found, straight, per_mm), taken)
        if len(whole) >= FEWEST:
            lattices += _lattices(whole, straight, per_mm)
            taken = np.vstack((taken, [(one.x, one.y, one.width, one.height) for one in whole]))
    lattices = [one for one in _outermost(lattices) if one.columns * one.rows >= FEWEST]
    usual = max(lattices, key=lambda one: one.columns * one.rows, default=None)
    # letters of words, and boxes to write in, are no bubbles
    lattices = [
        one
        for one in lattices
        if usual is not None
        and (min(one.columns, one.rows) > 1 or (one.miss < STRAIGHT_MM and 0.6 < one.area / usual.area < 1.8))
    ]
    if not lattices:
        raise Refused(
            tell(
                "no bubbles were found on the blank: it must be empty, upright and sharp, at 150 dots "
                "per inch or more; "
                "or write form.yaml by hand"
            )
        )
    return lattices, straight, per_mm


def width_of(blank: Grey, dpi: float) -> float:
    """The width of a blank, mm: A4 or Letter where its sides are as those of one, else by its resolution."""
    height, width = blank.shape
    said = 25.4 * width / dpi if dpi else 0.0
    for across, down in (A4, LETTER, A4[::-1], LETTER[::-1]):
        if abs(height / width / (down / across) - 1) < PAPER_SHARE and (
            not said or abs(said / across - 1) < 2 * PAPER_SHARE
        ):
            return across
    return said if 40 < said < 900 else A4[0]


# ── bubbles ──────────────────────────────────────────────────────────────────────────────────


def seen_bubbles(image: Grey) -> tuple[Points, tuple[float, float], bool]:
    """(n, 2): the middles of what may be bubbles in a scan, marked or not, pixels; and their size over
    all."""
    per_mm = max(image.shape) / A4[1]
    found = _bubbles(image, per_mm)
    sizes = _sizes(found)[:2]
    if not sizes:
        return np.zeros((0, 2)), (0.0, 0.0), False
    most = max(sizes, key=len)
    at = [
        (one.x, one.y)
        for size in sizes
        if len(size) > 0.2 * len(most)
        for one in _completed(size, found, image, per_mm)
    ]
    boxed = float(np.mean([one.boxed for one in most])) > 0.5
    line = 2 * float(np.median([one.line for one in most]))
    wide, high = (
        float(np.median(side)) + line for side in zip(*((one.width, one.height) for one in most), strict=True)
    )
    return np.array(at) * per_mm - 0.5, (wide * per_mm, high * per_mm), boxed


class _Found(NamedTuple):
    """A white region that print encloses: middle, inner size, width of the line, mm; whether it is a box."""

    x: float
    y: float
    width: float
    height: float
    line: float
    boxed: bool


def _bubbles(blank: Grey, per_mm: float) -> list[_Found]:
    factor = 1.0
    if per_mm < 10:  # thin lines are a pixel wide
        factor = min(3.0, 12 / per_mm)
        blank = np.asarray(
            cv2.resize(blank, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8
        )
    scale = per_mm * factor
    wide = int(8 * scale) | 1
    paper = cv2.morphologyEx(
        cv2.medianBlur(blank, 3), cv2.MORPH_CLOSE, np.ones((wide // 4 | 1, wide // 4 | 1), np.uint8)
    )
    dark = cv2.blur(paper, (wide, wide)).astype(np.int16) - blank
    found: dict[tuple[int, int], _Found] = {}
    for least in INK:
        for closing in (0, 1):
            ink = (dark > least).astype(np.uint8)
            if closing:
                ink = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)
            for one in (*_enclosed(ink, scale), *_outlined(ink, scale)):
                key = round(one.x / 0.8), round(one.y / 0.8)
                near = [(key[0] + i, key[1] + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
                if not any(
                    (other := found.get(k)) is not None
                    and abs(other.x - one.x) < 0.6
                    and abs(other.y - one.y) < 0.6
                    and abs(other.width - one.width) < 0.4
                    and abs(other.height - one.height) < 0.4
                    for k in near
                ):
                    found[key] = one
    return list(found.values())


def _enclosed(ink: Grey, scale: float) -> list[_Found]:
    n, labels, stats, _ = cv2.connectedComponentsWithStats(1 - ink, connectivity=4)
    low, high = (scale * side for side in SIZES_MM)
    found = []
    height, width = ink.shape
    for k in range(1, n):
        x, y, w, h, area = (int(value) for value in stats[k])
        if not (low <= w <= high and low <= h <= high and 1 / ASPECT <= w / h <= ASPECT):
            continue
        if area < 0.3 * w * h or x < 2 or y < 2 or x + w > width - 2 or y + h > height - 2:
            continue
        region = np.asarray(labels[y : y + h, x : x + w] == k)
        # what is filled by its rows and its columns: print inside a bubble is a part of it
        spans = _filled(region)
        share = spans.mean()
        if share < 0.6:
            continue
        corners = np.concatenate([spans[i, j].ravel() for i in _ends(h) for j in _ends(w)]).mean()
        # how thick the line is: print to the right and below, outward from the middle of each side
        lines = []
        for steps in (
            ink[y + h // 2, x + w : x + w + int(scale)],
            ink[y + h // 2, max(0, x - int(scale)) : x][::-1],
            ink[y + h : y + h + int(scale), x + w // 2],
            ink[max(0, y - int(scale)) : y, x + w // 2][::-1],
        ):
            end = np.flatnonzero(steps == 0)
            lines.append(int(end[0]) if len(end) else len(steps))
        found.append(
            _Found(
                (x + w / 2) / scale,
                (y + h / 2) / scale,
                w / scale,
                h / scale,
                float(np.median(lines)) / scale,
                bool(corners > 0.6),
            )
        )
    return found


def _outlined(ink: Grey, scale: float) -> list[_Found]:
    """The same by connected print, for letters that touch their outline part what it encloses."""
    n, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    low, high = (scale * side for side in SIZES_MM)
    found = []
    for k in range(1, n):
        x, y, w, h, area = (int(value) for value in stats[k])
        if not (low < w < high and low < h < high and 1 / ASPECT <= w / h <= ASPECT):
            continue
        region = np.asarray(labels[y : y + h, x : x + w] == k)
        filled = _filled(region)
        share, own = filled.mean(), area / max(1, int(filled.sum()))
        # a disc or a box, most of its outline there, and not solid
        if share < 0.7 or own > 0.85:
            continue
        corners = np.concatenate([filled[i, j].ravel() for i in _ends(h) for j in _ends(w)]).mean()
        sides = region[h // 2], region[h // 2, ::-1], region[:, w // 2], region[::-1, w // 2]
        line = float(np.median([len(side) if side.all() else int(np.argmin(side)) for side in sides]))
        if line > 0.25 * min(w, h):
            continue
        found.append(
            _Found(
                (x + w / 2) / scale,
                (y + h / 2) / scale,
                (w - 2 * line) / scale,
                (h - 2 * line) / scale,
                line / scale,
                bool(corners > 0.6),
            )
        )
    return found


def _filled(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A region without its holes."""
    framed = np.pad(region, 1).astype(np.uint8)
    cv2.floodFill(framed, None, (0, 0), 2)
    return np.asarray(framed[1:-1, 1:-1] != 2)


def _ends(n: int) -> tuple[slice, slice]:
    part = max(1, n // 8)
    return slice(0, part), slice(n - part, n)


def _skew(found: Sequence[_Found]) -> float:
    """Degrees by which rows of bubbles run down to the right."""
    sizes = _sizes(found)
    if not sizes:
        return 0.0
    at = np.array([(one.x, one.y) for one in max(sizes, key=len)])
    angles = []
    for x, y in at:
        right = at[
            (at[:, 0] - x > 1.0) & (at[:, 0] - x < 60) & (abs(at[:, 1] - y) < 0.06 * (at[:, 0] - x) + 0.3)
        ]
        angles += np.degrees(np.arctan2(right[:, 1] - y, right[:, 0] - x)).tolist()
    return float(np.median(angles)) if len(angles) > 10 else 0.0


def _turned(image: Grey, angle: float) -> Grey:
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return np.asarray(
        cv2.warpAffine(
            image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


def _sizes(found: Sequence[_Found]) -> list[list[_Found]]:
    """Bubbles by size, the most frequent size first."""
    left = list(found)
    sizes: list[list[_Found]] = []
    while len(left) >= FEWEST:
        side = np.array([(one.width, one.height) for one in left])
        like = (abs(side[:, None] - side[None]) < np.maximum(LIKE_MM, LIKE_SHARE * side[None])).all(axis=2)
        chosen = like[int(like.sum(axis=1).argmax())]
        middle = np.median(side[chosen], axis=0)
        chosen = (abs(side - middle) < np.maximum(1.3 * LIKE_MM, 1.3 * LIKE_SHARE * middle)).all(axis=1)
        if chosen.sum() < FEWEST:
            break
        sizes.append([one for one, is_like in zip(left, chosen, strict=True) if is_like])
        left = [one for one, is_like in zip(left, chosen, strict=True) if not is_like]
    return sizes


def _beside(size: Sequence[_Found], taken: Points) -> list[_Found]:
    """Those that lie in no bubble of a size that is more frequent, nor around one."""
    return [
        one
        for one in size
        if not (
            (abs(taken[:, 0] - one.x) < (taken[:, 2] + one.width) / 2.5)
            & (abs(taken[:, 1] - one.y) < (taken[:, 3] + one.height) / 2.5)
        ).any()
    ]


def _once(size: Sequence[_Found]) -> list[_Found]:
    """Without what was found twice."""
    kept: list[_Found] = []
    for one in sorted(size, key=lambda one: (one.y, one.x)):
        twice = (
            abs(other.x - one.x) < 0.4 * one.width and abs(other.y - one.y) < 0.4 * one.height
            for other in reversed(kept[-60:])
        )
        if not any(twice):
            kept.append(one)
    return kept


def _completed(size: Sequence[_Found], every: Sequence[_Found], blank: Grey, per_mm: float) -> list[_Found]:
    """Bubbles of a size with those that marks or stains hide: each place that most of its eight neighbours in
    a
    lattice have, or some if it is dark."""
    size = _once(size)
    if len(size) < FEWEST:
        return list(size)
    width, height = (
        float(np.median(side)) for side in ([one.width for one in size], [one.height for one in size])
    )
    line, boxed = (
        float(np.median([one.line for one in size])),
        float(np.mean([one.boxed for one in size])) > 0.5,
    )
    at = np.array([(one.x, one.y) for one in size])
    dx = _pitches(at, 0, width, height)
    dy = _pitches(at[:, ::-1], 0, height, width)
    if not dx or not dy:
        return list(size)
    paper = float(np.percentile(blank, 85))
    inside = cv2.blur(blank, (max(1, round(0.6 * width * per_mm)), max(1, round(0.6 * height * per_mm))))
    near = 0.25 * np.array((width, height))
    smooth = np.asarray(cv2.GaussianBlur(blank, (0, 0), 0.15 * per_mm), np.float32)
    angle = np.arange(24) * np.pi / 12
    circle = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    if boxed:
        circle /= abs(circle).max(axis=1, keepdims=True)
    half = np.array((width + line, height + line)) / 2

    def outlines(places: Points) -> Points:
        """How much darker an outline is than what is inside and outside of it, at each place, where it is
        faintest
        but for a fifth of it."""
        light = []
        for size_of in (half, half - 0.55, half + 0.55):
            maps = ((places[:, None] + circle * size_of) * per_mm - 0.5).astype(np.float32)
            light.append(cv2.remap(smooth, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR))
        return np.asarray(np.percentile((light[1] + light[2]) / 2 - light[0], 20, axis=1), np.float64)

    usual = float(np.median(outlines(at)))
    # what is enclosed there and is of nearly that size
    like = [
        (one.x, one.y) for one in every if 0.75 < one.width / width < 1.3 and 0.75 < one.height / height < 1.3
    ]
    enclosed = cKDTree(np.array(like) / near)
    for _ in range(4):
        tree = cKDTree(at / near)
        new: list[NDArray[np.float64]] = []
        for step_x in dx:
            for step_y in dy:
                around = np.array(
                    [(i * step_x, j * step_y) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
                )
                places = (at[:, None] + around[[1, 3, 4, 6]]).reshape(-1, 2)
                places = places[tree.query(places / near, p=np.inf)[0] > 2.0]
                if not len(places):
                    continue
                distances, which = tree.query((places[:, None] + around) / near, p=np.inf)
                support = distances < 1.0
                n = support.sum(axis=1)
                x, y = (places * per_mm).round().astype(int).T
                seen = (x >= 0) & (y >= 0) & (x < blank.shape[1]) & (y < blank.shape[0])
                dark = np.zeros(len(places))
                dark[seen] = 1 - inside[y[seen], x[seen]] / paper
                # a lattice grows beyond none of its sides
                level, upright = support[:, [3, 4]].any(axis=1), support[:, [1, 6]].any(axis=1)
                filled = (n >= 3) & level & upright & (dark > FILLED)
                rows = support[:, [0, 3, 5]].sum(axis=1), support[:, [2, 4, 7]].sum(axis=1)
                columns = support[:, :3].sum(axis=1), support[:, 5:].sum(axis=1)
                amid = (np.minimum(*rows) > 1) | (np.minimum(*columns) > 1)
                outlined = (
                    (n >= 3)
                    & (amid | (level & upright))
                    & (outlines(places) > np.where(amid, 0.25, 0.6) * usual)
                )
                is_like = (n >= 2) & (amid | (level & upright))
                is_like &= enclosed.query(places / near, p=np.inf)[0] < 1.0
                good = seen & (filled | outlined | is_like)
                for place, of, is_there in zip(places[good], which[good], support[good], strict=True):
                    # where its neighbours put it
                    told = at[of[is_there]] - around[is_there]
                    new.append(np.median(np.vstack((told, place[None])), axis=0))
        kept: list[NDArray[np.float64]] = []
        for one in new:
            if not any((abs(one - other) < 2 * near).all() for other in kept):
                kept.append(one)
        if not kept:
            break
        at = np.vstack((at, kept))
    return [*size, *(_Found(float(x), float(y), width, height, line, boxed) for x, y in at[len(size) :])]


def _pitches(at: Points, axis: int, along: float, across: float) -> list[float]:
    """The usual distances of neighbours along an axis."""
    gaps = []
    for place in at:
        away = at - place
        ahead = away[(away[:, axis] > 0.8 * along) & (abs(away[:, 1 - axis]) < 0.3 * across)]
        if len(ahead) and ahead[:, axis].min() < FARTHEST * along:
            gaps.append(float(ahead[:, axis].min()))
    left, found = np.array(gaps), list[float]()
    while len(left) > max(3, 0.04 * len(gaps)) and len(found) < 4:
        like = abs(left[:, None] - left[None]) < 0.06 * left[None] + 0.1
        chosen = like[int(like.sum(axis=1).argmax())]
        if chosen.sum() <= max(2, 0.04 * len(gaps)):
            break
        found.append(float(np.median(left[chosen])))
        left = left[~chosen]
    # twice a distance is that of a neighbour that is hidden
    return [one for one in found if not any(abs(one / other - 2) < 0.1 for other in found)]


# ── lattices ─────────────────────────────────────────────────────────────────────────────────


def _lattices(size: Sequence[_Found], blank: Grey, per_mm: float) -> list[Lattice]:
    at = np.array([(one.x, one.y) for one in size])
    width, height = np.median([(one.width, one.height) for one in size], axis=0)
    line = float(np.median([one.line for one in size]))
    boxed = float(np.mean([one.boxed for one in size])) > 0.5
    rows: list[list[int]] = []
    for i in np.argsort(at[:, 1]):
        near = [
            row
            for row in rows
            if abs(np.median(at[row, 1]) - at[i, 1]) < min(0.35 * height, STRAIGHT_MM + 0.2)
        ]
        if near:
            near[-1].append(int(i))
        else:
            rows.append([int(i)])
    runs = [
        run for row in rows for run in _runs(sorted(row, key=lambda i: at[i, 0]), at[:, 0], FARTHEST * width)
    ]
    runs = _as_others(runs, at[:, 0], min(0.3 * width, STRAIGHT_MM + 0.3))
    blocks: list[list[list[int]]] = []
    for run in sorted(runs, key=lambda run: float(np.median(at[run, 1]))):
        block = next((one for one in blocks if _continues(one, run, at, width, FARTHEST * height)), None)
        if block is None:
            blocks.append([run])
        else:
            block.append(run)
    outer = float(width + 2 * line), float(height + 2 * line)
    found = []
    for block in blocks:
        places = np.array([at[run] for run in block])  # (rows, columns, 2)
        n_rows, n_columns = places.shape[:2]
        x, y = np.median(places[:, :, 0], axis=0), np.median(places[:, :, 1], axis=1)
        x0, x1 = _line_through(x)
        y0, y1 = _line_through(y)
        lattice = np.stack(np.meshgrid(np.linspace(x0, x1, n_columns), np.linspace(y0, y1, n_rows)), axis=2)
        miss = float(np.hypot(*(places - lattice).transpose(2, 0, 1)).max())
        alike = _alike(places, (float(width), float(height)), blank, per_mm)
        found.append(Lattice((x0, x1), (y0, y1), n_columns, n_rows, outer, boxed, alike, miss))
    return found


def _line_through(places: Points) -> tuple[float, float]:
    """First and last of places at one distance, by least squares."""
    if len(places) < 2:
        return float(places[0]), float(places[0])
    step, first = np.polyfit(np.arange(len(places)), places, 1)
    return float(first), float(first + step * (len(places) - 1))


def _runs(row: list[int], x: Points, farthest: float) -> list[list[int]]:
    """A row in parts in which bubbles are at one distance."""
    gaps = np.diff(x[row])
    runs, run = [], [row[0]]
    for k, gap in enumerate(gaps):
        own = float(np.median(np.diff(x[run]))) if len(run) > 1 else 0.0
        after = float(gaps[k + 1]) if k + 1 < len(gaps) else float("inf")
        # a bubble alone belongs to the next one unless that has a nearer one itself
        apart = gap > WIDER * own if own else gap > WIDER * after
        if apart or gap > farthest:
            runs.append(run)
            run = []
        run.append(row[k + 1])
    return [*runs, run]


def _as_others(runs: list[list[int]], x: Points, near: float) -> list[list[int]]:
    """Runs, and of one whose columns no other has those that others have: the number of a question may look
    like
    one more bubble."""

    def is_like(one: list[int], other: list[int]) -> bool:
        return len(one) == len(other) and bool(abs(x[one] - x[other]).max() < near)

    often = [run for run in runs if sum(is_like(run, other) for other in runs) > 1]
    patterns: list[list[int]] = []
    for run in often:
        if not any(is_like(run, one) for one in patterns):
            patterns.append(run)
    found = [run for run in runs if any(is_like(run, one) for one in patterns)]
    for run in runs:
        if any(is_like(run, one) for one in patterns):
            continue
        left = list(run)
        for pattern in sorted(patterns, key=len, reverse=True):
            away = abs(x[left][:, None] - x[pattern][None]) if left else np.zeros((0, len(pattern)))
            if len(pattern) > 1 and len(left) > len(pattern) and (away.min(axis=0) < near).all():
                part = [left[int(k)] for k in away.argmin(axis=0)]
                found.append(part)
                left = [one for one in left if one not in part]
        if len(left) == len(run):
            found.append(run)
    return found


def _continues(block: list[list[int]], run: list[int], at: Points, width: float, farthest: float) -> bool:
    """Whether a row is the next one of a block."""
    last = block[-1]
    if len(last) != len(run) or abs(at[last, 0] - at[run, 0]).max() > min(0.3 * width, STRAIGHT_MM + 0.3):
        return False
    gap = float(np.median(at[run, 1]) - np.median(at[last, 1]))
    if len(block) > 1:
        own = float(np.median(at[last, 1]) - np.median(at[block[-2], 1]))
        return own / 1.12 < gap < 1.12 * own
    return gap < farthest


def _alike(places: Points, size: tuple[float, float], blank: Grey, per_mm: float) -> float:
    """By how much more alike print in bubbles is along columns than along rows."""
    n_rows, n_columns = places.shape[:2]
    if n_rows < 2 or n_columns < 2:
        return 0.0
    half = np.array(size) * 0.33
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 14), np.linspace(-1, 1, 14)), axis=2) * half
    maps = (places[:, :, None, None] + grid) * per_mm - 0.5
    smooth = cv2.GaussianBlur(blank, (0, 0), 0.1 * per_mm)
    x, y = (maps[..., k].reshape(n_rows * n_columns, -1).astype(np.float32) for k in (0, 1))
    cut = np.asarray(cv2.remap(smooth, x, y, cv2.INTER_LINEAR), np.float64).reshape(n_rows, n_columns, -1)
    spread = cut.std(axis=2)
    if np.median(spread) < GLYPH:
        return 0.0
    print_ = (cut - cut.mean(axis=2, keepdims=True)) / np.maximum(spread, 1.0)[..., None]

    def mean_of(one: Points, other: Points) -> float:
        return float(np.mean((one * other).mean(axis=-1)))

    along_columns = np.mean(
        [
            mean_of(print_[1:], print_[:-1]),
            mean_of(print_[2:], print_[:-2]) if n_rows > 2 else mean_of(print_[1:], print_[:-1]),
        ]
    )
    along_rows = np.mean(
        [
            mean_of(print_[:, 1:], print_[:, :-1]),
            mean_of(print_[:, 2:], print_[:, :-2])
            if n_columns > 2
            else mean_of(print_[:, 1:], print_[:, :-1]),
        ]
    )
    return float(along_columns - along_rows)


def _outermost(lattices: list[Lattice]) -> list[Lattice]:
    """Without those that lie among the bubbles of others, as holes of letters and gaps between bubbles do."""
    kept: list[Lattice] = []
    for one in sorted(lattices, key=lambda one: -one.columns * one.rows):
        points = _points(one)
        inside = [
            (
                (points > (other.x[0] - other.size[0], other.y[0] - other.size[1]))
                & (points < (other.x[1] + other.size[0], other.y[1] + other.size[1]))
            ).all(axis=1)
            for other in kept
        ]
        if not any(of.mean() > 0.4 for of in inside):
            kept.append(one)
    return kept


def _points(one: Lattice) -> Points:
    x, y = np.linspace(*one.x, one.columns), np.linspace(*one.y, one.rows)
    return np.stack([axis.ravel() for axis in np.meshgrid(x, y)], axis=1)


# ── what each is ─────────────────────────────────────────────────────────────────────────────


class _Kinds(NamedTuple):
    """What lattices are: numbers with whether their digits run down, questions with whether answers run
    down."""

    numbers: list[tuple[Lattice, bool]]
    questions: list[tuple[Lattice, bool]]
    others: list[Lattice]


def _kinds(lattices: Sequence[Lattice]) -> tuple[_Kinds, list[Message]]:
    numbers: list[tuple[Lattice, bool]] = []
    questions: list[tuple[Lattice, bool]] = []
    others: list[Lattice] = []
    unsure: list[Message] = []
    for one in lattices:
        is_across, is_down = one.alike > LESS, one.alike < -LESS
        fits_across, fits_down = 2 <= one.columns <= len(LETTERS), 2 <= one.rows <= len(LETTERS)
        if one.rows == 10 and one.columns > 1 and not is_across and (is_down or not fits_across):
            numbers.append((one, True))
        elif one.columns == 10 and one.rows > 1 and not is_down:
            numbers.append((one, False))
        elif fits_across and not is_down and one.rows > 1:
            questions.append((one, False))
        elif fits_down and is_down and one.columns > 1:
            questions.append((one, True))
        else:
            others.append(one)
    # a few of another size are an example, or something else
    weight: dict[float, int] = {}
    for one, _ in questions:
        weight[one.area] = weight.get(one.area, 0) + one.rows * one.columns
    most = max(weight, key=lambda area: weight[area], default=0.0)
    odd_ones = [
        one
        for one, _ in questions
        if not 0.6 < one.area / most < 1.7 and weight[one.area] < 0.3 * weight[most]
    ]
    # nor are some rows of another length
    lengths: dict[int, int] = {}
    for one, down in questions:
        lengths[one.rows if down else one.columns] = lengths.get(one.rows if down else one.columns, 0) + (
            one.columns if down else one.rows
        )
    for one, down in questions:
        length = one.rows if down else one.columns
        if (
            lengths[length] <= FEWEST
            and lengths[length] < 0.1 * sum(lengths.values())
            and one not in odd_ones
        ):
            odd_ones.append(one)
    others += odd_ones
    questions = [(one, down) for one, down in questions if one not in odd_ones]
    # answers one below the other, where there are several such lists
    lists = [one for one in others if one.columns == 1 and 2 <= one.rows <= len(LETTERS)]
    if len(lists) > 1 and not questions:
        others = [one for one in others if one not in lists]
        questions = [(one, True) for one in lists]
        unsure.append(tell("each list of bubbles one below the other is taken for a question"))
    # a row alone is a question where it continues the columns of others, else an example
    for one in [one for one in others if one.rows == 1 and 2 <= one.columns <= len(LETTERS)]:
        like = [
            other
            for other, down in questions
            if not down
            and other.columns == one.columns
            and abs(other.x[0] - one.x[0]) < 1
            and abs(other.x[1] - one.x[1]) < 1
        ]
        if like:
            others.remove(one)
            questions.append((one, False))
    # ten rows without print in their bubbles, of as many columns as no other field has
    plain = [one for one, down in questions if not down and one.rows == 10 and abs(one.alike) <= LESS]
    rest = {one.columns for one, down in questions if not down and one.rows != 10}
    sizes = {one.columns for one in plain}
    if not numbers and plain and (rest or len(sizes) > 1):
        odd = [
            one
            for one in plain
            if one.columns not in rest and sum(o.columns == one.columns for o in plain) == 1
        ]
        if len(odd) == 1:
            questions.remove((odd[0], False))
            numbers.append((odd[0], True))
            unsure.append(
                tell(
                    "{field} may be the number or questions: it has ten rows, and nothing is printed in "
                    "its bubbles",
                    field=_where(odd[0]),
                )
            )
    elif (
        any(one.rows == 10 and abs(one.alike) <= LESS for one, down in questions if not down) and not numbers
    ):
        unsure.append(
            tell("no field was taken for the candidate number: each of ten rows may be questions, too")
        )
    return _Kinds(numbers, questions, others), unsure


def _where(one: Lattice) -> Message:
    return tell(
        "the field of {rows} × {columns} bubbles at {x:.0f}, {y:.0f} mm",
        rows=one.rows,
        columns=one.columns,
        x=one.x[0],
        y=one.y[0],
    )


def _described(
    lattices: list[Lattice], blank: Grey, name: str, width: float, per_mm: float, letters: Sequence[str]
) -> Learnt:
    height = blank.shape[0] / per_mm
    kinds, unsure = _kinds(lattices)
    weight: dict[tuple[float, float, bool], int] = {}
    for one in lattices:
        key = (*one.size, one.boxed)
        weight[key] = weight.get(key, 0) + one.columns * one.rows
    usual = max(weight, key=lambda key: weight[key])
    fields: list[Any] = []
    said: list[Message] = []

    def lattice(one: Lattice, down: bool) -> dict[str, Any]:
        (x0, x1), (y0, y1) = one.x, one.y
        own = {} if (*one.size, one.boxed) == usual else {"bubble": _bubble((*one.size, one.boxed))}
        if one.miss > STRAIGHT_MM + 0.3:
            unsure.append(
                tell(
                    "{field}: some of its bubbles are {mm:.1f} mm beside the lattice",
                    field=_where(one),
                    mm=one.miss,
                )
            )
        return {
            "runs": "down" if down else "across",
            "first": (round(x0, 2), round(y0, 2)),
            "last": (round(x1, 2), round(y1, 2)),
            **own,
        }

    # the number: the largest grid of ten; of equal ones the upper, then the left
    def place(one: tuple[Lattice, bool]) -> tuple[int, int, float]:
        grid, down = one
        return -(grid.columns if down else grid.rows), round(grid.y[0] / EQUAL_MM), grid.x[0]

    numbers = sorted(kinds.numbers, key=place)
    others = list(kinds.others)
    if numbers:
        (main, down), *rest = numbers
        for other, other_down in rest:
            others.append(other)
            n_more = other.columns if other_down else other.rows
            unsure.append(
                tell(
                    "{field} may be {n} digits of the number, too, or another number: it is ignored",
                    field=_where(other), n=n_more,
                )
            )  # fmt: skip
        n_digits = main.columns if down else main.rows
        fields.append(NumberField(kind="number", digits=n_digits, **lattice(main, down)))
        said.append(
            tell_n(
                "a number of {n} digit, {where}", "a number of {n} digits, {where}", n_digits,
                where=_corner(main, width, height),
            )
        )  # fmt: skip
    else:
        unsure.append(tell(NO_NUMBER))
    questions = _in_order(kinds.questions)
    n = 1
    widths: dict[int, int] = {}
    for one, down in questions:
        count, of = (one.columns, one.rows) if down else (one.rows, one.columns)
        fields.append(
            QuestionsField(
                kind="questions",
                questions=count,
                first_question=n,
                letters=tuple(_letters(letters, of)),
                **lattice(one, down),
            )
        )
        n += count
        widths[of] = widths.get(of, 0) + count
    columns = _columns(questions)
    for of, count in sorted(widths.items()):
        said.append(
            tell_n("{n} question of {of} answers", "{n} questions of {of} answers", count, of=of)
            if len(columns) < 2
            else tell_n(
                "{n} question of {of} answers, in {columns} columns", "{n} questions of {of} answers, in "
                "{columns} columns",
                count, of=of, columns=len(columns),
            )
        )  # fmt: skip
    if not questions:
        unsure.append(tell(NO_QUESTIONS))
    if len(widths) > 1:
        unsure.append(
            tell(
                "questions have {sizes} answers: look whether each is one",
                sizes=listed(map(str, sorted(widths))),
            )
        )
    lengths = [sum(one.rows for one in column) for column in columns]
    if len(set(lengths[:-1])) > 1 or (len(lengths) > 1 and lengths[-1] > lengths[0]):
        unsure.append(
            tell("columns have {sizes} rows: look whether a row is missing", sizes=listed(map(str, lengths)))
        )
    tops = [column[0].y[0] for column in columns]
    if len(tops) > 1 and max(tops) - min(tops) > 2.0 and max(map(len, columns)) == 1:
        unsure.append(
            tell("columns do not begin at one height: look whether a row is missing above one of them")
        )
    for column in columns:
        for above, below in itertools.pairwise(column):
            step = (above.y[1] - above.y[0]) / max(1, above.rows - 1)
            if above.rows > 1 and 1.7 * step < below.y[0] - above.y[1] < 2.3 * step:
                unsure.append(tell("a row may be missing below {field}", field=_where(above)))
    if len(columns) > 1 and max(map(len, columns)) > 1 and _has_tiers(columns):
        unsure.append(
            tell(
                "questions are numbered down each column: look at the numbers, where yours go from row to row"
            )
        )
    boxes_to_write_in = [
        one for one in others if any(down and _is_above(one, grid) for grid, down in kinds.numbers)
    ]
    for one in sorted(others, key=lambda one: (one.y[0], one.x[0])):
        if one in boxes_to_write_in:
            continue
        fields.append(
            IgnoredField(kind="ignored", choices=one.rows, values=one.columns, **lattice(one, False))
        )
        if not any(one is grid for grid, _ in kinds.numbers):
            unsure.append(
                tell("{field} is ignored: it is neither questions nor the number", field=_where(one))
            )
    form = Form.model_validate(
        {
            "schema": SCHEMA, "version": VERSION, "name": name, "picture": "form.png",
            "width": round(width, 2), "height": round(height, 2), "bubble": _bubble(usual), "fields": fields,
        }
    )  # fmt: skip
    return Learnt(form, blank, tuple(said), tuple(unsure))


def _is_above(one: Lattice, grid: Lattice) -> bool:
    """Whether these are the boxes above a number, into which it is written by hand."""
    return (
        one.rows == 1
        and one.columns == grid.columns
        and abs(one.x[0] - grid.x[0]) < 1
        and abs(one.x[1] - grid.x[1]) < 1
        and one.y[0] < grid.y[0]
    )


def _bubble(key: tuple[float, float, bool]) -> Bubble:
    width, height, boxed = key
    shape: Any = "box" if boxed else "circle" if abs(width / height - 1) < 0.12 else "ellipse"
    return Bubble(width=round(width, 2), height=round(height, 2), shape=shape)


def _letters(letters: Sequence[str], n: int) -> Sequence[str]:
    return letters[:n] if len(letters) >= n else LETTERS[:n]


def _columns(questions: Sequence[tuple[Lattice, bool]]) -> list[list[Lattice]]:
    """Fields one below the other."""
    columns: list[list[Lattice]] = []
    for one, _ in sorted(questions, key=lambda one: one[0].x[0]):
        column = next(
            (
                c
                for c in columns
                if min(c[0].x[1], one.x[1]) - max(c[0].x[0], one.x[0])
                > 0.5 * min(np.ptp(c[0].x), np.ptp(one.x))
            ),
            None,
        )
        if column is None:
            columns.append([one])
        else:
            column.append(one)
    return [sorted(column, key=lambda one: one.y[0]) for column in columns]


def _in_order(questions: Sequence[tuple[Lattice, bool]]) -> list[tuple[Lattice, bool]]:
    down = {id(one): is_down for one, is_down in questions}
    return [(one, down[id(one)]) for column in _columns(questions) for one in column]


def _has_tiers(columns: Sequence[Sequence[Lattice]]) -> bool:
    """Whether fields of a column are so far from one another that numbers may go on in the next column."""
    return any(
        below.y[0] - above.y[1] > 2.5 * (above.y[1] - above.y[0]) / max(1, above.rows - 1)
        for column in columns
        for above, below in itertools.pairwise(column)
        if above.rows > 1
    )


def _corner(one: Lattice, width: float, height: float) -> Message:
    x, y = one.middle
    if y < height / 2:
        return tell("at the upper left") if x < width / 2 else tell("at the upper right")
    return tell("at the lower left") if x < width / 2 else tell("at the lower right")

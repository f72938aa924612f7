"""Numbers → positions on a figure, and points → SVG: a plotting area with its axes. Callers draw the
content.

The SVG has no script and refers to no other file. Curves differ in dashes as well as in colour, so that
they can be distinguished in grey. Coordinates are rounded to hundredths: the same figures give the same
bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from math import ceil, floor, log10
from typing import NamedTuple

from examgen.core.words import Message

Point = tuple[float, float]


class Pen(NamedTuple):
    """The colour and dashes of the curve of a form."""

    colour: str
    dashes: str


PENS = (
    Pen("#1f5a8c", ""), Pen("#c0501f", "7 3"), Pen("#2d7a46", "2 2.5"), Pen("#7a3b9a", "10 3 2 3"),
    Pen("#8a6a00", "14 4"), Pen("#007a87", "5 2 1.5 2 1.5 2"), Pen("#a3214f", "3.5 3.5"),
    Pen("#444444", "1 3"),
)  # fmt: skip


def in_both(said: Message, between: str = " ") -> str:
    """Return the Thai text followed by the English one, as in all figures."""
    return f"{said.th}{between}{said.en}"


def at(value: float) -> str:
    """Return a coordinate for SVG, rounded to hundredths."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def signed(value: float, digits: int = 1) -> str:
    """Return a number with a typographic minus sign (U+2212); zero has no sign."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def line(a: Point, b: Point, style: str) -> str:
    """Return a straight line as SVG."""
    return f'<line x1="{at(a[0])}" y1="{at(a[1])}" x2="{at(b[0])}" y2="{at(b[1])}" class="{style}"/>'


def text(place: Point, words: str, style: str, anchor: str = "middle") -> str:
    """Return text as SVG, with its middle (or `start`, `end`) at a point."""
    place_text = f'x="{at(place[0])}" y="{at(place[1])}"'
    return f'<text {place_text} class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, rest: str) -> str:
    """Return a rectangle as SVG; `rest` are its other attributes."""
    size = f'x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(height)}"'
    return f"<rect {size} {rest}/>"


def polyline(points: Iterable[Point], pen: Pen, width: float, opacity: float = 1) -> str:
    """Return straight lines from point to point as an SVG polyline."""
    path = " ".join(f"{at(x)},{at(y)}" for x, y in points)
    dashes = f' stroke-dasharray="{pen.dashes}"' if pen.dashes else ""
    faint = f' stroke-opacity="{at(opacity)}"' if opacity < 1 else ""
    return (
        f'<polyline points="{path}" fill="none" stroke="{pen.colour}" stroke-width="{at(width)}"'
        f' stroke-linejoin="round"{dashes}{faint}/>'
    )


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers from the first at or above `low` to the last at or below `high`."""
    raw = (high - low) / most
    scale = 10 ** floor(log10(raw)) if raw > 0 else 1.0
    step = next(m * scale for m in (1, 2, 2.5, 5, 10) if m * scale >= raw * (1 - 1e-9)) if raw > 0 else 1.0
    first = -floor(-low / step + 1e-9)
    return [round(n * step, 10) for n in range(first, floor(high / step + 1e-9) + 1)]


_LETTERS = 'font-family="Sarabun" font-size'
_DRAWN = {
    "tick": f'{_LETTERS}="10.5" fill="#333"',
    "name": f'{_LETTERS}="11.5" fill="#000"',
    "label": f'{_LETTERS}="12" fill="#000"',
    "strong": f'{_LETTERS}="12" font-weight="700" fill="#000"',
    "grid": 'stroke="#e2e2e2" stroke-width="0.8"',
    "axis": 'stroke="#000" stroke-width="0.9"',
    "error": 'stroke="#444" stroke-width="1"',
    "cut": 'stroke="#000" stroke-width="1.5" stroke-dasharray="6 3"',
    "bar": 'fill="#5f92ba"',
    "asked": 'fill="#e3edf5" stroke="#5d88ac" stroke-width="0.8"',
    "seen": 'fill="#12395a"',
    "sign": 'fill="#fff" stroke="#000" stroke-width="1.3"',
    "key-sign": 'fill="#000" stroke="#000" stroke-width="1.3"',
    "arrow": 'fill="none" stroke="#000" stroke-width="1.8"',
}
"""The SVG attributes of each style. They are attributes because a style sheet of the page does not apply to a
figure when WeasyPrint draws it, or when somebody copies the figure from the page."""


WIDE, NARROW = 640.0, 350.0
"""Widths in px of a figure as wide as the page, and of the same figure on a phone."""


class Drawn(NamedTuple):
    """A figure for paper and desktops, and one for phones; both are empty if there is nothing to draw."""

    wide: str
    narrow: str


NO_FIGURE = Drawn("", "")


def drawn(draw: Callable[..., str], wanted: bool = True) -> Drawn:
    """Return the figure that `draw` makes for a `width`, in both widths; empty unless `wanted`."""
    return Drawn(draw(width=WIDE), draw(width=NARROW)) if wanted else NO_FIGURE


def in_rows(widths: Iterable[float], room: float) -> Iterator[tuple[float, int]]:
    """Yield the positions of elements with these widths in rows: the distance from the left, and the number
    of the row."""
    x, row = 0.0, 0
    for width in widths:
        if x and x + width > room:
            x, row = 0.0, row + 1
        yield x, row
        x += width


class Panel(NamedTuple):
    """A rectangle of a figure that shows values x0…x1 and y0…y1; y grows upwards."""

    left: float
    top: float
    width: float
    height: float
    x0: float
    x1: float
    y0: float
    y1: float
    beyond: float = 0.0
    """The distance in px above and below the panel up to which values outside it are drawn, if the drawing is
    clipped."""

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """The middle between top and bottom."""
        return (self.top + self.bottom) / 2

    def x(self, value: float) -> float:
        """Return the x coordinate of a value, limited to the panel."""
        share = (value - self.x0) / (self.x1 - self.x0)
        return self.left + min(max(share, 0.0), 1.0) * self.width

    def y(self, value: float) -> float:
        """Return the y coordinate of a value, limited to the panel or at most `beyond` outside it."""
        place = self.bottom - (value - self.y0) / (self.y1 - self.y0) * self.height
        return max(self.top - self.beyond, min(self.bottom + self.beyond, place))


def within(cut: float, sem: float, last: float) -> tuple[int, int]:
    """Return the lowest and the highest whole score within one standard error of the cut.

    They bound a band of whole bars, since the cut is a line between two bars.
    """
    return max(ceil(cut - sem - 1e-9), 0), floor(min(cut + sem + 1e-9, last))


def figure(width: float, height: float, name: str, title: str, description: str, parts: Iterable[str]) -> str:
    """Return an SVG figure with its text alternative; `name` must be unique among the figures of a page."""
    name = name if width != NARROW else f"{name}-narrow"
    return (
        f'<svg class="plot" viewBox="0 0 {at(width)} {at(height)}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
        f"{re.sub(_STYLE, lambda found: _DRAWN[found[1]], ''.join(parts))}</svg>"
    )


_STYLE = re.compile(r'class="([a-z-]+)"')


def ticks_of(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return round values and their texts, with as many decimals as distinguish them."""
    values = steps(low, high, most)
    digits = next((d for d in range(4) if all(round(v, d) == round(v, 6) for v in values)), 4)
    return [(value, signed(value, digits)) for value in values]


def across(panel: Panel, label: str, ticks: Sequence[tuple[float, str]] | None = None) -> list[str]:
    """Return the axis at the bottom: its line, values and name."""
    parts = [line((panel.left, panel.bottom), (panel.right, panel.bottom), "axis")]
    for value, words in ticks if ticks is not None else ticks_of(panel.x0, panel.x1, 8):
        x = panel.x(value)
        parts += [line((x, panel.bottom), (x, panel.bottom + 4), "axis")]
        parts += [text((x, panel.bottom + 15), words, "tick")]
    lines = _lines(label, panel.width + 40)
    middle, first = (panel.left + panel.right) / 2, 31 if len(lines) == 1 else 29
    return [
        *parts,
        *(text((middle, panel.bottom + first + 13 * n), one, "name") for n, one in enumerate(lines)),
    ]


def letters(words: str) -> int:
    """Return the number of characters that take space; marks above and below Thai letters take none."""
    return sum(unicodedata.category(char) != "Mn" for char in words)


def _lines(words: str, room: float) -> list[str]:
    """Return the text on one line, or on two if it is too long for one."""
    spaces = [n for n, char in enumerate(words) if char == " "]
    if letters(words) * 5.8 <= room or not spaces:
        return [words]
    middle = min(spaces, key=lambda n: abs(letters(words[:n]) - letters(words[n:])))
    return [words[:middle], words[middle + 1 :]]


def upwards(
    panel: Panel, label: str, ticks: Sequence[tuple[float, str]] | None = None, grid: bool = True
) -> list[str]:
    """Return the axis on the left, with lines across the panel."""
    parts: list[str] = []
    for value, words in ticks if ticks is not None else ticks_of(panel.y0, panel.y1, 5):
        y = panel.y(value)
        if grid:
            parts.append(line((panel.left, y), (panel.right, y), "grid"))
        parts.append(text((panel.left - 6, y + 3.5), words, "tick", "end"))
    return [*parts, turned(panel.left - 38, panel.middle, label)]


def on_the_right(panel: Panel, label: str, ticks: Sequence[tuple[float, str]]) -> list[str]:
    """Return a second axis on the right; each tick is at the height of a value of the first axis."""
    parts = [line((panel.right, panel.top), (panel.right, panel.bottom), "axis")]
    for value, words in ticks:
        y = panel.y(value)
        parts += [line((panel.right, y), (panel.right + 4, y), "axis")]
        parts += [text((panel.right + 8, y + 3.5), words, "tick", "start")]
    return [*parts, turned(panel.right + 40, panel.middle, label)]


def turned(x: float, y: float, words: str) -> str:
    """Return text that runs upwards, centred at a point."""
    place = f'transform="translate({at(x)} {at(y)}) rotate(-90)"'
    return f'<text {place} class="name" text-anchor="middle">{escape(words)}</text>'


def dot(x: float, y: float, r: float, style: str) -> str:
    """Return a disc as SVG."""
    return f'<circle cx="{at(x)}" cy="{at(y)}" r="{at(r)}" class="{style}"/>'


def arrow(x: float, y: float, *, up: bool, twice: bool) -> str:
    """Return one arrowhead, or two above each other, centred at a point."""
    r = 4.6
    rise = -r if up else r
    heads = [
        f"M{at(x - r)} {at(y + off - rise / 2)}l{at(r)} {at(rise)}l{at(r)} {at(-rise)}"
        for off in ((-2.8, 2.8) if twice else (0.0,))
    ]
    return f'<path d="{"".join(heads)}" class="arrow"/>'


def marker(kind: int, x: float, y: float, r: float = 4.0, style: str = "sign") -> str:
    """Return the marker of the n-th curve: a disc, a square, a triangle, a diamond, a cross, or a bar."""
    far = 1.3 * r
    shapes = (
        f"M{at(x - r)} {at(y)}a{at(r)} {at(r)} 0 1 0 {at(2 * r)} 0a{at(r)} {at(r)} 0 1 0 {at(-2 * r)} 0Z",
        f"M{at(x - r)} {at(y - r)}h{at(2 * r)}v{at(2 * r)}h{at(-2 * r)}Z",
        f"M{at(x)} {at(y - 1.2 * r)}l{at(1.1 * r)} {at(2 * r)}h{at(-2.2 * r)}Z",
        f"M{at(x)} {at(y - far)}l{at(far)} {at(far)}l{at(-far)} {at(far)}l{at(-far)} {at(-far)}Z",
        f"M{at(x - r)} {at(y - r)}L{at(x + r)} {at(y + r)}M{at(x - r)} {at(y + r)}L{at(x + r)} {at(y - r)}",
        f"M{at(x - r)} {at(y)}h{at(2 * r)}",
    )
    return f'<path d="{shapes[kind % len(shapes)]}" class="{style}"/>'

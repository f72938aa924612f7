"""Points → the words of SVG. No script, no other file.

Curves differ by dashes as well as by colour, so that all of it reads in grey. Coordinates are rounded to a
hundredth: the same figures give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from math import floor, log10
from typing import NamedTuple

Point = tuple[float, float]


class Pen(NamedTuple):
    """How the curve of a form is drawn."""

    colour: str
    dashes: str


PENS = (
    Pen("#1f5a8c", ""), Pen("#c0501f", "7 3"), Pen("#2d7a46", "2 2.5"), Pen("#7a3b9a", "10 3 2 3"),
    Pen("#8a6a00", "14 4"), Pen("#007a87", "5 2 1.5 2 1.5 2"), Pen("#a3214f", "3.5 3.5"),
    Pen("#444444", "1 3"),
)  # fmt: skip


def at(value: float) -> str:
    """A coordinate."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def signed(value: float, digits: int = 1) -> str:
    """A number with a real minus sign, without a sign on nought."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def line(a: Point, b: Point, style: str) -> str:
    """A straight line."""
    return f'<line x1="{at(a[0])}" y1="{at(a[1])}" x2="{at(b[0])}" y2="{at(b[1])}" class="{style}"/>'


def text(place: Point, words: str, style: str, anchor: str = "middle") -> str:
    """Words, their middle (or `start`, `end`) at a place."""
    place_text = f'x="{at(place[0])}" y="{at(place[1])}"'
    return f'<text {place_text} class="{style}" text-anchor="{anchor}">{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, rest: str) -> str:
    """A rectangle; `rest` are its other attributes."""
    size = f'x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(height)}"'
    return f"<rect {size} {rest}/>"


def polyline(points: Iterable[Point], pen: Pen, width: float, opacity: float = 1) -> str:
    """Straight lines from point to point."""
    path = " ".join(f"{at(x)},{at(y)}" for x, y in points)
    dashes = f' stroke-dasharray="{pen.dashes}"' if pen.dashes else ""
    faint = f' stroke-opacity="{at(opacity)}"' if opacity < 1 else ""
    return (
        f'<polyline points="{path}" fill="none" stroke="{pen.colour}" stroke-width="{at(width)}"'
        f' stroke-linejoin="round"{dashes}{faint}/>'
    )


def steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from the first at or above `low` to the last at or below `high`."""
    raw = (high - low) / most
    scale = 10 ** floor(log10(raw)) if raw > 0 else 1.0
    step = next(m * scale for m in (1, 2, 2.5, 5, 10) if m * scale >= raw * (1 - 1e-9)) if raw > 0 else 1.0
    first = -floor(-low / step + 1e-9)
    return [round(n * step, 10) for n in range(first, floor(high / step + 1e-9) + 1)]

"""A scanned sheet and what was made of it → a page that shows both: for the candidate who looks at it.

On the scan, upright: a ring around what counts as marked, green where it is right and red where it is not; a
square around what would have been right; a line under a row that a person decided on. Beside each row a tick,
a cross or a dash, for who cannot tell colours apart. Below it, what it comes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.resources import fonts
from examgen.scanning.input.page_image import Grey

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH = 1240
"""Pixels of a page's width: A4 at 150 dots per inch."""
DPI = 150
_MARGIN, _LINE, _SIZE = 40, 34, 24
_GREEN, _RED, _GREY, _AMBER, _BLACK = (0, 120, 60), (196, 0, 20), (110, 110, 110), (214, 120, 0), (0, 0, 0)

Verdict = Literal["right", "part", "wrong", "not_counted"]
_COLOURS = {"right": _GREEN, "part": _AMBER, "wrong": _RED, "not_counted": _GREY}


class Bubble(NamedTuple):
    """A bubble of a row, in pixels of the stored scan."""

    x: float
    y: float
    marked: bool
    """Whether it counts as marked."""
    right: bool
    """Whether a mark in it is right."""


class Row(NamedTuple):
    """A question on the scan, and what became of it."""

    bubbles: tuple[Bubble, ...]
    verdict: Verdict
    decided: bool
    """Whether a person decided on what is marked."""


class Scan(NamedTuple):
    """A page of a sheet: its pixels, how many pixels of the stored scan each stands for, by how many degrees
    clockwise it must be turned, the radius of its bubbles and its rows."""

    image: Grey
    scale: float
    rotation: int
    radius: float
    rows: tuple[Row, ...]


class Panel(NamedTuple):
    """What stands below the last page of a sheet: lines of text, the first ones bold; cells of a table."""

    heads: tuple[str, ...]
    cells: tuple[str, ...]
    notes: tuple[str, ...]


def sheet_pdf(scans: Sequence[Scan], panel: Panel, title: str) -> bytes:
    """The pages of a sheet as a PDF file; the panel stands below the last one."""
    pages = [_page(scan) for scan in scans]
    pages[-1] = _with_panel(pages[-1], panel)
    out = BytesIO()
    first, *others = pages
    first.save(
        out, "PDF", save_all=True, append_images=others, resolution=DPI, quality=72, subsampling=0,
        title=title, creationDate=None, modDate=None,
    )  # fmt: skip
    return out.getvalue()


def _page(scan: Scan) -> Image:
    from PIL import Image, ImageDraw

    upright = np.ascontiguousarray(np.rot90(scan.image, -scan.rotation // 90))
    times = WIDTH / upright.shape[1]
    picture = Image.fromarray(upright).convert("RGB")
    size = (WIDTH, round(upright.shape[0] * times))
    picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    draw = ImageDraw.Draw(picture)
    radius = scan.radius / scan.scale * times
    for row in scan.rows:
        places = np.array([(one.x, one.y) for one in row.bubbles])
        _draw_row(draw, row, _turned(places, scan) * times, radius)
    return picture


def _turned(places: NDArray[np.float64], scan: Scan) -> NDArray[np.float64]:
    """Places of the stored scan in pixels of the upright picture."""
    height, width = scan.image.shape
    x, y = ((places + 0.5) / scan.scale).T
    match scan.rotation % 360:
        case 90:
            return np.stack((height - y, x), axis=1)
        case 180:
            return np.stack((width - x, height - y), axis=1)
        case 270:
            return np.stack((y, width - x), axis=1)
    return np.stack((x, y), axis=1)


def _draw_row(draw: ImageDraw, row: Row, at: NDArray[np.float64], radius: float) -> None:
    colour = _COLOURS[row.verdict]
    line = max(3, round(radius / 4))
    for one, (x, y) in zip(row.bubbles, at.tolist(), strict=True):
        if one.marked:
            r = 1.3 * radius
            draw.ellipse((x - r, y - r, x + r, y + r), outline=colour, width=line)
        elif one.right and row.verdict in ("wrong", "part"):
            r = 1.2 * radius
            draw.rectangle((x - r, y - r, x + r, y + r), outline=_GREEN, width=line)
    (left, y0), (x, y) = at[0].tolist(), at[-1].tolist()
    if row.decided:
        low = 1.5 * radius
        draw.line((left - radius, y0 + low, x + radius, y + low), fill=_AMBER, width=line)
    _sign(draw, row.verdict, x + 2.6 * radius, y, radius * 0.75, line)


def _sign(draw: ImageDraw, verdict: Verdict, x: float, y: float, r: float, line: int) -> None:
    """A tick, a cross, both for a part, or a dash."""
    colour = _COLOURS[verdict]
    if verdict in ("right", "part"):
        draw.line([(x - r, y), (x - r / 3, y + r * 0.7), (x + r, y - r)], fill=colour, width=line)
    if verdict in ("wrong", "part"):
        draw.line([(x - r, y - r), (x + r, y + r)], fill=colour, width=line)
    if verdict == "wrong":
        draw.line([(x - r, y + r), (x + r, y - r)], fill=colour, width=line)
    if verdict == "not_counted":
        draw.line([(x - r, y), (x + r, y)], fill=colour, width=line)


# ── what it comes to ─────────────────────────────────────────────────────────────────────────


def _with_panel(page: Image, panel: Panel) -> Image:
    from PIL import Image, ImageDraw

    bold, plain = _font("Bold"), _font("Regular")
    columns = _columns(panel.cells, plain)
    n_rows = -(-len(panel.cells) // columns)
    notes = [line for note in panel.notes for line in _broken(note, plain)]
    heads = [line for head in panel.heads for line in _broken(head, bold)]
    height = 2 * _MARGIN + _LINE * (len(heads) + n_rows + len(notes) + 1)
    whole = Image.new("RGB", (WIDTH, page.height + height), "white")
    whole.paste(page)
    draw = ImageDraw.Draw(whole)
    y = page.height + _MARGIN // 2
    draw.line((_MARGIN, y, WIDTH - _MARGIN, y), fill=_GREY, width=2)
    y += _MARGIN // 2
    for head in heads:
        draw.text((_MARGIN, y), head, fill=_BLACK, font=bold)
        y += _LINE
    across = (WIDTH - 2 * _MARGIN) / columns
    for n, cell in enumerate(panel.cells):
        column, row = divmod(n, n_rows)
        draw.text((_MARGIN + column * across, y + row * _LINE), cell, fill=_BLACK, font=plain)
    y += _LINE * n_rows + _LINE // 2
    for note in notes:
        draw.text((_MARGIN, y), note, fill=_GREY, font=plain)
        y += _LINE
    return whole


def _columns(cells: Iterable[str], font: FreeTypeFont) -> int:
    """As many columns of a table as its widest cell leaves room for."""
    widest = max((font.getlength(cell) for cell in cells), default=1.0)
    return max(1, int((WIDTH - 2 * _MARGIN + _SIZE) / (widest + _SIZE)))


def _broken(text: str, font: FreeTypeFont) -> list[str]:
    """A text in lines that fit, broken at spaces."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > WIDTH - 2 * _MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@lru_cache(maxsize=2)
def _font(face: str) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(fonts() / f"Sarabun-{face}.ttf", _SIZE)

"""Contrast of what a PDF shows (WCAG 2.2, 1.4.3) and of what SVG draws (1.4.11). Nothing of examgen is used."""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
_SCALE = 2.0
_BEHIND = 0.15
"""A colour that covers so much of a text's box is behind it; less is a line that crosses it."""


@cache
def contrast(one: Colour, other: Colour) -> float:
    """The ratio of WCAG 2.2, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    shares = [value / 255 for value in colour]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# ── text of a PDF ────────────────────────────────────────────────────────────────────────────


class Shown(NamedTuple):
    """A letter of a page, its colour, and the colour behind it that is nearest to that."""

    letter: str
    colour: Colour
    behind: Colour


def shown(data: bytes) -> Iterator[Shown]:
    """Every letter that is drawn, with the colours around it in a picture of the page without any text."""
    with pypdfium2.PdfDocument(data) as written, pypdfium2.PdfDocument(_without_text(data)) as bare:
        for page, ground in zip(written, bare, strict=True):
            picture = _packed(ground.render(scale=_SCALE, rev_byteorder=True).to_numpy())
            reader = page.get_textpage()
            for n in range(reader.count_chars()):
                letter = chr(pdfium.FPDFText_GetUnicode(reader, n))
                if not letter.isspace() and pdfium.FPDFText_GetUnicode(reader, n):
                    colour, grounds = _colour(reader, n), _behind(picture, reader.get_charbox(n))
                    yield Shown(letter, colour, min(grounds, key=lambda one: contrast(colour, one)))


def _without_text(data: bytes) -> bytes:
    """The file with every text invisible (ISO 32000-1, 9.3.6)."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        streams = [page.obj.Contents for page in pdf.pages]
        streams += [
            one for one in pdf.objects if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Form"
        ]
        for stream in streams:
            content = re.sub(rb"(?<!\S)\d Tr(?!\S)", b"3 Tr", stream.read_bytes())
            stream.write(re.sub(rb"(?<!\S)BT(?!\S)", b"BT 3 Tr", content))
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def _colour(reader: Any, n: int) -> Colour:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    pdfium.FPDFText_GetFillColor(reader, n, red, green, blue, alpha)
    assert alpha.value == 255, "a text that lets the ground through"
    return red.value, green.value, blue.value


def _packed(picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
    red, green, blue = (picture[:, :, band].astype(np.uint32) for band in range(3))
    return red << 16 | green << 8 | blue


def _behind(picture: NDArray[np.uint32], box: tuple[float, float, float, float]) -> list[Colour]:
    left, bottom, right, top = (edge * _SCALE for edge in box)
    height = picture.shape[0]
    rows = slice(max(int(height - top), 0), max(int(height - bottom) + 1, 1))
    pixels = picture[rows, max(int(left), 0) : int(right) + 1].ravel()
    if pixels.size and (pixels == pixels[0]).all():
        return [_unpacked(pixels[0])]
    colours, counts = np.unique(pixels, return_counts=True)
    return [_unpacked(one) for one in colours[counts >= _BEHIND * pixels.size]] or [WHITE]


def _unpacked(colour: np.uint32) -> Colour:
    red, green, blue, _ = (int(colour) << 8).to_bytes(4, "big")
    return red, green, blue


# ── shapes of SVG ────────────────────────────────────────────────────────────────────────────


class Shape(NamedTuple):
    """A rectangle of a figure; its colours, None where it has none."""

    x: float
    y: float
    width: float
    height: float
    fill: Colour | None
    stroke: Colour | None

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height

    def beside(self) -> Iterator[tuple[float, float]]:
        """Points just outside the middles of its sides."""
        middle, centre, off = self.x + self.width / 2, self.y + self.height / 2, 0.45
        yield from ((middle, self.y - off), (middle, self.y + self.height + off))
        yield from ((self.x - off, centre), (self.x + self.width + off, centre))


def faint(html: str, unmeant: frozenset[str], least: float = 3.0) -> Iterator[str]:
    """Marks of the figures of a page that cannot be told from what is beside them.

    Colours of `unmeant` carry no meaning: the grid, the track of a bar.
    """
    for svg in re.findall(r"<svg\b.*?</svg>", html, re.S):
        root = ElementTree.fromstring(svg)
        rects = [_shape(one) for one in root.iter() if one.tag.endswith("rect") and one.get("class") is None]
        for place, one in enumerate(rects):
            if one.fill is None or _name(one.fill) in unmeant:
                continue
            for x, y in one.beside():
                next_to = _at(rects, x, y)
                if next_to != one.fill and not _told(one, next_to, rects, x, y, least):
                    yield f"rect {place} {_name(one.fill)} beside {_name(next_to)}"
        for drawn in root.iter():
            if drawn.tag.rsplit("}")[-1] in ("line", "polyline", "path", "circle", "polygon"):
                inks = [_read(drawn.get(name)) for name in ("stroke", "fill")]
                seen = [ink for ink in inks if ink is not None and _name(ink) not in unmeant]
                if seen and max(contrast(ink, WHITE) for ink in seen) < least:
                    yield f"{drawn.tag} {_name(seen[0])} on white"


def _told(one: Shape, next_to: Colour, rects: list[Shape], x: float, y: float, least: float) -> bool:
    """Whether the fills differ enough, or a line around one of them does."""
    assert one.fill is not None
    edges = [one.stroke, *(other.stroke for other in rects if other.holds(x, y))]
    return contrast(one.fill, next_to) >= least or any(
        edge is not None and max(contrast(edge, one.fill), contrast(edge, next_to)) >= least for edge in edges
    )


def _at(rects: list[Shape], x: float, y: float) -> Colour:
    """What is seen at a point: the last fill that was drawn there."""
    return next((one.fill for one in reversed(rects) if one.fill is not None and one.holds(x, y)), WHITE)


def _shape(one: ElementTree.Element) -> Shape:
    x, y, width, height = (float(one.get(name, 0)) for name in ("x", "y", "width", "height"))
    return Shape(x, y, width, height, _read(one.get("fill", "#000")), _read(one.get("stroke")))


def _read(colour: str | None) -> Colour | None:
    if colour is None or colour == "none":
        return None
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def _name(colour: Colour) -> str:
    return "#" + bytes(colour).hex()

"""A page → what its text has and nobody sees on it: letters drawn invisibly, white on nothing, off the page
or too small, and letters that change nothing in the picture of the page, be they clipped, covered, of a layer
that is off or as dark as what they stand on.

Format: ISO 32000-1, 9.3.6 (render mode 3), 14.11.2 (crop box).
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from examgen.rendering.pdf.reading.letters import lines_of, without_doubled_letters
from examgen.rendering.pdf.reading.pdfium import raw

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
_WHITE = 250
"""Of 255, from which on a colour is that of the paper."""

_LEAST_SIZE = 2.5
"""Points; nobody reads less."""
_DEPTH = 15
"""Of forms within forms, as PDFium reads them."""
_DPI = 100
_MOST_PIXELS = 8_000_000
"""Of a page that is larger, as sheet A1 and beyond, the picture is coarser."""
_LEAST_SEEN = 16
"""Of 255, by which a letter changes the picture of its page somewhere, at least."""
_BESIDE = 6
"""Points by which marks above and below a line stand out of what is painted behind it."""


def hidden_lines(page: PdfPage, text: PdfTextPage) -> tuple[str, ...]:
    """The lines of a page that nobody sees."""
    left, bottom, right, top = page.get_cropbox()
    hidden: set[Box] = set()
    white: list[Box] = []
    drawn_here: list[Box] = []
    colour = [ctypes.c_uint() for _ in range(4)]
    matrix = raw.FS_MATRIX()
    for n in range(text.count_chars()):
        box = text.get_charbox(n)
        if raw.FPDFText_IsGenerated(text, n) == 1 or box[0] >= box[2]:
            continue
        is_off = box[2] <= left or box[0] >= right or box[3] <= bottom or box[1] >= top
        drawn = raw.FPDFText_GetTextObject(text, n)
        is_invisible = raw.FPDFTextObj_GetTextRenderMode(drawn) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
        raw.FPDFText_GetMatrix(text, n, matrix)
        size = math.hypot(matrix.c, matrix.d) * float(raw.FPDFText_GetFontSize(text, n))
        if is_off or is_invisible or size < _LEAST_SIZE:
            hidden.add(box)
        elif raw.FPDFText_GetFillColor(text, n, *colour):
            *red_green_blue, alpha = (one.value for one in colour)
            if alpha == 0:
                hidden.add(box)
            elif min(red_green_blue) >= _WHITE:
                white.append(box)
        # of a font that did not come with the file the shapes on this machine say nothing
        has_shape = unicodedata.category(chr(raw.FPDFText_GetUnicode(text, n)))[0] not in "ZC"
        came_along = raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(drawn)) == 1
        if box not in hidden and has_shape and came_along:
            drawn_here.append(box)
    if white:
        under = [*_painted(page)]
        for box in white:
            x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
            if not any(
                area[0] - _BESIDE < x < area[2] + _BESIDE and area[1] - _BESIDE < y < area[3] + _BESIDE
                for area in under
            ):
                hidden.add(box)
    hidden.update(_changing_nothing(page, drawn_here))
    if not hidden:
        return ()
    # of what is told twice, as browsers do with syllables, one is drawn
    letters = [
        one for one in without_doubled_letters(text) if (one.left, one.bottom, one.right, one.top) in hidden
    ]
    return tuple(line.text for line in lines_of(letters))


def _changing_nothing(page: PdfPage, boxes: Sequence[Box]) -> Iterator[Box]:
    """Those of the letters in whose places the page looks the same without any text.

    The page, which does not lie turned, has none afterwards.
    """
    if not boxes:
        return
    left, bottom, end, top = page.get_cropbox()
    scale = min(_DPI / 72, math.sqrt(_MOST_PIXELS / max((end - left) * (top - bottom), 1.0)))
    with_text = _picture(page, scale)
    for one in page.get_objects([raw.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH):
        raw.FPDFTextObj_SetTextRenderMode(one, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    seen = np.abs(with_text - _picture(page, scale)).max(axis=2) >= _LEAST_SEEN
    for box in boxes:
        x, right = (int((side - left) * scale) for side in (box[0], box[2]))
        y, below = (int((top - side) * scale) for side in (box[3], box[1]))
        if not seen[max(y - 1, 0) : below + 2, max(x - 1, 0) : right + 2].any():
            yield box


def _picture(page: PdfPage, scale: float) -> NDArray[np.int16]:
    return np.asarray(page.render(scale=scale).to_numpy(), np.int16)


def _painted(page: PdfPage) -> Iterator[Box]:
    """Where something may be painted that white is seen on."""
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    colour = [ctypes.c_uint() for _ in range(4)]
    for one in page.get_objects(max_depth=1):
        if one.type == raw.FPDF_PAGEOBJ_TEXT:
            continue
        if one.type == raw.FPDF_PAGEOBJ_PATH:
            raw.FPDFPath_GetDrawMode(one, mode, stroke)
            is_told = raw.FPDFPageObj_GetFillColor(one, *colour)
            if mode.value == 0 or (is_told and min(part.value for part in colour[:3]) >= _WHITE):
                continue
        yield one.get_bounds()

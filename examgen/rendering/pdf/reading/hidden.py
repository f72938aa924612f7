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
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from examgen.rendering.pdf.reading.letters import Letter, lines_of, told_once

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
    hidden = _hidden(page, text)
    if not hidden:
        return ()
    # of what is told twice, as browsers do with syllables, one is drawn
    letters = [one for one in told_once(text) if _at(one) in hidden]
    return tuple(line.text for line in lines_of(letters))


def _at(letter: Letter) -> Box:
    return (letter.left, letter.bottom, letter.right, letter.top)


def _hidden(page: PdfPage, text: PdfTextPage) -> set[Box]:
    """The places of letters that are not seen."""
    from pypdfium2 import raw

    left, bottom, right, top = page.get_cropbox()
    found: set[Box] = set()
    white: list[Box] = []
    drawn_here: list[Box] = []
    colour = [ctypes.c_uint() for _ in range(4)]
    for n in range(text.count_chars()):
        box = text.get_charbox(n)
        if raw.FPDFText_IsGenerated(text, n) == 1 or box[0] >= box[2]:
            continue
        is_off = box[2] <= left or box[0] >= right or box[3] <= bottom or box[1] >= top
        drawn = raw.FPDFText_GetTextObject(text, n)
        is_invisible = raw.FPDFTextObj_GetTextRenderMode(drawn) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
        if is_off or is_invisible or _size(text, n) < _LEAST_SIZE:
            found.add(box)
        elif raw.FPDFText_GetFillColor(text, n, *colour):
            *red_green_blue, alpha = (one.value for one in colour)
            if alpha == 0:
                found.add(box)
            elif min(red_green_blue) >= _WHITE:
                white.append(box)
        if box not in found and _is_drawn_here(text, n, drawn):
            drawn_here.append(box)
    if white:
        under = [*_painted(page)]
        found |= {box for box in white if not any(_covers(one, box) for one in under)}
    return found.union(_changing_nothing(page, drawn_here))


def _size(text: PdfTextPage, n: int) -> float:
    """Of a character as it is drawn, points."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text, n, matrix)
    return math.hypot(matrix.c, matrix.d) * float(raw.FPDFText_GetFontSize(text, n))


def _is_drawn_here(text: PdfTextPage, n: int, drawn: Any) -> bool:
    """Whether a character is one that has a shape, and whose font came with the file: of others the shapes on
    this machine say nothing."""
    from pypdfium2 import raw

    char = chr(raw.FPDFText_GetUnicode(text, n))
    has_shape = unicodedata.category(char)[0] not in "ZC"
    return has_shape and raw.FPDFFont_GetIsEmbedded(raw.FPDFTextObj_GetFont(drawn)) == 1


def _changing_nothing(page: PdfPage, boxes: Sequence[Box]) -> Iterator[Box]:
    """Those of the letters in whose places the page looks the same without any text.

    The page, which does not lie turned, has none afterwards.
    """
    from pypdfium2 import raw

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


def _covers(area: Box, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return area[0] - _BESIDE < x < area[2] + _BESIDE and area[1] - _BESIDE < y < area[3] + _BESIDE


def _painted(page: PdfPage) -> Iterator[Box]:
    """Where something may be painted that white is seen on."""
    from pypdfium2 import raw

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

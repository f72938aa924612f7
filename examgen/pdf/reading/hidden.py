"""A page → what its text has and nobody sees on it: letters drawn invisibly, white on nothing, off the page.

Format: ISO 32000-1, 9.3.6 (render mode 3), 14.11.2 (crop box).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING

from examgen.pdf.reading.letters import Letter, lines_of, told_once

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
_WHITE = 250
"""Of 255, from which on a colour is that of the paper."""

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
    colour = [ctypes.c_uint() for _ in range(4)]
    for n in range(text.count_chars()):
        box = text.get_charbox(n)
        if raw.FPDFText_IsGenerated(text, n) == 1 or box[0] >= box[2]:
            continue
        is_off = box[2] <= left or box[0] >= right or box[3] <= bottom or box[1] >= top
        drawn = raw.FPDFText_GetTextObject(text, n)
        is_invisible = raw.FPDFTextObj_GetTextRenderMode(drawn) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
        if is_off or is_invisible:
            found.add(box)
        elif raw.FPDFText_GetFillColor(text, n, *colour):
            *red_green_blue, alpha = (one.value for one in colour)
            if alpha == 0:
                found.add(box)
            elif min(red_green_blue) >= _WHITE:
                white.append(box)
    if white:
        under = [*_painted(page)]
        found |= {box for box in white if not any(_covers(one, box) for one in under)}
    return found


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

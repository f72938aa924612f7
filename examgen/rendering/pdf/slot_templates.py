"""HTML fragments with slots → blocks that draw all but the slots, and where a text of each slot stands.

For papers that are alike but for a few texts on a line of their own: what stands around these is laid out
once (`composer`), and they are stamped. A slot is text between two ‡ that stands alone in an element or on a
line of it; laid out, it takes its room and is not drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from examgen.rendering.pdf import engine
from examgen.rendering.pdf.composer import PdfComposer
from examgen.rendering.pdf.isolate_pages import Fragment, lay_out
from examgen.rendering.pdf.piece_drawing import SLOT
from examgen.rendering.pdf.writer import Block, Graphics

_TOGETHER = 48
"""Fragments that are laid out together: of more the boxes take much memory."""
_STAMPS = 1 << 14
"""How many of the texts stamped last are kept: a text is measured before its page is known."""
_HIDDEN = r'<span style="visibility: hidden; white-space: nowrap">\g<0></span>'
_WHITE = re.compile("[ \t\n\r\f]+")


class TextSlot(NamedTuple):
    """Place of a text, in px from the top left of its block, with its face, size and grey."""

    x: float
    """Where the name of the slot begins."""
    y: float
    """The baseline."""
    left: float
    """The edges of what it stands in."""
    right: float
    align: str
    """Where a text goes that has a line to itself; `start` where something stands before it."""
    face: str
    size: float
    grey: float
    style: Any
    """WeasyPrint's, which says how lines of it break."""

    @property
    def room(self) -> float:
        """How wide a line may be."""
        return self.right - (self.left if self.align in ("right", "center") else self.x)


class SlotTemplate(NamedTuple):
    """A fragment laid out; lengths in px."""

    block: Block
    slots: dict[str, TextSlot]
    above: float
    """White at its top: margins, which a page that begins with it leaves out."""
    extent: float
    """Where its text ends that reaches farthest to the right, slots as wide as their names."""


class SlotTemplateComposer(PdfComposer):
    """Lays out slot templates with one style sheet, and writes files of them."""

    def __init__(self, css: str, readable: Sequence[Path]) -> None:
        super().__init__(css, readable)
        self._stamped = lru_cache(maxsize=_STAMPS)(self._stamp)
        self._broken: dict[tuple[str, float, float, str], tuple[str, ...]] = {}

    def slot_templates(self, fragments: Sequence[Fragment]) -> list[SlotTemplate]:
        """Each fragment as a slot template. What cannot be drawn raises Refused, as in `render_pdf`."""
        found: list[SlotTemplate] = []
        for first in range(0, len(fragments), _TOGETHER):
            run = fragments[first : first + _TOGETHER]
            hidden = [one._replace(html=SLOT.sub(_HIDDEN, one.html)) for one in run]
            shown = [one._replace(html=SLOT.sub("", one.html)) for one in run]
            of_run: dict[int, SlotTemplate] = {}
            for sheets in lay_out(self._css, hidden, readable=self._readable):
                for sheet, (block,) in zip(sheets.pages, self.blocks_of(sheets, shown), strict=True):
                    assert sheet.end is not None
                    slots, extent = _slots_of(sheet.page)
                    above = max(engine.drawn_from(sheet.page), 0.0)
                    of_run[sheet.n] = SlotTemplate(block._replace(height=sheet.end), slots, above, extent)
            found += (of_run[n] for n in range(len(run)))
        return found

    def lines(self, slot: TextSlot, text: str) -> tuple[str, ...]:
        """The text as it stands in that slot, broken where WeasyPrint breaks it; none where there is none."""
        text = _WHITE.sub(" ", text).strip(" ")
        if not text:
            return ()
        if self.width(slot, text) <= slot.room:
            return (text,)
        key = slot.face, slot.size, slot.room, text
        if key not in self._broken:
            # it is imported once WeasyPrint's libraries have been found (`engine.weasyprint`)
            from weasyprint.text.line_break import split_first_line

            lines: list[str] = []
            while text:
                _, length, resume, *_ = split_first_line(text, slot.style, None, slot.room, 0)
                encoded = text.encode()
                lines.append(encoded[:length].decode().rstrip(" "))
                text = "" if resume is None else encoded[resume:].decode().lstrip(" ")
            self._broken[key] = tuple(lines)
        return self._broken[key]

    def width(self, slot: TextSlot, text: str) -> float:
        """Return the width of a text in a slot's face and size, in px."""
        return self.written(slot, text).width

    def written(self, slot: TextSlot, text: str) -> Graphics:
        """A line as it is drawn in a slot, from the start of its baseline."""
        return self.stamp(text, slot.face, slot.size, slot.grey)

    def put(self, slot: TextSlot, text: str) -> tuple[float, float, Graphics]:
        """A line with its place in the block."""
        drawing = self.written(slot, text)
        if slot.align == "right":
            return slot.right - drawing.width, slot.y, drawing
        if slot.align == "center":
            return slot.left + max(slot.right - slot.left - drawing.width, 0.0) / 2, slot.y, drawing
        return slot.x, slot.y, drawing


def _slots_of(page: Any) -> tuple[dict[str, TextSlot], float]:
    """The slots of a page that WeasyPrint laid out, and where the text ends that reaches farthest."""
    boxes = engine.weasyprint().formatting_structure.boxes
    slots: dict[str, TextSlot] = {}
    extent, begun = 0.0, False

    def look(box: Any, left: float, right: float, around: Any) -> None:
        """`around` is the style of what a text stands in, whose lines may break."""
        nonlocal extent, begun
        if isinstance(box, boxes.BlockContainerBox):
            left = float(box.content_box_x())
            right = left + float(box.width)
        if box.style["visibility"] != "hidden" and not isinstance(box, boxes.LineBox):
            around = box.style
        if isinstance(box, boxes.LineBox):
            begun = False
        if isinstance(box, boxes.TextBox):
            extent = max(extent, float(box.position_x + box.width))
            if found := SLOT.fullmatch(box.text.strip()):
                style = box.style.copy()
                style["white_space"] = around["white_space"]
                align = "right" if around["float"] == "right" else str(around["text_align_all"])
                slots[found[1]] = TextSlot(
                    x=float(box.position_x),
                    y=float(box.position_y + box.baseline),
                    left=left,
                    right=right,
                    align="start" if begun else align,
                    face="Sarabun-Bold" if style["font_weight"] >= 600 else "Sarabun-Regular",
                    size=float(style["font_size"]),
                    grey=float(style["color"].coordinates[0]),
                    style=style,
                )
            begun = begun or bool(box.text.strip())
        for kid in getattr(box, "children", ()):
            look(kid, left, right, around)

    look(page._page_box, 0.0, 0.0, page._page_box.style)
    return slots, extent

"""HTML fragments → pieces of pages, with slots for text that is different for each candidate.

A slot is a text between two ‡ in a fragment. It takes up space but is not drawn; its position, face, size
and colour are those of the text stamped there. A picture made of rectangles, such as a QR code, also has a
slot (`picture`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

from examgen.core.problems import Refused
from examgen.rendering.pdf import engine
from examgen.rendering.pdf.composer import BLACK, Block, Boxes, Colour, Graphics, PdfComposer
from examgen.rendering.pdf.isolate_pages import Fragment, lay_out
from examgen.rendering.pdf.page_parts import Frame, page_frame

_SLOT = re.compile("‡([a-z][a-z0-9_]*)‡")
_PICTURE = "picture"
_BARE = "\nhtml, body { background: none !important }"
"""Removes the background, which would cover what is around a piece; the paper is white anyway."""
_TOGETHER = 96
"""The number of fragments laid out together; the boxes of more would take much memory."""
LEAST_PX = 8.0
"""The smallest font size of a text in a slot: 6 points."""


def slot(name: str) -> str:
    """Return the text that reserves the place of a slot with this name in a fragment."""
    return f"‡{name}‡"


def picture(alternative: str) -> str:
    """Return an SVG picture that is filled later with rectangles in a square of 1 by 1, as the slot
    `picture`."""
    title = f"<title>{escape(alternative)}</title>"
    return f'<svg viewBox="0 0 1 1" data-slot="picture" xmlns="http://www.w3.org/2000/svg">{title}</svg>'


class Slot(NamedTuple):
    """The position of a text: its face and size, the start of its baseline, and the space to its right, in px
    from the top left of its piece. For a picture, the top left corner, and its side as `size`."""

    name: str
    face: str
    size: float
    x: float
    y: float
    room: float
    colour: Colour


class Piece(NamedTuple):
    """Part of a page that can be placed any number of times; lengths in px."""

    block: Block
    slots: tuple[Slot, ...]
    extent: float
    """The right end of the text that extends farthest, with slots as wide as their names."""
    above: float
    """White space at the top, which may overlap with what is above; `below` is that at the bottom."""
    below: float

    @property
    def height(self) -> float:
        """The height of the piece."""
        return self.block.height

    def slot(self, name: str) -> Slot:
        """Return the first slot with this name. Raises KeyError if there is none."""
        found = next((one for one in self.slots if one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


class PieceComposer(PdfComposer):
    """Lays out pieces with one style sheet, and writes files of them."""

    def frame(self) -> Frame:
        """Return the page that the style sheet sets."""
        return page_frame(self._css, self._readable)

    def pieces(self, fragments: Sequence[Fragment]) -> list[Piece]:
        """Return each fragment as a piece. Raises Refused if something cannot be drawn, as `render_pdf`
        does."""
        unseen = r'<span style="visibility:hidden">‡\1‡</span>'
        fragments = [one._replace(html=_SLOT.sub(unseen, one.html)) for one in fragments]
        runs = (fragments[first : first + _TOGETHER] for first in range(0, len(fragments), _TOGETHER))
        return [piece for run in runs for piece in self._pieces(run)]

    def _pieces(self, fragments: Sequence[Fragment]) -> list[Piece]:
        found: dict[int, Piece] = {}
        css = self._css + _BARE
        for sheets in lay_out(css, fragments, language=self._language, readable=self._readable):
            if any(sheet.end is None for sheet in sheets.pages):
                raise Refused.because(
                    "a part of a report breaks a page. Remove the page breaks from its template."
                )
            for sheet, block in zip(sheets.pages, self.blocks_of(sheets, fragments), strict=True):
                box = sheet.page._page_box
                found[sheet.n] = Piece(
                    block,
                    tuple(self._slots(box, 0.0)),
                    max(_ends(box), default=0.0),
                    max(engine.drawn_from(sheet.page), 0.0),
                    max(block.height - engine.drawn_to(sheet.page), 0.0),
                )
        return [found[n] for n in range(len(fragments))]

    def _slots(self, box: Any, right: float) -> Iterator[Slot]:
        """Yield the slots within a box of WeasyPrint, in reading order."""
        boxes = engine.weasyprint().formatting_structure.boxes
        if isinstance(box, boxes.BlockContainerBox):
            right = float(box.content_box_x() + box.width)
        if isinstance(box, boxes.TextBox) and (found := _SLOT.fullmatch(box.text.strip())):
            x, y, style = float(box.position_x), float(box.position_y + box.baseline), box.style
            colour = tuple(float(part) for part in style["color"].to("srgb").coordinates)
            yield Slot(
                found[1],
                self._face_of(style),
                float(style["font_size"]),
                x,
                y,
                right - x,
                colour[:3],  # type: ignore[arg-type]
            )
        elif isinstance(box, boxes.ReplacedBox) and box.element.get("data-slot") == _PICTURE:
            x, y, side = float(box.content_box_x()), float(box.content_box_y()), float(box.width)
            yield Slot(_PICTURE, "", side, x, y, side, BLACK)
        for kid in getattr(box, "children", ()):
            yield from self._slots(kid, right)

    def _face_of(self, style: Any) -> str:
        """Return the face in which a style sets its text. Raises Refused if no font of its family is
        known."""
        bold = "Bold" if style["font_weight"] >= 600 else ""
        italic = "Italic" if style["font_style"] != "normal" else ""
        for family in style["font_family"]:
            name = f"{family.replace(' ', '')}-{bold + italic or 'Regular'}"
            if name in self._faces:
                return name
        raise Refused.because(
            "the style sheet sets a text of each candidate in an unknown font ({font}). Use Sarabun.",
            font=", ".join(style["font_family"]),
        )

    def fill(self, slot: Slot, text: str, room: float | None = None) -> Graphics:
        """Return the text of a slot in the slot's size, or smaller if the space is too narrow; at the
        minimum size it is truncated.

        `room` replaces the slot's width if what contains it may grow. Raises Refused if the face has no
        glyph for a character.
        """
        if not text:
            return Graphics(b"", 0.0)
        width = self.width(slot, text)
        room = slot.room if room is None else room
        size = slot.size if width <= room else slot.size * room / width
        if size >= LEAST_PX:
            return self.stamp(text, slot.face, size, slot.colour)
        # as much of the text as there is room for in the smallest size, between clusters
        ends = [n for n, char in enumerate(text) if unicodedata.category(char) != "Mn" and char != "ำ"]
        cuts = (f"{text[:end].rstrip()}…" for end in reversed(ends))
        drawn = (self.stamp(cut, slot.face, LEAST_PX, slot.colour) for cut in cuts)
        least = self.stamp("…", slot.face, LEAST_PX, slot.colour)
        return next((one for one in drawn if one.width <= room), least)

    def width(self, slot: Slot, text: str) -> float:
        """Return the width of a text in a slot's face and size, in px."""
        return self.stamp(text, slot.face, slot.size, slot.colour).width if text else 0.0

    def fill_picture(self, piece: Piece, boxes: Boxes) -> Graphics:
        """Return rectangles, given in a square of 1 by 1 with y down, scaled to the slot of a picture."""
        side = piece.slot(_PICTURE).size
        return self.boxes([(x * side, y * side, w * side, h * side) for x, y, w, h in boxes])


def _ends(box: Any) -> Iterator[float]:
    """Yield the right end of each text within a box."""
    if isinstance(box, engine.weasyprint().formatting_structure.boxes.TextBox):
        yield float(box.position_x + box.width)
    for kid in getattr(box, "children", ()):
        yield from _ends(kid)


class PlacedPiece(NamedTuple):
    """A piece on a page: its upper left corner in px, and the content of its slots."""

    x: float
    y: float
    piece: Piece
    values: dict[str, Graphics] = {}  # noqa: RUF012 – never written to

    def parts(self) -> Iterator[tuple[float, float, Block | Graphics]]:
        """Yield the piece's block and the content of its slots, with their positions."""
        yield self.x, self.y, self.piece.block
        for one in self.piece.slots:
            yield self.x + one.x, self.y + one.y, self.values[one.name]

"""Booklets of rooms → seating plan, attendance list and packing slip of each, of parts laid out once.

As booklets are (`printing`): a row of each kind, a seat of each grey, a title, the totals of each count are
laid out by WeasyPrint once for all rooms. What is of one candidate or parcel (name, number, seat, serial) is
stamped, its lines broken where WeasyPrint breaks them. Where parts depend on each other in a way that this
does not know, as a long seat beside its form, or an id that may break at a dash in a list of seats, the paper
is laid out as it is (`Odd`). So are all papers where a workspace has templates of its own (`is_composed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.models.form import Booklet, Exam
from examgen.core.storage import write_file
from examgen.papers.rooms import lists
from examgen.papers.rooms.lists import Titled, room_context
from examgen.papers.rooms.parts import LETTERS, Key, Page, Put, RoomParts, Row, Standing, flowed, slot_name
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import Frame
from examgen.rendering.pdf.slot_templates import SlotTemplate, SlotTemplateComposer
from examgen.rendering.pdf.writer import Block, Drawing
from examgen.rendering.templates.filling import are_own

_MM = 96 / 25.4
_ABOVE_TEXT, _BELOW_TEXT = 4 * _MM, 2 * _MM
"""From the running head to the text, and from the text to the foot, as in paper.css."""
_BESIDE_TITLE, _BESIDE_HEAD = 8 * _MM, 4 * _MM
"""What is left at least before the room's name, as in rooms.css and paper.css."""

TOGETHER = 1500
"""Booklets of as many rooms as are looked at together, to lay out at once what they need."""

_TEMPLATES = ("paper.css", "rooms.css", "frame.html", "parts.html", "room.html")


class Odd(Exception):
    """A paper that cannot be composed: it is laid out as it is."""


class RoomPapers(NamedTuple):
    """What the papers of a room are made from."""

    room: str
    """With its centre, where one is known."""
    booklets: tuple[Booklet, ...]
    pages: Mapping[str, tuple[int, int]]
    """By serial, the pages of booklet and answer sheet."""


def is_composed(templates: Sequence[Path]) -> bool:
    """Whether rooms are composed: their templates are the built-in ones."""
    own = (
        *_TEMPLATES,
        *(paper.template for paper in lists.PAPERS),
        *(paper.template.replace(".html", ".css") for paper in lists.PAPERS),
    )
    return not are_own(own, templates)


class RoomPrinter:
    """The parts of the papers of rooms, and the files that are made of them."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        from examgen.papers.rooms.rows import AttendanceSheet, PackingSlip, SeatingPlan

        self._exam, self._templates = exam, templates
        self._sheets: tuple[Sheet, ...] = (
            SeatingPlan(exam, templates),
            AttendanceSheet(exam, templates),
            PackingSlip(exam, templates),
        )

    def write(self, folders: Iterable[tuple[Path, RoomPapers]]) -> None:
        """The papers of each room into its folder."""
        for some in _chunks(folders):
            for sheet in self._sheets:
                sheet.prepare([of for _, of in some])
            for folder, of in some:
                for sheet in self._sheets:
                    self._one(sheet, folder, of)

    def _one(self, sheet: Sheet, folder: Path, of: RoomPapers) -> None:
        path = folder / sheet.of.file
        try:
            pages = sheet.pages(of)
        except Odd:
            write_file(path, sheet.direct(of, self._templates))
            return
        sheet.write(path, of, pages)


def _chunks(folders: Iterable[tuple[Path, RoomPapers]]) -> Iterator[list[tuple[Path, RoomPapers]]]:
    some: list[tuple[Path, RoomPapers]] = []
    for one in folders:
        some.append(one)
        if sum(len(of.booklets) for _, of in some) >= TOGETHER:
            yield some
            some = []
    if some:
        yield some


class Sheet:
    """A paper of rooms: what it has in common with the others."""

    def __init__(self, of: Titled, exam: Exam, templates: Sequence[Path]) -> None:
        self.of = of
        self.exam = exam
        self.parts = RoomParts(of, room_context(exam), templates)
        self.composer: SlotTemplateComposer = self.parts.composer
        self._known: dict[Key, SlotTemplate] = {}
        self._missing: dict[Key, None] = {}
        self._shown: dict[int, dict[str, Any]] = {}

    # what a paper is made of: of each kind its own

    def rows(self, of: RoomPapers) -> Iterator[Row | None]:
        """Its rows below the title; None for one of which parts are not laid out yet."""
        raise NotImplementedError

    def fragment(self, key: Key) -> Fragment:
        """A part that is not one of all papers."""
        raise NotImplementedError

    def direct(self, of: RoomPapers, templates: Sequence[Path]) -> bytes:
        """The paper as WeasyPrint lays it out."""
        raise NotImplementedError

    def context(self, of: RoomPapers) -> dict[str, Any]:
        """What its template is filled with."""
        raise NotImplementedError

    def shown(self, of: RoomPapers) -> dict[str, Any]:
        """What it shows of a room, found out once."""
        if id(of) not in self._shown:
            self._shown[id(of)] = self.context(of)
        return self._shown[id(of)]

    def frame(self, of: RoomPapers) -> Frame:
        """Its page."""
        return self.parts.frame

    def placed(self, of: RoomPapers, rows: Sequence[Row]) -> list[Page]:
        """Its rows on pages."""
        return flowed(rows, self.frame(of).text_height)

    # ── parts ────────────────────────────────────────────────────────────────────────────────

    def prepare(self, some: Sequence[RoomPapers]) -> None:
        """Lay out what these rooms need: what a part shows may tell that another is needed."""
        self._shown.clear()
        while True:
            for of in some:
                with suppress(Odd, _Unknown):
                    self.pages(of)
            if not self._missing:
                return
            wanted = [*self._missing]
            self._missing.clear()
            fragments = [self._fragment(key) for key in wanted]
            self._known.update(zip(wanted, self.composer.slot_templates(fragments), strict=True))

    def _fragment(self, key: Key) -> Fragment:
        if key[0] in _COMMON:
            width = key[1]
            assert isinstance(width, float)
            return self.parts.common((key[0], *key[2:]) if key[0] == "foot" else key, width)
        return self.fragment(key)

    def known(self, key: Key) -> SlotTemplate | None:
        """A part; None where it is not laid out yet, and then it will be."""
        found = self._known.get(key)
        if found is None:
            self._missing[key] = None
        return found

    def counted(self, base: Key, texts: Mapping[str, str]) -> dict[str, tuple[str, ...]] | None:
        """The lines of texts, the first in the order of a part where each has one line."""
        template = self.known(base)
        if template is None:
            return None
        found = {
            name: self.composer.lines(template.slots[slot_name(place)], text)
            for place, (name, text) in enumerate(texts.items())
        }
        if any(len(lines) > len(LETTERS) for lines in found.values()):
            raise Odd
        return found

    def row(self, key: Key, texts: Mapping[str, str] | None = None, head: Row | None = None) -> Row | None:
        """A row that is one part across the page."""
        template = self.known(key)
        if template is None:
            return None
        put = Put(0.0, key, key if texts else (), texts or {})
        return Row((put,), template.block.height, template.above if texts is None else 0.0, head)

    # ── pages ────────────────────────────────────────────────────────────────────────────────

    def pages(self, of: RoomPapers) -> list[Page]:
        """The whole pages, by the upper left corner of their text. Raises Odd, or _Unknown in `prepare`."""
        title, around = self._title(of), self._around(of)
        rows = [*title, *self.rows(of)]
        whole = [row for row in rows if row is not None]
        if len(whole) < len(rows) or around is None:
            raise _Unknown
        pages = self.placed(of, whole)
        frame = self.frame(of)
        feet = [
            self.row(("foot", frame.text_width, number, len(pages))) for number in range(1, len(pages) + 1)
        ]
        for page, foot in zip(pages, feet, strict=True):
            if foot is None:
                raise _Unknown
            page[:0] = around
            page.append(Standing(0.0, frame.text_height + _BELOW_TEXT, foot))
        return pages

    def _title(self, of: RoomPapers) -> list[Row | None]:
        """What stands above the rows, the room's name at its right."""
        width, room = self.frame(of).text_width, of.room or "–"
        name, label = self.known(("name", width)), self.known(("room", width))
        if name is None or label is None:
            return [None, self.row(("title", width))]
        slot = label.slots["room"]
        right = slot.x + self.composer.width(slot, room)
        if name.extent + _BESIDE_TITLE + right > width:
            return [self.row(("title", width, room))]
        title = self.row(("title", width))
        if title is None:
            return [None]
        put = Put(width - right, ("room", width), ("room", width), {"room": room})
        return [title._replace(put=(*title.put, put))]

    def _around(self, of: RoomPapers) -> list[Standing] | None:
        """The running head."""
        width, room = self.frame(of).text_width, of.room or "–"
        head, place = self.known(("head", width)), self.known(("place", width))
        if head is None or place is None:
            return None
        slot = place.slots["room"]
        right = slot.x + self.composer.width(slot, room)
        row: Row | None
        if head.extent + _BESIDE_HEAD + right > width:
            row = self.row(("head", width, room))
        else:
            key = ("place", width)
            row = Row(
                (Put(0.0, ("head", width)), Put(width - right, key, key, {"room": room})), head.block.height
            )
        return None if row is None else [Standing(0.0, -_ABOVE_TEXT - row.height, row)]

    # ── files ────────────────────────────────────────────────────────────────────────────────

    def write(self, path: Path, of: RoomPapers, pages: Sequence[Page]) -> None:
        """The file of those pages."""
        frame = self.frame(of)
        with self.composer.file(path, self.of.title(self.exam, of.room)) as file:
            for page in pages:
                drawn: list[tuple[float, float, Block]] = []
                drawings: list[tuple[float, float, Drawing]] = []
                for x, y, row in page:
                    for put in row.put:
                        left, top = frame.left + x + put.x, frame.top + y + put.y
                        if not put.texts and drawings:
                            drawn.append((0.0, 0.0, file.drawing(drawings)))
                            drawings = []
                        if put.drawn:
                            drawn.append((left, top, self._known[put.drawn].block))
                        slots = self._known[put.slots].slots if put.texts else {}
                        for name, text in put.texts.items():
                            if text:
                                dx, dy, drawing = self.composer.put(slots[name], text)
                                drawings.append((left + dx, top + dy, drawing))
                if drawings:
                    drawn.append((0.0, 0.0, file.drawing(drawings)))
                file.page((frame.width, frame.height), drawn)


class _Unknown(Exception):
    """Parts are not laid out yet."""


_COMMON = ("head", "place", "title", "room", "name", "foot")

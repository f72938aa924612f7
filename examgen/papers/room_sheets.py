"""Attendance list and packing slip of a room → the rows that they are composed of (`room_press`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from examgen.models import Exam
from examgen.papers import rooms
from examgen.papers.room_pages import Key, Row
from examgen.papers.room_parts import counts_of, one_each, stand, told
from examgen.papers.room_press import RoomPapers, Sheet
from examgen.papers.rooms import Parcel, Place
from examgen.pdf.press import Fragment

_SEATED = ("number", "seat", "candidate_id", "name", "form", "serial")
_SPARE = ("number", "form", "serial")
_PARCEL = ("form", "serials", "n_candidates", "n_spare", "n_together", "pages", "sheet_pages", "n_sheets")


class AttendanceSheet(Sheet):
    """The list that candidates sign."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        super().__init__(rooms.LIST, exam, templates)

    def direct(self, of: RoomPapers, templates: Sequence[Path]) -> bytes:
        """The paper as WeasyPrint lays it out."""
        return rooms.attendance(self.exam, of.room, of.booklets, templates)

    def context(self, of: RoomPapers) -> dict[str, Any]:
        """What its template is filled with."""
        return rooms.attendance_context(self.exam, of.booklets)

    def rows(self, of: RoomPapers) -> Iterator[Row | None]:
        """Its rows below the title."""
        shown = self.shown(of)
        seated, spare, level = shown["places"], shown["spare"], shown["rows"]
        head = self.row(("heads", level))
        yield head
        for place in seated:
            yield self._row("row", _SEATED, place, level, head)
        for place in spare:
            yield self._row("spare", _SPARE, place, level, head)
        yield self.row(("totals", len(seated), shown["forms"], len(spare)))

    def _row(self, kind: str, names: Sequence[str], place: Place, level: str, head: Row | None) -> Row | None:
        texts = {name: str(getattr(place, name)) for name in names}
        lines = self.counted((kind, level, False, one_each(names)), texts)
        if lines is None:
            return None
        fifth = kind == "row" and place.is_fifth
        return self.row((kind, level, fifth, counts_of(lines)), told(lines), head)

    def fragment(self, key: Key) -> Fragment:
        """A part of it."""
        name, *more = key
        given: dict[str, Any]
        if name == "heads":
            given = {"rows": more[0]}
        elif name == "totals":
            n, forms, n_spare = more
            one = stand(one_each(_SEATED))
            given = {"places": (one,) * n, "forms": forms, "spare": (one,) * n_spare}
        else:
            level, is_fifth, counts = more
            place = stand(counts, is_fifth=is_fifth)
            given = {"rows": level, "places" if name == "row" else "spare": (place,)}
        return Fragment(self.parts.cut(name, given), self.parts.frame.text_width)


class PackingSlip(Sheet):
    """What a room's parcel holds."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        super().__init__(rooms.SLIP, exam, templates)

    def direct(self, of: RoomPapers, templates: Sequence[Path]) -> bytes:
        """The paper as WeasyPrint lays it out."""
        return rooms.packing_slip(self.exam, of.room, of.booklets, templates, of.pages)

    def context(self, of: RoomPapers) -> dict[str, Any]:
        """What its template is filled with."""
        return rooms.slip_context(of.booklets, of.pages)

    def rows(self, of: RoomPapers) -> Iterator[Row | None]:
        """Its rows below the title."""
        shown = self.shown(of)
        head = self.row(("heads",))
        yield head
        for parcel in shown["parcels"]:
            texts = {name: str(getattr(parcel, name)) for name in _PARCEL}
            lines = self.counted(("parcel", one_each(_PARCEL)), texts)
            yield None if lines is None else self.row(("parcel", counts_of(lines)), told(lines), head)
        total: Parcel = shown["total"]
        one = self.row(("total", total.n_candidates, total.n_spare, total.n_sheets))
        yield one and one._replace(head=head)
        yield self.row(("checks", total.n_candidates + total.n_spare))
        yield self.row(("totals",))

    def fragment(self, key: Key) -> Fragment:
        """A part of it."""
        name, *more = key
        none = rooms.total_of(())
        given: dict[str, Any] = {}
        if name == "parcel":
            given = {"parcels": (stand(more[0]),)}
        elif name == "total":
            n_candidates, n_spare, n_sheets = more
            given = {"total": none._replace(n_candidates=n_candidates, n_spare=n_spare, n_sheets=n_sheets)}
        elif name == "checks":
            given = {"total": none._replace(n_candidates=more[0])}
        return Fragment(self.parts.cut(name, given), self.parts.frame.text_width)

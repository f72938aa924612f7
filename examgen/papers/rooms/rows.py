"""Attendance list and packing slip of a room → the rows that they are composed of (`composer`).

Seating plan of a room → the rows that it is composed of (`composer`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from examgen.core.models.form import Exam
from examgen.papers.rooms import lists
from examgen.papers.rooms.lists import Grid, Parcel, Place
from examgen.papers.rooms.parts import (
    Counts,
    Key,
    Page,
    Put,
    Row,
    counts_of,
    in_columns,
    one_each,
    slot_name,
    stand,
    told,
)
from examgen.papers.rooms.printing import Odd, RoomPapers, Sheet
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import Frame
from examgen.rendering.pdf.slot_templates import SlotTemplate

_MM = 96 / 25.4
_SPACING, _LABEL = 1 * _MM, 9 * _MM
"""Around each seat of a plan, and the width of the names of rows, as in seating-plan.css."""
_PADDING, _NARROW_PADDING, _EMPTY_BORDER = 0.6 * _MM, 0.4 * _MM, 0.15 * _MM
"""Of seats, as in seating-plan.css."""
_GAP, _ABOVE_LIST = 6 * _MM, 2 * _MM
"""Between the columns of a list of seats, and above them, as in seating-plan.css."""
_FORM_BORDER, _FORM_LEFT, _FORM_WIDTH = 0.2 * _MM, 1.2 * _MM, 7 * _MM
"""Of the frame of a form's name in such a list: its border, its text's left edge and least width."""
_BOLD, _SIZE = "Sarabun-Bold", 10 * 96 / 72
"""Face and size of that name."""
_DARK = 3
"""The shade on which text is white."""
_MOST_SHOWN = 8
"""Forms of which a plan says how many seats each has, as in its template."""
_UPRIGHT, _NAMED = 5, 8
"""Seats in a row: up to which a plan stands upright, and up to which it says names, as in its template."""

_SEAT, _NARROW_SEAT = ("form", "seat", "name", "candidate_id"), ("form", "seat")
_LISTED = ("seat", "name", "candidate_id")
_NAME, _ID = slot_name(1), slot_name(2)

_Lines = dict[str, tuple[str, ...]]


class SeatingPlan(Sheet):
    """The room from above, or a list of its seats."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        super().__init__(lists.PLAN, exam, templates)
        self._of_width: dict[float, str] = {}
        self._wide = self.parts.other_frame({"grid": _grid(_UPRIGHT + 1, ())})

    def direct(self, of: RoomPapers, templates: Sequence[Path]) -> bytes:
        """The paper as WeasyPrint lays it out."""
        return lists.seating_plan(self.exam, of.room, of.booklets, templates)

    def frame(self, of: RoomPapers) -> Frame:
        """Its page, which lies on its side for a wide room."""
        found = self.shown(of)["grid"]
        return self._wide if found and len(found.columns) > _UPRIGHT else self.parts.frame

    def context(self, of: RoomPapers) -> dict[str, Any]:
        """What its template is filled with."""
        return lists.plan_context(self.exam, of.booklets)

    def rows(self, of: RoomPapers) -> Iterator[Row | None]:
        """Its rows below the title."""
        shown = self.shown(of)
        found: Grid | None = shown["grid"]
        width = self.frame(of).text_width
        alike = None if found is None else found.n_alike
        forms = shown["forms"] if len(shown["forms"]) <= _MOST_SHOWN else ()
        yield self.row(("above", width, len(shown["places"]), forms, alike))
        if found is None:
            for place in shown["places"]:
                yield self._line(place)
            return
        head = self.row(("columns", width, found.columns))
        if head is None:
            yield None
            return
        # rows have the space above them in common with what is above; overleaf a table begins without it
        again = Row((head.put[0]._replace(y=-_SPACING),), head.height - 2 * _SPACING)
        yield head._replace(height=head.height - _SPACING)
        for label, places in found.rows:
            yield self._seats(width, len(found.columns), label, places, again)

    def placed(self, of: RoomPapers, rows: Sequence[Row]) -> list[Page]:
        """Its rows on pages, those of a list in two columns."""
        if self.shown(of)["grid"] is not None:
            return super().placed(of, rows)
        n = len(rows) - len(self.shown(of)["places"])
        frame = self.frame(of)
        above = [*rows[:n], Row((), _ABOVE_LIST)]
        return in_columns(above, rows[n:], frame.text_height, (frame.text_width + _GAP) / 2)

    # ── the room from above ──────────────────────────────────────────────────────────────────

    def _seats(
        self, width: float, n: int, label: str, places: Sequence[Place | None], head: Row
    ) -> Row | None:
        """A row of seats. Raises Odd where its name takes more lines than its seats."""
        cell = (width - _LABEL - (n + 2) * _SPACING) / n
        seats = [None if place is None else self._seat(cell, n, place) for place in places]
        lines = self.counted(("label", width, n, one_each(("label",))), {"label": label})
        named = ("label", width, n, counts_of(lines or {}))
        shown = self.known(named) if lines else None
        kinds = dict.fromkeys(lines for lines in map(_kind, filter(None, seats)))
        # the frames of a row are as tall as the seat that has most in it
        frames = {kind: self.known(("seat", cell, n, 0, *kind)) for kind in kinds if kind}
        if lines is None or shown is None or None in kinds or None in frames.values():
            return None
        tallest = max(frames, key=lambda kind: _height(frames[kind]))
        height = _height(frames[tallest])
        if shown.block.height > height:
            raise Odd
        put = [Put(0.0, (), named, told(lines), (height - shown.block.height) / 2)]
        for column, seat in enumerate(seats):
            x = _LABEL + _SPACING + column * (cell + _SPACING)
            if seat is None:
                put.append(Put(x, ("empty", cell, n, height)))
                continue
            place, seat_lines = seat
            drawn, slots = (("seat", cell, n, place.shade, *kind) for kind in (tallest, _kind(seat) or ()))
            put.append(Put(x, drawn, slots, told(seat_lines or {})))
        needed = [self.known(key) for one in put for key in (one.drawn, one.slots) if key]
        return None if None in needed else Row(tuple(put), height - _SPACING, 0.0, head)

    def _seat(self, cell: float, n: int, place: Place) -> tuple[Place, _Lines | None]:
        """A seat that is taken, and the lines of its texts. Raises Odd where its name meets its form."""
        names = _SEAT if n <= _NAMED else _NARROW_SEAT
        base = ("seat", cell, n, 0, place.is_long, one_each(names))
        lines = self.counted(base, {name: getattr(place, name) for name in names})
        template = self.known(base)
        if template and n <= _NAMED:
            beside = (
                self.composer.width(template.slots[slot_name(i)], getattr(place, names[i])) for i in (0, 1)
            )
            if sum(beside) + 4 * _SPACING > cell:
                raise Odd
        return place, lines

    # ── a list ───────────────────────────────────────────────────────────────────────────────

    def _line(self, place: Place) -> Row | None:
        """A place of the list. Raises Odd where its id may break before it goes to a line of its own."""
        width = max(_FORM_WIDTH, self.composer.stamp(place.form, _BOLD, _SIZE).width)
        # forms of one width have the same frame, drawn as that of the first of them
        like = self._of_width.setdefault(round(width, 3), place.form)
        base = ("line", like, place.shade, one_each(_LISTED), False)
        lines = self.counted(base, {"seat": place.seat or "–", "name": place.name})
        if lines is None:
            return None
        slots = self._known[base].slots
        composer, name, own = self.composer, slots[_NAME], slots[_ID]
        end = name.x + composer.width(name, f"{lines['name'][-1]} " if lines["name"] else "")
        below = end + composer.width(own, place.candidate_id) > own.right
        if below and (
            not place.candidate_id.isalnum() or composer.width(own, place.candidate_id) > name.room
        ):
            raise Odd
        key = ("line", like, place.shade, (*counts_of(lines), ("candidate_id", 1)), below)
        row = self.row(key, {"form": place.form, **told(lines)})
        if row is None:
            return None
        slots = self._known[key].slots
        slots["form"] = slots[slot_name(0)]._replace(
            y=slots[slot_name(0)].y + _FORM_BORDER,
            left=_FORM_LEFT,
            right=_FORM_LEFT + width,
            align="center",
            grey=1.0 if place.shade == _DARK else 0.0,
        )
        shift = 0.0 if below else end - slots[_ID].x
        after = Put(shift, (), key, {_ID: place.candidate_id})
        return row._replace(put=(*row.put, after))

    # ── parts ────────────────────────────────────────────────────────────────────────────────

    def fragment(self, key: Key) -> Fragment:
        """A part of it."""
        name, *more = key
        given: dict[str, Any]
        if name == "above":
            width, n, forms, alike = more
            found = None if alike is None else {"n_alike": alike, "columns": (), "rows": ()}
            given = {"places": (stand(one_each(_SEAT)),) * n, "forms": forms, "grid": found}
        elif name == "columns":
            width, columns = more
            given = {"grid": {"n_alike": 0, "columns": columns, "rows": ()}}
        elif name == "label":
            width, n, counts = more
            given = {"grid": _grid(n, (), stand(counts)["label"])}
            width = _LABEL + 2 * _SPACING
        elif name == "line":
            return self._line_fragment(*more)
        elif name == "empty":
            cell, n, height = more
            html = self.parts.cut("empty", {"grid": _grid(n, (None,))})
            inner = (
                height - 2 * _SPACING - 2 * (_EMPTY_BORDER + (_NARROW_PADDING if n > _NAMED else _PADDING))
            )
            html = html.replace('class="empty"', f'class="empty" style="height: {inner!r}px"')
            return Fragment(html, cell + 2 * _SPACING)
        else:
            cell, n, shade, is_long, counts = more
            width = cell + 2 * _SPACING
            given = {"grid": _grid(n, (stand(counts, shade=shade, is_long=is_long),))}
        return Fragment(self.parts.cut(name, given), width)

    def _line_fragment(self, form: str, shade: int, counts: Counts, below: bool) -> Fragment:
        hidden = Markup('<span style="visibility: hidden">{}</span>').format(form)
        place = stand(counts, form=hidden, shade=shade)
        if below:
            place["name"] = Markup(f"{place['name']}<br>")
        html = self.parts.cut("line", {"places": (place,)})
        return Fragment(html, (self.parts.frame.text_width - _GAP) / 2)


def _grid(n: int, seats: Sequence[object], label: object = "") -> dict[str, object]:
    """A plan of so many columns with those seats in its only row."""
    return {"n_alike": 0, "columns": tuple(range(n)), "rows": ((label, seats),)}


def _kind(seat: tuple[Place, _Lines | None]) -> tuple[bool, Counts] | None:
    """What tells the part of a seat from others, its grey aside; None where it is not known yet."""
    place, lines = seat
    return None if lines is None else (place.is_long, counts_of(lines))


def _height(template: SlotTemplate | None) -> float:
    return template.block.height if template else 0.0


_SEATED = ("number", "seat", "candidate_id", "name", "form", "serial")
_SPARE = ("number", "form", "serial")
_PARCEL = ("form", "serials", "n_candidates", "n_spare", "n_together", "pages", "sheet_pages", "n_sheets")


class AttendanceSheet(Sheet):
    """The list that candidates sign."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        super().__init__(lists.LIST, exam, templates)

    def direct(self, of: RoomPapers, templates: Sequence[Path]) -> bytes:
        """The paper as WeasyPrint lays it out."""
        return lists.attendance(self.exam, of.room, of.booklets, templates)

    def context(self, of: RoomPapers) -> dict[str, Any]:
        """What its template is filled with."""
        return lists.attendance_context(self.exam, of.booklets)

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
        super().__init__(lists.SLIP, exam, templates)

    def direct(self, of: RoomPapers, templates: Sequence[Path]) -> bytes:
        """The paper as WeasyPrint lays it out."""
        return lists.packing_slip(self.exam, of.room, of.booklets, templates, of.pages)

    def context(self, of: RoomPapers) -> dict[str, Any]:
        """What its template is filled with."""
        return lists.slip_context(of.booklets, of.pages)

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
        none = lists.total_of(())
        given: dict[str, Any] = {}
        if name == "parcel":
            given = {"parcels": (stand(more[0]),)}
        elif name == "total":
            n_candidates, n_spare, n_sheets = more
            given = {"total": none._replace(n_candidates=n_candidates, n_spare=n_spare, n_sheets=n_sheets)}
        elif name == "checks":
            given = {"total": none._replace(n_candidates=more[0])}
        return Fragment(self.parts.cut(name, given), self.parts.frame.text_width)

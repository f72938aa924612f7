"""Booklets of rooms → the papers of each, of parts laid out once.

The method is that of booklets (`booklet/printing.py`). WeasyPrint lays out each kind of part once for all
rooms: a row, a seat of each grey, a title, totals. The texts of a candidate or parcel (name, number, seat,
serial) are stamped, with line breaks where WeasyPrint would break them. If parts depend on each other in a
way that this module cannot handle (a long seat beside its form, an id that may break at a dash in a list of
seats), WeasyPrint lays out the whole paper (`Odd`). It also lays out all papers of a workspace with its own
templates (`is_composed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from markupsafe import Markup

from examgen.core.files import write_file
from examgen.core.models.form import Exam
from examgen.papers.rooms import lists
from examgen.papers.rooms.lists import Parcel, RoomPapers, SeatedBooklet, SeatGrid, Titled, room_context
from examgen.papers.rooms.parts import (
    LETTERS,
    Counts,
    Key,
    Page,
    Put,
    RoomParts,
    RoomRow,
    StandingRow,
    counts_of,
    flowed,
    in_columns,
    one_each,
    slot_name,
    stand,
    told,
)
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import Frame
from examgen.rendering.pdf.slot_templates import SlotTemplate, SlotTemplateComposer
from examgen.rendering.pdf.writer import Block, Graphics
from examgen.rendering.templates.filling import are_own

_MM = 96 / 25.4
_ABOVE_TEXT, _BELOW_TEXT = 4 * _MM, 2 * _MM
"""The space between running head and text, and between text and foot, as in paper.css."""
_BESIDE_TITLE, _BESIDE_HEAD = 8 * _MM, 4 * _MM
"""The least space before the room's name, as in rooms.css and paper.css."""

TOGETHER = 1500
"""Rooms are prepared together up to this number of booklets, to lay out their parts at once."""

_TEMPLATES = ("paper.css", "rooms.css", "secure.css", "frame.html", "parts.html", "room.html")
_COMMON = ("head", "place", "title", "room", "name", "foot")
"""The parts that all papers of rooms have."""

_SPACING, _LABEL = 1 * _MM, 9 * _MM
"""The space around each seat of a plan, and the width of the names of rows, as in seating-plan.css."""
_PADDING, _NARROW_PADDING, _EMPTY_BORDER = 0.6 * _MM, 0.4 * _MM, 0.15 * _MM
"""The padding and border of seats, as in seating-plan.css."""
_GAP, _ABOVE_LIST = 6 * _MM, 2 * _MM
"""The space between the columns of a list of seats, and above them, as in seating-plan.css."""
_FORM_BORDER, _FORM_LEFT, _FORM_WIDTH = 0.2 * _MM, 1.2 * _MM, 7 * _MM
"""The frame around a form's name in such a list: its border, left edge of the text and least width."""
_BOLD, _SIZE = "Sarabun-Bold", 10 * 96 / 72
"""The face and size of that name."""
_DARK = 3
"""The shade on which text is white."""
_MOST_SHOWN = 8
"""The most forms whose numbers of seats a plan shows, as in its template."""
_UPRIGHT, _NAMED = 5, 8
"""The most seats in a row of an upright plan, and of a plan with names, as in its template."""

_SEAT, _NARROW_SEAT = ("form", "seat", "name", "candidate_id"), ("form", "seat")
_LISTED = ("seat", "name", "candidate_id")
_NAME, _ID = slot_name(1), slot_name(2)
_SEATED = ("number", "seat", "candidate_id", "name", "form", "serial")
_SPARE = ("number", "form", "serial")
_PARCEL = ("form", "serials", "n_candidates", "n_spare", "n_together", "pages", "sheet_pages", "n_sheets")

_Lines = dict[str, tuple[str, ...]]


class Odd(Exception):
    """A paper that cannot be composed from parts: WeasyPrint lays it out as a whole."""


class _Unknown(Exception):
    """Some parts are not laid out yet."""


def is_composed(templates: Sequence[Path]) -> bool:
    """Whether the papers of rooms are composed from parts: only if their templates are the built-in ones."""
    own = (
        *_TEMPLATES,
        *(paper.template for paper in lists.PAPERS),
        *(paper.template.replace(".html", ".css") for paper in lists.PAPERS),
    )
    return not are_own(own, templates)


class RoomPrinter:
    """Lays out the parts of the papers of rooms, and makes files from them."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        self._templates = templates
        self._papers: tuple[RoomPaper, ...] = (
            SeatingPlan(exam, templates),
            AttendanceList(exam, templates),
            PackingSlip(exam, templates),
            AccommodationPage(exam, templates),
        )

    def write(self, folders: Iterable[tuple[Path, RoomPapers]]) -> None:
        """Writes the papers of each room into its folder."""
        for some in _chunks(folders):
            for paper in self._papers:
                paper.prepare([of for _, of in some if paper.of in of.papers])
            for folder, of in some:
                for paper in self._papers:
                    if paper.of not in of.papers:
                        continue
                    path = folder / paper.of.file
                    try:
                        pages = paper.pages(of)
                    except Odd:
                        write_file(path, paper.of.printed(paper.exam, of, self._templates))
                    else:
                        paper.write(path, of, pages)


def _chunks(folders: Iterable[tuple[Path, RoomPapers]]) -> Iterator[list[tuple[Path, RoomPapers]]]:
    some: list[tuple[Path, RoomPapers]] = []
    for one in folders:
        some.append(one)
        if sum(len(of.booklets) for _, of in some) >= TOGETHER:
            yield some
            some = []
    if some:
        yield some


class RoomPaper:
    """Common parts of all papers of rooms."""

    def __init__(self, of: Titled, exam: Exam, templates: Sequence[Path]) -> None:
        self.of = of
        self.exam = exam
        self.parts = RoomParts(of, room_context(exam), templates)
        self.composer: SlotTemplateComposer = self.parts.composer
        self._known: dict[Key, SlotTemplate] = {}
        self._missing: dict[Key, None] = {}
        self._shown: dict[int, dict[str, Any]] = {}

    # each kind of paper defines these

    def rows(self, of: RoomPapers) -> Iterator[RoomRow | None]:
        """Its rows below the title; None for a row whose parts are not laid out yet."""
        raise NotImplementedError

    def fragment(self, key: Key) -> Fragment:
        """A part that only this kind of paper has."""
        raise NotImplementedError

    def shown(self, of: RoomPapers) -> dict[str, Any]:
        """The context of a room, computed once."""
        if id(of) not in self._shown:
            self._shown[id(of)] = self.of.context(self.exam, of)
        return self._shown[id(of)]

    def frame(self, of: RoomPapers) -> Frame:
        """Its page."""
        return self.parts.frame

    def placed(self, of: RoomPapers, rows: Sequence[RoomRow]) -> list[Page]:
        """Its rows on pages."""
        return flowed(rows, self.frame(of).text_height)

    # ── parts ────────────────────────────────────────────────────────────────────────────────

    def prepare(self, some: Sequence[RoomPapers]) -> None:
        """Lay out what these rooms need; the size of one part may show that another is needed."""
        self._shown.clear()
        while True:
            for of in some:
                with suppress(Odd, _Unknown):
                    self.pages(of)
            if not self._missing:
                return
            wanted = [*self._missing]
            self._missing.clear()
            fragments = []
            for key in wanted:
                if key[0] not in _COMMON:
                    fragments.append(self.fragment(key))
                    continue
                width = key[1]
                assert isinstance(width, float)
                of_all = (key[0], *key[2:]) if key[0] == "foot" else key
                fragments.append(self.parts.common(of_all, width))
            self._known.update(zip(wanted, self.composer.slot_templates(fragments), strict=True))

    def known(self, key: Key) -> SlotTemplate | None:
        """A part; None if it is not laid out yet, and then it is noted for layout."""
        found = self._known.get(key)
        if found is None:
            self._missing[key] = None
        return found

    def counted(self, base: Key, texts: Mapping[str, str]) -> dict[str, tuple[str, ...]] | None:
        """The lines of texts, the first in the order of a part where each has one line."""
        if len(texts) > len(LETTERS):
            raise Odd
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

    def row(
        self, key: Key, texts: Mapping[str, str] | None = None, head: RoomRow | None = None
    ) -> RoomRow | None:
        """A row that consists of one part across the page; None if it is not laid out yet."""
        template = self.known(key)
        if template is None:
            return None
        put = Put(0.0, key, key if texts else (), texts or {})
        return RoomRow((put,), template.block.height, template.above if texts is None else 0.0, head)

    # ── pages ────────────────────────────────────────────────────────────────────────────────

    def pages(self, of: RoomPapers) -> list[Page]:
        """The pages, with places from the upper left of their text. Raises Odd, or _Unknown in `prepare`."""
        frame = self.frame(of)
        width, room = frame.text_width, of.room or "–"
        # the title, with the room's name at its right
        title: list[RoomRow | None]
        name, label = self.known(("name", width)), self.known(("room", width))
        if name is None or label is None:
            title = [None, self.row(("title", width))]
        else:
            slot = label.slots["room"]
            right = slot.x + self.composer.width(slot, room)
            if name.extent + _BESIDE_TITLE + right > width:
                title = [self.row(("title", width, room))]
            elif (whole_title := self.row(("title", width))) is None:
                title = [None]
            else:
                put = Put(width - right, ("room", width), ("room", width), {"room": room})
                title = [whole_title._replace(put=(*whole_title.put, put))]
        # the running head
        running: RoomRow | None = None
        head, place = self.known(("head", width)), self.known(("place", width))
        if head is not None and place is not None:
            slot = place.slots["room"]
            right = slot.x + self.composer.width(slot, room)
            if head.extent + _BESIDE_HEAD + right > width:
                running = self.row(("head", width, room))
            else:
                key = ("place", width)
                below = head.block.height - place.block.height  # where the paper is said to be confidential
                both = (Put(0.0, ("head", width)), Put(width - right, key, key, {"room": room}, below))
                running = RoomRow(both, head.block.height)
        rows = [*title, *self.rows(of)]
        whole = [row for row in rows if row is not None]
        if len(whole) < len(rows) or running is None:
            raise _Unknown
        pages = self.placed(of, whole)
        feet = [self.row(("foot", width, number, len(pages))) for number in range(1, len(pages) + 1)]
        for page, foot in zip(pages, feet, strict=True):
            if foot is None:
                raise _Unknown
            page[:0] = [StandingRow(0.0, -_ABOVE_TEXT - running.height, running)]
            page.append(StandingRow(0.0, frame.text_height + _BELOW_TEXT, foot))
        return pages

    # ── files ────────────────────────────────────────────────────────────────────────────────

    def write(self, path: Path, of: RoomPapers, pages: Sequence[Page]) -> None:
        """Writes the file with those pages."""
        frame = self.frame(of)
        with self.composer.file(path, self.of.title(self.exam, of.room)) as file:
            for page in pages:
                drawn: list[tuple[float, float, Block]] = []
                drawings: list[tuple[float, float, Graphics]] = []
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


class SeatingPlan(RoomPaper):
    """The plan of a room from above, or a list of its seats."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        super().__init__(lists.PLAN, exam, templates)
        self._of_width: dict[float, str] = {}
        self._wide = self.parts.other_frame({"grid": _grid(_UPRIGHT + 1, ())})

    def frame(self, of: RoomPapers) -> Frame:
        """Its page; landscape for a wide room."""
        found = self.shown(of)["grid"]
        return self._wide if found and len(found.columns) > _UPRIGHT else self.parts.frame

    def rows(self, of: RoomPapers) -> Iterator[RoomRow | None]:
        """Its rows below the title."""
        shown = self.shown(of)
        found: SeatGrid | None = shown["grid"]
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
        # a row shares the space above it with the row before; on a new page a table begins without it
        again = RoomRow((head.put[0]._replace(y=-_SPACING),), head.height - 2 * _SPACING)
        yield head._replace(height=head.height - _SPACING)
        for label, places in found.rows:
            yield self._seats(width, len(found.columns), label, places, again)

    def placed(self, of: RoomPapers, rows: Sequence[RoomRow]) -> list[Page]:
        """Its rows on pages; the rows of a list are in two columns."""
        if self.shown(of)["grid"] is not None:
            return super().placed(of, rows)
        n = len(rows) - len(self.shown(of)["places"])
        frame = self.frame(of)
        above = [*rows[:n], RoomRow((), _ABOVE_LIST)]
        return in_columns(above, rows[n:], frame.text_height, (frame.text_width + _GAP) / 2)

    # ── the room from above ──────────────────────────────────────────────────────────────────

    def _seats(
        self, width: float, n: int, label: str, places: Sequence[SeatedBooklet | None], head: RoomRow
    ) -> RoomRow | None:
        """A row of seats; raises Odd if the name of the row takes more lines than its seats."""
        cell = (width - _LABEL - (n + 2) * _SPACING) / n
        names = _SEAT if n <= _NAMED else _NARROW_SEAT
        # for each seat, the lines of its texts, and what distinguishes its part apart from the grey
        seats: list[tuple[SeatedBooklet, _Lines, tuple[bool, Counts]] | None] = []
        is_known = True
        for place in places:
            if place is None:
                seats.append(None)
                continue
            base = ("seat", cell, n, 0, place.is_long, one_each(names))
            lines = self.counted(base, {name: getattr(place, name) for name in names})
            template = self.known(base)
            if template and n <= _NAMED:
                form, seat = (
                    self.composer.width(template.slots[slot_name(i)], getattr(place, names[i]))
                    for i in (0, 1)
                )
                if form + seat + 4 * _SPACING > cell:
                    raise Odd
            if lines is None:
                is_known = False
            else:
                seats.append((place, lines, (place.is_long, counts_of(lines))))
        lines = self.counted(("label", width, n, one_each(("label",))), {"label": label})
        named = ("label", width, n, counts_of(lines or {}))
        shown = self.known(named) if lines else None
        # the frames of a row are as tall as its tallest seat
        frames = {
            kind: self.known(("seat", cell, n, 0, *kind))
            for kind in dict.fromkeys(one[2] for one in seats if one)
        }
        heights = {kind: frame.block.height for kind, frame in frames.items() if frame is not None}
        if lines is None or shown is None or not is_known or len(heights) < len(frames):
            return None
        tallest = max(heights, key=heights.__getitem__)
        height = heights[tallest]
        if shown.block.height > height:
            raise Odd
        put = [Put(0.0, (), named, told(lines), (height - shown.block.height) / 2)]
        for column, one in enumerate(seats):
            x = _LABEL + _SPACING + column * (cell + _SPACING)
            if one is None:
                put.append(Put(x, ("empty", cell, n, height)))
                continue
            place, seat_lines, own = one
            drawn, slots = (("seat", cell, n, place.shade, *kind) for kind in (tallest, own))
            put.append(Put(x, drawn, slots, told(seat_lines)))
        needed = [self.known(key) for what in put for key in (what.drawn, what.slots) if key]
        return None if None in needed else RoomRow(tuple(put), height - _SPACING, 0.0, head)

    # ── a list ───────────────────────────────────────────────────────────────────────────────

    def _line(self, place: SeatedBooklet) -> RoomRow | None:
        """A line of the list; raises Odd if the id may break before it moves to a separate line."""
        width = max(_FORM_WIDTH, self.composer.stamp(place.form, _BOLD, _SIZE).width)
        # forms of equal width have the same frame, drawn as that of the first of them
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
        """The part of the paper that `key` names, with its width."""
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
            form, shade, counts, below = more
            hidden = Markup('<span style="visibility: hidden">{}</span>').format(form)
            place = stand(counts, form=hidden, shade=shade)
            if below:
                place["name"] = Markup(f"{place['name']}<br>")
            html = self.parts.cut("line", {"places": (place,)})
            return Fragment(html, (self.parts.frame.text_width - _GAP) / 2)
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


def _grid(n: int, seats: Sequence[object], label: object = "") -> dict[str, object]:
    """A plan of `n` columns with one row of these seats."""
    return {"n_alike": 0, "columns": tuple(range(n)), "rows": ((label, seats),)}


class AttendanceList(RoomPaper):
    """The list that candidates sign."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        super().__init__(lists.LIST, exam, templates)

    def rows(self, of: RoomPapers) -> Iterator[RoomRow | None]:
        """Its rows below the title."""
        shown = self.shown(of)
        seated, spare, level = shown["places"], shown["spare"], shown["rows"]
        head = self.row(("heads", level))
        yield head
        for place in seated:
            yield self._row("row", _SEATED, place, level, head)
        for place in spare:
            yield self._row("spare", _SPARE, place, level, head)
        texts = {str(n): name for n, name in enumerate(of.invigilators)}
        key: Key = ("totals", len(seated), shown["forms"], len(spare))
        lines = self.counted((*key, one_each(texts)), texts)
        key = (*key, counts_of(lines or {}))
        row = None if lines is None else self.row(key, told(lines))
        yield row and row._replace(above=self._known[key].above)

    def _row(
        self, kind: str, names: Sequence[str], place: SeatedBooklet, level: str, head: RoomRow | None
    ) -> RoomRow | None:
        texts = {name: str(getattr(place, name)) for name in names}
        lines = self.counted((kind, level, False, one_each(names)), texts)
        if lines is None:
            return None
        fifth = kind == "row" and place.is_fifth
        return self.row((kind, level, fifth, counts_of(lines)), told(lines), head)

    def fragment(self, key: Key) -> Fragment:
        """The part of the paper that `key` names, with its width."""
        name, *more = key
        given: dict[str, Any]
        if name == "heads":
            given = {"rows": more[0]}
        elif name == "totals":
            n, forms, n_spare, counts = more
            one = stand(one_each(_SEATED))
            given = {
                "places": (one,) * n,
                "forms": forms,
                "spare": (one,) * n_spare,
                "invigilators": [stand(counts)[name] for name, _ in counts],
            }
        else:
            level, is_fifth, counts = more
            place = stand(counts, is_fifth=is_fifth)
            given = {"rows": level, "places" if name == "row" else "spare": (place,)}
        return Fragment(self.parts.cut(name, given), self.parts.frame.text_width)


_TOLD = ("packet", "large_print", "invigilators")
"""What the packing slip says in a line above its table, where there is anything to say."""


class PackingSlip(RoomPaper):
    """The packing slip of a room's parcel."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        super().__init__(lists.SLIP, exam, templates)

    def rows(self, of: RoomPapers) -> Iterator[RoomRow | None]:
        """Its rows below the title."""
        shown = self.shown(of)
        for name in filter(shown.get, _TOLD):
            texts = {name: shown[name]}
            lines = self.counted((name, one_each(texts)), texts)
            yield None if lines is None else self.row((name, counts_of(lines)), told(lines))
        head = self.row(("heads",))
        yield head
        for parcel in shown["parcels"]:
            texts = {name: str(getattr(parcel, name)) for name in _PARCEL}
            lines = self.counted(("parcel", one_each(_PARCEL)), texts)
            yield None if lines is None else self.row(("parcel", counts_of(lines)), told(lines), head)
        total: Parcel = shown["total"]
        one = self.row(("total", total.n_candidates, total.n_spare, total.n_sheets))
        yield one and one._replace(head=head)
        n = total.n_candidates + total.n_spare
        yield self.row(("checks", n, bool(of.accommodation), of.has_plan))
        yield self.row(("totals",))

    def fragment(self, key: Key) -> Fragment:
        """The part of the paper that `key` names, with its width."""
        name, *more = key
        none = lists.total_of(())
        given: dict[str, Any] = {}
        if name == "parcel":
            given = {"parcels": (stand(more[0]),)}
        elif name == "total":
            n_candidates, n_spare, n_sheets = more
            given = {"total": none._replace(n_candidates=n_candidates, n_spare=n_spare, n_sheets=n_sheets)}
        elif name == "checks":
            n, accommodation, has_plan = more
            given = {
                "total": none._replace(n_candidates=n),
                "accommodation": accommodation,
                "has_plan": has_plan,
            }
        elif name in _TOLD:
            given = stand(more[0])
        return Fragment(self.parts.cut(name, given), self.parts.frame.text_width)


class AccommodationPage(RoomPaper):
    """Accommodations of candidates of a room, for its invigilators."""

    def __init__(self, exam: Exam, templates: Sequence[Path]) -> None:
        super().__init__(lists.ACCOMMODATION, exam, templates)

    def rows(self, of: RoomPapers) -> Iterator[RoomRow | None]:
        """Its rows below the title."""
        head = self.row(("heads",))
        yield self.row(("notice",))
        yield head
        for one in of.accommodation:
            # what many are given is one part of them all, its lines as prose is broken
            texts = one._asdict()
            key: Key = ("row", texts.pop("given"))
            lines = self.counted((*key, one_each(texts)), texts)
            key = (*key, counts_of(lines or {}))
            row = None if lines is None else self.row(key, told(lines), head)
            # drawn by itself, so that the text of a row stands together in the file
            yield row and row._replace(put=(Put(0.0, key), Put(0.0, (), key, row.put[0].texts)))

    def fragment(self, key: Key) -> Fragment:
        """A part of it."""
        name, *more = key
        given = {"accommodation": [stand(more[1], given=more[0])] if more else []}
        return Fragment(self.parts.cut(name, given), self.parts.frame.text_width)

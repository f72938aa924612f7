"""Booklets of a room, in seat order → attendance list, seating plan and packing slip for its invigilators.

They show candidates and forms, but no item and no key. Accommodations of candidates are on a separate page,
because other people read and sign the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from examgen.capture.list_columns import ACCESSIBLE, LARGE_PRINT, variants_asked
from examgen.core.candidate_numbers import canonical_number
from examgen.core.models.form import Booklet, Candidate, Exam, seat_of
from examgen.core.models.sitting import Accommodation, SittingPlan
from examgen.core.problems import Problem, Refused
from examgen.core.text.fonts import missing, missing_message
from examgen.core.words import Message, tell
from examgen.papers.candidate import paper
from examgen.papers.candidate_lists import gets
from examgen.rendering.templates.filling import print_pdf

MOST_COLUMNS = 26
"""The maximum number of seats in a row of a plan; a wider room is shown as a list."""
MOST_GAPS = 4
"""The maximum ratio of places in the plan to occupied seats; a room with more empty places is shown as a
list."""
SHADES = 4
_LONG = 3
"""The maximum length of a form's name that a plan prints large."""

_ROWS = ((22, ""), (27, "close"), (32, "closest"))
"""For each row height, the maximum number of booklets on a list; beyond the last, the list has several pages
anyway."""

_ROW_AND_COLUMN = re.compile(r"(r\d+)[\s._/-]*c")


class SeatedBooklet(NamedTuple):
    """A booklet and its seat, as a line of the list; the candidate is empty for a spare booklet."""

    number: int
    seat: str
    candidate_id: str
    name: str
    form: str
    shade: int
    """The index of the grey that distinguishes this form from others."""
    serial: str

    @property
    def is_long(self) -> bool:
        """Whether the form's name is printed smaller on a plan."""
        return len(self.form) > _LONG

    @property
    def is_fifth(self) -> bool:
        """Whether a line is drawn below it, after every fifth row, as a reading aid."""
        return self.number % 5 == 0


class SeatGrid(NamedTuple):
    """Seats as rows and columns; None is an empty seat."""

    columns: tuple[int, ...]
    rows: tuple[tuple[str, tuple[SeatedBooklet | None, ...]], ...]

    @property
    def n_alike(self) -> int:
        """The number of pairs of neighbours, side by side or one behind the other, with the same form."""
        lines = [places for _, places in self.rows]
        beside = (pair for line in lines for pair in pairwise(line))
        behind = (pair for front, back in pairwise(lines) for pair in zip(front, back, strict=True))
        return sum(a is not None and b is not None and a.form == b.form for a, b in (*beside, *behind))


class Parcel(NamedTuple):
    """The booklets of one form in a room's parcel."""

    form: str
    n_candidates: int
    n_spare: int
    serials: str
    pages: str
    """The number of pages of each booklet: `12`, or `12–14` if they differ."""
    sheet_pages: str
    n_sheets: int
    """The number of sheets of paper, printed on both sides, for all these booklets and their answer
    sheets."""

    @property
    def n_together(self) -> int:
        """The number of booklets, including spare ones."""
        return self.n_candidates + self.n_spare


class AccommodationLine(NamedTuple):
    """An accommodation of a candidate in the room, as invigilators read it, without its reason or who
    approved it."""

    seat: str
    candidate_id: str
    name: str
    given: str
    minutes: str
    ends: str
    """When the exam ends for the candidate; empty if the plan does not state it."""


class RoomPapers(NamedTuple):
    """Content of the papers of a room."""

    room: str
    """The name of the room, with its centre if known."""
    booklets: tuple[Booklet, ...]
    pages: Mapping[str, tuple[int, int]] = {}
    """The numbers of pages of booklet and answer sheet, by serial."""
    invigilators: tuple[str, ...] = ()
    accommodation: tuple[AccommodationLine, ...] = ()
    packet: str = ""
    """The name of the room's packet of booklets at its centre."""
    large_print: tuple[str, ...] = ()
    """The booklets in large print: their serials, with the seats they are for."""

    @property
    def papers(self) -> tuple[Titled, ...]:
        """The papers that the room needs."""
        left_out = [] if self.has_plan else [PLAN]
        left_out += [] if self.accommodation else [ACCOMMODATION]
        return tuple(one for one in PAPERS if one not in left_out)

    @property
    def has_plan(self) -> bool:
        """Whether any candidate has a seat; without seats, a plan adds nothing to the attendance list."""
        return any(one.candidate is not None and one.candidate.seat for one in self.booklets)


def room_context(exam: Exam) -> dict[str, object]:
    """Return the context shared by the papers of all rooms."""
    longest = max(len(form.items) for form in exam.forms)
    return {
        "paper": paper(exam, longest)._replace(draft=False),
        "size": "Letter" if exam.blueprint.papers.size == "Letter" else "A4",
    }


def attendance_context(exam: Exam, of: RoomPapers) -> dict[str, object]:
    """Return the context of the list that candidates sign, in seat order. `rows` is the style of its row
    height."""
    places = _places(exam, of.booklets)
    seated = tuple(place for place in places if place.candidate_id)
    spare = tuple(place for place in places if not place.candidate_id)
    return {
        "places": seated,
        "spare": spare,
        "forms": _counted(seated),
        "rows": rows_of(len(places)),
        "invigilators": of.invigilators,
    }


def rows_of(n: int) -> str:
    """Return the style of the row height for `n` booklets, so that up to 32 fit on a page with the totals."""
    return next((name for most, name in _ROWS if n <= most), "")


def plan_context(exam: Exam, of: RoomPapers) -> dict[str, object]:
    """Return the context of the plan of the room. `grid` is None if the seats do not name rows and columns;
    the seats are then listed."""
    places = tuple(place for place in _places(exam, of.booklets) if place.candidate_id)
    return {"places": places, "grid": grid(places), "forms": _counted(places)}


def slip_context(_: Exam, of: RoomPapers) -> dict[str, object]:
    """Return the context of the packing slip: the content of the room's parcel."""
    found = parcels(of.booklets, of.pages)
    return {
        "parcels": found,
        "total": total_of(found),
        "packet": of.packet or of.room or "–",
        "large_print": ", ".join(of.large_print),
        "invigilators": ", ".join(of.invigilators),
        "accommodation": of.accommodation,
        "has_plan": of.has_plan,
    }


def accommodation_context(_: Exam, of: RoomPapers) -> dict[str, object]:
    """Return the context of the page for invigilators only: accommodations of the candidates in the room."""
    return {"accommodation": of.accommodation}


def accommodation_lines(
    plan: SittingPlan | None, booklets: Iterable[Booklet], variants: Collection[str] = ()
) -> tuple[AccommodationLine, ...]:
    """Return the accommodations that the plan gives candidates in a room, including those of the printed
    `variants` that they get."""
    approved = plan.accommodation if plan else ()
    given = {canonical_number(one.candidate_id): one for one in approved}
    found = list[AccommodationLine]()
    for who in (booklet.candidate for booklet in booklets if booklet.candidate):
        one = given.get(canonical_number(who.candidate_id))
        minutes = one.extra_minutes if one else 0
        said = given_words(one, who, variants)
        words = [f"{text.th} · {text}" if isinstance(text, Message) else text for text in said]
        if words:
            ends = plan.ends_after(minutes) if plan and minutes else "–"
            shown = (who.seat or "–", who.candidate_id, who.name, ", ".join(words), str(minutes or "–"))
            found.append(AccommodationLine(*shown, ends))
    return tuple(found)


def given_words(one: Accommodation | None, who: Candidate, variants: Iterable[str]) -> list[str | Message]:
    """Return the accommodations of a candidate: the text of the plan, and the booklet variants that this text
    does not mention."""
    said = set(variants_asked(one.given)) if one else set()
    prints = (_PRINTS[name] for name in variants if name not in said and gets(who, name))
    return [*([one.given] if one else []), *prints]


_PRINTS = {LARGE_PRINT: tell("booklet in large print"), ACCESSIBLE: tell("booklet for a screen reader")}


class Titled(NamedTuple):
    """A paper of a room: its template, its file, its kind for the title, and a function that returns its
    content."""

    template: str
    file: str
    kind: str
    context: Callable[[Exam, RoomPapers], dict[str, object]]

    def title(self, exam: Exam, room: str) -> str:
        """Return the title of the file."""
        said = {"exam": exam.blueprint.exam, "kind": self.kind, "room": room or "–"}
        return tell("{exam} – {kind}, room {room}", **said).th

    def printed(self, exam: Exam, of: RoomPapers, templates: Sequence[Path]) -> bytes:
        """Return the paper as PDF."""
        shown = {**room_context(exam), "room": of.room or "–", **self.context(exam, of)}
        return print_pdf(self.template, shown, self.title(exam, of.room), templates)


PLAN = Titled("seating-plan.html", "seating-plan.pdf", tell("seating plan"), plan_context)
LIST = Titled("attendance.html", "attendance.pdf", tell("attendance list"), attendance_context)
SLIP = Titled("packing-slip.html", "packing-slip.pdf", tell("packing slip"), slip_context)
ACCOMMODATION = Titled(
    "accommodation.html", "accommodation.pdf", tell("accommodation"), accommodation_context
)
PAPERS = (PLAN, LIST, SLIP, ACCOMMODATION)
"""The papers of a room. The first is printed only if the list names seats, the last only if there are
accommodations."""


def _places(exam: Exam, booklets: Iterable[Booklet]) -> tuple[SeatedBooklet, ...]:
    shades = {form.name: n % SHADES for n, form in enumerate(exam.forms)}
    places = tuple(
        SeatedBooklet(
            number=n,
            seat=who.seat if who else "",
            candidate_id=who.candidate_id if who else "",
            name=who.name if who else "",
            form=booklet.order.base,
            shade=shades.get(booklet.order.base, 0),
            serial=booklet.serial,
        )
        for n, booklet in enumerate(booklets, 1)
        for who in [booklet.candidate]
    )
    problems = [
        Problem("candidates", "glyph-missing", missing_message(char), place.candidate_id, field)
        for place in places
        for field in ("seat", "candidate_id", "name")
        for char in missing(getattr(place, field))
    ]
    if problems:
        raise Refused.because("the candidate list cannot be printed", problems)
    return places


def _counted(places: Iterable[SeatedBooklet]) -> tuple[tuple[str, int, int], ...]:
    """Return the name, shade and number of booklets of each form."""
    counts = Counter((place.form, place.shade) for place in places)
    return tuple(sorted((form, shade, n) for (form, shade), n in counts.items()))


# ── the room from above ──────────────────────────────────────────────────────────────────────


def grid(places: Sequence[SeatedBooklet]) -> SeatGrid | None:
    """Return the places as rows and columns by their seats (A1, B-12, R1-C2); None if the seats do not form a
    grid."""
    seats = [seat_of(place.seat) for place in places]
    # a row is R2 where its seats are called R2-C3
    named = [
        ((found[1] if (found := _ROW_AND_COLUMN.fullmatch(seat.row)) else seat.row).upper(), seat.number)
        for seat in seats
        if seat.row is not None
    ]
    if not named or len(set(named)) < len(places):
        return None
    first, last = min(n for _, n in named), max(n for _, n in named)
    labels = tuple(dict.fromkeys(row for row, _ in named))
    n_columns = last - first + 1  # a typing error in a seat makes it any number
    if n_columns > MOST_COLUMNS or n_columns * len(labels) > MOST_GAPS * len(places):
        return None
    columns = tuple(range(first, last + 1))
    taken = dict(zip(named, places, strict=True))
    rows = tuple((label, tuple(taken.get((label, column)) for column in columns)) for label in labels)
    return SeatGrid(columns, rows)


# ── the parcel ───────────────────────────────────────────────────────────────────────────────


def parcels(booklets: Sequence[Booklet], pages: Mapping[str, tuple[int, int]]) -> tuple[Parcel, ...]:
    """Return the booklets grouped by form, in the order of the forms' names."""
    forms: dict[str, list[Booklet]] = {}
    for booklet in booklets:
        forms.setdefault(booklet.order.base, []).append(booklet)
    found = []
    for form in sorted(forms):
        own = forms[form]
        counts = [pages[booklet.serial] for booklet in own]
        n_spare = sum(booklet.candidate is None for booklet in own)
        found.append(
            Parcel(
                form=form,
                n_candidates=len(own) - n_spare,
                n_spare=n_spare,
                serials=_range([booklet.serial for booklet in own], " … "),
                pages=_range(sorted({n for n, _ in counts}), "–"),
                sheet_pages=_range(sorted({n for _, n in counts}), "–"),
                n_sheets=sum(-(-n // 2) for both in counts for n in both),
            )
        )
    return tuple(found)


def total_of(found: Iterable[Parcel]) -> Parcel:
    """Return the totals of all parcels of a room as one parcel."""
    found = tuple(found)
    n_candidates, n_spare, n_sheets = (
        sum(getattr(one, name) for one in found) for name in ("n_candidates", "n_spare", "n_sheets")
    )
    return Parcel("", n_candidates, n_spare, "", "", "", n_sheets)


def _range(values: Sequence[object], dash: str) -> str:
    """Return the first and the last value as a range."""
    return str(values[0]) if len(values) == 1 else f"{values[0]}{dash}{values[-1]}"

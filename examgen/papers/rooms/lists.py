"""Booklets of a room, in seat order → attendance list, seating plan and packing slip of its invigilators.

They show candidates and forms, no item and no key. What candidates are given that others are not has a page
of its own, since others read and sign the rest.
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
"""Seats in a row that a page shows beside each other; a wider room is shown as a list."""
MOST_GAPS = 4
"""Places of a grid for each seat that is taken: a room with more gaps is shown as a list."""
SHADES = 4
_LONG = 3
"""Letters of a form's name that a plan sets large."""

_ROWS = ((22, ""), (27, "close"), (32, "closest"))
"""How many booklets a list has at most whose rows are so narrow; with more it has several pages anyway."""

_ROW_AND_COLUMN = re.compile(r"(r\d+)[\s._/-]*c")


class SeatedBooklet(NamedTuple):
    """A line of the list: who sits where with which booklet; no candidate with a spare one."""

    number: int
    seat: str
    candidate_id: str
    name: str
    form: str
    shade: int
    """Which of the greys tells this form from the others."""
    serial: str

    @property
    def is_long(self) -> bool:
        """Whether the form's name is set smaller on a plan."""
        return len(self.form) > _LONG

    @property
    def is_fifth(self) -> bool:
        """Whether a line below it helps the eye along the row."""
        return self.number % 5 == 0


class SeatGrid(NamedTuple):
    """Seats as rows and columns; None where nobody sits."""

    columns: tuple[int, ...]
    rows: tuple[tuple[str, tuple[SeatedBooklet | None, ...]], ...]

    @property
    def n_alike(self) -> int:
        """Pairs of neighbours, beside or behind one another, that have the same form."""
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
    """Of each booklet: `12`, or `12–14` where they differ."""
    sheet_pages: str
    n_sheets: int
    """Sheets of paper, printed on both sides, of all these booklets and their answer sheets."""

    @property
    def n_together(self) -> int:
        """Booklets of candidates and spare ones."""
        return self.n_candidates + self.n_spare


class AccommodationLine(NamedTuple):
    """Accommodation of a candidate of the room, as invigilators read it: without its reason and who
    approved it."""

    seat: str
    candidate_id: str
    name: str
    given: str
    minutes: str
    ends: str
    """When the exam ends for the candidate; empty where the plan does not say when it ends."""


class RoomPapers(NamedTuple):
    """Content of the papers of a room."""

    room: str
    """With its centre, where one is known."""
    booklets: tuple[Booklet, ...]
    pages: Mapping[str, tuple[int, int]] = {}
    """By serial, the pages of booklet and answer sheet."""
    invigilators: tuple[str, ...] = ()
    accommodation: tuple[AccommodationLine, ...] = ()
    packet: str = ""
    """What the room's packet of booklets is called at its centre."""
    large_print: tuple[str, ...] = ()
    """The booklets in large print, by their numbers and the seats that they are for."""

    @property
    def papers(self) -> tuple[Titled, ...]:
        """Those that the room has."""
        left_out = [] if self.has_plan else [PLAN]
        left_out += [] if self.accommodation else [ACCOMMODATION]
        return tuple(one for one in PAPERS if one not in left_out)

    @property
    def has_plan(self) -> bool:
        """Whether somebody has a seat: else a plan says nothing that the attendance list does not."""
        return any(one.candidate is not None and one.candidate.seat for one in self.booklets)


def room_context(exam: Exam) -> dict[str, object]:
    """Return the context shared by the papers of all rooms."""
    longest = max(len(form.items) for form in exam.forms)
    return {
        "paper": paper(exam, longest)._replace(draft=False),
        "size": "Letter" if exam.blueprint.papers.size == "Letter" else "A4",
    }


def attendance_context(exam: Exam, of: RoomPapers) -> dict[str, object]:
    """Return the context of the list that candidates sign, in seat order; `rows` is how narrow its rows
    are."""
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
    """How narrow the rows of so many booklets are, so that as many as 32 stand on a page with the totals."""
    return next((name for most, name in _ROWS if n <= most), "")


def plan_context(exam: Exam, of: RoomPapers) -> dict[str, object]:
    """Return the context of the plan of the room, or a list of its seats if these name no rows and
    columns."""
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
    """Return the context of the page that invigilators alone read: accommodations of the candidates of
    the room."""
    return {"accommodation": of.accommodation}


def accommodation_lines(
    plan: SittingPlan | None, booklets: Iterable[Booklet], variants: Collection[str] = ()
) -> tuple[AccommodationLine, ...]:
    """Return the accommodations that the plan gives candidates of a room, and the prints of their own of
    those `variants` that are printed."""
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
    """Return the accommodations of a candidate: the words of the plan, and those prints that these do not
    name."""
    said = set(variants_asked(one.given)) if one else set()
    prints = (_PRINTS[name] for name in variants if name not in said and gets(who, name))
    return [*([one.given] if one else []), *prints]


_PRINTS = {LARGE_PRINT: tell("booklet in large print"), ACCESSIBLE: tell("booklet for a screen reader")}


class Titled(NamedTuple):
    """A paper of a room: its template, its file, what its title calls it, and what it shows."""

    template: str
    file: str
    kind: str
    context: Callable[[Exam, RoomPapers], dict[str, object]]

    def title(self, exam: Exam, room: str) -> str:
        """The title of the file."""
        said = {"exam": exam.blueprint.exam, "kind": self.kind, "room": room or "–"}
        return tell("{exam} – {kind}, room {room}", **said).th

    def printed(self, exam: Exam, of: RoomPapers, templates: Sequence[Path]) -> bytes:
        """The paper as WeasyPrint lays it out."""
        shown = {**room_context(exam), "room": of.room or "–", **self.context(exam, of)}
        return print_pdf(self.template, shown, self.title(exam, of.room), templates)


PLAN = Titled("seating-plan.html", "seating-plan.pdf", tell("seating plan"), plan_context)
LIST = Titled("attendance.html", "attendance.pdf", tell("attendance list"), attendance_context)
SLIP = Titled("packing-slip.html", "packing-slip.pdf", tell("packing slip"), slip_context)
ACCOMMODATION = Titled(
    "accommodation.html", "accommodation.pdf", tell("accommodation"), accommodation_context
)
PAPERS = (PLAN, LIST, SLIP, ACCOMMODATION)
"""Of a room; the first where the list names seats, the last one where anybody there is given something."""


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
        raise Refused(tell("the candidate list cannot be printed"), problems)
    return places


def _counted(places: Iterable[SeatedBooklet]) -> tuple[tuple[str, int, int], ...]:
    """Name, shade and number of booklets of each form."""
    counts = Counter((place.form, place.shade) for place in places)
    return tuple(sorted((form, shade, n) for (form, shade), n in counts.items()))


# ── the room from above ──────────────────────────────────────────────────────────────────────


def grid(places: Sequence[SeatedBooklet]) -> SeatGrid | None:
    """The places as rows and columns by their seats (A1, B-12, R1-C2), None where these give no grid."""
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
    """The booklets by form, in the order of the forms' names."""
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
    """All parcels of a room as one."""
    found = tuple(found)
    n_candidates, n_spare, n_sheets = (
        sum(getattr(one, name) for one in found) for name in ("n_candidates", "n_spare", "n_sheets")
    )
    return Parcel("", n_candidates, n_spare, "", "", "", n_sheets)


def _range(values: Sequence[object], dash: str) -> str:
    """The first and the last of them."""
    return str(values[0]) if len(values) == 1 else f"{values[0]}{dash}{values[-1]}"

"""Candidates and forms → assigned booklets: room by room, in seat order, so that neighbours have different
forms.

Forms are assigned in a spiral (A, B, C, A, …) along the seats of a row. A seat belongs to a row if its name
ends in a number after other characters: A12 is seat 12 of row A. The form of the seat in front (the same
number in the previous row) is skipped. This works with two forms if every row is filled from its first
seat, and takes three if rows have gaps. With four or more forms, filled rows also differ diagonally. With
two forms and gaps, neighbours in the row have priority. Candidates without a seat follow those with one, in
the order of the list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from examgen.assembly.personal import Loose, drawing_problems, loose, personal_form
from examgen.core.models.field_types import ExamRoom
from examgen.core.models.form import Booklet, Candidate, Exam, Form, as_printed, seat_of
from examgen.core.models.papers import PapersRule
from examgen.core.problems import Refused

DIAGONAL = 4
"""The number of forms from which the first seats of successive rows are two forms apart."""

_PARTS = re.compile(r"(\d+)")


def deal(exam: Exam, candidates: Sequence[Candidate], rule: PapersRule) -> Iterator[Booklet]:
    """Yield the booklets of a sitting by room and seat, with the spare ones of each room after its
    candidates.

    The order of a booklet is drawn when it is requested and is not stored. The same exam, list and rule
    give the same booklets. Raises Refused if the requested orders cannot be drawn.
    """
    problems, rooms = drawing_problems(exam, rule), seated(candidates)
    if problems:
        raise Refused.because("the booklets cannot be assigned", problems)
    return _booklets(exam, rooms, rule, len(candidates) + rule.spare * len(rooms))


def assigned_forms(exam: Exam) -> tuple[Form, ...]:
    """Return the forms that are assigned to candidates: all except spare ones, which stay in reserve."""
    return exam.forms[: len(exam.forms) - exam.blueprint.spare]


def _booklets(
    exam: Exam, rooms: Sequence[Sequence[Candidate]], rule: PapersRule, n_booklets: int
) -> Iterator[Booklet]:
    width = max(4, len(str(n_booklets)))
    drawn = rule.personal.items or rule.personal.options

    @lru_cache(maxsize=64)
    def base(n: int) -> Loose:
        return loose(exam, exam.forms[n], rule)

    for number, (where, candidate, n) in enumerate(_places(exam, rooms, rule.spare), 1):
        form = exam.forms[n]
        serial = serial_of(form.name, number, width)
        order = personal_form(base(n), serial) if drawn else as_printed(form)
        name, (centre, room) = serial if drawn else form.name, where
        yield Booklet(serial, name, order, candidate, room, centre)


# ── who gets which form ──────────────────────────────────────────────────────────────────────


def _places(
    exam: Exam, rooms: Sequence[Sequence[Candidate]], n_spare: int
) -> Iterator[tuple[ExamRoom, Candidate | None, int]]:
    """Yield the candidates of each room, then its spare booklets, each with the index of its form."""
    n_assigned = len(assigned_forms(exam))
    last = -1
    for room in rooms:  # the spiral runs on from room to room
        for candidate, form in zip(room, spiral(room, n_assigned, (last + 1) % n_assigned), strict=True):
            last = form
            yield candidate.exam_room, candidate, form
        for _ in range(n_spare):
            last = (last + 1) % n_assigned
            yield room[0].exam_room, None, last


def spiral(room: Sequence[Candidate], n_forms: int, first: int) -> list[int]:
    """Return the index of the form for each candidate in this order. The first seat gets form `first`."""
    step = 2 if n_forms >= DIAGONAL else 1
    in_front: dict[int, int] = {}
    dealt: list[int] = []
    start = first
    for row, members in groupby(map(seat_of, (one.seat for one in room)), key=lambda seat: seat.row):
        here: dict[int, int] = {}
        last, wanted = None, start
        for seat in members:
            # the form wanted or the next one that is neither beside nor in front; else one that is not beside
            passed_over = (last, in_front.get(seat.number))
            turns = [(wanted + turn) % n_forms for turn in range(3)]
            last = next((form for form in turns if form not in passed_over), turns[0])
            wanted = last + 1
            dealt.append(last)
            if row is not None:
                here[seat.number] = last
        in_front, start = here, start + step if row is not None else wanted
    return dealt


# ── seats ────────────────────────────────────────────────────────────────────────────────────


def seated(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Return the candidates of each room in seat order, with centres and rooms in natural order: A2 before
    A10."""
    rooms: dict[ExamRoom, list[Candidate]] = {}
    for one in candidates:
        rooms.setdefault(one.exam_room, []).append(one)

    def order(one: Candidate) -> tuple[object, ...]:
        """Sort row by row, so that A 1 and A-2 are in one row, then in natural order."""
        place = seat_of(one.seat)
        row = natural(one.seat if place.row is None else place.row)
        return not one.seat, row, place.number, natural(one.seat)

    return [
        sorted(rooms[room], key=order)
        for room in sorted(rooms, key=lambda room: (natural(room.centre), natural(room.name)))
    ]


Natural = tuple[tuple[int, int, str], ...]


def natural(text: str) -> Natural:
    """Return a sort key for the natural order, in which numbers within texts sort by value."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple(_part(part) for part in _PARTS.split(folded) if part)


def _part(part: str) -> tuple[int, int, str]:
    if not part.isdecimal():
        return 1, 0, part
    digits = "".join(str(unicodedata.digit(char)) for char in part).lstrip("0")
    return 0, len(digits), digits


# ── serials ──────────────────────────────────────────────────────────────────────────────────


def serial_of(form: str, number: int, width: int = 4) -> str:
    """Return the serial of a booklet: its form, a running number and two check digits, as in `A-0001-15`.

    The check digits (ISO/IEC 7064, MOD 97-10, as in an IBAN) detect every single wrong character and every
    exchange of two neighbours, so that a misread serial is never that of another booklet.
    """
    text = f"{form}-{number:0{width}d}"
    return f"{text}-{check_digits(text)}"


def check_digits(text: str) -> str:
    """Return two check digits by ISO/IEC 7064, MOD 97-10, over the letters and digits of a text: A counts 10,
    B 11 …"""
    digits = "".join(str(int(char, 36)) for char in text if char.isascii() and char.isalnum())
    return f"{98 - int(digits + '00') % 97:02d}"

"""Booklets dealt to candidates: in seat order, neighbours with different forms, serials that are unlike."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.assembly.assemble import assemble
from examgen.assembly.booklets import check_digits, deal, natural, seated, serial_of, spiral
from examgen.core.models.form import Booklet, Candidate, Exam, seat_of
from examgen.core.models.papers import PapersRule
from tests.samples import blueprint, shelf


def sitting(seats: list[str], room: str = "R") -> list[Candidate]:
    return [Candidate(candidate_id=f"{room}{n}", room=room, seat=seat) for n, seat in enumerate(seats)]


def exam_of(n_forms: int, **changes: object) -> Exam:
    return assemble([shelf(40)], *blueprint(forms=n_forms, **changes))


def dealt(n_forms: int, candidates: list[Candidate], **rule: object) -> list[Booklet]:
    return list(deal(exam_of(n_forms), candidates, PapersRule.model_validate(rule)))


def grid(rows: int, columns: int) -> list[str]:
    return [f"{'ABCDEFGHIJ'[r]}{c}" for r in range(rows) for c in range(1, columns + 1)]


def forms_by_place(n_forms: int, rows: int, columns: int) -> dict[tuple[int, int], str]:
    booklets = dealt(n_forms, sitting(grid(rows, columns)))
    places = itertools.product(range(rows), range(columns))
    return {place: booklet.order.base for place, booklet in zip(places, booklets, strict=True)}


def test_a_single_row_is_dealt_in_a_spiral() -> None:
    booklets = dealt(3, sitting([str(n) for n in range(1, 8)]))
    assert [booklet.form for booklet in booklets] == list("ABCABCA")


@pytest.mark.parametrize("n_forms", [2, 3, 4, 5])
@pytest.mark.parametrize(("rows", "columns"), [(5, 6), (4, 5), (3, 1), (6, 9)])
def test_who_sits_beside_or_in_front_has_another_form(n_forms: int, rows: int, columns: int) -> None:
    found = forms_by_place(n_forms, rows, columns)
    for r, c in found:
        assert found[r, c] != found.get((r, c + 1))
        assert found[r, c] != found.get((r + 1, c))


@pytest.mark.parametrize("n_forms", [4, 5, 7])
def test_from_four_forms_on_seats_differ_diagonally_too(n_forms: int) -> None:
    found = forms_by_place(n_forms, 5, 6)
    for r, c in found:
        assert found[r, c] not in (found.get((r + 1, c + 1)), found.get((r + 1, c - 1)))


@given(
    st.integers(2, 6),
    st.sets(st.tuples(st.integers(0, 4), st.integers(1, 12)), min_size=1, max_size=40),
)
def test_rooms_with_gaps(n_forms: int, taken: set[tuple[int, int]]) -> None:
    room = seated(sitting([f"{'ABCDE'[r]}{c}" for r, c in taken]))[0]
    found = spiral(room, n_forms, 0)
    places = [seat_of(one.seat) for one in room]
    form_at = dict(zip(places, found, strict=True))
    for (one, form), (other, next_form) in itertools.pairwise(zip(places, found, strict=True)):
        assert one.row != other.row or form != next_form
    if n_forms > 2:
        rows = sorted({place.row or "" for place in places})
        for front, back in itertools.pairwise(rows):
            for place, form in form_at.items():
                if place.row == back:
                    assert form_at.get(place._replace(row=front)) != form


def test_seats_sort_as_people_sort_them() -> None:
    seats = ["A10", "B1", "a 2", "A1", "", "๑๐", "๒", "A-3"]
    [room] = seated(sitting(seats))
    assert [one.seat for one in room] == ["๒", "๑๐", "A1", "a 2", "A-3", "A10", "B1", ""]
    rooms = seated([*sitting(["1"], "ห้อง 10"), *sitting(["1"], "ห้อง 9"), *sitting(["1"], "ห้อง ๑๑")])
    assert [room[0].room for room in rooms] == ["ห้อง 9", "ห้อง 10", "ห้อง ๑๑"]


@given(st.lists(st.text("0๐1๑9๙aA-. ", max_size=6), max_size=8))
def test_thai_and_arabic_numbers_sort_alike(names: list[str]) -> None:
    arabic = [name.translate(str.maketrans("๐๑๙", "019")) for name in names]
    assert sorted(map(natural, names)) == sorted(map(natural, arabic))


def test_serials_are_unlike_and_show_a_slip() -> None:
    serials = [serial_of("BA"[n % 2], n) for n in range(1, 2001)]
    assert len(set(serials)) == 2000
    assert serials[0] == f"A-0001-{check_digits('A-0001')}"
    # ISO/IEC 7064: text, then check digits, is 1 modulo 97, as in an IBAN
    for serial in serials[:50]:
        whole = "".join(str(int(char, 36)) for char in serial.replace("-", ""))
        assert int(whole) % 97 == 1
    known = set(serials)
    for serial in serials[::97]:
        name, number, check = serial.split("-")
        for place, digit in itertools.product(range(len(number)), "0123456789"):
            slip = f"{name}-{number[:place]}{digit}{number[place + 1 :]}-{check}"
            assert slip == serial or slip not in known
        for place in range(len(number) - 1):
            swapped = f"{number[:place]}{number[place + 1]}{number[place]}{number[place + 2 :]}"
            assert swapped == number or f"{name}-{swapped}-{check}" not in known


def test_spare_booklets_come_after_each_room() -> None:
    candidates = [*sitting(["1", "2", "3"], "R1"), *sitting(["1"], "R2")]
    booklets = dealt(2, candidates, spare=2)
    assert [(one.room, one.candidate is None) for one in booklets] == [
        ("R1", False), ("R1", False), ("R1", False), ("R1", True), ("R1", True),
        ("R2", False), ("R2", True), ("R2", True),
    ]  # fmt: skip
    assert [one.form for one in booklets] == list("ABABABAB")
    assert len({one.serial for one in booklets}) == 8


def test_reserved_forms_are_dealt_to_nobody() -> None:
    booklets = list(deal(exam_of(2, spare=1), sitting(list("123456")), PapersRule()))
    assert Counter(one.form for one in booklets) == {"A": 3, "B": 3}


def test_the_order_of_the_list_does_not_count() -> None:
    candidates = sitting(grid(4, 5))
    rule = {"personal": {"items": True, "options": True}}
    assert dealt(3, candidates, **rule) == dealt(3, candidates[::-1], **rule)

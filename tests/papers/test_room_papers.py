"""Papers of a room: who sits where with which booklet, and what the parcel holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.models.form import Booklet, Candidate, Exam, PersonalForm
from examgen.core.problems import Refused
from examgen.papers.rooms.lists import (
    LIST,
    PLAN,
    SLIP,
    RoomPapers,
    SeatedBooklet,
    Titled,
    accommodation_lines,
    grid,
    parcels,
)
from tests.effort import some
from tests.papers.pages import TEMPLATES, bare, exam, item, page_texts

LONG_NAME = "นางสาวพิชญ์สินีปัทมาวดีกรรณิการ์ ศักดิ์สิทธิ์วัฒนาพรพิพัฒน์สกุลไพศาลอนันตโชติช่วงชัชวาลวง์"
FORMS = ("A", "B", "C")


def booklet(
    n: int, seat: str | None, name: str = "นายทดลอง", drawn: bool = False, **candidate: str
) -> Booklet:
    form = FORMS[n % 3]
    who = (
        None
        if seat is None
        else Candidate(candidate_id=f"1101400{n:06d}", name=name, room="1203", seat=seat, **candidate)
    )
    serial = f"{form}-{n:04d}-00"
    return Booklet(serial, serial if drawn else form, PersonalForm(form, (0,), ((0, 1),)), who, "1203")


def room(seats: Sequence[str], n_spare: int = 0) -> tuple[Exam, list[Booklet]]:
    booklets = [booklet(n, seat) for n, seat in enumerate([*seats, *[None] * n_spare], 1)]
    return exam([item(1)], forms=FORMS), booklets


def printed(
    paper: Titled,
    sample: Exam,
    room: str,
    booklets: Sequence[Booklet],
    pages: Mapping[str, tuple[int, int]] = {},
) -> bytes:
    return paper.printed(sample, RoomPapers(room, tuple(booklets), pages), TEMPLATES)


def text(data: bytes) -> str:
    return "".join(page_texts(data))


def as_drawn(data: bytes) -> tuple[str, float]:
    """The first page's text cell by cell, and how far to the right it reaches, as a share of the width."""
    with pypdfium2.PdfDocument(data) as document:
        page = document[0]
        drawn = page.get_textpage()
        right = max(drawn.get_charbox(i)[2] for i in range(drawn.count_chars()))
        return bare(drawn.get_text_range()), right / (page.get_width() - 8 * 72 / 25.4)


def n_pages(data: bytes) -> int:
    with pypdfium2.PdfDocument(data) as document:
        return len(document)


def placed(seats: Sequence[str], forms: str = "ABC") -> list[SeatedBooklet]:
    return [
        SeatedBooklet(n, seat, f"c{n}", "", forms[(n - 1) % len(forms)], 0, f"s{n}")
        for n, seat in enumerate(seats, 1)
    ]


# ── attendance ───────────────────────────────────────────────────────────────────────────────


def test_the_list_is_in_seat_order_and_ends_with_spare_booklets_and_totals() -> None:
    sample, booklets = room(["A1", "A2", "B1"], n_spare=2)
    read = text(printed(LIST, sample, "1203", booklets))
    places = [read.index(f"1101400{n:06d}") for n in (1, 2, 3)]
    assert places == sorted(places)
    for part in [
        "1A11101400000001",
        "B-0001-00",
        "Sparebooklet",
        "B-0004-00",
        "3candidates",
        "2sparebooklets",
    ]:
        assert part in read, part
    assert bare("ผู้เข้าสอบ 3 คน") in read
    for part in ("Identitychecked", "Identityindoubt", "Began", "Ended", "Incidentswrittendown"):
        assert part in read, part
    assert "FormA:1" in read  # of the candidates, not of the spare booklets
    assert "Room1203" in read


@pytest.mark.parametrize("n", some([1, 300], 1))
def test_headings_stand_on_every_page_and_nobody_is_lost(n: int) -> None:
    sample, booklets = room([f"{chr(65 + i // 25)}{i % 25 + 1}" for i in range(n)])
    pages = page_texts(printed(LIST, sample, "1203", booklets))
    assert len(pages) == (1 if n == 1 else 11)
    listed = [page for page in pages if "1101400" in page]
    assert all("Candidatenumber" in page and "Signature" in page for page in listed)
    assert sum(page.count("1101400") for page in pages) == n
    assert n_pages(printed(PLAN, sample, "1203", booklets)) == (1 if n == 1 else 2)


def test_a_name_of_ninety_characters_wraps_and_markup_is_text() -> None:
    sample, _ = room([])
    assert len(LONG_NAME) == 90
    nasty = '<img src="http://example.com/x.png">&{n}'
    booklets = [booklet(1, "A1", LONG_NAME), booklet(2, "A2", nasty), booklet(3, "<b>A3</b>", "ก" * 90)]
    for paper in (LIST, PLAN):
        read, rightmost = as_drawn(printed(paper, sample, "<i>R&1</i>", booklets))
        assert bare(LONG_NAME) in read
        assert "ก" * 90 in read
        assert rightmost < 1
        for part in ("<img", "&{n}", "<b>A3</b>", "<i>R&1</i>"):
            assert part in read, part


def test_a_name_that_cannot_be_printed_is_told_with_its_candidate() -> None:
    sample, _ = room([])
    with pytest.raises(Refused) as refusal:
        printed(LIST, sample, "1", [booklet(1, "A1", "漢字"), booklet(2, "😀")])
    assert [(p.item, p.field) for p in refusal.value.problems] == [
        ("1101400000001", "name"),
        ("1101400000001", "name"),
        ("1101400000002", "seat"),
    ]


def test_a_list_names_the_day_of_the_sitting_or_leaves_room_for_it() -> None:
    sample, booklets = room(["A1"])
    assert "Dayofthesitting" in text(printed(LIST, sample, "กรุงเทพ – 1203", booklets))
    papers = {"date": "2027-01-17", "body": {"th": "สถาบันสมมติ", "en": "Sample body"}}
    dated = exam([item(1)], forms=FORMS, papers=papers)
    read = text(printed(LIST, dated, "กรุงเทพ – 1203", booklets))
    assert "17January2027" in read
    assert "Dayofthesitting" not in read
    assert bare("กรุงเทพ – 1203") in read


def test_thirty_two_booklets_stand_on_one_page_with_body_and_day_and_what_is_filled_in() -> None:
    _, booklets = room([f"{chr(65 + i // 5)}{i % 5 + 1}" for i in range(31)], n_spare=1)
    papers = {"date": "2027-01-17", "body": {"th": "สถาบันสมมติ", "en": "Sample body"}}
    dated = exam([item(1)], forms=FORMS, papers=papers)
    assert n_pages(printed(LIST, dated, "กรุงเทพ – 1203", booklets)) == 1
    pages = {one.serial: (12, 1) for one in booklets}
    assert n_pages(printed(SLIP, dated, "กรุงเทพ – 1203", booklets, pages)) == 1


# ── the room from above ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("seats", "columns", "rows"),
    [
        (["A1", "A2", "B1", "B2"], (1, 2), ["A", "B"]),
        (["A-01", "a 02", "B_3"], (1, 2, 3), ["A", "B"]),
        (["R1-C2", "R1-C3", "R2-C2", "R12C3"], (2, 3), ["R1", "R2", "R12"]),
        (["ก1", "ก2", "ข2"], (1, 2), ["ก", "ข"]),
        (["1-1", "1-2", "2-1"], (1, 2), ["1", "2"]),
    ],
)
def test_seats_that_name_rows_and_columns_make_a_grid(
    seats: list[str], columns: tuple[int, ...], rows: list[str]
) -> None:
    found = grid(placed(seats))
    assert found is not None
    assert found.columns == columns
    assert [label for label, _ in found.rows] == rows
    assert [place.seat for _, line in found.rows for place in line if place] == seats


@pytest.mark.parametrize(
    "seats",
    [[], ["1", "2", "3"], ["A1", "A1"], ["A1", "near the door"], ["A1", ""], ["A1", "A40"], ["A1", "Z26"]],
)
def test_other_seats_are_listed(seats: list[str]) -> None:
    assert grid(placed(seats)) is None


def test_neighbours_of_one_form_are_counted() -> None:
    square = ["A1", "A2", "B1", "B2"]
    for forms, n_alike in {"AABB": 2, "ABAB": 2, "ABBA": 0, "AAAA": 4, "ABCD": 0}.items():
        found = grid(placed(square, forms))
        assert found is not None
        assert found.n_alike == n_alike, forms


@given(st.sets(st.tuples(st.sampled_from("ABCDEF"), st.integers(1, 12)), min_size=18))
def test_a_grid_holds_everybody_once_in_the_right_place(seats: set[tuple[str, int]]) -> None:
    names = [f"{row}{number}" for row, number in sorted(seats)]
    found = grid(placed(names))
    assert found is not None
    for label, line in found.rows:
        for column, place in zip(found.columns, line, strict=True):
            assert (place is not None) == ((label, column) in seats)
            assert place is None or place.seat == f"{label}{column}"


def test_the_plan_shows_the_base_form_and_says_whether_neighbours_differ() -> None:
    sample, _ = room([])
    seats = ["A1", "A2", "A3", "B1", "B2", "B3"]
    drawn = [booklet(n, seat, drawn=True) for n, seat in enumerate(seats, 1)]
    read = text(printed(PLAN, sample, "1203", drawn))
    assert "3pairsofneighbours" in read  # A, B, C in both rows: each sits behind its own form
    assert "Frontoftheroom" in read
    assert "-000" not in read
    listed = text(printed(PLAN, sample, "1203", [booklet(1, "1"), booklet(2, "2")]))
    assert "Frontoftheroom" not in listed
    assert "1101400000002" in listed


# ── the parcel ───────────────────────────────────────────────────────────────────────────────


def test_the_slip_counts_booklets_pages_and_paper_by_form() -> None:
    sample, booklets = room(["A1", "A2", "A3", "A4"], n_spare=2)
    pages = {one.serial: (13 if n == 0 else 12, 1) for n, one in enumerate(booklets)}
    b, c, a = (parcels(booklets, pages)[i] for i in (1, 2, 0))
    assert (b.form, b.n_candidates, b.n_spare, b.serials) == ("B", 2, 0, "B-0001-00 … B-0004-00")
    assert (b.pages, b.sheet_pages, b.n_sheets) == ("12–13", "1", 7 + 1 + 6 + 1)
    assert (c.n_candidates, c.n_spare, c.pages) == (1, 1, "12")
    assert (a.n_candidates, a.n_spare) == (1, 1)
    read = text(printed(SLIP, sample, "1203", booklets, pages))
    assert "Total42643" in read  # candidates, spare, together, sheets of paper
    for part in (
        "Packet1203",
        "Sealunbroken",
        "Sealnumber",
        "Packedandsealed",
        "Openedintheroom",
        "Takenback",
    ):
        assert part in read, part
    for part in ("Used", "Unused", "Void(spoilt,misprinted)", "Destroyedon", "Destroyedby", "Witness"):
        assert part in read, part


def test_papers_of_a_room_tell_nothing_of_items_and_are_the_same_bytes_each_time() -> None:
    sample, booklets = room(["A1", "A2"])
    pages = {one.serial: (4, 1) for one in booklets}
    once, again = (
        (printed(LIST, sample, "1", booklets), printed(SLIP, sample, "1", booklets, pages)) for _ in range(2)
    )
    assert once == again
    for data in once:
        assert "E1.01" not in text(data)


def test_the_slip_names_booklets_in_large_print_and_the_list_that_candidates_sign_does_not() -> None:
    sample, booklets = room(["1", "2"])
    pages = {one.serial: (12, 1) for one in booklets}
    of = RoomPapers("1203", tuple(booklets), pages, large_print=("C-0002-00 (2)",))
    slip, signed = (bare(text(paper.printed(sample, of, TEMPLATES))) for paper in (SLIP, LIST))
    assert "largeprint" in slip, "the label"
    assert bare("C-0002-00 (2)") in slip
    assert "large" not in signed


def test_invigilators_read_in_both_languages_who_has_large_print() -> None:
    who = Candidate(candidate_id="1", name="ก", seat="1", extra={"ตัวอักษรขนาดใหญ่": "x"})
    [line] = accommodation_lines(None, [booklet(1, "1")._replace(candidate=who)], ["large_print"])
    assert line.given == "ข้อสอบตัวอักษรขนาดใหญ่ · booklet in large print"

"""Candidate lists as offices send them: read whole, or refused with every fault and its line."""

from __future__ import annotations

import io
import unicodedata

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.capture.candidate_lists import read_roster
from examgen.capture.cells import fold
from examgen.core.models.form import Candidate
from examgen.core.models.papers import CandidateNumber
from examgen.core.problems import Problem, Refused

LIST = """candidate_id,name,room,seat
0012345678901,สมชาย  ใจดี,ห้อง 1,A1
1100700000014,น้ำผึ้ง ทรัพย์สิน,ห้อง 1,A2
007,Anna O'Neil,ห้อง 2,A1
"""


def faults(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as caught:
        read_roster("list.csv", text.encode() if isinstance(text, str) else text)
    return caught.value.problems


def found(text: str) -> list[tuple[str, str]]:
    """Where each fault is, and its code."""
    return [(problem.source.removeprefix("list.csv"), problem.code) for problem in faults(text)]


def test_ids_are_text_and_names_are_single_spaced() -> None:
    read = read_roster("list.csv", LIST.encode())
    assert [one.candidate_id for one in read] == ["0012345678901", "1100700000014", "007"]
    assert read[0] == Candidate(candidate_id="0012345678901", name="สมชาย ใจดี", room="ห้อง 1", seat="A1")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp874"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_list_is_the_same_however_it_was_saved(delimiter: str, encoding: str, end: str) -> None:
    text = LIST.replace(",", delimiter).replace("\n", end)
    assert read_roster("list.csv", text.encode(encoding)) == read_roster("list.csv", LIST.encode())


def test_a_workbook_is_read_too() -> None:
    book = openpyxl.Workbook()
    for row in (["Candidate_ID", "Name", "Room", "Seat"], [1100700000014, "ก", 7, 3], ["007", "ข", 7, 4]):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    read = read_roster("list.xlsx", data.getvalue())
    assert [(one.candidate_id, one.room, one.seat) for one in read] == [
        ("1100700000014", "7", "3"),
        ("007", "7", "4"),
    ]


def test_columns_stand_in_any_order_and_case_and_extra_ones_are_kept() -> None:
    text = "SEAT,ชื่อ,Candidate ID,หมายเหตุ,serial,\n1,ก,x-1,ตัวใหญ่,7,\n2,ข,x-2,,8,\n"
    one, two = read_roster("list.csv", text.encode())
    assert one == Candidate(
        candidate_id="x-1", name="ก", seat="1", extra={"หมายเหตุ": "ตัวใหญ่", "serial (as given)": "7"}
    )
    assert two.extra == {"หมายเหตุ": "", "serial (as given)": "8"}


def test_ids_and_names_of_the_same_characters_are_the_same_however_they_were_typed() -> None:
    two = "ส\u0e4d\u0e321,น\u0e4d\u0e49\u0e32ผึ้ง"
    assert read_roster("list.csv", f"candidate_id,name\n{two}\n".encode()) == (
        Candidate(candidate_id="ส\u0e331", name="น\u0e49\u0e33ผึ้ง"),
    )
    assert found(f"candidate_id,name\n{two}\nส\u0e331,ข\n") == [(":3", "candidate-twice")]


def test_ids_alone_are_a_list() -> None:
    assert [one.candidate_id for one in read_roster("l", b"candidate_id\n1\n2\n")] == ["1", "2"]


NAMES_IN_PARTS = [
    ("คำนำหน้า,ชื่อ,นามสกุล", "นาง,น้ำผึ้ง,ไชยวงศ์", "นางน้ำผึ้ง ไชยวงศ์"),
    ("คำนำหน้าชื่อ,ชื่อ-สกุล", "น.ส.,สมหญิง ใจดี", "น.ส.สมหญิง ใจดี"),
    ("คำนำหน้า,ชื่อ-นามสกุล", "นางสาว,นางสาวสมหญิง ใจดี", "นางสาวสมหญิง ใจดี"),
    ("คำนำหน้า,ชื่อ,นามสกุล", "นาง,นางนวล,-", "นางนวล"),
    ("คำนำหน้า,ชื่อ,นามสกุล", "นาง,นางนวล,ใจดี", "นางนางนวล ใจดี"),
    ("ชื่อ,ชื่อกลาง,สกุล", "สมชาย,กลาง,ใจดี", "สมชาย กลาง ใจดี"),
    ("คำนำหน้า,name,นามสกุล", "นาง,น้ำผึ้ง,ไชยวงศ์", "นางน้ำผึ้ง ไชยวงศ์"),
    ("ชื่อ,ชื่อสกุล", "สมชาย,ใจดี", "สมชาย ใจดี"),
    ("Prefix,First Name,Last Name", "Mrs,Anna,Smith", "Mrs Anna Smith"),
    ("title,first_name,surname", "นาย,John,Smith", "นาย John Smith"),
    ("คำนำหน้า,ชื่อ,นามสกุล,first_name,last_name", "นาย,สมชาย,ใจดี,Somchai,Jaidee", "นายสมชาย ใจดี"),
    ("name,last_name,ชื่อ", "Anna,Smith,อันนา", "Anna Smith"),
]


@pytest.mark.parametrize(("heads", "cells", "name"), NAMES_IN_PARTS)
def test_a_name_in_columns_of_its_parts_is_one_name(heads: str, cells: str, name: str) -> None:
    [one] = read_roster("list.csv", f"candidate_id,{heads}\n1,{cells}\n".encode())
    assert one.name == name


def test_of_two_last_names_neither_is_guessed_and_a_name_of_parts_has_a_length_too() -> None:
    assert found("candidate_id,name,last_name,surname\n1,a,b,c\n") == [(":1", "ambiguous-columns")]
    long = "ก" * 150
    assert found(f"candidate_id,ชื่อ,นามสกุล\n1,{long},{long}\n") == [(":2", "too-long")]


@pytest.mark.parametrize("head", ["เลขบัตรประชาชน", "เลขประจำตัวประชาชน (13 หลัก)"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_titles_may_stand_above_the_heading(head: str, quote: str) -> None:
    rows = [["ลำดับ", head, "ชื่อ", "นามสกุล"], ["1", "1101700230708", "สมชาย", "ใจดี"]]
    text = "\n".join(",".join(quote + cell + quote for cell in row) for row in rows)
    above = f"{quote}รายชื่อผู้เข้าสอบ{quote},,,\n\nวันที่ 20 พฤศจิกายน 2569\n"
    [one] = read_roster("list.csv", (above + text).encode())
    assert (one.candidate_id, one.name) == ("1101700230708", "สมชาย ใจดี")
    [problem] = faults(above + text + "\n2,,a,b\n")
    assert problem.source == "list.csv:6"


def test_titles_may_stand_above_the_heading_in_a_workbook() -> None:
    book = openpyxl.Workbook()
    rows = [["รายชื่อผู้เข้าสอบ ศูนย์ 1"], [], ["เลขบัตรประชาชน", "คำนำหน้า", "ชื่อ", "นามสกุล"]]
    for row in (*rows, [1100700000014, "นาง", "น้ำผึ้ง", "ไชยวงศ์"]):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    [one] = read_roster("list.xlsx", data.getvalue())
    assert (one.candidate_id, one.name) == ("1100700000014", "นางน้ำผึ้ง ไชยวงศ์")


def test_a_list_without_heading_is_not_read_from_a_row_that_could_be_one() -> None:
    assert found("7,สมชาย ใจดี,ห้อง 1\nรหัส,ชื่อ,ห้อง\n8,ก,ข\n") == [(":1", "no-candidate-column")]


def test_every_fault_is_told_with_its_line() -> None:
    text = (
        "candidate_id,name,room,seat\n"
        "1,a,R,A1\n"
        "1,b,R,A2\n"  # line 3: the id of line 2
        ",c,R,A3\n"
        "2,d,R,A1\n"  # line 5: the seat of line 2
        "3,e\n"
        '4,"f\n g",R,A5\n'  # line 7: a line end in a name
        "5,\x07,R,A6\n"
        "1.1E+12,h,R,A7\n"
        "candidate_id,name,room,seat\n"
        "6,i,Q,A1\n"
    )
    assert found(text) == [
        (":3", "candidate-twice"), (":4", "no-candidate-id"), (":5", "seat-twice"), (":6", "too-few-fields"),
        (":7", "control-character"), (":9", "undecodable"), (":10", "candidate-id-damaged"),
        (":11", "header-repeated"),
    ]  # fmt: skip
    twice, seat = (
        next(p for p in faults(text) if p.code == code) for code in ("candidate-twice", "seat-twice")
    )
    assert "lines 2 and 3" in twice.message
    assert "seat A1 of room R" in seat.message
    assert "lines 2 and 5" in seat.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-file"),
        ("\ufeff\n\n", "empty-file"),
        ("candidate_id,name\n", "no-candidates"),
        ("name,room\na,b\n", "no-candidate-column"),
        ("candidate_id,room,Room\n1,2,3\n", "ambiguous-columns"),
        ("candidate_id,name\n1," + "ก" * 201 + "\n", "too-long"),
        ("candidate_id,name\n1,สมช\ufffdย\n", "undecodable"),
        ("candidate_id,name\n1,ก\nรวม 1 คน,\n", "totals-line"),
        ("candidate_id,name\n1,ก\nTotal,1\n", "totals-line"),
    ],
)
def test_what_is_no_list_is_refused(text: str, code: str) -> None:
    assert [problem.code for problem in faults(text)] == [code]


def test_a_character_that_no_font_holds_is_named_with_its_line() -> None:
    [problem] = faults("candidate_id,name,note\n1,สมชาย,♥\n2,สม🙂หญิง,\n")
    assert (problem.source, problem.code) == ("list.csv:3", "glyph-missing")
    assert "U+1F642" in problem.message


def test_ids_are_held_to_the_number_that_the_sheet_has_bubbles_for() -> None:
    number = CandidateNumber(check="thai_id")
    good = b"candidate_id\n1101700230708\n"
    assert read_roster("list.csv", good, number)[0].candidate_id == "1101700230708"
    for bad in (b"1101700230707", b"110170023070", b"A101700230708"):
        with pytest.raises(Refused) as caught:
            read_roster("list.csv", b"candidate_id\n" + bad + b"\n", number)
        assert [problem.code for problem in caught.value.problems] == ["candidate-number"]


def test_a_picture_is_refused_by_what_it_is() -> None:
    [problem] = faults(b"\x89PNG\r\n\x1a\n")
    assert problem.code == "not-a-candidate-list"
    assert "Expected is a table" in problem.message


def test_the_same_seat_in_two_rooms_and_no_seat_at_all_are_no_faults() -> None:
    text = "candidate_id,room,seat\n1,R,A1\n2,Q,A1\n3,R,\n4,R,\n"
    assert len(read_roster("list.csv", text.encode())) == 4


IDS = st.text(st.sampled_from("0123456789ABXYZ-/ก๑"), min_size=1, max_size=13).filter(
    lambda text: text[0] not in "-/"
)
WORDS = st.text(st.sampled_from("กขคงน้ำปู่ฎุ \u00e9e\u0301Abc.-'"), max_size=30)


@given(st.lists(st.tuples(IDS, WORDS, WORDS), min_size=1, max_size=20, unique_by=lambda row: row[0]))
def test_whatever_was_written_is_read(rows: list[tuple[str, str, str]]) -> None:
    text = "candidate_id\tname\troom\n" + "".join("\t".join(row) + "\n" for row in rows)
    read = read_roster("list.csv", text.encode())
    assert [one.candidate_id for one in read] == [row[0] for row in rows]
    for one, row in zip(read, rows, strict=True):
        assert one.name == unicodedata.normalize("NFC", " ".join(row[1].split()))
        rooms = [unicodedata.normalize("NFC", " ".join(other[2].split())) for other in rows]
        room = rooms[rows.index(row)]
        alike = [other for other in rooms if fold(other) == fold(room)]
        assert one.room == (alike[0] if fold(room) else room)


def test_ids_that_differ_by_case_alone_are_refused() -> None:
    assert found("candidate_id,name\nP002,ก\nP003,ข\np002,ค\n") == [(":4", "candidate-but-for-case")]
    (fault,) = faults("candidate_id,name\nP002,ก\np002,ค\n")
    assert fault.message.en == (
        "candidate p002 differs from P002 on line 2 only in capital letters. Give one of them another number"
    )


CENTRES = """รหัสผู้เข้าสอบ,ชื่อ,ศูนย์สอบ,ห้องสอบ,ที่นั่ง
1,ก,ศูนย์ 1,301,A1
2,ข,เชียงใหม่,301,A1
3,ค,ศูนย์ ๑,301,A2
4,ง,,301,A1
"""


def test_a_room_is_that_of_its_centre_however_the_centre_is_written() -> None:
    read = read_roster("list.csv", CENTRES.replace("รหัสผู้เข้าสอบ", "candidate_id").encode())
    assert [one.exam_room for one in read] == [
        ("ศูนย์ 1", "301"),
        ("เชียงใหม่", "301"),
        ("ศูนย์ 1", "301"),
        ("", "301"),
    ]
    assert all(one.extra == {} for one in read)


@pytest.mark.parametrize("centre", ["Bangkok", "BANGKOK", "bang kok "])
def test_a_seat_stands_once_in_a_room_of_one_centre(centre: str) -> None:
    text = f"candidate_id,centre,room,seat\n1,Bangkok,1,A1\n2,{centre},1,A1\n3,Phuket,1,A1\n"
    [problem] = faults(text)
    assert (problem.source, problem.code) == ("list.csv:3", "seat-twice")
    assert "seat A1 of room Bangkok – 1" in str(problem.message)


@pytest.mark.parametrize("room", ["๓๐๑", " ๓ ๐๑", "3\u00a001"])
def test_a_room_is_one_however_its_digits_are_written(room: str) -> None:
    """It is called as the list calls it first; another centre may write its own otherwise, and a dash counts."""
    rows = ("ก,301", f"ก,{room}", f"ข,{room}", "ข,301", "ก,3-01", "ก,30-1")
    text = "candidate_id,centre,room\n" + "".join(f"{n},{row}\n" for n, row in enumerate(rows))
    first = " ".join(room.split())
    assert [one.exam_room for one in read_roster("list.csv", text.encode())] == [
        *[("ก", "301")] * 2,
        *[("ข", first)] * 2,
        *[("ก", "3-01"), ("ก", "30-1")],
    ]
    [problem] = faults(f"candidate_id,room,seat\n1,301,A1\n2,{room},A1\n")
    assert problem.code == "seat-twice"


def test_two_columns_of_centres_are_refused_and_one_that_cannot_be_printed() -> None:
    assert found("candidate_id,centre,Centre\n1,a,b\n") == [(":1", "ambiguous-columns")]
    assert found("candidate_id,centre\n1,สม🙂ชาย\n") == [(":2", "glyph-missing")]
    [one] = read_roster("list.csv", "candidate_id,centre,สนามสอบ\n1,a,b\n".encode())
    assert (one.centre, one.extra) == ("a", {"สนามสอบ": "b"})

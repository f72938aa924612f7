"""Candidate lists as they reconcile a sitting: ids, rooms, forms dealt, who came."""

from __future__ import annotations

import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.capture.candidate_lists import read_register, read_roster
from examgen.core.column_names import DEALT
from examgen.core.csv_files import csv_bytes
from examgen.core.problems import Problem, Refused
from examgen.core.register import ABSENT, NOT_KNOWN, PRESENT, Register

FORMS = ("A", "B", "A-0001-47", "B-0002-11")
SERIALS = {"0001-47": "A-0001-47", "000003": "A"}
LIST = """candidate_id,name,room,seat,form,status
0012345678901,สมชาย  ใจดี,ห้อง 1,A1,A,present
1100700000014,น้ำผึ้ง ทรัพย์สิน,ห้อง 1,A2,b,ขาด
007,Anna O'Neil,ห้อง 2,A1,,
"""


def read(text: str | bytes) -> Register:
    data = text.encode() if isinstance(text, str) else text
    return read_register("list.csv", data, FORMS, SERIALS)


def lines(found: Register) -> list[tuple[str, str, str, str, str, int]]:
    """Id, name, room, seat, form and status of everybody."""
    return [
        (
            candidate.decode(),
            found.names[n],
            [*(room.shown for room in found.rooms), ""][found.room[n]],
            found.columns["seat"][n],
            [*found.forms, ""][found.form[n]],
            int(found.status[n]),
        )
        for candidate, n in found.place.items()
    ]


def faults(text: str) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as caught:
        read(text)
    return caught.value.problems


def codes(text: str) -> list[tuple[str, str]]:
    return [(problem.source.removeprefix("list.csv"), problem.code) for problem in faults(text)]


def test_a_list_says_who_was_to_come_and_who_came() -> None:
    assert lines(read(LIST)) == [
        ("0012345678901", "สมชาย ใจดี", "ห้อง 1", "A1", "A", PRESENT),
        ("1100700000014", "น้ำผึ้ง ทรัพย์สิน", "ห้อง 1", "A2", "B", ABSENT),
        ("007", "Anna O'Neil", "ห้อง 2", "A1", "", NOT_KNOWN),
    ]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("present¦Present¦PRESENT ¦1¦๑¦1.0¦yes¦TRUE¦มา¦มาสอบ¦เข้าสอบ¦มา สอบ", PRESENT),
        ("absent¦Absent¦0¦๐¦0.0¦no¦FALSE¦ขาด¦ขาดสอบ¦ไม่มา¦ไม่มาสอบ¦ไม่เข้าสอบ", ABSENT),
        ("¦ ¦\u200b", NOT_KNOWN),
    ],
)
def test_words_for_having_come(words: str, status: int) -> None:
    for word in words.split("¦"):
        for column in ("status", "Attendance", "การเข้าสอบ"):
            assert read(f"candidate_id,{column}\n7,{word}\n").status.tolist() == [status], word


@pytest.mark.parametrize("word", ["?", "2", "late", "มาสาย", "x", "-", "✓"])
def test_a_word_that_says_neither_is_refused(word: str) -> None:
    [problem] = faults(f"candidate_id,status\n6,present\n7,{word}\n")
    assert (problem.source, problem.code) == ("list.csv:3", "unknown-status")
    assert "present or absent" in problem.message


@pytest.mark.parametrize(
    ("head", "cells", "form"),
    [
        ("form", "A", "A"), ("ชุดข้อสอบ", " a ", "A"), ("form", "Ａ", "A"), ("form", "", ""),
        ("form", "A-0001-47", "A-0001-47"), ("form", "0001-47", "A-0001-47"),
        ("serial", "0001-47", "A-0001-47"), ("serial", "000003", "A"), ("serial", "", ""),
        ("form,serial", "A,000003", "A"), ("form,serial", ",000003", "A"), ("form,serial", "A,", "A"),
    ],
)  # fmt: skip
def test_the_form_dealt_is_named_by_itself_or_by_the_serial_of_the_booklet(
    head: str, cells: str, form: str
) -> None:
    [line] = lines(read(f"candidate_id,{head}\n7,{cells}\n"))
    assert line[4] == form


def test_every_fault_is_told_with_its_line() -> None:
    text = (
        "candidate_id,room,form,serial,status\n"
        "1,R,A,,present\n"
        "1,R,A,,present\n"
        ",R,A,,\n"
        "2,R,Z,,\n"
        "3,R,,999999,\n"
        "4,R,B,000003,\n"
        "5,R\n"
        "1.1E+12,R,A,,\n"
        "candidate_id,room,form,serial,status\n"
        "6,R,Z,,late\n"
        "é\ufffd,R,A,,\n"
    )
    assert codes(text) == [
        (":3", "candidate-twice"), (":4", "no-candidate-id"), (":5", "unknown-form"), (":6", "unknown-serial"),
        (":7", "form-and-serial-differ"), (":8", "too-few-fields"), (":9", "candidate-id-damaged"),
        (":10", "header-repeated"), (":11", "unknown-form"), (":11", "unknown-status"), (":12", "undecodable"),
    ]  # fmt: skip
    assert "lines 2 and 3" in faults(text)[0].message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("candidate_id,serial\n,000003\n", "no-candidate-id"),
        ("candidate_id,room\n1,R\nรวม,1\n", "totals-line"),
        ("candidate_id,form,Form\n1,2,3\n", "ambiguous-columns"),
    ],
)
def test_what_is_no_list_is_refused(text: str, code: str) -> None:
    assert [problem.code for problem in faults(text)] == [code]


def test_the_list_of_the_package_itself_is_one_and_spare_booklets_are_nobodys() -> None:
    rows = [
        ("007", "ก", "ห้อง 1", "A1", "A-0001-47", "0001-47", "A"),
        ("0-12", "=HYPERLINK()", "ห้อง 1", "A2", "A", "000003", "A"),
        ("", "", "ห้อง 1", "", "A", "000004", "A"),
    ]
    found = read(csv_bytes(pl.DataFrame(rows, schema=DEALT, orient="row")))
    assert lines(found) == [
        ("007", "ก", "ห้อง 1", "A1", "A-0001-47", NOT_KNOWN),
        ("0-12", "=HYPERLINK()", "ห้อง 1", "A2", "A", NOT_KNOWN),
    ]
    assert found.spare == 1


def test_what_is_only_printed_does_not_keep_a_sitting_from_being_scored() -> None:
    text = "candidate_id,name,seat\n1,🙂,A1\n2,สม\ufffdชาย,A1\n"
    assert [line[1] for line in lines(read(text))] == ["🙂", "สม\ufffdชาย"]


def test_places_of_ids_as_they_were_marked() -> None:
    found = read("candidate_id\n007\ncaf\u00e9-1\n")
    ids = np.array(["cafe\u0301-1".encode(), b"007", b"7", "caf\u00e9-1".encode()], dtype=np.bytes_)
    assert found.places(ids).tolist() == [1, 0, -1, 1]


IDS = st.text(st.sampled_from("0123456789ABXYZ-/ก๑é"), min_size=1, max_size=13).filter(
    lambda text: text[0] not in "-/"
)


@given(
    st.lists(
        st.tuples(IDS, st.text(st.sampled_from("กขน้ำ é."), max_size=9), st.sampled_from(["", "R 1", "ห้อง"])),
        min_size=1,
        unique_by=lambda row: unicodedata.normalize("NFC", row[0]),
    )
)
def test_the_register_is_the_roster(rows: list[tuple[str, str, str]]) -> None:
    text = "candidate_id\tname\troom\n" + "".join("\t".join(row) + "\n" for row in rows)
    roster = read_roster("list.csv", text.encode())
    assert [line[:3] for line in lines(read(text))] == [
        (one.candidate_id, one.name, one.room) for one in roster
    ]


def test_a_room_of_the_roster_is_that_of_its_centre() -> None:
    found = read("candidate_id,centre,room\n1,ก,301\n2,ข,301\n3,\u0e01 ,301\n4,ข,\n5,,\n")
    assert [line[2] for line in lines(found)] == ["ก – 301", "ข – 301", "ก – 301", "ข", ""]
    assert [*found.places_of()][:2] == [("1", "ก", "301", "", ""), ("2", "ข", "301", "", "")]


@pytest.mark.parametrize(
    "head", ["organisation", "Organization", "หน่วยงาน", "สังกัด", "หน่วยงานต้นสังกัด", "ต้นสังกัด"]
)
def test_an_organisation_is_read_from_a_column_of_its_name(head: str) -> None:
    found = read(f"candidate_id,{head}\n1,สำนักงานเขต  บางรัก\n2,\n")
    assert [*found.places_of()] == [("1", "", "", "", "สำนักงานเขต บางรัก"), ("2", "", "", "", "")]
    assert found.has_places


def test_of_two_columns_of_organisations_the_better_named_counts() -> None:
    found = read("candidate_id,สังกัด,หน่วยงาน\n1,ฝ่ายขาย,บริษัท ก\n")
    assert [*found.columns["organisation"]] == ["บริษัท ก"]


def test_a_room_of_the_roster_is_one_however_its_digits_are_written() -> None:
    found = read("candidate_id,centre,room\n1,ก,๓๐๑\n2,ก,301\n3,ข,301\n4,ก,3 01\n")
    assert [line[2] for line in lines(found)] == ["ก – ๓๐๑", "ก – ๓๐๑", "ข – 301", "ก – ๓๐๑"]
    assert len(found.rooms) == 2


def test_a_name_in_parts_is_one_name() -> None:
    text = "candidate_id,คำนำหน้า,ชื่อ,นามสกุล,form\n1,นาย,สมชาย,ใจดี,A\n2,,น้ำผึ้ง,,A\n"
    assert [name for _, name, *_ in lines(read(text))] == ["นายสมชาย ใจดี", "น้ำผึ้ง"]

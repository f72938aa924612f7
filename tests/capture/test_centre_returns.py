"""The lists that a centre sends back: read whole, in every language and layout, or refused with each line."""

from __future__ import annotations

import csv
import io
from datetime import date, time
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from examgen.capture.centre_cells import Moment, Serials
from examgen.capture.centre_returns import RETURN_LISTS, CentreReturns, read_returns
from examgen.core.problems import Refused

TODAY = date(2026, 12, 21)
ATTENDANCE = "candidate_id,room,status,identity,checked_by"
INCIDENTS = "no,day,time,centre,kind,candidates,what,minutes_lost"
PACKETS = "packet,first,last,packed_at,used,unused,opened_at"
DECLARED = "name,role,interest,signed"


def read(text: str | bytes, name: str = "a.csv") -> CentreReturns:
    return read_returns(name, text.encode() if isinstance(text, str) else text, TODAY)


def faults(text: str | bytes, name: str = "a.csv") -> list[str]:
    """Where each fault is, and its code."""
    with pytest.raises(Refused) as refused:
        read(text, name)
    return [f"{one.source} {one.field or '-'} {one.code}" for one in refused.value.problems]


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    data = BytesIO()
    book.save(data)
    return data.getvalue()


def test_a_sheet_in_thai_below_titles_in_an_old_encoding() -> None:
    text = (
        "ศูนย์สอบกรุงเทพ\n"
        "การสอบวันที่ 20 ธันวาคม\n"
        "เลขประจำตัวผู้เข้าสอบ;ชื่อ;ศูนย์สอบ;ห้อง;การมาสอบ;ผลการตรวจตัวบุคคล;ผู้ตรวจ\n"
        "0001;ก;กรุงเทพ;301;มาสอบ;ตรงกับบัตร;สมศรี\n"
        "0002;ข;กรุงเทพ;301;;;\n"
        "0003;ค;กรุงเทพ;301;ขาดสอบ;;\n"
    )
    first, last = read(text.encode("cp874")).attendance
    assert (first.candidate_id, first.status, first.identity, first.checked_by) == (
        *("0001", "present", "matched", "สมศรี"),
    )
    assert (last.candidate_id, last.status, last.source) == ("0003", "absent", "a.csv:6")


def test_a_line_that_only_the_form_filled_says_nothing() -> None:
    text = f"{ATTENDANCE}\n0001,301,,,\n0002,301,present,,\n,,,,\n"
    assert [one.candidate_id for one in read(text).attendance] == ["0002"]


def test_a_workbook_has_several_lists_and_sheets_that_are_none() -> None:
    data = workbook(
        readme=[["Fill in the sheets"]],
        happened=[
            ["Incidents of the centre"],
            ["no", "date", "time", "centre", "room", "kind", "candidates", "what", "done"],
            [1, date(2026, 12, 20), time(9, 40), "C", "301", "arrived late", "0001; 0002", "late", "let in"],
            [2, None, "๙.๔๐ น.", "C", "", "เจ็บป่วย", None, "fainted", None],
            [3, None, None, "C", None, None, None, None, None],
            ["signed by the head of the centre"],
        ],
        parcels=[["packet", "seal", "used", "unused"], ["P1", "77", 3, "A-0004-10 – A-0006-08, A-0009-92"]],
    )
    found = read(data, "c.xlsx")
    assert [(one.number, one.day, one.time, one.kind) for one in found.incidents] == [
        (1, "2026-12-20", "09:40", "late"),
        (2, "", "09:40", "illness"),
    ]
    assert found.incidents[0].candidates == ("0001", "0002")
    assert found.packets[0].unused == Serials((("A-0004-10", "A-0006-08"), ("A-0009-92", "A-0009-92")))
    assert found.packets[0].source == "c.xlsx:parcels:2"
    assert found.n == 3


@pytest.mark.parametrize("language", ["en", "th"])
def test_every_list_is_read_by_the_headings_of_its_form(language: str) -> None:
    cells = {
        "candidate": "0001",
        "candidates": "0001",
        "day": "2026-12-20",
        "time": "09:30",
        "moment": "2026-12-20 09:30",
        "count": "3",
        "serial": "A-0001-19",
        "serials": "A-0001-19",
    }
    for of in RETURN_LISTS:
        heads = [column.label.told(language) for column in of.columns]  # type: ignore[arg-type]
        words = [next(iter(column.words.values()), None) for column in of.columns]
        line = [
            cells.get(column.kind) or (word.told(language) if word is not None else "x")  # type: ignore[arg-type]
            for column, word in zip(of.columns, words, strict=True)
        ]
        found = read(workbook(one=[heads, line]), "f.xlsx")
        [record] = getattr(found, of.name)
        assert "" not in record, of.name


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-12-19 14.30 น.", Moment("2026-12-19", "14:30")),
        ("19/12/2026 เวลา 14:30", Moment("2026-12-19", "14:30")),
        ("2026-12-19 00:00:00", Moment("2026-12-19")),
        ("2026-12-19T09:05", Moment("2026-12-19", "09:05")),
        ("๘.๓๐", Moment("", "08:30")),
        ("05/12/2569 8.30 น.", Moment("2026-12-05", "08:30")),
        ("๑๙ ธ.ค. ๒๕๖๙ เวลา 9.00 น.", Moment("2026-12-19", "09:00")),
        ("19 ธันวาคม 2569", Moment("2026-12-19")),
        ("2569-12-19", Moment("2026-12-19")),
        ("1:05 PM", Moment("", "13:05")),
    ],
)
def test_moments_as_people_write_them(cell: str, moment: Moment) -> None:
    text = f"packet,opened_at,seal\nP1,{cell},7\n"
    assert read(text).packets[0].opened_at == moment


@pytest.mark.parametrize(
    ("cell", "serials"),
    [
        ("all", Serials(is_all=True)),
        ("ทั้งหมด", Serials(is_all=True)),
        ("ไม่มี", Serials()),
        ("0", Serials()),
        ("5 เล่ม", Serials(n=5)),
        ("A-0001-19 ถึง A-0003-13", Serials((("A-0001-19", "A-0003-13"),))),
        ("A-0001-19 - A-0003-13", Serials((("A-0001-19", "A-0003-13"),))),
        ("", None),
    ],
)
def test_serials_as_people_write_them(cell: str, serials: Serials | None) -> None:
    assert read(f"packet,void,seal\nP1,{cell},7\n").packets[0].void == serials


def test_none_is_an_answer_where_one_is_asked() -> None:
    text = f"{DECLARED}\nสมศรี,invigilator,ไม่มี,yes\nมานะ,grader,trained 0001,no\n"
    assert [one.interest for one in read(text).declarations] == ["", "trained 0001"]
    with pytest.raises(Refused) as refused:
        read(f"{DECLARED}\nสมศรี,invigilator,,yes\n")
    assert [one.code for one in refused.value.problems] == ["cell-empty"]


BAD: dict[str, tuple[str, list[str]]] = {
    "a spoilt number": (
        f"{ATTENDANCE}\n1.1E+12,301,present,,\n",
        ["a.csv:2 candidate_id candidate-id-damaged"],
    ),
    "no number": (f"{ATTENDANCE}\n,301,present,,\n", ["a.csv:2 candidate_id cell-empty"]),
    "a sum": (f"{ATTENDANCE}\nรวม,301,present,,\n", ["a.csv:2 candidate_id totals-line"]),
    "no status beside an identity": (f"{ATTENDANCE}\n0001,301,,matched,\n", ["a.csv:2 status cell-empty"]),
    "unknown words": (
        f"{ATTENDANCE}\n0001,301,maybe,?,\n",
        ["a.csv:2 status no-word", "a.csv:2 identity no-word"],
    ),
    "too many cells": (
        f"{ATTENDANCE}\n0001,301,present,,,,\n0002,301\n",
        ["a.csv:2 - too-many-fields", "a.csv:3 - too-few-fields"],
    ),
    "a heading twice": (
        "candidate_id,status,status,identity\n0001,present,,\n",
        ["a.csv:1 - ambiguous-columns"],
    ),
    "a needed column that is not there": (
        "name,interest,signed\nสมศรี,none,yes\n",
        ["a.csv:1 role column-missing"],
    ),
    "a kind that is none": (f"{INCIDENTS}\n1,,,C,fire,,x,\n", ["a.csv:2 kind no-word"]),
    "nothing that happened": (f"{INCIDENTS}\n1,,,C,late,,,\n", ["a.csv:2 what cell-empty"]),
    "people who are no numbers": (
        f"{INCIDENTS}\n1,,,C,late,นายสมชาย,x,\n",
        ["a.csv:2 candidates no-candidates"],
    ),
    "a day to come": (f"{INCIDENTS}\n1,2026-12-24,,C,late,,x,\n", ["a.csv:2 day day-to-come"]),
    "no day of the Buddhist era": (f"{INCIDENTS}\n1,31/02/2569,,C,late,,x,\n", ["a.csv:2 day no-day"]),
    "no time, and words for minutes": (
        f"{INCIDENTS}\n1,,9.3,C,late,,x,ten\n",
        ["a.csv:2 time no-time", "a.csv:2 minutes_lost no-count"],
    ),
    "no number of an incident": (f"{INCIDENTS}\nx,,,C,late,,x,\n", ["a.csv:2 number no-count"]),
    "packets": (
        f"{PACKETS}\nP1,1,A-0004-10,yesterday,3.5,A-1,25:00\n,,,,3,,\n",
        [
            *("a.csv:2 first no-serial", "a.csv:2 packed_at no-moment", "a.csv:2 opened_at no-moment"),
            *("a.csv:2 used no-count", "a.csv:2 unused no-serials", "a.csv:3 packet cell-empty"),
        ],
    ),
    "a mark that turns the writing": (
        f"{ATTENDANCE}\n0001,3\u202e01,present,,\n",
        ["a.csv:2 room direction-mark"],
    ),
    "nothing filled in": (f"{ATTENDANCE}\n0001,301,,,\n", ["a.csv - nothing-filled-in"]),
    "a roster": ("candidate_id,given,status\n0001,สมศรี,present\n", ["a.csv - no-list"]),
    "another table": ("candidate_id,form,Q1\n0001,A,A\n", ["a.csv - no-list"]),
    "nothing": ("", ["a.csv - empty-file"]),
}


@pytest.mark.parametrize("case", BAD)
def test_every_fault_is_told_with_its_line(case: str) -> None:
    text, told = BAD[case]
    assert faults(text) == told


def test_cells_that_are_merged_are_not_guessed() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "people"
    for row in (
        ["candidate_id", "room", "status", "identity"],
        ["0001", "301", "present", "matched"],
        ["0002", "301", None, None],
        ["0003", "301", "present", None],
    ):
        sheet.append(row)
    sheet.merge_cells("C2:C3")
    sheet.merge_cells("B3:B4")
    assert faults(saved(book), "m.xlsx") == [
        "m.xlsx:people:3 status cell-merged",
        "m.xlsx:people:4 room cell-merged",
    ]


def test_faults_of_all_sheets_are_told_at_once() -> None:
    data = workbook(
        people=[["candidate_id", "status", "identity"], ["0001", "attended", "?"]],
        parcels=[["packet", "used"], ["P1", "many"]],
    )
    assert faults(data, "w.xlsx") == ["w.xlsx:people:2 identity no-word", "w.xlsx:parcels:2 used no-count"]


def form(of: str, heads: dict[str, str | None]) -> list[list[Any]]:
    """A sheet of a form with a line that is filled in; headings of these columns are others, or gone."""
    columns = next(one for one in RETURN_LISTS if one.name == of).columns
    cells = {"packet": "P1", "seal": "7", "used": 3, "unused": "-", "candidate_id": "0001", "status": "มาสอบ"}
    named = [f"{one.label.th}\n{one.label.en}" for one in columns]
    return [
        ["title"],
        ["T-1 – กรุงเทพ"],
        [heads.get(one.role, name) for one, name in zip(columns, named, strict=True)],
        [cells.get(one.role) for one in columns],
    ]


@pytest.mark.parametrize(
    ("of", "heads", "told"),
    [
        ("packets", {}, []),
        ("packets", {"packet": "ถุง"}, ["r.xlsx:packets:3 - heading-gone"]),
        ("packets", {"unused": "เหลือ"}, ["r.xlsx:packets:3 - heading-gone"]),
        ("packets", {"unused": None}, ["r.xlsx:packets:3 - heading-gone"]),
        ("attendance", {"identity": "ตรวจบัตร"}, ["r.xlsx:attendance:3 - heading-gone"]),
    ],
)
def test_a_form_whose_headings_were_written_over(
    of: str, heads: dict[str, str | None], told: list[str]
) -> None:
    declared = [DECLARED.split(","), ["สมศรี", "invigilator", "-", "yes"]]
    data = workbook(**{of: form(of, heads), "declarations": declared})
    if told:
        assert faults(data, "r.xlsx") == told
    else:
        assert read(data, "r.xlsx").n == 2


def test_a_form_whose_headings_are_gone_is_known_by_its_sheet() -> None:
    rows = form("attendance", {})
    declared = [DECLARED.split(","), ["สมศรี", "invigilator", "-", "yes"]]
    data = workbook(attendance=rows[:2] + rows[3:], declarations=declared, notes=[["ok"]])
    assert faults(data, "r.xlsx") == ["r.xlsx:attendance - heading-gone"]


def test_a_cross_says_neither() -> None:
    assert faults(f"{ATTENDANCE}\n0001,301,x,,\n") == ["a.csv:2 status no-word"]


@pytest.mark.parametrize("said", ["ไม่ได้จัดให้", "ไม่จัดให้", "not given", "-"])
def test_what_was_not_given_is_nothing(said: str) -> None:
    [one] = read(f"candidate_id,given,reason\n0001,{said},\n").accommodation
    assert one.given == ""


@pytest.mark.parametrize("said", ["ไม่มีส่วนได้เสีย", "ไม่มีส่วนเกี่ยวข้อง", "no interest"])
def test_who_has_no_interest_has_none(said: str) -> None:
    [one] = read(f"{DECLARED}\nสมศรี,invigilator,{said},yes\n").declarations
    assert one.interest == ""


@pytest.mark.parametrize(("codec", "delimiter"), [("utf-16", "\t"), ("cp874", ";"), ("utf-8-sig", ",")])
def test_a_sheet_of_a_form_that_a_spreadsheet_saved_as_text(codec: str, delimiter: str) -> None:
    rows = form("attendance", {})
    width = len(rows[-1])
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([*row, *[""] * (width - len(row))] for row in rows)
    [one] = read(text.getvalue().encode(codec)).attendance
    assert (one.candidate_id, one.status) == ("0001", "present")

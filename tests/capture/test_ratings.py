"""Files of ratings: long and wide, Thai headings and digits, words of a checklist, every fault with its line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.capture.ratings import Rating, points_of, sound_ratings
from examgen.core.problems import Refused
from examgen.core.tables.writing import write_workbook
from examgen.core.words import Message

LONG = """candidate_id,assessor,task,points,centre,date,comment
C1,Somchai,T1,2,North,2026-06-19,clear
C1,Malee,T1,2.5,North,,
C2,somchai,T1,๓,North,,
"""


def read_ratings(files: Sequence[tuple[str, bytes]]) -> tuple[Rating, ...]:
    """The ratings of files, if nothing is wrong with any."""
    found, problems = sound_ratings(files)
    if problems:
        raise Refused("ratings", problems)
    return found


def read(text: str, name: str = "r.csv") -> list[Rating]:
    return list(read_ratings([(name, text.encode())]))


def faults(text: str, name: str = "r.csv") -> list[tuple[str, str, str | None]]:
    with pytest.raises(Refused) as refused:
        read(text, name)
    for one in refused.value.problems:
        assert one.message.th != one.message.en, one.message
    return [(one.source, one.code, one.field) for one in refused.value.problems]


def test_a_long_file_is_read_as_it_stands() -> None:
    first, second, third = read(LONG)
    assert first == Rating(
        "r.csv", 2, "C1", "Somchai", "T1", Fraction(2), "North", date(2026, 6, 19), "clear"
    )
    assert (second.points, second.day, second.comment) == (Fraction(5, 2), None, "")
    # a name is one name however it is written, and Thai digits are digits
    assert (third.assessor, third.points) == ("Somchai", 3)


def test_a_wide_file_has_a_column_for_each_task_and_blanks_are_not_rated() -> None:
    text = (
        "แบบประเมินสัมภาษณ์,,,,,,,\n"
        "รหัสผู้สอบ,ชื่อ-นามสกุล,ผู้ประเมิน,ศูนย์สอบ,ข้อ 1,ข้อ 2,รวม,หมายเหตุ\n"
        "๐๑,นาย ก,สมชาย,กรุงเทพ,ใช่,ไม่ใช่,1,ดี\n"
        "02,นาย ข,สมชาย,กรุงเทพ,มี,,1,\n"
    )
    found = read(text)
    assert [(one.line, one.candidate_id, one.task, int(one.points)) for one in found] == [
        (3, "๐๑", "ข้อ 1", 1), (3, "๐๑", "ข้อ 2", 0), (4, "02", "ข้อ 1", 1),
    ]  # fmt: skip
    assert {one.centre for one in found} == {"กรุงเทพ"}
    assert found[0].comment == "ดี"


@pytest.mark.parametrize(
    ("headings", "task"),
    [
        ("candidate_id,assessor,task,points", "x"),
        ("รหัสผู้เข้าสอบ,ผู้ประเมิน,ข้อ,คะแนน", "x"),
        ("เลขประจำตัวสอบ,กรรมการ,รายการประเมิน,คะแนนที่ได้", "x"),
        ("รหัสผู้สมัคร,ผู้ประเมิน,รายการ,คะแนน", "x"),
        ("candidate_id,rater,item,score", "x"),
        ("candidate_id,assessor,คะแนน", "คะแนน"),
    ],
)
def test_headings_in_either_language(headings: str, task: str) -> None:
    cells = ["7", "A", *(["x"] if headings.count(",") == 3 else []), "1"]
    [one] = read(f"{headings}\n{','.join(cells)}\n")
    assert (one.candidate_id, one.assessor, one.task, one.points) == ("7", "A", task, 1)


def test_the_head_of_a_form_is_no_task() -> None:
    """Headings of the interview forms of Thailand's body, beside two questions."""
    head = "ลำดับ,รหัสผู้สมัคร,ชื่อผู้เข้ารับการประเมินสมรรถนะ,รหัสผู้ประเมิน,ชื่อผู้ประเมินสมรรถนะ,สถานที่สอบ,วันที่สอบ,หน่วยสมรรถนะ,คำถาม 1,คำถาม 2,รวม"
    found = read(f"{head}\n1,0012,นาย ก,P07,นาง ข,ขอนแก่น,2026-06-19,10401,ผ่าน,๓,4\n")
    assert [(one.candidate_id, one.assessor, one.task, int(one.points)) for one in found] == [
        ("0012", "P07", "คำถาม 1", 1), ("0012", "P07", "คำถาม 2", 3),
    ]  # fmt: skip
    assert (found[0].centre, found[0].day) == ("ขอนแก่น", date(2026, 6, 19))


def test_workbooks_and_parquet_are_read_too(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {"candidate_id": ["C1", "C2"], "assessor": ["A", "A"], "T1": [2, None], "T2": [1.5, 0.0]}
    )
    write_workbook(tmp_path / "r.xlsx", {"ratings": table})
    table.write_parquet(tmp_path / "r.parquet")
    for name in ("r.xlsx", "r.parquet"):
        found = read_ratings([(name, (tmp_path / name).read_bytes())])
        assert [(one.candidate_id, one.task, one.points) for one in found] == [
            ("C1", "T1", 2), ("C1", "T2", Fraction(3, 2)), ("C2", "T2", 0),
        ]  # fmt: skip


def test_every_fault_is_told_with_line_and_field() -> None:
    text = (
        "candidate_id,assessor,task,points,date\n"
        "C1,,T1,2,\n"
        ",A,T1,2,\n"
        "C1,B,T1,many,\n"
        "C2,A,,3,\n"
        "C3,A,T1,-1,\n"
        "C3,A,T2,,\n"
        "C3,A,T3,1,19/13/2026\n"
        "C4,A,T1,1\n"
    )
    assert faults(text) == [
        ("r.csv:2", "no-assessor", "assessor"),
        ("r.csv:3", "no-candidate-id", "candidate_id"),
        ("r.csv:4", "no-points", "points"),
        ("r.csv:5", "no-task", "task"),
        ("r.csv:6", "no-points", "points"),
        ("r.csv:7", "no-points", "points"),
        ("r.csv:8", "no-day", "date"),
        ("r.csv:9", "too-few-fields", None),
    ]
    assert faults("candidate_id,assessor,T1\nC1,A,good\n") == [("r.csv:2", "no-points", "T1")]


def test_a_rating_twice_counts_once_or_is_a_fault() -> None:
    text = "candidate_id,assessor,task,points\nC-1,A,T1,2\nC1,a,T1,2.0\n"
    assert [one.line for one in read(text)] == [2]
    assert faults(text + "C1,A,T1,3\n") == [("r.csv:4", "rated-twice", "points")]
    # over files, too
    with pytest.raises(Refused) as refused:
        read_ratings([("a.csv", text.encode()), ("b.csv", text.replace(",2", ",1").encode())])
    assert [one.source for one in refused.value.problems] == ["b.csv:2", "b.csv:3"]
    assert "line 2 of a.csv" in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty-file"),
        ("candidate_id,assessor,task,points\n", "no-ratings"),
        ("candidate_id,assessor\nC1,A\n", "column-missing"),
        ("candidate_id,task,points\nC1,T1,1\n", "column-missing"),
        ("candidate_id,assessor,task\nC1,A,T1\n", "column-missing"),
        ("name,assessor,task,points\nC1,A,T1,1\n", "no-candidate-column"),
        ("candidate_id,assessor,ผู้ประเมิน,task,points\nC1,A,B,T1,1\n", None),
    ],
)
def test_what_is_no_file_of_ratings_is_refused(text: str, code: str | None) -> None:
    if code is None:  # the English heading is taken, the Thai one is another column
        assert read(text)[0].assessor == "A"
        return
    with pytest.raises(Refused) as refused:
        read(text)
    assert [one.code for one in refused.value.problems] == [code]


@given(st.fractions(0, 999).map(lambda one: one.limit_denominator(100)))
def test_points_are_exact(points: Fraction) -> None:
    hundredths = round(points * 100)
    whole, rest = divmod(hundredths, 100)
    for text in (f"{whole}.{rest:02}", f"{whole},{rest:02}", f" {whole}.{rest:02} "):
        assert points_of(text) == Fraction(hundredths, 100)


@given(st.text(max_size=12))
def test_any_text_is_points_or_a_sentence(text: str) -> None:
    found = points_of(text)
    assert isinstance(found, Message) or found >= 0

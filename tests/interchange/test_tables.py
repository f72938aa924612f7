"""Spreadsheets of other people's columns: told by their headings, asked for where these do not tell."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.problems import Refused, WrongUsage
from examgen.interchange.importing import ImportOptions, Taken, import_questions, read_questions
from examgen.interchange.questions import Question, QuestionFile
from examgen.interchange.tables.columns import NO_OPTIONS, QuestionRow, columns_of
from examgen.interchange.tables.rows import read_rows
from tests.effort import examples
from tests.samples import write_unit

Read = Callable[..., Taken]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a table, with a columns file or without."""

    def read(text: str, name: str = "quiz.csv", columns: str = "", encoding: str = "utf-8") -> Taken:
        (tmp_path / name).write_bytes(text.encode(encoding))
        said = tmp_path / "columns.yaml"
        said.write_text(columns, "utf-8")
        return read_questions(tmp_path / name, "table", said if columns else None)

    return read


def _told(taken: Taken) -> list[tuple[str, list[str], tuple[int, ...]]]:
    return [
        (one.stem.plain, [choice.text.plain for choice in one.choices], one.right)
        for one in taken.reading.questions
    ]


KAHOOT = """Quiz template,,,,,,,
"Add questions, at least two answer alternatives",,,,,,,
,Question - max 120 characters,Answer 1 - max 75 characters,Answer 2 - max 75 characters,Answer 3 - max 75 characters,\
Answer 4 - max 75 characters,"Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs",Correct answer(s) - choose at least one
1,Capital?,Bandung,Jakarta,Medan,Solo,20,2
2,Even?,2,4,5,7,30,"1,2"
3,Two?,4,3,2,1,20,2
"""
QUIZIZZ = """Question Text,Question Type,Option 1,Option 2,Option 3,Option 4,Option 5,Correct Answer,Time in seconds,\
Image Link,Answer explanation
What is 2+3?,Multiple Choice,3,5,7,9,,2,30,,because
Pick even,Checkbox,2,4,5,7,,"1,2",30,,
Fill it,Fill-in-the-Blank,a,b,,,,,30,,
Look,Multiple Choice,yes,no,,,,1,30,http://x/y.png,
"""
THAI = """ข้อที่,โจทย์,ก,ข,ค,ง,เฉลย,คำอธิบาย,ระดับความยาก,เหตุผล ข
๑,ข้อใดเป็นโลหะ,ทองแดง,ยาง,ไม้,แก้ว,ก.,นำไฟฟ้า,ง่าย,ไม่ใช่
๒,น้ำเดือดกี่องศา,50,80,100,120,100,,กลาง,
๓,ไม่มีเฉลย,ก1,ก2,ก3,ก4,,,ยาก,
๔,สองเฉลย,ข1,ข2,ข3,ข4,"ก, ค",,ยาก,
๕,ตอบผิด,ข1,ข2,ข3,ข4,จ,,ยาก,
"""


def test_the_template_of_kahoot(read: Read) -> None:
    taken = read(KAHOOT)
    assert _told(taken) == [
        ("Capital?", ["Bandung", "Jakarta", "Medan", "Solo"], (1,)),
        ("Even?", ["2", "4", "5", "7"], (0, 1)),
    ]
    [left] = taken.aside  # the second option is 3, the option that says 2 is the third
    assert "key_is" in left.reason
    assert any("Time limit" in one for one in taken.notes)
    assert _told(read(KAHOOT, columns="key_is: number"))[2][2] == (1,)
    assert _told(read(KAHOOT, columns="key_is: text"))[-1][2] == (2,)


def test_the_template_of_quizizz(read: Read) -> None:
    taken = read(QUIZIZZ)
    assert [(one[0], one[2]) for one in _told(taken)] == [
        ("What is 2+3?", (1,)),
        ("Pick even", (0, 1)),
        ("Look", (0,)),
    ]
    assert taken.reading.questions[0].feedback is not None
    assert [one.kind for one in taken.aside] == ["Fill-in-the-Blank"]
    assert [one.name for one in taken.reading.questions[2].pictures] == ["http://x/y.png"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874", "utf-16"])
def test_thai_headings_in_every_encoding(read: Read, encoding: str) -> None:
    taken = read(THAI, encoding=encoding)
    assert [(one[0], one[2]) for one in _told(taken)] == [
        ("ข้อใดเป็นโลหะ", (0,)),
        ("น้ำเดือดกี่องศา", (2,)),
        ("สองเฉลย", (0, 2)),
    ]
    first = taken.reading.questions[0]
    assert (first.id, first.tags) == ("๑", ("ง่าย",))
    assert [one.feedback and one.feedback.plain for one in first.choices] == [None, "ไม่ใช่", None, None]
    assert [one.name for one in taken.aside] == ["๓", "๕"]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2\nC?,Bangkok,Paris,Rome\n", [(0,)]),
        ('question,options,answer\nC?,"Bangkok\nParis",Paris\nD?,x|y|z,c\n', [(1,), (2,)]),
        ("No.;Question;A;B;C;D;Key\n1;Q?;A. one;B. two;C. three;D. four;b\n", [(1,)]),
        ("Question\tOption A\tOption B\tAnswer\nQ?\tone\ttwo\tB. two\n", [(1,)]),
        ("คำถาม,ตัวเลือก 1,ตัวเลือก 2,ตัวเลือก 3,คำตอบที่ถูกต้อง\nใด?,x,y,z,ข้อ ค\n", [(2,)]),
        ("โจทย์,เฉลย\nโลกกลม,ถูก\nโลกแบน,ผิด\n", [(0,), (1,)]),
        ("Question,A,B,C,Answer\nGap?,x,,z,C\n", [(1,)]),
    ],
)
def test_other_ways_to_write_a_table(read: Read, text: str, right: list[tuple[int, ...]]) -> None:
    taken = read(text)
    assert [one[2] for one in _told(taken)] == right
    assert not taken.aside


@pytest.mark.parametrize(
    "row",
    [
        "Q?,x,x,y,x", "Q?,x,y,z,w", "Q?,b,a,c,A", "Q?,x,,z,B", "Q?,x,y,z,A. y", "Q?,,,z,C", ",x,y,z,A",
        "Q?,x,y,z,4",
    ],
)  # fmt: skip
def test_a_doubtful_key_is_set_aside(read: Read, row: str) -> None:
    taken = read(f"Question,A,B,C,Answer\nSure?,one,two,three,two\n{row}\n")
    assert [one[2] for one in _told(taken)] == [(1,)]
    assert [one.source for one in taken.aside] == ["quiz.csv:3"]


def test_columns_of_keys_that_differ_are_asked_for(read: Read) -> None:
    taken = read("Question,A,B,C,เฉลย,Answer\nP?,x,y,z,ก,B\nQ?,x,y,z,ค,C\nR?,x,y,z,,A\n")
    assert [(one[0], one[2]) for one in _told(taken)] == [("Q?", (2,)), ("R?", (0,))]
    assert ["differ" in str(one.reason) for one in taken.aside] == [True]
    taken = read("Question,A,B,C,k1,k2\nP?,x,y,z,A,B\n", columns="key: [k1, k2]")
    assert _told(taken)[0][2] == (0, 1)


def test_a_number_that_lost_its_digits_is_set_aside(read: Read) -> None:
    taken = read("Question,A,B,Answer\nP?,8.123457E+15,1,A\nQ?,x,y,A\n")
    assert [one[0] for one in _told(taken)] == ["Q?"]
    assert "8.123457E+15" in taken.aside[0].reason


def test_a_row_of_single_letters_is_not_taken_for_headings(read: Read) -> None:
    with pytest.raises(Refused) as refused:
        read("question,opt0,opt1,opt2,opt3,correct_index\nq1,a,b,c,d,0\nq2,e,f,g,h,3\n")
    assert {one.source for one in refused.value.problems} == {"quiz.csv:1"}
    assert "`opt0`" in refused.value.problems[0].message


def test_keys_that_may_count_from_nought_are_asked_for(read: Read) -> None:
    text = "Question,A,B,C,Answer\nP?,x,y,z,0\nQ?,x,y,z,1\n"
    assert not _told(read(text))
    assert [one[2] for one in _told(read(text, columns="key_is: from 0"))] == [(0,), (1,)]


def test_what_headings_do_not_tell_is_asked_for_at_once(read: Read) -> None:
    text = "Frage,A,B,C,Lösung,Bemerkung,leer\nWas?,x,y,z,B,hm,\n"
    with pytest.raises(Refused) as refused:
        read(text)
    assert [one.code for one in refused.value.problems] == ["columns-unknown", "columns-lacking"]
    assert "`Bemerkung`" in refused.value.problems[0].message
    assert "leer" not in refused.value.problems[0].message.partition(". ")[0]
    lines = refused.value.advice[0].partition(":\n")[2]
    assert lines == "stem: ?\noptions: [A, B, C]\nkey: ?\nleave: [Frage, Lösung, Bemerkung]"
    packed = read(
        "Q,Answers,Correct\nP?,x|y,x\nR?,Nylon|nylon,nylon\n",
        columns="stem: Q\noptions: [Answers]\nkey: Correct\n",
    )
    assert _told(packed) == [("P?", ["x", "y"], (0,))]
    assert "may be several of its options" in packed.aside[0].reason
    taken = read(text, columns="stem: Frage\nkey: 5\nleave: [Bemerkung]\n")
    assert _told(taken) == [("Was?", ["x", "y", "z"], (1,))]
    assert any("Bemerkung" in one for one in taken.notes)
    for wrong in ("stem: Fragen", "stem: ?\nkey: 5", "colour: red", "- a", "key_is: guess", "heading: no"):
        with pytest.raises(Refused):
            read(text, columns=wrong)


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "quiz.xlsx")
    with pytest.raises(Refused, match="no rows"):
        read_questions(tmp_path / "quiz.xlsx", "table")


def test_a_workbook_of_several_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("หนึ่ง", "สอง"):
        sheet = book.create_sheet(name)
        sheet.append(["ชุดข้อสอบ"])
        sheet.append(["Question", "A", "B", "Answer"])
        sheet.append([f"{name}?", 1, datetime.date(2025, 3, 4), "a"])
    assert book.active is not None
    book.active.append(["read me"])
    book.save(tmp_path / "quiz.xlsx")
    taken = read_questions(tmp_path / "quiz.xlsx", "table")
    assert [one[0] for one in _told(taken)] == ["หนึ่ง?", "สอง?"]
    assert all(any("a date " in note for note in one.warnings) for one in taken.reading.questions)
    assert any("'Sheet'" in one for one in taken.notes)


def test_a_table_becomes_drafts_of_the_criteria_that_it_names(tmp_path: Path) -> None:
    code = write_unit(tmp_path / "item_bank").name
    path = tmp_path / "quiz.csv"
    path.write_text("PC,Question,A,B,Answer\nE1.02,ใด?,ก่อน,หลัง,B\n", "utf-8")
    taken = import_questions(tmp_path / "item_bank", path, code, ImportOptions(), "table")
    [(_, item)] = taken.items
    assert (item.pc, item.key, item.options["b"]) == ("E1.02", ("b",), "หลัง")
    with pytest.raises(WrongUsage):
        read_questions(path, "gift", tmp_path / "columns.yaml")


CELLS = st.sampled_from(
    ["a", "B", "ก", "1", "2", "3", "0", "yes", "two words", "A, B", "ข.", "", "1;2", "b a"]
)


@settings(max_examples=examples(200))
@given(st.lists(CELLS, min_size=4, max_size=4), CELLS)
def test_a_key_is_never_one_that_may_mean_another_option(options: list[str], key: str) -> None:
    """Held against all that the key may mean, told without the reader: letters, numbers, texts."""
    reading = QuestionFile("table")
    header = ["Question", "A", "B", "C", "D", "Answer"]
    read_rows([QuestionRow(2, ["Q?", *options, key])], columns_of(header), NO_OPTIONS, "x", reading)
    if not reading.questions:
        return
    [question] = reading.questions
    filled = [n for n, text in enumerate(options) if text]
    said = {filled[place] for place in question.right}
    meanings: list[set[Any]] = []
    parts = [part.strip(" .") for part in key.replace(";", ",").split(",")]
    for signs in ("abcd", "กขคง", "1234"):
        if all(part.casefold() in signs and part for part in parts):
            meanings.append({signs.index(part.casefold()) for part in parts})
    if options.count(key):
        meanings.append({options.index(key)})
        assert [one.casefold() for one in options].count(key.casefold()) == 1
    real = [one for one in meanings if one <= set(filled)]
    assert isinstance(question, Question)
    assert said in real
    assert all(one == said for one in real)


WRONG = "question,correct answer,wrong answer 1,wrong answer 2,wrong answer 3\n"


def test_columns_of_right_and_wrong_answers_do_not_put_every_key_at_one_letter(read: Read) -> None:
    """Else a paper that keeps the order of the bank has the right answer first in every question."""
    rows = [f"Which is {n}?,{n},{n + 1},{n + 2},{n + 3}\n" for n in range(40)]
    told = _told(read(WRONG + "".join(rows)))
    assert [options[right[0]] for _, options, right in told] == [str(n) for n in range(40)]
    assert {right[0] for _, _, right in told} == {0, 1, 2, 3}
    assert _told(read(WRONG + "".join(reversed(rows)))) == told[::-1]

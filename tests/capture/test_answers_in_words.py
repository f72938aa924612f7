"""Answers and headings as people and web forms write them: read where they agree with what the form printed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import NamedTuple

import openpyxl
import pytest

from examgen.capture.answer_layout import AnswerLayout
from examgen.core.problems import Refused
from examgen.core.responses.rows import INVALID
from tests.settled import Responses, read_answers


class Question(NamedTuple):
    stem: str
    options: tuple[str, ...]


A = (
    Question("ข้อใดคือหน้าที่ของหัวหน้างาน", ("วางแผนการผลิต", "ซ่อม เครื่องจักร, สายพาน", "**ขาย** สินค้า", "10 kΩ")),
    Question("ค่าใดมากที่สุด", ("2", "4", "6", "8")),
    Question("ควรทำสิ่งใดก่อน", ("แจ้ง หัวหน้า", "หยุดเครื่อง", "น้ำมันรั่ว", "หยุดเครื่อง")),
)
B = (A[2], Question("ข้อใดผิด", ("mW", "MW", "kW", "W")), A[0])


@dataclass(frozen=True)
class Printed:
    """What two forms print."""

    def questions(self, form: str) -> tuple[Question, ...]:
        return {"A": A, "B": B}[form]

    def forms(self) -> tuple[str, ...]:
        return ("A", "B")


LAYOUT = AnswerLayout({"A": (4, 4, 4), "B": (4, 4, 4)}, texts=Printed())


def workbook(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def read(*rows: list[str], layout: AnswerLayout = LAYOUT) -> Responses:
    return read_answers([("a.xlsx", workbook(list(rows)))], layout)


HEAD = ["candidate_id", "form", "Q1", "Q2", "Q3"]
X = INVALID
MARKS = [
    # letters, as people write them
    *(
        ("A", cell, 1, 1)
        for cell in ("A", "a", "ก", "1", "๑", "A.", "ก.", "ก)", "(ก)", "( ก )", "A)", "(a)", "1)", "(๑)")
    ),
    *(
        ("A", cell, 1, 4)
        for cell in (
            "ข้อ ค", "ข้อค", "ข้อ ค.", "ตัวเลือก ค", "ตัวเลือกที่ ๓", "คำตอบ: ค", "Option C", "choice c", "Ｃ",
        )
    ),
    # an option's text, spaces and emphasis aside
    ("A", "วางแผนการผลิต", 1, 1),
    ("A", " วางแผน การผลิต ", 1, 1),
    ("A", "วางแผนการผลิต.", 1, 1),
    ("A", "ขาย สินค้า", 1, 4),
    ("A", "**ขาย** สินค้า", 1, 4),
    ("A", "10 KΩ", 1, 8),
    ("A", "10\u00a0kΩ", 1, 8),
    ("A", "น้ํามันรั่ว", 3, 4),
    ("B", "mW", 2, 1),
    ("B", "MW", 2, 2),
    ("B", "Mw", 2, X),
    ("B", "วางแผนการผลิต", 3, 1),
    # a letter and a text: only where they agree
    ("A", "ก. วางแผนการผลิต", 1, 1),
    ("A", "ก) วางแผนการผลิต", 1, 1),
    ("A", "(ก) วางแผนการผลิต", 1, 1),
    ("A", "A: วางแผนการผลิต", 1, 1),
    ("A", "1. วางแผนการผลิต", 1, 1),
    ("A", "ก - วางแผนการผลิต", 1, 1),
    ("A", "ก.วางแผนการผลิต", 1, 1),
    ("A", "ข. วางแผนการผลิต", 1, X),
    ("A", "ก. แจ้ง หัวหน้า", 1, X),
    ("A", "ก. อะไรก็ได้", 1, X),
    # several: as check boxes export them
    ("A", "วางแผนการผลิต, **ขาย** สินค้า", 1, 5),
    ("A", "วางแผนการผลิต;10 kΩ;", 1, 9),
    ("A", "วางแผนการผลิต;10 kΩ", 1, 9),
    ("A", "ซ่อม เครื่องจักร, สายพาน", 1, 2),
    ("A", "ซ่อม เครื่องจักร, สายพาน, 10 kΩ", 1, 10),
    ("A", "ก. วางแผนการผลิต, ง. 10 kΩ", 1, 9),
    ("A", "ก) ข)", 1, 3),
    # what proves nothing
    ("A", "หยุดเครื่อง", 3, X),
    ("A", "ไม่ทราบ", 1, X),
    ("A", "", 1, 0),
    # figures are letters by their number where the heading numbers the questions, unless no letter has it
    ("A", "2", 2, 2),
    ("A", "8", 2, 8),
]  # fmt: skip


@pytest.mark.parametrize(("form", "cell", "question", "mark"), MARKS)
def test_a_cell_is_the_option_that_it_names(form: str, cell: str, question: int, mark: int) -> None:
    cells = ["A", "A", "A"]
    cells[question - 1] = cell
    found = read(HEAD, ["1", form, *cells])
    assert found.marks.tolist()[0][question - 1] == mark


STEMS = [question.stem for question in A]
HEADS = [
    [f"{n}. {stem}" for n, stem in enumerate(STEMS, 1)],
    [f"ข้อ {n} {stem}" for n, stem in enumerate(STEMS, 1)],
    [f"ข้อที่ ๙. {stem}" for stem in STEMS],  # the form counts other fields too: the stem decides
    [f"Q{n}: {stem}" for n, stem in enumerate(STEMS, 1)],
    STEMS,
]


@pytest.mark.parametrize("head", HEADS)
def test_questions_are_found_by_their_stems(head: list[str]) -> None:
    rows = [
        ["ประทับเวลา", "เลขบัตรประชาชน (13 หลัก) *", *head],
        ["t", "007", "ก. วางแผนการผลิต", "2", "แจ้ง หัวหน้า"],
    ]
    found = read(*rows)
    assert found.rows["form"].to_list() == ["A"]  # no other form asks these
    assert found.marks.tolist() == [[1, 1, 1]]  # the text `2` comes before the second letter here
    assert "questions by their stems" in found.files[0].structure
    assert found.rows["ประทับเวลา"].to_list() == ["t"]


def test_columns_of_a_quiz_beside_the_answers_are_passed_through() -> None:
    head = [name for stem in STEMS for name in (stem, f"{stem} [Score]", f"Points - {stem}")]
    row = [cell for text in ("วางแผนการผลิต", "4", "น้ำมันรั่ว") for cell in (text, "1 / 1", "1")]
    found = read(["เลขประจำตัวสอบ", *head], ["1", *row])
    assert found.marks.tolist() == [[1, 2, 4]]
    assert len(found.extra_columns) == 6


def test_a_row_of_another_form_than_the_heading_asks_is_set_aside() -> None:
    found = read(["id", "ชุดข้อสอบ", *STEMS], ["1", "ชุด A", "A", "B", "C"], ["2", "Form B", "A", "B", "C"])
    assert found.rows["candidate_id"].to_list() == ["1"]
    assert found.quarantine["reason"].to_list() == ["other_form"]


def test_questions_of_several_forms_side_by_side_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        read(["id", "form", *STEMS, B[1].stem], ["1", "A", "A", "A", "A", ""])
    assert caught.value.problems[0].code == "ambiguous-columns"


@pytest.mark.parametrize("said", ["ชุด A", "ชุดข้อสอบ A", "Form A", "แบบ a", "ชุดที่ A", "ฉบับ A", "form: A"])
def test_a_form_is_named_as_the_booklet_names_it(said: str) -> None:
    assert read(HEAD, ["1", said, "A", "B", "C"]).rows["form"].to_list() == ["A"]


TITLES = [["ผลการสอบ"], [], ["สนามสอบ", "กรุงเทพ"]]


@pytest.mark.parametrize("kind", ["workbook", "text"])
def test_titles_may_stand_above_the_heading(kind: str) -> None:
    rows = [*TITLES, HEAD, ["1", "A", "A", "B", "C"]]
    data = workbook(rows) if kind == "workbook" else "\n".join(map(",".join, rows)).encode()
    found = read_answers([("a", data)], LAYOUT)
    assert found.rows.select("line", "candidate_id").rows() == [(5, "1")]
    assert found.files[0].structure.endswith("header on line 4")


def test_rows_above_a_heading_are_not_titles() -> None:
    """Nobody is lost because a heading is damaged and comes again further down."""
    with pytest.raises(Refused):
        read(
            ["candidat", "form", "Q1", "Q2", "Q3"], ["1", "A", "A", "B", "C"], HEAD, ["2", "A", "A", "B", "C"]
        )


def test_rows_mostly_not_understood_are_set_aside_not_wrong() -> None:
    found = read(
        HEAD,
        ["1", "A", "*", "*", "A"],
        ["2", "A", "*", "A", "-"],
        ["3", "A", "*", "", ""],
        ["4", "A", "", "", ""],
    )
    assert found.rows["candidate_id"].to_list() == ["2", "4"]
    assert found.quarantine.select("candidate_id", "reason").rows() == [
        ("1", "unreadable_marks"),
        ("3", "unreadable_marks"),
    ]


BROKEN = [
    ('"1\n2",A,A,B,C,x\n3,A,A,B,C,y\n', ["3"], ["broken_quote"]),
    ('"\n2",A,A,B,C,x\n3,A,A,B,C,y\n', ["3"], ["broken_quote"]),
    ('1,A,A,B,C,"see\n2,A,A,B,C,x"\n3,A,A,B,C,y\n', ["1", "3"], []),
    ('1"2,A,A,B,C,x\n3,A,A,B,C,y\n', ["3"], ["broken_quote"]),
    ('1,A,A,B,C,screen of 12" or more\n3,A,A,B,C,y\n', ["1", "3"], []),
]


@pytest.mark.parametrize(("body", "scored", "reasons"), BROKEN)
def test_what_stands_behind_an_open_quote_is_no_row(body: str, scored: list[str], reasons: list[str]) -> None:
    found = read_answers([("a.csv", f"{','.join(HEAD)},note\n{body}".encode())], LAYOUT)
    assert found.rows["candidate_id"].to_list() == scored
    assert found.quarantine["reason"].to_list() == reasons


def test_no_column_of_an_answer_file_has_the_name_of_a_result() -> None:
    found = read([*HEAD, "rank", "second_look", "scaled"], ["1", "A", "A", "B", "C", "1", "yes", "999"])
    assert found.extra_columns == ("rank (as given)", "second_look (as given)", "scaled (as given)")


class Unread:
    """What is printed, of an exam where nobody may ask."""

    def questions(self, form: str) -> tuple[Question, ...]:
        raise AssertionError

    def forms(self) -> tuple[str, ...]:
        raise AssertionError


@pytest.mark.parametrize("delimiter", ",;\t|")
def test_what_is_printed_is_not_read_for_headings_that_are_names(delimiter: str) -> None:
    data = b"candidate_id,form,Q1,Q2,Q3\n1,A,A,B,C\n".replace(b",", delimiter.encode())
    layout = AnswerLayout({"A": (4, 4, 4), "B": (4, 4, 4)}, texts=Unread())
    assert read_answers([("a.csv", data)], layout).marks.tolist() == [[1, 2, 4]]


@dataclass(frozen=True)
class WithTable(Printed):
    """The same, with a table in the first stem of A."""

    def questions(self, form: str) -> tuple[Question, ...]:
        return (A[0]._replace(stem=TABLE), *A[1:]) if form == "A" else B


TABLE = "ห้องใดควรแยก\n\n| ห้อง | คืน |\n|---|---:|\n| 1501 | - |\n| 1503 | 5 |\n\nเพราะเหตุใด"


@pytest.mark.parametrize(
    "shown",
    [
        TABLE,
        TABLE.replace("\n", " "),
        "ห้องใดควรแยก\nห้อง\tคืน\n1501\t-\n1503\t5\nเพราะเหตุใด",
        "7. ห้องใดควรแยก เพราะเหตุใด",  # the table is a picture beside it
    ],
)
def test_a_stem_with_a_table_is_found_as_a_web_form_shows_it(shown: str) -> None:
    layout = AnswerLayout({"A": (4, 4, 4), "B": (4, 4, 4)}, texts=WithTable())
    found = read(["id", shown, *STEMS[1:]], ["1", "วางแผนการผลิต", "4", "น้ำมันรั่ว"], layout=layout)
    assert found.marks.tolist() == [[1, 2, 4]]
    assert found.rows["form"].to_list() == ["A"]

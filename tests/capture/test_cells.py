"""What a single cell means, in every way that people and spreadsheets write it."""

from __future__ import annotations

import pytest

from examgen.capture.cells import UNDECIDED, fold, is_damaged, question_number, read_id, read_mark
from examgen.core.responses.rows import BLANK, INVALID

A, B, C, D, E = 1, 2, 4, 8, 16


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        ("A¦a¦ a ¦Ａ¦ａ¦ก¦1¦๑¦１¦A.¦ก.¦a. ¦1.0¦1.¦๑.๐¦\u200bA¦\u00a0A\u3000¦=\"A\"", A),
        ("B¦ข¦2¦๒¦2.0", B),
        ("C¦ค¦3¦๓¦ค.", C),
        ("D¦ง¦4¦๔¦4.0¦4.00¦d", D),
        ("E¦จ¦5¦๕¦e¦ｅ", E),
        ("¦  ¦-¦ - ¦.¦–¦—¦\u00a0¦\u3000¦\t¦=\"\"", BLANK),
        ("AC¦ac¦A|C¦ก | ค¦CA¦A,C¦A, C¦A C¦A;C¦A/C¦กค¦ก ค¦1,3¦13¦ก.,ค.¦1.0,3.0¦Aค¦A  C", A | C),
        ("ABCDE¦กขคงจ¦12345¦A B C D E", 31),
        ("X¦F¦ฉ¦0¦6¦9¦AA¦กA¦A1¦AX¦A,¦,A|A¦A|¦|¦1.5¦1.2¦4.01¦10¦-1¦*¦N/A¦ถูก¦TRUE¦A-C¦A.C¦²¦①¦--¦A\nC¦ข. 4¦B) 3¦(ก) 2¦D.4", INVALID),
        ("?¦ ? ¦？¦=\"?\"", UNDECIDED),
    ],
)  # fmt: skip
def test_marks(cells: str, mark: int) -> None:
    for cell in cells.split("¦"):
        assert read_mark(cell) == mark, cell


def test_a_long_cell_of_spaces_is_read_at_once() -> None:
    assert read_mark("A" + " " * 1_000_000 + "X") == INVALID


@pytest.mark.parametrize(
    "text", ["007", "1100700123456", "ก-12/๓", "a b", "A.1", "0x1E5", "5E12", "O'Neil", "'007"]
)
def test_ids_survive(text: str) -> None:
    assert read_id(f" {text}\u200b ") == text
    assert not is_damaged(text)


def test_excel_text_formula_is_unwrapped() -> None:
    assert read_id('="007"') == "007"


@pytest.mark.parametrize(
    "text",
    ["1.10E+12", "1,10E+12", "1E+13", "1.1e12", "1.234568E+15", "2026-01-02 00:00:00", "#N/A", "#REF!"],
)
def test_ids_rounded_by_a_spreadsheet_are_seen(text: str) -> None:
    assert is_damaged(text)


@pytest.mark.parametrize(
    "name", ["Q7", "q 7", "7", "ข้อ 7", "ข้อ ๗", "ข้อที่ 7", "Q07", "Ｑ７", "7.0", " Q_7 ", "Question 7", "ข้อ 7."]
)
def test_question_names(name: str) -> None:
    assert question_number(name) == 7


@pytest.mark.parametrize("name", ["Q", "ข้อ", "Q7a", "7.5", "seat 7", "note7", "-7", "Q-7", ""])
def test_names_that_are_no_question(name: str) -> None:
    assert question_number(name) is None


def test_names_are_compared_without_case_space_or_decomposition() -> None:
    assert fold(" Candidate ID ") == fold("candidate_id")
    assert fold("คําตอบ") == fold("คำตอบ")

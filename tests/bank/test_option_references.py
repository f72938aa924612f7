"""Options, stems and rationales that refer to options by letter, number, place, or as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from examgen.bank.rules.applying import read_settings
from examgen.bank.rules.option_references import refers_to_options
from tests.bank.labelled import judge, unit_draft_of

REFERRING = (
    "ทั้ง ก และ ข",
    "A and C only",
    "ก กับ ข",
    "ถูกทั้งข้อ 1 และข้อ 2",
    "เหมือนข้อ ก แต่เพิ่มค่าปรับ",
    "ทั้งสามข้อ",
    "1 และ 3",
    "ข้อ ก และ ค ถูก",
    "ก และ ข ถูกต้อง",
    "เฉพาะ ก และ ค",
    "ถูกทั้งสองข้อ",
    "ข้อแรกและข้อสุดท้าย",
    "สองข้อแรก",
    "ไม่มีข้อใดถูก",
    "ถูกทุกข้อ",
    "ผิดทุกข้อ",
    "ข้อ ก. ข. และ ค.",
    "ก, ข และ ค",
    "ตัวเลือกที่ 1 และ 2",
    "คำตอบข้อแรก",
    "ทุกข้อที่กล่าวมา",
    "ที่กล่าวมาทั้งหมด",
    "ทั้งหมดข้างต้น",
    "ทั้งหมดที่กล่าวมา",
    "ไม่ใช่ทั้ง ก และ ข",
    "ข้อ ข หรือ ค แล้วแต่กรณี",
    "ยกเว้นข้อ ก",
    "ตัวเลือกข้างต้นถูกทุกตัวเลือก",
    "ทั้งสองอย่าง",
    "ทำข้อ ก ก่อน แล้วทำข้อ ข",
    "ถูกมากกว่าหนึ่งข้อ",
    "ข้ออื่นผิดทั้งหมด",
    "ข้อ (ก) และ (ข)",
    "ก+ข",
    "ก & ค",
    "ก และ ข แต่ไม่ใช่ ค",
    "ทั้งข้อ ๑ และ ๒",
    "ข้อที่ 1 กับข้อที่ 3",
    "เช่นเดียวกับข้อ ข",
    "คำตอบ ก ข ค ถูก",
    "A and B",
    "Both A and B",
    "Neither A nor B",
    "A, B and C",
    "A or B",
    "(a) and (c)",
    "a and b",
    "Both of the above",
    "All of the above",
    "None of these",
    "None of the above",
    "Both",
    "Neither",
    "All of them",
    "All are correct",
    "More than one of the above",
    "Options A and B",
    "Option A, plus a receipt",
    "Same as A but with a fine",
    "As in (b), with a signature",
    "The first two options",
    "The first and third options",
    "All the above",
    "any of the above",
    "the previous answer",
    "All answers are correct",
    "Two of the above",
    "The options above",
    "Answers 1 and 2",
    "Choice 3",
    "A & C",
    "A/B",
    "A + C",
    "Either A or C",
    "Only A and D",
    "I and III",
    "1 and 3",
    "B and D are correct",
    "All except C",
    "Not A",
    "all of the preceding",
    "None of the other options",
    "Everything listed above",
    "No answer is correct",
    "Any of these",
    "A then B",
    "Both answers are correct",
    "All options",
    "both choices",
    "ทั้ง A และ B",
    "ข้อ A และ B",
    "ข้อ 1 และ 2 ถูกต้อง",
    "ถูกเฉพาะข้อ ก",
    "(All of these)",
    "[all of the above]",
    "all-of-the-above",
    "Allof the above",
    "None of teh above",
    "All the abvoe",
    "AOTA",
    "There is no correct answer",
    "No correct answer given",
    "All but the last one",
    "the above two",
    "first and third",
    "the 1st and 3rd",
    "#1 and #3",
    "No. 1 and no. 3",
    "the former and the latter",
    "All three",
    "Choices one and two",
    "Top two answers",
    "the other options",
    "only the first",
    "none apply",
    "Not listed here",
    "B or D, whichever is closer",
    "ถูก ทุก ข้อ",
    "ถูกทุกๆ ข้อ",
    "ถุกทุกข้อ",
    "ถูกหมด",
    "ผิดหมด",
    "ถูกทั้งคู่",
    "ถูกทั้งสอง",
    "ไม่มีข้อถูก",
    "ไม่มีข้อที่ถูก",
    "ไม่มีคำตอบที่ถูกต้อง",
    "ไม่มีตัวเลือกใดเหมาะสม",
    "ไม่มีในตัวเลือก",
    "ข้อบนถูก",
    "ข้างต้นทั้งหมด",
    "ทั้งคู่ข้างบน",
    "เหมือนข้างบน",
    "ตรงข้ามกับ ข",
    "ตัวเลือกทั้งหมด",
    "สองตัวเลือกบน",
    "ถูกเฉพาะสองอันแรก",
    "ถูกเพียงข้อเดียว",
    "ข้อที่หนึ่งและสาม",
    "ข้อ กและคเท่านั้น",
    "ทำได้ทุกข้อ",
    "ทุกอย่างที่กล่าวมา",
    "ใช้ได้ทุกวิธีที่ยกมา",
)

COMPLETE = (
    "วิตามิน ก และ ข",
    "ใช้สายไฟ A",
    "แจ้งหัวหน้า",
    "ตามข้อ 5 ของระเบียบ",
    "A large bolt",
    "Vitamin A and vitamin C",
    "Vitamins A and D",
    "Type B fire extinguisher",
    "ทั้งหมด 3 ชิ้น",
    "Plan B",
    "Consider other options with the customer",
    "Carry the load above the shoulders",
    "Answer a call from the customer",
    "first aid",
    "The last page of the contract",
    "ปฏิบัติตามข้อ 3 ของคู่มือ",
    "ส่งคืนทั้งหมดให้ลูกค้า",
    "Both parties sign the contract",
    "All parties must agree",
    "Neither party may cancel",
    "ทั้งสองฝ่ายลงนาม",
    "ทุกคนในทีม",
    "ข้อมูลของลูกค้า",
    "ข้อกำหนดของงาน",
    "ข้อ 3 วรรคสอง",
    "None is needed",
    "Any customer",
    "3 ข้อ",
    "1 และ 2 ปี",
    "อ่านข้อกำหนดข้างต้นให้ลูกค้าฟัง",
    "Grade A and grade B",
    "บริษัท ก",
    "ทำทั้งหมดในครั้งเดียว",
    "ตรวจทั้งสองด้าน",
    "ทั้งสองด้าน",
    "The third floor",
    "All of the doors are locked",
    "Two of the bolts are loose",
    "One of the first steps",
    "None of the staff",
    "ตอบคำถามข้อแรกก่อน",
    "Each of these bolts",
    "ให้คำตอบสุดท้ายแก่ลูกค้า",
    "ทุกข้อของสัญญา",
    "ข้อแรกของสัญญา",
    "ทุกข้อต่อของท่อ",
    "ทุกข้อร้องเรียน",
    "ทุกข้อตกลง",
    "ข้อสุดท้ายของนิ้ว",
    "ด้านบนและด้านล่าง",
    "เฉพาะด้านล่าง",
    "ทำทั้งหมด",
    "เพียงสาม",
    "คำตอบเดียว",
    "ถูกปรับทั้งหมด",
    "1/2",
    "5/6",
    "a b c",
    "All of the above-ground tanks",
    "All of the stove",
    "Only one",
    "Above and below",
    "The second floor",
    "Right",
    "Not true",
    "One or two",
)

OTHERS = ("แจ้งหน่วยงานปลายทาง", "บันทึกเหตุในระบบ", "ประสานผู้รับบริการ")


def found(code: str, **case: Any) -> list[str]:
    """The fields of an item in which the rule finds something."""
    case = {
        "id": "X-1",
        "stem": "หน่วยงานพบปัญหา ควรทำสิ่งใด",
        "options": [*OTHERS, "แจ้งหัวหน้า"],
        "key": "d",
    } | case
    settings, _ = read_settings(None)
    return [str(one.field) for one in judge([unit_draft_of([case])], settings, [code]).problems]


@pytest.mark.parametrize("text", REFERRING)
def test_an_option_that_speaks_of_options_is_an_error(text: str) -> None:
    assert refers_to_options(text)
    assert found("all-or-none-of-the-above", options=[*OTHERS, text]) == ["options.d"]


@pytest.mark.parametrize("text", COMPLETE)
def test_an_option_that_is_complete_in_itself_is_none(text: str) -> None:
    assert not refers_to_options(text)


@pytest.mark.parametrize(
    ("stem", "options"),
    [
        ("ก. ตรวจรับ ข. เบิกจ่าย ค. บันทึก ข้อความใดถูกต้อง", ["ก และ ข", "ก และ ค", "ข และ ค", "ก"]),
        ("1) Lock out. 2) Test. 3) Tag. Which are needed?", ["1 and 2", "1 and 3", "2 and 3", "3"]),
        ("บริษัท ก จ้างบริษัท ข ขนของ ผู้ใดรับผิด", ["ก และ ข ร่วมกัน", "ผู้ขับ", "ผู้รับของ", "ประกันภัย"]),
        (
            "Companies B and C bid. Who wins?",
            ["B and C together", "Nobody else", "The owner", "A third firm"],
        ),
        ("Which solve the equation?", ["1 and 3", "2 and 4", "1 and 5", "3 and 6"]),
    ],
)
def test_letters_and_numbers_of_the_stem_are_not_those_of_options(stem: str, options: list[str]) -> None:
    assert found("all-or-none-of-the-above", stem=stem, options=options) == []


@pytest.mark.parametrize(
    "text",
    [
        "ข้อ ก ผิดเพราะยังไม่ได้ตรวจ", "ตัวเลือก ข ช้าเกินไป", "เฉลย ค", "ตอบข้อ ง", "คำตอบที่ถูกต้องคือ ข", "ถูกทุกข้อ",
        "ก ผิด เพราะไม่ครบ", "ตัวเลือกแรกถูกต้อง", "The correct answer is B.", "Option C is too slow.", "B is wrong: it leaks.",
        "ข เป็นคำตอบเพราะฆ่าเชื้อได้", "ต่างจาก ง ที่เสียเร็ว", "คำตอบที่สามปลอดภัยกว่า", "เพราะ ก ผิด ค ถูก", "Because B is right.",
        "See the explanation of D", "Unlike C, this one works", "Correct answer = b", "Answer: 2",
        "(b) is incomplete", "See the previous option.", "Answer: D", "The first option is faster.", "All of the above apply.",
    ],
)  # fmt: skip
def test_a_rationale_that_names_an_option_by_its_letter_is_an_error(text: str) -> None:
    reasons = dict.fromkeys("abcd", "เพราะ") | {"b": text}
    assert found("option-by-letter", rationale=reasons) == ["rationale.b"]
    assert found("option-by-letter", rationale=reasons, anchored=list("abcd")) == []


@pytest.mark.parametrize(
    "text",
    ["ทั้งสามข้อชัดแล้ว", "ข้อ 3 ของระเบียบห้ามไว้", "A leak is dangerous.", "Class B fires need foam.", "ไม่มีข้อใดกำหนดไว้", "The answer to the customer is late."],
)  # fmt: skip
def test_a_rationale_of_plain_words_is_none(text: str) -> None:
    assert found("option-by-letter", rationale=dict.fromkeys("abcd", text)) == []


@pytest.mark.parametrize(
    "stem", ["เหตุใดตัวเลือก ก จึงไม่เหมาะสม", "Why is option B unsafe?", "ตัวเลือกแรกต่างจากข้ออื่นอย่างไร"]
)
def test_a_stem_that_names_an_option_is_an_error(stem: str) -> None:
    assert found("option-by-letter", stem=stem) == ["stem"]


@pytest.mark.parametrize(
    ("stem", "is_found"),
    [
        ("Which of A, B and C is NOT a cleaning agent?", True), ("Is it (a), (b), (c) or (d) that keeps fish cold?", True),
        ("ก ข ค และ ง ข้อใดไม่ใช่สารทำความสะอาด", True), ("A) Soap B) Salt C) Sand. Which of A, B and C is a cleaning agent?", False),
        ("Firms A, B and C bid. Which of A, B and C is cheapest?", False), ("![plan](p.png) Which of A, B and C is a door?", False),
        ("ก. สบู่ ข. เกลือ ค. ทราย ก ข และ ค สิ่งใดเป็นสารทำความสะอาด", False), ("Which of a cook and a waiter is paid?", False),
    ],
)  # fmt: skip
def test_letters_of_a_stem_that_lists_nothing_under_them_are_those_of_options(
    stem: str, is_found: bool
) -> None:
    assert found("option-by-letter", stem=stem) == (["stem"] if is_found else [])


def test_a_stem_may_name_what_it_lists_itself() -> None:
    assert found("option-by-letter", stem="มีทางเลือก ก. ซ่อม ข. เปลี่ยน เหตุใดตัวเลือก ก จึงเหมาะสม") == []

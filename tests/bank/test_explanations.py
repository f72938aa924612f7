"""Options that are marked as right or wrong, and explanations that contradict the key, by their words."""

from __future__ import annotations

import pytest

from examgen.bank.rules.explanations import (
    another_option_called_right,
    marked_options,
    number_called_right,
    verdict,
)
from tests.bank.test_option_references import found

OPTIONS = ["Oxygen", "Neon", "Argon"]
THAI = ["ออกซิเจน", "นีออน", "อาร์กอน"]


@pytest.mark.parametrize(
    ("text", "contradicts"),
    [
        ("Feedback: Argon is correct.", True), ("Rationale: Neon is the answer because it glows.", True),
        ("Because Neon is right.", True), ("คำอธิบาย นีออนเป็นคำตอบที่ถูกต้อง", True), ("เหตุผล อาร์กอนถูกต้องที่สุด", True),
        ("เพราะนีออนถูก", True), ("นีออนหนักที่สุดจึงถูกต้อง", True), ("It burns. The answer is Argon.", True),
        ("Feedback: Oxygen is correct.", False), ("นีออนราคาถูก", False), ("นีออน ราคาถูก", False), ("นีออนถูกใช้ในป้าย", False),
        ("ออกซิเจนถูก เพราะช่วยให้ติดไฟ", False), ("Neon is not the right answer.", False), ("Argon is rarely used.", False),
    ],
)  # fmt: skip
def test_an_explanation_that_calls_another_option_right_contradicts_the_key(
    text: str, contradicts: bool
) -> None:
    options = THAI if any("ก" <= letter <= "๛" for letter in text) else OPTIONS
    assert (another_option_called_right(options, {0}, text) is not None) == contradicts


@pytest.mark.parametrize(
    ("text", "judgement"),
    [
        ("This is correct", True), ("✓", True), ("correct answer", True), ("เป็นคำตอบที่ถูกต้อง", True), ("Exactly right", True),
        ("This is the one", True), ("ใช่แล้ว คำตอบนี้ถูก", True), ("ถูก เพราะร้อนกว่า", True), ("Right answer!", True),
        ("This is not the answer", False), ("ไม่ใช่คำตอบ", False), ("✗", False), ("ผิด เพราะเหล็กเย็นกว่า", False), ("Not this", False),
        ("That is wrong.", False), ("ไม่ถูกต้อง", False), ("Incorrect answer", False),
        ("Correct use needs a permit", None), ("This is cheap", None), ("ถูกกว่า", None), ("ผิดระเบียบของหน่วยงาน", None),
        ("True north is elsewhere", None), ("The answer to the customer is late", None), ("ถูกปรับ เพราะส่งช้า", None),
    ],
)  # fmt: skip
def test_an_explanation_may_begin_by_calling_its_option_right_or_wrong(
    text: str, judgement: bool | None
) -> None:
    assert verdict(text) is judgement


MARKED = (
    "Oxygen (correct)", "*Oxygen", "Oxygen*", "* Oxygen", "Oxygen *", "Oxygen [Correct Answer]", "Oxygen {correct}",
    "Oxygen --> right", "Oxygen – right", "Oxygen - Correct", "Oxygen (1 point)", "Oxygen <correct>", "Oxygen (key)", "✓ Oxygen",
    "Oxygen ✓", "Oxygen √", "(*) Oxygen", "Oxygen [x]", "Oxygen <--", "Oxygen ^", "(correct) Oxygen", "Oxygen (wrong)",
    "ออกซิเจน (ถูก)", "ออกซิเจน(ข้อถูก)", "ออกซิเจน (คำตอบ)", "ออกซิเจน = ถูก", "ออกซิเจน (เฉลย)", "*ออกซิเจน", "ออกซิเจน (ถูกต้อง)",
)  # fmt: skip
PLAIN = (
    "*.txt", "C:\\new\\*", "**Oxygen**", "*Oxygen*", "`*args`", "int*4", "2*", "Fluorine (F)", "Turn right", "(2) apples",
    "Oxygen (gas)", "Enter the key", "x = 5", "f(x)", "a[x]", "auto-correct", "Correct the form", "The correct answer book", "ราคาถูก",
    "√2", "ถูกปรับ", "แจ้งผู้ทำผิด", "Oxygen – the right gas", "1 point", "–", "A -> B",
)  # fmt: skip


@pytest.mark.parametrize("text", MARKED)
@pytest.mark.parametrize("place", [0, 2])
def test_a_mark_of_right_or_wrong_is_found_whichever_option_has_it(text: str, place: int) -> None:
    options = ["Neon", "Argon", "Xenon"]
    options[place] = text
    assert [*marked_options(options)] == [place]


@pytest.mark.parametrize("text", PLAIN)
def test_what_an_option_says_is_no_mark(text: str) -> None:
    assert marked_options([text, "Neon", "Argon"]) == {}


@pytest.mark.parametrize(
    ("options", "n"),
    [
        (["Oxygen (T)", "Neon (F)", "Argon (F)"], 3), (["Oxygen (T)", "Neon", "Fluorine (F)"], 0),
        (["Enter (key)", "Shift (key)"], 0), (["Turn – left", "Turn – right"], 0), (["(ถูก)", "(แพง)"], 0),
        (["A try (5 points)", "A goal (3 points)"], 0), (["Oxygen (1 point)", "Neon (0 points)"], 2),
        (["1 – ถูก 2 – ผิด", "1 – ผิด 2 – ถูก"], 0),
    ],
)  # fmt: skip
def test_what_all_options_have_is_judged_by_all(options: list[str], n: int) -> None:
    assert len(marked_options(options)) == n


def test_the_check_of_the_bank_names_the_field() -> None:
    assert found("key-in-words", options=["a", "b (correct)", "c", "d"], key="a") == ["options.b"]
    assert found("key-in-words", options=[r"\*Oxygen", r"C:\new\*", r"\*.exe", "*d*"], key="a") == [
        "options.a"
    ]
    reasons = {"a": "เพราะ", "b": "เพราะ", "c": "เป็นคำตอบที่ถูกต้อง", "d": "ครบถ้วน"}
    assert found("key-in-words", rationale=reasons) == ["rationale.c"]
    assert found("key-in-words", rationale={"d": "ผิด"}, stem="ข้อใด**ไม่**ควรทำ") == []


METALS = ("Mercury", "Iron", "Gold", "Lead")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Answer is option 2", 1), ("The correct answer is option 2.", 1), ("Key: 2", 1), ("Ans: 3", 2),
        ("Option 2 is correct because it melts.", 1), ("The second option is correct.", 1), ("ตอบข้อ ๒", 1),
        ("ข้อ 2 ถูก", 1), ("เฉลย: ๒", 1), ("คำตอบคือข้อสอง", 1), ("ตัวเลือกที่สองถูกต้อง", 1),
        ("Answer: 2 metres", None), ("ตอบ 2 ข้อ", None), ("This is the correct one.", None),
        ("The answer is 2.5", None), ("ข้อ 2 กำหนดให้สวมหมวก", None), ("The answer is 9.", None),
    ],
)  # fmt: skip
def test_an_option_is_called_right_by_its_number(text: str, place: int | None) -> None:
    assert number_called_right(METALS, text) == place
    assert number_called_right(["2", "3", "4"], "Answer: 2") is None, "the number is what an option says"


@pytest.mark.parametrize("text", ["Ans: Iron", "Only Iron is correct", "So the answer must be Iron"])
def test_a_wrong_option_is_called_right_by_its_words(text: str) -> None:
    assert another_option_called_right(METALS, {0}, text)
    assert another_option_called_right(METALS, {1}, text) is None
    assert another_option_called_right(METALS, {0}, "Iron is correct only above 1538 degrees.") is None


def test_a_rationale_names_no_option_by_its_number() -> None:
    assert found("option-by-letter", rationale={"c": "ตอบข้อ ๒"}) == ["rationale.c"]

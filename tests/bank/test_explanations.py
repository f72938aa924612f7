"""Options that are marked as right or wrong, and explanations that contradict the key, by their words."""

from __future__ import annotations

import pytest

from examgen.bank.rules.explanations import (
    another_option_called_right,
    in_words,
    marked_options,
    may_name_another_option,
    relation_to_key,
    verdict,
)
from tests.bank.test_option_references import found

OPTIONS = ["Oxygen", "Neon", "Argon"]
METALS = ("Mercury", "Iron", "Gold", "Lead")
THAI = ["ออกซิเจน", "นีออน", "อาร์กอน"]


@pytest.mark.parametrize(
    ("text", "contradicts"),
    [
        ("Feedback: Argon is correct.", True), ("Rationale: Neon is the answer because it glows.", True),
        ("Because Neon is right.", True), ("คำอธิบาย นีออนเป็นคำตอบที่ถูกต้อง", True), ("เหตุผล อาร์กอนถูกต้องที่สุด", True),
        ("เพราะนีออนถูก", True), ("นีออนหนักที่สุดจึงถูกต้อง", True), ("It burns. The answer is Argon.", True), ("Argon must be chosen.", True), ("It has to be Argon.", True), ("Clearly Argon.", True), ("The second one is fast.", False), ("Argon must be cooled.", False),
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
        ("ถูกต้องค่ะ", True), ("ถูกแล้ว", True), ("ถูกต้องแล้วครับ", True), ("เก่งมาก", True), ("Spot on", True), ("You got it", True),
        ("Good job", True), ("ตอบถูกแล้วค่ะ", True), ("เยี่ยมมากครับ", True), ("Nice work!", True), ("You are right.", True), ("That's it!", True),
        ("ยังไม่ถูก", False), ("ยังไม่ถูกนะ", False), ("ไม่ถูกต้องค่ะ", False), ("ลองใหม่", False), ("Try again", False), ("Nope", False),
        ("ผิดครับ", False), ("ยังไม่ใช่นะคะ", False), ("ลองคิดใหม่นะ", False), ("เกือบถูกแล้ว", False), ("Think again.", False), ("Sorry, try again", False),
        ("Not this one", False), ("Your answer is wrong", False),
        ("ถูกแล้วหมดอายุเร็ว", None), ("ใช่ว่าจะปลอดภัย", None), ("ลองใหม่ทุกครั้งที่ปั๊มหยุด", None), ("ยังไม่ถูกตรวจ", None), ("ดีมากกว่าเดิม", None),
        ("Try again after ten minutes", None), ("Good job descriptions list duties.", None), ("Almost all metals rust", None), ("You got it from the store", None),
        ("Correct use needs a permit", None), ("This is cheap", None), ("ถูกกว่า", None), ("ผิดระเบียบของหน่วยงาน", None),
        ("True north is elsewhere", None), ("The answer to the customer is late", None), ("ถูกปรับ เพราะส่งช้า", None),
    ],
)  # fmt: skip
def test_an_explanation_may_begin_by_calling_its_option_right_or_wrong(
    text: str, judgement: bool | None
) -> None:
    assert verdict(text) is judgement


COINS, CANS = ("Which metal is in most coins?", METALS), ("โลหะใดใช้เคลือบกระป๋อง", ("เหล็ก", "ดีบุก", "ทอง"))
HAND = ("Which metal melts in the hand?", ("Zinc", "Gallium", "Tin"))
JOINT, NO_JOINT = (
    ("Which is a wood joint?", ("Dovetail", "Rivet")),
    ("Which is NOT a wood joint?", ("Rivet", "Dovetail")),
)
CABLE = ("Which cable is thickest?", ("6 mm²", "2.5 mm²", "4 mm²"))
POWER, UNIT = (
    (stem, ("วัตต์", "แอมแปร์", "โวลต์")) for stem in ("ข้อใดเป็นหน่วยของกำลังไฟฟ้า", "กำลังไฟฟ้ามีหน่วยเป็นอะไร")
)
LAOS, NILE = (
    ("The capital of Laos is", ("Vientiane", "Pakse")),
    ("The ____ is the longest river.", ("Nile", "Congo")),
)
HARD, HARDEST = ("Which mineral is the hardest?", ("Talc", "Diamond")), ("แร่ใดแข็งที่สุด", ("ทัลก์", "เพชร"))
VITAMIN = ("วิตามินใดละลายในไขมัน", ("วิตามินซี", "วิตามินเอ"))
BLOOD = ("อวัยวะใดกรองเลือด", ("ปอด", "ไต", "ม้าม"))
GAS = ("ธาตุใดเป็นก๊าซที่อุณหภูมิห้อง", ("คลอรีน", "โบรมีน"))
LIQUID = ("ธาตุใดเป็นของเหลวที่อุณหภูมิห้อง", ("โบรมีน", "คลอรีน"))


@pytest.mark.parametrize(
    ("question", "text", "contradicts"),
    [
        (COINS, "Iron, because it resists wear.", True), (COINS, "Iron.", True), (COINS, "Choose iron because it resists wear.", True),
        (COINS, "Iron resists wear.", False), (COINS, "Iron, because it is hard, is often taken for mercury.", False),
        (COINS, "Mercury, because iron rusts.", False), (COINS, "Answer iron is wrong.", False),
        (CANS, "ตอบ ดีบุก เพราะไม่เป็นสนิม", True), (CANS, "ดีบุกเพราะไม่เป็นสนิม", True), (CANS, "คำตอบ ดีบุก ซึ่งแข็งกว่าเหล็ก", True),
        (CANS, "ดีบุกไม่เป็นสนิม จึงใช้เคลือบกระป๋อง", True), (CANS, "ดีบุกใช้เคลือบกระป๋อง", True), (CANS, "ดีบุกไม่เป็นสนิม", False),
        (CANS, "ผู้ที่ตอบ ดีบุก มักลืม", False), (CANS, "ดีบุกใช้เคลือบกระป๋องเฉพาะด้านใน", False), (CANS, "ตอบ เหล็ก เพราะดีบุกแพง", False),
        (HAND, "Gallium melts at 29.8 degrees, so it is the one that melts in the hand.", True), (HAND, "Gallium rarely melts in the hand.", False),
        (JOINT, "The rivet is a wood joint.", True), (JOINT, "The rivet is a metal joint.", False), (JOINT, "A dovetail is a wood joint.", False),
        (NO_JOINT, "A dovetail is not a wood joint.", True), (NO_JOINT, "A dovetail is a wood joint.", False),
        (CABLE, "The 4 mm² cable is the thickest.", True), (CABLE, "The 4 mm² cable is the thickest only in air", False),
        (POWER, "เหตุผล กำลังไฟฟ้ามีหน่วยเป็นแอมแปร์", True), (POWER, "กระแสไฟฟ้ามีหน่วยเป็นแอมแปร์", False), (POWER, "หน่วยของกำลังไฟฟ้าคือโวลต์", True),
        (UNIT, "กำลังไฟฟ้ามีหน่วยเป็นแอมแปร์", True), (UNIT, "กำลังไฟฟ้ามีหน่วยเป็นวัตต์", False),
        (LAOS, "The capital of Laos is Pakse.", True), (LAOS, "The capital of Laos is Vientiane, not Pakse.", False),
        (NILE, "The Congo is the longest river.", True), (NILE, "The Congo is the deepest river.", False),
        (GAS, "เฉลย: โบรมีนเป็นก๊าซที่อุณหภูมิห้อง ส่วนคลอรีนเป็นของเหลว", True), (LIQUID, "เฉลย: คลอรีนเป็นก๊าซที่อุณหภูมิห้อง ส่วนโบรมีนเป็นของเหลว", False),
        (VITAMIN, "วิตามินเอละลายในไขมันและสะสมที่ตับ", True), (VITAMIN, "วิตามินเอสะสมที่ตับ", False), (BLOOD, "ไตกรองเลือดและขับของเสีย", True), (BLOOD, "ไตขับของเสีย", False),
        (HARD, "Diamond is the hardest mineral of all.", True), (HARD, "Diamond is a mineral.", False), (HARDEST, "เพชรเป็นแร่ที่แข็งที่สุด", True),
        (COINS, "So D it is.", True), (COINS, "Hence the key is C.", True), (COINS, "So A it is.", False), (COINS, "What was asked for is iron.", True),
        (CANS, "เฉลยที่ถูกคือตัวเลือก ค", True), (CANS, "จึงต้องเลือก ค", True), (CANS, "จึงต้องเลือก ก", False),
    ],
)  # fmt: skip
def test_an_explanation_that_states_a_wrong_answer_contradicts_the_key(
    question: tuple[str, tuple[str, ...]], text: str, contradicts: bool
) -> None:
    stem, options = question
    assert (another_option_called_right(options, {0}, text, stem) is not None) == contradicts


@pytest.mark.parametrize(
    ("stem", "options", "text"),
    [
        ("Which muscle does most of the work of quiet breathing?", ("Rectus abdominis", "Diaphragm"), "Quiet breathing is driven mainly by the diaphragm."),
        ("Which paper proves that land is owned?", ("A receipt", "A title deed"), "Only a title deed proves it."), (*COINS, "The second option is the one to mark."),
        ("Which saw cuts curves in thin wood?", ("Rip saw", "Coping saw"), "The coping saw has a thin blade that turns."), ("วาล์วชนิดใดกันน้ำไหลย้อนกลับ", ("ประตูน้ำ", "วาล์วกันกลับ"), "วาล์วกันกลับปิดเองเมื่อน้ำไหลย้อน"),
    ],
)  # fmt: skip
def test_an_explanation_may_name_another_answer_by_some_words(
    stem: str, options: tuple[str, ...], text: str
) -> None:
    assert may_name_another_option(options, {0}, text, stem) == text
    assert may_name_another_option(options, {1}, text, stem) is None


@pytest.mark.parametrize("text", ["It does not rust like iron.", "It is lighter than iron.", "If iron is used, it rusts.", "Iron rusts, mercury does not."])  # fmt: skip
def test_an_explanation_may_contrast_the_key_with_a_wrong_option(text: str) -> None:
    assert may_name_another_option(METALS, {0}, text, "Which metal is in thermometers?", 0) is None


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("This is precisely what must not be done.", "a"), ("Never do this.", "a"), ("ห้ามทำเด็ดขาด", "a"), ("ใช้ไม่ได้กับงานนี้", "a"), ("This is forbidden.", "a"),
        ("This is what the code demands.", "b"), ("Exactly what the standard asks for.", "b"), ("เป็นไปตามมาตรฐาน", "b"), ("วิธีนี้ถูกหลักที่สุด", "b"),
        ("This is what the code demands of a ship.", ""), ("Never do this without gloves.", ""), ("ห้ามสูบบุหรี่", ""), ("เป็นไปตามมาตรฐานของโรงงานอื่น", ""),
    ],
)  # fmt: skip
def test_a_rule_fulfilled_by_a_distractor_or_broken_by_the_key_contradicts_it(text: str, field: str) -> None:
    for place in "ab":
        case = {"options": ["With a cloth", "With a flame", "In the sun"], "rationale": dict.fromkeys("abc", "x") | {place: text}, "key": "a"}  # fmt: skip
        is_told = [f"rationale.{place}"] if place == field else []
        assert found("key-in-words", stem="How is a blade dried?", **case) == is_told
        assert found("key-in-words", stem="Which way to dry a blade is dangerous?", **case) == []


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("Number 3 is what the manual asks for.", True), ("No. 3 is what the code demands.", True), ("The third is right.", True), ("Number 3.", True), ("Number 2 is what the manual asks for.", False),
        ("Number 3 bolts are checked.", False),
    ],
)  # fmt: skip
def test_a_number_as_the_subject_of_an_explanation_is_an_option(text: str, is_told: bool) -> None:
    said = another_option_called_right(["hook", "tag", "limit"], {1}, text, "What must a rigger check?")
    assert said == (text if is_told else None)


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("ถูกต้อง ปลาทูอยู่ในทะเล", True), ("ถูกต้อง อยู่ในทะเล", True), ("ใช่ อยู่ในทะเล", True), ("เป็นคำตอบ", True), ("ข้อนี้คือเฉลย", True), ("ตอบข้อนี้ เพราะอยู่ในทะเล", True),
        ("This is what was asked for.", True), ("True, it lives in the sea.", True), ("Key. It lives in the sea.", True), ("อยู่ในทะเล", False), ("It lives in the sea.", False),
        ("อยู่ในทะเลจึงไม่ใช่คำตอบ", False), ("This is a key fish of the sea.", False),
    ],
)  # fmt: skip
def test_a_rationale_of_a_distractor_that_calls_it_the_answer_is_told(text: str, is_told: bool) -> None:
    reasons = {"a": "อยู่ในบึง", "b": text, "c": "อยู่ในหนอง", "d": "อยู่ในคลอง"}
    case = {"stem": "ปลาใดอาศัยในบึง", "options": ["ปลาช่อน", "ปลาทู", "ปลานิล", "ปลาดุก"], "key": "a"}
    assert found("key-in-words", rationale=reasons, **case) == (["rationale.b"] if is_told else [])


def test_an_option_may_be_named_first_in_its_own_explanation() -> None:
    text = "Iron, because it is hard."
    assert another_option_called_right(METALS, {0}, text, "Which?", 1) is None
    assert another_option_called_right(METALS, {0}, text, "Which?", 2) == text
    reasons = {"a": "The rivet is a wood joint.", "b": "x", "c": "x", "d": "x"}
    stem, options = "Which is a wood joint?", ["Dovetail", "Rivet", "Weld", "Bolt"]
    assert found("key-in-words", stem=stem, options=options, key="a", rationale=reasons) == ["rationale.a"]


MARKED = (
    "Oxygen (correct)", "*Oxygen", "Oxygen*", "* Oxygen", "Oxygen *", "Oxygen [Correct Answer]", "Oxygen {correct}",
    "Oxygen --> right", "Oxygen – right", "Oxygen - Correct", "Oxygen (1 point)", "Oxygen <correct>", "Oxygen (key)", "✓ Oxygen",
    "Oxygen ✓", "Oxygen √", "(*) Oxygen", "Oxygen [x]", "Oxygen <--", "Oxygen ^", "(correct) Oxygen", "Oxygen (wrong)",
    "ออกซิเจน (ถูก)", "ออกซิเจน(ข้อถูก)", "ออกซิเจน (คำตอบ)", "ออกซิเจน = ถูก", "ออกซิเจน (เฉลย)", "*ออกซิเจน", "ออกซิเจน (ถูกต้อง)",
    "Oxygen (ans.)", "Oxygen, TRUE", "Oxygen (+1)", "Oxygen (100%)", "ออกซิเจน (ถูก 1 คะแนน)",
    "Oxygen {{CORRECT}}", "ออกซิเจน (เฉลยข้อนี้)", "Oxygen (this is the correct answer)", "Oxygen [the key!]",
)  # fmt: skip
PLAIN = (
    "*.txt", "C:\\new\\*", "**Oxygen**", "*Oxygen*", "`*args`", "int*4", "2*", "Fluorine (F)", "Turn right", "(2) apples",
    "Oxygen (gas)", "Enter the key", "x = 5", "f(x)", "a[x]", "auto-correct", "Correct the form", "The correct answer book", "ราคาถูก",
    "√2", "ถูกปรับ", "แจ้งผู้ทำผิด", "Oxygen – the right gas", "1 point", "–", "A -> B", "Oxygen (99%)", "It is not always true", "Oxygen, true to its name", "Enter (the right side)", "Oxygen (that)",
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
        (["Sodium (+1)", "Calcium (+2)"], 0), (["Ethanol (100%)", "Ethanol (70%)", "Water"], 0), (["A try (5 points)", "A goal (3 points)"], 0), (["Oxygen (1 point)", "Neon (0 points)"], 2),
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
    said = found("option-by-letter", options=list(METALS), rationale=dict.fromkeys("abcd", "x") | {"b": text})
    assert said == ([] if place is None else ["rationale.b"])
    if place is not None:
        assert METALS[place].lower() in in_words([*map(str.lower, METALS)], text)
    assert in_words(["2", "3", "4"], "Answer: 2") == "Answer: 2", "the number is what an option says"


@pytest.mark.parametrize("text", ["Ans: Iron", "Only Iron is correct", "So the answer must be Iron"])
def test_a_wrong_option_is_called_right_by_its_words(text: str) -> None:
    assert another_option_called_right(METALS, {0}, text)
    assert another_option_called_right(METALS, {1}, text) is None
    assert another_option_called_right(METALS, {0}, "Iron is correct only above 1538 degrees.") is None


def test_a_rationale_names_no_option_by_its_number() -> None:
    assert found("option-by-letter", rationale={"c": "ตอบข้อ ๒"}) == ["rationale.c"]


def test_signs_of_markup_are_no_marks() -> None:
    assert marked_options(["</p>", "<br/>", "<!-- p -->"]) == {}
    assert marked_options(["# Title", "1) Title", "> Title", "+ Title"]) == {}
    assert marked_options(["Oxygen -->", "Neon"]) == {0: "-->"}


@pytest.mark.parametrize("text", ["a/b", "b&c", "a, b", "a;b", "a+b"])
def test_terms_of_small_letters_name_no_options(text: str) -> None:
    assert found("all-or-none-of-the-above", options=["c/d", "ab", "cd", text]) == []


@pytest.mark.parametrize(
    ("stem", "text", "of_key", "of_other"),
    [
        ("How is a blade dried?", "Dangerous! The edge cuts at once.", "CONTRADICTS", "AGREES"), ("How is a blade dried?", "It is not safe.", "CONTRADICTS", "AGREES"),
        ("How is a blade dried?", "Recommended, because no drop is left.", "AGREES", "CONTRADICTS"), ("How is a blade dried?", "Exactly: no drop is left.", "AGREES", "CONTRADICTS"),
        ("How is a blade dried?", "Safe on steel, but not here.", "UNKNOWN", "UNKNOWN"), ("How is a blade dried?", "Wrong-way strokes are stopped.", "UNKNOWN", "UNKNOWN"),
        ("How is a blade dried?", "No drop is left.", "UNKNOWN", "UNKNOWN"), ("How is a blade dried?", "Avoid this if the edge is sharp.", "UNKNOWN", "UNKNOWN"),
        ("ควรเช็ดใบมีดอย่างไร", "อันตรายมาก คมบาดได้", "CONTRADICTS", "AGREES"), ("ควรเช็ดใบมีดอย่างไร", "ปลอดภัย เพราะไม่แตะคม", "AGREES", "CONTRADICTS"),
        ("ควรเช็ดใบมีดอย่างไร", "ผิดปกติจะได้ยินชัด", "UNKNOWN", "UNKNOWN"), ("สิ่งใดอันตรายที่สุด", "อันตรายมาก", "UNKNOWN", "UNKNOWN"),
    ],
)  # fmt: skip
def test_approval_and_blame_agree_with_the_key_contradict_it_or_cannot_be_compared(
    stem: str, text: str, of_key: str, of_other: str
) -> None:
    options = ["With a cloth", "With a flame", "In the sun"]
    told = [relation_to_key(options, {0}, text, stem, place).relation.name for place in (0, 1)]
    assert told == [of_key, of_other]


@pytest.mark.parametrize(
    ("options", "text", "relation"),
    [
        (["60 °C", "75 °C"], "It is safe at sixty °C.", "AGREES"), (["5 วัน", "7 วัน"], "รอจนครบห้าวัน", "AGREES"), (["Human resources", "The line manager"], "HR approves them.", "AGREES"),
        (["Steel wool", "A nylon pad"], "Steel wool scratches, so a nylon pad is used.", "MAY_CONTRADICT"), (["A nylon pad", "Steel wool"], "Steel wool scratches, so a nylon pad is used.", "AGREES"),
        (["Steel wool", "A nylon pad"], "It scratches the coating.", "UNKNOWN"),
    ],
)  # fmt: skip
def test_an_explanation_names_options_by_number_words_initials_and_in_its_conclusion(
    options: list[str], text: str, relation: str
) -> None:
    assert relation_to_key(options, {0}, text, "What is used?").relation.name == relation

"""Options that refer to what is listed, in other words than `test_option_references` has, and letters that a
stem lists itself."""

from __future__ import annotations

import pytest

from examgen.bank.rules.option_references import refers_to_options
from tests.bank.test_option_references import OTHERS, found

AS_LISTED = (
    "ทำทั้งสามอย่างที่ว่ามา", "ใช้ทั้งสองวิธีที่ยกมา", "ทำทั้งหมดที่ว่ามาข้างต้น",
    "ปฏิบัติทั้งสามข้อที่กล่าวไว้", "ทุกอย่างที่ว่ามา", "ทั้งสามอย่างที่ว่า", "เลือกทำข้อใดก็ได้", "ข้อใดก็ได้",
    "ทำข้อไหนก็ได้", "เลือกข้อใดข้อหนึ่ง", "ตอบข้อใดก็ถูก", "ตัวเลือกใดก็ได้", "กขค ถูกหมด", "ก ข ค ถูกหมด",
    "กขค", "กขคง", "ขคง ถูก", "ถูกทั้ง กขค", "ABC are all correct", "ABD only", "นอกเหนือจากที่กล่าวมา",
    "อื่น ๆ นอกเหนือจากที่กล่าวมาข้างต้น", "นอกจากที่กล่าวมาแล้ว", "ต่างจากที่กล่าวมาทั้งหมด",
    "อื่น ๆ ที่ไม่ได้กล่าวมา", "Other than those listed above", "Something other than the above",
    "Apart from the above", "รวมทุกคำตอบเข้าด้วยกัน", "ใช้ทุกตัวเลือกร่วมกัน", "ทำทุกข้อพร้อมกัน",
    "Combine all the answers", "A combination of all the options", "All the choices together",
    "ก. หรือ ข. อย่างใดอย่างหนึ่ง", "ข้อ ก หรือ ข ข้อใดข้อหนึ่ง", "ก หรือ ค แล้วแต่สะดวก", "A or B, either one",
    "Options one and two together", "Option one plus a receipt", "Choices two and three combined",
    "Answers one and three, then rest", "Option two, but with gloves", "Do (a), then (c)", "Use A and C",
    "Do both A and B", "Take B, then A", "Perform (b) before (a)", "Combine A and C",
    "Whichever of the foregoing is quickest", "Whichever of the above is quickest",
    "Whichever of these options costs less", "The best of the above", "The cheapest of the foregoing",
    "Only one of the above", "ทั้ง choice แรกและ choice สุดท้าย", "ช้อยส์แรก", "option สุดท้าย แต่เพิ่มเกลือ",
    "choice ก กับ choice ค", "ช้อยส์ ข", "Two or more of the listed actions", "Any of the suggested steps",
    "All of the actions listed", "Both of the measures mentioned", "Several of the above actions",
    "Each of the given methods", "The action named just before this one",
    "The step listed right after this one", "The answer before this one", "The option after this",
    "The method given above this one", "ไม่อยู่ในตัวเลือก", "คำตอบไม่อยู่ในตัวเลือก", "ไม่ปรากฏในตัวเลือก",
    "ไม่มีคำตอบในตัวเลือก", "Not among the options", "Not in the choices", "Not one of the answers above",
)  # fmt: skip

COMPLETE_BESIDE = (
    "ทำทั้งสามอย่างที่หัวหน้าสั่ง", "ทำตามที่หัวหน้าว่ามา", "ทำทั้งสามขั้นตอนตามคู่มือ",
    "แจ้งทุกอย่างที่ลูกค้าว่ามา", "แก้สัญญาข้อใดก็ได้", "ผิดสัญญาข้อใดข้อหนึ่ง", "วางสิ่งใดก็ได้",
    "เลือกวันใดก็ได้", "กข 1234", "กขค 4567", "ทะเบียน กขค", "ABC fire extinguisher", "Use an ABC extinguisher",
    "ABC", "คงถูกต้อง", "นอกเหนือจากที่กล่าวไว้ในสัญญา", "นอกเหนือจากงานประจำ", "นอกจากที่ลูกค้ากล่าวมา",
    "ตอบทุกคำตอบของลูกค้า", "ตรวจทุกข้อต่อของท่อแก๊ส", "รวมทุกข้อร้องเรียนเข้าด้วยกัน", "Combine all the parts",
    "ซื้อหรือเช่าอย่างใดอย่างหนึ่ง", "ชาหรือกาแฟ แล้วแต่สะดวก", "The choice one makes", "One option",
    "Two options", "One answer is enough", "Use C", "Use A", "Take A", "Do it, then rest", "Use a and wait",
    "Use vitamins A and C", "Use grade A and B", "Whichever is quickest", "The best of the staff",
    "Whichever of the tools is near", "The cheapest of the bolts", "ใบแรก", "เลือก option เสริม", "Option สี",
    "optional", "Two or more of the bolts", "All of the listed prices", "Any of the suggested dates",
    "Pack all of the listed items", "The shift before this one", "The page after this",
    "The step before this one", "The room above this one", "ไม่อยู่ในห้อง", "ไม่มีในคลัง", "ไม่อยู่ในข้อบังคับ",
    "ไม่มีในคำตอบของลูกค้า", "Not in the shop", "Not one of the answers of the supplier",
    "Make sure none of the answers of the supplier is missing", "5 * 4 * 3", "2 * 3", "1 2 3",
)  # fmt: skip


@pytest.mark.parametrize("text", AS_LISTED)
def test_an_option_that_means_what_is_listed_is_an_error(text: str) -> None:
    assert found("all-or-none-of-the-above", options=[*OTHERS, text]) == ["options.d"]


@pytest.mark.parametrize("text", COMPLETE_BESIDE)
def test_an_option_of_like_words_is_none(text: str) -> None:
    assert not refers_to_options(text)


FACTS = ["I only", "II only", "I and II", "neither I nor II"]
THAI_FACTS = ["ก เท่านั้น", "ข เท่านั้น", "ถูกเฉพาะ ก", "ไม่ใช่ทั้ง ก และ ข"]


@pytest.mark.parametrize(
    ("stem", "options"),
    [
        ("Which is true?\n\nI. Copper rusts.\n\nII. Iron rusts.", FACTS),
        ("Statement I: Eggs keep. Statement II: Rice keeps. Which is true?", FACTS),
        ("พิจารณาข้อความ ก. ไข่เก็บได้หนึ่งเดือน ข. ข้าวเก็บได้หนึ่งวัน ข้อความใดถูก", THAI_FACTS),
        ("พิจารณาข้อความ\n\nก. ไข่เน่า\n\nข. ข้าวบูด\n\nค. น้ำใส\n\nข้อความใดถูก", ["กขค", "กข", "ถูกเฉพาะ ค", "ก เท่านั้น"]),
        ("Consider: (i) rust (ii) rot (iii) wear. Which harm wood?", ["i only", "ii only", "i and ii", "iii only"]),
    ],
)  # fmt: skip
def test_what_the_stem_lists_may_be_named_alone(stem: str, options: list[str]) -> None:
    assert found("all-or-none-of-the-above", stem=stem, options=options) == []


@pytest.mark.parametrize("text", ["I and II only", "ก เท่านั้น", "A only", "ถูกทุกข้อ"])
def test_what_no_list_of_the_stem_explains_is_an_error(text: str) -> None:
    stem = "เหตุใด ก. และ ข. จึงต่างกัน ควรทำสิ่งใด"
    assert found("all-or-none-of-the-above", stem=stem, options=[*OTHERS, text]) == ["options.d"]


@pytest.mark.parametrize(
    ("stem", "is_found"),
    [
        ("A and B are points on a line of tape. Where should the helper stand?", False),
        ("A, B and C are partners in a shop. How is the profit shared?", False),
        ("A and B are wrong. Which is right?", True), ("A and B are options of the list. Which is right?", True),
    ],
)  # fmt: skip
def test_a_stem_may_say_what_its_letters_are(stem: str, is_found: bool) -> None:
    assert found("option-by-letter", stem=stem) == (["stem"] if is_found else [])


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("ด้อยกว่า ค. เพราะเสียเวลา", True), ("ช้ากว่า ก มาก", True), ("ปลอดภัยกว่า B", True), ("ดีกว่า (ค) เพราะเร็ว", True),
        ("ระดับ ก สูงกว่า ข", False), ("เกรด ก ราคาแพงกว่าเกรด ข", False), ("หนักกว่า 2 ก.", False),
        ("ข้อแรกที่ควรคำนึงคือความปลอดภัยของลูกค้า", False), ("ข้อสุดท้ายที่ต้องตรวจคือไฟ", False), ("ข้อแรกผิด", True),
    ],
)  # fmt: skip
def test_a_rationale_that_compares_with_an_option_by_its_letter(text: str, is_found: bool) -> None:
    reasons = dict.fromkeys("abcd", "เพราะ") | {"b": text}
    assert found("option-by-letter", rationale=reasons) == (["rationale.b"] if is_found else [])

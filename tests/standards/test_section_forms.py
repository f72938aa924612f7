"""Forms of sections 5, 11 and 18 that other committees print: what is read of each, and what is warned of."""

import re
from pathlib import Path

import pytest

from examgen.bank.standards.reading import read_unit
from examgen.core.models.standard import Unit

PAGE = (Path(__file__).parents[2] / "examgen" / "data" / "example-unit.txt").read_text(encoding="utf-8")
SECTION_5 = re.compile(r"(?s)(5\. สำหรับชื่ออาชีพ[^\n]*\n).*?(6\. คำอธิบาย)")
SECTION_11 = re.compile(r"(?s)(11\. สมรรถนะย่อย[^\n]*\n).*?(\n12\. ความรู้)")
SECTION_18 = re.compile(r"(?s)(18\. รายละเอียดกระบวนการ[^\n]*\n).*")
HEAD = "หน่วยสมรรถนะย่อย (EOC) เกณฑ์ในการปฏิบัติงาน (Performance Criteria) รหัส PC"


def read(five: str = "พนักงานขาย", eighteen: str = "N/A", eleven: str | None = None) -> Unit:
    page = SECTION_5.sub(lambda m: f"{m[1]}{five}\n{m[2]}", PAGE)
    if eleven is not None:
        page = SECTION_11.sub(lambda m: f"{m[1]}{eleven}{m[2]}", page)
    return read_unit(SECTION_18.sub(lambda m: f"{m[1]}{eighteen}\n", page).encode(), "page.txt").unit


def kinds(unit: Unit) -> set[str]:
    return {warning.kind for warning in unit.warnings} - {"assessment_not_stated", "levels_not_stated"}


@pytest.mark.parametrize(
    ("line", "occupations", "warned"),
    [
        ("ช่างเครื่องประดับ ระดับ 3", [("ช่างเครื่องประดับ", (3,))], set()),
        ("ช่างเครื่องประดับคุณวุฒิระดับ 3", [("ช่างเครื่องประดับ", (3,))], set()),
        ("ช่างติดตั้งประดับยนต์", [("ช่างติดตั้งประดับยนต์", ())], set()),
        ("ผู้ดูแลอาคาร 8 ชั้น ระดับ 3", [("ผู้ดูแลอาคาร 8 ชั้น", (3,))], set()),
        ("พนักงานขาย ระดับ 3 ขึ้นไป", [("พนักงานขาย", (3,))], {"level_unclear"}),
        ("พนักงานขาย ระดับ 3\n(Salesperson)", [("พนักงานขาย (Salesperson)", (3,))], {"row_wrapped"}),
        ("รหัส ISCO\n3434 หัวหน้ากุ๊ก", [], set()),
        ("รหัสมาตรฐานอาชีพสากล 5223", [], set()),
        ("สาขาค้าปลีก\nพนักงานขาย ระดับ 3", [("สาขาค้าปลีก", ()), ("พนักงานขาย", (3,))], {"occupation_unclear"}),
    ],
)  # fmt: skip
def test_occupations_with_words_like_levels_and_references(line, occupations, warned):
    unit = read(line)
    assert [(o.name, o.levels) for o in unit.occupations] == occupations
    assert kinds(unit) == warned


@pytest.mark.parametrize(
    ("five", "eighteen", "assessment"),
    [
        (
            "พนักงานขาย\nผู้จัดการ",
            "พนักงานขาย\n- ข้อสอบปรนัย\nผู้จัดการ\n- สัมภาษณ์",
            [("พนักงานขาย", (), ("written_objective",)), ("ผู้จัดการ", (), ("interview",))],
        ),
        (
            "พนักงานขาย ระดับ 3\nผู้จัดการ ระดับ 4",
            "สำหรับพนักงานขาย ระดับ 3 และผู้จัดการ ระดับ 4\n- ข้อสอบปรนัย",
            [("พนักงานขาย", (3,), ("written_objective",)), ("ผู้จัดการ", (4,), ("written_objective",))],
        ),
        (
            "พนักงานขาย ระดับ 3\nผู้จัดการ ระดับ 4",
            "พนักงานขาย ระดับ 3 สอบข้อเขียน ผู้จัดการ ระดับ 4 สัมภาษณ์",
            [("พนักงานขาย", (3,), ("written",)), ("ผู้จัดการ", (4,), ("interview",))],
        ),
        (
            "พนักงานขาย ระดับ 3-4",
            "ระดับ 3 สอบข้อเขียน ระดับ 4 สอบปฏิบัติ",
            [(None, (3,), ("written",)), (None, (4,), ("practical",))],
        ),
        (
            "พนักงานขาย ระดับ 3-4",
            "สอบข้อเขียนระดับ 3 และสัมภาษณ์ระดับ 4",
            [(None, (3,), ("written",)), (None, (4,), ("interview",))],
        ),
        (
            "พนักงานขาย ระดับ 3-4",
            "พนักงานขาย\nระดับ 3\n- สอบข้อเขียน\nระดับ 4\n- สัมภาษณ์",
            [("พนักงานขาย", (3,), ("written",)), ("พนักงานขาย", (4,), ("interview",))],
        ),
        ("ผู้สัมภาษณ์งาน ระดับ 3", "ผู้สัมภาษณ์งาน ระดับ 3\n- สอบข้อเขียน", [("ผู้สัมภาษณ์งาน", (3,), ("written",))]),
        ("ผู้ประเมินราคา ระดับ 3", "ผู้ประเมินราคา ระดับ 3\n- สอบข้อเขียน", [("ผู้ประเมินราคา", (3,), ("written",))]),
    ],
)
def test_whose_assessment_it_is(five, eighteen, assessment):
    unit = read(five, eighteen)
    assert [(a.occupation, a.levels, a.methods) for a in unit.assessment] == assessment
    assert kinds(unit) == set()


def test_a_task_of_the_trade_is_no_other_spelling_of_the_occupation():
    unit = read("นักทดสอบซอฟต์แวร์ ระดับ 3", "- ทดสอบซอฟต์แวร์\n- สัมภาษณ์")
    assert [(a.occupation, a.methods) for a in unit.assessment] == [(None, ("other", "interview"))]
    assert kinds(unit) == {"method_unknown"}


def test_a_pass_mark_is_no_method():
    unit = read(eighteen="1. สอบข้อเขียน\n2. เกณฑ์ผ่าน ร้อยละ 70")
    assert [a.methods for a in unit.assessment] == [("written",)]
    assert kinds(unit) == {"text_unplaced"}


def test_heading_numbers_on_lines_of_their_own():
    page = re.sub(r"(?m)^(\d{1,2}\.) (?=[ก-๙])", r"\1\n", PAGE)
    assert page != PAGE
    assert (
        read_unit(page.encode(), "page.txt").unit.reading()
        == read_unit(PAGE.encode(), "p.txt").unit.reading()
    )


def test_methods_between_unknown_occupations_are_warned_of():
    unit = read("พนักงานขาย ระดับ 3-4", "พนักงานคิดเงิน ระดับ 3 สอบข้อเขียน หัวหน้าร้าน ระดับ 4 สัมภาษณ์")
    assert "level_unclear" in kinds(unit)


@pytest.mark.parametrize(
    "rows",
    [
        "S1 ขาย 1. เสนอ (S1.1)\nS1 ขาย 2. ปิด (S1.2)",
        "S1 : ขาย S1.1 : เสนอ\nS1 : ขาย S1.2 : ปิด",
        "S1 ขาย\nS1.1 1. เสนอ\nS1.2 2. ปิด",
        "S1 ขาย 1. เสนอ S1.1\nS1 ขาย 2. ปิด S1.2\nหมายเหตุ ใช้กับร้านค้าปลีก",
    ],
)
def test_codes_in_brackets_behind_colons_and_a_note_below(rows):
    unit = read(eleven=f"{HEAD}\n{rows}")
    assert [(e.code, e.title) for e in unit.elements] == [("S1", "ขาย")]
    assert [(c.code, c.text) for c in unit.criteria] == [("S1.1", "เสนอ"), ("S1.2", "ปิด")]
    assert ("หมายเหตุ" in rows) == ("text_unplaced" in kinds(unit))


def test_codes_that_begin_with_the_word_of_the_column():
    unit = read(eleven=f"{HEAD}\nEOC1 ขาย 1. เสนอ EOC1.1\nEOC1 ขาย 2. ปิด EOC1.2")
    assert [c.code for c in unit.criteria] == ["EOC1.1", "EOC1.2"]


@pytest.mark.parametrize(
    "rows",
    [
        "S1 ขาย เสนอ S1.1\nปิดอย่างรวดเร็ว\nS1 ขาย ส่ง S1.3",
        "S1 ขาย | 1) เสนอ | S1.1 |\n | 2) ปิด |  |\nS2 ส่ง | 1) ห่อ | S2.1 |",
        "S1.1 | S1 ขาย | เสนอ |\n |  | ปิด |\nS1.3 |  | ส่ง |",
        "1 ขาย 1) เสนอ 1.1\n1 ขาย 2) ปิด\n2 ส่ง 1) ห่อ 2.1\n2 ส่ง 2) มัด 2.2",
    ],
)
def test_a_row_whose_code_is_missing_is_refused(rows):
    assert read(eleven=f"{HEAD}\n{rows}").error.kind == "criterion_without_code"

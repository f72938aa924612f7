"""The example page rewritten as other committees write theirs: the same unit, or a warning, or a refusal."""

import re
from pathlib import Path

import pytest

from examgen.bank.standards.reading import read_unit
from examgen.core.models.standard import Unit

PAGE = (Path(__file__).parents[2] / "examgen" / "data" / "example-unit.txt").read_text(encoding="utf-8")
EXPECTED = read_unit(PAGE.encode(), "page.txt").unit
HEADING = re.compile(
    r"(?m)(^|(?<=\D)|(?<=5))(\d{1,2})\. (?=รหัส|ชื่อ|ทบ|สร้าง|สำหรับ|คำอธิบายหน่วย|กลุ่ม|ข้อกำ|สมรรถ|ความรู้และ|ทักษะและ|หลักฐานที่|ขอบ|หน่วย|อุต|รายละ)"
)
ROW = re.compile(r"(?m)^(T\d+) (.*?) (\d\) .*) (T\d+\.\d\d)$")
THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


def read(page: str) -> Unit:
    return read_unit(page.encode(), "page.txt").unit


def table(rewrite) -> str:
    """The page with the rows of section 11 rewritten."""
    rows = [match[0] for match in ROW.finditer(PAGE)]
    return PAGE.replace("\n".join(rows), rewrite(rows))


def section(number: int, body: str) -> str:
    """The page with the body of a section replaced."""
    start = re.search(rf"(?m)^{number}\. .*$|(?<=ระดับ 5){number}\. .*$", PAGE).end()
    after = re.search(rf"(?m)(^|(?<=ระดับ 5)){number + 1}\. |^ ยินดี", PAGE[start:]).start() + start
    return f"{PAGE[:start]}\n{body}\n{PAGE[after:]}"


def each(pattern: str):
    return lambda rows: "\n".join(ROW.sub(pattern, row) for row in rows)


def eoc_once(rows) -> str:
    lines: list[str] = []
    for element, title, text, code in (ROW.match(row).groups() for row in rows):
        head = f"{element} {title}"
        lines += [head] * (head not in lines) + [f"{text} {code}"]
    return "\n".join(lines)


SAME_TABLE = {
    "joined in one line": " ".join,
    "joined without a space": "".join,
    "title given once": eoc_once,
    "title once, no numbers": lambda rows: re.sub(r"(?m)^\d\) ", "", eoc_once(rows)),
    "no numbers": lambda rows: re.sub(r" \d\) ", " ", "\n".join(rows)),
    "Thai numbers": lambda rows: re.sub(
        r" (\d)\)", lambda m: f" {m[1].translate(THAI_DIGITS)})", "\n".join(rows)
    ),
    "code first": each(r"\4 \1 \2 \3"),
    "code in the middle": each(r"\1 \2 \4 \3"),
    "code on its own line": each(r"\1 \2 \3\n\4"),
    "title, text and code on lines of their own": each(r"\1 \2\n\3\n\4"),
    "pipes": each(r"| \1 \2 | \3 | \4 |"),
    "pipes, code first": each(r"| \4 | \1 \2 | \3 |"),
    "pipes, code in the middle": each(r"| \1 \2 | \4 | \3 |"),
    "pipes, four columns": each(r"| \1 | \2 | \3 | \4 |"),
    "pipes without outer borders": each(r"\1 \2 | \3 | \4"),
}
SAME_PAGE = {
    "Thai heading numbers": HEADING.sub(lambda m: f"{m[2].translate(THAI_DIGITS)}. ", PAGE),
    "brackets behind numbers": HEADING.sub(lambda m: f"{m[2]}) ", PAGE),
    "no blank lines": re.sub(r"\n\s*\n+", "\n", PAGE),
    "headings glued to what precedes": re.sub(rf"\n+(?={HEADING.pattern[4:]})", "", PAGE),
    "English parts absent": re.sub(
        r" ?\((Occupational|Description of|Sector|Licensing|Elements|Pre-req|Required S|Evidence G|Range|Assessment D)[^)]*\)(?=\n)",
        "",
        PAGE,
    ),
}


@pytest.mark.parametrize("rewrite", SAME_TABLE.values(), ids=SAME_TABLE)
def test_the_criteria_table_in_other_layouts(rewrite):
    unit = read(table(rewrite))
    assert unit.elements == EXPECTED.elements
    assert (unit.warnings, unit.error) == ((), None)


@pytest.mark.parametrize("page", SAME_PAGE.values(), ids=SAME_PAGE)
def test_headings_in_other_layouts(page):
    assert page != PAGE
    assert read(page).reading() == EXPECTED.reading()


@pytest.mark.parametrize(
    ("rewrite", "kind"),
    [
        (lambda rows: "\n".join([*rows, rows[-1]]), "criterion_duplicate"),
        (lambda rows: "\n".join(reversed(rows)), "criterion_order"),
    ],
)
def test_a_table_that_is_in_disorder_is_read_with_a_warning(rewrite, kind):
    unit = read(table(rewrite))
    assert unit.elements == EXPECTED.elements
    assert [w.kind for w in unit.warnings] == [kind]


def test_a_criterion_broken_within_its_text_is_warned_of():
    unit = read(PAGE.replace("ก่อนวันนำเที่ยว T4121.01", "\nก่อนวันนำเที่ยว T4121.01"))
    assert [w.kind for w in unit.warnings] == ["row_wrapped"]
    assert unit.criteria[0].text == "สำรวจเส้นทางและจุดเสี่ยง ก่อนวันนำเที่ยว"


@pytest.mark.parametrize("code", ["T4121.01", "T4122.02", "T4123.02"])
def test_a_row_without_its_code_is_refused(code):
    assert read(PAGE.replace(f" {code}", "")).error.kind == "criterion_without_code"


@pytest.mark.parametrize("number", [9, 10, 12, 13, 14, 15, 16])
def test_a_missing_section_is_named(number):
    start = PAGE.index(f"\n{number}. ")
    unit = read(PAGE[:start] + PAGE[PAGE.index(f"\n{number + 1}. ") :])
    assert [w.kind for w in unit.warnings] == ["section_missing"]
    assert f"section {number} " in unit.warnings[0].message
    assert unit.elements == EXPECTED.elements


@pytest.mark.parametrize("place", ["\n7. สำหรับ", "T4122.02", "\n12. ", "\n15. ", "18. รายละเอียดกระบวนการ"])
def test_a_page_that_stops_early_is_refused(place):
    assert read(PAGE[: PAGE.index(place) + 4]).error.kind == "truncated"


@pytest.mark.parametrize(
    ("body", "occupations", "kinds"),
    [
        ("อาชีพคนครัวระดับ 5", {"อาชีพคนครัว": (5,)}, []),
        ("คนครัว (ระดับ 3-5)", {"คนครัว": (3, 4, 5)}, []),
        ("คนครัว ชั้น ๒ และ ๓", {"คนครัว": (2, 3)}, []),
        ("ช่างเชื่อม ระดับ 3 (งานท่อ)", {"ช่างเชื่อม (งานท่อ)": (3,)}, []),
        ("อาชีพนักเศรษฐศาสตร์ ชั้น 5 1 2631 นักเศรษฐศาสตร์ |", {"อาชีพนักเศรษฐศาสตร์": (5,)}, []),
        ("คนครัว\n5123 (ISCO-88:TH) พนักงานเสิร์ฟ", {"คนครัว": ()}, []),
        ("ช่างโลหะ7222 ช่างทำเครื่องมือ3119.20 ช่างเทคนิค", {"ช่างโลหะ": ()}, []),
        ("ผู้ตรวจประเมิน ISO 9001 ระดับ 4", {"ผู้ตรวจประเมิน ISO 9001": (4,)}, []),
        ("N/A\n1 8121 ผู้ควบคุมเครื่องจักร", {}, []),
        ("ไม่มี", {}, []),
        ("คนครัว ระดับ 9", {"คนครัว": ()}, ["level_unclear"]),
        ("คนครัว ระดับ 5 และ", {"คนครัว": (5,)}, ["level_unclear"]),
        ("คนครัว ระดับ 3 ผู้ช่วย ระดับ 4", {"คนครัว": (3,), "ผู้ช่วย": (4,)}, ["occupations_glued"]),
        ("ระดับ 3\nคนครัว", {"คนครัว": ()}, ["level_unplaced"]),
    ],
)
def test_occupations_and_their_levels(body, occupations, kinds):
    unit = read(section(5, body))
    assert {o.name: o.levels for o in unit.occupations} == occupations
    assert [w.kind for w in unit.warnings if w.kind != "levels_conflict"] == kinds


@pytest.mark.parametrize(
    ("body", "expected", "kinds"),
    [
        ("สอบข้อเขียน", [(None, (), ("written",))], []),
        ("18.1 ข้อสอบปรนัย 4 ตัวเลือก\n18.2 แบบสัมภาษณ์", [(None, (), ("written_objective", "interview"))], []),
        ("ระดับ 3 : ปรนัยและอัตนัย", [(None, (3,), ("written_objective", "written"))], []),
        ("สำหรับคนครัว ใช้สถานการณ์จำลอง", [("คนครัว", (), ("simulation",))], []),
        ("๑๘.๑ สำหรับคนครัว ระดับ ๓\n• สอบภาคปฏิบัติ", [("คนครัว", (3,), ("practical",))], []),
        ("คนครัว ระดับ 3 | แฟ้มสะสมผลงาน |", [("คนครัว", (3,), ("portfolio",))], []),
        ("ไม่มีการสอบสัมภาษณ์ ใช้ข้อเขียน", [(None, (), ("written",))], ["method_negated"]),
        ("• ประเมินจากโครงงาน", [(None, (), ("other",))], ["method_unknown"]),
        ("- / -", [], ["assessment_not_stated"]),
    ],
)
def test_methods_of_assessment(body, expected, kinds):
    unit = read(section(18, body))
    assert [(a.occupation, a.levels, a.methods) for a in unit.assessment] == expected
    assert len(unit.source.assessment) == len(expected)
    assert [w.kind for w in unit.warnings if w.kind != "levels_conflict"] == kinds


@pytest.mark.parametrize(
    ("printed", "revision"),
    [
        ("- / -", None),
        ("/", None),
        ("N/A / -", None),
        ("1 / 2562", "1 / 2562"),
        ("1 / -", "1 / -"),
        ("", None),
    ],
)
def test_a_revision_without_a_digit_is_none(printed, revision):
    assert read(PAGE.replace("ทบทวนครั้งที่ - / -", f"ทบทวนครั้งที่ {printed}")).revision == revision

"""Papers as teachers type them: what stands beside the questions is understood, asked, or left and told."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.shared import Inches

from examgen.core.problems import Refused
from examgen.interchange import formats
from examgen.interchange.importing import ImportOptions, import_questions
from examgen.interchange.questions import Question, QuestionFile
from tests.samples import write_unit


def _read(text: str) -> QuestionFile:
    return formats.read(text.encode(), "paper.txt", "text")


def _options(question: Question) -> list[str]:
    return [one.text.plain for one in question.choices]


def _paper(below: str, star: str = "ข") -> Question:
    """A question with its key starred and something below its options; and one behind it."""
    letters = zip("กขคง", ("ลาออก", "แจ้งหัวหน้า", "ขาดงาน", "นอน"), strict=True)
    shown = "\n".join(f"{'*' * (one == star)}{one}. {text}" for one, text in letters)
    read = _read(f"1. ควรทำอย่างไร\n{shown}\n{below}\n2. ข้อใดเป็นสี\nก. แดง\n*ข. หิน\n")
    first, second = read.questions
    assert _options(first) == ["ลาออก", "แจ้งหัวหน้า", "ขาดงาน", "นอน"]
    assert (_options(second), second.right) == (["แดง", "หิน"], (1,))
    return first


@pytest.mark.parametrize(
    "line",
    [
        "คำตอบที่ถูกต้อง คือ ข. แจ้งหัวหน้า", "ตอบ ข. เพราะเป็นกฎหมาย", "เฉลย ข้อ ข เพราะเป็นกฎหมาย", "ข้อที่ถูก ข", "คำตอบคือ ข",
        "เฉลย: แจ้งหัวหน้า", "Answer: B because it is the law", "The correct answer is B.", "Correct answer: B) แจ้งหัวหน้า",
        "คำตอบ : ( ข )",
        "ดังนั้นตอบ ข", "ข้อ ข. เป็นคำตอบที่ถูกต้อง", "[เฉลย ข]", "Ans. B",
    ],
)  # fmt: skip
def test_a_line_of_the_key_is_no_part_of_an_option(line: str) -> None:
    first = _paper(line)
    assert first.right == (1,)
    assert not first.warnings
    assert _paper(line, star="").right == (1,)
    asked = _paper(line, star="ก")
    assert asked.right == ()
    assert any("keys differ" in one for one in asked.warnings)
    rationale = first.choices[1].feedback
    assert (rationale is not None) == ("เพราะ" in line or "because" in line)


@pytest.mark.parametrize(
    "line",
    [
        "ตอบ ก หรือ ข", "ตอบ ข ?", "ตอบ ข ค", "ตอบ ข. ค.", "ตอบ 2", "เฉลย ข. นอน",
        "คำอธิบาย: ข้อ ค ถูกตามมาตรา 5", "เฉลย ข\nตอบ ค",
    ],
)  # fmt: skip
def test_a_key_that_is_not_plain_is_asked(line: str) -> None:
    first = _paper(line)
    assert first.right == ()
    assert any("key" in one for one in first.warnings)


def test_options_of_one_letter_are_texts_too() -> None:
    for line, right in (("คำตอบ ข. c", (1,)), ("คำตอบ ข. b", ()), ("เฉลย: c", ())):
        [question] = _read(f"1. x\nก. b\nข. c\n{line}\n").questions
        assert question.right == right


def test_why_where_from_and_headings_are_what_they_are() -> None:
    first = _paper("คำอธิบาย: ข้อ ข ถูกตามมาตรา 5\nที่มา: หนังสือเรียน หน้า 5")
    assert first.choices[1].feedback is not None
    assert first.choices[1].feedback.plain == "ข้อ ข ถูกตามมาตรา 5"
    assert first.reference == "ที่มา: หนังสือเรียน หน้า 5"
    for line in ("ตอนที่ 2 จงเลือกคำตอบ", "ส่วนที่ ๒", "Part II", "Section B: Reading", "คำชี้แจง ให้กา X"):
        assert not _paper(line).warnings
    read = _read("ก่อนเรียน\n1. สี\nก. หิน\nเหตุผล: ก.\n*ข. แดง\nเหตุผล: ข.\nPart II\n2. สี\nก. ดำ\n*ข. ไม้\n")
    assert [one.feedback and one.feedback.plain for one in read.questions[0].choices] == [
        "ก.",
        "ข.",
    ]
    told = " ".join(read.notes)
    assert "ก่อนเรียน" in told
    assert "Part II" in told


def test_what_is_not_understood_is_left_and_told() -> None:
    first = _paper("บริษัทหนึ่งมีพนักงาน 20 คน")
    assert first.right == (1,)
    assert any("20 คน" in one for one in first.warnings)
    assert any("ตอบ ......" in one for one in _paper("ตอบ ......").warnings)


PASSAGES = [
    ("จากสถานการณ์ต่อไปนี้ ใช้ตอบข้อ {0} - {1}", "บริษัทหนึ่งมีพนักงาน 20 คน"),
    ("อ่านข้อความต่อไปนี้แล้วตอบคำถามข้อ {0} และ {1}", "1. หนึ่ง\n2) สอง"),
    ("Questions {0}-{1} refer to the following passage.", "Tom has two dogs."),
    ("ข้อ {0} ถึง {1} ใช้ข้อมูลต่อไปนี้", "ตาราง"),
    ("สำหรับข้อ {0}, {1} อ่านกรณีศึกษา", "5) ห้า\n6) หก"),
]


@pytest.mark.parametrize(("line", "text"), PASSAGES)
def test_a_shared_text_stands_with_the_questions_that_it_names(line: str, text: str) -> None:
    def asked(n: int) -> str:
        return f"{n}. คำถามที่ {n} คือข้อใด\n*ก. ใช่\nข. ไม่ใช่\n"

    between = f"{asked(4)}{line.format(5, 6)}\n{text}\n{asked(5)}{asked(6)}{asked(7)}"
    questions = _read(between).questions
    assert [one.id for one in questions] == ["4", "5", "6", "7"]
    shared = " ".join(text.split())
    assert [one.stimulus and one.stimulus[1].plain for one in questions] == [None, shared, shared, None]
    assert all(_options(one) == ["ใช่", "ไม่ใช่"] for one in questions)
    above = f"{line.format(5, 6)}\n{text}\n{asked(5)}{asked(6)}{asked(7)}"
    assert [bool(one.stimulus) for one in _read(above).questions] == [True, True, False]
    lacking = _read(f"{asked(4)}{line.format(5, 9)}\n{text}\n{asked(5)}")
    assert any("9" in one for one in lacking.notes)


def test_what_a_shared_text_leaves_open_is_told() -> None:
    read = _read("1. x\n*ก. a\nข. b\nใช้ข้อมูลจากข้อ 1 ตอบข้อ 2-3\nบริษัท\n2. y\n*ก. c\nข. d\n3. z\n*ก. e\nข. f\n")
    assert [bool(one.stimulus) for one in read.questions] == [False, True, True]
    read = _read("ใช้ข้อมูลต่อไปนี้ตอบข้อ 1-2\nบริษัท\nข้อใด\n*ก. a\nข. b\nสิ่งใด\nก. c\n*ข. d\n")
    assert any("other questions" in one for one in read.questions[0].warnings)
    read = _read("1. x\n*ก. a\nข. b\n\nสถานการณ์ที่ 2\nบริษัทหนึ่ง\n2. y\n*ก. c\nข. d\n")
    assert read.questions[1].stimulus is not None
    assert any("does not state for which" in one for one in read.questions[1].warnings)


def test_what_stands_beside_questions_of_aiken_is_not_lost() -> None:
    read = formats.read(
        b"Colour?\nA. red\nB. stone\nANSWER: A\nExplanation: it is.\nSource: a book\n\nColour?\nA. x\nB. y\nANSWER: A\nANSWER: B\n\n"
        b"Questions 3-4 refer to this text.\nColour?\nA. x\nB. y\nBecause it is\nANSWER: B\n\nColour?\nA. x\nB. y\nKey: A\nANSWER: B\n",
        "quiz.txt",
        "aiken",
    )
    assert [one.right for one in read.questions] == [(0,), (), (1,), ()]
    first, second, third, fourth = read.questions
    assert (first.choices[0].feedback, first.reference) == (first.choices[0].feedback, "Source: a book")
    assert first.choices[0].feedback is not None
    assert all(any("differ" in note for note in one.warnings) for one in (second, fourth))
    assert any("other questions" in note for note in third.warnings)
    assert third.choices[1].feedback is not None


def test_json_is_no_file_of_questions() -> None:
    with pytest.raises(Refused):
        formats.read(b'{"items": [{"stem": "x", "options": ["=a", "~b"]}]}', "quiz.json")


def test_a_question_that_speaks_of_others_is_a_question() -> None:
    read = _read(
        "1. สี\nก. แดง\n*ข. หิน\n2. จากข้อมูลในข้อ 3-4 ข้อใดถูก\n*ก. ใช่\nข. ไม่\n"
        "3. ราคาเท่าใด\nส่วนที่ 2 ของตาราง\nก. 5\n*ข. 6\nข้อที่ 4 ดูตารางแล้วตอบ\nก. 5\n*ข. 6\n"
    )
    assert [one.id for one in read.questions] == ["1", "2", "3", "4"]
    assert not any(one.stimulus for one in read.questions)
    assert any("3" in one and "4" in one for one in read.questions[1].warnings)


def test_stems_without_numbers_are_not_taken_for_reasons() -> None:
    read = _read(
        "ข้อใดเป็นสี\nก. หิน\n*ข. แดง\nเพราะเหตุใดฟ้าจึงเป็นสีน้ำเงิน\n*ก. แสง\nข. น้ำ\nเหตุผล: แสงกระเจิง\nคำตอบของสมการคือข้อใด\nก. 1\n*ข. 2\n"
    )
    assert [one.stem.plain for one in read.questions] == [
        "ข้อใดเป็นสี",
        "เพราะเหตุใดฟ้าจึงเป็นสีน้ำเงิน",
        "คำตอบของสมการคือข้อใด",
    ]
    assert [one.right for one in read.questions] == [(1,), (0,), (1,)]
    assert read.questions[1].choices[0].feedback is not None


def test_numbered_statements_are_of_the_stem() -> None:
    read = _read(
        "คำชี้แจง\n1. ข้อสอบมี 2 ข้อ\n2. ทำทุกข้อ\n"
        "๑. พิจารณาข้อความ\n1) น้ำเดือด 100 องศา\n2) น้ำแข็ง 0 องศา\nข้อใดถูก\n"
        "(ก) 1) เท่านั้น\n(ข) 2) เท่านั้น\n(ค) ทั้ง 1) และ 2)\n(ง) ผิดทั้งหมด\n"
        "๒. ข้อใดถูกต้อง\n๑. เสือ\n๒. ช้าง\nก. ๑\nข. ๒\n๓. สี\nก. แดง\nข. หิน\n"
        "เฉลย\n๑. ค เพราะถูกทั้งสอง  \n๒. ตอบ ข\n๓. ก\n"
    )
    assert [one.stem.plain for one in read.questions] == [
        "พิจารณาข้อความ 1) น้ำเดือด 100 องศา 2) น้ำแข็ง 0 องศา ข้อใดถูก",
        "ข้อใดถูกต้อง ๑. เสือ ๒. ช้าง",
        "สี",
    ]
    assert [one.right for one in read.questions] == [(2,), (1,), (0,)]
    assert read.questions[0].choices[2].feedback is not None


def test_boxes_before_letters_are_ticked_or_not() -> None:
    read = _read(
        "1. สี\n☐ ก. หิน\n☑ ข. แดง\n☐ ค. ไม้\n2. สี\n[ ] A. หิน\n[x] B. แดง\n"
        "3. สี\n☒ ก. ดำ\n☑ ข. แดง\n☐ ค. ไม้\n4. สี\nก. หิน ☐\nข. แดง ☑\n"
    )
    assert [_options(one)[:2] for one in read.questions] == [
        ["หิน", "แดง"],
        ["หิน", "แดง"],
        ["ดำ", "แดง"],
        ["หิน", "แดง"],
    ]
    assert [one.right for one in read.questions] == [(1,), (1,), (), (1,)]


def test_in_word_the_layout_tells_what_goes_on() -> None:
    document = docx.Document()

    def line(text: str, bold: bool = False, **layout: Any) -> None:
        paragraph = document.add_paragraph()
        for n, part in enumerate(text.split("\n")):
            if n:
                paragraph.add_run().add_break()
            paragraph.add_run(part).bold = bold or None
        for name, value in layout.items():
            setattr(paragraph.paragraph_format, name, value)

    for n, stem in enumerate(("ข้อใดเป็นสี", "ข้อใดเป็นผลไม้"), 1):
        line(f"{n}. {stem}")
        line("ก. หิน", bold=True)
    line("ข. แดง\nและเขียว\nตอบ ก เพราะแข็ง")
    line("3. ข้อใดเป็นสัตว์")
    line("ก. แมว", bold=True)
    line("ข. ไม้")
    line("และหิน", left_indent=Inches(0.5))
    line("ข้อความอื่น")
    buffer = io.BytesIO()
    document.save(buffer)
    read = formats.read(buffer.getvalue(), "paper.docx")
    assert [_options(one) for one in read.questions] == [["หิน"], ["หิน", "แดง และเขียว"], ["แมว", "ไม้ และหิน"]]
    assert [one.right for one in read.questions[1:]] == [(0,), (0,)]
    assert any("และเขียว" in one for one in read.questions[1].warnings)
    assert any("และหิน" in one for one in read.questions[2].warnings)
    assert any("ข้อความอื่น" in one for one in read.questions[2].warnings)


TELLING = {
    "paper.gift": "::1::สี{~แดง =หิน ตอบ ข}\n\n::2::สี{~ดำ =ไม้}\n",
    "paper.aiken.txt": "Colour?\nA. red\nB. stone (Key: B)\nANSWER: B\n\nColour?\nA. black\nB. wood\nANSWER: B\n",
    "paper.csv": "Question,A,B,Answer\nColour?,red,stone. Answer: B,B\nColour (ตอบ ข)?,red,wood,B\nColour?,black,wood,B\n",
    "paper.txt": "1. สี\nก. แดง\n*ข. หิน (เฉลย ข)\n2. สี\nก. ดำ\n*ข. ไม้\n",
}


@pytest.mark.parametrize("name", TELLING)
def test_an_option_that_tells_the_key_is_held_back(tmp_path: Path, name: str) -> None:
    """However a file says it: the key would stand in the booklet."""
    code = write_unit(tmp_path / "item_bank").name
    (tmp_path / name).write_text(TELLING[name], "utf-8")
    format = {"paper.csv": "table", "paper.txt": "text"}.get(name)
    taken = import_questions(
        tmp_path / "item_bank", tmp_path / name, code, ImportOptions(pc="E1.01"), format, dry_run=True
    )
    assert len(taken.items) == 1
    assert taken.aside
    assert all("look like a key" in str(one.reason) for one in taken.aside)


@pytest.mark.parametrize(
    "option", ["คำตอบ ก และ ข", "ตอบกลับลูกค้า", "the answer is a number", "ข้อ ก และ ข ถูก", "Answer a call"]
)
def test_options_that_speak_of_answers_are_options(option: str) -> None:
    [question] = _read(f"1. ข้อใด\nก. แดง\n*ข. {option}\n").questions
    assert question.doubt is None
    assert _options(question)[1] == option


def _word(
    *lines: str | tuple[str, ...], tables: tuple[tuple[tuple[str, ...], ...], ...] = ()
) -> QuestionFile:
    """A Word document: a line, or a line whose second part is bold; and tables below."""
    document = docx.Document()
    for line in lines:
        paragraph = document.add_paragraph()
        for n, part in enumerate((line,) if isinstance(line, str) else line):
            paragraph.add_run(part).bold = n > 0 or None
    for rows in tables:
        if len(rows) == 1:
            document.add_paragraph(rows[0][0])
            continue
        table = document.add_table(len(rows), len(rows[0]))
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return formats.read(buffer.getvalue(), "paper.docx")


@pytest.mark.parametrize(
    ("stem", "below", "right"),
    [
        ("ข้อใดเป็นสี", (), ()),
        ("สีมีอะไรบ้าง", (), ()),
        ("จากข้อความ 2 ข้อ สีใดเข้ม", (), ()),
        ("จงเลือกจาก 2 ข้อความ ข้อใดเป็นสี", (), ()),
        ("ข้อใดเป็นสีบ้าง", (), (0, 1, 2)),
        ("ข้อใดเป็นสี (เลือกได้มากกว่า 1 ข้อ)", (), (0, 1, 2)),
        ("Which are colours? Choose three.", (), (0, 1, 2)),
        ("ข้อใดเป็นสี", ("เฉลย ก, ข, ค",), (0, 1, 2)),
    ],
)
def test_several_bold_options_are_a_question_unless_several_are_asked_for(
    stem: str, below: tuple[str, ...], right: tuple[int, ...]
) -> None:
    bold = [(f"{letter}. ", text) for letter, text in zip("กขค", ("แดง", "ดำ", "ขาว"), strict=True)]
    first, second = _word(
        f"1. {stem}", *bold, "ง. หิน", *below, "2. ข้อใดเป็นสี", ("ก. ", "แดง"), "ข. หิน"
    ).questions
    assert first.right == right
    assert second.right == (0,)
    assert right or any("does not allow several" in one for one in first.warnings)


def test_stars_on_more_than_half_of_the_options_are_a_question() -> None:
    two, three = _read(
        "1. สี\n*ก. แดง\n*ข. ดำ\nค. หิน\nง. ไม้\n2. สี\n*ก. แดง\n*ข. ดำ\n*ค. ขาว\nง. ไม้\n"
    ).questions
    assert (two.right, three.right) == ((0, 1), ())


def test_letters_at_the_beginning_of_a_stem_are_no_options() -> None:
    read = _read(
        "1. สี\nก. แดง\n*ข. หิน\n3. ก. ข. และ ค. แข่งวิ่งกัน ใครชนะ\n*ก. นาย ก\nข. นาย ข\nค. นาย ค\n"
        "4. จากข้อมูล\nก. กับ ข. เป็นพี่น้องกัน ใครโต\nก. แดง\n*ข. ดำ\n5. ข้อใดถูก\nก. ข. และ ค. ผิด\n*ข. ดำ\nค. แดง\n"
        "6. A. and B. race. Who wins?\n*A. x\nB. y\n7. ก. 5  ข. 6  *ค. 7\n"
    )
    assert [(one.id, len(one.choices), one.right) for one in read.questions] == [
        ("1", 2, (1,)), ("3", 3, (0,)), ("4", 2, (1,)), ("5", 3, (1,)), ("6", 2, (0,)), ("7", 3, (2,))
    ]  # fmt: skip
    assert read.questions[1].stem.plain == "ก. ข. และ ค. แข่งวิ่งกัน ใครชนะ"
    assert read.questions[2].stem.plain == "จากข้อมูล ก. กับ ข. เป็นพี่น้องกัน ใครโต"
    assert _options(read.questions[3])[0] == "ข. และ ค. ผิด"


def test_a_column_of_keys_in_a_table_of_questions_is_used() -> None:
    options = "\nก. แดง\nข. หิน\nค. ไม้"
    rows = (("ข้อที่", "คำถาม", "เฉลย"), ("1", f"สี{options}", "ก"), ("2", f"หิน{options}", "ข"), ("3", f"ไม้{options}", ""),
            ("4", f"น้ำ{options}", "2"), ("5", f"ดิน{options}", "ค เพราะแข็ง"))  # fmt: skip
    read = _word(tables=(rows,))
    assert [one.right for one in read.questions] == [(0,), (1,), (), (), (2,)]
    assert read.questions[4].choices[2].feedback is not None
    inside = (("ข้อ", "คำถาม", "คำตอบ"), ("1", "สี", "ก. แดง\nข. หิน"), ("2", "หิน", "ก. แดง  ข. หิน"))
    assert [(_options(one), one.right) for one in _word(tables=(inside,)).questions] == [
        (["แดง", "หิน"], ())
    ] * 2


def test_keys_of_parts_whose_numbers_begin_anew() -> None:
    lines = [
        text
        for part in "12"
        for text in (
            f"ตอนที่ {part} จงเลือกคำตอบ",
            *(
                line
                for n in "12"
                for line in (f"{n}. คำถาม {part} ที่ {n}", "ก. แดง", "ข. ดำ", "ค. ขาว", "ง. หิน")
            ),
        )
    ]
    keys = [((f"เฉลย ตอนที่ {part}",),) for part in "12"]
    tables = [(("ข้อ", "เฉลย"), ("1", one[0]), ("2", one[1])) for one in ("กข", "คง")]
    read = _word(*lines, tables=(keys[0], tables[0], keys[1], tables[1]))
    assert [one.right for one in read.questions] == [(0,), (1,), (2,), (3,)]
    unnamed = _word(*lines, tables=((("เฉลย",),), tables[0], tables[1]))
    assert [one.right for one in unnamed.questions] == [()] * 4
    assert any("occur more than once" in one for one in unnamed.notes)
    one_line = _word(*lines, "เฉลย", "ตอนที่ 1 1. ก ตอนที่ 2 1. ค 2. ง")
    assert [one.right for one in one_line.questions] == [()] * 4
    why = _word(*lines, "เฉลย ตอนที่ 1", "1. ก เพราะ ตอนที่ 2 บอก", "2. ข", "เฉลย ตอนที่ 2", "1. ค")
    assert [one.right for one in why.questions] == [(0,), (1,), (2,), ()]


def test_a_list_that_counts_otherwise_than_the_paper_is_not_used_from_there_on() -> None:
    """Keys 1 to 4 of the questions 1, 2, 4, 5: the fourth may be that of 4 or of 5."""

    def right(numbers: str, keys: str) -> list[tuple[int, ...]]:
        paper = "".join(f"{n}. คำถาม\nก. แดง\nข. ดำ\n" for n in numbers)
        return [one.right for one in _read(f"{paper}เฉลย\n{keys}\n").questions]

    assert right("1245", "1. ก  2. ข  3. ก  4. ข") == [(0,), (1,), (), ()]
    assert right("1245", "1. ก  2. ข  4. ก  5. ข") == [(0,), (1,), (0,), (1,)]
    assert right("1234", "1. ก  2. ข  4. ก") == [(0,), (1,), (), (0,)]
    assert right("123", "1. ก  2. ข  3. ก  4. ข") == [(0,), (1,), (0,)]


def test_keys_of_another_part_are_not_used() -> None:
    paper = "ตอนที่ 1\n1. สี\nก. แดง\nข. หิน\n2. สี\nก. แดง\nข. หิน\nตอนที่ 2\n1. เขียน\n2. เขียน\n"
    read = _read(f"{paper}เฉลย ตอนที่ 2\n1. ข  2. ข\n")
    assert [one.right for one in read.questions] == [(), ()]
    assert [one.right for one in _read(f"{paper}เฉลย ตอนที่ 1\n1. ก  2. ข\n").questions] == [(0,), (1,)]

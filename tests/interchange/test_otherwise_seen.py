"""Files whose words are not those that a person sees in them: their questions are held back, with the reason."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from examgen.bank.spreadsheets import import_items
from examgen.core.problems import Refused
from examgen.interchange import formats, markup
from examgen.interchange.importing import ImportOptions, import_questions
from examgen.interchange.question_tables import read_table
from examgen.interchange.questions import Question
from tests.samples import write_unit

MOODLE = """<quiz><question type="multichoice"><name><text>q</text></name>
<questiontext format="html"><text><![CDATA[{stem}]]></text></questiontext><single>true</single>
<answer fraction="100"><text><![CDATA[{right}]]></text></answer>
<answer fraction="0"><text>Iron</text></answer></question></quiz>"""


def moodle(stem: str = "Which one?", right: str = "Tin") -> Question:
    [question] = formats.read(MOODLE.format(stem=stem, right=right).encode(), "q.xml").questions
    return question


def test_raised_and_lowered_letters_of_a_style_are_kept() -> None:
    html = '10<span style="vertical-align: super">3</span> H<span style="vertical-align:sub;">2</span>O'
    assert markup.from_html(html).markdown == "10³ H₂O"


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("Tin<span style='display: none'> correct</span>", "hidden text"), ("Tin <b hidden>yes</b>", "hidden text"),
        ("<span class='qti-visually-hidden'>Tin</span> x", "hidden text"), ("<i style='font-size:0'>x</i>Tin", "hidden text"),
        ("<span style='color:white'>key</span>Tin", "hidden text"), ("<s>Tin</s> Lead", "struck-out"), ("<del>not</del> Tin", "struck-out"),
        ("<span style='text-decoration: line-through'>Tin</span> Lead", "struck-out"),
        ("<span style='text-transform:uppercase'>mw</span>", "capitals"),
        ("<ol start='4'><li>wash</li></ol>", "does not begin with 1"), ("<ol type='A'><li>wash</li></ol>", "does not begin with 1"),
    ],
)  # fmt: skip
def test_what_is_hidden_struck_out_or_numbered_otherwise_holds_a_question_back(html: str, why: str) -> None:
    assert why in str(moodle(stem=f"Which? {html}").doubt)
    assert why in str(moodle(right=html).doubt)


@pytest.mark.parametrize(
    "html",
    [
        "<u>Tin</u>",
        "<span style='color:#ff0000'>Tin</span>",
        "<ol><li>wash</li></ol>",
        "<p style='display:block'>Tin</p>",
    ],
)
def test_what_looks_plain_is_taken(html: str) -> None:
    assert moodle(right=html).doubt is None


def test_entities_of_gift_are_what_moodle_shows() -> None:
    [question] = formats.read(b"Which tag rules a line? {=&lt;hr&gt; ~&lt;p&gt; ~a & b}", "q.gift").questions
    assert [one.text.plain for one in question.choices] == ["<hr>", "<p>", "a & b"]


@pytest.mark.parametrize("look", ["strike", "double_strike", "hidden"])
def test_struck_out_and_hidden_words_of_a_document_hold_a_question_back(look: str) -> None:
    document, buffer = docx.Document(), io.BytesIO()
    document.add_paragraph("1. Which metal rusts?")
    document.add_paragraph("A. Tin")
    setattr(document.add_paragraph("B. Iron").add_run(" (old)").font, look, True)
    document.add_paragraph("Answer: B")
    document.save(buffer)
    [question] = formats.read(buffer.getvalue(), "q.docx").questions
    assert ("hidden" if look == "hidden" else "struck-out") in str(question.doubt)


RAISED = CellRichText("10", TextBlock(InlineFont(vertAlign="superscript"), "3"))
STRUCK = CellRichText(TextBlock(InlineFont(strike=True), "Iron"), " Lead")


def workbook(path: Path, rows: list[list[Any]], number_format: str = "", struck: bool = False) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    cell = sheet.cell(2, 2)
    cell.number_format = number_format or cell.number_format
    cell.font = Font(strike=struck)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("value", "number_format", "struck", "why"),
    [
        (RAISED, "", False, "raised"), (STRUCK, "", False, "struck-out"), ("Tin", "", True, "struck-out"),
        (0.25, "0%", False, "25%"), (12, '0" kg"', False, "kg"), (3.14159, "0.0", False, "3.1"), (1500, "#,##0", False, "1,500"),
    ],
)  # fmt: skip
def test_a_cell_that_shows_something_else_holds_its_question_back(
    tmp_path: Path, value: Any, number_format: str, struck: bool, why: str
) -> None:
    heads = ["Question", "Option A", "Option B", "Answer"]
    path = workbook(
        tmp_path / "q.xlsx",
        [heads, ["Which?", value, "x", "B"], ["And?", "y", "z", "A"]],
        number_format,
        struck,
    )
    reading = read_table(path, None)
    assert [one.stem.plain for one in reading.questions] == ["And?"]
    assert why in str(reading.set_aside[0].reason)
    assert "B2" in str(reading.set_aside[0].reason)


@pytest.mark.parametrize("value", [RAISED, STRUCK])
def test_the_workbook_of_the_bank_is_refused_at_such_a_cell(tmp_path: Path, value: Any) -> None:
    write_unit(tmp_path / "item_bank")
    heads = [
        "id",
        "stem",
        "option a",
        "pc",
        "level",
        "category",
        "option b",
        "key",
        "reference",
        "rationale a",
        "rationale b",
    ]
    row = ["", "Which?", value, "E1.01", "3", "apply", "x", "b", "r", "because", "because"]
    with pytest.raises(Refused) as caught:
        import_items(tmp_path / "item_bank", workbook(tmp_path / "f.xlsx", [heads, row]), "T-1")
    assert [(one.source, one.code) for one in caught.value.problems if one.severity == "error"] == [
        ("f.xlsx:Sheet!C2", "cell-format")
    ]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("::h1:: Which gas? {=Neon ~Ar\u200fgon ~Xenon}", "option 2 "), ("::h1:: Which g\u202eas? {=Neon ~Argon}", "its stem "),
        ("::h1:: Which gas? {=Neon#be\u200ecause ~Argon}", "the feedback of option 1 "), ("::h\u200e1:: Which gas? {=Neon ~Argon}", "its name "),
    ],
)  # fmt: skip
def test_a_character_that_turns_the_direction_holds_its_question_back(
    tmp_path: Path, text: str, where: str
) -> None:
    write_unit(tmp_path / "item_bank")
    path = tmp_path / "q.gift"
    path.write_text(f"{text}\n\nAnd this? {{=yes ~no}}\n", "utf-8")
    taken = import_questions(tmp_path / "item_bank", path, "T-1", ImportOptions(pc="E1.01"))
    assert len(taken.items) == 1
    assert [
        one.reason.startswith(f"{where}") and "invisible character U+20" in one.reason for one in taken.aside
    ] == [True]


def test_a_character_that_turns_the_direction_is_told_at_its_cell(tmp_path: Path) -> None:
    write_unit(tmp_path / "item_bank")
    path = tmp_path / "f.csv"
    heads = "id,pc,level,category,stem,option a,option b,key,reference,rationale a,rationale b"
    path.write_text(f"{heads}\n,E1.01,3,apply,Which?,Ne\u200fon,Argon,a,r,because,because\n", "utf-8")
    with pytest.raises(Refused) as caught:
        import_items(tmp_path / "item_bank", path, "T-1")
    [problem] = [one for one in caught.value.problems if one.severity == "error"]
    assert (problem.source, problem.field) == ("f.csv!F2", "options.a")
    assert "U+200F" in problem.message


@pytest.mark.parametrize(
    "options",
    [("<", "&lt;"), ("Tin", "**Tin**"), ("Tin", "T\u200bin"), ("Tin", "Tin&nbsp;"), ("Tin", "&nbsp;")],
)
def test_options_that_print_alike_or_empty_are_an_error(tmp_path: Path, options: tuple[str, str]) -> None:
    write_unit(tmp_path / "item_bank")
    path = tmp_path / "f.csv"
    heads = "id,pc,level,category,stem,option a,option b,option c,key,reference,rationale a,rationale b,rationale c"
    path.write_text(f"{heads}\n,E1.01,3,apply,Which?,{options[0]},{options[1]},Lead,c,r,x,y,z\n", "utf-8")
    with pytest.raises(Refused) as caught:
        import_items(tmp_path / "item_bank", path, "T-1")
    assert {one.code for one in caught.value.problems} & {"option-twice", "option-empty"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Which?\nA. x\nB. y\nANSWER: \u0412\n", "CYRILLIC CAPITAL LETTER VE"), ("Which?\nA. x\nB. y\nANSWER: A\nANSWER: B\n", "keys differ"),
        ("1. Which?\nก. *x\nข. y\nเฉลย ข\n", "keys differ"), ("1. Which?\nก. x\nข. y\nเฉลย ง\n", "not one of its options"),
    ],
)  # fmt: skip
def test_a_key_that_is_there_and_not_sure_is_told_as_what_it_is(text: str, why: str) -> None:
    [question] = formats.read(text.encode(), "q.txt").questions
    assert why in str(question.doubt)
    assert not question.right

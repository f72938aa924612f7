"""Files whose questions would come in wrong without a word: each kind is read right, held back or told."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.shared import Pt, RGBColor
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from examgen.interchange import formats
from examgen.interchange.question_tables import read_table
from examgen.interchange.questions import Question, QuestionFile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LINES = ("1. Which metal rusts?", "A. Tin", "B. Iron", "C. Lead", "Answer: B")
FIELD = (
    '<w:fldChar w:fldCharType="begin"/><w:instrText>{}</w:instrText><w:fldChar w:fldCharType="separate"/>'
    '{}<w:fldChar w:fldCharType="end"/>'
)
CHART = (
    '<w:drawing><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"/></a:graphic></w:drawing>'
)


def read(text: str, name: str = "q.txt", format: str | None = None) -> QuestionFile:
    return formats.read(text.encode(), name, format)


def word(change: Callable[[Any], Any], lines: Sequence[str] = LINES) -> QuestionFile:
    """A document of the lines, with the paragraphs changed."""
    document, buffer = docx.Document(), io.BytesIO()
    change([document.add_paragraph(line) for line in lines])
    document.save(buffer)
    return formats.read(buffer.getvalue(), "q.docx")


def run(xml: str, line: int = 0) -> Callable[[Any], Any]:
    return lambda lines: lines[line]._p.append(parse_xml(f"<w:r {W}>{xml}</w:r>"))


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ('<w:sym w:font="Wingdings 3" w:char="F061"/>', "a symbol of another font"), (FIELD.format("EQ \\f(1,2)", ""), "a field without"),
        (CHART, "a chart, shape"), ('<w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"/></w:pict>', "a chart, shape"),
        ('<w:footnoteReference w:id="2"/>', "a footnote"), ('<w:endnoteReference w:id="2"/>', "a footnote"),
        ('<w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t> not</w:t>', "hidden text"), ('<w:rPr><w:sz w:val="2"/></w:rPr><w:t> not</w:t>', "hidden text"),
        ("<w:ruby><w:rubyBase><w:r><w:t>x</w:t></w:r></w:rubyBase></w:ruby>", "content of Word"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line", [0, 1])
def test_what_of_a_document_is_not_read_or_not_seen_holds_its_question_back(
    xml: str, words: str, line: int
) -> None:
    [question] = word(run(xml, line)).questions
    assert words in str(question.doubt)


@pytest.mark.parametrize(
    ("xml", "stem"),
    [
        ('<w:sym w:font="Symbol" w:char="F057"/>', "Ω"), ("<w:rPr><w:caps/></w:rPr><w:t> mw</w:t>", " MW"),
        ('<w:rPr><w:position w:val="6"/></w:rPr><w:t>2</w:t>', "²"), (FIELD.format("REF x", "<w:t> 7</w:t>"), " 7"), (FIELD.format("XE x", ""), ""),
        ('<w:rPr><w:color w:val="FFFFFF"/><w:highlight w:val="black"/></w:rPr><w:t> x</w:t>', " x"),
    ],
)  # fmt: skip
def test_what_a_document_shows_is_read(xml: str, stem: str) -> None:
    [question] = word(run(xml)).questions
    assert (question.doubt, question.stem.markdown) == (None, f"Which metal rusts?{stem}")


@pytest.mark.parametrize(
    ("xml", "latex"),
    [
        ('<m:d><m:dPr><m:begChr m:val="|"/><m:endChr m:val="|"/></m:dPr><m:e><m:r><m:t>x</m:t></m:r></m:e></m:d>', r"\left|x\right|"),
        ("<m:bar><m:e><m:r><m:t>x</m:t></m:r></m:e></m:bar>", r"\overline{x}"), ("<m:sPre><m:e><m:r><m:t>x</m:t></m:r></m:e></m:sPre>", None),
    ],
)  # fmt: skip
def test_a_formula_of_word_is_read_whole_or_holds_its_question_back(xml: str, latex: str | None) -> None:
    space = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    formula = parse_xml(f"<m:oMath {space}>{xml}</m:oMath>")
    [question] = word(lambda lines: lines[0]._p.append(formula)).questions
    assert (latex or "") in question.stem.markdown
    assert (question.doubt is None) == (latex is not None)


def _look(**looks: RGBColor | bool) -> Callable[[Any], Any]:
    """Options by their letters in a colour, or bold."""

    def change(lines: Any) -> None:
        for letter, look in looks.items():
            font = lines[" ABC".index(letter)].runs[0].font
            if isinstance(look, bool):
                font.bold = look
            else:
                font.color.rgb = look

    return change


RED, GREEN = RGBColor(255, 0, 0), RGBColor(0, 128, 0)


@pytest.mark.parametrize(
    ("change", "right", "is_held"),
    [
        (_look(A=RED), (), True), (_look(B=RED), (1,), False), (_look(A=GREEN, B=RED, C=RED), (), True), (_look(A=RED, B=GREEN, C=RED), (1,), False),
        (lambda lines: setattr(lines[0].add_run(" x").font, "size", Pt(9)), (1,), False),
    ],
)  # fmt: skip
def test_colours_are_held_against_the_line_of_the_answer(
    change: Callable[[Any], Any], right: tuple[int, ...], is_held: bool
) -> None:
    [question] = word(change).questions
    assert (question.right, question.doubt is not None) == (right, is_held)


def test_keys_that_only_bold_letters_show_are_told_and_count_where_the_paper_marks_keys_so() -> None:
    first = word(_look(B=True), LINES[:-1])
    assert first.questions[0].right == (1,)
    assert any("only by the look" in note for note in first.notes)
    second = ("2. And?", "A. x", "B. y", "Answer: A", "3. And this?", "A. v", "B. w", "Answer: B")
    held, *others = word(_look(B=True), (*LINES[:-1], *second)).questions
    assert "look of an option" in str(held.doubt)
    assert [one.doubt for one in others] == [None, None]


@pytest.mark.parametrize(("comment", "is_held"), [("The answer is A", True), ("nice", False)])
def test_comments_of_a_document_are_told(comment: str, is_held: bool) -> None:
    document, buffer = docx.Document(), io.BytesIO()
    lines = [document.add_paragraph(line) for line in LINES]
    document.add_comment(lines[1].runs, text=comment, author="x")
    document.save(buffer)
    [question] = formats.read(buffer.getvalue(), "q.docx").questions
    assert any(comment in warning for warning in question.warnings)
    assert (question.doubt is not None) == is_held


@pytest.mark.parametrize(
    "stem",
    [
        "Which rusts? Answer: A", "Which rusts? (B)", "Which rusts? [B]", "__B__ 1. Which rusts?", "Which rusts? Ans. B", "ข้อใดเป็นสนิม? (ข)",
        "Choose two metals that rust.", "Pick 2.", "Which two metals rust?", "Select three of these.", "เลือก 2 ข้อ", "Which rust? (2 answers)", "#REF!", "〃", "Same as above",
        "Which {1:MC:=a~b}?",
    ],
)  # fmt: skip
def test_a_stem_that_tells_its_key_or_asks_for_more_options_holds_its_question_back(stem: str) -> None:
    options = "Iron,Tin,Lead"
    for text, name, format in (
        (f"{stem}\nA. Iron\nB. Tin\nC. Lead\nANSWER: B\n", "q.txt", "aiken"),
        (f"<quiz><question type='multichoice'><questiontext format='html'><text>{stem}</text></questiontext>"
         "<answer fraction='100'><text>Iron</text></answer><answer fraction='0'><text>Tin</text></answer></question></quiz>", "q.xml", None),
    ):  # fmt: skip
        assert all(one.doubt is not None for one in read(text, name, format).questions), options


@pytest.mark.parametrize(
    "stem",
    [
        "Which is the symbol of carbon (C)?", "Which one of these rusts?", "Choose one.", "Which two-stroke engine is cold?", "เลือกคำตอบที่ถูกเพียง 1 ข้อ",
        "Select at least two.", "Which answer does the customer get?", "Vitamin A or B (iron)?", "#1 tool?", "Which of the two pumps runs?",
    ],
)  # fmt: skip
def test_a_stem_of_plain_words_is_taken(stem: str) -> None:
    [question] = read(f"{stem}\nA. Iron\nB. Tin\nANSWER: A\n", "q.txt", "aiken").questions
    assert (question.doubt, question.right) == (None, (0,))


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("Which? {=Neon ~5~6 ~Xenon}", "gift"), ("Which? {=C# ~Java ~Ada}", "gift"), ("Which? {=Neon ~a<b=c ~Xenon}", "gift"),
        ("Which? {=Neon ~<b>Argon</b> ~Xenon}", "gift"), ("Which? {=B) Neon ~A) Argon}", "gift"), ("Which? {=Neon ~1-Feb ~Xenon}", "gift"),
        ('Which? {=Neon ~" ~Xenon}', "gift"), ("Which? {=Neon ~#N/A is shown ~Xenon}", "gift"), ("Which?\nA. Neon\nA second\nB. Argon #correct\nANSWER: A\n", "aiken"),
        ("Choose one.\nA. Neon\nB. Argon\nANSWER: A, B\n", "aiken"), ("1. Which?\na) Neon <-- key\nb) Argon\nAnswer: b\n", "text"),
    ],
)  # fmt: skip
def test_signs_and_debris_in_options_hold_a_question_back(text: str, format: str) -> None:
    [question] = read(text, "q.txt", format).questions
    told = ("is empty", "letters in another order")
    assert question.doubt is not None or any(words in one for one in question.warnings for words in told)


@pytest.mark.parametrize(
    "note", ["[LO3][Bloom: Apply][0.62]", "DIF:2", "[D=0.31]", "[CLO 2]", "(ความยาก 0.45)"]
)
def test_notes_of_another_program_behind_a_text_are_left_out_and_told(note: str) -> None:
    text = f"Which metal rusts? {note}\nA) Tin\nB) Iron {note}\nC) Gold\nANSWER: B\n"
    [question] = read(text, format="aiken").questions
    assert [question.stem.plain, question.choices[1].text.plain] == ["Which metal rusts?", "Iron"]
    assert any("left out" in str(one) for one in question.warnings) or note == "DIF:2"
    kept = "Which interval holds 0.7?\nA) [0.62]\nB) [H2O]\nC) x [0.5]\nANSWER: B\n"
    assert read(kept, format="aiken").questions[0].warnings == ()


def test_a_tick_in_aiken_and_a_label_of_feedback_are_cut_and_told() -> None:
    [question] = read("Which?\nA) Iron\nB) Tin \u2713\nANSWER: B\n", format="aiken").questions
    assert (question.right, question.choices[1].text.plain) == ((1,), "Tin")
    assert "the marks of options B are left out" in question.warnings
    paper = "1. Which?\na. Iron\nb. Tin\nANS: B\nFeedback: Tin is soft.\n"
    [question] = read(paper, format="text").questions
    assert question.choices[1].feedback
    assert question.choices[1].feedback.plain == "Tin is soft."


def test_numbers_and_letters_of_another_program_are_not_printed() -> None:
    aiken = read("7. Which?\nA. Tin\nB. Iron\nANSWER: B\n\n8. And?\nA. x\nB. y\nANSWER: A\n", format="aiken")
    assert [one.stem.markdown for one in aiken.questions] == ["Which?", "And?"]
    [gift] = read("3) Which? {=A. Neon ~B. Argon}", format="gift").questions
    assert (gift.stem.markdown, [one.text.markdown for one in gift.choices]) == ("Which?", ["Neon", "Argon"])


TEXT2QTI = """1. Which metal rusts?
... General feedback
+ Well done.
- Not so.
a) Tin
... It does not.
*b) Iron
"""


def test_feedback_of_text2qti_is_no_part_of_a_question() -> None:
    reading = read(TEXT2QTI, format="text")
    [question] = reading.questions
    assert question.stem.plain == "Which metal rusts?"
    assert [one.text.plain for one in question.choices] == ["Tin", "Iron"]
    assert all(any(words in note for note in reading.notes) for words in ("General", "Well done", "Not so"))


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<font color='white'>x</font>", "hidden"), ("<i style='font-size:1px'>x</i>", "hidden"), ("<i style='opacity:0.01'>x</i>", "hidden"),
        ("<i style='position:absolute;left:-9999px'>x</i>", "hidden"), ("<i style='color:#fefefe'>x</i>", "hidden"), ("<font face='Symbol'>a</font>", "symbol"),
        ("<bdo dir='rtl'>abc</bdo>", "right to left"), ("<math><mmultiscripts><mi>F</mi></mmultiscripts></math>", "formula"),
    ],
)  # fmt: skip
def test_what_html_hides_or_shows_otherwise_holds_a_question_back(html: str, words: str) -> None:
    [question] = read(f"Which {html.replace('=', chr(92) + '=').replace(':', chr(92) + ':').replace('#', chr(92) + '#')}? {{=x ~y}}", format="gift").questions  # fmt: skip
    assert words in str(question.doubt)


def test_quotes_and_white_letters_on_a_ground_are_seen() -> None:
    [question] = read(
        r"<q>Yes</q> who <b style\='color\:white;background\:red'>now</b>? {=x ~y}", format="gift"
    ).questions
    assert (question.doubt, question.stem.plain) == (None, "“Yes” who now?")


def sheet(tmp_path: Path, change: Callable[[Any], Any]) -> QuestionFile:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (
        ["Question", "A", "B", "C", "Answer"],
        ["Which?", "p", "q", "r", "B"],
        ["And?", "s", "t", "u", "A"],
    ):
        page.append(row)
    change(page)
    book.save(tmp_path / "q.xlsx")
    return read_table(tmp_path / "q.xlsx", None)


YELLOW = PatternFill("solid", fgColor="FFFF00")


@pytest.mark.parametrize(
    "change",
    [
        lambda page: setattr(page["B2"], "fill", YELLOW), lambda page: setattr(page["D2"], "font", Font(color="FF0000")),
        lambda page: setattr(page["D2"], "font", Font(bold=True)), lambda page: setattr(page["B2"], "font", Font(color="FFFFFF")),
        lambda page: setattr(page["B2"], "number_format", ";;;"), lambda page: setattr(page.row_dimensions[2], "hidden", True),
        lambda page: setattr(page["B2"], "value", "#REF!"),
    ],
)  # fmt: skip
def test_a_workbook_that_shows_another_key_or_hides_something_holds_its_row_back(
    tmp_path: Path, change: Callable[[Any], Any]
) -> None:
    sound = [one for one in sheet(tmp_path, change).questions if one.doubt is None]
    assert [one.stem.plain for one in sound] == ["And?"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda page: setattr(page["B2"], "comment", Comment("this is the key", "x")), "this is the key"),
        (lambda page: setattr(page.column_dimensions["C"], "hidden", True), "hidden columns"),
        (lambda page: setattr(page.parent.copy_worksheet(page), "sheet_state", "hidden"), "hidden sheets"),
    ],
)  # fmt: skip
def test_comments_and_hidden_parts_of_a_workbook_are_told(
    tmp_path: Path, change: Callable[[Any], Any], words: str
) -> None:
    reading = sheet(tmp_path, change)
    assert len(reading.questions) == 2
    assert any(words in note for note in reading.notes)


QTI = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="i"><responseDeclaration identifier="R"
cardinality="multiple" baseType="identifier"><correctResponse><value>B</value></correctResponse></responseDeclaration><itemBody>
<p>Which?</p>{}<choiceInteraction responseIdentifier="R" {}><simpleChoice identifier="A">x</simpleChoice>
<simpleChoice identifier="B" {}>y</simpleChoice></choiceInteraction></itemBody></assessmentItem>"""


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("", 'minChoices="2"', ""), "asks for 2"), (("", "", 'templateIdentifier="T" showHide="show"'), "a program shows"),
        (("<infoControl><p>It is x</p></infoControl>", "", ""), "It is x"), (("<feedbackBlock><p>key A</p></feedbackBlock>", "", ""), "key A"),
    ],
)  # fmt: skip
def test_what_qti_asks_shows_or_hides_is_told(parts: tuple[str, str, str], words: str) -> None:
    question: Question
    [question] = read(QTI.format(*parts), "q.xml").questions
    assert any(words in one for one in question.warnings)


@pytest.mark.parametrize(
    ("gift", "words"),
    [
        ("อุณหภูมิใดเหมาะแก่การเก็บนม {~8 องศา#อุณหภูมินี้เหมาะสมที่สุด เพราะเชื้อโตช้า =15 องศา#ร้อนไป ยังไม่ใช่}", "feedback of option"),
        ("Which heat is right? {~Low#Fine. =High#Too hot, not right.}", "feedback of option"),
        ("What is the reading in the picture on the left? {=7 mm ~8 mm}", "the picture on the left"),
        ("From the invoice above, how much is due? {=70 baht ~80 baht}", "the invoice above"),
        ("ผู้จัดการในเรื่องที่อ่านทำผิดข้อใด {=ไม่ประชุม ~ไม่จ่าย}", "ในเรื่องที่อ่าน"),
        ("ตามใบแจ้งหนี้ข้างต้น ต้องจ่ายเท่าใด {=ร้อยบาท ~พันบาท}", "ใบแจ้งหนี้ข้างต้น"),
        ("ลูกค้ารายเดียวกันนี้ควรได้ส่วนลดเท่าใด {=ห้าบาท ~สิบบาท}", "ลูกค้ารายเดียวกันนี้"),
        ("Which tool is used? {=Torque wrench @ Right, it clicks. ~Pliers}", "marked as right or wrong"),
        ("Which metal is magnetic? {~Copper =100%Iron ~Lead}", "marked as right or wrong"),
    ],
)  # fmt: skip
def test_what_would_pass_in_silence_is_held(gift: str, words: str) -> None:
    [one] = formats.read(gift.encode(), "quiz.gift", "gift").questions
    assert words in str(one.doubt)


@pytest.mark.parametrize(
    ("gift", "words"),
    [
        ("Which part breaks when the current is high? {=Switch ~Fuse ~Lamp ####The thin wire of the fuse melts first.}", "may name another"),
        ("ภาษีเก็บในอัตราร้อยละเท่าใด {~5 ~7 =10 ####ปัจจุบันลดเหลือร้อยละ 7 รวมภาษีท้องถิ่นแล้ว}", "may name another"),
        ("เครื่องมือใดวัดความต้านทาน (จำ) {=โอห์มมิเตอร์ ~วัตต์มิเตอร์ (ความยาก 0.45)}", "(จำ)"),
    ],
)  # fmt: skip
def test_what_would_pass_in_silence_is_told(gift: str, words: str) -> None:
    [one] = formats.read(gift.encode(), "quiz.gift", "gift").questions
    assert one.doubt is None
    assert any(words in str(warning) for warning in one.warnings)
    assert "(" not in one.stem.plain + "".join(choice.text.plain for choice in one.choices)

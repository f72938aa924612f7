"""Questions that contradict themselves, each other or the bank, and what other programs print beside them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from examgen.core.words import Message
from examgen.interchange import formats, markup
from examgen.interchange.importing import ImportOptions, import_questions
from examgen.interchange.questions import Question, QuestionFile
from tests.samples import write_unit


def read(text: str, name: str, format: str | None = None) -> QuestionFile:
    return formats.read(text.encode(), name, format)


def only(text: str, name: str, format: str | None = None) -> Question:
    [question] = read(text, name, format).questions
    return question


@pytest.mark.parametrize(
    ("explanation", "contradicts"),
    [
        ("The correct answer is: Oxygen", True), ("The answer is oxygen.", True), ("Oxygen is the right answer", True),
        ("Right answer: Nitrogen, because it is inert", True), ("คำตอบที่ถูกต้องคือ Oxygen", True), ("เฉลย: Nitrogen", True),
        ("The correct answer is: Neon", False), ("It is Neon, not Oxygen.", False), ("Oxygen is needed to burn.", False),
        ("The answer is a noble gas", False), ("Oxygen is noble.", True), ("Oxygen, because it is light.", True),
        ("Oxygen is not noble.", False), ("Oxygen it is, as its shell is full.", True), ("The answer we want here would be oxygen.", True),
        ("(B)", True), ("(A)", False), ("Key\\: O. See p. 12.", True), ("Use oxygen, because it is noble.", True), ("Neon is not noble.", True), ("Neon is not noble, oxygen is.", True),
        ("Neon is scarce, but oxygen is noble.", True), ("The book says that oxygen is noble.", True), ("A full shell makes oxygen noble.", True),
        ("Oxygen is often named as the answer, but it burns.", False), ("Neon, unlike oxygen, is noble.", False), ("You may use oxygen to burn it.", False),
        ("It is said that oxygen is not noble.", False), ("Hence the key is B.", True), ("So C it is.", True), ("So A it is.", False),
        ("What was asked for is nitrogen.", True), ("Neon is what was asked for.", False),
    ],
)  # fmt: skip
def test_an_explanation_is_held_against_the_key_by_words(explanation: str, contradicts: bool) -> None:
    question = only(f"Which gas is noble? {{=Neon ~Oxygen ~Nitrogen ####{explanation}}}", "q.gift")
    assert (question.doubt is not None) == contradicts


@pytest.mark.parametrize(
    ("neon", "oxygen", "contradicts"),
    [
        ("Wrong, it is Oxygen.", "Yes, that is right.", True), ("No.", "", True), ("", "Well done!", True),
        ("ยังไม่ถูกนะ", "ถูกต้องแล้วครับ", True), ("", "Spot on!", True), ("Try again", "", True), ("เก่งมาก", "ลองใหม่อีกครั้ง", False),
        ("", "This is what you should have chosen.", True), ("0 points", "1 point", True), ("1 point", "0 points", False), ("Neon is not noble.", "", True),
        ("Yes, it does not react.", "No, it burns things.", False), ("", "It is Neon.", False),
    ],
)  # fmt: skip
def test_feedback_of_options_is_held_against_the_key(neon: str, oxygen: str, contradicts: bool) -> None:
    question = only(f"Which one is noble? {{=Neon#{neon} ~Oxygen#{oxygen} ~Nitrogen}}", "q.gift")
    assert (question.doubt is not None) == contradicts


@pytest.mark.parametrize(
    ("stem", "options", "explanation", "contradicts"),
    [
        ("How much is 2 + 3 × 4?", "20 ~14 ~24", "3 × 4 \\= 12, then 2 + 12 \\= 14.", True), ("How long, on 6 litres at 2 l/min?", "4 ~3 ~12", "6 / 2 \\= 3 minutes", True),
        ("ค่าเช่าสุทธิเป็นเท่าใด", "10,000 บาท ~12,000 บาท ~15,000 บาท", "1,000 × 12 \\= 12,000 บาท", True), ("When was it?", "2559 ~2560 ~2558", "It was on 13 October 2560.", True),
        ("How many members must come?", "seven ~five ~nine", "The bylaw asks for five members to be there.", True), ("How much is left?", "40 l ~50 l", "90 - 15 \\= 75 l", True),
        ("How much is 2 + 3 × 5?", "17 ~25 ~30", "Multiply first; 25 is what you get by adding first.", False), ("How much is 5 × 5?", "25 ~10", "5 × 5 \\= 25, while 5 + 5 \\= 10.", False),
        ("What share is it?", "25 % ~50 %", "1 / 4 \\= 0.25", False), ("How thick is it?", "6 mm ~4 mm", "A cable of 4 mm carries less.", False), ("How many days?", "30 ~7", "See rule 7", False),
        ("ข้อใดเป็นก๊าซเฉื่อย", "นีออน ~ออกซิเจน", "นีออนไม่ใช่ก๊าซเฉื่อย ส่วนออกซิเจนเป็นก๊าซเฉื่อย", True), ("ข้อใดเป็นก๊าซเฉื่อยในหลอดที่ 7", "นีออน ~ออกซิเจน", "ต้องเลือกออกซิเจน เพราะวงนอกเต็ม", True),
        ("ผู้ใดเป็นผู้อนุมัติคำขอ", "นายทะเบียน ~ผู้อำนวยการ", "ระเบียบข้อ 5 ให้ผู้อำนวยการเป็นผู้อนุมัติคำขอ", True), ("ต้องเก็บกี่ปี", "3 ปี ~2 ปี ~5 ปี", "กฎหมายกำหนดให้เก็บไว้ไม่น้อยกว่า 2 ปี", True),
        ("How long is a half?", "121.8 cm ~122 cm", "(2440 - 4) ÷ 2 \\= 1218 mm", False), ("What is half of it in mm?", "1200 ~1300", "240 ÷ 2 \\= 120 cm", False), ("What is a quarter of a day?", "6 hours ~8 hours", "1440 ÷ 4 \\= 360 minutes", False), ("ผู้ใดลงนาม", "นายทะเบียน ~ผู้อำนวยการ", "นายทะเบียนลงนาม", False), ("ข้อใดเป็นก๊าซเฉื่อย", "นีออน ~ออกซิเจน", "ออกซิเจนไม่ใช่ก๊าซเฉื่อย", False),
    ],
)  # fmt: skip
def test_an_explanation_comes_to_the_key(
    stem: str, options: str, explanation: str, contradicts: bool
) -> None:
    assert (only(f"{stem} {{={options} ####{explanation}}}", "q.gift").doubt is not None) == contradicts


@pytest.mark.parametrize(
    ("said", "contradicts"), [("True\\: rule 4 gives 30 days.", True), ("False, see rule 4.", False), ("ถูก เพราะข้อ 4 ให้ไว้", True), ("True north is meant.", False)]
)  # fmt: skip
def test_an_explanation_of_a_statement_does_not_call_it_otherwise(said: str, contradicts: bool) -> None:
    assert (only(f"A fee is paid back. {{F ####{said}}}", "q.gift").doubt is not None) == contradicts


@pytest.mark.parametrize("name", ["correctfeedback", "incorrectfeedback", "hint", "generalfeedback"])
@pytest.mark.parametrize(
    ("said", "contradicts"), [("No, it is iron.", True), ("Your answer is incorrect.", False)]
)
def test_all_texts_of_moodle_are_held_against_the_key(name: str, said: str, contradicts: bool) -> None:
    text = (
        f"<quiz><question type='multichoice'><questiontext><text>Which is an alloy?</text></questiontext><{name}><text>{said}"
        f"</text></{name}><answer fraction='100'><text>brass</text></answer><answer fraction='0'><text>iron</text></answer></question></quiz>"
    )
    assert (only(text, "q.xml").doubt is not None) == contradicts


def test_feedback_of_an_option_that_says_no_may_repeat_it() -> None:
    assert only("May the pump run dry? {=No#No, it seizes. ~Yes#Yes is wrong.}", "q.gift").doubt is None


@pytest.mark.parametrize(
    "typed",
    [
        "If a<b and c>d, what of x?",
        "x<y>z",
        "Enter <unit> here",
        "a <b, c> d",
        "i<n",
        "cp <source> <target>",
        "rm <link>",
        "ssh <address> <time>",
        "80 <title>",
        "mv <data> <object>",
        "press <button> or <Input>",
        "what closes it, </title>?",
        "press <i>",
        "</b>",
        "a<b>c",
        "get<b>(v)",
        "put<i>(v) of Stack<s>",
        "how vector<p> is read",
        "<u>",
        "<table>",
        "<hr>",
        "the <td> and <div> of it",
    ],
)
def test_characters_between_angle_brackets_are_kept_where_they_are_no_tag(typed: str) -> None:
    assert markup.from_html(f"<p>{typed}</p>").plain == typed


def test_a_tag_of_html_stays_one() -> None:
    html = '<P CLASS=x>a <B>b</B><br/><input disabled><o:p>c</o:p><a href="x>y">d</a></P>'
    assert markup.from_html(html).markdown.split() == ["a", "**b**", "cd"]
    assert markup.from_html("<p>a<br>b <i>c <time>d</time></i>").markdown.split() == ["a", "b", "*c", "d*"]
    assert (
        markup.from_html("<ul><li>a<li>b</ul><p>c</p><hr><table><tr><td>d<td>e</table>").plain == "a b c d e"
    )


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("10<sup>-3</sup> mol", "$10^{-3}$ mol"), ("a<sup>n+1</sup>", "$a^{n+1}$"), ("10<sup>3</sup>", "10³"),
        ("SO<sub>4</sub><sup>2-</sup>", "SO₄${}^{2-}$"), ("2.5<sup>−3</sup>", "$2.5^{-3}$"), ("mol<sup>-1</sup>", "mol${}^{-1}$"),
    ],
)  # fmt: skip
def test_raised_signs_that_the_fonts_lack_are_formulas(html: str, markdown: str) -> None:
    assert markup.from_html(html).markdown == markdown


RESPONDUS = """1. Which is nearest to the sun?
@ General feedback: think of heat.
~ Right feedback
a. Earth
@ No, third.
*b. Mercury
@ Yes.
c. Mars
"""


def test_lines_of_feedback_are_no_part_of_options() -> None:
    question = only(RESPONDUS, "q.txt", "text")
    assert [one.text.plain for one in question.choices] == ["Earth", "Mercury", "Mars"]
    assert [one.feedback.plain if one.feedback else "" for one in question.choices] == [
        "No, third.",
        "Yes.",
        "",
    ]
    assert question.stem.plain == "Which is nearest to the sun?"


def test_lines_of_feedback_in_aiken_are_feedback() -> None:
    question = only("Which is red?\nA. Earth\n@ No, blue.\nB. Mars\nANSWER: B\n", "q.txt", "aiken")
    assert [one.text.plain for one in question.choices] == ["Earth", "Mars"]
    assert question.choices[0].feedback is not None


EXAMVIEW = """1.\tWhich gas makes up most of dry air?
a.\tOxygen
b.\tNitrogen
ANS:\tB\tPTS:\t1\tDIF:\tEasy\tREF:\tp. 12
OBJ:\tLO 1\tTOP:\tAir\tKEY:\tA-head: air

2.\tWhich unit is a unit of force?
a.\tjoule
b.\tnewton
ANS:\tB\tPTS:\t1\tKEY:\tA
"""


FEEDBACK = """1.\tWhich gas is in tubes?
a.\tNeon
b.\tHelium
ANS:\tA
Feedback
A\tCorrect! Neon glows.
B\t{}

PTS:\t1
"""


def test_feedback_below_a_heading_is_of_the_option_by_its_letter() -> None:
    question = only(FEEDBACK.format("It fills balloons."), "q.txt", "text")
    told = [choice.feedback.plain if choice.feedback else None for choice in question.choices]
    assert (told, question.doubt) == (["Correct! Neon glows.", "It fills balloons."], None)
    assert only(FEEDBACK.format("Correct!"), "q.txt", "text").doubt is not None


def test_an_answer_line_of_two_options_says_so() -> None:
    text = "1. Which is magnetic?\nA. Copper\nB. Nickel\nC. Zinc\nAnswer: B. Zinc\n"
    assert "by its letter and another by its text" in str(only(text, "q.txt", "text").doubt)


def test_markers_of_another_program_are_left_out_and_told() -> None:
    reading = read(EXAMVIEW, "q.txt", "text")
    assert [one.right for one in reading.questions] == [(1,), (1,)]
    assert not any(choice.feedback for one in reading.questions for choice in one.choices)
    assert any("PTS: 1 DIF: Easy REF: p. 12" in note for note in reading.notes)


QTI = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q1" title="t" adaptive="false"
 timeDependent="false"><responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">{response}
</responseDeclaration><outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/><itemBody>{above}
<choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="1"><prompt>Water</prompt>
<simpleChoice identifier="A">boils at 100</simpleChoice><simpleChoice identifier="B">boils at 10</simpleChoice>
</choiceInteraction></itemBody>{processing}</assessmentItem>"""
CORRECT = "<correctResponse><value>B</value></correctResponse>"
BY_MAP = (
    '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>'
)


@pytest.mark.parametrize(
    ("view", "stem"), [("candidate", "Choose what is NOT true. Water"), ("scorer", "Water"), ("scorer candidate", "Choose what is NOT true. Water")]
)  # fmt: skip
def test_an_instruction_for_candidates_is_part_of_the_stem(view: str, stem: str) -> None:
    above = f'<rubricBlock view="{view}"><p>Choose what is NOT true.</p></rubricBlock>'
    question = only(QTI.format(response=CORRECT, above=above, processing=""), "q.xml")
    assert question.stem.plain == stem


RUBRIC = '<rubricBlock view="{}"><p>Choose what is WRONG.</p></rubricBlock>'
SECTION = '<assessmentSection identifier="S" title="{}" visible="true">{}{}</assessmentSection>'
ITEM_REF = '<assessmentItemRef identifier="I" href="i.xml"/>'
SECTION_REF = '<assessmentSectionRef identifier="S" href="s.xml"/>'


@pytest.mark.parametrize(
    ("test", "section", "stem"),
    [
        (SECTION.format("Part 1", RUBRIC.format("candidate"), ITEM_REF), "", "Choose what is WRONG. Water"),
        (RUBRIC.format("candidate") + SECTION.format("Part 1", "", ITEM_REF), "", "Choose what is WRONG. Water"),
        (RUBRIC.format("candidate") + SECTION_REF, SECTION.format("Part 1", "", ITEM_REF), "Choose what is WRONG. Water"),
        (SECTION.format("Part 1", RUBRIC.format("scorer"), ITEM_REF), "", "Water"),
        (SECTION.format("Choose what must NOT be done", "", ITEM_REF), "", None),
    ],
)  # fmt: skip
def test_an_instruction_of_the_test_above_an_item_is_part_of_its_stem(
    test: str, section: str, stem: str | None
) -> None:
    part = '<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="T" title="T"><testPart>{}</testPart></assessmentTest>'
    members = {
        "i.xml": QTI.format(response=CORRECT, above="", processing=""),
        "t.xml": part.format(test),
        "s.xml": section,
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    [question] = formats.read(data.getvalue(), "q.zip").questions
    assert (None if question.doubt else question.stem.plain) == stem


def test_points_for_what_is_no_option_hold_a_question_back() -> None:
    mapping = '<mapping defaultValue="0"><mapEntry mapKey="D" mappedValue="2"/><mapEntry mapKey="A" mappedValue="1"/></mapping>'
    question = only(QTI.format(response=mapping, above="", processing=BY_MAP), "q.xml")
    assert question.doubt is not None
    assert "D" in question.doubt


def test_negative_points_of_qti_are_told() -> None:
    mapping = '<mapping defaultValue="-1"><mapEntry mapKey="B" mappedValue="1"/></mapping>'
    question = only(QTI.format(response=CORRECT + mapping, above="", processing=BY_MAP), "q.xml")
    assert any("deducts points" in one for one in question.warnings)


@pytest.mark.parametrize(
    ("above", "words"),
    [('<p>Read.</p><printedVariable identifier="X"/>', "computed values"), ('<include href="s.xml"/>', "the text s.xml")],
)  # fmt: skip
def test_what_qti_lacks_on_paper_holds_a_question_back(above: str, words: str) -> None:
    assert words in str(only(QTI.format(response=CORRECT, above=above, processing=""), "q.xml").doubt)


def test_all_feedback_of_qti_is_held_against_the_key_and_that_in_options_is_not_left_out() -> None:
    modal = '<modalFeedback outcomeIdentifier="F" identifier="{}" showHide="show">{}</modalFeedback>'
    rest = modal.format("x", "Think.") + modal.format("y", "The answer is: boils at 100")
    assert only(QTI.format(response=CORRECT, above="", processing=rest), "q.xml").doubt is not None
    inline = '100<feedbackInline outcomeIdentifier="F" identifier="A" showHide="show">No.</feedbackInline><'
    text = QTI.format(response=CORRECT, above="", processing="").replace("100<", inline)
    question = only(text, "q.xml")
    assert question.warnings == ()
    assert question.choices[0].feedback is not None


def test_a_rule_about_what_is_no_option_holds_a_question_back() -> None:
    rule = (
        '<responseProcessing><responseCondition><responseIf><match><variable identifier="RESPONSE"/>'
        '<baseValue baseType="identifier">E</baseValue></match><setOutcomeValue identifier="SCORE">'
        '<baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf></responseCondition></responseProcessing>'
    )
    assert only(QTI.format(response=CORRECT, above="", processing=rule), "q.xml").doubt is not None


VENUS = "::v1:: Which planet is nearest to the sun? {=Venus ~Mercury ~Mars}\n\n"
MERCURY = "::v2:: Which planet is nearest to the sun? {~Mars ~Venus =Mercury}\n\n"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    write_unit(tmp_path / "item_bank")
    return tmp_path / "item_bank"


def imported(folder: Path, text: str, name: str = "q.gift") -> tuple[int, list[Message]]:
    """How many items an import makes, and why it leaves the others."""
    path = folder.parent / name
    path.write_text(text, "utf-8")
    code = next(one.name for one in folder.iterdir() if one.is_dir())
    taken = import_questions(folder, path, code, ImportOptions(pc="E1.01"))
    return len(taken.items), [one.reason for one in taken.aside]


def test_a_file_that_asks_a_question_with_two_keys_is_held_back(bank: Path) -> None:
    n, reasons = imported(bank, VENUS + MERCURY + "Another? {=yes ~no}\n")
    assert n == 1
    assert [("another key" in one) for one in reasons] == [True, True]


def test_a_question_of_the_bank_with_another_key_is_told(bank: Path) -> None:
    assert imported(bank, VENUS)[0] == 1
    n, [reason] = imported(bank, MERCURY)
    assert n == 0
    assert "E1.01" in reason
    assert "another key" in reason
    n, [reason] = imported(bank, VENUS)
    assert "another key" not in reason


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        ("How long is it? {=100 m ~200 m}", "How long is it ? {~๑๐๐ m =๒๐๐ m}", True), ("Which melts? {=Tin ~Lead ~Iron}", "Which melts? {~Tin =Lead ~Iron ~Zinc}", True),
        ("Which valve is shut? {=the inlet valve ~the drain valve}", "Which valve is shut? {~inlet valve =drain valve}", True), ("ค่าปรับ คือเท่าใด {=๑ ~๒}", "ค่าปรับคือเท่าใด {~1 =2}", True), ("How high is it? {=2.10 m ~3.00 m ~1.90 m}", "How high is it? {~2.1 m =3 m ~1.9 m}", True),
        ("แมลงใดผสมเกสร {=ผึ้ง ~แตน}", "เเมลงใดผสมเกสร {~ผึ้ง =เเตน}", True),
        ("Which is spelt right? {=receive ~recieve}", "Which is spelt right? {=believe ~beleive}", False), ("Which melts? {=Tin ~Lead}", "Which melts? {=Tin ~Lead ~Iron}", False),
    ],
)  # fmt: skip
def test_the_same_question_in_other_words_with_another_key_is_told(
    bank: Path, first: str, second: str, is_told: bool
) -> None:
    n, reasons = imported(bank, f"{first}\n\n{second}\n")
    assert (n, all("another key" in one for one in reasons)) == (0 if is_told else 2, True)
    assert imported(bank, f"{first}\n")[0] == int(is_told)
    n, reasons = imported(bank, f"{second}\n")
    assert any("another key" in one for one in reasons) == is_told


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        ("Who must receive the bill? {=Owner ~Driver}", "Who must recieve the bill? {~Owner =Driver}", True), ("Which needs no plug? {=Diesel ~Petrol ~Gas}", "Which needs no plug? {~Diesel ~Petrol =Gas oil}", True),
        ("Which plug fits? {=Type O ~Type G ~Type I}", "Which plug fits? {=Type G ~Type O ~Type F}", True), ("Which gas is lighter than air? {=Helium ~Argon}", "Which gas is heavier than air? {=Argon ~Helium}", False),
        ("Which plug fits? {=Type O ~Type G}", "Which plug fits? {=Type A ~Type B}", False), ("Which plug fits? {=Type O ~Type G}", "Which plug fits? {=Type O ~Type B}", False),
    ],
)  # fmt: skip
def test_almost_the_same_question_with_another_key_is_a_warning(
    bank: Path, first: str, second: str, is_told: bool
) -> None:
    path = bank.parent / "q.gift"
    path.write_text(f"{first}\n\n{second}\n", "utf-8")
    taken = import_questions(bank, path, next(bank.iterdir()).name, ImportOptions(pc="E1.01"))
    assert len(taken.items) == 2
    assert any("and has another key" in str(one.message) for one in taken.notices) == is_told


PAPER = """1. Which gas is in bottles?
a) Oxygen
b) Neon
c) Argon
Answer: A
{}
"""


@pytest.mark.parametrize(
    ("line", "contradicts"),
    [
        ("Feedback: Argon is correct.", True), ("Rationale: B is the only noble gas, so it is correct.", True),
        ("Because B is right.", True), ("คำอธิบาย ข ถูก เพราะเบา", True), ("เพราะ ก ผิด ค ถูก", True), ("เหตุผล ข้อ ค ถูก", True),
        ("Explanation: A is correct.", False), ("Because oxygen is right.", False), ("เพราะ ก ถูก", False),
    ],
)  # fmt: skip
def test_a_label_or_conjunction_in_front_hides_no_contradiction(line: str, contradicts: bool) -> None:
    question = only(PAPER.format(line), "q.txt", "text")
    assert (question.doubt is not None or not question.right) == contradicts


@pytest.mark.parametrize("option", ["Oxygen (1 point)", "Oxygen --> right", "Oxygen [Correct Answer]"])
@pytest.mark.parametrize("key", ["A", "B"])
def test_a_mark_in_an_option_holds_its_question_back_whichever_is_the_key(option: str, key: str) -> None:
    text = f"Which one?\nA. {option}\nB. Neon\nANSWER: {key}\n"
    assert "is marked as right or wrong" in str(only(text, "q.txt", "aiken").doubt)


def test_the_star_of_a_mask_stays() -> None:
    question = only("1. Which path?\na. *.txt\nb. D:\\old\nc. E:\\*\nAnswer: a\n", "q.txt", "text")
    assert [one.text.plain for one in question.choices] == ["*.txt", "D:\\old", "E:\\*"]
    assert (question.doubt, question.right) == (None, (0,))


def test_what_a_tag_of_programs_holds_is_told() -> None:
    assert "title" in markup.from_html("What is <title>Home</title> for?").lost


def test_general_feedback_that_is_left_out_is_told() -> None:
    question = only("Which gas is noble? {=Neon ~Oxygen ####See page 4.}", "q.gift")
    assert any("general feedback is left out" in one for one in question.warnings)

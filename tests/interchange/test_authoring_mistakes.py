"""Slips that people make when they write questions for other programs: none brings a wrong key in silently."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest

from examgen.interchange import formats
from examgen.interchange.importing import ImportOptions, import_questions, read_questions
from examgen.interchange.questions import QuestionFile
from tests.samples import PCS, write_unit


def _table(tmp_path: Path, text: str) -> QuestionFile:
    (tmp_path / "quiz.csv").write_text(text, "utf-8")
    return read_questions(tmp_path / "quiz.csv", "table", None).reading


def _keys(reading: QuestionFile) -> dict[str, list[str]]:
    """The first word of each question, and the options that would be its key; none of those held back."""
    return {
        one.stem.plain.split()[0]: [one.choices[n].text.plain for n in one.right] if one.doubt is None else []
        for one in reading.questions
    }


def test_a_row_without_its_right_answer_never_makes_a_wrong_one_right(tmp_path: Path) -> None:
    read = _table(
        tmp_path,
        "Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2\nwhole q,yes,no,maybe\nempty q,,no,maybe\n",
    )
    assert _keys(read) == {"whole": ["yes"]}
    assert [str(one.reason) for one in read.set_aside] == ["has no key. Enter the right option in the file."]


def test_numbers_with_a_fraction_keep_what_stands_before_the_point(tmp_path: Path) -> None:
    read = _table(
        tmp_path,
        "Question,Option 1,Option 2,Option 3,Answer\nvolts,1.2,2.4,3.6,2\nlabels,1. a,2. b,3. c,2\n",
    )
    assert [[one.text.plain for one in question.choices] for question in read.questions] == [
        ["1.2", "2.4", "3.6"],
        ["a", "b", "c"],
    ]
    assert _keys(read) == {"volts": ["2.4"], "labels": ["b"]}


def test_options_with_letters_in_another_order_are_asked(tmp_path: Path) -> None:
    read = _table(
        tmp_path,
        'Question,Options,Answer\n"one","B) x\nA) y\nC) z",B\n"two","A) x\nB) y\nC) z",B\n'
        '"three","ข. x\nก. y\nค. z",ข\n"text","B) x\nA) y\nC) z",B) x\n"names","A. Smith|B. Jones|D. Clark",C\n',
    )
    assert _keys(read) == {"two": ["y"], "text": ["B) x"], "names": ["D. Clark"]}
    assert len(read.set_aside) == 2


@pytest.mark.parametrize("key", ["A/B", "ก/ข", "A or B", "ก หรือ ข"])
def test_one_or_the_other_is_no_key(tmp_path: Path, key: str) -> None:
    read = _table(tmp_path, f"Question,A,B,C,Answer\nq1,x,y,z,{key}\nq2,x,y,z,B\n")
    assert _keys(read) == {"q2": ["y"]}


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("The right answer is B", []),
        ("คำตอบคือ ข", []),
        ("ข้อ ข ถูกตามมาตรา 5", []),
        ("Because it is a metal. The correct answer is B.", []),
        ("คำอธิบาย: คำตอบที่ถูกคือ ข", []),
        ("B is right because it is a metal", []),
        ("Option A is correct: B is not", ["x"]),
        ("Answer: A", ["x"]),
        ("Answer: a metal conducts", ["x"]),
        ("ตอบ ก เพราะเป็นโลหะ", ["x"]),
        ("Vitamin B is not a metal", ["x"]),
        ("Vitamin B is right for health", ["x"]),
    ],
)
def test_an_explanation_that_calls_another_option_right_is_asked(
    tmp_path: Path, said: str, key: list[str]
) -> None:
    read = _table(tmp_path, f"Question,A,B,C,Answer,Explanation\nq1,x,y,z,A,{said}\n")
    assert _keys(read) == {"q1": key}
    gift = formats.read(f"::a::q1 {{=x ~y ~z####{said}}}\n".encode(), "quiz.gift")
    assert _keys(gift) == {"q1": key}


@pytest.mark.parametrize(
    ("stem", "feedback", "held"),
    [
        ("which is a metal", ("Wrong!", "Correct!", "Wrong!"), True),
        ("which is a metal", ("Correct.", "", "False: it is not"), False),
        ("which is a metal", ("ผิด", "ถูกต้อง", "ผิด"), True),
        ("which is a metal", ("Correct.", "True, but it melts first", "ถูกต้องบางส่วน"), False),
        ("which is a metal", ("False", "True", "True"), True),
        ("which is not a metal", ("False", "True", "True"), False),
        ("ข้อใดไม่ใช่โลหะ", ("ผิด", "ถูก", "ผิด"), True),
        ("which is a metal", ("Right-angled wires bend", "Falsehoods", "Yes and no"), False),
    ],
)
def test_feedback_that_calls_a_wrong_option_right_is_asked(
    stem: str, feedback: tuple[str, str, str], held: bool
) -> None:
    of_a, of_b, of_c = (f"#{one}" if one else "" for one in feedback)
    gift = formats.read(f"{stem} {{=a{of_a} ~b{of_b} ~c{of_c}}}\n".encode(), "quiz.gift")
    [question] = gift.questions
    assert (question.doubt is not None) == held


@pytest.mark.parametrize("said", ["Explanation: B is right", "คำอธิบาย: คำตอบที่ถูกคือ B"])
def test_an_explanation_below_an_answer_of_aiken_that_differs_is_asked(said: str) -> None:
    [question] = formats.read(f"q\nA. a\nB. b\nANSWER: A\n{said}\n".encode(), "quiz.txt").questions
    assert question.doubt is not None
    [question] = formats.read(f"q\nA. a\nB. b\nANSWER: B\n{said}\n".encode(), "quiz.txt").questions
    assert (question.right, question.doubt) == ((1,), None)


def test_one_letter_or_another_below_the_options_is_asked() -> None:
    paper = "1. q1 stem\nก. a\nข. b\nค. c\nเฉลย ข/ค\n2. q2 stem\nก. a\nข. b\nค. c\nเฉลย ข, ค\n"
    assert _keys(formats.read(paper.encode(), "paper.txt", "text")) == {"q1": [], "q2": ["b", "c"]}


def test_a_list_of_keys_that_names_several_letters_for_a_question_is_asked() -> None:
    paper = "".join(f"{n}. q{n} stem\nก. a\nข. b\nค. c\nง. d\n" for n in range(1, 8))
    said = "1. ก, ค\n2. ข หรือ ค\n3. ค/ข\n4. ง\n5. ก ข\n6. A or B\n7. ข เพราะ ก ผิด\n"
    read = formats.read(f"{paper}เฉลย\n{said}".encode(), "paper.txt", "text")
    found = _keys(read)
    assert {name: key for name, key in found.items() if key} == {"q4": ["d"], "q7": ["b"]}
    assert len(found) == 7
    inline = formats.read(f"{paper}เฉลย 1. ก 2. ข หรือ ค 3. ก, ค 4-a, 5-b\n".encode(), "paper.txt", "text")
    assert {name: key for name, key in _keys(inline).items() if key} == {
        "q1": ["a"],
        "q4": ["a"],
        "q5": ["b"],
    }


@pytest.mark.parametrize(
    ("marked", "bare", "key"),
    [
        ("never allowed under any circumstances", "It is ", []),
        ("กระแสไฟฟ้าไหลย้อนกลับจากโหลด", "ไม่มี", []),
        ("220 V at the mains", "", ["220 V at the mains"]),
        ("V at the mains", "2", ["2V at the mains"]),
    ],
)
def test_words_of_an_option_that_are_emphasised_are_no_key(marked: str, bare: str, key: list[str]) -> None:
    paper = docx.Document()
    for line in ("1. q1 stem", "ก. first"):
        paper.add_paragraph(line)
    last = paper.add_paragraph("ข. ")
    last.add_run(bare)
    last.add_run(marked).bold = True
    paper.add_paragraph("ค. third")
    data = io.BytesIO()
    paper.save(data)
    assert _keys(formats.read(data.getvalue(), "paper.docx")) == {"q1": key}


@pytest.mark.parametrize("letters", ["กคง", "กขง", "กขข"])
def test_options_of_a_paper_whose_letters_are_not_in_order_are_asked(letters: str) -> None:
    options = "\n".join(f"{letter}. {word}" for letter, word in zip(letters, ("x", "y", "z"), strict=True))
    read = formats.read(f"1. q1 stem\n{options}\nเฉลย ก\n".encode(), "paper.txt", "text")
    assert _keys(read) == {"q1": []}


def test_a_letter_twice_or_out_of_order_in_aiken_is_asked() -> None:
    read = formats.read(
        b"twice\nA. one\nB. two\nB. three\nANSWER: B\n\nanswer first\nANSWER: A\nA. four\nB. five\n\n"
        b"next\nB. six\nC. seven\nANSWER: B\n\nwhole\nA. one\nand more\nB. two\nANSWER: B\n",
        "quiz.txt",
        "aiken",
    )
    assert {stem: key for stem, key in _keys_by_stem(read).items() if key} == {"whole": ["two"]}
    assert "lettered A B B" in str(read.questions[0].doubt)


def _keys_by_stem(reading: QuestionFile) -> dict[str, list[str]]:
    return {
        one.stem.plain: [one.choices[n].text.plain for n in one.right] if one.doubt is None else []
        for one in reading.questions
    }


def test_formulas_of_canvas_are_formulas_and_pictures_of_other_sites_are_never_dropped(
    tmp_path: Path,
) -> None:
    def asked(name: str, stem: str) -> str:
        return (
            f'<question type="multichoice"><name><text>{name}</text></name><questiontext format="html"><text>'
            f"<![CDATA[{stem}]]></text></questiontext><single>true</single>"
            '<answer fraction="100"><text>x</text></answer><answer fraction="0"><text>y</text></answer></question>'
        )

    canvas = (
        '<img class="equation_image" title="x^2+1" alt="LaTeX: x^2+1" src="/equation_images/x%255E2" '
        'data-equation-content="x^2+1">'
    )
    data = (
        f"<quiz>{asked('formula', 'What is ' + canvas + '?')}"
        f"{asked('older', canvas.partition(' data')[0] + '> is what?')}"
        f"{asked('far', 'See <img src=https://example.com/a.png alt=plan>?')}</quiz>"
    )
    formula, older, far = formats.read(data.encode(), "quiz.xml").questions
    assert formula.stem.markdown == "What is $x^2+1$?"
    assert older.stem.markdown == "$x^2+1$ is what?"
    assert formula.warnings == older.warnings == ()
    assert [(one.name, one.data) for one in far.stem.pictures] == [("https://example.com/a.png", None)]
    (tmp_path / "quiz.xml").write_text(data, "utf-8")
    code = write_unit(tmp_path / "item_bank").name
    taken = import_questions(tmp_path / "item_bank", tmp_path / "quiz.xml", code, ImportOptions(pc=PCS[0]))
    assert [str(one.reason) for one in taken.aside] == [
        "shows pictures that are not in the file (https://example.com/a.png)"
    ]


def test_a_web_page_is_none_of_the_formats() -> None:
    page = "<!DOCTYPE html>\n<html><style>p {color: #333}</style><script>a = {b ~ c}</script></html>"
    assert formats.format_of(page.encode(), "page.html") is None

"""What a question needs beside its own words: instructions above it, pictures, tables and texts."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pytest

from examgen.interchange import formats
from examgen.interchange.question_tables import read_table
from examgen.interchange.questions import QuestionFile
from tests.bank.test_option_references import found

TURNED = (
    "Choose the WRONG statement in each question", "Pick the statement that is false.", "Mark what is NOT true",
    "Select every metal except one", "For the next two questions choose the statement that is NOT true.",
    "คำชี้แจง: ให้นักศึกษาเลือกข้อที่ผิดเพียงข้อเดียว", "ตอนที่ 2 ข้อใดไม่ถูกต้อง", "จงหาคำตอบที่ไม่ใช่โลหะ",
    "Pick the LEAST likely cause", "All are true except one; find it", "เลือกคำกล่าวที่เป็นเท็จ",
)  # fmt: skip
PLAIN = (
    "Choose the best answer. Do not write on this paper.", "Answer the following questions.", "Section 2: metals",
    "คำชี้แจง: เลือกคำตอบที่ถูกต้องที่สุดเพียงข้อเดียว ข้อที่ไม่ตอบได้ 0 คะแนน", "ตอนที่ 2 โลหะ", "The tank does not leak.", "Pick at least one answer.",
)  # fmt: skip
QUESTION = "<question type='multichoice'><questiontext format='html'><text>{}</text></questiontext><answer fraction='100'><text>is a gas</text></answer><answer fraction='0'><text>is a metal</text></answer></question>"


def moodle(*stems: str, above: str = "") -> QuestionFile:
    first = f"<question type='description'><questiontext format='html'><text>{above}</text></questiontext></question>"
    return formats.read(f"<quiz>{first}{''.join(map(QUESTION.format, stems))}</quiz>".encode(), "q.xml")


def held(reading: QuestionFile) -> list[bool]:
    return [one.doubt is not None for one in reading.questions]


@pytest.mark.parametrize(
    ("above", "turns"), [*((one, True) for one in TURNED), *((one, False) for one in PLAIN)]
)
def test_a_question_whose_instruction_is_lost_is_held_back(tmp_path: Path, above: str, turns: bool) -> None:
    path = tmp_path / "q.csv"
    path.write_text(f'"{above}",,,\nQuestion,A,B,Answer\nCopper,is a gas,is a metal,A\n', "utf-8")
    table = read_table(path, None)
    assert any("above the headings" in note for note in table.notes)
    document, buffer = docx.Document(), io.BytesIO()
    for line in (above, "1. Copper", "A. is a gas", "B. is a metal", "Answer: A"):
        document.add_paragraph(line)
    document.save(buffer)
    gift = "Copper {=is a gas ~is a metal}\n"
    for reading in (
        table,
        moodle("Copper", above=above),
        formats.read(buffer.getvalue(), "q.docx"),
        formats.read(f"// {above}\n\n{gift}".encode(), "q.gift"),
        formats.read(f"$CATEGORY: top/{above}\n\n{gift}".encode(), "q.gift"),
    ):
        assert held(reading) == [turns], reading.format


def test_an_instruction_ends_where_another_begins_or_where_it_says_so() -> None:
    gift = "// Choose the false one\n\nCopper {=a ~b}\n\n$CATEGORY: top/x\n\nTin {=a ~b}\n\n// question: 7  name: Which is not tin?\nLead {=a ~b}\n"
    assert held(formats.read(gift.encode(), "q.gift")) == [True, False, False]
    assert held(moodle("Copper", "Tin", "Lead", above="For the next two questions read this.")) == [
        True,
        True,
        False,
    ]
    assert held(moodle("Which is NOT a metal?", above="Choose the wrong one.")) == [False]


@pytest.mark.parametrize(
    "stem",
    [
        "According to the passage below, who pays the fee?", "ตามแผนภูมิข้างต้น เดือนใดขายบ้านได้มากที่สุด", "Use the data of table 8 to find the mean.",
        "From the graph in question 4, how much rain fell?", "Look at the picture. What does the gauge show?", "จากภาพ เครื่องมือใดชำรุด", "จากตารางที่ 2 ค่าใดสูงสุด",
        "Which angle in the figure above is right?", "Study the map. Where is the exit?", "บทความต่อไปนี้กล่าวถึงเรื่องใด", "Who is the hero of the story above?",
        "What does the <u>underlined</u> word mean: the lease is <u>void</u>?", "Which line in <span style='color:red'>red</span> is live?", "คำที่ขีดเส้นใต้หมายถึงอะไร",
        "Based on the chart, which month is best?", "จากบทสนทนาที่ให้มา ผู้โดยสารต้องการสิ่งใด", "What does the man in the photo hold?", "Which letter marks the valve in the drawing?",
        "In the passage you have read, why does Mara leave?", "Which row of the table shows a loss?", "What is the value of the resistor in the circuit shown?",
        "ชายในภาพถือสิ่งใด", "จากบทความที่อ่าน เหตุใดมาลีจึงออกจากงาน", "แถวใดของตารางแสดงการขาดทุน", "กราฟแท่งนี้แสดงสิ่งใด", "จากสถานการณ์ที่กำหนด ผู้ดูแลควรทำสิ่งใด", "อ่านข้อความแล้วตอบว่าผู้เขียนรู้สึกอย่างไร",
        "According to the timetable on page 4, when does the boat leave?", "The passage says that the driver braked late. Why did he?", "จากบทสนทนาข้างต้น พนักงานควรตอบอย่างไร", "Which bolt is shown overleaf?", "Which room does the attached drawing call wet?",
        "ค่าไฟของร้านในกรอบด้านล่างเป็นกี่บาท", "How much paint does the same wall need?", "ห้องเดิมต้องใช้กระเบื้องกี่กล่อง",
    ],
)  # fmt: skip
def test_a_stem_that_speaks_of_what_is_not_there_is_held_back(stem: str) -> None:
    assert held(moodle(stem.replace("<", "&lt;"))) == [True]
    is_of_words = not re.search("under|<|ขีดเส้นใต้", stem)
    assert found("context-missing", stem=stem) == (["stem"] if is_of_words else [])
    assert found("context-missing", stem=f"{stem}\n\n![a gauge](gauge.png)") == []


@pytest.mark.parametrize(
    "stem",
    [
        "Which picture format is lossless?", "Which letter stands for boron in table 5?", "What must be in the picture of a passport?", "Who lays the table?",
        "ข้อความต่อไปนี้ข้อใดถูกต้อง", "ข้อใดต่อไปนี้คือโลหะ", "จากภาพรวมของตลาด ควรทำสิ่งใด", "ตารางเวลาของรถใช้ทำสิ่งใด", "Which chart suits shares of a whole?",
        "Which <b>red</b> light means stop?", "From the table of contents, what is found?", "Where does a graph show time as a rule?", "A photo is missing from a passport. What does the officer do?",
        "The teacher reads a passage aloud. What should pupils do first?", "ครูอ่านข้อความให้ฟัง นักเรียนควรทำสิ่งใดก่อน", "กราฟโดยทั่วไปแสดงเวลาไว้ที่ใด", "The picture above the bed of room 12 has fallen. Who hangs it again?", "The same bolt is used twice. What may happen?", "How long does the same job take two men?", "แขกขอกลับไปพักห้องเดิมที่เคยพัก พนักงานควรตรวจสิ่งใด", "ราคาเดิมเป็นเท่าใดหากลดแล้วเหลือ 80 บาท",
        "A clerk gets an e-mail with the attached drawing. What is done first?", "ตารางเดินรถติดไว้ด้านบนของป้าย ผู้โดยสารดูสิ่งใด", "Read the table.<table><tr><td>a</td><td>5</td></tr></table> Which is given in the table above?",
    ],
)  # fmt: skip
def test_a_stem_of_plain_words_is_taken(stem: str) -> None:
    assert found("context-missing", stem=stem.replace("<tr>", "|")) == []
    assert held(moodle(stem.replace("<", "&lt;"))) == [False]

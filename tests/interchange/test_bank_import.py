"""`bank import` of another program's file: drafts with their criteria, pictures and where they come from."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from examgen.bank.checking import check
from examgen.bank.loading import load_unit
from examgen.core.problems import Refused, WrongUsage
from examgen.interchange.importing import ImportOptions, import_questions, read_questions
from tests.samples import write_unit

GIFT = """$CATEGORY: งานช่าง/E1.02

::หนึ่ง::ข้อใดเป็นโลหะ{=ทองแดง#นำไฟฟ้าได้ ~กำมะถัน ~ยาง}

// [tag:E1.01]
::สอง::ข้อใดถูก (เลือก 2 ข้อ){~%50%ก่อน ~%50%หลัง ~%-100%ไม่ทำ}

::สาม::จงอธิบาย{}

::สี่::ไม่มีเฉลย{~หนึ่ง ~สอง}
"""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    write_unit(tmp_path / "item_bank")
    return tmp_path / "item_bank"


def _file(bank: Path, text: str, name: str = "quiz.gift") -> Path:
    path = bank.parent / name
    path.write_text(text, "utf-8")
    return path


def _code(bank: Path) -> str:
    return next(path.name for path in bank.iterdir() if path.is_dir())


def test_questions_become_drafts_of_the_criteria_that_they_name(bank: Path) -> None:
    code = _code(bank)
    taken = import_questions(bank, _file(bank, GIFT), code, ImportOptions())
    unit, problems = load_unit(bank / code)
    assert unit is not None
    assert not [problem for problem in problems if problem.severity == "error"]
    items = {item.id: item for item in unit.items}
    one, two = (items[item.id] for _, item in taken.items)
    assert (one.pc, two.pc) == ("E1.02", "E1.01")
    assert one.stem == "ข้อใดเป็นโลหะ"
    assert one.options == {"a": "ทองแดง", "b": "กำมะถัน", "c": "ยาง"}
    assert (one.key, two.key) == (("a",), ("a", "b"))
    assert one.rationale["a"] == "นำไฟฟ้าได้"
    assert one.status == "draft"
    assert "quiz.gift" in one.reference
    assert "หนึ่ง" in one.reference
    assert [(one.kind, one.name) for one in taken.aside] == [("essay", "สาม"), ("single", "สี่")]


def test_a_draft_against_a_rule_is_taken_and_told_at_its_question(bank: Path) -> None:
    text = "// [tag:E1.01]\n::หก::เหตุใดตัวเลือก ก จึงไม่เหมาะสม{=ทองแดง ~ยาง ~ไม้}\n"
    taken = import_questions(bank, _file(bank, text), _code(bank), ImportOptions())
    [notice] = [one for one in taken.notices if one.code == "option-by-letter"]
    assert (len(taken.items), notice.severity, notice.source) == (1, "warning", taken.items[0][0].source)


def test_an_option_that_refers_to_the_others_keeps_its_question_out(bank: Path) -> None:
    text = "// [tag:E1.01]\n::หก::ข้อใดนำไฟฟ้า{=ทองแดง ~ยาง ~ถูกทุกข้อ}\n"
    taken = import_questions(bank, _file(bank, text), _code(bank), ImportOptions())
    assert not taken.items
    assert "ถูกทุกข้อ" in taken.aside[0].reason


def test_the_same_file_a_second_time_brings_nothing(bank: Path) -> None:
    path, code = _file(bank, GIFT), _code(bank)
    import_questions(bank, path, code, ImportOptions())
    before = {one: one.read_bytes() for one in bank.rglob("*") if one.is_file()}
    again = import_questions(bank, path, code, ImportOptions())
    assert not again.items
    assert not again.written
    assert sum("already in the bank" in one.reason for one in again.aside) == 2
    assert {one: one.read_bytes() for one in bank.rglob("*") if one.is_file()} == before


def test_questions_without_a_criterion_are_asked_for_all_at_once(bank: Path) -> None:
    path, code = _file(bank, "::a::ถามหนึ่ง{=ก ~ข}\n\n::b::ถามสอง{=ค ~ง}\n"), _code(bank)
    with pytest.raises(Refused) as refused:
        import_questions(bank, path, code, ImportOptions())
    assert [problem.source for problem in refused.value.problems] == ["quiz.gift:1", "quiz.gift:3"]
    assert len(refused.value.advice) == 3
    table = _file(bank, "what,pc\na,E1.01\nb,E1.02\n", "map.csv")
    taken = import_questions(bank, path, code, ImportOptions(map=table))
    assert [item.pc for _, item in taken.items] == ["E1.01", "E1.02"]


def test_what_means_nothing_is_told(bank: Path) -> None:
    path, code = _file(bank, GIFT), _code(bank)
    for asked in (ImportOptions(pc="E9.99"), ImportOptions(cognitive="guess"), ImportOptions(levels=(8,))):
        with pytest.raises(WrongUsage):
            import_questions(bank, path, code, asked)
    with pytest.raises(Refused):
        import_questions(bank, path, code, ImportOptions(map=_file(bank, "what,pc\nหนึ่ง,X9\n", "map.csv")))


def test_a_picture_comes_along_to_the_byte(bank: Path) -> None:
    quiz = _asked('<p>ดูภาพ <img src="@@PLUGINFILE@@/a%20b.png" alt="แผนผัง"></p>', _held("blue", "a b.png"))
    taken = import_questions(bank, _file(bank, quiz, "q.xml"), _code(bank), ImportOptions(pc="E1.01"))
    [(_, item)] = taken.items
    [media] = [path for path in taken.files if path.parent.name == "media"]
    assert media.read_bytes() == _picture("blue")
    assert item.stem == f"ดูภาพ ![แผนผัง]({media.name})"


def test_a_dry_run_without_a_unit_needs_no_bank(tmp_path: Path) -> None:
    path = tmp_path / "x.gift"
    path.write_text(GIFT, "utf-8")
    told = json.loads(json.dumps(read_questions(path).as_dict()))
    assert told["format"] == "gift"
    assert [one["right"] for one in told["items"]] == [[0], [0, 1], []]
    assert [one["kind"] for one in told["set_aside"]] == ["essay"]


def _picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return buffer.getvalue()


def _held(colour: str, name: str = "image.png") -> str:
    return f'<file name="{name}" encoding="base64">{base64.b64encode(_picture(colour)).decode()}</file>'


def _asked(stem: str, file: str) -> str:
    """A file of Moodle with a question that shows a picture."""
    return (
        f'<quiz><question type="multichoice"><questiontext format="html"><text><![CDATA[{stem}]]></text>{file}'
        '</questiontext><answer fraction="100"><text>หนึ่ง</text></answer>'
        '<answer fraction="0"><text>สอง</text></answer></question></quiz>'
    )


def test_pictures_of_one_name_stay_with_their_texts(bank: Path) -> None:
    shown = '<text><![CDATA[<img src="@@PLUGINFILE@@/image.png" alt="x">]]></text>'
    quiz = "".join(
        f'<question type="multichoice"><questiontext format="html">{shown}{_held(stem)}</questiontext>'
        f'<answer fraction="100" format="html">{shown}{_held("green")}<feedback format="markdown"><text>'
        f"![z](@@PLUGINFILE@@/why.png) so</text>{_held('black', 'why.png')}</feedback></answer>"
        f'<answer fraction="0" format="html">{shown}{_held("yellow")}<feedback format="html"><text>'
        '<![CDATA[no <img src="@@PLUGINFILE@@/gone.png">]]></text></feedback></answer></question>'
        for stem in ("red", "blue")
    )
    path, code = _file(bank, f"<quiz>{quiz}</quiz>", "q.xml"), _code(bank)
    taken = import_questions(bank, path, code, ImportOptions(pc="E1.01"))
    media = {one.name: one.read_bytes() for one in taken.files if one.parent.name == "media"}
    texts = [
        (item.stem, *item.options.values(), item.rationale["a"].removesuffix(" so"))
        for _, item in taken.items
    ]
    meant = [(stem, "green", "yellow", "black") for stem in ("red", "blue")]
    assert [[media[text.partition("](")[2][:-1]] for text in one] for one in texts] == [
        [_picture(colour) for colour in one] for one in meant
    ]
    assert [item.rationale["b"] for _, item in taken.items] == ["no", "no"]
    assert not any("alike" in warning for one in taken.shown for warning in one.warnings)
    assert {text for one in taken.shown for _, text, _ in one.options} == {"[image.png]"}
    assert not import_questions(bank, path, code, ImportOptions(pc="E1.01")).items, (
        "the bank has them already"
    )


def test_a_picture_that_cannot_be_printed_costs_its_question_alone(bank: Path) -> None:
    broken = '<file name="image.png" encoding="base64">TVogbm8gcGljdHVyZQ==</file>'
    quiz = "".join(_asked('q <img src="@@PLUGINFILE@@/image.png">', one) for one in (broken, _held("red")))
    path = _file(bank, quiz.replace("</quiz><quiz>", ""), "q.xml")
    taken = import_questions(bank, path, _code(bank), ImportOptions(pc="E1.01"))
    assert len(taken.items) == 1
    [left] = taken.aside
    assert "cannot be printed" in left.reason


def test_a_question_that_the_check_would_refuse_costs_itself_alone(bank: Path) -> None:
    quiz = "ถามหนึ่ง{=ก ~ข ~ข}\n\nถามสอง{~%50%ก ~%50%ข}\n\nถามสาม{=ค ~ง}\n"
    taken = import_questions(bank, _file(bank, quiz), _code(bank), ImportOptions(pc="E1.01"))
    assert [item.stem for _, item in taken.items] == ["ถามสาม"]
    assert [one.source for one in taken.aside] == ["quiz.gift:1", "quiz.gift:3"]
    assert all("cannot become an item" in one.reason for one in taken.aside)
    _, problems = load_unit(bank / _code(bank))
    assert not [one for one in problems if one.severity == "error"]


def test_a_picture_without_words_is_told_and_does_not_fail_the_check_of_a_draft(bank: Path) -> None:
    quiz = _asked('ข้อใดถูก <img src="@@PLUGINFILE@@/image.png">', _held("red"))
    taken = import_questions(bank, _file(bank, quiz, "q.xml"), _code(bank), ImportOptions(pc="E1.01"))
    [(question, item)] = taken.items
    assert any("alternative text" in one for one in question.warnings)
    found = [one for one in check(bank.parent, [], ["alt-text-missing"]).problems if one.item == item.id]
    assert [one.severity for one in found] == ["warning"]


def test_a_picture_that_the_bank_has_keeps_its_name_there(bank: Path) -> None:
    code = _code(bank)
    (bank / code / "media").mkdir(exist_ok=True)
    (bank / code / "media" / "plan.png").write_bytes(_picture("red"))
    quiz = _asked('ข้อใดถูก <img src="@@PLUGINFILE@@/image.png" alt="ผังชั้น 1">', _held("red"))
    taken = import_questions(bank, _file(bank, quiz, "q.xml"), code, ImportOptions(pc="E1.01"))
    [(_, item)] = taken.items
    assert item.stem == "ข้อใดถูก ![ผังชั้น 1](plan.png)"
    assert not [one for one in taken.files if one.parent.name == "media"]

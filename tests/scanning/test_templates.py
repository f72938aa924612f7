"""Answer sheets that somebody else printed: learnt from their blank, read into the same tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from PIL import Image

from examgen.core.problems import Refused
from examgen.scanning.scan import scan
from examgen.scanning.sheet_layout import SheetLayout
from examgen.scanning.templates.commands import learn_template, page_of_form
from examgen.scanning.templates.form import (
    Form,
    QuestionsField,
    faults_of,
    form_yaml,
    parsed_form,
    refuse,
)
from examgen.scanning.templates.layout import read_template
from tests.browser import PROGRAM, browser
from tests.scanning.foreign_forms import PER_MM, FilledForm, ForeignForm, draw_form, fill_form

BOXES = ForeignForm(questions=40, digits=6)
CIRCLES = ForeignForm("circle", 45, 3, "12345", 7, 4.2, 4.2, 6.2, 7.4, "NATIONAL TEST", 90, 2)
Run = Callable[..., Any]


def read_form(path: Path) -> Form:
    """The form that a form.yaml describes; refused with all its faults."""
    form, document = parsed_form(path)
    refuse(document, faults_of(form))
    return form


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a form of boxes, learnt from its blank as a PDF."""
    return _learnt(BOXES, tmp_path_factory.mktemp("boxes"))


def _learnt(form: ForeignForm, folder: Path) -> Path:
    Image.fromarray(draw_form(form)).save(folder / "blank.pdf", resolution=300)
    letters = tuple(form.letters)
    learn_template(folder / "blank.pdf", folder / "form", "", letters, None, 1)
    return folder / "form"


def _filled(form: ForeignForm, layout: SheetLayout, n: int, folder: Path, level: int = 1) -> list[FilledForm]:
    """Scans of sheets, every other one upside down."""
    folder.mkdir()
    blank = draw_form(form)
    made = [fill_form(blank, layout, sheet, level, 20) for sheet in range(n)]
    for sheet, one in enumerate(made):
        turned = np.rot90(one.image, 2) if sheet % 2 else one.image
        Image.fromarray(turned).save(folder / f"{sheet}.png")
    return made


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _agree(rows: list[dict[str, str]], made: list[FilledForm]) -> int:
    """Answers in doubt; all others are as they were filled."""
    doubts = 0
    for row, truth in zip(rows, made, strict=True):
        assert row["candidate_id"] == truth.number
        for question, answer in truth.answers.items():
            read = row[f"Q{question}"]
            doubts += read == "?"
            assert read in (answer, "?"), question
    return doubts


@pytest.mark.parametrize("form", [BOXES, CIRCLES], ids=["boxes", "circles"])
def test_a_form_is_learnt_from_its_blank(form: ForeignForm, tmp_path: Path) -> None:
    learnt = read_template(_learnt(form, tmp_path)).form
    assert sum(one.questions for one in learnt.questions) == form.questions
    assert [one.first_question for one in learnt.questions] == [
        1 + k * form.questions // form.columns for k in range(form.columns)
    ]
    assert {one.letters for one in learnt.questions} == {tuple(form.letters)}
    [number] = learnt.numbers
    assert (number.digits, number.runs) == (form.digits, "down")
    # where it was drawn
    assert learnt.questions[0].first == pytest.approx((32, 105), abs=0.2)
    assert number.last == pytest.approx((195, 38 + 5.6 * 9), abs=0.2)


@pytest.mark.parametrize("turns", [1, 2])
def test_a_blank_that_lies_otherwise_is_turned_and_that_is_said(
    boxes: Path, tmp_path: Path, turns: int
) -> None:
    Image.fromarray(np.rot90(draw_form(BOXES), turns)).save(tmp_path / "blank.png", dpi=(300, 300))
    made = learn_template(tmp_path / "blank.png", tmp_path / "form", "", tuple("ABCD"), None, 1)
    assert f"turned clockwise by {90 * turns} degrees" in str(made.unsure[0])
    learnt, upright = read_form(tmp_path / "form" / "form.yaml"), read_form(boxes / "form.yaml")
    assert [one.first_question for one in learnt.questions] == [1, 21]
    for one, other in zip(learnt.fields, upright.fields, strict=True):
        assert (*one.first, *one.last) == pytest.approx((*other.first, *other.last), abs=0.2)


def test_where_nothing_tells_which_way_up_a_blank_is_that_is_asked(tmp_path: Path) -> None:
    image = np.full((1754, 1240), 255, np.uint8)
    for k in range(40):
        cv2.circle(image, (400 + 60 * (k % 4), 400 + 60 * (k // 4)), 14, 0, 2)
    Image.fromarray(image).save(tmp_path / "blank.png", dpi=(150, 150))
    made = learn_template(tmp_path / "blank.png", tmp_path / "form", "", tuple("ABCDE"), None, 1)
    assert "look whether it is upright" in str(made.unsure[0])


def test_a_filled_sheet_is_told_from_a_blank(boxes: Path, tmp_path: Path) -> None:
    [made] = _filled(BOXES, read_template(boxes).layout, 1, tmp_path / "scans", level=0)
    told = learn_template(tmp_path / "scans" / "0.png", tmp_path / "form", "", tuple("ABCD"), None, 1)
    assert [str(one) for one in told.unsure if "learn the form from a blank" in str(one)]
    assert len(told.unsure) <= 2
    assert len(made.answers) == sum(
        one.questions for one in read_form(tmp_path / "form" / "form.yaml").questions
    )


def test_scans_of_it_are_read_into_the_same_tables(boxes: Path, tmp_path: Path, run: Run) -> None:
    made = _filled(BOXES, read_template(boxes).layout, 4, tmp_path / "scans")
    folder = tmp_path / "scan"
    told = run("scan", tmp_path / "scans", "--template", boxes, "--out", folder, "--processes", 1)
    assert told.status in (0, 3), told.text
    assert _agree(_rows(folder / "responses.csv"), made) <= 4
    assert [row["rotation"] for row in _rows(folder / "pages.csv")] == ["0", "180", "0", "180"]
    assert len(_rows(folder / "rows.csv")) == 4 * BOXES.questions
    again = run("scan", tmp_path / "scans", "--template", boxes, "--out", folder, "--processes", 1)
    assert "4 pages had been read before" in again.text
    assert run("scan", "gallery", folder).status == 0


def test_a_form_that_nobody_has_looked_at_is_told(boxes: Path, tmp_path: Path, run: Run) -> None:
    _filled(BOXES, read_template(boxes).layout, 1, tmp_path / "scans")
    blank = boxes.parent / "blank.pdf"
    told = run("scan", tmp_path / "scans", "--template", blank, "--out", tmp_path / "scan")
    assert "nobody has looked at the form" in told.text
    assert "examgen scan template" in told.text
    looked_at = run("scan", tmp_path / "scans", "--template", boxes, "--out", tmp_path / "other")
    assert "nobody has looked" not in looked_at.text


def test_a_blank_without_questions_can_be_completed_by_hand(tmp_path: Path) -> None:
    image = np.full((1754, 1240), 255, np.uint8)
    for k in range(6):
        cv2.circle(image, (400, 400 + 60 * k), 14, 0, 2)
    Image.fromarray(image).save(tmp_path / "blank.png", dpi=(150, 150))
    made = learn_template(tmp_path / "blank.png", tmp_path / "form", "", tuple("ABCDE"), None, 1)
    assert any("no questions were found" in str(one) for one in made.unsure)
    with pytest.raises(Refused, match="the form cannot be read"):
        read_template(tmp_path / "form")


def test_a_page_of_another_form_is_set_aside(boxes: Path, tmp_path: Path) -> None:
    other = _learnt(CIRCLES, tmp_path)
    _filled(CIRCLES, read_template(other).layout, 1, tmp_path / "scans")
    done = scan([tmp_path / "scans"], [], tmp_path / "scan", 1, template=boxes)
    [page] = done.ledger.pages
    assert (page.outcome, page.reason) == ("set_aside", "form-does-not-fit")


def test_a_page_of_a_similar_form_with_fewer_questions_is_set_aside(
    boxes: Path, tmp_path: Path, run: Run
) -> None:
    longer = _learnt(BOXES._replace(questions=52), tmp_path)
    _filled(BOXES, read_template(boxes).layout, 1, tmp_path / "scans")
    told = run("scan", tmp_path / "scans", "--template", longer, "--out", tmp_path / "scan", "--processes", 1)
    [page] = _rows(tmp_path / "scan" / "pages.csv")
    assert (page["outcome"], page["reason"]) == ("set_aside", "form-does-not-fit")
    assert "form.html" in told.text


def test_an_exam_gives_the_questions(boxes: Path, package: Path, tmp_path: Path) -> None:
    made = _filled(BOXES, read_template(boxes).layout, 1, tmp_path / "scans")
    done = scan([tmp_path / "scans"], [package], tmp_path / "scan", 1, template=boxes)
    [row] = _rows(tmp_path / "scan" / "responses.csv")
    assert [name for name in row if name.startswith("Q")] == [f"Q{n}" for n in range(1, 7)]
    assert all(row[f"Q{n}"] in (made[0].answers[n], "?") for n in range(1, 7))
    assert "the form 40: what is marked from question 7 on is left out" in str(done.notices[0])
    assert done.exams == (json.loads((tmp_path / "scan" / "scan.json").read_text())["exams"][0]["code"],)


def test_a_form_with_too_few_questions_or_answers_is_refused(
    boxes: Path, package: Path, tmp_path: Path
) -> None:
    form = read_form(boxes / "form.yaml")
    short = form.questions[0].model_copy(update={"questions": 3, "letters": ("A", "B")})
    less = form.model_copy(update={"fields": (short, *form.numbers)})
    (tmp_path / "form.yaml").write_bytes(form_yaml(less))
    (tmp_path / "form.png").write_bytes((boxes / "form.png").read_bytes())
    (tmp_path / "scans").mkdir()
    Image.fromarray(draw_form(BOXES)).save(tmp_path / "scans" / "1.png")
    with pytest.raises(Refused) as refused:
        scan([tmp_path / "scans"], [package], tmp_path / "scan", 1, template=tmp_path)
    told = [str(one.message) for one in refused.value.problems]
    assert "the exam has 6 questions, and the form has 3" in told
    assert "question 1 has 4 answers, and the form has 2 for it" in told


def test_a_form_without_a_number_is_told_whose_it_is(boxes: Path, tmp_path: Path) -> None:
    form = read_form(boxes / "form.yaml")
    bare = form.model_copy(update={"fields": form.questions, "candidate_from": "file_name"})
    (tmp_path / "form.yaml").write_bytes(form_yaml(bare))
    (tmp_path / "form.png").write_bytes((boxes / "form.png").read_bytes())
    _filled(BOXES, read_template(tmp_path).layout, 2, tmp_path / "scans")
    scan([tmp_path / "scans"], [], tmp_path / "by-name", 1, template=tmp_path)
    assert [row["candidate_id"] for row in _rows(tmp_path / "by-name" / "responses.csv")] == ["0", "1"]
    whose = tmp_path / "whose.csv"
    whose.write_text("source,page,candidate_id\n0.png,1,00017\nscans/3.png,1,00018\nscans/1.png,2,00018\n")
    with pytest.raises(Refused) as refused:
        scan([tmp_path / "scans"], [], tmp_path / "by-list", 1, template=tmp_path, whose=whose)
    assert [str(one.message)[:30] for one in refused.value.problems] == [
        "scans/3.png is none of the sca",
        "scans/1.png has no page 2",
    ]
    whose.write_text("source,page,candidate_id\n0.png,1,00017\nscans/1.png,1,00018\n")
    scan([tmp_path / "scans"], [], tmp_path / "by-list", 1, template=tmp_path, whose=whose)
    assert [row["candidate_id"] for row in _rows(tmp_path / "by-list" / "responses.csv")] == [
        "00017",
        "00018",
    ]


def test_every_fault_of_a_form_is_named(tmp_path: Path) -> None:
    path = tmp_path / "form.yaml"
    path.write_text(
        """\
schema: examgen-form
version: 1
name: x
width: 210
heigth: 297
bubble: {width: 4.1, height: -1}
fields:
- {kind: questions, questions: 10, first_question: 1, letters: ABCDEFG, runs: across, first: [10, 10], last: [40, 90]}
- {kind: number, digits: 4, runs: sideways, first: [10, 10], last: [40, 90]}
- {kind: ballot}
- {questions: 4}
- {kind: number, digits: 4, runs: down, first: [10, "10,5"], last: [40, 90]}
"""
    )
    with pytest.raises(Refused) as refused:
        read_form(path)
    faults = {(one.source.rpartition(":")[2], one.field) for one in refused.value.problems}
    assert {("5", "heigth"), ("6", "bubble.height")} <= faults
    assert {line for line, _ in faults} >= {"1", "5", "6", "8", "9", "10", "11"}
    told = " ".join(str(one.message) for one in refused.value.problems)
    for part in (
        "kind must be number, questions, form or ignored, not ballot",
        "the field kind is missing",
        "decimal point: 10.5",
    ):
        assert part in told
    assert "tag" not in told
    # of fields that are well written by themselves
    path.write_text(
        """\
schema: examgen-form
version: 1
name: x
width: 100
height: 297
bubble: {width: 4.1, height: 4.1}
number_check: thai_id
fields:
- {kind: questions, questions: 10, first_question: 1, letters: [1, 2, 3], runs: across, first: [10, 10], last: [40, 90]}
- {kind: questions, questions: 10, first_question: 10, letters: ABC, runs: across, first: [80, 10], last: [120, 90]}
- {kind: number, digits: 4, first_digit: 2, runs: down, first: [10, 110], last: [40, 190]}
"""
    )
    with pytest.raises(Refused) as refused:
        read_form(path)
    told = " ".join(str(one.message) for one in refused.value.problems)
    for part in (
        "question 10 is there twice",
        "digit of the number 1 is missing",
        "13 digits",
        "beyond the edge",
    ):
        assert part in told


def test_a_template_of_omrchecker_is_read(boxes: Path, tmp_path: Path) -> None:
    """It says places in pixels of the whole picture, and has no blank."""
    form = read_form(boxes / "form.yaml")
    size = form.bubble

    def origin(field: Any) -> list[float]:
        return [10 * (field.first[0] - size.width / 2), 10 * (field.first[1] - size.height / 2)]

    def gap(a: float, b: float, n: int) -> float:
        return 10 * (b - a) / (n - 1)

    def block(field: QuestionsField) -> dict[str, Any]:
        last = field.first_question + field.questions - 1
        return {
            "fieldType": "QTYPE_MCQ4",
            "fieldLabels": [f"q{field.first_question}..{last}"],
            "origin": origin(field),
            "bubblesGap": gap(field.first[0], field.last[0], 4),
            "labelsGap": gap(field.first[1], field.last[1], field.questions),
        }

    [number] = form.numbers
    template = {
        "pageDimensions": [2100, 2970],
        "bubbleDimensions": [10 * size.width, 10 * size.height],
        "customLabels": {"Roll": ["roll1..6"]},
        "fieldBlocks": {
            "Roll": {
                "fieldType": "QTYPE_INT",
                "fieldLabels": ["roll1..6"],
                "origin": origin(number),
                "bubblesGap": gap(number.first[1], number.last[1], 10),
                "labelsGap": gap(number.first[0], number.last[0], 6),
            },
            **{f"Block{n}": block(field) for n, field in enumerate(form.questions)},
        },
        "preProcessors": [{"name": "CropPage", "options": {}}],
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    sheets = _filled(BOXES, read_template(boxes).layout, 2, tmp_path / "scans")
    scan([tmp_path / "scans" / "0.png"], [], tmp_path / "scan", 1, template=path)
    assert _agree(_rows(tmp_path / "scan" / "responses.csv"), sheets[:1]) <= 4
    # what is no field of ours is passed over, and said
    template["fieldBlocks"]["Roll"]["fieldType"] = "QTYPE_ROMAN"  # type: ignore[index]
    path.write_text(json.dumps(template))
    made = learn_template(path, tmp_path / "form", "", tuple("ABCDE"), None, 1)
    assert "Roll is ignored: its fieldType QTYPE_ROMAN" in str(made.unsure[0])
    assert not read_form(tmp_path / "form" / "form.yaml").numbers
    del template["bubbleDimensions"]
    template["fieldBlocks"]["Roll"]["origin"] = 4  # type: ignore[index]
    template["fieldBlocks"]["Roll"]["fieldType"] = "QTYPE_INT"  # type: ignore[index]
    path.write_text(json.dumps(template))
    with pytest.raises(Refused) as refused:
        read_template(path)
    assert {one.field for one in refused.value.problems} == {"bubbleDimensions", "fieldBlocks.Roll.origin"}


def _with_fields(boxes: Path, folder: Path, *fields: Any) -> Path:
    """The form of boxes in a folder of its own, with other fields."""
    folder.mkdir(exist_ok=True)
    form = read_form(boxes / "form.yaml").model_copy(update={"fields": fields})
    (folder / "form.yaml").write_bytes(form_yaml(form))
    (folder / "form.png").write_bytes((boxes / "form.png").read_bytes())
    return folder


def _moved(field: QuestionsField, down: float) -> QuestionsField:
    first, last = field.first, field.last
    return field.model_copy(update={"first": (first[0], first[1] + down), "last": (last[0], last[1] + down)})


def test_a_field_that_lies_beside_its_bubbles_is_refused(boxes: Path, tmp_path: Path, run: Run) -> None:
    one, other = read_form(boxes / "form.yaml").questions
    [number] = read_form(boxes / "form.yaml").numbers
    # a line too far down, and the same bubbles twice
    _with_fields(boxes, tmp_path / "off", number, _moved(one, BOXES.line), other)
    _with_fields(boxes, tmp_path / "twice", number, one, one.model_copy(update={"first_question": 21}))
    for name, told in (
        ("off", "questions 1 to 20: 4 of its 80 bubbles are not on the blank, none of those of question 20"),
        ("twice", "questions 21 to 40: 80 bubbles are some of questions 1 to 20, too"),
    ):
        with pytest.raises(Refused) as refused:
            read_template(tmp_path / name)
        [problem] = refused.value.problems
        assert str(problem.message) == told
        assert problem.source.rpartition(":")[2].isdecimal()
        # the page can be made, to correct it
        again = run("scan", "template", tmp_path / name)
        assert again.status == 0
        assert f"? {told}" in again.text
    swapped = [field.model_copy(update={"first_question": first}) for field, first in ((one, 21), (other, 1))]
    _with_fields(boxes, tmp_path / "swapped", number, *swapped)
    read_template(tmp_path / "swapped")
    assert "look whether these are their numbers" in run("scan", "template", tmp_path / "swapped").text


def test_a_form_that_is_there_is_not_learnt_over(boxes: Path, tmp_path: Path, run: Run) -> None:
    folder = _with_fields(boxes, tmp_path / "form", *read_form(boxes / "form.yaml").questions)
    before = (folder / "form.yaml").read_bytes()
    told = run("scan", "template", boxes.parent / "blank.pdf", "--out", folder)
    assert told.status == 1
    assert "--replace" in told.text
    assert (folder / "form.yaml").read_bytes() == before
    told = run(
        "scan", "template", boxes.parent / "blank.pdf", "--out", folder, "--replace", "--letters", "ก ข ค ง"
    )
    assert told.status == 0, told.text
    assert read_form(folder / "form.yaml").questions[0].letters == tuple("กขคง")
    told = run("scan", "template", boxes.parent / "blank.pdf", "--out", tmp_path / "x", "--letters", "1,2,3")
    assert told.status == 0, told.text
    assert "? 3 letters are named" in told.text
    assert read_form(tmp_path / "x" / "form.yaml").questions[0].letters == tuple("ABCD")


@pytest.mark.skipif(not PROGRAM, reason="no Chromium here")
def test_a_person_corrects_the_form_on_a_page(boxes: Path, tmp_path: Path) -> None:
    before = read_form(boxes / "form.yaml")
    folder = _with_fields(boxes, tmp_path / "form", *before.fields)
    page_of_form(folder, "en")
    choose = "[...document.querySelectorAll('#fields .head button')].find(b => b.textContent.includes('{}')).click()"
    set_input = (
        "(() => {{ const i = document.querySelectorAll('#fields .chosen input'); i[{}].value = {};"
        " i[{}].dispatchEvent(new Event('change')); }})()"
    )
    (tmp_path / "browser").mkdir()
    with browser(tmp_path / "browser") as chromium:
        tab = chromium.open(folder / "form.html")
        tab.wait("document.querySelectorAll('#rings .ring').length > 100 && pixels()")
        assert tab.run("document.documentElement.lang") == "en"
        assert tab.run("misfits()") == []
        # a column of bubbles that was ignored becomes the form (version) where it stands
        column = "{kind: 'ignored', choices: 3, values: 1, runs: 'across', first: [9, 9], last: [9, 29]}"
        assert tab.run(f"changedKind({column}, 'form')") == {
            "kind": "form", "values": ["A", "B", "C"], "runs": "down", "first": [9, 9], "last": [9, 29],
        }  # fmt: skip
        # one question too many: the field no longer fits, and saving asks once more
        tab.run(choose.format("21"))
        tab.run(set_input.format(1, 19, 1))
        assert "not on the blank" in tab.run("misfits()[0].text")
        assert tab.run("document.querySelectorAll('#fields .bad').length") == 1
        tab.run("document.getElementById('save').click()")
        assert "Save once more" in tab.run("document.getElementById('notice').textContent")
        tab.run(f"form.fields[{len(before.fields) - 1}].last[1] -= {BOXES.line}; show()")
        assert tab.run("misfits()") == []
        saved = tab.run("yaml()")
        # upside down, and twice more
        tab.run("document.getElementById('turn-180').click()")
        turned = tab.run("yaml()")
        assert tab.run("misfits()") == []
        tab.run("document.getElementById('turn-90').click()")
        on_side = tab.run("yaml()")
        assert tab.run("misfits()") == []
        assert not tab.told
    (tmp_path / "form.yaml").write_text(saved)
    form = read_form(tmp_path / "form.yaml")
    assert [one.questions for one in form.questions] == [20, 19]
    assert form.model_copy(update={"fields": before.fields}) == before
    assert yaml.safe_load(saved)["fields"][0] == yaml.safe_load(form_yaml(before))["fields"][0]
    for text, degrees in ((turned, 180), (on_side, 270)):
        (folder / "form.yaml").write_text(text)
        assert read_form(folder / "form.yaml").turn == degrees
        assert read_template(folder).layout.pages[0].bubbles.shape == (60 + 39 * 4, 2)


def test_one_bit_scans_are_set_aside_unless_the_form_says_otherwise(boxes: Path, tmp_path: Path) -> None:
    layout = read_template(boxes).layout
    made = fill_form(draw_form(BOXES), layout, 0, 0, 20)
    black = np.where(made.image > 200, 255, 0).astype(np.uint8)
    (tmp_path / "scans").mkdir()
    Image.fromarray(black).save(tmp_path / "scans" / "0.png")
    done = scan([tmp_path / "scans"], [], tmp_path / "scan", 1, template=boxes)
    assert [page.reason for page in done.ledger.pages] == ["one-bit"]
    form = read_form(boxes / "form.yaml").model_copy(update={"one_bit": True})
    (tmp_path / "form.yaml").write_bytes(form_yaml(form))
    (tmp_path / "form.png").write_bytes((boxes / "form.png").read_bytes())
    done = scan([tmp_path / "scans"], [], tmp_path / "read", 1, template=tmp_path)
    assert [page.outcome for page in done.ledger.pages] == ["read"]
    assert _agree(_rows(tmp_path / "read" / "responses.csv"), [made]) <= 8


def test_one_letter_throughout_and_an_empty_sheet_are_read(boxes: Path, tmp_path: Path) -> None:
    """What is printed in a bubble is known by those with the same letter, which may all be marked, or none."""
    page = read_template(boxes).layout.pages[0]
    (tmp_path / "scans").mkdir()
    for k, name in enumerate(("empty", "first", "last")):
        image = draw_form(BOXES)
        for choice in page.choices:
            x, y = page.bubbles[choice.bubbles[0 if k == 1 else -1]] * PER_MM
            if k:
                cv2.ellipse(image, (round(x), round(y)), (24, 17), 0, 0, 360, 70, -1)
        Image.fromarray(image).save(tmp_path / "scans" / f"{k}-{name}.png")
    done = scan([tmp_path / "scans"], [], tmp_path / "scan", 1, template=boxes)
    assert [page.reason for page in done.ledger.pages] == ["unused-sheet", "", ""]
    rows = _rows(tmp_path / "scan" / "responses.csv")
    assert [{row[f"Q{n}"] for n in range(1, 41)} for row in rows] == [{"A"}, {"D"}]
    assert [row["candidate_id"] for row in rows] == ["000000", "999999"]


def test_sheets_of_others_are_scored_and_given_back(
    boxes: Path, package: Path, tmp_path: Path, run: Run
) -> None:
    form = read_form(boxes / "form.yaml")
    (tmp_path / "form.yaml").write_bytes(form_yaml(form.model_copy(update={"fields": form.questions})))
    (tmp_path / "form.png").write_bytes((boxes / "form.png").read_bytes())
    made = _filled(BOXES, read_template(tmp_path).layout, 1, tmp_path / "scans", level=0)
    (tmp_path / "whose.csv").write_text("source,candidate_id\nscans/0.png,0000000000001\n")
    folder = tmp_path / "scan"
    given = "--template", tmp_path / "form.yaml", "--whose", tmp_path / "whose.csv", "--exam", package
    told = run("scan", tmp_path / "scans", *given, "--out", folder, "--processes", 1)
    assert told.status == 0, told.text
    [row] = _rows(folder / "responses.csv")
    assert (row["candidate_id"], row["Q1"]) == ("0000000000001", made[0].answers[1])
    scored = run("score", package, folder / "responses.csv", "--out", tmp_path / "results", "--no-signals")
    assert scored.status in (0, 3), scored.text
    back = run("scan", "annotate", folder, "--results", tmp_path / "results")
    assert back.status == 0, back.text
    assert [path.name for path in (folder / "annotated").glob("*.pdf")] == ["0000000000001.pdf"]

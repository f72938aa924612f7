"""What stands where in a booklet."""

from __future__ import annotations

import ctypes
import random
import re

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from examgen.core.models.form import Exam
from examgen.core.problems import Refused
from examgen.papers.candidate import columns
from tests.papers.pages import TEMPLATES, bare, drawn_lines, exam, item, page_texts
from tests.papers.whole_booklets import booklet

DRAFT = bare("DRAFT – ฉบับร่าง ยังไม่ผ่านการรับรองจากผู้เชี่ยวชาญ / not approved by a subject-matter expert")


def _marked_exam(**changes: object) -> Exam:
    """Sixteen items of very different length, whose parts can be told apart on the page: S7, a7 …"""
    draw = random.Random(7)
    words = "ผู้จัดการอาคารตรวจสอบระบบแล้วแจ้งผู้พักอาศัยให้ทราบ "
    return exam(
        [
            item(
                n,
                stem=f"<S{n}> " + words * draw.randrange(1, 14),
                options={o: f"<{o}{n}> " + words * draw.choice((0, 0, 1, 3)) for o in "abcd"},
                **changes,
            )
            for n in range(1, 17)
        ]
    )


def test_questions_stand_whole_in_order_between_cover_and_end_on_pages_that_say_what_they_are() -> None:
    marked = _marked_exam()
    lines = drawn_lines(booklet(marked, marked.forms[0], TEMPLATES))
    place = {mark: line.page for line in lines for mark in re.findall(r"<\w\d+>", line.text)}
    assert len(place) == 16 * 5
    for n in range(1, 17):
        assert len({place[f"<{part}{n}>"] for part in "Sabcd"}) == 1, n
    assert len(set(place.values())) > 3
    numbers = [int(found[1]) for line in lines if (found := re.match(r"(\d+)\.<S\1>", line.text))]
    assert numbers == list(range(1, 17))
    assert 0 not in place.values()
    n_pages = lines[-1].page + 1
    for page in range(n_pages):
        text = "".join(line.text for line in lines if line.page == page)
        assert "T-1-L4" in text
        assert "FormA" in text
        assert f"Page{page + 1}of{n_pages}" in text
        assert DRAFT in text
    [end] = [i for i, line in enumerate(lines) if "Endofthetest" in line.text]
    assert end > max(i for i, line in enumerate(lines) if "<d16>" in line.text)
    assert bare("จบข้อสอบ") in lines[end].text


def test_the_cover_names_the_exam_in_both_languages() -> None:
    sample = exam(
        [item(1), item(2)], forms=("A", "B"), title={"th": "การสอบไฟฟ้า", "en": "Electricity"}, time_min=47
    )
    cover = page_texts(booklet(sample, sample.forms[1], TEMPLATES))[0]
    for words in ("การสอบไฟฟ้า", "Electricity", "T-1", "หน่วยทดลอง", "FormB", "47", "Instructions", "คำชี้แจง"):
        assert bare(words) in cover
    for field in ("Name", "Candidatenumber", "Room/seat", "Signature"):
        assert field in cover


def test_options_carry_the_letters_of_the_blueprint() -> None:
    options = {o: f"<{o}>" for o in "abcde"}
    sample = exam([item(1, options=options, rationale={}, key="a")], choices="latin")
    page = page_texts(booklet(sample, sample.forms[0], TEMPLATES))[1]
    for letter, option in zip("ABCDE", "abcde", strict=True):
        assert f"{letter}.<{option}>" in page


def test_a_booklet_says_what_its_form_has_and_nothing_that_it_lacks() -> None:
    """Options in the order of the form, strong words bold; no level, no draft."""
    one = item(1, stem="plain **STRONG** plain", options={o: f"<{o}>" for o in "abcd"}, status="approved")
    sample = exam([one], level=None)
    turned = sample.forms[0].model_copy(
        update={"items": (sample.forms[0].items[0].model_copy(update={"order": tuple("dbca")}),)}
    )
    data = booklet(sample, turned, TEMPLATES)
    cover, page = page_texts(data)
    assert "ก.<d>ข.<b>ค.<c>ง.<a>" in page
    assert "None" not in cover
    assert "DRAFT" not in cover + page
    assert _face_of(data, 1, "STRONG").endswith("Sarabun-Bold")
    assert _face_of(data, 1, "plain").endswith("Sarabun-Regular")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["10 ม.", "20 ม.", "30 ม.", "40 ม."], 4),
        (["แจ้งเจ้าของร่วมทุกห้องชุด"] * 4, 2),
        (["แจ้งเจ้าของร่วมทุกห้องชุดเป็นหนังสือล่วงหน้าเจ็ดวันก่อนประชุม"] * 4, 1),
        (["ใช่", "ไม่ใช่"], 2),
        (["หนึ่ง", "สอง", "สาม"], 3),
        (["แจ้งเจ้าของร่วมทุกห้องชุด"] * 5, 1),
        (["สั้น", "สั้น", "สั้น", "บรรทัดหนึ่ง\nบรรทัดสองซึ่งยาวกว่าหนึ่งในสี่ของหน้า"], 2),
        (["![ผัง](a.png)"] * 4, 2),
    ],
)
def test_options_stand_in_as_many_columns_as_their_length_allows(texts: list[str], expected: int) -> None:
    assert columns(texts) == expected


def test_a_stimulus_stands_once_above_its_items_on_their_page() -> None:
    filler = [item(n, stem="คำถามนำ " * 60) for n in range(1, 5)]
    members = [item(n, stem=f"<S{n}>", shared_stimulus="case-1") for n in (5, 6, 7)]
    sample = exam([*filler, *members], stimuli={"case-1": "<CASE> " + "ข้อเท็จจริงของกรณี " * 30})
    lines = drawn_lines(booklet(sample, sample.forms[0], TEMPLATES))
    at = {mark: i for i, line in enumerate(lines) for mark in re.findall(r"<\w+>", line.text)}
    assert sum("<CASE>" in line.text for line in lines) == 1
    assert at["<CASE>"] < at["<S5>"] < at["<S6>"] < at["<S7>"]
    assert lines[at["<CASE>"]].page == lines[at["<S5>"]].page
    assert any("Questions5–7" in line.text for line in lines)


def test_a_stimulus_that_the_exam_does_not_hold_is_refused() -> None:
    sample = exam([item(1, shared_stimulus="case-9")])
    with pytest.raises(Refused) as refused:
        booklet(sample, sample.forms[0], TEMPLATES)
    assert [(p.code, p.item) for p in refused.value.problems] == [("stimulus-missing", "E1.01-001")]


def _face_of(data: bytes, page: int, word: str) -> str:
    with pypdfium2.PdfDocument(data) as document:
        text = document[page].get_textpage()
        index, _ = text.search(word).get_next()
        buffer = ctypes.create_string_buffer(100)
        pdfium.FPDFText_GetFontInfo(text, index, buffer, 100, None)
        return bytes(buffer).rstrip(b"\0").decode()

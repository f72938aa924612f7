"""The paper for screen readers: what PDF/UA-1 asks of the file, its tags, its text, and the HTML page."""

from __future__ import annotations

import base64
import io
import itertools
import re
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pytest
from bs4 import BeautifulSoup, Tag
from fontTools.ttLib import TTFont

from examgen.bank.loading import load_unit
from examgen.core.models.form import Exam
from examgen.core.problems import Refused
from examgen.papers.accessible import accessible_html, accessible_pdf
from examgen.papers.preview import sample
from tests.papers.pages import TEMPLATES, exam, item
from tests.papers.pdf_ua.requirements import checked
from tests.papers.pdf_ua.structure import elements, text_in_order

STIMULUS = """ตารางแสดงยอดขาย (sales report)

| เดือน | ยอด |
|---|---:|
| มกราคม | 12 |
| กุมภาพันธ์ | 15 |

![แผนภูมิแท่งของยอดขาย มกราคม 12 กุมภาพันธ์ 15](sales.svg)

- น้ำหนัก **ไม่รวม** ภาชนะ
- คิดเป็นเงิน *บาท*

1. หนึ่ง
2. สอง
"""
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="120" font-family="Sarabun">'
    '<title>เหตุผลที่ห้ามใครเห็น</title><rect x="20" y="40" width="60" height="70" fill="#777"/><text x="20" y="30">น้ำ 12</text></svg>'
)
SECRET = "เหตุผลที่ห้ามใครเห็น"


class Printed(NamedTuple):
    """A form in both kinds."""

    exam: Exam
    pdf: bytes
    html: str


def small(**blueprint: object) -> Exam:
    items = [
        item(1, stem="ข้อใดถูก", shared_stimulus="s", rationale=dict.fromkeys("abcd", SECRET), reference=SECRET),
        item(2, stem=r"ค่าของ $\frac{1}{2} + x^2$ คือข้อใด", options={"a": "$y_1$", "b": "API gateway", "c": "น้ำ", "d": "ก\n$$x$$"}, key="a", rationale={}),
        item(3, stem="จงเลือกคำที่สะกดถูก", options={"a": "กตัญญู", "b": "ผู้ใหญ่", "c": "เปี๊ยะ", "d": "ศักดิ์สิทธิ์"}, key="b", rationale={}),
    ]  # fmt: skip
    return exam(items, stimuli={"s": STIMULUS}, choices="thai", **blueprint)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    (folder / "sales.svg").write_text(PICTURE, "utf-8")
    return folder


@pytest.fixture(scope="module")
def printed(media: Path) -> Printed:
    one = small()
    return Printed(
        one,
        accessible_pdf(one, one.forms[0], TEMPLATES, [media]),
        accessible_html(one, one.forms[0], TEMPLATES, [media]),
    )


@pytest.fixture(scope="module")
def of_the_bank(root: Path) -> Printed:
    """One item of each stimulus of a unit, with its pictures, tables and lists."""
    folder = root / "item_bank" / "ASM-REE-5-059ZB"
    shelf, problems = load_unit(folder)
    assert shelf is not None
    assert problems == []
    first = {item.shared_stimulus: item for item in reversed(shelf.items) if item.shared_stimulus}
    one = sample(shelf, list(first.values()))
    media = [folder / "media"]
    return Printed(
        one,
        accessible_pdf(one, one.forms[0], TEMPLATES, media),
        accessible_html(one, one.forms[0], TEMPLATES, media),
    )


def faults(data: bytes) -> dict[str, list[str]]:
    found = checked(data)
    for one in found:
        print(f"{'fails' if one.faults else 'holds'}  {one.number:8} {one.requirement}")
    return {f"{one.number} {one.requirement}": one.faults[:5] for one in found if one.faults}


def test_every_requirement_of_pdf_ua_that_a_program_can_see_holds(printed: Printed) -> None:
    assert faults(printed.pdf) == {}


@pytest.mark.long("a whole bank; test_accessible has a small paper with each kind of content")
def test_they_hold_for_the_stimuli_of_the_bank(of_the_bank: Printed) -> None:
    assert faults(of_the_bank.pdf) == {}


def test_the_requirements_are_not_met_by_a_plain_file_of_tags(printed: Printed) -> None:
    """The checks themselves: what is taken away is missed."""
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        for one in elements(pdf):
            for name in ("/Alt", "/A"):
                if name in one.entry:
                    del one.entry[name]
        del pdf.Root.Lang
        del pdf.pages[0].obj.Tabs
        pdf.pages[0].obj.Contents.write(b"0 0 9 9 re f\n" + pdf.pages[0].obj.Contents.read_bytes())
        spoilt = io.BytesIO()
        pdf.save(spoilt)
    missed = {one.split()[0] for one in faults(spoilt.getvalue())}
    assert {"01-005", "11-001", "13-004", "17-002", "15-003", "7.6", "7.18.3"} <= missed


def test_the_tags_of_a_question(printed: Printed) -> None:
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        tags = [f"{one.kind} {one.entry.get('/Alt', '')}".strip() for one in elements(pdf)]
        second = [n for n, tag in enumerate(tags) if tag == "H3"][2]
        third = [n for n, tag in enumerate(tags) if tag == "H3"][3]
        numberings = [str(one.entry.A.ListNumbering) for one in elements(pdf) if one.kind == "L"]
    question = [tag for tag in tags[second:third] if tag != "Span"]
    assert question[:6] == ["H3", "P", r"Formula \frac{1}{2} + x^2", "L", "LI", "Lbl"]
    assert question.count("LI") == question.count("Lbl") == question.count("LBody") == 4
    assert "Formula y_1" in question
    assert "Figure แผนภูมิแท่งของยอดขาย มกราคม 12 กุมภาพันธ์ 15" in tags
    assert tags.count("TH") == 2
    assert numberings == ["/Disc", "/Decimal"] * 2 + ["/UpperAlpha"] * 3


def test_english_is_told_from_thai(printed: Printed) -> None:
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        assert str(pdf.Root.Lang) == "th"
        spoken = [one for one in elements(pdf) if "/Lang" in one.entry]
        assert {str(one.entry.Lang) for one in spoken} == {"en"}
        assert {"Span", "LBody", "Formula"} <= {one.kind for one in spoken}
        assert not [one for one in spoken if one.kind in ("Document", "Sect", "Table")]


def read_text(html: str) -> str:
    """The text of the page as it is written, letters of options and what only a screen shows left out."""
    page = BeautifulSoup(html, "html.parser")
    for gone in page.select("head, style, svg, .skip, .spoken, .letter"):
        gone.decompose()
    return "".join(page.get_text().split())


@pytest.mark.parametrize(
    "name",
    ["printed", pytest.param("of_the_bank", marks=pytest.mark.long("a whole bank; printed has all kinds"))],
)
def test_the_tags_read_as_the_source_does(name: str, request: pytest.FixtureRequest) -> None:
    found: Printed = request.getfixturevalue(name)
    assert text_in_order(found.pdf, without=("Lbl", "Figure")) == read_text(found.html)


def test_labels_are_the_letters_of_the_options(printed: Printed) -> None:
    labels = text_in_order(printed.pdf, only="Lbl")
    assert labels.endswith("ก.ข.ค.ง." * 3)


def test_nothing_of_the_key_is_in_the_files(printed: Printed) -> None:
    [picture] = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", printed.html)
    assert "น้ำ 12" in base64.b64decode(picture).decode()
    assert SECRET not in base64.b64decode(picture).decode(), "a title of it, say, which no browser shows"
    for secret in (SECRET, "E1.01-001", "rationale"):
        assert secret not in printed.html
        with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
            streams = b"".join(
                one.read_bytes()
                for one in pdf.objects
                if isinstance(one, pikepdf.Stream) and "/Length1" not in one
            )
            written = repr([one for one in pdf.objects if not isinstance(one, pikepdf.Stream)])
        assert secret.encode("utf-8") not in streams
        assert secret.encode("utf-16-be").hex().encode() not in streams
        assert secret not in written
        assert secret not in text_in_order(printed.pdf)


def test_the_same_exam_is_the_same_files(printed: Printed, media: Path) -> None:
    one = small()
    assert accessible_pdf(one, one.forms[0], TEMPLATES, [media]) == printed.pdf
    assert accessible_html(one, one.forms[0], TEMPLATES, [media]) == printed.html


def test_an_image_without_alt_text_is_refused_by_item_and_field(media: Path) -> None:
    one = exam(
        [item(1, stem="![](sales.svg)"), item(2, shared_stimulus="s")], stimuli={"s": "| ก |\n|---|\n| ![ ](sales.svg) |"}
    )  # fmt: skip
    for paper in (accessible_pdf, accessible_html):
        with pytest.raises(Refused, match="screen readers") as refused:
            paper(one, one.forms[0], TEMPLATES, [media])
        assert [(p.item, p.field, p.code) for p in refused.value.problems] == [
            ("E1.01-001", "stem", "alt-text-missing"),
            ("E1.01-002", "shared_stimulus", "alt-text-missing"),
        ]


def test_large_print_takes_more_pages(printed: Printed, media: Path) -> None:
    one = small(papers={"text": "large", "size": "A5", "digits": "thai", "sections": "element"})
    data = accessible_pdf(one, one.forms[0], TEMPLATES, [media])
    assert faults(data) == {}
    with pikepdf.open(io.BytesIO(data)) as large, pikepdf.open(io.BytesIO(printed.pdf)) as normal:
        assert len(large.pages) > len(normal.pages)
    assert "ข้อ๒" in text_in_order(data)


# ── the HTML page ────────────────────────────────────────────────────────────────────────────


def test_the_page_carries_all_that_it_shows(printed: Printed) -> None:
    addresses = re.findall(r'(?:src|href)="([^"]*)"|url\("?([^")]*)', printed.html)
    assert {(one or other)[:5] for one, other in addresses} == {"data:", "#ques"}
    assert not re.search(r"<script|<link|<iframe|@import|file:", printed.html)


def test_the_page_is_built_for_screen_readers(printed: Printed) -> None:
    page = BeautifulSoup(printed.html, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "th"
    assert page.title is not None
    assert page.title.get_text().strip()
    levels = [int(head.name[1]) for head in page.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert page.select_one(".skip[href='#questions']") is not None
    assert page.select_one("main #questions[tabindex='-1']") is not None
    assert [img.get("alt") for img in page.find_all("img")] == ["แผนภูมิแท่งของยอดขาย มกราคม 12 กุมภาพันธ์ 15"]
    assert [cell.get("scope") for cell in page.find_all("th")] == ["col", "col"]
    assert len(page.select("ul.options[role=list]")) == 3
    assert page.find("meta", attrs={"name": "viewport"}) is not None
    assert [tag.find("table") is not None for tag in page.select("[tabindex='0']")] == [True]


def test_formulas_are_drawn_for_eyes_and_in_mathml_for_ears(printed: Printed) -> None:
    page = BeautifulSoup(printed.html, "html.parser")
    drawn = page.select("svg.formula")
    assert len(drawn) == 3
    for svg in drawn:
        assert isinstance(svg, Tag)
        assert svg["aria-hidden"] == "true"
        before = svg.find_previous_sibling()
        assert isinstance(before, Tag)
        assert before.math is not None


def test_english_passages_are_marked_and_ids_are_single(printed: Printed) -> None:
    page = BeautifulSoup(printed.html, "html.parser")
    english = [span.get_text() for span in page.select("[lang=en]")]
    assert "Choose the one best answer, ก–ง." in english
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))


def test_the_fonts_of_the_page_hold_what_thai_is_shaped_from(printed: Printed) -> None:
    programs = re.findall(r'url\("data:font/ttf;base64,([^"]+)"\)', printed.html)
    assert len(programs) == 3
    wanted = {ord(char) for char in read_text(printed.html)} | {0x0E4D, 0x0E32}
    for program in programs:
        with TTFont(io.BytesIO(base64.b64decode(program))) as font:
            assert wanted - {0x2022} <= set(font.getBestCmap())

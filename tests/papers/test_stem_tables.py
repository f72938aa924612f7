"""Tables and lists in stems: what becomes one, what it looks like on paper, how it reads where none is drawn."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from bs4 import BeautifulSoup

from examgen.bank.loading import load_unit
from examgen.bank.rules.item_words import plain, words
from examgen.core.models.papers import PapersRule
from examgen.core.text.markdown import images, in_columns, in_rows, in_words, without_tables
from examgen.papers.accessible import accessible_html, accessible_pdf
from examgen.papers.booklet.printing import BookletPrinter, plain_booklet
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.markup import to_html
from tests.papers.pages import TEMPLATES, bare, drawn_lines, exam, item, page_texts, pixels
from tests.papers.pdf_ua.requirements import checked
from tests.papers.pdf_ua.structure import elements

COMPLAINTS = """\
ผู้จัดการเทียบเรื่องเดือดร้อนของผู้พักอาศัยในรอบปีจากสองแหล่ง ไม่มีเรื่องใดซ้ำกัน

| กลุ่ม | ห้อง | ในทะเบียนข้อร้องเรียน | ในสมุด รปภ. |
|---|---:|---:|---:|
| เจ้าของอยู่เอง | 200 | 36 | 10 |
| ผู้เช่าชาวต่างชาติ | 100 | 3 | 21 |

ข้อสรุปใดมีตัวเลขรองรับมากที่สุด"""
ROOMS = """\
ผู้จัดการตรวจแล้วได้ข้อมูลดังนี้

| ห้อง | การเข้าพัก |
|---|---|
| 1501 | เช่าเดือนต่อเดือน ผู้เช่าเป็นชาวต่างชาติ เปลี่ยนคนแล้ว 3 รายในปีนี้ |
| 1503 | รับจองผ่านแอป **ครั้งละ** 2–5 คืน |

ห้องใดควรแยก"""
LOG = """\
ธุรการลงทะเบียนจากกลุ่มของ รปภ.

- 21.10 ห้อง 611 โทรมา
- 21.25 เคาะแล้วไม่มีคนเปิด

ช่องเวลาควรลงอย่างไร"""


def html(text: str, field: str = "stem") -> str:
    return str(to_html(text, str, line_setter(()), field))


# ── what is a table or a list ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "1. หนึ่ง", "- หนึ่ง\n- สอง", "ก่อน\n- หนึ่ง\n- สอง", "ก่อน\n1. หนึ่ง\n2. สอง",
        "ก่อน\n\n- หนึ่งเดียว\n\nหลัง", "ก่อน\n\n2568. ปีนั้น\n\nหลัง", "ก่อน\n\n1. หนึ่ง\n3. สาม",
        "ก่อน\n\n2. สอง\n3. สาม", "ก่อน\n\n01. หนึ่ง\n02. สอง", "ก่อน\n\n1) หนึ่ง\n2) สอง",
        "ก่อน\n\n-5 °C\n-3 °C", "ก่อน\n\n๑. หนึ่ง\n๒. สอง", "|x| เท่ากับ\n- 5 หรือ |y|", "ก | ข", "---\nก",
        "อุณหภูมิ\n\n+ 5 องศา\n\n- 5 องศา",
    ],
)  # fmt: skip
def test_what_reads_as_prose_stays_as_typed(text: str) -> None:
    assert html(text) == html(text, "options.a")
    assert in_words(text) == in_rows(text) == without_tables(text) == text


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        (COMPLAINTS, "p table thead tr th th th th tbody tr td td td td tr td td td td p"),
        (LOG, "p ul li li p"),
        ("ก\n\n1. ข\n2. ค\n\nง", "p ol li li p"),
        ("ก\n\n- ข\n  - ค\n- ง", "p ul li ul li li"),
        ("ก\n\n- ข\n- ค\nข้อใด", "p ul li li p"),  # not of the last entry
        ("ก\n\n- ข\n  ต่อ\n- ค", "p ul li br li"),
        ("ก\n| ข |\n|---|\n| ค |\nข้อใด", "p table thead tr th tbody tr td p"),  # nor a row
        ("ก\n\n- ข\n\n  | ค |\n  |---|\n  | ง |\n- จ", "p ul li p table thead tr th tbody tr td li p"),
    ],
)
def test_what_becomes_a_table_or_a_list(text: str, tags: str) -> None:
    assert " ".join(tag for tag in re.findall(r"<(\w+)", html(text)) if tag != "span") == tags


def test_options_and_rationale_stay_in_line() -> None:
    for field in ("options.a", "rationale.a"):
        assert "<table>" not in html(COMPLAINTS, field)
        assert "<li>" not in html(LOG, field)


def test_stems_without_them_are_set_as_they_were(root: Path) -> None:
    for code in ("ASM-REE-5-059ZB", "DG-TWRT-007"):
        shelf, _ = load_unit(root / "item_bank" / code)
        assert shelf is not None
        for one in shelf.items:
            drawn = html(re.sub(r"!\[", "[", one.stem))
            if "<table>" not in drawn and "<li>" not in drawn:
                assert drawn == html(re.sub(r"!\[", "[", one.stem), "options.a")


def test_an_image_in_a_cell_is_found() -> None:
    assert [image.name for image in images("ก\n\n| ![ผัง](a.png) |\n|---|\n| ข |", "stem")] == ["a.png"]


# ── on paper ─────────────────────────────────────────────────────────────────────────────────

IN_ONE = """\
1. ผู้จัดการเทียบเรื่องเดือดร้อนของผู้พักอาศัยในรอบปีจากสองแหล่ง ไม่มีเรื่องใดซ้ำกัน
กลุ่ม ห้อง ในทะเบียนข้อร้องเรียน ในสมุด รปภ.
เจ้าของอยู่เอง 200 36 10
ผู้เช่าชาวต่างชาติ 100 3 21
ข้อสรุปใดมีตัวเลขรองรับมากที่สุด
2. ผู้จัดการตรวจแล้วได้ข้อมูลดังนี้
ห้อง การเข้าพัก
1501 เช่าเดือนต่อเดือน ผู้เช่าเป็นชาวต่างชาติ เปลี่ยนคนแล้ว 3 รายในปีนี้
1503 รับจองผ่านแอป ครั้งละ 2–5 คืน
ห้องใดควรแยก
3. ธุรการลงทะเบียนจากกลุ่มของ รปภ.
21.10 ห้อง 611 โทรมา
21.25 เคาะแล้วไม่มีคนเปิด
ช่องเวลาควรลงอย่างไร"""
# cells wrap between words, and numbers are never parted
IN_TWO = """\
1. ผู้จัดการเทียบเรื่องเดือดร้อนของผู้พักอาศัยใน
รอบปีจากสองแหล่ง ไม่มีเรื่องใดซ้ำกัน
กลุ่ม ห้อง ในทะเบียน ในสมุด รปภ.
ข้อร้องเรียน
เจ้าของอยู่เอง 200 36 10
ผู้เช่าชาวต่าง 100 3 21
ชาติ
ข้อสรุปใดมีตัวเลขรองรับมากที่สุด
2. ผู้จัดการตรวจแล้วได้ข้อมูลดังนี้
ห้อง การเข้าพัก
1501 เช่าเดือนต่อเดือน ผู้เช่าเป็นชาวต่างชาติ
เปลี่ยนคนแล้ว 3 รายในปีนี้
1503 รับจองผ่านแอป ครั้งละ 2–5 คืน
ห้องใดควรแยก
3. ธุรการลงทะเบียนจากกลุ่มของ รปภ.
21.10 ห้อง 611 โทรมา
21.25 เคาะแล้วไม่มีคนเปิด
ช่องเวลาควรลงอย่างไร"""


@pytest.mark.parametrize(("columns", "golden"), [(1, IN_ONE), (2, IN_TWO)])
def test_a_page_with_tables_in_its_stems(tmp_path: Path, columns: int, golden: str) -> None:
    sample = exam([item(1, stem=COMPLAINTS), item(2, stem=ROOMS), item(3, stem=LOG)])
    printer = BookletPrinter(sample, PapersRule.model_validate({"columns": columns}), TEMPLATES)
    path = tmp_path / "booklet.pdf"
    printer.write(path, [plain_booklet(sample.forms[0])], title="booklet")
    found = [line.text for line in drawn_lines(path.read_bytes()) if line.page == 1]
    asked = [text for text in found[2:-2] if not re.match("[ก-ง]\\.", text)]
    assert asked == [bare(line) for line in golden.splitlines()]
    dark = np.asarray(pixels(path.read_bytes(), 1, 100)) < 140
    # above, between and below the rows; a line of text leaves gaps
    assert _n_long_rules(dark) == 4 + 4


def _n_long_rules(dark: np.ndarray) -> int:
    """Horizontal lines of two inches at least, those of the tables, that do not cross the page."""
    runs = [
        max((len(run) for run in re.findall(b"\1+", bytes(row))), default=0) for row in dark.astype(np.uint8)
    ]
    long = [200 <= run < 600 for run in runs]
    return sum(now and not before for before, now in zip([False, *long], long, strict=False))


def test_a_stem_taller_than_a_page_is_set_as_every_stem(tmp_path: Path) -> None:
    table = "| ห้อง | ผู้เช่า |\n|---|---|\n" + "".join(f"| {n} | นาย ก{n} |\n" for n in range(100, 160))
    sample = exam([item(1), item(2, stem=f"ทะเบียน\n\n{table}\nห้องใด")])
    printer = BookletPrinter(sample, PapersRule(), TEMPLATES)
    printer.write(tmp_path / "tall.pdf", [plain_booklet(sample.forms[0])], title="booklet")
    pages = page_texts((tmp_path / "tall.pdf").read_bytes())[1:]
    whole = "".join(pages)
    assert all(whole.count(bare(f"{n}นาย")) == 1 for n in range(100, 160))
    first = next(n for n, text in enumerate(pages, 1) if bare("100นาย") in text)
    # the rules of its table: the style sheet holds for what is laid out alone, too
    dark = np.asarray(pixels((tmp_path / "tall.pdf").read_bytes(), first, 50)) < 170
    assert (dark.mean(axis=0)[40:-40] > 0.5).sum() >= 2


@pytest.fixture(scope="module")
def read_aloud() -> tuple[bytes, str]:
    sample = exam([item(1, stem=COMPLAINTS), item(2, stem=LOG)])
    [form] = sample.forms
    return accessible_pdf(sample, form, TEMPLATES), accessible_html(sample, form, TEMPLATES)


def test_a_table_in_a_stem_is_one_in_the_tags(read_aloud: tuple[bytes, str]) -> None:
    with pikepdf.open(io.BytesIO(read_aloud[0])) as pdf:
        found = elements(pdf)
        kinds = [one.kind for one in found]
        scopes = [str(one.entry.A.Scope) for one in found if one.kind == "TH"]
    assert [kinds.count(kind) for kind in ("Table", "TR", "TH", "TD")] == [1, 3, 4, 8]
    assert scopes == ["/Column"] * 4
    assert [fault for one in checked(read_aloud[0]) for fault in one.faults] == []


def test_a_table_in_a_stem_scrolls_on_a_narrow_screen(read_aloud: tuple[bytes, str]) -> None:
    page = BeautifulSoup(read_aloud[1], "html.parser")
    [table] = page.select(".stem .table[tabindex='0'] table")
    assert [cell.get("scope") for cell in table.select("th")] == ["col"] * 4
    assert len(page.select(".stem ul > li")) == 2


# ── where none is drawn ──────────────────────────────────────────────────────────────────────


def test_a_table_reads_as_words_rows_or_columns() -> None:
    assert in_words(ROOMS).splitlines()[2:4] == [
        "ห้อง การเข้าพัก",
        "1501 เช่าเดือนต่อเดือน ผู้เช่าเป็นชาวต่างชาติ เปลี่ยนคนแล้ว 3 รายในปีนี้",
    ]
    assert in_words(LOG).splitlines()[2] == "21.10 ห้อง 611 โทรมา"
    assert in_rows(COMPLAINTS).splitlines()[2:4] == [
        "กลุ่ม | ห้อง | ในทะเบียนข้อร้องเรียน | ในสมุด รปภ.",
        "เจ้าของอยู่เอง | 200 | 36 | 10",
    ]
    assert in_columns("ก\n\n| a | bb |\n|---|---:|\n| ccc | d |", len).splitlines()[2:] == [
        "a   │ bb",
        "────┼───",
        "ccc │ d",
    ]
    assert without_tables(COMPLAINTS).split() == [
        *COMPLAINTS.splitlines()[0].split(),
        COMPLAINTS.splitlines()[-1],
    ]


def test_rules_of_item_writing_read_neither_bars_nor_dashes() -> None:
    assert not set("|-") & set(plain(COMPLAINTS) + plain(LOG))
    assert words("ก\n\n| room | no |\n|---|---:|\n| A | 5 |") == words("ก room no A 5")

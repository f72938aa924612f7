"""Markdown of items, their images, and characters that no font holds."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from examgen.core.problems import Refused
from examgen.papers.candidate import check_images
from examgen.rendering.glyphs import check_glyphs
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.markup import image_address, plain_lines, to_html
from tests.papers.pages import HARD_WORDS, TEMPLATES, exam, item
from tests.papers.whole_booklets import booklet


def _html(text: str) -> str:
    return str(to_html(text, lambda name: f"file:///{name}", line_setter(()), "options.a"))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("ข้อใด**ไม่ใช่**", "<p>ข้อใด<strong>ไม่ใช่</strong></p>"),
        ("*เอียง* `x`", "<p><em>เอียง</em> <code>x</code></p>"),
        ("หนึ่ง\nสอง\n\nสาม", "<p>หนึ่ง<br>\nสอง</p>\n<p>สาม</p>"),
        ("<b>a</b> & 5 < 6", "<p>&lt;b&gt;a&lt;/b&gt; &amp; 5 &lt; 6</p>"),
        ("[ที่นี่](http://a.b) http://a.b", "<p>[ที่นี่](http://a.b) http://a.b</p>"),
        ("# หัวข้อ", "<p># หัวข้อ</p>"),
        ("1. หนึ่ง", "<p>1. หนึ่ง</p>"),
        ("____ เติมคำ ____", "<p>____ เติมคำ ____</p>"),
        ("![ผัง](plan.png)", '<p><img src="file:///plan.png" alt="ผัง"></p>'),
        ("ว่า “น้ำ” อื่น ๆ", "<p>ว่า “<span></span>น้ำ” อื่น\u00a0ๆ</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ],
)
def test_item_text_becomes_safe_html(text: str, html: str) -> None:
    assert _html(text) == html


def test_lists_and_tables_stand_in_a_stimulus_only() -> None:
    text = "| ข้อ | จำนวน |\n|---|---:|\n| น้ำ | 5 |\n\n- หนึ่ง\n- <i>สอง</i>"
    html = str(to_html(text, str, line_setter(()), "stimulus"))
    assert "<td>น้ำ</td>" in html
    assert html.count("<li>") == 2
    assert "&lt;i&gt;" in html
    assert "<table>" not in _html(text)
    assert "<li>" not in _html(text)


def test_plain_lines_are_what_is_drawn() -> None:
    assert plain_lines("ก **ข**\nค `ง`\n\n![รูป](a.png) จ", "options.a") == ["ก ข", "ค ง", " จ"]


def _picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 20), "black").save(path)
    return path


@pytest.mark.parametrize("name", ["plan.png", "../media/plan.png", "media/plan.png", "./plan.png"])
def test_an_image_is_found_in_the_media_folder(tmp_path: Path, name: str) -> None:
    path = _picture(tmp_path / "media" / "plan.png")
    assert image_address(name, [tmp_path / "nowhere", tmp_path / "media"]) == path.as_uri()


def test_each_unit_has_its_own_image_of_one_name(tmp_path: Path) -> None:
    folders = [tmp_path / unit / "media" for unit in ("A-1", "T-1")]
    for folder, width in zip(folders, (30, 50), strict=True):
        folder.mkdir(parents=True)
        Image.new("RGB", (width, 20), "black").save(folder / "plan.png")
    sample = exam([item(1, stem="![ผัง](plan.png)")])
    with pikepdf.open(io.BytesIO(booklet(sample, sample.forms[0], TEMPLATES, folders))) as pdf:
        widths = [
            int(thing["/Width"])
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]
    assert widths == [50]


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://example.com/a.png", "data:image/png;base64,AA", "link.png", "../media/../x.png", "none.png", "c:\\x.png"],
)  # fmt: skip
def test_an_image_from_elsewhere_is_refused_by_item_and_field(tmp_path: Path, name: str) -> None:
    _picture(tmp_path / "x.png")
    media = tmp_path / "media"
    media.mkdir()
    (media / "link.png").symlink_to(tmp_path / "x.png")
    sample = exam([item(1), item(2, options={"a": f"![ผัง]({name})", "b": "ไม่มี"}, rationale={}, key="a")])
    with pytest.raises(Refused) as refused:
        booklet(sample, sample.forms[0], TEMPLATES, [media])
    assert [(p.item, p.field, p.code) for p in refused.value.problems] == [
        ("E1.01-002", "options.a", "image-missing")
    ]


def test_a_file_that_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.png").write_bytes(b"not a picture")
    sample = exam([item(1, stem="![ผัง](plan.png)")])
    with pytest.raises(Refused) as refused:
        booklet(sample, sample.forms[0], TEMPLATES, [tmp_path])
    [problem] = refused.value.problems
    assert (problem.item, problem.field, problem.code) == ("E1.01-001", "stem", "image-unreadable")
    assert "image 'plan.png' is not a PNG, JPEG, GIF or WebP" in problem.message
    assert check_images(sample, [tmp_path]) == [problem]


def test_images_to_be_printed_are_told_by_item_and_field(tmp_path: Path) -> None:
    whole = _picture(tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    sample = exam(
        [
            item(1, stem="![ผัง](whole.png) ![ผัง](cut.png) ![ผัง](none.png)"),
            item(2, options={"a": "![ผัง](../x.png)", "b": "![ผัง](whole.png)"}, rationale={}, key="a"),
            item(3, shared_stimulus="s"),
        ],
        stimuli={"s": "| ภาพ |\n|---|\n| ![ผัง](cut.png) |"},
    )
    assert [(p.item, p.field, p.code) for p in check_images(sample, [tmp_path])] == [
        ("E1.01-001", "stem", "image-unreadable"),
        ("E1.01-001", "stem", "image-missing"),
        ("E1.01-002", "options.a", "image-missing"),
        ("E1.01-003", "shared_stimulus", "image-unreadable"),
    ]


def test_a_character_that_no_face_holds_is_named_with_its_place() -> None:
    stem = "มุม α และ α \u200bกับ ☐"
    sample = exam(
        [
            item(1, stem=stem),
            item(2, options={"a": "漢", "b": "ข"}, rationale={}, key="a", shared_stimulus="s"),
        ],
        stimuli={"s": "รูป ● นี้"},
        title={"th": "สอบ ✓", "en": "Test"},
        occupation="ช่าง ✗",
    )
    [unit] = sample.units
    element = unit.elements[0].model_copy(update={"title": "งาน ☑"})
    unit = unit.model_copy(update={"elements": (element, *unit.elements[1:])})
    sample = sample.model_copy(update={"units": (unit,)})
    found = {(p.item, p.field, p.message.split("(")[1].split(",")[0]) for p in check_glyphs(sample)}
    assert found == {
        ("E1.01-001", "stem", "U+03B1"), ("E1.01-001", "stem", "U+2610"), ("E1.01-002", "options.a", "U+6F22"),
        ("s", "stimulus", "U+25CF"), (None, "title.th", "U+2713"), (None, "occupation", "U+2717"),
        (None, "E1 title", "U+2611"),
    }  # fmt: skip
    assert {p.code for p in check_glyphs(sample)} == {"glyph-missing"}


def test_what_thai_papers_are_written_with_is_held() -> None:
    plain = "".join(HARD_WORDS) + "๐๑๒๓๔๕๖๗๘๙ฯๆ฿ “” ‘’ – — … × ÷ ± ≤ ≥ ≠ ° ½ ² ³ µ π √ → • % ABC abc 0-9"
    assert check_glyphs(exam([item(1, stem=plain)])) == []


def test_names_of_images_need_no_glyph(tmp_path: Path) -> None:
    assert check_glyphs(exam([item(1, stem="![漢](漢.png) ก")])) == []

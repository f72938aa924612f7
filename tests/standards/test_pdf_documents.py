"""Text of PDF documents: what fonts fail to say, and Thai that is broken at the end of a line."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pikepdf
import pytest
from weasyprint import HTML

from examgen.bank.documents import read_document
from examgen.bank.standards.reading import read_unit
from examgen.core.problems import Refused
from examgen.core.words import in_language
from examgen.rendering.pdf.reading.whole_text import text_of

pypdfium2 = pytest.importorskip("pypdfium2")
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "examgen" / "data" / "example-unit.txt").read_text("utf-8")
FONT = ROOT / "templates/fonts/Sarabun-Regular.ttf"
PRIVATE = {"\u0e48": "\uf70a", "\u0e49": "\uf70b", "\u0e34": "\uf701", "\u0e31": "\uf710", "\u0e38": "\uf718"}


@cache
def printed(body: str) -> bytes:
    style = f"@font-face{{font-family:S;src:url({FONT.as_uri()})}} body{{font:11pt S}} p{{margin:2pt 0}}"
    style += " table{width:420pt;table-layout:fixed} td{vertical-align:top;border:1px solid;padding:2pt}"
    pdf = HTML(string=f"<html lang='th'><style>{style}</style>{body}").write_pdf()
    assert isinstance(pdf, bytes)
    return pdf


def lines(text: str) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())


def told(pdf: bytes, change: Callable[[bytes], bytes | None]) -> bytes:
    """The document with another stream of what its fonts say, or none."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for one in document.objects:
            if isinstance(one, pikepdf.Dictionary) and "/ToUnicode" in one:
                said = change(one.ToUnicode.read_bytes())
                if said is None:
                    del one["/ToUnicode"]
                else:
                    one.ToUnicode = document.make_stream(said)
        written = io.BytesIO()
        document.save(written)
    return written.getvalue()


def otherwise(names: dict[str, str]) -> Callable[[bytes], bytes]:
    """Characters that a font says in the place of those that it draws."""

    def change(said: bytes) -> bytes:
        for char, other in names.items():
            said = said.replace(b"<%04x>\n" % ord(char), b"<%04x>\n" % ord(other))
        return said

    return change


def without_programs(pdf: bytes) -> bytes:
    """The fonts that are drawn with are not in the file: nothing says what they draw."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for one in document.objects:
            if isinstance(one, pikepdf.Dictionary) and "/FontFile2" in one:
                del one["/FontFile2"]
        written = io.BytesIO()
        document.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.replace(b"100 beginbfchar", b"7 beginbfchar"),
        otherwise(PRIVATE),
        otherwise({chr(0xE00 + n): chr(0xA0 + n) for n in range(1, 0x5C)}),
    ],
    ids=["damaged-map", "private-marks", "code-page"],
)
def test_a_unit_is_read_whatever_its_fonts_say(change: Callable[[bytes], bytes | None]) -> None:
    whole = read_unit(PAGE.encode(), "unit.txt").unit
    unit = read_unit(text_of(told(printed(lines(PAGE)), change), "unit.pdf").text.encode(), "unit.pdf").unit
    assert unit.error is None
    assert [one.text for one in unit.criteria] == [one.text for one in whole.criteria]
    assert (unit.code, unit.title, unit.levels) == (whole.code, whole.title, whole.levels)


def test_letters_that_no_font_tells_are_pointed_at() -> None:
    """Of a font that is in the file its letters are known; of marks that were moved aside not even that."""
    whole = read_unit(PAGE.encode(), "unit.txt").unit
    unit = read_unit(
        text_of(told(printed(lines(PAGE)), lambda said: None), "u.pdf").text.encode(), "u.pdf"
    ).unit
    doubts = {one.text for one in unit.warnings if one.kind == "letters_unclear"}
    assert (unit.error, unit.code, unit.levels) == (None, whole.code, whole.levels)
    odd = [new.text for new, old in zip(unit.criteria, whole.criteria, strict=True) if new.text != old.text]
    assert all(any(text[:12] in doubt for doubt in doubts) for text in odd)


def test_a_line_with_letters_that_are_not_known_is_pointed_at() -> None:
    """Programs that write a file anew put U+FFFD where they do not know what a glyph says."""
    text = PAGE.replace("\u0e17\u0e35\u0e48", "\u0e17\u0e35\ufffd")
    unit = read_unit(text.encode(), "unit.pdf").unit
    doubts = {one.text for one in unit.warnings if one.kind == "letters_unclear"}
    unknown = [one.text for one in unit.criteria if "\ufffd" in one.text]
    assert unknown
    assert all(any(text in doubt for doubt in doubts if doubt) for text in unknown)


def test_fonts_that_say_nothing_are_named_as_the_reason() -> None:
    nothing = without_programs(told(printed(lines(PAGE)), lambda said: None))
    with pytest.raises(Refused, match="its fonts do not say which letters they draw") as refused:
        text_of(nothing, "unit.pdf")
    assert "แบบอักษร" in in_language(refused.value.message, "th")


@pytest.mark.parametrize("wide", [420, 520])
def test_thai_that_is_broken_at_the_end_of_a_line_has_no_blank_there(wide: int) -> None:
    unit = read_unit(PAGE.encode(), "unit.txt").unit
    rows = "".join(
        f"<tr><td>{one.code} {one.title}</td><td>{n}) {pc.text}</td><td>{pc.code}</td></tr>"
        if n == 1
        else f"<tr><td></td><td>{n}) {pc.text}</td><td>{pc.code}</td></tr>"
        for one in unit.elements
        for n, pc in enumerate(one.criteria, 1)
    )
    above, rest = PAGE.split("11. สมรรถนะย่อย")
    below = "12. ความรู้" + rest.split("12. ความรู้")[1]
    table = f"<table style='width:{wide}pt'><tr><td>หน่วยสมรรถนะย่อย (EOC)</td><td>เกณฑ์ในการปฏิบัติงาน (Performance Criteria)</td><td>รหัส PC</td></tr>{rows}</table>"
    body = (
        lines(above)
        + "<p>11. สมรรถนะย่อยและเกณฑ์การปฏิบัติงาน (Elements and Performance Criteria)</p>"
        + table
        + lines(below)
    )
    pdf = printed(body)
    text = text_of(pdf, "unit.pdf").text
    read = read_unit(text.encode(), "unit.pdf").unit
    assert read.error is None
    assert [one.text for one in read.criteria] == [one.text for one in unit.criteria]
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    assert any(one.text not in page for one in unit.criteria), "nothing was broken"


SEEN = "<p style='color:#fff;background:#036'>ข้อความสีขาวบนพื้นเข้ม น้ำ</p><p style='color:#f00'>ข้อความแดง</p>"
UNSEEN = (
    "<p style='position:absolute;left:-400pt;top:50pt;width:300pt'>นอกหน้ากระดาษ</p>"
    "<p style='color:#fff'>ขาวบนขาว</p><p style='color:#0f0'>มองไม่เห็น</p>"
    "<p style='color:#036;background:#036'>ดาบนดา</p><p style='opacity:0.01'>จางมาก</p>"
    "<div style='overflow:hidden;height:0.01pt'><p>ตกขอบ</p></div>"
    "<div style='position:relative'><p>มาบง</p>"
    "<div style='position:absolute;top:0;width:90pt;height:40pt;background:#dde'></div></div>"
    "<p style='font-size:2pt'>tiny</p>"
)


def test_text_that_nobody_sees_on_the_page_is_told_with_its_page() -> None:
    pdf = printed(lines(PAGE) + SEEN + UNSEEN)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        last = document.pages[-1]
        drawn = last.Contents.read_bytes()
        assert b"0 1 0 rg\nBT" in drawn
        last.Contents = document.make_stream(drawn.replace(b"0 1 0 rg\nBT", b"0 1 0 rg\n3 Tr BT"))
        last.Rotate = 90  # as wide tables are
        written = io.BytesIO()
        document.save(written)
    read = text_of(written.getvalue(), "unit.pdf")
    [doubt] = read.doubts
    assert (doubt.kind, str(doubt.message).split(":")[0]) == ("hidden_text", "page 2")
    for text in ("นอกหน้ากระดาษ", "ขาวบนขาว", "มองไม่เห็น", "ดาบนดา", "จางมาก", "ตกขอบ", "มาบง", "tiny"):
        assert f"'{text}'" in doubt.message
        assert text in read.text
    assert "…" not in doubt.message
    assert "แดง" not in doubt.message
    assert "น้ำ" not in doubt.message
    unit = read_document("unit.pdf", written.getvalue()).reading.unit
    assert "hidden_text" in {one.kind for one in unit.warnings}


def test_a_refusal_names_the_page_and_what_stands_there() -> None:
    """The text ends in section 7, on the second page."""
    above, below = PAGE.split("\n7.")
    last = "7." + below.split("\n8.")[0]
    body = lines(above) + "<p style='break-before:page'></p>" + lines(last)
    error = read_document("unit.pdf", printed(body)).reading.unit.error
    assert error is not None
    assert error.kind == "truncated"
    found = str(error.message).partition("; in the PDF: page 2, ")[2].strip("'")
    assert found
    assert found in " ".join(last.split())
    assert "หน้า 2" in in_language(error.message, "th")

"""Banks and papers as Word documents: what stands in them, read by their styles; nothing reads them back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
import pytest
from PIL import Image

from examgen.core.exam.package import read_package
from examgen.core.models.item import Item
from examgen.core.problems import Refused
from examgen.interchange import formats, word_writing
from examgen.interchange.place import ExportOptions
from examgen.interchange.writing import WrittenItem
from examgen.reports.exports.formats import export
from tests.sittings import build


def item_of(stem: str, options: Sequence[str], key: Sequence[int] = (1,), **more: Any) -> Item:
    names = "abcde"[: len(options)]
    return Item(
        **{
            "id": "X.01-001",
            "pcs": ("X.01",),
            "levels": (3, 4),
            "cognitive": "apply",
            "stem": stem,
            "options": dict(zip(names, options, strict=True)),
            "key": tuple(names[n] for n in key),
            "rationale": {name: f"เหตุผล {name}" for name in names},
            "reference": "ตำรา: บทที่ 1 · หน้า 2",
            "status": "draft",
            **more,
        }
    )


def picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(buffer, kind)
    return buffer.getvalue()


def _lines(data: bytes, style: str) -> list[str]:
    """The texts of the paragraphs of a style."""
    document = docx.Document(io.BytesIO(data))
    return [one.text for one in document.paragraphs if one.style and one.style.name == f"examgen {style}"]


def _media(data: bytes) -> list[bytes]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return [archive.read(name) for name in archive.namelist() if name.startswith("word/media/")]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><rect width="40" height="30"/></svg>'
RICH = r"""จาก $\frac{a}{b}$ และ **ค่า** *สำคัญ* กับ `x  y` \(z\)

$$\sum_{i=1}^{n} i^2 = \frac{n(n+1)}{2}$$

- หนึ่ง $x^2$
- สอง **หนา**

| ก | ข |
|---|---:|
| **หนา** | 1,000 |
| $x^{2}$ | ![](p.png) |

![รูป](p.png) ![แผน](d.svg) ![w](w.webp)
บรรทัดที่สอง $x^{2}$ 1. จุด"""


PLAIN = item_of("เมืองหลวงคือเมืองใด", ("เชียงใหม่", "กรุงเทพ", "ขอนแก่น", "สงขลา"))


def test_all_that_an_item_says_stands_in_the_document() -> None:
    pictures = {"p.png": picture("PNG"), "d.svg": SVG, "w.webp": picture("WEBP")}
    options = ("**หนาทั้งหมด**", "1. เลข $x^2$", "* ดาว\nอีกบรรทัด", "![q](p.png)")
    item = item_of(RICH, options, (1, 2), anchored=("d",))
    data = word_writing.write([WrittenItem(item, ("s1", "**กรณี** ศึกษา\n\n- ก\n- ข"), pictures)], "X", {})
    assert _lines(data, "stimulus") == ["กรณี ศึกษา"]
    assert _lines(data, "list") == ["ก", "ข", "หนึ่ง ", "สอง หนา"]
    # formulas are Word's own, pictures no letters
    assert _lines(data, "option") == ["หนาทั้งหมด", "1. เลข ", "* ดาว\nอีกบรรทัด", ""]
    assert _lines(data, "key") == ["เฉลย: ข, ค"]
    assert _lines(data, "rationale") == [
        f"{letter}.\tเหตุผล {name}" for letter, name in zip("กขคง", "abcd", strict=True)
    ]
    assert _lines(data, "reference") == [f"อ้างอิง: {item.reference}"]
    assert set(pictures.values()) <= set(_media(data))
    document = docx.Document(io.BytesIO(data))
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == [
        ["ก", "ข"],
        ["หนา", "1,000"],
        ["", ""],
    ]
    text = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")
    assert text.count(b"<m:oMath>") == 6


def test_a_document_of_ours_is_not_read_back() -> None:
    """Its rationales have letters, too: read as a typed paper they would be questions."""
    data = word_writing.write([WrittenItem(PLAIN, None, {})], "X", {})
    with pytest.raises(Refused) as refused:
        formats.read(data, "bank.docx")
    assert [one.code for one in refused.value.problems] == ["written-by-examgen"]


def test_a_paper_for_editing_says_nothing_of_its_key() -> None:
    asked = [
        word_writing.PaperQuestion(PLAIN.stem, tuple(PLAIN.options.values()), "อ่านกรณี", "ตอนที่ 1"),
        word_writing.PaperQuestion("ดู ![แผน](d.svg)", ("ใช่", "ไม่ใช่"), pictures={"d.svg": SVG}),
    ]
    data = word_writing.write_paper(["ชุด A", "เวลา 60 นาที"], asked, "กขคงจ")
    assert SVG in _media(data)
    assert _lines(data, "key") == []
    assert _lines(data, "option") == [*PLAIN.options.values(), "ใช่", "ไม่ใช่"]
    text = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")
    assert b"<w:b/>" not in text
    assert PLAIN.id.encode() not in text
    assert docx.Document(io.BytesIO(data)).paragraphs[0].text == "ชุด A"


def test_the_forms_of_an_exam_are_papers_without_their_key(tmp_path: Path) -> None:
    exam = build(tmp_path / "exam")
    package = read_package(exam)
    made = export(exam, "word", ExportOptions(out=tmp_path / "word"))
    assert set(made.names) == {f"{form.name}.docx" for form in package.exam.forms}
    for form in package.exam.forms:
        data = (tmp_path / "word" / f"{form.name}.docx").read_bytes()
        assert _lines(data, "key") == []
        assert b"<w:b/>" not in zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")
        printed = [one.item.options[name] for one in form.items for name in one.order]
        assert _lines(data, "option") == printed
        assert _lines(data, "stem") == [one.item.stem for one in form.items]

"""Banks as Word documents and back: to the character and the byte, and after people have worked in them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
from hypothesis import strategies as st
from PIL import Image

from examgen.bank.whole_bank import load_bank
from examgen.core.exam.package import read_package
from examgen.core.models.item import Item
from examgen.interchange import formats, markup, word_writing
from examgen.interchange import importing as asked
from examgen.interchange.exporting import export_questions
from examgen.interchange.importing import import_questions
from examgen.interchange.place import ExportOptions
from examgen.interchange.questions import Question, QuestionFile, QuestionPicture
from examgen.interchange.writing import WrittenItem, xhtml
from examgen.reports.exports.formats import export
from tests.samples import write_unit
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


def _read(data: bytes) -> QuestionFile:
    return formats.read(data, "bank.docx")


def _one(data: bytes) -> Question:
    [question] = _read(data).questions
    return question


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


def test_all_that_a_text_may_hold_comes_back() -> None:
    pictures = {"p.png": picture("PNG"), "d.svg": SVG, "w.webp": picture("WEBP")}
    options = ("**หนาทั้งหมด**", "1. เลข $x^2$", "* ดาว\nอีกบรรทัด", "![q](p.png)")
    item = item_of(RICH, options, (1, 2), anchored=("d",))
    question = _one(
        word_writing.write([WrittenItem(item, ("s1", "**กรณี** ศึกษา\n\n- ก\n- ข"), pictures)], "X", {})
    )
    held = {one.name: one.data for one in question.pictures}
    assert sorted(map(bytes, filter(None, held.values()))) == sorted(pictures.values())

    def named(text: str) -> str:
        for name, data in held.items():
            text = text.replace(name, next(one for one, kept in pictures.items() if kept == data))
        return text

    meant = markup.from_html(
        xhtml(RICH, "stem", str, "latex"), lambda name: QuestionPicture(name, b"")
    ).markdown
    assert named(question.stem.markdown) == "**กรณี** ศึกษา\n\n- ก\n- ข\n\n" + meant.replace("$z$", "(z)")
    assert [named(one.text.markdown) for one in question.choices] == list(options)
    assert question.right == (1, 2)
    assert [one.fixed for one in question.choices] == [False, False, False, True]
    assert [one.feedback and one.feedback.markdown for one in question.choices] == list(
        item.rationale.values()
    )
    assert question.feedback is not None
    assert question.feedback.markdown == item.reference
    assert (question.id, question.tags) == (item.id, ("X.01", "level-3", "level-4", "cognitive-apply"))
    assert question.warnings == ("shows a picture without alternative text: write what it shows",)


WORDS = st.text(st.sampled_from("กข่าำ ab1.-*_`$[]()!&<>|#\\\n:·เฉลย✓"), min_size=1, max_size=30).filter(
    lambda text: text.strip() and markup.from_plain(text, "lines").plain
)


# ── people work in it ────────────────────────────────────────────────────────────────────────

PLAIN = item_of("เมืองหลวงคือเมืองใด", ("เชียงใหม่", "กรุงเทพ", "ขอนแก่น", "สงขลา"))


def _mended(change: Callable[[Any], None]) -> QuestionFile:
    document = docx.Document(io.BytesIO(word_writing.write([WrittenItem(PLAIN, None, {})], "X", {})))
    change(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return _read(buffer.getvalue())


def _of(document: Any, style: str) -> list[Any]:
    return [one for one in document.paragraphs if one.style.name == f"examgen {style}"]


def _bold(paragraph: Any, value: bool | None) -> None:
    for run in paragraph.runs:
        run.bold = value
        run.font.cs_bold = value


def test_a_key_that_was_moved_in_one_place_alone_is_asked_for() -> None:
    def bold(document: Any) -> None:
        _bold(_of(document, "option")[1], None)
        _bold(_of(document, "option")[3], True)

    [question] = _mended(bold).questions
    assert question.right == ()
    assert any("keys differ" in one for one in question.warnings)

    def both(document: Any) -> None:
        bold(document)
        _of(document, "key")[0].runs[-1].text = "ง"

    [question] = _mended(both).questions
    assert question.right == (3,)


def test_what_people_type_between_items_is_read_or_told() -> None:
    def typed(document: Any) -> None:
        for text in ("2. ข้อใดเป็นโลหะ", "ก. ทองแดง", "ข. ยาง", "เฉลย ก"):
            document.add_paragraph(text)

    read = _mended(typed)
    assert [one.right for one in read.questions] == [(1,), (0,)]
    read = _mended(lambda document: document.add_paragraph("ขอบคุณมาก"))
    assert len(read.questions) == 1
    assert any("ขอบคุณมาก" in one for one in read.notes)


def test_an_option_that_was_added_and_a_formula_that_is_lost_are_seen() -> None:
    def added(document: Any) -> None:
        document.add_paragraph("จ. ภูเก็ต", style="examgen option")

    [question] = _mended(added).questions
    # below the reference: it begins nothing, and is the last option of the item
    assert [one.text.markdown for one in question.choices][-1] == "ภูเก็ต"
    data = word_writing.write([WrittenItem(item_of("หา $x^2$ และ $y$", ("1", "2")), None, {})], "X", {})
    archive = zipfile.ZipFile(io.BytesIO(data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as other:
        for name in archive.namelist():
            text = archive.read(name)
            if name == "word/document.xml":
                text = re.sub(rb"<m:oMath>.*?</m:oMath>", b"", text, count=1)
            other.writestr(name, text)
    assert any("2 formulas and shows 1" in one for one in _read(buffer.getvalue()).notes)


def test_a_paper_for_editing_says_nothing_of_its_key() -> None:
    asked = [
        word_writing.PaperQuestion(PLAIN.stem, tuple(PLAIN.options.values()), "อ่านกรณี", "ตอนที่ 1"),
        word_writing.PaperQuestion("ดู ![แผน](d.svg)", ("ใช่", "ไม่ใช่"), pictures={"d.svg": SVG}),
    ]
    data = word_writing.write_paper(["ชุด A", "เวลา 60 นาที"], asked, "กขคงจ")
    read = _read(data)
    assert [one.data for one in read.questions[1].pictures] == [SVG]
    assert [one.right for one in read.questions] == [(), ()]
    assert [len(one.choices) for one in read.questions] == [4, 2]
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
        read = _read((tmp_path / "word" / f"{form.name}.docx").read_bytes())
        assert not any(one.right for one in read.questions)
        printed = [[one.item.options[name] for name in one.order] for one in form.items]
        assert [[one.text.markdown for one in question.choices] for question in read.questions] == printed
        for question, one in zip(read.questions, form.items, strict=True):
            assert question.stem.markdown.endswith(one.item.stem)


def test_a_bank_that_comes_back_into_itself_brings_nothing(tmp_path: Path) -> None:
    bank, code = tmp_path / "item_bank", write_unit(tmp_path / "item_bank").name
    file = sorted((bank / code / "items").glob("*.yaml"))[0]
    (bank / code / "stimuli.yaml").write_text("- id: S1\n  text: กรณีศึกษา\n", "utf-8")
    file.write_text(
        file.read_text("utf-8").replace("\n  stem:", "\n  shared_stimulus: S1\n  stem:", 1), "utf-8"
    )
    [shelf], _ = load_bank(bank, [code])
    assert [one.shared_stimulus for one in shelf.items].count("S1") == 1
    export_questions(bank, code, tmp_path / "bank.docx")
    taken = import_questions(bank, tmp_path / "bank.docx", code, asked.ImportOptions(), dry_run=True)
    assert not taken.items
    assert len(taken.aside) == len(shelf.items)

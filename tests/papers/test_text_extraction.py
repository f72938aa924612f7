"""What is copied, searched or extracted from our PDFs is the text that went in."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
import yaml
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.resources import fonts
from examgen.rendering.pdf import engine
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.pdf.fonts import SILENCE, PdfFace, face_of, postscript_name
from examgen.rendering.pdf.source import comparable, difference, expected_text
from tests.effort import examples, some
from tests.papers import thai_text

HEAD = "<!doctype html><html lang=th><title>ทดสอบ</title>"
MODES = ((), ("-layout",), ("-raw",))


def _pdf(body: str, *folders: Path, variant: str | None = None) -> bytes:
    return render_pdf(
        HEAD + thai_text.style() + body,
        title="ทดสอบ",
        language="th",
        readable=(*folders, fonts()),
        variant=variant,
    )


def _raw(body: str) -> bytes:
    """The same pages as WeasyPrint writes them."""
    _, raw, _ = engine.lay_out(thai_text.style() + body, language="th", readable=[fonts()])
    return raw


def _by_poppler(data: bytes, *mode: str) -> str:
    found = subprocess.run(
        ["pdftotext", *mode, "-", "-"], input=data, capture_output=True, check=True, timeout=60
    )
    return found.stdout.decode("utf-8")


def _by_pdfium(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def _readings(data: bytes) -> Iterator[tuple[str, str]]:
    for mode in MODES:
        yield f"poppler {' '.join(mode)}", _by_poppler(data, *mode)
    yield "pdfium", _by_pdfium(data)


def _assert_exact(data: bytes, source: str) -> None:
    wanted = comparable(source)
    for reader, text in _readings(data):
        found = comparable(text)
        if found != wanted:
            at = next(i for i in range(len(wanted)) if found[i : i + 1] != wanted[i])
            raise AssertionError(
                f"{reader}: {found[at - 9 : at + 9]!r} instead of {wanted[at - 9 : at + 9]!r}"
            )


# ── every cluster, every face, every item ────────────────────────────────────────────────────


@pytest.mark.parametrize("face", thai_text.FACES)
def test_every_cluster_comes_out_as_it_went_in(face: str) -> None:
    texts = thai_text.paragraphs()
    sizes = [thai_text.SIZES_PT[number % len(thai_text.SIZES_PT)] for number in range(len(texts))]
    body = "".join(thai_text.page([text], face, size) for text, size in zip(texts, sizes, strict=True))
    _assert_exact(_pdf(body), "\n".join(texts))


def _assert_same_words(texts: list[str], face: str = "regular") -> None:
    """On lines so long that none is broken: a broken line is white space too, and hyphens may go."""
    style = "<style>@page { size: 20000px 3000px } p { font-size: 8pt }</style>"
    data = _pdf(style + thai_text.page(texts, face))
    for reader, text in _readings(data):
        assert comparable(text) == comparable(" ".join(texts)), reader
        assert text.split() == " ".join(texts).split(), reader


@pytest.mark.parametrize("face", thai_text.FACES)
def test_words_stand_apart_as_in_the_source(face: str) -> None:
    _assert_same_words(list(thai_text.paragraphs()), face)


@pytest.mark.parametrize("code", some(["ASM-REE-5-059ZB", "DG-TWRT-007"], 1))
def test_every_item_of_the_bank_comes_out_as_it_went_in(root: Path, code: str) -> None:
    texts = [" ".join(text.split()) for text in _bank_texts(root / "item_bank" / code)]
    assert len(texts) > 400
    _assert_same_words(some(texts, 100))


def _bank_texts(folder: Path) -> Iterator[str]:
    """Stems, options and stimuli."""
    for file in sorted(folder.glob("items/*.yaml")):
        for item in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader):
            yield item["stem"]
            yield from item["options"].values()
    for stimulus in yaml.load((folder / "stimuli.yaml").read_text("utf-8"), yaml.CSafeLoader):
        yield stimulus["text"]


consonants = st.sampled_from(thai_text.CONSONANTS)
vowels = st.sampled_from(["", "", *"ัิีึืุู็"])
tones = st.sampled_from(["", "", *thai_text.TONES])
syllables = st.one_of(
    st.builds("".join, st.tuples(st.sampled_from(["", *"เแโใไ"]), consonants, vowels, tones)),
    st.builds("".join, st.tuples(consonants, tones, st.sampled_from(["ำ", "า", "ะ", "าะ"]))),
    st.builds("".join, st.tuples(consonants, st.sampled_from(["์", "ิ์", "ุ์", "ฺ", "ํ"]))),
    st.sampled_from(["ฤ", "ฤๅ", "ๆ ", "ฯ ", " ", " ", "๑๒", "fi ", "To", "9", "“", "” ", "(", ") ", "– "]),
)
words = st.lists(syllables, min_size=1, max_size=40).map(lambda parts: "ก" + "".join(parts))


@settings(max_examples=examples(20))
@given(st.lists(words, min_size=1, max_size=12))
def test_any_thai_text_comes_out_as_it_went_in(texts: list[str]) -> None:
    _assert_exact(_pdf(thai_text.page(texts)), "\n".join(texts))


def test_a_search_finds_sara_am() -> None:
    data = _pdf("<p>นามา น้ำท่วม ทำน้ำ นำ ป่า คำ ขำ ฝั่งน้ำ")
    with pypdfium2.PdfDocument(data) as document:
        for word, times in (("น้ำ", 3), ("ทำ", 1), ("คำ", 1), ("นำ", 1), ("ป่า", 1), ("ฝั่งน้ำ", 1)):
            search = document[0].get_textpage().search(word)
            assert sum(1 for _ in iter(search.get_next, None)) == times, word


# ── the same drawing ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("face", "size"), [("regular", 11.5), ("bold", 8.5), ("italic", 15)])
def test_nothing_is_drawn_otherwise(face: str, size: float, tmp_path: Path) -> None:
    body = thai_text.page(thai_text.paragraphs()[3::3], face, size)
    assert _poppler_pages(_pdf(body), tmp_path) == _poppler_pages(_raw(body), tmp_path)


def _poppler_pages(data: bytes, folder: Path) -> list[bytes]:
    for page in folder.glob("*.ppm"):
        page.unlink()
    subprocess.run(["pdftoppm", "-r", "100", "-", folder / "page"], input=data, check=True, timeout=60)
    return [page.read_bytes() for page in sorted(folder.glob("*.ppm"))]


def test_pdfium_draws_the_same_but_for_a_fault_of_its_own() -> None:
    """It loses the last kern of an array with an empty string, such as WeasyPrint writes.

    At low resolutions it moves each glyph of a text to whole pixels by the glyph before it, so texts
    cut in two differ by a pixel: 432 dpi.
    """
    body = thai_text.page([*thai_text.paragraphs()[:3], *thai_text.PROSE])
    ours, theirs = (_by_pdfium_drawn(data) for data in (_pdf(body), _without_empty_strings(_raw(body))))
    assert np.abs(ours.astype(int) - theirs).max() <= 2


def _without_empty_strings(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            page.Contents.write(page.Contents.read_bytes().replace(b"<>", b" "))
        kept = io.BytesIO()
        pdf.save(kept)
    return kept.getvalue()


def _by_pdfium_drawn(data: bytes) -> np.ndarray:
    with pypdfium2.PdfDocument(data) as document:
        return document[0].render(scale=6, grayscale=True).to_numpy().copy()


# ── all that a page may hold ─────────────────────────────────────────────────────────────────

LIST = "<ol><li>น้ำ<li>ฝั่ง <b>ปั๊ม</b></ol><ul><li>ที่</ul><p hidden>ไม่เห็น</p><p>ก<br>ข"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><title>ชื่อ</title>'
    '<text x="5" y="30" font-family="Sarabun" font-size="15">ตู้ไฟ <tspan>ที่น้ำ</tspan></text></svg>'
)


@pytest.mark.parametrize("variant", [None, "pdf/ua-1"])
@pytest.mark.parametrize(
    "body",
    [
        LIST,
        "<table><tr><td>ที่น้ำ<td>ปู่ฎุ<tr><td>ธิ์<td>ทำ</table>",
        '<div style="opacity: .5">ที่น้ำ <i>ปู่ฎุ</i><p style="opacity: .5">คำ</div>',
        '<p style="text-decoration: underline; letter-spacing: 2px">น้ำที่ฝั่ง',
        f"<p>ที่ {DRAWING} น้ำ",
        '<p>ที่ <img src="d.svg" alt="ตู้"> น้ำ',
        '<div style="background: url(d.svg) repeat; width: 300px; height: 100px">น้ำ</div>',
        '<div style="transform: rotate(90deg); width: 200px; margin: 200px">น้ำที่ <span style="float: right">คำ</span></div>',
    ],
)
def test_text_anywhere_on_a_page_comes_out(body: str, variant: str | None, tmp_path: Path) -> None:
    (tmp_path / "d.svg").write_text(DRAWING)
    data = _pdf(body, tmp_path, variant=variant)
    source = expected_text(body, [tmp_path])
    for reader, found in _readings(data):
        # what a pattern repeats is drawn as often as it is seen
        if "url(" not in body:
            assert sorted(comparable(found)) == sorted(comparable(source)), reader
        assert "น้ำ" in found.replace(" ", ""), reader
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert _font_names(pdf) <= {"Sarabun-Regular", "Sarabun-Bold", "Sarabun-Italic"}


def _font_names(pdf: pikepdf.Pdf) -> set[str]:
    fonts = [
        thing
        for thing in pdf.objects
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"
    ]
    return {str(font.BaseFont).lstrip("/") for font in fonts}


def test_the_source_text_is_what_a_reader_sees() -> None:
    assert expected_text(LIST).split("\n") == ["1.", "น้ำ", "2.", "ฝั่ง ปั๊ม", "•", "ที่", "ก", "ข"]
    assert expected_text('<p hidden>ก</p><p style="display: none">ข</p>ค') == "ค"
    assert expected_text('<ol style="list-style: none"><li>ก</ol>') == "ก"
    assert expected_text(f"<p>ก {DRAWING}") == "ก\nตู้ไฟ ที่น้ำ"


def test_a_difference_is_said_in_words() -> None:
    assert difference("นา\nน้ำ", "น้ำ\n นา") == ""
    assert difference("นํา", "นำ") == ""
    assert "lost" in difference("นา", "นำ")
    assert "added" in difference("นาๆ", "นา")
    assert "order" in difference("าน", "นา")


# ── fonts ────────────────────────────────────────────────────────────────────────────────────


def _face(name: str) -> PdfFace:
    program = (fonts() / f"{name}.ttf").read_bytes()
    return face_of(program, postscript_name(program))


def _embedded(data: bytes) -> dict[str, tuple[bytes, pikepdf.Dictionary]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = {}
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor":
                found[str(thing.FontName)] = (
                    thing.FontFile2.read_bytes(),
                    {name: str(value) for name, value in thing.items() if name != "/FontFile2"},
                )
        return found


def test_the_same_font_in_every_file() -> None:
    one, other = _embedded(_pdf("<p>น้ำ<b>ก")), _embedded(_pdf("<p>abc<b>ข <i>ค"))
    assert set(one) == {"/Sarabun-Regular", "/Sarabun-Bold"}
    assert all(other[name] == one[name] for name in one)
    assert len(other) == 3


def test_the_font_holds_every_glyph_and_the_box_of_the_face() -> None:
    whole = TTFont(fonts() / "Sarabun-Bold.ttf")
    program, descriptor = _embedded(_pdf("<b>น้ำ"))["/Sarabun-Bold"]
    held = TTFont(io.BytesIO(program), recalcBBoxes=False)
    assert held["maxp"].numGlyphs == whole["maxp"].numGlyphs
    assert not {"GSUB", "GPOS", "name", "cmap"} & set(held.keys())
    box = [getattr(whole["head"], edge) for edge in ("xMin", "yMin", "xMax", "yMax")]
    assert [getattr(held["head"], edge) for edge in ("xMin", "yMin", "xMax", "yMax")] == box
    assert descriptor["/FontName"] == "/Sarabun-Bold"


def test_each_glyph_says_what_it_draws() -> None:
    face, font = _face("Sarabun-Regular"), TTFont(fonts() / "Sarabun-Regular.ttf")
    said = {name: face.texts.get(font.getGlyphID(name)) for name in font.getGlyphOrder()}
    assert said["yoYingthai.less"] == "ญ"
    assert said["uni0E48.small"] == "่"
    assert said["uni0E240E45"] == "ฤๅ"
    assert said["fi"] == "fi"
    assert set(said["uni0E4D0E49.narrow"] or "") == set("ํ้")
    assert all(
        said[name] == chr(code)
        for code, name in font.getBestCmap().items()
        if code not in (0, 0xFB01, 0xFB02)
    )
    codes = set(face.second.values())
    assert min(codes) >= face.n_glyphs
    assert {face.said[code] for code in codes} == {"ำ", SILENCE, "่", "้", "๊", "๋"}


def test_a_face_without_truetype_outlines_stays_as_it_is(tmp_path: Path) -> None:
    _cff_font(tmp_path / "other.otf")
    style = (
        f"<style>@font-face {{ font-family: Other; src: url({(tmp_path / 'other.otf').as_uri()}) }}</style>"
    )
    data = _pdf(f"{style}<p style='font-family: Other'>น้ำ ที่อยู่ ฝั่ง ฤๅษี ญูฐุ ทำ fi", tmp_path)
    _assert_exact(data, "น้ำ ที่อยู่ ฝั่ง ฤๅษี ญูฐุ ทำ fi")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/FontFile3" in next(
            thing
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"
        )


def test_a_face_of_another_family_is_read_as_well(tmp_path: Path) -> None:
    # without a glyph that is both empty and of no width, as many a family has none
    font = TTFont(fonts() / "Sarabun-Bold.ttf")
    for name in font.getGlyphOrder():
        if font["hmtx"][name][0] == 0 and font["glyf"][name].numberOfContours == 0:
            font["hmtx"][name] = (300, 0)
    for record in font["name"].names:
        record.string = record.toUnicode().replace("Sarabun", "Other")
    font.save(tmp_path / "other.ttf")
    style = f"<style>@font-face {{ font-family: Other; src: url({(tmp_path / 'other.ttf').as_uri()}) }} p {{ font-family: Other }} @page {{ size: 20000px 3000px }}</style>"
    texts = thai_text.paragraphs()[::6]
    data = _pdf(style + thai_text.page(texts), tmp_path)
    for reader, text in _readings(data):
        assert text.split() == " ".join(texts).split(), reader
    assert set(_embedded(data)) == {"/Other-Bold"}


def _cff_font(path: Path) -> None:
    """Sarabun with cubic outlines, under another name."""
    font = TTFont(fonts() / "Sarabun-Regular.ttf")
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    drawn = {}
    for name in order:
        pen = T2CharStringPen(glyphs[name].width, glyphs)
        glyphs[name].draw(pen)
        drawn[name] = pen.getCharString()
    for table in ("glyf", "loca", "gasp"):
        del font[table]
    FontBuilder(font=font).setupCFF("Other-Regular", {"FullName": "Other"}, drawn, {})
    font.sfntVersion = "OTTO"
    font["maxp"].tableVersion = 0x00005000
    for record in font["name"].names:
        record.string = record.toUnicode().replace("Sarabun", "Other")
    font.save(path)

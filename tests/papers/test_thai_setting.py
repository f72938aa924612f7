"""What is drawn, not only what is extracted: glyphs, line gaps and line breaks of Thai."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, features
from rapidfuzz.fuzz import ratio

from examgen.core.models.papers import Digits
from examgen.core.resources import fonts
from examgen.core.text.thai import in_digits
from examgen.rendering.line_breaks import line_setter, unbroken_words
from tests.effort import some
from tests.papers.pages import HARD_WORDS, TEMPLATES, bare, drawn_lines, exam, item, pixels
from tests.papers.whole_booklets import booklet

PROSE = (
    "คืนนั้นน้ำท่วมถึงหน้าบ้านของกำนัน ปู่กับย่าจึงพาหลานขึ้นไปอยู่ชั้นบน ผู้ใหญ่บ้านแจ้งให้ทุกครัวเรือน"
    "ย้ายเครื่องใช้ไฟฟ้าที่อยู่ต่ำ และห้ามเปิดปั๊มน้ำจนกว่าช่างจะตรวจสอบ",
    "หลานผู้กตัญญูชงชาญี่ปุ่นและซื้อก๋วยเตี๋ยวกับเปี๊ยะไปให้ปู่ ปู่เล่าเรื่องมกุฎราชกุมารผู้ทรงสิทธิ์ ฤๅษี และสิ่งศักดิ์สิทธิ์ของหมู่บ้าน",
    "การปฏิบัติงานต้องใช้กุญแจ ประตู ลูกบิด และเครื่องมือที่ชำรุดน้อยที่สุด ผู้ใหญ่สั่งให้ป้ำปูนใหม่ทุกชั้น",
)

# every place where a line may end is a bar; the rest are insides of words
LEGAL = (
    "เจ้าหน้าที่|ของ|โครงการ|บอก|ว่า| |“น้ำ|จะ|ไม่|ไหล|ใน|วัน|พรุ่งนี้” |ผู้|จัดการ|จึง|แจ้ง|ให้|ทุก|ห้อง|ทราบ| "
    "|และ|เตรียม|ถัง|น้ำ|ไว้|บน|ชั้น|ต่าง ๆ |ของ|อาคาร| |ส่วน|คน|อื่น ๆ |เปิด|แดชบอร์ด|ใน|สมาร์ตโฟน|แล้ว|มาบอก|ยอด|น้ำ|ที่|เหลือ"
)


def _one_stem_each(stems: list[str]) -> bytes:
    sample = exam(
        [
            item(n, stem=stem, options={"a": "1", "b": "2"}, rationale={}, key="a")
            for n, stem in enumerate(stems, 1)
        ]
    )
    return booklet(sample, sample.forms[0], TEMPLATES)


def _thai(text: str) -> str:
    return "".join(re.findall("[ก-๎]", text))


# ── glyphs ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
def test_a_reader_of_the_picture_reads_the_same_thai(tmp_path: Path) -> None:
    page = pixels(_one_stem_each(list(PROSE)), 1, 300)
    height = page.height
    questions = page.crop((0, round(height * 0.105), page.width, round(height * 0.93)))
    read = _thai(_ocr(questions, tmp_path)).replace("ํา", "ำ").replace("ํ้า", "้ำ")
    expected = _thai("กข".join(PROSE) + "กขจบข้อสอบ")
    # tesseract itself drops small tone marks over sara ii: the pictures below are compared for those
    assert ratio(bare(read), bare(expected)) > 97
    assert ratio(read, expected) > 92
    for word in ("กำนัน", "ปู่", "กตัญญู", "ผู้ใหญ่", "มกุฎ", "ปฏิบัติ", "กุญแจ", "หมู่บ้าน", "ไฟฟ้า"):
        assert word in read, word


def _ocr(picture: Image.Image, folder: Path) -> str:
    path = folder / "page.png"
    picture.save(path, dpi=(300, 300))
    command = ["tesseract", str(path), "-", "-l", "tha", "--psm", "6"]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()


DPI = 600
EM_PX = 11.5 * DPI / 72


@pytest.fixture(scope="module")
def drawn_words() -> dict[str, npt.NDArray[np.float64]]:
    """Each hard word as the booklet draws it, cut out of the page."""
    data = _one_stem_each(list(HARD_WORDS))
    pages: dict[int, Image.Image] = {}
    found = {}
    for line in drawn_lines(data):
        start = re.match(r"(\d+)\.", line.text)
        if line.page and start:
            page = pages.setdefault(line.page, pixels(data, line.page, DPI))
            baseline = page.height - line.baseline_pt * DPI / 72
            box = (26.6 / 25.4 * DPI, baseline - 1.35 * EM_PX, page.width * 0.6, baseline + 0.62 * EM_PX)
            found[HARD_WORDS[int(start[1]) - 1]] = _ink(page.crop(tuple(round(edge) for edge in box)))
    return found


def _ink(picture: Image.Image) -> npt.NDArray[np.float64]:
    """Darkness 0–1, cut to what is drawn; softened, so that parts of a pixel do not count."""
    dark = 1 - np.asarray(picture.filter(ImageFilter.GaussianBlur(1.5)), dtype=float) / 255
    rows, columns = (dark > 0.5).any(axis=1).nonzero()[0], (dark > 0.5).any(axis=0).nonzero()[0]
    cut: npt.NDArray[np.float64] = dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cut


def _reference(word: str) -> npt.NDArray[np.float64]:
    """The word set by another program (Pillow with raqm) from the same font file."""
    font = ImageFont.truetype(fonts() / "Sarabun-Regular.ttf", EM_PX, layout_engine=ImageFont.Layout.RAQM)
    picture = Image.new("L", (round(EM_PX * (len(word) + 2)), round(EM_PX * 3)), 255)
    ImageDraw.Draw(picture).text((EM_PX, EM_PX * 2), word, fill=0, font=font, anchor="ls", language="th")
    return _ink(picture)


def _likeness(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Correlation of two pictures at the best shift, 0 where their sizes differ by more than rounding."""
    if any(abs(a - b) > 4 for a, b in zip(one.shape, other.shape, strict=True)):
        return 0.0
    height, width = (max(a, b) + 8 for a, b in zip(one.shape, other.shape, strict=True))
    still = _on_sheet(one, height, width, 4, 4)
    return max(
        float(np.corrcoef(still.ravel(), _on_sheet(other, height, width, y, x).ravel())[0, 1])
        for y in range(2, 7)
        for x in range(2, 7)
    )


def _on_sheet(
    picture: npt.NDArray[np.float64], height: int, width: int, y: int, x: int
) -> npt.NDArray[np.float64]:
    sheet = np.zeros((height, width))
    sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture[: height - y, : width - x]
    return sheet


@pytest.mark.parametrize("word", HARD_WORDS)
def test_a_word_is_drawn_as_another_program_draws_it(
    word: str, drawn_words: dict[str, npt.NDArray[np.float64]]
) -> None:
    assert features.check("raqm")
    assert _likeness(drawn_words[word], _reference(word)) > 0.95


@pytest.mark.parametrize(
    ("word", "wrong"), [("น้ำ", "นำ"), ("น้ำ", "น่ำ"), ("ปู่", "ปู้"), ("ที่", "ที"), ("ฏิ", "ฎิ"), ("กตัญญู", "กตัญณู")]
)
def test_the_comparison_tells_a_wrong_glyph(
    word: str, wrong: str, drawn_words: dict[str, npt.NDArray[np.float64]]
) -> None:
    right = _likeness(drawn_words[word], _reference(word))
    assert _likeness(drawn_words[word], _reference(wrong)) < right - 0.02


def test_only_sarabun_is_embedded_and_no_missing_glyph_is_drawn() -> None:
    data = _one_stem_each([" ".join(f"{word} **{word}** *{word}*" for word in HARD_WORDS)])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        embedded = {str(font["/BaseFont"]).split("+")[-1] for font in _font_objects(pdf)}
        shown = [*pdf.pages, *(thing for thing in pdf.objects if _is_form(thing))]
        glyphs = {glyph for content in shown for glyph in _glyphs(content)}
    assert embedded == {"/Sarabun-Regular", "/Sarabun-Bold", "/Sarabun-Italic"}
    assert len(glyphs) > 60
    assert 0 not in glyphs


def _font_objects(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font":
            yield thing


def _is_form(thing: pikepdf.Object) -> bool:
    return isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Form"


def _glyphs(content: pikepdf.Page | pikepdf.Object) -> Iterator[int]:
    """Codes that a page or a part of it shows: glyph numbers of the whole font; 0 is not a glyph."""
    for operands, operator in pikepdf.parse_content_stream(content):
        if str(operator) in ("Tj", "TJ"):
            for part in operands[0] if str(operator) == "TJ" else operands:
                if isinstance(part, pikepdf.String):
                    codes = bytes(part)
                    yield from (int.from_bytes(codes[i : i + 2]) for i in range(0, len(codes), 2))


# ── lines ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mark", ["", "**"])
def test_the_highest_marks_never_touch_the_lowest_of_the_line_above(mark: str) -> None:
    low, high = "ฎุฏุกูญูฐุปู", "ปู่น้ำป้ำสิทธิ์ซื้อกี๊ปั๊ม"
    stem = f"{mark}{low}{mark}\n{mark}{high}{mark}\n{mark}{low}{mark}\n{mark}{high}{mark}"
    data = _one_stem_each([stem])
    drawn = [line for line in drawn_lines(data) if line.page]
    first = next(i for i, line in enumerate(drawn) if line.text.startswith("1."))
    lines = drawn[first : first + 4]
    assert lines[1].text == lines[3].text == bare(high)
    page = np.asarray(pixels(data, 1, DPI))[:, round(27 / 25.4 * DPI) :]
    for upper, lower in ((0, 1), (2, 3)):
        top, bottom = ((842 - lines[i].baseline_pt) * DPI / 72 for i in (upper, lower))
        blank = (page[round(top) + 4 : round(bottom) - 4] > 250).all(axis=1)
        assert blank.sum() >= 1


def test_lines_end_only_between_words() -> None:
    text = LEGAL.replace("|", "")
    data = _one_stem_each([f"{'0' * shift}{text}" for shift in range(1, 61, 3)])
    allowed = {len(bare(LEGAL[: bar.start()].replace("|", ""))) for bar in re.finditer(r"\|", LEGAL)}
    allowed |= {len(bare(LEGAL[: gap.start()].replace("|", ""))) for gap in re.finditer(" (?!ๆ)", LEGAL)}
    drawn = [line.text for line in drawn_lines(data) if line.page]
    ends = set()
    for shift in range(1, 61, 3):
        first = next(i for i, line in enumerate(drawn) if re.match(rf"\d+\.{'0' * shift}[^0]", line))
        position = len(drawn[first].split(".", 1)[1]) - shift
        while position < len(bare(text)):
            ends.add(position)
            first += 1
            position += len(drawn[first])
        assert position == len(bare(text))
    around = {end: f"{bare(text)[end - 6 : end]}|{bare(text)[end : end + 6]}" for end in sorted(ends)}
    assert [place for end, place in around.items() if end not in allowed] == []
    assert len(ends) >= 12


def test_no_line_ends_after_an_opening_quote_or_begins_with_a_repetition_mark() -> None:
    text = "เขาเขียนว่า “เกิดจากนิสัย” และ “ทั้งสองฝ่าย” ในที่อื่น ๆ ของคนต่าง ๆ ด้วย "
    lines = [line.text for line in drawn_lines(_one_stem_each(["0" * n + text * 3 for n in range(1, 30, 2)]))]
    assert sum("“" in line for line in lines) > 30
    assert not [line for line in lines if line.endswith("“") or line.startswith(("ๆ", "”"))]


NUMBERS = "ห้อง 1203 แจ้งว่า ช่วง 30 มิถุนายน เวลา 18.20 น. มีช่าง 15 คน พักครั้งละ 1–2 คืน และหน่วยงาน ก. ส่งมา 6 รายการ ล่วงหน้า 3 เดือน "


def _stems(text: str) -> list[list[str]]:
    """The lines of that text, set in a question behind 1, 5, 9 … 37 other letters."""
    data = _one_stem_each(["o" * shift + text for shift in range(1, 40, 4)])
    found: list[list[str]] = []
    open_stem = False
    for line in drawn_lines(data):
        if start := re.match(r"\d+\.(?=o)", line.text):
            found.append([])
        open_stem = bool(start) or (open_stem and not line.text.startswith("ก.1"))
        if open_stem:
            found[-1].append(line.text)
    assert len(found) == 10
    return found


@pytest.mark.parametrize("digits", some(["thai", "arabic"], 1))
def test_no_line_ends_between_a_number_and_its_word(digits: Digits) -> None:
    stems = _stems(in_digits(f"{NUMBERS}ระหว่าง 21–38 % ของทั้งหมด " * 3, digits))
    ends = [line for stem in stems for line in stem[:-1]]
    starts = [line for stem in stems for line in stem[1:]]
    assert len(ends) > 17
    assert not [line for line in ends if line.endswith((*(bare(w) for w in ("ห้อง", "หน่วยงาน")), "–"))]
    assert not [
        line for line in ends if re.search("[0-9๐-๙]$", line) and not line.endswith(in_digits(1203, digits))
    ]
    assert not [line for line in starts if re.match(r"น\.|คน[พ0-9๐-๙]|คืน|รายการ|เดอน|%", line)]


def test_a_line_is_filled_before_words_that_are_kept_whole() -> None:
    words = "ผู้เช่าแจ้งหน่วยงานว่าวันจันทร์มีข้อร้องเรียนครั้งละ 1–2 เรื่องตามพระราชบัญญัติ"
    lines = [line for stem in _stems(words * 4) for line in stem[:-1]]
    assert len(lines) > 22
    assert min(map(len, lines)) > 0.75 * max(map(len, lines))


def test_a_word_of_known_parts_is_joined_where_they_meet() -> None:
    set_line = line_setter(TEMPLATES)
    assert set_line("ของหน่วยงาน") == "ของหน่วย<span></span>งาน"
    assert set_line("ผู้เช่า ผู้") == "ผู้<span></span>เช่า ผู้"
    assert "+" not in set_line("ผู้รับผิดชอบวันจันทร์")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("ของหน่วยงาน", ["หน่วยงาน"]),
        ("ผู้ป่วย", ["ผู้ป่"]),
        ("ผู้หน่วยงาน", ["ผู้หน่วยงาน"]),
        ("ได้ 6–79 % แล้ว", ["6–79"]),
        ("เขียน “น้ำ” & <b>", ["“น้ำ"]),
    ],
)
def test_for_browsers_what_is_joined_stands_in_one_box(text: str, held: list[str]) -> None:
    html = line_setter(TEMPLATES, browsers=True)(text)
    assert re.findall('<span class="unbroken">([^<]+)</span>', html) == held
    assert "<span></span>" not in html
    assert html.striptags().replace("\u00a0", " ") == text


def test_a_workspace_adds_words_that_are_never_broken(tmp_path: Path) -> None:
    own = tmp_path / "templates"
    own.mkdir()
    (own / "unbroken-words.txt").write_text("# ของเรา\nออมบุดสแมน\n\n", "utf-8")
    words = unbroken_words((own, *TEMPLATES))
    assert {"ออมบุดสแมน", "สมาร์ตโฟน"} <= words
    assert not any(word.startswith("#") for word in words)
    set_line = line_setter((own, *TEMPLATES))
    assert set_line("ถามออมบุดสแมน<b>") == 'ถาม<span class="unbroken">ออมบุดสแมน</span>&lt;b&gt;'

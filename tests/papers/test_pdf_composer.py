"""Blocks, stamps and the files made of them: drawn as WeasyPrint draws, small, whole and the same each time."""

from __future__ import annotations

import html
import io
import re
import subprocess
import tracemalloc
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.rendering.pdf.composer import Block, PdfComposer, PdfFile
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.source import comparable
from tests.effort import some
from tests.papers.thai_text import CONSONANTS, syllables

STYLE = "".join(
    f"@font-face {{ font-family: Sarabun; src: url({(fonts() / f'Sarabun-{name}.ttf').as_uri()}); {style} }}\n"
    for name, style in (
        ("Regular", "font-weight: 400"),
        ("Bold", "font-weight: 700"),
        ("Italic", "font-style: italic"),
    )
) + """
html { font: 11.5pt/1.85 Sarabun } body, p, ol, ul { margin: 0 } [lang=en] { color: #333 }
table { border-collapse: collapse } td, th { border: .2mm solid #000; padding: .4mm 2mm } th { background: #eee }
.box { border: .3mm solid #000; padding: 1.5mm 4mm } img, svg { display: block }
"""  # fmt: skip
A4 = (210 / 25.4 * 96, 297 / 25.4 * 96)

NAMES = ["น้ำทิพย์ ศักดิ์สิทธิ์", "กตัญญู ฐานฎีกา", "ปิ่นแก้ว ฝั่งธนฯ", "หญิงณัฏฐ์ชุดา ปู่เจ้า", "ว่าที่ร้อยตรี ธีรฎ์ ฟ้าลั่น", "นางสาวญาณิศา ฤๅษีกุล", "อัฏฐ์ชญาพัฒน์ กฤษฎิ์เมธา", "ม.ร.ว. ปรีดิ์ ณ อยุธยา", "พิมพ์ภัทรา โอ่งทอง (น้ำ)", "เปี๊ยะ กี้ ป๋วย", "ฎุ ฏู ฐิ ญู ฬุ", "ป้ำ ฝ้ำ ฟ้ำ ก่ำ ก๊ำ", "Smith น้ำทิพย์ Jr.", "Mary-Jane O'Neil AVATAR To Ty", "สมชาย VAN DER WAL ใจดี", "เลขที่ ๑๒๓๔๕ ห้อง 101/2", "น.ส. (สมมุติ) ทดสอบ 99%", "Ω สัญลักษณ์ – “คำพูด”", "ไพฑูรย์ ใฝ่รู้ โชติช่วง แม่น้ำ", "ธันว์ วัฒน์ รัฐศาสตร์ เสน่ห์", "ก์ ก็ กิ่ กี้ กึ๊ กื๋ กุ่ กู้", "ปี่ ฝี้ ฟึ๊ ปื๋ ฬิ่", "ญ ฐ ญุ ฐู ญิ ฐี", "ชั้น ป.๖/๑ “ก”", "A ก B ข C ค", "ก A1 ข 2ค 3D", "(A) ก (ข) B", "Tกโ AVกWA", "a.b ก.ข c,ง", "12:30 น. ก่อน 12:30 pm after", "ÀÉÎõü ชื่อ ñ", "ก–ข A–B ก—B", "ทูลกระหม่อม ณัฐฐ์", "ธรรมนูญ์ วงศ์สว่าง", "อุ๊ย! โอ๊ย? จ๊ะ…", 'นายสมปอง "ปอง" แก้ว', "ผู้ใหญ่บ้าน หมู่ที่ 5", "ไม้เอก ไม้โท ไม้ตรี ไม้จัตวา", "สิทธิ์ พัฒน์ ชัยยุทธ์", "ศรีสุข ลภ์ เกษฎา", "ขวัญฤดี ฤทธิ์ ฦา", "อิ่มเอิบ เอื้อ เอี๊ยม", "ปฏิมา ปฏัก ชฎา", "นฤมล น้อย น้ำหวาน น้ำฝน", "คำ กำ ตำ ถ้ำ ซ้ำ ล้ำ ย่ำ", "ปั๊ม ฟั่น ฝั้น", "เป็ด เฝ้า เฟื้อ เปลื้อง", "ฬู่ ฎู้ ฏุ๊", "ศ.ดร.ก่อเกียรติ์", "พ.ต.ท.หญิง อรุณศรี", "AV To We Yo. P, F. LT", "กกกกกกก ๆ ฯลฯ", "เธอๆ บ่อย ๆ", "ญี่ปุ่น ฐาน ญาติ", "๐๑๒๓๔๕๖๗๘๙", "0123456789", "ฏิ ฏี ฏึ ฏื ฎ่", "รื่นรมย์ ริ้ว รู้ ฤดู", "ศุภวิชญ์ ฉัตรชัยวัฒนกุล", "เจษฎา บุญญฤทธิ์"]  # fmt: skip


@pytest.fixture
def composer() -> PdfComposer:
    return PdfComposer(STYLE, [fonts()])


def written(
    composer: PdfComposer, path: Path, pages: Iterable[Sequence[tuple[float, float, Block]]]
) -> bytes:
    """A file of those pages, a booklet each."""
    with composer.file(path, "ข้อสอบ") as file:
        for page in pages:
            file.page(A4, page)
            file.end_booklet()
    return path.read_bytes()


def read(data: bytes) -> str:
    """What poppler finds in a file."""
    command = ["pdftotext", "-raw", "-", "-"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode()


def drawn(data: bytes, folder: Path) -> np.ndarray:
    """The first page as poppler draws it, at 150 dpi."""
    (folder / "page.pdf").write_bytes(data)
    command = ["pdftoppm", "-r", "150", "-singlefile", str(folder / "page.pdf"), str(folder / "page")]
    subprocess.run(command, check=True, capture_output=True)
    return np.array(Image.open(folder / "page.ppm"))


def drawn_by_pdfium(data: bytes) -> np.ndarray:
    with pypdfium2.PdfDocument(data) as document:
        return np.asarray(document[0].render(scale=150 / 72).to_numpy())


# ── blocks ───────────────────────────────────────────────────────────────────────────────────


def test_a_fragment_taller_than_a_page_becomes_blocks_that_hold_it_all(
    composer: PdfComposer, tmp_path: Path
) -> None:
    lines = [f"บรรทัดที่ {n} น้ำ" for n in range(40)]
    tall = "".join(f"<p>{line}</p>" for line in lines)
    short, blocks, after = composer.lay_out(
        [Fragment("<p>ก่อน</p>", 200), Fragment(tall, 200), Fragment("<p>หลัง</p>", 90)], tallest=400
    )
    assert len(short) == len(after) == 1
    assert len(blocks) == 3
    assert all(0 < block.height <= 400 for block in blocks)
    data = written(composer, tmp_path / "tall.pdf", [[(50, 50, block)] for block in (*blocks, *after)])
    assert read(data).replace("\f", "").splitlines() == [*lines, "หลัง"]


def test_text_that_would_not_be_drawn_as_it_is_written_is_refused(composer: PdfComposer) -> None:
    with pytest.raises(Refused, match=r"font of this machine|glyph"):
        composer.lay_out([Fragment("<p>漢字</p>", 100)])
    with pytest.raises(Refused, match=r"does not exist|could not be drawn"):
        composer.lay_out([Fragment('<img src="missing.png">', 100)])
    with pytest.raises(Refused, match="lost 'ก'"):
        composer.lay_out([Fragment('<p style="font-size: 0">ก</p>ข', 100)])


# ── stamps ───────────────────────────────────────────────────────────────────────────────────


CLUSTERS = [word for consonant in CONSONANTS for word in syllables(consonant).split()]
LINES = ["   ".join(CLUSTERS[n : n + 20]) for n in range(0, len(CLUSTERS), 20)]


@pytest.mark.parametrize(
    ("face", "style", "size", "lines"),
    [
        *(
            (face, style, size, NAMES)
            for face, style in (
                ("Regular", ""),
                ("Bold", "font-weight: 700"),
                ("Italic", "font-style: italic"),
            )
            for size in some([15.333333, 12.0, 21.7], 1)
        ),
        ("Regular", "", 11.5 / 0.75, LINES),
    ],
)
def test_a_stamp_is_drawn_and_read_as_what_weasyprint_would_draw(
    composer: PdfComposer, tmp_path: Path, face: str, style: str, size: float, lines: list[str]
) -> None:
    width, height = 1100, len(lines) * 46.3 + 40
    page = f"@page {{ size: {width}px {height}px; margin: 13.3px 20.7px }} p {{ white-space: pre }}"
    text = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    direct = render_pdf(
        f"<!DOCTYPE html><html lang=th><style>{STYLE}{page} body {{ font-size: {size}px; line-height: 46.3px; {style} }}"
        f"</style><body>{text}",
        title="t", language="th", readable=[fonts()],
    )  # fmt: skip
    with pikepdf.open(io.BytesIO(direct)) as pdf:
        starts = re.findall(rb"1 0 0 -1 (\S+) (\S+) Tm", pdf.pages[0].Contents.read_bytes())
    drawings = [composer.stamp(line, f"Sarabun-{face}", size) for line in lines]
    with composer.file(tmp_path / "stamped.pdf", "t") as file:
        places = [(float(x), float(y), drawing) for (x, y), drawing in zip(starts, drawings, strict=True)]
        file.page((width, height), places)
    stamped = (tmp_path / "stamped.pdf").read_bytes()
    assert np.array_equal(drawn(stamped, tmp_path), drawn(direct, tmp_path))
    if lines is NAMES:
        assert np.array_equal(drawn_by_pdfium(stamped), drawn_by_pdfium(direct))
        assert read(stamped).replace("\f", "").splitlines() == lines
    assert comparable(read(stamped)) == comparable("".join(lines))


def test_a_stamp_without_glyphs_is_refused(composer: PdfComposer) -> None:
    with pytest.raises(Refused, match=r"'漢'.*U\+6F22"):
        composer.stamp("ชื่อ 漢")
    with pytest.raises(Refused, match="Sarabun-Regular"):
        composer.stamp("ชื่อ", face="Comic")


# ── files ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("n_pages", [0, 33, 1057])
def test_a_file_is_whole_and_has_its_pages_in_order(
    composer: PdfComposer, tmp_path: Path, n_pages: int
) -> None:
    [[block]] = composer.lay_out([Fragment("<p>น้ำ</p>", 200)])
    path = tmp_path / "file.pdf"
    with composer.file(path, "ข้อสอบ (ทดลอง)") as file:
        mark = file.drawing([(1, 2, composer.boxes([(0, 0, 4, 4)])), (9, 9, composer.stamp("ที่ 1"))])
        for n in range(n_pages):
            file.page(A4, [(n % 500, 10, block), (50, 50, mark), (5, 5, composer.discs([(2, 2, 2)]))])
            if n % 10 == 9:
                file.end_booklet()
                mark = file.drawing([(1, 2, composer.stamp(f"ที่ {n}"))])
        assert file.n_pages == n_pages
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert (pdf.pdf_version, str(pdf.docinfo.Title), str(pdf.docinfo.Producer)) == (
            "1.7", "ข้อสอบ (ทดลอง)", "examgen",
        )  # fmt: skip
        assert str(pdf.Root.Lang) == "th"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert len({depth for depth, _ in leaves(pdf.Root.Pages, None, 0)}) <= 1
        places = [re.search(rb"cm\nq 1 0 0 1 (\d+)", page.Contents.read_bytes()) for page in pdf.pages]
        assert [int(place[1]) for place in places if place] == [n % 500 for n in range(n_pages)]
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def leaves(node: pikepdf.Object, parent: pikepdf.Object | None, depth: int) -> list[tuple[int, object]]:
    """The pages below a node, each with its depth; the node's own entries are checked."""
    if parent is not None:
        assert node.Parent.objgen == parent.objgen
    if node.Type == "/Page":
        return [(depth, node)]
    found = [leaf for kid in node.Kids for leaf in leaves(kid, node, depth + 1)]
    assert len(found) == node.Count
    return found


def test_a_file_holds_what_its_pages_use_and_nothing_else(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9), "red").save(tmp_path / "red.png")
    composer = PdfComposer(STYLE, [fonts(), tmp_path])
    picture = f'<img src="{(tmp_path / "red.png").as_uri()}">'
    secret, plain, shown, again = composer.lay_out(
        [
            Fragment(f"<p>ข้อของชุดอื่น {picture}</p>", 300),
            Fragment("<p>ข้อของชุดนี้</p>", 300),
            Fragment(f"<p>หนึ่ง {picture}</p>", 300),
            Fragment(f"<p><b>สอง</b> {picture}</p>", 300),
        ]
    )
    data = written(composer, tmp_path / "a.pdf", [[(10, 10, plain[0])], [(10, 10, plain[0])]])
    kinds = streams(data)
    assert read(data).split() == ["ข้อของชุดนี้"] * 2
    assert (kinds["/Image"], kinds["/Form"], kinds["font"]) == (0, 1, 1)
    both = composer.together([(0, 0, shown[0]), (0, 90, again[0])], 300, 200)
    kinds = streams(written(composer, tmp_path / "b.pdf", [[(10, 10, both)], [(10, 10, shown[0])]]))
    assert (kinds["/Image"], kinds["/Form"], kinds["font"]) == (1, 2, 2)
    assert len({block.number for [block] in (secret, plain, shown, again)}) == 4


def streams(data: bytes) -> dict[str, int]:
    """How many streams of a kind a file has."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        held = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream)]
    kinds = [str(thing.get("/Subtype", "font" if "/Length1" in thing else "")) for thing in held]
    return {kind: kinds.count(kind) for kind in ("/Image", "/Form", "font")}


def test_the_date_of_a_file_is_that_of_source_date_epoch(
    composer: PdfComposer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    with pikepdf.open(io.BytesIO(written(composer, tmp_path / "t.pdf", [[]]))) as pdf:
        assert str(pdf.docinfo.CreationDate) == "D:20231114221320+00'00'"


def test_a_file_that_fails_leaves_what_was_there(composer: PdfComposer, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), composer.file(tmp_path / "new" / "a.pdf", "t") as file:
        fail_on_the_second_page(file)
    (tmp_path / "b.pdf").write_text("before")
    with pytest.raises(ZeroDivisionError), composer.file(tmp_path / "b.pdf", "t") as file:
        fail_on_the_second_page(file)
    assert [path.name for path in tmp_path.iterdir()] == ["b.pdf"]
    assert (tmp_path / "b.pdf").read_text() == "before"
    written(composer, tmp_path / "b.pdf", [[]])
    assert composer.lay_out([Fragment("ก", 9)])


def fail_on_the_second_page(file: PdfFile) -> None:
    file.page(A4, [])
    file.page(A4, [(0, 1 // (file.n_pages - 1), PdfComposer(STYLE, []).boxes([]))])


@pytest.mark.long("a bound on memory")
def test_memory_does_not_grow_with_the_pages(composer: PdfComposer, tmp_path: Path) -> None:
    blocks = [block for [block] in composer.lay_out([Fragment(f"<p>ข้อ {n}</p>", 200) for n in range(40)])]

    def peak(n_booklets: int) -> int:
        tracemalloc.start()
        with composer.file(tmp_path / "t.pdf", "t") as file:
            for n in range(n_booklets):
                mark = file.drawing([(0, 0, composer.stamp(f"นายทดสอบ {n % 50}"))])
                for page in range(10):
                    file.page(A4, [(0, 0, mark), (9, 9, blocks[page]), (9, 99, blocks[(n + page) % 40])])
                file.end_booklet()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    few, many = peak(200), peak(700)
    # of the 5,000 pages more, nothing but 8 bytes for each of their 2.3 objects, some of them twice
    assert many - few < 5_000 * 2.3 * 8 * 3

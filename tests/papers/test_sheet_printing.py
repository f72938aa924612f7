"""Printed answer sheets, personal and plain: that scans of them show what sheet.json and the QR code say."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from examgen.core.models.form import Booklet, Candidate, Exam, PersonalForm
from examgen.core.models.papers import PapersRule
from examgen.core.resources import fonts
from examgen.papers.sheet.identity import exam_design, sheet_geometry
from examgen.papers.sheet.printing import SheetPrinter
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.pdf.composer import PdfComposer
from examgen.rendering.templates.filling import fill
from tests.effort import some
from tests.papers.pages import TEMPLATES, exam, item, page_texts

Grey = NDArray[np.uint8]

LONG_NAME = "หม่อมหลวงกตัญญูศักดิ์สิทธิ์ ปู่น้ำญี่ปุ่นฎุวงศ์เกียรติ์อุดมสุขสวัสดิ์พิพัฒน์มงคลชัยชาญณรงค์"[:90]


def booklet(serial: str, form: str, candidate: Candidate | None, room: str = "201") -> Booklet:
    return Booklet(serial, form, PersonalForm(form, (), ()), candidate, room)


def sitter(number: str, name: str = "นางสาวศิริรัตน์ ปู่น้ำ") -> Candidate:
    return Candidate(candidate_id=number, name=name, room="201", seat="A-14")


class Sample(NamedTuple):
    """An exam, how its papers are set, and whose sheets are printed; None for the plain one."""

    exam: Exam
    rule: PapersRule
    booklets: tuple[Booklet | None, ...]


def sample(n_items: int, n_options: int, booklets: Iterable[Booklet | None], **papers: Any) -> Sample:
    forms = papers.pop("forms", ("A", "B"))
    options = dict.fromkeys("abcde"[:n_options], "ก")
    items = [item(n, options=options, rationale={}, key="a") for n in range(1, n_items + 1)]
    choices = papers.pop("choices", "thai")
    rule = PapersRule.model_validate(papers)
    return Sample(exam(items, forms=forms, choices=choices), rule, tuple(booklets))


NATIONAL = sitter("1234545678781")
SAMPLES = {
    "60 items, national number": sample(
        60, 4, [None, booklet("000123", "A", NATIONAL)], candidate_number={"check": "thai_id"}
    ),
    "200 items": sample(
        200, 5, [booklet("000124", "B", sitter("0123456789012", LONG_NAME))], choices="latin"
    ),
    "16 places, 16 forms, Letter": sample(
        100,
        5,
        [booklet("R-201-0007", "P", sitter("A1234567Z7654321")), booklet("R-201-0008", "C", None)],
        size="Letter",
        forms=tuple("ABCDEFGHIJKLMNOP"),
        candidate_number={"length": 16, "letters": [1, 9]},
    ),
    "A5 booklet, one place, 30 forms": sample(
        7,
        2,
        [booklet("12", "014", sitter("5")), None],
        size="A5",
        forms=tuple(f"{n:03d}" for n in range(30)),
        candidate_number={"length": 1},
    ),
}
ALL = pytest.mark.parametrize("name", some(SAMPLES, 2))


def sheets(one: Sample, folder: Path) -> bytes:
    """The sheets of a sample, one after the other."""
    context = {"fonts": fonts().as_uri(), "paper": {"draft": True}}
    composer = PdfComposer(
        fill("paper.css", context, TEMPLATES, line_setter(TEMPLATES)), (*TEMPLATES, fonts())
    )
    pages = SheetPrinter(composer, one.exam, one.rule, TEMPLATES)
    with composer.file(folder / "sheets.pdf", "sheets") as file:
        n_pages = [pages.pages(file, booklet) for booklet in one.booklets]
        assert file.n_pages == sum(n_pages)
    return (folder / "sheets.pdf").read_bytes()


def rasters(data: bytes, folder: Path, dpi: int, mono: bool = False) -> list[Grey]:
    """Each page as poppler draws it, grey or dithered to black and white."""
    (folder / "in.pdf").write_bytes(data)
    for old in folder.glob("scan-*"):
        old.unlink()
    kind = "-mono" if mono else "-gray"
    subprocess.run(["pdftoppm", "-r", str(dpi), kind, folder / "in.pdf", folder / "scan"], check=True)
    return [np.asarray(Image.open(path).convert("L")) for path in sorted(folder.glob("scan-*"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheets")


@cache
def printed(name: str, folder: Path) -> bytes:
    return sheets(SAMPLES[name], folder)


@cache
def scans(name: str, folder: Path, dpi: int, mono: bool = False) -> list[Grey]:
    return rasters(printed(name, folder), folder, dpi, mono)


def sheet_pages(name: str) -> list[tuple[Booklet | None, dict[str, Any]]]:
    """Booklet and page of the geometry, for each page that was printed."""
    one = SAMPLES[name]
    pages = geometry(one)["pages"]
    return [(booklet, page) for booklet in one.booklets for page in pages]


def geometry(one: Sample) -> dict[str, Any]:
    """What sheet.json says, as another program reads it."""
    read: dict[str, Any] = json.loads(json.dumps(sheet_geometry(one.exam, one.rule), ensure_ascii=False))
    return read


# ── geometry ─────────────────────────────────────────────────────────────────────────────────


@ALL
def test_every_bubble_and_every_mark_is_where_sheet_json_says(name: str, folder: Path) -> None:
    """Within a fifth of a millimetre, and marks within a tenth."""
    for scan, (_, page) in zip(scans(name, folder, 300), sheet_pages(name), strict=True):
        found = np.array([drawn_centre(scan, b, 1.45, 2.7) for b in page["bubbles"]])
        told = np.array([(b["x"], b["y"]) for b in page["bubbles"]])
        assert np.hypot(*(found - told).T).max() < 0.2
        for mark, reach in (*((c, 3.9) for c in page["corners"]), *((bar, 2.7) for bar in page["timing"])):
            assert np.hypot(*(drawn_centre(scan, mark, 0, reach) - (mark["x"], mark["y"]))) < 0.1
        for mark in page["corners"]:
            width = [grey(scan, mark["x"] + dx, mark["y"]) < 128 for dx in (0, 1.4, 1.6, 2.2, 2.4, 3.4, 3.6)]
            assert width == [True, True, False, False, True, True, False]
        for patch in page["patches"]:
            x, y, half = patch["x"], patch["y"], patch["width"] / 2 - 0.3
            inside = scan[px(y - half) : px(y + half), px(x - half) : px(x + half)]
            assert np.ptp(inside) <= 1
            assert 1 - inside.mean() / 255 == pytest.approx(patch["grey"], abs=0.01)
        (code,) = zxingcpp.read_barcodes(Image.fromarray(scan))
        corners = (code.position.top_left, code.position.bottom_right)
        (left, top), (right, bottom) = ((corner.x / 300 * 25.4, corner.y / 300 * 25.4) for corner in corners)
        qr = page["qr"]
        assert (left + right) / 2 == pytest.approx(qr["x"], abs=0.3)
        assert (top + bottom) / 2 == pytest.approx(qr["y"], abs=0.3)
        assert right - left == pytest.approx(qr["size"], abs=0.4)


def drawn_centre(scan: Grey, thing: dict[str, Any], inner: float, outer: float) -> NDArray[np.float64]:
    """The centre of what is drawn between two distances from where something should be, in mm."""
    x0, y0 = thing["x"], thing["y"]
    left, top = px(x0 - outer), px(y0 - outer)
    part = 255.0 - scan[top : px(y0 + outer) + 1, left : px(x0 + outer) + 1]
    ys, xs = np.mgrid[: part.shape[0], : part.shape[1]] + 0.5
    xs, ys = (xs + left) * 25.4 / 300, (ys + top) * 25.4 / 300
    away = np.hypot(xs - x0, ys - y0)
    ink = np.where((away >= inner) & (away <= outer), part, 0)
    assert ink.sum() > 0
    return np.array([(ink * xs).sum() / ink.sum(), (ink * ys).sum() / ink.sum()])


def px(mm: float, dpi: int = 300) -> int:
    return int(mm / 25.4 * dpi)


def grey(scan: Grey, x: float, y: float) -> int:
    return int(scan[px(y), px(x)])


# ── identity ─────────────────────────────────────────────────────────────────────────────────


class Said(NamedTuple):
    exam: str
    serial: str
    candidate: str
    page: str
    geometry: str


def read_identity(text: str) -> Said:
    """As docs/papers.md says that the text is to be read."""
    body, check = text.rsplit(":", 1)
    assert check == f"{zlib.crc32(body.encode()):08X}"
    layout, *fields = body.split(":")
    assert layout == "EG1"
    return Said(*map(unquote, fields))


@ALL
@pytest.mark.parametrize("mono", [False, True], ids=["threshold", "dithered"])
def test_the_qr_code_is_read_from_black_and_white_scans_however_they_lie(
    name: str, mono: bool, folder: Path
) -> None:
    told = geometry(SAMPLES[name])
    n_pages = len(told["pages"])
    for scan, (booklet, page) in zip(scans(name, folder, 150, mono), sheet_pages(name), strict=True):
        candidate = booklet.candidate.candidate_id if booklet and booklet.candidate else ""
        wanted = Said(
            exam="T-1-L4",
            serial=booklet.serial if booklet else "",
            candidate=candidate,
            page=f"{page['page']}/{n_pages}",
            geometry=told["geometry"],
        )
        black_and_white = Image.fromarray(np.where(scan < 128, 0, 255).astype(np.uint8))
        for angle in (0, 2, 90, 180):  # as four scanners give it
            turned = black_and_white.rotate(angle, Image.Resampling.NEAREST, expand=True, fillcolor=255)
            (found,) = zxingcpp.read_barcodes(turned)
            assert found.format == zxingcpp.BarcodeFormat.QRCode
            assert found.ec_level == "M"
            assert read_identity(found.text) == wanted
            if booklet is None:
                assert found.text == page["qr"]["text"]


# ── what is a candidate's own ────────────────────────────────────────────────────────────────


@ALL
@pytest.mark.parametrize("mono", [False, True], ids=["threshold", "dithered"])
def test_number_and_form_are_filled_in_and_nothing_else(name: str, mono: bool, folder: Path) -> None:
    for scan, (booklet, page) in zip(scans(name, folder, 150, mono), sheet_pages(name), strict=True):
        dark = [(share(scan, b), b) for b in page["bubbles"]]
        filled = sorted((b.get("place", 0), b["value"]) for level, b in dark if level > 0.9)
        assert all(level < 0.5 or level > 0.9 for level, _ in dark)
        assert filled == sorted(wanted_marks(name, booklet))


def wanted_marks(name: str, booklet: Booklet | None) -> list[tuple[int, str]]:
    if booklet is None:
        return []
    form = [(0, booklet.form)] if len(SAMPLES[name].exam.forms) <= 16 else []
    number = booklet.candidate.candidate_id if booklet.candidate else ""
    return [*form, *enumerate(number, 1)]


def share(scan: Grey, bubble: dict[str, Any]) -> float:
    """Share of black pixels inside a bubble, at 150 dpi."""
    x, y = px(bubble["x"], 150), px(bubble["y"], 150)
    return float((scan[y - 7 : y + 8, x - 7 : x + 8] < 128).mean())


def test_the_sheet_says_whose_it_is(folder: Path) -> None:
    plain, own = page_texts(printed("60 items, national number", folder))
    for words in ("000123", "1234545678781", "201", "A-14"):
        assert words in own
        assert words not in plain
    assert "checkdigit" in plain


@ALL
def test_the_instructions_fit_into_their_place(name: str, folder: Path) -> None:
    design = exam_design(SAMPLES[name].exam, SAMPLES[name].rule)
    how = design.area("how")
    for scan in scans(name, folder, 300):
        inside = scan[px(how.y) : px(how.y + how.height), px(how.x) : px(how.x + how.width)]
        assert inside.min() < 128
        below = px(how.y + how.height), px(design.size.items_top - 6.8)
        assert scan[below[0] : below[1], px(how.x) : px(how.x + how.width)].min() > 240


@ALL
def test_what_is_printed_for_a_candidate_stays_between_the_marks(name: str, folder: Path) -> None:
    with pypdfium2.PdfDocument(printed(name, folder)) as document:
        for page, (_, told) in zip(document, sheet_pages(name), strict=True):
            right = max(area["x"] + area["width"] for area in told["areas"]) * 72 / 25.4
            text = page.get_textpage()
            assert max(text.get_charbox(i)[2] for i in range(text.count_chars())) <= right + 0.5


def test_an_id_that_does_not_suit_the_bubbles_is_printed_and_not_marked(tmp_path: Path) -> None:
    marked = {"C-0042": 0, "12345": 5, "1" * 40: 0, "กขค": 0}
    one = sample(2, 2, [booklet("77", "A", sitter(number)) for number in marked])
    data = sheets(one, tmp_path)
    (page,) = geometry(one)["pages"]
    bubbles = [b for b in page["bubbles"] if b["group"] == "number"]
    for scan, text, number in zip(rasters(data, tmp_path, 150), page_texts(data), marked, strict=True):
        assert sum(share(scan, b) > 0.9 for b in bubbles) == marked[number]
        assert number in text


def test_each_box_of_the_number_has_a_figure_of_it_and_no_dash(tmp_path: Path) -> None:
    """As the list writes them, in what is the longest number that the boxes hold."""
    written = {"69-0005": "690005", "๖๙–๐๐๐ ๑": "๖๙๐๐๐๑"}
    one = sample(
        2, 2, [booklet("77", "A", sitter(number)) for number in written], candidate_number={"length": 6}
    )
    data = sheets(one, tmp_path)
    (page,) = geometry(one)["pages"]
    bubbles = [b for b in page["bubbles"] if b["group"] == "number"]
    for scan, text, number in zip(rasters(data, tmp_path, 150), page_texts(data), written, strict=True):
        assert sum(share(scan, b) > 0.9 for b in bubbles) == 6
        assert written[number] in text


def test_a_booklet_of_an_order_of_its_own_marks_no_form(tmp_path: Path) -> None:
    drawn = Booklet("000777", "000777", PersonalForm("A", (), ()), sitter("0123456789012"), "1")
    one = sample(2, 2, [drawn])
    (scan,), (page,) = rasters(sheets(one, tmp_path), tmp_path, 150), geometry(one)["pages"]
    assert not any(share(scan, b) > 0.9 for b in page["bubbles"] if b["group"] == "form")


def test_the_same_sheets_are_the_same_bytes(tmp_path: Path) -> None:
    one = sample(2, 2, [None, booklet("000123", "A", NATIONAL)])
    assert sheets(one, tmp_path) == sheets(one, tmp_path)


def test_a_room_too_long_for_its_line_is_cut_between_clusters_and_stays_legible(tmp_path: Path) -> None:
    place = "อาคารเฉลิมพระเกียรติ 50 พรรษา ชั้น 3 ห้องประชุมใหญ่ฝั่งตะวันออก"
    candidate = NATIONAL.model_copy(update={"room": place})
    sheets(sample(10, 4, [booklet("000123", "A", candidate, place)]), tmp_path)
    text = subprocess.run(
        ["pdftotext", "-raw", tmp_path / "sheets.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    [said] = re.findall("(อาคาร.*?)…", text)
    following = place[len(said) :].lstrip()
    assert len(said) > 20
    assert place.startswith(said)
    assert unicodedata.category(following[0]) != "Mn"

"""Data Matrix and QR codes: what is drawn from the rectangles says the text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from examgen.papers.booklet.layout import PX_PER_MM
from examgen.rendering.pdf.composer import PdfComposer
from examgen.rendering.symbols import Modules, boxes, data_matrix, qr_code
from tests.effort import examples

TEXTS = st.text(st.sampled_from("ABCXYZabcxyz0123456789-_./:%$ กขฃน้ำ"), min_size=1, max_size=60)


def raster(modules: Modules, module_px: float, quiet: int) -> Image.Image:
    """The rectangles of a symbol as a black and white image, a pixel black where its middle is covered."""
    size = module_px * len(modules[0])
    edge = int(size + 2 * quiet * module_px) + 2
    middles = np.arange(edge) + 0.5
    page = np.full((edge, edge), 255, np.uint8)
    for x, y, width, height in boxes(modules, quiet * module_px, quiet * module_px, size):
        columns = (middles >= x) & (middles < x + width)
        rows = (middles >= y) & (middles < y + height)
        page[np.ix_(rows, columns)] = 0
    return Image.fromarray(page)


def test_the_rectangles_cover_the_dark_modules_once_and_nothing_else() -> None:
    for modules in (data_matrix("T-1-L4/000123"), qr_code("T-1-L4/000123"), ((True, False), (True, True))):
        covered = np.zeros((len(modules), len(modules[0])), int)
        for x, y, width, height in boxes(modules, 0, 0, len(modules[0])):
            covered[round(y) : round(y + height), round(x) : round(x + width)] += 1
        assert (covered == np.array(modules)).all()
        assert len(boxes(modules, 0, 0, 1)) < np.array(modules).sum()


@settings(max_examples=examples(40))
@given(TEXTS, st.sampled_from([0, 2, 90, 180, 270]))
def test_a_symbol_says_its_text_however_the_page_lies(text: str, angle: int) -> None:
    for modules, quiet in ((data_matrix(text), 2), (qr_code(text), 4)):
        page = raster(modules, 4.3, quiet).rotate(angle, Image.Resampling.NEAREST, expand=True, fillcolor=255)
        (found,) = zxingcpp.read_barcodes(page)
        assert found.text == text


@pytest.mark.parametrize("mono", [False, True], ids=["threshold", "dithered"])
def test_a_data_matrix_is_read_from_black_and_white_scans_however_they_lie(
    mono: bool, tmp_path: Path
) -> None:
    texts = ["T-1-L4/A", "T-1-L4/000123", "ASM-REE-5-059ZB-L4/000123"]
    composer = PdfComposer("", ())
    with composer.file(tmp_path / "marks.pdf", "marks") as file:
        for text in texts:
            modules = data_matrix(text)
            drawing = composer.boxes(boxes(modules, 61.3, 47.9, len(modules) * 0.6 * PX_PER_MM))
            file.page((300, 200), [(0.0, 0.0, drawing)])
    for page, text in zip(black_and_white(tmp_path / "marks.pdf", mono), texts, strict=True):
        for angle in (0, 2, 90, 180):
            (found,) = zxingcpp.read_barcodes(
                page.rotate(angle, Image.Resampling.NEAREST, expand=True, fillcolor=255)
            )
            assert found.format == zxingcpp.BarcodeFormat.DataMatrix
            assert found.text == text


def black_and_white(pdf: Path, mono: bool) -> list[Image.Image]:
    """The pages at 150 dpi as poppler draws them, dithered to black and white, or grey and cut at half."""
    kind = "-mono" if mono else "-gray"
    subprocess.run(["pdftoppm", "-r", "150", kind, pdf, pdf.with_suffix("")], check=True)
    found = sorted(pdf.parent.glob(f"{pdf.stem}-*"))
    return [Image.open(path).convert("L").point(lambda grey: 255 * (grey >= 128)) for path in found]


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_a_qr_code_has_the_level_asked_for(level: str) -> None:
    (found,) = zxingcpp.read_barcodes(raster(qr_code("T-1-L4", level), 4, 4))  # type: ignore[arg-type]
    assert found.ec_level == level


def test_a_data_matrix_is_square_however_short_its_text() -> None:
    for length in range(1, 60):
        modules = data_matrix("A" * length)
        assert {len(row) for row in modules} == {len(modules)}

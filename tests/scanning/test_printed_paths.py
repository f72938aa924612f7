"""Our printed sheet, filled, as three programs draw it at three densities: read alike, all of them."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from numpy.typing import NDArray

from examgen.papers.sheet.identity import sheet_geometry
from examgen.papers.sheet.printing import answer_sheet
from examgen.scanning.input.sources import pages_of
from examgen.scanning.reading.reader import read_page
from examgen.scanning.sheet_layout import SheetLayout, layouts_by_geometry, sheet_layout
from tests.papers.pages import TEMPLATES, exam, item

MM = 72 / 25.4
_ARC = 0.5523
ANSWERS = {n: "ABCDE"[n % 5] for n in range(1, 41) if n % 7} | {7: "AC", 14: ""}


class Filled(NamedTuple):
    layout: SheetLayout
    path: Path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The sheet of an exam as it is printed, its bubbles filled with ink in the PDF itself."""
    options = dict.fromkeys("abcde", "ก")
    of = exam([item(n, options=options, rationale={}, key="a") for n in range(1, 41)], forms=("A", "B"))
    layout = sheet_layout(json.loads(json.dumps(sheet_geometry(of, of.blueprint.papers))))
    page = layout.pages[0]
    drawing = []
    for i, (x, y) in enumerate(page.bubbles):
        place, value = int(page.place[i]), page.value[i]
        wanted = (ANSWERS.get(place, ""), "0123456789"[place % 10], "B")[(2, 0, 1).index(int(page.group[i]))]
        if value in wanted.split() or (page.group[i] == 2 and value in wanted):
            drawing.append(_disc(x * MM, (layout.height - y) * MM, 1.8 * MM))
    path = tmp_path_factory.mktemp("printed") / "filled.pdf"
    with pikepdf.open(io.BytesIO(answer_sheet(of, TEMPLATES))) as pdf:
        pdf.pages[0].contents_add(pdf.make_stream(b"q"), prepend=True)
        pdf.pages[0].contents_add(pdf.make_stream(("Q q 0.25 g " + " ".join(drawing) + " Q").encode()))
        pdf.save(path)
    return Filled(layout, path)


def _disc(x: float, y: float, r: float) -> str:
    k = r * _ARC
    return (
        f"{x - r:.3f} {y:.3f} m {x - r:.3f} {y + k:.3f} {x - k:.3f} {y + r:.3f} {x:.3f} {y + r:.3f} c "
        f"{x + k:.3f} {y + r:.3f} {x + r:.3f} {y + k:.3f} {x + r:.3f} {y:.3f} c "
        f"{x + r:.3f} {y - k:.3f} {x + k:.3f} {y - r:.3f} {x:.3f} {y - r:.3f} c "
        f"{x - k:.3f} {y - r:.3f} {x - r:.3f} {y - k:.3f} {x - r:.3f} {y:.3f} c f"
    )


def by_poppler(path: Path, dpi: int, folder: Path) -> NDArray[np.uint8]:
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", "-singlefile", path, folder / "p"], check=True)
    return cv2.imread(str(folder / "p.pgm"), cv2.IMREAD_GRAYSCALE)


def by_pdfium(path: Path, dpi: int, folder: Path) -> NDArray[np.uint8]:
    with pypdfium2.PdfDocument(path) as pdf:
        grey = pdf[0].render(scale=dpi / 72, grayscale=True).to_numpy()
        return grey.reshape(grey.shape[:2]).copy()


def by_ghostscript(path: Path, dpi: int, folder: Path) -> NDArray[np.uint8]:
    out = folder / "g.pgm"
    words = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=pgmraw", f"-r{dpi}"]
    words += ["-dGraphicsAlphaBits=4", "-dTextAlphaBits=4", f"-sOutputFile={out}", str(path)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return cv2.imread(str(out), cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize(
    ("draw", "program"), [(by_poppler, "pdftoppm"), (by_pdfium, ""), (by_ghostscript, "gs")]
)
def test_whoever_draws_the_sheet_it_reads_the_same(
    filled: Filled, draw: object, program: str, tmp_path: Path
) -> None:
    if program and not shutil.which(program):
        pytest.skip(f"{program} is not on this machine")
    for dpi in (150, 200, 300):
        image = draw(filled.path, dpi, tmp_path)  # type: ignore[operator]
        scan = tmp_path / f"{dpi}.jpg"
        cv2.imwrite(str(scan), image, [cv2.IMWRITE_JPEG_QUALITY, 40])
        assert _read(filled, scan) == _meant(filled), dpi


def test_the_pdf_itself_is_read_as_it_is_drawn(filled: Filled) -> None:
    assert _read(filled, filled.path) == _meant(filled)


def _read(filled: Filled, scan: Path) -> dict[str, object]:
    with pages_of(scan) as take:
        page = take(1)
    assert page.image is not None, page.fault
    reading = read_page(page.image, layouts_by_geometry([filled.layout]), page.scale)
    return {
        "outcome": (reading.outcome, reading.reason),
        "exam": reading.identity.exam,
        "number": reading.identity.number,
        "form": reading.identity.form,
        "rows": {row.question: row.read for row in reading.rows},
    }


def _meant(filled: Filled) -> dict[str, object]:
    n = filled.layout.number_length
    return {
        "outcome": ("read", ""),
        "exam": filled.layout.exam,
        "number": "".join("0123456789"[place % 10] for place in range(1, n + 1)),
        "form": "B",
        "rows": {n: "|".join(ANSWERS.get(n, "")) for n in range(1, 41)},
    }

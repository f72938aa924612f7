"""The body's logo on papers: on the cover and the answer sheet, where no mark moves and no page is added."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pypdfium2
import pytest

from examgen.core.models.field_types import Bilingual
from examgen.core.models.papers import PapersRule
from examgen.papers.booklet.printing import BookletPrinter, plain_booklet
from examgen.papers.sheet.identity import sheet_geometry
from examgen.papers.sheet.printing import answer_sheet
from examgen.scanning.reading.reader import read_page
from examgen.scanning.sheet_layout import layouts_by_geometry, sheet_layout
from tests.effort import some
from tests.papers.pages import TEMPLATES, exam, item
from tests.scanning.test_reading import Grey, Printed

NAME = Bilingual(th="สถาบันรับรองคุณวุฒิวิชาชีพตัวอย่าง", en="The Example Institute of Qualifications")
RINGS = "".join(
    f'<circle cx="50" cy="50" r="{r}" fill="{c}"/>' for r, c in ((48, "#000"), (30, "#fff"), (14, "#000"))
)
BULLSEYE = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{RINGS}</svg>'


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    """A logo that looks like the marks of an answer sheet."""
    path = tmp_path / "ตรา & logo.svg"
    path.write_text(BULLSEYE, "utf-8")
    return path


def pictures(data: bytes) -> list[Grey]:
    found = []
    with pypdfium2.PdfDocument(data) as pdf:
        for page in pdf:
            grey = page.render(scale=150 / 72, grayscale=True).to_numpy()
            found.append(np.ascontiguousarray(grey.reshape(grey.shape[:2])))
    return found


def booklet(rule: PapersRule, logo: Path | None) -> bytes:
    sample = exam([item(n) for n in range(1, 6)], papers=rule.model_dump(exclude_defaults=True))
    printer = BookletPrinter(sample, rule, TEMPLATES, logo=logo)
    with TemporaryDirectory() as folder:
        path = Path(folder, "booklet.pdf")
        printer.write(path, [plain_booklet(sample.forms[0])], title="booklet")
        return path.read_bytes()


@pytest.mark.parametrize("size", some(["A5", "Letter", "A4"], 1))
def test_a_cover_with_a_logo_is_no_longer_than_without(logo: Path, size: str) -> None:
    rule = PapersRule.model_validate({"size": size, "body": NAME})
    plain, shown = (pictures(booklet(rule, one)) for one in (None, logo))
    assert len(shown) == len(plain)
    assert (plain[0] != shown[0]).any()
    n_cover = 3 if size == "A5" else 1
    assert all((a == b).all() for a, b in zip(plain[n_cover:], shown[n_cover:], strict=True))


def test_a_sheet_with_a_logo_has_every_mark_in_its_place_and_is_read(logo: Path) -> None:
    options = dict.fromkeys("abcd", "ก")
    of = exam([item(n, options=options, rationale={}, key="a") for n in range(1, 41)], forms=("A", "B"))
    plain, shown = (pictures(answer_sheet(of, TEMPLATES, one))[0] for one in (None, logo))
    per_mm = 150 / 25.4
    ys, xs = np.nonzero(plain != shown)
    # within the room of logo and titles: above the name, right of the QR code, left of the corner
    assert ys.max() / per_mm < 22
    assert xs.min() / per_mm > 53
    assert xs.max() / per_mm < 190
    layout = sheet_layout(json.loads(json.dumps(sheet_geometry(of, of.blueprint.papers))))
    layouts = layouts_by_geometry([layout])
    image = Printed(layout, shown).filled((1, "A"), (2, "C"), (40, "B"))
    for turns in range(4):
        reading = read_page(np.rot90(image, turns), layouts)
        assert (reading.outcome, reading.rotation) == ("read", 90 * turns)
        assert {one.question: one.read for one in reading.rows if one.state != "blank"} == {
            1: "A",
            2: "C",
            40: "B",
        }


@pytest.mark.parametrize("n", [61, 131])
def test_a_title_beside_the_logo_is_whole(logo: Path, n: int) -> None:
    title = {
        "th": ("การสอบวัดความรู้และทักษะ " * 9)[:n],
        "en": ("Knowledge and skills test " * 9)[: n - 3] + "END",
    }
    data = answer_sheet(exam([item(1)], title=title), TEMPLATES, logo)
    with pypdfium2.PdfDocument(data) as document:
        text = document[0].get_textpage()
        last = text.search("END").get_next()
        assert 297 - text.get_charbox(last[0])[1] / 72 * 25.4 < 22

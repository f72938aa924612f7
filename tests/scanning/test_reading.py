"""The printed sheet, rasterised, is read: where it lies, what it is, which bubbles are marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from examgen.papers.sheet.identity import sheet_geometry
from examgen.papers.sheet.printing import answer_sheet
from examgen.scanning.layout import SheetLayout, layouts_by_geometry, sheet_layout
from examgen.scanning.reading.decoding import decode
from examgen.scanning.reading.reader import read_page
from tests.papers.pages import TEMPLATES, exam, item

Grey = NDArray[np.uint8]
PER_MM = 150 / 25.4


class Printed(NamedTuple):
    layout: SheetLayout
    blank: Grey
    """At 150 dpi."""

    def filled(self, *answers: tuple[int, str]) -> Grey:
        page, image = self.layout.pages[0], self.blank.copy()
        for i, (place, value) in enumerate(zip(page.place.tolist(), page.value, strict=True)):
            if (place, value) in answers and page.group[i] == 2:
                x, y = (page.bubbles[i] * PER_MM).round().astype(int)
                cv2.circle(image, (int(x), int(y)), round(1.9 * PER_MM), 60, -1, cv2.LINE_AA)
        return image


@pytest.fixture(scope="session")
def printed() -> Printed:
    options = dict.fromkeys("abcd", "ก")
    asked = [item(n, options=options, rationale={}, key="a") for n in range(1, 41)]
    of = exam(asked, forms=("A", "B"))
    sheet = json.loads(json.dumps(sheet_geometry(of, of.blueprint.papers)))
    with pypdfium2.PdfDocument(answer_sheet(of, TEMPLATES)) as pdf:
        grey = pdf[0].render(scale=150 / 72, grayscale=True).to_numpy()
    return Printed(sheet_layout(sheet), np.ascontiguousarray(grey.reshape(grey.shape[:2])))


def test_a_filled_sheet_is_read_any_way_up(printed: Printed) -> None:
    layouts = layouts_by_geometry([printed.layout])
    image = printed.filled((1, "A"), (2, "C"), (3, "A"), (3, "D"), (40, "B"))
    for turns in range(4):
        reading = read_page(np.rot90(image, turns), layouts)
        assert (reading.outcome, reading.rotation) == ("read", 90 * turns)
        assert reading.identity.exam == printed.layout.exam
        assert (reading.sheet_page, reading.n_pages) == (1, 1)
        read = {row.question: row.read for row in reading.rows if row.state != "blank"}
        assert read == {1: "A", 2: "C", 3: "A|D", 40: "B"}
        assert reading.placement is not None
        again = reading.placement.pixels(printed.layout.pages[0].bubbles)
        np.testing.assert_allclose(again, np.stack((reading.x, reading.y), axis=1), atol=0.01)


def test_a_large_jpeg_is_decoded_at_half_its_size() -> None:
    grey = np.full((3508, 2480), 200, np.uint8)
    small, large = (cv2.imencode(".jpg", one)[1].tobytes() for one in (grey[:2000], grey))
    assert [(found.image.shape, found.scale) for found in (decode(small), decode(large)) if found] == [
        ((2000, 2480), 1.0),
        ((1754, 1240), 2.0),
    ]
    assert decode(b"\xff\xd8\xff") is None
    assert decode(b"") is None


def test_whatever_comes_is_answered(printed: Printed, tmp_path: Path) -> None:
    layouts = layouts_by_geometry([printed.layout])
    noise = np.random.default_rng(1).integers(0, 256, (1754, 1240), dtype=np.uint8)
    for image in (noise, noise[:0], noise[:1], np.zeros_like(noise), np.full_like(noise, 255)):
        assert read_page(image, layouts).outcome in ("set_aside", "blank")

"""Printed answer sheets → sheets filled with their candidates' answers, in files like those of scanners.

They are for rehearsals: each bubble is filled with a full, dark disc, and the paper is not damaged. The
result depends only on the seed and the number of the sheet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from itertools import count, islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from examgen.core.candidate_numbers import canonical_number
from examgen.core.csv_files import csv_cells
from examgen.rendering.pdf.jpeg_pages import write_jpeg_pages
from examgen.scanning.sheet_layout import FORM, ITEM, NUMBER, SheetLayout, SheetPageLayout

Bools = NDArray[np.bool_]
Pixels = NDArray[np.uint8]
Format = Literal["pdf", "jpeg", "tiff", "png"]

DPI = 200
"""The resolution of a filled page."""
PAGES_PER_FILE = 50
"""The number of pages in a PDF or TIFF: one load of a feeder."""
_SUFFIX = {"pdf": "pdf", "jpeg": "jpg", "tiff": "tif", "png": "png"}


class Side(NamedTuple):
    """One side of a sheet before it is filled: its candidate, and the bubbles to mark."""

    sheet: int
    """The number of the sheet in the batch, from 0; with the seed, it determines how the sheet is filled."""
    layout: SheetLayout
    page: SheetPageLayout
    serial: str
    """Empty on a spare sheet."""
    candidate_id: str
    form: str
    printed: Bools
    """(n_bubbles,): bubbles that are filled in print."""
    meant: Bools
    """(n_bubbles,): bubbles that the person intends to mark."""


def side_of(
    layout: SheetLayout,
    page: SheetPageLayout,
    sheet: int,
    serial: str,
    candidate_id: str,
    form: str,
    answers: Sequence[str],
) -> Side:
    """Return a side of a sheet on which the person answers question n with the letters of `answers[n - 1]`.

    Without a serial, the person marks number and form by hand. A number that does not fit the bubbles is not
    marked at all, as in print.
    """
    heading = np.zeros(len(page.value), np.bool_)
    number = [_bubbles(page, NUMBER, n, char) for n, char in enumerate(canonical_number(candidate_id), 1)]
    if all(number):
        heading[[i for one in number for i in one]] = True
    heading[[*_bubbles(page, FORM, 0, form)]] = True
    meant = np.zeros_like(heading)
    for i in np.flatnonzero(page.group == ITEM):
        question = int(page.place[i])
        meant[i] = question <= len(answers) and page.value[i] in answers[question - 1]
    printed = heading if serial else np.zeros_like(heading)
    return Side(sheet, layout, page, serial, candidate_id, form, printed, meant | (heading & ~printed))


def _bubbles(page: SheetPageLayout, group: int, place: int, value: str) -> tuple[int, ...]:
    here = np.flatnonzero((page.group == group) & (page.place == place))
    return tuple(int(i) for i in here if page.value[i] == value)


def said(page: SheetPageLayout, marked: Bools, group: int) -> tuple[str, ...]:
    """Return the marked values of each choice of a group, in their order: `A`, `A|C`, or empty."""
    return tuple(
        "|".join(page.value[i] for i in choice.bubbles if marked[i])
        for choice in page.choices
        if choice.group == group
    )


def answers_of(marked: Iterable[tuple[Side, Bools]]) -> bytes:
    """Return the marks on sides as an answer file: CSV in UTF-8 with BOM, a line for each sheet."""
    answers: dict[int, dict[int, str]] = defaultdict(dict)
    who = {}
    for side, marks in marked:
        who[side.sheet] = side.candidate_id, side.form
        questions = [choice.place for choice in side.page.choices if choice.group == ITEM]
        answers[side.sheet].update(zip(questions, said(side.page, marks, ITEM), strict=True))
    n = max((max(found) for found in answers.values()), default=0)
    rows = [csv_cells(["candidate_id", "form", *(f"Q{question}" for question in range(1, n + 1))])]
    for sheet, found in sorted(answers.items()):
        rows.append(csv_cells([*who[sheet], *(found.get(question, "") for question in range(1, n + 1))]))
    return ("\n".join(rows) + "\n").encode("utf-8-sig")


# ── filled ───────────────────────────────────────────────────────────────────────────────────


class ScannedPage(NamedTuple):
    """A scanned page as a JPEG."""

    jpeg: bytes
    dpi: int
    size: tuple[int, int]
    """Height and width in pixels."""
    is_colour: bool = False

    @property
    def image(self) -> Pixels:
        """The stored pixels: grey (H, W), or blue, green, red (H, W, 3)."""
        data = np.frombuffer(self.jpeg, np.uint8)
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)


def filled(side: Side, pixels: Pixels, seed: int) -> ScannedPage:
    """Fill the bubbles of a side in place, and return the scanned page; `pixels` (H, W) is its printed page
    in grey."""
    person = np.random.default_rng([seed, side.sheet, 0])
    grey, radius = int(person.integers(30, 110)), person.uniform(1.7, 2.0)
    rng = np.random.default_rng([seed, side.sheet, side.page.page])
    per_mm = np.array(pixels.shape[::-1]) / [side.layout.width, side.layout.height]
    for bubble in side.page.bubbles[side.meant]:
        x, y = 16 * ((bubble + rng.normal(0.0, 0.1, 2)) * per_mm - 0.5)
        around = round(16 * radius * per_mm[0])
        cv2.circle(pixels, (round(x), round(y)), around, grey, -1, cv2.LINE_AA, 4)
    jpeg = BytesIO()
    Image.fromarray(pixels).save(jpeg, "JPEG", quality=92, dpi=(DPI, DPI))
    return ScannedPage(jpeg.getvalue(), DPI, (pixels.shape[0], pixels.shape[1]))


PrintedSheets = tuple[pypdfium2.PdfDocument, Sequence[tuple[int, Side]], int]
"""The input of a worker: the printed sheets, each side with its page in them (from 0), and the seed."""


def printed_sheets(pdf: Path, sides: Callable[[], Sequence[tuple[int, Side]]], seed: int) -> PrintedSheets:
    """Return the input of a worker. It is called in the worker, which opens the PDF and takes the sides."""
    return pypdfium2.PdfDocument(pdf), sides(), seed


def filled_page(sheets: PrintedSheets, number: int) -> ScannedPage:
    """Return the filled page of the side with that number, from 0."""
    document, sides, seed = sheets
    at, side = sides[number]
    fine = raster(document, at, 2 * DPI)
    # each pixel of a scanner averages the light of its area
    size = fine.shape[1] // 2, fine.shape[0] // 2
    return filled(side, np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.uint8), seed)


def raster(document: Any, number: int, dpi: int) -> Pixels:
    """Return a page (number from 0) of an open pypdfium2 document, in grey (H, W)."""
    page = document[number]
    bitmap = page.render(scale=dpi / 72, grayscale=True)
    pixels = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
    bitmap.close()
    page.close()
    return pixels


# ── filed ────────────────────────────────────────────────────────────────────────────────────


def write_scans(pages: Iterable[ScannedPage], folder: Path, form: Format) -> Iterator[tuple[str, int]]:
    """Write pages into files of an existing folder, and yield the file name of each page and its position in
    the file (from 1).

    The pixels are the same in every format: PNG has the losses of JPEG, too.
    """
    left = iter(pages)
    for n in count(1):
        batch = list(islice(left, PAGES_PER_FILE if form in ("pdf", "tiff") else 1))
        if not batch:
            return
        name = f"scan-{n:05}.{_SUFFIX[form]}"
        with (folder / name).open("w+b") as file:
            _write(file, batch, form)
        yield from ((name, at) for at in range(1, len(batch) + 1))


def _write(file: BinaryIO, pages: Sequence[ScannedPage], form: Format) -> None:
    if form == "jpeg":
        file.write(pages[0].jpeg)
    elif form == "pdf":
        write_jpeg_pages(file, pages)
    elif form == "png":
        _pillow(pages[0]).save(file, "PNG", compress_level=1, dpi=(pages[0].dpi,) * 2)
    else:
        with AppendingTiffWriter(file, True) as frames:
            for page in pages:
                _pillow(page).save(frames, "TIFF", compression="tiff_adobe_deflate", dpi=(page.dpi,) * 2)
                frames.newFrame()


def _pillow(page: ScannedPage) -> Image.Image:
    image = page.image
    return Image.fromarray(image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1]))

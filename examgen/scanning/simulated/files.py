"""Simulated pages → files of scans, and the tables that tell the truth about them.

The same pixels in each format: what a scanner's JPEG lost is lost in the PNG too.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, TextIO

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import AppendingTiffWriter

from examgen.core.storage import csv_cells
from examgen.scanning.sheet_layout import FORM, GROUPS, ITEM, NUMBER
from examgen.scanning.simulated.distortions import PHONE
from examgen.scanning.simulated.pages import SimulatedPage
from examgen.scanning.simulated.sheets import said

Format = Literal["pdf", "jpeg", "tiff", "png"]
PAGES_PER_FILE = 50
"""Of a PDF or TIFF, as of one load of a feeder."""
_SUFFIX = {"pdf": "pdf", "jpeg": "jpg", "tiff": "tif", "png": "png"}

MARKS_HEAD = (
    "source", "page", "group", "place", "value", "made", "tool", "darkness", "counts", "x", "y",
    "from_x", "from_y", "to_x", "to_y",
)  # fmt: skip
PAGES_HEAD = (
    "source", "page", "exam", "geometry", "sheet_page", "serial", "candidate_id", "form", "number_marked",
    "form_marked", "level", "dpi", "rotation", "width", "height", "top_left_x", "top_left_y", "top_right_x",
    "top_right_y", "bottom_left_x", "bottom_left_y", "bottom_right_x", "bottom_right_y",
)  # fmt: skip


class FiledPage(NamedTuple):
    """Where a page was written: the name of its file, and its place in it, from 1."""

    source: str
    page: int


class Truth:
    """The truth of pages, gathered page by page; that of bubbles is written at once, for it is long."""

    def __init__(self, marks: TextIO, level: int) -> None:
        self._level = level
        marks.write("\ufeff")
        self._pages = [csv_cells(PAGES_HEAD)]
        self._answers: dict[int, dict[int, str]] = defaultdict(dict)
        self._who: dict[int, tuple[str, str]] = {}
        self._to_marks = csv.writer(marks, lineterminator="\n")
        self._to_marks.writerow(MARKS_HEAD)

    def add(self, one: SimulatedPage, filed: FiledPage) -> None:
        """A page that was written."""
        side, page, layout = one.side, one.side.page, one.side.layout
        places = said(page, one.counts, NUMBER)
        of_page = (
            *(layout.exam, layout.geometry, page.page, side.serial, side.candidate_id, side.form),
            "".join(place if len(place) == 1 else "?" if place else " " for place in places).rstrip(),
            *(said(page, one.counts, FORM) or ("",)),
            *(self._level, one.scan.dpi, one.scan.rotation, *one.scan.size[::-1]),
            *(f"{value:.2f}" for value in one.corners.ravel()),
        )
        self._pages.append(csv_cells(map(str, (*filed, *of_page))))
        self._to_marks.writerows(
            (
                *filed,
                GROUPS[group],
                place,
                value,
                made,
                tool,
                f"{dark:.3f}",
                int(counts),
                f"{x:.2f}",
                f"{y:.2f}",
                *(f"{end:.2f}" for end in ends),
            )
            for group, place, value, made, tool, dark, counts, (x, y), ends in zip(
                page.group.tolist(),
                page.place.tolist(),
                page.value,
                one.made,
                one.tool,
                one.darkness.tolist(),
                one.counts.tolist(),
                one.xy.tolist(),
                one.ends.reshape(-1, 4).tolist(),
                strict=True,
            )
        )
        self._who[one.side.sheet] = one.side.candidate_id, one.side.form
        questions = [choice.place for choice in page.choices if choice.group == ITEM]
        self._answers[one.side.sheet].update(zip(questions, said(page, one.counts, ITEM), strict=True))

    def tables(self) -> dict[str, bytes]:
        """By file name: answers of each sheet, and pages; CSV as UTF-8 with BOM."""
        n = max((max(found) for found in self._answers.values()), default=0)
        answers = [csv_cells(["candidate_id", "form", *(f"Q{question}" for question in range(1, n + 1))])]
        for sheet, found in sorted(self._answers.items()):
            letters = (found.get(question, "") for question in range(1, n + 1))
            answers.append(csv_cells([*self._who[sheet], *letters]))
        return {
            "truth.csv": _csv("\n".join(answers) + "\n"),
            "truth-pages.csv": _csv("\n".join(self._pages) + "\n"),
        }


def _csv(text: str) -> bytes:
    return text.encode("utf-8-sig")


def write_scans(
    pages: Iterable[SimulatedPage], folder: Path, form: Format, level: int
) -> Iterator[tuple[SimulatedPage, FiledPage]]:
    """Writes each page into files in a folder that is there, and says where."""
    writer = {"pdf": _write_pdf, "tiff": _write_tiff, "jpeg": _write_jpeg, "png": _write_png}[form]
    per_file = PAGES_PER_FILE if form in ("pdf", "tiff") else 1
    batch: list[SimulatedPage] = []
    n_files = 0

    def filed() -> Iterator[tuple[SimulatedPage, FiledPage]]:
        name = f"scan-{n_files:05}.{_SUFFIX[form]}"
        with (folder / name).open("w+b") as file:
            writer(file, batch, level)
        yield from ((page, FiledPage(name, at)) for at, page in enumerate(batch, 1))

    for page in pages:
        batch.append(page)
        if len(batch) == per_file:
            n_files += 1
            yield from filed()
            batch.clear()
    if batch:
        n_files += 1
        yield from filed()


def _write_jpeg(file: BinaryIO, pages: Sequence[SimulatedPage], level: int) -> None:
    [page] = pages
    jpeg = page.scan.jpeg
    if level != PHONE and jpeg[6:11] == b"JFIF\0":
        # dots per inch in the first segment (JFIF 1.02, APP0)
        jpeg = jpeg[:13] + b"\x01" + page.scan.dpi.to_bytes(2, "big") * 2 + jpeg[18:]
    file.write(jpeg)


def _write_png(file: BinaryIO, pages: Sequence[SimulatedPage], level: int) -> None:
    [page] = pages
    dpi = page.scan.dpi
    _pillow(page).save(file, "PNG", compress_level=1, **({} if level == PHONE else {"dpi": (dpi, dpi)}))


def _write_tiff(file: BinaryIO, pages: Sequence[SimulatedPage], level: int) -> None:
    with AppendingTiffWriter(file, True) as frames:
        for page in pages:
            dpi = page.scan.dpi
            said_dpi = {} if level == PHONE else {"dpi": (dpi, dpi)}
            _pillow(page).save(frames, "TIFF", compression="tiff_adobe_deflate", **said_dpi)
            frames.newFrame()


def _pillow(page: SimulatedPage) -> Image.Image:
    image = page.scan.image
    return Image.fromarray(image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1]))


def _write_pdf(file: BinaryIO, pages: Sequence[SimulatedPage], level: int) -> None:
    """One image a page, as scanners write them (PDF 1.4: the JPEG itself is the stream)."""
    offsets: list[int] = []
    at = 0

    def put(*parts: bytes) -> None:
        nonlocal at
        at += sum(file.write(part) for part in parts)

    def put_object(number: int, *parts: bytes) -> None:
        offsets.append(at)
        put(b"%d 0 obj\n" % number, *parts, b"\nendobj\n")

    put(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    put_object(1, b"<</Type/Catalog/Pages 2 0 R>>")
    kids = b" ".join(b"%d 0 R" % (3 + 3 * n) for n in range(len(pages)))
    put_object(2, b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(pages), kids))
    for n, page in enumerate(pages):
        own = 3 + 3 * n
        height, width = page.scan.size
        wide, high = (f"{side * 72 / page.scan.dpi:.2f}".encode() for side in (width, height))
        space = b"/DeviceRGB" if page.scan.colour else b"/DeviceGray"
        put_object(
            own,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %b %b]/Contents %d 0 R" % (wide, high, own + 1),
            b"/Resources<</XObject<</Im0 %d 0 R>>>>>>" % (own + 2),
        )
        drawn = b"q %b 0 0 %b 0 0 cm /Im0 Do Q" % (wide, high)
        put_object(own + 1, b"<</Length %d>>stream\n" % len(drawn), drawn, b"\nendstream")
        put_object(
            own + 2,
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace%b" % (width, height, space),
            b"/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n" % len(page.scan.jpeg),
            page.scan.jpeg,
            b"\nendstream",
        )
    start = at
    put(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    put(*(b"%010d 00000 n \n" % offset for offset in offsets))
    put(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets) + 1, start))

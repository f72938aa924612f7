"""A PDF file → its pages as pictures, by PDFium, which can only do one thing at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from PIL import Image, ImageOps

from examgen.core.problems import MissingDependency, Refused, install

try:
    import pypdfium2
except ImportError:  # `opened` reports it, and everything else needs `opened` first
    pypdfium2 = None

raw: Any = getattr(pypdfium2, "raw", None)
"""The functions of PDFium's C interface."""

_ONE_AT_A_TIME = Lock()
_BESIDE_DPI, _PICTURE_DPI = 80, 110
"""The resolution of pages side by side, and of pages as one picture, in dots per inch."""
_INK = 250
"""The grey value below which a pixel is ink."""


@contextmanager
def opened(data: bytes, name: str) -> Iterator[pypdfium2.PdfDocument]:
    """Yield the document of a file; nothing else can use PDFium until the block ends.

    Raises Refused if it has a password or cannot be read, and MissingDependency without PDFium.
    """
    if pypdfium2 is None:
        raise MissingDependency.because(
            "reading a PDF needs a library. Install it with {command}.", command=install("scan")
        )
    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", 0) == raw.FPDF_ERR_PASSWORD:
                raise Refused.because(
                    "{name} has a password. Save a copy without one and use that.", name=name
                ) from None
            raise Refused.because(
                "{name} is damaged or not a PDF. Download or copy it again.", name=name
            ) from None
        try:
            yield document
        finally:
            document.close()


def pages_beside(data: bytes, name: str, numbers: Sequence[int]) -> bytes:
    """Return whole pages, by their numbers (from 0), from left to right as one PNG, each in a frame."""
    with opened(data, name) as document:
        pages = [
            document[n].render(scale=_BESIDE_DPI / 72).to_pil().convert("RGB")
            for n in numbers
            if n < len(document)
        ]
    framed = [ImageOps.expand(one, 1, "#76818e") for one in pages]
    gap = _BESIDE_DPI // 8
    width = sum(one.width for one in framed) + gap * (len(framed) - 1)
    whole = Image.new("RGB", (width, max(one.height for one in framed)), "white")
    at = 0
    for one in framed:
        whole.paste(one, (at, 0))
        at += one.width + gap
    file = io.BytesIO()
    whole.save(file, "PNG", optimize=True)
    return file.getvalue()


def picture_of(data: bytes, name: str) -> bytes:
    """Return the pages below each other as one PNG, each cropped to its content, from the top to the first
    empty inch."""
    import numpy as np

    parts = []
    with opened(data, name) as document:
        for page in document:
            image = page.render(scale=_PICTURE_DPI / 72).to_pil().convert("RGB")
            is_ink = np.asarray(image.convert("L")) < _INK
            rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
            if not rows.size:
                continue
            gaps = np.flatnonzero(np.diff(rows) > _PICTURE_DPI)
            last = int(rows[gaps[0]]) if gaps.size else int(rows[-1])
            edge = _PICTURE_DPI // 8
            parts.append(
                image.crop(
                    (
                        max(0, int(columns[0]) - edge),
                        max(0, int(rows[0]) - edge),
                        min(image.width, int(columns[-1]) + edge),
                        min(image.height, last + edge),
                    )
                )
            )
    whole = Image.new(
        "RGB", (max((one.width for one in parts), default=1), sum(one.height for one in parts) or 1), "white"
    )
    at = 0
    for one in parts:
        whole.paste(one, (0, at))
        at += one.height
    file = io.BytesIO()
    whole.save(file, "PNG", optimize=True)
    return file.getvalue()

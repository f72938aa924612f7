"""JPEG pictures → a PDF with one picture a page, as scanners write it: each JPEG is a stream, unchanged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import pikepdf
from pikepdf import Dictionary, Name

JpegPage = tuple[bytes, int, tuple[int, int], bool]
"""A JPEG, its dots per inch, its height and width in pixels, and whether it has colours."""


def write_jpeg_pages(file: BinaryIO, pages: Iterable[JpegPage]) -> None:
    """Write a PDF with a page for each picture, in its size on paper."""
    pdf = pikepdf.new()
    for jpeg, dpi, (height, width), is_colour in pages:
        wide, high = (f"{side * 72 / dpi:.2f}" for side in (width, height))
        picture = pdf.make_stream(
            jpeg,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=width,
            Height=height,
            ColorSpace=Name.DeviceRGB if is_colour else Name.DeviceGray,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        page = pdf.add_blank_page(page_size=(float(wide), float(high)))
        page.Resources = Dictionary(XObject=Dictionary(Im0=picture))
        page.Contents = pdf.make_stream(f"q {wide} 0 0 {high} 0 0 cm /Im0 Do Q".encode())
    pdf.save(file, deterministic_id=True)

"""A PDF → the same PDF with the content of some pages removed from the file."""

from __future__ import annotations

import io
from collections.abc import Collection

import pikepdf


def with_blank_pages(data: bytes, pages: Collection[int]) -> bytes:
    """Return the PDF with these pages (from 1) emptied, and without its metadata, such as the producer's
    name."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for number in pages:
            if number > len(pdf.pages):
                continue
            page = pdf.pages[number - 1]
            for name in [*page.obj.keys()]:
                if name not in ("/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate"):
                    del page[name]
            page.Resources = pikepdf.Dictionary()
            page.Contents = pdf.make_stream(b"")
        for name in ("/Outlines", "/Names", "/Dests", "/StructTreeRoot", "/AcroForm", "/Metadata"):
            if name in pdf.Root:
                del pdf.Root[name]
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        pdf.remove_unreferenced_resources()
        pdf.save(out, deterministic_id=True)
    return out.getvalue()

"""Bytes of a unit document, text or PDF → what is kept of it, and how it was read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from examgen.bank.standards.reading import UnitReading, read_unit


class UnitDocument(NamedTuple):
    """A document as it is kept, of a PDF its text, and the unit in it."""

    kept: bytes
    reading: UnitReading


def read_document(path: str, data: bytes) -> UnitDocument:
    """The unit in a document of that path; a PDF that cannot be opened is left to the reader of text, which
    says what to give instead."""
    name = Path(path).name
    if data.startswith(b"%PDF"):
        from examgen.rendering.pdf.reading.pdfium import Damaged
        from examgen.rendering.pdf.reading.whole_text import text_of

        try:
            text, doubts, pages = text_of(data, name)
        except Damaged:
            return UnitDocument(data, read_unit(data, name))
        data = text.encode()
        return UnitDocument(data, read_unit(data, name, doubts, pages))
    return UnitDocument(data, read_unit(data, name))

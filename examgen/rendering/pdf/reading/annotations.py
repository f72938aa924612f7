"""A page of a PDF → what its notes, fields and links say, which is no text of the page."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING

from examgen.rendering.pdf.reading.pdfium import raw

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_FIELDS = (b"Contents", b"T", b"Subj", b"V", b"TU", b"RC")
"""Of an annotation: its text, who wrote it, its subject, the value and name of a field, its formatted text
(ISO 32000-1, 12.5.2, 12.5.6.2, 12.7.3)."""


def words_of_annotations(page: PdfPage) -> Iterator[str]:
    """What each annotation of a page says."""
    for number in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        try:
            for field in _FIELDS:
                size = raw.FPDFAnnot_GetStringValue(annotation, field, None, 0)
                if size <= 2:  # nothing but the end of the text
                    continue
                buffer = ctypes.create_string_buffer(size)
                at = ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR))
                raw.FPDFAnnot_GetStringValue(annotation, field, at, size)
                yield buffer.raw[: size - 2].decode("utf-16-le", "replace")
        finally:
            raw.FPDFPage_CloseAnnot(annotation)

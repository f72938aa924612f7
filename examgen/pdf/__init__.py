"""HTML → PDF: the only part of the house that imports WeasyPrint, pikepdf or uharfbuzz."""

from __future__ import annotations

from examgen.pdf.document import render_pdf
from examgen.pdf.engine import breaks_thai_words, version

__all__ = ["breaks_thai_words", "render_pdf", "version"]

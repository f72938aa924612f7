"""HTML → PDF: the only part of the house that imports WeasyPrint, pikepdf or uharfbuzz."""

from __future__ import annotations

from examgen.pdf.document import breaks_thai_words, engine, render_pdf

__all__ = ["breaks_thai_words", "engine", "render_pdf"]

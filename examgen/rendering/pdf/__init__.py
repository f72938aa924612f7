"""HTML → PDF: the only part of the house that imports WeasyPrint, pikepdf or uharfbuzz."""

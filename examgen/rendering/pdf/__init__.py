"""HTML → PDF: the only package that imports WeasyPrint, pikepdf or uharfbuzz."""

"""Bytes of a PDF file → its text, or its pages as pictures.

A PDF says where letters stand, not what the text is. `pdfium.py` opens a file, `letters.py` has the letters
of a page and finds lines and blanks by their places, `ruled.py` the cells of tables by the lines that rule
them, `page_rows.py` the lines and rows of pages in their order, `hidden.py` what nobody sees on a page,
`whole_text.py` the text of a document that says what it draws.
"""

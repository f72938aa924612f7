"""A PDF and two lines → the same PDF with one line at the top of every page and the other at its foot.

It is for papers that leave a locked folder: anybody who has a page of it sees whose copy it is. The content
of the pages does not change. An encrypted file requires its password, and the copy is encrypted with it
again.
"""

from __future__ import annotations

import html
import io
from typing import Any

import pikepdf

from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.text.fonts import missing
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.pdf.encryption import encrypted

_PAGE = """<html lang="th"><head><title>{top}</title><style>
@font-face {{ font-family: Sarabun; src: url("Sarabun-Regular.ttf"); }}
@page {{ size: {width}pt {height}pt; margin: 9pt 24pt; }}
html {{ font: 6.5pt/1.3 Sarabun; color: #555; }}
p {{ margin: 0; position: absolute; left: 0; right: 0; text-align: center; overflow-wrap: anywhere; }}
.top {{ top: 0; }} .foot {{ bottom: 0; }}
</style></head><body><p class="top">{top}</p><p class="foot" lang="en">{foot}</p></body></html>"""


def watermark(pdf: bytes, top: str, foot: str, password: str | None) -> bytes:
    """Return the file with the two lines on every page. Raises Refused if the password does not open it."""
    top, foot = _printable(top), _printable(foot)
    copy = io.BytesIO()
    try:
        document = pikepdf.open(io.BytesIO(pdf), password=password or "")
    except pikepdf.PasswordError:
        raise Refused.because(
            "the file is encrypted and this is not its password. Use the password that it was printed with."
        ) from None
    with document:
        is_locked = document.is_encrypted
        overlays: dict[tuple[float, float], Any] = {}
        for page in document.pages:
            left, bottom, right, upper = (float(edge) for edge in page.mediabox)
            size = width, height = round(right - left, 2), round(upper - bottom, 2)
            if size not in overlays:
                lines = _PAGE.format(width=width, height=height, top=html.escape(top), foot=html.escape(foot))
                drawn = render_pdf(lines, title=foot, language="th", readable=(fonts(),))
                overlays[size] = pikepdf.open(io.BytesIO(drawn))
            page.add_overlay(overlays[size].pages[0], pikepdf.Rectangle(left, bottom, right, upper))
        document.docinfo["/Subject"] = foot
        document.save(copy, encryption=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return encrypted(copy.getvalue(), password) if is_locked and password else copy.getvalue()


def _printable(text: str) -> str:
    """Return the text with a question mark for each character that our fonts lack."""
    lost = set(missing(text))
    return "".join("?" if char in lost else char for char in " ".join(text.split()) if char.isprintable())

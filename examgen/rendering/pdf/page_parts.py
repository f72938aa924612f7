"""An HTML page → its style sheets, the page size that they set, and the area of text on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.rendering.pdf import engine

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def styles(html: str) -> str:
    """Return the style sheets in a page."""
    return "\n".join(_STYLE.findall(html))


class Frame(NamedTuple):
    """The size of a page and the area of its text; lengths in px from the top left corner."""

    width: float
    height: float
    left: float
    top: float
    text_width: float
    text_height: float


def page_frame(css: str, readable: Sequence[Path]) -> Frame:
    """Return the frame of the page that the style sheet sets."""
    html = f"<style>{css}</style><p>-"
    document, _, _ = engine.lay_out(html, language="th", readable=readable)
    box = document.pages[0]._page_box
    return Frame(
        width=float(box.margin_width()),
        height=float(box.margin_height()),
        left=float(box.content_box_x()),
        top=float(box.content_box_y()),
        text_width=float(box.width),
        text_height=float(box.height),
    )

"""The style sheets of a page of HTML, the size of page that they ask for, and where text stands on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.rendering.pdf import engine

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def styles(html: str) -> str:
    """The style sheets in a page."""
    return "\n".join(_STYLE.findall(html))


class Frame(NamedTuple):
    """The size of a page and the area of it that text takes; lengths in px from the top left corner."""

    width: float
    height: float
    left: float
    top: float
    text_width: float
    text_height: float


def page_frame(css: str, readable: Sequence[Path]) -> Frame:
    """The frame of the page that the style sheet asks for."""
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

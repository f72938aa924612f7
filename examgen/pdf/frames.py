"""A style sheet → the page that it asks for, and the part of it that text takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from examgen.pdf import engine


class Frame(NamedTuple):
    """A page and the part of it that text takes; lengths in px from its top left."""

    width: float
    height: float
    left: float
    top: float
    text_width: float
    text_height: float


def page_frame(css: str, readable: Sequence[Path]) -> Frame:
    """The page that the style sheet asks for."""
    html = f"<style>{css}</style><p>-"
    pages = engine.lay_out(html, language="th", readable=readable).document.pages
    box = pages[0]._page_box
    return Frame(
        width=float(box.margin_width()),
        height=float(box.margin_height()),
        left=float(box.content_box_x()),
        top=float(box.content_box_y()),
        text_width=float(box.width),
        text_height=float(box.height),
    )

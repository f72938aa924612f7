"""A page of HTML → its parts: the elements with a `data-part`, each able to stand on a page of its own.

A page that is printed for thousands is cut at these elements; each different part is laid out once and
placed many times. So one template, a workspace's own too, makes both the page of HTML and the composed pages.
`page_frame` gives the size of page that a style sheet asks for, and the area of it that text takes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from examgen.rendering.pdf import engine

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_ID = re.compile(r'(?<=["\w])\s+(?:id|aria-labelledby)="[^"]*"(?=[^<>]*>)')
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class PagePart(NamedTuple):
    """A part of a page, within the elements that surround it."""

    name: str
    html: str


def styles(html: str) -> str:
    """The style sheets in a page."""
    return "\n".join(_STYLE.findall(html))


def parts(html: str, wanted: Collection[str]) -> list[PagePart]:
    """The parts with the names `wanted` in the order of the page; a part within another is cut out of it.

    Ids are removed: parts are laid out together, and a page may have an id only once.
    """
    cutter = _PartCutter(html, wanted)
    cutter.feed(html)
    cutter.close()
    return [part for _, part in sorted(cutter.found, key=lambda found: found[0])]


class _OpenTag(NamedTuple):
    tag: str
    source: str
    start: int
    part: str
    inside: list[tuple[int, int]]


class _PartCutter(HTMLParser):
    """Cuts out each part where it ends, within the elements that surround it below `body`."""

    def __init__(self, html: str, wanted: Collection[str]) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = [0, *accumulate(len(line) for line in html.splitlines(keepends=True))]
        self._html = html
        self._wanted = frozenset(wanted)
        self._open: list[_OpenTag] = []
        self.found: list[tuple[int, PagePart]] = []
        """Where each part begins, and the part."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        part = dict(attrs).get("data-part") or ""
        source = self.get_starttag_text() or ""
        self._open.append(_OpenTag(tag, source, self._place(), part if part in self._wanted else "", []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content: nothing to cut."""

    def handle_endtag(self, tag: str) -> None:
        while self._open and (one := self._open.pop()):
            if one.tag == tag:
                break
        else:
            return
        if one.part:
            end = self._html.index(">", self._place()) + 1
            around = [outer for outer in self._open if outer.tag not in ("html", "body")]
            before = "".join(outer.source for outer in around)
            after = "".join(f"</{outer.tag}>" for outer in reversed(around))
            kept, start = [], one.start
            for first, last in one.inside:
                kept.append(self._html[start:first])
                start = last
            html = "".join([before, *kept, self._html[start:end], after])
            self.found.append((one.start, PagePart(one.part, _ID.sub("", html))))
            for outer in reversed(self._open):
                if outer.part:
                    outer.inside.append((one.start, end))
                    break

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


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

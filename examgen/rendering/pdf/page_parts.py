"""A page of HTML → its parts: the elements with a `data-part`, each able to stand on a page of its own.

A page that is printed for thousands is cut at these elements; each different part is laid out once and
placed many times. So one template makes the page of HTML and the composed pages, a workspace's own too.
`page_frame` has the page that a style sheet asks for, and the part of it that text takes.
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


class PagePart(NamedTuple):
    """A part of a page, within the elements that it stands in."""

    name: str
    html: str


def styles(html: str) -> str:
    """The style sheets in a page."""
    return "\n".join(_STYLE.findall(html))


def parts(html: str, wanted: Collection[str]) -> list[PagePart]:
    """The parts of those names in their order; a part that lies in another is taken out of it.

    Their ids are left out: parts are laid out together, and an id is in a page once.
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
    """Cuts out each part where it ends, within what it stands in below `body`."""

    def __init__(self, html: str, wanted: Collection[str]) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = [0, *accumulate(len(line) for line in html.splitlines(keepends=True))]
        self._html = html
        self._wanted = frozenset(wanted)
        self._open: list[_OpenTag] = []
        self.found: list[tuple[int, PagePart]] = []
        """Where each begins, and the part."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        part = dict(attrs).get("data-part") or ""
        source = self.get_starttag_text() or ""
        self._open.append(_OpenTag(tag, source, self._place(), part if part in self._wanted else "", []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Such an element holds nothing."""

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

"""A report as HTML → every text of it and where it stands: sentences, cells, words of figures, what is only heard.

Nothing of examgen is used here.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement, PreformattedString

_BLOCKS = {
    "p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "h4", "figcaption", "caption", "title", "desc", "text",
    "tspan", "div", "section", "header", "footer", "main", "figure", "nav", "ul", "ol", "dl", "table", "tr",
    "thead", "tbody", "svg", "body", "head", "html", "[document]", "details", "summary", "label",
}  # fmt: skip
_HEARD = ("aria-label", "aria-description", "alt", "title", "data-running", "content", "value", "placeholder")
_UNSEEN = {"style", "script"}


Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    """A table as CSV."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def plain(text: str) -> str:
    """A text as it is read: spaces of one kind, no places for breaking lines."""
    return " ".join(re.sub("[\u00ad\u200b\u2060]", "", text).split())


@dataclass(frozen=True)
class Passage:
    """A text of the page; `place` tells a person where it stands."""

    place: str
    text: str


@dataclass
class Page:
    """A report as HTML."""

    html: str
    passages: list[Passage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = BeautifulSoup(re.sub(r"<style>.*?</style>", "", self.html, flags=re.DOTALL), "lxml")
        self._steps: dict[int, str] = {}
        texts: dict[int, tuple[Tag, list[str]]] = {}
        for node in self.root.descendants:
            if isinstance(node, Tag):
                for name in _HEARD if node.get("name") != "viewport" else ():
                    if said := plain(str(node.get(name) or "")):
                        self.passages.append(Passage(f"{self._place(node)}@{name}", said))
            if (text := _words_of(node)) is not None:
                block = _block(node)
                texts.setdefault(id(block), (block, []))[1].append(text)
        for block, all_of in texts.values():
            if said := plain("".join(all_of)):
                self.passages.append(Passage(self._place(block), said))

    def _place(self, element: Tag) -> str:
        """Where an element stands, step by step from the page."""
        steps: list[str] = []
        for one in (element, *element.parents):
            if isinstance(one, Tag) and one.name not in ("html", "[document]"):
                if id(one) not in self._steps:
                    self._steps[id(one)] = _step(one)
                steps.append(self._steps[id(one)])
        return " > ".join(step for step in reversed(steps) if step)


def _words_of(node: PageElement) -> str | None:
    if isinstance(node, Tag):
        return " " if node.name == "br" else None
    if isinstance(node, PreformattedString) or not isinstance(node, NavigableString):
        return None
    parent = node.parent
    return None if parent is None or parent.name in _UNSEEN else str(node)


def _block(node: PageElement) -> Tag:
    found = next(one for one in node.parents if one.name in _BLOCKS)
    assert isinstance(found, Tag)
    return found


def _step(one: Tag) -> str:
    """Where an element stands in the one around it, as a person says it: heading of the section, row, column."""
    if one.name in ("main", "body", "tbody"):
        return ""
    if one.name == "section":
        heading = one.find(["h2", "h3"])
        return plain(heading.get_text()) if isinstance(heading, Tag) else "section"
    if one.name == "tr":
        head = one.find(["th", "td"])
        return f"row {plain(head.get_text())[:40]}" if isinstance(head, Tag) else "row"
    if one.name in ("td", "th"):
        return f"column {_before(one, 'td', 'th') + 1}"
    before = _before(one, one.name)
    return f"{one.name} {before + 1}" if before else one.name


def _before(one: Tag, *names: str) -> int:
    return sum(isinstance(other, Tag) and other.name in names for other in one.previous_siblings)

"""A table of HTML → the same with the name of its column on each cell, so that a phone can make a row a card.

A card is not a table to a browser any more: roles keep it one for those who hear the page.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from itertools import accumulate

from markupsafe import Markup

from examgen.thai import in_arabic

_ROLES = {"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}

_TWICE = re.compile("([0-9๐-๙]+ %) ([0-9]+ %)")
"""A number at the end of the Thai words, and at the beginning of the English ones."""


def _once(found: re.Match[str]) -> str:
    return found[1] if in_arabic(found[1]) == found[2] else found[0]


def with_labels(html: str) -> Markup:
    """Each cell of the body with `data-label`, the words of its head (or the head's own `data-label`)."""
    html = str(html)  # markup that is added to words would escape them
    reader = _Reader(html)
    reader.feed(html)
    reader.close()
    parts, done = [], 0
    for place, attributes in reader.added:
        parts += [html[done:place], attributes]
        done = place
    return Markup("".join([*parts, html[done:]]))


class _Reader(HTMLParser):
    """Notes what is to be added to which start tag: (where in the text, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [0, *accumulate(len(line) for line in html.splitlines(keepends=True))]
        self._heads: list[str] = []
        self._own: str | None = None
        self._in_head = self._reads = False
        self._column = 0
        self.added: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        role = _ROLES.get(tag) if tag != "th" else self._role_of_head(given)
        added = f' role="{role}"' if role else ""
        if tag in ("thead", "tbody"):
            self._in_head = tag == "thead"
        elif tag == "tr":
            self._column = 0
        elif tag == "th" and self._in_head:
            self._heads.append("")
            self._own, self._reads = given.get("data-label"), True
        elif tag in ("th", "td"):
            if tag == "td" and self._column < len(self._heads):
                added += f' data-label="{escape(self._heads[self._column])}"'
            self._column += 1
        elif tag == "br" and self._reads:
            self._heads[-1] += " "
        if added:
            line, column = self.getpos()
            self.added.append((self._lines[line - 1] + column + 1 + len(tag), added))

    def handle_endtag(self, tag: str) -> None:
        if tag == "th" and self._reads:
            self._heads[-1] = _TWICE.sub(_once, " ".join((self._own or self._heads[-1]).split()))
            self._reads = False

    def handle_data(self, data: str) -> None:
        if self._reads:
            self._heads[-1] += data

    def _role_of_head(self, given: dict[str, str | None]) -> str:
        return "columnheader" if self._in_head or given.get("scope") == "col" else "rowheader"

"""Headings → the bookmarks of a PDF (ISO 32000-1, 12.3.3), written as the file grows.

A bookmark names the one after it, so the last one of the outermost level waits in memory for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from examgen.pdf.writer import Objects


class Heading(NamedTuple):
    """A heading in a file: level from 1, text, number of its page, height above the page's foot in points."""

    level: int
    text: str
    page: int
    height: float


@dataclass
class _Bookmark:
    heading: Heading
    number: int
    kids: list[_Bookmark] = field(default_factory=list)


class Bookmarks:
    """The bookmarks of a file; those of one part stand below that of its first heading."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._root = objects.reserve()
        self._waiting: _Bookmark | None = None
        self._first = 0
        self._before = 0
        self._n = 0

    def add(self, headings: Sequence[Heading]) -> None:
        """Those of one part, in their order."""
        if not headings:
            return
        top = self._nested(headings)
        if self._waiting:
            self._write_top(self._waiting, top.number)
        else:
            self._first = top.number
        self._waiting = top
        self._n += 1

    def close(self) -> bytes:
        """Write what waits; the entry of the catalog."""
        if not self._waiting:
            return b""
        self._write_top(self._waiting, 0)
        self._objects.pack(
            self._root,
            b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (self._first, self._before, self._n),
        )
        return b"/Outlines %d 0 R" % self._root

    def _nested(self, headings: Sequence[Heading]) -> _Bookmark:
        """A tree of bookmarks, each below the nearest before it of a lesser level."""
        top = _Bookmark(headings[0]._replace(level=0), self._objects.reserve())
        open_ = [top]
        for heading in headings[1:]:
            while open_[-1].heading.level >= heading.level:
                open_.pop()
            one = _Bookmark(heading, self._objects.reserve())
            open_[-1].kids.append(one)
            open_.append(one)
        return top

    def _write_top(self, one: _Bookmark, after: int) -> None:
        self._write(one, self._root, self._before, after)
        self._before = one.number

    def _write(self, one: _Bookmark, parent: int, before: int, after: int) -> None:
        kids = [0, *(kid.number for kid in one.kids), 0]
        for place, kid in enumerate(one.kids, 1):
            self._write(kid, one.number, kids[place - 1], kids[place + 1])
        links = {b"Prev": before, b"Next": after, b"First": kids[1], b"Last": kids[-2]}
        entries = b"".join(b"/%b %d 0 R" % (name, to) for name, to in links.items() if to)
        if one.kids:
            entries += b"/Count -%d" % len(one.kids)
        title = (b"\xfe\xff" + one.heading.text.encode("utf-16-be")).hex().encode()
        shown = b"[%d 0 R/XYZ 0 %.2f null]" % (one.heading.page, one.heading.height)
        self._objects.pack(
            one.number,
            b"<</Title<%b>/Parent %d 0 R%b/Dest%b>>" % (title, parent, entries, shown),
        )

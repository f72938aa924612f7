"""The template of a paper of rooms → the parts of it, each a fragment that is laid out once for all rooms.

The built-in template is filled with what stands for a candidate or a parcel, slots in place of its texts, and
cut at its elements with a `data-part`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from examgen.papers.room_pages import Key
from examgen.papers.rooms import Titled, total_of
from examgen.papers.templating import filler
from examgen.papers.thai import line_setter
from examgen.pdf.frames import Frame, page_frame
from examgen.pdf.page_parts import parts, styles
from examgen.pdf.pieces import slot
from examgen.pdf.press import Fragment
from examgen.pdf.stencils import StencilPress
from examgen.problems import Refused
from examgen.resources import fonts

LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""What tells the lines of a text: as many as a row is composed of."""

Counts = tuple[tuple[str, int], ...]
"""Names of texts, and how many lines each takes."""

_ALONE = """
.head, .foot { position: static !important }
.columns { columns: auto !important; margin: 0 !important }
"""
"""Parts stand by themselves: heads, feet and columns are put in their places where pages are composed."""

_BARE_LINE = 'class="line" style="border-color: transparent"'
"""The line of the running head, which the left part of it has drawn already."""

_NOTHING: Mapping[str, object] = {
    "places": (), "spare": (), "forms": (), "rows": "", "grid": None, "parcels": (), "room": "",
    "total": total_of(()),
}  # fmt: skip
_ROOM = Markup(f"<span>{slot('room')}</span>")


def slot_name(text: int, line: int = 0) -> str:
    """The slot of a line of a text, both by their places: a short name leaves room beside it."""
    return LETTERS[text] + LETTERS[line]


def stand(counts: Counts, **more: object) -> dict[str, object]:
    """What stands in a template for a place or a parcel: slots for the lines of each of its texts."""
    lines = {
        name: Markup("<br>".join(slot(slot_name(place, line)) for line in range(count)))
        for place, (name, count) in enumerate(counts)
    }
    return {"is_fifth": False, "is_long": False, "shade": 0, **lines, **more}


def told(lines: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What stands in the slots of texts, given by their lines."""
    return {
        slot_name(place, n): line for place, some in enumerate(lines.values()) for n, line in enumerate(some)
    }


def counts_of(lines: Mapping[str, Sequence[str]]) -> Counts:
    """How many lines each text has."""
    return tuple((name, len(some)) for name, some in lines.items())


def one_each(names: Iterable[str]) -> Counts:
    """One line of each text."""
    return tuple((name, 1) for name in names)


class RoomParts:
    """A paper of rooms: its page, its press, and the fragments of its parts."""

    def __init__(self, of: Titled, shared: Mapping[str, object], templates: Sequence[Path]) -> None:
        self._fill = filler(of.template, templates, line_setter(templates))
        self._shared: dict[str, Any] = {**_NOTHING, **shared, "fonts": fonts().as_uri()}
        self._readable = (*templates, fonts())
        self._name = of.template
        css = styles(self.page({}))
        self.frame = page_frame(css, self._readable)
        self.press = StencilPress(css + _ALONE, self._readable)

    def page(self, given: Mapping[str, object]) -> str:
        """The page of HTML."""
        return self._fill({**self._shared, **given})

    def other_frame(self, given: Mapping[str, object]) -> Frame:
        """The page where what is given asks for another."""
        return page_frame(styles(self.page(given)), self._readable)

    def cut(self, name: str, given: Mapping[str, object], without: Sequence[str] = (), n: int = 0) -> str:
        """A part of that name of the page, without parts that lie in it."""
        found = [one.html for one in parts(self.page(given), (name, *without)) if one.name == name]
        if len(found) <= n:
            raise Refused(f'template {self._name} lacks an element with data-part="{name}"')
        return found[n]

    def common(self, key: Key, width: float) -> Fragment:
        """A part that all papers of rooms have: what is above and below, and what its head says."""
        name, *told = key
        if name == "foot":
            html = self.cut("foot", {})
            for place, number in zip(("page", "pages"), told, strict=True):
                html = html.replace(f'<b class="{place}"></b>', f"<b>{number}</b>")
        elif name == "place":
            html = self.cut("place", {"room": _ROOM}).replace('class="line"', _BARE_LINE, 1)
        elif name == "room":
            html = self.cut("room", {"room": _ROOM})
        elif name == "name":
            html = re.sub("<p>.*</p>", "", self.cut("title", {}, ("room",)), flags=re.DOTALL)
        elif told[1:]:
            html = self.cut(str(name), {"room": told[1]})
        else:
            html = self.cut(str(name), {}, ("place", "room"))
        return Fragment(html, width)

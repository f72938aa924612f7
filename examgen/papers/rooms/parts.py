"""The template of a paper of rooms → the parts of it, each a fragment that is laid out once for all rooms;
and which rows of them stand on which page of a room's paper, and how far down.

The built-in template is filled with what stands for a candidate or a parcel, slots in place of its texts, and
cut at its elements with a `data-part`. Lengths in px from the top left of the part of the page that text
takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.words import tell
from examgen.papers.rooms.lists import Titled, total_of
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import Frame, page_frame, parts, styles
from examgen.rendering.pdf.pieces import slot
from examgen.rendering.pdf.slot_templates import SlotTemplateComposer
from examgen.rendering.templates.filling import filler

Key = tuple[Any, ...]
"""What a part is called: its name in the template, and what tells it from others of that name."""

SLACK = 0.01
"""How far a row may reach below its page: sums of heights are rounded."""


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
    "packet": "", "has_plan": False, "large_print": "", "invigilators": (), "accommodation": (),
    "total": total_of(()),
}  # fmt: skip
_ROOM = Markup(f"<span>{slot('room')}</span>")


class Put(NamedTuple):
    """Drawing of a row: a part, and texts in the slots of a part, of the same or of one like it."""

    x: float
    drawn: Key
    slots: Key = ()
    texts: Mapping[str, str] = {}
    y: float = 0.0


class RoomRow(NamedTuple):
    """Something that no page parts."""

    put: tuple[Put, ...]
    height: float
    above: float = 0.0
    """The margin at its top, which is left out where it begins a page."""
    head: RoomRow | None = None
    """What is shown above it where it begins a page."""


class StandingRow(NamedTuple):
    """A row on a page, by its upper left corner."""

    x: float
    y: float
    row: RoomRow


Page = list[StandingRow]


def flowed(rows: Iterable[RoomRow], height: float) -> list[Page]:
    """The rows one below the other, on as many pages as it takes; there is at least one."""
    pages: list[Page] = [[]]
    y = 0.0
    for row in rows:
        if pages[-1] and y + row.height > height + SLACK:
            pages.append([])
            y = 0.0
            if row.head:
                pages[-1].append(StandingRow(0.0, 0.0, row.head))
                y = row.head.height
        shift = 0.0 if y else row.above
        pages[-1].append(StandingRow(0.0, y - shift, row))
        y += row.height - shift
    return pages


def in_columns(above: Sequence[RoomRow], rows: Sequence[RoomRow], height: float, step: float) -> list[Page]:
    """Rows below others, in two columns as equal as can be; the second begins `step` to the right."""
    pages = flowed(above, height)
    y = sum(row.height for row in above)
    left = list(rows)
    while left:
        room = height - y
        if _columns(left, room) > 2:
            n = _fit(left, room)
            counts = [n, _fit(left[n:], room)]
        else:
            bounds = sorted(set(accumulate(row.height for row in left)))
            enough = next(bound for bound in bounds if _columns(left, bound) <= 2)
            n = _fit(left, enough)
            counts = [n, len(left) - n]
        for column, count in enumerate(counts):
            tops = accumulate((row.height for row in left[:count]), initial=y)
            pages[-1] += [
                StandingRow(column * step, top, row) for top, row in zip(tops, left[:count], strict=False)
            ]
            left = left[count:]
        if left:
            pages.append([])
            y = 0.0
    return pages


def _fit(rows: Sequence[RoomRow], height: float) -> int:
    """How many of the rows a column of that height holds, at least one."""
    below = accumulate(row.height for row in rows)
    return max(1, sum(bottom <= height + SLACK for bottom in below))


def _columns(rows: Sequence[RoomRow], height: float) -> int:
    """How many columns of that height the rows take."""
    n = 0
    while rows:
        rows = rows[_fit(rows, height) :]
        n += 1
    return n


def slot_name(text: int, line: int = 0) -> str:
    """The slot of a line of a text, both by their places: a short name leaves room beside it."""
    return LETTERS[text] + LETTERS[line]


def stand(counts: Counts, **more: object) -> dict[str, object]:
    """Return the template context for a place or a parcel: slots for the lines of each of its texts."""
    lines = {
        name: Markup("<br>".join(slot(slot_name(place, line)) for line in range(count)))
        for place, (name, count) in enumerate(counts)
    }
    return {"is_fifth": False, "is_long": False, "shade": 0, **lines, **more}


def told(lines: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the texts of the slots, given by their lines."""
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
    """A paper of rooms: its page, its composer, and the fragments of its parts."""

    def __init__(self, of: Titled, shared: Mapping[str, object], templates: Sequence[Path]) -> None:
        self._fill = filler(of.template, templates, line_setter(templates))
        self._shared: dict[str, Any] = {**_NOTHING, **shared, "fonts": fonts().as_uri()}
        self._readable = (*templates, fonts())
        self._name = of.template
        css = styles(self.page({}))
        self.frame = page_frame(css, self._readable)
        self.composer = SlotTemplateComposer(css + _ALONE, self._readable)

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
            raise Refused(
                tell(
                    'template {name} lacks an element with data-part="{name_2}"', name=self._name, name_2=name
                )
            )
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

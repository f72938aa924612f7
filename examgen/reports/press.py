"""Pages of HTML for thousands of people → PDFs: each distinct part of the pages is laid out once.

A page is cut at its elements with a `data-part` (`Cutter`). Values that differ between people (name, number,
score) go into slots (`own` in a template), so that most parts are the same for many people. Each distinct
part becomes one piece (`rendering.pdf.slots`); pieces are placed in the order of the HTML page. `data-flow`
says how:

| word | meaning |
|---|---|
| `keep` | the next part is on the same page |
| `beside` | the next part begins at the same height |
| `inline` | parts of this kind are placed side by side as far as there is room |
| `half` | two of this kind are placed side by side |
| `again` | it is repeated on each page that begins with a part of the kind `row` |
| `whole` | it is placed in one piece if it fits half a page; otherwise the parts within it are placed instead
|

The parts `foot` and `page` are placed at the foot of every page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from examgen.core.models.field_types import Bilingual
from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.text.thai import in_digits
from examgen.rendering.pdf.isolate_pages import Fragment
from examgen.rendering.pdf.page_parts import styles
from examgen.rendering.pdf.slots import Piece, PieceComposer, PlacedPiece, slot
from examgen.reports.codes import modules

if TYPE_CHECKING:
    from examgen.core.models.papers import Digits
    from examgen.rendering.pdf.composer import Graphics, PdfFile

_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)([^<>]*)>")
_PART, _FLOW = re.compile(r'\sdata-part="([\w-]+)"'), re.compile(r'\sdata-flow="([\w -]+)"')
_ID = re.compile(r'(?<=["\w])\s+(?:id|aria-labelledby)="[^"]*"(?=[^<>]*>)')
_OWN = re.compile("‡own([0-9]+)‡")
_VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SLACK = 6.0
"""How far a page may extend below its foot, in px. Rows laid out separately are taller than in one table by
up to this much, because their borders do not collapse."""
GAP = 22.7
"""The gap between `inline` parts, in px: 6 mm, as in report.css."""


# ── from a page to its parts ─────────────────────────────────────────────────────────────────


class OwnValues:
    """The values for the slots of a page, in the order in which its template writes them."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def __call__(self, value: str | Bilingual) -> str | Bilingual:
        """Store a value, or a text in each language, and return the slot that replaces it."""
        if isinstance(value, Bilingual):
            return Bilingual(th=str(self(value.th)), en=str(self(value.en)))
        self.values.append(value)
        return f"‡own{len(self.values) - 1}‡"


class Part(NamedTuple):
    """A part of a page with the elements around it: its name, its flow, and its HTML with lettered slots."""

    name: str
    flow: frozenset[str]
    html: str
    is_within: bool
    """Whether it is within a part with the flow `whole`."""


class Sheet(NamedTuple):
    """The pages of one person: the numbers of their parts in order, and the values for the slots."""

    title: str
    """The bookmark."""
    number: str
    """The text before the number of each page."""
    parts: tuple[int, ...]
    values: tuple[str, ...]
    code: str = ""
    """The text that the picture of a code encodes."""


class _Open(NamedTuple):
    tag: str
    source: str
    start: int
    name: str
    flow: frozenset[str]
    inside: list[tuple[int, int]]


class Cutter:
    """Cuts pages into parts and stores each distinct part once."""

    def __init__(self) -> None:
        self.numbers: dict[Part, int] = {}
        self.css = ""

    def sheet(self, html: str, own: OwnValues, title: str, number: str, code: str = "") -> Sheet:
        """Cut a page into parts and return its sheet."""
        self.css = self.css or styles(html)
        parts, values = list[int](), list[str]()
        for part, places in _parts(html):
            parts.append(self.numbers.setdefault(part, len(self.numbers)))
            values += [own.values[place] for place in places]
        return Sheet(title, number, tuple(parts), tuple(values), code)


def _parts(html: str) -> list[tuple[Part, list[int]]]:
    """Return the parts of a page in order, each with the indices of the values for its slots.

    A part within another is cut out of it, unless the outer part is `whole`. Ids are removed, because parts
    are laid out together and an id must be unique on a page.
    """
    opened: list[_Open] = []
    found: list[tuple[int, Part, list[int]]] = []
    for match in _TAG.finditer(html, html.index("<body")):
        closing, tag, attributes = match.groups()
        if not closing:
            if tag in _VOID or attributes.endswith("/"):
                continue
            named = _PART.search(attributes) if "data-part" in attributes else None
            flow = _FLOW.search(attributes) if named else None
            words = frozenset(flow[1].split()) if flow else frozenset()
            opened.append(_Open(tag, match[0], match.start(), named[1] if named else "", words, []))
            continue
        while opened and (one := opened.pop()):
            if one.tag == tag:
                break
        else:
            continue
        if not one.name:
            continue
        around = [outer for outer in opened if outer.tag not in ("html", "body")]
        kept, start = [], one.start
        for first, last in one.inside:
            kept.append(html[start:first])
            start = last
        before = "".join(outer.source for outer in around)
        after = "".join(f"</{outer.tag}>" for outer in reversed(around))
        text = "".join([before, *kept, html[start : match.end()], after])
        if ' id="' in text:
            text = _ID.sub("", text)
        places = [int(place) for place in _OWN.findall(text)] if "‡own" in text else []
        for letter, place in zip(LETTERS, places, strict=False):
            text = text.replace(f"‡own{place}‡", slot(f"own_{letter}"))
        outer = next((outer for outer in reversed(opened) if outer.name), None)
        is_within = outer is not None and "whole" in outer.flow
        if outer is not None and not is_within:
            outer.inside.append((one.start, match.end()))
        found.append((one.start, Part(one.name, one.flow, text, is_within), places))
    return [(part, places) for _, part, places in sorted(found, key=lambda part: part[0])]


# ── pages ────────────────────────────────────────────────────────────────────────────────────


class FlowStep(NamedTuple):
    """A piece in the order of a sheet, not yet placed on a page."""

    piece: Piece
    values: Mapping[str, Graphics]
    x: float = 0.0
    keep: bool = False
    beside: bool = False
    head: Piece | None = None
    """The piece that is repeated above this one if it begins a page."""


def flowed(steps: Iterable[FlowStep], height: float) -> Iterator[list[tuple[float, FlowStep]]]:
    """Yield the steps of each page with their distances from its top. Steps that must stay together move to
    the next page together."""
    groups: list[list[FlowStep]] = [[]]
    for step in steps:
        groups[-1].append(step)
        if not (step.keep or step.beside):
            groups.append([])
    page: list[tuple[float, FlowStep]] = []
    y = row = 0.0
    for group in filter(None, groups):
        if page and not page[-1][1].beside:
            # the white space that a piece shares with the piece above it, as margins collapse
            # (CSS 2.1, 8.3.1)
            y -= min(page[-1][1].piece.below, group[0].piece.above)
        needed = tallest = 0.0
        for one in group:
            tallest = max(tallest, one.piece.height)
            if not one.beside:
                needed, tallest = needed + tallest, 0.0
        needed -= group[-1].piece.below
        if page and y + needed > height + SLACK:
            yield page
            page, y = [], 0.0
        for one in group:
            if page == [] and one.head:
                y = one.head.height
            if page and y + one.piece.height > height + SLACK:
                yield page
                page, y = [], one.head.height if one.head else 0.0
            page.append((y, one))
            row = max(row, one.piece.height)
            if not one.beside:
                y, row = y + row, 0.0
    if page:
        yield page


class Press:
    """Lays out the parts of pages and writes sheets into PDF files."""

    def __init__(
        self, cutter: Cutter, readable: Sequence[Path], *, digits: Digits = "arabic", language: str = "th"
    ) -> None:
        if not cutter.numbers:
            raise Refused.because("there are no candidates to report on")
        self._digits = digits
        self._composer = PieceComposer(cutter.css, (*readable, fonts()), language)
        self._frame = self._composer.frame()
        self._parts = tuple(cutter.numbers)
        width = self._frame.text_width
        self._pieces = self._composer.pieces([Fragment(part.html, width) for part in self._parts])
        named: dict[str, Piece] = {}
        for part, piece in zip(self._parts, self._pieces, strict=True):
            named.setdefault(part.name, piece)
            if piece.height > self._frame.text_height and "whole" not in part.flow:
                raise Refused.because(
                    "a part of the candidates' reports is taller than a page: {tall}", tall=part.name
                )
        if lacking := sorted({"foot", "page"} - {*named}):
            raise Refused.because('the template has no element with data-part="{name}"', name=lacking[0])
        self._foot, self._mark = named["foot"], named["page"]

    def write(self, path: Path, sheets: Iterable[Sheet], title: str) -> None:
        """Write sheets into one file, each beginning on a new page."""
        with self._composer.file(path, title) as file:
            for sheet in sheets:
                self._add(file, sheet)

    def _add(self, file: PdfFile, sheet: Sheet) -> None:
        """Write a sheet into the file."""
        frame, mark = self._frame, self._mark
        bottom, right = frame.top + frame.text_height, frame.left + frame.text_width
        below = frame.height - bottom
        pages = [*flowed(self._steps(sheet), frame.text_height)]
        file.bookmark(sheet.title)
        for number, steps in enumerate(pages, 1):
            text = sheet.number + in_digits(f"{number} / {len(pages)}", self._digits)
            width = self._width(mark, text)
            placed = [
                PlacedPiece(frame.left, frame.top + y - step.head.height, step.head, {})
                for y, step in steps[:1]
                if step.head and number > 1
            ]
            placed += [
                PlacedPiece(frame.left + step.x, frame.top + y, step.piece, dict(step.values))
                for y, step in steps
            ]
            foot_y, mark_y = (bottom + (below - piece.height) / 2 for piece in (self._foot, mark))
            placed.append(PlacedPiece(frame.left, foot_y, self._foot))
            placed.append(PlacedPiece(right - width, mark_y, mark, self._filled(mark, [text], width)))
            file.page((frame.width, frame.height), (part for piece in placed for part in piece.parts()))
        file.end_booklet()

    def _filled(
        self, piece: Piece, values: Sequence[str], room: float | None = None, code: str = ""
    ) -> dict[str, Graphics]:
        """Return the graphics for the slots of a piece."""
        known = {f"own_{letter}": value for letter, value in zip(LETTERS, values, strict=False)}
        return {
            one.name: self._composer.fill_picture(piece, modules(code))
            if one.name == "picture"
            else self._composer.fill(one, known[one.name], room)
            for one in piece.slots
        }

    def _width(self, piece: Piece, text: str) -> float:
        """Return the width of a text in the first slot of a piece."""
        return self._composer.width(piece.slots[0], text)

    def _shown(self, sheet: Sheet) -> Iterator[_Shown]:
        """Yield the parts of a sheet that are placed on its pages, with their values."""
        n_value, is_whole = 0, True
        for number in sheet.parts:
            part, piece = self._parts[number], self._pieces[number]
            n_own = part.html.count("‡own_")
            values = sheet.values[n_value : n_value + n_own]
            n_value += n_own
            if "whole" in part.flow:
                is_whole = piece.height <= self._frame.text_height / 2
            is_in_place = is_whole if "whole" in part.flow else not (part.is_within and is_whole)
            if is_in_place and part.name not in ("foot", "page"):
                width = piece.extent
                if "inline" in part.flow and values:
                    width = piece.slots[0].x + self._width(piece, values[0])
                yield _Shown(part, piece, values, min(width, self._frame.text_width))

    def _steps(self, sheet: Sheet) -> Iterator[FlowStep]:
        """Yield the pieces of a sheet in order."""
        full = self._frame.text_width
        x, is_second, head = 0.0, False, None
        for one, after in pairwise([*self._shown(sheet), None]):
            assert one is not None
            flow, follows = one.part.flow, frozenset() if after is None else after.part.flow
            place, room, beside = 0.0, None, "beside" in flow
            if "inline" in flow and one.piece.slots:
                room = full - one.piece.slots[0].x
            if "inline" in flow and after is not None and "inline" in follows:
                place, right = x, x + one.width + GAP
                beside = right + after.width <= full
                x = right if beside else 0.0
            elif "inline" in flow:
                place, x = x, 0.0
            elif "half" in flow:
                place = full / 2 if is_second else 0.0
                beside = not is_second and "half" in follows
                is_second = beside
            yield FlowStep(
                one.piece,
                self._filled(one.piece, one.values, room, sheet.code),
                place,
                keep="keep" in flow,
                beside=beside,
                head=head if "row" in flow else None,
            )
            if "again" in flow:
                head = one.piece


class _Shown(NamedTuple):
    """A part of a sheet, its piece, the values of its slots, and its width with these values."""

    part: Part
    piece: Piece
    values: tuple[str, ...]
    width: float

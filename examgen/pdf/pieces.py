"""A tagged page as WeasyPrint drew it → a piece that is placed on pages of ours with its tags.

Marked contents (ISO 32000-1, 14.6) are numbered by page, so a piece is kept with its numbers open: they
are filled in where it is placed. What is written for each candidate anew – a name, a number – is a slot: text
between two ‡ that stands alone in an element of a fragment, whose place, face, size and tag it takes. A
picture made of rectangles, such as a QR code, has a slot too (`picture`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any, NamedTuple

from examgen.pdf import engine
from examgen.pdf.faces import Face
from examgen.pdf.forms import Bare
from examgen.pdf.marked import Mark, said_on
from examgen.pdf.operators import operations
from examgen.pdf.tagging import Tag, mended
from examgen.problems import Refused

_SLOT = re.compile("‡([a-z][a-z0-9_]*)‡")
_SIDE = "0.987654"
"""Of the rectangle that stands where a picture will be: no other has this size."""
_HEADING = re.compile("H[1-6]")
_MCID = re.compile(rb"/MCID\s*(\d+)")
_ARTIFACT = b"/Artifact<</Type/Pagination>>BDC"

Box = tuple[float, float, float, float]


def slot(name: str) -> str:
    """What a fragment holds where a text of that name is to stand."""
    return f"‡{name}‡"


def picture(alternative: str) -> str:
    """An SVG picture that is filled later with rectangles in a square of 1 by 1, as the slot `picture`."""
    shape = f'<rect x="0" y="0" width="{_SIDE}" height="{_SIDE}"/>'
    title = f"<title>{escape(alternative)}</title>"
    return f'<svg viewBox="0 0 1 1" role="img" xmlns="http://www.w3.org/2000/svg">{title}{shape}</svg>'


class Filled(NamedTuple):
    """What a slot is filled with: a text, and the operators that show it."""

    text: str
    content: bytes


def filled_in(said: str, values: Mapping[str, Filled]) -> str:
    """A text with its slots filled."""
    return _SLOT.sub(lambda found: values[found[1]].text, said)


class Slot(NamedTuple):
    """Where a text is written: its face and size, its start, and the room to the right, in px."""

    name: str
    face: str
    size: float
    x: float
    room: float


@dataclass(frozen=True, eq=False)
class Node:
    """A structure element of a piece: what its dictionary says, and its kids, marks by their number in it."""

    kind: str
    entries: bytes
    box: Box | None
    """Of a figure: left, top, right and bottom in px from the top left of the piece."""
    said: str
    """The text of a heading, its slots as the fragment has them; else empty."""
    kids: tuple[Node | int, ...]


@dataclass(frozen=True, eq=False)
class Piece:
    """Part of a page with its tags, to be placed any number of times; lengths in px."""

    width: float
    height: float
    extent: float
    """Where its text ends that reaches farthest to the right, slots as wide as their names."""
    tagged: bytes
    """Its drawing as a pattern of `%`: a `%d` for the number of each mark, a `%b` for what fills a slot."""
    untagged: bytes
    """The same as an artifact of the page: slots alone are open."""
    slots: tuple[Slot | None, ...]
    """For each mark, by its place in the drawing: the slot that it is, if it is one."""
    nodes: tuple[Node, ...]
    fonts: frozenset[str]
    numbers: frozenset[int]
    above: float = 0.0
    """White at its top, in px, that may be shared with what stands above it; and at its foot."""
    below: float = 0.0

    @cached_property
    def headings(self) -> tuple[Node, ...]:
        """The headings of the piece, in their order."""
        return tuple(node for top in self.nodes for node in _below(top) if node.said)

    def slot(self, name: str) -> Slot:
        """The first slot of that name; KeyError where there is none."""
        found = next((one for one in self.slots if one and one.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


def piece(
    bare: Bare, tags: list[Tag], page: Any, n_page: int, size: tuple[float, float], faces: Mapping[str, Face]
) -> Piece:
    """The piece of a page: `tags` are those of that page, `page` is WeasyPrint's, `size` the piece's."""
    codes = {name: face.said for name, face in faces.items()}
    said: dict[Mark, str] = {}
    for mcid, text in said_on(bare.content, codes):
        mark = Mark(n_page, mcid)
        said[mark] = said.get(mark, "") + text
    names = {mark: found[1] for mark, text in said.items() if (found := _SLOT.fullmatch(text.strip()))}
    _refuse_lost(said, names)
    root = mended(Tag("Document", [*_meant(tags)]), {**said, **dict.fromkeys(names, "ก")})
    kept = {mark.mcid for mark in _marks(root)}
    places = _Places(page)
    drawing = _drawing(bare.content, kept, {mark.mcid: name for mark, name in names.items()}, places)
    nodes = tuple(_node(kid, drawing.order, said, root.language) for kid in root.kids if isinstance(kid, Tag))
    return Piece(
        *size, places.extent, drawing.tagged, drawing.untagged, drawing.slots, nodes, bare.fonts, bare.numbers
    )


def _meant(tags: Iterable[Tag | Mark]) -> Iterator[Tag | Mark]:
    """The tags but for `main`, which is the whole, and pictures that nobody is told of: artifacts then."""
    for tag in tags:
        if isinstance(tag, Mark):
            yield tag
        elif tag.kind == "Part":
            yield from _meant(tag.kids)
        elif tag.kind != "Figure" or tag.alt:
            yield replace(tag, kids=[*_meant(tag.kids)])


def _refuse_lost(said: Mapping[Mark, str], names: Mapping[Mark, str]) -> None:
    for mark, text in said.items():
        if mark not in names and "‡" in text:
            raise Refused(f"{text!r}: a slot must stand alone in an element, on one line")


def _below(node: Node) -> Iterator[Node]:
    yield node
    for kid in node.kids:
        if isinstance(kid, Node):
            yield from _below(kid)


def _marks(tag: Tag) -> Iterator[Mark]:
    for kid in tag.kids:
        if isinstance(kid, Mark):
            yield kid
        else:
            yield from _marks(kid)


# ── the drawing ──────────────────────────────────────────────────────────────────────────────


class _Drawing(NamedTuple):
    tagged: bytes
    untagged: bytes
    slots: tuple[Slot | None, ...]
    order: Mapping[int, int]
    """MCID → place of the mark in the drawing."""


def _drawing(content: bytes, kept: set[int], names: Mapping[int, str], places: _Places) -> _Drawing:
    tagged, untagged = [], []
    slots: list[Slot | None] = []
    order: dict[int, int] = {}
    at, filling = 0, ""
    face, size = "", 0.0
    for operation in operations(content):
        if operation.operator == b"BDC" and (found := _MCID.search(content, operation.start, operation.end)):
            mcid = int(found[1])
            before = _escaped(content[at : operation.start])
            at = operation.end
            begin = b"/%b<</MCID %%d>>BDC" % operation.operands[0].source[1:]
            tagged += [before, begin if mcid in kept else _ARTIFACT]
            untagged += [before, _ARTIFACT]
            filling = names.get(mcid, "")
            if mcid in kept:
                order[mcid] = len(slots)
                slots.append(None)
        elif operation.operator == b"re" and operation.operands[2].source == _SIDE.encode():
            for written in (tagged, untagged):
                written.append(_escaped(content[at : operation.start]) + b"%b")
            at = operation.end
            slots[-1] = Slot("picture", "", 0.0, 0.0, 0.0)
        elif filling and operation.operator == b"Tf":
            face, size = operation.operands[0].source[1:].decode(), float(operation.operands[1].source)
            for written in (tagged, untagged):
                written.append(_escaped(content[at : operation.start]) + b"%b\n")
        elif filling and operation.operator == b"ET":
            at = operation.start
            slots[-1] = Slot(filling, face, size, *places.found[filling])
            filling = ""
    for written in (tagged, untagged):
        written.append(_escaped(content[at:]))
    return _Drawing(b"".join(tagged), b"".join(untagged), tuple(slots), order)


def _escaped(content: bytes) -> bytes:
    return content.replace(b"%", b"%%")


class _Places:
    """Where the slots stand in WeasyPrint's page."""

    def __init__(self, page: Any) -> None:
        self.found: dict[str, tuple[float, float]] = {}
        """By name of a slot: its start, and how far from there the right edge of its block is, in px."""
        self.extent = 0.0
        """Where the text that reaches farthest ends."""
        self._look(page._page_box, 0.0)

    def _look(self, box: Any, right: float) -> None:
        boxes = engine.weasyprint().formatting_structure.boxes
        if isinstance(box, boxes.BlockContainerBox):
            right = float(box.content_box_x() + box.width)
        if isinstance(box, boxes.TextBox):
            left = float(box.position_x)
            self.extent = max(self.extent, left + float(box.width))
            if found := _SLOT.fullmatch(box.text.strip()):
                self.found[found[1]] = left, right - left
        for kid in getattr(box, "children", ()):
            self._look(kid, right)


# ── the tags ─────────────────────────────────────────────────────────────────────────────────


def _node(tag: Tag, order: Mapping[int, int], said: Mapping[Mark, str], language: str | None = None) -> Node:
    kids = tuple(order[kid.mcid] if isinstance(kid, Mark) else _node(kid, order, said) for kid in tag.kids)
    entries = b""
    if tag.alt is not None:
        entries += b"/Alt<%b>" % (b"\xfe\xff" + tag.alt.encode("utf-16-be")).hex().encode()
    if spoken := tag.language or language:
        entries += b"/Lang(%b)" % spoken.encode()
    if tag.attributes and not tag.box:
        owner = "List" if tag.kind == "L" else "Table"
        entries += f"/A<</O/{owner}{''.join(_attributes(tag.attributes))}>>".encode()
    heading = "".join(said[mark] for mark in _marks(tag)) if _HEADING.fullmatch(tag.kind) else ""
    return Node(tag.kind, entries, tag.box and _box(tag.box[1]), heading, kids)


def _attributes(attributes: Mapping[str, Any]) -> Iterator[str]:
    for name, value in attributes.items():
        yield f"/{name}/{value}" if isinstance(value, str) else f"/{name} {value}"


def _box(box: list[float]) -> Box:
    left, bottom, right, top = box
    return left, top, right, bottom

"""A tagged page as WeasyPrint drew it → a piece that is placed on pages of ours with its tags.

Marked contents (ISO 32000-1, 14.6) are numbered by page, so a piece is kept with its numbers open: they
are filled in where it is placed. What is written for each candidate anew – a name, a number – is a slot: text
between two ‡ that stands alone in an element of a fragment, whose place, face, size and tag it takes. A
picture made of rectangles, such as a QR code, has a slot too (`picture`).

The structure elements of a part of a piece → a pattern, filled wherever the piece is placed.

Numbers are written as wide as the widest, so that every element has its place in the pattern whatever the
numbers are: a hundred elements are written by one formatting.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import NamedTuple

from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.rendering.pdf.fonts import PdfFace
from examgen.rendering.pdf.piece_drawing import (
    BEGUN_SLOT,
    SIDE,
    SLOT,
    ContentStretch,
    Form,
    Places,
    Slot,
    drawing,
    joined,
    stretches,
)
from examgen.rendering.pdf.tagging import mended
from examgen.rendering.pdf.tags import Mark, Tag, all_of, marks_of, texts_on
from examgen.rendering.pdf.writer import PX
from examgen.rendering.pdf.xobjects import Bare

Box = tuple[float, float, float, float]

_NUMBER, _PAGE, _MARK, _EDGE = range(4)
_REFERENCE = b"%10d 0 R"

_THAI, _ENGLISH = "ก", "a"
"""Stand for what a slot will say: the language of one whose name ends in `en` is English, else Thai."""
_HEADING = re.compile("H[1-6]")
_DRAWN = re.compile(rb"/B(\d+) Do")


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

    @cached_property
    def elements(self) -> tuple[Node, ...]:
        """Its kids that are not marks."""
        return tuple(kid for kid in self.kids if isinstance(kid, Node))

    @cached_property
    def pattern(self) -> TagPattern:
        """It and all below it, as it is written."""
        # every element, with the number of the one that it is in
        nodes: list[tuple[Node, int]] = []
        waiting = [(self, 0)]
        while waiting:
            node, above = waiting.pop()
            waiting += [(kid, len(nodes)) for kid in reversed(node.elements)]
            nodes.append((node, above))
        number = {id(node): n for n, (node, _) in enumerate(nodes)}
        texts: list[bytes] = []
        places: list[int] = []
        filling: list[tuple[int, int]] = []
        edges: list[tuple[int, Box]] = []
        marks: list[tuple[int, int]] = []
        place = 0
        for n, (node, above) in enumerate(nodes):
            text = b"<</S/%b/P %b" % (node.kind.encode(), _REFERENCE)
            values = [(_NUMBER, above)]
            own = [(kid, n) for kid in node.kids if isinstance(kid, int)]
            if own:
                text += b"/Pg " + _REFERENCE
                values.append((_PAGE, 0))
            kids = []
            for kid in node.kids:
                kids.append(b"%5d" if isinstance(kid, int) else _REFERENCE)
                values.append((_MARK, kid) if isinstance(kid, int) else (_NUMBER, number[id(kid)]))
            text += b"/K[%b]" % b" ".join(kids)
            if node.box:
                text += b"/A<</O/Layout/BBox[%9.2f %9.2f %9.2f %9.2f]>>"
                edges.append((len(filling) + len(values), node.box))
                values += [(_EDGE, 0)] * 4
            text += node.entries.replace(b"%", b"%%") + b">>"
            texts.append(text)
            places.append(place)
            place += len(text % tuple([0] * len(values))) + 1
            filling += values
            marks += own
        return TagPattern(
            len(nodes), b"\n".join(texts), tuple(places), tuple(filling), tuple(edges), tuple(marks)
        )


class TagPattern(NamedTuple):
    """Elements below one, itself the first, each after what it is in."""

    n: int
    text: bytes
    """The elements as a pattern of `%`, on lines of their own."""
    places: tuple[int, ...]
    """Where each of them begins once the pattern is filled."""
    filling: tuple[tuple[int, int], ...]
    """For each `%` what is filled in, and how much is added to it."""
    edges: tuple[tuple[int, Box], ...]
    """Of each figure: where its box is filled in, and the box."""
    marks: tuple[tuple[int, int], ...]
    """Each mark, and which of the elements it belongs to."""

    def filled(
        self, number: int, parent: int, page: int, first: int, spot: tuple[float, float, float]
    ) -> bytes:
        """The elements with the numbers from `number` on; marks are those of `page` from `first` on.

        `spot` is where the piece stands: x and y in px from the top left, and how high the page is.
        """
        bases = (number, page, first, 0)
        values: list[float] = [bases[what] + more for what, more in self.filling]
        values[0] = parent
        x, y, height = spot
        for place, (left, top, right, bottom) in self.edges:
            values[place : place + 4] = (
                (x + left) * PX, (height - y - bottom) * PX, (x + right) * PX, (height - y - top) * PX,
            )  # fmt: skip
        return self.text % tuple(values)


def slot(name: str) -> str:
    """Return the text of a fragment that reserves the place of a text of that name."""
    return f"‡{name}‡"


def picture(alternative: str) -> str:
    """An SVG picture that is filled later with rectangles in a square of 1 by 1, as the slot `picture`."""
    shape = f'<rect x="0" y="0" width="{SIDE}" height="{SIDE}"/>'
    title = f"<title>{escape(alternative)}</title>"
    return f'<svg viewBox="0 0 1 1" role="img" xmlns="http://www.w3.org/2000/svg">{title}{shape}</svg>'


class Filled(NamedTuple):
    """Content of a slot: a text, and the operators that show it."""

    text: str
    content: bytes


def filled_in(said: str, values: Mapping[str, Filled]) -> str:
    """A text with its slots filled."""
    return SLOT.sub(lambda found: values[found[1]].text, said)


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
    bare: Bare,
    tags: list[Tag],
    places: Places,
    n_page: int,
    size: tuple[float, float],
    faces: Mapping[str, PdfFace],
    form: Form,
    language: str,
) -> Piece:
    """The piece of a page: `tags` and `places` are those of that page, `size` the piece's."""
    codes = {name: face.said for name, face in faces.items()}
    said: dict[Mark, str] = {}
    for mcid, text, _ in texts_on(bare.content, codes):
        mark = Mark(n_page, mcid)
        said[mark] = said.get(mark, "") + text
    names = {mark.mcid: found[1] for mark, text in said.items() if (found := SLOT.fullmatch(text.strip()))}
    for mark, text in said.items():
        if mark.mcid not in names and BEGUN_SLOT.search(text):
            raise Refused(tell("{text!r}: a slot must be alone in an element, on one line", text=text))
    parts = stretches(bare.content)
    drawn_marks = {one.mcid for one in parts}
    spoken = {Mark(n_page, mcid): _ENGLISH if name.endswith("en") else _THAI for mcid, name in names.items()}
    root = mended(Tag("Document", [*_meant(tags, drawn_marks)]), {**said, **spoken}, language)
    after = dict(_together(root, parts, names))
    kept = {mark.mcid for mark in marks_of(root)} - after.keys()
    tagged, untagged, slots, order = drawing(joined(parts, after), kept, names, places, form)
    nodes = tuple(_node(kid, order, said, root.language) for kid in root.kids if isinstance(kid, Tag))
    fonts = {slot.face for slot in slots if slot and slot.face}
    fonts |= {name for name in bare.fonts if b"/%b " % name.encode() in tagged}
    numbers = frozenset(int(number) for number in _DRAWN.findall(tagged))
    return Piece(*size, places.extent, tagged, untagged, slots, nodes, frozenset(fonts), numbers)


def _together(
    root: Tag, parts: Sequence[ContentStretch], names: Collection[int | None]
) -> Iterator[tuple[int, int]]:
    """Marks of one tag that are drawn one after the other: each but the first, and the first of them."""
    tags = {
        kid.mcid: (id(tag), place)
        for tag in all_of(root)
        for place, kid in enumerate(tag.kids)
        if isinstance(kid, Mark)
    }
    first: int | None = None
    last: int | None = None
    for one in parts:
        if one.mcid is None or one.mcid in names or one.mcid not in tags:
            first = None
        elif first is None or last is None or tags[one.mcid] != (tags[last][0], tags[last][1] + 1):
            first = one.mcid
        else:
            yield one.mcid, first
        last = one.mcid


def _meant(tags: Iterable[Tag | Mark], drawn: Collection[int | None]) -> Iterator[Tag | Mark]:
    """The tags but for `main`, which is the whole, and what nobody is told of: marks of nothing, and pictures
    without words, which are artifacts then."""
    for tag in tags:
        if isinstance(tag, Mark):
            if tag.mcid in drawn:
                yield tag
        elif tag.kind == "Part":
            yield from _meant(tag.kids, drawn)
        elif tag.kind != "Figure" or tag.alt:
            yield replace(tag, kids=[*_meant(tag.kids, drawn)])


def _below(node: Node) -> Iterator[Node]:
    yield node
    for kid in node.kids:
        if isinstance(kid, Node):
            yield from _below(kid)


# ── the tags ─────────────────────────────────────────────────────────────────────────────────


def _node(tag: Tag, order: Mapping[int, int], said: Mapping[Mark, str], language: str | None = None) -> Node:
    kids = tuple(
        order[kid.mcid] if isinstance(kid, Mark) else _node(kid, order, said)
        for kid in tag.kids
        if not isinstance(kid, Mark) or kid.mcid in order
    )
    entries = b""
    if tag.alt is not None:
        entries += b"/Alt<%b>" % (b"\xfe\xff" + tag.alt.encode("utf-16-be")).hex().encode()
    if spoken := tag.language or language:
        entries += b"/Lang(%b)" % spoken.encode()
    if tag.attributes and not tag.box:
        owner = "List" if tag.kind == "L" else "Table"
        attributes = "".join(
            f"/{name}/{value}" if isinstance(value, str) else f"/{name} {value}"
            for name, value in tag.attributes.items()
        )
        entries += f"/A<</O/{owner}{attributes}>>".encode()
    heading = "".join(said[mark] for mark in marks_of(tag)) if _HEADING.fullmatch(tag.kind) else ""
    box: Box | None = None
    if tag.box:
        left, bottom, right, top = tag.box[1]
        box = left, top, right, bottom
    return Node(tag.kind, entries, box, heading, kids)

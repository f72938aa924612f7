"""A tagged page as WeasyPrint drew it → a piece that is placed on pages of ours with its tags.

Marked contents (ISO 32000-1, 14.6) are numbered by page, so a piece is kept with its numbers open: they
are filled in where it is placed. What is written for each candidate anew – a name, a number – is a slot: text
between two ‡ that stands alone in an element of a fragment, whose place, face, size and tag it takes. A
picture made of rectangles, such as a QR code, has a slot too (`picture`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any, NamedTuple

from examgen.pdf.faces import Face
from examgen.pdf.forms import Bare
from examgen.pdf.marked import Mark, said_on
from examgen.pdf.piece_drawing import SIDE, SLOT, Form, Places, Slot, Stretch, drawing, joined, stretches
from examgen.pdf.tag_patterns import Box, Node
from examgen.pdf.tagging import mended
from examgen.pdf.tags import Tag, all_of, marks_of
from examgen.problems import Refused

_THAI, _ENGLISH = "ก", "a"
"""Stand for what a slot will say: the language of one whose name ends in `en` is English, else Thai."""
_HEADING = re.compile("H[1-6]")
_DRAWN = re.compile(rb"/B(\d+) Do")


def slot(name: str) -> str:
    """What a fragment holds where a text of that name is to stand."""
    return f"‡{name}‡"


def picture(alternative: str) -> str:
    """An SVG picture that is filled later with rectangles in a square of 1 by 1, as the slot `picture`."""
    shape = f'<rect x="0" y="0" width="{SIDE}" height="{SIDE}"/>'
    title = f"<title>{escape(alternative)}</title>"
    return f'<svg viewBox="0 0 1 1" role="img" xmlns="http://www.w3.org/2000/svg">{title}{shape}</svg>'


class Filled(NamedTuple):
    """What a slot is filled with: a text, and the operators that show it."""

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
    page: Any,
    n_page: int,
    size: tuple[float, float],
    faces: Mapping[str, Face],
    form: Form,
    language: str,
) -> Piece:
    """The piece of a page: `tags` are those of that page, `page` is WeasyPrint's, `size` the piece's."""
    codes = {name: face.said for name, face in faces.items()}
    said: dict[Mark, str] = {}
    for mcid, text in said_on(bare.content, codes):
        mark = Mark(n_page, mcid)
        said[mark] = said.get(mark, "") + text
    names = {mark.mcid: found[1] for mark, text in said.items() if (found := SLOT.fullmatch(text.strip()))}
    _refuse_lost(said, names)
    parts = stretches(bare.content)
    drawn_marks = {one.mcid for one in parts}
    spoken = {Mark(n_page, mcid): _ENGLISH if name.endswith("en") else _THAI for mcid, name in names.items()}
    root = mended(Tag("Document", [*_meant(tags, drawn_marks)]), {**said, **spoken}, language)
    after = dict(_together(root, parts, names))
    kept = {mark.mcid for mark in marks_of(root)} - after.keys()
    places = Places(page)
    drawn = drawing(joined(parts, after), kept, names, places, form)
    nodes = tuple(_node(kid, drawn.order, said, root.language) for kid in root.kids if isinstance(kid, Tag))
    fonts = {slot.face for slot in drawn.slots if slot and slot.face}
    fonts |= {name for name in bare.fonts if b"/%b " % name.encode() in drawn.tagged}
    numbers = frozenset(int(number) for number in _DRAWN.findall(drawn.tagged))
    return Piece(
        *size, places.extent, drawn.tagged, drawn.untagged, drawn.slots, nodes, frozenset(fonts), numbers
    )


def _together(
    root: Tag, parts: Sequence[Stretch], names: Collection[int | None]
) -> Iterator[tuple[int, int]]:
    """Marks of one tag that are drawn one after the other: each but the first, and the first of them."""
    tags = {mark.mcid: (id(tag), place) for tag in all_of(root) for place, mark in _own(tag)}
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


def _own(tag: Tag) -> Iterator[tuple[int, Mark]]:
    return ((place, kid) for place, kid in enumerate(tag.kids) if isinstance(kid, Mark))


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


def _refuse_lost(said: Mapping[Mark, str], names: Collection[int]) -> None:
    for mark, text in said.items():
        if mark.mcid not in names and "‡" in text:
            raise Refused(f"{text!r}: a slot must stand alone in an element, on one line")


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
        entries += f"/A<</O/{owner}{''.join(_attributes(tag.attributes))}>>".encode()
    heading = "".join(said[mark] for mark in marks_of(tag)) if _HEADING.fullmatch(tag.kind) else ""
    return Node(tag.kind, entries, tag.box and _box(tag.box[1]), heading, kids)


def _attributes(attributes: Mapping[str, Any]) -> Iterator[str]:
    for name, value in attributes.items():
        yield f"/{name}/{value}" if isinstance(value, str) else f"/{name} {value}"


def _box(box: list[float]) -> Box:
    left, bottom, right, top = box
    return left, top, right, bottom

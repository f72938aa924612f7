"""The content stream of a tagged page → the drawing of a piece: a pattern that is filled where it is placed.

A mark whose content is the same wherever it stands becomes a form XObject, which files hold once: a page
then says `/P<</MCID 3>>BDC/B7 Do EMC` (ISO 32000-1, 14.7.4.2). Forms leave the graphics state as it was, so
what a mark set for those after it is said again behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from examgen.pdf import engine
from examgen.pdf.operators import Operation, operations

SLOT = re.compile("‡([a-z][a-z0-9_]*)‡")
SIDE = "0.987654"
"""Of the rectangle that stands where a picture will be: no other has this size."""

_MCID = re.compile(rb"/MCID\s*(\d+)")
_NO_TAG = b"Artifact"
_ARTIFACT = b"/Artifact<</Type/Pagination>>BDC"
_STATE = frozenset(b"rg RG g G k K cs CS sc SC scn SCN w J j M d ri i gs Tc Tw Tz TL Tr Ts".split())
"""What sets the state for all that follows; fonts are named anew in each text."""
_BINDING = frozenset((b"cm", b"W", b"W*"))
"""What cannot be said again: content that leaves it behind is no form."""
_NOTHING = _STATE | {b"BT", b"ET"}

Form = Callable[[bytes], int]
"""Gives the number of content as a form XObject of the press."""


class Slot(NamedTuple):
    """Where a text is written: its face and size, its start, and the room to the right, in px."""

    name: str
    face: str
    size: float
    x: float
    room: float


class Stretch(NamedTuple):
    """Part of a content stream: a mark, an artifact (with no number), or what stands between (no tag)."""

    tag: bytes
    mcid: int | None
    content: bytes

    @property
    def is_empty(self) -> bool:
        """Whether it is a mark that draws nothing."""
        return self.mcid is not None and all(one.operator in _NOTHING for one in operations(self.content))


class Drawing(NamedTuple):
    """The patterns of a piece, its marks, and what it names."""

    tagged: bytes
    untagged: bytes
    slots: tuple[Slot | None, ...]
    order: Mapping[int, int]
    """MCID → place of the mark in the drawing."""


def stretches(content: bytes) -> list[Stretch]:
    """A content stream in parts; artifacts with nothing between them are one."""
    found: list[Stretch] = []
    depth, at = 0, 0
    tag = b""
    mcid: int | None = None
    for operation in operations(content):
        if operation.operator in (b"BDC", b"BMC"):
            depth += 1
            if depth == 1:
                if between := content[at : operation.start].strip():
                    found.append(Stretch(b"", None, between))
                tag, mcid, at = operation.operands[0].source[1:], _mcid(operation, content), operation.end
                assert mcid is not None or tag == _NO_TAG, "WeasyPrint marks otherwise than is expected here"
        elif operation.operator == b"EMC":
            depth -= 1
            if depth == 0:
                new = Stretch(tag, mcid, content[at : operation.start].strip())
                if found and mcid is None and found[-1].tag == tag:
                    new = new._replace(content=found.pop().content + b"\n" + new.content)
                found.append(new)
                at = operation.end
    if rest := content[at:].strip():
        found.append(Stretch(b"", None, rest))
    return found


def _mcid(operation: Operation, content: bytes) -> int | None:
    found = _MCID.search(content, operation.start, operation.end)
    return int(found[1]) if found else None


def drawing(
    parts: Iterable[Stretch],
    kept: Collection[int],
    names: Mapping[int, str],
    places: Places,
    form: Form,
) -> Drawing:
    """The drawing of a piece: `kept` are marks that have a tag, `names` those that are slots."""
    tagged: list[bytes] = []
    untagged: list[bytes] = []
    slots: list[Slot | None] = []
    order: dict[int, int] = {}
    for one in parts:
        mcid, slot, begin = one.mcid, None, _ARTIFACT
        if not one.tag or one.is_empty:
            tagged.append(_escaped(one.content))
            untagged.append(tagged[-1])
            continue
        if mcid is not None and (mcid in names or b" %b re" % SIDE.encode() in one.content):
            slot, inside = _opened(one.content, names.get(mcid, ""), places)
        else:
            inside = _closed(one.content, form)
        if mcid is not None and mcid in kept:
            begin = b"/%b<</MCID %%d>>BDC" % one.tag
            order[mcid] = len(slots)
            slots.append(slot)
        tagged += [begin, inside, b"EMC"]
        untagged += [_ARTIFACT, inside, b"EMC"]
    return Drawing(b"\n".join(tagged), b"\n".join(untagged), tuple(slots), order)


def _closed(content: bytes, form: Form) -> bytes:
    """Content as a form that is drawn, and what it sets for what follows; as it is where it binds that."""
    left: dict[bytes, bytes] = {}
    depth = 0
    for operation in operations(content):
        if operation.operator == b"q":
            depth += 1
        elif operation.operator == b"Q":
            depth -= 1
        elif depth == 0 and operation.operator in _STATE:
            left[operation.operator] = content[operation.start : operation.end]
        if depth < 0 or (depth == 0 and operation.operator in _BINDING):
            return _escaped(content)
    if depth:
        return _escaped(content)
    return b"\n".join([b"/B%d Do" % form(content), *map(_escaped, left.values())])


def _opened(content: bytes, name: str, places: Places) -> tuple[Slot, bytes]:
    """Content with a `%b` where the text of that name, or a picture, will stand."""
    written = []
    at, face, size = 0, "", 0.0
    slot = Slot("picture", "", 0.0, 0.0, 0.0)
    for operation in operations(content):
        if operation.operator == b"re" and operation.operands[2].source == SIDE.encode():
            written.append(_escaped(content[at : operation.start]) + b"%b")
            at = operation.end
        elif name and operation.operator == b"Tf":
            face, size = operation.operands[0].source[1:].decode(), float(operation.operands[1].source)
            written.append(_escaped(content[at : operation.start]) + b"%b\n")
        elif name and operation.operator == b"ET":
            at = operation.start
            slot = Slot(name, face, size, *places.found[name])
    written.append(_escaped(content[at:]))
    return slot, b"".join(written)


def _escaped(content: bytes) -> bytes:
    return content.replace(b"%", b"%%")


class Places:
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
            if found := SLOT.fullmatch(box.text.strip()):
                self.found[found[1]] = left, right - left
        for kid in getattr(box, "children", ()):
            self._look(kid, right)


def joined(parts: Iterable[Stretch], after: Mapping[int, int]) -> Iterator[Stretch]:
    """Parts in which each mark of `after` is taken together with the mark that it names."""
    held: list[Stretch] = []
    for one in parts:
        if held and one.mcid is not None and held[-1].mcid == after.get(one.mcid, -1):
            held[-1] = held[-1]._replace(content=held[-1].content + b"\n" + one.content)
            continue
        yield from held
        held = [one]
    yield from held

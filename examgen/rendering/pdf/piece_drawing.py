"""The content stream of a tagged page → the drawing of a piece: a pattern that is filled where it is placed.

A mark whose content is the same wherever it stands becomes a form XObject, which files hold once: a page
then says `/P<</MCID 3>>BDC/B7 Do EMC` (ISO 32000-1, 14.7.4.2). Forms leave the graphics state as it was, so
each sets for itself what those before it would have set. What lies between marks becomes a form as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import accumulate
from types import MappingProxyType
from typing import Any, NamedTuple

from examgen.rendering.pdf import engine
from examgen.rendering.pdf.text import Operation, operations

SLOT = re.compile("‡([a-z][a-z0-9_]*)‡")
BEGUN_SLOT = re.compile("‡[a-z]")
"""Where a slot is not alone in its element; before another character the sign is one of the text itself."""
SIDE = "0.987654"
"""Of the rectangle that stands where a picture will be: no other has this size."""

_MCID = re.compile(rb"/MCID\s*(\d+)")
_NO_TAG = b"Artifact"
_ARTIFACT = b"/Artifact<</Type/Pagination>>BDC"
_STATE = frozenset(b"rg RG g G k K cs CS sc SC scn SCN w J j M d ri i gs Tc Tw Tz TL Tr Ts".split())
"""What sets the state for all that follows; fonts are named anew in each text."""
_BINDING = frozenset((b"cm", b"W", b"W*"))
"""What holds for all that follows until the state is restored: content that ends so is not a form."""
_ENDS = frozenset(b"Q f F f* B B* b b* s S n Do ET sh".split())
"""What ends something that was drawn."""
_NOTHING = _STATE | {b"BT", b"ET"}

_DEEPER = {b"q": 1, b"Q": -1}

Form = Callable[[bytes], int]
"""Gives the number of content as a form XObject of the composer."""


class Slot(NamedTuple):
    """Place of a text: its face and size, its start, and the room to the right, in px."""

    name: str
    face: str
    size: float
    x: float
    room: float


class ContentStretch(NamedTuple):
    """Part of a content stream: a mark, or what stands between two of them."""

    tag: bytes
    mcid: int | None
    content: bytes
    state: Mapping[bytes, bytes] = MappingProxyType({})
    """What those before it have set."""

    def whole(self) -> bytes:
        """The content after what sets the state."""
        return b"\n".join([*self.state.values(), self.content])


def stretches(content: bytes) -> list[ContentStretch]:
    """A content stream in parts, without marks of nothing."""
    content = _unwrapped(content)
    # marks, and what stands between two of them
    parts: list[tuple[bytes, int | None, bytes]] = []
    depth, at = 0, 0
    tag = b""
    mcid: int | None = None
    for operation in operations(content):
        if operation.operator in (b"BDC", b"BMC"):
            depth += 1
            if depth == 1:
                parts.append((b"", None, content[at : operation.start].strip()))
                number = _MCID.search(content, operation.start, operation.end)
                tag, mcid = operation.operands[0].source[1:], int(number[1]) if number else None
                at = operation.end
                assert mcid is not None or tag == _NO_TAG, "WeasyPrint marks otherwise than expected"
        elif operation.operator == b"EMC":
            depth -= 1
            if depth == 0:
                parts.append((tag, mcid, content[at : operation.start].strip()))
                at = operation.end
    parts.append((b"", None, content[at:].strip()))
    found: list[ContentStretch] = []
    state = _State()
    for tag, mcid, inside in parts:
        before, seen = state.now(), [*operations(inside)]
        state.see(inside, seen)
        if not inside or (mcid is not None and all(one.operator in _NOTHING for one in seen)):
            continue
        if found and mcid is None and found[-1].mcid is None:
            found[-1] = found[-1]._replace(content=found[-1].content + b"\n" + inside)
        else:
            found.append(ContentStretch(tag, mcid, inside, before))
    return found


def _unwrapped(content: bytes) -> bytes:
    """The content without the `q … Q` around all of it: a piece is placed within such."""
    found = [*operations(content)]
    depths = [*accumulate(_DEEPER.get(one.operator, 0) for one in found)]
    n = 0
    while n < len(found) and found[n].operator == b"q" and found[-1 - n].operator == b"Q":
        n += 1
    n = min([n, *depths[n : len(found) - n]])
    inside = found[n : len(found) - n]
    return content[inside[0].start : inside[-1].end] if inside else b""


class _State:
    """State of the operators in a content stream."""

    def __init__(self, state: Mapping[bytes, bytes] = MappingProxyType({})) -> None:
        self._set = dict(state)
        self._saved: list[dict[bytes, bytes]] = []

    def now(self) -> Mapping[bytes, bytes]:
        """Return the whole operation of each operator."""
        return dict(self._set)

    def see(self, content: bytes, seen: Iterable[Operation]) -> None:
        """Take note of operations."""
        for one in seen:
            if one.operator == b"q":
                self._saved.append(dict(self._set))
            elif one.operator == b"Q" and self._saved:
                self._set = self._saved.pop()
            elif one.operator in _STATE:
                self._set[one.operator] = content[one.start : one.end]


def drawing(
    parts: Iterable[ContentStretch],
    kept: Collection[int],
    names: Mapping[int, str],
    places: Places,
    form: Form,
) -> tuple[bytes, bytes, tuple[Slot | None, ...], dict[int, int]]:
    """The drawing of a piece: `kept` are marks that have a tag, `names` those that are slots.

    Its pattern with tags and that without, the slot that each mark is (if it is one), and by MCID the place
    of each mark in the drawing.
    """
    tagged: list[bytes] = []
    untagged: list[bytes] = []
    slots: list[Slot | None] = []
    order: dict[int, int] = {}
    for one in parts:
        mcid, slot, begin = one.mcid, None, _ARTIFACT
        if mcid is None:
            tagged.append(b"\n".join(_between(one, form)))
            untagged.append(tagged[-1])
            continue
        if mcid in names or b" %b re" % SIDE.encode() in one.content:
            slot, inside = _opened(one, names.get(mcid, ""), places)
        else:
            inside = _closed(one, form)
        if mcid in kept:
            begin = b"/%b<</MCID %%d>>BDC" % one.tag
            order[mcid] = len(slots)
            slots.append(slot)
        tagged += [begin, inside, b"EMC"]
        untagged += [_ARTIFACT, inside, b"EMC"]
    return b"\n".join(tagged), b"\n".join(untagged), tuple(slots), order


def _between(one: ContentStretch, form: Form) -> Iterator[bytes]:
    """Yield the content between marks: as much of it as possible as one artifact, the rest as it is."""
    found, state = [*operations(one.content)], _State(one.state)
    depths = [*accumulate(_DEEPER.get(operation.operator, 0) for operation in found)]
    first = 0
    while first < len(found):
        # the last operation of the longest drawing from there that binds nothing; else the first
        last, level = first, depths[first] - _DEEPER.get(found[first].operator, 0)
        for n in range(first, len(found)):
            if depths[n] < level or (depths[n] == level and found[n].operator in _BINDING):
                break
            if depths[n] == level and found[n].operator in _ENDS:
                last = n
        part = one.content[found[first].start : found[last].end]
        if last > first:
            yield from (b"/Artifact BMC", _closed(ContentStretch(b"", None, part, state.now()), form), b"EMC")
        else:
            yield _escaped(part)
        state.see(one.content, found[first : last + 1])
        first = last + 1


def _closed(one: ContentStretch, form: Form) -> bytes:
    """Content as a form that is drawn; as it is where it binds what follows."""
    depth = 0
    content = one.whole()
    for operation in operations(content):
        depth += _DEEPER.get(operation.operator, 0)
        if depth < 0 or (depth == 0 and operation.operator in _BINDING):
            return _escaped(content)
    return _escaped(content) if depth else b"/B%d Do" % form(content)


def _opened(one: ContentStretch, name: str, places: Places) -> tuple[Slot, bytes]:
    """Content with a `%b` where the text of that name, or a picture, will stand."""
    content = one.whole()
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
    """Places of the slots in WeasyPrint's page."""

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


def joined(parts: Iterable[ContentStretch], after: Mapping[int, int]) -> Iterator[ContentStretch]:
    """Parts in which each mark of `after` is taken together with the mark that it names."""
    held: list[ContentStretch] = []
    for one in parts:
        if held and one.mcid is not None and held[-1].mcid == after.get(one.mcid, -1):
            held[-1] = held[-1]._replace(content=held[-1].content + b"\n" + one.content)
            continue
        yield from held
        held = [one]
    yield from held

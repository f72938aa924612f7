"""Pieces placed on pages → a tagged PDF (ISO 14289-1), written as it grows, and its bookmarks (ISO 32000-1,
12.3.3).

The structure elements of one report are written when it ends, with its part of the parent tree (ISO 32000-1,
14.7.4.4): in memory stay the numbers of the reports. A bookmark names the one after it, so the last one of
the outermost level waits in memory for the next.
"""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from examgen.rendering.pdf.document import PRODUCER
from examgen.rendering.pdf.pieces import Filled, Node, Piece, filled_in
from examgen.rendering.pdf.signed_file import SignatureRoom, SignedStream, Unsigned, field, in_catalog
from examgen.rendering.pdf.tags import xmp
from examgen.rendering.pdf.writer import PX, Objects, Out, PdfFile, SharedObjects, in_px

_JOINED = ("Sect", "Table", "THead", "TBody", "L")
"""Elements of which one goes on in another."""

_Where = tuple[int, int, tuple[float, float, float]]
"""A page by its object, the number of its first mark, and `TagPattern.filled`'s spot."""


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
    kids: list[_Bookmark] = dataclasses.field(default_factory=list)


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
        # a tree of bookmarks, each below the nearest before it of a lesser level
        top = _Bookmark(headings[0]._replace(level=0), self._objects.reserve())
        open_ = [top]
        for heading in headings[1:]:
            while open_[-1].heading.level >= heading.level:
                open_.pop()
            one = _Bookmark(heading, self._objects.reserve())
            open_[-1].kids.append(one)
            open_.append(one)
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


class PlacedPiece(NamedTuple):
    """A piece on a page: its upper left corner in px, and what fills its slots (`TaggedPdfComposer.fill`)."""

    x: float
    y: float
    piece: Piece
    values: Mapping[str, Filled] = {}
    joins: bool = False
    """Whether its table or list goes on in that of the piece before it, whatever page that is on."""


class _OpenElement(NamedTuple):
    """A structure element that what is placed next may go on in: its number, and those of its kids so far."""

    node: Node
    number: int
    parent: int
    kids: list[int]


class TaggedFile(PdfFile):
    """A tagged PDF being written to `out`; made by `TaggedPdfComposer.tagged_file`."""

    def __init__(
        self,
        out: Out,
        shared: SharedObjects,
        title: str,
        language: str = "th",
        room: SignatureRoom | None = None,
    ) -> None:
        self._signed = SignedStream(out, room) if room is not None else None
        self.unsigned: Unsigned | None = None
        """What is to be signed, once the file is closed."""
        super().__init__(self._signed or out, shared, title, language)
        self._field = self._objects.reserve() if room is not None else 0
        self._first_page = 0
        self._root = self._objects.reserve()
        self._document = self._objects.reserve()
        self._parts = array("Q")
        self._branches = array("Q")
        self._bookmarks = Bookmarks(self._objects)
        self._headings: list[Heading] = []
        self._part = 0
        self._kids: list[int] = []
        self._open: list[_OpenElement] = []
        """Of the report being written: its number, its elements, and those open, each in the one before."""
        self._owners: list[list[int]] = []
        """By page of the report: the element of each mark."""

    def tagged_page(
        self, size: tuple[float, float], placed: Iterable[PlacedPiece], running: Iterable[PlacedPiece] = ()
    ) -> None:
        """One more page of that width and height in px, its pieces in reading order.

        Pieces of `running` – heads and feet – are not part of the text.
        """
        parts, n_marks = [in_px(size)], 0
        hung = []
        for one in placed:
            # numbers of its marks, and after that of a slot its text
            values: list[int | bytes] = []
            for number, slot in enumerate(one.piece.slots, n_marks):
                values += [number, one.values[slot.name].content] if slot else [number]
            parts.append(_at(one, one.piece.tagged % tuple(values)))
            hung.append((one, n_marks))
            n_marks += len(one.piece.slots)
            self._take(one.piece)
        for one in running:
            own = tuple(one.values[slot.name].content for slot in one.piece.slots if slot)
            parts.append(_at(one, one.piece.untagged % own))
            self._take(one.piece)
        signed = b"/Annots[%d 0 R]" % self._field if self._field and not self.n_pages else b""
        page = self.add_page(size, parts, b"/Tabs/S/StructParents %d%b" % (self.n_pages, signed))
        self._first_page = self._first_page or page
        self._part = self._part or self._objects.reserve()
        self._owners.append([0] * n_marks)
        for one, first in hung:
            self._headings += (
                Heading(int(node.kind[1]), filled_in(node.said, one.values), page, (size[1] - one.y) * PX)
                for node in one.piece.headings
            )
            self._put(one.piece.nodes, 0, one.joins, (page, first, (one.x, one.y, size[1])))

    def end_part(self) -> None:
        """Write what the pages since the last call refer to, and their tags as a part of the document."""
        if not self._part:
            return
        self._shut(0)
        kids = _references(self._kids)
        self._objects.pack(self._part, b"<</S/Part/P %d 0 R/K[%b]>>" % (self._document, kids))
        self._parts.append(self._part)
        # a node of the parent tree: by number of a page, whose each of its marks is
        first, branch = self.n_pages - len(self._owners), self._objects.reserve()
        pages = b" ".join(
            b"%d[%b]" % (n, _references(owners)) for n, owners in enumerate(self._owners, first)
        )
        limits = b"%d %d" % (first, self.n_pages - 1)
        self._objects.pack(branch, b"<</Limits[%b]/Nums[%b]>>" % (limits, pages))
        self._branches.append(branch)
        self._bookmarks.add(self._headings)
        self._part = 0
        for each in (self._headings, self._kids, self._owners):
            each.clear()
        self.end_booklet()

    def close(self) -> None:
        """Write what follows the last page."""
        self.end_part()
        metadata = self._objects.reserve()
        text = xmp(self._title, self._language, PRODUCER).encode("utf-8")
        stream = b"<</Type/Metadata/Subtype/XML/Length %d>>stream\n%b\nendstream" % (len(text), text)
        self._objects.write(metadata, stream)
        self._objects.pack(
            self._document,
            b"<</S/Document/P %d 0 R/K[%b]>>" % (self._root, _references(self._parts)),
        )
        self._objects.pack(
            self._root,
            b"<</Type/StructTreeRoot/K[%d 0 R]/ParentTree<</Kids[%b]>>/ParentTreeNextKey %d>>"
            % (self._document, _references(self._branches), self.n_pages),
        )
        tags = b"/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R/Metadata %d 0 R" % (self._root, metadata)
        entries = tags + self._bookmarks.close()
        if self._signed is None:
            self.finish(entries)
            return
        signature = self._objects.reserve()
        self._signed.hold()
        self._objects.write(signature, self._signed.dictionary())
        self._objects.pack(self._field, field(signature, self._first_page))
        self.finish(entries + in_catalog(signature, self._field))
        self.unsigned = self._signed.finish()

    # ── tags ─────────────────────────────────────────────────────────────────────────────────

    def _take(self, piece: Piece) -> None:
        self._fonts.update(piece.fonts)
        self._used.update(piece.numbers)

    def _put(self, nodes: Sequence[Node], level: int, joins: bool, where: _Where) -> None:
        """Put elements into the innermost of the first `level` that are open."""
        left = self._open[level].node.kind if level < len(self._open) else ""
        if joins and nodes and nodes[0].kind == left and _opens(nodes[0]):
            self._put(nodes[0].elements, level + 1, True, where)
            nodes = nodes[1:]
        parent, kids = (self._part, self._kids) if not level else self._open[level - 1][1::2]
        for node in nodes:
            self._shut(level)
            if _opens(node):
                opened = _OpenElement(node, self._objects.reserve(), parent, [])
                self._open.append(opened)
                kids.append(opened.number)
                self._put(node.elements, level + 1, False, where)
            else:
                # it and all below it, and whose each of its marks is
                page, first, spot = where
                pattern = node.pattern
                number = self._objects.reserve(pattern.n)
                filled = pattern.filled(number, parent, page, first, spot)
                self._objects.pack(number, filled, pattern.places)
                for mark, n in pattern.marks:
                    self._owners[-1][first + mark] = number + n
                kids.append(number)

    def _shut(self, level: int) -> None:
        """Write the elements that are open in the first `level`."""
        while len(self._open) > level:
            node, number, parent, kids = self._open.pop()
            body = b"<</S/%b/P %d 0 R/K[%b]%b>>" % (
                node.kind.encode(),
                parent,
                _references(kids),
                node.entries,
            )
            self._objects.pack(number, body)


def _at(one: PlacedPiece, what: bytes) -> bytes:
    return b"q 1 0 0 1 %.4f %.4f cm\n%b\nQ\n" % (one.x, one.y, what)


def _opens(node: Node) -> bool:
    """Whether another may go on in it."""
    return node.kind in _JOINED and not node.box and len(node.elements) == len(node.kids)


def _references(numbers: Iterable[int]) -> bytes:
    return b" ".join([b"%d 0 R" % number for number in numbers])

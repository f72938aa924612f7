"""Pieces placed on pages → a tagged PDF (ISO 14289-1), written as it grows.

The structure elements of one report are written when it ends, with its part of the parent tree (ISO 32000-1,
14.7.4.4): in memory stay the numbers of the reports.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import BinaryIO, NamedTuple

from examgen.pdf.bookmarks import Bookmarks, Heading
from examgen.pdf.document import PRODUCER
from examgen.pdf.metadata import xmp
from examgen.pdf.pieces import Filled, Node, Piece, filled_in
from examgen.pdf.writer import PX, PdfFile, Shelf, in_px, short

_JOINED = ("Sect", "Table", "THead", "TBody", "L")
"""Elements of which one goes on in another."""


class Placed(NamedTuple):
    """A piece on a page: its upper left corner in px, and what fills its slots (`TaggedPress.fill`)."""

    x: float
    y: float
    piece: Piece
    values: Mapping[str, Filled] = {}
    joins: bool = False
    """Whether its table or list goes on in that of the piece before it, whatever page that is on."""


class _Element:
    """A structure element to be written; kids that are marks are numbers on `page`."""

    __slots__ = ("box", "entries", "kids", "kind", "page")

    def __init__(self, node: Node, page: int, first: int, spot: tuple[float, float, float]) -> None:
        self.kind = node.kind
        self.entries = node.entries
        self.page = page
        self.kids: list[_Element | int] = [
            first + kid if isinstance(kid, int) else _Element(kid, page, first, spot) for kid in node.kids
        ]
        if node.box:
            self.entries += _box(node.box, spot)


class TaggedFile(PdfFile):
    """A tagged PDF being written to `out`; made by `TaggedPress.tagged_file`."""

    def __init__(self, out: BinaryIO, shelf: Shelf, title: str, language: str = "th") -> None:
        super().__init__(out, shelf, title, language)
        self._root = self._objects.reserve()
        self._document = self._objects.reserve()
        self._parts = array("Q")
        self._branches = array("Q")
        self._bookmarks = Bookmarks(self._objects)
        self._headings: list[Heading] = []
        self._elements: list[_Element | int] = []
        self._pages: list[tuple[int, int]] = []
        """Object number and number of marks of each page of the report."""

    def tagged_page(
        self, size: tuple[float, float], placed: Iterable[Placed], running: Iterable[Placed] = ()
    ) -> None:
        """One more page of that width and height in px, its pieces in reading order.

        Pieces of `running` – heads and feet – are no part of the text.
        """
        parts, n_marks = [in_px(size)], 0
        hung = []
        for one in placed:
            values = [*_filled(one, n_marks)]
            parts.append(_at(one, one.piece.tagged % tuple(values)))
            hung.append((one, n_marks))
            n_marks += len(one.piece.slots)
            self._take(one.piece)
        for one in running:
            own = tuple(one.values[slot.name].content for slot in one.piece.slots if slot)
            parts.append(_at(one, one.piece.untagged % own))
            self._take(one.piece)
        number = self._add(size, parts, b"/Tabs/S/StructParents %d" % self.n_pages)
        for one, first in hung:
            self._hang(one, number, first, size[1])
        self._pages.append((number, n_marks))

    def end_part(self) -> None:
        """Write what the pages since the last call refer to, and their tags as a part of the document."""
        if not self._pages:
            return
        part = self._objects.reserve()
        owners = {number: [0] * n_marks for number, n_marks in self._pages}
        kids = [
            self._written(element, part, owners)
            for element in self._elements
            if isinstance(element, _Element)
        ]
        self._objects.pack(part, b"<</S/Part/P %d 0 R/K[%b]>>" % (self._document, _references(kids)))
        self._parts.append(part)
        self._branch(owners)
        self._bookmarks.add(self._headings)
        self._headings.clear()
        self._elements.clear()
        self._pages.clear()
        self.end_booklet()

    def close(self) -> None:
        """Write what follows the last page."""
        self.end_part()
        metadata = self._objects.reserve()
        entries = b"/Type/Metadata/Subtype/XML"
        text = xmp(self._title, self._language, PRODUCER).encode("utf-8")
        self._objects.write(metadata, b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(text), text))
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
        self._close(tags + self._bookmarks.close())

    # ── tags ─────────────────────────────────────────────────────────────────────────────────

    def _take(self, piece: Piece) -> None:
        self._fonts.update(piece.fonts)
        self._used.update(piece.numbers)

    def _hang(self, one: Placed, page: int, first: int, height: float) -> None:
        """Put the tags of a piece behind those before it."""
        self._headings += (
            Heading(int(node.kind[1]), filled_in(node.said, one.values), page, (height - one.y) * PX)
            for node in one.piece.headings
        )
        new: list[_Element | int] = [
            _Element(node, page, first, (one.x, one.y, height)) for node in one.piece.nodes
        ]
        if one.joins:
            _join(self._elements, new)
        else:
            self._elements += new

    def _written(self, element: _Element, parent: int, owners: Mapping[int, list[int]]) -> int:
        """Write a structure element and all below it; its number."""
        number = self._objects.reserve()
        kids, marked = [], False
        for kid in element.kids:
            if isinstance(kid, int):
                kids.append(b"%d" % kid)
                owners[element.page][kid] = number
                marked = True
            else:
                kids.append(b"%d 0 R" % self._written(kid, number, owners))
        page = b"/Pg %d 0 R" % element.page if marked else b""
        self._objects.pack(
            number,
            b"<</S/%b/P %d 0 R%b/K[%b]%b>>"
            % (element.kind.encode(), parent, page, b" ".join(kids), element.entries),
        )
        return number

    def _branch(self, owners: Mapping[int, list[int]]) -> None:
        """A node of the parent tree: by number of a page, whose each of its marks is."""
        first = self.n_pages - len(owners)
        pages = b" ".join(
            b"%d[%b]" % (place, _references(numbers)) for place, numbers in enumerate(owners.values(), first)
        )
        number = self._objects.reserve()
        limits = b"%d %d" % (first, self.n_pages - 1)
        self._objects.pack(number, b"<</Limits[%b]/Nums[%b]>>" % (limits, pages))
        self._branches.append(number)


def _filled(one: Placed, first: int) -> Iterable[int | bytes]:
    """What the pattern of a piece is filled with: numbers of its marks, and after that of a slot its text."""
    for number, slot in enumerate(one.piece.slots, first):
        yield number
        if slot:
            yield one.values[slot.name].content


def _at(one: Placed, what: bytes) -> bytes:
    return b"q 1 0 0 1 %.4f %.4f cm\n%b\nQ\n" % (one.x, one.y, what)


def _join(left: list[_Element | int], right: list[_Element | int]) -> None:
    """Have what begins on the right go on from what ends on the left."""
    last, first = left[-1] if left else 0, right[0] if right else 0
    if isinstance(last, _Element) and isinstance(first, _Element) and last.kind == first.kind in _JOINED:
        _join(last.kids, first.kids)
        right = right[1:]
    left += right


def _box(box: tuple[float, float, float, float], spot: tuple[float, float, float]) -> bytes:
    """A figure's box in points from the bottom left of its page, placed at x and y px on one so high."""
    x, y, height = spot
    left, top, right, bottom = box
    edges = ((x + left) * PX, (height - y - bottom) * PX, (x + right) * PX, (height - y - top) * PX)
    return f"/A<</O/Layout/BBox[{' '.join(short(round(edge, 2)) for edge in edges)}]>>".encode()


def _references(numbers: Iterable[int]) -> bytes:
    return b" ".join([b"%d 0 R" % number for number in numbers])

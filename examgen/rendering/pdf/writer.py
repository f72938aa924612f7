"""Pages composed of blocks → a PDF 1.7 file, written as it grows.

The pages of one booklet share their resources; these are written when the booklet ends. Memory holds only a
packed row of about two bytes for the place of each object, and the open nodes of the page tree. The format is
ISO 32000-1, 7.5.7 (object streams), 7.5.8 (cross-reference streams) and 7.7.3 (page tree).
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from examgen.rendering.pdf.document import PRODUCER, source_date
from examgen.rendering.pdf.store import ANYWHERE, Bundle, Store, stream

PX = 0.75
"""Points in a CSS pixel."""

FAST = 3
"""Level of zlib for what is compressed for each page: as quick as 1, with a result a tenth larger than 6."""

_QUICK = 1
"""Level of zlib for the cross-reference table: others take up to 150 times as long and save nothing."""

_MOST_PACKED = 1000
"""The most objects in an object stream: a reader unpacks the whole stream for any of them."""

_BLOCK = 1 << 14
"""Rows of the cross-reference table that are packed together; up to twice as many are open."""

_NONE = (0,)

_FANOUT = 32
"""Kids of a node of the page tree."""


class Out(Protocol):
    """The target of a file."""

    def write(self, data: bytes, /) -> int:
        """Appends data; returns the number of bytes written."""


class Objects:
    """Writes the objects of a file, and keeps the place of each."""

    def __init__(self, out: Out, n_shared: int) -> None:
        self._out = out
        self._hash = hashlib.blake2b(digest_size=16)
        self._offset = 0
        self._rows = CrossReferenceRows(n_shared + 1)
        self.reserve = self._rows.reserve
        """Returns the next free object number."""
        self._packed: list[tuple[int, bytes, Sequence[int]]] = []
        self._n_packed = 0
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def write(self, number: int, body: bytes) -> None:
        """Writes an object by itself; a stream must be written so."""
        self._rows[number] = 1 << 56 | self._offset << 16
        self._put(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def copy(self, bundle: Bundle) -> None:
        """Writes objects from the store, with the numbers that they have there."""
        data, places = bundle
        rows, start = self._rows, 1 << 56 | self._offset << 16
        for number, place in places:
            rows[number] = start + (place << 16)
        self._put(data)

    def pack(self, number: int, body: bytes, places: Sequence[int] = (0,)) -> None:
        """Adds an object to the next object stream; or several with consecutive numbers, at their places."""
        self._packed.append((number, body, places))
        self._n_packed += len(places)
        if self._n_packed >= _MOST_PACKED:
            self.end_pack()

    def end_pack(self) -> None:
        """Writes the object stream of the packed objects."""
        if not self._packed:
            return
        own = self.reserve()
        heads: list[bytes] = []
        offset = 0
        for first, body, places in self._packed:
            self._rows.set(first, len(places), 2 << 56 | own << 16 | len(heads))
            heads += [b"%d %d" % (first + n, offset + place) for n, place in enumerate(places)]
            offset += len(body) + 1
        head = b" ".join(heads) + b"\n"
        data = head + b"\n".join([body for _, body, _ in self._packed])
        self.write(own, stream(b"/Type/ObjStm/N %d/First %d" % (len(heads), len(head)), data, FAST))
        self._packed.clear()
        self._n_packed = 0

    def close(self, root: int, information: int) -> None:
        """Writes the packed objects, the cross-reference table and the end of the file."""
        self.end_pack()
        own = self.reserve()
        start = self._offset
        self._rows[own] = 1 << 56 | start << 16
        identity = self._hash.hexdigest().encode()
        # runs of the object numbers in the file, and a compressed row for each number
        packer = zlib.compressobj(_QUICK)
        index, rows = [b"0 1"], [packer.compress(b"\0\0\0\0\0\0\xff\xff")]
        place = 0
        for block in self._rows.blocks():
            for first, after in _runs(block):
                run = block[first:after]
                if sys.byteorder == "little":
                    run.byteswap()
                rows.append(packer.compress(run.tobytes()))
                index.append(b"%d %d" % (place + first, after - first))
            place += len(block)
        rows.append(packer.flush())
        packed = b"".join(rows)
        entries = b"/Type/XRef/Size %d/W[1 5 2]/Index[%b]/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]" % (
            len(self._rows), b" ".join(index), root, information, identity, identity,
        )  # fmt: skip
        head = b"%d 0 obj\n<<%b/Filter/FlateDecode/Length %d>>stream\n" % (own, entries, len(packed))
        self._put(head + packed + b"\nendstream\nendobj\n")
        self._put(b"startxref\n%d\n%%%%EOF\n" % start)

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._hash.update(data)
        self._offset += len(data)


class CrossReferenceRows:
    """The cross-reference table as it grows: the last rows are open, the earlier ones packed.

    A row has its type in 1 byte, its place in 5 and its index in 2; a row of 0 is free.
    """

    def __init__(self, n: int) -> None:
        self._packed: list[bytes] = []
        self._first = 0
        self._open = array("Q", bytes(8 * n))
        self._late: dict[int, int] = {}
        """Rows that were set after the rows around them had been packed."""

    def __len__(self) -> int:
        return self._first + len(self._open)

    def __setitem__(self, number: int, row: int) -> None:
        place = number - self._first
        if place >= 0:
            self._open[place] = row
        else:
            self._late[number] = row

    def set(self, number: int, n: int, row: int) -> None:
        """Sets n consecutive rows; each is one more than the row before it."""
        place = number - self._first
        if n > 1 and place >= 0:
            self._open[place : place + n] = array("Q", range(row, row + n))
        else:
            for more in range(n):
                self[number + more] = row + more

    def reserve(self, n: int = 1) -> int:
        """The first of the next n numbers; their rows are still free."""
        if len(self._open) >= 2 * _BLOCK:
            self._packed.append(zlib.compress(self._open[:_BLOCK].tobytes(), _QUICK))
            del self._open[:_BLOCK]
            self._first += _BLOCK
        number = self._first + len(self._open)
        self._open.extend(_NONE if n == 1 else [0] * n)
        return number

    def blocks(self) -> Iterator[array[int]]:
        """All rows in order, block by block."""
        late = sorted(self._late)
        for n, packed in enumerate(self._packed):
            block = array("Q", zlib.decompress(packed))
            while late and late[0] < (n + 1) * _BLOCK:
                number = late.pop(0)
                block[number - n * _BLOCK] = self._late[number]
            yield block
        yield self._open


def _runs(rows: array[int]) -> Iterable[tuple[int, int]]:
    """The first place of each run of rows that are set, and the place after its last."""
    first = None
    for place, row in enumerate(rows):
        if row and first is None:
            first = place
        elif not row and first is not None:
            yield first, place
            first = None
    if first is not None:
        yield first, len(rows)


class _Node:
    """A node of the page tree that may still grow."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.kids: list[int] = []
        self.n_pages = 0


class PageTree:
    """A balanced page tree; one node for each level stays open."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._open: list[_Node] = []
        self.n_pages = 0

    def add(self, page: bytes) -> int:
        """Adds a page with these entries of its dictionary; returns its object number."""
        number = self._objects.reserve()
        parent = self._hang(0, number, 1)
        self.n_pages += 1
        self._objects.pack(number, b"<<%b/Parent %d 0 R>>" % (page, parent))
        return number

    def close(self) -> int:
        """Writes the open nodes; returns the number of the root."""
        if not self._open:
            self._open.append(_Node(self._objects.reserve()))
        level = 0
        while level < len(self._open) - 1:
            self._write(level)
            level += 1
        root = self._open[-1]
        self._objects.pack(root.number, _node(root))
        return root.number

    def _hang(self, level: int, kid: int, n_pages: int) -> int:
        """Puts a kid under the open node of a level; returns the number of that node."""
        if level == len(self._open):
            self._open.append(_Node(self._objects.reserve()))
        elif len(self._open[level].kids) == _FANOUT:
            self._write(level)
            self._open[level] = _Node(self._objects.reserve())
        node = self._open[level]
        node.kids.append(kid)
        node.n_pages += n_pages
        return node.number

    def _write(self, level: int) -> None:
        """Writes the open node of a level, as a kid of the open node of the level above."""
        node = self._open[level]
        parent = self._hang(level + 1, node.number, node.n_pages)
        self._objects.pack(node.number, _node(node, parent))


def _node(node: _Node, parent: int | None = None) -> bytes:
    kids = b" ".join(b"%d 0 R" % kid for kid in node.kids)
    above = b"/Parent %d 0 R" % parent if parent else b""
    return b"<</Type/Pages/Count %d/Kids[%b]%b>>" % (node.n_pages, kids, above)


class Block(NamedTuple):
    """Something laid out that pages may show any number of times; sizes in px.

    `number` is its number in every file of the composer that laid it out.
    """

    number: int
    width: float
    height: float


class Graphics(NamedTuple):
    """Drawing operators in px with y down; the origin is the start of the baseline or the top left corner.

    `width` is the advance in px of a stamped text, else the extent; `fonts` names the faces of the text.
    """

    content: bytes
    width: float
    fonts: tuple[str, ...] = ()


class SharedObjects(NamedTuple):
    """Objects that all files of a composer share."""

    store: Store
    groups: Mapping[int, tuple[bytes, tuple[int, ...]]]
    """Operators of placements that are always drawn together, and their blocks, by a negative number."""
    fonts: Mapping[str, int]
    """Object numbers of the embedded faces."""


def in_px(size: tuple[float, float]) -> bytes:
    """The first operators of a page of a width and height in px: px as the unit, y down from the top."""
    return b"%.6f 0 0 %.6f 0 %.6f cm\n" % (PX, -PX, size[1] * PX)


def placed(x: float, y: float, what: bytes) -> bytes:
    """Something drawn with its origin at a place."""
    return f"q 1 0 0 1 {short(x)} {short(y)} cm ".encode() + what + b" Q\n"


def short(value: float) -> str:
    """A number with at most six decimals, and no trailing zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def drawn(shared: SharedObjects, number: int) -> bytes:
    """The operators that draw a block at the origin."""
    return shared.groups[number][0] if number < 0 else b"/B%d Do" % number


class PdfFile:
    """A PDF being written to `out`; made by `PdfComposer.file`."""

    def __init__(self, out: Out, shared: SharedObjects, title: str, language: str = "th") -> None:
        self._objects = Objects(out, len(shared.store))
        self._tree = PageTree(self._objects)
        self._shared_objects = shared
        self._title = title
        self._language = language
        self._resources = self._objects.reserve()
        self._n_ended = 0
        self._used: set[int] = set()
        self._fonts: set[str] = set()
        self._have: set[int] = set()

    @property
    def n_pages(self) -> int:
        """Number of pages written so far."""
        return self._tree.n_pages

    def drawing(self, drawings: Sequence[tuple[float, float, Graphics]]) -> Block:
        """Drawings at x and y (px) as one block of this file, for several pages of one booklet."""
        content = b"".join(placed(x, y, drawing.content) for x, y, drawing in drawings)
        fonts = {name for _, _, drawing in drawings for name in drawing.fonts}
        body = stream(
            b"/Subtype/Form/BBox%b/Resources<<%b>>" % (ANYWHERE, self._font_entry(fonts)),
            content,
            FAST,
        )
        number = self._objects.reserve()
        self._objects.write(number, body)
        width = max((x + drawing.width for x, _, drawing in drawings), default=0.0)
        return Block(number, width, 0.0)

    def page(
        self,
        size: tuple[float, float],
        blocks: Iterable[tuple[float, float, Block]],
        drawings: Iterable[tuple[float, float, Graphics]] = (),
    ) -> None:
        """Adds a page of a width and height in px, with blocks and drawings at x and y from its top left."""
        parts = [in_px(size)]
        groups, use = self._shared_objects.groups, self._used.add
        # as `placed` and `drawn`, but inline: this runs for every block of every page
        for x, y, (number, _, _) in blocks:
            use(number)
            what = groups[number][0] if number < 0 else b"/B%d Do" % number
            parts.append(b"q 1 0 0 1 %.6f %.6f cm %b Q\n" % (x, y, what))
        for x, y, drawing in drawings:
            parts.append(placed(x, y, drawing.content))
            self._fonts.update(drawing.fonts)
        self.add_page(size, parts)

    def add_page(self, size: tuple[float, float], parts: Iterable[bytes], entries: bytes = b"") -> int:
        """Adds a page with this content and further entries of its dictionary; returns its object number."""
        width, height = size
        contents = self._objects.reserve()
        self._objects.write(contents, stream(b"", b"".join(parts), FAST))
        return self._tree.add(
            b"/Type/Page/MediaBox[0 0 %.6f %.6f]/Contents %d 0 R/Resources %d 0 R%b"
            % (width * PX, height * PX, contents, self._resources, entries)
        )

    def end_booklet(self) -> None:
        """Writes what the pages since the last call refer to, so that none of it stays in memory."""
        groups, entries = self._shared_objects.groups, self._shared_objects.store.entries
        used = {number for number in self._used if number > 0}
        for number in self._used - used:
            used.update(groups[number][1])
        own = {number for number in used if number >= len(entries)}
        shared = sorted(used - own)
        self._need(shared)
        blocks = b"".join([entries[number] for number in shared])
        blocks += b"".join(b"/B%d %d 0 R" % (number, number) for number in sorted(own))
        drawings = b"/XObject<<%b>>" % blocks if blocks else b""
        self._objects.pack(self._resources, b"<<%b%b>>" % (self._font_entry(self._fonts), drawings))
        self._objects.end_pack()
        self._resources = self._objects.reserve()
        self._n_ended = self.n_pages
        self._used.clear()
        self._fonts.clear()

    def close(self) -> None:
        """Writes what follows the last page."""
        self.finish(b"")

    def finish(self, entries: bytes) -> None:
        """Writes what follows the last page, with further entries of the catalog."""
        if self.n_pages > self._n_ended:
            self.end_booklet()
        root = self._objects.reserve()
        information = self._objects.reserve()
        shown = b"/Lang(%b)/ViewerPreferences<</DisplayDocTitle true>>" % self._language.encode()
        catalog = b"<</Type/Catalog/Pages %d 0 R%b%b>>" % (self._tree.close(), shown, entries)
        self._objects.pack(root, catalog)
        title = b"<%b>" % (b"\xfe\xff" + self._title.encode("utf-16-be")).hex().encode()
        day = (source_date() or "").encode()
        dates = b"/CreationDate(%b)/ModDate(%b)" % (day, day) if day else b""
        self._objects.pack(information, b"<</Title%b/Producer(%b)%b>>" % (title, PRODUCER.encode(), dates))
        self._objects.close(root, information)

    def _font_entry(self, names: Iterable[str]) -> bytes:
        numbers = {name: self._shared_objects.fonts[name] for name in sorted(names)}
        self._need(numbers.values())
        entries = b"".join(b"/%b %d 0 R" % (name.encode(), number) for name, number in numbers.items())
        return b"/Font<<%b>>" % entries if entries else b""

    def _need(self, numbers: Iterable[int]) -> None:
        """Puts these objects of the store into the file, with everything that they refer to."""
        new = frozenset(numbers) - self._have
        if new:
            store = self._shared_objects.store
            missing = store.closure(new) - self._have
            self._objects.copy(store.bundle(missing))
            self._have |= missing

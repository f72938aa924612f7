"""Pages placed from blocks → a PDF 1.7 file, written as it grows.

The pages of one booklet share their resources, which are written when it ends: nothing of it stays in
memory but where its objects stand (`objects`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from examgen.pdf.document import PRODUCER, source_date
from examgen.pdf.objects import FAST, Objects, Out, PageTree
from examgen.pdf.store import ANYWHERE, Store, stream

PX = 0.75
"""Points in a CSS pixel."""


class Block(NamedTuple):
    """Something laid out, to be placed on pages any number of times; sizes in px.

    `number` is its number in every file of the press that laid it out.
    """

    number: int
    width: float
    height: float


class Ink(NamedTuple):
    """Drawing operators in px with y down, from the start of the baseline or the top left corner.

    `width` is the advance in px of a stamped text, else the extent; `fonts` the faces it is set in.
    """

    content: bytes
    width: float
    fonts: tuple[str, ...] = ()


class Shelf(NamedTuple):
    """What all files of a press draw from."""

    store: Store
    groups: Mapping[int, tuple[bytes, tuple[int, ...]]]
    """Placements that are always drawn together, and the blocks they place, by a number below zero."""
    fonts: Mapping[str, int]
    """Object numbers of the embedded faces."""


def in_px(size: tuple[float, float]) -> bytes:
    """What a page of that width and height in px begins with: from then on px, y down from the top left."""
    return b"%.6f 0 0 %.6f 0 %.6f cm\n" % (PX, -PX, size[1] * PX)


def placed(x: float, y: float, what: bytes) -> bytes:
    """Something drawn with its origin at a place."""
    return f"q 1 0 0 1 {short(x)} {short(y)} cm ".encode() + what + b" Q\n"


def short(value: float) -> str:
    """A number with as many of six decimals as it needs."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def drawn(shelf: Shelf, number: int) -> bytes:
    """The operators that draw a block where the origin is."""
    return shelf.groups[number][0] if number < 0 else b"/B%d Do" % number


class PdfFile:
    """A PDF being written to `out`; made by `Press.file`."""

    def __init__(self, out: Out, shelf: Shelf, title: str, language: str = "th") -> None:
        self._objects = Objects(out, len(shelf.store))
        self._tree = PageTree(self._objects)
        self._shelf = shelf
        self._title = title
        self._language = language
        self._resources = self._objects.reserve()
        self._n_ended = 0
        self._used: set[int] = set()
        self._fonts: set[str] = set()
        self._have: set[int] = set()

    @property
    def n_pages(self) -> int:
        """Pages so far."""
        return self._tree.n_pages

    def drawing(self, inks: Sequence[tuple[float, float, Ink]]) -> Block:
        """Inks at their places as one block of this file, for several pages of one booklet."""
        content = b"".join(placed(x, y, ink.content) for x, y, ink in inks)
        fonts = {name for _, _, ink in inks for name in ink.fonts}
        body = stream(
            b"/Subtype/Form/BBox%b/Resources<<%b>>" % (ANYWHERE, self._font_entry(fonts)),
            content,
            FAST,
        )
        number = self._objects.reserve()
        self._objects.write(number, body)
        width = max((x + ink.width for x, _, ink in inks), default=0.0)
        return Block(number, width, 0.0)

    def page(
        self,
        size: tuple[float, float],
        blocks: Iterable[tuple[float, float, Block]],
        inks: Iterable[tuple[float, float, Ink]] = (),
    ) -> None:
        """One more page of that width and height in px, with blocks and inks at x and y from its top left."""
        parts = [in_px(size)]
        groups, use = self._shelf.groups, self._used.add
        # as `placed` and `drawn` do it, in line: this is done for every block of every page
        for x, y, (number, _, _) in blocks:
            use(number)
            what = groups[number][0] if number < 0 else b"/B%d Do" % number
            parts.append(b"q 1 0 0 1 %.6f %.6f cm %b Q\n" % (x, y, what))
        for x, y, ink in inks:
            parts.append(placed(x, y, ink.content))
            self._fonts.update(ink.fonts)
        self._add(size, parts)

    def _add(self, size: tuple[float, float], parts: Iterable[bytes], entries: bytes = b"") -> int:
        """A page with that content, and further entries of its dictionary; its number."""
        width, height = size
        contents = self._objects.reserve()
        self._objects.write(contents, stream(b"", b"".join(parts), FAST))
        return self._tree.add(
            b"/Type/Page/MediaBox[0 0 %.6f %.6f]/Contents %d 0 R/Resources %d 0 R%b"
            % (width * PX, height * PX, contents, self._resources, entries)
        )

    def end_booklet(self) -> None:
        """Write what the pages since the last call refer to, so that nothing of them stays in memory."""
        groups, entries = self._shelf.groups, self._shelf.store.entries
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
        """Write what follows the last page."""
        self._close(b"")

    def _close(self, entries: bytes) -> None:
        """Write what follows the last page, with further entries of the catalog."""
        if self.n_pages > self._n_ended:
            self.end_booklet()
        root = self._objects.reserve()
        information = self._objects.reserve()
        self._objects.pack(root, _catalog(self._tree.close(), self._language, entries))
        self._objects.pack(information, _information(self._title))
        self._objects.close(root, information)

    def _font_entry(self, names: Iterable[str]) -> bytes:
        numbers = {name: self._shelf.fonts[name] for name in sorted(names)}
        self._need(numbers.values())
        entries = b"".join(b"/%b %d 0 R" % (name.encode(), number) for name, number in numbers.items())
        return b"/Font<<%b>>" % entries if entries else b""

    def _need(self, numbers: Iterable[int]) -> None:
        """Have these objects of the store in the file, with all that they refer to."""
        new = frozenset(numbers) - self._have
        if new:
            store = self._shelf.store
            missing = store.closure(new) - self._have
            self._objects.copy(store.bundle(missing))
            self._have |= missing


def _catalog(pages: int, language: str, entries: bytes) -> bytes:
    shown = b"/Lang(%b)/ViewerPreferences<</DisplayDocTitle true>>" % language.encode()
    return b"<</Type/Catalog/Pages %d 0 R%b%b>>" % (pages, shown, entries)


def _information(title: str) -> bytes:
    date = source_date()
    dates = b"/CreationDate(%b)/ModDate(%b)" % (date.encode(), date.encode()) if date else b""
    text = b"<%b>" % (b"\xfe\xff" + title.encode("utf-16-be")).hex().encode()
    return b"<</Title%b/Producer(%b)%b>>" % (text, PRODUCER.encode(), dates)

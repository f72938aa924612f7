"""A page of a PDF → its seal: a digest of all that it draws.

What is drawn is the content stream as it stands when it is unpacked, every font and drawing that it names
with all that these refer to, the boxes of the page and how it is turned. How it is packed, the numbers of
objects and the file around it do not count, so that a page may be taken out of its file. The picture of a
code counts as a place only: a code can then state the seal of the page that bears it.

Nothing is passed over: what pages of examgen never have is named in place of a seal, as readers may take it
otherwise than it is taken here.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from examgen.pdf.around_pages import Bookmarks, Foreign, bookmarks, check_tags, title
from examgen.storage import check_regular

_BYTES = 16
_DEEPEST = 40
_NAME = re.compile(rb"/([^\0\t\n\f\r /<>\[\](){}%]+)")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKING = frozenset(
    (
        "/Length",
        "/Filter",
        "/DecodeParms",
    )
)
_RESOURCES = frozenset(
    (
        "/Font",
        "/XObject",
    )
)
_IN_CATALOG = frozenset(
    [
        "/Type",
        "/Pages",
        "/Metadata",
        "/StructTreeRoot",
        "/MarkInfo",
        "/Lang",
        "/Outlines",
        "/ViewerPreferences",
        "/Version",
        "/Extensions",
        "/PageLayout",
    ]
)
_IN_PAGE = frozenset(
    [
        "/Type",
        "/Parent",
        "/Contents",
        "/Resources",
        "/MediaBox",
        "/CropBox",
        "/Rotate",
        "/StructParents",
        "/Tabs",
        "/Metadata",
        "/PieceInfo",
        "/LastModified",
    ]
)
_BOXES = ("/TrimBox", "/ArtBox", "/BleedBox")
"""No page of examgen has them: those of another tool must be the whole page."""
_IN_TREE = frozenset(
    ["/Type", "/Parent", "/Kids", "/Count", "/Resources", "/MediaBox", "/CropBox", "/Rotate"]
)
_PREFERENCES = frozenset(("/DisplayDocTitle",))

_GONE = re.compile(r"treating bad indirect reference \(0 0 R\) as null")
"""Said of tags of a page that was taken out of its file: every reader takes them as nothing."""

_Known = dict[tuple[int, int], bytes]


class PageSeal(NamedTuple):
    """The seal of a page, whether it bears the picture asked for, and what is foreign on or around it.

    That is what examgen never puts there; where there is any, the seal is empty.
    """

    seal: bytes
    bears: bool
    foreign: tuple[str, ...]


class SealedPages:
    """The pages of an open file, to be sealed."""

    def __init__(self, pdf: Any) -> None:
        self._pdf = pdf
        self._pages = list(pdf.pages)
        self._around = list(_around(pdf.Root))
        self._bookmarks: Bookmarks = {}
        self.title: str | None = None
        """The title of the file."""
        try:
            self._bookmarks, self.title = bookmarks(pdf.Root), title(pdf)
            check_tags(pdf)
        except Foreign as reason:
            self._around.append(str(reason))
        own = {page.obj.objgen for page in self._pages}
        self._strays = [one for page, told in self._bookmarks.items() if page not in own for one in told]
        self._known: _Known = {}

    def __len__(self) -> int:
        return len(self._pages)

    def bookmarks(self, n: int) -> list[str]:
        """Titles of the bookmarks that show page n (from 0)."""
        return self._bookmarks.get(self._pages[n].obj.objgen, [])

    @property
    def strays(self) -> list[str]:
        """Titles of bookmarks that show pages which are not in the file."""
        return self._strays

    def seal(self, n: int, picture: bytes = b"") -> PageSeal:
        """The seal of page n (from 0) with the picture of its code, as operators, taken off.

        Raises ValueError where the file is damaged.
        """
        page = self._pages[n].obj
        foreign = [*self._around, *_on_page(page)]
        seal, bears = b"", False
        if not foreign:
            try:
                seal, bears = _page(page, picture, self._known)
            except Foreign as reason:
                foreign.append(str(reason))
        _refuse_repaired(self._pdf)
        return PageSeal(seal, bears, tuple(dict.fromkeys(foreign)))


@contextmanager
def sealed_pages(path: Path) -> Iterator[SealedPages]:
    """The pages of a file. Raises ValueError where it is not a PDF that can be read without mending it."""
    import pikepdf

    try:
        _refuse_ambiguous(path)
        with pikepdf.open(path) as pdf:
            pages = SealedPages(pdf)
            _refuse_repaired(pdf)
            yield pages
    except (pikepdf.PdfError, pikepdf.PasswordError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error).partition("\n")[0]) from error


def _refuse_ambiguous(path: Path) -> None:
    """What is not a PDF from its first byte to its last, or has two tables of which a reader takes one."""
    check_regular(path)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:5] != b"%PDF-" or not data[-1024:].rstrip(b"\0\t\n\f\r ").endswith(b"%%EOF"):
            raise ValueError("something stands before its beginning or after its end")
        if data.find(b"/XRefStm") >= 0:
            raise ValueError("it has two tables of its objects")


def _refuse_repaired(pdf: Any) -> None:
    if warnings := [one for one in pdf.get_warnings() if not _GONE.search(str(one))]:
        raise ValueError(f"it is damaged: {str(warnings[0]).partition(chr(10))[0]}")


# ── what may stand on and around a page ──────────────────────────────────────────────────────


def _around(catalog: Any) -> Iterator[str]:
    yield from sorted(set(catalog.keys()) - _IN_CATALOG)
    shown = catalog.get("/ViewerPreferences")
    if shown is not None:
        yield from sorted(set(shown.keys()) - _PREFERENCES)


def _on_page(page: Any) -> Iterator[str]:
    for key in sorted(set(page.keys()) - _IN_PAGE):
        whole = key in _BOXES and _digest(page[key], {}, 0) == _digest(_inherited(page, "/MediaBox"), {}, 0)
        nothing = key == "/Annots" and len(page[key]) == 0
        if not (whole or nothing):
            yield key
    for node in _above(page):
        yield from sorted(set(node.keys()) - _IN_TREE)


def _above(page: Any) -> Iterator[Any]:
    """The nodes of the tree of pages that a page hangs from."""
    node = page.get("/Parent")
    for _ in range(_DEEPEST):
        if node is None:
            return
        yield node
        node = node.get("/Parent")
    raise ValueError("its tree of pages is too deep")


def _inherited(page: Any, key: str) -> Any:
    """What a page, or the tree that it hangs from, says."""
    return next((node[key] for node in (page, *_above(page)) if key in node), None)


# ── what a page draws ────────────────────────────────────────────────────────────────────────


def _page(page: Any, picture: bytes, known: _Known) -> tuple[bytes, bool]:
    content = _content(page.get("/Contents"))
    around = content.split(picture) if picture else [content]
    parts = [b"page", b"%d" % len(around), *around]
    names = {_ESCAPED.sub(_unescaped, name).decode("latin-1") for name in _NAME.findall(content)}
    for kind, things in sorted(_entries(_inherited(page, "/Resources"), "/Resources")):
        if kind not in _RESOURCES:
            raise Foreign(f"/Resources{kind}")
        for name, thing in sorted(_entries(things, kind), key=lambda pair: pair[0]):
            if name[1:] in names:
                parts += [kind.encode(), name.encode(), _digest(thing, known, 0)]
    media = _inherited(page, "/MediaBox")
    for box in (media, _inherited(page, "/CropBox") or media):
        parts.append(_digest(box, known, 0))
    parts.append(_digest(_inherited(page, "/Rotate") or 0, known, 0))
    return _joined(parts), len(around) == 2


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _content(contents: Any) -> bytes:
    import pikepdf

    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    for one in streams:
        if not isinstance(one, pikepdf.Stream) or set(one.keys()) - _PACKING:
            raise Foreign("/Contents")
    return b"\n".join(_data(one) for one in streams)


def _entries(thing: Any, what: str) -> list[tuple[str, Any]]:
    import pikepdf

    if thing is None:
        return []
    if not isinstance(thing, pikepdf.Dictionary):
        raise Foreign(what)
    return list(thing.items())


def _digest(thing: Any, known: _Known, depth: int) -> bytes:
    """The digest of an object with all that it refers to; each that has a number is looked at once."""
    import pikepdf

    if not (isinstance(thing, pikepdf.Object) and thing.is_indirect):
        return _joined(_parts(thing, known, depth))
    number = thing.objgen
    if number not in known:
        known[number] = b""
        try:
            known[number] = _joined(_parts(thing, known, depth))
        finally:
            if not known[number]:
                del known[number]
    if not known[number]:
        raise Foreign("an object that refers to itself")
    return known[number]


def _parts(thing: Any, known: _Known, depth: int) -> Iterator[bytes]:
    """What is digested of an object: its kind, and what it is made of."""
    import pikepdf

    if depth > _DEEPEST:
        raise Foreign("objects that lie too deep in each other")
    if isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
        stream = isinstance(thing, pikepdf.Stream)
        yield b"stream" if stream else b"dictionary"
        if stream:
            yield _data(thing)
        for key, value in sorted(thing.items(), key=lambda pair: pair[0]):
            if value is not None and not (stream and key in _PACKING):
                yield key.encode()
                yield _digest(value, known, depth + 1)
    elif isinstance(thing, pikepdf.Array):
        yield b"array"
        for value in thing:
            yield _digest(value, known, depth + 1)
    elif isinstance(thing, bool):
        yield from (b"boolean", b"%d" % thing)
    elif isinstance(thing, int | Decimal):
        yield from (b"number", f"{Decimal(thing).normalize():f}".encode())
    elif isinstance(thing, pikepdf.Name | pikepdf.String):
        yield from (b"name" if isinstance(thing, pikepdf.Name) else b"string", bytes(thing))
    elif thing is None:
        yield b"null"
    else:
        raise Foreign(type(thing).__name__)


def _data(stream: Any) -> bytes:
    """What a stream holds, unpacked; a photograph (JPEG) as it stands, with the name of its packing."""
    filters, settings = stream.get("/Filter"), stream.get("/DecodeParms")
    packing = b"" if filters is None else bytes(filters.unparse())
    picture = str(stream.get("/Subtype", "")) == "/Image"
    if settings is None or picture:
        if packing.strip(b"[ ]") in (b"", b"/FlateDecode"):
            return b"0" + bytes(stream.read_bytes())
        if picture and settings is None and packing.strip(b"[ ]") == b"/DCTDecode":
            return b"1" + bytes(stream.read_raw_bytes())
    raise Foreign(f"/Filter{packing.decode('latin-1')}")


def _joined(parts: Iterable[bytes]) -> bytes:
    """One digest of parts, none of which can pass into another."""
    digest = blake2b(digest_size=_BYTES)
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.digest()

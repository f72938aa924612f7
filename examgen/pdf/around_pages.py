"""A PDF → what it says beside its pages: its title, its bookmarks, what tags say in place of what is drawn.

No seal covers these, since a page may be taken out of its file. So they may say only what examgen writes:
bookmarks that do nothing but show a page, one title, no text in place of that of a page. Whether title and
bookmarks are words of the page is for the caller to compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

_IN_OUTLINES = frozenset(("/Type", "/First", "/Last", "/Count"))
_IN_BOOKMARK = frozenset(("/Title", "/Parent", "/Prev", "/Next", "/First", "/Last", "/Count", "/Dest"))
_IN_TAGS = frozenset(("/Type", "/K", "/ParentTree", "/ParentTreeNextKey"))
_IN_PLACE_OF_TEXT = ("/ActualText", "/E")


class Foreign(Exception):
    """Something that examgen never writes."""


Bookmarks = dict[tuple[int, int] | None, list[str]]
"""Titles by the object of the page that they show; None for pages that are not in the file."""


def bookmarks(catalog: Any) -> Bookmarks:
    """The titles of all bookmarks. Raises Foreign where one has more than a title and a page."""
    outlines = catalog.get("/Outlines")
    found: Bookmarks = {}
    if outlines is None:
        return found
    _only(outlines, _IN_OUTLINES, "/Outlines")
    waiting, seen = [outlines.get("/First")], set()
    while waiting:
        one = waiting.pop()
        if one is None:
            continue
        if not one.is_indirect or one.objgen in seen:
            raise Foreign("/Outlines")
        seen.add(one.objgen)
        _only(one, _IN_BOOKMARK, "/Outlines")
        found.setdefault(_page(one.get("/Dest")), []).append(str(one.get("/Title", "")))
        waiting += [one.get("/Next"), one.get("/First")]
    return found


def _only(thing: Any, names: frozenset[str], where: str) -> None:
    if more := sorted(set(thing.keys()) - names):
        raise Foreign(f"{where}{more[0]}")


def _page(shown: Any) -> tuple[int, int] | None:
    """The page that a bookmark shows."""
    import pikepdf

    if not isinstance(shown, pikepdf.Array) or not len(shown):
        raise Foreign("/Outlines/Dest")
    page = shown[0]
    if page is None:
        return None
    if not isinstance(page, pikepdf.Dictionary):
        raise Foreign("/Outlines/Dest")
    return page.objgen


def title(pdf: Any) -> str | None:
    """The title of a file; None where it has none. Raises Foreign where its metadata have another one."""
    info, metadata = pdf.trailer.get("/Info"), pdf.Root.get("/Metadata")
    told = None if info is None or "/Title" not in info else str(info["/Title"])
    if metadata is not None and any(one != told for one in _titles(bytes(metadata.read_bytes()))):
        raise Foreign("/Metadata")
    return told


_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def _titles(xmp: bytes) -> Iterator[str]:
    """Every title that metadata tell, in whatever language."""
    if b"<!" in xmp or b"\0" in xmp:
        raise Foreign("/Metadata")
    try:
        root = ElementTree.fromstring(xmp)
    except ElementTree.ParseError:
        raise Foreign("/Metadata") from None
    for one in root.iter():
        if _TITLE in one.attrib:
            yield one.attrib[_TITLE]
        if one.tag == _TITLE:
            yield from (text.strip() for text in one.itertext() if text.strip())
            yield from (
                value for part in one.iter() for name, value in part.attrib.items() if "lang" not in name
            )


def check_tags(pdf: Any) -> None:
    """Raises Foreign where tags give other text than is drawn, or describe anything but a figure."""
    import pikepdf

    tree = pdf.Root.get("/StructTreeRoot")
    if tree is None:
        return
    _only(tree, _IN_TAGS, "/StructTreeRoot")
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Array):
            for one in _dictionaries(thing):
                _check_tag(one)


def _dictionaries(thing: Any) -> Iterator[Any]:
    """A dictionary, and those that stand right in it or in an array."""
    import pikepdf

    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Dictionary):
            yield one
            inner = list(one.values())
        else:
            inner = list(one)
        waiting += [
            part
            for part in inner
            if isinstance(part, pikepdf.Dictionary | pikepdf.Array) and not part.is_indirect
        ]


def _check_tag(one: Any) -> None:
    if "/S" not in one:
        return
    for name in _IN_PLACE_OF_TEXT:
        if name in one:
            raise Foreign(name)
    if "/Alt" in one and str(one["/S"]) != "/Figure":
        raise Foreign("/Alt")

"""A page of a PDF → its seal: a digest of all that it draws.

What is drawn is the content stream with every font and drawing that it names, the size of the page and how it
is turned; compression, numbers of objects and the file around it do not count, so that a page may be
taken out of its file. The modules of a code – rectangles in a square of 1 by 1, as `TaggedPress.drawn` writes
them – count as a place only: a code can then state the seal of the page that bears it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

_BYTES = 16
_CODE = re.compile(rb"(?:(?:0\.\d{5}|1\.00000) (?:0\.\d{5}|1\.00000) 0\.\d{5} 0\.\d{5} re\s*){50,}")
_NAME = re.compile(rb"/[^\s/<>\[\](){}%]+")
_NOT_DRAWN = frozenset(("/Length", "/Filter", "/DecodeParms", "/Parent", "/StructParent", "/StructParents"))
_DEEPEST = 40


class PageSeal(NamedTuple):
    """The seal of a page, and whether something is laid over it: annotations, fields of a form."""

    seal: bytes
    covered: bool


def page_seals(path: Path) -> Iterator[PageSeal]:
    """Of each page of a file. Raises ValueError where it is no PDF that can be read."""
    import pikepdf

    try:
        with pikepdf.open(path) as pdf:
            known: dict[tuple[int, int], bytes] = {}
            for page in pdf.pages:
                yield PageSeal(_page(page, known), bool(page.obj.get("/Annots")))
    except (pikepdf.PdfError, pikepdf.PasswordError, TypeError, RecursionError) as error:
        raise ValueError(str(error).partition("\n")[0]) from error


def _page(page: Any, known: dict[tuple[int, int], bytes]) -> bytes:
    import pikepdf

    content = _CODE.sub(b" code ", _content(page.obj.get("/Contents")))
    digest = blake2b(b" ".join(content.split()), digest_size=_BYTES)
    names = {name.decode("latin-1") for name in _NAME.findall(content)}
    for kind, resources in sorted(dict(page.resources.items()).items()):
        if not isinstance(resources, pikepdf.Dictionary):
            continue
        for name, thing in sorted(dict(resources.items()).items()):
            if name in names:
                digest.update(f"{kind}{name}".encode() + _thing(thing, known, 0))
    for box in (page.mediabox, page.cropbox):
        digest.update(_thing(box, known, 0))
    digest.update(f"{int(page.obj.get('/Rotate', 0)) % 360} {page.obj.get('/UserUnit', 1)}".encode())
    return digest.digest()


def _content(contents: Any) -> bytes:
    import pikepdf

    if contents is None:
        return b""
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(one.read_bytes() for one in streams)


def _thing(thing: Any, known: dict[tuple[int, int], bytes], depth: int) -> bytes:
    """The digest of an object with all that it refers to; each that has a number is looked at once."""
    import pikepdf

    if not (isinstance(thing, pikepdf.Object) and thing.is_indirect):
        return _value(thing, known, depth)
    if thing.objgen not in known:
        known[thing.objgen] = b"\0"  # what refers to itself
        known[thing.objgen] = _value(thing, known, depth)
    return known[thing.objgen]


def _value(thing: Any, known: dict[tuple[int, int], bytes], depth: int) -> bytes:
    import pikepdf

    if depth > _DEEPEST:
        raise ValueError("its objects lie too deep in each other")
    digest = blake2b(digest_size=_BYTES)
    if isinstance(thing, pikepdf.Stream):
        digest.update(b"stream" + _data(thing))
    if isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
        for key, value in sorted(dict(thing.items()).items()):
            if key not in _NOT_DRAWN:
                digest.update(key.encode() + b"\0" + _thing(value, known, depth + 1))
    elif isinstance(thing, pikepdf.Array):
        for value in thing:
            digest.update(_thing(value, known, depth + 1))
        digest.update(b"%d" % len(thing))
    elif isinstance(thing, int | float | Decimal):
        digest.update(f"{float(thing):.4f}".encode())
    else:
        digest.update(thing.unparse() if isinstance(thing, pikepdf.Object) else repr(thing).encode())
    return digest.digest()


def _data(stream: Any) -> bytes:
    """What a stream holds; as it stands in the file where it is a picture of another format."""
    import pikepdf

    try:
        return bytes(stream.read_bytes())
    except pikepdf.PdfError:
        return bytes(stream.read_raw_bytes())

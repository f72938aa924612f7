"""Pages of a tagged PDF → what each of their marked contents says, and which of them belong to no tag.

A marked content (ISO 32000-1, 14.6) is named by its page and its number on it, the MCID.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from examgen.pdf.operators import Operand, Operation, operations

_HEX = re.compile(r"<([0-9A-Fa-f]*)>")
_SECTION = re.compile(r"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_RANGE_ENTRY = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[0-9A-Fa-f]*>|\[[^\]]*\])")


class Mark(NamedTuple):
    """A marked content: number of its page from 0, and its MCID."""

    page: int
    mcid: int


class _Open(NamedTuple):
    """A marked content that is not closed yet; `said` is the text that stands for what it draws."""

    mcid: int | None
    said: str | None


def texts(pdf: Any) -> dict[Mark, str]:
    """What the marked contents of a `pikepdf.Pdf` say, in the order in which they are drawn."""
    found: dict[Mark, str] = {}
    for number, page in enumerate(pdf.pages):
        codes = {
            name.lstrip("/"): to_unicode(font.ToUnicode.read_bytes())
            for name, font in page.obj.Resources.get("/Font", {}).items()
            if "/ToUnicode" in font
        }
        for mcid, text in said_on(page.obj.Contents.read_bytes(), codes):
            mark = Mark(number, mcid)
            found[mark] = found.get(mark, "") + text
    return found


def as_artifacts(content: bytes, kept: Collection[int]) -> bytes:
    """A content stream whose marked contents are artifacts of the page, but those with an MCID of `kept`."""
    written, at = [], 0
    for operation in operations(content):
        mcid = _mcid(operation)
        if mcid is not None and mcid not in kept:
            written += [content[at : operation.start], b"/Artifact<</Type/Pagination>>BDC"]
            at = operation.end
    return b"".join([*written, content[at:]])


def to_unicode(cmap: bytes) -> dict[int, str]:
    """Character codes → text of a ToUnicode stream."""
    found: dict[int, str] = {}
    for kind, section in _SECTION.findall(cmap.decode("latin-1")):
        if kind == "bfchar":
            codes = _HEX.findall(section)
            pairs = zip(codes[::2], codes[1::2], strict=True)
            found.update((int(code, 16), _utf16(text)) for code, text in pairs)
            continue
        for first, last, texts_ in _RANGE_ENTRY.findall(section):
            start, listed = int(first, 16), _HEX.findall(texts_)
            for n in range(int(last, 16) - start + 1):
                found[start + n] = _utf16(listed[n]) if texts_[0] == "[" else _after(_utf16(listed[0]), n)
    return found


def _utf16(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-16-be", "replace")


def _after(text: str, n: int) -> str:
    return text[:-1] + chr(ord(text[-1]) + n)


def said_on(content: bytes, codes: Mapping[str, Mapping[int, str]]) -> Iterator[tuple[int, str]]:
    """MCID and text of each piece of text drawn; 0 letters where a mark holds a picture."""
    opened: list[_Open] = []
    font: Mapping[int, str] = {}
    for operation in operations(content):
        if operation.operator in (b"BDC", b"BMC"):
            opened.append(_Open(_mcid(operation), _actual_text(operation)))
            if opened[-1].mcid is not None:
                yield opened[-1].mcid, ""
            elif (said := opened[-1].said) is not None and (mcid := _around(opened)) is not None:
                yield mcid, said
        elif operation.operator == b"EMC" and opened:
            opened.pop()
        elif operation.operator == b"Tf":
            font = codes.get(operation.operands[0].source[1:].decode("latin-1"), {})
        elif operation.operator in (b"TJ", b"Tj"):
            mcid, replaced = _around(opened), any(one.said is not None for one in opened)
            if mcid is not None and not replaced:
                yield mcid, "".join(_decoded(operation.operands, font))


def _around(opened: list[_Open]) -> int | None:
    return next((one.mcid for one in reversed(opened) if one.mcid is not None), None)


def _decoded(operands: list[Operand], font: Mapping[int, str]) -> Iterator[str]:
    import pikepdf

    for kind, source in operands:
        if kind in ("hex", "literal"):
            codes = bytes(pikepdf.Object.parse(source))
            pairs = (codes[i : i + 2] for i in range(0, len(codes), 2))
            yield from (font.get(int.from_bytes(pair, "big"), "") for pair in pairs)


def _mcid(operation: Operation) -> int | None:
    """The MCID that a BDC begins; properties of the resources, which WeasyPrint does not use, have none."""
    if operation.operator != b"BDC":
        return None
    found = re.search(rb"/MCID\s*(\d+)", b" ".join(one.source for one in operation.operands))
    return int(found[1]) if found else None


def _actual_text(operation: Operation) -> str | None:
    import pikepdf

    if operation.operator != b"BDC" or not any(one.source == b"/ActualText" for one in operation.operands):
        return None
    properties = pikepdf.Object.parse(b" ".join(one.source for one in operation.operands[1:]))
    return str(properties.get("/ActualText", ""))

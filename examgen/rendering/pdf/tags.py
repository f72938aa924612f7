"""The tags of a PDF in memory (ISO 32000-1, 14.7), the text of its marked contents, and its XMP metadata.

A marked content (ISO 32000-1, 14.6) is identified by its page and its number on it, the MCID. Elements
divided by a page break are joined again (`joined`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import pikepdf

from examgen.rendering.pdf.text import instructions

_HEX = re.compile(r"<([0-9A-Fa-f]*)>")
_SECTION = re.compile(r"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_RANGE_ENTRY = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[0-9A-Fa-f]*>|\[[^\]]*\])")
_HEADING = re.compile("H[1-6]")


def xmp(title: str, language: str, producer: str) -> str:
    """Return the metadata of a PDF/UA-1 file (ISO 14289-1, 5)."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\n'
        "<pdfuaid:part>1</pdfuaid:part>\n"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>\n'
        f"<dc:language><rdf:Bag><rdf:li>{escape(language)}</rdf:li></rdf:Bag></dc:language>\n"
        f"<pdf:Producer>{escape(producer)}</pdf:Producer>\n"
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    )


class Mark(NamedTuple):
    """A marked content: the number of its page from 0, and its MCID."""

    page: int
    mcid: int


class MarkedText(NamedTuple):
    """A piece of text drawn in a marked content. The first piece of each is empty; its `begins` is the index
    of the instruction that begins the marked content."""

    mcid: int
    text: str
    begins: int | None = None


def texts(pdf: Any) -> tuple[dict[Mark, str], list[list[MarkedText]]]:
    """Return the texts of the marked contents of a `pikepdf.Pdf` in drawing order, and their beginnings for
    each page."""
    found: dict[Mark, str] = {}
    begun: list[list[MarkedText]] = []
    for number, page in enumerate(pdf.pages):
        codes = {
            name: to_unicode(font.ToUnicode.read_bytes())
            for name, font in page.obj.Resources.get("/Font", {}).items()
            if "/ToUnicode" in font
        }
        begun.append([])
        for said in texts_on(page.obj.Contents.read_bytes(), codes):
            mark = Mark(number, said.mcid)
            found[mark] = found.get(mark, "") + said.text
            begun[-1] += [] if said.begins is None else [said]
    return found, begun


def as_artifacts(content: bytes, begun: Iterable[MarkedText], kept: Collection[int]) -> bytes:
    """Return a content stream in which marked contents become artifacts of the page, except those with an
    MCID in `kept`; `begun` has their beginnings."""
    scratch = pikepdf.new()
    written = instructions(scratch, content)
    artifact = [pikepdf.Name.Artifact, pikepdf.Dictionary(Type=pikepdf.Name.Pagination)]
    for mcid, _, place in begun:
        if place is not None and mcid not in kept:
            written[place] = pikepdf.ContentStreamInstruction(artifact, pikepdf.Operator("BDC"))
    return pikepdf.unparse_content_stream(written)


def to_unicode(cmap: bytes) -> dict[int, str]:
    """Return the texts of character codes from a ToUnicode stream."""
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
                # a range continues its first text by incrementing the last character
                text = _utf16(listed[n if texts_[0] == "[" else 0])
                found[start + n] = text if texts_[0] == "[" else text[:-1] + chr(ord(text[-1]) + n)
    return found


def _utf16(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-16-be", "replace")


def texts_on(content: bytes, codes: Mapping[str, Mapping[int, str]]) -> Iterator[MarkedText]:
    """Yield each piece of text drawn in a marked content; one that contains only a picture has only its
    beginning.

    `codes` are the texts of the codes of each font, by its name with the slash.
    """
    # the marked contents that are still open: MCID, and the text that replaces what is drawn
    opened: list[tuple[int | None, str | None]] = []
    font: Mapping[int, str] = {}
    scratch = pikepdf.new()
    for place, one in enumerate(instructions(scratch, content)):
        operator = str(one.operator)
        if operator in ("BDC", "BMC"):
            # properties of the resources, which WeasyPrint does not use, have no MCID here
            properties = one.operands[1] if operator == "BDC" else None
            said: Any = properties if isinstance(properties, pikepdf.Dictionary) else {}
            mcid = int(said.MCID) if "/MCID" in said else None
            replaced = str(said.ActualText) if "/ActualText" in said else None
            opened.append((mcid, replaced))
            if mcid is not None:
                yield MarkedText(mcid, "", place)
            elif replaced is not None and (around := _innermost(opened)) is not None:
                yield MarkedText(around, replaced)
        elif operator == "EMC" and opened:
            opened.pop()
        elif operator == "Tf":
            font = codes.get(str(one.operands[0]), {})
        elif operator in ("TJ", "Tj"):
            around = _innermost(opened)
            if around is None or any(text is not None for _, text in opened):
                continue
            parts = one.operands[0] if operator == "TJ" else one.operands
            shown = [bytes(part) for part in parts if isinstance(part, pikepdf.String)]
            pairs = (codes[i : i + 2] for codes in shown for i in range(0, len(codes), 2))
            yield MarkedText(around, "".join(font.get(int.from_bytes(pair, "big"), "") for pair in pairs))


def _innermost(opened: Sequence[tuple[int | None, str | None]]) -> int | None:
    return next((mcid for mcid, _ in reversed(opened) if mcid is not None), None)


@dataclass
class Tag:
    """A structure element: its type, its content in reading order, and its attributes."""

    kind: str
    kids: list[Tag | Mark] = field(default_factory=list)
    alt: str | None = None
    language: str | None = None
    box: tuple[int, list[float]] | None = None
    """Page and BBox of a figure, in points."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """Attributes of tables and lists, by name."""


def all_of(tag: Tag) -> Iterator[Tag]:
    """Yield the tag and all tags within it, in reading order."""
    yield tag
    for kid in tag.kids:
        if isinstance(kid, Tag):
            yield from all_of(kid)


def marks_of(tag: Tag) -> Iterator[Mark]:
    """Yield the marks of the tag and of all tags within it, in reading order."""
    for kid in tag.kids:
        if isinstance(kid, Mark):
            yield kid
        else:
            yield from marks_of(kid)


def joined(kids: Sequence[Tag | Mark], said: Mapping[Mark, str]) -> list[Tag | Mark]:
    """Return the tags of a document whose pages were tagged separately, with elements that continue on the
    next page joined.

    These are parts, sections that continue without a heading, lists, tables separated from their caption,
    and tables with a repeated head, which is left out.
    """
    found: list[Tag | Mark] = []
    page = None
    for kid in kids:
        first = next(marks_of(kid), None) if isinstance(kid, Tag) else kid
        if first is not None and first.page != page:
            page = first.page
            _join(found, [kid], said)
        else:
            found.append(kid)
    return found


def _join(left: list[Tag | Mark], right: Sequence[Tag | Mark], said: Mapping[Mark, str]) -> None:
    last, first = left[-1] if left else None, right[0] if right else None
    if isinstance(last, Tag) and isinstance(first, Tag) and _goes_on(last, first, said):
        has_head = any(isinstance(kid, Tag) and kid.kind == "THead" for kid in last.kids)
        _join(last.kids, first.kids[1:] if first.kind == "Table" and has_head else first.kids, said)
        right = right[1:]
    left += right


def _goes_on(last: Tag, first: Tag, said: Mapping[Mark, str]) -> bool:
    if last.kind != first.kind:
        return False
    if first.kind == "Sect":
        top = first.kids[0] if first.kids else None
        return not (isinstance(top, Tag) and _HEADING.fullmatch(top.kind))
    if first.kind == "Table":
        has_caption_alone = [kid.kind for kid in last.kids if isinstance(kid, Tag)] == ["Caption"]
        heads = [_head(table, said) for table in (last, first)]
        return has_caption_alone or (bool(heads[0]) and heads[0] == heads[1])
    return first.kind in ("Part", "L", "TBody")


def _head(table: Tag, said: Mapping[Mark, str]) -> str:
    """Return the text of a table's head if it comes first or after a caption; otherwise ""."""
    for kid in table.kids[:2]:
        if isinstance(kid, Tag) and kid.kind == "THead":
            return "".join(said.get(mark, "") for mark in marks_of(kid))
    return ""

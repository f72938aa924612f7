"""A tagged PDF by WeasyPrint → one that meets PDF/UA-1 (ISO 14289-1), as far as a program can check that.

The tag tree is read, corrected and written again. It corrects these faults of WeasyPrint 70: running heads
have tags that belong to no tree (they become artifacts); only the document has a language; header cells
have no scope and lists no numbering; boxes of figures are in its own units; every piece of a line is a
span; and a paragraph that a page break divides has a tag on each page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

import pikepdf

from examgen.core.problems import Refused
from examgen.rendering.pdf.tags import Mark, Tag, all_of, as_artifacts, joined, marks_of, texts, xmp

_PT_PER_PX = 0.75
_THAI_LETTERS = re.compile("[\u0e01-\u0e3a\u0e40-\u0e4e]")
_LATIN_LETTERS = re.compile("[A-Za-z]")
_LEAST_DOTS = 3
"""The minimum number of consecutive dots that are a leader, which guides the eye to a number and has no
meaning."""
_FORMULA = re.compile(r"\$([^$]+)\$")
_WITHOUT_MEANING = ("Span", "NonStruct", "Div")
_EMPTY_MEANS_NOTHING = ("Span", "P", "Sect", "L", "LI", "Lbl", "Caption", "H1", "H2", "H3", "H4", "H5", "H6")
_THAI = "th"
_ENGLISH = "en"


def mend_tags(pdf: Any, title: str, language: str, producer: str) -> None:
    """Correct the tags and metadata of a `pikepdf.Pdf` in place; its text must be extractable already."""
    said, begun = texts(pdf)
    pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages)}
    heights = [float(page.obj.MediaBox[3]) for page in pdf.pages]
    [document] = (_tag(element, pages, heights) for element in pdf.Root.StructTreeRoot.K)
    document = mended(document, said, language)
    kept: dict[int, set[int]] = {number: set() for number in range(len(pdf.pages))}
    for mark in marks_of(document):
        kept[mark.page].add(mark.mcid)
    for number, page in enumerate(pdf.pages):
        content = page.obj.Contents
        content.write(as_artifacts(content.read_bytes(), begun[number], kept[number]))
        page.obj.Tabs = pikepdf.Name.S
        page.obj.StructParents = number
    root = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot))
    owners: dict[Mark, Any] = {}
    root.K = pikepdf.Array([_element(pdf, document, root, owners)])
    # for each page number, the elements of its marks
    numbers = pikepdf.Array()
    for number, mcids in kept.items():
        of_page = [owners.get(Mark(number, mcid)) for mcid in range(max(mcids, default=-1) + 1)]
        numbers.append(number)
        numbers.append(pdf.make_indirect(pikepdf.Array(of_page)))
    root.ParentTree = pdf.make_indirect(pikepdf.Dictionary(Nums=numbers))
    root.ParentTreeNextKey = len(pdf.pages)
    pdf.Root.StructTreeRoot = root
    pdf.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
    pdf.Root.Metadata = pdf.make_stream(
        xmp(title, language, producer).encode("utf-8"), Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML
    )


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _tag(element: Any, pages: Mapping[Any, int], heights: list[float]) -> Tag:
    if "/S" not in element:
        raise Refused.because(
            "a paper for screen readers contains a link or a field. Remove it from the template."
        )
    page = pages[element.Pg.objgen] if "/Pg" in element else 0
    tag = Tag(str(element.S).lstrip("/"))
    tag.alt = str(element.Alt) if "/Alt" in element else None
    attributes = element.get("/A", {})
    if "/BBox" in attributes:
        # from pixels, measured from the top left, to points from the bottom left
        left, top, right, bottom = (float(number) * _PT_PER_PX for number in attributes.BBox)
        box = (left, heights[page] - bottom, right, heights[page] - top)
        tag.box = page, [round(number, 2) for number in box]
    for name in ("ColSpan", "RowSpan"):
        if f"/{name}" in attributes:
            tag.attributes[name] = int(attributes[f"/{name}"])
    for kid in element.get("/K", []):
        tag.kids.append(Mark(page, int(kid)) if isinstance(kid, int) else _tag(kid, pages, heights))
    return tag


# ── mending ──────────────────────────────────────────────────────────────────────────────────


def mended(document: Tag, said: Mapping[Mark, str], language: str = _THAI) -> Tag:
    """Return the corrected tags; `said` is the text of each mark, `language` the language of the document."""
    document = replace(document, kids=joined(_without_noise(document.kids, said), said))
    for tag in all_of(document):
        if tag.kind == "Figure" and tag.alt and (formula := _FORMULA.fullmatch(tag.alt)):
            tag.kind, tag.alt = "Formula", formula[1]
        elif tag.kind == "LI":
            # the label, and everything else in one body
            labels = [kid for kid in tag.kids if isinstance(kid, Tag) and kid.kind == "Lbl"]
            others = [kid for kid in tag.kids if kid not in labels]
            if len(others) != 1 or not isinstance(others[0], Tag) or others[0].kind != "LBody":
                tag.kids = [*labels, Tag("LBody", others)]
        elif tag.kind == "L":
            # WeasyPrint also tags the white space between the terms of a `dl`
            tag.kids = [kid for kid in tag.kids if isinstance(kid, Tag) or said.get(kid, "").strip()]
            tag.attributes["ListNumbering"] = _numbering(tag, said)
        elif tag.kind == "THead":
            _scope(tag, "Column")
        elif tag.kind == "TBody":
            _scope(tag, "Row")
    _speak(document, said, language)
    return document


def _without_noise(kids: Iterable[Tag | Mark], said: Mapping[Mark, str]) -> list[Tag | Mark]:
    """Return the tags and marks without empty tags and leaders; tags without meaning are replaced by their
    content."""
    found: list[Tag | Mark] = []
    for kid in kids:
        if isinstance(kid, Mark):
            found.append(kid)
            continue
        inside = _without_noise(kid.kids, said)
        if kid.kind in _WITHOUT_MEANING:
            found += inside
        elif inside or kid.kind not in _EMPTY_MEANS_NOTHING:
            found.append(replace(kid, kids=inside))
    kept: list[Tag | Mark] = []
    for dots, group in groupby(found, lambda kid: isinstance(kid, Mark) and said.get(kid, "").strip() == "."):
        alike = list(group)
        if not dots or len(alike) < _LEAST_DOTS:
            kept += alike
    return kept


def _numbering(items: Tag, said: Mapping[Mark, str]) -> str:
    """Return the numbering of a list, from its first label (ISO 32000-1, table 347); Thai letters count as
    letters."""
    labels = [tag for tag in all_of(items) if tag.kind == "Lbl"]
    label = "".join(said.get(mark, "") for mark in marks_of(labels[0])).strip() if labels else ""
    if not label:
        return "None"
    if not label[0].isalnum():
        return "Disc"
    return "Decimal" if label[0].isdigit() else "UpperAlpha"


def _scope(rows: Tag, scope: str) -> None:
    for tag in all_of(rows):
        if tag.kind == "TH":
            tag.attributes["Scope"] = scope


def _speak(tag: Tag, said: Mapping[Mark, str], language: str) -> None:
    """Set the language of tags in the other language: English in a Thai document, Thai in an English one."""
    if tag.alt is not None:
        tag.language = _foreign(tag.alt, language)
        return
    spoken = {_tongue(said.get(mark, "")) for mark in marks_of(tag)} - {None}
    if len(spoken) == 1 and spoken != {language} and all(one.alt is None for one in all_of(tag)):
        [tag.language] = spoken
        return
    kids: list[Tag | Mark] = []
    for kid in tag.kids:
        if isinstance(kid, Tag):
            _speak(kid, said, language)
            kids.append(kid)
        elif foreign := _foreign(said.get(kid, ""), language):
            # into the preceding span, or into a new one
            last = kids[-1] if kids else None
            if isinstance(last, Tag) and last.kind == "Span":
                last.kids.append(kid)
            else:
                kids.append(Tag("Span", [kid], language=foreign))
        else:
            kids.append(kid)
    tag.kids = kids


def _foreign(text: str, language: str) -> str | None:
    """Return the language of a text if it differs from that of the document; None otherwise."""
    tongue = _tongue(text)
    return None if tongue == language else tongue


def _tongue(text: str) -> str | None:
    """Return the language of a text by its letters (None without any); Latin letters within Thai are names
    and units."""
    if _THAI_LETTERS.search(text):
        return _THAI
    return _ENGLISH if _LATIN_LETTERS.search(text) else None


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def _element(pdf: Any, tag: Tag, parent: Any, owners: dict[Mark, Any]) -> Any:
    element = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name(f"/{tag.kind}"), P=parent)
    )
    page = next((mark.page for mark in tag.kids if isinstance(mark, Mark)), None)
    if page is not None:
        element.Pg = pdf.pages[page].obj
    if tag.alt is not None:
        element.Alt = pikepdf.String(tag.alt)
    if tag.language:
        element.Lang = pikepdf.String(tag.language)
    if tag.box:
        element.A = pikepdf.Dictionary(O=pikepdf.Name.Layout, BBox=pikepdf.Array(tag.box[1]))
    elif tag.attributes:
        owner = pikepdf.Name.List if tag.kind == "L" else pikepdf.Name.Table
        attributes: dict[str, Any] = {"/O": owner}
        for name, value in tag.attributes.items():
            attributes[f"/{name}"] = pikepdf.Name(f"/{value}") if isinstance(value, str) else value
        element.A = pikepdf.Dictionary(attributes)
    kids = pikepdf.Array()
    for kid in tag.kids:
        if isinstance(kid, Tag):
            kids.append(_element(pdf, kid, element, owners))
            continue
        owners[kid] = element
        if kid.page == page:
            kids.append(kid.mcid)
        else:
            page_of = pdf.pages[kid.page].obj
            kids.append(pikepdf.Dictionary(Type=pikepdf.Name.MCR, Pg=page_of, MCID=kid.mcid))
    element.K = kids
    return element

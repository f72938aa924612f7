"""A tagged PDF → what is wrong with its tags: types, tables, lists, headings, figures (Matterhorn 02, 09, 13 … 17)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pikepdf

from tests.papers.pdf_ua.structure import elements, kids

STANDARD = {
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct", "Private",
    "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead", "TBody",
    "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Ruby", "Warichu", "Figure",
    "Formula", "Form",
}  # fmt: skip
NUMBERINGS = {
    "None", "Disc", "Circle", "Square", "Decimal", "UpperRoman", "LowerRoman", "UpperAlpha", "LowerAlpha",
}  # fmt: skip


def parents(pdf: pikepdf.Pdf) -> Iterator[str]:
    for element in elements(pdf):
        for kid in kids(element.entry):
            if not isinstance(kid, int) and "/S" in kid and kid.P.objgen != element.entry.objgen:
                yield f"{kid.S} names another parent"


def unknown_types(pdf: pikepdf.Pdf) -> Iterator[str]:
    mapped = {str(name)[1:] for name in pdf.Root.StructTreeRoot.get("/RoleMap", {})}
    yield from (one.kind for one in elements(pdf) if one.kind not in STANDARD | mapped)


def role_map(pdf: pikepdf.Pdf) -> Iterator[str]:
    roles = {str(name)[1:]: str(to)[1:] for name, to in pdf.Root.StructTreeRoot.get("/RoleMap", {}).items()}
    yield from (f"{name} is standard and mapped" for name in roles if name in STANDARD)
    yield from (f"{name} → {to}" for name, to in roles.items() if to not in STANDARD)


def one_document(pdf: pikepdf.Pdf) -> Iterator[str]:
    tops = [one.kind for one in elements(pdf) if one.depth == 0]
    if tops != ["Document"]:
        yield f"the tree begins with {tops}"


def table_structure(pdf: pikepdf.Pdf) -> Iterator[str]:
    inside = {
        "Table": {"TR", "THead", "TBody", "TFoot", "Caption"},
        "THead": {"TR"},
        "TBody": {"TR"},
        "TR": {"TH", "TD"},
    }
    for one in elements(pdf):
        allowed = inside.get(one.kind)
        for kid in kids(one.entry) if allowed else ():
            if isinstance(kid, int) or str(kid.S)[1:] not in (allowed or ()):
                yield f"{one.kind} holds {kid if isinstance(kid, int) else kid.S}"
        homes = {"TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}}.get(one.kind)
        if homes and one.parent not in homes:
            yield f"{one.kind} in {one.parent}"


def table_rows(pdf: pikepdf.Pdf) -> Iterator[str]:
    for table in (one for one in elements(pdf) if one.kind == "Table"):
        widths = set()
        for row in _rows(table.entry):
            cells = [cell for cell in kids(row) if not isinstance(cell, int)]
            widths.add(sum(int(cell.get("/A", {}).get("/ColSpan", 1)) for cell in cells))
        if len(widths) != 1:
            yield f"rows of {sorted(widths)} cells"


def _rows(entry: Any) -> Iterator[Any]:
    for kid in kids(entry):
        if not isinstance(kid, int) and "/S" in kid:
            if str(kid.S) == "/TR":
                yield kid
            else:
                yield from _rows(kid)


def scopes(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in elements(pdf):
        if one.kind == "TH" and str(one.entry.get("/A", {}).get("/Scope", "")) not in (
            "/Row",
            "/Column",
            "/Both",
        ):
            yield "TH without Scope"
    for table in (one for one in elements(pdf) if one.kind == "Table"):
        if not any(str(cell.S) == "/TH" for row in _rows(table.entry) for cell in kids(row)):
            yield "a table without TH"


def list_structure(pdf: pikepdf.Pdf) -> Iterator[str]:
    inside = {"L": {"LI", "Caption", "L"}, "LI": {"Lbl", "LBody"}}
    homes = {"LI": {"L"}, "LBody": {"LI"}}
    for one in elements(pdf):
        if one.kind in inside:
            for kid in kids(one.entry):
                if isinstance(kid, int) or str(kid.S)[1:] not in inside[one.kind]:
                    yield f"{one.kind} holds {kid if isinstance(kid, int) else kid.S}"
        if one.kind in homes and one.parent not in homes[one.kind]:
            yield f"{one.kind} in {one.parent}"


def list_numbering(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in elements(pdf):
        if one.kind == "L":
            numbering = str(one.entry.get("/A", {}).get("/ListNumbering", "/None"))[1:]
            labelled = any(
                str(label.S) == "/Lbl"
                for item in kids(one.entry)
                for label in kids(item)
                if not isinstance(label, int)
            )
            if numbering not in NUMBERINGS or (labelled and numbering == "None"):
                yield f"a list with labels has ListNumbering {numbering}"


def headings(pdf: pikepdf.Pdf) -> Iterator[str]:
    levels = [int(one.kind[1]) for one in elements(pdf) if re.fullmatch("H[1-6]", one.kind)]
    if not levels or levels[0] != 1:
        yield f"the first heading is {levels[:1]}"
    yield from (f"H{b} follows H{a}" for a, b in pairwise(levels) if b > a + 1)
    if any(one.kind == "H" for one in elements(pdf)):
        yield "H and H1 … H6 together"


def alternatives(kind: str) -> Callable[[pikepdf.Pdf], Iterator[str]]:
    def check(pdf: pikepdf.Pdf) -> Iterator[str]:
        for one in elements(pdf):
            if one.kind == kind and not str(one.entry.get("/Alt", "")).strip():
                yield f"{kind} without Alt"

    return check


def boxes(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in elements(pdf):
        if one.kind in ("Figure", "Formula"):
            box = one.entry.get("/A", {}).get("/BBox")
            if box is None:
                yield f"{one.kind} without BBox"
                continue
            left, bottom, right, top = (float(n) for n in box)
            _, _, width, height = (float(n) for n in one.entry.Pg.MediaBox)
            if not (-1 <= left < right <= width + 1 and -1 <= bottom < top <= height + 1):
                yield f"{one.kind} at {left, bottom, right, top}"


def empty(pdf: pikepdf.Pdf) -> Iterator[str]:
    yield from (one.kind for one in elements(pdf) if not kids(one.entry) and one.kind not in ("TD", "TH"))

"""A tagged PDF → its structure elements, and its text in their order as pdfium reads it."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium


class Element(NamedTuple):
    """A structure element in reading order: its type, how deep it stands, its dictionary, its parent's type."""

    kind: str
    depth: int
    entry: Any
    parent: str


def elements(pdf: pikepdf.Pdf) -> list[Element]:
    found: list[Element] = []

    def walk(entry: Any, depth: int, parent: str) -> None:
        if isinstance(entry, int) or "/S" not in entry:
            return
        kind = str(entry.S)[1:]
        found.append(Element(kind, depth, entry, parent))
        for kid in kids(entry):
            walk(kid, depth + 1, kind)

    for top in kids(pdf.Root.StructTreeRoot):
        walk(top, 0, "StructTreeRoot")
    return found


def kids(entry: Any) -> list[Any]:
    inside = entry.get("/K", [])
    return list(inside) if isinstance(inside, pikepdf.Array) else [inside]


def marks_in_order(pdf: pikepdf.Pdf, without: Sequence[str] = (), only: str = "") -> list[tuple[int, int]]:
    """(page, MCID) in the order of the structure tree, without some types of tags, or of one only."""
    pages = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
    found: list[tuple[int, int]] = []

    def walk(entry: Any, wanted: bool) -> None:
        kind = str(entry.get("/S", ""))[1:]
        if kind in without:
            return
        wanted = wanted or kind == only
        for kid in kids(entry):
            if isinstance(kid, int):
                found.extend([(pages[entry.Pg.objgen], int(kid))] * wanted)
            elif "/MCID" in kid:
                found.extend([(pages[kid.Pg.objgen], int(kid.MCID))] * wanted)
            else:
                walk(kid, wanted)

    walk(pdf.Root.StructTreeRoot, not only)
    return found


def text_in_order(data: bytes, without: Sequence[str] = (), only: str = "") -> str:
    """The text of the structure tree as pdfium reads it, mark by mark, blanks taken out."""
    said: dict[tuple[int, int], str] = {}
    with pypdfium2.PdfDocument(data) as document:
        for number, page in enumerate(document):
            text = page.get_textpage()
            for n in range(pdfium.FPDFPage_CountObjects(page)):
                drawn = pdfium.FPDFPage_GetObject(page, n)
                mark = (number, pdfium.FPDFPageObj_GetMarkedContentID(drawn))
                said[mark] = said.get(mark, "") + _text_in(drawn, text)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return "".join("".join(said.get(mark, "") for mark in marks_in_order(pdf, without, only)).split())


def _text_in(drawn: Any, page: Any) -> str:
    """The text of an object of a page, or of all that a form holds."""
    kind = pdfium.FPDFPageObj_GetType(drawn)
    if kind == pdfium.FPDF_PAGEOBJ_TEXT:
        return _text_of(drawn, page)
    if kind != pdfium.FPDF_PAGEOBJ_FORM:
        return ""
    inside = range(pdfium.FPDFFormObj_CountObjects(drawn))
    return "".join(_text_in(pdfium.FPDFFormObj_GetObject(drawn, n), page) for n in inside)


def _text_of(drawn: Any, page: Any) -> str:
    length = pdfium.FPDFTextObj_GetText(drawn, page, None, 0)
    letters = (ctypes.c_ushort * (length // 2))()
    pdfium.FPDFTextObj_GetText(drawn, page, letters, length)
    return bytes(letters).decode("utf-16-le").rstrip("\0")

"""A tagged PDF → what its catalogue, metadata, pages and bookmarks lack (Matterhorn 06, 07, 11, 20 … 30)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from tests.papers.pdf_ua.structure import elements


def marked(pdf: pikepdf.Pdf) -> Iterator[str]:
    info = pdf.Root.get("/MarkInfo", {})
    if not info.get("/Marked", False):
        yield "MarkInfo.Marked is not true"
    if info.get("/Suspects", False):
        yield "Suspects is true"


def language(pdf: pikepdf.Pdf) -> Iterator[str]:
    if not re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]+)*", str(pdf.Root.get("/Lang", ""))):
        yield "the document has no language"
    for one in elements(pdf):
        if "/Lang" in one.entry and not re.fullmatch("[a-z]{2,3}", str(one.entry.Lang)):
            yield f"Lang {one.entry.Lang}"


def title_shown(pdf: pikepdf.Pdf) -> Iterator[str]:
    if not pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False):
        yield "DisplayDocTitle is not true"
    if not str(pdf.docinfo.get("/Title", "")).strip():
        yield "no Title"


def metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    with pdf.open_metadata() as found:
        if found.get("pdfuaid:part") != "1":
            yield f"pdfuaid:part is {found.get('pdfuaid:part')}"
        if found.get("dc:title") != str(pdf.docinfo.get("/Title")):
            yield f"dc:title is {found.get('dc:title')}"


def version(pdf: pikepdf.Pdf) -> Iterator[str]:
    if not pdf.pdf_version.startswith("1."):
        yield f"PDF {pdf.pdf_version}"


def tabs(pdf: pikepdf.Pdf) -> Iterator[str]:
    yield from (f"page {n}" for n, page in enumerate(pdf.pages, 1) if str(page.obj.get("/Tabs")) != "/S")


def bookmarks(pdf: pikepdf.Pdf) -> Iterator[str]:
    n_headings = sum(bool(re.fullmatch("H[1-6]", one.kind)) for one in elements(pdf))
    with pdf.open_outline() as outline:
        n_marks = sum(1 for _ in _outline(outline.root))
    if n_marks != n_headings:
        yield f"{n_marks} bookmarks for {n_headings} headings"


def _outline(items: Any) -> Iterator[Any]:
    for item in items:
        yield item
        yield from _outline(item.children)


def interactive(pdf: pikepdf.Pdf) -> Iterator[str]:
    for n, page in enumerate(pdf.pages, 1):
        if not all(_hidden_signature(one) for one in page.obj.get("/Annots", ())):
            yield f"page {n} has annotations"
    form = pdf.Root.get("/AcroForm", {})
    if not all(_hidden_signature(one) for one in form.get("/Fields", ())) or "/XFA" in form:
        yield "/AcroForm"
    yield from (name for name in ("/OCProperties", "/OpenAction", "/AA") if name in pdf.Root)
    names = pdf.Root.get("/Names", {})
    yield from (name for name in ("/EmbeddedFiles", "/JavaScript") if name in names)
    if pdf.is_encrypted:
        yield "encrypted"


def _hidden_signature(field: Any) -> bool:
    """A field that no reader shows or speaks, which 7.18.1 and 7.18.4 except."""
    shown = [float(side) for side in field.Rect] != [0, 0, 0, 0] or not int(field.get("/F", 0)) & 2
    return field.get("/FT") == "/Sig" and "/TU" in field and not shown


def forms(pdf: pikepdf.Pdf) -> Iterator[str]:
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Form":
            if "/Ref" in thing:
                yield "a reference XObject"
            if b"/MCID" in thing.read_bytes():
                yield "MCIDs in a form XObject"

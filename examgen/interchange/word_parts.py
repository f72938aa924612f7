"""The parts of our Word documents other than the text: lists, pictures and labels."""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from examgen.core.files import read_input
from examgen.core.problems import ExamgenError
from examgen.core.resources import fonts, word_document
from examgen.core.words import Message, tell

ABOUT: Mapping[str, Message] = {
    "id": tell("Item"),
    "criteria": tell("Criteria"),
    "levels": tell("Levels"),
    "cognitive": tell("Asks for"),
    "family": tell("Family"),
    "decided_by": tell("Decided by"),
    "anchored": tell("Keeps its place"),
}
"""The labels of the data above an item, by field."""
KEY, REFERENCE = tell("Key"), tell("Reference")

_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
OWN = "examgen "
"""The prefix of the names of our styles."""
_EMU = 9525
"""English Metric Units in a pixel at 96 per inch."""
_WIDEST, _HIGHEST = 560, 720
"""The largest width and height of a picture on a page, in pixels."""
_BREAK = re.compile(r"\n *")
_STARTS = "".join(
    f'<w:lvlOverride w:ilvl="{at}"><w:startOverride w:val="1"/></w:lvlOverride>' for at in range(9)
)


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


def media_name(name: str, data: bytes) -> str:
    """Return a unique file name for a picture."""
    path = PurePosixPath(name)
    stem = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:40] or "picture"
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:8]}{path.suffix.lower()}"


def size_of(data: bytes, name: str) -> tuple[int, int]:
    """Return the width and height of a picture in pixels, reduced to fit the page."""
    width, height = 300.0, 200.0
    if not name.endswith(".svg"):
        with suppress(OSError, ValueError), Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
    else:
        head = data[:4000].decode("utf-8", "replace")
        box = re.search(r'viewBox\s*=\s*["\']\s*[-\d.e]+[ ,]+[-\d.e]+[ ,]+([\d.e]+)[ ,]+([\d.e]+)', head)
        sides = (
            re.search(rf'<svg[^>]*?\s{side}\s*=\s*["\']([\d.]+)(?:px)?["\']', head)
            for side in ("width", "height")
        )
        stated = [float(one[1]) or 300.0 for one in sides if one]
        if len(stated) == 2:
            width, height = stated
        elif box:
            width, height = float(box[1]) or 300.0, float(box[2]) or 200.0
    scale = min(1.0, _WIDEST / width, _HIGHEST / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def shown_instead(data: bytes, name: str) -> bytes | None:
    """Return a PNG for programs that cannot show the format of a picture; None if all programs can.

    The PNG of a drawing (svg) has twice its size; if this machine cannot draw it, it is a white rectangle.
    """
    buffer = io.BytesIO()
    if name.endswith(".svg"):
        size = size_of(data, name)
        drawn = None
        with suppress(ImportError, OSError, ValueError, ExamgenError):
            drawn = _drawn(data, size)
        (drawn or Image.new("RGB", size, "white")).save(buffer, "PNG")
        return buffer.getvalue()
    if not name.endswith(".webp"):
        return None
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.convert("RGBA").save(buffer, "PNG")
    except (OSError, ValueError):
        return None
    return buffer.getvalue()


def _drawn(svg: bytes, size: tuple[int, int]) -> Any:
    """Render a drawing by laying it out as a page. The PDF libraries are loaded only here."""
    import pypdfium2

    from examgen.rendering.pdf.engine import lay_out

    width, height = size
    faces = "".join(
        f"@font-face{{font-family:Sarabun;src:url({(fonts() / f'Sarabun-{face}.ttf').as_uri()});"
        f"font-weight:{weight}}}"
        for face, weight in (("Regular", "normal"), ("Bold", "bold"))
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "drawing.svg").write_bytes(svg)
        html = (
            f"<style>{faces}@page{{size:{width}px {height}px;margin:0}}body{{margin:0}}</style>"
            f'<img src="drawing.svg" style="width:{width}px;height:{height}px;display:block" alt="">'
        )
        _, raw, _ = lay_out(html, language="en", readable=[Path(folder), fonts()])
    document = pypdfium2.PdfDocument(raw)
    try:
        return document[0].render(scale=2 * 96 / 72).to_pil().convert("RGB")
    finally:
        document.close()


def drawing_of(
    number: int, name: str, alt: str, size: tuple[int, int], shown: str, vector: str | None
) -> str:
    """Return an inline picture; `vector` is the relationship to the drawing for which the shown picture is a
    substitute.
    """
    extent = f'cx="{size[0] * _EMU}" cy="{size[1] * _EMU}"'
    svg = (
        '<a:extLst><a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}"><asvg:svgBlip '
        'xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
        f'r:embed="{vector}"/></a:ext></a:extLst>'
        if vector
        else ""
    )
    named = f'id="{number}" name="{escape(name)}" descr="{escape(alt)}"'
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent {extent}/>'
        f"<wp:docPr {named}/><a:graphic>"
        '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f"<pic:nvPicPr><pic:cNvPr {named}/><pic:cNvPicPr/></pic:nvPicPr>"
        f'<pic:blipFill><a:blip r:embed="{shown}">{svg}</a:blip><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


# ── the package ──────────────────────────────────────────────────────────────────────────────


def members(
    body: str, thai: bool, lists: Sequence[bool], own: int, pictures: Sequence[str]
) -> dict[str, bytes]:
    """Return the parts of a document without the bytes of its pictures.

    They are the parts in `word_document`, with the body, the lists (numbered or not; the first `own` are the
    document's question numbers) and the pictures added.
    """
    folder = word_document()
    made = {
        path.relative_to(folder).as_posix(): _BREAK.sub("", read_input(path).decode()).replace(
            "?>", "?>\n", 1
        )
        for path in folder.rglob("*")
        if path.is_file()
    }

    def put(name: str, before: str, text: str) -> None:
        made[name] = made[name].replace(before, text + before)

    used = "".join(
        f'<w:num w:numId="{own + n}"><w:abstractNumId w:val="{2 if numbered else 1}"/>{_STARTS}</w:num>'
        for n, numbered in enumerate(lists, 1)
    )
    put("word/numbering.xml", "</w:numbering>", used)
    if not thai:
        made["word/numbering.xml"] = made["word/numbering.xml"].replace("thaiLetters", "upperLetter")
    related = "".join(
        f'<Relationship Id="rPic{n}" Type="{_IMAGE}" Target="media/{escape(name)}"/>'
        for n, name in enumerate(pictures, 1)
    )
    put("word/_rels/document.xml.rels", "</Relationships>", related)
    put("word/document.xml", "<w:sectPr>", body)
    return {name: text.encode() for name, text in made.items()}

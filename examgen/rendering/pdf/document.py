"""HTML → PDF bytes, the same for the same input, in any process and on any day.

The PDF that WeasyPrint writes gets our fonts, and its text can be extracted unchanged (`text`).
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf

from examgen.core.problems import Refused
from examgen.rendering.pdf import engine
from examgen.rendering.pdf.fonts import PdfFace, embed, face_of, postscript_name
from examgen.rendering.pdf.tagging import mend_tags
from examgen.rendering.pdf.text import rewritten

PRODUCER = "examgen"


def render_pdf(
    html: str, *, title: str, language: str, readable: Sequence[Path], variant: str | None = None
) -> bytes:
    """Return the PDF of an HTML page, which may only read files below `readable`.

    Relative addresses start from the first folder of `readable`. Raises Refused if something could not be
    drawn (a missing image, a character without a glyph, a font that no readable file contains). CSS that
    WeasyPrint does not know is a Python warning. `variant` is None or `pdf/ua-1`. The file has only our
    metadata.
    """
    options: dict[str, Any] = {"pdf_variant": variant} if variant else {}
    _, raw, read = engine.lay_out(html, language=language, readable=readable, **options)
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        engine.refuse_foreign(pdf, read)
        make_readable(pdf)
        if variant == "pdf/ua-1":
            mend_tags(pdf, title, language, PRODUCER)
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        finished = io.BytesIO()
        save(pdf, finished, title, language)
    return finished.getvalue()


def save(pdf: pikepdf.Pdf, out: Any, title: str, language: str) -> None:
    """Write a PDF with our metadata to a binary file, the same bytes each time."""
    pdf.docinfo["/Title"] = title
    pdf.docinfo["/Producer"] = PRODUCER
    if date := source_date():
        pdf.docinfo["/CreationDate"] = pdf.docinfo["/ModDate"] = date
    pdf.Root.Lang = pikepdf.String(language)
    pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    pdf.save(
        out,
        min_version="1.7",
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        fix_metadata_version=False,
    )


def make_readable(
    pdf: pikepdf.Pdf,
    names: dict[bytes, str] | None = None,
    font_of: Callable[[PdfFace], Any] | None = None,
) -> dict[tuple[int, int], str]:
    """Rewrite every content stream so that its text can be extracted, and replace its fonts by ours.

    Pages, form XObjects (SVG pictures, groups with opacity) and patterns are rewritten; fonts without
    TrueType outlines stay as they are. `names` are the names of known faces by their programs, to which new
    ones are added. `font_of` returns the font to use for a face; by default, the face is embedded. Returns
    the text of each page, form and pattern by the number of its object.
    """
    streams: list[tuple[Any, Any]] = []
    for page in pdf.pages:
        page.contents_coalesce()
        streams.append((page.obj, page.obj.Contents))
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Stream) or "/Resources" not in thing:
            continue
        if thing.get("/Subtype") == "/Form" or thing.get("/PatternType") == 1:
            streams.append((thing, thing))
    names = {} if names is None else names
    ours: dict[str, Any] = {}
    said: dict[tuple[int, int], str] = {}
    for owner, stream in streams:
        # a copy that no other stream shares
        owner.Resources = pikepdf.Dictionary(dict(owner.Resources.items()))
        fonts = owner.Resources.get("/Font", {})
        faces = {name.lstrip("/"): face for name, font in fonts.items() if (face := face_in(font, names))}
        if not faces:
            continue
        content, said[owner.objgen] = rewritten(stream.read_bytes(), faces)
        stream.write(content)
        embedded = {name for name, face in faces.items() if face.truetype}
        kept = {name: font for name, font in fonts.items() if name.lstrip("/") not in embedded}
        for face in faces.values():
            if face.truetype:
                if face.name not in ours:
                    ours[face.name] = embed(pdf, face) if font_of is None else font_of(face)
                kept[f"/{face.name}"] = ours[face.name]
        owner.Resources.Font = pikepdf.Dictionary(kept)
    return said


def face_in(font: Any, names: dict[bytes, str]) -> PdfFace | None:
    """Return the face of a font resource; None if it has no font program, such as one drawn from pictures."""
    descriptor = font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else {}
    program = descriptor.get("/FontFile2", descriptor.get("/FontFile3"))
    if program is None:
        return None
    data = program.read_bytes()
    if data not in names:  # pages use the same few fonts again and again
        name, taken = postscript_name(data), set(names.values())
        others = (f"{name}-{number}" for number in range(2, len(taken) + 2))
        names[data] = next(one for one in (name, *others) if one not in taken)
    return face_of(data, names[data])


def source_date() -> str | None:
    """Return SOURCE_DATE_EPOCH as a PDF date; None if it is not set."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
    except (ValueError, OverflowError, OSError):
        raise Refused.because(
            "SOURCE_DATE_EPOCH is {seconds!r}. Write a whole number of seconds.", seconds=seconds
        ) from None

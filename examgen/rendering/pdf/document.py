"""HTML → PDF bytes: the same for the same input, in any process and on any day.

A PDF as WeasyPrint writes it → one with our fonts and with text that comes out as it went in.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from examgen.core.problems import Refused
from examgen.core.words import tell
from examgen.rendering.pdf import engine
from examgen.rendering.pdf.fonts import Face, embed, face_of, postscript_name
from examgen.rendering.pdf.tagging import mend_tags
from examgen.rendering.pdf.text import rewritten


def make_readable(pdf: Any) -> None:
    """Rewrite every content stream of a `pikepdf.Pdf` and put our fonts in the place of its own.

    Pages, form XObjects (SVG pictures, groups with opacity) and patterns are rewritten; fonts without
    TrueType outlines stay as they are.
    """
    names: dict[bytes, str] = {}
    fonts: dict[str, Any] = {}
    for stream, resources in list(_streams(pdf)):
        faces = {
            name.lstrip("/"): face
            for name, font in resources.get("/Font", {}).items()
            if (face := face_in(font, names))
        }
        if faces:
            stream.write(rewritten(stream.read_bytes(), faces).content)
            resources.Font = _our_fonts(pdf, resources.Font, faces, fonts)


def _streams(pdf: Any) -> Iterator[tuple[Any, Any]]:
    """Every content stream with its resources, a copy that no other stream shares."""
    import pikepdf

    for page in pdf.pages:
        page.contents_coalesce()
        page.obj.Resources = pikepdf.Dictionary(dict(page.obj.Resources.items()))
        yield page.obj.Contents, page.obj.Resources
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Stream) or "/Resources" not in thing:
            continue
        if thing.get("/Subtype") == "/Form" or thing.get("/PatternType") == 1:
            thing.Resources = pikepdf.Dictionary(dict(thing.Resources.items()))
            yield thing, thing.Resources


def face_in(font: Any, names: dict[bytes, str]) -> Face | None:
    """The face behind a font resource; None for one that is drawn from pictures."""
    descriptor = font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else {}
    program = descriptor.get("/FontFile2", descriptor.get("/FontFile3"))
    if program is None:
        return None
    data = program.read_bytes()
    if data not in names:  # a page asks for the same few fonts over and over
        names[data] = _unlike(postscript_name(data), names)
    return face_of(data, names[data])


def _unlike(name: str, names: dict[bytes, str]) -> str:
    """A name that no other face of the file has."""
    taken = set(names.values())
    others = (f"{name}-{number}" for number in range(2, len(taken) + 2))
    return next(one for one in (name, *others) if one not in taken)


def _our_fonts(pdf: Any, theirs: Any, faces: dict[str, Face], fonts: dict[str, Any]) -> Any:
    """The font resources of a stream after rewriting; `fonts` are those that the file has already."""
    import pikepdf

    ours = {name: font for name, font in theirs.items() if not _replaced(name, faces)}
    for face in faces.values():
        if face.truetype:
            if face.name not in fonts:
                fonts[face.name] = embed(pdf, face)
            ours[f"/{face.name}"] = fonts[face.name]
    return pikepdf.Dictionary(ours)


def _replaced(name: str, faces: dict[str, Face]) -> bool:
    face = faces.get(name.lstrip("/"))
    return bool(face and face.truetype)


PRODUCER = "examgen"


def render_pdf(
    html: str, *, title: str, language: str, readable: Sequence[Path], variant: str | None = None
) -> bytes:
    """The PDF of a page of HTML, which may read files below `readable` and nothing else.

    Relative addresses start from the first folder of `readable`. Whatever was asked for and could
    not be drawn (a missing image, a character without a glyph, a font that no readable file holds)
    raises Refused; CSS that WeasyPrint does not know is a Python warning. `variant` is None or
    `pdf/ua-1`.
    """
    options: dict[str, Any] = {"pdf_variant": variant} if variant else {}
    pages = engine.lay_out(html, language=language, readable=readable, **options)
    return _finished(pages, title, language, tagged=variant == "pdf/ua-1")


def _finished(pages: engine.LaidOut, title: str, language: str, tagged: bool) -> bytes:
    """The file with our metadata only, checked for fonts that came from the machine."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pages.raw)) as pdf:
        engine.refuse_foreign(pdf, pages.read)
        make_readable(pdf)
        if tagged:
            mend_tags(pdf, title, language, PRODUCER)
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        pdf.docinfo["/Title"] = title
        pdf.docinfo["/Producer"] = PRODUCER
        if date := source_date():
            pdf.docinfo["/CreationDate"] = pdf.docinfo["/ModDate"] = date
        pdf.Root.Lang = pikepdf.String(language)
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        finished = io.BytesIO()
        pdf.save(
            finished,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            fix_metadata_version=False,
        )
    return finished.getvalue()


def source_date() -> str | None:
    """SOURCE_DATE_EPOCH as a PDF date, None where it is not set."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
    except (ValueError, OverflowError, OSError):
        raise Refused(
            tell("SOURCE_DATE_EPOCH is {seconds!r}: write a whole number of seconds", seconds=seconds)
        ) from None

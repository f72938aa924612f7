"""HTML → PDF bytes: the same for the same input, in any process and on any day."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from examgen.pdf import engine
from examgen.pdf.readable import make_readable
from examgen.pdf.tagging import mend_tags
from examgen.problems import Refused

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
    options = {"pdf_variant": variant} if variant else {}
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
        raise Refused(f"SOURCE_DATE_EPOCH is {seconds!r}: write a whole number of seconds") from None

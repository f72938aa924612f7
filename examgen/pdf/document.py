"""HTML → PDF bytes: the only module that imports WeasyPrint or pikepdf.

Takes finished HTML and the folders it may read from; gives the same bytes for the same input, in any
process and on any day. Whole font files are embedded: a subset carries the clock (`head.modified`)
and differs with the subsetting library that the machine happens to have.
"""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from examgen.problems import MissingDependency, Refused
from examgen.resources import fonts

PRODUCER = "examgen"

_SYNTAX = ("Ignored", "Invalid", "Parse error", "Unsupported", "Expected", "Unknown")


def render_pdf(html: str, *, title: str, language: str, readable: Sequence[Path]) -> bytes:
    """The PDF of a page of HTML, which may read files below `readable` and nothing else.

    Relative addresses start from the first folder of `readable`. Whatever was asked for and could
    not be drawn (a missing image, a character without a glyph, a font that no readable file holds)
    raises Refused; CSS that WeasyPrint does not know is a Python warning.
    """
    weasyprint = _weasyprint()
    if language == "th" and not breaks_thai_words():
        raise MissingDependency(
            "the Pango of this machine does not break Thai between words, so lines run off the page: "
            "on Debian or Ubuntu `apt-get install libthai0 libthai-data`, elsewhere a Pango with libthai"
        )
    folders = [folder.resolve() for folder in readable]
    read: list[Path] = []
    refused: list[Refused] = []
    with _heeded(refused):
        page = weasyprint.HTML(
            string=html,
            base_url=f"{folders[0].as_uri()}/" if folders else None,
            url_fetcher=_fetcher(weasyprint, folders, read, refused),
        )
        raw = page.write_pdf(full_fonts=True)
    return _finished(raw, title, language, _families(read))


def _weasyprint() -> Any:
    try:
        # where it lacks a library it prints advice on standard output, which may be a program's input
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            # it asks for HarfBuzz-Subset and for fonts of the machine: whole fonts of our own do without
            warnings.simplefilter("ignore")
            import weasyprint
    except (OSError, ImportError) as error:
        reason = str(error).strip().splitlines()
        raise MissingDependency(
            "printing needs WeasyPrint and the Pango library, which this machine lacks: "
            "on Debian or Ubuntu `apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b`, "
            "on macOS `brew install pango`, then `pip install weasyprint`"
            + (f" ({reason[0]})" if reason else "")
        ) from error
    return weasyprint


def engine() -> str:
    """Name and version of what draws the pages; MissingDependency where it cannot work."""
    return f"WeasyPrint {_weasyprint().__version__}"


@cache
def breaks_thai_words() -> bool:
    """Whether a Thai text without spaces becomes several lines, as it does where Pango has libthai."""
    weasyprint = _weasyprint()
    # our own font, since a bare machine has none; a page as high as one line, half as wide as the text
    face = f"@font-face {{ font-family: Sarabun; src: url({(fonts() / 'Sarabun-Regular.ttf').as_uri()}) }}"
    page = "@page { size: 80px 28px; margin: 0 } p { margin: 0; font: 15px/28px Sarabun }"
    words = "น้ำ" + "ท่วม" + "ถนน" + "หน้า" + "บ้าน"
    probe = weasyprint.HTML(
        string=f"<style>{face}{page}</style><p lang=th>{words}",
        url_fetcher=_fetcher(weasyprint, [fonts()], [], []),
    )
    return len(probe.render().pages) > 1


# ── what may be read ─────────────────────────────────────────────────────────────────────────


def _fetcher(weasyprint: Any, folders: Sequence[Path], read: list[Path], refused: list[Refused]) -> Any:
    """WeasyPrint's way to ask for a file; notes each one given in `read`, each other in `refused`."""

    class LocalFiles(weasyprint.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:
            try:
                path = _local(url, folders)
            except Refused as reason:
                refused.append(reason)
                raise
            read.append(path)
            return weasyprint.urls.URLFetcherResponse(url, path.read_bytes())

    return LocalFiles()


def _local(url: str, folders: Sequence[Path]) -> Path:
    """The file behind an address, or Refused."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise Refused(f"a page to print asks for {_short(url)}: only files of the workspace are read")
    path = Path(url2pathname(parts.path)).resolve()
    if not any(path.is_relative_to(folder) for folder in folders):
        allowed = ", ".join(map(str, folders)) or "none"
        raise Refused(f"a page to print asks for {_short(url)}, outside the folders it may read ({allowed})")
    if not path.is_file():
        raise Refused(f"a page to print asks for {_short(url)}, and there is no such file")
    return path


def _short(url: str) -> str:
    return url if len(url) <= 200 else f"{url[:200]}…"


# ── what WeasyPrint complains of ─────────────────────────────────────────────────────────────


@contextmanager
def _heeded(refused: Sequence[Refused]) -> Iterator[None]:
    """Raise what was refused while drawing, or what the log says was dropped; warn of unknown CSS."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append  # type: ignore[assignment,method-assign]
    logger = logging.getLogger("weasyprint")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
    if refused:
        raise Refused("; ".join(dict.fromkeys(reason.message for reason in refused)))
    messages = [record.getMessage() for record in records]
    dropped = [message for message in messages if not message.startswith(_SYNTAX)]
    if dropped:
        raise Refused("part of the page could not be drawn: " + "; ".join(dict.fromkeys(dropped)))
    for message in messages:
        warnings.warn(f"WeasyPrint: {message}", stacklevel=4)


# ── the finished file ────────────────────────────────────────────────────────────────────────


def _families(files: Sequence[Path]) -> set[str]:
    """The font families, as PDF names spell them, of the font files that were read."""
    from fontTools.ttLib import TTFont

    fonts = {file for file in files if file.suffix.lower() in (".ttf", ".otf", ".woff", ".woff2")}
    names = set()
    for file in fonts:
        with TTFont(file, lazy=True) as font:
            names.add(str(font["name"].getBestFamilyName()).replace(" ", "-"))
    return names


def _finished(raw: bytes, title: str, language: str, families: set[str]) -> bytes:
    """The file with our metadata only, checked for fonts that came from the machine."""
    import pikepdf

    with pikepdf.open(io.BytesIO(raw)) as pdf:
        foreign = sorted(_fonts(pdf) - families)
        if foreign:
            raise Refused(
                f"some characters would be drawn in {', '.join(foreign)}, a font of this machine: "
                f"use only characters and fonts of {', '.join(sorted(families)) or 'the templates'}"
            )
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        pdf.docinfo["/Title"] = title
        pdf.docinfo["/Producer"] = PRODUCER
        if date := _source_date():
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


def _fonts(pdf: Any) -> set[str]:
    """Families of the fonts in a PDF: `ABCDEF+Sarabun-Bold` is `Sarabun`."""
    names = (
        str(thing.get("/BaseFont", ""))
        for thing in pdf.objects
        if hasattr(thing, "keys") and thing.get("/Type") == "/Font"
    )
    plain = {name.lstrip("/").split("+")[-1] for name in names}
    return {family for name in plain if (family := _family(name))}


def _family(name: str) -> str:
    styles = {"Bold", "Italic", "Oblique", "Regular", "Medium", "Light", "Semi-Bold", "BoldItalic"}
    words = name.split("-")
    while len(words) > 1 and words[-1] in styles:
        words.pop()
    return "-".join(words)


def _source_date() -> str | None:
    """SOURCE_DATE_EPOCH as a PDF date, None where it is not set."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
    except (ValueError, OverflowError, OSError):
        raise Refused(f"SOURCE_DATE_EPOCH is {seconds!r}: write a whole number of seconds") from None

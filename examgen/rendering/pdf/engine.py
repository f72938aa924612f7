"""WeasyPrint as we use it: HTML and the folders it may read → laid-out pages and their raw PDF.

Only files below the given folders are read, and anything dropped while drawing is an error. Fonts stay
whole, because a subset contains the time (`head.modified`) and differs between subsetting libraries.
`fonts` makes the fonts that our files contain.
"""

from __future__ import annotations

import io
import logging
import multiprocessing.util
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from ctypes import util
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fontTools.ttLib import TTFont

from examgen.core.files import read_input
from examgen.core.problems import MissingDependency, Refused
from examgen.core.resources import fonts
from examgen.core.shown_pictures import shown
from examgen.core.words import Message, joined, tell

_LIBRARIES = re.compile("gobject|pango|harfbuzz|fontconfig")
_STYLES = {"Bold", "Italic", "Oblique", "Regular", "Medium", "Light", "Semi-Bold", "BoldItalic"}
_SYNTAX = ("Ignored", "Invalid", "Parse error", "Unsupported", "Expected", "Unknown")


def lay_out(
    html: str,
    *,
    language: str,
    readable: Sequence[Path],
    drawn: Callable[[Any], list[Any]] | None = None,
    **options: Any,
) -> tuple[Any, bytes, tuple[Path, ...]]:
    """Lay out an HTML text, which may only read files below `readable`.

    Returns WeasyPrint's document, its PDF, and the files that were read. Relative addresses start from the
    first folder of `readable`; `drawn` returns the pages to draw instead of a document's own; `options` are
    those of WeasyPrint's `write_pdf`. The content streams are not compressed. Raises Refused if something
    could not be drawn (a missing image, a character without a glyph), and MissingDependency if the machine
    cannot break Thai lines. CSS that WeasyPrint does not know is a Python warning.
    """
    engine = weasyprint()
    if language == "th" and not breaks_thai_words():
        raise MissingDependency.because(
            "the Pango library of this machine does not break Thai between words, so "
            "lines run off the page. On Debian or Ubuntu, use `apt-get install "
            "libthai0 libthai-data`; on other systems, install a Pango with libthai."
        )
    folders = [folder.resolve() for folder in readable]
    read: list[Path] = []
    refused: list[Refused] = []
    options = {"full_fonts": True, "uncompressed_pdf": True, **options}
    with heeded(refused):
        page = engine.HTML(
            string=html,
            base_url=f"{folders[0].as_uri()}/" if folders else None,
            url_fetcher=fetcher(folders, read, refused),
        )
        try:
            document = page.render(_fonts_of_a_document(), **options)
            if drawn:
                document.pages = drawn(document)
            raw = document.write_pdf(**options)
        except RecursionError:
            raise Refused.because("too many page elements are nested in one another") from None
    return document, raw, tuple(dict.fromkeys(read))


def drawn_from(page: Any) -> float:
    """Return the distance in px from the top of a page to its first line, image or frame; 0 if there is
    none."""
    boxes = weasyprint().formatting_structure.boxes

    def tops(box: Any) -> Iterator[float]:
        if isinstance(box, boxes.LineBox):
            yield float(box.position_y)
        elif isinstance(box, boxes.ReplacedBox):
            yield float(box.border_box_y())
        else:
            may_be_framed = isinstance(box, boxes.BlockLevelBox | boxes.TableCellBox)
            if may_be_framed and (box.border_top_width or box.border_bottom_width or box.background):
                yield float(box.border_box_y())
            for kid in getattr(box, "children", ()):
                yield from tops(kid)

    return min(tops(page._page_box), default=0.0)


def drawn_to(page: Any) -> float:
    """Return the distance in px from the top of a page of the document to the end of its lines, images and
    frames."""
    boxes = weasyprint().formatting_structure.boxes

    def bottom(box: Any) -> float:
        if isinstance(box, boxes.LineBox):
            return float(box.position_y + box.height)
        if isinstance(box, boxes.ReplacedBox):
            return float(box.position_y + box.margin_height())
        if isinstance(box, boxes.BlockContainerBox) and (box.border_bottom_width or box.background):
            return float(box.border_box_y() + box.border_height())
        # a block without a frame that continues on the next page is as tall as its page, whatever it contains
        return max(map(bottom, getattr(box, "children", ())), default=0.0)

    return max(map(bottom, page._page_box.children), default=0.0)


def weasyprint() -> Any:
    """Return the module. Raises MissingDependency, with what to install, if it cannot be imported."""
    try:
        # where it lacks a library it prints advice on standard output, which may be a program's input
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():
            # it warns about HarfBuzz-Subset and system fonts, which our own whole fonts do not need
            warnings.simplefilter("ignore")
            try:
                with _libraries_by_files():
                    import weasyprint as module
            except OSError:  # they lie where only the linker knows
                import weasyprint as module
    except (OSError, ImportError) as error:
        raise MissingDependency.because(
            "printing needs WeasyPrint and the Pango library, which are not installed. "
            "On Debian or Ubuntu, use `apt-get install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz0b`; on macOS, use `brew install pango`. "
            "Then use `pip install weasyprint` ({reason}).",
            reason=str(error).strip().partition("\n")[0] or type(error).__name__,
        ) from error
    _keep_patterns(module)
    return module


@contextmanager
def _libraries_by_files() -> Iterator[None]:
    """Make WeasyPrint find its libraries on Linux only by the names of their files.

    It tries names of other systems first, and each attempt would start the compiler and the linker: a sixth
    of a second in all.
    """
    if sys.platform != "linux" or "weasyprint" in sys.modules:
        yield
        return
    plain = util.find_library
    util.find_library = lambda name: None if _LIBRARIES.search(name) else plain(name)
    try:
        yield
    finally:
        util.find_library = plain


@cache
def _keep_patterns(module: Any) -> None:
    """Make the HTML parser cache its patterns, which otherwise take half of its time.

    tinyhtml5 2.1 stores each pattern under itself, not under the characters by which it is looked up.
    """
    reader: Any = getattr(getattr(module, "tinyhtml5", None), "inputstream", None)
    if hasattr(reader, "characters_until_regex"):
        reader.characters_until_regex = _Patterns()


class _Patterns(dict[tuple[Collection[str], bool], re.Pattern[str]]):
    """Cache of patterns for one or more characters, by these characters and whether they or all others
    match."""

    def __missing__(self, wanted: tuple[Collection[str], bool]) -> re.Pattern[str]:
        characters, these = wanted
        escaped = "".join(f"\\x{ord(character):02x}" for character in characters)
        self[wanted] = pattern = re.compile(f"[{'' if these else '^'}{escaped}]+")
        return pattern


def version() -> str:
    """Return the name and version of the drawing engine. Raises MissingDependency if it cannot work."""
    return f"WeasyPrint {weasyprint().__version__}"


@cache
def breaks_thai_words() -> bool:
    """Return whether a Thai text without spaces is broken into lines, which requires a Pango with libthai."""
    # our own font, since a bare machine has none; a page as high as one line, half as wide as the text
    face = f"@font-face {{ font-family: Sarabun; src: url({(fonts() / 'Sarabun-Regular.ttf').as_uri()}) }}"
    page = "@page { size: 80px 28px; margin: 0 } p { margin: 0; font: 15px/28px Sarabun }"
    words = "น้ำ" + "ท่วม" + "ถนน" + "หน้า" + "บ้าน"
    probe = weasyprint().HTML(
        string=f"<style>{face}{page}</style><p lang=th>{words}",
        url_fetcher=fetcher([fonts()], [], []),
    )
    return len(probe.render(_fonts_of_a_document()).pages) > 1


# ── what may be read ─────────────────────────────────────────────────────────────────────────


def fetcher(folders: Sequence[Path], read: list[Path], refused: list[Refused]) -> Any:
    """Return WeasyPrint's fetcher of files. It adds each file that it reads to `read`, and an error for
    each other request to `refused`.

    `folders` are resolved paths.
    """
    engine = weasyprint()

    class Photograph(engine.urls.URLFetcherResponse):  # type: ignore[misc,name-defined]
        path = None
        """None, because otherwise the file would be copied into the PDF unchanged, with all its metadata."""

    def noted(message: Message) -> Refused:
        refused.append(Refused(message))
        return refused[-1]

    class LocalFiles(engine.urls.URLFetcher):  # type: ignore[misc,name-defined]
        def fetch(self, url: str, headers: object = None) -> Any:
            asked = url if len(url) <= 200 else f"{url[:200]}…"
            parts = urlsplit(url)
            if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
                raise noted(
                    tell(
                        "a printed page refers to {url}, but only files of the workspace are read", url=asked
                    )
                )
            path = Path(url2pathname(parts.path)).resolve()
            if not any(path.is_relative_to(folder) for folder in folders):
                raise noted(
                    tell(
                        "a printed page refers to {url}, which is outside the folders that "
                        "it may read ({allowed})",
                        url=asked,
                        allowed=", ".join(map(str, folders)) or tell("none"),
                    )
                )
            if not path.is_file():
                raise noted(tell("a printed page refers to {url}, which does not exist", url=asked))
            read.append(path)
            data = read_input(path)
            if path.suffix.lower() in (".jpg", ".jpeg"):
                return Photograph(url, shown(data, path.name))
            return engine.urls.URLFetcherResponse(url, data)

    return LocalFiles()


# ── what WeasyPrint complains of ─────────────────────────────────────────────────────────────


@contextmanager
def heeded(refused: Sequence[Refused]) -> Iterator[None]:
    """Raise Refused after drawing if a resource was refused or WeasyPrint logged that it dropped something.
    Warn about unknown CSS."""
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
        raise Refused(joined(dict.fromkeys(reason.message for reason in refused), "; "))
    messages = [record.getMessage() for record in records]
    dropped = [message for message in messages if not message.startswith(_SYNTAX)]
    if dropped:
        raise Refused.because(
            "a part of the page could not be drawn: {what}", what="; ".join(dict.fromkeys(dropped))
        )
    for message in messages:
        warnings.warn(f"WeasyPrint: {message}", stacklevel=4)


# ── fonts of the templates, not of the machine ───────────────────────────────────────────────


def _fonts_of_a_document() -> Any:
    """Return WeasyPrint's record of a document's fonts; its copies of them are deleted when this process
    ends, at the latest.

    WeasyPrint deletes the copies when the document is released, which may not happen before a process ends.
    Each record has a folder of its own, because a single one would be cleaned up on a site that runs for
    weeks.
    """
    fonts_of = weasyprint().text.fonts.FontConfiguration()
    fonts_of._folder = Path(tempfile.mkdtemp(prefix="examgen-fonts-"))
    multiprocessing.util.Finalize(fonts_of, shutil.rmtree, (fonts_of._folder, True), exitpriority=0)
    return fonts_of


def refuse_foreign(pdf: Any, read: Sequence[Path]) -> None:
    """Raise Refused if a PDF contains a font of a family that no file in `read` has."""
    families = set()
    for file in {file for file in read if file.suffix.lower() in (".ttf", ".otf", ".woff", ".woff2")}:
        with TTFont(file, lazy=True) as font:
            # as PDF names spell it
            families.add(str(font["name"].getBestFamilyName()).replace(" ", "-"))
    foreign = set()
    for thing in pdf.objects:
        if hasattr(thing, "keys") and thing.get("/Type") == "/Font":
            # `/ABCDEF+Sarabun-Bold` is of the family `Sarabun`
            words = str(thing.get("/BaseFont", "")).lstrip("/").split("+")[-1].split("-")
            while len(words) > 1 and words[-1] in _STYLES:
                words.pop()
            foreign |= {"-".join(words)} - families - {""}
    if foreign:
        raise Refused.because(
            "some characters would be drawn in {foreign}, a font of this machine. Use "
            "only characters and fonts of {families}.",
            foreign=", ".join(sorted(foreign)),
            families=", ".join(sorted(families)) or tell("the templates"),
        )

"""A picture or PDF that somebody submits → the QR codes in it.

A small picture can be drawn so that searching it takes minutes, and a smaller one can unpack to fill the
memory. The search therefore runs in a separate process, which is ended if a picture or a page uses more
processor time or memory than a legitimate one needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from examgen.core.pictures import MOST_MEGAPIXELS
from examgen.core.problems import MissingDependency, install
from examgen.core.signing.codes import looks_like_code
from examgen.core.signing.keys import refused
from examgen.core.subprocess_sandbox import Bounds, run
from examgen.core.words import tell

MOST_SIDE = 2_000
"""The maximum length in pixels of the longer side of a searched picture: an A4 page at 170 dots per inch."""
MOST_PAGES = 100
"""The maximum number of pages of a PDF. A letter, a report or a certificate has only a few."""
BOUNDS = Bounds(cpu_seconds=2, seconds=30.0)
"""The limits for a picture, or for a page of a PDF."""
_DOTS = 200 / 72
"""Pages are drawn at 200 dots per inch unless that exceeds the maximum side."""
_FORMATS = ("PNG", "JPEG")


class SearchedPage(NamedTuple):
    """The codes found on a page of a PDF; a picture counts as one page."""

    codes: tuple[str, ...] = ()
    has_text: bool = False
    fault: str = ""
    """The code of the fault that prevented the search; the other results are then empty."""
    details: str = ""


class _Search(NamedTuple):
    """The task for the process: to search `path`, a PDF or a picture."""

    path: Path
    is_pdf: bool

    def results(self, means: object) -> Iterator[SearchedPage]:
        try:
            yield from _pages(self.path) if self.is_pdf else [_picture(self.path)]
        except Exception as error:  # libraries raise whatever they stumble on
            yield SearchedPage(fault="damaged", details=str(error) or type(error).__name__)

    def lost(self, n: int, reason: str) -> tuple[SearchedPage, None]:
        return SearchedPage(fault="code-not-in-time"), None


def codes_in_picture(path: Path) -> tuple[str, ...]:
    """Return the distinct codes in a PNG or JPEG. Raises Refused for another kind of file, or if the search
    was ended."""
    (found,) = _searched(path, is_pdf=False)
    return found.codes


def codes_on_pages(path: Path) -> tuple[list[tuple[str, str]], bool]:
    """Return the codes on the pages of a PDF with their places, and whether the PDF has any text. Raises
    Refused if it cannot be opened or has too many pages, or if the search was ended."""
    pages = _searched(path, is_pdf=True)
    found = [(f"{path.name}, page {n}", code) for n, page in enumerate(pages, 1) for code in page.codes]
    return found, any(page.has_text for page in pages)


def _searched(path: Path, is_pdf: bool) -> list[SearchedPage]:
    if is_pdf and find_spec("pypdfium2") is None:
        raise MissingDependency.because(
            "a library is needed to read PDF files: {command}", command=install("signing")
        )
    pages = list(run([_Search(path, is_pdf)], _load, (is_pdf,), 1, BOUNDS))
    last = pages[-1]
    if last.fault == "code-not-in-time":
        message = tell("No code was found in this picture in time. Type the code instead.")
        raise refused(path.name, last.fault, message)
    if last.fault == "too-many-pages":
        message = tell("has more than {n} pages. Give only the report", n=MOST_PAGES)
        raise refused(path.name, last.fault, message)
    if last.fault == "too-large":
        message = tell(
            "has {megapixels:,.0f} megapixels. At most {most_megapixels} are allowed",
            megapixels=float(last.details),
            most_megapixels=MOST_MEGAPIXELS,
        )
        raise refused(path.name, "damaged-picture", message)
    if last.fault:
        if is_pdf:
            message = tell("cannot be opened: {error}", error=last.details)
            raise refused(path.name, "damaged-pdf", message)
        raise refused(path.name, "damaged-picture", tell("cannot be read: {error}", error=last.details))
    return pages


# ── in the process ───────────────────────────────────────────────────────────────────────────


def _load(is_pdf: bool) -> None:
    """Load the libraries, so that the time for this does not count towards a picture."""
    import zxingcpp  # noqa: F401
    from PIL import JpegImagePlugin, PngImagePlugin  # noqa: F401

    if is_pdf:
        import pypdfium2  # noqa: F401


def _picture(path: Path) -> SearchedPage:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # bounded here, with the same words for every size
    with Image.open(path, formats=_FORMATS) as opened:
        megapixels = opened.width * opened.height / 1e6
        if megapixels > MOST_MEGAPIXELS:
            return SearchedPage(fault="too-large", details=str(megapixels))
        opened.draft("L", (MOST_SIDE, MOST_SIDE))  # a JPEG is decoded small
        picture = opened.convert("L")
    picture.thumbnail((MOST_SIDE, MOST_SIDE))
    codes = _codes(picture)
    larger = min(2.0, MOST_SIDE / max(picture.size))
    if not codes and larger > 1:  # of a picture that is askew, modules may be too fine
        codes = _codes(picture.resize((round(larger * picture.width), round(larger * picture.height))))
    return SearchedPage(codes)


def _pages(path: Path) -> Iterator[SearchedPage]:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        if len(document) > MOST_PAGES:
            yield SearchedPage(fault="too-many-pages")
            return
        for page in document:
            scale = min(_DOTS, MOST_SIDE / max(*page.get_size(), 1))
            picture = page.render(scale=scale, grayscale=True).to_pil()
            has_text = bool(page.get_textpage().get_text_range().strip())
            yield SearchedPage(_codes(picture), has_text)
            page.close()


def _codes(picture: Any) -> tuple[str, ...]:
    """Return the distinct codes in a picture. Only QR codes are searched, because other symbols take far
    longer."""
    import zxingcpp

    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.barcode_formats_from_str("QRCode"))
    return tuple(dict.fromkeys(one.text for one in found if looks_like_code(one.text)))

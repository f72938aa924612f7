"""A scan file → its kind, by its first bytes; its number of pages; its pages one by one.

with pages_of(path) as take:
  take(3)         the third page as a PageImage; nothing is raised, whatever the file contains
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from examgen.core.files import check_regular
from examgen.scanning.input import pdf_pages, pictures
from examgen.scanning.input.page_image import LIMITS, ImageLimits, PageFault, PageImage, faulty

KINDS = {"pdf": "pdf", "tiff": "tif", "jpeg": "jpg", "png": "png", "zip": "zip"}
"""The kinds of files that are read, with their suffixes."""

_HEAD = 1024
_BEGINNINGS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)
_OTHER_PICTURES = (b"GIF8", b"BM", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"8BPS", b"%!PS")
_HEIF = (b"ftyphei", b"ftyphev", b"ftypmif", b"ftypmsf", b"ftypavif")

Take = Callable[[int], PageImage]


class Counted(NamedTuple):
    """The kind and number of pages of a file, or the reason why none can be read."""

    kind: str
    n_pages: int
    fault: str = ""


def kind_of(head: bytes) -> str:
    """Return the kind of a file that begins with these bytes. Raises PageFault for kinds that are not
    read."""
    if not head:
        raise PageFault("empty-file")
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if b"%PDF-" in head[:_HEAD]:
        return "pdf"
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    if is_webp or head.startswith(_OTHER_PICTURES) or head[4:12].startswith(_HEIF):
        raise PageFault("kind-not-read")
    raise PageFault("not-a-scan")


def kind_of_file(path: Path) -> str:
    """Return the kind of a file. Raises PageFault if it is not of a kind that is read, or cannot be
    opened."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            return kind_of(file.read(_HEAD))
    except OSError as error:
        raise PageFault("not-a-file" if error.errno == 22 else "cannot-be-opened") from None


def counted(path: Path, limits: ImageLimits = LIMITS) -> Counted:
    """Return the kind and number of pages of a file that is not a zip."""
    kind = ""
    try:
        kind = kind_of_file(path)
        if kind == "pdf":
            from examgen.rendering.pdf.scripts import has_script

            n = pdf_pages.n_pages(path, limits)
            if has_script(path):
                raise PageFault("pdf-with-script")
            return Counted(kind, n)
        return Counted(kind, pictures.n_frames(path, limits) if kind == "tiff" else 1)
    except PageFault as fault:
        return Counted(kind, 0, fault.reason)
    except OSError:
        return Counted(kind, 0, "cannot-be-opened")


@contextmanager
def pages_of(path: Path, limits: ImageLimits = LIMITS) -> Iterator[Take]:
    """Yield a function that returns a page, from 1, of a file that is not a zip. The file is opened once."""
    with ExitStack() as stack:
        try:
            kind = kind_of_file(path)
            if kind == "pdf":
                document = stack.enter_context(pdf_pages.opened(path))
                take: Take = partial(pdf_pages.pdf_page, document, limits=limits)
            elif kind == "tiff":
                take = partial(pictures.tiff_page, path, limits=limits)
            else:
                take = partial(_single, path, kind, limits=limits)
        except PageFault as fault:
            reason = fault.reason
            take = partial(faulty, reason=reason)

        def taken(page: int) -> PageImage:
            try:
                return take(page)
            except PageFault as fault:
                return faulty(page, fault.reason)
            except MemoryError:
                return faulty(page, "took-too-much-memory")
            except OSError:
                return faulty(page, "cannot-be-opened")

        yield taken


def _single(path: Path, kind: str, page: int, limits: ImageLimits) -> PageImage:
    if page != 1:
        raise PageFault("no-pages")
    return pictures.picture(path, kind, limits)

"""PDF files → pages as grey pixels: the picture that a scanner put on the page, or else the page as drawn.

A page that shows one picture and nothing else is that picture, taken out as it was stored. Any other page,
drawn or made up of several pictures, is drawn by PDFium at 200 dots per inch.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from examgen.scanning.input.page_image import (
    LIMITS,
    Grey,
    ImageLimits,
    PageFault,
    PageImage,
    check_size,
    fitted,
)
from examgen.scanning.input.pictures import jpeg_page

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfImage, PdfPage

DRAWN_DPI = 200
MOST_DRAWN = 4_000
"""Pixels of the long side of a page that is drawn, however large its paper is."""
_MOST_OBJECTS = 40
"""Things on a page after which it is surely no scanner's."""
_LEAST_PICTURE = 300
"""Pixels: a smaller picture is a logo."""
_INVISIBLE_TEXT = 3
"""As what scanners that recognise text put over the picture."""


@contextmanager
def opened(path: Path) -> Iterator[PdfDocument]:
    """The file; raises PageFault where it is not one that can be read."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        is_locked = getattr(error, "err_code", 0) == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise PageFault("encrypted" if is_locked else "damaged") from None
    try:
        yield document
    finally:
        document.close()


def n_pages(path: Path, limits: ImageLimits = LIMITS) -> int:
    """The pages of the file."""
    with opened(path) as document:
        n = len(document)
    if n > limits.pages:
        raise PageFault("too-many-pages")
    if n < 1:
        raise PageFault("no-pages")
    return n


def pdf_page(document: PdfDocument, page: int, limits: ImageLimits = LIMITS) -> PageImage:
    """A page, from 1."""
    import pypdfium2

    try:
        shown = document[page - 1]
    except (pypdfium2.PdfiumError, IndexError):
        raise PageFault("damaged") from None
    try:
        one = _only_picture(shown)
        found = None if one is None else _stored(one, page, limits)
        return _drawn(shown, page) if found is None else found
    except (pypdfium2.PdfiumError, cv2.error, ValueError):
        raise PageFault("damaged") from None
    finally:
        shown.close()


def _only_picture(page: PdfPage) -> PdfImage | None:
    """The picture that the page shows, where it shows nothing else, upright or turned but not mirrored."""
    import pypdfium2
    from pypdfium2 import raw

    if raw.FPDFPage_GetAnnotCount(page) > 0:
        return None
    found = None
    for n, thing in enumerate(page.get_objects(max_depth=1)):
        if n > _MOST_OBJECTS:
            return None
        if thing.type == raw.FPDF_PAGEOBJ_TEXT:
            if raw.FPDFTextObj_GetTextRenderMode(thing.raw) != _INVISIBLE_TEXT:
                return None
        elif isinstance(thing, pypdfium2.PdfImage) and found is None:
            found = thing
        else:
            return None
    if found is None or raw.FPDFPageObj_HasTransparency(found.raw):
        return None
    a, b, c, d, _, _ = found.get_matrix().get()
    return found if a * d - b * c > 0 and min(found.get_px_size()) >= _LEAST_PICTURE else None


def _stored(picture: PdfImage, page: int, limits: ImageLimits) -> PageImage | None:
    """The picture as it was stored; None where that would not be what the page shows."""
    from pypdfium2 import raw

    size = picture.get_px_size()
    check_size(size[0], size[1], limits)
    about: Any = picture.get_metadata()
    if about.bits_per_pixel == 0 or about.colorspace in (
        raw.FPDF_COLORSPACE_UNKNOWN,
        raw.FPDF_COLORSPACE_DEVICECMYK,
    ):
        return None  # a stencil, or inks
    dpi = float(about.horizontal_dpi)
    if picture.get_filters() == ["DCTDecode"]:
        found = jpeg_page(bytes(picture.get_data()), page, limits)
        if found.image is not None and _has_size(found, size):
            return found._replace(dpi=dpi)
        return None
    image, scale = fitted(_grey(picture.get_bitmap(render=False).to_numpy()), 1.0)
    return PageImage(page, image, scale=scale, dpi=dpi)


def _has_size(found: PageImage, size: tuple[int, int]) -> bool:
    assert found.image is not None
    height, width = (round(n * found.scale) for n in found.image.shape)
    return bool(abs(width - size[0]) <= found.scale and abs(height - size[1]) <= found.scale)


def _drawn(page: PdfPage, number: int) -> PageImage:
    """The page drawn, as anybody sees it."""
    longest = max(page.get_size())
    if not longest > 0:
        raise PageFault("damaged")
    times = min(DRAWN_DPI / 72, MOST_DRAWN / longest)
    bitmap = page.render(scale=times, grayscale=True, may_draw_forms=False)
    return PageImage(number, _grey(bitmap.to_numpy()), dpi=72 * times)


def _grey(pixels: np.ndarray[Any, Any]) -> Grey:
    """A copy of PDFium's pixels, in grey."""
    if pixels.ndim == 2:
        return np.array(pixels, np.uint8)
    channels = pixels.shape[2]
    if channels == 1:
        return np.array(pixels[:, :, 0], np.uint8)
    how = cv2.COLOR_BGR2GRAY if channels == 3 else cv2.COLOR_BGRA2GRAY
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), how), np.uint8)

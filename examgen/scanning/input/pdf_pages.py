"""PDF files → pages as grey pixels: the picture that a scanner put on the page, otherwise the page as
rendered.

If a page shows one picture and nothing else, that picture is extracted as it was stored. Any other page,
drawn or composed of several pictures, is rendered by PDFium at 200 dots per inch.
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
    from pypdfium2 import PdfDocument, PdfPage

DRAWN_DPI = 200
MOST_DRAWN = 4_000
"""The maximum length of the long side of a rendered page in pixels, however large its paper is."""
_MOST_OBJECTS = 40
"""The maximum number of objects on a scanner's page."""
_LEAST_PICTURE = 300
"""The minimum size in pixels; a smaller picture is a logo."""
_INVISIBLE_TEXT = 3
"""The render mode of the text that scanners with text recognition put over the picture."""


@contextmanager
def opened(path: Path) -> Iterator[PdfDocument]:
    """Open the file. Raises PageFault if it cannot be read."""
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
    """Return the number of pages of the file."""
    with opened(path) as document:
        n = len(document)
    if n > limits.pages:
        raise PageFault("too-many-pages")
    if n < 1:
        raise PageFault("no-pages")
    return n


def pdf_page(document: PdfDocument, page: int, limits: ImageLimits = LIMITS) -> PageImage:
    """Return a page, from 1."""
    import pypdfium2

    try:
        shown = document[page - 1]
    except (pypdfium2.PdfiumError, IndexError):
        raise PageFault("damaged") from None
    try:
        if (found := _picture(shown, page, limits)) is not None:
            return found
        # drawn, as anybody sees it
        longest = max(shown.get_size())
        if not longest > 0:
            raise PageFault("damaged")
        times = min(DRAWN_DPI / 72, MOST_DRAWN / longest)
        fine = _grey(shown.render(scale=2 * times, grayscale=True, may_draw_forms=False).to_numpy())
        # as a scanner's pixel gathers the light of all that it covers: PDFium draws thin lines and small
        # letters darker or lighter by where they fall among pixels, which a reader may take for marks
        height, width = fine.shape
        size = max(width // 2, 1), max(height // 2, 1)
        image = np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.uint8)
        return PageImage(page, image)
    except (pypdfium2.PdfiumError, cv2.error, ValueError):
        raise PageFault("damaged") from None
    finally:
        shown.close()


def _picture(page: PdfPage, number: int, limits: ImageLimits) -> PageImage | None:
    """Return the picture of a page that shows nothing else, upright or turned but not mirrored, as it was
    stored; None if that would differ from what the page shows."""
    import pypdfium2
    from pypdfium2 import raw

    if raw.FPDFPage_GetAnnotCount(page) > 0:
        return None
    picture = None
    for n, thing in enumerate(page.get_objects(max_depth=1)):
        if n > _MOST_OBJECTS:
            return None
        if thing.type == raw.FPDF_PAGEOBJ_TEXT:
            if raw.FPDFTextObj_GetTextRenderMode(thing.raw) != _INVISIBLE_TEXT:
                return None
        elif isinstance(thing, pypdfium2.PdfImage) and picture is None:
            picture = thing
        else:
            return None
    if picture is None or raw.FPDFPageObj_HasTransparency(picture.raw):
        return None
    a, b, c, d, _, _ = picture.get_matrix().get()
    wide, high = picture.get_px_size()
    if a * d - b * c <= 0 or min(wide, high) < _LEAST_PICTURE:
        return None
    check_size(wide, high, limits)
    about: Any = picture.get_metadata()
    if about.bits_per_pixel == 0 or about.colorspace in (
        raw.FPDF_COLORSPACE_UNKNOWN,
        raw.FPDF_COLORSPACE_DEVICECMYK,
    ):
        return None  # a stencil, or inks
    if picture.get_filters() != ["DCTDecode"]:
        image, scale = fitted(_grey(picture.get_bitmap(render=False).to_numpy()), 1.0)
        return PageImage(number, image, scale=scale)
    found = jpeg_page(bytes(picture.get_data()), number, limits)
    if found.image is None:
        return None
    height, width = (round(n * found.scale) for n in found.image.shape)
    has_size = abs(width - wide) <= found.scale and abs(height - high) <= found.scale
    return found if has_size else None


def _grey(pixels: np.ndarray[Any, Any]) -> Grey:
    """Return a grey copy of PDFium's pixels."""
    if pixels.ndim == 2:
        return np.array(pixels, np.uint8)
    channels = pixels.shape[2]
    if channels == 1:
        return np.array(pixels[:, :, 0], np.uint8)
    how = cv2.COLOR_BGR2GRAY if channels == 3 else cv2.COLOR_BGRA2GRAY
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), how), np.uint8)

"""A page of a scan as pixels, the limits for files, and every reason why there are no pixels."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from examgen.core.words import noted

Grey = NDArray[np.uint8]

REASONS = {
    "not-a-file": noted("a pipe or a device"),
    "hidden-file": noted("a hidden or system file, which is not read"),
    "linked-folder": noted("a link to a folder, which is not followed. Give the folder itself"),
    "cannot-be-opened": noted("permission to read it is denied"),
    "empty-file": noted("the file is empty"),
    "not-a-scan": noted("neither PDF, TIFF, JPEG, PNG nor zip"),
    "kind-not-read": noted("an unsupported kind of picture. Save it as JPEG, PNG, TIFF or PDF"),
    "damaged": noted("cannot be decoded"),
    "cut-short": noted("the end of the picture is missing"),
    "encrypted": noted("protected by a password"),
    "pdf-with-script": noted("the PDF contains a script, which no scanner writes"),
    "no-pages": noted("has no pages"),
    "too-many-pages": noted("has too many pages"),
    "too-many-pixels": noted("has too many pixels"),
    "too-large": noted("is too large"),
    "unpacks-too-large": noted("unpacks to far more than expected (zip bomb)"),
    "unsafe-name": noted("its path leads outside the zip or contains hidden characters. Rename it"),
    "no-room": noted("not enough disk space to unpack the zip"),
    "zip-in-zip": noted("a zip inside a zip is not unpacked"),
    "took-too-long": noted("exceeded the time limit of a page"),
    "took-too-much-memory": noted("exceeded the memory limit of a page"),
    "stopped-the-reader": noted("the decoding program crashed"),
}
"""Every reason why a page, or a file without pages, gives no pixels, with its meaning."""


class ImageLimits(NamedTuple):
    """Limits that no scan needs to exceed. A page beyond them is set aside with its reason."""

    pixels: int = 80_000_000
    """The maximum pixels of a page: A3 at 600 dots per inch."""
    picture_bytes: int = 300_000_000
    """The maximum size of a file that is decoded as a whole, and (tenfold) of a member of a zip."""
    pages: int = 50_000
    """The maximum pages of a file."""
    members: int = 100_000
    """The maximum members of a zip."""
    ratio: int = 200
    """The maximum ratio of unpacked to packed bytes, for sizes above `ratio_from`."""
    ratio_from: int = 200_000_000


LIMITS = ImageLimits()

LONGEST_SIDE = 5_000
"""The maximum side in pixels. A larger picture is reduced by a whole number, because reading needs no
more."""


class PageFault(Exception):
    """A page, or a whole file, that gives no pixels; the reason is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PageImage(NamedTuple):
    """A page of a scan file: its pixels, or the reason why there are none."""

    page: int
    """The page from 1; 0 for a file that has no page."""
    image: Grey | None
    fault: str = ""
    """One of `REASONS` if there are no pixels."""
    scale: float = 1.0
    """How many pixels of the stored scan a pixel represents along one side."""


def faulty(page: int, reason: str) -> PageImage:
    """Return a page that gives no pixels."""
    return PageImage(page, None, reason)


def check_size(width: int, height: int, limits: ImageLimits = LIMITS) -> None:
    """Raise PageFault if there are too many pixels."""
    if width * height > limits.pixels or width <= 0 or height <= 0:
        raise PageFault("too-many-pixels" if width * height > limits.pixels else "damaged")


def fitted(image: Grey, scale: float) -> tuple[Grey, float]:
    """Return the picture, reduced by a whole number if it is larger than reading needs, and its scale.

    A black and white picture stays black and white, so that the reader recognises it.
    """
    times = -(-max(image.shape) // LONGEST_SIDE)
    if times <= 1:
        return image, scale
    height, width = image.shape[0] // times, image.shape[1] // times
    if not height or not width:
        raise PageFault("damaged")
    cut = image[: height * times, : width * times]
    is_grey = bool(((cut[::7, ::7] > 0) & (cut[::7, ::7] < 255)).any())
    how = cv2.INTER_AREA if is_grey else cv2.INTER_NEAREST
    return cv2.resize(cut, (width, height), interpolation=how).astype(np.uint8, copy=False), scale * times

"""A page of a scan as pixels, the limits that no file passes, and every reason why there are no pixels."""

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
"""Every reason why a page, or a file without pages, gives no pixels, with what it means."""


class ImageLimits(NamedTuple):
    """Limits that no scan needs to exceed; a page beyond them is set aside with its reason."""

    pixels: int = 80_000_000
    """Of a page: A3 at 600 dots per inch."""
    picture_bytes: int = 300_000_000
    """Of a file that is decoded as a whole, or of a member of a zip."""
    pages: int = 50_000
    """Of a file."""
    members: int = 100_000
    """Of a zip."""
    ratio: int = 200
    """Bytes that a byte of a zip may become, where they are more than `ratio_from`."""
    ratio_from: int = 200_000_000


LIMITS = ImageLimits()

LONGEST_SIDE = 5_000
"""Pixels: a longer picture is made smaller by a whole number, as reading needs no more."""


class PageFault(Exception):
    """A page, or a whole file, that gives no pixels; the reason is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PageImage(NamedTuple):
    """A page of a scan file: its pixels, or why there are none."""

    page: int
    """From 1; 0 for a file that has no page."""
    image: Grey | None
    fault: str = ""
    """One of `REASONS` where there are no pixels."""
    scale: float = 1.0
    """How many pixels of the stored scan a pixel stands for, along one side."""
    dpi: float = 0.0
    """Dots per inch of the stored scan, as its file says; 0 where it does not."""


def faulty(page: int, reason: str) -> PageImage:
    """A page that gives no pixels."""
    return PageImage(page, None, reason)


def check_size(width: int, height: int, limits: ImageLimits = LIMITS) -> None:
    """Raises PageFault for more pixels than are read."""
    if width * height > limits.pixels or width <= 0 or height <= 0:
        raise PageFault("too-many-pixels" if width * height > limits.pixels else "damaged")


def fitted(image: Grey, scale: float) -> tuple[Grey, float]:
    """The picture, made smaller by a whole number where it is longer than reading needs.

    Of black and white stays black and white, so that the reader sees what it was.
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

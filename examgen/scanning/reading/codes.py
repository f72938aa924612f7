"""The QR code of a sheet: located by the layout of the sheet, read, and parsed (docs/papers.md)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from examgen.scanning.page_reading import SheetIdentity

Grey = NDArray[np.uint8]

TRIES = (
    (8.0, 1.0, "LocalAverage"),
    (8.0, 1.5, "GlobalHistogram"),
    (12.0, 2.2, "LocalAverage"),
    (6.0, 0.0, "GlobalHistogram"),
    (12.0, 0.0, "LocalAverage"),
    (6.0, 1.8, "LocalAverage"),
    (10.0, 2.2, "LocalAverage"),
    (16.0, 3.2, "LocalAverage"),
    (8.0, 0.0, "LocalAverage"),
)
"""The settings that are tried one after another: samples per millimetre, smoothing in samples, and the
binarizer."""
MOST_PIXELS = 3000
"""The maximum length of the longer side of a picture in which codes are searched everywhere."""
QUIET_MM = 2.0
"""The margin included around a code, for white and for errors of its position."""


Pixels = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Code(NamedTuple):
    """The content of a sheet's QR code."""

    identity: SheetIdentity
    geometry: str
    page: int
    n_pages: int


def read_code(image: Grey, pixels: Pixels, qr: tuple[float, float, float]) -> Code | SheetIdentity:
    """Return the code at `qr` (x, y, size in mm); if it cannot be read, an identity that says so.

    `pixels` maps points of the sheet (n, 2), mm, to the image.
    """
    missing = SheetIdentity()
    for per_mm, smooth, binarizer in TRIES:
        cut = _cut(image, pixels, qr, per_mm)
        if smooth:
            cut = np.asarray(cv2.GaussianBlur(cut, (0, 0), smooth), np.uint8)
        barcode = zxingcpp.read_barcode(
            cut,
            formats=zxingcpp.barcode_formats_from_str("QRCode"),
            try_downscale=False,
            try_invert=False,
            binarizer=getattr(zxingcpp.Binarizer, binarizer),
        )
        text = barcode.text if barcode else ""
        found = taken_apart(text)
        if found:
            return found
        if text:
            missing = SheetIdentity("damaged")
    return missing


def codes_in(image: Grey) -> list[Code]:
    """Return the codes of answer sheets that are visible anywhere in a picture, from top to bottom."""
    found: dict[SheetIdentity, tuple[float, Code]] = {}
    largest = min(1.0, MOST_PIXELS / max(image.shape))
    for scale in (largest, largest / 2):
        if found:
            break
        seen = (
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
        )
        for barcode in zxingcpp.read_barcodes(seen, formats=zxingcpp.barcode_formats_from_str("QRCode")):
            if (code := taken_apart(barcode.text)) is not None:
                corner = barcode.position.top_left
                found.setdefault(code.identity, (corner.y, code))
    return [code for _, code in sorted(found.values(), key=lambda one: one[0])]


def _cut(image: Grey, pixels: Pixels, qr: tuple[float, float, float], per_mm: float) -> Grey:
    """Return the code upright, with white around it: mapped at nodes 1 mm apart, linear between them."""
    x, y, size = qr
    half = size / 2 + QUIET_MM
    nodes = np.arange(-half, half + 0.5, 1.0)
    at = np.stack([axis.ravel() for axis in np.meshgrid(x + nodes, y + nodes)], axis=1)
    coarse = pixels(at).reshape(len(nodes), len(nodes), 2).astype(np.float32)
    n = round(2 * half * per_mm)
    to_nodes = np.array([[1 / per_mm, 0, 0], [0, 1 / per_mm, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    maps = [
        cv2.warpAffine(coarse[..., axis], to_nodes, (n, n), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for axis in (0, 1)
    ]
    cut = cv2.remap(
        image, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255
    )
    return np.asarray(cut, np.uint8)


def taken_apart(text: str) -> Code | None:
    """Return the fields of a code's text; None if it is not a code of a sheet or its check is wrong."""
    said, _, check = text.rpartition(":")
    fields = said.split(":")
    if len(fields) != 6 or fields[0] != "EG1" or check != f"{zlib.crc32(said.encode()):08X}":
        return None
    exam, serial, candidate = (unquote(part) for part in fields[1:4])
    page, _, n_pages = fields[4].partition("/")
    if not (page.isdecimal() and n_pages.isdecimal()):
        return None
    return Code(SheetIdentity("read", exam, serial, candidate), fields[5], int(page), int(n_pages))

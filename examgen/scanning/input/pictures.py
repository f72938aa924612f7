"""JPEG, PNG and TIFF files → pages as grey pixels.

JPEG is decoded by OpenCV, TIFF by Pillow, and so is any PNG that OpenCV refuses, because Pillow reports what
is wrong with it; OpenCV is a sixth faster, but decodes a PNG entirely or not at all. A JPEG with a long side
of 3,000 pixels or more (A4 at 260 dpi) is decoded at half its size, which libjpeg does in half the time: 150
dpi suffice for reading. No file is decoded before its header shows that it does not have too many pixels.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from examgen.core.files import read_input
from examgen.scanning.input.page_image import (
    LIMITS,
    Grey,
    ImageLimits,
    PageFault,
    PageImage,
    check_size,
    fitted,
)

LARGE = 3000
"""The length of the long side in pixels from which half of them suffice."""
_FORMATS = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF"}
_END_OF_JPEG = b"\xff\xd9"
_WHITE = 255


def n_frames(path: Path, limits: ImageLimits) -> int:
    """Return the number of pages of a TIFF file."""
    with _opened(path, "tiff") as picture:
        n = 0
        try:
            while n <= limits.pages:
                picture.seek(n)
                n += 1
        except EOFError:
            return n
    raise PageFault("too-many-pages")


def tiff_page(path: Path, page: int, limits: ImageLimits = LIMITS) -> PageImage:
    """Return a page of a TIFF file, from 1."""
    with _opened(path, "tiff") as picture:
        picture.seek(page - 1)
        check_size(*picture.size, limits)
        image, scale = fitted(_grey(picture), 1.0)
        return PageImage(page, image, scale=scale)


def picture(path: Path, kind: str, limits: ImageLimits = LIMITS) -> PageImage:
    """Return the only page of a JPEG or PNG file."""
    if path.stat().st_size > limits.picture_bytes:
        raise PageFault("too-large")
    data = read_input(path, limits.picture_bytes // 1_000_000)
    if kind == "jpeg":
        return jpeg_page(data, limits=limits)
    with _opened(io.BytesIO(data), kind) as opened:
        check_size(*opened.size, limits)
        decoded = _usual_png(data) if opened.mode in ("L", "RGB") else None
        image, scale = fitted(_grey(opened) if decoded is None else decoded, 1.0)
        return PageImage(1, image, scale=scale)


def jpeg_page(data: bytes, page: int = 1, limits: ImageLimits = LIMITS) -> PageImage:
    """Return the picture in the bytes of a JPEG file. Raises PageFault if it is incomplete."""
    with _opened(io.BytesIO(data), "jpeg") as header:
        check_size(*header.size, limits)
    scan = data.find(b"\xff\xda")
    if scan < 0 or data.rfind(_END_OF_JPEG) < scan:
        raise PageFault("cut-short")
    decoded = decode(data)
    if decoded is None:
        raise PageFault("damaged")
    image, scale = fitted(*decoded)
    return PageImage(page, image, scale=scale)


@contextmanager
def _opened(file: Path | io.BytesIO, kind: str) -> Iterator[Image.Image]:
    """Open a file and read its header; any error of the decoders becomes a PageFault."""
    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata; sizes are looked at here
            with Image.open(file, formats=[_FORMATS[kind]]) as opened:
                yield opened
    except PageFault:
        raise
    except Image.DecompressionBombError:
        raise PageFault("too-many-pixels") from None
    except UnidentifiedImageError:
        raise PageFault("damaged") from None
    except MemoryError:
        raise
    except EOFError:
        raise PageFault("cut-short") from None
    except Exception as error:  # OSError, SyntaxError, struct.error, ValueError …: whatever a decoder raises
        is_short = "truncated" in str(error) or "unrecognized data stream" in str(error)
        raise PageFault("cut-short" if is_short else "damaged") from None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _usual_png(data: bytes) -> Grey | None:
    """Return the pixels of a PNG with eight bits, grey or in colour; None if OpenCV finds anything else in
    it."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if image is None or image.dtype != np.uint8 or image.shape[2:] not in ((), (3,)):
        return None
    return np.asarray(image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _grey(opened: Image.Image) -> Grey:
    """Return the grey pixels, on white paper where they are transparent."""
    if opened.mode in ("I", "F") or opened.mode.startswith("I;16"):
        # 16 or 32 bits, made 8: by the range that their type, or else they themselves, have
        deep = np.asarray(opened)
        top = 65_535.0
        if deep.size and (deep.dtype.kind == "f" or deep.dtype.itemsize > 2):
            most = float(deep.max())
            top = 65_535.0 if 255 < most <= 65_535 else max(most, 255.0)
        return (deep.astype(np.float32) * (255.0 / top)).clip(0, 255).astype(np.uint8)
    opened.load()
    alpha = opened.getchannel("A") if "A" in opened.getbands() else None
    if alpha is None and "transparency" in opened.info and opened.mode == "P":
        opened = opened.convert("LA")
        alpha = opened.getchannel("A")
    grey = opened if opened.mode == "L" else opened.convert("L")
    if alpha is not None:
        grey = Image.composite(grey, Image.new("L", grey.size, _WHITE), alpha)
    return np.asarray(grey, np.uint8)


def decode(data: bytes) -> tuple[Grey, float] | None:
    """Return the picture in a JPEG file, and how many pixels of the file each of its pixels represents along
    one side; None if OpenCV cannot decode it.

    The caller must limit the size of the picture beforehand.
    """
    try:
        half = data[:2] == b"\xff\xd8" and max(_jpeg_size(data)) >= LARGE
        mode = cv2.IMREAD_REDUCED_GRAYSCALE_2 if half else cv2.IMREAD_GRAYSCALE
        image = cv2.imdecode(np.frombuffer(data, np.uint8), mode | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if image is None else (image.astype(np.uint8, copy=False), 2.0 if half else 1.0)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Return height and width from the frame header (ITU-T T.81, B.2.2); (0, 0) if there is none."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
        at += 2 + (
            0 if 0xD0 <= marker <= 0xD8 or marker == 1 else int.from_bytes(data[at + 2 : at + 4], "big")
        )
    return 0, 0

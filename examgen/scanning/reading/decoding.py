"""Bytes of an image file → grey pixels as large as reading needs them.

JPEG files with a long side of 3,000 pixels or more (A4 at 260 dpi) are decoded at half their size, which
libjpeg does in half the time: 150 dpi suffice for reading.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

LARGE = 3000
"""Pixels of the long side from which half of them do."""


class Decoded(NamedTuple):
    """Grey pixels (H, W), and how many pixels of the file each of them stands for, along one side."""

    image: Grey
    scale: float


def decode(data: bytes) -> Decoded | None:
    """The picture in a JPEG, PNG or TIFF file, None where OpenCV cannot decode it.

    Who calls bounds the size of the picture beforehand: here it is taken as it is.
    """
    try:
        half = data[:2] == b"\xff\xd8" and max(_jpeg_size(data)) >= LARGE
        mode = cv2.IMREAD_REDUCED_GRAYSCALE_2 if half else cv2.IMREAD_GRAYSCALE
        image = cv2.imdecode(np.frombuffer(data, np.uint8), mode | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if image is None else Decoded(image.astype(np.uint8, copy=False), 2.0 if half else 1.0)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Height and width in the frame header (ITU-T T.81, B.2.2), (0, 0) where there is none."""
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

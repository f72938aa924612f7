"""Text → the dark and light modules of a Data Matrix or QR code, and the rectangles that draw them.

Encoded by zxing-cpp (ISO/IEC 16022 and 18004), the same modules for the same text. The quiet zone is not
part of the modules: leave one module of white around a Data Matrix, four around a QR code.
"""

from __future__ import annotations

import re
from math import isqrt
from typing import Literal

import zxingcpp

Modules = tuple[tuple[bool, ...], ...]
"""Rows from top to bottom; True is dark."""

Box = tuple[float, float, float, float]
"""x, y of the upper left corner, width, height."""

QUIET_MODULES = 4
"""The quiet zone of a QR code in modules, as its standard requires."""

_DARK = re.compile(rb"\x01+")


def data_matrix(text: str) -> Modules:
    """Return a square Data Matrix of this text."""
    return _modules(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True))


def qr_code(text: str, level: Literal["L", "M", "Q", "H"] = "M") -> Modules:
    """Return a QR code of this text; level M can correct 15 % of its codewords."""
    return _modules(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level))


def _modules(barcode: object) -> Modules:
    """Return the modules of a barcode, which is square."""
    image = memoryview(barcode.to_image(scale=1, add_quiet_zones=False))  # type: ignore[attr-defined]
    pixels = image.tobytes()
    side = isqrt(len(pixels))
    return tuple(tuple(pixel < 128 for pixel in pixels[y * side : (y + 1) * side]) for y in range(side))


def boxes(modules: Modules, x: float, y: float, size: float) -> list[Box]:
    """Return the dark modules as rectangles: runs along a row, merged with equal runs in the rows below.

    `x`, `y` is the upper left corner of the symbol and `size` its width, in any unit.
    """
    module = size / len(modules[0])
    found: list[Box] = []
    begun: dict[tuple[int, int], int] = {}
    for row, line in enumerate((*modules, ())):
        runs = dict.fromkeys(run.span() for run in _DARK.finditer(bytes(line)))
        for (left, right), top in [*begun.items()]:
            if (left, right) not in runs:
                del begun[left, right]
                found.append(
                    (x + left * module, y + top * module, (right - left) * module, (row - top) * module)
                )
        for run in runs:
            begun.setdefault(run, row)
    return found

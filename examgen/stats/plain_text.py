"""Normalisation of texts of cells and headings for comparison: ignores width, case, script of digits and
spacing."""

from __future__ import annotations

import re
from functools import lru_cache

_INVISIBLE = (
    "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_PLAIN: dict[int, str | None] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **{ord(digit): str(value) for value, digit in enumerate("๐๑๒๓๔๕๖๗๘๙")},
    **dict.fromkeys(map(ord, "–—−"), "-"),
    **dict.fromkeys(map(ord, _INVISIBLE)),
}
"""One way to write a character: of full width, as a Thai digit, as a dash; what cannot be seen is nothing."""
_SPACING = re.compile(r"[\s_]+")


@lru_cache(maxsize=8192)
def plain_text(text: str) -> str:
    """Return a heading or cell in the form in which texts are compared."""
    plain = text if text.isascii() else text.translate(_PLAIN)
    folded = plain.casefold().replace("\u0e4d\u0e32", "\u0e33")  # sara am may be typed as two characters
    return _SPACING.sub("", folded).rstrip(".:")

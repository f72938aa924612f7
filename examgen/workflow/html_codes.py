"""The code on a page of HTML: its picture, which also holds it as text, and the seal of the page around it.

The seal is a digest of the whole page, in which the picture of its code, drawn as it is here, counts as a
place only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from examgen.papers.symbols import Box

_SVG = '<svg viewBox="0 0 1 1" data-code="{}" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">'
_PATH = '<path d="{}"/></svg>'
BLANK = (_SVG + _PATH).format("", "")
"""What stands in the place of a code until there is one."""

_NAMED = re.compile(r'data-code="([0-9A-Z $%*+\-./:]+)"')


def drawing(code: str, rectangles: Iterable[Box]) -> str:
    """A code as a picture of rectangles in a square of 1 by 1."""
    path = " ".join(f"M{x:.5f} {y:.5f}h{w:.5f}v{h:.5f}h{-w:.5f}z" for x, y, w, h in rectangles)
    return (_SVG + _PATH).format(code, path)


def codes_in(html: str) -> list[str]:
    """The codes on a page, each once."""
    return list(dict.fromkeys(_NAMED.findall(html)))


def seal(html: str, picture: str = "") -> bytes:
    """The seal of a page with the picture of its code, or before it has one; ends of lines do not count."""
    bare = html.replace("\r\n", "\n")
    if picture and bare.count(picture) == 1:
        bare = bare.replace(picture, BLANK)
    return blake2b(bare.encode(errors="surrogatepass"), digest_size=16).digest()

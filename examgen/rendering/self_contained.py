"""An HTML page → the same page with the files that it shows embedded, and with only the needed letters of
our fonts.

A drawing in an HTML page cannot use the page's fonts, so it gets the letters of its own texts.
"""

from __future__ import annotations

import base64
import mimetypes
import re
import sys
from collections.abc import Sequence
from functools import cache, lru_cache
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from examgen.core.files import read_input
from examgen.core.problems import Refused
from examgen.core.resources import fonts
from examgen.core.text.fonts import FACES, is_common, subset, web_face

# the literal text comes first, so that a page is searched quickly
_SHOWN = re.compile(r"""file:(?<=(?:src=|url\()["']file:)[^"']+""")
_SVG_START = re.compile(r"<svg\b[^>]*>")
_IN_STYLES = re.compile(r"\\([0-9A-Fa-f]{1,6})")
"""Characters that styles give by their code points."""


def self_contained(html: str, folders: Sequence[Path]) -> str:
    """Return the page with the files that it shows embedded. Raises Refused for a file outside these
    folders."""
    by_number = (int(code, 16) for code in _IN_STYLES.findall(html))
    in_styles = "".join(chr(code) for code in by_number if code <= sys.maxunicode)
    common = is_common(unescape(html)) and is_common(in_styles)

    def data_address(found: re.Match[str]) -> str:
        address = found[0]
        if (name := _faces().get(address)) is not None:
            return _face(name, common)
        path = Path(url2pathname(urlsplit(unescape(address)).path)).resolve()
        if not any(path.is_relative_to(folder.resolve()) for folder in folders):
            raise Refused.because(
                "a page refers to {address}, which is outside the folders that it may read", address=address
            )
        return data_of(path.name, read_input(path))

    return _SHOWN.sub(data_address, html)


class Style(NamedTuple):
    """A font face of Sarabun, with its weight and style in CSS."""

    name: str
    weight: int
    style: str


STYLES = (Style("Regular", 400, "normal"), Style("Bold", 700, "normal"), Style("Italic", 400, "italic"))


def data_of(name: str, picture: bytes) -> str:
    """Return a picture with this file name as a `data:` address; an SVG drawing includes the letters of its
    texts."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _data(kind, _with_letters(picture) if kind == "image/svg+xml" else picture)


@lru_cache(64)
def _with_letters(drawing: bytes) -> bytes:
    try:
        svg = drawing.decode("utf-8")
    except UnicodeDecodeError:
        return drawing
    if "<text" not in svg:
        return drawing
    css = "".join(
        f"@font-face{{font-family:Sarabun;font-weight:{face.weight};font-style:{face.style};"
        f'src:url("{face_data(face.name, svg)}")}}'
        for face in STYLES
    )
    return _SVG_START.sub(lambda start: f"{start[0]}<style>{css}</style>", svg, count=1).encode()


def face_data(name: str, text: str) -> str:
    """Return a shipped font face, reduced to the characters of a text, as a `data:` address."""
    return _data("font/ttf", subset(name, text))


@cache
def _faces() -> dict[str, str]:
    """Return the name of each shipped font face by its file address."""
    return {(fonts() / f"Sarabun-{name}.ttf").as_uri(): name for name in FACES}


@cache
def _face(name: str, common: bool) -> str:
    # thousands of pages share two files; a page with a rare letter gets the whole face
    return _data("font/woff2", web_face(name, common))


def _data(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"

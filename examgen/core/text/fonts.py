"""The characters in the shipped Sarabun fonts: which can be printed, and how wide a text is set."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Set
from functools import cache
from pathlib import Path

from examgen.core.resources import fonts
from examgen.core.words import Message, tell

FACES = ("Regular", "Bold", "Italic")

UNSEEN = frozenset("\n\t\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""Invisible characters, which need no glyph in a font."""


COMMON = frozenset(
    [chr(code) for code in (*range(0x20, 0x7F), *range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C))]
    + list("\u00a0°±·×÷–—‘’“”†‡•…−≤≥←↑→↓■▲▼◆")
)
"""The characters of almost all reports in Thai and English, including names."""


PRINTED = COMMON | UNSEEN
"""The characters that are known to be printable without reading the fonts."""


@cache
def widths(name: str) -> dict[str, float]:
    """The advance width of each character of a shipped face, in em."""
    from fontTools.ttLib import TTFont

    with TTFont(fonts() / f"Sarabun-{name}.ttf", lazy=True) as font:
        advances, em = font["hmtx"], font["head"].unitsPerEm
        return {chr(code): advances[glyph][0] / em for code, glyph in font.getBestCmap().items()}


@cache
def _held() -> frozenset[str]:
    return frozenset().union(*map(widths, FACES)) | UNSEEN


def missing(text: str) -> list[str]:
    """Returns the characters of a text that are missing from all shipped fonts, each once."""
    if PRINTED.issuperset(text):
        return []
    held = _held()
    return [] if held.issuperset(text) else [char for char in dict.fromkeys(text) if char not in held]


def missing_message(char: str) -> Message:
    """Returns the message about a character that is missing from all fonts."""
    name = unicodedata.name(char, "unnamed")
    return tell(
        "the fonts have no {char!r} (U+{char_2:04X}, {name}). Write it another way.",
        char=char,
        char_2=ord(char),
        name=name,
    )


def subset(name: str, text: str) -> bytes:
    """Returns the shipped font of that style with only the characters of a text. The same text gives the same
    bytes."""
    return _cut(name, frozenset(text))


def is_common(text: str) -> bool:
    """Returns whether a text has only common characters, and characters that no font has."""
    return _rare().search(text) is None


@cache
def _rare() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(sorted(_held() - UNSEEN - COMMON)))}]")


def web_face(name: str, common: bool) -> bytes:
    """Returns the shipped font of that style as WOFF2, whole or with the common characters; always the same
    bytes."""
    return web_file(name, common).read_bytes()


def web_file(name: str, common: bool) -> Path:
    """Returns the path of the shipped WOFF2 file. Creating it takes a quarter to half a second."""
    return fonts() / "web" / f"Sarabun-{name}{'-common' if common else ''}.woff2"


def cut_web_face(name: str, common: bool) -> bytes:
    """Returns the same WOFF2 font, created again from the TrueType file."""
    return _cut(name, COMMON if common else frozenset(widths(name)), "woff2")


def _cut(name: str, chars: Set[str], flavor: str | None = None) -> bytes:
    """Returns the font with those characters and all their shaping, independent of the time of creation."""
    from fontTools import subset as cutting
    from fontTools.ttLib import TTFont

    options = cutting.Options(layout_features=["*"], recalc_timestamp=False, notdef_outline=True)
    with TTFont(fonts() / f"Sarabun-{name}.ttf", recalcTimestamp=False) as font:
        cutter = cutting.Subsetter(options)
        # shapers part ำ into these two, which the text itself may lack
        cutter.populate(unicodes=sorted({ord(char) for char in chars} | {0x0E4D, 0x0E32}))
        cutter.subset(font)
        font.flavor = flavor
        cut = io.BytesIO()
        font.save(cut)
    return cut.getvalue()

"""What the shipped Sarabun faces hold: which characters can be printed, how wide a text is set."""

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
"""Characters that draw nothing, whether or not a face knows them."""


COMMON = frozenset(
    [chr(code) for code in (*range(0x20, 0x7F), *range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C))]
    + list("\u00a0°±·×÷–—‘’“”†‡•…−≤≥←↑→↓■▲▼◆")
)
"""What reports in Thai and English are written in, names included, but for a few."""


PRINTED = COMMON | UNSEEN
"""What is known to be printed before the faces are read."""


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
    """The characters of a text that no shipped face holds, each once."""
    if PRINTED.issuperset(text):
        return []
    held = _held()
    return [] if held.issuperset(text) else [char for char in dict.fromkeys(text) if char not in held]


def missing_message(char: str) -> Message:
    """What to tell of a character that no face holds."""
    name = unicodedata.name(char, "unnamed")
    return tell(
        "the fonts have no {char!r} (U+{char_2:04X}, {name}). Write it another way.",
        char=char,
        char_2=ord(char),
        name=name,
    )


def subset(name: str, text: str) -> bytes:
    """The shipped face of that name with the characters of a text alone; the same text, the same bytes."""
    return _cut(name, frozenset(text))


def is_common(text: str) -> bool:
    """Whether the text has only common characters, and such as no face holds."""
    return _rare().search(text) is None


@cache
def _rare() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(sorted(_held() - UNSEEN - COMMON)))}]")


def web_face(name: str, common: bool) -> bytes:
    """The shipped face of that name as WOFF2, whole or of the common characters; always the same bytes."""
    return web_file(name, common).read_bytes()


def web_file(name: str, common: bool) -> Path:
    """Where it is shipped: to cut it takes a quarter to half a second for each face."""
    return fonts() / "web" / f"Sarabun-{name}{'-common' if common else ''}.woff2"


def cut_web_face(name: str, common: bool) -> bytes:
    """The same, cut from the TrueType face anew."""
    return _cut(name, COMMON if common else frozenset(widths(name)), "woff2")


def _cut(name: str, chars: Set[str], flavor: str | None = None) -> bytes:
    """The face with those characters, all its shaping kept, whenever it is made."""
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

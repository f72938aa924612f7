"""What a glyph says: a font → the text of each of its glyphs.

A font tells of few glyphs which character they draw (`cmap`); the others are reached by substitution
(`GSUB`: the small mai tho over a vowel, yo ying without its foot, the ligature of ฤ and ๅ). So the
substitutions are read backwards until nothing is added.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

_PRIVATE = range(0xE000, 0xF900)

# glyphs that older Thai fonts hold at private code points, as Windows and HarfBuzz know them
_PRIVATE_THAI = dict(
    zip(
        range(0xF700, 0xF71B),
        "\u0e10\u0e34\u0e35\u0e36\u0e37\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e48\u0e49\u0e4a\u0e4b\u0e4c"
        "\u0e0d\u0e31\u0e4d\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e38\u0e39\u0e3a",
        strict=True,
    )
)


def glyph_texts(font: Any) -> dict[int, str]:
    """The text of each glyph of a `fontTools.ttLib.TTFont` by its number; unknown glyphs are left out.

    Of two characters that share a glyph the lower code point is taken (space, not no-break space).
    """
    known = _mapped(font)
    added = -1
    while added != len(known):
        added = len(known)
        for glyph, parts in _substitutions(font):
            if glyph not in known and all(part in known for part in parts):
                known[glyph] = "".join(known[part] for part in parts)
    for code, name in _best_cmap(font).items():
        if code in _PRIVATE_THAI:
            known.setdefault(name, _PRIVATE_THAI[code])
    return {font.getGlyphID(name): text for name, text in _named(font, known).items() if text}


def mapped_texts(font: Any) -> dict[int, str]:
    """The characters that the font's character map tells of its glyphs, ligatures not spelt out."""
    lowest = {name: chr(code) for code, name in sorted(_best_cmap(font).items(), reverse=True)}
    return {font.getGlyphID(name): char for name, char in lowest.items()}


def _best_cmap(font: Any) -> dict[int, str]:
    return (font.getBestCmap() if "cmap" in font else None) or {}


def _mapped(font: Any) -> dict[str, str]:
    """The characters of the font's own character map."""
    known: dict[str, str] = {}
    for code, name in sorted(_best_cmap(font).items()):
        if code and code not in _PRIVATE:
            known.setdefault(name, _spelt(chr(code)))
    return known


def _spelt(char: str) -> str:
    """A Latin ligature as its letters: ﬁ is read as `fi`."""
    return unicodedata.normalize("NFKC", char) if "\ufb00" <= char <= "\ufb06" else char


def _named(font: Any, known: dict[str, str]) -> dict[str, str]:
    """The same with glyphs that only their name tells of (`uni0E4D0E48.narrow`)."""
    from fontTools import agl

    return {name: known.get(name) or agl.toUnicode(name) for name in font.getGlyphOrder()}


def _substitutions(font: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each glyph that a substitution puts in, with the glyphs that it stands for."""
    if "GSUB" not in font or not font["GSUB"].table.LookupList:
        return
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for subtable in lookup.SubTable:
            table = getattr(subtable, "ExtSubTable", subtable)
            for glyph, others in getattr(table, "ligatures", {}).items():
                yield from ((other.LigGlyph, (glyph, *other.Component)) for other in others)
            for glyph, others in getattr(table, "alternates", {}).items():
                yield from ((other, (glyph,)) for other in others)
            for glyph, other in getattr(table, "mapping", {}).items():
                # a multiple substitution maps to a list, of which no one glyph says the whole
                if isinstance(other, str):
                    yield other, (glyph,)

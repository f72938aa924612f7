"""A PDF whose fonts do not say which letters they draw → the same, with what the fonts' own programs tell.

A composite font draws glyphs by their numbers, and a stream beside it (`ToUnicode`) says what they are. Where
that is left out, damaged, or holds the numbers themselves, the program within the file often knows: by its
map of characters, by the names of its glyphs, or by its substitutions.
"""

from __future__ import annotations

import io
from typing import Any

from examgen.pdf.fonts import glyph_texts, to_unicode_map
from examgen.pdf.tags import to_unicode

_PROGRAMS = ("/FontFile2", "/FontFile3")


def mapped(data: bytes) -> bytes | None:
    """The file with the letters of its composite fonts; None where no font tells more than the file does."""
    import pikepdf

    told = False
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            for thing in pdf.objects:
                if isinstance(thing, pikepdf.Dictionary) and thing.get("/Subtype") == "/Type0":
                    told = _map(pdf, thing) or told
            if not told:
                return None
            written = io.BytesIO()
            pdf.save(written)
            return written.getvalue()
    except pikepdf.PdfError:
        return None


def _map(pdf: Any, font: Any) -> bool:
    """Whether the font was given what its program tells of its glyphs."""
    import pikepdf
    from fontTools.ttLib import TTFont, TTLibError

    if font.get("/Encoding") != "/Identity-H":
        return False
    below = font.DescendantFonts[0]
    embedded = next((below.FontDescriptor[name] for name in _PROGRAMS if name in below.FontDescriptor), None)
    if embedded is None:
        return False
    try:
        texts = glyph_texts(TTFont(io.BytesIO(embedded.read_bytes())))
        said = to_unicode(font.ToUnicode.read_bytes()) if "/ToUnicode" in font else {}
    except (TTLibError, ValueError, KeyError, IndexError, AssertionError):
        return False
    numbers = below.get("/CIDToGIDMap")
    if isinstance(numbers, pikepdf.Stream):
        places = numbers.read_bytes()
        of_codes = {n // 2: int.from_bytes(places[n : n + 2], "big") for n in range(0, len(places) - 1, 2)}
        texts = {code: texts[glyph] for code, glyph in of_codes.items() if glyph in texts}
    if not texts or texts.items() <= said.items():
        return False
    font.ToUnicode = pikepdf.Stream(pdf, to_unicode_map(dict(sorted({**said, **texts}.items()))))
    return True

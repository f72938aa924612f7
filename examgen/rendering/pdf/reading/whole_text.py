"""Bytes of a PDF file → its text.

The characters in older Thai fonts differ from what the fonts draw: shifted marks are private characters, and
letters of the Windows code page appear as letters of Western Europe. Both are corrected. A composite font
draws glyphs by number, and a stream beside it (`ToUnicode`) gives their characters. If this stream is
missing or damaged, or holds the numbers themselves, the embedded font program often knows the characters
(`mapped`): from its character map, the names of its glyphs, or its substitutions.
"""

from __future__ import annotations

import io
import re
from typing import Any, NamedTuple

import pikepdf
from fontTools.ttLib import TTFont, TTLibError

from examgen.core.models.standard import ReadingWarning
from examgen.core.problems import Refused
from examgen.core.words import joined, tell
from examgen.rendering.pdf.fonts import PRIVATE_THAI, glyph_texts, to_unicode_map
from examgen.rendering.pdf.reading.hidden import hidden_lines
from examgen.rendering.pdf.reading.letters import THAI, UNKNOWN
from examgen.rendering.pdf.reading.margins import WithoutMargins, without_margins
from examgen.rendering.pdf.reading.page_rows import one_after_the_other, parts_of, text_of_parts
from examgen.rendering.pdf.reading.pdfium import opened, raw
from examgen.rendering.pdf.tags import to_unicode

MOST_PAGES = 60
"""The most pages of a document that is read; a unit has about 6."""
MOST_LETTERS = 150_000
"""The most characters of a document; repeated hidden characters count too."""
_LEAST_LETTERS = 20
"""A page with fewer letters is taken for a picture of text."""
_STRANGE = re.compile(
    "[^\\s -~\u00a0-\u00ff\u0e01-\u0e5b\u2000-\u27bf\u2b00-\u2bff\uf000-\uf0ff\ufb00-\ufb06]"
)
"""Characters that are neither Thai nor Western, nor signs, nor bullets of a symbol font."""
_WESTERN = re.compile("[\u00a1-\u00fb]")
_AMONG_THAI = re.compile("(?<=[\u0e01-\u0e5b])[\u00d0-\u00ee]")
_SARA_AM = re.compile(
    "(?<=[\u0e01-\u0e2e\u0e48-\u0e4b])"
    f"(?:[^\\s0-9A-Za-z()\u0e01-\u0e5b]\u0e32|{UNKNOWN}([\u0e48-\u0e4b]?)[\u0e32\u0e33])"
)
"""Sara am whose circle is a glyph with another character or with none."""
_LIGATURES = {ord(one) << 8: one for one in "filst"}
"""Ghostscript writes the letters of some ligatures with their bytes swapped."""
_ABOVE_BELOW = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_IMPOSSIBLE = re.compile(
    f"(?<![\u0e01-\u0e2e{_ABOVE_BELOW}])[{_ABOVE_BELOW}]|[\u0e40-\u0e44](?![\u0e01-\u0e2e])"
    f"|(?<![\u0e01-\u0e2e{_ABOVE_BELOW}\u0e32])[\u0e30\u0e32\u0e33]|([\u0e48-\u0e4c])\\1"
)
"""A mark without a letter under it, a vowel without a letter after or before it, a tone twice."""
_MOST_IMPOSSIBLE = 500
"""The least number of Thai letters for each such place; the page of a unit has no such place."""
_MOST_TOLD = 8
"""The most invisible lines of a page that a warning quotes."""
_PROGRAMS = ("/FontFile2", "/FontFile3")


class TextOfPdf(NamedTuple):
    """The text of a document with its lines as printed, and warnings for its reader."""

    text: str
    doubts: tuple[ReadingWarning, ...] = ()
    pages: tuple[int, ...] = ()
    """The page of each line, from 1."""


def text_of(data: bytes, name: str) -> TextOfPdf:
    """The text of a document.

    Raises Refused if it has too many pages, if its pages are pictures, as from a scanner, or if it does not
    say which letters it draws.
    """
    read, hidden = _pages_of(data, name)
    parts = one_after_the_other(read.pages)
    text = text_of_parts(parts)
    if _odd(text) and (told := mapped(data)) is not None:
        other, hidden_there = _pages_of(told, name)
        its_parts = one_after_the_other(other.pages)
        again = text_of_parts(its_parts)
        if _odd(again) < _odd(text):
            read, hidden, parts, text = other, hidden_there, its_parts, again
    text = _put_right(text)
    letters = sum(map(str.isalpha, text))
    if letters < _LEAST_LETTERS * max(1, len(read.pages)):
        raise Refused(
            tell(
                "{name} has no text: its pages are pictures, as a scanner makes them. Save the unit's "
                "page of the web site (.html), or paste its text",
                name=name,
            )
        )
    thai = len(THAI.findall(text))
    is_garbled = _MOST_IMPOSSIBLE * len(_IMPOSSIBLE.findall(text)) > thai
    if is_garbled or 20 * len(_STRANGE.findall(text)) > letters or 20 * thai < letters:
        raise Refused(
            tell(
                "{name} has no Thai text that can be read: its fonts do not say which letters they draw. "
                "Save the unit's page of the web site (.html), print that to PDF anew, or paste its text",
                name=name,
            )
        )
    doubts = []
    if read.margins:
        message = tell(
            "left out as the head or foot of the pages: {lines}",
            lines=joined(map(repr, map(_put_right, read.margins))),
        )
        doubts.append(ReadingWarning(kind="margins_left_out", message=message))
    for page, lines in hidden:
        more = ["…"] if len(lines) > _MOST_TOLD else []
        message = tell(
            "page {page}: text was read that is not seen on the page, since it is drawn invisibly, too "
            "small, in the colour of what is behind it, behind something else or off the page: {lines}",
            page=page,
            lines=joined([*(repr(_put_right(line)) for line in lines[:_MOST_TOLD]), *more]),
        )
        doubts.append(ReadingWarning(kind="hidden_text", message=message))
    return TextOfPdf(text, tuple(doubts), tuple(one.page for one in parts))


def _pages_of(data: bytes, name: str) -> tuple[WithoutMargins, list[tuple[int, tuple[str, ...]]]]:
    """The pages without their margins, and the invisible lines of each page that has any.

    Raises Refused if there are too many pages or characters, if a page among others is a picture, or if its
    text is rotated.
    """
    with opened(data, name) as document:
        if len(document) > MOST_PAGES:
            raise Refused(
                tell(
                    "{name} has {n} pages, {most} at most are read: print the pages of the unit alone",
                    name=name,
                    n=len(document),
                    most=MOST_PAGES,
                )
            )
        for page in document:
            page.set_rotation(0)
        texts = [page.get_textpage() for page in document]
        letters = [one.count_chars() for one in texts]
        if sum(letters) > MOST_LETTERS:
            raise Refused(
                tell(
                    "{name} has more than {most:,} characters: print the pages of the unit alone",
                    name=name,
                    most=MOST_LETTERS,
                )
            )
        for n, (page, text) in enumerate(zip(document, texts, strict=True), 1):
            angles = [abs(raw.FPDFText_GetCharAngle(text, i)) for i in range(letters[n - 1])]
            if 2 * sum(0.1 < angle < 6.2 for angle in angles) > len(angles):
                raise Refused(
                    tell(
                        "{name}: the text of page {n} is turned. Save the unit's page of the web site "
                        "(.html), or print that to PDF anew, upright",
                        name=name,
                        n=n,
                    )
                )
            has_few = letters[n - 1] < _LEAST_LETTERS <= max(letters)
            if has_few and any(page.get_objects([raw.FPDF_PAGEOBJ_IMAGE])):
                raise Refused(
                    tell(
                        "{name}: page {n} is a picture, as a scanner makes it, and has no text. Save the "
                        "unit's page of the web site (.html), or paste its text",
                        name=name,
                        n=n,
                    )
                )
        pages = [*enumerate(zip(document, texts, strict=True), 1)]
        read = without_margins([parts_of(page, text, n) for n, (page, text) in pages])
        hidden = [(n, lines) for n, (page, text) in pages if (lines := hidden_lines(page, text))]
        return read, hidden


def _odd(text: str) -> int:
    """The number of places that Thai text cannot have."""
    return len(_STRANGE.findall(text)) + len(_IMPOSSIBLE.findall(text))


def _put_right(text: str) -> str:
    """The text with private characters and misread letters of the Windows code page as Thai."""
    text = text.translate(PRIVATE_THAI)
    is_western = len(THAI.findall(text)) < len(_WESTERN.findall(text))
    text = (_WESTERN if is_western else _AMONG_THAI).sub(
        lambda one: one[0].encode("latin-1").decode("cp874", "replace"), text
    )
    return _SARA_AM.sub(lambda one: (one[1] or "") + "\u0e33", text).translate(_LIGATURES)


def mapped(data: bytes) -> bytes | None:
    """The file with characters for its composite fonts; None if no font knows more than the file says."""
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
    """Adds the characters that the program of a font knows; returns whether it did."""
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

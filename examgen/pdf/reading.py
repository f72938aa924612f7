"""Bytes of a PDF file → its text, or its pages as pictures; by PDFium, which does one thing at a time.

A PDF says where letters stand, not what the text is: lines and blanks are found by PDFium. Browsers that
print Thai write a syllable of several glyphs more than once as hidden text; what stands there again is left
out. Thai is broken between words, where no blank stands: a line of Thai that goes on in the next one because
it is full ends with a word joiner.

Older Thai fonts say something else than they draw: marks that were moved aside are private characters, and
letters of the Windows code page those of Western Europe. Both are put right. Where a file does not say at
all what it draws, the programs of its fonts are asked (`mapped`): a composite font draws glyphs by their
numbers, and a stream beside it (`ToUnicode`) says what they are; where that is left out, damaged, or holds
the numbers themselves, the program within the file often knows, by its map of characters, by the names of its
glyphs, or by its substitutions.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, zip_longest
from statistics import median
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.pdf.fonts import PRIVATE_THAI, glyph_texts, to_unicode_map
from examgen.pdf.tags import to_unicode
from examgen.problems import MissingDependency, Refused
from examgen.words import tell

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

MOST_PAGES = 60
"""Of a document whose text is taken out; a unit has some 6."""
MOST_LETTERS = 150_000
"""Characters of a document, those that stand in it twice counted twice."""
_LEAST_LETTERS = 20
"""Letters a page under which it is held to be a picture of text."""
_ONE_AT_A_TIME = Lock()
_LOOK_BACK = 12
"""Characters in which a syllable may stand a second time."""
_INK = 250
"""A grey that is no longer paper."""
_THAI = re.compile("[\u0e01-\u0e5b]")
_STRANGE = re.compile(
    "[^\\s -~\u00a0-\u00ff\u0e01-\u0e5b\u2000-\u27bf\u2b00-\u2bff\uf000-\uf0ff\ufb00-\ufb06]"
)
"""What is neither Thai nor Western, nor a sign, nor a bullet of a font of symbols."""
_WESTERN = re.compile("[\u00a1-\u00fb]")
_AMONG_THAI = re.compile("(?<=[\u0e01-\u0e5b])[\u00d0-\u00ee]")
_SARA_AM = re.compile("(?<=[\u0e01-\u0e2e\u0e48-\u0e4b])[^\\s -~\u0e01-\u0e5b\u2060]\u0e32")
"""Sara am, of which the circle was drawn by a glyph that says something else."""
_JOINER = "\u2060"
_ROOM = 8
"""Heights of a line that its last word may have left empty."""
_MARK = re.compile("[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]")


class Damaged(Refused):
    """The bytes are not a PDF file that can be opened."""


class _Letter(NamedTuple):
    """A character and where its box stands, in points from the left and from below."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    is_made_up: bool
    """Whether no glyph stands for it: a blank or an end of line that PDFium found."""


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[PdfDocument]:
    try:
        import pypdfium2
    except ImportError:
        raise MissingDependency(tell("a PDF needs a library: pip install 'examgen[scan]'")) from None
    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", 0) == pypdfium2.raw.FPDF_ERR_PASSWORD:
                raise Refused(
                    tell("{name} has a password: save it without one, and give that", name=name)
                ) from None
            raise Damaged(
                tell("{name} is damaged, or not a PDF file: get the file again", name=name)
            ) from None
        try:
            yield document
        finally:
            document.close()


def text_of(data: bytes, name: str) -> str:
    """The text of a document, its lines as they are printed; `Refused` where it has too many pages, where
    its pages are pictures, as those of a scanner, or where it does not say which letters it draws."""
    pages = _pages_of(data, name)
    if any(map(_strange, pages)) and (told := mapped(data)) is not None:
        again = _pages_of(told, name)
        if sum(map(_strange, again)) < sum(map(_strange, pages)):
            pages = again
    text = _put_right("\n".join(pages))
    letters = sum(map(str.isalpha, text))
    if letters < _LEAST_LETTERS * max(1, len(pages)):
        raise Refused(
            tell(
                "{name} has no text: its pages are pictures, as a scanner makes them. Save the unit's "
                "page of the web site (.html), or paste its text",
                name=name,
            )
        )
    if 20 * _strange(text) > letters or 20 * len(_THAI.findall(text)) < letters:
        raise Refused(
            tell(
                "{name} has no Thai text that can be read: its fonts do not say which letters they draw. "
                "Save the unit's page of the web site (.html), print that to PDF anew, or paste its text",
                name=name,
            )
        )
    return text


def _pages_of(data: bytes, name: str) -> list[str]:
    with _opened(data, name) as document:
        if len(document) > MOST_PAGES:
            raise Refused(
                tell(
                    "{name} has {n} pages, {most} at most are read: print the pages of the unit alone",
                    name=name,
                    n=len(document),
                    most=MOST_PAGES,
                )
            )
        texts = [page.get_textpage() for page in document]
        if sum(one.count_chars() for one in texts) > MOST_LETTERS:
            raise Refused(
                tell(
                    "{name} has more than {most:,} characters: print the pages of the unit alone",
                    name=name,
                    most=MOST_LETTERS,
                )
            )
        return [_text_of_page(one) for one in texts]


def _strange(text: str) -> int:
    """How many characters are none that a document in Thai has."""
    return len(_STRANGE.findall(text))


def _put_right(text: str) -> str:
    """The Thai of private characters, and of letters that stand in the Windows code page where these do."""
    text = text.translate(PRIVATE_THAI)
    is_western = len(_THAI.findall(text)) < len(_WESTERN.findall(text))
    text = (_WESTERN if is_western else _AMONG_THAI).sub(
        lambda one: one[0].encode("latin-1").decode("cp874", "replace"), text
    )
    return _SARA_AM.sub("\u0e33", text)


def _text_of_page(page: PdfTextPage) -> str:
    kept: list[_Letter] = []
    syllable: list[_Letter] = []
    for letter in _letters(page):
        if syllable and _stands_with(syllable[-1], letter):
            syllable.append(letter)
            continue
        _keep(kept, syllable)
        syllable = [letter]
    _keep(kept, syllable)
    lines = list(_lines(kept))
    reach = _reach(lines)
    return "".join(
        line.text + (_JOINER if below and _goes_on(line, below, lines, reach) else "") + "\n"
        for line, below in zip_longest(lines, lines[1:])
    )


class _Line(NamedTuple):
    """A line and where it stands, in points."""

    text: str
    left: float
    bottom: float
    right: float
    height: float


def _lines(letters: Sequence[_Letter]) -> Iterator[_Line]:
    for ends, group in groupby(letters, lambda one: one.text in "\r\n"):
        line = list(group)
        if ends:
            breaks = "".join(one.text for one in line).replace("\r\n", "\n")
            yield from (_Line("", 0, 0, 0, 0) for _ in breaks[1:])
            continue
        drawn = [one for one in line if not one.text.isspace() and one.right > one.left] or line
        yield _Line(
            "".join(one.text for one in line),
            min(one.left for one in drawn),
            median(one.bottom for one in drawn),
            max(one.right for one in drawn),
            max(one.top - one.bottom for one in drawn),
        )


def _reach(lines: Sequence[_Line]) -> dict[int, float]:
    """By where lines begin how far the longest of them reaches."""
    found: dict[int, float] = {}
    for line in lines:
        for at in (round(line.left) - 1, round(line.left), round(line.left) + 1):
            found[at] = max(found.get(at, 0), line.right)
    return found


def _goes_on(line: _Line, below: _Line, lines: Sequence[_Line], reach: Mapping[int, float]) -> bool:
    """Whether Thai was broken at the end of a line: the next one stands right below, and begins with more
    letters than the line had room for, to the end of its column or to what stands beside it."""
    if not (line.text and below.text and _THAI.match(line.text[-1]) and _THAI.match(below.text[0])):
        return False
    stands_below = 0 < line.bottom - below.bottom < 3 * line.height
    if not stands_below or not line.left - 2 < below.left < line.right:
        return False
    beside = (
        one.left
        for one in lines
        if one.left > line.right and abs(one.bottom - line.bottom) < 3 * line.height and one.text
    )
    return min([reach[round(line.left)], *beside]) - line.right < _ROOM * line.height


def _letters(page: PdfTextPage) -> Iterator[_Letter]:
    from pypdfium2 import raw

    for n in range(page.count_chars()):
        code = raw.FPDFText_GetUnicode(page, n)
        if code:
            made_up = raw.FPDFText_IsGenerated(page, n) == 1
            left, bottom, right, top = page.get_charbox(n)
            yield _Letter(chr(code), left, bottom, right, top, made_up)


def _stands_with(before: _Letter, letter: _Letter) -> bool:
    """Whether two letters share the height of one box, as those of a syllable written as hidden text do."""
    same = abs(before.bottom - letter.bottom) < 0.01 and abs(before.top - letter.top) < 0.01
    return same and abs(before.right - letter.left) < 0.01 and not letter.is_made_up


def _keep(kept: list[_Letter], syllable: list[_Letter]) -> None:
    """Adds letters, unless they stand for a syllable that has been told; a blank that PDFium put into the
    middle of a word because a syllable's box was too narrow goes."""
    text = "".join(one.text for one in syllable)
    if not text:
        return
    is_syllable = len(text) > 1 and _MARK.search(text) is not None
    if is_syllable and _is_told(kept[-_LOOK_BACK:], syllable, text):
        return
    if len(kept) > 1 and kept[-1].text == " " and kept[-1].is_made_up and _THAI.match(text[0]):
        before = kept[-2]
        if _THAI.match(before.text) and kept[-1].left < before.left:
            kept.pop()
    kept.extend(syllable)


def _is_told(before: list[_Letter], syllable: list[_Letter], text: str) -> bool:
    at = "".join(one.text for one in before).rfind(text)
    if at < 0:
        return False
    told = before[at : at + len(text)]
    middle = (syllable[0].left + syllable[-1].right) / 2
    height = told[0].top - told[0].bottom
    return (
        told[0].left - height < middle < told[-1].right + height
        and abs(told[0].bottom - syllable[0].bottom) < 3 * height
    )


_BESIDE_DPI, _PICTURE_DPI = 80, 110
"""Dots per inch of pages beside each other, and of pages as one picture."""


def pages_beside(data: bytes, name: str, numbers: Sequence[int]) -> bytes:
    """Pages by their numbers (from 0) whole, each in a frame, from left to right as a PNG."""
    from PIL import Image, ImageOps

    with _opened(data, name) as document:
        pages = [
            document[n].render(scale=_BESIDE_DPI / 72).to_pil().convert("RGB")
            for n in numbers
            if n < len(document)
        ]
    framed = [ImageOps.expand(one, 1, "#76818e") for one in pages]
    gap = _BESIDE_DPI // 8
    width = sum(one.width for one in framed) + gap * (len(framed) - 1)
    whole = Image.new("RGB", (width, max(one.height for one in framed)), "white")
    at = 0
    for one in framed:
        whole.paste(one, (at, 0))
        at += one.width + gap
    file = io.BytesIO()
    whole.save(file, "PNG", optimize=True)
    return file.getvalue()


def picture_of(data: bytes, name: str) -> bytes:
    """The pages one under the other as a PNG: of each what is printed from its top to the first empty inch,
    without its margins."""
    import numpy as np
    from PIL import Image

    parts = []
    with _opened(data, name) as document:
        for page in document:
            image = page.render(scale=_PICTURE_DPI / 72).to_pil().convert("RGB")
            is_ink = np.asarray(image.convert("L")) < _INK
            rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
            if not rows.size:
                continue
            gaps = np.flatnonzero(np.diff(rows) > _PICTURE_DPI)
            last = int(rows[gaps[0]]) if gaps.size else int(rows[-1])
            edge = _PICTURE_DPI // 8
            parts.append(
                image.crop(
                    (
                        max(0, int(columns[0]) - edge),
                        max(0, int(rows[0]) - edge),
                        min(image.width, int(columns[-1]) + edge),
                        min(image.height, last + edge),
                    )
                )
            )
    whole = Image.new(
        "RGB", (max((one.width for one in parts), default=1), sum(one.height for one in parts) or 1), "white"
    )
    at = 0
    for one in parts:
        whole.paste(one, (0, at))
        at += one.height
    file = io.BytesIO()
    whole.save(file, "PNG", optimize=True)
    return file.getvalue()


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

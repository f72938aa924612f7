"""Bytes of a PDF file → its text, or its pages as pictures; by PDFium, which does one thing at a time.

A PDF says where letters stand, not what the text is: lines and blanks are found by PDFium. Browsers that
print Thai write a syllable of several glyphs more than once as hidden text; what stands there again is left
out.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

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
    """The text of a document, its lines as they are printed; `Refused` where it has too many pages, or where
    its pages are pictures, as those of a scanner."""
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
        pages = [_text_of_page(one) for one in texts]
    letters = sum(one.isalpha() for page in pages for one in page)
    if letters < _LEAST_LETTERS * max(1, len(pages)):
        raise Refused(
            tell(
                "{name} has no text: its pages are pictures, as a scanner makes them. Save the unit's "
                "page of the web site (.html), or paste its text",
                name=name,
            )
        )
    return "\n".join(pages)


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
    return "".join(one.text for one in kept).replace("\r\n", "\n").replace("\r", "\n")


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


def pages_beside(data: bytes, name: str, numbers: Sequence[int], dots_per_inch: int = 80) -> bytes:
    """Pages by their numbers (from 0) whole, each in a frame, from left to right as a PNG."""
    from PIL import Image, ImageOps

    with _opened(data, name) as document:
        pages = [
            document[n].render(scale=dots_per_inch / 72).to_pil().convert("RGB")
            for n in numbers
            if n < len(document)
        ]
    framed = [ImageOps.expand(one, 1, "#76818e") for one in pages]
    gap = dots_per_inch // 8
    width = sum(one.width for one in framed) + gap * (len(framed) - 1)
    whole = Image.new("RGB", (width, max(one.height for one in framed)), "white")
    at = 0
    for one in framed:
        whole.paste(one, (at, 0))
        at += one.width + gap
    file = io.BytesIO()
    whole.save(file, "PNG", optimize=True)
    return file.getvalue()


def picture_of(data: bytes, name: str, dots_per_inch: int = 110) -> bytes:
    """The pages one under the other as a PNG: of each what is printed from its top to the first empty inch,
    without its margins."""
    import numpy as np
    from PIL import Image

    parts = []
    with _opened(data, name) as document:
        for page in document:
            image = page.render(scale=dots_per_inch / 72).to_pil().convert("RGB")
            is_ink = np.asarray(image.convert("L")) < _INK
            rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
            if not rows.size:
                continue
            gaps = np.flatnonzero(np.diff(rows) > dots_per_inch)
            last = int(rows[gaps[0]]) if gaps.size else int(rows[-1])
            edge = dots_per_inch // 8
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

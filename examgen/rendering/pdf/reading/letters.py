"""The letters of a page → its lines, found by the positions of the letters.

Browsers that print Thai write a syllable of several glyphs a second time as hidden text; the repeated letters
are left out.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from examgen.rendering.pdf.reading.pdfium import raw

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

THAI = re.compile("[\u0e01-\u0e5b]")
UNKNOWN = "\ufffd"
"""A glyph for which the file names no character."""
_CONSONANT = re.compile("[\u0e01-\u0e2e]")
_MARK = re.compile("[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]")
_TONES = "\u0e48\u0e49\u0e4a\u0e4b\u0e4c"
_NEAR_BY, _LOOK_BACK = 12, 300
"""How many characters back a syllable may be repeated: near its place, and exactly at its place."""
_BLANK, GAP, _COLUMN = 0.3, 1.0, 3
"""Gaps in units of the height of letters: they separate words where PDFium finds a blank, words where it
finds none, and columns."""
_HIDDEN = 0.45
"""A letter below this share of the usual height is hidden text."""
_MOST_STRAYED = 2_000
"""The most marks of a page that are moved back to their letters."""


class Letter(NamedTuple):
    """A character, its box in points from the left and the bottom of the page, and the y of its baseline."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    line: float
    is_behind_blank: bool
    """Whether PDFium finds a blank or a line end before it."""

    @property
    def height(self) -> float:
        """The height of the box."""
        return self.top - self.bottom


def without_doubled_letters(page: PdfTextPage) -> list[Letter]:
    """The letters of a page, without those of repeated syllables."""
    kept: list[Letter] = []
    syllable: list[Letter] = []
    for letter in _letters(page):
        # the letters of a syllable that is hidden text have the height of one box
        before = syllable[-1] if syllable else letter
        same = abs(before.bottom - letter.bottom) < 0.01 and abs(before.top - letter.top) < 0.01
        if syllable and same and abs(before.right - letter.left) < 0.01:
            syllable.append(letter)
            continue
        _keep(kept, syllable)
        syllable = [letter]
    _keep(kept, syllable)
    # hidden syllables far from where they are drawn have tiny boxes
    least = _HIDDEN * median([one.height for one in kept if _CONSONANT.match(one.text)] or [0])
    drawn: list[Letter] = []
    hidden: Letter | None = None
    for letter in kept:
        if _CONSONANT.match(letter.text):
            hidden = letter if letter.height < least and letter.right - letter.left < least / 2 else None
        if hidden is None or (letter.bottom, letter.top) != (hidden.bottom, hidden.top):
            drawn.append(letter)
    return _at_their_bases(drawn)


def _at_their_bases(letters: list[Letter]) -> list[Letter]:
    """The letters with each mark after the letter that it is over or under.

    If a font draws marks by moving back, PDFium gives some of them later in the line, as words of their own.
    """
    strayed: list[Letter] = []
    kept: list[Letter] = []
    for letter in letters:
        base = next((one for one in reversed(kept[-4:]) if not is_mark(one)), None)
        if is_mark(letter) and not (base and _is_over(letter, base)):
            strayed.append(letter)
        else:
            kept.append(letter)
    if not strayed or len(strayed) > _MOST_STRAYED:
        return letters
    for mark in strayed:
        near = [n for n, one in enumerate(kept) if _is_over(mark, one)]
        if not near:
            return letters
        middle = (mark.left + mark.right) / 2
        at = min(near, key=lambda n: abs((kept[n].left + kept[n].right) / 2 - middle)) + 1
        while at < len(kept) and is_mark(kept[at]) and kept[at].text not in _TONES:
            at += 1
        while at < len(kept) and mark.text in _TONES and is_mark(kept[at]):
            at += 1
        kept.insert(at, mark)
    return kept


def is_mark(letter: Letter) -> bool:
    """Whether a letter is a vowel or tone mark over or under another letter."""
    return _MARK.match(letter.text) is not None and letter.text != "\u0e33"


def _is_over(mark: Letter, base: Letter) -> bool:
    """Whether a mark is over or under a letter, or at its right edge."""
    if not _CONSONANT.match(base.text):
        return False
    is_beside = base.left - 1 < (mark.left + mark.right) / 2 < base.right + 0.2 * base.height
    return is_beside and abs(mark.line - base.line) < 0.5 * base.height


class PageLine(NamedTuple):
    """A line of a page and its place, in points."""

    text: str
    left: float
    bottom: float
    right: float
    height: float
    word: float
    """The width of its first word."""


def lines_of(letters: Sequence[Letter]) -> Iterator[PageLine]:
    """The letters grouped into lines; a wide gap does not end a line."""
    line: list[Letter] = []
    for letter in letters:
        before = next((one for one in reversed(line) if not is_mark(one)), None)
        if before and not is_mark(letter):
            height = max(before.height, letter.height)
            is_behind = letter.left > before.left - height
            if not is_behind or abs(before.line - letter.line) >= 0.5 * height:
                yield _line(line)
                line = []
        line.append(letter)
    if line:
        yield _line(line)


def _line(letters: Sequence[Letter]) -> PageLine:
    height = median(sorted(one.height for one in letters if not is_mark(one)) or [0])
    text, right, word = "", letters[0].left, 0.0
    for letter in letters:
        gap = letter.left - right
        least = _COLUMN if text.endswith("\u0e33") else _BLANK if letter.is_behind_blank else GAP
        if text and not is_mark(letter) and gap > height * least:
            text += " " if gap < _COLUMN * height else "   "
            word = word or right
        text += letter.text
        right = max(right, letter.right)
    return PageLine(
        text,
        min(one.left for one in letters),
        median(one.line for one in letters),
        right,
        height,
        (word or right) - letters[0].left,
    )


def _letters(page: PdfTextPage) -> Iterator[Letter]:
    """The letters without blanks and line ends, of which PDFium finds too many."""
    x, y = ctypes.c_double(), ctypes.c_double()
    is_behind_blank = False
    for n in range(page.count_chars()):
        text = chr(raw.FPDFText_GetUnicode(page, n))
        left, bottom, right, top = page.get_charbox(n)
        if text == "\0" and right > left and top > bottom:
            text = UNKNOWN
        if text.isspace() or text == "\0" or raw.FPDFText_IsGenerated(page, n) == 1:
            is_behind_blank = True
            continue
        raw.FPDFText_GetCharOrigin(page, n, x, y)
        yield Letter(text, left, bottom, right, top, y.value, is_behind_blank)
        is_behind_blank = False


def _keep(kept: list[Letter], syllable: list[Letter]) -> None:
    """Adds letters, unless they repeat a syllable that is there already."""
    text = "".join(one.text for one in syllable)
    if len(text) > 1 and _MARK.search(text):
        before = kept[-_LOOK_BACK:]
        middle = (syllable[0].left + syllable[-1].right) / 2
        whole = "".join(one.text for one in before)
        at = whole.rfind(text)
        while at >= 0:
            told = before[at : at + len(text)]
            height = told[0].height
            around = 0.5 * height if len(before) - at <= _NEAR_BY else 0
            is_beside = told[0].left - around < middle < told[-1].right + around
            if is_beside and abs(told[0].line - syllable[0].line) < 0.5 * height:
                return
            at = whole.rfind(text, 0, at)
    kept.extend(syllable)

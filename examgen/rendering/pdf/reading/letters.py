"""The letters of a page → lines, found by where letters stand.

Browsers that print Thai write a syllable of several glyphs more than once as hidden text; what stands there
again is left out.
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
"""What is drawn, and of which the file does not say what it is."""
_CONSONANT = re.compile("[\u0e01-\u0e2e]")
_MARK = re.compile("[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]")
_TONES = "\u0e48\u0e49\u0e4a\u0e4b\u0e4c"
_NEAR_BY, _LOOK_BACK = 12, 300
"""Characters in which a syllable may stand a second time: near it, and exactly where it stands."""
_BLANK, GAP, _COLUMN = 0.3, 1.0, 3
"""Heights of the letters of a line between two that part words where PDFium finds a blank, where it finds
none, and that part columns."""
_HIDDEN = 0.45
"""Of the height of letters, one that is told and not drawn."""
_MOST_STRAYED = 2_000
"""Marks of a page that are brought back to their letters."""


class Letter(NamedTuple):
    """A character, where its box stands, in points from the left and from below, and on what line."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    line: float
    is_behind_blank: bool
    """Whether PDFium finds a blank or an end of line before it."""

    @property
    def height(self) -> float:
        """Of its box."""
        return self.top - self.bottom


def without_doubled_letters(page: PdfTextPage) -> list[Letter]:
    """The letters of a page, those of a syllable that stands there a second time left out."""
    kept: list[Letter] = []
    syllable: list[Letter] = []
    for letter in _letters(page):
        # those of a syllable written as hidden text share the height of one box
        before = syllable[-1] if syllable else letter
        same = abs(before.bottom - letter.bottom) < 0.01 and abs(before.top - letter.top) < 0.01
        if syllable and same and abs(before.right - letter.left) < 0.01:
            syllable.append(letter)
            continue
        _keep(kept, syllable)
        syllable = [letter]
    _keep(kept, syllable)
    # syllables that are told far from where they are drawn stand in tiny boxes
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
    """The letters with each mark behind the one that it stands over or under: of fonts that draw marks by
    moving back, PDFium tells some later in the line, as a word of their own."""
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
    """Whether it stands over or under a letter: a vowel or a tone."""
    return _MARK.match(letter.text) is not None and letter.text != "\u0e33"


def _is_over(mark: Letter, base: Letter) -> bool:
    """Whether a mark stands over or under a letter, or at its right edge."""
    if not _CONSONANT.match(base.text):
        return False
    is_beside = base.left - 1 < (mark.left + mark.right) / 2 < base.right + 0.2 * base.height
    return is_beside and abs(mark.line - base.line) < 0.5 * base.height


class PageLine(NamedTuple):
    """A line and where it stands, in points."""

    text: str
    left: float
    bottom: float
    right: float
    height: float
    word: float
    """How wide its first word is."""


def lines_of(letters: Sequence[Letter]) -> Iterator[PageLine]:
    """The letters by the lines that they stand on; what stands far beside the rest is of that line."""
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
    """What is drawn; of blanks and ends of lines PDFium finds too many."""
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
    """Adds letters, unless they stand for a syllable that has been told."""
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

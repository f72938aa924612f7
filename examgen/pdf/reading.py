"""Bytes of a PDF file → its text, or its pages as pictures; by PDFium, which does one thing at a time.

A PDF says where letters stand, not what the text is: lines and blanks are found by their places, the tables
by the lines that rule them (`ruled.py`), each row of which is one line of text with bars around its cells.
Browsers that print Thai write a syllable of several glyphs more than once as hidden text; what stands there
again is left out. A line that goes on in the next one because it is full is joined with it: Thai is broken
between words, where no blank stands.

Older Thai fonts say something else than they draw: marks that were moved aside are private characters, and
letters of the Windows code page those of Western Europe. Both are put right. Where a file does not say at
all what it draws, the programs of its fonts are asked (`mapped`): a composite font draws glyphs by their
numbers, and a stream beside it (`ToUnicode`) says what they are; where that is left out, damaged, or holds
the numbers themselves, the program within the file often knows, by its map of characters, by the names of its
glyphs, or by its substitutions.
"""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product, takewhile
from statistics import median
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from examgen.pdf.fonts import PRIVATE_THAI, glyph_texts, to_unicode_map
from examgen.pdf.ruled import Cell, by_row, rules_of, tables_of
from examgen.pdf.tags import to_unicode
from examgen.problems import MissingDependency, Refused
from examgen.words import tell

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

MOST_PAGES = 60
"""Of a document whose text is taken out; a unit has some 6."""
MOST_LETTERS = 150_000
"""Characters of a document, those that stand in it twice counted twice."""
_LEAST_LETTERS = 20
"""Letters a page under which it is held to be a picture of text."""
_ONE_AT_A_TIME = Lock()
_NEAR_BY, _LOOK_BACK = 12, 300
"""Characters in which a syllable may stand a second time: near it, and exactly where it stands."""
_INK = 250
"""A grey that is no longer paper."""
_THAI = re.compile("[\u0e01-\u0e5b]")
_STRANGE = re.compile(
    "[^\\s -~\u00a0-\u00ff\u0e01-\u0e5b\u2000-\u27bf\u2b00-\u2bff\uf000-\uf0ff\ufb00-\ufb06]"
)
"""What is neither Thai nor Western, nor a sign, nor a bullet of a font of symbols."""
_WESTERN = re.compile("[\u00a1-\u00fb]")
_AMONG_THAI = re.compile("(?<=[\u0e01-\u0e5b])[\u00d0-\u00ee]")
_SARA_AM = re.compile("(?<=[\u0e01-\u0e2e\u0e48-\u0e4b])[^\\s0-9A-Za-z()\u0e01-\u0e5b\u2060]\u0e32")
"""Sara am, of which the circle was drawn by a glyph that says something else."""
_BEGINS = re.compile(
    "[^\\w\\s(),;\"'\u201c\u2018&/]|\\(?(?:[\\d\u0e50-\u0e59]{1,2}(?:\\.\\d+)*|[\u0e01-\u0e2e])[.)]"
    "|[A-Z]{1,5}[-A-Z]*\\d{2,}|\\d{3,}\\.\\d"
)
"""What a line of its own begins with: a bullet, the number of a list or a heading, a code."""
_PITCH = 4
"""Heights of letters from a line to the next one of a text, at most."""
_ROOM = 8
"""Heights of a line that its last word may have left empty."""
_BLANK, _GAP, _COLUMN = 0.3, 1.0, 3
"""Heights of the letters of a line between two that part words where PDFium finds a blank, where it finds
none, and that part columns."""
_CONSONANT = re.compile("[\u0e01-\u0e2e]")
_MARGIN = 4
"""Lines at the head of a page, and at its foot, that may be the same on all."""
_DIGITS = re.compile("[\\d\u0e50-\u0e59]+")
_ABOVE_BELOW = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_IMPOSSIBLE = re.compile(
    f"(?<![\u0e01-\u0e2e{_ABOVE_BELOW}])[{_ABOVE_BELOW}]|[\u0e40-\u0e44](?![\u0e01-\u0e2e])"
    f"|(?<![\u0e01-\u0e2e{_ABOVE_BELOW}\u0e32])[\u0e30\u0e32\u0e33]|([\u0e48-\u0e4c])\\1"
)
"""A mark over no letter, a vowel before or behind none, a tone twice."""
_MOST_IMPOSSIBLE = 500
"""Thai letters for each such place, at least; a page of a unit has none."""
_HIDDEN = 0.45
"""Of the height of letters, one that is told and not drawn."""
_TONES = "\u0e48\u0e49\u0e4a\u0e4b\u0e4c"
_MOST_STRAYED = 2_000
"""Marks of a page that are brought back to their letters."""
_SQUARES = 40
"""Along each side of a table, by which its cells are looked up."""
_MARK = re.compile("[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]")


class Damaged(Refused):
    """The bytes are not a PDF file that can be opened."""


class _Letter(NamedTuple):
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
    text = _whole(pages)
    if _odd(text) and (told := mapped(data)) is not None:
        again = _whole(_pages_of(told, name))
        text = min(text, again, key=_odd)
    text = _put_right(text)
    letters = sum(map(str.isalpha, text))
    if letters < _LEAST_LETTERS * max(1, len(pages)):
        raise Refused(
            tell(
                "{name} has no text: its pages are pictures, as a scanner makes them. Save the unit's "
                "page of the web site (.html), or paste its text",
                name=name,
            )
        )
    thai = len(_THAI.findall(text))
    is_garbled = _MOST_IMPOSSIBLE * len(_IMPOSSIBLE.findall(text)) > thai
    if is_garbled or 20 * _strange(text) > letters or 20 * thai < letters:
        raise Refused(
            tell(
                "{name} has no Thai text that can be read: its fonts do not say which letters they draw. "
                "Save the unit's page of the web site (.html), print that to PDF anew, or paste its text",
                name=name,
            )
        )
    return text


def _pages_of(data: bytes, name: str) -> list[list[_Part]]:
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
        for page in document:
            page.set_rotation(0)
        texts = [page.get_textpage() for page in document]
        if sum(one.count_chars() for one in texts) > MOST_LETTERS:
            raise Refused(
                tell(
                    "{name} has more than {most:,} characters: print the pages of the unit alone",
                    name=name,
                    most=MOST_LETTERS,
                )
            )
        _refuse_pages(document, texts, name)
        return _without_margins([_parts_of(page, text) for page, text in zip(document, texts, strict=True)])


def _refuse_pages(document: PdfDocument, texts: Sequence[PdfTextPage], name: str) -> None:
    """`Refused` where a page among others is a picture, or its text does not run from left to right."""
    from pypdfium2 import raw

    letters = [one.count_chars() for one in texts]
    for n, (page, text) in enumerate(zip(document, texts, strict=True), 1):
        angles = [abs(raw.FPDFText_GetCharAngle(text, i)) for i in range(letters[n - 1])]
        if 2 * sum(0.1 < angle < 6.2 for angle in angles) > len(angles):
            raise Refused(
                tell(
                    "{name}: the text of page {n} is turned. Save the unit's page of the web site (.html), "
                    "or print that to PDF anew, upright",
                    name=name,
                    n=n,
                )
            )
        if letters[n - 1] < _LEAST_LETTERS <= max(letters) and any(
            page.get_objects([raw.FPDF_PAGEOBJ_IMAGE])
        ):
            raise Refused(
                tell(
                    "{name}: page {n} is a picture, as a scanner makes it, and has no text. Save the "
                    "unit's page of the web site (.html), or paste its text",
                    name=name,
                    n=n,
                )
            )


def _strange(text: str) -> int:
    """How many characters are none that a document in Thai has."""
    return len(_STRANGE.findall(text))


def _odd(text: str) -> int:
    """How many places are none that Thai has."""
    return _strange(text) + len(_IMPOSSIBLE.findall(text))


def _put_right(text: str) -> str:
    """The Thai of private characters, and of letters that stand in the Windows code page where these do."""
    text = text.translate(PRIVATE_THAI)
    is_western = len(_THAI.findall(text)) < len(_WESTERN.findall(text))
    text = (_WESTERN if is_western else _AMONG_THAI).sub(
        lambda one: one[0].encode("latin-1").decode("cp874", "replace"), text
    )
    return _SARA_AM.sub("\u0e33", text)


class _Text(NamedTuple):
    """A line of text, and how high on the page it stands."""

    text: str
    bottom: float


class _Row(NamedTuple):
    """A row of a table that lines rule: the texts of its cells, and where its columns begin."""

    cells: tuple[str, ...]
    lefts: tuple[int, ...]


_Part = _Text | _Row


def _parts_of(page: PdfPage, text: PdfTextPage) -> list[_Part]:
    """The lines of a page, and the rows of its tables where they stand among them."""
    tables = [_Table(cells) for cells in tables_of(rules_of(page))]
    order: list[_Table | list[_Letter]] = []
    table: _Table | None = None
    for letter in _told_once(text):
        if not _is_mark(letter):
            table = next((one for one in tables if one.takes(letter)), None)
        elif table is not None:
            table.goes_with(letter)
        if table is None:
            if not order or isinstance(order[-1], _Table):
                order.append([])
            order[-1].append(letter)  # type: ignore[union-attr]
        elif table not in order:
            order.append(table)
    parts: list[_Part] = []
    for one in order:
        parts += one.rows() if isinstance(one, _Table) else _joined(list(_lines(one)))
    return parts


class _Table:
    """A table that is being filled: letters by the cell that they stand in."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.box = Cell(
            min(one.left for one in cells),
            min(one.bottom for one in cells),
            max(one.right for one in cells),
            max(one.top for one in cells),
        )
        self.cells: dict[Cell, list[_Letter]] = {one: [] for one in cells}
        self.last: Cell | None = None
        # a page may have thousands of both letters and cells: cells are looked up by squares of the table
        self.near: dict[tuple[int, int], list[Cell]] = {}
        for one in cells:
            (first, lowest), (last, highest) = self.square(*one[:2]), self.square(*one[2:])
            for square in product(range(first, last + 1), range(lowest, highest + 1)):
                self.near.setdefault(square, []).append(one)

    def square(self, x: float, y: float) -> tuple[int, int]:
        """The square of the table that a point lies in."""
        left, bottom, right, top = self.box
        return int(_SQUARES * (x - left) / (right - left)), int(_SQUARES * (y - bottom) / (top - bottom))

    def takes(self, letter: _Letter) -> bool:
        """Whether the letter stands in a cell, which has it then."""
        x, y = (letter.left + letter.right) / 2, (letter.bottom + letter.top) / 2
        if not self.box.holds(x, y):
            return False
        cell = self.last
        if cell is None or not cell.holds(x, y):
            cell = next((one for one in self.near.get(self.square(x, y), ()) if one.holds(x, y)), None)
        if cell is None:
            return False
        self.cells[cell].append(letter)
        self.last = cell
        return True

    def goes_with(self, mark: _Letter) -> None:
        """Adds a mark to the letter before it: it may reach over the edge of the cell."""
        if self.last is not None:
            self.cells[self.last].append(mark)

    def rows(self) -> list[_Part]:
        """The rows; of a frame around text, which has one column, its lines."""
        filled = {cell: lines for cell, letters in self.cells.items() if (lines := list(_lines(letters)))}
        table = by_row(list(filled))
        if not table or len(table[0]) < 2:
            return [part for row in table for cell in row if cell for part in _joined(filled[cell])]
        lefts = tuple(
            round(min(row[n].left for row in table if row[n]))  # type: ignore[union-attr]
            for n in range(len(table[0]))
        )
        return [_Row(tuple(_cell(filled[one]) if one else "" for one in row), lefts) for row in table]


def _cell(lines: Sequence[_Line]) -> str:
    """The text of a cell in one line."""
    text = ""
    for line in lines:
        text = _together(text, " ".join(line.text.replace("|", " ").split()))
    return text


def _joined(lines: list[_Line]) -> list[_Text]:
    """The lines, each with those that go on with it because it is full."""
    reach = max((one.right for one in lines), default=0.0)
    told: list[_Text] = []
    for n, line in enumerate(lines):
        if n and _goes_on(lines[n - 1], line, lines, reach):
            told[-1] = _Text(_together(told[-1].text, line.text), line.bottom)
        else:
            told.append(_Text(line.text, line.bottom))
    return told


def _whole(pages: Sequence[Sequence[_Part]]) -> str:
    """The text of a document: each row of a table a line, with bars around its cells."""
    parts = _one_after_the_other(pages)
    return "\n".join(
        part.text if isinstance(part, _Text) else f"| {' | '.join(part.cells)} |" for part in parts
    )


def _without_margins(pages: list[list[_Part]]) -> list[list[_Part]]:
    """The pages without what browsers and word processors print at the head and foot of each: the date, the
    address, the number of the page, in the same place on all of them."""
    places = [
        {(round(one.bottom), _DIGITS.sub("0", one.text)) for one in page if isinstance(one, _Text)}
        for page in pages
    ]
    same = set.intersection(*places) if len(places) > 1 else set()
    kept: list[list[_Part]] = []
    for page in pages:
        heights = [one.bottom for one in page if isinstance(one, _Text)]
        edges = {*sorted(heights)[:_MARGIN], *sorted(heights)[-_MARGIN:]}
        kept.append(
            [
                one
                for one in page
                if isinstance(one, _Row)
                or one.bottom not in edges
                or (round(one.bottom), _DIGITS.sub("0", one.text)) not in same
            ]
        )
    return kept


def _one_after_the_other(pages: Sequence[Sequence[_Part]]) -> list[_Part]:
    """The parts of all pages; a table that goes on over the end of a page is one."""
    parts: list[_Part] = []
    for page in pages:
        above = _last_rows(parts)
        below = list(takewhile(lambda one: isinstance(one, _Row), page))
        rows = [one for one in below if isinstance(one, _Row)]
        if above and rows and _same_columns(above[-1], rows[0]):
            del parts[len(parts) - len(above) :]
            parts += [*_gone_on(above, rows), *page[len(rows) :]]
        else:
            parts += page
    return parts


def _last_rows(parts: Sequence[_Part]) -> list[_Row]:
    rows = takewhile(lambda one: isinstance(one, _Row), reversed(parts))
    return [one for one in rows if isinstance(one, _Row)][::-1]


def _same_columns(one: _Row, other: _Row) -> bool:
    if len(one.lefts) != len(other.lefts):
        return False
    return all(abs(a - b) <= 2 for a, b in zip(one.lefts, other.lefts, strict=True))


def _gone_on(above: list[_Row], below: list[_Row]) -> list[_Row]:
    """The rows of a table on two pages: heads that are printed again are told once, and a row that the end
    of the page cuts is one."""
    pairs = zip(above, below, strict=False)
    heads = sum(1 for _ in takewhile(lambda pair: pair[0].cells == pair[1].cells, pairs))
    above, below = list(above), below[heads:]
    if not below:
        return above
    others = [*above[heads or 1 : -1], *below[1:]]
    filled = [n for n in range(len(above[0].cells)) if others and all(row.cells[n] for row in others)]
    first, last = below[0], above[-1]
    if any(not first.cells[n] or not last.cells[n] for n in filled):
        cells = (_together(a, b) for a, b in zip(last.cells, first.cells, strict=True))
        above[-1] = last._replace(cells=tuple(cells))
        below = below[1:]
    return above + below


def _together(above: str, below: str) -> str:
    """The two parts of a text; Thai has no blank where it is broken."""
    is_thai = above and below and _THAI.match(above[-1]) and _THAI.match(below[0])
    return above + below if is_thai else f"{above} {below}".strip()


def _told_once(page: PdfTextPage) -> list[_Letter]:
    """The letters of a page, those of a syllable that stands there a second time left out."""
    kept: list[_Letter] = []
    syllable: list[_Letter] = []
    for letter in _letters(page):
        if syllable and _stands_with(syllable[-1], letter):
            syllable.append(letter)
            continue
        _keep(kept, syllable)
        syllable = [letter]
    _keep(kept, syllable)
    height = median([one.height for one in kept if _CONSONANT.match(one.text)] or [0])
    return _at_their_bases(list(_drawn(kept, _HIDDEN * height)))


def _drawn(letters: Sequence[_Letter], height: float) -> Iterator[_Letter]:
    """The letters without those of syllables that are told far from where they are drawn, in tiny boxes."""
    hidden: _Letter | None = None
    for letter in letters:
        if _CONSONANT.match(letter.text):
            hidden = letter if letter.height < height and letter.right - letter.left < height / 2 else None
        if hidden is None or (letter.bottom, letter.top) != (hidden.bottom, hidden.top):
            yield letter


def _at_their_bases(letters: list[_Letter]) -> list[_Letter]:
    """The letters with each mark behind the one that it stands over or under: of fonts that draw marks by
    moving back, PDFium tells some later in the line, as a word of their own."""
    strayed: list[_Letter] = []
    kept: list[_Letter] = []
    for letter in letters:
        base = next((one for one in reversed(kept[-4:]) if not _is_mark(one)), None)
        if _is_mark(letter) and not (base and _is_over(letter, base)):
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
        while at < len(kept) and _is_mark(kept[at]) and kept[at].text not in _TONES:
            at += 1
        while at < len(kept) and mark.text in _TONES and _is_mark(kept[at]):
            at += 1
        kept.insert(at, mark)
    return kept


def _is_mark(letter: _Letter) -> bool:
    return _MARK.match(letter.text) is not None and letter.text != "\u0e33"


def _is_over(mark: _Letter, base: _Letter) -> bool:
    """Whether a mark stands over or under a letter, or at its right edge."""
    if not _CONSONANT.match(base.text):
        return False
    is_beside = base.left - 1 < (mark.left + mark.right) / 2 < base.right + 0.2 * base.height
    return is_beside and abs(mark.line - base.line) < 0.5 * base.height


class _Line(NamedTuple):
    """A line and where it stands, in points."""

    text: str
    left: float
    bottom: float
    right: float
    height: float
    word: float
    """How wide its first word is."""


def _lines(letters: Sequence[_Letter]) -> Iterator[_Line]:
    line: list[_Letter] = []
    for letter in letters:
        before = next((one for one in reversed(line) if not _is_mark(one)), None)
        if before and not _is_mark(letter) and not _is_beside(before, letter):
            yield _line(line)
            line = []
        line.append(letter)
    if line:
        yield _line(line)


def _is_beside(before: _Letter, letter: _Letter) -> bool:
    """Whether a letter stands on the line of the one before it, behind it."""
    height = max(before.height, letter.height)
    return abs(before.line - letter.line) < 0.5 * height and letter.left > before.left - height


def _line(letters: Sequence[_Letter]) -> _Line:
    height = median(sorted(one.height for one in letters if not _is_mark(one)) or [0])
    text, right, word = "", letters[0].left, 0.0
    for letter in letters:
        gap = letter.left - right
        least = _COLUMN if text.endswith("\u0e33") else _BLANK if letter.is_behind_blank else _GAP
        if text and not _is_mark(letter) and gap > height * least:
            text += " " if gap < _COLUMN * height else "   "
            word = word or right
        text += letter.text
        right = max(right, letter.right)
    return _Line(
        text,
        min(one.left for one in letters),
        median(one.line for one in letters),
        right,
        height,
        (word or right) - letters[0].left,
    )


def _goes_on(line: _Line, below: _Line, lines: Sequence[_Line], reach: float) -> bool:
    """Whether a line was broken at its end: the next one stands right below, and begins with a word that it
    had no room for, to the end of its column or to what stands beside it."""
    stands_below = 0 < line.bottom - below.bottom < _PITCH * line.height
    if not stands_below or not line.left - _ROOM * line.height < below.left < line.right:
        return False
    if _BEGINS.match(below.text):
        return False
    beside = (
        one.left
        for one in lines
        if one.left > line.right and abs(one.bottom - line.bottom) < _PITCH * line.height and one.text
    )
    is_thai = _THAI.match(below.text)
    word = min(below.word, _ROOM * line.height) if is_thai else below.word
    return min([reach, *beside]) - line.right < word + _GAP * line.height


def _letters(page: PdfTextPage) -> Iterator[_Letter]:
    """What is drawn; of blanks and ends of lines PDFium finds too many."""
    from pypdfium2 import raw

    x, y = ctypes.c_double(), ctypes.c_double()
    is_behind_blank = False
    for n in range(page.count_chars()):
        text = chr(raw.FPDFText_GetUnicode(page, n))
        if text.isspace() or text == "\0" or raw.FPDFText_IsGenerated(page, n) == 1:
            is_behind_blank = True
            continue
        raw.FPDFText_GetCharOrigin(page, n, x, y)
        left, bottom, right, top = page.get_charbox(n)
        yield _Letter(text, left, bottom, right, top, y.value, is_behind_blank)
        is_behind_blank = False


def _stands_with(before: _Letter, letter: _Letter) -> bool:
    """Whether two letters share the height of one box, as those of a syllable written as hidden text do."""
    same = abs(before.bottom - letter.bottom) < 0.01 and abs(before.top - letter.top) < 0.01
    return same and abs(before.right - letter.left) < 0.01


def _keep(kept: list[_Letter], syllable: list[_Letter]) -> None:
    """Adds letters, unless they stand for a syllable that has been told."""
    text = "".join(one.text for one in syllable)
    if not text:
        return
    is_syllable = len(text) > 1 and _MARK.search(text) is not None
    if is_syllable and _is_told(kept[-_LOOK_BACK:], syllable, text):
        return
    kept.extend(syllable)


def _is_told(before: list[_Letter], syllable: list[_Letter], text: str) -> bool:
    middle = (syllable[0].left + syllable[-1].right) / 2
    whole = "".join(one.text for one in before)
    at = whole.rfind(text)
    while at >= 0:
        told = before[at : at + len(text)]
        height = told[0].height
        around = 0.5 * height if len(before) - at <= _NEAR_BY else 0
        is_beside = told[0].left - around < middle < told[-1].right + around
        if is_beside and abs(told[0].line - syllable[0].line) < 0.5 * height:
            return True
        at = whole.rfind(text, 0, at)
    return False


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

"""Typed lines: their pieces with formatting, and the number or letter at their beginning.

A document is a list of lines of pieces, each with the formatting of its letters. A number begins a question,
letters (ก ข ค ง, A B C D) its options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

from examgen.core.text.thai import arabic_digits
from examgen.core.words import Message
from examgen.interchange import markup
from examgen.interchange.line_kinds import THAI, StatedAnswer
from examgen.interchange.questions import Passage, QuestionPicture

MARKS = ("bold", "underline", "highlight", "colour", "italic", "strike")
"""The formatting that letters may have; kinds that can mark a key come first."""

_BLANK, _TAB = 120, 720
"""The widths assumed for a space and a tab, in twentieths of a point."""
_PART = re.compile(r"\s*(?:ตอนที่|ส่วนที่|part|section)\s*([0-9๐-๙]+|[IVX]+)", re.I)
_TAGS = (("italic", "i"), ("bold", "b"), ("underline", "u"), ("strike", "s"))
WITH_WORD = re.compile(r"\s*(?:ข้อ(?:ที่)?|คำถาม(?:ที่|ข้อ)?|Question|Q)\s*[0-9๐-๙]{1,4}\s*[.):：]?\s*", re.I)
PLAIN_NUMBER = re.compile(r"\s*[0-9๐-๙]{1,4}\s*[.)](?![0-9๐-๙])\s*")
_BOX = r"(?:[*✓✔☑√✅☒☐□▢⬜]|\[[ xX✓/]?\]|\([ xX✓]\))"
"""A star, a tick, or a box before the letter of an option."""
OPTION = re.compile(rf"(?P<star>{_BOX}?)\s*\(?(?P<letter>[{THAI}A-Ha-h])\s*(?P<sign>[.)])\s*")
_INLINE = re.compile(
    rf"(?:^|(?<=[\s\t*]))(?P<star>{_BOX}?)\s?\(?(?P<letter>[{THAI}A-Ha-h])\s?(?P<sign>[.)])(?=\s*\S)"
)
HEADING = re.compile(r"\s*(?:Quest(?:ão|ion)|คำถาม|โจทย์|ข้อ)\s*:?\s*", re.I)


class TypedPiece(NamedTuple):
    """A piece of text with its formatting, or a picture, a formula (LaTeX), a superscript or a subscript."""

    text: str
    marks: frozenset[str] = frozenset()
    kind: str = "text"
    picture: QuestionPicture | None = None


@dataclass(slots=True)
class TypedLine:
    """A line: its pieces, the label from automatic numbering before them, and a table in their place."""

    pieces: list[TypedPiece]
    place: str
    label: str = ""
    table: str | None = None
    """HTML of a table that belongs to a text; None for lines of text."""
    cells: list[list[str]] = field(default_factory=list)
    """The texts of the cells of the table, by rows."""
    indent: int = 0
    """The distance of its first letters from the margin, in twentieths of a point, without leading spaces."""

    @property
    def begin(self) -> int:
        """The distance of its visible beginning from the margin, in twentieths of a point, including leading
        spaces.
        """
        text = "".join(one.text for one in self.pieces if one.kind == "text")
        blanks = text[: len(text) - len(text.lstrip())]
        return self.indent + sum(_TAB if one == "\t" else _BLANK for one in blanks)

    @property
    def text(self) -> str:
        """Its text, including the label from automatic numbering."""
        return f"{self.label} " * bool(self.label) + "".join(
            one.text for one in self.pieces if one.kind == "text"
        )

    @property
    def is_blank(self) -> bool:
        """Whether it shows nothing."""
        return (
            self.table is None
            and not self.label
            and not any(one.text.strip() or one.picture for one in self.pieces if one.kind != "comment")
        )


class TypedOption(NamedTuple):
    """An option while it is being read."""

    letter: str
    pieces: list[TypedPiece]


@dataclass(slots=True)
class TypedQuestion:
    """A question while it is being read."""

    number: str
    place: str
    rubric: str = ""
    """The instruction above it."""
    part: str = ""
    """The number of the part of the paper that contains it; "" if no heading states it."""
    stem: list[TypedLine] = field(default_factory=list)
    options: list[TypedOption] = field(default_factory=list)
    answers: list[StatedAnswer] = field(default_factory=list)
    """The right options as stated by separate lines."""
    is_by_look: bool = False
    """Whether its key is known only from the formatting of letters."""
    unclear: str = ""
    """The text of such a line if it names none of the options."""
    contradiction: Message | None = None
    """The reason why such a line names two options."""
    whys: list[tuple[int, TypedLine]] = field(default_factory=list)
    """Lines that give an explanation, each with the number of options above it."""
    of_options: list[tuple[int, TypedLine]] = field(default_factory=list)
    """Lines that give an explanation, each with the position of the option whose letter it begins with."""
    sources: list[TypedLine] = field(default_factory=list)
    """Lines that state the source of the question."""
    below: list[TypedLine] = field(default_factory=list)
    """Lines below its last option of an unknown kind."""
    notes: list[Message] = field(default_factory=list)
    shared: list[tuple[str, list[TypedLine]]] = field(default_factory=list)
    """Texts that it shares with other questions, each with the line that introduces it."""


def plain_number(number: str) -> str:
    """Return a number without its sign, in Arabic digits."""
    return str(int(re.sub(r"\D", "", arabic_digits(number))))


def number_at(line: TypedLine) -> tuple[str, str]:
    """Return the number at the beginning of a line, and how it is written (`๑.`, `1)`, `ข้อ 1`); "" if there
    is none.
    """
    with_word = WITH_WORD.match(line.text)
    found = with_word or PLAIN_NUMBER.match(line.text)
    if not found or not re.search(r"[0-9๐-๙]", found[0]):
        return "", ""
    figures = "๑" if re.search("[๐-๙]", found[0]) else "1"
    return plain_number(found[0]), figures + ("ข้อ" if with_word else found[0].strip()[-1])


def is_part(line: TypedLine) -> bool:
    """Return whether a line begins another part of the paper (`ตอนที่ 2`)."""
    return bool(_PART.match(line.text))


def parts_named(texts: Iterable[str]) -> set[str]:
    """Return the numbers of the parts that texts begin with (`เฉลย ตอนที่ ๒`: 2)."""
    return {
        arabic_digits(one).upper()
        for text in texts
        if _PART.match(re.sub(r"^\s*(?:เฉลย|คำตอบ|answers?|keys?)?\W*(?:ของ)?", "", text, flags=re.I))
        for one in _PART.findall(text)
    }


def follows(line: TypedLine, last: TypedLine) -> bool:
    """Return whether the layout shows that a line continues the previous one: the same paragraph, or a deeper
    indentation.
    """
    return line.table is None and (line.place == last.place or line.begin > last.begin)


def line_shown(line: TypedLine) -> str:
    """Return a line as text for messages."""
    if line.table is not None:
        return " | ".join(cell for row in line.cells for cell in row if cell)
    return line.text.strip() or "".join(
        one.text or f"[{one.kind}]" for one in line.pieces if one.kind != "text"
    )


def without_start(line: TypedLine, signed: bool) -> list[TypedPiece]:
    """Return the pieces after the number, part of which may be the automatic label."""
    pattern = WITH_WORD if WITH_WORD.match(line.text) else PLAIN_NUMBER
    found = pattern.match(line.text)
    begin = found.end() if found else 0
    if line.label:
        return behind(line.pieces, max(0, begin - len(line.label) - 1))
    return behind(line.pieces, begin if signed else 0)


def behind(pieces: Iterable[TypedPiece], n: int) -> list[TypedPiece]:
    """Return the pieces without their first `n` letters."""
    found = []
    for one in pieces:
        if one.kind != "text" or n <= 0:
            found.append(one)
            continue
        if len(one.text) > n:
            found.append(one._replace(text=one.text[n:]))
        n -= len(one.text)
    return found


def options_in(line: TypedLine, so_far: int, most: int = 20) -> list[TypedOption]:
    """Return the options on a line that begins with one; a line may have several, at most `most`."""
    if line.label and OPTION.fullmatch(line.label.strip() + " "):
        found = OPTION.match(line.label.strip() + " ")
        assert found
        return [TypedOption(found["letter"], list(line.pieces))]
    return list(split_options(line.pieces, so_far, most)) if OPTION.match(line.text.lstrip()) else []


def split_options(pieces: Sequence[TypedPiece], so_far: int, most: int = 20) -> Iterator[TypedOption]:
    """Yield the options on one line: consecutive letters, each with `.` or `)`."""
    text = "".join(one.text if one.kind == "text" else "\ufffc" * max(1, len(one.text)) for one in pieces)
    starts: list[tuple[int, int, str, str]] = []
    for found in _INLINE.finditer(text):
        wanted = next_letter(starts[-1][2]) if starts else None
        first = not starts and (
            found["letter"] in ("ก", "A", "a") or (so_far and found.start() <= len(text) - len(text.lstrip()))
        )
        if (first or found["letter"] == wanted) and len(starts) < most:
            starts.append((found.start(), found.end(), found["letter"], found["star"]))
    for place, (_, begin, letter, star) in enumerate(starts):
        end = starts[place + 1][0] if place + 1 < len(starts) else len(text)
        own = between(pieces, begin, end)
        # the star or tick before a letter; an empty box is none
        if re.fullmatch(r"[\[(]?[xX✓/][\])]?", star):
            own = [TypedPiece("✓"), *own]
        elif star and star in "*✓✔☑√✅☒":
            own = [TypedPiece(star), *own]
        yield TypedOption(letter, own)


def before_options(pieces: Sequence[TypedPiece]) -> list[TypedPiece]:
    """Return the part of a line before the first of its options."""
    text = "".join(one.text if one.kind == "text" else "\ufffc" * max(1, len(one.text)) for one in pieces)
    first = next(found.start() for found in _INLINE.finditer(text) if found["letter"] in ("ก", "A", "a"))
    return between(pieces, 0, first)


def next_letter(letter: str) -> str:
    """Return the next letter of the alphabet; "" after the last Thai one."""
    if letter in THAI:
        place = THAI.index(letter) + 1
        return THAI[place] if place < len(THAI) else ""
    return chr(ord(letter) + 1)


def between(pieces: Iterable[TypedPiece], begin: int, end: int) -> list[TypedPiece]:
    """Return the pieces between two positions, counted in letters."""
    found, at = [], 0
    for one in pieces:
        length = len(one.text) if one.kind == "text" else max(1, len(one.text))
        low, high = max(begin, at), min(end, at + length)
        if low < high:
            found.append(one._replace(text=one.text[low - at : high - at]) if one.kind == "text" else one)
        at += length
    return found


def marked_share(pieces: Iterable[TypedPiece], mark: str) -> float:
    """Return the share of an option's letters with this formatting, 0–1."""
    letters = [(one.text.strip(), mark in one.marks) for one in pieces if one.kind == "text"]
    whole = sum(len(text) for text, _ in letters)
    return sum(len(text) for text, marked in letters if marked) / whole if whole else 0.0


def passage_from(lines: Sequence[TypedLine]) -> Passage:
    """Return lines and tables as the passage of a stem."""
    parts: list[str] = []
    pictures: dict[str, QuestionPicture] = {}
    for line in lines:
        if line.table is not None:
            parts.append(line.table)
        else:
            label = f"{escape(line.label)} " if line.label else ""
            # a stem that is bold from end to end is a stem, not emphasis
            whole = {mark for mark in MARKS if mark != "strike" and marked_share(line.pieces, mark) > 0.95}
            pieces = [one._replace(marks=one.marks - whole) for one in line.pieces]
            parts.append(f"<p>{label}{html_of(pieces)}</p>")
        pictures |= {one.picture.name: one.picture for one in line.pieces if one.picture}
    return markup.from_html("".join(parts), pictures.get, "stem")


def from_pieces(lines: Iterable[Sequence[TypedPiece]]) -> Passage:
    """Return lines of pieces as a passage of lines."""
    pictures = {one.picture.name: one.picture for line in lines for one in line if one.picture}
    html = "".join(f"<p>{html_of(line)}</p>" for line in lines)
    return markup.from_html(html, pictures.get, "lines")


def html_of(pieces: Iterable[TypedPiece], tags: Sequence[tuple[str, str]] = _TAGS) -> str:
    """Return pieces as HTML, with tags for the kinds of formatting that are kept."""
    made = []
    for one in pieces:
        if one.kind == "picture" and one.picture:
            made.append(f'<img src="{escape(one.picture.name)}" alt="{escape(one.text)}">')
        elif one.kind == "formula":
            made.append(rf"\({escape(one.text)}\)")
        elif one.kind == "unread":
            made.append(f'<object type="{escape(one.text)}"></object>')
        elif one.kind == "comment":
            continue
        elif one.kind in ("sub", "sup"):
            made.append(f"<{one.kind}>{escape(one.text)}</{one.kind}>")
        else:
            text = escape(one.text).replace("\n", "<br>")
            for mark, tag in tags:
                if mark in one.marks and one.text.strip():
                    text = f"<{tag}>{text}</{tag}>"
            if "hidden" in one.marks and one.text.strip():
                text = f"<span hidden>{text}</span>"
            made.append(text)
    return "".join(made)

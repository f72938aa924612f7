"""Numbered questions as people type them, in Word or as plain text → questions.

A document is lines of pieces, each with the marks that its letters bear. A number begins a question, letters
(ก ข ค ง, A B C D) its options; the key is what stands out among the options (bold, underlined, highlighted,
coloured, starred), what a line below them says (`เฉลย ข`), or a list at the end. Where two of these differ,
or where it is not plain what stands out, there is no key and the question says so: nobody guesses.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

from examgen.interchange import markup, weights
from examgen.interchange.questions import Choice, Passage, Picture, Question, Reading, SetAside
from examgen.text.markdown import Holds
from examgen.text.thai import arabic_digits
from examgen.words import Message, joined, listed, tell

MARKS = ("bold", "underline", "highlight", "colour", "italic", "strike")
"""What letters may bear; those that tell keys stand first."""
_KEY_MARKS = ("highlight", "colour", "underline", "bold")
THAI = "กขคงจฉชซ"


class Piece(NamedTuple):
    """Some text and the marks that it bears; a picture, a formula (LaTeX) or what stands high or low."""

    text: str
    marks: frozenset[str] = frozenset()
    kind: str = "text"
    picture: Picture | None = None


@dataclass(slots=True)
class Line:
    """A line: what stands before it by numbering of the program, its pieces, and a table in their place."""

    pieces: list[Piece]
    place: str
    label: str = ""
    table: str | None = None
    """HTML of a table that belongs to a text; None for lines of text."""
    cells: list[list[str]] = field(default_factory=list)
    """What its cells say, by rows."""
    role: str = ""
    """What it is by a style of ours: `stem`, `option`, …"""
    entry: tuple[str, int, bool] | None = None
    """The list that it is an entry of, how deep, and whether that is numbered."""

    @property
    def text(self) -> str:
        """Its letters, and the label that the program counts."""
        return f"{self.label} " * bool(self.label) + "".join(
            one.text for one in self.pieces if one.kind == "text"
        )

    @property
    def is_blank(self) -> bool:
        """Whether it shows nothing."""
        return (
            self.table is None
            and not self.label
            and not any(one.text.strip() or one.picture for one in self.pieces)
        )


class Option(NamedTuple):
    """An option as it is being read."""

    letter: str
    pieces: list[Piece]


@dataclass(slots=True)
class Asked:
    """A question as it is being read."""

    number: str
    place: str
    stem: list[Line] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """Letters that a line of its own names as right."""
    section: str = ""


_WITH_WORD = re.compile(r"\s*(?:ข้อ(?:ที่)?|คำถาม(?:ที่|ข้อ)?|Question|Q)\s*[0-9๐-๙]{1,4}\s*[.):：]?\s*", re.I)
_PLAIN_NUMBER = re.compile(r"\s*[0-9๐-๙]{1,4}\s*[.)](?![0-9๐-๙])\s*")
_OPTION = re.compile(rf"(?P<star>[*✓✔☑√]?)\s*\(?(?P<letter>[{THAI}A-Ha-h])\s*(?P<sign>[.)])\s*")
_INLINE = re.compile(
    rf"(?:^|(?<=[\s\t*]))(?P<star>[*✓✔☑√]?)\(?(?P<letter>[{THAI}A-Ha-h])\s?(?P<sign>[.)])(?=\s*\S)"
)
_ANSWER = re.compile(
    rf"\s*[\[(]?\s*(?:เฉลย(?:คำตอบ)?|คำตอบ(?:ที่ถูก(?:ต้อง)?)?(?:คือ)?|ตอบ|ANSWERS?|ANS|KEY|CORRECT(?:\s+ANSWER)?)\s*"
    rf"(?:คือ|ข้อ|is)?\s*[:.：=]?\s*(?:ข้อ\s*)?\(?(?P<letters>[{THAI}A-Ha-h](?:\s*(?:,|และ|/|&|and)\s*[{THAI}A-Ha-h])*)\s*[.)\]]?\s*",
    re.I,
)
_KEYS_HEAD = re.compile(
    r"\s*(?:เฉลย.*|คำเฉลย.*|คำตอบ\s*:?|ANSWER\s*KEYS?.*|ANSWERS\s*:?|KEYS?\s*:?)\s*", re.I
)
_KEY_PAIR = re.compile(
    rf"(?:ข้อ\s*)?([0-9๐-๙]{{1,4}})\s*[.):=\-–]?\s*(?:ข้อ\s*)?\(?([{THAI}A-Ha-h])[.)]?(?=$|[\s,;|])"
)
_HEADING = re.compile(r"\s*(?:Quest(?:ão|ion)|คำถาม|โจทย์|ข้อ)\s*:?\s*", re.I)


def questions_of(lines: Sequence[Line], reading: Reading, name: str) -> None:
    """Reads the lines into the reading: every question, and what is left of the text."""
    asked, keys, texts = _cut(lines)
    numbers = Counter(one.number for one in asked)
    twice = {number for number, n in numbers.items() if number and n > 1}
    if keys and twice:
        reading.notes.append(
            tell(
                "its list of keys is not used: the numbers {numbers} stand for several questions",
                numbers=listed(sorted(twice)),
            )
        )
        keys = {}
    used = set()
    for one in asked:
        source = f"{name}:{one.place}"
        if not one.options:
            shown = _passage(one.stem).plain
            title = shown if len(shown) <= 60 else shown[:59] + "…"
            message = tell("has no lettered options: a question to be written, or a text")
            reading.set_aside.append(SetAside(source, "no-options", message, f"{one.number} {title}".strip()))
            continue
        used.add(one.number)
        reading.questions.append(_question(one, keys.get(one.number, ""), source))
    if unused := sorted(set(keys) - used, key=int):
        reading.notes.append(
            tell("its list of keys names questions that are not there: {numbers}", numbers=listed(unused))
        )
    reading.notes += texts


def _cut(lines: Sequence[Line]) -> tuple[list[Asked], dict[str, str], list[Message]]:
    """The questions, the keys that stand at the end, and what of the text belongs to none."""
    end = _keys_begin(lines)
    keys: dict[str, str] = {}
    notes: list[Message] = []
    for line in lines[end:]:
        for number, letter in _key_pairs(line):
            if keys.setdefault(number, letter) != letter:
                notes.append(
                    tell("its list of keys names question {number} twice, with other letters", number=number)
                )
                keys[number] = "?"
    work = _Cutter(_style_of(lines[:end]))
    for line in lines[:end]:
        work.take(line)
    return work.asked, keys, notes


def _keys_begin(lines: Sequence[Line]) -> int:
    """Where the list of keys begins: at its heading, with pairs alone behind it; the end if there is none."""
    heads = {
        place
        for place, line in enumerate(lines)
        if _KEYS_HEAD.fullmatch(line.text) and not _ANSWER.fullmatch(line.text)
    }
    begin, pairs, options = len(lines), 0, 0
    for place in range(len(lines) - 1, min(heads, default=len(lines)) - 1, -1):
        line = lines[place]
        pairs += len(_key_pairs(line))
        if place in heads and pairs >= 2 and options < pairs:
            begin = place
        options += not line.is_blank and bool(_OPTION.match(line.text))
    return begin


def _key_pairs(line: Line) -> list[tuple[str, str]]:
    """Numbers with their letters: on a line, in cells side by side, or above each other in two rows."""
    if line.table is None:
        return [(_plain(number), letter) for number, letter in _KEY_PAIR.findall(line.text)]
    found: list[tuple[str, str]] = []
    rows = [[cell.strip() for cell in row] for row in line.cells]
    for upper, lower in itertools.pairwise(rows):
        if len(upper) == len(lower) and sum(_is_number(one) for one in upper) >= 2:
            found += [
                (_plain(number), letter.strip(".)( "))
                for number, letter in zip(upper, lower, strict=True)
                if _is_number(number) and _is_letter(letter)
            ]
    if not found:
        for row in rows:
            for number, letter in itertools.pairwise(row):
                if _is_number(number) and _is_letter(letter):
                    found.append((_plain(number), letter.strip(".)( ")))
            for cell in row:
                found += [(_plain(number), letter) for number, letter in _KEY_PAIR.findall(cell)]
    return [*found, *_doubtful(rows)]


def _doubtful(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Numbers of a table of keys beside which no single letter stands (`ก or ข`, `ค ?`): these are asked."""
    if not rows or not any(_KEYS_HEAD.fullmatch(cell) for cell in rows[0]):
        return
    for row in rows[1:]:
        for number, said in itertools.pairwise(row):
            if _is_number(number) and said and not _is_letter(said) and not _is_number(said):
                yield _plain(number), "?"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"\s*(?:ข้อ\s*)?[0-9๐-๙]{1,4}\s*[.)]?\s*", text))


def _is_letter(text: str) -> bool:
    return bool(re.fullmatch(rf"\s*\(?[{THAI}A-Ha-h][.)]?\s*", text))


def _plain(number: str) -> str:
    return str(int(re.sub(r"\D", "", arabic_digits(number))))


def _style_of(lines: Sequence[Line]) -> bool:
    """Whether numbers begin questions: with a sign (`1.`, `1)`) or a word (`ข้อ 1`) beside them."""
    return any(_PLAIN_NUMBER.match(line.text) or _WITH_WORD.match(line.text) for line in lines)


class _Cutter:
    def __init__(self, signed: bool) -> None:
        self.signed = signed
        self.asked: list[Asked] = []
        self.now: Asked | None = None
        self.loose: list[Line] = []
        """Lines above the first question, or below options: of no question yet."""

    def take(self, line: Line) -> None:
        if line.is_blank:
            return
        if line.table is not None:
            self._table(line)
            return
        found = _ANSWER.fullmatch(line.text)
        if found and self.now is not None and self.now.options:
            named = re.sub("และ|and", ",", found["letters"])
            self.now.answers += re.findall(rf"[{THAI}A-Ha-h]", named)
            return
        if number := self._number(line):
            self._begin(number, line)
            return
        if options := _options_in(line, self._letters()):
            self._options(options, line)
            return
        if self.now is None or (self.now.options and not self.now.number):
            if not _HEADING.fullmatch(line.text):
                self.loose.append(line)
            elif self.now is not None:
                self.now = None
        elif self.now.options:
            self._go_on(line)
        else:
            self.now.stem.append(line)

    def _letters(self) -> int:
        return len(self.now.options) if self.now is not None else 0

    def _number(self, line: Line) -> str:
        """The number that the line begins with, where it begins a question."""
        pattern = _WITH_WORD if _WITH_WORD.match(line.text) else _PLAIN_NUMBER
        found = pattern.match(line.text) if self.signed else None
        if not found or not re.search(r"[0-9๐-๙]", found[0]):
            return ""
        return _plain(found[0])

    def _begin(self, number: str, line: Line) -> None:
        self.loose = []
        rest = _without_start(line, self.signed)
        self.now = Asked(number, line.place)
        self.asked.append(self.now)
        inside = list(_split_options(rest, 0))
        if len(inside) > 1:
            self.now.stem.append(Line(_before_options(rest), line.place))
            self.now.options += inside
        elif not Line(rest, line.place).is_blank:
            self.now.stem.append(Line(rest, line.place))

    def _options(self, options: list[Option], line: Line) -> None:
        starts = options[0].letter in ("ก", "A", "a")
        if self.now is None or (starts and self.now.options):
            self.now = Asked("", self.loose[0].place if self.loose else line.place, self.loose)
            self.asked.append(self.now)
            self.loose = []
        self.now.options += options

    def _go_on(self, line: Line) -> None:
        """A line below options: of the last option, as far as anybody can tell."""
        assert self.now is not None
        last = self.now.options[-1]
        last.pieces.append(Piece("\n"))
        last.pieces.extend(line.pieces)

    def _table(self, line: Line) -> None:
        if self.now is not None and not self.now.options:
            self.now.stem.append(line)
        else:
            self.loose.append(line)


def _without_start(line: Line, signed: bool) -> list[Piece]:
    """The pieces behind the number, of which the program may have counted some as the label."""
    pattern = _WITH_WORD if _WITH_WORD.match(line.text) else _PLAIN_NUMBER
    found = pattern.match(line.text)
    begin = found.end() if found else 0
    if line.label:
        return behind(line.pieces, max(0, begin - len(line.label) - 1))
    return behind(line.pieces, begin if signed else 0)


def behind(pieces: Iterable[Piece], n: int) -> list[Piece]:
    """The pieces without their first `n` letters."""
    found = []
    for one in pieces:
        if one.kind != "text" or n <= 0:
            found.append(one)
            continue
        if len(one.text) > n:
            found.append(one._replace(text=one.text[n:]))
        n -= len(one.text)
    return found


def _options_in(line: Line, so_far: int) -> list[Option]:
    """The options of a line that begins with one; several may stand beside each other."""
    if line.label and _OPTION.fullmatch(line.label.strip() + " "):
        found = _OPTION.match(line.label.strip() + " ")
        assert found
        return [Option(found["letter"], list(line.pieces))]
    return list(_split_options(line.pieces, so_far)) if _OPTION.match(line.text.lstrip()) else []


def _split_options(pieces: Sequence[Piece], so_far: int) -> Iterator[Option]:
    """Options of one line: letters that follow one another, each with `.` or `)`."""
    text = "".join(one.text if one.kind == "text" else "\ufffc" * max(1, len(one.text)) for one in pieces)
    starts: list[tuple[int, int, str, str]] = []
    for found in _INLINE.finditer(text):
        wanted = _next(starts[-1][2]) if starts else None
        first = not starts and (
            found["letter"] in ("ก", "A", "a") or (so_far and found.start() <= len(text) - len(text.lstrip()))
        )
        if first or found["letter"] == wanted:
            starts.append((found.start(), found.end(), found["letter"], found["star"]))
    for place, (_, begin, letter, star) in enumerate(starts):
        end = starts[place + 1][0] if place + 1 < len(starts) else len(text)
        own = _between(pieces, begin, end)
        if star:
            own = [Piece("*"), *own]
        yield Option(letter, own)


def _before_options(pieces: Sequence[Piece]) -> list[Piece]:
    text = "".join(one.text if one.kind == "text" else "\ufffc" * max(1, len(one.text)) for one in pieces)
    first = next(found.start() for found in _INLINE.finditer(text) if found["letter"] in ("ก", "A", "a"))
    return _between(pieces, 0, first)


def _next(letter: str) -> str:
    if letter in THAI:
        place = THAI.index(letter) + 1
        return THAI[place] if place < len(THAI) else ""
    return chr(ord(letter) + 1)


def _between(pieces: Iterable[Piece], begin: int, end: int) -> list[Piece]:
    found, at = [], 0
    for one in pieces:
        length = len(one.text) if one.kind == "text" else max(1, len(one.text))
        low, high = max(begin, at), min(end, at + length)
        if low < high:
            found.append(one._replace(text=one.text[low - at : high - at]) if one.kind == "text" else one)
        at += length
    return found


def _question(one: Asked, listed_key: str, source: str) -> Question:
    order = [_ordinal(option.letter) for option in one.options]
    if sorted(order) == list(range(len(order))):  # down the columns of a table, for one
        one.options.sort(key=lambda option: _ordinal(option.letter))
    letters = [option.letter for option in one.options]
    texts = [_starless(option.pieces) for option in one.options]
    claims, doubts = claims_of(one, [star for _, star in texts])
    if listed_key:
        claims.append((tell("the list of keys"), places_of([listed_key], letters)))
    right, notes = agreed(claims, letters)
    notes += doubts
    if doubts:
        right = set()
    marks = common_marks([pieces for pieces, _ in texts])
    choices = tuple(
        Choice(_option_passage(pieces, marks), place in right) for place, (pieces, _) in enumerate(texts)
    )
    if order != list(range(len(order))):
        found = joined((_letter_of(place, letters) for place in order), " ")
        notes.append(tell("its options are lettered {letters}", letters=found))
    return weights.with_concerns(
        Question(
            id=one.number or source,
            source=source,
            kind="multiple" if len(right) > 1 else "single",
            stem=_passage(one.stem),
            choices=choices,
            warnings=tuple(notes),
        )
    )


def _ordinal(letter: str) -> int:
    return THAI.index(letter) if letter in THAI else ord(letter.upper()) - ord("A")


def _letter_of(place: int, letters: Iterable[str]) -> str:
    return next(one for one in letters if _ordinal(one) == place)


def _starless(pieces: Sequence[Piece]) -> tuple[list[Piece], bool]:
    """An option without the star (or tick) at either end, and whether it had one."""
    found = list(pieces)
    text = "".join(one.text for one in found if one.kind == "text")
    starred = (
        bool(re.match(r"\s*[*✓✔☑√]", text))
        or bool(re.search(r"[*✓✔☑√]\s*$", text))
        or bool(re.search(r"[(\[]\s*(?:ถูก(?:ต้อง)?|correct|key|เฉลย)\s*[)\]]\s*$", text, re.I))
    )
    if starred:
        shown = re.sub(
            r"^\s*[*✓✔☑√]+\s*|\s*[*✓✔☑√]+\s*$|\s*[(\[]\s*(?:ถูก(?:ต้อง)?|correct|key|เฉลย)\s*[)\]]\s*$",
            "",
            text,
            flags=re.I,
        )
        start = text.find(shown) if shown else 0
        found = _between([one for one in found if one.kind == "text"], start, start + len(shown)) + [
            one for one in found if one.kind != "text"
        ]
    return found, starred


Claim = tuple[Message, frozenset[int]]
"""What says which options are right, and which it says are."""


def claims_of(one: Asked, stars: Sequence[bool]) -> tuple[list[Claim], list[Message]]:
    """What the question itself says of its key; and what cannot be told of it."""
    letters = [option.letter for option in one.options]
    claims: list[Claim] = []
    doubts: list[Message] = []
    if any(stars):
        claims.append((tell("the star"), frozenset(place for place, star in enumerate(stars) if star)))
    if one.answers:
        claims.append((tell("the line of the answer"), places_of(one.answers, letters)))
    for mark in _KEY_MARKS:
        shares = [_share(option.pieces, mark) for option in one.options]
        whole = {place for place, share in enumerate(shares) if share > 0.8}
        partly = {place for place, share in enumerate(shares) if 0.05 < share <= 0.8}
        if len(whole) == len(shares) or not (whole or partly):
            continue
        if whole and len(whole) < len(shares) and not partly:
            claims.append((_MARK_WORDS[mark], frozenset(whole)))
        elif whole and partly:
            doubts.append(
                tell(
                    "{mark}: options {whole} whole, {partly} in part: it is not plain which is right",
                    mark=_MARK_WORDS[mark],
                    whole=listed(letters[place] for place in sorted(whole)),
                    partly=listed(letters[place] for place in sorted(partly)),
                )
            )
    return claims, doubts


_MARK_WORDS = {
    "bold": tell("bold letters"),
    "underline": tell("the underline"),
    "highlight": tell("the highlighting"),
    "colour": tell("the colour"),
}


def _share(pieces: Iterable[Piece], mark: str) -> float:
    """The share of an option's letters that bear a mark."""
    letters = [(one.text.strip(), mark in one.marks) for one in pieces if one.kind == "text"]
    whole = sum(len(text) for text, _ in letters)
    return sum(len(text) for text, marked in letters if marked) / whole if whole else 0.0


def places_of(answers: Iterable[str], letters: Sequence[str]) -> frozenset[int]:
    """The options that letters name: ข is b, whatever the options are lettered with; -1 for none of them."""
    own = [_ordinal(letter) for letter in letters]
    found = set()
    for answer in answers:
        wanted = _ordinal(answer) if answer != "?" else -1
        found.add(own.index(wanted) if wanted in own else -1)
    return frozenset(found)


def agreed(claims: Sequence[Claim], letters: Sequence[str]) -> tuple[set[int], list[Message]]:
    """The key that all claims agree on; none, and why, where they differ."""
    said = {places for _, places in claims}
    if not said:
        return set(), []
    if any(-1 in places for places in said):
        return set(), [
            tell("its answer is none of its options, which are {letters}", letters=joined(letters, " "))
        ]
    if len(said) == 1:
        return set(said.pop()), []
    parts = (
        tell("{what} {letters}", what=what, letters=listed(letters[place] for place in sorted(places)))
        for what, places in claims
    )
    return set(), [tell("its keys differ: {claims}", claims=joined(parts, "; "))]


def common_marks(options: Sequence[Sequence[Piece]]) -> frozenset[str]:
    """Marks of the key, which are no emphasis of the text."""
    return frozenset(mark for mark in _KEY_MARKS if any(_share(pieces, mark) > 0.8 for pieces in options))


def _option_passage(pieces: Sequence[Piece], without: frozenset[str]) -> Passage:
    bare = [one._replace(marks=one.marks - without) for one in pieces]
    return _from_pieces([bare], "lines")


def _passage(lines: Sequence[Line]) -> Passage:
    parts: list[str] = []
    pictures: dict[str, Picture] = {}
    for line in lines:
        if line.table is not None:
            parts.append(line.table)
        else:
            label = f"{escape(line.label)} " if line.label else ""
            parts.append(f"<p>{label}{_html(_whole_marks_off(line.pieces))}</p>")
        pictures |= {one.picture.name: one.picture for one in line.pieces if one.picture}
    return markup.from_html("".join(parts), pictures.get, "stem")


def _whole_marks_off(pieces: Sequence[Piece]) -> list[Piece]:
    """A stem that is bold from end to end is a stem, not emphasis."""
    whole = {mark for mark in MARKS if _share(pieces, mark) > 0.95}
    return [one._replace(marks=one.marks - whole) for one in pieces]


def _from_pieces(lines: Iterable[Sequence[Piece]], holds: Holds) -> Passage:
    pictures = {one.picture.name: one.picture for line in lines for one in line if one.picture}
    html = "".join(f"<p>{_html(line)}</p>" for line in lines)
    return markup.from_html(html, pictures.get, holds)


def _html(pieces: Iterable[Piece]) -> str:
    made = []
    for one in pieces:
        if one.kind == "picture" and one.picture:
            made.append(f'<img src="{escape(one.picture.name)}" alt="{escape(one.text)}">')
        elif one.kind == "formula":
            made.append(rf"\({escape(one.text)}\)")
        elif one.kind in ("sub", "sup"):
            made.append(f"<{one.kind}>{escape(one.text)}</{one.kind}>")
        else:
            text = escape(one.text).replace("\n", "<br>")
            for mark, tag in (("italic", "i"), ("bold", "b"), ("underline", "u")):
                if mark in one.marks and one.text.strip():
                    text = f"<{tag}>{text}</{tag}>"
            made.append(text)
    return "".join(made)

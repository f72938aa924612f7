"""Numbered questions as people type them, in Word or as plain text → questions.

A document is lines of pieces, each with the marks that its letters bear. A number begins a question, letters
(ก ข ค ง, A B C D) its options; the key is what stands out among the options (bold, underlined, highlighted,
coloured, starred, ticked), what a line below them says (`เฉลย ข`), or a list at the end. Where two of these
differ, or where it is not plain what stands out, there is no key and the question says so: nobody guesses.

What stands below the last option is of the question by its words (`beside`: why, where from), of those to
come (a shared text), of none (a heading), or of the option where the layout says so; else it is left, told.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import NamedTuple

from examgen.interchange import beside, markup, weights
from examgen.interchange.beside import THAI, Answer
from examgen.interchange.questions import Choice, Passage, Picture, Question, Reading, SetAside
from examgen.text.markdown import Holds
from examgen.text.thai import arabic_digits
from examgen.words import Message, joined, listed, tell

MARKS = ("bold", "underline", "highlight", "colour", "italic", "strike")
"""What letters may bear; those that tell keys stand first."""
_KEY_MARKS = ("highlight", "colour", "underline", "bold")


_BLANK, _TAB = 120, 720
"""How far a blank and a tab are taken to lead, in twentieths of a point."""


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
    indent: int = 0
    """How far from the margin its first letters are set, in twentieths of a point, without its blanks."""

    @property
    def begin(self) -> int:
        """How far from the margin it begins to show: its indentation, and the blanks that it begins with."""
        text = "".join(one.text for one in self.pieces if one.kind == "text")
        blanks = text[: len(text) - len(text.lstrip())]
        return self.indent + sum(_TAB if one == "\t" else _BLANK for one in blanks)

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
    answers: list[Answer] = field(default_factory=list)
    """What lines of its own name as right."""
    whys: list[tuple[int, Line]] = field(default_factory=list)
    """Lines that say why, and how many options stood above them."""
    sources: list[Line] = field(default_factory=list)
    """Lines that say where it is from."""
    below: list[Line] = field(default_factory=list)
    """Lines below its last option that are of nothing that is known."""
    notes: list[Message] = field(default_factory=list)
    shared: list[tuple[str, list[Line]]] = field(default_factory=list)
    """Texts that it shares with others, each with the line that says so."""


_WITH_WORD = re.compile(r"\s*(?:ข้อ(?:ที่)?|คำถาม(?:ที่|ข้อ)?|Question|Q)\s*[0-9๐-๙]{1,4}\s*[.):：]?\s*", re.I)
_PLAIN_NUMBER = re.compile(r"\s*[0-9๐-๙]{1,4}\s*[.)](?![0-9๐-๙])\s*")
_BOX = r"(?:[*✓✔☑√✅☒☐□▢⬜]|\[[ xX✓/]?\]|\([ xX✓]\))"
"""A star, a tick, or a box before the letter of an option."""
_OPTION = re.compile(rf"(?P<star>{_BOX}?)\s*\(?(?P<letter>[{THAI}A-Ha-h])\s*(?P<sign>[.)])\s*")
_INLINE = re.compile(
    rf"(?:^|(?<=[\s\t*]))(?P<star>{_BOX}?)\s?\(?(?P<letter>[{THAI}A-Ha-h])\s?(?P<sign>[.)])(?=\s*\S)"
)
_KEYS_HEAD = re.compile(
    r"\s*(?:เฉลย.*|คำเฉลย.*|คำตอบ\s*:?|ANSWER\s*KEYS?.*|ANSWERS\s*:?|KEYS?\s*:?)\s*", re.I
)
_KEY_PAIR = re.compile(
    rf"(?:ข้อ\s*)?([0-9๐-๙]{{1,4}})\s*[.):=\-–]?\s*(?:(?:ข้อ|ตอบ|เฉลย|คำตอบ|คือ|ans(?:wer)?|key)[\s.:=]*)*"
    rf"\(?([{THAI}A-Ha-h])[.)]?(?=$|[\s,;|])",
    re.I,
)
_HEADING = re.compile(r"\s*(?:Quest(?:ão|ion)|คำถาม|โจทย์|ข้อ)\s*:?\s*", re.I)


def questions_of(lines: Sequence[Line], reading: Reading, name: str) -> None:
    """Reads the lines into the reading: every question, and what is left of the text."""
    found = _cut(lines)
    asked, keys = found.asked, found.keys
    numbers = Counter(one.number for one in asked if one.options)
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
        if keys and one.number in found.whys:
            one.whys.append((len(one.options), found.whys[one.number]))
        reading.questions.append(_question(one, keys.get(one.number, ""), source))
    if unused := sorted(set(keys) - used, key=int):
        reading.notes.append(
            tell("its list of keys names questions that are not there: {numbers}", numbers=listed(unused))
        )
    reading.notes += found.notes


class _Found(NamedTuple):
    """The questions, the keys that stand at the end with what is said of them, and what is of no question."""

    asked: list[Asked]
    keys: dict[str, str]
    whys: dict[str, Line]
    notes: list[Message]


def _cut(lines: Sequence[Line]) -> _Found:
    end = _keys_begin(lines)
    keys: dict[str, str] = {}
    whys: dict[str, Line] = {}
    notes: list[Message] = []
    unread: list[Line] = []
    for line in lines[end:]:
        pairs = _key_pairs(line)
        for number, letter in pairs:
            if keys.setdefault(number, letter) != letter:
                notes.append(
                    tell("its list of keys names question {number} twice, with other letters", number=number)
                )
                keys[number] = "?"
        if line.table is None and len(pairs) == 1 and (said := _behind_pair(line)):
            whys[pairs[0][0]] = said
        elif not pairs and not line.is_blank and line.table is None and not _KEYS_HEAD.fullmatch(line.text):
            unread.append(line)
    work = _Cutter(lines[:end])
    work.run()
    work.left(unread)
    return _Found(work.asked, keys, whys, [*work.notes, *notes])


def _behind_pair(line: Line) -> Line | None:
    """What stands behind the one pair that a line begins with: `3. ข เพราะ…`."""
    found = _KEY_PAIR.match(line.text.lstrip())
    begin = found.end() + len(line.text) - len(line.text.lstrip()) if found else 0
    if line.label:
        begin -= len(line.label) + 1
    rest = Line(behind(line.pieces, max(0, begin)), line.place)
    return rest if found and not rest.is_blank and re.search(r"\w", rest.text) else None


def _keys_begin(lines: Sequence[Line]) -> int:
    """Where the list of keys begins: at its heading, with pairs alone behind it; the end if there is none."""
    heads = {
        place
        for place, line in enumerate(lines)
        if _KEYS_HEAD.fullmatch(line.text) and not ((said := beside.answer_of(line.text)) and said.letters)
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


def _number_at(line: Line) -> tuple[str, str]:
    """The number that a line begins with, and how it is written (`๑.`, `1)`, `ข้อ 1`); "" where none."""
    with_word = _WITH_WORD.match(line.text)
    found = with_word or _PLAIN_NUMBER.match(line.text)
    if not found or not re.search(r"[0-9๐-๙]", found[0]):
        return "", ""
    figures = "๑" if re.search("[๐-๙]", found[0]) else "1"
    return _plain(found[0]), figures + ("ข้อ" if with_word else found[0].strip()[-1])


def _statements(lines: Sequence[Line]) -> set[int]:
    """Numbered lines that begin no question: statements of a stem, counted from 1 anew or in another way
    between a question and its options."""
    found: set[int] = set()
    asked = listed_as = ""
    following = 0
    for at, line in enumerate(lines):
        if line.is_blank or line.table is not None:
            continue
        number, own = _number_at(line)
        if not number:
            if asked and (_OPTION.match(line.text.lstrip()) or _is_part(line)):
                asked, following = "", 0
            continue
        begins_list = number == "1" and _goes_on(lines, at, own)
        if asked and following and int(number) == following and own == listed_as:
            found.add(at)
            following += 1
        elif asked and not following and begins_list and "ข้อ" not in own:
            found.add(at)
            following, listed_as = 2, own
        else:
            asked, following = number, 0
            if len(list(_split_options(_without_start(line, True), 0))) > 1:
                asked = ""
    return found


def _goes_on(lines: Sequence[Line], at: int, style: str) -> bool:
    """Whether 2 follows the number 1 of a line before any option does."""
    for line in lines[at + 1 :]:
        if line.table is None and _OPTION.match(line.text.lstrip()):
            return False
        number, own = _number_at(line)
        if number and own == style:
            return number == "2"
    return False


def _is_part(line: Line) -> bool:
    """Whether a line begins another part of the paper (`ตอนที่ 2`)."""
    return bool(re.match(r"\s*(?:ตอนที่|ส่วนที่|part|section)\s*[0-9๐-๙IVX]", line.text, re.I))


class _Cutter:
    """Lines → questions, texts that they share, and what is of none."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.signed = any(_number_at(line)[0] for line in lines)
        """Whether numbers begin questions: with a sign (`1.`, `1)`) or a word (`ข้อ 1`) beside them."""
        self.statements = _statements(lines) if self.signed else set()
        self.asked: list[Asked] = []
        self.now: Asked | None = None
        self.loose: list[Line] = []
        """Lines above the first question, or below options: of no question yet."""
        self.shared: list[tuple[Line, tuple[str, ...], list[Line], int]] = []
        """Texts that questions share: the line that says so, the questions that it names, the text, how many
        questions stood above."""
        self.notes: list[Message] = []
        self.into = ""
        """What the line before was: `option`, `why`, `source`, `shared`, "" for anything else."""
        self.last: Line | None = None
        """The last option's line, or the last line that was taken with it."""

    def run(self) -> None:
        """Takes all lines."""
        for at, line in enumerate(self.lines):
            if not line.is_blank:
                self._take(line, at)
        self._end()
        self.left(self.loose)
        self._share()
        for one in self.asked:
            _settle(one)

    def left(self, lines: Sequence[Line]) -> None:
        """Names lines that belong to no question."""
        shown = " / ".join(text for line in lines if (text := _shown(line)))
        if shown:
            self.notes.append(
                tell("lines that belong to no question are left: {lines}", lines=_short(shown, 300))
            )

    def _take(self, line: Line, at: int) -> None:
        if line.table is not None:
            self._table(line)
            return
        has_options = self.now is not None and bool(self.now.options)
        number = _number_at(line)[0] if self.signed and at not in self.statements else ""
        if self.into == "shared" and number and self._within_shared(number, at):
            number = ""
        questions = self._shares(line, at, has_options)
        if questions:
            self._begin_shared(line, questions)
            return
        if number:
            self._begin(number, line)
            return
        if at not in self.statements and (options := _options_in(line, self._letters())):
            self._options(options, line)
        elif self.into == "shared":
            self.shared[-1][2].append(line)
        elif not (self._beside(line) if has_options else self._in_stem(line, at)):
            self._text(line)

    def _text(self, line: Line) -> None:
        """Takes a line of which nothing is known but where it stands."""
        if self.now is None or (self.now.options and not self.now.number):
            if not _HEADING.fullmatch(line.text):
                self.loose.append(line)
            elif self.now is not None:
                self._end()
        elif self.now.options:
            self.now.below.append(line)
        else:
            self.now.stem.append(line)

    def _shares(self, line: Line, at: int, has_options: bool) -> tuple[str, ...]:
        """The questions to come that a line says its text is for; none where it says no such thing."""
        questions = beside.passage_of(line.text) if self.signed else None
        if not questions or _PLAIN_NUMBER.match(line.text):
            return ()
        if len(questions) < 2 and _WITH_WORD.match(line.text):
            return ()
        if self.now is not None and self.now.number and int(questions[-1]) <= int(self.now.number):
            return ()
        is_between = has_options or self.now is None or self.into == "shared"
        return questions if is_between or (len(questions) > 1 and not self._options_come(at)) else ()

    def _options_come(self, at: int) -> bool:
        """Whether options follow before another question begins."""
        for line in self.lines[at + 1 :]:
            if line.table is None and _OPTION.match(line.text.lstrip()):
                return True
            if _number_at(line)[0]:
                return False
        return False

    def _within_shared(self, number: str, at: int) -> bool:
        """Whether a numbered line is part of a shared text: not one of its questions, and without options."""
        _, questions, _, _ = self.shared[-1]
        following: list[str] = []
        for line in self.lines[at + 1 :]:
            if line.table is None and _OPTION.match(line.text.lstrip()):
                break
            if later := _number_at(line)[0]:
                following.append(later)
                if number not in questions or int(later) <= int(number):
                    return bool(questions)
        return number in following

    def _begin_shared(self, line: Line, questions: tuple[str, ...]) -> None:
        self._end()
        self.left(self.loose)
        self.loose = []
        self.shared.append((line, questions, [], len(self.asked)))
        self.into = "shared"

    def _in_stem(self, line: Line, at: int) -> bool:
        """Takes a line above the options that names the key, or begins another part of the paper."""
        if self.now is None or not self.now.stem:
            return False
        said = beside.answer_of(line.text)
        if said and said.letters and not said.rest:
            self.now.answers.append(said)
            return True
        if _is_part(line) and not self._options_come(at):
            self._end()
            self.left([line])
            return True
        return False

    def _beside(self, line: Line) -> bool:
        """Takes a line below options by its words; False where these do not tell what it is."""
        assert self.now is not None
        said = beside.told(line.text)
        if not self.now.number and beside.asks(line.text) and not (said.answer and said.answer.letters):
            return False  # the stem of the next question, which has no number
        if said.kind == "answer" and said.answer:
            self.now.answers.append(said.answer)
        elif said.kind == "why":
            self.now.whys.append((len(self.now.options), line))
        elif said.kind == "source":
            self.now.sources.append(line)
        elif said.kind == "passage" and self.now.number:
            self._begin_shared(line, said.questions)
            return True
        elif said.kind == "heading":
            self._end()
            self.left([line])
            return True
        elif said.kind == "note":
            self.left([line])
        elif self.into in ("why", "source") and self.last and _follows(line, self.last):
            if self.into == "why":
                self.now.whys.append((self.now.whys[-1][0], line))
            else:
                self.now.sources.append(line)
            return True
        else:
            return False
        self._go_on()
        self.into, self.last = said.kind, line
        return True

    def _letters(self) -> int:
        return len(self.now.options) if self.now is not None else 0

    def _begin(self, number: str, line: Line) -> None:
        self._end()
        self.left(self.loose)
        self.loose = []
        rest = _without_start(line, self.signed)
        self.now = Asked(number, line.place)
        self.asked.append(self.now)
        inside = list(_split_options(rest, 0))
        if len(inside) > 1:
            self.now.stem.append(Line(_before_options(rest), line.place))
            self.now.options += inside
            self.into, self.last = "option", line
        elif not Line(rest, line.place).is_blank:
            self.now.stem.append(Line(rest, line.place))

    def _options(self, options: list[Option], line: Line) -> None:
        starts = options[0].letter in ("ก", "A", "a")
        if self.now is None or (starts and self.now.options):
            self._end()
            self.now = Asked("", self.loose[0].place if self.loose else line.place, self.loose)
            self.asked.append(self.now)
            self.loose = []
        for one in self.now.below:  # between two options: of the upper one
            self.now.options[-1].pieces.append(Piece("\n"))
            self.now.options[-1].pieces.extend(one.pieces)
        self.now.below = []
        self.now.options += options
        self.into, self.last = "option", line

    def _end(self) -> None:
        """Ends the question: what is left below its options is told."""
        self._go_on()
        now, self.now = self.now, None
        self.into, self.last = "", None
        if now is not None and now.below:
            shown = " / ".join(_shown(line) for line in now.below)
            now.notes.append(
                tell(
                    "what stands below its options is not taken, look whose it is: {lines}",
                    lines=_short(shown, 200),
                )
            )

    def _go_on(self) -> None:
        """Lines below the last option are of it where the layout says so, and that is told."""
        while self.now and self.last and self.into == "option" and self.now.below:
            line = self.now.below[0]
            if not _follows(line, self.last):
                return
            del self.now.below[0]
            self.now.options[-1].pieces.append(Piece("\n"))
            self.now.options[-1].pieces.extend(line.pieces)
            self.now.notes.append(
                tell(
                    "a line below its last option was taken as part of it, as it is set: {line}",
                    line=_short(_shown(line), 120),
                )
            )

    def _table(self, line: Line) -> None:
        if self.into == "shared":
            self.shared[-1][2].append(line)
        elif self.now is not None and not self.now.options:
            self.now.stem.append(line)
        elif self.now is not None and self.now.number:
            self.now.below.append(line)
        else:
            self.loose.append(line)

    def _share(self) -> None:
        """Gives each shared text to the questions that it names; where it names none, to the next one."""
        for line, questions, text, n in self.shared:
            later = self.asked[n:]
            own = text or [line]
            takers = [
                next((one for one in later if one.number == number and one.options), None)
                for number in questions
            ]
            found = [one for one in takers if one is not None] if questions else later[:1]
            for one in found:
                one.shared.append((_shown(line), own))
            lacking = [number for number, one in zip(questions, takers, strict=True) if one is None]
            if lacking or not found:
                said = tell(
                    "a text that questions share names some that do not follow it ({numbers}): {line}",
                    numbers=listed(lacking) if lacking else tell("none"),
                    line=_short(_shown(line), 120),
                )
                self.notes.append(said)
            if not found:
                self.left(text)
            if not questions and found:
                found[0].notes.append(
                    tell(
                        "the text above it does not say which questions it is for: {line}",
                        line=_short(_shown(line), 120),
                    )
                )


def _follows(line: Line, last: Line) -> bool:
    """Whether a line goes on with the one above by its layout: of the same paragraph, or set in deeper."""
    return line.table is None and (line.place == last.place or line.begin > last.begin)


def _shown(line: Line) -> str:
    """A line as it is told."""
    if line.table is not None:
        return " | ".join(cell for row in line.cells for cell in row if cell)
    return line.text.strip() or "".join(
        one.text or f"[{one.kind}]" for one in line.pieces if one.kind != "text"
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _settle(one: Asked) -> None:
    """Reads answers that name an option by its text, and asks where letter and text name two."""
    texts = [_alike("".join(piece.text for piece in option.pieces)) for option in one.options]
    letters = [option.letter for option in one.options]
    for place, answer in enumerate(one.answers):
        rest = _alike(answer.rest)
        exact = [letter for letter, text in zip(letters, texts, strict=True) if text and text == rest]
        begun = [n for n, text in enumerate(texts) if len(text) > 1 and _begins_with(rest, text)]
        most = max((len(texts[n]) for n in begun), default=0)
        by_text = exact or [letters[n] for n in begun if len(texts[n]) == most]
        if not answer.letters:
            found = by_text[0] if len(by_text) == 1 else "?"
            figure = arabic_digits(answer.rest).strip(" .)")
            if figure.isdigit() and found != _letter_at(one.options, int(figure) - 1):
                found = "?"  # it may be the place of an option, or what it says
            one.answers[place] = Answer((found,), "" if exact or found == "?" else answer.rest)
        elif len(answer.letters) == 1 and answer.letters != ("?",) and by_text:
            if _ordinal(answer.letters[0]) in map(_ordinal, by_text):
                one.answers[place] = Answer(answer.letters, "" if exact else answer.rest)
            else:
                one.answers[place] = Answer(("?",), answer.rest)
                one.notes.append(
                    tell("the line of its answer names one option by its letter and another by its text")
                )
        elif beside.is_letter(rest):
            one.answers[place] = Answer(("?",), answer.rest)


def _letter_at(options: Sequence[Option], place: int) -> str:
    """The letter of the option at a place; "" where there is none."""
    return options[place].letter if 0 <= place < len(options) else ""


def _alike(text: str) -> str:
    return " ".join(text.split()).strip("*✓✔☑√✅☒☐□▢⬜ ").rstrip(". ").casefold()


def _begins_with(text: str, start: str) -> bool:
    return text == start or (text.startswith(start) and not text[len(start)].isalnum())


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
        if sign := _tick(star):
            own = [Piece(sign), *own]
        yield Option(letter, own)


def _tick(box: str) -> str:
    """The star or tick before a letter: "" for an empty box."""
    if re.fullmatch(r"[\[(]?[xX✓/][\])]?", box):
        return "✓"
    return box if box and box in "*✓✔☑√✅☒" else ""


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
    kinds = {"".join(piece.text for piece in option.pieces).strip()[:1] for option in one.options}
    if "☒" in kinds and kinds & set("✓✔☑√✅*"):
        doubts.append(tell("its boxes have ticks of two kinds: it is not plain which is right"))
    if listed_key:
        claims.append((tell("the list of keys"), places_of([listed_key], letters)))
    why = {letter for _, line in one.whys if (letter := beside.right_by(line.text))}
    if len(why) == 1:
        claims.append((tell("the explanation"), places_of(why, letters)))
    right, notes = agreed(claims, letters)
    notes += doubts
    if doubts:
        right = set()
    notes += one.notes
    stem = _passage(one.stem)
    others = [n for n in beside.passage_of(stem.plain) or () if n != one.number]
    if others and (one.number or len(others) > 1):
        notes.append(
            tell(
                "its stem is for other questions, too, which do not have it: {numbers}",
                numbers=listed(others),
            )
        )
    rationales, general = _told_why(one, right)
    marks = common_marks([pieces for pieces, _ in texts])
    choices = tuple(
        Choice(_option_passage(pieces, marks), place in right, None, rationales.get(place))
        for place, (pieces, _) in enumerate(texts)
    )
    if order != list(range(len(order))):
        found = joined((_letter_of(place, letters) for place in order), " ")
        notes.append(tell("its options are lettered {letters}", letters=found))
    return weights.with_concerns(
        Question(
            id=one.number or source,
            source=source,
            kind="multiple" if len(right) > 1 else "single",
            stem=stem,
            choices=choices,
            feedback=general,
            reference=" ".join(filter(None, map(_shown, one.sources))),
            stimulus=_stimulus(one),
            warnings=tuple(notes),
        )
    )


def _told_why(one: Asked, right: set[int]) -> tuple[dict[int, Passage], Passage | None]:
    """What is told of options, by their places, and of the question as a whole. Lines below an option while
    others follow are of that option, those below all are of the right ones; of all, where no key is sure."""
    n = len(one.options)
    above = {at for at, _ in one.whys if at < n}
    by_option = above == set(range(1, n))
    lines: dict[int, list[list[Piece]]] = {}
    whole: list[list[Piece]] = []
    said = [(n, [Piece(answer.rest)]) for answer in one.answers if answer.rest]
    for at, pieces in [*said, *((at, line.pieces) for at, line in one.whys)]:
        places = [at - 1] if at < n or by_option else sorted(right)
        for place in places:
            lines.setdefault(place, []).append(pieces)
        if not places:
            whole.append(pieces)
    told = {place: _from_pieces(own, "lines") for place, own in lines.items()}
    return told, _from_pieces(whole, "lines") if whole else None


def _stimulus(one: Asked) -> tuple[str, Passage] | None:
    """The text that a question shares with others, under the line that says so."""
    if not one.shared:
        return None
    return " / ".join(name for name, _ in one.shared), _passage(
        [line for _, own in one.shared for line in own]
    )


def _ordinal(letter: str) -> int:
    return THAI.index(letter) if letter in THAI else ord(letter.upper()) - ord("A")


def _letter_of(place: int, letters: Iterable[str]) -> str:
    return next(one for one in letters if _ordinal(one) == place)


def _starless(pieces: Sequence[Piece]) -> tuple[list[Piece], bool]:
    """An option without the star (or tick) at either end, and whether it had one."""
    found = _boxless(pieces)
    text = "".join(one.text for one in found if one.kind == "text")
    starred = (
        bool(re.match(r"\s*[*✓✔☑√✅☒]", text))
        or bool(re.search(r"[*✓✔☑√✅☒]\s*$", text))
        or bool(re.search(r"[(\[]\s*(?:ถูก(?:ต้อง)?|correct|key|เฉลย)\s*[)\]]\s*$", text, re.I))
    )
    if starred:
        shown = re.sub(
            r"^\s*[*✓✔☑√✅☒]+\s*|\s*[*✓✔☑√✅☒]+\s*$|\s*[(\[]\s*(?:ถูก(?:ต้อง)?|correct|key|เฉลย)\s*[)\]]\s*$",
            "",
            text,
            flags=re.I,
        )
        start = text.find(shown) if shown else 0
        found = _between([one for one in found if one.kind == "text"], start, start + len(shown)) + [
            one for one in found if one.kind != "text"
        ]
    return found, starred


_EMPTY = ("☐", "□", "▢", "⬜")


def _boxless(pieces: Sequence[Piece]) -> list[Piece]:
    """An option without an empty box at either end."""
    found = list(pieces)
    if found and found[0].kind == "text" and found[0].text.lstrip().startswith(_EMPTY):
        found[0] = found[0]._replace(text=found[0].text.lstrip()[1:].lstrip())
    if found and found[-1].kind == "text" and found[-1].text.rstrip().endswith(_EMPTY):
        found[-1] = found[-1]._replace(text=found[-1].text.rstrip()[:-1].rstrip())
    return found


Claim = tuple[Message, frozenset[int]]
"""What says which options are right, and which it says are."""


def claims_of(one: Asked, stars: Sequence[bool]) -> tuple[list[Claim], list[Message]]:
    """What the question itself says of its key; and what cannot be told of it."""
    letters = [option.letter for option in one.options]
    claims: list[Claim] = []
    doubts: list[Message] = []
    if any(stars):
        claims.append((tell("the star"), frozenset(place for place, star in enumerate(stars) if star)))
    for answer in one.answers:
        claims.append((tell("the line of the answer"), places_of(answer.letters, letters)))
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

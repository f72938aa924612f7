"""Splits lines into questions with stems and options, shared texts, and lines that belong to no question.

A line below the last option belongs to the question if its words say so (an explanation or a source, see
`beside`), to later questions (a shared text), to none (a heading), or to the option if the layout says so;
other lines are left out and listed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from examgen.core.words import Message, listed, tell
from examgen.interchange import line_kinds as beside
from examgen.interchange.markup import shortened
from examgen.interchange.question_context import Rubric
from examgen.interchange.typed.answer_keys import KEYS_HEAD, behind_pair, key_pairs, keys_begin, settle
from examgen.interchange.typed.lines import (
    HEADING,
    OPTION,
    PLAIN_NUMBER,
    WITH_WORD,
    TypedLine,
    TypedOption,
    TypedPiece,
    TypedQuestion,
    before_options,
    behind,
    follows,
    is_part,
    line_shown,
    next_letter,
    number_at,
    options_in,
    parts_named,
    split_options,
    without_start,
)

Numbered = tuple[str, str]
"""The part of the paper (“” if none is named) and the number of a question."""
_BETWEEN = re.compile(r"[\s,/&+]*(?:และ|กับ|หรือ|and|or)?[\s,/&+]*", re.I)
"""The text between letters in a list."""


def cut(
    lines: Sequence[TypedLine],
) -> tuple[list[TypedQuestion], dict[Numbered, str], dict[Numbered, TypedLine], list[Message]]:
    """Return the questions, the key list at the end with its explanations, and notes on lines that belong to
    no question.
    """
    end = keys_begin(lines)
    keys: dict[Numbered, str] = {}
    whys: dict[Numbered, TypedLine] = {}
    notes: list[Message] = []
    unread: list[TypedLine] = []
    part = ""
    for line in lines[end:]:
        if named := parts_named((line.text, *(cell for row in line.cells for cell in row))):
            part = named.pop() if len(named) == 1 else ""
        pairs = key_pairs(line)
        for number, letter in pairs:
            if keys.setdefault((part, number), letter) != letter:
                notes.append(
                    tell("its key list has question {number} twice, with different letters", number=number)
                )
                keys[part, number] = "?"
        if line.table is None and len(pairs) == 1 and (said := behind_pair(line)):
            whys[part, pairs[0][0]] = said
        elif not (pairs or line.is_blank or line.table or KEYS_HEAD.fullmatch(line.text) or is_part(line)):
            unread.append(line)
    work = _PaperCutter(lines[:end])
    work.run()
    work.left(unread)
    return work.asked, keys, whys, [*work.notes, *notes]


def _statements(lines: Sequence[TypedLine]) -> set[int]:
    """Return the positions of numbered lines that do not begin a question.

    These are statements of a stem, between the question and its options, whose numbering starts at 1 again or
    is written differently.
    """
    found: set[int] = set()
    asked = listed_as = ""
    following = 0
    for at, line in enumerate(lines):
        if line.is_blank or line.table is not None:
            continue
        number, own = number_at(line)
        if not number:
            if asked and (OPTION.match(line.text.lstrip()) or is_part(line)):
                asked, following = "", 0
            continue
        begins_list = False
        for below in lines[at + 1 :] if number == "1" else ():  # 2 follows, before any option does
            if below.table is None and OPTION.match(below.text.lstrip()):
                break
            if number_at(below)[1] == own:
                begins_list = number_at(below)[0] == "2"
                break
        if asked and following and int(number) == following and own == listed_as:
            found.add(at)
            following += 1
        elif asked and not following and begins_list and "ข้อ" not in own:
            found.add(at)
            following, listed_as = 2, own
        else:
            asked, following = number, 0
            if len(list(split_options(without_start(line, True), 0))) > 1:
                asked = ""
    return found


def _is_first(letter: str) -> bool:
    return letter in ("ก", "A", "a")


class _PaperCutter:
    """Splits lines into questions, shared texts, and lines that belong to no question."""

    def __init__(self, lines: Sequence[TypedLine]) -> None:
        self.lines = lines
        self.signed = any(number_at(line)[0] for line in lines)
        """Whether numbers begin questions: with a sign (`1.`, `1)`) or a word (`ข้อ 1`)."""
        self.statements = _statements(lines) if self.signed else set()
        self.asked: list[TypedQuestion] = []
        self.now: TypedQuestion | None = None
        self.loose: list[TypedLine] = []
        """Lines above the first question, or below options, that belong to no question yet."""
        self.shared: list[tuple[TypedLine, tuple[str, ...], list[TypedLine], int]] = []
        """Texts that questions share: the line that introduces the text, the questions that it names, the
        text, and the number of questions above it.
        """
        self.notes: list[Message] = []
        self.part = ""
        self.rubric = Rubric()
        self.into = ""
        """The kind of the previous line: `option`, `why`, `source`, `shared`, or "" for any other."""
        self.last: TypedLine | None = None
        """The line of the last option, or the last line that was added to it."""

    def run(self) -> None:
        """Process all lines."""
        for at, line in enumerate(self.lines):
            if not line.is_blank:
                self._take(line, at)
        self._end()
        self.left(self.loose)
        self._share()
        for one in self.asked:
            settle(one)

    def left(self, lines: Sequence[TypedLine]) -> None:
        """Record lines that belong to no question."""
        shown = " / ".join(text for line in lines if (text := line_shown(line)))
        if shown:
            self.rubric.read(shown)
            self.notes.append(
                tell("lines that belong to no question are left out: {lines}", lines=shortened(shown, 300))
            )

    def _take(self, line: TypedLine, at: int) -> None:
        """Add a line to a table, a text, a question or its options, or classify it by its words."""
        if line.table is not None:
            if self.into == "shared":
                self.shared[-1][2].append(line)
            elif self.now is not None and not self.now.options:
                self.now.stem.append(line)
            elif self.now is not None and self.now.number:
                self.now.below.append(line)
            else:
                self.loose.append(line)
            return
        has_options = self.now is not None and bool(self.now.options)
        if is_part(line) and not self._options_come(at):
            self.part = min(parts_named((line.text,)))
        number = number_at(line)[0] if self.signed and at not in self.statements else ""
        if self.into == "shared" and number and self._within_shared(number, at):
            number = ""
        questions = self._shares(line, at, has_options)
        if questions:
            self._begin_shared(line, questions)
            return
        if number:
            self._begin(number, line, at)
            return
        options = [] if at in self.statements else options_in(line, self._letters())
        following = self._after_letters(options, at)
        if options and following == next_letter(options[0].letter):
            options = options_in(line, self._letters(), 1)  # `ก. ข. และ ค. ถูก`, and ข. below
        if options and not _is_first(following):
            self._options(options, line)
        elif self.into == "shared":
            self.shared[-1][2].append(line)
        elif not (self._beside(line) if has_options else self._in_stem(line, at)):
            # only its position is known
            if self.now is None or (self.now.options and not self.now.number):
                if not HEADING.fullmatch(line.text):
                    self.loose.append(line)
                elif self.now is not None:
                    self._end()
            elif self.now.options:
                self.now.below.append(line)
            else:
                self.now.stem.append(line)

    def _shares(self, line: TypedLine, at: int, has_options: bool) -> tuple[str, ...]:
        """Return the later questions for which a line introduces a text; empty if it introduces none."""
        questions = beside.passage_of(line.text) if self.signed else None
        if not questions or PLAIN_NUMBER.match(line.text):
            return ()
        if len(questions) < 2 and WITH_WORD.match(line.text):
            return ()
        if self.now is not None and self.now.number and int(questions[-1]) <= int(self.now.number):
            return ()
        is_between = has_options or self.now is None or self.into == "shared"
        return questions if is_between or (len(questions) > 1 and not self._options_come(at)) else ()

    def _options_come(self, at: int) -> bool:
        """Return whether options follow before another question begins."""
        for line in self.lines[at + 1 :]:
            if line.table is None and OPTION.match(line.text.lstrip()):
                return True
            if number_at(line)[0]:
                return False
        return False

    def _after_letters(self, options: Sequence[TypedOption], at: int) -> str:
        """Return the letter of the next option if apparent options are only letters in a text (`ก. ข. และ ค.
        แข่งวิ่งกัน`) with at most a word between them; "" if they are options.
        """
        if (self.now is not None and self.now.options) or not any(
            _BETWEEN.fullmatch("".join(one.text for one in option.pieces))
            and not any(one.picture or one.kind == "formula" for one in option.pieces)
            for option in options[:-1]
        ):
            return ""
        for line in self.lines[at + 1 :]:
            if line.table is None and (found := OPTION.match(line.text.lstrip())):
                return found["letter"]
            if number_at(line)[0]:
                break
        return ""

    def _within_shared(self, number: str, at: int) -> bool:
        """Return whether a numbered line is part of a shared text: it is not one of its questions and has no
        options.
        """
        _, questions, _, _ = self.shared[-1]
        following: list[str] = []
        for line in self.lines[at + 1 :]:
            if line.table is None and OPTION.match(line.text.lstrip()):
                break
            if later := number_at(line)[0]:
                following.append(later)
                if number not in questions or int(later) <= int(number):
                    return bool(questions)
        return number in following

    def _begin_shared(self, line: TypedLine, questions: tuple[str, ...]) -> None:
        self._end()
        self.left(self.loose)
        self.loose = []
        self.shared.append((line, questions, [], len(self.asked)))
        self.into = "shared"

    def _in_stem(self, line: TypedLine, at: int) -> bool:
        """Handle a line above the options that is feedback, names the key or begins another part of the
        paper; False for any other line.
        """
        if self.now is None or not self.now.stem:
            return False
        if beside.without_sign_of_feedback(line.text) or (
            self.into == "feedback" and line.text.lstrip().startswith("- ")
        ):
            self.left([line])
            self.into = "feedback"
            return True
        said = beside.answer_of(line.text)
        if said and said.letters and not said.rest:
            self.now.answers.append(said)
            return True
        if is_part(line) and not self._options_come(at):
            self._end()
            self.left([line])
            return True
        return False

    def _beside(self, line: TypedLine) -> bool:
        """Handle a line below the options by its words; False if these do not show what it is."""
        assert self.now is not None
        said = beside.told(line.text)
        if self.into == "label of why" and (own := beside.feedback_of_option(line.text)):
            self.now.of_options.append((own[0], TypedLine(behind(line.pieces, own[1]), line.place)))
            return True
        if not self.now.number and beside.asks(line.text) and not (said.answer and said.answer.letters):
            return False  # the stem of the next question, which has no number
        if said.kind == "answer" and said.answer:
            self.now.answers.append(said.answer)
        elif beside.is_label_of_why(line.text):
            self.into, self.last = "label of why", line
            return True
        elif said.kind == "why":
            sign = beside.without_sign_of_feedback(line.text)
            line = TypedLine(behind(line.pieces, sign), line.place) if sign else line
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
        elif (
            self.into == "label of why" and self.last and not self.now.of_options and follows(line, self.last)
        ):
            self.now.whys.append((len(self.now.options), line))
            said = said._replace(kind="why")
        elif self.into in ("why", "source") and self.last and follows(line, self.last):
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

    def _begin(self, number: str, line: TypedLine, at: int) -> None:
        self._end()
        self.left(self.loose)
        self.loose = []
        rest = without_start(line, self.signed)
        self.now = TypedQuestion(number, line.place, self.rubric.over_next(), self.part)
        self.asked.append(self.now)
        inside = list(split_options(rest, 0))
        if len(inside) > 1 and not _is_first(self._after_letters(inside, at)):
            self.now.stem.append(TypedLine(before_options(rest), line.place))
            self.now.options += inside
            self.into, self.last = "option", line
        elif not TypedLine(rest, line.place).is_blank:
            self.now.stem.append(TypedLine(rest, line.place))

    def _options(self, options: list[TypedOption], line: TypedLine) -> None:
        now, starts = self.now, _is_first(options[0].letter)
        is_second = (
            starts
            and now is not None
            and len(now.options) == 1
            and not (now.number or now.answers or self.loose)
        )
        if is_second and now is not None and not now.stem:  # what looked like an option was a name: A. Smith
            first = now.options.pop()
            now.stem.append(TypedLine([TypedPiece(f"{first.letter}. "), *first.pieces], now.place))
        elif now is not None and not (starts and now.options) and not now.number:
            now.below, self.loose = [*now.below, *self.loose], []
        if self.now is None or (starts and self.now.options and not is_second):
            self._end()
            self.now = TypedQuestion(
                "",
                self.loose[0].place if self.loose else line.place,
                self.rubric.over_next(),
                self.part,
                self.loose,
            )
            self.asked.append(self.now)
            self.loose = []
        for one in self.now.below:  # between two options: of the upper one
            self.now.options[-1].pieces.append(TypedPiece("\n"))
            self.now.options[-1].pieces.extend(one.pieces)
        self.now.below = []
        self.now.options += options
        self.into, self.last = "option", line

    def _end(self) -> None:
        """End the current question, with a note on any text left below its options."""
        self._go_on()
        now, self.now = self.now, None
        self.into, self.last = "", None
        if now is not None and now.below:
            shown = " / ".join(line_shown(line) for line in now.below)
            now.notes.append(
                tell(
                    "text below its options is left out. Check where it belongs: {lines}",
                    lines=shortened(shown, 200),
                )
            )

    def _go_on(self) -> None:
        """Add lines below the last option to it if the layout says so, with a note."""
        while self.now and self.last and self.into == "option" and self.now.below:
            line = self.now.below[0]
            if not follows(line, self.last):
                return
            del self.now.below[0]
            self.now.options[-1].pieces.append(TypedPiece("\n"))
            self.now.options[-1].pieces.extend(line.pieces)
            self.now.notes.append(
                tell(
                    "a line below its last option was added to the option because of its layout: {line}",
                    line=shortened(line_shown(line), 120),
                )
            )

    def _share(self) -> None:
        """Give each shared text to the questions that it names; if it names none, to the next one."""
        for line, questions, text, n in self.shared:
            later = self.asked[n:]
            own = text or [line]
            takers = [
                next((one for one in later if one.number == number and one.options), None)
                for number in questions
            ]
            found = [one for one in takers if one is not None] if questions else later[:1]
            for one in found:
                one.shared.append((line_shown(line), own))
            lacking = [number for number, one in zip(questions, takers, strict=True) if one is None]
            if lacking or not found:
                said = tell(
                    "a text shared by questions lists some that do not follow it ({numbers}): {line}",
                    numbers=listed(lacking) if lacking else tell("none"),
                    line=shortened(line_shown(line), 120),
                )
                self.notes.append(said)
            if not found:
                self.left(text)
            if not questions and found:
                found[0].notes.append(
                    tell(
                        "the text above it does not state for which questions it is: {line}",
                        line=shortened(line_shown(line), 120),
                    )
                )

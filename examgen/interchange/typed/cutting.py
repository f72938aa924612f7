"""Lines → questions as they are being read: their stems and options, texts that they share, what is of none.

What stands below the last option is of the question by its words (`beside`: why, where from), of those to
come (a shared text), of none (a heading), or of the option where the layout says so; else it is left, told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from examgen.core.words import Message, listed, tell
from examgen.interchange import answer_lines as beside
from examgen.interchange.markup import shortened
from examgen.interchange.surroundings import Rubric
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
"""A question by the part of the paper that names it, "" where none does, and its number."""
_BETWEEN = re.compile(r"[\s,/&+]*(?:และ|กับ|หรือ|and|or)?[\s,/&+]*", re.I)
"""What stands between letters that are listed."""


def cut(
    lines: Sequence[TypedLine],
) -> tuple[list[TypedQuestion], dict[Numbered, str], dict[Numbered, TypedLine], list[Message]]:
    """The questions, the keys that stand at the end with what is said of them, and what is of no question."""
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
    """Numbered lines that begin no question: statements of a stem, counted from 1 anew or in another way
    between a question and its options."""
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
    """Lines → questions, texts that they share, and what is of none."""

    def __init__(self, lines: Sequence[TypedLine]) -> None:
        self.lines = lines
        self.signed = any(number_at(line)[0] for line in lines)
        """Whether numbers begin questions: with a sign (`1.`, `1)`) or a word (`ข้อ 1`) beside them."""
        self.statements = _statements(lines) if self.signed else set()
        self.asked: list[TypedQuestion] = []
        self.now: TypedQuestion | None = None
        self.loose: list[TypedLine] = []
        """Lines above the first question, or below options: of no question yet."""
        self.shared: list[tuple[TypedLine, tuple[str, ...], list[TypedLine], int]] = []
        """Texts that questions share: the line that says so, the questions that it names, the text, how many
        questions stood above."""
        self.notes: list[Message] = []
        self.part = ""
        self.rubric = Rubric()
        self.into = ""
        """What the line before was: `option`, `why`, `source`, `shared`, "" for anything else."""
        self.last: TypedLine | None = None
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
            settle(one)

    def left(self, lines: Sequence[TypedLine]) -> None:
        """Names lines that belong to no question."""
        shown = " / ".join(text for line in lines if (text := line_shown(line)))
        if shown:
            self.rubric.read(shown)
            self.notes.append(
                tell("lines that belong to no question are left out: {lines}", lines=shortened(shown, 300))
            )

    def _take(self, line: TypedLine, at: int) -> None:
        """Puts a line where it belongs: a table or a text, a number, options, or what words say it is."""
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
            # nothing is known of it but where it stands
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
        """The questions to come that a line says its text is for; none where it says no such thing."""
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
        """Whether options follow before another question begins."""
        for line in self.lines[at + 1 :]:
            if line.table is None and OPTION.match(line.text.lstrip()):
                return True
            if number_at(line)[0]:
                return False
        return False

    def _after_letters(self, options: Sequence[TypedOption], at: int) -> str:
        """The letter of the option that follows, where what looks like options are letters of a text
        (`ก. ข. และ ค. แข่งวิ่งกัน`) that nothing but a word stands between; "" where they are options."""
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
        """Whether a numbered line is part of a shared text: not one of its questions, and without options."""
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
        """Takes a line above the options that names the key, or begins another part of the paper."""
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
        """Takes a line below options by its words; False where these do not tell what it is."""
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
        """Ends the question: what is left below its options is told."""
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
        """Lines below the last option are of it where the layout says so, and that is told."""
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

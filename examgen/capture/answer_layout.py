"""What a reader of answers must be told: the forms, who was dealt which, and what a user says of the files.

A columns file says which column of an answer file is what, where its headings do not tell:

candidate_id: เลขประจำตัว        a heading, or the number of a column from 1
form: 3
questions: {1: 5, 2: ข้อสอง}    or a list, from question 1; or `answers`; or `question` and `answer`
form_is: A                       in place of `form`, where the file does not say it
heading: 4                       the line of the headings, where it is not the first
files: [south.csv]               where they hold for some of the answer files alone, by their names

Several such files in one: a list, of which at most one names no files and holds for all others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import numpy as np

from examgen.capture.cells import ExamTexts
from examgen.capture.grader_decisions import NO_DECISIONS, GraderDecisions
from examgen.core.candidate_numbers import as_listed, otherwise_written
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import Texts as Ids
from examgen.core.words import joined, tell

NOBODY: Ids = np.empty(0, "S1")

Place = str | int
ROLES = ("candidate_id", "form", "answers", "question", "answer")
_FIELDS = (*ROLES, "questions", "form_is", "heading", "files")
_EXAMPLE = tell(
    "{one} and {other}, for example", one="`candidate_id: เลขประจำตัว`", other="`questions: {1: ข้อแรก, 2: 6}`"
)


class Dealing(NamedTuple):
    """The booklets of a sitting; an empty one where there was no list, which allows everything."""

    forms: Mapping[str, str]
    """Serial of each booklet → the form whose key it has: its own serial where it has an order of its own."""
    owners: Mapping[str, str]
    """Serial of each booklet → the candidate that it was dealt; empty for a spare one."""
    dealt: Mapping[str, str]
    """Candidate → the form that they were dealt."""
    is_closed: bool = False
    """Whether rows are set aside of those who were dealt no booklet and are not on the roster."""
    roster: Ids = NOBODY
    """Ids of the roster (UTF-8, as `dealt` writes them, ascending)."""
    otherwise: Mapping[str, str] = {}
    """By number as it is compared, how the lists write it, of those that they write otherwise."""
    form_is_decided: bool = False
    """Whether the form that a row names counts, whatever was dealt."""

    def lists(self, candidate: str) -> bool:
        """Whether a list has the candidate, written so."""
        if candidate in self.dealt:
            return True
        whom = candidate.encode("utf-8", "surrogateescape")
        if len(whom) > self.roster.itemsize:
            return False
        at = int(np.searchsorted(self.roster, np.bytes_(whom)))
        return at < len(self.roster) and bool(self.roster[at] == whom)

    def as_listed(self, candidate: str) -> str:
        """The number of a row as the lists write it."""
        has_list = self.dealt or len(self.roster)
        return as_listed(candidate, self.lists, self.otherwise) if has_list else candidate

    def knows(self, candidate: str) -> bool:
        """Whether the candidate is on a list, or need not be."""
        return not self.is_closed or self.lists(candidate)

    def form_of(self, candidate: str) -> str | None:
        """The form that the candidate was dealt; None where they were dealt none."""
        return self.dealt.get(candidate)

    def allows(self, candidate: str, named: str) -> bool:
        """Whether that candidate may answer by that serial or form.

        A spare booklet is anybody's. Who was dealt none may name a form, but nobody else's serial.
        """
        if self.form_is_decided:
            return True
        if named in self.owners:
            return self.owners[named] in ("", candidate)
        return self.dealt.get(candidate, named) == named


NO_LIST = Dealing({}, {}, {})


def dealing_of(booklets: Iterable[tuple[str, str, str]]) -> Dealing:
    """From candidate (empty for a spare booklet), form and serial of each booklet."""
    rows = list(booklets)
    dealt = {candidate: form for candidate, form, _ in rows if candidate}
    return Dealing(
        forms={serial: form for _, form, serial in rows},
        owners={serial: candidate for candidate, _, serial in rows},
        dealt=dealt,
        otherwise=otherwise_written(dealt),
    )


def with_roster(dealing: Dealing, roster: Collection[bytes]) -> Dealing:
    """The same with the ids of a roster (UTF-8, as those who were dealt a booklet are written)."""
    if not roster:
        return dealing
    others = [one.decode("utf-8", "surrogateescape") for one in roster if not one.isalnum()]
    odd = otherwise_written({**dealing.dealt, **dict.fromkeys(others)}) if others else dealing.otherwise
    return dealing._replace(roster=np.sort(np.array(list(roster), np.bytes_)), otherwise=odd)


def closed(dealing: Dealing, roster: Collection[bytes] = ()) -> Dealing:
    """The same where nobody is taken but those who were dealt a booklet, and those of a roster."""
    return with_roster(dealing, roster)._replace(is_closed=True)


class ColumnMapping(NamedTuple):
    """What a user says of the columns: headings, or numbers of columns from 1."""

    roles: Mapping[str, Place]
    questions: Mapping[int, Place]
    form_is: str | None
    heading: int | None
    files: tuple[str, ...] = ()
    """The answer files that they hold for, by their names; for all of them where none is named."""
    also: tuple[ColumnMapping, ...] = ()
    """What is said of the columns of other files."""

    def of(self, file: str) -> ColumnMapping | None:
        """What is said of the columns of that file; None where nothing is."""
        name = PurePath(file).name
        of_file = [one for one in (self, *self.also) if name in one.files]
        of_all = [one for one in (self, *self.also) if not one.files]
        return next(iter((*of_file, *of_all)), None)

    def written(self) -> dict[str, Any] | list[dict[str, Any]]:
        """All that is said, as it is written."""
        return [one.record() for one in (self, *self.also)] if self.also else self.record()

    def record(self) -> dict[str, Any]:
        """The same as it is written."""
        return {
            **self.roles,
            **({"questions": dict(self.questions)} if self.questions else {}),
            **({"form_is": self.form_is} if self.form_is else {}),
            **({"heading": self.heading} if self.heading else {}),
            **({"files": list(self.files)} if self.files else {}),
        }


def column_mapping(data: Any, source: str) -> ColumnMapping:
    """What the data of a columns file says; raises Refused with everything that is wrong with it."""
    if isinstance(data, Sequence) and not isinstance(data, str) and data:
        first, *others = [_said(one, source) for one in data]
        named = [name for one in (first, *others) for name in one.files or ("",)]
        if twice := sorted({name for name in named if named.count(name) > 1}):
            message = tell(
                "the columns of {files} are said twice: keep one",
                files=joined(name or tell("files that are not named") for name in twice),
            )
            problem = Problem(source, "columns-file", message, field="files")
            raise Refused(tell("{source}: {n} fault(s)", source=source, n=1), [problem])
        return first._replace(also=tuple(others))
    return _said(data, source)


def _said(data: Any, source: str) -> ColumnMapping:
    if not isinstance(data, Mapping):
        raise Refused(
            tell("{source} does not say columns", source=source),
            [Problem(source, "columns-file", tell("write {example}", example=_EXAMPLE))],
        )
    problems = [
        Problem(
            source,
            "field-unknown",
            tell("`{name}` is not known: write {fields}", name=name, fields=", ".join(_FIELDS)),
            field=str(name),
        )
        for name in data
        if name not in _FIELDS
    ]
    roles = {name: data[name] for name in ROLES if name in data}
    problems += [_fault(source, name, place) for name, place in roles.items() if not _is_place(place)]
    questions = {} if data.get("questions") is None else data["questions"]
    if isinstance(questions, Sequence) and not isinstance(questions, str):
        questions = dict(enumerate(questions, 1))
    if isinstance(questions, Mapping) and all(isinstance(n, int) and n > 0 for n in questions):
        faulty = [(n, place) for n, place in questions.items() if not _is_place(place)]
        problems += [_fault(source, f"questions.{n}", place) for n, place in faulty]
    else:
        questions = {}
        message = tell(
            "`questions` is a list of columns from question 1 on, or maps numbers of questions to columns"
        )
        problems.append(Problem(source, "columns-file", message, field="questions"))
    if "candidate_id" not in roles:
        problems.append(
            Problem(source, "field-missing", tell("say which column is `candidate_id`"), field="candidate_id")
        )
    ways = [bool(questions), "answers" in roles, "question" in roles or "answer" in roles]
    if sum(ways) != 1 or (ways[2] and not {"question", "answer"} <= roles.keys()):
        message = tell("say where the answers are: `questions`, or `answers`, or `question` and `answer`")
        problems.append(Problem(source, "field-missing", message, field="questions"))
    form_is, heading = data.get("form_is"), data.get("heading")
    if heading is not None and not (isinstance(heading, int) and heading > 0):
        problems.append(
            Problem(
                source, "columns-file", tell("`heading` is the number of a line, from 1"), field="heading"
            )
        )
    files = data.get("files") or ()
    if isinstance(files, str) or not all(isinstance(name, str) and name for name in files):
        message = tell("`files` is a list of names of answer files")
        problems.append(Problem(source, "columns-file", message, field="files"))
    if form_is is not None and "form" in roles:
        message = tell("say `form` (a column) or `form_is` (the form of the whole file), not both")
        problems.append(Problem(source, "columns-file", message, field="form_is"))
    if problems:
        raise Refused(tell("{source}: {n} fault(s)", source=source, n=len(problems)), problems)
    form = None if form_is is None else str(form_is)
    return ColumnMapping(roles, dict(questions), form, heading, tuple(files))


def _is_place(value: object) -> bool:
    return (isinstance(value, str) and bool(value.strip())) or (isinstance(value, int) and value > 0)


def _fault(source: str, name: str, place: object) -> Problem:
    message = tell(
        "`{name}` is {place!r}: write a heading, or the number of a column from 1", name=name, place=place
    )
    return Problem(source, "columns-file", message, field=name)


class AnswerLayout(NamedTuple):
    """What the forms of an exam ask: the number of options of each question, in order."""

    options: dict[str, tuple[int, ...]]
    dealing: Dealing = NO_LIST
    """Whose booklet is which, where they were printed for a list."""
    grader_decisions: GraderDecisions = NO_DECISIONS
    """What a grader has decided on single rows."""
    texts: ExamTexts | None = None
    """What the forms print, where answers may be given in words."""
    accepts_unreadable: bool = False
    """Whether rows are scored of which most marks are not understood."""
    exam: str = ""
    """What the exam is called: results from the screen say it."""

    @property
    def sizes(self) -> dict[str, int]:
        """The number of questions of each form."""
        return {form: len(numbers) for form, numbers in self.options.items()}


class ReadingOptions(NamedTuple):
    """What the user says of the files where their content proves nothing; None where they said nothing.

    `encoding` is `utf-8`, `utf-16` or `cp874`; `delimiter` the character or its name; `sheet` the title of
    the sheet of a workbook; `columns` what each column is.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    columns: ColumnMapping | None = None

    def of(self, file: str) -> ReadingOptions:
        """What holds for one file."""
        return self if self.columns is None else self._replace(columns=self.columns.of(file))


NO_OPTIONS = ReadingOptions()


class ReadingLimits(NamedTuple):
    """How much is read at a time, and what is too long for a line, both in bytes of UTF-8."""

    block: int = 1 << 20
    longest_line: int = 1 << 20


LIMITS = ReadingLimits()

"""What the reading of answers needs: the forms, the assignment of booklets, the user's settings for files.

A columns file assigns the columns of an answer file if the headings do not show them:

candidate_id: เลขประจำตัว        a heading, or the number of a column from 1
form: 3
questions: {1: 5, 2: ข้อสอง}    or a list, from question 1; or `answers`; or `question` and `answer`
form_is: A                       the form of the whole file, if no column has it
heading: 4                       the line of the headings, if it is not the first
files: [south.csv]               the names of the answer files to which this applies; all if left out

A columns file may be a list of such parts. At most one part names no files: it applies to all other files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, PositiveInt, ValidationError, model_validator

from examgen.capture.cells import ExamTexts
from examgen.capture.grader_decisions import NO_DECISIONS, GraderDecisions
from examgen.core.candidate_numbers import canonical_number, otherwise_written
from examgen.core.models.field_types import Model
from examgen.core.problems import Problem, Refused, has_errors
from examgen.core.responses.rows import Texts as Ids
from examgen.core.words import joined, tell
from examgen.core.yamlfile import fault_words

NOBODY: Ids = np.empty(0, "S1")
"""The ids of an empty roster."""


def _is_place(value: str | int) -> str | int:
    if not (value.strip() if isinstance(value, str) else value > 0):
        raise ValueError(tell("is {place!r}. Write a heading, or a column number starting at 1", place=value))
    return value


def _numbered(questions: Any) -> Any:
    """Return a list of columns as those of the questions from 1."""
    return dict(enumerate(questions, 1)) if isinstance(questions, list) else questions or {}


Place = Annotated[str | int, AfterValidator(_is_place)]
"""A column of a file: its heading, or its number from 1."""
ROLES = ("candidate_id", "form", "answers", "question", "answer")
_EXAMPLE = tell(
    "{one} and {other}, for example", one="`candidate_id: เลขประจำตัว`", other="`questions: {1: ข้อแรก, 2: 6}`"
)


class BookletAssignment(NamedTuple):
    """The booklets of a sitting and their owners. An empty assignment, if there was no list, allows
    everything.
    """

    forms: Mapping[str, str]
    """The form of the key for each booklet, by serial: the serial itself if the booklet has an individual
    order.
    """
    owners: Mapping[str, str]
    """The candidate to whom each booklet was assigned, by serial; empty for a spare booklet."""
    dealt: Mapping[str, str]
    """The form assigned to each candidate."""
    is_closed: bool = False
    """Whether rows of candidates without an assigned booklet who are not on the roster are set aside."""
    roster: Ids = NOBODY
    """The ids of the roster in ascending order (UTF-8, written as in `dealt`)."""
    otherwise: Mapping[str, str] = {}
    """The number as the lists write it, by canonical number, for numbers that the lists write differently."""
    form_is_decided: bool = False
    """Whether the form that a row names counts, whatever form was assigned."""

    def lists(self, candidate: str) -> bool:
        """Return whether a list has the candidate in exactly this spelling."""
        return bool(self.listed([candidate])[0])

    def listed(self, candidates: Sequence[str]) -> NDArray[np.bool_]:
        """Return which of the candidates a list has in exactly this spelling."""
        found = np.array([candidate in self.dealt for candidate in candidates], np.bool_)
        width = self.roster.itemsize
        if len(self.roster) and not found.all():
            ids = [candidate.encode("utf-8", "surrogateescape") for candidate in candidates]
            texts = np.array([one if len(one) <= width else b"" for one in ids], f"S{width}")
            places = np.minimum(np.searchsorted(self.roster, texts), len(self.roster) - 1)
            found |= (self.roster[places] == texts) & (texts != b"")
        return found

    def as_listed(self, candidate: str) -> str:
        """Return the candidate number of a row as the lists write it."""
        return self.all_as_listed([candidate])[0]

    def all_as_listed(self, candidates: Sequence[str]) -> list[str]:
        """Return the candidate numbers of rows as the lists write them, and without the apostrophe of a
        spreadsheet.
        """
        if not (self.dealt or len(self.roster)):
            return [*candidates]
        found = [*candidates]
        others = np.flatnonzero(~self.listed(candidates)).tolist()
        numbers = [canonical_number(candidates[place].removeprefix("'")) for place in others]
        for place, number, is_listed in zip(others, numbers, self.listed(numbers).tolist(), strict=True):
            if number in self.otherwise:
                found[place] = self.otherwise[number] or found[place]
            elif is_listed:
                found[place] = number
        return found

    def knows(self, candidate: str) -> bool:
        """Return whether rows of the candidate are accepted: a list has the candidate, or no list is
        required.
        """
        return not self.is_closed or self.lists(candidate)

    def form_of(self, candidate: str) -> str | None:
        """Return the form assigned to the candidate; None if there is none."""
        return self.dealt.get(candidate)

    def allows(self, candidate: str, named: str) -> bool:
        """Return whether the candidate may answer with that serial or form.

        Anybody may use a spare booklet. A candidate without an assigned booklet may name a form, but not the
        serial of another candidate.
        """
        if self.form_is_decided:
            return True
        if named in self.owners:
            return self.owners[named] in ("", candidate)
        return self.dealt.get(candidate, named) == named


NO_LIST = BookletAssignment({}, {}, {})


def assignment_of(booklets: Iterable[tuple[str, str, str]]) -> BookletAssignment:
    """Return the assignment of booklets, each given as candidate (empty for a spare one), form and serial."""
    rows = list(booklets)
    dealt = {candidate: form for candidate, form, _ in rows if candidate}
    return BookletAssignment(
        forms={serial: form for _, form, serial in rows},
        owners={serial: candidate for candidate, _, serial in rows},
        dealt=dealt,
        otherwise=otherwise_written(dealt),
    )


def with_roster(assignment: BookletAssignment, roster: Collection[bytes]) -> BookletAssignment:
    """Return the assignment with the ids of a roster (UTF-8, written as in `dealt`)."""
    if not roster:
        return assignment
    others = [one.decode("utf-8", "surrogateescape") for one in roster if not one.isalnum()]
    odd = otherwise_written({**assignment.dealt, **dict.fromkeys(others)}) if others else assignment.otherwise
    return assignment._replace(roster=np.sort(np.array(list(roster), np.bytes_)), otherwise=odd)


def closed(assignment: BookletAssignment, roster: Collection[bytes] = ()) -> BookletAssignment:
    """Return the assignment that accepts only candidates with an assigned booklet or on the roster."""
    return with_roster(assignment, roster)._replace(is_closed=True)


class AnswerLayout(NamedTuple):
    """What the reading of answers needs to know about an exam: its forms, their booklets, and decisions on
    rows.
    """

    options: dict[str, tuple[int, ...]]
    """The number of options of each question in order, by form."""
    assignment: BookletAssignment = NO_LIST
    """The assignment of booklets, if booklets were printed for a list."""
    grader_decisions: GraderDecisions = NO_DECISIONS
    """The decisions of graders on single rows."""
    texts: ExamTexts | None = None
    """The texts that the forms print, if answers may be given as texts."""
    accepts_unreadable: bool = False
    """Whether rows are scored even if most of their marks are not understood."""

    @property
    def sizes(self) -> dict[str, int]:
        """The number of questions of each form."""
        return {form: len(numbers) for form, numbers in self.options.items()}


# ── what a user says of the files ────────────────────────────────────────────────────────────


class ColumnMapping(Model):
    """The role of each column of an answer file, assigned by a user by heading or by number from 1."""

    candidate_id: Place
    form: Place | None = None
    answers: Place | None = None
    question: Place | None = None
    answer: Place | None = None
    questions: Annotated[Mapping[PositiveInt, Place], BeforeValidator(_numbered)] = Field(
        default_factory=dict
    )
    form_is: Annotated[str | None, BeforeValidator(lambda form: form if form is None else str(form))] = None
    heading: PositiveInt | None = None
    files: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """The names of the answer files to which it applies; empty for all files."""
    also: tuple[ColumnMapping, ...] = Field(default=(), exclude=True, alias="\0")
    """The mappings for other files; its alias keeps it out of columns files."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [bool(self.questions), self.answers is not None, bool(self.question or self.answer)]
        if sum(ways) != 1 or (ways[2] and not (self.question and self.answer)):
            raise ValueError(
                tell("add the columns of the answers: `questions`, or `answers`, or `question` and `answer`")
            )
        if self.form is not None and self.form_is is not None:
            raise ValueError(
                tell("give either `form` (a column) or `form_is` (one form for the whole file), not both")
            )
        return self

    @property
    def roles(self) -> dict[str, Place]:
        """The columns that are not questions."""
        found = {name: getattr(self, name) for name in ROLES}
        return {name: place for name, place in found.items() if place is not None}

    def of(self, file: str) -> ColumnMapping | None:
        """Return the mapping for that file; None if there is none."""
        name, every = PurePath(file).name, (self, *self.also)
        found = [one for one in every if name in one.files] + [one for one in every if not one.files]
        return next(iter(found), None)

    def written(self) -> dict[str, Any] | list[dict[str, Any]]:
        """Return all mappings in the form of a columns file."""
        return [one.record() for one in (self, *self.also)] if self.also else self.record()

    def record(self) -> dict[str, Any]:
        """Return this mapping in the form of a columns file."""
        said = {name: value for name, value in self.model_dump().items() if value}
        return {**said, "files": [*self.files]} if self.files else said


def column_mapping(data: Any, source: str) -> ColumnMapping:
    """Return the mapping in the data of a columns file. Raises Refused with every fault."""
    parts = data if isinstance(data, list) and data else [data]
    if not all(isinstance(one, Mapping) for one in parts):
        raise Refused.because(
            "{source} does not assign columns",
            [Problem(source, "columns-file", tell("Write {example}", example=_EXAMPLE))],
            source=source,
        )
    found: list[ColumnMapping] = []
    problems: list[Problem] = []
    for one in parts:
        try:
            found.append(ColumnMapping.model_validate(one))
        except ValidationError as error:
            faults: list[dict[str, Any]] = [dict(fault) for fault in error.errors(include_url=False)]
            for fault in faults:
                field, message = ".".join(map(str, fault["loc"])) or "questions", fault_words(fault)
                if fault["type"] == "missing":
                    message = tell("add `candidate_id` with its column")
                elif fault["type"] == "extra_forbidden":
                    fields = ", ".join(name for name in ColumnMapping.model_fields if name != "also")
                    message = tell("is not known. Write one of {fields}", fields=fields)
                problems.append(Problem(source, "columns-file", message, field=field))
    named = Counter(name for one in found for name in one.files or ("",))
    if twice := sorted(name for name, n in named.items() if n > 1):
        message = tell(
            "columns of {files} are assigned twice. Keep one assignment",
            files=joined(name or tell("files without a name") for name in twice),
        )
        problems.append(Problem(source, "columns-file", message, field="files"))
    if problems:
        raise has_errors(source, problems)
    return found[0].model_copy(update={"also": tuple(found[1:])})


class ReadingOptions(NamedTuple):
    """The user's settings for reading files whose content does not determine them; None for those that were
    not given.

    `encoding` is `utf-8`, `utf-16` or `cp874`; `delimiter` is the character or its name; `sheet` is the title
    of a sheet in a workbook; `columns` assigns the columns.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    columns: ColumnMapping | None = None

    def of(self, file: str) -> ReadingOptions:
        """Return the options that apply to one file."""
        return self if self.columns is None else self._replace(columns=self.columns.of(file))


NO_OPTIONS = ReadingOptions()


class ReadingLimits(NamedTuple):
    """The number of bytes that are read at a time, and the maximum length of a line, both in bytes of
    UTF-8.
    """

    block: int = 1 << 20
    longest_line: int = 1 << 20


LIMITS = ReadingLimits()

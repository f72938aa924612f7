"""Records of a table with what they are read with → rows and faults.

Rows read with care, and rows proven → one batch of arrays in the order of their lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_layout import AnswerLayout, BookletAssignment
from examgen.capture.cells import fold, read_id, read_in_words, read_marks
from examgen.capture.columns import AnswerColumns
from examgen.capture.grader_decisions import GraderDecisions, IdentityDecision
from examgen.core.responses.rows import INVALID, Batch, Cells, Ints, Marks
from examgen.core.tables.records import TableRecord

_Value = TypeVar("_Value", bound=np.generic)

_CALLED = re.compile(r"^(?:ชุดข้อสอบ|ชุด|แบบทดสอบ|แบบ|ฉบับ|form|version|booklet)(?:ที่)?[:.]?")


class AnswerRow(NamedTuple):
    """One candidate's marks, a byte for each question of the form."""

    line: int
    candidate_id: str
    form: str
    marks: bytes
    extras: tuple[str, ...]
    raw: str
    as_read: bytes = b""
    """Its marks before those that a grader has decided; empty where none is."""


class Fault(NamedTuple):
    """A row set aside."""

    line: int
    candidate_id: str | None
    reason: str
    raw: str
    undecided: tuple[int, ...] = ()
    """Questions whose marks a person has yet to decide."""
    form: str = ""
    marks: bytes = b""
    extras: tuple[str, ...] = ()
    """As `QuarantinedRow` has them."""


class FoldedForms:
    """Names of forms and booklets in the folded form in which they are compared. They are folded only when a
    folded name is looked up, since there are as many booklets as candidates."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names
        self._found: dict[str, str] | None = None

    def get(self, folded: str) -> str | None:
        """The name with that folded form; None where no name or several have it."""
        if self._found is None:
            all_ = [(fold(name), name) for name in self._names]
            counts = Counter(key for key, _ in all_)
            self._found = {key: name for key, name in all_ if counts[key] == 1}
        return self._found.get(folded)


class ReadingContext(NamedTuple):
    """What the rows of one table are read with; `sizes` are the numbers of questions of the forms."""

    source: str
    columns: AnswerColumns
    layout: AnswerLayout
    sizes: dict[str, int]
    folded_forms: FoldedForms
    suspects: frozenset[str]
    assignment: BookletAssignment

    @property
    def grader_decisions(self) -> GraderDecisions:
        """What a grader has decided on single rows."""
        return self.layout.grader_decisions

    def candidate(self, record: TableRecord) -> str:
        """The number of the candidate, as the lists write it."""
        return self.assignment.as_listed(read_id(record.fields[self.columns.candidate]))

    @property
    def by_list(self) -> bool:
        """Whether no column says the form, nor is it one: it is the one that each candidate was dealt."""
        columns = self.columns
        return columns.form is None and columns.only_form is None and len(self.sizes) > 1

    def decided(self, identity: IdentityDecision) -> ReadingContext:
        """The same where it is decided who a row is, or by which form, whatever the lists say."""
        assignment, columns = self.assignment, self.columns
        if identity.candidate_id:
            assignment = assignment._replace(is_closed=False)
        if identity.form:
            assignment = assignment._replace(form_is_decided=True)
            columns = columns._replace(only_form=identity.form) if self.by_list else columns
        return self._replace(assignment=assignment, columns=columns)

    def form(self, record: TableRecord) -> str | None:
        """The form whose key the record is scored by; None where the exam has no such form."""
        named = self.named(record)
        return None if named is None else self.assignment.forms.get(named, named)

    def named(self, record: TableRecord) -> str | None:
        """The form or the serial of a booklet that the record says; None where there is no such one.

        An empty cell says what a missing column says: the form that the candidate was assigned. Not so in a
        scan, where the form of a sheet is empty because it is in doubt.
        """
        if self.columns.form is None:
            is_assigned = self.by_list
            return self.assignment.form_of(self.candidate(record)) if is_assigned else self.form_of_file
        if text := read_id(record.fields[self.columns.form]):
            return self.name_of(text)
        return None if self.columns.is_scan else self.assignment.form_of(self.candidate(record))

    def name_of(self, text: str) -> str | None:
        """The form or the serial of a booklet that a text names; None where there is no such one."""
        if text in self.sizes or text in self.assignment.forms:
            return text
        folded = fold(text)
        return self.folded_forms.get(folded) or self.folded_forms.get(_CALLED.sub("", folded, count=1))

    @property
    def form_of_file(self) -> str | None:
        """The one form of all rows, where no column says it; None where there is no such one."""
        named = self.columns.only_form
        if named is None:
            return next(iter(self.sizes)) if len(self.sizes) == 1 else None
        return self.name_of(named)

    def marks(self, cells: Sequence[str], form: str) -> bytes:
        """The marks of the cells of a form's questions, from the first; options may be given in words."""
        found = read_marks(cells)
        in_words = self.columns.in_words
        if self.layout.texts is None or not (in_words or INVALID in found):
            return found
        questions = self.layout.texts.questions(form)
        marks = bytearray(found)
        for k, question in enumerate(questions[: len(cells)]):
            if in_words or marks[k] == INVALID:
                marks[k] = read_in_words(cells[k], question, in_words)
        return bytes(marks)


def reading(source: str, columns: AnswerColumns, layout: AnswerLayout) -> ReadingContext:
    """What the rows below a header are read with."""
    sizes, assignment = layout.sizes, layout.assignment
    names = dict.fromkeys([*sizes, *assignment.forms])
    # What the first cell of a header row further down may be.
    own = {name.strip().lower() for name in columns.names if name.strip()}
    suspects = frozenset(own | {"\ufeff" + name for name in own} | {"candidate_id", "id", "form"})
    return ReadingContext(source, columns, layout, sizes, FoldedForms(names), suspects, assignment)


def fault(record: TableRecord, reading: ReadingContext, reason: str) -> Fault:
    """The record set aside, with its candidate as far as readable."""
    index = reading.columns.candidate
    candidate = reading.candidate(record) if index < len(record.fields) else ""
    is_whole = len(record.fields) == reading.columns.width
    extras = tuple(record.fields[i] for i in reading.columns.extras) if is_whole else ()
    return Fault(record.line, candidate or None, reason, record.raw, extras=extras)


def as_any_form(reading: ReadingContext) -> ReadingContext:
    """The same where the form that a row names counts, whatever was dealt."""
    return reading._replace(assignment=reading.assignment._replace(form_is_decided=True))


def with_marks(found: Fault, made: AnswerRow | Fault | None) -> Fault:
    """A row set aside, with the form and the marks that it has where it could be read as another one."""
    if not isinstance(made, AnswerRow):
        return found
    return found._replace(form=made.form, marks=made.marks, extras=made.extras)


def with_identity(record: TableRecord, identity: IdentityDecision, reading: ReadingContext) -> TableRecord:
    """The record as that candidate's, by that form; its answers and its text stay what they are."""
    columns = reading.columns
    if len(record.fields) != columns.width:
        return record
    fields, decided = list(record.fields), set()
    if identity.candidate_id:
        fields[columns.candidate] = identity.candidate_id
        decided.add(columns.candidate)
    if identity.form and columns.form is not None:
        fields[columns.form] = identity.form
        decided.add(columns.form)
    return record._replace(fields=fields, odd=record.odd - decided, merged=record.merged - decided)


def repaired(found: AnswerRow | Fault, reading: ReadingContext) -> AnswerRow | Fault:
    """The row with the marks that a grader has decided; a row set aside stays so."""
    repairs = reading.grader_decisions.marks(reading.source, found.line)
    if not repairs or isinstance(found, Fault):
        return found
    marks = bytearray(found.marks)
    for repair in repairs:
        if repair.question <= len(marks):
            marks[repair.question - 1] = repair.mark
    return found._replace(marks=bytes(marks), as_read=found.marks)


def beyond_options(layout: AnswerLayout) -> Marks:
    """The bits of a mark that are not options, of each question (columns) of each form (rows)."""
    different: dict[tuple[int, ...], int] = {}  # of 200,000 booklets most are alike in this
    which = [different.setdefault(options, len(different)) for options in layout.options.values()]
    beyond = np.zeros((len(different), max(map(len, different))), np.uint8)
    for row, options in zip(beyond, different, strict=True):
        row[: len(options)] = [0xFF & ~((1 << number) - 1) for number in options]
    return beyond[which]


class BatchMaker:
    """What turns rows of one exam into batches; `n_extras` is the number of extra columns of the file."""

    def __init__(self, layout: AnswerLayout, n_extras: int) -> None:
        self._form = {form: k for k, form in enumerate(layout.options)}
        self._alike = len(set(map(len, layout.options.values()))) == 1
        self._n_extras = n_extras
        self._beyond = beyond_options(layout)
        self._width = self._beyond.shape[1]

    def batch(self, rows: Sequence[AnswerRow]) -> Batch:
        """The rows as arrays, with their text."""
        form = np.array([self._form[row.form] for row in rows], np.int64)
        joined = bytearray().join(row.marks.ljust(self._width, b"\0") for row in rows)
        marks = np.frombuffer(joined, np.uint8).reshape(len(rows), self._width)
        # Some rows at a time, so that what is not an option of theirs takes little memory.
        for start in range(0, len(rows), 8192):
            part = marks[start : start + 8192]
            part[(part & self._beyond[form[start : start + 8192]]) != 0] = INVALID
        is_letter = (marks != 0) & (marks < INVALID) & ((marks & (marks - 1)) == 0)
        odd = np.flatnonzero(~is_letter.all(axis=1))
        ids = [row.candidate_id.encode() for row in rows]
        return Batch(
            line=np.array([row.line for row in rows], np.int64),
            ids=np.array(ids, f"S{max([1, *map(len, ids)])}"),
            form=form,
            marks=marks,
            plain=self._alike and not len(odd),
            odd=odd if self._alike else None,
            extras=tuple(Cells.of(row.extras[k] for row in rows) for k in range(self._n_extras)),
            raws={place: row.raw for place, row in enumerate(rows)},
        )


def without(batch: Batch, keep: npt.NDArray[np.bool_]) -> Batch:
    """The rows of a proven batch that are kept."""
    places = np.flatnonzero(keep)
    extras = tuple(column.taken(places.tolist()) for column in batch.extras)
    odd = None if batch.odd is None else np.flatnonzero(np.isin(places, batch.odd))
    return Batch(
        batch.line[keep], batch.ids[keep], batch.form[keep], batch.marks[keep], batch.plain, extras, odd=odd
    )


def _odd(batch: Batch) -> Ints:
    """The places of rows of which it is not known that they are plain."""
    return np.arange(0 if batch.plain else batch.size) if batch.plain or batch.odd is None else batch.odd


def merged(proven: Batch, careful: Batch) -> Batch:
    """Both in the order of their lines."""
    if not proven.size or not careful.size:
        return proven if proven.size else careful
    # Either batch is in order, so those that were read with care, mostly few, are put between the others.
    places = np.searchsorted(proven.line, careful.line)
    own = places + np.arange(careful.size)
    between = places.tolist()
    odd = _odd(proven)
    return Batch(
        line=_put_between(proven.line, careful.line, between),
        ids=_put_between(proven.ids, careful.ids, between),
        form=_put_between(proven.form, careful.form, between),
        marks=_put_between(proven.marks, careful.marks, between),
        plain=proven.plain and careful.plain,
        odd=np.sort(np.concatenate([odd + np.searchsorted(places, odd, "right"), own.take(_odd(careful))])),
        extras=tuple(
            _interleaved(first, second, between)
            for first, second in zip(proven.extras, careful.extras, strict=True)
        ),
        raws={int(own[k]): raw for k, raw in careful.raws.items()},
    )


def _put_between(
    first: npt.NDArray[_Value], second: npt.NDArray[_Value], places: Sequence[int]
) -> npt.NDArray[_Value]:
    """The rows of the first with those of the second, each before that in its place."""
    pieces: list[npt.NDArray[_Value]] = []
    start = 0
    for n, place in enumerate(places):
        pieces += (first[start:place], second[n : n + 1])
        start = place
    return np.concatenate([*pieces, first[start:]])


def _interleaved(first: Cells, second: Cells, places: Sequence[int]) -> Cells:
    own = first.pieces()
    found: list[bytes] = []
    start = 0
    for place, text in zip(places, second.pieces(), strict=True):
        found += own[start:place]
        found.append(text)
        start = place
    return Cells.of_bytes([*found, *own[start:]])

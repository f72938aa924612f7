"""What a record must be before its answers are looked at: rows, faults and the reasons for them.

Rows read with care, and rows proven → one batch of arrays in the order of their lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_layout import AnswerLayout, Dealing
from examgen.capture.cells import (
    UNDECIDED,
    TableRecord,
    drop_invisible,
    fold,
    is_damaged,
    read_id,
    read_in_words,
    read_mark,
    read_marks,
)
from examgen.capture.columns import AnswerColumns, recognise
from examgen.capture.grader_decisions import GraderDecisions, IdentityDecision
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import BLANK, INVALID, Batch, Cells, Ints, Marks
from examgen.core.words import tell

UNREADABLE_MARKS = "unreadable_marks"
"""Reason of rows of which most marks are not options: what is not understood is not wrong."""

UNDECIDED_MARKS = "undecided_marks"
"""Reason of rows with marks that a person has yet to decide: a doubt is never scored."""

NOT_ON_LIST = "not_on_list"
FORM_NOT_DEALT = "form_not_dealt"
"""Reason of rows of candidates who are on no list, where one is known."""

_Value = TypeVar("_Value", bound=np.generic)

LONGEST_ID = 128
"""Characters: what is longer is not an id but text that has slipped."""

_TOTALS = re.compile(
    "(?:รวม|รวมทั้งหมด|รวมทั้งสิ้น|รวมจำนวน|รวมผู้เข้าสอบ|รวมผู้สอบ|รวมคะแนน|ยอดรวม|ผลรวม|จำนวน|จำนวนรวม|จำนวนทั้งหมด|จำนวนผู้เข้าสอบ"
    "|จำนวนผู้สอบ|ค่าเฉลี่ย|คะแนนเฉลี่ย|เฉลี่ย|(?:grand|sub)?-?totals?|sum|count|average|mean)"
    "[:=]?[0-9]*(?:คน|ราย|แผ่น|ชุด)?[:=]?"
)
_CALLED = re.compile(r"^(?:ชุดข้อสอบ|ชุด|แบบทดสอบ|แบบ|ฉบับ|form|version|booklet)(?:ที่)?[:.]?")
_NUMBER = re.compile(r"\s*[0-9๐-๙]+(?:[.,][0-9๐-๙]+)*\s*%?\s*")


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
    """As `SetAside` has them."""


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
    dealing: Dealing

    @property
    def grader_decisions(self) -> GraderDecisions:
        """What a grader has decided on single rows."""
        return self.layout.grader_decisions

    def candidate(self, record: TableRecord) -> str:
        """The number of the candidate, as the lists write it."""
        return self.dealing.as_listed(read_id(record.fields[self.columns.candidate]))

    @property
    def by_list(self) -> bool:
        """Whether no column says the form, nor is it one: it is the one that each candidate was dealt."""
        columns = self.columns
        return columns.form is None and columns.only_form is None and len(self.sizes) > 1

    def decided(self, identity: IdentityDecision) -> ReadingContext:
        """The same where it is decided who a row is, or by which form, whatever the lists say."""
        dealing, columns = self.dealing, self.columns
        if identity.candidate_id:
            dealing = dealing._replace(is_closed=False)
        if identity.form:
            dealing = dealing._replace(form_is_decided=True)
            columns = columns._replace(only_form=identity.form) if self.by_list else columns
        return self._replace(dealing=dealing, columns=columns)

    def form(self, record: TableRecord) -> str | None:
        """The form whose key the record is scored by; None where the exam has no such form."""
        named = self.named(record)
        return None if named is None else self.dealing.forms.get(named, named)

    def named(self, record: TableRecord) -> str | None:
        """The form or the serial of a booklet that the record says; None where there is no such one."""
        if self.columns.form is None:
            is_dealt = self.by_list
            return self.dealing.form_of(self.candidate(record)) if is_dealt else self.form_of_file
        return self.name_of(read_id(record.fields[self.columns.form]))

    def name_of(self, text: str) -> str | None:
        """The form or the serial of a booklet that a text names; None where there is no such one."""
        if text in self.sizes or text in self.dealing.forms:
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
    sizes, dealing = layout.sizes, layout.dealing
    names = dict.fromkeys([*sizes, *dealing.forms])
    # What the first cell of a header row further down may be.
    own = {name.strip().lower() for name in columns.names if name.strip()}
    suspects = frozenset(own | {"\ufeff" + name for name in own} | {"candidate_id", "id", "form"})
    return ReadingContext(source, columns, layout, sizes, FoldedForms(names), suspects, dealing)


def record_fault(record: TableRecord, reading: ReadingContext) -> str | None:
    """Why a record cannot be read, whatever it answers; None where it can."""
    fields, columns = record.fields, reading.columns
    if record.fault:
        return record.fault
    place = min(columns.candidate, len(fields) - 1)
    looks_like_header = fields[place].strip().lower() in reading.suspects or (
        place > 0 and fields[0].strip().lower() in reading.suspects
    )
    if looks_like_header and _repeats_header(record, reading):
        return "header_repeated"
    if len(fields) != columns.width:
        return "too_many_fields" if len(fields) > columns.width else "too_few_fields"
    if "\n" in record.raw and any("\n" in cell for i, cell in enumerate(fields) if i not in columns.extras):
        return "broken_quote"
    if is_totals_line(fields, columns):
        return "totals_line"
    if record.merged and not record.merged.issubset(columns.extras):
        return "merged_cells"
    candidate = reading.candidate(record)
    if "\ufffd" in candidate or (columns.form is not None and "\ufffd" in fields[columns.form]):
        return "undecodable"
    if not candidate.isalnum() and not any(map(str.isalnum, candidate)):
        return "no_candidate"
    if '"' in candidate or "\n" in candidate:
        return "broken_quote"
    if len(candidate) > LONGEST_ID:
        return "candidate_id_too_long"
    # What is damaged has more than letters and digits.
    if columns.candidate in record.odd or (not candidate.isalnum() and is_damaged(candidate)):
        return "candidate_id_damaged"
    if not reading.dealing.knows(candidate):
        return NOT_ON_LIST
    if (named := reading.named(record)) is None:
        return "form_not_known" if reading.by_list else "unknown_form"
    if (
        columns.only_form
        and columns.form is not None
        and reading.dealing.forms.get(named, named) != columns.only_form
    ):
        return "other_form"
    return None if reading.dealing.allows(candidate, named) else FORM_NOT_DEALT


def is_totals_line(fields: Sequence[str], columns: AnswerColumns) -> bool:
    """Whether a row is a sum over rows: it says so in place of an id, or in its first cell, and has no letter
    among its answers."""
    if not says_totals(fields[0]) and (not columns.candidate or not says_totals(fields[columns.candidate])):
        return False
    if columns.structure == "wide":
        return not any(_is_letter(fields[i]) for i in columns.questions)
    answer = fields[columns.answer or 0]
    return _NUMBER.fullmatch(answer) is not None or not any(map(_is_letter, drop_invisible(answer)))


def says_totals(cell: str) -> bool:
    """Whether a cell names a sum over rows, not a candidate."""
    text = cell.strip()
    return not text[:1].isdigit() and len(text) < LONGEST_ID and _TOTALS.fullmatch(fold(text)) is not None


def _is_letter(cell: str) -> bool:
    return read_mark(cell) not in (BLANK, INVALID, UNDECIDED) and not _NUMBER.fullmatch(cell)


def fault(record: TableRecord, reading: ReadingContext, reason: str) -> Fault:
    """The record set aside, with its candidate as far as readable."""
    index = reading.columns.candidate
    candidate = reading.candidate(record) if index < len(record.fields) else ""
    is_whole = len(record.fields) == reading.columns.width
    extras = tuple(record.fields[i] for i in reading.columns.extras) if is_whole else ()
    return Fault(record.line, candidate or None, reason, record.raw, extras=extras)


def as_any_form(reading: ReadingContext) -> ReadingContext:
    """The same where the form that a row names counts, whatever was dealt."""
    return reading._replace(dealing=reading.dealing._replace(form_is_decided=True))


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


def readable(found: AnswerRow | Fault, reading: ReadingContext) -> AnswerRow | Fault:
    """The row as it is; set aside where most of what is marked is not understood, or a mark is undecided."""
    if isinstance(found, Fault):
        return found
    n_marked = len(found.marks) - found.marks.count(BLANK)
    if not reading.layout.accepts_unreadable and 2 * found.marks.count(INVALID) > n_marked:
        return Fault(found.line, found.candidate_id, UNREADABLE_MARKS, found.raw, extras=found.extras)
    if UNDECIDED not in found.marks:
        return found
    questions = tuple(n for n, mark in enumerate(found.marks, 1) if mark == UNDECIDED)
    said = found.form, found.marks, found.extras
    return Fault(found.line, found.candidate_id, UNDECIDED_MARKS, found.raw, questions, *said)


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


def _repeats_header(record: TableRecord, reading: ReadingContext) -> bool:
    """Whether this is the header again; a header of other columns makes the rest unreadable."""
    folded = [fold(name) for name in record.fields]
    if folded == [fold(name) for name in reading.columns.names]:
        return True
    source = f"{reading.source}:{record.line}"
    try:
        layout = reading.layout
        is_dealt = bool(layout.dealing.dealt)
        recognise(record.fields, list(reading.sizes.values()), source, layout.texts, is_dealt=is_dealt)
    except Refused:
        return False
    if len(folded) != reading.columns.width:
        return True
    message = tell("a second header with other columns begins here: give the two parts as two files")
    raise Refused(
        tell("{source}: {message}", source=source, message=message),
        [Problem(source, "second-header", message)],
    )


def beyond_options(layout: AnswerLayout) -> Marks:
    """The bits of a mark that are not options, of each question (columns) of each form (rows)."""
    numbers = list(layout.options.values())
    beyond = np.zeros((len(numbers), max(map(len, numbers))), np.uint8)
    for row, options in zip(beyond, numbers, strict=True):
        row[: len(options)] = [0xFF & ~((1 << number) - 1) for number in options]
    return beyond


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

"""Records of a table → `Rows`, which are those with as many cells as the heading, column by column; and the
context for reading them: the columns, the exam, the assignment of booklets.

The cells of some thousand records are in one text, each followed by a character that occurs in no cell. So a
column is cut out of it on request, and the marks of all questions are looked up at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.capture.answer_layout import AnswerLayout, BookletAssignment
from examgen.capture.cells import alphabets, character_codes, character_marks, fold, read_id, written_mark
from examgen.capture.columns import AnswerColumns
from examgen.capture.grader_decisions import GraderDecisions, IdentityDecision
from examgen.core.exam.names import base_form
from examgen.core.responses.rows import INVALID, Ints, Marks
from examgen.core.tables.records import TableRecord
from examgen.core.text.characters import LETTERS, THAI_LETTERS

END = "\x1e"
"""Ends a cell: a control character, which therefore occurs in no cell that is text."""
Flags = npt.NDArray[np.bool_]
"""(rows,) whether something applies to each row."""
_CALLED = re.compile(r"^(?:ชุดข้อสอบ|ชุด|แบบทดสอบ|แบบ|ฉบับ|form|version|booklet)(?:ที่)?[:.]?")


_LATIN = str.maketrans(THAI_LETTERS, LETTERS.lower())


@dataclass(frozen=True, eq=False)
class Rows:
    """Records with as many cells as the heading, in the order of their lines.

    `text` has the cells, with `END` before and after each, and `codes` its character codes; `begins` and
    `ends` (rows, columns) are the positions of the cells in it. `raws` has the original text of records that
    are more than their cells and delimiters; `odd` and `merged` are those of `TableRecord`, for records with
    such cells. `columns` are those that have been cut out of the text so far.
    """

    line: Ints
    text: str
    codes: npt.NDArray[np.unsignedinteger]
    begins: Ints
    ends: Ints
    delimiter: str
    raws: Mapping[int, str]
    odd: Mapping[int, frozenset[int]]
    merged: Mapping[int, frozenset[int]]
    columns: dict[int, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.line)

    def column(self, column: int) -> list[str]:
        """Return the cells of a column."""
        if column not in self.columns:
            self.columns[column] = self.cells(slice(None), column)
        return self.columns[column]

    def cells(self, places: Ints | slice, columns: Ints | int) -> list[str]:
        """Return the cells at these pairs of row and column."""
        text = self.text
        begins, ends = self.begins[places, columns], self.ends[places, columns]
        return [text[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]

    def fields(self, place: int) -> list[str]:
        """Return the cells of a row."""
        return self.text[self.begins[place, 0] : self.ends[place, -1]].split(END)

    def raw(self, place: int) -> str:
        """Return the original text of a row."""
        raw = self.raws.get(place)
        return self.delimiter.join(self.fields(place)) if raw is None else raw

    def record(self, place: int) -> TableRecord:
        """Return a row as a record."""
        none: frozenset[int] = frozenset()
        odd, merged = self.odd.get(place, none), self.merged.get(place, none)
        return TableRecord(int(self.line[place]), self.fields(place), self.raw(place), None, odd, merged)

    def taken(self, places: Ints) -> Rows:
        """Return the rows with these indices."""
        whole = [*enumerate(places.tolist())]
        return replace(
            self,
            line=self.line[places],
            begins=self.begins[places],
            ends=self.ends[places],
            raws={n: self.raws[place] for n, place in whole if place in self.raws},
            odd={n: self.odd[place] for n, place in whole if place in self.odd},
            merged={n: self.merged[place] for n, place in whole if place in self.merged},
            columns={},
        )

    def marks(self, columns: Sequence[int]) -> Marks:
        """Return (rows, columns) the marks of the cells by themselves, with `NUMBERED` for numbers."""
        first, last = columns[0], columns[-1]
        side_by_side = [*columns] == [*range(first, last + 1)]
        own = slice(first, last + 1) if side_by_side else [*columns]
        ends, begins = self.ends[:, own], self.begins[:, own]
        # A cell of one character stands before its end, and before that of an empty one the end of another.
        marks = character_marks(self.codes.take(ends - 1))
        longer = np.nonzero(ends - begins > 1)
        if len(longer[0]):
            text = self.text
            bounds = zip(begins[longer].tolist(), ends[longer].tolist(), strict=True)
            marks[longer] = [written_mark(text[begin:end]) for begin, end in bounds]
        return marks

    def in_two_alphabets(self, columns: Sequence[int]) -> Flags:
        """Return (rows,) which rows have both Latin and Thai letters of options. Digits do not count, because
        no keyboard exchanges them with letters; on a Thai keyboard `D` is `ก`.
        """
        if self.text.isascii() or not any(f"{END}{letter}{END}" in self.text for letter in THAI_LETTERS):
            return np.zeros(len(self), np.bool_)
        begins, ends = self.begins[:, [*columns]], self.ends[:, [*columns]]
        own = np.where(ends - begins == 1, alphabets(self.codes.take(ends - 1)), 0)
        return np.asarray(np.bitwise_or.reduce(own, axis=1) == 3)


@dataclass
class RecordSorter:
    """Collects records: those with `width` cells, which become `Rows`, and the `misfits`, which have another
    number of cells or a fault.
    """

    width: int
    delimiter: str
    lines: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    raws: dict[int, str] = field(default_factory=dict)
    odd: dict[int, frozenset[int]] = field(default_factory=dict)
    merged: dict[int, frozenset[int]] = field(default_factory=dict)
    misfits: list[TableRecord] = field(default_factory=list)

    def emptied(self) -> RecordSorter:
        """Return a new sorter for the records that follow."""
        return RecordSorter(self.width, self.delimiter)

    def add(self, record: TableRecord) -> None:
        """Add a record."""
        if record.fault or len(record.fields) != self.width:
            self.misfits.append(record)
            return
        place = len(self.lines)
        self.lines.append(record.line)
        self.texts.append(END.join(record.fields))
        self.raws[place] = record.raw
        if record.odd:
            self.odd[place] = record.odd
        if record.merged:
            self.merged[place] = record.merged

    def add_line(self, number: int, line: str) -> None:
        """Add a line without quotation marks that has `width` cells."""
        self.lines.append(number)
        self.texts.append(line)

    def rows(self) -> Rows:
        """Return the records with `width` cells as rows."""
        texts, delimiter = self.texts, self.delimiter
        for place in range(len(texts)) if self.raws else ():
            if place not in self.raws:
                texts[place] = texts[place].replace(delimiter, END)
        text = END.join(["", *texts, ""])
        # At once where no record is there whose cells may hold delimiters.
        text = text if self.raws else text.replace(delimiter, END)
        codes = character_codes(text)
        ends = np.flatnonzero(codes == ord(END))
        shape = len(self.lines), self.width
        begins, ends = (ends[:-1] + 1).reshape(shape), ends[1:].reshape(shape)
        line = np.array(self.lines, np.int64)
        return Rows(line, text, codes, begins, ends, self.delimiter, self.raws, self.odd, self.merged)


def rows_of(records: Sequence[TableRecord]) -> Rows:
    """Return records, all with the same number of cells, as rows."""
    sorter = RecordSorter(len(records[0].fields), "")
    for record in records:
        sorter.add(record)
    return sorter.rows()


# ── what rows are read with ──────────────────────────────────────────────────────────────────


class FoldedForms:
    """Names of forms and booklets, looked up in normalised form. They are normalised only on the first
    lookup, because there are as many booklets as candidates.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names
        self._found: dict[str, str] | None = None

    def get(self, folded: str) -> str | None:
        """Return the name with that normalised form; None if no name or several have it."""
        if self._found is None:
            all_ = [(fold(name), name) for name in self._names]
            counts = Counter(key for key, _ in all_)
            self._found = {key: name for key, name in all_ if counts[key] == 1}
        return self._found.get(folded)


class ReadingContext(NamedTuple):
    """The context in which the rows of one table are read.

    By form, `sizes` are the numbers of its questions and `numbers` its index among the forms; `beyond` is the
    result of `beyond_options` for them. `suspects` are possible first cells of another header. With
    `is_typed` the cells are those of a workbook, which distinguishes numbers from texts. `first_line` is the
    line below the header, if it is known.
    """

    source: str
    columns: AnswerColumns
    layout: AnswerLayout
    sizes: dict[str, int]
    folded_forms: FoldedForms
    suspects: frozenset[str]
    assignment: BookletAssignment
    numbers: dict[str, int]
    beyond: Marks
    is_typed: bool = False
    first_line: int = 0

    @property
    def n_questions(self) -> int:
        """The highest number of questions of any form."""
        return int(self.beyond.shape[1])

    @property
    def grader_decisions(self) -> GraderDecisions:
        """The decisions of graders on single rows."""
        return self.layout.grader_decisions

    @property
    def by_list(self) -> bool:
        """Whether the form is the one assigned to each candidate, because neither a column nor the headings
        determine it.
        """
        columns = self.columns
        return columns.form is None and columns.only_form is None and len(self.sizes) > 1

    @property
    def form_of_file(self) -> str | None:
        """The only form of all rows if no column gives it; None if there is no such form."""
        named = self.columns.only_form
        if named is None:
            return next(iter(self.sizes)) if len(self.sizes) == 1 else None
        return self.name_of(named)

    def name_of(self, text: str) -> str | None:
        """Return the form or the serial of a booklet that a text names; None if there is none."""
        if text in self.sizes or text in self.assignment.forms:
            return text
        folded = fold(text)
        code = _CALLED.sub("", folded, count=1)
        names = (folded, code, code.translate(_LATIN) if len(code) == 1 else code)
        return next(filter(None, map(self.folded_forms.get, names)), None)

    def form_of(self, cell: str) -> str:
        """Return the base form that a cell names, whatever its order; empty if there is none."""
        name = self.name_of(read_id(cell)) or ""
        return base_form(self.assignment.forms.get(name, name))

    def candidate(self, record: TableRecord) -> str:
        """Return the candidate number of a record, as the lists write it; empty if the cell is missing."""
        place = self.columns.candidate
        if place >= len(record.fields):
            return ""
        return self.assignment.as_listed(read_id(record.fields[place]))

    def named(self, rows: Rows) -> NamedRows:
        """Return the rows with the candidates and the forms that they name.

        An empty form cell means the same as a missing column: the form assigned to the candidate. Not so in a
        scan, in which the form of a sheet is empty because it is in doubt.
        """
        columns, assignment = self.columns, self.assignment
        candidates = assignment.all_as_listed([*map(read_id, rows.column(columns.candidate))])
        if columns.form is None:
            form = None if self.by_list else self.form_of_file
            names = [form] * len(rows) if not self.by_list else [*map(assignment.form_of, candidates)]
            return NamedRows(rows, self, candidates, names)
        cells = rows.column(columns.form)
        known = {cell: self.name_of(text) if (text := read_id(cell)) else "" for cell in {*cells}}
        names = [known[cell] for cell in cells]
        if "" in known.values():
            assigned = map(assignment.form_of, candidates)
            empty = [None] * len(rows) if columns.is_scan else assigned
            names = [other if name == "" else name for name, other in zip(names, empty, strict=True)]
        return NamedRows(rows, self, candidates, names)

    def decided(self, identity: IdentityDecision) -> ReadingContext:
        """Return the context for a row whose candidate or form was decided, so that the decision overrides
        the lists.
        """
        assignment, columns = self.assignment, self.columns
        if identity.candidate_id:
            assignment = assignment._replace(is_closed=False)
        if identity.form:
            assignment = assignment._replace(form_is_decided=True)
            columns = columns._replace(only_form=identity.form) if self.by_list else columns
        return self._replace(assignment=assignment, columns=columns)

    def as_any_form(self) -> ReadingContext:
        """Return the context in which the form that a row names counts, whatever was assigned."""
        return self._replace(assignment=self.assignment._replace(form_is_decided=True))


def reading(
    source: str, columns: AnswerColumns, layout: AnswerLayout, is_typed: bool = False
) -> ReadingContext:
    """Return the context for the rows below a header."""
    sizes, assignment = layout.sizes, layout.assignment
    names = dict.fromkeys([*sizes, *assignment.forms])
    # What the first cell of a header row further down may be.
    own = {name.strip().lower() for name in columns.names if name.strip()}
    suspects = frozenset(own | {"\ufeff" + name for name in own} | {"candidate_id", "id", "form"})
    numbers = {form: n for n, form in enumerate(sizes)}
    forms = FoldedForms(names)
    return ReadingContext(
        source, columns, layout, sizes, forms, suspects, assignment, numbers, beyond_options(layout), is_typed
    )


@dataclass(frozen=True, eq=False)
class NamedRows:
    """Rows with the candidates and forms that they name.

    `candidates` are the candidate numbers as the lists write them; `names` the forms or the serials of
    booklets, None if no such form or booklet exists.
    """

    rows: Rows
    reading: ReadingContext
    candidates: list[str]
    names: list[str | None]

    @cached_property
    def forms(self) -> list[str]:
        """The forms whose keys score the rows; empty if the exam has no such form."""
        forms = self.reading.assignment.forms
        return [forms.get(name, name) if name else "" for name in self.names]

    @property
    def have_no_form(self) -> Flags:
        """Which rows name no form of the exam."""
        return np.array([name is None for name in self.names], np.bool_)


def with_identity(record: TableRecord, identity: IdentityDecision, reading: ReadingContext) -> TableRecord:
    """Return the record with the decided candidate and form; its answers and its text are unchanged."""
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


def beyond_options(layout: AnswerLayout) -> Marks:
    """Return the bits of a mark that are not options, of each question (columns) of each form (rows)."""
    different: dict[tuple[int, ...], int] = {}  # of 200,000 booklets most are alike in this
    which = [different.setdefault(options, len(different)) for options in layout.options.values()]
    beyond = np.zeros((len(different), max(map(len, different))), np.uint8)
    for row, options in zip(beyond, different, strict=True):
        row[: len(options)] = [0xFF & ~((1 << number) - 1) for number in options]
    return beyond[which]


def options_alone(marks: Marks, form: Ints, beyond: Marks) -> Marks:
    """Return the marks (rows, questions) of rows with these forms (rows,), with `INVALID` for any that is not
    one of options of its question; `beyond` is the result of `beyond_options`.
    """
    return np.where(marks & beyond[form][:, : marks.shape[1]], np.uint8(INVALID), marks)

"""Rows of a table → the rows that are scored and those that are set aside, with none lost.

Wide and one-string tables have a row in each record. In a long table, a row is the group of lines of one
candidate: lines of one candidate and form belong together wherever they are in the file, and if every
question occurs the same number of times, the group is that many rows (a file appended to itself).

A grader's decision on a row takes precedence: the candidate, the form by which it is read, that it belongs to
nobody, or a mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import polars as pl

from examgen.capture.answer_files import AnswerFile
from examgen.capture.cells import (
    MAY_BE_TEXT,
    NUMBERED,
    UNDECIDED,
    character_codes,
    character_marks,
    question_number,
    read_in_words,
)
from examgen.capture.grader_decisions import VOIDED, IdentityDecision
from examgen.capture.quarantine_reasons import (
    FORM_NOT_DEALT,
    OF_CANDIDATES,
    WITH_MARKS,
    reason_of_misfit,
    reasons_of,
    reasons_of_marks,
)
from examgen.capture.rows import (
    END,
    Flags,
    NamedRows,
    ReadingContext,
    RecordSorter,
    Rows,
    options_alone,
    rows_of,
    with_identity,
)
from examgen.core.responses.rows import AnswerRows, Ints, Marks, QuarantinedRow
from examgen.core.tables.records import TableRecord, drop_invisible, unwrap


@dataclass(slots=True)
class ReadRow:
    """A row as it was read. A row that is set aside has a reason, and a form only if its marks are kept.
    `raw` is None if the row is the whole line and is scored.
    """

    line: int
    candidate: str
    reason: str
    form: str
    extras: tuple[str, ...]
    raw: str | None
    as_read: bytes = b""
    """Its marks before a grader's decisions."""
    is_mixed: bool = False
    """Whether it has Latin and Thai letters."""


@dataclass
class Answers:
    """Rows as they were read, and their marks (rows, most questions), 0 after the last question of the form;
    once all are read, `numbered` is how many marks of each row are written as numbers.
    """

    rows: list[ReadRow]
    marks: Marks
    numbered: Ints | None = None

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Return the rows of all parts in the order of their lines."""
        rows = [row for part in parts for row in part.rows]
        order = sorted(range(len(rows)), key=lambda place: rows[place].line)
        return cls([rows[place] for place in order], np.concatenate([part.marks for part in parts])[order])

    def set_aside(self, reading: ReadingContext) -> list[QuarantinedRow]:
        """Return the rows that are not scored."""
        found: list[QuarantinedRow] = []
        for row, own in zip(self.rows, self.marks, strict=True):
            if row.reason:
                marks = own[: reading.sizes[row.form]].tobytes() if row.form else b""
                waits = row.reason in WITH_MARKS
                undecided = tuple(n for n, mark in enumerate(marks, 1) if waits and mark == UNDECIDED)
                whose, raw = row.candidate or None, row.raw or ""
                found.append(
                    QuarantinedRow(row.line, whose, row.reason, raw, undecided, row.form, marks, row.extras)
                )
        return found

    def scored(self, reading: ReadingContext, file: AnswerFile) -> AnswerRows:
        """Return the rows of a file that are scored."""
        assert self.numbered is not None
        own = np.array([not row.reason for row in self.rows], np.bool_)
        rows = [row for row in self.rows if not row.reason]
        form = np.array([reading.numbers[row.form] for row in rows], np.int64)
        ids = [row.candidate.encode() for row in rows]
        columns = zip(*(row.extras for row in rows), strict=True)
        names = file.structure.extra_names
        return AnswerRows(
            file=np.full(len(rows), file.number),
            line=np.array([row.line for row in rows], np.int64),
            ids=np.array(ids, f"S{max(1, *map(len, ids))}") if ids else np.empty(0, "S1"),
            form=form,
            marks=options_alone(self.marks[own], form, reading.beyond),
            extras=dict(zip(names, map(_texts, columns if ids else [()] * len(names)), strict=True)),
            raws={n: row.raw for n, row in enumerate(rows) if row.raw is not None},
            numbered=self.numbered[own],
            mixed=np.array([row.is_mixed for row in rows], np.bool_),
        )


def _texts(cells: Sequence[str]) -> pl.Series:
    """Return the texts of a column; a lone surrogate becomes `\\udc81`, as in results."""
    try:
        return pl.Series(cells, dtype=pl.String)
    except UnicodeEncodeError:
        return pl.Series([text.encode("utf-8", "backslashreplace").decode() for text in cells])


# ── what becomes of some thousand records ────────────────────────────────────────────────────


def read_rows(rows: Rows, misfits: Sequence[TableRecord], reading: ReadingContext) -> Answers:
    """Return the rows of a table, and its records that are not rows, in the order of their first lines."""
    identities = reading.grader_decisions.identities.get(reading.source, {})
    found = [_misfit(record, identities.get(record.line), reading) for record in misfits]
    if reading.columns.structure == "long":
        found += _long_rows(rows, identities, reading) if len(rows) else ()
    else:
        decided = [n for n, line in enumerate(rows.line.tolist() if identities else ()) if line in identities]
        found += [_decided(rows, [place], identities[int(rows.line[place])], reading) for place in decided]
        others = rows.taken(np.delete(np.arange(len(rows)), decided)) if decided else rows
        found += [_single_rows(others, reading)] if len(others) else []
    nothing = Answers([], np.empty((0, reading.n_questions), np.uint8))
    answers = found[0] if len(found) == 1 else Answers.joined([nothing, *found])
    # The marks do not tell any longer which of them are written as numbers.
    answers.numbered = np.count_nonzero(answers.marks & NUMBERED, axis=1)
    answers.marks &= 0xFF ^ NUMBERED
    return answers


def read_records(records: Iterable[TableRecord], reading: ReadingContext) -> Answers:
    """Return the rows of some records."""
    sorter = RecordSorter(reading.columns.width, ",")
    for record in records:
        sorter.add(record)
    return read_rows(sorter.rows(), sorter.misfits, reading)


def _misfit(record: TableRecord, identity: IdentityDecision | None, reading: ReadingContext) -> Answers:
    """Return a record with a fault, or with a number of cells that differs from the heading."""
    if identity is not None and identity.void:
        return _aside(record, VOIDED, reading)
    if identity is not None and reading.columns.structure != "long":
        record, reading = with_identity(record, identity, reading), reading.decided(identity)
    return _aside(record, reason_of_misfit(record, reading), reading)


def _aside(record: TableRecord, reason: str, reading: ReadingContext) -> Answers:
    """Return a record that is set aside, with its candidate as far as readable."""
    is_whole = len(record.fields) == reading.columns.width
    extras = tuple(record.fields[i] for i in reading.columns.extras) if is_whole else ()
    row = ReadRow(record.line, reading.candidate(record), reason, "", extras, record.raw)
    return Answers([row], np.zeros((1, reading.n_questions), np.uint8))


def _ruled(answers: Answers, reading: ReadingContext, rows: Rows | None = None) -> Answers:
    """Return the answers with the marks that a grader has decided; sets aside those whose marks break
    a rule.
    """
    repairs = reading.grader_decisions.repairs.get(reading.source, {})
    for row, marks in zip(answers.rows, answers.marks, strict=True) if repairs else ():
        if row.line in repairs and not row.reason:
            size = reading.sizes[row.form]
            row.as_read = (marks[:size] & (0xFF ^ NUMBERED)).tobytes()
            for repair in repairs[row.line]:
                if repair.question <= size:
                    marks[repair.question - 1] = repair.mark
    for row, reason in zip(answers.rows, reasons_of_marks(answers.marks, reading), strict=True):
        if reason and not row.reason:
            row.reason, row.form = reason, row.form if reason in WITH_MARKS else ""
    if rows is None:
        return answers
    for place in np.flatnonzero(rows.in_two_alphabets(reading.columns.questions)).tolist():
        answers.rows[place].is_mixed = answers.rows[place].line not in repairs
    for place, row in enumerate(answers.rows):
        if row.reason:
            row.raw = rows.raw(place)
    return answers


# ── a row on each record ─────────────────────────────────────────────────────────────────────


def _single_rows(rows: Rows, reading: ReadingContext) -> Answers:
    """Return the rows of a wide or one-string table, on whose owners nobody has decided."""
    named = reading.named(rows)
    answers = _read(named)
    owners = reading.assignment.owners
    others = [
        place
        for place, row in enumerate(answers.rows)
        if row.reason == FORM_NOT_DEALT and named.names[place] not in owners
    ]
    if others:
        # Marks by a form that was not dealt, as on a spare sheet, are kept; not by another's booklet.
        _keep_marks(answers, others, _read(reading.as_any_form().named(rows.taken(np.array(others)))))
    return _ruled(answers, reading, rows)


def _keep_marks(answers: Answers, places: Sequence[int], read: Answers) -> None:
    """Give rows that are set aside the forms and marks with which they could be read in another way."""
    for place, row, marks in zip(places, read.rows, read.marks, strict=True):
        if not row.reason:
            answers.rows[place].form, answers.rows[place].extras = row.form, row.extras
            answers.marks[place] = marks


def _decided(
    rows: Rows, places: Sequence[int], identity: IdentityDecision, reading: ReadingContext
) -> Answers:
    """Return the row of some records for which a grader has decided the candidate."""
    records = [rows.record(place) for place in places]
    raw = "\n".join(record.raw for record in records)
    voided = _aside(records[0]._replace(raw=raw), VOIDED, reading)
    if identity.void:
        # Read as somebody's, by the form that it has: its marks tell the same sheet elsewhere.
        form = reading.assignment.form_of(voided.rows[0].candidate) if reading.by_list else None
        identity = identity._replace(candidate_id="somebody", form=form or identity.form)
    decided = reading.decided(identity)
    named = (decided.as_any_form() if identity.void else decided).named(
        rows_of([with_identity(record, identity, reading) for record in records])
    )
    is_long = reading.columns.structure == "long"
    answers = _read_groups(Lines.of(named), [range(len(places))]) if is_long else _read(named)
    if not identity.void:
        return _ruled(answers, reading, named.rows if not is_long else None)
    _keep_marks(voided, [0], answers)
    return voided


def _read(named: NamedRows) -> Answers:
    """Return the rows of a wide or one-string table by what they name, before any rule on marks."""
    rows, reading = named.rows, named.reading
    reasons, forms = reasons_of(named), named.forms
    sizes = np.array([reading.sizes.get(form, 0) for form in forms], np.int64)
    is_wide = reading.columns.structure == "wide"
    marks = (_wide_marks if is_wide else _string_marks)(named, reasons, forms, sizes)
    cells = [rows.column(column) for column in reading.columns.extras]
    own = (form if not reason else "" for form, reason in zip(forms, reasons, strict=True))
    extras = zip(*cells, strict=True) if cells else repeat(())
    raws = map(rows.raws.get, range(len(rows)))
    columns = (rows.line.tolist(), named.candidates, reasons, own, extras, raws)
    return Answers([*map(ReadRow, *columns)], marks)


def _wide_marks(named: NamedRows, reasons: list[str], forms: Sequence[str], sizes: Ints) -> Marks:
    """Return the marks of rows with a cell for each question; adds reasons for too many or too few
    questions.
    """
    rows, reading = named.rows, named.reading
    columns = np.array(reading.columns.questions)
    found = rows.marks(reading.columns.questions)
    if reading.layout.texts is not None:
        wanted = np.ones_like(found, np.bool_) if reading.columns.in_words else MAY_BE_TEXT[found]
        wanted &= np.array([not reason for reason in reasons], np.bool_)[:, None]
        at, question = np.nonzero(wanted)
        cells, of = rows.cells(at, columns[question]), [forms[place] for place in at.tolist()]
        found[at, question] = _still_numbered(
            found[at, question], _marks_in_words(cells, of, (question + 1).tolist(), reading)
        )
    marks = np.zeros((len(rows), reading.n_questions), np.uint8)
    marks[:, : len(columns)] = found
    past = np.arange(reading.n_questions) >= sizes[:, None]
    has_more: Flags = np.asarray((marks * past).any(axis=1))
    for place in np.flatnonzero((sizes > len(columns)) | has_more).tolist():
        if not reasons[place]:
            reasons[place] = "unknown_question" if has_more[place] else "question_missing"
    return marks


def _string_marks(named: NamedRows, reasons: list[str], forms: Sequence[str], sizes: Ints) -> Marks:
    """Return the marks of rows with one character for each question; adds the reason for those of another
    length.
    """
    width = named.reading.n_questions
    cells = named.rows.column(named.reading.columns.answer or 0)
    # Not stripped: a space at either end is a question left blank.
    answers = [drop_invisible(unwrap(cell)) for cell in cells]
    for place, (answer, size) in enumerate(zip(answers, sizes.tolist(), strict=True)):
        if len(answer) != size and not reasons[place]:
            reasons[place] = "answers_wrong_length"
    text = "".join(answer[:width].ljust(width, END) for answer in answers)
    return character_marks(character_codes(text)).reshape(len(answers), width)


def _still_numbered(marks: Marks, read: Sequence[int]) -> Marks:
    """Return the marks as they were read again, with `NUMBERED` if the number is what counts."""
    again = np.array(read, np.uint8)
    return np.where(marks == again | NUMBERED, marks, again)


def _marks_in_words(
    cells: Sequence[str], forms: Sequence[str], numbers: Sequence[int], reading: ReadingContext
) -> list[int]:
    """Return the marks of cells that may contain the text of an option; `numbers` are their questions on the
    forms.
    """
    texts, in_words = reading.layout.texts, reading.columns.in_words
    questions = {form: texts.questions(form) for form in {*forms}} if texts is not None else {}
    known: dict[tuple[str, int, str], int] = {}
    found: list[int] = []
    for form, number, cell in zip(forms, numbers, cells, strict=True):
        asked = form, number, cell
        if asked not in known:
            printed = questions[form]
            question = printed[number - 1] if number <= len(printed) else None
            known[asked] = read_in_words(cell, question, in_words)
        found.append(known[asked])
    return found


# ── a row on several records ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Lines:
    """The lines of a long table: whom they name, why they are set aside, and which questions they answer."""

    named: NamedRows
    reasons: list[str]
    numbers: list[int]
    marks: Marks

    @classmethod
    def of(cls, named: NamedRows) -> Lines:
        """Return the lines of named rows."""
        rows, reading, columns = named.rows, named.reading, named.reading.columns
        numbers = [question_number(cell) or 0 for cell in rows.column(columns.question or 0)]
        reasons, forms = reasons_of(named), named.forms
        marks = rows.marks([columns.answer or 0])[:, 0]
        if reading.layout.texts is not None:
            wanted = [n for n in np.flatnonzero(MAY_BE_TEXT[marks]).tolist() if not reasons[n] and numbers[n]]
            cells = rows.cells(np.array(wanted, np.int64), np.full(len(wanted), columns.answer or 0))
            of = [forms[n] for n in wanted]
            read = _marks_in_words(cells, of, [numbers[n] for n in wanted], reading)
            marks[wanted] = _still_numbered(marks[wanted], read)
        return cls(named, reasons, numbers, marks)


def _long_rows(
    rows: Rows, identities: Mapping[int, IdentityDecision], reading: ReadingContext
) -> Iterator[Answers]:
    """Yield the rows of a table with a line for each answer; a decision on the first line of a row applies to
    the row.
    """
    lines = Lines.of(reading.named(rows))
    named_by_grader = {
        place: with_identity(rows.record(place), identity, reading)
        for place, line in enumerate(rows.line.tolist() if identities else ())
        if (identity := identities.get(line)) and not identity.void and lines.reasons[place] == "no_candidate"
    }
    if named_by_grader:
        # A line without a candidate is one of the candidate that a grader has decided on.
        records = [named_by_grader.get(place) or rows.record(place) for place in range(len(rows))]
        rows = rows_of(records)
        lines = Lines.of(reading.named(rows))
    groups: dict[tuple[str, str], list[int]] = {}
    by = zip(lines.named.candidates, lines.named.forms, lines.reasons, strict=True)
    for place, (candidate, form, reason) in enumerate(by):
        if not reason or reason in OF_CANDIDATES:
            # A form unknown or not dealt is kept apart from the others by a character no form begins with.
            known = form if reason != FORM_NOT_DEALT else ""
            column = reading.columns.form
            named = known or "\0" + ("" if column is None else rows.fields(place)[column])
            groups.setdefault((candidate, named), []).append(place)
        else:
            identity = identities.get(int(rows.line[place]))
            is_void = identity is not None and identity.void
            yield _aside(rows.record(place), VOIDED if is_void else reason, reading)
    usual: list[list[int]] = []
    for group in groups.values():
        # A decision is on a row of a group, by the first of its lines.
        _, passes = _passes(lines, group) if identities else ("", [])
        for own in [sorted(own.values()) for own in passes] or [group]:
            identity = identities.get(int(rows.line[own[0]]))
            if identity is None:
                usual.append(own)
            else:
                yield _decided(rows, own, identity, reading)
    yield _ruled(_read_groups(lines, usual), reading)


def _read_groups(lines: Lines, groups: Sequence[Sequence[int]]) -> Answers:
    """Return the rows of groups of lines, before any rule on marks; a group that is set aside is one row."""
    named, rows, reading = lines.named, lines.named.rows, lines.named.reading
    forms, extras_at = named.forms, reading.columns.extras
    found: list[ReadRow] = []
    by_question: list[list[int]] = []
    not_dealt: list[tuple[int, Sequence[int]]] = []
    for group in groups:
        reason, passes = _passes(lines, group)
        if reason == FORM_NOT_DEALT and named.names[group[0]] not in reading.assignment.owners:
            not_dealt.append((len(found), group))
        for own in passes or [{}]:
            places = sorted(own.values()) or group
            first = places[0]
            by_question.append([own[n] for n in sorted(own)])
            fields = [rows.fields(place) for place in (places if not reason else [first])]
            values = (dict.fromkeys(one[column] for one in fields) for column in extras_at)
            extras = tuple((" | " if not reason else "").join(filter(None, value)) for value in values)
            line, form = int(rows.line[first]), "" if reason else forms[first]
            raw = "\n".join(map(rows.raw, places))
            found.append(ReadRow(line, named.candidates[first], reason, form, extras, raw))
    answers = Answers(found, np.zeros((len(found), reading.n_questions), np.uint8))
    for row, places in zip(answers.marks, by_question, strict=True):
        row[: len(places)] = lines.marks[places]
    if not_dealt:
        as_any_form = Lines.of(reading.as_any_form().named(rows))
        for place, group in not_dealt:
            _keep_marks(answers, [place], _read_groups(as_any_form, [group]))
    return answers


def _passes(lines: Lines, group: Sequence[int]) -> tuple[str, list[dict[int, int]]]:
    """Return why a group is set aside, and the lines of each of its rows by question: the k-th of each."""
    first = group[0]
    if lines.reasons[first]:
        return lines.reasons[first], []
    size = lines.named.reading.sizes[lines.named.forms[first]]
    passes: list[dict[int, int]] = []
    times: Counter[int] = Counter()
    for place in group:
        number = lines.numbers[place]
        times[number] += 1
        if times[number] > len(passes):
            passes.append({})
        passes[times[number] - 1][number] = place
    if any(not 1 <= number <= size for number in times):
        return "unknown_question", []
    if len(times) < size:
        return "question_missing", []
    return ("", passes) if len(group) == size * len(passes) else ("question_repeated", [])

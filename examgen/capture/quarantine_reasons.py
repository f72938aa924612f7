"""The reasons for quarantine: the texts of each reason in `quarantine.csv`, and the rule by which it applies.

Rules are tested first on the cells of a record, then on its identity (candidate and form), then on its marks.
The first rule that applies counts, in the order of `QUARANTINE_REASONS`. A rule takes many rows, column by
column, and returns those to which it applies; rules for single records accept any number of cells. Reasons
without a rule come from elsewhere: from readers of files, from graders, from the comparison of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from examgen.capture.cells import (
    LONGEST_ID,
    UNDECIDED,
    fold,
    is_damaged,
    is_no_name,
    question_number,
    read_mark,
    says_figures,
    says_no_candidate,
)
from examgen.capture.columns import is_person_name, recognise
from examgen.capture.rows import Flags, NamedRows, ReadingContext
from examgen.core.problems import Refused
from examgen.core.responses.rows import BLANK, INVALID, Marks
from examgen.core.tables.records import TableRecord, drop_invisible, refusal
from examgen.core.words import Message, tell

NOT_ON_LIST, FORM_NOT_DEALT, UNREADABLE_MARKS = "not_on_list", "form_not_dealt", "unreadable_marks"
NO_CANDIDATE = "no_candidate"
"""Reasons that other modules refer to."""
NOT_OWN = (NOT_ON_LIST, "voided_by_grader")
"""Reasons for rows that do not belong to the candidate whose id they have."""

RecordRule = Callable[[TableRecord, ReadingContext], bool]
RowsRule = Callable[[NamedRows], Flags]
MarksRule = Callable[[Marks, ReadingContext], Flags]

_NUMBER = re.compile(r"\s*[0-9๐-๙]+(?:[.,][0-9๐-๙]+)*\s*%?\s*")


class QuarantineReason(NamedTuple):
    """A code of the `reason` column: its texts for people, and the rules by which it applies."""

    code: str
    name: Message
    """The reason in a few words, for lists and reports."""
    explanation: Message
    record: RecordRule | None = None
    """Returns whether it applies to a record, which may have any number of cells."""
    line: RowsRule | None = None
    """Returns the rows to whose cells it applies, whatever candidate they name."""
    identity: RowsRule | None = None
    """Returns the rows to whose candidate or form it applies."""
    marks: MarksRule | None = None
    """Returns the rows to whose marks it applies."""
    keeps_marks: bool = False
    """Whether a person decides on single marks of the row, which keeps its form and marks."""
    of_candidate: bool = False
    """Whether the reason applies to all lines of a candidate and form if it applies to one. In a table with a
    line for each answer, these are then quarantined as one row; otherwise, each line by itself.
    """
    is_nobodys: bool = False
    """Whether such a row belongs to no candidate, so that nobody waits for a result."""
    contradicts: bool = False
    """Whether the row contradicts others, whatever its marks."""
    is_decided: bool = False
    """Whether it comes from a decision on the person; nobody then decides on the row."""
    may_be_named: bool = False
    """Whether a grader decides whose row it is, and may choose the candidate that it names."""


# ── rules that take more than a line ─────────────────────────────────────────────────────────


def may_repeat_header(named: NamedRows) -> Flags:
    """Return which rows begin as a header may: with a heading in the first cell or as the candidate."""
    rows, reading = named.rows, named.reading
    columns = {0, reading.columns.candidate}
    suspect = np.zeros(len(rows), np.bool_)
    for column in columns:
        suspect |= [cell.strip().lower() in reading.suspects for cell in rows.column(column)]
    if len(reading.columns.questions) > 1 and not reading.columns.in_words:
        # numbers of questions have several characters, which few answers have
        questions = reading.columns.questions
        middle = len(questions) // 2
        some = [*questions[:2], questions[middle - 1], questions[middle]]
        lengths = (rows.ends - rows.begins)[:, some] > 1
        for place in np.flatnonzero(lengths[:, :2].all(axis=1) | lengths[:, 2:].all(axis=1)).tolist():
            suspect[place] |= _is_other_heading(rows.fields(place), reading)
    return suspect


def _is_other_heading(fields: Sequence[str], reading: ReadingContext) -> bool:
    """Return whether a record has the numbers of the questions in another order, and no candidate number."""
    columns = reading.columns
    if len(fields) != columns.width or not columns.questions:
        return False
    first, last = columns.questions[0], len(columns.questions)
    numbers = [question_number(cell) for cell in fields]
    if None in numbers[first : first + 2] or fields[columns.candidate].isdecimal():
        return False
    found = {number for number in numbers if number is not None}
    in_order = [numbers[column] for column in columns.questions] == [*range(1, last + 1)]
    return 2 * len(found) > len(fields) and 5 < max(found) <= last and not in_order


def repeats_header(record: TableRecord, reading: ReadingContext) -> bool:
    """Return whether the record repeats the header, or is a second version of it right below. Raises Refused
    for a second header with other columns.
    """
    fields, columns = record.fields, reading.columns
    place = min(columns.candidate, len(fields) - 1)
    if _is_other_heading(fields, reading):
        raise _second_header(f"{reading.source}:{record.line}")
    if fields[place].strip().lower() not in reading.suspects and (
        not place or fields[0].strip().lower() not in reading.suspects
    ):
        return False
    folded = [fold(name) for name in fields]
    if folded == [fold(name) for name in columns.names]:
        return True
    source = f"{reading.source}:{record.line}"
    try:
        layout = reading.layout
        is_assigned = bool(layout.assignment.dealt)
        other = recognise(fields, list(reading.sizes.values()), source, layout.texts, is_assigned=is_assigned)
    except Refused:
        return False
    is_same = record.line == reading.first_line and other._replace(names=columns.names) == columns
    if len(folded) != columns.width or is_same:
        return True
    raise _second_header(source)


def _second_header(source: str) -> Refused:
    message = tell("a second header with other columns starts here. Split the file into two")
    return refusal(source, "second-header", message)


def go_over_a_line_end(named: NamedRows) -> Flags:
    """Return which rows have a line end in a cell other than an extra; only an open quotation mark can cause
    it.
    """
    rows, extras = named.rows, named.reading.columns.extras
    found = np.zeros(len(rows), np.bool_)
    if "\n" in rows.text:
        for place in range(len(rows)):
            cells = enumerate(rows.fields(place)) if "\n" in rows.raws.get(place, "") else ()
            found[place] = any("\n" in cell for column, cell in cells if column not in extras)
    return found


def are_totals(named: NamedRows) -> Flags:
    """Return which rows have totals of other rows: their id or first cell says so, and none of their answers
    is a letter.
    """
    rows, columns = named.rows, named.reading.columns
    found = np.zeros(len(rows), np.bool_)
    for column in {0, columns.candidate}:
        found |= [_says_figures(cell) for cell in rows.column(column)]
    for place in np.flatnonzero(found).tolist():
        fields = rows.fields(place)
        if columns.structure == "wide":
            found[place] = not any(_is_letter(fields[i]) for i in columns.questions)
        else:
            answer = fields[columns.answer or 0]
            is_number = _NUMBER.fullmatch(answer) is not None
            found[place] = is_number or not any(map(_is_letter, drop_invisible(answer)))
    return found


def _says_figures(cell: str) -> bool:
    """Return whether a cell names figures of other rows, also after a number, such as `77001 Count`."""
    if not cell[:1].isdigit():
        return says_figures(cell)
    return " " in cell and says_figures(cell.rpartition(" ")[2])


def _is_letter(cell: str) -> bool:
    return read_mark(cell) not in (BLANK, INVALID, UNDECIDED) and not _NUMBER.fullmatch(cell)


def are_merged(named: NamedRows) -> Flags:
    """Return which rows have a cell other than an extra that is merged with another cell."""
    found = np.zeros(len(named.rows), np.bool_)
    for place, merged in named.rows.merged.items():
        found[place] = not merged.issubset(named.reading.columns.extras)
    return found


def candidates_that(test: Callable[[str], bool]) -> RowsRule:
    """Return a rule that applies to rows whose candidate number passes a test."""
    return lambda named: np.fromiter(map(test, named.candidates), np.bool_, len(named.candidates))


def are_undecodable(named: NamedRows) -> Flags:
    """Return which rows have a character in the id or the form that could not be decoded."""
    form = named.reading.columns.form
    found = np.array(["\ufffd" in candidate for candidate in named.candidates], np.bool_)
    if form is not None and "\ufffd" in named.rows.text:
        found |= ["\ufffd" in cell for cell in named.rows.column(form)]
    return found


def names_nobody(candidate: str) -> bool:
    """Return whether an id has no letter or digit."""
    return not candidate.isalnum() and not any(map(str.isalnum, candidate))


def name_no_candidate(named: NamedRows) -> Flags:
    """Return which rows name nobody; or whose number, name or first cell says that they are the key, a test
    or a maximum, unless a list has the number.
    """
    columns, lists = named.reading.columns, named.reading.assignment.lists
    column = columns.candidate
    found = np.fromiter(map(names_nobody, named.candidates), np.bool_, len(named.candidates))
    for cells in (named.candidates, named.rows.column(0)) if column else (named.candidates,):
        is_number = cells is named.candidates
        for place in [place for place, cell in enumerate(cells) if not cell[:1].isdigit()]:
            if says_no_candidate(cells[place], is_number):
                found[place] |= not lists(named.candidates[place])
    for names in (one for one in columns.extras if is_person_name(columns.names[one])):
        for place in [place for place, cell in enumerate(named.rows.column(names)) if is_no_name(cell)]:
            found[place] |= not lists(named.candidates[place])
    return found


def have_damaged_ids(named: NamedRows) -> Flags:
    """Return which rows have an id that a spreadsheet has changed."""
    lists, is_typed = named.reading.assignment.lists, named.reading.is_typed
    found = np.zeros(len(named.candidates), np.bool_)
    for place in [place for place, one in enumerate(named.candidates) if not one.isdigit()]:
        found[place] = is_damaged(named.candidates[place], is_typed) and not lists(named.candidates[place])
    for place, odd in named.rows.odd.items():
        found[place] |= named.reading.columns.candidate in odd
    return found


def are_not_on_list(named: NamedRows) -> Flags:
    """Return which rows belong to candidates who are on no list, if only listed candidates are accepted."""
    assignment = named.reading.assignment
    if not assignment.is_closed:
        return np.zeros(len(named.candidates), np.bool_)
    return ~assignment.listed(named.candidates)


def are_of_other_form(named: NamedRows) -> Flags:
    """Return which rows name a form other than the one whose questions are the headings."""
    columns = named.reading.columns
    if not columns.only_form or columns.form is None:
        return np.zeros(len(named.names), np.bool_)
    return np.array([form != columns.only_form for form in named.forms], np.bool_)


def have_undealt_forms(named: NamedRows) -> Flags:
    """Return which rows name a form or a booklet that was assigned to somebody else."""
    assignment = named.reading.assignment
    if assignment.form_is_decided or not (assignment.owners or assignment.dealt):
        return np.zeros(len(named.names), np.bool_)
    pairs = zip(named.candidates, named.names, strict=True)
    return np.array([not assignment.allows(who, name or "") for who, name in pairs], np.bool_)


def are_mostly_not_understood(marks: Marks, reading: ReadingContext) -> Flags:
    """Return which rows have marks most of which are not options."""
    not_understood = marks == INVALID
    if reading.layout.accepts_unreadable or not not_understood.any():
        return np.zeros(len(marks), np.bool_)
    n_marked = np.count_nonzero(marks, axis=1)
    return np.asarray(2 * np.count_nonzero(not_understood, axis=1) > n_marked)


# ── the reasons ──────────────────────────────────────────────────────────────────────────────

QUARANTINE_REASONS = (
    QuarantineReason(
        "header_repeated",
        tell("repeated header row"),
        tell("The row repeats the header."),
        record=repeats_header,
        is_nobodys=True,
    ),
    QuarantineReason(
        "too_many_fields",
        tell("too many cells"),
        tell("The row has more fields than the header, so answers may have shifted."),
        record=lambda record, reading: len(record.fields) > reading.columns.width,
    ),
    QuarantineReason(
        "too_few_fields",
        tell("too few cells"),
        tell("The row has fewer fields than the header. It is incomplete or has lost a field."),
        record=lambda record, reading: len(record.fields) < reading.columns.width,
    ),
    QuarantineReason(
        "undecodable",
        tell("unreadable characters"),
        tell("The row contains bytes or control characters that are not text in the encoding of the file."),
        identity=are_undecodable,
    ),
    QuarantineReason(
        NO_CANDIDATE,
        tell("no candidate number"),
        tell(
            "The row names no candidate. The candidate number is empty or has no letter or digit; or "
            "it, the name or the first cell says that the row is the key, a test or a maximum; or all "
            "its answers are right and its number alone has no digit."
        ),
        identity=name_no_candidate,
    ),
    QuarantineReason(
        "broken_quote",
        tell("unmatched quotation marks"),
        tell(
            "The quotation marks of the row do not match, or a candidate number, form or answer contains a "
            "line break. Or the row is inside quotation marks that span several lines, and may be part of a "
            "note."
        ),
        line=go_over_a_line_end,
        identity=candidates_that(
            lambda candidate: ('"' in candidate or "\n" in candidate) and not is_damaged(candidate)
        ),
    ),
    QuarantineReason(
        "totals_line",
        tell("total line"),
        tell(
            "The row is a total of other rows. Its candidate number or first cell says รวม, "
            "จำนวน, total …, and no letter is marked."
        ),
        line=are_totals,
        is_nobodys=True,
    ),
    QuarantineReason(
        "merged_cells",
        tell("merged cells"),
        tell(
            "The candidate number, form or an answer is in a merged cell, so the row that it "
            "belongs to is unknown."
        ),
        line=are_merged,
    ),
    QuarantineReason(
        "candidate_id_too_long",
        tell("candidate number too long"),
        tell(
            "The candidate number has more than 128 characters. It probably contains the text "
            "of another column."
        ),
        identity=candidates_that(lambda candidate: len(candidate) > LONGEST_ID),
    ),
    QuarantineReason(
        "candidate_id_damaged",
        tell("candidate number damaged by a spreadsheet"),
        tell(
            "A program has changed the candidate number into a number (1.10E+12, 1100.0, 12.5), "
            "a date (7-Jan), a formula, an error (#N/A) or no value (nan)."
        ),
        identity=have_damaged_ids,
        of_candidate=True,
    ),
    QuarantineReason(
        "ratings_missing",
        tell("ratings missing"),
        tell(
            "Fewer assessors than the exam requires have rated the candidate, or an assessor "
            "has not rated every task."
        ),
    ),
    QuarantineReason(
        "to_be_moderated",
        tell("assessors far apart"),
        tell(
            "The points of the assessors differ by more than the exam allows. The points of "
            "these tasks must be decided."
        ),
    ),
    QuarantineReason(
        "assessed_by_trainer",
        tell("assessed by the trainer"),
        tell("According to the roster, an assessor has trained the candidate. Another person must assess."),
    ),
    QuarantineReason(
        NOT_ON_LIST,
        tell("candidate not on the list"),
        tell("The candidate number is neither on the list used for printing the booklets nor on the roster."),
        identity=are_not_on_list,
        of_candidate=True,
        may_be_named=True,
    ),
    QuarantineReason(
        "form_not_known",
        tell("form unknown"),
        tell(
            "There is no form column, and the list does not show which form was assigned to this candidate."
        ),
        identity=lambda named: named.have_no_form & named.reading.by_list,
        of_candidate=True,
    ),
    QuarantineReason(
        "unknown_form",
        tell("no such form"),
        tell(
            "The form is none of this exam's, is in doubt in a scan, or is empty and the list assigns none "
            "to the candidate."
        ),
        identity=lambda named: named.have_no_form,
        of_candidate=True,
    ),
    QuarantineReason(
        "other_form",
        tell("columns of another form"),
        tell("The column headings are the questions of another form than the row names."),
        identity=are_of_other_form,
        of_candidate=True,
    ),
    QuarantineReason(
        FORM_NOT_DEALT,
        tell("not the assigned form"),
        tell(
            "The booklet was assigned to another candidate, or the form is not the one assigned "
            "to this candidate."
        ),
        identity=have_undealt_forms,
        of_candidate=True,
    ),
    QuarantineReason(
        UNREADABLE_MARKS,
        tell("marks not understood"),
        tell(
            "Most marks are neither a letter nor a printed option of their question; or a mark is in "
            "doubt, as others of the same question in the file."
        ),
        marks=are_mostly_not_understood,
    ),
    QuarantineReason(
        "undecided_marks",
        tell("marks in doubt"),
        tell("The row contains a `?`. The scan left a mark in doubt that is not yet decided."),
        marks=lambda marks, _: (marks == UNDECIDED).any(axis=1),
        keeps_marks=True,
    ),
    QuarantineReason(
        "line_too_long",
        tell("line too long"),
        tell("The line is longer than 1 MiB. Only its beginning and its length are kept."),
    ),
    QuarantineReason(
        "voided_by_grader",
        tell("not used, by a grader's decision"),
        tell("A grader decided not to use the row. The decision is on record."),
        is_nobodys=True,
    ),
    QuarantineReason(
        "conflicting_rows",
        tell("conflicting rows of one candidate"),
        tell("The candidate has rows with different forms or marks. All of them are set aside."),
        contradicts=True,
        may_be_named=True,
    ),
    QuarantineReason(
        "candidate_in_two_files",
        tell("candidate in two files"),
        tell(
            "The candidate has rows with different forms or marks in more than one file. All of "
            "them are set aside."
        ),
        contradicts=True,
        may_be_named=True,
    ),
    QuarantineReason(
        "sheet_of_two",
        tell("one sheet, two candidates"),
        tell(
            "Rows of one sheet belong to different candidates, or one of them has no candidate, "
            "because of a copy or a wrong reading or decision; or the owner of the sheet "
            "assigned to the candidate is unknown. All of them are set aside until the "
            "candidate of each row is decided."
        ),
        contradicts=True,
        may_be_named=True,
    ),
    QuarantineReason(
        "withheld",
        tell("result withheld"),
        tell("The result of this candidate is withheld by a recorded decision."),
        is_decided=True,
    ),
    QuarantineReason(
        "disqualified",
        tell("disqualified"),
        tell("The candidate was disqualified by a recorded decision."),
        is_decided=True,
    ),
    QuarantineReason(
        "withdrawn",
        tell("result withdrawn"),
        tell("The result was withdrawn by a recorded decision."),
        is_decided=True,
    ),
    QuarantineReason(
        "answers_wrong_length",
        tell("number of answers differs from number of questions"),
        tell("The answer string is not as long as the form. Blanks at its ends may have been lost."),
    ),
    QuarantineReason(
        "unknown_question",
        tell("no such question"),
        tell("The row has an answer to a question that the form does not have."),
    ),
    QuarantineReason(
        "question_repeated",
        tell("question answered twice"),
        tell("A question is answered on several lines."),
    ),
    QuarantineReason(
        "question_missing",
        tell("questions without an answer"),
        tell("The row or group of lines has no answer for some questions of the form."),
    ),
)

NAMES = {one.code: one.name for one in QUARANTINE_REASONS}
EXPLANATIONS = {one.code: one.explanation for one in QUARANTINE_REASONS}
"""The meaning of each reason."""
OF_CANDIDATES = frozenset(one.code for one in QUARANTINE_REASONS if one.of_candidate)
WITH_MARKS = frozenset(one.code for one in QUARANTINE_REASONS if one.keeps_marks)


# ── the reasons of records and rows ──────────────────────────────────────────────────────────


def reason_of_misfit(record: TableRecord, reading: ReadingContext) -> str:
    """Return the quarantine code for a faulty record or one whose number of cells differs from the heading;
    empty if no rule applies.
    """
    if record.fault:
        return record.fault
    rules = ((one.code, one.record) for one in QUARANTINE_REASONS if one.record)
    return next((code for code, holds in rules if holds(record, reading)), "")


def reasons_of(named: NamedRows) -> list[str]:
    """Return for each row the code of the reason for which it is quarantined whatever its answers, or an
    empty text.
    """
    found = np.full(len(named.candidates), "", object)
    for place in np.flatnonzero(may_repeat_header(named)).tolist():
        found[place] = reason_of_misfit(named.rows.record(place), named.reading)
    for stage in ("line", "identity"):
        for one in QUARANTINE_REASONS:
            rule: RowsRule | None = getattr(one, stage)
            if rule is not None and (holds := rule(named)).any():
                found[holds & (found == "")] = one.code
    return list(found)


def reasons_of_marks(marks: Marks, reading: ReadingContext) -> list[str]:
    """Return for each row of marks the code of the reason for which it is quarantined, or an empty text."""
    found = np.full(len(marks), "", object)
    for one in QUARANTINE_REASONS:
        if one.marks is not None and (holds := one.marks(marks, reading)).any():
            found[holds & (found == "")] = one.code
    return list(found)

"""The reasons for quarantine: the words of each reason in `quarantine.csv`, and the rule when it applies.

Rules are tested first on the line (its cells), then on its identity (candidate and form), then on the row
with its marks. The first rule that holds counts, in the order of `QUARANTINE_REASONS`. Reasons without a
rule come from elsewhere: readers of files, graders, the comparison of rows.

Rows whose bytes are proven well formed (`fast/proof.py`) are not read one by one. `may_hold` of a rule names
the proven rows to which the rule may still apply: these are read with care. By default it names all rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from examgen.capture.cells import LONGEST_ID, UNDECIDED, fold, is_damaged, read_mark, says_totals
from examgen.capture.columns import AnswerColumns, recognise
from examgen.capture.fast.proof import rows_of_totals
from examgen.capture.rows import AnswerRow, Fault, ReadingContext
from examgen.core.problems import Problem, Refused
from examgen.core.responses.rows import BLANK, INVALID, Batch, Ints
from examgen.core.tables.records import TableRecord, drop_invisible
from examgen.core.words import Message, spoken, tell

NOT_ON_LIST, FORM_NOT_DEALT, UNREADABLE_MARKS = "not_on_list", "form_not_dealt", "unreadable_marks"
"""Reasons that other modules look for."""
NOT_OWN = (NOT_ON_LIST, "voided_by_grader")
"""Reasons of rows that are not those of the candidate whose id they bear."""

_NUMBER = re.compile(r"\s*[0-9๐-๙]+(?:[.,][0-9๐-๙]+)*\s*%?\s*")


class NamedRecord(NamedTuple):
    """A record with the right number of cells, and whom it names.

    `candidate` is the candidate number as the lists write it; `named` is the form or the serial of a booklet
    in the record, None if no such form or booklet exists.
    """

    record: TableRecord
    reading: ReadingContext
    candidate: str
    named: str | None

    @property
    def form(self) -> str:
        """The form whose key scores the record; empty if the exam has no such form."""
        named = self.named or ""
        return self.reading.assignment.forms.get(named, named)


ProvenSuspects = Callable[[Batch, AnswerColumns], Ints]
"""Rows proven from their bytes → the places of the rows that must be read with care."""


def every_row(batch: Batch, _: AnswerColumns) -> Ints:
    """All rows: nothing proves that the rule does not apply to a row."""
    return np.arange(batch.size)


def no_row(_batch: Batch, _: AnswerColumns) -> Ints:
    """No rows: `fast/proof.py` proves no row to which the rule applies."""
    return np.empty(0, np.int64)


class LineRule(NamedTuple):
    """When a reason applies to the cells of a line, no matter whom the line names."""

    holds: Callable[[TableRecord, ReadingContext], bool]
    may_hold: ProvenSuspects = every_row


class IdentityRule(NamedTuple):
    """When a reason applies to the candidate and the form that a line names."""

    holds: Callable[[NamedRecord], bool]
    may_hold: ProvenSuspects = every_row
    of_candidate: bool = False
    """Whether the reason applies to all lines of a candidate and form if it applies to one. A table with a
    line for each answer then has them quarantined as one row; otherwise, each line by itself."""


class RowRule(NamedTuple):
    """When a reason applies to a row with its marks."""

    holds: Callable[[AnswerRow, ReadingContext], bool]
    may_hold: ProvenSuspects = every_row
    questions: Callable[[AnswerRow], tuple[int, ...]] | None = None
    """The questions that a person has yet to decide; the row then keeps its form and marks."""


class QuarantineReason(NamedTuple):
    """A code of the `reason` column: its words for people, and when it applies."""

    code: str
    name: Message
    """The reason in a few words, for lists."""
    explanation: Message
    reported: str
    """The words of reports, with their Thai in the catalogue of the templates."""
    line: LineRule | None = None
    identity: IdentityRule | None = None
    row: RowRule | None = None
    is_nobodys: bool = False
    """Whether such a row belongs to no candidate, so that nobody waits for a result."""
    contradicts: bool = False
    """Whether the row contradicts others, whatever its marks are."""
    is_decided: bool = False
    """Whether it comes from a decision on the person; then nobody decides on the row."""
    may_be_named: bool = False
    """Whether a grader decides whose row it is; it may be that of the candidate named."""


# ── rules that take more than a line ─────────────────────────────────────────────────────────


def repeats_header(record: TableRecord, reading: ReadingContext) -> bool:
    """Whether the record repeats the header; raises Refused for a second header with other columns."""
    fields, columns = record.fields, reading.columns
    place = min(columns.candidate, len(fields) - 1)
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
        recognise(fields, list(reading.sizes.values()), source, layout.texts, is_assigned=is_assigned)
    except Refused:
        return False
    if len(folded) != columns.width:
        return True
    message = tell("a second header with other columns starts here. Split the file into two")
    raise Refused(
        tell("{source}: {message}", source=source, message=message),
        [Problem(source, "second-header", message)],
    )


def goes_over_a_line_end(record: TableRecord, reading: ReadingContext) -> bool:
    """Whether a cell other than an extra has a line end; only an open quote can cause it."""
    if "\n" not in record.raw:
        return False
    return any("\n" in cell for i, cell in enumerate(record.fields) if i not in reading.columns.extras)


def is_totals_line(record: TableRecord, reading: ReadingContext) -> bool:
    """Whether a row has totals of other rows: its id or its first cell says so, and none of its answers is a
    letter."""
    fields, columns = record.fields, reading.columns
    if not says_totals(fields[0]) and (not columns.candidate or not says_totals(fields[columns.candidate])):
        return False
    if columns.structure == "wide":
        return not any(_is_letter(fields[i]) for i in columns.questions)
    answer = fields[columns.answer or 0]
    return _NUMBER.fullmatch(answer) is not None or not any(map(_is_letter, drop_invisible(answer)))


def _is_letter(cell: str) -> bool:
    return read_mark(cell) not in (BLANK, INVALID, UNDECIDED) and not _NUMBER.fullmatch(cell)


def is_merged(record: TableRecord, reading: ReadingContext) -> bool:
    """Whether a cell other than an extra is merged with another cell."""
    return bool(record.merged) and not record.merged.issubset(reading.columns.extras)


def is_undecodable(one: NamedRecord) -> bool:
    """Whether a character of the id or the form could not be decoded."""
    form = one.reading.columns.form
    return "\ufffd" in one.candidate or (form is not None and "\ufffd" in one.record.fields[form])


def names_nobody(one: NamedRecord) -> bool:
    """Whether the id has no letter or digit."""
    return not one.candidate.isalnum() and not any(map(str.isalnum, one.candidate))


def has_damaged_id(one: NamedRecord) -> bool:
    """Whether a spreadsheet has changed the id."""
    # a damaged id has more than letters and digits
    is_odd = one.reading.columns.candidate in one.record.odd
    return is_odd or (not one.candidate.isalnum() and is_damaged(one.candidate))


def is_of_other_form(one: NamedRecord) -> bool:
    """Whether the row names a form other than the one whose questions are the headings."""
    columns = one.reading.columns
    if not columns.only_form or columns.form is None:
        return False
    return one.form != columns.only_form


def is_mostly_not_understood(row: AnswerRow, reading: ReadingContext) -> bool:
    """Whether most marks of a row are not options."""
    n_marked = len(row.marks) - row.marks.count(BLANK)
    return not reading.layout.accepts_unreadable and 2 * row.marks.count(INVALID) > n_marked


def undecided_questions(row: AnswerRow) -> tuple[int, ...]:
    """The questions with marks that a person has yet to decide."""
    return tuple(n for n, mark in enumerate(row.marks, 1) if mark == UNDECIDED)


# ── the reasons ──────────────────────────────────────────────────────────────────────────────

QUARANTINE_REASONS = (
    QuarantineReason(
        "header_repeated",
        tell("repeated header row"),
        tell("The row repeats the header."),
        spoken("the header once more"),
        line=LineRule(repeats_header, no_row),
        is_nobodys=True,
    ),
    QuarantineReason(
        "too_many_fields",
        tell("too many cells"),
        tell("The row has more fields than the header, so answers may have shifted."),
        spoken("more fields than the header: answers may have shifted"),
        line=LineRule(lambda record, reading: len(record.fields) > len(reading.columns.names), no_row),
    ),
    QuarantineReason(
        "too_few_fields",
        tell("too few cells"),
        tell("The row has fewer fields than the header. It is incomplete or has lost a field."),
        spoken("fewer fields than the header: the row was cut"),
        line=LineRule(lambda record, reading: len(record.fields) < len(reading.columns.names), no_row),
    ),
    QuarantineReason(
        "undecodable",
        tell("unreadable characters"),
        tell("The row contains bytes or control characters that are not text in the encoding of the file."),
        spoken("characters that cannot be read"),
        identity=IdentityRule(is_undecodable, no_row),
    ),
    QuarantineReason(
        "no_candidate",
        tell("no candidate number"),
        tell("The row names no candidate. The candidate number is empty or has no letter or digit."),
        spoken("the row names no candidate"),
        identity=IdentityRule(names_nobody, no_row),
    ),
    QuarantineReason(
        "broken_quote",
        tell("unmatched quotation marks"),
        tell(
            "A quotation mark is not closed, text follows a closing quotation mark, or a "
            "candidate number, form or answer contains a line break; or the row lies between an "
            "opening quotation mark and its closing line and may be part of a note."
        ),
        spoken("a quotation mark is broken"),
        line=LineRule(goes_over_a_line_end, no_row),
        identity=IdentityRule(lambda one: '"' in one.candidate or "\n" in one.candidate, no_row),
    ),
    QuarantineReason(
        "totals_line",
        tell("total line"),
        tell(
            "The row is a total of other rows. Its candidate number or first cell says รวม, "
            "จำนวน, total …, and no letter is marked."
        ),
        spoken("a line of totals"),
        line=LineRule(is_totals_line, rows_of_totals),
        is_nobodys=True,
    ),
    QuarantineReason(
        "merged_cells",
        tell("merged cells"),
        tell(
            "The candidate number, form or an answer is in a merged cell, so the row that it "
            "belongs to is unknown."
        ),
        spoken("cells of the row are merged with others"),
        line=LineRule(is_merged, no_row),
    ),
    QuarantineReason(
        "candidate_id_too_long",
        tell("candidate number too long"),
        tell(
            "The candidate number has more than 128 characters. It probably contains the text "
            "of another column."
        ),
        spoken("the candidate number is too long to be one"),
        identity=IdentityRule(lambda one: len(one.candidate) > LONGEST_ID, no_row),
    ),
    QuarantineReason(
        "candidate_id_damaged",
        tell("candidate number damaged by a spreadsheet"),
        tell(
            "A spreadsheet has changed the candidate number into a number (1.10E+12, 1100.0, "
            "12.5), a date (7-Jan) or an error (#N/A)."
        ),
        spoken("a spreadsheet has changed the candidate number"),
        identity=IdentityRule(has_damaged_id, no_row, of_candidate=True),
    ),
    QuarantineReason(
        "ratings_missing",
        tell("ratings missing"),
        tell(
            "Fewer assessors than the exam requires have rated the candidate, or an assessor "
            "has not rated every task."
        ),
        spoken("ratings of assessors are missing"),
    ),
    QuarantineReason(
        "to_be_moderated",
        tell("assessors far apart"),
        tell(
            "The points of the assessors differ by more than the exam allows. The points of "
            "these tasks must be decided."
        ),
        spoken("assessors are far apart, and nobody has decided yet"),
    ),
    QuarantineReason(
        "assessed_by_trainer",
        tell("assessed by the trainer"),
        tell("According to the roster, an assessor has trained the candidate. Another person must assess."),
        spoken("an assessor has trained the candidate"),
    ),
    QuarantineReason(
        NOT_ON_LIST,
        tell("candidate not on the list"),
        tell("The candidate number is neither on the list used for printing the booklets nor on the roster."),
        spoken("the candidate number is on no list of candidates"),
        identity=IdentityRule(
            lambda one: not one.reading.assignment.knows(one.candidate), no_row, of_candidate=True
        ),
        may_be_named=True,
    ),
    QuarantineReason(
        "form_not_known",
        tell("form unknown"),
        tell(
            "There is no form column, and the list does not show which form was assigned to this candidate."
        ),
        spoken("no column says the form, and no list which one was dealt"),
        identity=IdentityRule(
            lambda one: one.named is None and one.reading.by_list, no_row, of_candidate=True
        ),
    ),
    QuarantineReason(
        "unknown_form",
        tell("no such form"),
        tell(
            "The form is none of this exam's, is in doubt in a scan, or is empty and the list assigns none "
            "to the candidate."
        ),
        spoken("the form is empty or unknown"),
        identity=IdentityRule(lambda one: one.named is None, no_row, of_candidate=True),
    ),
    QuarantineReason(
        "other_form",
        tell("columns of another form"),
        tell("The column headings are the questions of another form than the row names."),
        spoken("the columns are those of another form than the row names"),
        identity=IdentityRule(is_of_other_form, no_row, of_candidate=True),
    ),
    QuarantineReason(
        FORM_NOT_DEALT,
        tell("not the assigned form"),
        tell(
            "The booklet was assigned to another candidate, or the form is not the one assigned "
            "to this candidate."
        ),
        spoken("the form or serial is not the one that was dealt"),
        identity=IdentityRule(
            lambda one: not one.reading.assignment.allows(one.candidate, one.named or ""),
            no_row,
            of_candidate=True,
        ),
    ),
    QuarantineReason(
        UNREADABLE_MARKS,
        tell("marks not understood"),
        tell("Most marks are neither a letter nor a printed option of their question."),
        spoken("most marks of the row could not be understood"),
        row=RowRule(is_mostly_not_understood, no_row),
    ),
    QuarantineReason(
        "undecided_marks",
        tell("marks in doubt"),
        tell("The row contains a `?`. The scan left a mark in doubt that is not yet decided."),
        spoken("marks that a person has yet to decide"),
        row=RowRule(lambda row, _: UNDECIDED in row.marks, no_row, undecided_questions),
    ),
    QuarantineReason(
        "line_too_long",
        tell("line too long"),
        tell("The line is longer than 1 MiB. Only its beginning and its length are kept."),
        spoken("the line is too long"),
    ),
    QuarantineReason(
        "voided_by_grader",
        tell("not used, by a grader's decision"),
        tell("A grader decided not to use the row. The decision is on record."),
        spoken("not used by a grader's decision, on record"),
        is_nobodys=True,
    ),
    QuarantineReason(
        "conflicting_rows",
        tell("conflicting rows of one candidate"),
        tell("The candidate has rows with different forms or marks. All of them are set aside."),
        spoken("rows of one candidate that differ"),
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
        spoken("rows of one candidate in several files that differ"),
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
        spoken("rows of different candidates on one sheet"),
        contradicts=True,
        may_be_named=True,
    ),
    QuarantineReason(
        "withheld",
        tell("result withheld"),
        tell("The result of this candidate is withheld by a recorded decision."),
        spoken("the result is withheld by a decision on record"),
        is_decided=True,
    ),
    QuarantineReason(
        "disqualified",
        tell("disqualified"),
        tell("The candidate was disqualified by a recorded decision."),
        spoken("disqualified by a decision on record"),
        is_decided=True,
    ),
    QuarantineReason(
        "withdrawn",
        tell("result withdrawn"),
        tell("The result was withdrawn by a recorded decision."),
        spoken("the result was withdrawn by a decision on record"),
        is_decided=True,
    ),
    QuarantineReason(
        "answers_wrong_length",
        tell("number of answers differs from number of questions"),
        tell("The answer string is not as long as the form. Blanks at its ends may have been lost."),
        spoken("the string of answers has another length than the form"),
    ),
    QuarantineReason(
        "unknown_question",
        tell("no such question"),
        tell("The row has an answer to a question that the form does not have."),
        spoken("an answer to a question that the form does not have"),
    ),
    QuarantineReason(
        "question_repeated",
        tell("question answered twice"),
        tell("A question is answered on several lines."),
        spoken("one question answered on several lines"),
    ),
    QuarantineReason(
        "question_missing",
        tell("questions without an answer"),
        tell("The row or group of lines has no answer for some questions of the form."),
        spoken("questions of the form without a line"),
    ),
)

NAMES = {one.code: one.name for one in QUARANTINE_REASONS}
EXPLANATIONS = {one.code: one.explanation for one in QUARANTINE_REASONS}
"""What each reason means."""


# ── testing records and rows ─────────────────────────────────────────────────────────────────


class QuarantineRules(NamedTuple):
    """The rules of some reasons with their codes, in the order of testing."""

    of_lines: tuple[tuple[str, Callable[[TableRecord, ReadingContext], bool]], ...]
    of_identities: tuple[tuple[str, Callable[[NamedRecord], bool]], ...]
    of_rows: tuple[tuple[str, RowRule], ...]
    of_candidates: frozenset[str]
    suspects: tuple[ProvenSuspects, ...]
    """`may_hold` of the rules that may apply to proven rows."""
    proof_suffices: bool
    """Whether no rule needs every row, so that proving rows is worthwhile."""


def rules_of(reasons: Sequence[QuarantineReason]) -> QuarantineRules:
    """The rules of the reasons."""
    lines = [(one.code, one.line) for one in reasons if one.line]
    identities = [(one.code, one.identity) for one in reasons if one.identity]
    rows = [(one.code, one.row) for one in reasons if one.row]
    may_hold = [
        *(rule.may_hold for _, rule in lines),
        *(rule.may_hold for _, rule in identities),
        *(rule.may_hold for _, rule in rows),
    ]
    return QuarantineRules(
        tuple((code, rule.holds) for code, rule in lines),
        tuple((code, rule.holds) for code, rule in identities),
        tuple(rows),
        frozenset(code for code, rule in identities if rule.of_candidate),
        tuple(one for one in may_hold if one is not no_row),
        every_row not in may_hold,
    )


RULES = rules_of(QUARANTINE_REASONS)


def identified(record: TableRecord, reading: ReadingContext) -> NamedRecord | str:
    """The candidate and form that a record names, or the code of the reason why it is quarantined whatever
    its answers are."""
    if record.fault:
        return record.fault
    for code, holds in RULES.of_lines:
        if holds(record, reading):
            return code
    one = NamedRecord(record, reading, reading.candidate(record), reading.named(record))
    for code, holds_of in RULES.of_identities:
        if holds_of(one):
            return code
    return one


def row_or_fault(found: AnswerRow | Fault, reading: ReadingContext) -> AnswerRow | Fault:
    """The row as it is, or a fault if the rule of a reason applies to its marks."""
    if isinstance(found, Fault):
        return found
    for code, rule in RULES.of_rows:
        if rule.holds(found, reading):
            fault = Fault(found.line, found.candidate_id, code, found.raw, extras=found.extras)
            if rule.questions is None:
                return fault
            return fault._replace(undecided=rule.questions(found), form=found.form, marks=found.marks)
    return found


def is_of_candidate(code: str) -> bool:
    """Whether the reason applies to all lines of a candidate if it applies to one."""
    return code in RULES.of_candidates


def proof_suffices() -> bool:
    """Whether rows that are proven well formed may be scored without reading them one by one."""
    return RULES.proof_suffices


def proven_suspects(batch: Batch, columns: AnswerColumns) -> list[int]:
    """The places of proven rows to which a rule may still apply."""
    return [place for may_hold in RULES.suspects for place in may_hold(batch, columns).tolist()]

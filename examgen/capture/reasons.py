"""Why a row was set aside: the documented codes of `quarantine.csv`."""

from __future__ import annotations

from typing import NamedTuple

from examgen.core.words import Message, tell


class QuarantineReason(NamedTuple):
    """A code of the `reason` column and what a grader is told about it."""

    code: str
    name: Message
    """The same in a few words, for lists."""
    explanation: Message


QUARANTINE_REASONS = (
    QuarantineReason(
        "no_candidate",
        tell("no candidate number"),
        tell("The row names no candidate: the id is empty or has no letter or digit."),
    ),
    QuarantineReason(
        "candidate_id_damaged",
        tell("candidate number damaged by a spreadsheet"),
        tell(
            "A spreadsheet has made the id a number (1.10E+12, 1100.0, 12.5), a date (7-Jan) or an error "
            "(#N/A)."
        ),
    ),
    QuarantineReason(
        "candidate_id_too_long",
        tell("candidate number too long"),
        tell("The id has more than 128 characters: text of another column has slipped into its place."),
    ),
    QuarantineReason(
        "not_on_list",
        tell("candidate not on the list"),
        tell(
            "The id is on no known list: neither the list that the booklets were printed for nor the roster."
        ),
    ),
    QuarantineReason(
        "form_not_known",
        tell("form not known"),
        tell("No column says the form, and the list does not say which one this candidate was dealt."),
    ),
    QuarantineReason(
        "unknown_form", tell("no such form"), tell("The form is empty or is none of this exam's forms.")
    ),
    QuarantineReason(
        "other_form",
        tell("columns of another form"),
        tell("The columns are headed with the questions of another form than the row names."),
    ),
    QuarantineReason(
        "form_not_dealt",
        tell("not the form that was dealt"),
        tell(
            "The booklets were dealt otherwise: the serial is another candidate's, or the form is not the"
            " one that this candidate was dealt."
        ),
    ),
    QuarantineReason(
        "too_many_fields",
        tell("too many cells"),
        tell("The row has more fields than the header, so answers may have shifted."),
    ),
    QuarantineReason(
        "too_few_fields",
        tell("too few cells"),
        tell("The row has fewer fields than the header: it broke off, or a field is lost."),
    ),
    QuarantineReason(
        "undecodable",
        tell("characters that cannot be read"),
        tell("The row has bytes or control characters that are not text in the file's encoding."),
    ),
    QuarantineReason(
        "broken_quote",
        tell("quotation marks not in pairs"),
        tell(
            "A quote opens and does not close, text follows a closing quote, or an id, form or answer "
            "goes over a line end; or the row stands between an open quote and the line that closes it, "
            "and may be part of a note."
        ),
    ),
    QuarantineReason(
        "merged_cells",
        tell("merged cells"),
        tell(
            "The id, the form or an answer is in a cell that is merged with others: whose it is cannot be"
            " told."
        ),
    ),
    QuarantineReason(
        "line_too_long",
        tell("line too long"),
        tell("The line has more than 1 MiB: only its beginning is kept, and how long it is."),
    ),
    QuarantineReason("header_repeated", tell("headings repeated"), tell("The row is the header once more.")),
    QuarantineReason(
        "totals_line",
        tell("line of totals"),
        tell(
            "The row is a sum over others: its id or first cell says รวม, จำนวน, total …, and no letter "
            "is marked."
        ),
    ),
    QuarantineReason(
        "voided_by_grader",
        tell("nobody's row, as a grader decided"),
        tell("A grader has decided that the row is nobody's: the decision is on record."),
    ),
    QuarantineReason(
        "conflicting_rows",
        tell("rows of one candidate differ"),
        tell("The candidate has rows that differ in form or marks: all are set aside."),
    ),
    QuarantineReason(
        "candidate_in_two_files",
        tell("candidate in two files"),
        tell(
            "The candidate has rows in more than one file, and they differ in form or marks: all are set "
            "aside."
        ),
    ),
    QuarantineReason(
        "sheet_of_two",
        tell("one sheet, two candidates"),
        tell(
            "Rows of one sheet are of different candidates, or one of them is nobody's or without a "
            "candidate: a copy, or one was read or decided on wrongly; or nobody knows whose the sheet is "
            "that the candidate was dealt. All are set aside until it is decided of each whose it is."
        ),
    ),
    QuarantineReason(
        "answers_wrong_length",
        tell("not as many answers as questions"),
        tell("The answer string is not as long as the form has questions; trimmed blanks cannot be proven."),
    ),
    QuarantineReason(
        "unreadable_marks",
        tell("marks not understood"),
        tell(
            "Most of what is marked is not a letter and no printed option of its question: it is not "
            "understood."
        ),
    ),
    QuarantineReason(
        "undecided_marks",
        tell("marks in doubt"),
        tell(
            "A mark of the row is `?`: a scan left it in doubt, and a person has yet to decide it. "
            "`undecided` names the questions."
        ),
    ),
    QuarantineReason(
        "unknown_question",
        tell("no such question"),
        tell("An answer stands at a question that the form does not have."),
    ),
    QuarantineReason(
        "question_repeated",
        tell("question answered twice"),
        tell(
            "One question is answered on several lines, or twice and otherwise in a result from the screen."
        ),
    ),
    QuarantineReason(
        "question_missing",
        tell("questions without an answer"),
        tell(
            "The form has questions for which the row, group of lines or result from the screen has no "
            "answer."
        ),
    ),
    QuarantineReason(
        "not_a_result",
        tell("not a result from the screen"),
        tell(
            "A file among results from the screen is none, or is damaged: what is wrong stands behind its"
            " name."
        ),
    ),
    QuarantineReason(
        "not_finished",
        tell("not submitted"),
        tell("The result from the screen is of a sitting that was not submitted, or not begun."),
    ),
    QuarantineReason(
        "unknown_choice",
        tell("no such choice"),
        tell("The result from the screen names a choice that the question does not have."),
    ),
)

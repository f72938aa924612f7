"""What the codes of quarantine.csv and unreconciled.csv mean, as a report says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from examgen.models import Bilingual
    from examgen.reports.report_parts import Words


def quarantine_words(words: Words) -> Mapping[str, Bilingual]:
    """Reason of quarantine.csv → why a row was set aside."""
    return {
        "no_candidate": words("the row names no candidate"),
        "candidate_id_damaged": words("a spreadsheet has changed the candidate number"),
        "candidate_id_too_long": words("the candidate number is too long to be one"),
        "not_on_list": words("the candidate number is on no list of candidates"),
        "form_not_known": words("no column says the form, and no list which one was dealt"),
        "unknown_form": words("the form is empty or unknown"),
        "form_not_dealt": words("the form or serial is not the one that was dealt"),
        "too_many_fields": words("more fields than the header: answers may have shifted"),
        "too_few_fields": words("fewer fields than the header: the row was cut"),
        "undecodable": words("characters that cannot be read"),
        "broken_quote": words("a quotation mark is broken"),
        "line_too_long": words("the line is too long"),
        "merged_cells": words("cells of the row are merged with others"),
        "header_repeated": words("the header once more"),
        "totals_line": words("a line of totals"),
        "voided_by_grader": words("set aside by a grader's decision, on record"),
        "conflicting_rows": words("rows of one candidate that differ"),
        "candidate_in_two_files": words("rows of one candidate in several files that differ"),
        "answers_wrong_length": words("the string of answers has another length than the form"),
        "unknown_question": words("an answer to a question that the form does not have"),
        "question_repeated": words("one question answered on several lines"),
        "question_missing": words("questions of the form without a line"),
        "unreadable_marks": words("most marks of the row could not be understood"),
        "other_form": words("the columns are those of another form than the row names"),
    }


def unreconciled_words(words: Words) -> Mapping[str, Bilingual]:
    """What of unreconciled.csv → what does not add up."""
    return {
        "missing": words("present, but there is no row"),
        "in_quarantine": words("the only rows are in quarantine"),
        "conflict": words("rows of one candidate differ: all are in quarantine"),
        "may_be_in_quarantine": words("no row, but one in quarantine may be theirs"),
        "also_in_quarantine": words("scored, and a further row is in quarantine"),
        "absent_but_scored": words("absent, but scored"),
        "absent_in_quarantine": words("absent, but a row is in quarantine"),
        "other_form": words("scored on a form that was not dealt"),
        "not_on_roster": words("has a row, but is not on the roster"),
        "row_of_nobody": words("a row in quarantine that names no candidate"),
        "room_without_rows": words("nobody of the room has a row, and it is not known who came"),
        "no_row": words("no row, and it is not known whether they came: counted as absent"),
    }


def ledger_words(words: Words) -> Mapping[str, Bilingual]:
    """Column of ledger.csv → its name."""
    return {
        "registered": words("registered"),
        "present": words("present"),
        "absent": words("absent"),
        "scored": words("scored"),
        "quarantined": words("in quarantine"),
        "missing": words("missing"),
        "status_unknown": words("attendance unknown"),
        "absent_but_scored": words("absent, but scored"),
        "absent_in_quarantine": words("absent, but a row is in quarantine"),
        "not_on_roster": words("scored, but not on the roster"),
    }

"""Statements of the cohort's report and of the committee's book on who was there and what was set aside."""

from __future__ import annotations

from collections import Counter

from tests.reports.sentences.statement import (
    COHORT,
    COMMITTEE,
    About,
    Catalogue,
    number,
)

says = Catalogue(COHORT)
both = (COHORT, COMMITTEE)

# ── is everybody accounted for? ──────────────────────────────────────────────────────────────


def _total(a: About, name: str) -> int:
    return int(a.facts.ledger[0][name] or 0)


says(
    "Rows read {read} = scored {scored} + identical repeats {repeats} + in quarantine {quarantined}",
    says=lambda a, v, at: (
        {name: number(n) for name, n in v.items()}
        == {name.removeprefix("identical_"): n for name, n in a.facts.audit["rows"].items()}
    ),
    kinds=both,
)
says(
    "No roster was given when the answers were scored: who was registered and did not come is not known.",
    when=lambda a: not a.facts.ledger,
    kinds=both,
)


def _adds_up(a: About) -> bool:
    """The two sums that are told, of every line."""
    lines = [
        {name: int(n or 0) for name, n in row.items() if name not in ("by", "name")} for row in a.facts.ledger
    ]
    return all(
        one["registered"] == one["present"] + one["absent"]
        and one["present"] == one["scored"] + one["quarantined"] + one["missing"]
        for one in lines
    )


def _unrecorded(a: About) -> int:
    """Of how many the roster does not say whether they came."""
    return _total(a, "status_unknown") if a.facts.ledger else 0


def _nobody_recorded(a: About) -> bool:
    return bool(_unrecorded(a)) and _unrecorded(a) == _total(a, "registered")


says(
    "The ledger of the sitting",
    when=lambda a: a.facts.ledger,
    says=lambda a, v, at: _adds_up(a),
    kinds=both,
)
says(
    "Registered = present + absent; present = scored + in quarantine + missing.",
    when=lambda a: a.facts.ledger and not _nobody_recorded(a),
    says=lambda a, v, at: _adds_up(a),
    kinds=both,
)
says(
    "Registered = with a row + without a row; with a row = scored + in quarantine.",
    when=_nobody_recorded,
    says=lambda a, v, at: _adds_up(a) and all(int(row["missing"]) == 0 for row in a.facts.ledger),
    kinds=both,
)
for _word in ("with a row", "without a row"):
    says(_word, when=_nobody_recorded, kinds=both)
says(
    "Nobody recorded who came: these numbers count rows of answers, not attendance.",
    when=_nobody_recorded,
    kinds=both,
)
says(
    "Nobody recorded whether {n} of the {all} registered candidates came: with a row they count as present, "
    "without one as absent.",
    "Nobody recorded whether {n} of the {all} registered candidates came: those with a row count as present, "
    "those without one as absent.",
    when=lambda a: _unrecorded(a) and not _nobody_recorded(a),
    says=lambda a, v, at: (number(v["n"]), number(v["all"])) == (_unrecorded(a), _total(a, "registered")),
    kinds=both,
)
says(
    "Rooms stand here only where somebody is in quarantine, missing, of unknown attendance, or beside these "
    "sums.",
    when=lambda a: a.facts.ledger,
)


def _sums(a: About) -> bool:
    return bool(a.facts.ledger) and a.facts.n > _total(a, "scored")


says(
    "Candidates scored {n} = {scored} + {absent} absent, but scored + {strangers} not on the roster.",
    when=_sums,
    says=lambda a, v, at: (
        [number(n) for n in v.values()]
        == [a.facts.n, *(_total(a, x) for x in ("scored", "absent_but_scored", "not_on_roster"))]
        and number(v["n"]) == sum(number(v[x]) for x in ("scored", "absent", "strangers"))
    ),
    kinds=both,
)


def _what(a: About) -> Counter[str]:
    return Counter(one["what"] for one in a.facts.unreconciled)


says(
    "{n} registered candidate has no row, and it is not known whether they came: counted as absent, they add up.",
    "{n} registered candidates have no row, and it is not known whether they came: counted as absent, they add "
    "up.",
    when=lambda a: _what(a)["no_row"],
    says=lambda a, v, at: number(v["n"]) == _what(a)["no_row"],
    kinds=both,
)
says(
    "What does not add up",
    when=lambda a: [one for one in _what(a) if one != "no_row"],
    kinds=both,
)
says("Rows in quarantine, by reason", when=lambda a: a.facts.quarantine, kinds=both)

REASONS = {
    "no_candidate": "the row names no candidate",
    "candidate_id_damaged": "a spreadsheet has changed the candidate number",
    "candidate_id_too_long": "the candidate number is too long to be one",
    "unknown_form": "the form is empty or unknown",
    "form_not_dealt": "the form or serial is not the one that was dealt",
    "too_many_fields": "more fields than the header: answers may have shifted",
    "too_few_fields": "fewer fields than the header: the row was cut",
    "undecodable": "characters that cannot be read",
    "broken_quote": "a quotation mark is broken",
    "line_too_long": "the line is too long",
    "header_repeated": "the header once more",
    "totals_line": "a line of totals",
    "voided_by_grader": "set aside by a grader's decision, on record",
    "conflicting_rows": "rows of one candidate that differ",
    "candidate_in_two_files": "rows of one candidate in several files that differ",
    "sheet_of_two": "rows of different candidates on one sheet",
    "answers_wrong_length": "the string of answers has another length than the form",
    "unknown_question": "an answer to a question that the form does not have",
    "question_repeated": "one question answered on several lines",
    "question_missing": "questions of the form without a line",
    "not_a_result": "a file that is not a result from the screen",
    "not_finished": "a sitting on screen that was not submitted",
    "unknown_choice": "a choice that the question does not have",
    "unreadable_marks": "most marks of the row could not be understood",
    "undecided_marks": "marks that a person has yet to decide",
    "not_on_list": "the candidate number is on no list of candidates",
    "form_not_known": "no column says the form, and no list which one was dealt",
    "other_form": "the columns are those of another form than the row names",
}
UNRECONCILED = {
    "missing": "present, but there is no row",
    "in_quarantine": "not scored: every row of theirs is in quarantine",
    "conflict": "not scored: their rows differ, and all are in quarantine",
    "also_in_quarantine": "scored, and a further row is in quarantine",
    "absent_but_scored": "absent, but scored",
    "absent_in_quarantine": "absent, but a row is in quarantine",
    "other_form": "scored on a form that was not dealt",
    "not_on_roster": "has a row, but is not on the roster",
    "row_of_nobody": "a row in quarantine that names no candidate",
    "may_be_in_quarantine": "no row, but one in quarantine may be theirs",
    "room_without_rows": "nobody of the room has a row, and it is not known who came",
}
HEADS = ("absent, but scored", "absent, but a row is in quarantine", "scored, but not on the roster")
"""They head columns of the ledger as well."""
says("scored, but not on the roster", when=lambda a: a.facts.ledger)
for _code, _words in REASONS.items():
    says(
        _words,
        when=lambda a, code=_code: any(one["reason"] == code for one in a.facts.quarantine),
        kinds=both,
    )
for _code, _words in UNRECONCILED.items():
    says(
        _words,
        when=lambda a, code=_code, words=_words: code in _what(a) or (words in HEADS and a.facts.ledger),
        kinds=both,
    )

"""The tables that flow between capture, scoring and reports: column names, types and meaning."""

from __future__ import annotations

RESPONSE_ROWS = {"file": str, "line": int, "candidate_id": str, "form": str}
_QUESTIONS = {
    "form": str,
    "question": int,
    "item": str,
    "unit": str,
    "element": str,
    "pc": str,
}
FORMS = {**_QUESTIONS, "options": str}
KEY = {**_QUESTIONS, "key": str, "points": int}
ANCHORS = "anchors"
"""The column of key.csv of an exam that assessors rate: the points of each option as printed, `0|1|2|3`."""
DEALT = dict.fromkeys(("candidate_id", "name", "room", "seat", "form", "serial", "base"), str)
"""Whose booklet is which: `form` as in forms.csv, `base` the form it was drawn from."""

CENTRE = "centre"
"""What a list, a roster and a run call the column of centres, which is there where any is named."""

CANDIDATES = {
    "candidate_id": str,
    "form": str,
    "score": int,
    "max_score": int,
    "percent": str,
    "decision": str,
    "answered": int,
    "blank": int,
    "multiple": int,
    "invalid": int,
}
"""`decision` is `pass`, `fail` or empty (no pass rule); the last four add up to the form's items."""

ASKED_RESULTS = (
    *("second_look", "scaled", "rank", "percentile", "t_score"),
    *("criteria_met", "met_of_asked", "met_of_all"),
)
"""Columns of candidates.csv that a blueprint may ask for: no column of an answer file has their names."""

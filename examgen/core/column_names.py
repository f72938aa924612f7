"""The tables passed between capture, scoring and reports: the names, types and meaning of their columns."""

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
"""The columns of the list of booklets: `form` as in forms.csv, `base` the form from which it was drawn."""

CENTRE = "centre"
"""The name of the column of centres in a list, a roster and a run. It is present if any centre is named."""

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
"""`decision` is `pass`, `fail` or empty (no pass rule); the last four add up to the number of items on the
form."""

ASKED_RESULTS = (
    *("second_look", "scaled", "rank", "percentile", "t_score"),
    *("criteria_met", "met_of_asked", "met_of_all"),
)
"""Columns of candidates.csv that a blueprint may request. No column of an answer file has these names."""

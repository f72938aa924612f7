"""What columns and codes of the tables of reports are called on a page; the files keep their own names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from examgen.core.words import joined, tell
from examgen.scanning.gallery.why_decided import decision_messages
from examgen.site.results.pages import FLAGS
from examgen.site.sittings.forms import KINDS
from examgen.sitting.roster import WHAT
from examgen.sitting.worklist import NAMED

HEADS = {
    "accuracy": tell("decision accuracy"),
    "absent": tell("absent"),
    "absent_but_scored": tell("absent, but scored"),
    "absent_in_quarantine": tell("absent, but a row is set aside"),
    "administration": tell("administration"),
    "administrations": tell("administrations"),
    "administrations_since": tell("administrations since then"),
    "answered": tell("answered"),
    "below_percent": tell("below (percent)"),
    "below_points": tell("below (points)"),
    "to_points": tell("to (points)"),
    "blank": tell("left blank"),
    "by": tell("counted by"),
    "candidate_id": tell("candidate number"),
    "candidates": tell("number of candidates"),
    "candidates_with_blank": tell("candidates with blanks"),
    "candidates_with_invalid": tell("candidates with marks not understood"),
    "candidates_with_multiple": tell("candidates with multiple marks"),
    "centre": tell("centre"),
    "change": tell("change of the points"),
    "code": tell("code"),
    "consistency": tell("decision consistency"),
    "criteria": tell("criteria"),
    "cut": tell("cut score"),
    "cut_points": tell("cut score (points)"),
    "date": tell("date"),
    "days_since": tell("days since then"),
    "decision": tell("decision"),
    "decision_after": tell("decision after"),
    "decision_before": tell("decision before"),
    "distance": tell("distance from the cut"),
    "element": tell("element"),
    "facility": tell("facility"),
    "fail_again": tell("would not pass again"),
    "false_fail": tell("should have passed"),
    "false_pass": tell("should not have passed"),
    "file": tell("file"),
    "flags": tell("what to check"),
    "form": tell("form"),
    "forms": tell("forms used"),
    "from_percent": tell("from (percent)"),
    "from_points": tell("from (points)"),
    "from_rank": tell("from place"),
    "greatest_percent": tell("highest score (percent)"),
    "high": tell("interval, upper end"),
    "insufficient": tell("too few items"),
    "invalid": tell("marks not understood"),
    "item": tell("item"),
    "item_rest": tell("item–rest correlation"),
    "items": tell("number of items"),
    "judged": tell("judgeable"),
    "kappa": tell("kappa"),
    "key": tell("key"),
    "kind": tell("kind"),
    "last": tell("last administration"),
    "least_items": tell("fewest items"),
    "least_percent": tell("lowest score (percent)"),
    "level": tell("level"),
    "line": tell("line"),
    "low": tell("interval, lower end"),
    "marks": tell("remarks"),
    "max_points": tell("full points"),
    "max_score": tell("full score"),
    "max_score_after": tell("full score after"),
    "max_score_before": tell("full score before"),
    "mean_difference": tell("difference of the means"),
    "mean_high": tell("mean, upper end"),
    "mean_low": tell("mean, lower end"),
    "mean_percent": tell("mean score (percent)"),
    "median_percent": tell("median score (percent)"),
    "met": tell("met"),
    "met_of_all": tell("met, of all criteria (percent)"),
    "met_of_asked": tell("met, of the criteria asked (percent)"),
    "missing": tell("missing"),
    "most_items": tell("most items"),
    "multiple": tell("multiple marks"),
    "n": tell("number"),
    "name": tell("name"),
    "named": tell("named"),
    "not_on_roster": tell("not on the list"),
    "other": tell("other form"),
    "part": tell("part of the standard"),
    "pass_again": tell("would pass again"),
    "pass_rate": tell("pass rate"),
    "pass_rate_high": tell("pass rate, upper end"),
    "pass_rate_low": tell("pass rate, lower end"),
    "passed": tell("number who passed"),
    "passed_high": tell("pass rate, upper end"),
    "passed_low": tell("pass rate, lower end"),
    "passed_n": tell("number who passed"),
    "passed_of": tell("out of"),
    "passed_share": tell("pass rate"),
    "pc": tell("criterion"),
    "percent": tell("percent"),
    "places": tell("where it applies"),
    "present": tell("present at the exam"),
    "quarantined": tell("set aside"),
    "question": tell("question"),
    "questions": tell("answers possible"),
    "rate_difference": tell("difference of the pass rates"),
    "rate_high": tell("difference, upper end"),
    "rate_low": tell("difference, lower end"),
    "reason": tell("reason"),
    "registered": tell("registered"),
    "room": tell("room"),
    "rows": tell("number of rows"),
    "run": tell("run"),
    "score": tell("score"),
    "score_after": tell("score after"),
    "score_before": tell("score before"),
    "scored": tell("scored"),
    "sd_percent": tell("standard deviation (percent)"),
    "second_look": tell("second look"),
    "sem_points": tell("SEM (points)"),
    "share": tell("proportion"),
    "signal": tell("signal"),
    "status_unknown": tell("attendance not recorded"),
    "text": tell("text"),
    "title": tell("title"),
    "to_percent": tell("up to (percent)"),
    "to_rank": tell("to place"),
    "undecided": tell("undecided"),
    "unit": tell("unit"),
    "verdict": tell("against the funnel"),
    "what": tell("attendance status"),
    "why": tell("part not met"),
    "why_percent": tell("asked there (percent)"),
    "why_place": tell("first place not met"),
}
"""Of a column."""
TABLES = {
    "summary": tell("summary"),
    "distribution": tell("distribution of scores"),
    "heat_map": tell("criteria by bands of scores"),
    "candidates_by_criteria": tell("candidates by criteria"),
    "strips": tell("candidates in order of scores"),
    "criteria": tell("results by criterion"),
    "near_the_cut": tell("near the cut score"),
    "marks": tell("marks by form"),
    "blanks": tell("answers left blank"),
    "quarantine_reasons": tell("why rows were not scored"),
    "unreconciled_counts": tell("discrepancies"),
    "ledger": tell("attendance check"),
    "no_result": tell("candidates without a result"),
    "not_used": tell("rows not used by decision"),
    "centres": tell("results by centre"),
    "funnel_limits": tell("limits of the funnel"),
    "forms": tell("results by form"),
    "form_differences": tell("differences between forms"),
    "standard": tell("coverage of the standard"),
    "not_asked_since": tell("criteria not asked for a long time"),
    "asked": tell("items asked by criterion"),
    "administrations": tell("list of administrations"),
    "list": tell("list of candidates"),
    "corrections": tell("corrections of the key"),
    "by_corrections": tell("candidates affected only by the corrections"),
    "persons": tell("decisions on candidates"),
    "left_out": tell("deliberately left out"),
    "decided": tell("decisions on rows"),
    "moved": tell("candidates whose result changed"),
    "signals": tell("integrity signals"),
    "items": tell("items to review"),
    "repeated": tell("results on a repeated exam"),
    "accounted": tell("outcome of every candidate"),
    "content": tell("items by criterion and level"),
    "dif": tell("items with differential functioning"),
}
"""Of a table."""
ALL_ITEMS = tell("all items, those to review first")
"""Of the table of items that leaves none out."""
VALUES = {
    **NAMED,
    **WHAT,
    **FLAGS,
    **KINDS,
    "pass": tell("pass"),
    "fail": tell("fail"),
    "void": tell("not used"),
    "met": tell("met"),
    "not_met": tell("not met"),
    "insufficient": tell("too few items"),
    "undecided": tell("undecided"),
    "not_assessed": tell("not assessed"),
    "yes": tell("yes"),
    "no": tell("no"),
    "unit": tell("unit"),
    "element": tell("element"),
    "pc": tell("criterion"),
    "all": tell("all"),
    "total": tell("in all"),
    "room": tell("room"),
    "form": tell("form"),
    "within": tell("within the limits"),
    "below-95": tell("below the limits of 95 %"),
    "above-95": tell("above the limits of 95 %"),
    "below-99.8": tell("below the limits of 99.8 %"),
    "above-99.8": tell("above the limits of 99.8 %"),
    "small": tell("fewer than 10 candidates"),
    "second_look": tell("second look"),
    "signal": tell("integrity signal"),
    "synthetic": tell("synthetic candidate"),
    "criteria": tell("criteria"),
    "elements": tell("elements"),
    "units": tell("units"),
    "at_least": tell("number of them"),
    "blank": tell("no answers"),
    "corrections": tell("corrections"),
    "decisions": tell("decisions on rows"),
    "roster": tell("roster"),
    "scaled": tell("conversion to scaled scores"),
    "cut": tell("cut score from a file"),
    "answers": tell("answer files"),
    "candidates": tell("candidates who were scored"),
}
"""Of a code in a cell."""


BY = {"corrections": tell("decided by"), "decided": tell("decided by")}
"""Of the column `by`, in tables in which it is somebody."""


def head(table: str, name: str) -> str:
    """A column as people call it; one that has a form or a place of the standard in its name keeps that."""
    if name == "by" and table in BY:
        return BY[table]
    place, _, what = name.partition(" ")
    if what in HEADS:
        return tell("{place}: {what}", place=place, what=HEADS[what])
    if name in HEADS:
        return HEADS[name]
    if name.startswith("asked_"):
        return tell("asked on {form}", form=name.removeprefix("asked_"))
    if name.startswith("items_"):
        return tell("items on {form}", form=name.removeprefix("items_"))
    return name


_NAMES = {"name", "candidate_id", "text", "title", "room", "centre", "form", "file", "named"}
"""Columns whose cells are what somebody wrote: none is a code."""


def cells(heads: Sequence[str], row: Sequence[str], decided: Mapping[str, str] | None = None) -> list[str]:
    """A row with its codes as words, and with the sentences of what was decided (`decided_by_text`)."""
    return [_cell(name, cell, decided or {}) for name, cell in zip(heads, row, strict=False)]


def decided_by_text(audit: Mapping[str, Any]) -> dict[str, str]:
    """What was decided on rows of a run, and why: messages by the English that tables of reports have."""
    decided = map(decision_messages, audit.get("decided") or ())
    return {str(one[name]): one[name] for one in decided for name in _SENTENCES}


_SENTENCES = ("decision", "reason")


def _cell(name: str, cell: str, decided: Mapping[str, str]) -> str:
    if name in _NAMES:
        return cell
    if name in _SENTENCES and cell in decided:
        return decided[cell]
    codes = cell.split(" ")
    return joined(VALUES[one] for one in codes) if all(one in VALUES for one in codes) else cell

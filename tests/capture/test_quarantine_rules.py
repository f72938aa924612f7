"""Each rule of a reason holds of a row among good ones, and so does that of a reason that is added."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from examgen.capture import reasons
from examgen.capture.answer_layout import AnswerLayout, assignment_of, closed
from examgen.capture.files import recognise
from examgen.capture.parts import read_file
from examgen.capture.reasons import QUARANTINE_REASONS, QuarantineReason, candidates_that
from examgen.capture.rows import Flags, NamedRows, ReadingContext
from examgen.core.responses.rows import Marks
from examgen.core.words import tell

N_GOOD = 200
DEALT = assignment_of([("007", "A", "S1"), ("008", "B", "S2")])
PLAIN = AnswerLayout({"A": (4,) * 4, "B": (4,) * 4})
LISTED = PLAIN._replace(assignment=closed(DEALT, [b"%05d" % n for n in range(N_GOOD)]))
HEAD = "candidate_id,form,Q1,Q2,Q3,Q4\n"
BY_LIST = "candidate_id,Q1,Q2,Q3,Q4\n"

CASES: Mapping[str, tuple[str, str, AnswerLayout]] = {
    "header_repeated": (HEAD, HEAD.strip(), PLAIN),
    "too_many_fields": (HEAD, "9,A,A,B,C,D,A", PLAIN),
    "too_few_fields": (HEAD, "9,A,A,B,C", PLAIN),
    "undecodable": (HEAD, "9\ufffd,A,A,B,C,D", PLAIN),
    "no_candidate": (HEAD, "-,A,A,B,C,D", PLAIN),
    "broken_quote": (HEAD, '9,A,A,"B,C,D', PLAIN),
    "totals_line": (HEAD, "total,A,,,,", PLAIN),
    "candidate_id_too_long": (HEAD, f"{'9' * 129},A,A,B,C,D", PLAIN),
    "candidate_id_damaged": (HEAD, "1.1E+12,A,A,B,C,D", PLAIN),
    "not_on_list": (HEAD, "99999,A,A,B,C,D", LISTED),
    "unknown_form": (HEAD, "9,Z,A,B,C,D", PLAIN),
    "form_not_known": (BY_LIST, "9,A,B,C,D", PLAIN._replace(assignment=DEALT)),
    "form_not_dealt": (HEAD, "007,B,A,B,C,D", PLAIN._replace(assignment=DEALT)),
    "unreadable_marks": (HEAD, "9,A,X,X,X,D", PLAIN),
    "undecided_marks": (HEAD, "9,A,?,B,C,D", PLAIN),
}
"""Reason → header, a line of which it holds, and the layout; a file of text can show it."""
NOT_IN_TEXT = {"merged_cells", "other_form"}
"""Those of workbooks, and of headings in words."""


def read(path: Path, head: str, bad: str, layout: AnswerLayout) -> dict[str, str]:
    """The candidates of a file of good rows and a bad one, with why they were set aside."""
    is_listed = head == BY_LIST
    good = ("007" if is_listed else f"{n:05d}" for n in range(N_GOOD))
    rows = [f"{who},{'' if is_listed else 'A,'}{'ABCD'[n % 4]},B,C,D\n" for n, who in enumerate(good)]
    path.write_text(head + "".join(rows[:100]) + bad + "\n" + "".join(rows[100:]), "utf-8")
    file = recognise(0, path, layout)
    found: dict[str, str] = {}
    n_scored = 0
    for chunk in read_file(file, layout):
        n_scored += len(chunk.rows)
        found.update((row.candidate_id or "", row.reason) for row in chunk.set_aside)
    assert n_scored + len(found) == N_GOOD + 1
    return found


def test_every_reason_with_a_rule_has_its_case() -> None:
    ruled = {one.code for one in QUARANTINE_REASONS if one.record or one.line or one.identity or one.marks}
    assert ruled == CASES.keys() | NOT_IN_TEXT


@pytest.mark.parametrize("code", CASES)
def test_a_reason_holds(code: str, tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", *CASES[code])
    assert list(found.values()) == [code]


# ── a reason that is added ───────────────────────────────────────────────────────────────────


PRACTICE = QuarantineReason("practice", tell("practice row"), tell("A row of practice."), "practice")


def begin_with_99(named: NamedRows) -> Flags:
    return np.array([cell == "99001" for cell in named.rows.column(0)])


def are_alike(marks: Marks, _: ReadingContext) -> Flags:
    return np.asarray((marks == marks[:, :1]).all(axis=1))


ADDED = {
    "a line": PRACTICE._replace(line=begin_with_99),
    "an id": PRACTICE._replace(identity=candidates_that(lambda candidate: candidate.startswith("99"))),
    "marks": PRACTICE._replace(marks=are_alike),
}


@pytest.mark.parametrize("what", ADDED)
def test_a_reason_that_is_added_holds(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "QUARANTINE_REASONS", (*QUARANTINE_REASONS, ADDED[what]))
    found = read(tmp_path / "a.csv", HEAD, "99001,A,B,B,B,B", PLAIN)
    assert found == {"99001": "practice"}


def test_without_the_reason_the_row_is_scored(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", HEAD, "99001,A,B,B,B,B", PLAIN) == {}

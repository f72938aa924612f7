"""Each rule of a reason holds on both paths: of rows whose bytes prove well formed, and of rows read with care."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from examgen.capture import reasons
from examgen.capture.answer_layout import AnswerLayout, assignment_of, closed
from examgen.capture.columns import AnswerColumns
from examgen.capture.fast import proof
from examgen.capture.files import parts_of, recognise
from examgen.capture.parts import read_part
from examgen.capture.reasons import (
    QUARANTINE_REASONS,
    IdentityRule,
    LineRule,
    NamedRecord,
    QuarantineReason,
    RowRule,
    every_row,
    rules_of,
)
from examgen.capture.rows import AnswerRow, ReadingContext
from examgen.core.responses.rows import Batch, Ints
from examgen.core.words import tell

N_GOOD = 200
"""More rows than are read one by one without a proof."""
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
"""Those of workbooks, and of headings in words: of such tables no row is ever proven."""


def read(path: Path, head: str, bad: str, layout: AnswerLayout, *, careful: bool) -> dict[str, str]:
    """The candidates of a file of good rows and a bad one, with why they were set aside."""
    is_listed = head == BY_LIST
    good = ("007" if is_listed else f"{n:05d}" for n in range(N_GOOD))
    rows = [f"{who},{'' if is_listed else 'A,'}{'ABCD'[n % 4]},B,C,D\n" for n, who in enumerate(good)]
    path.write_text(head + "".join(rows[:100]) + bad + "\n" + "".join(rows[100:]), "utf-8")
    file = recognise(0, path, layout)
    found: dict[str, str] = {}
    n_scored = 0
    for chunk in read_part(file, parts_of(file, 1)[0], layout, careful=careful):
        n_scored += 0 if chunk.batch is None else chunk.batch.size
        found.update((row.candidate_id or "", row.reason) for row in chunk.set_aside)
    assert n_scored + len(found) == N_GOOD + 1
    return found


def test_every_reason_with_a_rule_has_its_case() -> None:
    ruled = {one.code for one in QUARANTINE_REASONS if one.line or one.identity or one.row}
    assert ruled == CASES.keys() | NOT_IN_TEXT


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("code", CASES)
def test_a_reason_holds_on_both_paths(code: str, careful: bool, tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", *CASES[code], careful=careful)
    assert list(found.values()) == [code]


# ── a reason that is added ───────────────────────────────────────────────────────────────────


PRACTICE = QuarantineReason("practice", tell("practice row"), tell("A row of practice."), "practice")


def is_practice(one: NamedRecord) -> bool:
    return one.candidate.startswith("99")


def are_alike(row: AnswerRow, _: ReadingContext) -> bool:
    return len(set(row.marks)) == 1


def begins_with_99(batch: Batch, _: AnswerColumns) -> Ints:
    return np.flatnonzero(np.char.startswith(batch.ids, b"99"))


def all_alike(batch: Batch, _: AnswerColumns) -> Ints:
    return np.flatnonzero((batch.marks == batch.marks[:, :1]).all(axis=1))


ADDED = {
    "a line, without a proof": PRACTICE._replace(
        line=LineRule(lambda record, _: record.fields[0] == "99001")
    ),
    "an id, without a proof": PRACTICE._replace(identity=IdentityRule(is_practice)),
    "an id, with one": PRACTICE._replace(identity=IdentityRule(is_practice, begins_with_99)),
    "marks, without a proof": PRACTICE._replace(row=RowRule(are_alike)),
    "marks, with one": PRACTICE._replace(row=RowRule(are_alike, all_alike)),
}


@pytest.fixture(params=ADDED)
def added(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> QuarantineReason:
    """A reason of a row that every other rule takes, and whose bytes prove well formed."""
    reason = ADDED[request.param]
    monkeypatch.setattr(reasons, "RULES", rules_of((*QUARANTINE_REASONS, reason)))
    return reason


@pytest.mark.parametrize("careful", [False, True])
def test_a_reason_that_is_added_holds_on_both_paths(
    added: QuarantineReason, careful: bool, tmp_path: Path
) -> None:
    found = read(tmp_path / "a.csv", HEAD, "99001,A,B,B,B,B", PLAIN, careful=careful)
    assert found == {"99001": "practice"}


def test_without_the_reason_the_row_is_scored(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", HEAD, "99001,A,B,B,B,B", PLAIN, careful=False) == {}


def test_without_a_proof_no_row_is_proven(added: QuarantineReason, tmp_path: Path) -> None:
    rule = added.line or added.identity or added.row
    assert rule is not None
    assert reasons.proof_suffices() is (rule.may_hold is not every_row)


def test_no_rule_of_the_house_asks_every_row() -> None:
    """As plain rows were then read one by one, ten times as slowly."""
    assert reasons.proof_suffices()
    assert proof.rows_of_totals in reasons.RULES.suspects

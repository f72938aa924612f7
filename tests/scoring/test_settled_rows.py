"""Rows held against others of their candidate, where forms have different numbers of questions."""

from __future__ import annotations

from pathlib import Path

from examgen.core.models.decisions import Judgement
from examgen.scoring.options import ScoringOptions
from examgen.scoring.score import score
from tests.scoring.small_exams import write_package
from tests.scoring.test_score import CRITERIA, key_table
from tests.sittings import DECISION, table, write_table

KEY = key_table(
    [
        ("A", "E1.1", "A", 1),
        ("A", "E1.1", "B", 1),
        ("A", "E1.2", "C", 1),
        ("B", "E1.1", "A", 1),
        ("B", "E1.2", "B", 1),
    ]
)
HEAD = ["candidate_id", "form", "Q1", "Q2", "Q3"]


def test_a_row_of_the_shorter_form_is_held_against_one_that_was_given_to_somebody_else(
    tmp_path: Path,
) -> None:
    """Line 2 is 1's as it was read and 7's by decision; line 3 says 1, too, and nowhere differs from it."""
    write_package(tmp_path / "exam", KEY, CRITERIA, Judgement(), None, 4)
    rows = [["1", "B", "A", "?", ""], ["1", "B", "A", "B", ""], ["2", "A", "A", "B", "C"]]
    answers = write_table(tmp_path / "a.csv", rows, HEAD)
    decided = write_table(
        tmp_path / "who.csv", [["a.csv", "2", "7", "", "seen", "b", "2026-11-20"]], DECISION
    )
    wanted = ScoringOptions(identities=(decided,), signals=False, processes=1)
    score(tmp_path / "exam", [answers], tmp_path / "out", options=wanted)
    aside = {row["line"]: row["reason"] for row in table(tmp_path / "out/quarantine.csv")}
    assert aside == {"2": "undecided_marks", "3": "sheet_of_two"}
    assert [row["candidate_id"] for row in table(tmp_path / "out/candidates.csv")] == ["2"]

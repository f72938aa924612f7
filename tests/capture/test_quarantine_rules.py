"""A reason that is added holds of a row among good ones; those that there are, tests/guards/test_quarantine.py asks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from examgen.capture import quarantine_reasons
from examgen.capture.answer_files import recognise
from examgen.capture.answer_layout import AnswerLayout
from examgen.capture.file_chunks import read_file
from examgen.capture.quarantine_reasons import QUARANTINE_REASONS, QuarantineReason, candidates_that
from examgen.capture.rows import Flags, NamedRows, ReadingContext
from examgen.core.responses.rows import Marks
from examgen.core.words import tell

N_GOOD = 200
PLAIN = AnswerLayout({"A": (4,) * 4, "B": (4,) * 4})
HEAD = "candidate_id,form,Q1,Q2,Q3,Q4\n"


def read(path: Path, head: str, bad: str, layout: AnswerLayout) -> dict[str, str]:
    """The candidates of a file of good rows and a bad one, with why they were set aside."""
    rows = [f"{n:05d},A,{'ABCD'[n % 4]},B,C,D\n" for n in range(N_GOOD)]
    path.write_text(head + "".join(rows[:100]) + bad + "\n" + "".join(rows[100:]), "utf-8")
    file = recognise(0, path, layout)
    found: dict[str, str] = {}
    n_scored = 0
    for chunk in read_file(file, layout):
        n_scored += len(chunk.rows)
        found.update((row.candidate_id or "", row.reason) for row in chunk.set_aside)
    assert n_scored + len(found) == N_GOOD + 1
    return found


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
    monkeypatch.setattr(quarantine_reasons, "QUARANTINE_REASONS", (*QUARANTINE_REASONS, ADDED[what]))
    found = read(tmp_path / "a.csv", HEAD, "99001,A,B,B,B,B", PLAIN)
    assert found == {"99001": "practice"}


def test_without_the_reason_the_row_is_scored(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", HEAD, "99001,A,B,B,B,B", PLAIN) == {}

"""Synthetic answer files: they say so, they read back, and their dirt is of every kind."""

from __future__ import annotations

import csv
import io

import numpy as np

from examgen.capture.answer_layout import AnswerLayout
from examgen.scoring.synthetic import DIRTY_KINDS, dirty, synthetic_csv
from tests.settled import read_answers

LAYOUT = AnswerLayout({"A": (4,) * 10, "B": (4,) * 10})
N = 60
MARKS = np.array(
    [[1 << (i * 7 + k) % 4 if (i + k) % 9 else 0 for k in range(10)] for i in range(N)], dtype=np.uint8
)
FORMS = ["AB"[i % 2] for i in range(N)]


def test_every_row_says_that_it_is_synthetic() -> None:
    rows = list(csv.DictReader(io.StringIO(synthetic_csv(FORMS, MARKS))))
    assert [row["candidate_id"] for row in rows[:2]] == ["SYN-00001", "SYN-00002"]
    assert {row["synthetic"] for row in rows} == {"yes"}
    assert list(rows[0])[:3] == ["candidate_id", "form", "Q1"]


def test_what_is_written_is_read_back() -> None:
    found = read_answers([("s.csv", synthetic_csv(FORMS, MARKS).encode())], LAYOUT)
    assert found.rows["form"].to_list() == FORMS
    assert (found.marks == MARKS).all()


def test_multiple_marks_are_written_as_letters() -> None:
    assert synthetic_csv(["A"], np.array([[5, 0]], dtype=np.uint8)).splitlines()[1] == "SYN-00001,A,AC,,yes"


def test_dirt_of_every_kind_is_found_and_nothing_else_changes() -> None:
    n = 2 * len(DIRTY_KINDS)
    text = dirty(synthetic_csv(FORMS, MARKS), n, seed=3)
    found = read_answers([("s.csv", text.encode())], LAYOUT)
    assert found.rows_read == found.rows.height + found.identical_repeats + found.quarantine.height == N + 6
    assert found.identical_repeats == 2
    counts = dict(found.quarantine["reason"].value_counts().iter_rows())
    assert counts == {
        "conflicting_rows": 4, "no_candidate": 2, "unknown_form": 2, "too_few_fields": 2,
        "too_many_fields": 2, "header_repeated": 2,
    }  # fmt: skip
    place = [int(candidate[4:]) - 1 for candidate in found.rows["candidate_id"]]
    changed = (found.marks != MARKS[place]).any(axis=1)
    assert changed.sum() <= 6
    assert {5, 10, 128} & set(found.marks[changed].flatten().tolist())


def test_dirt_is_the_same_for_a_seed_and_different_for_another() -> None:
    text = synthetic_csv(FORMS, MARKS)
    assert dirty(text, 12, 1) == dirty(text, 12, 1) != dirty(text, 12, 2)
    assert dirty(text, 0, 1) == text


def test_more_dirt_than_rows_and_the_smallest_exam() -> None:
    text = synthetic_csv(["A"] * 12, np.ones((12, 1), dtype=np.uint8))
    found = read_answers([("s.csv", dirty(text, 500, 1).encode())], AnswerLayout({"A": (2,)}))
    assert found.rows_read >= 12
    assert found.quarantine.height > 5


def test_nobody_sat() -> None:
    text = synthetic_csv([], np.zeros((0, 3), dtype=np.uint8))
    assert text == "candidate_id,form,Q1,Q2,Q3,synthetic\n"
    assert dirty(text, 5, 1) == text

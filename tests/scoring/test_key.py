"""The key against what was printed: every fault at once, each with its line."""

from __future__ import annotations

from typing import Any

import pytest

from examgen.core.models.scoring import ScoringRule
from examgen.core.problems import Problem, Refused
from examgen.scoring.key import compile_key, letters_mask
from tests.scoring.sat_exams import columns

CRITERIA = [("U", "E1", "E1.1"), ("U", "E1", "E1.2")]
GOOD: list[dict[str, Any]] = [
    {"form": form, "question": n, "item": f"i{n}", "unit": "U", "element": "E1", "pc": "E1.1", "key": "B", "points": 1}
    for form in "AB"
    for n in (1, 2, 3)
]  # fmt: skip
PRINTED = {"A": (4, 4, 4), "B": (4, 4, 4)}


def faults(changes: dict[int, dict[str, Any]], printed: Any = None) -> list[Problem]:
    rows = [{**row, **changes.get(n, {})} for n, row in enumerate(GOOD)]
    with pytest.raises(Refused) as caught:
        compile_key(columns(rows), PRINTED if printed is None else printed, CRITERIA)
    return list(caught.value.problems)


def test_all_faults_are_told_at_once_with_their_lines() -> None:
    changes: dict[int, dict[str, Any]] = {
        0: {"key": "X", "points": -1},
        1: {"unit": "V"},
        2: {"pc": "E9.9"},
        3: {"form": "Z"},
        4: {"points": None},
        5: {"key": "AC"},
    }
    found = [(problem.source, problem.code) for problem in faults(changes)]
    assert found == [
        ("key.csv:2", "key-not-a-letter"), ("key.csv:2", "points-not-a-number"),
        ("key.csv:3", "unknown-criterion"), ("key.csv:4", "unknown-criterion"),
        ("key.csv:6", "points-not-a-number"), ("key.csv:7", "key-not-a-letter"), ("key.csv:5", "form-not-printed"),
        ("key.csv", "form-of-other-length"), ("key.csv", "questions-not-in-order"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "codes"),
    [
        ({**PRINTED, "C": (4,)}, ["form-without-key"]),
        ({"A": (4, 4, 4)}, ["form-not-printed"]),
        ({**PRINTED, "B": (4, 4)}, ["form-of-other-length"]),
        ({"A": (4, 4, 1), "B": (4, 4, 4)}, ["key-not-an-option"]),
    ],
)
def test_a_key_of_other_papers_is_refused(printed: dict[str, tuple[int, ...]], codes: list[str]) -> None:
    assert [problem.code for problem in faults({}, printed)] == codes


def test_the_letter_that_was_not_printed_is_named() -> None:
    (problem,) = faults({}, {"A": (4, 4, 4), "B": (4, 4, 1)})
    assert problem.source == "key.csv:7"
    assert "question 3 of form B" in problem.message


def test_forms_are_numbered_as_they_were_printed_and_cells_may_be_texts() -> None:
    rows = [{**row, "question": str(row["question"]), "points": str(row["points"])} for row in GOOD]
    key = compile_key(columns(rows), {"B": (4, 4, 4), "A": (4, 4, 4)}, CRITERIA)
    assert key.names == ("B", "A")
    assert (key.max_total // key.unit).tolist() == [3, 3]


def test_points_too_many_to_count_are_refused() -> None:
    rows = [{**row, "points": 2**30} for row in GOOD]
    with pytest.raises(Refused, match="too many"):
        compile_key(columns(rows), PRINTED, CRITERIA, ScoringRule(wrong="1/97"))


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        compile_key(columns([]), PRINTED, CRITERIA)
    assert [problem.code for problem in caught.value.problems] == ["empty-key"]


@pytest.mark.parametrize(
    ("text", "mask"), [("A", 1), ("A|C", 5), ("C|A", 5), ("AC", None), ("", None), ("a", None), (None, None)]
)
def test_letters_of_a_key(text: object, mask: int | None) -> None:
    assert letters_mask(text) == mask

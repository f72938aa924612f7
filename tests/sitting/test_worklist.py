"""Rows that a scoring set aside: which decisions of a gallery leave nothing of them open."""

from __future__ import annotations

import pytest

from examgen.sitting.worklist import Aside, Decided, settles

OWN, OTHER, NOBODY = (
    {"candidate_id": who, "action": action} for who, action in (("7", ""), ("8", ""), ("", "void"))
)


@pytest.mark.parametrize(
    ("reason", "said", "is_settled"),
    [
        ("sheet_of_two", OWN, True),
        ("sheet_of_two", OTHER, True),
        ("conflicting_rows", OWN, False),
        ("conflicting_rows", OTHER, True),
        ("candidate_in_two_files", NOBODY, True),
    ],
)
def test_whose_a_row_is_settles_conflicts(reason: str, said: dict[str, str], is_settled: bool) -> None:
    row = Aside(1, "a.csv", "a.csv", 2, "7", reason, "7,A,B", ())
    marked = Decided("mark", "a.csv", 2, {"question": "1", "answer": "B"}, "")
    assert settles([marked, Decided("identity", "a.csv", 2, said, "")], row) is is_settled
    assert not settles([marked], row)

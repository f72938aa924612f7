"""Scores of small exams, every figure worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from examgen.core.column_names import CANDIDATES, KEY
from examgen.core.models.decisions import Judgement, PassRule
from examgen.core.problems import Refused
from examgen.core.responses.rows import INVALID
from examgen.scoring import earn as scoring_points
from tests.scoring.small_exams import Sat, Scores, score

CRITERIA = [("U", "E1", "E1.1"), ("U", "E1", "E1.2"), ("U", "E2", "E2.1"), ("U", "E2", "E2.2")]
A, B, C, D = 1, 2, 4, 8


def key_table(rows: Sequence[tuple[str, str, str, int]], unit: str = "U") -> pl.DataFrame:
    """A key from (form, PC, key, points), questions numbered as they come."""
    numbers: dict[str, int] = {}
    full = []
    for form, pc, key, points in rows:
        numbers[form] = numbers.get(form, 0) + 1
        full.append((form, numbers[form], f"i{len(full)}", unit, pc.split(".")[0], pc, key, points))
    return pl.DataFrame(full, schema=KEY, orient="row")


KEY_AB = key_table(
    [
        *(("A", "E1.1", "A", 1), ("A", "E1.1", "B", 1), ("A", "E1.1", "A|C", 1), ("A", "E1.2", "D", 2)),
        *(("B", "E1.1", "B", 1), ("B", "E2.1", "C", 1), ("B", "E2.1", "C", 1), ("B", "E2.1", "C", 1)),
    ]
)
SAT: list[Sat] = [
    ("1", "B", [B, C, A, C]),
    ("2", "A", [A, B, A, D]),
    ("3", "A", [A | B, 0, C, INVALID]),
    ("4", "A", [A, A, A | C, D]),
]


def scored(rule: PassRule | None = None, **judgement: Any) -> Scores:
    return score(SAT, KEY_AB, CRITERIA, Judgement(**judgement), rule, {"room": ["x", "=1+1", "", "y"]})


def test_candidates() -> None:
    assert scored().candidates.rows() == [
        ("1", "B", 3, 4, "75.00", None, 4, 0, 0, 0, "x"),
        ("2", "A", 5, 5, "100.00", None, 4, 0, 0, 0, "=1+1"),
        ("3", "A", 1, 5, "20.00", None, 1, 1, 1, 1, ""),
        ("4", "A", 3, 5, "60.00", None, 3, 0, 1, 0, "y"),
    ]
    assert scored().candidates.columns == [*CANDIDATES, "room"]


def test_pc_results() -> None:
    table = scored().pc_results
    assert table.columns[:5] == ["candidate_id", "form", "E1.1_correct", "E1.1_percent", "E1.1_status"]
    assert len(table.columns) == 2 + 3 * len(CRITERIA)
    none = (None, None, "not_assessed")
    assert table.rows() == [
        ("1", "B", 1, "100.00", "insufficient", *none, 2, "66.67", "met", *none),
        ("2", "A", 3, "100.00", "met", 2, "100.00", "insufficient", *none, *none),
        ("3", "A", 1, "33.33", "not_met", 0, "0.00", "insufficient", *none, *none),
        ("4", "A", 1, "33.33", "not_met", 2, "100.00", "insufficient", *none, *none),
    ]


def test_pc_coverage() -> None:
    table = scored().pc_coverage
    assert table.columns[3:6] == ["items_A", "items_B", "candidates"]
    # E1.1: the mean of 100, 100, 33.33… and 33.33… per cent
    assert table.rows() == [
        ("U", "E1", "E1.1", 3, 1, 4, "66.67", 1, 2, 1),
        ("U", "E1", "E1.2", 1, 0, 3, "66.67", 0, 0, 3),
        ("U", "E2", "E2.1", 0, 3, 1, "66.67", 1, 0, 0),
        ("U", "E2", "E2.2", 0, 0, 0, None, 0, 0, 0),
    ]


@pytest.mark.parametrize(("min_items", "status"), [(3, "met"), (4, "insufficient")])
def test_too_few_items_are_never_met(min_items: int, status: str) -> None:
    assert scored(min_items=min_items).pc_results["E1.1_status"][1] == status


@pytest.mark.parametrize(
    ("percent", "status"), [("66.66", "met"), ("66.67", "not_met"), ("66.6666666666666666667", "not_met")]
)
def test_the_judgement_is_exact(percent: str, status: str) -> None:
    assert scored(percent=Decimal(percent)).pc_results["E2.1_status"][0] == status


@pytest.mark.parametrize(
    ("rule", "decisions"),
    [
        (PassRule(percent=60), ["pass", "pass", "fail", "pass"]),
        (PassRule(percent=75), ["pass", "pass", "fail", "fail"]),
        (PassRule(percent=Decimal("75.01")), ["fail", "pass", "fail", "fail"]),
        (PassRule(percent=0), ["pass"] * 4),
        (PassRule(cut=3, reason="r"), ["pass", "pass", "fail", "pass"]),
        (PassRule(cut=3, reason="r", percent=70), ["pass", "pass", "fail", "fail"]),
        (PassRule(criteria={"all": 50}), ["pass", "pass", "fail", "fail"]),
        (PassRule(criteria={"E1.*": 30}), ["pass", "pass", "fail", "pass"]),
        (PassRule(criteria={"E1.1": Decimal("33.34")}), ["pass", "pass", "fail", "fail"]),
        (PassRule(criteria={"E2.1": 100}), ["fail", "pass", "pass", "pass"]),
        (PassRule(criteria={"all": 0, "E1.2": 100}, percent=50), ["pass", "pass", "fail", "pass"]),
    ],
)
def test_every_part_of_the_pass_rule_must_hold(rule: PassRule, decisions: list[str]) -> None:
    found = scored(rule=rule)
    assert found.candidates["decision"].to_list() == decisions
    counted = {"pass": decisions.count("pass"), "fail": decisions.count("fail")}
    if "second_look" in found.candidates.columns:
        counted["second_look"] = found.candidates["second_look"].to_list().count("yes")
    assert found.audit["decisions"] == counted


@pytest.mark.parametrize(("right", "decision"), [(23, "fail"), (24, "pass")])
def test_sixty_per_cent_of_forty_is_twenty_four(right: int, decision: str) -> None:
    key = key_table([("A", "E1.1", "A", 1)] * 40)
    sat = [("1", "A", [A] * right + [B] * (40 - right))]
    table = score(sat, key, CRITERIA, Judgement(), PassRule(percent=60)).candidates
    assert table["decision"].to_list() == [decision]


@pytest.mark.parametrize(
    ("items", "right", "text"), [(8, 1, "12.50"), (800, 1, "0.13"), (3, 2, "66.67"), (7, 0, "0.00")]
)
def test_percent_is_rounded_half_up(items: int, right: int, text: str) -> None:
    key = key_table([("A", "E1.1", "A", 1)] * items)
    sat = [("1", "A", [A] * right + [0] * (items - right))]
    assert score(sat, key, CRITERIA, Judgement(), None).candidates["percent"].to_list() == [text]


def test_points_of_nought_give_no_percentage_and_no_judgement() -> None:
    """Of a criterion; a form without any points is refused."""
    key = key_table([*[("A", "E1.1", "A", 0)] * 3, ("A", "E1.2", "B", 1)])
    found = score([("1", "A", [A, A, A, B])], key, CRITERIA, Judgement(), PassRule(percent=60))
    assert found.candidates.row(0)[2:6] == (1, 1, "100.00", "pass")
    assert found.pc_results.row(0)[2:5] == (None, None, "not_assessed")
    assert found.pc_coverage.row(0)[3:] == (0, 0, None, 0, 0, 0)
    with pytest.raises(Refused) as caught:
        score([("1", "A", [A, A, A])], key.head(3), CRITERIA, Judgement(), None)
    assert [problem.code for problem in caught.value.problems] == ["no-points"]


def test_a_code_of_two_units_carries_its_unit() -> None:
    criteria = [("U", "E1", "1.1"), ("V", "E1", "1.1"), ("V", "E1", "1.2")]
    key = pl.concat(
        [
            key_table([("A", "1.1", "A", 1)]),
            key_table([("A", "1.1", "B", 1)], "V").with_columns(question=pl.lit(2, pl.Int64)),
        ]
    )
    found = score([("1", "A", [A, A])], key, criteria, Judgement(min_items=1), None)
    assert found.pc_results.columns[2::3] == ["U:1.1_correct", "V:1.1_correct", "1.2_correct"]
    assert found.pc_results.row(0)[2::3] == (1, 0, None)


def test_nobody_sat() -> None:
    """All rows were set aside."""
    found = score([("1", "Q", [A] * 4)], KEY_AB, CRITERIA, Judgement(), None)
    assert (found.candidates.height, found.pc_results.height) == (0, 0)
    assert found.candidates.schema == pl.Schema(CANDIDATES)
    assert found.pc_coverage["candidates"].to_list() == [0] * 4


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("1", "Q", [A, A, A, A]), "unknown_form"),
        (("1", "A", [A, A, A, A, A]), "unknown_question"),
    ],
)
def test_rows_of_another_exam_are_set_aside(row: Sat, reason: str) -> None:
    key = pl.concat([KEY_AB, key_table([("C", "E1.1", "A", 1)] * 5)])
    found = score([row, ("2", "C", [A] * 5)], key, CRITERIA, Judgement(), None)
    assert found.quarantine["reason"].to_list() == [reason]
    assert found.candidates["candidate_id"].to_list() == ["2"]


@pytest.mark.parametrize(
    ("n_questions", "code"), [(3, "question-columns-missing"), (5, "questions-of-another-exam")]
)
def test_answers_of_another_exam_are_refused(n_questions: int, code: str) -> None:
    with pytest.raises(Refused) as caught:
        score([("1", "A", [A] * n_questions)], KEY_AB, CRITERIA, Judgement(), None)
    assert caught.value.problems[0].code == code


def test_a_pass_rule_that_names_nothing_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        scored(rule=PassRule(criteria={"E1.*": 50, "E7.*": 50}))
    assert [problem.field for problem in caught.value.problems] == ["pass.criteria.E7.*"]


def test_forms_by_the_thousand_share_two_columns_of_the_coverage() -> None:
    rows = [(f"{n:04d}", pc, "A", 1) for n in range(1200) for pc in ("E1.1", "E2.1" if n else "E1.1")]
    sat = [(str(n), f"{n:04d}", [A, B]) for n in range(1200)]
    found = score(sat, key_table(rows), CRITERIA, Judgement(min_items=1), None)
    assert found.pc_coverage.columns[3:5] == ["items_least", "items_most"]
    assert found.pc_coverage.rows()[0] == ("U", "E1", "E1.1", 1, 2, 1200, "99.96", 1199, 1, 0)
    assert found.candidates["score"].to_list() == [1] * 1200


def test_few_forms_and_many_are_scored_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = PassRule(percent=60)
    one_by_one = scored(rule=rule)
    monkeypatch.setattr(scoring_points, "FEW_FORMS", 0)
    at_once = scored(rule=rule)
    for name in ("candidates", "pc_results", "pc_coverage"):
        assert getattr(at_once, name).equals(getattr(one_by_one, name))

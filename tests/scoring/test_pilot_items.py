"""Unscored pilot items: printed and answered like any other, counted for nobody.

A scorer of its own, from key.csv and the answer file alone, leaves out the questions of 0 points; and
scores are those of the same sitting without them.
"""

from __future__ import annotations

import csv
import io
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.column_names import KEY
from examgen.core.exam.tables import forms_table, key_table
from examgen.core.models.blueprint import Blueprint
from examgen.core.models.decisions import Judgement, PassRule
from examgen.core.models.form import Exam, Form, PrintedItem
from examgen.core.models.item import Item
from examgen.core.models.standard import Unit
from examgen.scoring.criteria import asked_by
from examgen.scoring.simulations import simulated_form
from tests.effort import examples
from tests.samples import blueprint_data, item_data, unit_data
from tests.scoring.small_exams import Scores, score

CRITERIA = [("T-1", "E1", "E1.01"), ("T-1", "E1", "E1.02"), ("T-1", "E2", "E2.01")]
N_OPTIONS = 4


def key_rows(seed: int) -> list[dict[str, object]]:
    """Two forms of 18 questions, a third of them unscored; E2.01 is asked by pilot items only on form B."""
    chance = random.Random(seed)
    rows = []
    for form in "AB":
        for n in range(1, 19):
            _, element, pc = CRITERIA[n % 3]
            unscored = chance.random() < 0.3 or (form == "B" and pc == "E2.01")
            rows.append(
                {
                    "form": form, "question": n, "item": f"{pc}-{n}{form}", "unit": "T-1", "element": element,
                    "pc": pc, "key": chance.choice(["A", "B", "C", "D", "A|C"]), "points": int(not unscored),
                }
            )  # fmt: skip
    return rows


def answers(seed: int, n_candidates: int = 60) -> list[tuple[str, str, list[str]]]:
    chance = random.Random(seed)
    marks = ["A", "B", "C", "D", "A", "B", "C", "D", "", "AC", "x"]
    return [
        (f"c{n:03d}", "AB"[n % 2], [chance.choice(marks) for _ in range(18)]) for n in range(n_candidates)
    ]


def scored(keys: list[dict[str, object]], sat: list[tuple[str, str, list[str]]]) -> Scores:
    most = max(sum(row["form"] == form for row in keys) for form in "AB")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["candidate_id", "form", *(f"Q{n}" for n in range(1, most + 1))])
    for candidate, form, marks in sat:
        writer.writerow([candidate, form, *marks, *[""] * (most - len(marks))])
    rule = PassRule.model_validate({"percent": 55, "criteria": {"E1.*": 20}})
    key = pl.DataFrame(keys, schema=KEY)
    return score(text.getvalue().encode(), key, CRITERIA, Judgement(), rule, n_options=N_OPTIONS)


def without_pilots(
    keys: list[dict[str, object]], sat: list[tuple[str, str, list[str]]]
) -> tuple[list[dict[str, object]], list[tuple[str, str, list[str]]]]:
    """The same sitting as if the unscored questions had not been asked."""
    kept = {form: [row for row in keys if row["form"] == form and row["points"]] for form in "AB"}
    left = [{**row, "question": n} for form in "AB" for n, row in enumerate(kept[form], 1)]
    numbers = {form: [int(str(row["question"])) for row in rows] for form, rows in kept.items()}
    return left, [(who, form, [marks[n - 1] for n in numbers[form]]) for who, form, marks in sat]


@settings(max_examples=examples(30))
@given(seed=st.integers(0, 10_000))
def test_scores_are_those_of_the_exam_without_its_pilot_items(seed: int) -> None:
    keys, sat = key_rows(seed), answers(seed + 1, 12)
    one, other = scored(keys, sat), scored(*without_pilots(keys, sat))
    judged = ["candidate_id", "form", "score", "max_score", "percent", "decision"]
    assert one.candidates.select(judged).equals(other.candidates.select(judged))
    assert one.pc_results.equals(other.pc_results)
    assert one.pc_coverage.equals(other.pc_coverage)


@settings(max_examples=examples(30))
@given(seed=st.integers(0, 10_000))
def test_marks_of_pilot_items_are_counted_like_others(seed: int) -> None:
    found = scored(key_rows(seed), answers(seed + 1, 12))
    kinds = ["answered", "blank", "multiple", "invalid"]
    for row, (_, _, marks) in zip(found.candidates.to_dicts(), answers(seed + 1, 12), strict=True):
        single = sum(mark in ("A", "B", "C", "D") for mark in marks)
        assert [row[kind] for kind in kinds] == [single, marks.count(""), marks.count("AC"), marks.count("x")]


# ── from the exam ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sat() -> Exam:
    """One form of three scored items and a pilot item."""
    printed = tuple(
        PrintedItem(
            question=n,
            item=Item.model_validate(item_data("E1.01", n, status="pilot" if n == 4 else "draft")),
            unit="T-1",
            element="E1",
            order=("a", "b", "c", "d"),
            points=int(n != 4),
        )
        for n in range(1, 5)
    )
    return Exam(
        blueprint=Blueprint.model_validate(blueprint_data(items=3, pilot=1)),
        units=(Unit.model_validate(unit_data()),),
        forms=(Form(name="A", items=printed),),
    )


def test_the_key_has_pilot_items_with_no_points_and_the_list_for_candidates_does_not_tell_them(
    sat: Exam,
) -> None:
    assert key_table(sat)["points"].to_list() == [1, 1, 1, 0]
    table = forms_table(sat)
    assert table["question"].to_list() == [1, 2, 3, 4]
    assert "points" not in table.columns
    assert not any("pilot" in str(cell) for row in table.rows() for cell in row)


def test_pilot_items_are_answered_in_a_simulation(sat: Exam) -> None:
    assert len(simulated_form(sat.forms[0]).item_ids) == 4


def test_pilot_items_are_none_of_the_items_that_a_form_asks_of_a_criterion() -> None:
    asked = asked_by("AB", CRITERIA, [[(0, 1), (0, 0), (1, 2)], [(0, 0), (2, 1), (2, 1)]])
    assert asked.n_items.tolist() == [[1, 1, 0], [0, 0, 2]]
    assert asked.max_units.tolist() == [[1, 2, 0], [0, 0, 2]]

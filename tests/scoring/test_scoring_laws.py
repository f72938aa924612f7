"""Laws of scoring: option order changes nothing, PC points add up, every mark is counted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from examgen.models import LETTERS, Judgement, PassRule
from examgen.scoring import score
from examgen.tables import INVALID, KEY, QUARANTINE, RESPONSE_ROWS, Marks, Responses, Scores

CRITERIA = [("U", "E1", "E1.1"), ("U", "E1", "E1.2"), ("U", "E2", "E2.1")]


class Sitting(NamedTuple):
    """One form and its candidates: key masks, points and PC of each item, marks of each candidate."""

    keys: list[int]
    points: list[int]
    pcs: list[int]
    marks: Marks


@st.composite
def sittings(draw: st.DrawFn) -> Sitting:
    n = draw(st.integers(1, 8))
    items = [draw(st.tuples(st.integers(1, 31), st.integers(0, 3), st.integers(0, 2))) for _ in range(n)]
    rows = draw(
        st.lists(
            st.lists(st.one_of(st.integers(0, 31), st.just(INVALID)), min_size=n, max_size=n), max_size=6
        )
    )
    keys, points, pcs = (list(column) for column in zip(*items, strict=True))
    return Sitting(keys, points, pcs, np.array(rows, dtype=np.uint8).reshape(len(rows), n))


def scored(sitting: Sitting) -> Scores:
    key = pl.DataFrame(
        [
            (
                "A",
                i + 1,
                f"i{i}",
                *CRITERIA[pc],
                "|".join(LETTERS[k] for k in range(5) if mask >> k & 1),
                points,
            )
            for i, (mask, points, pc) in enumerate(
                zip(sitting.keys, sitting.points, sitting.pcs, strict=True)
            )
        ],
        schema=KEY,
        orient="row",
    )
    n = len(sitting.marks)
    rows = pl.DataFrame([("f", i, f"c{i}", "A") for i in range(n)], schema=RESPONSE_ROWS, orient="row")
    sat = Responses(rows, sitting.marks, pl.DataFrame(schema=QUARANTINE), (), n, 0)
    return score(sat, key, CRITERIA, Judgement(), PassRule(percent=60, criteria={"all": 30}))


def permuted(mask: int, order: list[int]) -> int:
    return mask if mask == INVALID else sum(1 << order[k] for k in range(5) if mask >> k & 1)


@given(sittings(), st.data())
def test_option_order_changes_letters_but_no_score(sitting: Sitting, data: st.DataObject) -> None:
    orders = [data.draw(st.permutations(range(5))) for _ in sitting.keys]
    marks = [
        [permuted(int(mask), order) for mask, order in zip(row, orders, strict=True)] for row in sitting.marks
    ]
    other = Sitting(
        [permuted(key, order) for key, order in zip(sitting.keys, orders, strict=True)],
        sitting.points,
        sitting.pcs,
        np.array(marks, dtype=np.uint8).reshape(sitting.marks.shape),
    )
    one, two = scored(sitting), scored(other)
    assert one.candidates.equals(two.candidates)
    assert one.pc_results.equals(two.pc_results)
    assert one.pc_coverage.equals(two.pc_coverage)


@given(sittings())
def test_points_of_the_criteria_add_up_to_the_score(sitting: Sitting) -> None:
    found = scored(sitting)
    parts = found.pc_results.select(pl.sum_horizontal(f"{pc}_correct" for _, _, pc in CRITERIA)).to_series()
    assert parts.to_list() == found.candidates["score"].to_list()
    assert (found.candidates["score"] <= found.candidates["max_score"]).all()


@given(sittings())
def test_every_mark_is_of_one_kind(sitting: Sitting) -> None:
    table = scored(sitting).candidates
    counted = (
        table.select(pl.sum_horizontal("answered", "blank", "multiple", "invalid")).to_series().to_list()
    )
    assert counted == [len(sitting.keys)] * len(sitting.marks)
    single = [sum(int(mask).bit_count() == 1 and mask != INVALID for mask in row) for row in sitting.marks]
    assert table["answered"].to_list() == single


@given(sittings())
def test_coverage_counts_everyone_once(sitting: Sitting) -> None:
    found = scored(sitting)
    for row in found.pc_coverage.to_dicts():
        statuses = found.pc_results[f"{row['pc']}_status"].to_list()
        for status in ("met", "not_met", "insufficient"):
            assert row[status] == statuses.count(status)
        assert row["candidates"] == len(statuses) - statuses.count("not_assessed")

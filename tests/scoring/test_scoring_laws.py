"""Laws of scoring: option order changes nothing, PC points add up, every mark is counted."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.core.column_names import KEY
from examgen.core.models.decisions import Judgement, PassRule
from examgen.core.responses.rows import INVALID
from examgen.core.text.characters import LETTERS
from tests.effort import examples
from tests.scoring.small_exams import Scores, score

CRITERIA = [("U", "E1", "E1.1"), ("U", "E1", "E1.2"), ("U", "E2", "E2.1")]


class Sitting(NamedTuple):
    """One form and its candidates: key masks, points and PC of each item, marks of each candidate."""

    keys: list[int]
    points: list[int]
    pcs: list[int]
    marks: list[list[int]]


@st.composite
def sittings(draw: st.DrawFn) -> Sitting:
    n = draw(st.integers(1, 8))
    item = st.tuples(st.integers(1, 31), st.integers(0, 3), st.integers(0, 2))
    # a form without any points is refused
    items = draw(st.lists(item, min_size=n, max_size=n).filter(lambda own: any(one[1] for one in own)))
    mark = st.one_of(st.integers(0, 31), st.just(INVALID))
    rows = draw(st.lists(st.lists(mark, min_size=n, max_size=n), min_size=1, max_size=6))
    keys, points, pcs = (list(column) for column in zip(*items, strict=True))
    return Sitting(keys, points, pcs, rows)


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
    sat = [(f"c{i}", "A", row) for i, row in enumerate(sitting.marks)]
    return score(sat, key, CRITERIA, Judgement(), PassRule(percent=60, criteria={"all": 30}))


@settings(max_examples=examples(60))
@given(sittings())
def test_points_add_up_every_mark_is_of_one_kind_and_everybody_is_counted_once(sitting: Sitting) -> None:
    found = scored(sitting)
    table = found.candidates
    # the points of the criteria are the score
    parts = found.pc_results.select(pl.sum_horizontal(f"{pc}_correct" for _, _, pc in CRITERIA)).to_series()
    assert parts.to_list() == table["score"].to_list()
    assert (table["score"] <= table["max_score"]).all()
    # every mark is of one kind
    kinds = table.select(pl.sum_horizontal("answered", "blank", "multiple", "invalid")).to_series()
    assert kinds.to_list() == [len(sitting.keys)] * len(sitting.marks)
    single = [sum(mask.bit_count() == 1 and mask != INVALID for mask in row) for row in sitting.marks]
    assert table["answered"].to_list() == single
    # the coverage counts everybody once
    for row in found.pc_coverage.to_dicts():
        statuses = found.pc_results[f"{row['pc']}_status"].to_list()
        for status in ("met", "not_met", "insufficient"):
            assert row[status] == statuses.count(status)
        assert row["candidates"] == len(statuses) - statuses.count("not_assessed")

"""Decisions: from responses and from totals, of one cut and of several."""

from __future__ import annotations

import numpy as np
import pytest

import examgen.stats as es


def test_totals_and_responses_agree_where_the_reliability_is_given() -> None:
    data = es.example(n_items=20)
    totals = data.cells.sum(axis=1)
    of_data = es.decisions(data, 10, reliability=0.8, methods=["livingston-lewis", "huynh"])
    of_totals = es.decisions(totals, 10, reliability=0.8, max_score=20, methods=["livingston-lewis", "huynh"])
    assert of_data.table.equals(of_totals.table)
    assert of_data.model is None
    again = of_data.contingency.filter(method="huynh")
    assert again["share"].sum() == pytest.approx(1)
    same = again.filter(again["first"] == again["second"])["share"].sum()
    assert same == pytest.approx(of_data.table.filter(method="huynh")["consistency"][0])


def test_several_cuts_part_the_scale_into_levels() -> None:
    found = es.decisions(es.example(n_persons=200, n_items=10), [4, 7, 99])
    assert found.levels is not None
    assert found.levels["consistency"].null_count() == len(found.levels)  # a cut beyond the scale
    found = es.decisions(es.example(n_persons=200, n_items=10), [4, 7])
    assert found.model == "rasch"
    assert found.levels is not None
    single = found.table.filter(method="lee")["consistency"].min()
    assert found.levels.filter(method="lee")["consistency"][0] < single
    assert found.contingency.filter(found.contingency["cut"].is_null())["first"].max() == 2


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        ({"cut": 5, "model": "grm"}, "model grm does not go"),
        ({"cut": "5"}, "cut is '5'"),
        ({"cut": 5, "methods": "lees"}, "methods is 'lees'"),
        ({"cut": 5, "max_score": 3}, "must include all"),
    ],
)
def test_what_does_not_fit_is_refused(kept: dict[str, object], sentence: str) -> None:
    with pytest.raises(es.ArgumentError, match=sentence):
        es.decisions(es.example(n_persons=60, n_items=8), **kept)  # type: ignore[arg-type]
    with pytest.raises(es.ArgumentError, match="max_score is not given"):
        es.decisions(np.arange(9), 5)

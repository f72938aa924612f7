"""Cut scores: of judges of items and of judges of persons."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import examgen.stats as es


def test_angoff_is_the_sum_of_means_with_the_error_over_judges() -> None:
    ratings = pl.DataFrame({"judge": ["a", "b", "c"], "i1": [0.5, 0.7, 0.6], "i2": [0.2, 0.4, None]})
    found = es.angoff(ratings, points={"i1": 2, "i2": 1})
    assert found.cut == pytest.approx(2 * 0.6 + 0.3)
    assert found.se == pytest.approx(np.std([1.2, 1.8], ddof=1) / np.sqrt(2))
    assert found.judges is not None
    assert found.judges["judge"].to_list() == ["a", "b", "c"]
    assert found.judges["cut"][2] is None
    assert found.low < found.cut < found.high


@pytest.mark.parametrize("place", ["before", "at", "between"])
def test_a_bookmark_may_be_a_page_or_an_item(place: str) -> None:
    items = {"item": ["hard", "easy", "middle"], "b": [1.0, -1.0, 0.0], "a": [1.0, 1.2, 0.8]}
    by_page = es.bookmark([2, 3, 3], items, place=place)
    by_name = es.bookmark({"x": "middle", "y": "hard", "z": "hard"}, items, place=place)
    assert by_page.cut == by_name.cut
    assert by_name.items is not None
    assert by_name.items["item"].to_list() == ["easy", "middle", "hard"]


def test_persons_may_be_given_by_responses_or_by_totals() -> None:
    data = es.example(n_items=20)
    totals = data.cells.sum(axis=1)
    competent = totals + np.random.default_rng(1).normal(0, 3, len(totals)) > 11
    one, other = es.contrasting_groups(data, competent), es.contrasting_groups(totals, competent)
    assert one.cut == other.cut
    assert 9 < one.cut < 13
    border = es.borderline_group(totals, np.abs(totals - 11) < 2)
    assert border.low < border.cut < border.high
    assert es.borderline_regression(totals, np.digitize(totals, [6, 10, 14]), 2).cut == pytest.approx(
        11.5, abs=1.5
    )


def test_groups_that_are_turned_round_are_refused() -> None:
    with pytest.raises(es.ArgumentError, match="competent to score higher"):
        es.contrasting_groups([1, 2, 3, 4, 5], [True, True, False, True, False])
    with pytest.raises(es.ArgumentError, match="min_cut of row 0"):
        es.hofstee([1, 2, 3], {"min_cut": [3], "max_cut": [2], "min_fail": [0.1], "max_fail": [0.2]})

"""Odd data never stop classical statistics: NaN where nothing can be said, and a note says why."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from examgen.stats import item_statistics as statistics
from examgen.stats.arguments import DataError
from examgen.stats.matrix import NOT_ADMINISTERED
from tests.effort import examples


def codes(found, item=None):
    return {
        note.code for note in found.notes if item is None or f"i{item + 1}" in note.values.get("items", "")
    }


def table(rows):
    return np.array(rows, dtype=np.int8)


@given(
    arrays(np.int8, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=7), elements=st.integers(-3, 3))
)
@settings(max_examples=examples(150), deadline=None)
def test_any_table_has_statistics_within_their_bounds(scores):
    found = statistics.classical(scores)
    items = found.items
    for r in (items["item_total"], items["item_rest"], items["item_rest_low"], items["item_rest_high"]):
        assert (np.isnan(r) | (np.abs(r) <= 1 + 1e-12) | (not (scores >= 0).all())).all()
    assert (np.isnan(items["facility"]) | ((items["facility"] >= 0) & (items["facility"] <= 1))).all()
    for value in (found.test["alpha"], found.test["lambda6"], found.test["omega"], found.test["sem"]):
        assert not np.isinf(value)
    for column in items.values():
        assert len(column) == scores.shape[1]
        assert not np.isinf(column).any()
    if np.isnan(found.test["alpha"]):
        assert found.notes


@given(
    arrays(np.int8, st.tuples(st.integers(3, 30), st.integers(3, 6)), elements=st.integers(0, 3)),
    st.randoms(),
)
@settings(max_examples=examples(60), deadline=None)
def test_order_of_candidates_changes_nothing(scores, random):
    order = list(range(len(scores)))
    random.shuffle(order)
    one, other = statistics.classical(scores), statistics.classical(scores[order])
    assert one.notes == other.notes
    for name, column in one.items.items():
        assert np.allclose(column, other.items[name], equal_nan=True, atol=1e-9), name


def test_an_item_that_all_have_right_is_named_and_left_out_of_alpha():
    scores = table([[1, 0, 1, 0], [1, 1, 1, 0], [1, 0, 0, 1], [1, 1, 1, 1], [1, 0, 0, 0]])
    found, without = statistics.classical(scores), statistics.classical(scores[:, 1:])
    assert codes(found, 0) == {"all-right"}
    assert found.test["alpha"] == pytest.approx(without.test["alpha"])
    assert found.items["item_rest"][1:] == pytest.approx(without.items["item_rest"])
    assert np.isnan(found.items["item_rest"][0])
    assert np.isnan(found.items["biserial"][0])
    assert found.items["alpha_if_deleted"][0] == found.test["alpha"]


def test_two_candidates_and_one_candidate():
    two = statistics.classical(table([[1, 0, 1], [0, 1, 1]]))
    assert np.isnan(two.test["alpha"])
    assert {"few-candidates", "no-alpha"} <= codes(two)
    one = statistics.classical(table([[1, 0, 1]]))
    assert one.test["n_candidates"] == 1
    assert np.isnan(one.test["sd"])
    assert "too-few-items" in codes(one)


def test_nothing_at_all():
    for scores in (table([[-1, -1], [-2, -3]]), np.zeros((0, 3), np.int8), np.zeros((3, 0), np.int8)):
        found = statistics.classical(scores)
        assert found.test["n_candidates"] == 0
        assert np.isnan(found.test["mean"])
        assert "no-answers" in codes(found)


def test_a_candidate_without_scores_does_not_count():
    scores = table([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]])
    blank = table([[-1, -1, -1]])
    found, with_blank = statistics.classical(scores), statistics.classical(np.vstack([scores, blank]))
    assert with_blank.test == pytest.approx(found.test, nan_ok=True)
    assert "empty-candidates" in codes(with_blank)


def test_forms_without_a_pair_of_items_in_common_have_no_alpha():
    scores = np.random.default_rng(1).integers(0, 2, (80, 4)).astype(np.int8)
    scores[:40, 2:] = NOT_ADMINISTERED
    scores[40:, :2] = NOT_ADMINISTERED
    found = statistics.classical(scores)
    assert np.isnan(found.test["alpha"])
    assert any("share no two candidates" in note for note in found.notes if note.code == "no-alpha")
    assert not np.isnan(found.items["facility"]).any()


def test_repeated_items_are_told_and_still_have_numbers():
    scores = np.random.default_rng(2).integers(0, 2, (60, 5)).astype(np.int8)
    found = statistics.classical(np.hstack([scores, scores[:, :1]]))
    assert "singular-correlations" in codes(found)
    assert 0 <= found.test["lambda6"] <= 1


def test_too_many_items_are_refused():
    with pytest.raises(DataError, match="have 100000 items; at most 5000"):
        statistics.classical(np.zeros((3, 100_000), dtype=np.int8))


def test_many_candidates_are_the_same_in_chunks():
    """Sums over chunks are exact, whole or with missing scores."""
    scores = np.random.default_rng(5).integers(0, 4, (40_000, 6)).astype(np.int8)
    for missing in (False, True):
        if missing:
            scores[np.random.default_rng(6).random(scores.shape) < 0.1] = -1
        found = statistics.classical(scores)
        masked = np.ma.masked_less(scores.astype(np.float64), 0)
        covariance = np.ma.cov(masked, rowvar=False, allow_masked=True)
        if not missing:
            alpha = 6 / 5 * (1 - covariance.trace() / covariance.sum())
            assert found.test["alpha"] == pytest.approx(alpha, abs=1e-12)
        assert found.items["sd"] == pytest.approx(np.ma.std(masked, axis=0, ddof=1).data, rel=1e-12)
        assert found.items["facility"] == pytest.approx((masked.mean(axis=0) / 3).data, rel=1e-12)


def test_totals_that_do_not_vary_have_no_reliability():
    """Sums of covariances that are 0 but for rounding divide nothing."""
    dealt = np.random.default_rng(3).permuted(np.tile([1, 1, 1, 0, 0, 0], (7, 1)), axis=1)
    for scores in ([[1, 0], [0, 1]], [[1, 0, 1, 0], [0, 1, 0, 1], [0, 1, 0, 1]], dealt):
        found = statistics.classical(table(scores))
        test, one = found.test, ("split_half", "split_half_guttman")
        many = [name for name in test if name.startswith(("alpha", "lambda", "omega", "kr"))]
        assert np.isnan([test[name] for name in (*many, *one)]).all()
        assert "no-alpha" in codes(found)
        assert "negative-alpha" not in codes(found)


def test_a_corrected_correlation_divides_by_nothing_but_what_is_there():
    found = statistics.classical(table([[0, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 1]]))
    assert not (np.abs(found.items["r_cor"]) > 10).any()

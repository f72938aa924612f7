"""Classical statistics against psych, CTT and base R; odd data give NaN where nothing can be said, and a note."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import examgen.stats as es
from examgen.stats import item_statistics as statistics
from examgen.stats.arguments import DataError
from examgen.stats.matrix import NOT_ADMINISTERED
from tests.effort import examples
from tests.psychometrics import reference
from tests.psychometrics.compared import compare_all

SETS = {
    "cttdata": None, "irtoys_scored": "irtoys_scored", "lsat6": "lsat6", "lsat7": "lsat7",
    "raschdat1": "raschdat1", "sat12": "sat12_scored", "sim2pl": "sim2pl", "sim_dif": "sim_dif",
    "verbal": "verbal",
}  # fmt: skip


def scores(name):
    if SETS[name] is not None:
        return reference.scores(SETS[name])
    answers, key = reference.raw("cttdata"), reference.raw("cttdata_key")["key"]
    columns = [column for title, column in answers.items() if title != "id"]
    right = [[cell == key[j] for cell in column] for j, column in enumerate(columns)]
    return np.array(right, dtype=np.int8).T.copy()


@pytest.mark.parametrize("name", SETS)
def test_items_and_test_as_ctt_and_psych(name):
    found = statistics.classical(scores(name))
    compare_all("items", f"{name}__ctt_items", found.items, reference.results(f"{name}__ctt_items"))
    file, test = f"{name}__ctt_test", found.test
    theirs = reference.results(file)
    more = {"feldt_ci": [test["alpha_low"], test["alpha_high"]], "loading": found.items["loading"]}
    compare_all("test", file, test, theirs, variance=test["sd"] ** 2, **more)
    if theirs["guttman"] is not None:
        compare_all("guttman", file, test, theirs)


WHOLE = (
    "112020 121000 122122 100000 121120 122121 111121 111031 000000 110001 100101 122221 112121 112221 "
    "000000 101220 122130 111001 121200 110132 001000 110030 001131 101000"
)
HOLES = (
    "112020 121000 122122 1.0..0 1.1120 12..21 111121 11.031 000000 110001 100.01 122221 112121 11222. "
    "000..0 .0.220 122130 ..10.1 121200 .10132 0.1.00 .10030 .01131 10.000"
)


def partial(text):
    """24 candidates, partial scores; in the fifth item nobody has 1, some have 3."""
    return np.array([[int(cell) if cell != "." else -1 for cell in row] for row in text.split()], np.int8)


def test_partial_scores_of_few_candidates_as_psych_and_ctt():
    """psych 2.2.9: alpha(X), fa(X, 1); CTT 2.3.3: itemAnalysis(X), polyserial(total, item, ml = FALSE). Where scores
    are missing psych has pairwise covariances and prorated totals, or sums with alpha(X, cumulative = TRUE)."""
    file = "few_partial__ctt_psych"
    theirs, found = reference.results(file), statistics.classical(partial(WHOLE))
    compare_all("whole partial scores", file, found.test, theirs["whole"])
    compare_all("whole items of partial scores", file, found.items, theirs["whole"])
    assert np.isnan([found.test["kr20"], found.test["kr21"]]).all()
    assert found.items["max_score"].tolist() == [1, 2, 2, 2, 3, 2]
    found = statistics.classical(partial(HOLES))
    of_item = {f"{name}_of_item": found.test[name] / 6 for name in ("mean", "sd")}
    compare_all("partial scores with holes", file, found.test, theirs["holes"], **of_item)
    compare_all("items of partial scores with holes", file, found.items, theirs["holes"])
    assert "missing-scores" in [note.code for note in found.notes]
    summed = statistics.classical(partial(HOLES), prorate=False)
    own = {**summed.test, "item_total": summed.items["item_total"]}
    compare_all("sums of partial scores", file, own, theirs["holes"]["summed"])


def test_kinds_of_missing_are_counted_apart():
    table = np.array([[1, -1, -2], [0, -1, -3], [1, 1, -2]], dtype=np.int8)
    found = statistics.classical(table).items
    assert found["omitted"].tolist() == [0, 2, 0]
    assert found["not_reached"].tolist() == [0, 0, 2]
    assert found["not_administered"].tolist() == [0, 0, 1]
    assert found["n"].tolist() == [3, 1, 0]


def test_lords_errors_average_to_those_of_kr21_and_keatss_to_those_of_alpha():
    table = reference.scores("sim2pl")
    found, test = es.items(table).scores, statistics.classical(table).test
    variance = test["sd"] ** 2 * (test["n_candidates"] - 1) / test["n_candidates"]
    mean_square = [
        found["n"].to_numpy() @ errors.to_numpy() ** 2 / test["n_candidates"]
        for errors in (found["sem_lord"], found["sem_keats"])
    ]
    assert mean_square == pytest.approx(
        [variance * (1 - test["kr21"]), variance * (1 - test["alpha"])], rel=1e-10
    )
    assert found["sem_lord"].to_numpy()[[0, 10, 40]] == pytest.approx([0, np.sqrt(10 * 30 / 39), 0])


def test_facility_has_wilsons_interval():
    """Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 is 0.2553 to 0.3662; 0 of 20 to 0.1611."""
    table = np.zeros((263, 1), dtype=np.int8)
    table[:81] = 1
    found = statistics.classical(table).items
    assert (found["facility_low"][0], found["facility_high"][0]) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert statistics.classical(table[81:101]).items["facility_high"][0] == pytest.approx(0.1611, abs=5e-5)


def test_a_told_category_that_nobody_reached_counts():
    table = np.array([[0, 1], [2, 0], [1, 1], [2, 1]], dtype=np.int8)
    assert statistics.classical(table).items["facility"] == pytest.approx([0.625, 0.75])
    assert statistics.classical(table, greatest=np.array([5, 1])).items["facility"] == pytest.approx(
        [0.25, 0.75]
    )


def codes(found, item=None):
    return {
        note.code for note in found.notes if item is None or f"i{item + 1}" in note.values.get("items", "")
    }


def cells_of(rows):
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
    scores = cells_of([[1, 0, 1, 0], [1, 1, 1, 0], [1, 0, 0, 1], [1, 1, 1, 1], [1, 0, 0, 0]])
    found, without = statistics.classical(scores), statistics.classical(scores[:, 1:])
    assert codes(found, 0) == {"all-right"}
    assert found.test["alpha"] == pytest.approx(without.test["alpha"])
    assert found.items["item_rest"][1:] == pytest.approx(without.items["item_rest"])
    assert np.isnan(found.items["item_rest"][0])
    assert np.isnan(found.items["biserial"][0])
    assert found.items["alpha_if_deleted"][0] == found.test["alpha"]


def test_two_candidates_and_one_candidate():
    two = statistics.classical(cells_of([[1, 0, 1], [0, 1, 1]]))
    assert np.isnan(two.test["alpha"])
    assert {"few-candidates", "no-alpha"} <= codes(two)
    one = statistics.classical(cells_of([[1, 0, 1]]))
    assert one.test["n_candidates"] == 1
    assert np.isnan(one.test["sd"])
    assert "too-few-items" in codes(one)


def test_nothing_at_all():
    for scores in (cells_of([[-1, -1], [-2, -3]]), np.zeros((0, 3), np.int8), np.zeros((3, 0), np.int8)):
        found = statistics.classical(scores)
        assert found.test["n_candidates"] == 0
        assert np.isnan(found.test["mean"])
        assert "no-answers" in codes(found)


def test_a_candidate_without_scores_does_not_count():
    scores = cells_of([[1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]])
    blank = cells_of([[-1, -1, -1]])
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
        found = statistics.classical(cells_of(scores))
        test, one = found.test, ("split_half", "split_half_guttman")
        many = [name for name in test if name.startswith(("alpha", "lambda", "omega", "kr"))]
        assert np.isnan([test[name] for name in (*many, *one)]).all()
        assert "no-alpha" in codes(found)
        assert "negative-alpha" not in codes(found)


def test_a_corrected_correlation_divides_by_nothing_but_what_is_there():
    found = statistics.classical(cells_of([[0, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 1]]))
    assert not (np.abs(found.items["r_cor"]) > 10).any()

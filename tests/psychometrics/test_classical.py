"""Classical statistics against what psych, CTT and base R found in the reference data."""

import numpy as np
import pytest

import examgen.stats as es
from examgen.stats import item_statistics as statistics
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
    file = "few_partial__psych"
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

"""Classical statistics against what psych, CTT and base R found in the reference data."""

import numpy as np
import pytest

import examgen.stats as es
from examgen.stats import item_statistics as statistics
from tests.psychometrics import reference

SETS = {
    "cttdata": None, "irtoys_scored": "irtoys_scored", "lsat6": "lsat6", "lsat7": "lsat7",
    "raschdat1": "raschdat1", "sat12": "sat12_scored", "sim2pl": "sim2pl", "sim_dif": "sim_dif",
    "verbal": "verbal",
}  # fmt: skip
ITEM_COLUMNS = {
    "facility": "p", "sd": "sd", "item_total": "r_item_total", "item_rest": "r_item_rest",
    "biserial": "biserial_total", "biserial_rest": "ctt_biserial_rest", "alpha_if_deleted": "alpha_if_deleted",
    "r_cor": "r_cor_psych", "d27": "D27_threshold",
}  # fmt: skip
TEST_NUMBERS = {
    "n_candidates": "n",
    "n_items": "k",
    "mean": "mean",
    "sd": "sd_n1",
    "minimum": "min",
    "maximum": "max",
    "skew": "skew_population",
    "kurtosis": "kurtosis_excess_population",
    "alpha": "alpha",
    "alpha_se": "ase_alpha_psych",
    "mean_interitem_r": "mean_interitem_r",
    "kr20": "kr20_var_n",
    "kr21": "kr21_var_n",
    "sem": "sem",
    "split_half_r": "split_half_r",
    "split_half": "split_half_spearman_brown",
    "split_half_guttman": "split_half_guttman_flanagan",
}


def scores(name):
    if SETS[name] is not None:
        return reference.scores(SETS[name])
    answers, key = reference.raw("cttdata"), reference.raw("cttdata_key")["key"]
    columns = [column for title, column in answers.items() if title != "id"]
    right = [[cell == key[j] for cell in column] for j, column in enumerate(columns)]
    return np.array(right, dtype=np.int8).T.copy()


@pytest.mark.parametrize("name", SETS)
def test_items_as_ctt_and_psych(name):
    file = f"{name}__ctt_items"
    theirs, found = reference.results(file), statistics.classical(scores(name)).items
    for ours, quantity in ITEM_COLUMNS.items():
        reference.compare(file, quantity, found[ours], theirs[quantity], 1e-10)
    reference.compare(file, "r_drop_psych", found["item_rest"], theirs["r_drop_psych"], 1e-10)


@pytest.mark.parametrize("name", SETS)
def test_the_test_as_psych(name):
    file = f"{name}__ctt_test"
    theirs, found = reference.results(file), statistics.classical(scores(name)).test
    for ours, quantity in TEST_NUMBERS.items():
        reference.compare(file, quantity, found[ours], theirs[quantity], 1e-10)
    reference.compare(file, "feldt_ci", [found["alpha_low"], found["alpha_high"]], theirs["feldt_ci"], 1e-8)
    reference.compare(file, "guttman_lambda6_psych", found["lambda6"], theirs["guttman_lambda6_psych"], 1e-8)
    reference.compare(file, "omega_total_1f", found["omega"], theirs["omega_total_1f"], 1e-3)
    quantity = "omega_total_psych_nfactors1"
    reference.compare(file, quantity, found["omega_of_correlations"], theirs[quantity], 1e-3)
    loading = statistics.classical(scores(name)).items["loading"]
    reference.compare(file, "fa1_minres_loadings", loading, theirs["fa1_minres_loadings"], 1e-3)
    reference.compare(file, "variance_n1", found["sd"] ** 2, theirs["variance_n1"], 1e-10)
    if theirs["guttman"] is not None:
        for number, tolerance in ((2, 1e-10), (6, 1e-8)):
            quantity = f"lambda{number}"
            reference.compare(
                file, f"guttman.{quantity}", found[quantity], theirs["guttman"][quantity], tolerance
            )


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
    """psych 2.2.9: alpha(X), fa(X, 1); CTT 2.3.3: itemAnalysis(X), polyserial(total, item, ml = FALSE)."""
    found = statistics.classical(partial(WHOLE))
    test, items = found.test, found.items
    assert test["alpha"] == pytest.approx(0.722500456954853, abs=1e-12)
    assert (test["alpha_low"], test["alpha_high"]) == pytest.approx(
        (0.506198428361126, 0.864274881075368), abs=1e-12
    )
    assert test["lambda6"] == pytest.approx(0.744900504426687, abs=1e-12)
    assert test["lambda2"] == pytest.approx(0.757045798826946, abs=1e-12)
    assert test["omega"] == pytest.approx(0.754821712125257, abs=1e-6)
    assert (test["mean"], test["sd"]) == pytest.approx((5.45833333333333, 3.14821090209312), abs=1e-12)
    assert np.isnan([test["kr20"], test["kr21"]]).all()
    expected = {
        "item_rest": (0.443594627366467, 0.541681843941359, 0.570553417588602, 0.497563404746009, 0.496611031448448, 0.367659055457137),
        "biserial": (0.802646673434317, 0.79299119534454, 0.80750455714768, 0.757058030000614, 0.764617611179112, 0.626302350337119),
        "biserial_rest": (0.661666337808826, 0.605020577001659, 0.634817938931266, 0.56542027401211, 0.441219698078465, 0.426138032465672),
        "r_cor": (0.548373024868148, 0.704977931325401, 0.659842594914252, 0.567354193575124, 0.561478923306176, 0.411998014854257),
        "alpha_if_deleted": (0.708307501549907, 0.658203125, 0.65056004167752, 0.673219584569733, 0.702814569536424, 0.708305425318151),
    }  # fmt: skip
    for column, values in expected.items():
        assert items[column] == pytest.approx(values, abs=1e-12), column
    assert items["max_score"].tolist() == [1, 2, 2, 2, 3, 2]


def test_missing_scores_as_psych():
    """psych 2.2.9: alpha(X) with its pairwise covariances and prorated totals; alpha(X, cumulative = TRUE)."""
    found = statistics.classical(partial(HOLES))
    test, items = found.test, found.items
    assert test["alpha"] == pytest.approx(0.68228150170074, abs=1e-12)
    assert test["lambda6"] == pytest.approx(0.745053641646775, abs=1e-12)
    assert test["lambda2"] == pytest.approx(0.749438736408764, abs=1e-12)
    assert test["omega"] == pytest.approx(0.746388110513454, abs=1e-6)
    assert test["mean"] / 6 == pytest.approx(0.91875, abs=1e-12)
    assert test["sd"] / 6 == pytest.approx(0.531139339142321, abs=1e-12)
    expected = {
        "item_total": (0.620338983251226, 0.638516837175812, 0.736418749490846, 0.650460336325858, 0.746094344602777, 0.552753647319853),
        "item_rest": (0.577696619736606, 0.451097671601994, 0.613438116686414, 0.350885572483092, 0.38947260629884, 0.335337142624631),
        "r_cor": (0.675474776812136, 0.635222764562098, 0.751524007872215, 0.414448845924964, 0.491160911489027, 0.40818529426581),
        "sd": (0.374634324632678, 0.794719414239026, 0.825577947481897, 0.787326514818136, 1.20712172424443, 0.66237087637185),
        "alpha_if_deleted": (0.640091522799498, 0.628335822093987, 0.568603347425559, 0.660927639915144, 0.682323167541354, 0.664818094982398),
    }  # fmt: skip
    for column, values in expected.items():
        assert items[column] == pytest.approx(values, abs=1e-12), column
    assert "missing-scores" in [note.code for note in found.notes]
    summed = statistics.classical(partial(HOLES), prorate=False)
    assert summed.test["mean"] == pytest.approx(4.83333333333333, abs=1e-12)
    assert summed.test["sd"] == pytest.approx(3.08807899576063, abs=1e-12)
    theirs = (
        0.60309406545798, 0.695225181816303, 0.763534336985587, 0.601150882571251, 0.665614767482399,
        0.511276622909761,
    )  # fmt: skip
    assert summed.items["item_total"] == pytest.approx(theirs, abs=1e-12)


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

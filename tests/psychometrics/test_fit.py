"""Fit of items, persons and models given mirt's item parameters, against mirt and PerFit."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

import examgen.stats as es
from examgen.stats import irt_abilities as abilities
from examgen.stats.fit import collapsed, item_fit, local_dependence, person_fit, q3, rmsea, s_x2
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous, estimated
from examgen.stats.matrix import score_ranges
from examgen.stats.mml_fit import fit_mml
from examgen.stats.model_fit import (
    model_fit,
    moment_covariance,
    moment_derivatives,
    rmsea_interval,
    theory,
)
from examgen.stats.nonparametric_fit import patterns
from examgen.stats.quadrature import normal_grid
from tests.effort import some
from tests.psychometrics import reference
from tests.psychometrics.compared import compare_all
from tests.psychometrics.fitted import column, fitted, names
from tests.psychometrics.reference import compare, floats, results

ITEM_FILES = names("*_mml", "S_X2")


@pytest.mark.parametrize("name", ITEM_FILES)
def test_fit_of_items_is_that_of_mirt(name: str) -> None:
    """ML abilities of mirt have some six digits."""
    model = fitted(name)
    found = s_x2(model.scores, model.parameters, model.free, model.grid())
    compare_all("s-x2", name, found, model.results["S_X2"])
    theta = abilities.ml(model.scores, model.parameters, bounded=True).theta
    squares = item_fit(model.scores, model.parameters, theta)
    compare_all("item fit", name, squares, model.results["infit_outfit_with_ML_theta"])


def test_rows_are_merged_by_the_rule() -> None:
    observed = np.array([[3, 0], [1, 0], [0, 0], [2, 4], [5, 5], [1, 9], [0, 1]], float)
    expected = np.array([[2.5, 0.5], [0.8, 0.2], [0, 0], [3, 3], [5, 5], [2, 8], [0.1, 0.9]])
    o, e = collapsed(observed, expected, 1.0)
    # score 2 alone goes to 4 (3 has nobody), 7 alone to 6; then score 1 to the next, for its 0.5
    assert o.tolist() == [[6, 4], [5, 5], [1, 10]]
    assert e == pytest.approx(np.array([[6.3, 3.7], [5, 5], [2.1, 8.9]]))


def test_only_complete_candidates_are_compared() -> None:
    model = fitted("lsat7__2pl_mml")
    scores = model.scores.copy()
    scores[::10, 2] = -1
    found = s_x2(scores, model.parameters, model.free)
    assert found.n == 900
    assert [note.code for note in found.notes] == ["incomplete"]
    again = s_x2(scores[scores.min(axis=1) >= 0], model.parameters, model.free)
    assert found.statistic.tolist() == again.statistic.tolist()


def test_an_item_without_parameters_changes_nothing_for_the_others() -> None:
    model = fitted("lsat7__2pl_mml")
    scores = np.insert(model.scores, 2, 1, axis=1)
    parameters = dichotomous(
        *(np.insert(c, 2, np.nan) for c in (model.parameters.a, model.parameters.d[:, 0]))
    )
    found = s_x2(scores, parameters, estimated("2pl", parameters))
    alone = s_x2(model.scores, model.parameters, model.free)
    assert np.delete(found.statistic, 2).tolist() == alone.statistic.tolist()
    assert np.isnan(found.statistic[2])
    fit = item_fit(scores, parameters, np.zeros(1000))
    assert np.isnan(fit.outfit[2])
    assert np.isfinite(np.delete(fit.outfit, 2)).all()


def test_rmsea() -> None:
    assert rmsea([20.0, 5.0, 3.0], [10, 10, 0], 101)[:2].tolist() == [0.1, 0.0]
    assert np.isnan(rmsea(3.0, 0, 100))
    assert np.isnan(rmsea(3.0, 1, 1))


MODEL_FILES = names("*_mml", "M2")
PARTIAL = ItemParameters(
    np.array([0, GRADED, PARTIAL_CREDIT, 0], np.int8),
    np.array([1.0, 1.3, 0.8, -0.7]),
    np.array([[0.3, np.nan, np.nan], [1.0, 0.2, -1.0], [0.5, 0.1, np.nan], [-0.4, np.nan, np.nan]]),
    np.array([0, 0, 0, 0.2]),
)


@pytest.mark.parametrize("name", MODEL_FILES)
def test_m2_and_its_kin_are_those_of_mirt(name: str) -> None:
    model, theirs = fitted(name), reference.results(name)["M2"]
    found = model_fit(model.scores, model.parameters, model.free, model.grid())
    compare_all("srmsr", name, found, theirs)
    if "rasch" in name or "3pl" in name:  # see model_fit: mirt has other derivatives of the moments there
        assert found.m2 < 1.1 * theirs["M2"]
        return
    compare_all("m2", name, found, theirs)


@pytest.mark.parametrize("name", MODEL_FILES)
def test_residual_correlations_are_those_of_mirt(name: str) -> None:
    model = fitted(name)
    theta = abilities.eap(model.scores, model.parameters, model.grid(121)).theta
    found = q3(model.scores, model.parameters, theta)
    reference.compare(name, "Q3", found.q3, model.results["Q3"], 1e-8)
    pairs = np.triu_indices(len(found.q3), 1)
    assert found.adjusted[pairs].mean() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", names("*_mml", "LD_X2_lower_CramerV_upper"))
def test_local_dependence_is_that_of_mirt(name: str) -> None:
    model = fitted(name)
    theirs = np.array(reference.floats(model.results["LD_X2_lower_CramerV_upper"]))
    found = local_dependence(model.scores, model.parameters, model.grid())
    above = np.triu_indices(len(theirs), 1)
    reference.compare(name, "LD X2", found.x2[above], theirs.T[above].tolist(), 1e-8)
    reference.compare(name, "LD Cramer V", found.v[above], theirs[above].tolist(), 1e-10)
    assert (found.x2.T[above] == found.x2[above]).all()
    assert (found.v.T[above] == found.v[above]).all()


def test_a_copied_item_depends_and_missing_pairs_are_told() -> None:
    """400 Rasch candidates, seed 21; item 5 repeats item 4 for three of four."""
    rng = np.random.default_rng(21)
    theta, b = rng.normal(size=(400, 1)), np.linspace(-1, 1, 6)
    scores = (rng.random((400, 6)) < 1 / (1 + np.exp(b - theta))).astype(np.int8)
    scores[:300, 5] = scores[:300, 4]
    scores[:200, 0], scores[200:, 1] = -1, -1
    found = local_dependence(scores, dichotomous(np.ones(6), -b))
    assert found.v[4, 5] > 0.3
    assert found.p[4, 5] < 1e-10
    assert np.isnan([found.x2[0, 1], found.v[0, 1], found.p[0, 1]]).all()
    assert np.isnan(np.diag(found.x2)).all()
    assert np.isfinite(found.x2[2:, 0]).all()


def test_covariance_of_moments_against_all_patterns() -> None:
    grid = normal_grid()
    p = PARTIAL.curves(grid.nodes).p
    mean, square = np.zeros(10), np.zeros((10, 10))
    first, second = np.triu_indices(4, 1)
    for pattern in product(range(2), range(4), range(3), range(2)):
        chance = np.prod([p[:, j, k] for j, k in enumerate(pattern)], axis=0) @ grid.weights
        score = np.array(pattern, float)
        moments = np.concatenate([score, score[first] * score[second]])
        mean, square = mean + chance * moments, square + chance * np.outer(moments, moments)
    model = theory(PARTIAL, grid)
    assert model.moments == pytest.approx(mean)
    assert moment_covariance(model) == pytest.approx(square - np.outer(mean, mean), abs=1e-12)


def test_derivatives_of_moments_against_differences() -> None:
    grid, free = normal_grid(), estimated("3pl", PARTIAL)
    ours, h, at = moment_derivatives(PARTIAL, grid, free), 1e-5, 0
    for j, (field, n_steps) in product(range(4), (("a", 1), ("d", 3), ("c", 1))):
        for k in range(n_steps):
            if not (free.d[j, k] if field == "d" else getattr(free, field)[j]):
                continue
            moments = []
            for shift in (h, -h):
                moved = getattr(PARTIAL, field).astype(float).copy()
                moved[(j, k) if field == "d" else j] += shift
                moments.append(theory(PARTIAL._replace(**{field: moved}), grid).moments)
            difference = (moments[0] - moments[1]) / (2 * h)
            assert ours[:, at] == pytest.approx(difference, abs=1e-8)
            at += 1
    assert at == ours.shape[1]


def test_with_the_variance_in_its_derivatives_m2_of_a_rasch_model_is_that_of_one_slope() -> None:
    rasch, one = fitted("lsat7__rasch_mml"), fitted("lsat7__1pl_mml")
    wide = normal_grid(401, 12.0, sd=rasch.sd)
    first = model_fit(rasch.scores, rasch.parameters, rasch.free, wide)
    second = model_fit(one.scores, one.parameters, one.free, normal_grid(401, 12.0))
    assert first.m2 == pytest.approx(second.m2, abs=1e-2)
    assert first.df == second.df
    assert first.m2 < reference.results("lsat7__rasch_mml")["M2"]["M2"]


def test_items_that_few_have_together_give_no_m2() -> None:
    model = fitted("sim_dif__2pl_mml")
    scores = model.scores.copy()
    scores[:1000, 20:], scores[1000:, :10] = -3, -3
    found = model_fit(scores, model.parameters, model.free)
    assert np.isnan(found.m2)
    assert np.isnan(found.p)
    assert [note.code for note in found.notes] == ["m2-undefined"]
    assert found.srmsr > 0
    theta = abilities.eap(scores, model.parameters).theta
    assert np.isnan(q3(scores, model.parameters, theta).q3[0, 25])


@pytest.mark.long("a simulation of many samples; the statistic is held to its definition each time")
@pytest.mark.parametrize("rate", some([0.1, 0.3], 1))
def test_true_models_are_not_rejected_for_blanks_at_random(rate: float) -> None:
    """40 samples of 300 × 20 of a 2PL, seeds 0 to 39: with one covariance for all moments a third were rejected
    at a tenth of blanks."""
    rejected, ratios = 0, []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        a, d = rng.lognormal(0, 0.3, 20), rng.normal(size=20)
        chance = 1 / (1 + np.exp(-(np.outer(rng.normal(size=300), a) + d)))
        scores = (rng.random((300, 20)) < chance).astype(np.int8)
        scores[rng.random((300, 20)) < rate] = -1
        fit = fit_mml(scores, "2pl", standard_errors=False)
        found = model_fit(scores, fit.parameters, estimated("2pl", fit.parameters))
        assert [note.code for note in found.notes] == ["m2-blanks"]
        rejected += found.p < 0.05
        ratios.append(found.m2 / found.df)
    assert rejected <= 5
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.04)


def test_the_interval_of_rmsea_goes_on_where_the_series_stop() -> None:
    below, above = rmsea_interval(99_999.0, 100, 1000), rmsea_interval(100_001.0, 100, 1000)
    assert above == pytest.approx(below, rel=2e-5)
    assert rmsea_interval(5.0, 10, 100)[0] == 0.0
    assert np.isnan(rmsea_interval(5.0, 0, 100)).all()


def test_who_answered_nothing_changes_nothing() -> None:
    model = fitted("lsat7__2pl_mml")
    nobody = np.full((2 * len(model.scores), model.scores.shape[1]), -3, np.int8)
    alone = model_fit(model.scores, model.parameters, model.free)
    among = model_fit(np.vstack([model.scores, nobody]), model.parameters, model.free)
    assert np.isfinite(alone.rmsea_high)
    assert vars(among) == vars(alone)
    assert "no answers" in model_fit(nobody, model.parameters, model.free).notes[0].message


@pytest.mark.parametrize("model", ["rasch", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm"])
@pytest.mark.parametrize("anchors", ["a", "d", "ad", "d of a constant item"])
def test_with_anchors_as_many_parameters_are_counted_as_the_fit_has(model: str, anchors: str) -> None:
    generator = np.random.default_rng(5)
    chance = 1 / (1 + np.exp(-generator.normal(size=(300, 1)) - np.linspace(-1, 1, 6)))
    scores = (generator.random((300, 6)) < chance).astype(np.int8)
    scores[:, 5] = 1 if "constant" in anchors else scores[:, 5]
    free, at = np.full(6, np.nan), 5 if "constant" in anchors else 0
    a, d = free.copy(), free.copy()
    a[at] = 1.0 if "a" in anchors.split(maxsplit=1)[0] else np.nan
    d[at] = -1.0 if "d" in anchors.split(maxsplit=1)[0] else np.nan
    fixed = dichotomous(a, d, free)
    fit = fit_mml(scores, model, fixed=fixed, standard_errors=False)
    assert estimated(model, fit.parameters, fixed).total == fit.n_parameters


def test_a_name_of_no_model_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="rasch-cml"):
        estimated("rasch-cml", PARTIAL)


def test_no_gain_over_independent_items_that_fit() -> None:
    """Each candidate is right on one item of ten: M2 of independent items is below its degrees of freedom."""
    cells = np.eye(10, dtype=np.int8)[np.arange(40) % 10]
    parameters = dichotomous(np.ones(10), np.full(10, np.log(0.1 / 0.9)))
    found = model_fit(cells, parameters, estimated("2pl", parameters))
    assert found.m2_null < found.df_null
    assert np.isnan([found.cfi, found.tli]).all()


PERSON_FILES = names("person_fit")


def _of_persons(name: str) -> tuple[np.ndarray, ItemParameters, dict[str, list[str]]]:
    results = reference.results(name)
    a, b, g = (reference.floats(results[key]) for key in ("a", "b", "g"))
    scores = reference.scores(name.split("__", maxsplit=1)[0])
    return scores, dichotomous(a, -a * b, g), reference.result_table(name)


@pytest.mark.parametrize("name", PERSON_FILES)
def test_fit_and_abilities_of_persons_are_those_of_perfit_and_mirt(name: str) -> None:
    scores, parameters, table = _of_persons(name)
    theirs = {title: column(table, title).tolist() for title in table if title != "id"}
    _, ht, u3 = patterns(scores)
    ours = {
        "ml": person_fit(scores, parameters, np.array(theirs["theta_ml_clipped_4"])),
        "wle": person_fit(scores, parameters, np.array(theirs["theta_wle"]), method="wle"),
        "theta_ml": np.clip(abilities.ml(scores, parameters).theta, -4, 4),
        "theta_wle": abilities.wle(scores, parameters).theta,
        "ht": ht,
        "u3": u3,
    }
    compare_all("person fit", name, ours, theirs)
    extreme = (scores.sum(axis=1) == 0) | (scores.sum(axis=1) == scores.shape[1])
    assert (np.isnan(ht) == extreme).all()


def test_ht_and_u3_with_missing_answers_are_their_definition() -> None:
    """Pair by pair and candidate by candidate, from the formulas; seed 31."""
    rng = np.random.default_rng(31)
    chance = 1 / (1 + np.exp(np.linspace(-1.5, 1.5, 9) - rng.normal(size=(40, 1))))
    scores = (rng.random((40, 9)) < chance).astype(np.int8)
    scores[rng.random((40, 9)) < 0.15] = -1
    scores[5] = -1
    _, ht, u3 = patterns(scores)
    right = [(scores[:, j] == 1).sum() / (scores[:, j] >= 0).sum() for j in range(9)]
    for i, row in enumerate(scores):
        own = np.flatnonzero(row >= 0)
        total = (row == 1).sum()
        if total in (0, len(own)):
            assert np.isnan(ht[i])
            assert np.isnan(u3[i])
            continue
        logits = sorted((np.log(right[j] / (1 - right[j])) for j in own), reverse=True)
        mine = sum(np.log(right[j] / (1 - right[j])) for j in own if row[j] == 1)
        top, bottom = sum(logits[:total]), sum(logits[len(own) - total :])
        assert u3[i] == pytest.approx((top - mine) / (top - bottom), abs=1e-10)
        together = most = 0.0
        for m in range(40):
            both = (row >= 0) & (scores[m] >= 0)
            if m != i and both.any():
                x, y = row[both], scores[m][both]
                together += np.mean(x * y) - x.mean() * y.mean()
                most += min(x.mean() * (1 - y.mean()), y.mean() * (1 - x.mean()))
        assert ht[i] == pytest.approx(together / most, abs=1e-5)


def test_one_who_has_the_hard_items_right_alone_fits_least() -> None:
    scores = np.tril(np.ones((9, 10), np.int8))
    scores = np.concatenate([np.repeat(scores, 20, axis=0), 1 - scores[[4]]])
    _, ht, u3 = patterns(scores)
    assert u3[-1] == pytest.approx(1.0)
    assert ht[-1] == np.nanmin(ht) < 0
    with pytest.raises(es.ArgumentError, match="0 and 1"):
        es.person_fit(np.full((2, 2), 2))


def test_lz_star_is_standard_under_the_model_with_estimated_abilities() -> None:
    rng = np.random.default_rng(11)
    a, d = rng.lognormal(0, 0.3, 60), rng.normal(size=60)
    theta = rng.normal(size=3000)
    scores = (rng.random((3000, 60)) < 1 / (1 + np.exp(-(np.outer(theta, a) + d)))).astype(np.int8)
    parameters = dichotomous(a, d)
    found = person_fit(scores, parameters, abilities.wle(scores, parameters).theta, method="wle")
    assert found.lz_star.mean() == pytest.approx(0, abs=0.06)
    assert found.lz_star.std() == pytest.approx(1, abs=0.05)
    assert found.lz.std() < found.lz_star.std()


def test_partial_scores_with_two_categories_are_as_0_and_1() -> None:
    scores, parameters, table = _of_persons("lsat6__person_fit")
    theta = column(table, "theta_ml_clipped_4")
    plain = person_fit(scores, parameters, theta)
    for kind in (GRADED, PARTIAL_CREDIT):
        same = person_fit(scores, parameters._replace(kind=np.full(5, kind, np.int8)), theta)
        for field in ("lz", "lz_star", "outfit", "z_infit"):
            assert getattr(same, field) == pytest.approx(getattr(plain, field), abs=1e-10)


PARTIAL_FILES = ["sim_partial__grm", "sim_partial_missing__grm", "sim_partial__gpcm", "sim_partial__pcm"]
SQUARES = ("outfit", "z_outfit", "infit", "z_infit")


def _of_partial(name: str) -> tuple[dict[str, Any], np.ndarray, ItemParameters, float]:
    theirs = results(name)
    kind, n_items = GRADED if name.endswith("grm") else PARTIAL_CREDIT, len(theirs["a"])
    parameters = ItemParameters(
        np.full(n_items, kind, np.int8),
        floats(theirs["a"]),
        floats(theirs["d"]),
        np.zeros(n_items),
    )
    scores = np.nan_to_num(floats(theirs["scores"]), nan=-1).astype(np.int8)
    return theirs, scores, parameters, float(theirs["theta_variance"]) ** 0.5


@pytest.mark.parametrize("name", PARTIAL_FILES)
def test_abilities(name: str) -> None:
    theirs, scores, parameters, sd = _of_partial(name)
    grid = normal_grid(121, sd=sd)
    for title, ours, tolerance, of_se in (
        ("eap", abilities.eap(scores, parameters, grid), 1e-8, 1e-8),
        ("map", abilities.map(scores, parameters, 0.0, sd), 1e-4, 1e-3),
        ("ml", abilities.ml(scores, parameters), 1e-3, 1e-2),
        ("wle", abilities.wle(scores, parameters), 1e-3, 1e-2),
        ("eap_sum", abilities.eap_sum(scores, parameters, grid), 1e-8, 1e-8),
    ):
        if title in theirs:
            estimate, se = floats(theirs[title]).T
            compare(name, title, ours.theta, estimate.tolist(), tolerance)
            compare(name, f"{title} standard error", ours.se, se.tolist(), of_se)


@pytest.mark.parametrize("name", PARTIAL_FILES)
def test_information(name: str) -> None:
    theirs, _, parameters, _ = _of_partial(name)
    theta = np.linspace(-4, 4, 17)
    whole = parameters.information(theta)
    compare(name, "test information", whole, theirs["test_information"], 1e-8)
    expected = parameters.expected_scores(theta).sum(axis=1)
    compare(name, "expected score", expected, theirs["expected_score"], 1e-8)


@pytest.mark.parametrize("name", PARTIAL_FILES)
def test_fit_of_items_and_persons(name: str) -> None:
    theirs, scores, parameters, sd = _of_partial(name)
    theta = floats(theirs["eap"])[:, 0]
    items = item_fit(scores, parameters, theta)
    persons = person_fit(scores, parameters, theta)
    for title in SQUARES:
        if title != "z_outfit" or "missing" not in name:  # mirt counts other answers there
            compare(name, title, getattr(items, title), theirs["infit"][title], 1e-8)
            compare(name, f"person {title}", getattr(persons, title), theirs["person"][title], 1e-8)
    compare(name, "Zh", persons.lz, theirs["person"]["zh"], 1e-8)
    if "S_X2" in theirs:
        free = estimated(name.split("__")[1], parameters)
        found = s_x2(scores, parameters, free, normal_grid(sd=sd))
        compare(name, "S-X2", found.statistic, theirs["S_X2"]["S_X2"], 1e-8)
        compare(name, "S-X2 degrees of freedom", found.df, theirs["S_X2"]["df"], 0)
        compare(name, "S-X2 p", found.p, theirs["S_X2"]["p"], 1e-8)


@pytest.mark.parametrize("name", PARTIAL_FILES)
def test_fit_of_the_model_of_partial_scores(name: str) -> None:
    theirs, scores, parameters, sd = _of_partial(name)
    found = model_fit(scores, parameters, estimated(name.split("__")[1], parameters), normal_grid(sd=sd))
    fields = {"df": "df", "SRMSR": "srmsr"}
    if name == "sim_partial__grm":  # see model_fit: partial credit and blanks are otherwise in mirt
        fields |= {"M2": "m2", "p": "p"}
    for title, field in fields.items():
        compare(name, title, getattr(found, field), theirs["M2"][title], 1e-4)
    compare(name, "Q3", q3(scores, parameters, floats(theirs["eap"])[:, 0]).q3, theirs["Q3"], 1e-8)


@pytest.mark.parametrize("name", PARTIAL_FILES)
def test_local_dependence(name: str) -> None:
    theirs, scores, parameters, sd = _of_partial(name)
    found, known = local_dependence(scores, parameters, normal_grid(sd=sd)), floats(theirs["LD"])
    above = np.triu_indices(len(known), 1)
    compare(name, "LD X2", found.x2[above], known.T[above].tolist(), 1e-8)
    compare(name, "LD Cramer V", found.v[above], known[above].tolist(), 1e-10)
    assert (found.df[above] == 4).all()


@pytest.mark.parametrize("name", ["sim_partial__grm", "sim_partial__gpcm"])
def test_the_null_model_of_partial_scores_has_the_means_of_the_items(name: str) -> None:
    _, scores, parameters, _ = _of_partial(name)
    found = model_fit(scores, parameters, estimated(name.split("__")[1], parameters))
    assert 0 < found.p < 1
    assert found.df_null == 8 * 7 // 2


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 150])
def test_the_range_of_scores_is_that_of_the_answers(n: int) -> None:
    cells = np.random.default_rng(n).integers(-3, 4, (n, 5)).astype(np.int8)
    cells[:, 2] = -2
    for same in (cells, np.asfortranarray(cells), np.repeat(cells, 2, axis=1)[:, ::2]):
        lowest, highest = score_ranges(same)
        for j, own in enumerate(cells.T):
            answers = own[own >= 0].tolist()
            assert (lowest[j], highest[j]) == (min(answers, default=-1), max(answers, default=-1))


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (1, 1), (2, 2), (1, 4), (2, 6), (3, 30), (3, 20_000)])
def test_small_and_wide_matrices_say_nothing_that_means_nothing(shape: tuple[int, int]) -> None:
    n_persons, n_items = shape
    parameters = dichotomous(np.ones(n_items), np.zeros(n_items))
    for cells in (np.zeros(shape, np.int8), np.ones(shape, np.int8), np.full(shape, -1, np.int8)):
        persons = person_fit(cells, parameters, np.zeros(n_persons))
        assert np.isnan(persons.outfit).tolist() == (persons.n == 0).tolist()
        assert np.isnan(person_fit(cells, parameters, np.full(n_persons, np.inf)).lz).all()
        assert np.isnan(patterns(cells)[1:]).all()
        if n_items > 30:
            continue
        items = s_x2(cells, parameters, estimated("rasch", parameters))
        assert np.isnan(items.statistic).all()
        assert items.notes or not n_items
        assert np.isnan(item_fit(cells, parameters, abilities.ml(cells, parameters).theta).infit).all()
        model = model_fit(cells, parameters, estimated("2pl", parameters))
        assert np.isnan(model.m2) or 0 <= model.p <= 1
        assert np.isnan(model.m2) <= bool(model.notes)
        correlations = q3(cells, parameters, abilities.eap(cells, parameters).theta).q3
        assert np.isnan(correlations[~np.eye(n_items, dtype=bool)]).all()


def test_many_items_and_few_candidates() -> None:
    parameters = dichotomous(np.ones(20_000), np.zeros(20_000))
    free = estimated("rasch", parameters)
    cells = np.random.default_rng(1).integers(0, 2, (3, 20_000)).astype(np.int8)
    found = s_x2(cells, parameters, free)
    assert np.isnan(found.statistic).all()
    assert "s-x2-undefined" in {note.code for note in found.notes}
    assert np.isfinite(item_fit(cells, parameters, np.zeros(3)).infit).all()
    assert model_fit(cells, parameters, free).notes[0].code == "m2-undefined"

"""Abilities given mirt's item parameters, against `mirt::fscores`; and what can and cannot be said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.stats import irt_abilities as abilities
from examgen.stats import irt_models as information
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
from examgen.stats.quadrature import normal_grid
from tests.effort import examples
from tests.psychometrics import reference
from tests.psychometrics.compared import compare_all
from tests.psychometrics.fitted import column, fitted, names

SCORES = names("*_mml_scores")
MODELS = names("*_mml")
RASCH = dichotomous(np.ones(6), np.linspace(-1.5, 1.5, 6))
PARTIAL = ItemParameters(
    np.array([GRADED, PARTIAL_CREDIT, 0], np.int8),
    np.array([1.2, 0.8, 1.5]),
    np.array([[1.0, 0.2, -1.1], [0.5, -0.3, np.nan], [0.1, np.nan, np.nan]]),
    np.array([0.0, 0.0, 0.2]),
)


@pytest.mark.parametrize("name", SCORES)
def test_expected_a_posteriori_is_that_of_mirt(name: str) -> None:
    model, table = fitted(name.removesuffix("_scores")), reference.result_table(name)
    found = abilities.eap(model.scores, model.parameters, model.grid(121))
    reference.compare(name, "EAP", found.theta, column(table, "eap").tolist(), 1e-8)
    reference.compare(name, "EAP standard error", found.se, column(table, "se_eap").tolist(), 1e-8)


@pytest.mark.parametrize("name", SCORES)
def test_maxima_are_those_of_mirt(name: str) -> None:
    """mirt's standard errors come from differences of the log-likelihood: some four digits."""
    model, table = fitted(name.removesuffix("_scores")), reference.result_table(name)
    found = {
        "map": abilities.map(model.scores, model.parameters, 0.0, model.sd),
        "ml": abilities.ml(model.scores, model.parameters),
        "wle": abilities.wle(model.scores, model.parameters),
    }
    compare_all(
        "maxima", name, found, {title: column(table, title).tolist() for title in table if title != "id"}
    )


@pytest.mark.parametrize("name", names("rasch_tam"))
def test_warm_estimates_by_score_are_those_of_tam(name: str) -> None:
    results = reference.results(name)
    by_score = results["wle_by_score"]
    difficulty = reference.floats(results["difficulty"])
    parameters = dichotomous(np.ones(len(difficulty)), -difficulty)
    scores = np.array(by_score["raw_score"])
    cells = (np.arange(len(difficulty)) < scores[:, None]).astype(np.int8)
    found = abilities.wle(cells, parameters)
    reference.compare(name, "WLE by score", found.theta, by_score["wle"], 1e-3)


@pytest.mark.parametrize("parameters", [RASCH, PARTIAL])
def test_sum_scores_against_all_patterns(parameters: ItemParameters) -> None:
    nodes, weights = normal_grid(121)
    p = parameters.probabilities(nodes)
    last = np.count_nonzero(~np.isnan(parameters.d), axis=1)
    patterns = np.stack(np.meshgrid(*[np.arange(k + 1) for k in last], indexing="ij"), -1).reshape(
        -1, len(last)
    )
    likelihood = np.prod(p[:, np.arange(len(last)), patterns], axis=2) * weights[:, None]
    found = abilities.eap_sum(patterns.astype(np.int8), parameters)
    for total in range(int(last.sum()) + 1):
        posterior = likelihood[:, patterns.sum(axis=1) == total].sum(axis=1)
        mean = posterior @ nodes / posterior.sum()
        sd = np.sqrt(posterior @ (nodes - mean) ** 2 / posterior.sum())
        row = np.flatnonzero(patterns.sum(axis=1) == total)[0]
        assert (found.theta[row], found.se[row]) == pytest.approx((mean, sd), abs=1e-12)


def test_under_a_rasch_model_the_sum_score_says_all() -> None:
    cells = np.random.default_rng(3).integers(0, 2, (50, 6)).astype(np.int8)
    whole, by_sum = abilities.eap(cells, RASCH), abilities.eap_sum(cells, RASCH)
    assert by_sum.theta == pytest.approx(whole.theta, abs=1e-12)
    assert by_sum.se == pytest.approx(whole.se, abs=1e-12)


def test_each_pattern_of_missing_answers_has_a_sum_score_ability() -> None:
    rng = np.random.default_rng(5)
    difficulty = rng.normal(size=14)
    model = dichotomous(np.ones(14), -difficulty)
    cells = rng.integers(0, 2, (900, 14)).astype(np.int8)
    cells[rng.random(cells.shape) < 0.3] = -1
    assert len(np.unique(cells >= 0, axis=0)) > 600
    whole, by_sum = abilities.eap(cells, model), abilities.eap_sum(cells, model)
    assert by_sum.theta == pytest.approx(whole.theta, abs=1e-12)  # of a Rasch model they are the same
    assert by_sum.se == pytest.approx(whole.se, abs=1e-12)


def test_partial_scores_are_estimated_where_the_slope_of_their_likelihood_is_zero() -> None:
    cells = np.array([[2, 1, 1], [1, 2, 0], [3, 0, 1], [1, -1, 1]], np.int8)

    def log_likelihood(theta: np.ndarray) -> np.ndarray:
        p = PARTIAL.probabilities(theta)[np.arange(4)[:, None], np.arange(3), cells]
        return np.asarray(np.log(np.where(cells >= 0, p, 1.0)).sum(axis=1))

    at, h = abilities.ml(cells, PARTIAL), 1e-4
    up, here, down = (log_likelihood(at.theta + shift) for shift in (h, 0.0, -h))
    assert (up - down) / (2 * h) == pytest.approx(np.zeros(4), abs=1e-6)
    assert 1 / np.sqrt(-(up - 2 * here + down) / h**2) == pytest.approx(at.se, rel=1e-4)


def test_many_candidates_are_estimated_from_a_table() -> None:
    rng = np.random.default_rng(2)
    parameters = dichotomous(rng.lognormal(0, 0.5, 20), rng.normal(size=20))
    cells = rng.integers(0, 2, (9000, 20)).astype(np.int8)
    cells[0], cells[1] = 0, 1
    for method in (abilities.ml, abilities.map, abilities.wle):
        many, few = method(cells, parameters), method(cells[:300], parameters)
        assert many.theta[:300] == pytest.approx(few.theta, abs=1e-8)
        assert many.se[:300] == pytest.approx(few.se, rel=1e-6, nan_ok=True)


def test_many_candidates_with_blanks_are_estimated_as_each_alone() -> None:
    rng = np.random.default_rng(3)
    parameters = dichotomous(rng.lognormal(0, 0.3, 60), rng.normal(size=60))
    chance = 1 / (1 + np.exp(-(parameters.a * 1.5 * rng.normal(size=(8_200, 1)) + parameters.d[:, 0])))
    cells = np.where(rng.random(chance.shape) < 0.1, -1, rng.random(chance.shape) < chance).astype(np.int8)
    cells[0], cells[1], cells[2], cells[3, 3:] = 0, 1, -1, -1
    many, few = abilities.eap(cells, parameters), abilities.eap(cells[:1_000], parameters)
    assert many.theta[:1_000] == pytest.approx(few.theta, abs=2e-8, nan_ok=True)
    assert many.se[:1_000] == pytest.approx(few.se, abs=2e-8, nan_ok=True)


def test_nothing_and_everything_right() -> None:
    cells = np.array([[0] * 6, [1] * 6, [1, 1, -1, -1, 1, 1], [-1] * 6], np.int8)
    most_likely = abilities.ml(cells, RASCH)
    assert most_likely.theta.tolist()[:3] == [-np.inf, np.inf, np.inf]
    assert np.isnan(most_likely.theta[3])
    assert np.isnan(most_likely.se).all()
    for estimate in (abilities.eap(cells, RASCH), abilities.map(cells, RASCH), abilities.wle(cells, RASCH)):
        assert np.isfinite(estimate.theta[:3]).all()
        assert estimate.theta[0] < estimate.theta[2] < estimate.theta[1]
        assert np.isnan(estimate.theta[3])


def test_negative_and_zero_slopes() -> None:
    cells = np.array([[0, 0], [1, 1], [1, 0]], np.int8)
    falling = dichotomous(np.array([-1.0, -2.0]), np.zeros(2))
    assert abilities.ml(cells, falling).theta.tolist()[:2] == [np.inf, -np.inf]
    flat = dichotomous(np.zeros(2), np.zeros(2))
    assert np.isnan(abilities.ml(cells, flat).theta).all()
    assert np.isnan(abilities.wle(cells, flat).theta).all()
    assert abilities.eap(cells, flat).theta == pytest.approx(np.zeros(3), abs=1e-12)
    steep = dichotomous(np.array([90.0, 80.0]), np.array([0.0, -40.0]))
    assert abilities.ml(cells, steep).theta[:2].tolist() == [-np.inf, np.inf]
    assert np.isfinite(abilities.eap(cells, steep).theta).all()


def test_a_step_far_from_the_middle_says_only_on_which_side_an_ability_is() -> None:
    items, grid = dichotomous(np.array([100.0, 1.0]), np.array([250.0, 0.0])), normal_grid(121)
    cells = np.array([[1, 1], [1, 0], [0, 1], [1, -1]], np.int8)
    z = np.outer(grid.nodes, items.a) + items.d[:, 0]
    logs = (cells == 1) @ -np.logaddexp(0.0, -z).T + (cells == 0) @ -np.logaddexp(0.0, z).T
    share = np.exp(logs - logs.max(axis=1, keepdims=True)) * grid.weights
    mean = share @ grid.nodes / share.sum(axis=1)
    assert abilities.eap(cells, items).theta == pytest.approx(mean, abs=1e-9)


def test_items_without_parameters_are_left_out() -> None:
    parameters = dichotomous(np.array([1.0, np.nan, 1.0]), np.zeros(3))
    found = abilities.eap(np.array([[1, 0, 0], [1, 1, -1]], np.int8), parameters)
    assert found.theta == pytest.approx(
        abilities.eap(np.array([[1, 0], [1, -1]], np.int8), dichotomous(np.ones(2), np.zeros(2))).theta
    )


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (1, 1), (3, 5)])
def test_small_matrices(shape: tuple[int, int]) -> None:
    parameters = dichotomous(np.ones(shape[1]), np.zeros(shape[1]))
    for cells in (np.zeros(shape, np.int8), np.full(shape, -1, np.int8)):
        for method in (abilities.eap, abilities.ml, abilities.map, abilities.wle, abilities.eap_sum):
            assert method(cells, parameters).theta.shape == (shape[0],)


@settings(max_examples=examples(30), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_better_answer_never_lowers_the_estimate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    parameters = dichotomous(rng.lognormal(0, 0.4, 8), rng.normal(size=8))
    cells = rng.integers(-1, 2, (20, 8)).astype(np.int8)
    better = np.where(cells == 0, np.int8(1), cells)
    for method in (abilities.eap, abilities.map):
        worse, more = method(cells, parameters), method(better, parameters)
        assert (more.theta >= worse.theta - 1e-9)[~np.isnan(worse.theta)].all()


@pytest.mark.parametrize("name", MODELS)
def test_information_and_expected_scores_are_those_of_mirt(name: str) -> None:
    model = fitted(name)
    grid, results = reference.floats(model.results["theta_grid"]), model.results
    whole = model.parameters.information(grid)
    ours = {
        "items": model.parameters.item_information(grid),
        "whole": whole,
        "expected": model.parameters.expected_scores(grid).sum(axis=1),
    }
    compare_all("information", name, ours, results)
    assert model.parameters.sem(grid) == pytest.approx(1 / np.sqrt(whole))


@pytest.mark.parametrize("name", MODELS)
def test_reliabilities_are_those_of_mirt(name: str) -> None:
    model = fitted(name)
    if model.sd == 1.0:
        marginal = model.parameters.reliability()
        reference.compare(name, "marginal reliability", marginal, model.results["marginal_reliability"], 1e-6)
    if model.results["empirical_reliability_eap"] is not None:
        eap = abilities.eap(model.scores, model.parameters, model.grid(121))
        ours = information.empirical_reliability(eap.theta, eap.se)
        theirs = model.results["empirical_reliability_eap"]
        reference.compare(name, "empirical reliability of EAP", ours, theirs, 1e-8)


def test_marginal_reliability_does_not_depend_on_how_a_rasch_model_is_written() -> None:
    rasch, one = fitted("lsat6__rasch_mml"), fitted("lsat6__1pl_mml")
    ours = rasch.parameters.reliability(0.0, rasch.sd)
    assert ours == pytest.approx(one.parameters.reliability(), abs=1e-3)
    assert np.isnan(rasch.parameters.reliability(0.0, 0.0))


def test_reliability_that_cannot_be_had() -> None:
    assert np.isnan(information.empirical_reliability([0.3], [0.2]))
    assert np.isnan(information.empirical_reliability([np.inf, np.nan], [np.nan, np.nan]))
    nothing = dichotomous(np.full(2, np.nan), np.full(2, np.nan))
    assert np.isnan(nothing.information([0.0])).all()
    assert np.isnan(RASCH.item_information([np.inf])).all()

"""Populations of ability and draws from posteriors, against mirt and TAM, against brute-force sums written here, and
against simulated truth (seeds stand in the tests)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate

from examgen.stats import irt_abilities as abilities
from examgen.stats import irt_abilities as populations
from examgen.stats.irt_abilities import histogram, own_population, plausible_values, population
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
from examgen.stats.mml_fit import fit_mml
from examgen.stats.quadrature import normal_grid
from tests.psychometrics import reference
from tests.psychometrics.by_definition import drawn

FILE = "populations__mirt_tam"

KINDS = {
    "rasch": dichotomous(np.ones(8), np.linspace(-1.5, 1.5, 8)),
    "2pl": dichotomous(np.linspace(0.6, 1.8, 8), np.linspace(-1.5, 1.5, 8)),
    "3pl": dichotomous(np.linspace(0.6, 1.8, 8), np.linspace(-1.5, 1.5, 8), np.full(8, 0.2)),
    "grm": ItemParameters(
        np.full(8, GRADED, np.int8),
        np.linspace(0.7, 2.0, 8),
        np.linspace(-0.8, 0.8, 8)[:, None] + np.array([1.2, 0.0, -1.1]),
        np.zeros(8),
    ),
    "gpcm": ItemParameters(
        np.full(8, PARTIAL_CREDIT, np.int8),
        np.linspace(0.5, 1.5, 8),
        np.linspace(-0.8, 0.8, 8)[:, None] + np.array([0.9, 0.8, -0.2]),
        np.zeros(8),
    ),
}


def chance(parameters: ItemParameters, row: np.ndarray, theta: float) -> float:
    """Likelihood of one row of answers, item by item."""
    p = parameters.probabilities(np.array([theta]))[0]
    return float(np.prod([p[j, x] for j, x in enumerate(row) if x >= 0]))


@pytest.mark.parametrize("kind", KINDS)
def test_eap_under_a_given_population_is_that_of_adaptive_quadrature(kind: str) -> None:
    own, mean, sd = KINDS[kind], 1.0, 1.6
    scores = drawn(own, np.array([-1.0, 0.5, 2.5]), 1)
    scores[1, :3] = -1
    found = abilities.eap(scores, own, population(mean, sd))
    for row, theta, se in zip(scores, found.theta, found.se, strict=True):

        def moment(power: int, row: np.ndarray = row) -> float:
            def part(t: float) -> float:
                return t**power * chance(own, row, t) * np.exp(-0.5 * ((t - mean) / sd) ** 2)

            return float(integrate.quad(part, mean - 10 * sd, mean + 10 * sd, epsabs=1e-14, limit=200)[0])

        total, first, second = (moment(k) for k in range(3))
        assert theta == pytest.approx(first / total, abs=1e-6)
        assert se == pytest.approx(np.sqrt(second / total - (first / total) ** 2), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_item_information_is_the_expected_curvature_of_the_log_likelihood(kind: str) -> None:
    """−E d²/dθ² log P(x | θ), by differences."""
    own, theta, h = KINDS[kind], np.array([-2.0, 0.3, 1.7]), 1e-4
    p, up, down = (own.probabilities(theta + step) for step in (0.0, h, -h))
    bend = (np.log(up) - 2.0 * np.log(p) + np.log(down)) / h**2
    assert own.item_information(theta) == pytest.approx(-(p * bend).sum(axis=2), abs=1e-6)


def test_the_models_own_population_is_what_it_was_fitted_with() -> None:
    theta = np.random.default_rng(2).normal(0.0, 1.4, 500)
    scores = drawn(KINDS["rasch"], theta, 3)
    fit = fit_mml(scores, "rasch")
    nodes, weights = own_population(float(fit.mean[0]), float(fit.sd[0]))
    expected = normal_grid(121, sd=float(fit.sd[0]))
    assert (nodes == expected.nodes).all()
    assert (weights == expected.weights).all()
    with pytest.raises(ValueError, match="standard deviation nan"):
        own_population(np.nan, np.nan)
    with pytest.raises(ValueError, match="standard deviation 0"):
        population(0.0, 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_histogram_finds_two_groups_that_no_normal_population_shows(kind: str) -> None:
    """Half at −1.5, half at 1.5, sd 0.5 each: seed 4, 3,000 candidates, the items three times over."""
    rng = np.random.default_rng(4)
    theta = np.repeat([-1.5, 1.5], 1500) + rng.normal(0.0, 0.5, 3000)
    own = ItemParameters(*(np.concatenate([part] * 3) for part in KINDS[kind]))
    scores = drawn(own, theta, 5)
    scores[::7, 4] = -1
    found = histogram(scores, own)
    assert found.converged
    assert found.mean == pytest.approx(theta.mean(), abs=0.06)
    assert found.sd == pytest.approx(theta.std(), abs=0.06)
    share = found.grid.weights
    assert share.sum() == pytest.approx(1.0)
    middle = share[np.abs(found.grid.nodes) < 0.45].sum()
    assert abs(middle - (np.abs(theta) < 0.45).mean()) < 0.05
    # abilities under it are nearer to the truth
    error = [np.mean((abilities.eap(scores, own, grid).theta - theta) ** 2) for grid in (found.grid, None)]
    assert error[0] < error[1]


def test_a_step_of_the_histogram_is_the_mean_of_the_posteriors_and_never_falls() -> None:
    own = KINDS["2pl"]
    scores = drawn(own, np.random.default_rng(6).normal(size=200), 7)
    found, nodes = histogram(scores, own), normal_grid().nodes
    like = np.array([[chance(own, row, t) for t in nodes] for row in scores])
    assert found.log_likelihood == pytest.approx(np.log(like @ found.grid.weights).sum(), abs=1e-8)
    assert found.log_likelihood > np.log(like @ normal_grid().weights).sum()
    posterior = like * found.grid.weights
    posterior /= posterior.sum(axis=1, keepdims=True)
    again = np.log(like @ posterior.mean(axis=0)).sum()
    assert 0.0 <= again - found.log_likelihood < 1e-3
    with pytest.raises(ValueError, match="no candidate has an answer"):
        histogram(np.full((3, 8), -1, np.int8), own)


@pytest.mark.parametrize("kind", KINDS)
def test_plausible_values_have_mean_and_sd_of_each_posterior(kind: str) -> None:
    """4,000 draws of each of five candidates: their mean and sd within five standard errors, and their shares
    below some points those of the posterior."""
    own, grid = KINDS[kind], population(0.5, 1.2, 601)
    scores = drawn(own, np.array([-2.0, -0.5, 0.4, 1.5, 3.0]), 8)
    scores[3, 2:] = -1
    draws = plausible_values(scores, own, 4000, seed=9, grid=grid)
    eap = abilities.eap(scores, own, grid)
    assert draws.shape == (5, 4000)
    assert (np.abs(draws.mean(axis=1) - eap.theta) < 5 * eap.se / np.sqrt(4000)).all()
    assert (np.abs(draws.std(axis=1) / eap.se - 1.0) < 5 / np.sqrt(8000)).all()
    for row, own_draws in zip(scores, draws, strict=True):
        height = np.array([chance(own, row, t) for t in grid.nodes]) * grid.weights
        at = np.array([-1.0, 0.0, 1.0, 2.0])
        below = [height[grid.nodes < point].sum() / height.sum() for point in at]
        assert np.abs((own_draws[:, None] < at).mean(axis=0) - below).max() < 0.05


def test_plausible_values_give_back_the_spread_that_eap_loses() -> None:
    """Seed 10, 3,000 candidates from N(0, 1) on eight items: the variance of EAP is too small, that of draws 1."""
    own = KINDS["2pl"]
    theta = np.random.default_rng(10).normal(size=3000)
    scores = drawn(own, theta, 11)
    draws = plausible_values(scores, own, seed=12)
    assert draws.shape == (3000, 5)
    assert draws.std(axis=0).mean() == pytest.approx(theta.std(), abs=0.03)
    assert abilities.eap(scores, own).theta.std() < 0.85
    assert (plausible_values(scores, own, seed=12) == draws).all()
    nobody = plausible_values(np.full((2000, 8), -1, np.int8), own, 1, seed=1)
    assert nobody.mean() == pytest.approx(0.0, abs=0.1)
    assert nobody.std() == pytest.approx(1.0, abs=0.07)


@pytest.fixture(scope="module")
def of_r() -> dict[str, Any]:
    return reference.results(FILE)


def test_eap_under_a_given_population_is_that_of_mirt(of_r: dict[str, Any]) -> None:
    items = dichotomous(np.array(of_r["a"]), np.array(of_r["d"]))
    found = abilities.eap(reference.cells_of(of_r), items, own_population(0.5, 1.2))
    theirs = np.array(of_r["eap_given"])
    reference.compare(FILE, "EAP under N(0.5, 1.2²)", found.theta, theirs[:, 0], 1e-8)
    reference.compare(FILE, "its error", found.se, theirs[:, 1], 1e-8)


def test_the_histogram_is_that_of_mirt(of_r: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """After as many steps: neither is at the maximum, which is a few spikes."""
    theirs = of_r["histogram"]
    monkeypatch.setattr(populations, "MOST_STEPS", theirs["steps"])
    monkeypatch.setattr(populations, "ENOUGH", -1.0)
    items = dichotomous(np.array(of_r["a"]), np.array(of_r["d"]))
    found = histogram(reference.cells_of(of_r), items)
    assert found.iterations == theirs["steps"]
    reference.compare(FILE, "weights of the histogram", found.grid.weights, theirs["weights"], 1e-10)


def test_plausible_values_are_those_of_tam(of_r: dict[str, Any]) -> None:
    """A thousand draws each: means and standard deviations differ by as much as draws do.

    TAM draws abilities first and then among them, which all candidates share: its means are some 1.2 times as
    far from the EAP as independent draws would be, its standard deviations up to 13 % off.
    """
    theirs = of_r["draws"]
    scores, n = reference.cells_of(of_r), theirs["n"]
    items, sd = dichotomous(np.ones(12), np.array(theirs["d"])), theirs["variance"] ** 0.5
    found = abilities.eap(scores, items, own_population(0.0, sd))
    reference.compare(FILE, "EAP of a Rasch model (TAM)", found.theta, theirs["eap"], 2e-4)
    draws = plausible_values(scores, items, n, seed=3, grid=own_population(0.0, sd, 601))
    spread = np.array(theirs["sd"])
    off = (draws.mean(axis=1) - theirs["mean"]) / np.sqrt((spread**2 + draws.var(axis=1)) / n)
    reference.compare(FILE, "means of plausible values, in Monte Carlo errors", off, np.zeros(len(off)), 4.5)
    assert off.std() < 1.25
    assert np.mean(draws.std(axis=1, ddof=1) / spread) == pytest.approx(1.0, abs=0.01)
    of_sample = draws.std(axis=0, ddof=1).mean()
    reference.compare(FILE, "sd of the sample by plausible values", of_sample, theirs["mean_of_sds"], 0.02)

"""Populations of ability and draws from posteriors, against mirt and TAM, against brute-force sums written here, and
against simulated truth (seeds stand in the tests)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate

from examgen.stats import irt_abilities as abilities
from examgen.stats import irt_curves as information
from examgen.stats.irt_abilities import own_population, population
from examgen.stats.irt_curves import category_probabilities
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
from examgen.stats.mml_fit import fit_mml
from examgen.stats.quadrature import normal_grid
from tests.psychometrics import reference

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


def simulated(parameters: ItemParameters, theta: np.ndarray, seed: int) -> np.ndarray:
    p = category_probabilities(parameters, theta)
    draw = np.random.default_rng(seed).random((*p.shape[:2], 1))
    return (draw > p.cumsum(axis=2)[:, :, :-1]).sum(axis=2).astype(np.int8)


def chance(parameters: ItemParameters, row: np.ndarray, theta: float) -> float:
    """Likelihood of one row of answers, item by item."""
    p = category_probabilities(parameters, np.array([theta]))[0]
    return float(np.prod([p[j, x] for j, x in enumerate(row) if x >= 0]))


@pytest.mark.parametrize("kind", KINDS)
def test_eap_under_a_given_population_is_that_of_adaptive_quadrature(kind: str) -> None:
    own, mean, sd = KINDS[kind], 1.0, 1.6
    scores = simulated(own, np.array([-1.0, 0.5, 2.5]), 1)
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
    p, up, down = (category_probabilities(own, theta + step) for step in (0.0, h, -h))
    bend = (np.log(up) - 2.0 * np.log(p) + np.log(down)) / h**2
    assert information.item_information(own, theta) == pytest.approx(-(p * bend).sum(axis=2), abs=1e-6)


def test_the_models_own_population_is_what_it_was_fitted_with() -> None:
    theta = np.random.default_rng(2).normal(0.0, 1.4, 500)
    scores = simulated(KINDS["rasch"], theta, 3)
    fit = fit_mml(scores, "rasch")
    nodes, weights = own_population(float(fit.mean[0]), float(fit.sd[0]))
    expected = normal_grid(121, sd=float(fit.sd[0]))
    assert (nodes == expected.nodes).all()
    assert (weights == expected.weights).all()
    with pytest.raises(ValueError, match="standard deviation nan"):
        own_population(np.nan, np.nan)
    with pytest.raises(ValueError, match="standard deviation 0"):
        population(0.0, 0.0)


@pytest.fixture(scope="module")
def of_r() -> dict[str, Any]:
    return reference.results(FILE)


def test_eap_under_a_given_population_is_that_of_mirt(of_r: dict[str, Any]) -> None:
    items = dichotomous(np.array(of_r["a"]), np.array(of_r["d"]))
    found = abilities.eap(reference.cells_of(of_r), items, own_population(0.5, 1.2))
    theirs = np.array(of_r["eap_given"])
    reference.compare(FILE, "EAP under N(0.5, 1.2²)", found.theta, theirs[:, 0], 1e-8)
    reference.compare(FILE, "its error", found.se, theirs[:, 1], 1e-8)

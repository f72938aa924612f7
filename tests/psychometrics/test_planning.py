"""With the planned number of candidates, standard errors are what was stated: by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.psychometrics.planning import (
    ERRORS,
    Assumed,
    candidates_for,
    difficulty_error,
    expected_facility,
    information_each,
)

REPLICATIONS = 500
WITHIN = 0.1
"""Three standard errors of a standard deviation of so many replications."""


def answers(rng: np.random.Generator, n: int, b: float, assumed: Assumed) -> tuple[NDArray, NDArray]:
    """(R, n) answers to the item, and (R, n, L) to the others, by the Rasch model."""
    theta = rng.normal(0, assumed.sd, (REPLICATIONS, n))
    others = np.linspace(-1.5, 1.5, assumed.others)
    rest = rng.random((REPLICATIONS, n, assumed.others)) < 1 / (1 + np.exp(others - theta[..., None]))
    return rng.random((REPLICATIONS, n)) < 1 / (1 + np.exp(b - theta)), rest


def correlations(y: NDArray, rest: NDArray) -> NDArray:
    y, rest = (one - one.mean(axis=1, keepdims=True) for one in (y.astype(float), rest.astype(float)))
    return (y * rest).sum(axis=1) / np.sqrt((y**2).sum(axis=1) * (rest**2).sum(axis=1))


def estimates(y: NDArray, scores: NDArray, assumed: Assumed) -> NDArray:
    """Difficulties by maximum likelihood over a normal ability, the others known: a plain table of b and score."""
    theta = np.linspace(-6, 6, 81)
    weights = np.exp(-0.5 * (theta / assumed.sd) ** 2)
    others = np.linspace(-1.5, 1.5, assumed.others)
    likelihood = np.ones((1, len(theta)))
    for d in others:  # of each sum score at each ability
        p = 1 / (1 + np.exp(d - theta))
        likelihood = np.pad(likelihood, ((0, 1), (0, 0))) * (1 - p) + np.pad(likelihood, ((1, 0), (0, 0))) * p
    posterior = likelihood * weights
    posterior /= posterior.sum(axis=1, keepdims=True)
    grid = np.linspace(-5, 5, 2001)
    right = posterior @ (1 / (1 + np.exp(grid[None, :] - theta[:, None])))  # (score, b)
    table = np.stack([np.log(1 - right), np.log(right)])
    found = []
    for own, score in zip(y, scores, strict=True):
        counts = np.zeros((2, len(right)))
        np.add.at(counts, (own.astype(int), score), 1)
        found.append(grid[np.einsum("ys,ysb->b", counts, table).argmax()])
    return np.array(found)


@pytest.mark.parametrize(("difficulty", "sd", "others", "error"), [(1.5, 1.0, 29, 0.25), (0.0, 1.5, 15, 0.3)])
def test_difficulties_are_known_as_exactly_as_stated(
    difficulty: float, sd: float, others: int, error: float
) -> None:
    assumed = Assumed(difficulty=difficulty, sd=sd, others=others)
    n = candidates_for("b", error, assumed)
    assert difficulty_error(n, assumed) <= error < difficulty_error(n - 1, assumed)
    y, rest = answers(np.random.default_rng(1), n, difficulty, assumed)
    found = estimates(y, rest.sum(axis=2), assumed)
    assert found.std() == pytest.approx(error, rel=WITHIN)
    assert found.mean() == pytest.approx(difficulty, abs=0.04)


@pytest.mark.parametrize("difficulty", [0.0, 1.5])
def test_correlations_and_facilities_are_known_as_exactly_as_stated(difficulty: float) -> None:
    rng = np.random.default_rng(2)
    plan = Assumed(difficulty=difficulty)
    many_y, many_rest = answers(rng, 400, difficulty, plan)
    true = float(correlations(many_y, many_rest.sum(axis=2)).mean())
    assumed = Assumed(facility=expected_facility(plan), item_rest=true)
    assert many_y.mean() == pytest.approx(assumed.facility, abs=0.005)
    for what, error in (("item-rest", 0.1), ("facility", 0.05)):
        n = candidates_for(what, error, assumed)
        assert ERRORS[what](n, assumed) <= error < ERRORS[what](n - 1, assumed)
        y, rest = answers(rng, n, difficulty, plan)
        found = correlations(y, rest.sum(axis=2)) if what == "item-rest" else y.mean(axis=1)
        assert found.std() == pytest.approx(error, rel=WITHIN)


def test_information_grows_to_what_known_abilities_give() -> None:
    theta = np.linspace(-8, 8, 4001)
    weights = np.exp(-0.5 * theta**2)
    p = 1 / (1 + np.exp(1.5 - theta))
    known = float((weights * p * (1 - p)).sum() / weights.sum())
    found = [information_each(Assumed(others=n)) for n in (1, 10, 40, 400)]
    assert found == sorted(found)
    assert found[-1] < known
    assert found[-1] == pytest.approx(known, rel=0.01)

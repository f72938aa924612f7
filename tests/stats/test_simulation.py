"""`es.simulate`."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import examgen.stats as es

RNG = np.random.default_rng(11)
POOL = pl.DataFrame(
    {
        "item": [f"i{j}" for j in range(300)],
        "a": RNG.lognormal(0.2, 0.25, 300),
        "b": RNG.normal(0.0, 1.2, 300),
        "c": np.full(300, 0.15),
    }
)


def test_simulated_responses_are_those_of_the_model() -> None:
    made = es.simulate(POOL, n=4000, seed=2)
    theta = made.persons["theta"].to_numpy()
    a, b = POOL["a"].to_numpy(), POOL["b"].to_numpy()
    p = 0.15 + 0.85 / (1 + np.exp(-a * (theta[:, None] - b)))
    z = (made.responses.cells - p).sum(axis=0) / np.sqrt((p * (1 - p)).sum(axis=0))
    assert 0.85 < z.std() < 1.15
    assert abs(z).max() < 4.5
    assert (es.simulate(POOL, n=4000, seed=2).responses.cells == made.responses.cells).all()


@pytest.mark.parametrize("model", ["grm", "gpcm"])
def test_what_was_simulated_is_fitted_again(model: str) -> None:
    true = {"item": list("abcdef"), "a": [0.8, 1.0, 1.2, 1.4, 1.6, 1.1]}
    true |= {f"b{k}": np.linspace(-1, 1, 6) + 0.8 * (k - 2) for k in (1, 2, 3)}
    made = es.simulate(true, n=5000, model=model, missing=0.1)
    fit = es.irt(made, model)
    assert np.allclose(fit.items["b2"], true["b2"], atol=0.12)
    assert np.allclose(fit.items["a"], true["a"], atol=0.15)
    again = es.simulate(fit, theta=[0.0, 1.0])
    assert again.responses.items == tuple("abcdef")


def test_persons_come_from_the_population_of_the_fit() -> None:
    rng = np.random.default_rng(3)
    items = {"item": [f"r{j}" for j in range(25)], "b": rng.normal(size=25)}
    fit = es.irt(es.simulate(items, 1500, mean=0.0, sd=2.4), "rasch")
    assert fit.sd == pytest.approx(2.4, abs=0.2)
    assert es.simulate(fit, 1500).persons["theta"].std() == pytest.approx(fit.sd, rel=0.1)
    with pytest.raises(es.ArgumentError, match="mean is not given, and the fit has no population"):
        es.simulate(es.irt(es.simulate(items, 200), "rasch-cml"), 10)

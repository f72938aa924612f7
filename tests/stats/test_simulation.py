"""`es.simulate`, `es.simulate_adaptive`, `es.simulate_multistage`."""

from __future__ import annotations

from typing import Any

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
        "area": np.array(["x", "y", "z"])[np.arange(300) % 3],
        "module": np.repeat(["1", "2e", "2m", "2h", "3e", "3h"], 50),
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


def test_an_adaptive_test_recovers_ability_with_the_error_that_it_tells() -> None:
    found = es.simulate_adaptive(POOL, n=1000, length=30)
    assert abs(found.bias) < 0.03
    assert found.rmse == pytest.approx(np.sqrt((found.persons["se"] ** 2).mean()), rel=0.06)
    assert found.rmse < 0.35
    # what is told at the end is the EAP of what was answered
    again = es.abilities(found.responses, items=POOL)
    assert np.allclose(again["theta"], found.persons["estimate"], atol=1e-4)


def test_the_first_items_are_the_most_informative_ones() -> None:
    found = es.simulate_adaptive(POOL, theta=np.linspace(-2, 2, 50), length=2)
    a, b = POOL["a"].to_numpy(), POOL["b"].to_numpy()

    def best(theta: float, left: np.ndarray) -> str:
        star = 1 / (1 + np.exp(-a * (theta - b)))
        p = 0.15 + 0.85 * star
        information = (0.85 * a * star * (1 - star)) ** 2 / (p * (1 - p))
        return str(POOL["item"][int(np.where(left, information, -1).argmax())])

    first = best(0.0, np.ones(300, bool))
    assert set(found.steps.filter(place=1)["item"]) == {first}
    for row in found.steps.filter(place=1).iter_rows(named=True):
        second = found.steps.filter(place=2, person=row["person"])["item"][0]
        assert second == best(row["estimate"], (POOL["item"] != first).to_numpy())


def test_exposure_is_evened_and_areas_are_kept() -> None:
    plain = es.simulate_adaptive(POOL, n=500)
    some = es.simulate_adaptive(POOL, n=500, randomesque=10)
    strata = es.simulate_adaptive(POOL, n=500, selection="a-stratified")
    held = es.simulate_adaptive(POOL, n=1500, max_exposure=0.2, areas={"x": 2, "y": 1, "z": 1})
    assert plain.items["exposure"].max() == 1.0
    assert some.items["exposure"].max() < 0.8
    assert strata.overlap < 0.6 * plain.overlap
    assert held.items["exposure"].max() < 0.26
    of_area = held.items.group_by("area").agg(pl.col("n").sum()).sort("area")["n"].to_numpy() / (1500 * 20)
    assert of_area == pytest.approx([0.5, 0.25, 0.25])
    assert max(plain.rmse, some.rmse, held.rmse) < strata.rmse + 0.05


def test_persons_come_from_the_population_of_the_fit() -> None:
    rng = np.random.default_rng(3)
    items = {"item": [f"r{j}" for j in range(25)], "b": rng.normal(size=25)}
    fit = es.irt(es.simulate(items, 1500, mean=0.0, sd=2.4), "rasch")
    assert fit.sd == pytest.approx(2.4, abs=0.2)
    found = es.simulate_adaptive(fit, 1500)
    assert found.persons["theta"].std() == pytest.approx(fit.sd, rel=0.1)
    assert es.simulate(fit, 1500).persons["theta"].std() == pytest.approx(fit.sd, rel=0.1)
    again = fit.abilities(data=found.responses)
    assert np.allclose(again["theta"], found.persons["estimate"], atol=0.01)
    with pytest.raises(es.ArgumentError, match="mean is not given, and the fit has no population"):
        es.simulate(es.irt(es.simulate(items, 200), "rasch-cml"), 10)


def test_who_has_no_estimate_is_counted() -> None:
    found = es.simulate_adaptive(POOL, n=400, length=4, score="ml")
    without = found.persons["estimate"].null_count()
    assert without > 5
    assert found.notes[0].startswith(f"{without} of 400 persons have no estimate by ml")
    assert found.notes[0] in repr(found)
    assert es.simulate_adaptive(POOL, n=100, length=4).notes == ()


def test_a_ceiling_that_cannot_be_kept_is_refused_or_told() -> None:
    with pytest.raises(es.ArgumentError, match=r"allows 3\.0 items of 30 .* a test has 10: expected 0\.334"):
        es.simulate_adaptive(POOL.head(30), n=200, length=10, max_exposure=0.1)
    assert es.simulate_adaptive(POOL.head(30), n=400, length=10, max_exposure=0.5).notes == ()
    few = POOL.head(60).with_columns(area=pl.lit("y"))
    few = few.with_columns(
        area=pl.when(pl.col("item").is_in(["i0", "i1"])).then(pl.lit("x")).otherwise("area")
    )
    found = es.simulate_adaptive(few, n=400, length=10, max_exposure=0.4, areas={"x": 1, "y": 4})
    assert "max_exposure was not kept for 2 items" in found.notes[0]


def test_a_test_ends_at_its_error() -> None:
    found = es.simulate_adaptive(POOL, n=300, length=60, se=0.35, least=5, score="wle")
    assert found.persons["n_items"].min() >= 5
    assert found.steps.filter(pl.col("place") == pl.col("place").max().over("person"))["se"].max() < 0.4
    assert found.mean_items < 30


def test_answers_that_people_gave_are_laid_open() -> None:
    people = es.simulate(POOL, n=400, seed=5)
    found = es.simulate_adaptive(POOL, answers=people, length=40)
    assert found.correlation > 0.95
    given = found.responses.cells >= 0
    assert (found.responses.cells[given] == people.responses.cells[given]).all()
    assert (given.sum(axis=1) == 40).all()


def test_a_multistage_test_routes_by_each_rule() -> None:
    panel = [["1"], ["2e", "2m", "2h"], ["3e", "3h"]]
    graded = POOL.with_columns(
        b=pl.col("b") * 0.4
        + pl.col("module").replace_strict({"1": 0.0, "2e": -1.0, "2m": 0.0, "2h": 1.0, "3e": -0.7, "3h": 0.7})
    )
    by_information = es.simulate_multistage(graded, panel, n=900)
    by_theta = es.simulate_multistage(graded, panel, n=900, routing="theta", cuts=[[-0.5, 0.5], [0.0]])
    by_score = es.simulate_multistage(graded, panel, n=900, routing="score", cuts=[[22, 33], [55]])
    for found in (by_information, by_theta, by_score):
        assert found.mean_items == 150
        assert found.rmse < 0.25
        assert found.paths["n"].sum() == 900
        easy, hard = found.paths["path"][0], found.paths["path"][-1]
        assert (easy, hard) == ("1 > 2e > 3e", "1 > 2h > 3h")
    routed = by_theta.persons.filter(pl.col("path").str.contains("2h"))
    assert routed["theta"].mean() > 0.7


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "n is not given"),
        ({"n": 0}, "n is 0"),
        ({"n": 10, "length": 301}, "length is 301"),
        ({"n": 10, "selection": "random"}, "selection is 'random'"),
        ({"n": 10, "areas": {"q": 1}}, "areas names q"),
        ({"n": 10, "max_exposure": 2}, "max_exposure is 2"),
        ({"theta": [0.0, np.nan]}, "theta"),
        ({"answers": [[1, 0]]}, "answers have no item"),
        ({"n": 5, "answers": [[1, 0]]}, "leave out n"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(es.ArgumentError, match=sentence):
        es.simulate_adaptive(POOL, **options)


@pytest.mark.parametrize(
    ("panel", "options", "sentence"),
    [
        ([["q"]], {}, "module q has no item"),
        ([["1"], ["1"]], {}, "in a stage before"),
        ([["1"], ["2e", "2h"]], {"routing": "theta"}, "cuts go with"),
        ([["1"], ["2e", "2h"]], {"routing": "theta", "cuts": [[1, 2]]}, "one fewer"),
        ("1", {}, "list of stages"),
        ([{"m": ["i1", "nope"]}], {}, "nope"),
    ],
)
def test_panels_that_do_not_fit_are_refused(panel: Any, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(es.ArgumentError, match=sentence):
        es.simulate_multistage(POOL, panel, n=10, **options)

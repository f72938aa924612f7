"""Graded and partial credit models against mirt, against the dichotomous model, and by their definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, Fit, ItemParameters, category_probabilities
from examgen.stats.mml_fit import consecutive, fit_mml
from tests.psychometrics import reference

Floats = NDArray[np.float64]
MODELS = ("grm", "pcm", "gpcm")


def parameters_of(model: str, a: Floats, d: Floats) -> ItemParameters:
    kind = np.full(len(a), GRADED if model == "grm" else PARTIAL_CREDIT, dtype=np.int8)
    return ItemParameters(kind, a, d, np.zeros(len(a)))


def truth(model: str, n_items: int, seed: int) -> ItemParameters:
    """Items of four and, the second half, of three categories."""
    rng = np.random.default_rng(seed)
    a = np.ones(n_items) if model == "pcm" else np.exp(rng.normal(0.1, 0.25, n_items))
    d = np.sort(rng.normal(0.0, 0.8, (n_items, 3)))[:, ::-1] + np.array([0.8, 0.0, -0.8])
    d[n_items // 2 :, 2] = np.nan
    return parameters_of(model, a, d)


def drawn(parameters: ItemParameters, theta: Floats, seed: int, missing: float = 0.0) -> NDArray[np.int8]:
    rng = np.random.default_rng(seed)
    chances = category_probabilities(parameters, theta).cumsum(axis=2)
    scores = (rng.random((*chances.shape[:2], 1)) > chances[:, :, :-1]).sum(axis=2).astype(np.int8)
    scores[rng.random(scores.shape) < missing] = -1
    return np.asarray(scores)


def log_likelihood(scores: NDArray[np.int8], fit: Fit) -> float:
    """By the definition, item by item."""
    nodes = np.linspace(-6.0, 6.0, 61)
    weights = np.exp(-0.5 * ((nodes - fit.mean[0]) / fit.sd[0]) ** 2)
    chances = category_probabilities(fit.parameters, nodes)
    joint = np.ones((len(scores), 61))
    for j in range(scores.shape[1]):
        answered = scores[:, j] >= 0
        joint[answered] *= chances[:, j, scores[answered, j]].T
    return float(np.log(joint @ weights / weights.sum()).sum())


@pytest.mark.parametrize("model", MODELS)
def test_as_mirt(model: str) -> None:
    """Two to five categories, some answers missing."""
    file = f"sim_graded__{model}_mirt"
    theirs = reference.results(file)
    fit = fit_mml(reference.scores("sim_graded"), model)
    assert fit.converged
    assert fit.n_parameters == theirs["npar"]
    reference.compare_likelihood(file, fit.log_likelihood, theirs["loglik"], 1e-4)
    reference.compare(file, "log-likelihood", fit.log_likelihood, theirs["loglik"], 1e-4)
    reference.compare(file, "a", fit.parameters.a, theirs["a1"], 1e-3)
    steps = [name for name in ("d1", "d2", "d3", "d4") if name in theirs]
    for k, name in enumerate(steps):
        # mirt calls the only intercept of an item with two categories d
        both = [
            one if one is not None else theirs.get("d", [None] * 10)[j] for j, one in enumerate(theirs[name])
        ]
        errors = [
            one if one is not None else theirs.get("se_d", [None] * 10)[j]
            for j, one in enumerate(theirs["se_" + name])
        ]
        if k:
            both, errors = theirs[name], theirs["se_" + name]
        reference.compare(file, name, fit.parameters.d[:, k], both, 1e-3)
        reference.compare(file, "se_" + name, fit.se_d[:, k], errors, 1e-2, relative=True)
    if model == "pcm":
        reference.compare(file, "variance", fit.sd[0] ** 2, theirs["theta_variance"], 1e-3)
        assert (fit.parameters.a == 1.0).all()
        assert np.isnan(fit.se_a).all()
    else:
        reference.compare(file, "se_a", fit.se_a, theirs["se_a1"], 1e-2, relative=True)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("lsat6", "lsat6"),
        pytest.param("sim2pl", "sim2pl", marks=pytest.mark.long("seconds; lsat6 is tried each time")),
        pytest.param("sat12_scored", "sat12", marks=pytest.mark.long("seconds; lsat6 is tried each time")),
    ],
)
@pytest.mark.parametrize(("model", "same"), [("grm", "2pl"), ("gpcm", "2pl"), ("pcm", "rasch")])
def test_with_two_categories_is_the_dichotomous_model(name: str, file: str, model: str, same: str) -> None:
    theirs = reference.results(f"{file}__{same}_mml")
    fit = fit_mml(reference.scores(name), model)
    label = f"{file}__{same}_mml ({model})"
    reference.compare_likelihood(label, fit.log_likelihood, theirs["loglik"], 1e-4)
    reference.compare(label, "a", fit.parameters.a, theirs["a"], 1e-3)
    reference.compare(label, "d", fit.parameters.d[:, 0], theirs["d"], 1e-3)
    reference.compare(label, "se_d", fit.se_d[:, 0], theirs["se_d"], 1e-2, relative=True)
    reference.compare(label, "se_b", fit.se_b[:, 0], theirs["se_b"], 1e-2, relative=True)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_maximum_of_its_definition(model: str, missing: float) -> None:
    parameters = truth(model, 6, 1)
    scores = drawn(parameters, np.random.default_rng(2).normal(size=500), 3, missing)
    fit = fit_mml(scores, model)
    assert log_likelihood(scores, fit) == pytest.approx(fit.log_likelihood, abs=1e-8)
    rng = np.random.default_rng(4)
    for _ in range(10):
        p = fit.parameters
        a = p.a if model == "pcm" else p.a + 0.02 * rng.normal(size=6)
        other = p._replace(a=a, d=p.d + 0.02 * rng.normal(size=p.d.shape))
        assert log_likelihood(scores, fit._replace(parameters=other)) < fit.log_likelihood


@pytest.mark.parametrize("model", MODELS)
def test_standard_errors_are_those_of_the_numerical_information(model: str) -> None:
    scores = drawn(truth(model, 4, 5), np.random.default_rng(6).normal(size=300), 7, 0.1)
    fit = fit_mml(scores, model)

    def value(vector: Floats) -> float:
        a, d, sd = fit.parameters.a.copy(), fit.parameters.d.copy(), fit.sd.copy()
        for (name, item, step), number in zip(fit.free, vector, strict=True):
            if name == "sd":
                sd[0] = number
            else:
                (a[:, None] if name == "a" else d)[item, step] = number
        return log_likelihood(scores, fit._replace(parameters=parameters_of(model, a, d), sd=sd))

    own = {"a": fit.parameters.a[:, None], "d": fit.parameters.d, "sd": fit.sd[:, None]}
    start = np.array([own[name][item, step] for name, item, step in fit.free])
    n, h = len(start), 2e-3
    information = np.empty((n, n))
    for i in range(n):
        for k in range(i + 1):
            first, second = np.eye(n)[i] * h, np.eye(n)[k] * h
            four = value(start + first + second) - value(start + first - second)
            four -= value(start - first + second) - value(start - first - second)
            information[i, k] = information[k, i] = -four / (4.0 * h * h)
    assert np.linalg.inv(information) == pytest.approx(fit.covariance, rel=5e-3, abs=2e-5)


@pytest.mark.parametrize("model", MODELS)
def test_parameters_come_back(model: str) -> None:
    """Errors are about as large as the standard errors say."""
    parameters = truth(model, 12, 11)
    theta = np.random.default_rng(12).normal(0.0, 1.3 if model == "pcm" else 1.0, 2000)
    fit = fit_mml(drawn(parameters, theta, 13), model)
    z = ((fit.parameters.d - parameters.d) / fit.se_d)[np.isfinite(parameters.d)]
    assert fit.converged
    assert 0.6 < np.sqrt((z**2).mean()) < 1.7
    if model == "pcm":
        assert abs(fit.sd[0] - 1.3) < 3.0 * fit.se_sd[0] < 0.3
        assert fit.n_parameters == 6 * 3 + 6 * 2 + 1
    else:
        assert np.abs((fit.parameters.a - parameters.a) / fit.se_a).max() < 4.0


@pytest.mark.parametrize("model", MODELS)
def test_categories_that_nobody_has_are_closed_up(model: str) -> None:
    scores = drawn(truth(model, 6, 21), np.random.default_rng(22).normal(size=400), 23, 0.1)
    spread = scores.copy()
    spread[:, 0][scores[:, 0] >= 0] = 2 * scores[:, 0][scores[:, 0] >= 0] + 1
    plain, fit = fit_mml(scores, model), fit_mml(spread, model)
    assert [(note.code, note.item) for note in fit.notes if note.item is not None] == [("category-unused", 0)]
    assert "1, 3, 5, 7 count as 0, 1, 2, 3" in fit.notes[0].message
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
    assert fit.parameters.d[0] == pytest.approx(plain.parameters.d[0], abs=1e-8)
    assert (consecutive(spread)[0] == scores).all()
    assert consecutive(scores)[0] is scores


@pytest.mark.parametrize("model", MODELS)
def test_anchors_free_the_population(model: str) -> None:
    parameters = truth(model, 12, 31)
    theta = np.random.default_rng(32).normal(-0.4, 0.9, 2000)
    known = np.where(np.arange(12) % 2 == 0, 1.0, np.nan)
    fixed = parameters._replace(a=parameters.a * known, d=parameters.d * known[:, None])
    fit = fit_mml(drawn(parameters, theta, 33), model, fixed=fixed)
    assert fit.converged
    assert abs(fit.mean[0] + 0.4) < 3.0 * fit.se_mean[0] < 0.3
    assert abs(fit.sd[0] - 0.9) < 3.0 * fit.se_sd[0] < 0.3
    assert fit.parameters.d[::2] == pytest.approx(parameters.d[::2], nan_ok=True)
    assert np.isnan(fit.se_d[::2]).all()


def test_a_difficulty_has_the_error_of_what_is_free_of_it() -> None:
    """b = −d / a: with the intercept fixed, that of the slope."""
    parameters = truth("grm", 8, 31)
    fixed = parameters._replace(
        a=np.full(8, np.nan), d=np.where(np.arange(8)[:, None] < 4, parameters.d, np.nan)
    )
    fit = fit_mml(drawn(parameters, np.random.default_rng(32).normal(size=2000), 33), "grm", fixed=fixed)
    half = slice(0, 4)
    assert np.isnan(fit.se_d[half]).all()
    expected = np.abs(fit.parameters.b / fit.parameters.a[:, None]) * fit.se_a[:, None]
    assert fit.se_b[half] == pytest.approx(expected[half], nan_ok=True)


@pytest.mark.parametrize("model", MODELS)
def test_odd_answers_give_numbers_or_words(model: str) -> None:
    scores = drawn(truth(model, 6, 41), np.random.default_rng(42).normal(size=200), 43)
    constant, two, turned = scores.copy(), scores[:2], scores.copy()
    constant[:, 0], constant[:, 1], constant[:, 2] = 2, 0, -1
    turned[:, 3] = 2 - turned[:, 3]
    for odd, wanted in (
        (constant, {("one-category", 0), ("all-wrong", 1), ("no-answers", 2)}),
        (turned, set() if model == "pcm" else {("negative-slope", 3)}),
        (two, set()),
        (scores[:0], {("nothing-to-fit", None)}),
        (scores[:, :1], {("not-identified", None)}),
        (np.full((20, 4), -3, np.int8), {("nothing-to-fit", None)}),
    ):
        fit = fit_mml(odd, model)
        codes = {(note.code, note.item) for note in fit.notes}
        assert codes >= wanted
        assert fit.converged or {code for code, _ in codes} & {
            "nothing-to-fit",
            "not-identified",
            "not-converged",
            "slope-to-infinity",
        }
        left = [
            j or 0 for code, j in codes if code in {"one-category", "all-wrong", "all-right", "no-answers"}
        ]
        assert np.isnan(fit.parameters.d[left]).all()


def test_callers_mistakes_are_refused() -> None:
    with pytest.raises(ValueError, match="grm, pcm, gpcm"):
        fit_mml(np.zeros((3, 3), np.int8), "nominal")

"""Rasch, 1PL and 2PL by marginal likelihood against mirt, ltm and TAM, and against laws they obey."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.stats.irt_models import Fit, dichotomous
from examgen.stats.mml_curves import PartialCredit
from examgen.stats.mml_fit import fit_mml
from examgen.stats.mml_problem import (
    MarginalProblem,
    evaluate,
    observed_information,
    pack,
    slopes,
    unpack,
)
from examgen.stats.quadrature import ability, normal_grid
from tests.psychometrics import reference

MODELS = ("rasch", "1pl", "2pl")
FILES = {"sat12": "sat12_scored"}
Floats = NDArray[np.float64]


def endings(*methods: str) -> list[str]:
    """Names of all reference files of these methods."""
    roots = [root / "results" for root in (reference.OURS, reference.SHARED)]
    names = {path.stem for root in roots for path in root.glob("*.json")}
    return sorted(name for name in names if name.split("__")[1] in methods) or [f"lsat6__{methods[0]}"]


@cache
def fitted(name: str, model: str) -> Fit:
    return fit_mml(reference.scores(FILES.get(name, name)), model)


def simulated(n: int, n_items: int, seed: int = 1, sd: float = 1.0, mean: float = 0.0) -> NDArray[np.int8]:
    rng = np.random.default_rng(seed)
    a, b = np.exp(0.3 * rng.standard_normal(n_items)), rng.standard_normal(n_items)
    theta = mean + sd * rng.standard_normal(n)
    return (rng.random((n, n_items)) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))).astype(np.int8)


def by_hand(scores: NDArray[np.int8], fit: Fit) -> float:
    """The marginal log-likelihood as its definition has it."""
    grid = normal_grid(mean=float(fit.mean[0]), sd=float(fit.sd[0]))
    z = fit.parameters.a[:, None] * grid.nodes + fit.parameters.d
    each = (scores == 1) @ -np.logaddexp(0, -z) + (scores == 0) @ -np.logaddexp(0, z)
    return float(np.log(np.exp(each) @ grid.weights).sum())


def codes(fit: Fit) -> set[str]:
    return {note.code for note in fit.notes}


# ── reference programs ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", endings("rasch_mml", "1pl_mml", "2pl_mml"))
def test_as_mirt(file: str) -> None:
    theirs = reference.results(file)
    name, method = file.split("__")
    ours = fitted(name, method.removesuffix("_mml"))
    assert ours.converged
    reference.compare_likelihood(file, ours.log_likelihood, theirs["loglik"], 1e-4)
    reference.compare(file, "log-likelihood", ours.log_likelihood, theirs["loglik"], 1e-4)
    reference.compare(file, "a", ours.parameters.a, theirs["a"], 1e-3)
    reference.compare(file, "d", ours.parameters.d[:, 0], theirs["d"], 1e-3)
    reference.compare(file, "b", ours.parameters.b[:, 0], theirs["b"], 1e-3)
    reference.compare(file, "SE of d", ours.se_d[:, 0], theirs["se_d"], 0.01, relative=True)
    reference.compare(file, "SE of b", ours.se_b[:, 0], theirs["se_b"], 0.01, relative=True)
    if method != "rasch_mml":
        reference.compare(file, "SE of a", ours.se_a, theirs["se_a"], 0.01, relative=True)
        assert ours.sd[0] == 1.0
    else:
        reference.compare(file, "variance of ability", ours.sd**2, [theirs["theta_variance"]], 1e-3)
        error = 2 * ours.sd * ours.se_sd
        reference.compare(
            file, "SE of the variance", error, [theirs["se_theta_variance"]], 0.01, relative=True
        )
        assert np.isnan(ours.se_a).all()
    reference.compare(file, "AIC", ours.aic, theirs["AIC"], 1e-3)
    reference.compare(file, "BIC", ours.bic, theirs["BIC"], 1e-3)
    assert ours.n_parameters == theirs["npar"]


@pytest.mark.parametrize("file", endings("rasch_ltm", "2pl_ltm"))
def test_as_ltm(file: str) -> None:
    theirs = reference.results(file)
    name, method = file.split("__")
    ours = fitted(name, "1pl" if method == "rasch_ltm" else "2pl")
    estimate, n_items = theirs["estimate"], len(ours.parameters.a)
    # 61 Gauss-Hermite nodes against 61 equally spaced ones
    reference.compare(file, "log-likelihood", ours.log_likelihood, theirs["loglik"], 1e-2)
    reference.compare(file, "b", ours.parameters.b[:, 0], estimate[:n_items], 5e-3)
    ours_a = ours.parameters.a[: len(estimate) - n_items]
    reference.compare(file, "a", ours_a, estimate[n_items:], 5e-3)


@pytest.mark.parametrize("file", endings("rasch_tam"))
def test_as_tam(file: str) -> None:
    theirs = reference.results(file)
    ours = fitted(file.split("__", maxsplit=1)[0], "rasch")
    # TAM does not renormalise the weights of the nodes: 0.003 where [-6, 6] cuts a variance of 1.9
    cut = ours.n_candidates * ability(normal_grid(), 0.0, float(np.log(ours.sd[0]))).log_total
    reference.compare(file, "log-likelihood", ours.log_likelihood + cut, theirs["loglik"], 1e-4)
    reference.compare(file, "difficulty", ours.parameters.b[:, 0], theirs["difficulty"], 1e-3)
    reference.compare(file, "variance of ability", ours.sd**2, [theirs["theta_variance"]], 1e-3)


def test_as_mirt_on_the_timing_data() -> None:
    theirs = reference.results("../timing/timing__mirt_5000_50_1e-7")
    path = reference.found("timing/rebuild_data.py")
    spec = importlib.util.spec_from_file_location("rebuild_data", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scores = module.generate(5000, 50)[0].astype(np.int8)
    assert scores.sum() == theirs["sum_X"]
    ours = fit_mml(scores, "2pl", standard_errors=False)
    reference.compare_likelihood("timing 5000 × 50", ours.log_likelihood, theirs["loglik"], 1e-4)
    reference.compare("timing 5000 × 50", "a", ours.parameters.a, theirs["a"], 1e-3)
    reference.compare("timing 5000 × 50", "b", ours.parameters.b[:, 0], theirs["b"], 1e-3)


# ── engine ───────────────────────────────────────────────────────────────────────────────────


def patterns(kind: str) -> NDArray[np.int8]:
    """Complete scores, holes at random, booklets large and small."""
    scores = simulated(2600, 14, seed=3)
    rng = np.random.default_rng(4)
    if kind == "holes":
        scores[rng.random(scores.shape) < 0.2] = -1
    elif kind == "booklets":
        scores[:1200, :4], scores[1200:2500, 10:], scores[2500:, 5:7] = -3, -3, -3
    elif kind == "few items":
        scores = np.where(rng.random((2600, 5)) < 0.1, -1, scores[:, :5]).astype(np.int8)
    return scores


def problem_of(
    scores: NDArray[np.int8], model: str, steep: Floats | None = None
) -> tuple[Any, Floats, Floats]:
    """The problem of items with two categories, at a point that is no maximum."""
    n_items = scores.shape[1]
    rng = np.random.default_rng(8)
    a = rng.uniform(-0.5, 2.0, n_items) if steep is None else steep
    if model != "2pl":
        a[:] = 1.1 if model == "1pl" else 1.0
    free = np.ones((n_items, 2), dtype=np.bool_)
    free[:, 0] = model != "rasch"
    least = np.full(2, -np.inf)
    made = MarginalProblem(
        [scores], np.full(n_items, 2), PartialCredit(), normal_grid(), free, least, -least,
        np.ones((1, 2), dtype=np.bool_), one_slope=model == "1pl",
    )  # fmt: skip
    return made, np.stack([a, rng.standard_normal(n_items)], axis=1), np.array([[0.2, 1.1]])


def differences(made: Any, x: Floats, group: Floats, step: float) -> tuple[Floats, Floats, Floats, Floats]:
    """The gradient and the information of a problem, and what differences of values and gradients say."""

    def at(v: Floats) -> tuple[float, Floats]:
        state = evaluate(made, *unpack(made, v, x, group))
        return state.value, slopes(made, state)[0]

    v = pack(made, x, group)
    up, down = zip(*((at(v + own), at(v - own)) for own in step * np.eye(len(v))), strict=True)
    value = np.array([(u[0] - w[0]) / (2 * step) for u, w in zip(up, down, strict=True)])
    slope = np.array([(u[1] - w[1]) / (2 * step) for u, w in zip(up, down, strict=True)])
    return at(v)[1], observed_information(made, evaluate(made, x, group)), value, slope


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", ["complete", "holes", "booklets", "few items"])
def test_gradient_and_information_are_the_derivatives(kind: str, model: str) -> None:
    gradient, information, value, slope = differences(*problem_of(patterns(kind), model), 1e-5)
    assert gradient == pytest.approx(value, abs=2e-3)
    assert np.abs(information + slope).max() < 1e-6 * np.abs(slope).max()


def test_the_information_holds_where_curves_are_steps() -> None:
    steep = np.array([30.0, 0.8, -25.0, *np.linspace(0.5, 9.0, 11)])
    made, x, group = problem_of(simulated(90, 14, seed=3), "2pl", steep)
    _, information, _, slope = differences(made, x, group, 1e-6)
    assert np.abs(information + slope).max() < 1e-5 * np.abs(slope).max()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", ["complete", "holes", "booklets", "few items"])
def test_the_likelihood_is_that_of_the_definition(kind: str, model: str) -> None:
    scores = patterns(kind)
    fit = fit_mml(scores, model)
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(by_hand(scores, fit), abs=1e-6)
    assert fit.n_candidates == (scores >= 0).any(axis=1).sum()


def test_rows_items_and_directions_do_not_matter() -> None:
    scores = simulated(900, 12, seed=5)
    fit = fit_mml(scores, "2pl")
    rng = np.random.default_rng(1)
    rows, items = rng.permutation(900), rng.permutation(12)
    mixed = fit_mml(scores[rows][:, items], "2pl")
    assert mixed.parameters.a == pytest.approx(fit.parameters.a[items], abs=1e-6)
    assert mixed.se_d == pytest.approx(fit.se_d[items], rel=1e-5)
    turned = fit_mml((1 - scores).astype(np.int8), "2pl")
    assert turned.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)
    assert turned.parameters.a == pytest.approx(fit.parameters.a, abs=1e-5)
    assert turned.parameters.d == pytest.approx(-fit.parameters.d, abs=1e-5)
    one = scores.copy()
    one[:, 3] = 1 - one[:, 3]
    with_one = fit_mml(one, "2pl")
    assert with_one.parameters.a[3] == pytest.approx(-fit.parameters.a[3], abs=1e-5)
    assert ("negative-slope", 3) in {(note.code, note.item) for note in with_one.notes}


def test_abilities_beyond_the_nodes_are_told_where_they_make_the_figures_wrong() -> None:
    wide, usual = simulated(400, 10, sd=3.0), simulated(400, 10, sd=1.2)
    assert "wide-ability" in codes(fit_mml(wide, "rasch"))
    assert "wide-ability" in codes(fit_mml(wide, "pcm"))
    assert "wide-ability" not in codes(
        fit_mml(wide, "1pl")
    )  # its unit is the sd: the nodes reach to 6 of them
    assert "wide-ability" not in codes(fit_mml(usual, "rasch")) | codes(fit_mml(usual, "pcm"))


def test_rasch_and_1pl_are_one_model() -> None:
    scores = simulated(1500, 15, seed=6)
    rasch, common = fit_mml(scores, "rasch"), fit_mml(scores, "1pl")
    assert rasch.log_likelihood == pytest.approx(common.log_likelihood, abs=1e-4)
    assert common.parameters.a[0] == pytest.approx(rasch.sd[0], abs=1e-4)


def test_without_standard_errors_the_estimates_are_the_same() -> None:
    scores = simulated(1500, 25, seed=7)
    full, plain = fit_mml(scores, "2pl"), fit_mml(scores, "2pl", standard_errors=False)
    assert plain.parameters.a == pytest.approx(full.parameters.a, abs=5e-4)
    assert plain.log_likelihood == pytest.approx(full.log_likelihood, abs=1e-5)
    assert plain.covariance.size == 0
    assert np.isnan(plain.se_a).all()
    assert len(full.free) == len(full.covariance) == 50


# ── anchors ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", MODELS)
def test_anchors_put_another_group_on_the_same_scale(model: str) -> None:
    first = fit_mml(simulated(3000, 20, seed=9), model)
    other = simulated(3000, 20, seed=9)
    rng = np.random.default_rng(33)
    theta = 0.7 + 1.3 * float(first.sd[0]) * rng.standard_normal(3000)
    z = first.parameters.a * theta[:, None] + first.parameters.d[:, 0]
    other = (rng.random(z.shape) < 1 / (1 + np.exp(-z))).astype(np.int8)
    known = np.arange(20) < 10
    fixed = dichotomous(
        np.where(known | (model != "2pl"), first.parameters.a, np.nan),
        np.where(known, first.parameters.d[:, 0], np.nan),
    )
    fit = fit_mml(other, model, fixed=fixed)
    assert fit.converged
    assert np.array_equal(fit.parameters.d[known], first.parameters.d[known])
    assert np.isnan(fit.se_d[known]).all()
    assert abs(fit.mean[0] - 0.7) < 4 * fit.se_mean[0]
    assert abs(fit.sd[0] - 1.3 * first.sd[0]) < 4 * fit.se_sd[0]
    off = (fit.parameters.d - first.parameters.d)[~known] / fit.se_d[~known]
    assert np.abs(off).max() < 4
    assert [name for name, _, _ in fit.free[-2:]] == ["mean", "sd"]
    assert fit.log_likelihood == pytest.approx(by_hand(other, fit), abs=1e-6)


def test_all_items_fixed_leaves_the_group() -> None:
    fixed = dichotomous(np.full(12, 1.2), np.linspace(-1.5, 1.5, 12))
    rng = np.random.default_rng(2)
    z = 1.2 * (0.5 + 0.8 * rng.standard_normal(4000))[:, None] + fixed.d[:, 0]
    fit = fit_mml((rng.random(z.shape) < 1 / (1 + np.exp(-z))).astype(np.int8), "2pl", fixed=fixed)
    assert (fit.n_parameters, len(fit.covariance)) == (2, 2)
    assert (fit.mean[0], fit.sd[0]) == pytest.approx((0.5, 0.8), abs=0.06)


def test_a_mistaken_call_is_refused() -> None:
    scores = simulated(50, 4)
    with pytest.raises(ValueError, match="none of"):
        fit_mml(scores, "5pl")
    with pytest.raises(ValueError, match="one row for each item"):
        fit_mml(scores, "2pl", fixed=dichotomous(np.ones(3), np.ones(3)))
    with pytest.raises(ValueError, match="are 1"):
        fit_mml(scores, "rasch", fixed=dichotomous(np.full(4, 1.5), np.full(4, np.nan)))
    with pytest.raises(ValueError, match="one slope"):
        fit_mml(scores, "1pl", fixed=dichotomous(np.array([1.0, 2.0, np.nan, np.nan]), np.full(4, np.nan)))


# ── data that cannot be fitted ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", MODELS)
def test_items_without_an_estimate_are_left_out_by_name(model: str) -> None:
    scores = simulated(400, 9, seed=2)
    clean = fit_mml(scores[:, 4:], model)
    scores[:, 0], scores[:, 1], scores[:, 2], scores[3, 3] = 1, 0, -2, 2
    fit = fit_mml(scores, model)
    said = {note.item: note.code for note in fit.notes}
    assert said == {0: "all-right", 1: "all-wrong", 2: "no-answers", 3: "not-dichotomous"}
    assert np.isnan(fit.parameters.a[:4]).all()
    assert np.isnan(fit.parameters.d[:4]).all()
    assert fit.parameters.d[4:] == pytest.approx(clean.parameters.d)
    assert fit.log_likelihood == pytest.approx(clean.log_likelihood)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("n", "n_items", "value", "code"),
    [(0, 5, 0, "nothing-to-fit"), (5, 0, 0, "nothing-to-fit"), (20, 4, 1, "all-right"), (20, 4, 0, "all-wrong"),
     (20, 4, -1, "no-answers"), (1, 4, 1, "nothing-to-fit")],
)  # fmt: skip
def test_nothing_to_fit_is_said(model: str, n: int, n_items: int, value: int, code: str) -> None:
    fit = fit_mml(np.full((n, n_items), value, dtype=np.int8), model)
    assert code in codes(fit)
    assert not fit.converged
    assert np.isnan(fit.log_likelihood)
    assert np.isnan(fit.parameters.a).all()


@pytest.mark.parametrize("model", MODELS)
def test_one_item_does_not_determine_a_model(model: str) -> None:
    assert "not-identified" in codes(fit_mml(simulated(100, 1), model))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("n", "n_items"), [(2, 8), (3, 6), (12, 4), (25, 20)])
def test_few_candidates_are_said_and_give_finite_numbers_or_none(model: str, n: int, n_items: int) -> None:
    fit = fit_mml(simulated(n, n_items, seed=n), model)
    assert codes(fit) & {"few-candidates", "too-few-candidates", "nothing-to-fit", "not-identified"}
    for values in (fit.parameters.a, fit.parameters.d, fit.se_a, fit.se_d):
        assert not np.isinf(values).any()


@pytest.mark.parametrize("model", ["1pl", "2pl"])
def test_a_slope_without_end_is_said(model: str) -> None:
    scores = simulated(300, 1, seed=1).repeat(5, axis=1)
    fit = fit_mml(scores, model)
    assert "slope-to-infinity" in codes(fit)
    assert not fit.converged
    assert np.isnan(fit.se_a).all()
    # the best that two classes can do
    share = scores[:, 0].mean()
    best = 300 * (share * np.log(share) + (1 - share) * np.log(1 - share))
    assert best - 2.0 < fit.log_likelihood < best + 1e-6


def test_ability_that_does_not_vary_is_said() -> None:
    rows = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1]] * 30, dtype=np.int8)
    assert "no-variance" in codes(fit_mml(rows, "rasch"))
    assert "no-variance" in codes(fit_mml(rows, "1pl"))


@pytest.mark.long("a bound on memory")
def test_very_many_items_build_no_matrix_among_them() -> None:
    fit = fit_mml(simulated(40, 5000, seed=3), "rasch")
    assert "too-many-parameters" in codes(fit)
    assert np.isfinite(fit.log_likelihood)

"""Fits by marginal likelihood of one group: derivatives, laws that they obey, truth found again.

`test_mml_plain` holds their maxima against a slow climb of the likelihood, `test_mml_reference` against R.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from examgen.analysis.shown import message
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, Fit, ItemParameters, dichotomous
from examgen.stats.mml_curves import BetaPrior, LogitNormal, PartialCredit, Prior, parse_prior
from examgen.stats.mml_fit import consecutive, fit_mml
from examgen.stats.mml_problem import (
    MarginalProblem,
    evaluate,
    observed_information,
    pack,
    slopes,
    unpack,
)
from examgen.stats.quadrature import normal_grid
from tests.psychometrics.by_definition import curvature, drawn, log_likelihood, moved, values

Floats = NDArray[np.float64]
LOGISTIC, STEPS = ("rasch", "1pl", "2pl"), ("grm", "pcm", "gpcm")
ONE_SLOPE = ("rasch", "1pl", "pcm")
PRIOR = LogitNormal(-1.386, 0.5)


def truth(model: str, n_items: int, seed: int) -> ItemParameters:
    """Items of the model; of partial scores four and, the second half, three categories."""
    rng = np.random.default_rng(seed)
    a = np.exp(rng.normal(0.1, 0.25, n_items))
    if model in ONE_SLOPE:
        a[:] = 1.0
    if model not in STEPS:
        return dichotomous(a, rng.normal(0.0, 1.0, n_items), np.full(n_items, 0.2 if model == "3pl" else 0.0))
    d = np.sort(rng.normal(0.0, 0.8, (n_items, 3)))[:, ::-1] + np.array([0.8, 0.0, -0.8])
    d[n_items // 2 :, 2] = np.nan
    kind = np.full(n_items, GRADED if model == "grm" else PARTIAL_CREDIT, dtype=np.int8)
    return ItemParameters(kind, a, d, np.zeros(n_items))


def answers(model: str, n: int, n_items: int, seed: int, missing: float = 0.0) -> NDArray[np.int8]:
    """Scores of candidates from N(0, 1)."""
    theta = np.random.default_rng(seed + 1).normal(size=n)
    return drawn(truth(model, n_items, seed), theta, seed + 2, missing)


def simulated(n: int, n_items: int, seed: int = 1, sd: float = 1.0, mean: float = 0.0) -> NDArray[np.int8]:
    """Right and wrong by the 2PL."""
    rng = np.random.default_rng(seed)
    a, b = np.exp(0.3 * rng.standard_normal(n_items)), rng.standard_normal(n_items)
    theta = mean + sd * rng.standard_normal(n)
    return (rng.random((n, n_items)) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))).astype(np.int8)


def fitted(scores: NDArray[np.int8], model: str, **options: Any) -> Fit:
    """The fit; of the 3PL with a prior."""
    return fit_mml(scores, model, **({"prior_c": PRIOR} if model == "3pl" else {}), **options)


def codes(fit: Fit) -> set[str]:
    return {note.code for note in fit.notes}


# ── derivatives ──────────────────────────────────────────────────────────────────────────────


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


@pytest.mark.parametrize("model", LOGISTIC)
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


@pytest.mark.parametrize("model", LOGISTIC)
@pytest.mark.parametrize("kind", ["complete", "holes", "booklets", "few items"])
def test_the_likelihood_of_logistic_models_is_that_of_the_definition(kind: str, model: str) -> None:
    scores = patterns(kind)
    fit = fit_mml(scores, model)
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(log_likelihood(scores, fit), abs=1e-6)
    assert fit.n_candidates == (scores >= 0).any(axis=1).sum()


@pytest.mark.parametrize("model", ["3pl", *STEPS])
@pytest.mark.parametrize("missing", [0.0, 0.15])
def test_the_likelihood_of_other_models_is_that_of_the_definition(model: str, missing: float) -> None:
    scores = answers(model, 500, 6, 1, missing)
    fit = fitted(scores, model)
    assert log_likelihood(scores, fit) == pytest.approx(fit.log_likelihood, abs=1e-8)


def log_density(prior: Prior, c: Floats) -> float:
    if isinstance(prior, BetaPrior):
        return float(stats.beta(prior.p, prior.q).logpdf(c).sum())
    return float(stats.norm(prior.mean, prior.sd).logpdf(np.log(c / (1.0 - c))).sum())


def test_log_prior_is_its_density() -> None:
    scores = answers("3pl", 300, 6, 2)
    for prior in (LogitNormal(-1.1, 0.5), BetaPrior(5, 17), BetaPrior(1, 4)):
        fit = fit_mml(scores, "3pl", prior_c=prior, standard_errors=False)
        assert fit.log_prior == pytest.approx(log_density(prior, fit.parameters.c), abs=1e-9)


@pytest.mark.parametrize(("model", "n"), [("3pl", 1000), ("grm", 300), ("pcm", 300), ("gpcm", 300)])
def test_standard_errors_are_those_of_the_numerical_information(model: str, n: int) -> None:
    """By second differences of the definition over all parameters."""
    scores = answers(model, n, 4, 5, 0.1)
    fit = fitted(scores, model)

    def value(vector: Floats) -> float:
        own = moved(fit, fit.free, vector)
        prior = log_density(PRIOR, own.parameters.c) if model == "3pl" else 0.0
        return log_likelihood(scores, own) + prior

    steps = np.array([1e-3 if name == "c" else 2e-3 for name, _, _ in fit.free])
    found = np.linalg.inv(-curvature(value, values(fit, fit.free), steps))
    errors = np.sqrt(np.diag(fit.covariance))
    assert np.sqrt(np.diag(found)) == pytest.approx(errors, rel=5e-3)
    if model != "3pl":
        assert found == pytest.approx(fit.covariance, rel=5e-3, abs=2e-5)
    told = {"a": fit.se_a[:, None], "d": fit.se_d, "c": fit.se_c[:, None], "sd": fit.se_sd[:, None]}
    assert errors == pytest.approx([told[name][item, step] for name, item, step in fit.free], rel=1e-12)


# ── what does not matter ─────────────────────────────────────────────────────────────────────


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


def test_the_order_of_candidates_does_not_matter_to_the_3pl() -> None:
    scores = answers("3pl", 2500, 6, 4, 0.1)
    first, again = (fitted(np.ascontiguousarray(own), "3pl") for own in (scores, scores[::-1]))
    assert again.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-6)
    assert again.parameters.a == pytest.approx(first.parameters.a, abs=1e-5)
    assert again.se_a == pytest.approx(first.se_a, rel=1e-4)


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


@pytest.mark.parametrize("model", STEPS)
def test_categories_that_nobody_has_are_closed_up(model: str) -> None:
    scores = answers(model, 400, 6, 21, 0.1)
    spread = scores.copy()
    spread[:, 0][scores[:, 0] >= 0] = 2 * scores[:, 0][scores[:, 0] >= 0] + 1
    plain, fit = fit_mml(scores, model), fit_mml(spread, model)
    assert [(note.code, note.item) for note in fit.notes if note.item is not None] == [("category-unused", 0)]
    assert "1, 3, 5, 7 count as 0, 1, 2, 3" in fit.notes[0].message
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
    assert fit.parameters.d[0] == pytest.approx(plain.parameters.d[0], abs=1e-8)
    assert (consecutive(spread)[0] == scores).all()
    assert consecutive(scores)[0] is scores


# ── truth, and anchors ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", STEPS)
def test_parameters_come_back(model: str) -> None:
    """Errors are about as large as the standard errors say."""
    own, sd = truth(model, 12, 11), 1.3 if model == "pcm" else 1.0
    fit = fit_mml(drawn(own, np.random.default_rng(12).normal(0.0, sd, 2000), 13), model)
    z = ((fit.parameters.d - own.d) / fit.se_d)[np.isfinite(own.d)]
    assert fit.converged
    assert 0.6 < np.sqrt((z**2).mean()) < 1.7
    if model == "pcm":
        assert abs(fit.sd[0] - 1.3) < 3.0 * fit.se_sd[0] < 0.3
        assert fit.n_parameters == 6 * 3 + 6 * 2 + 1
    else:
        assert np.abs((fit.parameters.a - own.a) / fit.se_a).max() < 4.0


@pytest.mark.parametrize("model", [*LOGISTIC, "3pl", *STEPS])
def test_anchors_put_another_group_on_the_same_scale(model: str) -> None:
    """Every other item is fixed: mean and sd of ability come out as simulated, and so do the other items."""
    own, known = truth(model, 20, 31), np.arange(20) % 2 == 0
    scores = drawn(own, np.random.default_rng(32).normal(-0.4, 0.9, 2500), 33)
    fixed = own._replace(
        a=np.where(known | (model in ONE_SLOPE), own.a, np.nan),
        d=np.where(known[:, None], own.d, np.nan),
        c=np.where(known, own.c, np.nan) if model == "3pl" else own.c,
    )
    fit = fitted(scores, model, fixed=fixed)
    assert fit.converged
    for name in ("a", "d", "c"):
        assert np.array_equal(getattr(fit.parameters, name)[known], getattr(own, name)[known], equal_nan=True)
    assert np.isnan(fit.se_d[known]).all()
    assert abs(fit.mean[0] + 0.4) < 3.0 * fit.se_mean[0] < 0.2
    assert abs(fit.sd[0] - 0.9) < 3.0 * fit.se_sd[0] < 0.2
    assert np.nanmax(np.abs((fit.parameters.d - own.d)[~known] / fit.se_d[~known])) < 4.0
    assert [name for name, _, _ in fit.free[-2:]] == ["mean", "sd"]
    assert fit.log_likelihood == pytest.approx(log_likelihood(scores, fit), abs=1e-6)


def test_all_items_fixed_leaves_the_group() -> None:
    fixed = dichotomous(np.full(12, 1.2), np.linspace(-1.5, 1.5, 12))
    fit = fit_mml(drawn(fixed, np.random.default_rng(2).normal(0.5, 0.8, 4000), 3), "2pl", fixed=fixed)
    assert (fit.n_parameters, len(fit.covariance)) == (2, 2)
    assert (fit.mean[0], fit.sd[0]) == pytest.approx((0.5, 0.8), abs=0.06)


def test_a_difficulty_has_the_error_of_what_is_free_of_it() -> None:
    """b = −d / a: with the intercept fixed, that of the slope."""
    own = truth("grm", 8, 31)
    fixed = own._replace(a=np.full(8, np.nan), d=np.where(np.arange(8)[:, None] < 4, own.d, np.nan))
    fit = fit_mml(answers("grm", 2000, 8, 31), "grm", fixed=fixed)
    half = slice(0, 4)
    assert np.isnan(fit.se_d[half]).all()
    expected = np.abs(fit.parameters.b / fit.parameters.a[:, None]) * fit.se_a[:, None]
    assert fit.se_b[half] == pytest.approx(expected[half], nan_ok=True)


# ── data that say little ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", [*LOGISTIC, "3pl", *STEPS])
def test_items_without_an_estimate_are_left_out_by_name(model: str) -> None:
    scores = answers(model, 400, 9, 2, 0.05)
    clean = fitted(scores[:, 4:], model)
    constant = 2 if model in STEPS else 1
    scores[:, 0], scores[:, 1], scores[:, 2], scores[:, 3] = constant, 0, -2, 3 if model in STEPS else 1
    expected = {0: "all-right", 1: "all-wrong", 2: "no-answers", 3: "all-right"}
    if model in STEPS:
        expected |= {0: "one-category", 3: "one-category"}
    else:
        scores[3, 3], expected[3] = 2, "not-dichotomous"
    fit = fitted(scores, model)
    assert {note.item: note.code for note in fit.notes if note.item is not None} == expected
    for own in (fit.parameters.a, fit.parameters.d, fit.se_a):
        assert np.isnan(own[:4]).all()
    known = clean.parameters.d
    assert fit.parameters.d[4:, : known.shape[1]] == pytest.approx(known, abs=1e-5, nan_ok=True)
    assert fit.log_likelihood == pytest.approx(clean.log_likelihood, abs=1e-6)


NOTHING: dict[str, tuple[NDArray[np.int8], set[str]]] = {
    "nobody": (np.zeros((0, 4), np.int8), {"nothing-to-fit"}),
    "no items": (np.zeros((10, 0), np.int8), {"nothing-to-fit"}),
    "all right": (np.ones((50, 5), np.int8), {"all-right", "one-category"}),
    "all wrong": (np.zeros((20, 4), np.int8), {"all-wrong"}),
    "no answers": (np.full((30, 4), -1, np.int8), {"no-answers"}),
    "one candidate": (np.array([[1, 0, 1, 0]], np.int8), {"nothing-to-fit"}),
    "two candidates": (np.array([[1, 0, 1, 0], [0, 1, 1, 0]], np.int8), {"nothing-to-fit", "not-identified"}),
    "one item": (np.array([[1], [0], [1]] * 30, np.int8), {"not-identified"}),
    "as many items as no candidates": (np.tile(np.array([0, 1], np.int8), (3, 3000)), {"all-wrong"}),
}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (model, name)
        for model in (*LOGISTIC, "3pl", *STEPS)
        for name in NOTHING
        if name != "two candidates" or model == "3pl"
    ],
)
def test_nothing_to_fit_is_said(model: str, name: str) -> None:
    scores, told = NOTHING[name]
    fit = fitted(scores, model)
    assert told & codes(fit)
    assert fit.notes[-1].code in {"nothing-to-fit", "not-identified"}
    assert not fit.converged
    assert np.isnan(fit.log_likelihood)
    assert np.isnan(fit.parameters.a).all()


@pytest.mark.parametrize("model", [*LOGISTIC, "3pl"])
@pytest.mark.parametrize(("n", "n_items"), [(2, 8), (3, 6), (12, 4), (25, 20)])
def test_few_candidates_are_said_and_give_finite_numbers_or_none(model: str, n: int, n_items: int) -> None:
    fit = fitted(simulated(n, n_items, seed=n), model)
    assert codes(fit) & {"few-candidates", "too-few-candidates", "nothing-to-fit", "not-identified"}
    for own in (fit.parameters.a, fit.parameters.d, fit.se_a, fit.se_d):
        assert not np.isinf(own).any()


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


def test_abilities_beyond_the_nodes_are_told_where_they_make_the_figures_wrong() -> None:
    wide, usual = simulated(400, 10, sd=3.0), simulated(400, 10, sd=1.2)
    assert "wide-ability" in codes(fit_mml(wide, "rasch"))
    assert "wide-ability" in codes(fit_mml(wide, "pcm"))
    # the unit of the 1PL is the sd: the nodes reach to 6 of them
    assert "wide-ability" not in codes(fit_mml(wide, "1pl"))
    assert "wide-ability" not in codes(fit_mml(usual, "rasch")) | codes(fit_mml(usual, "pcm"))


@pytest.mark.long("a bound on memory")
def test_very_many_items_build_no_matrix_among_them() -> None:
    fit = fit_mml(simulated(40, 5000, seed=3), "rasch")
    assert "too-many-parameters" in codes(fit)
    assert np.isfinite(fit.log_likelihood)


def test_an_asymptote_at_the_end_of_its_range_is_told() -> None:
    rng = np.random.default_rng(2)
    theta = rng.normal(0.0, 1.0, (1500, 1))
    fit = fit_mml((rng.random((1500, 10)) < 1.0 / (1.0 + np.exp(-1.5 * theta))).astype(np.int8), "3pl")
    at_zero = {note.item for note in fit.notes if note.code == "c-at-zero"}
    assert at_zero == set(np.nonzero(fit.parameters.c == 0.0)[0])
    assert at_zero
    assert all(re.search("[\u0e00-\u0e7f]", message(note.message).th) for note in fit.notes)
    assert np.isnan(fit.se_c[sorted(int(j or 0) for j in at_zero)]).all()
    assert np.isfinite(fit.se_a).all()


def changed(model: str, kind: str) -> NDArray[np.int8]:
    """Answers that a model does not like."""
    if kind == "perfect order":
        return np.tril(np.ones((9, 8), np.int8), -1)
    if kind == "no ability":
        return (np.random.default_rng(3).random((80, 6)) < 0.5).astype(np.int8)
    scores = answers(model, 6 if kind == "few" else 400, 30 if kind == "few" else 8, 7)
    if kind == "an item thrice":
        scores[:, 1] = scores[:, 2] = scores[:, 0]
    if kind == "an item turned":
        scores[:, 1] = scores.max(axis=0)[1] - scores[:, 1]
    if kind == "booklets":
        scores[:200, :4], scores[200:, 4:] = -3, -3
    return scores[:2] if kind == "two" else scores


@pytest.mark.parametrize("model", ["3pl", *STEPS])
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("an item thrice", "slope-to-infinity"), ("an item turned", "negative-slope"), ("booklets", ""),
        ("few", "few-candidates"), ("two", ""), ("no ability", ""), ("perfect order", "slope-to-infinity"),
    ],
)  # fmt: skip
def test_odd_answers_give_numbers_or_words(model: str, kind: str, code: str) -> None:
    fit = fitted(changed(model, kind), model)
    if model == "3pl" or (kind, model == "pcm") == ("an item turned", False):
        assert code in codes(fit) | {""}
    endless = [note.item or 0 for note in fit.notes if note.code == "slope-to-infinity"]
    assert np.isnan(fit.se_a[endless]).all()
    assert not (endless and fit.converged)
    assert fit.converged or codes(fit) & {
        "not-converged", "slope-to-infinity", "no-variance", "nothing-to-fit", "not-identified",
    }  # fmt: skip


NAN = np.full(4, np.nan)
MISTAKES: list[tuple[str, ItemParameters | None, str]] = [
    ("5pl", None, "none of"),
    ("nominal", None, "grm, pcm, gpcm"),
    ("2pl", dichotomous(np.ones(3), np.ones(3)), "one row for each item"),
    ("3pl", dichotomous(np.ones(2), np.ones(2)), "one row for each item"),
    ("rasch", dichotomous(np.full(4, 1.5), NAN), "are 1"),
    ("1pl", dichotomous(np.array([1.0, 2.0, np.nan, np.nan]), NAN), "one slope"),
]


@pytest.mark.parametrize(("model", "fixed", "sentence"), MISTAKES)
def test_a_mistaken_call_is_refused(model: str, fixed: ItemParameters | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        fit_mml(simulated(50, 4), model, fixed=fixed)


def test_priors_from_the_command_line() -> None:
    assert parse_prior("norm:-1.1:0.5") == LogitNormal(-1.1, 0.5)
    assert parse_prior(" beta:5:17") == BetaPrior(5, 17)
    for wrong in (
        "norm", "norm:1", "norm:1:0", "beta:5:17:2", "beta:0.5:2", "gamma:1:2", "norm:nan:1", "norm:a:b",
    ):  # fmt: skip
        with pytest.raises(ValueError, match="prior"):
            parse_prior(wrong)

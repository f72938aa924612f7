"""The three-parameter model against mirt and ltm, and by what must hold of any data."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.analysis.shown import message
from examgen.stats.irt_models import Fit, dichotomous, expected_scores
from examgen.stats.mml_curves import BetaPrior, LogitNormal, Prior, parse_prior
from examgen.stats.mml_fit import fit_mml
from tests.psychometrics import reference

DATA = {"irtoys_scored": "irtoys_scored", "sat12": "sat12_scored"}
SLOW = pytest.mark.long(
    "seconds on a flat likelihood; irtoys_scored is tried, and both data sets with a prior"
)


def fit_asymptotes(scores: Any, prior_c: Prior | None = None, **options: Any) -> Fit:
    return fit_mml(scores, "3pl", prior_c=prior_c, **options)


MIRT_PRIOR = LogitNormal(-1.386, 0.5)
Floats = NDArray[np.float64]


def simulated(n: int, j: int, seed: int, missing: float = 0.0) -> NDArray[np.int8]:
    rng = np.random.default_rng(seed)
    a, b = np.exp(rng.normal(0.2, 0.3, j)), rng.normal(0.0, 1.0, j)
    theta = rng.normal(0.0, 1.0, (n, 1))
    right = rng.random((n, j)) < 0.2 + 0.8 / (1.0 + np.exp(-a * (theta - b)))
    scores = right.astype(np.int8)
    scores[rng.random((n, j)) < missing] = -1
    return scores


def log_likelihood(scores: NDArray[np.int8], fit: Fit) -> float:
    """By the definition, item by item."""
    nodes = np.linspace(-6.0, 6.0, 61)
    weights = np.exp(-0.5 * ((nodes - fit.mean[0]) / fit.sd[0]) ** 2)
    right = expected_scores(fit.parameters, nodes)
    joint = np.ones((len(scores), 61))
    for j in range(scores.shape[1]):
        column = scores[:, j, None]
        joint *= np.where(column == 1, right[:, j], np.where(column == 0, 1.0 - right[:, j], 1.0))
    return float(np.log(joint @ weights / weights.sum()).sum())


@pytest.mark.parametrize("name", DATA)
def test_with_a_prior_as_mirt(name: str) -> None:
    file = f"{name}__3pl_prior_mml"
    theirs = reference.results(file)
    fit = fit_asymptotes(reference.scores(DATA[name]), MIRT_PRIOR)
    assert fit.converged
    assert fit.n_parameters == theirs["npar"]
    posterior = theirs["loglik"] + theirs["log_prior"]
    reference.compare(file, "log posterior", fit.log_likelihood + fit.log_prior, posterior, 1e-2)
    reference.compare_likelihood(file, fit.log_likelihood + fit.log_prior, posterior, 1e-4)
    curve = expected_scores(fit.parameters, reference.floats(theirs["theta_grid"])).sum(axis=1)
    reference.compare(file, "expected score", curve, theirs["expected_score"], 5e-3)
    reference.compare(file, "a", fit.parameters.a, theirs["a"], 5e-3)
    reference.compare(file, "d", fit.parameters.d[:, 0], theirs["d"], 5e-3)
    reference.compare(file, "g", fit.parameters.c, theirs["g"], 1e-3)
    for quantity, errors in (
        ("se_a", fit.se_a),
        ("se_d", fit.se_d[:, 0]),
        ("se_g", fit.se_c),
        ("se_b", fit.se_b[:, 0]),
    ):
        reference.compare(file, quantity, errors, theirs[quantity], 1e-2, relative=True)


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("irtoys_scored__3pl_mml", "irtoys_scored"),
        ("irtoys_scored__3pl_ltm", "irtoys_scored"),
        pytest.param("sat12__3pl_mml", "sat12_scored", marks=SLOW),
        pytest.param("sim_guessing__3pl_mirt", "sim_guessing", marks=SLOW),
    ],
)
def test_without_a_prior_not_below_mirt_and_ltm(file: str, data: str) -> None:
    theirs = reference.results(file)
    fit = fit_asymptotes(reference.scores(data), standard_errors=False)
    reference.compare_likelihood(file, fit.log_likelihood, theirs["loglik"], 0.05)
    assert fit.n_parameters == theirs.get("npar", fit.n_parameters)


def test_with_missing_answers_as_mirt() -> None:
    file = "sim_guessing__3pl_prior_mirt"
    theirs = reference.results(file)
    fit = fit_asymptotes(reference.scores("sim_guessing"), MIRT_PRIOR)
    posterior = theirs["loglik"] + theirs["log_prior"]
    reference.compare(file, "log posterior", fit.log_likelihood + fit.log_prior, posterior, 1e-4)
    c = fit.parameters.c
    reference.compare(file, "a", fit.parameters.a, theirs["a1"], 1e-3)
    reference.compare(file, "d", fit.parameters.d[:, 0], theirs["d"], 1e-3)
    reference.compare(file, "g", c, theirs["g"], 1e-3)
    reference.compare(file, "se_a", fit.se_a, theirs["se_a1"], 1e-2, relative=True)
    reference.compare(file, "se_d", fit.se_d[:, 0], theirs["se_d"], 1e-2, relative=True)
    reference.compare(file, "se of logit g", fit.se_c / (c * (1.0 - c)), theirs["se_g"], 1e-2, relative=True)


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("prior", [LogitNormal(-1.1, 0.5), BetaPrior(5, 17)])
def test_maximum_of_its_definition(prior: Prior, missing: float) -> None:
    """The likelihood is the one of the definition, and is lower on all sides."""
    scores = simulated(400, 8, 5, missing)
    fit = fit_asymptotes(scores, prior)
    assert log_likelihood(scores, fit) == pytest.approx(fit.log_likelihood, abs=1e-8)
    rng = np.random.default_rng(1)
    for _ in range(10):
        p = fit.parameters
        other = fit._replace(
            parameters=dichotomous(
                p.a + 0.02 * rng.normal(size=8),
                p.d[:, 0] + 0.02 * rng.normal(size=8),
                p.c * np.exp(0.05 * rng.normal(size=8)),
            )
        )
        assert log_likelihood(scores, other) + log_density(prior, other.parameters.c) < (
            fit.log_likelihood + fit.log_prior
        )


def log_density(prior: Prior, c: Floats) -> float:
    from scipy import stats

    if isinstance(prior, BetaPrior):
        return float(stats.beta(prior.p, prior.q).logpdf(c).sum())
    return float(stats.norm(prior.mean, prior.sd).logpdf(np.log(c / (1.0 - c))).sum())


def test_log_prior_is_its_density() -> None:
    scores = simulated(300, 6, 2)
    for prior in (LogitNormal(-1.1, 0.5), BetaPrior(5, 17), BetaPrior(1, 4)):
        fit = fit_asymptotes(scores, prior, standard_errors=False)
        assert fit.log_prior == pytest.approx(log_density(prior, fit.parameters.c), abs=1e-9)


def test_standard_errors_are_those_of_the_numerical_information() -> None:
    """By second differences of the definition over all parameters."""
    scores = simulated(1000, 5, 3, 0.1)
    prior = LogitNormal(-1.1, 0.5)
    fit = fit_asymptotes(scores, prior)
    start = np.concatenate([fit.parameters.a, fit.parameters.d[:, 0], fit.parameters.c])

    def value(vector: Floats) -> float:
        parameters = dichotomous(*np.split(vector, 3))
        return log_likelihood(scores, fit._replace(parameters=parameters)) + log_density(prior, parameters.c)

    steps, n = np.where(np.arange(15) < 10, 2e-3, 1e-3), len(start)
    information = np.empty((n, n))
    for i in range(n):
        for k in range(i + 1):
            first, second = np.eye(n)[i] * steps, np.eye(n)[k] * steps
            four = value(start + first + second) - value(start + first - second)
            four -= value(start - first + second) - value(start - first - second)
            information[i, k] = information[k, i] = -four / (4.0 * steps[i] * steps[k])
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    ours = np.concatenate([fit.se_a, fit.se_d[:, 0], fit.se_c])
    assert ours == pytest.approx(errors, rel=5e-3)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(ours, rel=1e-12)
    assert fit.free[0] == ("a", 0, 0)
    assert fit.free[-1] == ("c", 4, 0)


def test_asymptotes_fixed_at_the_ends_are_the_two_parameter_model() -> None:
    theirs = reference.results("sim2pl__2pl_mml")
    scores = reference.scores("sim2pl")
    free = np.full(scores.shape[1], np.nan)
    fit = fit_asymptotes(scores, fixed=dichotomous(free, free, np.zeros_like(free)))
    reference.compare_likelihood("sim2pl__2pl_mml (c = 0)", fit.log_likelihood, theirs["loglik"], 1e-4)
    reference.compare("sim2pl__2pl_mml (c = 0)", "a", fit.parameters.a, theirs["a"], 1e-3)
    reference.compare("sim2pl__2pl_mml (c = 0)", "se_a", fit.se_a, theirs["se_a"], 1e-2, relative=True)
    assert fit.n_parameters == theirs["npar"]
    assert np.isnan(fit.se_c).all()


def test_anchors_free_the_population() -> None:
    """Half the items fixed at the values of another group: mean and sd come out as simulated."""
    rng = np.random.default_rng(8)
    a, d, c = np.exp(rng.normal(0.2, 0.2, 20)), rng.normal(0.0, 1.0, 20), np.full(20, 0.2)
    theta = rng.normal(0.5, 0.8, (2500, 1))
    scores = (rng.random((2500, 20)) < c + (1 - c) / (1.0 + np.exp(-(a * theta + d)))).astype(np.int8)
    known = np.where(np.arange(20) < 10, 1.0, np.nan)
    fit = fit_asymptotes(scores, LogitNormal(-1.386, 0.3), fixed=dichotomous(a * known, d * known, c * known))
    assert fit.converged
    assert (fit.parameters.a[:10] == a[:10]).all()
    assert (fit.parameters.c[:10] == c[:10]).all()
    assert abs(fit.mean[0] - 0.5) < 3.0 * fit.se_mean[0] < 0.2
    assert abs(fit.sd[0] - 0.8) < 3.0 * fit.se_sd[0] < 0.2
    assert np.abs((fit.parameters.a - a)[10:] / fit.se_a[10:]).max() < 4.0


def test_order_of_candidates_and_size_of_pieces_do_not_matter() -> None:
    scores = simulated(2500, 6, 4, 0.1)
    first = fit_asymptotes(scores, MIRT_PRIOR)
    again = fit_asymptotes(np.ascontiguousarray(scores[::-1]), MIRT_PRIOR)
    assert again.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-6)
    assert again.parameters.a == pytest.approx(first.parameters.a, abs=1e-5)
    assert again.se_a == pytest.approx(first.se_a, rel=1e-4)


def test_an_asymptote_at_the_end_of_its_range_is_told() -> None:
    rng = np.random.default_rng(2)
    theta = rng.normal(0.0, 1.0, (1500, 1))
    scores = (rng.random((1500, 10)) < 1.0 / (1.0 + np.exp(-1.5 * theta))).astype(np.int8)
    fit = fit_asymptotes(scores)
    at_zero = {note.item for note in fit.notes if note.code == "c-at-zero"}
    assert at_zero == set(np.nonzero(fit.parameters.c == 0.0)[0])
    assert at_zero
    assert all(re.search("[\u0e00-\u0e7f]", message(note.message).th) for note in fit.notes)
    assert np.isnan(fit.se_c[sorted(int(j or 0) for j in at_zero)]).all()
    assert np.isfinite(fit.se_a).all()


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros((0, 4), np.int8),
        np.zeros((10, 0), np.int8),
        np.ones((50, 5), np.int8),
        np.full((30, 4), -1, np.int8),
        np.array([[1, 0, 1, 0]], np.int8),
        np.array([[1, 0, 1, 0], [0, 1, 1, 0]], np.int8),
        np.array([[1], [0], [1]], np.int8),
        np.tile(np.array([0, 1], np.int8), (3, 3000)),
    ],
)
def test_nothing_to_fit_says_why(scores: NDArray[np.int8]) -> None:
    fit = fit_asymptotes(scores, LogitNormal(-1.1, 0.5))
    assert not fit.converged
    assert np.isnan(fit.log_likelihood)
    assert np.isnan(fit.parameters.a).all()
    assert fit.notes[-1].code in {"nothing-to-fit", "not-identified"}


def test_constant_items_are_left_out_by_name() -> None:
    scores = simulated(400, 8, 6)
    whole = fit_asymptotes(np.delete(scores, [2, 5, 7], axis=1), MIRT_PRIOR)
    scores[:, 2], scores[:, 5], scores[:, 7] = 1, 0, -2
    fit = fit_asymptotes(scores, MIRT_PRIOR)
    assert {(n.code, n.item) for n in fit.notes} >= {("all-right", 2), ("all-wrong", 5), ("no-answers", 7)}
    assert np.isnan(fit.parameters.a[[2, 5, 7]]).all()
    assert np.isnan(fit.se_a[[2, 5, 7]]).all()
    assert fit.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-6)
    assert fit.parameters.a[[0, 1, 3, 4, 6]] == pytest.approx(whole.parameters.a, abs=1e-5)


def test_odd_answers_give_numbers_or_words() -> None:
    rng = np.random.default_rng(3)
    doubled = simulated(200, 8, 7)
    doubled[:, 1] = doubled[:, 2] = doubled[:, 0]
    turned = simulated(400, 8, 8)
    turned[:, 1] = 1 - turned[:, 1]
    booklets = simulated(400, 10, 9)
    booklets[:200, :5], booklets[200:, 5:] = -3, -3
    for scores, code in (
        (doubled, "slope-to-infinity"),
        (turned, "negative-slope"),
        (booklets, None),
        (simulated(6, 30, 10), "few-candidates"),
        ((rng.random((80, 6)) < 0.5).astype(np.int8), None),
        (np.tril(np.ones((9, 8), np.int8), -1), "slope-to-infinity"),
    ):
        fit = fit_asymptotes(scores, MIRT_PRIOR)
        codes = {note.code for note in fit.notes}
        assert code is None or code in codes
        endless = [note.item or 0 for note in fit.notes if note.code == "slope-to-infinity"]
        assert np.isnan(fit.se_a[endless]).all()
        assert not (endless and fit.converged)
        assert fit.converged or codes & {"not-converged", "slope-to-infinity"}


def test_callers_mistakes_are_refused() -> None:
    scores = simulated(50, 5, 1)
    assert {note.code for note in fit_asymptotes(scores * 2).notes} == {"not-dichotomous", "nothing-to-fit"}
    with pytest.raises(ValueError, match="one row for each item"):
        fit_asymptotes(scores, fixed=dichotomous(np.ones(2), np.ones(2)))


def test_priors_from_the_command_line() -> None:
    assert parse_prior("norm:-1.1:0.5") == LogitNormal(-1.1, 0.5)
    assert parse_prior(" beta:5:17") == BetaPrior(5, 17)
    for wrong in (
        "norm",
        "norm:1",
        "norm:1:0",
        "beta:5:17:2",
        "beta:0.5:2",
        "gamma:1:2",
        "norm:nan:1",
        "norm:a:b",
    ):
        with pytest.raises(ValueError, match="prior"):
            parse_prior(wrong)

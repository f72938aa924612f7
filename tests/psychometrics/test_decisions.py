"""How often decisions agree, against betafunctions, cacIRT and the formulas in R, and against brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest

from examgen.stats import decision_methods as by_ability
from examgen.stats import decision_methods as by_total
from examgen.stats import irt_abilities as abilities
from examgen.stats.decision_methods import Agreement, agreement
from examgen.stats.irt_models import dichotomous
from examgen.stats.quadrature import normal_grid
from tests.psychometrics import reference

SETS = {"sat12": ("sat12_scored", (16, 20)), "sim2pl": ("sim2pl", (16, 20, 26))}
CASES = [(name, cut) for name, (_, cuts) in SETS.items() for cut in cuts]


@pytest.mark.parametrize(("name", "cut"), CASES)
@pytest.mark.parametrize("n_parameters", [2, 4])
@pytest.mark.parametrize("method", ["livingston_lewis", "hanson_brennan"])
def test_strong_true_scores_are_those_of_betafunctions(
    name: str, cut: int, method: str, n_parameters: int
) -> None:
    file = f"{name}__decision_consistency"
    theirs = reference.results(file)["results"][f"{method}_cut_{cut}_{n_parameters}P"]
    found = getattr(by_total, method)(totals(name), [cut], n_parameters)
    ours, what = agreement(found.states), f"{method} {n_parameters}P cut {cut}"
    if method == "livingston_lewis":
        ours = cut_as_in_r(found, cut / totals(name).most)
    names = {"l": "low", "u": "high", "etl": "effective_length", "etl_rounded": "effective_length_rounded"}
    for field, value in theirs["true_score_parameters"].items():
        if field != "N":
            own = found.told[{**names, "k": "lords_k"}.get(field, field)]
            reference.compare(file, f"{what} {field}", own, value, 1e-4)
    (fails, passes, accuracy), (false_fail, false_pass, _), margins = theirs["accuracy_matrix"]
    told = [ours.truth[0, 0], ours.truth[1, 1], ours.accuracy, ours.false_fail, ours.false_pass]
    reference.compare(file, f"{what} accuracy", told, [fails, passes, accuracy, false_fail, false_pass], 1e-4)
    reference.compare(file, f"{what} margins", ours.truth.sum(axis=0), margins[:2], 1e-4)
    for field, value in shares(ours).items():
        reference.compare(file, f"{what} {field}", value, theirs["accuracy"][field], 1e-4)
    reference.compare(file, f"{what} consistency", ours.contingency, theirs["consistency_matrix"], 1e-4)
    of_r = theirs["consistency"]
    told = [ours.consistency, ours.chance, ours.kappa]
    reference.compare(file, f"{what} p, kappa", told, [of_r["p"], of_r["p_c"], of_r["Kappa"]], 1e-4)


@pytest.mark.parametrize(("name", "cut"), CASES)
def test_lee_and_rudner_are_those_of_cacirt(name: str, cut: int) -> None:
    file = f"{name}__decision_consistency"
    told = reference.results(file)
    a, b = np.array(told["a"]), np.array(told["b"])
    parameters = dichotomous(a, -a * b)
    theta, se = abilities.eap(scores(name), parameters, normal_grid(61))[:2]
    even = np.full(len(theta), 1 / len(theta))
    lee, rudner = (told["results"][f"{method}_eap_cut_{cut}"] for method in ("lee", "rudner"))
    ours = agreement(by_ability.lee(parameters, theta, even, [cut]))
    reference.compare(
        file, f"Lee cut {cut}", [ours.accuracy, ours.consistency], [lee["accuracy"], lee["consistency"]], 1e-4
    )
    at = parameters.ability_at(cut)
    ours = agreement(by_ability.rudner(theta, se, [at]))
    values = [at, ours.accuracy, ours.consistency]
    theirs = [rudner[field] for field in ("theta_cut", "accuracy", "consistency")]
    reference.compare(file, f"Rudner cut {cut}", values, theirs, 1e-4)


def scores(name: str) -> np.ndarray:
    return reference.scores(SETS[name][0])


def totals(name: str) -> by_total.ScaledTotals:
    cells = scores(name)
    found = by_total.alpha(cells)
    theirs = reference.results(f"{name}__decision_consistency")["alpha"]
    reference.compare(f"{name}__decision_consistency", "alpha", found, theirs, 1e-4)
    return by_total.ScaledTotals(cells.sum(axis=1).astype(float), 0.0, cells.shape[1], found)


def test_kappa_is_none_where_everybody_is_of_one_level() -> None:
    every = np.array([[0.0, 0.0], [0.0, 1.0]])
    assert np.isnan(Agreement(every, every).kappa)
    assert Agreement(np.full((2, 2), 0.25), every).kappa == 0


def shares(of: Agreement) -> dict[str, float]:
    """As betafunctions has them, to whom failing is what a test finds."""
    (fail_right, false_pass), (false_fail, pass_right) = of.truth.tolist()
    sensitivity = fail_right / (fail_right + false_pass)
    specificity = pass_right / (pass_right + false_fail)
    return {
        "Sensitivity": sensitivity,
        "Specificity": specificity,
        "PPV": fail_right / (fail_right + false_fail),
        "NPV": pass_right / (pass_right + false_pass),
        "Youden.J": sensitivity + specificity - 1,
    }


# ── what holds of every method ───────────────────────────────────────────────────────────────


def test_livingston_lewis_is_what_two_administrations_do() -> None:
    """Beta-binomial totals of 30 items, twice, of a million candidates, at two cuts."""
    rng = np.random.default_rng(7)
    share = rng.beta(6, 4, 1_000_000)
    once, twice = rng.binomial(30, share), rng.binomial(30, share)
    reliability = float(np.corrcoef(once, twice)[0, 1])
    found = by_total.livingston_lewis(by_total.ScaledTotals(once.astype(float), 0, 30, reliability), [15, 21])
    ours = agreement(found.states)
    level = [np.digitize(values, [15, 21]) for values in (once, twice, share * 30)]
    for counted, own in (
        (np.histogram2d(level[0], level[1], bins=[3, 3])[0] / 1e6, ours.contingency),
        (np.histogram2d(level[2], level[0], bins=[3, 3])[0] / 1e6, ours.truth),
    ):
        assert np.abs(counted - own).max() < 0.002
    assert ours.pass_again == pytest.approx(np.mean(level[1][level[0] == 2] == 2), abs=0.003)
    assert ours.false_pass == pytest.approx(np.mean(level[0] > level[2]), abs=0.002)


def cut_as_in_r(found: by_total.TrueStates, share: float) -> Agreement:
    """betafunctions rounds the cut on the test of the effective length to the nearest whole number, and for
    the second administration down."""
    n, ours = found.told["effective_length_rounded"], agreement(found.states)
    of = by_total.BetaTrueScores(*(found.told[name] for name in by_total.BetaTrueScores._fields))
    shares, weights = by_total.beta_nodes(of, [share])
    second = by_total.binomial_levels(shares, n, [math.floor(n * share)])
    return Agreement(found.states.chances.T @ (weights[:, None] * second), ours.truth)


def test_livingston_lewis_cuts_both_administrations_alike() -> None:
    """betafunctions 1.9.0 of verbal.csv, `LL.CA(tot, alpha, 14, 0, 24)`, has the cuts 17 and 16 of 29 (16.92)
    and the consistency 0.8503436."""
    cells = reference.scores("verbal")
    found = by_total.livingston_lewis(
        by_total.ScaledTotals(cells.sum(axis=1).astype(float), 0, 24, by_total.alpha(cells)), [14]
    )
    assert found.told["cuts_on_test"] == [17]
    in_r, ours = cut_as_in_r(found, 14 / 24), agreement(found.states)
    assert (in_r.consistency, in_r.accuracy) == pytest.approx((0.8503436, 0.8971252), abs=1e-4)
    assert ours.accuracy == in_r.accuracy
    weights, (fails, passes) = found.states.weights, found.states.chances.T
    assert ours.consistency == pytest.approx(weights @ (fails**2 + passes**2), abs=1e-12)
    assert ours.pass_again == pytest.approx(weights @ passes**2 / (weights @ passes), abs=1e-12)
    assert ours.consistency > in_r.consistency


def test_lee_is_what_two_administrations_do() -> None:
    rng = np.random.default_rng(8)
    a, d = rng.lognormal(0, 0.3, 24), rng.normal(0.4, 1, 24)
    grid = normal_grid(1201)
    ours = agreement(by_ability.lee(dichotomous(a, d), grid.nodes, grid.weights, [14]))
    theta = rng.standard_normal((200_000, 1))
    p = 1 / (1 + np.exp(-(a * theta + d)))
    once, twice = ((rng.random(p.shape) < p).sum(axis=1) >= 14 for _ in range(2))
    assert ours.consistency == pytest.approx((once == twice).mean(), abs=0.003)
    assert ours.accuracy == pytest.approx((once == (p.sum(axis=1) >= 14)).mean(), abs=0.003)


@pytest.mark.parametrize("alpha", [0.05, 0.7, 3.0, 400.0])
def test_the_pieces_of_a_beta_distribution_add_up_to_it(alpha: float) -> None:
    of = by_total.BetaTrueScores(alpha, 2 * alpha, 0.1, 0.9, 4)
    shares, weights = by_total.beta_nodes(of, [0.35, 0.4])
    mean, variance = 0.1 + 0.8 / 3, 0.64 * (2 / 9) / (3 * alpha + 1)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights @ shares == pytest.approx(mean, abs=1e-9)
    assert weights @ (shares - mean) ** 2 == pytest.approx(variance, rel=1e-6)


def test_no_chance_is_less_than_nothing() -> None:
    for n, k, least in ((12, 0.0, -1e-15), (12, 0.8, -2e-4)):  # two terms alone are no distribution
        for cuts in ([6], [0, 6, 13]):
            chances = by_total.binomial_levels(np.linspace(0.001, 0.999, 99), n, cuts, k)
            assert chances.shape == (99, len(cuts) + 1)
            assert chances.sum(axis=1) == pytest.approx(np.ones(99))
            assert chances.min() >= least


def test_the_reason_is_told_where_there_are_no_true_scores() -> None:
    some = by_total.ScaledTotals(np.array([3.0, 5, 6, 8, 2, 9, 7, 1, 5, 4]), 0, 10, 0.7)
    for totals, code in (
        (some._replace(reliability=0.0), "reliability-not-positive"),
        (some._replace(reliability=1.0), "reliability-one"),
        (some._replace(reliability=1 - 2e-15), "reliability-one"),
        (some._replace(reliability=math.nan), "no-reliability"),
        (some._replace(values=np.full(5, 4.0)), "no-variance"),
    ):
        for method in ("livingston_lewis", "hanson_brennan"):
            with pytest.raises(by_total.NoTrueScores, match=code):
                getattr(by_total, method)(totals, [5])

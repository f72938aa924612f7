"""Several groups: 3PL against mirt, 1PL and 3PL against Rasch, 2PL and one group; groups that were given other
items."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.stats.mml_curves import LogitNormal
from examgen.stats.mml_fit import fit_mml
from tests.psychometrics import reference
from tests.psychometrics.grouped import fit_groups

Floats = NDArray[np.float64]
N_ITEMS = 14
USUAL = LogitNormal(-1.1, 0.5)


class Sitting:
    """Two groups, the second N(0.5, 1.2²), and the items that they took."""

    def __init__(self, seed: int, n: int, c: float) -> None:
        rng = np.random.default_rng(seed)
        self.a, self.b = rng.lognormal(0.1, 0.25, N_ITEMS), rng.normal(0.0, 1.0, N_ITEMS)
        theta = np.concatenate([rng.normal(0.0, 1.0, n), rng.normal(0.5, 1.2, n)])[:, None]
        chance = c + (1.0 - c) / (1.0 + np.exp(-self.a * (theta - self.b)))
        self.scores = (rng.random(chance.shape) < chance).astype(np.int8)
        self.groups = np.repeat([0, 1], n)


@pytest.fixture(scope="module")
def guessed() -> Sitting:
    return Sitting(1, 1500, 0.2)


@pytest.fixture(scope="module")
def three(guessed: Sitting) -> SimpleNamespace:
    return fit_groups(guessed.scores, guessed.groups, model="3pl", prior_c=USUAL)


def test_with_c_at_0_the_3pl_is_the_2pl() -> None:
    sat = Sitting(2, 600, 0.0)
    two = fit_groups(sat.scores, sat.groups)
    three = fit_groups(sat.scores, sat.groups, model="3pl", prior_c=LogitNormal(-14.0, 0.01))
    assert three.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-3)
    for field in ("a", "d", "b", "mean", "sd"):
        assert getattr(three, field) == pytest.approx(getattr(two, field), abs=1e-4), field
    assert three.se_a == pytest.approx(two.se_a, rel=1e-3)
    assert three.se_b == pytest.approx(two.se_b, rel=1e-3)
    assert three.se_mean[1] == pytest.approx(two.se_mean[1], rel=1e-3)
    assert three.se_sd[1] == pytest.approx(two.se_sd[1], rel=1e-3)


def test_where_all_items_are_free_each_group_has_its_own_3pl(guessed: Sitting) -> None:
    scores, groups = guessed.scores, guessed.groups
    ours = fit_groups(scores, groups, model="3pl", prior_c=USUAL, free=np.ones(N_ITEMS, bool))
    alone = [fit_mml(scores[groups == g], "3pl", prior_c=USUAL) for g in (0, 1)]
    assert ours.log_likelihood == pytest.approx(sum(fit.log_likelihood for fit in alone), abs=1e-4)
    assert ours.n_parameters == sum(fit.n_parameters for fit in alone)
    assert ours.mean.tolist() == [0.0, 0.0]


def test_one_group_is_the_model_of_one_group(guessed: Sitting) -> None:
    scores = guessed.scores[:1500]
    one = fit_mml(scores, "3pl", prior_c=USUAL)
    ours = fit_groups(scores, np.zeros(1500, dtype=np.int64), model="3pl", prior_c=USUAL)
    assert ours.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-5)
    assert ours.a[0] == pytest.approx(one.parameters.a, abs=1e-4)
    assert ours.c[0] == pytest.approx(one.parameters.c, abs=1e-4)
    assert ours.se_b[0] == pytest.approx(one.se_b[:, 0], rel=1e-3)
    assert ours.se_c[0] == pytest.approx(one.se_c, rel=1e-3)


def test_the_3pl_finds_what_is_true(guessed: Sitting, three: SimpleNamespace) -> None:
    """Within three standard errors, and nowhere is a better place nearby."""
    assert three.converged
    assert three.mean[0] == 0
    assert three.sd[0] == 1
    assert abs(three.mean[1] - 0.5) < 3 * three.se_mean[1] < 0.25
    assert abs(three.sd[1] - 1.2) < 3 * three.se_sd[1] < 0.25
    away = (three.b[0] - guessed.b) / three.se_b[0]
    assert (np.abs(away) < 3.5).all()
    assert np.abs(three.c[0] - 0.2).mean() < 0.08


def test_the_likelihood_is_that_of_the_formula(guessed: Sitting, three: SimpleNamespace) -> None:
    nodes = np.linspace(-6, 6, 61)
    total = 0.0
    for g in (0, 1):
        weights = np.exp(-0.5 * ((nodes - three.mean[g]) / three.sd[g]) ** 2)
        p = three.c[0] + (1 - three.c[0]) / (1 + np.exp(-(np.outer(nodes, three.a[0]) + three.d[0])))
        x = guessed.scores[guessed.groups == g].astype(float)
        logs = x @ np.log(p).T + (1 - x) @ np.log1p(-p).T
        total += float(np.log(np.exp(logs) @ (weights / weights.sum())).sum())
    assert three.log_likelihood == pytest.approx(total, abs=1e-6)


def test_a_free_item_has_parameters_of_its_own(guessed: Sitting, three: SimpleNamespace) -> None:
    free = np.arange(N_ITEMS) == 3
    scores = guessed.scores.copy()
    right = np.flatnonzero((guessed.groups == 1) & (scores[:, 3] == 1))
    scores[right[::3], 3] = 0
    found = fit_groups(scores, guessed.groups, model="3pl", prior_c=USUAL, free=free)
    assert found.b[1, 3] > found.b[0, 3] + 0.5
    assert (found.b[0] == found.b[1])[~free].all()
    assert found.n_parameters == three.n_parameters + 3


def test_the_1pl_is_the_rasch_model_in_other_units() -> None:
    sat = Sitting(4, 400, 0.0)
    rasch = fit_groups(sat.scores, sat.groups, model="rasch")
    one = fit_groups(sat.scores, sat.groups, model="1pl")
    assert one.n_parameters == rasch.n_parameters
    assert one.log_likelihood == pytest.approx(rasch.log_likelihood, abs=0.05)  # the nodes reach less far
    assert one.a == pytest.approx(np.full((2, N_ITEMS), rasch.sd[0]), abs=0.01)
    assert one.mean[1] == pytest.approx(rasch.mean[1] / rasch.sd[0], abs=0.01)
    assert one.sd[1] == pytest.approx(rasch.sd[1] / rasch.sd[0], abs=0.01)
    assert one.se_a[0, 0] == pytest.approx(rasch.se_sd[0], rel=0.05)


@pytest.mark.parametrize(("model", "prior"), [("2pl", None), ("3pl", USUAL)])
def test_groups_may_have_been_given_other_items(
    guessed: Sitting, model: str, prior: LogitNormal | None
) -> None:
    """Concurrent calibration: four items of each group alone, and six in common, tie the scales together."""
    sat = Sitting(5, 1200, 0.0) if model == "2pl" else guessed
    scores = sat.scores.copy()
    scores[np.ix_(sat.groups == 1, range(4))] = -1
    scores[np.ix_(sat.groups == 0, range(10, 14))] = -1
    found = fit_groups(scores, sat.groups, model=model, prior_c=prior)
    assert not found.notes
    assert np.isfinite(found.b).all()
    assert abs(found.mean[1] - 0.5) < 3 * found.se_mean[1] < 0.3
    assert abs(found.sd[1] - 1.2) < 3 * found.se_sd[1] < 0.35
    assert (np.abs((found.b[0] - sat.b) / found.se_b[0]) < 3.5).all()


def two_groups(n: int, mean: float = 0.0, sd: float = 1.0) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Right and wrong of 300 candidates on eight items, the last `n` of them from N(mean, sd²)."""
    rng, group = np.random.default_rng(3), np.repeat([0, 1], [300 - n, n])
    theta = np.where(group == 0, rng.normal(0.0, 1.0, 300), rng.normal(mean, sd, 300))[:, None]
    chance = 1.0 / (1.0 + np.exp(np.linspace(-1.5, 1.5, 8) - theta))
    return (rng.random((300, 8)) < chance).astype(np.int8), group


def test_an_item_that_is_the_group_itself_has_no_slope_and_the_fit_is_not_settled() -> None:
    scores, group = two_groups(150)
    scores[:, 0] = group
    found = fit_groups(scores, group)
    assert not found.converged
    assert np.isnan([found.sd[1], found.se_sd[1], *found.se_b[:, 0]]).all()
    assert [note.item for note in found.notes if note.code == "slope-to-infinity"] == [0]
    assert [note.group for note in found.notes if note.code == "no-variance"] == [1]


def test_a_group_of_whom_nearly_all_is_right_has_no_mean() -> None:
    scores, group = two_groups(150)
    scores[group == 1] = 1
    scores[-4:, [4, 5, 6, 7]] = 1 - np.eye(4, dtype=np.int8)
    found = fit_groups(scores, group, model="rasch")
    assert np.isnan([found.mean[1], found.se_mean[1]]).all()
    assert not found.converged
    assert [(note.code, note.group) for note in found.notes] == [("ability-out-of-range", 1)]
    assert "cannot be estimated" in found.notes[0].message


@pytest.mark.parametrize(("mean", "highest"), [(4.0, -841.209), (5.0, -782.686)])
def test_a_group_far_away_has_its_maximum_all_the_same(mean: float, highest: float) -> None:
    """Where the information of the complete data has a negative diagonal, no step was long enough: 100 of them
    ended at −922.9 and −872.7."""
    found = fit_groups(*two_groups(150, mean), model="1pl", standard_errors=False)
    assert "not-converged" not in {note.code for note in found.notes}
    assert found.log_likelihood == pytest.approx(highest, abs=1e-3)


def test_a_negative_slope_is_told_of_groups_too() -> None:
    scores, group = two_groups(150)
    scores[:, 2] = 1 - scores[:, 2]
    found = fit_groups(scores, group)
    assert [(note.code, note.item) for note in found.notes] == [("negative-slope", 2)]


def test_the_answers_of_a_group_that_follow_a_perfect_order_have_no_spread() -> None:
    scores = (np.arange(300)[:, None] % 9 > np.arange(8)).astype(np.int8)
    found = fit_groups(scores, np.arange(300) % 2, model="rasch")
    assert np.isnan(found.sd).all()
    assert not found.converged


@pytest.mark.parametrize(
    ("n", "mean", "code"),
    [(20, 0.0, "few-in-group"), (150, 3.6, "wide-ability")],
)
def test_what_is_hardly_known_of_a_group_is_told_of_it_alone(n: int, mean: float, code: str) -> None:
    found = fit_groups(*two_groups(n, mean), model="rasch")
    assert found.converged
    assert [(note.code, note.group) for note in found.notes] == [(code, 1)]


def test_groups_like_others_are_told_without_a_word() -> None:
    assert fit_groups(*two_groups(150, 1.0), model="rasch").notes == ()


def test_the_3pl_with_a_prior_is_that_of_mirt() -> None:
    name = "groups__3pl"
    theirs = reference.results(name)
    fit = fit_groups(reference.cells_of(theirs), np.array(theirs["group"]), model="3pl", prior_c=USUAL)
    assert fit.converged
    # mirt's log-likelihood is without the prior, and its maximum is that of both together
    reference.compare(name, "log-likelihood", fit.log_likelihood, theirs["loglik"], 1e-3)
    one, errors = theirs["one"], theirs["se_one"]
    logit = np.log(fit.c[0] / (1 - fit.c[0]))
    reference.compare(name, "a", fit.a[0], one["a"], 2e-3)
    reference.compare(name, "d", fit.d[0], np.ravel(one["d"]), 2e-3)
    reference.compare(name, "logit c", logit, one["logit_c"], 2e-3)
    reference.compare(name, "se of a", fit.se_a[0], errors["a"], 1e-3)
    reference.compare(name, "se of d", fit.se_d[0], np.ravel(errors["d"]), 2e-3)
    reference.compare(
        name, "se of logit c", fit.se_c[0] / (fit.c[0] * (1 - fit.c[0])), errors["logit_c"], 1e-3
    )
    reference.compare(name, "mean of group 2", fit.mean[1], theirs["mean"][1], 1e-3)
    reference.compare(name, "variance of group 2", fit.sd[1] ** 2, theirs["variance"][1], 1e-3)
    reference.compare(name, "se of the mean", fit.se_mean[1], theirs["se_mean"][1], 1e-3)

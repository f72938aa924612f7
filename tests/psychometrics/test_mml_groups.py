"""Fits of several groups: against those of one, by differences of the likelihood, and against simulated truth."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.stats import irt_abilities as abilities
from examgen.stats.irt_abilities import own_population
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
from examgen.stats.mml_curves import LogitNormal
from examgen.stats.mml_fit import GroupsFit, fit_groups, fit_mml
from tests.psychometrics import reference
from tests.psychometrics.by_definition import curvature, drawn, moved, total, values
from tests.psychometrics.test_dif import groups as groups_of

STEPS = ("grm", "gpcm", "pcm")
MODELS = ("2pl", "3pl", *STEPS)
USUAL = LogitNormal(-1.1, 0.5)
MEAN, SD = 0.6, 1.25
"""Of ability in the second group."""


class Sitting(NamedTuple):
    scores: NDArray[np.int8]
    groups: NDArray[np.int64]
    items: ItemParameters


@cache
def sat(model: str, n: int, seed: int, n_items: int = 8, c: float | None = None) -> Sitting:
    """Two groups of n; of partial scores items of two to four categories, and some answers missing."""
    rng = np.random.default_rng(seed)
    if model in STEPS:
        d = np.sort(rng.uniform(-1.6, 1.6, (n_items, 3)))[:, ::-1] + np.array([0.4, 0.0, -0.4])
        d[0, 1:], d[1, 2] = np.nan, np.nan
        a = np.ones(n_items) if model == "pcm" else rng.lognormal(0.1, 0.25, n_items)
        kind = np.full(n_items, GRADED if model == "grm" else PARTIAL_CREDIT, np.int8)
        items = ItemParameters(kind, a, d, np.zeros(n_items))
    else:
        a, b = rng.lognormal(0.1, 0.25, n_items), rng.normal(0.0, 1.0, n_items)
        asymptote = (0.2 if model == "3pl" else 0.0) if c is None else c
        items = dichotomous(a, -a * b, np.full(n_items, asymptote))
    theta = np.concatenate([rng.normal(0.0, 1.0, n), rng.normal(MEAN, SD, n)])
    scores = drawn(items, theta, rng, 0.05 if model in STEPS else 0.0)
    return Sitting(scores, np.repeat([0, 1], n), items)


def prior_of(model: str) -> LogitNormal | None:
    return USUAL if model == "3pl" else None


@cache
def of_3pl() -> tuple[Sitting, GroupsFit]:
    own = sat("3pl", 1500, 1, 14)
    return own, fit_groups(own.scores, own.groups, model="3pl", prior_c=USUAL)


# ── against the model of one group ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", ["3pl", *STEPS])
def test_one_group_is_the_model_of_one_group(model: str) -> None:
    scores = sat(model, 750 if model == "3pl" else 300, 61).scores
    ours = fit_groups(scores, np.zeros(len(scores), int), model=model, prior_c=prior_of(model))
    one = fit_mml(scores, model, prior_c=prior_of(model))
    (fit,) = ours.fits
    near, rel = (1e-5, 1e-3) if model == "3pl" else (1e-6, 1e-4)
    assert ours.log_likelihood == pytest.approx(one.log_likelihood, abs=near)
    assert ours.n_parameters == one.n_parameters
    for name in ("a", "d", "c"):
        theirs = getattr(one.parameters, name)
        assert getattr(fit.parameters, name) == pytest.approx(theirs, abs=1e-4, nan_ok=True), name
    for name in ("se_a", "se_d", "se_b", "se_c", "sd", "se_sd"):
        assert getattr(fit, name) == pytest.approx(getattr(one, name), rel=rel, nan_ok=True), name


@pytest.mark.parametrize("model", MODELS)
def test_where_all_items_are_free_each_group_has_its_own_model(model: str) -> None:
    scores, groups, _ = sat(model, 750 if model == "3pl" else 300, 63)
    if model == "2pl":
        scores, groups = reference.scores("verbal"), groups_of("verbal")
    free = np.ones(scores.shape[1], bool)
    ours = fit_groups(scores, groups, model=model, prior_c=prior_of(model), free=free)
    alone = [fit_mml(scores[groups == g], model, prior_c=prior_of(model)) for g in (0, 1)]
    assert ours.log_likelihood == pytest.approx(
        sum(fit.log_likelihood for fit in alone), abs=1e-4 if model == "3pl" else 1e-6
    )
    assert ours.n_parameters == sum(fit.n_parameters for fit in alone)
    for mine, own in zip(ours.fits, alone, strict=True):
        assert mine.mean[0] == 0.0
        assert mine.parameters.a == pytest.approx(own.parameters.a, abs=1e-3 if model == "3pl" else 1e-4)
        assert mine.se_d == pytest.approx(own.se_d, rel=1e-2 if model == "3pl" else 1e-3, nan_ok=True)


@pytest.mark.parametrize("model", ["3pl", "grm", "gpcm"])
def test_models_that_come_to_the_2pl_of_groups(model: str) -> None:
    """With c at 0 the 3PL, and with two categories the models of partial scores."""
    scores, groups, _ = sat("3pl", 600, 2, 14, 0.0) if model == "3pl" else sat("grm", 400, 62)
    scores = np.minimum(scores, 1)
    none = LogitNormal(-14.0, 0.01) if model == "3pl" else None
    two, ours = fit_groups(scores, groups), fit_groups(scores, groups, model=model, prior_c=none)
    assert ours.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-3 if none else 1e-6)
    for fit, own in zip(ours.fits, two.fits, strict=True):
        for name in ("a", "b"):
            assert getattr(fit.parameters, name) == pytest.approx(
                getattr(own.parameters, name), abs=1e-4, nan_ok=True
            )
        for name in ("mean", "sd"):
            assert getattr(fit, name) == pytest.approx(getattr(own, name), abs=1e-4), name
        for name in ("se_a", "se_b", "se_mean", "se_sd"):
            assert getattr(fit, name) == pytest.approx(getattr(own, name), rel=1e-3, nan_ok=True), name


def test_the_1pl_is_the_rasch_model_in_other_units() -> None:
    scores, groups, _ = sat("2pl", 400, 4, 14)
    rasch, one = (fit_groups(scores, groups, model=model) for model in ("rasch", "1pl"))
    sd = rasch.fits[0].sd[0]
    assert one.n_parameters == rasch.n_parameters
    assert one.log_likelihood == pytest.approx(rasch.log_likelihood, abs=0.05)  # the nodes reach less far
    assert one.fits[1].parameters.a == pytest.approx(np.full(14, sd), abs=0.01)
    assert one.fits[1].mean[0] == pytest.approx(rasch.fits[1].mean[0] / sd, abs=0.01)
    assert one.fits[1].sd[0] == pytest.approx(rasch.fits[1].sd[0] / sd, abs=0.01)
    assert one.fits[0].se_a[0] == pytest.approx(rasch.fits[0].se_sd[0], rel=0.05)


# ── by differences of the likelihood ─────────────────────────────────────────────────────────


Label = tuple[int, str, int, int]


def labels_of(found: GroupsFit, free: NDArray[np.bool_]) -> list[Label]:
    """The free parameters with their group: shared ones once, as those of the second."""
    own = [(0, *one) for one in found.fits[0].free if one[0] in ("mean", "sd") or free[one[1]]]
    return [(1, *one) for one in found.fits[1].free] + own


def value_at(found: GroupsFit, sitting: Sitting, labels: list[Label], free: NDArray[np.bool_], new: NDArray[np.float64]) -> float:  # fmt: skip
    """The likelihood with other values of the parameters, shared ones in both groups."""
    fits = []
    for g, fit in enumerate(found.fits):
        own = [
            (label[1:], value)
            for label, value in zip(labels, new, strict=True)
            if label[0] == g or (label[1] in ("a", "d") and not free[label[2]])
        ]
        fits.append(moved(fit, [label for label, _ in own], [value for _, value in own]))
    return total(found._replace(fits=tuple(fits)), sitting.scores, sitting.groups)


@pytest.mark.parametrize("model", STEPS)
def test_the_likelihood_is_highest_there(model: str) -> None:
    """One item is free, all others are shared."""
    sitting, free = sat(model, 60, 64, 4), np.arange(4) == 2
    found = fit_groups(sitting.scores, sitting.groups, model=model, free=free)
    assert found.log_likelihood == pytest.approx(total(found, sitting.scores, sitting.groups), abs=1e-8)
    labels, h = labels_of(found, free), 1e-3
    here = np.array([values(found.fits[g], [one])[0] for g, *one in labels])  # type: ignore[list-item]
    for step in h * np.eye(len(labels)):
        up, down = (value_at(found, sitting, labels, free, here + one) for one in (step, -step))
        assert abs(up - down) / (2 * h) < 2e-3


@pytest.mark.parametrize("model", STEPS)
def test_standard_errors_are_those_of_the_curvature(model: str) -> None:
    sitting, free = sat(model, 80, 65, 3), np.zeros(3, bool)
    found = fit_groups(sitting.scores, sitting.groups, model=model)
    labels = labels_of(found, free)
    here = np.array([values(found.fits[g], [one])[0] for g, *one in labels])  # type: ignore[list-item]
    bend = curvature(lambda new: value_at(found, sitting, labels, free, new), here, 1e-3)
    errors = np.sqrt(np.diag(np.linalg.inv(-bend)))[: len(found.fits[1].free)]
    assert errors == pytest.approx(np.sqrt(np.diag(found.fits[1].covariance)), rel=5e-3)


def test_the_likelihood_of_the_3pl_is_that_of_the_definition() -> None:
    own, found = of_3pl()
    assert found.log_likelihood == pytest.approx(total(found, own.scores, own.groups), abs=1e-6)


# ── truth ────────────────────────────────────────────────────────────────────────────────────


def truth_is_found(
    found: GroupsFit, own: Sitting, within: float = 0.2, free: NDArray[np.bool_] | None = None
) -> None:
    """Mean and sd of the second group, and items, within three and a half standard errors, which are small."""
    one, two = found.fits
    assert found.converged
    assert (one.mean[0], np.isnan(one.se_mean[0])) == (0.0, True)
    assert abs(two.mean[0] - MEAN) < 3.5 * two.se_mean[0] < within
    assert abs(two.sd[0] - SD) < 3.5 * two.se_sd[0] < within
    off = np.abs(two.parameters.b - own.items.b) / two.se_b
    assert np.nanmax(off if free is None else off[~free]) < 3.5


def test_the_3pl_finds_what_is_true() -> None:
    own, found = of_3pl()
    truth_is_found(found, own, 0.25)
    assert found.fits[0].sd[0] == 1
    assert np.abs(found.fits[0].parameters.c - 0.2).mean() < 0.08


@pytest.mark.parametrize("model", MODELS)
def test_groups_may_have_been_given_other_items(model: str) -> None:
    """Concurrent calibration: items of each group alone, and some in common, tie the scales together."""
    own = sat(model, 1500, 1, 14) if model in ("2pl", "3pl") else sat(model, 2000, 66)
    n_items, scores = own.scores.shape[1], own.scores.copy()
    alone = 4 if n_items == 14 else 1
    scores[np.ix_(own.groups == 1, range(alone))] = -1
    scores[np.ix_(own.groups == 0, range(n_items - alone, n_items))] = -1
    found = fit_groups(scores, own.groups, model=model, prior_c=prior_of(model))
    assert not found.notes
    assert np.isfinite(found.fits[0].parameters.b[:, 0]).all()
    truth_is_found(found, own, 0.3 if model in ("2pl", "3pl") else 0.2)


@pytest.mark.parametrize("model", STEPS)
def test_an_item_that_is_harder_for_one_group_has_steps_of_its_own(model: str) -> None:
    """And abilities under the second group's population have its mean."""
    own, free = sat(model, 2000, 66), np.arange(8) == 5
    scores, second = own.scores.copy(), own.groups == 1
    some = np.random.default_rng(67).random(second.sum()) < 0.4
    scores[second, 5] = np.where(some, np.minimum(scores[second, 5], 1), scores[second, 5])
    found = fit_groups(scores, own.groups, model=model, free=free)
    one, two = found.fits
    truth_is_found(found, own, free=free)
    assert two.parameters.d[5, 2] < one.parameters.d[5, 2] - 2 * one.se_d[5, 2]
    assert one.parameters.d[~free] == pytest.approx(two.parameters.d[~free], nan_ok=True)
    eap = abilities.eap(scores[second], two.parameters, own_population(float(two.mean[0]), float(two.sd[0])))
    assert eap.theta.mean() == pytest.approx(two.mean[0], abs=0.01)


def test_a_free_item_of_the_3pl_has_parameters_of_its_own() -> None:
    own, shared = of_3pl()
    free, scores = np.arange(14) == 3, own.scores.copy()
    scores[np.flatnonzero((own.groups == 1) & (scores[:, 3] == 1))[::3], 3] = 0
    found = fit_groups(scores, own.groups, model="3pl", prior_c=USUAL, free=free)
    b = [fit.parameters.b[:, 0] for fit in found.fits]
    assert b[1][3] > b[0][3] + 0.5
    assert (b[0] == b[1])[~free].all()
    assert found.n_parameters == shared.n_parameters + 3


# ── data that say little ─────────────────────────────────────────────────────────────────────


def two_groups(n: int, mean: float = 0.0, sd: float = 1.0) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Right and wrong of 300 candidates on eight items, the last `n` of them from N(mean, sd²)."""
    rng, group = np.random.default_rng(3), np.repeat([0, 1], [300 - n, n])
    theta = np.where(group == 0, rng.normal(0.0, 1.0, 300), rng.normal(mean, sd, 300))[:, None]
    chance = 1.0 / (1.0 + np.exp(np.linspace(-1.5, 1.5, 8) - theta))
    return (rng.random((300, 8)) < chance).astype(np.int8), group


def told(found: GroupsFit) -> list[tuple[str, int | None, int | None]]:
    return [(note.code, note.item, note.group) for note in found.notes]


def test_what_cannot_be_fitted_is_told() -> None:
    scores, groups = (part.copy() for part in sat("grm", 100, 68)[:2])
    scores[:, 3] = 2
    scores[scores[:, 4] == 1, 4] = 2
    scores[groups == 1, 5] = 2
    found = fit_groups(scores, groups, model="grm", free=np.arange(8) == 5, standard_errors=False)
    assert {("one-category", 3, None), ("category-unused", 4, None), ("one-category", 5, 1)} <= {*told(found)}
    assert np.isnan(found.fits[1].parameters.a[[3, 5]]).all()
    assert np.isfinite(found.fits[0].parameters.a[5])
    assert fit_groups(np.zeros((5, 3), np.int8), np.zeros(5, int)).fits == ()
    with pytest.raises(ValueError, match="grm, pcm, gpcm"):
        fit_groups(scores, groups, model="5pl")


def test_an_item_that_is_the_group_itself_has_no_slope_and_the_fit_is_not_settled() -> None:
    scores, group = two_groups(150)
    scores[:, 0] = group
    found = fit_groups(scores, group)
    one, two = found.fits
    assert not found.converged
    assert np.isnan([two.sd[0], two.se_sd[0], one.se_b[0, 0], two.se_b[0, 0]]).all()
    assert {("slope-to-infinity", 0, None), ("no-variance", None, 1)} <= {*told(found)}


def test_a_group_of_whom_nearly_all_is_right_has_no_mean() -> None:
    scores, group = two_groups(150)
    scores[group == 1] = 1
    scores[-4:, [4, 5, 6, 7]] = 1 - np.eye(4, dtype=np.int8)
    found = fit_groups(scores, group, model="rasch")
    assert np.isnan([found.fits[1].mean, found.fits[1].se_mean]).all()
    assert not found.converged
    assert told(found) == [("ability-out-of-range", None, 1)]
    assert "cannot be estimated" in found.notes[0].message


@pytest.mark.parametrize(("mean", "highest"), [(4.0, -841.209), (5.0, -782.686)])
def test_a_group_far_away_has_its_maximum_all_the_same(mean: float, highest: float) -> None:
    """Where the information of the complete data has a negative diagonal, no step was long enough: 100 of them
    ended at −922.9 and −872.7."""
    found = fit_groups(*two_groups(150, mean), model="1pl", standard_errors=False)
    assert "not-converged" not in {code for code, *_ in told(found)}
    assert found.log_likelihood == pytest.approx(highest, abs=1e-3)


def test_a_negative_slope_is_told_of_groups_too() -> None:
    scores, group = two_groups(150)
    scores[:, 2] = 1 - scores[:, 2]
    assert told(fit_groups(scores, group)) == [("negative-slope", 2, None)]


def test_the_answers_of_a_group_that_follow_a_perfect_order_have_no_spread() -> None:
    scores = (np.arange(300)[:, None] % 9 > np.arange(8)).astype(np.int8)
    found = fit_groups(scores, np.arange(300) % 2, model="rasch")
    assert np.isnan([fit.sd for fit in found.fits]).all()
    assert not found.converged


@pytest.mark.parametrize(
    ("n", "mean", "notes"),
    [
        (20, 0.0, [("few-in-group", None, 1)]),
        (150, 3.6, [("wide-ability", None, 1)]),
        (150, 1.0, []),
    ],
)
def test_what_is_hardly_known_of_a_group_is_told_of_it_alone(
    n: int, mean: float, notes: list[tuple[str, None, int]]
) -> None:
    found = fit_groups(*two_groups(n, mean), model="rasch")
    assert found.converged
    assert told(found) == notes

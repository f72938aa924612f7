"""Graded and partial credit models of several groups, against mirt, against the models of one group and the 2PL of
several groups (both held against mirt elsewhere), against differences of a likelihood summed here by brute force,
and against simulated truth (seeds below)."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.stats import irt_abilities as abilities
from examgen.stats.irt_abilities import own_population
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, category_probabilities
from examgen.stats.mml_fit import GroupsFit, fit_mml
from examgen.stats.mml_fit import fit_groups as fit_groups_of
from tests.psychometrics import reference
from tests.psychometrics.grouped import fit_groups

MODELS = ("grm", "gpcm", "pcm")
MEAN, SD = 0.6, 1.25


def sitting(model: str, n: int, seed: int, n_items: int = 8) -> tuple[np.ndarray, np.ndarray, ItemParameters]:
    """Two groups, the second N(0.6, 1.25²); items of two to four categories, some answers missing."""
    rng = np.random.default_rng(seed)
    d = np.sort(rng.uniform(-1.6, 1.6, (n_items, 3)))[:, ::-1] + np.array([0.4, 0.0, -0.4])
    d[0, 1:] = np.nan
    d[1, 2] = np.nan
    a = np.ones(n_items) if model == "pcm" else rng.lognormal(0.1, 0.25, n_items)
    kind = GRADED if model == "grm" else PARTIAL_CREDIT
    own = ItemParameters(np.full(n_items, kind, np.int8), a, d, np.zeros(n_items))
    theta = np.concatenate([rng.normal(0.0, 1.0, n), rng.normal(MEAN, SD, n)])
    p = category_probabilities(own, theta)
    scores = (rng.random((*p.shape[:2], 1)) > p.cumsum(axis=2)[:, :, :-1]).sum(axis=2).astype(np.int8)
    scores[rng.random(scores.shape) < 0.05] = -1
    return scores, np.repeat([0, 1], n), own


@pytest.mark.parametrize("model", MODELS)
def test_one_group_is_the_model_of_one_group(model: str) -> None:
    scores, _, _ = sitting(model, 300, 61)
    ours, one = fit_groups_of(scores, np.zeros(600, int), model=model), fit_mml(scores, model)
    (fit,) = ours.fits
    assert ours.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)
    assert ours.n_parameters == one.n_parameters
    for field in ("se_a", "se_d", "se_b", "sd", "se_sd"):
        assert getattr(fit, field) == pytest.approx(getattr(one, field), rel=1e-4, nan_ok=True), field
    assert fit.parameters.d == pytest.approx(one.parameters.d, abs=1e-4, nan_ok=True)


def test_with_two_categories_both_are_the_2pl_of_groups() -> None:
    scores, groups, _ = sitting("grm", 400, 62)
    scores = np.minimum(scores, 1)
    two = fit_groups(scores, groups)
    for model in ("grm", "gpcm"):
        ours = fit_groups_of(scores, groups, model=model)
        assert ours.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-6)
        for g, fit in enumerate(ours.fits):
            assert fit.parameters.a == pytest.approx(two.a[g], abs=1e-4)
            assert fit.se_b[:, 0] == pytest.approx(two.se_b[g], rel=1e-3)
            assert fit.mean[0] == pytest.approx(two.mean[g], abs=1e-4)
            assert fit.sd[0] == pytest.approx(two.sd[g], abs=1e-4)
        assert ours.fits[1].se_mean[0] == pytest.approx(two.se_mean[1], rel=1e-3)
        assert ours.fits[1].se_sd[0] == pytest.approx(two.se_sd[1], rel=1e-3)


@pytest.mark.parametrize("model", MODELS)
def test_where_all_items_are_free_each_group_has_its_own_model(model: str) -> None:
    scores, groups, _ = sitting(model, 300, 63)
    ours = fit_groups_of(scores, groups, model=model, free=np.ones(8, bool))
    alone = [fit_mml(scores[groups == g], model) for g in (0, 1)]
    assert ours.log_likelihood == pytest.approx(sum(fit.log_likelihood for fit in alone), abs=1e-6)
    assert ours.n_parameters == sum(fit.n_parameters for fit in alone)
    for mine, own in zip(ours.fits, alone, strict=True):
        assert mine.parameters.a == pytest.approx(own.parameters.a, abs=1e-4)
        assert mine.se_d == pytest.approx(own.se_d, rel=1e-3, nan_ok=True)


def total(fit: GroupsFit, scores: np.ndarray, groups: np.ndarray) -> float:
    """The log-likelihood of all groups, summed over the nodes one candidate after the other."""
    out = 0.0
    nodes = np.linspace(-6, 6, 61)
    for g, own in enumerate(fit.fits):
        p = category_probabilities(own.parameters, nodes)
        weights = np.exp(-0.5 * ((nodes - own.mean[0]) / own.sd[0]) ** 2)
        weights /= weights.sum()
        for row in scores[groups == g]:
            there = np.flatnonzero(row >= 0)
            out += np.log(weights @ p[:, there, row[there]].prod(axis=1))
    return out


@pytest.mark.parametrize("model", MODELS)
def test_the_likelihood_is_highest_there(model: str) -> None:
    """By differences. One item is free; the parameters of group 2 are moved, those that groups share in both."""
    scores, groups, _ = sitting(model, 60, 64, 4)
    free = np.array([False, False, True, False])
    found = fit_groups_of(scores, groups, model=model, free=free)
    assert found.log_likelihood == pytest.approx(total(found, scores, groups), abs=1e-8)
    labels = found.fits[1].free
    h = 1e-3

    def moved(*steps: tuple[tuple[str, int, int], float]) -> float:
        fits = []
        for g, fit in enumerate(found.fits):
            a, d = fit.parameters.a.copy(), fit.parameters.d.copy()
            mean, sd = fit.mean.copy(), fit.sd.copy()
            for (name, item, k), by in steps:
                shared = name in ("a", "d") and not free[item]
                if g == 1 or shared:
                    if name == "a":
                        a[item] += by
                    elif name == "d":
                        d[item, k] += by
                    else:
                        (mean if name == "mean" else sd)[0] += by
            fits.append(fit._replace(parameters=fit.parameters._replace(a=a, d=d), mean=mean, sd=sd))
        return total(found._replace(fits=tuple(fits)), scores, groups)

    gradient = [(moved((one, h)) - moved((one, -h))) / (2 * h) for one in labels]
    assert np.abs(gradient).max() < 2e-3


@pytest.mark.parametrize("model", MODELS)
def test_standard_errors_are_those_of_the_curvature(model: str) -> None:
    """All parameters of a model with shared items alone, by differences of the brute-force likelihood; seed 65."""
    scores, groups, _ = sitting(model, 80, 65, 3)
    found = fit_groups_of(scores, groups, model=model)
    first = {label: n for n, label in enumerate(found.fits[0].free) if label[0] in ("mean", "sd")}
    labels = [("1", *one) for one in found.fits[1].free] + [("0", *one) for one in first]
    h = 1e-3

    def at(steps: np.ndarray) -> float:
        fits = []
        for g, fit in enumerate(found.fits):
            a, d = fit.parameters.a.copy(), fit.parameters.d.copy()
            mean, sd = fit.mean.copy(), fit.sd.copy()
            for (whose, name, item, k), by in zip(labels, steps, strict=True):
                if name == "a":
                    a[item] += by
                elif name == "d":
                    d[item, k] += by
                elif int(whose) == g:
                    (mean if name == "mean" else sd)[0] += by
            fits.append(fit._replace(parameters=fit.parameters._replace(a=a, d=d), mean=mean, sd=sd))
        return total(found._replace(fits=tuple(fits)), scores, groups)

    n = len(labels)
    unit, bend = np.eye(n) * h, np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            value = (
                at(unit[i] + unit[j]) - at(unit[i] - unit[j]) - at(unit[j] - unit[i]) + at(-unit[i] - unit[j])
            )
            bend[i, j] = bend[j, i] = value / (4 * h * h)
    covariance = np.linalg.inv(-bend)
    size = len(found.fits[1].free)
    assert np.sqrt(np.diag(covariance)[:size]) == pytest.approx(
        np.sqrt(np.diag(found.fits[1].covariance)), rel=5e-3
    )


@pytest.mark.parametrize("model", MODELS)
def test_truth_is_recovered_where_groups_took_other_items(model: str) -> None:
    """2,000 each, seed 66; the first two items were taken by one group each, item 5 is harder for the second."""
    scores, groups, own = sitting(model, 2000, 66)
    scores[groups == 0, 0] = -1
    scores[groups == 1, 1] = -1
    rng = np.random.default_rng(67)
    second = groups == 1
    scores[second, 5] = np.where(
        rng.random(second.sum()) < 0.4, np.minimum(scores[second, 5], 1), scores[second, 5]
    )
    free = np.arange(8) == 5
    found = fit_groups_of(scores, groups, model=model, free=free)
    one, two = found.fits
    assert found.converged
    assert abs(two.mean[0] - MEAN) < 3.5 * two.se_mean[0] < 0.2
    assert abs(two.sd[0] - SD) < 3.5 * two.se_sd[0] < 0.2
    assert np.isnan(one.se_mean[0])
    error = np.abs(two.parameters.d - own.d)[~free] / two.se_d[~free]
    assert np.nanmax(error) < 4.0
    assert two.parameters.d[5, 2] < one.parameters.d[5, 2] - 2 * one.se_d[5, 2]
    assert one.parameters.d[~free] == pytest.approx(two.parameters.d[~free], nan_ok=True)
    eap = abilities.eap(scores[second], two.parameters, own_population(float(two.mean[0]), float(two.sd[0])))
    assert eap.theta.mean() == pytest.approx(two.mean[0], abs=0.01)


def test_what_cannot_be_fitted_is_told() -> None:
    scores, groups, _ = sitting("grm", 100, 68)
    scores[:, 3] = 2
    scores[scores[:, 4] == 1, 4] = 2
    scores[groups == 1, 5] = 2
    found = fit_groups_of(scores, groups, model="grm", free=np.arange(8) == 5, standard_errors=False)
    told = {(note.code, note.item, note.group) for note in found.notes}
    assert {("one-category", 3, None), ("category-unused", 4, None), ("one-category", 5, 1)} <= told
    assert np.isnan(found.fits[1].parameters.a[[3, 5]]).all()
    assert np.isfinite(found.fits[0].parameters.a[5])
    assert fit_groups_of(np.zeros((5, 3), np.int8), np.zeros(5, int)).fits == ()
    with pytest.raises(ValueError, match="grm, pcm, gpcm"):
        fit_groups_of(scores, groups, model="5pl")


@pytest.mark.parametrize("name", ["groups__grm", "groups__grm_free_item", "groups__gpcm", "groups__pcm"])
def test_items_populations_and_errors_are_those_of_mirt(name: str) -> None:
    """mirt's steps end some 1e-4 before its maximum; `_free_item`: the third item differs between the groups."""
    theirs, model = reference.results(name), name.split("_")[2]
    free = np.arange(8) == (2 if name.endswith("free_item") else 8)
    fit = fit_groups_of(reference.cells_of(theirs), np.array(theirs["group"]), model=model, free=free)
    assert fit.converged
    assert fit.n_parameters == theirs["n_parameters"]
    reference.compare_likelihood(name, fit.log_likelihood, theirs["loglik"], 1e-5)
    for place, group in enumerate(("one", "two")):
        own, known = fit.fits[place], theirs[group]
        reference.compare(name, "a", own.parameters.a, known["a"], 5e-4)
        reference.compare(name, "d", own.parameters.d, known["d"], 5e-4)
    one, two = fit.fits
    if model != "pcm":
        reference.compare(name, "se of a", one.se_a, theirs["se_one"]["a"], 1e-4)
    reference.compare(name, "se of d", one.se_d, theirs["se_one"]["d"], 1e-4)
    reference.compare(name, "mean of group 2", two.mean[0], theirs["mean"][1], 5e-4)
    reference.compare(name, "variance of group 2", two.sd[0] ** 2, theirs["variance"][1], 1e-3)
    reference.compare(name, "se of the mean", two.se_mean[0], theirs["se_mean"][1], 1e-4)
    reference.compare(
        name, "se of the variance", 2 * two.sd[0] * two.se_sd[0], theirs["se_variance"][1], 1e-4
    )

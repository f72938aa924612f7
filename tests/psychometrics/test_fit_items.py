"""Fit of items given mirt's item parameters, against `mirt::itemfit`."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.stats import irt_abilities as abilities
from examgen.stats.fit import collapsed, item_fit, rmsea, s_x2
from examgen.stats.irt_models import dichotomous, estimated
from tests.psychometrics import reference
from tests.psychometrics.fitted import fitted, names

FILES = names("*_mml", "S_X2")


@pytest.mark.parametrize("name", FILES)
def test_s_x2_is_that_of_mirt(name: str) -> None:
    model = fitted(name)
    found, theirs = s_x2(model.scores, model.parameters, model.free, model.grid()), model.results["S_X2"]
    reference.compare(name, "S-X2", found.statistic, theirs["S_X2"], 1e-8)
    reference.compare(name, "S-X2 degrees of freedom", found.df, theirs["df"], 0)
    reference.compare(name, "S-X2 p", found.p, theirs["p"], 1e-8)
    reference.compare(name, "S-X2 RMSEA", found.rmsea, theirs["rmsea"], 1e-8)


@pytest.mark.parametrize("name", FILES)
def test_infit_and_outfit_are_those_of_mirt(name: str) -> None:
    model = fitted(name)
    theta = abilities.ml(model.scores, model.parameters, bounded=True).theta
    found, theirs = (
        item_fit(model.scores, model.parameters, theta),
        model.results["infit_outfit_with_ML_theta"],
    )
    for title in ("outfit", "z_outfit", "infit", "z_infit"):
        # ML abilities of mirt have some six digits
        reference.compare(name, f"{title} with ML abilities", getattr(found, title), theirs[title], 1e-4)


def test_rows_are_merged_by_the_rule() -> None:
    observed = np.array([[3, 0], [1, 0], [0, 0], [2, 4], [5, 5], [1, 9], [0, 1]], float)
    expected = np.array([[2.5, 0.5], [0.8, 0.2], [0, 0], [3, 3], [5, 5], [2, 8], [0.1, 0.9]])
    o, e = collapsed(observed, expected, 1.0)
    # score 2 alone goes to 4 (3 has nobody), 7 alone to 6; then score 1 to the next, for its 0.5
    assert o.tolist() == [[6, 4], [5, 5], [1, 10]]
    assert e == pytest.approx(np.array([[6.3, 3.7], [5, 5], [2.1, 8.9]]))


def test_only_complete_candidates_are_compared() -> None:
    model = fitted("lsat7__2pl_mml")
    scores = model.scores.copy()
    scores[::10, 2] = -1
    found = s_x2(scores, model.parameters, model.free)
    assert found.n == 900
    assert [note.code for note in found.notes] == ["incomplete"]
    again = s_x2(scores[scores.min(axis=1) >= 0], model.parameters, model.free)
    assert found.statistic.tolist() == again.statistic.tolist()


def test_an_item_without_parameters_changes_nothing_for_the_others() -> None:
    model = fitted("lsat7__2pl_mml")
    scores = np.insert(model.scores, 2, 1, axis=1)
    parameters = dichotomous(
        *(np.insert(c, 2, np.nan) for c in (model.parameters.a, model.parameters.d[:, 0]))
    )
    found = s_x2(scores, parameters, estimated("2pl", parameters))
    alone = s_x2(model.scores, model.parameters, model.free)
    assert np.delete(found.statistic, 2).tolist() == alone.statistic.tolist()
    assert np.isnan(found.statistic[2])
    fit = item_fit(scores, parameters, np.zeros(1000))
    assert np.isnan(fit.outfit[2])
    assert np.isfinite(np.delete(fit.outfit, 2)).all()


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (1, 1), (2, 2), (3, 30)])
def test_small_matrices_say_nothing_that_means_nothing(shape: tuple[int, int]) -> None:
    parameters = dichotomous(np.ones(shape[1]), np.zeros(shape[1]))
    free = estimated("rasch", parameters)
    for cells in (np.zeros(shape, np.int8), np.ones(shape, np.int8), np.full(shape, -1, np.int8)):
        found = s_x2(cells, parameters, free)
        assert np.isnan(found.statistic).all()
        assert found.notes or not shape[1]
        fit = item_fit(cells, parameters, abilities.ml(cells, parameters).theta)
        assert np.isnan(fit.infit).all()


def test_many_items_and_few_candidates() -> None:
    n_items = 20_000
    parameters = dichotomous(np.ones(n_items), np.zeros(n_items))
    cells = np.random.default_rng(1).integers(0, 2, (3, n_items)).astype(np.int8)
    found = s_x2(cells, parameters, estimated("rasch", parameters))
    assert np.isnan(found.statistic).all()
    assert any(note.code == "s-x2-undefined" for note in found.notes)
    assert np.isfinite(item_fit(cells, parameters, np.zeros(3)).infit).all()


def test_rmsea() -> None:
    assert rmsea([20.0, 5.0, 3.0], [10, 10, 0], 101)[:2].tolist() == [0.1, 0.0]
    assert np.isnan(rmsea(3.0, 0, 100))
    assert np.isnan(rmsea(3.0, 1, 1))

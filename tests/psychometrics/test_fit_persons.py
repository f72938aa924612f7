"""Person fit against PerFit and `mirt::personfit`."""

from __future__ import annotations

import numpy as np
import pytest

import examgen.stats as es
from examgen.stats import irt_abilities as abilities
from examgen.stats.fit import person_fit
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
from examgen.stats.nonparametric_fit import patterns
from tests.psychometrics import reference
from tests.psychometrics.fitted import column, names

FILES = names("person_fit")
ROUNDED, EXACT = 6e-5, 1e-8


def _model(name: str) -> tuple[np.ndarray, ItemParameters, dict[str, list[str]]]:
    results = reference.results(name)
    a, b, g = (reference.floats(results[key]) for key in ("a", "b", "g"))
    scores = reference.scores(name.split("__", maxsplit=1)[0])
    return scores, dichotomous(a, -a * b, g), reference.result_table(name)


@pytest.mark.parametrize("name", FILES)
def test_lz_and_mean_squares_are_those_of_perfit_and_mirt(name: str) -> None:
    scores, parameters, table = _model(name)
    ml = person_fit(scores, parameters, column(table, "theta_ml_clipped_4"))
    wle = person_fit(scores, parameters, column(table, "theta_wle"), method="wle")
    for title, ours in (
        ("lz_ml", ml.lz),
        ("lzstar_ml", ml.lz_star),
        ("lz_wl", wle.lz),
        ("lzstar_wl", wle.lz_star),
    ):
        reference.compare(name, title, ours, column(table, title).tolist(), ROUNDED)
    for title, ours in (
        ("mirt_outfit", ml.outfit),
        ("mirt_z_outfit", ml.z_outfit),
        ("mirt_infit", ml.infit),
        ("mirt_z_infit", ml.z_infit),
        ("mirt_Zh", ml.lz),
    ):
        reference.compare(name, title, ours, column(table, title).tolist(), EXACT)


@pytest.mark.parametrize("name", FILES)
def test_ht_and_u3_are_those_of_perfit(name: str) -> None:
    scores, _, table = _model(name)
    _, ht, u3 = patterns(scores)
    reference.compare(name, "Ht", ht, column(table, "Ht").tolist(), ROUNDED)
    reference.compare(name, "U3", u3, column(table, "U3").tolist(), ROUNDED)
    extreme = (scores.sum(axis=1) == 0) | (scores.sum(axis=1) == scores.shape[1])
    assert (np.isnan(ht) == extreme).all()


def test_ht_and_u3_with_missing_answers_are_their_definition() -> None:
    """Pair by pair and candidate by candidate, from the formulas; seed 31."""
    rng = np.random.default_rng(31)
    chance = 1 / (1 + np.exp(np.linspace(-1.5, 1.5, 9) - rng.normal(size=(40, 1))))
    scores = (rng.random((40, 9)) < chance).astype(np.int8)
    scores[rng.random((40, 9)) < 0.15] = -1
    scores[5] = -1
    _, ht, u3 = patterns(scores)
    right = [(scores[:, j] == 1).sum() / (scores[:, j] >= 0).sum() for j in range(9)]
    for i, row in enumerate(scores):
        own = np.flatnonzero(row >= 0)
        total = (row == 1).sum()
        if total in (0, len(own)):
            assert np.isnan(ht[i])
            assert np.isnan(u3[i])
            continue
        logits = sorted((np.log(right[j] / (1 - right[j])) for j in own), reverse=True)
        mine = sum(np.log(right[j] / (1 - right[j])) for j in own if row[j] == 1)
        top, bottom = sum(logits[:total]), sum(logits[len(own) - total :])
        assert u3[i] == pytest.approx((top - mine) / (top - bottom), abs=1e-10)
        together = most = 0.0
        for m in range(40):
            both = (row >= 0) & (scores[m] >= 0)
            if m != i and both.any():
                x, y = row[both], scores[m][both]
                together += np.mean(x * y) - x.mean() * y.mean()
                most += min(x.mean() * (1 - y.mean()), y.mean() * (1 - x.mean()))
        assert ht[i] == pytest.approx(together / most, abs=1e-5)


def test_one_who_has_the_hard_items_right_alone_fits_least() -> None:
    scores = np.tril(np.ones((9, 10), np.int8))
    scores = np.concatenate([np.repeat(scores, 20, axis=0), 1 - scores[[4]]])
    _, ht, u3 = patterns(scores)
    assert u3[-1] == pytest.approx(1.0)
    assert ht[-1] == np.nanmin(ht) < 0
    with pytest.raises(es.ArgumentError, match="0 and 1"):
        es.person_fit(np.full((2, 2), 2))


@pytest.mark.parametrize("name", FILES)
def test_abilities_of_the_person_fit_files(name: str) -> None:
    scores, parameters, table = _model(name)
    ml = np.clip(abilities.ml(scores, parameters).theta, -4, 4)
    reference.compare(name, "ML clipped to ±4", ml, column(table, "theta_ml_clipped_4").tolist(), 1e-3)
    wle = abilities.wle(scores, parameters).theta
    reference.compare(name, "WLE", wle, column(table, "theta_wle").tolist(), 1e-3)


def test_lz_star_is_standard_under_the_model_with_estimated_abilities() -> None:
    rng = np.random.default_rng(11)
    a, d = rng.lognormal(0, 0.3, 60), rng.normal(size=60)
    theta = rng.normal(size=3000)
    scores = (rng.random((3000, 60)) < 1 / (1 + np.exp(-(np.outer(theta, a) + d)))).astype(np.int8)
    parameters = dichotomous(a, d)
    found = person_fit(scores, parameters, abilities.wle(scores, parameters).theta, method="wle")
    assert found.lz_star.mean() == pytest.approx(0, abs=0.06)
    assert found.lz_star.std() == pytest.approx(1, abs=0.05)
    assert found.lz.std() < found.lz_star.std()


def test_partial_scores_with_two_categories_are_as_0_and_1() -> None:
    scores, parameters, table = _model("lsat6__person_fit")
    theta = column(table, "theta_ml_clipped_4")
    plain = person_fit(scores, parameters, theta)
    for kind in (GRADED, PARTIAL_CREDIT):
        same = person_fit(scores, parameters._replace(kind=np.full(5, kind, np.int8)), theta)
        for field in ("lz", "lz_star", "outfit", "z_infit"):
            assert getattr(same, field) == pytest.approx(getattr(plain, field), abs=1e-10)


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (1, 1), (1, 4), (3, 20_000)])
def test_small_and_wide_matrices(shape: tuple[int, int]) -> None:
    parameters = dichotomous(np.ones(shape[1]), np.zeros(shape[1]))
    for cells in (np.zeros(shape, np.int8), np.ones(shape, np.int8), np.full(shape, -1, np.int8)):
        found = person_fit(cells, parameters, np.zeros(shape[0]))
        assert np.isnan(found.outfit).tolist() == (found.n == 0).tolist()
        assert np.isnan(person_fit(cells, parameters, np.full(shape[0], np.inf)).lz).all()
        assert np.isnan(patterns(cells)[1:]).all()

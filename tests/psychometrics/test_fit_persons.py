"""Person fit against PerFit and `mirt::personfit`."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.stats import irt_abilities as abilities
from examgen.stats.fit import person_fit
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
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


def test_another_method_of_ability_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="ml, map, wle"):
        person_fit(np.zeros((1, 1), np.int8), dichotomous(np.ones(1), np.zeros(1)), [0.0], method="eap")

"""Person fit against PerFit and `mirt::personfit`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.analysis import abilities
from examgen.analysis.fit_persons import person_fit
from examgen.analysis.fit_persons_guttman import guttman_fit
from examgen.analysis.irt import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
from tests.analysis import reference
from tests.analysis.fitted import column, names

FILES = names("person_fit")
ROUNDED, EXACT = 6e-5, 1e-8
PERFIT = {
    "Ht": "ht",
    "G": "g",
    "Gnormed": "g_normed",
    "U3": "u3",
    "ZU3": "zu3",
    "C_Sato": "c_sato",
    "Cstar": "c_star",
    "NCI": "nci",
    "r_pbis": "r_pbis",
    "A_KB": "a_kb",
    "D_KB": "d_kb",
    "E_KB": "e_kb",
}


def _model(name: str) -> tuple[np.ndarray, ItemParameters, dict[str, list[str]]]:
    results = reference.results(name)
    a, b, g = (reference.floats(results[key]) for key in ("a", "b", "g"))
    scores = reference.scores(name.split("__", maxsplit=1)[0])
    return scores, dichotomous(a, -a * b, g), reference.result_table(name)


@pytest.mark.parametrize("name", FILES)
def test_indices_without_a_model_are_those_of_perfit(name: str) -> None:
    scores, _, table = _model(name)
    found = guttman_fit(scores)
    for title, field in PERFIT.items():
        ours, theirs = getattr(found, field), column(table, title)
        reference.compare(name, title, ours, theirs.tolist(), ROUNDED)
        assert np.isnan(ours).tolist() == np.isnan(theirs).tolist()


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


def _slow_u3(row: np.ndarray, logit: np.ndarray) -> float:
    items = np.flatnonzero(row >= 0)
    ordered, right = np.sort(logit[items])[::-1], int((row == 1).sum())
    first, last = ordered[:right].sum(), ordered[len(items) - right :].sum()
    return float((first - logit[row == 1].sum()) / (first - last))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_missing_answers_are_left_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.choice(np.array([-1, 0, 1], np.int8), (40, 9), p=[0.2, 0.4, 0.4])
    found = guttman_fit(scores)
    there = scores >= 0
    facility = (scores == 1).sum(axis=0) / there.sum(axis=0)
    logit = np.log(facility / (1 - facility)) if ((facility > 0) & (facility < 1)).all() else None
    easy_first = np.argsort(-facility, kind="stable")
    for n, row in enumerate(scores):
        ordered = row[easy_first]
        errors = sum(ordered[i] == 0 and ordered[j] == 1 for i in range(9) for j in range(i + 1, 9))
        assert found.g[n] == errors or (np.isnan(found.g[n]) and not there[n].any())
        if logit is not None and np.isfinite(found.u3[n]):
            assert found.u3[n] == pytest.approx(_slow_u3(row, logit))


def test_ht_against_its_definition() -> None:
    scores = np.random.default_rng(5).integers(0, 2, (30, 8)).astype(np.int8)
    scores[0], scores[1] = 0, 1
    some = [n for n in range(30) if 0 < scores[n].sum() < 8]
    share = scores.mean(axis=1)
    found = guttman_fit(scores).ht
    for n in some:
        others = [m for m in some if m != n]
        above = sum(np.cov(scores[n], scores[m], bias=True)[0, 1] for m in others)
        below = sum(min(share[n], share[m]) - share[n] * share[m] for m in others)
        assert found[n] == pytest.approx(above / below)
    assert np.isnan(found[[0, 1]]).all()


@pytest.mark.parametrize("shape", [(0, 3), (2, 0), (1, 1), (1, 4), (3, 20_000)])
def test_small_and_wide_matrices(shape: tuple[int, int]) -> None:
    parameters = dichotomous(np.ones(shape[1]), np.zeros(shape[1]))
    for cells in (np.zeros(shape, np.int8), np.ones(shape, np.int8), np.full(shape, -1, np.int8)):
        assert np.isnan(guttman_fit(cells).u3).all()
        found = person_fit(cells, parameters, np.zeros(shape[0]))
        assert np.isnan(found.outfit).tolist() == (found.n == 0).tolist()
        assert np.isnan(person_fit(cells, parameters, np.full(shape[0], np.inf)).lz).all()


def test_scores_above_one_have_no_guttman_errors() -> None:
    found = guttman_fit(np.array([[0, 2], [1, 0]], np.int8))
    assert [note.code for note in found.notes] == ["not-dichotomous"]
    assert np.isnan(found.g).all()


def test_another_method_of_ability_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="ml, map, wle"):
        person_fit(np.zeros((1, 1), np.int8), dichotomous(np.ones(1), np.zeros(1)), [0.0], method="eap")

"""Scores and fit of partial scores given mirt's item parameters, against mirt 1.45.1 on data simulated here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from examgen.stats import irt_abilities as abilities
from examgen.stats import irt_models as information
from examgen.stats.fit import item_fit, local_dependence, person_fit, q3, s_x2
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, estimated, expected_scores
from examgen.stats.matrix import score_ranges
from examgen.stats.model_fit import model_fit
from examgen.stats.quadrature import normal_grid
from tests.psychometrics.reference import compare, floats, results

FILES = ["sim_partial__grm", "sim_partial_missing__grm", "sim_partial__gpcm", "sim_partial__pcm"]
SQUARES = ("outfit", "z_outfit", "infit", "z_infit")


def _model(name: str) -> tuple[dict[str, Any], np.ndarray, ItemParameters, float]:
    theirs = results(name)
    kind, n_items = GRADED if name.endswith("grm") else PARTIAL_CREDIT, len(theirs["a"])
    parameters = ItemParameters(
        np.full(n_items, kind, np.int8),
        floats(theirs["a"]),
        floats(theirs["d"]),
        np.zeros(n_items),
    )
    scores = np.nan_to_num(floats(theirs["scores"]), nan=-1).astype(np.int8)
    return theirs, scores, parameters, float(theirs["theta_variance"]) ** 0.5


@pytest.mark.parametrize("name", FILES)
def test_abilities(name: str) -> None:
    theirs, scores, parameters, sd = _model(name)
    grid = normal_grid(121, sd=sd)
    for title, ours, tolerance, of_se in (
        ("eap", abilities.eap(scores, parameters, grid), 1e-8, 1e-8),
        ("map", abilities.map(scores, parameters, 0.0, sd), 1e-4, 1e-3),
        ("ml", abilities.ml(scores, parameters), 1e-3, 1e-2),
        ("wle", abilities.wle(scores, parameters), 1e-3, 1e-2),
        ("eap_sum", abilities.eap_sum(scores, parameters, grid), 1e-8, 1e-8),
    ):
        if title in theirs:
            estimate, se = floats(theirs[title]).T
            compare(name, title, ours.theta, estimate.tolist(), tolerance)
            compare(name, f"{title} standard error", ours.se, se.tolist(), of_se)


@pytest.mark.parametrize("name", FILES)
def test_information(name: str) -> None:
    theirs, _, parameters, _ = _model(name)
    theta = np.linspace(-4, 4, 17)
    whole = information.test_information(parameters, theta)
    compare(name, "test information", whole, theirs["test_information"], 1e-8)
    expected = expected_scores(parameters, theta).sum(axis=1)
    compare(name, "expected score", expected, theirs["expected_score"], 1e-8)


@pytest.mark.parametrize("name", FILES)
def test_fit_of_items_and_persons(name: str) -> None:
    theirs, scores, parameters, sd = _model(name)
    theta = floats(theirs["eap"])[:, 0]
    items = item_fit(scores, parameters, theta)
    persons = person_fit(scores, parameters, theta)
    for title in SQUARES:
        if title != "z_outfit" or "missing" not in name:  # mirt counts other answers there
            compare(name, title, getattr(items, title), theirs["infit"][title], 1e-8)
            compare(name, f"person {title}", getattr(persons, title), theirs["person"][title], 1e-8)
    compare(name, "Zh", persons.lz, theirs["person"]["zh"], 1e-8)
    if "S_X2" in theirs:
        free = estimated(name.split("__")[1], parameters)
        found = s_x2(scores, parameters, free, normal_grid(sd=sd))
        compare(name, "S-X2", found.statistic, theirs["S_X2"]["S_X2"], 1e-8)
        compare(name, "S-X2 degrees of freedom", found.df, theirs["S_X2"]["df"], 0)
        compare(name, "S-X2 p", found.p, theirs["S_X2"]["p"], 1e-8)


@pytest.mark.parametrize("name", FILES)
def test_fit_of_the_model(name: str) -> None:
    theirs, scores, parameters, sd = _model(name)
    found = model_fit(scores, parameters, estimated(name.split("__")[1], parameters), normal_grid(sd=sd))
    fields = {"df": "df", "SRMSR": "srmsr"}
    if name == "sim_partial__grm":  # see model_fit: partial credit and blanks are otherwise in mirt
        fields |= {"M2": "m2", "p": "p"}
    for title, field in fields.items():
        compare(name, title, getattr(found, field), theirs["M2"][title], 1e-4)
    compare(name, "Q3", q3(scores, parameters, floats(theirs["eap"])[:, 0]).q3, theirs["Q3"], 1e-8)


@pytest.mark.parametrize("name", FILES)
def test_local_dependence(name: str) -> None:
    theirs, scores, parameters, sd = _model(name)
    found, known = local_dependence(scores, parameters, normal_grid(sd=sd)), floats(theirs["LD"])
    above = np.triu_indices(len(known), 1)
    compare(name, "LD X2", found.x2[above], known.T[above].tolist(), 1e-8)
    compare(name, "LD Cramer V", found.v[above], known[above].tolist(), 1e-10)
    assert (found.df[above] == 4).all()


@pytest.mark.parametrize("name", ["sim_partial__grm", "sim_partial__gpcm"])
def test_the_null_model_of_partial_scores_has_the_means_of_the_items(name: str) -> None:
    _, scores, parameters, _ = _model(name)
    found = model_fit(scores, parameters, estimated(name.split("__")[1], parameters))
    assert 0 < found.p < 1
    assert found.df_null == 8 * 7 // 2


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 150])
def test_the_range_of_scores_is_that_of_the_answers(n: int) -> None:
    cells = np.random.default_rng(n).integers(-3, 4, (n, 5)).astype(np.int8)
    cells[:, 2] = -2
    for same in (cells, np.asfortranarray(cells), np.repeat(cells, 2, axis=1)[:, ::2]):
        lowest, highest = score_ranges(same)
        for j, column in enumerate(cells.T):
            answers = column[column >= 0].tolist()
            assert (lowest[j], highest[j]) == (min(answers, default=-1), max(answers, default=-1))

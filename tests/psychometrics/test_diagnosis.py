"""DINA and G-DINA: the numbers of CDM, derivatives by differences, and what cannot be estimated."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from examgen.psychometrics.diagnosis.classification import profiles
from examgen.psychometrics.diagnosis.models import (
    AnswerPatterns,
    Diagnosis,
    ProfileDesign,
    answers_of,
    design_of,
    estimate,
)
from examgen.psychometrics.diagnosis.precision import dina_tests, pairs, precision
from examgen.psychometrics.diagnosis.structure import STRUCTURES, maximised, slopes_of_log, start
from tests.psychometrics.reference import compare, raw, results, scores

FILE = "sim_diagnosis__cdm"


def q_matrix() -> np.ndarray:
    columns = raw("sim_diagnosis_q")
    return np.array([columns[name] for name in ("a1", "a2", "a3")]).T == "1"


@pytest.fixture(scope="module")
def answers() -> AnswerPatterns:
    return answers_of(scores("sim_diagnosis"))


@pytest.fixture(scope="module")
def dina(answers: AnswerPatterns) -> Diagnosis:
    return estimate(answers, design_of(q_matrix(), "dina"), tolerance=1e-10)


@pytest.fixture(scope="module")
def gdina(answers: AnswerPatterns) -> Diagnosis:
    return estimate(answers, design_of(q_matrix(), "gdina"), tolerance=1e-10)


def test_dina_as_cdm_has_it(answers: AnswerPatterns, dina: Diagnosis) -> None:
    told = results(FILE)["dina"]
    compare(FILE, "DINA log-likelihood", dina.log_likelihood, told["log_likelihood"], 1e-6)
    compare(FILE, "DINA AIC", dina.aic, told["aic"], 1e-6)
    compare(FILE, "DINA BIC", dina.bic, told["bic"], 1e-6)
    compare(FILE, "DINA guess", dina.p[0::2], told["guess"], 1e-8)
    compare(FILE, "DINA slip", 1 - dina.p[1::2], told["slip"], 1e-8)
    assert dina.n_parameters == told["n_parameters"]
    masters = dina.structure.shares @ dina.design.profiles
    compare(FILE, "DINA masters", masters, told["masters"], 1e-8)
    found, _ = profiles(answers, dina)
    compare(FILE, "DINA EAP", found.mastery[:40], told["eap"], 1e-6)
    # CDM sets blanks to the mean for its correlations
    compare(FILE, "DINA SRMSR", pairs(answers, dina).srmsr, told["srmsr"], 1e-4)


def test_gdina_as_cdm_has_it(gdina: Diagnosis) -> None:
    told = results(FILE)["gdina"]
    compare(FILE, "G-DINA log-likelihood", gdina.log_likelihood, told["log_likelihood"], 1e-6)
    assert gdina.n_parameters == told["n_parameters"]
    own = [np.sort(gdina.p[gdina.design.first[j] : gdina.design.first[j + 1]]) for j in range(15)]
    item, p = np.array(told["p_item"]), np.array(told["p"])
    theirs = [np.sort(p[item == j + 1]) for j in range(15)]
    compare(FILE, "G-DINA chances", np.concatenate(own), np.concatenate(theirs).tolist(), 1e-7)


def marginal(x: np.ndarray, design: ProfileDesign, p: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(N,) log-likelihood of each row, by the definition."""
    chance = p[design.group]
    cells = x[:, :, None]
    return np.log(np.where(cells == 1, chance, np.where(cells == 0, 1 - chance, 1)).prod(axis=1) @ shares)


def test_the_information_is_that_of_derivatives_by_differences() -> None:
    rng = np.random.default_rng(3)
    q = np.array([[1, 0], [0, 1], [1, 1], [1, 0], [0, 1]], dtype=bool)
    design = design_of(q, "gdina")
    alpha = rng.random((120, 2)) < 0.5
    x = (rng.random((120, 5)) < np.where((alpha @ q.T) >= q.sum(axis=1), 0.8, 0.25)).astype(np.int8)
    x[:5, 0] = -1
    for kind in STRUCTURES:
        answers = answers_of(x)
        found = estimate(answers, design, kind, tolerance=1e-5)
        p, structure = np.clip(found.p, 0.02, 0.98), found.structure
        found = found._replace(p=p)

        def shares_at(step: np.ndarray, structure=structure) -> np.ndarray:
            if structure.kind == "saturated":
                own = structure.shares.copy()
                own[1:] += step
                own[0] -= step.sum()
                return own
            if structure.kind == "independent":
                one = structure.parameters + step
                return np.prod(np.where(design.profiles == 1, one, 1 - one), axis=1)
            k = len(structure.parameters)
            moved = structure.parameters + np.column_stack([step[:k], step[k:]])
            nodes, weights = np.polynomial.hermite_e.hermegauss(21)
            one = 1 / (1 + np.exp(-(moved[:, 0] * nodes[:, None] + moved[:, 1])))
            given = np.exp(design.profiles @ np.log(one).T + (1 - design.profiles) @ np.log(1 - one).T)
            return given @ (weights / weights.sum())

        n_shares = slopes_of_log(structure, design.profiles).shape[1]
        columns, h = [], 1e-5
        for m in range(len(p) + n_shares):
            ends = []
            for sign in (1, -1):
                moved, step = p.copy(), np.zeros(n_shares)
                if m < len(p):
                    moved[m] += sign * h
                else:
                    step[m - len(p)] = sign * h
                ends.append(marginal(x, design, moved, shares_at(step)))
            columns.append((ends[0] - ends[1]) / (2 * h))
        by_differences = np.column_stack(columns)
        expected = np.linalg.pinv(by_differences.T @ by_differences)[: len(p), : len(p)]
        ours = precision(answers, found)
        assert ours.complete
        if np.isnan(ours.covariance).any():
            continue  # not identified: no standard errors
        assert ours.se == pytest.approx(np.sqrt(np.diag(expected)), rel=1e-3)


def test_wald_finds_the_items_that_are_not_dina(answers: AnswerPatterns, gdina: Diagnosis) -> None:
    wald, df, p = dina_tests(gdina, precision(answers, gdina).covariance)
    several = q_matrix().sum(axis=1) > 1
    assert np.isnan(wald[~several]).all()
    assert (df[several] == 2 ** q_matrix().sum(axis=1)[several] - 2).all()
    assert (p[several] < 0.05).sum() >= 3  # simulated with partial mastery


def test_each_structure_is_at_its_greatest_likelihood() -> None:
    rng = np.random.default_rng(8)
    every = np.array(list(itertools.product([0.0, 1.0], repeat=4)))
    counts = rng.uniform(5, 50, 16)
    for kind in STRUCTURES:
        found = start(kind, every)
        for _ in range(100):
            found = maximised(found, every, counts)
        assert found.shares.sum() == pytest.approx(1.0)
        assert (counts @ slopes_of_log(found, every)) == pytest.approx(0, abs=0.05)


def test_recovers_who_has_mastered_what() -> None:
    rng = np.random.default_rng(2)
    q = np.repeat(np.eye(4, dtype=bool), 6, axis=0)
    alpha = rng.random((600, 4)) < 1 / (1 + np.exp(-2 * rng.normal(size=(600, 1))))
    x = (rng.random((600, 24)) < np.where(np.repeat(alpha, 6, axis=1), 0.85, 0.2)).astype(np.int8)
    answers = answers_of(x)
    found = estimate(answers, design_of(q, "dina"), "higher-order", tolerance=1e-5)
    told, trust = profiles(answers, found)
    right = ((told.mastery > 0.5) == alpha).mean()
    assert right > 0.95
    assert trust.accuracy.mean() == pytest.approx(right, abs=0.02)
    assert ((trust.reliability > 0) & (trust.reliability < 1)).all()


def test_answers_without_information_have_no_standard_errors() -> None:
    x = np.ones((30, 4), dtype=np.int8)
    answers = answers_of(x)
    found = estimate(answers, design_of(np.eye(2, dtype=bool)[[0, 0, 1, 1]], "dina"))
    assert np.isfinite(found.log_likelihood)
    assert np.isnan(precision(answers, found).se[found.p > 1 - 1e-5]).all()
    assert np.isnan(pairs(answers, found).srmsr)
    with pytest.raises(ValueError, match="12 at most"):
        design_of(np.ones((2, 13), dtype=bool), "dina")
    with pytest.raises(ValueError, match="an attribute"):
        design_of(np.zeros((2, 3), dtype=bool), "dina")

"""Rasch by joint likelihood against TAM, and its bias where it is known."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.psychometrics.irt.conditional.rasch import fit_cml
from examgen.psychometrics.irt.joint import fit_jmle
from tests.psychometrics import reference


@pytest.mark.parametrize("name", ["lsat6", "sat12", "verbal"])
def test_difficulties_and_deviance_are_TAMs(name: str) -> None:
    file = f"{name}__rasch_tam"
    theirs = reference.results(file)
    found = fit_jmle(reference.scores({"sat12": "sat12_scored"}.get(name, name)))
    reference.compare(file, "jml_difficulty", found.fit.parameters.b[:, 0], theirs["jml_difficulty"], 1e-6)
    reference.compare(file, "jml_deviance", [-2 * found.fit.log_likelihood], [theirs["jml_deviance"]], 1e-5)
    assert found.fit.converged
    assert found.fit.notes[0].code == "joint-likelihood-bias"
    assert abs(found.theta.mean()) < 1e-9


def test_two_items_differ_twice_as_much_as_they_should() -> None:
    """Andersen (1980): exactly twice the conditional estimate, and the correction takes that back."""
    scores = np.repeat(np.array([[1, 0], [0, 1], [1, 1], [0, 0]], np.int8), [60, 20, 5, 5], axis=0)
    right = fit_cml(scores).parameters.b[:, 0]
    wrong = fit_jmle(scores, adjustment=None)
    corrected = fit_jmle(scores, adjustment=None, correct_bias=True)
    assert wrong.fit.parameters.b[:, 0] == pytest.approx(2 * right, abs=1e-7)
    assert corrected.fit.parameters.b[:, 0] == pytest.approx(right, abs=1e-7)
    assert np.isinf(wrong.theta[80:]).all()
    assert np.isfinite(fit_jmle(scores).theta).all()


def test_missing_answers_and_items_that_cannot_be_estimated() -> None:
    chance = np.random.default_rng(3)
    theta, b = chance.normal(0, 1, (300, 1)), np.linspace(-1.5, 1.5, 8)
    scores = (chance.random((300, 8)) < 1 / (1 + np.exp(b - theta))).astype(np.int8)
    scores[chance.random(scores.shape) < 0.15] = -1
    scores[:, 3], scores[0] = 1, -1
    found = fit_jmle(scores)
    d = found.fit.parameters.d[:, 0]
    assert np.isnan(d[3])
    assert np.isnan(found.theta[0])
    assert found.fit.n_candidates == 299
    assert "all-right" in [note.code for note in found.fit.notes]
    here = (scores >= 0) & ~np.isnan(d)
    p = np.where(here, 1 / (1 + np.exp(-np.nan_to_num(d) - np.nan_to_num(found.theta)[:, None])), 0)
    answers = np.where(here, scores, 0)
    assert p.sum(axis=0) == pytest.approx(answers.sum(axis=0), abs=1e-5)


def test_nothing_to_fit() -> None:
    found = fit_jmle(np.ones((4, 3), np.int8))
    assert not found.fit.converged
    assert np.isnan(found.theta).all()
    with pytest.raises(ValueError, match="adjustment"):
        fit_jmle(np.ones((4, 3), np.int8), adjustment=0.7)

"""Tetrachoric correlations against psych, and against tables whose answer is known."""

import numpy as np
import pytest

from examgen.analysis.classical_tetrachoric import tetrachoric
from tests.analysis import reference
from tests.analysis.test_classical import SETS, scores


def with_an_empty_cell(table):
    right, wrong = table.astype(np.int64), 1 - table.astype(np.int64)
    counts = [one.T @ other for one in (right, wrong) for other in (right, wrong)]
    return np.min(counts, axis=0) == 0


@pytest.mark.parametrize("name", SETS)
def test_tetrachoric_as_psych(name):
    """psych stops its search within 1.2e-4 of ρ, and smooths what comes of that."""
    file = f"{name}__ctt_test"
    theirs, table = reference.results(file), scores(name)
    found = tetrachoric(table, correct=0.0, smooth=False)
    plain = np.array(theirs["tetrachoric_correct0"])
    full = ~with_an_empty_cell(table) & (np.arange(len(plain))[:, None] > np.arange(len(plain)))
    reference.compare(
        file, "tetrachoric_correct0 (no empty cell)", found.rho[full], plain[full].tolist(), 1e-3
    )
    empty = with_an_empty_cell(table) & ~np.eye(len(plain), dtype=bool)
    assert (np.abs(found.rho[empty]) == 1).all()
    assert (found.rho[empty] * plain[empty] > 0.9).all()
    reference.compare(
        file, "tetrachoric_default", tetrachoric(table).rho, theirs["tetrachoric_default"], 1e-3
    )
    reference.compare(file, "tetrachoric_tau", found.thresholds, theirs["tetrachoric_tau"], 1e-10)


def table_of(counts):
    """Counts of 00, 01, 10, 11 → candidates × 2."""
    rows = [(0, 0), (0, 1), (1, 0), (1, 1)]
    return np.repeat(np.array(rows, np.int8), counts, axis=0)


def test_halves_have_a_closed_form():
    """With both thresholds 0, P(0, 0) = 1/4 + asin(ρ) / 2π (Sheppard, 1899)."""
    found = tetrachoric(table_of([40, 10, 10, 40]))
    assert found.rho[0, 1] == pytest.approx(np.sin(2 * np.pi * (0.4 - 0.25)), abs=1e-10)
    assert tetrachoric(table_of([10, 40, 40, 10])).rho[0, 1] == pytest.approx(-found.rho[0, 1], abs=1e-10)
    assert tetrachoric(table_of([25, 25, 25, 25])).rho[0, 1] == pytest.approx(0, abs=1e-9)


def test_odd_items_are_unknown_or_refused():
    constant = np.hstack([table_of([10, 5, 5, 10]), np.ones((30, 1), np.int8)])
    found = tetrachoric(constant)
    assert np.isnan(found.rho[2]).all()
    assert found.thresholds[2] == -np.inf
    assert not np.isnan(found.rho[0, 1])
    assert tetrachoric(constant * 2).notes[0].code == "partial-scores"
    assert np.isnan(tetrachoric(np.full((4, 2), -1, np.int8)).rho).all()
    assert tetrachoric(np.zeros((0, 0), np.int8)).rho.shape == (0, 0)
    assert tetrachoric(np.zeros((2, 2_000), np.int8)).notes[0].code == "too-many-items"


def test_missing_scores_count_pair_by_pair():
    whole = table_of([20, 10, 10, 20])
    extra = np.array([[1, -1], [0, -1], [-1, 1], [-1, 0]], np.int8)
    assert tetrachoric(np.vstack([whole, extra])).rho == pytest.approx(tetrachoric(whole).rho, abs=1e-9)

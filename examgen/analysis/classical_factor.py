"""One common factor of a matrix of correlations by minimum residuals (minres), and McDonald's ω from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.analysis.irt import Floats

LEAST_UNIQUENESS = 0.005
"""As in `psych::fa`: no item is explained by more than 99.5 %."""

_CYCLES = 1_000
_NEAR = 1e-11


class Factor(NamedTuple):
    """One factor."""

    loadings: Floats
    """(K,) their sum is not negative; NaN where there is no solution."""
    converged: bool
    heywood: bool
    """An item's loading ran to the limit: one factor does not fit, or there are too few candidates."""


def one_factor(correlation: Floats, communality: Floats) -> Factor:
    """Loadings that reproduce the correlations (K, K) outside the diagonal with the least squares.

    Gauss–Newton steps on Σ_{i<j} (r_ij − l_i l_j)², halved where they lose; where that leads to a uniqueness
    below 0.005, the search of `psych::fa` (L-BFGS-B over uniquenesses from `communality` (K,), the squared
    multiple correlations, with its bounds) instead. NaN with fewer than three items or an unknown
    correlation.

    References
    ----------
    Harman, H. H., & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika, 31.
    """
    k = len(correlation)
    if k < 3 or np.isnan(correlation).any():
        return Factor(np.full(k, np.nan), False, False)
    outside = correlation.copy()
    np.fill_diagonal(outside, 0.0)
    loadings, converged = _least_squares(outside, _start(outside))
    if not converged or (np.square(loadings) > 1.0 - LEAST_UNIQUENESS).any():
        loadings, converged = _bounded(correlation, communality)
        return Factor(_upright(loadings), converged, True)
    return Factor(_upright(loadings), True, False)


def omega(loadings: Floats) -> float:
    """(Σ l)² / ((Σ l)² + Σ (1 − l²)): the share of the standardised sum's variance that one factor explains.

    References
    ----------
    McDonald, R. P. (1999). Test theory: A unified treatment, eq. 6.20. Erlbaum.
    """
    common = float(loadings.sum()) ** 2
    return common / (common + float((1.0 - np.square(loadings)).sum()))


def omega_of_correlations(loadings: Floats, correlation: Floats) -> float:
    """1 − Σ (1 − l²) / ΣR: as `omega`, but over the variance that was seen (psych's `omega.tot`)."""
    whole = float(correlation.sum())
    return 1.0 - float((1.0 - np.square(loadings)).sum()) / whole if whole > 0 else float("nan")


def _upright(loadings: Floats) -> Floats:
    return -loadings if loadings.sum() < 0 else loadings


def _start(outside: Floats) -> Floats:
    """First principal axis with the largest correlation of each item as communality, by a few products."""
    size = np.abs(outside).max(axis=0)
    axis = np.where(outside.sum(axis=0) < 0, -1.0, 1.0)
    value = 0.0
    for _ in range(30):
        axis = outside @ axis + size * axis
        value = float(np.linalg.norm(axis))
        if value < 1e-12:
            return np.zeros(len(outside))
        axis = axis / value
    return np.asarray(axis * np.sqrt(value))


def _loss(outside: Floats, loadings: Floats) -> tuple[float, Floats]:
    """Σ_{i<j} residual² less Σ_{i<j} r², and its gradient / 2."""
    square = np.square(loadings)
    common = float(square.sum())
    product = outside @ loadings
    gradient = loadings * (common - square) - product
    return 0.5 * (common**2 - float(square @ square)) - float(loadings @ product), gradient


def _least_squares(outside: Floats, loadings: Floats) -> tuple[Floats, bool]:
    value, gradient = _loss(outside, loadings)
    for _ in range(_CYCLES):
        if float(np.abs(gradient).max()) < _NEAR:
            return loadings, True
        step = _gauss_newton(loadings, gradient)
        if step is None:
            return loadings, False
        size = 1.0
        while size > 1e-6:
            tried = loadings - size * step
            new_value, new_gradient = _loss(outside, tried)
            if new_value <= value + 1e-14 * abs(value):
                break
            size /= 2
        else:
            return loadings, float(np.abs(gradient).max()) < 1e-7
        loadings, value, gradient = tried, new_value, new_gradient
    return loadings, float(np.abs(gradient).max()) < 1e-6


def _gauss_newton(loadings: Floats, gradient: Floats) -> Floats | None:
    """Solves (diag(l'l − 2 l²) + l l') step = gradient, as a diagonal and one product; None where it
    cannot."""
    diagonal = float(loadings @ loadings) - 2 * np.square(loadings)
    if diagonal.min() < 1e-10:
        diagonal = np.maximum(diagonal, float(loadings @ loadings) * 0.1)
    if diagonal.min() <= 0:
        return None
    plain, turned = gradient / diagonal, loadings / diagonal
    return np.asarray(plain - turned * (float(loadings @ plain) / (1.0 + float(loadings @ turned))))


def _bounded(correlation: Floats, communality: Floats) -> tuple[Floats, bool]:
    """The search of `psych::fa(fm = "minres")`."""
    from scipy.optimize import minimize

    def loadings_at(unique: Floats) -> Floats:
        values, vectors = np.linalg.eigh(correlation - np.diag(unique))
        return np.asarray(vectors[:, -1] * np.sqrt(max(float(values[-1]), 0.0)))

    below = np.tril_indices(len(correlation), -1)

    def loss(scaled: Floats) -> float:
        found = loadings_at(scaled * 0.01)
        return float(np.square((correlation - np.outer(found, found))[below]).sum())

    def gradient(scaled: Floats) -> Floats:
        found = loadings_at(scaled * 0.01)
        return np.asarray((np.square(found) + scaled * 0.01 - 1.0) * 0.01)

    start = np.clip(1.0 - np.nan_to_num(communality, nan=0.5), LEAST_UNIQUENESS, 1.0)
    bounds = [(LEAST_UNIQUENESS / 0.01, 1.0 / 0.01)] * len(start)
    options = {"maxiter": 1_000, "ftol": 1e7 * np.finfo(np.float64).eps, "gtol": 0.0, "maxcor": 5}
    found = minimize(
        loss, start / 0.01, jac=gradient, method="L-BFGS-B", bounds=bounds, options=options
    )  # what psych asks of R's optim
    return loadings_at(np.asarray(found.x) * 0.01), bool(found.success)

"""0/1 scores → correlations of the normal variables that would lie under them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.classical_sums import PairSums, Sums, sums
from examgen.analysis.distributions import normal_quantile
from examgen.analysis.irt import Floats, Note
from examgen.item_responses import Cells

MOST_ITEMS = 1_500
"""With more items they are not computed."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
_STEPS = 60
_NOTHING = 1e-10
_PAIRS_AT_ONCE = 20_000


class Tetrachoric(NamedTuple):
    """Tetrachoric correlations of J items."""

    rho: Floats
    """(J, J); 1 in the diagonal, NaN for an item without variance and a pair that fewer than three took.
    Where a cell of the pair's table is empty and `correct` is 0 it is ±1, the limit to which the likelihood
    rises; psych's search ends somewhere before it, where its likelihood is flat."""
    thresholds: Floats
    """(J,) normal quantiles of the proportions wrong; ±inf where all or none are right, NaN without
    scores."""
    notes: tuple[Note, ...]


def tetrachoric(scores: Cells, *, correct: float = 0.5, smooth: bool = True) -> Tetrachoric:
    """Tetrachoric correlations of 0/1 scores (N, J), negative = missing, as `psych::tetrachoric`.

    In two steps: thresholds from each item's own proportion, then the likelihood of each pair's table in ρ
    alone. The likelihood depends on ρ through P(0, 0) and is concave in it, so that its best P(0, 0) is found
    first, and the ρ that gives it after.

    Parameters
    ----------
    correct : what stands in for an empty cell of a table.
    smooth : whether a matrix that is not positive definite is made so (`psych::cor.smooth`), if no
        correlation is unknown.

    References
    ----------
    Pearson, K. (1900). Philosophical Transactions A, 195. Owen, D. B. (1956). Tables for computing bivariate
    normal probabilities. Annals of Mathematical Statistics, 27. Olsson, U. (1979). Maximum likelihood
    estimation of the polychoric correlation coefficient. Psychometrika, 44 (his two-step estimator).
    """
    width = scores.shape[1]
    found = sums(scores, pairs=width <= MOST_ITEMS)
    unknown = np.full((width, width) if found.pairs is not None else (0, 0), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        wrong = 1.0 - found.score / found.n
    if found.greatest.max(initial=0) > 1:
        note = Note("partial-scores", None, "tetrachoric correlations are those of 0/1 scores only")
        return Tetrachoric(unknown, np.full(width, np.nan), (note,))
    thresholds = np.array([_threshold(q) for q in wrong.tolist()])
    if found.pairs is None:
        note = Note("too-many-items", None, f"tetrachoric correlations of more than {MOST_ITEMS} items")
        return Tetrachoric(unknown, thresholds, (note,))
    rho = _matrix(_tables(found, found.pairs), thresholds, wrong, correct)
    if smooth and width and not np.isnan(rho).any():
        return Tetrachoric(*_smoothed(rho, thresholds))
    return Tetrachoric(rho, thresholds, ())


def _threshold(wrong: float) -> float:
    if 0 < wrong < 1:
        return normal_quantile(wrong)
    return float("nan") if np.isnan(wrong) else np.inf if wrong >= 1 else -np.inf


def _tables(found: Sums, pairs: PairSums) -> Floats:
    """(4, J, J) candidates with 0 and 0, 0 and 1, 1 and 0, 1 and 1."""
    n = pairs.n if pairs.n is not None else float(len(found.points))
    first = (
        pairs.first
        if pairs.first is not None
        else np.broadcast_to(found.score[:, None], pairs.products.shape)
    )
    both = pairs.products
    return np.stack([n - first - first.T + both, first.T - both, first - both, both])


def _matrix(tables: Floats, thresholds: Floats, wrong: Floats, correct: float) -> Floats:
    width = len(thresholds)
    rho = np.full((width, width), np.nan)
    rows, columns = np.tril_indices(width, -1)
    for start in range(0, len(rows), _PAIRS_AT_ONCE):
        i, j = rows[start : start + _PAIRS_AT_ONCE], columns[start : start + _PAIRS_AT_ONCE]
        table = tables[:, i, j]
        usable = np.isfinite(thresholds[i]) & np.isfinite(thresholds[j]) & (table.sum(axis=0) > 2)
        i, j, table = i[usable], j[usable], table[:, usable]
        table = np.where((table == 0) & (table.sum(axis=0) > 1), correct, table)
        rho[i, j] = rho[j, i] = _correlations(table, thresholds[i], thresholds[j], wrong[i], wrong[j])
    np.fill_diagonal(rho, np.where(np.isfinite(thresholds), 1.0, np.nan))
    return rho


def _correlations(table: Floats, h: Floats, k: Floats, first: Floats, second: Floats) -> Floats:
    """ρ of pairs: (4, M) tables, (M,) thresholds and proportions wrong."""
    target = _best_both_wrong(table, first, second)
    low, high = np.full(len(h), -np.pi / 2), np.full(len(h), np.pi / 2)
    angle = np.zeros(len(h))
    for _ in range(_STEPS):
        value, slope = _both_below(h, k, first * second, angle)
        above = value > target
        high, low = np.where(above, angle, high), np.where(above, low, angle)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            tried = angle - (value - target) / slope
        inside = (tried > low) & (tried < high)
        moved = np.where(inside, tried, 0.5 * (low + high))
        if float(np.abs(moved - angle).max(initial=0.0)) < 1e-10:
            break
        angle = moved
    limits = _limits(first, second)
    rho = np.where(
        target - limits[0] < _NOTHING, -1.0, np.where(limits[1] - target < _NOTHING, 1.0, np.sin(angle))
    )
    return np.asarray(rho)


def _limits(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """The least and greatest P(0, 0) that proportions wrong allow: ρ = −1 and ρ = 1."""
    return np.maximum(first + second - 1.0, 0.0), np.minimum(first, second)


def _best_both_wrong(table: Floats, first: Floats, second: Floats) -> Floats:
    """(M,) the P(0, 0) with the greatest likelihood, margins given: the root of a falling function."""
    low, high = _limits(first, second)
    signs = np.array([1.0, -1.0, -1.0, 1.0])[:, None]
    for _ in range(_STEPS):  # each halves the interval
        middle = 0.5 * (low + high)
        chances = np.stack([middle, first - middle, second - middle, 1.0 - first - second + middle])
        rising = (signs * table / np.maximum(chances, 1e-300)).sum(axis=0) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.asarray(0.5 * (low + high))


def _both_below(h: Floats, k: Floats, independent: Floats, angle: Floats) -> tuple[Floats, Floats]:
    """Φ₂(h, k; sin α) = Φ(h) Φ(k) + ∫₀^α exp(−(h² + k² − 2 h k sin t) / (2 cos² t)) dt / 2π; its slope."""
    t = 0.5 * angle[:, None] * (_NODES + 1.0)
    area = (_integrand(h[:, None], k[:, None], t) @ _WEIGHTS) * 0.5 * angle
    return independent + area, _integrand(h, k, angle)


def _integrand(h: Floats, k: Floats, t: Floats) -> Floats:
    cosine = np.maximum(np.square(np.cos(t)), 1e-300)
    exponent = (np.square(h) + np.square(k) - 2 * h * k * np.sin(t)) / (2 * cosine)
    return np.asarray(np.exp(-np.minimum(exponent, 700.0)) / (2 * np.pi))


def _smoothed(rho: Floats, thresholds: Floats) -> tuple[Floats, Floats, tuple[Note, ...]]:
    values, vectors = np.linalg.eigh(rho)
    if values.min() >= np.finfo(np.float64).eps:
        return rho, thresholds, ()
    values = np.where(values < 1e-12, 1e-10, values)
    values *= len(rho) / values.sum()
    made: NDArray[np.float64] = (vectors * values) @ vectors.T
    sd = np.sqrt(np.diag(made))
    made = made / np.outer(sd, sd)
    np.fill_diagonal(made, 1.0)
    message = "the tetrachoric correlations were not possible matrix and were smoothed"
    return made, thresholds, (Note("smoothed", None, message),)

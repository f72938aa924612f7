"""Answers of candidates and the chance of each: what all indices of answer similarity are reckoned from.

An item has K options of which some are right; items that are only known as right or wrong have two, wrong (0)
and right (1). The chance to choose an option is that of the nominal response model (Bock 1972) or of the
logistic model, at an ability estimated beforehand.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Cells = NDArray[np.int8]

_AT_ONCE = 2_000_000
"""Chances held at a time while abilities are looked for."""
_FARTHEST = 30.0
_MOST_STEPS = 100


class ChosenOptions(NamedTuple):
    """Answers to J items of K options at most."""

    cells: Cells
    """(N, J) place of the option chosen; −1: nothing that could be compared."""
    right: Bools
    """(J, K) which options are right."""

    @property
    def answered(self) -> Bools:
        """(N, J)"""
        return np.asarray(self.cells >= 0)

    def is_right(self) -> Bools:
        """(N, J) answered with a right option."""
        return np.asarray(self.right[np.arange(self.cells.shape[1]), self.cells] & (self.cells >= 0))

    def part(self, rows: Ints | slice, items: Ints | Bools | slice = slice(None)) -> ChosenOptions:
        """Some candidates and some items."""
        return ChosenOptions(self.cells[rows][:, items], self.right[items])


class ChoiceModel(NamedTuple):
    """Chances of options by ability: P(k | θ) ∝ exp(a_k θ + c_k), then drawn up to the lower asymptote."""

    a: Floats
    """(J, K)"""
    c: Floats
    """(J, K); −inf for an option that is not one of the item's."""
    guessing: Floats
    """(J,) lower asymptote of option 1, for items of right and wrong only; else 0."""

    def chances(self, theta: Floats) -> Floats:
        """(n, J, K) at each of n abilities; over the options of an item they add up to 1."""
        z = theta[:, None, None] * self.a + self.c
        z -= z.max(axis=2, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=2, keepdims=True)
        if self.guessing.any():
            z *= 1.0 - self.guessing[:, None]
            z[:, :, 1] += self.guessing
        return np.asarray(z)

    def part(self, items: Ints | Bools) -> ChoiceModel:
        """Some of the items."""
        return ChoiceModel(self.a[items], self.c[items], self.guessing[items])


def logistic_model(a: Floats, b: Floats, guessing: Floats | None = None) -> ChoiceModel:
    """Right or wrong by the logistic model: P(1 | θ) = c + (1 − c) / (1 + exp(−a(θ − b)))."""
    nothing = np.zeros_like(a)
    return ChoiceModel(
        np.stack([nothing, a], axis=1),
        np.stack([nothing, -a * b], axis=1),
        nothing if guessing is None else guessing,
    )


def nominal_model(a: Floats, c: Floats) -> ChoiceModel:
    """Options by the nominal response model; NaN where an item has no such option."""
    there = np.isfinite(a) & np.isfinite(c)
    return ChoiceModel(np.where(there, a, 0.0), np.where(there, c, -np.inf), np.zeros(len(a)))


def abilities(cells: Cells, model: ChoiceModel, variance: float) -> Floats:
    """(N,) abilities of greatest posterior density under N(0, variance), without lower asymptotes.

    The log posterior is concave in θ: Newton's steps, at most 1 long, end at its only maximum.
    """
    theta = np.zeros(len(cells))
    n_items, n_options = model.a.shape
    for start in range(0, len(cells), max(_AT_ONCE // (n_items * n_options), 1)):
        rows = slice(start, start + max(_AT_ONCE // (n_items * n_options), 1))
        theta[rows] = _greatest(cells[rows], model, variance)
    return theta


def _greatest(cells: Cells, model: ChoiceModel, variance: float) -> Floats:
    answered = cells >= 0
    chosen = np.where(answered, model.a[np.arange(len(model.a)), cells], 0.0).sum(axis=1)
    theta = np.zeros(len(cells))
    for _ in range(_MOST_STEPS):
        chance = model.chances(theta)
        mean = np.einsum("njk,jk->nj", chance, model.a)
        spread = np.einsum("njk,jk->nj", chance, model.a**2) - mean**2
        slope = chosen - np.where(answered, mean, 0.0).sum(axis=1) - theta / variance
        bend = np.where(answered, np.maximum(spread, 0.0), 0.0).sum(axis=1) + 1.0 / variance
        step = np.clip(slope / bend, -1.0, 1.0)
        theta = np.clip(theta + step, -_FARTHEST, _FARTHEST)
        if np.abs(step).max(initial=0.0) < 1e-11:
            break
    return theta

"""Chances of each level at true states → how often two administrations agree, and how often one is right.

Every method of this room comes to the same: true states with weights, the chance of each level (fail, pass;
or more levels of several cuts) in one administration at a true state, and the level that the true state has
by itself. Two administrations are independent once the true state is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Levels = NDArray[np.int64]

_ROUNDING = 1e-12


class States(NamedTuple):
    """True states: `weights` (Q,) that add up to 1, `chances` (Q, L) of the levels from the lowest, and
    `level` (Q,) of the true state, or None where the method says nothing of it; `again` (Q, L) are the
    chances in the second administration, where they are others."""

    weights: Floats
    chances: Floats
    level: Levels | None
    again: Floats | None = None


class Agreement(NamedTuple):
    """Of two administrations, and of one with the truth. Proportions of all candidates; NaN where there is
    none.

    `contingency` (L, L) is the first administration by the second, `truth` (L, L) the true level by that
    which was decided, both from the lowest level; `alike` (L, L) is the contingency of two administrations
    that are cut alike, where those of `contingency` are not: what is said of passing again is of these.
    """

    contingency: Floats
    truth: Floats
    alike: Floats | None = None

    @property
    def _repeated(self) -> Floats:
        return self.contingency if self.alike is None else self.alike

    @property
    def consistency(self) -> float:
        """p₀: the same level in both administrations."""
        return float(np.trace(self.contingency))

    @property
    def chance(self) -> float:
        """p_c: of the same level, were the second administration anybody's."""
        return float(self.contingency.sum(axis=1) @ self.contingency.sum(axis=0))

    @property
    def kappa(self) -> float:
        """(p₀ − p_c) / (1 − p_c) (Cohen, 1960, eq. 1); NaN where everybody is of one level."""
        beyond, more = 1.0 - self.chance, self.consistency - self.chance
        if beyond <= _ROUNDING:
            return float("nan")
        return more / beyond if abs(more) > _ROUNDING else 0.0

    @property
    def accuracy(self) -> float:
        """The level that the true state has."""
        return float(np.trace(self.truth))

    @property
    def false_pass(self) -> float:
        """A higher level than the true state has."""
        return float(np.triu(self.truth, 1).sum()) if np.isfinite(self.truth).all() else float("nan")

    @property
    def false_fail(self) -> float:
        """A lower level than the true state has."""
        return float(np.tril(self.truth, -1).sum()) if np.isfinite(self.truth).all() else float("nan")

    @property
    def pass_rate(self) -> float:
        """The highest level, in one administration."""
        return float(self.contingency[-1].sum())

    @property
    def pass_again(self) -> float:
        """Of those of the highest level, the share that has it again; NaN where nobody has it."""
        return _share(self._repeated[-1, -1], self._repeated[-1].sum())

    @property
    def fail_again(self) -> float:
        """Of those of the lowest level, the share that has it again; NaN where nobody has it."""
        return _share(self._repeated[0, 0], self._repeated[0].sum())


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 1e-12 else float("nan")


def agreement(states: States) -> Agreement:
    """What the true states come to.

    With weights w, chances P (and P₂ the second time) and true levels t: contingency P′ diag(w) P₂, truth
    Σ_{t = i} w P.
    """
    weights, chances, level, again = states
    contingency = chances.T @ (weights[:, None] * (chances if again is None else again))
    alike = None if again is None else chances.T @ (weights[:, None] * chances)
    n_levels = chances.shape[1]
    if level is None:
        return Agreement(contingency, np.full((n_levels, n_levels), np.nan), alike)
    own = np.zeros((n_levels, len(weights)))
    own[level, np.arange(len(weights))] = weights
    return Agreement(contingency, own @ chances, alike)


def levels_of(at_least: Floats) -> Floats:
    """(Q, L): chances of each level, of (Q, L − 1) chances to come at least to each cut from the lowest."""
    ends = np.ones((len(at_least), 1))
    above = np.hstack([ends, at_least, 0 * ends])
    return np.asarray(above[:, :-1] - above[:, 1:])


def level_at(values: Floats, cuts: Sequence[float]) -> Levels:
    """The level of values: how many cuts they come to."""
    return np.searchsorted(np.asarray(cuts, dtype=np.float64), values, side="right").astype(np.int64)

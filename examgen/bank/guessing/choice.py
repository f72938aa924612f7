"""Cues of options, and which are right → the conditional logit of the right one, with a ridge.

Of an item with options j the option k is right with probability exp(x_k·b) / Σ_j exp(x_j·b) (McFadden, D.
(1974). Conditional logit analysis of qualitative choice behavior. In P. Zarembka (ed.), *Frontiers in
econometrics* (pp. 105–142), equation 12). Several right options of an item share its weight of 1. The ridge,
penalty · b·b / 2, is a normal prior of variance 1 / penalty on each coefficient of a cue that is scaled to a
variance of 1 (Hoerl & Kennard 1970; le Cessie & van Houwelingen 1992).

Arrays: `cues` (items, most options, cues) with zeros where there is no option, `there` (items, most options),
`share` (items, most options): the weight of each option, 1 / n for each of n right ones, else 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from examgen.bank.guessing.looks import over_places

Table = NDArray[np.float64]
There = NDArray[np.bool_]

PENALTY = 8.0
_MOST_STEPS = 25
_SMALL = 1e-6


def probabilities(cues: Table, there: There, coefficients: Table) -> Table:
    """Of each option that it is right, by the model: (items, most options), each row of sum 1."""
    weighed = (cues.reshape(-1, cues.shape[-1]) @ coefficients).reshape(there.shape)
    shown = np.where(there, weighed, -np.inf)
    raised = np.exp(shown - over_places(np.maximum, shown)[:, None])
    return np.asarray(raised / over_places(np.add, raised)[:, None])


def fit(
    cues: Table, there: There, share: Table, penalty: float = PENALTY, start: Table | None = None
) -> Table:
    """The coefficients that maximise the penalised likelihood, by Newton's method: (cues,).

    The penalised log-likelihood is strictly concave, so there is one maximum; a step that does not climb
    is halved.
    """
    now = np.zeros(cues.shape[-1]) if start is None else start
    chance = probabilities(cues, there, now)
    height = _height(chance, share, penalty, now)
    flat = cues.reshape(-1, cues.shape[-1])
    for _ in range(_MOST_STEPS):
        curve = _curve(cues, chance)
        curve.flat[:: len(now) + 1] += penalty
        step = np.linalg.solve(curve, (share - chance).ravel() @ flat - penalty * now)
        chance = probabilities(cues, there, now + step)
        reached = _height(chance, share, penalty, now + step)
        while reached < height - _SMALL and np.abs(step).max() > _SMALL:
            step = step / 2
            chance = probabilities(cues, there, now + step)
            reached = _height(chance, share, penalty, now + step)
        gain, now, height = reached - height, now + step, reached
        if gain < _SMALL:
            break
    return now


def _height(chance: Table, share: Table, penalty: float, at: Table) -> float:
    """The penalised log-likelihood, by the probabilities of the options."""
    known = np.where(share > 0, chance, 1.0)
    return float((share * np.log(np.maximum(known, 1e-300))).sum() - penalty * (at @ at) / 2)


def _curve(cues: Table, chance: Table) -> Table:
    """The negative of the Hessian of the log-likelihood, by the probabilities of the options."""
    flat = cues.reshape(-1, cues.shape[-1])
    middle = over_places(np.add, np.moveaxis(chance[..., None] * cues, 1, -1))
    curve: Table = (flat * chance.reshape(-1, 1)).T @ flat - middle.T @ middle
    return curve


def without_each(
    cues: Table, there: There, share: Table, folds: NDArray[np.intp]
) -> tuple[Table, list[Table]]:
    """Of each option the probability by a model that was fitted without its item's fold, and these models.

    `folds` (items,) numbers the folds from 0.
    """
    whole = fit(cues, there, share)
    found = np.zeros(there.shape)
    models = []
    for fold in range(int(folds.max(initial=-1)) + 1):
        inside = folds == fold
        model = fit(cues[~inside], there[~inside], share[~inside], start=whole)
        found[inside] = probabilities(cues[inside], there[inside], model)
        models.append(model)
    return found, models


class FirstSteps:
    """The first step of `fit` from zero, without each fold, for many keys of the same items.

    At zero every option is as likely as another, so the curvature is the same whatever the keys are. Where
    keys are shuffled the true coefficients are zero, and one step from a consistent start is as good as all
    (Le Cam, L. (1956). On the asymptotic theory of estimation and testing hypotheses. *Proc. 3rd Berkeley
    Symposium, 1*, 129–156).
    """

    def __init__(self, cues: Table, there: There, folds: NDArray[np.intp]) -> None:
        self._cues, self._there = cues, there
        self._even = there / np.maximum(there.sum(1, keepdims=True), 1)
        self._parts = [folds == fold for fold in range(int(folds.max(initial=-1)) + 1)]
        self._curves = [_curve(cues[part], self._even[part]) for part in self._parts]
        self._invert()

    def by(self, columns: range) -> FirstSteps:
        """The first step by these cues alone."""
        found = copy(self)
        found._cues = self._cues[..., columns.start : columns.stop]
        found._curves = [
            one[columns.start : columns.stop, columns.start : columns.stop] for one in self._curves
        ]
        found._invert()
        return found

    def _invert(self) -> None:
        whole = sum(self._curves) + PENALTY * np.eye(self._cues.shape[-1])
        self._spreads = [np.linalg.inv(whole - one) for one in self._curves]

    def __call__(self, shares: Table) -> Table:
        """x·b of each option by the model without its fold; `shares` is (runs, items, most options), the
        answer, too."""
        n_runs, n_cues = len(shares), self._cues.shape[-1]
        beyond = np.where(self._there, shares - self._even, 0.0)
        slopes = [
            beyond[:, part].reshape(n_runs, -1) @ self._cues[part].reshape(-1, n_cues) for part in self._parts
        ]
        slope = sum(slopes)
        found = np.zeros(shares.shape)
        for part, own, spread in zip(self._parts, slopes, self._spreads, strict=True):
            cues = self._cues[part]
            models = (slope - own) @ spread
            found[:, part] = (models @ cues.reshape(-1, n_cues).T).reshape(n_runs, *cues.shape[:2])
        return found


class FirstStepsOfLikeness:
    """The same step where cues are many more than options, of which only the likeness enters.

    With the cues X of all options, less the mean of their item, the step without a fold is
    Xᵀ (X Xᵀ / k + penalty I)⁻¹ r for k options an item and the residuals r: ridge regression in its dual form
    (Saunders, C., Gammerman, A., & Vovk, V. (1998). Ridge regression learning algorithm in dual variables.
    *Proc. 15th International Conference on Machine Learning*, 515–521). `likeness` is X Xᵀ: (items · most
    options) squared, zero where there is no option.
    """

    def __init__(self, likeness: Table, there: There, folds: NDArray[np.intp], penalty: float) -> None:
        n_options = np.maximum(there.sum(1, keepdims=True), 1)
        self._even = there / n_options
        weight = np.sqrt(np.broadcast_to(1 / n_options, there.shape)).ravel()
        fold = np.repeat(folds, there.shape[1])
        is_option = there.ravel()
        self._parts: list[tuple[NDArray[np.intp], NDArray[np.intp], Table]] = []
        for number in range(int(folds.max(initial=-1)) + 1):
            inside, others = (np.flatnonzero(is_option & side) for side in (fold == number, fold != number))
            curve = likeness[np.ix_(others, others)] * np.outer(weight[others], weight[others])
            curve.flat[:: len(curve) + 1] += penalty
            onto = np.linalg.solve(curve, (likeness[np.ix_(inside, others)] * weight[others]).T).T
            self._parts.append((inside, others, onto / weight[others]))

    def __call__(self, shares: Table) -> Table:
        """x·b of each option by the model without its fold; `shares` is (runs, items, most options), the
        answer, too."""
        beyond = (shares - self._even).reshape(len(shares), -1)
        found = np.zeros(beyond.shape)
        for inside, others, onto in self._parts:
            found[:, inside] = beyond[:, others] @ onto.T
        return found.reshape(shares.shape)


def folds_of(criteria: Sequence[str]) -> NDArray[np.intp]:
    """The fold of each item: its criterion, or a part of the criteria where there are more than 20;
    where there are fewer than three criteria, every tenth item."""
    known = {criterion: n for n, criterion in enumerate(dict.fromkeys(criteria))}
    if len(known) < 3:
        return np.arange(len(criteria)) % min(10, max(len(criteria), 1))
    return np.array([known[criterion] % 20 for criterion in criteria])

"""A marginal likelihood as its definition has it, and derivatives by differences: what fits are held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from examgen.stats.irt_models import Fit, ItemParameters
from examgen.stats.mml_fit import GroupsFit

Floats = NDArray[np.float64]
NODES = np.linspace(-6.0, 6.0, 61)
Label = tuple[str, int, int]
"""A free parameter as `Fit.free` names it: its name, item and step."""


def drawn(
    items: ItemParameters, theta: Floats, seed: int | np.random.Generator, missing: float = 0.0
) -> NDArray[np.int8]:
    """Scores of candidates of these abilities; a share of them missing."""
    rng = np.random.default_rng(seed)
    chances = items.probabilities(theta)[:, :, :-1].cumsum(axis=2)
    scores = (rng.random((*chances.shape[:2], 1)) > chances).sum(axis=2).astype(np.int8)
    if missing:
        scores[rng.random(scores.shape) < missing] = -1
    return np.asarray(scores)


def log_likelihood(scores: NDArray[np.int8], fit: Fit) -> float:
    """Of one group: each item by itself, summed over the nodes."""
    weights = np.exp(-0.5 * ((NODES - fit.mean[0]) / fit.sd[0]) ** 2)
    chances = fit.parameters.probabilities(NODES)
    joint = np.ones((len(scores), len(NODES)))
    for j, column in enumerate(scores.T):
        answered = column >= 0
        joint[answered] *= chances[:, j, column[answered]].T
    return float(np.log(joint @ weights / weights.sum()).sum())


def total(found: GroupsFit, scores: NDArray[np.int8], groups: NDArray[np.int64]) -> float:
    """Of all groups."""
    return sum(log_likelihood(scores[groups == g], fit) for g, fit in enumerate(found.fits))


def values(fit: Fit, labels: Sequence[Label]) -> Floats:
    """The parameters of these names."""
    place = _places(fit)
    return np.array([place[name][item, step] for name, item, step in labels])


def moved(fit: Fit, labels: Sequence[Label], new: Sequence[float] | Floats) -> Fit:
    """The fit with other values of some parameters."""
    place = {name: own.copy() for name, own in _places(fit).items()}
    for (name, item, step), value in zip(labels, new, strict=True):
        place[name][item, step] = value
    items = fit.parameters._replace(a=place["a"][:, 0], d=place["d"], c=place["c"][:, 0])
    return fit._replace(parameters=items, mean=place["mean"][:, 0], sd=place["sd"][:, 0])


def _places(fit: Fit) -> dict[str, Floats]:
    items = fit.parameters
    return {
        "a": items.a[:, None], "d": items.d, "c": items.c[:, None], "mean": fit.mean[:, None], "sd": fit.sd[:, None],
    }  # fmt: skip


def curvature(value: Callable[[Floats], float], at: Floats, steps: Floats | float) -> Floats:
    """Second derivatives by differences."""
    n, h = len(at), np.broadcast_to(steps, len(at))
    unit, bend = np.eye(n) * h, np.empty((n, n))
    for i in range(n):
        for k in range(i + 1):
            four = value(at + unit[i] + unit[k]) - value(at + unit[i] - unit[k])
            four -= value(at - unit[i] + unit[k]) - value(at - unit[i] - unit[k])
            bend[i, k] = bend[k, i] = four / (4.0 * h[i] * h[k])
    return bend

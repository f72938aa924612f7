"""Scores → the estimates of many samples of candidates drawn with replacement (Efron, 1979)."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.mml import LOGISTIC, fit_mml
from examgen.analysis.mml_two_parameter import fit_logistic
from examgen.analysis.quadrature import Grid, normal_grid

Floats = NDArray[np.float64]
_AT_ONCE = 25
"""Samples in one task of an executor."""


class Bootstrap(NamedTuple):
    """Estimates of R samples; NaN where an item has none in a sample (all right, say)."""

    a: Floats
    """(R, J)."""
    d: Floats
    """(R, J, M)."""
    c: Floats
    """(R, J)."""
    u: Floats
    """(R, J)."""
    mean: Floats
    """(R,)."""
    sd: Floats
    """(R,)."""
    log_likelihood: Floats
    """(R,)."""
    converged: NDArray[np.bool_]
    """(R,)."""


def bootstrap(
    scores: NDArray[np.int8],
    model: str,
    replications: int = 1000,
    seed: int = 0,
    executor: Executor | None = None,
    grid: Grid | None = None,
) -> Bootstrap:
    """Fit `model` to `replications` samples of N candidates, drawn with replacement.

    Sample r depends on `seed` and r alone, so the result is the same with any executor. Fits begin from the
    estimates of the whole, without standard errors.
    """
    grid = normal_grid() if grid is None else grid
    tasks = [range(k, min(k + _AT_ONCE, replications)) for k in range(0, replications, _AT_ONCE)]
    arguments = [(scores, model, seed, task, grid) for task in tasks]
    found: Iterable[list[tuple[Floats, ...]]] = (
        map(_samples, arguments) if executor is None else executor.map(_samples, arguments)
    )
    fits = [fit for task in found for fit in task]
    n_items = scores.shape[1]
    if not fits:
        none = np.empty((0, n_items))
        empty = np.empty(0)
        return Bootstrap(none, none[:, :, None], none, none, empty, empty, empty, np.empty(0, dtype=np.bool_))
    a, d, c, u, mean, sd, log_likelihood, converged = (np.stack(values) for values in zip(*fits, strict=True))
    return Bootstrap(a, d, c, u, mean, sd, log_likelihood, converged > 0)


def _samples(task: tuple[NDArray[np.int8], str, int, range, Grid]) -> list[tuple[Floats, ...]]:
    """Estimates of some samples."""
    scores, model, seed, numbers, grid = task
    whole = fit_mml(scores, model, grid=grid, standard_errors=False)
    steps = whole.parameters.d.shape[1]
    start = whole if np.isfinite(whole.log_likelihood) else None
    out = []
    for r in numbers:
        rng = np.random.default_rng([seed, r])
        sample = scores[rng.integers(0, len(scores), len(scores))] if len(scores) else scores
        if model in LOGISTIC:
            fit = fit_logistic(sample, model, None, grid, False, 500, 1e-6, start)
        else:
            fit = fit_mml(sample, model, grid=grid, standard_errors=False)
        d = np.full((scores.shape[1], steps), np.nan)
        d[:, : fit.parameters.d.shape[1]] = fit.parameters.d[:, :steps]
        figures = (np.float64(fit.mean[0]), np.float64(fit.sd[0]), np.float64(fit.log_likelihood))
        values = (
            fit.parameters.a,
            d,
            fit.parameters.c,
            fit.parameters.u,
            *figures,
            np.float64(fit.converged),
        )
        out.append(tuple(np.asarray(value) for value in values))
    return out

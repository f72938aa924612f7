"""How far a conversion would lie from where it lies, had other candidates come.

By resampling (the bootstrap), by formulas, and for every method by the infinitesimal jackknife, which is the
delta method with derivatives found by differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import starmap
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.equating.methods import MethodOptions, equated
from examgen.psychometrics.equating.scores import Floats, Scales, moments, percentile_ranks, shares, step_of

_CELLS_AT_ONCE = 6_000_000
_SAMPLES_AT_ONCE = 50
"""Samples of a task, whoever does it: the last digits hang on how many are equated together."""
Spread = Callable[[Callable[..., Floats], Iterator[tuple[object, ...]]], Iterable[Floats]]
"""Calls a function with each of several arguments; gives what it returns, in that order."""
Influences = tuple[NDArray[np.int64], Floats]
_PART = 0.01
"""By what share of one candidate a count is moved to see what follows."""


class Replications(NamedTuple):
    """Conversions of bootstrap samples (B, K), and what is told of them at each score."""

    conversions: Floats
    """Only those that could be found."""

    def errors(self) -> Floats:
        """(K,) standard deviations, divisor B − 1."""
        if len(self.conversions) < 2:
            return np.full(self.conversions.shape[1], np.nan)
        return np.asarray(self.conversions.std(axis=0, ddof=1))

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """(K,) and (K,): between them lie the middle `level` of the conversions (percentile method)."""
        if len(self.conversions) < 2:
            none = np.full(self.conversions.shape[1], np.nan)
            return none, none
        tail = (1 - level) / 2
        low, high = np.quantile(self.conversions, [tail, 1 - tail], axis=0)
        return low, high


def bootstrap(
    x: Floats,
    y: Floats,
    scales: Scales,
    asked: MethodOptions,
    replications: int,
    seed: int,
    spread: Spread = starmap,
) -> Replications:
    """Candidates of each form drawn again with replacement, as many as there were: multinomial counts.

    The samples are drawn here, and equated by `spread`. Smoothing is done anew in each sample, with the
    degrees of the first (Efron & Tibshirani 1993, An introduction to the
    bootstrap; Kolen & Brennan 2014, section 7.3).
    """
    rng = np.random.default_rng(seed)

    def calls() -> Iterator[tuple[object, ...]]:
        for n in _parts(replications, x.size + y.size):
            of_x, of_y = _drawn(x, n, rng), _drawn(y, n, rng)
            for start in range(0, n, _SAMPLES_AT_ONCE):
                some = slice(start, start + _SAMPLES_AT_ONCE)
                yield of_x[some], of_y[some], scales, asked

    conversions = np.concatenate([np.empty((0, len(scales.x))), *spread(equated, calls())])
    return Replications(conversions[np.isfinite(conversions).all(axis=1)])


def _drawn(counts: Floats, n_samples: int, rng: np.random.Generator) -> Floats:
    cells = counts.ravel()
    there = np.flatnonzero(cells > 0)
    n = int(cells.sum())
    samples = np.zeros((n_samples, len(cells)))
    samples[:, there] = rng.multinomial(n, cells[there] / cells[there].sum(), size=n_samples)
    return samples.reshape(n_samples, *counts.shape)


def _parts(n: int, cells: int) -> Iterator[int]:
    size = max(1, _CELLS_AT_ONCE // max(cells, 1))
    for start in range(0, n, size):
        yield min(size, n - start)


def jackknife(x: Floats, y: Floats, scales: Scales, asked: MethodOptions) -> Floats:
    """(K,) standard errors of any method: √(Σ p_c IF_c² / n) over the cells c of both samples, IF_c the
    derivative of the conversion when candidates of that cell become more.

    References
    ----------
    Jaeckel, L. (1972). The infinitesimal jackknife. Bell Laboratories.
    Efron, B. (1982). The jackknife, the bootstrap and other resampling plans, chapter 6.
    """
    total: Floats = np.zeros(len(scales.x))
    for counts, influences in zip((x, y), _both(x, y, scales, asked), strict=True):
        n = float(counts.sum())
        total = total + sum(counts.ravel()[own] / n**2 @ by**2 for own, by in influences)
    return np.asarray(np.sqrt(total))


def paired_jackknife(pairs: Floats, scales: Scales, asked: MethodOptions) -> Floats:
    """(K,) the same for candidates who took both forms: a cell (K, L) of `pairs` moves both conversions."""
    x, y = pairs.sum(axis=1), pairs.sum(axis=0)
    of_x, of_y = (np.zeros((len(counts), len(scales.x))) for counts in (x, y))
    for out, influences in zip((of_x, of_y), _both(x, y, scales, asked), strict=True):
        for own, by in influences:
            out[own] = by
    rows, columns = np.nonzero(pairs)
    each = pairs[rows, columns] / pairs.sum() ** 2
    size = max(1, _CELLS_AT_ONCE // len(scales.x))
    total: Floats = np.zeros(len(scales.x))
    for start in range(0, len(rows), size):
        part = slice(start, start + size)
        total = total + each[part] @ (of_x[rows[part]] + of_y[columns[part]]) ** 2
    return np.asarray(np.sqrt(total))


def paired_bootstrap(
    pairs: Floats, scales: Scales, asked: MethodOptions, replications: int, seed: int
) -> Replications:
    """As `bootstrap`, of candidates who took both forms, with their scores (K, L) on both."""
    rng = np.random.default_rng(seed)
    found = []
    for n in _parts(replications, pairs.size):
        drawn = _drawn(pairs, n, rng)
        found.append(equated(drawn.sum(axis=2), drawn.sum(axis=1), scales, asked))
    conversions = np.concatenate(found) if found else np.empty((0, len(scales.x)))
    return Replications(conversions[np.isfinite(conversions).all(axis=1)])


def _both(
    x: Floats, y: Floats, scales: Scales, asked: MethodOptions
) -> tuple[Iterator[Influences], Iterator[Influences]]:
    """Of each cell of X, and of Y, that has candidates."""
    on_x = _influences(x, lambda samples: equated(samples, _alike(y, samples), scales, asked, nearby=True))
    on_y = _influences(y, lambda samples: equated(_alike(x, samples), samples, scales, asked, nearby=True))
    return on_x, on_y


def _alike(counts: Floats, samples: Floats) -> Floats:
    return np.asarray(np.broadcast_to(counts, (len(samples), *counts.shape)))


def _influences(counts: Floats, conversion: Callable[[Floats], Floats]) -> Iterator[Influences]:
    """Cells of one sample, some at a time, and derivatives (cells, K) of the conversion when candidates of
    each become more."""
    cells = counts.ravel()
    n = float(cells.sum())
    there = np.flatnonzero(cells > 0)
    part = _PART / n
    size = max(1, _CELLS_AT_ONCE // (8 * len(cells)))
    for start in range(0, len(there), size):
        own = there[start : start + size]
        ends = []
        for move in (part, -part):
            samples = np.repeat((cells * (1 - move))[None], len(own), axis=0)
            samples[np.arange(len(own)), own] += move * n
            ends.append(conversion(samples.reshape(len(own), *counts.shape)))
        yield own, (ends[0] - ends[1]) / (2 * part)


def linear_errors(x: Floats, y: Floats, scales: Scales) -> Floats:
    """(K,) of linear equating of equivalent groups, for any shape of the distributions (Braun, H. I., &
    Holland, P. W., 1982, in Holland & Rubin, Test equating; Kolen & Brennan 2014, eq. 7.10)."""
    first, second = moments(x, scales.x), moments(y, scales.y)
    z = (scales.x - first.mean) / first.sd
    skewness = first.skewness / first.n + second.skewness / second.n
    kurtosis = (first.kurtosis - 1) / (4 * first.n) + (second.kurtosis - 1) / (4 * second.n)
    variance = second.sd**2 * (1 / first.n + 1 / second.n + skewness * z + kurtosis * z * z)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def mean_errors(x: Floats, y: Floats, scales: Scales) -> Floats:
    """(K,) of mean equating of equivalent groups: √(σ²(X)/n + σ²(Y)/n), the same at every score."""
    first, second = moments(x, scales.x), moments(y, scales.y)
    return np.full(len(scales.x), np.sqrt(first.sd**2 / first.n + second.sd**2 / second.n))


def equipercentile_errors(x: Floats, y: Floats, scales: Scales) -> Floats:
    """(K,) of equipercentile equating of equivalent groups without smoothing.

    Lord, F. M. (1982). The standard error of equipercentile equating. Journal of Educational Statistics, 7,
    165–174; Kolen & Brennan (2014), eq. 7.12, with the density of Y in the interval of the upper inverse. 0
    where the percentile rank is 0 or 1: the conversion there is the end of the scale.
    """
    n_x, n_y = x.sum(), y.sum()
    p, q = shares(x), shares(y)
    rank, edges = percentile_ranks(p), np.cumsum(q)
    own = np.minimum(np.searchsorted(np.round(edges, 10), np.round(rank, 10), side="right"), len(q) - 1)
    below = np.where(own > 0, edges[own - 1], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = q[own]
        of_x = rank * (1 - rank) / (n_x * part**2)
        of_y = (below - rank**2 + (rank - below) ** 2 / part) / (n_y * part**2)
        found = np.sqrt(np.maximum(of_x + of_y, 0.0))
    known = (np.round(rank, 10) > 0) & (np.round(rank, 10) < 1)
    return np.where(known, np.where(np.isfinite(found), found, np.nan), 0.0) * step_of(scales.y)


def analytic(x: Floats, y: Floats, scales: Scales, asked: MethodOptions) -> tuple[Floats, str]:
    """(K,) standard errors without resampling, and how they were found: `formula` where there is one in the
    literature, `delta` by differences; what is no error but a jump is NaN."""
    formulas = {"mean": mean_errors, "linear": linear_errors, "equipercentile": equipercentile_errors}
    if asked.method == "identity":
        return np.zeros(len(scales.x)), "formula"
    if asked.method in formulas and asked.smooth is None:
        return formulas[asked.method](x, y, scales), "formula"
    found = jackknife(x, y, scales, asked)
    return np.where(found < scales.y[-1] - scales.y[0], found, np.nan), "delta"

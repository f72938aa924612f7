"""Where the ascent of a logistic model ended → covariance of its parameters and their standard errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import Note
from examgen.analysis.mml_ascent import Ascent
from examgen.analysis.mml_design import Design

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST_PARAMETERS = 4000
"""Beyond this many free parameters no matrix among them is built."""


def labels_of(items: NDArray[np.int64], design: Design) -> list[tuple[str, int, int]]:
    """(parameter, item, step) of each free parameter; a common slope is that of the first item."""
    names = [("a", int(j), 0) for j in items[: design.n_slopes]] + [("d", int(j), 0) for j in items]
    names += [("mean", 0, 0), ("sd", 0, 0)]
    return [name for name, is_free in zip(names, design.free, strict=True) if is_free]


def covariance_of(
    labels: list[tuple[str, int, int]],
    design: Design,
    ascent: Ascent,
    endless: Flags,
    asked: bool,
    sign: float,
) -> tuple[Floats, list[tuple[str, int, int]], list[Note]]:
    """Inverse of the observed information of what has a finite estimate; its labels; what went wrong."""
    none = np.empty((0, 0))
    if not asked:
        return none, [], []
    if len(labels) > MOST_PARAMETERS:
        return (
            none,
            [],
            [
                Note(
                    "too-many-parameters",
                    None,
                    "no standard errors: more than 4,000 free parameters",
                    ("4,000",),
                )
            ],
        )
    if design.free[-2:].any():
        observed = design.reported_information(ascent.point.x)
    else:
        observed = ascent.observed if ascent.observed is not None else design.information(ascent.point.x)
    common = design.responses.common_slope
    keep = np.array(
        [name not in {"a", "d"} or not endless[j] or (common and name == "d") for name, j, _ in labels]
    )
    keep[-1:] &= not design.at_least_sd(ascent.point.x)
    observed = observed[np.ix_(keep, keep)]
    labels = [label for label, kept in zip(labels, keep, strict=True) if kept]
    diagonal = np.diag(observed)
    root = None
    if labels and np.isfinite(observed).all() and diagonal.min() > 0.0:
        scale = 1.0 / np.sqrt(diagonal)
        root = _root(observed * np.outer(scale, scale))
    if root is None:
        return (
            none,
            [],
            [
                Note(
                    "singular-information",
                    None,
                    "no standard errors: the data do not determine all parameters",
                )
            ]
            if labels
            else [],
        )
    half = np.linalg.inv(root) * scale
    chain = np.array([sign if name == "a" else 1.0 for name, _, _ in labels])
    if labels and labels[-1][0] == "sd":
        chain[-1] = np.exp(ascent.point.x[-1])
    return np.asarray(half.T @ half * np.outer(chain, chain)), labels, []


def _root(matrix: Floats) -> Floats | None:
    """Cholesky factor; None where the matrix is singular, or as good as."""
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return None
    return None if np.diag(root).min() < 1e-6 else np.asarray(root)


def errors_of(
    labels: list[tuple[str, int, int]], covariance: Floats, a: Floats, d: Floats
) -> tuple[Floats, Floats, Floats]:
    """Standard errors of slopes, intercepts and difficulties b = −d / a, these by the delta method."""
    variance = {"a": np.full(len(a), np.nan), "d": np.full(len(a), np.nan)}
    place = {"a": np.full(len(a), -1), "d": np.full(len(a), -1)}
    for n, (name, j, _) in enumerate(labels):
        if name in place:
            variance[name][j], place[name][j] = covariance[n, n], n
    both = (place["a"] >= 0) & (place["d"] >= 0)
    shared = np.zeros(len(a))
    shared[both] = covariance[place["a"][both], place["d"][both]]
    with np.errstate(divide="ignore", invalid="ignore"):
        b = -d / a
        of_b = np.nan_to_num(variance["d"]) + b * b * np.nan_to_num(variance["a"]) + 2.0 * b * shared
        of_b = np.where(((place["a"] >= 0) | (place["d"] >= 0)) & (a != 0.0), of_b / a**2, np.nan)
    return np.sqrt(variance["a"]), np.sqrt(variance["d"]), np.sqrt(np.maximum(of_b, 0.0))


def common_slope_errors(
    labels: list[tuple[str, int, int]], covariance: Floats, a: Floats, d: Floats
) -> Floats:
    """Standard errors of difficulties with one slope, which stands first."""
    out = np.full(len(a), np.nan)
    for j in np.flatnonzero(np.isfinite(d) & (a != 0.0)):
        weights = np.zeros(len(labels))
        weights[0] = d[j] / a[j] ** 2
        if ("d", int(j), 0) in labels:
            weights[labels.index(("d", int(j), 0))] = -1.0 / a[j]
        out[j] = np.sqrt(max(float(weights @ covariance @ weights), 0.0))
    return out

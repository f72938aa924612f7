"""A Rasch model by marginal maximum likelihood, written anew with numpy and scipy: the oracle of reports.

Slopes 1, mean of ability 0, its variance free; 61 nodes from −6 to 6, the gradient by hand, standard errors from the
observed information by differences of the gradient.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]
NODES = np.linspace(-6, 6, 61)


class Rasch(NamedTuple):
    """Difficulties (J,) with standard errors and covariance, sd of ability, EAP and ML abilities (N,)."""

    b: Floats
    se: Floats
    covariance: Floats
    sd: float
    eap: Floats
    eap_se: Floats
    ml: Floats


def fit(x: Floats) -> Rasch:
    """Of right 1, wrong 0, missing NaN."""
    known = ~np.isnan(x)
    right = np.where(known, x, 0.0)
    start = np.append(-np.log(right.sum(axis=0) / (known.sum(axis=0) - right.sum(axis=0))), 0.0)
    found = optimize.minimize(_loss, start, (right, known), jac=True, method="L-BFGS-B",
                              options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-8})  # fmt: skip
    at = found.x
    step, n = 1e-4, len(at)
    information = np.array(
        [
            (_loss(at + d, right, known)[1] - _loss(at - d, right, known)[1]) / (2 * step)
            for d in np.eye(n) * step
        ]
    )
    covariance = np.linalg.inv((information + information.T) / 2)
    b, sd = at[:-1], float(np.exp(at[-1]))
    posterior = _posterior(at, right, known)[1]
    eap = posterior @ NODES
    spread = np.sqrt(posterior @ NODES**2 - eap**2)
    return Rasch(
        b, np.sqrt(np.diag(covariance))[:-1], covariance[:-1, :-1], sd, eap, spread, _ml(b, right, known)
    )


def _posterior(at: Floats, right: Floats, known: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    b, sd = at[:-1], np.exp(at[-1])
    logit = NODES[:, None] - b
    logs = right @ logit.T - known @ np.logaddexp(0, logit).T
    weight = -0.5 * (NODES / sd) ** 2
    weight -= np.log(np.exp(weight).sum())
    joint = logs + weight
    most = joint.max(axis=1, keepdims=True)
    total = most[:, 0] + np.log(np.exp(joint - most).sum(axis=1))
    return total, np.exp(joint - total[:, None]), 1 / (1 + np.exp(-logit))


def _loss(at: Floats, right: Floats, known: NDArray[np.bool_]) -> tuple[float, Floats]:
    total, posterior, p = _posterior(at, right, known)
    expected = np.einsum("nj,nj->j", posterior @ p, known)
    of_b = right.sum(axis=0) - expected
    sd = np.exp(at[-1])
    prior = np.exp(-0.5 * (NODES / sd) ** 2)
    prior /= prior.sum()
    square = (NODES / sd) ** 2
    of_sd = -(posterior @ square - prior @ square).sum()
    return -float(total.sum()), np.append(of_b, of_sd)


def _ml(b: Floats, right: Floats, known: NDArray[np.bool_]) -> Floats:
    """Abilities by maximum likelihood; of all wrong or all right 0.1 beyond the farthest finite one on that side."""
    found = np.zeros(len(right))
    for n, (x, k) in enumerate(zip(right, known, strict=True)):
        score, own = x.sum(), b[k]
        found[n] = (
            optimize.brentq(lambda t, o=own, s=score: (1 / (1 + np.exp(o - t))).sum() - s, -15, 15)
            if 0 < score < len(own)
            else np.inf * (1 if score else -1)
        )
    finite = found[np.isfinite(found)]
    return np.where(
        np.isposinf(found), finite.max() + 0.1, np.where(np.isneginf(found), finite.min() - 0.1, found)
    )


class MeanSquares(NamedTuple):
    """Of each item (J,), Wright & Masters (1982), with Z by the cube root (Wilson & Hilferty)."""

    infit: Floats
    outfit: Floats
    infit_z: Floats
    outfit_z: Floats


def mean_squares(x: Floats, b: Floats, ml: Floats) -> MeanSquares:
    """Infit and outfit."""
    p = 1 / (1 + np.exp(b - ml[:, None]))
    fourth = np.where(np.isnan(x), np.nan, p * (1 - p) * (p**3 + (1 - p) ** 3))
    variance = np.where(np.isnan(x), np.nan, np.maximum(p * (1 - p), 1e-5**0.5))  # the least, as mirt
    square, n = (x - p) ** 2, (~np.isnan(x)).sum(axis=0)
    infit, outfit = (
        np.nansum(square, axis=0) / np.nansum(variance, axis=0),
        np.nanmean(square / variance, axis=0),
    )
    of_infit = np.sqrt(np.nansum(fourth - variance**2, axis=0)) / np.nansum(variance, axis=0)
    of_outfit = np.sqrt(np.nansum(fourth / variance**2, axis=0) / n**2 - 1 / n)
    return MeanSquares(infit, outfit, _z(infit, of_infit), _z(outfit, of_outfit))


def _z(square: Floats, q: Floats) -> Floats:
    q = np.minimum(q, 1.4142)  # the most, as mirt
    return np.asarray((np.cbrt(square) - 1) * 3 / q + q / 3)


def s_x2(x: Floats, b: Floats, sd: float) -> list[tuple[float, int]]:
    """S-X² and its degrees of freedom of each item of a form, over those who answered all: Orlando & Thissen
    (2000), expected shares by Lord & Wingersky (1984), scores merged until 1 is expected right and wrong."""
    whole = x[~np.isnan(x).any(axis=1)]
    total, k = whole.sum(axis=1).astype(int), len(b)
    p = 1 / (1 + np.exp(b - NODES[:, None]))
    weight = np.exp(-0.5 * (NODES / sd) ** 2)
    weight /= weight.sum()
    every = _sums(p)
    found = []
    for j in range(k):
        rest = _sums(np.delete(p, j, axis=1))
        rows = []
        for s in range(1, k):
            n = int((total == s).sum())
            share = (weight * p[:, j] * rest[:, s - 1]).sum() / (weight * every[:, s]).sum()
            right = int(whole[total == s, j].sum())
            rows.append([n, right, n * share])
        rows = _merged([row for row in rows if row[0]])
        value = sum((o - e) ** 2 / e + (o - e) ** 2 / (n - e) for n, o, e in rows)
        found.append((float(value), len(rows) - 2))
    return found


def _sums(p: Floats) -> Floats:
    """(nodes, items + 1) chance of each sum score."""
    found = np.ones((len(p), 1))
    for column in p.T:
        grown = np.zeros((len(p), found.shape[1] + 1))
        grown[:, :-1] += found * (1 - column)[:, None]
        grown[:, 1:] += found * column[:, None]
        found = grown
    return found


def _merged(rows: list[list[float]]) -> list[list[float]]:
    """Rows as mirt merges them: those of one candidate upwards, then whatever expects less than one."""
    n = 0
    while n < len(rows):
        if rows[n][0] == 1 and len(rows) > 1:
            other = n + 1 if n + 1 < len(rows) else n - 1
            rows[other] = [a + b for a, b in zip(rows[n], rows[other], strict=True)]
            del rows[n]
            continue
        n += 1
    while (low := next((i for i, r in enumerate(rows) if min(r[2], r[0] - r[2]) < 1), None)) is not None:
        if len(rows) < 2:
            break
        if low == 0:
            other = 1
        elif low == len(rows) - 1:
            other = low - 1
        else:
            other = low - 1 if rows[low - 1][0] <= rows[low + 1][0] else low + 1
        rows[other] = [a + b for a, b in zip(rows[low], rows[other], strict=True)]
        del rows[low]
    return rows

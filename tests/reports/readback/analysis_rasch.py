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
    """Difficulties (J,) with standard errors, sd of ability, EAP and ML abilities (N,)."""

    b: Floats
    se: Floats
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
    return Rasch(b, np.sqrt(np.diag(covariance))[:-1], sd, eap, spread, _ml(b, right, known))


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


def mean_squares(x: Floats, b: Floats, ml: Floats) -> tuple[Floats, Floats]:
    """Infit and outfit (J,), Wright & Masters (1982)."""
    p = 1 / (1 + np.exp(b - ml[:, None]))
    variance = np.where(np.isnan(x), np.nan, np.maximum(p * (1 - p), 1e-5**0.5))  # the least, as mirt
    square = (x - p) ** 2
    return np.nansum(square, axis=0) / np.nansum(variance, axis=0), np.nanmean(square / variance, axis=0)

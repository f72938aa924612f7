"""Subscores that borrow strength from one another (Wainer).

The true subscore is predicted from all observed subscores at once: a subscore of a few items leans on those
that go with it, a reliable one stays where it is.

References
----------
Wainer, H., Vevea, J. L., Camacho, F., Reeve, B. B., Rosa, K., Nelson, L., Swygert, K. A., & Thissen, D.
(2001). Augmented scores: "Borrowing strength" to compute scores based on small numbers of items. In
D. Thissen & H. Wainer (Eds.), Test scoring (pp. 343–387). Erlbaum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from examgen.analysis.irt.items import Floats


class Augmented(NamedTuple):
    """Of K subscores; NaN for those whose reliability is not known or not above 0."""

    weights: Floats
    """(K, K) row k: what a point of each subscore, above its mean, adds to the estimate of the true k."""
    prmse: Floats
    """(K,) share of the true variance that the augmented subscore explains: C_kk / true variance."""
    reliability: Floats
    """(K,) of the augmented subscore, A_kk / C_kk (Wainer et al., 2001); NaN where any reliability is
    unknown, for all of them go into it."""


def augmented(covariance: Floats, reliability: Floats) -> Augmented:
    """The regression of true on observed subscores, S_true S_obs⁻¹; S_true has reliability × variance in its
    diagonal. All is NaN where the observed covariances (K, K) have no inverse that can be trusted.

    A subscore of unknown reliability helps to predict the others: their rows need no true variance but their
    own.
    """
    k = len(reliability)
    unknown = Augmented(np.full((k, k), np.nan), np.full(k, np.nan), np.full(k, np.nan))
    if not k:
        return unknown
    varies = np.diag(covariance) > 0
    own = covariance[np.ix_(varies, varies)]
    sd = np.sqrt(np.diag(own))
    if not varies.any() or np.linalg.cond(own / np.outer(sd, sd)) > 1e10:
        return unknown
    true = own.copy()
    np.fill_diagonal(true, np.diag(own) * reliability[varies])
    sound = reliability[varies] > 0
    weights = np.full_like(own, np.nan)
    weights[sound] = np.linalg.solve(own, true[sound].T).T
    with np.errstate(invalid="ignore"):
        c = (weights * true).sum(axis=1)
        a = np.einsum("kj,jl,kl->k", weights, true, weights)
        found = unknown._replace()
        found.prmse[varies] = c / np.diag(true)
        found.reliability[varies] = a / c
    found.weights[np.ix_(varies, varies)] = weights
    return found


def estimates(found: Augmented, subscores: Floats, mean: Floats) -> Floats:
    """(N, K) augmented subscores of candidates with observed `subscores` (N, K)."""
    weights = np.where(np.isnan(found.weights) & ~np.isnan(found.prmse)[:, None], 0.0, found.weights)
    return np.asarray(mean + (subscores - mean) @ weights.T)

"""Item parameters → information, standard errors of measurement and reliability."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from examgen.psychometrics.irt.curves import Floats, curves, row_chunks, take_items, usable_items
from examgen.psychometrics.irt.items import ItemParameters


def item_information(parameters: ItemParameters, theta: ArrayLike) -> Floats:
    """Fisher information of each item: Σ_k P_k'² / P_k.

    Parameters
    ----------
    parameters : ItemParameters
    theta : array_like, shape (Q,)

    Returns
    -------
    ndarray, shape (Q, J)
        ≥ 0. NaN for items without parameters and where theta is not finite.

    References
    ----------
    Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores.
    Psychometrika Monograph 17, ch. 6. Birnbaum, A. (1968), eq. 17.4.9.
    """
    at = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    usable, known = np.flatnonzero(usable_items(parameters)), np.flatnonzero(np.isfinite(at))
    own = take_items(parameters, usable)
    out = np.full((len(at), len(parameters.a)), np.nan)
    for rows in row_chunks(len(known), len(usable) * (parameters.d.shape[1] + 1)):
        made = curves(own, at[known[rows]], 1)
        ratio = made.d1 / np.where(made.p > 0, made.p, 1.0)
        out[np.ix_(known[rows], usable)] = (made.d1 * ratio).sum(axis=2)
    return out


def test_information(parameters: ItemParameters, theta: ArrayLike) -> Floats:
    """(Q,) information of the test: the sum over the items that have parameters; NaN if none has."""
    items = item_information(parameters, theta)[:, usable_items(parameters)]
    return np.asarray(items.sum(axis=1) if items.shape[1] else np.full(len(items), np.nan))


def conditional_sem(parameters: ItemParameters, theta: ArrayLike) -> Floats:
    """(Q,) standard error of ability by the test: 1 / √information; infinite where there is none."""
    information = test_information(parameters, theta)
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / np.sqrt(information))


def empirical_reliability(theta: ArrayLike, se: ArrayLike) -> float:
    """Reliability of estimated abilities: var(θ̂) / (var(θ̂) + mean(se²)), as mirt's `empirical_rxx`.

    Made for EAP. Candidates without a finite estimate and standard error are left out. The variance has
    the divisor n − 1. NaN for fewer than two candidates, or where all is 0.
    """
    estimate, error = np.asarray(theta, dtype=np.float64), np.asarray(se, dtype=np.float64)
    known = np.isfinite(estimate) & np.isfinite(error)
    if np.count_nonzero(known) < 2:
        return np.nan
    variance, noise = float(np.var(estimate[known], ddof=1)), float(np.mean(error[known] ** 2))
    return variance / (variance + noise) if variance + noise > 0 else np.nan


def marginal_reliability(
    parameters: ItemParameters, mean: float = 0.0, sd: float = 1.0, *, as_mirt: bool = False
) -> float:
    """Reliability over a normal distribution of ability: ∫ σ² I(θ) / (σ² I(θ) + 1) φ(θ; mean, sd) dθ.

    Parameters
    ----------
    parameters : ItemParameters
    mean, sd : float
        Of ability in the population.
    as_mirt : bool
        What `mirt::marginal_rxx` gives: ∫ I / (I + σ²) φ(θ; 0, 1) dθ. The two are the same in a population
        N(0, 1). Elsewhere (Rasch models with a free variance) mirt's number is not a reliability: on lsat6
        it says 0.54 for a Rasch model and 0.29 for the same model with a common slope.

    Returns
    -------
    float
        0 … 1; NaN without items or where sd is not positive and finite.

    References
    ----------
    Green, B. F., Bock, R. D., Humphreys, L. G., Linn, R. L., & Reckase, M. D. (1984). Technical guidelines
    for assessing computerized adaptive tests. Journal of Educational Measurement 21, 347–360.
    """
    if not (np.isfinite(sd) and sd > 0 and np.isfinite(mean)) or not usable_items(parameters).any():
        return np.nan
    z = np.linspace(-10.0, 10.0, 1001)
    weights = np.exp(-0.5 * z**2)
    weights /= weights.sum()
    information = test_information(parameters, z if as_mirt else mean + sd * z)
    share = (
        information / (information + sd**2) if as_mirt else sd**2 * information / (sd**2 * information + 1.0)
    )
    return float(share @ weights)

"""Designs with known truth → what models of groups make of it.

The second half of the study of docs/validation/recovery.md, and of its small test; what a replication is says `recovery`.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.irt_curves import category_probabilities
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
from examgen.stats.mml_fit import fit_groups
from tests.psychometrics.recovery import DEFAULT_PRIOR, Design, Recovered, truth

Floats = NDArray[np.float64]
MEAN, SD = 0.5, 1.2
"""Of ability in the second group."""


def drawn(items: ItemParameters, theta: Floats, rng: np.random.Generator) -> NDArray[np.int8]:
    chances = category_probabilities(items, theta)[:, :, :-1].cumsum(axis=2)
    return np.asarray((rng.random((*chances.shape[:2], 1)) > chances).sum(axis=2), np.int8)


# ── several groups ───────────────────────────────────────────────────────────────────────────


class GroupsDesign(NamedTuple):
    """Two groups, as large, N(0, 1) and N(0.5, 1.2²), with the same items.

    Of `grm`, `gpcm` and `pcm` items have four categories; of `3pl` c is drawn from the prior of the fit anew
    in each replication."""

    model: str
    n_each: int
    n_items: int

    @property
    def name(self) -> str:
        return f"{self.model}, groups of {self.n_each:,} × {self.n_items}"


def groups_recovered(design: GroupsDesign, seed: int, replication: int) -> Recovered:
    """Simulate, fit, compare."""
    rng = np.random.default_rng([seed, replication, zlib.crc32(design.name.encode())])
    theta = np.concatenate([rng.standard_normal(design.n_each), rng.normal(MEAN, SD, design.n_each)])
    group = np.repeat([0, 1], design.n_each)
    if design.model == "3pl":
        a, b, c = truth(Design("3pl", 0, design.n_items, "prior"), seed, replication)
        items = dichotomous(a, -a * b, c)
    else:
        items = graded_items(design.model, design.n_items, seed)
    scores = drawn(items, theta, rng)
    prior = DEFAULT_PRIOR if design.model == "3pl" else None
    found = fit_groups(scores, group, model=design.model, prior_c=prior)
    fit, converged = found.fits[1], found.converged
    errors = {"d": np.ravel(fit.parameters.d - items.d)}
    se = {"d": np.ravel(fit.se_d)}
    if design.model != "pcm":
        errors, se = {"a": fit.parameters.a - items.a, **errors}, {"a": fit.se_a, **se}
    mean, sd, se_mean, se_sd = fit.mean[0], fit.sd[0], fit.se_mean[0], fit.se_sd[0]
    errors |= {"mean of group 2": np.array([mean - MEAN]), "sd of group 2": np.array([sd - SD])}
    se |= {"mean of group 2": np.array([se_mean]), "sd of group 2": np.array([se_sd])}
    return Recovered(errors, se, {}, converged)


def graded_items(model: str, n_items: int, seed: int) -> ItemParameters:
    """Items of four categories, thresholds or steps about 0.8 apart; log a is N(0, 0.3²) unless `pcm`."""
    rng = np.random.default_rng([seed, n_items])
    a = np.ones(n_items) if model == "pcm" else np.exp(0.3 * rng.standard_normal(n_items))
    b = rng.normal(0, 0.8, n_items)[:, None] + np.array([-0.8, 0.0, 0.8])
    d = -a[:, None] * b if model == "grm" else (-a[:, None] * b).cumsum(axis=1)
    kind = np.full(n_items, GRADED if model == "grm" else PARTIAL_CREDIT, np.int8)
    return ItemParameters(kind, a, d, np.zeros(n_items))

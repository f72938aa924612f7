"""Designs with known truth → what models of groups, populations and plausible values make of it.

The second half of the study of docs/validation/recovery.md, and of its small test; what a replication is says `recovery`.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats import irt_abilities as abilities
from examgen.stats.irt_abilities import (
    DRAWING_NODES,
    histogram,
    own_population,
    plausible_values,
    population,
)
from examgen.stats.irt_models import (
    GRADED,
    PARTIAL_CREDIT,
    ItemParameters,
    dichotomous,
)
from examgen.stats.mml_fit import fit_groups, fit_mml
from tests.psychometrics.by_definition import drawn
from tests.psychometrics.recovery import DEFAULT_PRIOR, Design, Recovered, persons, truth

Floats = NDArray[np.float64]
MEAN, SD = 0.5, 1.2
"""Of ability in the second group."""


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


# ── populations and plausible values ─────────────────────────────────────────────────────────

ABOVE = 1.0


class PopulationDesign(NamedTuple):
    """A distribution of ability, known 2PL items. `normal`: N(0.5, 1.2²). `skewed`: χ² of 4, mean 0, sd 1.
    `two humps`: N(−1.2, 0.5²) and N(1.2, 0.5²), as many of each."""

    shape: str
    n: int
    n_items: int

    @property
    def name(self) -> str:
        return f"{self.shape} {self.n:,} × {self.n_items}"


TRUE = {"normal": (0.5, 1.2, 0.33846), "skewed": (0.0, 1.0, 0.14524), "two humps": (0.0, 1.3, 0.32772)}
"""Mean, standard deviation and the share above 1 of each population."""


class PopulationFound(NamedTuple):
    """One replication."""

    estimates: dict[str, tuple[float, float, float]]
    """Mean, standard deviation and share above 1, by each way."""
    covered: tuple[bool, bool]
    """Whether the interval of the mean from plausible values (Rubin, 1987) holds the truth, with a normal
    population and with the histogram."""
    abilities: dict[str, tuple[float, float, float, float]]


def population_recovered(design: PopulationDesign, seed: int, replication: int) -> PopulationFound:
    """Simulate, estimate, compare."""
    rng = np.random.default_rng([seed, replication, zlib.crc32(design.name.encode())])
    a, b, _ = truth(Design("2pl", 0, design.n_items), seed, replication)
    items = dichotomous(a, -a * b)
    if design.shape == "normal":
        theta = rng.normal(0.5, 1.2, design.n)
    elif design.shape == "skewed":
        theta = (rng.chisquare(4, design.n) - 4) / np.sqrt(8)
    else:
        theta = rng.normal(rng.choice([-1.2, 1.2], design.n), 0.5)
    scores = drawn(items, theta, rng)
    free = fit_mml(scores, "2pl", fixed=items, standard_errors=False)
    shape = histogram(scores, items)
    fine = own_population(float(free.mean[0]), float(free.sd[0]), DRAWING_NODES)
    normal = own_population(float(free.mean[0]), float(free.sd[0]))
    estimated = histogram(scores, items, fine).grid
    people = {
        "WLE": abilities.wle(scores, items),
        "EAP, N(0, 1)": abilities.eap(scores, items, population()),
        "EAP, normal of its own": abilities.eap(scores, items, normal),
        "EAP, histogram": abilities.eap(scores, items, shape.grid),
    }
    draws = {
        "plausible values, normal": plausible_values(scores, items, seed=seed + replication, grid=fine),
        "plausible values, histogram": plausible_values(
            scores, items, seed=seed + replication, grid=estimated
        ),
    }
    estimates = {name: _figures(one.theta[:, None]) for name, one in people.items()}
    above = float(shape.grid.weights[shape.grid.nodes > ABOVE].sum())
    above += 0.5 * float(shape.grid.weights[np.isclose(shape.grid.nodes, ABOVE)].sum())
    estimates["histogram itself"] = (shape.mean, shape.sd, above)
    estimates |= {name: _figures(values) for name, values in draws.items()}
    held = tuple(_held(values, TRUE[design.shape][0]) for values in draws.values())
    scored = {name: persons(one.theta, one.se, theta) for name, one in people.items()}
    return PopulationFound(estimates, (held[0], held[1]), scored)


def _figures(values: Floats) -> tuple[float, float, float]:
    known = values[np.isfinite(values).all(axis=1)]
    return float(known.mean()), float(known.std(axis=0, ddof=1).mean()), float((known > ABOVE).mean())


def _held(values: Floats, mean: float) -> bool:
    within = float((values.var(axis=0, ddof=1) / len(values)).mean())
    between = float(values.mean(axis=0).var(ddof=1))
    error = np.sqrt(within + (1 + 1 / values.shape[1]) * between)
    return bool(abs(values.mean() - mean) <= 1.96 * error)

"""Designs with known truth → what the fits and the tests of DIF make of simulated candidates.

The study of docs/validation/recovery.md and its small test. A replication depends on the seed, its design and its number
alone, so that it can run anywhere.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats import irt_abilities as abilities
from examgen.stats.dif_analysis import METHODS
from examgen.stats.irt_models import Fit
from examgen.stats.many_facet_model import fit_many_facet
from examgen.stats.mml_curves import LogitNormal
from examgen.stats.mml_fit import fit_mml
from examgen.stats.quadrature import normal_grid
from examgen.stats.rasch import fit_cml, rasch_fit
from tests.psychometrics.dif_columns import analysed, columns

Floats = NDArray[np.float64]
Z = 1.959963984540054
DEFAULT_PRIOR = LogitNormal(-1.1, 0.5)
DIF_ITEM, DIF_SIZE = 0, 0.5


class Design(NamedTuple):
    """Abilities are N(0, 1); b is N(0, 1) centred, log a N(0, 0.3²) unless Rasch, both drawn once."""

    model: str
    n: int
    n_items: int
    c: str = "none"
    """`none`; `0.2` for every item; `prior`: drawn from the prior of the fit anew in each replication."""

    @property
    def name(self) -> str:
        asymptote = (
            "" if self.c == "none" else f", c {'drawn from the prior' if self.c == 'prior' else self.c}"
        )
        return f"{self.model} {self.n:,} × {self.n_items}{asymptote}"


class Truth(NamedTuple):
    a: Floats
    b: Floats
    c: Floats


class Recovered(NamedTuple):
    """One replication."""

    errors: dict[str, Floats]
    """(J,) estimate less truth of a, d, b, c, logit c; (1,) of the sd of ability."""
    standard_errors: dict[str, Floats]
    abilities: dict[str, tuple[float, float, float, float]]
    """Of EAP, WLE or ML: bias, mean squared error, share covered, correlation with the truth."""
    converged: bool


def truth(design: Design, seed: int, replication: int) -> Truth:
    """The items of a design."""
    rng = np.random.default_rng([seed, design.n_items])
    b, a = rng.standard_normal(design.n_items), np.exp(0.3 * rng.standard_normal(design.n_items))
    if design.model.startswith("rasch"):
        a = np.ones(design.n_items)
    c = np.full(design.n_items, 0.2 if design.c == "0.2" else 0.0)
    if design.c == "prior":
        own = np.random.default_rng([seed, replication, 3])
        c = 1 / (1 + np.exp(-own.normal(DEFAULT_PRIOR.mean, DEFAULT_PRIOR.sd, design.n_items)))
    return Truth(a, b - b.mean(), c)


def answers(items: Truth, theta: Floats, rng: np.random.Generator) -> NDArray[np.int8]:
    """Simulated scores."""
    chances = items.c + (1 - items.c) / (1 + np.exp(-items.a * (theta[:, None] - items.b)))
    return np.asarray(rng.random(chances.shape) < chances, dtype=np.int8)


def recovered(design: Design, seed: int, replication: int) -> Recovered:
    """Simulate, fit, compare."""
    rng = np.random.default_rng([seed, replication, zlib.crc32(design.name.encode())])
    items, theta = truth(design, seed, replication), rng.standard_normal(design.n)
    scores = answers(items, theta, rng)
    if design.model == "rasch-cml":
        fit = fit_cml(scores)
        people = rasch_fit(scores, fit)
        scored = {"ML": persons(people.theta, people.se_theta, theta)}
    else:
        fit = fit_mml(scores, design.model, prior_c=None if design.c == "none" else DEFAULT_PRIOR)
        scored = _abilities(scores, fit, theta)
    return Recovered(*_compared(fit, items, design), scored, fit.converged)


def _compared(fit: Fit, items: Truth, design: Design) -> tuple[dict[str, Floats], dict[str, Floats]]:
    own = fit.parameters
    errors, se = {"b": own.b[:, 0] - items.b}, {"b": fit.se_b[:, 0]}
    if design.model == "rasch":
        errors["sd of ability"], se["sd of ability"] = fit.sd - 1.0, fit.se_sd
    if design.model in {"2pl", "3pl"}:
        errors |= {"a": own.a - items.a, "d": own.d[:, 0] + items.a * items.b}
        se |= {"a": fit.se_a, "d": fit.se_d[:, 0]}
    if design.model == "3pl":
        slope = own.c * (1 - own.c)
        errors |= {"c": own.c - items.c, "logit c": _logit(own.c) - _logit(items.c)}
        se |= {"c": fit.se_c, "logit c": fit.se_c / slope}
    return errors, se


def _logit(p: Floats) -> Floats:
    return np.asarray(np.log(p) - np.log1p(-p))


def _abilities(
    scores: NDArray[np.int8], fit: Fit, theta: Floats
) -> dict[str, tuple[float, float, float, float]]:
    eap = abilities.eap(scores, fit.parameters, normal_grid(121, sd=float(fit.sd[0])))
    wle = abilities.wle(scores, fit.parameters)
    return {"EAP": persons(eap.theta, eap.se, theta), "WLE": persons(wle.theta, wle.se, theta)}


def persons(found: Floats, se: Floats, theta: Floats) -> tuple[float, float, float, float]:
    """Bias, mean squared error, share covered by ± 1.96 standard errors, correlation with the truth."""
    known = np.isfinite(found) & np.isfinite(se)
    error = (found - theta)[known]
    covered = np.abs(error) <= Z * se[known]
    together = np.corrcoef(found[known], theta[known])[0, 1]
    return float(error.mean()), float((error**2).mean()), float(covered.mean()), float(together)


class Row(NamedTuple):
    """A parameter over all replications of a design."""

    parameter: str
    bias: float
    item_bias: float
    """Root mean square of the items' own biases, less what chance alone would show."""
    rmse: float
    se_ratio: float
    """Root mean squared standard error over the standard deviation of the estimates of an item."""
    coverage: float
    undefined: int
    """Estimates or standard errors that the fit did not give."""


def rows(found: list[Recovered]) -> list[Row]:
    """The table of a design."""
    return [
        _row(
            name,
            np.array([one.errors[name] for one in found]),
            np.array([one.standard_errors[name] for one in found]),
        )
        for name in found[0].errors
    ]


def _row(name: str, errors: Floats, se: Floats) -> Row:
    known = np.isfinite(errors) & np.isfinite(se)
    e, s = np.where(known, errors, np.nan), np.where(known, se, np.nan)
    variance = np.nanvar(e, axis=0, ddof=1)
    own = np.nanmean(e, axis=0) ** 2 - variance / known.sum(axis=0)
    return Row(
        name,
        float(np.nanmean(e)),
        float(np.sqrt(max(float(own.mean()), 0.0))),
        float(np.sqrt(np.nanmean(e**2))),
        float(np.sqrt(np.nanmean(s**2) / variance.mean())),
        float((np.abs(e[known]) <= Z * s[known]).mean()),
        int((~known).sum()),
    )


class DifDesign(NamedTuple):
    """Two groups, as large; the focal group's abilities are N(−impact, 1)."""

    model: str
    impact: float
    n_each: int = 500
    n_items: int = 20

    @property
    def name(self) -> str:
        return f"{self.model} data, impact {self.impact}"


def dif_replication(design: DifDesign, seed: int, replication: int) -> dict[str, tuple[float, bool]]:
    """Of each test: the share of items flagged at 5 % where none has DIF, and whether it flags the item that is
    half a logit harder for the focal group in data where one is. The item has a = 1, b = 0."""
    rng = np.random.default_rng([seed, replication, zlib.crc32(design.name.encode())])
    items = truth(Design(design.model, 0, design.n_items), seed, replication)
    items.a[DIF_ITEM], items.b[DIF_ITEM] = 1.0, 0.0
    group = np.repeat([0, 1], design.n_each)
    theta = rng.standard_normal(2 * design.n_each) - design.impact * group
    fair = answers(items, theta, rng)
    harder = items._replace(b=items.b + DIF_SIZE * (np.arange(design.n_items) == DIF_ITEM))
    unfair = np.where(group[:, None] == 1, answers(harder, theta, rng), answers(items, theta, rng))
    quiet, loud = dif_flags(fair, group), dif_flags(unfair.astype(np.int8), group)
    return {name: (float(quiet[name].mean()), bool(loud[name][DIF_ITEM])) for name in quiet}


def dif_flags(scores: NDArray[np.int8], group: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Which items each test flags."""
    mh, logistic, std, shared = (columns(analysed(scores, group, method)) for method in METHODS)
    p = {
        "MH, with continuity correction": mh["p"],
        "MH, without": columns(analysed(scores, group, correction=False))["p"],
        "logistic, uniform": logistic["lr_uniform_p"],
        "logistic, non-uniform": logistic["lr_nonuniform_p"],
        "logistic, both": logistic["lr_both_p"],
        "standardisation, its test": std["p"],
        "SIBTEST": shared["p"],
        "SIBTEST, crossing": shared["cross_p"],
    }
    flags = {name: np.asarray(values < 0.05) for name, values in p.items()}
    return {**flags, "standardisation, rule above 0.10": std["flagged"]}


# ── severity of assessors ────────────────────────────────────────────────────────────────────


class Ratings(NamedTuple):
    """Categories 0 to 3, and who is rated by whom on what; `ability` of each candidate."""

    category: NDArray[np.int64]
    candidate: NDArray[np.int64]
    assessor: NDArray[np.int64]
    task: NDArray[np.int64]
    ability: Floats


class RatedDesign(NamedTuple):
    """Candidates who are each rated on all tasks by some of a pool of assessors, drawn for each."""

    n: int
    n_assessors: int
    n_tasks: int
    each: int

    @property
    def name(self) -> str:
        return f"{self.n:,} candidates, {self.each} of {self.n_assessors} assessors, {self.n_tasks} tasks"


def rated(
    n: int, n_assessors: int, n_tasks: int, each: int, *, seed: int, replication: int
) -> tuple[Ratings, Floats]:
    """Ratings by the many-facet model, and the severity of each assessor: N(0, 0.5²), drawn once for a design
    and centred. Abilities are N(0, 1.3²), difficulties N(0, 0.5²), steps −1, 0, 1."""
    rng = np.random.default_rng([seed, n_assessors])
    severity, difficulty = rng.normal(0, 0.5, n_assessors), rng.normal(0, 0.5, n_tasks)
    severity -= severity.mean()
    rng = np.random.default_rng([seed, n, n_assessors, each, replication])
    ability = rng.normal(0, 1.3, n)
    by = np.concatenate([rng.choice(n_assessors, each, replace=False) for _ in range(n)])
    candidate, assessor = np.repeat(np.arange(n), each * n_tasks), np.repeat(by, n_tasks)
    task = np.tile(np.arange(n_tasks), n * each)
    steps = (ability[candidate] - severity[assessor] - difficulty[task])[:, None] - np.array([-1.0, 0.0, 1.0])
    logits = np.concatenate([np.zeros((len(task), 1)), np.cumsum(steps, axis=1)], axis=1)
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    category = (chances.cumsum(axis=1) < rng.random((len(task), 1))).sum(axis=1)
    return Ratings(category, candidate, assessor, task, ability), severity


def severity_recovered(design: RatedDesign, seed: int, replication: int) -> Recovered:
    """Simulate ratings, fit, compare."""
    ratings, severity = rated(*design, seed=seed, replication=replication)
    fit = fit_many_facet(ratings.category, ratings.candidate, ratings.task, [ratings.assessor])
    found = fit.facets[0]
    return Recovered(
        {"severity": found.measure - severity, "sd of ability": np.array([fit.sd - 1.3])},
        {"severity": found.se, "sd of ability": np.array([fit.se_sd])},
        {"EAP": persons(fit.eap, fit.se_eap, ratings.ability)},
        fit.converged,
    )


RATED_DESIGNS = (
    RatedDesign(60, 6, 5, 2), RatedDesign(200, 6, 5, 2), RatedDesign(200, 20, 5, 2), RatedDesign(1000, 20, 5, 2),
    RatedDesign(200, 3, 5, 3),
)  # fmt: skip

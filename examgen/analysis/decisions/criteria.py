"""What candidates earned → true states in which criteria share an ability and have parts of their own.

A pass rule on criteria asks how far a candidate's true scores in them lie apart, which one ability for all
cannot say. Here every criterion has an ability of its own, normal with variance 1; two of them correlate as
much as the closest group that holds both does: of one element, of one unit, of one exam. An item follows
Samejima's (1969) graded model on the ability of its criterion, its categories being the units that it earns
(wrong and right; with a penalty wrong, blank and right; parts of points):

    P(U ≥ u_k | θ) = 1 / (1 + exp(−(s a θ + d_k)))

The thresholds d_k are those that give back the shares of candidates who earned u_k or more. The scale s and
the correlations are fitted to the covariances of pairs of items (limited information; McDonald, 1997): with
the Hermite coefficients h of an item's expected units, the covariance of two items whose abilities correlate
by r is Σ_k r^k h_ik h_jk. So pairs of items of one criterion tell s, and pairs of two criteria their
correlation: disattenuated, for the error of single items is in none of these covariances.

The shared part of ability need not be normal: where there are candidates enough, and their totals do not lie
as a normal distribution has them, it is one under which they do, by a few steps of the EM algorithm on a
histogram (Mislevy, 1984); few steps, for many would follow the noise.

References
----------
McDonald, R. P. (1997). Normal-ogive multidimensional model. In W. J. van der Linden & R. K. Hambleton (Eds.),
    Handbook of modern item response theory (pp. 257–269). Springer.
Lilliefors, H. W. (1967). On the Kolmogorov–Smirnov test for normality with mean and variance unknown.
    Journal of the American Statistical Association, 62, 399–402.
Mislevy, R. J. (1984). Estimating latent distributions. Psychometrika, 49, 359–381.
Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores. Psychometrika
    Monograph 17.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.decisions.agreement import Floats

Ints = NDArray[np.int64]

_N_NODES = 48
_N_TERMS = 14
_LEAST_PAIRS = 10
"""Candidates who had both items of a pair; with fewer it is left out."""


class Earned(NamedTuple):
    """What N candidates earned on J items, and where the items belong.

    `category` (N, J) counts the units that an item can earn from the fewest, -1 where the item was not on
    the candidate's form; `units` (J, K) what each category earns, NaN beyond an item's own. `criterion` (J,)
    is the criterion of each item, and `groups` say of each level above, from the narrowest, to which group
    each of the C criteria belongs: elements (C,), then units (C,).
    """

    category: NDArray[np.int8]
    units: Floats
    criterion: Ints
    groups: tuple[Ints, ...]


class Distribution(NamedTuple):
    """Equally spaced nodes and weights that sum to 1."""

    nodes: Floats
    weights: Floats


class CriteriaModel(NamedTuple):
    """The fitted model.

    `correlations` are those of two criteria of one group, level by level as in `Earned.groups`, and last of
    two criteria of different groups of the widest level; each is at most the one before. NaN of a level on
    which no pair of criteria has its closest group.
    """

    slopes: Floats
    """(J,) s a: of the abilities with variance 1."""
    thresholds: Floats
    """(J, K − 1) of the categories above the lowest; NaN beyond an item's own."""
    units: Floats
    criterion: Ints
    groups: tuple[Ints, ...]
    correlations: tuple[float, ...]
    n_candidates: int
    shares: Floats
    """(J, K − 1) of candidates who earned so much of an item, which the thresholds give back."""
    general: Distribution
    """Of the shared part of ability."""


def fit_criteria(earned: Earned, relative: Floats) -> CriteriaModel:
    """The model of what candidates earned; `relative` (J,) are the slopes of items against each other, 1 of
    each where too few candidates tell them apart.

    Raises ValueError with fewer than two items that vary.
    """
    from scipy.optimize import minimize

    seen = _Seen(earned)
    if np.count_nonzero(seen.spread > 0) < 2:
        raise ValueError("fewer than two items vary")
    nearness = _nearness(earned)
    levels = [
        level for level in range(1, len(earned.groups) + 2) if (seen.weights[nearness == level] > 0).any()
    ]
    free = np.clip(relative, 0.0, 4.0)
    start = np.array([0.0, *[0.8] * len(levels)])
    within = bool((seen.weights[nearness == 0] > 0).any())

    def correlations(x: Floats) -> Floats:
        # without two items of one criterion, only products of scale and correlation are known
        steps = x[1:] if within else np.concatenate([[1.0], x[2:]])
        return np.cumprod(steps)

    def loss(x: Floats) -> float:
        slopes = np.exp(x[0]) * free
        expected = _expected(slopes, thresholds_of(seen.shares, slopes), earned.units)
        at = dict(zip(levels, correlations(x).tolist(), strict=True))
        return _misfit(seen, nearness, expected, at)

    bounds = [(-3.0, 1.8), *[(0.0, 1.0)] * len(levels)]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 60, "ftol": 1e-10})
    slopes = np.exp(found.x[0]) * free
    at = dict(zip(levels, correlations(np.asarray(found.x)).tolist(), strict=True))
    told = tuple(at.get(level, float("nan")) for level in range(1, len(earned.groups) + 2))
    thresholds = thresholds_of(seen.shares, slopes)
    n = len(earned.category)
    structure = (earned.units, earned.criterion, earned.groups)
    return CriteriaModel(slopes, thresholds, *structure, told, n, seen.shares, _NORMAL)


class _Seen:
    """What the fit is made to: shares of categories (J, K − 1), and covariances of items with weights."""

    def __init__(self, earned: Earned) -> None:
        category, units = earned.category, earned.units
        given = (category >= 0).astype(np.float64)
        n = given.sum(axis=0)
        above = [(category >= k).sum(axis=0) for k in range(1, units.shape[1])]
        # half a candidate each: an item that all had right is not one that nobody can have wrong
        shares = np.stack([(own + 0.5) / (n + 1.0) for own in above], axis=1)
        self.shares = np.where(np.isfinite(units[:, 1:]), shares, np.nan)
        worth = np.nan_to_num(units)[np.arange(len(units)), np.maximum(category, 0)]
        mean = (worth * given).sum(axis=0) / np.maximum(n, 1.0)
        centred = (worth - mean) * given
        both = given.T @ given
        with np.errstate(divide="ignore", invalid="ignore"):
            self.covariances = np.where(both > 0, centred.T @ centred / both, 0.0)
        self.spread = np.diag(self.covariances).copy()
        scale = np.outer(self.spread, self.spread)
        usable = (both >= _LEAST_PAIRS) & (scale > 0)
        self.weights = np.where(usable, both / np.where(usable, scale, 1.0), 0.0)
        self.weights = np.triu(self.weights, 1) / max(float(both.max()), 1.0)


def _nearness(earned: Earned) -> Ints:
    """(J, J) how wide the narrowest group is that holds both items: 0 a criterion, then level by level."""
    own = earned.criterion
    found = np.full((len(own), len(own)), len(earned.groups) + 1)
    for level, group in reversed(list(enumerate(earned.groups, start=1))):
        found[group[own][:, None] == group[own]] = level
    found[own[:, None] == own] = 0
    return found


# ── curves ───────────────────────────────────────────────────────────────────────────────────


def _normal_nodes() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(_N_NODES)
    return nodes, weights / weights.sum()


_NODES, _WEIGHTS = _normal_nodes()


def _hermite() -> Floats:
    """(terms, nodes) normalised Hermite polynomials from the first on, times the weights."""
    every = np.empty((_N_TERMS + 1, _N_NODES))
    every[0], every[1] = 1.0, _NODES
    for k in range(1, _N_TERMS):
        every[k + 1] = (_NODES * every[k] - np.sqrt(k) * every[k - 1]) / np.sqrt(k + 1.0)
    return np.asarray(every[1:] * _WEIGHTS)


_HERMITE = _hermite()
_N_GENERAL, _REACH = 60, 3.4


def _normal() -> Distribution:
    nodes = np.linspace(-_REACH, _REACH, _N_GENERAL)
    weights = np.exp(-0.5 * nodes**2)
    return Distribution(nodes, weights / weights.sum())


_NORMAL = _normal()


def thresholds_of(shares: Floats, slopes: Floats, of: Distribution | None = None) -> Floats:
    """(J, K − 1) the d_k with ∫ logistic(a θ + d_k) f(θ) dθ equal to the shares, by Newton steps; f is the
    standard normal density, or what is said."""
    nodes, weights = (_NODES, _WEIGHTS) if of is None else of
    target = np.clip(shares, 1e-4, 1.0 - 1e-4)
    found = np.log(target / (1.0 - target)) * np.sqrt(1.0 + slopes[:, None] ** 2 / 2.89)
    linear = slopes[:, None, None] * nodes
    for _ in range(8):
        p = _logistic(linear + found[:, :, None])
        miss, slope = p @ weights - target, (p * (1.0 - p)) @ weights
        found = found - np.clip(miss / np.maximum(slope, 1e-9), -2.0, 2.0)
    return np.asarray(found)


def _expected(slopes: Floats, thresholds: Floats, units: Floats) -> Floats:
    """(J, nodes) expected units above the lowest."""
    above = _logistic(slopes[:, None, None] * _NODES + thresholds[:, :, None])
    steps = np.diff(units, axis=1)
    return np.asarray((np.nan_to_num(steps)[:, :, None] * np.nan_to_num(above)).sum(axis=1))


def _logistic(z: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))


def _misfit(seen: _Seen, nearness: Ints, expected: Floats, correlations: dict[int, float]) -> float:
    """Σ w (covariance − that of the model)²."""
    middle = expected - (expected @ _WEIGHTS)[:, None]
    modelled = (middle * _WEIGHTS) @ middle.T
    coefficients = expected @ _HERMITE.T
    powers = np.arange(1, _N_TERMS + 1)
    for level, r in correlations.items():
        own = (coefficients * r**powers) @ coefficients.T
        modelled = np.where(nearness == level, own, modelled)
    return float((seen.weights * (seen.covariances - modelled) ** 2).sum())


# ── the shared part of ability ───────────────────────────────────────────────────────────────

_N_CLASSES, _OF_EACH, _ROUNDS = 40, 400, 3
_LILLIEFORS = 0.886
"""√n times the distance of two cumulative distributions, beyond which it is no chance (5 %) where mean and
spread were fitted (Lilliefors, 1967)."""


def adapted(model: CriteriaModel, earned: Earned, n_steps: int, seed: int = 1) -> CriteriaModel:
    """The model with the distribution of the shared part under which totals are as they were seen.

    Totals are taken as shares of what a form gives, in 40 classes; the chance of each class at each node is
    counted among simulated candidates. `n_steps` of EM, three times, the thresholds found anew after each;
    none where totals lie as a normal distribution has them, within chance.
    """
    rng = np.random.default_rng(seed)
    given = earned.category >= 0
    worth = np.nan_to_num(earned.units)[np.arange(len(earned.units)), np.maximum(earned.category, 0)]
    counts = np.bincount(_classes(model, (worth * given).sum(axis=1), given), minlength=_N_CLASSES + 1)
    node = np.repeat(np.arange(_N_GENERAL), _OF_EACH)
    for _ in range(_ROUNDS if n_steps else 0):
        who = rng.integers(0, len(given), len(node))
        abilities = true_abilities(model, _near(model.general.nodes[node], rng), rng)
        totals = drawn_units(model, abilities, given[who], rng).sum(axis=1)
        chances = np.full((_N_GENERAL, _N_CLASSES + 1), 1e-3)
        np.add.at(chances, (node, _classes(model, totals, given[who])), 1.0)
        chances /= chances.sum(axis=1, keepdims=True)
        weights = model.general.weights
        apart = np.abs(np.cumsum(weights @ chances) - np.cumsum(counts) / counts.sum()).max()
        if weights is _NORMAL.weights and apart * np.sqrt(len(given)) < _LILLIEFORS:
            break
        for _ in range(n_steps):
            belongs = weights[:, None] * chances
            weights = (belongs / belongs.sum(axis=0) * counts).sum(axis=1) / counts.sum()
        model = model._replace(general=Distribution(model.general.nodes, weights))
        model = model._replace(thresholds=thresholds_of(model.shares, model.slopes, _of_one(model)))
    return model


def _classes(model: CriteriaModel, totals: Floats | Ints, given: NDArray[np.bool_]) -> Ints:
    """(n,) classes of totals, from the least to the most that the items of each form give."""
    least = given @ np.nan_to_num(model.units[:, 0])
    most = given @ np.nanmax(model.units, axis=1)
    share = (totals - least) / np.maximum(most - least, 1.0)
    return np.asarray(np.rint(np.clip(share, 0.0, 1.0) * _N_CLASSES), dtype=np.int64)


def _of_one(model: CriteriaModel) -> Distribution:
    """Of the ability of one criterion: the shared part and its own, as a histogram."""
    widest = _known(model)[-1]
    own, chance = np.polynomial.hermite_e.hermegauss(15)
    ability = np.sqrt(widest) * model.general.nodes[:, None] + np.sqrt(1.0 - widest) * own
    weights = model.general.weights[:, None] * chance / chance.sum()
    nodes = np.linspace(-5.0, 5.0, 81)
    place = (np.clip(ability, -4.999, 4.999) + 5.0) * 8.0
    left = place.astype(np.int64)
    found = np.zeros(len(nodes))
    np.add.at(found, left, weights * (1.0 - (place - left)))
    np.add.at(found, left + 1, weights * (place - left))
    return Distribution(nodes, found)


def drawn_general(model: CriteriaModel, n: int, rng: np.random.Generator) -> Floats:
    """(n,) shared parts, one of each equal part of the distribution: how a sample would spread is not left
    to chance."""
    ends = np.cumsum(model.general.weights)
    place = np.searchsorted(ends, (np.arange(n) + rng.random(n)) / n * ends[-1])
    return _near(model.general.nodes[np.minimum(place, _N_GENERAL - 1)], rng)


def _near(nodes: Floats, rng: np.random.Generator) -> Floats:
    """Anywhere between a node and its neighbours' middles."""
    step = 2.0 * _REACH / (_N_GENERAL - 1)
    return np.asarray(nodes + (rng.random(len(nodes)) - 0.5) * step)


# ── administrations ──────────────────────────────────────────────────────────────────────────


def true_abilities(model: CriteriaModel, general: Floats, rng: np.random.Generator) -> Floats:
    """(n, C) abilities by criterion of candidates whose shared part is `general` (n,).

    Variances of the parts: r of the widest level for the shared one, what each narrower level adds for its
    groups, and the rest for the criterion itself.
    """
    n_criteria = int(model.criterion.max(initial=-1)) + 1 if not model.groups else len(model.groups[0])
    widest, *narrower = _known(model)[::-1]
    found = np.sqrt(widest) * np.repeat(general[:, None], n_criteria, axis=1)
    before = widest
    for group, r in zip(reversed(model.groups), narrower, strict=True):
        part = rng.standard_normal((len(general), int(group.max(initial=0)) + 1))
        found += np.sqrt(max(r - before, 0.0)) * part[:, group]
        before = r
    return np.asarray(found + np.sqrt(max(1.0 - before, 0.0)) * rng.standard_normal(found.shape))


def _known(model: CriteriaModel) -> list[float]:
    """The correlations, that of a level without pairs being that of the next wider one."""
    known, after = [], float("nan")
    for r in reversed(model.correlations):
        after = r if np.isfinite(r) else after
        known.append(after)
    # where even the widest is unknown, no two criteria meet there: any will do
    first = next((r for r in known if np.isfinite(r)), 1.0)
    return [r if np.isfinite(r) else first for r in known][::-1]


def true_units(model: CriteriaModel, abilities: Floats, given: NDArray[np.bool_]) -> Floats:
    """(n, C) units expected in each criterion, of the items on the candidate's form (n, J)."""
    found = np.zeros(abilities.shape)
    for j, c in enumerate(model.criterion.tolist()):
        own = np.isfinite(model.thresholds[j])
        above = _logistic(model.slopes[j] * abilities[:, c, None] + model.thresholds[j, own])
        steps = np.diff(model.units[j])[own]
        found[:, c] += np.where(given[:, j], model.units[j, 0] + above @ steps, 0.0)
    return found


def drawn_units(
    model: CriteriaModel, abilities: Floats, given: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """(n, C) whole units earned in each criterion in one administration."""
    found = np.zeros(abilities.shape, dtype=np.int64)
    for j, c in enumerate(model.criterion.tolist()):
        own = np.isfinite(model.thresholds[j])
        u = rng.random(len(abilities))
        with np.errstate(divide="ignore"):
            # P(U ≥ u_k) > v is a θ + d_k > logit v
            z = model.slopes[j] * abilities[:, c] - np.log(u / (1.0 - u))
        worth = np.full(len(abilities), model.units[j, 0])
        for d, step in zip(model.thresholds[j, own], np.diff(model.units[j])[own], strict=True):
            worth += step * (z + d > 0)
        found[:, c] += np.where(given[:, j], worth, 0.0).astype(np.int64)
    return found

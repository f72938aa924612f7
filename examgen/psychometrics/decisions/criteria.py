"""What candidates earned → true states in which criteria share an ability and have parts of their own.

A pass rule on criteria asks how far a candidate's true scores in them lie apart, which one ability for all
cannot say. Here every criterion has an ability of its own, with variance 1; two of them correlate as much as
the closest group that holds both does: of one element, of one unit, of one exam. An item follows Samejima's
(1969) graded model on the ability of its criterion, its categories being the units that it earns (wrong and
right; with a penalty wrong, blank and right; parts of points); one of two categories may be guessed right:

    P(U ≥ u_k | θ) = c + (1 − c) / (1 + exp(−(a θ + d_k)))

Items of one criterion that share a text have besides it a part in common that another text would not have: θ
is then the ability plus a draw for this candidate and this text (Bradlow, Wainer & Wang, 1999). `likelihood`
fits the model.

References
----------
Bradlow, E. T., Wainer, H., & Wang, X. (1999). A Bayesian random effects model for testlets. Psychometrika,
    64, 153–168.
Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores. Psychometrika
    Monograph 17.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.decisions.consistency import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class EarnedCategories(NamedTuple):
    """What N candidates earned on J items, and where the items belong.

    `category` (N, J) counts the units that an item can earn from the fewest, -1 where the item was not on
    the candidate's form; `units` (J, K) what each category earns, NaN beyond an item's own. `criterion` (J,)
    is the criterion of each item, and `groups` say of each level above, from the narrowest, to which group
    each of the C criteria belongs: elements (C,), then units (C,). `text` (J,) is what an item shares with
    others, -1 of one that shares nothing.
    """

    category: NDArray[np.int8]
    units: Floats
    criterion: Ints
    groups: tuple[Ints, ...]
    text: Ints


class AbilityDistribution(NamedTuple):
    """Equally spaced nodes and weights that sum to 1; mean 0, variance 1."""

    nodes: Floats
    weights: Floats


class CriteriaModel(NamedTuple):
    """The fitted model.

    `correlations` are those of two criteria of one group, level by level as in `EarnedCategories.groups`, and
    last of two criteria of different groups of the widest level; each is at most the one before. NaN of a
    level on which no pair of criteria has its closest group.
    """

    slopes: Floats
    """(J,) of the abilities with variance 1."""
    thresholds: Floats
    """(J, K − 1) of the categories above the lowest; NaN beyond an item's own."""
    guessing: float
    """c of the items of two categories."""
    units: Floats
    criterion: Ints
    groups: tuple[Ints, ...]
    correlations: tuple[float, ...]
    n_candidates: int
    general: AbilityDistribution
    """Of the shared part of ability."""
    text: Ints
    """(J,) which draw an item has with others of its criterion, -1 of none."""
    text_sd: float
    """Of these draws."""
    redrawn: tuple[Bools, ...]
    """Of criteria, elements, units: whose own part is another in every administration."""


def at_worst(model: CriteriaModel, shared: Ints) -> CriteriaModel:
    """The model in which whatever criteria with shared texts have of their own is due to the texts: that of
    a criterion where a text has two of its items or more, that of a group where a text goes through several
    criteria of it. `shared` (J,) are the texts. No administration could agree with another less."""
    found = []
    levels = (np.arange(len(model.groups[0])), *model.groups)
    for below, own in zip((None, *levels), levels, strict=False):
        marked = np.zeros(int(own.max(initial=0)) + 1, dtype=np.bool_)
        for text in np.unique(shared[shared >= 0]):
            items = np.flatnonzero(shared == text)
            of = own[model.criterion[items]]
            parts = items if below is None else below[model.criterion[items]]
            for group in np.unique(of):
                marked[group] |= len(np.unique(parts[of == group])) > 1
        found.append(marked)
    return model._replace(redrawn=tuple(found))


# ── administrations ──────────────────────────────────────────────────────────────────────────


def drawn_general(model: CriteriaModel, n: int, rng: np.random.Generator) -> Floats:
    """(n,) shared parts, one of each equal part of the distribution: how a sample would spread is not left
    to chance. Anywhere between a node and its neighbours' middles."""
    nodes, weights = model.general
    ends = np.cumsum(weights)
    place = np.searchsorted(ends, (np.arange(n) + rng.random(n)) / n * ends[-1])
    step = nodes[1] - nodes[0]
    return np.asarray(nodes[np.minimum(place, len(nodes) - 1)] + (rng.random(n) - 0.5) * step)


def true_abilities(models: Sequence[CriteriaModel], general: Floats, rng: np.random.Generator) -> Floats:
    """(C, M, n) abilities by criterion of candidates whose shared part is `general` (n,), by each of M models
    that differ in their parameters alone: what of them stays. The same draws for each model.

    Variances of the parts: r of the widest level for the shared one, what each narrower level adds for its
    groups, and the rest for the criterion itself.
    """
    shared = np.array([np.sqrt(_known(model)[-1]) * general for model in models])
    everywhere = np.repeat(shared[None], len(models[0].groups[0]), axis=0)
    return _with_own_parts(models, everywhere, np.arange(len(general)), rng, again=False)


def _with_own_parts(
    models: Sequence[CriteriaModel], abilities: Floats, order: Ints, rng: np.random.Generator, *, again: bool
) -> Floats:
    """Abilities (C, M, n) with the parts of each level that are drawn again or not; `order` (n,) as in
    `drawn_units`."""
    of_models = [_variances(model, again=again) for model in models]
    for level, group in enumerate((np.arange(len(abilities)), *models[0].groups)):
        variances = np.array([own[level] for own in of_models])
        if variances.any():
            drawn = rng.standard_normal((abilities.shape[2], variances.shape[1]))[order]
            parts = np.sqrt(variances.T)[:, :, None] * drawn.T[:, None, :]
            abilities = abilities + parts[group]
    return abilities


def _variances(model: CriteriaModel, *, again: bool) -> list[Floats]:
    """Of each level the variance of the own parts of its groups that are drawn again or not; else 0."""
    known = [1.0, *_known(model)]
    return [
        np.where(redrawn == again, max(narrow - wide, 0.0), 0.0)
        for narrow, wide, redrawn in zip(known[:-1], known[1:], model.redrawn, strict=True)
    ]


def _known(model: CriteriaModel) -> list[float]:
    """The correlations, that of a level without pairs being that of the next wider one."""
    known, after = [], float("nan")
    for r in reversed(model.correlations):
        after = r if np.isfinite(r) else after
        known.append(after)
    # where even the widest is unknown, no two criteria meet there: any will do
    first = next((r for r in known if np.isfinite(r)), 1.0)
    return [r if np.isfinite(r) else first for r in known][::-1]


def true_units(model: CriteriaModel, abilities: Floats, given: Bools) -> Floats:
    """(n, C) units expected in each criterion of abilities (C, n), of the items on the candidate's form
    (n, J), over all texts that an administration could have."""
    found = np.zeros(abilities.shape)
    levels = (np.arange(len(abilities)), *model.groups)
    parts = zip(_variances(model, again=True), levels, strict=True)
    varied = sum((own[group] for own, group in parts), np.zeros(len(abilities)))
    points, weights = np.polynomial.hermite_e.hermegauss(9)
    for j, (c, span) in enumerate(zip(model.criterion.tolist(), _spans(given), strict=True)):
        own = np.isfinite(model.thresholds[j])
        steps = np.diff(model.units[j])[own]
        variance = float(varied[c]) + (model.text_sd**2 if model.text[j] >= 0 else 0.0)
        draws = (
            zip(points * np.sqrt(variance), weights / weights.sum(), strict=True)
            if variance
            else [(0.0, 1.0)]
        )
        c_of = model.guessing if own.sum() == 1 else 0.0
        is_given = given[span, j]
        for off, weight in draws:
            z = model.slopes[j] * (abilities[c, span, None] + off) + model.thresholds[j, own]
            above = c_of + (1.0 - c_of) * 0.5 * (1.0 + np.tanh(0.5 * z))
            worth = above[:, 0] * steps[0] if len(steps) == 1 else above @ steps
            found[c, span] += is_given * (weight * (model.units[j, 0] + worth))
    return found.T


def drawn_units(
    models: Sequence[CriteriaModel],
    abilities: Floats,
    given: Bools,
    order: Ints,
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """(M, n, C) whole units earned in each criterion in one administration, by each of M models that differ
    in their parameters alone, of abilities (C, M, n). The same draws for each model; `order` (n,) says whose
    draws a candidate has. It is quickest where those with an item, of `given` (n, J), stand together."""
    first, n = models[0], len(given)
    again = _with_own_parts(models, abilities, order, rng, again=True)
    texts = rng.standard_normal((n, int(first.text.max(initial=-1)) + 1))[order]
    slopes, thresholds = np.array([m.slopes for m in models]), np.array([m.thresholds for m in models])
    guessing, text_sd = np.array([[m.guessing] for m in models]), np.array([[m.text_sd] for m in models])
    found = np.zeros(again.shape, dtype=np.int32)
    for j, (c, span) in enumerate(zip(first.criterion.tolist(), _spans(given), strict=True)):
        own, is_given, u = np.isfinite(first.thresholds[j]), given[span, j], rng.random(n)[order[span]]
        # without guessing the same for all models
        c_of = guessing if own.sum() == 1 and guessing.any() else np.zeros((1, 1))
        # c + (1 − c) p > u is p > (u − c) / (1 − c)
        odds = np.maximum(u - c_of, 0.0) / (1.0 - c_of)
        with np.errstate(divide="ignore"):
            logits = np.log(odds / (1.0 - odds))
        ability = again[c, :, span]
        if first.text[j] >= 0:
            ability = ability + text_sd * texts[span, first.text[j]]
        # P(U ≥ u_k) > u is a θ + d_k > logit u
        z = slopes[:, j, None] * ability
        z -= logits
        least, everybody = np.int32(first.units[j, 0]), bool(is_given.all())
        if least:
            found[c, :, span] += least * is_given
        for k, step in zip(np.flatnonzero(own), np.diff(first.units[j])[own], strict=True):
            reached = z > -thresholds[:, j, k, None]
            found[c, :, span] += np.int32(step) * (reached if everybody else reached & is_given)
    return found.transpose(1, 2, 0)


def _spans(given: Bools) -> list[slice]:
    """Of each item from the first to the last candidate who had it."""
    first, after = given.argmax(axis=0), len(given) - given[::-1].argmax(axis=0)
    return [slice(*ends) for ends in zip(first.tolist(), after.tolist(), strict=True)]

"""Items of any model, in one group of candidates or several → where the log posterior is highest.

Its value by one step of expectation, its gradient by one of maximisation, and its observed information: that
of the complete data less the covariance of their scores under the posterior (Louis, 1982),
Σ_i [E(s_i s_i′ | x_i) − E(s_i | x_i) E(s_i | x_i)′], with s_i the derivative of candidate i's log likelihood
at a node. The first part needs, for each node, only the weighted products of the columns among themselves.

A candidate's log likelihood at node q is Σ_j λ_jq + Σ_c z_c β_cq over the items answered, for any model: λ is
log P_0 of an item and β is log P_k − log P_0 in the column of category k. Groups share the items, not the
distribution of ability; their expected counts add up.

References
----------
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm. Psychometrika, 46, 443–459.
Bock, R. D., & Zimowski, M. F. (1997). Multiple group IRT. In Handbook of modern item response theory.
Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B, 44, 226–233.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.mml_ascent import (
    EM_STEPS,
    MOST_STEPS,
    NEAR,
    TOLERANCE,
    Evaluation,
    Objective,
    maximise,
    newton,
    roughly,
)
from examgen.stats.mml_curves import CategoryCurves
from examgen.stats.mml_responses import (
    PatternRows,
    Responses,
    by_pattern,
    posteriors,
    prepare,
)
from examgen.stats.quadrature import Ability, Grid, ability, renormalised

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]
LEAST_SD, FARTHEST = 0.05, 20.0
"""Ends of the standard deviation of ability, and of its mean."""
LONGEST_STEP = 1.5
"""A step of an item is shortened until no slope, intercept or logit c moves farther."""
CHEAP = 2e8
"""Multiplications of one observed information below which Newton starts early."""
MOST_PARAMETERS = 4000
"""Beyond this many free parameters no matrix among them is built."""
_PARTS = 8
"""Parts of the responses at a time: N × Q posterior weights are held for so many."""
_NEAR, _ALIKE = 0.5, 1e-3
"""Differences of log-likelihood: of two points on the way to one maximum, and what is no difference."""
_MANY_PRODUCTS = 3e7
"""Of columns, rows and nodes; so many are summed in float32. That moves standard errors by 6e-7 to 7e-5 of
themselves (tried with 1,500 candidates: 3PL of 20 to 100 items, graded and partial credit of 10 to 60),
and by 3e-4 where 200 steep 3PL items are known from so few. Not where all have one slope: its sum over items
has lost some of these digits."""
_NEGLIGIBLE = 1e-9
"""A posterior weight below this adds nothing to an information."""
_ENDLESS = 30.0
"""A slope that has come so far in absolute value may have no end."""
_STEEP = 1e15
"""A derivative beyond this is of an answer that has no chance at its node; its square still fits float32."""
_ALIASED = 1e-5
"""Share of a posterior by which every second node may be off, in the mean, to stand for all. Standard errors
are then off by about twice that share at most: tried with limits from 1e-7 to 1e-2 on nine fits of 1,500
candidates (3PL of 30 to 60 items, graded and partial credit of 15 to 30, a group of mean 2.5), the largest
moves were 1e-5 of an error at this limit, 2e-4 at 1e-4, 2e-2 at 1e-2."""
_FAR_OFF = 1e3
"""What a share of a posterior at the end nodes counts, as a share that is off. Products of two derivatives go
with the square of ability at most, 36 at the ends: what is cut off there stays well below the limit."""


class ItemBlock(NamedTuple):
    """Items with the same number of categories."""

    items: Indices
    """(B,) places among the items of the fit."""
    n_categories: int
    columns: Indices
    """(B, K − 1) columns of categories 1 … K − 1."""
    width: int
    """Slots that they use."""


class MarginalProblem(NamedTuple):
    """Data, model and which parameters are free. S slots an item; one with fewer leaves the last unused."""

    groups: tuple[Responses, ...]
    blocks: tuple[ItemBlock, ...]
    curves: CategoryCurves
    grid: Grid
    free: Flags
    """(J, S)."""
    lower: Floats
    """(S,) least value of each slot."""
    upper: Floats
    group_free: Flags
    """(G, 2) mean and standard deviation of ability."""
    one_slope: bool = False
    """All slopes are the same, and count as one."""
    as_density: bool = False
    """Weights of the nodes are those of the density and not made to sum to 1: see `ability`."""
    precision: type[np.floating[Any]] = np.float64
    """Of posteriors."""

    @property
    def starts(self) -> Indices:
        """(P,) place of each free parameter among the free ones of all items and groups: a slope that is the
        same for all stands for those up to the next place."""
        n_slopes = int(self.free[:, 0].sum())
        places = np.arange(int(self.free.sum() + self.group_free.sum()))
        return np.delete(places, slice(1, n_slopes)) if self.one_slope else places

    @property
    def of_items(self) -> tuple[Indices, Indices]:
        """Slot and item of each free parameter of items, in the order of `pack`."""
        slot, item = np.nonzero(self.free.T)
        own = self.starts[self.starts < len(slot)]
        return slot[own], item[own]

    @property
    def straight(self) -> bool:
        """Whether log P_k − log P_0 is a straight line by ability, for every item."""
        return self.curves.lines(np.zeros((1, 2))) is not None and len(self.grid.nodes) > 1

    def rough(self, every: int) -> MarginalProblem:
        """The same in float32 on some of the nodes: its maximum is near, in a fraction of the time."""
        groups = tuple(own.anew() for own in self.groups)
        return self._replace(groups=groups, grid=self.grid.every(every), precision=np.float32)


def marginal_problem(
    groups: Sequence[NDArray[np.int8]],
    n_categories: NDArray[np.intp],
    curves: CategoryCurves,
    grid: Grid,
    free: Flags,
    lower: Floats,
    upper: Floats,
    group_free: Flags,
    one_slope: bool = False,
    as_density: bool = False,
) -> MarginalProblem:
    """The problem of one matrix of scores for each group, with the same items in the same columns."""
    starts = np.concatenate([[0], np.cumsum(n_categories - 1)[:-1]]).astype(np.intp)
    blocks = []
    for k in np.unique(n_categories):
        items = np.flatnonzero(n_categories == k)
        columns = starts[items][:, None] + np.arange(k - 1)
        blocks.append(ItemBlock(items, int(k), columns, curves.n_slots(int(k))))
    responses = tuple(prepare(scores, n_categories) for scores in groups)
    return MarginalProblem(
        responses, tuple(blocks), curves, grid, free, lower, upper, group_free, one_slope, as_density
    )


class MarginalState(NamedTuple):
    """One value of the parameters with its expectation step."""

    x: Floats
    """(J, S)."""
    group: Floats
    """(G, 2) mean and standard deviation of ability."""
    log_likelihood: float
    log_prior: float
    beta: Floats
    """(C, Q) what each column adds to a log likelihood."""
    lowest: Floats
    """(J, Q) log probability of each item's lowest category."""
    priors: tuple[Ability, ...]
    """Of each group."""
    counts: tuple[Floats, ...]
    """(B, K, Q) expected number of candidates in each category at each node, for each block: `evaluate`."""
    nodes: Floats
    """(G, Q) expected number of candidates of each group at each node."""

    @property
    def value(self) -> float:
        """Log posterior."""
        return self.log_likelihood + self.log_prior


def parts(problem: MarginalProblem, x: Floats) -> Iterator[tuple[ItemBlock, Floats, Flags]]:
    """The blocks with their parameters at x (B, width), unused slots left out, and which are free."""
    for block in problem.blocks:
        yield block, x[block.items, : block.width], problem.free[block.items, : block.width]


def inside(problem: MarginalProblem, x: Floats, group: Floats) -> bool:
    """Whether all parameters are ones that the model allows."""
    mean, sd = group.T
    if not (
        np.isfinite(group).all() and (sd >= LEAST_SD).all() and max(sd.max(), np.abs(mean).max()) <= FARTHEST
    ):
        return False
    return all(bool(problem.curves.inside(own).all()) for _, own, _ in parts(problem, x))


def evaluate(problem: MarginalProblem, x: Floats, group: Floats) -> MarginalState:
    """The expectation step at x.

    Where log P_k − log P_0 is a straight line by ability, a row needs only the height and slope of the sum of
    its lines, and a column only how many candidates it has and their mean ability: its expected counts are
    given to the two end nodes, where they have that mean.
    """
    nodes, first = problem.grid.nodes, problem.groups[0]
    n_columns = len(first.item_of)
    beta, lowest = np.empty((n_columns, len(nodes))), np.empty((first.n_items, len(nodes)))
    log_prior, lines, straight = 0.0, np.empty((n_columns, 2)), problem.straight
    for block, own, free in parts(problem, x):
        log_p = problem.curves.log_p(own, nodes)
        log_prior += float(problem.curves.log_prior(own)[0][free].sum())
        beta[block.columns], lowest[block.items] = log_p[:, 1:] - log_p[:, :1], log_p[:, 0]
        if straight:
            lines[block.columns] = problem.curves.lines(own)
    priors = tuple(ability(problem.grid, mean, float(np.log(sd))) for mean, sd in group)
    if not problem.as_density:
        priors = tuple(map(renormalised, priors))
    log_likelihood, columns, taken = 0.0, np.zeros(beta.shape), np.zeros(lowest.shape)
    moments = np.zeros(lines.shape)
    short = problem.precision
    own_beta, own_lowest, own_lines = beta.astype(short), lowest.astype(short), lines.astype(short)
    powers = np.stack([np.ones_like(nodes), nodes]).astype(short)
    at_nodes = np.zeros((len(priors), len(nodes)))
    for responses, prior, of_group in zip(problem.groups, priors, at_nodes, strict=True):
        for k, part in enumerate(responses.parts):
            z = responses.columns[part.start : part.stop].astype(short)
            added = _of_columns(z @ own_lines, powers) if straight else _of_columns(z, own_beta)
            at, masks, share, log_total = posteriors(responses, k, part, prior, own_lowest, added)
            log_likelihood += float(log_total.sum(dtype=np.float64))
            if straight:
                moments += z.T @ (share @ powers[:, at].T)
            else:
                columns[:, at] += z.T @ share
            of_patterns = by_pattern(part, share)
            taken[:, at] += masks.T @ of_patterns
            of_group[at] += of_patterns.sum(axis=0)
    if straight:
        columns[:, -1] = (moments[:, 1] - nodes[0] * moments[:, 0]) / (nodes[-1] - nodes[0])
        columns[:, 0] = moments[:, 0] - columns[:, -1]
    counts = []
    for block in problem.blocks:
        own = np.empty((len(block.items), block.n_categories, len(nodes)))
        own[:, 1:] = columns[block.columns]
        own[:, 0] = taken[block.items] - own[:, 1:].sum(axis=1)
        if not straight:  # a difference of two equal sums may be below zero by rounding
            np.maximum(own[:, 0], 0.0, out=own[:, 0])
        counts.append(own)
    return MarginalState(x, group, log_likelihood, log_prior, beta, lowest, priors, tuple(counts), at_nodes)


def _of_columns(z: Floats, beta: Floats) -> Callable[[slice], Floats]:
    """What the columns of some rows add to their log likelihoods, at some of the nodes."""
    return lambda at: z @ beta[:, at]


def group_slopes(prior: Ability, sd: float) -> tuple[Floats, Floats]:
    """(2, Q) first and (2, 2, Q) second derivatives of the log weights to mean and standard deviation."""
    first, second = prior.first.T.copy(), prior.second.transpose(1, 2, 0).copy()
    second[1, 1] -= first[1]
    scale = np.array([1.0, 1.0 / sd])
    return first * scale[:, None], second * np.outer(scale, scale)[:, :, None]


def maximised(problem: MarginalProblem, state: MarginalState) -> tuple[Floats, Floats, Floats, Floats]:
    """The maximisation step, by one Fisher scoring step an item and one of Newton for the mean and standard
    deviation of each group: new x and group, gradient (J, S) and (G, 2)."""
    x, gradient = state.x.copy(), np.zeros_like(state.x)
    for (block, own, free), counts in zip(parts(problem, state.x), state.counts, strict=True):
        x[block.items, : block.width], gradient[block.items, : block.width] = scored(
            problem, own, free, counts
        )
    group, group_gradient = state.group.copy(), np.zeros_like(state.group)
    for g, free in enumerate(problem.group_free):
        if not free.any():
            continue
        sd, nodes = float(state.group[g, 1]), state.nodes[g]
        first, second = group_slopes(state.priors[g], sd)
        slope = np.where(free, first @ nodes, 0.0)
        information = -(second @ nodes)[np.ix_(free, free)]
        step = np.zeros(2)
        if np.linalg.eigvalsh(information).min() > 1e-8:
            step[free] = np.linalg.solve(information, slope[free])
        else:
            step[free] = slope[free] * sd**2 / max(float(nodes.sum()), 1.0)
        limit = 0.5 * sd
        group[g] += step * min(1.0, limit / max(float(np.abs(step).max()), limit))
        group_gradient[g] = slope
    return x, group, gradient, group_gradient


def settled(problem: MarginalProblem, state: MarginalState, x: Floats, rounds: int) -> Floats:
    """Items fitted to the expected counts of `state` from a start x, by several scoring steps."""
    for _ in range(rounds):
        new = x.copy()
        for (block, own, free), counts in zip(parts(problem, x), state.counts, strict=True):
            new[block.items, : block.width] = scored(problem, own, free, counts)[0]
        x = new
    return x


def scored(problem: MarginalProblem, x: Floats, free: Flags, counts: Floats) -> tuple[Floats, Floats]:
    """One scoring step of a block, halved for items whose expected log posterior would fall."""
    nodes = problem.grid.nodes
    log_p = problem.curves.log_p(x, nodes)
    scores = problem.curves.scores(x, nodes, log_p)
    prior, first, second = problem.curves.log_prior(x)
    gradient = np.where(free, np.einsum("bksq,bkq->bs", scores, counts, optimize=True) + first, 0.0)
    weight = np.exp(log_p) * counts.sum(axis=1, keepdims=True)
    flat = (scores * weight[:, :, None]).transpose(0, 2, 1, 3).reshape(len(x), x.shape[1], -1)
    information = flat @ scores.transpose(0, 2, 1, 3).reshape(flat.shape).transpose(0, 2, 1)
    diagonal = np.arange(x.shape[1])
    information[:, diagonal, diagonal] -= second
    width = x.shape[1]
    lower, upper = problem.lower[:width], problem.upper[:width]
    held = ~free | ((x <= lower) & (gradient < 0)) | ((x >= upper) & (gradient > 0))
    if problem.one_slope:
        step = _of_one_slope(information, gradient, free)
    else:
        step = _solved(information, gradient, held)
        # One that would leave its range stops at the end, and the others move as if it were fixed there.
        over = ~held & ((x + step < lower) | (x + step > upper))
        if over.any():
            ended = np.where(over, np.clip(x + step, lower, upper) - x, 0.0)
            rest = gradient - np.einsum("bst,bt->bs", information, ended)
            step = np.where(over, ended, _solved(information, rest, held | over))

    def together(values: Any, total: Callable[[Any], Any]) -> Any:
        """What is of each item is of all, where they have one slope."""
        return np.full(len(values), total(values)) if problem.one_slope else values

    def expected(log_p: Floats, prior: Floats) -> Any:
        """Expected log posterior of each item."""
        own = (counts * log_p).sum(axis=(1, 2)) + np.where(free, prior, 0.0).sum(axis=1)
        return together(own, np.sum)

    longest = together(np.abs(step).max(axis=1), np.max)[:, None]
    step *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, LONGEST_STEP))
    before, size = expected(log_p, prior), np.ones((len(x), 1))
    for _ in range(8):
        new = np.clip(x + size * step, lower, upper)
        allowed = problem.curves.inside(new)
        safe = np.where(allowed[:, None], new, x)
        after = expected(problem.curves.log_p(safe, nodes), problem.curves.log_prior(safe)[0])
        worse = together(~allowed | (after < before - 1e-9 * np.abs(before)), np.any)
        if not worse.any():
            return safe, gradient
        size[worse] *= 0.5
    return np.where(worse[:, None], x, safe), gradient


def _of_one_slope(information: Floats, gradient: Floats, free: Flags) -> Floats:
    """The step of items that have one slope, slot 0: its information is what that of each item leaves when
    its other parameters follow."""
    held = ~free
    held[:, 0] = True
    with_slope = information[:, :, 0]
    follow = _solved(information, with_slope, held)
    alone = float((information[:, 0, 0] - (follow * with_slope).sum(axis=1)).sum())
    slope = float((gradient[:, 0] - (follow * gradient).sum(axis=1)).sum()) / max(alone, 1e-9)
    step = _solved(information, gradient - slope * with_slope, held)
    step[:, 0] = slope
    return step


def _solved(information: Floats, gradient: Floats, held: Flags) -> Floats:
    """information⁻¹ gradient over what is not held; 0 for what is."""
    matrix = np.where(held[:, :, None] | held[:, None, :], 0.0, information)
    diagonal = np.arange(matrix.shape[1])
    own = matrix[:, diagonal, diagonal]
    # A touch of ridge: an item may say nothing about one of its parameters.
    matrix[:, diagonal, diagonal] = np.where(held, 1.0, own * (1.0 + 1e-7) + 1e-9)
    return np.asarray(np.linalg.solve(matrix, np.where(held, 0.0, gradient)[:, :, None])[:, :, 0])


def observed_information(problem: MarginalProblem, state: MarginalState) -> Floats:
    """Minus the second derivatives of the log posterior, over free parameters in the order of `pack`."""
    nodes = problem.grid.nodes
    n_items, n_slots = problem.free.shape
    n_own = n_items * n_slots
    slopes, lowest = np.zeros((n_slots, *state.beta.shape)), np.zeros((n_slots, *state.lowest.shape))
    out = np.zeros((n_own + 2 * len(state.group),) * 2)
    for (block, own, _), counts in zip(parts(problem, state.x), state.counts, strict=True):
        scores = problem.curves.scores(own, nodes, problem.curves.log_p(own, nodes))
        bend = problem.curves.log_prior(own)[2]
        curvature = problem.curves.curvature(own, nodes, counts)
        for s in range(block.width):
            slopes[s, block.columns] = scores[:, 1:, s] - scores[:, :1, s]
            lowest[s, block.items] = scores[:, 0, s]
            for t in range(block.width):
                out[s * n_items + block.items, t * n_items + block.items] = -curvature[:, s, t]
            out[s * n_items + block.items, s * n_items + block.items] -= bend[:, s]
    for g, responses in enumerate(problem.groups):
        first, second = group_slopes(state.priors[g], float(state.group[g, 1]))
        own = n_own + 2 * g + np.arange(2)
        at = np.concatenate([np.arange(n_own), own])
        out[np.ix_(at, at)] -= _score_covariance(problem, responses, state, g, slopes, lowest, first)
        out[np.ix_(own, own)] -= second @ state.nodes[g]
    keep = np.concatenate([problem.free.T.ravel(), problem.group_free.ravel()])
    out = out[np.ix_(keep, keep)]
    if problem.one_slope:
        out = np.add.reduceat(np.add.reduceat(out, problem.starts, axis=0), problem.starts, axis=1)
    return np.asarray(out)


def _score_covariance(
    problem: MarginalProblem,
    responses: Responses,
    state: MarginalState,
    g: int,
    slopes: Floats,
    lowest: Floats,
    population: Floats,
) -> Floats:
    """(S·J + 2, S·J + 2) covariance of the scores of group g, parameter s of item j at s·J + j, then those of
    the population.

    `slopes` (S, C, Q) and `lowest` (S, J, Q): derivatives to parameter s of the item, of what a column adds
    to a log likelihood and of the log probability of the lowest category. `population` (2, Q): derivatives of
    the log weights.
    """
    n_slots, n_items = lowest.shape[:2]
    n_own = n_slots * n_items
    of_parts = _of_lines if problem.straight else _of_curves
    out = np.zeros((n_own + 2, n_own + 2))
    numbered = enumerate(responses.parts)
    for _, alike in groupby(numbered, lambda one: one[1].masks.tobytes() if len(one[1].first) == 1 else b""):
        run = list(alike)
        for k in range(0, len(run), _PARTS):
            rows = _posteriors_of(responses, state, g, run[k : k + _PARTS], problem.one_slope)
            items = np.flatnonzero(rows.answered.any(axis=0))
            found = of_parts(responses.item_of, rows, items, problem.grid.nodes, slopes, lowest, population)
            place = (np.arange(n_slots)[:, None] * n_items + items).ravel()
            place = np.concatenate([place, n_own + np.arange(2)])
            out[np.ix_(place, place)] += found
    return out


class _Rows(NamedTuple):
    """Some rows: their columns (n, C), answered items (n, J), posteriors (n, Q), of which only every k-th
    node may be left; in float32 where they are many."""

    columns: Flags
    answered: Flags
    posterior: Floats
    every: int


def _posteriors_of(
    responses: Responses, state: MarginalState, g: int, together: Sequence[tuple[int, PatternRows]],
    exact: bool,
) -> _Rows:  # fmt: skip
    """The rows of some parts. Where they are many, what this costs in digits is said beside `_MANY_PRODUCTS`
    and `_ALIASED`."""
    prior = state.priors[g]
    begin, end = together[0][1].start, together[-1][1].stop
    columns, n_nodes = responses.columns[begin:end], len(prior.nodes)
    many = float(end - begin) * (columns.shape[1] + 1) ** 2 * n_nodes >= _MANY_PRODUCTS
    short = np.dtype(np.float32 if many and not exact else np.float64)
    beta, base = state.beta.astype(short), state.lowest.astype(short)
    posterior, answered = np.zeros((end - begin, n_nodes), dtype=short), []
    for n, part in together:
        added = _of_columns(responses.columns[part.start : part.stop].astype(short), beta)
        at, _, share, _ = posteriors(responses, n, part, prior, base, added)
        posterior[part.start - begin : part.stop - begin, at] = share
        answered.append(np.repeat(part.masks, np.diff(np.append(part.first, part.stop - part.start)), axis=0))
    every = 1
    if many and n_nodes % 2:
        # what sums over every second node are off by: between nodes, and where the ends cut posteriors off
        half, cut = posterior[:, ::2].sum(axis=1), posterior[:, 0] + posterior[:, -1]
        off = np.abs(2.0 * half - 1.0) + _FAR_OFF * cut
        if float(off.sum()) < _ALIASED * len(off):
            posterior, every = np.ascontiguousarray(posterior[:, ::2] / half[:, None]), 2
    return _Rows(columns, np.concatenate(answered), posterior, every)


def _of_lines(
    item_of: Indices, rows: _Rows, items: Indices, nodes: Floats, slopes: Floats, lowest: Floats,
    population: Floats,
) -> Floats:  # fmt: skip
    """The covariance where what a column adds is a straight line by ability.

    The score of a row at a node, less its mean, is Σ_c z_c u_c (θ − E θ) + m (b − E b): u how the slope of
    the line of column c moves with a parameter, b the derivative of the lowest category (and, without m, of
    the weights). Products of columns are then needed once, with the variances of ability, and not at every
    node.
    """
    posterior, every = rows.posterior, rows.every
    n_slots, n_items, short = len(slopes), len(items), rows.posterior.dtype
    theta = nodes[::every].astype(short)
    b = np.concatenate([lowest[:, items].reshape(n_slots * n_items, -1), population])[:, ::every].astype(
        short
    )
    columns = np.flatnonzero(np.isin(item_of, items))
    turn = (slopes[:, columns, -1] - slopes[:, columns, 0]) / (nodes[-1] - nodes[0])
    u = np.zeros((len(b), len(columns)))  # of which an item has its own columns alone
    at = np.searchsorted(items, item_of[columns])
    u[np.arange(n_slots)[:, None] * n_items + at, np.arange(len(columns))] = turn
    z, mask = rows.columns[:, columns].astype(short), rows.answered[:, items].astype(short)
    of_item = np.tile(np.arange(n_items), n_slots)
    complete = bool(mask.all())

    def of_own(values: Floats) -> Floats:
        """Of a row what is of items that it has, and of the population."""
        if not complete:
            values[:, : len(of_item)] *= mask[:, of_item]
        return values

    mean = posterior @ theta
    away = posterior * (theta - mean[:, None])
    variance = np.einsum("nq,nq->n", away, theta - mean[:, None])
    spread = z * np.sqrt(variance)[:, None]
    crossed = (u @ (z.T @ of_own(away @ b.T))).astype(np.float64)
    out = u @ (spread.T @ spread).astype(np.float64) @ u.T + crossed + crossed.T
    # of the lowest categories: E b b′ − E b E b′ over the items that both have; b from its mean, for digits
    there = posterior.sum(axis=0, dtype=np.float64)
    b -= (b @ there.astype(short) / there.sum().astype(short))[:, None]
    expected = of_own(posterior @ b.T)
    out -= (expected.T @ expected).astype(np.float64)
    if complete:
        return np.asarray(out + (b * there) @ b.T)
    place = np.append(of_item, [n_items, n_items])
    mask = np.concatenate([mask, np.ones((len(mask), 1), dtype=short)], axis=1)
    roots = np.sqrt(posterior)
    for q in range(len(theta)):
        if len(rows_of_q := np.flatnonzero(posterior[:, q] > _NEGLIGIBLE)):
            near = slice(rows_of_q[0], rows_of_q[-1] + 1)
            weighted = mask[near] * roots[near, q, None]
            out += np.outer(b[:, q], b[:, q]) * (weighted.T @ weighted)[np.ix_(place, place)]
    return np.asarray(out)


def _of_curves(
    item_of: Indices, rows: _Rows, items: Indices, nodes: Floats, slopes: Floats, lowest: Floats,
    population: Floats,
) -> Floats:  # fmt: skip
    """The covariance of any curves: at each node the weighted products of the columns among themselves."""
    posterior, every, short = rows.posterior, rows.every, rows.posterior.dtype
    slopes, lowest = np.clip(slopes, -_STEEP, _STEEP), np.clip(lowest, -_STEEP, _STEEP)
    n_slots, n_items = len(slopes), len(items)
    n_own = n_slots * n_items
    # Items that some did not answer have one more column, "answered", which bears their lowest category.
    some = np.flatnonzero(~rows.answered[:, items].all(axis=0))
    if 2 * len(some) > n_items:
        some = np.arange(n_items)
    columns = np.flatnonzero(np.isin(item_of, items))
    item_of = np.concatenate([np.searchsorted(items, item_of[columns]), some])
    z = np.ones((len(posterior), len(item_of) + 1), dtype=short)
    z[:, : len(columns)] = rows.columns[:, columns]
    z[:, len(columns) : -1] = rows.answered[:, items[some]]
    lowest, population = lowest[:, items, ::every], population[:, ::every]
    slopes = np.concatenate([slopes[:, columns, ::every], lowest[:, some]], axis=1)
    always = lowest.copy()
    always[:, some] = 0.0
    of_item = np.zeros((len(item_of), n_items), dtype=short)
    of_item[np.arange(len(item_of)), item_of] = 1.0

    mean = np.empty((len(z), n_own + 2), dtype=short)
    for s in range(n_slots):
        by_column = posterior @ slopes[s].T.astype(short)
        by_column *= z[:, :-1]
        own = by_column @ of_item
        own += posterior @ always[s].T.astype(short)
        mean[:, s * n_items : (s + 1) * n_items] = own
    mean[:, n_own:] = posterior @ population.T.astype(short)
    out = -(mean.T @ mean).astype(np.float64)  # of an array with itself: half the work
    del mean
    expected = (z.T @ posterior).astype(np.float64)
    roots = np.sqrt(posterior)
    # the scores of parameters from columns, of which the last is all ones, at one node
    scores = np.zeros((n_own, len(item_of) + 1), dtype=short)
    place = (np.arange(n_slots)[:, None] * n_items + item_of, np.arange(len(item_of)))
    for q in range(posterior.shape[1]):
        rows_of_q = np.flatnonzero(posterior[:, q] > _NEGLIGIBLE)
        if not len(rows_of_q):
            continue
        near = slice(rows_of_q[0], rows_of_q[-1] + 1)
        weighted = z[near] * roots[near, q, None]
        scores[place] = slopes[:, :, q]
        scores[:, -1] = always[:, :, q].ravel()
        out[:n_own, :n_own] += scores @ (weighted.T @ weighted) @ scores.T
    own = (slopes * expected[:-1]).transpose(0, 2, 1) @ of_item
    own = own.transpose(0, 2, 1) + always * expected[-1]
    cross = own.reshape(n_own, -1) @ population.T
    out[:n_own, n_own:] += cross
    out[n_own:, :n_own] += cross.T
    out[n_own:, n_own:] += (population * expected[-1]) @ population.T
    return out


def pack(problem: MarginalProblem, x: Floats, group: Floats, *, add: bool = False) -> Floats:
    """Free parameters as a vector: slot by slot over items, then mean and sd of each group. One slope of all
    items is the first of them, or with `add` their sum, as derivatives are."""
    whole = np.concatenate([x.T[problem.free.T], group[problem.group_free]])
    return np.add.reduceat(whole, problem.starts) if add and len(whole) else whole[problem.starts]


def unpack(problem: MarginalProblem, v: Floats, x: Floats, group: Floats) -> tuple[Floats, Floats]:
    """The parameters of items and groups where the free ones are v, and all others those of x and group."""
    items, abilities, n_own = x.copy(), group.copy(), int(problem.free.sum())
    size = n_own + int(problem.group_free.sum())
    whole = np.repeat(v, np.diff(np.append(problem.starts, size)))
    items.T[problem.free.T], abilities[problem.group_free] = whole[:n_own], whole[n_own:]
    return items, abilities


class PosteriorMaximum(NamedTuple):
    """Where the way ended."""

    state: MarginalState
    information: Floats
    """Observed information there; empty where it was not built."""
    held: Flags
    """Free parameters at an end of their range, in the order of `pack`."""
    converged: bool
    iterations: int
    """Expectation steps."""


def maximise_posterior(
    problem: MarginalProblem,
    x: Floats,
    group: Floats,
    *,
    information: bool,
    tolerance: float = TOLERANCE,
    newton_steps: bool = True,
) -> PosteriorMaximum:
    """The maximum of the log posterior from a start; with the observed information there, if asked.

    Without Newton's steps it is reached by those of EM alone, for models of which these are few.
    """
    size = len(problem.starts)

    def at(v: Floats, problem: MarginalProblem = problem) -> Evaluation:
        """What is known where the free parameters are v."""
        items, abilities = unpack(problem, v, x, group)
        if not inside(problem, items, abilities):
            return Evaluation(v, np.nan, np.zeros_like(v), v, None)
        state = evaluate(problem, items, abilities)
        new_x, new_group, slope_x, slope_group = maximised(problem, state)
        gradient = pack(problem, slope_x, slope_group, add=True)
        proposal = pack(problem, new_x, new_group)
        return Evaluation(v, state.value, gradient, proposal, None, state)

    work = sum(
        float(one.n_candidates) * (len(one.item_of) + int((one.taken < one.n_candidates).sum())) ** 2
        for one in problem.groups
    ) * len(problem.grid.nodes)  # fmt: skip
    # A single group's ability has no upper ends: a likelihood that rises to one of them has no maximum.
    several = len(problem.groups) > 1
    least, most = ([-FARTHEST, LEAST_SD], [FARTHEST] * 2) if several else ([-np.inf, LEAST_SD], [np.inf] * 2)
    slots = np.arange(problem.free.shape[1])
    hill = Objective(
        at,
        (lambda point: observed_information(problem, point.state))
        if newton_steps and 0 < size <= MOST_PARAMETERS
        else None,
        pack(
            problem, np.broadcast_to(problem.lower, problem.free.shape), np.broadcast_to(least, group.shape)
        ),
        pack(problem, np.broadcast_to(problem.upper, problem.free.shape), np.broadcast_to(most, group.shape)),
        costly=work >= CHEAP,
        far=pack(
            problem,
            np.broadcast_to(np.where(slots, np.inf, _ENDLESS), problem.free.shape),
            np.full_like(group, np.inf),
        ),
    )
    start, enough = pack(problem, x, group), tolerance
    if hill.costly:
        enough = NEAR * tolerance
        n = sum(own.n_candidates for own in problem.groups)
        start = roughly(start, hill, lambda every: partial(at, problem=problem.rough(every)), n, enough)
    found = maximise(
        start,
        hill,
        tolerance=tolerance,
        max_iterations=MOST_STEPS,
        em_steps=EM_STEPS if hill.costly else 6,
        nearer=enough / tolerance,
    )
    if information and found.observed is None and hill.information is not None:
        found = newton(found, hill, tolerance, MOST_STEPS)
    observed = np.empty((0, 0)) if found.observed is None else found.observed
    return PosteriorMaximum(
        found.point.state, observed, hill.held(found.point), found.converged, found.iterations
    )


def same_maximum(problem: MarginalProblem, maximum: PosteriorMaximum, other: PosteriorMaximum) -> bool:
    """Whether the point where `other` stopped is on the way to a maximum whose information is known: near it,
    and as far below it as the likelihood's curvature there says."""
    if not maximum.information.size:
        return False
    away = pack(problem, other.state.x - maximum.state.x, other.state.group - maximum.state.group)
    said = 0.5 * float(away @ maximum.information @ away)
    # at an end of a range the likelihood falls from the first step on
    said += float(np.abs(_gradient(problem, maximum.state) @ np.where(maximum.held, away, 0.0)))
    below = maximum.state.value - other.state.value
    return said < _NEAR and abs(below - said) < 0.2 * said + _ALIKE


def _gradient(problem: MarginalProblem, state: MarginalState) -> Floats:
    return pack(problem, *maximised(problem, state)[2:], add=True)

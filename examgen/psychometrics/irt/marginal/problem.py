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

from examgen.psychometrics.irt.marginal.ascent import (
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
from examgen.psychometrics.irt.marginal.category_curves import CategoryCurves
from examgen.psychometrics.irt.marginal.responses import (
    PatternRows,
    Responses,
    by_pattern,
    posteriors,
    prepare,
    unpacked,
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
and by 3e-4 where 200 steep 3PL items are known from so few."""
_NEGLIGIBLE = 1e-9
"""A posterior weight below this adds nothing to an information."""
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
    precision: type[np.floating[Any]] = np.float64
    """Of posteriors."""

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
) -> MarginalProblem:
    """The problem of one matrix of scores for each group, with the same items in the same columns."""
    starts = np.concatenate([[0], np.cumsum(n_categories - 1)[:-1]]).astype(np.intp)
    blocks = []
    for k in np.unique(n_categories):
        items = np.flatnonzero(n_categories == k)
        columns = starts[items][:, None] + np.arange(k - 1)
        blocks.append(ItemBlock(items, int(k), columns, curves.n_slots(int(k))))
    responses = tuple(prepare(scores, "answers", n_categories) for scores in groups)
    return MarginalProblem(responses, tuple(blocks), curves, grid, free, lower, upper, group_free)


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
    """(B, K, Q) expected number of candidates in each category at each node, for each block."""
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
    """The expectation step at x."""
    nodes, first = problem.grid.nodes, problem.groups[0]
    n_columns = len(first.item_of)
    beta, lowest = np.empty((n_columns, len(nodes))), np.empty((first.n_items, len(nodes)))
    log_prior = 0.0
    for block, own, free in parts(problem, x):
        log_p = problem.curves.log_p(own, nodes)
        log_prior += float(problem.curves.log_prior(own)[0][free].sum())
        beta[block.columns], lowest[block.items] = log_p[:, 1:] - log_p[:, :1], log_p[:, 0]
    priors = tuple(renormalised(ability(problem.grid, mean, float(np.log(sd)))) for mean, sd in group)
    log_likelihood, columns, taken = 0.0, np.zeros(beta.shape), np.zeros(lowest.shape)
    own_beta, own_lowest = beta.astype(problem.precision), lowest.astype(problem.precision)
    at_nodes = np.zeros((len(priors), len(nodes)))
    for responses, prior, of_group in zip(problem.groups, priors, at_nodes, strict=True):
        for k, part in enumerate(responses.parts):
            rows = slice(part.start, part.stop)
            z = unpacked(responses.codes[:, rows], n_columns, problem.precision)
            at, masks, share, log_total = posteriors(
                responses, k, part, prior, own_lowest, _of_columns(z, own_beta)
            )
            log_likelihood += float(responses.weights[rows] @ log_total)
            share *= responses.weights[rows, None].astype(problem.precision)
            columns[:, at] += z.T @ share
            of_patterns = by_pattern(part, share)
            taken[:, at] += masks.T @ of_patterns
            of_group[at] += of_patterns.sum(axis=0)
    counts = []
    for block in problem.blocks:
        own = np.empty((len(block.items), block.n_categories, len(nodes)))
        own[:, 1:] = columns[block.columns]
        # Never below zero: a difference of two equal sums may be off by rounding.
        np.maximum(taken[block.items] - own[:, 1:].sum(axis=1), 0.0, out=own[:, 0])
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
    step = _solved(information, gradient, held)
    # A parameter that would leave its range stops at the end, and the others move as if it were fixed there.
    over = ~held & ((x + step < lower) | (x + step > upper))
    if over.any():
        ended = np.where(over, np.clip(x + step, lower, upper) - x, 0.0)
        rest = gradient - np.einsum("bst,bt->bs", information, ended)
        step = np.where(over, ended, _solved(information, rest, held | over))
    longest = np.abs(step).max(axis=1, keepdims=True)
    step *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, LONGEST_STEP))
    before = _expected_value(log_p, counts, prior, free)
    size = np.ones((len(x), 1))
    for _ in range(8):
        new = np.clip(x + size * step, lower, upper)
        allowed = problem.curves.inside(new)
        safe = np.where(allowed[:, None], new, x)
        after = _expected_value(
            problem.curves.log_p(safe, nodes), counts, problem.curves.log_prior(safe)[0], free
        )
        worse = ~allowed | (after < before - 1e-9 * np.abs(before))
        if not worse.any():
            return safe, gradient
        size[worse] *= 0.5
    return np.where(worse[:, None], x, safe), gradient


def _expected_value(log_p: Floats, counts: Floats, prior: Floats, free: Flags) -> Floats:
    return np.asarray((counts * log_p).sum(axis=(1, 2)) + np.where(free, prior, 0.0).sum(axis=1))


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
        beta, base, prior = state.beta, state.lowest, state.priors[g]
        out[np.ix_(at, at)] -= score_covariance(responses, beta, base, prior, slopes, lowest, first)
        out[np.ix_(own, own)] -= second @ state.nodes[g]
    keep = np.concatenate([problem.free.T.ravel(), problem.group_free.ravel()])
    return np.asarray(out[np.ix_(keep, keep)])


def score_covariance(
    responses: Responses,
    beta: Floats,
    base: Floats,
    prior: Ability,
    slopes: Floats,
    lowest: Floats,
    population: Floats,
) -> Floats:
    """(S·J + 2, S·J + 2) covariance, parameter s of item j at s·J + j, then those of the population.

    `beta` (C, Q): what each column adds to a log likelihood, `base` (J, Q): log probability of the lowest
    category; `slopes` (S, C, Q) and `lowest` (S, J, Q): their derivatives to parameter s of the item.
    `population` (2, Q): derivatives of the log weights.
    """
    n_slots, n_items = lowest.shape[:2]
    n_own = n_slots * n_items
    out = np.zeros((n_own + 2, n_own + 2))
    numbered = enumerate(responses.parts)
    for _, alike in groupby(numbered, lambda one: one[1].masks.tobytes() if len(one[1].first) == 1 else b""):
        run = list(alike)
        for k in range(0, len(run), _PARTS):
            together = run[k : k + _PARTS]
            items, found = _of_parts(responses, beta, base, prior, together, slopes, lowest, population)
            place = (np.arange(n_slots)[:, None] * n_items + items).ravel()
            place = np.concatenate([place, n_own + np.arange(2)])
            out[np.ix_(place, place)] += found
    return out


def _of_parts(
    responses: Responses,
    beta: Floats,
    base: Floats,
    prior: Ability,
    together: Sequence[tuple[int, PatternRows]],
    slopes: Floats,
    lowest: Floats,
    population: Floats,
) -> tuple[Indices, Floats]:
    """The covariance of the rows of some parts, and the items that somebody there answered, which it is of.

    Where they are many, it is summed in float32, and on every second node if the posteriors are wide enough
    for that: what this costs is said beside `_MANY_PRODUCTS` and `_ALIASED`.
    """
    n_slots, _, n_nodes = lowest.shape
    answered = [unpacked(part.masks, responses.n_items) for _, part in together]
    items = np.flatnonzero(np.any([own.any(axis=0) for own in answered], axis=0))
    n_items, n_own = len(items), n_slots * len(items)
    # Items that some did not answer have one more column, "answered", which bears their lowest category.
    some = np.flatnonzero(~np.all([own.all(axis=0) for own in answered], axis=0)[items])
    if 2 * len(some) > n_items:
        some = np.arange(n_items)
    columns = np.flatnonzero(np.isin(responses.item_of, items))
    item_of = np.concatenate([np.searchsorted(items, responses.item_of[columns]), some])
    begin, end = together[0][1].start, together[-1][1].stop
    many = float(end - begin) * (len(item_of) + 1) ** 2 * n_nodes >= _MANY_PRODUCTS
    short = np.dtype(np.float32 if many else np.float64)
    beta, base = beta.astype(short), base.astype(short)

    z = np.ones((end - begin, len(item_of) + 1), dtype=short)
    posterior = np.zeros((end - begin, n_nodes), dtype=short)
    for (n, part), masks in zip(together, answered, strict=True):
        rows, local = slice(part.start, part.stop), slice(part.start - begin, part.stop - begin)
        own = unpacked(responses.codes[:, rows], len(responses.item_of), short)
        at, _, share, _ = posteriors(responses, n, part, prior, base, _of_columns(own, beta))
        posterior[local, at] = share
        z[local, : len(columns)] = own[:, columns]
        if len(some):
            sizes = np.diff(np.append(part.first, part.stop - part.start))
            z[local, len(columns) : -1] = np.repeat(masks[:, items[some]], sizes, axis=0)
    lowest = lowest[:, items]
    slopes = np.concatenate([slopes[:, columns], lowest[:, some]], axis=1)
    if many and n_nodes % 2:
        # what sums over every second node are off by: between nodes, and where the ends cut posteriors off
        half, cut = posterior[:, ::2].sum(axis=1), posterior[:, 0] + posterior[:, -1]
        off = np.abs(2.0 * half - 1.0) + _FAR_OFF * cut
        if float(off @ responses.weights[begin:end]) < _ALIASED * float(responses.weights[begin:end].sum()):
            posterior = np.ascontiguousarray(posterior[:, ::2] / half[:, None])
            slopes, lowest, population = slopes[:, :, ::2], lowest[:, :, ::2], population[:, ::2]
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
    weights = responses.weights[begin:end, None].astype(short)
    mean *= np.sqrt(weights)
    out = -(mean.T @ mean).astype(np.float64)  # of an array with itself: half the work
    del mean
    posterior *= weights
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
    return items, out


def pack(problem: MarginalProblem, x: Floats, group: Floats) -> Floats:
    """Free parameters as a vector: slot by slot over items, then mean and sd of each group."""
    return np.concatenate([x.T[problem.free.T], group[problem.group_free]])


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
    n_own = int(problem.free.sum())
    size = n_own + int(problem.group_free.sum())

    def at(v: Floats, problem: MarginalProblem = problem) -> Evaluation:
        """What is known where the free parameters are v, and all others those of x and group."""
        items, abilities = x.copy(), group.copy()
        items.T[problem.free.T] = v[:n_own]
        abilities[problem.group_free] = v[n_own:]
        if not inside(problem, items, abilities):
            return Evaluation(v, np.nan, np.zeros_like(v), v, None)
        state = evaluate(problem, items, abilities)
        new_x, new_group, slope_x, slope_group = maximised(problem, state)
        gradient, proposal = pack(problem, slope_x, slope_group), pack(problem, new_x, new_group)
        return Evaluation(v, state.value, gradient, proposal, None, state)

    work = sum(
        float(len(one.weights)) * (len(one.item_of) + int((one.taken < one.n_candidates).sum())) ** 2
        for one in problem.groups
    ) * len(problem.grid.nodes)  # fmt: skip
    # A single group's ability has no ends: a likelihood that rises to one of them has no maximum.
    several = len(problem.groups) > 1
    least, most = ([-FARTHEST, LEAST_SD], [FARTHEST] * 2) if several else ([-np.inf] * 2, [np.inf] * 2)
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
    return pack(problem, *maximised(problem, state)[2:])

"""What is maximised in marginal likelihood: the log posterior of item and population parameters.

With its gradient, one step of expectation and maximisation, and its observed information. That is the
information of the complete data less the covariance of their scores under the posterior (Louis, 1982),
Σ_i [E(s_i s_i′ | x_i) − E(s_i | x_i) E(s_i | x_i)′], with s_i the derivative of candidate i's log likelihood
at a node. The first part needs, for each node, only the weighted products of the columns among themselves.

References
----------
Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B, 44, 226–233.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.marginal.category_curves import CategoryCurves
from examgen.psychometrics.irt.marginal.counts import (
    NEGLIGIBLE,
    CategoryResponses,
    Expected,
    ItemBlock,
    category_counts,
    expect,
    table,
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ROWS = 8192
"""Candidates at a time: N × Q posterior weights are held for so many."""
LEAST_SD = 0.05
LONGEST_STEP = 1.5
"""A step of an item is shortened until no slope, intercept or logit c moves farther."""


class MarginalProblem(NamedTuple):
    """Data, model and which parameters are free. S slots an item; one with fewer leaves the last unused."""

    responses: CategoryResponses
    curves: CategoryCurves
    widths: tuple[int, ...]
    """Slots that the items of each block use."""
    nodes: Floats
    base: Floats | None
    """(Q,) log weights of the nodes where the population is not a normal one to be estimated; else None."""
    free: Flags
    """(J, S)."""
    lower: Floats
    """(S,) least value of each slot."""
    upper: Floats
    group_free: Flags
    """(2,) mean and standard deviation of ability."""


class MarginalState(NamedTuple):
    """One value of the parameters with its expectation step."""

    x: Floats
    """(J, S)."""
    group: Floats
    """(2,)."""
    log_likelihood: float
    log_prior: float
    expected: Expected
    beta: Floats
    constant: Floats

    @property
    def value(self) -> float:
        """Log posterior."""
        return self.log_likelihood + self.log_prior


class BlockParameters(NamedTuple):
    """A block with its parameters."""

    block: ItemBlock
    width: int
    x: Floats
    """(B, width)."""
    free: Flags


def parts(problem: MarginalProblem, x: Floats) -> list[BlockParameters]:
    """The blocks with their parameters at x, unused slots left out."""
    pairs = zip(problem.responses.blocks, problem.widths, strict=True)
    return [BlockParameters(b, w, x[b.items, :w], problem.free[b.items, :w]) for b, w in pairs]


def log_weights(problem: MarginalProblem, group: Floats) -> Floats:
    """(Q,) log weights of the nodes, summing to one as weights."""
    if problem.base is not None:
        return problem.base
    raw = -0.5 * ((problem.nodes - group[0]) / group[1]) ** 2
    return np.asarray(raw - np.logaddexp.reduce(raw))


def evaluate(problem: MarginalProblem, x: Floats, group: Floats) -> MarginalState:
    """The expectation step at x."""
    log_p, prior = [], 0.0
    for part in parts(problem, x):
        log_p.append(problem.curves.log_p(part.x, problem.nodes))
        prior += float(problem.curves.log_prior(part.x)[0][part.free].sum())
    beta, constant = table(problem.responses, log_p)
    constant = constant + log_weights(problem, group)
    expected = expect(problem.responses, beta, constant)
    return MarginalState(x, group, expected.log_likelihood, prior, expected, beta, constant)


def inside(problem: MarginalProblem, x: Floats, group: Floats) -> bool:
    """Whether all parameters are ones that the model allows."""
    if not (np.isfinite(group).all() and LEAST_SD <= group[1] <= 20.0 and abs(group[0]) <= 20.0):
        return False
    return all(bool(problem.curves.inside(part.x).all()) for part in parts(problem, x))


def group_slopes(problem: MarginalProblem, group: Floats) -> tuple[Floats, Floats]:
    """(2, Q) first and (2, 2, Q) second derivatives of the log weights to mean and standard deviation."""
    sd = group[1]
    t = (problem.nodes - group[0]) / sd
    weights = np.exp(log_weights(problem, group))
    first = np.stack([t / sd, t**2 / sd])
    second = np.stack([[-np.ones_like(t), -2.0 * t], [-2.0 * t, -3.0 * t**2]]) / sd**2
    mean = first @ weights
    spread = (first * weights) @ first.T - np.outer(mean, mean)
    return first - mean[:, None], second - (second @ weights + spread)[:, :, None]


def maximised(problem: MarginalProblem, state: MarginalState) -> tuple[Floats, Floats, Floats, Floats]:
    """The maximisation step by one Fisher scoring step an item: new x and group, gradient (J, S) and (2,)."""
    x, gradient = state.x.copy(), np.zeros_like(state.x)
    counts = category_counts(problem.responses, state.expected)
    for part, own_counts in zip(parts(problem, state.x), counts, strict=True):
        new, slope = scored(problem, part.x, part.free, own_counts)
        x[part.block.items, : part.width], gradient[part.block.items, : part.width] = new, slope
    group, group_gradient = group_step(problem, state)
    return x, group, gradient, group_gradient


def settled(problem: MarginalProblem, state: MarginalState, x: Floats, rounds: int) -> Floats:
    """Items fitted to the expected counts of `state` from a start x, by several scoring steps."""
    counts = category_counts(problem.responses, state.expected)
    for _ in range(rounds):
        new = x.copy()
        for part, own_counts in zip(parts(problem, x), counts, strict=True):
            new[part.block.items, : part.width] = scored(problem, part.x, part.free, own_counts)[0]
        x = new
    return x


def scored(problem: MarginalProblem, x: Floats, free: Flags, counts: Floats) -> tuple[Floats, Floats]:
    """One scoring step of a block, halved for items whose expected log posterior would fall."""
    log_p = problem.curves.log_p(x, problem.nodes)
    scores = problem.curves.scores(x, problem.nodes, log_p)
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
            problem.curves.log_p(safe, problem.nodes), counts, problem.curves.log_prior(safe)[0], free
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


def group_step(problem: MarginalProblem, state: MarginalState) -> tuple[Floats, Floats]:
    """Newton step of mean and sd under the expected numbers at the nodes."""
    free = problem.group_free
    if not free.any():
        return state.group, np.zeros(2)
    first, second = group_slopes(problem, state.group)
    gradient = np.where(free, first @ state.expected.nodes, 0.0)
    information = -(second @ state.expected.nodes)
    chosen = np.ix_(free, free)
    step = np.zeros(2)
    scale = information[chosen]
    if np.linalg.eigvalsh(scale).min() > 1e-8:
        step[free] = np.linalg.solve(scale, gradient[free])
    else:
        total = max(float(state.expected.nodes.sum()), 1.0)
        step[free] = gradient[free] * state.group[1] ** 2 / total
    limit = 0.5 * state.group[1]
    return state.group + step * min(1.0, limit / max(float(np.abs(step).max()), limit)), gradient


def observed_information(problem: MarginalProblem, state: MarginalState) -> Floats:
    """Minus the second derivatives of the log posterior, over free parameters in the order of `pack`."""
    n_items, n_slots = problem.free.shape
    n_nodes = len(problem.nodes)
    slopes = np.zeros((n_slots, *state.beta.shape))
    always = np.zeros((n_slots, n_items, n_nodes))
    complete = np.zeros((n_slots, n_slots, n_items))
    counts = category_counts(problem.responses, state.expected)
    for part, own_counts in zip(parts(problem, state.x), counts, strict=True):
        block, width = part.block, part.width
        log_p = problem.curves.log_p(part.x, problem.nodes)
        scores = problem.curves.scores(part.x, problem.nodes, log_p)
        everybody = block.answered < 0
        for s in range(width):
            slopes[s, block.columns] = scores[:, 1:, s] - scores[:, :1, s]
            always[s, block.items[everybody]] = scores[everybody, 0, s]
            slopes[s, block.answered[~everybody]] = scores[~everybody, 0, s]
        curvature = problem.curves.curvature(part.x, problem.nodes, own_counts)
        diagonal = np.arange(width)
        curvature[:, diagonal, diagonal] += problem.curves.log_prior(part.x)[2]
        complete[:width, :width, block.items] = -curvature.transpose(1, 2, 0)
    free_group = problem.group_free
    first, second = group_slopes(problem, state.group)
    spread = score_covariance(
        problem.responses, state.beta, state.constant, state.expected, slopes, always, first[free_group]
    )
    out = -spread
    items = np.arange(n_items)
    for s in range(n_slots):
        for t in range(n_slots):
            out[s * n_items + items, t * n_items + items] += complete[s, t]
    n_own = n_items * n_slots
    out[n_own:, n_own:] -= (second @ state.expected.nodes)[np.ix_(free_group, free_group)]
    keep = np.concatenate([problem.free.T.ravel(), np.ones(int(free_group.sum()), dtype=np.bool_)])
    return np.asarray(out[np.ix_(keep, keep)])


def score_covariance(
    responses: CategoryResponses,
    beta: Floats,
    constant: Floats,
    expected: Expected,
    slopes: Floats,
    always: Floats,
    population: Floats,
) -> Floats:
    """(S·J + G, S·J + G) covariance, parameter s of item j at s·J + j, then those of the population.

    `slopes` (S, C, Q): derivatives of `beta` to parameter s of the column's item. `always` (S, J, Q): the
    same of the part of the constant that is the item's. `population` (G, Q): derivatives of the log weights.
    """
    n_slots, n_items, n_nodes = always.shape
    n_own, n_group = n_slots * n_items, len(population)
    out = np.zeros((n_own + n_group, n_own + n_group))
    for start in range(0, len(responses.z), ROWS):
        part = responses.z[start : start + ROWS].astype(np.float64)
        posterior = _posterior(part, beta, constant)
        mean = _mean_scores(responses, part, posterior, slopes, always, population)
        out -= mean.T @ mean
        del mean
        part = np.concatenate([part, np.ones((len(part), 1))], axis=1)
        for q in range(n_nodes):
            rows = np.nonzero(posterior[:, q] > NEGLIGIBLE)[0]
            if len(rows):
                near = slice(rows[0], rows[-1] + 1)
                weighted = part[near] * np.sqrt(posterior[near, q])[:, None]
                products = weighted.T @ weighted
                out[:n_own, :n_own] += _contracted(responses, products, slopes[:, :, q], always[:, :, q])
    if n_group:
        own = _sums(responses, slopes * expected.columns) + always * expected.nodes
        cross = own.reshape(n_own, n_nodes) @ population.T
        out[:n_own, n_own:] += cross
        out[n_own:, :n_own] += cross.T
        out[n_own:, n_own:] += (population * expected.nodes) @ population.T
    return out


def _posterior(part: Floats, beta: Floats, constant: Floats) -> Floats:
    logs = part @ beta
    logs += constant
    logs -= logs.max(axis=1, keepdims=True)
    posterior = np.exp(logs, out=logs)
    posterior /= posterior.sum(axis=1, keepdims=True)
    return np.asarray(posterior)


def _mean_scores(
    responses: CategoryResponses,
    part: Floats,
    posterior: Floats,
    slopes: Floats,
    always: Floats,
    population: Floats,
) -> Floats:
    """(n, S·J + G) expected scores of candidates."""
    n_slots, n_items, _ = always.shape
    out = np.empty((len(part), n_slots * n_items + len(population)))
    for s in range(n_slots):
        own = posterior @ slopes[s].T
        own *= part
        own = _sums(responses, own)
        own += posterior @ always[s].T
        out[:, s * n_items : (s + 1) * n_items] = own
    out[:, n_slots * n_items :] = posterior @ population.T
    return out


def _contracted(responses: CategoryResponses, products: Floats, slopes: Floats, always: Floats) -> Floats:
    """(S·J, S·J) of the (C + 1, C + 1) products of columns, the last of which is all ones."""
    n_slots, n_items = always.shape
    left = products[:-1] * slopes[:, :, None]
    left = _sums(responses, left) + always[:, :, None] * products[-1]
    left = left.reshape(n_slots * n_items, -1)
    out = np.empty((n_slots * n_items, n_slots * n_items))
    for s in range(n_slots):
        own = _sums(responses, left[:, :-1] * slopes[s])
        own += left[:, -1:] * always[s]
        out[:, s * n_items : (s + 1) * n_items] = own
    return out


def _sums(responses: CategoryResponses, values: Floats) -> Floats:
    """Sums over the columns of each item."""
    if len(responses.starts) == len(responses.item_of):
        return values
    return np.asarray(np.add.reduceat(values, responses.starts, axis=1))


def pack(problem: MarginalProblem, x: Floats, group: Floats) -> Floats:
    """Free parameters as a vector: slot by slot over items, then mean and sd."""
    return np.concatenate([x.T[problem.free.T], group[problem.group_free]])


def unpack(problem: MarginalProblem, vector: Floats, x: Floats, group: Floats) -> tuple[Floats, Floats]:
    """Copies of x and group with the free parameters from a vector."""
    x, group = x.copy(), group.copy()
    n_own = int(problem.free.sum())
    x.T[problem.free.T] = vector[:n_own]
    group[problem.group_free] = vector[n_own:]
    return x, group


def bounds(problem: MarginalProblem) -> tuple[Floats, Floats]:
    """Least and greatest values of the free parameters, in the order of `pack`."""
    shape = problem.free.shape
    group = np.zeros(2)
    low = pack(problem, np.broadcast_to(problem.lower, shape), group - np.inf)
    return low, pack(problem, np.broadcast_to(problem.upper, shape), group + np.inf)

"""The marginal likelihood problem: maximising the log posterior of items of any model, in one group of
candidates or several.

The value comes from one expectation step, the gradient from the expected counts. The observed information is
that of the complete data minus the covariance of their scores under the posterior (Louis, 1982), Σ_i [E(s_i
s_i′ | x_i) − E(s_i | x_i) E(s_i | x_i)′], with s_i the derivative of candidate i's log likelihood at a node.

Every category of every item has a column with 1 for the candidates who are in it. For any model, the log
likelihood of a candidate at a node is then the sum of log P over these columns, to which a missing answer
adds nothing. Groups share the items but not the ability distribution; their expected counts are added.

References
----------
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm. Psychometrika, 46, 443–459.
Bock, R. D., & Zimowski, M. F. (1997). Multiple group IRT. In Handbook of modern item response theory.
Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B, 44, 226–233.

Maximisation of a likelihood by EM steps, then Newton steps with the observed information.

Parameters at a bound of their range (c = 0) are kept there while the gradient points outwards.

References
----------
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm. Psychometrika, 46, 443–459.
Dauphin, Y., et al. (2014). Identifying and attacking the saddle point problem in high-dimensional non-convex
    optimization. NeurIPS 27.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.stats.matrix import Bools, Cells, Floats
from examgen.stats.mml_curves import CategoryCurves
from examgen.stats.quadrature import Ability, Grid, ability, renormalised

TOLERANCE, MOST_STEPS = 1e-7, 500
"""For models of one group: the gain of log-likelihood that counts as converged, and the most steps."""
EM_STEPS = 6
"""The number of EM steps before the Newton steps, which need a nearby start."""
_QUIET = 1e-6
"""Smaller changes of a parameter show in no printed digit."""
_PATIENCE = 10
"""This many Newton steps must gain more than the tolerance together."""
_ROUNDING = 1e-11
"""Smaller relative differences of the likelihood are rounding errors."""
_LARGEST, _SHARE = 3.0, 0.1
"""The largest change of a parameter in a Newton step, in units of 1 or, where that is more, of this share of
what it is: one that runs to infinity does not hold up the others."""
_LONGEST_EM = 1.5
"""The largest change of a parameter in an EM step."""


class Evaluation(NamedTuple):
    """The likelihood at one point."""

    x: Floats
    value: float
    gradient: Floats
    complete: Any = None
    """(P, P) the expected information of the complete data, as a sparse matrix."""
    state: Any = None
    """Data that the model stores for that point."""


class Optimum(NamedTuple):
    """The result of an ascent."""

    point: Evaluation
    converged: bool
    iterations: int
    """The number of E-steps."""
    observed: Floats
    """The observed information at the end; empty without Newton's steps."""


class Objective(NamedTuple):
    """The function to maximise, and the bounds of its parameters."""

    evaluate: Callable[[Floats], Evaluation]
    """The likelihood at a point; its value is NaN where it is not defined."""
    information: Callable[[Evaluation], Floats] | None
    """The observed information at a point; None when there are too many parameters for a matrix."""
    low: Floats | float = -np.inf
    high: Floats | float = np.inf
    """The upper bounds; `low` has the lower bounds."""

    def held(self, point: Evaluation) -> Bools:
        """Return which parameters stay fixed: those at a bound of their range where the gradient points
        outwards."""
        x, gradient = point.x, point.gradient
        below, above = (x <= self.low) & (gradient <= 0.0), (x >= self.high) & (gradient >= 0.0)
        return np.asarray(below | above)


def maximise(
    start: Floats, hill: Objective, *, tolerance: float, max_iterations: int, em_steps: int = EM_STEPS
) -> Optimum:
    """Climb from `start` to a maximum: at most `em_steps` EM steps, then Newton's.

    Without an observed information (`hill.information`), all steps are EM steps. The ascent has converged
    when the next step promises to gain less than `tolerance` of log-likelihood. A negative promise is not
    convergence.
    """
    limit = max_iterations if hill.information is None else min(em_steps, max_iterations)
    reached = _by_em(hill.evaluate(start), hill, tolerance, limit)
    return reached if hill.information is None else _by_newton(reached, hill, tolerance, max_iterations)


def _by_em(best: Evaluation, hill: Objective, tolerance: float, limit: int) -> Optimum:
    """EM steps, of which the maximisation is one of Fisher scoring, shorter after a loss."""
    steps, share = 1, 1.0
    step = _em_step(best, hill)
    while (promise := 0.5 * best.gradient @ step) >= tolerance and steps < limit and share > 1e-6:
        point = hill.evaluate(np.clip(best.x + share * step, hill.low, hill.high))
        steps += 1
        if _as_high(point, best):
            best, step, share = point, _em_step(point, hill), 1.0
        else:
            share *= 0.5
    return Optimum(best, bool(0.0 <= promise < tolerance), steps, np.empty((0, 0)))


def _em_step(point: Evaluation, hill: Objective) -> Floats:
    """The gradient over the complete information, 0 for held parameters."""
    from scipy.sparse import diags
    from scipy.sparse.linalg import spsolve

    step, free = np.zeros_like(point.x), np.flatnonzero(~hill.held(point))
    if np.isfinite(point.value) and len(free):
        own = point.complete[free][:, free]
        # A touch of ridge: the data may say nothing about a parameter.
        ridge = diags(1e-9 + 1e-7 * own.diagonal())
        step[free] = spsolve((own + ridge).tocsc(), point.gradient[free], permc_spec="MMD_AT_PLUS_A")
    return np.clip(step, -_LONGEST_EM, _LONGEST_EM)


def _as_high(point: Evaluation, before: Evaluation) -> bool:
    return bool(point.value >= before.value - _ROUNDING * (1.0 + abs(before.value)))


def _by_newton(reached: Optimum, hill: Objective, tolerance: float, max_iterations: int) -> Optimum:
    """Newton's method from the point reached, with shorter steps after a loss.

    Below the tolerance it continues until no printed digit changes, for at most five steps: if a parameter
    runs to infinity, the digits never settle. It gives up when steps gain nothing any more without reaching
    a maximum.
    """
    assert hill.information is not None
    point, steps, radius, below = reached.point, reached.iterations, _LARGEST, 0
    values, observed = [point.value], hill.information(point)
    while steps < max_iterations and radius > 1e-9:
        step, proper = _newton_step(observed, point, hill.held(point))
        # beside what the parameters are
        longest = float((np.abs(step) / np.maximum(1.0, _SHARE * np.abs(point.x))).max(initial=0.0))
        if proper and 0.0 <= 0.5 * point.gradient @ step < tolerance:
            below += 1
            if longest < _QUIET or below > 5:
                return Optimum(point, True, steps, observed)
        x = point.x + step * min(1.0, radius / max(longest, 1e-300))
        following = hill.evaluate(np.clip(x, hill.low, hill.high))
        steps += 1
        if not _as_high(following, point):
            radius = 0.25 * min(radius, longest)
            continue
        point, radius = following, min(2.0 * radius, _LARGEST)
        observed = hill.information(point)
        values.append(point.value)
        if len(values) > _PATIENCE and values[-1] - values[-1 - _PATIENCE] < tolerance:
            break
    return Optimum(point, False, steps, observed)


def _newton_step(observed: Floats, point: Evaluation, held: Bools) -> tuple[Floats, bool]:
    """The Newton step, 0 for held parameters, and whether the observed information is positive definite.

    If not, its eigenvalues in the metric of its diagonal are taken as positive, so that the step goes uphill
    along each (Dauphin et al., 2014).
    """
    free = ~held
    own, gradient, step = observed[np.ix_(free, free)], point.gradient[free], np.zeros(len(held))
    try:
        root = np.linalg.cholesky(own)
        step[free] = np.linalg.solve(root.T, np.linalg.solve(root, gradient))
    except np.linalg.LinAlgError:
        scale = np.sqrt(np.maximum(np.abs(np.diag(own)), 1e-6))
        values, vectors = np.linalg.eigh(own / np.outer(scale, scale))
        along = vectors.T @ (gradient / scale) / np.maximum(np.abs(values), 1e-7)
        step[free] = vectors @ along / scale
        return step, False
    return step, True


# ── the ascent ────────────────────────────────────────────────────────────────────────────────────────


Indices = NDArray[np.intp]
LEAST_SD, FARTHEST = 0.05, 20.0
"""The minimum standard deviation of ability, and the maximum absolute mean or standard deviation."""
MOST_PARAMETERS = 4000
"""Beyond this many free parameters no matrix among them is built."""
_AT_ONCE = 4096
"""Candidates."""
_NEGLIGIBLE = 1e-9
"""A posterior weight below this adds nothing to an information."""


class ItemBlock(NamedTuple):
    """B items with the same number of categories K, and therefore of parameter slots S."""

    items: Indices
    columns: Indices
    """(B, K) indices of the columns of their categories."""
    place: Indices
    """(B, S) indices of their parameters in the parameter vector."""


@dataclass(frozen=True)
class MarginalProblem:
    """The data, the model, and which parameters are free. Each item has S slots for parameters; an item with
    fewer parameters leaves the last slots unused.

    The order of the P free parameters in a vector is slot by slot over items, then mean and sd of each group.
    """

    groups: Sequence[Cells]
    """(n, J) scores of the candidates of each group, negative if missing."""
    n_categories: NDArray[np.integer]
    """(J,) number of categories of each item."""
    curves: CategoryCurves
    grid: Grid
    free: Bools
    """(J, S) whether the parameter is free."""
    lower: Floats
    """(S,) minimum of each slot."""
    upper: Floats
    group_free: Bools
    """(G, 2) whether mean and standard deviation of ability are free."""
    one_slope: bool = False
    """Whether all slopes are equal, and count as one parameter."""
    as_density: bool = False
    """Whether the weights of the nodes are values of the density, not normalised to sum to 1; see `ability`.
    """

    @cached_property
    def columns(self) -> tuple[Bools, ...]:
        """(n, C) for each group, the categories of its candidates who have an answer."""
        item = np.repeat(np.arange(len(self.n_categories)), self.n_categories)
        category = (np.arange(len(item)) - np.searchsorted(item, item)).astype(np.int8)
        return tuple(own[np.ix_((own >= 0).any(axis=1), item)] == category for own in self.groups)

    @cached_property
    def places(self) -> tuple[Indices, Indices, int]:
        """(J, S) and (G, 2) the index of each parameter in the vector (P if it is fixed), and P."""
        counted = self.free.T.copy()
        if self.one_slope:
            counted[0] = np.arange(len(self.free)) == np.argmax(self.free[:, 0])
        own = np.cumsum(counted).reshape(counted.shape) - 1
        of_groups = own[-1, -1] + np.cumsum(self.group_free).reshape(-1, 2)
        size = int(of_groups[-1, -1]) + 1
        return np.where(self.free.T, own, size).T, np.where(self.group_free, of_groups, size), size

    @property
    def size(self) -> int:
        """P, the number of free parameters."""
        return self.places[2]

    @cached_property
    def of_items(self) -> tuple[Indices, Indices]:
        """The slot and the item of each free item parameter."""
        place = self.places[0].T
        _, first = np.unique(place[self.free.T], return_index=True)
        slot, item = np.nonzero(self.free.T)
        return slot[first], item[first]

    @cached_property
    def blocks(self) -> tuple[ItemBlock, ...]:
        """The items in blocks, one block for each number of categories."""
        first = np.cumsum(self.n_categories) - self.n_categories
        blocks = []
        for k in np.unique(self.n_categories):
            items = np.flatnonzero(self.n_categories == k)
            place = self.places[0][items, : self.curves.n_slots(int(k))]
            blocks.append(ItemBlock(items, first[items][:, None] + np.arange(k), place))
        return tuple(blocks)


class MarginalState(NamedTuple):
    """A value of the parameters, with the results of its expectation step."""

    x: Floats
    """(J, S) parameters of the items."""
    group: Floats
    """(G, 2) mean and standard deviation of ability."""
    log_likelihood: float
    log_prior: float
    log_p: Floats
    """(C, Q) log probability of each category at each node."""
    priors: tuple[Ability, ...]
    """The ability distribution of each group."""
    counts: Floats
    """(C, Q) expected number of candidates in each category at each node."""
    nodes: Floats
    """(G, Q) expected number of candidates of each group at each node."""

    @property
    def value(self) -> float:
        """The log posterior."""
        return self.log_likelihood + self.log_prior


def inside(problem: MarginalProblem, x: Floats, group: Floats) -> bool:
    """Return whether the model allows all these parameter values."""
    if not (np.abs(group).max() <= FARTHEST and (group[:, 1] >= LEAST_SD).all()):
        return False
    return all(problem.curves.inside(x[own.items, : own.place.shape[1]]).all() for own in problem.blocks)


def evaluate(problem: MarginalProblem, x: Floats, group: Floats) -> MarginalState:
    """Perform the expectation step at x."""
    nodes = problem.grid.nodes
    log_p = np.empty((int(problem.n_categories.sum()), len(nodes)))
    log_likelihood, log_prior = 0.0, 0.0
    for block in problem.blocks:
        own = x[block.items, : block.place.shape[1]]
        log_p[block.columns] = problem.curves.log_p(own, nodes)
        log_prior += float(problem.curves.log_prior(own)[0][block.place < problem.size].sum())
    priors = tuple(ability(problem.grid, mean, float(np.log(sd))) for mean, sd in group)
    if not problem.as_density:
        priors = tuple(map(renormalised, priors))
    counts, at_nodes = np.zeros(log_p.shape), np.zeros((len(priors), len(nodes)))
    for g, prior in enumerate(priors):
        for z, posterior, log_total in _posteriors(problem.columns[g], log_p, prior):
            log_likelihood += log_total
            counts += z.T @ posterior
            at_nodes[g] += posterior.sum(axis=0)
    return MarginalState(x, group, log_likelihood, log_prior, log_p, priors, counts, at_nodes)


def _posteriors(columns: Bools, log_p: Floats, prior: Ability) -> Iterator[tuple[Floats, Floats, float]]:
    """Of some candidates at a time: their columns (n, C), posteriors (n, Q), and Σ log P(x)."""
    for start in range(0, len(columns), _AT_ONCE):
        z = columns[start : start + _AT_ONCE].astype(np.float64)
        posterior = z @ log_p
        posterior += prior.log_weights
        top = posterior.max(axis=1, keepdims=True)
        posterior -= top
        np.exp(posterior, out=posterior)
        total = posterior.sum(axis=1, keepdims=True)
        posterior /= total
        yield z, posterior, float((top + np.log(total)).sum())


def slopes(problem: MarginalProblem, state: MarginalState) -> tuple[Floats, Any]:
    """Return the gradient (P,) of the log posterior, and the expected information (P, P) of the complete
    data, as a sparse matrix."""
    from scipy.sparse import coo_matrix

    gradient = np.zeros(problem.size + 1)
    values, rows, columns = list[Floats](), list[Indices](), list[Indices]()

    def add(information: Floats, place: Indices) -> None:
        values.append(information.ravel())
        rows.append(np.broadcast_to(place[:, :, None], information.shape).ravel())
        columns.append(np.broadcast_to(place[:, None, :], information.shape).ravel())

    for block in problem.blocks:
        x, log_p, counts = _of_block(block, state)
        scores = problem.curves.scores(x, problem.grid.nodes, log_p)
        _, first, second = problem.curves.log_prior(x)
        np.add.at(gradient, block.place, np.einsum("bksq,bkq->bs", scores, counts) + first)
        weight = np.exp(log_p) * counts.sum(axis=1, keepdims=True)
        flat = scores.transpose(0, 2, 1, 3).reshape(*x.shape, -1)
        information = (flat * weight.reshape(len(x), 1, -1)) @ flat.transpose(0, 2, 1)
        add(information - second[:, :, None] * np.eye(x.shape[1]), block.place)
    for place, (_, sd), prior, n in zip(
        problem.places[1], state.group, state.priors, state.nodes, strict=True
    ):
        gradient[place] += prior.first @ n
        add(np.diag([1.0, 2.0])[None] * n.sum() / sd**2, place[None])
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    whole = coo_matrix(entries, shape=(problem.size + 1,) * 2).tocsr()
    return gradient[:-1], whole[:-1, :-1]


def _of_block(block: ItemBlock, state: MarginalState) -> tuple[Floats, Floats, Floats]:
    """Parameters (B, S), log probabilities and expected counts (B, K, Q)."""
    x = state.x[block.items, : block.place.shape[1]]
    return x, state.log_p[block.columns], state.counts[block.columns]


def observed_information(problem: MarginalProblem, state: MarginalState) -> Floats:
    """Return minus the second derivatives (P, P) of the log posterior."""
    out = np.zeros((problem.size + 1,) * 2)
    scores, parameters, columns = list[Floats](), list[Indices](), list[Indices]()
    for block in problem.blocks:
        x, log_p, counts = _of_block(block, state)
        own, n_slots = problem.curves.scores(x, problem.grid.nodes, log_p), x.shape[1]
        bend = problem.curves.log_prior(x)[2][:, :, None] * np.eye(n_slots)
        bend += problem.curves.curvature(x, problem.grid.nodes, counts)
        np.subtract.at(out, (block.place[:, :, None], block.place[:, None]), bend)
        place = np.broadcast_to(block.place[:, None], own.shape[:3])
        free = place < problem.size
        scores.append(own[free])
        parameters.append(place[free])
        columns.append(np.broadcast_to(block.columns[:, :, None], own.shape[:3])[free])
    for z, place, prior, n in zip(problem.columns, problem.places[1], state.priors, state.nodes, strict=True):
        out[np.ix_(place, place)] -= prior.second @ n
        free = place < problem.size
        everybody = np.full(int(free.sum()), len(state.log_p))  # a column that all have
        out -= _score_covariance(
            z, state.log_p, prior, np.concatenate([*scores, prior.first[free]]),
            np.concatenate([*parameters, place[free]]), np.concatenate([*columns, everybody]), len(out),
        )  # fmt: skip
    return np.asarray(out[:-1, :-1])


def _score_covariance(
    columns: Bools, log_p: Floats, prior: Ability, scores: Floats, parameter: Indices, column: Indices,
    size: int,
) -> Floats:  # fmt: skip
    """(P, P) covariance of the scores of candidates: what `column` (E,) adds to that of `parameter` (E,) is
    `scores` (E, Q)."""
    from scipy.sparse import csr_matrix

    n = len(scores)
    out = np.zeros((size, size))
    total = csr_matrix((np.ones(n), (parameter, np.arange(n))), shape=(size, n))
    of_columns = csr_matrix((np.arange(n), (parameter, column)), shape=(size, len(log_p) + 1), dtype=float)
    at_nodes = scores.T[:, of_columns.data.astype(np.intp)]
    for some, posterior, _ in _posteriors(columns, log_p, prior):
        z = np.concatenate([some, np.ones((len(some), 1))], axis=1)
        mean = total @ (z.T[column] * (scores @ posterior.T))
        out -= mean @ mean.T
        for of_columns.data, weight in zip(at_nodes, posterior.T, strict=True):
            near = np.flatnonzero(weight > _NEGLIGIBLE)
            weighted = z[near] * np.sqrt(weight[near, None])
            out += of_columns @ (of_columns @ (weighted.T @ weighted)).T
    return out


def pack(problem: MarginalProblem, x: Floats, group: Floats) -> Floats:
    """Return the free parameters as a vector."""
    v = np.empty(problem.size + 1)
    v[problem.places[0]], v[problem.places[1]] = x, group
    return v[:-1]


def unpack(problem: MarginalProblem, v: Floats, x: Floats, group: Floats) -> tuple[Floats, Floats]:
    """Return the parameters of items and groups: the free ones from v, all others from x and group."""
    whole = np.append(v, np.nan)
    items, abilities = (whole[place] for place in problem.places[:2])
    return np.where(problem.free, items, x), np.where(problem.group_free, abilities, group)


class PosteriorMaximum(NamedTuple):
    """The result of maximising the posterior."""

    state: MarginalState
    information: Floats
    """Observed information at the maximum; empty if it was not built."""
    held: Bools
    """Whether each free parameter is at a bound of its range."""
    converged: bool
    iterations: int
    """The number of expectation steps."""


def maximise_posterior(
    problem: MarginalProblem, x: Floats, group: Floats, tolerance: float = TOLERANCE
) -> PosteriorMaximum:
    """Find the maximum of the log posterior from a start, with the observed information there."""

    def at(v: Floats) -> Evaluation:
        """What is known where the free parameters are v."""
        items, abilities = unpack(problem, v, x, group)
        if not inside(problem, items, abilities):
            return Evaluation(v, np.nan, np.zeros_like(v))
        state = evaluate(problem, items, abilities)
        return Evaluation(v, state.value, *slopes(problem, state), state)

    def of_all(of_slots: Floats, of_group: list[float]) -> Floats:
        return pack(problem, np.broadcast_to(of_slots, x.shape), np.broadcast_to(of_group, group.shape))

    # A single group's ability has no upper ends: a likelihood that rises to one of them has no maximum.
    end = FARTHEST if len(group) > 1 else np.inf
    hill = Objective(
        at,
        (lambda point: observed_information(problem, point.state))
        if 0 < problem.size <= MOST_PARAMETERS
        else None,
        of_all(problem.lower, [-end, LEAST_SD]),
        of_all(problem.upper, [end, end]),
    )
    reached = maximise(pack(problem, x, group), hill, tolerance=tolerance, max_iterations=MOST_STEPS)
    return PosteriorMaximum(
        reached.point.state, reached.observed, hill.held(reached.point), reached.converged, reached.iterations
    )

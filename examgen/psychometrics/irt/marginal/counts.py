"""Responses in a form for marginal likelihood, and what is expected of them at each ability.

Each item has a column for every category above the lowest and, where some candidates have no answer to it,
a column for "answered". A candidate's log likelihood at node q is then const_q + Σ_c z_c β_cq, for any model:
β is log P_k − log P_0 in the column of category k and log P_0 in the column "answered"; items that everybody
answered add their log P_0 to the constant. The columns stay int8; a piece of a thousand candidates at a time
becomes float64. Candidates are sorted by score, so that a piece needs only the nodes near its abilities.

The distribution of ability on fixed nodes: normal, with a mean and standard deviation that may be free.

As in mirt the nodes do not move; the weights are normal densities, renormalised over the nodes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.quadrature import Grid

Floats = NDArray[np.float64]


class Ability(NamedTuple):
    """Log weights of Q nodes, with their derivatives by mean and log standard deviation."""

    nodes: Floats
    log_weights: Floats
    """Of the density, not renormalised: see `ability`."""
    log_total: float
    """Log of the sum of the weights: 0 at mean 0 and sd 1, less where the nodes cut the tails off."""
    first: Floats
    """(Q, 2) derivatives of the log weight by mean and log sd."""
    second: Floats
    """(Q, 2, 2)."""
    concave: bool
    """Log weights are concave, so that every posterior of a logistic model has one mode."""


def ability(grid: Grid, mean: float = 0.0, log_sd: float = 0.0) -> Ability:
    """The distribution with this mean and sd: the grid's own weights at 0 and 1.

    At other values the weights are multiplied by the ratio of the two normal densities,
    w_q = w⁰_q exp(θ² / 2 − (θ − mean)² / (2 sd²)) / sd.

    Notes
    -----
    Free means and sds are those that maximise the likelihood under these weights as they are, which is the
    integral over the nodes' range; at the maximum they equal mean and sd of the posteriors, as in mirt's EM.
    The log-likelihood that is reported has renormalised weights, as mirt's. The two differ where the nodes
    cut the tails: at a variance of 1.9 and [−6, 6] by 1e-4 of the variance. Below the distance of two nodes
    the sum of the weights would rise above 1 without reason: there they are renormalised.
    """
    theta, variance = grid.nodes, np.exp(2.0 * log_sd)
    from_mean = theta - mean
    with np.errstate(divide="ignore"):
        log_weights = np.log(grid.weights)
    if mean != 0.0 or log_sd != 0.0:
        log_weights = log_weights + 0.5 * theta**2 - 0.5 * from_mean**2 / variance - log_sd
    top = log_weights.max()
    log_total = float(top + np.log(np.exp(log_weights - top).sum()))
    first = np.stack([from_mean / variance, from_mean**2 / variance - 1.0], axis=1)
    second = np.empty((len(theta), 2, 2))
    second[:, 0, 0] = -1.0 / variance
    second[:, 0, 1] = second[:, 1, 0] = -2.0 * first[:, 0]
    second[:, 1, 1] = -2.0 * (first[:, 1] + 1.0)
    with np.errstate(invalid="ignore"):
        steps = np.diff(log_weights) / np.diff(theta)
    concave = bool((np.diff(steps) <= 1e-9 * (1.0 + np.abs(steps[1:]))).all())
    found = Ability(theta, log_weights, log_total, first, second, concave)
    return renormalised(found) if log_total > 0.0 else found


def renormalised(prior: Ability) -> Ability:
    """The same with weights that sum to 1, and the derivatives that follow."""
    weights = np.exp(prior.log_weights - prior.log_total)
    first = prior.first - weights @ prior.first
    second = (
        prior.second - np.einsum("q,qij->ij", weights, prior.second) - (weights[:, None] * first).T @ first
    )
    return prior._replace(
        log_weights=prior.log_weights - prior.log_total, log_total=0.0, first=first, second=second
    )


def least_log_sd(grid: Grid) -> float:
    """Log of a fifth of the distance of two nodes: at that sd nearly all weight is on one node."""
    return float(np.log(np.diff(grid.nodes).min() / 5.0)) if len(grid.nodes) > 1 else 0.0


Indices = NDArray[np.intp]
PIECE = 1024
NEGLIGIBLE = 1e-14
"""A node whose posterior weight is below this for a whole piece is left out next time."""
DEEP = -600.0
"""Logarithms below this are too near the end of float64 to be summed as they are."""


class ItemBlock(NamedTuple):
    """Items with the same number of categories."""

    items: Indices
    """(B,) places among the items of the fit."""
    n_categories: int
    columns: Indices
    """(B, K − 1) columns of categories 1 … K − 1."""
    answered: Indices
    """(B,) column "answered"; −1 where everybody answered."""


class CategoryResponses(NamedTuple):
    """Sorted responses to J items in C columns."""

    z: NDArray[np.int8]
    """(N, C) of 0 and 1; the columns of an item stand together."""
    starts: Indices
    """(J,) first column of each item."""
    item_of: Indices
    """(C,) item of each column."""
    blocks: tuple[ItemBlock, ...]
    windows: NDArray[np.intp]
    """(pieces, 2) nodes in use: from, to. Changed in place."""


class Expected(NamedTuple):
    """The expectation step at one value of the parameters."""

    log_likelihood: float
    columns: Floats
    """(C, Q) expected number of candidates with each column's 1 at each node."""
    nodes: Floats
    """(Q,) expected number of candidates at each node."""


def responses_of(scores: NDArray[np.int8], n_categories: NDArray[np.intp], n_nodes: int) -> CategoryResponses:
    """Columns of N × J scores (0 … n_categories − 1, negative is missing), sorted by mean score."""
    n_items = scores.shape[1]
    missing = np.asarray((scores < 0).any(axis=0))
    width = n_categories - 1 + missing
    starts = np.concatenate([[0], np.cumsum(width)[:-1]]).astype(np.intp)
    order = _order(scores)
    if not missing.any() and (n_categories == 2).all():
        z = scores[order]
    else:
        z = np.zeros((len(scores), int(width.sum())), dtype=np.int8)
        for j in range(n_items):
            column = scores[order, j]
            for k in range(1, int(n_categories[j])):
                z[:, starts[j] + k - 1] = column == k
            if missing[j]:
                z[:, starts[j] + width[j] - 1] = column >= 0
    blocks = []
    for k in np.unique(n_categories):
        items = np.nonzero(n_categories == k)[0]
        columns = starts[items][:, None] + np.arange(k - 1)
        answered = np.where(missing[items], starts[items] + k - 1, -1)
        blocks.append(ItemBlock(items, int(k), columns, answered))
    pieces = -(-len(scores) // PIECE)
    windows = np.tile(np.array([0, n_nodes], dtype=np.intp), (pieces, 1))
    return CategoryResponses(z, starts, np.repeat(np.arange(n_items), width), tuple(blocks), windows)


def _order(scores: NDArray[np.int8]) -> Indices:
    """Candidates from the lowest mean score to the highest; by file order where equal."""
    totals = np.empty(len(scores))
    for start in range(0, len(scores), PIECE):
        piece = scores[start : start + PIECE]
        answered = np.maximum((piece >= 0).sum(axis=1), 1)
        totals[start : start + PIECE] = np.where(piece > 0, piece, 0).sum(axis=1) / answered
    return np.asarray(np.argsort(totals, kind="stable"))


def table(responses: CategoryResponses, log_p: list[Floats]) -> tuple[Floats, Floats]:
    """(C, Q) values of the columns and (Q,) constant from each block's (B, K, Q) values of categories."""
    n_nodes = log_p[0].shape[2]
    beta, constant = np.empty((len(responses.item_of), n_nodes)), np.zeros(n_nodes)
    for block, values in zip(responses.blocks, log_p, strict=True):
        beta[block.columns] = values[:, 1:] - values[:, :1]
        everybody = block.answered < 0
        constant += values[everybody, 0].sum(axis=0)
        beta[block.answered[~everybody]] = values[~everybody, 0]
    return beta, constant


def expect(responses: CategoryResponses, beta: Floats, constant: Floats) -> Expected:
    """Log-likelihood and expected counts; `constant` contains the log weights of the nodes."""
    z, windows = responses.z, responses.windows
    n_nodes = beta.shape[1]
    columns, nodes, log_likelihood = np.zeros(beta.shape), np.zeros(n_nodes), 0.0
    for piece in range(len(windows)):
        part = z[piece * PIECE : (piece + 1) * PIECE].astype(np.float64)
        first, last = windows[piece]
        posterior, logs, numbers = _posterior(part, beta[:, first:last], constant[first:last])
        # A window that was too narrow shows at its ends: then all nodes once more.
        if (first > 0 and numbers[0] > NEGLIGIBLE) or (last < n_nodes and numbers[-1] > NEGLIGIBLE):
            first, last = 0, n_nodes
            posterior, logs, numbers = _posterior(part, beta, constant)
        log_likelihood += logs
        columns[:, first:last] += part.T @ posterior
        nodes[first:last] += numbers
        in_use = np.nonzero(numbers > NEGLIGIBLE)[0]
        windows[piece] = max(first + in_use[0] - 2, 0), min(first + in_use[-1] + 3, n_nodes)
    return Expected(log_likelihood, columns, nodes)


def _posterior(part: Floats, beta: Floats, constant: Floats) -> tuple[Floats, float, Floats]:
    """(n, Q) posterior weights of candidates, the sum of their log likelihoods, (Q,) sums of the weights."""
    logs = part @ beta
    logs += constant
    # One shift for the whole piece is faster than one a candidate, and enough where abilities are alike.
    top = logs.max()
    logs -= top
    shift = float(top) * len(part)
    if float(logs.min(axis=0).max()) < DEEP:
        own = logs.max(axis=1)
        logs -= own[:, None]
        shift += float(own.sum())
    posterior = np.exp(logs, out=logs)
    total = posterior @ np.ones(posterior.shape[1])
    posterior *= (1.0 / total)[:, None]
    return posterior, shift + float(np.log(total).sum()), np.ones(len(part)) @ posterior


def category_counts(responses: CategoryResponses, expected: Expected) -> list[Floats]:
    """(B, K, Q) expected number of candidates in each category at each node, for each block."""
    out = []
    for block in responses.blocks:
        counts = np.empty((len(block.items), block.n_categories, len(expected.nodes)))
        counts[:, 1:] = expected.columns[block.columns]
        answered = np.where(block.answered[:, None] < 0, expected.nodes, expected.columns[block.answered])
        # Never below zero: a difference of two equal sums may be off by rounding.
        np.maximum(answered - counts[:, 1:].sum(axis=1), 0.0, out=counts[:, 0])
        out.append(counts)
    return out

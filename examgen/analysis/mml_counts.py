"""Responses in a form for marginal likelihood, and what is expected of them at each ability.

Each item has a column for every category above the lowest and, where some candidates have no answer to it,
a column for "answered". A candidate's log likelihood at node q is then const_q + Σ_c z_c β_cq, for any model:
β is log P_k − log P_0 in the column of category k and log P_0 in the column "answered"; items that everybody
answered add their log P_0 to the constant. The columns stay int8; a piece of a thousand candidates at a time
becomes float64. Candidates are sorted by score, so that a piece needs only the nodes near its abilities.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
PIECE = 1024
NEGLIGIBLE = 1e-14
"""A node whose posterior weight is below this for a whole piece is left out next time."""
DEEP = -600.0
"""Logarithms below this are too near the end of float64 to be summed as they are."""


class Block(NamedTuple):
    """Items with the same number of categories."""

    items: Indices
    """(B,) places among the items of the fit."""
    n_categories: int
    columns: Indices
    """(B, K − 1) columns of categories 1 … K − 1."""
    answered: Indices
    """(B,) column "answered"; −1 where everybody answered."""


class Responses(NamedTuple):
    """Sorted responses to J items in C columns."""

    z: NDArray[np.int8]
    """(N, C) of 0 and 1; the columns of an item stand together."""
    starts: Indices
    """(J,) first column of each item."""
    item_of: Indices
    """(C,) item of each column."""
    blocks: tuple[Block, ...]
    windows: NDArray[np.intp]
    """(pieces, 2) nodes in use: from, to. Changed in place."""


class Expected(NamedTuple):
    """The expectation step at one value of the parameters."""

    log_likelihood: float
    columns: Floats
    """(C, Q) expected number of candidates with each column's 1 at each node."""
    nodes: Floats
    """(Q,) expected number of candidates at each node."""


def responses_of(scores: NDArray[np.int8], n_categories: NDArray[np.intp], n_nodes: int) -> Responses:
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
        blocks.append(Block(items, int(k), columns, answered))
    pieces = -(-len(scores) // PIECE)
    windows = np.tile(np.array([0, n_nodes], dtype=np.intp), (pieces, 1))
    return Responses(z, starts, np.repeat(np.arange(n_items), width), tuple(blocks), windows)


def _order(scores: NDArray[np.int8]) -> Indices:
    """Candidates from the lowest mean score to the highest; by file order where equal."""
    totals = np.empty(len(scores))
    for start in range(0, len(scores), PIECE):
        piece = scores[start : start + PIECE]
        answered = np.maximum((piece >= 0).sum(axis=1), 1)
        totals[start : start + PIECE] = np.where(piece > 0, piece, 0).sum(axis=1) / answered
    return np.asarray(np.argsort(totals, kind="stable"))


def table(responses: Responses, log_p: list[Floats]) -> tuple[Floats, Floats]:
    """(C, Q) values of the columns and (Q,) constant from each block's (B, K, Q) values of categories."""
    n_nodes = log_p[0].shape[2]
    beta, constant = np.empty((len(responses.item_of), n_nodes)), np.zeros(n_nodes)
    for block, values in zip(responses.blocks, log_p, strict=True):
        beta[block.columns] = values[:, 1:] - values[:, :1]
        everybody = block.answered < 0
        constant += values[everybody, 0].sum(axis=0)
        beta[block.answered[~everybody]] = values[~everybody, 0]
    return beta, constant


def expect(responses: Responses, beta: Floats, constant: Floats) -> Expected:
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


def category_counts(responses: Responses, expected: Expected) -> list[Floats]:
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

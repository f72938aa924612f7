"""Category curves of item response models with derivatives, in the parameters used for maximisation, and
priors on the lower asymptote c.

A block of B items with K categories has parameters x of shape (B, S). The slots: for items with an asymptote
a, d, c (or logit c); for ordered categories a, d_1 … d_{K−1}.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from examgen.stats.arguments import ArgumentError
from examgen.stats.matrix import Bools, Floats
from examgen.stats.results import Argument, note_of

LEAST_C = 1e-12
"""The value of c at which the density of a prior at c = 0 is evaluated."""
STEEPEST = 300.0
"""Logits beyond this make no difference in float64 and would underflow in products of probabilities."""
TEXTS: dict[str, str] = {
    "prior": "{argument} is `{value}`. Write norm:MEAN:SD (of logit c) or beta:P:Q, for example "
    "norm:-1.1:0.5",
    "prior.finite": "the numbers of {argument} must be finite",
    "prior.sd": "the standard deviation of {argument} must be above 0",
    "prior.normal": "{argument} on logit c needs a mean within ±20 and an sd of 0.001 to 1000",
    "prior.large": "the numbers of {argument} must not exceed one million",
    "prior.beta": "both numbers of {argument} must be at least 1; below 1 a beta density has no maximum",
}
"""The messages by code, which ends before a dot."""


class CategoryCurves:
    """A family of category curves."""

    def n_slots(self, n_categories: int) -> int:
        """Return the number of slots of an item with so many categories: a slope, and an intercept for each
        category but the lowest."""
        return n_categories

    def log_p(self, x: Floats, nodes: Floats) -> Floats:
        """Return the log probabilities (B, K, Q) of categories at nodes."""
        raise NotImplementedError

    def scores(self, x: Floats, nodes: Floats, log_p: Floats) -> Floats:
        """Return the first derivatives (B, K, S, Q) of the log probabilities."""
        raise NotImplementedError

    def curvature(self, x: Floats, nodes: Floats, counts: Floats) -> Floats:
        """Return the exact, not the expected, second derivatives (B, S, S) of Σ_kq counts_kq log P_kq."""
        raise NotImplementedError

    def log_prior(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the log density (B, S) of the priors, and its first and second derivatives."""
        return np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)

    def inside(self, x: Floats) -> Bools:
        """Return whether the model allows the parameters (B,): here, whether they are finite."""
        return np.asarray(np.isfinite(x).all(axis=1))


class LinearLogits(CategoryCurves):
    """Curves with log odds that are linear in the parameters: P(X = k | θ) ∝ exp(Σ_s x_s w_ks(θ))."""

    def weights(self, n_slots: int, nodes: Floats) -> Floats:
        """Return the weights w (K, S, Q); those of category 0 are 0."""
        raise NotImplementedError

    def log_p(self, x: Floats, nodes: Floats) -> Floats:
        """Return the log probabilities of categories 0 … K − 1."""
        z = np.einsum("bs,ksq->bkq", x, self.weights(x.shape[1], nodes))
        z -= z.max(axis=1, keepdims=True)
        return np.asarray(z - np.log(np.exp(z).sum(axis=1, keepdims=True)))

    def scores(self, x: Floats, nodes: Floats, log_p: Floats) -> Floats:
        """Return w minus its expectation."""
        weights = self.weights(x.shape[1], nodes)
        return np.asarray(weights - np.einsum("bkq,ksq->bsq", np.exp(log_p), weights)[:, None])

    def curvature(self, x: Floats, nodes: Floats, counts: Floats) -> Floats:
        """Return minus the covariance of the scores, which is the same for every category."""
        log_p = self.log_p(x, nodes)
        scores = self.scores(x, nodes, log_p)
        weight = np.exp(log_p) * counts.sum(axis=1, keepdims=True)
        return np.asarray(-np.einsum("bksq,bktq,bkq->bst", scores, scores, weight, optimize=True))


def sigmoid(z: Floats) -> Floats:
    """Return 1 / (1 + exp(−z)) with full relative precision far below zero, for logits in ±300."""
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


def _logits(a: Floats, d: Floats, nodes: Floats) -> Floats:
    return np.clip(a[..., None] * nodes + d[..., None], -STEEPEST, STEEPEST)


@dataclass(frozen=True)
class Asymptotes(CategoryCurves):
    """Curves with a lower asymptote: P(1 | θ) = c + (1 − c) σ(aθ + d); slots a, d, c. c may have a prior."""

    prior: Prior | None = None

    def n_slots(self, n_categories: int) -> int:
        """Return the number of slots of an item scored 0 or 1."""
        return 3

    def _right_wrong(self, x: Floats, nodes: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """P, 1 − P, σ and 1 − σ, each without cancellation."""
        z, c = _logits(x[:, 0], x[:, 1], nodes), x[:, 2:]
        above, below = sigmoid(z), sigmoid(-z)
        return c + (1.0 - c) * above, (1.0 - c) * below, above, below

    def log_p(self, x: Floats, nodes: Floats) -> Floats:
        """Return the log probabilities of a wrong and a right answer."""
        right, wrong, _, _ = self._right_wrong(x, nodes)
        return np.log(np.stack([wrong, right], axis=1))

    def scores(self, x: Floats, nodes: Floats, log_p: Floats) -> Floats:
        """Return ±P′ divided by the probability of the category."""
        right, wrong, above, below = self._right_wrong(x, nodes)
        by_d = (1.0 - x[:, 2:]) * above * below
        slopes = np.stack([nodes * by_d, by_d, below], axis=1)
        return np.stack([-slopes / wrong[:, None], slopes / right[:, None]], axis=1)

    def curvature(self, x: Floats, nodes: Floats, counts: Floats) -> Floats:
        """Return the exact, not the expected, second derivatives: Σ counts (P″/P − (P′/P)²)."""
        right, wrong, above, below = self._right_wrong(x, nodes)
        scores = self.scores(x, nodes, counts)
        out = -np.einsum("bksq,bktq,bkq->bst", scores, scores, counts, optimize=True)
        excess = counts[:, 1] / right - counts[:, 0] / wrong
        bend, linear = above * below * excess, np.stack([nodes, np.ones_like(nodes)])
        twice = (1.0 - x[:, 2:]) * bend * (below - above)
        out[:, :2, :2] += np.einsum("sq,tq,bq->bst", linear, linear, twice)
        out[:, 2, :2] -= bend @ linear.T
        out[:, :2, 2] -= bend @ linear.T
        return np.asarray(out)

    def log_prior(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the log density of the prior on c, the third slot, with derivatives."""
        value, first, second = np.zeros((3, *x.shape))
        if self.prior is not None:
            value[:, 2], first[:, 2], second[:, 2] = log_prior(self.prior, x[:, 2])
        return value, first, second

    def inside(self, x: Floats) -> Bools:
        """Return whether the parameters are finite and c is below 0.98."""
        return np.asarray((x[:, 2] < 0.98) & np.isfinite(x).all(axis=1))


class Graded(CategoryCurves):
    """Samejima's graded response model: P(X ≥ k | θ) = σ(aθ + d_k); slots a, d_1 > d_2 > …"""

    def log_p(self, x: Floats, nodes: Floats) -> Floats:
        """Return the log probabilities of categories 0 … K − 1."""
        # P_k = σ(z_k) σ(−z_{k+1}) (1 − exp(d_{k+1} − d_k)): a product, so nothing cancels.
        z = _logits(x[:, :1], x[:, 1:], nodes)
        n_cuts = z.shape[1]
        out = np.zeros((len(x), n_cuts + 1, len(nodes)))
        out[:, 1:] -= np.logaddexp(0.0, -z)
        out[:, :-1] -= np.logaddexp(0.0, z)
        out[:, 1:-1] += np.log(-np.expm1(np.diff(x[:, 1:], axis=1)))[:, :, None]
        return out

    def scores(self, x: Floats, nodes: Floats, log_p: Floats) -> Floats:
        """Return the derivatives: σ(−z_k) for the cut below the category, −σ(z_{k+1}) for the one above, and
        a term for their distance."""
        z = _logits(x[:, :1], x[:, 1:], nodes)
        n_cuts = z.shape[1]
        up, down = sigmoid(-z), -sigmoid(z)
        out = np.zeros((len(x), n_cuts + 1, n_cuts + 1, len(nodes)))
        gap, k = _gap(x)[:, :, None], np.arange(n_cuts)
        out[:, 1:, 0] = nodes * up
        out[:, :-1, 0] += nodes * down
        out[:, k + 1, k + 1], out[:, k, k + 1] = up, down
        out[:, k[1:], k[1:]] += gap
        out[:, k[1:], k[1:] + 1] -= gap
        return out

    def curvature(self, x: Floats, nodes: Floats, counts: Floats) -> Floats:
        """Return the exact, not the expected, second derivatives."""
        z = _logits(x[:, :1], x[:, 1:], nodes)
        n_cuts = z.shape[1]
        # Each cut's logit stands in the category above it and in the one below it.
        weight = sigmoid(z) * sigmoid(-z) * (counts[:, 1:] + counts[:, :-1])
        out = np.zeros((len(x), n_cuts + 1, n_cuts + 1))
        out[:, 0, 0] = -(nodes**2 * weight).sum(axis=(1, 2))
        by_cut = -(nodes * weight).sum(axis=2)
        out[:, 0, 1:], out[:, 1:, 0] = by_cut, by_cut
        cuts = np.arange(n_cuts) + 1
        out[:, cuts, cuts] -= weight.sum(axis=2)
        gap = _gap(x)
        bend = gap * (1.0 + gap) * counts[:, 1:-1].sum(axis=2)
        out[:, cuts[:-1], cuts[:-1]] -= bend
        out[:, cuts[1:], cuts[1:]] -= bend
        out[:, cuts[:-1], cuts[1:]] += bend
        out[:, cuts[1:], cuts[:-1]] += bend
        return out

    def inside(self, x: Floats) -> Bools:
        """Return whether the parameters are finite and thresholds are in order."""
        return np.asarray((np.diff(x[:, 1:], axis=1) < -1e-8).all(axis=1) & np.isfinite(x).all(axis=1))


def _gap(x: Floats) -> Floats:
    """e / (1 − e) with e = exp(d_{k+1} − d_k): derivative of log(1 − e) to d_k."""
    return np.asarray(1.0 / np.expm1(-np.diff(x[:, 1:], axis=1)))


class PartialCredit(LinearLogits):
    """Muraki's generalised partial credit model: P(X = k | θ) ∝ exp(k a θ + d_k); slots a, d_1, d_2, …

    With two categories that is the two-parameter logistic model, with slopes of 1 the Rasch model.
    """

    def weights(self, n_slots: int, nodes: Floats) -> Floats:
        """Return kθ for a, and 1 for the d of category k."""
        out = np.repeat(np.eye(n_slots)[:, :, None], len(nodes), axis=2)
        out[:, 0] = np.arange(n_slots)[:, None] * nodes
        return out


# ── priors ───────────────────────────────────────────────────────────────────────────────────


class LogitNormal(NamedTuple):
    """A normal prior on logit c, as mirt's PRIOR `(…, g, norm, mean, sd)`. The density is that of logit c."""

    mean: float
    sd: float


class BetaPrior(NamedTuple):
    """A beta prior on c, with density ∝ c^(p − 1) (1 − c)^(q − 1), as mirt's `expbeta`. The density is that
    of c, so that c without data is estimated at its mode, (p − 1) / (p + q − 2).

    mirt 1.45.1 reports this log prior too, but its gradient lacks the factor c (1 − c) of logit c, so that it
    stops short of the maximum: the log posterior here is higher, and the numbers differ.
    """

    p: float
    q: float


Prior = LogitNormal | BetaPrior


def parse_prior(text: str) -> Prior:
    """Return the prior described by a text such as `norm:-1.1:0.5` or `beta:5:17`; raises ArgumentError for
    anything else."""
    name, _, rest = text.strip().partition(":")
    try:
        first, second = (float(number) for number in rest.split(":"))
    except ValueError:
        raise _refused("prior", text) from None
    if name not in ("norm", "beta"):
        raise _refused("prior", text)
    return checked(LogitNormal(first, second) if name == "norm" else BetaPrior(first, second))


def checked(prior: Prior) -> Prior:
    """Return the prior if its numbers are valid and its density has a maximum; else raise ArgumentError."""
    normal = isinstance(prior, LogitNormal)
    faults = {
        "prior.finite": not all(math.isfinite(number) for number in prior),
        "prior.sd": normal and prior[1] <= 0,
        "prior.normal": normal and not (abs(prior[0]) <= 20 and 1e-3 <= prior[1] <= 1e3),
        "prior.large": max(prior) > 1e6,
        "prior.beta": not normal and min(prior) < 1,
    }
    for key, wrong in faults.items():
        if wrong:
            raise _refused(key)
    return prior


def _refused(key: str, value: str = "") -> ArgumentError:
    return ArgumentError(note_of(TEXTS, key, {"argument": Argument("prior_c"), "value": value}))


def mode(prior: Prior) -> float:
    """Return the c that the prior makes most likely without data."""
    if isinstance(prior, LogitNormal):
        return 1.0 / (1.0 + math.exp(-prior.mean))
    return (prior.p - 1) / max(prior.p + prior.q - 2, 1e-9)


def log_prior(prior: Prior, c: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the log density of the prior (for a normal prior that of logit c), with its first and second
    derivatives by c."""
    c, rest = np.maximum(c, LEAST_C), np.maximum(1.0 - c, LEAST_C)
    if isinstance(prior, LogitNormal):
        z, by_c = (np.log(c / rest) - prior.mean) / prior.sd, 1.0 / (c * rest)
        constant = math.log(prior.sd * math.sqrt(2.0 * math.pi))
        second = (z * (1.0 - 2.0 * c) - 1.0 / prior.sd) * by_c**2 / prior.sd
        return -0.5 * z * z - constant, -z / prior.sd * by_c, second
    p, q = prior.p - 1, prior.q - 1
    constant = math.lgamma(prior.p) + math.lgamma(prior.q) - math.lgamma(prior.p + prior.q)
    value = p * np.log(c) + q * np.log(rest) - constant
    return value, p / c - q / rest, -p / c**2 - q / rest**2

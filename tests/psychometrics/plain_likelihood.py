"""The marginal likelihood as its definition has it, and a slow climb of it: what fast fits are held against.

Every candidate, node and item by itself in float64, derivatives of the curves by differences, and a general
optimiser (L-BFGS-B) of its own parameters. Nothing here comes from examgen but the scores and the start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, expit

Floats = NDArray[np.float64]
NODES = np.linspace(-6.0, 6.0, 61)
STEEPEST = 30.0
_H = 1e-5


class Plain(NamedTuple):
    """A model of scores (N, J), negative where missing, of candidates in `group` (N,)."""

    model: str
    scores: NDArray[np.int8]
    group: NDArray[np.int64]
    prior: tuple[str, float, float] | None = None
    """`normal` on logit c, or `beta` on c."""
    whole: bool = True
    """Whether weights of the nodes sum to 1; else the standard weights times a ratio of densities."""

    @property
    def n_steps(self) -> int:
        return int(self.scores.max())

    @property
    def n_groups(self) -> int:
        return int(self.group.max()) + 1

    @property
    def logit(self) -> bool:
        """Whether the third slot is logit c."""
        return self.prior is not None

    def log_p(self, x: Floats) -> Floats:
        """(J, K, Q) of item parameters (J, S): a, then d, c or the intercepts of the steps.

        Graded intercepts are the first and the logs of the distances to the next ones.
        """
        a = x[:, :1, None]
        if self.model in {"gpcm", "pcm"}:
            k = np.arange(1, self.n_steps + 1)[:, None]
            z = np.concatenate([np.zeros((len(x), 1, len(NODES))), k * a * NODES + x[:, 1:, None]], axis=1)
            return np.asarray(z - np.logaddexp.reduce(z, axis=1)[:, None])
        if self.model == "grm":
            d = intercepts(x)
            above = expit(np.clip(a * NODES + d[:, :, None], -300, 300))
            below = expit(-np.clip(a * NODES + d[:, :, None], -300, 300))
            first, last = below[:, :1], above[:, -1:]
            gap = -np.expm1(np.diff(d, axis=1))[:, :, None]
            return np.asarray(
                np.log(np.concatenate([first, above[:, :-1] * below[:, 1:] * gap, last], axis=1))
            )
        z = np.clip(a[:, 0] * NODES + x[:, 1:2], -300, 300)
        c = np.zeros((len(x), 1))
        if self.model == "3pl":
            c = expit(x[:, 2:3]) if self.logit else x[:, 2:3]
        return np.asarray(np.log(np.stack([(1.0 - c) * expit(-z), c + (1.0 - c) * expit(z)], axis=1)))

    def log_prior(self, x: Floats) -> Floats:
        """(J,)."""
        if self.prior is None:
            return np.zeros(len(x))
        kind, one, two = self.prior
        v = x[:, 2]
        if kind == "normal":
            return np.asarray(-0.5 * ((v - one) / two) ** 2 - np.log(two * np.sqrt(2.0 * np.pi)))
        return np.asarray(
            -(one - 1) * np.logaddexp(0, -v) - (two - 1) * np.logaddexp(0, v) - betaln(one, two)
        )

    def log_weights(self, ability: Floats) -> Floats:
        """(G, Q) of means and log sds (G, 2)."""
        mean, sd = ability[:, :1], np.exp(ability[:, 1:])
        own = -0.5 * ((NODES - mean) / sd) ** 2
        if self.whole:
            return np.asarray(own - np.logaddexp.reduce(own, axis=1)[:, None])
        return np.asarray(own - np.log(sd) - np.logaddexp.reduce(-0.5 * NODES**2))

    def value(self, x: Floats, ability: Floats) -> float:
        """Log-likelihood with the log prior."""
        return self._expected(x, ability)[0]

    def _expected(self, x: Floats, ability: Floats) -> tuple[float, Floats, Floats]:
        """The value, and expected candidates (J, K, Q) and (G, Q)."""
        log_p, weights = self.log_p(x), self.log_weights(ability)
        total, at_nodes = float(self.log_prior(x).sum()), np.zeros_like(weights)
        ones = [(self.scores == k).astype(float) for k in range(log_p.shape[1])]
        each = weights[self.group] + sum(one @ log_p[:, k] for k, one in enumerate(ones))
        own = np.logaddexp.reduce(each, axis=1)
        share = np.exp(each - own[:, None])
        for g in range(len(weights)):
            at_nodes[g] = share[self.group == g].sum(axis=0)
        return total + float(own.sum()), np.stack([one.T @ share for one in ones], axis=1), at_nodes

    def climbed(self, x: Floats, ability: Floats, free: NDArray[np.bool_]) -> tuple[float, Floats, Floats]:
        """The maximum uphill from a start: its value, items and abilities. `free` (G, 2) of the abilities.

        Slopes are the same for all items in `1pl`, and 1 in `rasch` and `pcm`.
        """
        one_slope, no_slope = self.model == "1pl", self.model in {"rasch", "pcm"}
        n_items, n_slots = x.shape

        def unpacked(v: Floats) -> tuple[Floats, Floats]:
            items, group = x.copy(), ability.copy()
            n = n_items * (n_slots - 1)
            items[:, 1:] = v[:n].reshape(n_items, -1)
            slopes = 0 if no_slope else 1 if one_slope else n_items
            if slopes:
                items[:, 0] = v[n : n + slopes]
            group[free] = v[n + slopes :]
            return items, group

        def packed(items: Floats, group: Floats) -> Floats:
            slopes = items[:0, 0] if no_slope else items[:1, 0] if one_slope else items[:, 0]
            return np.concatenate([items[:, 1:].ravel(), slopes, group[free]])

        def below(v: Floats) -> tuple[float, Floats]:
            items, group = unpacked(v)
            value, counts, at_nodes = self._expected(items, group)
            by_item = np.empty_like(items)
            for s in range(n_slots):
                step = np.zeros(n_slots)
                step[s] = _H
                up, down = items + step, items - step
                if self.model == "3pl" and not self.logit and s == 2:
                    down = np.maximum(down, [-np.inf, -np.inf, 0.0])
                width = (up - down)[:, s]
                by_item[:, s] = (counts * (self.log_p(up) - self.log_p(down))).sum(axis=(1, 2)) / width
                by_item[:, s] += (self.log_prior(up) - self.log_prior(down)) / width
            by_group = np.empty_like(group)
            for s in range(2):
                step = _H * (np.arange(2) == s)
                off = self.log_weights(group + step) - self.log_weights(group - step)
                by_group[:, s] = (at_nodes * off).sum(axis=1) / (2 * _H)
            if one_slope:
                by_item[0, 0] = by_item[:, 0].sum()
            return -value, -packed(by_item, by_group)

        v = packed(x, ability)
        bounds: list[tuple[float | None, float | None]] = [(None, None)] * len(v)
        n_others = n_items * (n_slots - 1)
        bounds[n_others : n_others + len(v) - n_others - int(free.sum())] = [(-STEEPEST, STEEPEST)] * (
            len(v) - n_others - int(free.sum())
        )
        if self.model == "3pl" and not self.logit:
            bounds[1 : n_items * 2 : 2] = [(0.0, 0.95)] * n_items
        options = {"maxiter": 3000, "maxfun": 6000, "ftol": 1e-15, "gtol": 1e-7, "maxcor": 40}
        for _ in range(3):
            v = minimize(below, v, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        items, group = unpacked(v)
        return self.value(items, group), items, group


def intercepts(x: Floats) -> Floats:
    """(J, K − 1) graded intercepts of a first one and the logs of distances."""
    return np.asarray(x[:, 1:2] - np.cumsum(np.hstack([np.zeros((len(x), 1)), np.exp(x[:, 2:])]), axis=1))


def distances(d: Floats) -> Floats:
    """The other way round."""
    return np.hstack([d[:, :1], np.log(-np.diff(d, axis=1))])

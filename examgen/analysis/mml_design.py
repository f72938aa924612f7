"""Which parameters of the logistic model are free, and the likelihood as a function of those alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.mml_ability import Ability, ability, least_log_sd, renormalised
from examgen.analysis.mml_ascent import Point
from examgen.analysis.mml_information import observed_information
from examgen.analysis.mml_logistic import Expectation, Responses, complete_information, expectation, gradient
from examgen.analysis.quadrature import Grid

Floats = NDArray[np.float64]


class Design(NamedTuple):
    """One group's model: slopes (S), intercepts (J), mean and log sd, and what of them is free."""

    responses: Responses
    grid: Grid
    base: Floats
    """(S + J + 2,) values of what is fixed; starts of what is free."""
    free: NDArray[np.bool_]
    prior: Ability
    """Distribution of ability at `base`."""

    @property
    def n_slopes(self) -> int:
        """J, or 1 with a common slope."""
        return len(self.base) - 2 - self.responses.n_items

    def place(self, x: Floats) -> tuple[Floats, Floats, Ability]:
        """Slopes, intercepts and distribution of ability at the free parameters x."""
        full = self.base.copy()
        full[self.free] = x
        full[-1] = max(full[-1], least_log_sd(self.grid))
        prior = ability(self.grid, full[-2], full[-1]) if self.free[-2:].any() else self.prior
        return full[: self.n_slopes], full[self.n_slopes : -2], prior

    def evaluate(self, x: Floats) -> Point:
        """One E-step: objective, gradient and EM step."""
        a, d, prior = self.place(x)
        found = expectation(self.responses, a, d, prior)
        slope = gradient(found, prior)
        if self.at_least_sd(x):
            slope[-1] = max(slope[-1], 0.0)
        step, scale = self._em_step(found, prior, np.where(self.free, slope, 0.0))
        free = self.free
        return Point(x, found.objective, slope[free], x + step[free], scale[free])

    def information(self, x: Floats) -> Floats:
        """Observed information of the free parameters."""
        a, d, prior = self.place(x)
        return self._of_free(observed_information(self.responses, a, d, prior), x)

    def reported_information(self, x: Floats) -> Floats:
        """The same of the log-likelihood that is reported, for standard errors.

        As in mirt, of mean and variance under renormalised weights. In the scale of log sd a curvature by the
        variance is that by log sd less twice the slope, which is not 0 where the nodes cut the tails.
        """
        a, d, prior = self.place(x)
        prior = renormalised(prior)
        found = expectation(self.responses, a, d, prior)
        full = observed_information(self.responses, a, d, prior, found)
        full[-1, -1] += 2.0 * float(found.posterior @ prior.first[:, 1])
        return self._of_free(full, x)

    def _of_free(self, full: Floats, x: Floats) -> Floats:
        """Rows and columns of what is free; an sd at its lower end stands alone."""
        if self.at_least_sd(x):
            full[-1], full[:, -1], full[-1, -1] = 0.0, 0.0, 1.0
        return np.asarray(full[np.ix_(self.free, self.free)])

    def at_least_sd(self, x: Floats) -> bool:
        """Whether a free sd of ability is at its lower end: it is not told from 0."""
        return bool(self.free[-1] and x[-1] <= least_log_sd(self.grid))

    def log_likelihood(self, point: Point) -> float:
        """As it is reported: with renormalised weights."""
        return point.value - self.responses.n_candidates * self.place(point.x)[2].log_total

    def _em_step(self, found: Expectation, prior: Ability, slope: Floats) -> tuple[Floats, Floats]:
        """Step of scoring on the complete data, and the roots of the information of each parameter."""
        aa, ad, dd, of_ability = complete_information(found, prior)
        n, s = self.responses.n_items, self.n_slopes
        free_a, free_d = self.free[:s], self.free[s:-2]
        dd = np.where(free_d, dd, 1.0) + 1e-9
        ad = np.where(free_a & free_d, ad, 0.0)
        g_a, g_d = slope[:s], slope[s:-2]
        step = np.zeros(len(slope))
        if self.responses.common_slope:
            alone = (aa.sum() if free_a[0] else 1.0) + 1e-9
            step[0] = (g_a[0] - (ad / dd) @ g_d) / max(alone - float((ad / dd) @ ad), 1e-9)
            of_slopes = np.array([alone])
        else:
            of_slopes = np.where(free_a, aa, 1.0) + 1e-9
            step[:n] = (g_a - ad / dd * g_d) / np.maximum(of_slopes - ad * ad / dd, 1e-9)
        step[s:-2] = (g_d - ad * step[:s]) / dd
        kept = self.free[-2:]
        block = np.where(np.outer(kept, kept), of_ability, np.eye(2)) + 1e-6 * np.eye(2)
        step[-2:] = np.linalg.solve(block, slope[-2:]) if kept.any() else 0.0
        _shorten(step, s)
        return step, np.sqrt(np.concatenate([of_slopes, dd, np.abs(np.diag(block)) + 1e-9]))


def _shorten(step: Floats, n_slopes: int) -> None:
    """No parameter goes further than 2 in one step; slope and intercept of an item are shortened together."""
    if np.abs(step).max(initial=0.0) <= 2.0:
        return
    if n_slopes == 1:
        step *= 2.0 / np.abs(step).max()
        return
    longest = np.maximum(np.abs(step[:n_slopes]), np.abs(step[n_slopes:-2]))
    factor = np.minimum(1.0, 2.0 / np.maximum(longest, 1e-300))
    step[:n_slopes] *= factor
    step[n_slopes:-2] *= factor
    step[-2:] = np.clip(step[-2:], -1.0, 1.0)

"""0/1 scores → a Rasch model, one- or two-parameter logistic model by marginal maximum likelihood.

`fit_logistic` decides which parameters are free, starts from one factor of the item–rest covariances,
maximises the likelihood as a function of the free parameters (`LogisticProblem`), and inverts the observed
information there for standard errors.
"""

from __future__ import annotations

from functools import partial
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import score_ranges
from examgen.core.words import tell
from examgen.psychometrics.irt.marginal.ascent import (
    NEAR,
    ROUGH_FROM,
    Evaluation,
    Objective,
    Optimum,
    maximise,
    newton,
    roughly,
)
from examgen.psychometrics.irt.marginal.fitting import (
    LEAST_CANDIDATES,
    LEAST_ITEMS,
    WORDS,
    Labels,
    fit_of,
    nothing,
)
from examgen.psychometrics.irt.marginal.logistic import (
    Expectation,
    complete_information,
    expectation,
    gradient,
)
from examgen.psychometrics.irt.marginal.observed_information import observed_information
from examgen.psychometrics.irt.marginal.problem import MOST_PARAMETERS
from examgen.psychometrics.irt.marginal.responses import (
    Responses,
    by_pattern,
    column_sums,
    prepare,
    row_sums,
    unpacked,
)
from examgen.stats.irt_models import Fit, ItemParameters, Note, dichotomous
from examgen.stats.quadrature import Ability, Grid, ability, beyond_nodes, least_log_sd, renormalised

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_WEAKEST, _STRONGEST = 0.25, 0.92
"""Least and greatest biserial correlation with the factor that a start is given."""
_STEPS_WITHOUT_MATRIX = 60
_NEARER = 1e-5
"""What EM steps leave to gain, as a share of the tolerance, where an information takes long."""
_REFUSED = 10
"""Fewer candidates than these have no slopes: every answer can be explained by some."""


def fit_logistic(
    scores: NDArray[np.int8],
    model: str,
    fixed: ItemParameters | None,
    grid: Grid,
    standard_errors: bool,
    max_iterations: int,
    tolerance: float,
) -> Fit:
    """Fit `rasch`, `1pl` or `2pl`; arguments as `models.fit_mml`.

    Raises
    ------
    ValueError
        For fixed slopes that the model does not allow: other than 1 (Rasch), or different ones (1PL).
    """
    n_items, rasch = scores.shape[1], model == "rasch"
    fixed_a, fixed_d = np.full((2, n_items), np.nan)
    if fixed is not None:
        fixed_a, fixed_d = np.array(fixed.a, dtype=np.float64), np.array(fixed.d[:, 0], dtype=np.float64)
    known = fixed_a[np.isfinite(fixed_a)]
    if rasch:
        if (known != 1.0).any():
            raise ValueError(tell("slopes of a Rasch model are 1, so fixed slopes cannot be different"))
        fixed_a = np.full(n_items, np.nan)
    if model == "1pl" and len(known):
        if (known != known[0]).any():
            raise ValueError(tell("a 1PL has one slope, so fixed slopes cannot be different"))
        fixed_a = np.full(n_items, known[0])

    lowest, highest = score_ranges(scores)
    both = np.isfinite(fixed_d) & (np.isfinite(fixed_a) | rasch)
    kept = (highest >= 0) & (highest <= 1) & (both | (lowest != highest))
    notes = []
    for j in np.flatnonzero(~kept):
        code = {-1: "no-answers", 0: "all-wrong", 1: "all-right"}.get(int(highest[j]), "not-dichotomous")
        notes.append(Note(code, int(j), tell(WORDS[code])))
    items = np.flatnonzero(kept)
    responses = prepare(
        scores if kept.all() else scores[:, items], "weighted sum" if model == "2pl" else "sum"
    )
    n = responses.n_candidates
    anchored = bool(np.isfinite(fixed_a).any() or np.isfinite(fixed_d).any())
    too_few: tuple[str, int, int] | None = None
    if len(items) < LEAST_ITEMS[model] and not anchored:
        too_few = "not-identified", len(items), LEAST_ITEMS[model]
    elif model == "2pl" and n < _REFUSED and not anchored:
        too_few = "too-few-candidates", n, _REFUSED
    if not len(items) or not n or too_few:
        note = Note("nothing-to-fit", None, tell(WORDS["nothing-to-fit"]))
        if len(items) and n and too_few:
            code, there, least = too_few
            note = Note(code, None, tell(WORDS[code], n=there, least=least), (str(there), str(least)))
        return nothing(model, dichotomous(fixed_a, fixed_d), n, [*notes, note])

    # Start values and what is free. Fixed intercepts free the mean, fixed slopes the sd of ability.
    of_a, of_d = fixed_a[items], fixed_d[items]
    a, d = start_values(responses)
    free_a, free_d = np.isnan(of_a), np.isnan(of_d)
    if model != "2pl":
        free_a = np.array([model == "1pl" and bool(np.isnan(fixed_a[0]))])
        of_a = np.ones(1) if rasch else of_a[:1]
    base = np.concatenate([np.where(free_a, a, of_a), np.where(free_d, d, of_d), [0.0, 0.0]])
    free = np.concatenate([free_a, free_d, [not free_d.all(), rasch or not free_a.all()]])
    design = LogisticProblem(responses, grid, base, free, ability(grid))

    matrices = int(free.sum()) <= MOST_PARAMETERS
    hill = Objective(design.evaluate, design.information if matrices else None, costly=True)
    climb = partial(maximise, hill=hill, tolerance=tolerance, nearer=_NEARER)
    most = max_iterations if matrices else min(max_iterations, _STEPS_WITHOUT_MATRIX)
    if responses.n_single_rows < ROUGH_FROM:
        ascent = climb(base[free], max_iterations=most)
    else:
        near = roughly(base[free], hill, lambda every: design.rough(every).evaluate, n, tolerance)
        ascent = climb(near, max_iterations=most, nearer=NEAR)
    # A slope at which the curve is a step between two nodes: to the likelihood it is infinite.
    steepest = 2.0 / float(np.diff(grid.nodes).max()) if len(grid.nodes) > 1 else np.inf
    if model == "2pl" and matrices and (np.abs(design.place(ascent.point.x)[0]) > steepest).any():
        # Such likelihoods have several maxima: once more from slopes of 1 and intercepts by facilities.
        facility = np.clip(responses.right / np.maximum(responses.taken, 1.0), 1e-3, 1 - 1e-3)
        neutral = np.concatenate([np.ones(len(items)), np.log(facility / (1.0 - facility)), base[-2:]])
        again = climb(neutral[free], max_iterations=most)
        ascent = again if again.point.value > ascent.point.value + tolerance else ascent
    if standard_errors and matrices and ascent.observed is None and ascent.converged:
        ascent = newton(ascent, hill, tolerance, max_iterations)

    full = base.copy()
    full[free] = ascent.point.x
    log_sd = max(full[-1], least_log_sd(grid))
    n_slopes = design.n_slopes
    # Without anchors the direction of ability is ours to choose.
    sign = -1.0 if not anchored and full[:n_slopes].sum() < 0 else 1.0
    a, d = fixed_a.copy(), fixed_d.copy()
    if rasch:
        a[:] = 1.0
    a[items], d[items] = sign * full[:n_slopes], full[n_slopes:-2]
    left = ~kept & (np.isnan(fixed_d) | (np.isnan(fixed_a) & (not rasch)))
    a[left], d[left] = np.nan, np.nan
    a[np.abs(a) < 1e-6] = 0.0
    endless = np.isnan(fixed_a) & np.isfinite(a) & (np.abs(a) > steepest)

    steep = np.flatnonzero(endless)
    for j in steep if model == "2pl" else steep[:1]:
        words = tell(WORDS["slope-between-nodes"], slope=a[j])
        # the one slope of a 1PL is nobody's
        notes.append(Note("slope-to-infinity", int(j) if model == "2pl" else None, words, (f"{a[j]:.0f}",)))
    for j in np.flatnonzero((a < 0) & ~endless & np.isnan(fixed_a)):
        words = tell(WORDS["negative-slope"], slope=a[j])
        notes.append(Note("negative-slope", int(j), words, (f"{a[j]:.2f}",)))
    if not ascent.converged:
        words = tell(WORDS["not-converged"], steps=ascent.iterations)
        notes.append(Note("not-converged", None, words, (f"{ascent.iterations}",)))
    if design.at_least_sd(ascent.point.x) or (model == "1pl" and np.abs(a[np.isfinite(a)]).max() < 0.05):
        notes.append(Note("no-variance", None, tell(WORDS["no-variance"])))
    mean, sd = float(full[-2]), float(np.exp(full[-1]))
    if beyond_nodes(mean, sd, float(np.abs(grid.nodes).max())):
        words = tell(WORDS["wide-rasch" if rasch and not free[-2] else "wide-ability"], mean=mean, sd=sd)
        notes.append(Note("wide-ability", None, words, (f"{mean:.1f}", f"{sd:.1f}")))
    if n < LEAST_CANDIDATES[model] and np.isnan(fixed_d).any():
        notes.append(Note("few-candidates", None, tell(WORDS["few-candidates"], n=n), (f"{n}",)))

    labels: Labels = [("a", int(j), 0) for j in items[:n_slopes]] + [("d", int(j), 0) for j in items]
    labels += [("mean", 0, 0), ("sd", 0, 0)]
    labels = [label for label, is_free in zip(labels, free, strict=True) if is_free]
    covariance, trouble = np.empty((0, 0)), None
    if standard_errors:
        covariance, labels, trouble = _covariance(labels, design, ascent, endless, sign)
    return fit_of(
        model, dichotomous(a, d), labels if covariance.size else [], covariance, mean=mean,
        sd=float(np.exp(log_sd)), log_likelihood=design.log_likelihood(ascent.point), log_prior=0.0,
        n_parameters=int(free.sum()), n_candidates=n, converged=ascent.converged and not endless.any(),
        iterations=ascent.iterations, notes=notes if trouble is None else [*notes, trouble],
    )  # fmt: skip


def _covariance(
    labels: Labels, design: LogisticProblem, ascent: Optimum, endless: Flags, sign: float
) -> tuple[Floats, Labels, Note | None]:
    """Inverse of the observed information of what has a finite estimate; its labels; what went wrong."""
    none = np.empty((0, 0))
    if len(labels) > MOST_PARAMETERS:
        words = tell("there are no standard errors, because there are more than 4,000 free parameters")
        return none, [], Note("too-many-parameters", None, words, ("4,000",))
    if design.free[-2:].any():
        observed = design.reported_information(ascent.point.x)
    else:
        observed = ascent.observed if ascent.observed is not None else design.information(ascent.point)
    common = design.responses.common_slope
    keep = np.array(
        [name not in {"a", "d"} or not endless[j] or (common and name == "d") for name, j, _ in labels]
    )
    keep[-1:] &= not design.at_least_sd(ascent.point.x)
    observed = observed[np.ix_(keep, keep)]
    labels = [label for label, kept in zip(labels, keep, strict=True) if kept]
    half = inverse_root(observed)
    if half is None:
        words = tell("there are no standard errors, because the data do not determine all parameters")
        return none, [], Note("singular-information", None, words) if labels else None
    chain = np.array([sign if name == "a" else 1.0 for name, _, _ in labels])
    if labels[-1][0] == "sd":
        chain[-1] = np.exp(ascent.point.x[-1])
    return np.asarray(half.T @ half * np.outer(chain, chain)), labels, None


def inverse_root(information: Floats) -> Floats | None:
    """R with R'R the inverse of an information; None where it is singular, or as good as."""
    diagonal = np.diag(information)
    if not len(diagonal) or not np.isfinite(information).all() or diagonal.min() <= 0.0:
        return None
    scale = 1.0 / np.sqrt(diagonal)
    try:
        root = np.linalg.cholesky(information * np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return None
    return None if np.diag(root).min() < 1e-6 else np.asarray(np.linalg.inv(root) * scale)


def start_values(responses: Responses) -> tuple[Floats, Floats]:
    """Slopes (J,) or (1,), and intercepts (J,), from facilities and item–rest covariances.

    With cov(x_j, x_k) = λ_j λ_k the covariance with the rest is λ_j (Λ − λ_j), Λ = Σ λ. Over the ordinate of
    the normal density λ is a biserial correlation ρ; slope and intercept are 1.7 ρ / √(1 − ρ²) and
    1.7 Φ⁻¹(p) / √(1 − ρ²) (Lord, 1980, equations 3-4 and 3-9).
    """
    facility = np.clip(responses.right / np.maximum(responses.taken, 1.0), 1e-4, 1 - 1e-4)
    if responses.common_slope:
        return np.ones(1), np.asarray(1.2 * np.log(facility / (1.0 - facility)))
    z = np.array([NormalDist().inv_cdf(p) for p in facility.tolist()])
    ordinate = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    rest = _item_rest_covariances(responses, facility)
    loading = np.sqrt(np.maximum(rest, 0.0) / max(responses.n_items - 1, 1))
    for _ in range(5):
        total = np.sqrt(max(rest.sum() + float(loading @ loading), 1e-8))
        loading = rest / np.maximum(total - loading, 0.2 * total)
    correlation = loading / ordinate
    sign = np.where(correlation < -0.05, -1.0, 1.0)
    correlation = sign * np.clip(np.abs(correlation), _WEAKEST, _STRONGEST)
    stretch = 1.702 / np.sqrt(1.0 - correlation**2)
    return correlation * stretch, z * stretch


def _item_rest_covariances(responses: Responses, facility: Floats) -> Floats:
    """(J,) covariances of each item with the sum of the others, over those who took it; with missing answers
    stretched to the whole test."""
    n_items, weights = responses.n_items, responses.weights
    above = row_sums(responses.codes, np.ones(n_items))
    answered = np.empty(len(weights))
    for part in responses.parts:
        masks = unpacked(part.masks, n_items)
        sizes = np.diff(np.append(part.first, part.stop - part.start))
        rows = slice(part.start, part.stop)
        above[rows] -= np.repeat(masks @ facility, sizes)
        answered[rows] = np.repeat(masks.sum(axis=1), sizes)
    of_right = column_sums(responses.codes, weights * above, n_items)
    of_all, others = np.zeros(n_items), np.zeros(n_items)
    for part in responses.parts:
        masks = unpacked(part.masks, n_items)
        rows = slice(part.start, part.stop)
        of_all += by_pattern(part, weights[rows] * above[rows]) @ masks
        others += by_pattern(part, weights[rows] * (answered[rows] - 1.0)) @ masks
    taken = np.maximum(responses.taken, 1.0)
    covariance = (of_right - facility * of_all) / taken - facility * (1.0 - facility)
    return np.asarray(covariance * (n_items - 1) / np.maximum(others / taken, 1e-9))


class LogisticProblem(NamedTuple):
    """One group's model: slopes (S), intercepts (J), mean and log sd, and what of them is free."""

    responses: Responses
    grid: Grid
    base: Floats
    """(S + J + 2,) values of what is fixed; starts of what is free."""
    free: NDArray[np.bool_]
    prior: Ability
    """Distribution of ability at `base`."""
    precision: type[np.floating[Any]] = np.float64
    """Of posteriors that are not interpolated."""

    def rough(self, every: int) -> LogisticProblem:
        """The same in float32 on some of the nodes: its maximum is near, in a fraction of the time."""
        grid = self.grid.every(every)
        return LogisticProblem(self.responses.anew(), grid, self.base, self.free, ability(grid), np.float32)

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

    def evaluate(self, x: Floats) -> Evaluation:
        """One E-step: objective, gradient and EM step; `state` is what it found."""
        a, d, prior = self.place(x)
        found = expectation(self.responses, a, d, prior, self.precision)
        slope = gradient(found, prior)
        if self.at_least_sd(x):
            slope[-1] = max(slope[-1], 0.0)
        step, scale = self._em_step(found, prior, np.where(self.free, slope, 0.0))
        free = self.free
        return Evaluation(x, found.objective, slope[free], x + step[free], scale[free], found)

    def information(self, point: Evaluation) -> Floats:
        """Observed information of the free parameters."""
        a, d, prior = self.place(point.x)
        return self._of_free(observed_information(self.responses, a, d, prior, point.state), point.x)

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

    def log_likelihood(self, point: Evaluation) -> float:
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
        if kept.any():
            step[-2:] = np.linalg.solve(block, slope[-2:])
        # No parameter goes further than 2 in one step; slope and intercept of an item are shortened together.
        if s == 1 and np.abs(step).max() > 2.0:
            step *= 2.0 / np.abs(step).max()
        elif np.abs(step).max() > 2.0:
            longest = np.maximum(np.abs(step[:s]), np.abs(step[s:-2]))
            factor = np.minimum(1.0, 2.0 / np.maximum(longest, 1e-300))
            step[:s] *= factor
            step[s:-2] *= factor
            step[-2:] = np.clip(step[-2:], -1.0, 1.0)
        return step, np.sqrt(np.concatenate([of_slopes, dd, np.abs(np.diag(block)) + 1e-9]))

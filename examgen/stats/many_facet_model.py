"""The many-facet Rasch model: severity of assessors from the categories that they give candidates on tasks.

    log P(x = k) / P(x = k − 1) = θ − δ_t − α_a − … − τ_tk

with ability θ ~ N(0, σ²), difficulty δ of the task, severity α of the assessor, similar terms for further
facets (such as the centre), and steps τ for each task (partial credit) or the same for all tasks (rating
scale). The severities within a facet sum to 0, and so do the steps of a task. Estimation is by marginal
maximum likelihood, as in `tam.mml.mfr` of TAM: candidates with only the highest or only the lowest ratings
need not be excluded, and candidates may have any number of assessors.

The integral is over z = θ/σ on fixed nodes, so that σ is a parameter of the curves. The number of nodes is
doubled until their distance is small compared with the narrowest posterior. Parameters are estimated relative
to a reference level of each facet, which keeps the design sparse, and centred afterwards.

References
----------
Linacre, J. M. (1989). Many-facet Rasch measurement. MESA Press.
Eckes, T. (2015). Introduction to many-facet Rasch measurement (2nd ed.). Peter Lang.
Adams, R. J., Wilson, M., & Wu, M. (1997). Multilevel item response models. Journal of Educational and
    Behavioral Statistics, 22, 47–76 (marginal estimation).
Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B, 44, 226–233.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from examgen.stats.distributions import chi_square_tail
from examgen.stats.irt_models import row_chunks
from examgen.stats.matrix import Bools, Floats, Ints
from examgen.stats.mml_fit import inverse_of
from examgen.stats.mml_problem import (
    MOST_STEPS,
    Evaluation,
    Objective,
    Optimum,
    maximise,
)
from examgen.stats.quadrature import Grid, normal_grid

Steps = Literal["partial-credit", "rating-scale"]
TOLERANCE = 1e-8
MOST_NODES = 961
FARTHEST = 15.0
"""Distance in logits from the reference at which a level with only the lowest or only the highest ratings is
fixed."""
LEAST_SD, MOST_SD = 0.02, 20.0
"""Bounds of the standard deviation of ability, in logits."""
MOST_CATEGORIES, BANDS = 11, 10
"""If a task has more different points than the first (as with half points from 0 to 5), they are grouped into
as many bands as the second."""
_MOST_NUMBERS = 4_000_000
"""Of scores of candidates at nodes at a time."""
_NARROW = 0.5
"""The least sd of a posterior, in distances of nodes: the integral is then right to 1 in 100 there."""


class FacetEstimates(NamedTuple):
    """Estimates for the L levels of a facet, such as tasks, assessors or centres."""

    measure: Floats
    """(L,) difficulty or severity in logits, with mean 0 except for tasks; NaN for a level with only the
    lowest or only the highest ratings, which has no finite estimate."""
    se: Floats
    """(L,) standard errors from the observed information."""
    covariance: Floats
    """(L, L) covariance of the measures; NaN where they are."""
    n: Ints
    """(L,) the number of ratings."""
    infit: Floats
    """(L,) information-weighted mean square of residuals, averaged over the posterior of ability: about 1 if
    the model fits, above 1 for ratings that are more erratic, below 1 for ratings that vary too little."""
    outfit: Floats
    """(L,) unweighted mean square of residuals, which is sensitive to single outlying ratings."""

    @property
    def reliability(self) -> float:
        """Separation reliability, 0 to 1: the proportion of the variance of estimates that is not error
        (Eckes 2015, section 3.2). For assessors it should be low, since it shows how reliably they differ."""
        known = np.isfinite(self.se)
        variance = float(np.var(self.measure[known], ddof=1)) if known.sum() > 1 else 0.0
        error = float(np.square(self.se[known]).mean()) if known.any() else 0.0
        return max(variance - error, 0.0) / variance if variance > 0 else float("nan")

    def all_equal(self) -> dict[str, float]:
        """Perform Wald's χ² test that all levels with an estimate have the same measure; NaN with fewer than
        two."""
        known = np.flatnonzero(np.isfinite(self.se))
        df = max(len(known) - 1, 0)
        if not df:
            return {"chi_square": float("nan"), "df": 0, "p": float("nan")}
        contrast = np.eye(df, df + 1) - np.eye(df, df + 1, 1)
        apart = contrast @ self.measure[known]
        spread = contrast @ self.covariance[np.ix_(known, known)] @ contrast.T
        statistic = float(apart @ np.linalg.solve(spread, apart))
        return {"chi_square": statistic, "df": df, "p": float(chi_square_tail(statistic, df))}


class ManyFacetFit(NamedTuple):
    """A fitted many-facet Rasch model."""

    tasks: FacetEstimates
    facets: tuple[FacetEstimates, ...]
    """The estimates of the assessors, then of the further facets."""
    thresholds: Floats
    """(T, K) τ of each task, which sum to 0; NaN beyond the task's highest category."""
    sd: float
    """Standard deviation of ability, in logits."""
    se_sd: float
    eap: Floats
    """(N,) ability of each candidate: the posterior mean."""
    se_eap: Floats
    log_likelihood: float
    n_parameters: int
    n_candidates: int
    n_ratings: int
    n_nodes: int
    converged: bool
    """Whether the estimation converged; False also if the sd of ability grows without bound, as for ratings
    in a perfect order."""

    @property
    def deviance(self) -> float:
        """−2 log likelihood."""
        return -2.0 * self.log_likelihood

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.deviance + 2.0 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of candidates as sample size, as in TAM."""
        return self.deviance + float(np.log(self.n_candidates)) * self.n_parameters


def as_categories(points: Floats, task: Ints, n_tasks: int, steps: Steps) -> tuple[Ints, Floats, list[int]]:
    """Return the points as categories from 0 (M,), the points of each category (T, K + 1), and the tasks
    whose points were grouped into bands because there were too many different ones.

    Parameters
    ----------
    points : ndarray, shape (M,)
    task : ndarray of int, shape (M,)
        Task numbers from 0.
    n_tasks : int
    steps : {'partial-credit', 'rating-scale'}
        Whether categories are specific to each task or the same for all.
    """
    category = np.zeros(len(points), dtype=np.int64)
    of_tasks, banded = list[Floats](), list[int]()
    tasks = range(n_tasks)
    for members in [list(tasks)] if steps == "rating-scale" else [[n] for n in tasks]:
        inside = np.isin(task, members)
        own = points[inside]
        values, code = np.unique(own, return_inverse=True)
        if len(values) > MOST_CATEGORIES:
            banded += members
            width = (values[-1] - values[0]) / BANDS
            band = np.minimum(((own - values[0]) / width).astype(np.int64), BANDS - 1)
            code = np.unique(band, return_inverse=True)[1]
            values = np.bincount(code, own) / np.bincount(code)
        category[inside] = code
        of_tasks += [values for _ in members]
    worth = np.full((len(of_tasks), max(map(len, of_tasks), default=1)), np.nan)
    for row, values in zip(worth, of_tasks, strict=True):
        row[: len(values)] = values
    return category, worth, banded


def fit_many_facet(
    category: ArrayLike,
    candidate: ArrayLike,
    task: ArrayLike,
    facets: Sequence[ArrayLike],
    steps: Steps = "partial-credit",
    n_nodes: int = 41,
) -> ManyFacetFit:
    """Fit the many-facet Rasch model.

    Parameters
    ----------
    category : array_like of int, shape (M,)
        Categories from 0, one for each rating. Every category up to the task's highest, which must be at
        least 1 (with `rating-scale`: up to the highest of all tasks), must occur.
    candidate, task : array_like of int, shape (M,)
        Numbers from 0; each must occur.
    facets : sequence of array_like of int, each of shape (M,)
        Numbers of the assessor, and of the levels of further facets. Candidates must link the levels of each
        facet (`linked_groups`); otherwise the levels would be comparable only under the assumption that
        candidates of all groups are equally able. Tasks may be in unlinked groups: their difficulties then
        depend on that assumption, the severities do not.
    steps : {'partial-credit', 'rating-scale'}
        Whether steps are specific to each task or the same for all.
    n_nodes : int
        The initial number of nodes, from −6 to 6 standard deviations of ability.

    Returns
    -------
    ManyFacetFit

    References
    ----------
    Linacre (1989), chapters 4 and 5; Eckes (2015), eqs. 2.3, 3.1 to 3.6; Adams, Wilson & Wu (1997).
    """
    x, person, t = (np.asarray(one, dtype=np.int64) for one in (category, candidate, task))
    design = _Design(x, person, t, facets, steps)
    start = design.start()
    while True:
        design.grid = normal_grid(n_nodes)
        hill = Objective(design.evaluate, design.information, design.low, design.high)
        ascent = maximise(start, hill, tolerance=TOLERANCE, max_iterations=MOST_STEPS, em_steps=8)
        posterior, z = ascent.point.state.posterior, design.grid.nodes
        narrowest = np.sqrt(np.maximum(posterior @ z**2 - np.square(posterior @ z), 0.0)).min()
        is_endless = ascent.point.x[-1] >= design.high[-1]
        if is_endless or narrowest >= _NARROW * (z[1] - z[0]) or 2 * n_nodes - 1 > MOST_NODES:
            return _result(design, ascent)
        n_nodes, start = 2 * n_nodes - 1, ascent.point.x


def expected_points(fit: ManyFacetFit, worth: Floats, severity: ArrayLike, theta: float = 0.0) -> Floats:
    """Return fair averages, summed over tasks: the expected points from assessors of these severities for
    candidates of ability `theta`, with every other facet at its mean.

    Parameters
    ----------
    fit : ManyFacetFit
    worth : ndarray, shape (T, K + 1)
        Points of each category of each task; NaN beyond the task's highest category.
    severity : array_like, shape (L,)

    Returns
    -------
    ndarray, shape (L,)
        NaN if the severity is NaN.

    References
    ----------
    Linacre (1989), chapter 6; Eckes (2015), eq. 4.4 (fair average).
    """
    alpha = np.asarray(severity, dtype=np.float64)
    total = np.zeros(alpha.shape)
    for difficulty, thresholds, points in zip(fit.tasks.measure, fit.thresholds, worth, strict=True):
        tau = thresholds[np.isfinite(thresholds)]
        step = theta - difficulty - alpha[:, None] - tau
        logits = np.concatenate([np.zeros((len(alpha), 1)), np.cumsum(step, axis=1)], axis=1)
        chance = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        total += (chance @ points[: len(tau) + 1]) / chance.sum(axis=1)
    return total


def linked_groups(candidate: Ints, factors: Sequence[Ints]) -> tuple[Ints, ...]:
    """Return for each factor the linked group of each of its levels. Levels in different groups cannot be
    compared through any candidates.

    Two levels are comparable if their difference is estimable when every candidate has a separate ability
    parameter. With candidates swept out, the null space of the design, apart from the constants of the
    factors, shows what is not linked (Searle 1987, section 9.3; the subset check of FACETS). With one factor
    the groups are the connected components of the graph of candidates and levels.

    Parameters
    ----------
    candidate : ndarray of int, shape (M,)
    factors : sequence of ndarray of int, shape (M,)

    Returns
    -------
    tuple of ndarray of int
        All 0 if everything is linked. Levels without a rating are in group 0.

    References
    ----------
    Searle, S. R. (1987). Linear models for unbalanced data. Wiley.
    """
    from scipy import sparse

    sizes = [int(one.max(initial=-1)) + 1 for one in factors]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    m = len(candidate)
    columns = np.stack([one + start for one, start in zip(factors, starts[:-1], strict=True)], axis=1)
    rows = np.repeat(np.arange(m), len(factors))
    z = sparse.csr_matrix((np.ones(rows.size), (rows, columns.ravel())), shape=(m, starts[-1]))
    people = np.unique(candidate, return_inverse=True)[1]
    of_people = sparse.csr_matrix(
        (np.ones(m), (people, np.arange(m))), shape=(int(people.max(initial=-1)) + 1, m)
    )
    means = of_people @ z
    swept = (z.T @ z).toarray() - (means.T @ sparse.diags(1.0 / np.bincount(people)) @ means).toarray()
    there = np.diag((z.T @ z).toarray()) > 0
    own = np.flatnonzero(there)
    values, vectors = np.linalg.eigh(swept[np.ix_(own, own)])
    null = np.zeros((starts[-1], int((values < 1e-8 * max(1.0, float(values.max(initial=1.0)))).sum())))
    null[own] = vectors[:, : null.shape[1]]
    found = []
    for start, size in zip(starts[:-1], sizes, strict=True):
        group, seen = np.zeros(size, dtype=np.int64), list[Floats]()
        for level in range(size):
            if there[start + level]:
                row = null[start + level]
                same = next(
                    (n for n, one in enumerate(seen) if np.abs(one - row).max(initial=0.0) < 1e-6), None
                )
                group[level] = len(seen) if same is None else same
                seen += [row] if same is None else []
        found.append(group)
    return tuple(found)


# ── the likelihood ───────────────────────────────────────────────────────────────────────────


class _State(NamedTuple):
    """What an evaluation leaves: (N, Q) posteriors, (C, K + 1, Q) chances, (C, Q) expected ratings, (C, P, Q)
    expected loads."""

    posterior: Floats
    chance: Floats
    expected: Floats
    mean: Floats


class _Design:
    """The likelihood of cells (task × levels of facets, C of them) with categories 0 … K, over the nodes of a
    grid. The P parameters are against a reference level of each facet; the last is log σ."""

    grid: Grid

    def __init__(self, x: Ints, person: Ints, task: Ints, facets: Sequence[ArrayLike], steps: Steps) -> None:
        from scipy import sparse

        levels = [np.asarray(one, dtype=np.int64) for one in facets]
        top = int(x.max())
        self.steps, self.n_categories = steps, top + 1
        self.cells, cell = np.unique(np.stack([task, *levels], axis=1), axis=0, return_inverse=True)
        highest = np.zeros(int(task.max()) + 1, dtype=np.int64)
        np.maximum.at(highest, task, x)
        if steps == "rating-scale":
            highest[:] = top
        self.allowed = np.arange(top + 1) <= highest[self.cells[:, 0]][:, None]
        widths = highest if steps == "partial-credit" else np.ones_like(highest)
        starts = np.cumsum(widths) - widths
        self.task_columns = starts[:, None] + np.arange(widths.max())
        self.task_columns[np.arange(widths.max()) >= widths[:, None]] = -1
        """(T, K) the parameter of each category of a task, or (T, 1) its difficulty; −1 none."""
        n = int(widths.sum())
        self.step_columns = n + np.arange(top - 1 if steps == "rating-scale" else 0)
        n += len(self.step_columns)
        self.level_columns, self.extreme = list[Ints](), list[Ints]()
        """(L,) of each facet its parameters, −1 of its reference; −1 where all ratings are the lowest, 1
        where all are the highest, else 0."""
        for own in levels:
            count = np.bincount(own)
            ends = np.where(np.bincount(own, x) == 0, -1, 0)
            ends[np.bincount(own, highest[task] - x) == 0] = 1
            reference = int(np.argmax(np.where(ends == 0, count, -1)))
            place = n + np.arange(len(count)) - (np.arange(len(count)) > reference)
            place[reference] = -1
            n += len(count) - 1
            self.level_columns.append(place)
            self.extreme.append(ends)
        self.category = np.tile(np.arange(top + 1.0), (len(self.cells), 1))
        self.loads = self._loads(n)
        people, ones, cell = int(person.max()) + 1, np.ones(len(x)), cell.ravel()
        shape = people, self.category.size
        self.of_categories = sparse.csr_matrix((ones, (person, cell * (top + 1) + x)), shape=shape)
        self.of_cells = sparse.csr_matrix((ones, (person, cell)), shape=(people, len(self.cells)))
        """(N, C (K + 1)) and (N, C) sparse: ratings of each candidate."""
        self.observed = np.asarray(self.of_categories.sum(axis=0)).reshape(self.category.shape)
        self.total = np.asarray(self.of_categories @ self.category.ravel())
        self.low, self.high = np.full(n + 1, -np.inf), np.full(n + 1, np.inf)
        self.low[-1], self.high[-1] = np.log(LEAST_SD), np.log(MOST_SD)
        for ends, place in zip(self.extreme, self.level_columns, strict=True):
            at = place[(place >= 0) & (ends != 0)]
            self.low[at], self.high[at] = -FARTHEST, FARTHEST

    def _loads(self, n: int) -> Floats:
        """(C, K + 1, P) what a parameter adds to a logit; last the category, for what θ adds."""
        loads, cell = np.zeros((*self.allowed.shape, n + 1)), np.arange(len(self.cells))
        for k in range(1, self.n_categories):
            columns = [(np.full(len(cell), n), float(k))]
            if self.steps == "partial-credit":
                columns.append((self.task_columns[self.cells[:, 0], k - 1], 1.0))
            else:
                columns.append((self.task_columns[self.cells[:, 0], 0], -float(k)))
                columns += [(np.full(len(cell), one), 1.0) for one in self.step_columns[k - 1 : k]]
            for facet, place in enumerate(self.level_columns, start=1):
                columns.append((place[self.cells[:, facet]], -float(k)))
            for column, value in columns:
                there = (column >= 0) & self.allowed[:, k]
                loads[cell[there], k, column[there]] = value
        return loads

    def start(self) -> Floats:
        """Every level of a facet alike, tasks by the shares of their categories, an sd of 1."""
        x = np.zeros(len(self.low))
        for task, columns in enumerate(self.task_columns):
            counts = self.observed[self.cells[:, 0] == task].sum(axis=0) + 0.5
            rise = np.log(counts[1:] / counts[0])
            if self.steps == "partial-credit":
                x[columns[columns >= 0]] = rise[: len(columns)][columns >= 0]
            else:
                x[columns[0]] = -rise[-1] / len(rise)
        for ends, place in zip(self.extreme, self.level_columns, strict=True):
            x[place[place >= 0]] = np.where(ends == 0, 0.0, -FARTHEST * ends)[place >= 0]
        return x

    def evaluate(self, x: Floats) -> Evaluation:
        """One E-step: the log-likelihood, its gradient, and the information of the complete data."""
        from scipy import sparse

        z, loads = self.grid.nodes, self.loads.reshape(-1, len(x))
        sd = float(np.exp(x[-1]))
        if not np.isfinite(x).all() or sd > 2.0 * MOST_SD:
            return Evaluation(x, np.nan, np.zeros_like(x))
        fixed = self.loads[:, :, :-1] @ x[:-1]
        logits = fixed[:, :, None] + (self.category * sd)[:, :, None] * z
        logits[~self.allowed] = -np.inf
        logits -= logits.max(axis=1, keepdims=True)
        chance = np.exp(logits)
        total = chance.sum(axis=1, keepdims=True)
        chance /= total
        logits -= np.log(total)
        logits[~self.allowed] = 0.0
        posterior = np.asarray(self.of_categories @ logits.reshape(-1, len(z)))
        with np.errstate(divide="ignore"):
            posterior += np.log(self.grid.weights)
        top = posterior.max(axis=1, keepdims=True)
        posterior = np.exp(posterior - top)
        of_person = posterior.sum(axis=1, keepdims=True)
        value = float((np.log(of_person) + top).sum())
        posterior /= of_person
        expected = np.asarray(self.of_cells.T @ posterior)
        weights = chance * expected[:, None, :]
        theta = sd * z
        gradient = loads.T @ (self.observed - weights.sum(axis=2)).ravel()
        gradient[-1] = self.total @ (posterior @ theta) - self.category.ravel() @ (weights @ theta).ravel()
        mean = self.loads.transpose(0, 2, 1) @ chance
        mean[:, -1] *= theta
        # the expected information of the complete data: θ stands in the loads of the last parameter
        none, once, twice = ((weights @ theta**n).reshape(-1, 1) for n in range(3))
        complete = loads.T @ (none * loads)
        complete[-1] = complete[:, -1] = loads.T @ (once[:, 0] * loads[:, -1])
        complete[-1, -1] = twice[:, 0] @ loads[:, -1] ** 2
        of_cells = (mean * np.sqrt(expected)[:, None, :]).transpose(1, 0, 2).reshape(len(x), -1)
        state = _State(posterior, chance, expected, mean)
        return Evaluation(x, value, gradient, sparse.csr_matrix(complete - of_cells @ of_cells.T), state)

    def information(self, point: Evaluation) -> Floats:
        """The observed information (Louis 1982): that of the complete data less the covariance of its scores
        under the posteriors."""
        out = point.complete.toarray()
        out[-1, -1] -= point.gradient[-1]
        theta, size = np.exp(point.x[-1]) * self.grid.nodes, len(point.x)
        mean = point.state.mean.reshape(len(self.cells), -1)
        for rows in row_chunks(len(self.total), size * len(theta), _MOST_NUMBERS):
            # but for what does not move with θ
            scores = -(self.of_cells[rows] @ mean).reshape(-1, size, len(theta))
            scores[:, -1] += self.total[rows, None] * theta
            weighted = scores * point.state.posterior[rows, None, :]
            average = weighted.sum(axis=2)
            flat, of_nodes = (one.transpose(1, 0, 2).reshape(size, -1) for one in (weighted, scores))
            out -= flat @ of_nodes.T - average.T @ average
        return np.asarray(0.5 * (out + out.T))


# ── estimates ────────────────────────────────────────────────────────────────────────────────


def _result(design: _Design, ascent: Optimum) -> ManyFacetFit:
    point, state, x = ascent.point, ascent.point.state, ascent.point.x
    sd = float(np.exp(x[-1]))
    observed = ascent.observed
    free = (x > design.low) & (x < design.high)
    covariance = np.full((len(x), len(x)), np.nan)
    inverse = inverse_of(observed[np.ix_(free, free)])
    if inverse is not None:
        covariance[np.ix_(free, free)] = inverse
    # each facet's levels about their mean: the constants go into the difficulties of tasks
    maps, shift = list[tuple[Floats, Bools]](), np.zeros(len(x))
    for ends, place in zip(design.extreme, design.level_columns, strict=True):
        of_levels = np.zeros((len(ends), len(x)))
        there = np.flatnonzero(place >= 0)
        of_levels[there, place[there]] = 1.0
        mean = of_levels[ends == 0].mean(axis=0) if (ends == 0).any() else np.zeros(len(x))
        shift += mean
        maps.append((of_levels - mean, ends == 0))
    n_tasks = len(design.task_columns)
    of_tasks = np.tile(shift, (n_tasks, 1))
    thresholds = np.full((n_tasks, design.n_categories - 1), np.nan)
    for task, places in enumerate(design.task_columns):
        columns = places[places >= 0]
        if design.steps == "partial-credit":
            cumulated = np.append(0.0, x[columns])
            of_tasks[task, columns[-1]] -= 1.0 / len(columns)
        else:
            cumulated = np.concatenate([[0.0], x[design.step_columns], [0.0]])
            of_tasks[task, columns[0]] += 1.0
        rises = -np.diff(cumulated)
        thresholds[task, : len(rises)] = rises - rises.mean()
    maps.insert(0, (of_tasks, np.ones(n_tasks, dtype=np.bool_)))
    z = design.grid.nodes
    mean = state.posterior @ z
    return ManyFacetFit(
        *_estimates(design, state, maps, x, covariance), thresholds, sd,
        float(sd * np.sqrt(covariance[-1, -1])), sd * mean,
        sd * np.sqrt(np.maximum(state.posterior @ z**2 - mean**2, 0.0)), point.value, int(free.sum()),
        len(mean), int(design.observed.sum()), len(z), bool(ascent.converged and x[-1] < design.high[-1]),
    )  # fmt: skip


def _estimates(
    design: _Design, state: _State, maps: Sequence[tuple[Floats, Bools]], x: Floats, covariance: Floats
) -> tuple[FacetEstimates, tuple[FacetEstimates, ...]]:
    """Tasks and facets as linear combinations of the parameters, with their covariance, and mean squares.

    Residuals are taken at every node with the posterior's weight (as `msq.itemfit` of TAM does): a draw of
    the posterior and the truth are exchangeable, so that mean squares are 1 on average where the model holds.
    """
    category = design.category
    mean = np.einsum("ck,ckq->cq", category, state.chance)
    variance = np.maximum(np.einsum("ck,ckq->cq", category**2, state.chance) - mean**2, 1e-10)
    weights = np.asarray(design.of_categories.T @ state.posterior).reshape(*category.shape, -1)
    squares = np.square(category[:, :, None] - mean[:, None, :]) * weights
    of_cells = (
        squares.sum(axis=(1, 2)), (state.expected * variance).sum(axis=1),
        (squares / variance[:, None, :]).sum(axis=(1, 2)), design.observed.sum(axis=1),
    )  # fmt: skip
    found = []
    for level, (of_levels, known) in zip(design.cells.T, maps, strict=True):
        above, below, far, n = (np.bincount(level, one) for one in of_cells)
        measure = np.where(known, of_levels @ x, np.nan)
        finite = np.isfinite(np.diag(covariance)) | ~(of_levels != 0).any(axis=0)
        inside = np.nan_to_num(covariance[np.ix_(finite, finite)])
        spread = of_levels[:, finite] @ inside @ of_levels[:, finite].T
        is_sure = known & ~(of_levels[:, ~finite] != 0).any(axis=1)
        spread = np.where(is_sure[:, None] & is_sure[None, :], spread, np.nan)
        se = np.sqrt(np.maximum(np.diag(spread), 0.0))
        found.append(FacetEstimates(measure, se, spread, n.astype(np.int64), above / below, far / n))
    return found[0], tuple(found[1:])

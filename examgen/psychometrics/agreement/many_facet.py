"""Categories that assessors give candidates on tasks → severity of assessors, by the many-facet Rasch model.

    log P(x = k) / P(x = k − 1) = θ − δ_t − α_a − … − τ_tk

with ability θ ~ N(0, σ²), difficulty δ of the task, severity α of the assessor, further facets likewise (the
centre), and steps τ of each task (partial credit) or of all alike (rating scale). Severities of a facet sum
to 0, steps of a task too. By marginal maximum likelihood, as `tam.mml.mfr` of TAM: candidates whom all
assessors gave everything, or nothing, are no trouble, and candidates may have any number of assessors.

The integral is over z = θ/σ on nodes that do not move, so that σ is a parameter of the curves; nodes are
doubled until the narrowest posterior is wider than their distance. Parameters are estimated against a
reference level of each facet, which keeps the design sparse; sums of 0 are made of them afterwards.

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
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.psychometrics.agreement.categories import as_numbers
from examgen.stats.distributions import chi_square_tail
from examgen.stats.mml_ascent import (
    MOST_STEPS,
    Evaluation,
    Objective,
    Optimum,
    maximise,
    newton,
)
from examgen.stats.mml_fit import inverse_of
from examgen.stats.quadrature import Grid, normal_grid

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Steps = Literal["partial-credit", "rating-scale"]
TOLERANCE = 1e-8
MOST_NODES = 961
FARTHEST = 15.0
"""Logits from the reference at which a level stays that has the lowest, or the highest, ratings alone."""
LEAST_SD, MOST_SD = 0.02, 20.0
"""Ends of the standard deviation of ability, in logits."""
MOST_CATEGORIES = 10
"""Points of a task in more steps than these are put into as many bands for the many-facet model."""
_NARROW = 0.5
"""The least sd of a posterior, in distances of nodes: the integral is then right to 1 in 100 there."""


class Disconnected(ValueError):
    """Levels of a facet that nothing compares; `groups` has a number for each level of each facet, tasks
    first."""

    def __init__(self, groups: tuple[Codes, ...]) -> None:
        super().__init__("the design is not connected: nothing compares the groups")
        self.groups = groups


class FacetEstimates(NamedTuple):
    """L levels of a facet: tasks, assessors, centres."""

    measure: Floats
    """(L,) difficulty or severity in logits, 0 on average but for tasks; NaN of a level without ratings, or
    with the lowest or the highest alone: it has no finite estimate."""
    se: Floats
    """(L,) by the observed information."""
    covariance: Floats
    """(L, L) NaN as `measure`."""
    n: Codes
    """(L,) ratings."""
    infit: Floats
    """(L,) mean square of residuals over the ability's posterior, weighted by information: 1 where the model
    holds, above it for ratings that are more erratic, below it for ratings that vary too little."""
    outfit: Floats
    """(L,) the same, each rating with the same weight: one far-off rating shows."""

    @property
    def spread(self) -> float:
        """The variance of true measures: that of the estimates less their mean error variance; NaN with
        fewer than two."""
        known = np.isfinite(self.se)
        if known.sum() < 2:
            return float("nan")
        return float(np.var(self.measure[known], ddof=1) - np.square(self.se[known]).mean())

    @property
    def reliability(self) -> float:
        """Separation reliability, 0 … 1: the share of the variance of estimates that is not error (Eckes
        2015, section 3.2). For assessors one wants it low: it says how surely they differ."""
        known = np.isfinite(self.se)
        observed = float(np.var(self.measure[known], ddof=1)) if known.sum() > 1 else 0.0
        return max(self.spread, 0.0) / observed if observed > 0 else float("nan")


class EqualMeasures(NamedTuple):
    """The test that all levels of a facet are alike: Wald's χ² of the estimates with their covariance."""

    chi_square: float
    df: int
    p: float


class ManyFacetFit(NamedTuple):
    """The model as it was estimated."""

    tasks: FacetEstimates
    facets: tuple[FacetEstimates, ...]
    """Assessors first."""
    thresholds: Floats
    """(T, K) τ of each task, which sum to 0; NaN beyond its own."""
    sd: float
    """Of ability, in logits."""
    se_sd: float
    eap: Floats
    """(N,) ability of each candidate, the mean of its posterior; NaN without a rating that counts."""
    se_eap: Floats
    log_likelihood: float
    n_parameters: int
    n_candidates: int
    n_ratings: int
    n_nodes: int
    converged: bool
    """Also not where the sd of ability grows without end: ratings in a perfect order."""
    iterations: int

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
        """Schwarz's criterion, by candidates as TAM has it."""
        return self.deviance + float(np.log(max(self.n_candidates, 1))) * self.n_parameters


def as_categories(points: Floats, task: Codes, n_tasks: int, steps: Steps) -> tuple[Codes, Floats, list[int]]:
    """Points as categories from 0 (M,), the points of each (T, K + 1), and the tasks whose many different
    points are in bands.

    Parameters
    ----------
    points : ndarray, shape (M,)
    task : ndarray of int, shape (M,)
        From 0.
    n_tasks : int
    steps : {'partial-credit', 'rating-scale'}
        Categories of each task, or the same for all.
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
            width = (values[-1] - values[0]) / MOST_CATEGORIES
            band = np.minimum(((own - values[0]) / width).astype(np.int64), MOST_CATEGORIES - 1)
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
        From 0; a rating each. Every category up to a task's highest (with `rating-scale`: up to the highest
        of all) must occur.
    candidate, task : array_like of int, shape (M,)
        Numbers from 0.
    facets : sequence of array_like of int, each of shape (M,)
        Numbers of the assessor, and of further facets.
    steps : {'partial-credit', 'rating-scale'}
        Steps of each task, or the same for all.
    n_nodes : int
        Nodes to begin with, from −6 to 6 standard deviations of ability.

    Returns
    -------
    ManyFacetFit
        A task on which all have the same category has no estimate and does not count.

    Raises
    ------
    Disconnected
        Where levels of a facet are in groups that no candidate (or task) links: only the assumption that
        candidates of all groups are equally able would compare them. Tasks may be in such groups: their
        difficulties then rest on that assumption, severities do not.
    ValueError
        For arrays of different lengths, categories that are skipped, or nothing to fit.

    References
    ----------
    Linacre (1989), chapters 4 and 5; Eckes (2015), eqs. 2.3, 3.1 to 3.6; Adams, Wilson & Wu (1997).
    """
    x, p, t, *levels = map(_counted, (category, candidate, task, *facets))
    if x.ndim != 1 or any(one.shape != x.shape for one in (p, t, *levels)) or not levels:
        raise ValueError("categories, candidates, tasks and facets are rows of one length")
    sizes = [int(one.max(initial=-1)) + 1 for one in (t, *levels)]
    n_candidates = int(p.max(initial=-1)) + 1
    lowest, highest = np.full(sizes[0], np.iinfo(np.int64).max), np.full(sizes[0], -1)
    np.minimum.at(lowest, t, x)
    np.maximum.at(highest, t, x)
    kept = (lowest < highest)[t] if len(t) else np.zeros(0, dtype=np.bool_)
    if not kept.any():
        raise ValueError("no task has two different categories: there is nothing to fit")
    x, p, t, levels = x[kept], p[kept], t[kept], [one[kept] for one in levels]
    _skipped(x, t, steps)
    groups = linked_groups(p, [t, *levels])
    if any(own.max() > 0 for own in groups[1:]):
        raise Disconnected(groups)
    design = _design(x, p, t, levels, sizes, highest, steps)
    nodes = max(n_nodes, 3)
    start = _start(design)
    while True:
        problem = _Problem(design, normal_grid(nodes))
        ascent = problem.ascent(start)
        distance = float(np.diff(problem.grid.nodes)[0])
        posterior = ascent.point.state.posterior
        z = problem.grid.nodes
        narrowest = np.sqrt(np.maximum(posterior @ z**2 - np.square(posterior @ z), 0.0)).min()
        is_endless = ascent.point.x[-1] >= problem.high[-1]
        if is_endless or narrowest >= _NARROW * distance or 2 * nodes - 1 > MOST_NODES:
            break
        nodes, start = 2 * nodes - 1, ascent.point.x
    return _result(problem, ascent, n_candidates)


def equal_measures(found: FacetEstimates) -> EqualMeasures:
    """Wald's test that all levels with an estimate have the same measure; NaN with fewer than two."""
    known = np.flatnonzero(np.isfinite(found.se))
    n = len(known)
    if n < 2:
        return EqualMeasures(float("nan"), max(n - 1, 0), float("nan"))
    contrast = np.eye(n - 1, n) - np.eye(n - 1, n, 1)
    apart = contrast @ found.measure[known]
    spread = contrast @ found.covariance[np.ix_(known, known)] @ contrast.T
    statistic = float(apart @ np.linalg.solve(spread, apart))
    return EqualMeasures(statistic, n - 1, float(chi_square_tail(statistic, n - 1)))


def expected_points(fit: ManyFacetFit, worth: Floats, severity: ArrayLike, theta: float = 0.0) -> Floats:
    """Fair averages, summed over tasks: the points that assessors of these severities give on average to
    candidates of ability `theta`, every other facet at its mean.

    Parameters
    ----------
    fit : ManyFacetFit
    worth : ndarray, shape (T, K + 1)
        Points of each category of each task; NaN beyond its own. A task without an estimate counts nothing.
    severity : array_like, shape (L,)

    Returns
    -------
    ndarray, shape (L,)
        NaN where severity is.

    References
    ----------
    Linacre (1989), chapter 6; Eckes (2015), eq. 4.4 (fair average).
    """
    alpha = as_numbers(severity)
    total = np.zeros(alpha.shape)
    for difficulty, thresholds, points in zip(fit.tasks.measure, fit.thresholds, worth, strict=True):
        if not np.isfinite(difficulty):
            continue
        tau = thresholds[np.isfinite(thresholds)]
        step = theta - difficulty - alpha[:, None] - tau
        logits = np.concatenate([np.zeros((len(alpha), 1)), np.cumsum(step, axis=1)], axis=1)
        chance = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        total += (chance @ points[: len(tau) + 1]) / chance.sum(axis=1)
    return total


def linked_groups(candidate: Codes, factors: Sequence[Codes]) -> tuple[Codes, ...]:
    """For each factor the group of each of its levels: what is compared by no candidate stands in different
    groups.

    Two levels are comparable where their difference is estimable once every candidate has an ability of their
    own: the null space of the design, candidates swept out, is beyond the constants of the factors what is
    not linked (Searle 1987, section 9.3; the subset check of FACETS). With one factor these are the connected
    components of the graph of candidates and levels.

    Parameters
    ----------
    candidate : ndarray of int, shape (M,)
    factors : sequence of ndarray of int, shape (M,)

    Returns
    -------
    tuple of ndarray of int
        All 0 where everything is linked. Levels without a rating are of group 0.

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


# ── the design ───────────────────────────────────────────────────────────────────────────────


class _Design(NamedTuple):
    """Cells (task × levels of facets, C of them) with categories 0 … K; parameters against references."""

    sizes: list[int]
    steps: Steps
    highest: Codes
    """(T,) category of each task; −1 or 0 without an estimate."""
    cells: Codes
    """(C, 1 + F) task and levels of each cell."""
    allowed: Flags
    """(C, K + 1)."""
    loads: Any
    """(C (K + 1), p) sparse: what a parameter adds to a logit."""
    of_categories: Any
    """(N, C (K + 1)) sparse: ratings of each candidate."""
    of_cells: Any
    """(N, C)."""
    observed: Floats
    """(C, K + 1) ratings."""
    people: Codes
    """(N,) numbers of the candidates who count."""
    task_columns: Codes
    """(T, K) the parameter of each category of a task, or (T, 1) its difficulty; −1 none."""
    step_columns: Codes
    """(K − 1,) of a rating scale."""
    level_columns: tuple[Codes, ...]
    """(L,) of each facet; −1 of its reference, and of levels without a rating."""
    extreme: tuple[NDArray[np.int64], ...]
    """(L,) −1 where all ratings are the lowest, 1 where all are the highest, else 0."""


def _counted(values: ArrayLike) -> Codes:
    """Numbers from 0; raises ValueError for what is none."""
    found = as_numbers(values)
    if not (np.isfinite(found).all() and (found >= 0).all() and (found == np.floor(found)).all()):
        raise ValueError("categories, candidates, tasks and facets are whole numbers from 0")
    return found.astype(np.int64)


def _skipped(x: Codes, t: Codes, steps: Steps) -> None:
    """Raises ValueError where a category in between does not occur: its steps would be infinite."""
    within = np.zeros_like(t) if steps == "rating-scale" else t
    for one in np.unique(within):
        seen = np.bincount(x[within == one])
        if (seen == 0).any():
            which = "a task" if steps == "partial-credit" else "the scale"
            raise ValueError(f"{which} has a category that does not occur: number categories without gaps")


def _design(
    x: Codes, p: Codes, t: Codes, levels: list[Codes], sizes: list[int], highest: Codes, steps: Steps
) -> _Design:
    from scipy import sparse

    top = int(x.max())
    cells, cell = np.unique(np.stack([t, *levels], axis=1), axis=0, return_inverse=True)
    cell = cell.ravel()
    of_task = np.full_like(highest, top) if steps == "rating-scale" else highest
    allowed = np.arange(top + 1) <= of_task[cells[:, 0]][:, None]
    used = np.unique(t)
    columns = 0
    task_columns = np.full((sizes[0], top if steps == "partial-credit" else 1), -1)
    for one in used:
        width = int(highest[one]) if steps == "partial-credit" else 1
        task_columns[one, :width] = columns + np.arange(width)
        columns += width
    step_columns = np.arange(top - 1 if steps == "rating-scale" else 0) + columns
    columns += len(step_columns)
    level_columns, extreme = [], []
    for own, size in zip(levels, sizes[1:], strict=True):
        n = np.bincount(own, minlength=size)
        ends = np.where(np.bincount(own, x, size) == 0, -1, 0)
        ends[np.bincount(own, of_task[t] - x, size) == 0] = 1
        ends[n == 0] = 0
        reference = int(np.argmax(np.where(ends == 0, n, -1)))
        place = np.full(size, -1)
        free = np.flatnonzero((n > 0) & (np.arange(size) != reference))
        place[free] = columns + np.arange(len(free))
        columns += len(free)
        level_columns.append(place)
        extreme.append(ends)
    rows, at, load = list[Codes](), list[Codes](), list[Floats]()

    def add(row: Codes, column: Codes, value: Floats) -> None:
        there = (column >= 0) & allowed.ravel()[row]
        rows.append(row[there])
        at.append(column[there])
        load.append(value[there])

    for k in range(1, top + 1):
        row = np.arange(len(cells)) * (top + 1) + k
        one, weight = np.ones(len(cells)), np.full(len(cells), -float(k))
        if steps == "partial-credit":
            add(row, task_columns[cells[:, 0], k - 1], one)
        else:
            add(row, task_columns[cells[:, 0], 0], weight)
            if k < top:
                add(row, np.full(len(cells), step_columns[k - 1]), one)
        for facet, place in enumerate(level_columns, start=1):
            add(row, place[cells[:, facet]], weight)
    shape = len(cells) * (top + 1), columns
    loads = sparse.csr_matrix((np.concatenate(load), (np.concatenate(rows), np.concatenate(at))), shape=shape)
    people, person = np.unique(p, return_inverse=True)
    ones = np.ones(len(x))
    of_categories = sparse.csr_matrix((ones, (person, cell * (top + 1) + x)), shape=(len(people), shape[0]))
    of_cells = sparse.csr_matrix((ones, (person, cell)), shape=(len(people), len(cells)))
    observed = np.bincount(cell * (top + 1) + x, minlength=shape[0]).reshape(-1, top + 1).astype(np.float64)
    return _Design(
        sizes, steps, of_task, cells, allowed, loads, of_categories, of_cells, observed, people, task_columns,
        step_columns, tuple(level_columns), tuple(extreme),
    )  # fmt: skip


def _start(design: _Design) -> Floats:
    """Every level of a facet alike, tasks by the shares of their categories, an sd of 1."""
    x = np.zeros(design.loads.shape[1] + 1)
    for task, columns in enumerate(design.task_columns):
        own = design.observed[design.cells[:, 0] == task].sum(axis=0) + 0.5
        if columns[0] < 0:
            continue
        rise = np.log(own[1:] / own[0])
        if design.steps == "partial-credit":
            there = columns >= 0
            x[columns[there]] = rise[: len(columns)][there]
        else:
            x[columns[0]] = -rise[-1] / len(rise)
    for ends, columns in zip(design.extreme, design.level_columns, strict=True):
        there = columns >= 0
        x[columns[there]] = np.where(ends == 0, 0.0, -FARTHEST * ends)[there]
    return x


# ── the likelihood ───────────────────────────────────────────────────────────────────────────


class _State(NamedTuple):
    """What an evaluation leaves: (N, Q) posteriors, (C, K + 1, Q) chances, (C, Q) expected ratings."""

    posterior: Floats
    chance: Floats
    expected: Floats
    complete: Floats
    """(p + 1, p + 1) expected information of the complete data."""


class _Problem:
    """The likelihood of a design over the nodes of a grid; the last parameter is log σ."""

    def __init__(self, design: _Design, grid: Grid) -> None:
        from scipy import sparse

        self.design, self.grid = design, grid
        self.n_categories = design.allowed.shape[1]
        k = np.tile(np.arange(self.n_categories, dtype=np.float64), len(design.cells))
        self.loads = sparse.hstack([design.loads, sparse.csr_matrix(k[:, None])], format="csr")
        """With the category in the last column: what θ adds."""
        self.category = k.reshape(-1, self.n_categories)
        self.total = np.asarray(design.of_categories @ k)
        with np.errstate(divide="ignore"):
            self.log_weights = np.log(grid.weights)
        self.low, self.high = np.full(self.loads.shape[1], -np.inf), np.full(self.loads.shape[1], np.inf)
        self.low[-1], self.high[-1] = np.log(LEAST_SD), np.log(MOST_SD)
        for ends, columns in zip(design.extreme, design.level_columns, strict=True):
            at = columns[(columns >= 0) & (ends != 0)]
            self.low[at], self.high[at] = -FARTHEST, FARTHEST

    def ascent(self, start: Floats) -> Optimum:
        """The maximum of the likelihood, with the observed information there."""
        hill = Objective(self.evaluate, self.information, self.low, self.high)
        found = maximise(start, hill, tolerance=TOLERANCE, max_iterations=MOST_STEPS, em_steps=8)
        return newton(found, hill, TOLERANCE, MOST_STEPS) if found.observed is None else found

    def evaluate(self, x: Floats) -> Evaluation:
        """One E-step: the log-likelihood, its gradient, and the step of scoring on the complete data."""
        design, z = self.design, self.grid.nodes
        sd = float(np.exp(x[-1]))
        if not np.isfinite(x).all() or sd > 2.0 * MOST_SD:
            return Evaluation(x, np.nan, np.zeros_like(x), x, None)
        fixed = np.asarray(design.loads @ x[:-1]).reshape(-1, self.n_categories)
        logits = fixed[:, :, None] + (self.category * sd)[:, :, None] * z
        logits[~design.allowed] = -np.inf
        logits -= logits.max(axis=1, keepdims=True)
        chance = np.exp(logits)
        total = chance.sum(axis=1, keepdims=True)
        chance /= total
        logits -= np.log(total)
        logits[~design.allowed] = 0.0
        posterior = np.asarray(design.of_categories @ logits.reshape(-1, len(z))) + self.log_weights
        top = posterior.max(axis=1, keepdims=True)
        posterior = np.exp(posterior - top)
        of_person = posterior.sum(axis=1, keepdims=True)
        value = float((np.log(of_person) + top).sum())
        posterior /= of_person
        expected = np.asarray(design.of_cells.T @ posterior)
        residual = design.observed - np.einsum("ckq,cq->ck", chance, expected)
        of_sd = float(self.total @ (posterior @ z)) - float(
            np.einsum("ck,ckq,cq,q->", self.category, chance, expected, z, optimize=True)
        )
        gradient = np.append(design.loads.T @ residual.ravel(), sd * of_sd)
        complete = self.complete(x, chance, expected)
        state = _State(posterior, chance, expected, complete)
        scale = np.sqrt(np.diag(complete) + 1e-9)
        ridge = complete + np.diag(1e-9 + 1e-8 * np.diag(complete))
        point = Evaluation(x, value, gradient, x, scale, state)
        held = (x <= self.low) & (gradient <= 0) | (x >= self.high) & (gradient >= 0)
        step = np.zeros_like(x)
        step[~held] = np.linalg.solve(ridge[np.ix_(~held, ~held)], gradient[~held])
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        return point._replace(proposal=np.clip(x + step, self.low, self.high))

    def of_node(self, chance: Floats, q: int) -> Any:
        """(C, p + 1) sparse: the expected loads of each cell at a node."""
        from scipy import sparse

        n, k = chance.shape[:2]
        shares = sparse.csr_matrix(
            (chance[:, :, q].ravel(), np.arange(n * k), np.arange(n + 1) * k), shape=(n, n * k)
        )
        return shares @ self.loads

    def complete(self, x: Floats, chance: Floats, expected: Floats) -> Floats:
        """(p + 1, p + 1) expected information of the complete data."""
        from scipy import sparse

        theta = np.exp(x[-1]) * self.grid.nodes
        out = np.zeros((len(x), len(x)))
        for power in range(3):
            weight = np.einsum("ckq,cq,q->ck", chance, expected, theta**power, optimize=True).ravel()
            product = (self.loads.T @ sparse.diags(weight) @ self.loads).toarray()
            if power == 0:
                out[:-1, :-1] += product[:-1, :-1]
            elif power == 1:
                out[-1, :-1] += product[-1, :-1]
                out[:-1, -1] += product[:-1, -1]
            else:
                out[-1, -1] += product[-1, -1]
        for q, at in enumerate(theta):
            mean = self.of_node(chance, q)
            product = (mean.T @ sparse.diags(expected[:, q]) @ mean).toarray()
            product[-1] *= at
            product[:, -1] *= at
            out -= product
        return out

    def information(self, point: Evaluation) -> Floats:
        """The observed information (Louis 1982): that of the complete data less the covariance of its scores
        under the posteriors."""
        from scipy import sparse

        x, state = point.x, point.state
        theta = np.exp(x[-1]) * self.grid.nodes
        out = state.complete.copy()
        out[-1, -1] -= point.gradient[-1]
        mean: Any = 0
        of_sd = np.zeros(len(self.total))
        for q, at in enumerate(theta):
            share = state.posterior[:, q]
            scores = -(self.design.of_cells @ self.of_node(state.chance, q))
            own = at * (self.total + np.asarray(scores[:, -1].toarray()).ravel())
            scores = scores[:, :-1]
            weighted = sparse.diags(share) @ scores
            out[:-1, :-1] -= (scores.T @ weighted).toarray()
            cross = np.asarray(scores.T @ (share * own))
            out[:-1, -1] -= cross
            out[-1, :-1] -= cross
            out[-1, -1] -= float(share @ own**2)
            mean = mean + weighted
            of_sd += share * own
        out[:-1, :-1] += (mean.T @ mean).toarray()
        cross = np.asarray(mean.T @ of_sd)
        out[:-1, -1] += cross
        out[-1, :-1] += cross
        out[-1, -1] += float(of_sd @ of_sd)
        return np.asarray(0.5 * (out + out.T))


# ── what is found ────────────────────────────────────────────────────────────────────────────


def _result(problem: _Problem, ascent: Optimum, n_candidates: int) -> ManyFacetFit:
    design, point = problem.design, ascent.point
    state, x = point.state, point.x
    sd = float(np.exp(x[-1]))
    observed = ascent.observed if ascent.observed is not None else problem.information(point)
    free = (x > problem.low) & (x < problem.high)
    covariance = np.full((len(x), len(x)), np.nan)
    inverse = inverse_of(observed[np.ix_(free, free)])
    if inverse is not None:
        covariance[np.ix_(free, free)] = inverse
    # each facet's levels about their mean: the constants go into the difficulties of tasks
    maps, shift = list[tuple[Floats, Flags]](), np.zeros(len(x))
    for ends, columns in zip(design.extreme, design.level_columns, strict=True):
        rated = np.bincount(design.cells[:, len(maps) + 1], minlength=len(ends)) > 0
        own = np.zeros((len(ends), len(x)))
        there = np.flatnonzero(columns >= 0)
        own[there, columns[there]] = 1.0
        known = rated & (ends == 0)
        mean = own[known].mean(axis=0) if known.any() else np.zeros(len(x))
        shift += mean
        maps.append((own - mean, known))
    n_tasks, top = len(design.task_columns), problem.n_categories - 1
    of_tasks = np.zeros((n_tasks, len(x)))
    thresholds = np.full((n_tasks, top), np.nan)
    has_task = design.task_columns[:, 0] >= 0
    for task in np.flatnonzero(has_task):
        columns = design.task_columns[task]
        if design.steps == "partial-credit":
            columns = columns[columns >= 0]
            cumulated = np.append(0.0, x[columns])
            of_tasks[task, columns[-1]] = -1.0 / len(columns)
        else:
            cumulated = np.concatenate([[0.0], x[design.step_columns], [0.0]])
            of_tasks[task, columns[0]] = 1.0
        rises = -np.diff(cumulated)
        thresholds[task, : len(rises)] = rises - rises.mean()
        of_tasks[task] += shift
    fit_of = _mean_squares(problem, state)
    estimates = [
        _estimates(own, known, x, covariance, *fit_of[place])
        for place, (own, known) in enumerate([(of_tasks, has_task), *maps])
    ]
    z = problem.grid.nodes
    eap, se = np.full(n_candidates, np.nan), np.full(n_candidates, np.nan)
    mean = state.posterior @ z
    eap[design.people] = sd * mean
    se[design.people] = sd * np.sqrt(np.maximum(state.posterior @ z**2 - mean**2, 0.0))
    return ManyFacetFit(
        estimates[0], tuple(estimates[1:]), thresholds, sd, float(sd * np.sqrt(covariance[-1, -1])), eap, se,
        point.value, int(free.sum()), len(design.people), int(design.observed.sum()), len(z),
        bool(ascent.converged and x[-1] < problem.high[-1]), ascent.iterations,
    )  # fmt: skip


def _estimates(
    own: Floats, known: Flags, x: Floats, covariance: Floats, n: Codes, infit: Floats, outfit: Floats
) -> FacetEstimates:
    """Linear combinations of the parameters, with their covariance; NaN where a level has no estimate."""
    used = (own != 0).any(axis=0)
    measure = np.where(known, own @ x, np.nan)
    finite = np.isfinite(np.diag(covariance)) | ~used
    spread = own[:, finite] @ np.nan_to_num(covariance[np.ix_(finite, finite)]) @ own[:, finite].T
    is_sure = known & ~(own[:, ~finite] != 0).any(axis=1)
    spread = np.where(is_sure[:, None] & is_sure[None, :], spread, np.nan)
    return FacetEstimates(measure, np.sqrt(np.maximum(np.diag(spread), 0.0)), spread, n, infit, outfit)


def _mean_squares(problem: _Problem, state: _State) -> list[tuple[Codes, Floats, Floats]]:
    """Of each factor: ratings, infit and outfit of its levels.

    Residuals are taken at every node with the posterior's weight (as `msq.itemfit` of TAM does): a draw of
    the posterior and the truth are exchangeable, so that mean squares are 1 on average where the model holds.
    """
    design = problem.design
    category = problem.category
    mean = np.einsum("ck,ckq->cq", category, state.chance)
    variance = np.einsum("ck,ckq->cq", category**2, state.chance) - mean**2
    variance = np.maximum(variance, 1e-10)
    weights = np.asarray(design.of_categories.T @ state.posterior).reshape(*category.shape, -1)
    squares = np.square(category[:, :, None] - mean[:, None, :]) * weights
    of_cell = squares.sum(axis=(1, 2)), (state.expected * variance).sum(axis=1)
    outlying = (squares / variance[:, None, :]).sum(axis=(1, 2))
    n_of_cell = design.observed.sum(axis=1)
    found = []
    for place, size in enumerate(design.sizes):
        level = design.cells[:, place]
        above, below, far, n = (np.bincount(level, one, size) for one in (*of_cell, outlying, n_of_cell))
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((n.astype(np.int64), above / below, far / n))
    return found

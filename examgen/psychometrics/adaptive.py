"""What candidates would answer to every item of a pool → adaptive and multistage tests of them.

Answers are laid open one by one: simulated ones, or those that people gave (a post-hoc simulation). Between
items ability is estimated by EAP on fixed nodes; all candidates take their next item at once.

References
----------
van der Linden & Glas (2010), Elements of adaptive testing. Kingsbury & Zara (1989), Applied Measurement in
Education 2, 359–375, for randomesque selection and content balancing. Chang & Ying (1999), Applied
Psychological Measurement 23, 211–222, for stratification by slope. van der Linden & Veldkamp (2007), Journal
of Educational and Behavioral Statistics 32, 398–418, for item eligibility. Yan, von Davier & Lewis (2014),
Computerized multistage testing, for panels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.irt.curves import log_curves
from examgen.psychometrics.irt.information import item_information
from examgen.psychometrics.irt.items import ItemParameters
from examgen.psychometrics.irt.quadrature import Grid

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Cells = NDArray[np.int8]

_AT_ONCE, _BATCH = 1_000, 50
"""Candidates who are tested side by side; where eligibility follows from those before, fewer."""


class AdaptiveRules(NamedTuple):
    """How items are chosen, and when a test ends."""

    most: int
    """Items of a test at most; of a fixed length just so many."""
    least: int = 1
    se: float | None = None
    """The test ends where the standard error is not above this; None: at `most`."""
    randomesque: int = 1
    """One of so many best items is drawn, each equally likely."""
    strata: int = 1
    """Parts of the pool by slope, flat ones first; in each as many items of a test. Within a stratum the item
    whose difficulty is nearest; of 1 the most informative item."""
    ceiling: Floats | None = None
    """(J,) the greatest share of candidates who may have each item, held by eligibility; None: all."""
    shares: Floats | None = None
    """(A,) share of each content area in every test; None: as it comes."""


class TestsTaken(NamedTuple):
    """Tests of N candidates, of L items at most."""

    items: Ints
    """(N, L) place of each item in the order in which it was given; −1 after the end."""
    theta: Floats
    """(N, L) estimate after each item; NaN after the end."""
    se: Floats
    """(N, L)."""


def adaptive_tests(
    answers: Cells,
    parameters: ItemParameters,
    rules: AdaptiveRules,
    grid: Grid,
    areas: Ints | None,
    rng: np.random.Generator,
) -> TestsTaken:
    """An adaptive test of each candidate.

    Parameters
    ----------
    answers : ndarray of int8, shape (N, J)
        What each would answer; an item without an answer (negative) is not given.
    parameters : ItemParameters
        Of J items, all with parameters.
    rules : AdaptiveRules
    grid : Grid
        Population of ability.
    areas : ndarray of int, shape (J,), optional
        Content area of each item, 0 … A − 1, where `rules.shares` are given.
    rng : numpy.random.Generator

    Returns
    -------
    TestsTaken
    """
    n, n_items = answers.shape
    most = min(rules.most, n_items)
    found = TestsTaken(np.full((n, most), -1), np.full((n, most), np.nan), np.full((n, most), np.nan))
    log_p = log_curves(parameters, grid.nodes)
    given, allowed, eligible = np.zeros(n_items), np.zeros(n_items), np.ones(n_items)
    done = 0
    while done < n:
        # where eligibility follows from those before: one, one, two, four … candidates
        size = _AT_ONCE if rules.ceiling is None else min(max(done, 1), _BATCH)
        part = slice(done, min(done + size, n))
        drawn = rng.random((part.stop - done, n_items)) < eligible
        done = part.stop
        _tests(answers[part], parameters, log_p, rules, grid, areas, drawn, rng, _rows(found, part))
        if rules.ceiling is not None:
            own = found.items[part]
            had = np.bincount(own[own >= 0], minlength=n_items)
            given += had
            allowed += np.maximum(drawn.sum(axis=0), had)
            with np.errstate(divide="ignore", invalid="ignore"):
                eligible = np.where(given > 0, np.minimum(rules.ceiling * allowed / given, 1.0), 1.0)
    return found


def _rows(found: TestsTaken, part: slice) -> TestsTaken:
    return TestsTaken._make(column[part] for column in found)


def _tests(
    answers: Cells,
    parameters: ItemParameters,
    log_p: Floats,
    rules: AdaptiveRules,
    grid: Grid,
    areas: Ints | None,
    eligible: Bools,
    rng: np.random.Generator,
    out: TestsTaken,
) -> None:
    """Writes the tests of some candidates into their rows of `out`."""
    n, left = len(answers), answers >= 0
    posterior = _Posterior(n, grid)
    stratum = _strata(parameters, rules.strata)
    given = np.zeros((n, 0 if rules.shares is None else len(rules.shares)))
    active = np.arange(n)
    for place in range(out.items.shape[1]):
        active = active[left[active].any(axis=1)]
        if not len(active):
            return
        free = left[active]
        if areas is not None and rules.shares is not None:
            free &= _of_area_due(free, areas, rules.shares, given[active], place)
        free = _narrowed(free, eligible[active])
        theta, _ = posterior.moments(active)
        if rules.strata > 1:
            free = _narrowed(free, (stratum == place * rules.strata // out.items.shape[1])[None])
            worth = -np.abs(_middle(parameters) - theta[:, None])
        else:
            worth = item_information(parameters, theta)
        chosen = _one_of_best(np.where(free, worth, -np.inf), rules.randomesque, rng)
        left[active, chosen] = False
        if areas is not None and len(given.T):
            given[active, areas[chosen]] += 1
        posterior.add(active, log_p[:, chosen, answers[active, chosen]].T)
        theta, se = posterior.moments(active)
        out.items[active, place], out.theta[active, place], out.se[active, place] = chosen, theta, se
        if rules.se is not None and place + 1 >= rules.least:
            active = active[se > rules.se]


class _Posterior:
    """The distribution of ability of each of n candidates on the nodes, as it stands."""

    def __init__(self, n: int, grid: Grid) -> None:
        self.nodes = grid.nodes
        with np.errstate(divide="ignore"):
            self.logs = np.tile(np.log(grid.weights), (n, 1))

    def add(self, rows: Ints, log_likelihoods: Floats) -> None:
        self.logs[rows] += log_likelihoods

    def moments(self, rows: Ints) -> tuple[Floats, Floats]:
        """Mean and standard deviation: EAP and its error."""
        share = np.exp(self.logs[rows] - self.logs[rows].max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        mean = share @ self.nodes
        return mean, np.sqrt((share * (self.nodes - mean[:, None]) ** 2).sum(axis=1))


def _middle(parameters: ItemParameters) -> Floats:
    """(J,) difficulty of each item; the mean of its steps or thresholds."""
    return np.asarray(np.nanmean(parameters.b, axis=1))


def _strata(parameters: ItemParameters, n: int) -> Ints:
    """(J,) which part of the pool by slope each item is of, 0 the flattest."""
    rank = np.empty(len(parameters.a), dtype=np.int64)
    rank[np.argsort(parameters.a, kind="stable")] = np.arange(len(rank))
    return rank * n // len(rank)


def _narrowed(free: Bools, wanted: Bools) -> Bools:
    """Those that are wanted; of who has none of them left all that are free."""
    both = free & wanted
    return np.asarray(np.where(both.any(axis=1, keepdims=True), both, free))


def _of_area_due(free: Bools, areas: Ints, shares: Floats, given: Floats, place: int) -> Bools:
    """(n, J) the items of the area that lies farthest behind its share, of areas with items left."""
    there = np.stack([free[:, areas == area].any(axis=1) for area in range(len(shares))], axis=1)
    short = np.where(there & (shares > 0), shares * (place + 1) - given, -np.inf)
    due = short.argmax(axis=1)
    # where only areas with a share of 0 have items left
    return np.asarray((areas == due[:, None]) | ~np.isfinite(short).any(axis=1, keepdims=True))


def _one_of_best(worth: Floats, n: int, rng: np.random.Generator) -> Ints:
    """(rows,) the best column, or one of the n best that are finite."""
    if n == 1:
        return np.asarray(worth.argmax(axis=1))
    n = min(n, worth.shape[1])
    best = np.argpartition(-worth, n - 1, axis=1)[:, :n]
    rows = np.arange(len(worth))
    order = np.argsort(-worth[rows[:, None], best], axis=1, kind="stable")
    best = best[rows[:, None], order]
    finite = np.isfinite(worth[rows[:, None], best]).sum(axis=1)
    return np.asarray(best[rows, (rng.random(len(worth)) * finite).astype(np.int64)])


class Panel(NamedTuple):
    """A multistage test: which modules each stage has, and how candidates are routed to them."""

    modules: tuple[Ints, ...]
    """Places of the items of each module."""
    stages: tuple[tuple[int, ...], ...]
    """Modules of each stage, by place; of later stages from easy to hard where `cuts` route."""
    routing: str
    """`information`: the module that is most informative at the estimate; `theta` or `score`: by `cuts` of
    the estimate, or of the score in all items so far."""
    cuts: tuple[tuple[float, ...], ...] = ()
    """Of each stage after the first, ascending: one fewer than its modules. At a cut to the harder one."""


class PanelTaken(NamedTuple):
    """Multistage tests of N candidates in S stages."""

    modules: Ints
    """(N, S)."""
    theta: Floats
    """(N, S) estimate after each stage."""
    se: Floats


def panel_tests(
    answers: Cells,
    points: Cells,
    parameters: ItemParameters,
    panel: Panel,
    grid: Grid,
    rng: np.random.Generator,
) -> PanelTaken:
    """A multistage test of each candidate; in a first stage of several modules each is equally likely.

    Parameters
    ----------
    answers : ndarray of int8, shape (N, J)
        The category that each would answer; negative: nothing.
    points : ndarray of int8, shape (N, J)
        What these count in the score.
    parameters : ItemParameters
    panel : Panel
    grid : Grid
    rng : numpy.random.Generator
    """
    n, n_stages = len(answers), len(panel.stages)
    found = PanelTaken(
        np.full((n, n_stages), -1), np.full((n, n_stages), np.nan), np.full((n, n_stages), np.nan)
    )
    log_p, posterior, score = log_curves(parameters, grid.nodes), _Posterior(n, grid), np.zeros(n)
    for stage, modules in enumerate(panel.stages):
        if len(modules) == 1:
            way = np.zeros(n, dtype=np.int64)
        elif stage == 0:
            way = rng.integers(len(modules), size=n)
        else:
            way = _ways(parameters, panel, stage, found.theta[:, stage - 1], score)
        for place, module in enumerate(modules):
            rows = np.flatnonzero(way == place)
            for item in panel.modules[module]:
                had = answers[rows, item]
                seen = rows[had >= 0]
                posterior.add(seen, log_p[:, item, had[had >= 0]].T)
                score[seen] += points[seen, item]
        found.modules[:, stage] = np.asarray(modules)[way]
        found.theta[:, stage], found.se[:, stage] = posterior.moments(np.arange(n))
    return found


def _ways(parameters: ItemParameters, panel: Panel, stage: int, theta: Floats, score: Floats) -> Ints:
    """(N,) which of the modules of a stage each candidate goes to."""
    if panel.routing != "information":
        value = theta if panel.routing == "theta" else score
        return np.asarray(np.searchsorted(panel.cuts[stage - 1], value, side="right"))
    information = item_information(parameters, theta)
    each = [information[:, panel.modules[module]].sum(axis=1) for module in panel.stages[stage]]
    return np.asarray(np.argmax(each, axis=0))


class Recovery(NamedTuple):
    """How near estimates come to the truth, over candidates."""

    bias: float
    rmse: float
    correlation: float


def recovery(theta: Floats, estimates: Floats) -> Recovery:
    """Mean and root mean square of estimate less truth, and their correlation; of finite estimates."""
    known = np.isfinite(theta) & np.isfinite(estimates)
    off = estimates[known] - theta[known]
    if len(off) < 2 or np.ptp(theta[known]) == 0 or np.ptp(estimates[known]) == 0:
        together = np.nan
    else:
        together = float(np.corrcoef(theta[known], estimates[known])[0, 1])
    if not len(off):
        return Recovery(np.nan, np.nan, np.nan)
    return Recovery(float(off.mean()), float(np.sqrt((off**2).mean())), together)


def overlap(counts: NDArray[np.int64], n: int, mean_length: float) -> float:
    """The mean share of items that two candidates have in common: Σ m (m − 1) / (n (n − 1)) over the items,
    m of n candidates each, by the mean length of a test (Chen, Ankenmann & Spray, 2003, eq. 6)."""
    if n < 2:
        return np.nan
    return float((counts * (counts - 1.0)).sum() / (n * (n - 1.0)) / mean_length)

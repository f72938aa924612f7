"""Scores 0, 1, 2, … of several groups → a graded response or partial credit model with the same items in all
groups but for those that are let free, by marginal maximum likelihood.

Ability is N(0, 1) in the first group (with partial credit and slopes of 1, N(0, σ²)) and N(μ, σ²) in the
others as long as they have an item that is the same in all. What `groups.py` is for items that are right or
wrong.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.core.responses.matrix import Scores, group_numbers, score_cells
from examgen.core.words import tell
from examgen.psychometrics.irt.marginal.category_curves import CategoryCurves, Graded, PartialCredit
from examgen.psychometrics.irt.marginal.fitting import (
    LEAST_CANDIDATES,
    STEEPEST,
    WORDS,
    Labels,
    covariance_of,
    fit_of,
    hindrance,
    left_out,
    seen,
)
from examgen.psychometrics.irt.marginal.groups import told_abilities
from examgen.psychometrics.irt.marginal.polytomous import consecutive, rough_categories
from examgen.psychometrics.irt.marginal.problem import marginal_problem, maximise_posterior
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, Fit, ItemParameters, Note
from examgen.stats.quadrature import normal_grid

MODELS = ("grm", "gpcm", "pcm")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class CategoryGroupsFit(NamedTuple):
    """A model of G groups; empty where nothing could be fitted."""

    fits: tuple[Fit, ...]
    """Of each group: its items, mean and sd of ability with their standard errors, and their covariance.
    Log-likelihood and counts in each are those of the whole."""
    log_likelihood: float
    n_parameters: int
    """A parameter that groups share counts once."""
    n_candidates: int
    """With at least one answer to an item of the fit."""
    converged: bool
    iterations: int
    notes: tuple[Note, ...]


class _Columns(NamedTuple):
    """An item that is let free is a column for each group, blank for the others."""

    cells: NDArray[np.int8]
    """(N, C)."""
    item: Ints
    """(C,)"""
    group: Ints
    """(C,) whose column it is; −1 of all."""

    def take(self, which: NDArray[np.bool_] | Ints) -> _Columns:
        return _Columns(self.cells[:, which], self.item[which], self.group[which])


def fit_category_groups(
    scores: Scores,
    groups: ArrayLike,
    *,
    model: str = "grm",
    free: NDArray[np.bool_] | None = None,
    standard_errors: bool = True,
) -> CategoryGroupsFit:
    """Fit one model of ordered categories to all groups.

    Parameters
    ----------
    scores : array_like, shape (N, J)
        0, 1, 2, …; negative or NaN where missing. Groups need not have been given the same items. Categories
        that nobody has are closed up (`polytomous.consecutive`); of items that are let free, in each group.
    groups : array_like, shape (N,)
        0 … G − 1, or names, which are numbered in their order; negative or blank leaves a candidate out.
    model : {'grm', 'gpcm', 'pcm'}
    free : ndarray of bool, shape (J,), optional
        Items with parameters of their own in each group; the others are the same in all (all, by default).
    standard_errors : bool
        From the observed information (Louis, 1982); else NaN.

    Returns
    -------
    CategoryGroupsFit

    Raises
    ------
    ValueError
        For another model, scores that are no whole numbers, or `free` of another length.

    References
    ----------
    Bock, R. D., & Zimowski, M. F. (1997). Multiple group IRT. In Handbook of modern item response theory.
    Muraki, E. (1999). Stepwise analysis of differential item functioning based on multiple-group partial
    credit model. Journal of Educational Measurement 36, 217–232. `mirt::multipleGroup(invariance =
    c('slopes', 'intercepts', 'free_means', 'free_var'))`.
    """
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be one of {', '.join(MODELS)}")
    cells = score_cells(scores)
    n_items = cells.shape[1]
    groups = group_numbers(groups, len(cells))
    own_items = np.zeros(n_items, dtype=np.bool_) if free is None else np.asarray(free, dtype=np.bool_)
    if own_items.shape != (n_items,):
        raise ValueError(f"free has shape {own_items.shape}, and there are {n_items} items")
    cells, groups = cells[groups >= 0], groups[groups >= 0]
    n_groups = int(groups.max(initial=-1)) + 1
    columns = _columns(cells, groups, own_items, n_groups)
    closed_cells, closed = consecutive(columns.cells)
    columns = columns._replace(cells=closed_cells)
    what = seen(columns.cells)
    notes = [_of_column(note, columns) for note in (*closed, *left_out(what))]
    columns = columns.take(what.lowest < what.highest)
    n_own = len(np.unique(columns.item))
    if (obstacle := hindrance(model, what, n_own, False)) is not None:
        return CategoryGroupsFit((), np.nan, 0, int(what.answered.sum()), False, 0, (*notes, obstacle))
    answered = (columns.cells >= 0).any(axis=1)
    groups, columns = groups[answered], columns._replace(cells=columns.cells[answered])

    n_steps = columns.cells.max(axis=0).astype(np.intp)
    n_slots = int(n_steps.max()) + 1
    used = np.arange(n_slots) <= n_steps[:, None]
    free_slots = used.copy()
    free_slots[:, 0] &= model != "pcm"
    steepest = np.where(np.arange(n_slots) == 0, STEEPEST, np.inf)
    curves: CategoryCurves = Graded() if model == "grm" else PartialCredit()
    by_group = [columns.cells[groups == g] for g in range(n_groups)]
    # a group is on the scale of the first by the items that are the same in all
    linked = np.array([bool((own[:, columns.group < 0] >= 0).any()) for own in by_group])
    elsewhere = linked & (np.arange(n_groups) > 0)
    group_free = np.stack([elsewhere, elsewhere | (model == "pcm")], axis=1)
    problem = marginal_problem(
        by_group, n_steps + 1, curves, normal_grid(), free_slots, -steepest, steepest, group_free
    )
    start = rough_categories(columns.cells, n_steps, n_slots, model)
    if model == "pcm":
        start[:, 0] = 1.0
    begun = np.tile([0.0, 1.0], (n_groups, 1))
    share = np.where(columns.cells >= 0, columns.cells / n_steps, np.nan)
    away = share - np.nanmean(share, axis=0)
    begun[elsewhere, 0] = [
        np.clip(4.0 * np.nanmean(away[groups == g]), -2.0, 2.0) for g in np.flatnonzero(elsewhere)
    ]
    maximum = maximise_posterior(problem, start, begun, information=standard_errors)

    covariance, keep, endless, trouble = covariance_of(maximum, problem, standard_errors)
    notes += trouble
    x, (mean, sd) = maximum.state.x, maximum.state.group.T
    for k in np.flatnonzero(free_slots[:, 0]):
        code = "slope-to-infinity" if endless[k] else "negative-slope" if x[k, 0] < -1e-6 else None
        if code:
            shown = f"{x[k, 0]:.0f}" if endless[k] else f"{x[k, 0]:.2f}"
            note = Note(code, int(k), tell(WORDS[code], slope=float(x[k, 0])), (shown,))
            notes.append(_of_column(note, columns))
    if not maximum.converged:
        words = tell(WORDS["not-converged"], steps=maximum.iterations)
        notes.append(Note("not-converged", None, words, (f"{maximum.iterations}",)))
    if len(groups) < LEAST_CANDIDATES[model]:
        words = tell(WORDS["few-candidates"], n=len(groups))
        notes.append(Note("few-candidates", None, words, (f"{len(groups)}",)))
    mean, sd, more = told_abilities(mean, sd, np.bincount(groups, minlength=n_groups))
    notes += more

    # what each row of the covariance is: (slot, column) of an item, or (group, 0 mean | 1 sd)
    rows = np.flatnonzero(keep) if covariance.size else np.zeros(0, dtype=np.int64)
    slot, column = np.nonzero(free_slots.T)
    of_group, which = np.nonzero(group_free)
    converged = maximum.converged and not endless.any()
    n_parameters = int(free_slots.sum() + group_free.sum())
    fits = []
    for g in range(n_groups):
        mine = (columns.group < 0) | (columns.group == g)
        labels, at = _labels(rows, slot, columns.item[column], mine[column], of_group == g, which)
        parameters = _parameters(columns.item[mine], x[mine], used[mine], n_items, model)
        fit = fit_of(
            model, parameters, labels, covariance[np.ix_(at, at)] if labels else np.empty((0, 0)),
            mean=float(mean[g]), sd=float(sd[g]), log_likelihood=maximum.state.log_likelihood, log_prior=0.0,
            n_parameters=n_parameters, n_candidates=len(groups), converged=converged,
            iterations=maximum.iterations, notes=[note for note in notes if note.group in (None, g)],
        )  # fmt: skip
        fits.append(fit)
    return CategoryGroupsFit(
        tuple(fits), maximum.state.log_likelihood, n_parameters, len(groups), converged, maximum.iterations,
        tuple(notes),
    )  # fmt: skip


def _columns(cells: NDArray[np.int8], groups: Ints, free: NDArray[np.bool_], n_groups: int) -> _Columns:
    item: list[int] = []
    group: list[int] = []
    for j in range(cells.shape[1]):
        own = range(n_groups) if free[j] else (-1,)
        item += [j] * len(own)
        group += own
    made = cells[:, item]
    for k, g in enumerate(group):
        if g >= 0:
            made[groups != g, k] = -1
    return _Columns(made, np.array(item, dtype=np.int64), np.array(group, dtype=np.int64))


def _of_column(note: Note, columns: _Columns) -> Note:
    """The note of a column as one of its item, and of its group."""
    column = note.item or 0
    group = int(columns.group[column])
    return note._replace(item=int(columns.item[column]), group=group if group >= 0 else None)


def _labels(
    rows: Ints, slot: Ints, item: Ints, mine: NDArray[np.bool_], own_group: NDArray[np.bool_], which: Ints
) -> tuple[Labels, list[int]]:
    """What the rows of the covariance are that concern a group, and which rows these are."""
    labels: Labels = []
    at = []
    for n, row in enumerate(rows.tolist()):
        if row < len(slot):
            if not mine[row]:
                continue
            s = int(slot[row])
            labels.append(("d" if s else "a", int(item[row]), max(s - 1, 0)))
        elif own_group[row - len(slot)]:
            labels.append((("mean", "sd")[which[row - len(slot)]], 0, 0))
        else:
            continue
        at.append(n)
    return labels, at


def _parameters(items: Ints, x: Floats, used: NDArray[np.bool_], n_items: int, model: str) -> ItemParameters:
    """Of all items, NaN of those that were left out."""
    a, c = np.full((2, n_items), np.nan)
    d = np.full((n_items, max(x.shape[1] - 1, 1)), np.nan)
    a[items], c[items] = x[:, 0], 0.0
    d[items] = np.where(used[:, 1:], x[:, 1:], np.nan)
    kind = np.full(n_items, GRADED if model == "grm" else PARTIAL_CREDIT, dtype=np.int8)
    return ItemParameters(kind, a, d, c)

"""Scores → an item response model by marginal maximum likelihood (Bock & Aitkin, 1981), in one group of
candidates or in several.

All models are one: items with curves (`mml_curves`), free and fixed parameters, and a normal distribution of
ability in each group (`mml_problem`). Rasch, 1PL and 2PL are partial credit with two categories. Ability is
integrated over 61 equally spaced nodes on [−6, 6], as mirt does.

References
----------
Birnbaum, A. (1968). In F. M. Lord & M. R. Novick, Statistical theories of mental test scores, ch. 17.
Bock, R. D., & Aitkin, M. (1981). Marginal maximum likelihood estimation of item parameters: application of an
    EM algorithm. Psychometrika, 46, 443–459.
Bock, R. D., & Zimowski, M. F. (1997). Multiple group IRT. In Handbook of modern item response theory.
Louis, T. A. (1982). Finding the observed information matrix when using the EM algorithm. JRSS B, 44, 226–233.
Masters, G. N. (1982). A Rasch model for partial credit scoring. Psychometrika, 47, 149–174.
Mislevy, R. J. (1986). Bayes modal estimation in item response models. Psychometrika, 51, 177–195.
Muraki, E. (1992). A generalized partial credit model. Applied Psychological Measurement, 16, 159–176.
Samejima, F. (1969). Estimation of latent ability using a response pattern of graded scores. Psychometrika
    Monograph 17.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from examgen.stats.arguments import ArgumentError
from examgen.stats.irt_models import DICHOTOMOUS, GRADED, PARTIAL_CREDIT, Fit, ItemParameters, Note
from examgen.stats.matrix import Scores, group_numbers, score_cells, score_ranges
from examgen.stats.mml_curves import (
    Asymptotes,
    CategoryCurves,
    Graded,
    PartialCredit,
    Prior,
    checked,
    mode,
    on_logit,
    sigmoid,
)
from examgen.stats.mml_problem import (
    LEAST_SD,
    MOST_PARAMETERS,
    MarginalProblem,
    PosteriorMaximum,
    evaluate,
    marginal_problem,
    maximise_posterior,
    observed_information,
)
from examgen.stats.quadrature import LIMIT, N_NODES, beyond_nodes, normal_grid
from examgen.stats.results import note_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Labels = list[tuple[str, int, int]]
"""(parameter, item, step) of each free parameter."""
LOGISTIC = ("rasch", "1pl", "2pl")
POLYTOMOUS = ("grm", "pcm", "gpcm")
MODELS = (*LOGISTIC, "3pl", *POLYTOMOUS)
STEEPEST = 100.0
"""Where a slope without end stops, in absolute value: beyond it the likelihood rises by hundredths."""
ENDLESS = (N_NODES - 1) / LIMIT
"""A curve this steep is a step between two nodes: the likelihood cannot tell it from a steeper one."""
MOST_ITEMS = 5000
LEAST_ITEMS = {"rasch": 2, "1pl": 2, "2pl": 3, "3pl": 3, "grm": 3, "pcm": 2, "gpcm": 3}
"""Fewer items do not determine the parameters, unless some are fixed."""
LEAST_CANDIDATES = {
    "rasch": 50, "1pl": 100, "2pl": 200, "3pl": 500, "grm": 250, "pcm": 100, "gpcm": 250,
}  # fmt: skip
"""With fewer candidates the fit has a note (Linacre, 1994; de Ayala, 2009, chapters 3 and 5 to 8)."""
_REFUSED = 10
"""Fewer candidates than these have no slopes: every answer can be explained by some."""
FAR, NARROW, WIDE = 5.0, 0.1, 5.0
"""Means and standard deviations of ability of a group beyond which the nodes tell nothing."""
_FEW = 30
"""Fewer candidates hardly tell how a group is distributed."""
USUAL_C, POOR_C = 0.15, 0.25
"""Where the asymptote of an item starts; a standard error above which it is hardly known."""
TEXTS: dict[str, str | tuple[str, str]] = {
    "no-answers": "it has no answers and is excluded",
    "all-right": "all candidates who answered are right, so it is excluded",
    "all-wrong": "all candidates who answered are wrong, so it is excluded",
    "one-category": "all candidates who answered have the same score, so it is excluded",
    "not-dichotomous": "it has scores above 1 and is excluded. Fit a graded or partial credit model",
    "category-unused": "some scores do not occur, so {old} count as {new}",
    "slope-to-infinity": "the likelihood rises beyond a slope of {slope:.0f}, so the data give no finite "
    "slope",
    "nothing-to-fit": "no item has two different scores, so there is nothing to fit",
    "not-identified": "this model needs at least {least} items to determine its parameters, not {n}",
    "too-many-items": "{n:,} items are too many for one fit (limit {most:,}). Fit them in parts, with "
    "anchors",
    "too-few-candidates": "{n} candidates are too few to estimate slopes. The minimum is {least}; useful "
    "estimates need about 200",
    "few-candidates": "{n} candidates are few for this model, so errors are large and uncertain",
    "not-converged": "the maximum was not reached after {steps} steps. Numbers are provisional",
    "too-many-parameters": "there are no standard errors, because there are more than {most:,} free "
    "parameters",
    "singular-information": "there are no standard errors, because the data do not determine all parameters",
    "no-variance": "the sd of ability approaches 0, so candidates differ no more than by chance",
    "endless-variance": "the sd of ability approaches infinity, because the answers follow a perfect order",
    "endless-variance.slopes": "the sd of ability approaches infinity, because the fixed slopes are too low "
    "for these answers, or the answers follow a perfect order",
    "negative-slope": "the slope is negative ({slope:.2f}), so able candidates do worse. Check the key",
    "wide-ability": "the model integrates over abilities from −6 to 6, but those of the candidates (mean "
    "{mean:.1f}, sd {sd:.1f}) go beyond. The sd and difficulties have errors of a few percent or more",
    "wide-ability.rasch": "the model integrates over abilities from −6 to 6, but those of the candidates "
    "(mean {mean:.1f}, sd {sd:.1f}) go beyond. The sd and difficulties have errors of a few percent or more. "
    "The equivalent model 1pl avoids this",
    "c-at-zero": "the lower asymptote is estimated as 0, so the data show no guessing",
    "poorly-determined": "the data hardly determine the lower asymptote (standard error {error:.2f}). Use a "
    "model with fewer parameters",
    # of a group
    "few-in-group": "it has only {n} candidates, so its mean and sd are uncertain, and so is the scale if it "
    "is the first group",
    "ability-out-of-range": "the mean or sd of its ability cannot be estimated, because the likelihood rises "
    "to the end of the range of the model",
    "no-variance.group": "the sd of its ability approaches 0, so its candidates differ no more than by "
    "chance",
    "wide-ability.group": "the model integrates over abilities from −6 to 6, but those of the group go "
    "beyond. Its mean and sd have errors of a few percent or more",
    # refusals
    "slopes-of-rasch": "slopes of a Rasch model are 1, so fixed slopes cannot be different",
    "slopes-of-1pl": "a 1PL has one slope, so fixed slopes cannot be different",
}
"""Sentences by their codes, which end before a dot."""


def told(key: str, item: int | None = None, group: int | None = None, **values: Any) -> Note:
    """A note of this module, of an item or of the whole."""
    message = note_of(TEXTS, key, values)
    return Note(message.code, item, message, group=group)


class GroupsFit(NamedTuple):
    """A model of G groups; without fits where nothing could be fitted."""

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


def fit_mml(
    scores: Scores,
    model: str,
    *,
    prior_c: Prior | None = None,
    fixed: ItemParameters | None = None,
    standard_errors: bool = True,
) -> Fit:
    """Fit a model to scores by marginal maximum likelihood.

    Maximises Σ_i log Σ_q w_q P(x_i | θ_q), with a prior on c also Σ_j log p(c_j). Without such a prior the
    likelihood of the 3PL is often nearly flat, and c may end at 0, the bound of its range.

    Parameters
    ----------
    scores : (N, J); categories from 0, negative or NaN where there is no answer: missing at random.
        Categories of partial scores that nobody has are closed up (`consecutive`).
    model : `rasch` (slopes 1, sd of ability free, mean 0), `1pl` (one common slope, sd 1), `2pl`, `3pl`,
        `grm` (graded), `pcm` or `gpcm` (partial credit, with slopes 1 or free).
    prior_c : prior of lower asymptotes, for the 3PL alone.
    fixed : parameters that are known (anchors); NaN is free. A fixed intercept frees the mean of ability, a
        fixed slope its standard deviation.
    standard_errors : from the exact observed information; otherwise NaN.

    Returns
    -------
    Fit
        Items that have no finite estimate are NaN and named in `notes`.

    Raises
    ------
    ValueError
        For an unknown model, scores that are no matrix of whole numbers, fixed parameters of another number
        of items, and slopes that the model does not allow.
    """
    cells = score_cells(scores)
    given = _given(model, fixed, cells.shape[1])
    columns = _Columns(cells, np.arange(cells.shape[1]), np.full(cells.shape[1], -1))
    groups = np.zeros(len(cells), dtype=np.int64)
    return _fitted(columns, groups, 1, len(given), model, prior_c, given, standard_errors).fits[0]


def fit_groups(
    scores: Scores,
    groups: ArrayLike,
    *,
    model: str = "2pl",
    free: Flags | None = None,
    standard_errors: bool = True,
    prior_c: Prior | None = None,
) -> GroupsFit:
    """Fit one model to all groups: items the same in all but for those that are let free.

    Ability is N(0, 1) in the first group (with slopes of 1 N(0, σ²)) and N(μ, σ²) in the others as long as
    they have an item that is the same in all; `mirt::multipleGroup(invariance = c('slopes', 'intercepts',
    'free_means', 'free_var'))`. Groups need not have been given the same items.

    Parameters
    ----------
    scores : (N, J) as `fit_mml` takes them; of items that are let free, categories are closed up in each
        group.
    groups : (N,) 0 … G − 1, or names, which are numbered in their order; negative or blank leaves a candidate
        out.
    model, prior_c, standard_errors : as `fit_mml`.
    free : (J,) items with parameters of their own in each group; the others are the same in all (all, by
        default). Where all are free, each group is fitted by itself.

    Returns
    -------
    GroupsFit

    Raises
    ------
    ValueError
        As `fit_mml`, and for `free` of another length.
    """
    cells = score_cells(scores)
    n_items = cells.shape[1]
    number = group_numbers(groups, len(cells))
    apart = np.zeros(n_items, dtype=np.bool_) if free is None else np.asarray(free, dtype=np.bool_)
    if apart.shape != (n_items,):
        raise ValueError(f"free has shape {apart.shape}, and there are {n_items} items")
    cells, number = cells[number >= 0], number[number >= 0]
    n_groups = int(number.max(initial=-1)) + 1
    options: dict[str, Any] = {"prior_c": prior_c, "standard_errors": standard_errors}
    if apart.all():
        alone = [fit_mml(cells[number == g], model, **options) for g in range(n_groups)]
        return GroupsFit(
            tuple(alone), sum(one.log_likelihood for one in alone), sum(one.n_parameters for one in alone),
            sum(one.n_candidates for one in alone), all(one.converged for one in alone),
            max(one.iterations for one in alone),
            tuple(note._replace(group=g) for g, one in enumerate(alone) for note in one.notes),
        )  # fmt: skip
    given = _given(model, None, n_items)
    columns = _columns(cells, number, apart, n_groups)
    found = _fitted(columns, number, n_groups, n_items, model, prior_c, given[columns.item], standard_errors)
    return found if np.isfinite(found.log_likelihood) else found._replace(fits=())


def consecutive(
    scores: NDArray[np.int8], items: Flags | None = None
) -> tuple[NDArray[np.int8], tuple[Note, ...]]:
    """Scores counted again from 0 without the categories that nobody has, as mirt does, item by item.

    A category that nobody has has no parameter; with 0, 2, 3 seen, they count as 0, 1, 2. `fit_mml` does this
    itself; whoever uses its parameters with the scores must do it too. `items` chooses some (J,). The matrix
    itself is returned where nothing changes.
    """
    notes, out = [], scores
    chosen = np.ones(scores.shape[1], dtype=np.bool_) if items is None else items
    for j in np.nonzero(chosen & (scores.max(axis=0, initial=-1) > 1))[0]:
        column = scores[:, j]
        there = np.bincount(column[column >= 0]) > 0
        if there.all() or there.sum() < 2:
            continue
        out = scores.copy() if out is scores else out
        out[column >= 0, j] = (np.cumsum(there) - 1)[column[column >= 0]]
        old, new = (", ".join(map(str, own)) for own in (np.nonzero(there)[0], range(int(there.sum()))))
        notes.append(told("category-unused", int(j), old=old, new=new))
    return out, tuple(notes)


# ── what is fitted ───────────────────────────────────────────────────────────────────────────


class _Columns(NamedTuple):
    """An item that is let free is a column for each group, blank for the others."""

    cells: NDArray[np.int8]
    """(N, C)."""
    item: Ints
    """(C,)"""
    group: Ints
    """(C,) whose column it is; −1 of all."""

    def note(self, one: Note) -> Note:
        """The note of a column as one of its item, and of its group."""
        if one.item is None:
            return one
        group = int(self.group[one.item])
        return one._replace(item=int(self.item[one.item]), group=group if group >= 0 else None)


def _columns(cells: NDArray[np.int8], groups: Ints, free: Flags, n_groups: int) -> _Columns:
    item = np.repeat(np.arange(cells.shape[1]), np.where(free, n_groups, 1))
    group = np.concatenate([np.arange(n_groups) if own else [-1] for own in free] or [[]]).astype(np.int64)
    made = cells[:, item]
    for k in np.flatnonzero(group >= 0):
        made[groups != group[k], k] = -1
    return _Columns(made, item, group)


def _given(model: str, fixed: ItemParameters | None, n_items: int) -> Floats:
    """(J, S) fixed values of the parameters of each item: a, d_1, d_2 …, of the 3PL a, d, c; NaN is free."""
    if model not in MODELS:
        raise ValueError(f"model {model!r} is none of {', '.join(MODELS)}")
    given = np.full((n_items, 3 if model == "3pl" else 2), np.nan)
    if fixed is not None:
        if len(fixed.a) != n_items or len(fixed.d) != n_items:
            raise ValueError("fixed parameters must have one row for each item")
        last = fixed.c[:, None] if model == "3pl" else fixed.d[:, 1:]
        given = np.concatenate([fixed.a[:, None], fixed.d[:, :1], last], axis=1)
    known = given[np.isfinite(given[:, 0]), 0]
    if model in ("rasch", "pcm"):
        if (known != 1.0).any():
            raise ArgumentError(note_of(TEXTS, "slopes-of-rasch", {}))
        given[:, 0] = 1.0
    if model == "1pl" and len(known):
        if (known != known[0]).any():
            raise ArgumentError(note_of(TEXTS, "slopes-of-1pl", {}))
        given[:, 0] = known[0]
    return given


class _Design(NamedTuple):
    """The columns (N, C) of a fit and their S slots."""

    columns: _Columns
    groups: Ints
    """(N,)"""
    n_steps: Ints
    """(C,) highest category."""
    given: Floats
    """(C, S) values that are fixed; NaN is free."""
    used: Flags
    """(C, S)."""
    known: ItemParameters
    """Of all items, those that are fixed whether or not somebody answered; else NaN."""
    notes: list[Note]


def _design(columns: _Columns, groups: Ints, model: str, given: Floats, n_items: int) -> _Design:
    """What can be estimated of the columns; notes name what cannot."""
    notes: list[Note] = []
    is_partial = model in POLYTOMOUS
    if is_partial:
        anchored = np.asarray(np.isfinite(given[:, 1:]).any(axis=1))
        cells, closed = consecutive(columns.cells, ~anchored)
        columns, notes = columns._replace(cells=cells), [*closed]
    lowest, highest = score_ranges(columns.cells)
    n_steps = np.ones(len(highest), dtype=np.int64)
    if is_partial:
        n_steps = np.maximum(highest, np.isfinite(given[:, 1:]).sum(axis=1))
    n_slots = 3 if model == "3pl" else max(int(n_steps.max(initial=1)) + 1, given.shape[1])
    given = np.pad(given, ((0, 0), (0, n_slots - given.shape[1])), constant_values=np.nan)
    used = np.ones(given.shape, dtype=np.bool_) & (
        np.arange(n_slots) <= (n_steps + (model == "3pl"))[:, None]
    )
    is_known = np.asarray(((np.isfinite(given) | ~used).all(axis=1)) & np.isfinite(given[:, 1]))
    is_high = (highest > 1) & (not is_partial)
    for j in np.flatnonzero(is_high | ((lowest == highest) & ~is_known)):
        usual = {-1: "no-answers", 0: "all-wrong", 1: "all-right"}.get(int(highest[j]), "one-category")
        notes.append(told("not-dichotomous" if is_high[j] else usual, int(j)))
    use = ~is_high & ((lowest < highest) | (is_known & (highest >= 0)))
    answered = (columns.cells[:, use] >= 0).any(axis=1)
    known = _parameters(model, columns.item, given, used & is_known[:, None], n_items)
    some = _Columns(columns.cells[np.ix_(answered, use)], columns.item[use], columns.group[use])
    notes = [columns.note(one) for one in notes]
    return _Design(some, groups[answered], n_steps[use], given[use], used[use], known, notes)


def _hindrance(model: str, design: _Design) -> Note | None:
    """A note that says why nothing can be fitted, else None."""
    cells, n_own = design.columns.cells, len(np.unique(design.columns.item))
    lowest, highest = score_ranges(cells)
    if not (lowest < highest).any():
        return told("nothing-to-fit")
    if n_own > MOST_ITEMS:
        return told("too-many-items", n=n_own, most=MOST_ITEMS)
    place, slope = np.isfinite(design.given[:, 1]), np.isfinite(design.given[:, 0])
    if place.any() or (slope.any() and model not in ("rasch", "pcm")):
        return None
    if n_own < LEAST_ITEMS[model]:
        return told("not-identified", n=n_own, least=LEAST_ITEMS[model])
    if model == "2pl" and len(cells) < _REFUSED:
        return told("too-few-candidates", n=len(cells), least=_REFUSED)
    return None


def _fitted(
    columns: _Columns, groups: Ints, n_groups: int, n_items: int, model: str, prior: Prior | None,
    given: Floats, standard_errors: bool,
) -> GroupsFit:  # fmt: skip
    """The fit of columns (N, C) of candidates in groups (N,), some of whose parameters (C, S) are given."""
    prior = checked(prior) if prior is not None and model == "3pl" else None
    design = _design(columns, groups, model, given, n_items)
    if (obstacle := _hindrance(model, design)) is not None:
        nan, notes = float("nan"), (*design.notes, obstacle)
        n = int((columns.cells >= 0).any(axis=1).sum())
        fit = fit_of(
            model, design.known, [], np.empty((0, 0)), mean=nan, sd=nan, log_likelihood=nan, log_prior=0.0,
            n_parameters=0, n_candidates=n, converged=False, iterations=0, notes=notes,
        )  # fmt: skip
        return GroupsFit((fit,), nan, 0, n, False, 0, notes)
    problem, start, begun = _problem(design, n_groups, model, prior)
    maximum = maximise_posterior(problem, start, begun)
    if problem.as_density:
        problem = replace(problem, as_density=False)
        maximum = _renormalised(problem, maximum)
    return _result(design, problem, maximum, n_groups, model, standard_errors)


def _problem(
    design: _Design, n_groups: int, model: str, prior: Prior | None
) -> tuple[MarginalProblem, Floats, Floats]:
    """The problem, the start of its items (C, S), and of its groups (G, 2)."""
    columns, used = design.columns, design.used
    by_group = [columns.cells[design.groups == g] for g in range(n_groups)]
    given, free = design.given.copy(), used & ~np.isfinite(design.given)
    logit = model == "3pl" and on_logit(prior)
    steepest = np.where(np.arange(used.shape[1]) == 0, STEEPEST, np.inf)
    lower, upper = -steepest, steepest
    curves: CategoryCurves = Graded() if model == "grm" else PartialCredit()
    if model == "3pl":
        curves = Asymptotes(logit, prior)
        lower[2], upper[2] = (-40.0, 40.0) if logit else (0.0, 0.95)
        if logit:
            with np.errstate(divide="ignore"):
                given[:, 2] = np.clip(np.log(given[:, 2]) - np.log1p(-given[:, 2]), -40.0, 40.0)
    begun = np.tile([0.0, 1.0], (n_groups, 1))
    if n_groups == 1:  # fixed places free the mean of ability, fixed slopes its sd
        fixed = used & ~free
        places = fixed[:, 1:2] if model == "3pl" else fixed[:, 1:]
        group_free = np.array([[places.any(), fixed[:, 0].any()]])
    else:  # a group is on the scale of the first by the items that are the same in all
        linked = np.array([bool((own[:, columns.group < 0] >= 0).any()) for own in by_group])
        linked[0] = False
        group_free = np.stack([linked, linked | (model in ("rasch", "pcm"))], axis=1)
        share = np.where(columns.cells >= 0, columns.cells / design.n_steps, np.nan)
        away = share - np.nanmean(share, axis=0)
        for g in np.flatnonzero(linked):
            begun[g, 0] = np.clip(4.0 * np.nanmean(away[design.groups == g]), -2.0, 2.0)
    problem = marginal_problem(
        by_group, design.n_steps + 1, curves, normal_grid(), free, lower, upper, group_free,
        one_slope=model == "1pl" and bool(free[:, 0].any()),
        as_density=model in LOGISTIC and n_groups == 1 and bool(group_free.any()),
    )  # fmt: skip
    rough = _rough(columns.cells, design.n_steps, used.shape[1], model, prior)
    if model in ("1pl", "rasch", "pcm"):
        rough[:, 0] = 1.0
    start = np.where(free | ~used, rough, given)
    if model == "grm":
        _put_in_order(start, free, used)
    return problem, start, begun


def _renormalised(problem: MarginalProblem, maximum: PosteriorMaximum) -> PosteriorMaximum:
    """The same place under weights that sum to 1, by which likelihood and errors are reported, as in mirt.

    Errors are those of the variance, with a curvature that is that of the sd plus the slope by the sd over
    the sd: the slope is not 0 where the nodes cut the tails.
    """
    state = evaluate(problem, maximum.state.x, maximum.state.group)
    information = maximum.information
    if information.size:
        information = observed_information(problem, state)
        if problem.group_free[0, 1]:
            sd = float(state.group[0, 1])
            slope = float(state.priors[0].first[1] @ state.nodes[0])
            information[-1, -1] += slope / sd
    return maximum._replace(state=state, information=information)


# ── starts ───────────────────────────────────────────────────────────────────────────────────


def _rough(cells: NDArray[np.int8], n_steps: Ints, n_slots: int, model: str, prior: Prior | None) -> Floats:
    """(C, S) rough parameters from shares of the categories and correlations with the rest."""
    n_items, top = len(n_steps), np.maximum(n_steps, 1).astype(np.float32)
    sums, counts = np.zeros((4, n_items)), np.full((int(n_steps.max()) + 1, n_items), 0.5)
    for start in range(0, len(cells), 1024):
        piece = cells[start : start + 1024]
        there = piece >= 0
        share = np.where(there, piece, 0) / top
        total = share.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
        sums += share.sum(axis=0), (share * share).sum(axis=0), total @ share, total @ there
        counts += [(piece == k).sum(axis=0) for k in range(len(counts))]
    n = np.maximum((counts - 0.5).sum(axis=0), 1.0)
    mean = sums[0] / n
    variance = np.maximum(sums[1] / n - mean**2, 1e-6)
    with_rest = sums[2] / n - mean * sums[3] / n - variance / max(n_items, 2)
    spread = np.sqrt(max(float(with_rest.mean()), 1e-4))
    loading = np.clip(with_rest / (spread * np.sqrt(variance)) / 0.8, -0.6, 0.85)
    slope = np.clip(1.7 * loading / np.sqrt(1.0 - loading**2), -1.0, 3.0)
    x = np.zeros((n_items, n_slots))
    if model == "3pl":
        c = USUAL_C if prior is None else min(max(mode(prior), 0.01), 0.5)
        low, x[:, 0] = np.minimum(c, 0.7 * mean), slope * 1.2
        above = np.clip((mean - low) / (1.0 - low), 0.02, 0.98)
        x[:, 1] = np.log(above / (1.0 - above)) * np.sqrt(1.0 + x[:, 0] ** 2 / 2.9)
        x[:, 2] = np.log(low / (1.0 - low)) if on_logit(prior) else low
        return x
    for j, steps in enumerate(n_steps):
        own = counts[: steps + 1, j]
        if model == "grm" or model in LOGISTIC:
            above = own[::-1].cumsum()[::-1][1:] / own.sum()
            x[j, 1 : steps + 1] = np.log(above / (1.0 - above)) * np.sqrt(1.0 + slope[j] ** 2 / 2.9)
        else:
            x[j, 1 : steps + 1] = np.log(own[1:] / own[0])
    x[:, 0] = slope / np.sqrt(n_steps) if model in ("pcm", "gpcm") else slope
    return x


def _put_in_order(x: Floats, free: Flags, used: Flags) -> None:
    """Graded thresholds in order also where some are fixed: free ones move out of the way."""
    for j in np.nonzero((used & ~free)[:, 1:].any(axis=1) & free[:, 1:].any(axis=1))[0]:
        own = np.nonzero(used[j])[0][1:]
        for k in own[1:]:
            if free[j, k]:
                x[j, k] = min(x[j, k], x[j, k - 1] - 0.1)
        for k in own[-2::-1]:
            if free[j, k]:
                x[j, k] = max(x[j, k], x[j, k + 1] + 0.1)


# ── results ──────────────────────────────────────────────────────────────────────────────────


def _result(
    design: _Design, problem: MarginalProblem, maximum: PosteriorMaximum, n_groups: int, model: str,
    standard_errors: bool,
) -> GroupsFit:  # fmt: skip
    """The fits of the groups from the maximum."""
    columns, free = design.columns, problem.free
    covariance, keep, endless, trouble = _covariance(maximum, problem, standard_errors)
    x, scale = maximum.state.x.copy(), np.ones_like(maximum.state.x)
    if model == "3pl" and on_logit(getattr(problem.curves, "prior", None)):
        x[:, 2] = np.where(free[:, 2], sigmoid(x[:, 2]), design.given[:, 2])
        scale[:, 2] = x[:, 2] * (1.0 - x[:, 2])
    if not problem.group_free.any() and x[:, 0].sum() < 0:  # the direction of ability is ours to choose
        x[:, 0], scale[:, 0] = -x[:, 0], -1.0
    x[np.abs(x[:, 0]) < 1e-6, 0] = 0.0
    notes, n = [*design.notes, *trouble], len(columns.cells)
    slot, column = problem.of_items
    for s, k, is_held in zip(slot, column, maximum.held, strict=False):
        if is_held and model == "3pl" and s == 2 and x[k, 2] < 0.5:
            notes.append(columns.note(told("c-at-zero", int(k))))
    for k in column[slot == 0]:
        item = None if problem.one_slope else int(k)  # one slope of all is nobody's
        if endless[k]:
            notes.append(columns.note(told("slope-to-infinity", item, slope=ENDLESS)))
        elif x[k, 0] < -1e-6:
            notes.append(columns.note(told("negative-slope", item, slope=x[k, 0])))
    converged = maximum.converged and not endless.any()
    if not maximum.converged:
        notes.append(told("not-converged", steps=maximum.iterations))
    mean, sd = maximum.state.group.T
    if n_groups > 1:
        mean, sd, more = _of_groups(mean, sd, np.bincount(design.groups, minlength=n_groups))
        converged = converged and all(one.code != "ability-out-of-range" for one in more)
    else:
        more = _of_ability(problem, model, x, float(mean[0]), float(sd[0]))
    notes += more
    if n < LEAST_CANDIDATES[model] and free.any():
        notes.append(told("few-candidates", n=n))

    rows = np.flatnonzero(keep) if covariance.size else np.zeros(0, dtype=np.int64)
    of_group, which = np.nonzero(problem.group_free)
    chain = np.concatenate([scale[column, slot], np.ones(len(of_group))])[rows]
    covariance = covariance * np.outer(chain, chain)
    names = (
        [("a", 0), ("d", 0), ("c", 0)]
        if model == "3pl"
        else [("a", 0), *(("d", k) for k in range(x.shape[1]))]
    )
    labels = [(names[s][0], int(columns.item[k]), names[s][1]) for s, k in zip(slot, column, strict=True)]
    labels += [(("mean", "sd")[k], 0, 0) for k in which]
    whose = np.concatenate([columns.group[column], of_group])
    if problem.one_slope:
        whose[0] = -1
    fits: list[Fit] = []
    for g in range(n_groups):
        mine = (columns.group < 0) | (columns.group == g)
        at = [n for n, row in enumerate(rows) if whose[row] in (-1, g)]
        parameters = _parameters(model, columns.item[mine], x[mine], design.used[mine], len(design.known.a))
        fit = fit_of(
            model, _filled(design.known, parameters), [labels[rows[k]] for k in at],
            covariance[np.ix_(at, at)], mean=float(mean[g]), sd=float(sd[g]),
            log_likelihood=maximum.state.log_likelihood,
            log_prior=maximum.state.log_prior, n_parameters=problem.size, n_candidates=n, converged=converged,
            iterations=maximum.iterations, notes=[one for one in notes if one.group in (None, g)],
        )  # fmt: skip
        if n_groups > 1:
            se_mean, se_sd = fit.se_mean + 0.0 * fit.mean, fit.se_sd + 0.0 * fit.sd  # none of what is NaN
            fit = fit._replace(se_mean=se_mean, se_sd=se_sd)
        poor = np.flatnonzero(np.nan_to_num(fit.se_c) > POOR_C) if n_groups == 1 else ()
        poorly = [told("poorly-determined", int(j), error=fit.se_c[j]) for j in poor]
        fits.append(fit._replace(notes=(*fit.notes, *poorly)))
    return GroupsFit(
        tuple(fits),
        maximum.state.log_likelihood,
        problem.size,
        n,
        converged,
        maximum.iterations,
        tuple(notes),
    )


def _parameters(model: str, items: Ints, x: Floats, used: Flags, n_items: int) -> ItemParameters:
    """Of all items; NaN of those that are not among the columns, or of which nothing is used."""
    kind = {"grm": GRADED, "pcm": PARTIAL_CREDIT, "gpcm": PARTIAL_CREDIT}.get(model, DICHOTOMOUS)
    is_three = model == "3pl"
    a, c = np.full((2, n_items), np.nan)
    d = np.full((n_items, 1 if is_three else max(x.shape[1] - 1, 1)), np.nan)
    x, some = np.where(used, x, np.nan), used.any(axis=1)
    a[items[some]], d[items[some]] = x[some, 0], x[some, 1:2] if is_three else x[some, 1:]
    c[items[some]] = x[some, 2] if is_three else 0.0
    return ItemParameters(np.full(n_items, kind, dtype=np.int8), a, d, c)


def _filled(known: ItemParameters, found: ItemParameters) -> ItemParameters:
    """What was found, and what is known of items that nobody answered."""
    missing = np.isnan(found.a)
    d = np.where(missing[:, None], known.d[:, : found.d.shape[1]], found.d)
    a, c = np.where(missing, known.a, found.a), np.where(missing, known.c, found.c)
    return ItemParameters(found.kind, a, d, c)


def _of_ability(problem: MarginalProblem, model: str, x: Floats, mean: float, sd: float) -> list[Note]:
    """What is to say of the ability of one group."""
    is_free = bool(problem.group_free[0, 1])
    if (is_free and sd < 2.0 * LEAST_SD) or (problem.one_slope and np.abs(x[:, 0]).max() < LEAST_SD):
        return [told("no-variance")]
    if is_free and sd > 0.8 * LIMIT:
        is_fixed = model != "rasch" and not problem.free[:, 0].all()
        return [told("endless-variance.slopes" if is_fixed else "endless-variance")]
    if not beyond_nodes(mean, sd):
        return []
    is_rasch = model == "rasch" and not problem.group_free[0, 0]
    return [told("wide-ability.rasch" if is_rasch else "wide-ability", mean=mean, sd=sd)]


def _of_groups(mean: Floats, sd: Floats, n: Ints) -> tuple[Floats, Floats, list[Note]]:
    """(G,) means and standard deviations of ability, NaN where the likelihood rises beyond what the nodes
    tell, and what to say of them; `n` (G,) candidates."""
    notes = []
    away, wide, narrow = np.abs(mean) >= FAR, sd >= WIDE, sd <= NARROW
    for g in range(len(mean)):
        if n[g] < _FEW:
            notes.append(told("few-in-group", group=g, n=int(n[g])))
        if away[g] or wide[g]:
            notes.append(told("ability-out-of-range", group=g))
        elif narrow[g]:
            notes.append(told("no-variance.group", group=g))
        elif beyond_nodes(float(mean[g]), float(sd[g])):
            notes.append(told("wide-ability.group", group=g))
    return np.where(away, np.nan, mean), np.where(narrow | wide, np.nan, sd), notes


def _covariance(
    maximum: PosteriorMaximum, problem: MarginalProblem, wanted: bool
) -> tuple[Floats, Flags, Flags, list[Note]]:
    """The inverse information of the parameters that have a finite estimate inside their range; flags of
    these parameters; flags of columns whose slope is infinite; notes on what went wrong."""
    endless = problem.free[:, 0] & (np.abs(maximum.state.x[:, 0]) > ENDLESS)
    slot, column = problem.of_items
    keep = ~maximum.held
    # An item with an infinite slope has no standard errors; the other items keep theirs.
    keep[: len(column)] &= ~endless[column] | ((slot > 0) & problem.one_slope)
    none = np.empty((0, 0))
    if not wanted or not keep.any():
        return none, keep, endless, []
    if not maximum.information.size:
        return none, keep, endless, [told("too-many-parameters", most=MOST_PARAMETERS)]
    inverse = inverse_of(maximum.information[np.ix_(keep, keep)])
    if inverse is None:
        return none, keep, endless, [told("singular-information")]
    return inverse, keep, endless, []


def inverse_of(information: Floats) -> Floats | None:
    """The inverse of an information; None where it is singular, or as good as."""
    diagonal = np.diag(information)
    if not len(diagonal) or not np.isfinite(information).all() or diagonal.min() <= 0:
        return None
    root = 1.0 / np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(information * np.outer(root, root))
    if values[0] <= 1e-9 * values[-1]:
        return None
    return np.asarray((vectors / values) @ vectors.T * np.outer(root, root))


def fit_of(
    model: str,
    parameters: ItemParameters,
    labels: Labels,
    covariance: Floats,
    *,
    mean: float,
    sd: float,
    log_likelihood: float,
    log_prior: float,
    n_parameters: int,
    n_candidates: int,
    converged: bool,
    iterations: int,
    notes: Sequence[Note],
) -> Fit:
    """The fit with its standard errors; a fixed parameter has NaN.

    The standard errors of b come from the delta method, b_k = −d_k / a, or −(d_k − d_{k−1}) / a for partial
    credit; they are NaN when a and d are fixed.

    `covariance` is that of the reported parameters, in the order of `labels`; both are empty when it is not
    known. A slope common to all items occurs once, as that of the first item.
    """
    n_items, n_steps = parameters.d.shape
    place = {name: np.full((n_items, n_steps if name == "d" else 1), -1) for name in "adc"}
    of_ability = {"mean": -1, "sd": -1}
    for n, (name, item, step) in enumerate(labels):
        if name in place:
            place[name][item, step] = n
        else:
            of_ability[name] = n
    if model == "1pl":
        place["a"][np.isfinite(parameters.a)] = place["a"].max(initial=-1)
    error = np.sqrt(np.append(np.diag(covariance), np.nan))
    before = np.full((n_items, n_steps), -1)
    before[:, 1:] = np.where(parameters.kind[:, None] == PARTIAL_CREDIT, place["d"][:, :-1], -1)
    at = np.stack([np.broadcast_to(place["a"], before.shape), place["d"], before], axis=2)
    se_b = np.full(before.shape, np.nan)
    some = (at >= 0).any(axis=2) & (parameters.a != 0.0)[:, None] & np.isfinite(parameters.d)
    if some.any():
        at, a = at[some], np.broadcast_to(parameters.a[:, None], before.shape)[some]
        weights = np.where(at >= 0, np.stack([-parameters.b[some] / a, -1.0 / a, 1.0 / a], axis=1), 0.0)
        variance = np.einsum("is,ist,it->i", weights, covariance[at[:, :, None], at[:, None, :]], weights)
        se_b[some] = np.sqrt(np.maximum(variance, 0.0))
    return Fit(
        model=model, parameters=parameters, se_a=error[place["a"][:, 0]], se_d=error[place["d"]], se_b=se_b,
        se_c=error[place["c"][:, 0]], mean=np.array([mean]), sd=np.array([sd]),
        se_mean=error[[of_ability["mean"]]], se_sd=error[[of_ability["sd"]]], log_likelihood=log_likelihood,
        log_prior=log_prior, n_parameters=n_parameters, n_candidates=n_candidates, converged=converged,
        iterations=iterations, covariance=covariance, free=tuple(labels), notes=tuple(notes),
    )  # fmt: skip

"""Fitting of item response models to scores by marginal maximum likelihood (Bock & Aitkin, 1981), in one
group of candidates or in several.

All models share one form: items with curves (`mml_curves`), free and fixed parameters, and a normal
distribution of ability in each group (`mml_problem`). Rasch, 1PL and 2PL are partial credit models with two
categories. Ability is integrated over 61 equally spaced nodes on [−6, 6], as in mirt.

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

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from examgen.stats.arguments import ArgumentError
from examgen.stats.irt_models import (
    DICHOTOMOUS,
    GRADED,
    PARTIAL_CREDIT,
    Fit,
    ItemParameters,
    Note,
    without_estimates,
)
from examgen.stats.matrix import Bools, Cells, Floats, Ints, score_ranges
from examgen.stats.mml_curves import (
    Asymptotes,
    CategoryCurves,
    Graded,
    PartialCredit,
    Prior,
    checked,
    mode,
)
from examgen.stats.mml_problem import (
    LEAST_SD,
    MOST_PARAMETERS,
    MarginalProblem,
    PosteriorMaximum,
    evaluate,
    maximise_posterior,
    observed_information,
    pack,
)
from examgen.stats.quadrature import LIMIT, N_NODES, beyond_nodes, normal_grid
from examgen.stats.results import note_of

LOGISTIC = ("rasch", "1pl", "2pl")
POLYTOMOUS = ("grm", "pcm", "gpcm")
MODELS = (*LOGISTIC, "3pl", *POLYTOMOUS)
STEEPEST = 100.0
"""The absolute value at which a slope without a finite estimate stops: beyond it the likelihood rises only by
hundredths."""
ENDLESS = (N_NODES - 1) / LIMIT
"""A curve this steep is a step between two nodes, and the likelihood cannot distinguish it from a steeper
one."""
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
TEXTS: dict[str, str] = {
    "no-answers": "it has no answers and is excluded",
    "all-right": "excluded, because all candidates who answered are right",
    "all-wrong": "excluded, because all candidates who answered are wrong",
    "one-category": "excluded, because all candidates who answered have the same score",
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
    "c-at-zero": "the lower asymptote is estimated as 0, so the data do not show guessing",
    "poorly-determined": "the data hardly determine the lower asymptote (standard error {error:.2f}). Use a "
    "model with fewer parameters",
    # of a group
    "few-in-group": "with so few candidates ({n}) its mean and sd are uncertain, and so is the scale if it "
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
"""The messages by code, which ends before a dot."""


def told(key: str, item: int | None = None, group: int | None = None, **values: Any) -> Note:
    """Return a note of this module, about an item, a group or the whole fit."""
    message = note_of(TEXTS, key, values)
    return Note(message.code, item, message, group=group)


class GroupsFit(NamedTuple):
    """The fit of a model in G groups; `fits` is empty if nothing could be fitted."""

    fits: tuple[Fit, ...]
    """For each group its items, the mean and sd of ability with their standard errors, and their covariance.
    Log-likelihood and counts in each are those of the whole model."""
    log_likelihood: float
    n_parameters: int
    """The number of free parameters; one that groups share counts once."""
    n_candidates: int
    """The number of candidates with at least one answer to a fitted item."""
    converged: bool
    iterations: int
    notes: tuple[Note, ...]


def fit_mml(
    scores: Cells,
    model: str,
    *,
    prior_c: Prior | None = None,
    fixed: ItemParameters | None = None,
    standard_errors: bool = True,
) -> Fit:
    """Fit a model to scores by marginal maximum likelihood.

    Maximises Σ_i log Σ_q w_q P(x_i | θ_q), plus Σ_j log p(c_j) if c has a prior. Without such a prior the
    likelihood of the 3PL is often nearly flat, and c may end at its bound 0.

    Parameters
    ----------
    scores : (N, J); categories from 0; negative values are missing answers, assumed missing at random.
        Categories of partial scores that nobody has are removed (`consecutive`).
    model : `rasch` (slopes 1, sd of ability free, mean 0), `1pl` (one common slope, sd 1), `2pl`, `3pl`,
        `grm` (graded), `pcm` or `gpcm` (partial credit, with slopes 1 or free).
    prior_c : prior of the lower asymptotes, for the 3PL only.
    fixed : known parameters (anchors); NaN is free. A fixed intercept frees the mean of ability, a
        fixed slope its standard deviation.
    standard_errors : from the exact observed information; otherwise NaN.

    Returns
    -------
    Fit
        Items without finite estimates are NaN and named in `notes`.

    Raises
    ------
    ValueError
        If the model is unknown, the fixed parameters are for a different number of items, or the model does
        not allow the fixed slopes.
    """
    given = _given(model, fixed, scores.shape[1])
    groups, free = np.zeros(len(scores), dtype=np.int64), np.zeros(len(given), dtype=np.bool_)
    return _fitted(model, scores, given, groups, 1, free, prior_c, standard_errors).fits[0]


def fit_groups(
    scores: Cells,
    groups: Ints,
    *,
    model: str = "2pl",
    free: Bools | None = None,
    standard_errors: bool = True,
    prior_c: Prior | None = None,
) -> GroupsFit:
    """Fit one model to all groups. Items have the same parameters in all groups, except those in `free`.

    Ability is N(0, 1) in the first group (N(0, σ²) if slopes are 1) and N(μ, σ²) in the others as long as
    they have an item with common parameters; as `mirt::multipleGroup(invariance = c('slopes', 'intercepts',
    'free_means', 'free_var'))`. Groups need not have taken the same items.

    Parameters
    ----------
    scores : (N, J) as `fit_mml` takes them; for items in `free`, unused categories are removed in each group.
    groups : (N,) 0 … G − 1; negative leaves a candidate out.
    model, prior_c, standard_errors : as `fit_mml`.
    free : (J,) items with separate parameters in each group; none by default. If all are free, each group is
    fitted separately.

    Returns
    -------
    GroupsFit

    Raises
    ------
    ValueError
        As `fit_mml`.
    """
    n_items = scores.shape[1]
    apart = np.zeros(n_items, dtype=np.bool_) if free is None else free
    cells, number = scores[groups >= 0], groups[groups >= 0]
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
    found = _fitted(model, cells, given, number, n_groups, apart, prior_c, standard_errors)
    return found if np.isfinite(found.log_likelihood) else found._replace(fits=())


def consecutive(scores: Cells, items: Bools | None = None) -> tuple[Cells, tuple[Note, ...]]:
    """Return the scores renumbered from 0 without the categories that nobody has, item by item, as mirt does.

    A category that nobody has has no parameter; if only 0, 2, 3 occur, they become 0, 1, 2. `fit_mml` does
    this itself; code that applies its parameters to scores must do it too. `items` (J,) restricts it to some
    items. The matrix itself is returned if nothing changes.
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


@dataclass
class _Design:
    """Columns (N, C) of scores, and their S slots: a, d_1, d_2 …, of the 3PL a, d, c.

    An item that is let free is a column for each group, blank for the others.
    """

    model: str
    cells: Cells
    item: Ints
    """(C,)"""
    group: Ints
    """(C,) whose column it is; −1 of all."""
    groups: Ints
    """(N,)"""
    n_groups: int
    given: Floats
    """(C, S) values that are fixed; NaN is free."""
    n_items: int
    n_steps: Ints
    """(C,) highest category."""
    used: Bools
    """(C, S)."""
    known: Floats
    """(J, S) of the items that are fixed whether or not somebody answered; else NaN."""
    notes: list[Note]

    def add(self, key: str, column: int | None, **values: Any) -> None:
        """A note on a column, as one of its item and of its group."""
        note = told(key, None, **values)
        if column is not None:
            group = int(self.group[column])
            note = note._replace(item=int(self.item[column]), group=group if group >= 0 else None)
        self.notes.append(note)


def _design(model: str, cells: Cells, given: Floats, groups: Ints, n_groups: int, free: Bools) -> _Design:
    """What can be estimated of the items, of which some are let free; notes name what cannot."""
    n_items, is_partial, is_three = cells.shape[1], model in POLYTOMOUS, model == "3pl"
    item = np.repeat(np.arange(n_items), np.where(free, n_groups, 1))
    group = np.concatenate([np.arange(n_groups) if own else [-1] for own in free] or [[]]).astype(np.int64)
    cells, given = cells[:, item], given[item]
    for k in np.flatnonzero(group >= 0):
        cells[groups != group[k], k] = -1
    closed: tuple[Note, ...] = ()
    if is_partial:
        cells, closed = consecutive(cells, np.asarray(np.isnan(given[:, 1:]).all(axis=1)))
    lowest, highest = score_ranges(cells)
    n_steps = np.ones(len(item), dtype=np.int64)
    if is_partial:
        n_steps = np.maximum(highest, np.isfinite(given[:, 1:]).sum(axis=1))
    n_slots = 3 if is_three else max(int(n_steps.max(initial=1)) + 1, given.shape[1])
    given = np.pad(given, ((0, 0), (0, n_slots - given.shape[1])), constant_values=np.nan)
    used = np.arange(n_slots) <= (n_steps + is_three)[:, None]
    is_known = (np.isfinite(given) | ~used).all(axis=1) & np.isfinite(given[:, 1])
    is_high = (highest > 1) & (not is_partial)
    use = ~is_high & ((lowest < highest) | (is_known & (highest >= 0)))
    known = np.full((n_items, n_slots), np.nan)
    known[item] = np.where(used & is_known[:, None], given, np.nan)
    design = _Design(
        model, cells, item, group, groups, n_groups, given, n_items, n_steps, used, known, []
    )  # fmt: skip
    for one in closed:
        design.add("category-unused", one.item, **one.message.values)
    for j in np.flatnonzero(is_high | ((lowest == highest) & ~is_known)):
        usual = {-1: "no-answers", 0: "all-wrong", 1: "all-right"}.get(int(highest[j]), "one-category")
        design.add("not-dichotomous" if is_high[j] else usual, int(j))
    rows = (cells[:, use] >= 0).any(axis=1)
    return replace(
        design, cells=cells[np.ix_(rows, use)], groups=groups[rows],
        **{name: getattr(design, name)[use] for name in ("item", "group", "given", "n_steps", "used")},
    )  # fmt: skip


def _hindrance(design: _Design) -> Note | None:
    """A note that says why nothing can be fitted, else None."""
    model, n_own = design.model, len(np.unique(design.item))
    lowest, highest = score_ranges(design.cells)
    if not (lowest < highest).any():
        return told("nothing-to-fit")
    if n_own > MOST_ITEMS:
        return told("too-many-items", n=n_own, most=MOST_ITEMS)
    place, slope = np.isfinite(design.given[:, 1]), np.isfinite(design.given[:, 0])
    if place.any() or (slope.any() and model not in ("rasch", "pcm")):
        return None
    if n_own < LEAST_ITEMS[model]:
        return told("not-identified", n=n_own, least=LEAST_ITEMS[model])
    if model == "2pl" and len(design.cells) < _REFUSED:
        return told("too-few-candidates", n=len(design.cells), least=_REFUSED)
    return None


def _fitted(
    model: str, cells: Cells, given: Floats, groups: Ints, n_groups: int, free: Bools,
    prior: Prior | None, standard_errors: bool,
) -> GroupsFit:  # fmt: skip
    """The fit of items (N, J), some of whose parameters (J, S) are given, and some of which are let free in
    each group (N,)."""
    prior = checked(prior) if prior is not None and model == "3pl" else None
    design = _design(model, cells, given, groups, n_groups, free)
    if (obstacle := _hindrance(design)) is not None:
        nan, notes, n = float("nan"), (*design.notes, obstacle), int((cells >= 0).any(axis=1).sum())
        found = _parameters(model, design.known)
        fit = without_estimates(model, found, n_candidates=n, notes=notes)
        return GroupsFit((fit,), nan, 0, n, False, 0, notes)
    problem, start, begun = _problem(design, prior)
    maximum = maximise_posterior(problem, start, begun)
    if problem.as_density:
        problem = replace(problem, as_density=False)
        maximum = _renormalised(problem, maximum)
    return _result(design, problem, maximum, standard_errors)


def _problem(design: _Design, prior: Prior | None) -> tuple[MarginalProblem, Floats, Floats]:
    """The problem, the start of its items (C, S), and of its groups (G, 2)."""
    model, n_groups, used = design.model, design.n_groups, design.used
    by_group = [design.cells[design.groups == g] for g in range(n_groups)]
    free = used & ~np.isfinite(design.given)
    upper = np.where(np.arange(used.shape[1]) == 0, STEEPEST, np.inf)
    lower = -upper
    curves: CategoryCurves = Graded() if model == "grm" else PartialCredit()
    if model == "3pl":
        curves = Asymptotes(prior)
        lower[2], upper[2] = 0.0, 0.95
    begun = np.tile([0.0, 1.0], (n_groups, 1))
    share = np.where(design.cells >= 0, design.cells / np.maximum(design.n_steps, 1), np.nan)
    if n_groups == 1:  # fixed places free the mean of ability, fixed slopes its sd
        fixed = used & ~free
        places = fixed[:, 1:2] if model == "3pl" else fixed[:, 1:]
        group_free = np.array([[places.any(), fixed[:, 0].any()]])
    else:  # a group is on the scale of the first by the items that are the same in all
        linked = np.array([bool((own[:, design.group < 0] >= 0).any()) for own in by_group])
        linked[0] = False
        group_free = np.stack([linked, linked | (model in ("rasch", "pcm"))], axis=1)
        away = share - np.nanmean(share, axis=0)
        for g in np.flatnonzero(linked):
            begun[g, 0] = np.clip(4.0 * np.nanmean(away[design.groups == g]), -2.0, 2.0)
    problem = MarginalProblem(
        by_group, design.n_steps + 1, curves, normal_grid(), free, lower, upper, group_free,
        one_slope=model == "1pl" and bool(free[:, 0].any()),
        as_density=model in LOGISTIC and n_groups == 1 and bool(group_free.any()),
    )  # fmt: skip
    start = np.where(free | ~used, _rough(design, share, prior), design.given)
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
            information[-1, -1] += float(state.priors[0].first[1] @ state.nodes[0]) / sd
    return maximum._replace(state=state, information=information)


def _rough(design: _Design, share: Floats, prior: Prior | None) -> Floats:
    """(C, S) rough parameters from shares of the categories and correlations with the rest; `share` (N, C) of
    the highest score, NaN without an answer."""
    model, n_steps, cells = design.model, design.n_steps, design.cells
    there, share = cells >= 0, np.nan_to_num(share)
    total = share.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    n = np.maximum(there.sum(axis=0), 1)
    mean = share.sum(axis=0) / n
    variance = np.maximum((share * share).sum(axis=0) / n - mean**2, 1e-6)
    with_rest = total @ share / n - mean * (total @ there) / n - variance / max(len(n), 2)
    spread = np.sqrt(max(float(with_rest.mean()), 1e-4))
    loading = np.clip(with_rest / (spread * np.sqrt(variance)) / 0.8, -0.6, 0.85)
    slope = np.clip(1.7 * loading / np.sqrt(1.0 - loading**2), -1.0, 3.0)
    x = np.zeros(design.used.shape)
    if model == "3pl":
        c = USUAL_C if prior is None else min(max(mode(prior), 0.01), 0.5)
        low, x[:, 0] = np.minimum(c, 0.7 * mean), slope * 1.2
        above = np.clip((mean - low) / (1.0 - low), 0.02, 0.98)
        x[:, 1] = np.log(above / (1.0 - above)) * np.sqrt(1.0 + x[:, 0] ** 2 / 2.9)
        x[:, 2] = low
        return x
    for j, steps in enumerate(n_steps):
        own = np.bincount(cells[there[:, j], j], minlength=steps + 1) + 0.5
        if model == "grm" or model in LOGISTIC:
            above = own[::-1].cumsum()[::-1][1:] / own.sum()
            x[j, 1 : steps + 1] = np.log(above / (1.0 - above)) * np.sqrt(1.0 + slope[j] ** 2 / 2.9)
        else:
            x[j, 1 : steps + 1] = np.log(own[1:] / own[0])
    x[:, 0] = slope / np.sqrt(n_steps) if model == "gpcm" else slope
    if model in ("1pl", "rasch", "pcm"):
        x[:, 0] = 1.0
    return x


def _put_in_order(x: Floats, free: Bools, used: Bools) -> None:
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
    design: _Design, problem: MarginalProblem, maximum: PosteriorMaximum, standard_errors: bool
) -> GroupsFit:
    """Return the fit of all groups at the posterior maximum: item parameters with standard errors, ability
    distributions, and notes."""
    model, n_groups, size = design.model, design.n_groups, problem.size
    inverse, rows, endless, trouble = _covariance(maximum, problem, standard_errors)
    x, scale = maximum.state.x.copy(), np.ones_like(maximum.state.x)
    if not problem.group_free.any() and x[:, 0].sum() < 0:  # the direction of ability is ours to choose
        x[:, 0], scale[:, 0] = -x[:, 0], -1.0
    x[np.abs(x[:, 0]) < 1e-6, 0] = 0.0
    design.notes += trouble
    slot, column = problem.of_items
    for s, k, is_held in zip(slot, column, maximum.held, strict=False):
        if is_held and model == "3pl" and s == 2 and x[k, 2] < 0.5:
            design.add("c-at-zero", int(k))
    for k in column[slot == 0]:
        of = None if problem.one_slope else int(k)  # one slope of all is nobody's
        if endless[k]:
            design.add("slope-to-infinity", of, slope=ENDLESS)
        elif x[k, 0] < -1e-6:
            design.add("negative-slope", of, slope=x[k, 0])
    converged, n = maximum.converged and not endless.any(), len(design.cells)
    if not maximum.converged:
        design.add("not-converged", None, steps=maximum.iterations)
    mean, sd = maximum.state.group.T
    if n_groups > 1:
        mean, sd, more = _of_groups(mean, sd, np.bincount(design.groups, minlength=n_groups))
        converged = converged and all(one.code != "ability-out-of-range" for one in more)
    else:
        more = _of_ability(problem, model, x, float(mean[0]), float(sd[0]))
    notes = [*design.notes, *more]
    if n < LEAST_CANDIDATES[model] and problem.free.any():
        notes.append(told("few-candidates", n=n))

    # of what is not estimated, in one place at the end: a covariance of 0, and no error
    covariance, error = np.zeros((size + 1,) * 2), np.full(size + 1, np.nan)
    chain = pack(problem, scale, np.ones_like(maximum.state.group))[rows]
    covariance[np.ix_(rows, rows)] = inverse * np.outer(chain, chain)
    error[rows] = np.sqrt(np.diag(covariance)[rows])
    names = (
        [("a", 0), ("d", 0), ("c", 0)]
        if model == "3pl"
        else [("a", 0), *(("d", k) for k in range(x.shape[1]))]
    )
    labels = [(names[s][0], int(design.item[k]), names[s][1]) for s, k in zip(slot, column, strict=True)]
    labels += [(("mean", "sd")[k], 0, 0) for k in np.nonzero(problem.group_free)[1]]
    fits: list[Fit] = []
    for g in range(n_groups):
        mine = (design.group < 0) | (design.group == g)
        values = np.where(design.used[mine], x[mine], np.nan)
        all_values, place = design.known.copy(), np.full(design.known.shape, size)
        all_values[design.item[mine]], place[design.item[mine]] = values, problem.places[0][mine]
        of_group = problem.places[1][g]
        own = rows[np.isin(rows, [*place.ravel(), *of_group])]
        parameters, place = _parameters(model, all_values), np.where(np.isin(place, rows), place, size)
        at_d = place[:, 1:2] if model == "3pl" else place[:, 1:]
        se_c = error[place[:, 2]] if model == "3pl" else np.full(len(place), np.nan)
        notes_of_group = [one for one in notes if one.group in (None, g)]
        if n_groups == 1:
            poor = np.flatnonzero(np.nan_to_num(se_c) > POOR_C)
            notes_of_group += [told("poorly-determined", int(j), error=se_c[j]) for j in poor]
        se_mean, se_sd = error[of_group] + 0.0 * np.array([mean[g], sd[g]])  # none of what is NaN
        fits.append(
            Fit(
                model, parameters, error[place[:, 0]], error[at_d],
                _errors_of_b(parameters, place[:, 0], at_d, covariance), se_c, mean[g : g + 1],
                sd[g : g + 1], np.array([se_mean]), np.array([se_sd]), maximum.state.log_likelihood,
                maximum.state.log_prior, size, n, converged, maximum.iterations,
                covariance[np.ix_(own, own)], tuple(labels[row] for row in own), tuple(notes_of_group),
            )
        )  # fmt: skip
    return GroupsFit(
        tuple(fits), maximum.state.log_likelihood, size, n, converged, maximum.iterations, tuple(notes)
    )


def _parameters(model: str, x: Floats) -> ItemParameters:
    """Of all items from their slots (J, S); NaN of those without."""
    kind = {"grm": GRADED, "pcm": PARTIAL_CREDIT, "gpcm": PARTIAL_CREDIT}.get(model, DICHOTOMOUS)
    is_three = model == "3pl"
    c = x[:, 2] if is_three else 0.0 * x[:, 0]
    kinds = np.full(len(x), kind, dtype=np.int8)
    return ItemParameters(kinds, x[:, 0].copy(), x[:, 1:2] if is_three else x[:, 1:], c)


def _errors_of_b(parameters: ItemParameters, at_a: Ints, at_d: Ints, covariance: Floats) -> Floats:
    """(J, M) by the delta method: b_k = −d_k / a, or −(d_k − d_{k−1}) / a for partial credit; NaN when a and
    d are fixed. `at_a`, `at_d`: rows of the covariance, the last of which is that of what is fixed."""
    last, a = len(covariance) - 1, parameters.a[:, None]
    before = np.full(at_d.shape, last)
    before[:, 1:] = np.where(parameters.kind[:, None] == PARTIAL_CREDIT, at_d[:, :-1], last)
    at = np.stack([np.broadcast_to(at_a[:, None], at_d.shape), at_d, before], axis=2)
    known = (at < last).any(axis=2) & (a != 0.0) & np.isfinite(parameters.d)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.broadcast_to(1.0 / a, known.shape)
        weights = np.where(known[:, :, None], np.stack([-parameters.b / a, -inverse, inverse], axis=2), 0.0)
    variance = np.einsum("jks,jkst,jkt->jk", weights, covariance[at[..., None], at[..., None, :]], weights)
    return np.where(known, np.sqrt(np.maximum(variance, 0.0)), np.nan)


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
) -> tuple[Floats, Ints, Bools, list[Note]]:
    """The inverse information of the parameters that have a finite estimate inside their range, and their
    places, if it exists; flags of columns whose slope is infinite; a note on what went wrong."""
    endless = problem.free[:, 0] & (np.abs(maximum.state.x[:, 0]) > ENDLESS)
    slot, column = problem.of_items
    keep = ~maximum.held
    # An item with an infinite slope has no standard errors; the other items keep theirs.
    keep[: len(column)] &= ~endless[column] | ((slot > 0) & problem.one_slope)
    rows, trouble = np.flatnonzero(keep), list[Note]()
    if wanted and len(rows) and not maximum.information.size:
        trouble = [told("too-many-parameters", most=MOST_PARAMETERS)]
    elif wanted and len(rows):
        if (inverse := inverse_of(maximum.information[np.ix_(rows, rows)])) is not None:
            return inverse, rows, endless, trouble
        trouble = [told("singular-information")]
    return np.empty((0, 0)), rows[:0], endless, trouble


def inverse_of(information: Floats) -> Floats | None:
    """Return the inverse of an information matrix, or None if it is singular or nearly so."""
    diagonal = np.diag(information)
    if not len(diagonal) or not np.isfinite(information).all() or diagonal.min() <= 0:
        return None
    root = 1.0 / np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(information * np.outer(root, root))
    if values[0] <= 1e-9 * values[-1]:
        return None
    return np.asarray((vectors / values) @ vectors.T * np.outer(root, root))

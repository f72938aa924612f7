"""Forms, candidates and cuts of one administration on the ability scale of a model fitted to its forms.

Items that everybody has right, or wrong, have no curve; the points that all earned on them are subtracted
from the cut.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from examgen.stats import irt_abilities as abilities
from examgen.stats.distributions import normal_quantile, wilson
from examgen.stats.fit import item_fit, q3, s_x2
from examgen.stats.irt_models import Fit, ItemParameters, empirical_reliability, estimated
from examgen.stats.irt_models import Note as FitNote
from examgen.stats.matrix import NOT_ADMINISTERED, Cells, Floats
from examgen.stats.model_fit import model_fit
from examgen.stats.quadrature import normal_grid
from examgen.stats.results import Note, note_of, plain

Curve = list[list[float]]

MOST_CELLS = 40_000_000
"""With more cells, a model is fitted to a sample, which limits time and memory for a national administration.
The errors of so large a sample are small."""
GRID = np.linspace(-4.0, 4.0, 41)
N_GROUPS = 8
"""The number of groups of candidates of similar ability whose answers are shown beside the curve of an item.
"""
LEAST_IN_GROUP = 10
LEAST_FOR_SURE = 50
"""If at least this many candidates all earned the same on an item, others at the cut are assumed to earn it,
too."""
LEVEL = 0.05
"""Joint error probability of the intervals for all pairs of forms (Bonferroni)."""
_OF_ALL_FORMS = ("incomplete", "s-x2-undefined")
"""Notes on S-X² over candidates who answered every item of all forms: void where it is taken by form."""
_STEP, _FARTHEST = 1e-5, 6.0
"""Of numerical derivatives, and the ability beyond which no cut is looked for."""
_OF_MODEL = (
    "m2", "df", "p", "rmsea", "rmsea_low", "rmsea_high", "srmsr", "cfi", "tli", "m2_null", "df_null",
)  # fmt: skip
"""Figures of the fit of the whole model."""
FAR_OUTFIT, FAR_Z, FAR_P = (0.7, 1.3), 2.58, 0.001
"""An outfit outside these limits and beyond chance, or a p of S-X² below this, is a misfit."""
TEXTS: dict[str, str] = {
    "misfit.less": "outfit {outfit:.2f} (z {z:.1f}): answers are less regular than the model expects",
    "misfit.more": "outfit {outfit:.2f} (z {z:.1f}): answers are more regular than the model expects",
    "misfit": "S-X2 has p < 0.001, so the curve does not fit the answers",
    "cut-without-ability": "no ability has an expected score as high or as low as the cut",
    "cut-without-ability.few": "only {n} [candidate|candidates] had an item that all of them have right or "
    "all have wrong, so the ability at the cut is unknown",
}
"""The messages by code (the part before a dot); a pair holds the singular and the plural."""


def sample_of_forms(form: NDArray[np.integer], n_items: int) -> NDArray[np.integer]:
    """Return the candidates, in order, to whom a model is fitted: all, or every nth of each form."""
    every = max(math.ceil(len(form) * n_items / MOST_CELLS), 1)
    order = np.argsort(form, kind="stable")
    first = np.searchsorted(form[order], form[order])
    return np.sort(order[(np.arange(len(form)) - first) % every == 0])


def forms_on_scale(
    fit: Fit,
    cells: Cells,
    form: NDArray[Any],
    places: Mapping[str, Sequence[int]],
    counted: Mapping[str, Sequence[int]],
    cuts: Mapping[str, float | None],
) -> tuple[Floats, dict[str, Any], list[tuple[str, Note]]]:
    """Return abilities (EAP, NaN without answers), a document of forms and items, and notes on single forms.

    The document has for each item `curves`, [θ, proportion right] on the grid (empty if the model has none),
    and `seen`, groups of candidates of similar ability: mean θ, proportion right, its 95 % interval, number
    of candidates. `persons` are the bars of a histogram of abilities, [from θ, to θ, number of candidates],
    and `information` is [θ, information] of all items together; both also by form. `cuts` are the abilities
    at which the expected score of a form is its cut, `cut_errors` their standard errors from the parameters
    alone, and `cuts_apart` the two forms with the greatest difference of cuts: None with fewer than two cuts,
    without errors, and if the fit did not converge.

    Parameters
    ----------
    fit : Fit
        A fit to right and wrong answers.
    cells : ndarray of int8, shape (N, J)
        1, 0 or a kind of missing.
    form : ndarray of str, shape (N,)
        The form of each candidate.
    places, counted : mapping
        By form, its items, and those to which the cut refers.
    cuts : mapping
        By form, the cut as a number right; None without a cut.
    """
    grid = normal_grid(121, mean=float(fit.mean[0]), sd=float(fit.sd[0]))
    theta = abilities.eap(cells, fit.parameters, grid).theta
    expected = fit.parameters.expected_scores(GRID)
    known = np.asarray(np.isfinite(expected).all(axis=0))
    with_curves = {name: [place for place in own if known[place]] for name, own in counted.items()}
    at: dict[str, float | None] = {}
    few, beyond = list[tuple[str, Note]](), list[tuple[str, Note]]()
    for name, cut in cuts.items():
        flat = [place for place in counted[name] if not known[place]]
        n_took, earned = (cells[:, flat] >= 0).sum(axis=0), cells[:, flat].max(axis=0, initial=0)
        at[name] = None
        if not cut:
            continue
        if not (n_took >= LEAST_FOR_SURE).all():
            if known.any():
                few.append((name, note_of(TEXTS, "cut-without-ability.few", {"n": int(n_took.min())})))
        elif with_curves[name]:
            own = fit.parameters.part(with_curves[name])
            at[name] = plain(own.ability_at(cut - float(earned.sum()), _FARTHEST))
            if at[name] is None:
                beyond.append((name, note_of(TEXTS, "cut-without-ability", {})))
    errors, apart = _cut_errors(fit, at, with_curves)
    document = {
        "curves": [_curve(expected[:, j]) if known[j] else [] for j in range(len(known))],
        "seen": [_of_like_ability(cells[:, j], theta) for j in range(len(known))],
        "persons": _bars(theta),
        "form_persons": {name: _bars(theta[form == name]) for name in places},
        "information": _curve(fit.parameters.information(GRID)),
        "form_information": {
            name: _curve(fit.parameters.part(own).information(GRID)) for name, own in places.items()
        },
        "cuts": at,
        "cut_errors": errors,
        "cuts_apart": apart,
    }
    return theta, document, [*few, *beyond]


def _curve(values: Floats) -> Curve:
    """[θ, value] on the grid, where there is one."""
    return [[float(t), float(v)] for t, v in zip(GRID, values, strict=True) if math.isfinite(v)]


def _of_like_ability(answers: Cells, theta: Floats) -> list[list[float]]:
    rows = np.flatnonzero((answers >= 0) & np.isfinite(theta))
    # equal abilities differ in their last digits, which hang on the order of sums: rows decide among them
    order = rows[np.argsort(np.round(theta[rows], 9), kind="stable")]
    n_groups = min(N_GROUPS, len(order) // LEAST_IN_GROUP)
    groups: list[list[float]] = []
    for group in np.array_split(order, n_groups) if n_groups else ():
        right, n = int(np.count_nonzero(answers[group] > 0)), len(group)
        groups.append([float(theta[group].mean()), right / n, *wilson(right, n), n])
    return groups


def _bars(theta: Floats) -> Curve:
    edges = np.arange(-4.0, 4.01, 0.25)
    counts, _ = np.histogram(np.clip(theta[np.isfinite(theta)], -3.999, 3.999), bins=edges)
    return [[float(a), float(b), int(n)] for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]


def _cut_errors(
    fit: Fit, at: Mapping[str, float | None], places: Mapping[str, Sequence[int]]
) -> tuple[dict[str, float | None], dict[str, Any] | None]:
    """Standard errors of the cuts by the delta method, and how far the outermost two lie apart.

    With T(θ, β) the expected score of a form, θ(β) solves T = cut, so that dθ/dβ = −(∂T/∂β)/(∂T/∂θ), and
    V(θ) = (dθ/dβ)′ V(β) (dθ/dβ), V(β) the covariance of all free parameters; of a difference of two forms by
    the difference of their gradients, so that errors that both share count once.
    """
    known = [(theta, form) for form, theta in at.items() if theta is not None]
    gradients = {form: _gradient(fit, theta, places[form]) for theta, form in known if len(fit.covariance)}
    errors = {form: plain(_error(gradients[form], fit)) if form in gradients else None for form in at}
    if not fit.converged or len(known) < 2 or len(gradients) < len(known):
        return errors, None
    (low, easier), (high, harder) = min(known), max(known)
    error = _error(gradients[harder] - gradients[easier], fit)
    if not math.isfinite(error):
        return errors, None
    n_pairs = math.comb(len(known), 2)
    half = normal_quantile(1 - LEVEL / (2 * n_pairs)) * error
    logits = high - low
    return errors, {
        "lower": easier, "higher": harder, "logits": logits, "se": error, "logits_low": logits - half,
        "logits_high": logits + half, "n_pairs": n_pairs,
    }  # fmt: skip


def _gradient(fit: Fit, theta: float, places: Sequence[int]) -> Floats:
    """(P,) dθ/dβ of the free parameters at a cut."""

    def total(parameters: ItemParameters, at: float = theta) -> float:
        return float(parameters.expected_scores(np.array([at]))[0, list(places)].sum())

    by_theta = (total(fit.parameters, theta + _STEP) - total(fit.parameters, theta - _STEP)) / (2 * _STEP)
    gradient = np.zeros(len(fit.free))
    for n, (name, item, step) in enumerate(fit.free):
        of_all = name == "a" and fit.model == "1pl"  # the slope of all items
        if name not in ("a", "d", "c") or not (of_all or item in places):
            continue
        ends = []
        for by in (_STEP, -_STEP):
            values = getattr(fit.parameters, name).copy()
            values[... if of_all else (item, step) if values.ndim > 1 else item] += by
            ends.append(total(fit.parameters._replace(**{name: values})))
        gradient[n] = -(ends[0] - ends[1]) / (2 * _STEP) / by_theta
    return gradient


def _error(gradient: Floats, fit: Fit) -> float:
    return float(np.sqrt(max(float(gradient @ fit.covariance @ gradient), 0.0)))


def fit_of_forms(
    fit: Fit, cells: Cells, places: Sequence[Sequence[int]]
) -> tuple[dict[str, Any], list[dict[str, Any]], list[FitNote]]:
    """Return the overall fit of the model, the parameters and fit of each item, and notes.

    S-X² cannot be computed from candidates who answered every item of all forms, so that an item on one form
    has the S-X² of that form. `places` are the items of each form.
    """
    found, mean, sd = fit.parameters, float(fit.mean[0]), float(fit.sd[0])
    free, grid = estimated(fit.model, found), normal_grid(mean=mean, sd=sd)
    eap = abilities.eap(cells, found, normal_grid(121, mean=mean, sd=sd))
    residual = item_fit(cells, found, abilities.ml(cells, found, bounded=True).theta)
    summed, whole = s_x2(cells, found, free, grid), model_fit(cells, found, free, grid)
    pairs = q3(cells, found, eap.theta)
    b, d = found.b[:, 0], found.d[:, 0]
    columns = {
        "a": found.a, "b": b, "d": d, "se_b": fit.se_b[:, 0], "se_d": fit.se_d[:, 0], "c": found.c,
        "difficulty": b, "se_a": fit.se_a, "se_c": fit.se_c,
        "n": residual.n, "infit": residual.infit, "infit_z": residual.z_infit, "outfit": residual.outfit,
        "outfit_z": residual.z_outfit, "s_x2": summed.statistic, "s_x2_df": summed.df, "s_x2_p": summed.p,
        "s_x2_rmsea": summed.rmsea,
    }  # fmt: skip
    model = {
        "name": fit.model,
        "log_likelihood": fit.log_likelihood,
        "log_prior": fit.log_prior,
        "n_parameters": fit.n_parameters,
        "n_candidates": fit.n_candidates,
        "aic": fit.aic if fit.n_candidates else None,
        "bic": fit.bic if fit.n_candidates else None,
        "converged": bool(fit.converged),
        "iterations": fit.iterations,
        **{name: getattr(fit, name) for name in ("mean", "sd", "se_mean", "se_sd")},
        "fit": {name: getattr(whole, name) for name in _OF_MODEL},
        "empirical_reliability": empirical_reliability(eap.theta, eap.se),
        "marginal_reliability": found.reliability(mean, sd),
    }
    by_form = s_x2_by_form(fit, cells, places)
    rows = zip(*map(plain, columns.values()), strict=True)
    items = [dict(zip(columns, row, strict=True)) | by_form.get(n, {}) for n, row in enumerate(rows)]
    explained, void = {one.item for one in fit.notes}, {None, *by_form} if by_form else set()
    others = (*residual.notes, *summed.notes, *whole.notes, *pairs.notes)
    notes = [*fit.notes, *(one for one in others if one.code != "no-parameters" or one.item not in explained)]
    kept = (one for one in dict.fromkeys(notes) if one.code not in _OF_ALL_FORMS or one.item not in void)
    return plain(model), items, list(kept)


def misfit(item: str, row: Mapping[str, Any]) -> Note | None:
    """Return a note that explains why an item does not fit, from its `outfit`, `outfit_z` and `s_x2_p`; None
    if it fits."""
    outfit, z, p = row["outfit"], row["outfit_z"], row["s_x2_p"]
    low, high = FAR_OUTFIT
    if outfit is not None and z is not None and abs(z) > FAR_Z and not low <= outfit <= high:
        values = {"item": item, "outfit": outfit, "z": z}
        return note_of(TEXTS, "misfit.less" if outfit > 1 else "misfit.more", values)
    return note_of(TEXTS, "misfit", {"item": item}) if p is not None and p < FAR_P else None


def s_x2_by_form(fit: Fit, cells: Cells, places: Sequence[Sequence[int]]) -> dict[int, dict[str, Any]]:
    """Return S-X² of the items that are on exactly one of several forms, from the candidates of that form.

    It cannot be computed from candidates who answered every item of all forms. `places` are the items of each
    form. The result is empty if all items are on every form.
    """
    times = Counter(place for own in places for place in own)
    grid = normal_grid(mean=float(fit.mean[0]), sd=float(fit.sd[0]))
    found: dict[int, dict[str, Any]] = {}
    for own in map(list, places) if len(places) > 1 and 1 in times.values() else ():
        here = (cells[:, own] != NOT_ADMINISTERED).any(axis=1)
        part = fit.parameters.part(own)
        one = s_x2(cells[here][:, own], part, estimated(fit.model, part), grid)
        columns = {"s_x2": one.statistic, "s_x2_df": one.df, "s_x2_p": one.p, "s_x2_rmsea": one.rmsea}
        for n, place in enumerate(own):
            if times[place] == 1:
                found[place] = {name: plain(values[n]) for name, values in columns.items()}
    return found


def standardised(fit: Fit) -> dict[str, Floats]:
    """Return `a`, `b`, `se_a` and `se_b` (J,) on the scale on which abilities have mean 0 and standard
    deviation 1.

    A Rasch model has slopes of 1 and estimates the standard deviation s of ability: with θ = m + sz, the
    logit a(θ − b) is as(z − (b − m)/s). Without this transformation the units of its items would differ from
    those of a 2PL, and the reliability that assembly computes for θ ~ N(0, 1) would be wrong. Standard errors
    are by the delta method; the only error of a fixed slope is that of s.
    """
    mean, sd = float(fit.mean[0]), float(fit.sd[0])
    a, b, se_a, se_b = fit.parameters.a, fit.parameters.b[:, 0], fit.se_a, fit.se_b[:, 0]
    if (mean, sd) == (0.0, 1.0):
        return {"a": a, "b": b, "se_a": se_a, "se_b": se_b}
    moved, fixed = (b - mean) / sd, np.isnan(se_a)
    se_b = se_b / sd  # without the error of s
    place = {label: row for row, label in enumerate(fit.free)} if fit.covariance.size else {}
    unit = place.get(("sd", 0, 0))
    for n in np.flatnonzero(fixed).tolist():
        step = place.get(("d", n, 0))
        if step is not None and unit is not None:  # of (b − m)/s, with b = −d/a
            slope = np.array([-1.0 / (a[n] * sd), -moved[n] / sd])
            se_b[n] = math.sqrt(float(slope @ fit.covariance[np.ix_([step, unit], [step, unit])] @ slope))
    return {"a": a * sd, "b": moved, "se_a": np.where(fixed, a * fit.se_sd[0], se_a * sd), "se_b": se_b}

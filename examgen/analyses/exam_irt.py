"""An item response model of an administration, with what its report draws of it; abilities at the cuts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from examgen.analyses.documents import Document, note
from examgen.analyses.irt import marginal
from examgen.core.responses.matrix import NOT_ADMINISTERED, Chosen
from examgen.core.uncertainty import normal_quantile, wilson
from examgen.core.words import tell, tell_n
from examgen.psychometrics.fit.s_x2 import s_x2
from examgen.stats import irt_abilities as abilities
from examgen.stats.irt_curves import expected_scores, test_information
from examgen.stats.irt_models import Fit, ItemParameters, Note, estimated
from examgen.stats.mml_curves import LogitNormal
from examgen.stats.mml_fit import fit_mml
from examgen.stats.quadrature import normal_grid
from examgen.stats.results import plain

GRID = np.linspace(-4.0, 4.0, 41)
N_GROUPS = 8
"""Groups of candidates of like ability whose answers are drawn beside an item's curve."""
LEAST_IN_GROUP = 10
LEAST_FOR_SURE = 50
"""So many candidates who all earned the same on an item show what others at the cut would earn on it."""
_OF_ALL_FORMS = ("incomplete", "s-x2-undefined")
"""Notes on S-X² over candidates who answered every item of all forms: void where it is taken by form."""
_STEP = 1e-5
LEVEL = 0.05
"""Error of the intervals of all pairs of forms together (Bonferroni)."""


class FittedExam(NamedTuple):
    """A fit and what is told of it."""

    fit: Fit
    model: Document
    items: list[Document]
    persons: list[list[float]]
    """[from θ, to θ, candidates] of each bar."""
    form_persons: Document
    """The same by form."""
    information: list[list[float]]
    """[θ, information] of all items."""
    form_information: Document
    """By form, [θ, information] of its items."""
    cuts: CutAbilities
    curves: list[Document]
    notes: tuple[Note, ...]
    form_notes: list[Document]
    """On single forms."""
    theta: Any
    """(N,) abilities (EAP); NaN of who answered nothing."""


def fitted(
    chosen: Chosen,
    model: str,
    cuts: Mapping[str, float | None],
    places: Mapping[str, Sequence[int]],
    counted: Mapping[str, Sequence[int]],
    form: Any,
) -> FittedExam:
    """Fits the model to right and wrong; items not reached say nothing. `places` are the items of each form,
    `counted` those that the cut score is of, `form` (N,) the names of the candidates' forms."""
    cells = chosen.scored().cells
    fit = fit_mml(cells, model, prior_c=LogitNormal(-1.1, 0.5) if model == "3pl" else None)
    fit, told = marginal(cells, fit)
    times = Counter(place for own in places.values() for place in own)
    alone = frozenset(place for place, n in times.items() if n == 1 and len(places) > 1)
    items = [dict(row) for row in told.items]
    grid = normal_grid(mean=float(fit.mean[0]), sd=float(fit.sd[0]))
    for own in map(list, places.values()) if alone else ():
        # S-X² of items that stand on one form, from that form's candidates
        here = (cells[:, own] != NOT_ADMINISTERED).any(axis=1)
        part = _some(fit.parameters, own)
        summed = s_x2(cells[here][:, own], part, estimated(fit.model, part), grid)
        columns = {"": summed.statistic, "_df": summed.df, "_p": summed.p, "_rmsea": summed.rmsea}
        for n, place in enumerate(own):
            if place in alone:
                items[place] |= {f"s_x2{end}": plain(values[n]) for end, values in columns.items()}
    eap = abilities.eap(cells, fit.parameters, normal_grid(121, mean=float(fit.mean[0]), sd=float(fit.sd[0])))
    expected = expected_scores(fit.parameters, GRID)
    known = np.asarray(np.isfinite(expected).all(axis=0))
    curves: list[Document] = []
    for j in range(cells.shape[1]):
        curve = [[float(t), plain(p)] for t, p in zip(GRID, expected[:, j], strict=True)] if known[j] else []
        # mean ability, share right, low, high, candidates of groups of like ability who answered the item
        rows = np.flatnonzero((cells[:, j] >= 0) & np.isfinite(eap.theta))
        # equal abilities differ in their last digits, which hang on the order of sums: rows decide among them
        order = rows[np.argsort(np.round(eap.theta[rows], 9), kind="stable")]
        seen: list[list[float]] = []
        n_groups = min(N_GROUPS, len(order) // LEAST_IN_GROUP)
        for group in np.array_split(order, n_groups) if n_groups else ():
            right, n = int(np.count_nonzero(cells[group, j] > 0)), len(group)
            seen.append([float(eap.theta[group].mean()), right / n, *wilson(right, n), n])
        curves.append({"curve": curve, "seen": seen})
    by_form = {
        name: _curve(test_information(_some(fit.parameters, own), GRID)) for name, own in places.items()
    }
    # cuts and items of forms without the items that have no curve, since everybody earned the same on them:
    # what all earned goes off the cut; no cut where too few had such an item to say so
    left: dict[str, float | None] = {}
    unplaced: list[Document] = []
    for name, cut in cuts.items():
        flat = [place for place in counted[name] if not known[place]]
        taken, earned = (cells[:, flat] >= 0).sum(axis=0), cells[:, flat].max(axis=0, initial=0)
        sure = bool((taken >= LEAST_FOR_SURE).all())
        left[name] = cut - float(earned.sum()) if cut and sure else None
        if cut and not sure and known.any():
            message = tell_n(
                "only {n} candidate had an item that all of them have right or all have wrong, "
                "so the ability at the cut is unknown",
                "only {n} candidates had an item that all of them have right or all have wrong, "
                "so the ability at the cut is unknown",
                int(taken.min()),
            )
            unplaced.append(note("cut-without-ability", message) | {"form": name})
    of_curves = {name: [place for place in own if known[place]] for name, own in counted.items()}
    found = cut_abilities(fit, left, of_curves)
    for name, cut in left.items():
        if cut is not None and of_curves[name] and found.at[name] is None:
            message = tell("no ability has an expected score as high or as low as the cut")
            unplaced.append(note("cut-without-ability", message) | {"form": name})
    return FittedExam(
        fit,
        told.model,
        items,
        _bars(eap.theta),
        {name: _bars(eap.theta[form == name]) for name in places},
        _curve(test_information(fit.parameters, GRID)),
        by_form,
        found,
        curves,
        tuple(
            n for n in told.notes if n.code not in _OF_ALL_FORMS or not alone or n.item not in {None, *alone}
        ),
        unplaced,
        eap.theta,
    )


def _curve(values: Any) -> list[list[float]]:
    """[θ, value] on the grid, where there is one."""
    return [[float(t), float(v)] for t, v in zip(GRID, values, strict=True) if math.isfinite(v)]


def _some(parameters: ItemParameters, places: Sequence[int]) -> ItemParameters:
    """The parameters of the items in those places."""
    return ItemParameters._make(field[list(places)] for field in parameters)


def _bars(theta: Any) -> list[list[float]]:
    known = theta[np.isfinite(theta)]
    edges = np.arange(-4.0, 4.01, 0.25)
    counts, _ = np.histogram(np.clip(known, -3.999, 3.999), bins=edges)
    return [[float(a), float(b), int(n)] for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)]


class CutAbilities(NamedTuple):
    """Cuts on the scale of ability."""

    at: dict[str, float | None]
    """By form, the ability at which its expected score is the cut."""
    errors: dict[str, float | None]
    """Standard errors: of the parameters alone, for the cut in points is what it is."""
    apart: Document | None
    """The two forms that lie farthest apart; None of fewer than two cuts, without errors, and of a fit that
    did not converge."""


def cut_abilities(
    fit: Fit, cuts: Mapping[str, float | None], counted: Mapping[str, Sequence[int]]
) -> CutAbilities:
    """Inverse of each form's test characteristic curve at its cut, with standard errors by the delta method.

    With T(θ, β) the expected score of a form, θ(β) solves T = cut, so that dθ/dβ = −(∂T/∂β)/(∂T/∂θ), and
    V(θ) = (dθ/dβ)′ V(β) (dθ/dβ), V(β) the covariance of all free parameters; of a difference of two forms by
    the difference of their gradients, so that errors that both share count once.
    """
    at = {form: ability_at(cut, fit, counted[form]) for form, cut in cuts.items()}
    known = [(theta, form) for form, theta in at.items() if theta is not None]
    gradients = {}
    for theta, form in known if len(fit.covariance) else ():
        places = list(counted[form])

        def total(parameters: ItemParameters, at: float, places: list[int] = places) -> float:
            return float(expected_scores(parameters, np.array([at]))[0, places].sum())

        by_theta = (total(fit.parameters, theta + _STEP) - total(fit.parameters, theta - _STEP)) / (2 * _STEP)
        gradients[form] = np.zeros(len(fit.free))
        for n, (name, item, step) in enumerate(fit.free):
            of_all = name == "a" and fit.model == "1pl"  # the slope of all items
            if name not in ("a", "d", "c") or not (of_all or item in places):
                continue
            ends = []
            for by in (_STEP, -_STEP):
                values = getattr(fit.parameters, name).copy()
                values[... if of_all else (item, step) if values.ndim > 1 else item] += by
                ends.append(total(fit.parameters._replace(**{name: values}), theta))
            gradients[form][n] = -(ends[0] - ends[1]) / (2 * _STEP) / by_theta
    errors = {form: plain(_error(gradients[form], fit)) if form in gradients else None for form in at}
    if not fit.converged or len(known) < 2 or len(gradients) < len(known):
        return CutAbilities(at, errors, None)
    (low, easier), (high, harder) = min(known), max(known)
    error = _error(gradients[harder] - gradients[easier], fit)
    if not math.isfinite(error):
        return CutAbilities(at, errors, None)
    n_pairs = len(list(combinations(known, 2)))
    half = normal_quantile(1 - LEVEL / (2 * n_pairs)) * error
    apart = {
        "lower": easier,
        "higher": harder,
        "logits": high - low,
        "se": error,
        "logits_low": high - low - half,
        "logits_high": high - low + half,
        "n_pairs": n_pairs,
    }
    return CutAbilities(at, errors, apart)


def _error(gradient: Any, fit: Fit) -> float:
    return float(np.sqrt(max(float(gradient @ fit.covariance @ gradient), 0.0)))


def ability_at(cut: float | None, fit: Fit, places: Sequence[int]) -> float | None:
    """The ability at which a form's expected score is the cut; None beyond ±6."""
    if cut is None:
        return None
    grid = np.linspace(-6.0, 6.0, 1201)
    curves = expected_scores(fit.parameters, grid)[:, list(places)]
    if not np.isfinite(curves).all():
        return None
    total = curves.sum(axis=1)
    above = np.flatnonzero(total >= cut)
    if not len(above) or above[0] == 0:
        return None
    k = int(above[0])
    share = (cut - total[k - 1]) / (total[k] - total[k - 1])
    return float(grid[k - 1] + share * (grid[k] - grid[k - 1]))

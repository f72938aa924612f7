"""0/1 scores → a Rasch model, one- or two-parameter logistic model by marginal maximum likelihood."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import Fit, ItemParameters, Note, dichotomous
from examgen.analysis.mml_ability import ability, least_log_sd
from examgen.analysis.mml_ascent import Ascent, climb, newton
from examgen.analysis.mml_design import Design
from examgen.analysis.mml_logistic_errors import (
    MOST_PARAMETERS,
    common_slope_errors,
    covariance_of,
    errors_of,
    labels_of,
)
from examgen.analysis.mml_responses import Responses, prepare
from examgen.analysis.mml_start import start_values
from examgen.analysis.quadrature import Grid

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STEPS_WITHOUT_MATRIX = 60
_LEAST_ITEMS = {"rasch": 2, "1pl": 2, "2pl": 3}
_LEAST_CANDIDATES = {"rasch": 50, "1pl": 100, "2pl": 200}
"""Fewer than these are told of (Linacre, 1994; de Ayala, 2009, chapters 3 and 5)."""
_REFUSED = 10
"""Fewer candidates than these have no slopes: every answer can be explained by some."""
WORDS = {
    "no-answers": "nobody answered it: it is left out",
    "all-right": "everybody who answered is right: it is left out",
    "all-wrong": "everybody who answered is wrong: it is left out",
    "not-dichotomous": "it has scores above 1: it is left out; fit a graded or partial credit model",
    "slope-to-infinity": "a slope of {:.0f} is a step between two nodes: the data know no finite one",
    "negative-slope": "the slope is negative ({:.2f}): the able do worse; look at the key",
    "nothing-to-fit": "no item has two different scores: there is nothing to fit",
    "not-identified": "{} item(s) do not determine the parameters of this model: it takes at least {}",
    "too-few-candidates": "{} candidates cannot tell slopes: it takes at least {}, and 200 to be of use",
    "few-candidates": "{} candidates are few for this model: errors are wide and their size is uncertain",
    "not-converged": "no maximum was reached after {} steps: take the numbers as provisional",
    "no-variance": "the sd of ability goes to 0: candidates differ no more than by chance",
}


class _Task(NamedTuple):
    """What is to be fitted, over all J items of the scores."""

    model: str
    kept: Flags
    """(J,) items of the fit."""
    fixed_a: Floats
    """(J,) NaN where free."""
    fixed_d: Floats
    notes: tuple[Note, ...]


def fit_logistic(
    scores: NDArray[np.int8],
    model: str,
    fixed: ItemParameters | None,
    grid: Grid,
    standard_errors: bool,
    max_iterations: int,
    tolerance: float,
    start: Fit | None = None,
) -> Fit:
    """Fit `rasch`, `1pl` or `2pl`; arguments as `mml.fit_mml`. `start`: a fit to begin from.

    Raises
    ------
    ValueError
        For fixed slopes that the model does not allow: other than 1 (Rasch), or different ones (1PL).
    """
    task = _task(scores, model, fixed)
    items = np.flatnonzero(task.kept)
    responses = prepare(scores if task.kept.all() else scores[:, items], common_slope=model != "2pl")
    if not len(items) or not responses.n_candidates:
        return _nothing(task, responses.n_candidates, "nothing-to-fit")
    design = _design(task, responses, grid, start)
    anchored = bool(np.isfinite(task.fixed_a).any() or np.isfinite(task.fixed_d).any())
    if len(items) < _LEAST_ITEMS[model] and not anchored:
        return _nothing(task, responses.n_candidates, "not-identified", len(items), _LEAST_ITEMS[model])
    if model == "2pl" and responses.n_candidates < _REFUSED and not anchored:
        return _nothing(task, responses.n_candidates, "too-few-candidates", responses.n_candidates, _REFUSED)
    matrices = int(design.free.sum()) <= MOST_PARAMETERS
    ascent = _climb(design, tolerance, max_iterations, matrices)
    if model == "2pl" and start is None and matrices and _steep(design, ascent):
        # such likelihoods have several maxima
        again = _climb(_neutral(design), tolerance, max_iterations, matrices)
        ascent = again if again.point.value > ascent.point.value + tolerance else ascent
    if standard_errors and matrices and ascent.observed is None and ascent.converged:
        ascent = newton(
            ascent.point, design.evaluate, design.information, tolerance, max_iterations, ascent.iterations
        )
    return _result(task, items, design, ascent, standard_errors)


def _climb(design: Design, tolerance: float, max_iterations: int, matrices: bool) -> Ascent:
    """The ascent from the start values, without Newton where there are too many parameters."""
    return climb(
        design.base[design.free],
        design.evaluate,
        design.information if matrices else None,
        tolerance=tolerance,
        max_iterations=max_iterations if matrices else min(max_iterations, _STEPS_WITHOUT_MATRIX),
    )


def _steep(design: Design, ascent: Ascent) -> bool:
    """Whether a slope runs to infinity."""
    slopes = design.place(ascent.point.x)[0]
    return bool((np.abs(slopes) > _steepest(design.grid)).any())


def _neutral(design: Design) -> Design:
    """The same with slopes of 1 and intercepts from facilities as start."""
    responses = design.responses
    facility = np.clip(responses.right / np.maximum(responses.taken, 1.0), 1e-3, 1 - 1e-3)
    values = np.concatenate(
        [np.ones(responses.n_items), np.log(facility / (1.0 - facility)), design.base[-2:]]
    )
    return design._replace(base=np.where(design.free, values, design.base))


def _task(scores: NDArray[np.int8], model: str, fixed: ItemParameters | None) -> _Task:
    """Which items can be fitted, and what of them is fixed."""
    n_items = scores.shape[1]
    a, d = np.full(n_items, np.nan), np.full(n_items, np.nan)
    if fixed is not None:
        a, d = np.array(fixed.a, dtype=np.float64), np.array(fixed.d[:, 0], dtype=np.float64)
    known = a[np.isfinite(a)]
    if model == "rasch":
        if (known != 1.0).any():
            raise ValueError("the slopes of a Rasch model are 1: fixed ones cannot be others")
        a = np.full(n_items, np.nan)
    if model == "1pl" and len(known):
        if (known != known[0]).any():
            raise ValueError("a 1PL has one slope: fixed ones cannot be different")
        a = np.full(n_items, known[0])
    notes = []
    lowest, highest = _range(scores)
    both = np.isfinite(d) & (np.isfinite(a) | (model == "rasch"))
    kept = (highest >= 0) & (highest <= 1) & (both | (lowest != highest))
    for j in np.flatnonzero(~kept):
        top = int(highest[j])
        code = {-1: "no-answers", 0: "all-wrong", 1: "all-right"}.get(top, "not-dichotomous")
        notes.append(Note(code, int(j), WORDS[code]))
    return _Task(model, kept, a, d, tuple(notes))


def _range(scores: NDArray[np.int8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(J,) lowest and highest score; −1 where nobody answered."""
    highest = scores.max(axis=0, initial=-1).astype(np.int64)
    highest = np.maximum(highest, -1)
    # seen from below, missing is the greatest
    lowest = scores.view(np.uint8).min(axis=0, initial=255).astype(np.int64)
    return np.where(highest < 0, -1, lowest), highest


def _design(task: _Task, responses: Responses, grid: Grid, start: Fit | None) -> Design:
    """Start values and what is free. Fixed intercepts free the mean, fixed slopes the sd of ability."""
    kept = task.kept
    fixed_a, fixed_d = task.fixed_a[kept], task.fixed_d[kept]
    a, d = start_values(responses)
    mean, log_sd = 0.0, 0.0
    if start is not None:
        known = (
            start.parameters.a[kept] if task.model == "2pl" else np.array([np.nanmean(start.parameters.a)])
        )
        a = np.where(np.isfinite(known), known, a)
        d = np.where(np.isfinite(start.parameters.d[kept, 0]), start.parameters.d[kept, 0], d)
        mean, log_sd = float(start.mean[0]), float(np.log(start.sd[0]))
    free_a = np.isnan(fixed_a)
    if task.model != "2pl":
        free_a = np.array([task.model == "1pl" and bool(np.isnan(task.fixed_a[0]))])
        fixed_a = np.ones(1) if task.model == "rasch" else fixed_a[:1]
    free_d = np.isnan(fixed_d)
    base = np.concatenate([np.where(free_a, a, fixed_a), np.where(free_d, d, fixed_d), [mean, log_sd]])
    free_mean = not free_d.all()
    free_sd = task.model == "rasch" or not free_a.all()
    free = np.concatenate([free_a, free_d, [free_mean, free_sd]])
    return Design(responses, grid, base, free, ability(grid, mean, log_sd))


def _nothing(task: _Task, n_candidates: int, code: str, *figures: int) -> Fit:
    """The fit where there is nothing to fit."""
    n_items = len(task.kept)
    none, nan = np.full(n_items, np.nan), float("nan")
    parameters = dichotomous(task.fixed_a, task.fixed_d)
    note = Note(code, None, WORDS[code].format(*figures), tuple(map(str, figures)))
    return Fit(
        task.model, parameters, none, none[:, None], none[:, None], none, none, np.array([nan]),
        np.array([nan]), np.array([nan]), np.array([nan]), nan, 0.0, 0, n_candidates, False, 0,
        np.empty((0, 0)), (), (*task.notes, note),
    )  # fmt: skip


def _result(task: _Task, items: NDArray[np.int64], design: Design, ascent: Ascent, asked: bool) -> Fit:
    """The fit from where the ascent ended."""
    full = design.base.copy()
    full[design.free] = ascent.point.x
    full[-1] = max(full[-1], least_log_sd(design.grid))
    n_slopes = design.n_slopes
    sign = _sign(task, full, design)
    full[:n_slopes] *= sign
    a, d = task.fixed_a.copy(), task.fixed_d.copy()
    if task.model == "rasch":
        a[:] = 1.0
    a[items], d[items] = full[:n_slopes], full[n_slopes:-2]
    left = ~task.kept & (np.isnan(task.fixed_d) | (np.isnan(task.fixed_a) & (task.model != "rasch")))
    a[left], d[left] = np.nan, np.nan
    a[np.abs(a) < 1e-6] = 0.0
    endless = _endless(task, a, design.grid)
    labels = labels_of(items, design)
    covariance, labels, trouble = covariance_of(labels, design, ascent, endless, asked, sign)
    se_a, se_d, se_b = errors_of(labels, covariance, a, d)
    if task.model == "1pl" and labels and labels[0][0] == "a":
        se_a = np.where(np.isfinite(a), se_a[items[0]], np.nan)
        se_b = common_slope_errors(labels, covariance, a, d)
    of_ability = {label[0]: n for n, label in enumerate(labels) if label[0] in {"mean", "sd"}}
    error = {name: float(np.sqrt(covariance[n, n])) for name, n in of_ability.items()}
    notes = [*task.notes, *_notes(task, a, endless, design, ascent), *trouble]
    nan = np.full(len(a), np.nan)
    return Fit(
        model=task.model,
        parameters=dichotomous(a, d),
        se_a=se_a,
        se_d=se_d[:, None],
        se_b=se_b[:, None],
        se_c=nan,
        se_u=nan,
        mean=full[-2:-1].copy(),
        sd=np.exp(full[-1:]),
        se_mean=np.array([error.get("mean", np.nan)]),
        se_sd=np.array([error.get("sd", np.nan)]),
        log_likelihood=design.log_likelihood(ascent.point),
        log_prior=0.0,
        n_parameters=int(design.free.sum()),
        n_candidates=design.responses.n_candidates,
        converged=ascent.converged and not endless.any(),
        iterations=ascent.iterations,
        covariance=covariance,
        free=tuple(labels),
        notes=tuple(notes),
    )


def _sign(task: _Task, full: Floats, design: Design) -> float:
    """−1 where all slopes are to change sign: without anchors the direction of ability is ours to choose."""
    anchored = np.isfinite(task.fixed_a).any() or np.isfinite(task.fixed_d).any()
    return -1.0 if not anchored and full[: design.n_slopes].sum() < 0 else 1.0


def _steepest(grid: Grid) -> float:
    """A slope at which the curve is a step between two nodes: to the likelihood it is infinite."""
    return 2.0 / float(np.diff(grid.nodes).max()) if len(grid.nodes) > 1 else np.inf


def _endless(task: _Task, a: Floats, grid: Grid) -> Flags:
    """(J,) free slopes that run to infinity."""
    return np.asarray(np.isnan(task.fixed_a) & np.isfinite(a) & (np.abs(a) > _steepest(grid)))


def _notes(task: _Task, a: Floats, endless: Flags, design: Design, ascent: Ascent) -> list[Note]:
    """What a user must know of the fit."""
    notes = []
    for j in np.flatnonzero(endless) if task.model == "2pl" else []:
        notes.append(
            Note("slope-to-infinity", int(j), WORDS["slope-to-infinity"].format(a[j]), (f"{a[j]:.0f}",))
        )
    if task.model == "1pl" and endless.any():
        notes.append(
            Note(
                "slope-to-infinity",
                None,
                WORDS["slope-to-infinity"].format(a[endless][0]),
                (f"{a[endless][0]:.0f}",),
            )
        )
    for j in np.flatnonzero((a < 0) & ~endless & np.isnan(task.fixed_a)):
        notes.append(Note("negative-slope", int(j), WORDS["negative-slope"].format(a[j]), (f"{a[j]:.2f}",)))
    if not ascent.converged:
        notes.append(
            Note(
                "not-converged",
                None,
                WORDS["not-converged"].format(ascent.iterations),
                (f"{ascent.iterations}",),
            )
        )
    if design.at_least_sd(ascent.point.x) or (task.model == "1pl" and np.abs(a[np.isfinite(a)]).max() < 0.05):
        notes.append(Note("no-variance", None, WORDS["no-variance"]))
    n = design.responses.n_candidates
    if n < _LEAST_CANDIDATES[task.model] and np.isnan(task.fixed_d).any():
        notes.append(Note("few-candidates", None, WORDS["few-candidates"].format(n), (f"{n}",)))
    return notes

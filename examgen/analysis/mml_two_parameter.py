"""0/1 scores → a Rasch model, one- or two-parameter logistic model by marginal maximum likelihood."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import Fit, ItemParameters, Note, dichotomous
from examgen.analysis.mml_ability import ability, least_log_sd
from examgen.analysis.mml_ascent import Ascent, climb, newton
from examgen.analysis.mml_design import Design
from examgen.analysis.mml_responses import Responses, prepare
from examgen.analysis.mml_start import start_values
from examgen.analysis.quadrature import Grid

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST_PARAMETERS = 4000
"""Beyond this many free parameters no matrix among them is built."""
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
    "slope-to-infinity": "the likelihood still rises at a slope of {:.0f}: the data know no finite slope",
    "negative-slope": "the slope is negative ({:.2f}): the able do worse; look at the key",
    "nothing-to-fit": "no item has two different scores: there is nothing to fit",
    "not-identified": "{} items do not determine the parameters of this model: it takes at least {}",
    "too-few-candidates": "{} candidates cannot tell slopes: it takes at least {}, and 200 to be of use",
    "few-candidates": "{} candidates are few for this model: errors are wide and their size is uncertain",
    "not-converged": "no maximum was reached after {} steps: take the numbers as provisional",
    "too-many-parameters": "no standard errors: more than 4,000 free parameters",
    "singular-information": "no standard errors: the data do not determine all parameters",
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
    limit = max_iterations if matrices else min(max_iterations, _STEPS_WITHOUT_MATRIX)
    ascent = climb(
        design.base[design.free],
        design.evaluate,
        design.information if matrices else None,
        tolerance=tolerance,
        max_iterations=limit,
    )
    if standard_errors and matrices and ascent.observed is None and ascent.converged:
        ascent = newton(
            ascent.point, design.evaluate, design.information, tolerance, max_iterations, ascent.iterations
        )
    return _result(task, items, design, ascent, standard_errors)


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
    note = Note(code, None, WORDS[code].format(*figures))
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
    labels = _labels(items, design)
    covariance, labels, trouble = _covariance(labels, design, ascent, endless, asked, sign)
    se_a, se_d, se_b = _errors(labels, covariance, a, d)
    if task.model == "1pl" and labels and labels[0][0] == "a":
        se_a = np.where(np.isfinite(a), se_a[items[0]], np.nan)
        se_b = _errors_common(labels, covariance, a, d)
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


def _endless(task: _Task, a: Floats, grid: Grid) -> Flags:
    """(J,) free slopes so steep that the curve is a step between two nodes: the likelihood cannot tell them
    from infinite ones."""
    steepest = 2.0 / float(np.diff(grid.nodes).max()) if len(grid.nodes) > 1 else np.inf
    return np.asarray(np.isnan(task.fixed_a) & np.isfinite(a) & (np.abs(a) > steepest))


def _labels(items: NDArray[np.int64], design: Design) -> list[tuple[str, int, int]]:
    """(parameter, item, step) of each free parameter; a common slope is that of the first item."""
    names = [("a", int(j), 0) for j in items[: design.n_slopes]] + [("d", int(j), 0) for j in items]
    names += [("mean", 0, 0), ("sd", 0, 0)]
    return [name for name, is_free in zip(names, design.free, strict=True) if is_free]


def _covariance(
    labels: list[tuple[str, int, int]],
    design: Design,
    ascent: Ascent,
    endless: Flags,
    asked: bool,
    sign: float,
) -> tuple[Floats, list[tuple[str, int, int]], list[Note]]:
    """Inverse of the observed information of what has a finite estimate; its labels; what went wrong."""
    none = np.empty((0, 0))
    if not asked:
        return none, [], []
    if len(labels) > MOST_PARAMETERS:
        return none, [], [Note("too-many-parameters", None, WORDS["too-many-parameters"])]
    observed = ascent.observed if ascent.observed is not None else design.information(ascent.point.x)
    common = design.responses.common_slope
    keep = np.array(
        [name not in {"a", "d"} or not endless[j] or (common and name == "d") for name, j, _ in labels]
    )
    keep[-1:] &= not design.at_least_sd(ascent.point.x)
    observed = observed[np.ix_(keep, keep)]
    labels = [label for label, kept in zip(labels, keep, strict=True) if kept]
    diagonal = np.diag(observed)
    root = None
    if labels and np.isfinite(observed).all() and diagonal.min() > 0.0:
        scale = 1.0 / np.sqrt(diagonal)
        root = _root(observed * np.outer(scale, scale))
    if root is None:
        return none, [], [Note("singular-information", None, WORDS["singular-information"])] if labels else []
    half = np.linalg.inv(root) * scale
    chain = np.array([sign if name == "a" else 1.0 for name, _, _ in labels])
    if labels and labels[-1][0] == "sd":
        chain[-1] = np.exp(ascent.point.x[-1])
    return np.asarray(half.T @ half * np.outer(chain, chain)), labels, []


def _root(matrix: Floats) -> Floats | None:
    """Cholesky factor; None where the matrix is singular, or as good as."""
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return None
    return None if np.diag(root).min() < 1e-6 else np.asarray(root)


def _errors(
    labels: list[tuple[str, int, int]], covariance: Floats, a: Floats, d: Floats
) -> tuple[Floats, Floats, Floats]:
    """Standard errors of slopes, intercepts and difficulties b = −d / a, these by the delta method."""
    variance = {"a": np.full(len(a), np.nan), "d": np.full(len(a), np.nan)}
    place = {"a": np.full(len(a), -1), "d": np.full(len(a), -1)}
    for n, (name, j, _) in enumerate(labels):
        if name in place:
            variance[name][j], place[name][j] = covariance[n, n], n
    both = (place["a"] >= 0) & (place["d"] >= 0)
    shared = np.zeros(len(a))
    shared[both] = covariance[place["a"][both], place["d"][both]]
    with np.errstate(divide="ignore", invalid="ignore"):
        b = -d / a
        of_b = np.nan_to_num(variance["d"]) + b * b * np.nan_to_num(variance["a"]) + 2.0 * b * shared
        of_b = np.where(((place["a"] >= 0) | (place["d"] >= 0)) & (a != 0.0), of_b / a**2, np.nan)
    return np.sqrt(variance["a"]), np.sqrt(variance["d"]), np.sqrt(np.maximum(of_b, 0.0))


def _errors_common(labels: list[tuple[str, int, int]], covariance: Floats, a: Floats, d: Floats) -> Floats:
    """Standard errors of difficulties with one slope, which stands first."""
    out = np.full(len(a), np.nan)
    for j in np.flatnonzero(np.isfinite(d) & (a != 0.0)):
        weights = np.zeros(len(labels))
        weights[0] = d[j] / a[j] ** 2
        if ("d", int(j), 0) in labels:
            weights[labels.index(("d", int(j), 0))] = -1.0 / a[j]
        out[j] = np.sqrt(max(float(weights @ covariance @ weights), 0.0))
    return out


def _notes(task: _Task, a: Floats, endless: Flags, design: Design, ascent: Ascent) -> list[Note]:
    """What a user must know of the fit."""
    notes = []
    for j in np.flatnonzero(endless) if task.model == "2pl" else []:
        notes.append(Note("slope-to-infinity", int(j), WORDS["slope-to-infinity"].format(a[j])))
    if task.model == "1pl" and endless.any():
        notes.append(Note("slope-to-infinity", None, WORDS["slope-to-infinity"].format(a[endless][0])))
    for j in np.flatnonzero((a < 0) & ~endless & np.isnan(task.fixed_a)):
        notes.append(Note("negative-slope", int(j), WORDS["negative-slope"].format(a[j])))
    if not ascent.converged:
        notes.append(Note("not-converged", None, WORDS["not-converged"].format(ascent.iterations)))
    if design.at_least_sd(ascent.point.x) or (task.model == "1pl" and np.abs(a[np.isfinite(a)]).max() < 0.05):
        notes.append(Note("no-variance", None, WORDS["no-variance"]))
    n = design.responses.n_candidates
    if n < _LEAST_CANDIDATES[task.model] and np.isnan(task.fixed_d).any():
        notes.append(Note("few-candidates", None, WORDS["few-candidates"].format(n)))
    return notes

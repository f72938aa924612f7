"""From scores to a problem of marginal likelihood and from its maximum to a `Fit`: what all models share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.analysis.irt import PARTIAL_CREDIT, Fit, ItemParameters, Note
from examgen.analysis.mml_counts import PIECE
from examgen.analysis.mml_maximum import MOST_PARAMETERS, Maximum
from examgen.analysis.mml_problem import Problem

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
STEEPEST = 30.0
"""Slopes stop here: between two nodes of the usual grid the curve is then a step, and the likelihood flat."""
WORDS = {
    "no-answers": "nobody answered it: it is left out",
    "all-right": "everybody who answered is right: it is left out",
    "all-wrong": "everybody who answered is wrong: it is left out",
    "one-category": "everybody who answered has the same score: it is left out",
    "slope-to-infinity": "the likelihood still rises at a slope of {:.0f}: the data know no finite slope",
    "negative-slope": "the slope is negative ({:.2f}): the able do worse; look at the key",
}


class Seen(NamedTuple):
    """What scores hold, item by item."""

    lowest: NDArray[np.intp]
    """(J,) lowest and highest score; −1 where nobody answered."""
    highest: NDArray[np.intp]
    answered: Flags
    """(N,) candidates with an answer to one of the items in question."""


def seen(scores: NDArray[np.int8]) -> Seen:
    """One pass over the scores."""
    if not scores.size:
        none = np.full(scores.shape[1], -1, dtype=np.intp)
        return Seen(none, none, np.zeros(len(scores), dtype=np.bool_))
    highest = scores.max(axis=0).astype(np.intp)
    lowest = np.full(scores.shape[1], 127, dtype=np.intp)
    answered = np.empty(len(scores), dtype=np.bool_)
    for start in range(0, len(scores), PIECE):
        piece = scores[start : start + PIECE]
        lowest = np.minimum(lowest, np.where(piece < 0, 127, piece).min(axis=0))
        answered[start : start + PIECE] = (piece >= 0).any(axis=1)
    return Seen(np.where(highest < 0, -1, lowest), np.maximum(highest, -1), answered)


def left_out(what: Seen) -> list[Note]:
    """A note for each item that nobody answered or on which everybody has the same score."""
    notes = []
    for j in np.nonzero(what.lowest == what.highest)[0]:
        low = int(what.lowest[j])
        code = {-1: "no-answers", 0: "all-wrong", 1: "all-right"}.get(low, "one-category")
        notes.append(Note(code, int(j), WORDS[code]))
    return notes


def easiness(scores: NDArray[np.int8], highest: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """(J,) mean score as a share of the highest, and rough slopes from correlations with the rest."""
    n_items = scores.shape[1]
    sums = np.zeros((5, n_items))
    top = np.maximum(highest, 1)
    for start in range(0, len(scores), PIECE):
        piece = scores[start : start + PIECE]
        mask = (piece >= 0).astype(np.float64)
        x = np.where(piece > 0, piece, 0) / top
        total = x.sum(axis=1) / np.maximum(mask.sum(axis=1), 1.0)
        sums += mask.sum(axis=0), x.sum(axis=0), (x * x).sum(axis=0), total @ x, total @ mask
    n = np.maximum(sums[0], 1.0)
    mean = sums[1] / n
    variance = np.maximum(sums[2] / n - mean**2, 1e-6)
    with_rest = sums[3] / n - mean * sums[4] / n - variance / max(n_items, 2)
    spread = np.sqrt(max(float(with_rest.mean()), 1e-4))
    loading = np.clip(with_rest / (spread * np.sqrt(variance)) / 0.8, -0.6, 0.85)
    return mean, np.clip(1.7 * loading / np.sqrt(1.0 - loading**2), -1.0, 3.0)


def unidentified(model: str, parameters: ItemParameters, n_candidates: int, notes: list[Note]) -> Fit:
    """The fit where there is nothing to fit."""
    n_items, n_steps = parameters.d.shape
    none, nan = np.full(n_items, np.nan), float("nan")
    words = "no item has two different scores: there is nothing to fit"
    return Fit(
        model, parameters, none, np.full((n_items, n_steps), np.nan), np.full((n_items, n_steps), np.nan), none,
        none, np.array([np.nan]), np.array([np.nan]), np.array([np.nan]), np.array([np.nan]), nan, 0.0, 0,
        n_candidates, False, 0, np.empty((0, 0)), (), (*notes, Note("nothing-to-fit", None, words)),
    )  # fmt: skip


class Names(NamedTuple):
    """Names of the slots: (parameter, step) of each."""

    slots: tuple[tuple[str, int], ...]
    items: NDArray[np.intp]
    """(J′,) places of the fitted items among all."""


def result(
    model: str,
    problem: Problem,
    maximum: Maximum,
    names: Names,
    parameters: ItemParameters,
    scale: Floats,
    *,
    standard_errors: bool,
    notes: list[Note],
    n_candidates: int,
) -> Fit:
    """The fit from its maximum.

    `parameters`: of all items, in the scale of reports. `scale` (J′, S): derivative of the reported parameter
    to the one that was maximised.
    """
    notes = notes + _slope_notes(maximum, names, problem)
    covariance, keep = _covariance(maximum, problem, standard_errors, notes)
    n_own = int(problem.free.sum())
    slot, item = np.nonzero(problem.free.T)
    chain = np.concatenate([scale[item, slot], np.ones(int(problem.group_free.sum()))])[keep]
    covariance = covariance * np.outer(chain, chain) if covariance.size else covariance
    labels = [(*names.slots[s], int(names.items[j])) for s, j in zip(slot, item, strict=True)]
    free = [(name, j, step) for name, step, j in labels]
    free += [(name, 0, 0) for name, is_free in zip(("mean", "sd"), problem.group_free, strict=True) if is_free]
    free = [label for label, kept in zip(free, keep, strict=True) if kept] if covariance.size else []
    errors = _errors(free, covariance, parameters)
    if not maximum.converged:
        words = f"no maximum was reached after {maximum.iterations} steps: take the numbers as provisional"
        notes.append(Note("not-converged", None, words))
    group_errors = {
        name: np.sqrt(covariance[n, n]) for n, (name, _, _) in enumerate(free) if name in {"mean", "sd"}
    }
    return Fit(
        model=model, parameters=parameters, se_a=errors["a"][:, 0], se_d=errors["d"],
        se_b=_b_errors(free, covariance, parameters), se_c=errors["c"][:, 0], se_u=errors["u"][:, 0],
        mean=maximum.state.group[:1].copy(), sd=maximum.state.group[1:].copy(),
        se_mean=np.array([group_errors.get("mean", np.nan)]), se_sd=np.array([group_errors.get("sd", np.nan)]),
        log_likelihood=maximum.state.log_likelihood, log_prior=maximum.state.log_prior,
        n_parameters=n_own + int(problem.group_free.sum()), n_candidates=n_candidates,
        converged=maximum.converged, iterations=maximum.iterations, covariance=covariance, free=tuple(free),
        notes=tuple(notes),
    )  # fmt: skip


def _slope_notes(maximum: Maximum, names: Names, problem: Problem) -> list[Note]:
    notes = []
    for j in np.nonzero(problem.free[:, 0])[0]:
        a, item = float(maximum.state.x[j, 0]), int(names.items[j])
        if abs(a) >= STEEPEST:
            notes.append(Note("slope-to-infinity", item, WORDS["slope-to-infinity"].format(a)))
        elif a < 0:
            notes.append(Note("negative-slope", item, WORDS["negative-slope"].format(a)))
    return notes


def _covariance(
    maximum: Maximum, problem: Problem, asked: bool, notes: list[Note]
) -> tuple[Floats, Flags]:
    """Inverse information over the parameters that are not at an end of their range, and which those are."""
    keep = ~maximum.held
    # An item with a slope without end has no standard errors, and takes none from the others.
    slot, item = np.nonzero(problem.free.T)
    endless = np.abs(maximum.state.x[item, 0]) >= STEEPEST
    keep[: len(item)] &= ~endless
    none = np.empty((0, 0))
    if not asked or not keep.any():
        return none, keep
    if not maximum.information.size:
        words = f"no standard errors: more than {MOST_PARAMETERS:,} free parameters"
        notes.append(Note("too-many-parameters", None, words))
        return none, keep
    own = maximum.information[np.ix_(keep, keep)]
    root = 1.0 / np.sqrt(np.maximum(np.diag(own), 1e-300))
    values, vectors = np.linalg.eigh(own * np.outer(root, root))
    if values[0] <= 1e-12 * values[-1]:
        words = "no standard errors: the data do not determine all parameters (singular information)"
        notes.append(Note("singular-information", None, words))
        return none, keep
    return np.asarray((vectors / values) @ vectors.T * np.outer(root, root)), keep


def _errors(
    free: list[tuple[str, int, int]], covariance: Floats, parameters: ItemParameters
) -> dict[str, Floats]:
    shape = parameters.d.shape
    out = {name: np.full(shape if name == "d" else (shape[0], 1), np.nan) for name in "adcu"}
    for n, (name, item, step) in enumerate(free):
        if name in out:
            out[name][item, step] = np.sqrt(covariance[n, n])
    return out


def _b_errors(free: list[tuple[str, int, int]], covariance: Floats, parameters: ItemParameters) -> Floats:
    """Of b_k = −d_k / a (or −(d_k − d_{k−1}) / a), by the delta method; NaN where all is fixed."""
    out = np.full(parameters.d.shape, np.nan)
    place = {label: n for n, label in enumerate(free)}
    for j in {item for name, item, _ in free if name == "d"}:
        a = float(parameters.a[j])
        if a == 0.0:
            continue
        for k in range(out.shape[1]):
            weights = {("d", j, k): -1.0 / a, ("a", j, 0): -float(parameters.b[j, k]) / a}
            if parameters.kind[j] == PARTIAL_CREDIT and k:
                weights[("d", j, k - 1)] = 1.0 / a
            own = {label: weight for label, weight in weights.items() if label in place}
            if ("d", j, k) in own:
                rows = [place[label] for label in own]
                slope = np.array(list(own.values()))
                out[j, k] = np.sqrt(max(float(slope @ covariance[np.ix_(rows, rows)] @ slope), 0.0))
    return out

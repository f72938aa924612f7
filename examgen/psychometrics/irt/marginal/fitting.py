"""From scores to a problem of marginal likelihood and from its maximum to a `Fit`: what all models share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import noted, tell
from examgen.psychometrics.irt.items import PARTIAL_CREDIT, Fit, ItemParameters, Note
from examgen.psychometrics.irt.marginal.counts import PIECE
from examgen.psychometrics.irt.marginal.maximum import MOST_PARAMETERS, PosteriorMaximum
from examgen.psychometrics.irt.marginal.problem import LEAST_SD, MarginalProblem
from examgen.psychometrics.irt.quadrature import beyond_nodes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
STEEPEST = 30.0
"""Slopes stop here."""
MOST_ITEMS = 5000
LEAST_ITEMS = {"3pl": 3, "4pl": 3, "grm": 3, "pcm": 2, "gpcm": 3}
"""Fewer items do not determine the parameters, unless some are fixed."""
LEAST_CANDIDATES = {"3pl": 500, "4pl": 1000, "grm": 250, "pcm": 100, "gpcm": 250}
"""Fewer than these are told of (de Ayala, 2009, chapters 6 to 8)."""
WORDS = {
    "no-answers": noted("nobody answered it: it is left out"),
    "all-right": noted("everybody who answered is right: it is left out"),
    "all-wrong": noted("everybody who answered is wrong: it is left out"),
    "one-category": noted("everybody who answered has the same score: it is left out"),
    "slope-to-infinity": noted(
        "the likelihood still rises at a slope of {slope:.0f}: the data know no finite slope"
    ),
    "nothing-to-fit": noted("no item has two different scores: there is nothing to fit"),
    "not-identified": noted(
        "{n} item(s) do not determine the parameters of this model: it takes at least {least}"
    ),
    "too-many-items": noted(
        "{n:,} items are more than are fitted at once ({most:,}): fit them in parts, with anchors"
    ),
    "few-candidates": noted(
        "{n} candidates are few for this model: errors are wide and their size is uncertain"
    ),
    "not-converged": noted("no maximum was reached after {steps} steps: take the numbers as provisional"),
    "too-many-parameters": noted("no standard errors: more than {most:,} free parameters"),
    "singular-information": noted("no standard errors: the data do not determine all parameters"),
    "no-variance": noted("the sd of ability goes to 0: candidates differ no more than by chance"),
    "endless-variance": noted("the sd of ability goes to infinity: the answers follow a perfect order"),
    "negative-slope": noted("the slope is negative ({slope:.2f}): the able do worse; look at the key"),
    "wide-ability": noted(
        "the model integrates over abilities from −6 to 6, and those of the candidates (mean {mean:.1f}, "
        "sd {sd:.1f}) reach further: sd and difficulties are off by some per cent, or more"
    ),
}


class ScoreRanges(NamedTuple):
    """What scores hold, item by item."""

    lowest: NDArray[np.intp]
    """(J,) lowest and highest score; −1 where nobody answered."""
    highest: NDArray[np.intp]
    answered: Flags
    """(N,) candidates with an answer to one of the items in question."""


def seen(scores: NDArray[np.int8]) -> ScoreRanges:
    """One pass over the scores."""
    if not scores.size:
        none = np.full(scores.shape[1], -1, dtype=np.intp)
        return ScoreRanges(none, none, np.zeros(len(scores), dtype=np.bool_))
    highest = scores.max(axis=0).astype(np.intp)
    lowest = np.full(scores.shape[1], 127, dtype=np.intp)
    answered = np.empty(len(scores), dtype=np.bool_)
    for start in range(0, len(scores), PIECE):
        piece = scores[start : start + PIECE]
        lowest = np.minimum(lowest, np.where(piece < 0, 127, piece).min(axis=0))
        answered[start : start + PIECE] = (piece >= 0).any(axis=1)
    return ScoreRanges(np.where(highest < 0, -1, lowest), np.maximum(highest, -1), answered)


def answered_by(scores: NDArray[np.int8], what: ScoreRanges, items: NDArray[np.intp]) -> NDArray[np.int8]:
    """Scores of the items in the fit, without candidates who answered none; no copy where nothing goes."""
    rows = what.answered
    if len(items) < scores.shape[1]:
        scores = scores[:, items]
        rows = seen(scores).answered
    return scores if rows.all() else scores[rows]


def left_out(what: ScoreRanges) -> list[Note]:
    """A note for each item that nobody answered or on which everybody has the same score."""
    notes = []
    for j in np.nonzero(what.lowest == what.highest)[0]:
        low = int(what.lowest[j])
        code = {-1: "no-answers", 0: "all-wrong", 1: "all-right"}.get(low, "one-category")
        notes.append(Note(code, int(j), tell(WORDS[code])))
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


def hindrance(model: str, what: ScoreRanges, n_items: int, anchored: bool) -> Note | None:
    """Why nothing can be fitted, if so; `n_items` in the fit."""
    if not (what.lowest < what.highest).any():
        return Note("nothing-to-fit", None, tell(WORDS["nothing-to-fit"]))
    if n_items > MOST_ITEMS:
        return Note(
            "too-many-items",
            None,
            tell(WORDS["too-many-items"], n=n_items, most=MOST_ITEMS),
            (f"{n_items:,}", f"{MOST_ITEMS:,}"),
        )
    if n_items < LEAST_ITEMS[model] and not anchored:
        return Note(
            "not-identified",
            None,
            tell(WORDS["not-identified"], n=n_items, least=LEAST_ITEMS[model]),
            (f"{n_items}", f"{LEAST_ITEMS[model]}"),
        )
    return None


def nothing(model: str, parameters: ItemParameters, n_candidates: int, notes: list[Note]) -> Fit:
    """The fit where nothing can be fitted; `parameters` has what is fixed."""
    none, nan = np.full(len(parameters.a), np.nan), float("nan")
    steps, one = np.full(parameters.d.shape, np.nan), np.array([np.nan])
    return Fit(
        model=model, parameters=parameters, se_a=none, se_d=steps, se_b=steps.copy(), se_c=none, se_u=none,
        mean=one, sd=one, se_mean=one, se_sd=one, log_likelihood=nan, log_prior=0.0, n_parameters=0,
        n_candidates=n_candidates, converged=False, iterations=0, covariance=np.empty((0, 0)), free=(),
        notes=tuple(notes),
    )  # fmt: skip


class SlotNames(NamedTuple):
    """Names of the slots: (parameter, step) of each."""

    slots: tuple[tuple[str, int], ...]
    items: NDArray[np.intp]
    """(J′,) places of the fitted items among all."""


def result(
    model: str,
    problem: MarginalProblem,
    maximum: PosteriorMaximum,
    names: SlotNames,
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
    covariance, keep, endless, trouble = _covariance(maximum, problem, standard_errors)
    slot, item = np.nonzero(problem.free.T)
    chain = np.concatenate([scale[item, slot], np.ones(int(problem.group_free.sum()))])[keep]
    free = [
        (names.slots[s][0], int(names.items[j]), names.slots[s][1]) for s, j in zip(slot, item, strict=True)
    ]
    free += [(("mean", "sd")[n], 0, 0) for n in np.nonzero(problem.group_free)[0]]
    free = [label for label, kept in zip(free, keep, strict=True) if kept] if covariance.size else []
    covariance = covariance * np.outer(chain, chain) if covariance.size else covariance
    errors = _errors(free, covariance, parameters)
    converged = maximum.converged and not endless.any()
    notes = notes + trouble + _slope_notes(maximum, names, problem, endless)
    notes += _whole_notes(model, maximum, problem, n_candidates)
    group_errors = {
        name: np.sqrt(covariance[n, n]) for n, (name, _, _) in enumerate(free) if name in {"mean", "sd"}
    }
    return Fit(
        model=model, parameters=parameters, se_a=errors["a"][:, 0], se_d=errors["d"],
        se_b=_b_errors(free, covariance, parameters), se_c=errors["c"][:, 0], se_u=errors["u"][:, 0],
        mean=maximum.state.group[:1].copy(), sd=maximum.state.group[1:].copy(),
        se_mean=np.array([group_errors.get("mean", np.nan)]),
        se_sd=np.array([group_errors.get("sd", np.nan)]),
        log_likelihood=maximum.state.log_likelihood, log_prior=maximum.state.log_prior,
        n_parameters=int(problem.free.sum() + problem.group_free.sum()), n_candidates=n_candidates,
        converged=converged, iterations=maximum.iterations, covariance=covariance, free=tuple(free),
        notes=tuple(notes),
    )  # fmt: skip


def _slope_notes(
    maximum: PosteriorMaximum, names: SlotNames, problem: MarginalProblem, endless: Flags
) -> list[Note]:
    notes = []
    for j in np.nonzero(problem.free[:, 0])[0]:
        a, item = float(maximum.state.x[j, 0]), int(names.items[j])
        if endless[j]:
            notes.append(
                Note("slope-to-infinity", item, tell(WORDS["slope-to-infinity"], slope=a), (f"{a:.0f}",))
            )
        elif a < -1e-6:
            notes.append(Note("negative-slope", item, tell(WORDS["negative-slope"], slope=a), (f"{a:.2f}",)))
    return notes


def _whole_notes(
    model: str, maximum: PosteriorMaximum, problem: MarginalProblem, n_candidates: int
) -> list[Note]:
    """What there is to say of the fit as a whole."""
    notes = []
    if not maximum.converged:
        notes.append(
            Note(
                "not-converged",
                None,
                tell(WORDS["not-converged"], steps=maximum.iterations),
                (f"{maximum.iterations}",),
            )
        )
    if problem.group_free[1] and maximum.state.group[1] < 2.0 * LEAST_SD:
        notes.append(Note("no-variance", None, tell(WORDS["no-variance"])))
    mean, sd = (float(one) for one in maximum.state.group)
    limit = float(np.abs(problem.nodes).max())
    if problem.group_free[1] and sd > 0.8 * limit:
        notes.append(Note("endless-variance", None, tell(WORDS["endless-variance"])))
    elif problem.group_free[1] and beyond_nodes(mean, sd, limit):
        words = tell(WORDS["wide-ability"], mean=mean, sd=sd)
        notes.append(Note("wide-ability", None, words, (f"{mean:.1f}", f"{sd:.1f}")))
    if n_candidates < LEAST_CANDIDATES[model] and problem.free.any():
        notes.append(
            Note("few-candidates", None, tell(WORDS["few-candidates"], n=n_candidates), (f"{n_candidates}",))
        )
    return notes


def _covariance(
    maximum: PosteriorMaximum, problem: MarginalProblem, asked: bool
) -> tuple[Floats, Flags, Flags, list[Note]]:
    """Inverse information over the parameters with a finite estimate inside their range, which those are,
    which items have a slope without end, and what went wrong."""
    nodes = problem.nodes
    # So steep a curve is a step between two nodes: the likelihood cannot tell it from a steeper one.
    steepest = 2.0 / float(np.diff(nodes).max()) if len(nodes) > 1 else np.inf
    endless = problem.free[:, 0] & (np.abs(maximum.state.x[:, 0]) > min(steepest, 0.99 * STEEPEST))
    _, item = np.nonzero(problem.free.T)
    keep = ~maximum.held
    # An item with a slope without end has no standard errors, and takes none from the others.
    keep[: len(item)] &= ~endless[item]
    none = np.empty((0, 0))
    if not asked or not keep.any():
        return none, keep, endless, []
    if not maximum.information.size:
        words = tell(WORDS["too-many-parameters"], most=MOST_PARAMETERS)
        return none, keep, endless, [Note("too-many-parameters", None, words, (f"{MOST_PARAMETERS:,}",))]
    own = maximum.information[np.ix_(keep, keep)]
    root = 1.0 / np.sqrt(np.maximum(np.diag(own), 1e-300))
    values, vectors = np.linalg.eigh(own * np.outer(root, root))
    if values[0] <= 1e-9 * values[-1]:
        return none, keep, endless, [Note("singular-information", None, tell(WORDS["singular-information"]))]
    return np.asarray((vectors / values) @ vectors.T * np.outer(root, root)), keep, endless, []


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
    b, n_steps = parameters.b, parameters.d.shape[1]
    place = {label: n for n, label in enumerate(free)}
    for j in {item for name, item, _ in free if name == "d"}:
        a = float(parameters.a[j])
        if a == 0.0:
            continue
        for k in range(n_steps):
            weights = {("d", j, k): -1.0 / a, ("a", j, 0): -float(b[j, k]) / a}
            if parameters.kind[j] == PARTIAL_CREDIT and k:
                weights[("d", j, k - 1)] = 1.0 / a
            own = {label: weight for label, weight in weights.items() if label in place}
            if ("d", j, k) in own:
                rows = [place[label] for label in own]
                slope = np.array(list(own.values()))
                out[j, k] = np.sqrt(max(float(slope @ covariance[np.ix_(rows, rows)] @ slope), 0.0))
    return out

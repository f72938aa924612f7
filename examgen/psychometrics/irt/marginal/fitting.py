"""Checks of scores before marginal maximum likelihood, and its maximum → a `Fit`: what all models share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import score_ranges
from examgen.core.words import noted, tell
from examgen.psychometrics.irt.marginal.problem import (
    LEAST_SD,
    MOST_PARAMETERS,
    MarginalProblem,
    PosteriorMaximum,
)
from examgen.psychometrics.irt.marginal.responses import PIECE
from examgen.stats.irt_models import PARTIAL_CREDIT, Fit, ItemParameters, Note
from examgen.stats.quadrature import beyond_nodes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Labels = list[tuple[str, int, int]]
"""(parameter, item, step) of each free parameter."""
STEEPEST = 30.0
"""The largest slope, in absolute value, that a fit may give."""
MOST_ITEMS = 5000
LEAST_ITEMS = {"rasch": 2, "1pl": 2, "2pl": 3, "3pl": 3, "grm": 3, "pcm": 2, "gpcm": 3}
"""Fewer items do not determine the parameters, unless some are fixed."""
LEAST_CANDIDATES = {
    "rasch": 50, "1pl": 100, "2pl": 200, "3pl": 500, "grm": 250, "pcm": 100, "gpcm": 250,
}  # fmt: skip
"""With fewer candidates the fit has a note (Linacre, 1994; de Ayala, 2009, chapters 3 and 5 to 8)."""
WORDS = {
    "no-answers": noted("it has no answers and is excluded"),
    "all-right": noted("all candidates who answered are right, so it is excluded"),
    "all-wrong": noted("all candidates who answered are wrong, so it is excluded"),
    "one-category": noted("all candidates who answered have the same score, so it is excluded"),
    "not-dichotomous": noted("it has scores above 1 and is excluded. Fit a graded or partial credit model"),
    "slope-between-nodes": noted(
        "a slope of {slope:.0f} is a step between two nodes, so the data give no finite slope"
    ),
    "slope-to-infinity": noted(
        "the likelihood still rises at a slope of {slope:.0f}, so the data give no finite slope"
    ),
    "nothing-to-fit": noted("no item has two different scores, so there is nothing to fit"),
    "not-identified": noted("this model needs at least {least} items to determine its parameters, not {n}"),
    "too-many-items": noted(
        "{n:,} items are too many for one fit (limit {most:,}). Fit them in parts, with anchors"
    ),
    "too-few-candidates": noted(
        "{n} candidates are too few to estimate slopes. The minimum is {least}; useful "
        "estimates need about 200"
    ),
    "few-candidates": noted("{n} candidates are few for this model, so errors are large and uncertain"),
    "not-converged": noted("the maximum was not reached after {steps} steps. Numbers are provisional"),
    "too-many-parameters": noted(
        "there are no standard errors, because there are more than {most:,} free parameters"
    ),
    "singular-information": noted(
        "there are no standard errors, because the data do not determine all parameters"
    ),
    "no-variance": noted("the sd of ability approaches 0, so candidates differ no more than by chance"),
    "endless-variance": noted(
        "the sd of ability approaches infinity, because the answers follow a perfect order"
    ),
    "negative-slope": noted(
        "the slope is negative ({slope:.2f}), so able candidates do worse. Check the key"
    ),
    "wide-ability": noted(
        "the model integrates over abilities from −6 to 6, but those of the candidates (mean "
        "{mean:.1f}, sd {sd:.1f}) go beyond. The sd and difficulties have errors of a few "
        "percent or more"
    ),
    "wide-rasch": noted(
        "the model integrates over abilities from −6 to 6, but those of the candidates (mean "
        "{mean:.1f}, sd {sd:.1f}) go beyond. The sd and difficulties have errors of a few "
        "percent or more. The equivalent model 1pl avoids this"
    ),
}


class ScoreRanges(NamedTuple):
    """The range of scores of each of J items, and which of N candidates answered."""

    lowest: NDArray[np.intp]
    """(J,) lowest and highest score; −1 where nobody answered."""
    highest: NDArray[np.intp]
    answered: Flags
    """(N,) candidates with an answer to one of the items in question."""


def seen(scores: NDArray[np.int8]) -> ScoreRanges:
    """The ranges of scores (N, J), negative where missing, in one pass."""
    if scores.size and scores.min() >= 0:
        return ScoreRanges(*score_ranges(scores), np.ones(len(scores), dtype=np.bool_))
    answered = np.empty(len(scores), dtype=np.bool_)
    for start in range(0, len(scores), PIECE):
        answered[start : start + PIECE] = (scores[start : start + PIECE] >= 0).any(axis=1)
    return ScoreRanges(*score_ranges(scores), answered)


def answered_by(scores: NDArray[np.int8], what: ScoreRanges, items: NDArray[np.intp]) -> NDArray[np.int8]:
    """Scores of the fitted items, without candidates who answered none of them; a copy only if some are."""
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
    """A note that says why nothing can be fitted, else None; `n_items` counts the items in the fit."""
    if not (what.lowest < what.highest).any():
        return Note("nothing-to-fit", None, tell(WORDS["nothing-to-fit"]))
    if n_items > MOST_ITEMS:
        words = tell(WORDS["too-many-items"], n=n_items, most=MOST_ITEMS)
        return Note("too-many-items", None, words, (f"{n_items:,}", f"{MOST_ITEMS:,}"))
    least = LEAST_ITEMS[model]
    if n_items < least and not anchored:
        words = tell(WORDS["not-identified"], n=n_items, least=least)
        return Note("not-identified", None, words, (f"{n_items}", f"{least}"))
    return None


def nothing(model: str, parameters: ItemParameters, n_candidates: int, notes: list[Note]) -> Fit:
    """An empty fit, for when nothing can be fitted; `parameters` has the fixed values."""
    nan = float("nan")
    return fit_of(
        model, parameters, [], np.empty((0, 0)), mean=nan, sd=nan, log_likelihood=nan, log_prior=0.0,
        n_parameters=0, n_candidates=n_candidates, converged=False, iterations=0, notes=notes,
    )  # fmt: skip


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
    notes: list[Note],
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
    some = (at >= 0).any(axis=2) & (parameters.a != 0.0)[:, None]
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


def result(
    model: str,
    problem: MarginalProblem,
    maximum: PosteriorMaximum,
    slots: tuple[tuple[str, int], ...],
    items: NDArray[np.intp],
    parameters: ItemParameters,
    scale: Floats,
    *,
    standard_errors: bool,
    notes: list[Note],
    n_candidates: int,
) -> Fit:
    """The fit of one group from its maximum.

    `slots` (S): parameter and step of each column of the problem. `items` (J′,): places of the fitted items
    among all. `parameters`: those of all items, as they are reported. `scale` (J′, S): derivative of the
    reported parameter with respect to the one that was maximised.
    """
    covariance, keep, endless, trouble = covariance_of(maximum, problem, standard_errors)
    labels: Labels = []
    if covariance.size:
        slot, item = np.nonzero(problem.free.T)
        labels = [(slots[s][0], int(items[j]), slots[s][1]) for s, j in zip(slot, item, strict=True)]
        labels += [(("mean", "sd")[n], 0, 0) for n in np.nonzero(problem.group_free[0])[0]]
        labels = [label for label, kept in zip(labels, keep, strict=True) if kept]
        chain = np.concatenate([scale[item, slot], np.ones(int(problem.group_free.sum()))])[keep]
        covariance = covariance * np.outer(chain, chain)
    notes = notes + trouble
    for j in np.nonzero(problem.free[:, 0])[0]:
        a, place = float(maximum.state.x[j, 0]), int(items[j])
        code = "slope-to-infinity" if endless[j] else "negative-slope" if a < -1e-6 else None
        if code:
            shown = f"{a:.0f}" if endless[j] else f"{a:.2f}"
            notes.append(Note(code, place, tell(WORDS[code], slope=a), (shown,)))
    if not maximum.converged:
        words = tell(WORDS["not-converged"], steps=maximum.iterations)
        notes.append(Note("not-converged", None, words, (f"{maximum.iterations}",)))
    mean, sd = (float(one) for one in maximum.state.group[0])
    free_sd, limit = problem.group_free[0, 1], float(np.abs(problem.grid.nodes).max())
    if free_sd and sd < 2.0 * LEAST_SD:
        notes.append(Note("no-variance", None, tell(WORDS["no-variance"])))
    if free_sd and sd > 0.8 * limit:
        notes.append(Note("endless-variance", None, tell(WORDS["endless-variance"])))
    elif free_sd and beyond_nodes(mean, sd, limit):
        words = tell(WORDS["wide-ability"], mean=mean, sd=sd)
        notes.append(Note("wide-ability", None, words, (f"{mean:.1f}", f"{sd:.1f}")))
    if n_candidates < LEAST_CANDIDATES[model] and problem.free.any():
        words = tell(WORDS["few-candidates"], n=n_candidates)
        notes.append(Note("few-candidates", None, words, (f"{n_candidates}",)))
    return fit_of(
        model, parameters, labels, covariance, mean=mean, sd=sd,
        log_likelihood=maximum.state.log_likelihood, log_prior=maximum.state.log_prior,
        n_parameters=int(problem.free.sum() + problem.group_free.sum()), n_candidates=n_candidates,
        converged=maximum.converged and not endless.any(), iterations=maximum.iterations, notes=notes,
    )  # fmt: skip


def covariance_of(
    maximum: PosteriorMaximum, problem: MarginalProblem, asked: bool
) -> tuple[Floats, Flags, Flags, list[Note]]:
    """The inverse information of the parameters that have a finite estimate inside their range; flags of
    these parameters; flags of items whose slope is infinite; notes on what went wrong."""
    nodes = problem.grid.nodes
    # A curve this steep is a step between two nodes: the likelihood cannot tell it from a steeper one.
    steepest = 2.0 / float(np.diff(nodes).max()) if len(nodes) > 1 else np.inf
    endless = problem.free[:, 0] & (np.abs(maximum.state.x[:, 0]) > min(steepest, 0.99 * STEEPEST))
    _, item = np.nonzero(problem.free.T)
    keep = ~maximum.held
    # An item with an infinite slope has no standard errors; the other items keep theirs.
    keep[: len(item)] &= ~endless[item]
    none = np.empty((0, 0))
    if not asked or not keep.any():
        return none, keep, endless, []
    if not maximum.information.size:
        words = tell(WORDS["too-many-parameters"], most=MOST_PARAMETERS)
        return none, keep, endless, [Note("too-many-parameters", None, words, (f"{MOST_PARAMETERS:,}",))]
    own = maximum.information[np.ix_(keep, keep)]
    singular = [Note("singular-information", None, tell(WORDS["singular-information"]))]
    if np.diag(own).min() <= 0:
        return none, keep, endless, singular
    root = 1.0 / np.sqrt(np.diag(own))
    values, vectors = np.linalg.eigh(own * np.outer(root, root))
    if values[0] <= 1e-9 * values[-1]:
        return none, keep, endless, singular
    return np.asarray((vectors / values) @ vectors.T * np.outer(root, root)), keep, endless, []

"""Scores of several groups → a three-parameter model with the same items in all groups, by marginal maximum
likelihood with a prior on c.

The item side is that of one group (`asymptotes`, `problem`): expected counts of the groups add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.words import tell
from examgen.psychometrics.irt.items import ItemParameters, Note, dichotomous
from examgen.psychometrics.irt.marginal import problem as one_group
from examgen.psychometrics.irt.marginal.ascent import (
    MOST_STEPS,
    TOLERANCE,
    Evaluation,
    Objective,
    maximise,
    newton,
)
from examgen.psychometrics.irt.marginal.asymptotes import C_AT_ZERO, rough_start
from examgen.psychometrics.irt.marginal.category_curves import Asymptotes, sigmoid
from examgen.psychometrics.irt.marginal.counts import category_counts, responses_of
from examgen.psychometrics.irt.marginal.fitting import LEAST_CANDIDATES, STEEPEST, WORDS
from examgen.psychometrics.irt.marginal.maximum import CHEAP, MOST_PARAMETERS
from examgen.psychometrics.irt.marginal.priors import Prior, checked, on_logit
from examgen.psychometrics.irt.marginal.problem import MarginalProblem, MarginalState
from examgen.psychometrics.irt.quadrature import normal_grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_ITEMS_SLOTS = 3


class Estimates(NamedTuple):
    """Of J items and G groups. The covariance is of the items' a, then d, then c, then mean and standard
    deviation of each group but the first."""

    items: ItemParameters
    mean: Floats
    sd: Floats
    covariance: Floats
    """(3J + 2(G − 1),) squared; NaN where it cannot be had."""
    log_likelihood: float
    n_parameters: int
    n_candidates: int
    converged: bool
    iterations: int
    notes: tuple[Note, ...]


class _Groups(NamedTuple):
    """The problem of each group, all with the same items; only the first bears the prior on c."""

    problems: tuple[MarginalProblem, ...]

    @property
    def n_own(self) -> int:
        """Parameters of items."""
        return int(self.problems[0].free.size)

    def unpacked(self, v: Floats) -> tuple[Floats, list[Floats]]:
        """(J, 3) parameters of items, and mean and sd of each group."""
        x = v[: self.n_own].reshape(_ITEMS_SLOTS, -1).T.copy()
        rest = v[self.n_own :].reshape(-1, 2)
        return x, [np.array([0.0, 1.0]), *rest]

    def packed(self, x: Floats, groups: Sequence[Floats]) -> Floats:
        """The free parameters as a vector."""
        return np.concatenate([x.T.ravel(), *groups[1:]])


def fit_items_and_groups(
    scores: NDArray[np.int8], groups: NDArray[np.integer], prior: Prior | None, standard_errors: bool
) -> Estimates:
    """Fit the 3PL to all groups: ability N(0, 1) in the first, N(μ, σ²) in the others.

    Maximises Σ_g Σ_i log Σ_q w_gq P(x_i | θ_q) + Σ_j log p(c_j) (Bock & Zimowski, 1997; Mislevy, 1986), over
    61 nodes on [−6, 6] that do not move. Every item has two different scores in all groups together.
    """
    prior = None if prior is None else checked(prior)
    n_groups = int(groups.max(initial=-1)) + 1
    answered = (scores >= 0).any(axis=1)
    scores, groups = scores[answered], groups[answered]
    grid, logit = normal_grid(), on_logit(prior)
    n_items = scores.shape[1]
    lower = np.array([-STEEPEST, -np.inf, -40.0 if logit else 0.0])
    upper = np.array([STEEPEST, np.inf, 40.0 if logit else 0.95])
    problems = tuple(
        MarginalProblem(
            responses_of(scores[groups == g], np.full(n_items, 2, dtype=np.intp), len(grid.nodes)),
            Asymptotes(False, logit, prior if g == 0 else None),
            (_ITEMS_SLOTS,),
            grid.nodes,
            None,
            np.ones((n_items, _ITEMS_SLOTS), dtype=np.bool_),
            lower,
            upper,
            np.full(2, g > 0),
        )
        for g in range(n_groups)
    )
    whole = _Groups(problems)
    x, means = rough_start(scores, prior, logit), _rough_means(scores, groups, n_groups)
    begun = whole.packed(x, means)
    ends = [np.repeat(end, n_items) for end in (lower, upper)]
    low = np.concatenate([ends[0], np.tile([-20.0, one_group.LEAST_SD], n_groups - 1)])
    high = np.concatenate([ends[1], np.tile([20.0, 20.0], n_groups - 1)])
    work = sum(
        float(p.responses.z.shape[0]) * p.responses.z.shape[1] ** 2 * len(grid.nodes) for p in problems
    )
    hill = Objective(
        lambda v: _point(whole, v),
        (lambda point: _information(whole, point)) if len(begun) <= MOST_PARAMETERS else None,
        low,
        high,
        costly=work >= CHEAP,
    )
    found = maximise(begun, hill, tolerance=TOLERANCE, max_iterations=MOST_STEPS, em_steps=40)
    if standard_errors and found.observed is None and hill.information is not None:
        found = newton(found, hill, TOLERANCE, MOST_STEPS)
    observed = found.observed if standard_errors else None
    return _estimates(whole, found.point, observed, hill.held(found.point), logit, found, len(scores))


def _rough_means(scores: NDArray[np.int8], groups: NDArray[np.integer], n_groups: int) -> list[Floats]:
    """Mean 0 and sd 1 of each group, moved by what it has right of the items that others have, too."""
    right = np.where(scores > 0, 1.0, 0.0).sum(axis=0) / np.maximum((scores >= 0).sum(axis=0), 1)
    out = []
    for g in range(n_groups):
        own = scores[groups == g]
        away = np.where(own >= 0, own - right, 0.0).sum() / max(int((own >= 0).sum()), 1)
        out.append(np.array([float(np.clip(5.0 * away, -2.0, 2.0)), 1.0]))
    return [one - np.array([out[0][0], 0.0]) for one in out]


def _states(whole: _Groups, v: Floats) -> list[MarginalState]:
    x, means = whole.unpacked(v)
    return [one_group.evaluate(p, x, group) for p, group in zip(whole.problems, means, strict=True)]


def _point(whole: _Groups, v: Floats) -> Evaluation:
    """The log posterior, its gradient, and where one step of expectation and maximisation leads."""
    x, means = whole.unpacked(v)
    if not all(one_group.inside(p, x, group) for p, group in zip(whole.problems, means, strict=True)):
        return Evaluation(v, np.nan, np.zeros_like(v), v, None)
    states = _states(whole, v)
    first = whole.problems[0]
    counts = [
        sum(parts)
        for parts in zip(
            *(category_counts(p.responses, s.expected) for p, s in zip(whole.problems, states, strict=True)),
            strict=True,
        )
    ]
    new, slope = one_group.scored(first, x, first.free, np.asarray(counts[0]))
    steps = [one_group.group_step(p, s) for p, s in zip(whole.problems, states, strict=True)]
    gradient = whole.packed(slope, [one[1] for one in steps])
    proposal = whole.packed(new, [one[0] for one in steps])
    return Evaluation(v, sum(s.value for s in states), gradient, proposal, None, states)


def _information(whole: _Groups, point: Evaluation) -> Floats:
    """Minus the second derivatives of the log posterior: those of the groups add up over the items."""
    n, size = whole.n_own, len(point.x)
    out = np.zeros((size, size))
    for g, (problem, state) in enumerate(zip(whole.problems, point.state, strict=True)):
        own = one_group.observed_information(problem, state)
        at = np.arange(n) if g == 0 else np.concatenate([np.arange(n), n + 2 * (g - 1) + np.arange(2)])
        out[np.ix_(at, at)] += own
    return out


def _estimates(
    whole: _Groups,
    point: Evaluation,
    observed: Floats | None,
    held: Bools,
    logit: bool,
    found: object,
    n: int,
) -> Estimates:
    x, means = whole.unpacked(point.x)
    c = sigmoid(x[:, 2]) if logit else x[:, 2]
    covariance = np.full((len(point.x), len(point.x)), np.nan)
    notes: list[Note] = []
    if observed is not None:
        inside = np.flatnonzero(~held)
        own = observed[np.ix_(inside, inside)]
        try:
            np.linalg.cholesky(own)
            covariance[np.ix_(inside, inside)] = np.linalg.inv(own)
        except np.linalg.LinAlgError:
            notes.append(Note("singular-information", None, tell(WORDS["singular-information"])))
    chain = np.ones(len(point.x))
    if logit:
        chain[2 * len(c) : 3 * len(c)] = c * (1.0 - c)
    converged, iterations = bool(found.converged), int(found.iterations)  # type: ignore[attr-defined]
    if not converged:
        words = tell(WORDS["not-converged"], steps=iterations)
        notes.append(Note("not-converged", None, words, (f"{iterations}",)))
    for j in np.flatnonzero(np.abs(x[:, 0]) >= STEEPEST):
        words = tell(WORDS["slope-to-infinity"], slope=x[j, 0])
        notes.append(Note("slope-to-infinity", int(j), words, (f"{x[j, 0]:.0f}",)))
    if not logit:
        at_zero = np.flatnonzero(held[2 * len(c) : 3 * len(c)] & (c < 0.5))
        notes += [Note("c-at-zero", int(j), C_AT_ZERO) for j in at_zero]
    if n < LEAST_CANDIDATES["3pl"]:
        notes.append(Note("few-candidates", None, tell(WORDS["few-candidates"], n=n), (f"{n}",)))
    return Estimates(
        dichotomous(x[:, 0], x[:, 1], c),
        np.array([one[0] for one in means]),
        np.array([one[1] for one in means]),
        covariance * np.outer(chain, chain),
        sum(state.log_likelihood for state in point.state),
        len(point.x),
        n,
        converged,
        iterations,
        tuple(notes),
    )

"""Right and wrong answers and a Q-matrix → the DINA or the G-DINA model by marginal maximum likelihood.

A candidate has mastered an attribute or not; a profile says which. An item asks for the attributes of its row
of the Q-matrix. Under DINA it is answered right with 1 − slip by whoever has mastered all of them, and with
guess by everybody else; under G-DINA each combination of the attributes that it asks for has a chance of its
own. Both are one model here: profiles fall into the groups of an item, each group has its chance P.

References
----------
de la Torre, J. (2009). DINA model and parameter estimation: A didactic. Journal of Educational and Behavioral
Statistics, 34(1), 115–130.
de la Torre, J. (2011). The generalized DINA model framework. Psychometrika, 76(2), 179–199.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.core.responses.matrix import Scores, score_cells
from examgen.psychometrics.diagnosis.structure import Structure, maximised, start
from examgen.psychometrics.irt.items import Floats

MOST_ATTRIBUTES = 12
"""4,096 profiles: with each attribute more, time and memory double."""
MODELS = ("dina", "gdina")
_EDGE = 1e-8
_AT_ONCE = 1 << 22
"""Patterns × profiles that are looked at at a time."""


class ProfileDesign(NamedTuple):
    """What profiles and groups there are."""

    model: str
    q: NDArray[np.bool_]
    """(J, K) attributes that items ask for."""
    profiles: Floats
    """(C, K) of zeros and ones; the first has mastered nothing, the last all."""
    group: NDArray[np.int64]
    """(J, C) the parameter that profile c has on item j."""
    first: NDArray[np.int64]
    """(J + 1,) where the parameters of each item begin."""


class AnswerPatterns(NamedTuple):
    """Distinct rows of answers."""

    right: Floats
    """(U, J) 1 where right."""
    wrong: Floats
    """(U, J) 1 where wrong; both are 0 where there is no answer."""
    n: Floats
    """(U,) candidates of each."""
    of: NDArray[np.int64]
    """(N,) the row of each candidate."""


class Diagnosis(NamedTuple):
    """An estimated model."""

    design: ProfileDesign
    p: Floats
    """(M,) chance of a right answer of each group of each item; of DINA guess, then 1 − slip."""
    structure: Structure
    log_likelihood: float
    n_parameters: int
    n_candidates: int
    iterations: int
    converged: bool

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2.0 * self.n_parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(np.log(self.n_candidates)) * self.n_parameters - 2.0 * self.log_likelihood


def design_of(q: NDArray[np.bool_], model: str) -> ProfileDesign:
    """Of a Q-matrix (J, K) whose items ask for an attribute each at least.

    The groups of a G-DINA item stand in the order of binary numbers, its first attribute the highest digit.
    """
    n_items, k = q.shape
    if k > MOST_ATTRIBUTES or not q.any(axis=1).all():
        raise ValueError("items ask for an attribute at least, of 12 at most")
    profiles = (np.arange(1 << k)[:, None] >> np.arange(k)[::-1]) & 1
    group, first = np.empty((n_items, 1 << k), np.int64), np.zeros(n_items + 1, np.int64)
    for j in range(n_items):
        own = profiles[:, q[j]]
        if model == "dina":
            place, n = own.all(axis=1).astype(np.int64), 2
        else:
            n = 1 << own.shape[1]
            place = own @ (1 << np.arange(own.shape[1])[::-1])
        group[j] = first[j] + place
        first[j + 1] = first[j] + n
    return ProfileDesign(model, q, profiles.astype(np.float64), group, first)


def answers_of(scores: Scores) -> AnswerPatterns:
    """Candidates × items: 1 right, 0 wrong, below 0 or NaN no answer."""
    rows, of, n = np.unique(score_cells(scores), axis=0, return_inverse=True, return_counts=True)
    return AnswerPatterns(
        (rows == 1).astype(np.float64), (rows == 0).astype(np.float64), n.astype(np.float64), of.ravel()
    )


def estimate(
    answers: AnswerPatterns,
    design: ProfileDesign,
    structure: str = "saturated",
    *,
    tolerance: float = 1e-7,
    rise: float = 0.0,
    most: int = 5_000,
    begin: Diagnosis | None = None,
) -> Diagnosis:
    """By EM from chances of 0.2 to 0.8, or from the estimates of `begin`, a model within this one; ends where
    no chance and no share changes by as much as `tolerance`, or the log-likelihood rises by less than `rise`:
    with many profiles some chances drift on for thousands of steps in which nothing is gained.

    A chance is kept 1e-8 away from 0 and 1. Groups that no candidate can be in keep what they began with.
    """
    # from 0.2 for whoever has mastered nothing that is asked to 0.8 for whoever has mastered all of it
    p = np.empty(design.first[-1])
    asked = design.q.sum(axis=1)
    mastered = design.q.astype(np.float64) @ design.profiles.T
    share = mastered / asked[:, None]
    if design.model == "dina":
        share = (share == 1).astype(np.float64)
    p[design.group.ravel()] = 0.2 + 0.6 * share.ravel()
    found = start(structure, design.profiles)
    if begin is not None:
        p[design.group.ravel()] = begin.p[begin.design.group.ravel()]
        found = begin.structure
    change, gain, reached, iterations = np.inf, np.inf, -np.inf, 0
    while change >= tolerance and gain >= rise and iterations < most:
        iterations += 1
        counts, right, tried, log_likelihood = _expected(answers, design, p, found)
        gain, reached = log_likelihood - reached, log_likelihood
        sums = [np.bincount(design.group.ravel(), x.ravel(), len(p)) for x in (right, tried)]
        new = np.where(sums[1] > 1e-12, sums[0] / np.maximum(sums[1], 1e-12), p)
        new = np.clip(new, _EDGE, 1 - _EDGE)
        after = maximised(found, design.profiles, counts)
        change = max(np.abs(new - p).max(), np.abs(after.shares - found.shares).max())
        p, found = new, after
    log_likelihood = sum(
        float(answers.n[rows] @ marginal) for rows, _, marginal in posteriors(answers, design, p, found)
    )
    return Diagnosis(
        design,
        p,
        found,
        log_likelihood,
        len(p) + found.n_parameters,
        int(answers.n.sum()),
        iterations,
        change < tolerance or gain < rise,
    )


def posteriors(
    answers: AnswerPatterns, design: ProfileDesign, p: Floats, structure: Structure
) -> list[tuple[slice, Floats, Floats]]:
    """Part by part of the distinct rows: (u, C) the chance of each profile, (u,) the log-likelihood."""
    return [(rows, *_posterior(answers, rows, design, p, structure)) for rows in _parts(answers, design)]


def log_likelihoods(answers: AnswerPatterns, rows: slice, design: ProfileDesign, p: Floats) -> Floats:
    """(u, C) of some of the distinct rows, given the profile."""
    chance = p[design.group]
    return np.asarray(answers.right[rows] @ np.log(chance) + answers.wrong[rows] @ np.log1p(-chance))


def _parts(answers: AnswerPatterns, design: ProfileDesign) -> list[slice]:
    step = max(_AT_ONCE // len(design.profiles), 1)
    return [slice(first, first + step) for first in range(0, len(answers.n), step)]


def _posterior(
    answers: AnswerPatterns, rows: slice, design: ProfileDesign, p: Floats, structure: Structure
) -> tuple[Floats, Floats]:
    joint = log_likelihoods(answers, rows, design, p)
    joint += np.log(np.maximum(structure.shares, 1e-300))
    top = joint.max(axis=1, keepdims=True)
    np.exp(joint - top, out=joint)
    total = joint.sum(axis=1, keepdims=True)
    joint /= total
    return joint, (np.log(total) + top)[:, 0]


def _expected(
    answers: AnswerPatterns, design: ProfileDesign, p: Floats, structure: Structure
) -> tuple[Floats, Floats, Floats, float]:
    """(C,) candidates of each profile, (J, C) right answers and answers, and the log-likelihood."""
    counts, log_likelihood = np.zeros(len(design.profiles)), 0.0
    right, tried = np.zeros((2, *design.group.shape))
    for rows in _parts(answers, design):
        posterior, marginal = _posterior(answers, rows, design, p, structure)
        log_likelihood += float(answers.n[rows] @ marginal)
        posterior *= answers.n[rows, None]
        own = answers.right[rows].T @ posterior
        counts += posterior.sum(axis=0)
        right += own
        tried += own + answers.wrong[rows].T @ posterior
    return counts, right, tried, log_likelihood

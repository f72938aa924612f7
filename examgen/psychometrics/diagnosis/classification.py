"""A diagnosis → the profile of each candidate, and how far the profiles are to be trusted.

References
----------
Johnson, M. S., & Sinharay, S. (2020). The reliability of the posterior probability of skill attainment in
diagnostic classification models. Journal of Educational and Behavioral Statistics, 45(1), 5–31.
Wang, W., Song, L., Chen, P., Meng, Y., & Ding, S. (2015). Attribute-level and pattern-level classification
consistency and accuracy indices for cognitive diagnostic assessment. Journal of Educational Measurement,
52(4), 457–476.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from examgen.psychometrics.diagnosis.models import AnswerPatterns, Diagnosis, log_likelihoods, posteriors
from examgen.psychometrics.irt.items import Floats


class Profiles(NamedTuple):
    """Of N candidates."""

    mastery: Floats
    """(N, K) posterior chance of having mastered each attribute: EAP."""
    most_likely: NDArray[np.int64]
    """(N,) profile of the greatest posterior chance: MAP."""
    most_likely_chance: Floats
    """(N,) its posterior chance."""
    by_answers: NDArray[np.int64]
    """(N,) profile under which the answers are likeliest, whatever the shares: ML; the first of several."""
    by_answers_ties: NDArray[np.int64]
    """(N,) how many profiles are as likely."""


class Trust(NamedTuple):
    """How often a classification is right, and would be the same on another form, as the model expects."""

    accuracy: Floats
    """(K,) mean of max(p, 1 − p): mastered where the posterior chance p is above one half."""
    consistency: Floats
    """(K,) mean of p² + (1 − p)²: of two draws from the posterior."""
    reliability: Floats
    """(K,) variance of p over p̄ (1 − p̄): how much of the difference between masters and others it tells."""
    profile_accuracy: float
    """Mean posterior chance of the most likely profile."""
    profile_consistency: float


def profiles(answers: AnswerPatterns, found: Diagnosis) -> tuple[Profiles, Trust]:
    """Of all candidates, in their order."""
    design = found.design
    u = len(answers.n)
    mastery = np.empty((u, design.q.shape[1]))
    best, chance, likely, ties = (
        np.empty(u, np.int64),
        np.empty(u),
        np.empty(u, np.int64),
        np.empty(u, np.int64),
    )
    same = np.empty(u)
    for rows, posterior, _ in posteriors(answers, design, found.p, found.structure):
        mastery[rows] = posterior @ design.profiles
        best[rows], chance[rows] = posterior.argmax(axis=1), posterior.max(axis=1)
        same[rows] = np.square(posterior).sum(axis=1)
        log = log_likelihoods(answers, rows, design, found.p)
        likely[rows] = log.argmax(axis=1)
        ties[rows] = (log > log.max(axis=1, keepdims=True) - 1e-9).sum(axis=1)
    weight = answers.n / answers.n.sum()
    mean = weight @ mastery
    with np.errstate(divide="ignore", invalid="ignore"):
        reliability = weight @ np.square(mastery - mean) / (mean * (1 - mean))
    trust = Trust(
        weight @ np.maximum(mastery, 1 - mastery),
        weight @ (np.square(mastery) + np.square(1 - mastery)),
        reliability,
        float(weight @ chance),
        float(weight @ same),
    )
    of = answers.of
    return Profiles(mastery[of], best[of], chance[of], likely[of], ties[of]), trust

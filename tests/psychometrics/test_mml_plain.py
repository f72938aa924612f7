"""Every marginal fit against a slow climb of the same likelihood (`plain_likelihood`), on simulated data.

The fast fits take sums in float32, some of the nodes, informations of nearby points.
None of that may move the maximum. Here the plain optimiser climbs on from where a fit ended, and, in small
data, from a neutral start: it may gain at most GAIN, which puts every parameter within √(2 GAIN) = 0.0015 of
its standard errors from the maximum, in any direction. Abilities are normal, skewed or of two kinds; an item
is very easy, one very hard, one hardly discriminates and one much; answers are missing in four ways.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.stats.irt_models import Fit
from examgen.stats.mml_curves import BetaPrior, LogitNormal, Prior
from examgen.stats.mml_fit import fit_groups, fit_mml
from tests.effort import some
from tests.psychometrics.plain_likelihood import Plain, distances

Floats = NDArray[np.float64]
GAIN = 1e-6
"""Log-likelihood that the plain optimiser may find above a fit's."""
REPORTED = 1e-7
"""Of what the fit says its log-likelihood is."""
BLANKS = ("complete", "random", "forms", "mixed", "speeded")
PRIORS: dict[str, tuple[Prior, tuple[str, float, float]]] = {
    "normal": (LogitNormal(-1.4, 0.5), ("normal", -1.4, 0.5)),
    "beta": (BetaPrior(5, 17), ("beta", 5.0, 17.0)),
}


class Case(NamedTuple):
    model: str
    blanks: str
    seed: int
    n: int = 600
    n_items: int = 10
    n_groups: int = 1
    prior: str = ""


def simulated(case: Case) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Scores and groups."""
    rng = np.random.default_rng(case.seed)
    n, n_items = case.n, case.n_items
    theta = (
        rng.normal(size=n),
        rng.exponential(size=n) - 1.0,
        np.where(rng.random(n) < 0.2, rng.normal(-2.2, 0.5, n), rng.normal(0.5, 0.6, n)),
    )[case.seed % 3]
    group = np.arange(n) % case.n_groups
    theta = theta + 0.5 * group + 0.3 * group * theta
    a, b = np.exp(0.4 * rng.normal(size=n_items)), rng.normal(size=n_items)
    b[:2], a[2:4] = (3.2, -3.0), (0.25, 2.3)
    if case.model == "3pl":
        b[:2], a[2:4] = (1.8, -1.0), (0.7, 1.8)
    if case.model in {"grm", "pcm", "gpcm"}:
        steps = 0.6 * b[:, None] + 0.9 * np.sort(rng.normal(size=(n_items, 2 + case.seed % 2)), axis=1)
        z = a[:, None] * (theta[:, None, None] - steps)
        cells = (rng.random((n, n_items, 1)) < 1 / (1 + np.exp(-z))).sum(axis=2)
    else:
        c = rng.uniform(0.1, 0.25, n_items) if case.model == "3pl" else np.zeros(n_items)
        chance = c + (1 - c) / (1 + np.exp(-a * (theta[:, None] - b)))
        cells = rng.random((n, n_items)) < chance
    scores = cells.astype(np.int8)
    categories = np.arange(scores.max() + 1)
    scores[-len(categories) :] = categories[:, None]  # nobody has to close up any
    half, third = rng.random(n) < 0.5, n_items // 3
    if case.blanks in {"forms", "mixed"}:
        scores[np.ix_(half, np.arange(n_items - third, n_items))] = -1
    if case.blanks == "forms":
        scores[np.ix_(~half, np.arange(third))] = -1
    if case.blanks == "mixed":
        scores[(rng.random(scores.shape) < 0.1) & (rng.random((n, 1)) < 0.3)] = -1
        scores[:3] = -1
    if case.blanks == "random":
        scores[rng.random(scores.shape) < 0.15] = -1
    if case.blanks == "speeded":
        scores[np.arange(n_items) >= rng.integers(n_items // 2, 2 * n_items, n)[:, None]] = -1
    return scores, group


class Ended(NamedTuple):
    """Where a fit ended: items as `Plain` has them, means and log sds, the log-likelihood as reported."""

    x: Floats
    ability: Floats
    reported: float
    converged: bool
    endless: bool


def ended(case: Case, scores: NDArray[np.int8], group: NDArray[np.int64]) -> Ended:
    prior = PRIORS[case.prior][0] if case.prior else None
    if case.n_groups == 1:
        fits: tuple[Fit, ...] = (fit_mml(scores, case.model, prior_c=prior),)
    else:
        fits = fit_groups(scores, group, model=case.model, prior_c=prior).fits
    first = fits[0]
    a, d, c = first.parameters.a, first.parameters.d, first.parameters.c
    ability = np.array([[fit.mean[0], np.log(fit.sd[0])] for fit in fits])
    reported, converged = first.log_likelihood + first.log_prior, first.converged
    x = np.hstack([a[:, None], distances(d) if case.model == "grm" else d])
    if case.model == "3pl":
        x = np.hstack([x, (np.log(c / (1 - c)) if case.prior else c)[:, None]])
    endless = any(note.code == "slope-to-infinity" for note in first.notes)
    return Ended(x, ability, reported, converged, endless)


def neutral(case: Case, scores: NDArray[np.int8], x: Floats) -> Floats:
    """A start that knows nothing of the fit."""
    out = np.zeros_like(x)
    share = np.array([(column[column >= 0] > 0).mean() for column in scores.T])
    out[:, 0], out[:, 1] = 1.0, np.log(share / (1 - share))
    if case.model == "3pl":
        out[:, 2] = -1.5 if case.prior else 0.15
    if case.model in {"pcm", "gpcm"}:
        out[:, 2:] = out[:, 1:2]
    return out


OF_2PL = tuple(zip(BLANKS, (30, 34, 32, 33, 34), strict=True))
OF_3PL = tuple(zip(BLANKS, (42, 55, 41, 42, 40), strict=True))
"""Seeds with which no slope runs to infinity."""
CASES = [
    *(Case("rasch", blanks, 10 + k) for k, blanks in enumerate(BLANKS)),
    *(Case("1pl", blanks, 20 + k) for k, blanks in enumerate(BLANKS)),
    *(Case("2pl", blanks, seed, n=1500) for blanks, seed in OF_2PL),
    *(Case("3pl", blanks, seed, n=900, prior="normal") for blanks, seed in OF_3PL),
    *(Case("3pl", blanks, seed, n=900, prior="beta") for blanks, seed in OF_3PL),
    *(Case("grm", blanks, 60 + k) for k, blanks in enumerate(BLANKS)),
    *(Case("gpcm", blanks, 70 + k) for k, blanks in enumerate(BLANKS[1:])),
    *(Case("pcm", blanks, 80 + k) for k, blanks in enumerate(BLANKS[1:4])),
    *(Case("2pl", blanks, 90 + k, n=1200, n_groups=2) for k, blanks in enumerate(BLANKS[:4])),
    *(Case("rasch", blanks, 100 + k, n_groups=3) for k, blanks in enumerate(BLANKS[1:3])),
    *(Case("3pl", blanks, 110 + k, n=1200, n_groups=2, prior="beta") for k, blanks in enumerate(BLANKS[:2])),
    *(Case("grm", blanks, 120 + k, n_groups=2) for k, blanks in enumerate(BLANKS[1:3])),
    *(Case("gpcm", blanks, 130 + k, n_groups=2) for k, blanks in enumerate(BLANKS[2:4])),
]
LARGE = [
    *(Case("2pl", blanks, 200 + k, n=4000, n_items=40) for k, blanks in enumerate(BLANKS)),
    *(Case("3pl", blanks, 210 + k, n=3000, n_items=30, prior="beta") for k, blanks in enumerate(BLANKS[:3])),
    *(Case("3pl", blanks, 220 + k, n=3000, n_items=30) for k, blanks in enumerate(BLANKS[:3])),
    *(Case("grm", blanks, 230 + k, n=3000, n_items=20) for k, blanks in enumerate(BLANKS[:3])),
    *(Case("gpcm", blanks, 240 + k, n=3000, n_items=20) for k, blanks in enumerate(BLANKS[:3])),
]
"""Data that take the ways of large ones: informations that are costly."""


def held(case: Case) -> tuple[Plain, Ended, NDArray[np.bool_]]:
    """The plain likelihood, where the fit ended, and what of the abilities is free."""
    scores, group = simulated(case)
    found = ended(case, scores, group)
    there = (scores >= 0).any(axis=1)
    # the weights of a lone Rasch model's nodes are not made to sum to 1 as its sd moves
    whole = case.model != "rasch" or case.n_groups > 1
    plain = Plain(
        case.model, scores[there], group[there], PRIORS[case.prior][1] if case.prior else None, whole
    )
    free = np.zeros((case.n_groups, 2), dtype=np.bool_)
    free[1:] = True
    free[:, 1] |= case.model in {"rasch", "pcm"}
    assert found.converged
    assert not found.endless
    return plain, found, free


def name(case: Case) -> str:
    return f"{case.model}{case.prior and '-' + case.prior}-{case.n_groups}-{case.blanks}-{case.n}"


@pytest.mark.parametrize("case", [*some(CASES, 20), *some(LARGE, 8)], ids=name)
def test_no_climb_gains_on_a_fit(case: Case) -> None:
    plain, found, free = held(case)
    value = plain.value(found.x, found.ability)
    if plain.whole and not (case.prior and case.n_groups > 1):
        assert found.reported == pytest.approx(value, abs=REPORTED)
    assert plain.climbed(found.x, found.ability, free)[0] - value < GAIN
    if case in CASES:
        start = neutral(case, plain.scores, found.x)
        assert plain.climbed(start, np.zeros_like(found.ability), free)[0] - value < GAIN

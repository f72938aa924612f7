"""Counts of a cohort by score → where each score stands in it: rank, percentile rank, T-score.

Scores are whole numbers (of whatever unit), so that every figure but the normal quantile is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from examgen.intervals import normal_quantile
from examgen.scoring.exact import fraction_text, half_up, scaled_text

MEAN, SPREAD = 50, 10


class Standing(NamedTuple):
    """Texts of one score's place in the cohort; `t_score` is empty where it is undefined or not asked."""

    rank: str
    percentile: str
    t_score: str


class Cohort(NamedTuple):
    """Candidates by score: their number, the sum of the scores and of their squares."""

    n: int
    total: int
    squares: int


class Place(NamedTuple):
    """A score, how many have it, and how many have less."""

    score: int
    same: int
    below: int


def standings(counts: Mapping[int, int], t_score: str | None = None) -> dict[int, Standing]:
    """Where each score stands that somebody has: counts of candidates by score.

    `rank` is 1 and the number of those above, so that ties share the better rank and as many are left out
    after them (1, 2, 2, 4). `percentile` is the percentile rank,

        PR = 100 (below + same / 2) / N

    with two decimals. `t_score` is `linear`, 50 + 10 (x − M) / S with the mean and the standard deviation of
    the cohort itself (divided by N: the cohort is everybody who sat, not a sample of them), empty where all
    have the same score; or `normalised`, 50 + 10 Φ⁻¹(PR / 100), McCall's T. Two decimals, a half rounded up.

    References
    ----------
    Crocker, L., & Algina, J. (1986). Introduction to classical and modern test theory, chapter 19
    (percentile ranks, linear and normalised scores).
    McCall, W. A. (1922). How to measure in education. Macmillan.
    """
    have = {score: counts[score] for score in sorted(counts) if counts[score]}
    cohort = Cohort(
        sum(have.values()),
        sum(score * n for score, n in have.items()),
        sum(score * score * n for score, n in have.items()),
    )
    t_text = T_SCORES[t_score]
    found, below = {}, 0
    for score, same in have.items():
        place = Place(score, same, below)
        rank = 1 + cohort.n - below - same
        percentile = fraction_text(100 * _percentile(place, cohort))
        found[score] = Standing(str(rank), percentile, t_text(place, cohort))
        below += same
    return found


def _percentile(place: Place, cohort: Cohort) -> Fraction:
    return Fraction(2 * place.below + place.same, 2 * cohort.n)


def _no_t(place: Place, cohort: Cohort) -> str:
    return ""


def _linear_t(place: Place, cohort: Cohort) -> str:
    """From z = d / √v with d = N x − Σ, v = N Σ² − (Σ)²; its hundredths by a whole root, so exactly."""
    distance = cohort.n * place.score - cohort.total
    variance = cohort.n * cohort.squares - cohort.total**2
    if not variance:
        return ""
    scale = 100 * SPREAD
    square = 4 * (scale * distance) ** 2
    twice = isqrt(square // variance)  # twice the distance in hundredths, rounded down
    is_half = twice % 2 == 1 and twice * twice * variance == square
    nearest = twice // 2 if is_half and distance < 0 else (twice + 1) // 2
    return scaled_text(100 * MEAN + (nearest if distance >= 0 else -nearest), 2)


def _normalised_t(place: Place, cohort: Cohort) -> str:
    z = normal_quantile(float(_percentile(place, cohort)))
    return scaled_text(half_up(100 * (MEAN + SPREAD * Fraction(z))), 2)


T_SCORES: dict[str | None, Callable[[Place, Cohort], str]] = {
    None: _no_t,
    "linear": _linear_t,
    "normalised": _normalised_t,
}

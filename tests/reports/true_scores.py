"""How often what a candidate's page says of the error is so.

`python -m tests.reports.true_scores` prints the table of docs/validation/true-scores.md, which
test_true_scores.py holds the page to. Papers are drawn anew for everybody from a pool of
unlike items (2PL). Whoever knows an answer marks it; whoever does not leaves it blank or guesses. A true
score is the mean over the pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.models.scoring import ScoringRule
from examgen.core.uncertainty import TotalScale, lord_square
from examgen.rendering.parts import Words
from examgen.reports.candidate_report.error import Marks, exactness

Floats = npt.NDArray[np.float64]

LENGTHS = (20, 40, 80)
TRUE_SCORES = (0.4, 0.6, 0.8)
"""Share of all points; people are spread evenly over five per cent to either side."""
PEOPLE, POOL = 20_000, 2_000
WORDS = Words({})


class Scoring(NamedTuple):
    """A rule, by what share of the unknown is left blank, and the options of items."""

    said: str
    rule: ScoringRule
    blank: float
    options: tuple[int, ...]


SCORINGS = (
    Scoring("right answers", ScoringRule(), 0.0, (4,)),
    Scoring("formula, 4 options", ScoringRule(wrong="by_options", floor="none"), 0.0, (4,)),
    Scoring("formula, 3 to 5 options, blanks", ScoringRule(wrong="by_options", floor="none"), 0.3, (3, 4, 5)),
    Scoring("a wrong one costs a quarter, blanks", ScoringRule(wrong=0.25), 0.3, (4,)),
)


class Found(NamedTuple):
    """Shares of people of about one true score; `sd` and `error` are in points."""

    scoring: str
    n_items: int
    true_score: float
    true_held: float
    """Whose range holds the true score."""
    repeat_held: float
    """Whose range holds the score on one other paper."""
    sd: float
    """Of the scores about true ones."""
    error: float
    """Lord's at the mean of the true scores, as at a cut there, where everything is answered."""


class Pool(NamedTuple):
    """Items (POOL,): slope, difficulty, how many options, and what a wrong answer costs."""

    a: Floats
    b: Floats
    k: npt.NDArray[np.int64]
    cost: Floats


def pool_of(scoring: Scoring, rng: np.random.Generator) -> Pool:
    """Items of unlike difficulty and slope."""
    k = rng.choice(np.array(scoring.options), POOL)
    cost = np.array([float(scoring.rule.penalty(int(n))) for n in range(6)])[k]
    return Pool(rng.lognormal(0, 0.3, POOL), rng.normal(0, 1.2, POOL), k, cost)


def known(pool: Pool, theta: Floats) -> Floats:
    """(n, POOL): how likely each item is known."""
    return np.asarray(1 / (1 + np.exp(-pool.a * (theta[:, None] - pool.b))))


def expected(pool: Pool, scoring: Scoring, theta: Floats) -> Floats:
    """The mean score of an item of the pool."""
    lucky = (1 - scoring.blank) * (1 / pool.k - pool.cost * (1 - 1 / pool.k))
    p = known(pool, theta)
    return np.asarray((p + (1 - p) * lucky).mean(axis=1))


def paper(
    pool: Pool, scoring: Scoring, theta: Floats, n_items: int, rng: np.random.Generator
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Points and number of blanks of each person on a paper of their own."""
    items = rng.integers(0, POOL, (len(theta), n_items))
    a, b, k, cost = (part[items] for part in pool)
    knows = rng.random(items.shape) < 1 / (1 + np.exp(-a * (theta[:, None] - b)))
    blank = ~knows & (rng.random(items.shape) < scoring.blank)
    right = knows | (~blank & (rng.random(items.shape) < 1 / k))
    points = np.where(right, 1.0, np.where(blank, 0.0, -cost))
    return points.sum(axis=1), blank.sum(axis=1)


def found(seed: int = 2569, people: int = PEOPLE) -> Iterator[Found]:
    """Every scoring, length and true score."""
    rng = np.random.default_rng(seed)
    grid = np.linspace(-6, 6, 241)
    for scoring in SCORINGS:
        pool = pool_of(scoring, rng)
        curve = expected(pool, scoring, grid)
        for n_items in LENGTHS:
            for share in TRUE_SCORES:
                mean = share + rng.uniform(-0.05, 0.05, people)
                theta = np.interp(mean, curve, grid)
                yield _found(scoring, pool, n_items, share, mean, theta, rng)


def _found(
    scoring: Scoring, pool: Pool, n_items: int, share: float, mean: Floats, theta: Floats, rng: Any
) -> Found:
    true = n_items * mean
    score, blanks = paper(pool, scoring, theta, n_items, rng)
    again, _ = paper(pool, scoring, theta, n_items, rng)
    if scoring.rule.floor == "total":
        score, again = np.maximum(score, 0), np.maximum(again, 0)
    cost = Fraction(float(pool.cost.mean())).limit_denominator(1000)
    scale = TotalScale(-n_items * cost, n_items, n_items)
    low, high = ranges(score, blanks, scale, scoring.rule)
    error = float(lord_square(Fraction(share * n_items), scale)) ** 0.5
    return Found(
        scoring.said,
        n_items,
        share,
        float(np.mean((low <= true) & (true <= high))),
        float(np.mean((low <= again) & (again <= high))),
        float(np.sqrt(np.mean((score - true) ** 2))),
        error,
    )


def ranges(
    score: Floats, blanks: npt.NDArray[np.int64], scale: TotalScale, rule: ScoringRule
) -> tuple[Floats, Floats]:
    """What the page says of each: it is asked once for all who have the same score and blanks."""
    n = scale.n_items
    rows, place = np.unique(np.stack([np.round(score, 4), blanks], axis=1), axis=0, return_inverse=True)
    said = [
        exactness(WORDS, f"{points:.4f}", scale, Marks(n - int(empty), int(empty), 0, 0), rule)[:2]
        for points, empty in rows.tolist()
    ]
    ends = np.array(said, dtype=np.float64)[place.ravel()]
    return ends[:, 0], ends[:, 1]


def table() -> str:
    """The table of docs/validation/true-scores.md."""
    head = "| scoring | items | true score | true score in its range | score on another paper in it |"
    rows = [head, "|---|---|---|---|---|"]
    for one in found(people=100_000):
        shares = (f"{100 * share:.1f} %" for share in (one.true_held, one.repeat_held))
        rows.append(
            " | ".join([f"| {one.scoring}", str(one.n_items), f"{100 * one.true_score:.0f} %", *shares])
            + " |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())

"""What results give away together with answers: docs/security.md says so, these are its figures.

No order and no cipher helps against it: a score is a sum over the key.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]


def answers(key: Whole, right: npt.NDArray[np.float64], chance: np.random.Generator) -> Whole:
    """Marks of candidates who are right with these probabilities; a wrong mark is any of the other three."""
    wrong = (key + chance.integers(1, 4, right.shape)) % 4
    return np.where(chance.random(right.shape) < right, key, wrong)


def test_a_handful_of_candidates_with_results_by_criterion_has_its_five_keys() -> None:
    """Every key of five questions is tried against the points that each pooled candidate got there."""
    chance = np.random.default_rng(1)
    every = np.array(list(product(range(4), repeat=5)))
    needed = []
    for _ in range(200):
        key = chance.integers(0, 4, 5)
        left, n = every, 0
        while len(left) > 1:
            mine = answers(key, np.full(5, chance.beta(3, 3)), chance)
            left = left[(left == mine).sum(axis=1) == (mine == key).sum()]
            n += 1
        needed.append(n)
    assert (np.median(needed), np.percentile(needed, 95)) == (4, 7)


def test_sixty_answer_rows_with_their_totals_have_the_key_of_forty_questions() -> None:
    """Least squares of the totals on the marks."""
    chance = np.random.default_rng(1)
    found = []
    for _ in range(20):
        key = chance.integers(0, 4, 40)
        right = 1 / (1 + np.exp(-chance.normal(size=(60, 1)) - chance.normal(size=40)))
        marks = answers(key, right, chance)
        chosen = (marks[:, :, None] == np.arange(4)).reshape(60, -1).astype(np.float64)
        weights = np.linalg.lstsq(chosen, (marks == key).sum(axis=1).astype(np.float64), rcond=None)[0]
        found.append((weights.reshape(40, 4).argmax(axis=1) == key).mean())
    assert np.mean(found) > 0.98
    assert min(found) >= 0.9

"""Tails of the Poisson-binomial distribution counted as fractions, and p-values adjusted as R does."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.stats.distributions import adjusted, at_least, at_most, hits


@given(st.lists(st.integers(0, 8), min_size=1, max_size=9))
def test_tails_agree_with_every_outcome_counted_exactly(eighths: list[int]) -> None:
    exact = [Fraction(0)] * (len(eighths) + 1)
    for outcome in range(1 << len(eighths)):
        chance = Fraction(1)
        for k, eighth in enumerate(eighths):
            chance *= Fraction(eighth if outcome >> k & 1 else 8 - eighth, 8)
        exact[outcome.bit_count()] += chance
    chances = np.array([eighths]) / 8
    assert hits(chances)[0] == pytest.approx([float(p) for p in exact], rel=1e-12, abs=0)
    assert at_most(chances)[0] == pytest.approx(
        [float(sum(exact[: k + 1])) for k in range(len(exact))], rel=1e-12
    )
    upper = [float(sum(exact[k:])) for k in range(len(exact))]
    assert at_least(chances)[0] == pytest.approx(upper, rel=1e-12, abs=0)


def test_a_tail_of_one_in_4_to_the_100th_is_not_lost() -> None:
    assert at_least(np.full((1, 100), 0.25))[0, 100] == pytest.approx(float(Fraction(1, 4**100)), rel=1e-12)


@pytest.mark.parametrize(
    ("p", "method", "n", "expected"),
    [
        # R 4.3: p.adjust(c(.01, .02, NA, .03, .5), …)
        ([0.01, 0.02, np.nan, 0.03, 0.5], "bh", None, [0.04, 0.04, np.nan, 0.04, 0.5]),
        ([0.01, 0.02, np.nan, 0.03, 0.5], "holm", None, [0.04, 0.06, np.nan, 0.06, 0.5]),
        ([0.01, 0.02, np.nan, 0.03, 0.5], "bonferroni", None, [0.04, 0.08, np.nan, 0.12, 1.0]),
        ([0.01, 0.04, 0.03, 0.005], "holm", None, [0.03, 0.06, 0.06, 0.02]),
        ([], "holm", None, []),
        # of more tests than are there the others are taken to fall nowhere
        ([0.01, 0.002, np.nan, 0.03, 0.2, 0.0001], "bonferroni", 5, [0.05, 0.01, np.nan, 0.15, 1.0, 0.0005]),
        ([0.01, 0.002, np.nan, 0.03, 0.2, 0.0001], "holm", 5, [0.03, 0.008, np.nan, 0.06, 0.2, 0.0005]),
        ([0.01, 0.002, np.nan, 0.03, 0.2, 0.0001], "bh", 5, [1 / 60, 0.005, np.nan, 0.0375, 0.2, 0.0005]),
        ([0.01, 0.002], "bh", 5, [0.025, 0.01]),
    ],
)
def test_adjusted_p_values_are_those_of_r(
    p: list[float], method: str, n: int | None, expected: list[float]
) -> None:
    more = () if n is None else (n,)
    np.testing.assert_allclose(adjusted(np.array(p), method, *more), expected)  # type: ignore[arg-type]

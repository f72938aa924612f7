"""Tails of the Poisson-binomial distribution against every outcome counted as fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.stats.distributions import at_least, at_most, hits


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

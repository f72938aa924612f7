"""Ranks, percentile ranks and T-scores of cohorts worked out by hand, and by other means."""

from __future__ import annotations

import statistics
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import NormalDist

from hypothesis import given
from hypothesis import strategies as st

from examgen.scoring.scales import standings


def test_ties_share_the_better_rank() -> None:
    found = standings({30: 1, 27: 2, 25: 1})
    assert {score: one.rank for score, one in found.items()} == {30: "1", 27: "2", 25: "4"}


def test_percentile_ranks_of_ten_scores() -> None:
    # five of ten below 4, two at 4: 60; nine below 7 and one at 7: 95
    found = standings({1: 2, 2: 1, 3: 2, 4: 2, 5: 1, 6: 1, 7: 1})
    assert (found[4].percentile, found[7].percentile) == ("60.00", "95.00")


def test_linear_t_scores_of_eight_with_mean_5_and_deviation_2() -> None:
    # 2, 4, 4, 4, 5, 5, 7, 9: the squared distances add up to 32, over 8 that is 2²
    found = standings({2: 1, 4: 3, 5: 2, 7: 1, 9: 1}, "linear")
    assert {score: one.t_score for score, one in found.items()} == {
        2: "35.00", 4: "45.00", 5: "50.00", 7: "60.00", 9: "70.00",
    }  # fmt: skip


def test_a_linear_t_score_of_an_exact_half_is_rounded_up_on_either_side_of_the_mean() -> None:
    # mean 5.6 and 4.4, deviation 3.2: 50 ∓ 10 · 0.6 / 3.2 are 48.125 and 51.875
    assert standings({0: 2, 5: 3, 7: 2, 9: 3}, "linear")[5].t_score == "48.13"
    assert standings({10: 2, 5: 3, 3: 2, 1: 3}, "linear")[5].t_score == "51.88"


def test_normalised_t_scores_of_known_percentile_ranks() -> None:
    # of 10,000: percentile ranks of 2.275, 15.87, 50, 84.13 and 97.725 are T of 30, 40, 50, 60 and 70
    counts = {1: 455, 2: 2264, 3: 4562, 4: 2264, 5: 455}
    found = standings(counts, "normalised")
    assert [found[score].percentile for score in (1, 3, 5)] == ["2.28", "50.00", "97.73"]
    assert [found[score].t_score for score in (1, 2, 3, 4, 5)] == [
        "30.00", "40.00", "50.00", "60.00", "70.00",
    ]  # fmt: skip


def test_no_t_score_where_all_have_the_same_or_nobody_sat() -> None:
    assert standings({20: 7}, "linear")[20].t_score == ""
    assert standings({20: 7}, "normalised")[20] == ("1", "50.00", "50.00")
    assert standings({}, "linear") == {}
    assert standings({20: 0}, "linear") == {}


def rounded(value: Fraction) -> str:
    return str((Decimal(value.numerator) / value.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


@given(st.lists(st.integers(-20, 60), min_size=1, max_size=60))
def test_standings_agree_with_counting_one_by_one(scores: list[int]) -> None:
    linear, normal = standings(Counter(scores), "linear"), standings(Counter(scores), "normalised")
    spread = statistics.pstdev(scores)
    for score in scores:
        below, same = sum(other < score for other in scores), scores.count(score)
        percentile = Fraction(200 * below + 100 * same, 2 * len(scores))
        assert linear[score].rank == str(1 + sum(other > score for other in scores))
        assert linear[score].percentile == rounded(percentile)
        if spread:
            t = 50 + 10 * (score - statistics.fmean(scores)) / spread
            assert abs(float(linear[score].t_score) - t) < 0.005 + 1e-9
        t = 50 + 10 * NormalDist().inv_cdf(float(percentile / 100))
        assert abs(float(normal[score].t_score) - t) < 0.005 + 1e-9

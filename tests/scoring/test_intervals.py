"""Intervals of a proportion against published values and exact tail sums; what units mean for a criterion."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.models.decisions import Judgement
from examgen.scoring.judge import criterion_scale
from examgen.stats.distributions import INTERVALS, clopper_pearson, normal_quantile, wilson


def at_most(right: int, n: int, p: float) -> float:
    """P(X ≤ right) for X ~ Bin(n, p), summed exactly."""
    q = Fraction(p)
    return float(sum(math.comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(right + 1)))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 14, 40, 100])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_clopper_pearson_leaves_half_of_the_rest_in_each_tail(n: int, confidence: float) -> None:
    tail = (1 - confidence) / 2
    for right in sorted({0, 1, n // 3, n // 2, n - 1, n}):
        low, high = clopper_pearson(right, n, confidence)
        assert 0 <= low < high <= 1
        if right:
            assert 1 - at_most(right - 1, n, low) == pytest.approx(tail, abs=1e-11)
        if right < n:
            assert at_most(right, n, high) == pytest.approx(tail, abs=1e-11)


@pytest.mark.parametrize("n", [1, 3, 10, 60])
def test_clopper_pearson_of_none_and_all_has_a_closed_form(n: int) -> None:
    end = 0.025 ** (1 / n)
    assert clopper_pearson(0, n, 0.95) == (0, pytest.approx(1 - end, abs=1e-12))
    assert clopper_pearson(n, n, 0.95) == (pytest.approx(end, abs=1e-12), 1)


def test_values_that_r_prints() -> None:
    # binom.test(7, 20)$conf.int and prop.test(7, 20, correct = FALSE)$conf.int
    assert clopper_pearson(7, 20, 0.95) == (
        pytest.approx(0.1539092, abs=5e-8),
        pytest.approx(0.5921885, abs=5e-8),
    )
    assert wilson(7, 20, 0.95) == (pytest.approx(0.1811918, abs=5e-8), pytest.approx(0.5671457, abs=5e-8))


def test_the_worked_example_of_newcombe() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857–872, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    shown = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (right, n), ends in shown.items():
        assert tuple(round(end, 4) for end in wilson(right, n, 0.95)) == ends
    exact = {
        (81, 263): (0.2527, 0.3676),
        (15, 148): (0.0578, 0.1617),
        (0, 20): (0, 0.1684),
        (1, 29): (0.0009, 0.1776),
    }
    for (right, n), ends in exact.items():
        assert tuple(round(end, 4) for end in clopper_pearson(right, n, 0.95)) == ends


@given(st.integers(1, 120), st.floats(0, 1), st.floats(0.5, 0.999))
def test_the_ends_of_wilson_solve_its_equation(n: int, share: float, confidence: float) -> None:
    right = n * share
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    for end in wilson(right, n, confidence):
        assert n * (end - share) ** 2 == pytest.approx(z * z * end * (1 - end), abs=1e-9)


@given(st.floats(1e-9, 1 - 1e-9))
def test_the_normal_quantile(p: float) -> None:
    assert math.erfc(-normal_quantile(p) / math.sqrt(2)) / 2 == pytest.approx(p, rel=1e-12, abs=0)


def test_the_scale_of_eight_items() -> None:
    scale = criterion_scale(8, 8, 0, 1, Judgement())
    assert scale.points == tuple("012345678")
    assert scale.percent[:3] == ("0.00", "12.50", "25.00")
    assert scale.status == ("not_met",) * 5 + ("met",) * 4
    # Wilson at 4 of 8: 50 ± 100 z √(2 + z²/4) / (8 + z²)
    z = NormalDist().inv_cdf(0.975)
    half = 100 * z * math.sqrt(2 + z * z / 4) / (8 + z * z)
    assert (scale.low[4], scale.high[4]) == (f"{50 - half:.2f}", f"{50 + half:.2f}")
    assert (scale.low[0], scale.high[8]) == ("0.00", "100.00")


def test_points_of_other_worth_count_as_parts_of_items() -> None:
    whole = criterion_scale(4, 4, 0, 1, Judgement(interval="clopper_pearson"))
    double = criterion_scale(4, 8, 0, 1, Judgement(interval="clopper_pearson"))
    assert double.low[::2] == whole.low
    assert double.high[::2] == whole.high
    assert whole.low[1] < double.low[3] < whole.low[2]


def test_negative_marking_and_parts_of_points() -> None:
    scale = criterion_scale(3, 9, -3, 3, Judgement())
    assert scale.points[:5] == ("-1", "-0.6667", "-0.3333", "0", "0.3333")
    assert scale.percent[:4] == ("-33.33", "-22.22", "-11.11", "0.00")
    assert criterion_scale(3, 12, 0, 4, Judgement()).points[:4] == ("0", "0.25", "0.5", "0.75")


@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 6), st.sampled_from(sorted(INTERVALS)))
def test_every_interval_holds_its_value(n: int, worth: int, lose: int, interval: str) -> None:
    """Below 0 too: there an interval is that of the right ones, each of which gains `worth` and `lose` units."""
    scale = criterion_scale(n, n * worth, -n * lose, worth, Judgement.model_validate({"interval": interval}))
    for low, value, high in zip(scale.low, scale.percent, scale.high, strict=True):
        assert low is not None
        assert value is not None
        assert high is not None
        assert Decimal(low) <= Decimal(value) <= Decimal(high)
    plain = criterion_scale(n, n, 0, 1, Judgement.model_validate({"interval": interval}))
    for right in range(n + 1):
        low = plain.low[right]
        assert low is not None
        units = Decimal(low) / 100 * n * (worth + lose) - n * lose
        found = scale.low[right * (worth + lose)]
        assert found is not None
        assert abs(Decimal(found) - 100 * units / (n * worth)) < Decimal("0.06") * (1 + lose)


def test_what_is_not_asked_or_on_too_few_items() -> None:
    none = criterion_scale(0, 0, 0, 1, Judgement())
    assert none[3:] == (("",), (None,), (None,), (None,), ("not_assessed",))
    assert set(criterion_scale(2, 2, 0, 1, Judgement()).status) == {"insufficient"}


def test_a_unit_may_have_a_percentage_of_its_own() -> None:
    judgement = Judgement.model_validate({"units": {"V": "75%"}})
    assert [judgement.percent_of(unit) for unit in "UV"] == [60, 75]
    assert criterion_scale(4, 4, 0, 1, judgement, judgement.percent_of("U")).status.count("met") == 2
    assert criterion_scale(4, 4, 0, 1, judgement, judgement.percent_of("V")).status.count("met") == 2
    assert criterion_scale(8, 8, 0, 1, judgement, judgement.percent_of("V")).status.count("met") == 3

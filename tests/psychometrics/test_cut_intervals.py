"""The interval of a cut of judges, against tabled quantiles of Student's t."""

from __future__ import annotations

import math

import pytest

import examgen.stats as es
from examgen.stats.cuts import interval, least_mark


@pytest.mark.parametrize(("judges", "t"), [(2, 12.706), (3, 4.303), (5, 2.776), (10, 2.262), (121, 1.980)])
def test_few_judges_have_the_quantile_of_t(judges: int, t: float) -> None:
    """t(0.975) of n - 1 degrees of freedom, as printed in Crocker & Algina (1986), table of Student's t."""
    low, high = interval(19.12, 0.41, judges)
    assert (19.12 - low, high - 19.12) == pytest.approx((t * 0.41, t * 0.41), abs=1e-3)


def test_an_error_over_candidates_has_the_normal_quantile() -> None:
    """1.96 standard errors; no interval where there is no error, or one judge."""
    assert interval(10, 0.5) == pytest.approx((10 - 0.98, 10 + 0.98), abs=1e-4)
    assert math.isnan(interval(10, math.nan, 5)[0])
    assert math.isnan(interval(10, 0.5, 1)[0])


def test_of_several_panels_the_smallest_one_counts() -> None:
    """A sum of independent panels has at least the degrees of freedom of the smallest (Satterthwaite 1946)."""
    nan = math.nan
    ratings = [[0.5 + n / 50, 0.4 + n / 20 if n < 3 else nan] for n in range(9)]
    found = es.angoff(ratings, panels=["A", "B"], points=10)
    assert [one["judges"] for one in found.details["panels"]] == [9, 3]
    assert found.high - found.cut == pytest.approx(4.303 * found.se, abs=1e-3)
    of_each = [es.angoff([[row[k]] for row in ratings if row[k] == row[k]], points=10) for k in (0, 1)]
    assert found.cut == pytest.approx(sum(one.cut for one in of_each))
    assert found.se == pytest.approx(math.hypot(*(one.se for one in of_each)), abs=1e-4)


def test_the_lowest_whole_mark_that_passes() -> None:
    """By hand: 20 reaches 19.12 and 19 does not; 19 reaches 19, floating point or not."""
    assert [least_mark(cut) for cut in (19.12, 18.59, 19.0, 0.1 + 0.2 + 18.7)] == [20, 19, 19, 19]


def test_two_judges_are_told_how_little_that_is() -> None:
    """t(0.975) of 1 degree of freedom is 12.7."""
    two = es.angoff([[0.5, 0.6], [0.7, 0.8]]).notes
    assert [one.code for one in two] == ["two-judges", "few-judges"]
    assert "12.7 standard errors" in two[0]
    five = [[0.5, 0.6, 0.7], [0.6, 0.6, 0.8], [0.4, 0.5, 0.6], [0.5, 0.7, 0.7], [0.6, 0.7, 0.9]]
    assert es.angoff(five).notes == ()

"""The interval of a cut of judges, against tabled quantiles of Student's t."""

from __future__ import annotations

import pytest

from examgen.analyses.reported.cuts import least_mark
from examgen.analyses.standard_setting.judged import panel_notes
from examgen.psychometrics.cut_scores.judges import cut_interval, interval_of


@pytest.mark.parametrize(("judges", "t"), [(2, 12.706), (3, 4.303), (5, 2.776), (10, 2.262), (121, 1.980)])
def test_few_judges_have_the_quantile_of_t(judges: int, t: float) -> None:
    """t(0.975) of n - 1 degrees of freedom, as printed in Crocker & Algina (1986), table of Student's t."""
    low, high = cut_interval(19.12, 0.41, judges) or (0, 0)
    assert (19.12 - low, high - 19.12) == pytest.approx((t * 0.41, t * 0.41), abs=1e-3)


def test_an_error_over_candidates_has_the_normal_quantile() -> None:
    """1.96 standard errors; no interval where there is no error, or one judge."""
    assert cut_interval(10, 0.5, None) == pytest.approx((10 - 0.98, 10 + 0.98), abs=1e-4)
    assert cut_interval(10, None, 5) is None
    assert cut_interval(10, 0.5, 1) is None


def test_of_several_panels_the_smallest_one_counts() -> None:
    """A sum of independent panels has at least the degrees of freedom of the smallest (Satterthwaite 1946)."""
    form = {"cut": 19.0, "se": 1.0, "judges": 9, "panels": [{"judges": 9}, {"judges": 3}]}
    assert interval_of({**form, "se_over": "judges"}) == pytest.approx((19 - 4.303, 19 + 4.303), abs=1e-3)
    assert interval_of({**form, "se_over": "candidates"}) == pytest.approx((19 - 1.96, 19 + 1.96), abs=1e-3)


def test_the_lowest_whole_mark_that_passes() -> None:
    """By hand: 20 reaches 19.12 and 19 does not; 19 reaches 19, floating point or not."""
    assert [least_mark(cut) for cut in (19.12, 18.59, 19.0, 0.1 + 0.2 + 18.7)] == [20, 19, 19, 19]


def test_two_judges_are_told_how_little_that_is() -> None:
    """t(0.975) of 1 degree of freedom is 12.7."""
    assert [one["code"] for one in panel_notes(2, False)] == ["two-judges", "few-judges"]
    assert "12.7 standard errors" in next(iter(panel_notes(2, False)))["message"]
    assert [one["code"] for one in panel_notes(5, False)] == []

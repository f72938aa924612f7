"""What the page says of the error, against papers drawn anew for everybody from a pool of unlike items."""

from __future__ import annotations

import pytest

from tests.reports.true_scores import LENGTHS, SCORINGS, TRUE_SCORES, Found, found

SAID, NEAR = 0.68, 0.02


@pytest.fixture(scope="module")
def simulated() -> list[Found]:
    every = list(found(people=10_000))
    assert len(every) == len(LENGTHS) * len(TRUE_SCORES) * len(SCORINGS)
    return every


@pytest.mark.long("a simulation of thousands of candidates")
def test_the_range_holds_the_true_score_of_as_many_as_the_page_says(simulated: list[Found]) -> None:
    assert [one for one in simulated if abs(one.true_held - SAID) > NEAR] == []


@pytest.mark.long("a simulation of thousands of candidates")
def test_a_score_on_another_paper_varies_more_as_the_page_says(simulated: list[Found]) -> None:
    assert max(one.repeat_held for one in simulated) < SAID - 0.08


@pytest.mark.long("a simulation of thousands of candidates")
def test_the_error_at_the_cut_is_that_of_those_who_stand_there(simulated: list[Found]) -> None:
    """Within five per cent where everything is answered; too large, never too small, where blanks are left."""
    everything = {one.said for one in SCORINGS if not one.blank}
    ratios = {one: one.error / one.sd for one in simulated}
    assert all(0.98 < ratio < 1.12 for ratio in ratios.values())
    assert all(ratio < 1.05 for one, ratio in ratios.items() if one.scoring in everything)

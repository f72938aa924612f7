"""What candidates are told of scores near nought and below it, as far as their scale goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from examgen.papers.language import messages
from examgen.reports.candidate import CandidateReport, candidate_report, candidate_rows
from examgen.reports.candidate_bars import WIDTH, score_bar
from examgen.reports.candidate_facts import candidate_facts
from examgen.reports.report_parts import Words
from tests.papers.pages import TEMPLATES
from tests.reports.scored_samples import blank, first, sat

WORDS = Words(messages(TEMPLATES))
PEOPLE = {"low": first(2), "nought": blank, "some": first(6)}
"""On twelve items, each wrong answer of which costs half a point: −3, 0 and 3."""


def told(folder: Path, scoring: dict[str, Any], sem: float | None = None) -> dict[str, CandidateReport]:
    asked: dict[str, Any] = {"pass": {"percent": 60, **({"second_look": {"sem": sem}} if sem else {})}}
    run = sat(folder / "exam", PEOPLE, scoring=scoring, **asked)
    shared = candidate_facts(run, WORDS)
    return {row.person["candidate_id"]: candidate_report(shared, row) for row in candidate_rows(run)}


def words_of(report: CandidateReport) -> str:
    assert report.uncertainty is not None
    return report.uncertainty.en


def test_a_range_goes_below_0_where_the_scale_does(tmp_path: Path) -> None:
    found = told(tmp_path, {"wrong": 0.5, "floor": "none"}, 1.2)
    assert "between −4 and −2 points" in words_of(found["low"])
    assert "between −1 and 1 points" in words_of(found["nought"])
    assert "between 2 and 4 points" in words_of(found["some"])
    low = found["low"]
    assert (low.score, low.low, low.high) == ("−3", 0, 0)
    assert all(0 <= one.x <= one.x + one.width <= WIDTH for one in score_bar(low))


@pytest.mark.parametrize("scoring", [{"wrong": 0.5, "floor": "total"}, {"floor": "none"}])
def test_a_range_is_held_at_0_where_the_scale_ends_there(tmp_path: Path, scoring: dict[str, Any]) -> None:
    assert "between 0 and 1 points" in words_of(told(tmp_path, scoring, 1.2)["nought"])


def test_nought_is_the_end_of_the_scale_only_where_nothing_is_below_it(tmp_path: Path) -> None:
    below = told(tmp_path / "below", {"wrong": 0.5, "floor": "none"})
    held = told(tmp_path / "held", {"wrong": 0.5, "floor": "total"})
    for name in ("low", "nought"):
        assert "nought or less" in words_of(below[name])
        assert "very end of the scale" in words_of(held[name])


def test_a_range_that_rounds_to_0_has_no_sign(tmp_path: Path) -> None:
    """Lord's error of 3 points of 12 on 12 items is √(3 · 9 / 11) = 1.6; one of 3.3 reaches to −0.3."""
    assert "between 0 and 6 points" in words_of(told(tmp_path, {"wrong": 0.5, "floor": "none"}, 3.3)["some"])

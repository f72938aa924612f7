"""What candidates are told of scores near nought and below it, as far as their scale goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examgen.rendering.language import messages
from examgen.rendering.parts import Words
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.page import WIDTH, score_bar
from examgen.reports.candidate_report.report import CandidateReport, candidate_report, candidate_rows
from tests.papers.pages import TEMPLATES
from tests.reports.scored_samples import blank, first, sat

WORDS = Words(messages(TEMPLATES))
PEOPLE = {"low": first(2), "nought": blank, "some": first(6)}
"""On twelve items, each wrong answer of which costs half a point: −3, 0 and 3."""


def told(folder: Path, scoring: dict[str, Any]) -> dict[str, CandidateReport]:
    run = sat(folder / "exam", PEOPLE, scoring=scoring, **{"pass": {"percent": 60}})
    shared = candidate_facts(run, WORDS)
    return {row.person["candidate_id"]: candidate_report(shared, row) for row in candidate_rows(run)}


def words_of(report: CandidateReport) -> str:
    assert report.uncertainty is not None
    return report.uncertainty.en


def test_a_range_is_that_of_the_right_answers_on_the_scale_of_points(tmp_path: Path) -> None:
    """Each right answer is a point and a half above a wrong one, and 12 wrong ones are −6: 2 right are −3, and
    of 12 items the range of 2 right is Wilson's, 1 to 3.61 right ones: −4.5 to −0.6."""
    found = told(tmp_path, {"wrong": 0.5, "floor": "none"})
    assert "from −4.5 to −0.6 points" in words_of(found["low"])
    assert "from 0.5 to 5.5 points" in words_of(found["some"])
    low = found["low"]
    assert (low.score, low.low, low.high) == ("−3", 0, 0)
    assert all(0 <= one.x <= one.x + one.width <= WIDTH for one in score_bar(low))


def test_no_interval_of_a_criterion_lacks_its_value(tmp_path: Path) -> None:
    found = told(tmp_path, {"wrong": 0.5, "floor": "none"})
    assert {line.result.interval for line in found.pop("nought").lines} == {""}
    for report in found.values():
        for line in report.lines:
            low, high = (float(end.replace("−", "-")) for end in line.result.interval.split("–"))
            assert low - 0.5 <= float(line.result.percent.replace("−", "-")) <= high + 0.5

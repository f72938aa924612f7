"""Why a candidate passed or failed: each sentence against what is known of the candidate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from examgen.assembly.assemble import assemble
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, report_context
from examgen.rendering.templates.filling import fill
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.page import candidate_page, score_bar
from examgen.reports.candidate_report.report import CandidateReport, candidate_report, candidate_rows
from examgen.scoring.cut_scores import with_cuts
from examgen.scoring.scored_run import ScoredRun
from tests.papers.pages import TEMPLATES
from tests.reports.scored_samples import blank, first, right, sat, wrong
from tests.samples import blueprint, shelf

WORDS = Words(messages(TEMPLATES))
MET = "Every criterion that could be judged is met."
NONE = "No criterion could be judged: there is nothing to advise."


@pytest.fixture(scope="module")
def by_all_parts(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """E1 is asked in the questions 1 to 8, E2 in the last four, which are fewer than a judgement needs."""
    rule = {"percent": 60, "elements": {"all": 60}, "at_least": {"met": 2, "percent": 60}}
    people = {
        "all right": right,
        "all blank": blank,
        "by element": lambda n, key: key if n < 11 else wrong(n, key),
        "by the total": first(7),
    }
    folder = tmp_path_factory.mktemp("why") / "exam"
    return told(folder, people, **{"pass": rule, "judgement": {"min_items": 5}})


class Told(dict[str, CandidateReport]):
    """The reports of a run by candidate."""

    def __init__(self, run: ScoredRun) -> None:
        shared = candidate_facts(run, WORDS)
        rows = candidate_rows(run)
        super().__init__({row.person["candidate_id"]: candidate_report(shared, row) for row in rows})
        self.context = report_context(run, "en")

    def advice(self, who: str) -> str:
        """The sentence above what to work on, as the page has it."""
        page = candidate_page(self.context, self[who])
        html = fill("report-candidate.html", page, TEMPLATES, line_setter(TEMPLATES))
        [found] = BeautifulSoup(html, "html.parser").select("[data-part=work-words]")
        return found.get_text().strip()


def told(folder: Path, people: dict[str, Any], **asked: Any) -> Told:
    return Told(sat(folder, people, **asked))


def lines(report: CandidateReport) -> list[tuple[str, str]]:
    return [(one.sign, one.said.en) for one in report.rule]


def test_who_passes_is_told_of_every_part_that_it_is_held(by_all_parts: Told) -> None:
    report = by_all_parts["all right"]
    assert report.cause is None
    assert lines(report) == [
        ("held", "at least 60 % of the points: 8 of 12 – the score is 12"),
        (
            "held",
            "at least 60 % in every element that is asked; in E2 it rests on fewer than 5 items",
        ),
        (
            "held",
            "at least 2 criteria each at 60 % or more – reached in 3 of the 3 on this paper, judged or not; "
            "in E1.01, E1.02, E2.01 it rests on fewer than 5 items",
        ),
    ]


def test_who_fails_by_an_element_alone_reads_which_one_and_on_how_many_items(
    by_all_parts: Told,
) -> None:
    report = by_all_parts["by element"]
    assert (report.decision, report.score) == ("fail", "10")
    assert report.cause is not None
    assert report.cause.en == (
        "E2 is at 50 %, and at least 60 % is required. This rests on few items: 4, where 5 are needed to judge."
    )
    assert "E2 ได้ร้อยละ 50 จากที่ต้องได้อย่างน้อยร้อยละ 60" in report.cause.th
    assert [sign for sign, _ in lines(report)] == ["held", "not_held", "", "held"]
    assert lines(report)[2] == ("", "E2: 50 %, 2 of 4 items")
    assert (
        by_all_parts.advice("by element") == f"{NONE} The exam is not passed all the same: {report.cause.en}"
    )


def test_the_bar_says_what_the_total_says_and_that_it_does_not_decide_alone(
    by_all_parts: Told,
) -> None:
    """10 of 12 points are above the cut of 7.2; an element failed."""
    failed, passed = by_all_parts["by element"], by_all_parts["all right"]
    assert (failed.decision, failed.reached) == ("fail", True)
    assert score_bar(failed)[1].fill == score_bar(passed)[1].fill
    assert score_bar(by_all_parts["by the total"])[1].fill != score_bar(passed)[1].fill
    assert "the total required. Other requirements are listed with the rule" in failed.caption.en


def test_met_in_all_that_was_judged_never_stands_beside_a_failure_without_its_cause(tmp_path: Path) -> None:
    """A cut of all points: one item is missed, and every criterion is at 75 % or more."""
    found = told(tmp_path / "exam", {"one": first(11), "all": right}, **{"pass": {"percent": 100}})
    assert found.advice("one") == (
        f"{MET} The exam is not passed all the same: the score is 11, and at least 12 points are required."
    )
    assert found.advice("all") == MET


def test_the_parts_lead_to_the_decision_of_every_total(tmp_path: Path) -> None:
    """Thirds of points are rounded in the files; what held is decided on what was earned."""
    people = {str(n): first(n) for n in range(13)}
    scoring = {"wrong": "by_options", "floor": "none"}
    rule = {"percent": 50, "units": {"all": 50}, "criteria": {"E1.*": 25}}
    found = told(tmp_path / "exam", people, scoring=scoring, **{"pass": rule})
    for report in found.values():
        signs = [one.sign for one in report.rule if one.sign]
        assert len(signs) == 3
        assert (report.decision == "pass") == (set(signs) == {"held"})
        assert (report.cause is None) == (report.decision == "pass")


def test_a_word_of_the_decision_is_not_cut_in_browsers() -> None:
    for text in ("▲ ไม่ผ่าน", "▲ ยังไม่ผ่าน"):
        assert '<span class="unbroken">ไม่ผ่าน</span>' in line_setter(TEMPLATES, browsers=True)(text)


@pytest.mark.parametrize(("least", "thin"), [(3, False), (5, True)])
def test_a_rule_that_can_fail_somebody_on_few_items_is_told_when_the_exam_is_built(
    tmp_path: Path, least: int, thin: bool
) -> None:
    asked: dict[str, Any] = {"pass": {"elements": {"all": 60}}, "judgement": {"min_items": least}}
    bank = shelf()
    built = with_cuts(assemble([bank], *blueprint(items=12, **asked)), [bank], tmp_path)
    said = [one for one in built.notices if one.startswith("pass.elements")]
    assert len(said) == thin
    assert all("E2 (4)" in one and "fewer than 5 items" in one for one in said)

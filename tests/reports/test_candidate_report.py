"""A candidate's report: every number is one of the result files, and every case has its words."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from examgen.core.resources import fonts
from examgen.core.scored_run import ScoredRun
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, day_words, footing, report_context
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.templates.filling import fill
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.page import candidate_page, result_bar, score_bar
from examgen.reports.candidate_report.report import CandidateReport, candidate_report, candidate_rows
from tests.papers.pages import TEMPLATES, page_texts
from tests.papers.pdf_ua.requirements import checked
from tests.reports.scored_samples import blank, first, items_of, long_unit, right, sat

LISTS: dict[str, Any] = {"skills": ["ทักษะการสื่อสาร"], "knowledge": ["ความรู้เรื่องกฎหมาย"]}
ASKED = {"rank": True, "percentile": True, "t_score": "linear", "coverage": True}
PLACES = ["T-1", "E1", "E1.01", "E1.02", "E2", "E2.01"]
WORDS = Words(messages(TEMPLATES))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ScoredRun:
    """Five candidates on twelve items, one of them with everything right and one with nothing marked."""
    people = {"001": right, "002": blank, **{f"1{n:02d}": first(n) for n in (3, 7, 8)}}
    extra = {"001": {"name": "สมหญิง " + "ก" * 83}, "002": {"name": "<b>สมชาย</b>"}}
    folder = tmp_path_factory.mktemp("sat") / "exam"
    return sat(folder, people, unit=LISTS, extra=extra, report=ASKED)


def reports_of(run: ScoredRun, words: Words = WORDS) -> list[CandidateReport]:
    shared = candidate_facts(run, words)
    return [candidate_report(shared, row) for row in candidate_rows(run)]


def html_of(run: ScoredRun, report: CandidateReport, lang: Any = "both", **more: Any) -> str:
    digits = more.pop("digits", "arabic")
    context = candidate_page(report_context(run, lang, digits, more.pop("faces", None)), report, **more)
    return fill("report-candidate.html", context, TEMPLATES, line_setter(TEMPLATES))


def text_of(html: str) -> str:
    return BeautifulSoup(html, "html.parser").get_text("", strip=False).replace("\xa0", " ")


def numbers(text: str) -> list[Decimal]:
    return [Decimal(one) for one in re.findall(r"\d+(?:\.\d+)?", text)]


# ── the same numbers as the files ────────────────────────────────────────────────────────────


def test_every_line_of_the_page_is_that_of_the_files(run: ScoredRun) -> None:
    scale = run.scale.to_dicts()
    for report, row in zip(reports_of(run), candidate_rows(run), strict=True):
        page = BeautifulSoup(html_of(run, report, "en"), "html.parser")
        shown = [
            [cell.get_text(" ", strip=True) for cell in tr.find_all(["th", "td"])]
            for tr in page.select("table.lines tbody tr")
        ]
        assert [cells[0].split()[0] for cells in shown] == PLACES
        for code, cells in zip(PLACES, shown, strict=True):
            pcs = [pc for pc in ("E1.01", "E1.02", "E2.01") if code in ("T-1", pc, pc[:2])]
            points = sum(Decimal(row.criteria[f"{pc}_correct"]) for pc in pcs)
            level = {"T": "unit"}.get(code[0], "pc" if "." in code else "element")
            [said] = [one for one in scale if one[level] == code and one["level"] == level
                      and one["correct"] and Decimal(one["correct"]) == points]  # fmt: skip
            percent, *interval = numbers(cells[2])
            assert percent == Decimal(said["percent"])
            ends = [Decimal(said[end]).quantize(1, ROUND_HALF_UP) for end in ("low", "high")]
            is_blank = row.person["answered"] == row.person["multiple"] == row.person["invalid"] == "0"
            assert interval == ([] if is_blank else ends)
            assert numbers(cells[3]) == [points, Decimal(said["asked"])]
            assert said["status"] in {"met", "not_met"}
            assert cells[4].split()[1:] == said["status"].split("_")
            if level == "pc":
                assert [row.criteria[f"{code}_percent"], row.criteria[f"{code}_status"]] == [
                    said["percent"],
                    said["status"],
                ]


def test_the_verdict_is_that_of_the_files(run: ScoredRun) -> None:
    for report, row in zip(reports_of(run), candidate_rows(run), strict=True):
        page = BeautifulSoup(html_of(run, report, "en"), "html.parser")
        tiles = [one.get_text(" ", strip=True) for one in page.select(".tiles .tile")]
        person = row.person
        assert tiles[0].endswith({"pass": "Pass", "fail": "Not passed"}[person["decision"]])
        assert numbers(tiles[1]) == [Decimal(person["score"]), Decimal(person["max_score"])]
        assert numbers(tiles[2]) == [Decimal(person["percent"])]
        assert len(tiles) == 3
        values = [numbers(one.get_text(" ", strip=True)) for one in page.select(".standing .value")]
        assert values == [
            [Decimal(person["rank"])],
            [Decimal(person["percentile"]).quantize(Decimal("0.1"))],
            [Decimal(person["t_score"]).quantize(1, ROUND_HALF_UP)],
            [Decimal(person["criteria_met"]), 3],
        ]
        marks = page.select(".verdict .note")[0].get_text()
        kinds = ("answered", "blank", "multiple", "invalid")
        assert numbers(marks) == [Decimal(person[kind]) for kind in kinds]
        assert (report.second_look is not None) == (person["second_look"] == "yes")


def test_the_bars_are_as_long_as_the_numbers_say(run: ScoredRun) -> None:
    for report in reports_of(run):
        for line in report.lines:
            bar = result_bar(line.result)
            filled = sum(one.width for one in bar[1:2] if line.result.share > 0)
            assert filled == pytest.approx(float(line.result.percent))
            if not line.result.interval:
                assert report.uncertainty is not None
                assert report.uncertainty.en.startswith("No question was answered")
                assert not [one for one in bar if one.height == 1]
                continue
            low, high = (float(part) for part in line.result.interval.split("–"))
            thin = next(one for one in bar if one.height == 1)
            assert [thin.x, thin.x + thin.width] == pytest.approx([low, high], abs=0.5)
        marks = [one for one in score_bar(report) if one.height == 8]
        assert [one.x + one.width / 2 for one in marks] == pytest.approx([60])


def test_the_foot_names_what_the_report_rests_on(run: ScoredRun) -> None:
    page = BeautifulSoup(html_of(run, reports_of(run)[0]), "html.parser")
    said = [one.get_text() for one in page.select("footer dd")]
    assert said[:2] == ["T-1-L4", f"{run.run} ({run.fingerprint})"]
    assert said[2].split() == ["ยังไม่ประกาศ", "not", "released"]
    assert said[3:] == [run.key_version, run.paper]
    assert said[3:] == [value for _, value in footing(run)][3:]


# ── uncertainty ──────────────────────────────────────────────────────────────────────────────


def test_the_range_is_that_of_true_scores_whose_error_reaches_the_score(run: ScoredRun) -> None:
    """7 of 12 items: all τ with |7 − τ| ≤ √(τ (12 − τ) / 12)."""
    report = next(one for one in reports_of(run) if one.score == "7")
    assert report.uncertainty is not None
    assert "from 5.3 to 8.6 points" in report.uncertainty.en
    assert "about 68 in 100 candidates" in report.uncertainty.en
    for told, end in ((5.3, 5.28), (8.6, 8.57)):
        assert abs(7 - end) == pytest.approx((end * (12 - end) / 12) ** 0.5, abs=0.01)
        assert round(end, 1) == told
    assert [12 * report.low, 12 * report.high] == pytest.approx([5.28, 8.57], abs=0.005)


def test_a_number_of_points_is_the_error_at_the_cut_where_the_rule_says_so(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"pass": {"percent": 60, "second_look": {"sem": 2}}}
    [report] = reports_of(sat(tmp_path / "exam", {"1": first(7)}, **asked))
    assert report.second_look is not None
    assert (
        "within 2 points, the error that the pass rule names, of the cut, 7.2 points" in report.second_look.en
    )
    assert report.uncertainty is not None
    assert "from 5.3 to 8.6 points" in report.uncertainty.en


def test_everything_right_has_a_range_that_holds_it(run: ScoredRun) -> None:
    everything = reports_of(run)[0]
    assert everything.uncertainty is not None
    assert "from 11.1 to 12 points" in everything.uncertainty.en
    assert (everything.low, everything.high) == (pytest.approx(12 / 13), 1)


def test_a_sheet_without_a_mark_has_its_own_sentence_and_no_range(run: ScoredRun) -> None:
    report = reports_of(run)[1]
    assert report.low == report.high == report.share == 0
    assert report.uncertainty is not None
    assert "No question was answered" in report.uncertainty.en
    assert numbers(report.uncertainty.th) == []
    assert report.work_on_words.en.startswith("No question was answered: that alone is why")


# ── cases ────────────────────────────────────────────────────────────────────────────────────


def test_everything_right_has_nothing_to_work_on(run: ScoredRun) -> None:
    report = reports_of(run)[0]
    assert report.decision == "pass"
    assert report.work_on == ()
    assert report.work_on_words.en == "Every criterion that could be judged is met."
    assert "ทักษะการสื่อสาร" not in html_of(run, report)


def test_nothing_marked_has_every_criterion_and_the_units_lists_to_work_on(run: ScoredRun) -> None:
    report = reports_of(run)[1]
    [unit] = report.work_on
    assert [line.place.code for line in unit.missed] == ["E1.01", "E1.02", "E2.01"]
    assert [unit.skills, unit.knowledge] == [("ทักษะการสื่อสาร",), ("ความรู้เรื่องกฎหมาย",)]
    assert report.marks.en.startswith("0 questions answered, 12 left blank")
    page = BeautifulSoup(html_of(run, report), "html.parser")
    assert page.select(".person")[0].get_text() == "<b>สมชาย</b>"
    order = [one.get_text() for one in page.select(".missed li b, .lists li")]
    assert order == ["▲ E1.01", "▲ E1.02", "▲ E2.01", "ทักษะการสื่อสาร", "ความรู้เรื่องกฎหมาย"]


def test_one_candidate_is_no_group(tmp_path: Path) -> None:
    scaled = {"slope": 10, "intercept": 100}
    [report] = reports_of(sat(tmp_path / "exam", {"1": first(7)}, report={**ASKED, "scaled": scaled}))
    assert [one.name.en for one in report.standing] == ["Scaled score", "Criteria met"]
    assert report.standing[0].said.en == (
        "The scale of this form goes from 100 to 220. The cut of 7.2 points is 172 on it; points decide. "
        "The range of the true score is 153 to 186."
    )


def test_blanks_are_told_apart_from_wrong_answers(tmp_path: Path) -> None:
    def some(question: int, key: str) -> str:
        return "" if question > 9 else key

    run = sat(tmp_path / "exam", {"some": some, "none": first(9), "all": blank})
    said = [[note.en for note in report.notes] for report in reports_of(run)]
    told = [
        any("left blank earns no points in the results that it belongs to" in one for one in own)
        for own in said
    ]
    assert told == [True, False, False]
    some_left, wrong, nothing = reports_of(run)
    assert some_left.lines == wrong.lines
    assert nothing.work_on_words.en.startswith("No question was answered")


def test_an_element_stands_for_its_criteria_where_none_of_them_could_be_judged(tmp_path: Path) -> None:
    unit = long_unit(14)
    people = {"1": blank, "2": right}
    run = sat(tmp_path / "exam", people, items_of(unit, 1), unit, n_items=14, criteria={"all": 1})
    none, whole = reports_of(run)
    [work] = none.work_on
    assert [line.place.code for line in work.missed] == ["E1", "E2"]
    assert work.skills == ("ทักษะการสื่อสาร",)
    page = BeautifulSoup(html_of(run, none), "html.parser")
    assert [one.get_text() for one in page.select(".missed b")] == ["▲ E1", "▲ E2"]
    assert "A whole element or unit stands here" in text_of(str(page))
    assert whole.work_on == ()


def test_one_item_is_insufficient_and_no_pass_rule_decides_nothing(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"criteria": {"E1.01": 1, "E1.02": 8}, "pass": None}
    run = sat(tmp_path / "exam", {"1": right}, n_items=9, **asked)
    [report] = reports_of(run)
    by_code = {line.place.code: line.result for line in report.lines}
    assert [by_code[code].status for code in ("E1.01", "E1.02", "E2.01")] == [
        "insufficient",
        "met",
        "not_assessed",
    ]
    assert by_code["E1.01"].tally.en == "1 of 1 item"
    assert result_bar(by_code["E2.01"]) == ()
    assert [report.decision, report.cut, report.pass_rule] == ["", None, ()]
    page = text_of(html_of(run, report, "en"))
    assert "fewer than 3 items count here" in page
    assert "no item about it counts on this paper" in page
    for word in ("Decision", "Pass", "To pass", "Rank"):
        assert word not in page


def test_no_place_among_others_is_told_unless_it_is_asked(tmp_path: Path) -> None:
    [report] = reports_of(sat(tmp_path / "exam", {"1": right}))
    assert report.standing == ()


def test_every_part_of_a_pass_rule_is_said(tmp_path: Path) -> None:
    rule: dict[str, Any] = {
        "percent": 50,
        "cut": 8,
        "reason": "Angoff 2569",
        "criteria": {"all": 40, "E1.*": 50},
        "elements": {"all": 45},
        "units": {"T-1": 50},
        "at_least": {"met": 2, "percent": 60, "of": "criteria", "among": ["E1.*"]},
    }
    asked: dict[str, Any] = {"pass": rule}
    [report] = reports_of(sat(tmp_path / "exam", {"1": right}, **asked))
    assert [one.en for one in report.pass_rule] == [
        "at least 8 of 12 points",
        "at least 40 % in every criterion that is asked",
        "at least 50 % in E1.*",
        "at least 45 % in every element that is asked",
        "at least 50 % in T-1",
        "at least 2 criteria each at 60 % or more (E1.*)",
    ]
    assert report.cut == pytest.approx(8 / 12)


def test_items_of_other_points_are_told_apart_from_points(tmp_path: Path) -> None:
    scoring = {"wrong": 0.25, "floor": "none"}
    [report] = reports_of(sat(tmp_path / "exam", {"1": first(0)}, scoring=scoring))
    assert [report.score, report.share] == ["−3", 0.0]
    assert {line.result.tally.en for line in report.lines} >= {
        "−3 of 12 points, 12 items",
        "−1 of 4 points, 4 items",
    }
    assert [one.en for one in report.scoring] == [
        "A wrong answer costs points: 0.25 of those of the question. A question left blank costs nothing."
    ]


# ── languages and figures ────────────────────────────────────────────────────────────────────


def test_each_language_stands_alone(run: ScoredRun) -> None:
    report = reports_of(run)[3]
    thai, english, both = (html_of(run, report, lang) for lang in ("th", "en", "both"))
    assert BeautifulSoup(english, "html.parser").html["lang"] == "en"  # type: ignore[index]
    assert "No score is exact" in text_of(english)
    assert "คะแนนสอบทุกครั้ง" not in text_of(english)
    assert 'lang="en"' not in thai
    assert "No score is exact" not in text_of(thai)
    assert "No score is exact" in text_of(both)
    assert "คะแนนสอบทุกครั้ง" in text_of(both)


def test_thai_figures_and_the_year_of_the_buddhist_era_are_a_choice(run: ScoredRun) -> None:
    words = WORDS._replace(digits="thai")
    report = reports_of(run, words)[3]
    day = day_words(date(2026, 11, 20))
    page = text_of(html_of(run, report, "both", digits="thai", day=day))
    assert "๒๐ พฤศจิกายน ๒๕๖๙" in page
    assert "๗ / ๑๒" in page
    assert "๕.๓ ถึง ๘.๖ คะแนน" in page
    assert "from 5.3 to 8.6 points" in page
    assert "T-1" in page


def test_no_rationale_or_key_or_item_is_told(run: ScoredRun) -> None:
    page = html_of(run, reports_of(run)[1])
    for form in run.exam.forms:
        for printed in form.items:
            assert printed.item.id not in page
            assert printed.item.stem not in page


# ── the page ─────────────────────────────────────────────────────────────────────────────────


def test_headings_are_in_order_and_headers_have_their_scope(run: ScoredRun) -> None:
    page = BeautifulSoup(html_of(run, reports_of(run)[1]), "html.parser")
    levels = [int(one.name[1]) for one in page.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(th.get("scope") in ("row", "col") for th in page.find_all("th"))
    for figure in page.select("figure svg"):
        assert figure.title is not None
        assert figure.desc is not None


FACES = {
    weight: (fonts() / f"Sarabun-{name}.ttf").as_uri()
    for weight, name in (("400", "Regular"), ("700", "Bold"))
}


def pdf_of(html: str) -> bytes:
    readable = (*TEMPLATES, fonts())
    return render_pdf(html, title="รายงาน", language="th", readable=readable, variant="pdf/ua-1")


def test_the_page_as_pdf_is_one_page_tagged_and_the_same_again(run: ScoredRun) -> None:
    report = reports_of(run)[1]
    html = html_of(run, report, "th", faces=FACES, day=day_words(date(2026, 11, 20)))
    pdf = pdf_of(html)
    assert pdf == pdf_of(html)
    assert [one for one in checked(pdf) if one.faults] == []
    [page] = page_texts(pdf)
    for code in ("E1.01", "E1.02", "E2.01"):
        assert page.count(code) == 2


def test_sixty_long_criteria_go_on_overleaf(tmp_path: Path) -> None:
    unit = long_unit(60, 200)
    every = {"min": 1}
    folder = tmp_path / "exam"
    run = sat(folder, {"1": first(60)}, items_of(unit, 2), unit, n_items=60, criteria={"all": every})
    [report] = reports_of(run)
    codes = [line.place.code for line in report.lines]
    pages = page_texts(pdf_of(html_of(run, report, "th", faces=FACES)))
    assert len(pages) > 3
    assert re.findall(r"E\d\.\d\d|E\d(?=สมรรถนะ)", "".join(pages)) == codes[1:]


def test_the_key_version_changes_with_the_key(run: ScoredRun) -> None:
    plain = run._replace(audit={**run.audit, "corrections": []})
    drop = {
        "kind": "drop",
        "form": "A",
        "question": 1,
        "reason": "two right",
        "by": "ก",
        "date": "2026-11-20",
    }
    said = {
        run._replace(audit={**run.audit, "corrections": made}).key_version for made in ([drop], [drop, drop])
    }
    assert len({plain.key_version, *said}) == 3
    assert plain.key_version.startswith("1 (")
    assert sorted(one.split(" ")[0] for one in said) == ["1.1", "1.2"]
    other = run._replace(audit={**run.audit, "corrections": [{**drop, "reason": "said otherwise"}]})
    assert other.key_version in said

"""A candidate's report: every number is one of the result files, and every case has its words."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from examgen.core.resources import fonts
from examgen.rendering.language import messages
from examgen.rendering.line_breaks import line_setter
from examgen.rendering.parts import Words, day_words, report_context
from examgen.rendering.pdf.document import render_pdf
from examgen.rendering.templates.filling import fill
from examgen.reports.candidate_report.facts import candidate_facts
from examgen.reports.candidate_report.page import candidate_page
from examgen.reports.candidate_report.report import CandidateReport, candidate_report, candidate_rows
from examgen.scoring.scored_run import ScoredRun
from tests.papers.pages import TEMPLATES, page_texts
from tests.papers.pdf_ua.requirements import checked
from tests.reports.scored_samples import blank, first, items_of, long_unit, right, sat

LISTS: dict[str, Any] = {"skills": ["ทักษะการสื่อสาร"], "knowledge": ["ความรู้เรื่องกฎหมาย"]}
ASKED = {"rank": True, "percentile": True, "t_score": "linear", "coverage": True}
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


# ── uncertainty ──────────────────────────────────────────────────────────────────────────────


def test_the_range_is_that_of_true_scores_whose_error_reaches_the_score(run: ScoredRun) -> None:
    """7 of 12 items: all τ with |7 − τ| ≤ √(τ (12 − τ) / 12)."""
    report = next(one for one in reports_of(run) if one.score == "7")
    assert report.uncertainty is not None
    assert "from 5.3 to 8.6 points" in report.uncertainty.en
    assert "about 68 of 100 candidates" in report.uncertainty.en
    for told, end in ((5.3, 5.28), (8.6, 8.57)):
        assert abs(7 - end) == pytest.approx((end * (12 - end) / 12) ** 0.5, abs=0.01)
        assert round(end, 1) == told
    assert [12 * report.low, 12 * report.high] == pytest.approx([5.28, 8.57], abs=0.005)


# ── languages and figures ────────────────────────────────────────────────────────────────────


def test_each_language_stands_alone(run: ScoredRun) -> None:
    report = reports_of(run)[3]
    thai, english, both = (html_of(run, report, lang) for lang in ("th", "en", "both"))
    assert BeautifulSoup(english, "html.parser").html["lang"] == "en"  # type: ignore[index]
    assert "On another paper of the same kind" in text_of(english)
    assert "หากสอบด้วยข้อสอบชุดอื่น" not in text_of(english)
    assert 'lang="en"' not in thai
    assert "On another paper of the same kind" not in text_of(thai)
    assert "On another paper of the same kind" in text_of(both)
    assert "หากสอบด้วยข้อสอบชุดอื่น" in text_of(both)


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


def test_the_page_as_pdf_is_one_page_tagged(run: ScoredRun) -> None:
    report = reports_of(run)[1]
    html = html_of(run, report, "th", faces=FACES, day=day_words(date(2026, 11, 20)))
    pdf = pdf_of(html)
    assert [one for one in checked(pdf) if one.faults] == []
    [page] = page_texts(pdf)
    for code in ("E1.01", "E1.02", "E2.01"):
        assert page.count(code) == 2


def test_thirty_long_criteria_go_on_overleaf(tmp_path: Path) -> None:
    unit = long_unit(30, 200)
    every = {"min": 1}
    folder = tmp_path / "exam"
    run = sat(folder, {"1": first(30)}, items_of(unit, 1), unit, n_items=30, criteria={"all": every})
    [report] = reports_of(run)
    codes = [line.place.code for line in report.lines]
    pages = page_texts(pdf_of(html_of(run, report, "th", faces=FACES)))
    assert len(pages) > 1
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

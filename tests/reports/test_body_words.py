"""What the certification body says of results in its own words, in the reports that people take home."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pikepdf
import pytest

from examgen.core.problems import Refused
from examgen.core.signing.keys import make_keys
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.signing import opened_keys
from examgen.reports.writing import ReportOptions, report
from examgen.scoring.releases import release
from tests.reports.scored_samples import first, right, sat, unbroken

ROOT = Path(__file__).resolve().parents[2]
SAID = """
reports:
  appeal: {th: ยื่นอุทธรณ์ภายใน 15 วัน, en: Appeals within <15> days.}
  validity: {th: มีอายุ 3 ปี, en: Valid for three years.}
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("said") / "exam"
    sat(folder, {"001": right, "002": first(5)})
    return folder


def pages(package: Path, workspace: Path) -> dict[str, str]:
    """The committee's book and a candidate's report."""
    asked = ReportOptions(pdf=False, lang="both")
    report(package, workspace, "committee", asked._replace(out=workspace / "book"))
    which = CandidateReportOptions(ids=("002",), html=True)
    candidate_reports(package, workspace, asked._replace(out=workspace / "one"), which)
    files = {"committee": workspace / "book" / "report.html", "candidate": workspace / "one" / "002.html"}
    return {name: unbroken(path.read_text("utf-8")) for name, path in files.items()}


def test_the_body_is_quoted_word_for_word(package: Path, tmp_path: Path) -> None:
    (tmp_path / "examgen.yaml").write_text(SAID, "utf-8")
    said = pages(package, tmp_path)
    for name, page in said.items():
        for text in ("ยื่นอุทธรณ์ภายใน 15 วัน", "Appeals within &lt;15&gt; days."):
            assert page.count(text) == 1, (name, text)
    book = said["committee"]
    assert 0 < book.index("Valid for three years.") < book.index("Appeals within")
    assert "Valid" not in said["candidate"], "002 did not pass"


def test_nothing_is_said_where_the_body_says_nothing(package: Path, tmp_path: Path) -> None:
    bare = pages(package, tmp_path)
    (tmp_path / "examgen.yaml").write_text("review: {least_ioc: 0.6}\n", "utf-8")
    assert pages(package, tmp_path) == bare


def test_words_that_cannot_be_read_are_not_left_out_in_silence(package: Path, tmp_path: Path) -> None:
    (tmp_path / "examgen.yaml").write_text("reports: {appeal: {th: ยื่นอุทธรณ์}}\n", "utf-8")
    with pytest.raises(Refused, match=r"examgen\.yaml has 1 error"):
        report(package, tmp_path, "committee", ReportOptions(pdf=False, out=tmp_path / "book"))


RULES = """
reports:
  name: {th: สถาบันสมมติ, en: Example Institute}
  validity: {th: มีอายุ 3 ปี, en: Valid for three years., years: 3}
  resitting: {th: สอบใหม่ได้, en: Sit again., months: 1}
  appeal: {th: อุทธรณ์, en: Appeal., days: 15}
"""


def candidates(package: Path, workspace: Path) -> dict[str, str]:
    """The pages of who passed and who did not."""
    out = workspace / "out"
    asked = ReportOptions(pdf=False, lang="en", out=out, day=date(2026, 2, 1))
    candidate_reports(package, workspace, asked, CandidateReportOptions(html=True))
    return {who: unbroken((out / f"{who}.html").read_text("utf-8")) for who in ("001", "002")}


def test_each_is_told_what_concerns_them_with_its_days(package: Path, tmp_path: Path) -> None:
    (tmp_path / "examgen.yaml").write_text(RULES, "utf-8")
    before = candidates(package, tmp_path)
    assert all("The day is not known before the result is released." in page for page in before.values())
    assert all("Released on" not in page for page in before.values())
    folder = tmp_path / "exam"
    shutil.copytree(package, folder)
    release(folder, 1, "C", "W", date(2026, 1, 31))
    passed, failed = candidates(folder, tmp_path).values()
    for page in (passed, failed):
        assert "Example Institute" in page
        assert "<dt>Released on</dt> <dd>31 January 2026</dd>" in page
        assert "<dt>Report made on</dt> <dd>1 February 2026</dd>" in page
        assert "Appeal. For this result: until 15 February 2026." in page
    assert "Valid for three years. For this result: until 30 January 2029." in passed
    assert "Sit again" not in passed
    assert "Sit again. For this result, the first day is 28 February 2026." in failed
    assert "Valid" not in failed


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            "verify: https://exam.example.org/verify/",
            "open https://exam.example.org/verify/ and give a photo",
        ),
        ("name: {th: ส, en: Example Institute}", "checked, show it to Example Institute."),
        ("appeal: {th: อ, en: A.}", "show it to the certification body that held the exam."),
    ],
)
def test_beside_the_code_stands_what_anybody_can_do(
    package: Path, tmp_path: Path, settings: str, said: str
) -> None:
    (tmp_path / "examgen.yaml").write_text(f"reports: {{{settings}}}\n", "utf-8")
    key = make_keys(tmp_path / "body.pem", "Example Institute")
    assert key
    with opened_keys(tmp_path / "body.pem", pdf=False) as (codes, _):
        which = CandidateReportOptions(ids=("001",), html=True, key=codes)
        candidate_reports(package, tmp_path, ReportOptions(pdf=False, lang="en", out=tmp_path / "o"), which)
    page = unbroken((tmp_path / "o" / "001.html").read_text("utf-8"))
    assert said in page
    assert "examgen verify-report" not in page


def test_the_words_and_the_day_of_the_documentation_agree(package: Path, tmp_path: Path) -> None:
    """What docs/reports.md shows, released on the day that it counts from."""
    page = (ROOT / "docs" / "reports.md").read_text("utf-8")
    block = page[page.index("# examgen.yaml\nreports:") :].partition("```")[0]
    (tmp_path / "examgen.yaml").write_text(block, "utf-8")
    folder = tmp_path / "exam"
    shutil.copytree(package, folder)
    release(folder, 1, "C", "W", date(2026, 11, 21))
    passed, failed = candidates(folder, tmp_path).values()
    again = "Who did not pass may sit again from the 30th day after the release on."
    assert f"{again} For this result, the first day is 21 December 2026." in failed
    assert "within 15 days. For this result: until 6 December 2026." in failed
    assert "For this result: until 20 November 2029." in passed
    for told in ("30 days: 21 December 2026", "15 days: until 6 December 2026", "until 20 November 2029"):
        assert told in page


@pytest.mark.long("every report; the words of a body are read in each test of reports")
def test_the_logo_stands_with_the_name_and_its_page_needs_no_other_file(
    package: Path, tmp_path: Path
) -> None:
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><rect width="30" height="10"/></svg>'
    (tmp_path / "logo.svg").write_text(drawn, "utf-8")
    named = "reports:\n  name: {th: สถาบัน, en: Institute}\n"
    (tmp_path / "examgen.yaml").write_text(named, "utf-8")
    plain = pages(package, tmp_path)
    assert all("<img" not in page and ".logo" not in page for page in plain.values())
    (tmp_path / "examgen.yaml").write_text(f"{named}  logo: logo.svg\n", "utf-8")
    for name, page in pages(package, tmp_path).items():
        assert page.count('<img class="logo" src="data:image/svg+xml;base64,') == 1, name
        assert "file:" not in page, name
    asked = ReportOptions(lang="both", out=tmp_path / "pdf")
    candidate_reports(package, tmp_path, asked, CandidateReportOptions(ids=("001",), by="candidate"))
    report(package, tmp_path, "committee", asked._replace(out=tmp_path / "book-pdf"))
    for made in [*(tmp_path / "pdf").glob("*.pdf"), *(tmp_path / "book-pdf").glob("report.pdf")]:
        with pikepdf.open(made) as pdf:
            figures = [
                one
                for one in pdf.objects
                if isinstance(one, pikepdf.Dictionary) and one.get("/S") == "/Figure"
            ]
            assert any("Logo" in str(one.get("/Alt")) for one in figures), made

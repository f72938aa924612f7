"""What the certification body says of results in its own words, in the reports that people take home."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.problems import Refused
from examgen.workflow.reports.candidates import CandidatesAsked, candidate_reports
from examgen.workflow.reports.results import ReportAsked, report
from tests.reports.scored_samples import first, right, sat, unbroken

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
    asked = ReportAsked(pdf=False, lang="both")
    report(package, workspace, "committee", asked._replace(out=workspace / "book"))
    which = CandidatesAsked(ids=("002",), html=True)
    candidate_reports(package, workspace, asked._replace(out=workspace / "one"), which)
    files = {"committee": workspace / "book" / "report.html", "candidate": workspace / "one" / "002.html"}
    return {name: unbroken(path.read_text("utf-8")) for name, path in files.items()}


def test_the_body_is_quoted_word_for_word(package: Path, tmp_path: Path) -> None:
    (tmp_path / "examgen.yaml").write_text(SAID, "utf-8")
    for name, page in pages(package, tmp_path).items():
        for text in ("ยื่นอุทธรณ์ภายใน 15 วัน", "Appeals within &lt;15&gt; days.", "มีอายุ 3 ปี"):
            assert page.count(text) == 1, (name, text)
        assert page.index("Valid for three years.") < page.index("Appeals within"), name


def test_nothing_is_said_where_the_body_says_nothing(package: Path, tmp_path: Path) -> None:
    bare = pages(package, tmp_path)
    (tmp_path / "examgen.yaml").write_text("review: {least_ioc: 0.6}\n", "utf-8")
    assert pages(package, tmp_path) == bare


def test_words_that_cannot_be_read_are_not_left_out_in_silence(package: Path, tmp_path: Path) -> None:
    (tmp_path / "examgen.yaml").write_text("reports: {appeal: {th: ยื่นอุทธรณ์}}\n", "utf-8")
    with pytest.raises(Refused, match=r"examgen\.yaml has 1 fault"):
        report(package, tmp_path, "committee", ReportAsked(pdf=False, out=tmp_path / "book"))

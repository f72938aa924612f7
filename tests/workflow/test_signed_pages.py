"""Reports of several pages that are signed: every page belongs to the code of one of them, none comes or goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from examgen.problems import Refused
from examgen.signing import make_keys, read_private
from examgen.workflow.candidate_reporting import CandidatesAsked, candidate_reports
from examgen.workflow.reporting import ReportAsked
from examgen.workflow.verifying import verify_report
from tests.reports.scored_samples import blank, first, items_of, long_unit, right, sat

N = 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A file of three reports of two pages, and the key that checks it."""
    place = tmp_path_factory.mktemp("signed")
    unit = long_unit(30)
    people = {"P-01": right, "P-02": blank, "P-03": first(20)}
    sat(place / "package", people, items_of(unit, 1), unit, n_items=30, criteria={"all": 1})
    public, _ = make_keys(place / "body.pem", "A body")
    which = CandidatesAsked(key=read_private(place / "body.pem"))
    asked = ReportAsked(out=place / "out", lang="th")
    candidate_reports(place / "package", place, asked, which)
    (path,) = (place / "out").glob("*.pdf")
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 2 * N
    return path, public


def rearranged(path: Path, to: Path, order: Callable[[list[int]], list[int]]) -> Path:
    with pikepdf.open(path) as source, pikepdf.new() as pdf:
        for n in order(list(range(len(source.pages)))):
            pdf.pages.append(source.pages[n])
        pdf.save(to)
    return to


def test_each_report_is_found_with_its_pages(made: tuple[Path, Path]) -> None:
    path, key = made
    found = verify_report(str(path), [key])
    assert [one.statement.candidate_id for one in found] == ["P-01", "P-02", "P-03"]
    assert [one.source.rpartition(", ")[2] for one in found] == [
        "pages 1 to 2",
        "pages 3 to 4",
        "pages 5 to 6",
    ]
    assert all(one.compared for one in found)


def test_a_report_taken_out_of_its_file_whole_still_holds(made: tuple[Path, Path], tmp_path: Path) -> None:
    path, key = made
    one = rearranged(path, tmp_path / "one.pdf", lambda pages: pages[2:4])
    (found,) = verify_report(str(one), [key])
    assert found.statement.candidate_id == "P-02"


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        (lambda pages: pages[:1] + pages[2:], "page-changed"),
        (lambda pages: [0, 3, 2, 1, 4, 5], "page-changed"),
        (lambda pages: [1, *pages], "page-unsigned"),
        (lambda pages: [*pages, 1], "page-unsigned"),
        (lambda pages: [0, 1, 5, 2, 3, 4, 5], "page-unsigned"),
    ],
    ids=["a page is gone", "pages of two exchanged", "one before", "one behind", "one between"],
)
def test_pages_that_came_or_went_are_found(
    made: tuple[Path, Path], tmp_path: Path, order: Callable[[list[int]], list[int]], problem: str
) -> None:
    path, key = made
    with pytest.raises(Refused) as refused:
        verify_report(str(rearranged(path, tmp_path / "other.pdf", order)), [key])
    assert problem in {one.code for one in refused.value.problems}

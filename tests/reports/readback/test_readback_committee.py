"""The committee's book says what the files of the run say: nothing else, nothing less, in its places."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.workflow.reports.results import ReportAsked, report
from tests.reports.readback.oracle_b_committee import Committee
from tests.reports.readback.oracle_b_committee_tables import committee_tables
from tests.reports.readback.oracle_b_files import newest
from tests.reports.readback.oracle_b_sittings import sat
from tests.reports.readback.oracle_b_tables import table_faults
from tests.reports.readback.oracle_b_told import Told, differences, figures, in_both, in_thai, told
from tests.reports.readback.reader import Page


@pytest.fixture(scope="module", params=["T-1-L4", "T-1-SMALL"])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 58 candidates with everything that a book may have; of seven with little."""
    return sat(tmp_path_factory) / "output" / str(request.param)


def book(package: Path, out: Path, **asked: object) -> list[Told]:
    """The lines of a book made anew."""
    report(package, package.parents[1], "committee", ReportAsked(out=out, pdf=False, **asked))  # type: ignore[arg-type]
    return told(Page((out / "report.html").read_text("utf-8")))


def test_the_book_and_its_tables_are_the_files(package: Path, tmp_path: Path) -> None:
    expected = Committee(newest(package))
    assert not (found := differences(expected.lines(), book(package, tmp_path / "book", lang="en"))), found
    assert not (found := table_faults(tmp_path / "book", committee_tables(expected))), found


def test_the_book_in_thai_figures_has_the_same_numbers(package: Path, tmp_path: Path) -> None:
    expected = in_thai(Committee(newest(package)).lines())
    assert figures(book(package, tmp_path / "book", lang="th", digits="thai")) == figures(expected)


def test_the_book_in_both_languages_has_the_same_numbers(package: Path, tmp_path: Path) -> None:
    expected = in_both(Committee(newest(package)).lines())
    assert figures(book(package, tmp_path / "book", digits="thai")) == figures(expected)

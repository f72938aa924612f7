"""Coverage of an exam, and of a unit over its administrations, says what the files say."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from examgen.reports.units import unit_report
from examgen.reports.writing import ReportOptions, report
from tests.reports.readback.oracle_b_coverage import Coverage
from tests.reports.readback.oracle_b_files import newest
from tests.reports.readback.oracle_b_sittings import sat
from tests.reports.readback.oracle_b_tables import table_faults
from tests.reports.readback.oracle_b_told import Told, differences, figures, in_both, in_thai, told
from tests.reports.readback.oracle_b_unit import UnitOracle
from tests.reports.readback.reader import Page


@pytest.fixture(scope="module", params=["T-1-L4", "T-1-SMALL"])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 59 candidates and two units on two forms; of seven candidates on one."""
    return sat(tmp_path_factory) / "output" / str(request.param)


def page(package: Path, out: Path, **asked: object) -> list[Told]:
    """The lines of a report made anew."""
    report(package, package.parents[1], "coverage", ReportOptions(out=out, pdf=False, **asked))  # type: ignore[arg-type]
    return told(Page((out / "report.html").read_text("utf-8")))


def test_coverage_and_its_tables_are_the_files(package: Path, tmp_path: Path) -> None:
    expected = Coverage(newest(package))
    assert not (found := differences(expected.lines(), page(package, tmp_path / "page", lang="en"))), found
    assert not (found := table_faults(tmp_path / "page", expected.tables())), found


def test_coverage_in_thai_figures_and_in_both_languages(package: Path, tmp_path: Path) -> None:
    lines = Coverage(newest(package)).lines()
    assert figures(page(package, tmp_path / "th", lang="th", digits="thai")) == figures(in_thai(lines))
    assert figures(page(package, tmp_path / "both")) == figures(in_both(lines))


# ── a unit over its administrations ──────────────────────────────────────────────────────────


@pytest.fixture
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten sittings and one without a day, of which two have a package."""
    return sat(tmp_path_factory)


def unit_page(workspace: Path, out: Path, code: str = "T-1", **asked: object) -> list[Told]:
    """The lines of a unit's report made anew."""
    made, problems = unit_report(workspace, code, ReportOptions(out=out, pdf=False, **asked))  # type: ignore[arg-type]
    assert not problems
    return told(Page((made.folder / "report.html").read_text("utf-8")))


@pytest.mark.parametrize("code", ["T-1", "T-2"])
def test_a_unit_and_its_tables_are_the_files(workspace: Path, tmp_path: Path, code: str) -> None:
    expected = UnitOracle(workspace, code)
    found = unit_page(workspace, tmp_path / "unit", code, lang="en")
    assert not (differ := differences(expected.lines(), found)), differ
    assert not (faults := table_faults(tmp_path / "unit", expected.tables())), faults


def test_a_unit_in_thai_figures_and_in_both_languages(workspace: Path, tmp_path: Path) -> None:
    day = date(2027, 1, 31)
    lines = UnitOracle(workspace, "T-1", day).lines()
    thai = unit_page(workspace, tmp_path / "th", lang="th", digits="thai", day=day)
    assert figures(thai) == figures(in_thai(lines))
    assert figures(unit_page(workspace, tmp_path / "both", day=day)) == figures(in_both(lines))


def test_a_changed_digit_a_changed_bar_and_exchanged_cells_are_found(workspace: Path, tmp_path: Path) -> None:
    package = workspace / "output" / "T-1-SMALL"
    expected, out = Coverage(newest(package)).lines(), tmp_path / "page"
    assert not differences(expected, page(package, out, lang="en"))
    html = (out / "report.html").read_text("utf-8")
    cells = re.search(r"(<td[^>]*>)(\d+/\d+)(</td><td[^>]*>)([\d.]+\s%)(</td>)", html)
    assert cells is not None
    opened, met, between, share, closed = cells.groups()
    for right, wrong in [
        (f"{met}</td>", f"1{met}</td>"),
        (cells[0], f"{opened}{share}{between}{met}{closed}"),
        ('style="width: ', 'style="width: 1'),
        ("</main>", "<p>7 more</p></main>"),
    ]:
        assert differences(expected, told(Page(html.replace(right, wrong, 1)))), wrong

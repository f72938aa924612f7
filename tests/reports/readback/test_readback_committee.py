"""The committee's book says what the files of the run say: nothing else, nothing less, in its places."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examgen.reports.writing import ReportOptions, report
from tests.reports.readback import measures
from tests.reports.readback.conftest import Packages
from tests.reports.readback.oracle_b_committee import Committee
from tests.reports.readback.oracle_b_committee_tables import committee_tables
from tests.reports.readback.oracle_b_files import newest, table
from tests.reports.readback.oracle_b_sittings import sat
from tests.reports.readback.oracle_b_tables import table_faults
from tests.reports.readback.oracle_b_told import Told, differences, figures, in_both, in_thai, told
from tests.reports.readback.raw import Raw
from tests.reports.readback.reader import Page
from tests.reports.readback.repeat_claims import FROM, SHARES
from tests.reports.readback.speech import Tongue


@pytest.fixture(scope="module", params=["T-1-L4", "T-1-SMALL"])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 58 candidates with everything that a book may have; of seven with little."""
    return sat(tmp_path_factory) / "output" / str(request.param)


def book(package: Path, out: Path, **asked: object) -> list[Told]:
    """The lines of a book made anew; whatever figures its Thai has, those of its English are arabic."""
    report(package, package.parents[1], "committee", ReportOptions(out=out, pdf=False, **asked))  # type: ignore[arg-type]
    page = Page((out / "report.html").read_text("utf-8"))
    assert not [one.english for one in page.passages if re.search("[๐-๙]", one.english)]
    return told(page)


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


# ── a parallel form ──────────────────────────────────────────────────────────────────────────


def test_how_often_decisions_would_repeat_is_the_table_and_the_table_is_near_the_totals(
    packages: Packages, tmp_path: Path
) -> None:
    """Of 115 candidates of one form of 30 items, where 60 % of all points is the whole rule."""
    raw, tongue = Raw(package := packages("large")), Tongue("both", "thai")
    lines = [one.text for one in book(package, tmp_path / "book", digits="thai") if one.place == "2 p"]
    (row,) = table(tmp_path / "book" / "repeated.csv")
    assert not [one for one in table_faults(tmp_path / "book", {"repeated": [row]}) if "repeated" in one]
    assert int(row["n"]) == raw.n
    for message, named in SHARES.items():
        ways = tongue.fill(message, {name: f"{100 * float(row[of]):.0f}" for name, of in named.items()})
        assert sum(line in ways for line in lines) == 1, (ways, lines)
    assert sum(line in tongue.fill(FROM, {"n": raw.n}) for line in lines) == 1

    assert raw.rule is not None
    assert raw.rule["percent"] == 60
    assert not any(raw.rule[name] for name in ("criteria", "elements", "units", "at_least", "cut"))
    told = {name: float(value) for name, value in row.items() if value}
    by_centre: dict[str, list[float]] = {}  # whose candidates are far apart: one beta is not theirs
    for one in raw.candidates:
        by_centre.setdefault(one["centre"], []).append(float(one["score"]))
    by_totals = measures.repeated(by_centre.values(), 30, 0.6)
    of = {name: told[name] for name in by_totals}
    # both are estimates from the totals of the same 115 candidates
    assert all(abs(of[name] - by_totals[name]) < 0.06 for name in by_totals if name != "kappa"), (
        of,
        by_totals,
    )
    # and it agrees with itself: as many pass first and fail then as fail first and pass then
    again, failing = of["pass_again"], of["fail_again"]
    rate = (1 - failing) / (2 - again - failing)
    assert of["consistency"] == pytest.approx(rate * again + (1 - rate) * failing, abs=1e-9)
    chance = rate**2 + (1 - rate) ** 2
    assert of["kappa"] == pytest.approx((of["consistency"] - chance) / (1 - chance), abs=1e-9)
    assert of["accuracy"] == pytest.approx(1 - of["false_pass"] - of["false_fail"], abs=1e-9)

"""No number of a report is made of a cell that was rounded: each is rounded once, from points and counts."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.reports import writing as results
from examgen.reports.candidates import CandidateReportOptions, candidate_reports
from examgen.reports.writing import ReportOptions, report
from examgen.scoring.runs import read_scored
from examgen.scoring.scored_run import ScoredRun
from examgen.stats.distributions import wilson
from tests.reports.sentences.people import spread
from tests.reports.sentences.sitting import Sitting
from tests.reports.sentences.thirty import SITTINGS

GROUPS = ("cohort", "centre", "coverage", "committee")
TABLES = ("candidates", "criteria", "scale", "coverage", "standard")
_ROUNDED = re.compile(r"percent|^low$|^high$|_low$|_high$|^met_of_asked$|^met_of_all$")
_TWO = re.compile(r"-?\d+\.\d\d")
_NUMBER = re.compile(r"\d+\.\d+")
_LESS = Decimal("0.0049")

ODD = Sitting(
    "as the audit found it: 23 people of whom so many have so many of seven items that the mean is 47.65…",
    [*spread(23, centre="ก"), *(first_of for first_of in spread(22, low=0.1, high=0.8, centre="ข"))],
    {
        "items": 12,
        "criteria": {"E1.01": 7, "E1.02": 3, "E2.01": 2},
        "report": {"rank": True, "coverage": True},
    },
    told=(0, 3, 9, 20, 44),
)
SOME = (ODD, *(one for one in SITTINGS if one.name in ("parts of points", "centres of 4, 40 and 400")))


def lowered(table: pl.DataFrame) -> pl.DataFrame:
    """The same table before its rounding, as it may have been: each rounded cell a bit less."""

    def less(cell: str) -> str:
        return f"{Decimal(cell) - _LESS:.4f}" if _TWO.fullmatch(cell) and Decimal(cell) else cell

    names = [name for name in table.columns if _ROUNDED.search(name) and table[name].dtype == pl.String]
    return table.with_columns(
        pl.col(name).map_elements(less, return_dtype=pl.String, skip_nulls=True) for name in names
    )


def shown(page: str) -> str:
    """A page with the numbers that are cells as they stand, of four decimals now, in the two that they have."""
    text = re.sub(r"<svg.*?</svg>|style=\"[^\"]*\"", "", page, flags=re.DOTALL)

    def rounded(found: re.Match[str]) -> str:
        value = Decimal(found[0])
        if len(found[0].partition(".")[2]) == 4:
            value = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
        return f"{value:f}".rstrip("0").rstrip(".")

    return _NUMBER.sub(rounded, text)


def pages(package: Path, folder: Path, told: tuple[str, ...]) -> dict[str, str]:
    found = {}
    asked = ReportOptions(lang="en", pdf=False)
    for kind in GROUPS:
        report(package, folder, kind, asked._replace(out=folder / kind))
        found[kind] = (folder / kind / "report.html").read_text("utf-8")
    which = CandidateReportOptions(ids=told, html=True)
    candidate_reports(package, folder, asked._replace(out=folder / "one"), which)
    return found | {one: (folder / "one" / f"{one}.html").read_text("utf-8") for one in told}


@pytest.mark.parametrize("sitting", SOME, ids=lambda one: one.name[:20])
def test_a_rounded_cell_is_shown_as_it_stands_or_not_at_all(
    sitting: Sitting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = sitting.made(tmp_path / "made")
    told = tuple(sitting.ids()[n] for n in sitting.told)
    before = pages(package, tmp_path / "a", told)

    def read(*words: object, **more: object) -> ScoredRun:
        run = read_scored(*words, **more)  # type: ignore[arg-type]
        return run._replace(**{name: lowered(getattr(run, name)) for name in TABLES})

    monkeypatch.setattr(results, "read_scored", read)
    after = pages(package, tmp_path / "b", told)
    for name, text in before.items():
        one, other = (shown(page).splitlines() for page in (text, after[name]))
        assert [(a, b) for a, b in zip(one, other, strict=True) if a != b] == [], name


@given(st.integers(1, 60), st.data())
def test_ends_in_whole_per_cent_are_those_of_the_points(n: int, data: st.DataObject) -> None:
    """9 items, 1 right: 43.49997 is kept as 43.50, and is 43, not 44."""
    from examgen.reports.candidate_report.facts import whole_intervals

    k = data.draw(st.integers(0, n))
    exact = [[100 * end for end in wilson(float(x), n, 0.95)] for x in range(n + 1)]
    rows = [
        {"correct": str(x), "asked": str(n), "low": f"{low:.2f}", "high": f"{high:.2f}"}
        for x, (low, high) in enumerate(exact)
    ]
    told = whole_intervals(rows, {"interval": "wilson", "confidence": 95})[k]
    whole = tuple(str(Decimal(end).quantize(Decimal(1), ROUND_HALF_UP)) for end in exact[k])
    assert told == tuple("0" if one == "-0" else one for one in whole)

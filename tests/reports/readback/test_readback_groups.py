"""The reports of the cohort and of the centres say what the files of the run say: every number of them, each in
its place, in every language; so do their figures and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.effort import some
from tests.reports.readback.centre_oracle import claim_centre
from tests.reports.readback.cohort_oracle import claim_cohort
from tests.reports.readback.conftest import Packages
from tests.reports.readback.packages import report
from tests.reports.readback.raw import Raw
from tests.reports.readback.reader import Page
from tests.reports.readback.repeat_claims import claim_repeats, repeats
from tests.reports.readback.speech import Tongue
from tests.reports.readback.tables import centre_tables, check_tables, cohort_tables

ORACLES = {"cohort": (claim_cohort, cohort_tables), "centre": (claim_centre, centre_tables)}
WISHES = [
    ("one", None, "en", "arabic"),
    ("small", None, "both", "arabic"),
    ("small", None, "th", "thai"),
    ("middle", 1, "en", "thai"),
    ("middle", 2, "both", "arabic"),
    ("middle", 2, "both", "thai"),
    ("large", None, "en", "arabic"),
    ("large", None, "th", "thai"),
]


@pytest.mark.parametrize("kind", sorted(ORACLES))
@pytest.mark.parametrize(("name", "run", "lang", "digits"), some(WISHES, 2))
def test_every_number_is_that_of_the_files(
    packages: Packages, tmp_path: Path, kind: str, name: str, run: int | None, lang: str, digits: str
) -> None:
    package = packages(name)
    claim, tables = ORACLES[kind]
    chosen = () if run is None else ("--run", run)
    out = report(package, kind, tmp_path / kind, "--lang", lang, "--digits", digits, *chosen)
    page, raw = Page((out / "report.html").read_text("utf-8")), Raw(package, run)
    claim(page, raw, Tongue(lang, digits))
    if kind == "cohort":
        claim_repeats(page, Tongue(lang, digits), repeats(package, tmp_path, raw.n))
    assert not page.unclaimed()
    check_tables(out, tables(raw))


def test_nobody_was_scored(packages: Packages, tmp_path: Path) -> None:
    out = report(packages("none"), "cohort", tmp_path / "cohort", "--lang", "th")
    page = Page((out / "report.html").read_text("utf-8"))
    claim_cohort(page, Raw(packages("none")), Tongue("th"))
    assert not page.unclaimed()
    assert (out / "distribution.csv").read_text("utf-8-sig").count("\n") == 1


def test_the_packages_have_what_is_to_be_read_back(packages: Packages) -> None:
    small, middle, large = (Raw(packages(name)) for name in ("small", "middle", "large"))
    assert small.n < 10 < middle.n <= 60 < large.n
    assert small.ledger
    assert small.quarantine
    assert {one["form"] for one in middle.candidates} == {"A", "B"}
    assert len({one["max_score"] for one in middle.candidates}) == 2
    assert len({one["max_score"] for one in Raw(packages("middle"), 1).candidates}) == 1
    verdicts = {str(row["verdict"]) for row in centre_tables(large)["centres"]}
    assert {"within", "small", "below-95", "below-99.8", "above-99.8"} <= verdicts

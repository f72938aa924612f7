"""What `report` adds to candidates.csv, reckoned again from the other columns and files."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from tests.samples import blueprint, shelf
from tests.sittings import Rows, table

ASKED = {
    "forms": 2,
    "items": 12,
    "criteria": {"E1.01": {"min": 5}, "E1.02": {"min": 5}, "E2.01": {"max": 2}},
    "report": {"coverage": True, "rank": True, "percentile": True, "t_score": "linear"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    bank = shelf(per_pc=20)
    made = assemble([bank], *blueprint(**ASKED))
    write_package(place / "exam", exam_files(made, bank_sha256([bank]), {}))
    simulations.simulate(place / "exam", 300, 4, place / "answers.csv", dirty=24)
    sittings.score(place / "exam", [place / "answers.csv"])
    return place / "exam"


@pytest.fixture(scope="module")
def rows(folder: Path) -> Rows:
    return table(folder / "results/candidates.csv")


def two(value: Fraction) -> str:
    hundredths = int(value * 100 + Fraction(1, 2))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def test_ranks_and_percentile_ranks_are_those_of_the_cohort(rows: Rows) -> None:
    scores = Counter(int(row["score"]) for row in rows)
    assert len(scores) > 5
    for row in rows:
        own = int(row["score"])
        below = sum(n for score, n in scores.items() if score < own)
        above = sum(n for score, n in scores.items() if score > own)
        assert row["rank"] == str(above + 1)
        assert row["percentile"] == two(Fraction(100 * (2 * below + scores[own]), 2 * len(rows)))


def test_t_scores_have_a_mean_of_50_and_a_standard_deviation_of_10(rows: Rows) -> None:
    found = [float(row["t_score"]) for row in rows]
    mean = sum(found) / len(found)
    spread = (sum((t - mean) ** 2 for t in found) / len(found)) ** 0.5
    assert mean == pytest.approx(50, abs=0.01)
    assert spread == pytest.approx(10, abs=0.01)


def test_coverage_counts_the_criteria_that_are_met(folder: Path, rows: Rows) -> None:
    results = table(folder / "results/pc_results.csv")
    assert len({row["criteria_met"] for row in rows}) > 1
    for row, result in zip(rows, results, strict=True):
        statuses = [cell for name, cell in result.items() if name.endswith("_status")]
        met, asked = statuses.count("met"), len(statuses) - statuses.count("not_assessed")
        assert row["criteria_met"] == str(met)
        assert row["met_of_asked"] == two(Fraction(100 * met, asked))
        assert row["met_of_all"] == two(Fraction(100 * met, len(statuses)))

"""Scores below 0, from answers to files: told as the rule says, and as numbers, not as formulas."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.scoring import compare
from examgen.scoring import score as sittings
from tests.samples import blueprint, item_data, shelf
from tests.sittings import table


@pytest.fixture(params=["total", "none"])
def floor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path, floor: str) -> Path:
    """A package of one form of 8 questions, on which a wrong answer costs a third of a point."""
    items = [item_data(pc, n) for pc in ("E1.01", "E1.02", "E2.01") for n in range(1, 6)]
    rule = {"wrong": "1/3", "floor": floor}
    sat = assemble([bank := shelf(items=items)], *blueprint(forms=1, items=8, scoring=rule, pilot=None))
    write_package(tmp_path / "exam", exam_files(sat, bank_sha256([bank]), {}))
    return tmp_path / "exam"


def sat(folder: Path, name: str, right: list[int]) -> Path:
    """A file of candidates with so many right answers, the others wrong but the first, which is blank."""
    key = [row["key"] for row in table(folder / "secure/key.csv")]
    path = folder.parent / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["candidate_id", "form", *(f"Q{n}" for n in range(1, len(key) + 1))])
        for n, few in enumerate(right):
            marks = ["", *key[1 : few + 1], *("A" if letter != "A" else "B" for letter in key[few + 1 :])]
            writer.writerow([f"c{n}", "A", *marks])
    return path


def test_a_total_below_0_is_cut_or_told_and_never_another(folder: Path, floor: str) -> None:
    sittings.score(
        folder, [sat(folder, "a.csv", [0, 1, 2, 7])], options=sittings.ScoringOptions(elements=True)
    )
    rows = table(folder / "results/candidates.csv")
    told = [(row["form"], row["score"], row["percent"], row["answered"], row["blank"]) for row in rows]
    below = {
        "total": [("0", "0.00"), ("0", "0.00")],
        "none": [("-2.3333", "-29.17"), ("-1", "-12.50")],
    }
    ends = [*below[floor], ("0.3333", "4.17"), ("7", "87.50")]
    assert told == [("A", *score, "7", "1") for score in ends]


def test_a_mean_below_0_is_a_number(folder: Path) -> None:
    sittings.score(folder, [sat(folder, "a.csv", [0, 0])])
    means = [float(row["mean_percent"]) for row in table(folder / "results/pc_coverage.csv")]
    assert min(means) < 0


def test_a_list_of_changes_tells_points_as_the_results_do(folder: Path) -> None:
    sittings.score(folder, [sat(folder, "a.csv", [2, 3])])
    sittings.score(folder, [sat(folder, "b.csv", [7, 0])])
    found = compare.compare_runs(folder / "results", "1", "2").comparison
    compare.write_changes(found, folder.parent / "changes.csv")
    rows = {row["candidate_id"]: row for row in table(folder.parent / "changes.csv")}
    assert (rows["c0"]["score_before"], rows["c0"]["score_after"]) == ("0.3333", "7")
    assert rows["c1"]["change"].startswith("-1.6667" if rows["c1"]["score_after"] == "0" else "-4")

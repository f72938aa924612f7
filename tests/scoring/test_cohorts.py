"""Standings where totals are cut at 0 and rows are not scored; files that change while they are scored."""

from __future__ import annotations

from pathlib import Path

import pytest

from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.core.hashing import Hashing
from examgen.core.problems import Refused
from examgen.scoring import score as sittings
from tests.same_bytes import in_small_parts
from tests.samples import blueprint, shelf
from tests.sittings import table

LETTERS = "ABCD"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cohort") / "exam"
    bank = shelf(per_pc=8)
    asked = {
        "scoring": {"wrong": "by_options"},
        "report": {"rank": True, "percentile": True, "t_score": "linear"},
    }
    made = assemble([bank], *blueprint(items=12, **asked))
    write_package(place, exam_files(made, bank_sha256([bank]), {}))
    return place


def sheet(folder: Path, candidate: str, right: int, wrong: int) -> str:
    """So many right answers, so many wrong ones, then blanks."""
    keys = [row["key"] for row in table(folder / "secure/key.csv")]
    others = [next(letter for letter in LETTERS if letter != key) for key in keys]
    marks = [*keys[:right], *others[right : right + wrong], *[""] * (len(keys) - right - wrong)]
    return ",".join((candidate, "A", *marks))


def answers(folder: Path, *rows: str) -> str:
    n = len(table(folder / "secure/key.csv"))
    return "\n".join((",".join(("candidate_id", "form", *(f"Q{k}" for k in range(1, n + 1)))), *rows)) + "\n"


def test_rows_that_are_not_scored_stand_nowhere_in_the_cohort(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    nobody = sheet(folder, "010", 0, 12)
    contradicting = sheet(folder, "011", 0, 12), sheet(folder, "011", 0, 11)
    rows = [sheet(folder, f"00{k}", 12 - k, 0) for k in range(1, 4)]
    path.write_text(answers(folder, *rows, nobody, nobody, *contradicting))
    sittings.score(folder, [path], tmp_path / "results")
    found = {row["candidate_id"]: row for row in table(tmp_path / "results/candidates.csv")}
    assert {name: row["rank"] for name, row in found.items()} == {
        "001": "1",
        "002": "2",
        "003": "3",
        "010": "4",
    }
    assert found["010"]["score"] == "0"
    assert found["010"]["percentile"] == "12.50"


def test_a_file_that_is_written_to_meanwhile_is_refused(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(answers(folder, sheet(folder, "001", 5, 0)))
    hashing = Hashing([path])
    hashing.done()
    with path.open("a") as file:
        file.write(sheet(folder, "002", 5, 0) + "\n")
    with pytest.raises(Refused, match="changed while they were scored"):
        sittings.score(folder, [path], tmp_path / "results", hashing=hashing)
    assert not (tmp_path / "results").exists()


def test_corrections_that_leave_nothing_are_refused(folder: Path, tmp_path: Path) -> None:
    path, corrections = tmp_path / "answers.csv", tmp_path / "corrections.yaml"
    path.write_text(answers(folder, sheet(folder, "001", 5, 0)))
    n = len(table(folder / "secure/key.csv"))
    corrections.write_text(
        "".join(
            f"- {{kind: drop, form: A, question: {k}, reason: r, by: b, date: 2026-11-20}}\n"
            for k in range(1, n + 1)
        )
    )
    with pytest.raises(Refused, match="leave nothing"):
        sittings.score(
            folder, [path], tmp_path / "results", options=sittings.ScoringOptions(corrections=corrections)
        )


def test_standings_are_over_all_parts_of_a_file(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(answers(folder, *(sheet(folder, f"{n:03d}", n % 13, n % 3) for n in range(60))))
    sittings.score(folder, [path], tmp_path / "whole")
    with in_small_parts():
        sittings.score(folder, [path], tmp_path / "parts")
    for name in ("candidates.csv", "pc_results.csv", "pc_coverage.csv"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()

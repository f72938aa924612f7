"""Whom corrections move: told against the same scoring without them, at every later run, and apart from rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from examgen.reports.writing import ReportOptions, report
from examgen.scoring import score as sittings
from examgen.scoring.options import ScoringOptions
from tests.sittings import HEAD, key_of, small_package, table, write_table

SAID = {"reason": "ตีความได้สองทาง", "by": "คณะกรรมการ", "date": "2026-11-20"}
RAISED = ["02", "04", "06"]


@pytest.fixture
def sat(tmp_path: Path) -> tuple[Path, Path, ScoringOptions]:
    """A package, answers of which every second has question 1 wrong, decisions on a row that names nobody."""
    exam = small_package(tmp_path / "exam")
    key = key_of(exam)
    others = [next(one for one in "ABCD" if one != key[0]), *key[1:]]
    rows = [[f"{n:02d}", "A", *(others if n % 2 == 0 else key)] for n in range(1, 7)]
    answers = write_table(tmp_path / "a.csv", [*rows, ["", "A", *key], ["", "A", *others]], HEAD)
    decided = write_table(
        tmp_path / "who.csv",
        [["a.csv", "8", "07", *SAID.values()], ["a.csv", "9", "-", *SAID.values()]],
        ["file", "line", "candidate_id", "reason", "by", "date"],
    )
    return exam, answers, ScoringOptions(identities=(decided,), signals=False, processes=1)


def corrected(folder: Path, name: str, *questions: int) -> Path:
    """Everybody has these questions."""
    made: list[dict[str, Any]] = [
        {"kind": "credit_all", "form": "A", "question": n, "only_here": True, **SAID} for n in questions
    ]
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(made, allow_unicode=True), "utf-8")
    return path


def test_a_dry_run_of_corrections_tells_what_the_key_does(
    sat: tuple[Path, Path, ScoringOptions], tmp_path: Path
) -> None:
    exam, answers, wanted = sat
    both = sittings.dry_run(
        exam, [answers], wanted.model_copy(update={"corrections": corrected(tmp_path, "one", 1)})
    )
    assert both.comparison.rows["candidate_id"].to_list() == RAISED
    assert both.comparison.all.candidates_before == 7
    of_rows = sittings.dry_run(exam, [answers], wanted)
    assert of_rows.comparison.only_after == ("07",)
    assert of_rows.comparison.all.score_changed == 0


def test_a_correction_tells_what_it_does_alone(
    sat: tuple[Path, Path, ScoringOptions], tmp_path: Path
) -> None:
    exam, answers, wanted = sat
    on_record, proposed = corrected(tmp_path, "one", 1), corrected(tmp_path, "two", 1, 2)
    assert sittings.dry_run(exam, [answers], wanted, beside=[]).comparison.rows.height == 0
    sittings.score(exam, [answers], options=wanted.model_copy(update={"corrections": on_record}))
    found = sittings.dry_run(
        exam, [answers], wanted.model_copy(update={"corrections": proposed}), beside=[on_record]
    )
    assert found.comparison.rows.height == 0
    assert [one["question"] for one in found.new] == [2]
    found = sittings.dry_run(exam, [answers], wanted.model_copy(update={"corrections": on_record}), beside=[])
    assert found.comparison.rows["candidate_id"].to_list() == RAISED


def test_a_later_book_names_whom_a_correction_raised(
    sat: tuple[Path, Path, ScoringOptions], tmp_path: Path
) -> None:
    """Made in run 2; run 3 only gives a row to somebody."""
    exam, answers, wanted = sat
    made = wanted.model_copy(update={"corrections": corrected(tmp_path, "one", 1)})
    sittings.score(exam, [answers], options=wanted.model_copy(update={"identities": ()}))
    sittings.score(exam, [answers], options=made.model_copy(update={"identities": ()}))
    assert sittings.score(exam, [answers], options=made).run == 3
    out = tmp_path / "book"
    report(exam, tmp_path, "committee", ReportOptions(lang="en", pdf=False, out=out))
    by_key, since = (table(out / f"{name}.csv") for name in ("by_corrections", "moved"))
    assert [row["score_before"] for row in by_key] == ["3.0"] * 3
    assert {row["score_after"] for row in by_key} == {"4.0"}
    assert len(since) == 1
    assert [row["candidate_id"] for row in by_key] == RAISED
    assert [row["candidate_id"] for row in since] == ["07"]

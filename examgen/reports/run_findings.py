"""A scored run → what reports add to its tables: changes, analysis, consistency of decisions."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from examgen.core.csv_files import without_apostrophe
from examgen.core.exam.names import ANALYSIS
from examgen.core.exam.runs import read_run
from examgen.core.files import read_input
from examgen.core.responses.table import NAME as RESPONSES
from examgen.reports.decisions import RepeatedDecisions
from examgen.scoring.compare import Compared, compare_folders

if TYPE_CHECKING:
    from examgen.scoring.scored_run import ScoredRun


def compared_with(before: Path, run: ScoredRun) -> tuple[Compared, dict[str, float]]:
    """Compare with the run in the folder `before`; also return the maximum score of each candidate there."""
    compared = compare_folders(before, run.folder)
    people = pl.read_csv(before / "candidates.csv", infer_schema=False, columns=["candidate_id", "max_score"])
    mosts = {
        who: float(most)
        for who, most in people.with_columns(without_apostrophe(pl.col("candidate_id"))).iter_rows()
        if most
    }
    return compared, mosts


def compared_without_corrections(run: ScoredRun, folder: Path) -> tuple[Compared, dict[str, float]] | None:
    """Compare, as `compared_with`, with the same run without its corrections; None if it has none or keeps no
    answers."""
    if not run.audit.get("corrections") or not (run.folder / RESPONSES).is_file():
        return None
    from examgen.scoring.score import score_without_corrections  # few runs have corrections

    with TemporaryDirectory() as name:
        without = Path(name) / "without"
        without.mkdir()
        score_without_corrections(folder, read_run(run.run, run.folder), without)
        return compared_with(without, run)


def report_folder(folder: Path, run: int) -> Path:
    """Return the folder of the analysis of a run."""
    return folder / ANALYSIS / f"run-{run:04d}"


def analysis_of(run: ScoredRun, folder: Path) -> dict[str, Any] | None:
    """Return the document of the analysis of this very scoring; None if there is none."""
    return analysis_by(folder, run.run, run.fingerprint)


def analysis_by(folder: Path, run: int, fingerprint: str) -> dict[str, Any] | None:
    """Return the analysis of a run by its number and fingerprint; None if there is none."""
    found = report_folder(folder, run) / "analysis.json"
    analysis = json.loads(read_input(found).decode("utf-8")) if found.is_file() else None
    return dict(analysis) if analysis is not None and analysis.get("fingerprint") == fingerprint else None


def repeats_of(run: ScoredRun, folder: Path) -> RepeatedDecisions | None:
    """Return how consistent the run's pass/fail decisions are; None without a pass rule or scored
    candidates."""
    if run.audit["options"]["pass"] is None or not run.candidates.height:
        return None
    n_passed = int((run.candidates["decision"] == "pass").sum())
    found = RepeatedDecisions(run.candidates.height, n_passed, None)
    if not found.is_enough:
        return found
    document = _decisions_of(folder, str(run.folder), run.fingerprint)
    [row] = document["table"]
    if row["consistency"] is None or any(note["code"] == "far-off" for note in document["notes"]):
        return found
    return found._replace(shares=row)


@lru_cache(maxsize=1)
def _decisions_of(folder: Path, run: str, fingerprint: str) -> dict[str, Any]:
    """The analysis of a run's decisions; cached because the cohort and committee reports both ask for it."""
    from examgen.analysis.decisions import decisions_of_run

    return decisions_of_run(folder, run).document()

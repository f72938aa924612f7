"""What reports say of a run beside its tables: the run before, its analysis, how often decisions repeat."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from examgen.core.exam.names import ANALYSIS
from examgen.core.storage import read_input, without_apostrophe
from examgen.reports.decisions import RepeatedDecisions
from examgen.reports.pseudonyms import pseudonymous_analysis, pseudonymous_changes
from examgen.scoring.runs.compare import Compared, compare_folders

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun


def compared_with(
    before: Path, run: ScoredRun, codes: pl.DataFrame | None
) -> tuple[Compared, dict[str, float]]:
    """What is otherwise than in that run, and the points that each candidate could have there: by id, or by
    code where people are hidden."""
    compared = compare_folders(before, run.folder)
    people = pl.read_csv(before / "candidates.csv", infer_schema=False, columns=["candidate_id", "max_score"])
    mosts = {
        who: float(most)
        for who, most in people.with_columns(without_apostrophe(pl.col("candidate_id"))).iter_rows()
        if most
    }
    if codes is not None:
        compared = compared._replace(comparison=pseudonymous_changes(compared.comparison, codes))
        known = dict(codes.select("candidate_id", "code").rows())
        mosts = {known.get(who, ""): most for who, most in mosts.items()}
    return compared, mosts


def report_folder(folder: Path, run: int) -> Path:
    """Where the analysis of a run stands."""
    return folder / ANALYSIS / f"run-{run:04d}"


def analysis_of(run: ScoredRun, folder: Path, codes: pl.DataFrame | None) -> dict[str, Any] | None:
    """What an analysis of this very scoring found; None where there was none."""
    found = report_folder(folder, run.run) / "analysis.json"
    analysis = json.loads(read_input(found).decode("utf-8")) if found.is_file() else None
    if analysis is None or analysis.get("fingerprint") != run.fingerprint:
        return None
    return analysis if codes is None else pseudonymous_analysis(analysis, codes)


def repeats_of(run: ScoredRun, folder: Path) -> RepeatedDecisions | None:
    """How often the run's decisions would repeat; None where there is no pass rule or nobody was scored."""
    if run.audit["options"]["pass"] is None or not run.candidates.height:
        return None
    n_passed = int((run.candidates["decision"] == "pass").sum())
    found = RepeatedDecisions(run.candidates.height, n_passed, None)
    if not found.is_enough:
        return found
    document = _rule_of(folder, str(run.folder), run.fingerprint)
    if any(note["code"] in ("no-model", "far-off") for note in document["notes"]):
        return found
    [row], texts = document["methods"], document["shared_texts"] or {}
    return found._replace(
        shares=row,
        errors=document["se"],
        n_sharing=texts.get("n_items", 0),
        at_worst=texts.get("at_worst"),
    )


@lru_cache(maxsize=1)
def _rule_of(folder: Path, run: str, fingerprint: str) -> dict[str, Any]:
    """What an analysis says of the rule of a run; cohort and committee ask for it one after the other."""
    from examgen.analyses.rule_decisions import analyse_rule

    return analyse_rule(folder, run)

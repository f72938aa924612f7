"""Files of ratings, or a scored exam → `examgen.stats.assessors`, what ratings say of their assessors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from examgen.analysis.options import AssessorOptions
from examgen.analysis.parts import Document
from examgen.analysis.results import Analysed, with_notes
from examgen.analysis.shown import Words, message_note
from examgen.analysis.tables import TextTable, refusal_by_line
from examgen.capture.cells import fold
from examgen.capture.columns import CANDIDATE_NAMES
from examgen.capture.ratings import (
    ASSESSOR_NAMES,
    POINTS_NAMES,
    TASK_NAMES,
    Rating,
    read_ratings,
)
from examgen.core.exam.names import MANIFEST, RESULTS
from examgen.core.exam.releases import released_run
from examgen.core.files import read_input
from examgen.core.problems import WrongUsage
from examgen.core.tables.coded import read_coded
from examgen.core.words import command, joined, tell
from examgen.scoring.assessing.assessed_run import RATINGS
from examgen.stats import assessor_analysis
from examgen.stats.arguments import ArgumentError
from examgen.stats.assessor_analysis import AssessorAnalysis
from examgen.stats.ratings import COLUMNS
from examgen.stats.results import plain

# fmt: off
WORDS: Words = {
    "rater": tell("rater"), "agreement": tell("agreement"), "pairs": tell("pairs of assessors"),
    "lowest_pairs": tell("pairs of assessors with the lowest agreement"),
    "severities": tell("severity of assessors"), "severity": tell("severity in logits"),
    "centres": tell("severity of centres"), "tasks": tell("tasks"),
    "components": tell("sources of differences between ratings"),
    "d_study": tell("dependability of totals by the number of assessors"),
    "moderation": tell("for moderation"), "assessor": tell("assessor"), "candidates": tell("candidates"),
    "assessors": tell("assessors"), "ratings": tell("ratings"), "shared": tell("shared"),
    "mean": tell("mean points"), "coefficient": tell("coefficient"), "value": tell("value"),
    "low": tell("from"), "high": tell("to"), "se": tell("SE"), "n": tell("pairs or things rated"),
    "exact": tell("same points"), "within": tell("at most one apart"), "within_1": tell("at most one apart"),
    "kappa": tell("kappa"), "kappa_linear": tell("kappa, linear weights"),
    "kappa_quadratic": tell("kappa, quadratic weights"), "kappa_low": tell("from"), "kappa_high": tell("to"),
    "ICC1": tell("ICC of totals"), "ICC1k": tell("ICC of mean totals"), "icc2": tell("ICC of totals"),
    "first": tell("first assessor"),
    "second": tell("second assessor"),
    "difference": tell("difference between totals"), "group": tell("group"), "infit": tell("infit"),
    "outfit": tell("outfit"), "fair_points": tell("points of an average candidate"), "verdict": "",
    "severe": tell("severe"), "lenient": tell("lenient"), "alike": tell("average"),
    "unknown": tell("not estimable"), "centre": tell("centre"), "task": tell("task"),
    "highest": tell("highest"), "with_rest": tell("correlation with the rest"),
    "phi_without": tell("dependability without it"), "difficulty": tell("difficulty"),
    "effect": tell("source"), "variance": tell("variance"), "share": tell("share"),
    "candidate": tell("candidate"), "candidate_assessor": tell("view of a candidate by an assessor"),
    "candidate_task": tell("strength of a candidate on a task"),
    "assessor_task": tell("severity on single tasks"), "residual": tell("remainder"),
    "n_assessors": tell("assessors"), "se_total": tell("standard error of a total"),
    "g": tell("of ranks (G)"), "phi": tell("of points (Φ)"),
    "total_first": tell("total of the first"), "total_second": tell("total of the second"),
    "apart": tell("difference"), "argument candidate": "`candidate_id`",
    "argument task": tell("a column `task`"),
}
# fmt: on
"""What people call the names in a result."""
_CANDIDATE, _ROLES = (
    {fold(name) for tiers in kinds for tier in tiers for name in tier}
    for kinds in ((CANDIDATE_NAMES,), (ASSESSOR_NAMES, TASK_NAMES, POINTS_NAMES))
)
"""Heads of the column of the candidates, and heads that a file with a column for each assessor has not."""
_POINTS = {fold(name) for tier in POINTS_NAMES for name in tier}


def sheets(found: AssessorAnalysis) -> dict[str, list[Document]]:
    """The rows of every table for a file: severities first."""
    of, severity = found.agreement, found.severity
    tables = {
        "severity": severity and severity.assessors,
        "assessors": of and of.assessors,
        "pairs": of and of.pairs,
        "tasks": found.tables["tasks"],
        "centres": severity and severity.centres,
        "models": severity and severity.models,
        "precision": found.dependability.d_study,
        "moderation": of and of.moderation,
    }
    return {name: [] if table is None else plain(table) for name, table in tables.items()}


def analyse_assessors(files: Sequence[Path], options: AssessorOptions) -> Analysed[AssessorAnalysis]:
    """What files of ratings say; of an exam that was scored, by its folder, the ratings of the released run,
    before any release of the newest.

    Raises WrongUsage where one is not a file, Refused with every fault of the files.
    """
    files = [_ratings_of(path) if (path / MANIFEST).is_file() else path for path in files]
    for path in files:
        if not path.is_file():
            raise WrongUsage(tell("{path} is not a file. Give a file of ratings", path=path))
    data = [(path.name, read_input(path)) for path in files]
    matrix = _matrix(*data[0]) if len(data) == 1 else None
    if matrix is None:
        result = of_ratings(read_ratings(data, as_written=True), **options.arguments())
    else:
        try:
            result = assessor_analysis.assessors(matrix.frame, **options.arguments())
        except ArgumentError as error:
            raise refusal_by_line(error, {"ratings": matrix}, WORDS, data[0][0]) from None
    if len(data) > 1:
        names = joined([name for name, _ in data])
        pooled = tell("ratings of {n} files are analysed together ({names})", n=len(data), names=names)
        result = with_notes(result, [message_note("files-pooled", pooled)])
    sha256 = [hashlib.sha256(content).hexdigest() for _, content in data]
    return Analysed(result, WORDS, {"files": [name for name, _ in data], "sha256": sha256})


def of_ratings(ratings: Sequence[Rating], **arguments: Any) -> AssessorAnalysis:
    """What ratings say, with the arguments of `examgen.stats.assessors`."""
    names = ("candidate_id", "assessor", "task", "centre")
    columns: dict[str, list[Any]] = {name: [getattr(one, name) for one in ratings] for name in names}
    columns["points"] = [float(one.points) for one in ratings]
    if {fold(one) for one in columns["task"]} <= _POINTS:
        del columns["task"]  # the one column of points stands for a task
    return assessor_analysis.assessors(columns, **arguments)


def _matrix(name: str, data: bytes) -> TextTable | None:
    """A file with a row for each candidate and a column for each assessor; None of one that names assessors,
    tasks or points."""
    table = read_coded(name, data)
    heads = [fold(column.name) for column in table.columns]
    if _ROLES & set(heads):
        return None
    columns: dict[str, list[Any]] = {
        "candidate_id" if head in _CANDIDATE else column.name: [column.texts[code] for code in column.codes]
        for head, column in zip(heads, table.columns, strict=True)
    }
    if not {title.strip().lower() for title in columns} & {*COLUMNS["candidate"]}:
        # as people count the rows, blank ones too
        columns["candidate_id"] = [int(line - table.lines[0]) + 1 for line in table.lines]
    return TextTable(name, pl.DataFrame(columns), list(table.lines))


def _ratings_of(exam: Path) -> Path:
    """The ratings of a scored exam; raises WrongUsage where there is none."""
    run = released_run(exam / RESULTS)
    if run is None or RATINGS not in run.files:
        raise WrongUsage(
            tell(
                "{exam} has no scored ratings. Add them with {take}, then score",
                exam=exam,
                take=command("take"),
            )
        )
    return run.folder / RATINGS

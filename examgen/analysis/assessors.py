"""Files of ratings, or a scored exam → an analysis of the assessors by `examgen.stats.assessors`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import polars as pl

from examgen.analysis.options import AssessorOptions
from examgen.analysis.parts import Document
from examgen.analysis.shown import Analysed, TextTable, Words, analysed, message_note
from examgen.core.exam.names import MANIFEST, RESULTS
from examgen.core.exam.releases import released_run
from examgen.core.files import read_input
from examgen.core.problems import WrongUsage
from examgen.core.tables.coded import read_coded
from examgen.core.words import command, joined, tell
from examgen.scoring.assessing.assessed_run import RATINGS
from examgen.stats import assessor_analysis
from examgen.stats.assessor_analysis import AssessorAnalysis
from examgen.stats.ratings import roles_of
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
    "kappa_linear_low": tell("from"), "kappa_linear_high": tell("to"),
    "kappa_quadratic_low": tell("from"), "kappa_quadratic_high": tell("to"),
    "ICC1": tell("ICC of totals"), "ICC1k": tell("ICC of mean totals"), "icc2": tell("ICC of totals"),
    "ICC2": tell("ICC of totals"), "ICC2k": tell("ICC of mean totals"), "ac1": tell("Gwet's AC1"),
    "ac2_linear": tell("Gwet's AC2, linear weights"), "ac2_quadratic": tell("Gwet's AC2, quadratic weights"),
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
    "total_first": tell("total from the first assessor"),
    "total_second": tell("total from the second assessor"),
    "apart": tell("difference"), "argument candidate": "`candidate_id`",
    "argument task": tell("a column `task`"), "argument assessor": "`assessor`", "argument score": "`points`",
}
# fmt: on
"""The labels shown for the names in a result."""
_TITLES = {"candidate": "candidate_id", "score": "points"}
"""The titles of columns whose roles are named otherwise."""


def sheets(found: AssessorAnalysis) -> dict[str, list[Document]]:
    """Return the rows of every table, to be written to a file; severities come first."""
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
    """Analyse files of ratings; the folder of a scored exam stands for the ratings of a run.

    That run is the released one, or the newest one before any release.

    Raises WrongUsage if one of `files` is not a file or an exam has no scored ratings, Refused with every
    fault of the files.
    """
    files = [_ratings_of(path) if (path / MANIFEST).is_file() else path for path in files]
    for path in files:
        if not path.is_file():
            raise WrongUsage.because("{path} is not a file. Give a file of ratings", path=path)
    data = [(path.name, read_input(path)) for path in files]
    notes = []
    if len(data) > 1:
        names = joined([name for name, _ in data])
        pooled = tell("ratings of {n} files are analysed together ({names})", n=len(data), names=names)
        notes = [message_note("files-pooled", pooled)]
    sha256 = [hashlib.sha256(content).hexdigest() for _, content in data]
    sources = {"files": [name for name, _ in data], "sha256": sha256}
    table = _table(data)
    call = partial(assessor_analysis.assessors, table.frame, **options.arguments())
    return analysed(call, WORDS, table.name, sources, notes, {"ratings": table})


def assessors_of(name: str, data: bytes) -> AssessorAnalysis:
    """Analyse the ratings of a run, given as the name and the content of their file."""
    return assessor_analysis.assessors(_table([(name, data)]).frame)


def _table(files: Sequence[tuple[str, bytes]]) -> TextTable:
    """Return the rows of all files, with columns named as `examgen.stats` names them.

    A table with a column for each assessor keeps its headings. If it has no column of candidates, their
    numbers are those of its rows.
    """
    frames, places = [], list[str]()
    for name, data in files:
        table = read_coded(name, data)
        columns = {one.name: [one.texts[code] for code in one.codes] for one in table.columns}
        roles = roles_of(columns)
        titles = {column: _TITLES.get(role, role) for role, column in roles.items()}
        # a column for each assessor, where none names assessors, tasks or points
        if {"assessor", "task", "score", "candidate"}.isdisjoint(roles):
            # as people count the rows, blank ones too
            columns["candidate_id"] = [f"{line - table.lines[0] + 1}" for line in table.lines]
        columns = {
            column if (title := titles.get(column, column)) in columns else title: cells
            for column, cells in columns.items()
        }
        frames.append(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
        places += [f"{name}:{line}" for line in table.lines]
    return TextTable(" + ".join(name for name, _ in files), pl.concat(frames, how="diagonal"), places)


def _ratings_of(exam: Path) -> Path:
    """Return the path of the ratings of a scored exam; raises WrongUsage if there are none."""
    run = released_run(exam / RESULTS)
    if run is None or RATINGS not in run.files:
        raise WrongUsage.because(
            "{exam} has no scored ratings. Add them with {take}, then score", exam=exam, take=command("take")
        )
    return run.folder / RATINGS

"""Files of ratings, or a scored exam → `examgen.stats.assessors`, what ratings say of their assessors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from examgen.analysis.assessor_options import AssessorOptions
from examgen.analysis.parts import Document
from examgen.analysis.shown import message_note
from examgen.capture.ratings import Rating, read_ratings
from examgen.core.exam.names import MANIFEST, RESULTS
from examgen.core.exam.releases import released_run
from examgen.core.files import read_input
from examgen.core.problems import WrongUsage
from examgen.core.words import command, joined, tell
from examgen.scoring.assessing.assessed_run import RATINGS
from examgen.stats import assessor_analysis
from examgen.stats.assessor_analysis import AssessorAnalysis
from examgen.stats.results import plain

# fmt: off
WORDS: dict[str, str] = {
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
    "icc": tell("ICC of totals"),
    "icc_mean": tell("ICC of mean totals"), "first": tell("first assessor"),
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
    "apart": tell("difference"),
}
# fmt: on
"""What people call the names in a result."""


class Assessed(NamedTuple):
    """What was found, and in which files."""

    result: AssessorAnalysis
    sources: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {**self.sources, **self.result.to_dict()}

    def sheets(self) -> dict[str, list[Document]]:
        """The rows of every table for a file: severities first."""
        of, severity = self.result.agreement, self.result.severity
        tables = {
            "severity": severity and severity.assessors,
            "assessors": of and of.assessors,
            "pairs": of and of.pairs,
            "tasks": self.result.tables["tasks"],
            "centres": severity and severity.centres,
            "models": severity and severity.models,
            "precision": self.result.dependability.d_study,
            "moderation": of and of.moderation,
        }
        return {name: [] if table is None else plain(table) for name, table in tables.items()}


def analyse_assessors(files: Sequence[Path], options: AssessorOptions) -> Assessed:
    """What files of ratings say; of an exam that was scored, by its folder, the ratings of the released run,
    before any release of the newest.

    Raises WrongUsage where one is not a file, Refused with every fault of the files.
    """
    files = [_ratings_of(path) if (path / MANIFEST).is_file() else path for path in files]
    for path in files:
        if not path.is_file():
            raise WrongUsage(tell("{path} is not a file. Give a file of ratings", path=path))
    data = [(path.name, read_input(path)) for path in files]
    result = of_ratings(read_ratings(data, as_written=True), **options.arguments())
    if len(data) > 1:
        names = joined([name for name, _ in data])
        pooled = tell("ratings of {n} files are analysed together ({names})", n=len(data), names=names)
        result = replace(result, notes=(message_note("files-pooled", pooled), *result.notes))
    sha256 = [hashlib.sha256(content).hexdigest() for _, content in data]
    return Assessed(result, {"files": [name for name, _ in data], "sha256": sha256})


def of_ratings(ratings: Sequence[Rating], **arguments: Any) -> AssessorAnalysis:
    """What ratings say, with the arguments of `examgen.stats.assessors`."""
    names = ("candidate_id", "assessor", "task", "centre")
    columns: dict[str, list[Any]] = {name: [getattr(one, name) for one in ratings] for name in names}
    columns["points"] = [float(one.points) for one in ratings]
    return assessor_analysis.assessors(columns, **arguments)


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

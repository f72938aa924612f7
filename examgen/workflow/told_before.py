"""A package and a run → what was changed after the exam: corrected questions of each form, and what people
were told of a candidate before."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from examgen import exam, scoring
from examgen.exam.releases import all_releases, run_of_release
from examgen.problems import Problem, Refused
from examgen.scored_run import ChangedQuestion, ToldBefore
from examgen.workflow.decisions_on_record import corrections_on_record

if TYPE_CHECKING:
    import polars as pl

    from examgen.scored_run import ScoredRun
    from examgen.workflow.pass_parts import KeyOfRun

_RESULT = ("score", "max_score", "decision")
_STANDING = ("scaled", "rank", "percentile", "t_score", "criteria_met")
_OF_GROUP = ("rank", "percentile", "t_score")
"""Of these the number of candidates is told as well."""


class ChangedQuestions:
    """The questions of a form that corrections changed."""

    def __init__(self, of: KeyOfRun) -> None:
        self._of = of

    def __call__(self, form: str) -> tuple[ChangedQuestion, ...]:
        """In the order of the questions."""
        return tuple(sorted(self._by_form.get(form, ()), key=lambda one: one.question))

    @cached_property
    def _by_form(self) -> dict[str, list[ChangedQuestion]]:
        found: dict[str, list[ChangedQuestion]] = {}
        if made := corrections_on_record(self._of.run.audit):
            places = scoring.correction_places(made, self._of.asked.forms)
            for one, where in zip(made, places, strict=True):
                for place in where:
                    found.setdefault(place.form, []).append(ChangedQuestion(one.kind, place.question))
        return found


def told_before(results: Path, run: ScoredRun, codes: Mapping[str, str]) -> dict[str, ToldBefore]:
    """By candidate, what the release before this one told otherwise; nothing where there was none, or where
    this run is not what people are told. `codes` stand in place of ids where people are hidden.

    Raises Refused where that run is not as it was scored.
    """
    if run.release.state != "released" or run.release.release is None:
        return {}
    before = all_releases(results)[: run.release.release - 1]
    if not before:
        return {}
    import polars as pl

    earlier = run_of_release(results, before[-1])
    now = _results(run.candidates, run.criteria)
    tables = [_table(earlier, name) for name in ("candidates", "pc_results")]
    if codes:
        own = pl.col("candidate_id").replace_strict(codes, default="", return_dtype=pl.String)
        tables = [table.with_columns(own).filter(pl.col("candidate_id") != "") for table in tables]
    both = now.join(_results(*tables), on="candidate_id", suffix="_then")
    differs = {name: pl.col(name) != pl.col(f"{name}_then") for name in (*_RESULT, "criteria", "standing")}
    changed = both.filter(pl.any_horizontal(differs.values()))
    rows = changed.select(
        "candidate_id",
        *(f"{name}_then" for name in _RESULT),
        pl.any_horizontal(differs[name] for name in _RESULT).not_().alias("same"),
        differs["criteria"].alias("other_criteria"),
        differs["standing"].alias("other_standing"),
    ).iter_rows()
    return {who: ToldBefore(earlier.number, *told) for who, *told in rows}


def _results(candidates: pl.DataFrame, criteria: pl.DataFrame) -> pl.DataFrame:
    """Id, score, points that could be had, decision; as one text each the results of all criteria, and what
    is told beside the score."""
    import polars as pl

    own = [name for name in criteria.columns if name.endswith(("_correct", "_status"))]
    text = criteria.select("candidate_id", pl.concat_str(own, separator=" ").alias("criteria"))
    group = str(candidates.height) if any(name in candidates.columns for name in _OF_GROUP) else ""
    told = [pl.col(name) if name in candidates.columns else pl.lit("") for name in _STANDING]
    standing = pl.concat_str(*told, pl.lit(group), separator=" ").alias("standing")
    return candidates.select("candidate_id", *_RESULT, standing).join(text, on="candidate_id")


def _table(run: exam.Run, name: str) -> pl.DataFrame:
    """A table of an earlier run, seen to be the one that its audit names."""
    from examgen.exam.shown_runs import same_as_said
    from examgen.workflow.scored_runs import read_table

    path = run.folder / f"{name}.csv"
    if path.is_file() and same_as_said(path, run.files[path.name]):
        return read_table(path)
    message = "is missing or is not as the scoring wrote it: put it back from a copy"
    problem = Problem(str(path), "file-changed", message)
    raise Refused(f"run {run.number} was released before: what was told of it cannot be read", [problem])

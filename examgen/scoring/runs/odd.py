"""A scored run → results that somebody should look at before anybody is told them: at chance, or with several
options marked in one question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from examgen.core.exam.exam_tables import read_exam_tables
from examgen.core.exam.runs import Run
from examgen.scoring.runs.result_tables import read_table


class OddResult(NamedTuple):
    """A candidate, and the points, or how many questions have several marks."""

    candidate_id: str
    score: str
    max_score: str
    n_several: int


class OddResults(NamedTuple):
    """The results of a run that are odd: no more points than guessing gives, and several marks."""

    at_chance: Sequence[OddResult]
    several: Sequence[OddResult]


def odd_results(exam: Path, run: Run) -> OddResults:
    """The odd results of a run, each by candidate number. Guessing gives on average one point in as many as a
    question has options."""
    table = read_table(run.folder / "candidates.csv")
    if "multiple" not in table.columns:  # what assessors rated
        return OddResults((), ())
    asked = read_exam_tables(exam).forms
    shares: dict[str, list[float]] = {}
    for form, options in zip(asked["form"], asked["options"], strict=True):
        shares.setdefault(form, []).append(1 / (options.count(" ") + 1))
    chance = {form: sum(some) / len(some) for form, some in shares.items()}
    numbers = table.with_columns(
        pl.col("score").cast(pl.Float64, strict=False).alias("points"),
        pl.col("max_score").cast(pl.Float64, strict=False).alias("most"),
        pl.col("multiple").cast(pl.Int64, strict=False).fill_null(0).alias("n"),
        pl.col("form").replace_strict(chance, default=None, return_dtype=pl.Float64).alias("chance"),
    )
    found = numbers.sort("candidate_id")

    def those(which: pl.Expr) -> list[OddResult]:
        rows = found.filter(which).select("candidate_id", "score", "max_score", "n").iter_rows()
        return [OddResult(*row) for row in rows]

    return OddResults(those(pl.col("points") <= pl.col("chance") * pl.col("most")), those(pl.col("n") > 0))

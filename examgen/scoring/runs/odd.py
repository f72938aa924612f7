"""A scored run → results that somebody should look at before anybody is told them: of candidates who answered
alike throughout, under numbers unlike the others of their file, at chance, or with several options marked in
one question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from examgen.core.exam.names import CANDIDATES_CSV
from examgen.core.exam.package import read_package
from examgen.core.exam.runs import Run
from examgen.core.responses import table as response_table
from examgen.core.responses.rows import INVALID
from examgen.scoring.runs.counted_key import KeyOfRun
from examgen.scoring.runs.result_tables import read_table


class OddResult(NamedTuple):
    """A candidate, the points, and the questions that are odd, from 1."""

    candidate_id: str
    score: str
    max_score: str
    questions: tuple[int, ...] = ()


class OddNumber(NamedTuple):
    """A candidate whose number is written unlike nearly all others of the answer file, and one of those."""

    candidate_id: str
    file: str
    usual: str


class OddResults(NamedTuple):
    """The results of a run that are odd: no more points than guessing gives, several marks, marks that are no
    options, the same answers throughout (everybody of each group), and numbers unlike the others of their
    file where no list tells who is who."""

    at_chance: Sequence[OddResult] = ()
    several: Sequence[OddResult] = ()
    not_options: Sequence[OddResult] = ()
    alike: Sequence[Sequence[str]] = ()
    unlike_numbers: Sequence[OddNumber] = ()


def odd_results(exam: Path, run: Run) -> OddResults:
    """The odd results of a run, each by candidate number. Guessing gives on average one point in as many as a
    question has options."""
    table = read_table(run.folder / "candidates.csv")
    if "multiple" not in table.columns:  # what assessors rated
        return OddResults()
    asked = read_package(exam).forms
    shares: dict[str, list[float]] = {}
    for form, options in zip(asked["form"], asked["options"], strict=True):
        shares.setdefault(form, []).append(1 / (options.count(" ") + 1))
    chance = {form: sum(some) / len(some) for form, some in shares.items()}
    numbers = table.with_columns(
        pl.col("score").cast(pl.Float64, strict=False).alias("points"),
        pl.col("max_score").cast(pl.Float64, strict=False).alias("most"),
        pl.col("form").replace_strict(chance, default=None, return_dtype=pl.Float64).alias("chance"),
    )
    found = numbers.sort("candidate_id")
    several, not_options, unlike = _read(exam, run)

    def those(which: pl.Expr, questions: Mapping[str, tuple[int, ...]] = {}) -> list[OddResult]:
        rows = found.filter(which).select("candidate_id", "score", "max_score").iter_rows()
        return [OddResult(who, score, most, questions.get(who, ())) for who, score, most in rows]

    return OddResults(
        those(pl.col("points") <= pl.col("chance") * pl.col("most")),
        those(pl.col("candidate_id").is_in([*several]), several),
        those(pl.col("candidate_id").is_in([*not_options]), not_options),
        same_answers(run),
        unlike,
    )


Questions = dict[str, tuple[int, ...]]
"""By candidate, the questions that are odd, from 1."""


def _read(exam: Path, run: Run) -> tuple[Questions, Questions, list[OddNumber]]:
    """The questions with several marks and those with a mark that is no option; and, where no list tells who
    is who, the numbers that are unlike the others of their file."""
    several, no_options = Questions(), Questions()
    by_file: dict[int, list[np.ndarray]] = {}
    path = run.folder / response_table.NAME
    for rows in response_table.read_rows(path, KeyOfRun(exam, run).number):
        by_file.setdefault(rows.file, []).append(rows.ids)
        is_invalid = rows.marks >= INVALID
        for found, which in (
            (several, ~is_invalid & (np.bitwise_count(rows.marks) > 1)),
            (no_options, is_invalid),
        ):
            for n in np.flatnonzero(which.any(axis=1)).tolist():
                found[rows.ids[n].decode()] = tuple((np.flatnonzero(which[n]) + 1).tolist())
    is_listed = bool(run.audit.get("ledger")) or (exam / CANDIDATES_CSV).is_file()
    names = () if is_listed else response_table.files_of(path)
    unlike = (_unlike_numbers(names[file], ids) for file, ids in by_file.items()) if names else ()
    return several, no_options, [one for some in unlike for one in some]


def same_answers(run: Run) -> list[list[str]]:
    """The candidates of each group of a run that answered alike throughout, beyond what chance explains; none
    where the answers were not looked at for that."""
    path = run.folder / "signals.csv"
    if not path.is_file():
        return []
    table = read_table(path).filter(pl.col("kind") == "same_answers")
    groups = table.group_by("signal", maintain_order=True).agg("candidate_id")
    return [list(dict.fromkeys(some)) for some in groups["candidate_id"]]


_FEW_IN_A_FILE, _SHARE_UNLIKE = 8, 0.05
"""Candidates that a file needs to have a usual way of numbers, and the share that may depart from it."""


def _unlike_numbers(name: str, ids: Sequence[np.ndarray]) -> Iterator[OddNumber]:
    """Numbers whose letters, digits and signs do not stand as in nearly all others of the same file."""
    written = pl.concat([pl.Series("number", some, dtype=pl.Binary) for some in ids]).cast(pl.String)
    shapes = written.str.replace_all(r"\p{Nd}", "9").str.replace_all(r"\p{L}", "A")
    [usual] = shapes.mode(maintain_order=True).head(1)
    unlike = written.filter(shapes != usual)
    if len(written) >= _FEW_IN_A_FILE and unlike.len() <= max(1, _SHARE_UNLIKE * len(written)):
        like = written.filter(shapes == usual)[0]
        yield from (OddNumber(one, name, like) for one in unlike)

"""The candidates of a scored run as arrays: scores, decisions, marks and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.core.coded_columns import changed, number_of_each, numbers_of, texts_of
from examgen.scoring.form_cut_scores import looks_again, of_forms

if TYPE_CHECKING:
    from examgen.scoring.scored_run import ScoredRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

KINDS = ("answered", "blank", "multiple", "invalid")


class CohortRows(NamedTuple):
    """All candidates in the order of the files, (n,) each; `marks` (n, 4) are counts of `KINDS`.

    `form` is the index of the base form in `forms`. `passed` is None if the exam has no pass rule, `near` if
    the rule has no cut score on the total or requires no second look.
    """

    ids: pl.Series
    forms: tuple[str, ...]
    form: Ints
    score: Floats
    most: Floats
    percent: Floats
    passed: Bools | None
    near: Bools | None
    marks: npt.NDArray[np.int16]

    @property
    def n(self) -> int:
        """The number of candidates."""
        return len(self.form)


def rows_of(run: ScoredRun) -> CohortRows:
    """Return the candidates of the run as arrays."""
    table = run.candidates
    base = changed(table["form"], lambda names: names.str.split("-").list.first())
    forms = tuple(sorted(texts_of(base)))
    number = number_of_each(base, forms)
    decision = table["decision"]
    rule = run.audit["options"]["pass"]
    looks = "second_look" in table.columns and looks_again(rule)
    marks = np.empty((table.height, len(KINDS)), dtype=np.int16)
    for n, kind in enumerate(KINDS):
        marks[:, n] = numbers_of(table[kind])
    score, most = numbers_of(table["score"]), numbers_of(table["max_score"])
    # from the points: the column `percent` is rounded, and what is made of it would be rounded a second time
    percent = np.divide(100 * score, most, out=numbers_of(table["percent"]).copy(), where=most > 0)
    return CohortRows(
        ids=table["candidate_id"],
        forms=forms,
        form=number,
        score=score,
        most=most,
        percent=percent,
        passed=(decision == "pass").to_numpy() if rule is not None else None,
        near=(table["second_look"] == "yes").to_numpy() if looks else None,
        marks=marks,
    )


def criterion_means(run: ScoredRun) -> dict[tuple[str, str], float]:
    """Return the mean percentage of the points of each criterion over candidates, by unit and criterion:
    pc_coverage.csv before rounding."""
    names = texts_of(run.criteria["form"]).to_list()
    number = number_of_each(run.criteria["form"], names)
    most: dict[tuple[str, str], dict[str, float]] = {}
    for row in run.scale.filter(pl.col("level") == "pc").iter_rows(named=True):
        by_line = most.setdefault((row["unit"], row["pc"]), {})
        by_line[row["forms"]] = max(by_line.get(row["forms"], 0.0), float(row["correct"] or 0))
    found: dict[tuple[str, str], float] = {}
    for (unit, pc), by_line in most.items():
        known = of_forms(by_line, names, ("pc", unit, pc), run.alike)
        most_of = np.array([value or np.nan for value in known])
        percent = 100 * numbers_of(run.criteria[f"{pc}_correct"]) / most_of[number]
        if not np.isnan(percent).all():
            found[unit, pc] = float(np.nanmean(percent))
    return found

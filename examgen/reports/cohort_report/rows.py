"""The candidates of a scored run as numbers: scores, decisions, marks, forms, and the cut of each form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.scoring.runs.form_cuts import looks_again, of_forms

if TYPE_CHECKING:
    from examgen.core.scored_run import ScoredRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

KINDS = ("answered", "blank", "multiple", "invalid")


class CohortRows(NamedTuple):
    """All candidates in the order of the files, (n,) each; `marks` (n, 4) are counts of `KINDS`.

    `form` is the number of the base form among `forms`. `passed` is None where the exam has no pass rule,
    `near` where the rule has no cut on the total or asks for no second look.
    """

    ids: pl.Series
    forms: tuple[str, ...]
    form: Ints
    score: Floats
    most: Floats
    percent: Floats
    passed: Bools | None
    near: Bools | None
    marks: Ints

    @property
    def n(self) -> int:
        """How many candidates."""
        return len(self.form)


def rows_of(run: ScoredRun) -> CohortRows:
    """The candidates of the run."""
    table = run.candidates
    base = table["form"].str.split("-").list.first()
    forms = tuple(sorted(base.unique().to_list()))
    number = base.replace_strict({name: n for n, name in enumerate(forms)}, return_dtype=pl.Int64)
    decision = table["decision"]
    rule = run.audit["options"]["pass"]
    looks = "second_look" in table.columns and looks_again(rule)
    marks = [_numbers(table, kind) for kind in KINDS]
    score, most = _numbers(table, "score"), _numbers(table, "max_score")
    # from the points: the column `percent` is rounded, and what is made of it would be rounded a second time
    percent = np.divide(100 * score, most, out=_numbers(table, "percent").copy(), where=most > 0)
    return CohortRows(
        ids=table["candidate_id"],
        forms=forms,
        form=number.to_numpy().astype(np.int64),
        score=score,
        most=most,
        percent=percent,
        passed=(decision == "pass").to_numpy() if rule is not None else None,
        near=(table["second_look"] == "yes").to_numpy() if looks else None,
        marks=np.stack(marks, axis=1).astype(np.int64),
    )


def _numbers(table: pl.DataFrame, column: str) -> Floats:
    return table[column].replace("", None).cast(pl.Float64).to_numpy()


def criterion_means(run: ScoredRun) -> dict[tuple[str, str], float]:
    """By unit and criterion, the mean over candidates of their percentage of its points: that of
    pc_coverage.csv before it was rounded."""
    forms = run.criteria["form"]
    names = forms.unique(maintain_order=True).to_list()
    number = forms.replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy().astype(np.int64)
    most: dict[tuple[str, str], dict[str, float]] = {}
    for row in run.scale.filter(pl.col("level") == "pc").iter_rows(named=True):
        by_line = most.setdefault((row["unit"], row["pc"]), {})
        by_line[row["forms"]] = max(by_line.get(row["forms"], 0.0), float(row["correct"] or 0))
    found: dict[tuple[str, str], float] = {}
    for (unit, pc), by_line in most.items():
        known = of_forms(by_line, names, ("pc", unit, pc), run.alike)
        own = np.array([value or np.nan for value in known])[number]
        points = run.criteria[f"{pc}_correct"].replace("", None).cast(pl.Float64).to_numpy()
        percent = 100 * points / own
        if not np.isnan(percent).all():
            found[unit, pc] = float(np.nanmean(percent))
    return found

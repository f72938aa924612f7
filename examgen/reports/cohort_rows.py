"""The candidates of a scored run as numbers: scores, decisions, marks, forms, and the cut of each form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from examgen.exam.names import base_form
from examgen.reports.candidate_words import total_cut
from examgen.reports.form_scales import of_forms

if TYPE_CHECKING:
    from examgen.scored_run import ScoredRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

KINDS = ("answered", "blank", "multiple", "invalid")


class Rows(NamedTuple):
    """All candidates in the order of the files, (n,) each; `marks` (n, 4) are counts of `KINDS`.

    `form` is the number of the base form among `forms`. `passed` is None where the exam has no pass rule,
    `near` where nobody is marked for a second look.
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


def rows_of(run: ScoredRun) -> Rows:
    """The candidates of the run."""
    table = run.candidates
    base = table["form"].str.split("-").list.first()
    forms = tuple(sorted(base.unique().to_list()))
    number = base.replace_strict({name: n for n, name in enumerate(forms)}, return_dtype=pl.Int64)
    decision = table["decision"]
    decided = run.audit["options"]["pass"] is not None
    marks = [_numbers(table, kind) for kind in KINDS]
    return Rows(
        ids=table["candidate_id"],
        forms=forms,
        form=number.to_numpy().astype(np.int64),
        score=_numbers(table, "score"),
        most=_numbers(table, "max_score"),
        percent=_numbers(table, "percent"),
        passed=(decision == "pass").to_numpy() if decided else None,
        near=(table["second_look"] == "yes").to_numpy() if "second_look" in table.columns else None,
        marks=np.stack(marks, axis=1).astype(np.int64),
    )


def _numbers(table: pl.DataFrame, column: str) -> Floats:
    return table[column].replace("", None).cast(pl.Float64).to_numpy()


class Cut(NamedTuple):
    """The cut on the total of a form, in points of `most`, and one standard error at it if there is one."""

    points: float
    sem: float | None
    most: float

    @property
    def percent(self) -> float:
        """The cut in per cent of all points."""
        return 100 * self.points / self.most


def cuts_of(run: ScoredRun) -> dict[str, Cut | None]:
    """The cut of each form that somebody sat; None where the total decides nothing.

    The standard error is that of the second look: a number of points, or Lord's at the cut,
    √(c (m − c) / (n − 1)) for a cut of c among m points on n items.
    """
    rule = run.audit["options"]["pass"]
    items = items_of(run)
    found: dict[str, Cut | None] = {}
    for form, text in run.candidates.select("form", "max_score").unique(maintain_order=True).iter_rows():
        own = run.exam.cuts.get(form) or run.exam.cuts.get(base_form(form))
        most = Decimal(text)
        cut = total_cut(rule, own, most)
        found[form] = (
            None if cut is None else Cut(float(cut), _sem(rule, cut, most, items.get(form)), float(most))
        )
    return found


def _sem(rule: Mapping[str, Any], cut: Decimal, most: Decimal, n: int | None) -> float | None:
    said = (rule.get("second_look") or {}).get("sem", "lord")
    if said != "lord":
        return float(str(said)) or None
    if n is None or n < 2 or not 0 < cut < most:
        return None
    return float((cut * (most - cut) / (n - 1)).sqrt())


def items_of(run: ScoredRun) -> dict[str, int]:
    """How many items make up the score of each form that somebody sat, where the files tell it."""
    units = run.scale.filter(pl.col("level") == "unit").select("unit", "forms", "asked").unique()
    by_unit: dict[str, dict[str, int]] = {}
    for unit, cell, asked in units.iter_rows():
        by_unit.setdefault(unit, {})[cell] = int(asked or 0)
    forms = run.candidates["form"].unique(maintain_order=True).to_list()
    counts = [of_forms(own, forms, ("unit", unit, unit), run.alike) for unit, own in by_unit.items()]
    return {
        form: sum(n for n in own if n is not None)
        for form, own in zip(forms, zip(*counts, strict=True), strict=True)
        if None not in own
    }

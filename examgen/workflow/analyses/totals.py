"""A scored run → the points of each form and its cut, by the numbers that the reports of results have."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from examgen.exam.names import base_form
from examgen.workflow.runs.read import read_scored


class FormPoints(NamedTuple):
    """Of a form, in points of the run: not the number right where items have other points or a penalty."""

    points_mean: float
    points_sd: float | None
    """Divisor n − 1; None of one candidate."""
    max_points: float
    cut_points: float | None
    sem_at_cut: float | None
    """One standard error of measurement at the cut: what marks a second look."""
    sem_kind: str | None
    """`lord`, or `blueprint` where `second_look` says a number."""


def points_of_forms(folder: Path, run: int, wanted: Collection[str]) -> dict[str, FormPoints]:
    """The points of each of the forms; of those whose booklets were drawn from it, too.

    Raises Refused where a file of the run is not as it was written.
    """
    import polars as pl

    from examgen.reports.cohort_report.rows import cuts_of

    scored = read_scored(folder, str(run))
    rule = scored.audit["options"]["pass"]
    cuts = cuts_of(scored) if rule is not None else {}
    kind = "lord" if ((rule or {}).get("second_look") or {}).get("sem", "lord") == "lord" else "blueprint"
    names = {form: form if form in wanted else base_form(form) for form in scored.candidates["form"].unique()}
    points = scored.candidates.select(
        "form",
        pl.col("form").replace_strict(names).alias("of"),
        pl.col("score").cast(pl.Float64),
        pl.col("max_score").cast(pl.Float64),
    )
    found = {}
    for (form,), own in points.group_by("of", maintain_order=True):
        cut = cuts.get(own["form"][0])
        spread = own["score"].std()
        found[str(form)] = FormPoints(
            float(own["score"].mean()),  # type: ignore[arg-type]
            None if spread is None else float(spread),  # type: ignore[arg-type]
            float(own["max_score"][0]),
            None if cut is None else cut.points,
            None if cut is None else cut.sem,
            None if cut is None or cut.sem is None else kind,
        )
    return found


def made_up(run: Path) -> tuple[int, int]:
    """How many candidates of a run's folder are synthetic, of how many."""
    import polars as pl

    table = pl.read_csv(run / "candidates.csv", infer_schema=False)
    if "synthetic" not in table.columns:
        return 0, table.height
    return int((table["synthetic"] == "yes").sum()), table.height

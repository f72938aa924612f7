"""A cohort's report → the tables behind its pictures, as numbers in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from examgen.reports.cohort_report.rows import KINDS
from examgen.reports.cohort_report.strips import strips_table
from examgen.reports.ledger_lines import SetAside

if TYPE_CHECKING:
    from examgen.rendering.parts import Proportion
    from examgen.reports.cohort_report.report import CohortReport

_SUMMARY = ("mean_percent", "sd_percent", "median_percent", "least_percent", "greatest_percent")
_TEXT, _COUNT, _REAL = pl.String, pl.Int64, pl.Float64
_SHARE = {"n": _COUNT, "of": _COUNT, "share": _REAL, "low": _REAL, "high": _REAL}


def share_cells(
    of: Proportion | None,
) -> tuple[int | None, int | None, float | None, float | None, float | None]:
    """A proportion as cells: n, of, share, low, high (0 to 1)."""
    return (None,) * 5 if of is None else (of.n, of.of, of.share, of.low, of.high)


def cohort_tables(found: CohortReport) -> dict[str, pl.DataFrame]:
    """Name → table; every one is there whatever the cohort, without rows where there is nothing."""
    return {
        "summary": _summary(found),
        "distribution": _distribution(found),
        "heat_map": _heat(found),
        "candidates_by_criteria": _people(found),
        "strips": strips_table(found.heat.strips),
        "criteria": _criteria(found),
        "near_the_cut": pl.DataFrame(
            list(found.near or ()),
            {"candidate_id": _TEXT, "name": _TEXT, "form": _TEXT, "score": _TEXT, "cut": _REAL,
             "distance": _REAL, "decision": _TEXT},
            orient="row",
        ).cast({"score": _REAL}),
        "marks": _marks(found),
        "blanks": pl.DataFrame(list(found.blanks), {"blank": _COUNT, "candidates": _COUNT}, orient="row"),
        "quarantine_reasons": pl.DataFrame(
            list(found.quarantine), {"reason": _TEXT, "rows": _COUNT}, orient="row"
        ),
        "unreconciled_counts": pl.DataFrame(
            list(found.unreconciled), {"what": _TEXT, "n": _COUNT}, orient="row"
        ),
        "ledger": _ledger(found.ledger),
        "no_result": pl.DataFrame(list(found.aside), dict.fromkeys(SetAside._fields, _TEXT), orient="row"),
    }  # fmt: skip


def _ledger(table: pl.DataFrame | None) -> pl.DataFrame:
    """The ledger of the run, its counts as numbers."""
    if table is None:
        return pl.DataFrame({"by": [], "name": []})
    return table.with_columns(pl.exclude("by", "name").replace("", None).cast(_COUNT))


def _summary(found: CohortReport) -> pl.DataFrame:
    s = found.summary
    row = (found.n, s.mean, s.sd, s.median, s.least, s.greatest, *share_cells(found.passed))
    reals = dict.fromkeys(_SUMMARY, _REAL)
    passed = {f"passed_{name}": kind for name, kind in _SHARE.items()}
    return pl.DataFrame([row], {"candidates": _COUNT, **reals, **passed}, orient="row")


def _distribution(found: CohortReport) -> pl.DataFrame:
    d = found.distribution
    rows = (
        []
        if d is None
        else [
            (bar.low, bar.low + 1 if d.single else d.until(bar), bar.n, bar.passed, d.greatest(bar))
            for bar in d.bars
        ]
    )
    unit = "points" if d is None or d.in_points else "percent"
    schema = {f"from_{unit}": _REAL, f"below_{unit}": _REAL, "candidates": _COUNT, "passed": _COUNT}
    table = pl.DataFrame(rows, {**schema, "to_points": _REAL}, orient="row")
    return table if unit == "points" else table.drop("to_points")


def _heat(found: CohortReport) -> pl.DataFrame:
    """A line for each place and band; the band is empty for everybody."""
    rows: list[tuple[object, ...]] = []
    for row in found.heat.rows:
        where = (row.place.level, row.place.unit, row.place.element, row.place.code)
        rows.append((*where, None, None, found.n, *share_cells(row.met)))
        for low, size, one in zip(found.heat.bands, found.heat.sizes, row.bands, strict=True):
            rows.append((*where, low, low + 10, size, *share_cells(one)))
    schema = {
        **dict.fromkeys(("level", "unit", "element", "code"), _TEXT),
        **dict.fromkeys(("from_percent", "to_percent", "candidates"), _COUNT),
        **{("met" if n == "n" else "judged" if n == "of" else n): kind for n, kind in _SHARE.items()},
    }
    return pl.DataFrame(rows, schema, orient="row")


def _people(found: CohortReport) -> pl.DataFrame:
    places = [f"{row.place.unit}:{row.place.code}" for row in found.heat.rows]
    rows = [(one.candidate_id, one.score, one.decision, *one.statuses) for one in found.heat.people]
    columns = (
        ["candidate_id", "score", "decision", *places] if rows else ["candidate_id", "score", "decision"]
    )
    return pl.DataFrame(rows, dict.fromkeys(columns, _TEXT), orient="row").cast({"score": _REAL})


def _criteria(found: CohortReport) -> pl.DataFrame:
    certain = found.facts.undecided is not None
    rows = [
        (one.place.unit, one.place.element, one.place.code, one.place.text, *share_cells(one.met),
         one.mean_percent, one.insufficient,
         *([one.undecided] if certain else []))
        for one in found.lacks
    ]  # fmt: skip
    schema = {
        **dict.fromkeys(("unit", "element", "pc", "text"), _TEXT),
        **{("met" if n == "n" else "judged" if n == "of" else n): kind for n, kind in _SHARE.items()},
        "mean_percent": _REAL,
        "insufficient": _COUNT,
        **({"undecided": _COUNT} if certain else {}),
    }
    return pl.DataFrame(rows, schema, orient="row")


def _marks(found: CohortReport) -> pl.DataFrame:
    rows = [
        (row.form, row.candidates, row.questions, *row.counts, *(one.n for one in row.with_any))
        for row in found.marks
    ]
    counts = ("candidates", "questions", *KINDS, *(f"candidates_with_{kind}" for kind in KINDS[1:]))
    return pl.DataFrame(rows, {"form": _TEXT, **dict.fromkeys(counts, _COUNT)}, orient="row")

"""A scored run with more than 50 forms to a line of its pc_scale.csv → which forms ask a place alike.

What a form asks is told by the key as it counted: the package's, after the corrections that the audit names.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from examgen import exam, scoring
from examgen.problems import Problem, Refused
from examgen.scored_run import AlikeForms
from examgen.workflow.decisions_on_record import Records, corrections_on_record
from examgen.workflow.scoring_runs import key_after_corrections, layout_of

if TYPE_CHECKING:
    import polars as pl

_PLACE = ("level", "unit", "element", "pc")


def alike_forms(folder: Path, run: exam.Run, scale: pl.DataFrame) -> AlikeForms | None:
    """None where every form is named, or all ask alike.

    Raises Refused where forms are not named and the package was printed anew since the run.
    """
    if not _unnamed(scale):
        return None
    asked = exam.read_asked(folder)
    if run.audit["key"]["sha256"] != asked.manifest["files"][exam.KEY_CSV]:
        message = f"is not the key by which run {run.number} was scored: score the answers again"
        raise Refused(f"{folder} has changed since", [Problem(exam.KEY_CSV, "key-changed", message)])
    records = Records(corrections=corrections_on_record(run.audit))
    return _alike(key_after_corrections(asked, layout_of(asked, records), records))


def _unnamed(scale: pl.DataFrame) -> bool:
    """Whether a place with several scales has one whose forms are not all named."""
    import polars as pl

    cells = scale.select(*_PLACE, "forms").unique()
    shortened = pl.col("forms").str.contains(" … ", literal=True).any().alias("shortened")
    places = cells.group_by(_PLACE).agg(pl.len(), shortened)
    return not places.filter((pl.col("len") > 1) & pl.col("shortened")).is_empty()


def _alike(key: scoring.Key) -> AlikeForms:
    shapes = np.stack(scoring.shapes_of(key))
    members: dict[tuple[str, str, str], list[int]] = {}
    for n, (unit, element, pc) in enumerate(key.criteria):
        for place in (("pc", unit, pc), ("element", unit, element), ("unit", unit, unit)):
            members.setdefault(place, []).append(n)
    first = {}
    for place, own in members.items():
        _, begins, which = np.unique(
            shapes[:, :, own].sum(axis=2), axis=1, return_index=True, return_inverse=True
        )
        first[place] = begins[which.ravel()].tolist()
    return AlikeForms(key.names, {name: n for n, name in enumerate(key.names)}, first)

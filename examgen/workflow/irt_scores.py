"""A fitted model and responses → a file of abilities and how well each candidate's answers go with theirs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from examgen.item_responses import Scored
from examgen.storage import csv_bytes, write_file
from examgen.workflow.analysis_documents import plain

if TYPE_CHECKING:
    from examgen.analysis.irt import Fit


def write_scores(path: Path, scored: Scored, fit: Fit) -> None:
    """A line for each candidate; empty where there is no ability, and for ML without a maximum.

    Person fit (lz, lz*, infit, outfit) is at the weighted likelihood estimate.
    """
    import polars as pl

    columns = {name: plain(values) for name, values in _columns(scored.cells, fit).items()}
    table = {
        "candidate_id": list(scored.candidates),
        "score": np.where(scored.cells >= 0, scored.cells, 0).sum(axis=1, dtype=np.int64),
        "answered": (scored.cells >= 0).sum(axis=1),
        **columns,
    }
    schema = {"candidate_id": pl.String, "score": pl.Int64, "answered": pl.Int64}
    frame = pl.DataFrame(table, schema={**schema, **dict.fromkeys(columns, pl.Float64)})
    write_file(path, csv_bytes(frame, numbers=list(columns)))


def _columns(cells: Any, fit: Fit) -> dict[str, Any]:
    from examgen.analysis import abilities
    from examgen.analysis.fit_persons import person_fit
    from examgen.analysis.quadrature import normal_grid

    found = fit.parameters
    weighted = abilities.wle(cells, found)
    kinds = {"ml": abilities.ml(cells, found), "wle": weighted}
    mean, sd = float(fit.mean[0]), float(fit.sd[0])
    if math.isfinite(mean) and math.isfinite(sd):  # else the model has no distribution of ability
        grid = normal_grid(121, mean=mean, sd=sd)
        kinds["map"] = abilities.map(cells, found, mean, sd)
        kinds["eap"] = abilities.eap(cells, found, grid)
        kinds["eap_sum"] = abilities.eap_sum(cells, found, grid)
    columns = {
        f"{kind}{end}": part
        for kind, one in kinds.items()
        for end, part in (("", one.theta), ("_se", one.se))
    }
    fitting = person_fit(cells, found, weighted.theta, method="wle")
    fits = {"lz": fitting.lz, "lz_star": fitting.lz_star, "infit": fitting.infit, "outfit": fitting.outfit}
    return columns | fits

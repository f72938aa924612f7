"""Responses → `examgen.stats.irt`: items, their fit, and a file of abilities."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from examgen.analysis import shown
from examgen.analysis.options import IrtOptions, ResponseSource, may_write
from examgen.analysis.parts import Parts, ReportedLine, number
from examgen.analysis.shown import Analysed, TextTable, analysed
from examgen.analysis.sources import load_responses
from examgen.analysis.tables import read_parameters
from examgen.core.csv_files import csv_bytes
from examgen.core.files import write_file
from examgen.core.words import option, tell
from examgen.stats.irt_fit import IrtFit
from examgen.stats.item_response import irt
from examgen.stats.matrix import Cells
from examgen.stats.results import Note, plain

_MOST_NAMED = 5
# fmt: off
WORDS: dict[str, str] = {
    **IrtOptions.words, "items": tell("items"), "item": tell("item"), "se_a": tell("se"), "se_b": tell("se"),
    "se_c": tell("se"), **{f"se_b{step}": tell("se") for step in range(1, 10)}, "scores": tell("scores"),
    "argument groups": option("group"), "groups": tell("groups"), "group": tell("group"),
    "mean": tell("mean"), "sd": tell("sd"), "se_mean": tell("se"), "se_sd": tell("se"),
    "log-likelihood": tell("log-likelihood"), "reliability": tell("reliability"),
    "parameters": tell("parameters"), "mean of ability": tell("mean of ability"),
    "sd of ability": tell("sd of ability"), "NOT CONVERGED": tell("NOT CONVERGED"),
    "no number should be used": tell("no number should be used"), "Rasch model": tell("Rasch model"),
    "fit of items": tell("fit of items"), "dependent pairs": tell("pairs of items that depend on each other"),
    "with": tell("with"), "infit": tell("infit"), "outfit": tell("outfit"), "z_infit": "Z", "z_outfit": "Z",
    "s_x2": "S-X2", "n_s_x2": "n, S-X2", "df": tell("df"), "q3": "Q3", "adjusted": tell("adjusted"),
    "Andersen, median": tell("Andersen's test, split at the median"),
    "Andersen, mean": tell("Andersen's test, split at the mean"),
}
# fmt: on
"""The labels shown for the names in a result."""


@dataclass(frozen=True)
class Fitted(Analysed[IrtFit]):
    """A fitted model, with the scores to which it was fitted."""

    cells: Cells

    def rows(self) -> list[dict[str, Any]]:
        """Return the items for a table; without groups, with the statistics of their fit."""
        items = self.result.items
        if len(self.result.population) == 1:
            items = items.join(self.result.statistics.item_fit, on="item", maintain_order="left")
        return items.to_dicts()

    def parts(self) -> Parts:
        """Yield the model, its items and groups; without groups, also the fit of items."""
        yield from super().parts()
        if len(self.result.population) == 1:
            yield from shown.parts(self.result.statistics, self.words)

    def in_short(self) -> Parts:
        """Yield the same for one screen, with the range of difficulties in place of the items."""
        whole = shown.parts(replace(self.result, notes=()), self.words)
        items = shown.table("items", self.result.items, self.words)
        yield from (part for part in whole if part != items)
        if "b" in self.result.items.columns:
            known = self.result.items.drop_nulls("b").sort("b").rows(named=True)
            for low, high in zip(known[:1], known[-1:], strict=True):
                yield ReportedLine(
                    tell(
                        "  {n} items, difficulty from {low} ({easiest}) to {high} ({hardest})",
                        n=self.result.items["item"].n_unique(), low=number(low["b"], 2),
                        easiest=low["item"], high=number(high["b"], 2), hardest=high["item"],
                    )
                )  # fmt: skip
        yield from shown.note_lines(map(_short, self.result.notes), self.words)


def _short(note: str) -> str:
    """Return a note that names at most the first few items."""
    if not isinstance(note, Note) or note.values.get("item", "").count(", ") < _MOST_NAMED:
        return note
    items = ", ".join(note.values["item"].split(", ")[:_MOST_NAMED]) + " …"
    return Note(note.code, note.text, **{**note.values, "item": items})


def fitted(source: ResponseSource, options: IrtOptions) -> Fitted:
    """Fit an item response model to files of responses.

    Raises WrongUsage for options that do not fit, Refused with every fault of the data.
    """
    may_write(options.scores, source, options.anchors)
    arguments = options.arguments()
    loaded = load_responses(source, exclude=options.groups)
    data = loaded.responses
    if options.groups is not None:
        arguments["groups"] = data.others[options.groups].to_list()
    tables: dict[str, TextTable] = {}
    notes: list[Note] = []
    if options.anchors is not None:
        tables["anchors"], notes = read_parameters(options.anchors)
        arguments["anchors"] = tables["anchors"].frame
    fit = partial(irt, data, **arguments)
    found = analysed(fit, WORDS, loaded.name, loaded.sources, notes, tables)
    return Fitted(found.result, found.words, found.sources, data.cells)


def write_scores(path: Path, fit: IrtFit, cells: Cells) -> None:
    """Write a line for each candidate; cells without an ability, or for ML without a maximum, are empty.

    Person fit (lz, lz*, infit, outfit) is computed at the weighted likelihood estimate.
    """
    of_persons = fit.person_fit()
    columns: dict[str, Any] = {}
    has_population = not math.isnan(fit.sd)
    for method in ("ml", "wle", *(("map", "eap", "eap-sum") if has_population else ())):
        found, name = fit.abilities(method), method.replace("-", "_")
        columns |= {name: plain(found["theta"]), f"{name}_se": plain(found["se"])}
    columns |= {name: of_persons[name].to_list() for name in ("lz", "lz_star", "infit", "outfit")}
    table = {
        "candidate_id": of_persons["person"].cast(pl.String).to_list(),
        "score": np.where(cells >= 0, cells, 0).sum(axis=1, dtype=np.int64),
        "answered": (cells >= 0).sum(axis=1),
        **columns,
    }
    schema = {"candidate_id": pl.String, "score": pl.Int64, "answered": pl.Int64}
    frame = pl.DataFrame(table, schema={**schema, **dict.fromkeys(columns, pl.Float64)})
    write_file(path, csv_bytes(frame, numbers=list(columns)))

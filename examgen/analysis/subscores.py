"""Responses and a map of parts, or a scored run → `examgen.stats.subscores`: is the score of a part worth
reporting?
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from examgen.analyses.administrations import responses_of
from examgen.analyses.options import ResponseSource
from examgen.analyses.run_subscores import subscores_of
from examgen.analyses.sources import load_responses
from examgen.analysis.shown import Words, message, message_note, refusal
from examgen.capture.tabular.coded_columns import read_coded
from examgen.core.problems import Problem, Refused, WrongUsage, has_errors
from examgen.core.storage import read_input
from examgen.core.words import option, tell
from examgen.stats import subscore_value as stats
from examgen.stats.arguments import ArgumentError
from examgen.stats.response_data import Responses
from examgen.stats.subscore_value import Subscores

# fmt: off
WORDS: Words = {
    "parts": tell("parts"), "subscore": tell("part"), "n": tell("candidates"), "n_items": tell("items"),
    "n_items_most": tell("most items"), "reliability": tell("reliability"),
    "prmse_subscore": tell("own score"), "prmse_total": tell("total score"),
    "prmse_both": tell("both scores"), "prmse_augmented": tell("augmented"), "verdict": tell("conclusion"),
    "worth": tell("worth reporting"), "not_worth": tell("no more than the total"),
    "undecided": tell("undecided"), "unknown": tell("unknown"),
    "forms": tell("forms"), "form": tell("form"), "alpha": tell("reliability of the total"),
    "stratified_alpha": tell("the same, stratified by parts"),
    "missing={None: 'omitted'}": option("blank", "omitted"),
}
# fmt: on
"""What people call the names in a result."""


def subscores_of_files(source: ResponseSource, parts: Path) -> tuple[Subscores, dict[str, Any]]:
    """The result for a response file, and what it was made of.

    `parts` has the columns `item`, `subscore` and, if there are several kinds of parts, `level`. Raises
    Refused with every fault of the files.
    """
    loaded = load_responses(source)
    data = Responses(loaded.scored.candidates, loaded.scored.items, loaded.scored.cells)
    words = {**WORDS, "data": loaded.name}
    try:
        found = stats.subscores(data, _read_map(parts, data.items))
    except ArgumentError as error:
        raise refusal(error, words, loaded.name) from None
    notices = (message_note(one.code, one.message) for one in loaded.notices)
    found = replace(found, notes=(*notices, *found.notes))
    return found, {"file": loaded.name, "sha256": loaded.sha256}


def _read_map(path: Path, items: tuple[str, ...]) -> pl.DataFrame:
    """The columns `item`, `subscore` and `level`; raises WrongUsage if there is no file, Refused with all
    faulty lines."""
    if not path.is_file():
        raise WrongUsage(tell("{path} is not a file", path=path))
    table = read_coded(path.name, read_input(path))
    columns = {column.name.casefold(): column for column in table.columns}
    if not {"item", "subscore"} <= set(columns):
        lacks = tell("requires the columns `item` and `subscore`")
        raise Refused(
            tell("{path} {message}", path=path.name, message=lacks),
            [Problem(path.name, "map-columns", lacks)],
        )
    cells = {
        name: [columns[name].texts[code].strip() for code in columns[name].codes.tolist()]
        if name in columns
        else [""] * table.n_rows
        for name in ("item", "subscore", "level")
    }
    rows = list(zip(*cells.values(), strict=True))
    _, faults = stats.parts_of(rows, items)
    problems = [
        Problem(f"{path.name}:{table.lines[row]}", fault.code, message(fault), rows[row][0][:40] or None)
        for row, fault in faults
    ]
    if not rows:
        problems.append(Problem(path.name, "map-empty", tell("has a header but no items below it")))
    if problems:
        raise has_errors(path.name, problems)
    return pl.DataFrame(cells)


# ── a scored run ─────────────────────────────────────────────────────────────────────────────


def subscores_of_run(folder: Path, run: str | None = None) -> tuple[Subscores, dict[str, Any]]:
    """The result for a scored run, and what it was made of; Refused where no item of it counts."""
    found = responses_of(folder, run)
    if not len(found.chosen.candidates) or not any(one.standing == "scored" for one in found.columns):
        raise Refused(
            tell(
                "{folder}: run {run} has no scores on any item, so there is nothing to analyse",
                folder=folder,
                run=found.run,
            )
        )
    sources = {"exam": found.name, "run": found.run, "release": found.release.as_dict()}
    return subscores_of(found), sources

"""Responses or a scored run → `examgen.stats.copying`: pairs who share more answers than chance explains.

The answers of a run are compared by item and option, wherever a form prints them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from examgen.analysis.administrations import responses_of
from examgen.analysis.options import CopyingOptions, ResponseSource
from examgen.analysis.shown import Analysed, TextTable, analysed, message
from examgen.analysis.sources import load_responses
from examgen.analysis.tables import read_table
from examgen.core.candidate_numbers import writing_of
from examgen.core.problems import WrongUsage
from examgen.core.words import option, tell
from examgen.stats import answer_similarity as stats
from examgen.stats.answer_similarity import AnswerSimilarity
from examgen.stats.columns import IDS
from examgen.stats.response_data import Responses

SIGNAL = message(stats.note("signal"))
"""The caution below every list of pairs."""
# fmt: off
WORDS: dict[str, str] = {
    "gbt": "GBT", "omega": "ω", "p_gbt": "GBT", "p_omega": "ω", "p_adjusted": tell("adjusted"),
    "pairs": tell("pairs"), "first": tell("candidate"), "second": tell("and candidate"),
    "matches": tell("same"), "n_items": tell("items"), "expected": tell("expected"),
    "same_wrong": tell("same wrong"),
    "argument rooms": option("room"),
    "index": tell("Index"), "adjust": tell("Adjustment"), "alpha": tell("Level"), "model": tell("Model"),
    "holm": "Holm", "bh": "Benjamini–Hochberg", "bonferroni": "Bonferroni",
    "nominal": tell("nominal: chosen option"), "2pl": tell("2PL: right or wrong"),
}
# fmt: on
"""The labels shown for the names in a result."""


def copying_of_files(source: ResponseSource, options: CopyingOptions) -> Analysed[AnswerSimilarity]:
    """Compare the candidates in files of responses.

    Raises WrongUsage for options that cannot be combined, Refused with every fault of the files, or if
    nothing can be compared.
    """
    loaded = load_responses(source, exclude=options.room)
    rooms = None if options.room is None else loaded.responses.others[options.room].to_list()
    sources = {**loaded.sources, "within": options.room}
    return _copying(loaded.responses, rooms, options, loaded.name, sources)


def copying_of_run(
    folder: Path, run: str | None, options: CopyingOptions, *, within_rooms: bool = False
) -> Analysed[AnswerSimilarity]:
    """Compare the candidates of a scored run, with `within_rooms` only those of the same room."""
    found = responses_of(folder, run)
    places = found.places(folder, "scored", "pilot")
    if within_rooms and not any(found.rooms):
        raise WrongUsage.because(
            "{rooms}: the rooms of candidates are not in the run. Score with {roster}",
            rooms=option("rooms"),
            roster=option("roster"),
        )
    n_own = np.array([found.columns[n].n_own for n in places])
    chosen = found.chosen.part(places)
    chosen = chosen._replace(
        candidates=tuple(map(str, chosen.candidates)),
        cells=np.where(chosen.cells >= n_own, np.int8(-1), chosen.cells).astype(np.int8),
        options=tuple(own[:n] for own, n in zip(chosen.options, n_own.tolist(), strict=True)),
    )
    data = Responses(chosen.candidates, chosen.items, chosen.scored().cells, chosen)
    rooms = [found.rooms[place] or None for place in found.room.tolist()] if within_rooms else None
    name = f"{found.name}, run {found.run}"
    sources = {"file": name, "sha256": found.fingerprint, "within": "rooms" if within_rooms else None}
    return _copying(data, rooms, options, name, sources)


def _copying(
    data: Responses,
    rooms: Sequence[str | None] | None,
    options: CopyingOptions,
    name: str,
    sources: dict[str, str | None],
) -> Analysed[AnswerSimilarity]:
    paths = {"pairs": options.pairs, "items": options.items, "abilities": options.abilities}
    tables = {argument: read_table(path) for argument, path in paths.items() if path}
    writing = writing_of(map(str, data.persons))
    tables |= {one: _as_written(tables[one], writing) for one in ("pairs", "abilities") if one in tables}
    frames: dict[str, Any] = {argument: table.frame for argument, table in tables.items()}
    return analysed(
        lambda: stats.copying(data, rooms=rooms, **frames, **options.arguments()),
        WORDS,
        name,
        sources,
        tables=tables,
    )


def _as_written(table: TextTable, writing: Any) -> TextTable:
    """Return a table in which candidate numbers are written as in the responses."""
    names = [
        name
        for name in ("source", "copier", "first", "second", "candidate", *IDS)
        if name in table.frame.columns
    ]
    columns = [pl.Series(name, map(writing, table.frame[name]), dtype=pl.String) for name in names]
    return table._replace(frame=table.frame.with_columns(columns))

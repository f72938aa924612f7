"""Responses or a scored run → `examgen.stats.copying`: who shares more answers than chance explains.

A run is compared by item and option, no matter where a form prints them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from examgen.analysis.administrations import responses_of
from examgen.analysis.copying_options import CopyingOptions
from examgen.analysis.response_options import ResponseSource
from examgen.analysis.shown import Words, message
from examgen.analysis.sources import load_responses
from examgen.analysis.tables import TextTable, read_table, refusal_by_line
from examgen.capture.response_files import groups_of
from examgen.core.candidate_numbers import writing_of
from examgen.core.problems import Refused, WrongUsage
from examgen.core.responses.matrix import Chosen
from examgen.core.words import option, tell
from examgen.stats import answer_similarity as stats
from examgen.stats.answer_similarity import AnswerSimilarity
from examgen.stats.arguments import ArgumentError
from examgen.stats.response_data import IDS, Responses

SIGNAL = message(stats.note("signal"))
"""The caution below every list of pairs."""
# fmt: off
WORDS: Words = {
    "gbt": "GBT", "omega": "ω", "p_gbt": "GBT", "p_omega": "ω", "p_adjusted": tell("adjusted"),
    "pairs": tell("pairs"), "source": tell("source"), "copier": tell("copier"), "matches": tell("same"),
    "n_items": tell("items"), "expected": tell("expected"), "same_wrong": tell("same wrong"),
    "argument rooms": option("room"),
    "index": tell("Index"), "adjust": tell("Adjustment"), "alpha": tell("Level"), "model": tell("Model"),
    "holm": "Holm", "bh": "Benjamini–Hochberg", "bonferroni": "Bonferroni",
    "nominal": tell("nominal: chosen option"), "2pl": tell("2PL: right or wrong"),
}
# fmt: on
"""What people call the names in a result."""


def words_of(found: AnswerSimilarity) -> Words:
    """What people call the names in this result: GBT does not say which of the two copied."""
    if found.index != "gbt":
        return WORDS
    return {**WORDS, "source": tell("candidate"), "copier": tell("and candidate")}


def copying_of_files(
    source: ResponseSource, options: CopyingOptions
) -> tuple[AnswerSimilarity, dict[str, Any]]:
    """The result for files of responses, and what it was made of. Raises WrongUsage for options that do not
    go together, Refused with every fault of the files, and where nothing can be compared."""
    if options.room is not None:
        excluded = tuple(dict.fromkeys((*source.exclude, options.room)))
        source = source.model_copy(update={"exclude": excluded})
    loaded = load_responses(source, 1 if source.key is None else None)
    rooms = None
    if options.room is not None:
        names, number = groups_of(loaded.table, options.room)
        rooms = [None if place < 0 else names[place] for place in number.tolist()]
    sources = {"file": loaded.name, "sha256": loaded.sha256, "within": options.room}
    return _copying(loaded.responses, rooms, options, loaded.name), sources


def copying_of_run(
    folder: Path, run: str | None, options: CopyingOptions, *, within_rooms: bool = False
) -> tuple[AnswerSimilarity, dict[str, Any]]:
    """The result for a scored run, and what it was made of."""
    found = responses_of(folder, run)
    places = [n for n, one in enumerate(found.columns) if one.standing in ("scored", "pilot")]
    if not len(found.chosen.candidates) or not places:
        raise Refused(
            tell(
                "{folder}: run {run} has no scores on any item, so there is nothing to analyse",
                folder=folder,
                run=found.run,
            )
        )
    if within_rooms and not any(found.rooms):
        raise WrongUsage(
            tell(
                "{rooms}: the rooms of candidates are not in the run. Score with {roster}",
                rooms=option("rooms"),
                roster=option("roster"),
            )
        )
    n_own = np.array([found.columns[n].n_own for n in places])
    cells = np.asarray(found.chosen.cells)[:, places]
    chosen = Chosen(
        tuple(str(one) for one in found.chosen.candidates),
        tuple(found.chosen.items[n] for n in places),
        np.where(cells >= n_own, np.int8(-1), cells).astype(np.int8),
        tuple(found.chosen.options[n][: found.columns[n].n_own] for n in places),
        tuple(found.chosen.keys[n] for n in places),
    )
    data = Responses(chosen.candidates, chosen.items, chosen.scored().cells, chosen)
    rooms = [found.rooms[place] or None for place in found.room.tolist()] if within_rooms else None
    name = f"{found.name}, run {found.run}"
    sources = {"file": name, "sha256": found.fingerprint, "within": "rooms" if within_rooms else None}
    return _copying(data, rooms, options, name), sources


def _copying(
    data: Responses, rooms: Sequence[str | None] | None, options: CopyingOptions, name: str
) -> AnswerSimilarity:
    files = {one: path for one in ("pairs", "items", "abilities") if (path := getattr(options, one))}
    tables = {argument: read_table(path) for argument, path in files.items()}
    writing = writing_of(map(str, data.persons))
    for argument in ("pairs", "abilities"):
        if argument in tables:
            tables[argument] = _as_written(tables[argument], writing)
    frames: dict[str, Any] = {argument: table.frame for argument, table in tables.items()}
    try:
        return stats.copying(data, rooms=rooms, **frames, **options.arguments())
    except ArgumentError as error:
        raise refusal_by_line(error, tables, {**WORDS, "data": name}, name) from None


def _as_written(table: TextTable, writing: Any) -> TextTable:
    """With the numbers of candidates as the responses write them."""
    names = [name for name in ("source", "copier", "candidate", *IDS) if name in table.frame.columns]
    columns = [pl.Series(name, map(writing, table.frame[name]), dtype=pl.String) for name in names]
    return table._replace(frame=table.frame.with_columns(columns))

"""Files of responses → `examgen.stats.items`, for all candidates or for each group separately."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analysis.files import write_rows
from examgen.analysis.options import ItemOptions, ResponseSource
from examgen.analysis.parts import Parts, ReportedLine, ReportedTable
from examgen.analysis.shown import Analysed, Words, analysed, document_of, message_note, note_lines, note_rows
from examgen.analysis.sources import LoadedResponses, load_responses
from examgen.core.words import tell, tell_n
from examgen.stats import classical as stats
from examgen.stats.arguments import group_notes, shown
from examgen.stats.classical import ItemAnalysis
from examgen.stats.data_notes import repeated_ids
from examgen.stats.matrix import NOT_ADMINISTERED
from examgen.stats.response_data import Responses
from examgen.stats.results import Note, plain

# fmt: off
WORDS: Words = {
    "items": tell("items"), "item": tell("item"), "facility": tell("facility"), "mean": tell("mean"),
    "sd": tell("sd"), "item_rest": tell("item-rest"), "biserial_rest": tell("biserial, rest"),
    "d27": "D27", "alpha_if_deleted": tell("alpha without"),
    "flags": tell("flags"), "alpha_low": tell("alpha, 95 % from"), "alpha_high": tell("alpha, 95 % to"),
    "kr20": "KR-20", "kr21": "KR-21", "lambda2": tell("lambda 2 from correlations"), "sem": "SEM",
    "split_half": tell("split half"), "flagged_items": tell("items to review"),
    "key_alarms": tell("keys in doubt"), "almost certain": tell("almost certain"), "likely": tell("likely"),
    "possible": tell("possible"), "scores": tell("total scores"), "score": tell("score"),
    "percent": tell("per cent"), "cumulative": tell("cumulative per cent"),
    "percentile_rank": tell("percentile rank"), "sem_lord": tell("SEM (Lord)"),
    "sem_keats": tell("SEM (Keats)"),
}
# fmt: on
"""The labels shown for the names in a result."""


@dataclass(frozen=True)
class AnalysedItems:
    """The analysis of all candidates, or of each group of the column `by`.

    `results` is keyed by group; the key of all candidates is the empty text.
    """

    results: dict[str, Analysed[ItemAnalysis]]
    sources: dict[str, Any]
    by: str | None = None
    notes: tuple[Note, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the result as plain values, as `--json` prints it."""
        if self.by is None:
            return self.results[""].document()
        groups = [
            {"group": group, **document_of(one.result, one.words)} for group, one in self.results.items()
        ]
        return {**self.sources, "by": self.by, "groups": groups, "notes": note_rows(self.notes, WORDS)}

    def write(self, out: Path) -> None:
        """Write the tables of items and options of all candidates to a file."""
        result = self.results[""].result
        items = result.items.with_columns(pl.col("flags").list.join(" "))
        tables = {"items": items, "options": result.options}
        write_rows(out, {name: plain(table) for name, table in tables.items() if len(table)})

    def parts(self, most: int | None = None) -> Parts:
        """Yield everything for the screen; with `most`, no tables and only the first `most` findings."""
        for group, one in self.results.items():
            if self.by is not None:
                yield ReportedLine(f"{self.by} {group}", "bold")
            findings = one.result.findings[:most]
            if n := len(one.result.findings) - len(findings):
                more = message_note("more", tell("  … and {n:,} more (--verbose)", n=n))
                findings = (*findings, more)
            for part in replace(one, result=replace(one.result, findings=findings)).parts():
                if most is None or not isinstance(part, ReportedTable):
                    yield part
        yield from note_lines(self.notes)


def items_of_files(source: ResponseSource, options: ItemOptions) -> AnalysedItems:
    """Analyse the items in files of responses; with `by`, separately for each group of candidates.

    Each group is analysed on the items that it was given.

    Raises WrongUsage for options that do not fit the data, Refused with every fault of the file.
    """
    loaded = load_responses(source, halves=True, exclude=options.by)

    def found(data: Responses) -> Analysed[ItemAnalysis]:
        return analysed(lambda: stats.items(data, **options.arguments()), WORDS, loaded.name, loaded.sources)

    if options.by is None:
        return AnalysedItems({"": found(loaded.responses)}, loaded.sources)
    groups = loaded.responses.others[options.by].to_list()
    values = [one for one in dict.fromkeys(groups) if one is not None]
    results = {
        value: found(_part(loaded, np.flatnonzero([one == value for one in groups]))) for value in values
    }
    notes = (*repeated_ids(loaded.responses.persons),)
    if lacking := groups.count(None):
        words_on_them = tell_n(
            "{n} candidate has no value in column {column} and is excluded",
            "{n} candidates have no value in column {column} and are excluded",
            lacking,
            column=options.by,
        )
        notes += (message_note("no-group", words_on_them),)
    return AnalysedItems(results, loaded.sources, options.by, (*notes, *group_notes(options.by, values)))


def _part(loaded: LoadedResponses, rows: NDArray[np.integer]) -> Responses:
    """Return the responses of some candidates to the items that they were given.

    An item that others answered, but none of these candidates, was on another form and is left out. Cells are
    counted among these candidates; codes for no answer are taken from the whole file.
    """
    data = loaded.responses
    cells = data.cells[rows]
    answers = data.cells if data.choices is None else data.choices.cells
    elsewhere = (answers >= 0).any(axis=0) & ~(answers[rows] >= 0).any(axis=0)
    given = (cells != NOT_ADMINISTERED).any(axis=0)
    left = [item for item, one in zip(data.items, given & elsewhere, strict=True) if one]
    items = {item for item, one in zip(data.items, given & ~elsewhere, strict=True) if one}
    key = loaded.key and {item: right for item, right in loaded.key.items() if item in items}
    own = loaded.responses_in(loaded.table.part(rows, items), key)
    notes = [one for one in own.notes if getattr(one, "code", "") not in _OF_FILE]
    notes += [one for one in data.notes if getattr(one, "code", "") in _OF_FILE]
    if left:
        words_on_them = tell_n(
            "{n} item that no candidate of this group answered is left out: {items}",
            "{n} items that no candidate of this group answered are left out: {items}",
            len(left),
            items=shown(left),
        )
        notes.append(message_note("items-not-answered", words_on_them))
    return replace(own, notes=tuple(notes))


_OF_FILE = frozenset(("codes-not-met", "columns-left-out", "key-of-others"))
"""Notes that tell something of the file, not of the candidates of a group."""

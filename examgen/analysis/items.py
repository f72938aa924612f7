"""Files of responses → `examgen.stats.items`, of all candidates or of each group by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from examgen.analysis.files import write_rows
from examgen.analysis.item_options import ItemOptions
from examgen.analysis.parts import Parts, ReportedLine, ReportedTable
from examgen.analysis.response_options import ResponseSource
from examgen.analysis.shown import Words, message, message_note, parts, refusal
from examgen.analysis.sources import LoadedResponses, load_responses
from examgen.capture.response_files import groups_of
from examgen.core.responses.matrix import NOT_ADMINISTERED, Chosen
from examgen.core.words import tell, tell_n
from examgen.stats import classical as stats
from examgen.stats.arguments import ArgumentError, alike_groups
from examgen.stats.classical import ItemAnalysis
from examgen.stats.response_data import Responses
from examgen.stats.results import Note, plain

# fmt: off
WORDS: dict[str, str] = {
    "items": tell("items"), "item": tell("item"), "facility": tell("facility"), "mean": tell("mean"),
    "sd": tell("sd"), "item_total": tell("item-total"), "item_rest": tell("item-rest"),
    "biserial": tell("biserial"), "d27": "D27", "alpha_if_deleted": tell("alpha without"),
    "flags": tell("flags"), "alpha_low": tell("alpha, 95 % from"), "alpha_high": tell("alpha, 95 % to"),
    "kr20": "KR-20", "kr21": "KR-21", "lambda2": tell("lambda 2 from correlations"), "sem": "SEM",
    "split_half": tell("split half"), "flagged_items": tell("items to review"),
    "key_alarms": tell("keys in doubt"), "almost certain": tell("almost certain"), "likely": tell("likely"),
    "possible": tell("possible"),
}
# fmt: on
"""What people call the names in a result."""


class AnalysedItems(NamedTuple):
    """What was found of all candidates, or of each group by itself, and what it was made of."""

    results: dict[str, ItemAnalysis]
    """By the value of the column that was named; under the empty text that of all."""
    words: Words
    sources: dict[str, Any]
    by: str | None = None
    notes: tuple[Note, ...] = ()

    def document(self) -> dict[str, Any]:
        """What `--json` prints."""
        if self.by is None:
            return {**self.results[""].to_dict(), **self.sources}
        groups = [{"group": group, **result.to_dict()} for group, result in self.results.items()]
        return {**self.sources, "by": self.by, "groups": groups, "notes": plain(self.notes)}

    def write(self, out: Path) -> None:
        """The tables of items and options of all candidates as a file."""
        items = self.results[""].items.with_columns(pl.col("flags").list.join(" "))
        tables = {"items": items, "options": self.results[""].options}
        write_rows(out, {name: plain(table) for name, table in tables.items() if len(table)})

    def parts(self, most: int | None = None) -> Parts:
        """Everything for the screen; in short without tables, and the first `most` of the findings."""
        for group, result in self.results.items():
            if self.by is not None:
                yield ReportedLine(f"{self.by} {group}", "bold")
            findings = result.findings[:most]
            if n := len(result.findings) - len(findings):
                more = message_note("more", tell("  … and {n:,} more (--verbose)", n=n))
                findings = (*findings, more)
            for part in parts(replace(result, findings=findings), self.words):
                if most is None or not isinstance(part, ReportedTable):
                    yield part
        for one in self.notes:
            yield ReportedLine(tell("note: {message}", message=message(one)), "yellow")


# ── files ────────────────────────────────────────────────────────────────────────────────────


def items_of_files(source: ResponseSource, options: ItemOptions) -> AnalysedItems:
    """The analysis of a file, or with `by` of each group of its candidates, with the items that they were
    given; raises WrongUsage for options that do not fit the data, Refused with every fault of the file."""
    if options.by is not None:
        source = source.model_copy(update={"exclude": tuple(dict.fromkeys((*source.exclude, options.by)))})
    loaded = load_responses(source, halves=True)
    whole = loaded.responses
    sources = {"file": loaded.name, "sha256": loaded.sha256}
    words = {**WORDS, "data": loaded.name}
    if options.by is None:
        return AnalysedItems({"": _analysed(whole, loaded, options, words)}, words, sources)
    values, number = groups_of(loaded.table, options.by)
    results = {
        value: _analysed(_part(whole, np.flatnonzero(number == n)), loaded, options, words)
        for n, value in enumerate(values)
    }
    notes: tuple[Note, ...] = ()
    if lacking := int((number < 0).sum()):
        words_on_them = tell_n(
            "{n} candidate has no value in column {column} and is excluded",
            "{n} candidates have no value in column {column} and are excluded",
            lacking,
            column=options.by,
        )
        notes = (message_note("no-group", words_on_them),)
    notes += alike_groups(options.by, values)
    return AnalysedItems(results, words, sources, options.by, notes)


def _analysed(data: Responses, loaded: LoadedResponses, options: ItemOptions, words: Words) -> ItemAnalysis:
    try:
        return stats.items(data, **options.arguments())
    except ArgumentError as error:
        raise refusal(error, words, loaded.name) from None


def _part(of: Responses, rows: Any) -> Responses:
    """Some candidates, with the items that they were given."""
    cells = of.cells[rows]
    given = (cells != NOT_ADMINISTERED).any(axis=0)
    items = tuple(item for item, is_given in zip(of.items, given, strict=True) if is_given)
    persons = tuple(of.persons[row] for row in rows)
    choices = of.choices
    if choices is not None:
        keep = [n for n, item in enumerate(choices.items) if item in set(items)]
        choices = Chosen(
            persons, tuple(choices.items[n] for n in keep),
            np.ascontiguousarray(choices.cells[np.ix_(rows, keep)]),
            tuple(choices.options[n] for n in keep), tuple(choices.keys[n] for n in keep),
        )  # fmt: skip
    cells = np.ascontiguousarray(cells[:, given])
    return Responses(persons, items, cells, choices, notes=of.notes, unit=of.unit)

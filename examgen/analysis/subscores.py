"""Responses with a table of parts, or a scored run → `examgen.stats.subscores`.

The question is whether the score on a part is worth reporting in addition to the total.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from examgen.analysis.administrations import Administration, responses_of
from examgen.analysis.options import ResponseSource
from examgen.analysis.shown import Analysed, Words, analysed, with_notes
from examgen.analysis.sources import load_responses
from examgen.analysis.tables import read_table
from examgen.core.words import option, tell
from examgen.stats import subscore_value as stats
from examgen.stats.subscore_value import Form, Part, Points, Subscores

# fmt: off
WORDS: Words = {
    "parts": tell("parts"), "subscore": tell("part"), "n": tell("candidates"), "n_items": tell("items"),
    "n_items_most": tell("items (longest form)"), "reliability": tell("reliability"),
    "prmse_subscore": tell("own score"), "prmse_total": tell("total score"),
    "prmse_both": tell("both scores"), "prmse_augmented": tell("augmented"), "verdict": tell("conclusion"),
    "worth": tell("worth reporting"), "not_worth": tell("no more than the total"),
    "undecided": tell("undecided"), "unknown": tell("unknown"),
    "forms": tell("forms"), "form": tell("form"), "alpha": tell("reliability of the total"),
    "sd": tell("standard deviation of the total"),
    "stratified_alpha": tell("the same, stratified by parts"),
    "argument parts": option("subscores"),
}
# fmt: on
"""The labels shown for the names in a result."""


def subscores_of_files(source: ResponseSource, parts: Path) -> Analysed[Subscores]:
    """Analyse the subscores of files of responses.

    `parts` has the columns `item` and `subscore`, and `level` if there are several kinds of parts.

    Raises Refused with every fault of the files.
    """
    loaded, table = load_responses(source), read_table(parts)
    return analysed(
        lambda: stats.subscores(loaded.responses, table.frame),
        WORDS,
        loaded.name,
        loaded.sources,
        tables={"parts": table},
    )


# ── a scored run ─────────────────────────────────────────────────────────────────────────────


def subscores_of_run(folder: Path, run: str | None = None) -> Analysed[Subscores]:
    """Analyse the subscores of a scored run; raises Refused if none of its items count."""
    found = responses_of(folder, run)
    found.places(folder, "scored")
    sources = {"exam": found.name, "run": found.run, "release": found.release.as_dict()}
    return Analysed(with_notes(subscores_of(found), found.blank_sheets()), WORDS, sources)


def subscores_of(found: Administration) -> Subscores:
    """Analyse the subscores of a run: performance criteria, elements and, if there are several, units.

    Scores are in points of the run, after all corrections. Booklets drawn from a form that have other items
    are forms of their own.
    """
    points = Points(found.chosen.cells, found.worth() / found.unit)
    return stats.subscores_of_forms(points, list(_forms(found)), _parts(found), found.chosen.candidates)


def _forms(found: Administration) -> Iterator[Form]:
    counted = np.array([n for n, one in enumerate(found.columns) if one.standing == "scored"], dtype=np.int64)
    for n, name in enumerate(found.forms):
        rows = np.flatnonzero(found.form == n)
        if len(rows):
            yield from stats.forms_of(found.chosen.cells, rows, counted, name)


def _parts(found: Administration) -> list[Part]:
    parts = []
    for level in ("pc", "element", "unit"):
        places: dict[str, set[int]] = {}
        for n, one in enumerate(found.columns):
            if one.standing == "scored":
                places.setdefault(getattr(one, level), set()).add(n)
        if level != "unit" or len(places) > 1:
            parts += [Part(level, name, frozenset(items)) for name, items in places.items()]
    return parts

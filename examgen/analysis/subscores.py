"""Responses and a map of parts, or a scored run → `examgen.stats.subscores`: is the score of a part worth
reporting?
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from examgen.analysis.administrations import responses_of
from examgen.analysis.response_options import ResponseSource
from examgen.analysis.run_subscores import subscores_of
from examgen.analysis.shown import Words
from examgen.analysis.sources import load_responses
from examgen.analysis.tables import read_table, refusal_by_line
from examgen.core.problems import Refused
from examgen.core.words import option, tell
from examgen.stats import subscore_value as stats
from examgen.stats.arguments import ArgumentError
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
    table = read_table(parts)
    try:
        found = stats.subscores(loaded.responses, table.frame)
    except ArgumentError as error:
        raise refusal_by_line(error, {"parts": table}, WORDS, loaded.name) from None
    return found, {"file": loaded.name, "sha256": loaded.sha256}


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

"""Responses with a column of groups, or the groups of a scored run → `examgen.stats.dif`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analysis.administrations import Administration
from examgen.analysis.dif_options import METHODS, DifOptions
from examgen.analysis.response_options import ResponseSource
from examgen.analysis.shown import Words, refusal
from examgen.analysis.sources import load_responses
from examgen.core.responses.matrix import Chosen, administered
from examgen.core.words import tell
from examgen.stats import dif_analysis as stats
from examgen.stats.arguments import ArgumentError, DataError
from examgen.stats.dif_analysis import FEW_IN_GROUP, DifAnalysis
from examgen.stats.response_data import Responses

MOST_GROUPS = 12
"""Of more groups of a run the largest are compared."""
# fmt: off
WORDS: dict[str, str] = {stats.TITLES[name]: words for name, words in METHODS} | {
    "items": tell("items"), "contrasts": tell("items flagged for one group"), "persons": tell("candidates"),
    "flagged": tell("flagged"),
    "purification_rounds": tell("rounds of purification"), "adjustment": tell("adjustment for many tests"),
    "bh": "Benjamini–Hochberg", "holm": "Holm", "bonferroni": "Bonferroni", "none": tell("none"),
    "item": tell("item"), "n": "n", "effect": tell("effect"), "se": tell("se"), "p": "p",
    "p_adjusted": tell("p adjusted"), "class": tell("class"), "favours": tell("favours"),
    "crossing": tell("crossing"), "focal": tell("focal"),
}
# fmt: on
"""What people call the names in a result."""


class DifFound(NamedTuple):
    """What was found, and what it was made of."""

    result: DifAnalysis
    words: Words
    sources: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {**self.result.to_dict(), **self.sources}


def dif_of_files(source: ResponseSource, options: DifOptions) -> DifFound:
    """Compare the groups; raises WrongUsage for options that do not fit the data, Refused with every fault of
    the files."""
    exclude = tuple(dict.fromkeys((*source.exclude, options.group)))
    loaded = load_responses(source.model_copy(update={"exclude": exclude}))
    words = {**WORDS, "data": loaded.name}
    try:
        result = stats.dif(loaded.responses, options.group, **options.arguments())
    except ArgumentError as error:
        raise refusal(error, words, loaded.name) from None
    return DifFound(result, words, {"file": loaded.name, "sha256": loaded.sha256})


# ── a scored run ─────────────────────────────────────────────────────────────────────────────


class FavouringItem(NamedTuple):
    """An item of ETS class B or C; `delta` below 0 is harder for the group, None is infinite, `ets` has the
    sign of it."""

    item: str
    delta: float | None
    ets: str


class GroupContrast(NamedTuple):
    """A group of candidates beside all others on a form."""

    form: str
    group: str
    n: int
    n_others: int
    n_items: int
    """Items of which a class is known."""
    items: tuple[FavouringItem, ...]
    """Those of class B or C, the largest difference first."""


def dif_by_groups(
    found: Administration, names: Sequence[str], group: NDArray[np.integer]
) -> tuple[GroupContrast, ...]:
    """Each group against all others of the form, by Mantel–Haenszel with purification.

    Candidates are matched on the number right of the items that count; a blank is wrong, as in the score.
    Only groups with enough candidates on either side are compared, so that what is found is not chance alone.
    `group` (N,) are places in `names`, of which an empty one is no group.
    """
    is_known = np.array([name != "" for name in names], dtype=np.bool_)[group]
    counted = [n for n, one in enumerate(found.columns) if one.standing == "scored"]
    contrasts = []
    for form_number, form in enumerate(found.forms):
        rows = np.flatnonzero((found.form == form_number) & is_known)
        counts = np.bincount(group[rows], minlength=len(names)).tolist()
        own = sorted((n for n, count in enumerate(counts) if count), key=lambda n: (-counts[n], names[n]))
        large = [n for n in own[:MOST_GROUPS] if FEW_IN_GROUP <= counts[n] <= len(rows) - FEW_IN_GROUP]
        data = _responses(found.chosen, rows, counted) if large else None
        if data is None:
            continue
        # of two groups one comparison says all
        for number in large if len(own) > 2 else large[-1:]:
            n = counts[number]
            known, items = 0, []
            try:
                result = stats.dif(data, group[rows] == number, purify=True, adjust="none")
                known = len(result.items) - result.items["class"].null_count()
                items = _favouring(result.items.filter(pl.col("class").is_in(("B", "C"))))
            except DataError:
                pass  # no item can be tested
            contrasts.append(GroupContrast(form, names[number], n, len(rows) - n, known, tuple(items)))
    return tuple(contrasts)


def _responses(chosen: Chosen, rows: NDArray[np.integer], counted: Sequence[int]) -> Responses | None:
    """The scores of some candidates on the items that they were given and that count; None of fewer than two
    items."""
    given = administered(chosen.cells[rows])
    places = [place for place in counted if given[place]]
    if len(places) < 2:
        return None
    scored = chosen.part(places, rows).scored(not_reached_wrong=True)
    return Responses(scored.candidates, scored.items, scored.cells)


def _favouring(table: pl.DataFrame) -> list[FavouringItem]:
    found = [
        FavouringItem(
            row["item"],
            row["effect"] if np.isfinite(row["effect"]) else None,
            f"{row['class']}{'−' if row['effect'] < 0 else '+'}",
        )
        for row in table.iter_rows(named=True)
    ]
    return sorted(found, key=lambda one: (-np.inf if one.delta is None else -abs(one.delta), one.item))

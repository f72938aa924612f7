"""Responses with a column of groups, or groups of candidates of a scored run → `examgen.stats.dif`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from examgen.analysis.administrations import Administration
from examgen.analysis.options import DIF_METHODS, DifOptions, ResponseSource
from examgen.analysis.shown import Analysed, Words, analysed
from examgen.analysis.sources import load_responses
from examgen.core.words import tell
from examgen.stats import dif_analysis as stats
from examgen.stats.arguments import DataError
from examgen.stats.dif_analysis import FEW_IN_GROUP, DifAnalysis
from examgen.stats.matrix import Chosen, administered
from examgen.stats.response_data import Responses

MOST_GROUPS = 12
"""The number of groups of a run that are compared; of more groups, the largest are taken."""
# fmt: off
WORDS: Words = {stats.TITLES[name]: words for name, words in DIF_METHODS} | {
    "items": tell("items"), "contrasts": tell("items flagged for one group"), "persons": tell("candidates"),
    "flagged": tell("flagged"),
    "purification_rounds": tell("rounds of purification"), "adjustment": tell("adjustment for many tests"),
    "bh": "Benjamini–Hochberg", "holm": "Holm", "bonferroni": "Bonferroni", "none": tell("none"),
    "item": tell("item"), "n": "n", "effect": tell("effect"), "se": tell("se"), "p": "p",
    "effect_in_contrasts": tell("effect"),
    "p_adjusted": tell("p adjusted"), "class": tell("class"), "favours": tell("favours"),
    "crossing": tell("crossing"), "focal": tell("focal"),
}
# fmt: on
"""The labels shown for the names in a result."""


def dif_of_files(source: ResponseSource, options: DifOptions) -> Analysed[DifAnalysis]:
    """Compare the groups of candidates in files of responses.

    Raises WrongUsage for options that do not fit the data, Refused with every fault of the files.
    """
    loaded = load_responses(source, exclude=options.group)
    return analysed(
        lambda: stats.dif(loaded.responses, options.group, **options.arguments()),
        WORDS,
        loaded.name,
        loaded.sources,
    )


# ── a scored run ─────────────────────────────────────────────────────────────────────────────


class GroupContrast(NamedTuple):
    """A group of candidates compared with all others on a form."""

    form: str
    group: str
    n: int
    n_others: int
    n_items: int
    """The number of items that could be classified."""
    items: pl.DataFrame
    """The items of ETS class B or C, largest difference first: `item`, `delta` and `ets`.

    `delta` is below 0 if the item is harder for the group, and null if it is infinite. `ets` is the class
    with the sign of `delta`.
    """


def dif_by_groups(
    found: Administration, names: Sequence[str], group: NDArray[np.integer]
) -> tuple[GroupContrast, ...]:
    """Compare each group with all others on the same form, by Mantel–Haenszel with purification.

    Candidates are matched on the number right of the items that count; a blank is wrong, as in the score.
    Only groups with enough candidates on both sides are compared, because differences between small groups
    are mostly chance. `group` (N,) are positions in `names`; an empty name means no group.
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
            try:
                items = stats.dif(data, group[rows] == number, purify=True, adjust="none").items
            except DataError:  # no item can be tested
                items = pl.DataFrame(schema={"item": pl.String, "effect": pl.Float64, "class": pl.String})
            known = len(items) - items["class"].null_count()
            contrasts.append(GroupContrast(form, names[number], n, len(rows) - n, known, _favouring(items)))
    return tuple(contrasts)


def _responses(chosen: Chosen, rows: NDArray[np.integer], counted: Sequence[int]) -> Responses | None:
    """Return the scores of some candidates on the items that they were given and that count.

    None if there are fewer than two such items.
    """
    given = administered(chosen.cells[rows])
    places = [place for place in counted if given[place]]
    if len(places) < 2:
        return None
    scored = chosen.part(places, rows).scored(not_reached_wrong=True)
    return Responses(scored.candidates, scored.items, scored.cells)


def _favouring(items: pl.DataFrame) -> pl.DataFrame:
    """Return the items of class B or C with the size and the direction of their difference."""
    sign = pl.when(pl.col("effect") < 0).then(pl.lit("−")).otherwise(pl.lit("+"))
    delta = pl.when(pl.col("effect").is_finite()).then("effect")
    return (
        items.filter(pl.col("class").is_in(("B", "C")))
        .select("item", delta.alias("delta"), (pl.col("class") + sign).alias("ets"))
        .sort(-pl.col("delta").abs(), "item", nulls_last=False)
    )

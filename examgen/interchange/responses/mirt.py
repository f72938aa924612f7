"""Writes a sheet as tables of responses, and an R script that fits them with mirt.

`scored.csv` has the score category of each item, empty if it was not on the candidate's form. `items.csv` and
`candidates.csv` have the results of the run, against which the script checks its input. `raw.csv` has the
letters, which `key2binary` of mirt scores with `key.csv`.

References
----------
Chalmers, R. P. (2012). mirt: A multidimensional item response theory package for the R environment. Journal
of Statistical Software, 48(6), 1-29.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from examgen.interchange.responses.coded import NOT_GIVEN, Coded
from examgen.interchange.responses.sheet import ResponseSheet, Texts, penalties, values
from examgen.stats.matrix import NOT_ADMINISTERED

_BEGIN = """\
# {title}, for mirt. Run it in this folder: Rscript mirt.R
# Omitted and not reached items are wrong, as in the run; NA: not on the candidate's form.
library(mirt)

table_of <- function(name) read.csv(name, fileEncoding = "UTF-8-BOM", check.names = FALSE,
                                    colClasses = "character", na.strings = "", quote = "\\"")
items <- table_of("items.csv")
people <- table_of("candidates.csv")
scored <- table_of("scored.csv")
responses <- as.data.frame(lapply(scored[items$label], as.integer), check.names = FALSE)
stopifnot(identical(scored$candidate_id, people$candidate_id))
"""
_KEYED = """
# the letters, scored by the key: as scored.csv has them, but for items that earn parts of their points
raw <- table_of("raw.csv")
key <- table_of("key.csv")
keyed <- key2binary(raw[key$label], as.matrix(key[-1]))
whole <- items$label[items$greatest == "1"]
stopifnot(identical(raw$candidate_id, people$candidate_id),
          all(keyed[, whole] == as.matrix(responses[whole]), na.rm = TRUE),
          identical(unname(is.na(keyed[, whole])), unname(is.na(as.matrix(responses[whole])))))
"""
_CHECKED = """
# the totals are those of the run: what these items earn, and what was given beside them
counted <- items$standing == "scored"
worth <- as.numeric(items$points) / as.numeric(items$greatest)
earned <- rowSums(sweep(responses[counted], 2, worth[counted], "*"), na.rm = TRUE)
stopifnot(isTRUE(all.equal(unname(earned) + as.numeric(people$given), as.numeric(people$score))))
"""
_COUNTED = """
# a wrong answer costs points in the run, which no score category tells: totals are not compared
counted <- items$standing == "scored"
"""
_FITTED = """
# items on which everybody did the same tell nothing; pilot items are not fitted with the others
varies <- vapply(responses, function(one) length(unique(na.omit(one))) > 1, NA)
fitted <- responses[counted & varies]
"""
_MIRT = """
fit <- mirt(fitted, 1, itemtype = if (nrow(fitted) < 500) "Rasch" else NULL, verbose = FALSE)
print(coef(fit, simplify = TRUE)$items)
ability <- fscores(fit, full.scores.SE = TRUE)
write.csv(data.frame(candidate_id = people$candidate_id, ability), "abilities.csv", row.names = FALSE)
"""


class Tables(NamedTuple):
    """The tables by name, and the script."""

    tables: dict[str, Texts]
    script: str
    numbers: tuple[str, ...] = ("score", "given")
    """The columns of `candidates.csv` that are numbers and may be negative."""


def mirt(sheet: ResponseSheet, of: Coded) -> Tables:
    """Return the tables and the script `mirt.R`."""
    counted = [n for n, one in enumerate(of.items) if one.item.counts]
    raw: dict[str, Sequence[str]] = {"candidate_id": sheet.candidates, "form": sheet.forms} | {
        of.items[n].label: ["" if row[n] == NOT_GIVEN else row[n] for row in of.rows] for n in counted
    }
    most = max((len(of.items[n].right) for n in counted), default=1)
    key: dict[str, Sequence[str]] = {"label": [of.items[n].label for n in counted]}
    for k in range(max(most, 1)):
        key[f"key{k + 1}"] = [of.items[n].right[k : k + 1] for n in counted]
    tables: dict[str, Texts] = {"raw.csv": raw, "key.csv": key} | _common(sheet, of)
    return Tables(tables, _script(sheet))


def _script(sheet: ResponseSheet) -> str:
    title = "".join(one if one.isprintable() else "_" for one in sheet.title)
    checked = _COUNTED if any(penalties(sheet)) else _CHECKED
    return _BEGIN.format(title=title) + _KEYED + checked + _FITTED + _MIRT


def _common(sheet: ResponseSheet, of: Coded) -> dict[str, Texts]:
    """Return the tables of score categories, items and candidates."""
    counted = [n for n, one in enumerate(sheet.items) if one.counts]
    own = [sheet.items[n] for n in counted]
    categories = values(sheet.cells[:, counted], [one.categories for one in own], (-1, 0, 0))
    scored: dict[str, Sequence[str]] = {"candidate_id": sheet.candidates, "form": sheet.forms} | {
        of.items[n].label: ["" if one < 0 else str(one) for one in column]
        for n, column in zip(counted, categories.T.tolist(), strict=True)
    }
    items: dict[str, Sequence[str]] = {
        "label": [of.items[n].label for n in counted],
        "item": [one.name for one in own],
        "criterion": [one.criterion for one in own],
        "standing": [one.standing for one in own],
        "points": [str(one.points) for one in own],
        "greatest": [str(max(*one.categories, 1)) for one in own],
    }
    # points of items that were given to all, or to all who answered them: in the total, in no category
    given = np.zeros(len(sheet.candidates), dtype=np.int64)
    for one, cells in zip(sheet.items, sheet.cells.T, strict=True):
        if one.standing == "credited":
            earned = np.array([0, one.blank, one.blank, *one.units])[cells + 3]
            given += np.where(cells == NOT_ADMINISTERED, 0, earned)
    people: dict[str, Sequence[str]] = {
        "candidate_id": sheet.candidates,
        "form": sheet.forms,
        "score": sheet.scores,
        "given": [f"{float(Fraction(units, sheet.unit)):g}" for units in given.tolist()],
    }
    return {"scored.csv": scored, "items.csv": items, "candidates.csv": people}

"""The statistics of items by administration, one record for each line of `statistics.csv`, and item curves.

Pages show all of it; `bank show` and the analyses that write the file give one line for an item.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from examgen.bank.statistics import Statistic, notices_of, statistics_of
from examgen.core.exam.manifest import read_manifest
from examgen.core.exam.names import ANALYSIS, MANIFEST
from examgen.core.files import read_input
from examgen.core.models.item import Item
from examgen.core.problems import Problem

_OPTIONS = "options.csv"
_FIFTHS = tuple(f"fifth_{n}" for n in range(1, 6))


def recorded(
    bank_folder: Path, code: str, items: Sequence[Item]
) -> tuple[dict[str, list[Statistic]], list[Problem]]:
    """Return the lines of each item that has any, in order of time, and the problems of the file."""
    statistics, problems = statistics_of(bank_folder / code)
    found: dict[str, list[Statistic]] = {}
    wanted = {item.id for item in items}
    for one in sorted(statistics, key=lambda one: (one.date, one.administration, one.form)):
        if one.item in wanted:
            found.setdefault(one.item, []).append(one)
    return found, [*problems, *notices_of(code, items, statistics)]


class OptionShare(NamedTuple):
    """The candidates who marked an option in an analysed administration; an empty `option` means no mark.

    `n` is their number and `share` their proportion of those who were given the item; `point_biserial` is the
    correlation of marking the option with the score, and `fifths` has the proportion in each fifth of the
    candidates, lowest scores first. All are as in `options.csv` of the analysis; None if undefined.
    """

    option: str
    is_key: bool
    n: int | None
    share: float | None
    point_biserial: float | None
    fifths: tuple[float | None, ...] = ()


def option_shares(output: Path, code: str, item: str) -> dict[str, tuple[OptionShare, ...]]:
    """Return the shares of an item's options for each exam, from the analysis of its last analysed run."""
    found = {}
    for manifest in sorted(output.glob(f"*/{MANIFEST}")):
        tables = sorted((manifest.parent / ANALYSIS).glob(f"run-*/{_OPTIONS}"))
        if not tables or code not in read_manifest(manifest.parent)["blueprint"]["units"]:
            continue
        lines = csv.DictReader(io.StringIO(read_input(tables[-1]).decode("utf-8-sig")))
        if own := tuple(_option(line) for line in lines if line.get("item") == item):
            found[manifest.parent.name] = own
    return found


def _option(line: dict[str, str]) -> OptionShare:
    n = _number(line.get("n"))
    return OptionShare(
        line.get("option", ""),
        line.get("is_key", "").lower() in ("true", "1"),
        None if n is None else int(n),
        _number(line.get("share")),
        _number(line.get("point_biserial")),
        tuple(_number(line[name]) for name in _FIFTHS) if _FIFTHS[-1] in line else (),
    )


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class AbilityGroup(NamedTuple):
    """A group of candidates with similar scores: their mean ability, the proportion who answered correctly
    with its 95 % interval, and their number.
    """

    ability: float
    share: float
    low: float
    high: float
    n: int


class AnalysedItem(NamedTuple):
    """An item in the analysis of a run: the results of groups of candidates, and the fitted curve.

    `curve` has points of ability and probability; it is empty if nothing could be fitted. `holds` is true if
    the text of the item is unchanged since the exam. No field reveals the key.
    """

    exam: str
    model: str
    n: int
    facility: float | None
    item_rest: float | None
    curve: tuple[tuple[float, float], ...]
    seen: tuple[AbilityGroup, ...]
    holds: bool
    parameters: dict[str, float | None]
    """The parameters and fit of the item: `difficulty`, `se_b`, `a`, `se_a`, `infit`, `outfit`."""

    def chance(self, ability: float) -> float | None:
        """Return the fitted probability of a correct answer, interpolated between points of the curve; None
        beyond its ends.
        """
        for (x0, y0), (x1, y1) in pairwise(self.curve):
            if x0 <= ability <= x1:
                return y0 + (y1 - y0) * (ability - x0) / (x1 - x0)
        return None


def analysed_item(exam: str, data: bytes, item: Item) -> AnalysedItem | None:
    """Return an item from an `analysis.json`; None if it is missing there or listed under several keys."""
    document = json.loads(data)
    rows = [row for row in document["items"] if row["item"] == item.id]
    if len(rows) != 1:
        return None
    [row] = rows
    return AnalysedItem(
        exam,
        document["irt"]["model"]["name"],
        row["n"],
        row["facility"],
        row["item_rest"],
        tuple((x, y) for x, y in row["curve"] if y is not None),
        tuple(AbilityGroup(*one) for one in row["seen"]),
        row["item_hash"] == item.sha256(),
        {name: row["irt"].get(name) for name in ("difficulty", "se_b", "a", "se_a", "infit", "outfit")},
    )

"""Comparisons with R as a table: a line of tests/data/psychometrics/comparisons.csv for each quantity of a test.

`ours` is a path into what examgen found, as `parameters.d.0` (the first column), `theirs` one into the file of
results, and `tolerance` what the README of the reference set allows, or the test where that says nothing;
`relative` is yes where it is a share of their number.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.psychometrics.reference import OURS, compare


class Line(NamedTuple):
    test: str
    quantity: str
    ours: str
    theirs: str
    tolerance: str
    relative: str


def _table() -> dict[str, list[Line]]:
    found = defaultdict(list)
    with (OURS / "comparisons.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found[row["test"]].append(Line(**row))
    return dict(found)


TABLE = _table()


def at(found: Any, path: str) -> Any:
    """What stands at a path: keys, attributes, or the number of a column."""
    for name in path.split("."):
        if name.isdigit():
            found = found[..., int(name)]
        else:
            found = found[name] if isinstance(found, Mapping) else getattr(found, name)
    return found


def compare_all(test: str, file: str, ours: Any, theirs: Any, label: str = "", **own: Any) -> None:
    """Every quantity of a test, under its title after a label; `own` is what is not in `ours` under that name."""
    for line in TABLE[test]:
        first = line.ours.partition(".")[0]
        found = at(own if first in own else ours, line.ours)
        known, share = at(theirs, line.theirs), line.relative == "yes"
        compare(file, label + line.quantity, found, known, float(line.tolerance), relative=share)

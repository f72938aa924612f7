"""Responses, perhaps of several forms → the items whose total means the same for everybody.

Mantel–Haenszel, logistic regression, standardisation and SIBTEST compare candidates of the same raw total.
Totals of different items are not common scale: 12 right of 20 show another ability than 12 of 30.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from examgen.item_responses import NOT_ADMINISTERED, Cells
from examgen.problems import Problem, Refused
from examgen.workflow.analysis_documents import Document
from examgen.workflow.response_sources import LoadedResponses

BY_TOTAL = ("mh", "logistic", "std", "sibtest")
"""Methods that match candidates on the raw total."""
MOST_MISSING = 0.05
"""The share of cells that may be missing before totals are called totals of different items."""
_SHOWN = 8


class Matched(NamedTuple):
    """The items (J,) that are analysed, their cells (N, J), and what is to be said of them."""

    items: tuple[str, ...]
    cells: Cells
    notes: list[Document]


def matched(loaded: LoadedResponses, method: str) -> Matched:
    """All items; of several files and a method that matches on totals, those that every file has.

    Raises Refused where fewer than two are left.
    """
    from examgen.capture.response_files import ELSEWHERE

    items, cells = loaded.scored.items, loaded.scored.cells
    if method not in BY_TOTAL or not loaded.table.parts:
        return Matched(items, cells, [])
    elsewhere = {column.name for column in loaded.table.items if ELSEWHERE in column.texts}
    places = [place for place, item in enumerate(items) if item not in elsewhere]
    if len(places) == len(items):
        return Matched(items, cells, [])
    if len(places) < 2:
        raise _too_few(loaded.name, method, len(places))
    left = [item for item in items if item in elsewhere]
    return Matched(
        tuple(items[place] for place in places), cells.take(places, axis=1), [_not_common(left, method)]
    )


def _not_common(items: Sequence[str], method: str) -> Document:
    shown = ", ".join(items[:_SHOWN]) + (" …" if len(items) > _SHOWN else "")
    message = (
        f"{len(items)} item(s) are not in every file and are left out: {method} matches candidates on the "
        f"total of the same items: {shown}"
    )
    return {"code": "not-common", "item": None, "message": message}


def _too_few(name: str, method: str, n: int) -> Refused:
    message = (
        f"the files have {n} item(s) in common, and {method} matches candidates on the total of two or more: "
        "take --method lr or raju, or analyse each file by itself"
    )
    return Refused(f"{name}: {message}", [Problem(name, "too-few-common-items", message)])


def incomplete_matching(cells: Cells, method: str) -> list[Document]:
    """A note where totals of the candidates who are compared, `cells` (N, J), rest on different items.

    Items that nobody was given, and candidates who were given none, are in no comparison. SIBTEST leaves
    out who has not answered every item, and says so itself.
    """
    if method not in BY_TOTAL or method == "sibtest":
        return []
    given: Any = cells != NOT_ADMINISTERED
    given = given[given.any(axis=1)][:, given.any(axis=0)]
    missing = 1 - float(np.mean(given)) if given.size else 0.0
    if missing <= MOST_MISSING:
        return []
    message = (
        f"{missing:.0%} of the cells were not administered: candidates are matched on totals that rest on "
        "different items, so an item may be flagged, or not, for that alone; --method lr does without totals"
    )
    return [{"code": "incomplete-matching", "item": None, "message": message}]

"""Differential item functioning in any response file: read, compare groups, give back as plain values.

The command line and Python programs call the same function; every number is in full, what is undefined is
None, and `notes` say why. Candidates of the same raw total are compared. Totals of different items are not a
common scale: 12 right of 20 show another ability than 12 of 30. Rows say which group an item favours, among
candidates of like totals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from examgen.analyses.documents import (
    Document,
    note,
    notes,
    notices,
    numbers,
    rows,
    without_group,
)
from examgen.analyses.options import DifOptions, ResponseSource
from examgen.analyses.run_dif import LEAST_IN_GROUP
from examgen.analyses.sources import LoadedResponses, load_responses
from examgen.capture.response_files import ELSEWHERE, groups_of
from examgen.core.problems import Problem, Refused, WrongUsage
from examgen.core.responses.matrix import NOT_ADMINISTERED, Cells
from examgen.core.words import joined, option, tell, tell_n
from examgen.psychometrics.dif.direction import favoured
from examgen.psychometrics.dif.mantel_haenszel import MantelHaenszelDif
from examgen.psychometrics.dif.methods import Dif
from examgen.psychometrics.dif.methods import analyse_dif as analyse
from examgen.psychometrics.dif.sibtest import LEAST

MOST_MISSING = 0.05
"""The share of cells that may be missing before totals are called totals of different items."""
_SHOWN = 8


class Matched(NamedTuple):
    """The items (J,) that are analysed, their cells (N, J), and what is to be said of them."""

    items: tuple[str, ...]
    cells: Cells
    notes: list[Document]


def matched(loaded: LoadedResponses, method: str) -> Matched:
    """All items; of several files, those that every file has.

    Raises Refused where fewer than two are left.
    """
    items, cells = loaded.scored.items, loaded.scored.cells
    if not loaded.table.parts:
        return Matched(items, cells, [])
    elsewhere = {column.name for column in loaded.table.items if ELSEWHERE in column.texts}
    places = [place for place, item in enumerate(items) if item not in elsewhere]
    if len(places) == len(items):
        return Matched(items, cells, [])
    if len(places) < 2:
        message = tell_n(
            "the files have {n} item in common, but {method} matches candidates on the total of "
            "two or more. Analyse each file separately",
            "the files have {n} items in common, but {method} matches candidates on the total "
            "of two or more. Analyse each file separately",
            len(places),
            method=method,
        )
        raise Refused(
            tell("{name}: {message}", name=loaded.name, message=message),
            [Problem(loaded.name, "too-few-common-items", message)],
        )
    left = [item for item in items if item in elsewhere]
    shown = ", ".join(left[:_SHOWN]) + (" …" if len(left) > _SHOWN else "")
    message = tell_n(
        "{n} item is not in every file and is excluded, because {method} matches candidates on "
        "the total of the same items: {shown}",
        "{n} items are not in every file and are excluded, because {method} matches candidates "
        "on the total of the same items: {shown}",
        len(left),
        method=method,
        shown=shown,
    )
    return Matched(
        tuple(items[place] for place in places),
        cells.take(places, axis=1),
        [note("not-common", message)],
    )


def incomplete_matching(cells: Cells, method: str) -> list[Document]:
    """A note where totals of the candidates who are compared, `cells` (N, J), rest on different items.

    Items that nobody was given, and candidates who were given none, are in no comparison. SIBTEST leaves
    out who has not answered every item, and says so itself.
    """
    if method == "sibtest":
        return []
    given: Any = cells != NOT_ADMINISTERED
    given = given[given.any(axis=1)][:, given.any(axis=0)]
    missing = 1 - float(np.mean(given)) if given.size else 0.0
    if missing <= MOST_MISSING:
        return []
    message = tell(
        "{missing:.0%} of the cells were not administered. Candidates are matched on totals of "
        "different items, which alone can cause or hide a flag. Likelihood ratios need no "
        "totals (docs/python.md)",
        missing=missing,
    )
    return [note("incomplete-matching", message)]


def few_in_groups(sizes: Sequence[Document]) -> list[Document]:
    """A note where groups are smaller than a rule of thumb asks (Zieky 1993; Zwick 2012)."""
    few = [
        tell("{group} ({n})", group=one["group"], n=one["n"]) for one in sizes if one["n"] < LEAST_IN_GROUP
    ]
    if not few:
        return []
    message = tell(
        "groups of fewer than {least} candidates: {few}. Some items with DIF are missed there, "
        "and findings may be chance",
        least=LEAST_IN_GROUP,
        few=joined(few),
    )
    return [note("few-in-group", message)]


def _directed(
    rows: Sequence[Document], found: Dif, groups: tuple[str, str], totals: tuple[float, float]
) -> list[Document]:
    """The rows with `favours`, and those of Mantel–Haenszel with `ets_signed`: + where the focal group is
    favoured, − where the reference group is."""
    directed = [
        {**row, "favours": favours}
        for row, favours in zip(rows, favoured(found, groups, totals), strict=True)
    ]
    if isinstance(found, MantelHaenszelDif):
        for row in directed:
            sign = {groups[1]: "+", groups[0]: "-"}.get(row["favours"], "")
            row["ets_signed"] = None if not row["ets"] else f"{row['ets']}{'' if row['ets'] == 'A' else sign}"
    return directed


def analyse_dif(source: ResponseSource, asked: DifOptions) -> Document:
    """Differential item functioning: `items`, the groups' sizes, and `notes`."""
    exclude = tuple(dict.fromkeys((*source.exclude, asked.group)))
    loaded = load_responses(source.model_copy(update={"exclude": exclude}), 1)
    groups, sizes, nowhere = _groups(loaded, asked)
    names, cells, of_items = matched(loaded, asked.method)
    taken = groups >= 0
    if ((cells[taken] == 0).any(axis=0) & (cells[taken] == 1).any(axis=0)).sum() < 2:
        message = tell(
            "fewer than two items have both right and wrong answers, so candidates cannot be matched"
        )
        problem = Problem(loaded.name, "too-few-items", message)
        raise Refused(tell("{name}: {message}", name=loaded.name, message=message), [problem])
    found = analyse(
        cells[taken],
        groups[taken],
        asked.method,
        purify=asked.purify,
        correction=not asked.no_correction,
        adjust=asked.adjust,
        alpha=asked.alpha,
        kind=asked.kind,
        criterion=asked.criterion,
        least=LEAST if asked.least is None else asked.least,
    )
    items = [{"item": name, **row} for name, row in zip(names, rows(found, len(names)), strict=True)]
    for row in items:
        if "zumbo_thomas" in row:
            row["class"] = row["zumbo_thomas"]
    groups_named = [one["group"] for one in sizes]
    right = np.where(cells[taken] > 0, cells[taken], 0).sum(axis=1)
    low, high = np.quantile(right, [0.1, 0.9]).tolist()
    contrasts: list[Document] = []
    for group, one in zip(asked.focal, getattr(found, "contrasts", ()), strict=False):
        own = [{"item": n, **row} for n, row in zip(names, rows(one, len(names)), strict=True)]
        contrasts.append(
            {"focal": group, "items": _directed(own, one, (groups_named[0], group), (low, high))}
        )
    if len(asked.focal) == 1:
        items = _directed(items, found, (groups_named[0], groups_named[1]), (low, high))
    else:
        signed = {"favours": None} | ({"ets_signed": None} if asked.method == "mh" else {})
        items = [row | signed for row in items]
    return {
        "file": loaded.name,
        "sha256": loaded.sha256,
        "method": asked.method,
        "groups": sizes,
        **numbers(found),
        "items": items,
        "contrasts": contrasts,
        "notes": [
            *notices(loaded.notices),
            *without_group(asked.group, nowhere),
            *of_items,
            *few_in_groups(sizes),
            *incomplete_matching(cells[taken], asked.method),
            # `few-in-group` says it of all groups at once
            *notes([one for one in found.notes if one.code != "small-group"], names, groups_named),
        ],
    }


def _groups(loaded: LoadedResponses, asked: DifOptions) -> tuple[Any, list[Document], int]:
    """(N,) 0 of the reference group, 1, 2 … of the focal ones, -1 of nobody's; their sizes; and how many
    candidates the column says nothing of."""
    values, number = groups_of(loaded.table, asked.group)
    shown = ", ".join(values[:12]) or tell("nothing")
    wanted = (*asked.focal, *((asked.reference,) if asked.reference is not None else ()))
    if unknown := [value for value in wanted if value not in values]:
        raise WrongUsage(
            tell(
                "column {group} does not contain {unknown}. It contains {shown}",
                group=asked.group,
                unknown=", ".join(unknown),
                shown=shown,
            )
        )
    if not wanted or len(set(wanted)) < len(wanted):
        raise WrongUsage(
            tell(
                "{focal} and {reference} must name different groups",
                focal=option("focal"),
                reference=option("reference"),
            )
        )
    place = {value: n for n, value in enumerate(asked.focal, start=1)}
    others = [value for value in values if value not in place]
    reference = others if asked.reference is None else [asked.reference]
    if not reference:
        raise WrongUsage(
            tell(
                "column {group} has no group besides {shown}, so there is nothing to compare",
                group=asked.group,
                shown=shown,
            )
        )
    place |= dict.fromkeys(reference, 0)
    of_value = np.array([*(place.get(value, -1) for value in values), -1])
    groups = of_value[number]
    names = [" + ".join(reference), *asked.focal]
    sizes = [
        {"group": name, "role": "focal" if n else "reference", "n": int((groups == n).sum())}
        for n, name in enumerate(names)
    ]
    return groups, sizes, int((number < 0).sum())

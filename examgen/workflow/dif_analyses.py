"""Differential item functioning in any response file: read, compare groups, give back as plain values.

The command line and Python programs call the same function; every number is in full, what is undefined is
None, and `notes` say why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from examgen.problems import Problem, Refused, WrongUsage
from examgen.workflow.analysis_documents import (
    Document,
    by_group,
    notes,
    notices,
    numbers,
    rows,
    without_group,
)
from examgen.workflow.dif_direction import with_direction
from examgen.workflow.dif_matching import incomplete_matching, matched
from examgen.workflow.response_sources import LoadedResponses, ResponseSource, load_responses

METHODS = ("mh", "logistic", "std", "raju", "lr", "sibtest")
_WORDS = {
    "method": METHODS,
    "adjust": ("bh", "holm", "bonferroni"),
    "kind": ("both", "udif", "nudif"),
    "criterion": ("lrt", "wald"),
    "model": ("2pl", "rasch"),
}


class DifAsked(NamedTuple):
    """Which groups are compared, and how."""

    group: str
    """The column that says a candidate's group."""
    focal: tuple[str, ...]
    """Its value for the focal group; several make several focal groups."""
    method: str = "mh"
    reference: str | None = None
    """Its value for the reference group; everybody else where it is left out."""
    purify: bool = False
    correction: bool = True
    adjust: str | None = None
    alpha: float = 0.05
    kind: str = "both"
    """`udif`, `nudif` or `both`: what logistic, raju and lr flag."""
    criterion: str = "lrt"
    """`lrt` or `wald`, of logistic."""
    model: str = "2pl"
    """`2pl` or `rasch`, of raju and lr."""


def analyse_dif(source: ResponseSource, asked: DifAsked) -> Document:
    """Differential item functioning: `items`, the groups' sizes, and `notes`."""
    from examgen.analysis.dif import analyse_dif as analyse

    for option, allowed in _WORDS.items():
        if (said := getattr(asked, option)) is not None and said not in allowed:
            raise WrongUsage(f"--{option} is one of {', '.join(allowed)}, not {said}")
    if not 0 < asked.alpha < 1:
        raise WrongUsage(f"--alpha is the level of the tests, between 0 and 1, not {asked.alpha:g}")
    exclude = tuple(dict.fromkeys((*source.exclude, asked.group)))
    loaded = load_responses(source._replace(exclude=exclude), 1)
    groups, sizes, nowhere = _groups(loaded, asked)
    names, cells, of_items = matched(loaded, asked.method)
    taken = groups >= 0
    _check_varied(loaded.name, names, cells[taken])
    found = analyse(
        cells[taken],
        groups[taken],
        asked.method,
        purify=asked.purify,
        correction=asked.correction,
        adjust=asked.adjust,
        alpha=asked.alpha,
        kind=asked.kind,
        criterion=asked.criterion,
        model=asked.model,
    )
    items = [{"item": name, **row} for name, row in zip(names, rows(found, len(names)), strict=True)]
    for row in items:
        if "zumbo_thomas" in row:
            row["class"] = row["zumbo_thomas"]
    groups_named = [one["group"] for one in sizes]
    right = np.where(cells[taken] > 0, cells[taken], 0).sum(axis=1)
    totals = tuple(np.quantile(right, [0.1, 0.9]).tolist())
    several = len(asked.focal) > 1
    items = with_direction(items, asked.method, (groups_named[0], "" if several else groups_named[1]), totals)
    contrasts = _contrasts(found, names, asked.focal)
    for one in contrasts:
        one["items"] = with_direction(one["items"], asked.method, (groups_named[0], one["focal"]), totals)
    if several:
        items = [row | {"favours": None} for row in items]
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
            *incomplete_matching(cells[taken], asked.method),
            *by_group(notes(found.notes, names), groups_named),
        ],
    }


def _check_varied(name: str, items: Sequence[str], cells: Any) -> None:
    """Raises Refused where there is no second item to match candidates on."""
    if ((cells == 0).any(axis=0) & (cells == 1).any(axis=0)).sum() > 1:
        return
    message = "fewer than two items have right and wrong answers: there is nothing to match candidates on"
    problem = Problem(name, "too-few-items", message)
    raise Refused(f"{name}: {message}", [problem])


def _contrasts(found: Any, names: Sequence[str], focal: Sequence[str]) -> list[Document]:
    """Each focal group against the reference by itself, where there are several."""
    return [
        {
            "focal": group,
            "items": [{"item": n, **row} for n, row in zip(names, rows(one, len(names)), strict=True)],
        }
        for group, one in zip(focal, getattr(found, "contrasts", ()), strict=False)
    ]


def _groups(loaded: LoadedResponses, asked: DifAsked) -> tuple[Any, list[Document], int]:
    """(N,) 0 of the reference group, 1, 2 … of the focal ones, -1 of nobody's; their sizes; and how many
    candidates the column says nothing of."""
    from examgen.capture.response_files import groups_of

    values, number = groups_of(loaded.table, asked.group)
    shown = ", ".join(values[:12]) or "nothing"
    wanted = (*asked.focal, *((asked.reference,) if asked.reference is not None else ()))
    if unknown := [value for value in wanted if value not in values]:
        raise WrongUsage(f"column {asked.group} never says {', '.join(unknown)}; it says {shown}")
    if not wanted or len(set(wanted)) < len(wanted):
        raise WrongUsage("--focal and --reference must name groups, each of them once")
    place = {value: n for n, value in enumerate(asked.focal, start=1)}
    others = [value for value in values if value not in place]
    reference = others if asked.reference is None else [asked.reference]
    if not reference:
        raise WrongUsage(f"column {asked.group} has no other group than {shown}: nothing to compare with")
    place |= dict.fromkeys(reference, 0)
    of_value = np.array([*(place.get(value, -1) for value in values), -1])
    groups = of_value[number]
    names = [" + ".join(reference), *asked.focal]
    sizes = [
        {"group": name, "role": "focal" if n else "reference", "n": int((groups == n).sum())}
        for n, name in enumerate(names)
    ]
    return groups, sizes, int((number < 0).sum())

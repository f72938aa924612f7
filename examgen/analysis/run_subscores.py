"""A scored run → whether the score of each of its parts is worth reporting (`examgen.stats.subscores`).

The parts are performance criteria, elements and, if several, units; points are those of the run, after every
correction.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from examgen.analysis.administrations import Administration
from examgen.core.responses.matrix import MISSING_KINDS, NOT_ADMINISTERED
from examgen.stats import subscore_value as stats
from examgen.stats.subscore_value import Form, Part, Points, Subscores


def subscores_of(found: Administration) -> Subscores:
    """The items that count, in points of the run; booklets drawn from a form that have other items are forms
    of their own."""
    most = max((len(one.worth) for one in found.columns), default=0)
    worth = np.zeros((len(found.columns), len(MISSING_KINDS) + most))
    for row, one in zip(worth, found.columns, strict=True):
        row[len(MISSING_KINDS) + NOT_ADMINISTERED + 1 : len(MISSING_KINDS)] = one.blank
        row[len(MISSING_KINDS) : len(MISSING_KINDS) + len(one.worth)] = one.worth
    points = Points(found.chosen.cells, worth / found.unit)
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

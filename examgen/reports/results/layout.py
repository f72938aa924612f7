"""What the result files need to know of an exam, as plain values that another process can be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.responses.rows import KINDS, CriterionScale, Ints, ResultRows, ScoreScale

DECISIONS = ("fail", "pass")
SECOND_LOOK = ("no", "yes")
RESULT_FILES = ("candidates", "pc_results", "element_results")


class Place(NamedTuple):
    """What a judgement is about: `level` is pc, element or unit; `pc` and `element` are empty above it."""

    level: str
    unit: str
    element: str = ""
    pc: str = ""


class Judged(NamedTuple):
    """Criteria, or elements and units, with what their scores mean.

    `scales[k]` are the different scales of place k, `shape[form][k]` says which of them the form has.
    """

    places: tuple[Place, ...]
    scales: tuple[tuple[CriterionScale, ...], ...]
    shape: npt.NDArray[np.integer]

    def names(self) -> list[str]:
        """What their columns begin with: the code, with its unit where it stands for several; `U:` and the
        code of a unit."""
        codes = Counter((place.level, place.pc or place.element) for place in self.places)
        return [_name(place, codes[place.level, place.pc or place.element] > 1) for place in self.places]


def _name(place: Place, shared: bool) -> str:
    if place.level == "unit":
        return f"U:{place.unit}"
    code = place.pc or place.element
    return f"{place.unit}:{code}" if shared else code


class ResultLayout(NamedTuple):
    """All that result files need to know of an exam; plain values, to be sent to another process.

    `n_questions` (forms) counts every question, those of 0 points too. `groups` are the elements and units,
    `members[g]` the numbers of the criteria of each.
    """

    forms: tuple[str, ...]
    n_questions: tuple[int, ...]
    criteria: Judged
    groups: Judged
    members: tuple[tuple[int, ...], ...]
    total: ScoreScale
    decided: bool
    second_look: bool = False
    extra_names: tuple[str, ...] = ()


def groups_of(criteria: Sequence[tuple[str, str, str]]) -> tuple[list[Place], list[tuple[int, ...]]]:
    """The elements, then the units of criteria (unit, element, pc), and the criteria of each."""
    found: dict[Place, list[int]] = {}
    for n, (unit, element, _) in enumerate(criteria):
        found.setdefault(Place("element", unit, element), []).append(n)
    for n, (unit, _, _) in enumerate(criteria):
        found.setdefault(Place("unit", unit), []).append(n)
    return list(found), [tuple(members) for members in found.values()]


def candidate_columns(layout: ResultLayout) -> list[str]:
    """The names of the columns of candidates.csv."""
    second = ["second_look"] if layout.second_look else []
    known = ("candidate_id", "form", "score", "max_score", "percent", "decision", *KINDS)
    return [*known, *second, *layout.total.trailing_names, *layout.extra_names]


def result_columns(layout: ResultLayout, which: str) -> list[str]:
    """The names of the columns of one of `RESULT_FILES`."""
    if which == "candidates":
        return candidate_columns(layout)
    judged = layout.criteria if which == "pc_results" else layout.groups
    ends = ("correct", "percent", "status")
    return ["candidate_id", "form", *(f"{name}_{end}" for name in judged.names() for end in ends)]


class TotalPlaces:
    """Where the total of each row stands among the texts of the score: by total, decision and second look."""

    def __init__(self, layout: ResultLayout) -> None:
        """Of the forms of an exam."""
        self._least = np.asarray(layout.total.least_units, np.int64)
        self._decided, self._second_look = layout.decided, layout.second_look
        most = max(map(len, layout.total.leading), default=0) + int(np.abs(self._least).max(initial=0))
        self._kind = np.float32 if most < 1 << 22 else np.float64

    def of(self, rows: ResultRows) -> Ints:
        """(n,) `total - least`, doubled for the decision and for the second look where there are such.

        A total below the least that is told, as where the rule cuts it at 0, is told as the least.
        """
        units = rows.units.astype(self._kind)
        total: Ints = (units @ np.ones(units.shape[1], self._kind)).astype(np.int64)
        if self._least.any():
            total -= self._least[rows.form]
        np.maximum(total, 0, out=total)
        for asked, found in ((self._decided, rows.passed), (self._second_look, rows.second_look)):
            if asked:
                assert found is not None, "rows of an exam with a pass rule are decided"
                total = 2 * total + found
        return total

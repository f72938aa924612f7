"""How many candidates earned how many units: counted a batch at a time, merged over parts, then read."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from examgen.scoring.asked import Asked, Groups, Shapes, Units, group_shapes, group_units, shapes_of
from examgen.scoring.exact import Ints, fraction_text, least_points

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from examgen.models import Judgement

Shape = tuple[int, int, int]
"""Items, most units, least units."""


class CriterionTally:
    """Counts of candidates by units, for each criterion of a key, or each of some `groups` of criteria.

    `columns` has for each of them where its counts begin in `counts`, by shape: forms that ask the same of
    it are counted together.
    """

    def __init__(self, asked: Asked, groups: Groups | None = None) -> None:
        """An empty tally of a key."""
        shapes = shapes_of(asked) if groups is None else group_shapes(shapes_of(asked), groups)
        self.groups = groups
        self.place, self.columns, size = _places(shapes)
        self.counts: Ints = np.zeros(size, dtype=np.int64)

    def add(self, form: Ints, units: Units) -> None:
        """Counts rows in: numbers of forms (n,) and units of the criteria (n, C)."""
        own = units if self.groups is None else group_units(units, self.groups)
        places = self.place.take(form, axis=0)
        places += own
        self.counts += np.bincount(places.ravel(), minlength=len(self.counts))

    def forget_forms(self) -> None:
        """Keeps the counts alone, to which nothing can be added: small however many forms there are."""
        self.place = np.empty((0, 0), dtype=np.int64)

    def take_out(self, other: CriterionTally) -> None:
        """Takes out what another tally of the same key has, of rows that were counted in."""
        self.counts -= other.counts

    def merge(self, other: CriterionTally) -> None:
        """Counts in what another tally of the same key has."""
        self.counts += other.counts


def _places(shapes: Shapes) -> tuple[Ints, tuple[dict[Shape, int], ...], int]:
    """Where 0 units of each form are counted in each column (F, K), where each shape begins, and the size."""
    place: Ints = np.zeros(shapes.max_units.shape, dtype=np.int64)
    columns: list[dict[Shape, int]] = []
    end = 0
    for k in range(place.shape[1]):
        begins: dict[Shape, int] = {}
        column = zip(*(part[:, k].tolist() for part in shapes), strict=True)
        for form, (n_items, most, least) in enumerate(column):
            if (shape := (n_items, most, least)) not in begins:
                begins[shape] = end
                end += most - least + 1
            place[form, k] = begins[shape] - least
        columns.append(begins)
    return place, tuple(columns), end


class Outcome(NamedTuple):
    """What became of one criterion (or element, or unit): candidates whose form asks it, their mean
    percentage (None where there are none), and how many have each status."""

    candidates: int
    mean_percent: str | None
    met: int
    not_met: int
    insufficient: int


def outcomes(tally: CriterionTally, judgement: Judgement, units: Sequence[str]) -> list[Outcome]:
    """One for each column; `units` are the codes of the units that the columns belong to."""
    return [
        _outcome(list(_parts(tally, begins)), judgement, judgement.percent_of(unit))
        for begins, unit in zip(tally.columns, units, strict=True)
    ]


class _Part(NamedTuple):
    shape: Shape
    counts: Ints

    @property
    def candidates(self) -> int:
        return int(self.counts.sum())

    @property
    def percents(self) -> Fraction:
        """The sum of the candidates' unrounded percentages."""
        _, most, least = self.shape
        units = int(self.counts @ np.arange(least, most + 1))
        return Fraction(100 * units, most)


def _parts(tally: CriterionTally, begins: dict[Shape, int]) -> Iterator[_Part]:
    """The counts of shapes that ask anything."""
    for shape, start in begins.items():
        n_items, most, least = shape
        if n_items and most:
            yield _Part(shape, tally.counts[start : start + most - least + 1])


def candidates_of(tally: CriterionTally) -> int:
    """All who were counted."""
    begins = tally.columns[0] if tally.columns else {}
    ends = ((start, start + most - least + 1) for (_, most, least), start in begins.items())
    return sum(int(tally.counts[start:end].sum()) for start, end in ends)


def _outcome(parts: Sequence[_Part], judgement: Judgement, percent: Decimal) -> Outcome:
    met = not_met = insufficient = 0
    for part in parts:
        n_items, most, least = part.shape
        if n_items < judgement.min_items:
            insufficient += part.candidates
        else:
            reached = int(part.counts[max(least_points(percent, most) - least, 0) :].sum())
            met, not_met = met + reached, not_met + part.candidates - reached
    candidates = sum(part.candidates for part in parts)
    total = sum((part.percents for part in parts), start=Fraction(0))
    mean = fraction_text(total / candidates) if candidates else None
    return Outcome(candidates, mean, met, not_met, insufficient)

"""Figures of the forms of a built exam, before anybody sits it.

`assembly.figures` makes them; reports and the command line show them. A tuple that has one value for each
form stands in the order of `BuildFigures.names`; None is what cannot be known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

Family = Literal[
    "items", "pilot", "unit", "element", "criterion", "cognitive", "level", "status", "set", "stimulus",
    "enemies", "anchor",
]  # fmt: skip
Known = float | None


class Tally(NamedTuple):
    """How many items of one kind each form holds, against what the blueprint asks."""

    family: Family
    name: str
    field: str
    """The fields of the blueprint that ask it; empty where nothing is asked."""
    counts: tuple[int, ...]
    """One for each form; of an `anchor` one for all forms."""
    least: int = 0
    greatest: int | None = None
    """None: as many as there are."""
    or_none: bool = False
    """Whether none at all will do as well: a stimulus, a set that stays together."""
    text: str = ""
    """The words of the standard, or what stands behind the name."""

    @property
    def per_form(self) -> bool:
        """Whether there is a count for each form."""
        return self.family != "anchor"

    @property
    def missed(self) -> tuple[int, ...]:
        """Positions of the counts that are not as asked."""
        return tuple(n for n, count in enumerate(self.counts) if not self._meets(count))

    def _meets(self, count: int) -> bool:
        return (self.or_none and count == 0) or (
            self.least <= count and (self.greatest is None or count <= self.greatest)
        )


TOLERANCE = 1e-4
"""A measured value this little outside its bounds is rounding: coefficients are rounded before solving."""


class Demand(NamedTuple):
    """A measured value against its bounds: a quantity, a statistic, overlap, runs of keys."""

    name: str
    field: str
    values: tuple[Known, ...]
    """One for each form, or, where not `per_form`, least and greatest of the exam as a whole."""
    least: Known
    """None: open, as `greatest` may be."""
    greatest: Known
    per_form: bool = True

    @property
    def missed(self) -> tuple[int, ...]:
        """Positions of the values out of bounds, those that are unknown among them."""
        return tuple(n for n, value in enumerate(self.values) if not self._meets(value))

    def _meets(self, value: Known) -> bool:
        if value is None:
            return False
        slack = TOLERANCE * max(1.0, abs(value))
        return (self.least is None or value >= self.least - slack) and (
            self.greatest is None or value <= self.greatest + slack
        )


class MeasuredQuantity(NamedTuple):
    """A quantity of the scored items of each form: facility, length, time, age, times used."""

    name: str
    known: tuple[int, ...]
    """Items whose value is on record; the others are estimated (time) or left out (facility)."""
    mean: tuple[Known, ...]
    sd: tuple[Known, ...]
    """Standard deviation over the items of the form (divisor n)."""
    total: tuple[Known, ...]
    """None where a value is missing."""


class Keys(NamedTuple):
    """Where right answers stand, as counts. For the secure folder all the same: the counts of each of many
    forms, with their booklets, are equations for the key."""

    letters: str
    counts: tuple[tuple[int, ...], ...]
    """For each form, right answers at each letter, of items with one right answer."""
    several: tuple[int, ...]
    """Items with several right answers."""
    spread: tuple[int, ...]
    """Most less least over the letters, the worst among items with as many options."""
    longest_run: tuple[int, ...]


class ItemSharing(NamedTuple):
    """Printed items that two forms share, those of the anchor left aside."""

    matrix: tuple[tuple[int, ...], ...]
    """(forms, forms), on the diagonal what a form prints, the anchor left aside; empty for many forms."""
    pairs: tuple[tuple[int, int], ...]
    """(items shared, pairs of forms that share so many), ascending."""
    anchor: tuple[str, ...]
    outside: tuple[str, ...]
    """Items of the anchor that some form lacks."""
    anchor_apart: int | None
    """How many questions apart an item of the anchor stands in two forms, at most."""
    shared_apart: int | None
    """The same of other shared items."""

    @property
    def mean(self) -> float | None:
        """Mean over all pairs."""
        n = sum(pairs for _, pairs in self.pairs)
        return sum(shared * pairs for shared, pairs in self.pairs) / n if n else None


class Exposure(NamedTuple):
    """The number of forms of this exam in which each printed item stands."""

    uses: tuple[tuple[str, int], ...]
    """(item, forms), most used first, then by id."""

    @property
    def distribution(self) -> tuple[tuple[int, int], ...]:
        """Pairs of a number of forms and the number of items printed in exactly that many, ascending."""
        counts = [n for _, n in self.uses]
        return tuple((n, counts.count(n)) for n in sorted(set(counts)))


class Target(NamedTuple):
    """The information asked at some values of θ, and what each form has there."""

    kind: Literal["relative", "absolute"]
    at: tuple[float, ...]
    asked: tuple[float, ...]
    """As the blueprint writes it: a shape, or values."""
    level: float
    """What `asked` is multiplied by: 1, or of a shape the most that every form reaches."""
    within: float
    values: tuple[tuple[float, ...], ...]
    """For each form, information at the points."""
    deviation: tuple[float, ...]
    """Of each form, absolute: the largest |value / asked − 1|; relative: how far above the shape."""


class Information(NamedTuple):
    """Curves of each form over θ, of its scored items with known parameters (logistic, D = 1)."""

    grid: tuple[float, ...]
    curves: tuple[tuple[float, ...], ...]
    """For each form, test information on the grid."""
    characteristic: tuple[tuple[float, ...], ...]
    """For each form, expected score on the grid."""
    missing: tuple[tuple[str, ...], ...]
    """For each form, scored items without parameters."""
    reliability: tuple[Known, ...]
    expected_score: tuple[Known, ...]
    """For θ ~ N(0, 1); None where an item lacks parameters."""
    target: Target | None


class FormDifference(NamedTuple):
    """How far the two forms that differ most lie apart."""

    name: str
    value: float
    low: str
    """The form with the smallest value."""
    high: str
    at: float | None = None
    """θ, where it is a difference of curves."""
    share: float | None = None
    """The difference as a share of the mean of the forms there."""
    of: str = ""
    """The criterion or category, where it is one of a family."""


class BuildFigures(NamedTuple):
    """Everything that is counted and measured of an exam."""

    names: tuple[str, ...]
    tallies: tuple[Tally, ...]
    measured: tuple[MeasuredQuantity, ...]
    demands: tuple[Demand, ...]
    keys: Keys
    sharing: ItemSharing
    exposure: Exposure
    information: Information | None
    """None where no scored item has parameters."""
    differences: tuple[FormDifference, ...]

    def family(self, *families: Family) -> list[Tally]:
        """The tallies of these families, in their order."""
        return [one for one in self.tallies if one.family in families]

    @property
    def asked(self) -> Sequence[Tally | Demand]:
        """Everything that the blueprint asks and that is counted here."""
        return [*(one for one in self.tallies if one.field), *self.demands]

    @property
    def missed(self) -> Sequence[Tally | Demand]:
        """What is not as asked."""
        return [one for one in self.asked if one.missed]

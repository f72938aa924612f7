"""Figures of an exam before it is sat: statistics of its forms, and the operating characteristics of its
rules.

`assembly.figures` computes the figures of the forms, `scoring.characteristics` the operating characteristics
of the forms and rules; reports and the command line show them. A tuple with one value for each form is in the
order of `BuildFigures.names`; None means unknown. Probabilities run from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

Family = Literal[
    "items", "pilot", "unit", "element", "criterion", "cognitive", "level", "status", "set", "stimulus",
    "enemies", "anchor", "measured",
]  # fmt: skip
Known = float | None
TOLERANCE = 1e-4
"""The relative tolerance for a measured value outside its bounds, because coefficients are rounded before
solving. Counts are exact."""


class Demand(NamedTuple):
    """A count of items of one kind, or a measured value (a quantity, a statistic, overlap), and its bounds in
    the blueprint."""

    name: str
    field: str
    """The fields of the blueprint that set the bounds; empty if it sets none."""
    values: tuple[Known, ...]
    """One value for each form, a whole number if it is a count; if not `per_form`, the minimum and maximum
    over the whole exam, or one count for all forms."""
    least: Known = None
    """None if there is no bound; the same applies to `greatest`."""
    greatest: Known = None
    per_form: bool = True
    family: Family = "measured"
    or_none: bool = False
    """Whether zero is also allowed, as for a stimulus or a set whose items stay together."""
    text: str = ""
    """The wording of the standard: the text of a criterion, or the title of an element or unit."""

    @property
    def missed(self) -> tuple[int, ...]:
        """Positions of the values that are out of bounds or unknown."""
        return tuple(n for n, value in enumerate(self.values) if not self._meets(value))

    def _meets(self, value: Known) -> bool:
        if value is None:
            return False
        slack = 0 if isinstance(value, int) else TOLERANCE * max(1.0, abs(value))
        return (self.or_none and value == 0) or (
            (self.least is None or value >= self.least - slack)
            and (self.greatest is None or value <= self.greatest + slack)
        )


class MeasuredQuantity(NamedTuple):
    """A quantity of the scored items of each form: facility, length, time, age, times used."""

    name: str
    known: tuple[int, ...]
    """The number of items whose value is on record. The others are estimated (time) or left out (facility).
    """
    mean: tuple[Known, ...]
    total: tuple[Known, ...]
    """The sum over the items; None if a value is missing."""


class Keys(NamedTuple):
    """The positions of the right answers, as counts. They belong in the secure folder: the counts of many
    forms, with their booklets, are equations from which the key can be computed."""

    letters: str
    counts: tuple[tuple[int, ...], ...]
    """For each form, the number of right answers at each letter, over items with one right answer."""
    several: tuple[int, ...]
    """For each form, the number of items with several right answers."""
    spread: tuple[int, ...]
    """For each form, the largest count of a letter minus the smallest, at its maximum over groups of items
    with the same number of options."""
    longest_run: tuple[int, ...]


class ItemSharing(NamedTuple):
    """The number of printed items that two forms share, not counting the anchor."""

    matrix: tuple[tuple[int, ...], ...]
    """Shape (forms, forms); the diagonal has the number of items printed on a form, not counting the anchor.
    Empty if there are many forms."""
    pairs: tuple[tuple[int, int], ...]
    """Pairs (number of shared items, number of pairs of forms that share so many), ascending."""
    anchor: tuple[str, ...]
    outside: tuple[str, ...]
    """Items of the anchor that are missing from at least one form."""

    @property
    def mean(self) -> float | None:
        """The mean number of shared items over all pairs of forms."""
        n = sum(pairs for _, pairs in self.pairs)
        return sum(shared * pairs for shared, pairs in self.pairs) / n if n else None


class Exposure(NamedTuple):
    """The number of forms of this exam that contain each printed item."""

    uses: tuple[tuple[str, int], ...]
    """Pairs (item, number of forms), most used first, then by id."""

    @property
    def distribution(self) -> tuple[tuple[int, int], ...]:
        """Pairs of a number of forms and the number of items printed in exactly that many, ascending."""
        counts = [n for _, n in self.uses]
        return tuple((n, counts.count(n)) for n in sorted(set(counts)))


class Target(NamedTuple):
    """The target for test information at some values of θ, and the information of each form there."""

    kind: Literal["relative", "absolute"]
    at: tuple[float, ...]
    asked: tuple[float, ...]
    """The shape or values as written in the blueprint."""
    level: float
    """The factor by which `asked` is multiplied: 1 for values; for a shape, the largest one that every form
    reaches."""
    within: float
    values: tuple[tuple[float, ...], ...]
    """For each form, its information at the points."""
    deviation: tuple[float, ...]
    """For each form, the largest |value / asked − 1| if absolute; if relative, the largest excess over the
    shape."""


class Information(NamedTuple):
    """The curves of each form over θ, for its scored items with known parameters (logistic model, D = 1)."""

    grid: tuple[float, ...]
    curves: tuple[tuple[float, ...], ...]
    """For each form, test information on the grid."""
    characteristic: tuple[tuple[float, ...], ...]
    """For each form, expected score on the grid."""
    missing: tuple[tuple[str, ...], ...]
    """For each form, the scored items without parameters."""
    reliability: tuple[Known, ...]
    expected_score: tuple[Known, ...]
    """The expected score for θ ~ N(0, 1); None if an item lacks parameters."""
    target: Target | None


class BuildFigures(NamedTuple):
    """All counts and measurements of an exam."""

    names: tuple[str, ...]
    demands: tuple[Demand, ...]
    """Every count, whether or not the blueprint bounds it, and then the measured values that it bounds."""
    measured: tuple[MeasuredQuantity, ...]
    keys: Keys
    sharing: ItemSharing
    exposure: Exposure
    information: Information | None
    """None if no scored item has parameters."""

    def family(self, *families: Family) -> list[Demand]:
        """The counts or values of these families, in their order."""
        return [one for one in self.demands if one.family in families]

    @property
    def asked(self) -> Sequence[Demand]:
        """All counts and measurements on which the blueprint sets a demand."""
        return [one for one in self.demands if one.field]

    @property
    def missed(self) -> Sequence[Demand]:
        """The demands of the blueprint that are not met."""
        return [one for one in self.asked if one.missed]


# ── how rules decide ────────────────────────────────────────────────────────────────────────


TRUE_PERCENTS = (40, 50, 60, 70, 80)
"""True shares of the points, in per cent, for which probabilities are reported."""
Level = Literal["criterion", "element", "unit"]


class Chances(NamedTuple):
    """The probability of an event (or a mean), at each of `TRUE_PERCENTS` and for a guesser."""

    at: tuple[float, ...]
    guesser: float


class CriteriaKind(NamedTuple):
    """Criteria, elements or units that are judged alike: the same number of items, the same scoring and the
    same percentage."""

    level: Level
    places: tuple[str, ...]
    """Their codes, preceded by the unit if two units have the same code."""
    forms: tuple[str, ...]
    n_items: int
    points: str
    """The full score."""
    percent: Decimal
    met_from: str | None
    """The lowest score at which it is met; None if no score is."""
    not_met_below: str
    met: Chances
    not_met: Chances
    undecided: Chances
    below: Decimal
    above: Decimal
    false_met: float
    """The probability that a candidate whose true share is `below` per cent is judged met."""
    false_not_met: float
    """The probability that a candidate whose true share is `above` per cent is judged not met."""


class CriteriaMet(NamedTuple):
    """For the judged criteria of forms that are alike: the probability of meeting at least one, and the mean
    number met."""

    forms: tuple[str, ...]
    judged: int
    any: Chances
    mean: Chances


class Passed(NamedTuple):
    """The probability of passing forms that are alike."""

    forms: tuple[str, ...]
    chances: Chances


class Length(NamedTuple):
    """The required number of items: `least` is the smallest number that suffices, and `always` the number
    from which every larger one suffices. None if above `MOST_LENGTH`, or if not applicable.

    Because points are whole, a longer test may require a larger share of them, so some numbers above `least`
    do not suffice. `between` are the numbers from `least` to `always` that suffice.
    """

    least: int | None
    always: int | None
    between: tuple[int, ...] = ()


MOST_LENGTH = 1000
"""The largest number of items tried."""
MOST_FORMS = 12
"""The maximum number of unlike forms; if there are more, only the first are computed."""


class Needed(NamedTuple):
    """The number of one-point items that a criterion needs for the chosen error rates, at one percentage.

    `below` and `above` are true shares in per cent, the chosen distance under and above the standard.
    `false_met` limits the probability that a candidate at `below` is judged met, `false_not_met` the
    probability that one at `above` is judged not met, each to `error` per cent of sittings; `both` limits the
    two together. `decided` limits undecided judgements of either to `undecided` per cent; None if no
    judgement can be undecided.
    """

    percent: Decimal
    error: Decimal
    undecided: Decimal
    below: Decimal
    above: Decimal
    false_met: Length
    false_not_met: Length
    both: Length
    decided: Length | None


class Characteristics(NamedTuple):
    """The operating characteristics of the forms and rules of an exam."""

    kinds: tuple[CriteriaKind, ...]
    unjudged: int
    """The number of criteria that are not judged because some form has too few items on them."""
    criteria_met: tuple[CriteriaMet, ...]
    passed: tuple[Passed, ...]
    """Empty if the blueprint has no pass rule, or if the computation would be too large."""
    unlike: int
    """The number of forms with different demands, of which only the first `MOST_FORMS` are reported."""
    pass_unknown: bool
    """Whether there is a pass rule whose probabilities were too large to compute."""
    needed: tuple[Needed, ...]
    penalty: bool
    """Whether wrong answers lose points."""
    parts: bool
    """Whether items are scored in parts."""
    certainty: Decimal | None
    """The certainty required for judgements, in per cent; None if the points alone decide."""
    several: bool
    """Whether items have several right answers that must all be marked, or are scored in parts."""


NOTHING_KNOWN = Characteristics((), 0, (), (), 0, False, (), False, False, None, False)
"""For forms whose items are not scored as right or wrong."""

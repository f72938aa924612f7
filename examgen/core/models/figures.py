"""What is known of a built exam before anybody sits it: figures of its forms, and how its rules decide.

`assembly.figures` makes the figures of the forms alone, `scoring.characteristics` the operating
characteristics of the forms and the rules; reports and the command line show them. A tuple that has one value
for each form stands in the order of `BuildFigures.names`; None is what cannot be known. Probabilities run
0–1.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
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


# ── how rules decide ────────────────────────────────────────────────────────────────────────


TRUE_PERCENTS = (40, 50, 60, 70, 80)
"""True shares of the points, in per cent, for which probabilities are told."""
Level = Literal["criterion", "element", "unit"]


class Chances(NamedTuple):
    """The probability of something (or a mean), at each of `TRUE_PERCENTS` and for a guesser."""

    at: tuple[float, ...]
    guesser: float


class CriteriaKind(NamedTuple):
    """Criteria (elements, units) that are judged alike: as many items, scored alike, at one percentage."""

    level: Level
    places: tuple[str, ...]
    """Their codes; with the unit before them where two units have the same."""
    forms: tuple[str, ...]
    n_items: int
    points: str
    """The most that can be earned."""
    percent: Decimal
    met_from: str | None
    """The least points that are met; None where none are."""
    not_met_below: str
    met: Chances
    not_met: Chances
    undecided: Chances
    below: Decimal
    above: Decimal
    false_met: float
    """The chance that somebody at `below` per cent is met."""
    false_not_met: float
    """The chance that somebody at `above` per cent is not met."""


class CriteriaMet(NamedTuple):
    """Of the judged criteria of forms that are alike: the chance to meet any, how many are met on average."""

    forms: tuple[str, ...]
    judged: int
    any: Chances
    mean: Chances


class Passed(NamedTuple):
    """The chance to pass forms that are alike."""

    forms: tuple[str, ...]
    chances: Chances


class Length(NamedTuple):
    """How many items it takes: the fewest that do, and from how many on any number does; None beyond
    `MOST_LENGTH`, or where it cannot be asked.

    Whole points make it uneven: of a longer test more of the points may be asked. `between` are the numbers
    from the fewest on that do as well, before any number does.
    """

    least: int | None
    always: int | None
    between: tuple[int, ...] = ()


MOST_LENGTH = 1000
"""Items that are tried."""
MOST_FORMS = 12
"""Forms that ask unlike things; of more, the first are reckoned."""


class Needed(NamedTuple):
    """Items of one point each that a criterion needs for chosen errors, at one percentage.

    `below` and `above` are true shares in per cent, `apart` points under and above the standard: `false_met`
    is that somebody at `below` is met, `false_not_met` that somebody at `above` is not met, each in at most
    `error` per cent of sittings; `both` at once. `decided`: that neither is undecided in more than
    `undecided` per cent; None where nobody is ever undecided.
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
    """All of it, for the forms of an exam."""

    kinds: tuple[CriteriaKind, ...]
    unjudged: int
    """Criteria that some form asks too few items of to be judged."""
    criteria_met: tuple[CriteriaMet, ...]
    passed: tuple[Passed, ...]
    """Empty where the blueprint has no pass rule, or where there is too much to reckon."""
    unlike: int
    """Forms that ask unlike things: only the first `MOST_FORMS` of them are told of."""
    pass_unknown: bool
    """Whether there is a pass rule whose chances were too much to reckon."""
    needed: tuple[Needed, ...]
    penalty: bool
    """Whether wrong answers cost points."""
    parts: bool
    """Whether items are scored in parts."""
    certainty: Decimal | None
    """What is asked of judgements, in per cent; None where any number of points decides."""
    several: bool
    """Whether items have several right answers that must all be marked, or are scored in parts."""


NOTHING_KNOWN = Characteristics((), 0, (), (), 0, False, (), False, False, None, False)
"""Of forms whose items are not right or wrong."""

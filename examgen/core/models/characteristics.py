"""How often a rule decides what for people of a known true share: the operating characteristics of an exam.

`scoring.characteristics` makes them of the forms and the rules alone, before anybody sits; reports and the
command line show them. Probabilities run 0–1.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

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

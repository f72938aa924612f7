"""Pass rule, forms and points → who passes, and who is near enough to the cut for a second look.

Every part of the rule that is given must hold. All comparisons are of integers: a percentage is converted to
the lowest number of units that meets it.

Each part of the rule can also be applied alone to what a candidate earned. It is prepared by the same code as
the whole rule, so that the result of a part cannot differ from how the decision was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, isqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.problems import Problem, Refused
from examgen.core.uncertainty import TotalScale, lord_square
from examgen.core.words import tell
from examgen.scoring.criteria import (
    UNREACHABLE,
    Bools,
    Criteria,
    FormCriteria,
    Shapes,
    Units,
    group_shapes,
    groups_of,
    shapes_of,
    summing,
    sums,
)
from examgen.scoring.exact_arithmetic import Ints, least_points_of

if TYPE_CHECKING:
    from examgen.core.models.decisions import PassRule

Names = tuple[str, ...]
"""The names by which patterns may refer to one criterion, element or unit."""
Cuts = Mapping[str, Decimal]
"""The cut of each form in points, if it was found when the exam was built."""
NOBODY = (1, 0)
"""The bounds of a range that contains no total."""
_FIELDS = ("criteria", "elements", "units")


class RulePlace(NamedTuple):
    """A criterion (`pc`), an element or a unit for which a pass rule sets a requirement."""

    level: str
    unit: str
    code: str


class Level(NamedTuple):
    """The criteria, the elements or the units of an exam, K in all: the names by which patterns may refer to
    each, what forms ask of them, and the matrix (C, K) that sums criteria to them (None for the criteria).
    """

    places: tuple[RulePlace, ...]
    names: Sequence[Names]
    shapes: Shapes
    matrix: npt.NDArray[np.floating] | None

    def named(self, *patterns: str) -> list[int]:
        """Return the indices of what any of the patterns names."""
        return [n for n, names in enumerate(self.names) if any(is_named(one, names) for one in patterns)]

    def hurdle(self, wanted: Mapping[str, Decimal], needed: int | None = None) -> Hurdle:
        """Return the hurdle that `needed` of the places that patterns name (None: all) reach their
        percentages. If all are needed, a form passes in a place that it does not ask; otherwise it does not.
        """
        least: Ints = np.full(self.shapes.max_units.shape, -UNREACHABLE, dtype=np.int64)
        for pattern, percent in wanted.items():
            named = self.named(pattern)
            own = least_points_of(percent, self.shapes.max_units[:, named])
            own[self.shapes.n_items[:, named] == 0] = -UNREACHABLE
            least[:, named] = np.maximum(least[:, named], own)
        if needed is not None:
            least[least == -UNREACHABLE] = UNREACHABLE
        typed = _plain(least).astype(np.int32 if self.matrix is None else self.matrix.dtype)
        return Hurdle(self.matrix, typed, least.shape[1] if needed is None else needed)


def _level_names(criteria: Criteria) -> dict[str, tuple[tuple[RulePlace, ...], list[Names]]]:
    """Return, for each field of a pass rule, what it may name, and the names by which patterns may refer to
    each.
    """
    groups = groups_of(criteria)
    places = {
        "criteria": [(RulePlace("pc", unit, pc), element) for unit, element, pc in criteria],
        "elements": [(RulePlace("element", unit, code), code) for unit, code in groups.elements.names],
        "units": [(RulePlace("unit", unit, code), code) for unit, code in groups.units.names],
    }
    return {
        field: (tuple(place for place, _ in own), [(place.code, f"{whole}.*") for place, whole in own])
        for field, own in places.items()
    }


def _level(field: str, asked: FormCriteria) -> Level:
    shapes, (places, names) = shapes_of(asked), _level_names(asked.criteria)[field]
    if field == "criteria":
        return Level(places, names, shapes, None)
    groups = getattr(groups_of(asked.criteria), field)
    return Level(places, names, group_shapes(shapes, groups), summing(groups.matrix, shapes))


class Hurdle(NamedTuple):
    """One part of a rule: `needed` of K places must reach their units.

    `matrix` (C, K) sums criteria to the places, None if they are the criteria; `least` (F, K) are the units
    to be reached, with a row for each form or one for all of them.
    """

    matrix: npt.NDArray[np.floating] | None
    least: npt.NDArray[Any]
    needed: int


class NearCut(NamedTuple):
    """The lowest and the highest total for which a second look is required; if `low` is above `high`, for
    none.

    `total` (C,) sums criteria; `low` and `high` are by form (F,), or one for all forms.
    """

    total: npt.NDArray[np.floating]
    low: npt.NDArray[np.floating]
    high: npt.NDArray[np.floating]


class Standard(NamedTuple):
    """A pass rule prepared for the forms of a key; unless `near` is None, the first hurdle is the total."""

    hurdles: tuple[Hurdle, ...]
    near: NearCut | None


class PassDecisions(NamedTuple):
    """Who passes (n,), and whose total is within one standard error of the cut (n,)."""

    passed: Bools
    second_look: Bools


# ── the rule, made ready ─────────────────────────────────────────────────────────────────────


def passing_standard(rule: PassRule, asked: FormCriteria, cuts: Cuts | None = None) -> Standard:
    """Return the rule prepared for the forms of a key. Raises Refused if it names nothing or cannot be met on
    a form.

    `cuts` are those of `cut: angoff`, by name of form.
    """
    if problems := list(_faults(rule, asked, cuts)):
        raise Refused.because("the pass rule cannot be applied", problems)
    hurdles = [_level(field, asked).hurdle(wanted) for field in _FIELDS if (wanted := getattr(rule, field))]
    if (few := rule.at_least) is not None:
        hurdles.append(_level(few.of, asked).hurdle(dict.fromkeys(few.among, few.percent), few.met))
    cut = total_cuts(rule, asked, cuts)
    if cut is None:
        return Standard(tuple(hurdles), None)
    matrix = summing(np.ones((len(asked.criteria), 1), dtype=np.int64), shapes_of(asked))
    # a total below 0 is as good as 0 if it is reported as 0
    floor = -UNREACHABLE if asked.floor_total else 0
    least = np.array([[ceil(value) or floor] for value in cut], dtype=np.int64)
    total = Hurdle(matrix, _plain(least).astype(matrix.dtype), 1)
    return Standard((total, *hurdles), _near(rule, asked, cut, matrix[:, 0]))


def total_cuts(rule: PassRule, asked: FormCriteria, cuts: Cuts | None) -> list[Fraction] | None:
    """Return the exact cut of each form in units, the higher one if the rule has two; None if the total
    decides nothing.
    """
    if rule.percent is None and rule.cut is None:
        return None
    # computed once for each different number: 200,000 individual orders share one
    most = asked.max_units.sum(axis=1).tolist()
    share_of = {units: Fraction(rule.percent or 0) * units / 100 for units in set(most)}
    shares = [share_of[units] for units in most]
    if rule.raw_cut is not None:
        raw = [Fraction(rule.raw_cut * asked.unit)] * len(most)
    elif rule.cut is not None:
        own = [(cuts or {})[name] for name in asked.names]
        units_of = {cut: Fraction(cut) * asked.unit for cut in set(own)}
        raw = [units_of[cut] for cut in own]
    else:
        return shares
    return [max(pair) for pair in zip(shares, raw, strict=True)] if rule.percent is not None else raw


def _plain(least: Ints) -> Ints:
    """Return one row if all forms have the same."""
    return least[:1] if len(least) > 1 and (least == least[0]).all() else least


def is_named(pattern: str, names: Sequence[str]) -> bool:
    """Return whether a pattern refers to something with these names."""
    return pattern == "all" or pattern in names


# ── a second look ────────────────────────────────────────────────────────────────────────────


def _near(
    rule: PassRule, asked: FormCriteria, cut: Sequence[Fraction], total: npt.NDArray[np.floating]
) -> NearCut:
    """Totals within one standard error of measurement of the cut, both ends included.

    With `lord` the squared error is `lord_square` of the cut among the units of the form.
    """
    ends = []
    for c, scale in zip(cut, total_scales(asked), strict=True):
        # squared, in units; 0 where there is none, as at a cut of nothing or of all units
        if rule.second_look.sem != "lord":
            square = (Fraction(rule.second_look.sem) * asked.unit) ** 2
        else:
            square = lord_square(c, scale) if 0 < c < scale.full else Fraction(0)
        ends.append(_within(c, square) if square > 0 else NOBODY)
    low, high = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    if asked.floor_total:
        low = np.where((low <= 0) & (high >= 0), -UNREACHABLE, low)
    ends_of = _plain(np.stack([low, high], axis=1)).astype(total.dtype)
    return NearCut(total, ends_of[:, 0], ends_of[:, 1])


def total_scales(asked: FormCriteria) -> list[TotalScale]:
    """Return the scale of the total of each form, in units."""
    totals = asked.totals
    of_each = (totals.least, totals.most, totals.n_items, totals.given)
    return [TotalScale(*one) for one in zip(*(part.tolist() for part in of_each), strict=True)]


def _within(c: Fraction, square: Fraction) -> tuple[int, int]:
    """The least and the greatest whole number u with (u − c)² ≤ square, found without a rounded root."""
    p, q = c.numerator, c.denominator
    # (q u − p)² ≤ q² · square, and the left side is a whole number
    reach = isqrt(q * q * square.numerator // square.denominator)
    return -((reach - p) // q), (p + reach) // q


# ── faults of a rule ─────────────────────────────────────────────────────────────────────────


def _faults(rule: PassRule, asked: FormCriteria, cuts: Cuts | None) -> Iterator[Problem]:
    yield from nameless_parts(rule, asked.criteria)
    if rule.at_least is not None:
        # a form that asks fewer than must be met: all who sat it would fail
        level = _level(rule.at_least.of, asked)
        named = level.named(*rule.at_least.among)
        counts = np.count_nonzero(level.shapes.n_items[:, named], axis=1).tolist()
        for form, count in zip(asked.names, counts, strict=True):
            if count < rule.at_least.met:
                message = tell(
                    "form {form} has {count} of the {n} {of} but {met} must be met. Require {count} or fewer",
                    form=form,
                    count=count,
                    n=len(named),
                    of=rule.at_least.of,
                    met=rule.at_least.met,
                )
                yield Problem("blueprint", "pass-rule-out-of-reach", message, field="pass.at_least.met")
    if rule.cut is not None and rule.raw_cut is None:
        for name in asked.names:
            if name not in (cuts or {}):
                message = tell("form {name} has no cut score from ratings. Build the exam again", name=name)
                yield Problem("exam.yaml", "cut-missing", message, field="pass.cut")


def nameless_parts(rule: PassRule, criteria: Criteria) -> list[Problem]:
    """Return the faults of patterns that name nothing, which would hold for everybody."""
    problems: list[Problem] = []
    known = {
        "criteria": (tell("criterion"), tell("`all`, `<element>.*` or a PC code")),
        "elements": (tell("element"), tell("`all` or an element's code")),
        "units": (tell("unit"), tell("`all` or a unit's code")),
    }
    names_of = _level_names(criteria)
    patterns = [
        (field, pattern, f"pass.{field}.{pattern}") for field in known for pattern in getattr(rule, field)
    ]
    if rule.at_least is not None:
        patterns += [(rule.at_least.of, pattern, "pass.at_least.among") for pattern in rule.at_least.among]
    for field, pattern, where in patterns:
        what, instead = known[field]
        if not any(is_named(pattern, names) for names in names_of[field][1]):
            message = tell(
                "{pattern!r} matches no {what} of this exam. Write {instead}",
                pattern=pattern,
                what=what,
                instead=instead,
            )
            problems.append(Problem("blueprint", "pass-rule-names-nothing", message, field=where))
    return problems


# ── deciding ─────────────────────────────────────────────────────────────────────────────────


def decide(standard: Standard, form: Ints, units: Units) -> PassDecisions:
    """Return who passes and whose total is near the cut, from form indices (n,) and units (n, C)."""
    hurdles, near = standard.hurdles, standard.near
    passed, second_look = np.ones(len(form), dtype=np.bool_), np.zeros(len(form), dtype=np.bool_)
    if near is not None:
        total = sums(units, near.total)
        cut, low, high = (
            ends if len(ends) == 1 else ends.take(form)
            for ends in (hurdles[0].least[:, 0], near.low, near.high)
        )
        passed, second_look = total >= cut, (total >= low) & (total <= high)
        hurdles = hurdles[1:]
    for hurdle in hurdles:
        found = units if hurdle.matrix is None else sums(units, hurdle.matrix)
        reached = found >= (hurdle.least[0] if len(hurdle.least) == 1 else hurdle.least.take(form, axis=0))
        if reached.shape[1] == 1:
            passed &= reached[:, 0]
        else:
            # a matrix product counts along short rows faster than a reduction does
            counts = reached.astype(np.float32) @ np.ones(reached.shape[1], dtype=np.float32)
            passed &= counts >= hurdle.needed
    return PassDecisions(passed, second_look)


# ── each part alone ──────────────────────────────────────────────────────────────────────────


class PartHeld(NamedTuple):
    """The result of one part of a pass rule for one candidate."""

    held: bool
    reached: int
    """How many of the places of this part reach what it requires; for the total, 1 or 0."""
    asked: int
    """How many places this part is about, of those that the form asks; for the total, 1."""
    missed: tuple[RulePlace, ...]
    """The places that do not reach it."""
    few: tuple[RulePlace, ...]
    """The places with fewer items than a judgement requires."""


class RulePart(NamedTuple):
    """One part of a rule; `level` is None for the total."""

    hurdle: Hurdle
    level: Level | None
    counts: bool
    """Whether only a given number of the places must reach their units."""


def rule_parts(rule: PassRule, asked: FormCriteria, cuts: Cuts | None) -> tuple[RulePart, ...]:
    """Return the parts in the order in which they are reported: total, criteria, elements, units, and
    `at_least`.
    """
    standard = passing_standard(rule, asked, cuts)
    parts = []
    if rule.percent is not None or rule.cut is not None:
        parts.append(RulePart(standard.hurdles[0], None, counts=False))
    for field in _FIELDS:
        for pattern, percent in getattr(rule, field).items():
            level = _level(field, asked)
            parts.append(RulePart(level.hurdle({pattern: percent}), level, counts=False))
    if rule.at_least is not None:
        parts.append(RulePart(standard.hurdles[-1], _level(rule.at_least.of, asked), counts=True))
    return tuple(parts)


def part_held(part: RulePart, form: int, units: npt.NDArray[np.int64], min_items: int) -> PartHeld:
    """Return whether a part holds for what somebody earned on a form; `units` are by criterion, (C,)."""
    hurdle = part.hurdle
    found = units if hurdle.matrix is None else sums(units[None, :], hurdle.matrix)[0]
    least = hurdle.least[0 if len(hurdle.least) == 1 else form]
    reached = found >= least
    held = int(reached.sum()) >= hurdle.needed
    if part.level is None:
        return PartHeld(held, int(reached.sum()), 1, (), ())
    n_items, places = part.level.shapes.n_items[form], part.level.places
    counted = (np.abs(least) < UNREACHABLE) & (n_items > 0)
    few = counted & (n_items < min_items)
    n_reached, n_asked = int((reached & counted).sum()), int(counted.sum())
    return PartHeld(held, n_reached, n_asked, _of(places, counted & ~reached), _of(places, few))


def _of(places: Sequence[RulePlace], chosen: npt.NDArray[np.bool_]) -> tuple[RulePlace, ...]:
    return tuple(place for place, is_so in zip(places, chosen.tolist(), strict=True) if is_so)


class ThinPlace(NamedTuple):
    """A place by which a part of the rule can fail somebody although it has fewer items than a judgement
    requires.
    """

    form: str
    field: str
    """The field of the rule: `elements`, `units` or `at_least`."""
    place: RulePlace
    n_items: int


def thin_places(rule: PassRule, asked: FormCriteria, min_items: int) -> list[ThinPlace]:
    """Return the places for which the rule sets a requirement, on forms that ask some items of them but fewer
    than `min_items`.
    """
    parts = [(field, field, getattr(rule, field)) for field in ("elements", "units")]
    if rule.at_least is not None:
        parts.append(("at_least", rule.at_least.of, rule.at_least.among))
    found = []
    for field, of, patterns in parts:
        level = _level(of, asked)
        for k in level.named(*patterns):
            of_form = zip(asked.names, level.shapes.n_items[:, k].tolist(), strict=True)
            found += [ThinPlace(form, field, level.places[k], n) for form, n in of_form if 0 < n < min_items]
    return found

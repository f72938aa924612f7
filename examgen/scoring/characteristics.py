"""Forms and rules → how often people of a known true share meet criteria and pass, before anybody sits.

A person of true share π earns each item independently, and on average the share π of its points: items are
alike. A guesser marks at random. What is earned in a criterion, an element, a unit or in all is the sum of
what its items earn, computed by convolution and exact but for floating point.

- An item with one mark is right with chance p, or wrong. If a wrong answer costs b of the points, π is the
  mean share earned: p = (π + b) / (1 + b). Nothing is left blank.
- An item scored in parts: each option is judged correctly with chance q, that is marked if it is right and
  left if it is wrong; q is such that the mean share earned is π.
- A guesser marks one option or, if several must be marked, as many as are right; all choices are equally
  likely.

References
----------
Millman, J. (1973). Passing scores and test lengths for domain-referenced measures. Review of Educational
Research, 43(2), 205-216: binomial probabilities of advancing, by true score and number of items.
Wilcox, R. R. (1976). A note on the length and passing score of a mastery test. Journal of Educational
Statistics, 1(4), 359-364: the number of items for errors at both ends of an indifference zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import lcm
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examgen.core.models.decisions import Judgement, PassRule
from examgen.core.models.figures import (
    MOST_FORMS,
    MOST_LENGTH,
    TRUE_PERCENTS,
    Chances,
    Characteristics,
    CriteriaKind,
    CriteriaMet,
    Length,
    Level,
    Needed,
    Passed,
)
from examgen.core.models.scoring import ScoringRule
from examgen.scoring.criteria import Criteria, FormQuestions, Groups, groups_of
from examgen.scoring.decisions import Cuts, passing_standard
from examgen.scoring.exact_arithmetic import points_text
from examgen.scoring.judge import JudgementEnds, ends_of
from examgen.scoring.rules import Keyed, shares

Floats = npt.NDArray[np.float64]
GUESSER = None
"""In place of a true share, for a candidate who guesses."""
Truth = float | None
TRUTHS: tuple[Truth, ...] = (*(percent / 100 for percent in TRUE_PERCENTS), GUESSER)
MOST_WORK = 500_000_000
"""The most products that are summed for the pass rule of one kind of form."""


class ScoredItem(NamedTuple):
    """An item as it is scored: its points, its number of options, and how many of them are right."""

    points: int
    n_options: int
    n_right: int


Items = tuple[tuple[ScoredItem, int], ...]
"""The different items and the number of each, sorted."""
FormItems = Sequence[tuple[int, ScoredItem]]
"""The scored items of a form, each with the index of its criterion."""


class Law(NamedTuple):
    """The joint distribution of the units earned and the number of things reached that a rule counts.

    `chances` (units, reached) has a row for `least`, `least` + 1 … units, and a column for 0, 1, 2 … things;
    the last column is for as many as are needed, or more.
    """

    least: int
    chances: Floats

    def from_on(self, units: int) -> float:
        """Return the chance of at least so many units, with as many things reached as are needed."""
        return float(min(self.chances[max(units - self.least, 0) :, -1].sum(), 1.0))

    def and_(self, other: Law) -> Law:
        """Return the distribution of the sum of both, which are independent."""
        width = self.chances.shape[1]
        chances = np.zeros((len(self.chances) + len(other.chances) - 1, width))
        for i in range(width):
            for j in range(width):
                if self.chances[:, i].any() and other.chances[:, j].any():
                    both = np.convolve(self.chances[:, i], other.chances[:, j])
                    chances[:, min(i + j, width - 1)] += both
        return Law(self.least + other.least, chances)

    def wide(self, width: int) -> Law:
        """Return the distribution with nothing reached yet, for a rule that needs `width` - 1 things."""
        return Law(self.least, np.pad(self.chances, ((0, 0), (0, width - 1))))


NOTHING = Law(0, np.ones((1, 1)))


# ── one item ─────────────────────────────────────────────────────────────────────────────────


@lru_cache(4096)
def earned(rule: ScoringRule, item: ScoredItem, truth: Truth) -> tuple[tuple[Fraction, float], ...]:
    """Return the shares of its points that an item may earn, each with its chance, for a true share or by
    guessing.
    """
    key = (1 << item.n_right) - 1
    worth = shares(rule, Keyed(item.n_options, key, 0, 0))
    wrong = -rule.penalty(item.n_options)
    if item.n_right == 1 or rule.several == "any":
        right = item.n_right / item.n_options if truth is None else _right(truth, float(-wrong))
        return ((Fraction(1), right), (wrong, 1 - right))
    if truth is None:
        marks = [sum(1 << n for n in some) for some in combinations(range(item.n_options), item.n_right)]
        return _collected((worth[mark], 1 / len(marks)) for mark in marks)
    if rule.several == "all":
        right = _right(truth, float(-wrong))
        return ((Fraction(1), right), (wrong, 1 - right))
    return _in_parts(worth[: 1 << item.n_options], key, truth)


def _right(truth: float, cost: float) -> float:
    """Return the chance of a right answer with which the mean of 1 and −cost is the true share."""
    return (truth + cost) / (1 + cost)


def _in_parts(worth: Sequence[Fraction], key: int, truth: float) -> tuple[tuple[Fraction, float], ...]:
    """Return the shares earned if each option is judged independently, with the chance for which the true
    share is the mean; found by bisection.
    """
    n_options = len(worth).bit_length() - 1
    faults = np.array([(mark ^ key).bit_count() for mark in range(len(worth))])
    values = np.array([float(one) for one in worth])

    def chances(q: float) -> Floats:
        found: Floats = q ** (n_options - faults) * (1 - q) ** faults
        return found

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if chances(middle) @ values > truth else (middle, high)
    return _collected(zip(worth, chances((low + high) / 2).tolist(), strict=True))


def _collected(
    pairs: Iterator[tuple[Fraction, float]] | zip[tuple[Fraction, float]],
) -> tuple[tuple[Fraction, float], ...]:
    found: dict[Fraction, float] = {}
    for share, chance in pairs:
        found[share] = found.get(share, 0.0) + chance
    return tuple(sorted(found.items()))


# ── sums of items ────────────────────────────────────────────────────────────────────────────


class Laws:
    """The distributions of what items earn in all, in units of 1 / `unit` points; each is computed once."""

    def __init__(self, rule: ScoringRule, items: Sequence[ScoredItem]) -> None:
        """Find the unit for a scoring rule and all different items of the forms."""
        self._rule = rule
        every = [(one, share) for one in items for share in self._shares(one)]
        self.unit = lcm(*((share * one.points).denominator for one, share in every))
        self._known: dict[tuple[Items, Truth], Law] = {}

    def _shares(self, item: ScoredItem) -> set[Fraction]:
        """Return the shares that the item may earn by any mark."""
        key = (1 << item.n_right) - 1
        return set(shares(self._rule, Keyed(item.n_options, key, 0, 0))[: (1 << item.n_options) + 1])

    def most(self, items: Items) -> int:
        """Return the highest number of units."""
        return self.unit * sum(one.points * n for one, n in items)

    def least(self, items: Items) -> int:
        """Return the lowest number of units, 0 or below."""
        return int(sum(min(self._shares(one)) * one.points * n for one, n in items) * self.unit)

    def of(self, items: Items, truth: Truth) -> Law:
        """Return the distribution of the units that items earn together."""
        if (items, truth) not in self._known:
            law = NOTHING
            for one, n in items:
                worth = [
                    (int(share * one.points * self.unit), chance)
                    for share, chance in earned(self._rule, one, truth)
                ]
                single = Law(min(worth)[0], np.zeros((max(worth)[0] - min(worth)[0] + 1, 1)))
                for units, chance in worth:
                    single.chances[units - single.least] += chance
                for _ in range(n):
                    law = law.and_(single)
            self._known[items, truth] = law
        return self._known[items, truth]


# ── criteria, elements, units ────────────────────────────────────────────────────────────────


class _AlikeForms(NamedTuple):
    """Forms that ask the same: the items of each criterion, and the names of the forms."""

    items: tuple[Items, ...]
    names: list[str]


def characteristics(
    forms: Mapping[str, FormItems],
    criteria: Criteria,
    judgement: Judgement,
    scoring: ScoringRule,
    passing: PassRule | None,
    cuts: Cuts | None = None,
) -> Characteristics:
    """Return the operating characteristics of the rules on forms; `cuts` are those of `cut: angoff`.

    Forms that ask the same are computed once, and only the first `MOST_FORMS` different ones are.
    """
    unlike = _different(forms, len(criteria))
    different = unlike[:MOST_FORMS]
    asked = sorted({one for form in different for items in form.items for one, _ in items})
    laws = Laws(scoring, asked)
    kinds = list(_kinds(different, criteria, judgement, laws))
    passed = list(_passed(different, criteria, laws, scoring, passing, cuts)) if passing else []
    enough = judgement.min_items
    criteria_met = []
    for form in different:
        met = []
        for items, (unit, _, _) in zip(form.items, criteria, strict=True):
            if _n_items(items) >= enough and laws.most(items):
                met_from = _ends(items, judgement.percent_of(unit), judgement, laws).met
                met.append([laws.of(items, truth).from_on(met_from) for truth in TRUTHS])
        if met:
            columns = list(zip(*met, strict=True))
            one_at_least = [float(1 - np.prod([1 - one for one in column])) for column in columns]
            on_average = [sum(column) for column in columns]
            criteria_met.append(
                CriteriaMet(tuple(form.names), len(met), _chances(one_at_least), _chances(on_average))
            )
    return Characteristics(
        kinds=tuple(kinds),
        unjudged=len(
            {n for form in different for n, items in enumerate(form.items) if 0 < _n_items(items) < enough}
        ),
        criteria_met=tuple(criteria_met),
        passed=tuple(Passed(names, chances) for names, chances in passed if chances is not None),
        unlike=len(unlike),
        pass_unknown=any(chances is None for _, chances in passed),
        needed=tuple(
            needed(percent, judgement)
            for percent in dict.fromkeys(judgement.percent_of(unit) for unit, _, _ in criteria)
        ),
        penalty=any(scoring.penalty(one.n_options) > 0 for one in asked),
        parts=scoring.several == "partial" and any(one.n_right > 1 for one in asked),
        certainty=None if judgement.certainty is None else judgement.certainty.percent,
        several=scoring.several != "any" and any(one.n_right > 1 for one in asked),
    )


def _different(forms: Mapping[str, FormItems], n_criteria: int) -> list[_AlikeForms]:
    """Forms that ask the same are one."""
    found: dict[tuple[Items, ...], _AlikeForms] = {}
    for name, own in forms.items():
        counts = [Counter[ScoredItem]() for _ in range(n_criteria)]
        for criterion, one in own:
            if one.points:
                counts[criterion][one] += 1
        items = tuple(tuple(sorted(each.items())) for each in counts)
        found.setdefault(items, _AlikeForms(items, [])).names.append(name)
    return list(found.values())


def _n_items(items: Items) -> int:
    return sum(n for _, n in items)


def _kinds(
    forms: Sequence[_AlikeForms], criteria: Criteria, judgement: Judgement, laws: Laws
) -> Iterator[CriteriaKind]:
    """Criteria, then elements, then units, as the standard has them first; what is judged alike is one."""
    groups = groups_of(criteria)
    places: list[tuple[Level, str, str, list[int]]]
    places = [("criterion", unit, pc, [n]) for n, (unit, _, pc) in enumerate(criteria)]
    levels: tuple[tuple[Level, Groups], ...] = (("element", groups.elements), ("unit", groups.units))
    for level, own in levels:
        for n, (unit, code) in enumerate(own.names):
            places.append((level, unit, code, np.flatnonzero(own.member == n).tolist()))
    several = Counter((level, code) for level, _, code, _ in places)
    found: dict[tuple[Level, Items, Decimal], tuple[dict[str, None], dict[str, None]]] = {}
    for level, unit, code, members in places:
        for form in forms:
            counts: Counter[ScoredItem] = Counter()
            for n in members:
                counts.update(dict(form.items[n]))
            items = tuple(sorted(counts.items()))
            if _n_items(items) >= judgement.min_items and laws.most(items):
                of, on = found.setdefault((level, items, judgement.percent_of(unit)), ({}, {}))
                of[f"{unit} {code}" if several[level, code] > 1 else code] = None
                on.update(dict.fromkeys(form.names))
    for (level, items, percent), (of, on) in found.items():
        most = laws.most(items)
        ends = _ends(items, percent, judgement, laws)
        below, above = _apart(percent, judgement)
        met = [laws.of(items, truth).from_on(ends.met) for truth in TRUTHS]
        known = [laws.of(items, truth).from_on(ends.not_met) for truth in TRUTHS]
        yield CriteriaKind(
            level,
            tuple(of),
            tuple(on),
            _n_items(items),
            points_text(most, laws.unit),
            percent,
            points_text(ends.met, laws.unit) if ends.met <= most else None,
            points_text(ends.not_met, laws.unit),
            _chances(met),
            _chances([1 - one for one in known]),
            _chances([max(one - two, 0.0) for one, two in zip(known, met, strict=True)]),
            below,
            above,
            laws.of(items, float(below) / 100).from_on(ends.met),
            1 - laws.of(items, float(above) / 100).from_on(ends.not_met),
        )


def _apart(percent: Decimal, judgement: Judgement) -> tuple[Decimal, Decimal]:
    """Return the true shares below and above a standard for which errors are reported."""
    apart = judgement.error_chosen.apart
    return max(percent - apart, Decimal(0)), min(percent + apart, Decimal(100))


def _ends(items: Items, percent: Decimal, judgement: Judgement, laws: Laws) -> JudgementEnds:
    """Return the units below which a result is not met, and those from which it is met."""
    return ends_of(_n_items(items), laws.most(items), laws.least(items), judgement, percent)


def _chances(values: Sequence[float]) -> Chances:
    return Chances(tuple(values[:-1]), values[-1])


# ── the pass rule ────────────────────────────────────────────────────────────────────────────


def _passed(
    forms: Sequence[_AlikeForms],
    criteria: Criteria,
    laws: Laws,
    scoring: ScoringRule,
    rule: PassRule,
    cuts: Cuts | None,
) -> Iterator[tuple[tuple[str, ...], Chances | None]]:
    asked = FormQuestions(
        names=[form.names[0] for form in forms],
        criteria=criteria,
        n_items=np.array([[_n_items(items) for items in form.items] for form in forms], dtype=np.int64),
        max_units=np.array([[laws.most(items) for items in form.items] for form in forms], dtype=np.int64),
        least_units=np.array([[laws.least(items) for items in form.items] for form in forms], dtype=np.int64),
        unit=laws.unit,
        floor_total=scoring.floor == "total",
    )
    standard = passing_standard(rule, asked, cuts)
    # the hurdles of `passing_standard`, which stand in this order, by what they are about
    parts = [field for field in ("criteria", "elements", "units") if getattr(rule, field)]
    parts = [*(["total"] if standard.near is not None else []), *parts]
    parts += ["at_least"] if rule.at_least is not None else []
    n_needed = rule.at_least.met if rule.at_least is not None else 0
    counted = rule.at_least.of if rule.at_least is not None else ""
    for n, form in enumerate(forms):
        least = {
            part: hurdle.least[n if len(hurdle.least) > 1 else 0].astype(np.int64).tolist()
            for part, hurdle in zip(parts, standard.hurdles, strict=True)
        }
        size = sum(laws.most(items) - laws.least(items) for items in form.items)
        chances = None
        if size * size * (n_needed + 1) ** 2 <= MOST_WORK:
            chances = _chances(
                [_pass_chance(form, truth, least, counted, n_needed, criteria, laws) for truth in TRUTHS]
            )
        yield tuple(form.names), chances


def _pass_chance(
    form: _AlikeForms,
    truth: Truth,
    least: Mapping[str, Sequence[int]],
    counted: str,
    n_needed: int,
    criteria: Criteria,
    laws: Laws,
) -> float:
    """Return the chance of passing. Criteria are combined into elements, these into units, these into the
    whole, and after each step what its own hurdle stops is removed. `least` are the units of the hurdles by
    part of the rule; `n_needed` of the `counted` things must be reached.
    """
    groups, width = groups_of(criteria), n_needed + 1

    def ended(law: Law, level: str, number: int) -> Law:
        chances = law.chances
        if level in least:
            chances = chances.copy()
            chances[: max(least[level][number] - law.least, 0)] = 0
        if counted == level:
            row = max(least["at_least"][number] - law.least, 0)
            more = chances.copy()
            more[row:, 1:] = chances[row:, :-1]
            more[row:, 0] = 0
            more[row:, -1] += chances[row:, -1]
            chances = more
        return Law(law.least, chances)

    whole, elements = NOTHING.wide(width), groups.elements.member
    for unit, in_unit in enumerate(groups.units.members):
        of_unit = NOTHING.wide(width)
        for element in dict.fromkeys(elements[[*in_unit]].tolist()):
            part = NOTHING.wide(width)
            for n in groups.elements.members[element]:
                part = part.and_(ended(laws.of(form.items[n], truth).wide(width), "criteria", n))
            of_unit = of_unit.and_(ended(part, "elements", element))
        whole = whole.and_(ended(of_unit, "units", unit))
    return whole.from_on(least["total"][0] if "total" in least else whole.least)


# ── how many items ───────────────────────────────────────────────────────────────────────────


def needed(percent: Decimal, judgement: Judgement) -> Needed:
    """Return the number of one-point items that a criterion needs for the chosen errors, if wrong answers
    cost nothing.
    """
    chosen = judgement.error_chosen
    below, above = _apart(percent, judgement)
    n = np.arange(1, MOST_LENGTH + 1)
    ends = [ends_of(k, k, 0, judgement, percent) for k in n.tolist()]
    known, met = (np.array(column) for column in zip(*ends, strict=True))
    error = float(chosen.percent) / 100
    false_met = at_least(met, n, float(below) / 100) <= error
    false_not_met = 1 - at_least(known, n, float(above) / 100) <= error
    nobody = np.zeros(len(n), dtype=np.bool_)
    false_met = false_met if below < percent else nobody
    decided = None
    if judgement.certainty is not None:
        most = float(chosen.undecided) / 100
        share = [
            at_least(known, n, float(one) / 100) - at_least(met, n, float(one) / 100)
            for one in (below, above)
        ]
        decided = _length((share[0] <= most) & (share[1] <= most))
    return Needed(
        percent,
        chosen.percent,
        chosen.undecided,
        below,
        above,
        _length(false_met),
        _length(false_not_met),
        _length(false_met & false_not_met),
        decided,
    )


def at_least(k: npt.NDArray[np.int64], n: npt.NDArray[np.int64], p: float) -> Floats:
    """Return the chance of k or more right of n, each with chance p: I_p(k, n − k + 1)."""
    from scipy.special import betainc

    inside = (k > 0) & (k <= n)
    found: Floats = betainc(np.where(inside, k, 1), np.where(inside, n - k + 1, 1), p)
    return np.where(k <= 0, 1.0, np.where(k > n, 0.0, found))


def _length(enough: npt.NDArray[np.bool_]) -> Length:
    if not enough.any():
        return Length(None, None)
    short = np.flatnonzero(~enough)
    always = int(short[-1]) + 2 if len(short) else 1
    least = int(enough.argmax()) + 1
    between = tuple((np.flatnonzero(enough[least : always - 1]) + least + 1).tolist())
    return Length(least, always if always <= len(enough) else None, between)

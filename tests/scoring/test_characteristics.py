"""Operating characteristics against enumeration: every answer of every item, with its chance."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from math import ceil, comb
from typing import Any

import pytest

from examgen.core.models.decisions import Judgement, PassRule
from examgen.core.models.scoring import ScoringRule
from examgen.scoring.characteristics import Laws, ScoredItem, characteristics, earned, needed

EIGHT = [("U", f"E{n // 4}", f"E{n // 4}.{n % 4}") for n in range(8)]
ONE = ScoredItem(points=1, n_options=4, n_right=1)


def tail(k: int, n: int, p: float) -> float:
    return sum(comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(max(k, 0), n + 1))


def test_three_of_five_are_met_by_half_in_half_of_the_sittings_and_guessers_meet_one_of_eight_in_58() -> None:
    form = [(n, ONE) for n in range(8) for _ in range(5)]
    found = characteristics({"A": form, "B": form}, EIGHT, Judgement(), ScoringRule(), None)
    criteria, element, unit = found.kinds
    assert (criteria.n_items, criteria.met_from, criteria.points, len(criteria.places)) == (5, "3", "5", 8)
    assert criteria.forms == ("A", "B")
    assert criteria.met.at == pytest.approx([tail(3, 5, p / 100) for p in (40, 50, 60, 70, 80)], abs=1e-12)
    assert criteria.met.at[1] == pytest.approx(0.5, abs=1e-12)
    assert criteria.met.guesser == pytest.approx(tail(3, 5, 0.25))
    assert (criteria.false_met, criteria.false_not_met) == pytest.approx((0.5, 1 - tail(3, 5, 0.7)))
    assert [one.n_items for one in (element, unit)] == [20, 40]
    [met] = found.criteria_met
    assert round(met.any.guesser, 2) == 0.58
    assert met.mean.guesser == pytest.approx(8 * tail(3, 5, 0.25))
    assert found.passed == ()


RULES: list[dict[str, Any]] = [
    {"percent": 55},
    {"criteria": {"all": 50, "E1.01": 100}},
    {"percent": 50, "elements": {"all": 60}},
    {"units": {"V": 70}, "elements": {"E1": 34}},
    {"at_least": {"met": 2, "percent": 60}},
    {"at_least": {"met": 2, "of": "elements", "among": ["E1", "F1"], "percent": 50}, "percent": 40},
    {"at_least": {"met": 1, "of": "units", "percent": 75}, "criteria": {"all": 30}},
    {"cut": 5, "reason": "a study", "percent": 20, "at_least": {"met": 3, "percent": 40}},
]
TWO_UNITS = [("U", "E1", "E1.01"), ("U", "E1", "E1.02"), ("U", "E2", "E2.01"), ("V", "F1", "F1.01")]
MIXED = [(0, ONE), (0, ScoredItem(2, 4, 1)), (1, ScoredItem(1, 5, 1)), (1, ONE), (2, ScoredItem(3, 2, 1)), (2, ONE),
         (3, ONE), (3, ONE)]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("wrong", [0, "by_options"])
def test_the_pass_rule_is_that_of_every_answer_with_its_chance(rule: dict[str, Any], wrong: Any) -> None:
    scoring = ScoringRule(wrong=wrong)
    found = characteristics({"A": MIXED}, TWO_UNITS, Judgement(), scoring, PassRule.model_validate(rule))
    for truth, chance in ((0.6, found.passed[0].chances.at[2]), (None, found.passed[0].chances.guesser)):
        assert chance == pytest.approx(_enumerated(rule, scoring, truth), abs=1e-12)


def _enumerated(rule: dict[str, Any], scoring: ScoringRule, truth: float | None) -> float:
    """The chance to pass, by all answers right and wrong."""
    total = 0.0
    rows = []
    for criterion, one in MIXED:
        cost = scoring.penalty(one.n_options)
        right = 1 / one.n_options if truth is None else (truth + float(cost)) / (1 + float(cost))
        rows.append((criterion, one.points, cost, right))
    for answers in product((True, False), repeat=len(rows)):
        chance, points = 1.0, [Fraction(0)] * 4
        for (criterion, worth, cost, right), is_right in zip(rows, answers, strict=True):
            chance *= right if is_right else 1 - right
            points[criterion] += worth if is_right else -cost * worth
        total += chance * _passes(rule, points)
    return total


def _passes(rule: dict[str, Any], points: Sequence[Fraction]) -> bool:
    most = [sum(one.points for n, one in MIXED if n == c) for c in range(4)]
    groups = {
        "criteria": {code: [n] for n, (_, _, code) in enumerate(TWO_UNITS)},
        "elements": {e: [n for n, one in enumerate(TWO_UNITS) if one[1] == e] for e in ("E1", "E2", "F1")},
        "units": {u: [n for n, one in enumerate(TWO_UNITS) if one[0] == u] for u in "UV"},
    }

    def reached(members: Sequence[int], percent: float) -> bool:
        return 100 * sum(points[n] for n in members) >= percent * sum(most[n] for n in members)

    whole = max(sum(points), Fraction(0))
    held = [100 * whole >= rule.get("percent", 0) * sum(most), whole >= rule.get("cut", 0)]
    for kind, members in groups.items():
        for pattern, percent in rule.get(kind, {}).items():
            named = members.values() if pattern == "all" else [members[pattern]]
            held += [reached(own, percent) for own in named]
    if "at_least" in rule:
        asked = rule["at_least"]
        own = groups[asked.get("of", "criteria")]
        names = asked.get("among", list(own))
        held.append(sum(reached(own[name], asked["percent"]) for name in names) >= asked["met"])
    return all(held)


@pytest.mark.parametrize("partial", ["false2", "false", "true", "all", "none", "moodle"])
@pytest.mark.parametrize("wrong", [0, "1/4"])
def test_an_item_in_parts_earns_the_true_share_on_average(partial: str, wrong: Any) -> None:
    rule = ScoringRule(several="partial", partial=partial, wrong=wrong)  # type: ignore[arg-type]
    for one in (ScoredItem(1, 5, 2), ScoredItem(2, 4, 3), ScoredItem(1, 3, 3)):
        for truth in (0.4, 0.8):
            law = earned(rule, one, truth)
            assert sum(chance for _, chance in law) == pytest.approx(1)
            assert sum(float(share) * chance for share, chance in law) == pytest.approx(truth, abs=1e-9)
        picks = [*combinations(range(one.n_options), one.n_right)]
        right = sum(len({*pick} & {*range(one.n_right)}) == one.n_right for pick in picks) / len(picks)
        assert dict(earned(rule, one, None))[Fraction(1)] == pytest.approx(right)


def test_wrong_answers_that_cost_points_leave_the_mean_and_the_guesser_at_nothing() -> None:
    rule = ScoringRule(wrong="by_options")
    assert sum(float(share) * p for share, p in earned(rule, ONE, None)) == pytest.approx(0)
    assert sum(float(share) * p for share, p in earned(rule, ONE, 0.7)) == pytest.approx(0.7)
    laws = Laws(rule, [ONE])
    law = laws.of(((ONE, 6),), 0.5)
    assert (law.least, laws.unit, len(law.chances)) == (-6, 3, 25)
    units = law.least + sum(n * p for n, [p] in enumerate(law.chances))
    assert units == pytest.approx(0.5 * 6 * 3)
    found = characteristics({"A": [(0, ONE)] * 6}, EIGHT[:1], Judgement(), rule, None)
    # 60 % of 6 points are 3.6: five right and a wrong one are 4.67, four right and two wrong 3.33
    assert found.kinds[0].met_from == "3.6667"
    assert found.kinds[0].met.guesser == pytest.approx(tail(5, 6, 0.25))
    assert found.kinds[0].met.at[2] == pytest.approx(tail(5, 6, (0.6 + 1 / 3) / (4 / 3)))


@pytest.mark.parametrize(
    ("percent", "error", "apart"), [(60, 10, 10), (60, 5, 10), (75, 10, 15), (50, 20, 20)]
)
def test_items_needed_are_the_fewest_and_from_where_on_any_number_does(
    percent: int, error: int, apart: int
) -> None:
    chosen = Judgement.model_validate({"percent": percent, "error": {"percent": error, "apart": apart}})
    found = needed(Decimal(percent), chosen)
    below, above = (percent - apart) / 100, (percent + apart) / 100

    def wrong(n: int) -> tuple[bool, bool]:
        k = ceil(Fraction(percent * n, 100))
        return tail(k, n, below) <= error / 100, 1 - tail(k, n, above) <= error / 100

    does = [wrong(n) for n in range(1, 220)]
    for told, enough in (
        (found.false_met, [one for one, _ in does]),
        (found.false_not_met, [two for _, two in does]),
        (found.both, [one and two for one, two in does]),
    ):
        assert told.least == enough.index(True) + 1
        assert told.always == len(enough) - enough[::-1].index(False) + 1
        assert told.between == tuple(n for n in range(told.least + 1, told.always) if enough[n - 1])


def test_ends_of_the_standard_have_nobody_beyond_them() -> None:
    nothing, all_of_it = (
        needed(Decimal(0), Judgement(percent=0)),
        needed(Decimal(100), Judgement(percent=100)),
    )
    assert nothing.false_met.least is None
    assert nothing.false_not_met.least == 1
    assert (all_of_it.below, all_of_it.above) == (90, 100)
    assert all_of_it.false_met.least == 22  # 0.9 ** 22 < 0.1
    assert all_of_it.false_not_met.least == 1


def test_forms_that_ask_unlike_are_told_apart_and_what_is_not_judged_is_not_told() -> None:
    forms = {
        "A": [(0, ONE)] * 5 + [(1, ONE)] * 2,
        "B": [(0, ONE)] * 4 + [(1, ONE)] * 3,
        "C": [(0, ONE)] * 5 + [(1, ONE)] * 2,
    }
    found = characteristics(forms, EIGHT[:2], Judgement(), ScoringRule(), PassRule(percent=Decimal(60)))
    own = {(one.n_items, one.places): one.forms for one in found.kinds if one.level == "criterion"}
    assert own == {(5, ("E0.0",)): ("A", "C"), (4, ("E0.0",)): ("B",), (3, ("E0.1",)): ("B",)}
    assert [(one.forms, one.judged) for one in found.criteria_met] == [(("A", "C"), 1), (("B",), 2)]
    assert [one.forms for one in found.passed] == [("A", "C"), ("B",)]
    assert found.unjudged == 1


def test_of_many_unlike_forms_the_first_are_reckoned() -> None:
    forms = {f"{n:03}": [(0, ONE)] * (3 + n) for n in range(20)}
    found = characteristics(forms, EIGHT[:1], Judgement(), ScoringRule(), PassRule(percent=Decimal(60)))
    assert found.unlike == 20
    assert [one.forms for one in found.passed] == [(f"{n:03}",) for n in range(12)]


def test_points_too_many_to_reckon_leave_the_pass_rule_out() -> None:
    form = [(0, ScoredItem(6, 5, 1))] * 40
    found = characteristics(
        {"A": form}, EIGHT[:1], Judgement(), ScoringRule(wrong="1/97"), PassRule(percent=Decimal(60))
    )
    assert found.passed == ()
    assert found.pass_unknown

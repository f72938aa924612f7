"""Who passes and who is near the cut, against loops over fractions that share nothing with the code."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.models.decisions import PassRule
from examgen.core.problems import Refused
from examgen.scoring.criteria import FormQuestions
from examgen.scoring.decisions import decide, passing_standard

CRITERIA = [
    ("U", "E1", "1.1"), ("U", "E1", "1.2"), ("U", "E2", "2.1"), ("V", "E3", "3.1"), ("V", "E3", "3.2"),
]  # fmt: skip
PARTS = {"criteria": ["all", "E1.*", "1.2", "3.1"], "elements": ["all", "E1", "E3.*"], "units": ["all", "V"]}


class Case(NamedTuple):
    """Forms, a rule, cuts from ratings, and one row of units for each of some candidates."""

    asked: FormQuestions
    rule: PassRule
    cuts: dict[str, Decimal]
    form: list[int]
    units: list[list[int]]


def asked_forms(
    n_items: list[list[int]], worth: int = 1, unit: int = 1, lose: int = 0, floor_total: bool = False
) -> FormQuestions:
    """Forms whose items are all worth `worth` units, and cost `lose` where they are wrong."""
    items = np.array(n_items)
    names = "ABCDEF"[: len(n_items)]
    return FormQuestions(list(names), CRITERIA, items, items * worth, -items * lose, unit, floor_total)


PERCENTS = st.one_of(st.integers(0, 100), st.decimals(0, 100, places=2).map(str))


@st.composite
def rules(draw: st.DrawFn, n_items: list[list[int]]) -> dict[str, Any]:
    rule: dict[str, Any] = {}
    for field, patterns in PARTS.items():
        if draw(st.booleans()):
            rule[field] = draw(st.dictionaries(st.sampled_from(patterns), PERCENTS, max_size=2))
    if draw(st.booleans()):
        rule["percent"] = draw(PERCENTS)
    rule |= draw(
        st.sampled_from([{}, {"cut": "angoff"}, {"cut": 3, "reason": "r"}, {"cut": 0, "reason": "r"}])
    )
    if draw(st.booleans()):
        of = draw(st.sampled_from(list(PARTS)))
        among = draw(st.lists(st.sampled_from(PARTS[of]), min_size=1, max_size=2))
        most = min(len(things(of, row, among)) for row in n_items)
        if most:
            met = draw(st.integers(1, most))
            rule["at_least"] = {"of": of, "among": among, "met": met, "percent": draw(PERCENTS)}
    if draw(st.booleans()):
        rule["second_look"] = {"sem": draw(st.sampled_from([0, 1, "2.5", 0.1]))}
    return rule if set(rule) - {"second_look", "reason"} else {**rule, "percent": 60}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    n_items = draw(st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=1, max_size=3))
    worth, unit = draw(st.sampled_from([(1, 1), (2, 1), (1, 4), (6, 3)]))
    lose = draw(st.integers(0, worth))
    asked = asked_forms(n_items, worth, unit, lose, draw(st.booleans()))
    rule = draw(rules(n_items))
    cuts = {name: Decimal(draw(st.integers(0, 200_000))) / 10_000 for name in asked.names}
    form = draw(st.lists(st.integers(0, len(n_items) - 1), max_size=8))
    units = [[draw(st.integers(-lose * n, worth * n)) for n in n_items[k]] for k in form]
    return Case(asked, PassRule.model_validate(without_empty(rule)), cuts, form, units)


def without_empty(rule: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in rule.items() if value != {}}
    return found if set(found) - {"second_look", "reason"} else {**found, "percent": 60}


# ── the same by loops ────────────────────────────────────────────────────────────────────────


def things(of: str, row: list[int], among: list[str]) -> list[list[int]]:
    """The criteria that make up each thing that a form asks and a pattern names."""
    found: dict[tuple[str, str], list[int]] = {}
    for n, (unit, element, pc) in enumerate(CRITERIA):
        name = {"criteria": pc, "elements": element, "units": unit}[of]
        family = element if of == "criteria" else name
        if "all" in among or name in among or f"{family}.*" in among:
            found.setdefault((unit, name), []).append(n)
    return [members for members in found.values() if sum(row[n] for n in members)]


def reached(case: Case, k: int, members: list[int], percent: Decimal) -> bool:
    most = sum(int(case.asked.max_units[case.form[k], n]) for n in members)
    return Fraction(sum(case.units[k][n] for n in members)) * 100 >= Fraction(percent) * most


def cut_of(case: Case, k: int) -> Fraction | None:
    most, rule = int(case.asked.max_units[case.form[k]].sum()), case.rule
    cuts = [] if rule.percent is None else [Fraction(rule.percent) * most / 100]
    if rule.cut is not None:
        points = case.cuts[case.asked.names[case.form[k]]] if rule.cut == "angoff" else Decimal(rule.cut)
        cuts.append(Fraction(points) * case.asked.unit)
    return max(cuts) if cuts else None


def total_of(case: Case, k: int) -> int:
    total = sum(case.units[k])
    return max(total, 0) if case.asked.floor_total else total


def passes(case: Case, k: int) -> bool:
    rule, row = case.rule, case.asked.n_items[case.form[k]].tolist()
    cut = cut_of(case, k)
    good = cut is None or total_of(case, k) >= cut
    for of in PARTS:
        for pattern, percent in getattr(rule, of).items():
            good = good and all(reached(case, k, one, percent) for one in things(of, row, [pattern]))
    if rule.at_least:
        named = things(rule.at_least.of, row, list(rule.at_least.among))
        good = (
            good and sum(reached(case, k, one, rule.at_least.percent) for one in named) >= rule.at_least.met
        )
    return good


def is_near(case: Case, k: int) -> bool:
    cut, row = cut_of(case, k), case.form[k]
    if cut is None:
        return False
    most, n = int(case.asked.max_units[row].sum()), int(case.asked.n_items[row].sum())
    if case.rule.second_look.sem != "lord":
        square = (Fraction(case.rule.second_look.sem) * case.asked.unit) ** 2
    elif n < 2 or not 0 < cut < most:
        return False
    else:
        square = lord_of_right_ones(cut, most, int(case.asked.least_units[row].sum()), n)
    return square > 0 and (total_of(case, k) - cut) ** 2 <= square


def lord_of_right_ones(cut: Fraction, most: int, least: int, n: int) -> Fraction:
    """Lord's error of as many items right as make up the cut, all being answered, back in units."""
    gain = Fraction(most - least, n)  # what one more right answer is worth: its points, and what it cost
    right = (cut - least) / gain
    return right * (n - right) / (n - 1) * gain**2


@given(cases())
def test_decisions_agree_with_fractions_and_loops(case: Case) -> None:
    standard = passing_standard(case.rule, case.asked, case.cuts)
    units = np.array(case.units, dtype=np.int32).reshape(len(case.form), len(CRITERIA))
    found = decide(standard, np.array(case.form, dtype=np.int64), units)
    every = range(len(case.form))
    assert found.passed.tolist() == [passes(case, k) for k in every]
    assert found.second_look.tolist() == [is_near(case, k) for k in every]


# ── by hand ──────────────────────────────────────────────────────────────────────────────────

FORTY = asked_forms([[8, 8, 8, 8, 8]])


def looked(rule: dict[str, Any], totals: list[int], asked: FormQuestions = FORTY) -> list[tuple[bool, bool]]:
    """Whether candidates pass and are looked at again, by their totals."""
    units = np.zeros((len(totals), len(CRITERIA)), dtype=np.int16)
    units[:, 0] = totals
    standard = passing_standard(PassRule.model_validate(rule), asked)
    found = decide(standard, np.zeros(len(totals), dtype=np.int64), units)
    return list(zip(found.passed.tolist(), found.second_look.tolist(), strict=True))


def test_lords_error_at_twenty_four_of_forty_is_just_over_three_points() -> None:
    # √(24 · 16 / 39) = 3.138
    assert looked({"percent": 60}, [20, 21, 23, 24, 27, 28]) == [
        (False, False), (False, True), (False, True), (True, True), (True, True), (True, False),
    ]  # fmt: skip


def test_the_error_of_formula_scores_is_that_of_the_right_ones_times_what_each_is_worth() -> None:
    """24 items of 4 options, a wrong one costs a third: 12 points are 15 right, and Lord's √(15 · 9 / 23) = 2.42
    is 2.42 · 4/3 = 3.23 points, 9.69 thirds."""
    asked = FormQuestions(["A"], CRITERIA[:1], *(np.array([[n]]) for n in (24, 72, -24)), unit=3)
    rule = PassRule.model_validate({"percent": 50})
    units = np.array([[26], [27], [45], [46]])
    found = decide(passing_standard(rule, asked), np.zeros(4, dtype=np.int64), units)
    assert found.second_look.tolist() == [False, True, True, False]


def test_an_error_by_hand_is_in_points_and_its_end_counts() -> None:
    assert looked({"percent": 60, "second_look": {"sem": 2}}, [21, 22, 26, 27]) == [
        (False, False), (False, True), (True, True), (True, False),
    ]  # fmt: skip


def test_nobody_is_looked_at_again_without_a_cut_on_the_total_or_an_error() -> None:
    assert [near for _, near in looked({"criteria": {"1.1": 50}}, [4, 3])] == [False, False]
    assert [near for _, near in looked({"percent": 100}, [39, 40])] == [False, False]
    assert [near for _, near in looked({"percent": 60, "second_look": {"sem": 0}}, [23, 24])] == [False] * 2


def test_k_of_n_counts_only_what_the_form_asks() -> None:
    asked = asked_forms([[4, 4, 0, 4, 0]])
    rule = PassRule.model_validate({"at_least": {"met": 2, "percent": 50}})
    units = np.array([[2, 2, 0, 1, 0], [4, 1, 0, 1, 0]])
    found = decide(passing_standard(rule, asked), np.zeros(2, dtype=np.int64), units)
    assert found.passed.tolist() == [True, False]


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        ({"criteria": {"E9.*": 50}}, "pass-rule-names-nothing", "'E9.*' matches no criterion"),
        ({"elements": {"E9": 50}}, "pass-rule-names-nothing", "'E9' matches no element"),
        ({"units": {"W": 50}}, "pass-rule-names-nothing", "'W' matches no unit"),
        ({"at_least": {"met": 1, "among": ["E1", "9"], "of": "elements", "percent": 1}},
         "pass-rule-names-nothing", "'9' matches no element"),
        ({"at_least": {"met": 5, "percent": 60}}, "pass-rule-out-of-reach",
         "form B has 4 of the 5 criteria but 5 must be met. Require 4 or fewer"),
        ({"cut": "angoff"}, "cut-missing", "form B has no cut score from ratings"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_applied_is_refused(rule: dict[str, Any], code: str, message: str) -> None:
    asked = asked_forms([[1, 1, 1, 1, 1], [1, 1, 1, 0, 1]])
    with pytest.raises(Refused) as refused:
        passing_standard(PassRule.model_validate(rule), asked, {"A": Decimal(3)})
    assert [(one.code, message in one.message) for one in refused.value.problems] == [(code, True)]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "give at least one of percent, cut, criteria, elements, units, at_least"),
        ({"cut": 27}, "a raw cut score needs its reason"),
        ({"cut": "ebel"}, "write a raw score"),
        ({"percent": 60, "angoff": {"adjust_se": -1}}, "also needs `angoff`"),
        ({"at_least": {"met": 0, "percent": 60}}, "greater than or equal to 1"),
    ],
)
def test_a_rule_that_says_nothing_clear_is_refused(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PassRule.model_validate(rule)


def test_sums_too_large_for_single_precision_are_exact() -> None:
    asked = asked_forms([[1, 1, 1, 1, 1]], worth=2**24)
    rule = PassRule.model_validate({"percent": 100, "second_look": {"sem": 1}})
    units = np.full((2, 5), 2**24)
    units[1, 0] -= 1
    found = decide(passing_standard(rule, asked), np.zeros(2, dtype=np.int64), units)
    assert found.passed.tolist() == [True, False]
    assert found.second_look.tolist() == [True, True]


@pytest.mark.parametrize(
    ("floor_total", "expected"), [(True, [(True, False)] * 2), (False, [(False, False), (True, False)])]
)
def test_a_total_below_nought_is_as_good_as_nought_only_where_it_is_told_so(
    floor_total: bool, expected: list[tuple[bool, bool]]
) -> None:
    asked = asked_forms([[8, 8, 8, 8, 8]], lose=1, floor_total=floor_total)
    assert looked({"percent": 0}, [-3, 0], asked) == expected


@pytest.mark.parametrize(("floor_total", "near"), [(True, [True] * 4), (False, [False, True, True, True])])
def test_totals_below_nought_are_near_a_low_cut_where_they_are_told_as_nought(
    floor_total: bool, near: list[bool]
) -> None:
    # 5 per cent of 40 are 2 points: three on either side are −1 … 5
    asked = asked_forms([[8, 8, 8, 8, 8]], lose=1, floor_total=floor_total)
    rule = {"percent": 5, "second_look": {"sem": 3}}
    assert [second for _, second in looked(rule, [-2, -1, 0, 5], asked)] == near

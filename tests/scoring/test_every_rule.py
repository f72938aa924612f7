"""Every rule and every correction: examgen and the plain scorer agree in each cell; laws of scoring."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.models.scoring import ScoringRule
from examgen.scoring.earn import earn, total_of
from examgen.scoring.key import Key, compile_key
from examgen.scoring.rules import Keyed, shares
from tests.scoring.plain_scorer import Row, score_row
from tests.scoring.sat_exams import CRITERIA, FORMS, Sat, byte, columns, compiled, exams

PCS = [pc for _, _, pc in CRITERIA]


def agree(sat: Sat) -> None:
    key = sat.key()
    earned = earn(key, sat.form_numbers, sat.bytes)
    totals = total_of(key, earned.units)
    for n, (form, marks) in enumerate(zip(sat.forms, sat.marks, strict=True)):
        own = score_row(sat.rows, sat.printed, sat.rule, sat.corrections, form, marks)
        at = key.names.index(form)
        for c, pc in enumerate(PCS):
            assert Fraction(int(earned.units[n, c]), key.unit) == own.points.get(pc, 0)
            assert key.max_units[at, c] == own.most.get(pc, 0) * key.unit
            assert key.n_items[at, c] == own.n_items.get(pc, 0)
            assert key.least_units[at, c] <= min(0, earned.units[n, c])
        total = sum(own.points.values(), start=Fraction(0))
        told = max(total, Fraction(0)) if sat.rule["floor"] == "total" else total
        assert Fraction(int(totals[n]), key.unit) == told
        assert key.least_total[at] <= totals[n] <= key.max_total[at]
        single = sum(mark is not None and len(mark) == 1 for mark in marks)
        kinds = [single, marks.count(frozenset()), 0, marks.count(None)]
        kinds[2] = len(marks) - sum(kinds)
        assert earned.kinds[n].tolist() == kinds


@given(exams())
def test_the_plain_scorer_agrees_in_every_cell(sat: Sat) -> None:
    agree(sat)


@given(exams(single_letters=True))
def test_it_agrees_where_every_mark_is_one_letter(sat: Sat) -> None:
    agree(sat)


@given(exams())
def test_a_dropped_item_is_as_if_it_had_not_been_asked(sat: Sat) -> None:
    gone = next((row for row in sat.rows if row["points"]), None)
    if gone is None or len({row["item"] for row in sat.rows}) == 1:
        return
    others = [row for row in sat.rows if row["item"] != gone["item"]]
    if {row["form"] for row in others} != {row["form"] for row in sat.rows}:
        return
    without = Sat(*_renumbered(sat, others), sat.rule, [], sat.forms, [])
    without = without._replace(marks=_kept_marks(sat, others))
    dropped = sat.key([{"kind": "drop", "item": gone["item"]}])
    key = without.key()
    one = earn(dropped, sat.form_numbers, sat.bytes).units.astype(np.int64)
    two = earn(key, sat.form_numbers, without.bytes).units.astype(np.int64)
    assert np.array_equal(one * key.unit, two * dropped.unit)
    assert np.array_equal(dropped.max_units // dropped.unit, key.max_units // key.unit)
    assert np.array_equal(dropped.n_items, key.n_items)
    assert np.array_equal(dropped.least_units * key.unit, key.least_units * dropped.unit)


def _renumbered(sat: Sat, rows: list[Row]) -> tuple[list[Row], dict[tuple[str, int], str]]:
    found, printed = [], {}
    for form in sorted({row["form"] for row in rows}):
        own = sorted((row for row in rows if row["form"] == form), key=lambda row: row["question"])
        for n, row in enumerate(own, 1):
            found.append({**row, "question": n})
            printed[form, n] = sat.printed[form, row["question"]]
    return found, printed


def _kept_marks(sat: Sat, rows: list[Row]) -> list[list[frozenset[str] | None]]:
    kept = {form: sorted(row["question"] for row in rows if row["form"] == form) for form in FORMS}
    return [[marks[n - 1] for n in kept[form]] for form, marks in zip(sat.forms, sat.marks, strict=True)]


@given(exams())
def test_credit_to_all_gives_everybody_the_points(sat: Sat) -> None:
    chosen = next((row for row in sat.rows if row["points"]), None)
    if chosen is None:
        return
    place = {"form": chosen["form"], "question": chosen["question"], "only_here": True}
    given_, without = sat.key([{"kind": "credit_all", **place}]), sat.key([{"kind": "drop", **place}])
    units = earn(given_, sat.form_numbers, sat.bytes).units.astype(np.int64) * without.unit
    units = units - earn(without, sat.form_numbers, sat.bytes).units.astype(np.int64) * given_.unit
    mine = np.array([form == chosen["form"] for form in sat.forms], dtype=bool)
    assert (units.sum(axis=1) == np.where(mine, chosen["points"] * given_.unit * without.unit, 0)).all()


@given(exams(), st.data())
def test_the_order_of_questions_and_options_changes_no_score(sat: Sat, data: st.DataObject) -> None:
    rows, printed, places = [], {}, {}
    for form in sorted({row["form"] for row in sat.rows}):
        own = [row for row in sat.rows if row["form"] == form]
        for question, row in enumerate(data.draw(st.permutations(own)), 1):
            before = sat.printed[form, row["question"]].split()
            ids = data.draw(st.permutations(before))
            moved = {"ABCDE"[n]: "ABCDE"[ids.index(option)] for n, option in enumerate(before)}
            key = "|".join(sorted(moved[letter] for letter in row["key"].split("|")))
            rows.append({**row, "question": question, "key": key})
            printed[form, question] = " ".join(ids)
            places[form, row["question"]] = question, moved
    marks = []
    for form, given_ in zip(sat.forms, sat.marks, strict=True):
        new: list[frozenset[str] | None] = list(given_)
        for n, mark in enumerate(given_, 1):
            question, moved = places[form, n]
            new[question - 1] = None if mark is None else frozenset(moved[letter] for letter in mark)
        marks.append(new)
    items_only = [one for one in sat.corrections if "item" in one]
    other = Sat(rows, printed, sat.rule, items_only, sat.forms, marks)
    one = earn(sat.key(items_only), sat.form_numbers, sat.bytes)
    two = earn(other.key(), other.form_numbers, other.bytes)
    assert np.array_equal(one.units, two.units)
    assert np.array_equal(one.kinds, two.kinds)


# ── values from the sources ──────────────────────────────────────────────────────────────────


def worth(rule: ScoringRule, correct: str, answer: str) -> Fraction:
    """The share that an answer pattern earns, both written as R/exams does: `10101`."""
    key, mark = (sum(1 << n for n, one in enumerate(text) if one == "1") for text in (correct, answer))
    return shares(rule, Keyed(len(correct), key, 0, 0))[mark]


@pytest.mark.parametrize(
    ("rule", "correct", "values"),
    [
        # the examples of ?exams_eval (exams 2.4-2), evaluated as its formulas say
        ({"several": "all"}, "10000", {"10000": 1, "01000": 0, "11000": 0, "00000": 0}),
        (
            {"several": "all", "wrong": 0.25},
            "10000",
            {"10000": 1, "01000": "-1/4", "11000": "-1/4", "00000": 0},
        ),
        (
            {"several": "partial"},
            "10101",
            {"10101": 1, "10100": "2/3", "11100": "1/6", "01010": 0, "00000": 0},
        ),
        (
            {"several": "partial", "wrong": 0.25},
            "10101",
            {"10101": 1, "10100": "2/3", "11100": "1/6", "01010": "-1/4", "00000": 0},
        ),
        # its Details, word for word: 1/nwrong, 1/max(nwrong, 2), 1/ncorrect, 1 and 0
        ({"several": "partial", "partial": "false", "wrong": 1}, "11110", {"00001": -1, "10001": "-3/4"}),
        (
            {"several": "partial", "partial": "false2", "wrong": 1},
            "11110",
            {"00001": "-1/2", "10001": "-1/4"},
        ),
        ({"several": "partial", "partial": True, "wrong": 1}, "11100", {"10010": 0, "11110": "2/3"}),
        ({"several": "partial", "partial": "all", "wrong": 1}, "11100", {"11110": 0, "10010": "-2/3"}),
        ({"several": "partial", "partial": "none", "wrong": 1}, "11100", {"11111": 1, "00011": 0}),
        # Moodle: the sum of the fractions, cut to 0 … 1, whatever a wrong answer costs elsewhere
        (
            {"several": "partial", "partial": "moodle", "wrong": 1},
            "11000",
            {"10000": "1/2", "11100": "2/3", "00111": 0, "11111": 0, "00000": 0},
        ),
    ],
)
def test_shares_are_those_of_r_exams_and_moodle(rule: Row, correct: str, values: dict[str, object]) -> None:
    made = ScoringRule(**rule)
    assert {answer: worth(made, correct, answer) for answer in values} == {
        answer: Fraction(str(value)) for answer, value in values.items()
    }


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_blind_guessing_earns_nothing_on_average_with_by_options(k: int) -> None:
    rule = ScoringRule(wrong="by_options")
    found = shares(rule, Keyed(k, 1, 0, 0))
    assert sum(found[1 << n] for n in range(k)) == 0


def test_without_a_rule_a_single_right_letter_earns_and_nothing_costs() -> None:
    found = shares(ScoringRule(), Keyed(4, 0b0101, 0, 0))
    assert {mark for mark, share in enumerate(found) if share} == {0b0001, 0b0100}
    assert set(found) == {0, 1}


# ── sizes ────────────────────────────────────────────────────────────────────────────────────


def many(n_forms: int, n_questions: int, rule: ScoringRule | None = None) -> Key:
    rows: list[Row] = [
        {
            "form": f"{form:05d}", "question": n, "item": f"i{n}", "unit": "U", "element": "", "pc": PCS[n % 3],
            "key": "ABCD"[(form + n) % 4], "points": 1 + n % 2,
        }
        for form in range(n_forms)
        for n in range(1, n_questions + 1)
    ]  # fmt: skip
    printed = {f"{form:05d}": (4,) * n_questions for form in range(n_forms)}
    return compile_key(columns(rows), printed, CRITERIA, rule)


@pytest.mark.parametrize("rule", [None, ScoringRule(wrong="by_options")])
@pytest.mark.parametrize(("n_forms", "n_questions"), [(300, 20), (2, 130), (1, 64), (1, 500)])
def test_personal_forms_and_long_ones(n_forms: int, n_questions: int, rule: ScoringRule | None) -> None:
    key = many(n_forms, n_questions, rule)
    form = np.arange(n_forms).repeat(2)
    right = np.array([1, 2, 4, 8])[(form[:, None] + np.arange(1, n_questions + 1)) % 4].astype(np.uint8)
    assert np.array_equal(earn(key, form, right).units, key.max_units[form])
    marks = right.copy()
    marks[::2, ::3] = 0
    marks[1::2, ::5] = 3
    found = earn(key, form, marks)
    missed = [
        sum(1 + n % 2 for n in range(1, n_questions + 1, 3)),
        sum(1 + n % 2 for n in range(1, n_questions + 1, 5)),
    ]
    cost = 0 if rule is None else 1
    assert (found.units[0].sum(), found.units[1].sum()) == (
        key.max_total[0] - missed[0] * key.unit,
        key.max_total[0] - missed[1] * key.unit - missed[1] * cost,
    )


def test_items_of_many_different_points() -> None:
    rows: list[Row] = [
        {"form": "A", "question": n, "item": f"i{n}", "unit": "U", "element": "", "pc": PCS[0], "key": "A", "points": n}
        for n in range(1, 6)
    ]  # fmt: skip
    key = compile_key(columns(rows), {"A": (4,) * len(rows)}, CRITERIA)
    marks = np.array([[1, 1, 1, 1, 1], [2, 2, 2, 2, 1]], np.uint8)
    assert earn(key, np.zeros(2, np.int64), marks).units[:, 0].tolist() == [15, 5]


def test_a_batch_of_nobody_and_columns_that_no_form_has() -> None:
    key = many(2, 5)
    assert earn(key, np.zeros(0, np.int64), np.zeros((0, 5), np.uint8)).units.shape == (0, 3)
    wide = np.zeros((1, 9), np.uint8)
    found = earn(key, np.zeros(1, np.int64), wide)
    assert found.kinds.tolist() == [[0, 5, 0, 0]]
    narrow = earn(key, np.zeros(1, np.int64), wide[:, :2])
    assert np.array_equal(narrow.units, found.units)


def test_marks_are_bytes_of_letters() -> None:
    assert [byte(None), byte(frozenset()), byte(frozenset("AC"))] == [128, 0, 5]
    sat = compiled(
        [{"form": "A", "question": 1, "item": "i", "unit": "U", "element": "E1", "pc": "E1.1", "key": "A", "points": 2}],
        {("A", 1): "a b"}, {"wrong": Fraction(1, 4)}, [],
    )  # fmt: skip
    assert (sat.unit, sat.max_units[0, 0], sat.least_units[0, 0]) == (2, 4, -1)
    assert sat.least_total.tolist() == [0]

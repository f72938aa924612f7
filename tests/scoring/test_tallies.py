"""Coverage against loops over every candidate; shares of the standard."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from examgen.core.models.decisions import Judgement
from examgen.scoring.coverage import outcomes, pc_coverage, standard_coverage, tally
from examgen.scoring.criteria import FormQuestions, shapes_of
from examgen.scoring.judge import judged_columns, scales_of
from examgen.scoring.results import JudgedColumns, ResultPlace, criteria_met
from tests.scoring.plain_scorer import judged

CRITERIA = [("U", "E1", "1.1"), ("U", "E1", "1.2"), ("U", "E2", "2.1"), ("V", "E3", "3.1")]
_SAID = {"min_items": 2, "percent": "62.5", "units": {"V": 50}}
RULE = Judgement.model_validate(_SAID)
SURE = Judgement.model_validate({**_SAID, "certainty": {"percent": 75}})
STATUSES = ("met", "not_met", "insufficient", "undecided")


class Sat(NamedTuple):
    """Forms, and form and units of some candidates."""

    asked: FormQuestions
    form: np.ndarray
    units: np.ndarray


@st.composite
def sittings(draw: st.DrawFn) -> Sat:
    n_items = np.array(
        draw(st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=3))
    )
    worth, lose = draw(st.integers(1, 2)), draw(st.integers(0, 1))
    asked = FormQuestions("ABC"[: len(n_items)], CRITERIA, n_items, n_items * worth, -n_items * lose)
    form = draw(st.lists(st.integers(0, len(n_items) - 1), max_size=10))
    units = [[draw(st.integers(-lose * n, worth * n)) for n in n_items[k].tolist()] for k in form]
    return Sat(asked, np.array(form, dtype=np.int64), np.array(units, dtype=np.int16).reshape(-1, 4))


def status(earned: int, n_items: int, most: int, least: int, unit: str, rule: Judgement) -> str:
    said = rule.model_dump(mode="json")
    return judged(Fraction(earned), Fraction(most), Fraction(least), n_items, said, unit)


def counted(
    asked: FormQuestions,
    form: list[int],
    columns: list[tuple[str, list[int], list[list[int]]]],
    rule: Judgement,
) -> list[object]:
    """Of each (unit, members, …): candidates, exact mean percentage, counts of statuses."""
    found: list[object] = []
    for unit, members, rows in columns:
        shares, statuses = [], []
        for k, row in zip(form, rows, strict=True):
            n_items, most, least = (int(part[k, members].sum()) for part in shapes_of(asked))
            earned = sum(row[n] for n in members)
            statuses.append(status(earned, n_items, most, least, unit, rule))
            if n_items:
                shares.append(Fraction(100 * earned, most))
        mean = sum(shares, start=Fraction(0)) / len(shares) if shares else None
        found.append((len(shares), mean, *(statuses.count(one) for one in STATUSES)))
    return found


def same(found: list[tuple[object, ...]], expected: list[object]) -> None:
    for (n, mean, *statuses), (n_expected, mean_expected, *others) in zip(found, expected, strict=True):
        assert (n, statuses) == (n_expected, others)
        assert (mean is None) == (mean_expected is None)
        if mean is not None:
            assert 0 <= mean_expected - Fraction(mean) + Fraction(1, 200) < Fraction(1, 100)


@given(sittings(), st.sampled_from([RULE, SURE]))
def test_criteria_agree_with_counting_one_by_one(sat: Sat, rule: Judgement) -> None:
    rows, form = sat.units.tolist(), sat.form.tolist()
    own = [(unit, [n], rows) for n, (unit, _, _) in enumerate(CRITERIA)]
    found = outcomes(tally(sat.asked, sat.form, sat.units), rule, [unit for unit, _, _ in CRITERIA])
    same(found, counted(sat.asked, form, own, rule))


def judged_by(asked: FormQuestions, rule: Judgement) -> JudgedColumns:
    places = [ResultPlace("pc", *one) for one in asked.criteria]
    return judged_columns(places, scales_of(shapes_of(asked), 1, rule, [place.unit for place in places]))


@given(sittings(), st.sampled_from([RULE, SURE]))
def test_what_each_candidate_met_adds_up_to_what_the_cohort_met(sat: Sat, rule: Judgement) -> None:
    units = [unit for unit, _, _ in CRITERIA]
    met = criteria_met(judged_by(sat.asked, rule), sat.form, sat.units)
    for k, row in enumerate(sat.units.tolist()):
        form = sat.form[k]
        parts = zip(row, *(part[form].tolist() for part in shapes_of(sat.asked)), units, strict=True)
        expected = [status(*part, rule) == "met" for part in parts]
        assert met[k].tolist() == expected
    assert met.sum(axis=0).tolist() == [
        one.met for one in outcomes(tally(sat.asked, sat.form, sat.units), rule, units)
    ]


def test_what_is_not_judged_is_met_by_no_number_of_points() -> None:
    """Two items are fewer than the judgement asks, whatever they are worth; three are judged."""
    points = np.array([[20_000, 30_000, 0]])
    asked = FormQuestions("A", CRITERIA[:3], np.array([[2, 3, 0]]), points, np.zeros_like(points))
    judged_so = judged_by(asked, Judgement())
    assert criteria_met(judged_so, np.zeros(1, np.int64), points).tolist() == [[False, True, False]]


ASKED = FormQuestions(
    ["A", "B"],
    CRITERIA,
    np.array([[3, 2, 0, 2], [3, 0, 0, 2]]),
    np.array([[3, 2, 0, 2], [3, 0, 0, 2]]),
    np.zeros((2, 4), int),
)


COUNTED = tally(ASKED, np.array([0, 0, 1]), np.array([[3, 1, 0, 1], [1, 2, 0, 0], [2, 0, 0, 2]]))


def test_coverage_of_the_criteria() -> None:
    table = pc_coverage(ASKED, COUNTED, RULE, {})
    assert table.columns == (
        "unit", "element", "pc", "items_A", "items_B",
        "candidates", "mean_percent", "met", "not_met", "insufficient",
    )  # fmt: skip
    assert table.rows == (
        ("U", "E1", "1.1", 3, 3, 3, "66.67", 2, 1, 0),
        ("U", "E1", "1.2", 2, 0, 2, "75.00", 1, 1, 0),
        ("U", "E2", "2.1", 0, 0, 0, None, 0, 0, 0),
        ("V", "E3", "3.1", 2, 2, 3, "50.00", 2, 1, 0),
    )


def test_shares_of_the_standard_that_were_asked_and_met() -> None:
    table = standard_coverage(ASKED, COUNTED, RULE, {})
    assert table.columns[3:] == (
        "criteria", "asked_A", "asked_B", "percent_A", "percent_B", "met_of_asked", "met_of_all",
    )  # fmt: skip
    assert table.rows == (
        # 3 candidates, 3 + 3 + 2 judgements, 5 met; 12 in all
        ("all", "", "", 4, 3, 2, "75.00", "50.00", "62.50", "41.67"),
        ("unit", "U", "", 3, 2, 1, "66.67", "33.33", "60.00", "33.33"),
        ("unit", "V", "", 1, 1, 1, "100.00", "100.00", "66.67", "66.67"),
        ("element", "U", "E1", 2, 2, 1, "100.00", "50.00", "60.00", "50.00"),
        ("element", "U", "E2", 1, 0, 0, "0.00", "0.00", None, "0.00"),
        ("element", "V", "E3", 1, 1, 1, "100.00", "100.00", "66.67", "66.67"),
    )


def test_personal_forms_share_the_column_of_their_base() -> None:
    asked = ASKED._replace(names=["A-0001-11", "A-0002-22"])
    nobody = tally(asked, np.zeros(0, np.int64), np.zeros((0, 4), np.int64))
    table = pc_coverage(asked, nobody, RULE, {"A-0001-11": "A", "A-0002-22": "A"})
    assert table.columns[3:5] == ("items_A", "candidates")

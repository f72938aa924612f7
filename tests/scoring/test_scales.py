"""What each total means on each form: texts, scaled scores, and standings over forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from examgen.core.models.decisions import ReportRule
from examgen.core.problems import Refused
from examgen.scoring.criteria import FormQuestions
from examgen.scoring.results import ScoreScale
from examgen.scoring.scales import score_scale

CRITERIA = [("U", "E1", "1.1")]


def forms(*most: int, unit: int = 1, least: int = 0, floor_total: bool = False) -> FormQuestions:
    points = np.array(most)[:, None]
    lowest = np.full_like(points, least)
    return FormQuestions("ABCD"[: len(most)], CRITERIA, points, points, lowest, unit, floor_total)


def scale(asked: FormQuestions, counts: list[list[int]], **report: Any) -> ScoreScale:
    rule = ReportRule.model_validate(report)
    return score_scale(asked, rule, [np.array(own, dtype=np.int64) for own in counts])


def test_texts_of_points_and_percentages() -> None:
    found = scale(forms(3, 8), [[0] * 4, [0] * 9])
    assert found.least_units == (0, 0)
    assert found.leading[0] == (
        ("0", "3", "0.00"),
        ("1", "3", "33.33"),
        ("2", "3", "66.67"),
        ("3", "3", "100.00"),
    )
    assert found.leading[1][1] == ("1", "8", "12.50")
    assert (found.trailing_names, found.trailing[0]) == ((), ((),) * 4)


def test_totals_below_nought_and_parts_of_points() -> None:
    lost = scale(forms(4, least=-2, unit=4), [[0] * 7])
    assert lost.least_units == (-2,)
    assert [texts[0] for texts in lost.leading[0]] == ["-0.5", "-0.25", "0", "0.25", "0.5", "0.75", "1"]
    assert [texts[2] for texts in lost.leading[0]][:2] == ["-50.00", "-25.00"]
    kept = scale(forms(4, least=-2, unit=4, floor_total=True), [[0] * 5])
    assert (kept.least_units, kept.leading[0][0]) == ((0,), ("0", "1", "0.00"))


def test_a_form_without_points_has_no_percentage() -> None:
    assert scale(forms(0, 2), [[1], [0, 1, 0]], rank=True).leading[0] == (("0", "0", ""),)


def test_standings_are_over_points_where_forms_give_the_same() -> None:
    found = scale(forms(2, 2), [[0, 1, 1], [0, 2, 0]], rank=True, percentile=True, t_score="linear")
    assert found.trailing_names == ("rank", "percentile", "t_score")
    # 2, 1, 1, 1: mean 1.25, deviation √3/4
    assert found.trailing[0] == (("", "", ""), ("2", "37.50", "44.23"), ("1", "87.50", "67.32"))
    assert found.trailing[1][1] == ("2", "37.50", "44.23")


def test_standings_are_over_percentages_where_forms_differ() -> None:
    found = scale(forms(2, 4), [[0, 1, 0], [0, 0, 1, 1, 0]], rank=True)
    # 1 of 2 is 2 of 4
    assert (found.trailing[0][1], found.trailing[1][2], found.trailing[1][3]) == (("2",), ("2",), ("1",))


def test_standings_are_over_scaled_scores_where_there_are_any() -> None:
    lines = {"A": {"slope": 10, "intercept": 0}, "B": {"slope": 10, "intercept": -10}}
    found = scale(forms(2, 2), [[0, 1, 0], [0, 0, 1]], rank=True, scaled={"forms": lines})
    assert found.trailing_names == ("scaled", "rank")
    assert found.trailing[0] == (("0", ""), ("10", "1"), ("20", ""))
    assert found.trailing[1] == (("-10", ""), ("0", ""), ("10", "1"))


def test_a_line_is_rounded_half_up_and_then_held() -> None:
    line = {"slope": 0.5, "intercept": "0.25", "decimals": 1, "floor": 0.5, "ceiling": 1.5}
    found = scale(forms(4), [[0] * 5], scaled=line)
    # 0.25 0.75 1.25 1.75 2.25 → 0.3 0.8 1.3 1.8 2.3
    assert [texts[0] for texts in found.trailing[0]] == ["0.5", "0.8", "1.3", "1.5", "1.5"]


def test_a_table_of_a_form_stands_in_for_that_of_all() -> None:
    tables = {"table": {0: 100, 1: 150, 2: 200}, "forms": {"B": {"table": {0: 90, 1: "140.5", 2: 210}}}}
    found = scale(forms(2, 2), [[0] * 3] * 2, scaled=tables)
    assert [texts[0] for texts in found.trailing[0]] == ["100", "150", "200"]
    assert [texts[0] for texts in found.trailing[1]] == ["90", "141", "210"]


def test_a_personal_form_has_the_conversion_of_the_form_it_was_drawn_from() -> None:
    rule = ReportRule.model_validate({"scaled": {"forms": {"A": {"slope": 2, "intercept": 1}}}})
    asked = forms(2)._replace(names=["A-0001-47"])
    found = score_scale(asked, rule, [np.zeros(3, dtype=np.int64)], {"A-0001-47": "A"})
    assert [texts[0] for texts in found.trailing[0]] == ["1", "3", "5"]


# ── questions that were dropped ──────────────────────────────────────────────────────────────


def dropped(n: int, printed: int, scaled: dict[str, Any]) -> list[str]:
    """The scaled scores of every total of a form of n points that was printed with more."""
    rule = ReportRule.model_validate({"scaled": scaled})
    found = score_scale(forms(n), rule, [np.zeros(n + 1, dtype=np.int64)], printed=[printed])
    return [texts[0] for texts in found.trailing[0]]


def test_a_dropped_question_lowers_no_scaled_score_of_who_had_all_others_right() -> None:
    line = {"slope": 10, "intercept": 100}
    # 24 points printed, 23 left: 100 + 10 · p · 24 / 23
    expected = [str(int(100 + 240 * p / 23 + 0.5)) for p in range(24)]
    assert dropped(23, 24, line) == expected
    assert (expected[0], expected[-1]) == ("100", "340")


def test_a_table_is_read_between_its_lines_where_a_question_was_dropped() -> None:
    table = {"table": {0: 100, 1: 110, 2: 130, 3: 160, 4: 200}}
    # of 3 points 1 and 2 are 4/3 and 8/3 of 4: 110 + 20/3, 130 + 30 · 2/3
    assert dropped(3, 4, table) == ["100", "117", "150", "200"]


def test_a_conversion_may_be_made_for_what_is_left() -> None:
    assert dropped(3, 4, {"table": {0: 100, 1: 110, 2: 130, 3: 160}, "points": 3}) == [
        "100",
        "110",
        "130",
        "160",
    ]
    assert dropped(3, 4, {"slope": 10, "intercept": 0, "points": 3}) == ["0", "10", "20", "30"]
    with pytest.raises(Refused) as refused:
        dropped(3, 4, {"table": {0: 100, 1: 110, 2: 130, 3: 160}})
    assert (
        "If the table was made after questions were dropped, write `points: 3`"
        in refused.value.problems[0].message
    )


@pytest.mark.parametrize(
    ("scaled", "code", "message"),
    [
        ({"table": {0: 1, 2: 3}}, "scaled-score-missing", "no scaled score for 1, 3 points on form A"),
        ({"forms": {"B": {"slope": 1, "intercept": 0}}}, "scaled-form-missing", "form A has no conversion"),
        (
            {"slope": 1, "intercept": 0, "forms": {"Z": {"table": {0: 1}}}},
            "scaled-form-unknown",
            "Z is not a form",
        ),
    ],
)
def test_a_conversion_that_does_not_cover_every_score_is_refused(
    scaled: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(Refused) as refused:
        scale(forms(3, 3), [[0] * 4] * 2, scaled=scaled)
    first = refused.value.problems[0]
    assert (first.code, message in first.message) == (code, True)


def test_of_many_totals_without_a_scaled_score_the_first_are_named_and_the_others_counted() -> None:
    with pytest.raises(Refused) as refused:
        scale(forms(30), [[0] * 31], scaled={"table": {0: 1}})
    named = ", ".join(map(str, range(1, 21)))
    assert f"no scaled score for {named} and 10 more points" in refused.value.problems[0].message


@pytest.mark.parametrize(
    ("scaled", "message"),
    [
        ({}, "give slope and intercept, a table"),
        ({"slope": 2}, "a line needs both"),
        ({"slope": 2, "intercept": 1, "table": {0: 1}}, "give either slope and intercept, or a table"),
        ({"slope": 2, "intercept": 1, "floor": 9, "ceiling": 3}, "floor 9 is more than ceiling 3"),
        ({"forms": {"A": {}}}, "each of `forms` needs"),
    ],
)
def test_a_conversion_that_says_nothing_clear_is_refused(scaled: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ReportRule.model_validate({"scaled": scaled})

"""Cut scores: of judges of items and of judges of persons, with their intervals."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from examgen.stats.cuts import interval, least_mark
from examgen.stats.judge_ratings import completed
from tests.effort import ALL


def test_angoff_is_the_sum_of_means_with_the_error_over_judges() -> None:
    ratings = pl.DataFrame({"judge": ["a", "b", "c"], "i1": [0.5, 0.7, 0.6], "i2": [0.2, 0.4, None]})
    found = es.angoff(ratings, points={"i1": 2, "i2": 1})
    assert found.cut == pytest.approx(2 * 0.6 + 0.3)
    assert found.se == pytest.approx(np.std([1.2, 1.8], ddof=1) / np.sqrt(2))
    assert found.judges is not None
    assert found.judges["judge"].to_list() == ["a", "b", "c"]
    assert found.judges["cut"][2] is None
    assert found.low < found.cut < found.high


def test_items_of_several_points_weigh_by_their_points() -> None:
    """docs/standard-setting.md, "Items of several points": wᵀ S w / n."""
    ratings = np.array(
        [[60, 80, 20, 55], [70, 80, 30, 60], [60, 50, 40, 65], [55, 75, 35, 50], [65, 70, 25, 60]]
    )
    points = np.array([1, 1, 3, 1])
    found = es.angoff(ratings, points=points)
    assert found.cut == pytest.approx(2.81)
    assert found.se == pytest.approx(math.sqrt(0.137 / 20))
    assert found.se**2 == pytest.approx(points @ np.cov(ratings / 100, rowvar=False) @ points / 5)
    assert found.details["panels"][0]["se_judges"] == pytest.approx(found.se)


@pytest.mark.parametrize("place", ["before", "at", "between"])
def test_a_bookmark_may_be_a_page_or_an_item(place: str) -> None:
    items = {"item": ["hard", "easy", "middle"], "b": [1.0, -1.0, 0.0], "a": [1.0, 1.2, 0.8]}
    by_page = es.bookmark([2, 3, 3], items, place=place)
    by_name = es.bookmark({"x": "middle", "y": "hard", "z": "hard"}, items, place=place)
    assert by_page.cut == by_name.cut
    assert by_name.items is not None
    assert by_name.items["item"].to_list() == ["easy", "middle", "hard"]


def test_persons_may_be_given_by_responses_or_by_totals() -> None:
    data = es.example(n_items=20)
    totals = data.cells.sum(axis=1)
    competent = totals + np.random.default_rng(1).normal(0, 3, len(totals)) > 11
    one, other = es.contrasting_groups(data, competent), es.contrasting_groups(totals, competent)
    assert one.cut == other.cut
    assert 9 < one.cut < 13
    border = es.borderline_group(totals, np.abs(totals - 11) < 2)
    assert border.low < border.cut < border.high
    assert es.borderline_regression(totals, np.digitize(totals, [6, 10, 14]), 2).cut == pytest.approx(
        11.5, abs=1.5
    )


def test_groups_that_are_turned_round_are_refused() -> None:
    with pytest.raises(es.ArgumentError, match="not swapped"):
        es.contrasting_groups([1, 2, 3, 4, 5], [True, True, False, True, False])
    with pytest.raises(es.ArgumentError, match=r"limits, row 0: `min_cut` is above"):
        es.hofstee([1, 2, 3], {"min_cut": [3], "max_cut": [2], "min_fail": [0.1], "max_fail": [0.2]})


def test_a_cut_is_rounded_half_up_moved_and_kept_on_the_scale() -> None:
    # judges' sums 0.1 and 0.9: 0.5 with an error of 0.4
    found = es.angoff([[0.1], [0.9]], adjust_se=-2, points=1, totals=[0, 1, 1])
    assert (found.judged, found.se, found.cut) == (0.5, 0.4, 0)
    assert found.impact is not None
    assert found.impact.rows() == [
        (-2, -0.8, 3, 3, 1.0), (-1, -0.4, 3, 3, 1.0), (0, 0.0, 3, 3, 1.0), (1, 0.4, 3, 2, 2 / 3), (2, 0.8, 3, 2, 2 / 3),
    ]  # fmt: skip
    assert es.angoff([[0.00005], [0.00005]]).cut == 0.0001
    assert es.angoff([[0.70005, 0.1], [0.7, 0.2]]).cut == 0.85  # 0.850025
    with pytest.raises(es.ArgumentError, match="adjust_se needs a standard error"):
        es.angoff([[0.5, 0.5]], adjust_se=1)


def test_persons_without_a_total_are_named_beside_who_would_pass() -> None:
    found = es.angoff([[0.1], [0.9]], points=1, totals=[0, None, 1, np.nan])
    assert found.impact is not None
    assert found.impact["candidates"].unique().to_list() == [2]
    assert [one for one in found.notes if one.code == "no-total"] == [
        "2 candidates lack a total score and are not counted among those who would pass"
    ]


def test_a_cut_is_exact() -> None:
    """Halves of the fifth decimal round up, though the sum of floats is below or above them."""
    for n in range(400 if ALL else 80):
        ratings = np.random.default_rng(n).integers(0, 20_001, (3, 4)) / 20_000
        sums = sum((Fraction(str(one)) for one in ratings.ravel().tolist()), Fraction(0)) / 3
        assert es.angoff(ratings, kind="angoff").cut == float(
            Fraction(math.floor(sums * 10**4 + Fraction(1, 2)), 10**4)
        )


def test_every_fault_is_in_the_sentence() -> None:
    with pytest.raises(es.ArgumentError, match=r"i1: has no rating .* i3: has no rating"):
        es.angoff([[None, 0.5, None]])
    for points in ({"Q1": 1, "Q2": 1}, {}):
        with pytest.raises(es.ArgumentError, match="ratings: no item of the form has a rating"):
            es.angoff([[0.5, 0.5]], points=points)
    with pytest.raises(es.ArgumentError, match=r"ann: page 9 .* bob: `x` is"):
        es.bookmark({"ann": 9, "bob": "x", "cyd": 2}, {"b": [0, 1]})


def test_ratings_beside_what_is_known_of_items() -> None:
    """A judge who rates items as their curves have them is wholly consistent; yes and no are told by the values."""
    b = np.array([-1.0, 0.0, 1.0])
    p = 1 / (1 + np.exp(b - 0.3))
    known = {"item": ["i1", "i2", "i3"], "b": b, "facility": [0.7, 0.5, 0.3]}
    found = es.angoff([p, p[::-1]], statistics=known)
    assert found.method == "angoff"
    assert found.judges is not None
    assert found.judges["theta"][0] == pytest.approx(0.3, abs=1e-9)
    assert found.judges["consistency"][0] == pytest.approx(1, abs=1e-9)
    assert [one.code for one in found.notes if one.values.get("judge") == "judge 2"] == [
        "judge-against-facility"
    ]
    assert es.angoff([[1, 0], [0, 1]]).method == "angoff-yes-no"
    with pytest.raises(es.ArgumentError, match="judge 1: i2: kind='angoff-yes-no' needs 1 and 0"):
        es.angoff([[1, 0.5]], kind="angoff-yes-no")


def test_a_cut_outside_the_scale_is_none() -> None:
    with pytest.raises(es.ArgumentError, match="outside the scale from 0 to 12"):
        es.borderline_regression([10, 12], [1, 2], 9)
    limits = {"min_cut": [19], "max_cut": [20], "min_fail": [0.01], "max_fail": [0.02]}
    with pytest.raises(es.ArgumentError, match="does not cross the limits"):
        es.hofstee([*range(1, 21)], limits)


def test_an_item_of_the_booklet_that_is_not_on_the_test_has_no_points() -> None:
    items = {"item": ["a", "b", "c"], "b": [-1.0, 0.0, 1.0]}
    found = es.bookmark([2, 3, 3], items, points={"a": 1, "b": 0, "c": 2}, response=0.5)
    theta = found.details["theta"]
    assert theta == 0
    assert found.cut == pytest.approx(1 / (1 + np.exp(-1)) + 2 / (1 + np.exp(1)), abs=5e-5)
    assert (found.points, found.items is not None and len(found.items)) == (3, 3)


def test_ratings_in_any_shape_of_table_say_the_same() -> None:
    """A row for each judge, for each item or for each rating; shares, percentages, per cent signs; rounds."""
    wide = pl.DataFrame({"Expert": ["a", "b"], "i1": [60, 70], "i2": [25.5, None]})
    turned = {"item_id": ["i1", "i2"], "a": [0.6, 0.255], "b": [0.7, None]}
    long = {"rater": ["a", "b", "a"], "item": ["i1", "i1", "i2"], "rating": ["60%", 0.7, "25.5 %"]}
    first = {"judge": ["a", "b"], "i1": [0.1, 0.1], "i2": [0.1, 0.1], "round": [1, 1]}
    rounds = {name: [*own, *more] for (name, own), more in zip(first.items(), [["a", "b"], [0.6, 0.7], [0.255, None], [2, 2]], strict=True)}  # fmt: skip
    found = [es.angoff(table).to_dict() for table in (wide, turned, long, rounds)]
    assert [one.pop("settings")["round"] for one in found] == [1, 1, 1, 2]
    assert found[-1]["notes"].pop(0)["code"] == "ratings-earlier"
    assert all(one == found[0] for one in found)
    assert found[0]["cut"] == 0.905
    assert es.angoff(rounds, round=1).cut == 0.2


def test_items_that_are_not_on_the_form_are_left_out_with_a_note() -> None:
    found = es.angoff([[0.5, 0.6, 0.7], [0.5, 0.6, 0.7]], points={"i1": 2, "i3": 1})
    assert (found.cut, found.points) == (1.7, 3)
    assert [str(one) for one in found.notes if one.code == "items-elsewhere"] == [
        "rated items that are on no form are excluded: i2"
    ]


def test_ratings_on_two_scales_are_refused_with_judge_and_item() -> None:
    with pytest.raises(es.ArgumentError, match=r"ratings: judge 1: i2: 0.5 is a proportion, but"):
        es.angoff([[50, 0.5], [60, 70]])
    with pytest.raises(
        es.ArgumentError, match=r"judge 2: i1: 1.6 is not a rating. Write a number from 0 to 1"
    ):
        es.angoff([[0.5, 0.5], [1.6, 0.2]], scale="share")
    with pytest.raises(es.ArgumentError, match=r"no rating is above 9, so .* Use scale='percent'"):
        es.angoff([[6, 7], [5, 9]])
    assert es.angoff([[6, 7], [5, 9]], scale="percent").cut == 0.135


def test_two_judges_who_rate_every_item_alike_are_named() -> None:
    rows = [[0.6, 0.7, 0.5, 0.8, 0.4], [0.5, 0.6, 0.5, 0.7, 0.5], [0.6, 0.7, 0.5, 0.8, 0.4]]
    assert [str(one) for one in es.angoff(rows).notes if one.code == "judges-alike"] == [
        "judge 1 and judge 3 rated every item alike. If they are one person, exclude one of them"
    ]
    for others in (rows[:2], [rows[0]] * 2, [row[:4] for row in rows], np.rint(rows)):
        assert "judges-alike" not in {one.code for one in es.angoff(others).notes}


def test_limits_on_two_scales_are_refused_with_their_row() -> None:
    limits = {"min_cut": [9, "45%"], "max_cut": [12, 13], "min_fail": [5, 0.05], "max_fail": [40, 0.4]}
    with pytest.raises(es.ArgumentError, match=r"limits, row 1: 0.05 is a proportion, but other shares"):
        es.hofstee([*range(1, 21)], limits, points=20)
    with pytest.raises(es.ArgumentError, match="the maximum score is not known"):
        es.hofstee([*range(1, 21)], limits)
    fits = {"min_cut": [9, "45%"], "max_cut": [14, 15], "min_fail": [5, "5%"], "max_fail": [40, 40]}
    in_points = {"min_cut": [9, 9], "max_cut": [14, 15], "min_fail": [0.05, 0.05], "max_fail": [0.4, 0.4]}
    found = [es.hofstee([*range(1, 21)], one, points=20).to_dict() for one in (fits, in_points)]
    assert found[0] == found[1]


def test_numbers_of_rows_are_no_item() -> None:
    with pytest.raises(es.ArgumentError, match="the column no is not a column of ratings"):
        es.angoff({"no": [1, 2, 3], "Q1": [60, 70, 60], "Q2": [50, 40, 55]})


def test_points_are_not_taken_for_percentages() -> None:
    with pytest.raises(
        es.ArgumentError, match="no rating is above 18, so percentages cannot be told from points"
    ):
        es.angoff([[10, 13, 18], [11, 15, 17]])
    with pytest.raises(
        es.ArgumentError, match="no rating is above 5, so percentages cannot be told from points"
    ):
        es.angoff([[1, 1, 1], [2, 4, 5]])
    assert es.angoff([[10, 13, 25], [11, 15, 30]]).points == 3


def test_a_round_of_what_was_changed_alone_is_told() -> None:
    rows = [(1, judge, item, 0.5) for judge in "abcd" for item in ("i1", "i2", "i3")]
    rows += [(2, judge, "i1", 0.7) for judge in "abcd"] + [(2, "a", "i2", 0.6), (2, "b", "i3", 0.4)]
    ratings = pl.DataFrame(rows, schema=["round", "judge", "item", "rating"], orient="row")
    found = es.angoff(ratings)
    [told] = [one for one in found.notes if one.code == "ratings-earlier"]
    assert str(told).startswith("6 ratings of earlier rounds have none in round 2")
    assert found.figures["round"] == 2
    whole = es.angoff(ratings, round=1)
    assert "ratings-earlier" not in {one.code for one in whole.notes}
    assert "round" not in es.angoff(ratings.filter(round=1)).figures


def test_a_judge_without_a_bookmark_in_the_last_round_is_told() -> None:
    items = {"item": ["e", "m", "h", "x"], "b": [-1.0, 0.0, 0.7, 1.5]}
    marks = {"judge": ["a", "b", "c", "a", "b"], "bookmark": [2, 3, 4, 3, 3], "round": [1, 1, 1, 2, 2]}
    told = [one for one in es.bookmark(marks, items).notes if one.code == "judge-absent"]
    assert [one.values["judge"] for one in told] == ["c"]


@pytest.mark.parametrize("head", ["student", "เลขประจำตัว"])
def test_totals_beside_ids_of_any_name_are_totals(head: str) -> None:
    totals = [*range(5, 25)] * 4
    data = pl.DataFrame({head: [f"s{n}" for n in range(80)], "marks": totals})
    assert es.decisions(data, 12, max_score=30, reliability=0.8).to_dict() == (
        es.decisions(totals, 12, max_score=30, reliability=0.8).to_dict()
    )


def test_a_later_round_is_told_and_its_error_is_not_that_of_independent_judges() -> None:
    later = {
        "judge": [*"abcd"] * 2,
        "round": [1] * 4 + [2] * 4,
        "i1": [0.4, 0.5, 0.6, 0.7, 0.5, 0.5, 0.6, 0.6],
    }
    assert "judges-talked" in {one.code for one in es.angoff(later).notes}
    assert "judges-talked" not in {one.code for one in es.angoff(later, round=1).notes}
    marks = {name: one for name, one in later.items() if name != "i1"} | {
        "bookmark": [2, 3, 4, 5, 2, 3, 3, 3]
    }
    items = {"item": [*"vwxyz"], "b": [-1.0, 0.0, 0.5, 1.0, 2.0]}
    assert "judges-talked" in {one.code for one in es.bookmark(marks, items).notes}


def test_a_bookmark_takes_a_fit_and_prints_its_settings() -> None:
    fit = es.irt(es.example(n_persons=300, n_items=6), "2pl")
    found = es.bookmark([3, 4, 4, 5], fit)
    assert found.cut == es.bookmark([3, 4, 4, 5], fit.items).cut
    assert "response 0.667; guessing yes; place before; centre median" in str(found)


@pytest.mark.parametrize(("judges", "t"), [(2, 12.706), (3, 4.303), (5, 2.776), (10, 2.262), (121, 1.980)])
def test_few_judges_have_the_quantile_of_t(judges: int, t: float) -> None:
    """t(0.975) of n - 1 degrees of freedom, as printed in Crocker & Algina (1986), table of Student's t."""
    low, high = interval(19.12, 0.41, judges)
    assert (19.12 - low, high - 19.12) == pytest.approx((t * 0.41, t * 0.41), abs=1e-3)


def test_an_error_over_candidates_has_the_normal_quantile() -> None:
    """1.96 standard errors; no interval where there is no error, or one judge."""
    assert interval(10, 0.5) == pytest.approx((10 - 0.98, 10 + 0.98), abs=1e-4)
    assert math.isnan(interval(10, math.nan, 5)[0])
    assert math.isnan(interval(10, 0.5, 1)[0])


def test_of_several_panels_the_smallest_one_counts() -> None:
    """A sum of independent panels has at least the degrees of freedom of the smallest (Satterthwaite 1946)."""
    nan = math.nan
    ratings = [[0.5 + n / 50, 0.4 + n / 20 if n < 3 else nan] for n in range(9)]
    found = es.angoff(ratings, panels=["A", "B"], points=10)
    assert [one["judges"] for one in found.details["panels"]] == [9, 3]
    assert found.high - found.cut == pytest.approx(4.303 * found.se, abs=1e-3)
    of_each = [es.angoff([[row[k]] for row in ratings if row[k] == row[k]], points=10) for k in (0, 1)]
    assert found.cut == pytest.approx(sum(one.cut for one in of_each))
    assert found.se == pytest.approx(math.hypot(*(one.se for one in of_each)), abs=1e-4)


def test_the_lowest_whole_mark_that_passes() -> None:
    """By hand: 20 reaches 19.12 and 19 does not; 19 reaches 19, floating point or not."""
    assert [least_mark(cut) for cut in (19.12, 18.59, 19.0, 0.1 + 0.2 + 18.7)] == [20, 19, 19, 19]


def test_two_judges_are_told_how_little_that_is() -> None:
    """t(0.975) of 1 degree of freedom is 12.7."""
    two = es.angoff([[0.5, 0.6], [0.7, 0.8]]).notes
    assert [one.code for one in two] == ["two-judges", "few-judges"]
    assert "12.7 standard errors" in two[0]
    five = [[0.5, 0.6, 0.7], [0.6, 0.6, 0.8], [0.4, 0.5, 0.6], [0.5, 0.7, 0.7], [0.6, 0.7, 0.9]]
    assert es.angoff(five).notes == ()


def test_a_blank_changes_neither_the_error_nor_who_is_named() -> None:
    """A strict judge who skips one item counts; a blank is that of `predict(lm(p ~ judge + item))` (R 4.2.2)."""
    ratings = np.array(
        [[0.3, 0.5, 0.7, 0.6], [0.4, 0.5, 0.8, 0.7], [0.3, 0.6, 0.7, 0.7], [0.35, 0.5, 0.75, 0.6]]
    )
    ratings = np.vstack([ratings, ratings.mean(axis=0) + 0.25])
    whole = es.angoff(ratings)
    ratings[4, 1] = np.nan
    found = es.angoff(ratings)
    assert whole.judges is not None
    assert found.judges is not None
    assert whole.judges.filter("outlying")["judge"].to_list() == ["judge 5"]
    assert found.judges.filter("outlying")["judge"].to_list() == ["judge 5"]
    assert found.se == pytest.approx(whole.se, rel=0.01)
    assert found.judges["cut"][4] == pytest.approx(np.nansum(ratings[4]) + 0.525 + 0.25, abs=1e-6)
    assert {"judge-incomplete", "judge-outlying"} <= {one.code for one in found.notes}


def test_estimates_of_blanks_are_those_of_a_two_way_analysis() -> None:
    rng = np.random.default_rng(2)
    shares = rng.random((7, 9)).round(2)
    shares[rng.random(shares.shape) < 0.2] = np.nan
    judge, item = np.nonzero(np.isfinite(shares))
    design = np.zeros((len(judge), 16))
    design[np.arange(len(judge)), judge] = design[np.arange(len(judge)), 7 + item] = 1
    effects = np.linalg.lstsq(design, shares[judge, item], rcond=None)[0]
    found, counts = completed(shares)
    assert counts.all()
    fitted = effects[:7, None] + effects[None, 7:]
    np.testing.assert_allclose(found, np.where(np.isfinite(shares), shares, fitted), atol=1e-12)

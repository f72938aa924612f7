"""Ratings settled: laws of the median, the marks that have it, moderation."""

from __future__ import annotations

from fractions import Fraction
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examgen.capture.ratings import Moderation, Rating
from examgen.core.models.item import AssessingRule
from examgen.core.models.scoring import ScoringRule
from examgen.scoring.assessing.reading import AssessedTask, pair_of, settle
from examgen.scoring.rules import Keyed, shares

ANCHORS = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True).map(lambda one: (0, *sorted(one)))


@st.composite
def assessed(draw: st.DrawFn) -> tuple[list[AssessedTask], list[Rating], int]:
    """Tasks of a form, and ratings of one candidate by some assessors of each."""
    scales = draw(st.lists(ANCHORS, min_size=1, max_size=4))
    tasks = [AssessedTask(n, f"t{n}", "E1.01", scale) for n, scale in enumerate(scales, 1)]
    n_assessors = draw(st.integers(1, 4))
    rows = [
        Rating("r.csv", 2, "1", f"assessor {k}", task.task, Fraction(draw(st.sampled_from(task.anchors))))
        for k in range(n_assessors)
        for task in tasks
    ]
    return tasks, rows, n_assessors


@given(assessed(), st.randoms(use_true_random=False))
def test_points_are_the_median_whoever_comes_first(
    case: tuple[list[AssessedTask], list[Rating], int], draw
) -> None:  # type: ignore[no-untyped-def]
    tasks, rows, n = case
    rule = AssessingRule(assessors=n, apart=12)
    [found] = settle(rows, {"A": tasks}, rule)
    assert found.reason == ""
    for task in found.tasks:
        given_points = [one.points for one in rows if one.task == task.of.task]
        assert task.points == Fraction(median(given_points))
    mixed = [*rows]
    draw.shuffle(mixed)
    [again] = settle(mixed, {"A": tasks}, rule)
    assert [one.points for one in again.tasks] == [one.points for one in found.tasks]
    assert [one.mark for one in again.tasks] == [one.mark for one in found.tasks]


@given(assessed())
def test_a_mark_earns_just_the_points_that_were_settled(
    case: tuple[list[AssessedTask], list[Rating], int],
) -> None:
    tasks, rows, n = case
    [found] = settle(rows, {"A": tasks}, AssessingRule(assessors=n, apart=12))
    for task in found.tasks:
        scale = task.of.anchors
        item = Keyed(len(scale), 1 << (len(scale) - 1), 0, 0, scale)
        assert shares(ScoringRule(), item)[task.mark] * scale[-1] == task.points


@given(assessed(), st.integers(0, 12))
def test_who_is_farther_apart_than_the_rule_allows_is_open(
    case: tuple[list[AssessedTask], list[Rating], int], apart: int
) -> None:
    tasks, rows, n = case
    [found] = settle(rows, {"A": tasks}, AssessingRule(assessors=n, apart=apart))
    far = set()
    for task in tasks:
        points = [one.points for one in rows if one.task == task.task]
        if max(points) - min(points) > apart:
            far.add(task.task)
    assert {one.of.task for one in found.tasks if one.how == "open"} == far
    assert found.reason == ("to_be_moderated" if far else "")
    assert {*found.lacking} == far
    decided = [Moderation("1", name, Fraction(0), "somebody", "2026-11-20", "why", "m.csv:2") for name in far]
    [settled] = settle(rows, {"A": tasks}, AssessingRule(assessors=n, apart=apart), decided)
    assert settled.reason == ""
    assert {one.of.task for one in settled.tasks if one.how == "moderated"} == far


def test_totals_that_are_far_apart_open_every_task_on_which_they_differ() -> None:
    tasks = [AssessedTask(n, f"t{n}", "E1.01", (0, 1, 2, 3)) for n in (1, 2, 3)]
    points = {"a": (3, 2, 2), "b": (2, 1, 2)}
    rows = [
        Rating("r.csv", 2, "1", who, f"t{n}", Fraction(one))
        for who, own in points.items()
        for n, one in enumerate(own, 1)
    ]
    [found] = settle(rows, {"A": tasks}, AssessingRule(apart=1))
    assert found.reason == ""
    [found] = settle(rows, {"A": tasks}, AssessingRule(apart=1, total_apart=1))
    assert found.lacking == ("t1", "t2")


@pytest.mark.parametrize(
    ("points", "pair"),
    [(Fraction(2), (2, 2)), (Fraction(3, 2), (1, 2)), (Fraction(7, 2), (2, 5)), (Fraction(1, 3), None)],
)
def test_points_are_an_anchor_or_the_mean_of_two(points: Fraction, pair: tuple[int, int] | None) -> None:
    assert pair_of((0, 1, 2, 5), points) == pair

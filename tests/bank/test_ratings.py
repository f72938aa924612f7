"""IOC and Angoff statistics against figures computed by hand."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from examgen.bank.reviews.agreement import level_agreement
from examgen.bank.reviews.ratings import (
    JudgedItem,
    Rating,
    RatingPanel,
    angoff_cut,
    by_panel,
    congruence,
    current,
)

DAY = date(2026, 11, 20)


def rating(expert: str, item: str, value: float | None, **changes: Any) -> Rating:
    fields = {
        "kind": "ioc", "expert": expert, "item": item, "hash": "a" * 64, "pc": "E1.01", "edition": "e" * 64,
        "value": value, "date": DAY, **changes,
    }  # fmt: skip
    return Rating.model_validate(fields)


def panel(values: dict[str, list[float | None]], **changes: Any) -> list[Rating]:
    """By item, the rating of each expert; None where there is none."""
    return [
        rating(f"expert-{n}", item, value, **changes)
        for item, given_ in values.items()
        for n, value in enumerate(given_, 1)
        if value is not None
    ]


def test_an_ioc_of_one_half_is_not_low_and_one_rating_has_no_sd() -> None:
    half, alone = congruence(panel({"i1": [1, 0], "i2": [1]}))
    assert (half.ioc, half.is_low) == (0.5, False)
    assert (alone.ioc, alone.sd) == (1.0, None)


def test_yes_no_angoff_counts_the_yes() -> None:
    values: dict[str, list[float | None]] = {"i1": [1, 1, 0, 1], "i2": [0, 0, 0, 1]}
    found = angoff_cut(panel(values, kind="angoff-yes-no"), ["i1", "i2"])
    assert found.cut == pytest.approx(1.0)
    # sums 1, 1, 0, 2: mean 1, squares 2, /3, root .816497, /2
    assert found.se == pytest.approx(0.408248, abs=1e-6)


def test_a_cut_is_of_the_items_named_alone() -> None:
    ratings = panel({"i1": [0.5, 0.7], "i2": [0.9, None], "i3": [0.1, 0.1]}, kind="angoff")
    only = angoff_cut(ratings, ["i3", "i1"])
    assert [one.item for one in only.items] == ["i3", "i1"]
    assert only.cut == pytest.approx(0.7)
    partly = angoff_cut(ratings, ["i1", "i2"])
    assert (partly.cut, partly.incomplete, partly.se) == (pytest.approx(1.5), ("expert-2",), None)
    lacking = angoff_cut(ratings, ["i1", "i9"])
    assert (lacking.cut, lacking.unrated) == (None, ("i9",))
    assert angoff_cut([], []).cut is None


@given(st.lists(st.lists(st.integers(0, 100), min_size=3, max_size=3), min_size=2, max_size=8))
def test_where_nothing_is_missing_the_cut_is_the_mean_of_the_experts_sums(rows: list[list[int]]) -> None:
    values: dict[str, list[float | None]] = {f"i{n}": [v / 100 for v in row] for n, row in enumerate(rows)}
    found = angoff_cut(panel(values, kind="angoff"), list(values))
    assert found.cut is not None
    assert math.isclose(found.cut, sum(found.sums.values()) / 3, abs_tol=1e-9)
    assert 0 <= found.cut <= len(rows) + 1e-9


def test_ratings_that_cannot_be_put_together_are_refused() -> None:
    one = panel({"i1": [1, 1]}, kind="angoff")
    with pytest.raises(ValueError, match="more than one kind"):
        angoff_cut([*one, *panel({"i2": [1]}, kind="angoff", round=2)], ["i1", "i2"])
    with pytest.raises(ValueError, match="twice"):
        angoff_cut([*one, *one], ["i1"])
    with pytest.raises(ValueError, match="twice"):
        angoff_cut(one, ["i1", "i1"])
    with pytest.raises(ValueError, match="cut score"):
        angoff_cut(panel({"i1": [1]}), ["i1"])


@pytest.mark.parametrize(
    ("kind", "value"),
    [("ioc", 2), ("ioc", 0.5), ("angoff", 75), ("angoff", -0.1), ("angoff-yes-no", 0.5), ("ioc", None)],
)
def test_a_rating_that_its_kind_does_not_have_is_refused(kind: str, value: float | None) -> None:
    with pytest.raises(ValidationError):
        rating("expert-1", "i1", value, kind=kind)


def test_only_ratings_of_the_present_text_and_criterion_count_and_the_last_of_an_expert() -> None:
    kept = [
        rating("expert-1", "i1", 0),
        rating("expert-1", "i1", 1),
        rating("expert-2", "i1", -1, hash="b" * 64),
        rating("expert-3", "i1", -1, pc="E9.09"),
        rating("expert-1", "gone", 1),
        rating("expert-1", "i1", -1, round=2),
    ]
    found = by_panel(current(kept, {"i1": JudgedItem("a" * 64, "E1.01")}))
    assert {key: [one.value for one in some] for key, some in found.items()} == {
        RatingPanel("ioc", None, 1): [1],
        RatingPanel("ioc", None, 2): [-1],
    }


# ── levels ───────────────────────────────────────────────────────────────────────────────────


def of_levels(values: dict[str, list[int | None]]) -> list[Rating]:
    """By item, the level that each expert names."""
    return [
        rating(f"expert-{n}", item, 1, suits=level)
        for item, named in values.items()
        for n, level in enumerate(named, 1)
    ]


def test_agreement_on_levels_is_told_by_pairs_and_items_that_claim_others_are_named() -> None:
    ratings = of_levels({"i1": [3, 3, 4], "i2": [5, 6, 6], "i3": [4, None, 6], "i4": [None, 3, None]})
    found = level_agreement(ratings, {"i1": (3,), "i2": (3, 4), "i3": (4,), "i4": (3, 4, 5, 6)})
    assert found is not None
    # pairs: i1 (3,3) (3,4) (3,4); i2 (5,6) (5,6) (6,6); i3 (4,6)
    assert (found.pairs, found.exact, found.adjacent) == (7, pytest.approx(2 / 7), pytest.approx(6 / 7))
    assert [(one.item, one.median, one.apart) for one in found.items] == [
        ("i1", 3, 0), ("i2", 6, 2), ("i3", 5, 1), ("i4", 3, 0),
    ]  # fmt: skip
    assert [one.item for one in found.differing] == ["i2", "i3"]
    # within, by unit over m − 1, each pair both ways: 2/2·(0+1+1) + 2/2·(1+1+0) + 2/1·4 = 12; n = 8
    values = [3, 3, 4, 5, 6, 6, 4, 6]
    expected = sum((a - b) ** 2 for a in values for b in values) / (8 * 7)
    assert found.alpha == pytest.approx(1 - 12 / 8 / expected)
    assert level_agreement(panel({"i1": [1, 0]}), {}) is None
    alone = level_agreement(of_levels({"i1": [3]}), {"i1": ()})
    assert alone is not None
    assert (alone.exact, alone.alpha, alone.items[0].differs) == (None, None, False)


def test_a_rating_may_be_a_level_alone_and_old_ratings_have_none() -> None:
    assert rating("e1", "i1", None, suits=4).suits == 4
    assert rating("e1", "i1", 1).suits is None
    with pytest.raises(ValidationError):
        rating("e1", "i1", None)
    with pytest.raises(ValidationError):
        rating("e1", "i1", 1, suits=9)

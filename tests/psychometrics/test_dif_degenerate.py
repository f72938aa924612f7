"""Differential item functioning where little or nothing can be said: no exception, no warning, a note instead."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examgen.psychometrics.dif.methods import METHODS, Dif, analyse_dif
from examgen.stats.distributions import adjusted
from tests.effort import examples

QUICK = ("mh", "logistic", "std")
MAY_BE_INFINITE = {"mh_alpha", "mh_delta", "std_alpha", "std_delta"}


def sane(found: Dif, n_items: int) -> None:
    """No infinity but in odds, p within 0 … 1, nothing flagged without a p or a size."""
    for name, value in found._asdict().items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            assert name in MAY_BE_INFINITE or not np.isinf(value).any(), name
            if name == "p" or name.endswith(("_p", "_p_adjusted")):
                assert not ((value < 0) | (value > 1)).any(), name
    assert found.flagged.shape == (n_items,)


def simulated(n: int, j: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.random((n, j)) < 1 / (1 + np.exp(-rng.normal(size=(n, 1)) - rng.normal(size=j)))).astype(
        np.int8
    )


def codes(found: Dif) -> set[str]:
    return {note.code for note in found.notes}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (2, 1), (2, 5), (3, 1), (4, 40), (30, 2)])
def test_tiny(method: str, shape: tuple[int, int]) -> None:
    n, j = shape
    for purify in (False, True):
        found = analyse_dif(simulated(n, j), np.arange(n) % 2, method, purify=purify)
        sane(found, j)
        assert found.notes


@pytest.mark.parametrize("method", METHODS)
def test_one_group_only(method: str) -> None:
    for group in (0, 1):
        found = analyse_dif(simulated(50, 6), np.full(50, group), method)
        sane(found, 6)
        assert "group-empty" in codes(found)
        assert not found.flagged.any()


@pytest.mark.parametrize("method", METHODS)
def test_odd_items_are_told_and_the_others_analysed(method: str) -> None:
    scores = simulated(900, 12)
    scores[:, 0], scores[:, 1], scores[:, 2] = 1, 0, -1
    scores[::3, 3] = 2
    found = analyse_dif(scores, np.arange(900) % 2, method)
    sane(found, 12)
    told = {note.item: note.code for note in found.notes if note.item is not None}
    assert {told[0], told[1], told[2], told[3]} == {"all-right", "all-wrong", "no-answers", "not-dichotomous"}
    p = {"mh": "mh_p", "logistic": "lr_both_p", "std": "std_p", "sibtest": "p"}[method]
    assert np.isnan(getattr(found, p)[:4]).all()
    assert not np.isnan(getattr(found, p)[4:]).any()


def test_separation_and_infinite_odds() -> None:
    """The focal group always right, the reference group always wrong, at every total."""
    scores = simulated(200, 8)
    group = np.arange(200) % 2
    scores[:, 0] = group
    logistic = analyse_dif(scores, group, "logistic")
    assert ("separation", 0) in {(n.code, n.item) for n in logistic.notes}
    assert np.isnan(logistic.coefficients[0]).all()
    assert logistic.lr_both_p[0] < 1e-10
    mh = analyse_dif(scores, group, "mh")
    assert ("infinite-odds", 0) in {(n.code, n.item) for n in mh.notes}
    assert mh.mh_alpha[0] == 0
    assert mh.ets[0] == "C"
    assert mh.flagged[0]


def test_a_group_with_one_total_has_no_slope_of_its_own() -> None:
    scores = simulated(300, 6)
    group = (scores.sum(axis=1) == 3).astype(np.int64)
    found = analyse_dif(scores, group, "logistic")
    assert np.isnan(found.lr_nonuniform).all()
    assert (found.lr_both_df == 1).all()
    assert np.isnan(found.coefficients[:, 3]).all()
    assert not np.isnan(found.coefficients[:, :3]).any()


@pytest.mark.parametrize("method", QUICK)
def test_missing_leaves_the_candidate_out_of_that_item_only(method: str) -> None:
    scores, group = simulated(300, 8), np.arange(300) % 2
    total = scores.sum(axis=1).astype(np.float64)
    gone = scores.copy()
    gone[:60, 0] = -2
    found = analyse_dif(gone, group, method, matching=total)
    less = analyse_dif(scores[60:], group[60:], method, matching=total[60:])
    whole = analyse_dif(scores, group, method, matching=total)
    name = {"mh": "mh_chisq", "logistic": "lr_both", "std": "std_p_dif"}[method]
    assert getattr(found, name)[0] == pytest.approx(getattr(less, name)[0], abs=1e-9)
    np.testing.assert_allclose(getattr(found, name)[1:], getattr(whole, name)[1:], atol=1e-9)


@pytest.mark.parametrize("j", [5, 8])
@pytest.mark.parametrize("order", ["C", "F"])
def test_hundreds_of_candidates_at_one_level(j: int, order: str) -> None:
    scores, groups = simulated(3_000, j), np.arange(3_000) % 2
    scores[::7, 3] = -1
    found = analyse_dif(np.asarray(scores, order=order), groups, "mh", matching=np.zeros(3_000))
    a, b, c, d = (((scores == x) & (groups == g)[:, None]).sum(axis=0) for g in (0, 1) for x in (1, 0))
    assert found.mh_alpha == pytest.approx(a * d / (b * c))
    assert found.n.tolist() == (scores >= 0).sum(axis=0).tolist()


@pytest.mark.parametrize("method", QUICK)
@pytest.mark.parametrize("shape", [(3, 20_000), (100_000, 3)])
def test_wide_and_long(method: str, shape: tuple[int, int]) -> None:
    scores = (np.random.default_rng(1).random(shape, dtype=np.float32) < 0.6).astype(np.int8)
    sane(analyse_dif(scores, np.arange(shape[0]) % 2, method), shape[1])


@pytest.mark.parametrize("method", QUICK)
def test_several_groups(method: str) -> None:
    scores, group = simulated(600, 10), np.arange(600) % 3
    scores[group == 2, 0] = 0
    found = analyse_dif(scores, group, method, purify=True)
    sane(found, 10)
    assert found.flagged[0]
    assert not found.anchor[0]
    if method != "logistic":
        assert len(found.contrasts) == 2
        two = analyse_dif(scores[group != 2], np.minimum(group, 1)[group != 2], method)
        plain = analyse_dif(scores, group, method)
        name = {"mh": "mh_chisq", "std": "std_p_dif"}[method]
        np.testing.assert_allclose(getattr(plain.contrasts[0], name), getattr(two, name), atol=1e-12)


def test_groups_may_be_left_out_by_a_negative_number() -> None:
    scores, group = simulated(300, 6), np.arange(300) % 3 - 1
    found, less = analyse_dif(scores, group, "mh"), analyse_dif(scores[group >= 0], group[group >= 0], "mh")
    np.testing.assert_array_equal(found.mh_chisq, less.mh_chisq)


def test_mistakes_of_the_caller() -> None:
    scores, group = simulated(20, 3), np.arange(20) % 2
    for wrong in ({"method": "tid"}, {"adjust": "fdr"}, {"method": "logistic", "kind": "uniform"}):
        with pytest.raises(ValueError, match=r"must be|not known"):
            analyse_dif(scores, group, **{"method": "mh", **wrong})
    with pytest.raises(ValueError, match="groups"):
        analyse_dif(scores, group[:-1])
    with pytest.raises(ValueError, match="purified"):
        analyse_dif(scores, group, matching=np.zeros(20), purify=True)


def test_adjusted() -> None:
    """R: p.adjust(c(.01, .02, NA, .03, .5), …)."""
    p = np.array([0.01, 0.02, np.nan, 0.03, 0.5])
    np.testing.assert_allclose(adjusted(p, "bh"), [0.04, 0.04, np.nan, 0.04, 0.5])
    np.testing.assert_allclose(adjusted(p, "holm"), [0.04, 0.06, np.nan, 0.06, 0.5])
    np.testing.assert_allclose(adjusted(p, "bonferroni"), [0.04, 0.08, np.nan, 0.12, 1.0])


@settings(max_examples=examples(40), deadline=None)
@given(
    st.integers(0, 30), st.integers(1, 6), st.integers(1, 4), st.integers(0, 10_000), st.sampled_from(QUICK),
    st.booleans(), st.sampled_from(["both", "udif", "nudif"]), st.sampled_from(["lrt", "wald"]),
)  # fmt: skip
def test_anything(
    n: int, j: int, n_groups: int, seed: int, method: str, purify: bool, kind: str, criterion: str
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(-2, 2, (n, j)).astype(np.int8)
    found = analyse_dif(
        scores,
        rng.integers(0, n_groups, n),
        method,
        purify=purify,
        kind=kind,
        criterion=criterion,
        adjust="bh",
    )
    sane(found, j)


@settings(max_examples=examples(15), deadline=None)
@given(st.integers(20, 80), st.integers(3, 8), st.integers(0, 10_000))
def test_swapping_the_groups_turns_signs(n: int, j: int, seed: int) -> None:
    scores, group = simulated(n, j, seed), np.random.default_rng(seed).integers(0, 2, n)
    one, other = analyse_dif(scores, group, "mh"), analyse_dif(scores, 1 - group, "mh")
    np.testing.assert_allclose(one.mh_chisq, other.mh_chisq, atol=1e-9)
    np.testing.assert_allclose(one.mh_delta, -other.mh_delta, atol=1e-9)
    one, other = analyse_dif(scores, group, "logistic"), analyse_dif(scores, 1 - group, "logistic")
    np.testing.assert_allclose(one.lr_both, other.lr_both, atol=1e-6)


def test_a_correction_greater_than_the_difference_flags_nothing() -> None:
    """Of 51 candidates of one total all but one are right; the only one of the focal group is among them."""
    scores = np.ones((51, 3), dtype=np.int8)
    scores[0, 0], scores[1:, 1] = 0, 0
    found = analyse_dif(scores, np.r_[np.zeros(50, np.int64), 1], "mh", matching=np.zeros(51))
    assert found.mh_p[0] < 0.001
    assert not found.flagged[0]
    assert found.ets[0] != "C"
    assert ("correction-overdone", 0) in {(note.code, note.item) for note in found.notes}


def test_a_focal_group_that_is_all_right_has_an_error_nevertheless() -> None:
    """Three candidates against thirty of whom half are right: ±0.5 with se √(¼/3 + ¼/30)."""
    scores = np.ones((33, 2), dtype=np.int8)
    scores[:15, 0], scores[0, 1] = 0, 0
    group = np.r_[np.zeros(30, np.int64), np.ones(3, np.int64)]
    found = analyse_dif(scores, group, "std", matching=np.zeros(33))
    assert found.std_se[0] == pytest.approx(np.sqrt(0.25 / 3 + 0.25 / 30))
    assert found.std_p[0] > 0.05
    assert "flagged-by-size" in codes(found)


def test_groups_that_nothing_tells_apart_have_no_error() -> None:
    scores = np.ones((3, 2), dtype=np.int8)
    scores[2] = 0
    found = analyse_dif(scores, np.array([0, 0, 1]), "std", matching=np.zeros(3))
    assert np.isnan(found.std_se).all()


def test_sibtest_says_nothing_of_totals() -> None:
    scores = simulated(60, 4)
    scores[0, 0] = -1
    assert "missing-answers" not in codes(analyse_dif(scores, np.arange(60) % 2, "sibtest"))

"""Differential item functioning against difR; where little or nothing can be tested a sentence or a note."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import examgen.stats as es
from examgen.stats.dif_analysis import METHODS, DifAnalysis
from examgen.stats.results import Note
from tests.effort import ALL, examples
from tests.psychometrics import reference
from tests.psychometrics.compared import compare_all
from tests.psychometrics.dif_columns import analysed, codes, columns
from tests.psychometrics.reference import compare, results

SETS = ("sim_dif", "verbal")


def groups(name: str) -> np.ndarray:
    raw = reference.raw(name)
    return np.array(
        [int(g == "focal") for g in raw["group"]] if "group" in raw else raw["Gender"], dtype=np.int64
    )


def named(name: str, flags: np.ndarray) -> list[str]:
    items = results(f"{name}__dif_logistic")["item"]
    return [items[j] for j in np.flatnonzero(flags)]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("purify", [False, True])
@pytest.mark.parametrize("correction", [False, True])
def test_mantel_haenszel(name: str, purify: bool, correction: bool) -> None:
    file = f"{name}__dif_mantel_haenszel"
    key = ("purified" if purify else "not_purified") + (
        "_continuity_corrected" if correction else "_uncorrected"
    )
    theirs = results(file)["results"][key]
    found = analysed(reference.scores(name), groups(name), purify=purify, correction=correction)
    ours = columns(found)
    variance = (ours["se"] / 2.35) ** 2
    compare_all("mantel-haenszel", file, ours, theirs["items"], f"{key} ", var_log_alpha=variance)
    assert list(ours["class"]) == theirs["items"]["ets_with_test"]
    assert named(name, ours["flagged"]) == theirs["dif_items"]
    if purify:
        assert (found.converged, found.rounds) == (theirs["converged"], theirs["iterations"])


@pytest.mark.parametrize("name", SETS)
def test_standardisation_and_breslow_day(name: str) -> None:
    file = f"{name}__dif_standardization_breslow_day"
    theirs = results(file)
    plain, purified = (
        columns(analysed(reference.scores(name), groups(name), "std", purify=p)) for p in (False, True)
    )
    compare_all("standardisation", file, {"plain": plain, "purified": purified}, theirs)
    ours = columns(analysed(reference.scores(name), groups(name)))
    # the file has four decimals
    rounded = {name: np.round(own, 4) for name, own in ours.items() if name.startswith("breslow_day")}
    compare_all("breslow-day", file, rounded, theirs)
    compare(file, "breslow_day df", ours["breslow_day_df"], theirs["breslow_day"]["df"], 0)


def of_difr(scores: np.ndarray) -> np.ndarray:
    """What the R² of difR are beside those of Nagelkerke.

    difR computes the greatest possible R² as 1 − exp(−D₀/2)^(2/n), where exp(−D₀/2) is 0 in double precision
    from D₀ of about 1,490 on: the divisor is 1, and what it prints is the R² of Cox and Snell.
    """
    n, share = len(scores), scores.mean(axis=0)
    null = -2 * n * (share * np.log(share) + (1 - share) * np.log(1 - share))
    return np.asarray(-np.expm1(-null / n) / (1 - np.exp(-null / 2) ** (2 / n)))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", ["both", "udif", "nudif"])
@pytest.mark.parametrize("criterion", ["LRT", "Wald"])
@pytest.mark.parametrize("purify", [False, True])
def test_logistic(name: str, kind: str, criterion: str, purify: bool) -> None:
    file, key = f"{name}__dif_logistic", f"{kind}_{criterion}_{'purified' if purify else 'not_purified'}"
    scores = reference.scores(name)
    found = analysed(scores, groups(name), "logistic", kind=kind, criterion=criterion.lower(), purify=purify)
    ours, theirs = columns(found), results(file)["results"].get(key)
    if theirs is None:  # difR stops where nothing is flagged at first
        assert not ours["flagged"].any()
        return
    test = {"both": "lr_both", "udif": "lr_uniform", "nudif": "lr_nonuniform"}[kind]
    compare(file, f"{key} statistic", ours[test], theirs["statistic"], 1e-5)
    compare(file, f"{key} p", ours["p"], theirs["p"], 1e-5)
    factor = of_difr(scores)
    compare(file, f"{key} delta_R2_nagelkerke", ours["effect"] * factor, theirs["delta_R2_nagelkerke"], 1e-5)
    exact = np.isclose(factor, 1)
    assert list(ours["class"][exact]) == list(np.array(theirs["jodoin_gierl"])[exact])
    assert named(name, ours["flagged"]) == theirs["dif_items"]
    if purify:
        assert (found.converged, found.rounds) == (theirs["converged"], theirs["iterations"])
        return
    r2 = {name: ours[name] * factor for name in ("r2_full", "r2_simple")}
    compare_all("logistic", file, ours, theirs, f"{key} ", **r2)


def test_sibtest() -> None:
    file = "sim_dif__dif_sibtest"
    theirs = results(file)["results"]
    ours = columns(analysed(reference.scores("sim_dif"), groups("sim_dif"), "sibtest", least=2))
    compare_all("sibtest", file, ours, theirs)


def test_three_groups() -> None:
    """difR 5.1: difGMH and difGenLogistic on the first 600 candidates and 12 items, group = row mod 3."""
    scores, group = reference.scores("sim_dif")[:600, :12], np.arange(600) % 3
    ours = {name: columns(analysed(scores, group, "logistic", criterion=name)) for name in ("lrt", "wald")}
    ours["mh"] = columns(analysed(scores, group))
    first = {name: {field: own[:4] for field, own in table.items()} for name, table in ours.items()}
    file = "sim_dif (difR 5.1, three groups)"
    compare_all("three groups", file, first, results("sim_dif__three_groups"))


QUICK = ("mh", "logistic", "std")
MAY_BE_INFINITE = {"mh_alpha", "effect", "std_alpha"}


def sane(found: DifAnalysis, n_items: int) -> None:
    """No infinity but in odds, p within 0 … 1, every row there."""
    assert len(found.items) == n_items
    for name, value in columns(found).items():
        if value.dtype.kind == "f":
            assert name in MAY_BE_INFINITE or not np.isinf(value).any(), name
            if name == "p" or name.endswith("_p") or name.startswith("p_"):
                assert not ((value < 0) | (value > 1)).any(), name


def simulated(n: int, j: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-rng.normal(size=(n, 1)) - rng.normal(size=j)))
    return (rng.random((n, j)) < chance).astype(np.int8)


def result_or_refusal(*arguments: Any, **options: Any) -> DifAnalysis | None:
    """The result; None where a sentence says why there is none."""
    try:
        return analysed(*arguments, **options)
    except es.ArgumentError:
        return None


def noted(found: DifAnalysis, code: str) -> str:
    """The items that a note names."""
    [items] = [note.values["items"] for note in found.notes if isinstance(note, Note) and note.code == code]
    return str(items)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (2, 1), (2, 5), (3, 1), (4, 40), (30, 2)])
def test_tiny(method: str, shape: tuple[int, int]) -> None:
    n, j = shape
    found = result_or_refusal(simulated(n, j), np.arange(n) % 2, method, purify=True)
    if found is not None:
        sane(found, j)
        assert "few-in-group" in codes(found)


@pytest.mark.parametrize("method", METHODS)
def test_odd_items_are_told_and_the_others_analysed(method: str) -> None:
    scores = simulated(900, 12)
    scores[:, 0], scores[:, 1], scores[:, 2] = 1, 0, -1
    scores[::3, 3] = 2
    found = analysed(scores, np.arange(900) % 2, method)
    sane(found, 12)
    told = [noted(found, code) for code in ("all-right", "all-wrong", "no-answers", "not-dichotomous")]
    assert told == ["i1", "i2", "i3", "i4"]
    p = columns(found)["p"]
    assert np.isnan(p[:4]).all()
    assert not np.isnan(p[4:]).any()


def test_separation_and_infinite_odds() -> None:
    """The focal group always right, the reference group always wrong, at every total."""
    scores = simulated(200, 8)
    group = np.arange(200) % 2
    scores[:, 0] = group
    logistic = analysed(scores, group, "logistic")
    assert noted(logistic, "separation") == "i1"
    assert np.isnan(columns(logistic)["coefficients"][0]).all()
    assert columns(logistic)["lr_both_p"][0] < 1e-10
    found = analysed(scores, group)
    assert noted(found, "infinite-odds") == "i1"
    row = found.items.row(0, named=True)
    assert (row["mh_alpha"], row["class"], row["flagged"]) == (0, "C", True)


def test_a_group_with_one_total_has_no_slope_of_its_own() -> None:
    scores = simulated(300, 6)
    group = (scores.sum(axis=1) == 3).astype(np.int64)
    found = columns(analysed(scores, group, "logistic"))
    assert np.isnan(found["lr_nonuniform"]).all()
    assert (found["lr_both_df"] == 1).all()
    assert np.isnan(found["coefficients"][:, 3]).all()
    assert not np.isnan(found["coefficients"][:, :3]).any()


@pytest.mark.parametrize("method", QUICK)
def test_missing_leaves_the_candidate_out_of_that_item_only(method: str) -> None:
    scores, group = simulated(300, 8), np.arange(300) % 2
    total = scores.sum(axis=1).astype(np.float64)
    gone = scores.copy()
    gone[:60, 0] = -2
    name = "lr_both" if method == "logistic" else "effect"
    found, less, whole = (
        columns(analysed(cells, groups, method, matching=match))[name]
        for cells, groups, match in (
            (gone, group, total), (scores[60:], group[60:], total[60:]), (scores, group, total),
        )
    )  # fmt: skip
    assert found[0] == pytest.approx(less[0], abs=1e-9)
    np.testing.assert_allclose(found[1:], whole[1:], atol=1e-9)


@pytest.mark.parametrize("j", [5, 8])
@pytest.mark.parametrize("order", ["C", "F"])
def test_hundreds_of_candidates_at_one_level(j: int, order: str) -> None:
    scores, groups = simulated(3_000, j), np.arange(3_000) % 2
    scores[::7, 3] = -1
    found = analysed(np.asarray(scores, order=order), groups, matching=np.zeros(3_000))  # type: ignore[call-overload]
    a, b, c, d = (((scores == x) & (groups == g)[:, None]).sum(axis=0) for g in (0, 1) for x in (1, 0))
    assert columns(found)["mh_alpha"] == pytest.approx(a * d / (b * c))
    assert found.items["n"].to_list() == (scores >= 0).sum(axis=0).tolist()


@pytest.mark.parametrize("method", QUICK)
@pytest.mark.parametrize("shape", [(3, 20_000 if ALL else 4_000), (100_000, 3)])
def test_wide_and_long(method: str, shape: tuple[int, int]) -> None:
    scores = (np.random.default_rng(1).random(shape, dtype=np.float32) < 0.6).astype(np.int8)
    found = result_or_refusal(scores, np.arange(shape[0]) % 2, method)
    assert found is not None or shape[0] == 3
    if found is not None:
        sane(found, shape[1])


@pytest.mark.parametrize("method", QUICK)
def test_several_groups(method: str) -> None:
    scores, group = simulated(600, 10), np.arange(600) % 3
    scores[group == 2, 0] = 0
    found = analysed(scores, group, method, purify=True)
    sane(found, 10)
    assert found.items.select("flagged", "anchor").row(0) == (True, False)
    if method != "logistic":
        two = columns(analysed(scores[group != 2], group[group != 2], method))
        plain = analysed(scores, group, method).contrasts.filter(focal="1")
        np.testing.assert_allclose(plain["effect"].to_numpy(), two["effect"], atol=1e-12)
        np.testing.assert_allclose(plain["p"].to_numpy(), two["p"], atol=1e-12)


def test_a_group_without_a_role_is_left_out() -> None:
    scores, group = simulated(300, 6), np.arange(300) % 3 - 1
    found, less = analysed(scores, group), analysed(scores[group >= 0], group[group >= 0])
    assert found.items.equals(less.items)


@settings(max_examples=examples(40), deadline=None)
@given(
    st.integers(1, 30), st.integers(1, 6), st.integers(1, 4), st.integers(0, 10_000), st.sampled_from(QUICK),
    st.booleans(), st.sampled_from(["both", "udif", "nudif"]), st.sampled_from(["lrt", "wald"]),
)  # fmt: skip
def test_anything(
    n: int, j: int, n_groups: int, seed: int, method: str, purify: bool, kind: str, criterion: str
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(-2, 2, (n, j)).astype(np.int8)
    options = {"purify": purify, "kind": kind, "criterion": criterion, "adjust": "bh"}
    found = result_or_refusal(scores, rng.integers(0, n_groups, n), method, **options)
    if found is not None:
        sane(found, j)


@settings(max_examples=examples(15), deadline=None)
@given(st.integers(20, 80), st.integers(3, 8), st.integers(0, 10_000))
def test_swapping_the_groups_turns_signs(n: int, j: int, seed: int) -> None:
    scores, group = simulated(n, j, seed), np.random.default_rng(seed).integers(0, 2, n)
    if result_or_refusal(scores, group) is None:
        return
    one, other = (columns(analysed(scores, own)) for own in (group, 1 - group))
    np.testing.assert_allclose(one["mh_chisq"], other["mh_chisq"], atol=1e-9)
    np.testing.assert_allclose(one["effect"], -other["effect"], atol=1e-9)
    one, other = (columns(analysed(scores, own, "logistic")) for own in (group, 1 - group))
    np.testing.assert_allclose(one["lr_both"], other["lr_both"], atol=1e-6)


def test_a_correction_greater_than_the_difference_flags_nothing() -> None:
    """Of 51 candidates of one total all but one are right; the only one of the focal group is among them."""
    scores = np.ones((51, 3), dtype=np.int8)
    scores[0, 0], scores[1:, 1] = 0, 0
    found = analysed(scores, np.r_[np.zeros(50, np.int64), 1], matching=np.zeros(51))
    row = found.items.row(0, named=True)
    assert row["p"] < 0.001
    assert not row["flagged"]
    assert row["class"] != "C"
    assert "i1" in noted(found, "correction-overdone")


def test_a_focal_group_that_is_all_right_has_an_error_nevertheless() -> None:
    """Three candidates against thirty of whom half are right: ±0.5 with se √(¼/3 + ¼/30)."""
    scores = np.ones((33, 2), dtype=np.int8)
    scores[:15, 0], scores[0, 1] = 0, 0
    group = np.r_[np.zeros(30, np.int64), np.ones(3, np.int64)]
    found = analysed(scores, group, "std", matching=np.zeros(33))
    row = found.items.row(0, named=True)
    assert row["se"] == pytest.approx(np.sqrt(0.25 / 3 + 0.25 / 30))
    assert row["p"] > 0.05
    assert "flagged-by-size" in codes(found)


def test_groups_that_nothing_tells_apart_have_no_error() -> None:
    scores = np.ones((3, 2), dtype=np.int8)
    scores[2] = 0
    found = analysed(scores, np.array([0, 0, 1]), "std", matching=np.zeros(3))
    assert found.items["se"].null_count() == 2


def test_sibtest_says_nothing_of_totals() -> None:
    scores = simulated(60, 4)
    scores[0, 0] = -1
    assert "missing-answers" not in codes(analysed(scores, np.arange(60) % 2, "sibtest"))

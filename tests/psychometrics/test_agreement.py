"""Agreement of assessors, intraclass correlations, generalisability: R packages, published tables, laws."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from examgen.stats.agreement_coefficients import (
    Weights,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    intraclass,
    krippendorff_alpha,
    share_within,
)
from examgen.stats.rating_variance import EFFECTS, assessors_for, dependability, variance_components
from tests.psychometrics.reference import compare, floats, results
from tests.psychometrics.reference import found as found_file

Floats = NDArray[np.float64]
FILE = "ratings__agreement"
WEIGHTS: tuple[Weights, ...] = ("none", "linear", "quadratic")
PUBLISHED = json.loads(found_file("data/ratings_published.json").read_text("utf-8"))
"""Published tables of ratings, with their sources."""


@pytest.fixture(scope="module")
def of_r() -> dict[str, Any]:
    """What irr 0.84.1, psych 2.2.9, vcd 1.4.11, irrCAC 1.0 and lme4 1.1.31 found (scripts/agreement.R)."""
    return results(FILE)


# ── kappas, alpha, AC ────────────────────────────────────────────────────────────────────────


def test_kappa_is_that_of_irr_psych_and_vcd(of_r: dict[str, Any]) -> None:
    points = floats(of_r["points"])
    for one in of_r["kappas"]:
        first, second = points[:, one["columns"]].T
        for weights in WEIGHTS:
            found = cohen_kappa(first, second, weights)
            compare(FILE, f"kappa {weights} (irr)", found.value, one["irr"][weights]["kappa"], 1e-12)
            compare(FILE, f"z {weights} (irr)", found.value / found.se_null, one["irr"][weights]["z"], 1e-10)
            compare(FILE, f"kappa {weights} (psych)", found.value, one["psych"][weights]["kappa"], 1e-12)
        plain = cohen_kappa(first, second)
        compare(FILE, "variance of kappa (psych)", plain.se**2, one["psych"]["none"]["variance"], 1e-12)
        for weights in WEIGHTS[1:]:  # where psych has sums of rows for means, vcd has the published formula
            found = cohen_kappa(first, second, weights)
            compare(FILE, f"standard error of kappa {weights} (vcd)", found.se, one["vcd"][weights], 1e-12)


def test_kappa_of_a_published_table() -> None:
    """Cohen (1960), table 1: 200 people, three categories; kappa .492."""
    table = np.array(PUBLISHED["cohen"])
    first, second = (np.repeat(one.ravel(), table.ravel()) for one in np.indices((3, 3)))
    assert cohen_kappa(first, second).value == pytest.approx(0.492, abs=0.0005)


def test_fleiss_kappa_is_that_of_irr_and_of_the_published_table(of_r: dict[str, Any]) -> None:
    found = fleiss_kappa(floats(of_r["points"]))
    compare(FILE, "Fleiss' kappa (irr)", found.value, of_r["fleiss"]["kappa"], 1e-12)
    compare(FILE, "z of Fleiss' kappa (irr)", found.value / found.se_null, of_r["fleiss"]["z"], 1e-10)
    # Fleiss (1971), table 1: 30 patients, six psychiatrists each, five diagnoses; kappa .430, as irr has it with
    # z 17.7 by the variance of Fleiss, Nee & Landis (1979)
    counts = PUBLISHED["fleiss"]
    patients = [[k for k, n in enumerate(line) for _ in range(int(n))] for line in counts]
    published = fleiss_kappa(patients)
    assert published.value == pytest.approx(0.430, abs=0.0005)
    assert published.value / published.se_null == pytest.approx(17.7, abs=0.05)


def test_alpha_is_that_of_krippendorffs_example_and_of_irr(of_r: dict[str, Any]) -> None:
    """Krippendorff (2011), sections C and D: nominal .743, ordinal .815, interval .849."""
    table = floats(PUBLISHED["krippendorff"])
    assert krippendorff_alpha(table, "nominal") == pytest.approx(0.743, abs=0.0005)
    assert krippendorff_alpha(table, "ordinal") == pytest.approx(0.815, abs=0.0005)
    assert krippendorff_alpha(table, "interval") == pytest.approx(0.849, abs=0.0005)
    gaps = floats(of_r["gaps"])
    for scale in ("nominal", "ordinal", "interval"):
        ours = krippendorff_alpha(gaps, scale)  # type: ignore[arg-type]
        compare(FILE, f"Krippendorff's alpha, {scale} (irr)", ours, of_r["alpha"][scale], 1e-12)


@given(st.lists(st.lists(st.integers(3, 6), min_size=1, max_size=5), min_size=1, max_size=6))
def test_alpha_is_that_of_the_definition_by_coincidences(units: list[list[int]]) -> None:
    coincidences: dict[tuple[int, int], float] = {}
    for unit in (unit for unit in units if len(unit) > 1):
        for i, a in enumerate(unit):
            for j, b in enumerate(unit):
                if i != j:
                    coincidences[a, b] = coincidences.get((a, b), 0) + 1 / (len(unit) - 1)
    totals = {a: sum(n for (first, _), n in coincidences.items() if first == a) for a in range(3, 7)}
    n = sum(totals.values())
    chance = sum(totals[a] * totals[b] * (a - b) ** 2 for a in totals for b in totals)
    found = krippendorff_alpha([unit + [np.nan] * (5 - len(unit)) for unit in units])
    if chance < 1e-9:
        assert np.isnan(found)
        return
    seen = sum(many * (a - b) ** 2 for (a, b), many in coincidences.items())
    assert found == pytest.approx(1 - (n - 1) * seen / chance)


def test_ac_is_that_of_irrcac(of_r: dict[str, Any]) -> None:
    """irrCAC rounds to five digits."""
    for weights in WEIGHTS:
        found = gwet_ac(floats(of_r["gaps"]), weights)
        compare(FILE, f"AC {weights} (irrCAC)", found.value, of_r["gwet"][weights]["value"], 5.1e-6)
        compare(
            FILE, f"standard error of AC {weights} (irrCAC)", found.se, of_r["gwet"][weights]["se"], 5.1e-6
        )


def test_agreement_within_a_point_counts_pairs_and_candidates() -> None:
    first, second = [0, 1, 2, 3, 4, np.nan], [0, 2, 2, 1, 4, 1]
    assert share_within(first, second).value == 3 / 5
    assert share_within(first, second, 1).value == 4 / 5
    low, high = share_within(first, second)[1:3]
    # Wilson's interval of 3 in 5
    assert (low, high) == (pytest.approx(0.2307, abs=1e-4), pytest.approx(0.8824, abs=1e-4))
    # the same pairs of one candidate each time are not more pairs
    many = share_within(first * 20, second * 20, 0, [*range(6)] * 20)
    assert many.low == pytest.approx(low, abs=0.06)
    assert share_within([1, 1], [1, 1], 0, [7, 7]).low < share_within([1, 1], [1, 1]).low
    assert np.isnan(share_within([], [])[:3]).all()
    # every candidate with one of two tasks equal: the same share in each
    assert share_within([1, 1, 1, 1], [1, 2, 1, 2], 0, [0, 0, 1, 1]).value == 0.5


def test_standard_error_over_candidates_is_wider_where_their_tasks_go_together() -> None:
    """And right: of 400 samples of 60 candidates, 8 tasks each."""
    rng = np.random.default_rng(3)

    def drawn() -> tuple[Floats, Floats, Floats]:
        ability, apart = rng.normal(size=(60, 1)), rng.normal(0, 1.0, (60, 1))
        first = np.round(ability + rng.normal(0, 0.5, (60, 8)))
        second = np.round(ability + apart + rng.normal(0, 0.5, (60, 8)))
        return first.ravel(), second.ravel(), np.repeat(np.arange(60.0), 8)

    samples = [drawn() for _ in range(400)]
    found = [cohen_kappa(a, b, "quadratic", c) for a, b, c in samples]
    spread = np.std([one.value for one in found])
    assert np.mean([one.se for one in found]) == pytest.approx(spread, rel=0.12)
    assert cohen_kappa(*samples[0][:2], "quadratic").se < 0.6 * found[0].se


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30),
    st.sampled_from(WEIGHTS),
)
def test_kappa_does_not_depend_on_order_on_who_is_first_or_on_where_points_begin(
    pairs: list[tuple[int, int]], weights: Weights
) -> None:
    first, second = np.array(pairs, dtype=float).T
    found = cohen_kappa(first, second, weights)
    for other in (
        cohen_kappa(second, first, weights),
        cohen_kappa(first[::-1], second[::-1], weights),
        cohen_kappa(first + 3, second + 3, weights),
        cohen_kappa(7 * first, 7 * second, weights),
    ):
        assert other == pytest.approx(found, nan_ok=True, abs=1e-9)
    assert np.isnan(found.value) == (len(set(first.tolist()) | set(second.tolist())) == 1)
    assert np.isnan(found.value) or found.value <= 1


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=3, max_size=3), min_size=1, max_size=12
    )
)
def test_alpha_and_ac_take_assessors_in_any_order(rows: list[list[int | None]]) -> None:
    table = floats(rows)
    turned = table[:, [2, 0, 1]]
    for scale in ("nominal", "ordinal", "interval"):
        value = krippendorff_alpha(table, scale)  # type: ignore[arg-type]
        assert krippendorff_alpha(turned, scale) == pytest.approx(value, nan_ok=True)  # type: ignore[arg-type]
    for weights in WEIGHTS:
        assert gwet_ac(turned, weights) == pytest.approx(gwet_ac(table, weights), nan_ok=True)


# ── intraclass correlations ──────────────────────────────────────────────────────────────────


def test_the_six_of_shrout_and_fleiss() -> None:
    """Shrout & Fleiss (1979), table 4."""
    found = intraclass(PUBLISHED["shrout"])
    published = (0.17, 0.29, 0.71, 0.44, 0.62, 0.91)
    assert [round(one.value, 2) for one in found.values()] == pytest.approx(published)


@pytest.mark.parametrize("name", ["points", "shrout"])
def test_intraclass_correlations_are_those_of_psych_and_irr(of_r: dict[str, Any], name: str) -> None:
    ours = intraclass(floats(of_r["points"]) if name == "points" else PUBLISHED["shrout"])
    for one in of_r["icc"][name]["psych"]:
        own = ours[one["type"]]
        for field in ("value", "low", "high", "f", "df1", "df2", "p"):
            compare(FILE, f"{one['type']} {field} (psych)", getattr(own, field), one[field], 1e-10)  # type: ignore[arg-type]
    for one in of_r["icc"][name]["irr"]:
        kind = "1" if one["model"] == "oneway" else "2" if one["type"] == "agreement" else "3"
        own = ours[f"ICC{kind}" + ("k" if one["unit"] == "average" else "")]
        fields = ["value", "f", "df1"]
        # irr has other degrees of freedom where the mean of assessors is taken for agreement
        fields += ["low", "high"] if (kind, one["unit"]) != ("2", "average") else []
        for field in fields:
            compare(FILE, f"ICC{kind} {one['unit']} {field} (irr)", getattr(own, field), one[field], 1e-10)  # type: ignore[arg-type]


def test_one_way_takes_whoever_rated_and_two_way_whole_rows() -> None:
    gaps = np.array(PUBLISHED["shrout"], dtype=float)
    gaps[0, 0] = gaps[3, 2] = np.nan
    found = intraclass(gaps)
    assert found["ICC3"] == intraclass(np.delete(PUBLISHED["shrout"], [0, 3], axis=0))["ICC3"]
    one, mean = found["ICC1"].value, found["ICC1k"].value
    k = mean * (1 - one) / (one * (1 - mean))  # Spearman & Brown
    assert found["ICC1"].df1 == 5
    assert 3 < k < 4
    # everybody has assessors of their own: nothing two-way can be said
    own = np.full((5, 10), np.nan)
    for n in range(5):
        own[n, 2 * n : 2 * n + 2] = n, n + 1
    alone = intraclass(own)
    assert np.isnan(alone["ICC2"].value)
    assert alone["ICC1"].value == pytest.approx(intraclass([[n, n + 1] for n in range(5)])["ICC1"].value)


@given(
    st.lists(st.lists(st.integers(0, 10), min_size=3, max_size=3), min_size=3, max_size=12),
    st.integers(1, 5),
    st.permutations(range(3)),
)
def test_laws_of_intraclass_correlations(rows: list[list[int]], shift: int, order: list[int]) -> None:
    table = np.array(rows, dtype=float)
    found, turned, moved = (intraclass(one) for one in (table, table[:, order], table + shift))
    severe = table + np.array([0, 0, shift])
    for name, one in found.items():
        assert turned[name] == pytest.approx(one, nan_ok=True, abs=1e-6, rel=1e-6)
        assert moved[name] == pytest.approx(one, nan_ok=True, abs=1e-6, rel=1e-6)
    # severity is nothing to consistency
    assert intraclass(severe)["ICC3"] == pytest.approx(found["ICC3"], nan_ok=True, abs=1e-6, rel=1e-6)


def test_what_cannot_be_said_is_nan() -> None:
    for rows in ([[1, 2]], np.ones((4, 3)), [[1], [2], [3]], np.empty((0, 3))):
        assert np.isnan([one.value for one in intraclass(rows).values()]).all()
    assert [one.value for one in intraclass([[1, 1], [2, 2], [4, 4]]).values()] == [1.0] * 6
    for ratings in (np.full((3, 2), 2.0), [[np.nan, 1], [2, np.nan]], np.empty((0, 2))):
        assert np.isnan(krippendorff_alpha(ratings))
        assert np.isnan(gwet_ac(ratings).value)
        assert np.isnan(fleiss_kappa(ratings).value)
    assert np.isnan(cohen_kappa([1], [1]).value)
    assert np.isnan(cohen_kappa([2, 2, 2], [2, 2, 2]).se)
    assert np.isnan(cohen_kappa([np.inf, 1], [1, 1]).value)


# ── generalisability ─────────────────────────────────────────────────────────────────────────


def nested(sets: list[list[list[int]]]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Points, persons, raters and tasks, where each task has raters of its own."""
    rows, rater = [], 0
    for task, raters in enumerate(sets):
        for points in raters:
            rows += [(x, who, rater, task) for who, x in enumerate(points)]
            rater += 1
    points, who, by, on = (list(one) for one in zip(*rows, strict=True))
    return points, who, by, on


def test_components_of_brennans_crossed_set() -> None:
    """Brennan (2001), synthetic data set 3, p × i × o: table 3.1 and its D study with 4 items, 2 occasions."""
    rows = [
        (x, who, by, on)
        for by, sets in enumerate(PUBLISHED["brennan_crossed"])
        for on, own in enumerate(sets)
        for who, x in enumerate(own)
    ]
    found = variance_components(*(list(one) for one in zip(*rows, strict=True)))
    published = dict(zip(EFFECTS, (0.5528, 0.0074, 0.4417, 0.1009, 0.5750, 0.1565, 0.9352), strict=True))
    assert found.effects == pytest.approx(published, abs=0.00005)
    study = dependability(found, 2, 4, same_assessors=True)
    assert (study.g, study.phi) == (pytest.approx(0.64, abs=0.005), pytest.approx(0.55, abs=0.005))
    # assessors of each candidate's own: severity is in the ranks too
    own = dependability(found, 2, 4, same_assessors=False)
    assert own.phi == study.phi
    assert own.relative_error == pytest.approx(study.relative_error + 0.0074074 / 2 + 0.1564815 / 8)


def test_components_of_brennans_nested_set() -> None:
    """Brennan (2001), synthetic data set 4, p × (r:t): table 3.2, and p. 116."""
    found = variance_components(*nested(PUBLISHED["brennan_nested"]))
    assert found.effects["candidate"] == pytest.approx(0.4731, abs=0.00005)
    assert found.effects["task"] == pytest.approx(0.3252, abs=0.00005)
    assert found.effects["assessor"] == pytest.approx(0.6475, abs=0.00005)
    assert found.effects["candidate_task"] == pytest.approx(0.5596, abs=0.00005)
    assert found.effects["candidate_assessor"] == pytest.approx(2.3803, abs=0.0001)
    assert found.confounded == {"assessor_task": "assessor", "residual": "candidate_assessor"}


def test_components_of_brennans_unbalanced_set() -> None:
    """Brennan (2001), section 7.1, unbalanced p × (i:h) by analogous ANOVA."""
    found = variance_components(*nested(PUBLISHED["brennan_unbalanced"]))
    names = ("candidate", "task", "assessor", "candidate_task", "candidate_assessor")
    ours = [found.effects[name] for name in names]
    assert ours == pytest.approx([1.2014, 2.9161, 0.2946, 0.9914, 0.8429], abs=0.0001)


def test_components_are_those_of_lme4_where_none_is_negative(of_r: dict[str, Any]) -> None:
    points = floats(of_r["crossed"]["data"])
    x, who, by, on = points[:, 3], points[:, 0], points[:, 1], points[:, 2]
    found, theirs = variance_components(x, who, by, on), of_r["crossed"]["components"]
    names = {
        "candidate": "candidate", "assessor": "assessor", "task": "task", "candidate_assessor": "candidate:assessor",
        "candidate_task": "candidate:task", "assessor_task": "assessor:task", "residual": "Residual",
    }  # fmt: skip
    for ours, name in names.items():
        compare(FILE, f"variance of {name} (lme4)", found.effects[ours], theirs[name], 1e-5)
    # assessors nested in candidates: each pair of candidate and assessor is an assessor of its own
    own = variance_components(x, who, 100 * who + by, on)
    theirs = of_r["crossed"]["nested"]
    names = {"candidate": "candidate", "task": "task", "candidate_task": "candidate:task", "assessor": "pair"}
    for ours, name in names.items():
        compare(FILE, f"nested variance of {name} (lme4)", own.effects[ours], theirs[name], 1e-5)
    assert own.confounded["candidate_assessor"] == "assessor"


def test_components_of_a_pool_are_right_on_average() -> None:
    """300 candidates, each with two of twelve assessors on four tasks."""
    rng = np.random.default_rng(8)
    truth = np.array([1.0, 0.16, 0.25, 0.16, 0.36, 0.09, 0.49])
    found = []
    for _ in range(40):
        who = np.repeat(np.arange(300), 8)
        by = np.concatenate([np.repeat(rng.choice(12, 2, replace=False), 4) for _ in range(300)])
        on = np.tile(np.arange(4), 600)
        sd = np.sqrt(truth)
        x = (
            rng.normal(0, sd[0], 300)[who] + rng.normal(0, sd[1], 12)[by] + rng.normal(0, sd[2], 4)[on]
            + rng.normal(0, sd[3], (300, 12))[who, by] + rng.normal(0, sd[4], (300, 4))[who, on]
            + rng.normal(0, sd[5], (12, 4))[by, on] + rng.normal(0, sd[6], len(who))
        )  # fmt: skip
        found.append(list(variance_components(x, who, by, on).effects.values()))
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - truth) < 3.5 * error).all()


def test_designs_that_do_not_tell_say_so() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=60)
    who, on = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20)
    alone = variance_components(x, who, np.zeros(60), on)  # one assessor
    assert not alone.is_estimated
    assert np.isnan(dependability(alone, 2, 3, True).phi)
    assert assessors_for(alone, 3, 0.8) is None
    each = variance_components(x, who, who % 4, on)  # one assessor each
    assert not each.is_estimated
    empty = variance_components([], [], [], [])
    assert np.isnan(list(empty.effects.values())).all()
    same = variance_components(np.ones(12), *np.indices((3, 2, 2)).reshape(3, -1))
    assert set(same.effects.values()) == {0.0}
    assert np.isnan(dependability(same, 2, 2, True).phi)
    one_task = variance_components([1, 2, 4, 4, 5, 7], [0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [0] * 6)
    assert one_task.is_estimated
    # with one task, agreement of two is the ICC of single ratings by the same mean squares
    icc = intraclass([[1, 2], [4, 4], [5, 7]])["ICC2"].value
    assert dependability(one_task, 1, 1, True).phi == pytest.approx(icc)


@given(st.integers(-5, 5), st.permutations(range(3)), st.integers(0, 100))
def test_components_take_assessors_in_any_order_and_points_from_anywhere(
    shift: int, order: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    who, by, on = np.indices((6, 3, 2)).reshape(3, -1)
    keep = rng.random(36) > 0.2
    x = rng.integers(0, 5, 36).astype(float)
    found = variance_components(x[keep], who[keep], by[keep], on[keep])
    other = variance_components(x[keep] + shift, who[keep], np.array(order)[by[keep]], on[keep])
    assert list(other.effects.values()) == pytest.approx(list(found.effects.values()), nan_ok=True, abs=1e-7)

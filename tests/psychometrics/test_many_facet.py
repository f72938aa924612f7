"""The many-facet Rasch model: TAM's numbers, a likelihood by brute force, recovery, designs that do not link."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from examgen.stats.many_facet_model import ManyFacetFit, expected_points, fit_many_facet, linked_groups
from tests.psychometrics.recovery import rated
from tests.psychometrics.reference import compare, results

Floats = NDArray[np.float64]
FILE = "ratings__many_facet"


@pytest.fixture(scope="module")
def of_tam() -> dict[str, Any]:
    """What `tam.mml.mfr` and `msq.itemfit` of TAM 4.4-2 found, 141 nodes from −7 to 7 (scripts/agreement.R)."""
    return results(FILE)


def fitted(data: dict[str, Any], n_nodes: int = 81) -> ManyFacetFit:
    """Rows are candidate, assessor, categories of the tasks and, of `days`, the day."""
    rows = np.array(data["data"], dtype=np.int64)
    n_tasks = sum(one["facet"] == "item" for one in data["parameters"])
    who, by, *day = (np.repeat(rows[:, n] - 1, n_tasks) for n in (0, 1, *range(2 + n_tasks, rows.shape[1])))
    task = np.tile(np.arange(n_tasks), len(rows))
    return fit_many_facet(rows[:, 2 : 2 + n_tasks].ravel(), who, task, [by, *day], data["steps"], n_nodes)


@pytest.mark.parametrize("name", ["crossed", "sparse", "yesno", "days"])
def test_severity_abilities_fit_and_likelihood_are_those_of_tam(of_tam: dict[str, Any], name: str) -> None:
    """Nodes differ, and so do the fifth or sixth digits. TAM's own standard errors are of the complete data,
    and too small: ours are held by the Hessian of the likelihood below."""
    theirs = of_tam[name]
    found = fitted(theirs)
    assert found.converged
    by_facet = {
        facet: [one["value"] for one in theirs["parameters"] if one["facet"] == facet]
        for facet in ("item", "assessor", "step", "day")
    }
    compare(FILE, f"deviance, {name}", found.deviance, theirs["deviance"], 1e-3)
    compare(FILE, f"severity, {name}", found.facets[0].measure, by_facet["assessor"], 2e-4)
    compare(FILE, f"variance of ability, {name}", found.sd**2, theirs["variance"], 1e-4)
    if (
        name != "sparse"
    ):  # there TAM counts a step that is fixed, and centres items of other lengths otherwise
        compare(FILE, f"difficulty, {name}", found.tasks.measure, by_facet["item"], 1e-5)
        compare(FILE, f"parameters, {name}", found.n_parameters, theirs["n_parameters"], 0)
        compare(FILE, f"AIC, {name}", found.aic, theirs["aic"], 1e-3)
        compare(FILE, f"BIC, {name}", found.bic, theirs["bic"], 1e-3)
    if name in ("crossed", "days"):
        compare(FILE, f"steps, {name}", found.thresholds[0], by_facet["step"], 1e-5)
    if name == "days":
        compare(FILE, "severity of days", found.facets[1].measure, by_facet["day"], 1e-5)
    people = np.array(theirs["pid"]) - 1
    compare(FILE, f"EAP, {name}", found.eap[people], theirs["eap"], 5e-4)
    compare(FILE, f"SD of EAP, {name}", found.se_eap[people], theirs["se_eap"], 5e-4)
    compare(FILE, f"infit, {name}", found.facets[0].infit, [one["infit"] for one in theirs["fit"]], 1e-4)
    compare(FILE, f"outfit, {name}", found.facets[0].outfit, [one["outfit"] for one in theirs["fit"]], 1e-4)


# ── the likelihood once more, in loops ───────────────────────────────────────────────────────


def log_likelihood(
    x: Floats, rows: list[tuple[int, int, int, int]], sizes: tuple[int, int], steps: list[int]
) -> float:
    """Of difficulties, severities (the first minus the sum of the others), steps of each task, log σ."""
    n_tasks, n_assessors = sizes
    difficulty, rest = x[:n_tasks], x[n_tasks:-1]
    severity = np.concatenate([[-rest[: n_assessors - 1].sum()], rest[: n_assessors - 1]])
    taus, at = [], n_assessors - 1
    for n in steps:
        own = rest[at : at + n - 1]
        taus.append(np.concatenate([[-own.sum()], own]))
        at += n - 1
    theta = np.linspace(-8, 8, 801)
    weight = np.exp(-0.5 * theta**2)
    weight /= weight.sum()
    theta = theta * np.exp(x[-1])
    value = 0.0
    for who in sorted({row[0] for row in rows}):
        of_person = np.zeros_like(theta)
        for _, by, task, category in (row for row in rows if row[0] == who):
            logits = [np.zeros_like(theta)]
            for tau in taus[task]:
                logits.append(logits[-1] + theta - difficulty[task] - severity[by] - tau)
            of_person += logits[category] - np.logaddexp.reduce(logits, axis=0)
        value += float(np.log(np.exp(of_person) @ weight))
    return value


@pytest.fixture(scope="module")
def tiny() -> tuple[list[tuple[int, int, int, int]], ManyFacetFit]:
    rng = np.random.default_rng(11)
    rows = []
    for who in range(40):
        theta = rng.normal(0, 1.2)
        for by in rng.choice(3, 2, replace=False).tolist():
            for task, taus in enumerate([(0.0,), (-0.8, 0.8)]):
                logits = np.cumsum(
                    [0.0, *(theta - (0.3 if task else -0.2) - (by - 1) * 0.5 - tau for tau in taus)]
                )
                p = np.exp(logits) / np.exp(logits).sum()
                rows.append((who, by, task, int(rng.choice(len(p), p=p))))
    who, by, task, category = (np.array(one) for one in zip(*rows, strict=True))
    return rows, fit_many_facet(category, who, task, [by])


def test_maximum_and_standard_errors_are_those_of_brute_force(
    tiny: tuple[list[tuple[int, int, int, int]], ManyFacetFit],
) -> None:
    """801 nodes, loops, scipy's minimiser; standard errors from a Hessian by differences."""
    rows, found = tiny

    def minus(x: Floats) -> float:
        return -log_likelihood(x, rows, (2, 3), [1, 2])

    best = minimize(minus, np.zeros(6), method="BFGS", options={"gtol": 1e-5})
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-5)
    ours = np.concatenate(
        [found.tasks.measure, found.facets[0].measure[1:], found.thresholds[1, 1:], [np.log(found.sd)]]
    )
    assert ours == pytest.approx(best.x, abs=1e-3)
    h, n = 1e-3, len(ours)
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            e, f = np.eye(n)[i] * h, np.eye(n)[j] * h
            hessian[i, j] = (
                minus(ours + e + f) - minus(ours + e - f) - minus(ours - e + f) + minus(ours - e - f)
            ) / (4 * h * h)
    covariance = np.linalg.inv(hessian)
    se = np.sqrt(np.diag(covariance))
    assert found.tasks.se == pytest.approx(se[:2], rel=1e-3)
    assert found.facets[0].se[1:] == pytest.approx(se[2:4], rel=1e-3)
    first = np.sqrt(covariance[2:4, 2:4].sum())
    assert found.facets[0].se[0] == pytest.approx(first, rel=1e-3)
    assert found.se_sd == pytest.approx(found.sd * se[5], rel=1e-3)


def test_equal_severity_is_a_wald_test_near_the_likelihood_ratio(
    tiny: tuple[list[tuple[int, int, int, int]], ManyFacetFit],
) -> None:
    rows, found = tiny
    who, by, task, category = (np.array(one) for one in zip(*rows, strict=True))
    test = found.facets[0].all_equal()
    without = fit_many_facet(category, who, task, [np.zeros_like(by)])
    assert test["df"] == 2
    ratio = 2 * (found.log_likelihood - without.log_likelihood)
    assert test["chi_square"] == pytest.approx(ratio, rel=0.25)
    assert 0 <= found.facets[0].reliability < 1


def test_fair_points_are_expected_points_of_an_average_candidate(
    tiny: tuple[list[tuple[int, int, int, int]], ManyFacetFit],
) -> None:
    found = tiny[1]
    worth = np.array([[0.0, 2.0, np.nan], [0.0, 1.0, 5.0]])
    fair = expected_points(found, worth, found.facets[0].measure)
    expected = []
    for alpha in found.facets[0].measure:
        total = 0.0
        for task in range(2):
            tau = found.thresholds[task][np.isfinite(found.thresholds[task])]
            logits = np.append(0.0, np.cumsum(-found.tasks.measure[task] - alpha - tau))
            total += float(np.exp(logits) / np.exp(logits).sum() @ worth[task, : len(logits)])
        expected.append(total)
    assert fair == pytest.approx(expected)
    assert (np.diff(fair[np.argsort(found.facets[0].measure)]) < 0).all()
    assert np.isnan(expected_points(found, worth, [np.nan])).all()


# ── recovery ─────────────────────────────────────────────────────────────────────────────────


def test_severity_is_found_again_and_its_intervals_hold() -> None:
    """The study of docs/validation/recovery.md in small: 150 candidates, two of six assessors, four tasks of 0 to 3."""
    errors, se = [], []
    for n in range(4):
        ratings, severity = rated(150, 6, 4, 2, seed=5, replication=n)
        found = fit_many_facet(ratings.category, ratings.candidate, ratings.task, [ratings.assessor])
        assert found.converged
        errors.append(found.facets[0].measure - severity)
        se.append(found.facets[0].se)
    z = np.array(errors) / np.array(se)
    assert 0.6 < z.std() < 1.4
    assert np.mean(np.abs(z) < 1.96) > 0.8
    assert abs(np.mean(errors)) < 1e-9  # both sum to 0
    assert np.corrcoef(found.eap[np.unique(ratings.candidate)], ratings.ability)[0, 1] > 0.85


def test_another_facet_is_found_too() -> None:
    ratings, severity = rated(300, 6, 4, 2, seed=9, replication=0)
    rng = np.random.default_rng(2)
    day = rng.integers(0, 2, len(ratings.category))
    # on the second day everybody is harder on by a logit: the lower of two draws, roughly
    category = np.maximum(ratings.category - (rng.random(len(day)) < 0.4) * day, 0)
    found = fit_many_facet(category, ratings.candidate, ratings.task, [ratings.assessor, day], "rating-scale")
    assert found.facets[1].measure.sum() == pytest.approx(0, abs=1e-9)
    assert found.facets[1].measure[1] > 4 * found.facets[1].se[1]
    assert np.corrcoef(found.facets[0].measure, severity)[0, 1] > 0.9


# ── designs ──────────────────────────────────────────────────────────────────────────────────


def test_groups_that_nobody_links_are_found() -> None:
    who = np.repeat(np.arange(40), 2)
    by = np.where(who < 20, 0, 2) + np.tile([0, 1], 40)
    assert linked_groups(who, [np.zeros(80, int), by])[1].tolist() == [0, 0, 1, 1]
    by[0] = 3  # one candidate of the first group before the other's assessor
    assert linked_groups(who, [by])[0].tolist() == [0, 0, 0, 0]
    # assessors who each rate a task of their own are not told from the tasks
    task = np.tile([0, 1], 40)
    assert linked_groups(who, [task, task])[1].tolist() == [0, 1]


def test_tasks_that_no_candidate_links_do_not_stop_severity() -> None:
    """Each candidate does one of two tasks, before two of four assessors."""
    ratings, severity = rated(200, 4, 2, 2, seed=4, replication=0)
    kept = ratings.task == ratings.candidate % 2
    columns = (ratings.category, ratings.candidate, ratings.task, ratings.assessor)
    category, candidate, task, assessor = (one[kept] for one in columns)
    assert linked_groups(candidate, [task, assessor])[0].tolist() == [0, 1]
    found = fit_many_facet(category, candidate, task, [assessor])
    assert np.corrcoef(found.facets[0].measure, severity)[0, 1] > 0.9


def test_components_of_the_graph_are_the_groups() -> None:
    """By union of neighbours, on designs drawn at random."""
    rng = np.random.default_rng(4)
    for _ in range(30):
        who, by = rng.integers(0, 12, 20), rng.integers(0, 9, 20)
        by = np.unique(by, return_inverse=True)[1]
        parent = list(range(int(by.max()) + 1))
        for person in set(who.tolist()):
            own = sorted(set(by[who == person].tolist()))
            for other in own[1:]:
                a, b = parent[own[0]], parent[other]
                parent = [a if one == b else one for one in parent]
        found = linked_groups(who, [by])[0].tolist()
        assert len(set(found)) == len(set(parent))
        assert len(set(zip(found, parent, strict=True))) == len(set(parent))


def test_who_gives_everybody_everything_has_no_severity_and_the_others_do() -> None:
    ratings, severity = rated(200, 5, 3, 2, seed=3, replication=0)
    category = np.where(ratings.assessor == 4, 3, ratings.category)
    found = fit_many_facet(category, ratings.candidate, ratings.task, [ratings.assessor])
    assert found.converged
    assert np.isnan(found.facets[0].measure).tolist() == [False] * 4 + [True]
    assert np.isnan(found.facets[0].se).tolist() == [False] * 4 + [True]
    assert found.facets[0].measure[:4].sum() == pytest.approx(0, abs=1e-9)
    apart = found.facets[0].measure[:4] - (severity[:4] - severity[:4].mean())
    assert np.abs(apart).max() < 5 * found.facets[0].se[:4].max()
    assert found.facets[0].all_equal()["df"] == 3


def test_where_one_gives_everything_and_the_other_nothing_nobody_has_a_severity() -> None:
    who, by, task = np.indices((20, 2, 2)).reshape(3, -1)
    found = fit_many_facet(by, who, task, [by])
    assert np.isnan(found.facets[0].measure).all()
    assert np.isnan(found.facets[0].all_equal()["p"])
    assert np.isfinite(found.eap).all()


def test_ratings_in_a_perfect_order_are_no_estimate_of_an_sd() -> None:
    who, by, task = np.indices((30, 2, 3)).reshape(3, -1)
    found = fit_many_facet((who >= 10 * (task + 0.5)).astype(int), who, task, [by])
    assert not found.converged
    assert found.sd == pytest.approx(20)
    assert np.isnan(found.se_sd)


def test_one_assessor_is_not_compared() -> None:
    one = fit_many_facet([0, 1, 2, 1], [0, 1, 2, 3], [0] * 4, [[0] * 4])
    assert one.facets[0].measure.tolist() == [0.0]
    assert np.isnan(one.facets[0].all_equal()["p"])
    assert np.isnan(one.facets[0].reliability)


def test_candidates_who_hardly_differ_and_those_who_differ_wholly() -> None:
    """An sd of ability at its lower end, and posteriors so narrow that nodes are added."""
    rng = np.random.default_rng(6)
    who, by, task = np.indices((60, 2, 3)).reshape(3, -1)
    flat = fit_many_facet(rng.integers(0, 2, len(who)), who, task, [by])
    assert flat.sd < 0.5
    who, by, task = np.indices((30, 6, 6)).reshape(3, -1)
    theta = rng.normal(0, 4, 30)
    x = (rng.logistic(size=len(who)) < theta[who] - np.linspace(-3, 3, 6)[task]).astype(int)
    wide = fit_many_facet(x, who, task, [by], n_nodes=21)
    assert wide.n_nodes > 21
    assert wide.sd == pytest.approx(4, abs=2)
    assert wide.log_likelihood == pytest.approx(
        fit_many_facet(x, who, task, [by], n_nodes=161).log_likelihood, abs=0.05
    )


@settings(deadline=None, max_examples=3)
@given(st.permutations(range(4)), st.integers(0, 3))
def test_numbers_of_assessors_mean_nothing(order: list[int], seed: int) -> None:
    ratings, _ = rated(40, 4, 2, 2, seed=seed, replication=0)
    found = fit_many_facet(
        ratings.category, ratings.candidate, ratings.task, [ratings.assessor], "rating-scale"
    )
    turned = np.array(order)[ratings.assessor]
    other = fit_many_facet(ratings.category, ratings.candidate, ratings.task, [turned], "rating-scale")
    assert other.facets[0].measure[order] == pytest.approx(found.facets[0].measure, abs=1e-4)
    assert other.facets[0].se[order] == pytest.approx(found.facets[0].se, abs=1e-4)
    assert other.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-5)

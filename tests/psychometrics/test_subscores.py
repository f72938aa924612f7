"""Haberman's PRMSEs and Wainer's augmented subscores: R's numbers, the definition, and what has no number."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.stats.subscore_methods import (
    FormSubscores,
    augmented,
    both_add,
    estimates,
    form_subscores,
    pooled,
    prmse,
)
from tests.psychometrics.compared import compare_all
from tests.psychometrics.reference import raw, results, scores


def of(points: np.ndarray, *parts: list[int]) -> FormSubscores:
    groups = np.zeros((len(parts), points.shape[1]), dtype=np.bool_)
    for row, part in zip(groups, parts, strict=True):
        row[part] = True
    return form_subscores(points.astype(np.float64), groups, np.ones(len(parts), dtype=np.bool_))


def sitting(n: int, sizes: tuple[int, ...], rho: float, seed: int = 1) -> np.ndarray:
    """Right and wrong answers: each part has an ability of its own, any two correlated `rho`."""
    rng = np.random.default_rng(seed)
    cov = np.full((len(sizes),) * 2, rho) + (1 - rho) * np.eye(len(sizes))
    theta = rng.multivariate_normal(np.zeros(len(sizes)), cov, n)
    ability = np.repeat(theta, sizes, axis=1)
    b = np.concatenate([np.linspace(-1.5, 1.5, k) for k in sizes])
    return (rng.random(ability.shape) < 1 / (1 + np.exp(1.3 * (b - ability)))).astype(np.int64)


def test_numbers_of_the_package_subscore() -> None:
    told, cells = results("sim2pl__subscores"), scores("sim2pl")
    names = [name for name in raw("sim2pl") if name != "id"]
    places = [[names.index(item) for item in part] for part in told["subscores"].values()]
    found = of(cells, *places)
    values = prmse(found.reliability, found.with_total, found.parallel_with_total)
    sd = np.sqrt(np.diag(found.covariance) * found.reliability)
    better = augmented(found.covariance, found.reliability)
    observed = np.stack([cells[:, part].sum(axis=1) for part in places], axis=1).astype(np.float64)
    own = estimates(better, observed, found.mean)
    ours = {
        "alpha": [*found.reliability, found.alpha],
        "values": values,
        "free": (found.covariance / np.outer(sd, sd)).T[np.tril_indices(4, -1)],
        "better": better,
        "mean": own.mean(axis=0),
        "sd": own.std(axis=0, ddof=1),
        "first": own[0],
    }
    compare_all("subscores", "sim2pl__subscores", ours, told)


def test_prmse_is_the_share_of_the_true_variance_that_a_regression_explains() -> None:
    """Scores made of known true scores and errors: the population's regressions, by simulation."""
    rng = np.random.default_rng(5)
    true = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 400_000)
    error = rng.normal(size=true.shape) * [1.0, 0.7]
    s, x = (true + error)[:, 0], (true + error).sum(axis=1)
    reliability = 0.5
    with_total = np.corrcoef(s, x)[0, 1]
    parallel = np.corrcoef(true[:, 0] + rng.normal(size=len(s)), x)[0, 1]
    found = prmse(np.array([reliability]), np.array([with_total]), np.array([parallel]))

    def explained(*predictors: np.ndarray) -> float:
        design = np.column_stack([np.ones(len(s)), *predictors])
        left = true[:, 0] - design @ np.linalg.lstsq(design, true[:, 0], rcond=None)[0]
        return 1 - float(left.var() / true[:, 0].var())

    assert found.subscore[0] == pytest.approx(explained(s), abs=5e-3)
    assert found.total[0] == pytest.approx(explained(x), abs=5e-3)
    assert found.both[0] == pytest.approx(explained(s, x), abs=5e-3)


def test_the_standard_error_of_the_gain_is_that_of_repeated_samples() -> None:
    parts = [list(range(4)), list(range(4, 16))]
    found = [of(sitting(300, (4, 12), 0.7, seed), *parts) for seed in range(120)]
    spread = np.std([one.gain for one in found], axis=0, ddof=1)
    assert np.mean([one.gain_se for one in found], axis=0) == pytest.approx(spread, rel=0.2)


def test_a_part_of_its_own_is_worth_its_score_and_one_of_the_same_ability_is_not() -> None:
    parts = [list(range(4)), list(range(4, 24))]
    apart, alike = (of(sitting(2000, (4, 20), rho), *parts) for rho in (0.1, 1.0))
    assert (apart.gain - 2 * apart.gain_se > 0).all()
    assert alike.gain[0] + 2 * alike.gain_se[0] < 0
    assert alike.gain[1] < 0.02


def test_forms_are_taken_together_by_their_candidates() -> None:
    parts = [list(range(4)), list(range(4, 16))]
    one, two = of(sitting(200, (4, 12), 0.5, 1), *parts), of(sitting(600, (4, 12), 0.5, 2), *parts)
    both = pooled([one, two])
    assert both.gain == pytest.approx((200 * one.gain + 600 * two.gain) / 800)
    assert (both.gain_se < np.minimum(one.gain_se, two.gain_se)).all()
    assert both.n.tolist() == [800, 800]
    single = pooled([one])
    assert np.array_equal(single.gain, one.gain)
    assert np.array_equal(single.gain_se, one.gain_se)
    assert not single.differs.any()
    assert pooled([one, of(sitting(600, (4, 12), -0.9, 2), *parts)]).differs.any()


def test_what_has_no_number_is_nan() -> None:
    points = sitting(50, (3, 6), 0.5)
    points[:, 0] = 1
    found = of(points, [0], [0, 1], [3], [1, 2], list(range(9)))
    assert np.isnan(found.reliability[:3]).all()
    assert np.isnan(found.gain[:3]).all()
    assert found.n_varying.tolist() == [0, 1, 1, 2, 8]
    values = prmse(found.reliability, found.with_total, found.parallel_with_total)
    assert np.isnan(values.both[4])  # the total itself
    against = of(np.array([[0, 1, 1], [1, 0, 0], [0, 1, 1], [1, 0, 1]]), [0, 1])
    assert against.reliability[0] < 0 or np.isnan(against.reliability[0])
    nothing = of(np.ones((5, 4), dtype=np.int64), [0, 1], [2, 3])
    assert np.isnan(nothing.gain).all()
    assert np.isnan(augmented(nothing.covariance, nothing.reliability).prmse).all()
    alone = of(sitting(1, (3, 6), 0.5), [0, 1, 2])
    assert np.isnan(alone.gain).all()


def test_a_part_of_one_item_lends_its_strength_and_has_no_estimate() -> None:
    found = of(sitting(400, (1, 4, 8), 0.6), [0], list(range(1, 5)), list(range(5, 13)))
    better = augmented(found.covariance, found.reliability)
    assert np.isnan(better.prmse[0])
    assert np.isfinite(better.prmse[1:]).all()
    assert np.isnan(better.reliability).all()
    assert better.weights[1, 0] > 0
    own = estimates(better, np.array([[1.0, 2, 3], [0.0, 2, 3]]), found.mean)
    assert np.isnan(own[:, 0]).all()
    assert own[0, 1] > own[1, 1]


def test_both_add_only_where_a_tenth_of_the_error_goes() -> None:
    found = prmse(np.array([0.6, 0.6, 0.2]), np.array([0.8, 0.5, 0.7]), np.array([0.59, 0.1, 0.6]))
    assert both_add(found).tolist() == [bool(b - max(s, x) > 0.1 * (1 - max(s, x))) and max(s, x) < 1 for s, x, b in zip(*found, strict=True)]  # fmt: skip


def test_what_varies_by_rounding_alone_does_not_vary() -> None:
    """Three items of which everybody has one right make a score that nobody differs in."""
    right = sitting(60, (4, 4), 0.5)
    found = of(np.column_stack([right, np.eye(3, dtype=int)[np.arange(60) % 3]]), [0, 1, 2, 3], [8, 9, 10])
    assert found.sd[1] == 0
    assert np.isfinite(found.gain[0])
    assert np.isnan(found.reliability[1])


def test_a_reliability_that_is_zero_but_for_rounding_explains_nothing() -> None:
    found = prmse(np.array([2e-15, 0.5]), np.array([0.3, 0.6]), np.array([0.3, 0.5]))
    assert np.isnan(found).T.tolist() == [[True] * 3, [False] * 3]
    part = augmented(np.array([[1.0, 0.2], [0.2, 1.0]]), np.array([2e-15, 0.5]))
    assert np.isnan(part.prmse).tolist() == [True, False]


def test_one_candidate_has_no_spread_and_two_have_no_error() -> None:
    right = sitting(2, (4, 4), 0.5, seed=3)
    assert np.isnan(of(right[:1], [0, 1, 2, 3], [4, 5, 6, 7]).sd).all()
    assert np.isnan(of(right, [0, 1, 2, 3], [4, 5, 6, 7]).gain_se).all()

"""Multiple-group models, likelihood-ratio DIF and Raju's areas: against mirt and ltm, and by numbers of our own."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.psychometrics.dif.area import GroupItemParameters, unsigned
from examgen.psychometrics.dif.methods import analyse_dif
from examgen.psychometrics.irt.marginal.groups import fit_groups
from tests.psychometrics import reference
from tests.psychometrics.reference import compare, compare_likelihood, results
from tests.psychometrics.test_dif import groups


@pytest.mark.parametrize("focal_first", [True, False])
def test_likelihood_ratio(focal_first: bool) -> None:
    file = "sim_dif__dif_irt_likelihood_ratio"
    theirs = results(file)
    group = groups("sim_dif")
    ours = analyse_dif(reference.scores("sim_dif"), 1 - group if focal_first else group, "lr")
    compare_likelihood(file, ours.log_likelihood, theirs["loglik_constrained"], 1e-4)
    # mirt stops at changes of 1e-5 in the parameters
    compare(file, "X2", ours.lr_chisq, theirs["X2"], 1e-4)
    compare(file, "p", ours.lr_p, theirs["p"], 1e-4)
    compare(file, "df", ours.lr_df, theirs["df"], 0)
    if focal_first:
        compare(
            file,
            "mean and variance",
            [ours.mean[1], ours.sd[1] ** 2],
            theirs["reference_group_mean_variance"],
            1e-3,
        )


@pytest.mark.parametrize("name", ["lsat6", "lsat7", "verbal", "irtoys_scored", "sat12", "sim2pl", "sim_dif"])
def test_one_group_is_the_2pl(name: str) -> None:
    file = f"{name}__2pl_mml"
    theirs, scores = results(file), reference.scores("sat12_scored" if name == "sat12" else name)
    ours = fit_groups(scores, np.zeros(len(scores), dtype=np.int64))
    compare_likelihood(f"{file} (groups)", ours.log_likelihood, theirs["loglik"], 1e-4)
    for field in ("a", "d"):
        compare(f"{file} (groups)", field, getattr(ours, field)[0], theirs[field], 1e-3)
        compare(
            f"{file} (groups)",
            f"se_{field}",
            getattr(ours, f"se_{field}")[0],
            theirs[f"se_{field}"],
            0.01,
            relative=True,
        )


def test_all_free_is_each_group_by_itself() -> None:
    scores, group = reference.scores("verbal"), groups("verbal")
    both = fit_groups(scores, group, free=np.ones(scores.shape[1], dtype=bool))
    for g in (0, 1):
        one = fit_groups(scores[group == g], np.zeros((group == g).sum(), dtype=np.int64))
        np.testing.assert_allclose(both.a[g], one.a[0], atol=1e-4)
        np.testing.assert_allclose(both.se_d[g], one.se_d[0], rtol=1e-3)


def test_rasch_groups_agree_with_one_group() -> None:
    theirs, scores = results("lsat7__rasch_mml"), reference.scores("lsat7")
    one = fit_groups(scores, np.zeros(len(scores), dtype=np.int64), model="rasch")
    compare_likelihood("lsat7__rasch_mml (groups)", one.log_likelihood, theirs["loglik"], 1e-4)
    two = fit_groups(scores, np.arange(len(scores)) % 2, model="rasch")
    assert two.log_likelihood >= one.log_likelihood
    assert two.n_parameters == one.n_parameters + 2


def test_planted_dif_is_found() -> None:
    """Uniform in I05, I12, I20, non-uniform in I27."""
    items = [1, 2, 4, 5, 7, 8, 11, 13, 19, 26]
    scores, group = reference.scores("sim_dif")[:, items], groups("sim_dif")
    uniform = analyse_dif(scores, group, "raju", kind="udif", purify=True)
    assert np.flatnonzero(uniform.flagged).tolist() == [2, 6, 8]
    either = analyse_dif(scores, group, "lr", purify=True, adjust="bh")
    assert np.flatnonzero(either.flagged).tolist() == [2, 6, 8, 9]
    nonuniform = analyse_dif(scores, group, "lr", kind="nudif", adjust="bonferroni")
    assert np.flatnonzero(nonuniform.flagged).tolist() == [9]


def test_unsigned_area_is_the_integral() -> None:
    """Raju's closed form against the area between the curves by brute force."""
    rng = np.random.default_rng(2)
    a, b = np.exp(rng.normal(0, 0.4, (2, 20))), rng.normal(0, 1, (2, 20))
    none = np.zeros(20)
    h, _ = unsigned(
        GroupItemParameters(a[0], b[0], none, none, none), GroupItemParameters(a[1], b[1], none, none, none)
    )
    theta = np.linspace(-60, 60, 240_001)
    curves = 1 / (1 + np.exp(np.clip(-a[:, :, None] * (theta - b[:, :, None]), -700, 700)))
    area = np.abs(curves[0] - curves[1]).sum(axis=1) * (theta[1] - theta[0])
    np.testing.assert_allclose(np.abs(h), area, atol=1e-6)


def test_raju_z_by_numerical_derivatives() -> None:
    """The standard error is the delta method's."""
    ref, foc = np.array([1.1, -0.3]), np.array([0.8, 0.2])
    se, cov = np.array([[0.1, 0.12], [0.15, 0.2]]), np.array([0.004, -0.006])

    def h(p: np.ndarray) -> float:
        zero = np.zeros(1)
        return float(
            unsigned(
                GroupItemParameters(p[:1], p[1:2], zero, zero, zero),
                GroupItemParameters(p[2:3], p[3:], zero, zero, zero),
            )[0][0]
        )

    at = np.concatenate([ref, foc])
    slopes = np.array([(h(at + e) - h(at - e)) / 2e-6 for e in np.eye(4) * 1e-6])
    block = [np.array([[se[g, 0] ** 2, cov[g]], [cov[g], se[g, 1] ** 2]]) for g in (0, 1)]
    variance = slopes[:2] @ block[0] @ slopes[:2] + slopes[2:] @ block[1] @ slopes[2:]
    wrap = [
        GroupItemParameters(*(np.array([v]) for v in (p[0], p[1], se[g, 0], se[g, 1], cov[g])))
        for g, p in ((0, ref), (1, foc))
    ]
    _, z = unsigned(*wrap)
    assert abs(z[0]) == pytest.approx(abs(h(at)) / np.sqrt(variance), rel=1e-6)

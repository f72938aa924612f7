"""Fits by marginal likelihood, of one group and of several, against mirt, ltm and TAM."""

from __future__ import annotations

import importlib.util
from functools import cache

import numpy as np
import pytest

from examgen.stats.irt_models import Fit, dichotomous
from examgen.stats.mml_curves import LogitNormal
from examgen.stats.mml_fit import fit_groups, fit_mml
from examgen.stats.quadrature import ability, normal_grid
from tests.psychometrics import reference
from tests.psychometrics.compared import compare_all
from tests.psychometrics.fitted import names
from tests.psychometrics.reference import compare, compare_likelihood, results

SAT12 = {"sat12": "sat12_scored"}
MIRT_PRIOR, USUAL = LogitNormal(-1.386, 0.5), LogitNormal(-1.1, 0.5)
SLOW = pytest.mark.long(
    "seconds on a flat likelihood; irtoys_scored is tried, and both data sets with a prior"
)
SECONDS = pytest.mark.long("seconds; lsat6 is tried each time")


def scores(name: str) -> np.ndarray:
    return reference.scores(SAT12.get(name, name))


@cache
def fitted(name: str, model: str) -> Fit:
    return fit_mml(scores(name), model)


def files(*methods: str) -> list[str]:
    """Names of all reference files of these methods."""
    return sorted(name for method in methods for name in names(method)) or [f"lsat6__{methods[0]}"]


@pytest.mark.parametrize("file", files("rasch_mml", "1pl_mml", "2pl_mml"))
def test_logistic_models_are_those_of_mirt(file: str) -> None:
    name, method = file.split("__")
    theirs, ours = results(file), fitted(name, method.removesuffix("_mml"))
    assert ours.converged
    assert ours.n_parameters == theirs["npar"]
    compare_likelihood(file, ours.log_likelihood, theirs["loglik"], 1e-4)
    compare_all("mml", file, ours, theirs)
    if method != "rasch_mml":
        compare_all("mml slopes", file, ours, theirs)
        assert ours.sd[0] == 1.0
    else:
        sd, se = float(ours.sd[0]), float(ours.se_sd[0])
        compare_all("mml variance", file, ours, theirs, variance=sd**2, se_variance=2 * sd * se)
        assert np.isnan(ours.se_a).all()


@pytest.mark.parametrize("file", files("rasch_ltm", "2pl_ltm"))
def test_logistic_models_are_those_of_ltm(file: str) -> None:
    name, method = file.split("__")
    theirs, ours = results(file), fitted(name, "1pl" if method == "rasch_ltm" else "2pl")
    estimate, n_items = theirs["estimate"], len(ours.parameters.a)
    # 61 Gauss-Hermite nodes against 61 equally spaced ones
    compare(file, "log-likelihood", ours.log_likelihood, theirs["loglik"], 1e-2)
    compare(file, "b", ours.parameters.b[:, 0], estimate[:n_items], 5e-3)
    compare(file, "a", ours.parameters.a[: len(estimate) - n_items], estimate[n_items:], 5e-3)


@pytest.mark.parametrize("file", files("rasch_tam"))
def test_the_rasch_model_is_that_of_tam(file: str) -> None:
    theirs, ours = results(file), fitted(file.split("__", maxsplit=1)[0], "rasch")
    # TAM does not renormalise the weights of the nodes: 0.003 where [-6, 6] cuts a variance of 1.9
    cut = ours.n_candidates * ability(normal_grid(), 0.0, float(np.log(ours.sd[0]))).log_total
    compare(file, "log-likelihood", ours.log_likelihood + cut, theirs["loglik"], 1e-4)
    compare(file, "difficulty", ours.parameters.b[:, 0], theirs["difficulty"], 1e-3)
    compare(file, "variance of ability", ours.sd**2, [theirs["theta_variance"]], 1e-3)


def test_the_2pl_of_the_timing_data_is_that_of_mirt() -> None:
    theirs = results("../timing/timing__mirt_5000_50_1e-7")
    path = reference.found("timing/rebuild_data.py")
    spec = importlib.util.spec_from_file_location("rebuild_data", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cells = module.generate(5000, 50)[0].astype(np.int8)
    assert cells.sum() == theirs["sum_X"]
    ours = fit_mml(cells, "2pl", standard_errors=False)
    compare_likelihood("timing 5000 × 50", ours.log_likelihood, theirs["loglik"], 1e-4)
    compare_all("mml timing", "timing 5000 × 50", ours, theirs)


# ── guessing ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("file", "test"),
    [
        ("irtoys_scored__3pl_prior_mml", "3pl with a prior"),
        ("sat12__3pl_prior_mml", "3pl with a prior"),
        ("sim_guessing__3pl_prior_mirt", "3pl with missing answers"),
    ],
)
def test_the_3pl_with_a_prior_is_that_of_mirt(file: str, test: str) -> None:
    theirs = results(file)
    fit = fit_mml(scores(file.split("__", maxsplit=1)[0]), "3pl", prior_c=MIRT_PRIOR)
    c, posterior = fit.parameters.c, fit.log_likelihood + fit.log_prior
    known = theirs | {"posterior": theirs["loglik"] + theirs["log_prior"]}
    more = {"posterior": posterior, "se_logit": fit.se_c / (c * (1.0 - c))}
    if test == "3pl with a prior":
        assert fit.n_parameters == theirs["npar"]
        more["curve"] = fit.parameters.expected_scores(reference.floats(theirs["theta_grid"])).sum(axis=1)
        compare_likelihood(file, posterior, known["posterior"], 1e-4)
    compare_all(test, file, fit, known, **more)
    assert fit.converged


@pytest.mark.parametrize(
    ("file", "data"),
    [
        ("irtoys_scored__3pl_mml", "irtoys_scored"),
        ("irtoys_scored__3pl_ltm", "irtoys_scored"),
        pytest.param("sat12__3pl_mml", "sat12", marks=SLOW),
        pytest.param("sim_guessing__3pl_mirt", "sim_guessing", marks=SLOW),
    ],
)
def test_the_3pl_without_a_prior_is_not_below_mirt_and_ltm(file: str, data: str) -> None:
    theirs = results(file)
    fit = fit_mml(scores(data), "3pl", standard_errors=False)
    compare_likelihood(file, fit.log_likelihood, theirs["loglik"], 0.05)
    assert fit.n_parameters == theirs.get("npar", fit.n_parameters)


def test_asymptotes_fixed_at_the_ends_are_the_two_parameter_model() -> None:
    theirs, label = results("sim2pl__2pl_mml"), "sim2pl__2pl_mml (c = 0)"
    cells = scores("sim2pl")
    free = np.full(cells.shape[1], np.nan)
    fit = fit_mml(cells, "3pl", fixed=dichotomous(free, free, np.zeros_like(free)))
    compare_likelihood(label, fit.log_likelihood, theirs["loglik"], 1e-4)
    compare_all("mml as 3pl without guessing", label, fit, theirs)
    assert fit.n_parameters == theirs["npar"]
    assert np.isnan(fit.se_c).all()


# ── partial scores ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", ["grm", "pcm", "gpcm"])
def test_models_of_partial_scores_are_those_of_mirt(model: str) -> None:
    """Two to five categories, some answers missing."""
    file = f"sim_graded__{model}_mirt"
    theirs, fit = results(file), fit_mml(scores("sim_graded"), model)
    assert fit.converged
    assert fit.n_parameters == theirs["npar"]
    compare_likelihood(file, fit.log_likelihood, theirs["loglik"], 1e-4)
    compare_all("graded", file, fit, theirs)
    for k, name in enumerate(name for name in ("d1", "d2", "d3", "d4") if name in theirs):
        both, errors = theirs[name], theirs[f"se_{name}"]
        if not k:  # mirt calls the only intercept of an item with two categories d
            both, errors = (
                [one if one is not None else other for one, other in zip(own, theirs.get(only, both), strict=True)]
                for own, only in ((both, "d"), (errors, "se_d"))
            )  # fmt: skip
        compare(file, name, fit.parameters.d[:, k], both, 1e-3)
        compare(file, f"se_{name}", fit.se_d[:, k], errors, 1e-2, relative=True)
    if model == "pcm":
        compare_all("graded variance", file, fit, theirs, variance=fit.sd[0] ** 2)
        assert (fit.parameters.a == 1.0).all()
        assert np.isnan(fit.se_a).all()
    else:
        compare_all("graded slopes", file, fit, theirs)


@pytest.mark.parametrize(
    "name", ["lsat6", pytest.param("sim2pl", marks=SECONDS), pytest.param("sat12", marks=SECONDS)]
)
@pytest.mark.parametrize(("model", "same"), [("grm", "2pl"), ("gpcm", "2pl"), ("pcm", "rasch")])
def test_with_two_categories_is_the_dichotomous_model(name: str, model: str, same: str) -> None:
    theirs, fit = results(f"{name}__{same}_mml"), fitted(name, model)
    label = f"{name}__{same}_mml ({model})"
    compare_likelihood(label, fit.log_likelihood, theirs["loglik"], 1e-4)
    compare_all("mml of two categories", label, fit, theirs)


# ── groups ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["lsat6", "lsat7", "verbal", "irtoys_scored", "sat12", "sim2pl", "sim_dif"])
def test_one_group_is_the_2pl(name: str) -> None:
    label, theirs, cells = f"{name}__2pl_mml (groups)", results(f"{name}__2pl_mml"), scores(name)
    ours = fit_groups(cells, np.zeros(len(cells), dtype=np.int64))
    compare_likelihood(label, ours.log_likelihood, theirs["loglik"], 1e-4)
    compare_all("one group", label, ours.fits[0], theirs)


def test_rasch_groups_agree_with_one_group() -> None:
    theirs, cells = results("lsat7__rasch_mml"), scores("lsat7")
    one = fit_groups(cells, np.zeros(len(cells), dtype=np.int64), model="rasch")
    compare_likelihood("lsat7__rasch_mml (groups)", one.log_likelihood, theirs["loglik"], 1e-4)
    two = fit_groups(cells, np.arange(len(cells)) % 2, model="rasch")
    assert two.log_likelihood >= one.log_likelihood
    assert two.n_parameters == one.n_parameters + 2


@pytest.mark.parametrize("name", ["groups__grm", "groups__grm_free_item", "groups__gpcm", "groups__pcm"])
def test_groups_of_partial_scores_are_those_of_mirt(name: str) -> None:
    """mirt's steps end some 1e-4 before its maximum; `_free_item`: the third item differs between the groups."""
    theirs, model = results(name), name.split("_")[2]
    free = np.arange(8) == (2 if name.endswith("free_item") else 8)
    fit = fit_groups(reference.cells_of(theirs), np.array(theirs["group"]), model=model, free=free)
    assert fit.converged
    assert fit.n_parameters == theirs["n_parameters"]
    compare_likelihood(name, fit.log_likelihood, theirs["loglik"], 1e-5)
    one, two = fit.fits
    compare_all("groups", name, one, theirs["one"])
    compare_all("groups", name, two, theirs["two"])
    if model != "pcm":
        compare(name, "se of a", one.se_a, theirs["se_one"]["a"], 1e-4)
    compare(name, "se of d", one.se_d, theirs["se_one"]["d"], 1e-4)
    compare_all(
        "second group", name, second(two), {key: own[1] for key, own in theirs.items() if key in SECOND}
    )


SECOND = ("mean", "variance", "se_mean", "se_variance")


def second(fit: Fit) -> dict[str, float]:
    """The ability of a group, with its variance."""
    mean, sd, se_mean, se_sd = (float(one[0]) for one in (fit.mean, fit.sd, fit.se_mean, fit.se_sd))
    return {"mean": mean, "variance": sd**2, "se_mean": se_mean, "se_variance": 2 * sd * se_sd}


def test_the_3pl_of_groups_is_that_of_mirt() -> None:
    name = "groups__3pl"
    theirs = results(name)
    found = fit_groups(reference.cells_of(theirs), np.array(theirs["group"]), model="3pl", prior_c=USUAL)
    assert found.converged
    # mirt's log-likelihood is without the prior, and its maximum is that of both together
    one, two = found.fits
    c = one.parameters.c
    known = theirs | {f"{key}_two": theirs[key][1] for key in ("mean", "variance", "se_mean")}
    for key in ("one", "se_one"):
        known[key] = theirs[key] | {"d": np.ravel(theirs[key]["d"])}
    more = {"logit": np.log(c / (1 - c)), "se_logit": one.se_c / (c * (1 - c))} | second(two)
    compare_all("3pl groups", name, one, known, **more)

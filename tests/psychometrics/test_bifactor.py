"""Bifactor and testlet models, against mirt, against a likelihood summed here over all abilities at once, by brute
force, and against simulated truth (seeds below)."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.psychometrics.irt.marginal.bifactor import BifactorFit, bifactor_eap, fit_bifactor
from examgen.psychometrics.irt.marginal.models import fit_mml
from tests.psychometrics import reference

MODELS = ("bifactor", "testlet")
TESTLETS = np.array([0, 0, 0, 0, 1, 1, 1, 1, -1, -1])


def sitting(
    n: int, seed: int, testlet: np.ndarray, model: str = "bifactor", spread: float = 0.9
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores, slopes (3, J): general, specific, intercept; general ability; σ of the testlets."""
    rng, n_items = np.random.default_rng(seed), len(testlet)
    n_testlets = int(testlet.max()) + 1
    a, d = rng.lognormal(0.15, 0.25, n_items), rng.normal(0.0, 0.9, n_items)
    sigma = spread * np.linspace(0.7, 1.2, n_testlets)
    own = a * sigma[testlet] if model == "testlet" else spread * rng.lognormal(0.0, 0.2, n_items)
    own = np.where(testlet >= 0, own, 0.0)
    theta, effect = rng.normal(size=n), rng.normal(size=(n, n_testlets))
    z = np.outer(theta, a) + effect[:, testlet] * own + d
    return (rng.random(z.shape) < 1 / (1 + np.exp(-z))).astype(np.int8), np.stack([a, own, d]), theta, sigma


def brute(
    scores: np.ndarray, slopes: np.ndarray, testlet: np.ndarray, n_general: int = 31, n_own: int = 25
) -> tuple[float, np.ndarray, np.ndarray]:
    """Log-likelihood, and mean and sd of the general ability of each candidate, with two testlets: over all
    combinations of nodes, each pattern of answers once."""
    nodes = [np.linspace(-6, 6, k) for k in (n_general, n_own, n_own)]
    theta, *effects = (one.ravel() for one in np.meshgrid(*nodes, indexing="ij"))
    weights = np.exp(-0.5 * (theta**2 + effects[0] ** 2 + effects[1] ** 2))
    weights /= weights.sum()
    a, s, d = slopes[:, :, None]
    none = np.zeros_like(theta)
    z = a * theta + s * np.stack([effects[t] if t >= 0 else none for t in testlet]) + d
    right, wrong = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    rows, which = np.unique(scores, axis=0, return_inverse=True)
    joint = np.exp((rows == 1).astype(float) @ right + (rows == 0).astype(float) @ wrong) * weights
    total = joint.sum(axis=1)
    mean = joint @ theta / total
    sd = np.sqrt(joint @ theta**2 / total - mean**2)
    return float(np.log(total)[which.ravel()].sum()), mean[which.ravel()], sd[which.ravel()]


def slopes_at(fit: BifactorFit, values: np.ndarray) -> np.ndarray:
    """(3, J) of the free parameters, in the order of `fit.free`."""
    out = np.zeros((3, len(fit.a)))
    for (name, place), value in zip(fit.free, values, strict=True):
        if name == "sigma":
            mine = fit.testlet == place
            out[1, mine] = out[0, mine] * value
        else:
            out[{"a": 0, "specific": 1, "d": 2}[name], place] = value
    return out


def values_of(fit: BifactorFit) -> np.ndarray:
    of = {"a": fit.a, "d": fit.d, "specific": fit.specific, "sigma": fit.sigma}
    return np.array([of[name][place] for name, place in fit.free])


@pytest.fixture(scope="module", params=MODELS)
def small(request: pytest.FixtureRequest) -> tuple[np.ndarray, BifactorFit]:
    scores, *_ = sitting(300, 71, TESTLETS, request.param, 1.2)
    scores[::9, 2] = -1
    scores[::50, :] = -1
    return scores, fit_bifactor(scores, TESTLETS, model=request.param)


def test_likelihood_and_abilities_are_those_of_the_whole_integral(
    small: tuple[np.ndarray, BifactorFit],
) -> None:
    scores, fit = small
    assert fit.converged
    assert fit.n_candidates == 300 - 6
    answered = (scores >= 0).any(axis=1)
    slopes = np.stack([fit.a, fit.specific, fit.d])
    value, mean, sd = brute(scores[answered], slopes, TESTLETS)
    assert fit.log_likelihood == pytest.approx(value, abs=1e-7)
    found = bifactor_eap(scores, fit)
    assert found.theta[answered] == pytest.approx(mean, abs=1e-8)
    assert found.se[answered] == pytest.approx(sd, abs=1e-7)
    assert np.isnan(found.theta[~answered]).all()
    # finer nodes make no difference
    assert brute(scores[answered], slopes, TESTLETS, 49, 41)[0] == pytest.approx(value, abs=1e-3)


def test_it_is_a_maximum_and_the_covariance_is_its_curvature(small: tuple[np.ndarray, BifactorFit]) -> None:
    """By differences of the brute-force likelihood along three directions through all parameters (seed 72)."""
    scores, fit = small
    scores = scores[(scores >= 0).any(axis=1)]
    at, information = values_of(fit), np.linalg.inv(fit.covariance)
    rng, h = np.random.default_rng(72), 0.02
    assert fit.covariance.shape == (fit.n_parameters, fit.n_parameters) == (len(at), len(at))
    here = brute(scores, slopes_at(fit, at), TESTLETS)[0]
    for _ in range(3):
        step = rng.normal(size=len(at))
        step *= h / np.sqrt((step**2).sum())
        up, down, up2, down2 = (
            brute(scores, slopes_at(fit, at + k * step), TESTLETS)[0] for k in (1, -1, 2, -2)
        )
        slope = (8 * (up - down) - (up2 - down2)) / 12
        bend = (16 * (up + down) - (up2 + down2) - 30 * here) / 12
        assert abs(slope) / h < 5e-3
        assert -bend == pytest.approx(step @ information @ step, rel=2e-4)
    if fit.model == "testlet":
        mine = fit.testlet >= 0
        assert fit.specific[mine] == pytest.approx(fit.a[mine] * fit.sigma[fit.testlet[mine]])
    else:
        named = [place for name, place in fit.free if name == "specific"]
        own = [name == "specific" for name, _ in fit.free]
        assert fit.se_specific[named] == pytest.approx(np.sqrt(np.diag(fit.covariance)[own]))


@pytest.mark.parametrize("model", MODELS)
def test_truth_is_recovered(model: str) -> None:
    """3,000 × 30, six testlets of five, seed 73: errors have mean 0 and sd 1 in units of their standard errors; the
    errors of EAP are as large as it says, and a 2PL says that they are smaller than they are."""
    testlet = np.repeat(np.arange(6), 5)
    scores, slopes, theta, sigma = sitting(3000, 73, testlet, model)
    fit = fit_bifactor(scores, testlet, model=model)
    z = np.concatenate(
        [(own - true) / se for own, true, se in zip(
            (fit.a, fit.specific, fit.d), slopes, (fit.se_a, fit.se_specific, fit.se_d), strict=True
        )]
    )  # fmt: skip
    assert fit.converged
    assert not fit.notes
    assert np.abs(z).max() < 4.0
    assert z.std() == pytest.approx(1.0, abs=0.25)
    if model == "testlet":
        assert (np.abs(fit.sigma - sigma) < 3.5 * fit.se_sigma).all()
        assert fit.se_sigma.max() < 0.06
    else:
        assert np.isnan(fit.sigma).all()
    found = bifactor_eap(scores, fit)
    error = found.theta - theta
    assert np.sqrt(np.mean(error**2)) == pytest.approx(np.sqrt(np.mean(found.se**2)), rel=0.05)
    assert fit.log_likelihood > fit_mml(scores, "2pl", standard_errors=False).log_likelihood + 500


def test_without_dependence_the_testlet_model_is_the_2pl() -> None:
    """Seed 74, 1,000 × 10: effects of standard deviation 0."""
    testlet = np.repeat([0, 1], 5)
    scores, *_ = sitting(1000, 74, testlet, "testlet", 0.0)
    fit, two = fit_bifactor(scores, testlet, model="testlet"), fit_mml(scores, "2pl")
    assert -1e-5 < fit.log_likelihood - two.log_likelihood < 3.0
    assert (fit.sigma < 0.45).all()


def test_testlets_have_names_and_what_cannot_be_fitted_is_told() -> None:
    scores, *_ = sitting(600, 75, TESTLETS)
    names = np.where(TESTLETS < 0, "", np.where(TESTLETS == 0, "map", "table"))
    named = fit_bifactor(scores, names, standard_errors=False)
    assert named.testlet.tolist() == TESTLETS.tolist()
    assert np.isnan(named.se_a).all()
    assert named.covariance.size == 0
    scores[:, 0] = 1
    scores[:, 5] = 0
    scores[:, 6] = 1
    found = fit_bifactor(scores, TESTLETS)
    assert [(note.code, note.item, note.group) for note in found.notes] == [
        ("all-right", 0, None),
        ("all-wrong", 5, None),
        ("all-right", 6, None),
        ("small-testlet", None, 1),
    ]
    assert np.isnan(found.a[[0, 5, 6]]).all()
    assert found.specific[[4, 7]].tolist() == [0.0, 0.0]
    one = fit_bifactor(scores[:, :4], np.zeros(4))
    assert [note.code for note in one.notes] == ["all-right", "not-identified"]
    assert np.isnan(one.log_likelihood)
    with pytest.raises(ValueError, match="bifactor or testlet"):
        fit_bifactor(scores, TESTLETS, model="2pl")
    with pytest.raises(ValueError, match="each of 10 items"):
        fit_bifactor(scores, TESTLETS[:4])
    with pytest.raises(ValueError, match="0 and 1"):
        fit_bifactor(scores + 1, TESTLETS)
    with pytest.raises(ValueError, match="wanted for 10 items"):
        bifactor_eap(scores[:, :4], found)


def test_two_testlets_of_three_items_do_not_determine_a_bifactor_model() -> None:
    testlet = np.repeat([0, 1], 3)
    scores, *_ = sitting(800, 76, testlet)
    told = {note.code for note in fit_bifactor(scores, testlet).notes}
    assert told & {"singular-information", "slope-to-infinity"}


def test_both_models_are_those_of_mirt() -> None:
    """The testlet model is in mirt one of three dimensions with 27 nodes each, in ours 31 and 25."""
    name = "testlets__mirt"
    theirs = reference.results(name)
    scores, testlet = reference.cells_of(theirs), np.array(theirs["testlet"])
    for model, known in (("bifactor", theirs["bifactor"]), ("testlet", theirs["testlet_model"])):
        fit = fit_bifactor(scores, testlet, model=model)
        assert fit.converged
        reference.compare(name, f"{model}: log-likelihood", fit.log_likelihood, known["loglik"], 1e-5)
        for what in ("a", "d"):
            reference.compare(name, f"{model}: {what}", getattr(fit, what), known[what], 2e-4)
            errors = getattr(fit, f"se_{what}"), known[f"se_{what}"]
            reference.compare(name, f"{model}: se of {what}, relative", *errors, 5e-4, relative=True)
        if model == "testlet":
            reference.compare(name, "testlet: σ²", fit.sigma**2, known["variance"], 5e-4)
            errors = 2 * fit.sigma * fit.se_sigma, known["se_variance"]
            reference.compare(name, "testlet: se of σ², relative", *errors, 5e-4, relative=True)
            continue
        # the sign of an effect is nothing that data say
        specific = np.abs(fit.specific), np.abs(reference.floats(known["specific"]))
        reference.compare(name, "bifactor: specific slopes", *specific, 2e-4)
        inside = testlet >= 0
        errors = fit.se_specific[inside], reference.floats(known["se_specific"])[inside]
        reference.compare(name, "bifactor: se of specific slopes, relative", *errors, 5e-4, relative=True)
        found, eap = bifactor_eap(scores, fit), np.array(theirs["eap"])
        reference.compare(name, "bifactor: EAP", found.theta, eap[:, 0], 1e-5)
        reference.compare(name, "bifactor: its error", found.se, eap[:, 3], 1e-5)

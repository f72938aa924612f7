"""Rasch by conditional likelihood against eRm on every reference set, and on what data can be like."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.stats.rasch import andersen, counted, fit_cml, gamma, groups_by, item_wald, rasch_fit
from tests.psychometrics import reference
from tests.psychometrics.compared import compare_all

DATA = {"sat12": "sat12_scored"}
SETS = ("lsat6", "lsat7", "verbal", "raschdat1", "irtoys_scored", "sat12", "sim2pl")
FIT = ("infit", "outfit", "z_infit", "z_outfit")
"""eRm's nlm stops at a gradient of 1e-6 a candidate: its estimates are some 5e-5 from the maximum, and what
follows from them, these, up to 8e-4."""


def data(name: str) -> NDArray[np.int8]:
    return reference.scores(DATA.get(name, name))


def rasch(n: int, k: int, *, spread: float = 1.0, seed: int = 1) -> NDArray[np.int8]:
    chance = np.random.default_rng(seed)
    theta, b = chance.normal(0, 1.2, (n, 1)), chance.normal(0, spread, k)
    return (chance.random((n, k)) < 1 / (1 + np.exp(b - theta))).astype(np.int8)


@pytest.mark.parametrize("name", SETS)
def test_difficulties_standard_errors_and_likelihood_are_eRms(name: str) -> None:
    file = f"{name}__rasch_cml"
    theirs, fit = reference.results(file), fit_cml(data(name))
    compare_all("cml", file, fit, theirs)
    reference.compare_likelihood(file, fit.log_likelihood, theirs["loglik"], 1e-6)
    assert abs(fit.log_likelihood - theirs["loglik"]) < 1e-5, "theirs is at most so far from the maximum"
    assert fit.n_parameters == theirs["npar"]
    assert fit.converged
    assert not fit.notes


@pytest.mark.parametrize("name", SETS)
def test_abilities_and_fit_are_eRms(name: str) -> None:
    file = f"{name}__rasch_cml"
    theirs, scores = reference.results(file), data(name)
    fit = fit_cml(scores)
    found = rasch_fit(scores, fit)
    inner = ~np.array(theirs["person"]["extrapolated"])
    theta = np.array(reference.floats(theirs["person"]["theta"]))
    reference.compare(file, "person theta", found.theta[inner], theta[inner].tolist(), 1e-4)
    assert np.isinf(found.theta[~inner]).all()
    people = {name: getattr(found.candidates, name)[inner] for name in FIT}
    square = found.items.outfit * found.items.n
    compare_all("cml fit", file, found, theirs, candidates=people, chi_square=square)
    assert found.items.n.tolist() == theirs["fit_df"]


@pytest.mark.parametrize("name", SETS)
def test_walds_test_of_items_is_eRms(name: str) -> None:
    file = f"{name}__rasch_cml"
    theirs, found = reference.results(file)["wald_median"], item_wald(data(name))
    if theirs is None:
        assert np.isnan(found.z).all()
        return
    known = np.isfinite(found.z)
    # eRm's difficulties and standard errors come from nlm: four digits
    reference.compare(file, "Wald z of items", found.z[known], theirs["z"], 2e-3)
    reference.compare(file, "Wald p of items", found.p[known], theirs["p"], 1e-3)


def test_walds_test_takes_two_groups_and_finds_the_item_that_differs() -> None:
    """Seed 41: item 3 is a logit harder for the second of two groups of 500."""
    rng, group = np.random.default_rng(41), np.repeat([0, 1], 500)
    b = np.linspace(-1.5, 1.5, 10) + np.outer(group, np.eye(10)[3])
    scores = (rng.random((1000, 10)) < 1 / (1 + np.exp(b - rng.normal(size=(1000, 1))))).astype(np.int8)
    found = item_wald(scores, group)
    assert found.z[3] == found.z.max() > 4
    assert found.difficulty.sum(axis=1) == pytest.approx([0, 0], abs=1e-8)
    with pytest.raises(ValueError, match="two groups, not 3"):
        item_wald(scores, np.arange(1000) % 3)
    assert np.isnan(item_wald(scores, np.zeros(1000, int)).z).all()


@pytest.mark.parametrize("name", SETS)
def test_andersens_tests_are_eRms(name: str) -> None:
    file = f"{name}__rasch_cml"
    theirs, scores = reference.results(file), data(name)
    for split in ("median", "mean"):
        expected, found = theirs[f"andersen_lr_{split}"], andersen(scores, split)
        if expected is None:
            assert np.isnan(found.statistic)
            assert found.notes[-1].code == "too-few-items"
            continue
        reference.compare(file, f"andersen_{split} LR", [found.statistic], [expected["LR"]], 1e-4)
        reference.compare(file, f"andersen_{split} p", [found.p], [expected["p"]], 1e-6)
        groups = found.log_likelihoods
        reference.compare(file, f"andersen_{split} groups", groups, expected["loglik_groups"], 1e-5)
        assert found.df == expected["df"]


def test_symmetric_functions_are_those_of_all_answer_patterns() -> None:
    """γ and both derivatives, by writing out all 2^K answers; one pattern with two items not answered."""
    easiness = np.array([-1.5, 0.2, 0.7, 2.0, -0.3])
    answered = np.array([[True] * 5, [True, False, True, True, False]])
    counts = np.array([[0, 3, 5, 2, 1, 0], [0, 4, 2, 0, 0, 0]], dtype=float)
    found = gamma(easiness, answered, counts, information=True)
    log_gamma, expected, information = 0.0, np.zeros(5), np.zeros((5, 5))
    for mask, row in zip(answered, counts, strict=True):
        answers = np.array([x for x in product((0, 1), repeat=5) if not np.any(np.array(x)[~mask])])
        weight = np.exp(answers @ easiness)
        for r in range(1, 5):
            some = answers.sum(axis=1) == r
            if row[r] and some.any():
                chance = weight[some] / weight[some].sum()
                mean = chance @ answers[some]
                log_gamma += row[r] * np.log(weight[some].sum())
                expected += row[r] * mean
                information += row[r] * ((answers[some].T * chance) @ answers[some] - np.outer(mean, mean))
    assert found.log_gamma == pytest.approx(log_gamma, abs=1e-12)
    assert found.expected == pytest.approx(expected, abs=1e-12)
    assert found.information == pytest.approx(information, abs=1e-12)


def test_two_hundred_items_of_any_difficulty_neither_overflow_nor_lose_digits() -> None:
    scores = rasch(1500, 200, spread=4.0)
    fit = fit_cml(scores)
    known = np.flatnonzero(~np.isnan(fit.parameters.d[:, 0]))
    counts = counted(scores[:, known])
    easiness = fit.parameters.d[known, 0]
    found = gamma(easiness, counts.answered, counts.counts)
    assert np.abs(counts.right - found.expected).max() < 1e-6 * len(scores)
    shifted = gamma(easiness + 300.0, counts.answered, counts.counts)
    assert shifted.expected == pytest.approx(found.expected, abs=1e-9)
    assert np.abs(easiness).max() > 6
    assert fit.converged


def test_scores_too_unlikely_at_one_ability_are_taken_at_several() -> None:
    easiness = np.concatenate([np.full(450, 8.0), np.full(450, -8.0)])
    counts = np.zeros((1, 901))
    counts[0, [3, 450, 897]] = 1.0
    found = gamma(easiness, np.ones((1, 900), dtype=bool), counts)
    assert found.expected[:450] == pytest.approx(np.full(450, (3 + 450 + 450) / 450), rel=1e-3)
    assert found.expected.sum() == pytest.approx(3 + 450 + 897, rel=1e-9)


def test_candidates_who_tell_nothing_change_nothing() -> None:
    scores = rasch(200, 8)
    one_answer = np.full((3, 8), -1, dtype=np.int8)
    one_answer[[0, 1, 2], [0, 3, 5]] = 1, 0, 1
    more = [
        scores, np.zeros((4, 8), np.int8), np.ones((7, 8), np.int8), one_answer, np.full((2, 8), -3, np.int8),
    ]  # fmt: skip
    with_them = fit_cml(np.concatenate(more))
    alone = fit_cml(scores)
    assert with_them.parameters.d == pytest.approx(alone.parameters.d, abs=1e-9)
    assert with_them.se_d == pytest.approx(alone.se_d, abs=1e-9)
    assert with_them.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-9)
    assert with_them.n_candidates == 200 + 4 + 7 + 3


def test_patterns_of_missing_answers_have_functions_of_their_own() -> None:
    """The likelihood of two booklets is the sum of each one's, at the same parameters."""
    scores = rasch(400, 9)
    scores[:200, 6:], scores[200:, :3] = -3, -1
    fit = fit_cml(scores)
    d = fit.parameters.d[:, 0]
    total = 0.0
    for rows, items in ((slice(0, 200), slice(0, 6)), (slice(200, 400), slice(3, 9))):
        part = counted(scores[rows, items])
        total += part.right @ d[items] - gamma(d[items], part.answered, part.counts).log_gamma
    assert fit.log_likelihood == pytest.approx(total, abs=1e-9)
    assert fit.converged
    assert not fit.notes
    assert abs(d.sum()) < 1e-9


def test_items_without_a_finite_estimate_are_named_and_left_out() -> None:
    scores = rasch(300, 8)
    scores[:, 1], scores[:, 2], scores[:, 3] = 1, 0, -1
    scores[:50, 5] = 2
    fit = fit_cml(scores)
    assert {note.item: note.code for note in fit.notes} == {
        1: "all-right", 2: "all-wrong", 3: "no-answers", 5: "more-than-two-scores"
    }  # fmt: skip
    assert np.flatnonzero(np.isnan(fit.parameters.d[:, 0])).tolist() == [1, 2, 3, 5]
    alone = fit_cml(scores[:, [0, 4, 6, 7]])
    assert fit.parameters.d[[0, 4, 6, 7]] == pytest.approx(alone.parameters.d, abs=1e-9)


def test_one_sided_comparisons_and_unlinked_booklets_are_named() -> None:
    separated = rasch(200, 6)
    separated[:, 0] = 0
    separated[0] = 1
    assert [(note.code, note.item) for note in fit_cml(separated).notes] == [("separation", 0)]
    unlinked = rasch(300, 10)
    unlinked[:150, 6:], unlinked[150:, :6] = -3, -3
    found = fit_cml(unlinked)
    assert [(note.code, note.item) for note in found.notes] == [("not-linked", j) for j in range(6, 10)]
    assert found.converged
    steps = np.repeat(np.tril(np.ones((6, 6), np.int8))[:, :5], 10, axis=0)
    assert fit_cml(steps).notes[-1].code == "too-few-items"


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros((0, 4), np.int8), np.zeros((4, 0), np.int8), np.ones((5, 4), np.int8),
        np.full((5, 4), -2, np.int8), rasch(1, 5), rasch(50, 1), rasch(3, 100_000),
    ],
    ids=["nobody", "no items", "all right", "all missing", "one candidate", "one item", "100,000 items"],
)  # fmt: skip
def test_what_cannot_be_fitted_is_said(scores: NDArray[np.int8]) -> None:
    fit = fit_cml(scores)
    assert not fit.converged
    assert np.isnan(fit.log_likelihood)
    assert np.isnan(fit.parameters.d).all()
    assert fit.notes[-1].item is None
    found = rasch_fit(scores, fit)
    assert np.isnan(found.theta).all()
    assert np.isnan(found.separation_reliability)
    assert np.isnan(andersen(scores).statistic)


def test_one_number_right_alone_has_no_separation() -> None:
    scores = np.eye(4, dtype=np.int8)[np.arange(13) % 4]  # 13 equal abilities, whose mean is rounded
    found = rasch_fit(scores, fit_cml(scores))
    assert np.isnan(found.separation_reliability)
    assert "no-spread" in {note.code for note in found.notes}


def test_a_split_of_ones_own_finds_an_item_that_differs() -> None:
    scores = rasch(2000, 10)
    group = np.arange(2000) % 2
    chance = np.random.default_rng(5)
    scores[group == 1, 4] = chance.random(1000) < 0.15
    assert andersen(scores, group).p < 1e-10
    assert andersen(np.delete(scores, 4, axis=1), group).p > 0.001
    by_score = andersen(scores, "score")
    n_items = 10 - len(by_score.left_out)
    assert by_score.df == (n_items - 1) * (len(by_score.log_likelihoods) - 1)


def test_split_with_missing_answers_is_within_patterns() -> None:
    scores = rasch(100, 6)
    scores[50:, 4:] = -1
    group = groups_by(scores, "median")
    right = np.maximum(scores, 0).sum(axis=1)
    assert (group[:50] == (right[:50] > np.median(right[:50]))).all()
    assert (group[50:] == (right[50:] > np.median(right[50:]))).all()


@pytest.mark.long("a simulation; the standard errors are held to those of eRm each time")
def test_standard_errors_cover() -> None:
    """95 % intervals of 100 samples of 300 × 10 hold the truth between 93 and 97 times in a hundred."""
    truth = np.linspace(-2, 2, 10)
    inside = []
    chance = np.random.default_rng(20240105)
    for _ in range(100):
        theta = chance.normal(0, 1, (300, 1))
        scores = (chance.random((300, 10)) < 1 / (1 + np.exp(truth - theta))).astype(np.int8)
        fit = fit_cml(scores)
        inside.append(np.abs(fit.parameters.b[:, 0] - truth) < 1.96 * fit.se_b[:, 0])
    assert 0.93 < np.mean(inside) < 0.97


@pytest.mark.long("many drawn patterns; two hundred items are tried each time")
@pytest.mark.parametrize("spread", [1.0, 3.0, 9.0])
def test_many_patterns_of_any_spread_have_the_symmetric_functions_of_their_recursion(spread: float) -> None:
    """γ of each pattern by additions alone, item by item. Where items spread far the ability that a log-odds
    suggests is not near."""
    chance = np.random.default_rng(2)
    easiness = chance.normal(0, spread, 30)
    answered = chance.random((40, 30)) < 0.8
    answered[:, :2] = True
    counts = np.zeros((40, 31))
    for _ in range(3):
        score = np.array([chance.integers(1, n) for n in answered.sum(axis=1)])
        counts[np.arange(40), score] += 2.0
    found, added = gamma(easiness, answered, counts, information=True), 0.0
    for mask, row in zip(answered, counts, strict=True):
        each = np.ones(1)
        for own in np.exp(easiness[mask]):
            each = np.append(each, 0.0) + own * np.append(0.0, each)
        added += row[: len(each)] @ np.log(each)
    assert found.log_gamma == pytest.approx(added, abs=1e-9)
    without = gamma(easiness, answered, counts)
    assert (without.log_gamma, without.expected) == (
        found.log_gamma,
        pytest.approx(found.expected, abs=1e-12),
    )
    h = 1e-5 * np.eye(30)
    differences = [
        (gamma(easiness + x, answered, counts).expected - gamma(easiness - x, answered, counts).expected)
        / 2e-5
        for x in h
    ]
    assert found.information == pytest.approx(np.array(differences), abs=1e-5)

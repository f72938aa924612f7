"""Indices of answer similarity against CopyDetect, against enumeration, and the screening against all pairs."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from examgen.stats.answer_matches import (
    CandidatePairs,
    ChoiceModel,
    ChosenOptions,
    ComparedAnswers,
    abilities,
    gbt,
    logistic_model,
    measure,
    nominal_model,
    omega,
    search,
)
from examgen.stats.mml_fit import fit_mml
from examgen.stats.mml_nominal import fit_nominal
from tests.psychometrics.reference import compare, compare_likelihood, raw, results

FILE = "sim_copy__answer_copying"


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    return results(FILE)


@pytest.fixture(scope="module")
def choices() -> NDArray[np.int8]:
    columns = [column for name, column in raw("sim_copy").items() if name != "id"]
    return np.array(columns, dtype=np.int8).T - 1


@pytest.fixture(scope="module")
def key() -> NDArray[np.int64]:
    return np.array(raw("sim_copy_key")["key"], dtype=np.int64) - 1


def of_pairs(told: dict[str, Any]) -> CandidatePairs:
    place = {name: n for n, name in enumerate(raw("sim_copy")["id"])}
    return CandidatePairs(*(np.array([place[name] for name in told[end]]) for end in ("source", "copier")))


def one_of(key: NDArray[np.int64], n_options: int) -> NDArray[np.bool_]:
    return np.asarray(key[:, None] == np.arange(n_options))


# ── the reference ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["scored", "nominal"])
def test_every_index_equals_copydetect(
    kind: str, reference: dict[str, Any], choices: NDArray[np.int8], key: NDArray[np.int64]
) -> None:
    told = reference[f"pairs_{kind}"]
    pairs = of_pairs(told)
    if kind == "scored":
        a, b, _ = np.array(reference["item_parameters_a_b_g"]).T
        answers = ChosenOptions((choices == key).astype(np.int8), one_of(np.ones_like(key), 2))
        model, variance = logistic_model(a, b), 5.0
    else:
        a, c = np.hsplit(np.array(reference["nominal_item_parameters"]), 2)
        answers, model, variance = ChosenOptions(choices, one_of(key, 4)), nominal_model(a, c), 10.0
    theta = abilities(answers.cells, model, variance)
    for place, end, rows in (("first", "source", pairs.source), ("second", "copier", pairs.copier)):
        compare(FILE, f"{kind} theta_{place} (MAP)", theta[rows], told[f"theta_{end}"], 1e-4)
        theta[rows] = told[f"theta_{end}"]
    chances = model.chances(theta)
    by_omega = omega(answers, chances, pairs)
    ours = {
        "omega_p": by_omega.p,
        "gbt_p": gbt(answers, chances, pairs)[0],
    }
    if kind == "scored":
        ours |= {"obs_match": by_omega.matches, "exp_match": by_omega.expected}
        ours |= {"sd_match": by_omega.sd, "W": by_omega.z}
    for quantity, values in ours.items():
        compare(FILE, f"{kind} {quantity}", values, told[quantity], 1e-9)


def test_nominal_parameters_are_mirts_and_as_likely(
    reference: dict[str, Any], choices: NDArray[np.int8], key: NDArray[np.int64]
) -> None:
    fit = fit_nominal(choices, [frozenset([k]) for k in key.tolist()])
    a, c = np.hsplit(np.array(reference["nominal_item_parameters"]), 2)
    # CopyDetect asks mirt with its default tolerance, which stops early: our likelihood is higher.
    compare(FILE, "nominal a (mirt, TOL 1e-4)", fit.a, a.tolist(), 0.03)
    compare(FILE, "nominal c (mirt, TOL 1e-4)", fit.c, c.tolist(), 0.02)
    nodes = np.linspace(-6, 6, 61)
    weights = np.exp(-(nodes**2) / 2)
    logs = np.log(nominal_model(a, c).chances(nodes))
    own = sum(logs[:, j][:, choices[:, j]].T for j in range(len(key)))
    reached = float(np.log(np.exp(own + 100) @ (weights / weights.sum())).sum() - 100 * len(choices))
    compare_likelihood(FILE, fit.log_likelihood, reached, 1e-6)
    assert fit.converged


# ── the nominal model ────────────────────────────────────────────────────────────────────────


def drawn(model: ChoiceModel, theta: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int8]:
    sums = model.chances(theta).cumsum(axis=2)
    there = (rng.random((*sums.shape[:2], 1)) > sums).sum(axis=2)
    return np.asarray(np.minimum(there, model.a.shape[1] - 1), dtype=np.int8)


def some_model(n_items: int, rng: np.random.Generator) -> ChoiceModel:
    """Four options, the first right."""
    a, c = rng.normal(0, 0.4, (2, n_items, 4))
    a[:, 0] += 1
    c[:, 0] += 0.7
    return ChoiceModel(
        a - a.mean(axis=1, keepdims=True), c - c.mean(axis=1, keepdims=True), np.zeros(n_items)
    )


def test_nominal_parameters_are_recovered_with_missing_answers() -> None:
    rng = np.random.default_rng(5)
    model = some_model(12, rng)
    cells = drawn(model, rng.standard_normal(1500), rng)
    cells[rng.random(cells.shape) < 0.1] = -1
    fit = fit_nominal(cells, [frozenset([0])] * 12)
    assert fit.converged
    assert np.abs(fit.a - model.a).max() < 0.4
    assert np.sqrt(np.mean((fit.a - model.a) ** 2)) < 0.13
    assert np.sqrt(np.mean((fit.c - model.c) ** 2)) < 0.13


def test_of_two_options_it_is_the_two_parameter_model() -> None:
    rng = np.random.default_rng(6)
    theta, b = rng.standard_normal((800, 1)), np.linspace(-1.5, 1.5, 10)
    cells = (rng.random((800, 10)) < 1 / (1 + np.exp(b - theta))).astype(np.int8)
    ours = fit_nominal(cells, [frozenset([1])] * 10)
    theirs = fit_mml(cells, "2pl").parameters
    assert np.abs(ours.a[:, 1] - ours.a[:, 0] - theirs.a).max() < 2e-3
    assert np.abs(ours.c[:, 1] - ours.c[:, 0] - theirs.d[:, 0]).max() < 2e-3


def test_options_that_few_or_nobody_chose_keep_it_finite() -> None:
    rng = np.random.default_rng(7)
    cells = drawn(some_model(8, rng), rng.standard_normal(120), rng)
    cells[:, 0] = 2  # all the same
    cells[:, 1] = -1  # nobody
    cells[3, 2], cells[cells[:, 3] == 1, 3] = 5, 0  # one chose this; nobody that
    fit = fit_nominal(cells, [frozenset([0])] * 8)
    assert [(note.code, note.item) for note in fit.notes[:2]] == [("one-option", 0), ("no-answers", 1)]
    assert np.isnan(fit.a[:2]).all()
    assert np.isnan(fit.a[3, 1])
    used = np.isfinite(fit.a)
    assert used[2:, 0].all()
    assert used[2, 5]
    assert np.abs(fit.a[used]).max() < 10
    assert np.abs(fit.c[used]).max() < 20
    alone = fit_nominal(np.zeros((9, 4), np.int8), [frozenset([0])] * 4)
    assert alone.notes[-1].code == "nothing-to-fit"


# ── each index by enumeration ────────────────────────────────────────────────────────────────


def enumerated(chance: NDArray[np.float64]) -> dict[int, float]:
    """Chance of each number of matches, by all outcomes of (J, 2) chances none, match."""
    found: dict[int, float] = {}
    for outcome in product(range(2), repeat=len(chance)):
        at = sum(outcome)
        p = float(np.prod([own[k] for own, k in zip(chance, outcome, strict=True)]))
        found[at] = found.get(at, 0.0) + p
    return found


def test_matches_are_as_likely_as_all_outcomes_say() -> None:
    rng = np.random.default_rng(8)
    model = some_model(6, rng)
    theta = rng.standard_normal(12)
    cells = drawn(model, theta, rng)
    cells[0, 2] = cells[1, 2] = cells[2, 4] = -1  # two blanks are not alike
    answers = ChosenOptions(cells, one_of(np.zeros(6, dtype=np.int64), 4))
    ends = [(s, c) for s in range(3) for c in range(12) if c != s]
    pairs = CandidatePairs(*(np.array(end) for end in zip(*ends, strict=True)))
    chances = model.chances(theta)
    by_gbt, by_omega = gbt(answers, chances, pairs)[0], omega(answers, chances, pairs)
    for n, (s, c) in enumerate(zip(*pairs, strict=True)):
        both = [j for j in range(6) if min(cells[s, j], cells[c, j]) >= 0]
        match = np.array([sum(chances[s, j, k] * chances[c, j, k] for k in range(4)) for j in both])
        table = enumerated(np.stack([1 - match, match], axis=1))
        same = [j for j in both if cells[s, j] == cells[c, j]]
        assert by_gbt[n] == pytest.approx(sum(p for at, p in table.items() if at >= len(same)))
        expected = sum(chances[c, j, cells[s, j]] for j in both)
        spread = sum(chances[c, j, cells[s, j]] * (1 - chances[c, j, cells[s, j]]) for j in both)
        assert by_omega.z[n] == pytest.approx((len(same) - expected) / spread**0.5)


# ── all pairs ────────────────────────────────────────────────────────────────────────────────


def sitting(n: int, n_items: int, seed: int, *, blanks: float = 0.0, forms: int = 1) -> ComparedAnswers:
    rng = np.random.default_rng(seed)
    model = some_model(n_items, rng)
    cells = drawn(model, rng.standard_normal(n), rng)
    form = np.arange(n) % forms
    has = np.ones((forms, n_items), dtype=np.bool_)
    for number in range(forms if forms > 1 else 0):
        has[number, number::forms] = False
    cells[~has[form] | (rng.random(cells.shape) < blanks)] = -1
    for copier in range(0, n, 50):  # one in fifty copies from the next but one
        copied = rng.random(n_items) < 0.5
        cells[copier, copied] = np.where(has[form[copier]], cells[(copier + 2) % n], -1)[copied]
    answers = ChosenOptions(cells, one_of(np.zeros(n_items, dtype=np.int64), 4))
    return ComparedAnswers(answers, model, abilities(cells, model, 10.0), form, has)


@pytest.mark.parametrize("ruling", ["gbt", "omega"])
@pytest.mark.parametrize("kind", [{}, {"blanks": 0.04}, {"forms": 3}])
def test_the_screening_loses_no_pair(ruling: str, kind: dict[str, Any]) -> None:
    own = sitting(150, 25, 10, **kind)
    some = search(own, [np.arange(150)], ruling, 0.01)
    everyone = CandidatePairs(
        *(end.ravel() for end in np.meshgrid(np.arange(150), np.arange(150), indexing="ij"))
    )
    everyone = everyone.part(everyone.source != everyone.copier)
    if ruling == "gbt":
        everyone = everyone.part(everyone.source < everyone.copier)
    p = np.asarray(measure(own, everyone)[f"p_{ruling}"], dtype=np.float64)
    wanted = {(s, c) for s, c in zip(*everyone.part(p <= 0.01), strict=True)}
    found = {(min(s, c), max(s, c)) if ruling == "gbt" else (s, c) for s, c in zip(*some.pairs, strict=True)}
    assert len(wanted) > 0
    assert found == wanted
    assert some.n_compared == np.count_nonzero(np.isfinite(p))
    assert np.sort(some.p) == pytest.approx(np.sort(p[p <= 0.01]))
    if ruling == "gbt" and not kind:
        assert some.n_exact < 0.1 * len(p)


def test_a_chance_that_is_not_a_number_gives_no_alarm() -> None:
    own = sitting(60, 20, 4)
    own.model.c[3] = -np.inf
    with np.errstate(invalid="ignore"):
        found = measure(own, CandidatePairs(np.array([0, 1]), np.array([2, 3])))
    assert all(np.isnan(found[name]).all() for name in ("p_gbt", "p_omega"))


def test_pairs_of_a_room_are_those_of_its_rows() -> None:
    own = sitting(120, 20, 11)
    rooms = [np.arange(0, 60), np.arange(60, 120)]
    both = search(own, rooms, "gbt", 0.05)
    assert both.n_compared == 2 * 60 * 59 // 2
    assert all((s < 60) == (c < 60) for s, c in zip(*both.pairs, strict=True))

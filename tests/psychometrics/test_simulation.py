"""Simulated candidates: repeatable, of the ability they are drawn with, marking real options."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.scoring.simulations import (
    SimulatedForm,
    choose_marks,
    draw_parameters,
    probability_2pl,
    simulate_forms,
)

NAN = float("nan")


def form(n: int = 6, **changes: tuple[float, ...]) -> SimulatedForm:
    given = {"a": (NAN,) * n, "b": (NAN,) * n, **changes}
    return SimulatedForm(
        tuple(f"i{k}" for k in range(n)), tuple(1 << k % 4 for k in range(n)), (4,) * n, **given
    )


def test_probabilities_of_the_model() -> None:
    found = probability_2pl(np.array([0.0, 1.0, -1000.0]), np.array([1.0, 2.0]), np.array([0.0, 0.5]))
    assert found[0] == pytest.approx([0.5, 1 / (1 + np.e)])
    assert found[1] == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-1))])
    assert (found[2] < 1e-100).all()


def test_proportions_right_follow_the_model() -> None:
    a, b = np.array([0.7, 1.0, 1.5, 2.0]), np.array([-1.5, 0.0, 0.5, 2.0])
    one = form(4, a=tuple(a), b=tuple(b))
    found = simulate_forms([one], 40_000, 4)
    theta, answered, correct = found.theta, found.marks > 0, found.marks == np.array(one.keys)
    assert answered.mean() == pytest.approx(0.99, abs=0.002)
    assert correct.sum(axis=0) / answered.sum(axis=0) == pytest.approx(
        probability_2pl(theta, a, b).mean(axis=0), abs=0.01
    )
    assert (theta.mean(), theta.std()) == pytest.approx((0, 1), abs=0.02)
    able = theta > 1
    assert correct[able].mean() > correct[~able].mean() + 0.2


def test_a_seed_repeats_and_another_differs() -> None:
    one, same, other = (simulate_forms([form(), form()], 50, seed) for seed in (1, 1, 2))
    assert (one.marks == same.marks).all()
    assert (one.theta == same.theta).all()
    assert (one.marks != other.marks).any()


def test_parameters_belong_to_the_item_not_to_its_place() -> None:
    a, b = draw_parameters(["x", "y", "z"], seed=1)
    a2, b2 = draw_parameters(["z", "x"], seed=1)
    assert (a2.tolist(), b2.tolist()) == ([a[2], a[0]], [b[2], b[0]])
    assert draw_parameters([], seed=1)[0].shape == (0,)


def test_drawn_parameters_follow_what_is_documented() -> None:
    a, b = draw_parameters([f"i{k}" for k in range(4000)], seed=9)
    assert (np.log(a).mean(), np.log(a).std()) == pytest.approx((0, 0.3), abs=0.02)
    assert (b.mean(), b.std()) == pytest.approx((0, 1), abs=0.05)


def test_forms_are_dealt_in_rotation_and_given_parameters_used() -> None:
    easy, hard = form(3, b=(-8.0,) * 3, a=(2.0,) * 3), form(2, b=(8.0,) * 2, a=(2.0,) * 2)
    found = simulate_forms([easy, hard], 401, seed=3)
    assert found.form.tolist() == [i % 2 for i in range(401)]
    right = found.marks == np.array([1, 2, 4])
    assert right[::2].mean() > 0.97
    assert right[1::2, :2].mean() < 0.02
    assert (found.marks[1::2, 2] == 0).all()


def test_marks_are_options_of_the_item_and_right_only_where_known() -> None:
    rng = np.random.default_rng(1)
    correct = rng.random((3000, 3)) < 0.5
    keys, n_options = (2, 5, 7), (5, 3, 3)
    marks = choose_marks(correct, keys, n_options, 0.0, rng)
    for item, (key, n) in enumerate(zip(keys, n_options, strict=True)):
        assert (((marks[:, item] & key) != 0) == correct[:, item]).all()
        chosen, counts = np.unique(marks[:, item], return_counts=True)
        assert set(chosen.tolist()) <= {0, *(1 << k for k in range(n))}
        assert counts.min() > 300
    assert 0 not in marks[:, :2]
    assert (marks[~correct[:, 2], 2] == 0).all()


def test_some_answers_are_left_blank() -> None:
    rng = np.random.default_rng(2)
    marks = choose_marks(np.ones((2000, 10), dtype=np.bool_), (1,) * 10, (4,) * 10, 0.05, rng)
    assert (marks == 0).mean() == pytest.approx(0.05, abs=0.01)


def test_nobody_is_simulated() -> None:
    assert simulate_forms([form()], 0, seed=1).marks.shape == (0, 6)

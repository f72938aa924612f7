"""Adaptive and multistage tests on answers that are given, against catR and mstR."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import examgen.stats as es
from tests.psychometrics.reference import compare, results

FILE = "adaptive__catr_mstr"


@pytest.fixture(scope="module")
def of_r() -> dict[str, Any]:
    return results(FILE)


@pytest.fixture(scope="module")
def pool(of_r: dict[str, Any]) -> dict[str, Any]:
    a, b, c, _ = np.array(of_r["bank"]).T
    names = [f"i{place}" for place in range(1, 1 + len(a))]
    return {"item": names, "a": a, "b": b, "c": c}


@pytest.fixture(scope="module")
def answers(of_r: dict[str, Any], pool: dict[str, Any]) -> dict[str, Any]:
    return dict(zip(pool["item"], np.array(of_r["answers"]).T, strict=True))


def test_items_estimates_and_errors_are_those_of_catr(
    of_r: dict[str, Any], pool: dict[str, Any], answers: dict[str, Any]
) -> None:
    theirs = of_r["adaptive"]
    found = es.simulate_adaptive(pool, answers=answers, length=15)
    chosen = np.array(theirs["items"])
    ours = found.steps["item"].str.strip_prefix("i").cast(int).to_numpy().reshape(chosen.shape)
    compare(FILE, "items of 25 adaptive tests, in their order", ours, chosen, 0)
    for name, column in (("theta", "estimate"), ("se", "se")):
        values = found.steps[column].to_numpy().reshape(chosen.shape)
        compare(FILE, f"{name} after each item", values, theirs[name], 1e-6)
    compare(FILE, "theta at the end", found.persons["estimate"], theirs["final"], 1e-6)


def test_a_test_ends_where_that_of_catr_does(
    of_r: dict[str, Any], pool: dict[str, Any], answers: dict[str, Any]
) -> None:
    theirs = of_r["precision"]
    found = es.simulate_adaptive(pool, answers=answers, length=40, se=0.4)
    compare(FILE, "items until the error is 0.4", found.persons["n_items"], theirs["n_items"], 0)
    compare(FILE, "theta then", found.persons["estimate"], theirs["final"], 1e-6)


def test_ways_and_estimates_are_those_of_mstr(
    of_r: dict[str, Any], pool: dict[str, Any], answers: dict[str, Any]
) -> None:
    theirs = of_r["multistage"]
    module = {f"{m}": [f"i{30 * (m - 1) + k}" for k in range(1, 11)] for m in (1, 2, 3)}
    panel = [{"1": module["1"]}, {"2": module["2"], "3": module["3"]}]
    found = es.simulate_multistage(pool, panel, answers=answers)
    second = found.persons["path"].str.slice(-1).cast(int)
    assert set(second) == {2, 3}
    compare(FILE, "module of the second stage", second, np.array(theirs["modules"])[:, 1], 0)
    compare(FILE, "theta of the multistage test", found.persons["estimate"], theirs["final"], 1e-6)
    compare(FILE, "its error", found.persons["se"], theirs["final_se"], 1e-6)

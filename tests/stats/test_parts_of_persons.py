"""Subscores, diagnosis and copying: R's figures with names in and out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.psychometrics import reference


def test_subscores_are_those_of_r() -> None:
    theirs = reference.results("sim2pl__subscores")
    scores = reference.scores("sim2pl")
    data = es.responses(scores, items=[f"I{j + 1:02d}" for j in range(scores.shape[1])])
    found = es.subscores(data, theirs["subscores"])
    assert found.table["part"].to_list() == ["A", "B", "C", "D"]
    np.testing.assert_allclose(found.table["prmse_total"], theirs["prmse_x"], atol=1e-10)
    augmented = found.scores.select(pl.col("^.*_augmented$")).row(0)
    np.testing.assert_allclose(augmented, theirs["augmented_of_first"], atol=1e-10)
    by_item = {item: part for part, items in theirs["subscores"].items() for item in items}
    assert es.subscores(data, by_item).table.equals(found.table)
    with pytest.raises(es.ArgumentError, match="parts names X"):
        es.subscores(data, {"X": "A"})


@pytest.mark.parametrize("model", ["dina", "gdina"])
def test_diagnosis_is_that_of_cdm(model: str) -> None:
    theirs = reference.results("sim_diagnosis__cdm")[model]
    columns = reference.raw("sim_diagnosis_q")
    q = np.array([columns[name] for name in ("a1", "a2", "a3")]).T == "1"
    scores = reference.scores("sim_diagnosis")
    found = es.diagnosis(scores, q.astype(int), model=model)
    assert found.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=1e-3)
    if model == "dina":
        np.testing.assert_allclose(found.items["guess"], theirs["guess"], atol=1e-4)
    named = es.diagnosis(
        scores, {f"i{j + 1}": [f"a{k + 1}" for k in range(3) if q[j, k]] for j in range(len(q))}, model=model
    )
    assert set(named.attributes["attribute"]) == {"a1", "a2", "a3"}
    assert named.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-3)
    assert found.persons["map"].str.len_chars().max() == 3


def test_copying_finds_whom_the_simulation_let_copy() -> None:
    raw = reference.raw("sim_copy")
    key = reference.raw("sim_copy_key")["key"]
    cells = {name: np.array(column, dtype=object) for name, column in raw.items()}
    found = es.copying(cells, key, index="gbt")
    true = reference.raw("sim_copy_true_pairs")
    pairs = {frozenset(pair) for pair in zip(true["copier"], true["source"], strict=True)}
    assert found.pairs["listed"].all()
    listed = {frozenset(pair) for pair in found.pairs.select("source", "copier").rows()}
    assert listed
    assert listed <= pairs
    one = es.copying(cells, key, pairs=[sorted(next(iter(listed)))], index="gbt")
    assert len(one.pairs) == 1
    rooms = ["left", "right"] * (len(raw["id"]) // 2) + ["left"] * (len(raw["id"]) % 2)
    within = es.copying(cells, key, rooms=rooms, index="gbt")
    assert within.n_compared < found.n_compared

"""Subscores and copying: R's figures with names in and out."""

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
    assert found.table["subscore"].to_list() == ["A", "B", "C", "D"]
    shares = np.where(np.array(theirs["prmse_x"]) > 1, np.nan, theirs["prmse_x"])  # a share above 1 is none
    np.testing.assert_allclose(found.table["prmse_total"].fill_null(np.nan), shares, atol=1e-10)
    assert found.table["contradicts"].any() == np.isnan(shares).any()
    augmented = found.scores.select(pl.col("^.*_augmented$")).row(0)
    np.testing.assert_allclose(augmented, theirs["augmented_of_first"], atol=1e-10)
    by_item = {item: part for part, items in theirs["subscores"].items() for item in items}
    assert es.subscores(data, by_item).table.equals(found.table)
    with pytest.raises(es.ArgumentError, match="`X` is not an item"):
        es.subscores(data, {"X": "A"})


def test_copying_finds_whom_the_simulation_let_copy() -> None:
    raw = reference.raw("sim_copy")
    key = reference.raw("sim_copy_key")["key"]
    cells = {name: np.array(column, dtype=object) for name, column in raw.items()}
    found = es.copying(cells, key, index="gbt")
    true = reference.raw("sim_copy_true_pairs")
    pairs = {frozenset(pair) for pair in zip(true["copier"], true["source"], strict=True)}
    assert found.pairs["listed"].all()
    listed = {frozenset(pair) for pair in found.pairs.select("first", "second").rows()}
    assert listed
    assert listed <= pairs
    one = es.copying(cells, key, pairs=[sorted(next(iter(listed)))], index="gbt")
    assert len(one.pairs) == 1
    assert es.copying(cells, key, pairs=one.pairs, index="gbt").pairs.equals(one.pairs)
    rooms = ["left", "right"] * (len(raw["id"]) // 2) + ["left"] * (len(raw["id"]) % 2)
    within = es.copying(cells, key, rooms=rooms, index="gbt")
    assert within.n_compared < found.n_compared


def test_a_part_that_tells_more_with_the_others_is_not_called_no_more_than_the_total() -> None:
    rng = np.random.default_rng(0)
    ability = np.sqrt(0.8) * rng.normal(size=(3000, 1)) + np.sqrt(0.2) * rng.normal(size=(3000, 2))
    hard = np.r_[np.linspace(-1, 1, 8), np.linspace(-1.5, 1.5, 16)]
    chance = 1 / (1 + np.exp(1.2 * (hard - np.repeat(ability, [8, 16], axis=1))))
    right = (rng.random(chance.shape) < chance).astype(int)
    found = es.subscores(right, ["A"] * 8 + ["B"] * 16)
    assert found.table.select("verdict", "both_add").rows() == [("not_worth", True), ("not_worth", False)]
    both, total = (next(one for one in map(str, found.findings) if f"for {part} " in one) for part in "AB")
    assert "Report the augmented score" in both
    assert "Report only the total" in total
    assert found.figures["sd"] == found.forms["sd"][0] == pytest.approx(right.sum(axis=1).std(ddof=1))


def test_abilities_of_nobody_are_told_and_two_of_one_person_refused() -> None:
    data = es.example("choices", n_persons=120, n_items=20)
    known = pl.DataFrame({"id": [*data.persons, "nobody"], "theta": [0.1] * (data.n_persons + 1)})
    assert "abilities-unknown" in {one.code for one in es.copying(data, abilities=known).notes}
    with pytest.raises(es.ArgumentError, match="another row"):
        es.copying(data, abilities=pl.concat([known, known.head(1)]))

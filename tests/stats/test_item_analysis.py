"""Items and reliability by name: against psych and CTT, with options and without, of partial scores."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.psychometrics import reference


def test_figures_are_those_of_r_and_carry_names() -> None:
    theirs = reference.results("sim2pl__ctt_test")
    scores = reference.scores("sim2pl")
    found = es.items({f"Q{j + 1}": scores[:, j] for j in range(scores.shape[1])})
    assert found.items["item"].to_list()[:2] == ["Q1", "Q2"]
    reliability = es.reliability(scores)
    for ours, name in (
        ("alpha", "alpha"), ("lambda6", "guttman_lambda6_psych"), ("omega", "omega_total_1f"),
        ("split_half", "split_half_spearman_brown"), ("kr21", "kr21_var_n"),
    ):  # fmt: skip
        assert reliability[ours] == pytest.approx(theirs[name], abs=1e-6)
    assert found.test["alpha"] == reliability["alpha"]
    assert "Q1" in repr(found)
    assert json.loads(found.to_json())["test"]["n_candidates"] == 2000


def test_a_wrong_key_raises_the_alarm_by_name() -> None:
    data = es.example("choices", n_persons=400, n_items=10)
    assert data.choices is not None
    letters = np.array(data.choices.options[3], dtype=object)
    key = {
        item: data.choices.options[j][next(iter(data.choices.keys[j]))] for j, item in enumerate(data.items)
    }
    cells = {
        item: np.array([*data.choices.options[j], None], dtype=object)[data.choices.cells[:, j]]
        for j, item in enumerate(data.items)
    }
    right = key["I04"]
    key["I04"] = next(one for one in letters if one != right)
    found = es.items(cells, key)
    alarm = found.alarms.row(0, named=True)
    assert (alarm["item"], alarm["key"], alarm["suggested"]) == ("I04", [key["I04"]], right)
    assert "I04" in found.flags["item"].to_list()
    assert found.options.filter(item="I04", option=right)["is_key"].to_list() == [False]
    with pytest.raises(es.ArgumentError, match="key is given"):
        es.items(data, key)


def test_blanks_that_score_nothing_are_counted_as_omitted() -> None:
    answers = {"a": ["A", "B", None, "A"], "b": ["C", None, None, "D"], "c": ["A", "A", "B", "B"]}
    for wrong in (True, False):
        data = es.responses(answers, key={"a": "A", "b": "C", "c": "B"}, omitted_wrong=wrong)
        counts = es.items(data).items.select("item", "omitted", "not_reached", "not_administered")
        assert counts.rows() == [("a", 1, 0, 0), ("b", 2, 0, 0), ("c", 0, 0, 0)]


def test_an_excluded_item_needs_no_shorter_key(tmp_path: pathlib.Path) -> None:
    answers = {"id": ["p", "q", "r"], "a": ["A", "B", "A"], "b": ["C", "D", "C"], "c": ["A", "A", "B"]}
    key = {"a": "A", "b": "C", "c": "B"}
    (file := tmp_path / "answers.csv").write_text(pl.DataFrame(answers).write_csv())
    (keys := tmp_path / "key.csv").write_text("item,key\na,A\nb,C\nc,B\n")
    for data in (
        es.responses(answers, key=key, exclude=["b"]),
        es.responses(pl.DataFrame(answers), key=key, items=["a", "c"]),
        es.read_responses(file, key=key, exclude=["b"]),
        es.read_responses(file, key=keys, exclude=["b"]),
    ):
        assert (data.items, data.cells.tolist()) == (("a", "c"), [[1, 0], [0, 0], [1, 1]])
    notes = es.responses(answers, key=key | {"d": "A"}, exclude=["b"]).notes
    assert [one.values["items"] for one in notes if one.code == "key-of-others"] == ["d"]


def test_the_table_of_scores_goes_to_the_highest_score() -> None:
    found = es.items([[0, 2], [1, 0], [1, None]], max_score={"i1": 1, "i2": 3})
    assert found.scores["score"].to_list() == [0, 1, 2, 3, 4]
    assert found.scores["n"].sum() == 2
    with pytest.raises(es.ArgumentError, match=r"max_score of (item )?i2 is 1"):
        es.items([[0, 2], [1, 0]], max_score=1)


def test_the_error_of_sums_with_missing_scores_is_of_the_kind_of_alpha() -> None:
    data = es.example(n_persons=400, n_items=20)
    cells = data.cells.copy()
    whole = es.items(cells).test
    cells[np.random.default_rng(1).random(cells.shape) < 0.08] = -1
    sums, prorated = es.items(cells, prorate=False).test, es.items(cells).test
    assert sums["alpha"] == prorated["alpha"]
    assert sums["sem"] == pytest.approx(whole["sem"], rel=0.05)
    covariance = np.ma.cov(np.ma.masked_less(cells, 0).astype(float), rowvar=False, allow_masked=True)
    assert sums["sem"] == pytest.approx(np.sqrt(covariance.sum() * (1 - sums["alpha"])), rel=0.01)


def test_scores_have_empty_tables_of_options_and_alarms_with_the_same_columns() -> None:
    chosen = es.example("choices", n_persons=100, n_items=6)
    of_choices, of_scores = es.items(chosen), es.items(chosen.cells)
    assert of_scores.alarms["item"].to_list() == of_scores.options["option"].to_list() == []
    assert of_scores.alarms.schema == of_choices.alarms.schema
    assert of_scores.options.schema == of_choices.options.schema
    parts = es.subscores(chosen, {"a": list(chosen.items[:3]), "b": list(chosen.items[3:])})
    assert parts["stratified_alpha"] == parts.figures["stratified_alpha"]

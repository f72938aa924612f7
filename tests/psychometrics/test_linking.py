"""Linking and equating by a model: plink's constants, tables and fits, drift, partial scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from examgen.stats.irt_models import ItemParameters, dichotomous
from examgen.stats.linking_methods import METHODS, Link, ability_grid, carried, observed_scores, true_scores
from examgen.stats.results import Note
from tests.psychometrics.reference import compare, results

FILE = "sim_neat__irt_linking"
PLINK: dict[str, dict[str, Any]] = {
    "constants_normal_weights": {},
    "constants_normal_weights_symmetric": {"symmetric": True},
    "constants_equal_weights": {"weights": "equal"},
}


def reference_items(key: str) -> pl.DataFrame:
    """Parameters of the old form Y, or of the new form X, by mirt."""
    rows = results(FILE)[key]
    c = [float(one) for one in rows["g"]]
    return pl.DataFrame({"item": rows["item"], "a": rows["a"], "b": rows["b"], "c": c})


@pytest.mark.parametrize("kind", PLINK)
def test_constants_are_those_of_plink(kind: str) -> None:
    theirs = results(FILE)[kind]
    for n, method in enumerate(METHODS):
        own = es.link(reference_items("items_x"), reference_items("items_y"), method, **PLINK[kind])
        compare(FILE, f"{kind} {method} A", own.slope, theirs["A"][n], 1e-4)
        compare(FILE, f"{kind} {method} B", own.intercept, theirs["B"][n], 1e-4)
        assert own.constants.filter(method=method)["slope"].to_list() == [own.slope]


def of_frame(items: pl.DataFrame) -> ItemParameters:
    a, b, c = (items[name].to_numpy() for name in "abc")
    return dichotomous(a, -a * b, c)


def test_equating_is_that_of_the_reference() -> None:
    known = results(FILE)
    constants = known["stocking_lord_used"]
    x = carried(of_frame(reference_items("items_x")), Link(constants["A"], constants["B"]))
    y = of_frame(reference_items("items_y"))
    (true, theta), theirs = true_scores(x, y), known["true_score_equating"]
    compare(FILE, "true-score equating, theta", theta[1:-1], theirs["theta"], 1e-8)
    compare(FILE, "true-score equating, y", true[1:-1], theirs["score_y"], 1e-8)
    (seen, of_x, of_y), theirs = observed_scores(x, y, ability_grid()), known["observed_score_equating"]
    compare(FILE, "observed-score equating, density of x", of_x, theirs["density_x"], 1e-10)
    compare(FILE, "observed-score equating, density of y", of_y, theirs["density_y"], 1e-10)
    compare(FILE, "observed-score equating, y", seen, theirs["score_y"], 1e-8)
    own = es.link(reference_items("items_x"), reference_items("items_y"))
    seen = own.equate("observed").table["equated"]
    compare(FILE, "es.link, observed scores", np.array(seen), theirs["score_y"], 1e-5)
    theirs = known["true_score_equating"]
    assert own.equate("true").convert(theirs["score_x"]) == pytest.approx(theirs["score_y"], abs=1e-3)


TRUE = {"item": [f"i{j}" for j in range(8)], "a": np.linspace(0.7, 1.6, 8), "b": np.linspace(-2, 2, 8)}


def moved(slope: float, intercept: float) -> dict[str, Any]:
    """The same items on a scale from which that line leads back."""
    return {**TRUE, "a": TRUE["a"] * slope, "b": (TRUE["b"] - intercept) / slope}


@pytest.mark.parametrize("method", ["mean-mean", "mean-sigma", "haebara", "stocking-lord"])
def test_a_line_is_found_again(method: str) -> None:
    found = es.link(moved(1.3, -0.4), TRUE, method)
    assert (found.slope, found.intercept) == pytest.approx((1.3, -0.4), abs=1e-7)
    assert np.allclose(found.items["b"], TRUE["b"])
    back = es.link(TRUE, moved(1.3, -0.4), method)
    assert back.slope == pytest.approx(1 / 1.3, abs=1e-7)


def test_an_item_that_drifts_is_named_and_left_out() -> None:
    other = moved(1.1, 0.2)
    other["b"] = other["b"].copy()
    other["b"][3] += 0.9
    found = es.link(other, TRUE, purify=True)
    assert found.dropped == ("i3",)
    assert found.anchors.filter(pl.col("drifts"))["item"].to_list() == ["i3"]
    assert (found.slope, found.intercept) == pytest.approx((1.1, 0.2), abs=1e-6)
    assert found.notes[0] == "1 common item has drifted and is left out of the link: i3 (+0.99)"
    assert es.link(other, TRUE, anchors=["i0", "i1", "i2", "i7"]).slope == pytest.approx(1.1, abs=1e-6)


def test_fits_have_exact_errors_and_tables_nearly_the_same() -> None:
    x, y = (es.irt(es.example(n_persons=900, n_items=12, seed=seed), "2pl") for seed in (1, 2))
    exact, table = es.link(x, y), es.link(x.items, y.items)
    assert exact.slope == table.slope
    assert exact.se_slope is not None
    assert table.se_slope is not None
    assert 0.5 < exact.se_slope / table.se_slope < 1.5
    equated = exact.equate("true")
    assert equated.table["se"].drop_nulls().max() < 0.5
    assert "true scores" in repr(equated)


@pytest.mark.parametrize("model", ["grm", "gpcm"])
def test_partial_scores(model: str) -> None:
    steps = {f"b{k}": TRUE["b"] + 0.6 * k for k in (1, 2, 3)}
    y = {"item": TRUE["item"], "a": TRUE["a"], **steps}
    x = {"item": TRUE["item"], "a": TRUE["a"] * 1.2} | {k: (b - 0.3) / 1.2 for k, b in steps.items()}
    for method in ("mean-mean", "mean-sigma", "haebara", "stocking-lord"):
        found = es.link(x, y, method, model=model)
        assert (found.slope, found.intercept) == pytest.approx((1.2, 0.3), abs=1e-6)
    assert np.allclose(found.items["b3"], steps["b3"])


def test_a_known_slope_of_rasch_scales() -> None:
    found = es.link(
        {"item": ["a", "b"], "b": [0.0, 1.0]}, {"item": ["a", "b"], "b": [0.5, 1.7]}, "mean-sigma"
    )
    assert (found.slope, found.intercept) == pytest.approx((1.0, 0.6), abs=1e-12)
    assert found.notes[0].startswith("all slopes are alike")


def test_a_note_on_a_whole_fit_is_kept_however_its_sentence_begins() -> None:
    fit = es.irt(es.example(n_persons=200, n_items=6), "rasch")
    whole = Note("odd", "items were answered in two halves")
    of_one = Note("odd", "item {item}: is odd", item="I01")
    notes = es.link(replace(fit, notes=(whole, of_one)), fit).notes
    assert [str(one) for one in notes if "odd" in getattr(one, "code", "")] == [f"items_x: {whole}"]

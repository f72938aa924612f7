"""Linking and IRT equating against plink and the reference's base R."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from examgen.stats.irt_models import ItemParameters, dichotomous
from examgen.stats.linking_methods import METHODS, Link, ability_grid, carried, observed_scores, true_scores
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

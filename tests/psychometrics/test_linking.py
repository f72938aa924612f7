"""Linking and IRT equating against plink and the reference's base R."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examgen.analyses.equating.linking import analyse_link
from examgen.analyses.equating.options import LinkingOptions
from examgen.analyses.options import ResponseSource
from examgen.psychometrics.equating.irt_equating import observed_scores, true_scores
from examgen.psychometrics.equating.irt_linking import METHODS, Items, Link, carried, plink_grid
from tests.psychometrics.reference import compare, results

FILE = "sim_neat__irt_linking"
PLINK = {
    "constants_normal_weights": LinkingOptions(),
    "constants_normal_weights_symmetric": LinkingOptions(symmetric=True),
    "constants_equal_weights": LinkingOptions(weights="equal"),
}


@pytest.fixture(scope="module")
def neat(tmp_path_factory: pytest.TempPathFactory) -> tuple[ResponseSource, ResponseSource]:
    """Parameters of the old form Y and of the new form X by mirt."""
    folder, files = tmp_path_factory.mktemp("neat"), []
    for name, key in (("old", "items_y"), ("new", "items_x")):
        items = results(FILE)[key]
        rows = zip(items["item"], items["a"], items["b"], items["g"], strict=True)
        files.append(folder / f"{name}.csv")
        files[-1].write_text("item,a,b,g\n" + "".join(f"{i},{a!r},{b!r},{g}\n" for i, a, b, g in rows))
    return source(files[0]), source(files[1])


def source(path: Path) -> ResponseSource:
    return ResponseSource(files=(path,))


@pytest.mark.parametrize("kind", PLINK)
def test_constants_are_those_of_plink(neat: tuple[ResponseSource, ResponseSource], kind: str) -> None:
    theirs = results(FILE)[kind]
    for n, method in enumerate(METHODS):
        told = analyse_link(*neat, PLINK[kind].model_copy(update={"method": method}))
        compare(FILE, f"{kind} {method} A", told["slope"], theirs["A"][n], 1e-4)
        compare(FILE, f"{kind} {method} B", told["intercept"], theirs["B"][n], 1e-4)
        assert [one["slope"] for one in told["constants"] if one["method"] == method] == [told["slope"]]


def reference_items(rows: dict[str, Any]) -> Items:
    return Items(np.array(rows["a"]), np.array(rows["b"]), np.array(rows["g"], dtype=float))


def test_equating_is_that_of_the_reference(neat: tuple[ResponseSource, ResponseSource]) -> None:
    known = results(FILE)
    constants = known["stocking_lord_used"]
    new = carried(reference_items(known["items_x"]), Link(constants["A"], constants["B"]))
    old = reference_items(known["items_y"])
    true, theirs = true_scores(new, old), known["true_score_equating"]
    compare(FILE, "true-score equating, theta", true.theta[1:-1], theirs["theta"], 1e-8)
    compare(FILE, "true-score equating, y", true.y[1:-1], theirs["score_y"], 1e-8)
    seen, theirs = observed_scores(new, old, plink_grid()), known["observed_score_equating"]
    compare(FILE, "observed-score equating, density of x", seen.new, theirs["density_x"], 1e-10)
    compare(FILE, "observed-score equating, density of y", seen.old, theirs["density_y"], 1e-10)
    compare(FILE, "observed-score equating, y", seen.y, theirs["score_y"], 1e-8)
    told = analyse_link(*neat, LinkingOptions(equate="observed"))["equating"]["table"]
    compare(FILE, "command, observed scores", [row["y"] for row in told], theirs["score_y"], 1e-5)

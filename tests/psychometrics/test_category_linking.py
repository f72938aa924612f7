"""Linking of items with ordered categories, against plink, against known truth, and against the criteria written
out here and minimised by another method."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from examgen.stats.arguments import ArgumentError
from examgen.stats.irt_models import GRADED, PARTIAL_CREDIT, ItemParameters, dichotomous
from examgen.stats.linking import link
from examgen.stats.linking_methods import METHODS, Link, LinkRule, ability_grid, carried, link_scales
from examgen.stats.mml_fit import fit_mml
from tests.psychometrics.by_definition import drawn
from tests.psychometrics.reference import compare, floats, results

FILE = "sim_neat__irt_linking"
GRID = ability_grid()
A, B = 1.3, -0.4


def mixed(kind: int, seed: int = 51) -> ItemParameters:
    """Six items of four categories, two of three, two of 0 and 1 with guessing."""
    rng = np.random.default_rng(seed)
    d = np.sort(rng.normal(0.0, 1.2, (10, 3)))[:, ::-1].copy()
    d[6:, 2] = np.nan
    d[8:, 1] = np.nan
    kinds = np.repeat([kind, 0], [8, 2]).astype(np.int8)
    c = np.repeat([0.0, 0.2], [8, 2])
    return ItemParameters(kinds, rng.lognormal(0.0, 0.3, 10), d, c)


@pytest.mark.parametrize("kind", [GRADED, PARTIAL_CREDIT])
@pytest.mark.parametrize("method", METHODS)
def test_a_line_that_was_put_in_comes_out(kind: int, method: str) -> None:
    old = mixed(kind)
    new = carried(old, Link(1 / A, -B / A))
    found = link_scales(new, old, LinkRule(method, GRID))
    assert found == pytest.approx((A, B), abs=1e-8)
    known = link_scales(carried(old, Link(1.0, -0.7)), old, LinkRule(method, GRID, slope=1.0))
    assert known == pytest.approx((1.0, 0.7), abs=1e-8)
    theta = np.linspace(-2, 2, 5)
    back = carried(new, Link(A, B))
    assert back.probabilities(A * theta + B) == pytest.approx(new.probabilities(theta))
    assert back.b == pytest.approx(A * new.b + B, nan_ok=True)


@pytest.mark.parametrize("kind", [GRADED, PARTIAL_CREDIT])
@pytest.mark.parametrize("symmetric", [False, True])
def test_curve_criteria_are_least_where_another_method_finds_them_least(kind: int, symmetric: bool) -> None:
    """Nelder and Mead on the criteria of Kim and Lee (2006), written out; old items moved at random, seed 52."""
    rng, old = np.random.default_rng(52), mixed(kind)
    new = carried(old, Link(1 / A, -B / A))
    old = old._replace(a=old.a * rng.lognormal(0, 0.1, 10), d=old.d + rng.normal(0, 0.05, old.d.shape))
    old = old._replace(d=-np.sort(-old.d, axis=1))
    theta, weights = GRID

    def scores(p: np.ndarray) -> np.ndarray:
        return (p * np.arange(4)).sum(axis=(1, 2))

    def criterion(x: np.ndarray, method: str) -> float:
        link = Link(float(x[0]), float(x[1]))
        pairs = [(old.probabilities(theta), carried(new, link).probabilities(theta))]
        if symmetric:
            back = carried(old, Link(1 / link.slope, -link.intercept / link.slope))
            pairs.append((back.probabilities(theta), new.probabilities(theta)))
        if method == "haebara":
            return float(sum(weights @ ((p - q) ** 2).sum(axis=(1, 2)) for p, q in pairs))
        return float(sum(weights @ (scores(p) - scores(q)) ** 2 for p, q in pairs))

    for method in ("haebara", "stocking-lord"):
        found = link_scales(new, old, LinkRule(method, GRID, symmetric))
        tight = {"xatol": 1e-10, "fatol": 1e-16, "maxiter": 2000}
        theirs = minimize(criterion, [1.0, 0.0], args=(method,), method="Nelder-Mead", options=tight)
        assert found == pytest.approx(theirs.x, abs=1e-6)


def test_moments_are_those_of_slopes_and_of_all_thresholds() -> None:
    old, new = mixed(PARTIAL_CREDIT, 53), mixed(PARTIAL_CREDIT, 54)
    b_old, b_new = old.b[np.isfinite(old.b)], new.b[np.isfinite(new.b)]
    slope = b_old.std() / b_new.std()
    found = link_scales(new, old, LinkRule("mean-sigma", GRID))
    assert found == pytest.approx((slope, b_old.mean() - slope * b_new.mean()))
    slope = new.a.mean() / old.a.mean()
    assert link_scales(new, old, LinkRule("mean-mean", GRID)).slope == pytest.approx(slope)


def test_items_that_are_right_or_wrong_are_linked_as_plink_does() -> None:
    known = results(FILE)

    def items(rows: dict[str, Any]) -> ItemParameters:
        a, b = np.array(rows["a"]), np.array(rows["b"])
        return dichotomous(a, -a * b, np.array(rows["g"], dtype=float))

    rows_x, rows_y = known["items_x"], known["items_y"]
    common = [name for name in rows_x["item"] if name in set(rows_y["item"])]
    places = [np.array([list(rows["item"]).index(name) for name in common]) for rows in (rows_x, rows_y)]
    new, old = (
        ItemParameters(*(part[place] for part in items(rows)))
        for rows, place in zip((rows_x, rows_y), places, strict=True)
    )
    for n, method in enumerate(METHODS):
        found, theirs = link_scales(new, old, LinkRule(method, GRID)), known["constants_normal_weights"]
        compare(FILE, f"any kind of item, {method} A", found.slope, theirs["A"][n], 1e-4)
        compare(FILE, f"any kind of item, {method} B", found.intercept, theirs["B"][n], 1e-4)


@pytest.mark.parametrize(("model", "kind"), [("grm", GRADED), ("gpcm", PARTIAL_CREDIT)])
def test_two_calibrations_of_groups_that_differ_are_linked(model: str, kind: int) -> None:
    """Seed 55: 2,000 of N(0, 1) and 2,000 of N(−0.4, 1.3²); each fit has N(0, 1)."""
    rng, own = np.random.default_rng(55), mixed(kind)
    own = ItemParameters(*(part[:8] for part in own))

    def fit(theta: np.ndarray) -> ItemParameters:
        return fit_mml(drawn(own, theta, rng), model, standard_errors=False).parameters

    old, new = fit(rng.normal(size=2000)), fit(rng.normal(B, A, 2000))
    for method in METHODS:
        found = link_scales(new, old, LinkRule(method, GRID))
        assert found == pytest.approx((A, B), abs=0.12), method


def test_what_does_not_fit_together_is_refused() -> None:
    steps = {"item": ["p", "q"], "a": [1.0, 1.2], "b1": [-1.0, 0.0], "b2": [0.5, 1.0]}
    fewer = {**steps, "b2": [0.5, None]}
    with pytest.raises(ArgumentError, match="q has the scores 0, 1, 2 in items_x and 0, 1 in items_y"):
        link(steps, fewer, model="grm")
    with pytest.raises(ArgumentError, match="0 common items that can link"):
        link(steps, {**steps, "a": [-1.0, -1.2], "b1": [1.0, 2.0]}, model="gpcm")
    same = dichotomous(np.ones(3), np.zeros(3))
    with pytest.raises(ValueError, match="same"):
        link_scales(same, same, LinkRule("mean-sigma", GRID))


def of_plink(rows: Any, kind: int) -> ItemParameters:
    """Items as plink has them: a and three b, or a, b and c."""
    numbers = floats(rows)
    a, b = numbers[:, 0], numbers[:, 1:].copy()
    two = np.isnan(b[:, 2])
    c = np.where(two, b[:, 1], 0.0)
    b[two, 1] = np.nan
    d = -a[:, None] * b
    return ItemParameters(
        np.where(two, 0, kind).astype(np.int8),
        a,
        d.cumsum(axis=1) if kind == PARTIAL_CREDIT else d,
        c,
    )


@pytest.mark.parametrize(("form", "kind"), [("grm", GRADED), ("gpcm", PARTIAL_CREDIT), ("mixed", GRADED)])
def test_partial_scores_are_linked_as_plink_does(form: str, kind: int) -> None:
    """plink's Haebara takes of an item of 0 and 1 the curve of 1 alone: among others such an item counts half as
    much as by Kim and Lee (2006), whom we follow. The criterion is written out here as plink has it."""
    file = "partial__linking"
    theirs = results(file)[form]
    new, old = of_plink(theirs["items_x"], kind), of_plink(theirs["items_y"], kind)
    for symmetric, key in ((False, "constants"), (True, "constants_symmetric")):
        for n, method in enumerate(METHODS):
            known = theirs[key]["A"][n], theirs[key]["B"][n]
            found = link_scales(new, old, LinkRule(method, GRID, symmetric))
            if form == "mixed" and method == "haebara":
                assert found != pytest.approx(known, abs=1e-3)
                found = Link(*_haebara_of_plink(old, new, symmetric))
            title = f"{form}, {method}{' symmetric' if symmetric else ''}"
            compare(file, f"{title}: A", found.slope, known[0], 3e-6)
            compare(file, f"{title}: B", found.intercept, known[1], 3e-6)


def _haebara_of_plink(old: ItemParameters, new: ItemParameters, symmetric: bool) -> np.ndarray:
    """The line where Haebara's criterion is least without the lowest category of items of 0 and 1."""
    two = np.isnan(old.d[:, 1])

    def apart(one: ItemParameters, other: ItemParameters) -> float:
        squares = (one.probabilities(GRID.nodes) - other.probabilities(GRID.nodes)) ** 2
        squares[:, two, 0] = 0.0
        return float(np.nansum(squares, axis=(1, 2)) @ GRID.weights)

    def loss(line: np.ndarray) -> float:
        link = Link(*line)
        found = apart(old, carried(new, link))
        return found + (
            apart(new, carried(old, Link(1 / link.slope, -link.intercept / link.slope))) if symmetric else 0.0
        )

    options = {"xatol": 1e-9, "fatol": 1e-15, "maxiter": 2000}
    return np.asarray(minimize(loss, (1.2, -0.4), method="Nelder-Mead", options=options).x)

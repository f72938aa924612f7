"""The study of docs/validation/recovery.md in small: the truth is found again, roughly, whoever does the work."""

from __future__ import annotations

import numpy as np
import pytest

from tests.effort import some
from tests.psychometrics.recovery import (
    Design,
    DifDesign,
    Recovered,
    dif_replication,
    recovered,
    rows,
)
from tests.psychometrics.recovery_checks import (
    FlagDesign,
    LinkingDesign,
    flags,
    linking_recovered,
)
from tests.psychometrics.recovery_models import (
    TRUE,
    GroupsDesign,
    PopulationDesign,
    groups_recovered,
    population_recovered,
)

REPLICATIONS = 5
LARGEST_RMSE = {"a": 0.6, "d": 0.6, "b": 0.6, "c": 0.1, "logit c": 0.6, "sd of ability": 0.15}


def replications(design: Design) -> list[Recovered]:
    return [recovered(design, 1, r) for r in range(REPLICATIONS)]


@pytest.mark.parametrize(
    "design",
    some(
        [
            Design("rasch-cml", 500, 20),
            Design("rasch", 500, 20),
            Design("2pl", 500, 20),
            Design("3pl", 1000, 20, "prior"),
        ],
        2,
    ),
    ids=lambda design: design.model,
)
def test_parameters_are_found_again_and_their_intervals_hold(design: Design) -> None:
    found = replications(design)
    assert all(one.converged for one in found)
    for row in rows(found):
        assert row.rmse < LARGEST_RMSE[row.parameter], row
        assert row.undefined == 0
        assert row.parameter == "sd of ability" or 0.85 < row.coverage <= 1, row
    for kind, (bias, squared, covered, together) in found[0].abilities.items():
        assert abs(bias) < 0.2, kind
        assert squared < 0.6, kind
        assert 0.9 < covered < 0.99, kind
        assert together > 0.8, kind


@pytest.mark.long("a simulation; test_mml_plain holds fits of groups to the likelihood")
@pytest.mark.parametrize("model", some(["grm", "gpcm", "pcm", "3pl"], 2))
def test_second_groups_are_found_again(model: str) -> None:
    found = [groups_recovered(GroupsDesign(model, 500, 10), 1, r) for r in range(REPLICATIONS)]
    assert all(one.converged for one in found)
    for row in rows(found):
        group = row.parameter.endswith("group 2")
        assert row.rmse < (0.25 if group else 0.6), row
        assert group or 0.85 < row.coverage <= 1, row


def test_plausible_values_under_the_histogram_are_spread_as_abilities_are() -> None:
    design = PopulationDesign("two humps", 1000, 15)
    found = [population_recovered(design, 1, r).estimates for r in range(3)]
    mean, sd, above = TRUE["two humps"]

    def off(way: str) -> np.ndarray:
        return np.abs(np.mean([one[way] for one in found], axis=0) - [mean, sd, above])

    assert (off("plausible values, histogram") < [0.1, 0.06, 0.04]).all()
    assert off("EAP, N(0, 1)")[1] > 0.1
    assert off("plausible values, normal")[2] > 0.04


@pytest.mark.long("a simulation; test_category_linking has the constants by another method")
@pytest.mark.parametrize("model", some(["grm", "gpcm"], 1))
def test_scales_of_partial_scores_are_joined(model: str) -> None:
    found = [linking_recovered(LinkingDesign(model, 1000, 10), 1, r) for r in range(REPLICATIONS)]
    for method in found[0]:
        slope, intercept = np.abs([one[method] for one in found]).mean(axis=0)
        assert slope < 0.15, method
        assert intercept < 0.15, method


@pytest.mark.long("a simulation; test_flags has a case of each flag")
@pytest.mark.parametrize(
    ("what", "n", "n_items"), [("pairs", 1000, 15), ("items", 2000, 15), ("persons", 1000, 40)]
)
def test_flags_are_raised_where_they_should_be(what: str, n: int, n_items: int) -> None:
    found = [flags(FlagDesign(what, n, n_items), 1, r) for r in range(REPLICATIONS)]
    for name in found[0]:
        quiet, loud = np.mean([one[name] for one in found], axis=0)
        assert quiet < 0.12, name
        assert loud >= 0.5 or name.startswith("Q3"), name


@pytest.mark.parametrize("impact", some([0.5, 0.0], 1))
def test_tests_of_dif_keep_their_level_about_and_see_half_a_logit(impact: float) -> None:
    design = DifDesign("rasch", impact, 500, 12)
    found = [dif_replication(design, 1, r) for r in range(REPLICATIONS)]
    for name in found[0]:
        assert np.mean([one[name][0] for one in found]) <= 0.15, name
    for name in ("MH, with continuity correction", "logistic, uniform"):
        assert np.mean([one[name][1] for one in found]) >= 0.6, name

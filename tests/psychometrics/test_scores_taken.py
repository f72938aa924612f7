"""What every analysis takes for scores and groups, and what each refuses in the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from examgen.stats import irt_abilities as abilities
from examgen.stats.fit import item_fit, person_fit, q3
from examgen.stats.irt_models import estimated
from examgen.stats.item_statistics import classical
from examgen.stats.matrix import Scored, score_ranges
from examgen.stats.mml_fit import MODELS, fit_groups, fit_mml
from examgen.stats.mml_nominal import fit_nominal
from examgen.stats.model_fit import model_fit
from examgen.stats.rasch import andersen, fit_cml, rasch_fit
from examgen.stats.table_fit import s_x2

RNG = np.random.default_rng(8)
THETA = RNG.normal(size=(80, 1))
CELLS = (RNG.random((80, 6)) < 1 / (1 + np.exp(RNG.normal(0, 0.7, 6) - THETA))).astype(np.int8)
CELLS[3, 2] = CELLS[50, 4] = -1
SEX = np.arange(80) % 2
FIT = fit_mml(CELLS, "2pl", standard_errors=False)
RASCH = fit_cml(CELLS, standard_errors=False)
FREE = estimated("2pl", FIT.parameters)
AT = np.zeros(80)

ENTRIES: dict[str, Callable[[Any], Any]] = {
    **{
        f"fit_mml {model}": lambda x, m=model: fit_mml(x, m, standard_errors=False)
        for model in MODELS
        if model != "3pl"
    },
    "fit_cml": fit_cml,
    "fit_groups": lambda x: fit_groups(x, SEX, standard_errors=False),
    "fit_nominal": lambda x: fit_nominal(x, [frozenset({1})] * 6),
    "andersen": andersen,
    "rasch_fit": lambda x: rasch_fit(x, RASCH),
    "eap": lambda x: abilities.eap(x, FIT.parameters),
    "eap_sum": lambda x: abilities.eap_sum(x, FIT.parameters),
    "map": lambda x: abilities.map(x, FIT.parameters),
    "ml": lambda x: abilities.ml(x, FIT.parameters),
    "wle": lambda x: abilities.wle(x, FIT.parameters),
    "q3": lambda x: q3(x, FIT.parameters, AT),
    "item_fit": lambda x: item_fit(x, FIT.parameters, AT),
    "person_fit": lambda x: person_fit(x, FIT.parameters, AT),
    "s_x2": lambda x: s_x2(x, FIT.parameters, FREE),
    "model_fit": lambda x: model_fit(x, FIT.parameters, FREE),
    "classical": classical,
}


@pytest.mark.parametrize("name", ENTRIES)
def test_the_same_matrices_are_taken_and_the_same_refused(name: str) -> None:
    entry = ENTRIES[name]
    known = repr(entry(CELLS))
    floats = np.where(CELLS < 0, np.nan, CELLS)
    masked = np.ma.masked_array(np.where(CELLS < 0, 9, CELLS), CELLS < 0)
    others = {
        "float with NaN": floats,
        "int64": CELLS.astype(np.int64),
        "int64 with -9": np.where(CELLS < 0, -9, CELLS).astype(np.int64),
        "masked": masked,
        "lists": floats.tolist(),
        "Scored": Scored(range(80), tuple("abcdef"), CELLS),
    }
    for kind, scores in others.items():
        assert repr(entry(scores)) == known, kind
    halves = floats.copy()
    halves[7, 1] = 0.9
    for scores, said in (
        (halves, r"scores\[7, 1\] is 0\.9"),
        (CELLS.astype(np.int64) + 127, "is 128"),
        (np.full((80, 6), np.inf), "is inf"),
        (CELLS[0], "matrix"),
        (np.full((80, 6), "A"), "numbers"),
    ):
        with pytest.raises(ValueError, match=said):
            entry(scores)


def test_groups_by_name_or_number() -> None:
    names = np.where(SEX == 1, "f", "m")
    assert repr(andersen(CELLS, names)) == repr(andersen(CELLS, 1 - SEX))
    for wrong, said in ((SEX / 2, "whole numbers or names"), (SEX[:9], "each of 80 candidates")):
        for entry in (andersen, fit_groups):
            with pytest.raises(ValueError, match=said):
                entry(CELLS, wrong)  # type: ignore[operator]


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 150])
def test_the_range_of_scores_is_that_of_the_answers(n: int) -> None:
    cells = np.random.default_rng(n).integers(-3, 4, (n, 5)).astype(np.int8)
    cells[:, 2] = -2
    for same in (cells, np.asfortranarray(cells), np.repeat(cells, 2, axis=1)[:, ::2]):
        lowest, highest = score_ranges(same)
        for j, column in enumerate(cells.T):
            answers = column[column >= 0].tolist()
            assert (lowest[j], highest[j]) == (min(answers, default=-1), max(answers, default=-1))

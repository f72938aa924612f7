"""The technical report: rooms are groups of candidates where no centre is named, answer files are none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from examgen.reports.technical_report import report
from tests.reports.scored_samples import Answer, right, sat, wrong


@pytest.mark.parametrize(
    ("kind", "groups"), [("centre", ("centre",)), ("room", ("centre",)), ("file", ()), ("", ())]
)
def test_groups_are_what_the_results_name(kind: str, groups: tuple[str, ...]) -> None:
    """A report that lists two rooms does not say that it knows no group of candidates."""
    people = pl.DataFrame({"candidate_id": ["1", "2"], "centre": ["301", "302"], "organisation": ["", ""]})
    run: Any = SimpleNamespace(candidates=people, place_kind=kind, run=1)
    answers = SimpleNamespace(chosen=SimpleNamespace(candidates=["1", "2"]))
    with (
        patch.object(report, "responses_of", return_value=answers),
        patch.object(report, "dif_by_groups", return_value=()) as compared,
    ):
        assert report._dif(run, Path()) == (groups, ())
    assert [call.args[1] for call in compared.call_args_list] == [["301", "302"]] * len(groups)


def test_what_favours_a_group_is_that_of_the_whole_matrix(tmp_path: Path) -> None:
    """South knows one item that North does not; a quarter of the candidates has no centre."""
    rng = np.random.default_rng(7)
    ability, places = rng.normal(size=900), [("North", "South", "South", "")[n % 4] for n in range(900)]
    hard = rng.normal(size=12) - ability[:, None]
    is_right = rng.random((900, 12)) < 1 / (1 + np.exp(hard))
    is_right[:, 2] |= np.array([place == "South" for place in places]) & (rng.random(900) < 0.6)

    def of(own: np.ndarray[Any, Any]) -> Answer:
        return lambda question, key: right(question, key) if own[question - 1] else wrong(question, key)

    people = {f"{n * 37 % 900:04}": of(is_right[n]) for n in range(900)}
    centres = {who: {"centre": place} for who, place in zip(people, places, strict=True)}
    run = sat(tmp_path / "exam", people, extra=centres)
    groups, found = report._dif(run, tmp_path / "exam")
    assert groups == ("centre",)
    [contrast] = found
    assert (contrast.group, contrast.n, contrast.n_others, contrast.n_items) == ("North", 225, 450, 12)
    # the same by the matrix as a whole
    known = np.array([bool(place) for place in places])
    group = np.array([place == "North" for place in places]).astype(int)
    whole = es.dif(is_right[known].astype(np.int8), group[known], reference=0).items
    expected = sorted(whole.filter(pl.col("class").is_in(("B", "C")))["effect"])
    assert expected
    assert sorted(contrast.items["delta"].drop_nulls()) == pytest.approx(expected, abs=1e-12)
